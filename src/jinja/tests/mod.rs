//! What templates do, seen from outside.

mod blocks;
mod errors;
mod expressions;
mod fuzz;
mod macros;
mod trace;

use std::sync::Arc;

use minijinja::Value;

use crate::diagnostic::{Diagnostic, SourceFile};

use super::python::{self, ParseUndefined};
use super::{Engine, Library, Rendered, Scope};

/// A scope with a few variables.
struct Fixture {
    parsing: bool,
}

impl Scope for Fixture {
    fn get(&self, name: &str) -> Option<Value> {
        Some(match name {
            "execute" => Value::from(!self.parsing),
            "x" => Value::from(5),
            "s" => Value::from("hello"),
            "lst" => python::list(vec![Value::from(3), Value::from(1), Value::from(2)]),
            "d" => python::dict([(Value::from("a"), Value::from(1)), (Value::from("b"), Value::from(2))]),
            "rows" => python::value_from_json(
                &serde_json::json!([{"n": "b", "v": 2}, {"n": "a", "v": 1}, {"n": "B", "v": 3}]),
            ),
            _ => return None,
        })
    }

    fn package(&self) -> &str {
        "p"
    }

    fn names(&self) -> Vec<String> {
        ["execute", "x", "s", "lst", "d", "rows", "customers"].map(String::from).to_vec()
    }

    fn undefined(&self, name: &str) -> Option<Value> {
        self.parsing.then(|| ParseUndefined::value(name))
    }

    fn lenient(&self) -> bool {
        self.parsing
    }
}

fn scope() -> Arc<dyn Scope> {
    Arc::new(Fixture { parsing: false })
}

fn parsing() -> Arc<dyn Scope> {
    Arc::new(Fixture { parsing: true })
}

/// An engine with the macros of the root project `p`, of a package `q` and of our own package `dbt`.
fn engine(p: &str, q: &str, dbt: &str) -> Engine {
    let mut library = Library::new("p", &["dbt_duckdb", "dbt"], &["duckdb"]);
    for (package, text) in [("p", p), ("q", q), ("dbt", dbt)] {
        library.add_package(package);
        library.add_file(package, &SourceFile::new(format!("macros/{package}.sql"), text)).unwrap();
    }
    Engine::new(library)
}

fn render_with(engine: &Engine, text: &str) -> Result<Rendered, Box<Diagnostic>> {
    let source = SourceFile::new("models/m.sql", text);
    let template = engine.template(&source, 0..text.len(), "model m")?;
    engine.render(&template, &scope())
}

fn text(engine: &Engine, template: &str) -> String {
    match render_with(engine, template) {
        Ok(rendered) => rendered.text,
        Err(error) => panic!("{template}: {error}\n{:?}\n{:?}", error.labels, error.trace),
    }
}

fn failure(engine: &Engine, template: &str) -> Diagnostic {
    match render_with(engine, template) {
        Ok(rendered) => panic!("{template} gave {:?}", rendered.text),
        Err(error) => *error,
    }
}

/// The text that the first label of a diagnostic marks.
fn marked(diagnostic: &Diagnostic) -> &str {
    let span = &diagnostic.labels[0].span;
    &span.source.text()[span.range.clone()]
}
