//! What differs between two tables of the same columns, as a small table of its own.
//!
//! dbt: shows it as the tool `daff` does, and so do we: `+++` rows are in the second table only, `---` rows in the first
//! only, in `→` rows the changed cells read `before→after`; rows and columns that tell nothing are left out.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

type Cell = Option<String>;

/// At most so many columns are tried in combination to find out which rows belong together.
const KEY_COLUMNS: usize = 5;

/// How much of a row or column is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    No,
    Changed,
    /// Beside something changed.
    Context,
    /// As three dots.
    Gap,
}

/// The table of differences, or nothing where there are none. Rows are to be sorted.
pub(super) fn difference(header: &[String], before: &[Vec<Cell>], after: &[Vec<Cell>]) -> Option<String> {
    let pairing = Pairing::new(header.len(), before, after);
    let units = pairing.units(before.len(), after.len());
    let mut columns: Vec<bool> = (0..header.len()).map(|column| pairing.keys.contains(&column)).collect();

    let mut rows: Vec<Shown> = Vec::with_capacity(units.len());
    for unit in &units {
        let changed = match *unit {
            (Some(left), Some(right)) => {
                let mut changed = false;
                for (column, shown) in columns.iter_mut().enumerate() {
                    if before[left][column] != after[right][column] {
                        *shown = true;
                        changed = true;
                    }
                }
                changed
            }
            (None, Some(_)) => {
                columns.fill(true);
                true
            }
            (Some(_), None) => true,
            (None, None) => false,
        };
        rows.push(if changed { Shown::Changed } else { Shown::No });
    }
    if !rows.contains(&Shown::Changed) {
        return None;
    }
    // The header is row 0: it takes part in what counts as a neighbor.
    rows.insert(0, Shown::No);
    spread(&mut rows);
    let mut shown: Vec<Shown> = columns.iter().map(|shown| if *shown { Shown::Changed } else { Shown::No }).collect();
    spread(&mut shown);
    let columns: Vec<bool> = shown.iter().map(|shown| matches!(shown, Shown::Changed | Shown::Context)).collect();

    let mut lines = vec![line("@@", header.iter().map(|name| Some(name.clone())).collect(), &columns)];
    let mut after_gap = false;
    for (unit, shown) in units.iter().zip(&rows[1..]) {
        match shown {
            Shown::No => continue,
            Shown::Gap if after_gap => continue,
            Shown::Gap => {
                lines.push(line("...", vec![Some("...".to_owned()); header.len()], &columns));
                after_gap = true;
                continue;
            }
            Shown::Changed | Shown::Context => after_gap = false,
        }
        lines.push(match *unit {
            (Some(left), Some(right)) => {
                let mut changed = false;
                let cells = before[left].iter().zip(&after[right]).map(|(left, right)| {
                    if left == right {
                        return left.clone();
                    }
                    changed = true;
                    let (left, right) = (word(left), word(right));
                    Some(format!("{}→{}", marked(&left, &right), marked(&right, &left)))
                });
                let cells = cells.collect();
                line(if changed { "→" } else { "" }, cells, &columns)
            }
            (None, Some(right)) => line("+++", after[right].clone(), &columns),
            (Some(left), None) => line("---", before[left].clone(), &columns),
            (None, None) => continue,
        });
    }
    Some(render(&lines))
}

/// Which row of one table is which of the other, row 0 of each being the header.
struct Pairing {
    forth: BTreeMap<usize, usize>,
    back: BTreeMap<usize, usize>,
    /// The columns by which rows were told apart.
    keys: BTreeSet<usize>,
}

impl Pairing {
    fn new(width: usize, before: &[Vec<Cell>], after: &[Vec<Cell>]) -> Self {
        let mut pairing = Self { forth: BTreeMap::new(), back: BTreeMap::new(), keys: BTreeSet::new() };
        pairing.link(0, 0);
        let columns = candidates(width, before, after);
        let (height, other) = (before.len() + 1, after.len() + 1);
        let all = 1_usize << columns.len();
        let mut whole: Option<(Vec<String>, Vec<String>)> = None;
        let mut tried = 0;
        for combination in 1..all {
            if tried > 0 && pairing.forth.len() == height {
                break;
            }
            let active: Vec<usize> =
                columns.iter().enumerate().filter(|(bit, _)| combination >> bit & 1 == 1).map(|(_, at)| *at).collect();
            pairing.keys.extend(&active);
            let (left, right) = (keys(before, &active), keys(after, &active));
            let (many, more) = (places(&left), places(&right));
            let most = many.values().chain(more.values()).map(Vec::len).max().unwrap_or(0);
            #[expect(clippy::cast_precision_loss, reason = "fixtures are small")]
            let crowded = most as f64 / (height.max(other) + 20) as f64 >= 0.1;
            let last = combination == all - 1;
            if !crowded || (tried == 0 && last) {
                tried += 1;
                for (row, key) in left.iter().enumerate() {
                    if pairing.forth.contains_key(&(row + 1)) || key.is_empty() || many[key].len() != 1 {
                        continue;
                    }
                    if let Some([found]) = more.get(key).map(Vec::as_slice)
                        && !pairing.back.contains_key(&(found + 1))
                    {
                        pairing.link(row + 1, found + 1);
                    }
                }
            }
            if last {
                whole = Some((left, right));
            }
        }
        if let Some((left, right)) = whole {
            pairing.extend(&left, &right);
        }
        pairing
    }

    fn link(&mut self, left: usize, right: usize) {
        self.forth.insert(left, right);
        self.back.insert(right, left);
    }

    /// Rows that are equal in all key columns but not alone so: they follow the pair before or precede the one after.
    fn extend(&mut self, left: &[String], right: &[String]) {
        for forward in [true, false] {
            self.follow(left, right, forward, false);
        }
        for forward in [true, false] {
            self.follow(right, left, forward, true);
        }
    }

    /// One walk along the rows of one table; `swapped` where that is the second one.
    fn follow(&mut self, here: &[String], there: &[String], forward: bool, swapped: bool) {
        let (height, other) = (here.len() + 1, there.len() + 1);
        let done = |pairing: &Self| if swapped { pairing.back.len() } else { pairing.forth.len() } == height;
        if done(self) {
            return;
        }
        let step = |at: usize| if forward { (at + 1 < other).then_some(at + 1) } else { at.checked_sub(1) };
        let mut next = if forward { None } else { Some(other - 1) };
        for index in 0..height {
            let at = if forward { index } else { height - 1 - index };
            let paired = if swapped { self.back.get(&at) } else { self.forth.get(&at) };
            if let Some(found) = paired {
                next = step(*found);
                if next.is_none() {
                    break;
                }
                continue;
            }
            let Some(found) = next else { continue };
            let taken = if swapped { self.forth.contains_key(&found) } else { self.back.contains_key(&found) };
            if taken || at == 0 || found == 0 || here[at - 1] != there[found - 1] {
                continue;
            }
            if swapped {
                self.link(found, at)
            } else {
                self.link(at, found)
            }
            next = step(found);
            if next.is_none() || done(self) {
                break;
            }
        }
    }

    /// The rows of both tables in the order of the second; what is only in the first stands where it stood.
    fn units(&self, before: usize, after: usize) -> Vec<(Option<usize>, Option<usize>)> {
        let mut lost = (1..=before).filter(|left| !self.forth.contains_key(left)).peekable();
        let mut units = Vec::new();
        for right in 1..=after {
            let left = self.back.get(&right).copied();
            while let (Some(left), Some(&gone)) = (left, lost.peek())
                && left > gone
            {
                units.push((Some(gone - 1), None));
                lost.next();
            }
            units.push((left.map(|left| left - 1), Some(right - 1)));
        }
        units.extend(lost.map(|gone| (Some(gone - 1), None)));
        units
    }
}

/// The columns that are tried as keys: of many, those with the most different values.
fn candidates(width: usize, before: &[Vec<Cell>], after: &[Vec<Cell>]) -> Vec<usize> {
    let mut columns: Vec<usize> = (0..width).collect();
    if width > KEY_COLUMNS {
        let different = |rows: &[Vec<Cell>], column: usize, name: usize| {
            let values: HashSet<&str> = rows.iter().map(|row| row[column].as_deref().unwrap_or_default()).collect();
            values.len() + name
        };
        // The header counts once in each table, so it changes no order.
        columns.sort_by_key(|column| {
            (std::cmp::Reverse(different(before, *column, 0) + different(after, *column, 0)), *column)
        });
        columns.truncate(KEY_COLUMNS);
    }
    columns
}

/// The key of each row: its cells in the given columns.
fn keys(rows: &[Vec<Cell>], columns: &[usize]) -> Vec<String> {
    let cell = |row: &[Cell], column: usize| {
        row[column].as_deref().filter(|text| !matches!(*text, "null" | "undefined")).unwrap_or_default().to_owned()
    };
    rows.iter().map(|row| columns.iter().map(|column| cell(row, *column)).collect::<Vec<_>>().join(" // ")).collect()
}

fn places(keys: &[String]) -> HashMap<String, Vec<usize>> {
    let mut places: HashMap<String, Vec<usize>> = HashMap::new();
    for (row, key) in keys.iter().enumerate() {
        places.entry(key.clone()).or_default().push(row);
    }
    places
}

/// Shows one neighbor on each side of what changed, and a gap beyond it.
fn spread(all: &mut [Shown]) {
    let changed: Vec<usize> = (0..all.len()).filter(|at| all[*at] == Shown::Changed).collect();
    for (at, shown) in all.iter_mut().enumerate().filter(|(_, shown)| **shown != Shown::Changed) {
        *shown = match changed.iter().map(|other| other.abs_diff(at)).min() {
            Some(1) => Shown::Context,
            Some(2) => Shown::Gap,
            _ => Shown::No,
        };
    }
}

/// A cell inside a change: a text that reads `NULL` is marked, since null reads so.
fn word(cell: &Cell) -> String {
    match cell {
        None => "NULL".to_owned(),
        Some(text) if text.trim_start_matches('_') == "NULL" => format!("_{text}"),
        Some(text) => text.clone(),
    }
}

/// A text with its further spaces made visible, where it differs from the other in spaces only.
fn marked(text: &str, other: &str) -> String {
    if text == other || text.replace(' ', "") != other.replace(' ', "") {
        return text.to_owned();
    }
    let mut shown = String::new();
    let (mut letters, mut others) = (text.chars().peekable(), other.chars().peekable());
    while let Some(letter) = letters.peek().copied() {
        if others.peek() == Some(&letter) {
            shown.push(letter);
            letters.next();
            others.next();
        } else if others.peek() == Some(&' ') {
            others.next();
        } else {
            shown.push('␣');
            letters.next();
        }
    }
    shown
}

/// A line: its mark and the cells of the shown columns; a run of columns that are not becomes three dots.
fn line(mark: &str, cells: Vec<Cell>, columns: &[bool]) -> Vec<String> {
    let mut line = vec![mark.to_owned()];
    let mut gap = false;
    for (cell, shown) in cells.into_iter().zip(columns) {
        if *shown {
            line.push(quoted(&cell));
        } else if !gap {
            line.push("...".to_owned());
        }
        gap = !shown;
    }
    line
}

/// A cell as CSV shows it.
fn quoted(cell: &Cell) -> String {
    let Some(text) = cell else { return "NULL".to_owned() };
    let special = |letter: char| matches!(letter, '"' | '\r' | '\n' | '\t' | ',');
    if text.starts_with(' ') || text.ends_with(' ') || text.contains(special) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.clone()
    }
}

/// Aligns the columns, unless the table is too wide for that.
fn render(lines: &[Vec<String>]) -> String {
    let count = lines.first().map_or(0, Vec::len);
    let length = |cell: &String| cell.chars().count();
    let mut widths = Vec::with_capacity(count);
    for column in 0..count {
        let lengths: Vec<usize> = lines.iter().map(|line| length(&line[column])).collect();
        widths.push(usual(&lengths).max(lengths[0]));
    }
    let aligned = widths.iter().sum::<usize>() + count.saturating_sub(1) <= 130;
    let mut text = String::new();
    for line in lines {
        let (mut at, mut target) = (0, 0);
        for (column, cell) in line.iter().enumerate() {
            if aligned && at < target {
                text.push_str(&" ".repeat(target - at));
                at = target;
            }
            if column > 0 {
                text.push(',');
            }
            text.push_str(cell);
            at += length(cell);
            target += widths[column];
        }
        text.push('\n');
    }
    text
}

/// The greatest length that is not an outlier: at most two standard deviations above the mean.
fn usual(lengths: &[usize]) -> usize {
    #[expect(clippy::cast_precision_loss, reason = "lengths of texts")]
    let (count, sum, squares) = (
        lengths.len() as f64,
        lengths.iter().sum::<usize>() as f64,
        lengths.iter().map(|length| length * length).sum::<usize>() as f64,
    );
    let mean = sum / count;
    let deviation = (squares / count - mean * mean).max(0.0).sqrt();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a length")]
    let most = (mean + deviation * 2.0 + 0.5) as usize;
    lengths.iter().copied().filter(|length| *length <= most).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::difference;

    fn rows(text: &str) -> Vec<Vec<Option<String>>> {
        let cell = |cell: &str| (cell != "-").then(|| cell.to_owned());
        text.lines().map(|line| line.split(' ').map(cell).collect()).collect()
    }

    fn shown(header: &str, before: &str, after: &str) -> Option<String> {
        let header: Vec<String> = header.split(' ').map(str::to_owned).collect();
        difference(&header, &rows(before), &rows(after))
    }

    #[test]
    fn changed_new_and_lost_rows() {
        assert_eq!(shown("id s", "1 a\n2 b", "1 a\n2 b"), None);
        let text = shown(
            "id s ok x",
            "1 aq True 1.3\n2 bz False -\n3 b - -\n4 b - -\n6 b - -",
            "1 aq True 1.3\n2 bq - -\n3 b - -\n4 b - -\n5 b - -",
        );
        let expected = "@@ ,id,s ,ok  ,x\n   ,1 ,aq,True,1.3\n→  ,2 ,bz→bq,False→NULL,NULL\n   ,3 ,b ,NULL,NULL\n   ,4 ,b ,NULL,NULL\n+++,5 ,b ,NULL,NULL\n---,6 ,b ,NULL,NULL\n";
        assert_eq!(text.as_deref(), Some(expected));
    }

    #[test]
    fn spaces_are_made_visible() {
        assert_eq!(super::marked("a b", "ab"), "a␣b");
        assert_eq!(super::marked("ab", "a b"), "ab");
        assert_eq!(super::marked("a b", "ac"), "a b");
    }

    #[test]
    fn what_tells_nothing_is_left_out() {
        let table = |changed: &str| {
            (1..=9).map(|id| format!("{id} {}", if id == 5 { changed } else { "x" })).collect::<Vec<_>>().join("\n")
        };
        let text = shown("id v", &table("x"), &table("y")).unwrap();
        assert_eq!(text, "@@ ,id ,v\n...,...,...\n   ,4  ,x\n→  ,5  ,x→y\n   ,6  ,x\n...,...,...\n");
    }
}
