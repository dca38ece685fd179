//! A table, view or CTE by name: what `{{ ref() }}`, `{{ source() }}` and `{{ this }}` are, and how they are written.
//!
//! dbt: the names and rules are those of its relation class, since templates call them.

use std::fmt;
use std::hash::{Hash, Hasher};

use super::Dialect;

/// What a relation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RelationKind {
    /// A table.
    Table,
    /// A view.
    View,
    /// A common table expression.
    Cte,
    /// A materialized view.
    MaterializedView,
    /// A model that is only text inside others.
    Ephemeral,
    /// Something that dbt did not make.
    External,
    /// A pointer table.
    PointerTable,
    /// A function.
    Function,
    /// A dynamic table.
    DynamicTable,
}

impl RelationKind {
    /// dbt's word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::View => "view",
            Self::Cte => "cte",
            Self::MaterializedView => "materialized_view",
            Self::Ephemeral => "ephemeral",
            Self::External => "external",
            Self::PointerTable => "pointer_table",
            Self::Function => "function",
            Self::DynamicTable => "dynamic_table",
        }
    }

    /// The kind of a word of dbt's.
    pub fn parse(name: &str) -> Option<Self> {
        [
            Self::Table,
            Self::View,
            Self::Cte,
            Self::MaterializedView,
            Self::Ephemeral,
            Self::External,
            Self::PointerTable,
            Self::Function,
            Self::DynamicTable,
        ]
        .into_iter()
        .find(|kind| kind.name() == name)
    }
}

impl fmt::Display for RelationKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A part of a relation's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// The database.
    Database,
    /// The schema.
    Schema,
    /// The name itself.
    Identifier,
}

impl Part {
    /// All parts, in writing order.
    pub const ALL: [Self; 3] = [Self::Database, Self::Schema, Self::Identifier];
}

/// One truth value for each part of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Policy {
    /// For the database.
    pub database: bool,
    /// For the schema.
    pub schema: bool,
    /// For the name itself.
    pub identifier: bool,
}

impl Policy {
    /// True for every part.
    pub const ALL: Self = Self { database: true, schema: true, identifier: true };

    /// The value for a part.
    pub fn get(self, part: Part) -> bool {
        match part {
            Part::Database => self.database,
            Part::Schema => self.schema,
            Part::Identifier => self.identifier,
        }
    }

    /// The policy with the values that are given.
    #[must_use]
    pub fn with(self, database: Option<bool>, schema: Option<bool>, identifier: Option<bool>) -> Self {
        Self {
            database: database.unwrap_or(self.database),
            schema: schema.unwrap_or(self.schema),
            identifier: identifier.unwrap_or(self.identifier),
        }
    }
}

/// The parts of a relation's name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RelationPath {
    /// The database.
    pub database: Option<String>,
    /// The schema.
    pub schema: Option<String>,
    /// The name itself.
    pub identifier: Option<String>,
}

impl RelationPath {
    /// The text of a part.
    pub fn get(&self, part: Part) -> Option<&str> {
        match part {
            Part::Database => self.database.as_deref(),
            Part::Schema => self.schema.as_deref(),
            Part::Identifier => self.identifier.as_deref(),
        }
    }
}

/// The rows of a time span, for microbatches and samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventTimeFilter {
    /// The column.
    pub field_name: String,
    /// From this time on, as Python prints it (`2024-01-01 00:00:00+00:00`).
    pub start: Option<String>,
    /// Before this time.
    pub end: Option<String>,
}

impl EventTimeFilter {
    /// The condition; empty where neither end is given.
    pub fn condition(&self) -> String {
        let field = &self.field_name;
        match (&self.start, &self.end) {
            (Some(start), Some(end)) => format!("{field} >= '{start}' and {field} < '{end}'"),
            (Some(start), None) => format!("{field} >= '{start}'"),
            (None, Some(end)) => format!("{field} < '{end}'"),
            (None, None) => String::new(),
        }
    }
}

/// What a new relation may state beside its name.
#[derive(Debug, Clone, Default)]
pub struct CreateRelation {
    /// The database.
    pub database: Option<String>,
    /// The schema.
    pub schema: Option<String>,
    /// The name itself.
    pub identifier: Option<String>,
    /// What it is.
    pub kind: Option<RelationKind>,
    /// Which parts are quoted; the dialect's way where `None`.
    pub quote_policy: Option<Policy>,
}

/// What `incorporate` changes; `None` keeps, and for the path `Some(None)` removes.
#[derive(Debug, Clone, Default)]
pub struct RelationPatch {
    /// The database.
    pub database: Option<Option<String>>,
    /// The schema.
    pub schema: Option<Option<String>>,
    /// The name itself.
    pub identifier: Option<Option<String>>,
    /// What it is.
    pub kind: Option<RelationKind>,
    /// Which parts are quoted.
    pub quote: [Option<bool>; 3],
    /// Which parts are written.
    pub include: [Option<bool>; 3],
    /// How many rows a reader gets.
    pub limit: Option<u64>,
}

/// Why `matches` has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MatchError {
    /// No part was given.
    NothingToMatch,
    /// The names are equal but for their case.
    Approximate {
        /// The name that was looked for.
        target: String,
        /// The relation that was found.
        relation: String,
    },
}

impl fmt::Display for MatchError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingToMatch => {
                formatter.write_str("a relation was to be matched, but no part of a name was given")
            }
            Self::Approximate { target, relation } => write!(
                formatter,
                "`{target}` was looked for and only `{relation}` was found, which differs in case or quoting; \
                 drop or rename the existing one, or change the quoting"
            ),
        }
    }
}

impl std::error::Error for MatchError {}

/// A table, view or CTE by name.
#[derive(Debug, Clone, PartialEq)]
pub struct Relation {
    /// The parts of the name.
    pub path: RelationPath,
    /// What it is, where known.
    pub kind: Option<RelationKind>,
    /// Which parts are quoted.
    pub quote_policy: Policy,
    /// Which parts are written.
    pub include_policy: Policy,
    /// How it is written.
    pub dialect: &'static Dialect,
    /// Whether we made it ourselves, so that case does not matter where the name is not quoted.
    pub dbt_created: bool,
    /// How many rows a reader gets (`--empty` gives 0).
    pub limit: Option<u64>,
    /// Which rows a reader gets.
    pub event_time_filter: Option<EventTimeFilter>,
    /// The text that stands for it, where it is read from outside (`read_parquet('...')`).
    pub external: Option<String>,
    /// The view of an information schema; `Some` makes this relation an information schema.
    pub information_schema_view: Option<Option<String>>,
}

impl Relation {
    /// A relation by name, with the dialect's quoting.
    pub fn new(
        dialect: &'static Dialect,
        database: Option<&str>,
        schema: Option<&str>,
        identifier: Option<&str>,
    ) -> Self {
        Self::create(
            dialect,
            CreateRelation {
                database: database.map(str::to_owned),
                schema: schema.map(str::to_owned),
                identifier: identifier.map(str::to_owned),
                ..CreateRelation::default()
            },
        )
    }

    /// A relation (`api.Relation.create`).
    pub fn create(dialect: &'static Dialect, parts: CreateRelation) -> Self {
        Self {
            path: RelationPath { database: parts.database, schema: parts.schema, identifier: parts.identifier },
            kind: parts.kind,
            quote_policy: parts.quote_policy.unwrap_or(dialect.quote_policy),
            include_policy: Policy::ALL,
            dialect,
            dbt_created: false,
            limit: None,
            event_time_filter: None,
            external: None,
            information_schema_view: None,
        }
    }

    /// The CTE that stands for an ephemeral model.
    pub fn ephemeral(dialect: &'static Dialect, identifier: &str) -> Self {
        let mut relation = Self::new(dialect, None, None, Some(&format!("__dbt__cte__{identifier}")));
        relation.kind = Some(RelationKind::Cte);
        relation.quote(None, None, Some(false))
    }

    /// The database.
    pub fn database(&self) -> Option<&str> {
        self.path.database.as_deref()
    }

    /// The schema.
    pub fn schema(&self) -> Option<&str> {
        self.path.schema.as_deref()
    }

    /// The name itself; also `table` and `name` in templates.
    pub fn identifier(&self) -> Option<&str> {
        self.path.identifier.as_deref()
    }

    /// The relation with what the patch gives.
    #[must_use]
    pub fn incorporate(&self, patch: RelationPatch) -> Self {
        let mut relation = self.clone();
        if let Some(database) = patch.database {
            relation.path.database = database;
        }
        if let Some(schema) = patch.schema {
            relation.path.schema = schema;
        }
        if let Some(identifier) = patch.identifier {
            relation.path.identifier = identifier;
        }
        if let Some(kind) = patch.kind {
            relation.kind = Some(kind);
        }
        if let Some(limit) = patch.limit {
            relation.limit = Some(limit);
        }
        let [database, schema, identifier] = patch.quote;
        relation.quote_policy = relation.quote_policy.with(database, schema, identifier);
        let [database, schema, identifier] = patch.include;
        relation.include_policy = relation.include_policy.with(database, schema, identifier);
        relation
    }

    /// The relation with other parts of the name; `Some(None)` removes a part.
    #[must_use]
    pub fn replace_path(
        &self,
        database: Option<Option<String>>,
        schema: Option<Option<String>>,
        identifier: Option<Option<String>>,
    ) -> Self {
        self.incorporate(RelationPatch { database, schema, identifier, ..RelationPatch::default() })
    }

    /// The relation with another name in the same schema.
    #[must_use]
    pub fn renamed(&self, identifier: impl Into<String>) -> Self {
        self.replace_path(None, None, Some(Some(identifier.into())))
    }

    /// The relation of another kind.
    #[must_use]
    pub fn with_kind(&self, kind: RelationKind) -> Self {
        self.incorporate(RelationPatch { kind: Some(kind), ..RelationPatch::default() })
    }

    /// The relation with parts quoted or not.
    #[must_use]
    pub fn quote(&self, database: Option<bool>, schema: Option<bool>, identifier: Option<bool>) -> Self {
        self.incorporate(RelationPatch { quote: [database, schema, identifier], ..RelationPatch::default() })
    }

    /// The relation with parts written or not.
    #[must_use]
    pub fn include(&self, database: Option<bool>, schema: Option<bool>, identifier: Option<bool>) -> Self {
        self.incorporate(RelationPatch { include: [database, schema, identifier], ..RelationPatch::default() })
    }

    /// The database and schema alone.
    #[must_use]
    pub fn without_identifier(&self) -> Self {
        self.include(None, None, Some(false)).replace_path(None, None, Some(None))
    }

    /// The information schema of the relation's database, or one view of it.
    #[must_use]
    pub fn information_schema(&self, view: Option<&str>) -> Self {
        let mut relation = self.clone();
        relation.kind = Some(RelationKind::View);
        relation.path.schema = None;
        relation.path.identifier = Some("INFORMATION_SCHEMA".to_owned());
        relation.include_policy = Policy { database: self.path.database.is_some(), schema: false, identifier: true };
        relation.quote_policy.identifier = false;
        relation.limit = None;
        relation.event_time_filter = None;
        relation.external = None;
        relation.information_schema_view = Some(view.map(str::to_owned));
        relation
    }

    /// A name in quotes.
    pub fn quoted(&self, name: &str) -> String {
        self.dialect.quoted(name)
    }

    /// The name as SQL: the parts that are written, quoted where they are quoted.
    pub fn render(&self) -> String {
        if let Some(external) = &self.external {
            return external.clone();
        }
        let mut text = String::new();
        for part in Part::ALL {
            let Some(name) = self.path.get(part).filter(|_| self.include_policy.get(part)) else { continue };
            if !text.is_empty() {
                text.push('.');
            }
            if self.quote_policy.get(part) {
                text.push_str(&self.dialect.quoted(name));
            } else {
                text.push_str(name);
            }
        }
        if let Some(Some(view)) = &self.information_schema_view {
            text.push('.');
            text.push_str(view);
        }
        text
    }

    /// The name, or a subquery that yields the wanted number of rows.
    pub fn render_limited(&self) -> String {
        let name = self.render();
        let alias = self.subquery_alias("limit");
        match self.limit {
            None => name,
            Some(0) => format!("(select * from {name} where false limit 0){alias}"),
            Some(limit) => format!("(select * from {name} limit {limit}){alias}"),
        }
    }

    /// A subquery around `rendered` that yields the wanted time span.
    pub fn render_event_time_filtered(&self, rendered: Option<String>) -> String {
        let rendered = rendered.unwrap_or_else(|| self.render());
        match self.event_time_filter.as_ref().map(EventTimeFilter::condition) {
            Some(condition) if !condition.is_empty() => {
                format!("(select * from {rendered} where {condition}){}", self.subquery_alias("et_filter"))
            }
            _ => rendered,
        }
    }

    fn subquery_alias(&self, namespace: &str) -> String {
        if self.dialect.require_alias {
            format!(" _dbt_{namespace}_subq_{}", self.identifier().unwrap_or_default())
        } else {
            String::new()
        }
    }

    /// Whether the parts that are given are those of this relation.
    pub fn matches(
        &self,
        database: Option<&str>,
        schema: Option<&str>,
        identifier: Option<&str>,
    ) -> Result<bool, MatchError> {
        let wanted = [(Part::Database, database), (Part::Schema, schema), (Part::Identifier, identifier)];
        let mut given = wanted.iter().filter_map(|(part, value)| value.map(|value| (*part, value))).peekable();
        if given.peek().is_none() {
            return Err(MatchError::NothingToMatch);
        }
        let (mut exact, mut approximate) = (true, true);
        let quote = self.dialect.quote;
        for (part, value) in given {
            let own = self.path.get(part).unwrap_or_default();
            let caseless = self.dbt_created && !self.quote_policy.get(part);
            exact &= if caseless { own.to_lowercase() == value.to_lowercase() } else { own == value };
            approximate &= own.to_lowercase().trim_matches(quote) == value.to_lowercase().trim_matches(quote);
        }
        if approximate && !exact {
            let target = Self::new(self.dialect, database, schema, identifier);
            return Err(MatchError::Approximate { target: target.render(), relation: self.render() });
        }
        Ok(exact)
    }

    fn is(&self, kind: RelationKind) -> bool {
        self.kind == Some(kind)
    }

    /// Whether it is a table.
    pub fn is_table(&self) -> bool {
        self.is(RelationKind::Table)
    }

    /// Whether it is a view.
    pub fn is_view(&self) -> bool {
        self.is(RelationKind::View)
    }

    /// Whether it is a common table expression.
    pub fn is_cte(&self) -> bool {
        self.is(RelationKind::Cte)
    }

    /// Whether it is a materialized view.
    pub fn is_materialized_view(&self) -> bool {
        self.is(RelationKind::MaterializedView)
    }

    /// Whether it is a pointer table.
    pub fn is_pointer(&self) -> bool {
        self.is(RelationKind::PointerTable)
    }

    /// Whether it is a function.
    pub fn is_function(&self) -> bool {
        self.is(RelationKind::Function)
    }

    /// Whether it is a dynamic table.
    pub fn is_dynamic_table(&self) -> bool {
        self.is(RelationKind::DynamicTable)
    }

    /// Whether the warehouse can rename such a thing, so that a replacement can be built aside.
    pub fn can_be_renamed(&self) -> bool {
        self.kind.is_some_and(|kind| self.dialect.renameable.contains(&kind))
    }

    /// Whether the warehouse can replace such a thing in one step.
    pub fn can_be_replaced(&self) -> bool {
        self.kind.is_some_and(|kind| self.dialect.replaceable.contains(&kind))
    }
}

impl fmt::Display for Relation {
    /// What `{{ relation }}` writes: the name, or the subquery that limits it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_function() || (self.limit.is_none() && self.event_time_filter.is_none()) {
            return formatter.write_str(&self.render());
        }
        // dbt: the time filter is put around the limit, since a limited read is about speed.
        formatter.write_str(&self.render_event_time_filtered(Some(self.render_limited())))
    }
}

impl Eq for Relation {}

impl Hash for Relation {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.render().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orders() -> Relation {
        Relation::new(&Dialect::DUCKDB, Some("dev"), Some("main"), Some("Orders"))
    }

    #[test]
    fn names_are_written_by_policy() {
        assert_eq!(orders().to_string(), r#""dev"."main"."Orders""#);
        assert_eq!(orders().include(Some(false), None, None).to_string(), r#""main"."Orders""#);
        assert_eq!(orders().quote(Some(false), Some(false), Some(false)).to_string(), "dev.main.Orders");
        assert_eq!(orders().without_identifier().to_string(), r#""dev"."main""#);
        assert_eq!(orders().information_schema(Some("columns")).to_string(), r#""dev".INFORMATION_SCHEMA.columns"#);
        assert_eq!(orders().information_schema(None).to_string(), r#""dev".INFORMATION_SCHEMA"#);
        assert_eq!(Relation::ephemeral(&Dialect::DUCKDB, "base").to_string(), "__dbt__cte__base");
        let snowflake = Relation::new(&Dialect::SNOWFLAKE, Some("DEV"), Some("MAIN"), Some("ORDERS"));
        assert_eq!(snowflake.to_string(), "DEV.MAIN.ORDERS");
        assert_eq!(Relation::new(&Dialect::DUCKDB, None, None, None).render(), "");
    }

    #[test]
    fn limits_and_time_spans_are_subqueries() {
        let mut relation = orders();
        relation.limit = Some(0);
        assert_eq!(relation.to_string(), r#"(select * from "dev"."main"."Orders" where false limit 0)"#);
        relation.event_time_filter = Some(EventTimeFilter {
            field_name: "at".to_owned(),
            start: Some("2024-01-01 00:00:00+00:00".to_owned()),
            end: None,
        });
        assert_eq!(
            relation.to_string(),
            "(select * from (select * from \"dev\".\"main\".\"Orders\" where false limit 0) \
             where at >= '2024-01-01 00:00:00+00:00')"
        );
    }

    #[test]
    fn matching_minds_case() {
        assert_eq!(orders().matches(Some("dev"), Some("main"), Some("Orders")), Ok(true));
        assert_eq!(orders().matches(None, None, Some("other")), Ok(false));
        assert!(matches!(orders().matches(None, None, Some("orders")), Err(MatchError::Approximate { .. })));
        assert_eq!(orders().matches(None, None, None), Err(MatchError::NothingToMatch));
        let mut ours = orders().quote(None, None, Some(false));
        ours.dbt_created = true;
        assert_eq!(ours.matches(None, None, Some("orders")), Ok(true));
    }

    #[test]
    fn paths_can_lose_a_part() {
        let relation = orders().replace_path(Some(None), None, Some(Some("x".to_owned())));
        assert_eq!(relation.to_string(), r#""main"."x""#);
        assert_eq!(relation.renamed("y").with_kind(RelationKind::View).kind, Some(RelationKind::View));
    }
}
