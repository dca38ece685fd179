//! Which node is next: a state machine without threads, clocks or warehouse.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::Plan;

/// The nodes of a plan on their way.
#[derive(Debug)]
pub struct Schedule {
    order: Vec<String>,
    waits: Vec<usize>,
    children: Vec<Vec<usize>>,
    ready: BTreeSet<usize>,
    open: usize,
    done: HashSet<usize>,
    position: HashMap<String, usize>,
}

impl Schedule {
    /// All nodes waiting.
    pub fn new(plan: &Plan) -> Self {
        let order: Vec<String> = plan.nodes.keys().cloned().collect();
        let position: HashMap<String, usize> =
            order.iter().enumerate().map(|(index, id)| (id.clone(), index)).collect();
        let mut children = vec![Vec::new(); order.len()];
        let mut waits = vec![0; order.len()];
        for (index, parents) in plan.nodes.values().enumerate() {
            let parents: BTreeSet<usize> = parents.iter().filter_map(|parent| position.get(parent).copied()).collect();
            waits[index] = parents.len();
            for parent in parents {
                children[parent].push(index);
            }
        }
        let ready = (0..order.len()).filter(|index| waits[*index] == 0).collect();
        let open = order.len();
        Self { order, waits, children, ready, open, done: HashSet::new(), position }
    }

    /// The next node that waits for nothing, in the plan's order.
    pub fn next(&mut self) -> Option<String> {
        self.ready.pop_first().map(|index| self.order[index].clone())
    }

    /// What waits for nothing, in the plan's order.
    pub fn ready(&self) -> impl Iterator<Item = &str> {
        self.ready.iter().map(|index| self.order[*index].as_str())
    }

    /// Takes a node that waits for nothing out of its turn.
    pub fn take(&mut self, id: &str) {
        if let Some(index) = self.position.get(id) {
            self.ready.remove(index);
        }
    }

    /// A node ended well: what waited for it may go on.
    pub fn finish(&mut self, id: &str) {
        let Some(&index) = self.position.get(id) else { return };
        if !self.done.insert(index) {
            return;
        }
        self.open -= 1;
        self.release(index);
    }

    /// A node failed: gives all that waited for it, in order; they are done with.
    ///
    /// What waits for `last` is not among them: it goes on as if `last`, which is, had ended well.
    pub fn fail(&mut self, id: &str, last: Option<&str>) -> Vec<String> {
        let Some(&start) = self.position.get(id) else { return Vec::new() };
        let last = last.and_then(|last| self.position.get(last)).copied();
        let mut skipped = BTreeSet::new();
        let mut open = vec![start];
        if self.done.insert(start) {
            self.open -= 1;
        }
        while let Some(index) = open.pop() {
            for &child in &self.children[index] {
                if self.done.insert(child) {
                    self.open -= 1;
                    self.ready.remove(&child);
                    skipped.insert(child);
                    if Some(child) != last {
                        open.push(child);
                    }
                }
            }
        }
        if let Some(last) = last.filter(|last| skipped.contains(last)) {
            self.release(last);
        }
        skipped.into_iter().map(|index| self.order[index].clone()).collect()
    }

    /// Lets go on what waited for a node.
    fn release(&mut self, index: usize) {
        for child in self.children[index].clone() {
            self.waits[child] -= 1;
            if self.waits[child] == 0 && !self.done.contains(&child) {
                self.ready.insert(child);
            }
        }
    }

    /// Gives up on everything that has not begun; gives what that is, in order.
    pub fn stop(&mut self, running: &HashSet<String>) -> Vec<String> {
        self.ready.clear();
        let rest: Vec<usize> = (0..self.order.len())
            .filter(|index| !self.done.contains(index) && !running.contains(&self.order[*index]))
            .collect();
        for index in &rest {
            self.done.insert(*index);
            self.open -= 1;
        }
        rest.into_iter().map(|index| self.order[index].clone()).collect()
    }

    /// Whether every node is done with.
    pub fn is_done(&self) -> bool {
        self.open == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::execute::Verb;

    fn plan(edges: &[(&str, &[&str])]) -> Plan {
        Plan {
            verb: Verb::Run,
            nodes: edges
                .iter()
                .map(|(id, parents)| ((*id).to_owned(), parents.iter().map(|parent| (*parent).to_owned()).collect()))
                .collect(),
        }
    }

    #[test]
    fn children_wait_and_failures_spread() {
        let mut schedule = Schedule::new(&plan(&[("a", &[]), ("b", &["a"]), ("c", &["b"]), ("d", &[])]));
        assert_eq!(schedule.next().as_deref(), Some("a"));
        assert_eq!(schedule.next().as_deref(), Some("d"));
        assert_eq!(schedule.next(), None);
        schedule.finish("d");
        assert_eq!(schedule.fail("a", None), ["b", "c"]);
        assert!(schedule.is_done());
    }

    #[test]
    fn a_failure_spreads_no_further_than_the_last() {
        let edges: [(&str, &[&str]); 5] = [("u", &[]), ("w", &["u"]), ("m", &["u", "w"]), ("r", &["m"]), ("s", &["r"])];
        let mut schedule = Schedule::new(&plan(&edges));
        assert_eq!(schedule.next().as_deref(), Some("u"));
        assert_eq!(schedule.fail("u", Some("m")), ["w", "m"]);
        assert_eq!(schedule.next().as_deref(), Some("r"));
        assert_eq!(schedule.fail("r", None), ["s"]);
        assert!(schedule.is_done());
    }

    #[test]
    fn a_node_is_taken_out_of_its_turn() {
        let mut schedule = Schedule::new(&plan(&[("a", &[]), ("b", &[]), ("c", &["b"]), ("d", &[])]));
        assert_eq!(schedule.ready().collect::<Vec<_>>(), ["a", "b", "d"]);
        schedule.take("b");
        schedule.take("c");
        assert_eq!(schedule.next().as_deref(), Some("a"));
        assert_eq!(schedule.next().as_deref(), Some("d"));
        schedule.finish("b");
        assert_eq!(schedule.next().as_deref(), Some("c"));
    }

    #[test]
    fn stopping_leaves_what_runs() {
        let mut schedule = Schedule::new(&plan(&[("a", &[]), ("b", &["a"]), ("c", &[])]));
        let running = HashSet::from([schedule.next().unwrap()]);
        assert_eq!(schedule.stop(&running), ["b", "c"]);
        assert!(!schedule.is_done());
        schedule.finish("a");
        assert!(schedule.is_done());
    }
}
