//! One visual as JSON.

use serde_json::{Map, Value, json};

use super::build::Built;
use super::identity::short;
use crate::dashboard::{Dashboard, Field, Page, SlicerStyle, Use, Visual, VisualKind};

const SCHEMA: &str =
    "https://developer.microsoft.com/json-schemas/fabric/item/report/definition/visualContainer/2.0.0/schema.json";

/// What visuals are written from.
pub(super) struct Context<'c> {
    pub(super) built: &'c Built,
    pub(super) dashboard: &'c Dashboard,
    pub(super) page: &'c Page,
}

/// The id of a page.
pub(super) fn page_id(dashboard: &str, page: &str) -> String {
    short(&["page", dashboard, page])
}

/// The id of a visual.
pub(super) fn visual_id(dashboard: &str, page: &str, visual: &str) -> String {
    short(&["visual", dashboard, page, visual])
}

fn literal(text: &str) -> Value {
    json!({"expr": {"Literal": {"Value": text}}})
}

fn quoted(text: &str) -> Value {
    literal(&format!("'{}'", text.replace('\'', "''")))
}

/// A column of a table in the language of visuals.
pub(super) fn column(table: &str, name: &str) -> Value {
    json!({"Column": {"Expression": {"SourceRef": {"Entity": table}}, "Property": name}})
}

/// A measure of a table in the language of visuals.
pub(super) fn measure(table: &str, name: &str) -> Value {
    json!({"Measure": {"Expression": {"SourceRef": {"Entity": table}}, "Property": name}})
}

/// A field with the names by which its visual knows it.
pub(super) fn projection(field: &Value, table: &str, name: &str, shown: &str) -> Value {
    let mut projection = json!({"field": field, "queryRef": format!("{table}.{name}"), "nativeQueryRef": name});
    if shown != name {
        projection["displayName"] = json!(shown);
    }
    projection
}

/// A container with what it holds.
pub(super) fn container(id: &str, layout: crate::dashboard::Rectangle, order: usize, visual: Value) -> Value {
    let place = order * 1000;
    json!({
        "$schema": SCHEMA,
        "name": id,
        "position": {
            "x": layout.x, "y": layout.y, "z": place, "height": layout.height, "width": layout.width,
            "tabOrder": place,
        },
        "visual": visual,
    })
}

/// The title of a container.
pub(super) fn titled(title: &str) -> Value {
    json!({"title": [{"properties": {"show": literal("true"), "text": quoted(title)}}]})
}

impl Context<'_> {
    /// A visual; its parts that the model does not have are left out.
    pub(super) fn visual(&self, visual: &Visual, order: usize) -> Value {
        let id = visual_id(&self.dashboard.name, &self.page.name, &visual.name);
        let mut body = Map::new();
        body.insert("visualType".to_owned(), json!(type_name(visual)));
        let roles = self.roles(visual);
        if !roles.is_empty() {
            let mut query = json!({"queryState": roles});
            if let Some(sort) = self.sort(visual) {
                query["sortDefinition"] = sort;
            }
            body.insert("query".to_owned(), query);
        }
        let objects = self.objects(visual);
        if !objects.is_empty() {
            body.insert("objects".to_owned(), Value::Object(objects));
        }
        let mut outer = Map::new();
        if !visual.title.is_empty()
            && visual.kind.has_data()
            && let Value::Object(title) = titled(&visual.title)
        {
            outer.extend(title);
        }
        if let Some(page) = &visual.page {
            let target = page_id(&self.dashboard.name, &page.name);
            let link = json!([{"properties": {
                "show": literal("true"), "type": quoted("PageNavigation"), "navigationSection": quoted(&target),
            }}]);
            outer.insert("visualLink".to_owned(), link);
        }
        if !outer.is_empty() {
            body.insert("visualContainerObjects".to_owned(), Value::Object(outer));
        }
        body.insert("drillFilterOtherVisuals".to_owned(), json!(true));
        let mut made = container(&id, visual.layout, order, Value::Object(body));
        if let Some(filter) = self.first_rows(visual, &id) {
            made["filterConfig"] = json!({"filters": [filter]});
        }
        made
    }

    fn field(&self, field: &Field) -> Option<Value> {
        let (table, name) = self.built.field(field)?;
        Some(projection(&column(&table, &name), &table, &name, &field.label))
    }

    /// The column of a slicer: the shared one, where it filters several tables.
    fn slicer_field(&self, field: &Field) -> Option<Value> {
        match self.built.shared.get(&(field.column.to_lowercase(), field.grain)) {
            Some((table, name)) => Some(projection(&column(table, name), table, name, &field.label)),
            None => self.field(field),
        }
    }

    fn measure(&self, used: &Use) -> Option<(String, String)> {
        self.built.measures.get(&(self.dashboard.name.clone(), used.name.clone())).cloned()
    }

    fn measured(&self, used: &Use) -> Option<Value> {
        let (table, name) = self.measure(used)?;
        let label = self.dashboard.measure(&used.name).map_or(name.as_str(), |measure| &measure.label);
        Some(projection(&measure(&table, &name), &table, &name, label))
    }

    fn roles(&self, visual: &Visual) -> Map<String, Value> {
        let fields = |fields: &[Field]| fields.iter().filter_map(|field| self.field(field)).collect::<Vec<_>>();
        let one = |field: &Option<Field>| field.iter().filter_map(|field| self.field(field)).collect::<Vec<_>>();
        let measures = |uses: &[Use]| uses.iter().filter_map(|used| self.measured(used)).collect::<Vec<_>>();
        let single = |used: &Option<Use>| used.iter().filter_map(|used| self.measured(used)).collect::<Vec<_>>();
        let roles: Vec<(&str, Vec<Value>)> = match visual.kind {
            VisualKind::Slicer => {
                vec![("Values", visual.field.iter().filter_map(|field| self.slicer_field(field)).collect())]
            }
            VisualKind::Card => vec![("Values", measures(&visual.measures))],
            VisualKind::Table => {
                vec![("Values", [fields(&visual.columns), measures(&visual.measures)].concat())]
            }
            VisualKind::Matrix => vec![
                ("Rows", fields(&visual.rows)),
                ("Columns", fields(&visual.columns)),
                ("Values", measures(&visual.measures)),
            ],
            VisualKind::Bar | VisualKind::Line | VisualKind::Donut => vec![
                ("Category", one(&visual.category)),
                ("Series", one(&visual.series)),
                ("Y", measures(&visual.measures)),
            ],
            VisualKind::Combo => vec![
                ("Category", one(&visual.category)),
                ("Y", measures(&visual.measures)),
                ("Y2", measures(&visual.lines)),
            ],
            VisualKind::Scatter => vec![
                ("Category", one(&visual.detail)),
                ("Series", one(&visual.series)),
                ("X", single(&visual.x)),
                ("Y", single(&visual.y)),
                ("Size", single(&visual.size)),
            ],
            VisualKind::Treemap => vec![("Group", one(&visual.category)), ("Values", measures(&visual.measures))],
            VisualKind::Button | VisualKind::Text => Vec::new(),
        };
        roles
            .into_iter()
            .filter(|(_, projections)| !projections.is_empty())
            .map(|(role, projections)| (role.to_owned(), json!({"projections": projections})))
            .collect()
    }

    /// What `sort:` names: a measure of the visual, or one of its columns.
    fn sorted(&self, visual: &Visual) -> Option<(Value, bool, bool)> {
        let sort = visual.sort.as_ref()?;
        let descending = sort.descending;
        if visual.shown_measures().any(|used| used.name == sort.by.name) {
            let (table, name) = self.measure(&sort.by)?;
            return Some((measure(&table, &name), descending, true));
        }
        let field = visual.groups().find(|field| field.column == sort.by.name)?;
        let (table, name) = self.built.field(field)?;
        Some((column(&table, &name), descending, false))
    }

    fn sort(&self, visual: &Visual) -> Option<Value> {
        let (field, descending, _) = self.sorted(visual)?;
        let direction = if descending { "Descending" } else { "Ascending" };
        Some(json!({"sort": [{"field": field, "direction": direction}], "isDefaultSort": false}))
    }

    /// `limit:` as a filter that keeps the first values of the first column in the visual's order.
    fn first_rows(&self, visual: &Visual, id: &str) -> Option<Value> {
        let limit = visual.limit?;
        let (table, name) = self.built.field(visual.groups().next()?)?;
        let of_source = |value: &Value| {
            let mut value = value.clone();
            for kind in ["Column", "Measure"] {
                if let Some(part) = value.get_mut(kind) {
                    part["Expression"] = json!({"SourceRef": {"Source": "t"}});
                }
            }
            value
        };
        let (by, descending, is_measure) = self.sorted(visual).unwrap_or((column(&table, &name), false, false));
        let by = of_source(&by);
        // A column has several values for one of the first column: the greatest or least of them counts.
        let function = if descending { 4 } else { 3 };
        let by = if is_measure { by } else { json!({"Aggregation": {"Expression": by, "Function": function}}) };
        let field = of_source(&column(&table, &name));
        let from = json!({"Name": "t", "Entity": table, "Type": 0});
        let first = json!({
            "Version": 2,
            "From": [from],
            "Select": [{"Column": field["Column"], "Name": "field"}],
            "OrderBy": [{"Direction": if descending { 2 } else { 1 }, "Expression": by}],
            "Top": limit,
        });
        Some(json!({
            "name": short(&["filter", id]),
            "field": column(&table, &name),
            "type": "TopN",
            "filter": {
                "Version": 2,
                "From": [
                    {"Name": "subquery", "Expression": {"Subquery": {"Query": first}}, "Type": 2},
                    {"Name": "t", "Entity": table, "Type": 0},
                ],
                "Where": [{"Condition": {"In": {
                    "Expressions": [field], "Table": {"SourceRef": {"Source": "subquery"}},
                }}}],
            },
        }))
    }

    fn objects(&self, visual: &Visual) -> Map<String, Value> {
        let mut objects = Map::new();
        match visual.kind {
            VisualKind::Slicer => {
                let mode = match visual.style {
                    Some(SlicerStyle::Range) => "Between",
                    Some(SlicerStyle::Dropdown) => "Dropdown",
                    _ => "Basic",
                };
                objects.insert("data".to_owned(), json!([{"properties": {"mode": quoted(mode)}}]));
            }
            VisualKind::Text => {
                let runs = json!([{"textRuns": [{"value": visual.text.clone().unwrap_or_default()}]}]);
                objects.insert("general".to_owned(), json!([{"properties": {"paragraphs": runs}}]));
            }
            VisualKind::Button => {
                let text = if visual.title.is_empty() {
                    let target = visual.page.as_ref().map(|page| page.name.clone()).unwrap_or_default();
                    let page = self.dashboard.pages.iter().find(|page| page.name == target);
                    page.map_or(target.clone(), |page| page.title.clone())
                } else {
                    visual.title.clone()
                };
                let shown = json!([
                    {"properties": {"show": literal("true")}},
                    {"properties": {"text": quoted(&text)}, "selector": {"id": "default"}},
                ]);
                objects.insert("text".to_owned(), shown);
            }
            _ => {}
        }
        objects
    }
}

/// Power BI's name of a visual's type.
fn type_name(visual: &Visual) -> &'static str {
    match (visual.kind, visual.horizontal, visual.stacked) {
        (VisualKind::Slicer, ..) => "slicer",
        (VisualKind::Card, ..) if visual.measures.len() > 1 => "multiRowCard",
        (VisualKind::Card, ..) => "card",
        (VisualKind::Table, ..) => "tableEx",
        (VisualKind::Matrix, ..) => "pivotTable",
        (VisualKind::Bar, true, true) => "barChart",
        (VisualKind::Bar, true, false) => "clusteredBarChart",
        (VisualKind::Bar, false, true) => "columnChart",
        (VisualKind::Bar, false, false) => "clusteredColumnChart",
        (VisualKind::Line, ..) => "lineChart",
        (VisualKind::Combo, _, true) => "lineStackedColumnComboChart",
        (VisualKind::Combo, _, false) => "lineClusteredColumnComboChart",
        (VisualKind::Scatter, ..) => "scatterChart",
        (VisualKind::Donut, ..) => "donutChart",
        (VisualKind::Treemap, ..) => "treemap",
        (VisualKind::Button, ..) => "actionButton",
        (VisualKind::Text, ..) => "textbox",
    }
}
