//! Jinja's filters for texts.

use minijinja::value::ValueKind;
use minijinja::{Error, State, Value};

use crate::jinja::arguments::Arguments;
use crate::jinja::failure::fail;

use super::collections::{pairs, tuple};
use super::filters::Filter;
use super::text::{integer, is_plain_sequence, real, to_str};
use super::undefined::is_undefined;
use super::{format, strings};

/// The filters by name.
pub(super) const TEXT_FILTERS: &[(&str, Filter)] = &[
    ("upper", |_, value, _| Ok(Value::from(to_str(value).to_uppercase()))),
    ("lower", |_, value, _| Ok(Value::from(to_str(value).to_lowercase()))),
    ("capitalize", |_, value, _| Ok(Value::from(strings::capitalize(&to_str(value))))),
    ("title", title),
    ("trim", trim),
    ("replace", replace),
    ("format", percent_format),
    ("center", center),
    ("wordcount", |_, value, _| Ok(Value::from(words(&to_str(value)).count()))),
    ("truncate", truncate),
    ("wordwrap", word_wrap),
    ("indent", indent),
    ("striptags", strip_tags),
    ("urlencode", url_encode),
    ("filesizeformat", file_size),
    ("safe", |_, value, _| Ok(Value::from(to_str(value)))),
    ("forceescape", escape),
    ("escape", escape),
    ("e", escape),
    ("xmlattr", xml_attributes),
];

#[expect(clippy::unnecessary_wraps, reason = "the signature of all filters")]
fn title(_: &mut State<'_, '_>, value: &Value, _: &Arguments<'_>) -> Result<Value, Error> {
    let mut out = String::new();
    let mut start = true;
    for letter in to_str(value).chars() {
        if start {
            out.extend(letter.to_uppercase());
        } else {
            out.extend(letter.to_lowercase());
        }
        start = letter.is_whitespace() || "-({[<".contains(letter);
    }
    Ok(Value::from(out))
}

fn trim(_: &mut State<'_, '_>, value: &Value, given: &Arguments<'_>) -> Result<Value, Error> {
    let text = to_str(value);
    Ok(match given.optional_text(0, "chars")? {
        Some(letters) => Value::from(text.trim_matches(|letter| letters.contains(letter))),
        None => Value::from(text.trim()),
    })
}

fn replace(_: &mut State<'_, '_>, value: &Value, given: &Arguments<'_>) -> Result<Value, Error> {
    let (old, new) = (to_str(&given.required(0, "old")?), to_str(&given.required(1, "new")?));
    let text = to_str(value);
    Ok(Value::from(match given.optional_integer(2, "count")?.and_then(|count| usize::try_from(count).ok()) {
        Some(count) => text.replacen(&old, &new, count),
        None => text.replace(&old, &new),
    }))
}

fn percent_format(_: &mut State<'_, '_>, value: &Value, given: &Arguments<'_>) -> Result<Value, Error> {
    let values = if given.keywords().is_empty() {
        tuple(given.positional().to_vec())
    } else {
        super::dict(given.keywords().iter().map(|(key, value)| (Value::from(key.as_str()), value.clone())))
    };
    format::percent(&to_str(value), &values).map(Value::from)
}

fn center(state: &mut State<'_, '_>, value: &Value, given: &Arguments<'_>) -> Result<Value, Error> {
    let width = given.get(0, "width").unwrap_or_else(|| Value::from(80));
    strings::method(state, &to_str(value), "center", &[width])
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').filter(|word| !word.is_empty())
}

fn truncate(_: &mut State<'_, '_>, value: &Value, given: &Arguments<'_>) -> Result<Value, Error> {
    let text = to_str(value);
    let number = |index, name, default| -> Result<usize, Error> {
        Ok(given.optional_integer(index, name)?.and_then(|number| usize::try_from(number).ok()).unwrap_or(default))
    };
    let (length, leeway) = (number(0, "length", 255)?, number(3, "leeway", 5)?);
    let end = given.optional_text(2, "end")?.unwrap_or_else(|| "...".to_owned());
    if text.chars().count() <= length + leeway {
        return Ok(Value::from(text));
    }
    let mut kept: String = text.chars().take(length.saturating_sub(end.chars().count())).collect();
    if !given.truth(1, "killwords", false)
        && let Some(at) = kept.rfind(' ')
    {
        kept.truncate(at);
    }
    Ok(Value::from(kept + &end))
}

fn word_wrap(_: &mut State<'_, '_>, value: &Value, given: &Arguments<'_>) -> Result<Value, Error> {
    let width = given.optional_integer(0, "width")?.and_then(|width| usize::try_from(width).ok()).unwrap_or(79);
    let wrap = given.optional_text(2, "wrapstring")?.unwrap_or_else(|| "\n".to_owned());
    let mut lines = Vec::new();
    for paragraph in to_str(value).lines() {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    Ok(Value::from(lines.join(&wrap)))
}

fn indent(_: &mut State<'_, '_>, value: &Value, given: &Arguments<'_>) -> Result<Value, Error> {
    let width = given.get(0, "width").unwrap_or_else(|| Value::from(4));
    let pad = width.as_str().map_or_else(
        || " ".repeat(integer(&width).and_then(|width| usize::try_from(width).ok()).unwrap_or(0)),
        str::to_owned,
    );
    let (first, blank) = (given.truth(1, "first", false), given.truth(2, "blank", false));
    let text = to_str(value);
    // Jinja: a text that ends with a line break has an empty last line.
    let mut out = String::with_capacity(text.len() + 64);
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
        }
        if (index > 0 || first) && (blank || !line.is_empty()) {
            out.push_str(&pad);
        }
        out.push_str(line);
    }
    Ok(Value::from(out))
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of all filters")]
fn strip_tags(_: &mut State<'_, '_>, value: &Value, _: &Arguments<'_>) -> Result<Value, Error> {
    let mut out = String::new();
    let mut inside = false;
    for letter in to_str(value).chars() {
        match letter {
            '<' => inside = true,
            '>' if inside => inside = false,
            letter if !inside => out.push(letter),
            _ => {}
        }
    }
    Ok(Value::from(out.split_whitespace().collect::<Vec<_>>().join(" ")))
}

fn url_encode(_: &mut State<'_, '_>, value: &Value, _: &Arguments<'_>) -> Result<Value, Error> {
    let quote = |text: &str, keep: &str| -> String {
        text.bytes()
            .map(|byte| match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
                byte if keep.contains(char::from(byte)) => char::from(byte).to_string(),
                byte => format!("%{byte:02X}"),
            })
            .collect()
    };
    if value.kind() == ValueKind::Map || is_plain_sequence(value) {
        let part = |value: &Value| quote(&to_str(value), "").replace("%20", "+");
        let all: Vec<String> =
            pairs(value)?.iter().map(|(key, item)| format!("{}={}", part(key), part(item))).collect();
        return Ok(Value::from(all.join("&")));
    }
    Ok(Value::from(quote(&to_str(value), "/")))
}

fn file_size(_: &mut State<'_, '_>, value: &Value, given: &Arguments<'_>) -> Result<Value, Error> {
    let bytes = real(value).ok_or_else(|| fail("filesizeformat needs a number"))?;
    let binary = given.truth(0, "binary", false);
    let (base, units): (f64, &[&str]) =
        if binary { (1024.0, &["KiB", "MiB", "GiB", "TiB", "PiB"]) } else { (1000.0, &["kB", "MB", "GB", "TB", "PB"]) };
    if bytes < base {
        return Ok(Value::from(if bytes == 1.0 { "1 Byte".to_owned() } else { format!("{bytes:.0} Bytes") }));
    }
    let mut size = bytes;
    let mut unit = "";
    for next in units {
        if size < base {
            break;
        }
        size /= base;
        unit = next;
    }
    Ok(Value::from(format!("{size:.1} {unit}")))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\'', "&#39;").replace('"', "&#34;")
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of all filters")]
fn escape(_: &mut State<'_, '_>, value: &Value, _: &Arguments<'_>) -> Result<Value, Error> {
    Ok(Value::from(escaped(&to_str(value))))
}

fn xml_attributes(_: &mut State<'_, '_>, value: &Value, _: &Arguments<'_>) -> Result<Value, Error> {
    let mut out = String::new();
    for (key, item) in pairs(value)? {
        if !item.is_none() && !is_undefined(&item) {
            out.push_str(&format!(" {}=\"{}\"", to_str(&key), escaped(&to_str(&item))));
        }
    }
    Ok(Value::from(out))
}
