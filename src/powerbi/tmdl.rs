//! The semantic model as TMDL, the text form of tabular models.
//!
//! A tab is a level. An expression of several lines lies deeper than the properties of its object. Names that are no
//! plain word stand in single quotes.

use super::identity::uuid;
use super::model::{Column, ColumnSource, Measure, Mode, Rows, SemanticModel, Table};
use super::query;

/// The files of a model's `definition` folder, by their paths in it.
pub(super) fn files(model: &SemanticModel) -> Vec<(String, String)> {
    let mut files = vec![
        ("database.tmdl".to_owned(), "database\n\tcompatibilityLevel: 1601\n".to_owned()),
        ("model.tmdl".to_owned(), model_file(model)),
        ("expressions.tmdl".to_owned(), expressions(model)),
    ];
    if !model.relationships.is_empty() {
        files.push(("relationships.tmdl".to_owned(), relationships(model)));
    }
    for table in &model.tables {
        files.push((format!("tables/{}.tmdl", file_name(&table.name)), self::table(table)));
    }
    files
}

/// A table's name without what file systems do not take.
fn file_name(name: &str) -> String {
    name.chars()
        .map(|letter| if "<>:\"/\\|?*".contains(letter) || letter.is_control() { '_' } else { letter })
        .collect()
}

/// Lines at their levels.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn add(&mut self, level: usize, text: &str) {
        for _ in 0..level {
            self.0.push('\t');
        }
        self.0.push_str(text);
        self.0.push('\n');
    }

    fn blank(&mut self) {
        self.0.push('\n');
    }

    /// What an object is, above it.
    fn description(&mut self, level: usize, text: &str) {
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            self.add(level, &format!("/// {line}"));
        }
    }

    /// `head = expression`; one of several lines goes below, two levels deeper.
    fn expression(&mut self, level: usize, head: &str, expression: &str) {
        if expression.contains('\n') {
            self.add(level, &format!("{head} ="));
            for line in expression.lines() {
                self.add(level + 2, line);
            }
        } else {
            self.add(level, &format!("{head} = {expression}"));
        }
    }
}

/// A name as TMDL writes it.
fn name(text: &str) -> String {
    let is_word = text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        && text.chars().next().is_some_and(|first| !first.is_ascii_digit());
    if is_word { text.to_owned() } else { format!("'{}'", text.replace('\'', "''")) }
}

fn model_file(model: &SemanticModel) -> String {
    let mut lines = Lines::default();
    lines.add(0, "model Model");
    lines.add(1, "culture: en-US");
    lines.add(1, "defaultPowerBIDataSourceVersion: powerBI_V3");
    lines.add(1, "sourceQueryCulture: en-US");
    lines.add(1, "dataAccessOptions");
    lines.add(2, "legacyRedirects");
    lines.add(2, "returnErrorValuesAsNull");
    lines.blank();
    let parameters = model.parameters.iter().map(|parameter| parameter.name.as_str());
    let queried = model.tables.iter().filter(|table| matches!(table.rows, Rows::Query { .. }));
    let order: Vec<&str> = parameters.chain(queried.map(|table| table.name.as_str())).collect();
    lines.add(0, "annotation __PBI_TimeIntelligenceEnabled = 0");
    lines.blank();
    lines.add(0, &format!("annotation PBI_QueryOrder = {}", serde_json::json!(order)));
    lines.blank();
    for table in &model.tables {
        lines.add(0, &format!("ref table {}", name(&table.name)));
    }
    lines.0
}

fn expressions(model: &SemanticModel) -> String {
    let mut lines = Lines::default();
    for (at, parameter) in model.parameters.iter().enumerate() {
        if at > 0 {
            lines.blank();
        }
        lines.description(0, &parameter.description);
        lines.expression(0, &format!("expression {}", name(&parameter.name)), &query::parameter(parameter));
        lines.add(1, &format!("lineageTag: {}", uuid(&["expression", &parameter.name])));
        lines.blank();
        lines.add(1, "annotation PBI_ResultType = Text");
    }
    lines.0
}

fn relationships(model: &SemanticModel) -> String {
    let mut lines = Lines::default();
    for (at, relationship) in model.relationships.iter().enumerate() {
        if at > 0 {
            lines.blank();
        }
        let ((from_table, from), (to_table, to)) = (&relationship.from, &relationship.to);
        lines.add(0, &format!("relationship {}", uuid(&["relationship", from_table, from, to_table, to])));
        if !relationship.is_active {
            lines.add(1, "isActive: false");
        }
        if relationship.is_one_to_one {
            lines.add(1, "fromCardinality: one");
            lines.add(1, "crossFilteringBehavior: bothDirections");
        }
        lines.add(1, &format!("fromColumn: {}.{}", name(from_table), name(from)));
        lines.add(1, &format!("toColumn: {}.{}", name(to_table), name(to)));
    }
    lines.0
}

fn table(table: &Table) -> String {
    let mut lines = Lines::default();
    lines.description(0, &table.description);
    lines.add(0, &format!("table {}", name(&table.name)));
    lines.add(1, &format!("lineageTag: {}", uuid(&["table", &table.name])));
    for measure in &table.measures {
        lines.blank();
        self::measure(&mut lines, &table.name, measure);
    }
    for column in &table.columns {
        lines.blank();
        self::column(&mut lines, &table.name, column);
    }
    lines.blank();
    match &table.rows {
        Rows::Query { m, mode } => {
            lines.add(1, &format!("partition {} = m", name(&table.name)));
            let mode = match mode {
                Mode::Import => "import",
                Mode::DirectQuery => "directQuery",
            };
            lines.add(2, &format!("mode: {mode}"));
            lines.expression(2, "source", m);
            lines.blank();
            lines.add(1, "annotation PBI_ResultType = Table");
        }
        Rows::Calculated(dax) => {
            lines.add(1, &format!("partition {} = calculated", name(&table.name)));
            lines.add(2, "mode: import");
            lines.expression(2, "source", dax);
        }
    }
    lines.0
}

fn measure(lines: &mut Lines, table: &str, measure: &Measure) {
    lines.description(1, &measure.description);
    lines.expression(1, &format!("measure {}", name(&measure.name)), &measure.dax);
    if let Some(format) = &measure.format {
        lines.add(2, &format!("formatString: {}", one_line(format)));
    }
    lines.add(2, &format!("lineageTag: {}", uuid(&["measure", table, &measure.name])));
}

fn column(lines: &mut Lines, table: &str, column: &Column) {
    lines.description(1, &column.description);
    match &column.source {
        ColumnSource::Calculated(dax) => lines.expression(1, &format!("column {}", name(&column.name)), dax),
        _ => lines.add(1, &format!("column {}", name(&column.name))),
    }
    lines.add(2, &format!("dataType: {}", column.data_type.name()));
    if column.is_hidden {
        lines.add(2, "isHidden");
    }
    if column.is_key {
        lines.add(2, "isKey");
    }
    if let Some(format) = &column.format {
        lines.add(2, &format!("formatString: {}", one_line(format)));
    }
    lines.add(2, &format!("lineageTag: {}", uuid(&["column", table, &column.name])));
    lines.add(2, &format!("summarizeBy: {}", if column.is_summed { "sum" } else { "none" }));
    match &column.source {
        ColumnSource::Query(source) => lines.add(2, &format!("sourceColumn: {}", one_line(source))),
        ColumnSource::Table(source) => lines.add(2, &format!("sourceColumn: [{}]", one_line(source))),
        ColumnSource::Calculated(_) => {}
    }
    if let Some(other) = &column.sort_by {
        lines.add(2, &format!("sortByColumn: {}", name(other)));
    }
    lines.blank();
    lines.add(2, "annotation SummarizationSetBy = User");
    if column.is_date {
        lines.blank();
        lines.add(2, "annotation UnderlyingDateTimeDataType = Date");
    }
}

/// A property's value, which cannot span lines.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
