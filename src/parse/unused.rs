//! Configuration of the project file that applies to nothing.

use crate::diagnostic::{Bag, Diagnostic, WarningKind};
use crate::manifest::{Manifest, ResourceType};
use crate::project::{Content, Project, Yaml};

/// The sections of the project file that configure nodes, by their newer names.
const SECTIONS: [(&[&str], &str, ResourceType); 9] = [
    (&["models"], "models", ResourceType::Model),
    (&["seeds"], "seeds", ResourceType::Seed),
    (&["snapshots"], "snapshots", ResourceType::Snapshot),
    (&["sources"], "sources", ResourceType::Source),
    (&["data_tests", "tests"], "data_tests", ResourceType::Test),
    (&["unit_tests"], "unit_tests", ResourceType::UnitTest),
    (&["exposures"], "exposures", ResourceType::Exposure),
    (&["metrics"], "metrics", ResourceType::Metric),
    (&["semantic-models"], "semantic_models", ResourceType::SemanticModel),
];

/// Warns of all such paths at once, as dbt does: `UnusedResourceConfigPath`.
pub(super) fn warn(manifest: &Manifest, project: &Project, bag: &mut Bag) {
    let settings = &project.root_package().settings;
    let mut unused: Vec<(String, Yaml)> = Vec::new();
    for (keys, shown, kind) in SECTIONS {
        let Some((key, section)) = keys.iter().find_map(|key| settings.entry(key)) else { continue };
        let mut found = Vec::new();
        paths(key, section, &mut Vec::new(), &mut found);
        for (path, key) in found {
            let nodes = manifest.nodes.values().chain(manifest.disabled.values().flatten());
            let mut of_kind = nodes.filter(|node| node.resource_type == kind);
            let applies = of_kind.any(|node| node.fqn.starts_with(&path));
            if !applies {
                let shown: Vec<&str> = std::iter::once(shown).chain(path.iter().map(String::as_str)).collect();
                unused.push((shown.join("."), key));
            }
        }
    }
    if unused.is_empty() {
        return;
    }
    unused.sort_by(|left, right| left.0.cmp(&right.0));
    unused.dedup_by(|left, right| left.0 == right.0);
    let list: Vec<String> = unused.iter().map(|(path, _)| format!("- {path}")).collect();
    let message = format!(
        "Configuration paths exist in your dbt_project.yml file which do not apply to any resources.\nThere are {} unused \
         configuration paths:\n{}",
        unused.len(),
        list.join("\n")
    );
    let mut warning = Diagnostic::named(WarningKind::UnusedResourceConfigPath, message)
        .field("unused_config_paths", unused.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>());
    for (_, key) in &unused {
        warning = warning.label(key.span(), "applies to nothing");
    }
    bag.push(warning);
}

/// The paths at which something is configured, each with the key that ends it.
///
/// dbt: `_get_config_paths`; a key with a value that is no mapping, or with a `+`, configures its own level.
fn paths(key: &Yaml, section: &Yaml, path: &mut Vec<String>, found: &mut Vec<(Vec<String>, Yaml)>) {
    for (name, value) in section.pairs() {
        let text = name.display();
        if matches!(value.content, Content::Mapping(_)) && !text.starts_with('+') {
            path.push(text);
            paths(name, value, path, found);
            path.pop();
        } else if !found.iter().any(|(known, _)| known == path) {
            found.push((path.clone(), key.clone()));
        }
    }
}
