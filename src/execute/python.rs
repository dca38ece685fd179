//! Hands a Python model to the warehouse, and puts its failure at the model's own line.

use serde_json::{Map, Value};

use super::session::NodeSession;
use crate::adapter::{PythonJob, PythonStream};
use crate::diagnostic::{Class, Diagnostic, Result, Span};
use crate::event::Event;
use crate::manifest::Node;

impl NodeSession {
    /// Runs the code of the node, with what its materialization put behind it.
    ///
    /// # Errors
    /// The node is no Python model, there is no Python, or the model fails.
    pub(super) fn submit_python(&self, code: &str) -> Result<Map<String, Value>> {
        let node = &self.node;
        if node.language != "python" {
            return Err(Box::new(Diagnostic::error(
                Class::Runtime,
                format!("submit_python_job is not intended to be called here, at model {}", node.alias),
            )));
        }
        let blanks = code.len() - code.trim_start().len();
        let code = &code[blanks..];
        let own = if code.starts_with(&node.raw_code) { node.raw_code.len() } else { 0 };
        let job = PythonJob {
            name: node.alias.clone(),
            path: node.source.path().to_owned(),
            first_line: node.span().position().line,
            code: code.to_owned(),
            own,
            relations: self.declared(),
        };
        let (events, info) = (&self.runtime.events, &self.info);
        let mut say = |stream: PythonStream, text: &str| {
            let text = self.runtime.facts.environment.scrub(text);
            events.send(match stream {
                PythonStream::Output => Event::Print { message: text },
                PythonStream::Errors => Event::JinjaLogInfo { node: Some(info.clone()), message: text },
            });
        };
        let answer = self.session().python(&job, &mut say);
        answer.map(|answer| answer.response.to_json()).map_err(|error| {
            let position = error.position;
            let mut diagnostic = match &error.diagnostic {
                Some(diagnostic) => (**diagnostic).clone(),
                None => Diagnostic::error(Class::Runtime, self.runtime.facts.environment.scrub(&error.text)),
            };
            let failed = position.filter(|position| *position < own);
            let line = node.source.position(node.code.start + failed.unwrap_or_default()).line;
            let what = if failed.is_some() { "the model failed here" } else { "in this model" };
            diagnostic = diagnostic.label(Span::line(&node.source, line), what);
            Box::new(diagnostic)
        })
    }

    /// What the model may read by name: its parents, and its own relation as it was.
    fn declared(&self) -> Vec<[String; 3]> {
        let path = |node: &Node| {
            let relation = self.runtime.relation(node);
            Some([relation.database?, relation.schema?, relation.identifier?])
        };
        let manifest = &self.runtime.manifest;
        let parents =
            self.node.depends_on.iter().filter_map(|id| manifest.node(id)).filter(|node| !node.is_ephemeral());
        parents.filter_map(|node| path(node)).chain(path(&self.node)).collect()
    }
}
