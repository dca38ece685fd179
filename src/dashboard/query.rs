//! Dashboards to figures: asks the warehouse once, while the site is made.
//!
//! | figure | kept as |
//! |---|---|
//! | count, sum, least, greatest, average | parts by the visual's fields and the slicers': they add up for every choice |
//! | distinct count, few ids | the different ids themselves, numbered |
//! | distinct count, many ids | under a range: the steps of each id from period to period, which add up exactly for every range; under a list: one figure for each value and one for all, and the page allows one value at a time |
//! | median | how often each value occurs |
//! | rows of a table | the first rows for each combination of the slicers' values |
//!
//! Where a visual would need more than [`MOST_ROWS`] rows, its slicers are left out, and the page says so.

use std::collections::HashMap;

use super::definition::{Dashboard, Field, Measure, Page, SlicerStyle, Use, Visual, VisualKind};
use super::expression::{Aggregate, Term};
use super::figures::{
    Dimension, Drawn, DrawnPage, Figures, Fold, Formula, PartReference, Role, RowColumn, RowTable, ShownValue, Slicer,
    SortBy, Unfiltered, ValueRole,
};
use super::frames::{Frames, Keys, MOST_ROWS};
use super::sql;
use super::values::scalar;
use crate::adapter::{AdapterError, Fetch, Table};

/// Values of a slicer at most.
const MOST_VALUES: usize = 5_000;
/// Rows of a table that states no limit, for each combination of its slicers' values.
const TABLE_ROWS: u32 = 500;

/// Runs a query.
pub type Ask<'a> = dyn FnMut(&str, Fetch) -> Result<Table, AdapterError> + 'a;

/// The warehouse that a dashboard reads.
pub struct Warehouse<'a> {
    /// How a query names the relation of each model, by unique id.
    pub relations: HashMap<String, String>,
    /// What encloses a name.
    pub quote: char,
    /// Runs a query.
    pub ask: &'a mut Ask<'a>,
}

/// Why a visual cannot be drawn, in words for its reader.
pub(super) type Problem = String;

/// The figures of a dashboard; what fails is said on the page, visual by visual.
pub fn figures(dashboard: &Dashboard, warehouse: &mut Warehouse<'_>) -> Figures {
    let mut maker = Maker { dashboard, frames: Frames::new(warehouse), single: HashMap::new() };
    let mut pages: Vec<DrawnPage> = dashboard.pages.iter().map(|page| maker.page(page)).collect();
    for (page, visual, reason) in maker.single.into_iter().map(|((page, visual), reason)| (page, visual, reason)) {
        let drawn = pages.iter_mut().find(|own| own.name == page);
        let drawn = drawn.and_then(|own| own.visuals.iter_mut().find(|own| own.id == visual));
        if let Some(slicer) = drawn.and_then(|own| own.slicer.as_mut()) {
            slicer.single = Some(reason);
        }
    }
    let with_data = || dashboard.visuals().filter(|(_, visual)| visual.kind.has_data());
    let drawn = || pages.iter().flat_map(|page| &page.visuals);
    let problem = drawn().find_map(|visual| visual.problem.clone());
    let is_empty = with_data().count() > 0
        && drawn().filter(|visual| visual.kind.has_data()).all(|visual| visual.problem.is_some());
    let finished = maker.frames.finish();
    let failed = finished.as_ref().err().cloned();
    let (frames, fields) = finished.unwrap_or_default();
    Figures {
        id: dashboard.exposure.clone(),
        name: dashboard.name.clone(),
        title: dashboard.title.clone(),
        description: dashboard.description.clone(),
        problem: failed.or(problem.filter(|_| is_empty)),
        notes: Vec::new(),
        read_at: crate::outcome::iso(crate::outcome::now()),
        pages,
        fields,
        frames,
        models: std::collections::BTreeMap::new(),
    }
}

struct Maker<'d, 'w, 'a> {
    dashboard: &'d Dashboard,
    frames: Frames<'w, 'a>,
    /// Slicers that take one value at a time, by page and name, and why.
    single: HashMap<(String, String), String>,
}

/// A slicer that filters a visual.
struct Filter<'d> {
    name: &'d str,
    field: &'d Field,
    is_range: bool,
}

fn is_range(visual: &Visual) -> bool {
    visual.style == Some(SlicerStyle::Range)
}

impl<'d> Maker<'d, '_, '_> {
    fn page(&mut self, page: &'d Page) -> DrawnPage {
        let visuals = page.visuals.iter().map(|visual| self.visual(page, visual)).collect();
        DrawnPage { name: page.name.clone(), title: page.title.clone(), height: page.height, visuals }
    }

    fn visual(&mut self, page: &'d Page, visual: &'d Visual) -> Drawn {
        let mut drawn = Drawn {
            id: visual.name.clone(),
            kind: visual.kind,
            title: visual.title.clone(),
            description: String::new(),
            place: visual.layout,
            model: visual.node.clone(),
            dimensions: Vec::new(),
            values: Vec::new(),
            sort: None,
            limit: visual.limit,
            stacked: visual.stacked,
            horizontal: visual.horizontal,
            filters: Vec::new(),
            unfiltered: Vec::new(),
            rows: None,
            slicer: None,
            page: visual.page.as_ref().map(|page| page.name.clone()),
            text: visual.text.clone(),
            problem: None,
        };
        if !visual.kind.has_data() {
            return drawn;
        }
        let filled = match visual.kind {
            VisualKind::Slicer => self.slicer(visual, &mut drawn),
            _ => self.data(page, visual, &mut drawn),
        };
        drawn.problem = filled.err();
        drawn
    }

    fn slicer(&mut self, visual: &'d Visual, drawn: &mut Drawn) -> Result<(), Problem> {
        let field = visual.field.as_ref().ok_or("The slicer names no column.")?;
        let node = visual.node.as_deref().ok_or("The slicer's model is unknown.")?;
        let relation = self.frames.relation(node)?;
        let column = relation.field(&field.column, field.grain).ok_or_else(|| absent(node, &field.column))?;
        // A range knows no place for what is missing.
        let not_null = is_range(visual).then(|| column.clone());
        let query = sql::different(&relation, &[column], not_null.as_deref());
        let table = self.frames.ask(&query, Fetch::Limit(MOST_VALUES + 1))?;
        if table.rows.len() > MOST_VALUES {
            return Err(format!("{} has more than {MOST_VALUES} values.", field.label));
        }
        let at = self.frames.values.field(field);
        let frame = self.frames.keep(node, &[at], &table);
        let kind = if is_range(visual) { "range" } else { "list" };
        drawn.slicer = Some(Slicer { kind, field: at, frame, single: None });
        Ok(())
    }

    /// The slicers of the page that filter a visual, and those that do not.
    fn filters(&mut self, page: &'d Page, visual: &Visual, node: &str) -> (Vec<Filter<'d>>, Vec<Unfiltered>) {
        let (mut filters, mut others) = (Vec::new(), Vec::new());
        let Ok(relation) = self.frames.relation(node) else { return (filters, others) };
        for slicer in page.visuals.iter().filter(|other| other.kind == VisualKind::Slicer) {
            let Some(field) = &slicer.field else { continue };
            let reason = if visual.ignores.iter().any(|ignored| ignored.name == slicer.name) {
                "the definition leaves it out".to_owned()
            } else if relation.column(&field.column).is_none() {
                format!("its model has no column {}", field.column)
            } else {
                filters.push(Filter { name: &slicer.name, field, is_range: is_range(slicer) });
                continue;
            };
            others.push(Unfiltered { slicer: slicer.name.clone(), reason });
        }
        (filters, others)
    }

    fn data(&mut self, page: &'d Page, visual: &'d Visual, drawn: &mut Drawn) -> Result<(), Problem> {
        let node = visual.node.as_deref().ok_or("Its model is unknown.")?;
        let (filters, others) = self.filters(page, visual, node);
        drawn.unfiltered = others;
        drawn.dimensions = dimensions(visual)
            .map(|(role, field)| Dimension { role, label: field.label.clone(), field: self.frames.values.field(field) })
            .collect();
        let is_rows = visual.kind == VisualKind::Table && visual.shown_measures().next().is_none();
        if !is_rows {
            drawn.sort = sort(visual);
        }
        let attempt = |maker: &mut Self, filters: &[Filter<'d>], drawn: &mut Drawn| {
            if is_rows {
                maker.rows(visual, node, filters, drawn)
            } else {
                maker.measures(page, (visual, node), filters, drawn)
            }
        };
        match attempt(self, &filters, drawn) {
            Ok(()) => drawn.filters = filters.iter().map(|filter| filter.name.to_owned()).collect(),
            Err(reason) if filters.is_empty() => return Err(reason),
            // Better a figure over everything, and said so, than none.
            Err(reason) => {
                attempt(self, &[], drawn)?;
                let left_out = filters.iter().map(|filter| Unfiltered {
                    slicer: filter.name.to_owned(),
                    reason: reason.trim_end_matches('.').to_owned(),
                });
                drawn.unfiltered.extend(left_out);
            }
        }
        if is_rows {
            drawn.dimensions.clear();
        }
        Ok(())
    }

    fn measures(
        &mut self,
        page: &Page,
        (visual, node): (&'d Visual, &str),
        filters: &[Filter<'d>],
        drawn: &mut Drawn,
    ) -> Result<(), Problem> {
        let own: Vec<&Field> = dimensions(visual).map(|(_, field)| field).collect();
        let keys = Keys {
            node: node.to_owned(),
            own: own.iter().map(|field| (self.frames.values.field(field), *field)).collect(),
            slicers: Vec::new(),
        };
        let slicers = filters.iter().filter_map(|filter| {
            let at = self.frames.values.field(filter.field);
            (!keys.own.iter().any(|(field, _)| *field == at)).then_some((at, filter.field, filter.is_range))
        });
        let keys = Keys { slicers: slicers.collect(), ..keys.clone() };
        let mut values = Vec::new();
        for (role, used) in measures(visual) {
            let measure =
                self.dashboard.measure(&used.name).ok_or_else(|| format!("There is no measure {}.", used.name))?;
            values.push(ShownValue {
                role,
                label: measure.label.clone(),
                format: measure.format.clone().unwrap_or_default(),
                formula: self.formula(&measure.expression.term, measure, &keys)?,
            });
        }
        drawn.values = values;
        if let Some(reason) = self.frames.one_at_a_time(&keys) {
            for filter in filters.iter().filter(|filter| !filter.is_range) {
                let field = self.frames.values.field(filter.field);
                if keys.slicers.iter().any(|(own, _, _)| *own == field) {
                    self.single.insert((page.name.clone(), filter.name.to_owned()), reason.clone());
                }
            }
        }
        Ok(())
    }

    fn formula(&mut self, term: &Term, measure: &Measure, keys: &Keys<'_>) -> Result<Formula, Problem> {
        Ok(match term {
            Term::Number { value } => Formula::Number { number: *value },
            Term::Rows => Formula::Part { part: self.frames.part(keys, "count(*)", Fold::Sum)? },
            Term::Negative { inner } => {
                Formula::Negative { op: "negate", value: Box::new(self.formula(inner, measure, keys)?) }
            }
            Term::Pair { operator, left, right } => Formula::Pair {
                op: operator.sign(),
                left: Box::new(self.formula(left, measure, keys)?),
                right: Box::new(self.formula(right, measure, keys)?),
            },
            Term::Measure { name, .. } => {
                let other = self.dashboard.measure(name).filter(|other| other.name != measure.name);
                let other = other.ok_or_else(|| format!("There is no measure {name}."))?;
                self.formula(&other.expression.term, other, keys)?
            }
            Term::Aggregate { function, column, factor, .. } => {
                let relation = self.frames.relation(&keys.node)?;
                let quoted = |name: &str| relation.column(name).ok_or_else(|| absent(&keys.node, name));
                let own = quoted(column)?;
                let part = |part: PartReference| Formula::Part { part };
                match function {
                    Aggregate::Sum => {
                        let factor = factor.as_ref().map(|factor| quoted(&factor.column)).transpose()?;
                        let product = factor.map_or_else(|| own.clone(), |factor| format!("{own} * {factor}"));
                        part(self.frames.part(keys, &format!("sum({product})"), Fold::Sum)?)
                    }
                    Aggregate::Min => part(self.frames.part(keys, &format!("min({own})"), Fold::Min)?),
                    Aggregate::Max => part(self.frames.part(keys, &format!("max({own})"), Fold::Max)?),
                    Aggregate::Avg => Formula::Pair {
                        op: '/',
                        left: Box::new(part(self.frames.part(keys, &format!("sum({own})"), Fold::Sum)?)),
                        right: Box::new(part(self.frames.part(keys, &format!("count({own})"), Fold::Sum)?)),
                    },
                    Aggregate::Distinct => part(self.frames.distinct(keys, &own)?),
                    Aggregate::Median => part(self.frames.median(keys, &own)?),
                }
            }
        })
    }

    fn rows(&mut self, visual: &Visual, node: &str, filters: &[Filter<'_>], drawn: &mut Drawn) -> Result<(), Problem> {
        let relation = self.frames.relation(node)?;
        let named =
            |field: &Field| relation.field(&field.column, field.grain).ok_or_else(|| absent(node, &field.column));
        let columns = visual.columns.iter().map(named).collect::<Result<Vec<_>, _>>()?;
        let keys = filters.iter().map(|filter| named(filter.field)).collect::<Result<Vec<_>, _>>()?;
        let sorted = visual.sort.as_ref().and_then(|sort| {
            let at = visual.columns.iter().position(|field| field.column.eq_ignore_ascii_case(&sort.by.name))?;
            Some((at, sort.descending))
        });
        let limit = visual.limit.unwrap_or(TABLE_ROWS);
        let query = sql::rows(&relation, &keys, &columns, sorted.unwrap_or((0, false)), limit);
        let table = self.frames.ask(&query, Fetch::Limit(MOST_ROWS + 1))?;
        if table.rows.len() > MOST_ROWS {
            return Err(format!("more than {MOST_ROWS} rows would have to be kept"));
        }
        let total = self.frames.ask(&format!("select count(*) from {}", relation.name), Fetch::All)?;
        let total = total.first().and_then(crate::adapter::Cell::as_int);
        let fields: Vec<usize> = filters.iter().map(|filter| self.frames.values.field(filter.field)).collect();
        let frame = self.frames.keep(node, &fields, &table);
        drawn.limit = Some(limit);
        let shown = visual.columns.iter().enumerate().map(|(at, field)| {
            let cells = || table.rows.iter().map(|row| &row[keys.len() + at]);
            let kind = cells().find(|cell| !cell.is_null()).map_or("text", |cell| scalar(cell).0);
            let is_whole = cells().all(|cell| cell.is_null() || cell.as_int().is_some());
            let is_name = field.column.to_lowercase().ends_with("_id") || field.column.to_lowercase().contains("year");
            let format = if is_name {
                "0"
            } else if is_whole {
                "#,##0"
            } else {
                "#,##0.00"
            };
            RowColumn { label: field.label.clone(), format, kind, values: cells().map(|cell| scalar(cell).1).collect() }
        });
        drawn.rows = Some(RowTable {
            frame,
            columns: shown.collect(),
            total: total.and_then(|total| u64::try_from(total).ok()).unwrap_or_default(),
        });
        Ok(())
    }
}

fn absent(node: &str, column: &str) -> Problem {
    let name = node.rsplit('.').next().unwrap_or(node);
    format!("{name} has no column {column} in this target: build it again.")
}

fn dimensions(visual: &Visual) -> impl Iterator<Item = (Role, &Field)> {
    let columns = if visual.kind == VisualKind::Table { Role::Row } else { Role::Column };
    let rows = visual.rows.iter().map(|field| (Role::Row, field));
    let columns = visual.columns.iter().map(move |field| (columns, field));
    let single = [(Role::Category, &visual.category), (Role::Series, &visual.series), (Role::Detail, &visual.detail)];
    rows.chain(columns).chain(single.into_iter().filter_map(|(role, field)| Some((role, field.as_ref()?))))
}

fn measures(visual: &Visual) -> impl Iterator<Item = (ValueRole, &Use)> {
    let single = [(ValueRole::X, &visual.x), (ValueRole::Y, &visual.y), (ValueRole::Size, &visual.size)];
    let bars = visual.measures.iter().map(|used| (ValueRole::Value, used));
    let lines = visual.lines.iter().map(|used| (ValueRole::Line, used));
    bars.chain(lines).chain(single.into_iter().filter_map(|(role, used)| Some((role, used.as_ref()?))))
}

/// The order of a visual, as positions of what is drawn.
fn sort(visual: &Visual) -> Option<SortBy> {
    let sort = visual.sort.as_ref()?;
    let field = dimensions(visual).position(|(_, field)| field.column.eq_ignore_ascii_case(&sort.by.name));
    let value = measures(visual).position(|(_, used)| used.name == sort.by.name);
    let (by, index) = match (value, field) {
        (Some(index), _) => ("value", index),
        (None, Some(index)) => ("dimension", index),
        (None, None) => return None,
    };
    Some(SortBy { by, index, descending: sort.descending })
}
