//! A node's template -> its SQL, the ephemeral models that it reads put in.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use serde_json::Value;

use super::NodeSession;
use super::refusal::at_rows;
use crate::compile::{self, CompiledNode};
use crate::diagnostic::Result;
use crate::execute::microbatch::Batch;
use crate::execute::runtime::Compiled;

/// An ephemeral model in its reader: unique id, name and SQL.
type Cte = (String, String, String);

/// The ephemeral models that one compilation has rendered, each behind those it needs.
type Known = RefCell<HashMap<String, Vec<Cte>>>;

impl NodeSession {
    /// Compiles the node and keeps its SQL.
    ///
    /// # Errors
    /// A template fails, or the file cannot be written.
    pub fn compile(self: &Arc<Self>) -> Result<Arc<CompiledNode>> {
        self.compile_with(&[])
    }

    /// The same where the template knows these names, too.
    ///
    /// # Errors
    /// As [`Self::compile`].
    pub fn compile_with(self: &Arc<Self>, names: &[(String, minijinja::Value)]) -> Result<Arc<CompiledNode>> {
        if let Some(done) = self.compiled.get() {
            return Ok(Arc::clone(done));
        }
        // dbt: `--no-inject-ephemeral-ctes`.
        let injects = self.runtime.facts.flags.get("INJECT_EPHEMERAL_CTES") != Some(&Value::Bool(false));
        let made = self.as_author(|| {
            compile::node(&self.runtime.engine, &self.node, &|extra| self.own_scope([names, &extra].concat()), &|| {
                if injects { self.ctes(&Known::default()) } else { Ok(Vec::new()) }
            })
        });
        let made = Arc::new(made.map_err(|error| self.explain(error))?);
        let kept = Compiled {
            sql: made.sql.clone(),
            ctes: made.ctes.clone(),
            macros: made.macros.clone(),
            ..Compiled::default()
        };
        self.runtime.keep(&self.node, kept, self.batch.as_ref().map(Batch::label).as_deref())?;
        Ok(Arc::clone(self.compiled.get_or_init(|| made)))
    }

    /// The ephemeral models that the template referred to, each behind those it needs: id, name and SQL.
    fn ctes(self: &Arc<Self>, known: &Known) -> Result<Vec<Cte>> {
        let direct = self.ephemeral.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut found: Vec<Cte> = Vec::new();
        for id in direct {
            for cte in self.cte(&id, known)? {
                if !found.iter().any(|(id, _, _)| *id == cte.0) {
                    found.push(cte);
                }
            }
        }
        Ok(found)
    }

    /// An ephemeral model behind those it needs.
    fn cte(self: &Arc<Self>, id: &str, known: &Known) -> Result<Vec<Cte>> {
        if let Some(found) = known.borrow().get(id) {
            return Ok(found.clone());
        }
        let Some(node) = self.runtime.manifest.node(id) else { return Ok(Vec::new()) };
        let inner = Self::new(&self.runtime, node, self.info.clone(), &self.session);
        let mut found = Vec::new();
        let needed = RefCell::new(Vec::new());
        let made = inner
            .as_author(|| {
                compile::node(&self.runtime.engine, node, &|extra| inner.scope(extra), &|| {
                    let ctes = inner.ctes(known)?;
                    needed.borrow_mut().clone_from(&ctes);
                    Ok(ctes)
                })
            })
            .map_err(|error| {
                let broken = inner.broken.get().map_or(id, String::as_str);
                self.broken.get_or_init(|| broken.to_owned());
                at_rows(node, error)
            })?;
        found.extend(needed.into_inner());
        found.push((id.to_owned(), format!("__dbt__cte__{}", node.cte_name()), made.rendered().to_owned()));
        let kept = Compiled { sql: made.sql, ctes: made.ctes, macros: made.macros, ..Compiled::default() };
        self.runtime.keep(node, kept, None)?;
        known.borrow_mut().insert(id.to_owned(), found.clone());
        Ok(found)
    }
}
