//! A text of SQL -> its statements, since the server takes one at a time.
//!
//! Snowflake: a text may hold `--`, `//` and `/* */` comments, backslashes inside single quotes, `$$` texts, and blocks
//! of its scripting language (`begin .. end`, `declare .. begin .. end`), whose inner semicolons end no statement.

/// What a statement does to the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Opens a transaction.
    Begin,
    /// Keeps the work of the open transaction.
    Commit,
    /// Drops the work of the open transaction.
    Rollback,
    /// Defines or changes an object; Snowflake: the open transaction is committed first.
    Definition,
    /// Anything else.
    Other,
}

/// One statement of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement<'a> {
    /// Its text, without the semicolon and the blanks around it.
    pub text: &'a str,
    /// Where it begins in the whole text, in bytes.
    pub start: usize,
    /// Its first words in lower case, comments left out.
    words: Vec<String>,
}

/// How many words tell what a statement does.
const TELLING_WORDS: usize = 8;

impl Statement<'_> {
    fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", String::as_str)
    }

    fn has(&self, word: &str) -> bool {
        self.words.iter().any(|own| own == word)
    }

    /// What it does to the session.
    pub(super) fn effect(&self) -> Effect {
        match (self.word(0), self.word(1)) {
            // A block of the scripting language is no transaction.
            ("begin", "" | "transaction" | "work" | "name") | ("start", "transaction") => Effect::Begin,
            ("commit", _) => Effect::Commit,
            ("rollback", _) => Effect::Rollback,
            ("alter", "session") => Effect::Other,
            ("create" | "alter" | "drop" | "undrop" | "truncate" | "comment" | "grant" | "revoke", _) => {
                Effect::Definition
            }
            _ => Effect::Other,
        }
    }

    /// Whether running it twice leaves what running it once leaves, so that it may be sent again when no answer came.
    pub(super) fn is_repeatable(&self) -> bool {
        match (self.word(0), self.word(1)) {
            ("select" | "with" | "values", _) => !self.has("insert") && !self.has("procedure"),
            ("show" | "describe" | "desc" | "explain" | "use" | "list" | "ls" | "set" | "unset", _) => true,
            ("grant" | "revoke" | "comment" | "truncate" | "rollback", _) | ("alter", "session") => true,
            ("create", "or") => self.word(2) == "replace",
            ("create", _) => self.has("exists"),
            ("drop", _) => self.has("exists"),
            // A copy is left out, though files that were loaded are not loaded again: the first one may still run.
            ("insert", "overwrite") | ("delete", _) => true,
            _ => false,
        }
    }

    /// Whether it makes something that ends with the session.
    pub(super) fn makes_temporary(&self) -> bool {
        self.word(0) == "create" && (self.has("temporary") || self.has("temp"))
    }

    /// Whether its answer is one row of counts and never rows of data.
    pub(super) fn is_change(&self) -> bool {
        matches!(self.word(0), "insert" | "update" | "delete" | "merge" | "copy")
    }

    /// The tag that it gives the session (`alter session set query_tag = 'x'`); `Some(None)` where it takes it away.
    pub(super) fn query_tag(&self) -> Option<Option<String>> {
        if self.word(0) != "alter" || self.word(1) != "session" || self.word(3) != "query_tag" {
            return None;
        }
        match self.word(2) {
            "unset" => Some(None),
            "set" => {
                let (_, value) = self.text.split_once('=')?;
                let value = value.trim();
                let inner = value.strip_prefix('\'')?.strip_suffix('\'')?;
                Some(Some(inner.replace("''", "'").replace("\\'", "'").replace("\\\\", "\\")))
            }
            _ => None,
        }
    }

    /// The warehouse that it gives the session (`use warehouse x`).
    pub(super) fn warehouse(&self) -> Option<String> {
        if self.word(0) != "use" || self.word(1) != "warehouse" {
            return None;
        }
        self.text.split_whitespace().last().map(str::to_owned)
    }
}

/// The statements of a text, those without any word (comments alone) left out.
pub(super) fn split(sql: &str) -> Vec<Statement<'_>> {
    let mut found = Vec::new();
    let mut scan = Scan { sql, at: 0 };
    let mut start = 0;
    let mut block = Block::default();
    let mut words: Vec<String> = Vec::new();
    let mut filled = false;
    while let Some(token) = scan.next() {
        match token {
            Token::Semicolon(at) => {
                block.close();
                if block.is_closed() {
                    keep(sql, start, at, std::mem::take(&mut words), filled, &mut found);
                    (start, filled, block) = (at + 1, false, Block::default());
                }
            }
            Token::Word(word) => {
                filled = true;
                let word = word.to_ascii_lowercase();
                block.take(&word, &words, scan.rest());
                if words.len() < TELLING_WORDS {
                    words.push(word);
                }
            }
            Token::Other => filled = true,
        }
    }
    keep(sql, start, sql.len(), words, filled, &mut found);
    found
}

fn keep<'a>(sql: &'a str, start: usize, end: usize, words: Vec<String>, filled: bool, found: &mut Vec<Statement<'a>>) {
    let whole = &sql[start..end];
    let text = whole.trim();
    if filled && !text.is_empty() {
        let start = start + (whole.len() - whole.trim_start().len());
        found.push(Statement { text, start, words });
    }
}

/// How deep the scan is inside blocks of the scripting language.
#[derive(Debug, Default)]
struct Block {
    depth: usize,
    /// A `declare` was read, and its `begin` is still to come.
    declaring: bool,
    /// The word before was `end`, whose next word says what ends.
    ending: bool,
}

impl Block {
    fn is_closed(&self) -> bool {
        self.depth == 0 && !self.declaring
    }

    /// Ends what an `end` without a further word ends.
    fn close(&mut self) {
        if std::mem::take(&mut self.ending) {
            self.depth = self.depth.saturating_sub(1);
        }
    }

    fn take(&mut self, word: &str, before: &[String], rest: &str) {
        if std::mem::take(&mut self.ending) {
            // `end if` and the like end what opened without `begin` or `case`.
            if !matches!(word, "if" | "loop" | "for" | "while" | "repeat") {
                self.depth = self.depth.saturating_sub(1);
            }
            if matches!(word, "case" | "if" | "loop" | "for" | "while" | "repeat") {
                return;
            }
        }
        let first = before.first().map_or("", String::as_str);
        let holds_code =
            first == "create" && before.iter().any(|word| matches!(word.as_str(), "procedure" | "function" | "task"));
        match word {
            "declare" if before.is_empty() || holds_code => self.declaring = true,
            "begin" if self.depth > 0 || self.declaring || holds_code || (before.is_empty() && opens_code(rest)) => {
                self.declaring = false;
                self.depth += 1;
            }
            "case" if self.depth > 0 => self.depth += 1,
            "end" if self.depth > 0 => {
                self.ending = true;
                if !rest.trim_start().starts_with(|letter: char| letter.is_alphanumeric() || letter == ';') {
                    // `end)`, `end,`: the end of an expression.
                    self.close();
                }
            }
            _ => {}
        }
    }
}

/// Whether a `begin` that starts a statement opens a block rather than a transaction.
fn opens_code(rest: &str) -> bool {
    let mut scan = Scan { sql: rest, at: 0 };
    match scan.next() {
        Some(Token::Word(word)) => !["transaction", "work", "name"].contains(&word.to_ascii_lowercase().as_str()),
        Some(Token::Other) => true,
        Some(Token::Semicolon(_)) | None => false,
    }
}

enum Token<'a> {
    Semicolon(usize),
    Word(&'a str),
    Other,
}

struct Scan<'a> {
    sql: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    fn rest(&self) -> &'a str {
        self.sql.get(self.at..).unwrap_or_default()
    }

    fn pass(&mut self, from: usize, end: &str) {
        let found = self.sql.get(from..).and_then(|rest| rest.find(end));
        self.at = found.map_or(self.sql.len(), |found| from + found + end.len());
    }

    /// Passes a text in single quotes, where a backslash takes the next letter with it.
    fn pass_text(&mut self) {
        let bytes = self.sql.as_bytes();
        let mut at = self.at + 1;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'\\' => at += 2,
                b'\'' => break,
                _ => at += 1,
            }
        }
        self.at = (at + 1).min(bytes.len());
    }

    fn next(&mut self) -> Option<Token<'a>> {
        let bytes = self.sql.as_bytes();
        loop {
            let byte = *bytes.get(self.at)?;
            let following = bytes.get(self.at + 1).copied();
            match (byte, following) {
                (b'-', Some(b'-')) | (b'/', Some(b'/')) => self.pass(self.at, "\n"),
                (b'/', Some(b'*')) => self.pass(self.at + 2, "*/"),
                (b'\'', _) => {
                    self.pass_text();
                    return Some(Token::Other);
                }
                (b'"', _) => {
                    self.pass(self.at + 1, "\"");
                    return Some(Token::Other);
                }
                (b'$', Some(b'$')) => {
                    self.pass(self.at + 2, "$$");
                    return Some(Token::Other);
                }
                (b';', _) => {
                    self.at += 1;
                    return Some(Token::Semicolon(self.at - 1));
                }
                (byte, _) if byte.is_ascii_whitespace() => self.at += 1,
                (byte, _) if byte.is_ascii_alphabetic() || byte == b'_' => {
                    let length = bytes[self.at..]
                        .iter()
                        .position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_' && *byte != b'$')
                        .unwrap_or(bytes.len() - self.at);
                    let word = &self.sql[self.at..self.at + length];
                    self.at += length;
                    return Some(Token::Word(word));
                }
                _ => {
                    self.at += 1;
                    // Letters beyond ASCII are passed as a whole, so that every slice is one of whole letters.
                    while !self.sql.is_char_boundary(self.at) {
                        self.at += 1;
                    }
                    return Some(Token::Other);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(sql: &str) -> Vec<&str> {
        split(sql).iter().map(|statement| statement.text).collect()
    }

    #[test]
    fn semicolons_inside_texts_names_and_comments_end_nothing() {
        assert_eq!(
            texts("select ';', 'it\\';s', 'a''; b' ; select \";\""),
            ["select ';', 'it\\';s', 'a''; b'", "select \";\""]
        );
        assert_eq!(
            texts("select 1 -- a; b\n; // c; d\nselect 2 /* ; */;"),
            ["select 1 -- a; b", "// c; d\nselect 2 /* ; */"]
        );
        assert_eq!(texts("select $$ a; 'b $$; select é;"), ["select $$ a; 'b $$", "select é"]);
        assert_eq!(texts(" ;; -- nothing\n; /* at all */"), Vec::<&str>::new());
        assert_eq!(texts("select 'open; "), ["select 'open;"]);
        assert_eq!(texts("select 1 as \\"), ["select 1 as \\"]);
    }

    #[test]
    fn blocks_stay_whole() {
        let block = "begin let x := 1; if (x > 0) then select 1; end if; return case when x = 1 then 2 end; end";
        assert_eq!(texts(&format!("{block}; select 2")), [block, "select 2"]);
        let declared =
            "declare a int; b int; begin for r in c do select 1; end for; exception when other then return 1; end";
        assert_eq!(texts(&format!("{declared};\nselect 3;")), [declared, "select 3"]);
        let procedure = "create or replace procedure p() returns int language sql as begin case (a) when 1 then return 1; end case; begin return 2; end; end";
        assert_eq!(texts(&format!("{procedure}; call p()")), [procedure, "call p()"]);
        assert_eq!(texts("begin; delete from t; insert into t select case when a then 1 end from s; commit;").len(), 4);
        assert_eq!(texts("begin transaction; select 1; commit").len(), 3);
        let task = "create task t as begin delete from a; end";
        assert_eq!(texts(&format!("{task}; select 1")), [task, "select 1"]);
        assert_eq!(texts("create view v as select case when 1 = 1 then 2 end as a; select 2").len(), 2);
    }

    #[test]
    fn places_are_bytes_of_the_whole_text() {
        let sql = "select 'é';\n\n  -- note\n  drop table t ;";
        let found = split(sql);
        assert_eq!(found[1].text, "-- note\n  drop table t");
        assert_eq!(&sql[found[1].start..found[1].start + found[1].text.len()], found[1].text);
    }

    fn one(sql: &str) -> Statement<'_> {
        split(sql).remove(0)
    }

    #[test]
    fn effects_are_seen_behind_comments() {
        assert_eq!(one("/* x */ BEGIN").effect(), Effect::Begin);
        assert_eq!(one("begin work").effect(), Effect::Begin);
        assert_eq!(one("-- a\ncommit").effect(), Effect::Commit);
        assert_eq!(one("ROLLBACK").effect(), Effect::Rollback);
        assert_eq!(one("begin select 1; end").effect(), Effect::Other);
        assert_eq!(one("create table t (a int)").effect(), Effect::Definition);
        assert_eq!(one("alter session set timezone = 'UTC'").effect(), Effect::Other);
    }

    #[test]
    fn only_what_cannot_be_seen_twice_is_repeatable() {
        for sql in [
            "select 1",
            "with a as (select 1) select * from a",
            "create or replace transient table t as select 1",
            "create schema if not exists s",
            "drop table if exists t",
            "insert overwrite into t select 1",
            "delete from t where a = 1",
            "use warehouse w",
            "/* c */ show objects in schema s",
        ] {
            assert!(one(sql).is_repeatable(), "{sql}");
        }
        for sql in [
            "insert into t select 1",
            "update t set a = a + 1",
            "merge into t using s on t.a = s.a when matched then delete",
            "create table t as select 1",
            "drop table t",
            "alter table t rename to u",
            "call p()",
            "copy into t from @s",
            "commit",
            "begin insert into t select 1; end",
        ] {
            assert!(!one(sql).is_repeatable(), "{sql}");
        }
    }

    #[test]
    fn what_the_session_carries_is_seen() {
        assert_eq!(one("alter session set query_tag = 'it''s'").query_tag(), Some(Some("it's".to_owned())));
        assert_eq!(one("alter session unset query_tag").query_tag(), Some(None));
        assert_eq!(one("alter session set timezone = 'UTC'").query_tag(), None);
        assert_eq!(one("use warehouse Big_WH").warehouse().as_deref(), Some("Big_WH"));
        assert!(one("create or replace temporary view v as select 1").makes_temporary());
        assert!(!one("create table temporary_things as select 1").makes_temporary());
    }
}
