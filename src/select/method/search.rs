//! Runs the method of a criterion over the manifest.

use std::path::Path;

use super::{Method, Pattern, config, fqn, path, state};
use crate::diagnostic::{Class, Diagnostic, Result, nearest};
use crate::event::WarningKind;
use crate::manifest::{Detail, Manifest, Node, ResourceType, is_older_version, is_same_version};
use crate::select::relatives::Ids;
use crate::select::{Criterion, State};

/// The nodes that a criterion names, without relatives.
///
/// # Errors
/// A value that the method does not have, or nothing to compare with.
pub(in crate::select) fn search<'m>(
    manifest: &'m Manifest,
    criterion: &Criterion,
    state: Option<&State>,
    warnings: &mut Vec<(WarningKind, Diagnostic)>,
) -> Result<Ids<'m>> {
    let value = criterion.value.as_str();
    let pattern = Pattern::new(value);
    let of = |fits: &dyn Fn(&Node) -> bool| -> Ids<'m> {
        manifest.nodes.iter().filter(|(_, node)| fits(node)).map(|(id, _)| id.as_str()).collect()
    };
    Ok(match &criterion.method {
        Method::Fqn => of(&|node| node.resource_type != ResourceType::Source && fqn::fits(node, value)),
        Method::Tag => of(&|node| node.tags().iter().any(|tag| pattern.matches(tag))),
        Method::Group => of(&|node| {
            (node.resource_type.is_executable() || node.resource_type == ResourceType::Metric)
                && node.group().is_some_and(|group| !group.is_empty() && pattern.matches(group))
        }),
        Method::Access => of(&|node| matches!(&node.detail, Detail::Model { access, .. } if access == value)),
        Method::Source => {
            let [package, source, table] = dotted(criterion, ["*", "", "*"], "source")?;
            of(&|node| {
                node.source_table().is_some_and(|info| {
                    package.matches(&node.package) && source.matches(&info.source_name) && table.matches(&node.name)
                })
            })
        }
        Method::Exposure => named(manifest, criterion, ResourceType::Exposure)?,
        Method::UnitTest => named(manifest, criterion, ResourceType::UnitTest)?,
        Method::Metric => named(manifest, criterion, ResourceType::Metric)?,
        Method::SemanticModel => named(manifest, criterion, ResourceType::SemanticModel)?,
        Method::SavedQuery => named(manifest, criterion, ResourceType::SavedQuery)?,
        Method::State => state::compared(manifest, criterion, state, warnings)?,
        Method::Result => state::ended(manifest, criterion, state)?,
        Method::SourceStatus => state::fresher(manifest, criterion, state)?,
        // Evaluated where expressions are: a selector is one of its own, a column has relatives of its own.
        Method::Selector | Method::Column => Ids::new(),
        Method::Path => {
            if Path::new(value).is_absolute() {
                return Err(wrong(
                    criterion,
                    format!("Invalid path selector value \"{value}\". Paths are relative to the project's folder"),
                    "absolute path",
                ));
            }
            path::search(manifest, value)
        }
        Method::File => of(&|node| {
            let file = Path::new(&node.original_file_path);
            [file.file_name(), file.file_stem()]
                .into_iter()
                .flatten()
                .any(|name| pattern.matches(&name.to_string_lossy()))
        }),
        Method::Package => {
            let this = Pattern::new(&manifest.root);
            let pattern = if value == "this" { &this } else { &pattern };
            of(&|node| pattern.matches(&node.package))
        }
        Method::Config(keys) => of(&|node| {
            let has_config = node.resource_type.is_executable() || node.resource_type == ResourceType::Source;
            has_config && config::fits(&node.config, keys, value, criterion.literal.as_ref())
        }),
        Method::TestName => of(&|node| match node.resource_type {
            ResourceType::UnitTest => pattern.matches(&node.name),
            _ => node.test().and_then(|test| test.generic.as_deref()).is_some_and(|name| pattern.matches(name)),
        }),
        Method::TestType => {
            let (generic, singular, unit) = match value {
                "generic" | "schema" => (true, false, false),
                "singular" => (false, true, false),
                "data" => (true, true, false),
                "unit" => (false, false, true),
                _ => {
                    let message = format!(
                        "Invalid test type selector {value}: expected \"generic\", \"singular\", \"unit\", or \"data\""
                    );
                    return Err(known(criterion, message, &["generic", "singular", "unit", "data"]));
                }
            };
            of(&|node| match node.test() {
                Some(test) => {
                    if test.generic.is_some() {
                        generic
                    } else {
                        singular
                    }
                }
                None => unit && node.resource_type == ResourceType::UnitTest,
            })
        }
        Method::ResourceType => {
            let kind = ResourceType::from_name(value);
            if kind.is_none() && !FURTHER_KINDS.contains(&value) {
                let message = format!("Invalid resource_type selector \"{value}\"");
                return Err(known(
                    criterion,
                    message,
                    &["model", "seed", "snapshot", "test", "unit_test", "source", "exposure", "analysis", "operation"],
                ));
            }
            of(&|node| match kind {
                Some(kind) => node.resource_type == kind,
                None => node.resource_type.name() == value,
            })
        }
        Method::Version => {
            if !["latest", "prerelease", "old", "none"].contains(&value) {
                let message = format!(
                    "Invalid version type selector {value}: expected one of: \"latest\", \"prerelease\", \"old\", or \
                     \"none\""
                );
                return Err(known(criterion, message, &["latest", "prerelease", "old", "none"]));
            }
            of(&|node| has_version(node, value))
        }
    })
}

/// Kinds that dbt knows and that `ResourceType::from_name` does not: most of them no node has.
const FURTHER_KINDS: [&str; 10] =
    ["sql_operation", "rpc", "doc", "macro", "metric", "group", "saved_query", "semantic_model", "fixture", "function"];

fn has_version(node: &Node, wanted: &str) -> bool {
    let Detail::Model { version, latest_version, .. } = &node.detail else { return false };
    let version = version.as_ref().filter(|version| !version.is_null());
    let latest = latest_version.as_ref().filter(|version| !version.is_null());
    match (wanted, version, latest) {
        ("none", None, _) => true,
        ("latest", Some(version), Some(latest)) => is_same_version(version, latest),
        ("prerelease", Some(version), Some(latest)) => is_older_version(latest, version),
        ("old", Some(version), Some(latest)) => is_older_version(version, latest),
        _ => false,
    }
}

/// Nodes of a kind, by name or by package and name.
fn named<'m>(manifest: &'m Manifest, criterion: &Criterion, kind: ResourceType) -> Result<Ids<'m>> {
    let what = kind.name().replace('_', " ");
    let [package, name] = dotted(criterion, ["*", ""], &what)?;
    let nodes = manifest
        .nodes
        .iter()
        .filter(|(_, node)| node.resource_type == kind && package.matches(&node.package) && name.matches(&node.name));
    Ok(nodes.map(|(id, _)| id.as_str()).collect())
}

/// The parts of a dotted value: package first, what is left out by default.
///
/// One part is the name, which has no default; two are package and name or, where tables follow, name and table.
fn dotted<const N: usize>(criterion: &Criterion, defaults: [&str; N], what: &str) -> Result<[Pattern; N]> {
    let parts: Vec<&str> = criterion.value.split('.').collect();
    let mut texts = defaults;
    if parts.len() > N {
        let form = if N == 3 { "source, source.table or package.source.table" } else { "name or package.name" };
        return Err(wrong(
            criterion,
            format!("Invalid {what} selector value \"{}\". It must be of the form {form}", criterion.value),
            "too many parts",
        ));
    }
    let first = match parts.len() {
        count if count == N => 0,
        _ => 1,
    };
    for (text, part) in texts[first..].iter_mut().zip(&parts) {
        *text = part;
    }
    Ok(texts.map(Pattern::new))
}

fn wrong(criterion: &Criterion, message: String, label: &str) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(Class::Usage, message).label(criterion.span.clone(), label))
}

pub(super) fn known(criterion: &Criterion, message: String, names: &[&str]) -> Box<Diagnostic> {
    let near = nearest(&criterion.value, names.iter().copied());
    let method = criterion.method.name();
    let respelled = near.map(|name| criterion.respelled(&format!("{method}:{name}")));
    Box::new(
        Diagnostic::error(Class::Usage, message)
            .label(criterion.span.clone(), "unknown value")
            .suggest(respelled.as_deref())
            .note(format!("values of `{method}:` are {}", names.join(", "))),
    )
}

#[cfg(test)]
mod tests {
    use crate::select::sample::{manifest, names, select};

    fn found(selection: &str) -> Vec<String> {
        let mut found = names(&select(&manifest(), &[selection]).unwrap());
        found.sort();
        found
    }

    #[test]
    fn every_method_finds_its_nodes() {
        for (selection, expected) in [
            ("tag:nightly", vec!["orders", "raw_rates"]),
            ("tag:night*", vec!["orders", "raw_rates"]),
            ("group:finance", vec!["orders"]),
            ("access:public", vec!["report"]),
            ("source:raw", vec!["customers", "orders"]),
            ("source:raw.orders", vec!["orders"]),
            ("source:shop.raw.ord*", vec!["orders"]),
            ("source:other", vec![]),
            ("exposure:board", vec!["board"]),
            ("exposure:shop.*", vec!["board"]),
            ("unit_test:unit_orders", vec!["unit_orders"]),
            ("path:models/staging", vec!["customers", "orders", "stg_customers", "stg_orders"]),
            ("models/staging/*.sql", vec!["stg_customers", "stg_orders"]),
            ("path:models/**/orders.sql", vec!["orders"]),
            (
                "./models/marts/",
                vec!["board", "not_null_orders_id", "orders", "relationship_orders_customers", "report", "unit_orders"],
            ),
            (
                "models/marts/schema.yml",
                vec!["board", "not_null_orders_id", "orders", "relationship_orders_customers", "unit_orders"],
            ),
            ("models/calendar.sql", vec![]),
            ("orders.sql", vec!["orders"]),
            ("file:orders", vec!["orders"]),
            ("sources.yml", vec!["customers", "orders"]),
            ("package:this,resource_type:seed", vec!["raw_rates"]),
            ("package:tools", vec!["calendar"]),
            ("tools.calendar", vec!["calendar"]),
            ("config.materialized:table", vec!["orders"]),
            ("config.meta.owner:ann", vec!["orders"]),
            ("config.severity:WARN", vec!["relationship_orders_customers"]),
            ("config.severity:warn", vec!["relationship_orders_customers"]),
            ("test_name:not_null", vec!["not_null_orders_id"]),
            ("test_type:unit", vec!["unit_orders"]),
            ("test_type:singular", vec!["check_report"]),
            ("test_type:generic", vec!["not_null_orders_id", "relationship_orders_customers"]),
            ("resource_type:exposure", vec!["board"]),
            ("resource_type:macro", vec![]),
            ("version:latest", vec!["report"]),
            ("report.v2", vec!["report"]),
            ("report_v2", vec!["report"]),
            ("shop.staging", vec!["stg_customers", "stg_orders"]),
            ("staging.stg_[co]*", vec!["stg_customers", "stg_orders"]),
        ] {
            let mut query = crate::select::Query { select: vec![selection.to_owned()], ..Default::default() };
            query.indirect = crate::select::Indirect::Empty;
            let mut found = names(&crate::select::nodes(&manifest(), &query).unwrap());
            found.sort();
            assert_eq!(found, expected, "{selection}");
        }
        assert_eq!(found("config:x"), Vec::<String>::new());
    }

    #[test]
    fn values_that_cannot_be_are_errors() {
        let manifest = manifest();
        for (selection, message) in [
            ("source:a.b.c.d", "Invalid source selector value \"a.b.c.d\""),
            ("exposure:a.b.c", "Invalid exposure selector value"),
            ("test_type:unity", "Invalid test type selector unity"),
            ("resource_type:modle", "Invalid resource_type selector \"modle\""),
            ("version:newest", "Invalid version type selector newest"),
            ("path:/etc", "Invalid path selector value"),
            ("metric:a.b.c", "Invalid metric selector value"),
            ("state:modified", "Got a state selector method, but no comparison manifest"),
            ("result:error+", "No comparison run_results"),
            ("source_status:fresher", "No previous state comparison freshness results in sources.json"),
            ("selector:nightly", "Selector 'nightly' did not match any selector in selectors.yml"),
            ("tagg:x", "'tagg' is not a valid method name"),
        ] {
            let error = select(&manifest, &[selection]).unwrap_err();
            assert!(error.message.starts_with(message), "{selection}: {}", error.message);
            assert!(error.span().is_some());
        }
        let error = select(&manifest, &["1+resource_type:modle"]).unwrap_err();
        assert_eq!(error.help, ["did you mean `1+resource_type:model`?"]);
    }
}
