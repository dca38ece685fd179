//! What a criterion that matches nothing was probably meant to be.

use super::{Criterion, Method, columns};
use crate::diagnostic::nearest;
use crate::manifest::{Manifest, Node, ResourceType};

/// Sentences of help, best first; none where nothing is near.
pub(super) fn hints(manifest: &Manifest, criterion: &Criterion) -> Vec<String> {
    let value = criterion.value.as_str();
    if value.is_empty() {
        return vec!["an empty part matches nothing: is a comma or quote misplaced?".to_owned()];
    }
    if value.contains(['*', '?', '[']) {
        return Vec::new();
    }
    if criterion.method == Method::Column {
        return columns::hint(manifest, criterion).into_iter().collect();
    }
    let mut hints = Vec::new();
    if criterion.method == Method::Fqn && manifest.disabled.values().flatten().any(|node| node.name == value) {
        hints.push(format!("`{value}` is disabled"));
    }
    let bodies = bodies(manifest, &criterion.method);
    let exact = bodies.iter().find(|body| body.name == value).map(|body| body.name.as_str());
    let near = exact.or_else(|| nearest(value, bodies.iter().map(|body| body.name.as_str())));
    if let Some(body) = near.and_then(|near| bodies.iter().find(|body| body.name == near)) {
        // A value that is there under this very method failed for another reason.
        if exact.is_none() || body.method.is_some() {
            let text = match (&body.method, &criterion.method) {
                (Some(method), _) => format!("{method}:{}", body.name),
                (None, method) if criterion.text().contains(':') => format!("{}:{}", method.name(), body.name),
                (None, _) => body.name.clone(),
            };
            hints.push(format!("did you mean `{}`?", criterion.respelled(&text)));
        }
    }
    hints
}

struct Body {
    /// The method to write instead, none where it is that of the criterion.
    method: Option<&'static str>,
    name: String,
}

/// What could have been written after the colon.
fn bodies(manifest: &Manifest, method: &Method) -> Vec<Body> {
    let mut names: Vec<Body> = Vec::new();
    let mut put = |method: Option<&'static str>, name: String| names.push(Body { method, name });
    let nodes = || manifest.nodes.values();
    match method {
        Method::Fqn => {
            let is_main = |node: &Node| !matches!(node.resource_type, ResourceType::Source | ResourceType::Operation);
            // Models before tests, names before folders, so that of equally near names the likelier one is taken.
            for node in nodes().filter(|node| is_main(node) && node.resource_type != ResourceType::Test) {
                put(None, node.name.clone());
            }
            for node in nodes().filter(|node| node.resource_type == ResourceType::Test) {
                put(None, node.name.clone());
            }
            for node in nodes().filter(|node| is_main(node)) {
                for length in 2..node.fqn.len() {
                    put(None, node.fqn[1..length].join("."));
                }
            }
            for node in nodes() {
                node.tags().into_iter().for_each(|tag| put(Some("tag"), tag));
            }
            for node in nodes() {
                if let Some(table) = node.source_table() {
                    put(Some("source"), table.source_name.clone());
                    put(Some("source"), node.search_name());
                }
            }
            for node in nodes() {
                if let Some(group) = node.group() {
                    put(Some("group"), group.to_owned());
                }
            }
        }
        Method::Tag => nodes().flat_map(|node| node.tags()).for_each(|tag| put(None, tag)),
        Method::Group => nodes().filter_map(|node| node.group()).for_each(|group| put(None, group.to_owned())),
        Method::Source => {
            for node in nodes() {
                if let Some(table) = node.source_table() {
                    put(None, table.source_name.clone());
                    put(None, node.search_name());
                }
            }
        }
        Method::Package => nodes().for_each(|node| put(None, node.package.clone())),
        Method::Access => ["private", "protected", "public"].into_iter().for_each(|name| put(None, name.to_owned())),
        Method::Exposure | Method::UnitTest | Method::Metric | Method::SemanticModel | Method::SavedQuery => {
            let kind = match method {
                Method::Exposure => ResourceType::Exposure,
                Method::UnitTest => ResourceType::UnitTest,
                Method::Metric => ResourceType::Metric,
                Method::SemanticModel => ResourceType::SemanticModel,
                _ => ResourceType::SavedQuery,
            };
            nodes().filter(|node| node.resource_type == kind).for_each(|node| put(None, node.name.clone()));
        }
        Method::TestName => nodes()
            .filter_map(|node| node.test().and_then(|test| test.generic.clone()))
            .for_each(|name| put(None, name)),
        Method::File => nodes()
            .filter_map(|node| node.original_file_path.rsplit(std::path::is_separator).next())
            .for_each(|name| put(None, name.to_owned())),
        Method::Path => {
            for path in nodes().map(|node| node.original_file_path.as_str()) {
                put(None, path.to_owned());
                for (at, _) in path.match_indices(std::path::is_separator) {
                    put(None, path[..at].to_owned());
                }
            }
        }
        Method::Config(keys) => {
            for node in nodes() {
                let value = keys.split_first().and_then(|(first, rest)| {
                    rest.iter().try_fold(node.config.get(first)?, |value, key| value.as_object()?.get(key))
                });
                if let Some(text) = value.and_then(serde_json::Value::as_str) {
                    put(None, text.to_owned());
                }
            }
        }
        Method::TestType
        | Method::ResourceType
        | Method::Version
        | Method::State
        | Method::Result
        | Method::SourceStatus
        | Method::Selector
        | Method::Column => {}
    }
    names
}

#[cfg(test)]
mod tests {
    use super::super::sample::{manifest, select};

    #[test]
    fn near_names_folders_tags_and_sources() {
        let manifest = manifest();
        for (selection, expected) in [
            ("2+stg_order+", "did you mean `2+stg_orders+`?"),
            ("nightly", "did you mean `tag:nightly`?"),
            ("raw.orders+", "did you mean `source:raw.orders+`?"),
            ("stagign", "did you mean `staging`?"),
            ("source:rwa.orders", "did you mean `source:raw.orders`?"),
            ("config.materialized:tabel", "did you mean `config.materialized:table`?"),
            ("models/stagin", "did you mean `models/staging`?"),
            ("fqn:ordes", "did you mean `fqn:orders`?"),
            ("retired", "`retired` is disabled"),
            ("orders,", "an empty part matches nothing: is a comma or quote misplaced?"),
        ] {
            let found = select(&manifest, &[selection]).unwrap();
            assert_eq!(found.warnings[0].1.help, [expected], "{selection}");
        }
        assert!(select(&manifest, &["zzz*"]).unwrap().warnings[0].1.help.is_empty());
    }
}
