//! The methods of Python's `str`.

use minijinja::{Error, ErrorKind, State, Value};

use crate::jinja::arguments::Arguments;
use crate::jinja::failure::fail;

use super::collections::{dict, iterate, list, pairs, tuple};
use super::format;
use super::text::{integer, to_str, type_name};

/// Calls a method of a text.
pub(super) fn method(state: &mut State<'_, '_>, text: &str, method: &str, arguments: &[Value]) -> Result<Value, Error> {
    let given = Arguments::new(method, arguments);
    Ok(match method {
        "upper" => Value::from(text.to_uppercase()),
        "lower" => Value::from(text.to_lowercase()),
        "casefold" => Value::from(text.to_lowercase().replace('ß', "ss")),
        "capitalize" => Value::from(capitalize(text)),
        "title" => Value::from(title(text)),
        "swapcase" => Value::from(swapcase(text)),
        "strip" | "lstrip" | "rstrip" => Value::from(strip(text, method, &given)?),
        "split" | "rsplit" => split(text, method, &given)?,
        "splitlines" => splitlines(text, given.truth(0, "keepends", false)),
        "join" => Value::from(join(text, &given.required(0, "iterable")?)?),
        "replace" => Value::from(replace(text, &given)?),
        "startswith" | "endswith" => Value::from(starts_or_ends(text, method, &given)?),
        "find" | "rfind" | "index" | "rindex" => position(text, method, &given)?,
        "count" => {
            let (start, end) = bounds(text, &given)?;
            let part = given.text(0, "sub")?;
            let within = slice_chars(text, start, end);
            Value::from(if part.is_empty() {
                within.chars().count() + 1
            } else {
                within.matches(part.as_str()).count()
            })
        }
        "partition" | "rpartition" => partition(text, method, &given.text(0, "sep")?)?,
        "zfill" => {
            let width = width(&given)?;
            let (sign, digits) = text.split_at(usize::from(text.starts_with(['-', '+'])));
            let missing = width.saturating_sub(text.chars().count());
            Value::from(format!("{sign}{}{digits}", "0".repeat(missing)))
        }
        "center" | "ljust" | "rjust" => Value::from(justify(text, method, &given)?),
        "expandtabs" => Value::from(expand_tabs(text, given.optional_integer(0, "tabsize")?.unwrap_or(8))),
        "removeprefix" => {
            let prefix = given.text(0, "prefix")?;
            Value::from(text.strip_prefix(prefix.as_str()).unwrap_or(text))
        }
        "removesuffix" => {
            let suffix = given.text(0, "suffix")?;
            Value::from(if suffix.is_empty() { text } else { text.strip_suffix(suffix.as_str()).unwrap_or(text) })
        }
        "format" => Value::from(format::braces(state, text, &given)?),
        "format_map" => {
            let items = pairs(&given.required(0, "mapping")?)?;
            let keywords: minijinja::value::Kwargs =
                items.into_iter().map(|(key, value)| (to_str(&key), value)).collect();
            let arguments = [Value::from(keywords)];
            Value::from(format::braces(state, text, &Arguments::new("format", &arguments))?)
        }
        "encode" => Value::from_bytes(text.as_bytes().to_vec()),
        "translate" => translate(text, &given.required(0, "table")?),
        "maketrans" => maketrans(&given)?,
        "isdigit" | "isdecimal" | "isnumeric" => all(text, char::is_numeric),
        "isalpha" => all(text, char::is_alphabetic),
        "isalnum" => all(text, char::is_alphanumeric),
        "isspace" => all(text, char::is_whitespace),
        "isascii" => Value::from(text.is_ascii()),
        "isprintable" => Value::from(!text.chars().any(char::is_control)),
        "isupper" => Value::from(text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase)),
        "islower" => Value::from(text.chars().any(char::is_lowercase) && !text.chars().any(char::is_uppercase)),
        "istitle" => Value::from(text.chars().any(char::is_alphabetic) && title(text) == text),
        "isidentifier" => {
            let starts = text.chars().next().is_some_and(|letter| letter.is_alphabetic() || letter == '_');
            Value::from(starts && text.chars().all(|letter| letter.is_alphanumeric() || letter == '_'))
        }
        _ => return Err(Error::from(ErrorKind::UnknownMethod)),
    })
}

/// Whether `str` has a method.
pub(super) fn has_method(method: &str) -> bool {
    const METHODS: &[&str] = &[
        "upper",
        "lower",
        "casefold",
        "capitalize",
        "title",
        "swapcase",
        "strip",
        "lstrip",
        "rstrip",
        "split",
        "rsplit",
        "splitlines",
        "join",
        "replace",
        "startswith",
        "endswith",
        "find",
        "rfind",
        "index",
        "rindex",
        "count",
        "partition",
        "rpartition",
        "zfill",
        "center",
        "ljust",
        "rjust",
        "expandtabs",
        "removeprefix",
        "removesuffix",
        "format",
        "format_map",
        "encode",
        "translate",
        "maketrans",
        "isdigit",
        "isdecimal",
        "isnumeric",
        "isalpha",
        "isalnum",
        "isspace",
        "isascii",
        "isprintable",
        "isupper",
        "islower",
        "istitle",
        "isidentifier",
    ];
    METHODS.contains(&method)
}

fn all(text: &str, test: fn(char) -> bool) -> Value {
    Value::from(!text.is_empty() && text.chars().all(test))
}

pub(super) fn capitalize(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters.flat_map(char::to_lowercase)).collect(),
        None => String::new(),
    }
}

fn title(text: &str) -> String {
    let mut inside = false;
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if inside {
            out.extend(letter.to_lowercase());
        } else {
            out.extend(letter.to_uppercase());
        }
        inside = letter.is_alphabetic();
    }
    out
}

fn swapcase(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_uppercase() {
            out.extend(letter.to_lowercase());
        } else {
            out.extend(letter.to_uppercase());
        }
    }
    out
}

fn strip<'a>(text: &'a str, method: &str, given: &Arguments<'_>) -> Result<&'a str, Error> {
    let letters = given.optional_text(0, "chars")?;
    let drop = |letter: char| letters.as_ref().map_or(letter.is_whitespace(), |letters| letters.contains(letter));
    let text = if method == "rstrip" { text } else { text.trim_start_matches(drop) };
    Ok(if method == "lstrip" { text } else { text.trim_end_matches(drop) })
}

fn texts<'a>(parts: impl IntoIterator<Item = &'a str>) -> Value {
    list(parts.into_iter().map(Value::from).collect())
}

fn split(text: &str, method: &str, given: &Arguments<'_>) -> Result<Value, Error> {
    let limit = given.optional_integer(1, "maxsplit")?.and_then(|limit| usize::try_from(limit).ok());
    let right = method == "rsplit";
    let Some(separator) = given.optional_text(0, "sep")? else {
        return Ok(texts(split_blanks(text, limit, right)));
    };
    if separator.is_empty() {
        return Err(fail("empty separator"));
    }
    Ok(match limit {
        None => texts(text.split(separator.as_str())),
        Some(limit) if right => {
            let mut parts: Vec<&str> = text.rsplitn(limit + 1, separator.as_str()).collect();
            parts.reverse();
            texts(parts)
        }
        Some(limit) => texts(text.splitn(limit + 1, separator.as_str())),
    })
}

fn split_blanks(text: &str, limit: Option<usize>, right: bool) -> Vec<&str> {
    let Some(limit) = limit else { return text.split_whitespace().collect() };
    let mut parts = Vec::new();
    let mut rest = text.trim();
    if right {
        while parts.len() < limit
            && let Some(at) = rest.rfind(char::is_whitespace)
        {
            let width = rest[at..].chars().next().map_or(1, char::len_utf8);
            parts.push(&rest[at + width..]);
            rest = rest[..at].trim_end();
        }
        if !rest.is_empty() {
            parts.push(rest);
        }
        parts.reverse();
    } else {
        while parts.len() < limit
            && let Some(at) = rest.find(char::is_whitespace)
        {
            parts.push(&rest[..at]);
            rest = rest[at..].trim_start();
        }
        if !rest.is_empty() {
            parts.push(rest);
        }
    }
    parts
}

fn splitlines(text: &str, keep: bool) -> Value {
    let mut parts = Vec::new();
    for line in text.split_inclusive('\n') {
        parts.push(if keep { line } else { line.trim_end_matches('\n').trim_end_matches('\r') });
    }
    texts(parts)
}

fn join(separator: &str, items: &Value) -> Result<String, Error> {
    let mut out = String::new();
    for (index, item) in iterate(items)?.iter().enumerate() {
        if index > 0 {
            out.push_str(separator);
        }
        match item.as_str() {
            Some(text) => out.push_str(text),
            None => {
                return Err(fail(format!("sequence item {index}: expected str instance, {} found", type_name(item))));
            }
        }
    }
    Ok(out)
}

fn replace(text: &str, given: &Arguments<'_>) -> Result<String, Error> {
    let (old, new) = (given.text(0, "old")?, given.text(1, "new")?);
    Ok(match given.optional_integer(2, "count")?.and_then(|count| usize::try_from(count).ok()) {
        Some(count) => text.replacen(&old, &new, count),
        None => text.replace(&old, &new),
    })
}

fn starts_or_ends(text: &str, method: &str, given: &Arguments<'_>) -> Result<bool, Error> {
    let (start, end) = bounds(text, given)?;
    let text = slice_chars(text, start, end);
    let wanted = given.required(0, "prefix")?;
    let fits = |part: &str| if method == "startswith" { text.starts_with(part) } else { text.ends_with(part) };
    if let Some(part) = wanted.as_str() {
        return Ok(fits(part));
    }
    if wanted.is_tuple() {
        return Ok(iterate(&wanted)?.iter().any(|part| part.as_str().is_some_and(fits)));
    }
    Err(fail(format!("{method} first arg must be str or a tuple of str, not {}", type_name(&wanted))))
}

/// `start` and `end` arguments as character positions.
fn bounds(text: &str, given: &Arguments<'_>) -> Result<(usize, usize), Error> {
    let length = text.chars().count();
    let clamp = |bound: Option<i64>, default: usize| match bound {
        None => default,
        Some(bound) if bound < 0 => length.saturating_sub(usize::try_from(bound.unsigned_abs()).unwrap_or(usize::MAX)),
        Some(bound) => usize::try_from(bound).unwrap_or(usize::MAX).min(length),
    };
    let start = clamp(given.optional_integer(1, "start")?, 0);
    Ok((start, clamp(given.optional_integer(2, "end")?, length)))
}

fn slice_chars(text: &str, start: usize, end: usize) -> &str {
    let at = |position: usize| text.char_indices().nth(position).map_or(text.len(), |(at, _)| at);
    text.get(at(start)..at(end)).unwrap_or("")
}

fn position(text: &str, method: &str, given: &Arguments<'_>) -> Result<Value, Error> {
    let part = given.text(0, "sub")?;
    let (start, end) = bounds(text, given)?;
    let within = slice_chars(text, start, end);
    let found = if method.starts_with('r') { within.rfind(&part) } else { within.find(&part) };
    match found {
        Some(at) => Ok(Value::from(start + within[..at].chars().count())),
        None if method.ends_with("find") => Ok(Value::from(-1)),
        None => Err(fail("substring not found")),
    }
}

fn partition(text: &str, method: &str, separator: &str) -> Result<Value, Error> {
    if separator.is_empty() {
        return Err(fail("empty separator"));
    }
    let (found, parts) = if method == "partition" {
        (text.split_once(separator), [text, "", ""])
    } else {
        (text.rsplit_once(separator), ["", "", text])
    };
    let parts = found.map_or(parts, |(before, after)| [before, separator, after]);
    Ok(tuple(parts.into_iter().map(Value::from).collect()))
}

fn width(given: &Arguments<'_>) -> Result<usize, Error> {
    let value = given.required(0, "width")?;
    integer(&value).map(|width| usize::try_from(width).unwrap_or(0)).ok_or_else(|| fail("width must be an integer"))
}

fn justify(text: &str, method: &str, given: &Arguments<'_>) -> Result<String, Error> {
    let width = width(given)?;
    let fill = given.optional_text(1, "fillchar")?.unwrap_or_else(|| " ".to_owned());
    if fill.chars().count() != 1 {
        return Err(fail("The fill character must be exactly one character long"));
    }
    let missing = width.saturating_sub(text.chars().count());
    Ok(match method {
        "ljust" => format!("{text}{}", fill.repeat(missing)),
        "rjust" => format!("{}{text}", fill.repeat(missing)),
        _ => {
            // Python: an odd rest goes to the left where the width is odd.
            let left = missing / 2 + (missing & width & 1);
            format!("{}{text}{}", fill.repeat(left), fill.repeat(missing - left))
        }
    })
}

fn expand_tabs(text: &str, size: i64) -> String {
    let size = usize::try_from(size).unwrap_or(0);
    let mut out = String::new();
    let mut column = 0;
    for letter in text.chars() {
        match letter {
            '\t' if size > 0 => {
                let count = size - column % size;
                out.push_str(&" ".repeat(count));
                column += count;
            }
            '\t' => {}
            '\n' | '\r' => {
                out.push(letter);
                column = 0;
            }
            letter => {
                out.push(letter);
                column += 1;
            }
        }
    }
    out
}

fn translate(text: &str, table: &Value) -> Value {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        let found = table.get_item(&Value::from(letter as u32)).unwrap_or_default();
        if found.is_undefined() {
            out.push(letter);
        } else if let Some(code) = integer(&found) {
            out.extend(u32::try_from(code).ok().and_then(char::from_u32));
        } else if let Some(text) = found.as_str() {
            out.push_str(text);
        }
    }
    Value::from(out)
}

fn maketrans(given: &Arguments<'_>) -> Result<Value, Error> {
    let first = given.required(0, "x")?;
    let code = |letter: char| Value::from(letter as u32);
    if let Some(from) = first.as_str() {
        let to = given.text(1, "y")?;
        let mut items: Vec<(Value, Value)> = from.chars().zip(to.chars()).map(|(a, b)| (code(a), code(b))).collect();
        if let Some(dropped) = given.optional_text(2, "z")? {
            items.extend(dropped.chars().map(|letter| (code(letter), Value::from(()))));
        }
        return Ok(dict(items));
    }
    let items = pairs(&first)?.into_iter().map(|(key, value)| {
        let key = key.as_str().and_then(|text| text.chars().next()).map_or(key.clone(), code);
        (key, value)
    });
    Ok(dict(items))
}
