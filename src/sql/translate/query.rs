//! Queries: WITH, SELECT, set operations, ORDER BY, LIMIT.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Cte, Distinct, Expr, GroupByExpr, GroupByWithModifier, LimitClause, OrderBy, OrderByExpr, OrderByKind,
    OrderByOptions, OrderBySort, Query, Select, SelectFlavor, SetExpr, SetOperator, SetQuantifier, TableAlias, Top,
    TopQuantity, Values, With, visit_relations,
};

use super::kind::Kind;
use super::refusal::Result;
use super::scope::{Column, Relation, Scope, same};
use super::translator::{Defined, Translator};

/// A translated query.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    pub(super) sql: String,
    /// What it gives; `None` where a star's columns are not known.
    pub(super) columns: Option<Vec<Column>>,
}

/// A SELECT or a set operation, with what ORDER BY may name.
struct Body {
    rows: Rows,
    scope: Scope,
    /// The count of TOP.
    top: Option<String>,
}

impl Translator<'_> {
    /// A query.
    pub(super) fn query(&mut self, query: &Query) -> Result<Rows> {
        let Query {
            with,
            body,
            order_by,
            limit_clause,
            fetch,
            locks,
            for_clause,
            settings,
            format_clause,
            pipe_operators,
        } = query;
        if !locks.is_empty() || for_clause.is_some() || settings.is_some() || format_clause.is_some() {
            return Err(self.unsupported("FOR, SETTINGS or FORMAT behind a query"));
        }
        if !pipe_operators.is_empty() {
            return Err(self.unsupported("the pipe operator `|>`"));
        }
        let known = self.defined.len();
        let mut sql = match with {
            Some(with) => self.with(with)?,
            None => String::new(),
        };
        let body = self.body(body)?;
        sql.push_str(&body.rows.sql);
        self.scopes.push(body.scope);
        if let Some(order) = order_by {
            sql.push_str(&self.order_by(order)?);
        }
        let limit = match (limit_clause, fetch, body.top) {
            (None, None, None) => String::new(),
            (None, None, Some(top)) => format!("\nLIMIT {top}"),
            (Some(clause), None, None) => self.limit(clause)?,
            (None, Some(fetch), None) => {
                if fetch.with_ties || fetch.percent {
                    return Err(self.unsupported("FETCH WITH TIES or PERCENT"));
                }
                match &fetch.quantity {
                    Some(quantity) => format!("\nLIMIT {}", self.expression(quantity)?.operand()),
                    None => "\nLIMIT 1".to_owned(),
                }
            }
            (Some(clause), Some(fetch), None) if !fetch.with_ties && !fetch.percent => {
                let offset = self.limit(clause)?;
                let quantity = match &fetch.quantity {
                    Some(quantity) => self.expression(quantity)?.operand(),
                    None => "1".to_owned(),
                };
                format!("\nLIMIT {quantity}{}", offset.replace('\n', " "))
            }
            _ => return Err(self.refuse("TOP", "stands beside LIMIT or FETCH", Some("write one of them"))),
        };
        self.scopes.pop();
        self.defined.truncate(known);
        sql.push_str(&limit);
        Ok(Rows { sql, columns: body.rows.columns })
    }

    /// A query in parentheses.
    pub(super) fn subquery(&mut self, query: &Query) -> Result<(String, Kind)> {
        let rows = self.query(query)?;
        let kind = match rows.columns.as_deref() {
            Some([column]) => column.kind,
            _ => Kind::Unknown,
        };
        Ok((format!("({})", rows.sql), kind))
    }

    fn with(&mut self, with: &With) -> Result<String> {
        let recursive = with.recursive || with.cte_tables.iter().any(refers_to_itself);
        let mut parts = Vec::with_capacity(with.cte_tables.len());
        for cte in &with.cte_tables {
            parts.push(self.cte(cte)?);
        }
        Ok(format!("WITH {}{}\n", if recursive { "RECURSIVE " } else { "" }, parts.join(",\n")))
    }

    fn cte(&mut self, cte: &Cte) -> Result<String> {
        let Cte { alias, query, from, materialized, closing_paren_token: _ } = cte;
        if from.is_some() || materialized.is_some() {
            return Err(self.unsupported("FROM or MATERIALIZED at a common table expression"));
        }
        let name = self.ident(&alias.name);
        if refers_to_itself(cte)
            && let SetExpr::SetOperation { left, .. } = query.body.as_ref()
        {
            // The first branch says what the rows look like.
            let columns = self.body(left)?.rows.columns;
            let columns = renamed(columns, alias);
            self.defined.push(Defined { name: alias.name.value.clone(), columns });
        }
        let rows = self.query(query)?;
        self.defined.push(Defined { name: alias.name.value.clone(), columns: renamed(rows.columns, alias) });
        Ok(format!("{name}{} AS (\n{}\n)", self.column_names(alias)?, rows.sql))
    }

    /// The names behind an alias.
    pub(super) fn column_names(&mut self, alias: &TableAlias) -> Result<String> {
        if alias.columns.is_empty() {
            return Ok(String::new());
        }
        let mut names = Vec::with_capacity(alias.columns.len());
        for column in &alias.columns {
            if column.data_type.is_some() {
                return Err(self.unsupported("a type at an alias"));
            }
            names.push(self.ident(&column.name));
        }
        Ok(format!("({})", names.join(", ")))
    }

    fn body(&mut self, body: &SetExpr) -> Result<Body> {
        let with_columns = |rows: Rows| {
            let relation =
                Relation { name: String::new(), columns: rows.columns.clone(), refused: None, generated: false };
            Body { rows, scope: Scope { relations: vec![relation], ..Scope::default() }, top: None }
        };
        match body {
            SetExpr::Select(select) => self.select(select),
            SetExpr::Query(query) => {
                let rows = self.query(query)?;
                Ok(with_columns(Rows { sql: format!("({})", rows.sql), columns: rows.columns }))
            }
            SetExpr::SetOperation { .. } => self.set_operation(body).map(with_columns),
            SetExpr::Values(values) => self.values(values).map(with_columns),
            _ => Err(self.unsupported("a statement inside a query")),
        }
    }

    /// UNION and its like; long chains lean to the left and are walked, not descended.
    fn set_operation(&mut self, body: &SetExpr) -> Result<Rows> {
        let mut first = body;
        let mut rest = Vec::new();
        while let SetExpr::SetOperation { left, op, set_quantifier, right } = first {
            rest.push((op, set_quantifier, right));
            first = left;
        }
        let mut made = self.branch(first)?;
        let mut before = None;
        for (op, quantifier, right) in rest.into_iter().rev() {
            let word = match (op, quantifier) {
                (SetOperator::Union, SetQuantifier::All) => "UNION ALL",
                (SetOperator::Union, SetQuantifier::None | SetQuantifier::Distinct) => "UNION",
                (SetOperator::Union, SetQuantifier::ByName | SetQuantifier::DistinctByName) => "UNION BY NAME",
                (SetOperator::Union, SetQuantifier::AllByName) => "UNION ALL BY NAME",
                (SetOperator::Except | SetOperator::Minus, SetQuantifier::None | SetQuantifier::Distinct) => "EXCEPT",
                (SetOperator::Intersect, SetQuantifier::None | SetQuantifier::Distinct) => "INTERSECT",
                _ => return Err(self.unsupported(format!("{op} {quantifier}"))),
            };
            let right = self.branch(right)?;
            // The parser has grouped by its own precedence: parentheses keep that, and one operator needs none.
            let left = match before {
                Some(before) if before != word => format!("({})", made.sql),
                _ => made.sql,
            };
            before = Some(word);
            let columns = match (made.columns, right.columns) {
                (Some(left), Some(right)) if left.len() == right.len() && !word.ends_with("NAME") => {
                    let mut columns = Vec::with_capacity(left.len());
                    for (left, right) in left.into_iter().zip(right) {
                        self.united(&left.name, left.kind, right.kind)?;
                        columns.push(Column { kind: left.kind.with(right.kind), name: left.name });
                    }
                    Some(columns)
                }
                _ => None,
            };
            made = Rows { sql: left + "\n" + word + "\n" + &right.sql, columns };
        }
        Ok(made)
    }

    /// Checks that two types become one column as they do on Snowflake: the engine makes texts of what does not fit.
    fn united(&self, column: &str, one: Kind, two: Kind) -> Result<()> {
        let apart = |one: Kind, two: Kind| {
            one == Kind::Text && !matches!(two, Kind::Text | Kind::Unknown | Kind::Null | Kind::Foreign)
                || one.is_json() && !two.is_json() && !matches!(two, Kind::Unknown | Kind::Null | Kind::Foreign)
        };
        if apart(one, two) || apart(two, one) {
            let reason = format!("the column `{column}` is {} and {}", one.word(), two.word());
            return Err(self.refuse("rows of different types", &reason, Some("cast one of them")));
        }
        Ok(())
    }

    fn branch(&mut self, body: &SetExpr) -> Result<Rows> {
        let grouped = matches!(body, SetExpr::SetOperation { .. });
        let body = self.body(body)?;
        // The parser has grouped by its own precedence: parentheses keep that.
        let sql = match body.top {
            Some(top) => format!("({}\nLIMIT {top})", body.rows.sql),
            None if grouped => format!("({})", body.rows.sql),
            None => body.rows.sql,
        };
        Ok(Rows { sql, columns: body.rows.columns })
    }

    /// Rows of values, whose columns Snowflake calls COLUMN1, COLUMN2.
    pub(super) fn values(&mut self, values: &Values) -> Result<Rows> {
        let mut rows = Vec::with_capacity(values.rows.len());
        let mut kinds: Vec<Kind> = Vec::new();
        for row in &values.rows {
            let mut cells = Vec::with_capacity(row.content.len());
            for (at, cell) in row.content.iter().enumerate() {
                let cell = self.expression(cell)?;
                match kinds.get(at).copied() {
                    Some(kind) => {
                        self.united(&format!("COLUMN{}", at + 1), kind, cell.kind)?;
                        kinds[at] = kind.with(cell.kind);
                    }
                    None => kinds.push(cell.kind),
                }
                cells.push(cell.sql);
            }
            rows.push(format!("({})", cells.join(", ")));
        }
        let columns: Vec<Column> = kinds
            .iter()
            .enumerate()
            .map(|(at, kind)| Column { name: format!("COLUMN{}", at + 1), kind: *kind })
            .collect();
        let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        let sql = format!("SELECT * FROM (VALUES {}) AS \"VALUES\"({})", rows.join(", "), names.join(", "));
        Ok(Rows { sql, columns: Some(columns) })
    }

    fn select(&mut self, select: &Select) -> Result<Body> {
        self.select_is_plain(select)?;
        if let Some(at) = self.source.offset(select.select_token.0.span.start) {
            self.here = at;
        }
        let begin = self.mark();
        self.scopes.push(Scope::default());
        let mut from = Vec::with_capacity(select.from.len());
        for table in &select.from {
            from.push(self.table_with_joins(table)?);
        }
        let mut items = Vec::with_capacity(select.projection.len());
        let mut columns = Some(Vec::new());
        for item in &select.projection {
            let (sql, given) = self.item(item)?;
            items.push(sql);
            match (&mut columns, given) {
                (Some(columns), Some(given)) => columns.extend(given),
                (columns, _) => *columns = None,
            }
        }
        self.names_differ_in_more_than_case(&select.projection)?;
        let distinct = match &select.distinct {
            None | Some(Distinct::All) => "",
            Some(Distinct::Distinct) => "DISTINCT ",
            Some(Distinct::On(_)) => {
                return Err(self.refuse("DISTINCT ON", "is not Snowflake's SQL", Some("use QUALIFY")));
            }
        };
        let mut sql = format!("{begin}SELECT {distinct}{}", items.join(",\n    "));
        if !from.is_empty() {
            sql.push_str(&format!("\nFROM {}", from.join(",\n")));
        }
        if let Some(condition) = &select.selection {
            sql.push_str(&format!("\nWHERE {}", self.condition(condition)?));
        }
        sql.push_str(&self.group_by(&select.group_by)?);
        if let Some(condition) = &select.having {
            sql.push_str(&format!("\nHAVING {}", self.condition(condition)?));
        }
        let windows = self.named_windows(&select.named_window)?;
        sql.push_str(&windows);
        if let Some(condition) = &select.qualify {
            sql.push_str(&format!("\nQUALIFY {}", self.condition(condition)?));
        }
        let top = match &select.top {
            None => None,
            Some(Top { with_ties: false, percent: false, quantity: Some(TopQuantity::Constant(count)) }) => {
                Some(count.to_string())
            }
            Some(Top { with_ties: false, percent: false, quantity: Some(TopQuantity::Expr(count)) }) => {
                Some(self.expression(count)?.operand())
            }
            Some(_) => return Err(self.unsupported("TOP with PERCENT or TIES")),
        };
        let scope = self.scopes.pop().unwrap_or_default();
        Ok(Body { rows: Rows { sql, columns }, scope, top })
    }

    fn select_is_plain(&mut self, select: &Select) -> Result<()> {
        let Select {
            select_token: _,
            optimizer_hints: _,
            distinct: _,
            select_modifiers,
            top: _,
            top_before_distinct: _,
            projection: _,
            exclude,
            into,
            from: _,
            lateral_views,
            prewhere,
            selection: _,
            connect_by,
            group_by: _,
            cluster_by,
            distribute_by,
            sort_by,
            having: _,
            named_window: _,
            qualify: _,
            window_before_qualify: _,
            value_table_mode,
            flavor,
        } = select;
        if !connect_by.is_empty() {
            let hint = "write a recursive common table expression";
            return Err(self.refuse("CONNECT BY", "has no equal on DuckDB", Some(hint)));
        }
        if into.is_some() {
            return Err(self.unsupported("SELECT INTO"));
        }
        if select_modifiers.is_some()
            || exclude.is_some()
            || !lateral_views.is_empty()
            || prewhere.is_some()
            || !cluster_by.is_empty()
            || !distribute_by.is_empty()
            || !sort_by.is_empty()
            || value_table_mode.is_some()
            || !matches!(flavor, SelectFlavor::Standard)
        {
            return Err(self.unsupported("a clause of SELECT that is not Snowflake's"));
        }
        Ok(())
    }

    fn group_by(&mut self, group_by: &GroupByExpr) -> Result<String> {
        let (expressions, modifiers) = match group_by {
            GroupByExpr::All(modifiers) if modifiers.is_empty() => return Ok("\nGROUP BY ALL".to_owned()),
            GroupByExpr::Expressions(expressions, modifiers) => (expressions, modifiers),
            GroupByExpr::All(_) => return Err(self.unsupported("GROUP BY ALL with a modifier")),
        };
        if expressions.is_empty() && modifiers.is_empty() {
            return Ok(String::new());
        }
        let mut parts = Vec::new();
        for expression in expressions {
            parts.push(self.grouped(expression)?);
        }
        for modifier in modifiers {
            match modifier {
                GroupByWithModifier::GroupingSets(sets) => parts.push(self.grouped(sets)?),
                _ => return Err(self.unsupported("GROUP BY .. WITH")),
            }
        }
        Ok(format!("\nGROUP BY {}", parts.join(", ")))
    }

    fn grouped(&mut self, expression: &Expr) -> Result<String> {
        let mut sets = |word: &str, sets: &[Vec<Expr>]| -> Result<String> {
            let mut parts = Vec::new();
            for set in sets {
                let mut items = Vec::new();
                for item in set {
                    items.push(self.expression(item)?.sql);
                }
                parts.push(if set.len() == 1 && word != "GROUPING SETS" {
                    items.join(", ")
                } else {
                    format!("({})", items.join(", "))
                });
            }
            Ok(format!("{word} ({})", parts.join(", ")))
        };
        match expression {
            Expr::Rollup(list) => sets("ROLLUP", list),
            Expr::Cube(list) => sets("CUBE", list),
            Expr::GroupingSets(list) => sets("GROUPING SETS", list),
            other => Ok(self.expression(other)?.sql),
        }
    }

    fn order_by(&mut self, order: &OrderBy) -> Result<String> {
        if order.interpolate.is_some() {
            return Err(self.unsupported("INTERPOLATE"));
        }
        match &order.kind {
            OrderByKind::All(options) => Ok(format!("\nORDER BY ALL{}", self.direction(options)?)),
            OrderByKind::Expressions(list) => Ok(format!("\nORDER BY {}", self.ordered(list)?)),
        }
    }

    /// The keys of an order.
    pub(super) fn ordered(&mut self, list: &[OrderByExpr]) -> Result<String> {
        let mut keys = Vec::with_capacity(list.len());
        for key in list {
            if key.with_fill.is_some() {
                return Err(self.unsupported("WITH FILL"));
            }
            let piece = self.expression(&key.expr)?;
            // Texts of JSON sort by letters; the engine's VARIANT by what they hold.
            let sql = if piece.kind.is_json() { format!("CAST({} AS VARIANT)", piece.sql) } else { piece.sql };
            keys.push(format!("{sql}{}", self.direction(&key.options)?));
        }
        Ok(keys.join(", "))
    }

    /// Snowflake: NULL is higher than any value, so it comes last ascending and first descending.
    fn direction(&self, options: &OrderByOptions) -> Result<String> {
        let descending = match &options.sort {
            None | Some(OrderBySort::Asc) => false,
            Some(OrderBySort::Desc) => true,
            Some(OrderBySort::Using(_)) => return Err(self.unsupported("ORDER BY .. USING")),
        };
        let first = options.nulls_first.unwrap_or(descending);
        let (direction, nulls) = (if descending { " DESC" } else { " ASC" }, if first { "FIRST" } else { "LAST" });
        Ok(format!("{direction} NULLS {nulls}"))
    }

    fn limit(&mut self, clause: &LimitClause) -> Result<String> {
        let mut sql = String::new();
        match clause {
            LimitClause::LimitOffset { limit, offset, limit_by } if limit_by.is_empty() => {
                // Snowflake: LIMIT NULL and LIMIT '' are no limit.
                if let Some(limit) = limit {
                    sql.push_str(&format!("\nLIMIT {}", self.expression(limit)?.operand()));
                }
                if let Some(offset) = offset {
                    sql.push_str(&format!("\nOFFSET {}", self.expression(&offset.value)?.operand()));
                }
                Ok(sql)
            }
            _ => Err(self.unsupported("LIMIT BY or LIMIT a, b")),
        }
    }
}

/// The columns under the names that an alias gives them.
pub(super) fn renamed(columns: Option<Vec<Column>>, alias: &TableAlias) -> Option<Vec<Column>> {
    if alias.columns.is_empty() {
        return columns;
    }
    let kinds = columns.unwrap_or_default();
    let kind = |at: usize| kinds.get(at).map_or(Kind::Unknown, |column| column.kind);
    Some(
        alias
            .columns
            .iter()
            .enumerate()
            .map(|(at, column)| Column { name: column.name.value.clone(), kind: kind(at) })
            .collect(),
    )
}

fn refers_to_itself(cte: &Cte) -> bool {
    if !matches!(cte.query.body.as_ref(), SetExpr::SetOperation { .. }) {
        return false;
    }
    let mut found = false;
    let _: ControlFlow<()> = visit_relations(&cte.query, |name| {
        if let [part] = name.0.as_slice() {
            found |= part.as_ident().is_some_and(|ident| same(&ident.value, &cte.alias.name.value));
        }
        ControlFlow::Continue(())
    });
    found
}
