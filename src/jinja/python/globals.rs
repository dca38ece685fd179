//! Functions that every template has: Jinja's own, and those of Python that dbt adds.

use md5::{Digest, Md5};
use minijinja::value::ValueKind;
use minijinja::{Environment, Error, State, Value};

use crate::jinja::arguments::Arguments;
use crate::jinja::failure::fail;
use crate::project::Yaml;

use super::collections::{dict, iterate, list, pairs, set, tuple};
use super::function::{Function, Module, Native};
use super::json::{Writer, value_from_json, value_from_yaml, value_to_yaml};
use super::text::{integer, to_str, type_name};
use super::{datetime, iteration, regex, zone};

const GLOBALS: &[(&str, Native)] = &[
    ("range", range),
    ("dict", dictionary),
    ("zip", zip),
    ("zip_strict", zip_strict),
    ("set", make_set),
    ("set_strict", set_strict),
    ("tojson", to_json),
    ("fromjson", from_json),
    ("toyaml", to_yaml),
    ("fromyaml", from_yaml),
    ("local_md5", local_md5),
    ("cycler", iteration::cycler),
    ("joiner", iteration::joiner),
    ("lipsum", lipsum),
    ("diff_of_two_dicts", difference),
];

/// Adds them to an environment.
pub(super) fn install(environment: &mut Environment<'static>) {
    environment.remove_global("debug");
    for &(name, function) in GLOBALS {
        environment.add_global(name, Function::value(name, function));
    }
    environment.add_global("modules", Module::value("modules", module, &["datetime", "itertools", "pytz", "re"]));
}

/// Whether a name is one of these: then a scope's stand-in for unknown names must not hide it.
pub fn is_global(name: &str) -> bool {
    matches!(name, "modules" | "namespace" | "return") || GLOBALS.iter().any(|(known, _)| *known == name)
}

fn module(name: &str) -> Option<Value> {
    match name {
        "datetime" => Some(datetime::module()),
        "pytz" => Some(zone::module()),
        "re" => Some(regex::module()),
        "itertools" => Some(iteration::module()),
        _ => None,
    }
}

fn range(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let mut numbers = Vec::with_capacity(3);
    for argument in arguments {
        let number = integer(argument);
        numbers
            .push(number.ok_or_else(|| {
                fail(format!("'{}' object cannot be interpreted as an integer", type_name(argument)))
            })?);
    }
    let (start, stop, step) = match numbers[..] {
        [stop] => (0, stop, 1),
        [start, stop] => (start, stop, 1),
        [start, stop, step] => (start, stop, step),
        _ => return Err(fail(format!("range expected at least 1 argument, got {}", numbers.len()))),
    };
    if step == 0 {
        return Err(fail("range() arg 3 must not be zero"));
    }
    // Jinja's sandbox has the same limit.
    if (i128::from(stop) - i128::from(start)) / i128::from(step) > 100_000 {
        return Err(fail("Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000)."));
    }
    let mut items = Vec::new();
    let mut next = start;
    while if step > 0 { next < stop } else { next > stop } {
        items.push(Value::from(next));
        next += step;
    }
    Ok(iteration::range_value(items, start, stop, step))
}

fn dictionary(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let given = Arguments::new("dict", arguments);
    let mut items = Vec::new();
    for source in given.positional() {
        items.extend(pairs(source)?);
    }
    items.extend(given.keywords().iter().map(|(key, value)| (Value::from(key.as_str()), value.clone())));
    let made = dict(Vec::new());
    if let Some(made) = made.downcast_object_ref::<super::Dict>() {
        for (key, value) in items {
            made.insert(key, value);
        }
    }
    Ok(made)
}

fn zipped(arguments: &[Value]) -> Result<Value, Error> {
    let given = Arguments::new("zip", arguments);
    let columns = given.positional().iter().map(iterate).collect::<Result<Vec<_>, _>>()?;
    let length = columns.iter().map(Vec::len).min().unwrap_or(0);
    Ok(list((0..length).map(|row| tuple(columns.iter().map(|column| column[row].clone()).collect())).collect()))
}

fn zip_strict(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    zipped(arguments)
}

/// dbt: what cannot be iterated over gives the default.
fn zip(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let default = Arguments::new("zip", arguments).keyword("default").unwrap_or_else(|| Value::from(()));
    Ok(zipped(arguments).unwrap_or(default))
}

fn set_strict(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let given = Arguments::new("set_strict", arguments);
    Ok(set(iterate(&given.required(0, "value")?)?))
}

fn make_set(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let given = Arguments::new("set", arguments);
    let default = given.get(1, "default").unwrap_or_else(|| Value::from(()));
    Ok(iterate(&given.required(0, "value")?).map_or(default, set))
}

fn to_json(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let given = Arguments::new("tojson", arguments);
    given.only(&["value", "default", "sort_keys"])?;
    let mut out = String::new();
    Writer { sort: given.truth(2, "sort_keys", false), indent: None }.write(
        &mut out,
        &given.required(0, "value")?,
        0,
    )?;
    Ok(Value::from(out))
}

fn from_json(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let given = Arguments::new("fromjson", arguments);
    let default = given.get(1, "default").unwrap_or_else(|| Value::from(()));
    let text = given.text(0, "string")?;
    Ok(serde_json::from_str(&text).map_or(default, |data| value_from_json(&data)))
}

fn to_yaml(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let given = Arguments::new("toyaml", arguments);
    let value = given.required(0, "value")?;
    let default = given.get(1, "default").unwrap_or_else(|| Value::from(()));
    if !is_data(&value) {
        return Ok(default);
    }
    let mut data = value_to_yaml(&value);
    if given.truth(2, "sort_keys", false) {
        sort_keys(&mut data);
    }
    Ok(serde_yaml::to_string(&data).map_or(default, |mut text| {
        // Python marks the end of a document that is a bare word.
        if !matches!(
            data,
            serde_yaml::Value::Mapping(_) | serde_yaml::Value::Sequence(_) | serde_yaml::Value::String(_)
        ) {
            text.push_str("...\n");
        } else if let serde_yaml::Value::String(word) = &data
            && text.trim_end() == word
        {
            text.push_str("...\n");
        }
        Value::from(text)
    }))
}

/// Whether a value can be written down: functions and objects like `adapter` cannot.
fn is_data(value: &Value) -> bool {
    let parts = || value.try_iter().into_iter().flatten();
    match value.kind() {
        ValueKind::Plain => !matches!(type_name(value), "object" | "function" | "type" | "module"),
        ValueKind::Map => parts().all(|key| is_data(&key) && value.get_item(&key).map_or(true, |item| is_data(&item))),
        ValueKind::Seq | ValueKind::Iterable => parts().all(|item| is_data(&item)),
        _ => true,
    }
}

fn sort_keys(data: &mut serde_yaml::Value) {
    match data {
        serde_yaml::Value::Mapping(items) => {
            let mut sorted: Vec<(serde_yaml::Value, serde_yaml::Value)> = std::mem::take(items).into_iter().collect();
            sorted.sort_by(|left, right| left.0.partial_cmp(&right.0).unwrap_or(std::cmp::Ordering::Equal));
            for (key, mut item) in sorted {
                sort_keys(&mut item);
                items.insert(key, item);
            }
        }
        serde_yaml::Value::Sequence(items) => items.iter_mut().for_each(sort_keys),
        _ => {}
    }
}

fn from_yaml(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let given = Arguments::new("fromyaml", arguments);
    let default = given.get(1, "default").unwrap_or_else(|| Value::from(()));
    let text = given.text(0, "value")?;
    Ok(Yaml::parse_text("<fromyaml>", &text).map_or(default, |yaml| value_from_yaml(&yaml)))
}

/// `diff_of_two_dicts(a, b)`: the lists of `a` without what those of `b` hold, in any case of letters.
fn difference(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let given = Arguments::new("diff_of_two_dicts", arguments);
    let folded = |value: &Value| to_str(value).to_lowercase();
    let mut less = std::collections::HashMap::new();
    for (key, values) in pairs(&given.required(1, "dict_b")?)? {
        less.insert(folded(&key), iterate(&values)?.iter().map(folded).collect::<Vec<_>>());
    }
    let mut left = Vec::new();
    for (key, values) in pairs(&given.required(0, "dict_a")?)? {
        match less.get(&folded(&key)) {
            None => left.push((key, values)),
            Some(less) => {
                let kept: Vec<Value> =
                    iterate(&values)?.into_iter().filter(|value| !less.contains(&folded(value))).collect();
                if !kept.is_empty() {
                    left.push((key, list(kept)));
                }
            }
        }
    }
    Ok(dict(left))
}

fn local_md5(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let given = Arguments::new("local_md5", arguments);
    let value = given.required(0, "value")?;
    let Some(text) = value.as_str() else {
        return Err(fail(format!("local_md5() needs a text, not {}", type_name(&value))));
    };
    let digest = Md5::digest(text.as_bytes());
    Ok(Value::from(format!("{digest:x}")))
}

/// Jinja: random filler text; ours is always the same.
#[expect(clippy::unnecessary_wraps, reason = "the signature of all natives")]
fn lipsum(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let given = Arguments::new("lipsum", arguments);
    let count =
        given.get(0, "n").and_then(|count| integer(&count)).and_then(|count| usize::try_from(count).ok()).unwrap_or(5);
    let paragraph =
        "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore.";
    Ok(Value::from(vec![paragraph; count.min(100)].join("\n\n")))
}

/// A text read as a Python literal, `None` where it is none.
pub(super) fn literal(text: &str) -> Option<Value> {
    // Jinja's lower-case words are no Python literals.
    let word = text.trim();
    if matches!(word, "true" | "false" | "none") || word != text.trim_end() {
        return None;
    }
    let expression = minijinja::machinery::parse_expr(word).ok()?;
    constant(&expression)
}

fn constant(expression: &minijinja::machinery::ast::Expr<'_>) -> Option<Value> {
    use minijinja::machinery::ast;
    match expression {
        ast::Expr::Const(constant) => Some(constant.value.clone()),
        ast::Expr::List(items) => Some(list(items.items.iter().map(constant).collect::<Option<_>>()?)),
        ast::Expr::Tuple(items) => Some(tuple(items.items.iter().map(constant).collect::<Option<_>>()?)),
        ast::Expr::Map(map) => {
            let keys = map.keys.iter().map(constant).collect::<Option<Vec<_>>>()?;
            let values = map.values.iter().map(constant).collect::<Option<Vec<_>>>()?;
            Some(dict(keys.into_iter().zip(values)))
        }
        ast::Expr::UnaryOp(operation) if matches!(operation.op, ast::UnaryOpKind::Neg) => {
            let value = constant(&operation.expr)?;
            (value.kind() == ValueKind::Number).then(|| expression.as_const()).flatten()
        }
        _ => None,
    }
}

/// What a text means that `as_bool`, `as_number` or `as_native` marked.
///
/// # Errors
/// The text is no literal of that type: the message.
pub fn convert(kind: &str, value: &Value) -> Result<Value, String> {
    let text = to_str(value);
    let result = literal(&text).unwrap_or_else(|| Value::from(text.as_str()));
    let fits = match kind {
        "bool" => result.kind() == ValueKind::Bool,
        "number" => result.kind() == ValueKind::Number,
        _ => true,
    };
    if fits { Ok(result) } else { Err(format!("Could not convert value '{text}' into type '{kind}'")) }
}
