//! Which columns a model can have, as far as its text tells before anything is compiled or built.
//!
//! A column surely exists where it is described. Surely missing is one that neither the description nor the text can
//! give: the text's outermost `select` lists its columns without a star, and it is not among them; or there is a star,
//! and neither this text nor any model behind it has the word. Whatever a macro or a source may add is not known, and
//! what is not known is no mistake.

use std::collections::HashSet;

use crate::manifest::{Manifest, Node, ResourceType};

/// Whether a column exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// It is described, or the text lists it.
    Known,
    /// Nothing tells.
    Unknown,
    /// It cannot exist; these exist.
    Absent(Vec<String>),
}

/// Whether a node has a column; names are compared without regard to case.
pub fn presence(manifest: &Manifest, node: &Node, column: &str) -> Presence {
    look(manifest, node, &column.to_lowercase(), &mut HashSet::new())
}

fn look<'m>(manifest: &'m Manifest, node: &'m Node, column: &str, seen: &mut HashSet<&'m str>) -> Presence {
    if node.columns.keys().any(|name| name.trim_matches('"').eq_ignore_ascii_case(column)) {
        return Presence::Known;
    }
    let described = || node.columns.keys().cloned().collect::<Vec<_>>();
    let contract = node.config.get("contract").and_then(|contract| contract.get("enforced")?.as_bool());
    if contract == Some(true) {
        return Presence::Absent(described());
    }
    let has_text = matches!(node.resource_type, ResourceType::Model | ResourceType::Snapshot) && node.language == "sql";
    if !has_text || (node.resource_type == ResourceType::Snapshot && column.starts_with("dbt_")) {
        return Presence::Unknown;
    }
    let text = Text::read(&node.raw_code);
    let list = text.outputs();
    if list.names.iter().any(|name| name == column) {
        return Presence::Known;
    }
    if list.is_open {
        return Presence::Unknown;
    }
    let mut names = described();
    names.extend(list.names.iter().filter(|name| !names.contains(name)).cloned().collect::<Vec<_>>());
    if !list.has_star {
        return Presence::Absent(names);
    }
    if text.has_word(column) || text.calls_macros() {
        return Presence::Unknown;
    }
    seen.insert(&node.unique_id);
    for parent in node.depends_on.iter().filter_map(|id| manifest.node(id)) {
        if seen.contains(parent.unique_id.as_str()) {
            continue;
        }
        match look(manifest, parent, column, seen) {
            Presence::Absent(more) => names.extend(more),
            _ => return Presence::Unknown,
        }
    }
    Presence::Absent(names)
}

/// The function that a model's text gives a column the result of: `avg` for `avg(rating) as avg_rating`, and
/// `count distinct` for a count of different values.
pub(super) fn made_by(text: &str, column: &str) -> Option<String> {
    let text = Text::read(text);
    let tokens = &text.tokens;
    let column = column.to_lowercase();
    let at = tokens.windows(2).position(|pair| {
        pair[0] == Token::Word("as".to_owned()) && matches!(&pair[1], Token::Word(name) if *name == column)
    })?;
    if at == 0 || tokens[at - 1] != Token::Sign(')') {
        return None;
    }
    let mut depth = 0;
    let open = tokens[..at].iter().rposition(|token| {
        match token {
            Token::Sign(')') => depth += 1,
            Token::Sign('(') => depth -= 1,
            _ => {}
        }
        depth == 0
    })?;
    let Some(Token::Word(function)) = open.checked_sub(1).and_then(|before| tokens.get(before)) else { return None };
    match tokens.get(open + 1) {
        Some(Token::Word(word)) if word == "distinct" => Some(format!("{function} distinct")),
        _ => Some(function.clone()),
    }
}

/// A piece of a model's text; words are lower-case.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Sign(char),
    /// A text in single quotes, or a number.
    Literal,
    /// `{{ ... }}` with the name that it begins with.
    Call(String),
    /// `{% ... %}` with the word that it begins with.
    Block(String),
}

/// What the outermost selects give.
#[derive(Debug, Default)]
struct Outputs {
    names: Vec<String>,
    has_star: bool,
    /// Whether there are columns whose names the text does not tell.
    is_open: bool,
}

/// A model's text in pieces, without comments.
struct Text {
    tokens: Vec<Token>,
}

impl Text {
    fn read(text: &str) -> Self {
        let mut tokens = Vec::new();
        let mut rest = text;
        // Cuts off what ends with `end`, and gives what was before it.
        let until = |rest: &mut &str, skip: usize, end: &str| -> String {
            let body = rest.get(skip..).unwrap_or_default();
            let (inner, after) = body.split_once(end).unwrap_or((body, ""));
            let inner = inner.to_owned();
            *rest = after;
            inner
        };
        let is_inside = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
        let first_word = |inner: &str| {
            let inner = inner.trim_start_matches(['-', '+']).trim_start();
            let end = inner.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(inner.len());
            inner[..end].to_lowercase()
        };
        while let Some(letter) = rest.chars().next() {
            if rest.starts_with("{#") {
                until(&mut rest, 2, "#}");
            } else if rest.starts_with("{{") {
                tokens.push(Token::Call(first_word(&until(&mut rest, 2, "}}"))));
                // `{{ x }}_total` is one name, which is not known.
                rest = rest.trim_start_matches(is_inside);
            } else if rest.starts_with("{%") {
                tokens.push(Token::Block(first_word(&until(&mut rest, 2, "%}"))));
            } else if rest.starts_with("--") {
                until(&mut rest, 2, "\n");
            } else if rest.starts_with("/*") {
                until(&mut rest, 2, "*/");
            } else if letter == '\'' {
                until(&mut rest, 1, "'");
                tokens.push(Token::Literal);
            } else if letter == '"' {
                let name = until(&mut rest, 1, "\"");
                tokens.push(Token::Word(name.to_lowercase()));
            } else if letter.is_alphabetic() || letter == '_' {
                let end = rest.find(|letter| !is_inside(letter)).unwrap_or(rest.len());
                tokens.push(Token::Word(rest[..end].to_lowercase()));
                rest = &rest[end..];
            } else if letter.is_ascii_digit() {
                let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '.');
                tokens.push(Token::Literal);
                rest = &rest[end.unwrap_or(rest.len())..];
            } else {
                if !letter.is_whitespace() {
                    tokens.push(Token::Sign(letter));
                }
                rest = &rest[letter.len_utf8()..];
            }
        }
        Self { tokens }
    }

    fn has_word(&self, word: &str) -> bool {
        self.tokens.iter().any(|token| matches!(token, Token::Word(name) if name == word))
    }

    /// Whether macros may write columns anywhere.
    fn calls_macros(&self) -> bool {
        let harmless = ["ref", "source", "config", "var", "env_var", "this", "target", "is_incremental"];
        self.tokens.iter().any(|token| match token {
            Token::Call(name) => !harmless.contains(&name.as_str()),
            Token::Block(name) => matches!(name.as_str(), "for" | "set" | "call"),
            _ => false,
        })
    }

    fn outputs(&self) -> Outputs {
        let mut found = Outputs::default();
        if self.has_word("pivot") || self.has_word("unpivot") {
            found.is_open = true;
        }
        let mut depth = 0usize;
        let mut item: Option<Vec<&Token>> = None;
        let mut lists = 0;
        for token in &self.tokens {
            let word = match token {
                Token::Word(word) => word.as_str(),
                _ => "",
            };
            match token {
                Token::Sign('(' | '[') => depth += 1,
                Token::Sign(')' | ']') => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 && word == "select" {
                lists += 1;
                item = Some(Vec::new());
                continue;
            }
            let Some(so_far) = &mut item else { continue };
            let ends = depth == 0 && matches!(word, "from" | "where" | "union" | "order" | "limit");
            if ends || (depth == 0 && *token == Token::Sign(',')) {
                found.take(so_far);
                item = if ends { None } else { Some(Vec::new()) };
            } else {
                so_far.push(token);
            }
        }
        if let Some(last) = &item {
            found.take(last);
        }
        found.is_open |= lists == 0;
        found
    }
}

impl Outputs {
    /// One item of a select list.
    fn take(&mut self, item: &[&Token]) {
        let has_loop = item.iter().any(|token| matches!(token, Token::Block(name) if name == "for"));
        self.is_open |= has_loop;
        let mut tokens: Vec<&Token> = item.iter().filter(|token| !matches!(token, Token::Block(_))).copied().collect();
        if let [Token::Word(first), _, ..] = tokens[..]
            && matches!(first.as_str(), "distinct" | "all")
        {
            tokens.remove(0);
        }
        let star = tokens.iter().position(|token| **token == Token::Sign('*'));
        match (star, tokens.last()) {
            (_, None) => {}
            (Some(at), _) if at == 0 || *tokens[at - 1] == Token::Sign('.') => {
                self.has_star = true;
                // `exclude (..)`, `rename (a as b)`: the words may be names.
                self.is_open |= tokens.len() > at + 1;
            }
            (_, Some(Token::Word(name))) => self.names.push(name.clone()),
            _ => self.is_open = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs(text: &str) -> String {
        let found = Text::read(text).outputs();
        let mark = |is: bool, mark: &str| if is { mark.to_owned() } else { String::new() };
        format!("{}{}{}", found.names.join(","), mark(found.has_star, "*"), mark(found.is_open, "?"))
    }

    #[test]
    fn the_outermost_selects_tell_the_columns() {
        assert_eq!(outputs("with a as (select * from {{ ref('x') }})\nselect a.id, count(*) as n from a"), "id,n");
        assert_eq!(outputs("select {{ key(['a']) }} as id, -- no, not this\n b \"Net Price\" from t"), "id,net price");
        assert_eq!(outputs("select distinct a from x union all select b from y"), "a,b");
        assert_eq!(outputs("select t.*, 1 as one from t"), "one*");
        assert_eq!(outputs("select * exclude (a) from t"), "*?");
        assert_eq!(outputs("select max(a) from t"), "?");
        assert_eq!(outputs("select {% for m in ms %} sum(x) as {{ m }}_x, {% endfor %} y from t"), "y?");
        assert_eq!(outputs("select a as total_{{ x }}, b as {{ x }}_total, c from t"), "c?");
        assert_eq!(outputs("{{ everything() }}"), "?");
        assert_eq!(outputs("from t"), "?");
        assert_eq!(outputs(""), "?");
    }

    #[test]
    fn tells_which_function_made_a_column() {
        let text = "with t as (select count(distinct m.id) as movies, avg(coalesce(x, 0)) as mean, a as b from m)";
        assert_eq!(made_by(text, "movies").as_deref(), Some("count distinct"));
        assert_eq!(made_by(text, "MEAN").as_deref(), Some("avg"));
        assert_eq!(made_by(text, "b"), None);
        assert_eq!(made_by(text, "missing"), None);
    }
}
