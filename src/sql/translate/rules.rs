//! The allow-list of plain functions: what each takes, what it gives, and what it is on the engine.
//!
//! A function that is neither here nor in `call`, `date`, `aggregate` or `window` is refused.

use super::kind::Kind;

/// One function with one number of arguments.
pub(super) struct Rule {
    /// Snowflake's name, upper case.
    pub(super) name: &'static str,
    /// A letter for each argument: `t` text, `n` number, `i` whole number, `b` boolean, `m` date or timestamp, `j` JSON,
    /// `v` anything as VARIANT, `a` anything as it is, `u` anything, brought to one type with the others of this letter.
    pub(super) takes: &'static str,
    /// What it gives.
    pub(super) gives: Gives,
    /// The engine's SQL; `{0}` is the first argument.
    pub(super) sql: &'static str,
}

/// The type of a function's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gives {
    /// Always this one.
    One(Kind),
    /// That of the argument at this place.
    Of(usize),
    /// The one that the `u` arguments were brought to.
    United,
}

const T: Gives = Gives::One(Kind::Text);
const I: Gives = Gives::One(Kind::Integer);
const F: Gives = Gives::One(Kind::Float);
const B: Gives = Gives::One(Kind::Boolean);
const V: Gives = Gives::One(Kind::Variant);
const A: Gives = Gives::One(Kind::Array);
const O: Gives = Gives::One(Kind::Object);
const X: Gives = Gives::One(Kind::Binary);
const U: Gives = Gives::United;

const fn rule(name: &'static str, takes: &'static str, gives: Gives, sql: &'static str) -> Rule {
    Rule { name, takes, gives, sql }
}

/// The functions, by subject.
pub(super) const RULES: &[Rule] = &[
    // Conditions.
    rule("NVL2", "auu", U, "CASE WHEN {0} IS NOT NULL THEN {1} ELSE {2} END"),
    rule("IFF", "buu", U, "CASE WHEN {0} THEN {1} ELSE {2} END"),
    rule("ZEROIFNULL", "n", Gives::Of(0), "coalesce({0}, 0)"),
    rule("NULLIFZERO", "n", Gives::Of(0), "nullif({0}, 0)"),
    // Texts.
    rule("UPPER", "t", T, "upper({0})"),
    rule("LOWER", "t", T, "lower({0})"),
    rule("INITCAP", "t", T, "snowflake_sql.initcap({0})"),
    rule("INITCAP", "tt", T, "snowflake_sql.initcap_after({0}, {1})"),
    rule("LENGTH", "t", I, "length({0})"),
    rule("LEN", "t", I, "length({0})"),
    rule("OCTET_LENGTH", "t", I, "strlen({0})"),
    rule("BIT_LENGTH", "t", I, "strlen({0}) * 8"),
    rule("REVERSE", "t", T, "reverse({0})"),
    rule("REPEAT", "ti", T, "repeat({0}, {1})"),
    rule("SPACE", "i", T, "repeat(' ', {0})"),
    rule("LEFT", "ti", T, "substr({0}, 1, greatest({1}, 0))"),
    rule("RIGHT", "ti", T, "right({0}, greatest({1}, 0))"),
    rule("LTRIM", "t", T, "ltrim({0}, ' ')"),
    rule("RTRIM", "t", T, "rtrim({0}, ' ')"),
    rule("TRIM", "t", T, "trim({0}, ' ')"),
    rule("LTRIM", "tt", T, "ltrim({0}, {1})"),
    rule("RTRIM", "tt", T, "rtrim({0}, {1})"),
    rule("TRIM", "tt", T, "trim({0}, {1})"),
    rule("LPAD", "tit", T, "snowflake_sql.lpad({0}, {1}, {2})"),
    rule("RPAD", "tit", T, "snowflake_sql.rpad({0}, {1}, {2})"),
    rule("LPAD", "ti", T, "snowflake_sql.lpad({0}, {1}, ' ')"),
    rule("RPAD", "ti", T, "snowflake_sql.rpad({0}, {1}, ' ')"),
    rule("REPLACE", "ttt", T, "snowflake_sql.replace_text({0}, {1}, {2})"),
    rule("REPLACE", "tt", T, "snowflake_sql.replace_text({0}, {1}, '')"),
    rule("TRANSLATE", "ttt", T, "translate({0}, {1}, {2})"),
    rule("CHARINDEX", "tt", I, "instr({1}, {0})"),
    rule("POSITION", "tt", I, "instr({1}, {0})"),
    rule("CHARINDEX", "tti", I, "snowflake_sql.position_from({0}, {1}, {2})"),
    rule("POSITION", "tti", I, "snowflake_sql.position_from({0}, {1}, {2})"),
    rule("CONTAINS", "tt", B, "contains({0}, {1})"),
    rule("STARTSWITH", "tt", B, "starts_with({0}, {1})"),
    rule("ENDSWITH", "tt", B, "ends_with({0}, {1})"),
    rule("SPLIT_PART", "tti", T, "snowflake_sql.split_part({0}, {1}, {2})"),
    rule("SPLIT", "tt", A, "to_json(snowflake_sql.parts({0}, {1}))"),
    rule("STRTOK", "t", T, "snowflake_sql.token({0}, ' ', 1)"),
    rule("STRTOK", "tt", T, "snowflake_sql.token({0}, {1}, 1)"),
    rule("STRTOK", "tti", T, "snowflake_sql.token({0}, {1}, {2})"),
    rule("STRTOK_TO_ARRAY", "t", A, "to_json(snowflake_sql.tokens({0}, ' '))"),
    rule("STRTOK_TO_ARRAY", "tt", A, "to_json(snowflake_sql.tokens({0}, {1}))"),
    rule("INSERT", "tiit", T, "snowflake_sql.insert_text({0}, {1}, {2}, {3})"),
    rule("ASCII", "t", I, "coalesce(ascii(nullif({0}, '')), CASE WHEN {0} IS NOT NULL THEN 0 END)"),
    rule("UNICODE", "t", I, "coalesce(unicode(nullif({0}, '')), CASE WHEN {0} IS NOT NULL THEN 0 END)"),
    rule("CHR", "i", T, "chr(CAST({0} AS INTEGER))"),
    rule("CHAR", "i", T, "chr(CAST({0} AS INTEGER))"),
    rule("EDITDISTANCE", "tt", I, "levenshtein({0}, {1})"),
    rule("EDITDISTANCE", "tti", I, "least(levenshtein({0}, {1}), {2})"),
    rule(
        "JAROWINKLER_SIMILARITY",
        "tt",
        I,
        "CAST(floor(jaro_winkler_similarity(lower({0}), lower({1})) * 100) AS BIGINT)",
    ),
    rule("MD5", "t", T, "md5({0})"),
    rule("MD5_HEX", "t", T, "md5({0})"),
    rule("SHA1", "t", T, "sha1({0})"),
    rule("SHA1_HEX", "t", T, "sha1({0})"),
    rule("SHA2", "t", T, "sha256({0})"),
    rule("SHA2_HEX", "t", T, "sha256({0})"),
    rule("HEX_ENCODE", "t", T, "hex(encode({0}))"),
    rule("HEX_DECODE_STRING", "t", T, "decode(unhex({0}))"),
    rule("BASE64_ENCODE", "t", T, "base64(encode({0}))"),
    rule("BASE64_DECODE_STRING", "t", T, "decode(from_base64({0}))"),
    rule("MD5_BINARY", "t", X, "unhex(md5({0}))"),
    rule("SHA1_BINARY", "t", X, "unhex(sha1({0}))"),
    rule("SHA2_BINARY", "t", X, "unhex(sha256({0}))"),
    rule("TO_BINARY", "t", X, "unhex({0})"),
    rule("UUID_STRING", "", T, "CAST(uuid() AS VARCHAR)"),
    rule("PARSE_URL", "t", O, "snowflake_sql.parse_url({0})"),
    // Numbers.
    rule("ABS", "n", Gives::Of(0), "abs({0})"),
    rule("SIGN", "n", I, "CAST(sign({0}) AS BIGINT)"),
    rule("SQRT", "n", F, "sqrt(CAST({0} AS DOUBLE))"),
    rule("CBRT", "n", F, "cbrt(CAST({0} AS DOUBLE))"),
    rule("SQUARE", "n", F, "pow(CAST({0} AS DOUBLE), 2)"),
    rule("POWER", "nn", F, "pow(CAST({0} AS DOUBLE), CAST({1} AS DOUBLE))"),
    rule("POW", "nn", F, "pow(CAST({0} AS DOUBLE), CAST({1} AS DOUBLE))"),
    rule("EXP", "n", F, "exp(CAST({0} AS DOUBLE))"),
    rule("LN", "n", F, "ln(CAST({0} AS DOUBLE))"),
    rule("LOG", "nn", F, "ln(CAST({1} AS DOUBLE)) / ln(CAST({0} AS DOUBLE))"),
    rule("SIN", "n", F, "sin(CAST({0} AS DOUBLE))"),
    rule("COS", "n", F, "cos(CAST({0} AS DOUBLE))"),
    rule("TAN", "n", F, "tan(CAST({0} AS DOUBLE))"),
    rule("COT", "n", F, "cot(CAST({0} AS DOUBLE))"),
    rule("ASIN", "n", F, "asin(CAST({0} AS DOUBLE))"),
    rule("ACOS", "n", F, "acos(CAST({0} AS DOUBLE))"),
    rule("ATAN", "n", F, "atan(CAST({0} AS DOUBLE))"),
    rule("ATAN2", "nn", F, "atan2(CAST({0} AS DOUBLE), CAST({1} AS DOUBLE))"),
    rule("SINH", "n", F, "sinh(CAST({0} AS DOUBLE))"),
    rule("COSH", "n", F, "cosh(CAST({0} AS DOUBLE))"),
    rule("TANH", "n", F, "tanh(CAST({0} AS DOUBLE))"),
    rule("ASINH", "n", F, "asinh(CAST({0} AS DOUBLE))"),
    rule("ACOSH", "n", F, "acosh(CAST({0} AS DOUBLE))"),
    rule("ATANH", "n", F, "atanh(CAST({0} AS DOUBLE))"),
    rule("DEGREES", "n", F, "degrees(CAST({0} AS DOUBLE))"),
    rule("RADIANS", "n", F, "radians(CAST({0} AS DOUBLE))"),
    rule("PI", "", F, "pi()"),
    rule("FACTORIAL", "i", I, "factorial(CAST({0} AS INTEGER))"),
    rule("MOD", "nn", Gives::Of(0), "{0} % {1}"),
    rule("BITAND", "ii", I, "CAST({0} AS BIGINT) & CAST({1} AS BIGINT)"),
    rule("BITOR", "ii", I, "CAST({0} AS BIGINT) | CAST({1} AS BIGINT)"),
    rule("BITXOR", "ii", I, "xor(CAST({0} AS BIGINT), CAST({1} AS BIGINT))"),
    rule("BITNOT", "i", I, "~CAST({0} AS BIGINT)"),
    rule("BITSHIFTLEFT", "ii", I, "CAST({0} AS BIGINT) << CAST({1} AS BIGINT)"),
    rule("BITSHIFTRIGHT", "ii", I, "CAST({0} AS BIGINT) >> CAST({1} AS BIGINT)"),
    rule("WIDTH_BUCKET", "nnni", I, "snowflake_sql.width_bucket({0}, {1}, {2}, {3})"),
    rule(
        "HAVERSINE",
        "nnnn",
        F,
        "snowflake_sql.haversine(CAST({0} AS DOUBLE), CAST({1} AS DOUBLE), CAST({2} AS DOUBLE), CAST({3} AS DOUBLE))",
    ),
    // Moments.
    rule("CURRENT_DATE", "", Gives::One(Kind::Date), "current_date"),
    rule("CURRENT_TIMESTAMP", "", Gives::One(Kind::Instant), "now()"),
    rule("CURRENT_TIMESTAMP", "i", Gives::One(Kind::Instant), "now()"),
    rule("LOCALTIMESTAMP", "", Gives::One(Kind::Instant), "now()"),
    rule("GETDATE", "", Gives::One(Kind::Instant), "now()"),
    rule("SYSTIMESTAMP", "", Gives::One(Kind::Instant), "now()"),
    // The engine's own word, from macros that ask for its clock.
    rule("NOW", "", Gives::One(Kind::Instant), "now()"),
    rule("CURRENT_DATABASE", "", T, "current_database()"),
    rule("CURRENT_SCHEMA", "", T, "current_schema()"),
    rule("SYSDATE", "", Gives::One(Kind::Local), "timezone('UTC', now())"),
    rule("CURRENT_TIME", "", Gives::One(Kind::Time), "CAST(timezone('UTC', now()) AS TIME)"),
    rule("DATE_FROM_PARTS", "iii", Gives::One(Kind::Date), "snowflake_sql.date_from_parts({0}, {1}, {2})"),
    rule("DATEFROMPARTS", "iii", Gives::One(Kind::Date), "snowflake_sql.date_from_parts({0}, {1}, {2})"),
    rule(
        "TIMESTAMP_FROM_PARTS",
        "iiiiii",
        Gives::One(Kind::Local),
        "snowflake_sql.timestamp_from_parts({0}, {1}, {2}, {3}, {4}, {5})",
    ),
    rule(
        "TIMESTAMP_NTZ_FROM_PARTS",
        "iiiiii",
        Gives::One(Kind::Local),
        "snowflake_sql.timestamp_from_parts({0}, {1}, {2}, {3}, {4}, {5})",
    ),
    rule("TIME_FROM_PARTS", "iii", Gives::One(Kind::Time), "snowflake_sql.time_from_parts({0}, {1}, {2})"),
    rule("TIMEFROMPARTS", "iii", Gives::One(Kind::Time), "snowflake_sql.time_from_parts({0}, {1}, {2})"),
    // VARIANT, ARRAY and OBJECT.
    rule("PARSE_JSON", "t", V, "snowflake_sql.parse_json({0})"),
    rule("TRY_PARSE_JSON", "t", V, "snowflake_sql.try_parse_json({0})"),
    rule("CHECK_JSON", "t", T, "snowflake_sql.check_json({0})"),
    rule("TO_JSON", "j", T, "CAST({0} AS VARCHAR)"),
    rule("TO_VARIANT", "v", V, "{0}"),
    rule("TO_ARRAY", "v", A, "snowflake_sql.to_array({0})"),
    rule("TO_OBJECT", "j", O, "snowflake_sql.to_object({0})"),
    rule("GET_PATH", "jt", V, "snowflake_sql.path({0}, {1})"),
    rule("STRIP_NULL_VALUE", "j", V, "CASE WHEN json_type({0}) <> 'NULL' THEN {0} END"),
    rule("IS_NULL_VALUE", "j", B, "json_type({0}) = 'NULL'"),
    rule("IS_ARRAY", "j", B, "json_type({0}) = 'ARRAY'"),
    rule("IS_OBJECT", "j", B, "json_type({0}) = 'OBJECT'"),
    rule("IS_BOOLEAN", "j", B, "json_type({0}) = 'BOOLEAN'"),
    rule("IS_VARCHAR", "j", B, "json_type({0}) = 'VARCHAR'"),
    rule("IS_CHAR", "j", B, "json_type({0}) = 'VARCHAR'"),
    rule("IS_INTEGER", "j", B, "json_type({0}) IN ('BIGINT', 'UBIGINT')"),
    rule("IS_DECIMAL", "j", B, "json_type({0}) IN ('BIGINT', 'UBIGINT', 'DOUBLE')"),
    rule("IS_DOUBLE", "j", B, "json_type({0}) IN ('BIGINT', 'UBIGINT', 'DOUBLE')"),
    rule("IS_REAL", "j", B, "json_type({0}) IN ('BIGINT', 'UBIGINT', 'DOUBLE')"),
    rule("TYPEOF", "j", T, "snowflake_sql.type_of({0})"),
    rule("AS_VARCHAR", "j", T, "CASE WHEN json_type({0}) = 'VARCHAR' THEN json_extract_string({0}, '$') END"),
    rule("AS_CHAR", "j", T, "CASE WHEN json_type({0}) = 'VARCHAR' THEN json_extract_string({0}, '$') END"),
    rule(
        "AS_INTEGER",
        "j",
        I,
        "CASE WHEN json_type({0}) IN ('BIGINT', 'UBIGINT') THEN CAST(json_extract_string({0}, '$') AS BIGINT) END",
    ),
    rule(
        "AS_DOUBLE",
        "j",
        F,
        "CASE WHEN json_type({0}) IN ('BIGINT', 'UBIGINT', 'DOUBLE') THEN CAST(json_extract_string({0}, '$') AS DOUBLE) END",
    ),
    rule(
        "AS_BOOLEAN",
        "j",
        B,
        "CASE WHEN json_type({0}) = 'BOOLEAN' THEN CAST(json_extract_string({0}, '$') AS BOOLEAN) END",
    ),
    rule("AS_ARRAY", "j", A, "CASE WHEN json_type({0}) = 'ARRAY' THEN {0} END"),
    rule("AS_OBJECT", "j", O, "CASE WHEN json_type({0}) = 'OBJECT' THEN {0} END"),
    rule("ARRAY_SIZE", "j", I, "CASE WHEN json_type({0}) = 'ARRAY' THEN CAST(json_array_length({0}) AS BIGINT) END"),
    rule("ARRAY_CONTAINS", "vj", B, "list_contains(snowflake_sql.items({1}), snowflake_sql.minified({0}))"),
    rule("ARRAY_POSITION", "vj", I, "list_position(snowflake_sql.items({1}), snowflake_sql.minified({0})) - 1"),
    rule("ARRAY_APPEND", "jv", A, "to_json(list_append(snowflake_sql.items({0}), {1}))"),
    rule("ARRAY_PREPEND", "jv", A, "to_json(list_prepend({1}, snowflake_sql.items({0})))"),
    rule("ARRAY_CAT", "jj", A, "to_json(list_concat(snowflake_sql.items({0}), snowflake_sql.items({1})))"),
    rule("ARRAY_SLICE", "jii", A, "snowflake_sql.array_slice({0}, {1}, {2})"),
    rule("ARRAY_TO_STRING", "jt", T, "snowflake_sql.array_to_string({0}, {1})"),
    rule("ARRAY_DISTINCT", "j", A, "to_json(snowflake_sql.distinct_items({0}))"),
    rule("ARRAY_COMPACT", "j", A, "to_json(list_filter(snowflake_sql.items({0}), lambda item: item IS NOT NULL))"),
    rule("ARRAY_REVERSE", "j", A, "to_json(list_reverse(snowflake_sql.items({0})))"),
    rule(
        "ARRAY_FLATTEN",
        "j",
        A,
        "to_json(flatten(list_transform(snowflake_sql.items({0}), lambda item: CAST(item AS JSON[]))))",
    ),
    rule("ARRAY_INTERSECTION", "jj", A, "to_json(snowflake_sql.common_items({0}, {1}))"),
    rule("ARRAYS_OVERLAP", "jj", B, "list_has_any(snowflake_sql.items({0}), snowflake_sql.items({1}))"),
    rule(
        "ARRAY_REMOVE",
        "jv",
        A,
        "to_json(list_filter(snowflake_sql.items({0}), lambda item: item <> snowflake_sql.minified({1})))",
    ),
    rule("ARRAY_REMOVE_AT", "ji", A, "snowflake_sql.array_remove_at({0}, {1})"),
    rule("ARRAY_INSERT", "jiv", A, "snowflake_sql.array_insert({0}, {1}, {2})"),
    rule(
        "ARRAY_MAX",
        "j",
        V,
        "CAST(list_max(list_transform(snowflake_sql.items({0}), lambda item: CAST(item AS VARIANT))) AS JSON)",
    ),
    rule(
        "ARRAY_MIN",
        "j",
        V,
        "CAST(list_min(list_transform(snowflake_sql.items({0}), lambda item: CAST(item AS VARIANT))) AS JSON)",
    ),
    rule(
        "ARRAY_SORT",
        "j",
        A,
        "to_json(list_transform(list_sort(list_transform(snowflake_sql.items({0}), lambda item: CAST(item AS VARIANT)), 'ASC', 'NULLS LAST'), lambda item: CAST(item AS JSON)))",
    ),
    rule("ARRAY_EXCEPT", "jj", A, "to_json(snowflake_sql.other_items({0}, {1}))"),
    rule("ARRAY_GENERATE_RANGE", "ii", A, "to_json(range({0}, {1}))"),
    rule("ARRAY_GENERATE_RANGE", "iii", A, "to_json(range({0}, {1}, {2}))"),
    rule(
        "ARRAYS_TO_OBJECT",
        "jj",
        O,
        "snowflake_sql.object_of(list_transform(list_zip(snowflake_sql.items({0}), snowflake_sql.items({1})), lambda pair: {'key': json_extract_string(pair[1], '$'), 'value': pair[2]}))",
    ),
    rule("OBJECT_KEYS", "j", A, "to_json(list_sort(json_keys({0})))"),
    rule("OBJECT_INSERT", "jtv", O, "snowflake_sql.object_insert({0}, {1}, {2}, FALSE)"),
    rule("OBJECT_INSERT", "jtvb", O, "snowflake_sql.object_insert({0}, {1}, {2}, {3})"),
];
