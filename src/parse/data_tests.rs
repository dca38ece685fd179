//! Generic tests as nodes: which macro, which name, which references.

use std::collections::HashSet;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::config::Layers;
use super::describe::described;
use super::descriptions::Docs;
use super::generic_tests::{self, Declared, Nesting};
use super::manifest::{Pass, insert};
use super::nodes::{Draft, SharedNode, configure};
use super::old_forms;
use super::properties::Entry;
use super::versions::{self, Patch};
use super::{config_values, duplicates};
use crate::diagnostic::{Bag, Class, Diagnostic, Result, SourceFile, Span, nearest};
use crate::jinja::{Engine, LiteralCall, Recorder, UsedMacro, is_template, literal_call, python};
use crate::manifest::{Detail, MacroInfo, Manifest, RefCall, ResourceType, TestInfo, version_text};
use crate::project::{Behavior, Content, Yaml};

impl Pass<'_, '_> {
    /// Generic tests of every described node, source and column.
    pub(super) fn tests(&mut self, manifest: &mut Manifest, entries: &[Entry]) {
        for entry in entries {
            both_lists(&entry.yaml, self.bag);
            for table in entry.yaml.get("tables").map(Yaml::items).unwrap_or_default() {
                both_lists(table, self.bag);
            }
            match entry.section {
                "sources" => {
                    for table in entry.yaml.get("tables").map(Yaml::items).unwrap_or_default() {
                        let Some(name) = table.get("name").map(Yaml::display) else { continue };
                        let target = Target {
                            entry,
                            yaml: table,
                            kind: "source_",
                            name: format!("{}_{name}", entry.name),
                            reference: format!("source('{}', '{name}')", entry.name),
                            attached: None,
                            file_key: format!("sources.{}", entry.name),
                            version: None,
                            columns: table.get("columns").map(Yaml::items).unwrap_or_default().iter().collect(),
                            tests: versions::tests(table).unwrap_or_default(),
                        };
                        self.tests_of(manifest, &target);
                    }
                }
                "models" | "seeds" | "snapshots" => {
                    let Some(kind) = described(entry.section) else { continue };
                    for patch in Patch::all(entry, &mut Bag::default()) {
                        let mut attached = format!("{}.{}.{}", kind.name(), entry.package, entry.name);
                        let mut target_name = entry.name.clone();
                        let mut reference = format!("ref('{}')", entry.name);
                        if let Some(version) = &patch.version {
                            attached = format!("{attached}.{}", version.suffix());
                            target_name = format!("{target_name}_{}", version.suffix());
                            reference = format!("ref('{}', version='{}')", entry.name, version_text(&version.value));
                        }
                        // dbt: tests of a node that is not there are made all the same, and set aside when names are
                        // resolved.
                        let known = manifest.nodes.contains_key(&attached) || manifest.disabled.contains_key(&attached);
                        let attached = known.then_some(attached);
                        let target = Target {
                            entry,
                            yaml: &entry.yaml,
                            kind: "",
                            name: target_name,
                            reference,
                            attached,
                            file_key: format!("{}.{}", entry.section, entry.name),
                            version: patch.version.map(|version| version.value),
                            columns: patch.columns,
                            tests: patch.tests,
                        };
                        self.tests_of(manifest, &target);
                    }
                }
                _ => {}
            }
        }
    }

    fn tests_of(&mut self, manifest: &mut Manifest, target: &Target<'_>) {
        // dbt: tests of columns come before those of the whole node.
        let mut declared: Vec<(&Yaml, Option<&Yaml>)> = Vec::new();
        for &column in &target.columns {
            let tests = versions::tests(column).unwrap_or_default();
            declared.extend(tests.into_iter().map(|test| (test, Some(column))));
        }
        declared.extend(target.tests.iter().map(|&test| (test, None)));
        for (test, column) in declared {
            let nesting = if self.shop.project.flags.is(Behavior::RequireGenericTestArgumentsProperty) {
                Nesting::Read
            } else {
                Nesting::Plain
            };
            let Some(declared) = self.bag.take(generic_tests::read(test, nesting)) else { continue };
            let resource = format!("'{}' in package '{}'", target.entry.name, target.entry.package);
            old_forms::generic_test(&declared, nesting, &resource, &target.entry.original_file_path, self.bag);
            if !self.shop.project.flags.is(Behavior::RequireSqlHeaderInTestConfigs) {
                old_forms::sql_header(&declared, &target.entry.original_file_path, self.bag);
            }
            match self.test(manifest, target, &declared, column) {
                Ok(node) => {
                    if let Some(first) = manifest.nodes.get(&node.unique_id) {
                        let clash = duplicates::same_node(&node, first);
                        self.bag.push(clash.help("remove one of them, or give one a `name:`"));
                        continue;
                    }
                    insert(manifest, node);
                }
                Err(error) => self.bag.push(*error),
            }
        }
    }

    fn test(
        &mut self,
        manifest: &Manifest,
        target: &Target<'_>,
        declared: &Declared,
        column: Option<&Yaml>,
    ) -> Result<SharedNode> {
        let package = &target.entry.package;
        let library = self.shop.engine.library();
        let macro_name = format!("test_{}", declared.name);
        let found = match &declared.namespace {
            Some(namespace) => library.find_in(namespace, &macro_name),
            None => library.find(package, &macro_name),
        };
        if found.is_none() {
            // dbt: the test is made all the same, and fails when it is compiled.
            let known = library.macros().iter().filter_map(|target| target.name.strip_prefix("test_"));
            self.bag.push(
                Diagnostic::warning(Class::Compilation, format!("'{macro_name}' is undefined: this test cannot run"))
                    .label(declared.span.clone(), "no test has this name")
                    .suggest(nearest(&declared.name, known)),
            );
        }
        let column_name = column.and_then(|column| column.get("name")).map(Yaml::display);
        let quoted_name = column_name.as_ref().map(|name| {
            if column.and_then(|column| column.get("quote")).and_then(Yaml::bool) == Some(true) {
                format!("\"{name}\"")
            } else {
                name.clone()
            }
        });
        let mut named = Map::new();
        if let Some(name) = &quoted_name {
            named.insert("column_name".to_owned(), Value::String(name.clone()));
        }
        // dbt: the templates of these two are not rendered while it parses.
        let rendered = |id: &str| !["macro.dbt.test_not_null", "macro.dbt.test_unique"].contains(&id);
        let called = found.as_ref().filter(|found| rendered(&found.unique_id()));
        let refused = called.and_then(|found| found.refused(declared.arguments.keys().map(String::as_str)));
        if let (Some(found), Some(name)) = (called, refused) {
            let parameters = found.head.parameters.iter().map(|parameter| parameter.name.as_str());
            let known: Vec<&str> = parameters.filter(|name| !["model", "column_name"].contains(name)).collect();
            let message = format!("macro 'dbt_macro__{macro_name}' takes no keyword argument '{name}'");
            let wrong = Diagnostic::error(Class::Compilation, message).label(declared.span.clone(), "in this test");
            let wrong = wrong.suggest(nearest(name, known.iter().copied()));
            return Err(Box::new(wrong.note(format!("arguments of `{}`: {}", declared.name, known.join(", ")))));
        }
        // dbt: a test of a column is told that column, whatever its arguments say.
        let told = |name: &str| name == "column_name" && quoted_name.is_some();
        named.extend(declared.arguments.clone().into_iter().filter(|(name, _)| !told(name)));
        let full_kind = match &declared.namespace {
            Some(namespace) => format!("{}{namespace}_{}", target.kind, declared.name),
            None => format!("{}{}", target.kind, declared.name),
        };
        // dbt: `source_` comes after the namespace's prefix was put before the name.
        let full_kind = match (&declared.namespace, target.kind) {
            (Some(namespace), "source_") => format!("{namespace}_source_{}", declared.name),
            _ => full_kind,
        };
        let (mut short, mut full) = generic_tests::names(&full_kind, &target.name, &named);
        if let Some(custom) = &declared.custom_name {
            short.clone_from(custom);
            full.clone_from(custom);
        }
        let mut kwargs = named.clone();
        kwargs.insert("model".to_owned(), Value::String(format!("{{{{ get_where_subquery({}) }}}}", target.reference)));
        let hash = generic_tests::hash(&full, declared.namespace.as_deref(), &declared.name, &kwargs);

        // dbt: the keys that it knows come first, in its own order.
        let mut config = Map::new();
        for key in generic_tests::CONFIG_KEYS {
            config.extend(declared.config.get(*key).map(|value| ((*key).to_owned(), value.clone())));
        }
        config.extend(declared.config.clone());
        self.render_config(&mut config, &declared.span).map_err(|mut error| {
            let path = &target.entry.original_file_path;
            error.message = format!("Invalid generic test configuration given in {path}:\n{}", error.message);
            error
        })?;
        if short != full && !config.contains_key("alias") {
            // dbt: a name that had to be shortened is the test's alias, as if it had been written.
            config.insert("alias".to_owned(), Value::String(short.clone()));
        }
        let docs = Docs::new(&manifest.docs, package, self.order, self.descriptions);
        let (description, _) = docs.resolve(declared.description.as_ref(), self.bag);
        let Some(owner) = self.package(package) else {
            return Err(Box::new(Diagnostic::error(Class::Internal, format!("package {package} is gone"))));
        };
        let path = format!("{short}.sql");
        let prefix = declared.namespace.as_ref().map(|namespace| format!("{namespace}.")).unwrap_or_default();
        let raw_code = format!("{{{{ {prefix}{macro_name}(**_dbt_generic_test_kwargs) }}}}{}", config_call(&config));
        let source = SourceFile::new(format!("<test {full}>"), raw_code.clone());
        let mut node =
            self.shop.blank(owner, ResourceType::Test, &full, (&path, &target.entry.original_file_path), &source);
        node.unique_id = format!("test.{package}.{full}.{hash}");
        let mut fqn = vec![package.clone()];
        // dbt: the folders of the YAML file but for the first, whichever of them the project names for its kind.
        let mut folders: Vec<&str> = target.entry.original_file_path.split('/').skip(1).collect();
        folders.pop();
        fqn.extend(folders.into_iter().map(str::to_owned));
        fqn.push(full.clone());
        node.fqn = fqn;
        node.alias.clone_from(&short);
        node.raw_code = raw_code;
        node.description = description;
        let written = column
            .into_iter()
            .flat_map(|column| [column.get("tags"), column.get("config").and_then(|config| config.get("tags"))]);
        // dbt: tests of a source have its tags and its table's.
        let of_source = [&target.entry.yaml, target.yaml].into_iter().map(|holder| holder.get("tags"));
        let written = of_source.filter(|_| !target.kind.is_empty()).chain(written);
        for written in written.flatten() {
            match &written.content {
                Content::Sequence(items) => node.first_tags.extend(items.iter().map(Yaml::display)),
                _ => node.first_tags.push(written.display()),
            }
        }
        match config.get("tags") {
            Some(Value::Array(own)) => node.first_tags.extend(own.iter().filter_map(Value::as_str).map(str::to_owned)),
            Some(Value::String(own)) => node.first_tags.push(own.clone()),
            _ => {}
        }
        // dbt: what is inherited and its own stand in order, before what the project says.
        node.first_tags.sort();
        let attached = target.attached.as_ref().and_then(|id| {
            manifest.nodes.get(id).or_else(|| manifest.disabled.get(id).and_then(|nodes| nodes.first()))
        });
        let group = attached.and_then(|node| node.group()).map(str::to_owned);
        node.detail = Detail::Test(Box::new(TestInfo {
            generic: Some(declared.name.clone()),
            namespace: declared.namespace.clone(),
            kwargs,
            column_name: quoted_name,
            attached_node: target.attached.clone(),
            file_key_name: Some(target.file_key.clone()),
            group,
            declared: Some(declared.span.clone()),
        }));
        let mut layers = Layers::of_project(self.shop.project, owner, ResourceType::Test, &node.fqn);
        // dbt: `config()` of these two is not read from their template.
        let found = found.map(|found| found.unique_id());
        layers.written.rendered |=
            matches!(found.as_deref(), Some("macro.dbt.test_not_null" | "macro.dbt.test_unique"));
        layers.inline.push(config);
        let mut draft = Draft { node: node.into(), layers };
        self.learn(&mut draft, found, (target, declared), &manifest.macros)?;
        configure(&mut draft);
        if let Some(wrong) = config_values::check(&draft.node, &draft.node.config, &draft.layers) {
            return Err(Box::new(wrong));
        }
        self.naming.apply(&mut draft, &self.quote, self.shop)?;
        Ok(draft.node)
    }

    /// Renders what configures a test. dbt: what turns out to be nothing was not written.
    fn render_config(&self, config: &mut Map<String, Value>, place: &Span) -> Result<()> {
        for value in config.values_mut() {
            if let Value::String(text) = value
                && is_template(text)
            {
                let content = Content::Text(text.as_str().into());
                let yaml = Yaml { source: Arc::clone(&place.source), range: place.range.clone(), content };
                *value = (self.render)(&yaml)?;
            }
        }
        config.retain(|_, value| !value.is_null());
        Ok(())
    }

    fn where_subquery(&self, package: &str) -> Option<String> {
        self.shop.engine.library().find(package, "get_where_subquery").map(|found| found.unique_id())
    }

    /// Finds out what a generic test refers to: `unique` and `not_null` by knowledge, others by rendering.
    fn learn(
        &mut self,
        draft: &mut Draft,
        macro_id: Option<String>,
        (target, declared): (&Target<'_>, &Declared),
        macros: &IndexMap<String, MacroInfo>,
    ) -> Result<()> {
        // dbt: the test of this name that the package sees, though the template may call another one's.
        let library = self.shop.engine.library();
        let seen = library.find_anywhere(&draft.node.package, &format!("test_{}", declared.name));
        let seen = seen.map(|found| found.unique_id()).filter(|id| Some(id) != macro_id.as_ref());
        draft.node.macros.extend(seen.into_iter().chain(macro_id.clone()));
        let is_there = macro_id.is_some();
        let macro_id = macro_id.unwrap_or_default();
        let plain = ["macro.dbt.test_not_null", "macro.dbt.test_unique"].contains(&macro_id.as_str());
        if plain {
            note(draft, target);
            return Ok(());
        }
        let own = ["macro.dbt.test_accepted_values", "macro.dbt.test_relationships"].contains(&macro_id.as_str());
        let body = macro_id.rsplit('.').next().unwrap_or_default();
        let library = self.shop.engine.library();
        let package = draft.node.package.clone();
        let known = own && library.dispatch(&package, body, Some("dbt")).is_ok_and(|found| found.package == "dbt");
        // dbt: the test's text has its configuration once more, as a call of `config()`.
        let again = draft.layers.inline.clone();
        if known && self.takes_plain_arguments(draft, target) {
            draft.node.macros.extend(self.where_subquery(&package));
            draft.layers.inline.extend(again);
            return Ok(());
        }
        let at = |error: Box<Diagnostic>| -> Box<Diagnostic> {
            let mut error = *error;
            error.labels.retain(|label| !label.span.source.path().starts_with("<test"));
            error
                .labels
                .insert(0, crate::diagnostic::Label { span: declared.span.clone(), text: "in this test".to_owned() });
            Box::new(error)
        };
        let recorder = Arc::new(Recorder::default());
        let scope = self.shop.scope(draft, &recorder, Vec::new());
        let Some(test) = draft.node.test().cloned() else { return Ok(()) };
        let (kwargs, mut called) = test_kwargs(self.shop.engine, &test, &scope.shared()).map_err(at)?;
        if !called.is_empty() {
            // dbt: while it reads a test, it sees no other macros than those that the test's own macro needs.
            let seen = needed(draft.node.macros.iter().cloned().chain(self.where_subquery(&package)), macros);
            called.retain(|used| seen.contains(&used.target.unique_id()));
        }
        if known || !is_there {
            // Our own: their templates name nothing that the arguments do not.
            self.shop.take(draft, recorder.notes(), &called);
            draft.layers.inline.extend(again);
            return Ok(());
        }
        let scope = self.shop.scope(draft, &recorder, vec![("_dbt_generic_test_kwargs".to_owned(), kwargs)]);
        let rendered = self.shop.engine.render_str(&draft.node.source.clone(), &scope.shared()).map_err(at)?;
        let notes = recorder.notes();
        let macros: Vec<UsedMacro> = called.into_iter().chain(rendered.macros).collect();
        self.shop.take(draft, notes, &macros);
        Ok(())
    }

    /// Notes what the arguments of a test refer to, where that can be read off them: each is a value, or a call of
    /// `ref()` or `source()` with names alone, and neither these nor the macro around the model are the project's own.
    fn takes_plain_arguments(&self, draft: &mut Draft, target: &Target<'_>) -> bool {
        let library = self.shop.engine.library();
        let package = &draft.node.package;
        let ours = library.dispatch(package, "get_where_subquery", Some("dbt"));
        if !ours.is_ok_and(|found| found.package == "dbt")
            || self.where_subquery(package).as_deref() != Some("macro.dbt.get_where_subquery")
            || ["ref", "source"].iter().any(|name| library.find(package, name).is_some())
        {
            return false;
        }
        let mut calls = Vec::new();
        for (name, value) in draft.node.test().into_iter().flat_map(|test| &test.kwargs) {
            match value {
                _ if ["column_name", "model"].contains(&name.as_str()) => {}
                Value::String(text) if is_called(text) => match literal_call(text) {
                    Some(call) if !text.contains('\\') => calls.push(call),
                    _ => return false,
                },
                value if has_template(value) => return false,
                _ => {}
            }
        }
        for call in calls {
            match call {
                LiteralCall::Ref(call) => draft.node.refs.push(call),
                LiteralCall::Source(source, table) => draft.node.sources.push((source, table)),
                LiteralCall::Config(_) | LiteralCall::Doc { .. } => return false,
            }
        }
        // The last argument.
        note(draft, target);
        true
    }
}

/// Notes what a test is declared on.
fn note(draft: &mut Draft, target: &Target<'_>) {
    let name = target.entry.name.clone();
    // There is seldom another: room for more would be most of what a test takes.
    match target.kind {
        "" => {
            draft.node.refs.reserve_exact(1);
            draft.node.refs.push(RefCall { package: None, name, version: target.version.clone() });
        }
        _ => {
            let table = target.yaml.get("name").map(Yaml::display).unwrap_or_default();
            draft.node.sources.reserve_exact(1);
            draft.node.sources.push((name, table));
        }
    }
}

/// Whether an argument is a call of one of the functions that dbt calls without braces around them.
fn is_called(text: &str) -> bool {
    let trimmed = text.trim();
    ["env_var", "ref", "var", "source", "doc"].iter().any(|function| {
        trimmed
            .strip_prefix(function)
            .is_some_and(|rest| rest.trim_start().starts_with('(') && rest.ends_with(')') && rest.len() > 2)
    })
}

/// Whether a value holds something to render.
fn has_template(value: &Value) -> bool {
    match value {
        Value::String(text) => is_called(text) || is_template(text),
        Value::Array(items) => items.iter().any(has_template),
        Value::Object(map) => map.values().any(has_template),
        _ => false,
    }
}

/// Refuses `tests` beside `data_tests`, and what is no list, on a node or on one of its columns.
///
/// dbt: `validate_data_tests`.
fn both_lists(yaml: &Yaml, bag: &mut Bag) {
    let columns = yaml.get("columns").map(Yaml::items).unwrap_or_default();
    for place in std::iter::once(yaml).chain(columns) {
        for (key, list) in ["data_tests", "tests"].iter().filter_map(|key| Some((key, place.get(key)?))) {
            if !list.is_null() && !matches!(list.content, Content::Sequence(_)) {
                bag.push(
                    Diagnostic::error(Class::Parsing, format!("`{key}` must be a list, and this is {}", list.kind()))
                        .label(list.span(), "")
                        .help("begin each test with a dash: `- accepted_values: {arguments: {values: [1, 2]}}`"),
                );
            }
        }
        if let (Some(older), Some(newer)) = (place.get("tests"), place.get("data_tests"))
            && !older.items().is_empty()
        {
            bag.push(
                Diagnostic::error(
                    Class::Parsing,
                    "Invalid test config: cannot have both 'tests' and 'data_tests' defined",
                )
                .label(older.span(), "the older name")
                .label(newer.span(), "and the newer one")
                .help("put all of them below `data_tests`"),
            );
        }
    }
}

/// What a test is declared on.
struct Target<'a> {
    entry: &'a Entry,
    yaml: &'a Yaml,
    kind: &'static str,
    name: String,
    reference: String,
    attached: Option<String>,
    file_key: String,
    version: Option<Value>,
    columns: Vec<&'a Yaml>,
    tests: Vec<&'a Yaml>,
}

/// The `config()` call that dbt writes behind a generic test.
fn config_call(config: &Map<String, Value>) -> String {
    if config.is_empty() {
        return String::new();
    }
    let pairs: Vec<String> = config
        .iter()
        .map(|(key, value)| match value {
            Value::String(text) => format!("{key}=\"{}\"", text.replace('"', "\\\"")),
            other => format!("{key}={}", generic_tests::python_text(other)),
        })
        .collect();
    format!("{{{{ config({}) }}}}", pairs.join(","))
}

/// These macros and all that they can call.
fn needed(first: impl Iterator<Item = String>, macros: &IndexMap<String, MacroInfo>) -> HashSet<String> {
    let mut found: HashSet<String> = HashSet::new();
    let mut open: Vec<String> = first.collect();
    while let Some(id) = open.pop() {
        if found.insert(id.clone()) {
            open.extend(macros.get(&id).into_iter().flat_map(|known| &known.depends_on).cloned());
        }
    }
    found
}

/// The arguments of a generic test as template values: texts are rendered, and `ref(...)` and the like are called.
///
/// # Errors
/// An argument's template is wrong.
///
/// With them come the macros that were called meanwhile.
pub fn test_kwargs(
    engine: &Engine,
    test: &TestInfo,
    scope: &Arc<dyn crate::jinja::Scope>,
) -> Result<(minijinja::Value, Vec<UsedMacro>)> {
    let mut macros = Vec::new();
    let mut value = |json: &Value, name: &str| argument(engine, json, scope, name, &mut macros);
    let mut pairs = Vec::new();
    for (key, json) in &test.kwargs {
        pairs.push((minijinja::Value::from(key.as_str()), value(json, key)?));
    }
    Ok((python::dict(pairs), macros))
}

fn argument(
    engine: &Engine,
    json: &Value,
    scope: &Arc<dyn crate::jinja::Scope>,
    name: &str,
    macros: &mut Vec<UsedMacro>,
) -> Result<minijinja::Value> {
    Ok(match json {
        Value::String(text) if name != "column_name" => {
            let template = if is_called(text) { format!("{{{{ {text} }}}}") } else { text.clone() };
            if !is_template(&template) {
                return Ok(minijinja::Value::from(template));
            }
            let source = SourceFile::new("<test argument>", template);
            let expression = engine.expression(&source, 0..source.text().len(), name)?;
            let (value, used) = engine.evaluate_noting(&expression, scope)?;
            macros.extend(used);
            value
        }
        Value::Array(items) => {
            let items = items.iter().map(|item| argument(engine, item, scope, "", macros));
            python::list(items.collect::<Result<Vec<_>>>()?)
        }
        Value::Object(map) => {
            let mut pairs = Vec::new();
            for (key, item) in map {
                pairs.push((minijinja::Value::from(key.as_str()), argument(engine, item, scope, "", macros)?));
            }
            python::dict(pairs)
        }
        other => python::value_from_json(other),
    })
}
