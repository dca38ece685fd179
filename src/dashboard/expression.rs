//! What a measure calculates, as text and as a tree.
//!
//! `count(*)`, `count(distinct c)`, `sum|avg|min|max|median(c)`, `sum(c * d)` of two columns of a row, numbers, `+ - * /`,
//! parentheses and the names of other measures of the same model. Small on purpose: each form means the same in SQL, in DAX and in the browser. A division
//! by zero is nothing (SQL's null), and never an error.

use std::ops::Range;

use serde::Serialize;

/// How the values of a column become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Aggregate {
    /// How many different values there are; missing ones do not count.
    Distinct,
    /// Sum.
    Sum,
    /// Arithmetic mean of the values that are there.
    Avg,
    /// Least value.
    Min,
    /// Greatest value.
    Max,
    /// Value in the middle; of two, their mean.
    Median,
}

impl Aggregate {
    /// Whether a value that several rows repeat changes the result.
    pub fn feels_repeats(self) -> bool {
        matches!(self, Self::Sum | Self::Avg | Self::Median)
    }

    /// As it is written in an expression.
    pub fn name(self) -> &'static str {
        match self {
            Self::Distinct => "count",
            Self::Sum => "sum",
            Self::Avg => "avg",
            Self::Min => "min",
            Self::Max => "max",
            Self::Median => "median",
        }
    }
}

/// The sign between two terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`, nothing where the divisor is zero
    Divide,
}

impl Operator {
    /// Its sign.
    pub fn sign(self) -> char {
        match self {
            Self::Add => '+',
            Self::Subtract => '-',
            Self::Multiply => '*',
            Self::Divide => '/',
        }
    }

    fn of(sign: char) -> Option<Self> {
        Some(match sign {
            '+' => Self::Add,
            '-' => Self::Subtract,
            '*' => Self::Multiply,
            '/' => Self::Divide,
            _ => return None,
        })
    }

    fn binds(self) -> u8 {
        match self {
            Self::Add | Self::Subtract => 1,
            Self::Multiply | Self::Divide => 2,
        }
    }
}

/// The second column of `sum(c * d)`; its JSON is its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Factor {
    /// Its name as written, without quotes.
    pub column: String,
    /// Bytes of the name in the expression.
    #[serde(skip)]
    pub at: Range<usize>,
}

/// A part of an expression.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Term {
    /// A number, with the digits that were written.
    Number {
        /// Its value.
        value: f64,
    },
    /// `count(*)`: how many rows there are.
    Rows,
    /// An aggregated column.
    Aggregate {
        /// How.
        function: Aggregate,
        /// The column's name as written, without quotes.
        column: String,
        /// Bytes of the name in the expression.
        #[serde(skip)]
        at: Range<usize>,
        /// The column that it is multiplied by, row by row; sums alone have one.
        #[serde(skip_serializing_if = "Option::is_none")]
        factor: Option<Factor>,
    },
    /// Another measure of the same model.
    Measure {
        /// Its name.
        name: String,
        /// Bytes of the name in the expression.
        #[serde(skip)]
        at: Range<usize>,
    },
    /// `-a`
    Negative {
        /// a
        inner: Box<Term>,
    },
    /// `a + b`
    Pair {
        /// The sign.
        operator: Operator,
        /// a
        left: Box<Term>,
        /// b
        right: Box<Term>,
    },
}

impl Term {
    /// Visits the term and everything in it, from left to right.
    pub fn walk<'t>(&'t self, visit: &mut dyn FnMut(&'t Self)) {
        visit(self);
        match self {
            Self::Negative { inner } => inner.walk(visit),
            Self::Pair { left, right, .. } => {
                left.walk(visit);
                right.walk(visit);
            }
            _ => {}
        }
    }
}

/// An expression with its text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Expression {
    /// As written.
    pub text: String,
    /// What it means.
    pub term: Term,
}

/// What is wrong with an expression, and where in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misread {
    /// What is wrong.
    pub reason: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Bytes of the text.
    pub at: Range<usize>,
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// It is none; the first mistake and its place.
    pub fn parse(text: &str) -> Result<Self, Misread> {
        let mut parser = Parser { text, tokens: tokens(text)?, next: 0 };
        let term = parser.sum(0, 0)?;
        match parser.peek() {
            None => Ok(Self { text: text.to_owned(), term }),
            Some(token) => Err(parser.unexpected(&token.clone(), "an operator")),
        }
    }

    /// The names of other measures in it, each with its place.
    pub fn measures(&self) -> Vec<(&str, Range<usize>)> {
        let mut found = Vec::new();
        self.term.walk(&mut |term| {
            if let Term::Measure { name, at } = term {
                found.push((name.as_str(), at.clone()));
            }
        });
        found
    }

    /// The columns in it, each with its aggregate and place.
    pub fn columns(&self) -> Vec<(Aggregate, &str, Range<usize>)> {
        let mut found = Vec::new();
        self.term.walk(&mut |term| {
            if let Term::Aggregate { function, column, at, factor } = term {
                found.push((*function, column.as_str(), at.clone()));
                found.extend(factor.iter().map(|factor| (*function, factor.column.as_str(), factor.at.clone())));
            }
        });
        found
    }
}

/// Deeper nesting than this is refused before it can exhaust the stack.
const DEEPEST: usize = 64;

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Number(f64),
    Word(String),
    /// A name in double quotes.
    Quoted(String),
    Sign(char),
}

#[derive(Debug, Clone, PartialEq)]
struct Token {
    kind: Kind,
    at: Range<usize>,
}

fn misread(at: Range<usize>, reason: impl Into<String>) -> Misread {
    Misread { reason: reason.into(), help: None, at }
}

fn tokens(text: &str) -> Result<Vec<Token>, Misread> {
    let mut found = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((start, letter)) = rest.next() {
        let end_of = |rest: &mut std::iter::Peekable<std::str::CharIndices<'_>>, fits: &dyn Fn(char) -> bool| {
            while rest.next_if(|(_, letter)| fits(*letter)).is_some() {}
            rest.peek().map_or(text.len(), |(at, _)| *at)
        };
        let (kind, end) = match letter {
            _ if letter.is_whitespace() => continue,
            '0'..='9' | '.' => {
                let end = end_of(&mut rest, &|letter| letter.is_ascii_alphanumeric() || letter == '.' || letter == '_');
                let number = text[start..end].parse().ok().filter(|number: &f64| number.is_finite());
                let Some(number) = number else {
                    return Err(misread(start..end, format!("`{}` is no number", &text[start..end])));
                };
                (Kind::Number(number), end)
            }
            _ if letter.is_alphabetic() || letter == '_' => {
                let end = end_of(&mut rest, &|letter| letter.is_alphanumeric() || letter == '_' || letter == '$');
                (Kind::Word(text[start..end].to_owned()), end)
            }
            '"' => {
                let Some(length) = text[start + 1..].find('"') else {
                    return Err(misread(start..text.len(), "a name in double quotes does not end"));
                };
                let end = start + length + 2;
                while rest.next_if(|(at, _)| *at < end).is_some() {}
                (Kind::Quoted(text[start + 1..end - 1].to_owned()), end)
            }
            '(' | ')' | '+' | '-' | '*' | '/' | ',' => (Kind::Sign(letter), start + 1),
            _ => {
                let end = start + letter.len_utf8();
                return Err(misread(start..end, format!("`{letter}` means nothing in an expression")));
            }
        };
        found.push(Token { kind, at: start..end });
    }
    Ok(found)
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    next: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn take(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.next).cloned();
        self.next += usize::from(token.is_some());
        token
    }

    fn take_sign(&mut self, sign: char) -> bool {
        let is_next = self.peek().is_some_and(|token| token.kind == Kind::Sign(sign));
        self.next += usize::from(is_next);
        is_next
    }

    fn unexpected(&self, token: &Token, wanted: &str) -> Misread {
        misread(token.at.clone(), format!("`{}` stands where {wanted} should", &self.text[token.at.clone()]))
    }

    fn ended(&self, wanted: &str) -> Misread {
        misread(self.text.len()..self.text.len(), format!("the expression ends where {wanted} should stand"))
    }

    fn expect(&mut self, sign: char) -> Result<(), Misread> {
        if self.take_sign(sign) {
            return Ok(());
        }
        let wanted = format!("`{sign}`");
        Err(match self.peek() {
            Some(token) => self.unexpected(token, &wanted),
            None => self.ended(&wanted),
        })
    }

    /// Terms joined by operators that bind tighter than `least`, the left ones first.
    fn sum(&mut self, least: u8, depth: usize) -> Result<Term, Misread> {
        let mut left = self.single(depth)?;
        while let Some(Token { kind: Kind::Sign(sign), .. }) = self.peek() {
            let Some(operator) = Operator::of(*sign).filter(|operator| operator.binds() > least) else { break };
            self.next += 1;
            let right = self.sum(operator.binds(), depth + 1)?;
            left = Term::Pair { operator, left: Box::new(left), right: Box::new(right) };
        }
        Ok(left)
    }

    fn single(&mut self, depth: usize) -> Result<Term, Misread> {
        let Some(token) = self.take() else { return Err(self.ended("a value")) };
        if depth > DEEPEST {
            return Err(misread(token.at, "the expression is nested too deeply"));
        }
        match token.kind {
            Kind::Number(value) => Ok(Term::Number { value }),
            Kind::Sign('-') => Ok(Term::Negative { inner: Box::new(self.single(depth + 1)?) }),
            Kind::Sign('(') => {
                let inner = self.sum(0, depth + 1)?;
                self.expect(')')?;
                Ok(inner)
            }
            Kind::Word(name) if self.take_sign('(') => {
                let term = self.call(&name, token.at)?;
                self.expect(')')?;
                Ok(term)
            }
            Kind::Word(name) | Kind::Quoted(name) => Ok(Term::Measure { name, at: token.at }),
            Kind::Sign(_) => Err(self.unexpected(&token, "a value")),
        }
    }

    /// What stands in the parentheses of a function.
    fn call(&mut self, name: &str, at: Range<usize>) -> Result<Term, Misread> {
        let function = match name.to_lowercase().as_str() {
            "count" => return self.count(at),
            "sum" => Aggregate::Sum,
            "avg" | "average" => Aggregate::Avg,
            "min" => Aggregate::Min,
            "max" => Aggregate::Max,
            "median" => Aggregate::Median,
            _ => {
                return Err(Misread {
                    help: Some("write count, sum, avg, min, max or median".to_owned()),
                    ..misread(at, format!("there is no function `{name}`"))
                });
            }
        };
        self.column(function)
    }

    fn count(&mut self, at: Range<usize>) -> Result<Term, Misread> {
        if self.take_sign('*') {
            return Ok(Term::Rows);
        }
        let is_distinct =
            matches!(self.peek(), Some(Token { kind: Kind::Word(word), .. }) if word.eq_ignore_ascii_case("distinct"));
        if is_distinct {
            self.next += 1;
            return self.column(Aggregate::Distinct);
        }
        Err(Misread {
            help: Some("write `count(*)` for rows, or `count(distinct column)` for different values".to_owned()),
            ..misread(at, "`count` does not say what it counts")
        })
    }

    /// A column, and for a sum another one that it is multiplied by.
    fn column(&mut self, function: Aggregate) -> Result<Term, Misread> {
        let (column, at) = self.name()?;
        let factor = match function {
            Aggregate::Sum if self.take_sign('*') => Some(self.name().map(|(column, at)| Factor { column, at })?),
            _ => None,
        };
        Ok(Term::Aggregate { function, column, at, factor })
    }

    fn name(&mut self) -> Result<(String, Range<usize>), Misread> {
        match self.take() {
            Some(Token { kind: Kind::Word(column) | Kind::Quoted(column), at }) => Ok((column, at)),
            Some(token) => Err(self.unexpected(&token, "the name of a column")),
            None => Err(self.ended("the name of a column")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> String {
        fn of(term: &Term) -> String {
            match term {
                Term::Number { value } => value.to_string(),
                Term::Rows => "rows".to_owned(),
                Term::Aggregate { function, column, factor: None, .. } => format!("{function:?}:{column}"),
                Term::Aggregate { column, factor: Some(factor), .. } => format!("Sum:{column}*{}", factor.column),
                Term::Measure { name, .. } => name.clone(),
                Term::Negative { inner } => format!("(-{})", of(inner)),
                Term::Pair { operator, left, right } => format!("({}{}{})", of(left), operator.sign(), of(right)),
            }
        }
        of(&Expression::parse(text).unwrap().term)
    }

    #[test]
    fn operators_bind_as_in_sql() {
        assert_eq!(shape("count(*)"), "rows");
        assert_eq!(shape("Count( DISTINCT user_id )"), "Distinct:user_id");
        assert_eq!(shape("1 - 2 - 3"), "((1-2)-3)");
        assert_eq!(shape("1 + 2 * -users / 0.5"), "(1+((2*(-users))/0.5))");
        assert_eq!(shape("(1 + 2) * sum(\"Price net\")"), "((1+2)*Sum:Price net)");
        assert_eq!(shape("100 * avg(a)/max(b)"), "((100*Avg:a)/Max:b)");
        assert_eq!(shape("sum(a * b) / sum(b)"), "(Sum:a*b/Sum:b)");
    }

    #[test]
    fn mistakes_have_their_place() {
        let wrong = |text: &str| {
            let error = Expression::parse(text).unwrap_err();
            format!("{}..{} {}", error.at.start, error.at.end, error.reason)
        };
        assert_eq!(wrong(""), "0..0 the expression ends where a value should stand");
        assert_eq!(wrong("count(user_id)"), "0..5 `count` does not say what it counts");
        assert_eq!(wrong("avrg(x)"), "0..4 there is no function `avrg`");
        assert_eq!(wrong("sum(x"), "5..5 the expression ends where `)` should stand");
        assert_eq!(wrong("avg(a * b)"), "6..7 `*` stands where `)` should");
        assert_eq!(wrong("sum(*)"), "4..5 `*` stands where the name of a column should");
        assert_eq!(wrong("users é2"), "6..9 `é2` stands where an operator should");
        assert_eq!(wrong("a % b"), "2..3 `%` means nothing in an expression");
        assert_eq!(wrong("1.2.3"), "0..5 `1.2.3` is no number");
        assert_eq!(wrong("sum(\"a"), "4..6 a name in double quotes does not end");
        assert!(Expression::parse(&"(".repeat(10_000)).unwrap_err().reason.contains("nested"));
        assert!(Expression::parse(&"-".repeat(10_000)).unwrap_err().reason.contains("nested"));
    }

    #[test]
    fn the_tree_is_json_for_the_browser() {
        let json = serde_json::to_value(Expression::parse("sum(a) / users").unwrap()).unwrap();
        assert_eq!(
            json,
            serde_json::json!({"text": "sum(a) / users", "term": {
                "kind": "pair", "operator": "divide",
                "left": {"kind": "aggregate", "function": "sum", "column": "a"},
                "right": {"kind": "measure", "name": "users"},
            }})
        );
    }
}
