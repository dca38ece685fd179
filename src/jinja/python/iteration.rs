//! `modules.itertools`, `range`, `cycler` and `joiner`.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use minijinja::value::{Enumerator, Object, ObjectRepr};
use minijinja::{Error, ErrorKind, State, Value};

use crate::jinja::arguments::Arguments;
use crate::jinja::failure::fail;

use super::collections::{iterate, list, tuple};
use super::function::{Function, Module, Native};
use super::text::integer;

const FUNCTIONS: &[(&str, Native)] = &[
    ("chain", chain),
    ("product", product),
    ("combinations", combinations),
    ("combinations_with_replacement", combinations_with_replacement),
    ("permutations", permutations),
    ("repeat", repeat),
    ("count", count),
    ("cycle", cycle),
    ("accumulate", accumulate),
    ("compress", compress),
    ("islice", islice),
    ("starmap", starmap),
    ("tee", tee),
    ("zip_longest", zip_longest),
];

const NAMES: &[&str] = &[
    "accumulate",
    "chain",
    "combinations",
    "combinations_with_replacement",
    "compress",
    "count",
    "cycle",
    "islice",
    "permutations",
    "product",
    "repeat",
    "starmap",
    "tee",
    "zip_longest",
];

/// The module.
pub(super) fn module() -> Value {
    Module::value("itertools", member, NAMES)
}

fn member(name: &str) -> Option<Value> {
    if name == "chain" {
        return Some(Value::from_object(Chain));
    }
    FUNCTIONS.iter().find(|(known, _)| *known == name).map(|&(name, function)| Function::value(name, function))
}

/// `chain`, which has a method of its own.
#[derive(Debug)]
struct Chain;

impl Object for Chain {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
        chain(state, arguments)
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        arguments: &[Value],
    ) -> Result<Value, Error> {
        if method != "from_iterable" {
            return Err(Error::from(ErrorKind::UnknownMethod));
        }
        let sources = iterate(&Arguments::new("from_iterable", arguments).required(0, "iterable")?)?;
        chain(state, &sources)
    }
}

/// Larger results than this are surely a mistake.
const LIMIT: usize = 2_000_000;

fn chain(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let mut all = Vec::new();
    for source in arguments {
        all.extend(iterate(source)?);
    }
    Ok(list(all))
}

fn tuples(rows: Vec<Vec<Value>>) -> Value {
    list(rows.into_iter().map(tuple).collect())
}

fn product(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let given = Arguments::new("product", arguments);
    let pools = given.positional().iter().map(iterate).collect::<Result<Vec<_>, _>>()?;
    let repeat = given
        .keyword("repeat")
        .and_then(|repeat| integer(&repeat))
        .and_then(|count| usize::try_from(count).ok())
        .unwrap_or(1);
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for pool in std::iter::repeat_n(&pools, repeat).flatten() {
        if rows.len().saturating_mul(pool.len()) > LIMIT {
            return Err(fail("product() has too many results"));
        }
        rows = rows
            .iter()
            .flat_map(|row| pool.iter().map(move |item| row.iter().cloned().chain([item.clone()]).collect()))
            .collect();
    }
    Ok(tuples(rows))
}

/// Rows of positions: `next` says where the row may go on after a position.
fn rows(pool: &[Value], length: usize, next: fn(&[usize], usize) -> Vec<usize>) -> Result<Vec<Vec<Value>>, Error> {
    let mut positions: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..length {
        positions = positions
            .iter()
            .flat_map(|row| next(row, pool.len()).into_iter().map(move |at| row.iter().copied().chain([at]).collect()))
            .collect();
        if positions.len() > LIMIT {
            return Err(fail("there are too many results"));
        }
    }
    Ok(positions.into_iter().map(|row| row.into_iter().map(|at| pool[at].clone()).collect()).collect())
}

fn pool_and_length(function: &str, arguments: &[Value]) -> Result<(Vec<Value>, usize), Error> {
    let given = Arguments::new(function, arguments);
    let pool = iterate(&given.required(0, "iterable")?)?;
    let length = given.optional_integer(1, "r")?.map_or(pool.len(), |length| usize::try_from(length).unwrap_or(0));
    Ok((pool, length))
}

fn combinations(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let (pool, length) = pool_and_length("combinations", arguments)?;
    Ok(tuples(rows(&pool, length, |row, size| (row.last().map_or(0, |last| last + 1)..size).collect())?))
}

fn combinations_with_replacement(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let (pool, length) = pool_and_length("combinations_with_replacement", arguments)?;
    Ok(tuples(rows(&pool, length, |row, size| (row.last().copied().unwrap_or(0)..size).collect())?))
}

fn permutations(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let (pool, length) = pool_and_length("permutations", arguments)?;
    Ok(tuples(rows(&pool, length, |row, size| (0..size).filter(|at| !row.contains(at)).collect())?))
}

fn repeat(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let given = Arguments::new("repeat", arguments);
    let item = given.required(0, "object")?;
    Ok(match given.optional_integer(1, "times")? {
        Some(times) => list(vec![item; usize::try_from(times).unwrap_or(0).min(LIMIT)]),
        None => Value::make_iterable(move || std::iter::repeat(item.clone())),
    })
}

fn count(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let given = Arguments::new("count", arguments);
    let start = given.optional_integer(0, "start")?.unwrap_or(0);
    let step = given.optional_integer(1, "step")?.unwrap_or(1);
    Ok(Value::make_iterable(move || std::iter::successors(Some(start), move |number| number.checked_add(step))))
}

fn cycle(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let items = iterate(&Arguments::new("cycle", arguments).required(0, "iterable")?)?;
    Ok(Value::make_iterable(move || items.clone().into_iter().cycle()))
}

fn accumulate(state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let given = Arguments::new("accumulate", arguments);
    let function = given.optional(1, "func");
    let mut total: Option<Value> = given.keyword("initial").filter(|initial| !initial.is_none());
    let mut all: Vec<Value> = total.iter().cloned().collect();
    for item in iterate(&given.required(0, "iterable")?)? {
        let next = match (total, &function) {
            (None, _) => item,
            (Some(total), Some(function)) => function.call(state, &[total, item])?,
            (Some(total), None) => {
                let add = state.lookup("__add").unwrap_or_default();
                add.call(state, &[total, item])?
            }
        };
        all.push(next.clone());
        total = Some(next);
    }
    Ok(list(all))
}

fn compress(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let given = Arguments::new("compress", arguments);
    let selectors = iterate(&given.required(1, "selectors")?)?;
    let items = iterate(&given.required(0, "data")?)?;
    Ok(list(
        items.into_iter().zip(selectors).filter(|(_, selector)| selector.is_true()).map(|(item, _)| item).collect(),
    ))
}

fn islice(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let bound = |index: usize| arguments.get(index).and_then(integer).and_then(|bound| usize::try_from(bound).ok());
    let (start, stop, step) = match arguments.len() {
        2 => (0, bound(1), 1),
        _ => (bound(1).unwrap_or(0), bound(2), bound(3).unwrap_or(1)),
    };
    let Some(source) = arguments.first() else {
        return Err(fail("islice expected at least 2 arguments, got 0"));
    };
    let stop = stop.unwrap_or(LIMIT);
    Ok(list(source.try_iter()?.take(stop).skip(start).step_by(step.max(1)).collect()))
}

fn starmap(state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let given = Arguments::new("starmap", arguments);
    let function = given.required(0, "function")?;
    let mut all = Vec::new();
    for row in iterate(&given.required(1, "iterable")?)? {
        all.push(function.call(state, &iterate(&row)?)?);
    }
    Ok(list(all))
}

fn tee(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let given = Arguments::new("tee", arguments);
    let items = iterate(&given.required(0, "iterable")?)?;
    let count = given.optional_integer(1, "n")?.map_or(2, |count| usize::try_from(count).unwrap_or(0));
    Ok(tuple((0..count).map(|_| list(items.clone())).collect()))
}

fn zip_longest(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let given = Arguments::new("zip_longest", arguments);
    let columns = given.positional().iter().map(iterate).collect::<Result<Vec<_>, _>>()?;
    let fill = given.keyword("fillvalue").unwrap_or_else(|| Value::from(()));
    let length = columns.iter().map(Vec::len).max().unwrap_or(0);
    let row = |at: usize| tuple(columns.iter().map(|column| column.get(at).unwrap_or(&fill).clone()).collect());
    Ok(list((0..length).map(row).collect()))
}

/// A range, which prints as one.
struct Range {
    items: Vec<Value>,
    start: i64,
    stop: i64,
    step: i64,
}

pub(super) fn range_value(items: Vec<Value>, start: i64, stop: i64, step: i64) -> Value {
    Value::from_object(Range { items, start, stop, step })
}

/// Whether a value is a range.
pub(super) fn is_range(value: &Value) -> bool {
    value.downcast_object_ref::<Range>().is_some()
}

impl fmt::Debug for Range {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.step {
            1 => write!(formatter, "range({}, {})", self.start, self.stop),
            step => write!(formatter, "range({}, {}, {step})", self.start, self.stop),
        }
    }
}

impl Object for Range {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let index = integer(key)?;
        let length = i64::try_from(self.items.len()).ok()?;
        let index = if index < 0 { index + length } else { index };
        self.items.get(usize::try_from(index).ok()?).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.items.len())
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self:?}")
    }
}

/// `cycler('a', 'b')`.
#[derive(Debug)]
struct Cycler {
    items: Vec<Value>,
    at: AtomicUsize,
}

pub(super) fn cycler(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    if arguments.is_empty() {
        return Err(fail("at least one item has to be provided"));
    }
    Ok(Value::from_object(Cycler { items: arguments.to_vec(), at: AtomicUsize::new(0) }))
}

impl Object for Cycler {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        (key.as_str()? == "current").then(|| self.items[self.at.load(Ordering::Relaxed) % self.items.len()].clone())
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, _: &[Value]) -> Result<Value, Error> {
        match method {
            "next" => Ok(self.items[self.at.fetch_add(1, Ordering::Relaxed) % self.items.len()].clone()),
            "reset" => {
                self.at.store(0, Ordering::Relaxed);
                Ok(Value::from(()))
            }
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}

/// `joiner(', ')`: nothing at first, then the separator.
#[derive(Debug)]
struct Joiner {
    separator: Value,
    used: AtomicUsize,
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of all natives")]
pub(super) fn joiner(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let separator = Arguments::new("joiner", arguments).get(0, "sep").unwrap_or_else(|| Value::from(", "));
    Ok(Value::from_object(Joiner { separator, used: AtomicUsize::new(0) }))
}

impl Object for Joiner {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, _: &[Value]) -> Result<Value, Error> {
        let first = self.used.fetch_add(1, Ordering::Relaxed) == 0;
        Ok(if first { Value::from("") } else { self.separator.clone() })
    }
}
