//! The FROM clause: tables, joins, samples, table functions.

use sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Join, JoinConstraint, JoinOperator, ObjectName, TableAlias,
    TableFactor, TableSample, TableSampleKind, TableSampleMethod, TableSampleUnit, TableWithJoins,
};

use super::kind::Kind;
use super::name::plain;
use super::query::renamed;
use super::refusal::Result;
use super::scope::{Column, Relation};
use super::translator::{Translator, parts};

impl Translator<'_> {
    /// A table and what is joined to it; the relations are added to the innermost scope.
    pub(super) fn table_with_joins(&mut self, table: &TableWithJoins) -> Result<String> {
        let mut sql = self.factor(&table.relation)?;
        for join in &table.joins {
            let joined = self.join(join)?;
            sql.push_str(&joined);
        }
        Ok(sql)
    }

    fn join(&mut self, join: &Join) -> Result<String> {
        if join.global {
            return Err(self.unsupported("GLOBAL JOIN"));
        }
        let (word, constraint) = match &join.join_operator {
            JoinOperator::Join(constraint) | JoinOperator::Inner(constraint) => ("INNER JOIN", constraint),
            JoinOperator::Left(constraint) | JoinOperator::LeftOuter(constraint) => ("LEFT JOIN", constraint),
            JoinOperator::Right(constraint) | JoinOperator::RightOuter(constraint) => ("RIGHT JOIN", constraint),
            JoinOperator::FullOuter(constraint) => ("FULL JOIN", constraint),
            JoinOperator::CrossJoin(JoinConstraint::None) => ("CROSS JOIN", &JoinConstraint::None),
            JoinOperator::AsOf { match_condition, constraint } => {
                let relation = self.factor(&join.relation)?;
                let matched = self.expression(match_condition)?.operand();
                let on = match constraint {
                    JoinConstraint::On(on) => format!("{} AND ", self.expression(on)?.operand()),
                    JoinConstraint::None => String::new(),
                    _ => return Err(self.refuse("ASOF JOIN .. USING", "has no translation", Some("write ON"))),
                };
                // Snowflake: a row without a match stays, with NULLs.
                return Ok(format!("\nASOF LEFT JOIN {relation} ON {on}{matched}"));
            }
            other => return Err(self.unsupported(format!("the join {other:?}").chars().take(40).collect::<String>())),
        };
        let relation = self.factor(&join.relation)?;
        match constraint {
            JoinConstraint::On(on) => Ok(format!("\n{word} {relation} ON {}", self.condition(on)?)),
            JoinConstraint::Using(names) => {
                let mut columns = Vec::new();
                for name in names {
                    columns.push(self.object(name)?);
                    self.merge_column(&name.to_string());
                }
                Ok(format!("\n{word} {relation} USING ({})", columns.join(", ")))
            }
            JoinConstraint::Natural => {
                if let Some(scope) = self.scopes.last_mut()
                    && let Some(last) = scope.relations.last_mut()
                {
                    // Which columns are shared is not worked out: a star's columns are not known then.
                    last.columns = None;
                }
                Ok(format!("\nNATURAL {word} {relation}"))
            }
            JoinConstraint::None if word == "CROSS JOIN" => Ok(format!("\nCROSS JOIN {relation}")),
            JoinConstraint::None => Ok(format!("\n{word} {relation} ON TRUE")),
            JoinConstraint::UsingAlias(..) => Err(self.unsupported("USING with an alias")),
        }
    }

    /// A column of USING is one column: the joined relation gives it no second time.
    fn merge_column(&mut self, name: &str) {
        let name = name.trim_matches('"');
        if let Some(relation) = self.scopes.last_mut().and_then(|scope| scope.relations.last_mut())
            && let Some(columns) = &mut relation.columns
        {
            columns.retain(|column| !column.name.eq_ignore_ascii_case(name));
        }
    }

    /// Adds a relation to the innermost scope.
    pub(super) fn add(&mut self, name: impl Into<String>, columns: Option<Vec<Column>>) {
        self.add_relation(Relation { name: name.into(), columns, refused: None, generated: false });
    }

    pub(super) fn add_relation(&mut self, relation: Relation) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.relations.push(relation);
        }
    }

    /// The alias behind a relation.
    pub(super) fn alias(&mut self, alias: &TableAlias) -> Result<String> {
        if alias.at.is_some() {
            return Err(self.unsupported("AT behind an alias"));
        }
        let name = self.ident(&alias.name);
        Ok(format!(" AS {name}{}", self.column_names(alias)?))
    }

    fn factor(&mut self, factor: &TableFactor) -> Result<String> {
        match factor {
            TableFactor::Table {
                name,
                alias,
                args: None,
                with_hints,
                version,
                with_ordinality: false,
                partitions,
                json_path: None,
                sample,
                index_directives,
                inheritance: None,
            } if with_hints.is_empty() && partitions.is_empty() && index_directives.is_empty() => {
                let sql = self.object(name)?;
                if version.is_some() {
                    let hint = "read the table as it is now, or keep a snapshot of it";
                    return Err(self.refuse(
                        "time travel (AT, BEFORE, CHANGES)",
                        "DuckDB keeps no past of a table",
                        Some(hint),
                    ));
                }
                let columns = self.columns(&parts(name));
                let last = name.0.last().and_then(|part| part.as_ident()).map(|ident| ident.value.clone());
                let sample = self.sample(sample.as_ref())?;
                let written = match alias {
                    Some(alias) => self.alias(alias)?,
                    None => String::new(),
                };
                match alias {
                    Some(alias) => self.add(alias.name.value.clone(), renamed(columns, alias)),
                    None => self.add(last.unwrap_or_default(), columns),
                }
                Ok(format!("{sql}{written}{sample}"))
            }
            TableFactor::Table { name, alias, args: Some(args), .. } if args.settings.is_none() => {
                self.table_function(name, &args.args, alias.as_ref())
            }
            TableFactor::Function { lateral: _, name, args, with_ordinality: false, alias } => {
                self.table_function(name, args, alias.as_ref())
            }
            TableFactor::TableFunction { expr: Expr::Function(function), alias } => match &function.args {
                FunctionArguments::List(list) if list.clauses.is_empty() && list.duplicate_treatment.is_none() => {
                    self.table_function(&function.name, &list.args, alias.as_ref())
                }
                _ => Err(self.unsupported("a table function without arguments")),
            },
            TableFactor::Derived { lateral, subquery, alias, sample } => {
                let rows = self.query(subquery)?;
                let sample = self.sample(sample.as_ref())?;
                let written = match alias {
                    Some(alias) => self.alias(alias)?,
                    None => String::new(),
                };
                match alias {
                    Some(alias) => self.add(alias.name.value.clone(), renamed(rows.columns, alias)),
                    None => self.add("", rows.columns),
                }
                Ok(format!("{}({}){written}{sample}", if *lateral { "LATERAL " } else { "" }, rows.sql))
            }
            TableFactor::NestedJoin { table_with_joins, alias: None } => {
                Ok(format!("({})", self.table_with_joins(table_with_joins)?))
            }
            TableFactor::Pivot { .. } | TableFactor::Unpivot { .. } => self.turned(factor),
            TableFactor::MatchRecognize { .. } => {
                let hint = "use window functions";
                Err(self.refuse("MATCH_RECOGNIZE", "DuckDB matches no patterns of rows", Some(hint)))
            }
            other => {
                let text = other.to_string();
                Err(self.unsupported(format!("`{}`", text.chars().take(60).collect::<String>())))
            }
        }
    }

    /// Translates the relation inside PIVOT or UNPIVOT in a scope of its own.
    pub(super) fn inner_factor(&mut self, factor: &TableFactor) -> Result<(String, Option<Vec<Column>>)> {
        self.scopes.push(super::scope::Scope::default());
        let sql = self.factor(factor)?;
        let scope = self.scopes.pop().unwrap_or_default();
        let columns = match scope.relations.as_slice() {
            [relation] => relation.columns.clone(),
            _ => None,
        };
        Ok((sql, columns))
    }

    fn sample(&mut self, sample: Option<&TableSampleKind>) -> Result<String> {
        let Some(TableSampleKind::BeforeTableAlias(sample) | TableSampleKind::AfterTableAlias(sample)) = sample else {
            return Ok(String::new());
        };
        let TableSample { modifier: _, name, quantity, seed, bucket: None, offset: None } = sample.as_ref() else {
            return Err(self.unsupported("SAMPLE with a bucket or an offset"));
        };
        if seed.is_some() {
            let reason = "a seed chooses other rows on DuckDB than on Snowflake";
            return Err(self.refuse("SAMPLE .. SEED", reason, Some("filter by a column, for example with MOD")));
        }
        let Some(quantity) = quantity else { return Err(self.unsupported("SAMPLE without a number")) };
        let count = self.expression(&quantity.value)?.sql;
        match (&quantity.unit, name) {
            (Some(TableSampleUnit::Rows), None | Some(TableSampleMethod::Row | TableSampleMethod::Bernoulli)) => {
                Ok(format!(" TABLESAMPLE reservoir({count} ROWS)"))
            }
            (
                None | Some(TableSampleUnit::Percent),
                None | Some(TableSampleMethod::Row | TableSampleMethod::Bernoulli),
            ) => Ok(format!(" TABLESAMPLE bernoulli({count} PERCENT)")),
            (None | Some(TableSampleUnit::Percent), Some(TableSampleMethod::System | TableSampleMethod::Block)) => {
                Ok(format!(" TABLESAMPLE system({count} PERCENT)"))
            }
            _ => Err(self.unsupported("SAMPLE of blocks by a count of rows")),
        }
    }

    fn table_function(
        &mut self,
        name: &ObjectName,
        args: &[FunctionArg],
        alias: Option<&TableAlias>,
    ) -> Result<String> {
        if let Some(ident) = name.0.last().and_then(|part| part.as_ident()) {
            self.here = self.at(ident);
        }
        match name.to_string().to_ascii_uppercase().as_str() {
            "FLATTEN" => self.flatten(args, alias),
            "SPLIT_TO_TABLE" | "STRTOK_SPLIT_TO_TABLE" => {
                self.split_to_table(&name.to_string().to_uppercase(), args, alias)
            }
            "GENERATOR" => self.generator(args, alias),
            "VALUES" => Err(self.unsupported("VALUES as a function")),
            "RESULT_SCAN" => Err(self.refuse("RESULT_SCAN", "DuckDB keeps no results of earlier statements", None)),
            other => Err(self.refuse(
                format!("the table function `{other}`"),
                "is not known to the translation",
                Some("write a common table expression in its place"),
            )),
        }
    }

    /// `GENERATOR(ROWCOUNT => n)`: n rows without a column.
    fn generator(&mut self, args: &[FunctionArg], alias: Option<&TableAlias>) -> Result<String> {
        let mut count = None;
        for arg in args {
            match arg {
                FunctionArg::Named { name, arg: FunctionArgExpr::Expr(value), .. }
                    if name.value.eq_ignore_ascii_case("rowcount") =>
                {
                    count = Some(self.expression(value)?);
                }
                _ => {
                    let reason = "only ROWCOUNT gives the same rows every time";
                    return Err(self.refuse("GENERATOR", reason, Some("write `GENERATOR(ROWCOUNT => n)`")));
                }
            }
        }
        let Some(count) = count else {
            return Err(self.refuse("GENERATOR", "without ROWCOUNT gives no rows", Some("write ROWCOUNT => n")));
        };
        let name = match alias {
            Some(alias) if alias.columns.is_empty() => self.ident(&alias.name),
            Some(_) => return Err(self.unsupported("columns at the alias of GENERATOR")),
            None => "generator".to_owned(),
        };
        let called = alias.map_or("generator", |alias| alias.name.value.as_str()).to_owned();
        let columns = Some(Vec::new());
        self.add_relation(Relation { name: called, columns, refused: None, generated: true });
        Ok(format!("range(CAST({} AS BIGINT)) AS {name}(generated_row)", count.sql))
    }

    /// The columns of a table function under its alias, and its SQL.
    pub(super) fn made(
        &mut self,
        sql: &str,
        columns: Vec<Column>,
        alias: Option<&TableAlias>,
        refused: Option<(&'static str, &'static str)>,
    ) -> Result<String> {
        let written = match alias {
            Some(alias) => self.alias(alias)?,
            None => String::new(),
        };
        let name = alias.map(|alias| alias.name.value.clone()).unwrap_or_default();
        let columns = match alias {
            Some(alias) => renamed(Some(columns), alias),
            None => Some(columns),
        };
        self.add_relation(Relation { name, columns, refused, generated: false });
        Ok(format!("LATERAL ({sql}){written}"))
    }
}

/// A column.
pub(super) fn column(name: &str, kind: Kind) -> Column {
    Column { name: name.to_owned(), kind }
}

/// A column's name, in quotes where the engine needs them.
pub(super) fn column_sql(column: &Column) -> String {
    plain(&column.name)
}
