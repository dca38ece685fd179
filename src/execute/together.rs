//! Several data tests, asked in one statement.
//!
//! A data test is one short query, and to a warehouse that is far away most of its time is the way there and back.
//! Each test is compiled, and its materialization rendered up to its query; the queries stand side by side in one
//! statement, and then every materialization runs to its end with its own row of the answer, as if it had asked alone.
//! Where that statement fails, each test asks for itself, so that what the warehouse says is about one of them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde_json::{Map, Value};

use super::session::{NodeSession, SharedSession};
use super::task::{self, Compilation};
use super::{Runtime, convert};
use crate::adapter::{Answer, Cell, Fetch, Response, Table};
use crate::diagnostic::{Class, Diagnostic, Result};
use crate::jinja;
use crate::manifest::{Node, ResourceType};
use crate::outcome::{NodeInfo, RunResult, now};

/// How many tests one statement asks at most.
const MOST: usize = 50;

/// How long the text of one statement may become, in bytes. Snowflake: a megabyte.
const LONGEST: usize = 250_000;

/// What dbt counts where a test says nothing else.
const COUNT: &str = "count(*)";

/// What tests must have in common to be asked together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kin {
    /// The relations that they read.
    of: BTreeSet<String>,
    warehouse: Option<String>,
    tag: Option<String>,
}

/// What a test has in common with those that it may be asked together with; none where it is asked alone.
///
/// Alone are tests that store their failures, that count in a way of their own (whose type may be any), and those whose
/// materialization is not ours.
pub(super) fn kin(runtime: &Runtime, node: &Node) -> Option<Kin> {
    if !runtime.adapter.joins_tests() || node.resource_type != ResourceType::Test || node.relation_name.is_some() {
        return None;
    }
    if !node.config.text("fail_calc").unwrap_or(COUNT).trim().eq_ignore_ascii_case(COUNT) {
        return None;
    }
    if !task::has_own_materialization(runtime, node.materialized()) {
        return None;
    }
    let attached = node.test().and_then(|test| test.attached_node.clone());
    Some(Kin {
        of: node.depends_on.iter().cloned().chain(attached).collect(),
        warehouse: runtime.facts.naming.dialect.warehouse_key.and_then(|key| node.config.text(key)).map(str::to_owned),
        tag: node.config.text("query_tag").map(str::to_owned),
    })
}

/// The ready tests that are asked together with one of kin `own`: all that read a relation which it reads too, and those
/// of other relations while there is more to do than workers that are `free` for it.
///
/// What waits for the tests of one relation then waits for those of another, and would have waited for a worker anyway;
/// what reads two relations holds up the readers of both of them in any case.
pub(super) fn choose(own: &Kin, ready: &[(&str, Option<Kin>)], free: usize) -> Vec<String> {
    let tests_of = |of: &BTreeSet<String>, chosen: &[String]| -> Vec<String> {
        let fits = |kin: &Kin| !kin.of.is_disjoint(of) && kin.warehouse == own.warehouse && kin.tag == own.tag;
        let fitting = ready.iter().filter(|(_, kin)| kin.as_ref().is_some_and(fits)).map(|(id, _)| (*id).to_owned());
        fitting.filter(|id| !chosen.contains(id)).collect()
    };
    let mut chosen = tests_of(&own.of, &[]);
    chosen.truncate(MOST - 1);
    let share = ((ready.len() + 1) / free.max(1)).min(MOST);
    for kin in ready.iter().filter_map(|(_, kin)| kin.as_ref()) {
        if chosen.len() + 1 >= share {
            break;
        }
        let further = tests_of(&kin.of, &chosen);
        if chosen.len() + further.len() < share {
            chosen.extend(further);
        }
    }
    chosen
}

/// What is known of a test's query before the test asks it.
#[derive(Debug, Default)]
pub(super) enum Ahead {
    /// Nothing: it is sent.
    #[default]
    Nothing,
    /// It is wanted, and nothing is sent.
    Wanted(Option<String>),
    /// Its answer is here.
    Known { sql: String, answer: Answer },
}

impl Ahead {
    /// Whether a materialization is rendered for its query alone, so that nothing of it is to be seen.
    pub(super) fn is_wanted(kept: &Mutex<Self>) -> bool {
        matches!(*kept.lock().unwrap_or_else(PoisonError::into_inner), Self::Wanted(_))
    }

    /// What a statement is answered with instead of being sent.
    pub(super) fn answer(kept: &Mutex<Self>, sql: &str) -> Option<Result<(Map<String, Value>, jinja::Table)>> {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *kept {
            Self::Nothing => None,
            Self::Wanted(found) => {
                found.get_or_insert_with(|| sql.to_owned());
                let ended = "the query of a test was wanted, and not its answer";
                Some(Err(Box::new(Diagnostic::error(Class::Internal, ended))))
            }
            Self::Known { sql: known, .. } if known != sql => None,
            Self::Known { .. } => match std::mem::take(&mut *kept) {
                Self::Known { answer, .. } => Some(Ok((answer.response.to_json(), convert::table(&answer.table)))),
                _ => None,
            },
        }
    }
}

/// A test on its way.
struct Asked {
    live: Arc<NodeSession>,
    compilation: Compilation,
    /// Its query, where it can stand beside others.
    query: Option<String>,
}

/// Runs tests of one kin to their end; a failure is a result.
pub(super) fn run(runtime: &Arc<Runtime>, tests: &[(Arc<Node>, NodeInfo)], session: &SharedSession) -> Vec<RunResult> {
    let mut asked: Vec<Asked> = Vec::new();
    let mut length = 0;
    for (node, info) in tests {
        let live = NodeSession::new(runtime, node, info.clone(), session);
        live.adopt_config();
        let compilation = task::compile(&live);
        let query = compilation.outcome.is_ok().then(|| query(&live, &compilation)).flatten();
        let query = query.filter(|query| length + query.len() < LONGEST);
        length += query.as_ref().map_or(0, String::len);
        asked.push(Asked { live, compilation, query });
    }
    let together: Vec<usize> = (0..asked.len()).filter(|index| asked[*index].query.is_some()).collect();
    let (begun, started) = (now(), Instant::now());
    let mut share = 0.0;
    if together.len() > 1 {
        match ask(&asked, &together) {
            Ok(()) => share = started.elapsed().as_secs_f64() / together.len() as f64,
            Err(error) => tracing::debug!(error = %error.message, "tests are asked one by one, since together failed"),
        }
    }
    let finish = |asked: Asked| {
        let is_foreseen = matches!(*ahead(&asked.live), Ahead::Known { .. });
        let mut result = task::finish(&asked.live, asked.compilation);
        asked.live.rollback();
        if is_foreseen {
            // The moments are those of the statement, and its time is divided among those that it served.
            if let Some(timing) = result.timing.last_mut() {
                timing.started_at = Some(begun);
            }
            result.execution_time += share;
        }
        result
    };
    asked.into_iter().map(finish).collect()
}

fn ahead(live: &NodeSession) -> MutexGuard<'_, Ahead> {
    live.ahead.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The query that a test's materialization sends first, where that is one plain query.
fn query(live: &Arc<NodeSession>, compilation: &Compilation) -> Option<String> {
    *ahead(live) = Ahead::Wanted(None);
    let prepared = match &compilation.outcome {
        Ok(Some(compiled)) => live.prepare(compiled).is_ok(),
        _ => false,
    };
    // It ends at its first statement, whatever it is.
    let ended = prepared && task::materialize(live, live.node.materialized()).is_err();
    let found = match std::mem::take(&mut *ahead(live)) {
        Ahead::Wanted(found) => found,
        _ => None,
    };
    found.filter(|sql| ended && is_plain(sql))
}

/// Whether a text is one query that can stand in brackets.
fn is_plain(sql: &str) -> bool {
    let word = sql.trim_start().get(..6).unwrap_or_default();
    word.eq_ignore_ascii_case("select") && !sql.contains(';')
}

/// Asks all in one statement, and gives each its answer.
fn ask(asked: &[Asked], together: &[usize]) -> Result<()> {
    let Some((&last, others)) = together.split_last() else { return Ok(()) };
    let mut sql = String::new();
    for (number, &index) in together.iter().enumerate() {
        let query = asked[index].query.as_deref().unwrap_or_default();
        let head = if number == 0 { "" } else { "\nunion all\n" };
        let name = if number == 0 { " as test_number" } else { "" };
        // Writing to a text does not fail.
        let _ = write!(sql, "{head}select {number}{name}, failures, should_warn, should_error from (\n{query}\n)");
        // The comment of the last one stands behind the statement.
        if others.contains(&index)
            && let Some(comment) = asked[index].live.commented()?
        {
            let _ = write!(sql, "\n/* {comment} */");
        }
    }
    let answer = asked[last].live.run_sql(&sql, false, Fetch::All)?;
    for row in &answer.table.rows {
        let Some((Cell::Int(number), cells)) = row.split_first() else { continue };
        let index = usize::try_from(*number).ok().and_then(|number| together.get(number)).copied();
        let Some(Asked { live, query: Some(query), .. }) = index.map(|index| &asked[index]) else { continue };
        let mut table = Table::new(answer.table.columns.iter().skip(1).cloned().collect());
        table.rows.push(cells.to_vec());
        *ahead(live) = Ahead::Known { sql: query.clone(), answer: Answer { table, response: alone(&answer.response) } };
    }
    Ok(())
}

/// The answer to all as the answer to one, which is one row.
fn alone(all: &Response) -> Response {
    let message = all.code.as_ref().map_or_else(|| all.message.clone(), |code| format!("{code} 1"));
    Response { message, rows_affected: all.rows_affected.map(|_| 1), ..all.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> Option<Kin> {
        Some(Kin { of: BTreeSet::from([name.to_owned()]), warehouse: None, tag: None })
    }

    #[test]
    fn a_test_of_two_relations_is_asked_with_the_tests_of_either() {
        let both = Kin { of: BTreeSet::from(["a".to_owned(), "b".to_owned()]), warehouse: None, tag: None };
        let ready = [("a1", of("a")), ("both", Some(both.clone())), ("c1", of("c"))];
        assert_eq!(choose(&of("a").unwrap(), &ready, 4), ["a1", "both"]);
        assert_eq!(choose(&of("b").unwrap(), &ready, 4), ["both"]);
        assert_eq!(choose(&both, &[("a1", of("a")), ("c1", of("c"))], 4), ["a1"]);
    }

    #[test]
    fn other_relations_are_asked_about_where_workers_are_few() {
        let ready = [("a2", of("a")), ("b1", of("b")), ("b2", of("b")), ("c1", of("c")), ("model", None)];
        let own = of("a").unwrap();
        assert_eq!(choose(&own, &ready, 4), ["a2"]);
        assert_eq!(choose(&own, &ready, 2), ["a2", "c1"]);
        assert_eq!(choose(&own, &ready, 1), ["a2", "b1", "b2", "c1"]);
        let elsewhere = Kin { warehouse: Some("BIG".to_owned()), ..own };
        assert!(choose(&elsewhere, &ready, 1).is_empty());
    }

    #[test]
    fn no_more_are_asked_than_a_statement_takes() {
        let ready: Vec<(&str, Option<Kin>)> = (0..80).map(|_| ("a", of("a"))).collect();
        assert_eq!(choose(&of("a").unwrap(), &ready, 1).len(), MOST - 1);
    }

    #[test]
    fn only_one_query_can_stand_in_brackets() {
        assert!(is_plain("\n  select count(*) from t"));
        for sql in ["select 1; select 2", "create table t as select 1", "with a as (select 1) select 1", ""] {
            assert!(!is_plain(sql), "{sql}");
        }
    }

    #[test]
    fn an_answer_is_given_once_and_only_to_its_query() {
        let known = Ahead::Known { sql: "select 1".to_owned(), answer: Answer::default() };
        let kept = Mutex::new(known);
        assert!(Ahead::answer(&kept, "select 2").is_none());
        assert!(Ahead::answer(&kept, "select 1").is_some_and(|answer| answer.is_ok()));
        assert!(Ahead::answer(&kept, "select 1").is_none());
    }

    #[test]
    fn the_first_statement_is_what_is_wanted() {
        let kept = Mutex::new(Ahead::Wanted(None));
        assert!(Ahead::answer(&kept, "select 1").is_some_and(|answer| answer.is_err()));
        assert!(Ahead::answer(&kept, "select 2").is_some_and(|answer| answer.is_err()));
        assert!(matches!(&*kept.lock().unwrap(), Ahead::Wanted(Some(sql)) if sql == "select 1"));
    }
}
