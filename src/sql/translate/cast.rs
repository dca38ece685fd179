//! Casts: `::`, CAST, TRY_CAST, and those that Snowflake makes by itself.

use sqlparser::ast::{CastKind, CharacterLength, DataType, Expr, TypedString, Value};

use super::kind::Kind;
use super::name::text;
use super::refusal::Result;
use super::translator::{Piece, Translator};

/// Whether a value that does not fit is an error or NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Misfit {
    Error,
    Null,
}

impl Translator<'_> {
    pub(super) fn cast(&mut self, kind: &CastKind, expr: &Expr, written: &DataType) -> Result<Piece> {
        let piece = self.expression(expr)?;
        let misfit = match kind {
            CastKind::Cast | CastKind::DoubleColon => Misfit::Error,
            CastKind::TryCast => Misfit::Null,
            CastKind::SafeCast => return Err(self.unsupported("SAFE_CAST")),
        };
        let fits = Kind::of_written(written).is_some_and(|(wanted, _)| wanted == piece.kind);
        if misfit == Misfit::Null && !fits && !matches!(piece.kind, Kind::Text | Kind::Null | Kind::Unknown) {
            let hint = "cast to VARCHAR first";
            return Err(self.refuse(
                "TRY_CAST",
                &format!("takes a VARCHAR, and this is {}", piece.kind.word()),
                Some(hint),
            ));
        }
        let Some((wanted, engine)) = Kind::of_written(written) else {
            return Err(self.refuse(format!("the type `{written}`"), "has no equal on DuckDB", None));
        };
        if matches!(written, DataType::JSON) && matches!(piece.kind, Kind::Text | Kind::Unknown) {
            // The engine's word, as fixtures write it: a text is read.
            return Ok(Piece::whole(format!("CAST({} AS JSON)", piece.sql), Kind::Variant));
        }
        let made = self.converted(&piece, wanted, &engine, misfit)?;
        match length(written) {
            Some(length) if wanted == Kind::Text && misfit == Misfit::Error => {
                Ok(Piece::whole(format!("snowflake_sql.sized_text({}, {length})", made.sql), Kind::Text))
            }
            Some(length) if wanted == Kind::Text => {
                Ok(Piece::whole(format!("snowflake_sql.try_sized_text({}, {length})", made.sql), Kind::Text))
            }
            _ => Ok(made),
        }
    }

    /// `DATE '2020-01-01'`
    pub(super) fn typed_text(&mut self, typed: &TypedString) -> Result<Piece> {
        let Value::SingleQuotedString(value) = &typed.value.value else {
            return Err(self.unsupported("a typed literal"));
        };
        if let Some(at) = self.source.offset(typed.value.span.start) {
            self.here = at;
        }
        let Some((wanted, engine)) = Kind::of_written(&typed.data_type) else {
            return Err(self.refuse(format!("the type `{}`", typed.data_type), "has no equal on DuckDB", None));
        };
        let piece = Piece {
            literal: Some(value.clone()),
            ..Piece::whole(format!("{}{}", self.mark(), text(value)), Kind::Text)
        };
        self.converted(&piece, wanted, &engine, Misfit::Error)
    }

    /// A value in another type, by its usual name on the engine.
    pub(super) fn cast_to(&mut self, piece: &Piece, wanted: Kind) -> Result<Piece> {
        if piece.kind == wanted {
            return Ok(piece.clone());
        }
        let scale;
        let engine = match wanted {
            Kind::Integer => "BIGINT",
            Kind::Decimal(digits) => {
                scale = format!("DECIMAL(38, {digits})");
                &scale
            }
            Kind::Float => "DOUBLE",
            Kind::Text => "VARCHAR",
            Kind::Boolean => "BOOLEAN",
            Kind::Date => "DATE",
            Kind::Time => "TIME",
            Kind::Local => "TIMESTAMP",
            Kind::Instant => "TIMESTAMP WITH TIME ZONE",
            Kind::Variant | Kind::Array | Kind::Object => "JSON",
            Kind::Binary => "BLOB",
            _ => return Err(self.untyped("a cast", piece)),
        };
        self.converted(piece, wanted, engine, Misfit::Error)
    }

    /// A value in another type.
    pub(super) fn converted(&mut self, piece: &Piece, wanted: Kind, engine: &str, misfit: Misfit) -> Result<Piece> {
        let attempt = if misfit == Misfit::Null { "try_" } else { "" };
        let cast = |sql: &str| {
            let word = if misfit == Misfit::Null { "TRY_CAST" } else { "CAST" };
            Ok(Piece::whole(format!("{word}({sql} AS {engine})"), wanted))
        };
        let own = |name: &str, sql: &str| Ok(Piece::whole(format!("snowflake_sql.{attempt}{name}({sql})"), wanted));
        let sql = &piece.sql;
        match (piece.kind, wanted) {
            (Kind::Null, _) => cast(sql),
            (Kind::Foreign, Kind::Text) => cast(sql),
            (Kind::Foreign, _) => Err(self.untyped("a cast", piece)),
            (_, Kind::Text) => self.text(piece),
            (_, Kind::Variant) => self.as_variant(piece),
            (from, Kind::Array) if from.is_json() => own("to_array", sql),
            (from, Kind::Object) if from.is_json() => own("to_object", sql),
            (from, to) if from.is_json() => {
                let text = Piece::whole(format!("json_extract_string({sql}, '$')"), Kind::Text);
                self.converted(&text, to, engine, misfit)
            }
            (from, to) if to.is_json() => {
                let _ = from;
                Err(self.refuse(
                    format!("a cast of {} to {}", piece.kind.word(), to.word()),
                    "is not Snowflake's",
                    Some("write PARSE_JSON, TO_ARRAY or TO_OBJECT"),
                ))
            }
            (Kind::Text, Kind::Boolean) => own("boolean_of_text", sql),
            (Kind::Text, Kind::Date) if iso(piece) => cast(sql),
            (Kind::Text, Kind::Local) if iso(piece) => cast(sql),
            (Kind::Text, Kind::Date) => own("date_of_text", sql),
            (Kind::Text, Kind::Local) => own("timestamp_of_text", sql),
            (Kind::Text, Kind::Instant) => own("instant_of_text", sql),
            (Kind::Text, _) => cast(&format!("trim({sql})")),
            (Kind::Float, Kind::Integer) => cast(&format!("round({sql})")),
            (Kind::Integer, Kind::Local) => own("timestamp_of_epoch", &format!("{sql}, 0")),
            (Kind::Integer, Kind::Date) => {
                Err(self.refuse("a cast of NUMBER to DATE", "is not Snowflake's", Some("write TO_DATE or DATEADD")))
            }
            (Kind::Instant, Kind::Local) => Ok(Piece::whole(format!("timezone('UTC', {sql})"), wanted)),
            (Kind::Local, Kind::Instant) => Ok(Piece::whole(format!("timezone('UTC', {sql})"), wanted)),
            (Kind::Date, Kind::Instant) => {
                Ok(Piece::whole(format!("timezone('UTC', CAST({sql} AS TIMESTAMP))"), wanted))
            }
            (Kind::Instant, Kind::Date | Kind::Time) => cast(&format!("timezone('UTC', {sql})")),
            (from, to) if from.is_number() && to.is_number() => cast(sql),
            (Kind::Boolean, to) if to.is_number() => cast(sql),
            (from, Kind::Boolean) if from.is_number() => {
                Ok(Piece::whole(format!("({} <> 0)", piece.operand()), Kind::Boolean))
            }
            (Kind::Date, Kind::Local) | (Kind::Local, Kind::Date | Kind::Time) | (Kind::Date, Kind::Date) => cast(sql),
            (Kind::Boolean, Kind::Boolean)
            | (Kind::Local, Kind::Local)
            | (Kind::Instant, Kind::Instant)
            | (Kind::Time, Kind::Time)
            | (Kind::Binary, Kind::Binary) => Ok(piece.clone()),
            // The column's table is not there: what it holds shows when the statement runs.
            (Kind::Unknown, to) if to.is_number() || to.is_moment() || matches!(to, Kind::Boolean | Kind::Time) => {
                cast(sql)
            }
            (from, to) => {
                Err(self.refuse(format!("a cast of {} to {}", from.word(), to.word()), "is not Snowflake's", None))
            }
        }
    }

    /// A value as text, as Snowflake writes it.
    pub(super) fn text(&mut self, piece: &Piece) -> Result<Piece> {
        let sql = &piece.sql;
        let made = match piece.kind {
            Kind::Text => return Ok(piece.clone()),
            Kind::Integer | Kind::Decimal(_) | Kind::Boolean | Kind::Date | Kind::Time | Kind::Null => {
                format!("CAST({sql} AS VARCHAR)")
            }
            Kind::Float => format!("snowflake_sql.text_of_float({sql})"),
            Kind::Local => format!("strftime({sql}, '%Y-%m-%d %H:%M:%S.%g')"),
            Kind::Instant => format!("strftime(timezone('UTC', {sql}), '%Y-%m-%d %H:%M:%S.%g +0000')"),
            Kind::Variant | Kind::Array | Kind::Object => format!("json_extract_string({sql}, '$')"),
            Kind::Binary => format!("hex({sql})"),
            Kind::Unknown => format!("snowflake_sql.text_of_any({sql})"),
            Kind::Foreign => format!("CAST({sql} AS VARCHAR)"),
            Kind::Interval => return Err(self.untyped("a text", piece)),
        };
        Ok(Piece::whole(made, Kind::Text))
    }

    /// An expression as text.
    pub(super) fn as_text(&mut self, expression: &Expr) -> Result<String> {
        let piece = self.expression(expression)?;
        // An unknown type is most likely text already, and a text function of anything else is refused by the engine.
        if piece.kind == Kind::Unknown { Ok(piece.sql) } else { Ok(self.text(&piece)?.sql) }
    }

    /// A value as VARIANT.
    pub(super) fn as_variant(&mut self, piece: &Piece) -> Result<Piece> {
        let sql = match piece.kind {
            kind if kind.is_json() => piece.sql.clone(),
            Kind::Null => "CAST(NULL AS JSON)".to_owned(),
            Kind::Local | Kind::Instant | Kind::Binary => format!("to_json({})", self.text(piece)?.sql),
            Kind::Interval => return Err(self.untyped("a VARIANT", piece)),
            _ => format!("to_json({})", piece.sql),
        };
        Ok(Piece::whole(sql, Kind::Variant))
    }
}

/// Whether a literal is a date or moment that both engines read alike.
fn iso(piece: &Piece) -> bool {
    let Some(text) = &piece.literal else { return false };
    let bytes = text.as_bytes();
    let digits =
        |range: std::ops::Range<usize>| bytes.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    let day =
        bytes.len() >= 10 && digits(0..4) && bytes[4] == b'-' && digits(5..7) && bytes[7] == b'-' && digits(8..10);
    let time = bytes.len() == 10
        || bytes.len() >= 19
            && matches!(bytes[10], b' ' | b'T')
            && digits(11..13)
            && digits(14..16)
            && digits(17..19)
            && bytes[19..].iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
            && bytes.len() <= 26;
    day && time
}

/// The length that a text type states.
fn length(written: &DataType) -> Option<u64> {
    match written {
        DataType::Varchar(Some(CharacterLength::IntegerLength { length, .. }))
        | DataType::Nvarchar(Some(CharacterLength::IntegerLength { length, .. }))
        | DataType::Char(Some(CharacterLength::IntegerLength { length, .. }))
        | DataType::Character(Some(CharacterLength::IntegerLength { length, .. }))
        | DataType::CharacterVarying(Some(CharacterLength::IntegerLength { length, .. })) => {
            Some(*length).filter(|length| *length < 16_777_216)
        }
        DataType::Char(None) | DataType::Character(None) => Some(1),
        DataType::String(Some(length)) => Some(*length).filter(|length| *length < 16_777_216),
        _ => None,
    }
}
