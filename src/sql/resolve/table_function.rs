//! Functions and lists in `from`.

use sqlparser::ast::{Expr, Function, FunctionArg, FunctionArguments, Ident, TableAlias, TableFactor};

use super::calls::{argument, word};
use super::resolver::Resolver;
use super::scope::Scope;
use crate::sql::{Column, Dialect, Kind, Lineage, Name, Shape, Type};

impl Resolver<'_> {
    /// What an item of a `from` gives that is no relation and no query: shape, alias, and the name without an alias.
    pub(super) fn table_function<'q>(
        &mut self,
        factor: &'q TableFactor,
        scope: &Scope<'_>,
    ) -> (Shape, Option<&'q TableAlias>, Option<Name>) {
        match factor {
            TableFactor::Table { name, alias, args: Some(args), with_ordinality, .. } => {
                let name = word(name);
                let mut shape = self.call(&name, &args.args, scope);
                self.ordinal(*with_ordinality, &mut shape);
                (self.single(shape, alias.as_ref()), alias.as_ref(), Some(self.dialect.plain(&name)))
            }
            TableFactor::Function { name, args, alias, with_ordinality, .. } => {
                let name = word(name);
                let mut shape = self.call(&name, args, scope);
                self.ordinal(*with_ordinality, &mut shape);
                (self.single(shape, alias.as_ref()), alias.as_ref(), Some(self.dialect.plain(&name)))
            }
            TableFactor::TableFunction { expr: Expr::Function(function), alias } => {
                let shape = self.table_of(function, scope);
                (shape, alias.as_ref(), Some(self.dialect.plain(&word(&function.name))))
            }
            TableFactor::TableFunction { expr, alias } => {
                self.value(expr, scope);
                (Shape::unknown("a table that an expression gives"), alias.as_ref(), None)
            }
            TableFactor::UNNEST { alias, array_exprs, with_offset, with_offset_alias, with_ordinality } => {
                let mut shape = Shape::default();
                for expression in array_exprs {
                    let (lineage, _) = self.value(expression, scope);
                    shape.push(self.plain_column("unnest", lineage.made(Kind::Transform), Type::Unknown));
                }
                let offset = with_offset_alias.as_ref().map(|ident: &Ident| self.dialect.name(ident).text);
                if *with_offset {
                    let name = offset.unwrap_or_else(|| "offset".to_owned());
                    shape.push(self.plain_column(&name, Lineage::default(), Type::Number));
                }
                self.ordinal(*with_ordinality, &mut shape);
                // A list of structs gives their fields.
                let shape = match alias {
                    Some(alias) if alias.columns.is_empty() => self.single(shape, Some(alias)),
                    Some(_) => shape,
                    None => shape,
                };
                (shape, alias.as_ref(), Some(self.dialect.plain("unnest")))
            }
            TableFactor::MatchRecognize { alias, table, .. } => {
                let mut inner = Scope { ctes: scope.ctes.clone(), outer: scope.outer, ..Scope::default() };
                self.factor(table, &mut inner);
                (Shape::unknown("`match_recognize` is not followed"), alias.as_ref(), None)
            }
            TableFactor::JsonTable { alias, .. }
            | TableFactor::OpenJsonTable { alias, .. }
            | TableFactor::XmlTable { alias, .. }
            | TableFactor::SemanticView { alias, .. } => {
                (Shape::unknown("this kind of relation is not followed"), alias.as_ref(), None)
            }
            _ => (Shape::unknown("this kind of relation is not followed"), None, None),
        }
    }

    /// `table(f(..))`.
    fn table_of(&mut self, function: &Function, scope: &Scope<'_>) -> Shape {
        let none = Vec::new();
        let arguments = match &function.args {
            FunctionArguments::List(list) => &list.args,
            _ => &none,
        };
        self.call(&word(&function.name), arguments, scope)
    }

    fn plain_column(&self, name: &str, lineage: Lineage, data_type: Type) -> Column {
        Column { name: Some(self.dialect.plain(name)), lineage, data_type, place: None }
    }

    fn ordinal(&mut self, with_ordinality: bool, shape: &mut Shape) {
        if with_ordinality {
            shape.push(self.plain_column("ordinality", Lineage::default(), Type::Number));
        }
    }

    /// A function of one column: DuckDB and others call it like the table's alias, if the alias has no columns.
    fn single(&self, mut shape: Shape, alias: Option<&TableAlias>) -> Shape {
        if let (Some(alias), [only], true) = (alias, shape.columns.as_mut_slice(), shape.open.is_empty())
            && alias.columns.is_empty()
            && self.dialect != Dialect::Snowflake
        {
            // DuckDB knows it by its function's name as well: only the alias would be a guess.
            let alias = self.dialect.name(&alias.name);
            let original = only.clone();
            only.name = Some(alias);
            if self.dialect == Dialect::DuckDb {
                return Shape {
                    open: vec![crate::sql::Open {
                        relation: None,
                        without: Default::default(),
                        reason: "a table function's column may have several names".into(),
                    }],
                    columns: vec![original],
                    counted: 0,
                };
            }
        }
        shape
    }

    /// What a table function gives.
    fn call(&mut self, name: &str, arguments: &[FunctionArg], scope: &Scope<'_>) -> Shape {
        let mut lineage = Lineage::default();
        for each in arguments {
            let Some(expression) = argument(each) else { continue };
            // `input => x`: the words before the arrow are no columns.
            let (other, _) = self.value(expression, scope);
            lineage.add(&other, Kind::Transform);
        }
        let columns: &[(&str, Type)] = match name {
            "flatten" => &[
                ("seq", Type::Number),
                ("key", Type::Text),
                ("path", Type::Text),
                ("index", Type::Number),
                ("value", Type::Variant),
                ("this", Type::Variant),
            ],
            "split_to_table" | "strtok_split_to_table" => {
                &[("seq", Type::Number), ("index", Type::Number), ("value", Type::Text)]
            }
            "generator" => return Shape::default(),
            "generate_series" | "range" if self.dialect == Dialect::DuckDb => &[("", Type::Unknown)],
            _ => return Shape::unknown(format!("the columns of `{name}(..)` are not known")),
        };
        let mut shape = Shape::default();
        for (column, data_type) in columns {
            let column = if column.is_empty() { name } else { column };
            shape.push(self.plain_column(column, lineage.clone(), *data_type));
        }
        shape
    }
}
