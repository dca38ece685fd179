//! The Snowflake target over the wire: the program runs against a server of Snowflake's protocol that was not written
//! for it (fakesnow, behind `tests/support/fakesnow_json.py`), and the server's log tells what was sent.
//!
//! The server needs the Python of `NETFLIX_TEST_PYTHON` (`tests/requirements.txt`); without it the tests are skipped,
//! unless `NETFLIX_TEST_REQUIRE` is set.

mod account;
mod analytics;
mod debug;
mod definitions;
mod faults;
mod fixtures;
mod lock;
mod logins;
mod secrets;
mod server;
mod sessions;
mod sql;
mod stages;
mod together;

#[path = "../cli/project.rs"]
#[allow(dead_code)]
mod project;
#[path = "../cli/python_tools.rs"]
mod python_tools;
