//! `union`, `except` and `intersect`: by position or by name.

use sqlparser::ast::{SetOperator, SetQuantifier};

use super::resolver::Resolver;
use crate::sql::{Kind, Lineage, Rule, Shape, Usage};

/// Why a column of a set operation cannot be known.
const UNCOUNTED: &str = "a side of a set operation has a star over columns that are not known";

impl Resolver<'_> {
    /// What a set operation gives.
    pub(super) fn set_operation(
        &mut self,
        operator: SetOperator,
        quantifier: SetQuantifier,
        left: Shape,
        right: &Shape,
    ) -> Shape {
        match quantifier {
            SetQuantifier::ByName | SetQuantifier::AllByName | SetQuantifier::DistinctByName => {
                return self.by_name(left, right);
            }
            SetQuantifier::All | SetQuantifier::Distinct | SetQuantifier::None => {}
        }
        if left.is_closed() && right.is_closed() && left.columns.len() != right.columns.len() {
            self.differ_in_number(&left, right);
        }
        let mut result = left;
        let adds = matches!(operator, SetOperator::Union);
        for (index, column) in result.columns.iter_mut().enumerate() {
            if index >= result.counted || (index >= right.counted && !right.is_closed()) {
                column.lineage = Lineage::unknown(UNCOUNTED);
                column.data_type = crate::sql::Type::Unknown;
                continue;
            }
            let Some(other) = right.columns.get(index) else { continue };
            if column.data_type.never_meets(other.data_type) {
                let name = column.name.as_ref().map_or_else(|| format!("{}", index + 1), |name| name.text.clone());
                let message =
                    format!("column `{name}` is {} on one side and {} on the other", column.data_type, other.data_type);
                self.find(Rule::TypeMismatch, other.place.clone(), message);
            }
            column.data_type = column.data_type.or(other.data_type);
            if adds {
                column.lineage.add(&other.lineage, Kind::Copy);
            } else {
                // The right side only says which rows stay.
                let lineage = other.lineage.clone();
                self.used.extend(lineage.from.into_keys().map(|origin| (origin, Usage::Filter)));
            }
        }
        if result.is_closed() || right.is_closed() {
            return result;
        }
        // A star on both sides: which of its columns stand beside each other is not known.
        for open in &mut result.open {
            open.relation = None;
            open.reason = UNCOUNTED.into();
        }
        result
    }

    fn by_name(&mut self, left: Shape, right: &Shape) -> Shape {
        let mut result = left;
        let left_is_closed = result.is_closed();
        for column in &mut result.columns {
            let Some(name) = &column.name else { continue };
            match right.columns.iter().find(|other| other.is(&name.key)) {
                Some(other) => {
                    column.lineage.add(&other.lineage, Kind::Copy);
                    column.data_type = column.data_type.or(other.data_type);
                }
                None if right.is_closed() => {}
                None => column.lineage = Lineage::unknown(UNCOUNTED),
            }
        }
        for other in &right.columns {
            let is_new = other.name.as_ref().is_none_or(|name| !result.columns.iter().any(|had| had.is(&name.key)));
            if is_new {
                let mut other = other.clone();
                if !left_is_closed {
                    other.lineage = Lineage::unknown(UNCOUNTED);
                }
                result.push(other);
            }
        }
        for open in &right.open {
            let mut open = open.clone();
            open.relation = None;
            result.open.push(open);
        }
        if !left_is_closed {
            for open in &mut result.open {
                open.relation = None;
            }
        }
        result
    }

    /// The sides have different numbers of columns.
    pub(super) fn differ_in_number(&mut self, left: &Shape, right: &Shape) {
        let place = right.columns.first().and_then(|column| column.place.clone());
        let count = |shape: &Shape| match shape.columns.len() {
            1 => "1 column".to_owned(),
            many => format!("{many} columns"),
        };
        let message = format!("one side has {} and the other has {}", count(left), count(right));
        let names = |shape: &Shape| -> Vec<String> {
            shape.columns.iter().filter_map(|column| column.name.as_ref()).map(|name| name.key.clone()).collect()
        };
        let (one, two) = (names(left), names(right));
        let missing: Vec<&str> = one.iter().filter(|name| !two.contains(name)).map(String::as_str).collect();
        let more: Vec<&str> = two.iter().filter(|name| !one.contains(name)).map(String::as_str).collect();
        if let Some(finding) = self.find(Rule::ColumnCount, place, message) {
            finding.help = match (missing.as_slice(), more.as_slice()) {
                ([], []) => None,
                (missing, []) => Some(format!("the second side has no `{}`", missing.join("`, `"))),
                ([], more) => Some(format!("the first side has no `{}`", more.join("`, `"))),
                (missing, more) => Some(format!(
                    "only the first side has `{}`, only the second has `{}`",
                    missing.join("`, `"),
                    more.join("`, `")
                )),
            };
        }
    }
}
