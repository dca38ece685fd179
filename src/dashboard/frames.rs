//! The frames of a dashboard: what is asked once is kept once.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;
use serde_json::Value;

use super::definition::Field;
use super::figures::{FieldValues, Fold, Frame, FrameKey, PartReference, Steps};
use super::query::{Problem, Warehouse};
use super::sql::{self, Relation};
use super::values::{Values, number, scalar};
use crate::adapter::{Cell, Fetch, Table};

/// Rows of a frame at most.
pub(super) const MOST_ROWS: usize = 50_000;
/// Beyond this many, the ids behind a distinct count are not kept one by one.
const MOST_ITEMS: usize = 30_000;
/// Slicers of single values under which a distinct count is kept for each value and for all.
const MOST_LISTS: usize = 2;

/// What a visual's figures are grouped by: its own fields, and those of the slicers that filter it.
#[derive(Debug, Clone)]
pub(super) struct Keys<'d> {
    /// The model's unique id.
    pub(super) node: String,
    /// The visual's fields, with their positions.
    pub(super) own: Vec<(usize, &'d Field)>,
    /// The slicers' fields that are none of its own, and whether a range filters them.
    pub(super) slicers: Vec<(usize, &'d Field, bool)>,
}

impl Keys<'_> {
    fn positions(&self) -> Vec<usize> {
        self.own.iter().map(|(at, _)| *at).chain(self.slicers.iter().map(|(at, _, _)| *at)).collect()
    }
}

/// A frame of parts that is asked for when all its parts are known.
struct Open {
    frame: usize,
    relation: Relation,
    fields: Vec<usize>,
    keys: Vec<String>,
    parts: Vec<String>,
}

/// All frames of a dashboard.
pub(super) struct Frames<'w, 'a> {
    warehouse: &'w mut Warehouse<'a>,
    /// The values of the fields.
    pub(super) values: Values,
    frames: Vec<Frame>,
    relations: HashMap<String, Result<Relation, Problem>>,
    open: IndexMap<(String, Vec<usize>), Open>,
    /// Numbers that were asked for, by query.
    numbers: HashMap<String, usize>,
    /// Frames of items and steps, by what they hold.
    kept: HashMap<String, PartReference>,
    /// Groupings whose slicers take one value at a time.
    single: HashSet<(String, Vec<usize>)>,
}

impl<'w, 'a> Frames<'w, 'a> {
    pub(super) fn new(warehouse: &'w mut Warehouse<'a>) -> Self {
        Self {
            warehouse,
            values: Values::default(),
            frames: Vec::new(),
            relations: HashMap::new(),
            open: IndexMap::new(),
            numbers: HashMap::new(),
            kept: HashMap::new(),
            single: HashSet::new(),
        }
    }

    /// Asks the warehouse.
    pub(super) fn ask(&mut self, query: &str, fetch: Fetch) -> Result<Table, Problem> {
        (self.warehouse.ask)(query, fetch).map_err(|error| error.message.clone())
    }

    fn number(&mut self, query: String) -> Result<usize, Problem> {
        if let Some(known) = self.numbers.get(&query) {
            return Ok(*known);
        }
        let table = self.ask(&query, Fetch::All)?;
        let number = table.first().and_then(Cell::as_int).and_then(|number| usize::try_from(number).ok());
        let number = number.ok_or_else(|| "The warehouse counted nothing.".to_owned())?;
        self.numbers.insert(query, number);
        Ok(number)
    }

    /// The relation of a model with its columns.
    pub(super) fn relation(&mut self, node: &str) -> Result<Relation, Problem> {
        if let Some(known) = self.relations.get(node) {
            return known.clone();
        }
        let found = self.look(node);
        self.relations.insert(node.to_owned(), found.clone());
        found
    }

    fn look(&mut self, node: &str) -> Result<Relation, Problem> {
        let short = node.rsplit('.').next().unwrap_or(node);
        let name = self.warehouse.relations.get(node).cloned();
        let name = name.ok_or_else(|| format!("{short} has no table in this target."))?;
        let table = self
            .ask(&format!("select * from {name} where 1 = 0"), Fetch::All)
            .map_err(|reason| format!("{short} cannot be read in this target: {reason}"))?;
        let columns = table.columns.into_iter().map(|column| (column.name, column.data_type)).collect();
        Ok(Relation { name, quote: self.warehouse.quote, columns })
    }

    fn expressions(&mut self, keys: &Keys<'_>) -> Result<(Relation, Vec<String>), Problem> {
        let relation = self.relation(&keys.node)?;
        let fields = keys.own.iter().map(|(_, field)| *field).chain(keys.slicers.iter().map(|(_, field, _)| *field));
        let expressions = fields
            .map(|field| {
                let missing = || format!("its model has no column {} in this target", field.column);
                relation.field(&field.column, field.grain).ok_or_else(missing)
            })
            .collect::<Result<_, _>>()?;
        Ok((relation, expressions))
    }

    /// A part that adds up, or is the least or greatest.
    pub(super) fn part(&mut self, keys: &Keys<'_>, part: &str, fold: Fold) -> Result<PartReference, Problem> {
        let (relation, expressions) = self.expressions(keys)?;
        let positions = keys.positions();
        let key = (keys.node.clone(), positions.clone());
        if !self.open.contains_key(&key) {
            if !expressions.is_empty() && self.number(sql::size(&relation, &expressions, None))? > MOST_ROWS {
                return Err(format!("more than {MOST_ROWS} combinations of values would have to be kept"));
            }
            let frame = self.frames.len();
            self.frames.push(Frame { model: keys.node.clone(), ..Frame::default() });
            let open =
                Open { frame, relation: relation.clone(), fields: positions, keys: expressions, parts: Vec::new() };
            self.open.insert(key.clone(), open);
        }
        if !self.open[&key].parts.iter().any(|own| own == part) {
            // What cannot be calculated is found here, where it concerns one visual.
            self.ask(&format!("select {part} from {} where 1 = 0", relation.name), Fetch::All)?;
            self.open[&key].parts.push(part.to_owned());
        }
        let open = &self.open[&key];
        let at = open.parts.iter().position(|own| own == part).unwrap_or_default();
        Ok(PartReference { frame: open.frame, fold, part: at })
    }

    /// How many different values of a column there are.
    pub(super) fn distinct(&mut self, keys: &Keys<'_>, item: &str) -> Result<PartReference, Problem> {
        let memory = format!("distinct {item} {} {:?}", keys.node, keys.positions());
        if let Some(known) = self.kept.get(&memory) {
            return Ok(*known);
        }
        let (relation, mut expressions) = self.expressions(keys)?;
        if keys.slicers.is_empty() {
            return self.part(keys, &format!("count(distinct {item})"), Fold::Exact);
        }
        expressions.push(item.to_owned());
        // Many ids alone are too many with anything beside them, and are counted in a fraction of the time.
        let is_few = self.number(format!("select count(distinct {item}) from {}", relation.name))? <= MOST_ITEMS
            && self.number(sql::size(&relation, &expressions, Some(item)))? <= MOST_ITEMS;
        let reference = if is_few {
            let table = self.ask(&sql::different(&relation, &expressions, Some(item)), Fetch::All)?;
            let frame = self.keep(&keys.node, &keys.positions(), &table);
            let mut known: HashMap<String, usize> = HashMap::new();
            let numbered = table.rows.iter().map(|row| {
                let next = known.len();
                let text = row.last().map(|cell| scalar(cell).1.to_string()).unwrap_or_default();
                Value::from(*known.entry(text).or_insert(next))
            });
            self.frames[frame].items = Some(numbered.collect());
            PartReference { frame, fold: Fold::Distinct, part: 0 }
        } else {
            self.precounted(keys, &relation, item)?
        };
        self.kept.insert(memory, reference);
        Ok(reference)
    }

    /// Distinct counts for every range, and for each value of the lists and all of them.
    fn precounted(&mut self, keys: &Keys<'_>, relation: &Relation, item: &str) -> Result<PartReference, Problem> {
        let (ranges, lists): (Vec<_>, Vec<_>) = keys.slicers.iter().partition(|(_, _, is_range)| *is_range);
        if ranges.len() > 1 || lists.len() > MOST_LISTS {
            return Err("different values cannot be counted exactly under so many slicers".to_owned());
        }
        let expression = |field: &Field| relation.field(&field.column, field.grain).unwrap_or_default();
        let frame = self.frames.len();
        let mut made = Frame { model: keys.node.clone(), ..Frame::default() };
        let key = |at: usize, all: bool| FrameKey { field: at, codes: Vec::new(), all };
        made.keys = keys.own.iter().map(|(at, _)| key(*at, false)).collect();
        made.keys.extend(lists.iter().map(|(at, _, _)| key(*at, true)));
        made.steps = ranges.first().map(|(at, _, _)| Steps { field: *at, before: Vec::new(), at: Vec::new() });
        made.parts = vec![Vec::new()];
        for mask in 0..1_usize << lists.len() {
            let chosen: Vec<bool> = (0..lists.len()).map(|at| mask >> at & 1 == 1).collect();
            let mut grouped: Vec<String> = keys.own.iter().map(|(_, field)| expression(field)).collect();
            grouped
                .extend(lists.iter().zip(&chosen).filter(|(_, is)| **is).map(|((_, field, _), _)| expression(field)));
            let query = match ranges.first() {
                Some((_, field, _)) => sql::steps(relation, &grouped, &expression(field), item),
                None => sql::groups(relation, &grouped, &[format!("count(distinct {item})")]),
            };
            let table = self.ask(&query, Fetch::Limit(MOST_ROWS + 1))?;
            if made.size + table.rows.len() > MOST_ROWS {
                return Err("different values cannot be counted exactly under it within the size of a page".to_owned());
            }
            for row in &table.rows {
                let mut cells = row.iter();
                for (at, key) in made.keys.iter_mut().enumerate() {
                    let is_there = at < keys.own.len() || chosen[at - keys.own.len()];
                    let cell = if is_there { cells.next() } else { None };
                    key.codes.push(cell.map_or(-1, |cell| self.values.code(key.field, cell)));
                }
                if let Some(steps) = &mut made.steps {
                    let mut period = || match cells.next() {
                        None | Some(Cell::Null) => -1,
                        Some(cell) => self.values.code(steps.field, cell),
                    };
                    let before = period();
                    steps.at.push(period());
                    steps.before.push(before);
                }
                made.parts[0].push(cells.next().map_or(Value::Null, number));
            }
            made.size += table.rows.len();
        }
        if !lists.is_empty() {
            self.single.insert((keys.node.clone(), keys.positions()));
        }
        let fold = if made.steps.is_some() { Fold::Steps } else { Fold::Exact };
        self.frames.push(made);
        Ok(PartReference { frame, fold, part: 0 })
    }

    /// Why the slicers of a grouping take one value at a time, if so.
    pub(super) fn one_at_a_time(&self, keys: &Keys<'_>) -> Option<String> {
        let is_single = self.single.contains(&(keys.node.clone(), keys.positions()));
        is_single.then(|| {
            "Different values are counted exactly for each single value; several at once would need every id on this page."
                .to_owned()
        })
    }

    /// The middle value of a column.
    pub(super) fn median(&mut self, keys: &Keys<'_>, item: &str) -> Result<PartReference, Problem> {
        let memory = format!("median {item} {} {:?}", keys.node, keys.positions());
        if let Some(known) = self.kept.get(&memory) {
            return Ok(*known);
        }
        let (relation, mut expressions) = self.expressions(keys)?;
        expressions.push(item.to_owned());
        if self.number(sql::size(&relation, &expressions, Some(item)))? > MOST_ITEMS {
            if keys.slicers.is_empty() {
                return self.part(keys, &format!("median({item})"), Fold::Exact);
            }
            return Err("the median needs more values than a page keeps".to_owned());
        }
        let table = self.ask(&sql::groups(&relation, &expressions, &["count(*)".to_owned()]), Fetch::All)?;
        let frame = self.keep(&keys.node, &keys.positions(), &table);
        let at = expressions.len() - 1;
        self.frames[frame].items = Some(table.rows.iter().map(|row| number(&row[at])).collect());
        self.frames[frame].parts = vec![table.rows.iter().map(|row| number(&row[at + 1])).collect()];
        let reference = PartReference { frame, fold: Fold::Median, part: 0 };
        self.kept.insert(memory, reference);
        Ok(reference)
    }

    /// Keeps a table whose first columns are fields.
    pub(super) fn keep(&mut self, node: &str, fields: &[usize], table: &Table) -> usize {
        let keys = self.keys(fields, table);
        self.frames.push(Frame { model: node.to_owned(), size: table.rows.len(), keys, ..Frame::default() });
        self.frames.len() - 1
    }

    fn keys(&mut self, fields: &[usize], table: &Table) -> Vec<FrameKey> {
        let key = |(at, field): (usize, &usize)| {
            let codes = table.rows.iter().map(|row| self.values.code(*field, &row[at])).collect();
            FrameKey { field: *field, codes, all: false }
        };
        fields.iter().enumerate().map(key).collect()
    }

    /// Asks for the parts, and sorts the values of all fields.
    ///
    /// # Errors
    /// A query fails that stood its test.
    pub(super) fn finish(mut self) -> Result<(Vec<Frame>, Vec<FieldValues>), Problem> {
        for open in std::mem::take(&mut self.open).into_values() {
            let table = self.ask(&sql::groups(&open.relation, &open.keys, &open.parts), Fetch::All)?;
            let keys = self.keys(&open.fields, &table);
            let part = |at: usize| table.rows.iter().map(|row| number(&row[open.keys.len() + at])).collect();
            let frame = &mut self.frames[open.frame];
            frame.size = table.rows.len();
            frame.parts = (0..open.parts.len()).map(part).collect();
            frame.keys = keys;
        }
        let fields = self.values.finish(&mut self.frames);
        Ok((self.frames, fields))
    }
}
