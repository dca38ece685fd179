//! Which files a person changed since the last export, and what becomes of them.
//!
//! A ledger holds a hash of every file that an export wrote. Power BI Desktop writes JSON in its own form whenever it
//! saves, so a JSON file counts as changed only where its values differ. A page in which anything was changed, added or
//! taken away stays as it is, as does a changed `report.json`; other files are written anew, and the changed ones are kept
//! aside first. Nothing that a person made is lost.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::files::page_order;

/// The hashes of what an export wrote, by path.
pub type Ledger = BTreeMap<String, String>;

/// What is to be done in a folder.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Files to write.
    pub write: BTreeMap<String, String>,
    /// Files of the last export to remove.
    pub remove: Vec<String>,
    /// Changed files to keep aside before they are written or removed.
    pub aside: Vec<String>,
    /// Pages and files that stay as a person left them.
    pub kept: Vec<Change>,
    /// The ledger after all this.
    pub ledger: Ledger,
}

/// What a person changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// A page's folder or a file.
    pub path: String,
    /// Its title, where it is a page.
    pub title: Option<String>,
}

/// The hash of a file, for JSON of its values.
fn hash(path: &str, content: &str) -> String {
    let is_json = path.ends_with(".json") || path.ends_with(".pbip") || path.ends_with(".pbir");
    let values = is_json.then(|| serde_json::from_str::<Value>(content).ok()).flatten();
    let text = match values {
        Some(value) => sorted(&value).to_string(),
        None => content.replace("\r\n", "\n"),
    };
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

/// A value with its keys in alphabetical order.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let keys: BTreeMap<&String, &Value> = map.iter().collect();
            Value::Object(keys.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect())
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Number(number) => number.as_f64().map_or(Value::Null, |number| Value::String(number.to_string())),
        other => other.clone(),
    }
}

/// The folder of the page that a path lies in: `x.Report/definition/pages/id`.
fn page_of(path: &str) -> Option<&str> {
    let at = path.find("/definition/pages/")? + "/definition/pages/".len();
    let end = path[at..].find('/')? + at;
    Some(&path[..end])
}

/// Compares what an export would write (`new`) and what the last one wrote (`ledger`) with what is there (`old`).
///
/// `force` writes over everything.
pub fn plan(new: &BTreeMap<String, String>, ledger: &Ledger, old: &BTreeMap<String, String>, force: bool) -> Written {
    let is_changed = |path: &str| match (old.get(path), ledger.get(path)) {
        (Some(content), Some(known)) => hash(path, content) != *known,
        (Some(content), None) => new.get(path).is_none_or(|new| hash(path, new) != hash(path, content)),
        (None, Some(_)) => true,
        (None, None) => false,
    };
    let mut pages: BTreeSet<&str> = BTreeSet::new();
    for path in old.keys().chain(ledger.keys()) {
        if let Some(page) = page_of(path)
            && is_changed(path)
        {
            pages.insert(page);
        }
    }
    let stays = |path: &str| {
        let is_kept_file = path.ends_with(".Report/definition/report.json") && old.contains_key(path);
        !force && (page_of(path).is_some_and(|page| pages.contains(page)) || (is_kept_file && is_changed(path)))
    };
    let mut planned = Written::default();
    for (path, content) in new {
        if stays(path) {
            planned.ledger.extend(ledger.get(path).map(|hash| (path.clone(), hash.clone())));
            continue;
        }
        if old.contains_key(path) && is_changed(path) {
            planned.aside.push(path.clone());
        }
        planned.ledger.insert(path.clone(), hash(path, content));
        planned.write.insert(path.clone(), content.clone());
    }
    for path in ledger.keys().filter(|path| !new.contains_key(*path)) {
        if stays(path) {
            planned.ledger.insert(path.clone(), ledger[path].clone());
        } else if old.contains_key(path) {
            if is_changed(path) {
                planned.aside.push(path.clone());
            }
            planned.remove.push(path.clone());
        }
    }
    if !force {
        for page in &pages {
            let title = old.get(&format!("{page}/page.json")).and_then(|text| serde_json::from_str::<Value>(text).ok());
            let title = title.and_then(|page| page.get("displayName")?.as_str().map(str::to_owned));
            planned.kept.push(Change { path: (*page).to_owned(), title });
        }
        let reports = new.keys().filter(|path| path.ends_with("/report.json") && stays(path));
        planned.kept.extend(reports.map(|path| Change { path: path.clone(), title: None }));
    }
    add_pages(&mut planned, new, old, &pages);
    planned
}

/// Puts the pages that only a person's files have behind the others in `pages.json`.
fn add_pages(
    planned: &mut Written,
    new: &BTreeMap<String, String>,
    old: &BTreeMap<String, String>,
    pages: &BTreeSet<&str>,
) {
    let Some(path) = new.keys().find(|path| path.ends_with("/definition/pages/pages.json")) else { return };
    let ids = |text: &str| -> Vec<String> {
        let value = serde_json::from_str::<Value>(text).unwrap_or_default();
        let order = value.get("pageOrder").and_then(Value::as_array).cloned().unwrap_or_default();
        order.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect()
    };
    let mut order = ids(&new[path]);
    let folder = path.trim_end_matches("pages.json");
    let is_there = |id: &str| old.contains_key(&format!("{folder}{id}/page.json"));
    let is_kept = |id: &str| pages.contains(format!("{folder}{id}").as_str());
    let before = order.clone();
    order.retain(|id| !is_kept(id) || is_there(id));
    let earlier = old.get(path).map(|text| ids(text)).unwrap_or_default();
    let others = pages.iter().filter_map(|page| page.strip_prefix(folder)).map(str::to_owned);
    for id in earlier.into_iter().chain(others) {
        if !order.contains(&id) && is_there(&id) && is_kept(&id) {
            order.push(id);
        }
    }
    if order != before {
        let content = page_order(&order);
        planned.ledger.insert(path.clone(), hash(path, &content));
        planned.write.insert(path.clone(), content);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGES: &str = "a.Report/definition/pages";

    fn tree(files: &[(&str, &str)]) -> BTreeMap<String, String> {
        files.iter().map(|(path, content)| (format!("{PAGES}/{path}"), (*content).to_owned())).collect()
    }

    #[test]
    fn changed_pages_stay_and_others_are_written() {
        let order = |ids: &str| format!("{{\"pageOrder\": [{ids}]}}");
        let first = tree(&[
            ("pages.json", &order("\"p\", \"q\"")),
            ("p/page.json", "{\"displayName\": \"P\", \"n\": 1}"),
            ("q/page.json", "{\"displayName\": \"Q\"}"),
        ]);
        let ledger = plan(&first, &Ledger::new(), &BTreeMap::new(), false).ledger;
        let mut there = first.clone();
        // Another form of the same values is no change.
        there.insert(format!("{PAGES}/p/page.json"), "{\"n\":1.0,\r\n\"displayName\":\"P\"}".to_owned());
        assert_eq!(plan(&first, &ledger, &there, false).kept, []);
        there.insert(format!("{PAGES}/q/visuals/v/visual.json"), "{}".to_owned());
        there.insert(format!("{PAGES}/mine/page.json"), "{\"displayName\": \"Mine\"}".to_owned());
        let next = tree(&[("pages.json", &order("\"p\"")), ("p/page.json", "{\"displayName\": \"P2\"}")]);
        let planned = plan(&next, &ledger, &there, false);
        let titles: Vec<_> = planned.kept.iter().filter_map(|kept| kept.title.clone()).collect();
        assert_eq!(titles, ["Mine", "Q"]);
        assert_eq!(planned.remove, Vec::<String>::new());
        let pages: Value = serde_json::from_str(&planned.write[&format!("{PAGES}/pages.json")]).unwrap();
        assert_eq!(pages["pageOrder"], serde_json::json!(["p", "q", "mine"]));
        assert!(planned.write.contains_key(&format!("{PAGES}/p/page.json")));
        let forced = plan(&next, &ledger, &there, true);
        assert_eq!((forced.kept.len(), forced.remove.len()), (0, 1));
    }
}
