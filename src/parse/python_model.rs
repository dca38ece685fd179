//! A Python model's file -> what it refers to and how it is configured, without running it.
//!
//! The syntax tree tells: calls of `dbt.ref`, `dbt.source`, `dbt.config`, `dbt.config.get` and `dbt.config.meta_get`
//! whose arguments are literals. dbt: `ModelParser.parse_python_model`.

use std::sync::Arc;

use serde_json::{Map, Value};
use tree_sitter::{Node, Parser};

use super::python_literal::literal;
use crate::diagnostic::{Class, Diagnostic, Result, SourceFile, Span};
use crate::jinja::Recorder;
use crate::manifest::RefCall;

/// Reads the code of a model, which starts at `offset` of its file, and tells the recorder what it asks for.
///
/// # Errors
/// The code is no Python, has not exactly one function `model`, or calls dbt with something that is no literal.
pub fn read(source: &Arc<SourceFile>, offset: usize, code: &str, path: &str, recorder: &Recorder) -> Result<()> {
    let file = File { source, offset, code };
    let mut parser = Parser::new();
    let language = parser.set_language(&tree_sitter_python::LANGUAGE.into());
    let Some(tree) = language.ok().and_then(|()| parser.parse(code, None)) else {
        return Err(Box::new(Diagnostic::error(Class::Internal, format!("`{path}` cannot be read as Python"))));
    };
    let module = tree.root_node();
    if module.has_error() {
        return Err(file.no_python(module, path));
    }
    if children(module).is_empty() {
        return Ok(());
    }
    let mut functions = Functions { file: &file, found: 0, errors: Vec::new() };
    functions.visit(module);
    functions.check()?;
    let mut calls = Calls { file: &file, found: Vec::new() };
    calls.visit(module)?;
    tell(calls.found, recorder)
}

/// Refuses a contract on a described Python model. dbt: the columns of a contract are checked in SQL only.
///
/// # Errors
/// The node is such a model.
pub fn check_contract(node: &crate::manifest::Node) -> Result<()> {
    let enforced = node.config.get("contract").and_then(|contract| contract.get("enforced")?.as_bool());
    if node.language != "python" || node.patch.is_none() || enforced != Some(true) {
        return Ok(());
    }
    let mut lines = vec![format!("Contract enforcement failed for: ({})", node.original_file_path)];
    if node.columns.is_empty() {
        lines.push("Constraints must be defined in a `yml` schema configuration file like `schema.yml`.".to_owned());
    }
    lines.push("Language Error: Expected 'sql' but found 'python'".to_owned());
    Err(Box::new(
        Diagnostic::error(Class::Parsing, lines.join("\n"))
            .label_opt(node.patch.clone(), "this model is in Python")
            .help("set `contract: {enforced: false}`, or read the model in one of SQL that has the contract"),
    ))
}

/// The parts of a node that mean something.
fn children(node: Node<'_>) -> Vec<Node<'_>> {
    node.named_children(&mut node.walk()).filter(|child| !child.is_extra()).collect()
}

/// The file that holds the code, which starts at `offset`.
struct File<'a> {
    source: &'a Arc<SourceFile>,
    offset: usize,
    code: &'a str,
}

impl File<'_> {
    fn span(&self, node: Node<'_>) -> Span {
        let end = self.source.text().len();
        let range = node.byte_range();
        Span::new(self.source, (self.offset + range.start).min(end)..(self.offset + range.end).min(end))
    }

    fn text(&self, node: Node<'_>) -> &str {
        self.code.get(node.byte_range()).unwrap_or_default()
    }

    /// dbt: the text of Python's own `SyntaxError`, then the line.
    fn no_python(&self, module: Node<'_>, path: &str) -> Box<Diagnostic> {
        let mut at = module;
        while let Some(worse) = at.children(&mut at.walk()).find(|child| child.has_error() || child.is_missing()) {
            at = worse;
            if at.is_error() || at.is_missing() {
                break;
            }
        }
        let span = self.span(at);
        let line = span.position().line;
        let text = self.source.text()[self.source.line_range(line)].trim_end().to_owned();
        let what = if at.is_missing() { format!("expected '{}'", at.kind()) } else { "invalid syntax".to_owned() };
        Box::new(
            Diagnostic::error(Class::Parsing, format!("{what} ({path}, line {line})\n{text}"))
                .label(Span::line(self.source, line), "this is no Python"),
        )
    }
}

/// Looks at every function called `model`.
struct Functions<'a> {
    file: &'a File<'a>,
    found: usize,
    errors: Vec<(&'static str, Span)>,
}

impl Functions<'_> {
    fn visit(&mut self, node: Node<'_>) {
        // dbt: what is inside a function is not looked at.
        if node.kind() == "function_definition" {
            let named = node.child_by_field_name("name").is_some_and(|name| self.file.text(name) == "model");
            if named && node.child(0).is_none_or(|first| first.kind() != "async") {
                self.model(node);
            }
            return;
        }
        for child in children(node) {
            self.visit(child);
        }
    }

    fn model(&mut self, function: Node<'_>) {
        self.found += 1;
        let Some(parameters) = function.child_by_field_name("parameters") else { return };
        let Some(body) = function.child_by_field_name("body") else { return };
        let names = self.arguments(parameters);
        let span = self.file.span(parameters);
        if names.first().is_some_and(|first| first != "dbt") {
            self.errors.push(("'dbt' not provided for model as the first argument", span.clone()));
        }
        if names.len() != 2 {
            self.errors.push(("model function should have two args, `dbt` and a session to current warehouse", span));
        }
        let last = children(body).pop().unwrap_or(body);
        let returned = children(last).pop();
        if last.kind() != "return_statement"
            || returned.is_some_and(|value| matches!(value.kind(), "expression_list" | "tuple"))
        {
            let span = self.file.span(last);
            self.errors.push(("In current version, model function should return only one dataframe object", span));
        }
    }

    /// The names of the parameters that may be given by place or by name.
    fn arguments(&self, parameters: Node<'_>) -> Vec<String> {
        let mut names = Vec::new();
        for child in children(parameters) {
            match child.kind() {
                "identifier" => names.push(self.file.text(child).to_owned()),
                "typed_parameter" | "default_parameter" | "typed_default_parameter" => {
                    let name = child.child_by_field_name("name").or_else(|| child.named_child(0));
                    match name {
                        Some(name) if name.kind() == "identifier" => names.push(self.file.text(name).to_owned()),
                        _ => break,
                    }
                }
                "positional_separator" => names.clear(),
                _ => break,
            }
        }
        names
    }

    fn check(self) -> Result<()> {
        if self.found != 1 {
            let message = format!("dbt allows exactly one model defined per python file, found {}", self.found);
            return Err(Box::new(
                Diagnostic::error(Class::Parsing, message)
                    .label(Span::line(self.file.source, 1), "in this file")
                    .help("write one function `def model(dbt, session):` that returns the model's rows"),
            ));
        }
        if self.errors.is_empty() {
            return Ok(());
        }
        let messages: Vec<&str> = self.errors.iter().map(|(message, _)| *message).collect();
        let mut diagnostic = Diagnostic::error(Class::Parsing, messages.join("\n"));
        for (_, span) in self.errors {
            diagnostic = diagnostic.label(span, "");
        }
        Err(Box::new(diagnostic))
    }
}

/// One call of dbt's object.
struct Found {
    name: &'static str,
    arguments: Vec<Value>,
    keywords: Map<String, Value>,
    span: Span,
}

/// Collects the calls in dbt's order: a call, then its arguments, then what it is called on.
struct Calls<'a> {
    file: &'a File<'a>,
    found: Vec<Found>,
}

impl Calls<'_> {
    fn visit(&mut self, node: Node<'_>) -> Result<()> {
        if node.kind() != "call" {
            return children(node).into_iter().try_for_each(|child| self.visit(child));
        }
        let Some(function) = node.child_by_field_name("function") else { return Ok(()) };
        let Some(arguments) = node.child_by_field_name("arguments") else { return Ok(()) };
        if let Some(name) = self.dbt_function(function) {
            let found = self.call(name, node, arguments)?;
            self.found.push(found);
        }
        self.visit(arguments)?;
        self.visit(function)
    }

    /// The last word of `dbt.config.get`, if the expression is one of dbt's functions.
    fn dbt_function(&self, function: Node<'_>) -> Option<&'static str> {
        if function.kind() != "attribute" {
            return None;
        }
        let name: String = self.file.text(function).chars().filter(|letter| !letter.is_whitespace()).collect();
        [
            ("dbt.ref", "ref"),
            ("dbt.source", "source"),
            ("dbt.config", "config"),
            ("dbt.config.get", "get"),
            ("dbt.config.meta_get", "meta_get"),
        ]
        .into_iter()
        .find_map(|(known, short)| (known == name).then_some(short))
    }

    fn call(&self, name: &'static str, call: Node<'_>, arguments: Node<'_>) -> Result<Found> {
        let mut found = Found { name, arguments: Vec::new(), keywords: Map::new(), span: self.file.span(call) };
        if arguments.kind() != "argument_list" {
            return Err(self.no_literal(arguments));
        }
        for argument in children(arguments) {
            let value = |node| literal(self.file.code, node).ok_or_else(|| self.no_literal(node));
            match argument.kind() {
                "keyword_argument" => {
                    let (Some(key), Some(given)) =
                        (argument.child_by_field_name("name"), argument.child_by_field_name("value"))
                    else {
                        return Err(self.no_literal(argument));
                    };
                    found.keywords.insert(self.file.text(key).to_owned(), value(given)?);
                }
                "dictionary_splat" => match argument.named_child(0).map(value).transpose()? {
                    Some(Value::Object(map)) => found.keywords.extend(map),
                    _ => return Err(self.no_literal(argument)),
                },
                _ => found.arguments.push(value(argument)?),
            }
        }
        Ok(found)
    }

    fn no_literal(&self, node: Node<'_>) -> Box<Diagnostic> {
        let span = self.file.span(node);
        let message = format!(
            "Error when trying to literal_eval an arg to dbt.ref(), dbt.source(), dbt.config() or dbt.config.get() \n\
             malformed node or string on line {}: {}\n\
             https://docs.python.org/3/library/ast.html#ast.literal_eval\n\
             In dbt python model, `dbt.ref`, `dbt.source`, `dbt.config`, `dbt.config.get` function args only support Python literal structures",
            span.position().line,
            self.file.text(node),
        );
        Box::new(
            Diagnostic::error(Class::Parsing, message)
                .label(span, "this is known only when the model runs")
                .help("write a text, a number, or a list or dict of those"),
        )
    }
}

/// Hands the calls on, as the template's functions of these names would.
fn tell(calls: Vec<Found>, recorder: &Recorder) -> Result<()> {
    let mut asked = Asked::default();
    for call in calls {
        let span = call.span;
        let wrong = |message: String| Err(Box::new(Diagnostic::error(Class::Parsing, message).label(span.clone(), "")));
        match call.name {
            "ref" => {
                let names: Option<Vec<&str>> = call.arguments.iter().map(Value::as_str).collect();
                let (package, name) = match names.as_deref() {
                    Some([name]) => (call.keywords.get("package").and_then(Value::as_str), *name),
                    Some([package, name]) => (Some(*package), *name),
                    _ => return wrong("ref() takes the name of a model, or those of a package and a model".to_owned()),
                };
                let version = call.keywords.get("version").or_else(|| call.keywords.get("v"));
                recorder.add_ref(RefCall {
                    package: package.map(str::to_owned),
                    name: name.to_owned(),
                    version: version.filter(|version| !version.is_null()).cloned(),
                });
            }
            "source" => match call.arguments.as_slice() {
                [Value::String(source), Value::String(table)] => recorder.add_source(source, table),
                other => return wrong(format!("source() takes exactly two arguments ({} given)", other.len())),
            },
            "config" => {
                let mut layer = Map::new();
                for argument in call.arguments {
                    match argument {
                        Value::Object(map) => layer.extend(map),
                        _ => return wrong("Invalid inline model config".to_owned()),
                    }
                }
                layer.extend(call.keywords);
                recorder.add_config(layer);
            }
            name => match call.arguments.len() {
                0 => return wrong(format!("dbt.config.{name}() requires at least one argument")),
                1 | 2 => asked.note(name, &call.arguments),
                count => return wrong(format!("dbt.config.{name}() takes at most 2 arguments ({count} given)")),
            },
        }
    }
    if let Some(layer) = asked.layer() {
        recorder.add_config(layer);
    }
    Ok(())
}

/// What the model asks of its configuration: the keys, and what it takes where they are not set.
#[derive(Default)]
struct Asked {
    config: (Vec<Value>, Vec<Value>),
    meta: (Vec<Value>, Vec<Value>),
}

impl Asked {
    fn note(&mut self, name: &str, arguments: &[Value]) {
        let (keys, defaults) = if name == "get" { &mut self.config } else { &mut self.meta };
        keys.push(arguments.first().cloned().unwrap_or_default());
        defaults.push(arguments.get(1).cloned().unwrap_or_default());
    }

    fn layer(self) -> Option<Map<String, Value>> {
        if self.config.0.is_empty() && self.meta.0.is_empty() {
            return None;
        }
        let fields = [
            ("config_keys_used", self.config.0),
            ("config_keys_defaults", self.config.1),
            ("meta_keys_used", self.meta.0),
            ("meta_keys_defaults", self.meta.1),
        ];
        Some(fields.into_iter().map(|(key, list)| (key.to_owned(), Value::Array(list))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jinja::Recorded;

    fn read(code: &str) -> Result<Recorded> {
        let recorder = Recorder::default();
        super::read(&SourceFile::new("models/m.py", code), 0, code, "models/m.py", &recorder)?;
        Ok(recorder.notes())
    }

    #[test]
    fn calls_are_found_wherever_they_are() {
        let notes = read(
            "import pandas as pd\n\
             def prepare(dbt):\n    return dbt.source('raw', 'users')\n\
             def model(dbt, session):\n\
             \x20   dbt.config(materialized='table', packages=['numpy'], retries=-1)\n\
             \x20   first = dbt.ref('a').union(dbt.ref('shop', 'b', v=2))\n\
             \x20   frames = {'x': [dbt.ref('c')], 'text': f\"{dbt.ref(\"d\")}\"}\n\
             \x20   limit = dbt.config.get('limit', 5)\n\
             \x20   owner = dbt.config.meta_get('owner')\n\
             \x20   other.ref('no')\n\
             \x20   return first\n",
        )
        .unwrap();
        let names: Vec<&str> = notes.refs.iter().map(|call| call.name.as_str()).collect();
        assert_eq!(names, ["b", "a", "c", "d"]);
        assert_eq!(notes.refs[0].package.as_deref(), Some("shop"));
        assert_eq!(notes.refs[0].version, Some(Value::from(2)));
        assert_eq!(notes.sources, [("raw".to_owned(), "users".to_owned())]);
        assert_eq!(notes.configs[0]["packages"], serde_json::json!(["numpy"]));
        assert_eq!(notes.configs[0]["retries"], serde_json::json!(-1));
        assert_eq!(notes.configs[1]["config_keys_used"], serde_json::json!(["limit"]));
        assert_eq!(notes.configs[1]["config_keys_defaults"], serde_json::json!([5]));
        assert_eq!(notes.configs[1]["meta_keys_used"], serde_json::json!(["owner"]));
    }

    #[test]
    fn a_file_has_one_model_of_the_right_shape() {
        let message = |code: &str| read(code).unwrap_err().message;
        assert!(read("# nothing\n").is_ok());
        assert!(message("x = 1\n").contains("exactly one model defined per python file, found 0"));
        assert!(message("def model(session, dbt):\n    return 1\n").contains("'dbt' not provided"));
        assert!(message("def model(dbt):\n    return 1\n").contains("two args"));
        assert!(message("def model(dbt, s):\n    return 1, 2\n").contains("only one dataframe"));
        assert!(message("def model(dbt, s):\n    return dbt.ref(name)\n").contains("literal structures"));
        assert!(message("def model(dbt, s)\n    return 1\n").contains("(models/m.py, line 1)"));
        assert!(message("def model(dbt, s):\n    return dbt.config.get()\n").contains("at least one argument"));
    }
}
