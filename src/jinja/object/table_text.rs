//! A table as text: `print_table`, `print_csv`, `print_json` and what printing the table itself shows.

use minijinja::value::ValueKind;
use minijinja::{Error, State, Value};

use super::table::Table;
use crate::jinja::{Arguments, python};

/// How much of a table is shown.
#[derive(Debug, Clone, Copy)]
struct Limits {
    rows: usize,
    columns: usize,
    width: usize,
    places: usize,
}

impl Limits {
    const NONE: Self = Self { rows: usize::MAX, columns: usize::MAX, width: usize::MAX, places: usize::MAX };
}

const LEFT_OUT: &str = "...";

impl Table {
    /// agate's name of a column's type, which follows from the values.
    pub(super) fn kind(&self, index: usize) -> &'static str {
        let of = |value: &Value| match value.kind() {
            ValueKind::Bool => "Boolean",
            ValueKind::Number if value.is_integer() => "Integer",
            ValueKind::Number => "Number",
            _ => match python::type_name(value) {
                "decimal.Decimal" => "Number",
                "datetime.date" => "Date",
                "datetime.datetime" => "DateTime",
                _ => "Text",
            },
        };
        let mut found = None;
        for value in self.rows.iter().filter_map(|row| row.get(index)).filter(|value| !value.is_none()) {
            found = match (found, of(value)) {
                (None, kind) => Some(kind),
                (Some(known), kind) if known == kind => Some(kind),
                (Some("Integer" | "Number"), "Integer" | "Number") => Some("Number"),
                _ => return "Text",
            };
        }
        // agate: the first type that takes nothing but nulls.
        found.unwrap_or("Integer")
    }

    /// What `print_table` and its like write.
    pub(super) fn printed(&self, method: &str, given: &Arguments<'_>) -> Result<String, Error> {
        let limit = |index: usize, name: &str, preset: usize| -> Result<usize, Error> {
            Ok(match given.get(index, name) {
                Some(value) if value.is_none() => usize::MAX,
                Some(_) => {
                    given.optional_integer(index, name)?.and_then(|count| usize::try_from(count).ok()).unwrap_or(preset)
                }
                None => preset,
            })
        };
        Ok(match method {
            "print_csv" => self.csv(),
            "print_json" => self.json(),
            "print_structure" => self.structure(),
            _ => self.lines(Limits {
                rows: limit(0, "max_rows", 20)?,
                columns: limit(1, "max_columns", 6)?,
                width: limit(3, "max_column_width", 20)?,
                places: limit(5, "max_precision", 3)?,
            }),
        })
    }

    /// The table of columns and their types: what the table itself prints as.
    pub(super) fn structure(&self) -> String {
        let row = |index: usize| vec![Value::from(self.columns[index].as_str()), Value::from(self.kind(index))];
        let described = Self {
            columns: vec!["column".to_owned(), "data_type".to_owned()],
            rows: (0..self.columns.len()).map(row).collect(),
            ..Self::default()
        };
        described.lines(Limits::NONE)
    }

    /// In the form that Markdown reads as a table.
    fn lines(&self, limits: Limits) -> String {
        let shown = self.columns.len().min(limits.columns);
        let cut = |text: String| {
            if text.chars().count() > limits.width {
                text.chars().take(limits.width.saturating_sub(LEFT_OUT.len())).collect::<String>() + LEFT_OUT
            } else {
                text
            }
        };
        let kinds: Vec<&str> = (0..self.columns.len()).map(|index| self.kind(index)).collect();
        let rows = &self.rows[..self.rows.len().min(limits.rows)];
        let places: Vec<usize> = (0..shown)
            .map(|index| rows.iter().filter_map(|row| row.get(index)).map(places).max().unwrap_or(0))
            .collect();
        let cell = |index: usize, value: &Value| match kinds[index] {
            _ if value.is_none() => String::new(),
            "Number" => number(value, places[index], limits.places),
            _ => python::to_str(value),
        };
        let dotted = (self.columns.len() > shown).then(|| LEFT_OUT.to_owned());
        let line = |cells: Vec<String>| cells.into_iter().chain(dotted.clone()).collect::<Vec<_>>();
        let mut all = vec![line(self.columns[..shown].iter().map(|name| cut(name.clone())).collect())];
        for row in rows {
            all.push(line(row.iter().take(shown).enumerate().map(|(index, value)| cut(cell(index, value))).collect()));
        }
        let widths: Vec<usize> = (0..all[0].len())
            .map(|index| all.iter().map(|line| line[index].chars().count()).max().unwrap_or(0))
            .collect();
        if rows.len() < self.rows.len() {
            all.push(vec![LEFT_OUT.to_owned(); all[0].len()]);
        }
        let padded = |(index, text): (usize, &String)| {
            let blanks = " ".repeat(widths[index].saturating_sub(text.chars().count()));
            if kinds[index] == "Text" { format!("{text}{blanks}") } else { format!("{blanks}{text}") }
        };
        let mut out = String::new();
        for (at, cells) in all.iter().enumerate() {
            out += &format!("| {} |\n", cells.iter().enumerate().map(padded).collect::<Vec<_>>().join(" | "));
            if at == 0 {
                out +=
                    &format!("| {} |\n", widths.iter().map(|width| "-".repeat(*width)).collect::<Vec<_>>().join(" | "));
            }
        }
        out
    }

    fn csv(&self) -> String {
        let field = |text: String| {
            if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
        };
        let cell = |value: &Value| if value.is_none() { String::new() } else { field(python::to_str(value)) };
        let mut lines = vec![self.columns.iter().cloned().map(field).collect::<Vec<_>>().join(",")];
        lines.extend(self.rows.iter().map(|row| row.iter().map(cell).collect::<Vec<_>>().join(",")));
        lines.join("\n") + "\n"
    }

    /// agate: numbers of any kind but whole ones become floats, dates their ISO form.
    fn json(&self) -> String {
        let cell = |value: &Value| match (value.kind(), python::real(value), value.is_integer()) {
            (ValueKind::Plain, Some(real), _) => serde_json::json!(real),
            (ValueKind::Plain, None, _) => serde_json::json!(python::to_str(value).replacen(' ', "T", 1)),
            _ => python::value_to_json(value),
        };
        let text = |value: &serde_json::Value| python::json_text(&python::value_from_json(value)).unwrap_or_default();
        let object = |row: &Vec<Value>| {
            let items = self
                .columns
                .iter()
                .zip(row)
                .map(|(name, value)| format!("{}: {}", text(&serde_json::json!(name)), text(&cell(value))));
            format!("{{{}}}", items.collect::<Vec<_>>().join(", "))
        };
        format!("[{}]", self.rows.iter().map(object).collect::<Vec<_>>().join(", "))
    }
}

/// Prints as `print()` does.
pub(super) fn print(state: &mut State<'_, '_>, text: &str) -> Result<Value, Error> {
    if let Some(print) = state.lookup("print") {
        print.call(state, &[Value::from(text.strip_suffix('\n').unwrap_or(text))])?;
    }
    Ok(Value::from(()))
}

fn decimal(value: &Value) -> Option<python::Decimal> {
    match value.downcast_object_ref::<python::Decimal>() {
        Some(decimal) => Some(*decimal),
        None => python::Decimal::parse(&python::to_str(value)),
    }
}

fn places(value: &Value) -> usize {
    decimal(value).map_or(0, python::Decimal::places)
}

/// A number with so many places after its point, or `most` of them and a sign that more follow.
fn number(value: &Value, places: usize, most: usize) -> String {
    let exact = decimal(value).and_then(|number| number.fixed(places.min(most)));
    let rounded = || Some(format!("{:.width$}", python::real(value)?, width = places.min(most)));
    let Some(text) = exact.or_else(rounded) else { return python::to_str(value) };
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').map_or((digits, ""), |(whole, fraction)| (whole, fraction));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let point = if fraction.is_empty() { "" } else { "." };
    let more = if places > most { "…" } else { "" };
    format!("{sign}{grouped}{point}{fraction}{more}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_written_as_markdown_csv_and_json() {
        let decimal = |text: &str| python::Decimal::parse(text).unwrap().into_value();
        let table = Table {
            columns: ["id", "name", "amount"].map(str::to_owned).to_vec(),
            rows: vec![
                vec![Value::from(1), Value::from("a, \"b\""), decimal("1234.50")],
                vec![Value::from(22), Value::from(()), decimal("0.12345")],
            ],
            ..Table::default()
        };
        let wide = Limits { rows: 20, columns: 6, width: 20, places: 3 };
        let expected = [
            "| id | name   |     amount |",
            "| -- | ------ | ---------- |",
            r#"|  1 | a, "b" | 1,234.500… |"#,
            "| 22 |        |     0.123… |",
        ];
        assert_eq!(table.lines(wide).lines().collect::<Vec<_>>(), expected);
        let expected = ["| id | name | ... |", "| -- | ---- | --- |", "|  1 | a... | ... |", "| ... | ...  | ... |"];
        assert_eq!(
            table.lines(Limits { rows: 1, columns: 2, width: 4, places: 3 }).lines().collect::<Vec<_>>(),
            expected
        );
        let expected = [
            "| column | data_type |",
            "| ------ | --------- |",
            "| id     | Integer   |",
            "| name   | Text      |",
            "| amount | Number    |",
        ];
        assert_eq!(table.structure().lines().collect::<Vec<_>>(), expected);
        let expected = ["id,name,amount", r#"1,"a, ""b""",1234.50"#, "22,,0.12345"];
        assert_eq!(table.csv().lines().collect::<Vec<_>>(), expected);
        assert_eq!(
            table.json(),
            r#"[{"id": 1, "name": "a, \"b\"", "amount": 1234.5}, {"id": 22, "name": null, "amount": 0.12345}]"#
        );
    }
}
