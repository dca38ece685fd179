//! `pivot` and `unpivot`.

use std::collections::BTreeSet;

use sqlparser::ast::{Expr, ExprWithAlias, PivotValueSource, TableAlias, TableFactor, Value};

use super::resolver::Resolver;
use super::scope::Scope;
use crate::sql::{Column, Dialect, Kind, Lineage, Name, Open, Quoted, Shape, Type, Usage};

impl Resolver<'_> {
    /// What a pivoted relation gives; `inner` gets the relation itself.
    pub(super) fn pivoted<'q>(
        &mut self,
        factor: &'q TableFactor,
        inner: &mut Scope<'q>,
    ) -> (Shape, Option<&'q TableAlias>) {
        match factor {
            TableFactor::Pivot { table, aggregate_functions, value_column, value_source, alias, .. } => {
                self.factor(table, inner);
                let shape = self.pivot(aggregate_functions, value_column, value_source, inner);
                (shape, alias.as_ref())
            }
            TableFactor::Unpivot { table, value, name, columns, alias, .. } => {
                self.factor(table, inner);
                let value_name = match value {
                    Expr::Identifier(ident) => Some(self.dialect.name(ident)),
                    _ => None,
                };
                let Some(value_name) = value_name else {
                    return (Shape::unknown("an unpivot into several columns"), alias.as_ref());
                };
                let shape = self.unpivot(value_name, self.dialect.name(name), columns, inner);
                (shape, alias.as_ref())
            }
            _ => (Shape::default(), None),
        }
    }

    fn pivot(
        &mut self,
        aggregates: &[ExprWithAlias],
        values: &[Expr],
        source: &PivotValueSource,
        inner: &Scope<'_>,
    ) -> Shape {
        let mut taken: BTreeSet<String> = BTreeSet::new();
        let mut made: Vec<(Option<Name>, Lineage, Type)> = Vec::new();
        for aggregate in aggregates {
            let (lineage, data_type) = self.value(&aggregate.expr, inner);
            taken.extend(self.names_in(&aggregate.expr));
            let name = aggregate.alias.as_ref().map(|alias| self.dialect.name(alias));
            made.push((name, lineage, data_type));
        }
        let mut by = Lineage::default();
        for value in values {
            let (lineage, _) = self.value(value, inner);
            self.uses(&lineage, Usage::Group);
            by.add(&lineage, Kind::Transform);
            taken.extend(self.names_in(value));
        }
        let mut shape = self.rest(&taken, inner);
        for column in &shape.columns {
            self.used.extend(column.lineage.from.keys().map(|origin| (origin.clone(), Usage::Group)));
        }
        let PivotValueSource::List(list) = source else {
            shape.open.extend(Shape::unknown("the columns of a pivot depend on the data").open);
            return shape;
        };
        for item in list {
            let text = match (&item.alias, &item.expr) {
                (Some(alias), _) => Some(self.dialect.name(alias)),
                (None, Expr::Value(value)) => self.value_name(&value.value),
                _ => None,
            };
            for (suffix, lineage, data_type) in &made {
                let mut name = text.clone();
                if let (Some(name), Some(suffix)) = (&mut name, suffix)
                    && (made.len() > 1 || self.dialect == Dialect::Snowflake)
                {
                    name.text = format!("{}_{}", name.text, suffix.text);
                    name.key = format!("{}_{}", name.key, suffix.key);
                }
                if made.len() > 1 && suffix.is_none() {
                    name = None;
                }
                shape.push(Column {
                    name,
                    lineage: lineage.clone().made(Kind::Aggregate),
                    data_type: *data_type,
                    place: self.place(&item.expr),
                });
            }
        }
        shape
    }

    /// The name of the column for a value. Snowflake: with its quotes.
    fn value_name(&self, value: &Value) -> Option<Name> {
        let text = match value {
            Value::SingleQuotedString(text) if self.dialect == Dialect::Snowflake => format!("'{text}'"),
            Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => text.clone(),
            Value::Number(text, _) => text.clone(),
            _ => return None,
        };
        let key = self.dialect.key(&text, Quoted::Yes);
        Some(Name { text, key })
    }

    fn unpivot(&mut self, value: Name, name: Name, columns: &[ExprWithAlias], inner: &Scope<'_>) -> Shape {
        let mut taken: BTreeSet<String> = BTreeSet::new();
        let mut lineage = Lineage::default();
        let mut data_type = Type::Null;
        for column in columns {
            let (other, other_type) = self.value(&column.expr, inner);
            lineage.add(&other, Kind::Copy);
            data_type = data_type.or(other_type);
            taken.extend(self.names_in(&column.expr));
        }
        let mut shape = self.rest(&taken, inner);
        let names = Column { name: Some(name), lineage: Lineage::default(), data_type: Type::Text, place: None };
        shape.push(names);
        shape.push(Column { name: Some(value), lineage, data_type, place: None });
        shape
    }

    /// The columns of a scope without some.
    fn rest(&mut self, taken: &BTreeSet<String>, inner: &Scope<'_>) -> Shape {
        let mut all = Shape::default();
        self.all_columns(inner, None, &mut all);
        let is_closed = all.is_closed();
        let kept = all.columns.into_iter();
        let columns: Vec<Column> =
            kept.filter(|column| !column.name.as_ref().is_some_and(|name| taken.contains(&name.key))).collect();
        let open = all.open.into_iter().map(|mut open| {
            open.without.extend(taken.iter().cloned());
            open
        });
        let open: Vec<Open> = open.collect();
        let counted = if is_closed { columns.len() } else { 0 };
        Shape { columns, open, counted }
    }

    /// Keys of the columns that an expression names.
    fn names_in(&self, expression: &Expr) -> Vec<String> {
        let mut names = Vec::new();
        let _ = sqlparser::ast::visit_expressions(expression, |inner| {
            match inner {
                Expr::Identifier(ident) => names.push(self.dialect.name(ident).key),
                Expr::CompoundIdentifier(parts) => names.extend(parts.last().map(|last| self.dialect.name(last).key)),
                _ => {}
            }
            std::ops::ControlFlow::<()>::Continue(())
        });
        names
    }
}
