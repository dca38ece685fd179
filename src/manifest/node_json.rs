//! A node as manifest v12 has it. Written straight to the file: a project has thousands, with as many columns each.

use serde::ser::{Error, Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::{Map, Value, json};

use super::{
    Column, Config, Detail, MacroInfo, Node, RefCall, ResourceType, SourceTable, TestInfo, contract, semantic_json,
};

impl Serialize for RefCall {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("package", &self.package)?;
        map.serialize_entry("version", &self.version)?;
        map.end()
    }
}

/// `config` of a column.
#[derive(serde::Serialize)]
struct ColumnConfig<'a> {
    meta: &'a Map<String, Value>,
    tags: &'a [String],
}

impl Serialize for Column {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(12))?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("description", &self.description)?;
        map.serialize_entry("meta", &self.meta)?;
        map.serialize_entry("data_type", &self.data_type)?;
        map.serialize_entry("constraints", &self.constraints)?;
        map.serialize_entry("quote", &self.quote)?;
        map.serialize_entry("config", &ColumnConfig { meta: &self.meta, tags: &self.tags })?;
        map.serialize_entry("tags", &self.tags)?;
        let semantic = ["granularity", "dimension", "entity"];
        for key in semantic {
            map.serialize_entry(key, &self.extra.get(key))?;
        }
        map.serialize_entry("doc_blocks", &self.doc_blocks)?;
        for (key, value) in self.extra.iter().filter(|(key, _)| !semantic.contains(&key.as_str())) {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl Serialize for Config {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in self.iter() {
            // dbt: tags are a list, even where one text is written.
            match value {
                Value::String(_) if key == "tags" => map.serialize_entry(key, &[value])?,
                Value::Null if key == "tags" => map.serialize_entry(key, &[(); 0])?,
                _ => map.serialize_entry(key, value)?,
            }
        }
        map.end()
    }
}

/// `config` of a macro.
#[derive(serde::Serialize)]
struct MacroConfig<'a> {
    meta: &'a Map<String, Value>,
    docs: &'a Value,
}

impl Serialize for MacroInfo {
    /// The macro in manifest v12.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(16))?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("resource_type", "macro")?;
        map.serialize_entry("package_name", &self.package)?;
        map.serialize_entry("path", &self.path)?;
        map.serialize_entry("original_file_path", &self.path)?;
        map.serialize_entry("unique_id", &self.unique_id)?;
        map.serialize_entry("macro_sql", &self.macro_sql)?;
        map.serialize_entry("depends_on", &DependsOn { macros: &self.depends_on, nodes: None })?;
        map.serialize_entry("description", &self.description)?;
        map.serialize_entry("meta", &self.meta)?;
        map.serialize_entry("docs", &self.docs)?;
        map.serialize_entry("config", &MacroConfig { meta: &self.meta, docs: &self.docs })?;
        map.serialize_entry("patch_path", &self.patch_path)?;
        map.serialize_entry("arguments", &self.arguments)?;
        map.serialize_entry("created_at", &self.created_at)?;
        map.serialize_entry("supported_languages", &self.supported_languages)?;
        map.end()
    }
}

/// What a node reads, by what is known of it.
#[derive(serde::Serialize)]
struct DependsOn<'a> {
    macros: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    nodes: Option<&'a [String]>,
}

#[derive(serde::Serialize)]
struct Checksum<'a> {
    name: &'a str,
    checksum: &'a str,
}

#[derive(serde::Serialize)]
struct Contract {
    enforced: bool,
    alias_types: bool,
    checksum: Option<String>,
}

#[derive(serde::Serialize)]
struct TestMetadata<'a> {
    name: &'a str,
    kwargs: &'a Map<String, Value>,
    namespace: Option<&'a str>,
}

/// An empty mapping.
#[derive(serde::Serialize)]
struct Nothing {}

/// Pairs as lists of two.
struct Pairs<'a>(&'a [(String, String)]);

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for (one, other) in self.0 {
            list.serialize_element(&[one, other])?;
        }
        list.end()
    }
}

impl Serialize for Node {
    /// The node in manifest v12, without what compiling adds.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.detail {
            Detail::Metric(metric) => return semantic_json::metric(self, metric).serialize(serializer),
            Detail::SemanticModel(model) => return semantic_json::semantic_model(self, model).serialize(serializer),
            Detail::SavedQuery(query) => return semantic_json::saved_query(self, query).serialize(serializer),
            _ => {}
        }
        let mut map = serializer.serialize_map(None)?;
        if !matches!(self.resource_type, ResourceType::Exposure | ResourceType::UnitTest) {
            map.serialize_entry("database", &self.database)?;
            map.serialize_entry("schema", &Some(&self.schema).filter(|schema| !schema.is_empty()))?;
        }
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("resource_type", self.resource_type.name())?;
        map.serialize_entry("package_name", &self.package)?;
        map.serialize_entry("path", &self.path)?;
        map.serialize_entry("original_file_path", &self.original_file_path)?;
        map.serialize_entry("unique_id", &self.unique_id)?;
        map.serialize_entry("fqn", &self.fqn)?;
        match &self.detail {
            Detail::Source(table) => self.source_entries(table, &mut map)?,
            Detail::Exposure(_) => self.exposure_entries(&mut map)?,
            Detail::UnitTest(test) => {
                map.serialize_entry("description", &self.description)?;
                map.serialize_entry("depends_on", &self.depends())?;
                map.serialize_entry("config", &self.config)?;
                map.serialize_entry("checksum", &self.checksum.1)?;
                map.serialize_entry("schema", &self.schema)?;
                map.serialize_entry("created_at", &self.created_at)?;
                for (key, value) in &test.to_json() {
                    map.serialize_entry(key, value)?;
                }
            }
            _ => self.entries(&mut map)?,
        }
        map.end()
    }
}

impl Node {
    /// The node in manifest v12 as a value, without what compiling adds.
    pub fn to_json(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(map)) => map,
            // Only a key that is not a text could fail, and there is none.
            _ => Map::new(),
        }
    }

    fn depends(&self) -> DependsOn<'_> {
        DependsOn { macros: &self.macros, nodes: Some(&self.depends_on) }
    }

    fn meta<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        match self.config.get("meta") {
            Some(meta) => map.serialize_entry("meta", meta),
            None => map.serialize_entry("meta", &Nothing {}),
        }
    }

    fn source_entries<M: SerializeMap>(&self, table: &SourceTable, map: &mut M) -> Result<(), M::Error> {
        let mut quoting = json!({"database": null, "schema": null, "identifier": null, "column": null});
        for (key, value) in &table.quoting {
            quoting[key] = value.clone();
        }
        map.serialize_entry("source_name", &table.source_name)?;
        map.serialize_entry("source_description", &table.source_description)?;
        map.serialize_entry("loader", &table.loader)?;
        map.serialize_entry("identifier", &table.identifier)?;
        map.serialize_entry("quoting", &quoting)?;
        map.serialize_entry("loaded_at_field", &table.loaded_at_field)?;
        map.serialize_entry("loaded_at_query", &table.loaded_at_query)?;
        map.serialize_entry("freshness", &table.freshness)?;
        map.serialize_entry("external", &table.external)?;
        map.serialize_entry("description", &self.description)?;
        map.serialize_entry("columns", &self.columns)?;
        self.meta(map)?;
        map.serialize_entry("source_meta", &table.source_meta)?;
        map.serialize_entry("tags", &self.tags())?;
        map.serialize_entry("config", &self.config)?;
        map.serialize_entry("patch_path", &self.patch_path)?;
        map.serialize_entry("unrendered_config", &self.unrendered_config)?;
        map.serialize_entry("relation_name", &self.relation_name)?;
        map.serialize_entry("created_at", &self.created_at)?;
        map.serialize_entry("unrendered_database", &table.unrendered_database)?;
        map.serialize_entry("unrendered_schema", &table.unrendered_schema)?;
        map.serialize_entry("doc_blocks", &self.doc_blocks)
    }

    fn exposure_entries<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let Detail::Exposure(exposure) = &self.detail else { return Err(M::Error::custom("not an exposure")) };
        map.serialize_entry("type", &exposure.kind)?;
        map.serialize_entry("owner", &exposure.owner)?;
        map.serialize_entry("description", &self.description)?;
        map.serialize_entry("label", &exposure.label)?;
        map.serialize_entry("maturity", &exposure.maturity)?;
        self.meta(map)?;
        map.serialize_entry("tags", &self.tags())?;
        map.serialize_entry("config", &self.config)?;
        map.serialize_entry("unrendered_config", &self.unrendered_config)?;
        map.serialize_entry("url", &exposure.url)?;
        map.serialize_entry("depends_on", &self.depends())?;
        map.serialize_entry("refs", &self.refs)?;
        map.serialize_entry("sources", &Pairs(&self.sources))?;
        map.serialize_entry("metrics", &self.metrics)?;
        map.serialize_entry("created_at", &self.created_at)
    }

    /// Everything that has a template: models, tests, seeds and their like.
    fn entries<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("alias", &self.alias)?;
        map.serialize_entry("checksum", &Checksum { name: &self.checksum.0, checksum: &self.checksum.1 })?;
        map.serialize_entry("config", &self.config)?;
        map.serialize_entry("tags", &self.tags())?;
        map.serialize_entry("description", &self.description)?;
        map.serialize_entry("columns", &self.columns)?;
        self.meta(map)?;
        map.serialize_entry("group", &self.group())?;
        match self.config.get("docs") {
            Some(docs) => map.serialize_entry("docs", docs)?,
            None => map.serialize_entry("docs", &json!({"show": true, "node_color": null}))?,
        }
        map.serialize_entry("patch_path", &self.patch_path)?;
        map.serialize_entry("build_path", &())?;
        map.serialize_entry("unrendered_config", &self.unrendered_config)?;
        map.serialize_entry("created_at", &self.created_at)?;
        map.serialize_entry("relation_name", &self.relation_name)?;
        map.serialize_entry("raw_code", &self.raw_code)?;
        map.serialize_entry("doc_blocks", &self.doc_blocks)?;
        if let Detail::Seed { root_path } = &self.detail {
            map.serialize_entry("root_path", root_path)?;
            return map.serialize_entry("depends_on", &DependsOn { macros: &self.macros, nodes: None });
        }
        map.serialize_entry("language", &self.language)?;
        map.serialize_entry("refs", &self.refs)?;
        map.serialize_entry("sources", &Pairs(&self.sources))?;
        map.serialize_entry("metrics", &self.metrics)?;
        map.serialize_entry("functions", &self.functions)?;
        map.serialize_entry("depends_on", &self.depends())?;
        map.serialize_entry("compiled_path", &())?;
        map.serialize_entry("contract", &self.contract())?;
        match &self.detail {
            Detail::Model {
                constraints,
                access,
                version,
                latest_version,
                deprecation_date,
                time_spine,
                primary_key,
            } => {
                map.serialize_entry("access", access)?;
                map.serialize_entry("constraints", constraints)?;
                map.serialize_entry("version", version)?;
                map.serialize_entry("latest_version", latest_version)?;
                map.serialize_entry("deprecation_date", deprecation_date)?;
                map.serialize_entry("primary_key", primary_key)?;
                map.serialize_entry("time_spine", time_spine)
            }
            Detail::Test(test) => test_entries(test, map),
            Detail::Function(function) => {
                map.serialize_entry("arguments", &function.arguments)?;
                map.serialize_entry("returns", &function.returns)?;
                map.serialize_entry("overloads", &function.overloads)
            }
            Detail::Operation { index, .. } => map.serialize_entry("index", index),
            _ => Ok(()),
        }
    }

    fn contract(&self) -> Contract {
        let declared = |key: &str| self.config.get("contract").and_then(|contract| contract.get(key)?.as_bool());
        let enforced = declared("enforced").unwrap_or(false);
        let checksum = match &self.detail {
            Detail::Model { constraints, .. } if enforced => {
                Some(contract::checksum(self.columns.values(), constraints, self.materialized()))
            }
            _ => None,
        };
        Contract { enforced, alias_types: declared("alias_types").unwrap_or(true), checksum }
    }
}

fn test_entries<M: SerializeMap>(test: &TestInfo, map: &mut M) -> Result<(), M::Error> {
    let Some(name) = &test.generic else { return Ok(()) };
    map.serialize_entry("column_name", &test.column_name)?;
    map.serialize_entry("file_key_name", &test.file_key_name)?;
    map.serialize_entry("attached_node", &test.attached_node)?;
    let metadata = TestMetadata { name, kwargs: &test.kwargs, namespace: test.namespace.as_deref() };
    map.serialize_entry("test_metadata", &metadata)
}
