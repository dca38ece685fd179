//! The Python whose packages some tests need, as servers or as independent readers.

use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Python with a package: that of the variable `NETFLIX_TEST_PYTHON`, made from `tests/requirements.txt`.
///
/// Without it the test says that it is skipped, unless `NETFLIX_TEST_REQUIRE` is set: then it fails.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
pub fn with(package: &str) -> Option<PathBuf> {
    let python = std::env::var_os("NETFLIX_TEST_PYTHON").map(PathBuf::from);
    let found = python.filter(|python| {
        let import = Command::new(python).args(["-c", &format!("import {package}")]).stderr(Stdio::null()).status();
        import.is_ok_and(|status| status.success())
    });
    if found.is_none() {
        let reason = format!("`NETFLIX_TEST_PYTHON` names no Python with `{package}` (tests/requirements.txt)");
        assert!(std::env::var_os("NETFLIX_TEST_REQUIRE").is_none(), "{reason}");
        eprintln!("skipped: {reason}");
    }
    found
}
