//! What a query does to the rows that it reads, only as far as what is true of a column may end there.

use std::ops::ControlFlow;

use sqlparser::ast::{GroupByExpr, JoinOperator, Query, Select, SetExpr, TableFactor, TableWithJoins, Visit, Visitor};

/// What a query may do to rows. The default is that it may do anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rows {
    /// A row that is read may be given several times.
    pub may_repeat: bool,
    /// Columns of a row that is read may be given as null.
    pub may_be_null: bool,
}

impl Default for Rows {
    fn default() -> Self {
        Self { may_repeat: true, may_be_null: true }
    }
}

impl Rows {
    /// What a query may do.
    pub fn of(query: &Query) -> Self {
        let mut found = Found(Self { may_repeat: false, may_be_null: false });
        // The visitor never breaks off.
        let _ = query.visit(&mut found);
        found.0
    }
}

struct Found(Rows);

impl Found {
    fn joins(&mut self, tables: &TableWithJoins) {
        use JoinOperator as Operator;
        for join in &tables.joins {
            match &join.join_operator {
                Operator::Semi(_) | Operator::LeftSemi(_) | Operator::Anti(_) | Operator::LeftAnti(_) => {}
                Operator::Join(_) | Operator::Inner(_) | Operator::CrossJoin(_) => self.0.may_repeat = true,
                _ => self.0 = Rows::default(),
            }
        }
    }

    fn set(&mut self, body: &SetExpr) {
        match body {
            SetExpr::Select(_) | SetExpr::Query(_) => {}
            _ => self.0.may_repeat = true,
        }
    }
}

impl Visitor for Found {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.set(&query.body);
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        self.0.may_repeat |= select.from.len() > 1 || !select.lateral_views.is_empty() || !select.connect_by.is_empty();
        select.from.iter().for_each(|tables| self.joins(tables));
        // Grouping sets, rollups and cubes give rows without what they do not group by.
        if let GroupByExpr::Expressions(expressions, modifiers) = &select.group_by {
            let is_plain = |text: &str| !["ROLLUP", "CUBE", "GROUPING SETS"].iter().any(|word| text.contains(word));
            let text: String = expressions.iter().map(|one| one.to_string().to_uppercase() + "\n").collect();
            if !modifiers.is_empty() || !is_plain(&text) {
                self.0 = Rows::default();
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        match factor {
            TableFactor::Table { args: None, .. } | TableFactor::Derived { .. } => {}
            _ => self.0 = Rows::default(),
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{Dialect, parse};

    #[test]
    fn only_certain_queries_keep_what_is_true_of_columns() {
        for (sql, may_repeat, may_be_null) in [
            ("with a as (select * from t where x > 1) select id from a", false, false),
            ("select id from t join u using (id)", true, false),
            ("select id from t, u", true, false),
            ("with a as (select t.id from t left join u using (id)) select id from a", true, true),
            ("select id from t union all select id from u", true, false),
            ("select id, count(*) from t group by id", false, false),
            ("select id, count(*) from t group by rollup (id)", true, true),
            ("select id from t, lateral flatten(input => t.list) f", true, true),
        ] {
            let query = parse::query(sql, Dialect::Snowflake).unwrap();
            assert_eq!(Rows::of(&query), Rows { may_repeat, may_be_null }, "{sql}");
        }
    }
}
