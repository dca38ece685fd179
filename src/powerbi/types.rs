//! Types of warehouses as types of Power BI.

use super::model::DataType;

/// What becomes of a warehouse's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Typed {
    pub(super) data_type: DataType,
    /// Whether the times are days alone.
    pub(super) is_date: bool,
    /// The type that DuckDB casts to before it writes Parquet, where Power BI reads the column's own type otherwise.
    pub(super) cast: Option<&'static str>,
}

/// The type of a column by its warehouse's name of it; what is not known is a text.
///
/// Snowflake: `NUMBER(p,0)` is a whole number. Power BI's decimal numbers have four digits behind the point.
pub(super) fn typed(name: &str) -> Typed {
    let upper = name.trim().to_uppercase();
    let plain = |data_type| Typed { data_type, is_date: false, cast: None };
    let cast = |data_type, cast| Typed { cast: Some(cast), ..plain(data_type) };
    if upper.ends_with(']') {
        return cast(DataType::Text, "VARCHAR");
    }
    let (base, arguments) = match upper.split_once('(') {
        Some((base, rest)) => (base.trim(), rest.trim_end_matches(')')),
        None => (upper.as_str(), ""),
    };
    match base {
        "TINYINT" | "SMALLINT" | "INTEGER" | "INT" | "BIGINT" | "UTINYINT" | "USMALLINT" | "UINTEGER" | "BYTEINT" => {
            plain(DataType::Int64)
        }
        "HUGEINT" | "UBIGINT" | "UHUGEINT" => cast(DataType::Int64, "BIGINT"),
        "NUMBER" | "DECIMAL" | "NUMERIC" | "FIXED" => {
            let scale = arguments.split(',').nth(1).and_then(|scale| scale.trim().parse::<u32>().ok());
            match scale.unwrap_or(0) {
                0 => cast(DataType::Int64, "BIGINT"),
                1..=4 => plain(DataType::Decimal),
                _ => cast(DataType::Double, "DOUBLE"),
            }
        }
        "DOUBLE" | "FLOAT" | "FLOAT4" | "FLOAT8" | "REAL" | "DOUBLE PRECISION" => plain(DataType::Double),
        "BOOLEAN" | "BOOL" => plain(DataType::Boolean),
        "DATE" => Typed { is_date: true, ..plain(DataType::DateTime) },
        "TIMESTAMP" | "DATETIME" | "TIMESTAMP_NTZ" | "TIMESTAMP_LTZ" | "TIMESTAMP_TZ" => plain(DataType::DateTime),
        "BLOB" | "BINARY" | "VARBINARY" | "BYTEA" => plain(DataType::Binary),
        "VARCHAR" | "TEXT" | "STRING" | "CHAR" => plain(DataType::Text),
        _ if base.starts_with("TIMESTAMP") => cast(DataType::DateTime, "TIMESTAMP"),
        _ => cast(DataType::Text, "VARCHAR"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_both_warehouses_are_known() {
        let told = |name: &str| {
            let typed = typed(name);
            format!("{} {}", typed.data_type.name(), typed.cast.unwrap_or("-"))
        };
        assert_eq!(told("NUMBER(38,0)"), "int64 BIGINT");
        assert_eq!(told("NUMBER(10,2)"), "decimal -");
        assert_eq!(told("DECIMAL(18,9)"), "double DOUBLE");
        assert_eq!(told("bigint"), "int64 -");
        assert_eq!(told("HUGEINT"), "int64 BIGINT");
        assert_eq!(told("FLOAT"), "double -");
        assert_eq!(told("VARCHAR(16777216)"), "string -");
        assert_eq!(told("TIMESTAMP WITH TIME ZONE"), "dateTime TIMESTAMP");
        assert_eq!(told("TIMESTAMP_LTZ(9)"), "dateTime -");
        assert_eq!(told("INTEGER[]"), "string VARCHAR");
        assert_eq!(told("STRUCT(a INTEGER)"), "string VARCHAR");
        assert!(typed("DATE").is_date);
    }
}
