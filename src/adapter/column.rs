//! A column of a relation and the rules about its type.
//!
//! dbt: the names and rules are those of its column class; which types are which is data of the dialect.

use super::Dialect;

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name; also `column` in templates.
    pub name: String,
    /// The type without size (`DECIMAL`, `VARCHAR`).
    pub dtype: String,
    /// The size of a text.
    pub char_size: Option<u64>,
    /// All digits of an exact number.
    pub numeric_precision: Option<u64>,
    /// Its digits after the point.
    pub numeric_scale: Option<u64>,
    /// The order of a text's letters, where it has one of its own.
    pub collation: Option<String>,
    /// The rules about its type.
    pub dialect: &'static Dialect,
}

impl Column {
    /// A column with a type as written, after `translate_type` (`api.Column.create`).
    pub fn new(dialect: &'static Dialect, name: impl Into<String>, dtype: &str) -> Self {
        Self {
            name: name.into(),
            dtype: Self::translate_type(dialect, dtype),
            char_size: None,
            numeric_precision: None,
            numeric_scale: None,
            collation: None,
            dialect,
        }
    }

    /// A column whose size and precision are told apart from the type.
    pub fn from_description(dialect: &'static Dialect, name: impl Into<String>, raw: &str) -> Result<Self, String> {
        let (raw, collation) = if dialect.collates { without_collation(raw) } else { (raw, None) };
        let (dtype, sizes) = match raw.split_once('(') {
            // A structure, list or enumeration keeps its whole text.
            Some(_) if !raw.ends_with(')') || raw.matches('(').count() != 1 => (raw, None),
            Some((dtype, sizes)) => (dtype, Some(sizes.trim_end_matches(')'))),
            None => (raw, None),
        };
        let mut column = Self::new(dialect, name, dtype);
        dtype.clone_into(&mut column.dtype);
        column.collation = collation;
        let Some(sizes) = sizes else { return Ok(column) };
        let number = |text: &str| {
            text.trim()
                .parse::<u64>()
                .map_err(|_| format!("could not interpret the data type `{raw}`: `{text}` is no whole number"))
        };
        match sizes.split(',').collect::<Vec<_>>().as_slice() {
            [size] => column.char_size = Some(number(size)?),
            [precision, scale] => {
                column.numeric_precision = Some(number(precision)?);
                column.numeric_scale = Some(number(scale)?);
            }
            _ => {}
        }
        Ok(column)
    }

    /// The dialect's name of a type.
    pub fn translate_type(dialect: &'static Dialect, dtype: &str) -> String {
        let upper = dtype.to_uppercase();
        let label = dialect.columns.labels.iter().find(|(from, _)| *from == upper);
        label.map_or_else(|| dtype.to_owned(), |(_, to)| (*to).to_owned())
    }

    /// The name in quotes.
    pub fn quoted(&self) -> String {
        self.dialect.quoted(&self.name)
    }

    /// The type with size or precision.
    pub fn data_type(&self) -> String {
        if self.is_string() {
            return Self::string_type(self.string_size().unwrap_or_default());
        }
        match (self.numeric_precision, self.numeric_scale) {
            (Some(precision), Some(scale)) if self.is_numeric() && !self.dtype.contains('(') => {
                format!("{}({precision},{scale})", self.dtype)
            }
            _ => self.dtype.clone(),
        }
    }

    /// The type with all that belongs to it.
    pub fn expanded_data_type(&self) -> String {
        match &self.collation {
            Some(collation) if self.is_string() => format!("{} collate '{collation}'", self.data_type()),
            _ => self.data_type(),
        }
    }

    fn in_list(&self, types: &[&str]) -> bool {
        let lowered = self.dtype.to_lowercase();
        let bare = lowered.split('(').next().unwrap_or_default().trim();
        types.contains(&lowered.as_str()) || types.contains(&bare)
    }

    /// Whether it is a text.
    pub fn is_string(&self) -> bool {
        self.in_list(self.dialect.columns.strings)
    }

    /// Whether it is a number of any kind.
    pub fn is_number(&self) -> bool {
        self.is_integer() || self.is_numeric() || self.is_float()
    }

    /// Whether it is an inexact number.
    pub fn is_float(&self) -> bool {
        self.in_list(self.dialect.columns.floats)
    }

    /// Whether it is a whole number.
    pub fn is_integer(&self) -> bool {
        self.in_list(self.dialect.columns.integers)
    }

    /// Whether it is an exact number with precision and scale.
    pub fn is_numeric(&self) -> bool {
        self.in_list(self.dialect.columns.numerics)
    }

    /// The size of a text; an error for other types.
    pub fn string_size(&self) -> Result<u64, String> {
        if !self.is_string() {
            return Err(format!("`string_size` was called on the column `{}`, which is no text", self.name));
        }
        match self.char_size {
            Some(size) if self.dtype != "text" => Ok(size),
            _ => Ok(self.dialect.columns.string_size),
        }
    }

    /// Whether this text column can grow to hold the values of `other`.
    pub fn can_expand_to(&self, other: &Self) -> bool {
        match (self.string_size(), other.string_size()) {
            (Ok(own), Ok(other)) => other > own,
            _ => false,
        }
    }

    /// A value cast to the column's type.
    pub fn literal(&self, value: &str) -> String {
        format!("{value}::{}", self.data_type())
    }

    /// A text type of a size.
    pub fn string_type(size: u64) -> String {
        format!("character varying({size})")
    }

    /// An exact type of a precision and scale; the bare type where one is missing.
    pub fn numeric_type(dtype: &str, precision: Option<u64>, scale: Option<u64>) -> String {
        match (precision, scale) {
            (Some(precision), Some(scale)) => format!("{dtype}({precision},{scale})"),
            _ => dtype.to_owned(),
        }
    }

    /// Whether it is a structure.
    pub fn is_struct(&self) -> bool {
        self.dtype.to_lowercase().starts_with("struct")
    }
}

/// The leaves of a structure as columns `a.b.c`; any other column alone.
pub fn flatten(column: &Column) -> Vec<Column> {
    let Some(inner) = struct_body(&column.dtype) else { return vec![column.clone()] };
    let mut leaves = Vec::new();
    for field in split_outside_parentheses(inner) {
        let (name, dtype) = split_field(field.trim());
        let mut child = Column::new(column.dialect, name, dtype);
        dtype.clone_into(&mut child.dtype);
        for mut leaf in flatten(&child) {
            leaf.name = format!("{}.{}", column.name, leaf.name);
            leaves.push(leaf);
        }
    }
    leaves
}

/// A type without its `collate 'x'`, and that order.
fn without_collation(raw: &str) -> (&str, Option<String>) {
    let Some(at) = raw.to_ascii_lowercase().find(" collate ") else { return (raw, None) };
    let order = raw.get(at + " collate ".len()..).and_then(|rest| rest.split('\'').nth(1)).map(str::to_owned);
    (raw.get(..at).unwrap_or(raw).trim(), order)
}

fn struct_body(dtype: &str) -> Option<&str> {
    let head = dtype.get(..7)?;
    if !head.eq_ignore_ascii_case("struct(") {
        return None;
    }
    dtype[7..].strip_suffix(')')
}

fn split_field(field: &str) -> (String, &str) {
    if let Some(rest) = field.strip_prefix('"')
        && let Some(end) = rest.find('"')
    {
        return (rest[..end].to_owned(), rest[end + 1..].trim_start());
    }
    let (name, dtype) = field.split_once(' ').unwrap_or((field, ""));
    (name.to_owned(), dtype)
}

fn split_outside_parentheses(text: &str) -> Vec<&str> {
    let (mut depth, mut quoted, mut start, mut fields) = (0usize, false, 0, Vec::new());
    for (at, letter) in text.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            ',' if depth == 0 && !quoted => {
                fields.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    fields.push(&text[start..]);
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(dtype: &str) -> Column {
        Column::from_description(&Dialect::DUCKDB, "a", dtype).unwrap()
    }

    #[test]
    fn types_are_sorted_as_dbt_does() {
        assert!(column("BIGINT").is_integer() && column("BIGINT").is_number());
        assert!(column("DECIMAL(18,3)").is_numeric());
        assert_eq!(column("DECIMAL(18,3)").data_type(), "DECIMAL(18,3)");
        assert_eq!(column("VARCHAR").data_type(), "character varying(256)");
        assert_eq!(column("VARCHAR(20)").string_size(), Ok(20));
        assert_eq!(column("TIMESTAMP WITH TIME ZONE").data_type(), "TIMESTAMP WITH TIME ZONE");
        assert!(column("VARCHAR(20)").can_expand_to(&column("VARCHAR(30)")));
        assert!(!column("BIGINT").can_expand_to(&column("VARCHAR(30)")));
        assert!(column("DECIMAL(a,b)".replace("a,b", "9,2").as_str()).is_numeric());
        assert!(Column::from_description(&Dialect::DUCKDB, "a", "DECIMAL(x,2)").is_err());
        assert_eq!(Column::translate_type(&Dialect::DUCKDB, "string"), "TEXT");
        assert_eq!(column("BIGINT").literal("1"), "1::BIGINT");
    }

    #[test]
    fn snowflake_has_numbers_only() {
        let column = Column::from_description(&Dialect::SNOWFLAKE, "A", "NUMBER(38,0)").unwrap();
        assert!(column.is_numeric() && !column.is_integer());
        assert_eq!(column.data_type(), "NUMBER(38,0)");
        let text = Column::from_description(&Dialect::SNOWFLAKE, "A", "VARCHAR").unwrap();
        assert_eq!(text.string_size(), Ok(16_777_216));
        let ordered = Column::from_description(&Dialect::SNOWFLAKE, "A", "VARCHAR(10) COLLATE 'en-ci'").unwrap();
        assert_eq!(ordered.data_type(), "character varying(10)");
        assert_eq!(ordered.expanded_data_type(), "character varying(10) collate 'en-ci'");
    }

    #[test]
    fn structures_have_leaves() {
        let column = column("STRUCT(a INTEGER, b STRUCT(\"c d\" DECIMAL(10,2), e VARCHAR))");
        let leaves: Vec<_> = flatten(&column).into_iter().map(|leaf| (leaf.name, leaf.dtype)).collect();
        let expected = [("a.a", "INTEGER"), ("a.b.c d", "DECIMAL(10,2)"), ("a.b.e", "VARCHAR")];
        assert_eq!(leaves, expected.map(|(name, dtype)| (name.to_owned(), dtype.to_owned())));
    }
}
