//! Database, schema and name of a node's relation, by the project's `generate_*_name` macros.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::nodes::{Draft, Workshop};
use crate::diagnostic::{Class, Diagnostic, Result, WarningKind};
use crate::jinja::{Engine, MacroRef, Scope, python};
use crate::manifest::{Node, ResourceType, version_text};
use crate::project::Project;

/// Calls the naming macros; our own are answered without a render.
pub struct Naming<'a> {
    project: &'a Project,
    engine: &'a Engine,
    ours: [bool; 3],
    /// `--store-failures`: what a test does that does not say.
    store_failures: bool,
    /// Whether a node must have a schema.
    schema_required: bool,
    /// What macros that look at the configured name alone gave: by macro, package and that name.
    known: RefCell<HashMap<Asked, Option<String>>>,
    /// Which macros look at more than the configured name.
    curious: [bool; 3],
}

/// A naming macro, the package of the node and the configured name.
type Asked = (&'static str, String, Option<String>);

const MACROS: [&str; 3] = ["generate_database_name", "generate_schema_name", "generate_alias_name"];

impl<'a> Naming<'a> {
    /// Finds out which naming macros the project has of its own.
    pub fn new(project: &'a Project, engine: &'a Engine, flags: &Map<String, Value>) -> Self {
        let flag = |name: &str| flags.get(name).and_then(Value::as_bool).unwrap_or(false);
        let builtin = |package: &str| project.package(package).is_some_and(|package| package.builtin);
        let ours = MACROS.map(|name| {
            let library = engine.library();
            library.find(&project.name, name).is_some_and(|found| builtin(&found.package))
                && library.dispatch(&project.name, name, Some("dbt")).is_ok_and(|found| builtin(&found.package))
        });
        let curious = MACROS.map(|name| {
            engine.library().find(&project.name, name).is_none_or(|found| {
                let words = found.sql().split(|letter: char| !letter.is_alphanumeric() && letter != '_');
                let node = found.head.parameters.get(1).map(|parameter| parameter.name.as_str());
                // The header names its second parameter once; whoever names it again reads it.
                let reads_node = words.clone().filter(|word| Some(*word) == node).count() > 1;
                let asks = ["model", "this", "config", "context", "graph", "adapter", "run_query", "caller", "varargs"];
                let plain = found.calls().is_ok_and(|calls| {
                    calls.iter().all(|call| match &call.package {
                        Some(package) => !engine.library().is_package(package),
                        None => engine.library().find(&project.name, &call.name).is_none(),
                    })
                });
                reads_node || !plain || words.clone().any(|word| asks.contains(&word))
            })
        });
        Self {
            project,
            engine,
            ours,
            store_failures: flag("STORE_FAILURES"),
            schema_required: flag("REQUIRE_VALID_SCHEMA_FROM_GENERATE_SCHEMA_NAME"),
            known: RefCell::default(),
            curious,
        }
    }

    /// Sets database, schema, alias and relation name of a draft's node from its configuration.
    ///
    /// # Errors
    /// A naming macro of the project fails.
    pub fn apply(&self, draft: &mut Draft, quoting: &Quote, shop: &Workshop<'_>) -> Result<()> {
        let node = &draft.node;
        let scope = || shop.naming_scope(draft).shared();
        let custom = |key: &str| node.config.text(key).map(|text| text.trim().to_owned());
        let (mut database, mut schema) = (custom("database"), custom("schema"));
        if node.resource_type == ResourceType::Snapshot {
            // dbt: `target_schema` and `target_database` name the place itself.
            database = custom("target_database").or(database);
            schema = custom("target_schema").or(schema);
        }
        let alias = custom("alias");
        let fixed = node.resource_type == ResourceType::Snapshot && custom("target_schema").is_some();
        let fixed_database = node.resource_type == ResourceType::Snapshot && custom("target_database").is_some();
        let target = &self.project.target;
        let ours: [bool; 3] =
            std::array::from_fn(|index| self.ours[index] && self.of_package(MACROS[index], node).is_none());
        let database = match (database, ours[0]) {
            (Some(name), _) if fixed_database => name,
            (database, true) => database.unwrap_or_else(|| target.database.clone()),
            (database, false) => self.call(MACROS[0], database, node, &scope)?.unwrap_or_else(|| "None".to_owned()),
        };
        let schema = match (schema, ours[1]) {
            (Some(name), _) if fixed => name,
            (None, true) => target.schema.clone(),
            (Some(custom), true) => format!("{}_{custom}", target.schema),
            (schema, false) => match self.call(MACROS[1], schema, node, &scope)? {
                Some(schema) => schema,
                None if self.schema_required => return Err(Box::new(no_schema(node))),
                // dbt: without the flag such a node has no schema, which the manifest shows.
                None => String::new(),
            },
        };
        let alias = match (alias, ours[2]) {
            (Some(alias), true) => alias,
            (None, true) => match node.version() {
                Some(version) => format!("{}_v{}", node.name, version_text(version).replace('.', "_")),
                None => node.name.clone(),
            },
            (alias, false) => self.call(MACROS[2], alias, node, &scope)?.unwrap_or_else(|| "None".to_owned()),
        };
        let node = &mut draft.node;
        (node.database, node.schema, node.alias) = (Some(database), schema, alias);
        let has_relation = match node.resource_type {
            ResourceType::Model => !node.is_ephemeral(),
            ResourceType::Seed | ResourceType::Snapshot | ResourceType::Function => true,
            ResourceType::Test => node.config.bool("store_failures").unwrap_or(self.store_failures),
            _ => false,
        };
        let own = Quote::of_config(&node.config.get("quoting").and_then(Value::as_object).cloned().unwrap_or_default());
        node.relation_name =
            has_relation.then(|| quoting.with(&own).relation(node.database.as_deref(), &node.schema, &node.alias));
        Ok(())
    }

    /// The naming macro of the node's own package. dbt: an installed package names its own nodes, where it has a macro
    /// for that.
    fn of_package(&self, name: &str, node: &Node) -> Option<&MacroRef> {
        if node.package == self.project.name {
            return None;
        }
        self.engine.library().exactly(&node.package, name)
    }

    fn call(
        &self,
        name: &'static str,
        custom: Option<String>,
        node: &Node,
        scope: &dyn Fn() -> Arc<dyn Scope>,
    ) -> Result<Option<String>> {
        let curious = MACROS.iter().position(|known| *known == name).is_none_or(|index| self.curious[index]);
        if curious || self.of_package(name, node).is_some() {
            return self.render(name, custom, node, scope);
        }
        let key = (name, node.package.clone(), custom.clone());
        if let Some(known) = self.known.borrow().get(&key) {
            return Ok(known.clone());
        }
        let given = self.render(name, custom, node, scope)?;
        self.known.borrow_mut().insert(key, given.clone());
        Ok(given)
    }

    fn render(
        &self,
        name: &str,
        custom: Option<String>,
        node: &Node,
        scope: &dyn Fn() -> Arc<dyn Scope>,
    ) -> Result<Option<String>> {
        let library = self.engine.library();
        let Some(target) = self.of_package(name, node).or_else(|| library.find(&self.project.name, name)) else {
            return Ok(Some(custom.unwrap_or_else(|| node.name.clone())));
        };
        let model = python::value_from_json(&Value::Object(node.to_json()));
        let custom = custom.map_or_else(|| minijinja::Value::from(()), minijinja::Value::from);
        let called = self.engine.call(target, vec![custom, model], Vec::new(), &scope())?;
        Ok((!called.value.is_none()).then(|| python::to_str(&called.value).trim().to_owned()))
    }
}

/// The warning that a node has no schema, which dbt still allows without the behavior flag
/// `require_valid_schema_from_generate_schema_name`.
pub(super) fn without_schema(node: &Node) -> Diagnostic {
    let message = format!(
        "Node '{}' has a schema set to None as a result of a generate_schema_name call. Please set a valid schema name.",
        node.unique_id
    );
    Diagnostic::named(WarningKind::GenerateSchemaNameNullValueDeprecation, message)
        .label(node.span(), "")
        .help("return a schema's name from `generate_schema_name`, as `target.schema`")
        .field("resource_unique_id", node.unique_id.as_str())
}

fn no_schema(node: &Node) -> Diagnostic {
    Diagnostic::error(
        Class::Parsing,
        format!("Node '{}' has a schema set to None as a result of a generate_schema_name call.", node.unique_id),
    )
    .label(node.span(), "")
    .help("return a schema's name from `generate_schema_name`, as `target.schema`")
}

/// Which parts of a relation's name are quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    /// The database.
    pub database: bool,
    /// The schema.
    pub schema: bool,
    /// The relation.
    pub identifier: bool,
    own: [Option<bool>; 3],
}

impl Quote {
    /// The default of an adapter: everything is quoted, but on Snowflake.
    pub fn of_adapter(kind: &str) -> Self {
        let quoted = kind != "snowflake";
        Self { database: quoted, schema: quoted, identifier: quoted, own: [None; 3] }
    }

    /// The adapter's default with the root project's word over it.
    pub fn of_project(project: &Project) -> Self {
        let default = Self::of_adapter(&project.target.kind);
        let quoting = project.root_package().quoting;
        Self {
            database: quoting.database.unwrap_or(default.database),
            schema: quoting.schema.unwrap_or(default.schema),
            identifier: quoting.identifier.unwrap_or(default.identifier),
            own: [None; 3],
        }
    }

    /// What a `quoting:` mapping says.
    pub fn of_config(map: &Map<String, Value>) -> Self {
        let word = |key: &str| map.get(key).and_then(Value::as_bool);
        Self {
            database: true,
            schema: true,
            identifier: true,
            own: [word("database"), word("schema"), word("identifier")],
        }
    }

    /// This policy with another's words over it.
    #[must_use]
    pub fn with(mut self, other: &Self) -> Self {
        self.database = other.own[0].unwrap_or(self.database);
        self.schema = other.own[1].unwrap_or(self.schema);
        self.identifier = other.own[2].unwrap_or(self.identifier);
        self
    }

    /// A relation's name in SQL.
    pub fn relation(&self, database: Option<&str>, schema: &str, identifier: &str) -> String {
        let part = |name: &str, quoted: bool| if quoted { format!("\"{name}\"") } else { name.to_owned() };
        let mut parts = Vec::new();
        if let Some(database) = database.filter(|database| !database.is_empty()) {
            parts.push(part(database, self.database));
        }
        parts.push(part(schema, self.schema));
        parts.push(part(identifier, self.identifier));
        parts.join(".")
    }
}
