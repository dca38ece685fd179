//! Who reads whom: a petgraph graph over unique ids.

use std::collections::{HashMap, HashSet, VecDeque};

use petgraph::Direction;
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use rustc_hash::FxHashMap;

/// A cycle: each node reads the one before it, and the first reads the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle(pub Vec<String>);

/// Edges lead from the node that is read to the node that reads it.
#[derive(Debug, Default, Clone)]
pub struct Graph {
    inner: DiGraph<String, ()>,
    index: FxHashMap<String, NodeIndex>,
}

impl Graph {
    /// A graph of nodes, each with what it reads; unknown parents are left out.
    pub fn new<'a>(nodes: impl IntoIterator<Item = (&'a str, &'a [String])> + Clone) -> Self {
        let mut graph = Self::default();
        for (id, _) in nodes.clone() {
            graph.add(id);
        }
        for (id, parents) in nodes {
            for parent in parents {
                if graph.index.contains_key(parent) {
                    graph.connect(parent, id);
                }
            }
        }
        graph
    }

    fn add(&mut self, id: &str) -> NodeIndex {
        if let Some(index) = self.index.get(id) {
            return *index;
        }
        let index = self.inner.add_node(id.to_owned());
        self.index.insert(id.to_owned(), index);
        index
    }

    /// Adds an edge from `parent` to `child`.
    pub fn connect(&mut self, parent: &str, child: &str) {
        let parent = self.add(parent);
        let child = self.add(child);
        self.inner.update_edge(parent, child, ());
    }

    fn neighbors(&self, id: &str, direction: Direction) -> Vec<&str> {
        let Some(index) = self.index.get(id) else { return Vec::new() };
        let mut found: Vec<&str> =
            self.inner.neighbors_directed(*index, direction).map(|index| self.inner[index].as_str()).collect();
        found.sort_unstable();
        found
    }

    /// What a node reads, sorted.
    pub fn parents(&self, id: &str) -> Vec<&str> {
        self.neighbors(id, Direction::Incoming)
    }

    /// What reads a node, sorted.
    pub fn children(&self, id: &str) -> Vec<&str> {
        self.neighbors(id, Direction::Outgoing)
    }

    /// All that can be reached upward, at most `depth` steps away.
    pub fn ancestors(&self, id: &str, depth: Option<usize>) -> HashSet<String> {
        self.reach(id, depth, Direction::Incoming)
    }

    /// All that can be reached downward, at most `depth` steps away.
    pub fn descendants(&self, id: &str, depth: Option<usize>) -> HashSet<String> {
        self.reach(id, depth, Direction::Outgoing)
    }

    fn reach(&self, id: &str, depth: Option<usize>, direction: Direction) -> HashSet<String> {
        let mut found = HashSet::new();
        let Some(start) = self.index.get(id) else { return found };
        let mut seen = HashSet::from([*start]);
        let mut queue = VecDeque::from([(*start, 0)]);
        while let Some((index, steps)) = queue.pop_front() {
            if depth.is_some_and(|depth| steps >= depth) {
                continue;
            }
            for next in self.inner.neighbors_directed(index, direction) {
                if seen.insert(next) {
                    found.insert(self.inner[next].clone());
                    queue.push_back((next, steps + 1));
                }
            }
        }
        found
    }

    /// The first cycle, if there is one, along its edges.
    pub fn cycle(&self) -> Option<Cycle> {
        let component = tarjan_scc(&self.inner)
            .into_iter()
            .find(|component| component.len() > 1 || self.inner.find_edge(component[0], component[0]).is_some())?;
        let members: HashSet<NodeIndex> = component.iter().copied().collect();
        let start = *component.iter().min_by_key(|index| &self.inner[**index])?;
        // The shortest way back to the start names the fewest files.
        let mut came_from: HashMap<NodeIndex, NodeIndex> = HashMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(index) = queue.pop_front() {
            for next in self.inner.neighbors_directed(index, Direction::Outgoing) {
                if next == start {
                    let mut path = vec![index];
                    let mut at = index;
                    while at != start {
                        at = came_from[&at];
                        path.push(at);
                    }
                    path.reverse();
                    return Some(Cycle(path.into_iter().map(|index| self.inner[index].clone()).collect()));
                }
                if members.contains(&next) && !came_from.contains_key(&next) {
                    came_from.insert(next, index);
                    queue.push_back(next);
                }
            }
        }
        None
    }

    /// All ids so that parents come before children; ties in the order of insertion.
    pub fn order(&self) -> Vec<&str> {
        let mut missing: HashMap<NodeIndex, usize> = self
            .inner
            .node_indices()
            .map(|index| (index, self.inner.neighbors_directed(index, Direction::Incoming).count()))
            .collect();
        let mut ready: VecDeque<NodeIndex> = self.inner.node_indices().filter(|index| missing[index] == 0).collect();
        let mut order = Vec::with_capacity(self.inner.node_count());
        while let Some(index) = ready.pop_front() {
            order.push(self.inner[index].as_str());
            let mut children: Vec<NodeIndex> = self.inner.neighbors_directed(index, Direction::Outgoing).collect();
            children.sort_unstable();
            for child in children {
                if let Some(count) = missing.get_mut(&child) {
                    *count -= 1;
                    if *count == 0 {
                        ready.push_back(child);
                    }
                }
            }
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(&str, &[&str])]) -> Graph {
        let owned: Vec<(String, Vec<String>)> = edges
            .iter()
            .map(|(id, parents)| ((*id).to_owned(), parents.iter().map(|parent| (*parent).to_owned()).collect()))
            .collect();
        Graph::new(owned.iter().map(|(id, parents)| (id.as_str(), parents.as_slice())).collect::<Vec<_>>())
    }

    #[test]
    fn walks_and_orders() {
        let graph = graph(&[("c", &["b"]), ("a", &[]), ("b", &["a"]), ("d", &["b", "a"])]);
        assert_eq!(graph.order(), ["a", "b", "c", "d"]);
        assert_eq!(graph.children("a"), ["b", "d"]);
        assert_eq!(graph.ancestors("c", Some(1)), HashSet::from(["b".to_owned()]));
        assert_eq!(graph.descendants("a", None).len(), 3);
        assert_eq!(graph.cycle(), None);
    }

    #[test]
    fn a_cycle_is_its_shortest_path() {
        let graph = graph(&[("a", &["c"]), ("b", &["a"]), ("c", &["b"]), ("x", &["a"])]);
        assert_eq!(graph.cycle(), Some(Cycle(vec!["a".into(), "b".into(), "c".into()])));
    }
}
