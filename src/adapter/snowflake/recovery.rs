//! A statement whose answer was lost -> its answer, found by its query id.
//!
//! Snowflake: a statement goes on without its client. Its state stands in the history of queries, and what it answered
//! can be read for a day, from any session of the same user.

use std::time::{Duration, Instant};

use super::failure::{Class, Failure};
use crate::adapter::{Answer, Cell};

/// How long a query may be missing from the history before it counts as unknown.
const MISSING_LIMIT: Duration = Duration::from_secs(60);

/// The longest pause between two looks.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// What the history says of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// It runs or waits.
    Running,
    /// It is done.
    Done,
    /// It failed: code and message.
    Failed(String, String),
    /// The history does not have it.
    Unknown,
}

/// The pauses between looks, and when to give up.
pub(super) struct Looking {
    pause: Duration,
    begun: Instant,
}

impl Looking {
    pub(super) fn new() -> Self {
        Self { pause: Duration::from_millis(500), begun: Instant::now() }
    }

    /// The pause before the next look; `None` where a query was missing for too long.
    pub(super) fn next(&mut self, state: &State) -> Option<Duration> {
        if *state == State::Unknown && self.begun.elapsed() > MISSING_LIMIT {
            return None;
        }
        let pause = self.pause;
        self.pause = (pause * 2).min(LONGEST_PAUSE);
        Some(pause)
    }
}

/// The query of a query's state.
pub(super) fn state_sql(query_id: &str) -> String {
    format!(
        "select execution_status, error_code, error_message \
         from table(information_schema.query_history_by_user(result_limit => 10000)) where query_id = {}",
        literal(query_id)
    )
}

/// The query of what a query answered.
pub(super) fn result_sql(query_id: &str) -> String {
    format!("select * from table(result_scan({}))", literal(query_id))
}

/// The statement that stops a query.
pub(super) fn cancel_sql(query_id: &str) -> String {
    format!("select system$cancel_query({})", literal(query_id))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// The state that an answer to [`state_sql`] tells.
pub(super) fn state(answer: &Answer) -> State {
    let Some(row) = answer.table.rows.first() else { return State::Unknown };
    let text = |at: usize| match row.get(at) {
        None | Some(Cell::Null) => String::new(),
        Some(cell) => cell.to_string(),
    };
    match text(0).to_uppercase().as_str() {
        "SUCCESS" => State::Done,
        status if status.starts_with("FAIL") => State::Failed(text(1), text(2)),
        _ => State::Running,
    }
}

/// The failure of a query that the history tells of.
pub(super) fn failed(query_id: &str, code: &str, message: &str) -> Failure {
    // The history leaves out leading zeros.
    let code = if code.is_empty() { None } else { Some(format!("{code:0>6}")) };
    Failure { class: Class::Final, code, said: message.to_owned(), query_id: Some(query_id.to_owned()) }
}

/// The failure of a query that cannot be found again, and why it cannot.
pub(super) fn lost(query_id: &str, why: &str) -> Failure {
    let said = format!("the answer was lost, and {why}");
    Failure { class: Class::Unknown, code: None, said, query_id: Some(query_id.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapter::{Response, Table, TableColumn};

    fn answer(cells: &[&str]) -> Answer {
        let mut table = Table::new(["a", "b", "c"].map(|name| TableColumn::new(name, "TEXT")).to_vec());
        if !cells.is_empty() {
            table.rows.push(cells.iter().map(|text| Cell::Text((*text).to_owned())).collect());
        }
        Answer { table, response: Response::default() }
    }

    #[test]
    fn the_history_tells_the_state() {
        assert_eq!(state(&answer(&["SUCCESS", "", ""])), State::Done);
        assert_eq!(state(&answer(&["RESUMING_WAREHOUSE", "", ""])), State::Running);
        let failed_state = State::Failed("604".to_owned(), "no".to_owned());
        assert_eq!(state(&answer(&["FAILED_WITH_ERROR", "604", "no"])), failed_state);
        assert_eq!(state(&answer(&[])), State::Unknown);
        assert_eq!(failed("q", "604", "no").code.as_deref(), Some("000604"));
        assert!(state_sql("01b-'x").ends_with("where query_id = '01b-''x'"));
    }

    #[test]
    fn looking_slows_down() {
        let mut looking = Looking::new();
        let pauses: Vec<_> =
            (0..7).filter_map(|_| looking.next(&State::Running)).map(|pause| pause.as_millis()).collect();
        assert_eq!(pauses, [500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
    }
}
