//! The figures behind the pages of a dashboard, as the browser gets them.
//!
//! Figures are kept in parts that add up (counts, sums), grouped by a visual's own fields and by those of the slicers
//! that filter it, so that the browser can work out every measure again for a choice, to the last digit.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::definition::{Rectangle, VisualKind};

/// A dashboard with its figures.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    /// The exposure's unique id.
    pub id: String,
    /// The exposure's name.
    pub name: String,
    /// What people read.
    pub title: String,
    /// What it is about.
    pub description: String,
    /// Why there are no figures at all, if so.
    pub problem: Option<String>,
    /// Things to know about the whole.
    pub notes: Vec<String>,
    /// When the figures were read, ISO 8601 in UTC.
    pub read_at: String,
    /// The pages.
    pub pages: Vec<DrawnPage>,
    /// The columns that frames and slicers name, with their values.
    pub fields: Vec<FieldValues>,
    /// The figures.
    pub frames: Vec<Frame>,
    /// What is known of the models, by unique id.
    pub models: BTreeMap<String, ModelFacts>,
}

/// A page.
#[derive(Debug, Clone, Serialize)]
pub struct DrawnPage {
    /// Its name.
    pub name: String,
    /// What people read.
    pub title: String,
    /// In units of which the width has 1280.
    pub height: u32,
    /// What is on it.
    pub visuals: Vec<Drawn>,
}

/// A visual, with all that drawing it takes.
#[derive(Debug, Clone, Serialize)]
pub struct Drawn {
    /// Its name, unique on its page.
    pub id: String,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: VisualKind,
    /// What people read.
    pub title: String,
    /// More about it.
    pub description: String,
    /// Where it lies.
    pub place: Rectangle,
    /// Unique id of the model that it reads.
    pub model: Option<String>,
    /// What it groups by.
    pub dimensions: Vec<Dimension>,
    /// Its measures.
    pub values: Vec<ShownValue>,
    /// Its order.
    pub sort: Option<SortBy>,
    /// Rows at most.
    pub limit: Option<u32>,
    /// Whether bars stand on one another.
    pub stacked: bool,
    /// Whether bars lie.
    pub horizontal: bool,
    /// Names of the slicers that filter it.
    pub filters: Vec<String>,
    /// Slicers that do not.
    pub unfiltered: Vec<Unfiltered>,
    /// Rows that are shown as they are.
    pub rows: Option<RowTable>,
    /// What a slicer offers.
    pub slicer: Option<Slicer>,
    /// The page that a button opens.
    pub page: Option<String>,
    /// What a text says.
    pub text: Option<String>,
    /// Why it has no figures, if so.
    pub problem: Option<String>,
}

/// A slicer that does not filter a visual, and why.
#[derive(Debug, Clone, Serialize)]
pub struct Unfiltered {
    /// The slicer's name.
    pub slicer: String,
    /// In words.
    pub reason: String,
}

/// What a dimension is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum Role {
    Category,
    Series,
    Row,
    Column,
    Detail,
}

/// A field that a visual groups by.
#[derive(Debug, Clone, Serialize)]
pub struct Dimension {
    /// What for.
    pub role: Role,
    /// What people read.
    pub label: String,
    /// Position among [`Figures::fields`].
    pub field: usize,
}

/// What a measure is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum ValueRole {
    Value,
    Line,
    X,
    Y,
    Size,
}

/// A measure of a visual.
#[derive(Debug, Clone, Serialize)]
pub struct ShownValue {
    /// What for.
    pub role: ValueRole,
    /// What people read.
    pub label: String,
    /// How it is written; empty: as it is.
    pub format: String,
    /// How it is worked out.
    pub formula: Formula,
}

/// How a measure is worked out from parts; a division by zero gives nothing.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Formula {
    /// A number.
    Number {
        /// Its value.
        number: f64,
    },
    /// A folded part.
    Part {
        /// Which.
        part: PartReference,
    },
    /// Two formulas.
    Pair {
        /// `+`, `-`, `*` or `/`.
        op: char,
        /// The first.
        left: Box<Self>,
        /// The second.
        right: Box<Self>,
    },
    /// A formula with the other sign.
    Negative {
        /// Always `negate`.
        op: &'static str,
        /// The formula.
        value: Box<Self>,
    },
}

/// How the rows of a part become one figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fold {
    /// They are added.
    Sum,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// The different items of the rows are counted.
    Distinct,
    /// Steps that begin before the range and end in it are added.
    Steps,
    /// There is one row for each group of the visual, and groups must not be put together.
    Exact,
    /// The middle of the items, each as often as part 0 says.
    Median,
}

/// A part of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PartReference {
    /// Position among [`Figures::frames`].
    pub frame: usize,
    /// How it is folded.
    pub fold: Fold,
    /// Position among the frame's parts.
    pub part: usize,
}

/// The order of a visual's groups.
#[derive(Debug, Clone, Serialize)]
pub struct SortBy {
    /// `dimension` or `value`.
    pub by: &'static str,
    /// Position among them.
    pub index: usize,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// What a slicer offers.
#[derive(Debug, Clone, Serialize)]
pub struct Slicer {
    /// `range` or `list`.
    pub kind: &'static str,
    /// Position among [`Figures::fields`].
    pub field: usize,
    /// Position among [`Figures::frames`] of the one whose rows are its model's values.
    pub frame: usize,
    /// Why only one value can be chosen at a time, if so.
    pub single: Option<String>,
}

/// The values of a column in their order; frames name them by position.
#[derive(Debug, Clone, Serialize)]
pub struct FieldValues {
    /// The column.
    pub name: String,
    /// The part of time that its values are cut to.
    pub grain: Option<&'static str>,
    /// `text`, `number`, `date` or `boolean`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Whether the definition gives the order.
    pub ordered: bool,
    /// The values.
    pub values: Vec<Value>,
}

/// Figures grouped by fields.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Frame {
    /// Unique id of the model.
    pub model: String,
    /// How many rows there are.
    pub size: usize,
    /// The fields, with a position among its values for each row.
    pub keys: Vec<FrameKey>,
    /// The parts, with a number for each row.
    pub parts: Vec<Vec<Value>>,
    /// An item for each row, for [`Fold::Distinct`] and [`Fold::Median`].
    pub items: Option<Vec<Value>>,
    /// Steps from period to period, for [`Fold::Steps`].
    pub steps: Option<Steps>,
}

/// A key of a frame.
#[derive(Debug, Clone, Serialize)]
pub struct FrameKey {
    /// Position among [`Figures::fields`].
    pub field: usize,
    /// For each row a position among the field's values.
    pub codes: Vec<i64>,
    /// Whether rows of -1 hold the figure over all values, and the others must not be put together.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub all: bool,
}

/// For each row of a frame the period in which ids occur, and the one in which they occurred before.
#[derive(Debug, Clone, Serialize)]
pub struct Steps {
    /// Position of the periods' field.
    pub field: usize,
    /// The period before, -1 for none.
    pub before: Vec<i64>,
    /// The period.
    pub at: Vec<i64>,
}

/// Rows of a model as they are.
#[derive(Debug, Clone, Serialize)]
pub struct RowTable {
    /// The frame that holds the slicers' keys of the rows.
    pub frame: usize,
    /// The columns.
    pub columns: Vec<RowColumn>,
    /// How many rows the model has.
    pub total: u64,
}

/// A column of rows.
#[derive(Debug, Clone, Serialize)]
pub struct RowColumn {
    /// What people read.
    pub label: String,
    /// How numbers are written.
    pub format: &'static str,
    /// `text`, `number`, `date` or `boolean`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The values.
    pub values: Vec<Value>,
}

/// What is known of a model.
#[derive(Debug, Clone, Serialize)]
pub struct ModelFacts {
    /// Its name.
    pub name: String,
    /// When a run built it last, ISO 8601; none where no results tell.
    pub built_at: Option<String>,
    /// How that run ended for it.
    pub status: Option<String>,
    /// Its materialization.
    pub materialized: String,
    /// All that it is made from.
    pub upstream: Vec<Upstream>,
}

/// A node that a model is made from.
#[derive(Debug, Clone, Serialize)]
pub struct Upstream {
    /// Its unique id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `model`, `source`, `seed`, `snapshot`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Steps from the model, the longest way.
    pub depth: usize,
}
