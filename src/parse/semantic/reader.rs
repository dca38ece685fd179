//! What every reader of a semantic-layer entry needs, and the small readings that they share.

use serde_json::{Map, Value};

use crate::diagnostic::{Bag, Class, Diagnostic, Result};
use crate::manifest::semantic::{ElementConfig, TimeWindow, WhereFilters};
use crate::manifest::{Detail, Node, ResourceType};
use crate::parse::config::Layers;
use crate::parse::descriptions::Docs;
use crate::parse::nodes::{Draft, Workshop, configure, fqn};
use crate::parse::properties::Entry;
use crate::parse::shape;
use crate::project::{Package, Yaml};

/// Reads the entries of one file.
pub(super) struct Reader<'r> {
    pub(super) shop: &'r Workshop<'r>,
    pub(super) package: &'r Package,
    pub(super) entry: &'r Entry,
    pub(super) docs: &'r Docs<'r>,
    /// `metrics`, ...: how messages call the section.
    pub(super) section: &'static str,
}

impl Reader<'_> {
    /// A node of the entry's file with its configuration.
    pub(super) fn node(
        &self,
        kind: ResourceType,
        name: &str,
        yaml: &Yaml,
        config: Map<String, Value>,
        detail: Detail,
    ) -> Result<Node> {
        let file = (self.entry.path.as_str(), self.entry.original_file_path.as_str());
        let mut node = self.shop.blank(self.package, kind, name, file, &yaml.source);
        node.fqn = fqn(&self.package.name, &self.entry.path, name);
        node.patch = Some(yaml.get("name").unwrap_or(yaml).span());
        node.detail = detail;
        let mut layers = Layers::of_project(self.shop.project, self.package, kind, &node.fqn);
        layers.properties = config;
        let mut draft = Draft { node: node.into(), layers };
        configure(&mut draft);
        check_config(&draft.node, yaml)?;
        Ok(draft.node.into())
    }

    /// A description with its docs blocks, none where there is none.
    pub(super) fn description(&self, yaml: &Yaml, bag: &mut Bag) -> Option<String> {
        let written = yaml.get("description").filter(|text| !text.is_null())?;
        Some(self.docs.resolve(Some(written), bag).0)
    }

    /// A value of a fixed list, in any case.
    pub(super) fn choice(&self, yaml: &Yaml, what: &str, known: &[&'static str]) -> Result<String> {
        shape::one_of(yaml, &self.entry.yaml, self.section, what, known)
    }

    /// `28 days`. dbt: the plural of a standard granularity is made singular.
    pub(super) fn window(&self, yaml: Option<&Yaml>) -> Result<Option<TimeWindow>> {
        let Some(yaml) = yaml.filter(|yaml| !yaml.is_null()) else { return Ok(None) };
        let text = yaml.display().to_lowercase();
        let wrong = |reason: String| {
            let mut diagnostic = shape::invalid(&self.entry.yaml, "window", &reason);
            diagnostic.labels.clear();
            Box::new(diagnostic.label(yaml.span(), "write a count and a granularity: `28 days`"))
        };
        let parts: Vec<&str> = text.split(' ').collect();
        let [count, granularity] = parts[..] else {
            return Err(wrong(format!(
                "Invalid window ({text}) in cumulative/conversion metric. Should be of the form `<count> <granularity>`"
            )));
        };
        let Some(count) = count.parse::<i64>().ok().filter(|count| *count >= 0) else {
            return Err(wrong(format!(
                "Invalid count ({count}) in cumulative/conversion metric window string: ({text})"
            )));
        };
        let singular = granularity
            .strip_suffix('s')
            .filter(|name| crate::manifest::semantic::granularity_rank(name).is_some())
            .unwrap_or(granularity);
        Ok(Some(TimeWindow { count, granularity: singular.to_owned() }))
    }
}

/// The texts of a configuration that dbt types. dbt: `BaseConfig.finalize_and_validate`.
fn check_config(node: &Node, yaml: &Yaml) -> Result<()> {
    let wrong = |key: &str, kind: &str, value: &Value| {
        let place = yaml.get("config").and_then(|config| config.get(key)).unwrap_or(yaml);
        let text = crate::jinja::python::repr(&crate::jinja::python::value_from_json(value));
        Err(Box::new(
            Diagnostic::error(Class::Validation, format!("{text} is not of type '{kind}'"))
                .label(place.span(), format!("`{key}` of {} `{}`", node.resource_type, node.name)),
        ))
    };
    match node.config.get("enabled") {
        None | Some(Value::Bool(_)) => {}
        Some(other) => return wrong("enabled", "boolean", other),
    }
    match node.config.get("meta") {
        None | Some(Value::Object(_)) => {}
        Some(other) => return wrong("meta", "object", other),
    }
    match node.config.get("group") {
        None | Some(Value::Null | Value::String(_)) => {}
        Some(other) => return wrong("group", "string", other),
    }
    Ok(())
}

/// The text of a key, none where it is left out or null.
pub(super) fn text(yaml: &Yaml, key: &str) -> Option<String> {
    yaml.get(key).filter(|value| !value.is_null()).map(Yaml::display)
}

/// The texts of a list.
pub(super) fn texts(yaml: &Yaml, key: &str) -> Vec<String> {
    yaml.get(key).map(Yaml::items).unwrap_or_default().iter().map(Yaml::display).collect()
}

/// A truth value that is false where it is left out.
pub(super) fn flag(yaml: &Yaml, key: &str) -> bool {
    yaml.get(key).and_then(Yaml::bool).unwrap_or(false)
}

/// A whole number.
pub(super) fn integer(yaml: &Yaml, key: &str) -> Option<i64> {
    yaml.get(key)?.to_json().as_i64()
}

/// A condition, or a list of them.
pub(super) fn filters(yaml: &Yaml, key: &str) -> Option<WhereFilters> {
    let written = yaml.get(key).filter(|value| !value.is_null())?;
    Some(match written.text() {
        Some(text) => WhereFilters::new([text.to_owned()]),
        None => WhereFilters::new(written.items().iter().map(Yaml::display)),
    })
}

/// `config: {meta: ...}` of a part.
pub(super) fn meta(yaml: &Yaml) -> Map<String, Value> {
    yaml.get("config").and_then(|config| config.get("meta")).map(Yaml::to_map).unwrap_or_default()
}

/// The configuration of a part.
pub(super) fn element(meta: Map<String, Value>) -> Option<ElementConfig> {
    Some(ElementConfig { meta })
}
