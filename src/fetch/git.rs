//! Packages in git repositories, fetched by the `git` program.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::diagnostic::{Class, Diagnostic, Result};

/// What is to be fetched.
#[derive(Debug, Clone, Copy)]
pub struct Checkout<'a> {
    /// The address of the repository.
    pub url: &'a str,
    /// A branch, tag or commit; the default branch without.
    pub revision: Option<&'a str>,
    /// The folder inside of it that matters.
    pub subdirectory: Option<&'a str>,
}

/// Fetches one revision without its history, and gives the folder of the package and the commit.
///
/// # Errors
/// There is no `git`, no such repository, or no such revision; its own words are given.
pub fn checkout(wanted: Checkout<'_>, into: &Path) -> Result<(PathBuf, String)> {
    let revision = wanted.revision.unwrap_or("HEAD");
    let refused = |stderr: String| {
        let stderr = stderr.split("\nusage: git").next().unwrap_or_default().trim().to_owned();
        Box::new(
            Diagnostic::error(
                Class::Internal,
                format!("Error checking out spec='{revision}' for repo {}\n{stderr}", wanted.url),
            )
            .help("check the address, the revision, and that `git clone` may read the repository"),
        )
    };
    let run = |folder: &Path, arguments: &[&str]| git(folder, arguments)?.map_err(&refused);
    let parent = into.parent().unwrap_or(into);
    let target = into.display().to_string();
    let mut clone = vec!["clone", "--depth", "1"];
    if wanted.subdirectory.is_some() {
        clone.extend(["--filter=blob:none", "--sparse"]);
    }
    clone.extend(["--", wanted.url, &target]);
    run(parent, &clone)?;
    if let Some(folder) = wanted.subdirectory {
        run(into, &["sparse-checkout", "set", folder])?;
    }
    if let Some(revision) = wanted.revision.filter(|revision| *revision != "HEAD") {
        if is_commit(revision) {
            run(into, &["fetch", "origin", "--depth", "1", revision])?;
            run(into, &["reset", "--hard", revision])?;
        } else {
            run(into, &["remote", "set-branches", "origin", revision])?;
            run(into, &["fetch", "origin", "--depth", "1", "--tags", revision])?;
            // dbt: a tag comes before a branch of the same name.
            let tags = run(into, &["tag", "--list"])?;
            let is_tag = tags.lines().any(|tag| tag == revision);
            let spec = if is_tag { format!("tags/{revision}") } else { format!("origin/{revision}") };
            run(into, &["reset", "--hard", &spec])?;
        }
    }
    let commit = run(into, &["rev-parse", "HEAD"])?.trim().to_owned();
    let folder = wanted.subdirectory.map_or_else(|| into.to_path_buf(), |folder| into.join(folder));
    Ok((folder, commit))
}

fn is_commit(revision: &str) -> bool {
    revision.len() == 40 && revision.chars().all(|letter| matches!(letter, '0'..='9' | 'a'..='f'))
}

/// Runs `git`: what it printed, or what it complained of.
fn git(folder: &Path, arguments: &[&str]) -> Result<std::result::Result<String, String>> {
    let done =
        Command::new("git").args(arguments).current_dir(folder).env("LC_ALL", "C").output().map_err(|error| {
            Box::new(
                Diagnostic::error(Class::Dependency, format!("cannot run `git`: {error}"))
                    .help("install git: packages with `git:` or `private:` need it"),
            )
        })?;
    Ok(if done.status.success() {
        Ok(String::from_utf8_lossy(&done.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&done.stderr).into_owned())
    })
}
