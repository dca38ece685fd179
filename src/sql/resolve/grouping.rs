//! Columns of a grouped query that are neither grouped nor aggregated.

use std::collections::HashSet;

use sqlparser::ast::{Expr, Function, GroupByExpr, Select, SelectItem, SelectItemQualifiedWildcardKind};

use super::calls::{arguments, word};
use super::clauses::position;
use super::functions;
use super::resolver::Resolver;
use super::scope::{Scope, named};
use crate::sql::{Dialect, Rule};

/// What a grouped query may use in its select list.
struct Grouped<'q> {
    /// Expressions as they are written, with tables left out of columns that are found anyway.
    texts: HashSet<String>,
    aliases: HashSet<String>,
    items: Vec<&'q Expr>,
}

impl Resolver<'_> {
    /// Tells of columns of a grouped query that are neither grouped nor aggregated.
    ///
    /// Snowflake and DuckDB refuse them. Nothing is said where a source's columns are not known, or the grouping is
    /// made by sets.
    pub(super) fn must_be_grouped(&mut self, select: &Select, scope: &Scope<'_>) {
        let GroupByExpr::Expressions(expressions, modifiers) = &select.group_by else { return };
        if !modifiers.is_empty() || !scope.sources.iter().all(|source| source.shape.is_closed()) {
            return;
        }
        let items: Vec<&Expr> = select
            .projection
            .iter()
            .filter_map(|item| match item {
                SelectItem::UnnamedExpr(expression) | SelectItem::ExprWithAlias { expr: expression, .. } => {
                    Some(expression)
                }
                _ => None,
            })
            .collect();
        let has_star = items.len() < select.projection.len();
        let aggregates = items.iter().any(|item| self.aggregates(item))
            || select.having.as_ref().is_some_and(|having| self.aggregates(having));
        if expressions.is_empty() && !aggregates {
            return;
        }
        let mut grouped = Grouped { texts: HashSet::new(), aliases: HashSet::new(), items };
        for expression in expressions {
            if matches!(
                expression,
                Expr::GroupingSets(_) | Expr::Cube(_) | Expr::Rollup(_) | Expr::Tuple(_) | Expr::Subquery(_)
            ) {
                return;
            }
            match position(expression) {
                Some(_) if has_star => return,
                Some(at) => match grouped.items.get(at) {
                    Some(item) => {
                        let text = self.text(item, scope);
                        grouped.texts.insert(text);
                        self.group_alias(select, at, &mut grouped);
                    }
                    None => return,
                },
                None => {
                    let text = self.text(expression, scope);
                    grouped.texts.insert(text);
                    if let Expr::Identifier(ident) = expression {
                        let key = self.dialect.name(ident).key;
                        // An alias of the select list: what it stands for is grouped.
                        if let Some(alias) = scope.aliases.get(&key) {
                            let is_column = self.is_column(&key, scope);
                            if !is_column || self.dialect == Dialect::DuckDb {
                                let text = self.text(alias.expression, scope);
                                grouped.texts.insert(text);
                            }
                            grouped.aliases.insert(key);
                        }
                    }
                }
            }
        }
        if has_star {
            self.star_is_grouped(select, scope, &grouped);
            return;
        }
        for item in grouped.items.clone() {
            self.check_grouped(item, scope, &grouped);
        }
        if let Some(having) = &select.having {
            self.check_grouped(having, scope, &grouped);
        }
    }

    /// A star in a grouped query: nothing is said of it, since it may well be what is grouped by.
    fn star_is_grouped(&mut self, select: &Select, scope: &Scope<'_>, grouped: &Grouped<'_>) {
        for item in &select.projection {
            match item {
                SelectItem::UnnamedExpr(expression) | SelectItem::ExprWithAlias { expr: expression, .. } => {
                    self.check_grouped(expression, scope, grouped);
                }
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(_), _)
                | SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::Expr(_), _)
                | SelectItem::Wildcard(_)
                | SelectItem::ExprWithAliases { .. } => {}
            }
        }
    }

    fn group_alias(&self, select: &Select, at: usize, grouped: &mut Grouped<'_>) {
        if let Some(SelectItem::ExprWithAlias { alias, .. }) = select.projection.get(at) {
            grouped.aliases.insert(self.dialect.name(alias).key);
        }
    }

    fn is_column(&self, key: &str, scope: &Scope<'_>) -> bool {
        scope.visible().any(|source| !named(&source.shape, key).is_empty())
    }

    /// Whether an expression aggregates rows of its own query.
    fn aggregates(&self, expression: &Expr) -> bool {
        match expression {
            Expr::Function(function) if self.is_aggregation(function) => true,
            _ => children(expression).into_iter().any(|child| self.aggregates(child)),
        }
    }

    fn is_aggregation(&self, function: &Function) -> bool {
        function.over.is_none() && (functions::is_aggregate(&word(&function.name)) || !function.within_group.is_empty())
    }

    fn check_grouped(&mut self, expression: &Expr, scope: &Scope<'_>, grouped: &Grouped<'_>) {
        if grouped.texts.contains(&self.text(expression, scope)) {
            return;
        }
        match expression {
            Expr::Function(function) if self.is_aggregation(function) => {}
            // An unknown function may aggregate.
            Expr::Function(function)
                if function.over.is_none()
                    && functions::result(&word(&function.name), &[], self.dialect) == crate::sql::Type::Unknown
                    && !is_scalar(&word(&function.name)) => {}
            Expr::Identifier(ident) => {
                let name = self.dialect.name(ident);
                if grouped.aliases.contains(&name.key) || !self.is_column(&name.key, scope) {
                    return;
                }
                // DuckDB: an alias of the list may be meant where it is not a column's own name.
                if scope.aliases.get(&name.key).is_some_and(|alias| !std::ptr::eq(alias.expression, expression))
                    && !Self::is_name_of(
                        scope.aliases.get(&name.key).map(|alias| alias.expression),
                        ident.value.as_str(),
                    )
                {
                    return;
                }
                let message = format!("`{}` is neither grouped nor aggregated", name.text);
                self.find(Rule::NotGrouped, self.ident(ident), message);
            }
            Expr::CompoundIdentifier(parts) => {
                let names: Vec<_> = parts.iter().map(|part| self.dialect.name(part)).collect();
                let is_own = scope.sources.iter().any(|source| source.is(&names[..names.len() - 1]));
                if is_own {
                    let text = names.iter().map(|name| name.text.as_str()).collect::<Vec<_>>().join(".");
                    let message = format!("`{text}` is neither grouped nor aggregated");
                    self.find(Rule::NotGrouped, self.place(expression), message);
                }
            }
            _ => {
                for child in children(expression) {
                    self.check_grouped(child, scope, grouped);
                }
            }
        }
    }

    fn is_name_of(expression: Option<&Expr>, name: &str) -> bool {
        match expression {
            Some(Expr::Identifier(ident)) => ident.value.eq_ignore_ascii_case(name),
            Some(Expr::CompoundIdentifier(parts)) => {
                parts.last().is_some_and(|last| last.value.eq_ignore_ascii_case(name))
            }
            _ => false,
        }
    }

    /// An expression as a text by which it is compared: case, blanks, parentheses and the tables of columns that only
    /// one source has do not matter.
    fn text(&self, expression: &Expr, scope: &Scope<'_>) -> String {
        let mut copy = expression.clone();
        let _ = sqlparser::ast::visit_expressions_mut(&mut copy, |inner| {
            while let Expr::Nested(nested) = inner {
                *inner = std::mem::replace(
                    nested.as_mut(),
                    Expr::Wildcard(sqlparser::ast::helpers::attached_token::AttachedToken::empty()),
                );
            }
            let short = match inner {
                Expr::CompoundIdentifier(parts) if parts.len() > 1 => {
                    let last = &parts[parts.len() - 1];
                    let names: Vec<_> = parts.iter().map(|part| self.dialect.name(part)).collect();
                    let key = &names[names.len() - 1].key;
                    let owners: Vec<_> =
                        scope.visible().filter(|source| !named(&source.shape, key).is_empty()).collect();
                    let only = matches!(owners.as_slice(), [one] if one.is(&names[..names.len() - 1]));
                    let merged = scope.merged.iter().any(|merged| merged.name.key == *key);
                    (only || merged).then(|| last.clone())
                }
                _ => None,
            };
            if let Some(ident) = short {
                *inner = Expr::Identifier(ident);
            }
            std::ops::ControlFlow::<()>::Continue(())
        });
        copy.to_string().to_lowercase().replace('"', "")
    }
}

/// Functions that surely make one value of one row, though their type depends.
fn is_scalar(name: &str) -> bool {
    matches!(
        name,
        "coalesce"
            | "nvl"
            | "ifnull"
            | "nullif"
            | "greatest"
            | "least"
            | "iff"
            | "date_trunc"
            | "dateadd"
            | "date_add"
            | "trim"
            | "substring"
            | "substr"
            | "left"
            | "right"
            | "cast"
    )
}

/// The expressions right within another, without those of subqueries.
fn children(expression: &Expr) -> Vec<&Expr> {
    match expression {
        Expr::Nested(inner)
        | Expr::UnaryOp { expr: inner, .. }
        | Expr::Cast { expr: inner, .. }
        | Expr::IsNull(inner)
        | Expr::IsNotNull(inner)
        | Expr::IsTrue(inner)
        | Expr::IsFalse(inner)
        | Expr::Extract { expr: inner, .. }
        | Expr::Ceil { expr: inner, .. }
        | Expr::Floor { expr: inner, .. } => vec![inner],
        Expr::BinaryOp { .. } => {
            let mut found = Vec::new();
            let mut rest = expression;
            while let Expr::BinaryOp { left, right, .. } = rest {
                found.push(right.as_ref());
                rest = left;
            }
            found.push(rest);
            found
        }
        Expr::Between { expr, low, high, .. } => vec![expr, low, high],
        Expr::Like { expr, pattern, .. } | Expr::ILike { expr, pattern, .. } => vec![expr, pattern],
        Expr::Case { operand, conditions, else_result, .. } => {
            let branches = conditions.iter().flat_map(|branch| [&branch.condition, &branch.result]);
            operand.iter().map(AsRef::as_ref).chain(branches).chain(else_result.iter().map(AsRef::as_ref)).collect()
        }
        Expr::Function(function) => arguments(function),
        Expr::Tuple(parts) => parts.iter().collect(),
        _ => Vec::new(),
    }
}
