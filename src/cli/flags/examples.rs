//! Examples at the end of each command's help: what a person who meets the command first wants to type.
//!
//! A test reads every one of them with the command line that they are shown for.

use clap::Command;

/// Examples by command, each with what it does; the program's name precedes them.
const EXAMPLES: &[(&str, &[(&str, &str)])] = &[
    (
        "build",
        &[
            ("build", "everything, in dependency order"),
            ("build --select +marts.audience", "one folder of models with all that it reads"),
            (
                "build --select state:modified+ --defer --state prod",
                "what a change touches, against production's artifacts",
            ),
            ("build --empty", "with no rows: do the types and names fit?"),
        ],
    ),
    (
        "run",
        &[
            ("run --select marts.audience", "a folder of models"),
            ("run --select stg_orders+ --exclude tag:nightly", "a model and its readers, some left out"),
            ("run --select orders --full-refresh", "build an incremental model anew"),
            ("run --target prod --vars '{cutoff: 2024-01-01}'", "another target, and a variable"),
        ],
    ),
    ("seed", &[("seed --select countries --full-refresh", "make one seed's table anew")]),
    ("snapshot", &[("snapshot --select orders_history", "one snapshot")]),
    (
        "test",
        &[
            ("test --select orders", "all tests of a model"),
            ("test --select test_type:unit", "unit tests alone"),
            ("test --select source:raw --store-failures", "tests of sources, with the rows that fail kept"),
        ],
    ),
    ("load", &[("load --select source:raw.ratings", "read one table's files again, if they changed")]),
    (
        "compile",
        &[
            ("compile --select orders", "show a model's SQL"),
            ("compile --inline \"select * from {{ ref('orders') }}\"", "show the SQL of a template"),
            ("compile --locked", "with the answers of netflix.lock: without connecting"),
        ],
    ),
    (
        "check",
        &[
            ("check", "the whole project"),
            ("check --select state:modified --state prod --output github", "in a pull request"),
        ],
    ),
    ("lock", &[("lock", "write netflix.lock"), ("lock --check", "does it still hold?")]),
    (
        "show",
        &[
            ("show --select orders --limit 20", "the first rows of a model"),
            ("show --inline \"select count(*) from {{ ref('orders') }}\"", "the rows of a query"),
        ],
    ),
    (
        "list",
        &[
            ("list --select +orders --resource-type model", "the models that one reads"),
            ("list --select column:stg_orders.amount+", "everything that a column reaches"),
            ("list --output json --output-keys name config.materialized", "for a program"),
        ],
    ),
    ("clone", &[("clone --state prod", "what production has, into this target's schemas")]),
    ("retry", &[("retry", "what failed or was skipped in target/run_results.json")]),
    (
        "run-operation",
        &[
            ("run-operation grant_select --args '{role: reporter}'", "call a macro"),
            ("run-operation codegen.generate_source --args '{schema_name: raw}'", "call a package's macro"),
        ],
    ),
    ("parse", &[("parse", "is the project sound? target/manifest.json is written")]),
    ("init", &[("init shop", "a folder `shop` with a project that builds at once")]),
    ("debug", &[("debug", "all steps"), ("debug --connection", "the connection alone")]),
    (
        "deps",
        &[
            ("deps", "install what packages.yml asks for"),
            ("deps --add-package dbt-labs/dbt_utils@1.3.0", "add a package, then install"),
        ],
    ),
    ("clean", &[("clean", "remove target and dbt_packages")]),
    ("docs", &[("docs", "make the documentation and open it"), ("docs --no-browser", "only make target/index.html")]),
    ("docs generate", &[("docs generate", "manifest.json, catalog.json and index.html in target")]),
    ("docs site", &[("docs site --target-path prod", "from the artifacts of another run")]),
    ("docs serve", &[("docs serve --port 8081", "at http://localhost:8081")]),
    (
        "docs lineage",
        &[
            ("docs lineage --select +orders --format mermaid", "for a README"),
            ("docs lineage --select orders+ --format text", "in the terminal"),
        ],
    ),
    ("docs inherit", &[("docs inherit --write", "put inherited descriptions and tests into the YAML files")]),
    ("export powerbi", &[("export powerbi --output report", "a folder that Power BI Desktop opens")]),
    ("source freshness", &[("source freshness --select source:raw", "one source's tables")]),
    ("completions", &[("completions bash", "print; write it where your shell looks for completions")]),
    ("man", &[("man", "print the manual")]),
];

/// The command with its examples.
pub fn add(root: Command) -> Command {
    EXAMPLES.iter().fold(root, |root, (path, examples)| {
        let words: Vec<&str> = path.split(' ').collect();
        at(root, &words, &text(examples))
    })
}

fn at(command: Command, path: &[&str], text: &str) -> Command {
    match path.split_first() {
        None => command.after_help(text.to_owned()),
        Some((name, _)) if command.find_subcommand(name).is_none() => command,
        Some((name, rest)) => command.mut_subcommand(name, |inner| at(inner, rest, text)),
    }
}

fn text(examples: &[(&str, &str)]) -> String {
    let lines = examples.iter().map(|(line, what)| format!("  netflix {line}\n      {what}"));
    format!("Examples:\n{}", lines.collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_a_command_line_of_its_command() {
        let root = crate::cli::flags::command::<crate::cli::main::Cli>();
        for (path, examples) in EXAMPLES {
            let mut found = &root;
            for word in path.split(' ') {
                found = found.find_subcommand(word).unwrap_or_else(|| panic!("no command `{path}`"));
            }
            for (line, _) in *examples {
                assert!(line.starts_with(path), "`{line}` is not of `{path}`");
                let words = words(line);
                let read = root.clone().try_get_matches_from(std::iter::once("netflix".to_owned()).chain(words));
                assert!(read.is_ok(), "`{line}`: {}", read.unwrap_err());
            }
        }
    }

    #[test]
    fn every_command_has_examples() {
        let root = crate::cli::flags::command::<crate::cli::main::Cli>();
        for command in root.get_subcommands().filter(|command| command.get_name() != "help") {
            let name = command.get_name();
            let has = EXAMPLES.iter().any(|(path, _)| path.split(' ').next() == Some(name));
            assert!(has, "`{name}` has none");
        }
    }

    /// The words of a shell's line.
    fn words(line: &str) -> Vec<String> {
        let (mut words, mut quote, mut word) = (Vec::new(), None, String::new());
        for letter in line.chars() {
            match (quote, letter) {
                (Some(open), letter) if open == letter => quote = None,
                (None, '\'' | '"') => quote = Some(letter),
                (None, ' ') => words.push(std::mem::take(&mut word)),
                _ => word.push(letter),
            }
        }
        words.push(word);
        words
    }
}
