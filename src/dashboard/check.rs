//! Names that mean nothing, and figures that would count twice.
//!
//! # What counts twice
//! A measure repeats values where the rows of its model are finer than what the values describe. Two findings, each a
//! warning at the visual that would show the wrong figure:
//!
//! 1. **A fanned-out value.** `sum`, `avg` or `median` of a column `c` of model `m`, where
//!    - `m` has a known key K (see [`keys`](super::keys)), a model `p` that `m` reads, near or far, has a column `c` and a
//!      known key P, and P is a true part of K: rows of `m` are finer than those of `p`, and the value of one row of `p`
//!      stands in several rows of `m`;
//!    - `c` is not in K, no key of `m` is a part of P, and no model behind `m` whose key is not a true part of K has `c`
//!      (else `c` may come from there);
//!    - the visual does not group by all of K without P. Grouped by these, each group holds a row of `p` once: the
//!      average rating by genre is right over ratings by genre, that of all genres is not.
//! 2. **A figure of figures.** `sum` of a column that is a count of different values, an average or a median; `avg` or
//!    `median` of an average or a median. Groups overlap or weigh differently, so the figures cannot be joined. How a
//!    column was made is read in the text of its model and of those behind it; `meta: {additive: false}` of a column says
//!    that it must not be added up, and `additive: true` that it may.
//!
//! A visual that groups by a whole key shows single rows, and nothing is counted twice there. Where keys are not known,
//! nothing is told.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::sync::Arc;

use serde_json::Value;

use super::columns::{self, Presence, presence};
use super::definition::{Dashboard, Field, Measure, Use, Visual, VisualKind};
use super::expression::{Aggregate, Term};
use super::keys::keys;
use super::read::has_rows;
use crate::diagnostic::{Bag, Class, Diagnostic, Span, nearest};
use crate::manifest::{Manifest, Node};

/// Checks the dashboards of a manifest; everything that is wrong goes to `bag`.
pub fn check(manifest: &Manifest, dashboards: &[Dashboard], bag: &mut Bag) {
    for dashboard in dashboards {
        let Some(exposure) = manifest.node(&dashboard.exposure) else { continue };
        let mut checker = Checker { manifest, exposure, dashboard, bag, told: HashSet::new() };
        checker.measures();
        checker.pages();
        let counted: Vec<Diagnostic> = dashboard
            .visuals()
            .flat_map(|(_, visual)| {
                visual.shown_measures().filter_map(|used| counts_twice(manifest, dashboard, visual, used))
            })
            .collect();
        for warning in counted {
            bag.push(warning);
        }
    }
}

struct Checker<'c> {
    manifest: &'c Manifest,
    exposure: &'c Node,
    dashboard: &'c Dashboard,
    bag: &'c mut Bag,
    /// Places of what was told already, since one name is used by several parts.
    told: HashSet<(usize, String)>,
}

fn error(message: impl Into<String>, span: &Span, label: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Class::Parsing, message).label(span.clone(), label)
}

impl Checker<'_> {
    fn tell(&mut self, diagnostic: Diagnostic) {
        let start = diagnostic.span().map_or(0, |span| span.range.start);
        if self.told.insert((start, diagnostic.message.clone())) {
            self.bag.push(diagnostic);
        }
    }

    /// Whether the model of a name is there and one that the exposure depends on.
    fn model(&mut self, model: &Use, node: Option<&String>) {
        let Some(id) = node else {
            let nodes = self.manifest.nodes.values().filter(|node| has_rows(node));
            let names: Vec<String> = nodes.map(|node| node.search_name()).collect();
            let unknown = error(format!("there is no model `{}`", model.name), &model.span, "");
            self.tell(unknown.suggest(nearest(&model.name, names.iter().map(String::as_str))));
            return;
        };
        if !self.exposure.depends_on.contains(id) {
            let reference = match self.manifest.node(id).and_then(|node| node.source_table().map(|table| (node, table)))
            {
                Some((node, table)) => format!("source('{}', '{}')", table.source_name, node.name),
                None => format!("ref('{}')", model.name),
            };
            let what = format!("exposure `{}` does not depend on `{}`", self.exposure.name, model.name);
            let label = "used here, but not among `depends_on`";
            self.tell(
                error(what, &model.span, label).help(format!("add `{reference}` to the exposure's `depends_on`")),
            );
        }
    }

    /// Whether a node may have a column.
    fn column(&mut self, node: Option<&String>, column: &str, span: &Span) {
        let Some(node) = node.and_then(|id| self.manifest.node(id)) else { return };
        let Presence::Absent(known) = presence(self.manifest, node, column) else { return };
        let missing = error(format!("`{}` has no column `{column}`", node.search_name()), span, "");
        let near = nearest(column, known.iter().map(String::as_str)).map(str::to_owned);
        let is_measure = self.dashboard.measure(column).is_some();
        let missing = match (near, known.is_empty()) {
            _ if is_measure => missing.help("this is a measure: list it under `measures`"),
            (Some(near), _) => missing.suggest(Some(&near)),
            (None, false) => missing.note(format!("its columns are {}", known.join(", "))),
            (None, true) => missing,
        };
        self.tell(missing);
    }

    fn field(&mut self, field: &Field) {
        self.column(field.node.as_ref(), &field.column, &field.span);
    }

    fn measures(&mut self) {
        let dashboard = self.dashboard;
        for (at, measure) in dashboard.measures.iter().enumerate() {
            if let Some(first) = dashboard.measures[..at].iter().find(|other| other.name == measure.name) {
                let twice = error(format!("there are two measures `{}`", measure.name), &measure.span, "the second");
                self.tell(twice.label(first.span.clone(), "the first"));
            }
            self.model(&measure.model, measure.node.as_ref());
            for (_, column, at) in measure.expression.columns() {
                self.column(measure.node.as_ref(), column, &measure.place(at));
            }
            for (name, at) in measure.expression.measures() {
                self.part(measure, name, &measure.place(at));
            }
            if reaches(dashboard, measure, &measure.name, &mut HashSet::new()) {
                let circular = format!("measure `{}` is calculated from itself", measure.name);
                self.tell(error(circular, &measure.expression_span, ""));
            }
        }
    }

    /// A measure in the expression of another.
    fn part(&mut self, measure: &Measure, name: &str, span: &Span) {
        match self.dashboard.measure(name) {
            Some(other) if other.node == measure.node => {}
            None if self.dashboard.unread.iter().any(|unread| unread == name) => {}
            Some(other) => {
                let foreign =
                    format!("measure `{name}` is over `{}`, not over `{}`", other.model.name, measure.model.name);
                self.tell(error(foreign, span, "").label(other.span.clone(), "defined here"));
            }
            None => {
                let node = measure.node.as_ref().and_then(|id| self.manifest.node(id));
                let is_column = node.is_some_and(|node| presence(self.manifest, node, name) == Presence::Known);
                let unknown = error(format!("there is no measure `{name}`"), span, "");
                self.tell(if is_column {
                    unknown.help(format!("it is a column: say what becomes of its values, like `sum({name})`"))
                } else {
                    let names = self.dashboard.measures.iter().map(|measure| measure.name.as_str());
                    unknown.suggest(nearest(name, names))
                });
            }
        }
    }

    fn pages(&mut self) {
        let dashboard = self.dashboard;
        for (at, page) in dashboard.pages.iter().enumerate() {
            if let Some(first) = dashboard.pages[..at].iter().find(|other| other.name == page.name) {
                let twice = error(format!("there are two pages `{}`", page.name), &page.span, "the second");
                self.tell(twice.label(first.span.clone(), "the first"));
            }
            for (at, visual) in page.visuals.iter().enumerate() {
                if let Some(first) = page.visuals[..at].iter().find(|other| other.name == visual.name) {
                    let twice = format!("page `{}` has two visuals `{}`", page.name, visual.name);
                    self.tell(error(twice, &visual.span, "the second").label(first.span.clone(), "the first"));
                }
                self.visual(visual);
                for ignored in &visual.ignores {
                    let slicers = || page.visuals.iter().filter(|other| other.kind == VisualKind::Slicer);
                    if !slicers().any(|slicer| slicer.name == ignored.name) {
                        let what = format!("page `{}` has no slicer `{}`", page.name, ignored.name);
                        let near = nearest(&ignored.name, slicers().map(|slicer| slicer.name.as_str()));
                        self.tell(error(what, &ignored.span, "").suggest(near));
                    }
                }
            }
        }
    }

    fn visual(&mut self, visual: &Visual) {
        if let Some(model) = &visual.model {
            self.model(model, visual.node.as_ref());
        }
        for field in visual.fields() {
            self.field(field);
        }
        for used in visual.shown_measures() {
            self.shown(visual, used);
        }
        if let Some(page) = &visual.page
            && !self.dashboard.pages.iter().any(|known| known.name == page.name)
        {
            let names = self.dashboard.pages.iter().map(|page| page.name.as_str());
            let near = nearest(&page.name, names);
            self.tell(error(format!("there is no page `{}`", page.name), &page.span, "").suggest(near));
        }
        if let Some(sort) = &visual.sort {
            let groups: Vec<&str> = visual.groups().map(|field| field.column.as_str()).collect();
            let measures: Vec<&str> = visual.shown_measures().map(|used| used.name.as_str()).collect();
            let mut names = groups.iter().chain(&measures);
            if !names.clone().any(|name| *name == sort.by.name) {
                let what = format!("the visual cannot be sorted by `{}`", sort.by.name);
                let near = nearest(&sort.by.name, names.by_ref().copied());
                let label = "none of its columns and measures";
                self.tell(error(what, &sort.by.span, label).suggest(near));
            }
        }
    }

    /// A measure that a visual shows.
    fn shown(&mut self, visual: &Visual, used: &Use) {
        if self.dashboard.unread.contains(&used.name) {
            return;
        }
        let Some(measure) = self.dashboard.measure(&used.name) else {
            let names = self.dashboard.measures.iter().map(|measure| measure.name.as_str());
            let near = nearest(&used.name, names);
            self.tell(error(format!("there is no measure `{}`", used.name), &used.span, "").suggest(near));
            return;
        };
        if let (Some(model), true) = (&visual.model, visual.node.is_some() && measure.node.is_some())
            && visual.node != measure.node
        {
            let what = format!(
                "measure `{}` is over `{}`, but the visual is over `{}`",
                measure.name, measure.model.name, model.name
            );
            let foreign = error(what, &used.span, "").label(measure.span.clone(), "defined here");
            self.tell(foreign.help(format!("define a measure over `{}`, or make another visual", model.name)));
        }
    }
}

impl Measure {
    /// The place of these bytes of its expression.
    fn place(&self, at: std::ops::Range<usize>) -> Span {
        let span = &self.expression_span;
        let written = span.source.text().get(span.range.clone()).unwrap_or_default();
        match written.find(&self.expression.text) {
            Some(start) => {
                let start = span.range.start + start;
                Span::new(&span.source, start + at.start..start + at.end)
            }
            None => span.clone(),
        }
    }
}

/// Whether a measure is calculated from the one of a name.
fn reaches<'d>(dashboard: &'d Dashboard, measure: &'d Measure, name: &str, seen: &mut HashSet<&'d str>) -> bool {
    measure.expression.measures().into_iter().any(|(part, _)| {
        part == name
            || (seen.insert(part)
                && dashboard.measure(part).is_some_and(|measure| reaches(dashboard, measure, name, seen)))
    })
}

/// A column whose repeated values a measure feels.
struct Felt<'d> {
    function: Aggregate,
    column: &'d str,
    /// Whether each value is multiplied by another column, its weight.
    is_weighted: bool,
}

/// The columns whose repeated values a measure feels, also through the measures in it.
fn felt<'d>(dashboard: &'d Dashboard, measure: &'d Measure, seen: &mut HashSet<&'d str>) -> Vec<Felt<'d>> {
    if !seen.insert(&measure.name) {
        return Vec::new();
    }
    let mut found = Vec::new();
    measure.expression.term.walk(&mut |term| match term {
        Term::Aggregate { function, column, factor, .. } if function.feels_repeats() => {
            let columns = std::iter::once(column).chain(factor.iter().map(|factor| &factor.column));
            let is_weighted = factor.is_some();
            found.extend(columns.map(|column| Felt { function: *function, column, is_weighted }));
        }
        _ => {}
    });
    for (part, _) in measure.expression.measures() {
        found.extend(dashboard.measure(part).map(|part| felt(dashboard, part, seen)).unwrap_or_default());
    }
    found
}

/// The warning for a measure that counts twice where a visual shows it.
fn counts_twice(manifest: &Manifest, dashboard: &Dashboard, visual: &Visual, used: &Use) -> Option<Diagnostic> {
    let measure = dashboard.measure(&used.name)?;
    let node = manifest.node(measure.node.as_ref()?)?;
    let groups: BTreeSet<String> = visual
        .groups()
        .filter(|field| field.grain.is_none() && field.node == measure.node)
        .map(|field| field.column.to_lowercase())
        .collect();
    let keys = keys(manifest, node);
    if keys.iter().any(|key| key.is_subset(&groups)) {
        return None;
    }
    felt(dashboard, measure, &mut HashSet::new()).into_iter().find_map(|felt| {
        let Felt { function, column, is_weighted } = felt;
        let of_figures = || if is_weighted { None } else { figure_of_figures(manifest, node, function, column) };
        let (reason, help) = fanned_out(manifest, node, &keys, &groups, column).or_else(of_figures)?;
        let what = format!("`{}({column})` over `{}` would count twice: {reason}", function.name(), node.search_name());
        let warning = Diagnostic::warning(Class::Parsing, what).label(used.span.clone(), "shown here");
        Some(warning.label(measure.expression_span.clone(), "calculated here").help(help))
    })
}

/// The models behind a node, the nearest first.
fn behind<'m>(manifest: &'m Manifest, node: &'m Arc<Node>) -> Vec<&'m Arc<Node>> {
    let mut found: Vec<&Arc<Node>> = Vec::new();
    let mut next: VecDeque<&Arc<Node>> = VecDeque::from([node]);
    while let Some(node) = next.pop_front() {
        for parent in node.depends_on.iter().filter_map(|id| manifest.node(id)) {
            if has_rows(parent) && !found.iter().any(|other| other.unique_id == parent.unique_id) {
                found.push(parent);
                next.push_back(parent);
            }
        }
    }
    found
}

fn listed(names: &BTreeSet<String>) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The first finding of the module's documentation: why, and what to do.
fn fanned_out(
    manifest: &Manifest,
    node: &Arc<Node>,
    own: &[BTreeSet<String>],
    groups: &BTreeSet<String>,
    column: &str,
) -> Option<(String, String)> {
    let column = column.to_lowercase();
    let mut coarser: Option<(&Arc<Node>, BTreeSet<String>, BTreeSet<String>)> = None;
    for parent in behind(manifest, node) {
        let has_column = parent.columns.keys().any(|name| name.trim_matches('"').to_lowercase() == column);
        if !has_column || parent.source_table().is_some() {
            continue;
        }
        let found = keys(manifest, parent).into_iter().find_map(|key| {
            let finer = own.iter().find(|own| key.is_subset(own) && key.len() < own.len())?;
            Some((parent, key, finer.clone()))
        });
        // A model as fine as this one may be where the column comes from.
        let found = found?;
        coarser.get_or_insert(found);
    }
    let (parent, key, finer) = coarser?;
    let extra: BTreeSet<String> = finer.difference(&key).cloned().collect();
    if finer.contains(&column) || own.iter().any(|own| own.is_subset(&key)) || extra.is_subset(groups) {
        return None;
    }
    let reason = format!(
        "each value stands once for {} in `{}`, and here again for every {}",
        listed(&key),
        parent.search_name(),
        listed(&extra)
    );
    let help =
        format!("take it from a model with one row for {}, or group the visual by {}", listed(&key), listed(&extra));
    Some((reason, help))
}

/// Whether the values of a column may be added up, as far as the project tells.
pub fn is_additive(manifest: &Manifest, node: &Arc<Node>, column: &str) -> bool {
    figure_of_figures(manifest, node, Aggregate::Sum, column).is_none()
}

/// The second finding of the module's documentation: why, and what to do.
fn figure_of_figures(
    manifest: &Manifest,
    node: &Arc<Node>,
    function: Aggregate,
    column: &str,
) -> Option<(String, String)> {
    let described = node.columns.values().find(|described| described.name.eq_ignore_ascii_case(column));
    let help = "take it from the model that holds what was counted; or, where it is meant so, give the column \
                `meta: {additive: true}`";
    match described.and_then(|described| described.meta.get("additive")).and_then(Value::as_bool) {
        Some(true) => return None,
        Some(false) => {
            return Some(("the column is declared not to be additive".to_owned(), help.to_owned()));
        }
        None => {}
    }
    let sources = std::iter::once(node).chain(behind(manifest, node));
    let (maker, made) = sources.into_iter().find_map(|node| {
        (node.language == "sql").then(|| columns::made_by(&node.raw_code, column).map(|made| (node, made)))?
    })?;
    let what = match (made.as_str(), function) {
        ("count distinct", Aggregate::Sum) => "a count of different values, and groups may share values",
        ("avg" | "average" | "median", Aggregate::Sum) => "an average, and averages cannot be added up",
        ("avg" | "average", _) => "an average, and the groups behind it need not be of one size",
        ("median", _) => "a median, and the groups behind it need not be of one size",
        _ => return None,
    };
    Some((format!("in `{}` the column is {what}", maker.search_name()), help.to_owned()))
}
