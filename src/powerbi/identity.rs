//! Ids that a name always has, so that a second export writes the same bytes.

use sha1::{Digest, Sha1};

/// The namespace of all ids: a random UUID of this program's own.
const NAMESPACE: [u8; 16] =
    [0x5b, 0x0e, 0x9c, 0x27, 0x8d, 0x41, 0x4f, 0x6a, 0xa1, 0x53, 0x6e, 0x70, 0x2f, 0xc4, 0x19, 0xd8];

fn digest(parts: &[&str]) -> [u8; 20] {
    let mut hash = Sha1::new();
    hash.update(NAMESPACE);
    hash.update(parts.join("\u{1f}").as_bytes());
    hash.finalize().into()
}

/// A UUID for a name, in the form of version 5 (RFC 9562).
pub(super) fn uuid(parts: &[&str]) -> String {
    let mut bytes = digest(parts);
    bytes[6] = (bytes[6] & 0x0f) | 0x50;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = hex(&bytes[..16]);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// Twenty hexadecimal digits for a name, as Power BI names pages and visuals.
pub(super) fn short(parts: &[&str]) -> String {
    hex(&digest(parts)[..10])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_hang_on_the_name_alone() {
        let id = uuid(&["table", "orders"]);
        assert_eq!(id, uuid(&["table", "orders"]));
        assert_ne!(id, uuid(&["table", "order", "s"]));
        assert_eq!((id.len(), id.as_bytes()[14], id.as_bytes()[8]), (36, b'5', b'-'));
        assert_eq!(short(&["page", "a"]).len(), 20);
    }
}
