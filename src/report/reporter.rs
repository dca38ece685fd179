//! One thread that reads every event and tells it: on the terminal, and in the log file.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::follow::{Follow, Left};
use super::github::{Annotations, GithubOptions, Summary};
use super::json::Envelope;
use super::junit::Junit;
use super::log_file::LogFile;
use super::progress::Progress;
use super::style::Paint;
use super::summary;
use super::text::{Wording, message};
use crate::diagnostic::{Class, Diagnostic, Result};
use crate::event::{Event, Events, Level, Sent};

/// How often the bars move.
const TICK: Duration = Duration::from_millis(100);

/// How long events may gather before they are told: waking this thread for each one costs the thread that sends it.
const LULL: Duration = Duration::from_millis(10);

/// How long to wait where there are no bars: any long time.
const IDLE: Duration = Duration::from_secs(3600);

/// The form of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineFormat {
    /// Time and text.
    Text,
    /// Time to the microsecond, level, thread and text.
    Debug,
    /// dbt's JSON envelope.
    Json,
}

/// Whether there is color.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colors {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// `--use-colors`.
    Always,
    /// `--no-use-colors`.
    Never,
}

/// What goes to the log file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileOptions {
    /// The file.
    pub path: PathBuf,
    /// `--log-format-file`.
    pub format: LineFormat,
    /// `--log-level-file`.
    pub level: Level,
    /// `--log-file-max-bytes`; 0 for no limit.
    pub max_bytes: u64,
    /// `--use-colors-file`.
    pub colors: bool,
}

/// How to report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportOptions {
    /// The id of this run of the program.
    pub invocation_id: String,
    /// The name of the program in commands that are shown.
    pub program: String,
    /// `--log-level` (`--debug` is `Level::Debug`); `None` for `none`.
    pub level: Option<Level>,
    /// `--log-format`.
    pub format: LineFormat,
    /// `--quiet`: errors and output only.
    pub quiet: bool,
    /// False for `--no-print`.
    pub print: bool,
    /// `--use-colors`.
    pub colors: Colors,
    /// `--printer-width`.
    pub width: usize,
    /// Whether bars may be drawn where there is a terminal.
    pub progress: bool,
    /// The log file; `None` for `--log-level-file none`.
    pub file: Option<FileOptions>,
    /// Values that must not be shown.
    pub secrets: Vec<String>,
    /// The variables `DBT_ENV_CUSTOM_ENV_*`, without the prefix.
    pub extra: BTreeMap<String, String>,
    /// Whether `NO_COLOR` is set; the environment is read elsewhere.
    pub no_color: bool,
    /// `--show-resource-report`.
    pub resource_report: bool,
    /// Where results are written as JUnit XML.
    pub junit: Option<PathBuf>,
    /// A file that gets every event as a JSON line at once, for programs that run us.
    pub events: Option<PathBuf>,
    /// What GitHub is told, where it runs us.
    pub github: GithubOptions,
}

impl ReportOptions {
    /// The usual: text at info with color and bars where there is a terminal, no log file.
    pub fn new(invocation_id: impl Into<String>) -> Self {
        Self {
            invocation_id: invocation_id.into(),
            program: "netflix".to_owned(),
            level: Some(Level::Info),
            format: LineFormat::Text,
            quiet: false,
            print: true,
            colors: Colors::Auto,
            width: 80,
            progress: true,
            file: None,
            secrets: Vec::new(),
            extra: BTreeMap::new(),
            no_color: false,
            resource_report: false,
            junit: None,
            events: None,
            github: GithubOptions::default(),
        }
    }

    /// The least level that anything here tells: what is below need not be sent.
    pub fn least_level(&self) -> Option<Level> {
        // Without any reader only errors remain, which cost nothing by being rare.
        let terminal = if self.quiet { Level::Error } else { self.level.unwrap_or(Level::Error) };
        let least = self.file.as_ref().map_or(terminal, |file| terminal.min(file.level));
        if self.events.is_some() {
            return Some(Level::Debug);
        }
        let follows = self.junit.is_some() || self.github.annotations || self.github.summary.is_some();
        Some(if follows { least.min(Level::Info) } else { least })
    }
}

/// What is known when all was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finished {
    /// Whether the reader of standard output went away.
    pub output_closed: bool,
}

/// The running thread.
#[derive(Debug)]
pub struct Reporter {
    thread: JoinHandle<Finished>,
}

impl Reporter {
    /// Starts to report to standard output; fails when the log file cannot be opened.
    pub fn start(options: ReportOptions, receiver: Receiver<Option<Sent>>) -> Result<Self> {
        let terminal = io::stdout().is_terminal();
        let watched = terminal && io::stderr().is_terminal();
        Self::start_on(options, receiver, Output { writer: Box::new(io::stdout()), terminal, watched })
    }

    /// Starts to report to a given output.
    pub fn start_on(options: ReportOptions, receiver: Receiver<Option<Sent>>, output: Output) -> Result<Self> {
        let mut state = State::new(options, output)?;
        let thread = std::thread::Builder::new()
            .name("reporter".to_owned())
            .spawn(move || state.run(&receiver))
            .map_err(|error| Box::new(Diagnostic::error(Class::Internal, format!("cannot start a thread: {error}"))))?;
        Ok(Self { thread })
    }

    /// Waits until everything that was sent so far is told and written.
    pub fn finish(self, events: &Events) -> Finished {
        events.close();
        self.thread.thread().unpark();
        self.thread.join().unwrap_or(Finished { output_closed: false })
    }
}

/// Where text goes.
pub struct Output {
    /// The stream.
    pub writer: Box<dyn Write + Send>,
    /// Whether a terminal shows it.
    pub terminal: bool,
    /// Whether bars may be drawn beside it.
    pub watched: bool,
}

struct State {
    options: ReportOptions,
    envelope: Envelope,
    wording: Wording,
    output: Option<Box<dyn Write + Send>>,
    output_closed: bool,
    file: Option<(LogFile, FileOptions)>,
    progress: Option<Progress>,
    followers: Vec<Box<dyn Follow>>,
    events: Option<File>,
}

impl State {
    fn new(options: ReportOptions, output: Output) -> Result<Self> {
        let colored = match options.colors {
            Colors::Always => true,
            Colors::Never => false,
            Colors::Auto => output.terminal && !options.no_color,
        };
        let paint = if colored { Paint::Colored } else { Paint::Plain };
        let wording = Wording { paint, width: options.width, excerpts: true, quiet: options.quiet };
        let file = match &options.file {
            None => None,
            Some(file) => {
                let log = LogFile::open(&file.path, file.max_bytes).map_err(|error| {
                    let message = format!("cannot open the log file `{}`: {error}", file.path.display());
                    Box::new(Diagnostic::error(Class::File, message).help("choose another folder with `--log-path`"))
                })?;
                Some((log, file.clone()))
            }
        };
        let events = match &options.events {
            None => None,
            Some(path) => Some(File::options().create(true).append(true).open(path).map_err(|error| {
                Box::new(Diagnostic::error(Class::File, format!("cannot open `{}`: {error}", path.display())))
            })?),
        };
        let bars = options.progress
            && output.watched
            && options.format == LineFormat::Text
            && !options.quiet
            && options.level == Some(Level::Info);
        Ok(Self {
            envelope: Envelope {
                invocation_id: options.invocation_id.clone(),
                extra: options.extra.clone(),
                // dbt: messages in JSON are colored unless `--no-use-colors` is given, whoever reads them.
                paint: if options.no_color || options.colors == Colors::Never { Paint::Plain } else { Paint::Colored },
            },
            wording,
            output: Some(output.writer),
            output_closed: false,
            file,
            progress: bars.then(Progress::default),
            followers: followers(&options),
            events,
            options,
        })
    }

    fn run(&mut self, receiver: &Receiver<Option<Sent>>) -> Finished {
        loop {
            let next = if let Ok(next) = receiver.try_recv() {
                next
            } else {
                self.flush();
                std::thread::park_timeout(LULL);
                if let Ok(next) = receiver.try_recv() {
                    let Some(sent) = next else { break };
                    self.take(&sent);
                    continue;
                }
                let patience = if self.progress.is_some() { TICK } else { IDLE };
                match receiver.recv_timeout(patience) {
                    Ok(next) => next,
                    Err(RecvTimeoutError::Disconnected) => None,
                    Err(RecvTimeoutError::Timeout) => {
                        if let Some(progress) = &mut self.progress {
                            progress.tick();
                        }
                        continue;
                    }
                }
            };
            let Some(sent) = next else { break };
            self.take(&sent);
        }
        if let Some(progress) = &mut self.progress {
            progress.clear();
        }
        self.flush();
        Finished { output_closed: self.output_closed }
    }

    fn take(&mut self, sent: &Sent) {
        if matches!(sent.event, Event::Print { .. }) && !self.options.print {
            return;
        }
        self.tell(sent);
        if !self.followers.is_empty() {
            self.follow(&sent.event);
        }
        if let Event::RunFinished { results, interrupted } = &sent.event {
            for event in summary::events(results, *interrupted, &self.options.program) {
                self.tell(&Sent { event, at: sent.at, thread: sent.thread.clone() });
            }
        }
    }

    fn follow(&mut self, event: &Event) {
        let left: Vec<Left> = self.followers.iter_mut().flat_map(|follower| follower.follow(event)).collect();
        for left in left {
            let done = match left {
                Left::Line(line) => {
                    let line = self.scrub(&line);
                    // Lines of JSON stay alone on their stream; GitHub reads both.
                    if self.options.format == LineFormat::Json {
                        writeln!(io::stderr(), "{line}")
                    } else {
                        self.print(&line);
                        Ok(())
                    }
                }
                Left::File(path, text) => write_whole(&path, &self.scrub(&text)),
                Left::Appended(path, text) => OpenOptions::new()
                    .create(true)
                    .append(true)
                    .open(path)
                    .and_then(|mut file| writeln!(file, "{}", self.scrub(&text))),
            };
            if let Err(error) = done {
                // A report that cannot be written must not fail the run, but must not be missed either.
                let tag = self.wording.paint.warning_tag(&format!("a report could not be written: {error}"), None);
                self.print(&tag);
            }
        }
    }

    fn tell(&mut self, sent: &Sent) {
        self.tell_file(sent);
        if self.events.is_some() {
            let line = self.scrub(&self.envelope.line(sent, self.options.width));
            let told = self.events.as_mut().map(|file| file.write_all(format!("{line}\n").as_bytes()));
            if told.is_some_and(|told| told.is_err()) {
                // Whoever wanted them is gone.
                self.events = None;
            }
        }
        if let Some(progress) = &mut self.progress {
            progress.follow(&sent.event);
        }
        if !self.is_shown(&sent.event) {
            return;
        }
        let line = self.scrub(&self.line(sent, self.options.format, self.wording));
        self.print(&line);
    }

    fn print(&mut self, line: &str) {
        let Some(output) = &mut self.output else { return };
        let mut print = || writeln!(output, "{line}");
        let written = match &self.progress {
            Some(progress) => progress.suspend(print),
            None => print(),
        };
        if written.is_err() {
            // The reader went away (`| head`): go on without a word, the log file has it all.
            self.output = None;
            self.output_closed = true;
        }
    }

    fn is_shown(&self, event: &Event) -> bool {
        let Some(level) = self.options.level else { return false };
        if event.is_output() {
            return true;
        }
        let level = if self.options.quiet { Level::Error } else { level };
        if self.options.resource_report && matches!(event, Event::ResourceReport { .. }) {
            return level <= Level::Info;
        }
        // The bars say what is running.
        let told_by_bars = self.progress.is_some()
            && matches!(
                event,
                Event::LogStartLine { .. } | Event::LogFreshnessStart { .. } | Event::LoadStarted { .. }
            );
        event.level() >= level && !told_by_bars
    }

    fn tell_file(&mut self, sent: &Sent) {
        let event = &sent.event;
        // dbt: `clean` may be removing the very folder of the log.
        let cleaning = matches!(
            event,
            Event::CheckCleanPath { .. }
                | Event::ConfirmCleanPath { .. }
                | Event::ProtectedCleanPath { .. }
                | Event::FinishedCleanPaths
        );
        let Some((_, options)) = &self.file else { return };
        if cleaning || (event.level() < options.level && !event.is_output()) {
            return;
        }
        let paint = if options.colors { Paint::Colored } else { Paint::Plain };
        let line = self.scrub(&self.line(sent, options.format, Wording { paint, ..self.wording }));
        if let Some((log, _)) = &mut self.file
            && log.write_line(&line).is_err()
        {
            // A full disk must not stop the run.
            self.file = None;
        }
    }

    fn line(&self, sent: &Sent, format: LineFormat, wording: Wording) -> String {
        let text = || message(&sent.event, wording);
        match format {
            LineFormat::Json => self.envelope.line(sent, wording.width),
            LineFormat::Text if sent.event.is_output() => text(),
            LineFormat::Text => format!("{}  {}", sent.at.format("%H:%M:%S"), text()),
            LineFormat::Debug => {
                let time = sent.at.format("%H:%M:%S%.6f").to_string();
                let start = if matches!(sent.event, Event::MainReportVersion { .. }) {
                    let rule = "=".repeat(30);
                    format!("\n\n{rule} {time} | {} {rule}\n", self.options.invocation_id)
                } else {
                    String::new()
                };
                format!("{start}{time} [{:<5}] [{:<10.10}]: {}", sent.event.level(), sent.thread, text())
            }
        }
    }

    fn scrub(&self, line: &str) -> String {
        let mut line = line.to_owned();
        for secret in self.options.secrets.iter().filter(|secret| !secret.is_empty()) {
            if line.contains(secret.as_str()) {
                line = line.replace(secret.as_str(), "*****");
            }
        }
        line
    }

    fn flush(&mut self) {
        if let Some(output) = &mut self.output
            && output.flush().is_err()
        {
            self.output = None;
            self.output_closed = true;
        }
        if let Some((log, _)) = &mut self.file {
            // As above: the run is more important than its log.
            let _ = log.flush();
        }
    }
}

fn followers(options: &ReportOptions) -> Vec<Box<dyn Follow>> {
    let mut followers: Vec<Box<dyn Follow>> = Vec::new();
    if options.github.annotations {
        followers.push(Box::new(Annotations { folder: options.github.folder.clone() }));
    }
    if let Some(path) = &options.github.summary {
        followers.push(Box::new(Summary::new(path.clone())));
    }
    if let Some(path) = &options.junit {
        followers.push(Box::new(Junit { path: path.clone() }));
    }
    followers
}

fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::outcome::{NodeFacts, NodeInfo, RunResult, RunResults, Status};

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Closed;

    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn report(options: ReportOptions, told: Vec<Event>) -> String {
        let memory = Memory::default();
        let (events, receiver) = Events::channel();
        let output = Output { writer: Box::new(memory.clone()), terminal: false, watched: false };
        let reporter = Reporter::start_on(options, receiver, output).unwrap();
        told.into_iter().for_each(|event| events.send(event));
        reporter.finish(&events);
        let text = String::from_utf8(memory.0.lock().unwrap().clone()).unwrap();
        // The time in front of a line is eight characters and differs from run to run.
        let line = |line: &str| match line.as_bytes() {
            [_, _, b':', _, _, b':', _, _, b' ', ..] => line[8..].trim_end().to_owned(),
            _ => line.to_owned(),
        };
        text.lines().map(line).collect::<Vec<_>>().join("\n")
    }

    fn failing_test() -> Event {
        let facts = NodeFacts {
            unique_id: "test.shop.unique_a_id.1".into(),
            resource_type: "test".into(),
            name: "unique_a_id".into(),
            original_file_path: "models/schema.yml".into(),
            line: Some(12),
            ..NodeFacts::default()
        };
        let result = RunResult {
            message: Some("Got 1 result, configured to fail if != 0".into()),
            failures: Some(1),
            expected: Some("every value of `id` is different".into()),
            compiled_path: Some("target/compiled/a.sql".into()),
            ..RunResult::new(NodeInfo::new(Arc::new(facts)), Status::Fail)
        };
        let results = RunResults::new(vec![Arc::new(result)], 1.0, serde_json::Map::new());
        Event::RunFinished { results: Arc::new(results), interrupted: false }
    }

    #[test]
    fn the_summary_says_where_what_and_how_to_look() {
        let expected = "
  Completed with 1 error, 0 partial successes, and 0 warnings:

  [ERROR]: in test unique_a_id (models/schema.yml)
    Got 1 result, configured to fail if != 0
  expected: every value of `id` is different
  --> models/schema.yml:12

    compiled code at target/compiled/a.sql
    show the rows with: netflix show --select unique_a_id

  Done. PASS=0 WARN=0 ERROR=1 SKIP=0 NO-OP=0 REUSED=0 TOTAL=1";
        assert_eq!(report(ReportOptions::new("id"), vec![failing_test()]), expected);
    }

    #[test]
    fn quiet_keeps_output_and_secrets_are_hidden() {
        let options = ReportOptions { quiet: true, secrets: vec!["hunter2".into()], ..ReportOptions::new("id") };
        let told = vec![
            Event::Note { level: Level::Info, message: "unseen".into() },
            Event::Note { level: Level::Error, message: "hunter2 refused".into() },
            Event::Print { message: "rows".into() },
        ];
        assert_eq!(report(options, told), "  [ERROR]: ***** refused\nrows");
    }

    #[test]
    fn a_reader_that_goes_away_is_no_error() {
        let (events, receiver) = Events::channel();
        let output = Output { writer: Box::new(Closed), terminal: false, watched: false };
        let reporter = Reporter::start_on(ReportOptions::new("id"), receiver, output).unwrap();
        events.send(Event::blank());
        events.send(failing_test());
        assert!(reporter.finish(&events).output_closed);
    }
}
