//! Exposures to dashboards, with the place of every part.
//!
//! The values are those of the exposure's final configuration, so Jinja in them is rendered and a default of the
//! project file counts. Their places are looked up in the file that defines the exposure; what does not stand there has
//! the place of the exposure.

use serde_json::Value;

use super::definition::{
    Dashboard, Field, Grain, Measure, PAGE_HEIGHT, PAGE_WIDTH, Page, Rectangle, SlicerStyle, Sort, Use, Visual,
    VisualKind,
};
use super::expression::{Expression, Misread};
use super::layout;
use crate::diagnostic::{Bag, Class, Diagnostic, Span, nearest};
use crate::manifest::{Manifest, Node, ResourceType};
use crate::project::{Content, Yaml};

/// The dashboards that the exposures of a manifest define, in the manifest's order.
///
/// What cannot be read is told to `bag` and left out.
pub fn dashboards(manifest: &Manifest, bag: &mut Bag) -> Vec<Dashboard> {
    let exposures = manifest.nodes.values().filter(|node| node.resource_type == ResourceType::Exposure);
    exposures.filter_map(|exposure| dashboard(manifest, exposure, bag)).collect()
}

fn dashboard(manifest: &Manifest, exposure: &Node, bag: &mut Bag) -> Option<Dashboard> {
    let value = exposure.config.get("meta")?.get("dashboard").filter(|value| !value.is_null())?;
    let yaml = with_places(value, written(exposure).as_ref(), exposure);
    Reader { manifest, exposure, bag, unread: Vec::new() }.dashboard(&yaml)
}

/// The definition as it stands in the exposure's file.
fn written(exposure: &Node) -> Option<Yaml> {
    let file = Yaml::parse(&exposure.source).ok()?;
    let entries = file.get("exposures")?.items();
    let entry = entries.iter().find(|entry| entry.get("name").is_some_and(|name| name.display() == exposure.name))?;
    let below = |holder: Option<&Yaml>| holder?.get("meta")?.get("dashboard").cloned();
    below(entry.get("config")).or_else(|| below(Some(entry)))
}

/// A value with the places of what was written for it.
fn with_places(value: &Value, written: Option<&Yaml>, exposure: &Node) -> Yaml {
    let (source, range) = match (written, &exposure.patch) {
        (Some(written), _) => (written.source.clone(), written.range.clone()),
        (None, Some(place)) => (place.source.clone(), place.range.clone()),
        (None, None) => (exposure.source.clone(), 0..0),
    };
    let content = match value {
        Value::Object(map) => Content::Mapping(
            map.iter()
                .map(|(key, value)| {
                    let entry = written.and_then(|written| written.entry(key));
                    let name = entry.map(|(name, _)| name.clone());
                    let name = name.unwrap_or_else(|| Yaml {
                        source: source.clone(),
                        range: range.clone(),
                        content: Content::Text(key.into()),
                    });
                    (name, with_places(value, entry.map(|(_, value)| value).or(written), exposure))
                })
                .collect(),
        ),
        Value::Array(items) => {
            let places = written.map(Yaml::items).unwrap_or_default();
            let of = |(at, item)| with_places(item, places.get(at).or(written), exposure);
            Content::Sequence(items.iter().enumerate().map(of).collect())
        }
        scalar => Content::from_json(scalar.clone(), &source, &range),
    };
    Yaml { source, range, content }
}

/// The part of a text value that lies at these bytes of the text.
fn part(yaml: &Yaml, at: std::ops::Range<usize>) -> Span {
    let written = yaml.source.text().get(yaml.range.clone()).unwrap_or_default();
    let text = yaml.text().unwrap_or_default();
    match written.find(text).filter(|_| !text.is_empty()) {
        Some(start) => {
            let start = yaml.range.start + start;
            Span::new(&yaml.source, start + at.start..start + at.end)
        }
        None => yaml.span(),
    }
}

/// Reads one definition.
struct Reader<'r> {
    manifest: &'r Manifest,
    exposure: &'r Node,
    bag: &'r mut Bag,
    /// Names of measures that cannot be read.
    unread: Vec<String>,
}

/// The model that the fields of a visual belong to.
#[derive(Clone, Copy)]
struct Owner<'o> {
    model: Option<&'o Use>,
    node: Option<&'o String>,
}

/// How a field is shown.
#[derive(Default)]
struct Shown {
    grain: Option<Grain>,
    label: Option<String>,
    order: Vec<String>,
}

impl Reader<'_> {
    fn wrong(&mut self, yaml: &Yaml, message: impl Into<String>, label: impl Into<String>) {
        self.bag.push(Diagnostic::error(Class::Parsing, message).label(yaml.span(), label));
    }

    fn known(&mut self, yaml: &Yaml, what: &str, keys: &[&str]) {
        for warning in yaml.unknown_keys(what, keys) {
            self.bag.push(warning);
        }
    }

    /// The text of a key; a value of another kind is told of.
    fn text<'y>(&mut self, yaml: &'y Yaml, key: &str) -> Option<(String, &'y Yaml)> {
        let value = yaml.get(key).filter(|value| !value.is_null())?;
        if matches!(value.content, Content::Mapping(_) | Content::Sequence(_)) {
            self.wrong(value, format!("`{key}` is {}", value.kind()), "write a text");
            return None;
        }
        Some((value.display(), value))
    }

    /// As [`Reader::text`]; the key must be there.
    fn needed<'y>(&mut self, yaml: &'y Yaml, key: &str, what: &str) -> Option<(String, &'y Yaml)> {
        if yaml.get(key).is_none_or(Yaml::is_null) {
            self.missing(yaml, key, what);
            return None;
        }
        self.text(yaml, key)
    }

    fn missing(&mut self, yaml: &Yaml, key: &str, what: &str) {
        let place = yaml.get("type").or_else(|| yaml.get("name")).unwrap_or(yaml);
        self.wrong(place, format!("{what} has no `{key}`"), format!("add `{key}:`"));
    }

    fn used(&mut self, yaml: &Yaml, key: &str) -> Option<Use> {
        let (name, place) = self.text(yaml, key)?;
        Some(Use { name, span: place.span() })
    }

    /// The names of a list; one name alone is a list of one.
    fn uses(&mut self, yaml: &Yaml, key: &str) -> Vec<Use> {
        self.list(yaml, key).into_iter().map(|item| Use { name: item.display(), span: item.span() }).collect()
    }

    fn list(&mut self, yaml: &Yaml, key: &str) -> Vec<Yaml> {
        match yaml.get(key) {
            None => Vec::new(),
            Some(Yaml { content: Content::Null, .. }) => Vec::new(),
            Some(Yaml { content: Content::Sequence(items), .. }) => items.clone(),
            Some(single) => vec![single.clone()],
        }
    }

    /// A value of a fixed list.
    fn choice<T: Copy>(&mut self, yaml: &Yaml, key: &str, all: &[T], name: fn(T) -> &'static str) -> Option<T> {
        let (text, place) = self.text(yaml, key)?;
        if let Some(found) = all.iter().find(|one| name(**one).eq_ignore_ascii_case(&text)) {
            return Some(*found);
        }
        let names: Vec<&str> = all.iter().map(|one| name(*one)).collect();
        self.bag.push(
            Diagnostic::error(Class::Parsing, format!("`{text}` is no {key}"))
                .label(place.span(), "")
                .suggest(nearest(&text, names.iter().copied()))
                .note(format!("one of {}", names.join(", "))),
        );
        None
    }

    /// The node that a name of a model means: one that the exposure depends on, else any.
    fn node(&self, name: &str) -> Option<String> {
        let means = |node: &&Node| node.search_name() == name || node.name == name;
        let parents = self.exposure.depends_on.iter().filter_map(|id| self.manifest.node(id));
        let all = parents.chain(self.manifest.nodes.values()).map(AsRef::as_ref);
        all.filter(|node: &&Node| has_rows(node)).find(means).map(|node| node.unique_id.clone())
    }

    fn dashboard(&mut self, yaml: &Yaml) -> Option<Dashboard> {
        if !matches!(yaml.content, Content::Mapping(_)) {
            let what = format!("the dashboard of exposure `{}` is {}", self.exposure.name, yaml.kind());
            self.wrong(yaml, what, "write a mapping with `pages:`");
            return None;
        }
        self.known(yaml, "a dashboard", &["title", "measures", "pages"]);
        let label = match &self.exposure.detail {
            crate::manifest::Detail::Exposure(exposure) => exposure.label.clone(),
            _ => None,
        };
        let title = self.text(yaml, "title").map(|(title, _)| title);
        let measures: Vec<Measure> = self.list(yaml, "measures").iter().filter_map(|yaml| self.measure(yaml)).collect();
        let mut pages: Vec<Page> = Vec::new();
        for yaml in self.list(yaml, "pages") {
            pages.extend(self.page(&yaml, &measures));
        }
        Some(Dashboard {
            name: self.exposure.name.clone(),
            exposure: self.exposure.unique_id.clone(),
            title: title.or(label).unwrap_or_else(|| self.exposure.name.clone()),
            description: self.exposure.description.clone(),
            measures,
            pages,
            unread: std::mem::take(&mut self.unread),
            span: yaml.span(),
        })
    }

    fn measure(&mut self, yaml: &Yaml) -> Option<Measure> {
        let (name, name_place) = self.needed(yaml, "name", "a measure")?;
        let what = format!("measure `{name}`");
        self.known(yaml, &what, &["name", "label", "description", "model", "expression", "format"]);
        let model = self.needed(yaml, "model", &what);
        let expression = self.needed(yaml, "expression", &what);
        let expression = expression.and_then(|(text, place)| match Expression::parse(&text) {
            Ok(expression) => Some((expression, place.span())),
            Err(Misread { reason, help, at }) => {
                let error = Diagnostic::error(Class::Parsing, format!("{what}: {reason}")).label(part(place, at), "");
                self.bag.push(match help {
                    Some(help) => error.help(help),
                    None => error,
                });
                None
            }
        });
        let (Some((model, model_place)), Some((expression, expression_span))) = (model, expression) else {
            self.unread.push(name);
            return None;
        };
        Some(Measure {
            label: self.text(yaml, "label").map_or_else(|| readable(&name), |(label, _)| label),
            description: self.text(yaml, "description").map(|(text, _)| text).unwrap_or_default(),
            node: self.node(&model),
            model: Use { name: model, span: model_place.span() },
            expression,
            format: self.text(yaml, "format").map(|(format, _)| format),
            span: name_place.span(),
            expression_span,
            name,
        })
    }

    fn page(&mut self, yaml: &Yaml, measures: &[Measure]) -> Option<Page> {
        let (name, place) = self.needed(yaml, "name", "a page")?;
        self.known(yaml, &format!("page `{name}`"), &["name", "title", "visuals"]);
        let title = self.text(yaml, "title").map_or_else(|| readable(&name), |(title, _)| title);
        let mut visuals: Vec<Visual> = Vec::new();
        let mut placed = Vec::new();
        for yaml in self.list(yaml, "visuals") {
            let Some(mut visual) = self.visual(&yaml, measures) else { continue };
            if visual.name.is_empty() {
                let base = slug(if visual.title.is_empty() { visual.kind.name() } else { &visual.title });
                let taken = |name: &str| visuals.iter().any(|other| other.name == name);
                let numbered = (2..).map(|number| format!("{base}_{number}"));
                let free = std::iter::once(base.clone()).chain(numbered).find(|name| !taken(name));
                visual.name = free.unwrap_or(base);
            }
            placed.push(visual.layout != Rectangle::default());
            visuals.push(visual);
        }
        let height = layout::arrange(&mut visuals, &placed).max(PAGE_HEIGHT);
        Some(Page { name, title, width: PAGE_WIDTH, height, visuals, span: place.span() })
    }

    fn visual(&mut self, yaml: &Yaml, measures: &[Measure]) -> Option<Visual> {
        let (_, place) = self.needed(yaml, "type", "a visual")?;
        let span = place.span();
        let kind = self.choice(yaml, "type", &VisualKind::ALL, VisualKind::name)?;
        let what = format!("a {}", kind.name());
        let own: &[&str] = match kind {
            VisualKind::Slicer => &["model", "field", "grain", "label", "order", "style"],
            VisualKind::Card => &["model", "measure", "measures"],
            VisualKind::Table => &["model", "columns", "measures", "sort", "limit"],
            VisualKind::Matrix => &["model", "rows", "columns", "measures", "sort", "limit"],
            VisualKind::Bar => {
                &["model", "category", "series", "measure", "measures", "stacked", "horizontal", "sort", "limit"]
            }
            VisualKind::Line => &["model", "category", "series", "measure", "measures", "sort", "limit"],
            VisualKind::Combo => &["model", "category", "measures", "lines", "stacked", "sort", "limit"],
            VisualKind::Scatter => &["model", "detail", "series", "x", "y", "size", "sort", "limit"],
            VisualKind::Donut | VisualKind::Treemap => &["model", "category", "measure", "measures", "sort", "limit"],
            VisualKind::Button => &["page"],
            VisualKind::Text => &["text"],
        };
        let ignores = (kind.has_data() && kind != VisualKind::Slicer).then_some("ignores");
        let keys = ["type", "name", "title", "layout"].into_iter().chain(ignores).chain(own.iter().copied());
        let keys: Vec<&str> = keys.collect();
        self.known(yaml, &what, &keys);
        let mut shown = self.uses(yaml, "measures");
        shown.extend(self.used(yaml, "measure"));
        let lines = self.uses(yaml, "lines");
        let [x, y, size] = ["x", "y", "size"].map(|key| self.used(yaml, key));
        let first = shown.iter().chain(&lines).chain(x.iter()).chain(y.iter()).next();
        let of_measure = first.and_then(|used| measures.iter().find(|measure| measure.name == used.name));
        let model = self.used(yaml, "model").or_else(|| of_measure.map(|measure| measure.model.clone()));
        let node = model.as_ref().and_then(|model| self.node(&model.name));
        let owner = Owner { model: model.as_ref(), node: node.as_ref() };
        let mut visual = Visual {
            name: self.text(yaml, "name").map(|(name, _)| name).unwrap_or_default(),
            kind,
            title: self.title(yaml, of_measure),
            field: if kind == VisualKind::Slicer { self.slicer_field(yaml, owner) } else { None },
            category: self.field_of(yaml, "category", owner),
            series: self.field_of(yaml, "series", owner),
            detail: self.field_of(yaml, "detail", owner),
            rows: self.fields(yaml, "rows", owner),
            columns: self.fields(yaml, "columns", owner),
            measures: shown,
            lines,
            x,
            y,
            size,
            page: self.used(yaml, "page"),
            text: self.text(yaml, "text").map(|(text, _)| text),
            sort: self.sort(yaml),
            limit: self.limit(yaml),
            stacked: self.flag(yaml, "stacked"),
            horizontal: self.flag(yaml, "horizontal"),
            style: self.choice(yaml, "style", &SlicerStyle::ALL, SlicerStyle::name),
            ignores: self.uses(yaml, "ignores"),
            layout: self.rectangle(yaml).unwrap_or_default(),
            model,
            node,
            span,
        };
        if let (VisualKind::Slicer, None, Some(field)) = (kind, visual.style, &visual.field) {
            visual.style = Some(if field.grain.is_some() { SlicerStyle::Range } else { SlicerStyle::List });
        }
        self.complete(yaml, &visual, &what);
        Some(visual)
    }

    /// Tells of the parts that a visual of its kind must have.
    fn complete(&mut self, yaml: &Yaml, visual: &Visual, what: &str) {
        let needs = |is_missing: bool, key: &'static str| is_missing.then_some(key);
        let no_measure = visual.measures.is_empty();
        let is_given = |key: &str| yaml.get(key).is_some_and(|value| !value.is_null());
        let missing: Vec<&str> = match visual.kind {
            VisualKind::Slicer => vec![needs(!is_given("field"), "field")],
            VisualKind::Card => vec![needs(no_measure, "measure")],
            VisualKind::Table => vec![needs(visual.columns.is_empty() && no_measure, "columns")],
            VisualKind::Matrix => vec![needs(visual.rows.is_empty(), "rows"), needs(no_measure, "measures")],
            VisualKind::Bar | VisualKind::Line | VisualKind::Donut | VisualKind::Treemap => {
                vec![needs(!is_given("category"), "category"), needs(no_measure, "measures")]
            }
            VisualKind::Combo => vec![
                needs(!is_given("category"), "category"),
                needs(no_measure, "measures"),
                needs(visual.lines.is_empty(), "lines"),
            ],
            VisualKind::Scatter => ["detail", "x", "y"].into_iter().map(|key| needs(!is_given(key), key)).collect(),
            VisualKind::Button => vec![needs(visual.page.is_none(), "page")],
            VisualKind::Text => vec![needs(visual.text.is_none(), "text")],
        }
        .into_iter()
        .flatten()
        .collect();
        for key in missing {
            self.missing(yaml, key, what);
        }
        let single = matches!(visual.kind, VisualKind::Donut | VisualKind::Treemap) || visual.series.is_some();
        if let (true, Some(second)) = (single, visual.measures.get(1)) {
            let error =
                Diagnostic::error(Class::Parsing, format!("{what} shows one measure here, and this is the second"));
            self.bag.push(error.label(second.span.clone(), "leave it out, or make another visual for it"));
        }
    }

    /// A title: as written, or that of its only measure.
    fn title(&mut self, yaml: &Yaml, measure: Option<&Measure>) -> String {
        match self.text(yaml, "title") {
            Some((title, _)) => title,
            None => measure.map(|measure| measure.label.clone()).unwrap_or_default(),
        }
    }

    fn slicer_field(&mut self, yaml: &Yaml, owner: Owner<'_>) -> Option<Field> {
        let (column, place) = self.text(yaml, "field")?;
        let grain = self.choice(yaml, "grain", &Grain::ALL, Grain::name);
        let label = self.text(yaml, "label").or_else(|| self.text(yaml, "title")).map(|(label, _)| label);
        let order = self.order(yaml);
        self.field(column, place, owner, Shown { grain, label, order })
    }

    fn field_of(&mut self, yaml: &Yaml, key: &str, owner: Owner<'_>) -> Option<Field> {
        let value = yaml.get(key).filter(|value| !value.is_null())?;
        self.one_field(value, owner)
    }

    fn fields(&mut self, yaml: &Yaml, key: &str, owner: Owner<'_>) -> Vec<Field> {
        self.list(yaml, key).iter().filter_map(|value| self.one_field(value, owner)).collect()
    }

    /// `column`, or `{field: column, grain: month, label: Month}`.
    fn one_field(&mut self, yaml: &Yaml, owner: Owner<'_>) -> Option<Field> {
        if !matches!(yaml.content, Content::Mapping(_)) {
            return self.field(yaml.display(), yaml, owner, Shown::default());
        }
        self.known(yaml, "a field", &["field", "grain", "label", "order"]);
        let (column, place) = self.needed(yaml, "field", "a field")?;
        let grain = self.choice(yaml, "grain", &Grain::ALL, Grain::name);
        let label = self.text(yaml, "label").map(|(label, _)| label);
        let order = self.order(yaml);
        self.field(column, place, owner, Shown { grain, label, order })
    }

    /// The values of a column in their order.
    fn order(&mut self, yaml: &Yaml) -> Vec<String> {
        self.list(yaml, "order").iter().map(Yaml::display).collect()
    }

    fn field(&mut self, column: String, place: &Yaml, owner: Owner<'_>, shown: Shown) -> Option<Field> {
        let Some(model) = owner.model else {
            let what = format!("`{column}` belongs to no model");
            self.wrong(place, what, "say with `model:` whose column this is");
            return None;
        };
        let Shown { grain, label, order } = shown;
        let label = label.unwrap_or_else(|| match grain {
            Some(grain) => readable(&format!("{column} ({})", grain.name())),
            None => readable(&column),
        });
        Some(Field {
            model: model.name.clone(),
            node: owner.node.cloned(),
            column,
            grain,
            label,
            order,
            span: place.span(),
        })
    }

    fn sort(&mut self, yaml: &Yaml) -> Option<Sort> {
        let sort = yaml.get("sort").filter(|sort| !sort.is_null())?.clone();
        if !matches!(sort.content, Content::Mapping(_)) {
            return Some(Sort { by: Use { name: sort.display(), span: sort.span() }, descending: false });
        }
        self.known(&sort, "`sort`", &["by", "order"]);
        let (name, place) = self.needed(&sort, "by", "`sort`")?;
        let by = Use { name, span: place.span() };
        let descending = self.choice(&sort, "order", &[true, false], |is| if is { "descending" } else { "ascending" });
        Some(Sort { by, descending: descending.unwrap_or(false) })
    }

    fn limit(&mut self, yaml: &Yaml) -> Option<u32> {
        let value = yaml.get("limit").filter(|value| !value.is_null())?;
        let number = match value.content {
            Content::Int(number) => u32::try_from(number).ok().filter(|number| *number > 0),
            _ => None,
        };
        if number.is_none() {
            self.wrong(value, "`limit` is no count of rows", "write a whole number from 1 on");
        }
        number
    }

    fn flag(&mut self, yaml: &Yaml, key: &str) -> bool {
        let Some(value) = yaml.get(key).filter(|value| !value.is_null()) else { return false };
        if value.bool().is_none() {
            self.wrong(value, format!("`{key}` is {}", value.kind()), "write `true` or `false`");
        }
        value.bool().unwrap_or(false)
    }

    fn rectangle(&mut self, yaml: &Yaml) -> Option<Rectangle> {
        let layout = yaml.get("layout").filter(|layout| !layout.is_null())?;
        self.known(layout, "`layout`", &["x", "y", "width", "height"]);
        let mut sides = [0; 4];
        for (side, (key, least)) in sides.iter_mut().zip([("x", 0), ("y", 0), ("width", 1), ("height", 1)]) {
            let Some(value) = layout.get(key) else {
                self.wrong(layout, format!("`layout` has no `{key}`"), "write x, y, width and height in pixels");
                return None;
            };
            let pixels = match value.content {
                Content::Int(number) => u32::try_from(number).ok().filter(|number| (least..=10_000).contains(number)),
                _ => None,
            };
            let Some(pixels) = pixels else {
                self.wrong(
                    value,
                    format!("`{key}` is no count of pixels"),
                    format!("write a number from {least} to 10000"),
                );
                return None;
            };
            *side = pixels;
        }
        let [x, y, width, height] = sides;
        if x + width > PAGE_WIDTH {
            self.wrong(layout, "the visual reaches beyond the page", format!("a page is {PAGE_WIDTH} pixels wide"));
            return None;
        }
        Some(Rectangle { x, y, width, height })
    }
}

/// Whether a node is something that visuals can show rows of.
pub(super) fn has_rows(node: &Node) -> bool {
    node.resource_type.is_refable() || node.resource_type == ResourceType::Source
}

/// `user_id` as people read it: `User id`.
fn readable(name: &str) -> String {
    let spaced = name.replace('_', " ");
    let mut letters = spaced.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A title as a name: `Ratings by month` is `ratings_by_month`.
fn slug(title: &str) -> String {
    let letters = title.chars().map(|letter| if letter.is_alphanumeric() { letter } else { ' ' });
    letters.collect::<String>().to_lowercase().split_whitespace().collect::<Vec<_>>().join("_")
}
