//! `+ - * % ~`, list and dictionary displays, and slices, as Python has them.

use std::cmp::Ordering;

use minijinja::value::ValueKind;
use minijinja::{Error, State, Value};

use crate::jinja::failure::{RIGHT, fail, raise, undefined_diagnostic};
use crate::jinja::run::Run;

use super::collections::{Set, dict, iterate, list, pairs, set_operation, tuple};
use super::decimal::Decimal;
use super::function::{Function, Native};
use super::text::{integer, is_plain_sequence, real, to_str, type_name};
use super::undefined::{is_undefined, name_of};
use super::{datetime, format, ordering};

const OPERATORS: &[(&str, Native)] = &[
    ("__add", add),
    ("__cat", concatenate),
    ("__l", list_display),
    ("__d", dict_display),
    ("__sub", subtract),
    ("__mul", multiply),
    ("__div", divide),
    ("__floordiv", divide_whole),
    ("__mod", remainder),
    ("__slice", slice),
    ("__eq", |_, arguments| Ok(Value::from(equal(arguments)))),
    ("__ne", |_, arguments| Ok(Value::from(!equal(arguments)))),
    ("__lt", |state, arguments| compare(state, arguments, "<", Ordering::is_lt)),
    ("__le", |state, arguments| compare(state, arguments, "<=", Ordering::is_le)),
    ("__gt", |state, arguments| compare(state, arguments, ">", Ordering::is_gt)),
    ("__ge", |state, arguments| compare(state, arguments, ">=", Ordering::is_ge)),
];

/// An operator's function by its name.
pub fn operator(name: &str) -> Option<Value> {
    OPERATORS.iter().find(|(known, _)| *known == name).map(|&(name, function)| Function::value(name, function))
}

/// The two operands; an undefined one is an error.
fn operands<'a>(state: &State<'_, '_>, arguments: &'a [Value]) -> Result<(&'a Value, &'a Value), Error> {
    let [left, right] = arguments else {
        return Err(fail("an operator needs two operands"));
    };
    for (operand, side) in [(left, ""), (right, RIGHT)] {
        if is_undefined(operand) {
            let Some(run) = Run::of(state) else { return Err(fail("an undefined value is used")) };
            return Err(match name_of(operand) {
                Some(name) => raise(undefined_diagnostic(&run, &name)),
                None => Error::new(minijinja::ErrorKind::UndefinedError, side),
            });
        }
    }
    Ok((left, right))
}

fn unsupported(sign: &str, left: &Value, right: &Value) -> Error {
    fail(format!("unsupported operand type(s) for {sign}: '{}' and '{}'", type_name(left), type_name(right)))
}

/// A truth value as the number it is in Python.
fn as_number(value: &Value) -> Value {
    if value.kind() == ValueKind::Bool { Value::from(i64::from(value.is_true())) } else { value.clone() }
}

fn numbers(left: &Value, right: &Value) -> bool {
    is_number(left) && is_number(right)
}

/// Whether a value counts.
pub(super) fn is_number(value: &Value) -> bool {
    matches!(value.kind(), ValueKind::Number | ValueKind::Bool) || is_decimal(value)
}

fn is_decimal(value: &Value) -> bool {
    value.downcast_object_ref::<Decimal>().is_some()
}

/// The result where one side is a decimal and the other one or a whole number.
fn exact(sign: char, left: &Value, right: &Value) -> Option<Value> {
    if !is_decimal(left) && !is_decimal(right) {
        return None;
    }
    let (left, right) = (Decimal::of(left)?, Decimal::of(right)?);
    left.operate(sign, right).map(Decimal::into_value)
}

fn whole(value: &Value) -> Option<i128> {
    match value.kind() {
        ValueKind::Bool => Some(i128::from(value.is_true())),
        ValueKind::Number if value.is_integer() => i128::try_from(value.clone()).ok(),
        _ => None,
    }
}

fn arithmetic(
    sign: char,
    (left, right): (&Value, &Value),
    whole_numbers: fn(i128, i128) -> Option<i128>,
    floats: fn(f64, f64) -> f64,
) -> Result<Value, Error> {
    if let (Some(a), Some(b)) = (whole(left), whole(right)) {
        return whole_numbers(a, b).map(number_value).ok_or_else(|| fail("the result is too large a number"));
    }
    if let Some(value) = exact(sign, left, right) {
        return Ok(value);
    }
    match (real(&as_number(left)), real(&as_number(right))) {
        (Some(a), Some(b)) => Ok(Value::from(floats(a, b))),
        _ => Err(fail("not a number")),
    }
}

fn number_value(number: i128) -> Value {
    i64::try_from(number).map_or_else(|_| Value::from(number), Value::from)
}

fn add(state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let (left, right) = operands(state, arguments)?;
    if let (Some(a), Some(b)) = (left.as_str(), right.as_str()) {
        return Ok(Value::from([a, b].concat()));
    }
    if numbers(left, right) {
        return arithmetic('+', (left, right), i128::checked_add, |a, b| a + b);
    }
    if left.is_tuple() && right.is_tuple() {
        return Ok(tuple(iterate(left)?.into_iter().chain(iterate(right)?).collect()));
    }
    if !left.is_tuple() && !right.is_tuple() && is_plain_sequence(left) && is_plain_sequence(right) {
        return Ok(list(iterate(left)?.into_iter().chain(iterate(right)?).collect()));
    }
    if let Some(value) = datetime::add(left, right) {
        return value;
    }
    if left.as_str().is_some() {
        return Err(fail(format!("can only concatenate str (not \"{}\") to str", type_name(right))));
    }
    if is_plain_sequence(left) && !left.is_tuple() {
        return Err(fail(format!("can only concatenate list (not \"{}\") to list", type_name(right))));
    }
    Err(unsupported("+", left, right))
}

fn subtract(state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let (left, right) = operands(state, arguments)?;
    if numbers(left, right) {
        return arithmetic('-', (left, right), i128::checked_sub, |a, b| a - b);
    }
    if let (Some(a), Some(b)) = (left.downcast_object_ref::<Set>(), right.downcast_object_ref::<Set>())
        && let Some(value) = set_operation(a, "difference", &b.items())
    {
        return Ok(value);
    }
    datetime::subtract(left, right).unwrap_or_else(|| Err(unsupported("-", left, right)))
}

fn multiply(state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let (left, right) = operands(state, arguments)?;
    if numbers(left, right) {
        return arithmetic('*', (left, right), i128::checked_mul, |a, b| a * b);
    }
    let (repeated, count) = match (integer(right), integer(left)) {
        (Some(count), _) => (left, count),
        (_, Some(count)) => (right, count),
        _ => {
            let value = if left.as_str().is_some() || is_plain_sequence(left) { right } else { left };
            if left.as_str().is_some() || is_plain_sequence(left) || right.as_str().is_some() {
                return Err(fail(format!("can't multiply sequence by non-int of type '{}'", type_name(value))));
            }
            return Err(unsupported("*", left, right));
        }
    };
    let count = usize::try_from(count).unwrap_or(0);
    if let Some(text) = repeated.as_str() {
        if text.len().saturating_mul(count) > 1 << 28 {
            return Err(fail("the result is too long a text"));
        }
        return Ok(Value::from(text.repeat(count)));
    }
    if repeated.is_tuple() || is_plain_sequence(repeated) {
        let items = iterate(repeated)?;
        if items.len().saturating_mul(count) > 1 << 24 {
            return Err(fail("the result is too long a list"));
        }
        let all: Vec<Value> = std::iter::repeat_n(items, count).flatten().collect();
        return Ok(if repeated.is_tuple() { tuple(all) } else { list(all) });
    }
    datetime::multiply(left, right).unwrap_or_else(|| Err(unsupported("*", left, right)))
}

fn divide(state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let (left, right) = operands(state, arguments)?;
    match (real(&as_number(left)), real(&as_number(right))) {
        (Some(_), Some(0.0)) => Err(fail("division by zero")),
        (Some(a), Some(b)) => Ok(exact('/', left, right).unwrap_or_else(|| Value::from(a / b))),
        _ => datetime::divide(left, right).unwrap_or_else(|| Err(unsupported("/", left, right))),
    }
}

fn divide_whole(state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let (left, right) = operands(state, arguments)?;
    if !numbers(left, right) {
        return Err(unsupported("//", left, right));
    }
    if real(&as_number(right)) == Some(0.0) {
        return Err(fail("integer division or modulo by zero"));
    }
    arithmetic(
        'd',
        (left, right),
        |a, b| a.checked_div(b).map(|whole| if a % b != 0 && (a < 0) != (b < 0) { whole - 1 } else { whole }),
        |a, b| (a / b).floor(),
    )
}

fn remainder(state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let [left, right] = arguments else {
        return Err(fail("an operator needs two operands"));
    };
    if let Some(pattern) = left.as_str() {
        return format::percent(pattern, right).map(Value::from);
    }
    let (left, right) = operands(state, arguments)?;
    if !numbers(left, right) {
        return Err(unsupported("%", left, right));
    }
    if real(&as_number(right)) == Some(0.0) {
        return Err(fail(if whole(left).is_some() && whole(right).is_some() {
            "integer modulo by zero"
        } else {
            "float modulo"
        }));
    }
    // Python: the result has the sign of the divisor.
    arithmetic(
        '%',
        (left, right),
        |a, b| a.checked_rem(b).map(|rest| if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest }),
        |a, b| a - b * (a / b).floor(),
    )
}

/// Python: numbers are equal whatever their types.
fn equal(arguments: &[Value]) -> bool {
    let [left, right] = arguments else { return false };
    match (is_decimal(left) || is_decimal(right)).then(|| ordering::order(left, right)).flatten() {
        Some(order) => order.is_eq(),
        None => left == right,
    }
}

fn compare(
    state: &State<'_, '_>,
    arguments: &[Value],
    sign: &str,
    wanted: fn(Ordering) -> bool,
) -> Result<Value, Error> {
    let (left, right) = operands(state, arguments)?;
    if let (Some(a), Some(b)) = (left.downcast_object_ref::<Set>(), right.downcast_object_ref::<Set>()) {
        // Sets compare by what they contain, not by order.
        let (inner, outer) = if sign.starts_with('<') { (a, b) } else { (b, a) };
        let contained = set_operation(inner, "issubset", &outer.items()).is_some_and(|value| value.is_true());
        return Ok(Value::from(contained && (sign.len() == 2 || inner.items().len() < outer.items().len())));
    }
    // A comparison with what is not a number is never true.
    if [left, right].iter().any(|value| real(value).is_some_and(f64::is_nan)) {
        return Ok(Value::from(false));
    }
    match ordering::order(left, right) {
        Some(order) => Ok(Value::from(wanted(order))),
        None => Err(fail(format!(
            "'{sign}' not supported between instances of '{}' and '{}'",
            type_name(left),
            type_name(right)
        ))),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of all natives")]
fn concatenate(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    Ok(Value::from(arguments.iter().map(to_str).collect::<String>()))
}

fn list_display(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let items = arguments.first().map(|items| items.try_iter().map(Iterator::collect)).transpose()?;
    Ok(list(items.unwrap_or_default()))
}

fn dict_display(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let items = arguments.first().map(pairs).transpose()?;
    Ok(dict(items.unwrap_or_default()))
}

/// The engine's slice of a list cannot be changed; ours can.
fn slice(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let Some(value) = arguments.first() else {
        return Ok(Value::UNDEFINED);
    };
    if value.is_tuple() || !is_plain_sequence(value) {
        return Ok(value.clone());
    }
    Ok(list(iterate(value)?))
}
