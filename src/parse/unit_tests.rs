//! Unit tests from YAML: rows are read and brought into one form, and each test finds its model.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::config::Layers;
use super::duplicates::{Named, same_name};
use super::fixtures::{Fixtures, csv_rows, promote};
use super::generic_tests::{python_repr, python_text};
use super::manifest::{Pass, insert};
use super::nodes::sha256;
use super::properties::{self, Entry};
use crate::diagnostic::{Class, Diagnostic, Result, SourceFile, Span, nearest};
use crate::jinja::{Engine, python};
use crate::manifest::{
    Detail, Given, Manifest, Node, Overrides, RefCall, RefError, ResourceType, RowFormat, Rows, UnitTest,
};
use crate::project::Yaml;

/// What an input of a unit test stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The relation of the model itself, as an incremental model reads it.
    This,
    /// A `ref()`.
    Ref(RefCall),
    /// A `source()`: name of the source and of the table.
    Source(String, String),
}

impl Input {
    /// Reads `ref('a')`, `source('a', 'b')` or `this`; none for anything else.
    ///
    /// `extended`: a project's own `ref` may take more keywords. dbt: the flag `support_custom_ref_kwargs`.
    pub fn read(engine: &Engine, text: &str, extended: bool) -> Option<Self> {
        if text.trim() == "this" {
            return Some(Self::This);
        }
        let source = SourceFile::new("<input of a unit test>", format!("{{{{ {text} }}}}"));
        let template = engine.template(&source, 0..source.text().len(), "input").ok()?;
        let call = template.calls().iter().find(|call| matches!(call.name.as_str(), "ref" | "source"))?;
        let is_known = |key: &str| key == "v" || key == "version";
        if !extended && call.keywords.iter().any(|(key, _)| !is_known(key)) {
            return None;
        }
        let arguments: Option<Vec<String>> =
            call.arguments.iter().map(|value| value.as_ref()?.as_str().map(str::to_owned)).collect();
        match (call.name.as_str(), arguments?.as_slice()) {
            ("source", [source, table]) => Some(Self::Source(source.clone(), table.clone())),
            ("ref", names @ ([_] | [_, _])) => {
                let version = call.keywords.iter().find(|(key, _)| is_known(key));
                let version = version.and_then(|(_, value)| value.as_ref()).map(python::value_to_json);
                let package = (names.len() == 2).then(|| names[0].clone());
                Some(Self::Ref(RefCall { package, name: names[names.len() - 1].clone(), version }))
            }
            _ => None,
        }
    }
}

impl Pass<'_, '_> {
    /// The unit tests of all YAML files, each with its model.
    pub(super) fn unit_tests(&mut self, manifest: &mut Manifest, entries: &[Entry]) {
        if !entries.iter().any(|entry| entry.section == "unit_tests") {
            return;
        }
        let fixtures = Fixtures::of_project(self.shop.project, self.bag);
        let mut seen: HashMap<String, Node> = HashMap::new();
        for entry in entries.iter().filter(|entry| entry.section == "unit_tests") {
            let Some(node) = self.unit_test(manifest, entry, &fixtures) else { continue };
            if let Some(first) = seen.insert(node.unique_id.clone(), node.clone()) {
                let purpose = format!("looking for {}", node.name);
                self.bag.push(same_name("unit_tests", &node.name, &purpose, [place(&node), place(&first)]));
                continue;
            }
            match resolve(manifest, node) {
                Ok(nodes) => nodes.into_iter().for_each(|node| insert(manifest, node)),
                Err(error) => self.bag.push(*error),
            }
        }
    }

    fn unit_test(&mut self, manifest: &Manifest, entry: &Entry, fixtures: &Fixtures<'_>) -> Option<Node> {
        let package = self.package(&entry.package).cloned()?;
        let yaml = &entry.yaml;
        let wrong = |reason: String, place: &Yaml| {
            let at = place.span();
            let label = Span::line(&at.source, at.position().line);
            Diagnostic::error(
                Class::Parsing,
                format!(
                    "Invalid unit_tests config given in {} @ unit_tests: {} - at path {reason}",
                    entry.original_file_path,
                    python_repr(&yaml.to_json())
                ),
            )
            .label(if place.range.is_empty() { label } else { at }, "")
        };
        for key in ["model", "given", "expect"] {
            if yaml.get(key).is_none() {
                self.bag.push(wrong(format!("[]: '{key}' is a required property"), yaml));
                return None;
            }
        }
        let model = yaml.get("model").map(Yaml::display).unwrap_or_default();
        let mut node = self.shop.blank(
            &package,
            ResourceType::UnitTest,
            &entry.name,
            (&entry.path, &entry.original_file_path),
            &yaml.source,
        );
        node.unique_id = format!("unit_test.{}.{model}.{}", package.name, entry.name);
        node.patch = Some(yaml.get("name").map_or_else(|| yaml.span(), Yaml::span));
        node.fqn = std::iter::once(package.name.clone())
            .chain(entry.folders())
            .chain([model.clone(), entry.name.clone()])
            .collect();
        // dbt: what is said of a unit test is not rendered.
        node.description = properties::as_written(yaml.get("description"));

        let reader = RowReader { entry, manifest, fixtures, engine: self.shop.engine, render: self.render };
        let mut given = Vec::new();
        for (index, item) in yaml.get("given").map(Yaml::items).unwrap_or_default().iter().enumerate() {
            let Some(input) = item.get("input").filter(|input| !input.is_null()) else {
                self.bag.push(wrong(format!("['given'][{index}]: 'input' is a required property"), item));
                return None;
            };
            let input = self.bag.take((self.render)(input)).map(|input| python_text(&input))?;
            let rows = match format(item) {
                Ok(format) => self.bag.take(reader.rows(item, format, Some(&input)))?,
                Err(name) => {
                    self.bag.push(wrong(format!("['given'][{index}]['format']: {}", not_a_format(&name)), item));
                    return None;
                }
            };
            given.push(Given { input, rows });
        }
        let item = yaml.get("expect")?;
        let expect = match format(item) {
            Ok(format) => self.bag.take(reader.rows(item, format, None))?,
            Err(name) => {
                self.bag.push(wrong(format!("['expect']['format']: {}", not_a_format(&name)), item));
                return None;
            }
        };
        let versions = yaml.get("versions").filter(|versions| !versions.is_null()).map(Yaml::to_json);
        let listed = |key: &str| {
            versions.as_ref().and_then(|versions| versions.get(key)?.as_array()).is_some_and(|list| !list.is_empty())
        };
        if listed("include") && listed("exclude") {
            self.bag.push(wrong("[]: Unit tests can not both include and exclude versions.".to_owned(), yaml));
            return None;
        }
        let overrides = match yaml.get("overrides").filter(|overrides| !overrides.is_null()) {
            Some(written) => {
                let mut overrides = Overrides::default();
                for (key, map) in [
                    ("macros", &mut overrides.macros),
                    ("vars", &mut overrides.vars),
                    ("env_vars", &mut overrides.env_vars),
                ] {
                    let Some(value) = written.get(key) else { continue };
                    if let Some(Value::Object(rendered)) = self.bag.take((self.render)(value)) {
                        *map = rendered;
                    }
                }
                Some(overrides)
            }
            None => None,
        };
        let test = UnitTest { model, given, expect, overrides, versions, version: None };
        node.checksum = ("sha256".to_owned(), checksum(&test));
        node.detail = Detail::UnitTest(Box::new(test));
        let mut layers = Layers::of_project(self.shop.project, &package, ResourceType::UnitTest, &node.fqn);
        layers.properties = self.bag.take(properties::config(yaml, &[], self.render))?;
        node.config = layers.merge(ResourceType::UnitTest);
        Some(node)
    }
}

/// The format that rows say they have.
fn format(item: &Yaml) -> std::result::Result<RowFormat, String> {
    match item.get("format").filter(|format| !format.is_null()).map(Yaml::display) {
        None => Ok(RowFormat::Dict),
        Some(name) => RowFormat::from_name(&name).ok_or(name),
    }
}

fn not_a_format(name: &str) -> String {
    format!("'{name}' is not one of ['csv', 'dict', 'sql']")
}

/// Reads rows, wherever they are written.
struct RowReader<'a> {
    entry: &'a Entry,
    manifest: &'a Manifest,
    fixtures: &'a Fixtures<'a>,
    engine: &'a Engine,
    render: &'a dyn Fn(&Yaml) -> Result<Value>,
}

impl RowReader<'_> {
    /// The rows of an input, or those that are expected.
    fn rows(&self, item: &Yaml, format: RowFormat, input: Option<&str>) -> Result<Rows> {
        let written = match item.get("rows").filter(|rows| !rows.is_null()) {
            Some(rows) => (self.render)(rows)?,
            None => Value::Null,
        };
        let fixture = item.get("fixture").filter(|fixture| !fixture.is_null()).map(Yaml::display);
        let name = &self.entry.name;
        let what = if input.is_some() { "input" } else { "expected" };
        let at = |error: Diagnostic| Box::new(error.label(item.span(), ""));
        let mismatch = |text: String| at(Diagnostic::error(Class::Parsing, text));
        let mut rows = match format {
            RowFormat::Dict => {
                let mut rows = written;
                if let (true, None, Some(input)) = (rows.is_null(), &fixture, input) {
                    rows = self.seed(input).map_err(|error| at(*error))?;
                }
                let fits = rows.as_array().is_some_and(|rows| rows.iter().all(Value::is_object));
                if !fits {
                    return Err(mismatch(format!("Unit test {name} has {what} rows which do not match format dict")));
                }
                rows
            }
            RowFormat::Csv | RowFormat::Sql => {
                let text = match (&fixture, written) {
                    (Some(fixture), _) => self
                        .fixtures
                        .text(&self.entry.package, fixture, format)
                        .ok_or_else(|| {
                            at(Diagnostic::error(
                                Class::Parsing,
                                format!(
                                    "File not found for fixture '{fixture}' in unit tests in {}",
                                    self.entry.original_file_path
                                ),
                            )
                            .suggest(nearest(fixture, self.fixtures.names(&self.entry.package)))
                            .help(format!(
                                "it is looked for as `fixtures/{fixture}.{}` below the test paths",
                                format.name()
                            )))
                        })?
                        .to_owned(),
                    (None, Value::String(text)) => text,
                    _ => {
                        return Err(mismatch(format!(
                            "Unit test {name} has {what} rows or fixtures which do not match format {}.  Expected string.",
                            format.name()
                        )));
                    }
                };
                if format == RowFormat::Sql {
                    Value::String(text)
                } else {
                    // dbt: an empty cell of a fixture is null, unlike one of a seed.
                    let mut rows = csv_rows(&text).map_err(|error| at(*error))?;
                    for row in rows.iter_mut().filter_map(Value::as_object_mut) {
                        for cell in row.values_mut().filter(|cell| cell.as_str() == Some("")) {
                            *cell = Value::Null;
                        }
                    }
                    Value::Array(rows)
                }
            }
        };
        if let Value::Array(rows) = &mut rows {
            promote(rows);
        }
        Ok(Rows { rows, format, fixture, span: Some(item.span()) })
    }

    /// The rows of a seed's file, for an input without rows.
    fn seed(&self, input: &str) -> Result<Value> {
        let Some(Input::Ref(call)) = Input::read(self.engine, input, true) else { return Ok(Value::Null) };
        let own = &self.entry.package;
        let wanted = RefCall { package: Some(call.package.unwrap_or_else(|| own.clone())), ..call };
        let package = wanted.package.clone().unwrap_or_default();
        let found =
            self.manifest.resolve_ref(&wanted, own).ok().filter(|node| node.resource_type == ResourceType::Seed);
        let Some(node) = found else {
            let place =
                if package == *own { "in directories of seeds".to_owned() } else { format!("in '{own}' package") };
            return Err(Box::new(
                Diagnostic::error(
                    Class::Parsing,
                    format!("Unable to find seed '{package}.{}' for unit tests {place}", wanted.name),
                )
                .help("an input without `rows:` takes them from the file of a seed"),
            ));
        };
        let Detail::Seed { root_path } = &node.detail else { return Ok(Value::Null) };
        let path = std::path::Path::new(root_path).join(&node.original_file_path);
        let text = std::fs::read_to_string(&path).map_err(|error| {
            Box::new(Diagnostic::error(Class::File, format!("cannot read `{}`: {error}", node.original_file_path)))
        })?;
        Ok(Value::Array(csv_rows(&text)?))
    }
}

fn place(node: &Node) -> Named<'_> {
    Named { id: &node.unique_id, path: &node.original_file_path, place: node.patch.clone() }
}

/// dbt: the hash covers all but the description, in the words of Python's `repr`; it decides `state:modified`.
fn checksum(test: &UnitTest) -> String {
    let rows = |kind: &str, input: Option<&str>, rows: &Rows| {
        let name = match rows.format {
            RowFormat::Dict => "Dict",
            RowFormat::Csv => "CSV",
            RowFormat::Sql => "SQL",
        };
        let input =
            input.map(|input| format!("input={}, ", python_repr(&Value::String(input.to_owned())))).unwrap_or_default();
        let fixture = rows.fixture.clone().map_or(Value::Null, Value::String);
        format!(
            "UnitTest{kind}Fixture({input}rows={}, format=<UnitTestFormat.{name}: '{}'>, fixture={})",
            python_repr(&rows.rows),
            rows.format.name(),
            python_repr(&fixture)
        )
    };
    let given: Vec<String> = test.given.iter().map(|given| rows("Input", Some(&given.input), &given.rows)).collect();
    let map = |map: &Map<String, Value>| python_repr(&Value::Object(map.clone()));
    let overrides = test.overrides.as_ref().map_or_else(
        || "None".to_owned(),
        |overrides| {
            format!(
                "UnitTestOverrides(macros={}, vars={}, env_vars={})",
                map(&overrides.macros),
                map(&overrides.vars),
                map(&overrides.env_vars)
            )
        },
    );
    let listed = |versions: &Value, key: &str| python_repr(versions.get(key).unwrap_or(&Value::Null));
    let versions = test.versions.as_ref().map_or_else(
        || "None".to_owned(),
        |versions| {
            format!(
                "UnitTestNodeVersions(include={}, exclude={})",
                listed(versions, "include"),
                listed(versions, "exclude")
            )
        },
    );
    let mut text =
        format!("{}-{versions}-[{}]-{}-{overrides}", test.model, given.join(", "), rows("Output", None, &test.expect));
    for given in test.given.iter().filter(|given| given.rows.fixture.is_some()) {
        text.push('-');
        text.push_str(&python_text(&given.rows.rows));
    }
    sha256(text.as_bytes())
}

/// Finds the model of a test; a versioned model gives a test for each version that is wanted.
fn resolve(manifest: &Manifest, mut node: Node) -> Result<Vec<Node>> {
    let Some(test) = node.unit_test().cloned() else { return Ok(Vec::new()) };
    let error = |message: String| {
        Box::new(Diagnostic::error(Class::Parsing, message).label_opt(node.patch.clone(), "in this unit test"))
    };
    let name = &node.name;
    let mut words = test.model.split_whitespace();
    let call = RefCall {
        package: Some(node.package.clone()),
        name: words.next().unwrap_or_default().to_owned(),
        version: words.next().map(|version| Value::String(version.to_owned())),
    };
    let model = match manifest.resolve_ref(&call, &node.package) {
        Ok(model) if model.resource_type == ResourceType::Model => Arc::clone(model),
        Err(RefError::Disabled) => {
            // dbt: the tests of a disabled model are disabled.
            node.config.set("enabled", Value::Bool(false));
            return Ok(vec![node]);
        }
        found => {
            let near = match &found {
                Err(RefError::Missing(near)) => near.clone(),
                _ => None,
            };
            return Err(Box::new(
                error(format!(
                    "Unable to find model '{}.{}' for unit test '{name}' in {}",
                    node.package, test.model, node.original_file_path
                ))
                .suggest(near.as_deref()),
            ));
        }
    };
    if !node.config.enabled() {
        return Ok(vec![node]);
    }
    let incremental = model.macros.iter().any(|id| id == "macro.dbt.is_incremental");
    let chosen = test.overrides.as_ref().and_then(|overrides| overrides.macros.get("is_incremental")?.as_bool());
    if incremental && chosen.is_none() {
        return Err(Box::new(
            error(format!(
                "Boolean override for 'is_incremental' must be provided for unit test '{name}' in model '{}'",
                model.name
            ))
            .help("add `overrides: {macros: {is_incremental: true}}`, or `false`"),
        ));
    }
    if incremental && chosen == Some(true) && !test.given.iter().any(|given| given.input == "this") {
        return Err(Box::new(
            error(format!("Unit test '{name}' for incremental model '{}' must have a 'this' input", model.name))
                .help("add `- input: this` with the rows that the model has before the run"),
        ));
    }
    node.schema.clone_from(&model.schema);
    let listed = |key: &str| {
        test.versions
            .as_ref()
            .and_then(|versions| versions.get(key)?.as_array().cloned())
            .filter(|list| !list.is_empty())
    };
    let version_of = |node: &Node| match &node.detail {
        Detail::Model { version, .. } => version.clone(),
        _ => None,
    };
    if version_of(&model).is_none() {
        if listed("include").is_some() || listed("exclude").is_some() {
            return Err(error(format!(
                "Unit test '{name}' should not have a versions include or exclude when referencing non-versioned model '{}'",
                model.name
            )));
        }
        node.depends_on = vec![model.unique_id.clone()];
        return Ok(vec![node]);
    }
    let mut found = Vec::new();
    for candidate in manifest.nodes.values() {
        if candidate.resource_type != ResourceType::Model
            || candidate.name != model.name
            || candidate.package != model.package
        {
            continue;
        }
        let Some(version) = version_of(candidate) else { continue };
        let wanted = match (listed("exclude"), listed("include")) {
            (Some(excluded), _) => !excluded.contains(&version),
            (None, Some(included)) => included.contains(&version),
            (None, None) => test.versions.is_none(),
        };
        if wanted {
            let mut node = node.clone();
            node.unique_id = format!("{}_v{}", node.unique_id, python_text(&version));
            node.depends_on = vec![candidate.unique_id.clone()];
            if let Detail::UnitTest(test) = &mut node.detail {
                test.version = Some(version);
            }
            found.push(node);
        }
    }
    if found.is_empty() {
        return Err(error(format!("Unit test '{name}' referenced a version of '{}' which was not found.", model.name)));
    }
    Ok(found)
}
