//! What a relation tells of the function that it stands for.

use minijinja::{Error, Value};

use crate::jinja::{fail, python};

/// `get_function_config(model)`: language and kind of a function; nothing for other resources.
///
/// # Errors
/// Something that functions of this language need is not configured.
pub fn function_config(model: &Value) -> Result<Value, Error> {
    let of = |value: &Value, name: &str| value.get_item(&Value::from(name)).unwrap_or_default();
    if of(model, "resource_type").as_str() != Some("function") {
        return Ok(Value::from(()));
    }
    let config = of(model, "config");
    let parts = [
        ("language", of(model, "language")),
        ("type", of(&config, "type")),
        ("runtime_version", of(&config, "runtime_version")),
        ("entry_point", of(&config, "entry_point")),
    ];
    let missing = |name: &str| parts.iter().any(|(part, value)| *part == name && !value.is_true());
    let python = of(model, "language").as_str() == Some("python");
    for (name, needed, message) in [
        ("language", true, "A `language` is required for functions"),
        ("type", true, "A `type` is required for functions"),
        ("runtime_version", python, "A `runtime_version` is required for python functions"),
        ("entry_point", python, "An `entry_point` is required for python functions"),
    ] {
        if needed && missing(name) {
            return Err(fail(message));
        }
    }
    Ok(python::dict(parts.into_iter().map(|(name, value)| (Value::from(name), value)).collect::<Vec<_>>()))
}
