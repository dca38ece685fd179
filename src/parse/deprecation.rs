//! Models with a date after which they should not be used.

use chrono::{DateTime, FixedOffset, Local, NaiveDate, NaiveDateTime, SecondsFormat, TimeZone};

use super::references::place;
use crate::diagnostic::{Bag, Class, Diagnostic, Result, WarningKind};
use crate::manifest::{Detail, Manifest, Node, ResourceType, version_text};
use crate::project::Yaml;

/// The date of a `deprecation_date:` as the manifest keeps it.
///
/// dbt: a date is its midnight, and a time without a zone is one of this machine's.
///
/// # Errors
/// It is no date.
pub(super) fn date(yaml: &Yaml) -> Result<String> {
    let text = yaml.display();
    parse(&text).map(|moment| iso(&moment)).ok_or_else(|| {
        Box::new(
            Diagnostic::error(Class::Parsing, format!("`{text}` is not a date"))
                .label(yaml.span(), "write it as `2030-01-31`"),
        )
    })
}

fn parse(text: &str) -> Option<DateTime<FixedOffset>> {
    let text = text.trim();
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(moment);
    }
    let zoned = ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f %#z"];
    if let Some(moment) = zoned.iter().find_map(|form| DateTime::parse_from_str(text, form).ok()) {
        return Some(moment);
    }
    let naive = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"];
    let moment = naive
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0))?;
    Some(Local.from_local_datetime(&moment).earliest()?.fixed_offset())
}

/// As Python's `isoformat`: parts of a second only where there are some.
fn iso(moment: &DateTime<FixedOffset>) -> String {
    let form = if moment.timestamp_subsec_micros() == 0 { SecondsFormat::Secs } else { SecondsFormat::Micros };
    moment.to_rfc3339_opts(form, false)
}

/// Warns of models whose date has passed, and of what reads a model that has a date.
pub(super) fn warn(manifest: &Manifest, bag: &mut Bag) {
    let now = Local::now().fixed_offset();
    for node in manifest.nodes.values() {
        let Detail::Model { deprecation_date: Some(date), latest_version, .. } = &node.detail else { continue };
        let past = parse(date).is_some_and(|moment| moment < now);
        let version = node.version().map(version_text).unwrap_or_default();
        if past {
            let suffix = if version.is_empty() { String::new() } else { format!(".v{version}") };
            bag.push(
                Diagnostic::named(
                    WarningKind::DeprecatedModel,
                    format!(
                        "Model {}{suffix} has passed its deprecation date of {date}. This model should be disabled or removed.",
                        node.name
                    ),
                )
                .field("model_name", node.name.as_str())
                .field("model_version", version.as_str())
                .field("deprecation_date", date.as_str())
                .label_opt(node.patch.clone(), ""),
            );
        }
        let latest = latest_version.as_ref().map_or_else(|| "None".to_owned(), version_text);
        for child in manifest.graph.children(&node.unique_id) {
            let Some(child) = manifest.node(child) else { continue };
            if child.resource_type == ResourceType::Model {
                bag.push(reference(child, node, past, (date, &version, &latest)));
            }
        }
    }
}

fn reference(child: &Node, node: &Node, past: bool, (date, version, latest): (&str, &str, &str)) -> Diagnostic {
    let suffix = if version.is_empty() { String::new() } else { format!(".v{version}") };
    let (when, offer) = if past {
        (format!("was deprecated on '{date}'"), "Migrate now")
    } else {
        (format!("is slated for deprecation on '{date}'"), "Try it out")
    };
    let mut message =
        format!("While compiling '{}': Found a reference to {}{suffix}, which {when}. ", child.name, node.name);
    if !version.is_empty() && version != latest {
        message.push_str(&format!(
            "A new version of '{}' is available. {offer}: {{{{ ref('{}', '{}', v='{latest}') }}}}.",
            node.name, node.package, node.name
        ));
    }
    let kind = if past { WarningKind::DeprecatedReference } else { WarningKind::UpcomingReferenceDeprecation };
    Diagnostic::named(kind, message)
        .field("model_name", child.name.as_str())
        .field("ref_model_package", node.package.as_str())
        .field("ref_model_name", node.name.as_str())
        .field("ref_model_version", version)
        .field("ref_model_latest_version", latest)
        .field("ref_model_deprecation_date", date)
        .label_opt(place(child, &node.name), "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_moments() {
        assert!(iso(&parse("2020-01-02").unwrap()).starts_with("2020-01-02T00:00:00"));
        assert_eq!(iso(&parse("2020-01-02 03:04:05.5+02:00").unwrap()), "2020-01-02T03:04:05.500000+02:00");
        assert!(parse("soon").is_none());
    }
}
