//! One session of the trait: statements, transactions, and what is done when the server or the network fails.

use std::sync::Arc;
use std::time::Duration;

use super::convert;
use super::failure::{Class, Failure};
use super::link::Link;
use super::recovery::{self, Looking, State};
use super::retry::{ATTEMPTS, Age, GRACE, LAST, STOPPING, pause};
use super::rows;
use super::shared::{Shared, Slot, interrupted};
use super::statement::{Effect, Statement, split};
use crate::adapter::{
    AdapterError, Answer, Canceller, CommentPlace, ErrorKind, Fetch, FileLoad, FileLoaded, Response, RowLoad, Session,
    Setting,
};

/// How often a text that opened its own transaction is begun again.
const RESTARTS: u32 = 3;

/// A session, logged in or not.
pub(super) struct SnowflakeSession {
    shared: Arc<Shared>,
    slot: Arc<Slot>,
    name: String,
    link: Option<Link>,
    /// The tag that statements are to have; `None` is that of the login.
    tag: Option<String>,
    /// The warehouse that statements are to use; `None` is that of the login.
    warehouse: Option<String>,
    comment: Option<(String, CommentPlace)>,
    /// Whether a transaction is open.
    open: bool,
    /// Whether something was made since the node began that ends with the session.
    temporary: bool,
}

/// Why a statement of a text failed.
enum Stopped {
    /// It failed by itself.
    Failed(AdapterError),
    /// The session went, and the open transaction with it.
    Lost(AdapterError),
}

/// What is done about a failure.
enum Verdict {
    /// The same statement again, on the same session.
    Again,
    /// The same statement again, on a new session.
    Reopen,
    /// Its answer is looked for.
    Recover(String),
    /// The transaction is gone.
    Lost,
    /// The failure is told.
    Tell,
}

/// What is found of a statement whose answer was lost.
enum Found {
    /// Its answer.
    Answer(Answer),
    /// Its state, where there is no answer.
    State(State),
}

/// What is said of a statement that was stopped and whose end nobody confirmed.
const UNCONFIRMED: &str = "the run was interrupted before the server had stopped the statement: look in the query \
                           history whether it still runs";

/// The failure of a statement that was stopped.
fn cancelled(said: &str, query_id: Option<&str>) -> Failure {
    Failure { class: Class::Cancelled, code: None, said: said.to_owned(), query_id: query_id.map(str::to_owned) }
}

impl SnowflakeSession {
    pub(super) fn new(shared: Arc<Shared>, name: &str) -> Self {
        let slot = Arc::new(Slot::default());
        shared.watch(&slot);
        Self {
            shared,
            slot,
            name: name.to_owned(),
            link: None,
            tag: None,
            warehouse: None,
            comment: None,
            open: false,
            temporary: false,
        }
    }

    fn is_stopped(&self) -> bool {
        self.slot.is_stopped() || self.shared.is_stopped()
    }

    fn text(&self, failure: Failure, statement: &Statement<'_>) -> AdapterError {
        self.shared.scrubbed(failure.into_error(statement.text, statement.start))
    }

    /// A session that is logged in, young enough for a statement, and has the wanted tag and warehouse.
    fn ready(&mut self, effect: Effect) -> Result<Result<(), Failure>, AdapterError> {
        // A transaction cannot move to another session, so it begins on one with much of its life left.
        let age = if effect == Effect::Begin { Age::AtRest } else { Age::InUse };
        let is_old = self.link.as_ref().is_some_and(|link| self.shared.is_old(link, age));
        if is_old && !self.open && !self.temporary {
            self.link = None;
        }
        if self.link.is_none() {
            self.link = Some(self.shared.link(&self.slot)?);
        }
        let login_tag = self.shared.credentials.query_tag.clone();
        let warehouse = self.warehouse.clone().or_else(|| self.shared.credentials.warehouse.clone());
        let adjustments = self.link.as_ref().map(|link| link.adjustments(self.tag.as_deref(), warehouse.as_deref()));
        for adjustment in adjustments.unwrap_or_default() {
            let sql = adjustment.sql(login_tag.as_deref());
            if let Err(failure) = self.once(&sql, Fetch::None) {
                return Ok(Err(failure));
            }
            if let Some(link) = &mut self.link {
                link.adjusted(adjustment);
            }
        }
        Ok(Ok(()))
    }

    /// Sends a text as it is and reads the answer, without another try.
    fn once(&self, sql: &str, fetch: Fetch) -> Result<Answer, Failure> {
        let stopped = || cancelled("the run was interrupted", None);
        let (Some(link), Ok(runtime)) = (&self.link, self.shared.handle()) else { return Err(stopped()) };
        if self.is_stopped() {
            return Err(stopped());
        }
        tracing::debug!(session = %self.name, sql, "execute");
        let handle = link.session.query_handle(sql.to_owned()).map_err(|error| Failure::of(&error))?;
        let enters = self.slot.enter(handle.canceller());
        let answer = if enters {
            runtime.block_on(async {
                tokio::select! {
                    answer = read(handle, fetch) => answer.map_err(|error| Failure::of(&error)),
                    () = self.overdue() => Err(cancelled(UNCONFIRMED, None)),
                }
            })
        } else {
            Err(stopped())
        };
        self.slot.leave();
        answer
    }

    /// Waits until a stopped statement should have ended.
    async fn overdue(&self) {
        self.shared.until_stopped(&self.slot).await;
        tokio::time::sleep(STOPPING).await;
    }

    /// Sends a statement until it has its answer or another try makes no sense.
    fn run(&mut self, statement: &Statement<'_>, fetch: Fetch) -> Result<Answer, Stopped> {
        let sent = self.commented(statement.text);
        let shift = sent.len() - statement.text.len();
        let is_before = matches!(&self.comment, Some((_, CommentPlace::Before)));
        let mut failed = 0;
        loop {
            if self.is_stopped() {
                return Err(Stopped::Failed(interrupted()));
            }
            let answer = match self.ready(statement.effect()).map_err(Stopped::Failed)? {
                Ok(()) => self.once(&sent, fetch),
                // What prepares a session can be sent again whatever happened.
                Err(failure) => {
                    let class = if failure.class == Class::Unknown { Class::Expired } else { failure.class };
                    Err(Failure { class, query_id: None, ..failure })
                }
            };
            let failure = match answer {
                Ok(answer) => {
                    self.note(statement);
                    return Ok(answer);
                }
                Err(failure) => failure,
            };
            failed += 1;
            let verdict = self.verdict(&failure, statement, failed);
            tracing::debug!(session = %self.name, class = ?failure.class, code = ?failure.code, said = %failure.said, failed, "failed");
            let tell = |session: &Self, failure: Failure| {
                let mut error = session.text(failure, statement);
                if is_before {
                    error.position = error.position.map(|at| at.saturating_sub(shift).max(statement.start));
                }
                error
            };
            match verdict {
                Verdict::Again => self.shared.sleep(pause(failed), &self.slot),
                Verdict::Reopen => {
                    self.link = None;
                    self.shared.sleep(pause(failed), &self.slot);
                }
                Verdict::Recover(query_id) => {
                    let found = self.recover(&query_id, fetch).map_err(|failure| {
                        let is_lost = failure.class == Class::Expired && self.open;
                        let error = tell(self, failure);
                        if is_lost { Stopped::Lost(error) } else { Stopped::Failed(error) }
                    })?;
                    self.note(statement);
                    return Ok(found);
                }
                Verdict::Lost => {
                    self.abandon();
                    // Whether it ran does not matter any more.
                    return Err(Stopped::Lost(tell(self, Failure { class: Class::Expired, ..failure })));
                }
                // Where it cannot be sent again, what counts is that it may have run.
                Verdict::Tell if failure.class == Class::Busy && failed < ATTEMPTS => {
                    return Err(Stopped::Failed(tell(self, Failure { class: Class::Unknown, ..failure })));
                }
                Verdict::Tell => return Err(Stopped::Failed(tell(self, failure))),
            }
        }
    }

    fn verdict(&self, failure: &Failure, statement: &Statement<'_>, failed: u32) -> Verdict {
        if self.is_stopped() || failed >= ATTEMPTS {
            return Verdict::Tell;
        }
        let is_control = matches!(statement.effect(), Effect::Commit);
        match (failure.class, &failure.query_id) {
            // The server took it and the session went while it ran.
            (Class::Expired, Some(id)) if !self.open => Verdict::Recover(id.clone()),
            (Class::Expired, _) if self.open => Verdict::Lost,
            (Class::Expired, _) if self.temporary => Verdict::Tell,
            (Class::Expired, _) => Verdict::Reopen,
            (Class::Waiting, _) => Verdict::Again,
            // A status of the server's front says that it was busy, and not how far the request came.
            (Class::Busy, _) if failure.said.starts_with("HTTP 429") => Verdict::Again,
            (Class::Busy, _) if statement.is_repeatable() || statement.effect() == Effect::Begin => Verdict::Again,
            (Class::Busy, _) if self.open && !is_control => Verdict::Lost,
            (Class::Broken, _) if statement.is_repeatable() || statement.is_change() => Verdict::Again,
            (Class::Unknown, Some(id)) => Verdict::Recover(id.clone()),
            // What is not committed is undone with its session.
            (Class::Unknown, None) if self.open && !is_control => Verdict::Lost,
            (Class::Unknown, None) if statement.effect() == Effect::Begin => Verdict::Reopen,
            (Class::Unknown, None) if statement.is_repeatable() && !self.open && !self.temporary => Verdict::Reopen,
            _ => Verdict::Tell,
        }
    }

    /// Gives a transaction up: what may still run of it is stopped, and the rest undone.
    ///
    /// A server that confirms it has the session still, with what is temporary on it; any other session is let go.
    fn abandon(&mut self) {
        self.open = false;
        let (Some(link), Ok(runtime)) = (self.link.take(), self.shared.handle()) else { return };
        let undone = runtime.block_on(async {
            let undo = async {
                if let Some(last) = self.slot.last() {
                    let _ = last.cancel().await;
                }
                link.session.query("rollback").await.is_ok()
            };
            tokio::time::timeout(self.patience(), undo).await.unwrap_or(false)
        });
        self.link = undone.then_some(link);
    }

    /// Waits for a statement whose answer was lost, and reads the answer.
    fn recover(&mut self, query_id: &str, fetch: Fetch) -> Result<Answer, Failure> {
        let mut looking = Looking::new();
        let mut failed = 0;
        loop {
            if self.is_stopped() {
                self.send_last(&recovery::cancel_sql(query_id));
                return Err(cancelled("the run was interrupted", Some(query_id)));
            }
            let failure = match self.look(query_id, fetch) {
                Ok(Found::Answer(answer)) => return Ok(answer),
                Ok(Found::State(State::Failed(code, message))) => {
                    return Err(recovery::failed(query_id, &code, &message));
                }
                Ok(Found::State(state)) => match looking.next(&state) {
                    Some(pause) => {
                        self.shared.sleep(pause, &self.slot);
                        continue;
                    }
                    None => return Err(recovery::lost(query_id, "the history of queries does not have the statement")),
                },
                Err(failure) => failure,
            };
            if self.is_stopped() {
                continue;
            }
            failed += 1;
            let is_gone = failure.class == Class::Expired && self.open;
            if is_gone || failed >= ATTEMPTS {
                return Err(Failure { query_id: Some(query_id.to_owned()), ..failure });
            }
            if failure.class == Class::Final {
                let why = format!("the history of queries cannot be asked: {}", failure.said);
                return Err(recovery::lost(query_id, &why));
            }
            if matches!(failure.class, Class::Expired | Class::Unknown) && !self.open {
                match self.shared.log_in(&self.slot) {
                    Ok(link) => self.link = Some(link),
                    // What was lost cannot be stopped without a session.
                    Err(error) => return Err(recovery::lost(query_id, &error.text)),
                }
            }
            self.shared.sleep(pause(failed), &self.slot);
        }
    }

    /// Looks once for a statement whose answer was lost.
    fn look(&self, query_id: &str, fetch: Fetch) -> Result<Found, Failure> {
        let state = recovery::state(&self.once(&recovery::state_sql(query_id), Fetch::All)?);
        tracing::debug!(session = %self.name, query_id, ?state, "looked for a lost answer");
        if state != State::Done {
            return Ok(Found::State(state));
        }
        match self.once(&recovery::result_sql(query_id), widest(fetch)) {
            Ok(mut answer) => {
                answer.response = response(&answer, query_id.to_owned());
                trim(&mut answer, fetch);
                Ok(Found::Answer(answer))
            }
            // It is done and nobody asked for rows; only how many there were is not known.
            Err(failure) if failure.class == Class::Final && fetch == Fetch::None => {
                let response = Response {
                    message: "SUCCESS".to_owned(),
                    code: Some("SUCCESS".to_owned()),
                    query_id: Some(query_id.to_owned()),
                    ..Response::default()
                };
                Ok(Found::Answer(Answer { response, ..Answer::default() }))
            }
            Err(failure) => Err(failure),
        }
    }

    /// Sends what tidies up, also after the session was stopped; waits no longer than a moment.
    fn send_last(&self, sql: &str) -> bool {
        let (Some(link), Ok(runtime)) = (&self.link, self.shared.handle()) else { return false };
        runtime.block_on(async {
            tokio::time::timeout(self.patience(), link.session.query(sql.to_owned()))
                .await
                .is_ok_and(|sent| sent.is_ok())
        })
    }

    /// How long what tidies up may take.
    fn patience(&self) -> Duration {
        if self.is_stopped() { LAST } else { GRACE }
    }

    /// Notes what a statement that succeeded did to the session.
    fn note(&mut self, statement: &Statement<'_>) {
        match statement.effect() {
            Effect::Begin => self.open = true,
            // Snowflake: a definition commits what is open.
            Effect::Commit | Effect::Rollback | Effect::Definition => self.open = false,
            Effect::Other => {}
        }
        self.temporary |= statement.makes_temporary();
        if let Some(tag) = statement.query_tag() {
            self.tag.clone_from(&tag);
            if let Some(link) = &mut self.link {
                link.tag = tag;
            }
        }
        if let Some(warehouse) = statement.warehouse() {
            self.warehouse = Some(warehouse.clone());
            if let Some(link) = &mut self.link {
                link.warehouse = Some(warehouse);
            }
        }
    }

    fn commented(&self, text: &str) -> String {
        match &self.comment {
            None => text.to_owned(),
            Some((comment, CommentPlace::Before)) => format!("/* {comment} */\n{text}"),
            // A comment to the end of the line would swallow what follows it, so it stands on a line of its own.
            Some((comment, CommentPlace::Behind)) => format!("{text}\n/* {comment} */"),
        }
    }

    /// Runs a single statement of our own.
    fn own(&mut self, sql: &str) -> Result<Answer, AdapterError> {
        self.execute(sql, Fetch::None)
    }
}

/// Sends a statement and reads as much of its answer as is wanted.
async fn read(handle: snowflake_connector_rs::QueryHandle, fetch: Fetch) -> snowflake_connector_rs::Result<Answer> {
    let mut cursor = handle.execute().await?;
    let query_id = cursor.query_id().to_owned();
    let mut table = convert::columns(cursor.schema());
    let limit = match fetch {
        Fetch::All => usize::MAX,
        Fetch::Limit(limit) => limit,
        // The counts of a change, or the one line of a definition: it lies in the answer itself.
        Fetch::None => 1,
    };
    while table.rows.len() < limit {
        let Some(part) = cursor.next_table().await? else { break };
        convert::append(&part, limit, &mut table)?;
        if fetch == Fetch::None {
            break;
        }
    }
    let mut answer = Answer { table, response: Response::default() };
    answer.response = response(&answer, query_id);
    trim(&mut answer, fetch);
    Ok(answer)
}

/// So many rows that the counts of a change are among them.
fn widest(fetch: Fetch) -> Fetch {
    match fetch {
        Fetch::None | Fetch::Limit(0) => Fetch::Limit(1),
        other => other,
    }
}

fn trim(answer: &mut Answer, fetch: Fetch) {
    match fetch {
        Fetch::None => answer.table.rows.clear(),
        Fetch::Limit(limit) => answer.table.rows.truncate(limit),
        Fetch::All => {}
    }
}

/// dbt: `SUCCESS` and how many rows, which are the rows of the answer where it tells of no change.
fn response(answer: &Answer, query_id: String) -> Response {
    let table = &answer.table;
    let rows = convert::rows_changed(table).or_else(|| convert::rows_loaded(table)).unwrap_or(table.rows.len() as u64);
    Response {
        message: format!("SUCCESS {rows}"),
        code: Some("SUCCESS".to_owned()),
        rows_affected: Some(rows),
        query_id: Some(query_id),
    }
}

impl Session for SnowflakeSession {
    fn execute(&mut self, sql: &str, fetch: Fetch) -> Result<Answer, AdapterError> {
        let statements = split(sql);
        let is_control =
            |statement: &Statement<'_>| matches!(statement.effect(), Effect::Begin | Effect::Commit | Effect::Rollback);
        // dbt: what counts is the answer of the change, and not that of the commit behind it.
        let telling = statements.iter().rposition(|statement| !is_control(statement));
        let telling = telling.unwrap_or(statements.len().saturating_sub(1));
        let mut answer = Answer::default();
        let (mut at, mut begun, mut restarts) = (0, None, 0);
        while let Some(statement) = statements.get(at) {
            match self.run(statement, if at == telling { fetch } else { Fetch::None }) {
                Ok(given) => {
                    if at == telling {
                        answer = given;
                    }
                    match statement.effect() {
                        Effect::Begin => begun = Some(at),
                        Effect::Commit | Effect::Rollback | Effect::Definition => begun = None,
                        Effect::Other => {}
                    }
                    at += 1;
                }
                Err(Stopped::Lost(error)) => match begun {
                    Some(start) if restarts < RESTARTS && (!self.temporary || self.link.is_some()) => {
                        restarts += 1;
                        at = start;
                        self.shared.sleep(pause(restarts), &self.slot);
                    }
                    _ => {
                        let why = "the session was lost inside a transaction, whose work is undone";
                        let text = format!("{}\n{why}", error.text);
                        return Err(error.with_text(text));
                    }
                },
                Err(Stopped::Failed(error)) => return Err(error),
            }
        }
        Ok(answer)
    }

    fn begin(&mut self) -> Result<(), AdapterError> {
        if self.open {
            return Ok(());
        }
        self.own("begin").map(drop)
    }

    fn commit(&mut self) -> Result<(), AdapterError> {
        if !self.open {
            return Ok(());
        }
        let committed = self.own("commit");
        if committed.is_err() {
            // Whoever gets the session next would find the transaction still open.
            self.abandon();
        }
        self.open = false;
        committed.map(drop)
    }

    fn rollback(&mut self) -> Result<(), AdapterError> {
        if std::mem::take(&mut self.open) && !self.send_last("rollback") {
            // The server undoes the work of a session that is gone.
            self.link = None;
        }
        Ok(())
    }

    fn in_transaction(&self) -> bool {
        self.open
    }

    fn load(&mut self, request: &RowLoad<'_>) -> Result<Answer, AdapterError> {
        let statements = rows::statements(request);
        // One statement is a transaction by itself.
        let sql = match statements.as_slice() {
            [] => return Ok(Answer::default()),
            [single] => single.clone(),
            several if self.open => several.join(";\n"),
            several => format!("begin;\n{};\ncommit", several.join(";\n")),
        };
        let mut answer = match self.execute(&sql, Fetch::None) {
            Ok(answer) => answer,
            Err(error) => {
                self.rollback()?;
                return Err(error);
            }
        };
        let rows = rows::count(request.rows);
        answer.response.rows_affected = Some(rows);
        answer.response.message = format!("SUCCESS {rows}");
        Ok(answer)
    }

    fn load_files(&mut self, _: &FileLoad) -> Result<FileLoaded, AdapterError> {
        Err(AdapterError::new(ErrorKind::Other, "`netflix load` does not fill tables of Snowflake yet"))
    }

    fn adopt(&mut self, setting: Setting, value: Option<&str>) -> Option<String> {
        let value = value.filter(|value| !value.is_empty()).map(str::to_owned);
        match setting {
            Setting::QueryTag => {
                let login = self.shared.credentials.query_tag.clone();
                let before = std::mem::replace(&mut self.tag, value.filter(|tag| Some(tag) != login.as_ref()));
                before.or(login)
            }
            Setting::Warehouse => std::mem::replace(&mut self.warehouse, value),
        }
    }

    fn query_tag(&self) -> Option<String> {
        self.tag.clone().or_else(|| self.shared.credentials.query_tag.clone())
    }

    fn comment(&mut self, comment: Option<&str>, place: Option<CommentPlace>) -> bool {
        // Snowflake: comments before a statement are cut off in the history, so dbt puts its own behind.
        let place = place.unwrap_or(CommentPlace::Behind);
        self.comment = comment.map(|comment| (comment.to_owned(), place));
        true
    }

    fn rest(&mut self) {
        (self.tag, self.warehouse, self.comment, self.temporary) = (None, None, None, false);
        if let Some(link) = self.link.take().filter(|_| !self.open) {
            self.shared.keep(link);
        }
        self.open = false;
    }

    fn canceller(&self) -> Canceller {
        let (shared, slot) = (Arc::clone(&self.shared), Arc::clone(&self.slot));
        Canceller::new(move || {
            if let Ok(handle) = shared.handle() {
                slot.stop(&handle);
            }
        })
    }
}

impl Drop for SnowflakeSession {
    fn drop(&mut self) {
        if self.open && !self.is_stopped() {
            let _ = self.rollback();
        }
        self.rest();
    }
}
