//! Jinja's filters and tests where Python's behaviour differs from the engine's, and those that dbt adds.

use minijinja::value::{Kwargs, Rest, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State, Value};

use crate::jinja::arguments::Arguments;
use crate::jinja::failure::fail;

use super::collections::{dict, iterate, list, pairs, tuple};
use super::decimal::Decimal;
use super::function::BoundMethod;
use super::json::Writer;
use super::methods::is_callable;
use super::operators::is_number;
use super::text::{integer, is_plain_sequence, real, repr, to_str, type_name};
use super::text_filters::TEXT_FILTERS;
use super::undefined::is_undefined;
use super::{ordering, strings};

/// The signature of all filters.
pub(super) type Filter = fn(&mut State<'_, '_>, &Value, &Arguments<'_>) -> Result<Value, Error>;

const FILTERS: &[(&str, Filter)] = &[
    ("string", |_, value, _| Ok(Value::from(to_str(value)))),
    ("list", |_, value, _| Ok(list(iterate(value)?))),
    ("join", join),
    ("int", int),
    ("float", float),
    ("abs", abs),
    ("round", round),
    ("sum", sum),
    ("tojson", to_json),
    ("sort", sort),
    ("default", default),
    ("d", default),
    ("as_text", |_, value, _| Ok(Value::from(to_str(value)))),
    ("as_bool", |state, value, _| native(state, value, "bool")),
    ("as_number", |state, value, _| native(state, value, "number")),
    ("as_native", |state, value, _| native(state, value, "native")),
    ("is_list", |_, value, _| Ok(Value::from(type_name(value) == "list"))),
    ("batch", batch),
    ("slice", slice),
    ("groupby", group_by),
    ("dictsort", dict_sort),
    ("items", items),
    ("unique", unique),
    ("map", map),
    ("select", |state, value, given| select(state, value, given, true, false)),
    ("reject", |state, value, given| select(state, value, given, false, false)),
    ("selectattr", |state, value, given| select(state, value, given, true, true)),
    ("rejectattr", |state, value, given| select(state, value, given, false, true)),
    ("reverse", reverse),
    ("length", length),
    ("count", length),
    ("first", |_, value, _| Ok(iterate(value)?.into_iter().next().unwrap_or_default())),
    ("last", |_, value, _| Ok(iterate(value)?.into_iter().next_back().unwrap_or_default())),
    ("min", |state, value, given| extreme(state, value, given, false)),
    ("max", |state, value, given| extreme(state, value, given, true)),
    ("random", |_, value, _| {
        let mut items = iterate(value)?;
        let chance = uuid::Uuid::new_v4().as_u64_pair().1;
        let index = usize::try_from(chance).unwrap_or_default().checked_rem(items.len());
        Ok(index.map(|index| items.swap_remove(index)).unwrap_or_default())
    }),
    ("attr", attribute),
    ("pprint", |_, value, _| Ok(Value::from(repr(&sorted(value))))),
];

/// The names of all filters, for suggestions.
pub fn filter_names() -> Vec<String> {
    FILTERS.iter().chain(TEXT_FILTERS).map(|(name, _)| (*name).to_owned()).collect()
}

/// Adds filters and tests to an environment.
pub(super) fn install(environment: &mut Environment<'static>) {
    // What the engine has and Jinja has not would hide a slip.
    for name in ["bool", "lines", "split", "chain", "zip"] {
        environment.remove_filter(name);
    }
    for &(name, filter) in FILTERS.iter().chain(TEXT_FILTERS) {
        environment.add_filter(
            name,
            move |state: &mut State<'_, '_>, value: &Value, rest: Rest<Value>, keywords: Kwargs| {
                let mut all = rest.0;
                if keywords.args().next().is_some() {
                    all.push(keywords.into());
                }
                filter(state, value, &Arguments::new(name, &all))
            },
        );
    }
    environment.add_test("callable", |value: &Value| is_callable(value));
    environment.add_test("defined", |value: &Value| !is_undefined(value));
    environment.add_test("undefined", |value: &Value| is_undefined(value));
    environment.add_test("number", is_number);
    environment.add_test("mapping", |value: &Value| value.kind() == ValueKind::Map);
    environment.add_test("iterable", |value: &Value| {
        !matches!(value.kind(), ValueKind::None | ValueKind::Bool | ValueKind::Number | ValueKind::Plain)
    });
    environment.add_test("sequence", |value: &Value| {
        matches!(value.kind(), ValueKind::Seq | ValueKind::String | ValueKind::Map) || value.is_tuple()
    });
}

/// `value|as_bool` and the like in a native template: the text is marked, and read as a literal if it is all there is.
///
/// dbt: the mark is a kind of text, so that it can still be compared.
#[expect(clippy::unnecessary_wraps, reason = "the signature of all filters")]
fn native(state: &State<'_, '_>, value: &Value, kind: &'static str) -> Result<Value, Error> {
    let Some(run) = crate::jinja::run::Run::of(state).filter(|run| run.native) else { return Ok(value.clone()) };
    let text = Value::from_safe_string(to_str(value));
    run.state().marked.push((text.clone(), kind));
    Ok(text)
}

/// The item that a dotted path leads to; digits are positions.
fn at_path(value: &Value, path: &Value) -> Value {
    let Some(text) = path.as_str() else {
        return value.get_item(path).unwrap_or_default();
    };
    let mut found = value.clone();
    for part in text.split('.') {
        found = match part.parse::<usize>() {
            Ok(index) => found.get_item_by_index(index).unwrap_or_default(),
            Err(_) => found.get_attr(part).unwrap_or_default(),
        };
    }
    found
}

fn keyed(items: Vec<Value>, path: Option<&Value>, case_sensitive: bool) -> Vec<(Value, Value)> {
    let key = |item: &Value| {
        let key = match path {
            None => item.clone(),
            Some(path) => match path.as_str().filter(|text| text.contains(',')) {
                Some(paths) => tuple(paths.split(',').map(|path| at_path(item, &Value::from(path.trim()))).collect()),
                None => at_path(item, path),
            },
        };
        match key.as_str() {
            Some(text) if !case_sensitive => Value::from(text.to_lowercase()),
            _ => key,
        }
    };
    items.into_iter().map(|item| (key(&item), item)).collect()
}

fn join(_: &mut State<'_, '_>, value: &Value, given: &Arguments<'_>) -> Result<Value, Error> {
    let separator = given.get(0, "d").map(|separator| to_str(&separator)).unwrap_or_default();
    let attribute = given.optional(1, "attribute");
    let parts: Vec<String> = iterate(value)?
        .iter()
        .map(|item| attribute.as_ref().map_or_else(|| to_str(item), |path| to_str(&at_path(item, path))))
        .collect();
    Ok(Value::from(parts.join(&separator)))
}

fn int(_: &mut State<'_, '_>, value: &Value, given: &Arguments<'_>) -> Result<Value, Error> {
    if is_undefined(value) {
        return Err(Error::from(ErrorKind::UndefinedError));
    }
    let default = given.get(0, "default").unwrap_or_else(|| Value::from(0));
    let base = given.optional_integer(1, "base")?.and_then(|base| u32::try_from(base).ok()).unwrap_or(10);
    if let Some(text) = value.as_str() {
        let plain = text.trim().replace('_', "");
        let lower = plain.to_lowercase();
        let (sign, digits) = lower.strip_prefix('-').map_or((1, lower.trim_start_matches('+')), |rest| (-1, rest));
        let digits = match base {
            16 => digits.strip_prefix("0x").unwrap_or(digits),
            8 => digits.strip_prefix("0o").unwrap_or(digits),
            2 => digits.strip_prefix("0b").unwrap_or(digits),
            _ => digits,
        };
        if (2..=36).contains(&base)
            && let Ok(number) = i128::from_str_radix(digits, base)
        {
            let number = number * sign;
            return Ok(i64::try_from(number).map_or_else(|_| Value::from(number), Value::from));
        }
        return Ok(plain.parse::<f64>().ok().filter(|number| number.is_finite()).map_or(default, truncated));
    }
    if let Some(decimal) = value.downcast_object_ref::<Decimal>()
        && let Some(whole) = decimal.whole()
    {
        return Ok(i64::try_from(whole).map_or_else(|_| Value::from(whole), Value::from));
    }
    Ok(match integer(value) {
        Some(number) => Value::from(number),
        None if value.is_integer() => value.clone(),
        None => real(value).filter(|number| number.is_finite()).map_or(default, truncated),
    })
}

#[expect(clippy::cast_possible_truncation, reason = "numbers beyond the range are cut to it")]
fn truncated(number: f64) -> Value {
    let whole = number.trunc() as i128;
    i64::try_from(whole).map_or_else(|_| Value::from(whole), Value::from)
}

fn float(_: &mut State<'_, '_>, value: &Value, given: &Arguments<'_>) -> Result<Value, Error> {
    if is_undefined(value) {
        return Err(Error::from(ErrorKind::UndefinedError));
    }
    let number = match value.as_str() {
        Some(text) => text.trim().replace('_', "").parse().ok(),
        None => real(value),
    };
    Ok(number.map_or_else(|| given.get(0, "default").unwrap_or_else(|| Value::from(0.0)), Value::from))
}

/// Python's `pprint`: dictionaries are written in the order of their keys.
fn sorted(value: &Value) -> Value {
    match type_name(value) {
        "dict" => {
            let mut items = pairs(value).unwrap_or_default();
            items.sort_by(|a, b| ordering::total_order(&a.0, &b.0));
            dict(items.into_iter().map(|(key, item)| (key, sorted(&item))))
        }
        "list" => list(iterate(value).unwrap_or_default().iter().map(sorted).collect()),
        _ => value.clone(),
    }
}

fn abs(_: &mut State<'_, '_>, value: &Value, _: &Arguments<'_>) -> Result<Value, Error> {
    if let Some(decimal) = value.downcast_object_ref::<Decimal>() {
        return Ok(decimal.abs().into_value());
    }
    if let Some(number) = integer(value) {
        return Ok(Value::from(number.abs()));
    }
    real(value)
        .map(|number| Value::from(number.abs()))
        .ok_or_else(|| fail(format!("bad operand type for abs(): '{}'", type_name(value))))
}

fn round(_: &mut State<'_, '_>, value: &Value, given: &Arguments<'_>) -> Result<Value, Error> {
    let precision = given.optional_integer(0, "precision")?.and_then(|places| i32::try_from(places).ok()).unwrap_or(0);
    let method = given.optional_text(1, "method")?.unwrap_or_else(|| "common".to_owned());
    if let Some(decimal) = value.downcast_object_ref::<Decimal>()
        && method == "common"
        && let Some(rounded) = decimal.round(precision)
    {
        return Ok(rounded.into_value());
    }
    let number =
        real(value).ok_or_else(|| fail(format!("type {} doesn't define __round__ method", type_name(value))))?;
    let scale = 10f64.powi(precision);
    let rounded = match method.as_str() {
        "ceil" => (number * scale).ceil() / scale,
        "floor" => (number * scale).floor() / scale,
        "common" => {
            // Python rounds the decimal text, halves to even.
            match usize::try_from(precision) {
                Ok(places) => format!("{number:.places$}").parse().unwrap_or(number),
                Err(_) => (number * scale).round_ties_even() / scale,
            }
        }
        _ => return Err(fail("method must be common, ceil or floor")),
    };
    if value.is_integer() && method == "common" {
        return Ok(if precision >= 0 { value.clone() } else { truncated(rounded) });
    }
    Ok(Value::from(rounded))
}

fn sum(state: &mut State<'_, '_>, value: &Value, given: &Arguments<'_>) -> Result<Value, Error> {
    let attribute = given.optional(0, "attribute");
    let mut total = given.get(1, "start").unwrap_or_else(|| Value::from(0));
    let add = state.lookup("__add").unwrap_or_default();
    for item in iterate(value)? {
        let item = attribute.as_ref().map_or_else(|| item.clone(), |path| at_path(&item, path));
        total = add.call(state, &[total, item])?;
    }
    Ok(total)
}

/// Jinja's filter sorts keys and is safe in HTML; dbt's function of the same name is neither.
fn to_json(_: &mut State<'_, '_>, value: &Value, given: &Arguments<'_>) -> Result<Value, Error> {
    let indent = given.optional_integer(0, "indent")?.and_then(|indent| usize::try_from(indent).ok());
    let mut out = String::new();
    Writer { sort: true, indent }.write(&mut out, value, 0)?;
    Ok(Value::from(
        out.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026").replace('\'', "\\u0027"),
    ))
}

fn sort(_: &mut State<'_, '_>, value: &Value, given: &Arguments<'_>) -> Result<Value, Error> {
    let path = given.optional(2, "attribute");
    let mut all = keyed(iterate(value)?, path.as_ref(), given.truth(1, "case_sensitive", false));
    ordering::sort_keyed(&mut all, given.truth(0, "reverse", false))?;
    Ok(list(all.into_iter().map(|(_, item)| item).collect()))
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of all filters")]
fn default(_: &mut State<'_, '_>, value: &Value, given: &Arguments<'_>) -> Result<Value, Error> {
    let missing = is_undefined(value) || (given.truth(1, "boolean", false) && !value.is_true());
    Ok(if missing { given.get(0, "default_value").unwrap_or_else(|| Value::from("")) } else { value.clone() })
}

fn batch(_: &mut State<'_, '_>, value: &Value, given: &Arguments<'_>) -> Result<Value, Error> {
    let size =
        given.optional_integer(0, "linecount")?.and_then(|size| usize::try_from(size).ok()).filter(|size| *size > 0);
    let size = size.ok_or_else(|| fail("batch() needs a positive number"))?;
    let fill = given.optional(1, "fill_with");
    let mut rows: Vec<Vec<Value>> = iterate(value)?.chunks(size).map(<[Value]>::to_vec).collect();
    if let (Some(fill), Some(last)) = (fill, rows.last_mut()) {
        last.resize(size, fill);
    }
    Ok(list(rows.into_iter().map(list).collect()))
}

fn slice(_: &mut State<'_, '_>, value: &Value, given: &Arguments<'_>) -> Result<Value, Error> {
    let count =
        given.optional_integer(0, "slices")?.and_then(|count| usize::try_from(count).ok()).filter(|count| *count > 0);
    let count = count.ok_or_else(|| fail("slice() needs a positive number"))?;
    let fill = given.optional(1, "fill_with");
    let items = iterate(value)?;
    let (size, extra) = (items.len() / count, items.len() % count);
    let mut start = 0;
    let mut rows = Vec::with_capacity(count);
    for index in 0..count {
        let end = start + size + usize::from(index < extra);
        let mut row = items[start..end].to_vec();
        if let Some(fill) = &fill
            && index >= extra
            && extra > 0
        {
            row.push(fill.clone());
        }
        rows.push(list(row));
        start = end;
    }
    Ok(list(rows))
}

/// A group, which is a pair whose parts have names.
#[derive(Debug)]
pub(super) struct Group {
    key: Value,
    items: Value,
}

impl minijinja::value::Object for Group {
    fn repr(self: &std::sync::Arc<Self>) -> minijinja::value::ObjectRepr {
        minijinja::value::ObjectRepr::Seq
    }

    fn get_value(self: &std::sync::Arc<Self>, key: &Value) -> Option<Value> {
        match (key.as_str(), integer(key)) {
            (Some("grouper"), _) | (_, Some(0 | -2)) => Some(self.key.clone()),
            (Some("list"), _) | (_, Some(1 | -1)) => Some(self.items.clone()),
            _ => None,
        }
    }

    fn enumerate(self: &std::sync::Arc<Self>) -> minijinja::value::Enumerator {
        minijinja::value::Enumerator::Values(vec![self.key.clone(), self.items.clone()])
    }

    fn render(self: &std::sync::Arc<Self>, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "({}, {})", repr(&self.key), repr(&self.items))
    }
}

fn group_by(_: &mut State<'_, '_>, value: &Value, given: &Arguments<'_>) -> Result<Value, Error> {
    let path = given.required(0, "attribute")?;
    let default = given.optional(1, "default");
    let items = iterate(value)?;
    let mut all: Vec<(Value, Value)> = keyed(items, Some(&path), given.truth(2, "case_sensitive", false));
    for (key, _) in &mut all {
        if key.is_undefined() {
            *key = default.clone().unwrap_or_default();
        }
    }
    ordering::sort_keyed(&mut all, false)?;
    let mut groups: Vec<(Value, Value, Vec<Value>)> = Vec::new();
    for (key, item) in all {
        match groups.last_mut() {
            Some((known, _, members)) if *known == key => members.push(item),
            _ => {
                let shown = at_path(&item, &path);
                groups.push((key.clone(), if shown.is_undefined() { key } else { shown }, vec![item]));
            }
        }
    }
    Ok(list(groups.into_iter().map(|(_, key, items)| Value::from_object(Group { key, items: list(items) })).collect()))
}

fn dict_sort(_: &mut State<'_, '_>, value: &Value, given: &Arguments<'_>) -> Result<Value, Error> {
    let by_value = given.optional_text(1, "by")?.as_deref() == Some("value");
    let sensitive = given.truth(0, "case_sensitive", false);
    let items = pairs(value)?.into_iter().map(|(key, item)| {
        let by = if by_value { item.clone() } else { key.clone() };
        let by = by.as_str().filter(|_| !sensitive).map_or(by.clone(), |text| Value::from(text.to_lowercase()));
        (by, tuple(vec![key, item]))
    });
    let mut all: Vec<(Value, Value)> = items.collect();
    ordering::sort_keyed(&mut all, given.truth(2, "reverse", false))?;
    Ok(list(all.into_iter().map(|(_, item)| item).collect()))
}

fn items(_: &mut State<'_, '_>, value: &Value, _: &Arguments<'_>) -> Result<Value, Error> {
    if is_undefined(value) {
        return Ok(list(Vec::new()));
    }
    if value.kind() != ValueKind::Map {
        return Err(fail("Can only get item pairs from a mapping."));
    }
    Ok(list(pairs(value)?.into_iter().map(|(key, item)| tuple(vec![key, item])).collect()))
}

fn unique(_: &mut State<'_, '_>, value: &Value, given: &Arguments<'_>) -> Result<Value, Error> {
    let path = given.optional(1, "attribute");
    let mut seen: Vec<Value> = Vec::new();
    let mut kept = Vec::new();
    for (key, item) in keyed(iterate(value)?, path.as_ref(), given.truth(0, "case_sensitive", false)) {
        if !seen.contains(&key) {
            seen.push(key);
            kept.push(item);
        }
    }
    Ok(list(kept))
}

fn map(state: &mut State<'_, '_>, value: &Value, given: &Arguments<'_>) -> Result<Value, Error> {
    let mut all = Vec::new();
    if !value.is_true() {
        // Jinja: nothing to go through, so nothing is asked of the filter.
        return Ok(list(all));
    }
    if let Some(path) = given.keyword("attribute") {
        let default = given.keyword("default");
        for item in iterate(value)? {
            let found = at_path(&item, &path);
            all.push(if found.is_undefined() { default.clone().unwrap_or(found) } else { found });
        }
        return Ok(list(all));
    }
    let (Some(name), rest) = (given.positional().first(), given.positional().get(1..).unwrap_or_default()) else {
        return Err(fail("map requires a filter argument"));
    };
    let mut extra: Vec<Value> = rest.to_vec();
    if !given.keywords().is_empty() {
        extra.push(given.keywords().iter().cloned().collect::<Kwargs>().into());
    }
    for item in iterate(value)? {
        let mut arguments = vec![item];
        arguments.extend(extra.iter().cloned());
        all.push(match name.as_str() {
            Some(filter) => apply(state, filter, &arguments)?,
            None => name.call(state, &arguments)?,
        });
    }
    Ok(list(all))
}

fn apply(state: &mut State<'_, '_>, filter: &str, arguments: &[Value]) -> Result<Value, Error> {
    state.apply_filter(filter, arguments).map_err(|error| {
        if error.kind() == ErrorKind::UnknownFilter { fail(format!("No filter named '{filter}'.")) } else { error }
    })
}

fn select(
    state: &mut State<'_, '_>,
    value: &Value,
    given: &Arguments<'_>,
    wanted: bool,
    by_attribute: bool,
) -> Result<Value, Error> {
    let mut rest = given.positional();
    let mut path = None;
    if by_attribute {
        path = Some(given.required(0, "attr")?);
        rest = rest.get(1..).unwrap_or_default();
    }
    let test = rest.first().and_then(Value::as_str).map(str::to_owned);
    let mut kept = Vec::new();
    let items = if value.is_true() { iterate(value)? } else { Vec::new() };
    for item in items {
        let subject = path.as_ref().map_or_else(|| item.clone(), |path| at_path(&item, path));
        let passes = match &test {
            None => subject.is_true(),
            Some(test) => {
                let mut arguments = vec![subject];
                arguments.extend(rest.iter().skip(1).cloned());
                state.perform_test(test, &arguments).map_err(|error| {
                    if error.kind() == ErrorKind::UnknownTest {
                        fail(format!("No test named '{test}'."))
                    } else {
                        error
                    }
                })?
            }
        };
        if passes == wanted {
            kept.push(item);
        }
    }
    Ok(list(kept))
}

fn reverse(_: &mut State<'_, '_>, value: &Value, _: &Arguments<'_>) -> Result<Value, Error> {
    if let Some(text) = value.as_str() {
        return Ok(Value::from(text.chars().rev().collect::<String>()));
    }
    let mut items = iterate(value)?;
    items.reverse();
    Ok(list(items))
}

fn length(_: &mut State<'_, '_>, value: &Value, _: &Arguments<'_>) -> Result<Value, Error> {
    if is_undefined(value) {
        return Ok(Value::from(0));
    }
    let known = match value.kind() {
        ValueKind::None | ValueKind::Bool | ValueKind::Number => None,
        _ => value.len(),
    };
    known.map(Value::from).ok_or_else(|| fail(format!("object of type '{}' has no len()", type_name(value))))
}

fn extreme(_: &mut State<'_, '_>, value: &Value, given: &Arguments<'_>, largest: bool) -> Result<Value, Error> {
    let path = given.optional(1, "attribute");
    let mut best: Option<(Value, Value)> = None;
    for (key, item) in keyed(iterate(value)?, path.as_ref(), given.truth(0, "case_sensitive", false)) {
        let better = match &best {
            None => true,
            Some((so_far, _)) => {
                let order = ordering::compare(&key, so_far)?;
                if largest { order.is_gt() } else { order.is_lt() }
            }
        };
        if better {
            best = Some((key, item));
        }
    }
    Ok(best.map(|(_, item)| item).unwrap_or_default())
}

fn attribute(_: &mut State<'_, '_>, value: &Value, given: &Arguments<'_>) -> Result<Value, Error> {
    let name = given.text(0, "name")?;
    let is_method = match value.kind() {
        ValueKind::String => strings::has_method(&name),
        _ => is_plain_sequence(value) || type_name(value) == "dict",
    };
    let stored = if type_name(value) == "dict" { Value::UNDEFINED } else { value.get_attr(&name).unwrap_or_default() };
    Ok(if stored.is_undefined() && is_method {
        Value::from_object(BoundMethod { object: value.clone(), method: name })
    } else {
        stored
    })
}
