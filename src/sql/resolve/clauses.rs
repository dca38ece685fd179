//! `group by`, `having`, `qualify` and `order by`.

use sqlparser::ast::{Expr, GroupByExpr, OrderBy, OrderByKind, Select, Value};

use super::resolver::Resolver;
use super::scope::Scope;
use crate::sql::{Shape, Usage};

/// The column (from 0) that a position in `group by` or `order by` means.
pub(super) fn position(expression: &Expr) -> Option<usize> {
    let Expr::Value(value) = expression else { return None };
    let Value::Number(text, _) = &value.value else { return None };
    text.parse::<usize>().ok()?.checked_sub(1)
}

impl Resolver<'_> {
    /// What a condition reads.
    pub(super) fn condition(&mut self, expression: &Expr, scope: &Scope<'_>, usage: Usage) {
        let (lineage, data_type) = self.value(expression, scope);
        self.must_be_boolean(expression, data_type);
        self.uses(&lineage, usage);
    }

    /// `group by`, `having` and `qualify` of a select whose list gives `shape`.
    pub(super) fn grouped<'q>(&mut self, select: &'q Select, shape: &Shape, scope: &Scope<'q>) {
        if let GroupByExpr::Expressions(expressions, _) = &select.group_by {
            for expression in expressions {
                self.group_by(expression, shape, scope);
            }
        }
        if let Some(having) = &select.having {
            self.condition(having, scope, Usage::Filter);
        }
        if let Some(qualify) = &select.qualify {
            self.condition(qualify, scope, Usage::Filter);
        }
    }

    fn group_by(&mut self, expression: &Expr, shape: &Shape, scope: &Scope<'_>) {
        match expression {
            Expr::GroupingSets(sets) | Expr::Cube(sets) | Expr::Rollup(sets) => {
                for expression in sets.iter().flatten() {
                    self.group_by(expression, shape, scope);
                }
                return;
            }
            Expr::Tuple(parts) => {
                for expression in parts {
                    self.group_by(expression, shape, scope);
                }
                return;
            }
            _ => {}
        }
        if let Some(at) = position(expression) {
            match shape.columns.get(at).filter(|_| at < shape.counted) {
                Some(column) => self.uses(&column.lineage, Usage::Group),
                None if shape.is_closed() => {
                    let message = format!("there is no column {} to group by", at + 1);
                    self.find(crate::sql::Rule::ColumnCount, self.place(expression), message);
                }
                None => {}
            }
            return;
        }
        let (lineage, _) = self.value(expression, scope);
        self.uses(&lineage, Usage::Group);
    }

    /// `order by` of a select whose list gives `shape`: names of the result come first.
    pub(super) fn ordered(&mut self, order: Option<&OrderBy>, shape: &Shape, scope: &Scope<'_>) {
        let Some(order) = order else { return };
        let expressions = match &order.kind {
            OrderByKind::All(_) => {
                for column in &shape.columns {
                    self.uses(&column.lineage, Usage::Order);
                }
                return;
            }
            OrderByKind::Expressions(expressions) => expressions,
        };
        for expression in expressions {
            let named = match &expression.expr {
                Expr::Identifier(ident) => {
                    let key = self.dialect.name(ident).key;
                    shape.columns.iter().find(|column| column.is(&key))
                }
                other => match position(other) {
                    Some(at) => {
                        if at >= shape.columns.len() && shape.is_closed() {
                            let message = format!("there is no column {} to sort by", at + 1);
                            self.find(crate::sql::Rule::ColumnCount, self.place(other), message);
                        }
                        shape.columns.get(at).filter(|_| at < shape.counted)
                    }
                    None => None,
                },
            };
            if let Some(column) = named {
                self.uses(&column.lineage, Usage::Order);
                continue;
            }
            if position(&expression.expr).is_some() {
                continue;
            }
            let (lineage, _) = self.value(&expression.expr, scope);
            self.uses(&lineage, Usage::Order);
        }
    }
}
