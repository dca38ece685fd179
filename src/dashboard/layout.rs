//! A place for every visual that names none.
//!
//! From above: slicers and buttons side by side, then cards, then the charts in rows of two or three. A page that is
//! nothing but buttons and texts shows them large. Where the rows would become too low, the page becomes higher.

use super::definition::{PAGE_HEIGHT, PAGE_WIDTH, Rectangle, Visual, VisualKind};

/// Free space at the edges and between visuals, in pixels.
const GAP: u32 = 16;
const SLICER_HEIGHT: u32 = 72;
const CARD_HEIGHT: u32 = 104;
/// The least height of a row of charts.
const CHART_HEIGHT: u32 = 224;
/// More visuals than this in a strip would be too narrow to read.
const WIDEST_STRIP: usize = 6;

/// Gives every visual without a place one, and says how high the page is.
///
/// `placed` says of each visual whether it names its place.
pub(super) fn arrange(visuals: &mut [Visual], placed: &[bool]) -> u32 {
    let below = visuals.iter().zip(placed).filter(|(_, placed)| **placed);
    let lowest = below.map(|(visual, _)| visual.layout.y.saturating_add(visual.layout.height)).max();
    let lowest = lowest.unwrap_or(0);
    let mut free: Vec<&mut Visual> =
        visuals.iter_mut().zip(placed).filter(|(_, placed)| !**placed).map(|(visual, _)| visual).collect();
    if free.is_empty() {
        return lowest.max(PAGE_HEIGHT);
    }
    let mut top = GAP + if lowest > 0 { lowest } else { 0 };
    if !free.iter().any(|visual| visual.kind.has_data()) {
        return grid(&mut free, top, 3).max(PAGE_HEIGHT);
    }
    let (mut strip, rest): (Vec<_>, Vec<_>) = free
        .into_iter()
        .partition(|visual| matches!(visual.kind, VisualKind::Slicer | VisualKind::Button | VisualKind::Text));
    let (mut cards, mut charts): (Vec<_>, Vec<_>) =
        rest.into_iter().partition(|visual| visual.kind == VisualKind::Card);
    for (visuals, height) in [(&mut strip, SLICER_HEIGHT), (&mut cards, CARD_HEIGHT)] {
        for row in visuals.chunks_mut(WIDEST_STRIP) {
            beside(row, top, height);
            top += height + GAP;
        }
    }
    let columns = match charts.len() {
        0..=1 => 1,
        2 | 4 => 2,
        _ => 3,
    };
    grid(&mut charts, top, columns).max(PAGE_HEIGHT)
}

/// Places visuals in rows from `top` on, and gives the height of the page that takes.
fn grid(visuals: &mut [&mut Visual], top: u32, columns: usize) -> u32 {
    let rows = u32::try_from(visuals.len().div_ceil(columns)).unwrap_or(u32::MAX).max(1);
    let left = PAGE_HEIGHT.saturating_sub(top);
    let height = (left / rows).saturating_sub(GAP).max(CHART_HEIGHT);
    let mut top = top;
    for row in visuals.chunks_mut(columns) {
        beside(row, top, height);
        top += height + GAP;
    }
    top
}

/// Places visuals side by side over the whole width.
fn beside(visuals: &mut [&mut Visual], top: u32, height: u32) {
    let count = u32::try_from(visuals.len()).unwrap_or(1).max(1);
    let width = (PAGE_WIDTH - GAP * (count + 1)) / count;
    let mut left = GAP;
    for visual in visuals {
        visual.layout = Rectangle { x: left, y: top, width, height };
        left += width + GAP;
    }
}
