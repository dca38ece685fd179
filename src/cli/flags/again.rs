//! The command line that an earlier command's options stand for.

use std::ffi::OsString;

use clap::CommandFactory;
use serde_json::{Map, Value};

use super::parse::command;
use super::table::FLAGS;
use super::tokens;

/// The words of a command with the options that an artifact keeps; what is as it is anyway is left out.
pub fn again<C: CommandFactory>(path: &[&str], values: &Map<String, Value>) -> Vec<OsString> {
    let mut root = command::<C>();
    root.build();
    let mut words: Vec<OsString> = vec![root.get_name().into()];
    let mut leaf = &root;
    for name in path {
        words.push((*name).into());
        leaf = leaf.find_subcommand(name).unwrap_or(leaf);
    }
    for flag in FLAGS.iter().filter(|flag| flag.is_of(leaf.get_name())) {
        let Some(value) = values.get(flag.name) else { continue };
        let is_empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        if !is_empty && *value != flag.preset_value() {
            words.extend(tokens::words(leaf, flag, value).into_iter().map(OsString::from));
        }
    }
    words
}
