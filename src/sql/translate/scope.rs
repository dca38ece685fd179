//! Which names a query sees, and of what type they are.

use super::kind::Kind;

/// One column of a relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: Kind,
}

/// One relation of a FROM clause.
#[derive(Debug, Clone)]
pub struct Relation {
    /// The name that qualifies its columns.
    pub name: String,
    /// Its columns in order; `None` where they are not known.
    pub columns: Option<Vec<Column>>,
    /// Columns that only exist under conditions (`SEQ` of a lateral FLATTEN): name and reason.
    pub refused: Option<(&'static str, &'static str)>,
    /// Whether it is a GENERATOR, whose rows are numbered.
    pub generated: bool,
}

/// The names of one SELECT; the enclosing query's names lie behind it.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// The relations of FROM.
    pub relations: Vec<Relation>,
    /// Aliases of the projection so far.
    pub aliases: Vec<Column>,
    /// Parameters of lambdas.
    pub parameters: Vec<Column>,
}

/// What a name was found to be.
pub enum Found<'a> {
    /// A column.
    Column(Kind),
    /// A column that must not be used, and why.
    Refused(&'a str),
    /// Nothing that is known.
    Nothing,
}

impl Scope {
    /// Looks a column up by its name, and by its relation's where one is written.
    pub fn find(&self, qualifier: Option<&str>, name: &str) -> Found<'_> {
        if qualifier.is_none()
            && let Some(parameter) = self.parameters.iter().rev().find(|column| same(&column.name, name))
        {
            return Found::Column(parameter.kind);
        }
        for relation in &self.relations {
            if qualifier.is_some_and(|qualifier| !same(qualifier, &relation.name)) {
                continue;
            }
            if let Some((refused, reason)) = relation.refused
                && same(refused, name)
            {
                return Found::Refused(reason);
            }
            let column = relation.columns.iter().flatten().find(|column| same(&column.name, name));
            if let Some(column) = column {
                return Found::Column(column.kind);
            }
        }
        if qualifier.is_none()
            && let Some(alias) = self.aliases.iter().find(|column| same(&column.name, name))
        {
            return Found::Column(alias.kind);
        }
        Found::Nothing
    }
}

/// Names are compared without regard to case, as the engine does.
pub fn same(left: &str, right: &str) -> bool {
    left.eq_ignore_ascii_case(right)
}
