//! What a dashboard is: measures, pages and visuals.
//!
//! The JSON of these types is what the browser gets; places in files are left out of it. A name that means nothing is
//! kept as written, with `node` empty: [`check`](super::check) tells of it.

use serde::{Serialize, Serializer};

use super::Expression;
use crate::diagnostic::Span;

/// Width of every page, in pixels.
pub const PAGE_WIDTH: u32 = 1280;
/// Height of a page that nothing makes higher, in pixels.
pub const PAGE_HEIGHT: u32 = 720;

/// A dashboard: what an exposure defines under `meta.dashboard`.
#[derive(Debug, Clone, Serialize)]
pub struct Dashboard {
    /// The exposure's name.
    pub name: String,
    /// The exposure's unique id.
    pub exposure: String,
    /// What people read; the exposure's label or name where the definition has none.
    pub title: String,
    /// What it is about: the exposure's description.
    pub description: String,
    /// Measures, in the order in which they are defined.
    pub measures: Vec<Measure>,
    /// Pages, the first is shown first.
    pub pages: Vec<Page>,
    /// Names of measures that could not be read, which was told.
    #[serde(skip)]
    pub unread: Vec<String>,
    /// Place of the definition.
    #[serde(skip)]
    pub span: Span,
}

impl Dashboard {
    /// The measure of a name.
    pub fn measure(&self, name: &str) -> Option<&Measure> {
        self.measures.iter().find(|measure| measure.name == name)
    }

    /// Every visual with its page.
    pub fn visuals(&self) -> impl Iterator<Item = (&Page, &Visual)> {
        self.pages.iter().flat_map(|page| page.visuals.iter().map(move |visual| (page, visual)))
    }
}

/// A name that stands somewhere: a measure in a visual, a page in a button.
#[derive(Debug, Clone)]
pub struct Use {
    /// The name as written.
    pub name: String,
    /// Where it stands.
    pub span: Span,
}

impl Serialize for Use {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

/// A figure over the rows of one model.
#[derive(Debug, Clone, Serialize)]
pub struct Measure {
    /// Its name, unique in the dashboard.
    pub name: String,
    /// What people read.
    pub label: String,
    /// What it means; empty where nothing is said.
    pub description: String,
    /// The model as written.
    pub model: Use,
    /// The model's unique id, none where there is no such model.
    pub node: Option<String>,
    /// What it calculates.
    pub expression: Expression,
    /// How it is shown, in the form of spreadsheets: `#,##0`, `0.00`, `0.0%`.
    pub format: Option<String>,
    /// Place of its name.
    #[serde(skip)]
    pub span: Span,
    /// Place of its expression.
    #[serde(skip)]
    pub expression_span: Span,
}

/// A page.
#[derive(Debug, Clone, Serialize)]
pub struct Page {
    /// Its name, unique in the dashboard.
    pub name: String,
    /// What people read.
    pub title: String,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// What is on it.
    pub visuals: Vec<Visual>,
    /// Place of its name.
    #[serde(skip)]
    pub span: Span,
}

/// The kind of a visual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum VisualKind {
    /// Filters the others: values of a column, or a span of time.
    Slicer,
    /// One or several figures.
    Card,
    /// Rows of columns and measures.
    Table,
    /// Measures by rows and columns.
    Matrix,
    /// Bars for the values of a column.
    Bar,
    /// A line over the values of a column.
    Line,
    /// Bars and lines, each with its own axis.
    Combo,
    /// A point for each value of a column.
    Scatter,
    /// A ring of shares.
    Donut,
    /// Rectangles of shares.
    Treemap,
    /// Leads to a page.
    Button,
    /// A text.
    Text,
}

impl VisualKind {
    /// All kinds.
    pub const ALL: [Self; 12] = [
        Self::Slicer,
        Self::Card,
        Self::Table,
        Self::Matrix,
        Self::Bar,
        Self::Line,
        Self::Combo,
        Self::Scatter,
        Self::Donut,
        Self::Treemap,
        Self::Button,
        Self::Text,
    ];

    /// As it is written under `type:`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Slicer => "slicer",
            Self::Card => "card",
            Self::Table => "table",
            Self::Matrix => "matrix",
            Self::Bar => "bar",
            Self::Line => "line",
            Self::Combo => "combo",
            Self::Scatter => "scatter",
            Self::Donut => "donut",
            Self::Treemap => "treemap",
            Self::Button => "button",
            Self::Text => "text",
        }
    }

    /// Whether it shows data.
    pub fn has_data(self) -> bool {
        !matches!(self, Self::Button | Self::Text)
    }
}

/// The parts of time that a column is grouped by; weeks begin on Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum Grain {
    Year,
    Quarter,
    Month,
    Week,
    Day,
    Hour,
}

impl Grain {
    /// All grains.
    pub const ALL: [Self; 6] = [Self::Year, Self::Quarter, Self::Month, Self::Week, Self::Day, Self::Hour];

    /// As it is written under `grain:`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Quarter => "quarter",
            Self::Month => "month",
            Self::Week => "week",
            Self::Day => "day",
            Self::Hour => "hour",
        }
    }
}

/// A column that a visual groups or filters by.
#[derive(Debug, Clone, Serialize)]
pub struct Field {
    /// The model as written.
    pub model: String,
    /// The model's unique id, none where there is no such model.
    pub node: Option<String>,
    /// The column's name as written.
    pub column: String,
    /// The part of time that its values are cut to.
    pub grain: Option<Grain>,
    /// What people read.
    pub label: String,
    /// Its values in the order in which they are shown; others come after them. Empty: by value.
    pub order: Vec<String>,
    /// Place of the column's name.
    #[serde(skip)]
    pub span: Span,
}

/// How a slicer offers its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SlicerStyle {
    /// From one value to another; what a field with a grain has unless said otherwise.
    Range,
    /// All values in a list.
    List,
    /// A list that opens.
    Dropdown,
}

impl SlicerStyle {
    /// All styles.
    pub const ALL: [Self; 3] = [Self::Range, Self::List, Self::Dropdown];

    /// As it is written under `style:`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Range => "range",
            Self::List => "list",
            Self::Dropdown => "dropdown",
        }
    }
}

/// The order of a visual's rows.
#[derive(Debug, Clone, Serialize)]
pub struct Sort {
    /// One of its columns or measures.
    pub by: Use,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// Where a visual lies on its page, in pixels from the upper left corner.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub struct Rectangle {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

/// One visual. Which parts it has depends on its kind; the others are empty.
///
/// A slicer filters the visuals of its page whose model has the slicer's column, by name, but for those that ignore it.
#[derive(Debug, Clone, Serialize)]
pub struct Visual {
    /// Its name, unique on its page.
    pub name: String,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: VisualKind,
    /// What people read; empty where nothing is said.
    pub title: String,
    /// The model of its fields as written, or that of its measures.
    pub model: Option<Use>,
    /// The model's unique id.
    pub node: Option<String>,
    /// What a slicer filters by.
    pub field: Option<Field>,
    /// The axis of a bar, line or combo, the parts of a donut or treemap.
    pub category: Option<Field>,
    /// What splits each category.
    pub series: Option<Field>,
    /// What each point of a scatter stands for.
    pub detail: Option<Field>,
    /// Rows of a matrix.
    pub rows: Vec<Field>,
    /// Columns of a matrix or table.
    pub columns: Vec<Field>,
    /// Measures: of a combo those that are bars.
    pub measures: Vec<Use>,
    /// Measures that a combo draws as lines.
    pub lines: Vec<Use>,
    /// Measure of a scatter's horizontal axis.
    pub x: Option<Use>,
    /// Measure of a scatter's vertical axis.
    pub y: Option<Use>,
    /// Measure of a scatter's points.
    pub size: Option<Use>,
    /// The page that a button leads to.
    pub page: Option<Use>,
    /// What a text says.
    pub text: Option<String>,
    /// The order of its rows.
    pub sort: Option<Sort>,
    /// Rows at most, the first ones in its order.
    pub limit: Option<u32>,
    /// Whether the bars of a series stand on one another.
    pub stacked: bool,
    /// Whether bars lie.
    pub horizontal: bool,
    /// How a slicer offers its values.
    pub style: Option<SlicerStyle>,
    /// Slicers of its page that do not filter it.
    pub ignores: Vec<Use>,
    /// Where it lies.
    pub layout: Rectangle,
    /// Place of its type.
    #[serde(skip)]
    pub span: Span,
}

impl Visual {
    /// The columns that it groups by, in reading order.
    pub fn groups(&self) -> impl Iterator<Item = &Field> {
        let single = [&self.category, &self.series, &self.detail];
        self.rows.iter().chain(&self.columns).chain(single.into_iter().flatten())
    }

    /// All columns that it names.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.field.iter().chain(self.groups())
    }

    /// All measures that it shows, in reading order.
    pub fn shown_measures(&self) -> impl Iterator<Item = &Use> {
        let single = [&self.x, &self.y, &self.size];
        self.measures.iter().chain(&self.lines).chain(single.into_iter().flatten())
    }
}
