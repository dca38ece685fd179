//! Function calls.

use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, LambdaFunction, OneOrManyWithParens,
};

use super::cast::Misfit;
use super::kind::Kind;
use super::name::{plain, quoted, text};
use super::refusal::Result;
use super::rules::{Gives, RULES, Rule};
use super::scope::{Column, Scope};
use super::translator::{Piece, Translator};

/// Functions that are known and have no equal, with the reason.
const REFUSED: &[(&str, &str)] = &[
    ("HASH", "its numbers are Snowflake's own: use MD5 or SHA2"),
    ("HASH_AGG", "its numbers are Snowflake's own: compare the rows, or use MD5 of LISTAGG"),
    ("RANDOM", "its numbers are Snowflake's own, with or without a seed"),
    ("RANDSTR", "its texts are Snowflake's own"),
    ("UNIFORM", "its numbers are Snowflake's own"),
    ("NORMAL", "its numbers are Snowflake's own"),
    ("ZIPF", "its numbers are Snowflake's own"),
    ("SOUNDEX", "DuckDB has no SOUNDEX"),
    ("CURRENT_USER", "DuckDB has no users"),
    ("CURRENT_ROLE", "DuckDB has no roles"),
    ("CURRENT_WAREHOUSE", "DuckDB has no warehouses"),
    ("CURRENT_ACCOUNT", "DuckDB has no accounts"),
    ("CURRENT_SESSION", "DuckDB has no sessions of Snowflake"),
    ("LAST_QUERY_ID", "DuckDB keeps no results of earlier statements"),
    ("MINHASH", "its numbers are Snowflake's own"),
    ("APPROX_TOP_K", "its estimate is Snowflake's own: use COUNT and QUALIFY"),
    ("COLLATE", "collations differ between Snowflake and DuckDB"),
    ("COLLATION", "collations differ between Snowflake and DuckDB"),
    ("GET_DDL", "DuckDB writes definitions in its own words"),
    ("XMLGET", "DuckDB reads no XML"),
    ("PARSE_XML", "DuckDB reads no XML"),
    ("CONDITIONAL_CHANGE_EVENT", "compare with LAG in a common table expression, and SUM the changes in the next"),
];

impl Translator<'_> {
    /// A function call of any kind.
    pub(super) fn call(&mut self, function: &Function) -> Result<Piece> {
        let Function { name, uses_odbc_syntax: false, parameters: FunctionArguments::None, .. } = function else {
            return Err(self.unsupported("a function with parameters"));
        };
        let written = name.to_string();
        if let Some(ident) = name.0.first().and_then(|part| part.as_ident()) {
            self.here = self.at(ident);
        }
        let upper = written.to_ascii_uppercase();
        let here = self.here;
        if self.options.passed.contains(&upper) {
            return self.passed(function, &written);
        }
        if let Some((_, reason)) = REFUSED.iter().find(|(name, _)| *name == upper) {
            return Err(self.refuse(format!("the function {upper}"), reason, None));
        }
        if let Some(piece) = self.aggregate(&upper, function)? {
            return Ok(self.marked(piece, here));
        }
        if let Some(piece) = self.window(&upper, function)? {
            return Ok(self.marked(piece, here));
        }
        self.here = here;
        if upper == "OBJECT_CONSTRUCT" && is_star(function) {
            return self.object_of_row().map(|piece| self.marked(piece, here));
        }
        if function.over.is_some() || function.filter.is_some() || !function.within_group.is_empty() {
            return Err(self.unknown(&upper));
        }
        let args = self.arguments(function)?;
        let made = self.plain_call(&upper, &args)?;
        self.here = here;
        Ok(self.marked(made, here))
    }

    fn marked(&self, piece: Piece, here: usize) -> Piece {
        Piece { sql: format!("{}{}", super::source::mark(here), piece.sql), ..piece }
    }

    fn unknown(&self, name: &str) -> Box<super::Refusal> {
        let hint = format!(
            "if DuckDB has a function of this name and meaning, allow it with `vars: {{snowflake_functions: [{}]}}`",
            name.to_lowercase()
        );
        self.refuse(format!("the function {name}"), "is not known to the translation", Some(&hint))
    }

    /// The arguments of a call without clauses.
    pub(super) fn arguments<'f>(&mut self, function: &'f Function) -> Result<Vec<&'f Expr>> {
        let list = match &function.args {
            FunctionArguments::None => return Ok(Vec::new()),
            FunctionArguments::List(list) => list,
            FunctionArguments::Subquery(_) => return Err(self.unsupported(format!("{}(subquery)", function.name))),
        };
        if list.duplicate_treatment.is_some() || !list.clauses.is_empty() {
            return Err(self.unsupported(format!("a clause in the arguments of {}", function.name)));
        }
        let mut args = Vec::with_capacity(list.args.len());
        for arg in &list.args {
            match arg {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => args.push(value),
                _ => return Err(self.unsupported(format!("a named argument or `*` of {}", function.name))),
            }
        }
        Ok(args)
    }

    /// `OBJECT_CONSTRUCT(*)`: the columns of a row under their names, which are upper case on Snowflake.
    fn object_of_row(&mut self) -> Result<Piece> {
        let scope = self.scopes.last().cloned().unwrap_or_default();
        let mut pairs = Vec::new();
        for relation in &scope.relations {
            let Some(columns) = relation.columns.as_ref().filter(|_| relation.refused.is_none()) else {
                return Err(self.refuse("OBJECT_CONSTRUCT(*)", "the columns are not known", Some("name the columns")));
            };
            for column in columns {
                let name = text(&column.name.to_uppercase());
                let qualifier =
                    if relation.name.is_empty() { String::new() } else { format!("{}.", plain(&relation.name)) };
                pairs.push((name, Piece::whole(format!("{qualifier}{}", quoted(&column.name)), column.kind)));
            }
        }
        self.object_of(pairs)
    }

    /// A function that the user lets pass as it is.
    fn passed(&mut self, function: &Function, written: &str) -> Result<Piece> {
        let args = self.arguments(function)?;
        let mut values = Vec::with_capacity(args.len());
        for arg in args {
            values.push(self.expression(arg)?.sql);
        }
        let name: Vec<String> = written.split('.').map(|part| plain(part.trim_matches('"'))).collect();
        Ok(Piece::whole(format!("{}{}({})", self.mark(), name.join("."), values.join(", ")), Kind::Unknown))
    }

    fn plain_call(&mut self, name: &str, args: &[&Expr]) -> Result<Piece> {
        if let Some(piece) = self.dates(name, args)? {
            return Ok(piece);
        }
        if let Some(piece) = self.higher_order(name, args)? {
            return Ok(piece);
        }
        let mut pieces = Vec::with_capacity(args.len());
        for arg in args {
            pieces.push(self.expression(arg)?);
        }
        if let Some(piece) = self.special(name, &pieces)? {
            return Ok(piece);
        }
        if let Some(piece) = self.regular(name, &pieces)? {
            return Ok(piece);
        }
        let mut seen = false;
        for rule in RULES.iter().filter(|rule| rule.name == name) {
            seen = true;
            if rule.takes.len() == pieces.len() {
                return self.by_rule(rule, pieces);
            }
        }
        if seen {
            let reason = format!("with {} arguments is not known to the translation", pieces.len());
            return Err(self.refuse(format!("the function {name}"), &reason, None));
        }
        Err(self.unknown(name))
    }

    fn by_rule(&mut self, rule: &Rule, mut pieces: Vec<Piece>) -> Result<Piece> {
        let mut united: Vec<usize> = Vec::new();
        for (at, letter) in rule.takes.chars().enumerate() {
            let piece = pieces[at].clone();
            pieces[at] = match letter {
                't' if piece.kind == Kind::Unknown => piece,
                't' => self.text(&piece)?,
                'n' => self.number(piece)?,
                'i' => self.whole_number(piece)?,
                'b' => self.boolean(piece)?,
                'j' => self.json(&piece, rule.name)?,
                'v' => self.as_variant(&piece)?,
                'm' => self.cast_to(&piece, Kind::Local)?,
                'u' => {
                    united.push(at);
                    piece
                }
                _ => piece,
            };
        }
        let mut same: Vec<Piece> = united.iter().map(|at| pieces[*at].clone()).collect();
        let unified = self.unify(&mut same)?;
        for (at, piece) in united.iter().zip(same) {
            pieces[*at] = piece;
        }
        let mut sql = rule.sql.to_owned();
        for (at, piece) in pieces.iter().enumerate() {
            sql = sql.replace(&format!("{{{at}}}"), &piece.operand());
        }
        let kind = match rule.gives {
            Gives::One(kind) => kind,
            Gives::Of(at) => pieces[at].kind,
            Gives::United => unified,
        };
        let whole = rule.sql.ends_with(')') && !rule.sql.contains(" / ") && !rule.sql.contains(" IN (")
            || rule.sql == "current_date";
        Ok(if whole || rule.sql.starts_with("CASE ") { Piece::whole(sql, kind) } else { Piece::loose(sql, kind) })
    }

    /// Functions whose SQL depends on the types or the number of their arguments.
    fn special(&mut self, name: &str, args: &[Piece]) -> Result<Option<Piece>> {
        let made = match (name, args) {
            ("COALESCE" | "NVL" | "IFNULL", [_, ..]) => {
                let mut args = args.to_vec();
                let kind = self.unify(&mut args)?;
                Piece::whole(format!("coalesce({})", list(&args)), kind)
            }
            ("GREATEST" | "LEAST", [_, ..]) => {
                let mut args = args.to_vec();
                let kind = self.unify(&mut args)?;
                if kind.is_json() {
                    return Err(self.refuse(name, "of VARIANT has no translation", Some("cast the values")));
                }
                // Snowflake: NULL among the values gives NULL.
                let nulls: Vec<String> = args.iter().map(|arg| format!("{} IS NULL", arg.operand())).collect();
                let call = format!("{}({})", name.to_lowercase(), list(&args));
                Piece::whole(format!("CASE WHEN NOT ({}) THEN {call} END", nulls.join(" OR ")), kind)
            }
            ("GREATEST_IGNORE_NULLS" | "LEAST_IGNORE_NULLS", [_, ..]) => {
                let mut args = args.to_vec();
                let kind = self.unify(&mut args)?;
                Piece::whole(format!("{}({})", name.to_lowercase().replace("_ignore_nulls", ""), list(&args)), kind)
            }
            ("NULLIF", [left, right]) => {
                let (one, two) = self.comparable(left.clone(), right.clone())?;
                if one.sql == left.sql {
                    Piece::whole(format!("nullif({}, {})", one.sql, two.sql), left.kind)
                } else {
                    let (one, two) = (one.operand(), two.operand());
                    Piece::whole(format!("CASE WHEN {one} = {two} THEN NULL ELSE {} END", left.sql), left.kind)
                }
            }
            ("EQUAL_NULL", [left, right]) => self.comparison(left.clone(), "IS NOT DISTINCT FROM", right.clone())?,
            // Snowflake: these round a number first.
            ("BOOLAND" | "BOOLOR" | "BOOLXOR" | "BOOLNOT", args)
                if args.iter().any(|arg| matches!(arg.kind, Kind::Decimal(_) | Kind::Float)) =>
            {
                let rounded = |arg: &Piece| match arg.kind {
                    Kind::Decimal(_) | Kind::Float => Piece::whole(format!("round({})", arg.sql), Kind::Integer),
                    _ => arg.clone(),
                };
                let rounded: Vec<Piece> = args.iter().map(rounded).collect();
                return self.special(name, &rounded);
            }
            ("BOOLAND" | "BOOLOR", [left, right]) => {
                let word = if name == "BOOLAND" { "AND" } else { "OR" };
                let (left, right) = (self.boolean(left.clone())?, self.boolean(right.clone())?);
                Piece::loose(format!("{} {word} {}", left.operand(), right.operand()), Kind::Boolean)
            }
            ("BOOLNOT", [value]) => {
                let value = self.boolean(value.clone())?;
                Piece::loose(format!("NOT {}", value.operand()), Kind::Boolean)
            }
            ("BOOLXOR", [left, right]) => {
                let (left, right) = (self.boolean(left.clone())?, self.boolean(right.clone())?);
                Piece::loose(format!("{} <> {}", left.operand(), right.operand()), Kind::Boolean)
            }
            ("DECODE", [value, rest @ ..]) if rest.len() >= 2 => {
                let mut results: Vec<Piece> = rest.chunks(2).map(|pair| pair[pair.len() - 1].clone()).collect();
                let kind = self.unify(&mut results)?;
                let mut sql = "CASE".to_owned();
                for (pair, result) in rest.chunks(2).zip(&results) {
                    match pair {
                        // Snowflake: DECODE takes NULL for equal to NULL.
                        [wanted, _] => {
                            let test = self.comparison(value.clone(), "IS NOT DISTINCT FROM", wanted.clone())?;
                            sql.push_str(&format!(" WHEN {} THEN {}", test.sql, result.sql));
                        }
                        _ => sql.push_str(&format!(" ELSE {}", result.sql)),
                    }
                }
                Piece::whole(format!("{sql} END"), kind)
            }
            ("CONCAT", [_, ..]) => {
                let mut parts = Vec::with_capacity(args.len());
                for arg in args {
                    parts.push(self.text(arg)?.operand());
                }
                Piece::loose(parts.join(" || "), Kind::Text)
            }
            ("CONCAT_WS", [separator, rest @ ..]) if !rest.is_empty() => {
                let separator = self.text(separator)?.operand();
                let mut parts = Vec::with_capacity(rest.len());
                for arg in rest {
                    parts.push(self.text(arg)?.operand());
                }
                // Snowflake: a NULL among the values gives NULL.
                Piece::loose(parts.join(&format!(" || {separator} || ")), Kind::Text)
            }
            ("SUBSTR" | "SUBSTRING", [whole, from]) => {
                let whole = self.text(whole)?.sql;
                self.substring(&whole, from, None)?
            }
            ("SUBSTR" | "SUBSTRING", [whole, from, length]) => {
                let whole = self.text(whole)?.sql;
                self.substring(&whole, from, Some(length))?
            }
            ("ROUND" | "TRUNC" | "TRUNCATE", [value]) => {
                let value = self.number(value.clone())?;
                let function = if name == "ROUND" { "round" } else { "trunc" };
                let kind = if value.kind == Kind::Float { Kind::Float } else { Kind::Integer };
                Piece::whole(format!("{function}({})", value.sql), kind)
            }
            ("ROUND" | "TRUNC" | "TRUNCATE" | "CEIL" | "FLOOR", [value, scale]) => {
                let value = self.number(value.clone())?;
                let function = if name == "TRUNCATE" { "trunc".to_owned() } else { name.to_lowercase() };
                self.scaled(&function, &value, scale)?
            }
            ("DIV0" | "DIV0NULL", [left, right]) => {
                let left = self.number(left.clone())?;
                let right = self.number(right.clone())?;
                let checked = Piece::whole(format!("nullif({}, 0)", right.sql), right.kind);
                let made = self.quotient(&left, &checked)?;
                let test = if name == "DIV0" {
                    format!("{} = 0", right.operand())
                } else {
                    format!("coalesce({}, 0) = 0", right.sql)
                };
                let null = format!("{} IS NULL", left.operand());
                Piece::whole(format!("CASE WHEN {test} AND NOT ({null}) THEN 0 ELSE {} END", made.sql), made.kind)
            }
            ("TO_VARCHAR" | "TO_CHAR", [value]) => self.text(value)?,
            (
                "TO_NUMBER" | "TO_DECIMAL" | "TO_NUMERIC" | "TRY_TO_NUMBER" | "TRY_TO_DECIMAL" | "TRY_TO_NUMERIC",
                [value, rest @ ..],
            ) if rest.len() < 3 => {
                let misfit = if name.starts_with("TRY_") { Misfit::Null } else { Misfit::Error };
                let mut digits = Vec::new();
                for arg in rest {
                    match arg.integer() {
                        Some(number) => digits.push(number),
                        None => {
                            return Err(self.refuse(format!("{name} with a format"), "has no translation yet", None));
                        }
                    }
                }
                let (width, scale) = (digits.first().copied().unwrap_or(38), digits.get(1).copied().unwrap_or(0));
                let kind = Kind::scaled(u8::try_from(scale).unwrap_or(0));
                self.converted(value, kind, &format!("DECIMAL({width}, {scale})"), misfit)?
            }
            ("TO_DOUBLE", [value]) => self.converted(value, Kind::Float, "DOUBLE", Misfit::Error)?,
            ("TRY_TO_DOUBLE", [value]) => self.converted(value, Kind::Float, "DOUBLE", Misfit::Null)?,
            ("TO_BOOLEAN", [value]) => self.converted(value, Kind::Boolean, "BOOLEAN", Misfit::Error)?,
            ("TRY_TO_BOOLEAN", [value]) => self.converted(value, Kind::Boolean, "BOOLEAN", Misfit::Null)?,
            ("TRY_CAST", _) => return Err(self.unsupported("TRY_CAST of this shape")),
            ("ARRAY_CONSTRUCT", items) => self.array_of(items)?,
            ("ARRAY_CONSTRUCT_COMPACT", items) => {
                let made = self.array_of(items)?;
                let sql =
                    format!("to_json(list_filter(snowflake_sql.items({}), lambda item: item IS NOT NULL))", made.sql);
                Piece::whole(sql, Kind::Array)
            }
            ("OBJECT_CONSTRUCT", items) if items.len() % 2 == 0 => {
                let mut pairs = Vec::new();
                for pair in items.chunks(2) {
                    pairs.push((self.text(&pair[0])?.sql, pair[1].clone()));
                }
                self.object_of(pairs)?
            }
            ("OBJECT_CONSTRUCT_KEEP_NULL", items) if items.len() % 2 == 0 => {
                let mut pairs = Vec::new();
                for pair in items.chunks(2) {
                    let value = self.as_variant(&pair[1])?.sql;
                    let value = format!("coalesce({value}, CAST('null' AS JSON))");
                    pairs.push((self.text(&pair[0])?.sql, Piece::whole(value, Kind::Variant)));
                }
                self.object_of(pairs)?
            }
            ("OBJECT_DELETE", [object, keys @ ..]) if !keys.is_empty() => {
                let object = self.json(object, name)?;
                let mut names = Vec::new();
                for key in keys {
                    names.push(self.text(key)?.sql);
                }
                let sql = format!("snowflake_sql.object_keep({}, [{}], FALSE)", object.sql, names.join(", "));
                Piece::whole(sql, Kind::Object)
            }
            ("OBJECT_PICK", [object, keys @ ..]) if !keys.is_empty() => {
                let object = self.json(object, name)?;
                let mut names = Vec::new();
                for key in keys {
                    if key.kind.is_json() {
                        return Err(self.refuse(name, "with an array of keys has no translation yet", None));
                    }
                    names.push(self.text(key)?.sql);
                }
                let sql = format!("snowflake_sql.object_keep({}, [{}], TRUE)", object.sql, names.join(", "));
                Piece::whole(sql, Kind::Object)
            }
            ("ARRAY_SORT", [array, rest @ ..]) if (1..3).contains(&rest.len()) => {
                let array = self.json(array, name)?;
                let truth = |piece: &Piece| match super::source::unmark(&piece.sql).0.as_str() {
                    "TRUE" => Some(true),
                    "FALSE" => Some(false),
                    _ => None,
                };
                let (Some(ascending), Some(first)) =
                    (truth(&rest[0]), rest.get(1).map_or_else(|| truth(&rest[0]).map(|up| !up), truth))
                else {
                    return Err(self.refuse(name, "takes TRUE or FALSE as literals", None));
                };
                let direction = if ascending { "ASC" } else { "DESC" };
                let nulls = if first { "NULLS FIRST" } else { "NULLS LAST" };
                let items =
                    format!("list_transform(snowflake_sql.items({}), lambda item: CAST(item AS VARIANT))", array.sql);
                let sorted = format!("list_sort({items}, '{direction}', '{nulls}')");
                Piece::whole(format!("to_json(list_transform({sorted}, lambda item: CAST(item AS JSON)))"), Kind::Array)
            }
            ("TIMESTAMP_FROM_PARTS" | "TIMESTAMP_NTZ_FROM_PARTS", [day, time]) => {
                let day = self.cast_to(day, Kind::Date)?;
                let time = self.cast_to(time, Kind::Time)?;
                Piece::loose(format!("{} + {}", day.operand(), time.operand()), Kind::Local)
            }
            ("TIMESTAMP_FROM_PARTS" | "TIMESTAMP_NTZ_FROM_PARTS", [_, _, _, _, _, _, _]) => {
                let mut whole = Vec::with_capacity(7);
                for part in args {
                    whole.push(self.whole_number(part.clone())?.operand());
                }
                let moment = format!("snowflake_sql.timestamp_from_parts({})", whole[..6].join(", "));
                Piece::loose(format!("{moment} + to_microseconds(CAST({} // 1000 AS BIGINT))", whole[6]), Kind::Local)
            }
            ("GET", [value, key]) => {
                let value = self.json(value, name)?;
                let function = match key.kind {
                    Kind::Integer => "element",
                    Kind::Text => "member",
                    _ => return Err(self.untyped("GET", key)),
                };
                Piece::whole(format!("snowflake_sql.{function}({}, {})", value.sql, key.sql), Kind::Variant)
            }
            ("SHA2" | "SHA2_HEX", [value, bits]) if bits.integer() == Some(256) => {
                Piece::whole(format!("sha256({})", self.text(value)?.sql), Kind::Text)
            }
            ("PARSE_JSON" | "TRY_PARSE_JSON", [value]) if value.kind.is_json() => value.clone(),
            ("LENGTH" | "LEN", [value]) if value.kind == Kind::Binary => {
                Piece::whole(format!("octet_length({})", value.sql), Kind::Integer)
            }
            ("SEQ1" | "SEQ2" | "SEQ4" | "SEQ8", _) if args.is_empty() || args[0].integer() == Some(0) => {
                let relations = self.scopes.last().map(|scope| scope.relations.as_slice()).unwrap_or_default();
                match relations {
                    [relation] if relation.generated => Piece::whole("generated_row", Kind::Integer),
                    _ => Piece::loose("row_number() OVER () - 1", Kind::Integer),
                }
            }
            ("LOG", [base, value]) => {
                let (base, value) = (self.number(base.clone())?, self.number(value.clone())?);
                let sql = format!("ln(CAST({} AS DOUBLE)) / ln(CAST({} AS DOUBLE))", value.sql, base.sql);
                Piece::loose(sql, Kind::Float)
            }
            _ => return Ok(None),
        };
        Ok(Some(made))
    }

    /// Snowflake: a start of 0 means 1.
    pub(super) fn substring(&mut self, whole: &str, from: &Piece, length: Option<&Piece>) -> Result<Piece> {
        let from = self.whole_number(from.clone())?;
        let start = match from.integer() {
            Some(0) => "1".to_owned(),
            Some(number) => number.to_string(),
            None if super::source::unmark(&from.sql).0.trim_start().starts_with('-') => from.sql.clone(),
            None => format!("coalesce(nullif({}, 0), CASE WHEN {} IS NOT NULL THEN 1 END)", from.sql, from.operand()),
        };
        let sql = match length {
            None => format!("substr({whole}, {start})"),
            Some(length) => {
                let length = self.whole_number(length.clone())?;
                let length = match length.integer() {
                    Some(number) => number.max(0).to_string(),
                    None => format!("greatest({}, 0)", length.sql),
                };
                if start.starts_with('-') || from.integer().is_none() {
                    // The engine counts a start before the text into the length.
                    format!("snowflake_sql.substring({whole}, {start}, {length})")
                } else {
                    format!("substr({whole}, {start}, {length})")
                }
            }
        };
        Ok(Piece::whole(sql, Kind::Text))
    }

    /// ROUND, TRUNC, CEIL and FLOOR to a number of digits behind the point.
    pub(super) fn scaled(&mut self, name: &str, value: &Piece, scale: &Piece) -> Result<Piece> {
        let written = super::source::unmark(&scale.sql).0;
        let Ok(digits) = written.trim().parse::<i32>() else {
            let hint = "write the number of digits as a literal";
            if value.kind == Kind::Float && matches!(name, "round") {
                return Ok(Piece::whole(format!("round({}, CAST({} AS INTEGER))", value.sql, scale.sql), Kind::Float));
            }
            return Err(self.refuse(
                format!("{} with a computed scale", name.to_uppercase()),
                "has no exact type",
                Some(hint),
            ));
        };
        let sql = &value.sql;
        match value.kind {
            Kind::Integer | Kind::Decimal(_) if digits >= i32::from(value.kind.scale()) => Ok(value.clone()),
            Kind::Integer | Kind::Decimal(_) if name == "round" => {
                let kind = Kind::scaled(u8::try_from(digits).unwrap_or(0));
                Ok(Piece::whole(format!("round({sql}, {digits})"), kind))
            }
            Kind::Float if name == "round" => Ok(Piece::whole(format!("round({sql}, {digits})"), Kind::Float)),
            Kind::Decimal(_) if digits >= 0 => {
                let power = format!("1{}", "0".repeat(digits.unsigned_abs() as usize));
                let kind = Kind::scaled(u8::try_from(digits).unwrap_or(0));
                let smallest = format!("0.{}1", "0".repeat((digits.unsigned_abs() as usize).max(1) - 1));
                if digits == 0 {
                    return Ok(Piece::whole(format!("{name}({sql})"), Kind::Integer));
                }
                Ok(Piece::loose(format!("CAST({name}({} * {power}) AS HUGEINT) * {smallest}", value.operand()), kind))
            }
            Kind::Integer | Kind::Decimal(_) => {
                let power = format!("1{}", "0".repeat(digits.unsigned_abs() as usize));
                let whole = if name == "trunc" { "trunc" } else { name };
                Ok(Piece::loose(
                    format!("CAST({whole}(CAST({sql} AS DOUBLE) / {power}) AS BIGINT) * {power}"),
                    Kind::Integer,
                ))
            }
            Kind::Float => {
                let power = format!("1{}", "0".repeat(digits.unsigned_abs() as usize));
                Ok(if digits >= 0 {
                    Piece::loose(format!("{name}({} * {power}) / {power}", value.operand()), Kind::Float)
                } else {
                    Piece::loose(format!("{name}({} / {power}) * {power}", value.operand()), Kind::Float)
                })
            }
            Kind::Null => Ok(value.clone()),
            _ => Err(self.untyped(&name.to_uppercase(), value)),
        }
    }

    /// FILTER, TRANSFORM and REDUCE.
    fn higher_order(&mut self, name: &str, args: &[&Expr]) -> Result<Option<Piece>> {
        let made = match (name, args) {
            ("FILTER" | "TRANSFORM", [array, Expr::Lambda(lambda)]) => {
                let array = self.expression(array)?;
                let array = self.json(&array, name)?;
                let (parameters, body) = self.lambda(lambda)?;
                let items = format!("snowflake_sql.items({})", array.sql);
                let sql = if name == "FILTER" {
                    let body = self.boolean(body)?;
                    format!("to_json(list_filter({items}, lambda {}: {}))", parameters.join(", "), body.sql)
                } else {
                    let body = self.as_variant(&body)?;
                    format!("to_json(list_transform({items}, lambda {}: {}))", parameters.join(", "), body.sql)
                };
                Piece::whole(sql, Kind::Array)
            }
            ("REDUCE", [array, start, Expr::Lambda(lambda)]) => {
                let array = self.expression(array)?;
                let array = self.json(&array, name)?;
                let start = self.expression(start)?;
                let start = self.as_variant(&start)?;
                let (parameters, body) = self.lambda(lambda)?;
                let body = self.as_variant(&body)?;
                let items = format!("snowflake_sql.items({})", array.sql);
                let sql =
                    format!("list_reduce({items}, lambda {}: {}, {})", parameters.join(", "), body.sql, start.sql);
                Piece::whole(sql, Kind::Variant)
            }
            _ => return Ok(None),
        };
        Ok(Some(made))
    }

    fn lambda(&mut self, lambda: &LambdaFunction) -> Result<(Vec<String>, Piece)> {
        let given = match &lambda.params {
            OneOrManyWithParens::One(parameter) => std::slice::from_ref(parameter),
            OneOrManyWithParens::Many(parameters) => parameters.as_slice(),
        };
        let mut names = Vec::new();
        let mut scope = Scope::default();
        for parameter in given {
            if parameter.data_type.is_some() {
                return Err(self.refuse(
                    "a lambda with a type",
                    "has no translation yet",
                    Some("cast inside the lambda"),
                ));
            }
            names.push(self.ident(&parameter.name));
            scope.parameters.push(Column { name: parameter.name.value.clone(), kind: Kind::Variant });
        }
        self.scopes.push(scope);
        let body = self.expression(&lambda.body);
        self.scopes.pop();
        Ok((names, body?))
    }
}

/// Whether a call's only argument is `*`.
fn is_star(function: &Function) -> bool {
    let FunctionArguments::List(list) = &function.args else { return false };
    matches!(list.args.as_slice(), [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)])
}

/// Arguments in a row.
fn list(pieces: &[Piece]) -> String {
    pieces.iter().map(|piece| piece.sql.as_str()).collect::<Vec<_>>().join(", ")
}
