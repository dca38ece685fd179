//! The sections `code-N`: templates and compiled SQL, in pieces, since only the code of the node that is looked at is
//! needed.

use serde_json::{Value, json};

use super::json::text;
use super::nodes::Index;

/// Bytes of code in one piece, about: small enough to be inflated in a few milliseconds.
const PIECE: usize = 384 * 1024;

/// A piece: the place of its first node, and `[template, compiled]` of each of its nodes.
pub(super) struct Piece {
    pub(super) first: usize,
    pub(super) code: Vec<Value>,
}

/// The code of all nodes in pieces.
pub(super) fn pieces(index: &Index<'_>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut size = usize::MAX;
    for (place, node) in index.nodes.iter().enumerate() {
        if size > PIECE {
            pieces.push(Piece { first: place, code: Vec::new() });
            size = 0;
        }
        let template = text(node, "raw_code").or_else(|| text(node, "macro_sql")).filter(|_| !is_generic(node));
        let compiled = text(node, "compiled_code").map(str::trim_end);
        size += template.map_or(0, str::len) + compiled.map_or(0, str::len);
        if let Some(piece) = pieces.last_mut() {
            piece.code.push(json!([template, compiled]));
        }
    }
    pieces
}

/// The template of a generic test is a call that says nothing.
fn is_generic(node: &Value) -> bool {
    node.get("test_metadata").is_some_and(Value::is_object)
}
