//! Types, only as finely as mistakes between them are certain.

use std::fmt;

use sqlparser::ast::DataType as Written;

/// The family of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Type {
    /// Not known, or known and of no interest.
    #[default]
    Unknown,
    /// A literal `null`.
    Null,
    /// True and false.
    Boolean,
    /// Any number.
    Number,
    /// A text.
    Text,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A moment, with or without a zone.
    Timestamp,
    /// A span of time.
    Interval,
    /// Bytes.
    Binary,
    /// A value of any type, as `VARIANT` and `JSON`.
    Variant,
    /// A list.
    Array,
    /// A struct, a map or an object.
    Object,
}

impl Type {
    /// The family of a type's name, as YAML, a catalog or a cast writes it.
    pub fn from_name(name: &str) -> Self {
        let upper = name.trim().to_uppercase();
        if upper.ends_with(']') || upper.starts_with("ARRAY") || upper.starts_with("LIST") {
            return Self::Array;
        }
        let word: String = upper.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
        match word.as_str() {
            "BOOLEAN" | "BOOL" | "LOGICAL" => Self::Boolean,
            "NUMBER" | "NUMERIC" | "DECIMAL" | "DEC" | "INT" | "INTEGER" | "BIGINT" | "SMALLINT" | "TINYINT"
            | "BYTEINT" | "HUGEINT" | "UHUGEINT" | "UTINYINT" | "USMALLINT" | "UINTEGER" | "UBIGINT" | "INT1"
            | "INT2" | "INT4" | "INT8" | "INT16" | "INT32" | "INT64" | "INT128" | "FLOAT" | "FLOAT4" | "FLOAT8"
            | "FLOAT32" | "FLOAT64" | "DOUBLE" | "REAL" | "SIGNED" | "LONG" | "SHORT" | "DECFLOAT" => Self::Number,
            "VARCHAR" | "CHAR" | "CHARACTER" | "STRING" | "TEXT" | "NVARCHAR" | "NCHAR" | "BPCHAR" | "NVARCHAR2"
            | "CHARVARYING" => Self::Text,
            "DATE" => Self::Date,
            "TIME" | "TIMETZ" => Self::Time,
            "TIMESTAMP" | "TIMESTAMPTZ" | "TIMESTAMP_NTZ" | "TIMESTAMP_LTZ" | "TIMESTAMP_TZ" | "DATETIME"
            | "TIMESTAMPNTZ" | "TIMESTAMPLTZ" | "TIMESTAMP_S" | "TIMESTAMP_MS" | "TIMESTAMP_NS" | "TIMESTAMP_US" => {
                Self::Timestamp
            }
            "INTERVAL" => Self::Interval,
            "BINARY" | "VARBINARY" | "BLOB" | "BYTEA" | "BYTES" => Self::Binary,
            "VARIANT" | "JSON" => Self::Variant,
            "OBJECT" | "STRUCT" | "MAP" | "ROW" => Self::Object,
            _ => Self::Unknown,
        }
    }

    /// The family of a type in a cast.
    pub fn written(written: &Written) -> Self {
        Self::from_name(&written.to_string())
    }

    /// Whether it is known what it is.
    pub fn is_known(self) -> bool {
        !matches!(self, Self::Unknown | Self::Null)
    }

    /// Whether it is a date or a moment.
    pub fn is_day(self) -> bool {
        matches!(self, Self::Date | Self::Timestamp)
    }

    /// The type of a value that is one or the other.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            _ if self == other => self,
            (Self::Null, known) | (known, Self::Null) => known,
            (Self::Date, Self::Timestamp) | (Self::Timestamp, Self::Date) => Self::Timestamp,
            _ => Self::Unknown,
        }
    }

    /// Whether no warehouse that we know compares or unites the two, or has them as one column.
    ///
    /// Texts are left out: Snowflake and DuckDB turn them into what they are compared with.
    pub fn never_meets(self, other: Self) -> bool {
        let is_scalar = |one: Self| {
            matches!(one, Self::Boolean | Self::Number | Self::Date | Self::Time | Self::Timestamp | Self::Interval)
        };
        let is_nested = |one: Self| matches!(one, Self::Array | Self::Object);
        match (self, other) {
            _ if self == other => false,
            (one, two) if is_scalar(one) && is_scalar(two) => {
                // Both turn a boolean into a number in comparisons.
                let pair = |left, right| (one, two) == (left, right) || (two, one) == (left, right);
                !(one.is_day() && two.is_day() || pair(Self::Boolean, Self::Number))
            }
            (one, two) => (is_nested(one) && is_scalar(two)) || (is_nested(two) && is_scalar(one)),
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Unknown => "unknown",
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::Text => "text",
            Self::Date => "date",
            Self::Time => "time",
            Self::Timestamp => "timestamp",
            Self::Interval => "interval",
            Self::Binary => "binary",
            Self::Variant => "variant",
            Self::Array => "array",
            Self::Object => "object",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_both_warehouses_are_known() {
        for (name, family) in [
            ("NUMBER(38,0)", Type::Number),
            ("timestamp without time zone", Type::Timestamp),
            ("TIMESTAMP_NTZ(9)", Type::Timestamp),
            ("character varying(20)", Type::Text),
            ("INTEGER[]", Type::Array),
            ("STRUCT(a INTEGER)", Type::Object),
            ("geography", Type::Unknown),
        ] {
            assert_eq!(Type::from_name(name), family, "{name}");
        }
    }

    #[test]
    fn only_what_never_meets_is_a_mistake() {
        assert!(Type::Date.never_meets(Type::Number));
        assert!(Type::Boolean.never_meets(Type::Timestamp));
        assert!(!Type::Text.never_meets(Type::Date));
        assert!(!Type::Date.never_meets(Type::Timestamp));
        assert!(!Type::Unknown.never_meets(Type::Date));
    }
}
