//! What `packages.yml` or `dependencies.yml` asks for.

use std::path::Path;

use serde_json::Value;

use crate::diagnostic::{Class, Diagnostic, Result, SourceFile, Span};
use crate::project::Yaml;
use crate::read::{Renderer, render_yaml};

/// One package that a project asks for.
#[derive(Debug, Clone)]
pub struct PackageSpec {
    /// The folder, as written.
    pub local: String,
    /// Where it is asked for.
    pub span: Span,
}

/// The packages that a project's folder asks for, from the first of the two files that exists.
///
/// # Errors
/// The file cannot be read, or asks for a package that is no local folder.
pub fn specs(folder: &Path, shown: &str, renderer: &Renderer) -> Result<Vec<PackageSpec>> {
    let Some(name) = ["packages.yml", "dependencies.yml"].into_iter().find(|name| folder.join(name).is_file()) else {
        return Ok(Vec::new());
    };
    let display = format!("{shown}{name}");
    let text = std::fs::read_to_string(folder.join(name))
        .map_err(|error| Box::new(Diagnostic::error(Class::File, format!("cannot read `{display}`: {error}"))))?;
    let yaml = Yaml::parse(&SourceFile::new(display, text))?;
    let mut found = Vec::new();
    for entry in yaml.get("packages").map(Yaml::items).unwrap_or_default() {
        match entry.get("local") {
            Some(value) => {
                let local = match render_yaml(value, renderer)? {
                    Value::String(text) => text,
                    other => other.to_string(),
                };
                found.push(PackageSpec { local, span: value.span() });
            }
            None => {
                return Err(Box::new(
                    Diagnostic::error(Class::Dependency, "this version installs local packages only")
                        .label(entry.span(), "comes from elsewhere")
                        .help("put the package's folder below `dbt_packages/` by hand, or name a folder with `local:`"),
                ));
            }
        }
    }
    Ok(found)
}
