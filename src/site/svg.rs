//! A picture as SVG: columns from left to right, few crossings, readable in light and dark.

use std::fmt::Write;

use super::picture::{Picture, Shape};

const HIGH: f64 = 30.0;
const GAP: (f64, f64) = (64.0, 14.0);
const MARGIN: f64 = 20.0;
/// About the width of a letter of the font, in pixels.
const LETTER: f64 = 7.0;
/// Strokes of the layers, in turn; of a middling lightness, so that they are seen on white and on black.
const COLORS: [&str; 8] = ["#2f8f83", "#3478c6", "#7a5bd0", "#c96a1b", "#c2427f", "#7c8f2f", "#2596b5", "#7d776d"];

impl Picture {
    /// An image in SVG.
    pub fn svg(&self) -> String {
        let columns = self.columns();
        let wide: Vec<f64> = columns
            .iter()
            .map(|column| column.iter().map(|place| width(&self.boxes[*place].label)).fold(60.0, f64::max))
            .collect();
        let tallest = columns.iter().map(Vec::len).max().unwrap_or(0);
        let height = number(tallest) * (HIGH + GAP.1) - GAP.1 + 2.0 * MARGIN;
        let mut at = vec![(0.0, 0.0, 0.0); self.boxes.len()];
        let mut left = MARGIN;
        for (column, wide) in columns.iter().zip(&wide) {
            let free = height - number(column.len()) * (HIGH + GAP.1) + GAP.1;
            for (place, one) in column.iter().enumerate() {
                at[*one] = (left, free / 2.0 + number(place) * (HIGH + GAP.1), *wide);
            }
            left += wide + GAP.0;
        }
        let total = left - GAP.0 + MARGIN;
        let mut text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{total:.0}\" height=\"{height:.0}\" \
             viewBox=\"0 0 {total:.0} {height:.0}\" role=\"img\" aria-label=\"Lineage of {} nodes\">\n<style>\
             text{{font:12px ui-sans-serif,system-ui,sans-serif;fill:#1f1d1a}}.box{{fill:#fff;stroke-width:1.5}}\
             .edge{{fill:none;stroke:#9a948a;stroke-width:1.2}}@media(prefers-color-scheme:dark){{text{{fill:#f0ece6}}\
             .box{{fill:#1d1b1a}}}}</style>\n",
            self.boxes.len()
        );
        for (child, parents) in self.parents.iter().enumerate() {
            for parent in parents {
                let (x1, y1) = (at[*parent].0 + at[*parent].2, at[*parent].1 + HIGH / 2.0);
                let (x2, y2) = (at[child].0, at[child].1 + HIGH / 2.0);
                let reach = ((x2 - x1) / 2.0).max(20.0);
                let _ = writeln!(
                    text,
                    "<path class=\"edge\" d=\"M{x1:.1} {y1:.1}C{:.1} {y1:.1} {:.1} {y2:.1} {x2:.1} {y2:.1}\"/>",
                    x1 + reach,
                    x2 - reach
                );
            }
        }
        for (one, (x, y, wide)) in self.boxes.iter().zip(&at) {
            let round = if one.shape == Shape::Model { 5.0 } else { HIGH / 2.0 };
            let color = COLORS[one.layer % COLORS.len()];
            let _ = writeln!(
                text,
                "<rect class=\"box\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{wide:.1}\" height=\"{HIGH}\" rx=\"{round}\" \
                 stroke=\"{color}\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                x + wide / 2.0,
                y + HIGH / 2.0 + 4.0,
                one.label.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
            );
        }
        text.push_str("</svg>\n");
        text
    }

    /// The nodes of each column, in an order with few crossings: each goes to the mean of its neighbors.
    fn columns(&self) -> Vec<Vec<usize>> {
        let children = self.children();
        let mut depth = self.depths();
        for place in 0..depth.len() {
            // A root stands just left of the first that reads it.
            if self.parents[place].is_empty()
                && let Some(first) = children[place].iter().map(|child| depth[*child]).min()
            {
                depth[place] = first.saturating_sub(1);
            }
        }
        let mut columns: Vec<Vec<usize>> = Vec::new();
        for (place, depth) in depth.iter().enumerate() {
            if columns.len() <= *depth {
                columns.resize(depth + 1, Vec::new());
            }
            columns[*depth].push(place);
        }
        let mut height = vec![0.0; depth.len()];
        let put = |column: &[usize], height: &mut Vec<f64>| {
            for (place, one) in column.iter().enumerate() {
                height[*one] = (number(place) + 0.5) / number(column.len());
            }
        };
        columns.iter().for_each(|column| put(column, &mut height));
        for sweep in 0..16 {
            let order: Vec<usize> =
                if sweep % 2 == 0 { (0..columns.len()).collect() } else { (0..columns.len()).rev().collect() };
            let near = if sweep % 2 == 0 { &self.parents } else { &children };
            for column in order {
                let mean = |one: usize| {
                    let near = &near[one];
                    let sum: f64 = near.iter().map(|other| height[*other]).sum();
                    if near.is_empty() { height[one] } else { sum / number(near.len()) }
                };
                let mut sorted: Vec<(f64, usize)> = columns[column].iter().map(|one| (mean(*one), *one)).collect();
                sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
                columns[column] = sorted.into_iter().map(|(_, one)| one).collect();
                put(&columns[column], &mut height);
            }
        }
        columns.retain(|column| !column.is_empty());
        columns
    }
}

fn width(label: &str) -> f64 {
    number(label.chars().count()) * LETTER + 24.0
}

#[expect(clippy::cast_precision_loss, reason = "counts of boxes and letters are small")]
fn number(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_node_and_edge_is_drawn_and_columns_follow_the_edges() {
        let mut picture = Picture::default();
        for name in ["a", "b", "c<d>"] {
            picture.node(name, name, "models", Shape::Model);
        }
        picture.edge("a", "b");
        picture.edge("b", "c<d>");
        let drawn = picture.svg();
        assert_eq!((drawn.matches("<rect").count(), drawn.matches("<path").count()), (3, 2));
        assert!(drawn.contains("c&lt;d&gt;"));
        assert_eq!(picture.columns(), [[0], [1], [2]]);
    }
}
