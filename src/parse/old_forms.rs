//! Older forms that are still accepted, each with dbt's own warning.

use serde_json::Value;

use super::generic_tests::{Declared, Nesting};
use super::properties::Entry;
use crate::diagnostic::{Bag, Class, Diagnostic, WarningKind};
use crate::jinja::Library;
use crate::manifest::{Manifest, Node, ResourceType};
use crate::project::{Behavior, Project, Yaml};

/// A key that occurs twice in a mapping: the second counts.
pub(super) fn repeated_key(key: &Yaml) -> Diagnostic {
    let span = key.span();
    let position = span.position();
    let text = span.source.text();
    // dbt: reads the text without what is blank around it, and counts from there; the label has the place in the file.
    let before = text.len() - text.trim_start().len();
    let line = position.line - text[..before].matches('\n').count();
    let found =
        format!("Duplicate key '{}' in \"<unicode string>\", line {}, column {}", key.display(), line, position.column);
    let file = span.source.path().to_owned();
    Diagnostic::named(WarningKind::DuplicateYAMLKeysDeprecation, format!("{found} in file `{file}`"))
        .field("duplicate_description", found)
        .field("file", file)
        .label(span, "this one counts, and the one before it is not read")
}

/// Renamed and removed settings of project files.
pub(super) fn project(project: &Project, bag: &mut Bag) {
    for package in project.packages.iter().filter(|package| !package.builtin) {
        self::settings(&package.settings, bag);
    }
}

/// The same for the settings of one project.
pub fn settings(settings: &Yaml, bag: &mut Bag) {
    if let (Some((older, _)), Some((newer, _))) = (settings.entry("tests"), settings.entry("data_tests")) {
        bag.push(
            Diagnostic::error(
                Class::Project,
                "Invalid project config: cannot have both 'tests' and 'data_tests' defined",
            )
            .label(older.span(), "the older name")
            .label(newer.span(), "the newer name")
            .help("move all of it below `data_tests`"),
        );
    }
    let renamed = [
        ("source-paths", "model-paths", WarningKind::ConfigSourcePathDeprecation),
        ("data-paths", "seed-paths", WarningKind::ConfigDataPathDeprecation),
    ];
    for (old, new, kind) in renamed {
        let Some((key, _)) = settings.entry(old) else { continue };
        if let Some((newer, _)) = settings.entry(new) {
            bag.push(
                Diagnostic::error(
                    Class::Project,
                    format!(
                        "{old} and {new} cannot both be defined. The `{old}` config has been deprecated in favor of \
                         `{new}`. Please update your `dbt_project.yml` configuration to reflect this change."
                    ),
                )
                .label(key.span(), "the older name")
                .label(newer.span(), "the newer name"),
            );
            continue;
        }
        let message = format!(
            "The `{old}` config has been renamed to `{new}`. Please update your `dbt_project.yml` configuration to \
             reflect this change."
        );
        bag.push(
            Diagnostic::named(kind, message)
                .field("deprecated_path", old)
                .field("exp_path", new)
                .label(key.span(), format!("write `{new}`")),
        );
    }
    let removed = [
        ("log-path", "logs", "--log-path", "DBT_LOG_PATH", WarningKind::ConfigLogPathDeprecation),
        ("target-path", "artifacts", "--target-path", "DBT_TARGET_PATH", WarningKind::ConfigTargetPathDeprecation),
    ];
    for (old, what, option, variable, kind) in removed {
        let usual = if old == "log-path" { "logs" } else { "target" };
        let Some((key, _)) = settings.entry(old).filter(|(_, value)| value.display() != usual) else { continue };
        let message = format!(
            "The `{old}` config in `dbt_project.yml` has been deprecated, and will no longer be supported in a \
             future version of dbt-core. If you wish to write dbt {what} to a custom directory, please use the \
             {option} CLI flag or {variable} env var instead."
        );
        bag.push(Diagnostic::named(kind, message).field("deprecated_path", old).label(key.span(), ""));
    }
}

/// Names of exposures that hold more than letters, digits, `_` and `-`.
pub(super) fn exposures(entries: &[Entry], bag: &mut Bag) {
    for entry in entries.iter().filter(|entry| entry.section == "exposures") {
        if entry.name.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-')) {
            continue;
        }
        let message = format!(
            "Starting in v1.3, the 'name' of an exposure should contain only letters, numbers, and underscores. Exposures \
             support a new property, 'label', which may contain spaces, capital letters, and special characters. {} does \
             not follow this pattern. Please update the 'name', and use the 'label' property for a human-friendly title.",
            entry.name
        );
        bag.push(
            Diagnostic::named(WarningKind::ExposureNameDeprecation, message)
                .field("exposure", entry.name.as_str())
                .label_opt(entry.yaml.get("name").map(Yaml::span), ""),
        );
    }
}

/// Blanks in names: an error, or a warning where the project asks for the older behavior.
pub(super) fn blanks_in_names(manifest: &Manifest, project: &Project, bag: &mut Bag) {
    let kinds = |sources: bool| {
        manifest.nodes.values().filter(move |node| {
            let is_source = matches!(node.resource_type, ResourceType::Source | ResourceType::SemanticModel);
            let is_named = !matches!(node.resource_type, ResourceType::Exposure | ResourceType::Operation);
            is_source == sources && is_named
        })
    };
    let nodes: Vec<(String, _)> =
        kinds(false).filter(|node| node.name.contains(' ')).map(|node| (node.unique_id.clone(), node)).collect();
    tell_blanks(&nodes, project.flags.is(Behavior::RequireResourceNamesWithoutSpaces), "model(s)", bag);
    let mut sources: Vec<(String, _)> = Vec::new();
    for node in kinds(true) {
        let name = match node.resource_type {
            ResourceType::Source => node.unique_id.split('.').nth(2).unwrap_or_default(),
            _ => node.name.as_str(),
        };
        let id = format!("{}.{}.{name}", node.resource_type.name(), node.package);
        if name.contains(' ') && !sources.iter().any(|(known, _)| *known == id) {
            sources.push((id, node));
        }
    }
    let is_error = project.flags.is(Behavior::RequireSourceAndSemanticModelNamesWithoutSpaces);
    tell_blanks(&sources, is_error, "resource(s)", bag);
}

fn tell_blanks(found: &[(String, &std::sync::Arc<crate::manifest::Node>)], is_error: bool, what: &str, bag: &mut Bag) {
    let Some((first, node)) = found.first() else { return };
    if is_error {
        let list: Vec<String> =
            found.iter().map(|(id, node)| format!("  * '{id}' ({})", node.original_file_path)).collect();
        let message = format!(
            "Resource names cannot contain spaces:\n{}\nPlease rename the invalid {what} so that their name(s) do not \
             contain any spaces.",
            list.join("\n")
        );
        let place = node.patch.clone().unwrap_or_else(|| crate::diagnostic::Span::line(&node.source, 1));
        bag.push(Diagnostic::error(Class::Runtime, message).label(place, ""));
        return;
    }
    bag.push(
        Diagnostic::named(
            WarningKind::SpacesInResourceNameDeprecation,
            format!("Found spaces in the name of `{first}`"),
        )
        .field("unique_id", first.as_str())
        .field("level", "warn"),
    );
    let message = format!(
        "Spaces found in {} resource name(s). This is deprecated, and may lead to errors when using dbt.",
        found.len()
    );
    bag.push(
        Diagnostic::named(WarningKind::ResourceNamesWithSpacesDeprecation, message)
            .field("count_invalid_names", found.len())
            .field("show_debug_hint", false),
    );
}

/// How the arguments and the configuration of a generic test are written.
pub(super) fn generic_test(declared: &Declared, nesting: Nesting, resource: &str, file: &str, bag: &mut Bag) {
    let name = match &declared.namespace {
        Some(namespace) => format!("{namespace}.{}", declared.name),
        None => declared.name.clone(),
    };
    if nesting == Nesting::Plain {
        if let Some(arguments) = declared.arguments.get("arguments") {
            let message = format!(
                "Found `arguments` property in test definition of `{name}` ({arguments}) without usage of \
                 `require_generic_test_arguments_property` behavior change flag. The `arguments` property is deprecated \
                 for custom usage and will be used to nest keyword arguments in future versions of dbt."
            );
            bag.push(
                Diagnostic::named(WarningKind::ArgumentsPropertyInGenericTestDeprecation, message)
                    .field("test_name", format!("`{name}` ({arguments})"))
                    .label(declared.span.clone(), ""),
            );
        }
        return;
    }
    for (key, span) in &declared.beside {
        let path = format!("data_tests.{name}.{key}");
        let message = format!(
            "Found `{key}` as a top-level property of `{path}` in file `{file}`. The `{key}` top-level property should be \
             moved into the `config` of `{path}`."
        );
        bag.push(
            Diagnostic::named(WarningKind::PropertyMovedToConfigDeprecation, message)
                .field("key", key.as_str())
                .field("key_path", path)
                .field("file", file)
                .label(span.clone(), format!("write `config: {{{key}: ...}}`")),
        );
    }
    if declared.is_flat {
        let test = format!("`{name}` defined on {resource} ({file})");
        let message = format!(
            "Found top-level arguments to test {test}. Arguments to generic tests should be nested under the `arguments` \
             property."
        );
        bag.push(
            Diagnostic::named(WarningKind::MissingArgumentsPropertyInGenericTestDeprecation, message)
                .field("test_name", test)
                .label(declared.span.clone(), "write `arguments: {...}` below the name"),
        );
    }
}

/// Tells of a data test with a `sql_header` that nothing uses yet.
///
/// dbt: until the flag `require_sql_header_in_test_configs` is set, it counts as a key of the user's own.
pub(super) fn sql_header(declared: &Declared, file: &str, bag: &mut Bag) {
    if declared.config.get("sql_header").is_none_or(Value::is_null) {
        return;
    }
    let message = format!(
        "Custom key `sql_header` found in `config` at path `models.config` in file `{file}`. Custom config keys should \
         move into the `config.meta`."
    );
    bag.push(
        Diagnostic::named(WarningKind::CustomKeyInConfigDeprecation, message)
            .field("key", "sql_header")
            .field("key_path", "models.config")
            .field("file", file)
            .label(declared.span.clone(), "")
            .help("set the flag `require_sql_header_in_test_configs` to have it run before the test"),
    );
}

/// Warns of a node whose template, or a macro that it calls, uses `modules.itertools`.
pub(super) fn itertools(node: &Node, library: &Library, bag: &mut Bag) {
    let uses = |text: &str| text.contains("modules.itertools");
    let of_macro = |id: &String| {
        let (package, name) = id.strip_prefix("macro.")?.split_once('.')?;
        let found = library.find_in(package, name).filter(|found| !library.internal().contains(&found.package))?;
        uses(&found.source.text()[found.block.body.clone()]).then(|| found.span())
    };
    let place = if uses(&node.raw_code) { Some(node.span()) } else { node.macros.iter().find_map(of_macro) };
    if let Some(place) = place {
        let message = "Usage of itertools modules is deprecated. Please use the built-in functions instead.";
        bag.push(
            Diagnostic::named(WarningKind::ModulesItertoolsUsageDeprecation, message)
                .label(place, "`modules.itertools` is used here"),
        );
    }
}
