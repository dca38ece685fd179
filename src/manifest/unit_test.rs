//! A unit test: a model, rows for what it reads, and the rows that it must give.

use serde_json::{Map, Value, json};

use crate::diagnostic::Span;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RowFormat {
    /// A list of mappings from column to value.
    #[default]
    Dict,
    /// CSV text with a header.
    Csv,
    /// A query.
    Sql,
}

impl RowFormat {
    /// Its name in YAML and in the manifest.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dict => "dict",
            Self::Csv => "csv",
            Self::Sql => "sql",
        }
    }

    /// The format of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Dict, Self::Csv, Self::Sql].into_iter().find(|format| format.name() == name)
    }
}

/// Rows of a unit test: those of an input, or those that are expected.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// A list of mappings; a query's text where the format is SQL.
    pub rows: Value,
    /// How they were written.
    pub format: RowFormat,
    /// The file that holds them, by its name without extension.
    pub fixture: Option<String>,
    /// Where they are declared.
    pub span: Option<Span>,
}

impl Rows {
    fn to_json(&self) -> Map<String, Value> {
        let mut map = Map::new();
        map.insert("rows".to_owned(), self.rows.clone());
        map.insert("format".to_owned(), json!(self.format.name()));
        map.insert("fixture".to_owned(), json!(self.fixture));
        map
    }
}

/// One thing that the model reads, with the rows that stand in for it.
#[derive(Debug, Clone)]
pub struct Given {
    /// `ref('a')`, `source('a', 'b')` or `this`, as written.
    pub input: String,
    /// The rows.
    pub rows: Rows,
}

/// What templates of the model get instead of what they would get in a run.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// What macros give, by `name` or `package.name`; also other names of the context.
    pub macros: Map<String, Value>,
    /// Variables.
    pub vars: Map<String, Value>,
    /// Environment variables.
    pub env_vars: Map<String, Value>,
}

impl Overrides {
    /// What stands in for a macro or another name, asked for by its bare name or in a package.
    ///
    /// dbt: a bare name also means the macro of the package `dbt`, and the other way round; the bare one goes first.
    pub fn of_name(&self, package: Option<&str>, name: &str) -> Option<&Value> {
        let in_package = |package: &str| self.macros.get(&format!("{package}.{name}"));
        match package {
            None | Some("dbt") => self.macros.get(name).or_else(|| in_package("dbt")),
            Some(package) => in_package(package),
        }
    }
}

/// The further facts of a unit test.
#[derive(Debug, Clone)]
pub struct UnitTest {
    /// The model under test, as written.
    pub model: String,
    /// Inputs.
    pub given: Vec<Given>,
    /// Expected rows.
    pub expect: Rows,
    /// Overrides, none where there are none.
    pub overrides: Option<Overrides>,
    /// `include` or `exclude` of versions, as written.
    pub versions: Option<Value>,
    /// The version of the model that this test tests.
    pub version: Option<Value>,
}

impl UnitTest {
    /// The fields that the manifest has of it.
    pub fn to_json(&self) -> Map<String, Value> {
        let given: Vec<Value> = self
            .given
            .iter()
            .map(|given| {
                let mut map = Map::new();
                map.insert("input".to_owned(), json!(given.input));
                map.extend(given.rows.to_json());
                Value::Object(map)
            })
            .collect();
        let overrides = self.overrides.as_ref().map(
            |overrides| json!({"macros": overrides.macros, "vars": overrides.vars, "env_vars": overrides.env_vars}),
        );
        let versions = self
            .versions
            .as_ref()
            .map(|versions| json!({"include": versions.get("include"), "exclude": versions.get("exclude")}));
        let mut map = Map::new();
        map.insert("model".to_owned(), json!(self.model));
        map.insert("given".to_owned(), Value::Array(given));
        map.insert("expect".to_owned(), Value::Object(self.expect.to_json()));
        map.insert("overrides".to_owned(), json!(overrides));
        map.insert("versions".to_owned(), json!(versions));
        map.insert("version".to_owned(), json!(self.version));
        map
    }
}
