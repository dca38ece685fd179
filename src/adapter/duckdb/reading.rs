//! What a declared type means for reading a CSV value: how it is read, cast and checked.
//!
//! Two ways give the same table. The quick one lets the reader parse numbers as DOUBLE and checks that nothing was lost; it
//! refuses more than it must (a very large number, a quoted empty text). The careful one reads text and is slower; it
//! decides.

use crate::adapter::{Dialect, Effort};

const DIALECT: &Dialect = &Dialect::DUCKDB;

/// The largest whole number that the quick way takes: up to here a DOUBLE still has room for a fraction.
const QUICK_LIMIT: u64 = 1 << 50;
/// The largest precision whose values a DOUBLE tells apart.
const QUICK_PRECISION: usize = 15;

/// How values of a declared type are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// Kept as it is.
    Text,
    /// Cast by the reader.
    Typed,
    /// A number that must keep every digit.
    Exact {
        /// All digits; 0 for whole numbers.
        precision: usize,
        /// Digits after the point.
        scale: usize,
    },
    /// Read as text and cast.
    Cast,
}

impl Reading {
    /// The reading of a declared type.
    pub(super) fn of(data_type: &str) -> Self {
        let lower = data_type.trim().to_lowercase();
        let (name, sizes) = match lower.split_once('(') {
            Some((name, sizes)) => (name.trim(), sizes.trim_end_matches(')')),
            None => (lower.as_str(), ""),
        };
        if DIALECT.columns.strings.contains(&name) || matches!(name, "string" | "char" | "bpchar") {
            Self::Text
        } else if DIALECT.columns.integers.contains(&name) {
            Self::Exact { precision: 0, scale: 0 }
        } else if matches!(name, "decimal" | "numeric" | "dec") {
            let mut sizes = sizes.split(',').map(|size| size.trim().parse::<usize>());
            match (sizes.next(), sizes.next()) {
                (Some(Ok(precision)), Some(Ok(scale))) => Self::Exact { precision, scale },
                (Some(Ok(precision)), None) => Self::Exact { precision, scale: 0 },
                // The engine's own default.
                _ => Self::Exact { precision: 18, scale: 3 },
            }
        } else if matches!(name, "double" | "float" | "float4" | "float8" | "real" | "boolean" | "bool") {
            Self::Typed
        } else {
            Self::Cast
        }
    }

    /// The type that the reader gives.
    pub(super) fn read_as(self, data_type: &str, effort: Effort) -> &str {
        match (self, effort) {
            (Self::Typed, Effort::Quick) => data_type,
            (Self::Exact { precision: ..=QUICK_PRECISION, .. }, Effort::Quick) => "DOUBLE",
            _ => "VARCHAR",
        }
    }

    /// The value of a column that was read the quick way; the statement fails where the careful way must decide.
    pub(super) fn quick(self, column: &str, data_type: &str) -> String {
        match self {
            Self::Text | Self::Typed => column.to_owned(),
            Self::Exact { precision: 0, .. } => format!(
                "case when {column} <> floor({column}) or abs({column}) > {QUICK_LIMIT} then error('inexact') \
                 else cast({column} as {data_type}) end"
            ),
            Self::Exact { precision: ..=QUICK_PRECISION, .. } => format!(
                "case when cast(cast({column} as {data_type}) as double) <> {column} then error('inexact') \
                 else cast({column} as {data_type}) end"
            ),
            Self::Exact { .. } => self.careful(column, data_type),
            Self::Cast => format!("cast({column} as {data_type})"),
        }
    }

    /// The value of a text, checked.
    pub(super) fn careful(self, text: &str, data_type: &str) -> String {
        match (self, self.inexact(text)) {
            (Self::Text, _) => text.to_owned(),
            (_, Some(inexact)) => {
                format!("case when {inexact} then error('inexact') else cast({text} as {data_type}) end")
            }
            _ => format!("cast({text} as {data_type})"),
        }
    }

    /// The condition that a text which can be cast would lose digits.
    pub(super) fn inexact(self, text: &str) -> Option<String> {
        let Self::Exact { scale, .. } = self else { return None };
        let exponent = format!("(contains({text}, 'e') or contains({text}, 'E'))");
        Some(if scale == 0 {
            format!(
                "(contains({text}, '.') and rtrim(split_part({text}, '.', 2), '0') <> '' and not {exponent} \
                 or {exponent} and coalesce(try_cast({text} as double) <> floor(try_cast({text} as double)), true))"
            )
        } else {
            format!(
                "(contains({text}, '.') and length(rtrim(split_part({text}, '.', 2), '0')) > {scale} and not {exponent})"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_sorted() {
        assert_eq!(Reading::of("BIGINT"), Reading::Exact { precision: 0, scale: 0 });
        assert_eq!(Reading::of("decimal(2, 1)"), Reading::Exact { precision: 2, scale: 1 });
        assert_eq!(Reading::of("NUMERIC(9)"), Reading::Exact { precision: 9, scale: 0 });
        assert_eq!(Reading::of("decimal"), Reading::Exact { precision: 18, scale: 3 });
        assert_eq!(Reading::of("varchar(20)"), Reading::Text);
        assert_eq!(Reading::of("timestamp"), Reading::Cast);
        assert_eq!(Reading::of("bigint").read_as("bigint", Effort::Careful), "VARCHAR");
    }
}
