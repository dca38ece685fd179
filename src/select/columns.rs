//! `column:stg_orders.amount+`: the nodes that a column reaches, or comes from.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::OnceLock;

use super::evaluate::Evaluation;
use super::method::{Pattern, fits_name};
use super::relatives::Ids;
use super::{Criterion, Method};
use crate::diagnostic::{Class, Diagnostic, Result, nearest};
use crate::event::WarningKind;
use crate::manifest::{Manifest, Node, ResourceType};
use crate::sql::ProjectLineage;

/// What makes the lineage.
type Make = Box<dyn Fn() -> Result<ProjectLineage> + Send + Sync>;

/// The column lineage of the project, made when a criterion first asks for it.
pub struct ColumnLineage {
    make: Make,
    made: OnceLock<Result<ProjectLineage>>,
}

impl ColumnLineage {
    /// Lineage that `make` makes.
    pub fn new(make: impl Fn() -> Result<ProjectLineage> + Send + Sync + 'static) -> Self {
        Self { make: Box::new(make), made: OnceLock::new() }
    }

    fn get(&self) -> Result<&ProjectLineage> {
        self.made.get_or_init(&self.make).as_ref().map_err(Clone::clone)
    }
}

impl fmt::Debug for ColumnLineage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ColumnLineage")
    }
}

impl<'m> Evaluation<'m> {
    /// The nodes of a criterion `column:`, with those that the column reaches or comes from.
    pub(super) fn column(&mut self, criterion: &Criterion) -> Result<Ids<'m>> {
        let wrong = |message: String, label: &str| {
            Diagnostic::error(Class::Usage, message).label(criterion.span.clone(), label)
        };
        let Some((holder, column)) = criterion.value.rsplit_once('.').filter(|(_, column)| !column.is_empty()) else {
            return Err(Box::new(
                wrong(format!("`{}` names no column", criterion.value), "a model and its column, with a dot between")
                    .help(format!("write `{}`", criterion.respelled(&format!("column:{}.name", criterion.value)))),
            ));
        };
        if criterion.childrens_parents {
            return Err(Box::new(
                wrong("`@` has no meaning for a column".to_owned(), "here")
                    .help(format!("write `+column:{0}+`", criterion.value)),
            ));
        }
        let Some(lineage) = &self.query.columns else {
            return Err(Box::new(wrong("this command cannot follow columns".to_owned(), "here")));
        };
        let holders: Vec<&'m str> = self
            .manifest
            .nodes
            .values()
            .filter(|node| holds(node, holder))
            .map(|node| node.unique_id.as_str())
            .collect();
        if holders.is_empty() {
            return Ok(Ids::new());
        }
        let lineage = lineage.get()?;
        let pattern = Pattern::new(column);
        let mut found = Ids::new();
        let mut reached = BTreeSet::new();
        for id in &holders {
            let is_pattern = column.contains(['*', '?', '[']);
            let names: Vec<&str> = match lineage.has_column(id, column) {
                _ if is_pattern => lineage.column_names(id).filter(|name| pattern.matches(name)).collect(),
                Some(false) => Vec::new(),
                _ => vec![column],
            };
            for name in names {
                found.insert(*id);
                if criterion.children {
                    reached.extend(lineage.readers(id, name, criterion.children_depth));
                }
                if criterion.parents {
                    reached.extend(lineage.origins(id, name, criterion.parents_depth));
                }
            }
        }
        if found.is_empty() {
            let names = holders.iter().flat_map(|id| lineage.column_names(id));
            let near = nearest(column, names).map(|near| criterion.respelled(&format!("column:{holder}.{near}")));
            let message = format!("`{holder}` has no column `{column}`");
            return Err(Box::new(wrong(message, "no such column").suggest(near.as_deref())));
        }
        let known = reached.iter().filter_map(|id| self.manifest.nodes.get_key_value(id));
        found.extend(known.map(|(id, _)| id.as_str()));
        if criterion.children {
            self.tell_unknown(criterion, &found, lineage);
        }
        Ok(found)
    }

    /// Tells of readers that the column may reach as well, without anybody knowing.
    fn tell_unknown(&mut self, criterion: &Criterion, found: &Ids<'m>, lineage: &ProjectLineage) {
        let readers: BTreeSet<&str> = found.iter().flat_map(|id| self.manifest.graph.children(id)).collect();
        let is_unknown = |id: &&str| {
            let node = self.manifest.node(id).filter(|node| is_followed(node));
            node.is_some() && !found.contains(id) && !lineage.is_exact(id)
        };
        let unknown: Vec<String> = readers.into_iter().filter(is_unknown).map(|id| format!("`{id}`")).collect();
        if unknown.is_empty() {
            return;
        }
        let message = format!(
            "it is not known where the columns of {} come from: what `{}` reaches there is not selected",
            unknown.join(", "),
            criterion.text()
        );
        let warning = Diagnostic::warning(Class::Usage, message)
            .label(criterion.span.clone(), "may reach more")
            .help("see why with `netflix check`; `netflix lock` tells it what sources have and templates ask");
        self.warnings.push((WarningKind::Advice, warning.kind(WarningKind::Advice)));
    }
}

/// Whether columns of such a node can be followed.
fn is_followed(node: &Node) -> bool {
    matches!(node.resource_type, ResourceType::Model | ResourceType::Snapshot)
}

/// Whether a node is the one that is named before the column.
fn holds(node: &Node, name: &str) -> bool {
    match node.resource_type {
        ResourceType::Model | ResourceType::Snapshot | ResourceType::Seed | ResourceType::Analysis => {
            node.unique_id == name || fits_name(node, name)
        }
        ResourceType::Source => {
            let full = node.search_name();
            node.unique_id == name || full == name || format!("{}.{full}", node.package) == name
        }
        _ => false,
    }
}

/// What a criterion whose model matches nothing was probably meant to be.
pub(super) fn hint(manifest: &Manifest, criterion: &Criterion) -> Option<String> {
    let (holder, column) = criterion.value.rsplit_once('.').filter(|_| criterion.method == Method::Column)?;
    let holders = manifest.nodes.values().filter(|node| holds(node, &node.search_name()));
    let names: Vec<String> = holders.map(|node| node.search_name()).collect();
    let near = nearest(holder, names.iter().map(String::as_str))?;
    Some(format!("did you mean `{}`?", criterion.respelled(&format!("column:{near}.{column}"))))
}
