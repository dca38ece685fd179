//! What the hooks of a node refer to: they count as references of the node.

use std::sync::Arc;

use serde_json::Value;

use super::nodes::{Draft, Workshop};
use crate::diagnostic::{Class, Diagnostic, Result, SourceFile, Span};
use crate::jinja::Recorder;
use crate::manifest::ResourceType;

/// Renders the hooks of a configured node and notes their references.
///
/// # Errors
/// A hook cannot be rendered, or a seed's hook refers to a node.
///
/// dbt: `update_parsed_node_config`.
pub(super) fn record(shop: &Workshop<'_>, draft: &mut Draft) -> Result<()> {
    let templates: Vec<String> = ["pre-hook", "post-hook"]
        .iter()
        .filter_map(|key| draft.node.config.get(key)?.as_array())
        .flatten()
        .filter_map(|hook| hook.get("sql").and_then(Value::as_str))
        .filter(|sql| sql.contains("{{") || sql.contains("{%"))
        .map(str::to_owned)
        .collect();
    if templates.is_empty() {
        return Ok(());
    }
    let recorder = Arc::new(Recorder::default());
    let scope = shop.scope(draft, &recorder, Vec::new()).shared();
    for sql in templates {
        let source = SourceFile::new(format!("<hook of {}>", draft.node.unique_id), sql);
        let rendered = shop.engine.render_str(&source, &scope)?;
        let mut notes = recorder.notes();
        notes.configs.clear();
        if draft.node.resource_type == ResourceType::Seed && !(notes.refs.is_empty() && notes.sources.is_empty()) {
            return Err(Box::new(
                Diagnostic::error(
                    Class::Parsing,
                    "Seeds cannot depend on other nodes but dbt detected a seed with a hook that depends on other nodes",
                )
                .label(Span::file(&source), "this hook")
                .help("move the hook to a model, or to `on-run-end`"),
            ));
        }
        notes.refs.retain(|call| !draft.node.refs.contains(call));
        notes.sources.retain(|call| !draft.node.sources.contains(call));
        notes.metrics.retain(|call| !draft.node.metrics.contains(call));
        notes.functions.retain(|call| !draft.node.functions.contains(call));
        shop.take(draft, notes, &rendered.macros);
    }
    Ok(())
}
