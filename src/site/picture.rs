//! A graph to draw: nodes in layers, and edges; as Mermaid, DOT or text.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;

/// How a node is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// What is loaded or kept: sources, seeds, snapshots.
    Data,
    /// A model.
    Model,
    /// Who reads it: exposures, metrics.
    Use,
}

/// A node of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Box {
    pub(super) label: String,
    pub(super) layer: usize,
    pub(super) shape: Shape,
}

/// Nodes in layers, and edges between them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picture {
    pub(super) boxes: Vec<Box>,
    /// Names of the layers in the order of their first nodes.
    pub(super) layers: Vec<String>,
    /// What each node reads, by place, in order.
    pub(super) parents: Vec<Vec<usize>>,
    places: HashMap<String, usize>,
}

impl Picture {
    /// Adds a node; the second one of an id is left out.
    pub fn node(&mut self, id: &str, label: &str, layer: &str, shape: Shape) {
        if self.places.contains_key(id) {
            return;
        }
        let layer = self.layers.iter().position(|known| known == layer).unwrap_or_else(|| {
            self.layers.push(layer.to_owned());
            self.layers.len() - 1
        });
        self.places.insert(id.to_owned(), self.boxes.len());
        self.boxes.push(Box { label: label.to_owned(), layer, shape });
        self.parents.push(Vec::new());
    }

    /// Adds an edge between two nodes that are there.
    pub fn edge(&mut self, from: &str, to: &str) {
        let (Some(&from), Some(&to)) = (self.places.get(from), self.places.get(to)) else { return };
        if !self.parents[to].contains(&from) {
            self.parents[to].push(from);
        }
    }

    /// The nodes that read each node.
    pub(super) fn children(&self) -> Vec<Vec<usize>> {
        let mut children = vec![Vec::new(); self.boxes.len()];
        for (child, parents) in self.parents.iter().enumerate() {
            for parent in parents {
                children[*parent].push(child);
            }
        }
        children
    }

    /// A Mermaid flowchart, in a fence of Markdown: layers are boxes, and what reads the same nodes shares lines.
    pub fn mermaid(&self) -> String {
        let names = self.names();
        let mut text = "```mermaid\nflowchart LR\n".to_owned();
        for (layer, title) in self.layers.iter().enumerate() {
            let _ = writeln!(text, "  subgraph layer_{} [\"{}\"]", word(title), quoted(title, "#quot;"));
            for (place, one) in self.boxes.iter().enumerate().filter(|(_, one)| one.layer == layer) {
                let label = quoted(&one.label, "#quot;");
                let _ = match one.shape {
                    Shape::Data => writeln!(text, "    {}[(\"{label}\")]", names[place]),
                    Shape::Model => writeln!(text, "    {}[\"{label}\"]", names[place]),
                    Shape::Use => writeln!(text, "    {}([\"{label}\"])", names[place]),
                };
            }
            text.push_str("  end\n");
        }
        for (place, children) in self.children().iter().enumerate().filter(|(_, children)| !children.is_empty()) {
            let children: Vec<&str> = children.iter().map(|child| names[*child].as_str()).collect();
            let _ = writeln!(text, "  {} --> {}", names[place], children.join(" & "));
        }
        text.push_str("```\n");
        text
    }

    /// A graph for Graphviz.
    pub fn dot(&self) -> String {
        let names = self.names();
        let mut text = "digraph lineage {\n  rankdir=LR;\n  node [fontname=\"Helvetica\", fontsize=11];\n".to_owned();
        for (layer, title) in self.layers.iter().enumerate() {
            let _ = writeln!(text, "  subgraph cluster_{layer} {{\n    label=\"{}\";", quoted(title, "\\\""));
            for (place, one) in self.boxes.iter().enumerate().filter(|(_, one)| one.layer == layer) {
                let shape = match one.shape {
                    Shape::Data => "cylinder",
                    Shape::Model => "box",
                    Shape::Use => "oval",
                };
                let _ =
                    writeln!(text, "    {} [label=\"{}\", shape={shape}];", names[place], quoted(&one.label, "\\\""));
            }
            text.push_str("  }\n");
        }
        for (place, parents) in self.parents.iter().enumerate() {
            for parent in parents {
                let _ = writeln!(text, "  {} -> {};", names[*parent], names[place]);
            }
        }
        text.push_str("}\n");
        text
    }

    /// A tree for the terminal: every node stands below the last of those that it reads, and names the others.
    pub fn text(&self) -> String {
        let depth = self.depths();
        let children = self.children();
        // A node hangs below the parent that is farthest from the roots: all that it needs was drawn before.
        let hangs: Vec<Option<usize>> =
            self.parents.iter().map(|parents| parents.iter().copied().max_by_key(|parent| depth[*parent])).collect();
        let mut text = String::new();
        for root in (0..self.boxes.len()).filter(|place| hangs[*place].is_none()) {
            self.branch(root, &hangs, &children, &mut Vec::new(), &mut text);
        }
        text
    }

    /// Writes a node and what hangs below it; `last` says of each node above whether it is the last of its siblings.
    fn branch(
        &self,
        place: usize,
        hangs: &[Option<usize>],
        children: &[Vec<usize>],
        last: &mut Vec<bool>,
        text: &mut String,
    ) {
        for (level, is_last) in last.iter().enumerate() {
            let is_own = level + 1 == last.len();
            text.push_str(match (is_own, is_last) {
                (true, true) => "└── ",
                (true, false) => "├── ",
                (false, true) => "    ",
                (false, false) => "│   ",
            });
        }
        text.push_str(&self.boxes[place].label);
        let others: Vec<&str> = self.parents[place]
            .iter()
            .filter(|parent| Some(**parent) != hangs[place])
            .map(|parent| self.boxes[*parent].label.as_str())
            .collect();
        if !others.is_empty() {
            let _ = write!(text, "  ← {}", others.join(", "));
        }
        text.push('\n');
        let below: Vec<usize> = children[place].iter().copied().filter(|child| hangs[*child] == Some(place)).collect();
        for (number, child) in below.iter().enumerate() {
            last.push(number + 1 == below.len());
            self.branch(*child, hangs, children, last, text);
            last.pop();
        }
    }

    /// The longest way from a root to each node.
    pub(super) fn depths(&self) -> Vec<usize> {
        let children = self.children();
        let mut open: Vec<usize> = self.parents.iter().map(Vec::len).collect();
        let mut ready: Vec<usize> = (0..open.len()).filter(|place| open[*place] == 0).collect();
        let mut depth = vec![0; open.len()];
        while let Some(place) = ready.pop() {
            for child in &children[place] {
                depth[*child] = depth[*child].max(depth[place] + 1);
                open[*child] -= 1;
                if open[*child] == 0 {
                    ready.push(*child);
                }
            }
        }
        depth
    }

    /// A name of letters, digits and underscores for each node, no two the same.
    fn names(&self) -> Vec<String> {
        let mut taken = HashSet::new();
        let mut names = Vec::with_capacity(self.boxes.len());
        for one in &self.boxes {
            // `end` and the like are words of the languages.
            let base = match word(&one.label) {
                base if ["end", "graph", "subgraph", "node", "edge", "default", "style"].contains(&base.as_str()) => {
                    format!("{base}_")
                }
                base => base,
            };
            let mut name = base.clone();
            let mut number = 2;
            while !taken.insert(name.clone()) {
                name = format!("{base}_{number}");
                number += 1;
            }
            names.push(name);
        }
        names
    }
}

/// The text with everything but ASCII letters and digits as underscores, and no digit in front.
fn word(text: &str) -> String {
    let word: String = text.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
    if word.starts_with(|letter: char| letter.is_ascii_digit()) { format!("n_{word}") } else { word }
}

fn quoted(text: &str, quote: &str) -> String {
    text.replace('\\', "\\\\").replace('"', quote).replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop() -> Picture {
        let mut picture = Picture::default();
        picture.node("source.shop.raw.orders", "raw.orders", "sources", Shape::Data);
        picture.node("model.shop.orders", "orders", "staging", Shape::Model);
        picture.node("model.shop.end", "end", "marts", Shape::Model);
        picture.node("exposure.shop.board", "A \"board\"", "exposures", Shape::Use);
        picture.edge("source.shop.raw.orders", "model.shop.orders");
        picture.edge("source.shop.raw.orders", "model.shop.end");
        picture.edge("model.shop.orders", "model.shop.end");
        picture.edge("model.shop.end", "exposure.shop.board");
        picture
    }

    #[test]
    fn text_hangs_a_node_below_the_last_it_reads_and_names_the_others() {
        let expected = "raw.orders\n└── orders\n    └── end  ← raw.orders\n        └── A \"board\"\n";
        assert_eq!(shop().text(), expected);
    }

    #[test]
    fn mermaid_escapes_words_and_quotes() {
        let drawn = shop().mermaid();
        for part in [
            "raw_orders[(\"raw.orders\")]",
            "    end_[\"end\"]",
            "A__board_([\"A #quot;board#quot;\"])",
            "raw_orders --> orders & end_",
        ] {
            assert!(drawn.contains(part), "{part}\n{drawn}");
        }
    }

    #[test]
    fn dot_has_a_cluster_for_each_layer_and_an_edge_for_each_reading() {
        let drawn = shop().dot();
        assert_eq!(drawn.matches("subgraph cluster_").count(), 4);
        assert_eq!(drawn.matches(" -> ").count(), 4);
        assert!(drawn.contains(r#"label="A \"board\"""#), "{drawn}");
    }
}
