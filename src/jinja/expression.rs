//! Tokens of a template's expression, as a tree, and the tree as one text.
//!
//! dbt spells the arguments of `config()` anew from Jinja2's tree: calls, lists and comparisons as one would write them,
//! and anything else (filters, conditions, sums) as Python prints that tree. Both forms are part of the manifest, so that
//! comparing with an earlier state depends on them. dbt: `_reconstruct_node`.

use std::fmt;

use minijinja::Value;

/// A piece of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name or a number.
    Word(String),
    /// A text without its quotes.
    Text(String),
    /// An operator or bracket.
    Sign(&'static str),
    /// A sign that is not known.
    Other(char),
}

/// What follows the signs and brackets of one expression; nothing where it is not well formed.
///
/// A value that is one plain text is that text.
pub(super) fn spelled(tokens: &[Token]) -> Option<String> {
    let mut parser = Parser { tokens, at: 0 };
    let tree = parser.condition()?;
    if parser.at < tokens.len() {
        return None;
    }
    Some(match tree.fields.as_slice() {
        [(_, Field::Constant(value))] if value.as_str().is_some() => value.to_string(),
        _ => tree.spelled(),
    })
}

/// A node with Jinja2's name and fields.
#[derive(Debug, Clone)]
struct Tree {
    kind: &'static str,
    fields: Vec<(&'static str, Field)>,
}

#[derive(Debug, Clone)]
enum Field {
    Node(Box<Tree>),
    List(Vec<Tree>),
    Constant(Value),
    Absent,
}

impl From<Tree> for Field {
    fn from(tree: Tree) -> Self {
        Self::Node(Box::new(tree))
    }
}

impl From<Option<Tree>> for Field {
    fn from(tree: Option<Tree>) -> Self {
        tree.map_or(Self::Absent, Self::from)
    }
}

impl From<Vec<Tree>> for Field {
    fn from(trees: Vec<Tree>) -> Self {
        Self::List(trees)
    }
}

impl From<&str> for Field {
    fn from(text: &str) -> Self {
        Self::Constant(Value::from(text))
    }
}

/// As Python prints the tree.
impl fmt::Display for Tree {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}(", self.kind)?;
        for (index, (name, field)) in self.fields.iter().enumerate() {
            write!(to, "{}{name}={field}", if index == 0 { "" } else { ", " })?;
        }
        to.write_str(")")
    }
}

impl fmt::Display for Field {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node(tree) => tree.fmt(to),
            Self::List(trees) => {
                let items: Vec<String> = trees.iter().map(Tree::to_string).collect();
                write!(to, "[{}]", items.join(", "))
            }
            Self::Constant(value) => to.write_str(&super::python::repr(value)),
            Self::Absent => to.write_str("None"),
        }
    }
}

impl Tree {
    fn new(kind: &'static str, fields: Vec<(&'static str, Field)>) -> Self {
        Self { kind, fields }
    }

    fn constant(value: impl Into<Value>) -> Self {
        Self::new("Const", vec![("value", Field::Constant(value.into()))])
    }

    fn pair(kind: &'static str, left: Self, right: Self) -> Self {
        Self::new(kind, vec![("left", left.into()), ("right", right.into())])
    }

    fn of_one(kind: &'static str, node: Self) -> Self {
        Self::new(kind, vec![("node", node.into())])
    }

    /// As one writes it, where dbt does.
    fn spelled(&self) -> String {
        use Field::{Constant, List, Node};
        let fields: Vec<&Field> = self.fields.iter().map(|(_, field)| field).collect();
        match (self.kind, fields.as_slice()) {
            ("Const", [value]) => value.to_string(),
            ("Name", [Constant(name), _]) => name.to_string(),
            ("Getattr", [Node(base), Constant(name), _]) => format!("{}.{name}", base.spelled()),
            ("Getitem", [Node(base), Node(index), _]) => format!("{}[{}]", base.spelled(), index.spelled()),
            ("Call", [Node(function), List(plain), List(named), more, named_more]) => {
                let mut arguments: Vec<String> = plain.iter().map(Self::spelled).collect();
                arguments.extend(named.iter().map(Self::spelled));
                for (stars, rest) in [("*", more), ("**", named_more)] {
                    if let Node(rest) = rest {
                        arguments.push(format!("{stars}{}", rest.spelled()));
                    }
                }
                format!("{}({})", function.spelled(), arguments.join(", "))
            }
            ("Keyword", [Constant(name), Node(value)]) => format!("{name}={}", value.spelled()),
            ("Pair", [Node(key), Node(value)]) => format!("{}: {}", key.spelled(), value.spelled()),
            ("List", [List(items)]) => format!("[{}]", joined(items, ", ")),
            ("Dict", [List(items)]) => format!("{{{}}}", joined(items, ", ")),
            ("Tuple", [List(items), _]) if items.len() == 1 => format!("({},)", joined(items, "")),
            ("Tuple", [List(items), _]) => format!("({})", joined(items, ", ")),
            ("Concat", [List(parts)]) => joined(parts, " ~ "),
            ("Compare", [Node(first), List(others)]) => format!("{} {}", first.spelled(), joined(others, " ")),
            ("Operand", [Constant(name), Node(side)]) => {
                let name = name.to_string();
                let sign = COMPARISONS.iter().find(|(_, known)| *known == name).map_or("not in", |(sign, _)| sign);
                format!("{sign} {}", side.spelled())
            }
            ("Not", [Node(node)]) => format!("not {}", node.spelled()),
            ("Neg", [Node(node)]) => format!("-{}", node.spelled()),
            ("And", [Node(left), Node(right)]) => format!("{} and {}", left.spelled(), right.spelled()),
            ("Or", [Node(left), Node(right)]) => format!("{} or {}", left.spelled(), right.spelled()),
            _ => self.to_string(),
        }
    }
}

fn joined(trees: &[Tree], between: &str) -> String {
    trees.iter().map(Tree::spelled).collect::<Vec<_>>().join(between)
}

/// How each comparison is called; `not in` is two words.
const COMPARISONS: [(&str, &str); 7] =
    [("==", "eq"), ("!=", "ne"), ("<", "lt"), ("<=", "lteq"), (">", "gt"), (">=", "gteq"), ("in", "in")];

/// Operators with two sides, the loosest first.
const OPERATORS: [&[(&str, &str)]; 5] = [
    &[("or", "Or")],
    &[("and", "And")],
    &[("+", "Add"), ("-", "Sub")],
    &[("*", "Mul"), ("/", "Div"), ("//", "FloorDiv"), ("%", "Mod")],
    &[("**", "Pow")],
];

/// Names that are constants, not names.
const CONSTANTS: [(&str, Option<bool>); 6] = [
    ("true", Some(true)),
    ("True", Some(true)),
    ("false", Some(false)),
    ("False", Some(false)),
    ("none", None),
    ("None", None),
];

/// The arguments of a call, as fields.
type Arguments = Vec<(&'static str, Field)>;

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    /// Whether the token `ahead` of the next is this word or sign.
    fn is(&self, ahead: usize, text: &str) -> bool {
        match self.tokens.get(self.at + ahead) {
            Some(Token::Word(word)) => word == text,
            Some(Token::Sign(sign)) => *sign == text,
            _ => false,
        }
    }

    fn skip(&mut self, text: &str) -> bool {
        let found = self.is(0, text);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, text: &str) -> Option<()> {
        self.skip(text).then_some(())
    }

    fn word(&mut self) -> Option<&'a str> {
        let Some(Token::Word(word)) = self.peek() else { return None };
        self.at += 1;
        Some(word)
    }

    fn one_of(&mut self, known: &[(&'static str, &'static str)]) -> Option<&'static str> {
        known.iter().find(|(sign, _)| self.skip(sign)).map(|(_, name)| *name)
    }

    fn condition(&mut self) -> Option<Tree> {
        let mut tree = self.two_sided(0)?;
        while self.skip("if") {
            let test = self.two_sided(0)?;
            let otherwise = if self.skip("else") { Some(self.condition()?) } else { None };
            tree =
                Tree::new("CondExpr", vec![("test", test.into()), ("expr1", tree.into()), ("expr2", otherwise.into())]);
        }
        Some(tree)
    }

    fn two_sided(&mut self, level: usize) -> Option<Tree> {
        let Some(operators) = OPERATORS.get(level) else { return self.filtered() };
        let mut left = self.side(level)?;
        while let Some(kind) = self.one_of(operators) {
            let right = self.side(level)?;
            left = Tree::pair(kind, left, right);
        }
        Some(left)
    }

    /// What stands beside the operators of a level: `not` and comparisons below `and`, `~` below sums.
    fn side(&mut self, level: usize) -> Option<Tree> {
        match level {
            1 => self.negation(),
            2 => self.concatenation(),
            _ => self.two_sided(level + 1),
        }
    }

    fn negation(&mut self) -> Option<Tree> {
        if self.skip("not") {
            return Some(Tree::of_one("Not", self.negation()?));
        }
        let first = self.two_sided(2)?;
        let mut others = Vec::new();
        loop {
            let name = if self.is(0, "not") && self.is(1, "in") {
                self.at += 2;
                "notin"
            } else {
                let Some(name) = self.one_of(&COMPARISONS) else { break };
                name
            };
            let side = self.two_sided(2)?;
            others.push(Tree::new("Operand", vec![("op", name.into()), ("expr", side.into())]));
        }
        Some(if others.is_empty() {
            first
        } else {
            Tree::new("Compare", vec![("expr", first.into()), ("ops", others.into())])
        })
    }

    fn concatenation(&mut self) -> Option<Tree> {
        let mut parts = vec![self.two_sided(3)?];
        while self.skip("~") {
            parts.push(self.two_sided(3)?);
        }
        Some(if parts.len() == 1 { parts.remove(0) } else { Tree::new("Concat", vec![("nodes", parts.into())]) })
    }

    /// A value with its sign, attributes and calls.
    fn signed(&mut self) -> Option<Tree> {
        let tree = if self.skip("-") {
            Tree::of_one("Neg", self.signed()?)
        } else if self.skip("+") {
            Tree::of_one("Pos", self.signed()?)
        } else {
            self.primary()?
        };
        self.followed(tree)
    }

    /// The same with its filters and tests.
    fn filtered(&mut self) -> Option<Tree> {
        let mut tree = self.signed()?;
        loop {
            tree = if self.skip("|") {
                let name = self.dotted()?;
                let mut fields = vec![("node", tree.into()), ("name", name.as_str().into())];
                fields.extend(self.maybe_arguments()?);
                Tree::new("Filter", fields)
            } else if self.skip("is") {
                self.test(tree)?
            } else if self.is(0, "(") {
                self.call(tree)?
            } else {
                return Some(tree);
            };
        }
    }

    fn dotted(&mut self) -> Option<String> {
        let mut name = self.word()?.to_owned();
        while self.skip(".") {
            name = format!("{name}.{}", self.word()?);
        }
        Some(name)
    }

    fn test(&mut self, tested: Tree) -> Option<Tree> {
        let negated = self.skip("not");
        let name = self.dotted()?;
        let mut fields = vec![("node", tested.into()), ("name", name.as_str().into())];
        let ends = ["else", "or", "and", "if"].iter().any(|word| self.is(0, word));
        let bare = match self.peek() {
            Some(Token::Word(_) | Token::Text(_)) => !ends,
            Some(Token::Sign(sign)) => ["[", "{"].contains(sign),
            _ => false,
        };
        if bare {
            let primary = self.primary()?;
            let argument = self.followed(primary)?;
            fields.extend(no_arguments());
            fields[2] = ("args", vec![argument].into());
        } else {
            fields.extend(self.maybe_arguments()?);
        }
        let test = Tree::new("Test", fields);
        Some(if negated { Tree::of_one("Not", test) } else { test })
    }

    fn followed(&mut self, mut tree: Tree) -> Option<Tree> {
        loop {
            if self.skip(".") {
                let name = self.word()?;
                tree = if let Ok(index) = name.parse::<i64>() {
                    item(tree, Tree::constant(index))
                } else {
                    let fields = vec![("node", tree.into()), ("attr", name.into()), ("ctx", "load".into())];
                    Tree::new("Getattr", fields)
                };
            } else if self.skip("[") {
                let index = self.index()?;
                self.expect("]")?;
                tree = item(tree, index);
            } else if self.is(0, "(") {
                tree = self.call(tree)?;
            } else {
                return Some(tree);
            }
        }
    }

    /// An index or a slice.
    fn index(&mut self) -> Option<Tree> {
        let first = if self.is(0, ":") { None } else { Some(self.condition()?) };
        if !self.is(0, ":") {
            return first;
        }
        let mut parts = vec![first];
        while self.skip(":") {
            let open = self.is(0, ":") || self.is(0, "]");
            parts.push(if open { None } else { Some(self.condition()?) });
        }
        parts.resize(3, None);
        let fields = ["start", "stop", "step"].into_iter().zip(parts);
        Some(Tree::new("Slice", fields.map(|(name, part)| (name, part.into())).collect()))
    }

    fn call(&mut self, function: Tree) -> Option<Tree> {
        let mut fields = vec![("node", function.into())];
        fields.extend(self.arguments()?);
        Some(Tree::new("Call", fields))
    }

    fn maybe_arguments(&mut self) -> Option<Arguments> {
        if self.is(0, "(") { self.arguments() } else { Some(no_arguments()) }
    }

    fn arguments(&mut self) -> Option<Arguments> {
        self.expect("(")?;
        let (mut plain, mut named, mut more, mut named_more) = (Vec::new(), Vec::new(), None, None);
        while !self.skip(")") {
            if self.skip("*") {
                more = Some(self.condition()?);
            } else if self.skip("**") {
                named_more = Some(self.condition()?);
            } else if self.is(1, "=") {
                let name = self.word()?;
                self.expect("=")?;
                let value = self.condition()?;
                named.push(Tree::new("Keyword", vec![("key", name.into()), ("value", value.into())]));
            } else {
                plain.push(self.condition()?);
            }
            if !self.is(0, ")") {
                self.expect(",")?;
            }
        }
        Some(vec![
            ("args", plain.into()),
            ("kwargs", named.into()),
            ("dyn_args", more.into()),
            ("dyn_kwargs", named_more.into()),
        ])
    }

    fn primary(&mut self) -> Option<Tree> {
        let token = self.peek()?;
        self.at += 1;
        match token {
            Token::Word(word) if word.starts_with(|letter: char| letter.is_ascii_digit()) => number(word),
            Token::Word(word) => Some(match CONSTANTS.iter().find(|(name, _)| name == word) {
                Some((_, Some(truth))) => Tree::constant(*truth),
                Some((_, None)) => Tree::constant(()),
                None => Tree::new("Name", vec![("name", word.as_str().into()), ("ctx", "load".into())]),
            }),
            Token::Text(text) => {
                let mut whole = text.clone();
                while let Some(Token::Text(more)) = self.peek() {
                    whole.push_str(more);
                    self.at += 1;
                }
                Some(Tree::constant(whole))
            }
            Token::Sign("(") => {
                let (items, commas) = self.items(")")?;
                match items.as_slice() {
                    [only] if commas == 0 => Some(only.clone()),
                    _ => Some(Tree::new("Tuple", vec![("items", items.into()), ("ctx", "load".into())])),
                }
            }
            Token::Sign("[") => Some(Tree::new("List", vec![("items", self.items("]")?.0.into())])),
            Token::Sign("{") => {
                let mut pairs = Vec::new();
                while !self.skip("}") {
                    let key = self.condition()?;
                    self.expect(":")?;
                    let value = self.condition()?;
                    pairs.push(Tree::new("Pair", vec![("key", key.into()), ("value", value.into())]));
                    if !self.is(0, "}") {
                        self.expect(",")?;
                    }
                }
                Some(Tree::new("Dict", vec![("items", pairs.into())]))
            }
            Token::Sign(_) | Token::Other(_) => None,
        }
    }

    /// The items up to a closing bracket, and how many commas stand between and behind them.
    fn items(&mut self, close: &str) -> Option<(Vec<Tree>, usize)> {
        let (mut items, mut commas) = (Vec::new(), 0);
        while !self.skip(close) {
            items.push(self.condition()?);
            if self.skip(",") {
                commas += 1;
            } else if !self.is(0, close) {
                return None;
            }
        }
        Some((items, commas))
    }
}

fn item(base: Tree, index: Tree) -> Tree {
    Tree::new("Getitem", vec![("node", base.into()), ("arg", index.into()), ("ctx", "load".into())])
}

fn no_arguments() -> Arguments {
    let none = || Field::List(Vec::new());
    vec![("args", none()), ("kwargs", none()), ("dyn_args", Field::Absent), ("dyn_kwargs", Field::Absent)]
}

fn number(word: &str) -> Option<Tree> {
    let digits = word.replace('_', "");
    match digits.parse::<i64>() {
        Ok(whole) => Some(Tree::constant(whole)),
        Err(_) => digits.parse::<f64>().ok().map(Tree::constant),
    }
}
