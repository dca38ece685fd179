//! Expressions of measures in DAX, and columns that cut times to their parts.

use super::model::DataType;
use crate::dashboard::{Aggregate, Expression, Grain, Operator, Term};

/// `'table'`, quotes doubled.
pub(super) fn table(name: &str) -> String {
    format!("'{}'", name.replace('\'', "''"))
}

/// `[column]`, closing brackets doubled.
pub(super) fn name(name: &str) -> String {
    format!("[{}]", name.replace(']', "]]"))
}

/// `'table'[column]`.
pub(super) fn column(of: &str, column: &str) -> String {
    format!("{}{}", table(of), name(column))
}

/// A text literal.
pub(super) fn text(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// What an expression needs to know of the model.
pub(super) struct Names<'n> {
    /// The table's name.
    pub(super) table: &'n str,
    /// The name of a column of the table.
    pub(super) column: &'n dyn Fn(&str) -> String,
    /// The name of a measure.
    pub(super) measure: &'n dyn Fn(&str) -> String,
}

/// An expression in DAX.
///
/// A count of different values leaves out missing ones, as in SQL, and `DIVIDE` gives nothing for a divisor of zero.
pub(super) fn expression(expression: &Expression, names: &Names<'_>) -> String {
    term(&expression.term, names, 0)
}

fn term(part: &Term, names: &Names<'_>, outer: u8) -> String {
    match part {
        Term::Number { value } => value.to_string(),
        Term::Rows => format!("COUNTROWS({})", table(names.table)),
        Term::Aggregate { function, column: of, factor, .. } => {
            let full = |name: &str| column(names.table, &(names.column)(name));
            if let Some(factor) = factor {
                return format!("SUMX({}, {} * {})", table(names.table), full(of), full(&factor.column));
            }
            let function = match function {
                Aggregate::Distinct => "DISTINCTCOUNTNOBLANK",
                Aggregate::Sum => "SUM",
                Aggregate::Avg => "AVERAGE",
                Aggregate::Min => "MIN",
                Aggregate::Max => "MAX",
                Aggregate::Median => "MEDIAN",
            };
            format!("{function}({})", full(of))
        }
        Term::Measure { name: of, .. } => name(&(names.measure)(of)),
        Term::Negative { inner } => format!("-({})", term(inner, names, 0)),
        Term::Pair { operator: Operator::Divide, left, right } => {
            format!("DIVIDE({}, {})", term(left, names, 0), term(right, names, 0))
        }
        Term::Pair { operator, left, right } => {
            let binds = if *operator == Operator::Multiply { 2 } else { 1 };
            let text = format!("{} {} {}", term(left, names, binds), operator.sign(), term(right, names, binds + 1));
            if binds < outer { format!("({text})") } else { text }
        }
    }
}

/// A time of the row cut to its part, nothing where there is none.
pub(super) fn cut(table: &str, of: &str, grain: Grain) -> String {
    let full = column(table, of);
    let day = format!("DATE(YEAR({full}), MONTH({full}), DAY({full}))");
    let cut = match grain {
        Grain::Year => format!("DATE(YEAR({full}), 1, 1)"),
        Grain::Quarter => format!("DATE(YEAR({full}), 3 * QUARTER({full}) - 2, 1)"),
        Grain::Month => format!("DATE(YEAR({full}), MONTH({full}), 1)"),
        Grain::Week => format!("{day} - WEEKDAY({full}, 2) + 1"),
        Grain::Day => day,
        Grain::Hour => format!("{day} + TIME(HOUR({full}), 0, 0)"),
    };
    format!("IF(ISBLANK({full}), BLANK(), {cut})")
}

/// How a cut time is shown: its first moment, in the order of the parts.
pub(super) fn cut_format(grain: Grain) -> &'static str {
    match grain {
        Grain::Year => "yyyy",
        Grain::Quarter | Grain::Month => "yyyy-MM",
        Grain::Week | Grain::Day => "yyyy-MM-dd",
        Grain::Hour => "yyyy-MM-dd HH:mm",
    }
}

/// A value as a literal of a column's type; none where it is no such value.
pub(super) fn literal(value: &str, data_type: DataType) -> Option<String> {
    match data_type {
        DataType::Text => Some(text(value)),
        kind if kind.is_number() => {
            value.parse::<f64>().ok().filter(|number| number.is_finite()).map(|n| n.to_string())
        }
        DataType::Boolean => {
            value.to_lowercase().parse::<bool>().ok().map(|is| if is { "TRUE()" } else { "FALSE()" }.to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dax(text: &str) -> String {
        let names =
            Names { table: "it's", column: &|name| name.to_uppercase(), measure: &|name| format!("The {name}") };
        expression(&Expression::parse(text).unwrap(), &names)
    }

    #[test]
    fn expressions_keep_their_meaning() {
        assert_eq!(dax("count(*)"), "COUNTROWS('it''s')");
        assert_eq!(dax("count(distinct a)"), "DISTINCTCOUNTNOBLANK('it''s'[A])");
        assert_eq!(dax("sum(a * b) / sum(b)"), "DIVIDE(SUMX('it''s', 'it''s'[A] * 'it''s'[B]), SUM('it''s'[B]))");
        assert_eq!(dax("1 - (2 - users) * 3"), "1 - (2 - [The users]) * 3");
        assert_eq!(dax("1 - 2 - 3"), "1 - 2 - 3");
        assert_eq!(dax("1 - (2 + 3)"), "1 - (2 + 3)");
        assert_eq!(dax("-avg(a)"), "-(AVERAGE('it''s'[A]))");
        assert_eq!(column("a", "x]y"), "'a'[x]]y]");
    }
}
