//! Colors and the shape of progress lines.

use anstyle::{AnsiColor, Style};

/// Whether to color.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// With ANSI colors.
    Colored,
    /// Text alone.
    Plain,
}

impl Paint {
    /// Failures.
    pub fn red(self, text: &str) -> String {
        self.paint(text, AnsiColor::Red.on_default())
    }

    /// Success.
    pub fn green(self, text: &str) -> String {
        self.paint(text, AnsiColor::Green.on_default())
    }

    /// What should be looked at.
    pub fn yellow(self, text: &str) -> String {
        self.paint(text, AnsiColor::Yellow.on_default())
    }

    /// What is only for orientation.
    pub fn dim(self, text: &str) -> String {
        self.paint(text, Style::new().dimmed())
    }

    /// What leads the eye.
    pub fn bold(self, text: &str) -> String {
        self.paint(text, Style::new().bold())
    }

    /// `[ERROR]: text`.
    pub fn error_tag(self, text: &str) -> String {
        format!("[{}]: {text}", self.red("ERROR"))
    }

    /// `[WARNING]: text`, or `[WARNING][Name]: text`.
    pub fn warning_tag(self, text: &str, name: Option<&str>) -> String {
        match name {
            Some(name) => format!("[{}][{name}]: {text}", self.yellow("WARNING")),
            None => format!("[{}]: {text}", self.yellow("WARNING")),
        }
    }

    fn paint(self, text: &str, style: Style) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Colored => format!("{style}{text}{style:#}"),
        }
    }
}

/// Where a line stands among its fellows.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// From 1.
    pub index: usize,
    /// Of how many.
    pub total: usize,
}

/// A progress line: `2 of 10 OK created sql view model main.a ........ [OK in 0.12s]`.
///
/// dbt: dots fill up to the printer's width; log readers take such lines apart.
pub fn progress_line(place: Option<Place>, message: &str, status: &str, seconds: Option<f64>, width: usize) -> String {
    let mut line = match place {
        Some(Place { index, total }) => format!("{index} of {total} {message} "),
        None => format!("{message} "),
    };
    let length = line.chars().count();
    line.extend(std::iter::repeat_n('.', width.saturating_sub(length)));
    match seconds {
        Some(seconds) => format!("{line} [{status} in {seconds:.2}s]"),
        None => format!("{line} [{status}]"),
    }
}

/// `1 error`, `2 errors`.
pub fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_as_wide_as_dbts() {
        let line = progress_line(Some(Place { index: 2, total: 10 }), "START sql view model main.a", "RUN", None, 80);
        assert_eq!(line, "2 of 10 START sql view model main.a ............................................ [RUN]");
    }
}
