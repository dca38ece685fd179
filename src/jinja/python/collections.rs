//! Lists, dictionaries and sets that can be changed, shared by everyone who holds them, as in Python.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indexmap::{Equivalent, IndexMap};
use minijinja::value::{Enumerator, Object, ObjectRepr, Tuple, ValueKind};
use minijinja::{Error, ErrorKind, State, Value};

use crate::jinja::arguments::Arguments;
use crate::jinja::failure::fail;

use super::text::{integer, repr};

/// A list.
#[derive(Debug, Default)]
pub struct List(Mutex<Vec<Value>>);

/// A dictionary; keeps the order of insertion.
#[derive(Debug, Default)]
pub struct Dict(Mutex<IndexMap<Key, (Value, Value)>>);

/// A set; keeps the order of insertion.
#[derive(Debug, Default)]
pub struct Set(Mutex<IndexMap<Key, Value>>);

/// A list value.
pub fn list(items: Vec<Value>) -> Value {
    Value::from_object(List(Mutex::new(items)))
}

/// A dictionary value.
pub fn dict(items: impl IntoIterator<Item = (Value, Value)>) -> Value {
    let items = items.into_iter().map(|(key, value)| (Key::new(&key), (key, value))).collect();
    Value::from_object(Dict(Mutex::new(items)))
}

/// A set value.
pub fn set(items: impl IntoIterator<Item = Value>) -> Value {
    let items = items.into_iter().map(|item| (Key::new(&item), item)).collect();
    Value::from_object(Set(Mutex::new(items)))
}

/// A tuple value.
pub fn tuple(items: Vec<Value>) -> Value {
    Value::from(Tuple::new(items))
}

/// The items of a mapping, or of a sequence of pairs.
pub fn pairs(value: &Value) -> Result<Vec<(Value, Value)>, Error> {
    if value.kind() == ValueKind::Map
        && let Some(map) = value.as_object()
    {
        return Ok(map.try_iter_pairs().into_iter().flatten().collect());
    }
    let mut found = Vec::new();
    for item in iterate(value)? {
        let both: Vec<Value> = iterate(&item)?;
        match <[Value; 2]>::try_from(both) {
            Ok([key, value]) => found.push((key, value)),
            Err(other) => {
                return Err(fail(format!(
                    "dictionary update sequence element #{} has length {}; 2 is required",
                    found.len(),
                    other.len()
                )));
            }
        }
    }
    Ok(found)
}

/// The items of anything that can be iterated over.
pub fn iterate(value: &Value) -> Result<Vec<Value>, Error> {
    match value.kind() {
        ValueKind::String => Ok(value.as_str().unwrap_or_default().chars().map(Value::from).collect()),
        ValueKind::None | ValueKind::Bool | ValueKind::Number => {
            Err(fail(format!("'{}' object is not iterable", super::text::type_name(value))))
        }
        _ => Ok(value.try_iter()?.collect()),
    }
}

/// What a dictionary finds an entry by: 1, 1.0 and True are the same, as in Python.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Key {
    Text(Arc<str>),
    Other(String),
}

impl Key {
    fn new(value: &Value) -> Self {
        match value.kind() {
            ValueKind::String => Self::Text(value.to_str().unwrap_or_default()),
            ValueKind::Bool => Self::Other(format!("\0{}", i64::from(value.is_true()))),
            ValueKind::Number => match f64::try_from(value.clone()) {
                Ok(number) if !value.is_integer() && number.fract() == 0.0 => Self::Other(format!("\0{number:.0}")),
                _ => Self::Other(format!("\0{value}")),
            },
            _ => Self::Other(format!("\0\0{}", repr(value))),
        }
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Text(text) => text.hash(state),
            Self::Other(text) => text.hash(state),
        }
    }
}

impl Equivalent<Key> for str {
    fn equivalent(&self, key: &Key) -> bool {
        matches!(key, Key::Text(text) if **text == *self)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The position that a Python index means.
fn position(index: i64, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    let index = if index < 0 { index + length } else { index };
    (0..length).contains(&index).then(|| usize::try_from(index).ok()).flatten()
}

fn key_error(key: &Value) -> Error {
    fail(format!("KeyError: {}", repr(key)))
}

impl List {
    /// A copy of the items.
    pub fn items(&self) -> Vec<Value> {
        lock(&self.0).clone()
    }

    /// Adds an item.
    pub fn push(&self, item: Value) {
        lock(&self.0).push(item);
    }
}

impl Object for List {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let items = lock(&self.0);
        items.get(position(integer(key)?, items.len())?).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.items())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(lock(&self.0).len())
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        arguments: &[Value],
    ) -> Result<Value, Error> {
        let given = Arguments::new(method, arguments);
        let none = Ok(Value::from(()));
        match method {
            "append" => {
                let item = given.required(0, "object")?;
                self.push(item);
                none
            }
            "extend" | "__iadd__" => {
                let more = iterate(&given.required(0, "iterable")?)?;
                lock(&self.0).extend(more);
                none
            }
            "insert" => {
                let index = integer(&given.required(0, "index")?).unwrap_or(0);
                let item = given.required(1, "object")?;
                let mut items = lock(&self.0);
                let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
                let index = if index < 0 { (index + length).max(0) } else { index.min(length) };
                items.insert(usize::try_from(index).unwrap_or(0), item);
                none
            }
            "pop" => {
                let index = given.get(0, "index").map_or(Some(-1), |index| integer(&index));
                let mut items = lock(&self.0);
                if items.is_empty() {
                    return Err(fail("pop from empty list"));
                }
                let length = items.len();
                match index.and_then(|index| position(index, length)) {
                    Some(index) => Ok(items.remove(index)),
                    None => Err(fail("pop index out of range")),
                }
            }
            "remove" => {
                let item = given.required(0, "value")?;
                let found = self.items().iter().position(|other| *other == item);
                match found {
                    Some(index) => {
                        lock(&self.0).remove(index);
                        none
                    }
                    None => Err(fail("list.remove(x): x not in list")),
                }
            }
            "reverse" => {
                lock(&self.0).reverse();
                none
            }
            "clear" => {
                lock(&self.0).clear();
                none
            }
            "copy" => Ok(list(self.items())),
            "sort" => {
                let mut items = self.items();
                super::ordering::sort(
                    state,
                    &mut items,
                    given.optional(9, "key").as_ref(),
                    given.truth(9, "reverse", false),
                )?;
                *lock(&self.0) = items;
                none
            }
            "index" | "count" => sequence_method(&self.items(), "list", method, &given),
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}

/// `index` and `count` of lists and tuples.
pub(super) fn sequence_method(
    items: &[Value],
    kind: &str,
    method: &str,
    given: &Arguments<'_>,
) -> Result<Value, Error> {
    let item = given.required(0, "value")?;
    match method {
        "count" => Ok(Value::from(items.iter().filter(|other| **other == item).count())),
        "index" => match items.iter().position(|other| *other == item) {
            Some(index) => Ok(Value::from(index)),
            None if kind == "list" => Err(fail(format!("{} is not in list", repr(&item)))),
            None => Err(fail("tuple.index(x): x not in tuple")),
        },
        _ => Err(Error::from(ErrorKind::UnknownMethod)),
    }
}

impl Dict {
    /// A copy of the items.
    pub fn items(&self) -> Vec<(Value, Value)> {
        lock(&self.0).values().cloned().collect()
    }

    /// Sets an item.
    pub fn insert(&self, key: Value, value: Value) {
        let index = Key::new(&key);
        let mut items = lock(&self.0);
        match items.get_mut(&index) {
            Some(item) => item.1 = value,
            None => {
                items.insert(index, (key, value));
            }
        }
    }

    /// An item by its key.
    pub fn find(&self, key: &Value) -> Option<Value> {
        match key.as_str() {
            Some(text) => lock(&self.0).get(text).map(|item| item.1.clone()),
            None => lock(&self.0).get(&Key::new(key)).map(|item| item.1.clone()),
        }
    }
}

impl Object for Dict {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.find(key)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        lock(&self.0).get(key).map(|item| item.1.clone())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(lock(&self.0).values().map(|item| item.0.clone()).collect())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(lock(&self.0).len())
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        let given = Arguments::new(method, arguments);
        match method {
            "update" => {
                if let Some(other) = given.positional().first() {
                    for (key, value) in pairs(other)? {
                        self.insert(key, value);
                    }
                }
                for (key, value) in given.keywords() {
                    self.insert(Value::from(key.as_str()), value.clone());
                }
                Ok(Value::from(()))
            }
            "pop" => {
                let key = given.required(0, "key")?;
                let removed = lock(&self.0).shift_remove(&Key::new(&key));
                match (removed, given.positional().get(1)) {
                    (Some((_, value)), _) => Ok(value),
                    (None, Some(default)) => Ok(default.clone()),
                    (None, None) => Err(key_error(&key)),
                }
            }
            "popitem" => match lock(&self.0).pop() {
                Some((_, (key, value))) => Ok(tuple(vec![key, value])),
                None => Err(fail("popitem(): dictionary is empty")),
            },
            "setdefault" => {
                let key = given.required(0, "key")?;
                if let Some(found) = self.find(&key) {
                    return Ok(found);
                }
                let value = given.get(1, "default").unwrap_or_else(|| Value::from(()));
                self.insert(key, value.clone());
                Ok(value)
            }
            "clear" => {
                lock(&self.0).clear();
                Ok(Value::from(()))
            }
            "__setitem__" => {
                self.insert(given.required(0, "key")?, given.required(1, "value")?);
                Ok(Value::from(()))
            }
            _ => mapping_method(&self.items(), method, &given),
        }
    }
}

/// The methods of a dictionary that do not change it.
pub(super) fn mapping_method(items: &[(Value, Value)], method: &str, given: &Arguments<'_>) -> Result<Value, Error> {
    Ok(match method {
        "get" => {
            let key = Key::new(&given.required(0, "key")?);
            let found = items.iter().find(|item| Key::new(&item.0) == key).map(|item| item.1.clone());
            found.or_else(|| given.get(1, "default")).unwrap_or_else(|| Value::from(()))
        }
        "keys" => view("dict_keys", items.iter().map(|item| item.0.clone()).collect()),
        "values" => view("dict_values", items.iter().map(|item| item.1.clone()).collect()),
        "items" => view("dict_items", items.iter().map(|item| tuple(vec![item.0.clone(), item.1.clone()])).collect()),
        "copy" => dict(items.iter().cloned()),
        "fromkeys" => {
            let value = given.get(1, "value").unwrap_or_else(|| Value::from(()));
            dict(iterate(&given.required(0, "iterable")?)?.into_iter().map(|key| (key, value.clone())))
        }
        _ => return Err(Error::from(ErrorKind::UnknownMethod)),
    })
}

/// What `keys()`, `values()` and `items()` give: prints as in Python, but can be indexed.
#[derive(Debug)]
struct View {
    name: &'static str,
    items: Vec<Value>,
}

fn view(name: &'static str, items: Vec<Value>) -> Value {
    Value::from_object(View { name, items })
}

impl Object for View {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Iterable
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.items.clone())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.items.len())
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.items.get(position(integer(key)?, self.items.len())?).cloned()
    }

    fn render(self: &Arc<Self>, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}({})", self.name, repr(&Value::from(self.items.clone())))
    }
}

/// Whether a value is what `keys()`, `values()` or `items()` gave.
pub(super) fn is_view(value: &Value) -> bool {
    value.downcast_object_ref::<View>().is_some()
}

impl Set {
    /// A copy of the items.
    pub fn items(&self) -> Vec<Value> {
        lock(&self.0).values().cloned().collect()
    }

    fn has(&self, item: &Value) -> bool {
        lock(&self.0).contains_key(&Key::new(item))
    }
}

/// `left - right` and its like for sets, by the name of the method.
pub(super) fn set_operation(left: &Set, method: &str, right: &[Value]) -> Option<Value> {
    let other = Set(Mutex::new(right.iter().map(|item| (Key::new(item), item.clone())).collect()));
    let items = left.items();
    Some(match method {
        "union" => set(items.into_iter().chain(other.items())),
        "intersection" => set(items.into_iter().filter(|item| other.has(item))),
        "difference" => set(items.into_iter().filter(|item| !other.has(item))),
        "symmetric_difference" => {
            let rest: Vec<Value> = other.items().into_iter().filter(|item| !left.has(item)).collect();
            set(items.into_iter().filter(|item| !other.has(item)).chain(rest))
        }
        "issubset" => Value::from(items.iter().all(|item| other.has(item))),
        "issuperset" => Value::from(other.items().iter().all(|item| left.has(item))),
        "isdisjoint" => Value::from(!items.iter().any(|item| other.has(item))),
        _ => return None,
    })
}

impl Object for Set {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Iterable
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.items())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(lock(&self.0).len())
    }

    fn custom_cmp(self: &Arc<Self>, other: &minijinja::value::DynObject) -> Option<std::cmp::Ordering> {
        let other = other.downcast_ref::<Self>()?;
        let same = self.items().len() == other.items().len() && self.items().iter().all(|item| other.has(item));
        same.then_some(std::cmp::Ordering::Equal)
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        let given = Arguments::new(method, arguments);
        match method {
            "add" => {
                let item = given.required(0, "element")?;
                lock(&self.0).entry(Key::new(&item)).or_insert(item);
                Ok(Value::from(()))
            }
            "update" => {
                for other in given.positional() {
                    for item in iterate(other)? {
                        lock(&self.0).entry(Key::new(&item)).or_insert(item);
                    }
                }
                Ok(Value::from(()))
            }
            "discard" | "remove" => {
                let item = given.required(0, "element")?;
                let removed = lock(&self.0).shift_remove(&Key::new(&item));
                if removed.is_none() && method == "remove" { Err(key_error(&item)) } else { Ok(Value::from(())) }
            }
            "pop" => match lock(&self.0).shift_remove_index(0) {
                Some((_, item)) => Ok(item),
                None => Err(fail("pop from an empty set")),
            },
            "clear" => {
                lock(&self.0).clear();
                Ok(Value::from(()))
            }
            "copy" => Ok(set(self.items())),
            _ => {
                let mut right = Vec::new();
                for other in given.positional() {
                    right.extend(iterate(other)?);
                }
                set_operation(self, method, &right).ok_or_else(|| Error::from(ErrorKind::UnknownMethod))
            }
        }
    }
}
