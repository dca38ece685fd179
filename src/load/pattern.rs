//! Patterns of locations: `*`, `?`, `**` and `{a,b}`.

/// The patterns without braces that a pattern with braces means.
pub(super) fn alternatives(pattern: &str) -> Vec<String> {
    let braces = pattern.find('{').and_then(|open| {
        let mut depth = 0usize;
        pattern[open..].char_indices().find_map(|(at, letter)| {
            match letter {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            (depth == 0).then_some((open, open + at))
        })
    });
    let Some((open, close)) = braces else { return vec![pattern.to_owned()] };
    let (mut depth, mut start, mut choices) = (0usize, open + 1, Vec::new());
    for (at, letter) in pattern[open + 1..close].char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                choices.push(&pattern[start..open + 1 + at]);
                start = open + 2 + at;
            }
            _ => {}
        }
    }
    choices.push(&pattern[start..close]);
    choices
        .into_iter()
        .flat_map(|choice| alternatives(&format!("{}{choice}{}", &pattern[..open], &pattern[close + 1..])))
        .collect()
}

/// Whether a name fits a part of a pattern.
pub(super) fn wild(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => {
            wild(rest, name) || name.split_first().is_some_and(|(_, shorter)| wild(pattern, shorter))
        }
        (Some((b'?', rest)), Some((_, shorter))) => wild(rest, shorter),
        (Some((wanted, rest)), Some((letter, shorter))) => wanted == letter && wild(rest, shorter),
        _ => false,
    }
}

/// Whether a path fits a pattern without braces, part by part; `**` stands for any number of folders.
pub(super) fn fits_path(pattern: &str, path: &str) -> bool {
    fn parts(pattern: &[&str], path: &[&str]) -> bool {
        match (pattern.split_first(), path.split_first()) {
            (None, None) => true,
            (Some((&"**", rest)), _) => {
                parts(rest, path) || path.split_first().is_some_and(|(_, shorter)| parts(pattern, shorter))
            }
            (Some((wanted, rest)), Some((name, shorter))) => {
                wild(wanted.as_bytes(), name.as_bytes()) && parts(rest, shorter)
            }
            _ => false,
        }
    }
    parts(&pattern.split('/').collect::<Vec<_>>(), &path.split('/').collect::<Vec<_>>())
}

/// The folder before the first part that holds a wildcard; empty, or with a slash at its end.
pub(super) fn fixed_folder(pattern: &str) -> &str {
    let wild = pattern.find(['*', '?', '{']).unwrap_or(pattern.len());
    pattern[..wild].rfind('/').map_or("", |slash| &pattern[..=slash])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_are_alternatives() {
        assert_eq!(alternatives("{a,b{c,d}}x"), ["ax", "bcx", "bdx"]);
    }

    #[test]
    fn paths_fit_part_by_part() {
        assert!(fits_path("raw/*/r?.csv", "raw/2024/r1.csv"));
        assert!(!fits_path("raw/*.csv", "raw/2024/r1.csv"));
        assert!(fits_path("raw/**/*.csv", "raw/r1.csv"));
        assert!(fits_path("raw/**/*.csv", "raw/a/b/r1.csv"));
        assert_eq!(fixed_folder("raw/2024/*.csv"), "raw/2024/");
        assert_eq!(fixed_folder("raw/r{a,b}.csv"), "raw/");
        assert_eq!(fixed_folder("*.csv"), "");
    }
}
