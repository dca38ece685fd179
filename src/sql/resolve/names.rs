//! What a column's name means.

use std::ops::ControlFlow;

use sqlparser::ast::{Expr, Ident, visit_expressions};

use super::resolver::Resolver;
use super::scope::{Resolving, Scope, Source, named};
use crate::diagnostic::nearest;
use crate::sql::{Dialect, Kind, Lineage, Name, Rule, Shape, Type};

/// Where a column comes from that a shape does not list, but may have.
pub(super) fn of_open(shape: &Shape, key: &str) -> Lineage {
    let mut may: Vec<_> = shape.open.iter().filter(|open| !open.without.contains(key)).collect();
    match (may.pop(), may.is_empty()) {
        (Some(open), true) => match open.relation {
            Some(relation) => Lineage::column(relation, key),
            None => Lineage::unknown(open.reason.clone()),
        },
        (Some(_), false) => Lineage::unknown("several relations may have the column"),
        (None, _) => Lineage::unknown("a star leaves the column out"),
    }
}

/// Whether a shape may have a column that it does not list.
fn may_have(shape: &Shape, key: &str) -> bool {
    shape.open.iter().any(|open| !open.without.contains(key))
}

/// What a name means in one scope.
enum Found {
    Value(Lineage, Type),
    Ambiguous(Vec<String>),
    /// Relations whose columns are not known may have it.
    Perhaps(Lineage),
    Nothing,
}

impl Resolver<'_> {
    /// Remembers that a column of a common table expression is read.
    pub(super) fn mark(&mut self, source: &Source, key: &str) {
        if let Some(record) = source.cte.and_then(|index| self.ctes.get_mut(index)) {
            record.read_columns.insert(key.to_owned());
        }
    }

    /// What a name without a table means.
    pub(super) fn identifier(&mut self, ident: &Ident, scope: &Scope<'_>) -> (Lineage, Type) {
        let name = self.dialect.name(ident);
        if self.lambdas.contains(&name.key) {
            return Default::default();
        }
        let unknown = |lineage| (lineage, Type::Unknown);
        let mut here = Some(scope);
        let mut perhaps: Option<Lineage> = None;
        while let Some(current) = here {
            match self.in_sources(&name, current) {
                // An inner relation of unknown columns may hide what is found further out.
                Found::Value(..) if perhaps.is_some() => {
                    return unknown(Lineage::unknown(format!("`{}` may be a column of several queries", name.text)));
                }
                Found::Value(lineage, data_type) => return (lineage, data_type),
                Found::Ambiguous(_) if perhaps.is_some() => {
                    return unknown(Lineage::unknown(format!("`{}` may be a column of several queries", name.text)));
                }
                Found::Ambiguous(labels) => {
                    if labels.iter().all(|label| *label == labels[0]) {
                        let message = format!("`{}` has several columns `{}`", labels[0], name.text);
                        self.find(Rule::AmbiguousColumn, self.ident(ident), message);
                        return unknown(Lineage::unknown("the name is ambiguous"));
                    }
                    let message = format!("`{}` may be a column of `{}`", name.text, labels.join("` or of `"));
                    if let Some(finding) = self.find(Rule::AmbiguousColumn, self.ident(ident), message) {
                        finding.help = Some(format!("write `{}.{}`", labels[0], name.text));
                    }
                    return unknown(Lineage::unknown("the name is ambiguous"));
                }
                Found::Perhaps(lineage) if perhaps.is_none() => perhaps = Some(lineage),
                Found::Perhaps(_) => {
                    perhaps = Some(Lineage::unknown("relations of several queries may have the column"));
                }
                Found::Nothing => {}
            }
            if let Some((lineage, data_type)) = self.alias(&name.key, current) {
                // Columns come before aliases, and this alias is made of a column of its own name.
                if let (Some(column), None) = (&perhaps, current.outer)
                    && self.names_itself(&name.key, current)
                {
                    return unknown(column.clone());
                }
                if perhaps.is_some() {
                    let reason = format!("`{}` may be a column or an alias of the select list", name.text);
                    return unknown(Lineage::unknown(reason));
                }
                return (lineage, data_type);
            }
            here = current.outer;
        }
        if let Some(lineage) = perhaps {
            return unknown(lineage);
        }
        if let Some(lineage) = self.whole_row(std::slice::from_ref(&name), scope) {
            return (lineage, Type::Object);
        }
        if super::functions::is_value_word(&name.key) && ident.quote_style.is_none() {
            return Default::default();
        }
        // DuckDB: a text in double quotes that names nothing is an error too.
        self.no_column(ident, &name, scope);
        unknown(Lineage::unknown("the column does not exist"))
    }

    fn no_column(&mut self, ident: &Ident, name: &Name, scope: &Scope<'_>) {
        let labels: Vec<&str> = scope.visible().map(Source::label).filter(|label| !label.is_empty()).collect();
        let message = match labels.as_slice() {
            [] => format!("there is no column `{}`", name.text),
            [one] => format!("`{one}` has no column `{}`", name.text),
            several => format!("none of `{}` has a column `{}`", several.join("`, `"), name.text),
        };
        let mut names = scope.names();
        names.extend(scope.aliases.keys().map(String::as_str));
        let near = nearest(&name.text, names).map(str::to_owned);
        self.find_near(Rule::UnknownColumn, self.ident(ident), message, near);
    }

    /// What a name means among the sources of one scope.
    fn in_sources(&mut self, name: &Name, scope: &Scope<'_>) -> Found {
        if let Some(merged) = scope.merged.iter().find(|merged| merged.name == *name) {
            for source in &scope.sources {
                self.mark(source, &name.key);
            }
            return Found::Value(merged.lineage.clone(), merged.data_type);
        }
        let mut labels = Vec::new();
        let mut found = None;
        for source in scope.visible().filter(|source| !source.merged.contains(&name.key)) {
            let columns = named(&source.shape, &name.key);
            // DuckDB: of several columns with one name in a subquery, the first keeps it.
            let take = if self.dialect == Dialect::DuckDb { columns.len().min(1) } else { columns.len() };
            for column in &columns[..take] {
                labels.push(source.label().to_owned());
                if found.is_none() {
                    found = Some((column.lineage.clone(), column.data_type));
                }
            }
            if take > 0 {
                self.mark(source, &name.key);
            }
        }
        match (found, labels.len()) {
            (Some((lineage, data_type)), 1) => return Found::Value(lineage, data_type),
            (Some(_), _) => return Found::Ambiguous(labels),
            (None, _) => {}
        }
        let may: Vec<&Source> = scope.visible().filter(|source| may_have(&source.shape, &name.key)).collect();
        match may.as_slice() {
            [] => Found::Nothing,
            [only] => Found::Perhaps(of_open(&only.shape, &name.key)),
            _ => {
                let labels: Vec<&str> = may.iter().map(|source| source.label()).collect();
                Found::Perhaps(Lineage::unknown(format!("`{}` may have the column", labels.join("` or `"))))
            }
        }
    }

    /// Whether the expression of an alias names the alias, which then must be a column.
    fn names_itself(&self, key: &str, scope: &Scope<'_>) -> bool {
        let Some(alias) = scope.aliases.get(key) else { return false };
        let found = visit_expressions(alias.expression, |expression| match expression {
            Expr::Identifier(ident) if self.dialect.name(ident).key == key => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        });
        found.is_break()
    }

    /// What an alias of the select list means.
    fn alias(&mut self, key: &str, scope: &Scope<'_>) -> Option<(Lineage, Type)> {
        let alias = scope.aliases.get(key)?;
        let state = alias.value.borrow().clone();
        match state {
            Resolving::Done(lineage, data_type) => Some((lineage, data_type)),
            Resolving::Busy => None,
            Resolving::Waiting => {
                *alias.value.borrow_mut() = Resolving::Busy;
                let (lineage, data_type) = self.value(alias.expression, scope);
                *alias.value.borrow_mut() = Resolving::Done(lineage.clone(), data_type);
                Some((lineage, data_type))
            }
        }
    }

    /// What a name of several parts means: a column of a table, or a field of a column.
    pub(super) fn compound(&mut self, parts: &[Ident], scope: &Scope<'_>) -> (Lineage, Type) {
        let names: Vec<Name> = parts.iter().map(|part| self.dialect.name(part)).collect();
        if self.lambdas.contains(&names[0].key) {
            return Default::default();
        }
        for at in (1..names.len()).rev() {
            let Some(source) = scope.qualified(&names[..at]) else { continue };
            let (source, name) = (source.clone(), &names[at]);
            let columns = named(&source.shape, &name.key);
            let (lineage, data_type) = match columns.first() {
                Some(column) => {
                    if columns.len() > 1 && self.dialect != Dialect::DuckDb {
                        let message = format!("`{}` has several columns `{}`", source.label(), name.text);
                        self.find(Rule::AmbiguousColumn, self.ident(&parts[at]), message);
                    }
                    self.mark(&source, &name.key);
                    (column.lineage.clone(), column.data_type)
                }
                None if may_have(&source.shape, &name.key) => (of_open(&source.shape, &name.key), Type::Unknown),
                None => {
                    let message = format!("`{}` has no column `{}`", source.label(), name.text);
                    let columns = source.shape.columns.iter().filter_map(|column| column.name.as_ref());
                    let near = nearest(&name.text, columns.map(|name| name.text.as_str())).map(str::to_owned);
                    self.find_near(Rule::UnknownColumn, self.ident(&parts[at]), message, near);
                    (Lineage::unknown("the column does not exist"), Type::Unknown)
                }
            };
            return if at + 1 < names.len() {
                (lineage.made(Kind::Transform), Type::Unknown)
            } else {
                (lineage, data_type)
            };
        }
        if self.names_something(&names[0], scope) {
            let (lineage, _) = self.identifier(&parts[0], scope);
            return (lineage.made(Kind::Transform), Type::Unknown);
        }
        if super::functions::is_sequence(parts) {
            return Default::default();
        }
        if scope.is_closed() || !self.may_be_column(&names[0], scope) {
            let qualifier =
                names[..names.len() - 1].iter().map(|name| name.text.as_str()).collect::<Vec<_>>().join(".");
            let message = format!("`{qualifier}` is no relation of this query");
            let mut known: Vec<&str> = Vec::new();
            let mut here = Some(scope);
            while let Some(current) = here {
                known.extend(current.sources.iter().map(Source::label));
                here = current.outer;
            }
            let near = nearest(&qualifier, known).map(str::to_owned);
            self.find_near(Rule::UnknownTable, self.ident(&parts[0]), message, near);
        }
        (Lineage::unknown("the relation is not known"), Type::Unknown)
    }

    /// Whether a first part of a name may be a column whose fields are meant.
    fn may_be_column(&self, name: &Name, scope: &Scope<'_>) -> bool {
        let mut here = Some(scope);
        while let Some(current) = here {
            if current.sources.iter().any(|source| may_have(&source.shape, &name.key)) {
                return true;
            }
            here = current.outer;
        }
        false
    }

    /// Whether a name is a known column or alias.
    fn names_something(&self, name: &Name, scope: &Scope<'_>) -> bool {
        let mut here = Some(scope);
        while let Some(current) = here {
            let is_column = current.visible().any(|source| !named(&source.shape, &name.key).is_empty());
            if is_column || current.aliases.contains_key(&name.key) {
                return true;
            }
            here = current.outer;
        }
        false
    }

    /// A table's name used as a value: all of its columns.
    pub(super) fn whole_row(&mut self, path: &[Name], scope: &Scope<'_>) -> Option<Lineage> {
        let source = scope.qualified(path)?.clone();
        let mut lineage = Lineage::default();
        for column in &source.shape.columns {
            lineage.add(&column.lineage, Kind::Transform);
            if let Some(name) = &column.name {
                self.mark(&source, &name.key);
            }
        }
        if let Some(reason) = source.shape.reason() {
            lineage.unknown.get_or_insert(reason);
        }
        Some(lineage)
    }

    /// Whether an expression is nothing but a column's name.
    pub(super) fn is_name(expression: &Expr) -> bool {
        match expression {
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => true,
            Expr::Nested(inner) => Self::is_name(inner),
            _ => false,
        }
    }
}
