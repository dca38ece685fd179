//! Aggregates, over groups and over windows.

use sqlparser::ast::{
    DuplicateTreatment, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArguments, OrderByExpr,
};

use super::kind::Kind;
use super::refusal::Result;
use super::translator::{Piece, Translator};

/// Every aggregate that is known here.
const NAMES: &[&str] = &[
    "ANY_VALUE",
    "APPROX_COUNT_DISTINCT",
    "APPROX_PERCENTILE",
    "ARRAY_AGG",
    "ARRAY_UNIQUE_AGG",
    "AVG",
    "BITAND_AGG",
    "BITOR_AGG",
    "BITXOR_AGG",
    "BOOLAND_AGG",
    "BOOLOR_AGG",
    "BOOLXOR_AGG",
    "CORR",
    "COUNT",
    "COUNT_IF",
    "COVAR_POP",
    "COVAR_SAMP",
    "GROUPING",
    "GROUPING_ID",
    "HLL",
    "KURTOSIS",
    "LISTAGG",
    "MAX",
    "MAX_BY",
    "MEDIAN",
    "MIN",
    "MIN_BY",
    "MODE",
    "OBJECT_AGG",
    "PERCENTILE_CONT",
    "PERCENTILE_DISC",
    "REGR_AVGX",
    "REGR_AVGY",
    "REGR_COUNT",
    "REGR_INTERCEPT",
    "REGR_R2",
    "REGR_SLOPE",
    "REGR_SXX",
    "REGR_SXY",
    "REGR_SYY",
    "SKEW",
    "STDDEV",
    "STDDEV_POP",
    "STDDEV_SAMP",
    "STRING_AGG",
    "SUM",
    "VARIANCE",
    "VARIANCE_POP",
    "VARIANCE_SAMP",
    "VAR_POP",
    "VAR_SAMP",
];

/// What stands around the arguments of an aggregate.
struct Around {
    distinct: bool,
    order: Option<String>,
    over: String,
}

impl Around {
    /// A call with all of it.
    fn call(&self, name: &str, args: &str) -> String {
        self.filtered(name, args, "")
    }

    fn filtered(&self, name: &str, args: &str, filter: &str) -> String {
        let distinct = if self.distinct { "DISTINCT " } else { "" };
        let order = self.order.as_ref().map(|order| format!(" ORDER BY {order}")).unwrap_or_default();
        format!("{name}({distinct}{args}{order}){filter}{}", self.over)
    }
}

impl Translator<'_> {
    /// An aggregate, or `None` where the function is none.
    pub(super) fn aggregate(&mut self, name: &str, function: &Function) -> Result<Option<Piece>> {
        if !NAMES.contains(&name) {
            return Ok(None);
        }
        if function.filter.is_some() {
            return Err(self.refuse(
                "FILTER (WHERE ..)",
                "is not Snowflake's SQL",
                Some("write IFF inside the aggregate"),
            ));
        }
        let FunctionArguments::List(list) = &function.args else {
            return Err(self.refuse(name, "has no arguments", None));
        };
        let mut order: Option<&[OrderByExpr]> = None;
        for clause in &list.clauses {
            match clause {
                FunctionArgumentClause::OrderBy(keys) => order = Some(keys),
                _ => return Err(self.unsupported(format!("a clause in the arguments of {name}"))),
            }
        }
        if function.null_treatment.is_some() {
            return Err(self.unsupported(format!("IGNORE or RESPECT NULLS at {name}")));
        }
        let mut over = match &function.over {
            Some(over) => self.over(over, None)?,
            None => String::new(),
        };
        if !over.is_empty() {
            over.insert(0, ' ');
        }
        if !function.within_group.is_empty() {
            order = Some(&function.within_group);
        }
        let distinct = list.duplicate_treatment == Some(DuplicateTreatment::Distinct);
        let around = Around { distinct, order: None, over };
        let [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)] = list.args.as_slice() else {
            let mut args = Vec::new();
            for arg in &list.args {
                match arg {
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => args.push(self.expression(value)?),
                    _ => return Err(self.unsupported(format!("an argument of {name}"))),
                }
            }
            return self.aggregated(name, &args, order, around).map(Some);
        };
        if name != "COUNT" || distinct {
            return Err(self.refuse(format!("{name}(*)"), "is not Snowflake's", None));
        }
        Ok(Some(Piece::whole(around.call("count", "*"), Kind::Integer)))
    }

    fn aggregated(
        &mut self,
        name: &str,
        args: &[Piece],
        order: Option<&[OrderByExpr]>,
        mut around: Around,
    ) -> Result<Piece> {
        if matches!(name, "PERCENTILE_CONT" | "PERCENTILE_DISC") {
            return self.percentile(name, args, order, &around);
        }
        if let Some(keys) = order {
            if !matches!(name, "LISTAGG" | "STRING_AGG" | "ARRAY_AGG" | "ARRAY_UNIQUE_AGG" | "OBJECT_AGG") {
                return Err(self.refuse(format!("{name} .. ORDER BY"), "is not Snowflake's", None));
            }
            around.order = Some(self.ordered(keys)?);
        }
        let whole = |sql: String, kind: Kind| Ok(Piece::whole(sql, kind));
        match (name, args) {
            ("COUNT", [value]) => whole(around.call("count", &keyed(value)), Kind::Integer),
            ("COUNT", [_, _, ..]) => {
                let nulls: Vec<String> = args.iter().map(|arg| format!("{} IS NOT NULL", arg.operand())).collect();
                let row: Vec<&str> = args.iter().map(|arg| arg.sql.as_str()).collect();
                // Snowflake: a row with a NULL in any of them is not counted.
                let value = format!("CASE WHEN {} THEN ({}) END", nulls.join(" AND "), row.join(", "));
                whole(around.call("count", &value), Kind::Integer)
            }
            ("APPROX_COUNT_DISTINCT" | "HLL", [value]) => {
                // An estimate that is exact is within every bound.
                whole(Around { distinct: true, ..around }.call("count", &keyed(value)), Kind::Integer)
            }
            ("COUNT_IF", [value]) => {
                let value = self.boolean(value.clone())?;
                whole(around.call("count_if", &value.sql), Kind::Integer)
            }
            ("SUM", [value]) => {
                if value.kind.is_json() {
                    return Err(self.refuse(
                        "SUM of VARIANT",
                        "has no exact type",
                        Some("cast it: `value::number(38, 2)`"),
                    ));
                }
                let value = self.number(value.clone())?;
                whole(around.call("sum", &value.sql), value.kind)
            }
            ("AVG", [value]) => {
                if value.kind.is_json() {
                    return Err(self.refuse("AVG of VARIANT", "has no exact type", Some("cast it: `value::float`")));
                }
                let value = self.number(value.clone())?;
                match value.kind {
                    Kind::Float | Kind::Null => whole(around.call("avg", &value.sql), Kind::Float),
                    Kind::Integer | Kind::Decimal(_) => {
                        let sum = Piece::whole(around.call("sum", &value.sql), value.kind);
                        let count = around.call("count", &value.sql);
                        let count = Piece::whole(format!("nullif({count}, 0)"), Kind::Integer);
                        self.quotient(&sum, &count)
                    }
                    _ => Err(self.untyped("AVG", &value)),
                }
            }
            ("MIN" | "MAX", [value]) if value.kind.is_json() => {
                let call = around.call(&name.to_lowercase(), &keyed(value));
                whole(format!("CAST({call} AS JSON)"), Kind::Variant)
            }
            ("MIN" | "MAX" | "ANY_VALUE" | "MODE", [value]) => {
                whole(around.call(&name.to_lowercase(), &value.sql), value.kind)
            }
            ("MEDIAN", [value]) => {
                let value = self.number(value.clone())?;
                let call = around.call("median", &value.sql);
                match value.kind {
                    Kind::Float | Kind::Null => whole(call, Kind::Float),
                    Kind::Integer | Kind::Decimal(_) => {
                        let scale = value.kind.scale() + 3;
                        whole(format!("CAST({call} AS DECIMAL(38, {scale}))"), Kind::Decimal(scale))
                    }
                    _ => Err(self.untyped("MEDIAN", &value)),
                }
            }
            ("APPROX_PERCENTILE", [value, share]) => {
                let value = self.number(value.clone())?;
                whole(around.call("quantile_cont", &format!("{}, {}", value.sql, share.sql)), Kind::Float)
            }
            ("MAX_BY" | "MIN_BY", [value, by]) => {
                let function = if name == "MAX_BY" { "arg_max_null" } else { "arg_min_null" };
                whole(around.call(function, &format!("{}, {}", value.sql, keyed(by))), value.kind)
            }
            ("LISTAGG" | "STRING_AGG", [value, rest @ ..]) if rest.len() < 2 => {
                let text = self.text(value)?;
                let separator = match rest.first() {
                    Some(separator) => self.text(separator)?.sql,
                    None => "''".to_owned(),
                };
                if around.distinct && around.order.is_some() && value.kind != Kind::Text {
                    // The engine orders distinct values by themselves alone, and as texts 10 comes before 9.
                    let filter = format!(" FILTER (WHERE {} IS NOT NULL)", value.operand());
                    let list = around.filtered("list", &value.sql, &filter);
                    let item = self.text(&Piece::whole("item", value.kind))?.sql;
                    let texts = format!("list_transform({list}, lambda item: {item})");
                    return whole(format!("coalesce(array_to_string({texts}, {separator}), '')"), Kind::Text);
                }
                // Snowflake: a group without a value gives an empty text.
                let call = around.call("string_agg", &format!("{}, {separator}", text.sql));
                whole(format!("coalesce({call}, '')"), Kind::Text)
            }
            ("ARRAY_AGG" | "ARRAY_UNIQUE_AGG", [value]) => {
                let around = if name == "ARRAY_UNIQUE_AGG" { Around { distinct: true, ..around } } else { around };
                let item = match value.kind {
                    Kind::Local | Kind::Instant | Kind::Binary => self.text(value)?.sql,
                    _ => value.sql.clone(),
                };
                let filter = format!(" FILTER (WHERE {} IS NOT NULL)", value.operand());
                let call = around.filtered("list", &item, &filter);
                whole(format!("coalesce(to_json({call}), CAST('[]' AS JSON))"), Kind::Array)
            }
            ("OBJECT_AGG", [key, value]) => {
                let key = self.text(key)?.sql;
                let value = self.as_variant(value)?.sql;
                let call = around.call("list", &format!("{{'key': {key}, 'value': {value}}}"));
                whole(format!("snowflake_sql.object_of({call})"), Kind::Object)
            }
            ("BOOLAND_AGG" | "BOOLOR_AGG", [value]) => {
                let value = self.boolean(value.clone())?;
                let function = if name == "BOOLAND_AGG" { "bool_and" } else { "bool_or" };
                whole(around.call(function, &value.sql), Kind::Boolean)
            }
            ("BOOLXOR_AGG", [value]) => {
                let value = self.boolean(value.clone())?;
                let call = around.call("count_if", &value.sql);
                Ok(Piece::loose(format!("{call} = 1"), Kind::Boolean))
            }
            ("BITAND_AGG" | "BITOR_AGG" | "BITXOR_AGG", [value]) => {
                let value = self.whole_number(value.clone())?;
                let function =
                    format!("bit_{}", name.trim_start_matches("BIT").trim_end_matches("_AGG").to_lowercase());
                whole(around.call(&function, &format!("CAST({} AS BIGINT)", value.sql)), Kind::Integer)
            }
            ("GROUPING" | "GROUPING_ID", [_, ..]) => {
                let args: Vec<&str> = args.iter().map(|arg| arg.sql.as_str()).collect();
                whole(around.call("grouping", &args.join(", ")), Kind::Integer)
            }
            _ => self.statistic(name, args, &around),
        }
    }

    fn statistic(&mut self, name: &str, args: &[Piece], around: &Around) -> Result<Piece> {
        let (function, count) = match name {
            "STDDEV" | "STDDEV_SAMP" => ("stddev_samp", 1),
            "STDDEV_POP" => ("stddev_pop", 1),
            "VARIANCE" | "VARIANCE_SAMP" | "VAR_SAMP" => ("var_samp", 1),
            "VARIANCE_POP" | "VAR_POP" => ("var_pop", 1),
            "KURTOSIS" => ("kurtosis", 1),
            "SKEW" => ("skewness", 1),
            "CORR" => ("corr", 2),
            "COVAR_POP" => ("covar_pop", 2),
            "COVAR_SAMP" => ("covar_samp", 2),
            "REGR_AVGX" => ("regr_avgx", 2),
            "REGR_AVGY" => ("regr_avgy", 2),
            "REGR_COUNT" => ("regr_count", 2),
            "REGR_INTERCEPT" => ("regr_intercept", 2),
            "REGR_R2" => ("regr_r2", 2),
            "REGR_SLOPE" => ("regr_slope", 2),
            "REGR_SXX" => ("regr_sxx", 2),
            "REGR_SXY" => ("regr_sxy", 2),
            "REGR_SYY" => ("regr_syy", 2),
            _ => ("", 0),
        };
        if count == 0 || args.len() != count {
            let reason = format!("with {} arguments is not known to the translation", args.len());
            return Err(self.refuse(format!("the aggregate {name}"), &reason, None));
        }
        let mut values = Vec::with_capacity(count);
        for arg in args {
            values.push(format!("CAST({} AS DOUBLE)", self.number(arg.clone())?.sql));
        }
        let kind = if name == "REGR_COUNT" { Kind::Integer } else { Kind::Float };
        Ok(Piece::whole(around.call(function, &values.join(", ")), kind))
    }

    fn percentile(
        &mut self,
        name: &str,
        args: &[Piece],
        order: Option<&[OrderByExpr]>,
        around: &Around,
    ) -> Result<Piece> {
        let ([share], Some([key])) = (args, order) else {
            return Err(self.refuse(name, "takes a share and WITHIN GROUP (ORDER BY ..)", None));
        };
        let value = self.expression(&key.expr)?;
        let descending = matches!(key.options.sort, Some(sqlparser::ast::OrderBySort::Desc));
        let share = if descending { format!("1 - {}", share.operand()) } else { share.sql.clone() };
        if name == "PERCENTILE_DISC" {
            if descending {
                return Err(self.refuse("PERCENTILE_DISC .. DESC", "has no translation yet", None));
            }
            return Ok(Piece::whole(around.call("quantile_disc", &format!("{}, {share}", value.sql)), value.kind));
        }
        let value = self.number(value)?;
        let call = around.call("quantile_cont", &format!("CAST({} AS DOUBLE), {share}", value.sql));
        Ok(Piece::whole(call, Kind::Float))
    }
}

/// A value for counting or ordering: JSON by what it holds.
fn keyed(piece: &Piece) -> String {
    if piece.kind.is_json() { format!("CAST({} AS VARIANT)", piece.sql) } else { piece.sql.clone() }
}
