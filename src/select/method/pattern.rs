//! Shell patterns as Python's `fnmatch` understands them: `*`, `?`, `[seq]` and `[!seq]`, nothing else special.

/// A pattern, ready to be matched; it matches whole texts, upper and lower case differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<Token>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Many,
    One,
    Letter(char),
    Among { negated: bool, ranges: Vec<(char, char)> },
}

impl Pattern {
    /// Reads a pattern; every text is one, an unclosed `[` stands for itself.
    pub fn new(text: &str) -> Self {
        let letters: Vec<char> = text.chars().collect();
        let mut tokens = Vec::new();
        let mut at = 0;
        while let Some(&letter) = letters.get(at) {
            at += 1;
            tokens.push(match letter {
                '*' => {
                    if tokens.last() == Some(&Token::Many) {
                        continue;
                    }
                    Token::Many
                }
                '?' => Token::One,
                '[' => match class(&letters[at..]) {
                    Some((token, length)) => {
                        at += length;
                        token
                    }
                    None => Token::Letter('['),
                },
                _ => Token::Letter(letter),
            });
        }
        Self(tokens)
    }

    /// Whether the whole text fits.
    pub fn matches(&self, text: &str) -> bool {
        let letters: Vec<char> = text.chars().collect();
        let (mut token, mut letter) = (0, 0);
        // Where to go on if what follows the last `*` does not fit.
        let mut retry: Option<(usize, usize)> = None;
        loop {
            match (self.0.get(token), letters.get(letter)) {
                (Some(Token::Many), _) => {
                    retry = Some((token, letter));
                    token += 1;
                    continue;
                }
                (None, None) => return true,
                (Some(expected), Some(&found)) if expected.fits(found) => {
                    token += 1;
                    letter += 1;
                    continue;
                }
                _ => {}
            }
            let Some((star, from)) = retry.filter(|(_, from)| *from < letters.len()) else { return false };
            retry = Some((star, from + 1));
            token = star + 1;
            letter = from + 1;
        }
    }
}

impl Token {
    fn fits(&self, letter: char) -> bool {
        match self {
            Self::Many | Self::One => true,
            Self::Letter(expected) => *expected == letter,
            Self::Among { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&letter)) != *negated
            }
        }
    }
}

/// The set after `[`, and how many letters it takes with its `]`.
fn class(letters: &[char]) -> Option<(Token, usize)> {
    let negated = letters.first() == Some(&'!');
    let start = usize::from(negated);
    // A `]` that comes first belongs to the set.
    let end = letters.iter().enumerate().skip(start + 1).find(|(_, letter)| **letter == ']').map(|(at, _)| at)?;
    let members = &letters[start..end];
    let mut ranges = Vec::new();
    let mut at = 0;
    while let Some(&low) = members.get(at) {
        match (members.get(at + 1), members.get(at + 2)) {
            (Some('-'), Some(&high)) => {
                ranges.push((low, high));
                at += 3;
            }
            _ => {
                ranges.push((low, low));
                at += 1;
            }
        }
    }
    Some((Token::Among { negated, ranges }, end + 1))
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn matches_as_fnmatch() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("stg_*", "stg_orders", true),
            ("stg_*", "orders", false),
            ("*_orders_*s", "stg_orders_of_shops", true),
            ("a*b*c", "aXbXbc", true),
            ("a*b*c", "aXbXbcd", false),
            ("?rders", "orders", true),
            ("?", "", false),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[]a]", "]", true),
            ("[!]", "[!]", true),
            ("[a", "[a", true),
            ("[a-]", "-", true),
            ("[z-a]", "z", false),
            ("Orders", "orders", false),
            ("é?", "éa", true),
        ] {
            assert_eq!(Pattern::new(pattern).matches(text), expected, "{pattern} {text}");
        }
    }
}
