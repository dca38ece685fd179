//! Models whose columns are not those of their contract.

use serde_json::Value;

use super::sources::declared_column;
use crate::diagnostic::{Span, nearest};
use crate::manifest::Node;
use crate::sql::{Dialect, Resolved};

/// A break of a contract.
pub(super) struct Break {
    pub(super) message: String,
    pub(super) help: Option<String>,
    /// The column's place in the SQL, in bytes.
    pub(super) offset: Option<usize>,
    /// The column's place in YAML.
    pub(super) declared: Option<Span>,
}

/// Whether a node's contract is enforced.
fn is_enforced(node: &Node) -> bool {
    let contract = node.config.get("contract");
    contract.and_then(|contract| contract.get("enforced")).and_then(Value::as_bool) == Some(true)
}

/// What breaks a node's contract, as far as it is certain.
pub(super) fn breaks(node: &Node, resolved: &Resolved, dialect: Dialect) -> Vec<Break> {
    if !is_enforced(node) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let shape = &resolved.shape;
    let made: Vec<&str> =
        shape.columns.iter().filter_map(|column| column.name.as_ref()).map(|name| name.text.as_str()).collect();
    for column in node.columns.values() {
        let declared = declared_column(column, dialect);
        let place = place(node, &column.name);
        match shape.columns.iter().find(|made| made.is(&declared.name.key)) {
            None if shape.is_closed() => found.push(Break {
                message: format!(
                    "the contract of `{}` has a column `{}`, and its SQL has none",
                    node.name, column.name
                ),
                help: nearest(&column.name, made.iter().copied()).map(|name| format!("did you mean `{name}`?")),
                offset: None,
                declared: place,
            }),
            Some(made)
                if made.data_type.is_known()
                    && declared.data_type.is_known()
                    && made.data_type != declared.data_type =>
            {
                found.push(Break {
                    message: format!(
                        "the contract of `{}` has `{}` as {}, and its SQL makes it {}",
                        node.name,
                        column.name,
                        column.data_type.as_deref().unwrap_or_default(),
                        made.data_type
                    ),
                    help: None,
                    offset: made.place.as_ref().map(|place| place.start),
                    declared: place,
                });
            }
            _ => {}
        }
    }
    for column in &shape.columns {
        let Some(name) = &column.name else { continue };
        let is_declared = node.columns.values().any(|other| declared_column(other, dialect).name == *name);
        if !is_declared {
            found.push(Break {
                message: format!("the contract of `{}` has no column `{}`", node.name, name.text),
                help: Some("declare the column, or leave it out of the SQL".to_owned()),
                offset: column.place.as_ref().map(|place| place.start),
                declared: node.patch.clone(),
            });
        }
    }
    found
}

/// Where YAML names a column, or else the model.
fn place(node: &Node, column: &str) -> Option<Span> {
    let patch = node.patch.as_ref()?;
    let text = patch.source.text();
    let start = patch.range.start.min(text.len());
    let found = text.get(start..)?.match_indices(column).map(|(at, _)| start + at).find(|at| {
        let before = text[..*at].trim_end_matches(['"', '\'', ' ']);
        before.ends_with("name:")
    });
    Some(found.map_or_else(|| patch.clone(), |at| Span::new(&patch.source, at..at + column.len())))
}
