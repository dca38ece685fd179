//! Formats of dates and moments: Snowflake's elements -> those of `strftime` and `strptime`.

/// What a format is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Writing a moment as text.
    Write,
    /// Reading a moment from text.
    Read,
}

/// Elements, longest first, with the engine's for writing and for reading; `None` where it has none.
const ELEMENTS: &[(&str, Option<&str>, Option<&str>)] = &[
    ("YYYY", Some("%Y"), Some("%Y")),
    ("MMMM", Some("%B"), Some("%B")),
    ("HH24", Some("%H"), Some("%H")),
    ("HH12", Some("%I"), Some("%I")),
    ("TZH:TZM", Some("+00:00"), Some("%z")),
    ("TZHTZM", Some("+0000"), Some("%z")),
    ("TZH", Some("+00"), Some("%z")),
    ("TZM", Some("00"), None),
    ("MON", Some("%b"), Some("%b")),
    ("FF0", Some(""), None),
    ("FF3", Some("%g"), Some("%g")),
    ("FF6", Some("%f"), Some("%f")),
    ("FF9", None, Some("%n")),
    ("YY", Some("%y"), Some("%y")),
    ("MM", Some("%m"), Some("%m")),
    ("DD", Some("%d"), Some("%d")),
    ("DY", Some("%a"), Some("%a")),
    ("MI", Some("%M"), Some("%M")),
    ("SS", Some("%S"), Some("%S")),
    ("AM", Some("%p"), Some("%p")),
    ("PM", Some("%p"), Some("%p")),
    ("FF", None, Some("%n")),
];

/// A format in the engine's words, or the element that it has no word for.
pub(super) fn translated(format: &str, purpose: Use) -> Result<String, String> {
    let mut made = String::new();
    let mut rest = format;
    'next: while let Some(letter) = rest.chars().next() {
        if letter == '"' {
            let Some((inside, after)) = rest[1..].split_once('"') else {
                return Err("a quote without an end".to_owned());
            };
            made.push_str(&inside.replace('%', "%%"));
            rest = after;
            continue;
        }
        for (element, write, read) in ELEMENTS {
            if rest.get(..element.len()).is_some_and(|start| start.eq_ignore_ascii_case(element)) {
                let word = if purpose == Use::Write { write } else { read };
                made.push_str(word.ok_or_else(|| (*element).to_owned())?);
                rest = &rest[element.len()..];
                continue 'next;
            }
        }
        // `T` and `Z` between elements stand for themselves; any other letter is an element that is not known.
        if letter.is_alphanumeric() && !matches!(letter, 'T' | 'Z') {
            return Err(rest.chars().take_while(|at| at.is_alphanumeric()).collect());
        }
        if letter == '%' {
            made.push('%');
        }
        made.push(letter);
        rest = &rest[letter.len_utf8()..];
    }
    Ok(made)
}
