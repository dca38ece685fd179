//! What the engine says when it refuses -> [`AdapterError`].
//!
//! Every session asks for errors as JSON, since the plain text shows a place only as a caret under a shortened line.

use serde_json::{Map, Value};

use crate::adapter::{AdapterError, ErrorKind};

/// The refusal of a client error; `sql` is the text that was sent.
pub(super) fn failure(error: ::duckdb::Error, sql: &str) -> AdapterError {
    match error {
        ::duckdb::Error::DuckDBFailure(_, Some(text)) => from_text(&text, sql),
        ::duckdb::Error::NulError(_) => AdapterError::new(
            ErrorKind::Syntax,
            "Parser Error: the SQL holds a zero byte, which the engine cannot read",
        ),
        other => AdapterError::new(ErrorKind::Other, other.to_string()),
    }
}

/// The refusal of a text, plain or JSON.
pub(super) fn from_text(text: &str, sql: &str) -> AdapterError {
    let Some((class, fields)) = json(text) else { return from_plain(text) };
    let said = fields.get("exception_message").and_then(Value::as_str).unwrap_or(text);
    let position = fields.get("position").and_then(Value::as_str).and_then(|at| at.parse::<usize>().ok());
    let position = position.filter(|at| *at <= sql.len() && sql.is_char_boundary(*at));
    let length = fields
        .get("location")
        .and_then(Value::as_str)
        .and_then(|place| place.trim_matches(['[', ']']).split_once(',')?.1.trim().parse::<usize>().ok())
        .filter(|length| *length > 0);
    let mut error = AdapterError::new(kind(&class, said), format!("{class} Error: {said}"));
    said.lines().next().unwrap_or_default().clone_into(&mut error.message);
    if let Some(at) = position {
        error.text.push_str(&excerpt(sql, at));
        error.position = Some(at);
        error.length = length;
    }
    if let Some(candidates) = fields.get("candidates").and_then(Value::as_str) {
        error.candidates =
            candidates.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
    }
    error
}

/// The class and the fields of a JSON error; the engine puts a heading before some of them.
fn json(text: &str) -> Option<(String, Map<String, Value>)> {
    let start = text.find('{')?;
    let Ok(Value::Object(fields)) = serde_json::from_str(text.get(start..)?) else { return None };
    let class = fields.get("exception_type")?.as_str()?.to_owned();
    Some((class, fields))
}

fn from_plain(text: &str) -> AdapterError {
    let (class, said) = text.split_once(" Error: ").unwrap_or(("", text));
    let mut error = AdapterError::new(kind(class, said), text);
    said.lines().next().unwrap_or_default().clone_into(&mut error.message);
    error
}

fn kind(class: &str, said: &str) -> ErrorKind {
    if said.contains("write-write conflict")
        || said.contains("Conflict on ")
        || said.contains("another transaction has altered this table")
        || said.contains("another transaction has modified this table")
    {
        return ErrorKind::TransactionConflict;
    }
    match class {
        "Parser" | "Syntax" => ErrorKind::Syntax,
        "Catalog" | "Dependency" => ErrorKind::Catalog,
        "Binder" | "Expression" | "Parameter Not Resolved" | "Parameter Not Allowed" => ErrorKind::Binder,
        "Constraint" => ErrorKind::Constraint,
        "Conversion" | "Out of Range" | "Mismatch Type" | "Invalid type" | "Decimal" | "Divide by Zero" => {
            ErrorKind::Conversion
        }
        "INTERRUPT" | "Interrupt" => ErrorKind::Interrupted,
        "Connection" => ErrorKind::Connection,
        "IO" if said.contains("Could not set lock on file") => ErrorKind::Lock,
        "IO" | "HTTP" => ErrorKind::Io,
        // The appender leaves the class out.
        "" if said.starts_with("Could not convert") || said.starts_with("Could not cast") => ErrorKind::Conversion,
        "" if said.contains("onstraint") => ErrorKind::Constraint,
        _ => ErrorKind::Other,
    }
}

/// The line of the place with a mark below, as the engine itself shows it, but never shortened from the left.
fn excerpt(sql: &str, at: usize) -> String {
    let start = sql[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = sql[start..].lines().next().unwrap_or_default();
    let heading = format!("LINE {}: ", sql[..at].matches('\n').count() + 1);
    let column = heading.chars().count() + sql[start..at].chars().count();
    format!("\n\n{heading}{line}\n{:column$}^", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_bytes() {
        let sql = "select 'é',\n  nope";
        let text = r#"Binder Error: {"exception_type":"Binder","exception_message":"no nope\nCandidate bindings: \"a\"","location":"[15,4]","position":"15","candidates":"a,b"}"#;
        let error = from_text(text, sql);
        assert_eq!(error.kind, ErrorKind::Binder);
        assert_eq!(error.message, "no nope");
        assert_eq!((error.position, error.length), (Some(15), Some(4)));
        assert_eq!(error.candidates, ["a", "b"]);
        assert_eq!(error.text, "Binder Error: no nope\nCandidate bindings: \"a\"\n\nLINE 2:   nope\n          ^");
    }

    #[test]
    fn plain_texts_are_sorted_too() {
        let error = from_plain("TransactionContext Error: Catalog write-write conflict on create with \"x\"");
        assert_eq!(error.kind, ErrorKind::TransactionConflict);
        assert!(error.is_retryable());
        assert_eq!(from_plain("INTERRUPT Error: Interrupted!").kind, ErrorKind::Interrupted);
        assert_eq!(from_plain("something").message, "something");
    }
}
