//! Statements: queries, and what changes rows.

use sqlparser::ast::{
    Assignment, AssignmentTarget, CreateTable, CreateView, Delete, FromTable, Insert, Merge, MergeAction,
    MergeClauseKind, MergeInsertKind, MergeUpdateKind, ObjectName, ObjectType, SchemaName, Statement, TableFactor,
    TableObject, Update, UpdateTableFromKind,
};

use super::refusal::Result;
use super::scope::Scope;
use super::translator::Translator;

impl Translator<'_> {
    /// A statement.
    pub(super) fn statement(&mut self, statement: &Statement) -> Result<String> {
        match statement {
            Statement::Query(query) => Ok(self.query(query)?.sql),
            Statement::CreateTable(create) => self.create_table(create),
            Statement::CreateView(create) => self.create_view(create),
            Statement::Insert(insert) => self.insert(insert),
            Statement::Merge(merge) => self.merge(merge),
            Statement::Update(update) => self.update(update),
            Statement::Delete(delete) => self.delete(delete),
            Statement::Truncate(truncate) => match truncate.table_names.as_slice() {
                [table] => Ok(format!("TRUNCATE {}", self.object(&table.name)?)),
                _ => Err(self.unsupported("TRUNCATE of several tables")),
            },
            Statement::Drop {
                object_type,
                if_exists,
                names,
                cascade,
                restrict: _,
                purge: false,
                temporary: false,
                table: None,
            } => {
                let word = match object_type {
                    ObjectType::Table => "TABLE",
                    ObjectType::View => "VIEW",
                    ObjectType::Schema => "SCHEMA",
                    other => return Err(self.unsupported(format!("DROP {other}"))),
                };
                let [name] = names.as_slice() else { return Err(self.unsupported("DROP of several names")) };
                let exists = if *if_exists { " IF EXISTS" } else { "" };
                let cascade = if *cascade { " CASCADE" } else { "" };
                Ok(format!("DROP {word}{exists} {}{cascade}", self.object(name)?))
            }
            Statement::CreateSchema {
                schema_name: SchemaName::Simple(name),
                or_replace: false,
                if_not_exists,
                with: None,
                options: None,
                default_collate_spec: None,
                clone: None,
            } => {
                let exists = if *if_not_exists { " IF NOT EXISTS" } else { "" };
                Ok(format!("CREATE SCHEMA{exists} {}", self.object(name)?))
            }
            Statement::StartTransaction { .. } => Ok("BEGIN TRANSACTION".to_owned()),
            Statement::Commit { .. } => Ok("COMMIT".to_owned()),
            Statement::Rollback { savepoint: None, .. } => Ok("ROLLBACK".to_owned()),
            other => {
                let words: Vec<String> = other.to_string().split_whitespace().take(3).map(str::to_owned).collect();
                let hint = "leave it out on DuckDB: `{% if target.dialect != 'snowflake' %}`";
                Err(self.refuse(
                    format!("the statement `{} ..`", words.join(" ")),
                    "has no translation to DuckDB",
                    Some(hint),
                ))
            }
        }
    }

    fn create_table(&mut self, create: &CreateTable) -> Result<String> {
        let Some(query) = &create.query else {
            return Err(self.refuse(
                "CREATE TABLE with columns",
                "has no translation yet",
                Some("write CREATE TABLE .. AS SELECT"),
            ));
        };
        if !create.columns.is_empty()
            || create.clone.is_some()
            || create.like.is_some()
            || create.external
            || create.dynamic
            || create.iceberg
        {
            return Err(self.unsupported("a clause of CREATE TABLE"));
        }
        let mut word = "CREATE".to_owned();
        for (is, text) in [(create.or_replace, " OR REPLACE"), (create.temporary || create.volatile, " TEMPORARY")] {
            word.push_str(if is { text } else { "" });
        }
        let exists = if create.if_not_exists { " IF NOT EXISTS" } else { "" };
        let name = self.object(&create.name)?;
        Ok(format!("{word} TABLE{exists} {name} AS\n{}", self.query(query)?.sql))
    }

    fn create_view(&mut self, create: &CreateView) -> Result<String> {
        if create.materialized {
            return Err(self.refuse("CREATE MATERIALIZED VIEW", "DuckDB has none", Some("make a table")));
        }
        let columns: Vec<String> = create.columns.iter().map(|column| self.ident(&column.name)).collect();
        let columns = if columns.is_empty() { String::new() } else { format!(" ({})", columns.join(", ")) };
        let replace = if create.or_replace { " OR REPLACE" } else { "" };
        let temporary = if create.temporary { " TEMPORARY" } else { "" };
        let exists = if create.if_not_exists { " IF NOT EXISTS" } else { "" };
        let name = self.object(&create.name)?;
        Ok(format!("CREATE{replace}{temporary} VIEW{exists} {name}{columns} AS\n{}", self.query(&create.query)?.sql))
    }

    fn insert(&mut self, insert: &Insert) -> Result<String> {
        let TableObject::TableName(table) = &insert.table else {
            return Err(self.unsupported("INSERT into a function"));
        };
        if insert.multi_table_insert_type.is_some() {
            return Err(self.refuse("INSERT ALL", "has no equal on DuckDB", Some("write one INSERT for each table")));
        }
        if !insert.assignments.is_empty()
            || insert.partitioned.is_some()
            || insert.on.is_some()
            || insert.returning.is_some()
            || insert.or.is_some()
            || insert.ignore
            || insert.replace_into
        {
            return Err(self.unsupported("a clause of INSERT that is not Snowflake's"));
        }
        let Some(source) = &insert.source else { return Err(self.unsupported("INSERT without rows")) };
        let name = self.object(table)?;
        let mut columns = Vec::new();
        for column in &insert.columns {
            columns.push(self.object(column)?);
        }
        let columns = if columns.is_empty() { String::new() } else { format!(" ({})", columns.join(", ")) };
        let rows = self.query(source)?.sql;
        // Snowflake: OVERWRITE empties the table in the same transaction.
        let before = if insert.overwrite { format!("DELETE FROM {name};\n") } else { String::new() };
        Ok(format!("{before}INSERT INTO {name}{columns}\n{rows}"))
    }

    /// The column that is set; Snowflake lets the table's name stand before it.
    fn target(&mut self, name: &ObjectName) -> Result<String> {
        match name.0.last().and_then(|part| part.as_ident()) {
            Some(ident) => Ok(self.ident(ident)),
            None => Err(self.unsupported("the target of SET")),
        }
    }

    fn assignments(&mut self, assignments: &[Assignment]) -> Result<String> {
        let mut set = Vec::with_capacity(assignments.len());
        for assignment in assignments {
            let AssignmentTarget::ColumnName(name) = &assignment.target else {
                return Err(self.unsupported("SET of several columns at once"));
            };
            let target = self.target(name)?;
            set.push(format!("{target} = {}", self.expression(&assignment.value)?.sql));
        }
        Ok(set.join(", "))
    }

    fn merge(&mut self, merge: &Merge) -> Result<String> {
        if merge.output.is_some() {
            return Err(self.unsupported("OUTPUT of MERGE"));
        }
        self.scopes.push(Scope::default());
        let table =
            |factor: &TableFactor| sqlparser::ast::TableWithJoins { relation: factor.clone(), joins: Vec::new() };
        let target = self.table_with_joins(&table(&merge.table))?;
        let source = self.table_with_joins(&table(&merge.source))?;
        let mut sql = format!("MERGE INTO {target}\nUSING {source}\nON {}", self.condition(&merge.on)?);
        for clause in &merge.clauses {
            let word = match clause.clause_kind {
                MergeClauseKind::Matched => "MATCHED",
                MergeClauseKind::NotMatched | MergeClauseKind::NotMatchedByTarget => "NOT MATCHED",
                MergeClauseKind::NotMatchedBySource => {
                    return Err(self.refuse("NOT MATCHED BY SOURCE", "is not Snowflake's SQL", None));
                }
            };
            let condition = match &clause.predicate {
                Some(condition) => format!(" AND {}", self.expression(condition)?.operand()),
                None => String::new(),
            };
            let action = match &clause.action {
                MergeAction::Delete { .. } => "DELETE".to_owned(),
                MergeAction::Update(update)
                    if update.update_predicate.is_none() && update.delete_predicate.is_none() =>
                {
                    match &update.kind {
                        MergeUpdateKind::Set(assignments) => format!("UPDATE SET {}", self.assignments(assignments)?),
                        MergeUpdateKind::Wildcard => return Err(self.unsupported("UPDATE * in MERGE")),
                    }
                }
                MergeAction::Insert(insert) if insert.insert_predicate.is_none() => {
                    let mut columns = Vec::new();
                    for column in &insert.columns {
                        columns.push(self.target(column)?);
                    }
                    let columns = if columns.is_empty() { String::new() } else { format!(" ({})", columns.join(", ")) };
                    let MergeInsertKind::Values(values) = &insert.kind else {
                        return Err(self.unsupported("INSERT in MERGE without VALUES"));
                    };
                    let [row] = values.rows.as_slice() else {
                        return Err(self.unsupported("INSERT in MERGE with several rows"));
                    };
                    let mut cells = Vec::new();
                    for cell in &row.content {
                        cells.push(self.expression(cell)?.sql);
                    }
                    format!("INSERT{columns} VALUES ({})", cells.join(", "))
                }
                _ => return Err(self.unsupported("an action of MERGE")),
            };
            sql.push_str(&format!("\nWHEN {word}{condition} THEN {action}"));
        }
        self.scopes.pop();
        Ok(sql)
    }

    fn update(&mut self, update: &Update) -> Result<String> {
        if update.returning.is_some() || update.or.is_some() || update.limit.is_some() || !update.order_by.is_empty() {
            return Err(self.unsupported("a clause of UPDATE that is not Snowflake's"));
        }
        if !update.table.joins.is_empty() {
            return Err(self.unsupported("UPDATE of a join"));
        }
        self.scopes.push(Scope::default());
        let table = self.table_with_joins(&update.table)?;
        let mut from = Vec::new();
        if let Some(UpdateTableFromKind::BeforeSet(tables) | UpdateTableFromKind::AfterSet(tables)) = &update.from {
            for table in tables {
                from.push(self.table_with_joins(table)?);
            }
        }
        let set = self.assignments(&update.assignments)?;
        let from = if from.is_empty() { String::new() } else { format!("\nFROM {}", from.join(", ")) };
        let condition = match &update.selection {
            Some(condition) => format!("\nWHERE {}", self.condition(condition)?),
            None => String::new(),
        };
        self.scopes.pop();
        Ok(format!("UPDATE {table}\nSET {set}{from}{condition}"))
    }

    fn delete(&mut self, delete: &Delete) -> Result<String> {
        let (FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables)) = &delete.from;
        let [table] = tables.as_slice() else { return Err(self.unsupported("DELETE from several tables")) };
        if delete.returning.is_some()
            || delete.limit.is_some()
            || !delete.order_by.is_empty()
            || !delete.tables.is_empty()
        {
            return Err(self.unsupported("a clause of DELETE that is not Snowflake's"));
        }
        self.scopes.push(Scope::default());
        let name = self.table_with_joins(table)?;
        let mut using = Vec::new();
        for table in delete.using.iter().flatten() {
            using.push(self.table_with_joins(table)?);
        }
        let using = if using.is_empty() { String::new() } else { format!("\nUSING {}", using.join(", ")) };
        let condition = match &delete.selection {
            Some(condition) => format!("\nWHERE {}", self.condition(condition)?),
            None => String::new(),
        };
        self.scopes.pop();
        Ok(format!("DELETE FROM {name}{using}{condition}"))
    }
}
