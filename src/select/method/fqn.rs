//! `fqn:` a node by name, or by package, folders and name.

use super::Pattern;
use crate::manifest::{Detail, Node};

/// Whether a model has a version, which is then the last part of its fqn.
pub(super) fn is_versioned(node: &Node) -> bool {
    matches!(&node.detail, Detail::Model { version: Some(version), .. } if !version.is_null())
}

/// Whether a node fits, with or without its package.
pub(in crate::select) fn fits(node: &Node, wanted: &str) -> bool {
    let versioned = is_versioned(node);
    let parts: Vec<&str> = node.fqn.iter().map(String::as_str).collect();
    path_fits(&parts, wanted, versioned) || parts.get(1..).is_some_and(|parts| path_fits(parts, wanted, versioned))
}

fn path_fits(fqn: &[&str], wanted: &str, versioned: bool) -> bool {
    let wanted_parts: Vec<&str> = wanted.split('.').collect();
    let leaf = match versioned {
        true => fqn.len().checked_sub(2).and_then(|at| fqn.get(at)),
        false => fqn.last(),
    };
    if leaf == Some(&wanted) {
        return true;
    }
    // A version may follow its model with a dot or an underscore.
    if versioned && last_two(fqn) == last_two(&wanted_parts) {
        return true;
    }
    let flat: Vec<&str> = fqn.iter().flat_map(|part| part.split('.')).collect();
    if flat.len() < wanted_parts.len() {
        return false;
    }
    for (at, (part, found)) in wanted_parts.iter().zip(&flat).enumerate() {
        if part.contains(['*', '?', '[', ']']) {
            // From the first wildcard on, the pattern runs over dots.
            if Pattern::new(&wanted_parts[at..].join(".")).matches(&flat[at..].join(".")) {
                return true;
            }
            return wanted_parts.len() == 1 && leaf.is_some_and(|leaf| Pattern::new(wanted).matches(leaf));
        }
        if part != found {
            return false;
        }
    }
    true
}

fn last_two(parts: &[&str]) -> String {
    parts[parts.len().saturating_sub(2)..].join("_")
}

#[cfg(test)]
mod tests {
    use super::path_fits;

    #[test]
    fn names_folders_and_wildcards() {
        let fqn = ["marts", "audience", "viewers"];
        for (wanted, expected) in [
            ("viewers", true),
            ("marts", true),
            ("marts.audience", true),
            ("marts.audience.viewers", true),
            ("marts.audience.viewers.x", false),
            ("audience", false),
            ("audience.viewers", false),
            ("marts.*", true),
            ("marts.*.viewers", true),
            ("view*", true),
            ("*.viewers", true),
            ("marts.aud?ence.viewers", true),
            ("mart", false),
            ("", false),
        ] {
            assert_eq!(path_fits(&fqn, wanted, false), expected, "{wanted}");
        }
        let versioned = ["marts", "viewers", "v2"];
        for (wanted, expected) in [
            ("viewers", true),
            ("viewers.v2", true),
            ("viewers_v2", true),
            ("viewers.v1", false),
            ("view*", true),
            ("v2", false),
            ("marts.viewers.v2", true),
        ] {
            assert_eq!(path_fits(&versioned, wanted, true), expected, "{wanted}");
        }
    }
}
