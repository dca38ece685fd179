//! What the translator knows of an expression's type.

use sqlparser::ast::{CharacterLength, DataType, ExactNumberInfo, TimezoneInfo};

/// The type of an expression, as far as translation depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Not known: the column's table is not there.
    Unknown,
    /// `NULL` without a type.
    Null,
    /// A whole number: `NUMBER(p, 0)`.
    Integer,
    /// An exact number with digits behind the point: their count.
    Decimal(u8),
    /// `FLOAT`
    Float,
    /// `VARCHAR`
    Text,
    /// `BOOLEAN`
    Boolean,
    /// `DATE`
    Date,
    /// `TIME`
    Time,
    /// `TIMESTAMP_NTZ`
    Local,
    /// `TIMESTAMP_LTZ` and `TIMESTAMP_TZ`: an instant.
    Instant,
    /// `VARIANT`, held as JSON.
    Variant,
    /// `ARRAY`, held as JSON.
    Array,
    /// `OBJECT`, held as JSON.
    Object,
    /// `BINARY`
    Binary,
    /// An interval literal.
    Interval,
    /// A type of the engine that Snowflake does not have.
    Foreign,
}

impl Kind {
    /// Whether it is a number.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Decimal(_) | Self::Float)
    }

    /// Whether it is a day or a moment.
    pub fn is_moment(self) -> bool {
        matches!(self, Self::Date | Self::Local | Self::Instant)
    }

    /// Whether the engine holds it as JSON.
    pub fn is_json(self) -> bool {
        matches!(self, Self::Variant | Self::Array | Self::Object)
    }

    /// The type of a column of the engine.
    pub fn of_engine(name: &str) -> Self {
        let upper = name.trim().to_ascii_uppercase();
        if upper.ends_with(']') {
            return Self::Foreign;
        }
        if let Some(inside) = upper.strip_prefix("DECIMAL(").or_else(|| upper.strip_prefix("NUMERIC(")) {
            let scale = inside.trim_end_matches(')').split(',').nth(1).and_then(|scale| scale.trim().parse().ok());
            return match scale {
                None | Some(0) => Self::Integer,
                Some(scale) => Self::Decimal(scale),
            };
        }
        match upper.as_str() {
            "TINYINT" | "SMALLINT" | "INTEGER" | "BIGINT" | "HUGEINT" | "UTINYINT" | "USMALLINT" | "UINTEGER"
            | "UBIGINT" | "UHUGEINT" | "INT" | "BIGNUM" => Self::Integer,
            "FLOAT" | "DOUBLE" | "REAL" => Self::Float,
            "DECIMAL" | "NUMERIC" => Self::Decimal(3),
            "VARCHAR" | "TEXT" | "STRING" | "CHAR" => Self::Text,
            "BOOLEAN" | "BOOL" => Self::Boolean,
            "DATE" => Self::Date,
            "TIME" => Self::Time,
            "TIMESTAMP" | "TIMESTAMP_S" | "TIMESTAMP_MS" | "TIMESTAMP_NS" | "DATETIME" => Self::Local,
            "TIMESTAMP WITH TIME ZONE" | "TIMESTAMPTZ" => Self::Instant,
            "JSON" | "VARIANT" => Self::Variant,
            "BLOB" | "BYTEA" => Self::Binary,
            "INTERVAL" => Self::Interval,
            "\"NULL\"" | "NULL" => Self::Null,
            _ => Self::Foreign,
        }
    }

    /// A written type: its kind and how the engine calls it; `None` where the engine has no equal.
    pub fn of_written(written: &DataType) -> Option<(Self, String)> {
        let exact = |info: &ExactNumberInfo| match info {
            // Snowflake: NUMBER alone is NUMBER(38, 0).
            ExactNumberInfo::None => Some((Self::Integer, "BIGINT".to_owned())),
            ExactNumberInfo::Precision(width) => Some(Self::number(*width, 0)),
            ExactNumberInfo::PrecisionAndScale(width, scale) => Some(Self::number(*width, u64::try_from(*scale).ok()?)),
        };
        let plain = |kind: Self, name: &str| Some((kind, name.to_owned()));
        match written {
            DataType::Numeric(info) | DataType::Decimal(info) | DataType::Dec(info) => exact(info),
            DataType::TinyInt(None)
            | DataType::SmallInt(None)
            | DataType::Int(None)
            | DataType::Integer(None)
            | DataType::BigInt(None) => plain(Self::Integer, "BIGINT"),
            DataType::Float(ExactNumberInfo::None)
            | DataType::Float4
            | DataType::Float8
            | DataType::Double(ExactNumberInfo::None)
            | DataType::DoublePrecision
            | DataType::Real => plain(Self::Float, "DOUBLE"),
            DataType::Varchar(None | Some(CharacterLength::IntegerLength { .. }))
            | DataType::Nvarchar(None | Some(CharacterLength::IntegerLength { .. }))
            | DataType::CharacterVarying(None | Some(CharacterLength::IntegerLength { .. }))
            | DataType::CharVarying(None | Some(CharacterLength::IntegerLength { .. }))
            | DataType::Text
            | DataType::String(_) => plain(Self::Text, "VARCHAR"),
            DataType::Char(Some(CharacterLength::IntegerLength { .. }))
            | DataType::Character(Some(CharacterLength::IntegerLength { .. })) => plain(Self::Text, "VARCHAR"),
            DataType::Boolean | DataType::Bool => plain(Self::Boolean, "BOOLEAN"),
            DataType::Date => plain(Self::Date, "DATE"),
            DataType::Time(_, TimezoneInfo::None) => plain(Self::Time, "TIME"),
            DataType::Datetime(_) | DataType::TimestampNtz(_) => plain(Self::Local, "TIMESTAMP"),
            DataType::Timestamp(_, TimezoneInfo::None | TimezoneInfo::WithoutTimeZone) => {
                plain(Self::Local, "TIMESTAMP")
            }
            DataType::Timestamp(_, TimezoneInfo::Tz | TimezoneInfo::WithTimeZone) => {
                plain(Self::Instant, "TIMESTAMP WITH TIME ZONE")
            }
            DataType::Binary(_) | DataType::Varbinary(_) => plain(Self::Binary, "BLOB"),
            DataType::JSON => plain(Self::Variant, "JSON"),
            DataType::Object(columns) if columns.is_empty() => plain(Self::Object, "JSON"),
            DataType::Array(sqlparser::ast::ArrayElemTypeDef::None) => plain(Self::Array, "JSON"),
            DataType::Custom(name, modifiers) => Self::of_name(&name.to_string(), modifiers),
            other => Self::of_engine_word(&other.to_string()),
        }
    }

    /// A type in the engine's own words, as fixtures and macros that ask it for types write it.
    fn of_engine_word(word: &str) -> Option<(Self, String)> {
        let kind = Self::of_engine(word);
        (kind != Self::Foreign).then(|| (kind, word.to_owned()))
    }

    fn of_name(name: &str, modifiers: &[sqlparser::ast::TypeModifier]) -> Option<(Self, String)> {
        let plain = |kind: Self, name: &str| Some((kind, name.to_owned()));
        let numbers: Vec<u64> = modifiers
            .iter()
            .filter_map(|modifier| match modifier {
                sqlparser::ast::TypeModifier::Number(number, _) => number.parse().ok(),
                _ => None,
            })
            .collect();
        match name.to_ascii_uppercase().as_str() {
            "NUMBER" => match numbers.as_slice() {
                [] => plain(Self::Integer, "BIGINT"),
                [width] => Some(Self::number(*width, 0)),
                [width, scale] => Some(Self::number(*width, *scale)),
                _ => None,
            },
            "BYTEINT" => plain(Self::Integer, "BIGINT"),
            "TIMESTAMP_NTZ" | "TIMESTAMPNTZ" => plain(Self::Local, "TIMESTAMP"),
            "TIMESTAMP_LTZ" | "TIMESTAMP_TZ" | "TIMESTAMPLTZ" | "TIMESTAMPTZ" => {
                plain(Self::Instant, "TIMESTAMP WITH TIME ZONE")
            }
            "VARIANT" => plain(Self::Variant, "JSON"),
            "OBJECT" => plain(Self::Object, "JSON"),
            "ARRAY" => plain(Self::Array, "JSON"),
            "STRING" | "NCHAR" | "NVARCHAR2" | "VARCHAR2" => plain(Self::Text, "VARCHAR"),
            other => Self::of_engine_word(other).filter(|_| modifiers.is_empty()),
        }
    }

    fn number(width: u64, scale: u64) -> (Self, String) {
        match (width, scale) {
            // The engine computes faster with whole numbers of its own.
            (38, 0) => (Self::Integer, "BIGINT".to_owned()),
            (_, 0) => (Self::Integer, format!("DECIMAL({width}, 0)")),
            _ => (Self::Decimal(u8::try_from(scale).unwrap_or(37)), format!("DECIMAL({width}, {scale})")),
        }
    }

    /// The type that holds values of both.
    pub fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::Null, kind) | (kind, Self::Null) => kind,
            (left, right) if left == right => left,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::Float, right) if right.is_number() => Self::Float,
            (left, Self::Float) if left.is_number() => Self::Float,
            (left, right) if left.is_number() && right.is_number() => Self::scaled(left.scale().max(right.scale())),
            (left, right) if left.is_json() || right.is_json() => Self::Variant,
            (Self::Instant, right) if right.is_moment() => Self::Instant,
            (left, Self::Instant) if left.is_moment() => Self::Instant,
            (left, right) if left.is_moment() && right.is_moment() => Self::Local,
            // Snowflake: texts take the other side's type.
            (Self::Text, right) if right.is_number() => Self::Decimal(5),
            (left, Self::Text) if left.is_number() => Self::Decimal(5),
            (Self::Text, right) if right.is_moment() => right,
            (left, Self::Text) if left.is_moment() => left,
            _ => Self::Unknown,
        }
    }

    /// Digits behind the point of an exact number.
    pub fn scale(self) -> u8 {
        match self {
            Self::Decimal(scale) => scale,
            _ => 0,
        }
    }

    /// An exact number of so many digits behind the point.
    pub fn scaled(scale: u8) -> Self {
        if scale == 0 { Self::Integer } else { Self::Decimal(scale) }
    }

    /// Snowflake's word for it, for messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unknown => "an unknown type",
            Self::Null => "NULL",
            Self::Integer | Self::Decimal(_) => "NUMBER",
            Self::Float => "FLOAT",
            Self::Text => "VARCHAR",
            Self::Boolean => "BOOLEAN",
            Self::Date => "DATE",
            Self::Time => "TIME",
            Self::Local => "TIMESTAMP_NTZ",
            Self::Instant => "TIMESTAMP_TZ",
            Self::Variant => "VARIANT",
            Self::Array => "ARRAY",
            Self::Object => "OBJECT",
            Self::Binary => "BINARY",
            Self::Interval => "INTERVAL",
            Self::Foreign => "a type of DuckDB",
        }
    }
}
