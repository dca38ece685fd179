//! The arguments of a call from a template, read as Python would.

use minijinja::{Error, Value};

use super::failure::fail;
use super::python;

/// Positional and keyword arguments of one call.
pub struct Arguments<'a> {
    function: &'a str,
    positional: &'a [Value],
    keywords: Vec<(String, Value)>,
}

impl<'a> Arguments<'a> {
    /// Sorts the arguments of a call; `function` is the name used in messages.
    pub fn new(function: &'a str, arguments: &'a [Value]) -> Self {
        match arguments.split_last() {
            Some((last, rest)) if last.is_kwargs() => {
                let keywords = python::pairs(last).unwrap_or_default();
                let keywords = keywords.into_iter().map(|(key, value)| (python::to_str(&key), value)).collect();
                Self { function, positional: rest, keywords }
            }
            _ => Self { function, positional: arguments, keywords: Vec::new() },
        }
    }

    /// The positional arguments.
    pub fn positional(&self) -> &'a [Value] {
        self.positional
    }

    /// The keyword arguments.
    pub fn keywords(&self) -> &[(String, Value)] {
        &self.keywords
    }

    /// An argument by position or name.
    pub fn get(&self, index: usize, name: &str) -> Option<Value> {
        self.positional.get(index).cloned().or_else(|| self.keyword(name))
    }

    /// An argument by name alone.
    pub fn keyword(&self, name: &str) -> Option<Value> {
        self.keywords.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }

    /// An argument that may be left out or be `none`.
    pub fn optional(&self, index: usize, name: &str) -> Option<Value> {
        self.get(index, name).filter(|value| !value.is_none() && !python::is_undefined(value))
    }

    /// An argument that must be there.
    pub fn required(&self, index: usize, name: &str) -> Result<Value, Error> {
        self.get(index, name)
            .ok_or_else(|| fail(format!("{}() missing 1 required positional argument: '{name}'", self.function)))
    }

    /// A text that must be there.
    pub fn text(&self, index: usize, name: &str) -> Result<String, Error> {
        let value = self.required(index, name)?;
        match value.as_str() {
            Some(text) => Ok(text.to_owned()),
            None => Err(self.wrong_type(name, "str", &value)),
        }
    }

    /// A text that may be left out or be `none`.
    pub fn optional_text(&self, index: usize, name: &str) -> Result<Option<String>, Error> {
        match self.optional(index, name) {
            None => Ok(None),
            Some(value) => match value.as_str() {
                Some(text) => Ok(Some(text.to_owned())),
                None => Err(self.wrong_type(name, "str", &value)),
            },
        }
    }

    /// A truth value, `default` where left out.
    pub fn truth(&self, index: usize, name: &str, default: bool) -> bool {
        self.get(index, name).map_or(default, |value| value.is_true())
    }

    /// A whole number that may be left out or be `none`.
    pub fn optional_integer(&self, index: usize, name: &str) -> Result<Option<i64>, Error> {
        match self.optional(index, name) {
            None => Ok(None),
            Some(value) => match python::integer(&value) {
                Some(number) => Ok(Some(number)),
                None => Err(self.wrong_type(name, "int", &value)),
            },
        }
    }

    /// Refuses more arguments than `names`, which are all there are, in order.
    pub fn only(&self, names: &[&str]) -> Result<(), Error> {
        if self.positional.len() > names.len() {
            let message = format!(
                "{}() takes {} positional argument{} but {} were given",
                self.function,
                names.len(),
                if names.len() == 1 { "" } else { "s" },
                self.positional.len()
            );
            return Err(fail(message));
        }
        for (index, (key, _)) in self.keywords.iter().enumerate() {
            match names.iter().position(|name| name == key) {
                None => return Err(fail(format!("{}() got an unexpected keyword argument '{key}'", self.function))),
                Some(position)
                    if position < self.positional.len() || self.keywords[..index].iter().any(|(k, _)| k == key) =>
                {
                    return Err(fail(format!("{}() got multiple values for argument '{key}'", self.function)));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    fn wrong_type(&self, name: &str, wanted: &str, value: &Value) -> Error {
        let got = python::type_name(value);
        fail(format!("{}() argument '{name}' must be {wanted}, not {got}", self.function))
    }
}
