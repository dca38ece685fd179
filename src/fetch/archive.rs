//! Unpacks `.tar.gz` archives.

use std::path::{Path, PathBuf};

use crate::diagnostic::{Class, Diagnostic, Result};

/// Unpacks an archive that holds one folder, and gives that folder.
///
/// Entries that would land outside of `to` are refused by the reader of archives.
///
/// # Errors
/// The file is no such archive, or holds more than one folder at its top.
pub fn unpack(archive: &Path, to: &Path, shown: &str) -> Result<PathBuf> {
    let error = |why: String| Box::new(Diagnostic::error(Class::Dependency, format!("{shown}: {why}")));
    let file = std::fs::File::open(archive).map_err(|reason| error(reason.to_string()))?;
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    archive.set_preserve_mtime(false);
    archive.unpack(to).map_err(|reason| error(format!("is no readable .tar.gz archive: {reason}")))?;
    let entries: Vec<PathBuf> = std::fs::read_dir(to)
        .map_err(|reason| error(reason.to_string()))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.file_name().is_none_or(|name| name != "pax_global_header"))
        .collect();
    match entries.as_slice() {
        [folder] if folder.is_dir() => Ok(folder.clone()),
        _ => Err(error("the archive does not hold exactly one folder with the package in it".to_owned())),
    }
}
