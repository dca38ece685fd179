//! The package hub: which packages and versions exist, and where they are downloaded.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;

use super::http;
use crate::diagnostic::{Class, Diagnostic, Result};
use crate::event::{Event, Events, Level, Warning, WarningKind};
use crate::project::{DBT_VERSION, Version, satisfies};

/// A package hub.
pub struct Hub<'a> {
    address: String,
    events: &'a Events,
    index: OnceCell<Vec<String>>,
    packages: RefCell<BTreeMap<String, Rc<Value>>>,
}

impl<'a> Hub<'a> {
    /// The hub at an address, or dbt's.
    pub fn new(address: Option<&str>, events: &'a Events) -> Self {
        let address = address.unwrap_or("https://hub.getdbt.com/").trim_end_matches('/');
        Self { address: format!("{address}/"), events, index: OnceCell::new(), packages: RefCell::default() }
    }

    fn get(&self, name: &str) -> Result<Value> {
        let url = format!("{}api/v1/{name}.json", self.address);
        self.events
            .send(Event::Note { level: Level::Debug, message: format!("Making package registry request: GET {url}") });
        http::json(&url)
    }

    /// Whether the hub knows a package.
    ///
    /// # Errors
    /// It does not, or cannot be asked.
    pub fn check(&self, package: &str) -> Result<()> {
        let index = match self.index.get() {
            Some(index) => index,
            None => {
                let answer = self.get("index")?;
                let names = answer.as_array().ok_or_else(|| strange("the list of packages is no list"))?;
                self.index.get_or_init(|| names.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            }
        };
        if index.iter().any(|known| known == package) {
            return Ok(());
        }
        Err(Box::new(
            Diagnostic::error(Class::Dependency, format!("Package {package} was not found in the package index"))
                .suggest(crate::diagnostic::nearest(package, index.iter().map(String::as_str))),
        ))
    }

    fn package(&self, package: &str) -> Result<Rc<Value>> {
        if let Some(found) = self.packages.borrow().get(package) {
            return Ok(Rc::clone(found));
        }
        let answer = self.get(package)?;
        if !answer.get("versions").is_some_and(Value::is_object) {
            return Err(strange(&format!("`{package}` has no versions")));
        }
        let text = |key: &str| answer.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let moved = (text("redirectnamespace"), text("redirectname"));
        if moved.0.is_some() || moved.1.is_some() {
            let owner = moved.0.or(text("namespace")).unwrap_or_default();
            let name = moved.1.or(text("name")).unwrap_or_default();
            let now = format!("{owner}/{name}");
            let message = format!(
                "The `{package}` package is deprecated in favor of `{now}`. Please update your `packages.yml` \
                 configuration to use `{now}` instead."
            );
            self.events.warn(
                Warning::new(WarningKind::PackageRedirectDeprecation, message)
                    .field("old_name", package)
                    .field("new_name", now.as_str()),
            )?;
        }
        let answer = Rc::new(answer);
        self.packages.borrow_mut().insert(package.to_owned(), Rc::clone(&answer));
        Ok(answer)
    }

    /// All versions of a package, or those that fit this version of dbt.
    ///
    /// # Errors
    /// The hub cannot be asked.
    pub fn versions(&self, package: &str, fitting: bool) -> Result<Vec<String>> {
        let answer = self.package(package)?;
        let Some(versions) = answer.get("versions").and_then(Value::as_object) else { return Ok(Vec::new()) };
        Ok(versions.iter().filter(|(_, facts)| !fitting || fits(facts)).map(|(version, _)| version.clone()).collect())
    }

    /// What the hub says of one version: name, packages that it needs, and where it is downloaded.
    ///
    /// # Errors
    /// The hub cannot be asked, or does not know the version.
    pub fn version(&self, package: &str, version: &str) -> Result<Value> {
        let answer = self.package(package)?;
        answer.get("versions").and_then(|versions| versions.get(version)).cloned().ok_or_else(|| {
            Box::new(Diagnostic::error(
                Class::Dependency,
                format!("{package} has no version {version} on the package hub"),
            ))
        })
    }
}

fn fits(facts: &Value) -> bool {
    let texts: Vec<&str> = match facts.get("require_dbt_version") {
        Some(Value::String(text)) if !text.is_empty() => vec![text],
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        _ => return true,
    };
    let needed: Option<Vec<Version>> = texts.iter().map(|text| Version::parse(text).ok()).collect();
    needed.is_none_or(|needed| satisfies(&needed, DBT_VERSION) == Some(true))
}

fn strange(why: &str) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::error(Class::Dependency, format!("the package hub's answer is not understood: {why}"))
            .help("check `DBT_PACKAGE_HUB_URL`"),
    )
}
