//! Pages as JSON files.

use serde_json::{Value, json};

use super::build::{Built, Source, table_name};
use super::identity::short;
use super::visual::{Context, container, measure, page_id, projection, titled, visual_id};
use crate::dashboard::{Dashboard, PAGE_HEIGHT, PAGE_WIDTH, Page, Rectangle};

const BASE: &str = "https://developer.microsoft.com/json-schemas/fabric/item/report/definition";

/// A page's folder: its id, and its files by their paths in it.
pub(super) struct PageFiles {
    pub(super) id: String,
    pub(super) files: Vec<(String, Value)>,
}

/// The pages of dashboards; where there is none, one page with the number of rows of each table.
pub(super) fn pages(built: &Built, dashboards: &[Dashboard], sources: &[Source]) -> Vec<PageFiles> {
    let all = dashboards.iter().flat_map(|dashboard| dashboard.pages.iter().map(move |page| (dashboard, page)));
    let pages: Vec<PageFiles> = all.map(|(dashboard, page)| self::page(built, dashboard, page)).collect();
    if pages.is_empty() { vec![overview(built, sources)] } else { pages }
}

fn page(built: &Built, dashboard: &Dashboard, page: &Page) -> PageFiles {
    let id = page_id(&dashboard.name, &page.name);
    let mut body = json!({
        "$schema": format!("{BASE}/page/2.0.0/schema.json"),
        "name": id,
        "displayName": page.title,
        "displayOption": "FitToPage",
        "height": page.height,
        "width": page.width,
    });
    let name = |visual: &str| visual_id(&dashboard.name, &page.name, visual);
    let ignored = page.visuals.iter().flat_map(|visual| visual.ignores.iter().map(move |slicer| (slicer, visual)));
    let interactions: Vec<Value> = ignored
        .map(|(slicer, visual)| json!({"source": name(&slicer.name), "target": name(&visual.name), "type": "NoFilter"}))
        .collect();
    if !interactions.is_empty() {
        body["visualInteractions"] = json!(interactions);
    }
    let mut files = vec![("page.json".to_owned(), body)];
    let context = Context { built, dashboard, page };
    for (order, visual) in page.visuals.iter().enumerate() {
        let path = format!("visuals/{}/visual.json", name(&visual.name));
        files.push((path, context.visual(visual, order)));
    }
    PageFiles { id, files }
}

/// Cards in rows of four.
fn overview(built: &Built, sources: &[Source]) -> PageFiles {
    const ACROSS: u32 = 4;
    const GAP: u32 = 16;
    const HEIGHT: u32 = 120;
    let id = short(&["page", "overview"]);
    let width = (PAGE_WIDTH - GAP * (ACROSS + 1)) / ACROSS;
    let mut files = Vec::new();
    let mut lowest = 0;
    for (order, source) in sources.iter().enumerate() {
        let table = table_name(&source.node);
        let found =
            built.model.tables.iter().find(|known| known.name == table).and_then(|table| table.measures.first());
        let Some(rows) = found else { continue };
        let at = u32::try_from(order).unwrap_or(0);
        let (x, y) = (GAP + (at % ACROSS) * (width + GAP), GAP + (at / ACROSS) * (HEIGHT + GAP));
        let card = short(&["visual", "overview", &table]);
        let shown = projection(&measure(&table, &rows.name), &table, &rows.name, &rows.name);
        let visual = json!({
            "visualType": "card",
            "query": {"queryState": {"Values": {"projections": [shown]}}},
            "visualContainerObjects": titled(&table),
            "drillFilterOtherVisuals": true,
        });
        let layout = Rectangle { x, y, width, height: HEIGHT };
        files.push((format!("visuals/{card}/visual.json"), container(&card, layout, order, visual)));
        lowest = lowest.max(y + HEIGHT + GAP);
    }
    let body = json!({
        "$schema": format!("{BASE}/page/2.0.0/schema.json"),
        "name": id,
        "displayName": "Overview",
        "displayOption": "FitToPage",
        "height": lowest.max(PAGE_HEIGHT),
        "width": PAGE_WIDTH,
    });
    files.insert(0, ("page.json".to_owned(), body));
    PageFiles { id, files }
}

/// `report.json`.
pub(super) fn report() -> Value {
    json!({
        "$schema": format!("{BASE}/report/2.0.0/schema.json"),
        "themeCollection": {},
        "settings": {"useStylableVisualContainerHeader": true, "useEnhancedTooltips": true},
    })
}

/// `version.json`.
pub(super) fn version() -> Value {
    json!({"$schema": format!("{BASE}/versionMetadata/1.0.0/schema.json"), "version": "2.0.0"})
}

/// `pages.json` for pages in this order.
pub(super) fn order(pages: &[String]) -> Value {
    json!({
        "$schema": format!("{BASE}/pagesMetadata/1.0.0/schema.json"),
        "pageOrder": pages,
        "activePageName": pages.first(),
    })
}
