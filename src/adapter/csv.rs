//! A careful reader of CSV files: slow beside the warehouse's own, it knows the line of every record.
//!
//! It reads headers, and after a refusal it finds the place: a warehouse counts records, and a record may span
//! several lines.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::FileOptions;

/// What is wrong with a file's text.
#[derive(Debug)]
pub enum CsvFault {
    /// A quote that is never closed.
    OpenQuote {
        /// The line where it opens.
        line: u64,
    },
    /// Text between a closing quote and the next delimiter.
    AfterQuote {
        /// The line.
        line: u64,
        /// The position of the value in its record, from 0.
        field: usize,
    },
    /// Bytes that are no UTF-8.
    NotUtf8 {
        /// The line.
        line: u64,
        /// The position of the value in its record, from 0.
        field: usize,
    },
    /// The file cannot be read.
    Io(io::Error),
}

/// One record.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct CsvRecord {
    /// The line where it starts, from 1.
    pub line: u64,
    /// Its values, unquoted.
    pub fields: Vec<String>,
    /// The line where each value starts.
    pub lines: Vec<u64>,
    /// Whether it ends in a carriage return and a line feed; `None` at the end of a file without either.
    pub carriage_return: Option<bool>,
}

/// Reads records one by one.
pub struct CsvReader<R> {
    input: R,
    delimiter: u8,
    quote: Option<u8>,
    escape: Option<u8>,
    line: u64,
    buffer: Vec<u8>,
}

impl CsvReader<Box<dyn BufRead>> {
    /// Opens a file, unpacking `.gz`, past the lines that `options` leaves out.
    pub fn open(path: &Path, options: &FileOptions) -> Result<Self, CsvFault> {
        let file = File::open(path).map_err(CsvFault::Io)?;
        let packed = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
        let input: Box<dyn Read> = if packed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
        Self::new(Box::new(BufReader::with_capacity(1 << 18, input)), options)
    }
}

impl<R: BufRead> CsvReader<R> {
    /// Reads from `input`, past the lines that `options` leaves out.
    pub fn new(input: R, options: &FileOptions) -> Result<Self, CsvFault> {
        let byte = |letter: char| u8::try_from(letter).unwrap_or(b',');
        let mut reader = Self {
            input,
            delimiter: byte(options.delimiter),
            quote: options.quote.map(byte),
            escape: options.escape.map(byte),
            line: 1,
            buffer: Vec::new(),
        };
        let start = reader.input.fill_buf().map_err(CsvFault::Io)?;
        if start.starts_with(b"\xef\xbb\xbf") {
            reader.input.consume(3);
        }
        for _ in 0..options.skip {
            reader.buffer.clear();
            if reader.read_line()? {
                reader.line += 1;
            }
        }
        Ok(reader)
    }

    /// Appends one line with its end; false at the end of the file.
    fn read_line(&mut self) -> Result<bool, CsvFault> {
        Ok(self.input.read_until(b'\n', &mut self.buffer).map_err(CsvFault::Io)? > 0)
    }

    /// The next record, or `None` at the end. Blank lines give a record with one empty value.
    pub fn next_record(&mut self) -> Result<Option<CsvRecord>, CsvFault> {
        self.buffer.clear();
        if !self.read_line()? {
            return Ok(None);
        }
        let mut record = CsvRecord { line: self.line, ..CsvRecord::default() };
        let mut at = 0;
        loop {
            let field_line = self.line;
            let (value, end) = if self.quote.is_some() && self.buffer.get(at).copied() == self.quote {
                self.quoted_value(at + 1, record.fields.len())?
            } else {
                let rest = &self.buffer[at..];
                let stop = rest.iter().position(|byte| *byte == self.delimiter || *byte == b'\n').unwrap_or(rest.len());
                let ends_line = rest.get(stop) != Some(&self.delimiter);
                let bytes = &rest[..stop];
                (if ends_line { bytes.strip_suffix(b"\r").unwrap_or(bytes) } else { bytes }.to_vec(), at + stop)
            };
            let text = String::from_utf8(value)
                .map_err(|_| CsvFault::NotUtf8 { line: field_line, field: record.fields.len() })?;
            record.fields.push(text);
            record.lines.push(field_line);
            match self.buffer.get(end) {
                Some(byte) if *byte == self.delimiter => at = end + 1,
                Some(_) => {
                    let line_end = self.buffer.strip_suffix(b"\n").unwrap_or(&self.buffer);
                    record.carriage_return = Some(line_end.ends_with(b"\r"));
                    self.line += 1;
                    return Ok(Some(record));
                }
                None => return Ok(Some(record)),
            }
        }
    }

    /// The value of a quoted field whose text starts at `at`, and where it ends: a delimiter or the line's end.
    fn quoted_value(&mut self, mut at: usize, field: usize) -> Result<(Vec<u8>, usize), CsvFault> {
        let opened = self.line;
        let mut value = Vec::new();
        loop {
            let Some(&byte) = self.buffer.get(at) else {
                if !self.read_line()? {
                    return Err(CsvFault::OpenQuote { line: opened });
                }
                continue;
            };
            let next = self.buffer.get(at + 1).copied();
            if Some(byte) == self.escape
                && next.is_some()
                && (next == self.quote || (next == self.escape && self.escape != self.quote))
            {
                value.extend(next);
                at += 2;
            } else if Some(byte) == self.quote {
                let rest = &self.buffer[at + 1..];
                return match rest {
                    [] | [b'\n'] => Ok((value, at + 1)),
                    [b'\r', b'\n'] | [b'\r'] => Ok((value, at + 2)),
                    [byte, ..] if *byte == self.delimiter => Ok((value, at + 1)),
                    _ => Err(CsvFault::AfterQuote { line: self.line, field }),
                };
            } else {
                if byte == b'\n' {
                    self.line += 1;
                }
                value.push(byte);
                at += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &[u8]) -> Vec<(u64, Vec<String>)> {
        let mut reader = CsvReader::new(text, &FileOptions::default()).unwrap();
        std::iter::from_fn(|| reader.next_record().unwrap()).map(|record| (record.line, record.fields)).collect()
    }

    #[test]
    fn lines_are_right_with_breaks_in_values() {
        let found = records(b"\xef\xbb\xbfa,b\r\n1,\"x\r\ny\"\r\n\r\n2,\"\"\"q\"\"\"\r\n,\" \"");
        let expected =
            [(1, vec!["a", "b"]), (2, vec!["1", "x\r\ny"]), (4, vec![""]), (5, vec!["2", "\"q\""]), (6, vec!["", " "])];
        assert_eq!(found, expected.map(|(line, fields)| (line, fields.into_iter().map(str::to_owned).collect())));
    }

    #[test]
    fn faults_have_their_line() {
        let fault = |text: &[u8]| {
            let mut reader = CsvReader::new(text, &FileOptions::default()).unwrap();
            loop {
                match reader.next_record() {
                    Ok(Some(_)) => {}
                    Ok(None) => panic!("no fault"),
                    Err(fault) => return fault,
                }
            }
        };
        assert!(matches!(fault(b"a,b\n\"x\ny\",1\n1,\"q\"x\n"), CsvFault::AfterQuote { line: 4, field: 1 }));
        assert!(matches!(fault(b"a,b\n1,\"q\n2,3\n"), CsvFault::OpenQuote { line: 2 }));
        assert!(matches!(fault(b"a,b\n1,2\n\xff,3\n"), CsvFault::NotUtf8 { line: 3, field: 0 }));
    }

    #[test]
    fn a_backslash_may_escape() {
        let options = FileOptions { escape: Some('\\'), skip: 1, ..FileOptions::default() };
        let mut reader = CsvReader::new(&b"note\n\"a\\\"b\\\\\",2"[..], &options).unwrap();
        let record = reader.next_record().unwrap().unwrap();
        assert_eq!((record.line, record.fields), (2, vec!["a\"b\\".to_owned(), "2".to_owned()]));
    }
}
