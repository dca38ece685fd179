//! The queries of tables, in M.

use super::model::{DataType, Parameter};
use crate::manifest::Node;

/// Where the rows are.
#[derive(Debug, Clone)]
pub enum Origin {
    /// Parquet files in a folder that the export writes.
    Files {
        /// The folder, with a separator at its end.
        folder: String,
    },
    /// A Snowflake account.
    Snowflake {
        /// `account.snowflakecomputing.com`
        server: String,
        /// The warehouse that computes.
        warehouse: String,
        /// The role, where the profile names one.
        role: Option<String>,
    },
}

/// A value of an `order:` with its number, for a column that the query adds.
pub(super) struct Order<'o> {
    /// Name of the column that is added.
    pub(super) name: &'o str,
    /// The column of the query that is ordered.
    pub(super) column: &'o str,
    /// Its type.
    pub(super) data_type: DataType,
    /// Its values.
    pub(super) values: &'o [String],
}

const FOLDER: &str = "DataFolder";
const SERVER: &str = "SnowflakeServer";
const WAREHOUSE: &str = "SnowflakeWarehouse";
const ROLE: &str = "SnowflakeRole";

fn text(text: &str) -> String {
    // `#(` begins an escape in M.
    let escaped = text.replace("#(", "#(#)(").replace('"', "\"\"");
    format!("\"{escaped}\"")
}

fn field(name: &str) -> String {
    format!("[#{}]", text(name))
}

/// The parameters that the queries read.
pub(super) fn parameters(origin: &Origin) -> Vec<Parameter> {
    let parameter = |name: &str, description: &str, value: &str| Parameter {
        name: name.to_owned(),
        description: description.to_owned(),
        value: value.to_owned(),
    };
    match origin {
        Origin::Files { folder } => {
            vec![parameter(FOLDER, "Folder of the Parquet files, with a separator at its end", folder)]
        }
        Origin::Snowflake { server, warehouse, role } => {
            let mut found = vec![
                parameter(SERVER, "Address of the Snowflake account", server),
                parameter(WAREHOUSE, "Snowflake warehouse that computes", warehouse),
            ];
            found.extend(role.as_ref().map(|role| parameter(ROLE, "Snowflake role that reads", role)));
            found
        }
    }
}

/// The value of a parameter with what tells that it is one.
pub(super) fn parameter(parameter: &Parameter) -> String {
    let marks = "meta [IsParameterQuery = true, Type = \"Text\", IsParameterQueryRequired = true]";
    format!("{} {marks}", text(&parameter.value))
}

/// The file that holds a table's rows, below the folder of the data.
pub fn file_name(node: &Node) -> String {
    format!("{}.parquet", super::build::table_name(node))
}

/// The query of a node's rows; `is_view` says what Snowflake has it as.
pub(super) fn rows(node: &Node, origin: &Origin, is_view: bool, orders: &[Order<'_>]) -> String {
    let mut steps: Vec<(String, String)> = Vec::new();
    match origin {
        Origin::Files { .. } => {
            let read = format!("Parquet.Document(File.Contents({FOLDER} & {}))", text(&file_name(node)));
            steps.push(("Source".to_owned(), read));
        }
        Origin::Snowflake { role, .. } => {
            let role = if role.is_some() { format!("Role = {ROLE}, ") } else { String::new() };
            let options = format!("[{role}Implementation = \"2.0\"]");
            steps.push(("Source".to_owned(), format!("Snowflake.Databases({SERVER}, {WAREHOUSE}, {options})")));
            let kinds = ["Database", "Schema", if is_view { "View" } else { "Table" }];
            let names = ["Database", "Schema", "Rows"];
            for ((part, kind), name) in path(node).iter().zip(kinds).zip(names) {
                let before = &steps[steps.len() - 1].0;
                let found = format!("{before}{{[Name = {}, Kind = \"{kind}\"]}}[Data]", text(part));
                steps.push((name.to_owned(), found));
            }
        }
    }
    for (number, order) in orders.iter().enumerate() {
        let value = field(order.column);
        let mut choice = (order.values.len() + 1).to_string();
        for (at, wanted) in order.values.iter().enumerate().rev() {
            let literal = if order.data_type == DataType::Text { text(wanted) } else { wanted.clone() };
            choice = format!("if {value} = {literal} then {} else {choice}", at + 1);
        }
        let before = &steps[steps.len() - 1].0;
        let added = format!("Table.AddColumn({before}, {}, each {choice}, Int64.Type)", text(order.name));
        steps.push((format!("Ordered{}", number + 1), added));
    }
    let last = steps[steps.len() - 1].0.clone();
    let steps: Vec<String> = steps.iter().map(|(name, step)| format!("    {name} = {step}")).collect();
    format!("let\n{}\nin\n    {last}", steps.join(",\n"))
}

/// Database, schema and name as Snowflake stores them: in upper case unless quoted.
fn path(node: &Node) -> [String; 3] {
    let written = node.relation_name.as_deref().unwrap_or_default();
    let mut parts: Vec<String> = Vec::new();
    let mut part = String::new();
    let mut is_quoted = false;
    let mut was_quoted = false;
    for letter in written.chars() {
        match letter {
            '"' => {
                is_quoted = !is_quoted;
                was_quoted = true;
            }
            '.' if !is_quoted => {
                parts.push(if was_quoted {
                    std::mem::take(&mut part)
                } else {
                    std::mem::take(&mut part).to_uppercase()
                });
                was_quoted = false;
            }
            other => part.push(other),
        }
    }
    parts.push(if was_quoted { part } else { part.to_uppercase() });
    match <[String; 3]>::try_from(parts) {
        Ok(path) => path,
        Err(_) => [node.database.clone().unwrap_or_default(), node.schema.clone(), node.alias.clone()]
            .map(|part| part.to_uppercase()),
    }
}
