//! Ancestors and descendants of a set of nodes.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};

use crate::manifest::Manifest;

/// A set of unique ids.
pub(super) type Ids<'m> = BTreeSet<&'m str>;

/// What the nodes read, at most `depth` steps upward.
///
/// A node of the set counts only if another node of the set leads to it.
pub(super) fn ancestors<'m>(manifest: &'m Manifest, from: &Ids<'m>, depth: Option<usize>) -> Ids<'m> {
    reach(manifest, from, depth, |id| manifest.graph.parents(id))
}

/// What reads the nodes, at most `depth` steps downward.
pub(super) fn descendants<'m>(manifest: &'m Manifest, from: &Ids<'m>, depth: Option<usize>) -> Ids<'m> {
    reach(manifest, from, depth, |id| manifest.graph.children(id))
}

/// The nodes, their descendants, and all ancestors of those.
pub(super) fn childrens_parents<'m>(manifest: &'m Manifest, from: &Ids<'m>) -> Ids<'m> {
    let mut family = descendants(manifest, from, None);
    family.extend(from);
    let above = ancestors(manifest, &family, None);
    family.extend(above);
    family
}

fn reach<'m>(
    manifest: &'m Manifest,
    from: &Ids<'m>,
    depth: Option<usize>,
    step: impl Fn(&'m str) -> Vec<&'m str>,
) -> Ids<'m> {
    let mut found = Ids::new();
    let mut layer: Vec<&str> = from.iter().copied().collect();
    let mut steps = 0;
    while !layer.is_empty() && depth.is_none_or(|depth| steps < depth) {
        let mut next = Vec::new();
        for id in layer.into_iter().flat_map(&step) {
            if manifest.nodes.contains_key(id) && found.insert(id) {
                next.push(id);
            }
        }
        layer = next;
        steps += 1;
    }
    found
}

/// The nodes so that parents come before children, ties by id.
///
/// The order is that of the whole graph, so it does not depend on what else is selected.
pub(super) fn sorted<'m>(manifest: &'m Manifest, ids: &Ids<'m>) -> Vec<&'m str> {
    let mut missing: HashMap<&str, usize> = HashMap::with_capacity(manifest.nodes.len());
    let mut ready = BinaryHeap::new();
    for id in manifest.nodes.keys().map(String::as_str) {
        let parents = manifest.graph.parents(id).len();
        missing.insert(id, parents);
        if parents == 0 {
            ready.push(Reverse(id));
        }
    }
    let mut order = Vec::with_capacity(ids.len());
    while let Some(Reverse(id)) = ready.pop() {
        if ids.contains(id) {
            order.push(id);
        }
        for child in manifest.graph.children(id) {
            if let Some(count) = missing.get_mut(child) {
                *count -= 1;
                if *count == 0 {
                    ready.push(Reverse(child));
                }
            }
        }
    }
    if order.len() < ids.len() {
        // Only a cycle leaves nodes over; it is reported where the graph is made.
        let placed: Ids = order.iter().copied().collect();
        order.extend(ids.difference(&placed));
    }
    order
}
