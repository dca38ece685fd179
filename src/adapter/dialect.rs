//! What a warehouse's SQL is like: data, not code.

use super::{Policy, RelationKind};

/// What the warehouse does with names that are not quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Casing {
    /// Makes them lower case.
    Lower,
    /// Makes them upper case.
    Upper,
    /// Keeps them, and compares without regard to case.
    Keep,
}

/// How the types of columns are sorted and written.
#[derive(Debug, PartialEq, Eq)]
pub struct ColumnRules {
    /// Text types.
    pub strings: &'static [&'static str],
    /// Integer types.
    pub integers: &'static [&'static str],
    /// Exact types with precision and scale.
    pub numerics: &'static [&'static str],
    /// Inexact types.
    pub floats: &'static [&'static str],
    /// The size of a text column that states none.
    pub string_size: u64,
    /// Whether a text column can grow.
    pub expands: bool,
    /// Names that `translate_type` replaces (upper case, replacement).
    pub labels: &'static [(&'static str, &'static str)],
}

/// The types that a seed's columns get when the project declares none.
#[derive(Debug, PartialEq, Eq)]
pub struct SeedTypes {
    /// Text.
    pub text: &'static str,
    /// Whole numbers.
    pub integer: &'static str,
    /// Numbers with decimals.
    pub number: &'static str,
    /// True and false.
    pub boolean: &'static str,
    /// A date with a time.
    pub timestamp: &'static str,
    /// A date.
    pub date: &'static str,
    /// A time of day.
    pub time: &'static str,
}

/// The facts of one warehouse's SQL.
#[derive(Debug, PartialEq, Eq)]
pub struct Dialect {
    /// The adapter's type in a profile, and the prefix of its macros.
    pub name: &'static str,
    /// Prefixes that `adapter.dispatch` tries, in order, before `default`; the first is the type itself.
    pub dispatch: &'static [&'static str],
    /// What encloses a quoted name; doubled inside it.
    pub quote: char,
    /// What happens to names that are not quoted.
    pub casing: Casing,
    /// The longest name in characters, where there is a limit.
    pub max_identifier: Option<usize>,
    /// Which parts of a relation are quoted when nothing says otherwise.
    pub quote_policy: Policy,
    /// Whether a subquery in `from` needs an alias (`--empty`, event time filters).
    pub require_alias: bool,
    /// Kinds that can be renamed, so that a replacement can be built aside.
    pub renameable: &'static [RelationKind],
    /// Kinds that `create or replace` replaces in one step.
    pub replaceable: &'static [RelationKind],
    /// Strategies of incremental models.
    pub incremental_strategies: &'static [&'static str],
    /// Constraints that are stated and enforced; all others are stated at most.
    pub enforced_constraints: &'static [&'static str],
    /// Constraints that are accepted and not enforced.
    pub stated_constraints: &'static [&'static str],
    /// Capabilities in dbt's words that are fully supported.
    pub capabilities: &'static [&'static str],
    /// The types of columns.
    pub columns: ColumnRules,
    /// The types of seeds.
    pub seeds: SeedTypes,
    /// Whether the warehouse reads the file of a seed by itself, unless the seed's `fast` is off.
    pub reads_seed_files: bool,
    /// The expression for now (`adapter.date_function`).
    pub now: &'static str,
    /// Whether table definitions are part of transactions.
    pub transactional_ddl: bool,
    /// The database whose information schema tells of all databases; `None` where each has its own.
    pub system_database: Option<&'static str>,
    /// Whether raw files are copied by the warehouse itself, from a stage.
    pub copies_from_stages: bool,
    /// Whether `alter table .. rename to` takes a name with its schema.
    pub renames_by_path: bool,
    /// Whether listing the relations of a schema that is missing fails, so that no other statement need ask for it.
    pub lists_tell_missing: bool,
    /// Whether functions are not among the relations that a listing of a schema gives.
    pub lists_functions_apart: bool,
    /// Whether the columns of a seed are quoted when nothing says otherwise.
    pub quotes_seed_columns: bool,
    /// Whether a column's type as the warehouse describes it has a collation that belongs to it.
    pub collates: bool,
    /// The statement before a query that tells the columns of its result; empty where its own result tells them.
    pub describes: &'static str,
    /// The key of a node's configuration that names what computes it.
    pub warehouse_key: Option<&'static str>,
}

impl Dialect {
    /// The embedded engine.
    pub const DUCKDB: Self = Self {
        name: "duckdb",
        dispatch: &["duckdb"],
        quote: '"',
        casing: Casing::Keep,
        max_identifier: None,
        quote_policy: Policy { database: true, schema: true, identifier: true },
        require_alias: false,
        renameable: &[],
        replaceable: &[],
        incremental_strategies: &["append", "delete+insert", "merge", "microbatch"],
        enforced_constraints: &["check", "not_null", "unique", "primary_key", "foreign_key"],
        stated_constraints: &[],
        capabilities: &["SchemaMetadataByRelations", "MicrobatchConcurrency"],
        columns: ColumnRules {
            strings: &["text", "character varying", "character", "varchar", "string", "char", "bpchar", "nvarchar"],
            integers: &[
                "tinyint",
                "smallint",
                "integer",
                "bigint",
                "hugeint",
                "utinyint",
                "usmallint",
                "uinteger",
                "ubigint",
                "int1",
                "int2",
                "int4",
                "int8",
                "short",
                "int",
                "signed",
                "long",
                "smallserial",
                "serial",
                "bigserial",
            ],
            numerics: &["numeric", "decimal"],
            floats: &["real", "float", "float4", "float8", "double", "double precision"],
            string_size: 256,
            expands: false,
            labels: &[("STRING", "TEXT")],
        },
        seeds: SeedTypes {
            text: "text",
            integer: "integer",
            number: "float8",
            boolean: "boolean",
            timestamp: "timestamp without time zone",
            date: "date",
            time: "time",
        },
        reads_seed_files: true,
        now: "now()",
        transactional_ddl: true,
        system_database: Some("system"),
        copies_from_stages: false,
        renames_by_path: false,
        lists_tell_missing: false,
        lists_functions_apart: false,
        quotes_seed_columns: true,
        collates: false,
        describes: "describe ",
        warehouse_key: None,
    };

    /// Snowflake.
    pub const SNOWFLAKE: Self = Self {
        name: "snowflake",
        dispatch: &["snowflake"],
        quote: '"',
        casing: Casing::Upper,
        max_identifier: Some(255),
        quote_policy: Policy { database: false, schema: false, identifier: false },
        require_alias: false,
        renameable: &[RelationKind::Table, RelationKind::View, RelationKind::DynamicTable],
        replaceable: &[RelationKind::DynamicTable, RelationKind::Table, RelationKind::View],
        incremental_strategies: &["append", "insert_overwrite", "merge", "delete+insert", "microbatch"],
        enforced_constraints: &["not_null"],
        stated_constraints: &["unique", "primary_key", "foreign_key"],
        capabilities: &[
            "SchemaMetadataByRelations",
            "TableLastModifiedMetadata",
            "TableLastModifiedMetadataBatch",
            "GetCatalogForSingleRelation",
            "MicrobatchConcurrency",
        ],
        columns: ColumnRules {
            strings: &["text", "character varying", "character", "varchar", "string", "char", "nchar", "nvarchar"],
            // dbt: every integer is a NUMBER here, so none is an integer.
            integers: &[],
            numerics: &[
                "int", "integer", "bigint", "smallint", "tinyint", "byteint", "decimal", "numeric", "number", "fixed",
            ],
            floats: &["float", "float4", "float8", "double", "double precision", "real"],
            string_size: 16_777_216,
            expands: true,
            labels: &[],
        },
        seeds: SeedTypes {
            text: "text",
            integer: "integer",
            number: "float8",
            boolean: "boolean",
            timestamp: "timestamp without time zone",
            date: "date",
            time: "time",
        },
        reads_seed_files: false,
        now: "CURRENT_TIMESTAMP()",
        transactional_ddl: false,
        system_database: None,
        copies_from_stages: true,
        renames_by_path: true,
        lists_tell_missing: true,
        lists_functions_apart: true,
        quotes_seed_columns: false,
        collates: true,
        describes: "",
        warehouse_key: Some("snowflake_warehouse"),
    };

    /// The dialect of an adapter type.
    pub fn named(name: &str) -> Option<&'static Self> {
        match name {
            "duckdb" => Some(&Self::DUCKDB),
            "snowflake" => Some(&Self::SNOWFLAKE),
            _ => None,
        }
    }

    /// A quoted name; quotes inside it are doubled.
    pub fn quoted(&self, name: &str) -> String {
        let quote = self.quote;
        let doubled: String = [quote, quote].iter().collect();
        format!("{quote}{}{quote}", name.replace(quote, &doubled))
    }

    /// A text literal.
    pub fn literal(&self, text: &str) -> String {
        let text = if self.casing == Casing::Upper { text.replace('\\', "\\\\") } else { text.to_owned() };
        format!("'{}'", text.replace('\'', "''"))
    }

    /// Whether two names mean the same, each with the word whether it is quoted.
    pub fn same_name(&self, one: (&str, bool), other: (&str, bool)) -> bool {
        if self.casing == Casing::Keep {
            return one.0.eq_ignore_ascii_case(other.0);
        }
        let kept = |(name, quoted): (&str, bool)| if quoted { name.to_owned() } else { self.folded(name) };
        kept(one) == kept(other)
    }

    /// A name that is not quoted, as the warehouse keeps it.
    pub fn folded(&self, name: &str) -> String {
        match self.casing {
            Casing::Lower => name.to_lowercase(),
            Casing::Upper => name.to_uppercase(),
            Casing::Keep => name.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Dialect;

    #[test]
    fn quotes_are_doubled() {
        assert_eq!(Dialect::DUCKDB.quoted("a\"b"), "\"a\"\"b\"");
        assert_eq!(Dialect::DUCKDB.literal("it's \\n"), "'it''s \\n'");
        assert_eq!(Dialect::SNOWFLAKE.literal("it's \\n"), "'it''s \\\\n'");
        assert_eq!(Dialect::SNOWFLAKE.folded("Orders"), "ORDERS");
        assert!(Dialect::SNOWFLAKE.same_name(("Orders", false), ("ORDERS", true)));
        assert!(!Dialect::SNOWFLAKE.same_name(("Orders", true), ("ORDERS", true)));
        assert!(Dialect::DUCKDB.same_name(("Orders", true), ("ORDERS", true)));
    }
}
