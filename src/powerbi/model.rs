//! The semantic model as data: what TMDL writes and what the report names.

/// A semantic model.
#[derive(Debug, Clone, Default)]
pub struct SemanticModel {
    /// Tables in the order in which they are shown.
    pub tables: Vec<Table>,
    /// How they belong together.
    pub relationships: Vec<Relationship>,
    /// Parameters of its queries.
    pub parameters: Vec<Parameter>,
}

/// A table.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// What it is; empty where nothing is said.
    pub description: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its measures.
    pub measures: Vec<Measure>,
    /// Where its rows come from.
    pub rows: Rows,
}

/// Where rows come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rows {
    /// A query in M.
    Query {
        /// Its text.
        m: String,
        /// Whether each question goes to the warehouse.
        mode: Mode,
    },
    /// An expression in DAX.
    Calculated(String),
}

/// Whether rows are copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Copied into the model when it is refreshed.
    Import,
    /// Read from the warehouse for each visual.
    DirectQuery,
}

/// A column.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it is; empty where nothing is said.
    pub description: String,
    /// Its type.
    pub data_type: DataType,
    /// Whether its times are days alone.
    pub is_date: bool,
    /// How its values are shown.
    pub format: Option<String>,
    /// Whether a visual adds its values up unless told otherwise.
    pub is_summed: bool,
    /// Whether it is left out of the list of fields.
    pub is_hidden: bool,
    /// Whether it names a row.
    pub is_key: bool,
    /// Where its values come from.
    pub source: ColumnSource,
    /// The column whose values order its own.
    pub sort_by: Option<String>,
}

/// Where a column's values come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnSource {
    /// A column of the query.
    Query(String),
    /// An expression in DAX over the row.
    Calculated(String),
    /// A column of the table's own expression.
    Table(String),
}

/// The types of Power BI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum DataType {
    Int64,
    Double,
    Decimal,
    Text,
    DateTime,
    Boolean,
    Binary,
}

impl DataType {
    /// As TMDL writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Int64 => "int64",
            Self::Double => "double",
            Self::Decimal => "decimal",
            Self::Text => "string",
            Self::DateTime => "dateTime",
            Self::Boolean => "boolean",
            Self::Binary => "binary",
        }
    }

    /// Whether its values can be added up.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Int64 | Self::Double | Self::Decimal)
    }
}

/// A measure.
#[derive(Debug, Clone)]
pub struct Measure {
    /// Its name, unique in the model.
    pub name: String,
    /// What it means; empty where nothing is said.
    pub description: String,
    /// Its expression in DAX.
    pub dax: String,
    /// How it is shown.
    pub format: Option<String>,
}

/// One column's values are found in another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relationship {
    /// Table and column of the many.
    pub from: (String, String),
    /// Table and column of the one.
    pub to: (String, String),
    /// Whether the many are one as well.
    pub is_one_to_one: bool,
    /// Whether filters follow it; another way between the same tables would make them ambiguous.
    pub is_active: bool,
}

/// A parameter of the queries.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Its value.
    pub value: String,
}
