//! The log file: every event, rotated by size.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// How many old files are kept beside it.
const KEPT: usize = 5;

/// A file that is renamed to `.1` when it would grow past its limit.
#[derive(Debug)]
pub struct LogFile {
    path: PathBuf,
    limit: u64,
    size: u64,
    file: BufWriter<File>,
}

impl LogFile {
    /// The name of the log file in the log folder.
    pub const NAME: &str = "netflix.log";

    /// Its name where the project is one of dbt's: tools look for it there.
    pub const DBT_NAME: &str = "dbt.log";

    /// Opens the file for appending and makes its folder; a limit of 0 means none.
    pub fn open(path: &Path, limit: u64) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let size = file.metadata()?.len();
        Ok(Self { path: path.to_owned(), limit, size, file: BufWriter::new(file) })
    }

    /// Appends a line.
    pub fn write_line(&mut self, line: &str) -> io::Result<()> {
        let length = line.len() as u64 + 1;
        if self.limit > 0 && self.size > 0 && self.size + length > self.limit {
            self.rotate()?;
        }
        self.file.write_all(line.as_bytes())?;
        self.file.write_all(b"\n")?;
        self.size += length;
        Ok(())
    }

    /// Hands everything to the operating system.
    pub fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }

    fn rotate(&mut self) -> io::Result<()> {
        self.file.flush()?;
        for number in (1..KEPT).rev() {
            let from = self.numbered(number);
            if from.exists() {
                fs::rename(from, self.numbered(number + 1))?;
            }
        }
        fs::rename(&self.path, self.numbered(1))?;
        self.file = BufWriter::new(OpenOptions::new().create(true).append(true).open(&self.path)?);
        self.size = 0;
        Ok(())
    }

    fn numbered(&self, number: usize) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{number}"));
        name.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotates_and_keeps_five() {
        let folder = std::env::temp_dir().join(format!("netflix-log-{}", std::process::id()));
        let path = folder.join("deep").join(LogFile::NAME);
        let mut log = LogFile::open(&path, 20).unwrap();
        for number in 0..20 {
            log.write_line(&format!("line number {number}")).unwrap();
        }
        log.flush().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "line number 19\n");
        let mut names: Vec<_> =
            fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names.len(), 6);
        fs::remove_dir_all(folder).unwrap();
    }
}
