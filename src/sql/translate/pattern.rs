//! LIKE, ILIKE and regular expressions.

use sqlparser::ast::Expr;

use super::kind::Kind;
use super::name::text;
use super::refusal::Result;
use super::translator::{Piece, Translator};

impl Translator<'_> {
    /// `word` is the operator, whether it is negated, and whether ANY stands behind it.
    pub(super) fn like(
        &mut self,
        value: &Expr,
        pattern: &Expr,
        escape: Option<&Expr>,
        word: (&str, bool, bool),
    ) -> Result<Piece> {
        let (word, negated, any) = word;
        let value = self.as_text(value)?;
        let escape = match escape {
            Some(escape) => format!(" ESCAPE {}", self.as_text(escape)?),
            None => String::new(),
        };
        let mut joined = " OR ";
        let patterns: Vec<&Expr> = match pattern {
            Expr::Tuple(items) if any => items.iter().collect(),
            Expr::Nested(inner) if any => vec![inner.as_ref()],
            // The parser takes `ALL (..)` for a function.
            Expr::Function(function) if function.name.to_string().eq_ignore_ascii_case("all") => {
                joined = " AND ";
                self.arguments(function)?
            }
            other => vec![other],
        };
        let mut tests = Vec::new();
        for pattern in patterns {
            let pattern = self.expression(pattern)?;
            let pattern = self.text(&pattern)?;
            tests.push(format!("({value}) {word} {}{escape}", pattern.operand()));
        }
        let not = if negated { "NOT " } else { "" };
        Ok(match tests.as_slice() {
            [test] => Piece::loose(format!("{not}{test}"), Kind::Boolean),
            tests => Piece::loose(format!("{not}({})", tests.join(joined)), Kind::Boolean),
        })
    }

    /// A pattern for the engine.
    pub(super) fn regular_expression(&mut self, pattern: &Expr) -> Result<String> {
        self.as_text(pattern)
    }

    /// Puts the parameters of a REGEXP function before its pattern; gives whether `e` is among them.
    fn with_flags(&self, pattern: &str, flags: Option<&Piece>) -> Result<(String, bool)> {
        let Some(flags) = flags else { return Ok((pattern.to_owned(), false)) };
        let Some(letters) = &flags.literal else {
            return Err(self.refuse("the parameters of a REGEXP function", "are not a text literal", None));
        };
        let (mut inline, mut extract) = (String::new(), false);
        for letter in letters.chars() {
            match letter {
                'c' => inline = inline.replace('i', ""),
                'i' | 'm' | 's' => inline.push(letter),
                'e' => extract = true,
                other => {
                    return Err(self.refuse(
                        "the parameters of a REGEXP function",
                        &format!("`{other}` is none of c, i, m, e, s"),
                        None,
                    ));
                }
            }
        }
        if inline.is_empty() {
            return Ok((pattern.to_owned(), extract));
        }
        Ok((format!("{} || {pattern}", text(&format!("(?{inline})"))), extract))
    }

    /// The family of REGEXP functions, with pieces of their arguments.
    pub(super) fn regular(&mut self, name: &str, args: &[Piece]) -> Result<Option<Piece>> {
        let known = matches!(
            name,
            "REGEXP_LIKE"
                | "RLIKE"
                | "REGEXP"
                | "REGEXP_SUBSTR"
                | "REGEXP_COUNT"
                | "REGEXP_REPLACE"
                | "REGEXP_INSTR"
                | "REGEXP_SUBSTR_ALL"
                | "REGEXP_EXTRACT_ALL"
        );
        if !known {
            return Ok(None);
        }
        let [subject, pattern, rest @ ..] = args else {
            return Err(self.refuse(name, "takes a text and a pattern", None));
        };
        let subject = self.text(subject)?.operand();
        let pattern = self.text(pattern)?.operand();
        let number = |this: &Self, at: usize, usual: i64| match rest.get(at) {
            None => Ok(usual),
            Some(piece) => {
                piece.integer().ok_or_else(|| this.refuse(name, "takes its position and occurrence as literals", None))
            }
        };
        let made = match name {
            "REGEXP_LIKE" | "RLIKE" | "REGEXP" => {
                let (pattern, _) = self.with_flags(&pattern, rest.first())?;
                Piece::whole(format!("regexp_full_match({subject}, {pattern})"), Kind::Boolean)
            }
            "REGEXP_COUNT" => {
                let from = number(self, 0, 1)?;
                let (pattern, _) = self.with_flags(&pattern, rest.get(1))?;
                Piece::whole(
                    format!("len(regexp_extract_all({}, {pattern}))", from_place(&subject, from)),
                    Kind::Integer,
                )
            }
            "REGEXP_SUBSTR" | "REGEXP_SUBSTR_ALL" | "REGEXP_EXTRACT_ALL" => {
                let (from, occurrence) = (number(self, 0, 1)?, number(self, 1, 1)?);
                let (pattern, extract) = self.with_flags(&pattern, rest.get(2))?;
                // Snowflake: with a group, or with `e`, the group is given; without, the whole match.
                let group = number(self, 3, i64::from(extract))?;
                let all = format!("regexp_extract_all({}, {pattern}, {group})", from_place(&subject, from));
                if name == "REGEXP_SUBSTR" {
                    Piece::whole(format!("list_extract({all}, {occurrence})"), Kind::Text)
                } else {
                    Piece::whole(format!("to_json(list_slice({all}, {occurrence}, len({all})))"), Kind::Array)
                }
            }
            "REGEXP_REPLACE" => {
                let replacement = match rest.first() {
                    Some(piece) => self.text(piece)?.sql,
                    None => "''".to_owned(),
                };
                let (from, occurrence) = (number(self, 1, 1)?, number(self, 2, 0)?);
                let (pattern, _) = self.with_flags(&pattern, rest.get(3))?;
                match (from, occurrence) {
                    (1, 0) => {
                        Piece::whole(format!("regexp_replace({subject}, {pattern}, {replacement}, 'g')"), Kind::Text)
                    }
                    (1, 1) => Piece::whole(format!("regexp_replace({subject}, {pattern}, {replacement})"), Kind::Text),
                    _ => {
                        return Err(self.refuse(
                            name,
                            "with a position or a later occurrence has no translation yet",
                            None,
                        ));
                    }
                }
            }
            _ => {
                if (number(self, 0, 1)?, number(self, 1, 1)?, number(self, 2, 0)?) != (1, 1, 0) {
                    return Err(self.refuse(
                        name,
                        "with a position, a later occurrence or an option has no translation yet",
                        None,
                    ));
                }
                let (pattern, _) = self.with_flags(&pattern, rest.get(3))?;
                let before = format!("regexp_extract({subject}, '^((?s:.*?))(?:' || {pattern} || ')', 1)");
                let sql = format!(
                    "CASE WHEN regexp_matches({subject}, {pattern}) THEN length({before}) + 1 WHEN {subject} IS NOT NULL THEN 0 END"
                );
                Piece::whole(sql, Kind::Integer)
            }
        };
        Ok(Some(made))
    }
}

fn from_place(subject: &str, place: i64) -> String {
    if place == 1 { subject.to_owned() } else { format!("substr({subject}, {place})") }
}
