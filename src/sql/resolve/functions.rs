//! What is known of functions: which aggregate, which arguments are words, and what they give.

use sqlparser::ast::{Expr, FunctionArg, FunctionArgExpr, Ident};

use crate::sql::{Dialect, Type};

/// Functions that make one value of many rows.
const AGGREGATES: &[&str] = &[
    "any_value",
    "approx_count_distinct",
    "approx_percentile",
    "approx_quantile",
    "approx_top_k",
    "arbitrary",
    "arg_max",
    "arg_min",
    "argmax",
    "argmin",
    "array_agg",
    "array_union_agg",
    "array_unique_agg",
    "avg",
    "bit_and",
    "bit_or",
    "bit_xor",
    "bitand_agg",
    "bitor_agg",
    "bitxor_agg",
    "bitmap_construct_agg",
    "bitmap_or_agg",
    "bool_and",
    "bool_or",
    "booland_agg",
    "boolor_agg",
    "boolxor_agg",
    "corr",
    "count",
    "count_if",
    "count_star",
    "countif",
    "covar_pop",
    "covar_samp",
    "entropy",
    "favg",
    "fsum",
    "geomean",
    "group_concat",
    "grouping",
    "grouping_id",
    "hash_agg",
    "histogram",
    "hll",
    "hll_accumulate",
    "hll_combine",
    "json_group_array",
    "json_group_object",
    "json_group_structure",
    "kurtosis",
    "kurtosis_pop",
    "list",
    "listagg",
    "mad",
    "max",
    "max_by",
    "mean",
    "median",
    "min",
    "min_by",
    "minhash",
    "minhash_combine",
    "mode",
    "object_agg",
    "percentile_cont",
    "percentile_disc",
    "product",
    "quantile",
    "quantile_cont",
    "quantile_disc",
    "regr_avgx",
    "regr_avgy",
    "regr_count",
    "regr_intercept",
    "regr_r2",
    "regr_slope",
    "regr_sxx",
    "regr_sxy",
    "regr_syy",
    "reservoir_quantile",
    "sem",
    "skew",
    "skewness",
    "st_collect",
    "st_union_agg",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "string_agg",
    "sum",
    "sumkahan",
    "sum_no_overflow",
    "var_pop",
    "var_samp",
    "variance",
    "variance_pop",
    "variance_samp",
];

/// Functions whose first argument is a part of a date.
const PART_FIRST: &[&str] = &[
    "date_add",
    "date_diff",
    "date_part",
    "date_sub",
    "date_trunc",
    "dateadd",
    "datediff",
    "datepart",
    "datesub",
    "time_add",
    "time_diff",
    "timeadd",
    "timediff",
    "timestamp_add",
    "timestamp_diff",
    "timestampadd",
    "timestampdiff",
    "datetrunc",
];

/// Functions whose second argument is a part of a date.
const PART_SECOND: &[&str] = &["date_trunc", "last_day", "next_day", "previous_day", "trunc"];

/// Parts of dates.
const PARTS: &[&str] = &[
    "century",
    "d",
    "day",
    "dayofmonth",
    "dayofweek",
    "dayofweekiso",
    "dayofyear",
    "days",
    "dd",
    "decade",
    "dow",
    "doy",
    "dw",
    "dy",
    "epoch",
    "epoch_microsecond",
    "epoch_microseconds",
    "epoch_millisecond",
    "epoch_milliseconds",
    "epoch_nanosecond",
    "epoch_nanoseconds",
    "epoch_second",
    "epoch_seconds",
    "h",
    "hh",
    "hour",
    "hours",
    "hr",
    "hrs",
    "isodow",
    "isoweek",
    "isoyear",
    "m",
    "mi",
    "microsecond",
    "microseconds",
    "millenium",
    "millennium",
    "millisecond",
    "milliseconds",
    "min",
    "mins",
    "minute",
    "minutes",
    "mm",
    "mon",
    "mons",
    "month",
    "months",
    "ms",
    "nanosecond",
    "nanoseconds",
    "ns",
    "nsec",
    "q",
    "qtr",
    "qtrs",
    "quarter",
    "quarters",
    "s",
    "sec",
    "second",
    "seconds",
    "secs",
    "timezone_hour",
    "timezone_minute",
    "us",
    "usec",
    "w",
    "wd",
    "week",
    "week_iso",
    "weekday",
    "weekday_iso",
    "weekiso",
    "weekofyear",
    "weekofyear_iso",
    "weeks",
    "wk",
    "woy",
    "wy",
    "y",
    "year",
    "yearofweek",
    "yearofweekiso",
    "years",
    "yr",
    "yrs",
    "yy",
    "yyy",
    "yyyy",
];

/// Whether a function makes one value of many rows.
pub(super) fn is_aggregate(name: &str) -> bool {
    AGGREGATES.contains(&name)
}

/// Whether an argument is a word of the language and no column: `dateadd(day, ..)`.
pub(super) fn is_word(name: &str, index: usize, argument: &FunctionArg) -> bool {
    let FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Identifier(ident))) = argument else { return false };
    let may = (index == 0 && PART_FIRST.contains(&name)) || (index == 1 && PART_SECOND.contains(&name));
    may && PARTS.contains(&ident.value.to_lowercase().as_str())
}

/// Whether a word is a value that the warehouse knows without a call.
pub(super) fn is_value_word(key: &str) -> bool {
    let key = key.to_lowercase();
    key.starts_with('$')
        || matches!(
            key.as_str(),
            "current_date"
                | "current_time"
                | "current_timestamp"
                | "current_user"
                | "current_role"
                | "current_schema"
                | "current_database"
                | "current_catalog"
                | "session_user"
                | "user"
                | "localtime"
                | "localtimestamp"
                | "sysdate"
                | "systimestamp"
                | "rowid"
                | "level"
                | "today"
                | "null"
                | "true"
                | "false"
        )
        || key.starts_with("metadata$")
}

/// Whether a name of several parts is a value of a sequence: `ids.nextval`.
pub(super) fn is_sequence(parts: &[Ident]) -> bool {
    parts.last().is_some_and(|last| last.value.eq_ignore_ascii_case("nextval"))
}

/// What a function gives, where that is certain.
pub(super) fn result(name: &str, types: &[Type], dialect: Dialect) -> Type {
    let first = types.first().copied().unwrap_or_default();
    match name {
        "count"
        | "count_if"
        | "count_star"
        | "countif"
        | "approx_count_distinct"
        | "row_number"
        | "rank"
        | "dense_rank"
        | "ntile"
        | "length"
        | "len"
        | "abs"
        | "round"
        | "sqrt"
        | "power"
        | "pow"
        | "ln"
        | "log"
        | "exp"
        | "sign"
        | "mod"
        | "datediff"
        | "date_diff"
        | "timestampdiff"
        | "timediff"
        | "year"
        | "quarter"
        | "month"
        | "day"
        | "dayofweek"
        | "dayofyear"
        | "dayofmonth"
        | "week"
        | "weekofyear"
        | "weekiso"
        | "hour"
        | "minute"
        | "second"
        | "charindex"
        | "percent_rank"
        | "cume_dist"
        | "div0"
        | "div0null"
        | "array_size"
        | "array_length"
        | "to_number"
        | "to_numeric"
        | "to_decimal"
        | "to_double"
        | "try_to_number"
        | "try_to_numeric"
        | "try_to_decimal"
        | "try_to_double"
        | "random"
        | "ascii"
        | "regexp_count"
        | "square"
        | "cbrt"
        | "ceil"
        | "ceiling"
        | "floor"
        | "epoch"
        | "epoch_ms"
        | "stddev"
        | "stddev_pop"
        | "stddev_samp"
        | "variance"
        | "var_pop"
        | "var_samp"
        | "corr"
        | "editdistance"
        | "levenshtein"
        | "jarowinkler_similarity"
        | "months_between"
        | "date_part"
        | "datepart" => Type::Number,
        "sum" if matches!(first, Type::Number | Type::Boolean) => Type::Number,
        "avg" | "mean" if first == Type::Number => Type::Number,
        "lower"
        | "upper"
        | "initcap"
        | "concat"
        | "concat_ws"
        | "ltrim"
        | "rtrim"
        | "lpad"
        | "rpad"
        | "replace"
        | "regexp_replace"
        | "to_varchar"
        | "listagg"
        | "string_agg"
        | "group_concat"
        | "split_part"
        | "md5"
        | "sha1"
        | "sha2"
        | "sha256"
        | "md5_hex"
        | "sha2_hex"
        | "chr"
        | "strftime"
        | "dayname"
        | "monthname"
        | "translate"
        | "typeof"
        | "uuid_string"
        | "current_user"
        | "current_role"
        | "current_schema"
        | "current_database"
        | "current_warehouse"
        | "json_extract_string"
        | "to_char" => Type::Text,
        "to_date" | "try_to_date" | "make_date" | "date_from_parts" | "datefromparts" | "current_date" | "today"
        | "last_day" | "date" => Type::Date,
        "current_timestamp"
        | "sysdate"
        | "systimestamp"
        | "getdate"
        | "localtimestamp"
        | "now"
        | "to_timestamp"
        | "to_timestamp_ntz"
        | "to_timestamp_ltz"
        | "to_timestamp_tz"
        | "try_to_timestamp"
        | "try_to_timestamp_ntz"
        | "try_to_timestamp_tz"
        | "try_to_timestamp_ltz"
        | "convert_timezone"
        | "make_timestamp"
        | "timestamp_from_parts"
        | "timestamp_ntz_from_parts"
        | "strptime"
        | "try_strptime"
            if name != "convert_timezone" || dialect == Dialect::Snowflake =>
        {
            Type::Timestamp
        }
        "current_time" | "localtime" | "to_time" | "try_to_time" | "make_time" | "time_from_parts" => Type::Time,
        "to_boolean" | "try_to_boolean" | "startswith" | "endswith" | "starts_with" | "ends_with" | "contains"
        | "regexp_like" | "regexp_matches" | "bool_and" | "bool_or" | "booland_agg" | "boolor_agg"
        | "is_null_value" | "array_contains" | "list_contains" | "like_escape" | "rlike" | "isnan" => Type::Boolean,
        "parse_json" | "try_parse_json" | "to_variant" | "get_path" | "json_extract" | "to_json" => Type::Variant,
        "array_construct"
        | "array_agg"
        | "array_cat"
        | "split"
        | "string_split"
        | "str_split"
        | "list"
        | "list_value"
        | "array_append"
        | "array_compact"
        | "array_distinct"
        | "strtok_to_array"
        | "range"
        | "generate_series"
        | "string_to_array"
        | "regexp_split_to_array"
        | "regexp_extract_all"
        | "array_slice" => Type::Array,
        "object_construct" | "object_agg" | "object_construct_keep_null" | "struct_pack" | "row" | "map" => {
            Type::Object
        }
        "coalesce" | "nvl" | "ifnull" => types.iter().copied().fold(Type::Null, Type::or),
        "greatest" | "least" => types.iter().copied().reduce(Type::or).unwrap_or_default(),
        "nullif" | "min" | "max" | "any_value" | "first_value" | "last_value" | "lag" | "lead" | "nth_value"
        | "mode" | "max_by" | "min_by" | "arg_max" | "arg_min" | "first" | "last" | "zeroifnull" | "nullifzero" => {
            first
        }
        "iff" | "if" => match types {
            [_, one, two] => one.or(*two),
            _ => Type::Unknown,
        },
        _ => Type::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_aggregates_has_no_name_twice() {
        let mut names = AGGREGATES.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), AGGREGATES.len());
        assert!(is_aggregate("listagg") && !is_aggregate("lag"));
    }

    #[test]
    fn a_value_of_several_has_their_common_type() {
        let of = |name, types: &[Type]| result(name, types, Dialect::Snowflake);
        assert_eq!(of("coalesce", &[Type::Null, Type::Date]), Type::Date);
        assert_eq!(of("coalesce", &[Type::Number, Type::Text]), Type::Unknown);
        assert_eq!(of("iff", &[Type::Boolean, Type::Date, Type::Timestamp]), Type::Timestamp);
    }
}
