//! The questions that a dashboard asks: SQL that DuckDB and Snowflake read alike.

use std::fmt::Write as _;

use super::definition::Grain;

/// A relation and its columns, as the warehouse has them.
#[derive(Debug, Clone)]
pub(super) struct Relation {
    /// How a query names it.
    pub(super) name: String,
    /// What encloses a name.
    pub(super) quote: char,
    /// Names and types of its columns.
    pub(super) columns: Vec<(String, String)>,
}

impl Relation {
    /// A column of a name, quoted; without regard to case.
    pub(super) fn column(&self, name: &str) -> Option<String> {
        let exact = self.columns.iter().find(|(own, _)| own == name);
        let (own, _) = exact.or_else(|| self.columns.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)))?;
        let quote = self.quote;
        Some(format!("{quote}{}{quote}", own.replace(quote, &format!("{quote}{quote}"))))
    }

    /// A column of a name, cut to a part of time.
    pub(super) fn field(&self, name: &str, grain: Option<Grain>) -> Option<String> {
        let column = self.column(name)?;
        Some(match grain {
            None => column,
            Some(Grain::Hour) => format!("date_trunc('hour', {column})"),
            Some(grain) => format!("cast(date_trunc('{}', {column}) as date)", grain.name()),
        })
    }
}

fn list(expressions: &[String], prefix: &str) -> Vec<String> {
    expressions.iter().enumerate().map(|(at, expression)| format!("{expression} as {prefix}{at}")).collect()
}

fn names(count: usize, prefix: &str) -> Vec<String> {
    (0..count).map(|at| format!("{prefix}{at}")).collect()
}

fn grouped(mut sql: String, keys: usize) -> String {
    if keys > 0 {
        let positions: Vec<String> = (1..=keys).map(|at| at.to_string()).collect();
        let _ = write!(sql, " group by {}", positions.join(", "));
        let _ = write!(sql, " order by {}", positions.join(", "));
    }
    sql
}

/// Aggregates by keys.
pub(super) fn groups(relation: &Relation, keys: &[String], parts: &[String]) -> String {
    let columns = [list(keys, "k"), list(parts, "p")].concat();
    grouped(format!("select {} from {}", columns.join(", "), relation.name), keys.len())
}

/// How many different combinations of expressions there are.
pub(super) fn size(relation: &Relation, expressions: &[String], not_null: Option<&str>) -> String {
    format!("select count(*) from ({}) as found", different(relation, expressions, not_null))
}

/// The different combinations of expressions.
pub(super) fn different(relation: &Relation, expressions: &[String], not_null: Option<&str>) -> String {
    let condition = not_null.map(|column| format!(" where {column} is not null")).unwrap_or_default();
    format!("select distinct {} from {}{condition}", list(expressions, "k").join(", "), relation.name)
}

/// Steps of ids from period to period, by keys: keys, period before, period, how many ids took the step.
pub(super) fn steps(relation: &Relation, keys: &[String], period: &str, item: &str) -> String {
    let own = names(keys.len(), "k");
    let all = [list(keys, "k"), vec![format!("{period} as at_period"), format!("{item} as item")]].concat();
    let seen = format!(
        "select distinct {} from {} where {item} is not null and {period} is not null",
        all.join(", "),
        relation.name
    );
    let partition = [own.clone(), vec!["item".to_owned()]].concat().join(", ");
    let before = format!("lag(at_period) over (partition by {partition} order by at_period) as before_period");
    let columns = [own.clone(), vec!["at_period".to_owned(), before]].concat().join(", ");
    let stepped = format!("select {columns} from ({seen}) as seen");
    let shown = [own.clone(), vec!["before_period".to_owned(), "at_period".to_owned(), "count(*) as p0".to_owned()]];
    grouped(format!("select {} from ({stepped}) as stepped", shown.concat().join(", ")), keys.len() + 2)
}

/// The first rows of each combination of keys, so that the first rows of every choice of combinations are among them.
pub(super) fn rows(
    relation: &Relation,
    keys: &[String],
    columns: &[String],
    order: (usize, bool),
    limit: u32,
) -> String {
    let (sorted, is_descending) = order;
    let direction = if is_descending { "desc nulls last" } else { "asc nulls last" };
    let ranked = |columns: &[String]| -> String {
        let mut terms = vec![format!("{} {direction}", columns[sorted])];
        terms.extend(columns.iter().map(|column| format!("{column} asc nulls last")));
        terms.join(", ")
    };
    let partition = if keys.is_empty() { String::new() } else { format!("partition by {} ", keys.join(", ")) };
    let inner = [
        list(keys, "k"),
        list(columns, "c"),
        vec![format!("row_number() over ({partition}order by {}) as place", ranked(columns))],
    ];
    let shown = [names(keys.len(), "k"), names(columns.len(), "c")].concat();
    format!(
        "select {} from (select {} from {}) as ranked where place <= {limit} order by {}",
        shown.join(", "),
        inner.concat().join(", "),
        relation.name,
        ranked(&names(columns.len(), "c"))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relation() -> Relation {
        let columns = [("At", "TIMESTAMP"), ("user_id", "BIGINT")].map(|(name, kind)| (name.into(), kind.into()));
        Relation { name: "m".into(), quote: '"', columns: columns.to_vec() }
    }

    #[test]
    fn names_are_those_of_the_warehouse() {
        let relation = relation();
        assert_eq!(relation.column("AT").as_deref(), Some("\"At\""));
        assert_eq!(relation.column("other"), None);
        let month = relation.field("at", Some(Grain::Month)).unwrap();
        assert_eq!(month, "cast(date_trunc('month', \"At\") as date)");
        assert_eq!(
            groups(&relation, &[month], &["count(*)".into()]),
            "select cast(date_trunc('month', \"At\") as date) as k0, count(*) as p0 from m group by 1 order by 1"
        );
        assert_eq!(groups(&relation, &[], &["count(*)".into()]), "select count(*) as p0 from m");
    }

    #[test]
    fn rows_are_cut_within_each_key() {
        let sql = rows(&relation(), &["k".into()], &["a".into(), "b".into()], (1, true), 5);
        assert!(
            sql.contains("row_number() over (partition by k order by b desc nulls last, a asc nulls last"),
            "{sql}"
        );
        assert!(
            sql.ends_with("where place <= 5 order by c1 desc nulls last, c0 asc nulls last, c1 asc nulls last"),
            "{sql}"
        );
    }
}
