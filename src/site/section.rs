//! A section of the page's data: JSON, deflated, in base64.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use serde::Serialize;

use crate::diagnostic::{Class, Diagnostic, Result};

/// Named data that the page reads by `load(name)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    name: String,
    encoded: String,
}

impl Section {
    /// Packs a value under a name of letters, digits and `-`.
    ///
    /// # Errors
    /// The value cannot be written as JSON: a mapping whose keys are no texts.
    pub fn new(name: impl Into<String>, value: &impl Serialize) -> Result<Self> {
        let name = name.into();
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(7));
        let deflated = serde_json::to_writer(&mut encoder, value)
            .map_err(std::io::Error::from)
            .and_then(|()| encoder.flush())
            .and_then(|()| encoder.finish())
            .map_err(|error| {
                Box::new(Diagnostic::error(Class::Internal, format!("cannot pack the section `{name}`: {error}")))
            })?;
        Ok(Self { name, encoded: base64(&deflated) })
    }

    /// The element that holds it.
    pub(super) fn element(&self) -> String {
        format!("<script type=\"text/plain\" id=\"section-{}\">{}</script>\n", self.name, self.encoded)
    }

    /// Whether the page needs it before it shows anything.
    pub(super) fn is_first(&self) -> bool {
        self.name == "core"
    }
}

/// Base64 with padding (RFC 4648, section 4).
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte)) << (8 * (3 - group.len()));
        for letter in 0..4 {
            if letter <= group.len() {
                text.push(char::from(LETTERS[bits >> (18 - 6 * letter) & 63]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_the_standard() {
        let cases =
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")];
        for (plain, encoded) in cases {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
    }

    #[test]
    fn a_section_holds_nothing_that_ends_its_element() {
        let section = Section::new("core", &["</script><script>alert(1)</script>"]).unwrap();
        assert_eq!(section.element().matches('<').count(), 2);
    }
}
