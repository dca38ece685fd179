//! The comment that names a statement's origin, which tools find in the warehouse's history of queries.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Runtime;
use crate::adapter::CommentPlace;
use crate::artifact::DBT_VERSION;
use crate::diagnostic::{Class, Diagnostic, Result, SourceFile, Span};
use crate::jinja::{Scope, python};
use crate::manifest::{Node, ResourceType};

/// `query-comment` of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueryComment {
    /// There is none.
    Off,
    /// dbt's own: a JSON object with project, target and node.
    Standard {
        /// Whether it stands behind the statement.
        append: Option<bool>,
    },
    /// The project's own text or template.
    Template {
        /// The text.
        source: Arc<SourceFile>,
        /// Where it stands.
        place: Option<Span>,
        /// Whether it stands behind the statement.
        append: Option<bool>,
    },
}

impl QueryComment {
    /// What the project file says; dbt: nothing means the standard comment, an empty text none.
    pub fn of_project(project: &crate::project::Project) -> Self {
        let settings = &project.root_package().settings;
        let Some(given) = settings.get("query-comment") else { return Self::Standard { append: None } };
        let append = || given.get("append").and_then(crate::project::Yaml::bool);
        let (text, append) = match given.get("comment") {
            Some(text) => (Some(text), append()),
            None if given.pairs().is_empty() => (Some(given), None),
            None => (None, append()),
        };
        match text.map(|text| (text, text.display())) {
            None => Self::Standard { append },
            Some((text, _)) if text.is_null() => Self::Off,
            Some((_, shown)) if shown.trim().is_empty() => Self::Off,
            Some((text, shown)) => {
                let source = SourceFile::new("<query-comment>", shown);
                Self::Template { source, place: Some(text.span()), append }
            }
        }
    }

    /// Where it stands, if the project says so.
    pub fn place(&self) -> Option<CommentPlace> {
        let append = match self {
            Self::Off => None,
            Self::Standard { append } | Self::Template { append, .. } => *append,
        };
        append.map(|append| if append { CommentPlace::Behind } else { CommentPlace::Before })
    }

    fn is_appended(&self) -> bool {
        self.place() == Some(CommentPlace::Behind)
    }

    /// The text for the statements of a node.
    ///
    /// # Errors
    /// The template fails, or its text would end the comment.
    pub fn text(
        &self,
        runtime: &Runtime,
        node: &Node,
        scope: &dyn Fn() -> Option<Arc<dyn Scope>>,
    ) -> Result<Option<String>> {
        let text = match self {
            Self::Off => return Ok(None),
            Self::Standard { .. } => standard(runtime, node),
            Self::Template { source, .. } => match scope() {
                // dbt: the comment is the body of a macro, so that `return()` may end it.
                Some(scope) => runtime.engine.render_body(source, &scope)?,
                None => return Ok(None),
            },
        };
        let text = text.trim();
        if text.contains("*/") {
            let place = if let Self::Template { place, .. } = self { place.clone() } else { None };
            return Err(Box::new(
                Diagnostic::error(Class::Runtime, format!("query comment contains illegal value \"*/\": {text}"))
                    .label_opt(place, "")
                    .help("these two characters would end the comment"),
            ));
        }
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }

    /// A statement with its comment, and how many bytes and lines stand before the statement itself.
    pub fn with(&self, comment: Option<&str>, sql: &str) -> (String, usize, usize) {
        let Some(comment) = comment else { return (sql.to_owned(), 0, 0) };
        if !self.is_appended() {
            let before = format!("/* {comment} */\n");
            let lines = before.matches('\n').count();
            return (format!("{before}{sql}"), before.len(), lines);
        }
        // dbt: a semicolon at the end stays at the end.
        let bare = sql.trim_end();
        match bare.strip_suffix(';') {
            Some(body) => (format!("{body}\n/* {comment} */;"), 0, 0),
            None => (format!("{bare}\n/* {comment} */"), 0, 0),
        }
    }
}

/// What a template of the comment sees besides its context.
pub fn names(node: &Node) -> Vec<(String, minijinja::Value)> {
    let seen = if is_of_node(node) { Value::Object(node.to_json()) } else { Value::Null };
    vec![
        ("connection_name".to_owned(), minijinja::Value::from(connection(node))),
        ("node".to_owned(), python::value_from_json(&seen)),
    ]
}

fn is_of_node(node: &Node) -> bool {
    !matches!(node.resource_type, ResourceType::SqlOperation)
}

/// The name of the connection. dbt: what belongs to no node runs on `master`.
pub fn connection(node: &Node) -> String {
    if is_of_node(node) { node.unique_id.clone() } else { "master".to_owned() }
}

fn standard(runtime: &Runtime, node: &Node) -> String {
    let target = &runtime.project.target;
    let (key, value) =
        if is_of_node(node) { ("node_id", node.unique_id.clone()) } else { ("connection_name", connection(node)) };
    let pairs = [
        ("app", "dbt"),
        ("dbt_version", DBT_VERSION),
        ("profile_name", target.profile.as_str()),
        ("target_name", target.name.as_str()),
        (key, value.as_str()),
    ];
    // Tools look for Python's form, with a blank behind each colon and comma.
    let pairs: Vec<String> = pairs.iter().map(|(key, value)| format!("{}: {}", json!(key), json!(value))).collect();
    format!("{{{}}}", pairs.join(", "))
}

/// The warehouse's text with the numbers of its lines as they are without the comment.
pub fn without_lines(text: &str, lines: usize) -> String {
    let shifted = |line: &str| -> Option<String> {
        let rest = line.strip_prefix("LINE ")?;
        let (number, rest) = rest.split_once(':')?;
        let own = number.parse::<usize>().ok()?.checked_sub(lines)?;
        Some(format!("LINE {own}:{}{rest}", " ".repeat(number.len().saturating_sub(own.to_string().len()))))
    };
    let lines: Vec<String> = text.lines().map(|line| shifted(line).unwrap_or_else(|| line.to_owned())).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_stand_before_or_behind() {
        let before = QueryComment::Standard { append: None };
        assert_eq!(before.with(Some("a"), "select 1"), ("/* a */\nselect 1".to_owned(), 8, 1));
        let behind = QueryComment::Standard { append: Some(true) };
        assert_eq!(behind.with(Some("a"), "select 1 ;\n").0, "select 1 \n/* a */;");
        assert_eq!(behind.with(None, "select 1").0, "select 1");
        assert_eq!(without_lines("Error\nLINE 3: from x\n        ^", 1), "Error\nLINE 2: from x\n        ^");
    }
}
