//! Stars: all columns, less or other than some.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use sqlparser::ast::{ExcludeSelectItem, Ident, ObjectName, RenameSelectItem, WildcardAdditionalOptions};

use super::resolver::Resolver;
use super::scope::{Scope, Source};
use crate::diagnostic::nearest;
use crate::sql::{Column, Dialect, Lineage, Name, Rule, Shape, Type};

/// What a star leaves out, renames and replaces.
#[derive(Default)]
struct Changes {
    without: Vec<(Name, Option<Range<usize>>)>,
    renamed: BTreeMap<String, (Name, Option<Range<usize>>)>,
    replaced: BTreeMap<String, (Lineage, Type, Option<Range<usize>>)>,
    like: Option<String>,
}

impl Resolver<'_> {
    /// Adds all columns of a scope's sources to a shape, with columns that a join merged once.
    pub(super) fn all_columns(&mut self, scope: &Scope<'_>, place: Option<Range<usize>>, shape: &mut Shape) {
        let column = |merged: &super::scope::Merged, place: &Option<Range<usize>>| Column {
            name: Some(merged.name.clone()),
            lineage: merged.lineage.clone(),
            data_type: merged.data_type,
            place: place.clone(),
        };
        // DuckDB: merged columns stand where the first source has them. Others: they come first.
        let mut done: BTreeSet<&str> = BTreeSet::new();
        if self.dialect != Dialect::DuckDb {
            for merged in &scope.merged {
                shape.push(column(merged, &place));
                done.insert(&merged.name.key);
            }
        }
        for source in scope.visible() {
            self.mark_all(source);
            for known in &source.shape.columns {
                let key = known.name.as_ref().map(|name| name.key.as_str());
                let merged = scope.merged.iter().find(|merged| Some(merged.name.key.as_str()) == key);
                match merged {
                    None => shape.push(Column { place: place.clone().or(known.place.clone()), ..known.clone() }),
                    Some(merged) if done.insert(&merged.name.key) => shape.push(column(merged, &place)),
                    Some(_) => {}
                }
            }
            for open in &source.shape.open {
                let mut open = open.clone();
                open.without
                    .extend(source.shape.columns.iter().filter_map(|column| Some(column.name.as_ref()?.key.clone())));
                for merged in &scope.merged {
                    open.without.insert(merged.name.key.clone());
                }
                shape.open.push(open);
            }
        }
        for merged in &scope.merged {
            if done.insert(&merged.name.key) {
                shape.push(column(merged, &place));
            }
        }
    }

    fn mark_all(&mut self, source: &Source) {
        let names: Vec<String> =
            source.shape.columns.iter().filter_map(|column| Some(column.name.as_ref()?.key.clone())).collect();
        for key in names {
            self.mark(source, &key);
        }
    }

    /// Adds what a star gives.
    pub(super) fn star(&mut self, options: &WildcardAdditionalOptions, scope: &Scope<'_>, shape: &mut Shape) {
        let place = self.range(options.wildcard_token.0.span);
        let mut all = Shape::default();
        if scope.sources.is_empty() {
            self.find(Rule::UnknownTable, place.clone(), "there is no relation that the star could be over".to_owned());
        }
        self.all_columns(scope, place, &mut all);
        self.changed(options, all, scope, shape);
    }

    /// Adds what a star over one relation gives.
    pub(super) fn qualified_star(
        &mut self,
        name: &ObjectName,
        options: &WildcardAdditionalOptions,
        scope: &Scope<'_>,
        shape: &mut Shape,
    ) {
        let path: Vec<Name> =
            name.0.iter().filter_map(|part| part.as_ident()).map(|ident| self.dialect.name(ident)).collect();
        let place = self.place(name);
        let Some(source) = scope.qualified(&path).cloned() else {
            let text = path.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join(".");
            let columns = scope.names();
            // DuckDB: a star over a struct is its fields.
            let is_column = path.first().is_some_and(|first| {
                columns.iter().any(|column| self.dialect.plain(column).key == first.key) || !scope.is_closed()
            });
            if !is_column {
                let near = nearest(&text, scope.visible().map(Source::label)).map(str::to_owned);
                self.find_near(Rule::UnknownTable, place, format!("`{text}` is no relation of this query"), near);
            }
            let unknown = Shape::unknown(format!("`{text}.*` is over no relation of the query"));
            shape.open.extend(unknown.open);
            return;
        };
        self.mark_all(&source);
        let mut all = Shape::default();
        for column in &source.shape.columns {
            all.push(Column { place: place.clone(), ..column.clone() });
        }
        all.open.extend(source.shape.open.iter().cloned());
        for open in &mut all.open {
            open.without
                .extend(source.shape.columns.iter().filter_map(|column| Some(column.name.as_ref()?.key.clone())));
        }
        all.counted = source.shape.counted;
        self.changed(options, all, scope, shape);
    }

    /// Adds the columns of a star with what its options change.
    fn changed(&mut self, options: &WildcardAdditionalOptions, all: Shape, scope: &Scope<'_>, shape: &mut Shape) {
        let changes = self.changes(options, scope);
        let named = changes.without.iter().map(|(name, place)| (&name.key, &name.text, place));
        let named = named.chain(changes.renamed.iter().map(|(key, (_, place))| (key, key, place)));
        let named: Vec<_> = named.chain(changes.replaced.iter().map(|(key, (.., place))| (key, key, place))).collect();
        for (key, text, place) in named {
            if all.is_closed() && !all.columns.iter().any(|column| column.is(key)) {
                let known = all.columns.iter().filter_map(|column| column.name.as_ref()).map(|name| name.text.as_str());
                let near = nearest(text, known).map(str::to_owned);
                let message = format!("the star has no column `{text}`");
                self.find_near(Rule::UnknownColumn, place.clone(), message, near);
            }
        }
        let is_open = !all.is_closed();
        let counted = all.counted;
        for (index, column) in all.columns.into_iter().enumerate() {
            let key = column.name.as_ref().map(|name| name.key.clone()).unwrap_or_default();
            let is_left_out = changes.without.iter().any(|(name, _)| name.key == key)
                || changes.like.as_ref().is_some_and(|pattern| !like(&key.to_lowercase(), pattern));
            if is_left_out {
                continue;
            }
            let mut column = column;
            if let Some((lineage, data_type, place)) = changes.replaced.get(&key) {
                column.lineage = lineage.clone();
                column.data_type = *data_type;
                column.place.clone_from(place);
            }
            if let Some((name, _)) = changes.renamed.get(&key) {
                column.name = Some(name.clone());
            }
            let is_counted = index < counted || !is_open;
            shape.columns.push(column);
            if is_counted && shape.open.is_empty() {
                shape.counted = shape.columns.len();
            }
        }
        for mut open in all.open {
            // What is renamed or replaced in a star of unknown columns is one of them.
            for (key, (name, place)) in &changes.renamed {
                if !open.without.contains(key) {
                    let lineage = open.relation.map_or_else(
                        || Lineage::unknown(open.reason.clone()),
                        |relation| Lineage::column(relation, key),
                    );
                    shape.columns.push(Column {
                        name: Some(name.clone()),
                        lineage,
                        data_type: Type::Unknown,
                        place: place.clone(),
                    });
                    open.without.insert(key.clone());
                }
            }
            for (key, (lineage, data_type, place)) in &changes.replaced {
                if open.without.insert(key.clone()) {
                    shape.columns.push(Column {
                        name: Some(Name { text: key.clone(), key: key.clone() }),
                        lineage: lineage.clone(),
                        data_type: *data_type,
                        place: place.clone(),
                    });
                }
            }
            open.without.extend(changes.without.iter().map(|(name, _)| name.key.clone()));
            if changes.like.is_some() {
                open.relation = None;
            }
            shape.open.push(open);
        }
    }

    fn changes(&mut self, options: &WildcardAdditionalOptions, scope: &Scope<'_>) -> Changes {
        let mut changes = Changes::default();
        let mut without: Vec<&Ident> = Vec::new();
        match &options.opt_exclude {
            Some(ExcludeSelectItem::Single(name)) => without.extend(name.0.last().and_then(|part| part.as_ident())),
            Some(ExcludeSelectItem::Multiple(names)) => {
                without.extend(names.iter().filter_map(|name| name.0.last()?.as_ident()));
            }
            None => {}
        }
        if let Some(except) = &options.opt_except {
            without.push(&except.first_element);
            without.extend(&except.additional_elements);
        }
        changes.without = without.into_iter().map(|ident| (self.dialect.name(ident), self.ident(ident))).collect();
        let renamed = match &options.opt_rename {
            Some(RenameSelectItem::Single(item)) => std::slice::from_ref(item),
            Some(RenameSelectItem::Multiple(items)) => items.as_slice(),
            None => &[],
        };
        for item in renamed {
            let new = (self.dialect.name(&item.alias), self.ident(&item.ident));
            changes.renamed.insert(self.dialect.name(&item.ident).key, new);
        }
        for item in options.opt_replace.iter().flat_map(|replace| &replace.items) {
            let (lineage, data_type) = self.value(&item.expr, scope);
            let place = self.ident(&item.column_name);
            changes.replaced.insert(self.dialect.name(&item.column_name).key, (lineage, data_type, place));
        }
        changes.like = options.opt_ilike.as_ref().map(|like| like.pattern.to_lowercase());
        changes
    }
}

/// Whether a text fits a pattern of `like`; both are in lower case.
fn like(text: &str, pattern: &str) -> bool {
    let mut letters = pattern.chars();
    match letters.next() {
        None => text.is_empty(),
        Some('%') => {
            let rest = letters.as_str();
            (0..=text.len()).filter(|at| text.is_char_boundary(*at)).any(|at| like(&text[at..], rest))
        }
        Some('_') => {
            let mut text = text.chars();
            text.next().is_some() && like(text.as_str(), letters.as_str())
        }
        Some(letter) => text.strip_prefix(letter).is_some_and(|rest| like(rest, letters.as_str())),
    }
}

#[cfg(test)]
mod tests {
    use super::like;

    #[test]
    fn patterns_fit_as_in_sql() {
        assert!(like("order_id", "%id"));
        assert!(like("order_id", "order_i_"));
        assert!(!like("order_id", "%id_"));
        assert!(like("", "%"));
    }
}
