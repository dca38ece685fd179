//! Comparisons, with the casts that Snowflake makes by itself.

use sqlparser::ast::Expr;

use super::kind::Kind;
use super::refusal::Result;
use super::translator::{Piece, Translator};

impl Translator<'_> {
    pub(super) fn compare(&mut self, left: &Expr, sign: &str, right: &Expr) -> Result<Piece> {
        let left = self.expression(left)?;
        let right = self.expression(right)?;
        self.comparison(left, sign, right)
    }

    pub(super) fn comparison(&mut self, left: Piece, sign: &str, right: Piece) -> Result<Piece> {
        let (left, right) = self.comparable(left, right)?;
        Ok(Piece::loose(format!("{} {sign} {}", left.operand(), right.operand()), Kind::Boolean))
    }

    /// Brings two values to types that the engine compares as Snowflake does.
    pub(super) fn comparable(&mut self, left: Piece, right: Piece) -> Result<(Piece, Piece)> {
        let (one, two) = (left.kind, right.kind);
        let free = |kind: Kind| matches!(kind, Kind::Unknown | Kind::Null | Kind::Foreign);
        if one == two || free(one) && !two.is_json() || free(two) && !one.is_json() {
            if one.is_json() && two.is_json() {
                return Ok((valued(&left), valued(&right)));
            }
            return Ok((left, right));
        }
        if one.is_json() && two.is_json() {
            return Ok((valued(&left), valued(&right)));
        }
        if one.is_json() {
            let left = self.as_other(&left, two)?;
            return Ok((left, right));
        }
        if two.is_json() {
            let right = self.as_other(&right, one)?;
            return Ok((left, right));
        }
        if one.is_number() && two.is_number() || one.is_moment() && two.is_moment() {
            let mixed = |piece: Piece, this: &mut Self| match piece.kind {
                Kind::Instant => Ok(piece),
                _ => this.cast_to(&piece, Kind::Instant),
            };
            if (one == Kind::Instant) != (two == Kind::Instant) {
                return Ok((mixed(left, self)?, mixed(right, self)?));
            }
            return Ok((left, right));
        }
        // Snowflake: a text takes the type of the other side.
        if one == Kind::Text && two != Kind::Text {
            let left = self.of_text(&left, two)?;
            return Ok((left, right));
        }
        if two == Kind::Text {
            let right = self.of_text(&right, one)?;
            return Ok((left, right));
        }
        if one == Kind::Boolean && two.is_number() || two == Kind::Boolean && one.is_number() {
            return Ok((left, right));
        }
        Err(self.refuse(
            format!("a comparison of {} with {}", one.word(), two.word()),
            "is not one that Snowflake makes",
            Some("cast one side"),
        ))
    }

    /// A VARIANT for a comparison with another type.
    fn as_other(&mut self, piece: &Piece, other: Kind) -> Result<Piece> {
        match other {
            Kind::Unknown | Kind::Foreign => Err(self.refuse(
                "a comparison with VARIANT",
                "the type of the other side is not known here",
                Some("cast the VARIANT: `value::varchar`"),
            )),
            Kind::Null => Ok(piece.clone()),
            kind if kind.is_number() => self.cast_to(piece, Kind::Float),
            kind => self.cast_to(piece, kind),
        }
    }

    fn of_text(&mut self, piece: &Piece, other: Kind) -> Result<Piece> {
        match other {
            Kind::Integer | Kind::Decimal(_) => {
                Ok(Piece::whole(format!("CAST({} AS DECIMAL(38, 12))", piece.sql), Kind::Decimal(12)))
            }
            kind => self.cast_to(piece, kind),
        }
    }
}

/// JSON as a value that compares by what it holds and not by its letters.
fn valued(piece: &Piece) -> Piece {
    Piece::whole(format!("CAST({} AS VARIANT)", piece.sql), piece.kind)
}
