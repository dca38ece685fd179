//! Writing a file in one step: a temporary file in the same folder, synchronised, then renamed.
//!
//! A process that is killed leaves the old file, and a reader never sees half of the new one.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::Serialize;

use crate::diagnostic::{Class, Diagnostic, Result};

/// Bytes that are written at once: a manifest has megabytes.
const BUFFER: usize = 1 << 17;

/// Writes a value as JSON.
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    write_with(path, |writer| serde_json::to_writer(writer, value).map_err(io::Error::from))
}

/// Writes a text.
pub fn write_text(path: &Path, text: &str) -> Result<()> {
    write_with(path, |writer| writer.write_all(text.as_bytes()))
}

fn write_with(path: &Path, fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> Result<()> {
    replace(path, fill).map_err(|error| {
        Box::new(Diagnostic::error(Class::File, format!("cannot write `{}`: {error}", path.display())))
    })
}

fn replace(path: &Path, fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // The process and the thread make the name unique; two writers of one file each rename a whole one.
    let temporary = folder.join(format!(".{name}.{}.{:?}.tmp", std::process::id(), std::thread::current().id()));
    let written = (|| {
        let mut writer = BufWriter::with_capacity(BUFFER, File::create(&temporary)?);
        fill(&mut writer)?;
        writer.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(&temporary, path)
    })();
    if written.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&temporary);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_whole_files_and_leaves_nothing_behind() {
        let folder = std::env::temp_dir().join(format!("netflix-write-{}", std::process::id()));
        let path = folder.join("a/b.json");
        write_json(&path, &serde_json::json!({"a": 1})).unwrap();
        let failed = write_with(&path, |writer| {
            writer.write_all(b"half")?;
            Err(io::Error::other("disk full"))
        });
        assert!(failed.unwrap_err().message.contains("disk full"));
        assert_eq!(fs::read_to_string(&path).unwrap(), r#"{"a":1}"#);
        assert_eq!(fs::read_dir(folder.join("a")).unwrap().count(), 1);
        fs::remove_dir_all(folder).unwrap();
    }
}
