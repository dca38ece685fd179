//! All macros of the project, its packages and the built-in ones.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use crate::diagnostic::{Bag, Class, Diagnostic};
use crate::jinja::{BlockKind, Library, MacroRef, Voice};
use crate::manifest::MacroInfo;
use crate::project::{FileKind, Project};

/// Reads every macro; a name that one package defines twice is an error at both places.
pub fn library(project: &Project, bag: &mut Bag) -> Library {
    let adapter_package = format!("dbt_{}", project.target.kind);
    let mut internal = vec![adapter_package.as_str(), "dbt"];
    let authors_package = project.target.written_in().map(|dialect| format!("dbt_{dialect}"));
    internal.extend(authors_package.as_deref().filter(|name| project.packages.iter().any(|own| own.name == *name)));
    let mut library = Library::new(project.name.clone(), &internal, &[&project.target.kind]);
    if let Some(written_for) = project.target.written_in() {
        library.set_written_for(written_for);
    }
    for package in &project.packages {
        library.add_package(&package.name);
        for file in &package.files {
            if matches!(file.kind, FileKind::Macro | FileKind::GenericTest) {
                let added = library.add_file(&package.name, &file.source);
                bag.take(added);
            }
        }
    }
    library.strays().iter().for_each(|stray| bag.push(stray.clone()));
    for (namespace, order) in &project.root_package().dispatch {
        library.set_dispatch(namespace, order.clone());
    }
    for target in library.macros() {
        if let Err(error) = target.check() {
            bag.push(*error);
        }
    }
    library
}

/// The macros as the manifest lists them, with the macros that each calls by a name that can be read off its text.
pub fn macros(project: &Project, library: &Library, created_at: f64, bag: &mut Bag) -> IndexMap<String, MacroInfo> {
    let mut found = IndexMap::new();
    for target in library.macros() {
        let mut depends_on: Vec<String> = Vec::new();
        for call in target.calls().unwrap_or_default() {
            // A method of a variable reads like a macro of a package: dbt takes it for one where a macro has the name.
            let package = call.package.as_ref().unwrap_or(&target.package);
            let mut note = |callee: Option<&MacroRef>| {
                let id = callee.map(|callee| callee.unique_id());
                depends_on.extend(id.filter(|id| !depends_on.contains(id)));
            };
            match &call.package {
                Some(package) if package == "adapter" && call.name == "dispatch" => {
                    let given = |index: usize, key: &str| {
                        let keyword = || call.keywords.iter().find(|(known, _)| known == key).map(|(_, value)| value);
                        let value = call.arguments.get(index).or_else(keyword)?.as_ref()?;
                        value.as_str().map(str::to_owned)
                    };
                    let (name, namespace) = (given(0, "macro_name"), given(1, "macro_namespace"));
                    let Some(name) = name else { continue };
                    if name != target.name {
                        note(library.find_anywhere(&target.package, &name));
                    }
                    let named = library.dispatched_by_name(&target.package, &name).filter(|_| namespace.is_none());
                    let in_voice = |voice| library.dispatch_as(voice, &target.package, &name, namespace.as_deref());
                    match named.map_or_else(|| in_voice(Voice::Engine), Ok) {
                        Ok(found) => note(Some(found)),
                        Err(_) if in_voice(Voice::Author).is_ok() => {}
                        // dbt: a macro that no package has for this adapter is told when macros are read.
                        Err(error) => bag.push(error.label(target.span(), "this macro dispatches it")),
                    }
                }
                Some(package) if package == "adapter" => {}
                // dbt: these are taken for its own, even where a project has macros of these names.
                None if call.name == target.name || ["ref", "source", "config"].contains(&call.name.as_str()) => {}
                _ => note(library.find_anywhere(package, &call.name)),
            }
        }
        let root = project
            .package(&target.package)
            .and_then(|package| package.root.strip_prefix(&project.root_package().root).ok())
            .unwrap_or(std::path::Path::new(""));
        let path = target.source.path();
        let path = path.strip_prefix(&format!("<{}>/", target.package)).unwrap_or(path);
        let path = path.strip_prefix(&format!("{}/", root.display())).unwrap_or(path);
        let under_tests = || {
            project.package(&target.package).is_some_and(|package| {
                let mut files = package.files.iter();
                files.any(|file| file.kind == FileKind::GenericTest && file.source.path() == target.source.path())
            })
        };
        let info = MacroInfo {
            unique_id: target.unique_id(),
            name: target.name.clone(),
            package: target.package.clone(),
            path: path.to_owned(),
            macro_sql: with_stripped_blanks(target.source.text(), &target.block.range).to_owned(),
            depends_on,
            description: String::new(),
            meta: Map::new(),
            docs: json!({"show": true, "node_color": null}),
            arguments: match target.block.kind {
                // dbt: reads what lies under a project's tests without its arguments.
                BlockKind::Test if under_tests() => Vec::new(),
                BlockKind::Macro | BlockKind::Test => {
                    target.head.parameters.iter().map(|parameter| argument(&parameter.name)).collect()
                }
                // dbt: has this one, given or not.
                BlockKind::Materialization => vec![argument("supported_languages")],
                _ => Vec::new(),
            },
            patch_path: None,
            supported_languages: (target.block.kind == BlockKind::Materialization).then(|| target.languages()),
            created_at,
        };
        if found.contains_key(&info.unique_id) {
            bag.push(
                Diagnostic::error(
                    Class::Compilation,
                    format!("two macros of package `{}` are named `{}`", info.package, info.name),
                )
                .label(target.span(), "defined again here")
                .help("rename or remove one of them"),
            );
        }
        found.insert(info.unique_id.clone(), info);
    }
    found
}

fn argument(name: &str) -> Value {
    json!({"name": name, "type": null, "description": ""})
}

/// The text of a block; dbt: blanks that its outer tags strip (`{%-`, `-%}`) belong to it.
fn with_stripped_blanks<'a>(text: &'a str, range: &std::ops::Range<usize>) -> &'a str {
    let block = &text[range.clone()];
    let before = text[..range.start].trim_end();
    // Blanks at the ends of a file are nobody's, and those behind a tag that strips them are that tag's.
    let free = !before.is_empty() && !before.ends_with("-%}");
    let start = if block.starts_with("{%-") && free { before.len() } else { range.start };
    let after = text[range.end..].trim_start();
    let end = if block.ends_with("-%}") && !after.is_empty() { text.len() - after.len() } else { range.end };
    &text[start..end]
}
