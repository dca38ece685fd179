//! One session of the server, and what it carries.

use std::time::Instant;

use snowflake_connector_rs::Session;

use super::Credentials;

/// A session that is logged in.
pub(super) struct Link {
    pub session: Session,
    pub opened: Instant,
    /// The query tag that it has now; `None` is that of the login.
    pub tag: Option<String>,
    /// The warehouse that it uses now.
    pub warehouse: Option<String>,
}

impl Link {
    /// A session as the login leaves it.
    pub(super) fn new(session: Session, credentials: &Credentials) -> Self {
        Self { session, opened: Instant::now(), tag: None, warehouse: credentials.warehouse.clone() }
    }

    /// The statements that give it the wanted tag and warehouse; none where it has them.
    pub(super) fn adjustments(&self, tag: Option<&str>, warehouse: Option<&str>) -> Vec<Adjustment> {
        let mut found = Vec::new();
        if self.tag.as_deref() != tag {
            found.push(Adjustment::Tag(tag.map(str::to_owned)));
        }
        // A session cannot be without a warehouse again.
        if let Some(wanted) = warehouse
            && !self.warehouse.as_deref().is_some_and(|own| same_name(own, wanted))
        {
            found.push(Adjustment::Warehouse(wanted.to_owned()));
        }
        found
    }

    /// Notes that an adjustment was made.
    pub(super) fn adjusted(&mut self, adjustment: Adjustment) {
        match adjustment {
            Adjustment::Tag(tag) => self.tag = tag,
            Adjustment::Warehouse(name) => self.warehouse = Some(name),
        }
    }
}

/// A change of what a session carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Adjustment {
    /// To another query tag; `None` is that of the login.
    Tag(Option<String>),
    /// To another warehouse.
    Warehouse(String),
}

impl Adjustment {
    /// Its statement; `login_tag` is the tag of the login.
    pub(super) fn sql(&self, login_tag: Option<&str>) -> String {
        match self {
            Self::Tag(tag) => match tag.as_deref().or(login_tag) {
                Some(tag) => {
                    let tag = tag.replace('\\', "\\\\").replace('\'', "''");
                    format!("alter session set query_tag = '{tag}'")
                }
                None => "alter session unset query_tag".to_owned(),
            },
            // dbt: the name of a warehouse is never quoted for the user.
            Self::Warehouse(name) => format!("use warehouse {name}"),
        }
    }
}

/// Whether two names mean the same; only a name in quotes minds case.
fn same_name(one: &str, other: &str) -> bool {
    one == other || (!one.starts_with('"') && !other.starts_with('"') && one.eq_ignore_ascii_case(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjustments_are_plain_statements() {
        assert_eq!(Adjustment::Tag(Some("it's".to_owned())).sql(None), "alter session set query_tag = 'it''s'");
        assert_eq!(Adjustment::Tag(None).sql(Some("base")), "alter session set query_tag = 'base'");
        assert_eq!(Adjustment::Tag(None).sql(None), "alter session unset query_tag");
        assert_eq!(Adjustment::Warehouse("big_wh".to_owned()).sql(None), "use warehouse big_wh");
        assert!(same_name("Big_WH", "BIG_wh") && !same_name("\"Big\"", "BIG"));
    }
}
