//! `from`: relations, derived tables and joins as sources of a scope.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::rc::Rc;

use sqlparser::ast::{
    Join, JoinConstraint, JoinOperator, ObjectName, ObjectNamePart, SetExpr, TableAlias, TableFactor, TableWithJoins,
    visit_relations,
};

use super::resolver::{Ctes, Resolver};
use super::scope::{Merged, Scope, Source, named};
use crate::diagnostic::nearest;
use crate::sql::{Column, Dialect, Kind, Lineage, Name, Open, Rule, Shape, Usage};

/// Whether a query reads a relation that is called so, without a schema.
pub(super) fn reads(body: &SetExpr, name: &str) -> bool {
    visit_relations(body, |relation: &ObjectName| match relation.0.as_slice() {
        [ObjectNamePart::Identifier(only)] if only.value.eq_ignore_ascii_case(name) => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    })
    .is_break()
}

impl Resolver<'_> {
    /// Adds the sources of a `from`.
    pub(super) fn from<'q>(&mut self, tables: &'q [TableWithJoins], scope: &mut Scope<'q>) {
        for table in tables {
            self.joined(table, scope);
        }
    }

    fn joined<'q>(&mut self, table: &'q TableWithJoins, scope: &mut Scope<'q>) {
        let first = scope.sources.len();
        self.factor(&table.relation, scope);
        for join in &table.joins {
            let right = scope.sources.len();
            self.factor(&join.relation, scope);
            self.join(join, first, right, scope);
        }
    }

    fn join(&mut self, join: &Join, first: usize, right: usize, scope: &mut Scope<'_>) {
        use JoinOperator as Operator;
        let constraint = match &join.join_operator {
            Operator::Join(constraint)
            | Operator::Inner(constraint)
            | Operator::Left(constraint)
            | Operator::LeftOuter(constraint)
            | Operator::Right(constraint)
            | Operator::RightOuter(constraint)
            | Operator::FullOuter(constraint)
            | Operator::CrossJoin(constraint)
            | Operator::Semi(constraint)
            | Operator::LeftSemi(constraint)
            | Operator::RightSemi(constraint)
            | Operator::Anti(constraint)
            | Operator::LeftAnti(constraint)
            | Operator::RightAnti(constraint)
            | Operator::StraightJoin(constraint) => constraint,
            Operator::AsOf { match_condition, constraint } => {
                self.condition(match_condition, scope, Usage::Join);
                constraint
            }
            _ => return,
        };
        match constraint {
            JoinConstraint::On(condition) => self.condition(condition, scope, Usage::Join),
            JoinConstraint::Using(columns) | JoinConstraint::UsingAlias(columns, _) => {
                for column in columns {
                    if let Some(ObjectNamePart::Identifier(ident)) = column.0.last() {
                        let name = self.dialect.name(ident);
                        let place = self.ident(ident);
                        self.merge(&name, place, &join.join_operator, (first, right), scope);
                    }
                }
            }
            JoinConstraint::Natural => self.natural(&join.join_operator, (first, right), scope),
            JoinConstraint::None => {}
        }
        match &join.join_operator {
            Operator::Semi(_) | Operator::LeftSemi(_) | Operator::Anti(_) | Operator::LeftAnti(_) => {
                scope.sources[right..].iter_mut().for_each(|source| source.is_hidden = true);
            }
            Operator::RightSemi(_) | Operator::RightAnti(_) => {
                scope.sources[first..right].iter_mut().for_each(|source| source.is_hidden = true);
            }
            _ => {}
        }
    }

    /// A join by the columns that both sides have.
    fn natural(&mut self, operator: &JoinOperator, (first, right): (usize, usize), scope: &mut Scope<'_>) {
        let closed = scope.sources[first..].iter().all(|source| source.shape.is_closed());
        if !closed {
            for source in &mut scope.sources[first..] {
                source.shape = Rc::new(Shape::unknown("a natural join of relations whose columns are not known"));
            }
            return;
        }
        let names = |sources: &[Source]| -> Vec<Name> {
            sources.iter().flat_map(|source| &source.shape.columns).filter_map(|column| column.name.clone()).collect()
        };
        let others = names(&scope.sources[right..]);
        let mut shared: Vec<Name> = Vec::new();
        for name in names(&scope.sources[first..right]) {
            if others.contains(&name) && !shared.contains(&name) {
                shared.push(name);
            }
        }
        for name in shared {
            self.merge(&name, None, operator, (first, right), scope);
        }
    }

    /// Makes one column of a column of both sides.
    fn merge(
        &mut self,
        name: &Name,
        place: Option<std::ops::Range<usize>>,
        operator: &JoinOperator,
        (first, right): (usize, usize),
        scope: &mut Scope<'_>,
    ) {
        let before = scope.merged.iter().find(|merged| merged.name == *name).cloned();
        let left = match before {
            Some(merged) => Some((merged.lineage, merged.data_type)),
            None => self.side(name, place.clone(), &scope.sources[first..right]),
        };
        let other = self.side(name, place, &scope.sources[right..]);
        let ((left, left_type), (other, other_type)) = (left.unwrap_or_default(), other.unwrap_or_default());
        self.uses(&left, Usage::Join);
        self.uses(&other, Usage::Join);
        let lineage = match operator {
            JoinOperator::Right(_) | JoinOperator::RightOuter(_) => other,
            JoinOperator::FullOuter(_) => {
                let mut both = left.made(Kind::Transform);
                both.add(&other, Kind::Transform);
                both
            }
            _ => left,
        };
        scope.merged.retain(|merged| merged.name != *name);
        scope.merged.push(Merged { name: name.clone(), lineage, data_type: left_type.or(other_type) });
        for source in &mut scope.sources[right..] {
            if !source.merged.contains(&name.key) {
                source.merged.push(name.key.clone());
            }
        }
    }

    /// A column of one side of a join.
    fn side(
        &mut self,
        name: &Name,
        place: Option<std::ops::Range<usize>>,
        sources: &[Source],
    ) -> Option<(Lineage, crate::sql::Type)> {
        for source in sources {
            if let Some(column) = named(&source.shape, &name.key).first() {
                let found = (column.lineage.clone(), column.data_type);
                self.mark(source, &name.key);
                return Some(found);
            }
        }
        let open: Vec<&Source> = sources.iter().filter(|source| !source.shape.is_closed()).collect();
        match open.as_slice() {
            [] => {
                let labels: Vec<&str> = sources.iter().map(Source::label).collect();
                let message = format!("`{}` has no column `{}` to join by", labels.join("`, `"), name.text);
                let names = sources.iter().flat_map(|source| &source.shape.columns);
                let names: Vec<&str> =
                    names.filter_map(|column| column.name.as_ref()).map(|name| name.text.as_str()).collect();
                let near = nearest(&name.text, names).map(str::to_owned);
                self.find_near(Rule::UnknownColumn, place, message, near);
                None
            }
            [only] => Some((super::names::of_open(&only.shape, &name.key), crate::sql::Type::Unknown)),
            _ => Some((Lineage::unknown("several relations may have the column"), crate::sql::Type::Unknown)),
        }
    }

    /// Adds the sources of one item of a `from`.
    pub(super) fn factor<'q>(&mut self, factor: &'q TableFactor, scope: &mut Scope<'q>) {
        match factor {
            TableFactor::Table { name, alias, args: None, .. } => self.table(name, alias.as_ref(), scope),
            TableFactor::Derived { lateral, subquery, alias, .. } => {
                let ctes = scope.ctes.clone();
                // DuckDB: a subquery may read what stands before it, with or without the word.
                let shape = if *lateral || self.dialect == Dialect::DuckDb {
                    self.query(subquery, &ctes, Some(scope))
                } else {
                    self.query(subquery, &ctes, scope.outer)
                };
                self.add(shape, alias.as_ref(), None, scope);
            }
            TableFactor::NestedJoin { table_with_joins, alias: None } => self.joined(table_with_joins, scope),
            TableFactor::NestedJoin { table_with_joins, alias } => {
                let mut inner = Scope { ctes: scope.ctes.clone(), outer: scope.outer, ..Scope::default() };
                self.joined(table_with_joins, &mut inner);
                let mut shape = Shape::default();
                self.all_columns(&inner, None, &mut shape);
                self.add(shape, alias.as_ref(), None, scope);
            }
            TableFactor::Pivot { .. } | TableFactor::Unpivot { .. } => {
                let mut inner = Scope { ctes: scope.ctes.clone(), outer: scope.outer, ..Scope::default() };
                let (shape, alias) = self.pivoted(factor, &mut inner);
                let path = inner.sources.first().map(|source| source.path.clone());
                self.add(shape, alias, path, scope);
            }
            _ => {
                let (shape, alias, name) = self.table_function(factor, scope);
                self.add(shape, alias, Some(name.into_iter().collect()), scope);
            }
        }
    }

    /// Adds a relation by its name.
    fn table<'q>(&mut self, name: &'q ObjectName, alias: Option<&'q TableAlias>, scope: &mut Scope<'q>) {
        let mut path = Vec::new();
        for part in &name.0 {
            match part {
                ObjectNamePart::Identifier(ident) => path.push(self.dialect.name(ident)),
                ObjectNamePart::Function(_) => {
                    self.add(Shape::unknown("the relation's name is computed"), alias, None, scope);
                    return;
                }
            }
        }
        let place = self.place(name);
        // A relation of the `from` may be a list to go through: `from orders, orders.items`.
        let (shape, cte) = self.relation(&path, place, &scope.ctes);
        let shape = match alias {
            Some(alias) if !alias.columns.is_empty() => Rc::new(self.renamed(shape.as_ref().clone(), alias)),
            _ => shape,
        };
        let path = alias.map_or(path, |alias| vec![self.dialect.name(&alias.name)]);
        scope.sources.push(Source { path, shape, cte, merged: Vec::new(), is_hidden: false });
    }

    /// Adds a source with its alias, or else under `path`.
    fn add(&mut self, shape: Shape, alias: Option<&TableAlias>, path: Option<Vec<Name>>, scope: &mut Scope<'_>) {
        let (shape, path) = match alias {
            Some(alias) => (self.renamed(shape, alias), vec![self.dialect.name(&alias.name)]),
            None => (shape, path.unwrap_or_default()),
        };
        scope.sources.push(Source { path, shape: Rc::new(shape), cte: None, merged: Vec::new(), is_hidden: false });
    }

    /// What a relation's name means: a common table expression, or what the schemas know.
    pub(super) fn relation(
        &mut self,
        path: &[Name],
        place: Option<std::ops::Range<usize>>,
        ctes: &Ctes,
    ) -> (Rc<Shape>, Option<usize>) {
        if let [only] = path
            && let Some(cte) = ctes.find(&only.key)
        {
            if let Some(index) = cte.index {
                self.ctes[index].is_read.set(true);
            }
            self.used.extend(cte.used.iter().cloned());
            return (Rc::clone(&cte.shape), cte.index);
        }
        let schemas = self.schemas;
        let Some(relation) = schemas.find(path) else {
            let shape = self.missing(path, place, ctes);
            return (Rc::new(shape), None);
        };
        let index = self.read(path, Some(relation.id.clone()));
        let columns = relation.columns.columns.iter().map(|column| Column {
            name: Some(column.name.clone()),
            lineage: Lineage::column(index, &column.name.key),
            data_type: column.data_type,
            place: None,
        });
        let mut shape = Shape { columns: columns.collect(), open: Vec::new(), counted: 0 };
        match &relation.columns.open {
            None => shape.counted = shape.columns.len(),
            // In which order known and unknown columns stand is not known either.
            Some(reason) => {
                shape.open.push(Open { relation: Some(index), without: BTreeSet::new(), reason: reason.clone() });
            }
        }
        (Rc::new(shape), None)
    }

    /// A relation that nobody knows: whether that is a mistake, and what is left to say of it.
    fn missing(&mut self, path: &[Name], place: Option<std::ops::Range<usize>>, ctes: &Ctes) -> Shape {
        let name = path.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join(".");
        let reason = format!("the columns of `{name}` are not known");
        if let [only] = path {
            // Files, stages and what the warehouse itself has.
            let is_elsewhere = only.text.contains(['.', '/', '@', '*', ':', '%'])
                || ["duckdb_", "pragma_", "pg_", "sqlite_"].iter().any(|prefix| only.text.starts_with(prefix))
                || only.key.eq_ignore_ascii_case("dual");
            if !is_elsewhere && self.schemas.open.is_none() {
                let known = ctes.list.iter().map(|cte| cte.name.text.as_str()).chain(self.schemas.names());
                let near = nearest(&only.text, known).map(str::to_owned);
                let message = format!("there is no relation `{name}`");
                self.find_near(Rule::UnknownTable, place, message, near);
                return Shape::unknown(reason);
            }
        } else if self.schemas.open.is_none() && self.schemas.knows_schema(path) {
            let last = path.last().map_or("", |last| last.text.as_str());
            if let Some(near) = nearest(last, self.schemas.names()).map(str::to_owned) {
                let message = format!("the project has no relation `{name}`");
                if let Some(finding) = self.find(Rule::UnknownTable, place, message) {
                    finding.help = Some(format!("did you mean `{near}`?"));
                    // Others may have put it there.
                    finding.is_doubtful = true;
                }
                return Shape::unknown(reason);
            }
        }
        let index = self.read(path, None);
        let open = Open { relation: Some(index), without: BTreeSet::new(), reason: reason.into() };
        Shape { columns: Vec::new(), open: vec![open], counted: 0 }
    }
}
