//! All macros by package, and dbt's rules for finding one of them by name.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

use crate::diagnostic::{Class, Diagnostic, Result, SourceFile, Span, nearest};

use super::blocks::{self, Block, BlockKind, Head};
use super::code::{Code, mentions};
use super::rewrite::StaticCall;

/// A macro, with its source; compiled when it is first called.
pub struct Macro {
    /// The package that defines it.
    pub package: String,
    /// dbt's name for it: `star`, `test_not_null`, `materialization_table_duckdb`.
    pub name: String,
    /// The file.
    pub source: Arc<SourceFile>,
    /// Where it is in the file.
    pub block: Block,
    /// Its parameters, or its adapter and languages.
    pub head: Head,
    index: u32,
    pub(super) wants: Wants,
    code: OnceLock<Result<Arc<Code>>>,
}

/// Which special variables the body mentions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wants {
    pub(super) varargs: bool,
    pub(super) kwargs: bool,
}

/// A macro, shared.
pub type MacroRef = Arc<Macro>;

impl Macro {
    /// The first of these names that is no parameter, where the macro takes no others.
    pub fn refused<'n>(&self, mut names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
        let known = |name: &str| self.head.parameters.iter().any(|parameter| parameter.name == name);
        names.find(|name| !self.wants.kwargs && !known(name))
    }

    fn new(package: &str, source: &Arc<SourceFile>, block: Block, index: u32) -> Result<Self> {
        let head = block.read_head(source)?;
        let body = &source.text()[block.body.clone()];
        let given = |name: &str| head.parameters.iter().any(|parameter| parameter.name == name);
        let wants = Wants {
            varargs: mentions(body, "varargs") && !given("varargs"),
            kwargs: mentions(body, "kwargs") && !given("kwargs"),
        };
        Ok(Self {
            package: package.to_owned(),
            name: block.unique_name(&head),
            source: Arc::clone(source),
            block,
            head,
            index,
            wants,
            code: OnceLock::new(),
        })
    }

    /// `macro.dbt_utils.star`.
    pub fn unique_id(&self) -> String {
        format!("macro.{}.{}", self.package, self.name)
    }

    /// The languages that a materialization builds models of: SQL where it says nothing.
    pub fn languages(&self) -> Vec<String> {
        let written = self.head.languages.clone().and_then(|range| self.source.text().get(range)).unwrap_or("['sql']");
        written.split(['\'', '"']).skip(1).step_by(2).map(str::to_owned).collect()
    }

    /// The place of its opening tag.
    pub fn span(&self) -> Span {
        Span::new(&self.source, self.block.head.clone())
    }

    /// The source text from the opening to the closing tag.
    pub fn sql(&self) -> &str {
        &self.source.text()[self.block.range.clone()]
    }

    /// The calls in its body that can be seen without rendering.
    pub fn calls(&self) -> Result<&[StaticCall]> {
        match self.compiled() {
            Ok(code) => Ok(&code.calls),
            Err(error) => Err(error),
        }
    }

    /// Checks its syntax.
    pub fn check(&self) -> Result<()> {
        self.compiled().map(|_| ())
    }

    pub(super) fn index(&self) -> u32 {
        self.index
    }

    pub(super) fn compiled(&self) -> Result<&Arc<Code>> {
        let build = || {
            let label = format!("{} {}", self.block.kind.name(), self.block.name);
            Code::block(self.index, &self.source, &self.block, &self.head, &label).map(Arc::new)
        };
        self.code.get_or_init(build).as_ref().map_err(Clone::clone)
    }
}

impl fmt::Debug for Macro {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Macro({})", self.unique_id())
    }
}

/// How a materialization was found.
#[derive(Debug, Clone)]
pub struct Materialization {
    /// The macro.
    pub found: MacroRef,
    /// An installed package overrides one of ours (dbt deprecates this).
    pub overrides_builtin: bool,
}

/// All macros of a project, its packages and ours.
#[derive(Debug)]
pub struct Library {
    root: String,
    /// In order of precedence: the adapter's package, its parents', `dbt`.
    internal: Vec<String>,
    /// The adapter's type and those of its parents.
    adapter_types: Vec<String>,
    packages: BTreeMap<String, FxHashMap<String, MacroRef>>,
    dispatch: FxHashMap<String, Vec<String>>,
    /// The adapter type that the project's SQL is written for, where statements are translated.
    written_for: Option<String>,
    all: Vec<MacroRef>,
    strays: Vec<Diagnostic>,
}

/// Whose SQL a template makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// The author's, in the dialect of the project.
    Author,
    /// What goes to the warehouse as it is.
    Engine,
}

impl Library {
    /// An empty library for the root project `root`.
    ///
    /// `internal` are our own packages in order of precedence (`dbt_duckdb`, `dbt`), `adapter_types` the
    /// adapter's type followed by its parents' (`redshift`, `postgres`).
    pub fn new(root: impl Into<String>, internal: &[&str], adapter_types: &[&str]) -> Self {
        Self {
            root: root.into(),
            internal: internal.iter().map(|&name| name.to_owned()).collect(),
            adapter_types: adapter_types.iter().map(|&name| name.to_owned()).collect(),
            packages: BTreeMap::new(),
            dispatch: FxHashMap::default(),
            written_for: None,
            all: Vec::new(),
            strays: Vec::new(),
        }
    }

    /// Makes a package known, also if it has no macros.
    pub fn add_package(&mut self, package: &str) {
        self.packages.entry(package.to_owned()).or_default();
    }

    /// Sets the search order that `dispatch:` in the project file gives for a namespace.
    pub fn set_dispatch(&mut self, namespace: &str, search_order: Vec<String>) {
        self.dispatch.insert(namespace.to_owned(), search_order);
    }

    /// Says for which adapter type the project's SQL is written, where statements are translated.
    pub fn set_written_for(&mut self, adapter_type: &str) {
        self.written_for = Some(adapter_type.to_owned());
    }

    /// Adds every macro, test and materialization of a file and gives them in order.
    pub fn add_file(&mut self, package: &str, source: &Arc<SourceFile>) -> Result<Vec<MacroRef>> {
        let (found, strays) = blocks::blocks_and_strays(source, BlockKind::MACROS)?;
        self.strays.extend(strays);
        found.into_iter().map(|block| self.add(package, source, block)).collect()
    }

    /// Adds one block.
    pub fn add(&mut self, package: &str, source: &Arc<SourceFile>, block: Block) -> Result<MacroRef> {
        let index = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        let added = Arc::new(Macro::new(package, source, block, index)?);
        let known = self.packages.entry(package.to_owned()).or_default();
        if let Some(earlier) = known.get(&added.name) {
            let message = format!("dbt found multiple macros named \"{}\" in the project \"{package}\".", added.name);
            let diagnostic = Diagnostic::error(Class::Compilation, message)
                .label(added.span(), "defined again here")
                .label(earlier.span(), "first defined here")
                .help("to fix this error, rename or remove one of them");
            return Err(Box::new(diagnostic));
        }
        known.insert(added.name.clone(), Arc::clone(&added));
        self.all.push(Arc::clone(&added));
        Ok(added)
    }

    /// Warnings of tags that stand outside of every block of a file.
    pub fn strays(&self) -> &[Diagnostic] {
        &self.strays
    }

    /// Every macro, in the order of addition.
    pub fn macros(&self) -> &[MacroRef] {
        &self.all
    }

    /// The name of the root project.
    pub fn root(&self) -> &str {
        &self.root
    }

    /// Our own packages in order of precedence.
    pub fn internal(&self) -> &[String] {
        &self.internal
    }

    pub(super) fn by_index(&self, index: u32) -> Option<&MacroRef> {
        self.all.get(index as usize)
    }

    fn get(&self, package: &str, name: &str) -> Option<&MacroRef> {
        self.packages.get(package)?.get(name)
    }

    fn internals(&self, name: &str) -> Option<&MacroRef> {
        self.internal.iter().find_map(|package| self.get(package, name))
    }

    /// What the bare name `name` means in a template of `package`: its own macro, the root project's, ours.
    pub fn find(&self, package: &str, name: &str) -> Option<&MacroRef> {
        self.get(package, name).or_else(|| self.get(&self.root, name)).or_else(|| {
            // dbt: a package of this name hides our macros of this name.
            if self.is_package(name) { None } else { self.internals(name) }
        })
    }

    /// Whether `name.` may precede a macro: an installed package, the root project or `dbt`.
    pub fn is_package(&self, name: &str) -> bool {
        name == "dbt" || (self.packages.contains_key(name) && !self.internal.iter().any(|internal| internal == name))
    }

    /// `package.name`; `dbt.name` looks into all of our packages.
    pub fn find_in(&self, package: &str, name: &str) -> Option<&MacroRef> {
        if package == "dbt" {
            return self
                .get("dbt", name)
                .filter(|_| !self.internal.iter().any(|p| p == "dbt"))
                .or_else(|| self.internals(name));
        }
        if self.is_package(package) { self.get(package, name) } else { None }
    }

    /// The macro that a call in a macro's text may be of, whatever its variables hold: that of the package, the root
    /// project's, another package's (of several, the one whose package comes last), ours. dbt: `MacroResolver`.
    pub fn find_anywhere(&self, package: &str, name: &str) -> Option<&MacroRef> {
        let others = || self.packages.iter().rev().filter(|(package, _)| !self.internal.contains(package));
        self.get(package, name)
            .or_else(|| self.get(&self.root, name))
            .or_else(|| others().find_map(|(_, macros)| macros.get(name)))
            .or_else(|| self.internals(name))
    }

    /// The macro of exactly this package, ours included: for `unique_id`s.
    pub fn exactly(&self, package: &str, name: &str) -> Option<&MacroRef> {
        self.get(package, name)
    }

    /// Prefixes tried by `dispatch`, in order.
    fn prefixes(&self) -> impl Iterator<Item = &str> {
        self.adapter_types.iter().map(String::as_str).chain(["default"])
    }

    /// The prefixes for a macro that makes the author's SQL.
    ///
    /// The project's own macros, its packages' and ours that are cross-database follow the dialect in which the project
    /// is written; the rest of ours speak to the warehouse.
    fn authors_prefixes(&self, name: &str) -> Vec<&str> {
        let Some(written_for) = self.written_for.as_deref() else { return self.prefixes().collect() };
        let ours = self.exactly("dbt", name).map(|found| found.source.path());
        match ours {
            None => vec![written_for, "default"],
            Some(path) if path.contains("/cross_database/") => vec![written_for, "default"],
            // Clocks have no default, and every warehouse's is the same moment.
            Some(path) if path.ends_with("/timestamps.sql") => {
                std::iter::once(written_for).chain(self.prefixes()).collect()
            }
            Some(_) => self.prefixes().collect(),
        }
    }

    /// What `adapter.dispatch(name, namespace)` gives in a template of `package`.
    pub fn dispatch(&self, package: &str, name: &str, namespace: Option<&str>) -> Result<&MacroRef> {
        self.dispatch_as(Voice::Engine, package, name, namespace)
    }

    /// The same, for SQL in one of two voices.
    pub fn dispatch_as(&self, voice: Voice, package: &str, name: &str, namespace: Option<&str>) -> Result<&MacroRef> {
        if let Some((suggested, rest)) = name.split_once('.') {
            let message = format!(
                "In adapter.dispatch, got a macro name of \"{name}\", but \".\" is not a valid macro name component. \
                 Did you mean `adapter.dispatch(\"{rest}\", macro_namespace=\"{suggested}\")`?"
            );
            return Err(Box::new(Diagnostic::error(Class::Compilation, message)));
        }
        let prefixes = match voice {
            Voice::Author => self.authors_prefixes(name),
            Voice::Engine => self.prefixes().collect(),
        };
        let names: Vec<String> = prefixes.iter().map(|prefix| format!("{prefix}__{name}")).collect();
        let places = self.search_packages(namespace);
        for search in &places {
            let found = names.iter().find_map(|wanted| match search {
                None => self.find(package, wanted),
                Some(search) => self.find_in(search, wanted),
            });
            if let Some(found) = found {
                return Ok(found);
            }
        }
        // dbt: a test sees all macros that its own macro needs, also those of its macro's package.
        if namespace.is_none()
            && let Some(found) = self.prefixes().find_map(|prefix| self.sole(&format!("{prefix}__{name}")))
        {
            return Ok(found);
        }
        let searched: Vec<String> = places
            .iter()
            .flat_map(|search| {
                let place = search.map(|search| format!("{search}.")).unwrap_or_default();
                names.iter().map(move |wanted| format!("'{place}{wanted}'"))
            })
            .collect();
        let message = format!(
            "In dispatch: No macro named '{name}' found within namespace: '{}'\n    Searched for: {}",
            namespace.unwrap_or("None"),
            searched.join(", ")
        );
        Err(Box::new(self.with_dispatch_help(Diagnostic::error(Class::Compilation, message), name, &names[0])))
    }

    /// Says for what a macro has versions, and what to write; where it has none, which macro has nearly its name.
    fn with_dispatch_help(&self, diagnostic: Diagnostic, name: &str, wanted: &str) -> Diagnostic {
        let version = |known: &MacroRef| {
            let (prefix, rest) = known.name.split_once("__")?;
            (rest == name && !prefix.is_empty()).then(|| prefix.to_owned())
        };
        let versions: BTreeSet<String> = self.all.iter().filter_map(version).collect();
        if !versions.is_empty() {
            let versions: Vec<String> = versions.into_iter().collect();
            return diagnostic
                .help(format!("it exists for {}: write a macro `{wanted}` in your project", versions.join(", ")));
        }
        let near = self.nearest(&format!("default__{name}"));
        let near = near.as_deref().map(|near| near.split_once("__").map_or(near, |(_, plain)| plain));
        match near.filter(|near| *near != name) {
            Some(near) => diagnostic.suggest(Some(near)),
            None => diagnostic.help(format!("write a macro `{wanted}` or `default__{name}` in your project")),
        }
    }

    /// What a dispatch without a namespace, in a macro of `package`, is taken for while macros are read.
    ///
    /// dbt: by the name alone; the root project precedes packages, and these precede our own.
    pub fn dispatched_by_name(&self, package: &str, name: &str) -> Option<&MacroRef> {
        self.prefixes().find_map(|prefix| {
            let wanted = format!("{prefix}__{name}");
            let nearest = [self.root.as_str(), package].into_iter().find_map(|place| self.exactly(place, &wanted));
            nearest.or_else(|| self.sole(&wanted)).or_else(|| self.find(package, &wanted))
        })
    }

    /// The macro of this name that one package alone has.
    fn sole(&self, name: &str) -> Option<&MacroRef> {
        let mut found = self.packages.values().filter_map(|macros| macros.get(name));
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    /// dbt: the configured order, else root and the namespace if that is an installed package, else any.
    fn search_packages<'a>(&'a self, namespace: Option<&'a str>) -> Vec<Option<&'a str>> {
        let Some(namespace) = namespace else { return vec![None] };
        match self.dispatch.get(namespace) {
            Some(order) if !order.is_empty() => order.iter().map(|package| Some(package.as_str())).collect(),
            _ if namespace == "dbt" || self.packages.contains_key(namespace) => vec![Some(&self.root), Some(namespace)],
            _ => vec![None],
        }
    }

    /// The materialization `name` for the adapter.
    ///
    /// dbt: the adapter's own precedes a parent's precedes the default; then the root project precedes a
    /// package precedes ours. With `explicit_overrides` a package may not replace one of ours.
    pub fn materialization(&self, name: &str, explicit_overrides: bool) -> Option<Materialization> {
        let mut candidates: Vec<(usize, u8, &MacroRef)> = Vec::new();
        for (specificity, prefix) in self.prefixes().enumerate() {
            let wanted = format!("materialization_{name}_{prefix}");
            for (package, macros) in &self.packages {
                if let Some(found) = macros.get(&wanted) {
                    candidates.push((specificity, self.locality(package), found));
                }
            }
        }
        candidates.sort_by_key(|(specificity, locality, _)| (*specificity, *locality));
        let (_, locality, found) = *candidates.first()?;
        let builtin = candidates.iter().any(|(_, locality, _)| *locality == BUILTIN);
        if locality == IMPORTED && builtin {
            if explicit_overrides {
                let (_, _, found) = candidates.iter().find(|(_, locality, _)| *locality != IMPORTED)?;
                return Some(Materialization { found: Arc::clone(found), overrides_builtin: false });
            }
            return Some(Materialization { found: Arc::clone(found), overrides_builtin: true });
        }
        Some(Materialization { found: Arc::clone(found), overrides_builtin: false })
    }

    /// Whether a package is one of ours.
    pub fn is_internal(&self, package: &str) -> bool {
        self.internal.iter().any(|internal| internal == package)
    }

    fn locality(&self, package: &str) -> u8 {
        if package == self.root {
            0
        } else if self.is_internal(package) {
            BUILTIN
        } else {
            IMPORTED
        }
    }

    /// A macro name near to `name`.
    pub fn nearest(&self, name: &str) -> Option<String> {
        nearest(name, self.all.iter().map(|known| known.name.as_str())).map(str::to_owned)
    }

    /// The names of the macros of a package.
    pub fn names_in(&self, package: &str) -> Vec<&str> {
        let mut names: Vec<&str> = if package == "dbt" {
            self.internal
                .iter()
                .filter_map(|internal| self.packages.get(internal))
                .flat_map(FxHashMap::keys)
                .map(String::as_str)
                .collect()
        } else {
            self.packages.get(package).into_iter().flat_map(FxHashMap::keys).map(String::as_str).collect()
        };
        names.sort_unstable();
        names
    }
}

const IMPORTED: u8 = 1;
const BUILTIN: u8 = 2;
