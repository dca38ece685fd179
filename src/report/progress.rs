//! The bar and the running nodes, for people who watch.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::event::Event;

/// Running nodes that get a line of their own.
const LINES: usize = 8;

/// One bar, and a line for each running node with its seconds.
pub struct Progress {
    multi: MultiProgress,
    bar: Option<ProgressBar>,
    running: VecDeque<Running>,
    more: Option<ProgressBar>,
}

struct Running {
    id: String,
    name: String,
    since: Instant,
    line: Option<ProgressBar>,
}

impl Default for Progress {
    fn default() -> Self {
        let target = ProgressDrawTarget::stderr_with_hz(10);
        Self { multi: MultiProgress::with_draw_target(target), bar: None, running: VecDeque::new(), more: None }
    }
}

impl Progress {
    /// Follows an event.
    pub fn follow(&mut self, event: &Event) {
        match event {
            Event::ConcurrencyLine { nodes, .. } if *nodes > 0 => self.begin(*nodes),
            Event::LogStartLine { node, .. } | Event::LogFreshnessStart { node, .. } => {
                self.start(&node.facts.unique_id, &node.facts.description());
            }
            Event::LoadStarted { table, .. } => self.start(table, &format!("load {table}")),
            Event::LogResult { result, .. } => {
                self.end(&result.facts().unique_id);
                self.advance();
            }
            Event::LogFreshnessResult { result, .. } => {
                self.end(&result.node.facts.unique_id);
                self.advance();
            }
            Event::LoadedTable { table, .. } | Event::LoadFailed { table, .. } => self.end(table),
            Event::FinishedRunningStats { .. } | Event::RunFinished { .. } | Event::MainEncounteredError { .. } => {
                self.clear();
            }
            _ => {}
        }
    }

    /// Lets something be printed above.
    pub fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        self.multi.suspend(print)
    }

    /// Brings the seconds up to date.
    pub fn tick(&mut self) {
        for running in &self.running {
            if let Some(line) = &running.line {
                line.set_message(label(&running.name, running.since.elapsed()));
                line.tick();
            }
        }
        if let Some(bar) = &self.bar {
            bar.tick();
        }
    }

    /// Removes everything from the screen.
    pub fn clear(&mut self) {
        for running in self.running.drain(..) {
            if let Some(line) = running.line {
                line.finish_and_clear();
            }
        }
        for bar in self.more.take().into_iter().chain(self.bar.take()) {
            bar.finish_and_clear();
        }
        // A failure to clear a terminal that is gone changes nothing.
        let _ = self.multi.clear();
    }

    fn begin(&mut self, nodes: usize) {
        self.clear();
        let bar = self.multi.add(ProgressBar::new(nodes as u64));
        bar.set_style(style("  {bar:32.green/dim} {pos}/{len}  {elapsed}").progress_chars("━━╌"));
        bar.tick();
        self.bar = Some(bar);
    }

    fn advance(&self) {
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
    }

    fn start(&mut self, id: &str, name: &str) {
        self.running.push_back(Running { id: id.to_owned(), name: name.to_owned(), since: Instant::now(), line: None });
        self.arrange();
    }

    fn end(&mut self, id: &str) {
        if let Some(at) = self.running.iter().position(|running| running.id == id) {
            if let Some(line) = self.running.remove(at).and_then(|running| running.line) {
                line.finish_and_clear();
                self.multi.remove(&line);
            }
            self.arrange();
        }
    }

    /// Gives lines to the nodes that have run longest, and one line to the number of the others.
    fn arrange(&mut self) {
        for running in self.running.iter_mut().take(LINES).filter(|running| running.line.is_none()) {
            let line = ProgressBar::new_spinner();
            let line = match &self.more {
                Some(more) => self.multi.insert_before(more, line),
                None => self.multi.add(line),
            };
            line.set_style(style("  {spinner:.cyan} {msg}"));
            line.set_message(label(&running.name, running.since.elapsed()));
            line.tick();
            running.line = Some(line);
        }
        let others = self.running.len().saturating_sub(LINES);
        if others == 0 {
            if let Some(more) = self.more.take() {
                more.finish_and_clear();
                self.multi.remove(&more);
            }
            return;
        }
        let more = self.more.get_or_insert_with(|| {
            let more = self.multi.add(ProgressBar::new_spinner());
            more.set_style(style("    {msg:.dim}"));
            more
        });
        more.set_message(format!("and {others} more"));
        more.tick();
    }
}

fn label(name: &str, elapsed: Duration) -> String {
    format!("{name}  {:.1}s", elapsed.as_secs_f64())
}

fn style(template: &str) -> ProgressStyle {
    // The templates are constants of this file; a wrong one costs only its looks.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}
