//! The page with the data of a project in it.

use serde::Serialize;
use serde_json::Value;

use super::nodes::{self, Index};
use super::{Artifacts, Section, code, details, lineage, results};
use crate::diagnostic::Result;

/// The page as npm built it.
const TEMPLATE: &str = include_str!("../../site/dist/index.html");
/// The program of the dashboards, which the page sets up when one is looked at.
const DASHBOARDS: &str = include_str!("../../site/dist/dashboards.js");
/// Where the sections stand that are needed first.
const FIRST: &str = "<!--first-sections-->";
/// Where the others stand.
const REST: &str = "<!--sections-->";
/// The title that the project's name replaces.
const TITLE: &str = "<title>Documentation</title>";

/// The data of a project, packed.
///
/// # Errors
/// The data cannot be packed, which is a mistake of this program.
pub fn sections(artifacts: &Artifacts<'_>) -> Result<Vec<Section>> {
    let index = Index::new(artifacts.manifest);
    let mut core = nodes::core(artifacts.manifest, &index, has_tables(artifacts.catalog));
    let pieces = code::pieces(&index);
    core.code = pieces.iter().map(|piece| piece.first).collect();
    let mut sections = vec![
        Section::new("core", &core)?,
        Section::new("results", &results::results(artifacts.results, artifacts.freshness, &index))?,
        Section::new("details", &details::details(artifacts.catalog, &index))?,
    ];
    if let Some(known) = artifacts.lineage {
        sections.push(Section::new("lineage", &lineage::lineage(known, &index))?);
    }
    for (number, piece) in pieces.iter().enumerate() {
        sections.push(Section::new(format!("code-{number}"), &piece.code)?);
    }
    Ok(sections)
}

fn has_tables(catalog: Option<&Value>) -> bool {
    let parts = ["nodes", "sources"];
    catalog.is_some_and(|catalog| {
        parts.iter().any(|part| catalog.get(*part).and_then(Value::as_object).is_some_and(|tables| !tables.is_empty()))
    })
}

/// The figures of dashboards, and the program that draws them.
///
/// # Errors
/// The data cannot be packed, which is a mistake of this program.
pub fn dashboards(figures: &impl Serialize) -> Result<Vec<Section>> {
    Ok(vec![Section::new("dashboards", figures)?, Section::new("dashboards-program", &DASHBOARDS.trim())?])
}

/// The whole HTML file; without the section `core` it shows nothing but dashboards.
///
/// `name` is the project's.
pub fn page(name: &str, sections: &[Section]) -> String {
    let place = |is_first: bool| -> String {
        sections.iter().filter(|section| section.is_first() == is_first).map(Section::element).collect()
    };
    let title = format!("<title>{}</title>", escaped(name));
    TEMPLATE.replacen(TITLE, &title, 1).replacen(FIRST, &place(true), 1).replacen(REST, &place(false), 1)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
