//! One `select`.

use std::cell::RefCell;

use sqlparser::ast::{
    ConnectByKind, Distinct, Expr, NamedWindowExpr, OrderBy, Select, SelectFlavor, SelectItem,
    SelectItemQualifiedWildcardKind,
};

use super::resolver::{Ctes, Resolver};
use super::scope::{Alias, Resolving, Scope};
use crate::sql::{Column, Dialect, Lineage, Name, Shape, Type, Usage};

impl Resolver<'_> {
    /// What a `select` gives; `order` is the `order by` of its query.
    pub(super) fn select<'q>(
        &mut self,
        select: &'q Select,
        ctes: &Ctes,
        outer: Option<&'q Scope<'q>>,
        order: Option<&'q OrderBy>,
    ) -> Shape {
        let mut scope = Scope { ctes: ctes.clone(), outer, ..Scope::default() };
        self.from(&select.from, &mut scope);
        for item in &select.projection {
            if let SelectItem::ExprWithAlias { expr, alias } = item {
                let key = self.dialect.name(alias).key;
                let alias = Alias { expression: expr, value: RefCell::new(Resolving::Waiting) };
                scope.aliases.entry(key).or_insert(alias);
            }
        }
        for definition in &select.named_window {
            let lineage = match &definition.1 {
                NamedWindowExpr::WindowSpec(spec) => self.window(spec, &scope),
                NamedWindowExpr::NamedWindow(name) => {
                    scope.windows.get(&self.dialect.name(name).key).cloned().unwrap_or_default()
                }
            };
            scope.windows.insert(self.dialect.name(&definition.0).key, lineage);
        }
        if !select.lateral_views.is_empty() {
            return Shape::unknown("lateral views are not followed");
        }
        for condition in select.prewhere.iter().chain(&select.selection) {
            self.condition(condition, &scope, Usage::Filter);
        }
        for kind in &select.connect_by {
            let conditions = match kind {
                ConnectByKind::ConnectBy { relationships, .. } => relationships.as_slice(),
                ConnectByKind::StartWith { condition, .. } => std::slice::from_ref(condition.as_ref()),
            };
            if scope.sources.iter().all(|source| source.shape.is_closed()) {
                for condition in conditions {
                    self.condition(condition, &scope, Usage::Filter);
                }
            }
        }
        let mut shape = Shape::default();
        for item in &select.projection {
            self.item(item, &scope, &mut shape);
        }
        if select.flavor == SelectFlavor::FromFirstNoSelect {
            self.all_columns(&scope, None, &mut shape);
        }
        self.grouped(select, &shape, &scope);
        self.must_be_grouped(select, &scope);
        if let Some(Distinct::On(expressions)) = &select.distinct {
            for expression in expressions {
                let (lineage, _) = self.value(expression, &scope);
                self.uses(&lineage, Usage::Group);
            }
        }
        self.ordered(order, &shape, &scope);
        shape
    }

    /// Adds what an item of a select list gives.
    fn item<'q>(&mut self, item: &'q SelectItem, scope: &Scope<'q>, shape: &mut Shape) {
        match item {
            SelectItem::UnnamedExpr(expression) => {
                if let Some(reason) = self.many_columns(expression, scope) {
                    shape.open.extend(Shape::unknown(reason).open);
                    return;
                }
                let (lineage, data_type) = self.value(expression, scope);
                let place = self.place(expression);
                shape.push(Column { name: self.made_name(expression), lineage, data_type, place });
            }
            SelectItem::ExprWithAlias { expr, alias } => {
                let (lineage, data_type) = self.aliased(alias, expr, scope);
                let place = self.ident(alias);
                shape.push(Column { name: Some(self.dialect.name(alias)), lineage, data_type, place });
            }
            SelectItem::ExprWithAliases { expr, aliases } => {
                let (lineage, _) = self.value(expr, scope);
                for alias in aliases {
                    shape.push(Column {
                        name: Some(self.dialect.name(alias)),
                        lineage: lineage.clone(),
                        data_type: Type::Unknown,
                        place: self.ident(alias),
                    });
                }
            }
            SelectItem::Wildcard(options) => self.star(options, scope, shape),
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), options) => {
                self.qualified_star(name, options, scope, shape);
            }
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::Expr(expression), _) => {
                self.value(expression, scope);
                shape.open.extend(Shape::unknown("a star over the fields of a value").open);
            }
        }
    }

    /// An item with an alias: the alias may have been asked for before.
    fn aliased<'q>(
        &mut self,
        alias: &sqlparser::ast::Ident,
        expression: &'q Expr,
        scope: &Scope<'q>,
    ) -> (Lineage, Type) {
        let key = self.dialect.name(alias).key;
        let known = scope.aliases.get(&key).filter(|alias| std::ptr::eq(alias.expression, expression));
        let Some(known) = known else { return self.value(expression, scope) };
        if let Resolving::Done(lineage, data_type) = &*known.value.borrow() {
            return (lineage.clone(), *data_type);
        }
        *known.value.borrow_mut() = Resolving::Busy;
        let (lineage, data_type) = self.value(expression, scope);
        *known.value.borrow_mut() = Resolving::Done(lineage.clone(), data_type);
        (lineage, data_type)
    }

    /// The name of an item without an alias, where the warehouse takes one from the expression.
    fn made_name(&self, expression: &Expr) -> Option<Name> {
        match expression {
            Expr::Identifier(ident) => Some(self.dialect.name(ident)),
            Expr::CompoundIdentifier(parts) => parts.last().map(|ident| self.dialect.name(ident)),
            Expr::Nested(inner) => self.made_name(inner),
            // DuckDB: a cast keeps the name of what it casts.
            Expr::Cast { expr, .. } if self.dialect == Dialect::DuckDb && Self::is_name(expr) => self.made_name(expr),
            _ => None,
        }
    }
}
