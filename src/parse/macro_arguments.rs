//! Arguments of macros in YAML: they must be those of the macro, with types that dbt knows.

use serde_json::Value;

use crate::diagnostic::{Diagnostic, WarningKind};
use crate::project::Yaml;

/// Types and how many types each takes in brackets.
const TYPES: [(&str, usize); 12] = [
    ("str", 0),
    ("string", 0),
    ("bool", 0),
    ("int", 0),
    ("integer", 0),
    ("float", 0),
    ("any", 0),
    ("list", 1),
    ("dict", 2),
    ("optional", 1),
    ("relation", 0),
    ("column", 0),
];

/// Warnings about declared arguments; `defined` are those of the macro itself, as the manifest has them.
pub(super) fn check(name: &str, defined: &[Value], declared: &[Yaml]) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    let Some(first) = declared.first() else { return warnings };
    let warn = |message: String, at: &Yaml| {
        Diagnostic::named(WarningKind::InvalidMacroAnnotation, message.clone())
            .field("msg", message)
            .label(at.span(), "")
    };
    for (own, yaml) in defined.iter().zip(declared) {
        let wanted = own.get("name").and_then(Value::as_str).unwrap_or_default();
        let given = yaml.get("name").map(Yaml::display).unwrap_or_default();
        if given != wanted {
            warnings.push(warn(
                format!("Argument {given} in yaml for macro {name} does not match the jinja definition."),
                yaml.get("name").unwrap_or(yaml),
            ));
        }
    }
    if defined.len() != declared.len() {
        warnings.push(warn(
            format!("The number of arguments in the yaml for macro {name} does not match the jinja definition."),
            first,
        ));
    }
    for yaml in declared {
        let Some(kind) = yaml.get("type").filter(|kind| !kind.is_null()) else { continue };
        let text = kind.display().replace([' ', '\t'], "");
        if !text.trim().is_empty() && read(&text) != Some("") {
            let argument = yaml.get("name").map(Yaml::display).unwrap_or_default();
            warnings.push(warn(format!("Argument {argument} in the yaml for macro {name} has an invalid type."), kind));
        }
    }
    warnings
}

/// Reads one type and gives what follows it.
fn read(text: &str) -> Option<&str> {
    let end = text.find(|letter: char| !letter.is_ascii_lowercase()).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let (_, count) = TYPES.iter().find(|(known, _)| *known == name)?;
    if *count == 0 {
        return Some(rest);
    }
    let mut rest = rest.strip_prefix('[')?;
    for index in 0..*count {
        rest = read(rest)?;
        if index + 1 < *count {
            rest = rest.strip_prefix(',')?;
        }
    }
    rest.strip_prefix(']')
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn types_nest() {
        assert_eq!(read("dict[str,list[int]]"), Some(""));
        assert_eq!(read("int[int]"), Some("[int]"));
        assert!(read("list").is_none() && read("number").is_none());
    }
}
