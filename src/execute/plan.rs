//! What is to be run, and which of it waits for which.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;

use crate::manifest::{Manifest, ResourceType};
use crate::select::Selection;

/// What the command does with nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// `build`: everything, tests before the children of what they test.
    Build,
    /// `run`, `test`, `seed`, `snapshot`: one kind of node.
    Run,
    /// `compile`: templates only.
    Compile,
    /// `clone`: copies of what an earlier run built.
    Clone,
}

/// The nodes to run and what each waits for.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What the command does.
    pub verb: Verb,
    /// Unique ids in order, with the ids that must be done before.
    pub nodes: IndexMap<String, Vec<String>>,
}

impl Plan {
    /// A plan for the selected nodes that can be run.
    pub fn new(manifest: &Manifest, selection: &Selection, verb: Verb) -> Self {
        let chosen: Vec<&str> = selection
            .iter()
            .filter(|id| {
                manifest.node(id).is_some_and(|node| match node.resource_type {
                    ResourceType::Model => verb == Verb::Compile || !node.is_ephemeral(),
                    ResourceType::Seed | ResourceType::Snapshot | ResourceType::Test => true,
                    ResourceType::UnitTest => verb != Verb::Compile,
                    ResourceType::Analysis | ResourceType::Operation => verb == Verb::Compile,
                    ResourceType::Function => verb != Verb::Run,
                    ResourceType::Exposure | ResourceType::SavedQuery => verb == Verb::Build,
                    _ => false,
                })
            })
            .collect();
        if verb == Verb::Clone {
            // What is copied needs nothing of this run.
            let nodes =
                chosen.iter().filter(|id| manifest.node(id).is_some_and(|node| node.resource_type.is_refable()));
            return Self { verb, nodes: nodes.map(|id| ((*id).to_owned(), Vec::new())).collect() };
        }
        let set: HashSet<&str> = chosen.iter().copied().collect();
        // A node waits for its nearest selected ancestors, through ephemeral models and other nodes that do not run.
        let mut waits: IndexMap<String, Vec<String>> = IndexMap::new();
        for id in &chosen {
            let mut parents: Vec<String> = Vec::new();
            let mut open: Vec<&str> = manifest.graph.parents(id);
            let mut seen: HashSet<&str> = open.iter().copied().collect();
            while let Some(parent) = open.pop() {
                if set.contains(parent) {
                    parents.push(parent.to_owned());
                } else {
                    open.extend(manifest.graph.parents(parent).into_iter().filter(|next| seen.insert(next)));
                }
            }
            parents.sort();
            waits.insert((*id).to_owned(), parents);
        }
        if verb == Verb::Build {
            gate(manifest, &mut waits);
        }
        arrange(manifest, &mut waits);
        if verb == Verb::Build {
            before_models(manifest, &mut waits);
        }
        Self { verb, nodes: waits }
    }
}

/// Puts nodes in the order in which those that are ready begin, so that even what no reference orders comes as in dbt.
///
/// dbt: by how deep a node lies, then by its id; the unit tests of a model stand before it.
fn arrange(manifest: &Manifest, waits: &mut IndexMap<String, Vec<String>>) {
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); waits.len()];
    let mut open_parents = vec![0; waits.len()];
    for (index, parents) in waits.values().enumerate() {
        for parent in parents.iter().filter_map(|parent| waits.get_index_of(parent)) {
            children[parent].push(index);
            open_parents[index] += 1;
        }
    }
    let mut depths = vec![0; waits.len()];
    let mut ready: Vec<usize> = (0..waits.len()).filter(|index| open_parents[*index] == 0).collect();
    while let Some(index) = ready.pop() {
        for &child in &children[index] {
            depths[child] = depths[child].max(depths[index] + 1);
            open_parents[child] -= 1;
            if open_parents[child] == 0 {
                ready.push(child);
            }
        }
    }
    let place = |id: &String| {
        let model = manifest.node(id).filter(|node| node.resource_type == ResourceType::UnitTest);
        let model = model.and_then(|node| waits.get_full(node.depends_on.first()?));
        let (index, owner) = match model {
            Some((index, owner, _)) => (index, owner),
            None => (waits.get_index_of(id).unwrap_or_default(), id),
        };
        (depths[index], owner.clone(), owner == id, id.clone())
    };
    let places: HashMap<String, _> = waits.keys().map(|id| (id.clone(), place(id))).collect();
    waits.sort_by(|one, _, other, _| places[one].cmp(&places[other]));
}

/// dbt: in `build`, a unit test runs when its model could, and before it; one that fails takes the model's others along.
fn before_models(manifest: &Manifest, waits: &mut IndexMap<String, Vec<String>>) {
    let tests: Vec<(String, String)> = waits
        .keys()
        .filter_map(|id| manifest.node(id))
        .filter(|node| node.resource_type == ResourceType::UnitTest)
        .filter_map(|node| Some((node.unique_id.clone(), node.depends_on.first()?.clone())))
        .collect();
    let models: HashMap<String, Vec<String>> =
        tests.iter().filter_map(|(_, model)| Some((model.clone(), waits.get(model)?.clone()))).collect();
    let mut last: HashMap<String, String> = HashMap::new();
    for (test, model) in tests {
        let Some(parents) = models.get(&model) else { continue };
        let parents = parents.iter().cloned().chain(last.insert(model.clone(), test.clone())).collect();
        waits.insert(test.clone(), parents);
        if let Some(parents) = waits.get_mut(&model) {
            parents.push(test);
        }
    }
}

/// dbt: in `build`, what reads all that a test reads waits for the test; what builds nothing (exposures, saved queries)
/// waits for models alone.
fn gate(manifest: &Manifest, waits: &mut IndexMap<String, Vec<String>>) {
    let tests: Vec<(String, Vec<String>)> = waits
        .keys()
        .filter_map(|id| manifest.node(id))
        .filter(|node| node.resource_type == ResourceType::Test && !node.depends_on.is_empty())
        .map(|node| (node.unique_id.clone(), node.depends_on.clone()))
        .collect();
    let mut ancestors: HashMap<String, HashSet<String>> = HashMap::new();
    for id in waits.keys() {
        let waits_for_tests = |kind: ResourceType| {
            matches!(kind, ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot | ResourceType::Analysis)
        };
        if manifest.node(id).is_some_and(|node| waits_for_tests(node.resource_type)) {
            ancestors.insert(id.clone(), manifest.graph.ancestors(id, None));
        }
    }
    for (test, reads) in tests {
        for (id, above) in &ancestors {
            if reads.iter().all(|read| above.contains(read))
                && let Some(parents) = waits.get_mut(id)
            {
                parents.push(test.clone());
            }
        }
    }
}
