//! Queries and their common table expressions.

use std::cell::Cell;
use std::collections::HashSet;
use std::rc::Rc;

use sqlparser::ast::{
    Cte as CteText, LimitClause, OrderBy, OrderByKind, Query, SelectItem, SetExpr, TableAlias, Values, With,
};

use super::resolver::{Cte, CteRecord, Ctes, Resolver};
use super::scope::{Scope, Source};
use crate::sql::{Column, Dialect, Kind, Lineage, Rule, Shape, Usage};

/// How often a recursive query is gone through before its lineage must stand still.
const ROUNDS: usize = 30;

impl Resolver<'_> {
    /// What a query gives.
    pub(super) fn query<'q>(&mut self, query: &'q Query, ctes: &Ctes, outer: Option<&'q Scope<'q>>) -> Shape {
        let mut ctes = ctes.clone();
        if let Some(with) = &query.with {
            self.with(with, &mut ctes, outer);
        }
        let order = query.order_by.as_ref();
        let shape = match query.body.as_ref() {
            SetExpr::Select(select) => self.select(select, &ctes, outer, order),
            body => {
                let shape = self.body(body, &ctes, outer);
                self.order_of_result(order, &shape, &ctes, outer);
                shape
            }
        };
        let nothing = Scope { ctes: ctes.clone(), outer, ..Scope::default() };
        if let Some(LimitClause::LimitOffset { limit, offset, .. }) = &query.limit_clause {
            for expression in limit.iter().chain(offset.iter().map(|offset| &offset.value)) {
                self.value(expression, &nothing);
            }
        }
        if !query.pipe_operators.is_empty() {
            return Shape::unknown("pipe operators are not followed");
        }
        shape
    }

    /// What the body of a query gives.
    pub(super) fn body<'q>(&mut self, body: &'q SetExpr, ctes: &Ctes, outer: Option<&'q Scope<'q>>) -> Shape {
        match body {
            SetExpr::Select(select) => self.select(select, ctes, outer, None),
            SetExpr::Query(query) => self.query(query, ctes, outer),
            SetExpr::SetOperation { left, op, set_quantifier, right } => {
                let left_shape = self.body(left, ctes, outer);
                let right_shape = self.body(right, ctes, outer);
                self.set_operation(*op, *set_quantifier, left_shape, &right_shape)
            }
            SetExpr::Values(values) => self.values(values, ctes, outer),
            SetExpr::Table(table) => {
                let parts = table.schema_name.iter().chain(&table.table_name);
                let path: Vec<_> = parts.map(|part| self.dialect.name(part)).collect();
                self.relation(&path, None, ctes).0.as_ref().clone()
            }
            _ => Shape::unknown("the query changes data"),
        }
    }

    fn values<'q>(&mut self, values: &'q Values, ctes: &Ctes, outer: Option<&'q Scope<'q>>) -> Shape {
        let scope = Scope { ctes: ctes.clone(), outer, ..Scope::default() };
        let mut shape = Shape::default();
        for row in &values.rows {
            for (index, expression) in row.content.iter().enumerate() {
                let (lineage, data_type) = self.value(expression, &scope);
                let place = self.place(expression);
                if let Some(column) = shape.columns.get_mut(index) {
                    column.lineage.add(&lineage, Kind::Copy);
                    column.data_type = column.data_type.or(data_type);
                    continue;
                }
                let name = match self.dialect {
                    Dialect::DuckDb => format!("col{index}"),
                    _ => format!("column{}", index + 1),
                };
                shape.push(Column { name: Some(self.dialect.plain(&name)), lineage, data_type, place });
            }
        }
        shape
    }

    /// Sorting what has no select list of its own: only result columns can be named.
    fn order_of_result<'q>(
        &mut self,
        order: Option<&'q OrderBy>,
        shape: &Shape,
        ctes: &Ctes,
        outer: Option<&'q Scope<'q>>,
    ) {
        let Some(OrderBy { kind: OrderByKind::Expressions(expressions), .. }) = order else { return };
        let source =
            Source { path: Vec::new(), shape: Rc::new(shape.clone()), cte: None, merged: Vec::new(), is_hidden: false };
        let scope = Scope { sources: vec![source], ctes: ctes.clone(), outer, ..Scope::default() };
        for expression in expressions {
            if let Some(column) = super::clauses::position(&expression.expr).and_then(|at| shape.columns.get(at)) {
                self.uses(&column.lineage, Usage::Order);
                continue;
            }
            let (lineage, _) = self.value(&expression.expr, &scope);
            self.uses(&lineage, Usage::Order);
        }
    }

    /// Adds the common table expressions of a `with`.
    fn with<'q>(&mut self, with: &'q With, ctes: &mut Ctes, outer: Option<&'q Scope<'q>>) {
        for text in &with.cte_tables {
            let name = self.dialect.name(&text.alias.name);
            let before = std::mem::take(&mut self.used);
            let first_finding = self.findings.len();
            let first_cte = self.ctes.len();
            // Snowflake and DuckDB do not ask for the word `recursive`.
            let recursive = recursive_parts(text).filter(|_| with.recursive || self.dialect == Dialect::Snowflake);
            let shape = match recursive {
                Some(_) => self.recursive(text, ctes, outer),
                None => self.query(&text.query, ctes, outer),
            };
            let shape = self.renamed(shape, &text.alias);
            let used = std::mem::replace(&mut self.used, before);
            // Those within it come first, and their findings are told of on their own.
            let _ = first_cte;
            self.ctes.push(CteRecord {
                place: self.ident(&text.alias.name),
                name: name.clone(),
                is_read: Cell::new(false),
                columns: self.listed(text),
                read_columns: HashSet::new(),
                findings: first_finding..self.findings.len(),
            });
            let index = Some(self.ctes.len() - 1);
            ctes.list.push(Rc::new(Cte { name, shape: Rc::new(shape), index, used }));
        }
    }

    /// The columns that a common table expression names itself, for telling which of them nothing reads.
    fn listed(&self, text: &CteText) -> Vec<(crate::sql::Name, Option<std::ops::Range<usize>>)> {
        let SetExpr::Select(select) = text.query.body.as_ref() else { return Vec::new() };
        // With `distinct`, a column matters even if nothing reads it.
        if select.distinct.is_some() || !text.alias.columns.is_empty() {
            return Vec::new();
        }
        let named = select.projection.iter().filter_map(|item| match item {
            SelectItem::ExprWithAlias { alias, .. } => Some(alias),
            SelectItem::UnnamedExpr(sqlparser::ast::Expr::Identifier(ident)) => Some(ident),
            SelectItem::UnnamedExpr(sqlparser::ast::Expr::CompoundIdentifier(parts)) => parts.last(),
            _ => None,
        });
        named.map(|ident| (self.dialect.name(ident), self.ident(ident))).collect()
    }

    /// A recursive common table expression: its second part reads its first, until nothing is added.
    fn recursive<'q>(&mut self, text: &'q CteText, ctes: &Ctes, outer: Option<&'q Scope<'q>>) -> Shape {
        let Some((left, right)) = recursive_parts(text) else { return Shape::default() };
        let mut inner = ctes.clone();
        if let Some(with) = &text.query.with {
            self.with(with, &mut inner, outer);
        }
        let anchor = self.body(left, &inner, outer);
        let anchor = self.renamed(anchor, &text.alias);
        let mut shape = anchor.clone();
        for _ in 0..ROUNDS {
            let mut round = inner.clone();
            let name = self.dialect.name(&text.alias.name);
            let itself = Cte { name, shape: Rc::new(shape.clone()), index: None, used: Default::default() };
            round.list.push(Rc::new(itself));
            let step = self.body(right, &round, outer);
            let mut next = anchor.clone();
            if anchor.is_closed() && step.is_closed() && anchor.columns.len() != step.columns.len() {
                self.differ_in_number(&anchor, &step);
                return anchor;
            }
            for (index, column) in next.columns.iter_mut().enumerate() {
                match step.columns.get(index).filter(|_| index < step.counted) {
                    Some(other) => {
                        column.lineage.add(&other.lineage, Kind::Copy);
                        column.data_type = column.data_type.or(other.data_type);
                    }
                    None => column.lineage = Lineage::unknown("a recursive part has columns that are not known"),
                }
            }
            let stands = next.columns.iter().zip(&shape.columns).all(|(one, two)| one.lineage == two.lineage);
            shape = next;
            if stands {
                break;
            }
        }
        shape
    }

    /// The shape with the column names of an alias: `t (a, b)`.
    pub(super) fn renamed(&mut self, mut shape: Shape, alias: &TableAlias) -> Shape {
        if alias.columns.is_empty() {
            return shape;
        }
        if !shape.is_closed() {
            // What the names stand for is not known beyond what comes before a star.
            let reason = shape.reason().unwrap_or_default();
            let known = std::mem::take(&mut shape.columns);
            let mut renamed = Shape::default();
            for (index, definition) in alias.columns.iter().enumerate() {
                let name = Some(self.dialect.name(&definition.name));
                let place = self.ident(&definition.name);
                let column = match known.get(index).filter(|_| index < shape.counted) {
                    Some(column) => Column { name, ..column.clone() },
                    None => Column {
                        name,
                        lineage: Lineage::unknown(reason.clone()),
                        data_type: crate::sql::Type::Unknown,
                        place,
                    },
                };
                renamed.push(column);
            }
            return renamed;
        }
        if alias.columns.len() > shape.columns.len() {
            let message = format!(
                "`{}` names {} columns, but there are {}",
                alias.name.value,
                alias.columns.len(),
                shape.columns.len()
            );
            self.find(Rule::ColumnCount, self.ident(&alias.name), message);
        }
        for (column, definition) in shape.columns.iter_mut().zip(&alias.columns) {
            column.name = Some(self.dialect.name(&definition.name));
        }
        shape
    }
}

/// The two parts of a query that reads itself.
fn recursive_parts(text: &CteText) -> Option<(&SetExpr, &SetExpr)> {
    let SetExpr::SetOperation { left, right, .. } = text.query.body.as_ref() else { return None };
    super::from::reads(right, &text.alias.name.value).then_some((left.as_ref(), right.as_ref()))
}
