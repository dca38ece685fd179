//! The values of the columns that a dashboard groups and filters by.

use std::cmp::Ordering;

use indexmap::IndexMap;
use serde_json::{Number, Value};

use super::definition::Field;
use super::figures::{FieldValues, Frame};
use crate::adapter::Cell;

/// All fields of a dashboard. Fields with the same column name and grain are one, so that a slicer of one model filters
/// the visuals of another.
#[derive(Debug, Default)]
pub(super) struct Values {
    fields: IndexMap<(String, Option<&'static str>), Known>,
}

#[derive(Debug, Default)]
struct Known {
    name: String,
    kind: &'static str,
    order: Vec<String>,
    /// By text with the type before it, so that 1 and "1" differ.
    values: IndexMap<String, Value>,
}

impl Values {
    /// The position of a field.
    pub(super) fn field(&mut self, field: &Field) -> usize {
        let key = (field.column.to_lowercase(), field.grain.map(super::Grain::name));
        let entry = self.fields.entry(key);
        let at = entry.index();
        let known = entry.or_insert_with(|| Known { name: field.column.clone(), ..Known::default() });
        if known.order.is_empty() {
            known.order.clone_from(&field.order);
        }
        at
    }

    /// The position of a value of a field, before it is sorted.
    pub(super) fn code(&mut self, field: usize, cell: &Cell) -> i64 {
        let Some((_, known)) = self.fields.get_index_mut(field) else { return -1 };
        let (kind, value) = scalar(cell);
        if !cell.is_null() {
            known.kind = kind;
        }
        let at = known.values.entry(format!("{kind}:{value}"));
        let index = at.index();
        at.or_insert(value);
        i64::try_from(index).unwrap_or(-1)
    }

    /// Sorts the values of all fields, and changes the codes of the frames with them.
    pub(super) fn finish(self, frames: &mut [Frame]) -> Vec<FieldValues> {
        let mut places: Vec<Vec<i64>> = Vec::new();
        let mut finished = Vec::new();
        for ((_, grain), known) in self.fields {
            let mut sorted: Vec<(usize, Value)> = known.values.into_values().enumerate().collect();
            sorted.sort_by(|(_, left), (_, right)| compare(&known.order, left, right));
            let mut place = vec![-1; sorted.len()];
            for (position, (old, _)) in sorted.iter().enumerate() {
                place[*old] = i64::try_from(position).unwrap_or(-1);
            }
            places.push(place);
            finished.push(FieldValues {
                name: known.name,
                grain,
                kind: if known.kind.is_empty() { "text" } else { known.kind },
                ordered: !known.order.is_empty(),
                values: sorted.into_iter().map(|(_, value)| value).collect(),
            });
        }
        let moved = |field: usize, codes: &mut Vec<i64>| {
            for code in codes {
                *code = usize::try_from(*code).map_or(-1, |code| places[field][code]);
            }
        };
        for frame in frames {
            for key in &mut frame.keys {
                moved(key.field, &mut key.codes);
            }
            if let Some(steps) = &mut frame.steps {
                moved(steps.field, &mut steps.before);
                moved(steps.field, &mut steps.at);
            }
        }
        finished
    }
}

/// Declared values first, in their order; then numbers and texts by value; nothing last.
fn compare(order: &[String], left: &Value, right: &Value) -> Ordering {
    let rank = |value: &Value| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        order.iter().position(|own| *own == text).unwrap_or(order.len())
    };
    rank(left).cmp(&rank(right)).then_with(|| left.is_null().cmp(&right.is_null())).then_with(|| {
        match (left.as_f64(), right.as_f64(), left.as_str(), right.as_str()) {
            (Some(left), Some(right), _, _) => left.total_cmp(&right),
            (_, _, Some(left), Some(right)) => {
                left.to_lowercase().cmp(&right.to_lowercase()).then_with(|| left.cmp(right))
            }
            _ => left.to_string().cmp(&right.to_string()),
        }
    })
}

/// A cell as JSON that a browser reads as it is, and what kind of value it is.
pub(super) fn scalar(cell: &Cell) -> (&'static str, Value) {
    match cell {
        Cell::Null => ("text", Value::Null),
        Cell::Bool(value) => ("boolean", Value::Bool(*value)),
        Cell::Int(_) | Cell::Float(_) | Cell::Decimal(_) => ("number", number(cell)),
        Cell::Date(_) | Cell::Timestamp(_) | Cell::TimestampTz(_) => ("date", cell.to_json()),
        _ => ("text", Value::String(cell.as_str().map_or_else(|| cell.to_string(), str::to_owned))),
    }
}

/// A number as the browser has it: whole where it is whole, else the nearest double; nothing for what is no number.
pub(super) fn number(cell: &Cell) -> Value {
    if let Some(whole) = cell.as_int() {
        return i64::try_from(whole).map_or_else(|_| Value::from(whole.to_string().parse::<f64>().ok()), Value::from);
    }
    let inexact = match cell {
        Cell::Float(value) => Some(*value),
        Cell::Decimal(text) => text.parse().ok(),
        _ => None,
    };
    inexact.and_then(Number::from_f64).map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::figures::FrameKey;
    use crate::dashboard::{Grain, definition};
    use crate::diagnostic::{SourceFile, Span};

    fn field(column: &str, grain: Option<Grain>, order: &[&str]) -> Field {
        definition::Field {
            model: "m".into(),
            node: None,
            column: column.into(),
            grain,
            label: column.into(),
            order: order.iter().map(|value| (*value).to_owned()).collect(),
            span: Span::new(&SourceFile::new("a.yml", String::new()), 0..0),
        }
    }

    #[test]
    fn values_are_sorted_and_codes_follow() {
        let mut values = Values::default();
        let level = values.field(&field("level", None, &["Low", "High"]));
        assert_eq!(values.field(&field("LEVEL", None, &[])), level, "the same column of another model");
        let texts = ["High", "none", "Low"].map(|text| Cell::Text(text.into()));
        let codes = texts.iter().map(|text| values.code(level, text)).collect();
        let year = values.field(&field("year", None, &[]));
        let years = [Cell::Int(2012), Cell::Null, Cell::Int(999)].map(|cell| values.code(year, &cell)).to_vec();
        let keys = vec![
            FrameKey { field: level, codes, all: false },
            FrameKey { field: year, codes: [years, vec![-1]].concat(), all: true },
        ];
        let mut frames = [Frame { keys, ..Frame::default() }];
        let fields = values.finish(&mut frames);
        assert_eq!(fields[0].values, ["Low", "High", "none"]);
        assert_eq!(frames[0].keys[0].codes, [1, 2, 0]);
        assert_eq!(fields[1].values, [Value::from(999), Value::from(2012), Value::Null]);
        assert_eq!(frames[0].keys[1].codes, [1, 2, 0, -1]);
    }
}
