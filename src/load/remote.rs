//! Objects of a bucket -> files on this machine.
//!
//! The loader wants files, since it shows the line of a bad value. Objects are therefore copied into a folder of the
//! project, by ranges and several at once, and the copy goes away when its table is loaded. A copy is named by the
//! object and its version: one that an interrupted run left is used again.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use object_store::aws::AmazonS3;
use object_store::path::Path as Key;
use object_store::{Error, GetOptions, GetRange, ObjectMeta, ObjectStore};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use super::Located;
use super::pattern::{alternatives, fits_path, fixed_folder};
use super::storage::{Storage, bucket};
use crate::diagnostic::{Class, Diagnostic};

/// Where copies lie, in the project's folder.
const COPIES: &str = ".netflix/raw";
/// How many bytes one request asks for.
const RANGE: u64 = 8 << 20;
/// How many requests run at once.
const AT_ONCE: usize = 8;

/// An object that a location means.
#[derive(Clone)]
pub struct Remote {
    store: Arc<AmazonS3>,
    key: Key,
    /// The version's mark, which changes with the content.
    pub(super) tag: String,
    if_match: Option<String>,
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Remote({} {})", self.key, self.tag)
    }
}

impl PartialEq for Remote {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key && self.tag == other.tag
    }
}

impl Eq for Remote {}

/// A place in a bucket.
pub(super) struct Address<'a> {
    scheme: &'a str,
    bucket: &'a str,
    path: &'a str,
}

impl<'a> Address<'a> {
    /// `s3://bucket/path`; `None` where the text has no scheme, an error where the scheme is another one.
    pub(super) fn parse(location: &'a str) -> Result<Option<Self>, Box<Diagnostic>> {
        let Some((scheme, rest)) = location.split_once("://") else { return Ok(None) };
        if !["s3", "s3a"].contains(&scheme) {
            let diagnostic = fault(format!("`{location}` cannot be loaded: `{scheme}://` is not supported"));
            return Err(Box::new(
                diagnostic.help("use `s3://`, or copy the files to this machine and name their folder"),
            ));
        }
        let (bucket, path) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(Box::new(
                fault(format!("`{location}` names no bucket")).help("write `s3://bucket/folder/file.csv`"),
            ));
        }
        Ok(Some(Self { scheme, bucket, path }))
    }

    fn shown(&self, key: &Key) -> String {
        format!("{}://{}/{key}", self.scheme, self.bucket)
    }
}

/// The objects at a place, sorted by name: those of a folder, those that fit a pattern, or the one that is named.
pub(super) fn list(
    address: &Address<'_>,
    storage: &Storage,
    project_dir: &Path,
) -> Result<Vec<Located>, Box<Diagnostic>> {
    let store = Arc::new(bucket(address.bucket, storage)?);
    let runtime = runtime()?;
    let told = |error: &Error| explain(error, &format!("{}://{}/{}", address.scheme, address.bucket, address.path));
    let mut found: Vec<ObjectMeta> = Vec::new();
    for pattern in alternatives(address.path) {
        let objects = runtime.block_on(matching(&store, &pattern)).map_err(|error| told(&error))?;
        found.extend(objects.into_iter().filter(|object| object.size > 0 || !object.location.as_ref().ends_with('/')));
    }
    found.sort_by(|a, b| a.location.cmp(&b.location));
    found.dedup_by(|a, b| a.location == b.location);
    Ok(found.into_iter().map(|object| located(&store, address, object, project_dir)).collect())
}

fn located(store: &Arc<AmazonS3>, address: &Address<'_>, object: ObjectMeta, project_dir: &Path) -> Located {
    let shown = address.shown(&object.location);
    let mark = object.e_tag.as_deref().map(|tag| tag.trim_matches('"').to_owned());
    let tag = mark.unwrap_or_else(|| format!("{} {}", object.size, object.last_modified.to_rfc3339()));
    let name = blake3::hash(format!("{shown}\n{tag}").as_bytes()).to_hex();
    // The ending tells the engine how the file is compressed.
    let ending = if shown.to_lowercase().ends_with(".gz") { ".gz" } else { "" };
    Located {
        path: project_dir.join(COPIES).join(format!("{}{ending}", &name[..32])),
        shown,
        size: object.size,
        modified: Some(SystemTime::from(object.last_modified)),
        remote: Some(Remote { store: Arc::clone(store), key: object.location, tag, if_match: object.e_tag }),
    }
}

async fn matching(store: &AmazonS3, pattern: &str) -> Result<Vec<ObjectMeta>, Error> {
    if !pattern.contains(['*', '?']) {
        if !pattern.is_empty() && !pattern.ends_with('/') {
            let head = GetOptions { head: true, ..GetOptions::default() };
            match store.get_opts(&Key::parse(pattern)?, head).await {
                Ok(object) => return Ok(vec![object.meta]),
                Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        return Ok(store.list_with_delimiter(prefix(pattern)?.as_ref()).await?.objects);
    }
    let folder = fixed_folder(pattern);
    let deep = pattern[folder.len()..].contains('/');
    let mut folders = vec![prefix(folder)?];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        let listed = store.list_with_delimiter(folder.as_ref()).await?;
        found.extend(listed.objects.into_iter().filter(|object| fits_path(pattern, object.location.as_ref())));
        if deep {
            folders.extend(listed.common_prefixes.into_iter().map(Some));
        }
    }
    Ok(found)
}

fn prefix(folder: &str) -> Result<Option<Key>, Error> {
    let folder = folder.trim_end_matches('/');
    if folder.is_empty() { Ok(None) } else { Ok(Some(Key::parse(folder)?)) }
}

/// Copies what lies in a bucket to this machine; copies that are there already are kept.
pub(super) fn fetch(files: &[Located]) -> Result<(), Box<Diagnostic>> {
    let wanted: Vec<&Located> = files.iter().filter(|file| file.remote.is_some() && !whole(file)).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let runtime = runtime()?;
    for file in wanted {
        copy(&runtime, file)?;
    }
    Ok(())
}

/// Removes the copies of a table that is loaded. What cannot be removed is only space.
pub(super) fn forget(files: &[Located]) {
    for file in files.iter().filter(|file| file.remote.is_some()) {
        if let Err(error) = fs::remove_file(&file.path) {
            tracing::debug!(%error, path = %file.path.display(), "a copy stays");
        }
    }
}

fn whole(file: &Located) -> bool {
    fs::metadata(&file.path).is_ok_and(|facts| facts.len() == file.size)
}

fn copy(runtime: &Runtime, file: &Located) -> Result<(), Box<Diagnostic>> {
    let Some(remote) = &file.remote else { return Ok(()) };
    let broken = |error: std::io::Error| {
        Box::new(
            Diagnostic::error(Class::File, format!("{}: {error}", file.path.display()))
                .note(format!("a copy of `{}` ({} bytes) is made there while it is loaded", file.shown, file.size)),
        )
    };
    fs::create_dir_all(file.path.parent().unwrap_or(Path::new("."))).map_err(broken)?;
    let part = part_of(&file.path);
    let target = Arc::new(Mutex::new(File::create(&part).map_err(broken)?));
    let fetched = runtime.block_on(ranges(remote, file.size, &target));
    if let Err(failure) = fetched {
        // The part is of no use; the error that matters is the first one.
        let _ = fs::remove_file(&part);
        return Err(match failure {
            Failure::Store(error) => explain(&error, &file.shown),
            Failure::File(error) => broken(error),
        });
    }
    target.lock().unwrap_or_else(PoisonError::into_inner).sync_all().map_err(broken)?;
    fs::rename(&part, &file.path).map_err(broken)
}

fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    PathBuf::from(name)
}

enum Failure {
    Store(Error),
    File(std::io::Error),
}

/// Every range of the object, several at once. The version is stated in each request, so that a file that is replaced
/// meanwhile is refused and never mixed.
async fn ranges(remote: &Remote, size: u64, target: &Arc<Mutex<File>>) -> Result<(), Failure> {
    let mut jobs: JoinSet<Result<(), Failure>> = JoinSet::new();
    let mut start = 0;
    while start < size || !jobs.is_empty() {
        while start < size && jobs.len() < AT_ONCE {
            let end = (start + RANGE).min(size);
            let (remote, target, from) = (remote.clone(), Arc::clone(target), start);
            jobs.spawn(async move {
                let options = GetOptions {
                    range: Some(GetRange::Bounded(from..end)),
                    if_match: remote.if_match.clone(),
                    ..GetOptions::default()
                };
                let got = remote.store.get_opts(&remote.key, options).await.map_err(Failure::Store)?;
                let bytes = got.bytes().await.map_err(Failure::Store)?;
                let mut file = target.lock().unwrap_or_else(PoisonError::into_inner);
                file.seek(SeekFrom::Start(from)).and_then(|_| file.write_all(&bytes)).map_err(Failure::File)
            });
            start = end;
        }
        match jobs.join_next().await {
            Some(Ok(done)) => done?,
            Some(Err(stopped)) => return Err(Failure::File(std::io::Error::other(stopped))),
            None => {}
        }
    }
    Ok(())
}

fn runtime() -> Result<Runtime, Box<Diagnostic>> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Box::new(fault(format!("no connection can be made: {error}"))))
}

fn fault(message: String) -> Diagnostic {
    Diagnostic::error(Class::Load, message)
}

/// A refusal of the store, with what can be done.
fn explain(error: &Error, shown: &str) -> Box<Diagnostic> {
    let text = innermost(error);
    Box::new(match error {
        _ if text.contains("NoSuchBucket") => fault(format!("the bucket of `{shown}` does not exist"))
            .help("check the bucket's name, and its region (`AWS_REGION`, or `storage: {region: ..}`)")
            .note(first_line(&text)),
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
            fault(format!("`{shown}` may not be read with these credentials"))
                .help("the credentials need `s3:GetObject` on the objects and `s3:ListBucket` on the bucket")
                .help("for a public bucket write `storage: {anonymous: true}`")
                .note(text)
        }
        Error::Precondition { .. } => {
            fault(format!("{shown}: the file changed while it was read")).help("load again when it is complete")
        }
        _ if text.contains("169.254.169.254") || text.contains("instance metadata") => {
            fault(format!("`{shown}`: no AWS credentials are found"))
                .help("set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, or `AWS_PROFILE`")
                .help("for a public bucket write `storage: {anonymous: true}`")
                .note(text)
        }
        _ => fault(format!("`{shown}` could not be read")).note(text),
    })
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// The text of the first cause.
fn innermost(error: &Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    let mut text = cause.to_string();
    while let Some(inner) = cause.source() {
        cause = inner;
        text = cause.to_string();
    }
    let outer = error.to_string();
    if outer.contains(&text) { outer } else { format!("{outer}: {text}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_bucket_and_path() {
        let address = Address::parse("s3://lake/raw/2024/*.csv").unwrap().unwrap();
        assert_eq!((address.bucket, address.path), ("lake", "raw/2024/*.csv"));
        assert_eq!(address.shown(&Key::from("raw/2024/a.csv")), "s3://lake/raw/2024/a.csv");
        assert!(Address::parse("raw/a.csv").unwrap().is_none());
        let refused = |location| Address::parse(location).err().unwrap().message;
        assert!(refused("gs://lake/x").contains("`gs://` is not supported"));
        assert!(refused("s3:///x").contains("names no bucket"));
    }
}
