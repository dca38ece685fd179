//! Puts ephemeral models into the SQL of their readers as common table expressions.

/// The end of a leading `with` (and `recursive`), if the SQL starts with one.
fn after_with(sql: &str) -> Option<usize> {
    let start = skip_blank(sql, 0);
    let word = |from: usize, word: &str| {
        let rest = sql.get(from..from + word.len())?;
        let next = sql[from + word.len()..].chars().next();
        (rest.eq_ignore_ascii_case(word) && !next.is_some_and(|next| next.is_alphanumeric() || next == '_'))
            .then_some(from + word.len())
    };
    let end = word(start, "with")?;
    Some(word(skip_blank(sql, end), "recursive").unwrap_or(end))
}

/// The first byte from `at` that is neither blank nor comment.
fn skip_blank(sql: &str, mut at: usize) -> usize {
    loop {
        let rest = &sql[at..];
        let trimmed = rest.trim_start();
        at += rest.len() - trimmed.len();
        if trimmed.starts_with("--") {
            at += trimmed.find('\n').map_or(trimmed.len(), |end| end + 1);
        } else if trimmed.starts_with("/*") {
            at += trimmed.find("*/").map_or(trimmed.len(), |end| end + 2);
        } else {
            return at;
        }
    }
}

/// An ephemeral model as an item of the list.
pub fn expression(name: &str, sql: &str) -> String {
    format!(" {name} as (\n{sql}\n)")
}

/// The SQL with the expressions, and where and how many bytes were put in.
///
/// `ctes` are names and SQL, in the order in which they depend on each other. dbt: they go behind the blank that
/// follows `with`, and without a list of its own the SQL gets one before its comments.
pub fn inject(sql: &str, ctes: &[(String, String)]) -> (String, usize, usize) {
    if ctes.is_empty() {
        return (sql.to_owned(), 0, 0);
    }
    let list: Vec<String> = ctes.iter().map(|(name, sql)| expression(name, sql)).collect();
    let list = list.join(", ");
    let blank = |at: usize| at + sql[at..].len() - sql[at..].trim_start().len();
    let (at, insert) = match after_with(sql) {
        Some(at) => (blank(at), format!("{list}, ")),
        None => (blank(0), format!("with{list} ")),
    };
    (format!("{}{insert}{}", &sql[..at], &sql[at..]), at, insert.len())
}

#[cfg(test)]
mod tests {
    use super::inject;

    #[test]
    fn joins_or_starts_the_list() {
        let ctes = vec![("c".to_owned(), "select 1".to_owned())];
        assert_eq!(inject("select * from c", &ctes).0, "with c as (\nselect 1\n) select * from c");
        let (sql, at, length) = inject("-- x\nWITH a as (select 2) select 3", &ctes);
        assert_eq!(sql, "-- x\nWITH  c as (\nselect 1\n), a as (select 2) select 3");
        assert_eq!(&sql[at..at + length], " c as (\nselect 1\n), ");
        assert_eq!(inject("with recursive t as (x) y", &ctes).0, "with recursive  c as (\nselect 1\n), t as (x) y");
        assert_eq!(inject("\n-- x\nselect 2", &ctes).0, "\nwith c as (\nselect 1\n) -- x\nselect 2");
        assert_eq!(inject("with_x", &[]).0, "with_x");
    }
}
