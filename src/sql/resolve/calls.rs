//! Calls of functions within expressions.

use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArguments, ObjectName,
};

use super::functions;
use super::resolver::Resolver;
use super::scope::Scope;
use crate::sql::{Kind, Lineage, Name, Rule, Type, Usage};

/// The last part of a function's name, in lower case.
pub(super) fn word(name: &ObjectName) -> String {
    name.0.last().and_then(|part| part.as_ident()).map(|ident| ident.value.to_lowercase()).unwrap_or_default()
}

/// The plain arguments of a call.
pub(super) fn arguments(function: &Function) -> Vec<&Expr> {
    let FunctionArguments::List(list) = &function.args else { return Vec::new() };
    list.args.iter().filter_map(argument).collect()
}

/// The expression of an argument.
pub(super) fn argument(argument: &FunctionArg) -> Option<&Expr> {
    let (FunctionArg::Named { arg, .. } | FunctionArg::ExprNamed { arg, .. } | FunctionArg::Unnamed(arg)) = argument;
    match arg {
        FunctionArgExpr::Expr(expression) => Some(expression),
        _ => None,
    }
}

/// Whether an expression calls a function that is written alone in a select list and gives a table.
fn calls(expression: &Expr, names: &[&str]) -> bool {
    matches!(expression, Expr::Function(function) if names.contains(&word(&function.name).as_str()))
}

impl Resolver<'_> {
    /// Why an item of a select list may give several columns.
    ///
    /// DuckDB: `columns(..)` gives all that fit, `unnest` of a struct gives its fields.
    pub(super) fn many_columns(&mut self, expression: &Expr, scope: &Scope<'_>) -> Option<String> {
        if self.dialect != crate::sql::Dialect::DuckDb {
            return None;
        }
        let mut has_columns = false;
        let _ = sqlparser::ast::visit_expressions(expression, |inner| {
            has_columns |= calls(inner, &["columns"]);
            std::ops::ControlFlow::<()>::Continue(())
        });
        if has_columns {
            return Some("`columns(..)` stands for columns that it selects by itself".to_owned());
        }
        if let Expr::Function(function) = expression
            && calls(expression, &["unnest"])
        {
            let arguments = arguments(function);
            let (_, data_type) = arguments.first().map(|first| self.value(first, scope)).unwrap_or_default();
            if arguments.len() > 1 || !matches!(data_type, Type::Array) {
                return Some("`unnest` of a struct gives several columns".to_owned());
            }
        }
        None
    }

    /// What a call gives.
    pub(super) fn function(&mut self, function: &Function, scope: &Scope<'_>) -> (Lineage, Type) {
        let name = word(&function.name);
        let is_aggregate = functions::is_aggregate(&name) || !function.within_group.is_empty();
        let kind = if is_aggregate { Kind::Aggregate } else { Kind::Transform };
        let mut lineage = Lineage::default();
        let mut types = Vec::new();
        for arguments in [&function.parameters, &function.args] {
            self.arguments(&name, arguments, kind, scope, &mut lineage, &mut types);
        }
        for order in &function.within_group {
            let (other, data_type) = self.value(&order.expr, scope);
            lineage.add(&other, kind);
            types.push(data_type);
        }
        if let Some(filter) = &function.filter {
            let (other, _) = self.value(filter, scope);
            lineage.add(&other, kind);
        }
        if let Some(window) = &function.over {
            let other = self.over(window, scope);
            lineage.add(&other, Kind::Transform);
        }
        self.must_take(&name, function, &types);
        (lineage, functions::result(&name, &types, self.dialect))
    }

    fn arguments(
        &mut self,
        name: &str,
        arguments: &FunctionArguments,
        kind: Kind,
        scope: &Scope<'_>,
        lineage: &mut Lineage,
        types: &mut Vec<Type>,
    ) {
        match arguments {
            FunctionArguments::None => {}
            FunctionArguments::Subquery(query) => {
                let (other, data_type) = self.scalar(query, scope);
                lineage.add(&other, kind);
                types.push(data_type);
            }
            FunctionArguments::List(list) => {
                for (index, argument) in list.args.iter().enumerate() {
                    if functions::is_word(name, index, argument) {
                        types.push(Type::Unknown);
                        continue;
                    }
                    let (other, data_type) = self.one_argument(name, argument, scope);
                    lineage.add(&other, kind);
                    types.push(data_type);
                }
                for clause in &list.clauses {
                    match clause {
                        FunctionArgumentClause::OrderBy(orders) => {
                            for order in orders {
                                let (other, _) = self.value(&order.expr, scope);
                                lineage.add(&other, kind);
                            }
                        }
                        FunctionArgumentClause::Where(expression) => {
                            let (other, _) = self.value(expression, scope);
                            self.uses(&other, Usage::Filter);
                            lineage.add(&other, kind);
                        }
                        FunctionArgumentClause::Having(bound) => {
                            let (other, _) = self.value(&bound.1, scope);
                            lineage.add(&other, kind);
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    fn one_argument(&mut self, name: &str, argument: &FunctionArg, scope: &Scope<'_>) -> (Lineage, Type) {
        let (FunctionArg::Named { arg, .. } | FunctionArg::ExprNamed { arg, .. } | FunctionArg::Unnamed(arg)) =
            argument;
        match arg {
            FunctionArgExpr::Expr(expression) => self.value(expression, scope),
            // Counting rows reads no column.
            FunctionArgExpr::Wildcard
            | FunctionArgExpr::WildcardWithOptions(_)
            | FunctionArgExpr::QualifiedWildcard(_)
                if matches!(name, "count" | "count_if") =>
            {
                Default::default()
            }
            FunctionArgExpr::Wildcard | FunctionArgExpr::WildcardWithOptions(_) => {
                let mut lineage = Lineage::default();
                let mut all = crate::sql::Shape::default();
                match arg {
                    FunctionArgExpr::WildcardWithOptions(options) => self.star(options, scope, &mut all),
                    _ => self.all_columns(scope, None, &mut all),
                }
                for column in &all.columns {
                    lineage.add(&column.lineage, Kind::Transform);
                }
                if let Some(reason) = all.reason() {
                    lineage.unknown.get_or_insert(reason);
                }
                (lineage, Type::Unknown)
            }
            FunctionArgExpr::QualifiedWildcard(object) => {
                let path: Vec<Name> =
                    object.0.iter().filter_map(|part| part.as_ident()).map(|ident| self.dialect.name(ident)).collect();
                match self.whole_row(&path, scope) {
                    Some(lineage) => (lineage, Type::Unknown),
                    None => {
                        let message = format!("`{object}` is no relation of this query");
                        self.find(Rule::UnknownTable, self.place(object), message);
                        (Lineage::unknown("the relation is not known"), Type::Unknown)
                    }
                }
            }
        }
    }
}
