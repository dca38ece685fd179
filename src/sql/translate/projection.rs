//! What a SELECT gives: expressions with their names, and stars.

use sqlparser::ast::{
    ExcludeSelectItem, Expr, RenameSelectItem, SelectItem, SelectItemQualifiedWildcardKind, Value,
    WildcardAdditionalOptions,
};

use super::name::{plain, quoted};
use super::refusal::Result;
use super::scope::{Column, Relation, same};
use super::translator::Translator;

impl Translator<'_> {
    /// The engine takes `"a"` and `A` for one name; Snowflake for two.
    pub(super) fn names_differ_in_more_than_case(&mut self, items: &[SelectItem]) -> Result<()> {
        let mut names: Vec<String> = Vec::new();
        for item in items {
            let ident = match item {
                SelectItem::ExprWithAlias { alias, .. } => alias,
                SelectItem::UnnamedExpr(Expr::Identifier(name)) => name,
                _ => continue,
            };
            let name = if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_uppercase() };
            if let Some(other) = names.iter().find(|other| same(other, &name) && **other != name) {
                self.here = self.at(ident);
                let reason = format!("`{other}` and `{name}` are one name on DuckDB");
                return Err(self.refuse("names in quotes", &reason, Some("give one of them another name")));
            }
            names.push(name);
        }
        Ok(())
    }

    /// An item of the projection, and the columns that it gives.
    pub(super) fn item(&mut self, item: &SelectItem) -> Result<(String, Option<Vec<Column>>)> {
        match item {
            SelectItem::UnnamedExpr(expression) => {
                let piece = self.expression(expression)?;
                let (name, sql) = match expression {
                    Expr::Identifier(name) => (name.value.clone(), piece.sql),
                    Expr::CompoundIdentifier(names) if names.last().is_some() => {
                        (names.last().map(|name| name.value.clone()).unwrap_or_default(), piece.sql)
                    }
                    Expr::Value(value) if matches!(value.value, Value::Placeholder(_)) => {
                        (piece.note.clone().unwrap_or_default(), piece.sql)
                    }
                    // Snowflake: a column without a name is called by its text, in upper case.
                    other => {
                        let name = other.to_string().to_uppercase();
                        let sql = format!("{} AS {}", piece.sql, quoted(&name));
                        (name, sql)
                    }
                };
                Ok((sql, Some(vec![Column { name, kind: piece.kind }])))
            }
            SelectItem::ExprWithAlias { expr, alias } => {
                let piece = self.expression(expr)?;
                let column = Column { name: alias.value.clone(), kind: piece.kind };
                let sql = format!("{} AS {}", piece.sql, self.ident(alias));
                if let Some(scope) = self.scopes.last_mut() {
                    scope.aliases.push(column.clone());
                }
                Ok((sql, Some(vec![column])))
            }
            SelectItem::Wildcard(options) => self.star(None, options),
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), options) => {
                let sql = self.object(name)?;
                let last = name.0.last().and_then(|part| part.as_ident()).map(|ident| ident.value.clone());
                self.star(Some((sql, last.unwrap_or_default())), options)
            }
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::Expr(_), _)
            | SelectItem::ExprWithAliases { .. } => Err(self.unsupported("an item of the projection")),
        }
    }

    fn star(
        &mut self,
        of: Option<(String, String)>,
        options: &WildcardAdditionalOptions,
    ) -> Result<(String, Option<Vec<Column>>)> {
        let WildcardAdditionalOptions {
            wildcard_token,
            opt_ilike,
            opt_exclude,
            opt_except,
            opt_replace,
            opt_rename,
            opt_alias,
        } = options;
        if let Some(at) = self.source.offset(wildcard_token.0.span.start) {
            self.here = at;
        }
        if opt_except.is_some() || opt_alias.is_some() {
            return Err(self.unsupported("an option of `*` that is not Snowflake's"));
        }
        let scope = self.scopes.last().cloned().unwrap_or_default();
        let chosen: Vec<&Relation> = scope
            .relations
            .iter()
            .filter(|relation| of.as_ref().is_none_or(|(_, name)| same(name, &relation.name)))
            .collect();
        let excluded: Vec<String> = match opt_exclude {
            None => Vec::new(),
            Some(ExcludeSelectItem::Single(name)) => vec![name.to_string()],
            Some(ExcludeSelectItem::Multiple(names)) => names.iter().map(ToString::to_string).collect(),
        };
        let excluded: Vec<String> = excluded.iter().map(|name| name.trim_matches('"').to_owned()).collect();
        for relation in &chosen {
            if let Some((name, reason)) = relation.refused
                && !excluded.iter().any(|other| same(other, name))
            {
                let hint = format!("name the columns, or write `* EXCLUDE ({name})`");
                return Err(self.refuse(format!("`*` with {name}"), reason, Some(&hint)));
            }
        }
        let mut columns: Option<Vec<Column>> = Some(Vec::new());
        for relation in &chosen {
            columns = match (columns, &relation.columns) {
                (Some(mut columns), Some(more)) => {
                    columns.extend(more.iter().cloned());
                    Some(columns)
                }
                _ => None,
            };
        }
        let star = match &of {
            Some((sql, _)) => format!("{sql}.*"),
            None => "*".to_owned(),
        };
        if let Some(ilike) = opt_ilike {
            let Some(columns) = columns else {
                return Err(self.refuse("`* ILIKE`", "the columns are not known", Some("name the columns")));
            };
            let wanted: Vec<Column> =
                columns.into_iter().filter(|column| like(&ilike.pattern, &column.name.to_lowercase())).collect();
            let names: Vec<String> = wanted.iter().map(|column| quoted(&column.name)).collect();
            return Ok((names.join(", "), Some(wanted)));
        }
        let mut sql = format!("{}{star}", self.mark());
        if !excluded.is_empty() {
            let names: Vec<String> = excluded.iter().map(|name| plain(name)).collect();
            sql.push_str(&format!(" EXCLUDE ({})", names.join(", ")));
            if let Some(columns) = &mut columns {
                columns.retain(|column| !excluded.iter().any(|name| same(name, &column.name)));
            }
        }
        if let Some(replace) = opt_replace {
            let mut parts = Vec::new();
            for item in &replace.items {
                let piece = self.expression(&item.expr)?;
                let name = self.ident(&item.column_name);
                parts.push(format!("{} AS {name}", piece.sql));
                for column in columns.iter_mut().flatten().filter(|column| same(&column.name, &item.column_name.value))
                {
                    column.kind = piece.kind;
                }
            }
            sql.push_str(&format!(" REPLACE ({})", parts.join(", ")));
        }
        if let Some(rename) = opt_rename {
            let pairs = match rename {
                RenameSelectItem::Single(pair) => vec![pair.clone()],
                RenameSelectItem::Multiple(pairs) => pairs.clone(),
            };
            let mut parts = Vec::new();
            for pair in &pairs {
                parts.push(format!("{} AS {}", self.ident(&pair.ident), self.ident(&pair.alias)));
                for column in columns.iter_mut().flatten().filter(|column| same(&column.name, &pair.ident.value)) {
                    pair.alias.value.clone_into(&mut column.name);
                }
            }
            sql.push_str(&format!(" RENAME ({})", parts.join(", ")));
        }
        Ok((sql, columns))
    }
}

/// Whether a lower case text fits a pattern of LIKE.
fn like(pattern: &str, text: &str) -> bool {
    fn fits(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('%', rest)) => (0..=text.len()).any(|from| fits(rest, &text[from..])),
            Some(('_', rest)) => !text.is_empty() && fits(rest, &text[1..]),
            Some((letter, rest)) => text.first() == Some(letter) && fits(rest, &text[1..]),
        }
    }
    let pattern: Vec<char> = pattern.to_lowercase().chars().collect();
    let text: Vec<char> = text.chars().collect();
    fits(&pattern, &text)
}
