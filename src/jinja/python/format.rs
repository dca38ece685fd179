//! `'%s' % x`, `'{}'.format(x)`, and Python's mini-language for one value.

use minijinja::value::ValueKind;
use minijinja::{Error, State, Value};

use crate::jinja::arguments::Arguments;
use crate::jinja::failure::fail;

use super::collections::iterate;
use super::decimal::Decimal;
use super::text::{float, integer, real, repr, to_str, type_name};

/// `pattern % values`.
pub(super) fn percent(pattern: &str, values: &Value) -> Result<String, Error> {
    let is_tuple = values.is_tuple();
    let mut items = if is_tuple { iterate(values)? } else { vec![values.clone()] }.into_iter();
    let mapping = values.kind() == ValueKind::Map;
    let mut used_key = false;
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let mut named = None;
        if let Some(after) = rest.strip_prefix('(') {
            let end = after.find(')').ok_or_else(|| fail("incomplete format key"))?;
            if !mapping {
                return Err(fail("format requires a mapping"));
            }
            let key = &after[..end];
            let value = values.get_item(&Value::from(key)).unwrap_or_default();
            if value.is_undefined() {
                return Err(fail(format!("KeyError: '{key}'")));
            }
            named = Some(value);
            used_key = true;
            rest = &after[end + 1..];
        }
        let flags = rest.len() - rest.trim_start_matches(['-', '+', ' ', '0', '#']).len();
        let (flags, after) = rest.split_at(flags);
        let mut next =
            || named.clone().or_else(|| items.next()).ok_or_else(|| fail("not enough arguments for format string"));
        let mut after = after;
        let width = if let Some(tail) = after.strip_prefix('*') {
            after = tail;
            integer(&next()?).and_then(|width| usize::try_from(width).ok())
        } else {
            take_number(&mut after)
        };
        let mut precision = None;
        if let Some(tail) = after.strip_prefix('.') {
            after = tail;
            precision = Some(take_number(&mut after).unwrap_or(0));
        }
        let Some(letter) = after.chars().next() else {
            return Err(fail("incomplete format"));
        };
        rest = &after[letter.len_utf8()..];
        if letter == '%' {
            out.push('%');
            continue;
        }
        let value = next()?;
        let text = conversion(letter, &value, precision, flags)?;
        let width = width.unwrap_or(0);
        let length = text.chars().count();
        let missing = width.saturating_sub(length);
        if flags.contains('-') {
            out.push_str(&text);
            out.push_str(&" ".repeat(missing));
        } else if flags.contains('0') && !matches!(letter, 's' | 'r') {
            let (sign, digits) = text.split_at(usize::from(text.starts_with(['-', '+'])));
            out.push_str(sign);
            out.push_str(&"0".repeat(missing));
            out.push_str(digits);
        } else {
            out.push_str(&" ".repeat(missing));
            out.push_str(&text);
        }
    }
    out.push_str(rest);
    let single_unused = !is_tuple && !mapping && !used_key && items.next().is_some();
    if single_unused || (is_tuple && items.next().is_some()) {
        return Err(fail("not all arguments converted during string formatting"));
    }
    Ok(out)
}

fn take_number(text: &mut &str) -> Option<usize> {
    let digits = text.len() - text.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
    let (number, rest) = text.split_at(digits);
    *text = rest;
    number.parse().ok()
}

fn conversion(letter: char, value: &Value, precision: Option<usize>, flags: &str) -> Result<String, Error> {
    let number = |value: &Value| {
        real(value).ok_or_else(|| match letter {
            'd' | 'i' | 'u' => fail(format!("%{letter} format: a real number is required, not {}", type_name(value))),
            _ => fail(format!("must be real number, not {}", type_name(value))),
        })
    };
    let sign = |text: String| {
        if flags.contains('+') && !text.starts_with('-') {
            format!("+{text}")
        } else if flags.contains(' ') && !text.starts_with('-') {
            format!(" {text}")
        } else {
            text
        }
    };
    Ok(match letter {
        's' => truncate(to_str(value), precision),
        'r' | 'a' => truncate(repr(value), precision),
        'd' | 'i' | 'u' => sign(match i128::try_from(value.clone()) {
            Ok(whole) if value.is_integer() => whole.to_string(),
            _ => format!("{:.0}", number(value)?.trunc()),
        }),
        'f' | 'F' => sign(format!("{:.*}", precision.unwrap_or(6), number(value)?)),
        'e' | 'E' => {
            let text = exponent(number(value)?, precision.unwrap_or(6));
            sign(if letter == 'E' { text.to_uppercase() } else { text })
        }
        'g' | 'G' => sign(general(number(value)?, precision.unwrap_or(6))),
        'x' => sign(format!("{:x}", whole(value)?)),
        'X' => sign(format!("{:X}", whole(value)?)),
        'o' => sign(format!("{:o}", whole(value)?)),
        'c' => to_str(value),
        other => return Err(fail(format!("unsupported format character '{other}'"))),
    })
}

fn whole(value: &Value) -> Result<i64, Error> {
    integer(value).ok_or_else(|| fail(format!("an integer is required, not {}", type_name(value))))
}

fn truncate(text: String, precision: Option<usize>) -> String {
    match precision {
        Some(length) => text.chars().take(length).collect(),
        None => text,
    }
}

fn exponent(number: f64, precision: usize) -> String {
    let text = format!("{number:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}

fn general(number: f64, precision: usize) -> String {
    let precision = precision.max(1);
    let scientific = format!("{number:.*e}", precision - 1);
    let power: i32 = scientific.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0);
    let trim = |text: String| {
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
    };
    if power < -4 || power >= i32::try_from(precision).unwrap_or(i32::MAX) {
        let text = exponent(number, precision - 1);
        let (mantissa, rest) = text.split_once('e').unwrap_or((&text, "+00"));
        format!("{}e{rest}", trim(mantissa.to_owned()))
    } else {
        let decimals = usize::try_from(i32::try_from(precision).unwrap_or(6) - 1 - power).unwrap_or(0);
        trim(format!("{number:.decimals$}"))
    }
}

/// `pattern.format(..)`.
pub(super) fn braces(state: &mut State<'_, '_>, pattern: &str, given: &Arguments<'_>) -> Result<String, Error> {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut automatic = 0;
    let mut letters = pattern.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '{' if pattern[at + 1..].starts_with('{') => {
                letters.next();
                out.push('{');
            }
            '}' if pattern[at + 1..].starts_with('}') => {
                letters.next();
                out.push('}');
            }
            '}' => return Err(fail("Single '}' encountered in format string")),
            '{' => {
                let end = closing(&pattern[at + 1..]).ok_or_else(|| fail("Single '{' encountered in format string"))?
                    + at
                    + 1;
                let field = &pattern[at + 1..end];
                out.push_str(&replacement(state, field, given, &mut automatic)?);
                while letters.clone().next().is_some_and(|(next, _)| next <= end) {
                    letters.next();
                }
            }
            letter => out.push(letter),
        }
    }
    Ok(out)
}

fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, letter) in text.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn replacement(
    state: &mut State<'_, '_>,
    field: &str,
    given: &Arguments<'_>,
    automatic: &mut usize,
) -> Result<String, Error> {
    let (path, spec) = field.split_once(':').unwrap_or((field, ""));
    let (path, convert) = path.split_once('!').unwrap_or((path, ""));
    let end = path.find(['.', '[']).unwrap_or(path.len());
    let (name, mut access) = path.split_at(end);
    let mut value = if name.is_empty() {
        *automatic += 1;
        given.positional().get(*automatic - 1).cloned().ok_or_else(|| index_error(*automatic - 1))?
    } else if let Ok(index) = name.parse::<usize>() {
        given.positional().get(index).cloned().ok_or_else(|| index_error(index))?
    } else {
        given.keyword(name).ok_or_else(|| fail(format!("KeyError: '{name}'")))?
    };
    while !access.is_empty() {
        if let Some(rest) = access.strip_prefix('.') {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            value = value.get_attr(&rest[..end])?;
            access = &rest[end..];
        } else {
            let end = access.find(']').ok_or_else(|| fail("Missing ']' in format string"))?;
            let key = &access[1..end];
            let key = key.parse::<i64>().map_or_else(|_| Value::from(key), Value::from);
            value = value.get_item(&key)?;
            access = &access[end + 1..];
        }
    }
    let spec = if spec.contains('{') { braces_nested(state, spec, given, automatic)? } else { spec.to_owned() };
    match convert {
        "r" | "a" => one(&Value::from(repr(&value)), &spec),
        "s" => one(&Value::from(to_str(&value)), &spec),
        _ => one(&value, &spec),
    }
}

fn braces_nested(
    state: &mut State<'_, '_>,
    spec: &str,
    given: &Arguments<'_>,
    automatic: &mut usize,
) -> Result<String, Error> {
    let mut out = String::new();
    let mut rest = spec;
    while let Some(at) = rest.find('{') {
        let end = rest[at..].find('}').ok_or_else(|| fail("Single '{' encountered in format string"))? + at;
        out.push_str(&rest[..at]);
        out.push_str(&replacement(state, &rest[at + 1..end], given, automatic)?);
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

fn index_error(index: usize) -> Error {
    fail(format!("Replacement index {index} out of range for positional args tuple"))
}

/// `format(value, spec)`.
pub(super) fn one(value: &Value, spec: &str) -> Result<String, Error> {
    if spec.is_empty() {
        return Ok(to_str(value));
    }
    if let Some(text) = super::datetime::formatted(value, spec) {
        return Ok(text);
    }
    let letters: Vec<char> = spec.chars().collect();
    let (mut fill, mut align, mut at) = (' ', None, 0);
    if letters.len() > 1 && matches!(letters[1], '<' | '>' | '^' | '=') {
        fill = letters[0];
        align = Some(letters[1]);
        at = 2;
    } else if matches!(letters[0], '<' | '>' | '^' | '=') {
        align = Some(letters[0]);
        at = 1;
    }
    let mut sign = '-';
    if let Some(&letter @ ('+' | '-' | ' ')) = letters.get(at) {
        sign = letter;
        at += 1;
    }
    let alternate = letters.get(at) == Some(&'#');
    at += usize::from(alternate);
    if letters.get(at) == Some(&'0') && align.is_none() {
        fill = '0';
        align = Some('=');
        at += 1;
    }
    let rest: String = letters[at.min(letters.len())..].iter().collect();
    let mut rest = rest.as_str();
    let width = take_number(&mut rest).unwrap_or(0);
    let group = rest.chars().next().filter(|letter| matches!(letter, ',' | '_'));
    if group.is_some() {
        rest = &rest[1..];
    }
    let mut precision = None;
    if let Some(tail) = rest.strip_prefix('.') {
        rest = tail;
        precision = take_number(&mut rest);
    }
    let kind = rest.chars().next();
    let is_number = real(value).is_some() && value.kind() != ValueKind::Bool || kind.is_some_and(|kind| kind != 's');
    let mut text =
        if is_number { number_text(value, kind, precision, alternate)? } else { truncate(to_str(value), precision) };
    if let Some(group) = group {
        text = grouped(&text, group);
    }
    if is_number && !text.starts_with('-') && sign != '-' {
        text.insert(0, sign);
    }
    let missing = width.saturating_sub(text.chars().count());
    let pad = |count: usize| fill.to_string().repeat(count);
    Ok(match align.unwrap_or(if is_number { '>' } else { '<' }) {
        '<' => format!("{text}{}", pad(missing)),
        '^' => format!("{}{text}{}", pad(missing / 2), pad(missing - missing / 2)),
        '=' => {
            let (sign, digits) = text.split_at(usize::from(text.starts_with(['-', '+', ' '])));
            format!("{sign}{}{digits}", pad(missing))
        }
        _ => format!("{}{text}", pad(missing)),
    })
}

fn number_text(value: &Value, kind: Option<char>, precision: Option<usize>, alternate: bool) -> Result<String, Error> {
    let unknown = |kind: char| fail(format!("Unknown format code '{kind}' for object of type '{}'", type_name(value)));
    let number = || real(value).ok_or_else(|| unknown(kind.unwrap_or('f')));
    let prefixed = |prefix: &str, digits: String| if alternate { format!("{prefix}{digits}") } else { digits };
    let integral = || integer(value).ok_or_else(|| unknown(kind.unwrap_or('d')));
    Ok(match kind {
        None if value.is_integer() => value.to_string(),
        None if precision.is_none() && value.kind() == ValueKind::Plain => value.to_string(),
        None => match precision {
            Some(precision) => general(number()?, precision),
            None => float(number()?),
        },
        Some('d' | 'n') => integral()?.to_string(),
        Some('f' | 'F') => {
            let exact = value.downcast_object_ref::<Decimal>().and_then(|number| number.fixed(precision.unwrap_or(6)));
            match exact {
                Some(text) => text,
                None => format!("{:.*}", precision.unwrap_or(6), number()?),
            }
        }
        Some('e') => exponent(number()?, precision.unwrap_or(6)),
        Some('E') => exponent(number()?, precision.unwrap_or(6)).to_uppercase(),
        Some('g' | 'G') => general(number()?, precision.unwrap_or(6)),
        Some('%') => format!("{:.*}%", precision.unwrap_or(6), number()? * 100.0),
        Some('x') => prefixed("0x", format!("{:x}", integral()?)),
        Some('X') => prefixed("0X", format!("{:X}", integral()?)),
        Some('o') => prefixed("0o", format!("{:o}", integral()?)),
        Some('b') => prefixed("0b", format!("{:b}", integral()?)),
        Some('c') => u32::try_from(integral()?).ok().and_then(char::from_u32).map(String::from).unwrap_or_default(),
        Some(other) => return Err(unknown(other)),
    })
}

fn grouped(text: &str, separator: char) -> String {
    let (sign, rest) = text.split_at(usize::from(text.starts_with('-')));
    let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, tail) = rest.split_at(end);
    let mut out = String::from(sign);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(separator);
        }
        out.push(digit);
    }
    out.push_str(tail);
    out
}
