//! Whose SQL a text is: which parser reads it, and which names are the same.

use sqlparser::ast::Ident;
use sqlparser::dialect::{Dialect as Grammar, DuckDbDialect, GenericDialect, SnowflakeDialect};

/// Whose SQL a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// Snowflake's: names without quotes are upper case.
    Snowflake,
    /// DuckDB's: case of names never matters.
    DuckDb,
    /// Nobody's in particular: case of names never matters.
    Generic,
}

impl Dialect {
    /// The dialect of an adapter's type (`snowflake`), or of the setting `dialect`.
    pub fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "snowflake" => Some(Self::Snowflake),
            "duckdb" => Some(Self::DuckDb),
            "generic" => Some(Self::Generic),
            _ => None,
        }
    }

    /// The dialect of a node whose config names one that is not the project's.
    pub fn of_config(self, named: Option<&str>) -> Option<Self> {
        named.and_then(Self::from_name).filter(|own| *own != self)
    }

    /// What reads it.
    pub fn grammar(self) -> &'static dyn Grammar {
        match self {
            Self::Snowflake => &SnowflakeDialect,
            Self::DuckDb => &DuckDbDialect,
            Self::Generic => &GenericDialect,
        }
    }

    /// What a name is compared by.
    ///
    /// Snowflake: a name without quotes is stored and looked up in upper case, one in quotes as it is.
    pub fn key(self, name: &str, quoted: Quoted) -> String {
        match (self, quoted) {
            (Self::Snowflake, Quoted::No) => name.to_uppercase(),
            (Self::Snowflake, Quoted::Yes) => name.to_owned(),
            (Self::DuckDb | Self::Generic, _) => name.to_lowercase(),
        }
    }

    /// The name of an identifier.
    pub fn name(self, ident: &Ident) -> Name {
        let quoted = if ident.quote_style.is_some() { Quoted::Yes } else { Quoted::No };
        Name { text: ident.value.clone(), key: self.key(&ident.value, quoted) }
    }

    /// The name of a text as someone would write it without quotes.
    pub fn plain(self, text: &str) -> Name {
        Name { text: text.to_owned(), key: self.key(text, Quoted::No) }
    }
}

/// Whether a name stands in quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quoted {
    /// It does.
    Yes,
    /// It does not.
    No,
}

/// A name as it is written, and what it is compared by.
#[derive(Debug, Clone)]
pub struct Name {
    /// As it is written.
    pub text: String,
    /// What it is compared by.
    pub key: String,
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Name {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_as_the_warehouse_does() {
        let of = |dialect: Dialect, text: &str, quoted| dialect.key(text, quoted);
        assert_eq!(of(Dialect::Snowflake, "Amount", Quoted::No), "AMOUNT");
        assert_eq!(of(Dialect::Snowflake, "Amount", Quoted::Yes), "Amount");
        assert_eq!(of(Dialect::DuckDb, "Amount", Quoted::Yes), of(Dialect::DuckDb, "AMOUNT", Quoted::No));
    }
}
