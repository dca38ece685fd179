//! Python's order of values: text by code points, numbers, then sequences item by item.

use std::cmp::Ordering;

use minijinja::value::ValueKind;
use minijinja::{Error, State, Value};

use crate::jinja::failure::fail;

use super::decimal::Decimal;
use super::text::{real, to_str, type_name};

/// The order of two values; values of different types have none.
pub fn order(left: &Value, right: &Value) -> Option<Ordering> {
    if let (Some(a), Some(b)) = (left.as_str(), right.as_str()) {
        return Some(a.cmp(b));
    }
    if left.is_integer() && right.is_integer() {
        return Some(left.cmp(right));
    }
    if matches!((left.kind(), right.kind()), (ValueKind::Plain, _) | (_, ValueKind::Plain))
        && let (Some(a), Some(b)) = (Decimal::of(left), Decimal::of(right))
    {
        return Some(a.order(b));
    }
    if let (Some(a), Some(b)) = (real(left), real(right)) {
        return a.partial_cmp(&b);
    }
    let (a, b) = (type_name(left), type_name(right));
    if a != b || matches!(a, "NoneType" | "dict" | "Undefined" | "set") {
        return None;
    }
    if matches!(a, "list" | "tuple") {
        let (a, b): (Vec<Value>, Vec<Value>) = (left.try_iter().ok()?.collect(), right.try_iter().ok()?.collect());
        return match a.iter().zip(&b).find(|(x, y)| x != y) {
            Some((x, y)) => order(x, y),
            None => Some(a.len().cmp(&b.len())),
        };
    }
    Some(left.cmp(right))
}

/// The order for sorting: what has none with another comes by its type and its text, numbers first.
pub fn total_order(left: &Value, right: &Value) -> Ordering {
    order(left, right).unwrap_or_else(|| match (real(left), real(right)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => {
            let kind = |value, number: Option<f64>| if number.is_some() { "" } else { type_name(value) };
            let by_kind = kind(left, a).cmp(kind(right, b));
            by_kind.then_with(|| to_str(left).cmp(&to_str(right)))
        }
    })
}

/// The same, where having none is an error.
pub(super) fn compare(left: &Value, right: &Value) -> Result<Ordering, Error> {
    order(left, right).ok_or_else(|| {
        fail(format!("'<' not supported between instances of '{}' and '{}'", type_name(left), type_name(right)))
    })
}

/// Sorts in place, stably.
pub(super) fn sort(
    state: &mut State<'_, '_>,
    items: &mut Vec<Value>,
    key: Option<&Value>,
    reverse: bool,
) -> Result<(), Error> {
    let mut keyed = Vec::with_capacity(items.len());
    for item in items.drain(..) {
        let by = match key {
            Some(key) => key.call(state, std::slice::from_ref(&item))?,
            None => item.clone(),
        };
        keyed.push((by, item));
    }
    sort_keyed(&mut keyed, reverse)?;
    items.extend(keyed.into_iter().map(|(_, item)| item));
    Ok(())
}

/// Sorts pairs by their first part, stably.
pub(super) fn sort_keyed(keyed: &mut [(Value, Value)], reverse: bool) -> Result<(), Error> {
    let mut failure = None;
    keyed.sort_by(|left, right| {
        let order = compare(&left.0, &right.0).unwrap_or_else(|error| {
            failure.get_or_insert(error);
            Ordering::Equal
        });
        if reverse { order.reverse() } else { order }
    });
    failure.map_or(Ok(()), Err)
}
