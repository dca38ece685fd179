//! Expressions: names, literals, operators, CASE, subqueries.

use sqlparser::ast::{
    BinaryOperator, CaseWhen, CeilFloorKind, DateTimeField, Expr, InTarget, Interval, TrimWhereField, UnaryOperator,
    Value,
};

use super::kind::Kind;
use super::name::{quoted, text};
use super::refusal::Result;
use super::scope::Found;
use super::source::unmark;
use super::translator::{Piece, Translator};

impl Translator<'_> {
    /// A condition: what WHERE, ON, HAVING and QUALIFY take.
    pub(super) fn condition(&mut self, expression: &Expr) -> Result<String> {
        let piece = self.expression(expression)?;
        Ok(if piece.kind.is_json() { self.cast_to(&piece, Kind::Boolean)?.sql } else { piece.sql })
    }

    /// An expression.
    pub(super) fn expression(&mut self, expression: &Expr) -> Result<Piece> {
        match expression {
            Expr::Identifier(name) => {
                let sql = self.ident(name);
                let kind = self.kind_of(None, &name.value)?;
                Ok(Piece::whole(sql, kind))
            }
            Expr::CompoundIdentifier(names) => {
                let mut parts = Vec::with_capacity(names.len());
                for name in names {
                    parts.push(self.ident(name));
                }
                let kind = match names.as_slice() {
                    [.., relation, column] => self.kind_of(Some(&relation.value), &column.value)?,
                    _ => Kind::Unknown,
                };
                Ok(Piece::whole(parts.join("."), kind))
            }
            Expr::Value(value) => {
                if let Some(at) = self.source.offset(value.span.start) {
                    self.here = at;
                }
                self.literal(&value.value)
            }
            Expr::Nested(inner) => {
                let piece = self.expression(inner)?;
                Ok(Piece { sql: format!("({})", piece.sql), whole: true, ..piece })
            }
            Expr::BinaryOp { left, op, right } => self.binary(left, op, right),
            Expr::UnaryOp { op, expr } => {
                let piece = self.expression(expr)?;
                match op {
                    UnaryOperator::Minus if piece.kind == Kind::Integer && piece.integer().is_some() => {
                        Ok(Piece::loose(format!("-{}", piece.sql), Kind::Integer))
                    }
                    UnaryOperator::Minus => {
                        let piece = self.number(piece)?;
                        Ok(Piece::loose(format!("-{}", piece.operand()), piece.kind))
                    }
                    UnaryOperator::Plus => Ok(piece),
                    UnaryOperator::Not => {
                        Ok(Piece::loose(format!("NOT {}", self.boolean(piece)?.operand()), Kind::Boolean))
                    }
                    other => Err(self.unsupported(format!("the operator `{other}`"))),
                }
            }
            Expr::IsNull(inner) => self.is(inner, "IS NULL"),
            Expr::IsNotNull(inner) => self.is(inner, "IS NOT NULL"),
            Expr::IsTrue(inner) => self.is_truth(inner, "IS TRUE"),
            Expr::IsNotTrue(inner) => self.is_truth(inner, "IS NOT TRUE"),
            Expr::IsFalse(inner) => self.is_truth(inner, "IS FALSE"),
            Expr::IsNotFalse(inner) => self.is_truth(inner, "IS NOT FALSE"),
            Expr::IsDistinctFrom(left, right) => self.compare(left, "IS DISTINCT FROM", right),
            Expr::IsNotDistinctFrom(left, right) => self.compare(left, "IS NOT DISTINCT FROM", right),
            Expr::Between { expr, negated, low, high } => {
                let value = self.expression(expr)?;
                let low = self.expression(low)?;
                let high = self.expression(high)?;
                let (value_low, low) = self.comparable(value.clone(), low)?;
                let (value_high, high) = self.comparable(value, high)?;
                let (low, high, not) = (low.operand(), high.operand(), if *negated { "NOT " } else { "" });
                if unmark(&value_low.sql).0 == unmark(&value_high.sql).0 {
                    let sql = format!("{} {not}BETWEEN {low} AND {high}", value_low.operand());
                    return Ok(Piece::loose(sql, Kind::Boolean));
                }
                let sql = format!("{not}({} >= {low} AND {} <= {high})", value_low.operand(), value_high.operand());
                Ok(Piece::loose(sql, Kind::Boolean))
            }
            Expr::In { expr, target, negated, global: false } => self.is_in(expr, target, *negated),
            Expr::Like { negated, any, expr, pattern, escape_char } => {
                self.like(expr, pattern, escape_char.as_deref(), ("LIKE", *negated, *any))
            }
            Expr::ILike { negated, any, expr, pattern, escape_char } => {
                self.like(expr, pattern, escape_char.as_deref(), ("ILIKE", *negated, *any))
            }
            Expr::RLike { negated, expr, pattern, regexp: _ } => {
                let value = self.as_text(expr)?;
                let pattern = self.regular_expression(pattern)?;
                let not = if *negated { "NOT " } else { "" };
                Ok(Piece::loose(format!("{not}regexp_full_match({value}, {pattern})"), Kind::Boolean))
            }
            Expr::Case { operand, conditions, else_result, case_token, .. } => {
                if let Some(at) = self.source.offset(case_token.0.span.start) {
                    self.here = at;
                }
                self.case(operand.as_deref(), conditions, else_result.as_deref())
            }
            Expr::Exists { subquery, negated } => {
                let (sql, _) = self.subquery(subquery)?;
                Ok(Piece::loose(format!("{}EXISTS {sql}", if *negated { "NOT " } else { "" }), Kind::Boolean))
            }
            Expr::Subquery(query) => {
                let (sql, kind) = self.subquery(query)?;
                Ok(Piece::whole(sql, kind))
            }
            Expr::Tuple(items) => {
                let mut parts = Vec::new();
                for item in items {
                    parts.push(self.expression(item)?.sql);
                }
                Ok(Piece::whole(format!("({})", parts.join(", ")), Kind::Unknown))
            }
            Expr::Cast { kind, expr, data_type, format: None } => self.cast(kind, expr, data_type),
            Expr::TypedString(typed) => self.typed_text(typed),
            Expr::JsonAccess { value, path } => self.path(value, path),
            Expr::CompoundFieldAccess { root, access_chain } => self.access(root, access_chain),
            Expr::Extract { field, expr, .. } => {
                let value = self.expression(expr)?;
                self.date_part(&field.to_string(), value)
            }
            Expr::Ceil { expr, field } => self.ceil_or_floor("ceil", expr, field),
            Expr::Floor { expr, field } => self.ceil_or_floor("floor", expr, field),
            Expr::Position { expr, r#in } => {
                let part = self.as_text(expr)?;
                let whole = self.as_text(r#in)?;
                Ok(Piece::whole(format!("instr({whole}, {part})"), Kind::Integer))
            }
            Expr::Substring { expr, substring_from, substring_for, .. } => {
                let whole = self.as_text(expr)?;
                let Some(from) = substring_from else { return Err(self.unsupported("SUBSTRING without a start")) };
                let from = self.expression(from)?;
                let length = match substring_for {
                    Some(length) => Some(self.expression(length)?),
                    None => None,
                };
                self.substring(&whole, &from, length.as_ref())
            }
            Expr::Trim { trim_where, trim_what, expr, trim_characters } => {
                let whole = self.as_text(expr)?;
                let name = match trim_where {
                    None | Some(TrimWhereField::Both) => "trim",
                    Some(TrimWhereField::Leading) => "ltrim",
                    Some(TrimWhereField::Trailing) => "rtrim",
                };
                let letters = match (trim_what, trim_characters.as_deref()) {
                    (None, None) => None,
                    (Some(letters), None) => Some(self.as_text(letters)?),
                    (None, Some([letters])) => Some(self.as_text(letters)?),
                    _ => return Err(self.unsupported("TRIM with several sets of letters")),
                };
                let letters = letters.map(|letters| format!(", {letters}")).unwrap_or_default();
                Ok(Piece::whole(format!("{name}({whole}{letters})"), Kind::Text))
            }
            Expr::Interval(interval) => self.interval(interval),
            Expr::Function(function) => self.call(function),
            Expr::Dictionary(fields) => {
                let mut pairs = Vec::new();
                for field in fields {
                    pairs.push((text(&field.key.value), self.expression(&field.value)?));
                }
                self.object_of(pairs)
            }
            Expr::Array(array) => {
                let mut items = Vec::new();
                for item in &array.elem {
                    items.push(self.expression(item)?);
                }
                self.array_of(&items)
            }
            Expr::AnyOp { left, compare_op, right, is_some: _ } => self.quantified(left, compare_op, right, "ANY"),
            Expr::AllOp { left, compare_op, right } => self.quantified(left, compare_op, right, "ALL"),
            Expr::OuterJoin(_) => {
                Err(self.refuse("the join operator (+)", "has no equal on DuckDB", Some("write LEFT JOIN .. ON")))
            }
            Expr::Prior(_) => {
                Err(self.refuse("PRIOR", "has no equal on DuckDB", Some("write a recursive common table expression")))
            }
            Expr::Collate { .. } => Err(self.refuse(
                "COLLATE",
                "collations differ between Snowflake and DuckDB",
                Some("compare LOWER() or UPPER() of the texts"),
            )),
            other => {
                let written: String = other.to_string().chars().take(60).collect();
                if let Some(at) = self.at_expression(other) {
                    self.here = at;
                }
                Err(self.unsupported(format!("`{written}`")))
            }
        }
    }

    /// The type of a name in sight.
    fn kind_of(&mut self, qualifier: Option<&str>, name: &str) -> Result<Kind> {
        for scope in self.scopes.iter().rev() {
            match scope.find(qualifier, name) {
                Found::Column(kind) => return Ok(kind),
                Found::Refused(reason) => {
                    let hint = "number the rows with ROW_NUMBER() before the call";
                    return Err(self.refuse(format!("`{name}` of a lateral table function"), reason, Some(hint)));
                }
                Found::Nothing => {}
            }
        }
        Ok(Kind::Unknown)
    }

    fn literal(&mut self, value: &Value) -> Result<Piece> {
        let with_mark = |sql: &str, mark: &str| format!("{mark}{sql}");
        let mark = self.mark();
        match value {
            Value::Number(number, false) => {
                let kind = if number.contains(['e', 'E']) {
                    Kind::Float
                } else {
                    match number.split_once('.') {
                        Some((_, digits)) => Kind::scaled(u8::try_from(digits.len()).unwrap_or(37)),
                        None => Kind::Integer,
                    }
                };
                // A number like `1.` has no digit behind its point.
                Ok(Piece::whole(with_mark(number.trim_end_matches('.'), &mark), kind))
            }
            Value::SingleQuotedString(value) => {
                Ok(Piece { literal: Some(value.clone()), ..Piece::whole(with_mark(&text(value), &mark), Kind::Text) })
            }
            Value::DollarQuotedString(value) if value.tag.is_none() => Ok(Piece {
                literal: Some(value.value.clone()),
                ..Piece::whole(with_mark(&text(&value.value), &mark), Kind::Text)
            }),
            Value::Boolean(truth) => {
                Ok(Piece::whole(with_mark(if *truth { "TRUE" } else { "FALSE" }, &mark), Kind::Boolean))
            }
            Value::Null => Ok(Piece::whole(with_mark("NULL", &mark), Kind::Null)),
            Value::HexStringLiteral(digits) => Ok(Piece::whole(format!("{mark}unhex({})", text(digits)), Kind::Binary)),
            Value::Placeholder(name) => self.numbered(name),
            other => Err(self.unsupported(format!("the literal `{other}`"))),
        }
    }

    /// `$1`: a column by its place.
    fn numbered(&mut self, name: &str) -> Result<Piece> {
        let place = name.strip_prefix('$').and_then(|digits| digits.parse::<usize>().ok());
        let Some(place) = place else {
            let hint = "use a variable of the project: `{{ var('name') }}`";
            return Err(self.refuse(
                format!("the session variable `{name}`"),
                "DuckDB has no session variables of Snowflake",
                Some(hint),
            ));
        };
        let found = self.scopes.last().and_then(|scope| match scope.relations.as_slice() {
            [relation] => relation.columns.as_ref()?.get(place.checked_sub(1)?).cloned(),
            _ => None,
        });
        match found {
            Some(column) => {
                let sql = format!("{}{}", self.mark(), quoted(&column.name));
                Ok(Piece::whole(sql, column.kind).noted(column.name))
            }
            None => Err(self.refuse(format!("`{name}`"), "no column stands at this place", Some("name the column"))),
        }
    }

    fn is(&mut self, inner: &Expr, word: &str) -> Result<Piece> {
        let piece = self.expression(inner)?;
        Ok(Piece::loose(format!("{} {word}", piece.operand()), Kind::Boolean))
    }

    fn is_truth(&mut self, inner: &Expr, word: &str) -> Result<Piece> {
        let piece = self.expression(inner)?;
        let piece = self.boolean(piece)?;
        Ok(Piece::loose(format!("{} {word}", piece.operand()), Kind::Boolean))
    }

    fn is_in(&mut self, expr: &Expr, target: &InTarget, negated: bool) -> Result<Piece> {
        let word = if negated { "NOT IN" } else { "IN" };
        match target {
            InTarget::List(items) => {
                let mut value = self.expression(expr)?;
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    let item = self.expression(item)?;
                    let (left, right) = self.comparable(value.clone(), item)?;
                    value = left;
                    list.push(right.sql);
                }
                Ok(Piece::loose(format!("{} {word} ({})", value.operand(), list.join(", ")), Kind::Boolean))
            }
            InTarget::Subquery(query) => {
                let mut value = self.expression(expr)?;
                let (sql, kind) = self.subquery(query)?;
                if value.kind.is_json() && !kind.is_json() && kind != Kind::Unknown {
                    value = self.cast_to(&value, kind)?;
                }
                if value.kind.is_json() != kind.is_json() && kind != Kind::Unknown && value.kind != Kind::Unknown {
                    let hint = "cast the value to the type of the subquery's column";
                    return Err(self.refuse("IN (subquery)", "compares VARIANT with another type", Some(hint)));
                }
                Ok(Piece::loose(format!("{} {word} {sql}", value.operand()), Kind::Boolean))
            }
            _ => Err(self.unsupported("the list of IN")),
        }
    }

    fn quantified(&mut self, left: &Expr, op: &BinaryOperator, right: &Expr, word: &str) -> Result<Piece> {
        let left = self.expression(left)?;
        let sign = match op {
            BinaryOperator::Eq => "=",
            BinaryOperator::NotEq => "<>",
            BinaryOperator::Lt => "<",
            BinaryOperator::LtEq => "<=",
            BinaryOperator::Gt => ">",
            BinaryOperator::GtEq => ">=",
            _ => return Err(self.unsupported(format!("`{op} {word}`"))),
        };
        match right {
            Expr::Subquery(query) => {
                let (sql, _) = self.subquery(query)?;
                Ok(Piece::loose(format!("{} {sign} {word} {sql}", left.operand()), Kind::Boolean))
            }
            _ => Err(self.refuse(format!("{sign} {word} (..)"), "takes a query", None)),
        }
    }

    fn case(&mut self, operand: Option<&Expr>, conditions: &[CaseWhen], other: Option<&Expr>) -> Result<Piece> {
        let begin = self.mark();
        let operand = match operand {
            Some(operand) => Some(self.expression(operand)?),
            None => None,
        };
        let mut tests = Vec::new();
        let mut results = Vec::new();
        for branch in conditions {
            let test = self.expression(&branch.condition)?;
            tests.push(match &operand {
                // Snowflake compares as `=` does, with its casts.
                Some(operand) => self.comparison(operand.clone(), "=", test)?.sql,
                None => self.boolean(test)?.sql,
            });
            results.push(self.expression(&branch.result)?);
        }
        if let Some(other) = other {
            results.push(self.expression(other)?);
        }
        let kind = self.unify(&mut results)?;
        let mut sql = format!("{begin}CASE");
        for (test, result) in tests.iter().zip(&results) {
            sql.push_str(&format!(" WHEN {test} THEN {}", result.sql));
        }
        if let Some(result) = results.get(tests.len()) {
            sql.push_str(&format!(" ELSE {}", result.sql));
        }
        sql.push_str(" END");
        Ok(Piece::whole(sql, kind))
    }

    /// Brings values that become one column to one type.
    pub(super) fn unify(&mut self, pieces: &mut [Piece]) -> Result<Kind> {
        let kind = pieces.iter().fold(Kind::Null, |kind, piece| kind.with(piece.kind));
        let has = |wanted: &dyn Fn(Kind) -> bool| pieces.iter().any(|piece| wanted(piece.kind));
        if has(&Kind::is_json) && has(&|kind| !kind.is_json() && kind != Kind::Null) {
            for piece in pieces.iter_mut() {
                *piece = self.as_variant(piece)?;
            }
            return Ok(Kind::Variant);
        }
        if has(&|kind| kind == Kind::Text) && has(&Kind::is_number) {
            let hint = "cast one of them";
            return Err(self.refuse(
                "values of VARCHAR and NUMBER",
                "become one column, which DuckDB types otherwise",
                Some(hint),
            ));
        }
        if has(&|kind| kind == Kind::Text) && has(&Kind::is_moment) {
            for piece in pieces.iter_mut().filter(|piece| piece.kind == Kind::Text) {
                *piece = self.cast_to(piece, kind)?;
            }
        }
        Ok(kind)
    }

    fn ceil_or_floor(&mut self, name: &str, expr: &Expr, field: &CeilFloorKind) -> Result<Piece> {
        let piece = self.expression(expr)?;
        let piece = self.number(piece)?;
        match field {
            CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) => {
                let kind = if piece.kind == Kind::Float { Kind::Float } else { Kind::Integer };
                Ok(Piece::whole(format!("{name}({})", piece.sql), kind))
            }
            CeilFloorKind::Scale(scale) => {
                let scale = self.literal(&scale.value)?;
                self.scaled(name, &piece, &scale)
            }
            CeilFloorKind::DateTimeField(_) => Err(self.unsupported(format!("{name} TO a part of a date"))),
        }
    }

    fn interval(&mut self, interval: &Interval) -> Result<Piece> {
        let Interval {
            value,
            leading_field,
            leading_precision: None,
            last_field: None,
            fractional_seconds_precision: None,
        } = interval
        else {
            return Err(self.unsupported("an INTERVAL with a precision or a range"));
        };
        let written = self.expression(value)?;
        let Some(mut amount) = written.literal.clone().or_else(|| written.integer().map(|number| number.to_string()))
        else {
            return Err(self.refuse("INTERVAL", "its amount is not a literal", Some("use DATEADD")));
        };
        if let Some(field) = leading_field {
            amount = format!("{amount} {field}");
        }
        let mut parts = Vec::new();
        let mut days = true;
        for part in amount.split(',') {
            let part = part.trim();
            let end = part.find(|at: char| !at.is_ascii_digit() && at != '-' && at != '+').unwrap_or(part.len());
            let (number, unit) = part.split_at(end);
            let unit = if unit.trim().is_empty() { "second" } else { unit.trim() };
            let Some(unit) = super::date::unit(unit) else {
                return Err(self.refuse("INTERVAL", &format!("`{unit}` is no unit"), None));
            };
            days &= matches!(unit, "year" | "quarter" | "month" | "week" | "day");
            parts.push(match unit {
                "quarter" => format!("{} months", number.parse::<i64>().unwrap_or_default() * 3),
                unit => format!("{number} {unit}"),
            });
        }
        let days = if days { "days" } else { "times" };
        let sql = format!("{}INTERVAL {}", self.mark(), text(&parts.join(" ")));
        Ok(Piece::whole(sql, Kind::Interval).noted(days))
    }
}
