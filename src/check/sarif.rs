//! Findings as SARIF 2.1.0, which code hosts show at the lines of a change.

use serde_json::{Value, json};

use super::Checked;
use crate::diagnostic::Severity;
use crate::sql::Rule;

/// The findings as a SARIF log; paths are below `folder`, that of the project in the repository.
pub fn sarif(checked: &Checked, folder: &str) -> Value {
    let rules: Vec<Value> = Rule::ALL
        .iter()
        .map(|rule| json!({"id": rule.name(), "shortDescription": {"text": rule.description()}}))
        .collect();
    let results: Vec<Value> = checked
        .findings
        .iter()
        .map(|(id, rule, diagnostic)| {
            let level = if diagnostic.severity == Severity::Error { "error" } else { "warning" };
            let mut text = diagnostic.message.clone();
            for help in &diagnostic.help {
                text.push_str(&format!("\n{help}"));
            }
            let mut result = json!({
                "ruleId": rule.name(),
                "ruleIndex": Rule::ALL.iter().position(|other| other == rule),
                "level": level,
                "message": {"text": text},
                "partialFingerprints": {"node/v1": format!("{id}:{}", diagnostic.message)},
            });
            if let Some(span) = diagnostic.span().filter(|span| !span.source.path().starts_with('<')) {
                let (start, end) = (span.position(), span.source.position(span.range.end));
                let path = span.source.path();
                let uri = if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") };
                result["locations"] = json!([{"physicalLocation": {
                    "artifactLocation": {"uri": uri},
                    "region": {
                        "startLine": start.line, "startColumn": start.column,
                        "endLine": end.line, "endColumn": end.column,
                    },
                }}]);
            }
            result
        })
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "netflix", "version": env!("CARGO_PKG_VERSION"), "rules": rules}},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}
