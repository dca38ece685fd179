//! PIVOT and UNPIVOT, written out as what they mean: the engine's own name and group otherwise.

use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, NullInclusion, PivotValueSource, TableFactor,
};

use super::kind::Kind;
use super::name::{quoted, text};
use super::query::renamed;
use super::refusal::Result;
use super::relation::{column, column_sql};
use super::scope::{Relation, same};
use super::translator::{Piece, Translator};

impl Translator<'_> {
    /// A relation that PIVOT or UNPIVOT turns.
    pub(super) fn turned(&mut self, factor: &TableFactor) -> Result<String> {
        match factor {
            TableFactor::Pivot { table, aggregate_functions, value_column, value_source, default_on_null, alias } => {
                let (sql, columns) = self.inner_factor(table)?;
                let Some(columns) = columns else { return Err(self.unknown_columns("PIVOT")) };
                let [aggregate] = aggregate_functions.as_slice() else {
                    return Err(self.refuse("PIVOT", "takes one aggregate", None));
                };
                let (name, argument) = match &aggregate.expr {
                    Expr::Function(function) => self.pivoted(function)?,
                    _ => return Err(self.refuse("PIVOT", "takes an aggregate of one column", None)),
                };
                let [Expr::Identifier(by)] = value_column.as_slice() else {
                    return Err(self.refuse("PIVOT", "turns one column", None));
                };
                let PivotValueSource::List(values) = value_source else {
                    let hint = "list the values";
                    return Err(self.refuse(
                        "PIVOT .. IN (ANY or a query)",
                        "its columns depend on the rows",
                        Some(hint),
                    ));
                };
                let rest: Vec<_> = columns
                    .iter()
                    .filter(|column| !same(&column.name, &argument) && !same(&column.name, &by.value))
                    .cloned()
                    .collect();
                let kind = |name: &str| {
                    columns.iter().find(|column| same(&column.name, name)).map_or(Kind::Unknown, |column| column.kind)
                };
                let value = Piece::whole(quoted(&argument), kind(&argument));
                let default = match default_on_null {
                    Some(default) => Some(self.expression(default)?.sql),
                    None => None,
                };
                let mut items: Vec<String> = rest.iter().map(column_sql).collect();
                let mut given = rest.clone();
                for item in values {
                    let wanted = self.expression(&item.expr)?;
                    let filter = format!("{} = {}", self.ident(by), wanted.operand());
                    let mut made = self.aggregate_of(&name, &value, &filter)?;
                    if let Some(default) = &default {
                        made = Piece::whole(format!("coalesce({}, {default})", made.sql), made.kind);
                    }
                    // Snowflake: a column is called by the value as it is written, quotes included.
                    let called = match &item.alias {
                        Some(alias) => alias.value.clone(),
                        None => item.expr.to_string(),
                    };
                    items.push(format!("{} AS {}", made.sql, quoted(&called)));
                    given.push(column(&called, made.kind));
                }
                let keys: Vec<String> = rest.iter().map(column_sql).collect();
                let group = if keys.is_empty() { String::new() } else { format!(" GROUP BY {}", keys.join(", ")) };
                let made = format!("(SELECT {} FROM {sql}{group})", items.join(", "));
                self.turned_alias(made, given, alias.as_ref())
            }
            TableFactor::Unpivot { table, value, name, columns: chosen, null_inclusion, alias } => {
                let (sql, columns) = self.inner_factor(table)?;
                let Some(columns) = columns else { return Err(self.unknown_columns("UNPIVOT")) };
                let Expr::Identifier(value) = value else {
                    return Err(self.refuse("UNPIVOT", "gives one column of values", None));
                };
                let mut entries = Vec::new();
                let mut names = Vec::new();
                let mut kind = Kind::Null;
                for item in chosen {
                    let Expr::Identifier(turned) = &item.expr else {
                        return Err(self.refuse("UNPIVOT", "takes names of columns", None));
                    };
                    let found = columns.iter().find(|column| same(&column.name, &turned.value));
                    kind = kind.with(found.map_or(Kind::Unknown, |column| column.kind));
                    // Snowflake: a name without quotes is upper case.
                    let called = match (&item.alias, turned.quote_style) {
                        (Some(alias), _) => alias.value.clone(),
                        (None, Some(_)) => turned.value.clone(),
                        (None, None) => turned.value.to_uppercase(),
                    };
                    entries.push(format!("{{'name': {}, 'value': {}}}", text(&called), self.ident(turned)));
                    names.push(turned.value.clone());
                }
                let rest: Vec<_> = columns
                    .iter()
                    .filter(|column| !names.iter().any(|name| same(name, &column.name)))
                    .cloned()
                    .collect();
                let mut given = rest.clone();
                given.push(column(&name.value, Kind::Text));
                given.push(column(&value.value, kind));
                let mut items: Vec<String> = rest.iter().map(column_sql).collect();
                items.push(format!("turned.name AS {}", self.ident(name)));
                items.push(format!("turned.value AS {}", self.ident(value)));
                let filter = match null_inclusion {
                    Some(NullInclusion::IncludeNulls) => "",
                    None | Some(NullInclusion::ExcludeNulls) => " WHERE turned.value IS NOT NULL",
                };
                let made = format!(
                    "(SELECT {} FROM (SELECT *, unnest([{}]) AS turned FROM {sql}){filter})",
                    items.join(", "),
                    entries.join(", ")
                );
                self.turned_alias(made, given, alias.as_ref())
            }
            _ => Err(self.unsupported("a relation")),
        }
    }

    fn turned_alias(
        &mut self,
        sql: String,
        columns: Vec<super::scope::Column>,
        alias: Option<&sqlparser::ast::TableAlias>,
    ) -> Result<String> {
        let written = match alias {
            Some(alias) => self.alias(alias)?,
            None => String::new(),
        };
        let name = alias.map(|alias| alias.name.value.clone()).unwrap_or_default();
        let columns = match alias {
            Some(alias) => renamed(Some(columns), alias),
            None => Some(columns),
        };
        self.add_relation(Relation { name, columns, refused: None, generated: false });
        Ok(format!("{sql}{written}"))
    }

    fn unknown_columns(&self, what: &str) -> Box<super::Refusal> {
        self.refuse(what, "the columns of its relation are not known", Some("name them in a common table expression"))
    }

    /// The aggregate's name and its column.
    fn pivoted(&mut self, function: &Function) -> Result<(String, String)> {
        let FunctionArguments::List(list) = &function.args else {
            return Err(self.refuse("PIVOT", "takes an aggregate of one column", None));
        };
        match list.args.as_slice() {
            [FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Identifier(name)))] => {
                Ok((function.name.to_string().to_ascii_uppercase(), name.value.clone()))
            }
            _ => Err(self.refuse("PIVOT", "takes an aggregate of one column", None)),
        }
    }

    /// An aggregate of a column over the rows that a condition holds for.
    fn aggregate_of(&mut self, name: &str, value: &Piece, filter: &str) -> Result<Piece> {
        let filtered = |call: &str| format!("{call}({}) FILTER (WHERE {filter})", value.sql);
        match name {
            "SUM" if value.kind.is_number() => Ok(Piece::whole(filtered("sum"), value.kind)),
            "MAX" if !value.kind.is_json() => Ok(Piece::whole(filtered("max"), value.kind)),
            "MIN" if !value.kind.is_json() => Ok(Piece::whole(filtered("min"), value.kind)),
            "COUNT" => Ok(Piece::whole(filtered("count"), Kind::Integer)),
            "AVG" if value.kind.is_number() => self
                .quotient(&Piece::whole(filtered("sum"), value.kind), &Piece::whole(filtered("count"), Kind::Integer)),
            "ANY_VALUE" => Ok(Piece::whole(filtered("any_value"), value.kind)),
            _ => Err(self.refuse(format!("PIVOT({name}(..))"), "takes SUM, AVG, COUNT, MIN, MAX or ANY_VALUE", None)),
        }
    }
}
