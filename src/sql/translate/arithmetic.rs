//! Operators: numbers, dates, texts, truth.

use sqlparser::ast::{BinaryOperator, Expr};

use super::kind::Kind;
use super::refusal::Result;
use super::translator::{Piece, Translator};

impl Translator<'_> {
    pub(super) fn binary(&mut self, left: &Expr, op: &BinaryOperator, right: &Expr) -> Result<Piece> {
        // Long chains lean to the left: they are walked and not descended, however many terms they have.
        let mut rest = vec![(op, right)];
        let mut first = left;
        while let Expr::BinaryOp { left, op, right } = first {
            rest.push((op, right));
            first = left;
        }
        let mut made = self.expression(first)?;
        for (op, right) in rest.into_iter().rev() {
            let right = self.expression(right)?;
            made = self.combined(made, op, right)?;
        }
        Ok(made)
    }

    fn combined(&mut self, left: Piece, op: &BinaryOperator, right: Piece) -> Result<Piece> {
        let sign = match op {
            BinaryOperator::Eq => "=",
            BinaryOperator::NotEq => "<>",
            BinaryOperator::Lt => "<",
            BinaryOperator::LtEq => "<=",
            BinaryOperator::Gt => ">",
            BinaryOperator::GtEq => ">=",
            BinaryOperator::And => return self.joined(left, "AND", right),
            BinaryOperator::Or => return self.joined(left, "OR", right),
            BinaryOperator::StringConcat => {
                if left.kind == Kind::Binary || right.kind == Kind::Binary {
                    return Err(self.refuse("`||` of BINARY", "has no translation", None));
                }
                let (left, right) = (self.text(&left)?, self.text(&right)?);
                let sql = chained(left, "||") + " || " + &right.operand();
                return Ok(Piece::loose(sql, Kind::Text).noted("||"));
            }
            _ => return self.computed(&left, op, &right),
        };
        self.comparison(left, sign, right)
    }

    fn joined(&mut self, left: Piece, word: &str, right: Piece) -> Result<Piece> {
        let left = self.boolean(left)?;
        let right = self.boolean(right)?;
        let sql = chained(left, word) + " " + word + " " + &chained(right, word);
        Ok(Piece::loose(sql, Kind::Boolean).noted(word))
    }

    fn computed(&mut self, left: &Piece, op: &BinaryOperator, right: &Piece) -> Result<Piece> {
        match op {
            BinaryOperator::Plus if right.kind == Kind::Interval => return self.shifted(left, "+", right),
            BinaryOperator::Plus if left.kind == Kind::Interval => return self.shifted(right, "+", left),
            BinaryOperator::Minus if right.kind == Kind::Interval => return self.shifted(left, "-", right),
            BinaryOperator::Plus | BinaryOperator::Minus if left.kind.is_moment() || right.kind.is_moment() => {
                return self.days(left, op, right);
            }
            _ => {}
        }
        let sign = match op {
            BinaryOperator::Plus => "+",
            BinaryOperator::Minus => "-",
            BinaryOperator::Multiply => "*",
            BinaryOperator::Divide => "/",
            BinaryOperator::Modulo => "%",
            other => return Err(self.unsupported(format!("the operator `{other}`"))),
        };
        let left = self.number(left.clone())?;
        let right = self.number(right.clone())?;
        match sign {
            "/" => self.quotient(&left, &right),
            "*" => self.product(&left, &right),
            "%" => {
                let kind = left.kind.with(right.kind);
                Ok(Piece::loose(format!("{} % {}", left.operand(), right.operand()), kind))
            }
            _ => {
                let kind = left.kind.with(right.kind);
                let sql = chained(left, "+") + " " + sign + " " + &right.operand();
                Ok(Piece::loose(sql, kind).noted("+"))
            }
        }
    }

    /// Snowflake: the digits behind the point are those of both, but no more than twelve or those of one.
    fn product(&mut self, left: &Piece, right: &Piece) -> Result<Piece> {
        // The engine multiplies in the width of its operands; a literal alone would leave that at 32 bits.
        let wide = |piece: &Piece| match piece.integer() {
            Some(number) if number.unsigned_abs() > 999 => format!("CAST({number} AS BIGINT)"),
            _ => piece.operand(),
        };
        let sql = format!("{} * {}", wide(left), wide(right));
        if left.kind == Kind::Unknown || right.kind == Kind::Unknown {
            return Ok(Piece::loose(sql, Kind::Unknown));
        }
        if left.kind == Kind::Float || right.kind == Kind::Float {
            return Ok(Piece::loose(sql, Kind::Float));
        }
        let (one, two) = (left.kind.scale(), right.kind.scale());
        let most = one.max(two).max(12);
        if one + two > most {
            return Ok(Piece::whole(format!("CAST({sql} AS DECIMAL(38, {most}))"), Kind::scaled(most)));
        }
        Ok(Piece::loose(sql, Kind::scaled(one + two)))
    }

    /// A division as Snowflake does it: exact, with six more digits behind the point than the dividend has, but no
    /// more than twelve, rounded half away from zero. By zero it is an error.
    pub(super) fn quotient(&mut self, left: &Piece, right: &Piece) -> Result<Piece> {
        if left.kind == Kind::Null || right.kind == Kind::Null {
            return Ok(Piece::whole("CAST(NULL AS DECIMAL(38, 6))", Kind::Decimal(6)));
        }
        for piece in [left, right] {
            if !piece.kind.is_number() {
                return Err(self.untyped("a division", piece));
            }
        }
        let mark = self.mark();
        if left.kind == Kind::Float || right.kind == Kind::Float {
            if right.integer().is_some_and(|number| number != 0) {
                return Ok(Piece::loose(format!("{} / {}", left.operand(), right.operand()), Kind::Float));
            }
            let sql = format!("{mark}snowflake_sql.divide_floats({}, {})", left.sql, right.sql);
            return Ok(Piece::whole(sql, Kind::Float));
        }
        let (one, two) = (u32::from(left.kind.scale()), u32::from(right.kind.scale()));
        let scale = one.max((one + 6).min(12));
        let power = |digits: u32| format!("1{}", "0".repeat(digits as usize));
        let whole = |piece: &Piece, digits: u32| match digits {
            0 => format!("CAST({} AS HUGEINT)", piece.sql),
            digits => format!("CAST({} * CAST({} AS BIGINT) AS HUGEINT)", piece.operand(), power(digits)),
        };
        let dividend = match scale + two - one {
            0 => whole(left, one),
            digits => format!("{} * {}", whole(left, one), power(digits)),
        };
        let smallest = format!("0.{}1", "0".repeat(scale as usize - 1));
        let sql = format!("{mark}snowflake_sql.rounded_quotient({dividend}, {}) * {smallest}", whole(right, two));
        Ok(Piece::loose(sql, Kind::scaled(u8::try_from(scale).unwrap_or(12))))
    }

    /// A moment and an interval.
    fn shifted(&mut self, moment: &Piece, sign: &str, interval: &Piece) -> Result<Piece> {
        let moment = match moment.kind {
            Kind::Text => self.cast_to(moment, Kind::Local)?,
            Kind::Date | Kind::Local | Kind::Instant | Kind::Time => moment.clone(),
            _ => return Err(self.untyped("a sum with an interval", moment)),
        };
        let sql = format!("{} {sign} {}", moment.operand(), interval.operand());
        if moment.kind == Kind::Date {
            return Ok(match interval.note.as_deref() {
                // Snowflake: whole days keep a date a date.
                Some("days") => Piece::whole(format!("CAST({sql} AS DATE)"), Kind::Date),
                _ => Piece::loose(sql, Kind::Local),
            });
        }
        Ok(Piece::loose(sql, moment.kind))
    }

    /// Days and numbers of days.
    fn days(&mut self, left: &Piece, op: &BinaryOperator, right: &Piece) -> Result<Piece> {
        let minus = matches!(op, BinaryOperator::Minus);
        match (left.kind, right.kind) {
            (Kind::Date, Kind::Date) if minus => {
                Ok(Piece::loose(format!("{} - {}", left.operand(), right.operand()), Kind::Integer))
            }
            (Kind::Date, Kind::Integer) => {
                let sign = if minus { "-" } else { "+" };
                Ok(Piece::loose(format!("{} {sign} CAST({} AS INTEGER)", left.operand(), right.sql), Kind::Date))
            }
            (Kind::Integer, Kind::Date) if !minus => {
                Ok(Piece::loose(format!("{} + CAST({} AS INTEGER)", right.operand(), left.sql), Kind::Date))
            }
            _ => Err(self.refuse(
                format!("`{} {op} {}`", left.kind.word(), right.kind.word()),
                "has no exact equal",
                Some("use DATEADD or DATEDIFF"),
            )),
        }
    }

    /// A refusal of an expression whose type must be known.
    pub(super) fn untyped(&self, what: &str, piece: &Piece) -> Box<super::Refusal> {
        let shown: String = super::source::unmark(&piece.sql).0.chars().take(40).collect();
        let reason = match piece.kind {
            Kind::Unknown => format!("the type of `{shown}` is not known here"),
            kind => format!("`{shown}` is {}", kind.word()),
        };
        self.refuse(what, &reason, Some("cast it: `expression::type`"))
    }

    /// A value as a number, with Snowflake's implicit casts.
    pub(super) fn number(&mut self, piece: Piece) -> Result<Piece> {
        match piece.kind {
            // Snowflake: a text becomes NUMBER(18, 5).
            Kind::Text => Ok(Piece::whole(format!("CAST({} AS DECIMAL(18, 5))", piece.sql), Kind::Decimal(5))),
            kind if kind.is_json() => self.cast_to(&piece, Kind::Float),
            Kind::Boolean => Ok(Piece::whole(format!("CAST({} AS BIGINT)", piece.sql), Kind::Integer)),
            Kind::Date | Kind::Local | Kind::Instant | Kind::Time | Kind::Binary | Kind::Interval | Kind::Foreign => {
                Err(self.untyped("a number", &piece))
            }
            _ => Ok(piece),
        }
    }

    /// A value as a truth.
    pub(super) fn boolean(&mut self, piece: Piece) -> Result<Piece> {
        match piece.kind {
            Kind::Boolean | Kind::Unknown | Kind::Null => Ok(piece),
            _ => self.cast_to(&piece, Kind::Boolean),
        }
    }

    /// A value as whole number of the engine's BIGINT.
    pub(super) fn whole_number(&mut self, piece: Piece) -> Result<Piece> {
        match piece.kind {
            Kind::Integer => Ok(piece),
            Kind::Unknown | Kind::Null => Ok(Piece::whole(format!("CAST({} AS BIGINT)", piece.sql), Kind::Integer)),
            _ => self.cast_to(&piece, Kind::Integer),
        }
    }
}

/// An operand that needs no parentheses in a chain of its own operator, which keeps long chains flat.
fn chained(piece: Piece, operator: &str) -> String {
    if piece.note.as_deref() == Some(operator) && !piece.whole { piece.sql } else { piece.operand() }
}
