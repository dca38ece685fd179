//! `state:`, `result:` and `source_status:`: how nodes compare with an earlier run.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value;

use super::search::known;
use crate::diagnostic::{Class, Diagnostic, Result};
use crate::event::WarningKind;
use crate::manifest::{Manifest, Node};
use crate::select::relatives::Ids;
use crate::select::state::{Change, changed};
use crate::select::{Criterion, State};

/// Nodes that differ from those of the earlier manifest in the way that is asked for.
pub(super) fn compared<'m>(
    manifest: &'m Manifest,
    criterion: &Criterion,
    state: Option<&State>,
    warnings: &mut Vec<(WarningKind, Diagnostic)>,
) -> Result<Ids<'m>> {
    let Some(state) = state.filter(|state| state.previous.manifest.is_some()) else {
        return Err(missing(
            criterion,
            Class::Runtime,
            "Got a state selector method, but no comparison manifest",
            "give the folder of an earlier manifest.json: `--state DIR`",
        ));
    };
    let Some(change) = Change::from_name(&criterion.value) else {
        let listed: Vec<String> = Change::NAMES.iter().map(|name| format!("'{name}'")).collect();
        let message =
            format!("Got an invalid selector \"{}\", expected one of \"[{}]\"", criterion.value, listed.join(", "));
        return Err(known(criterion, message, &Change::NAMES));
    };
    if matches!(change, Change::Modified | Change::Unmodified | Change::Macros)
        && let Some(error) = without_macro(manifest)
    {
        return Err(error);
    }
    Ok(changed(manifest, state, change, warnings)?.into_iter().collect())
}

/// A data test whose macro is not there cannot be compared. dbt: in this sentence.
fn without_macro(manifest: &Manifest) -> Option<Box<Diagnostic>> {
    let is_lost = |node: &&Arc<Node>| {
        let name = node.test().and_then(|test| test.generic.as_ref());
        name.is_some_and(|name| !node.macros.iter().any(|id| id.ends_with(&format!(".test_{name}"))))
    };
    let node = manifest.nodes.values().find(is_lost)?;
    let message = format!(
        "Node '{}' (in {}) depends on a macro or test that does not exist. This can happen when a macro or generic test \
         is removed but is still referenced. Check for typos and/or install package dependencies with 'dbt deps'.",
        node.name, node.original_file_path
    );
    let declared = node.test().and_then(|test| test.declared.clone());
    Some(Box::new(Diagnostic::error(Class::Compilation, message).label_opt(declared, "no test has this name")))
}

/// Nodes that ended with a status in the earlier run.
pub(super) fn ended<'m>(manifest: &'m Manifest, criterion: &Criterion, state: Option<&State>) -> Result<Ids<'m>> {
    let results = state.and_then(|state| state.previous.run_results.as_ref());
    let Some(results) = results.and_then(|results| results.get("results")).and_then(Value::as_array) else {
        return Err(missing(
            criterion,
            Class::Internal,
            "No comparison run_results",
            "give the folder of an earlier run_results.json: `--state DIR`",
        ));
    };
    let text = |result: &Value, key: &str| result.get(key).and_then(Value::as_str).map(str::to_owned);
    let wanted: HashSet<String> = results
        .iter()
        .filter(|result| text(result, "status").as_deref() == Some(&criterion.value))
        .filter_map(|result| text(result, "unique_id"))
        .collect();
    Ok(manifest.nodes.keys().filter(|id| wanted.contains(*id)).map(String::as_str).collect())
}

/// Sources that hold newer rows than at the earlier check.
pub(super) fn fresher<'m>(manifest: &'m Manifest, criterion: &Criterion, state: Option<&State>) -> Result<Ids<'m>> {
    let previous = state.and_then(|state| state.previous.sources.as_ref());
    let Some((state, previous)) = state.zip(previous) else {
        return Err(missing(
            criterion,
            Class::Internal,
            "No previous state comparison freshness results in sources.json",
            "give the folder of an earlier sources.json: `--state DIR`",
        ));
    };
    let Some(current) = &state.current_sources else {
        return Err(missing(
            criterion,
            Class::Internal,
            "No current state comparison freshness results in sources.json",
            "check now: `source freshness`",
        ));
    };
    // dbt: every status but `fresher` matches nothing.
    if criterion.value != "fresher" {
        return Ok(Ids::new());
    }
    let (before, now) = (loaded(previous), loaded(current));
    let fresher = now
        .iter()
        .filter(|(id, at)| before.get(*id).is_none_or(|before| moment(at) > moment(before)))
        .map(|(id, _)| *id)
        .collect::<HashSet<&str>>();
    Ok(manifest.nodes.keys().map(String::as_str).filter(|id| fresher.contains(id)).collect())
}

/// When each source was loaded; those whose check failed are left out.
fn loaded(sources: &Value) -> HashMap<&str, &str> {
    let results = sources.get("results").and_then(Value::as_array);
    let pair = |result| -> Option<(&str, &str)> {
        let result: &Value = result;
        Some((result.get("unique_id")?.as_str()?, result.get("max_loaded_at")?.as_str()?))
    };
    results.into_iter().flatten().filter_map(pair).collect()
}

/// A moment that compares, whatever notation it is written in.
fn moment(text: &str) -> Option<chrono::DateTime<chrono::Utc>> {
    let naive = || text.parse::<chrono::NaiveDateTime>().ok().map(|moment| moment.and_utc());
    text.parse().ok().or_else(naive)
}

fn missing(criterion: &Criterion, class: Class, message: &str, help: &str) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(class, message).label(criterion.span.clone(), "compares with an earlier run").help(help))
}
