//! dbt's version ranges: `>=1.0.0`, `<2.0.0`, `1.1.0-b1`.
//!
//! dbt has its own rules, which are neither Cargo's nor Python's: a version needs three numbers, a bare version is
//! exact, and a range that ends below a release excludes the pre-releases of that release.

use std::cmp::Ordering;
use std::fmt;

/// The version of dbt whose behavior this program has.
pub const DBT_VERSION: &str = "1.12.6";

/// Which versions a [`Version`] stands for when it bounds a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    Above,
    From,
    Below,
    UpTo,
    Exact,
}

impl Bound {
    fn text(self) -> &'static str {
        match self {
            Self::Above => ">",
            Self::From => ">=",
            Self::Below => "<",
            Self::UpTo => "<=",
            Self::Exact => "=",
        }
    }
}

/// A version, or one end of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    numbers: [u64; 3],
    prerelease: Option<String>,
    build: Option<String>,
    bound: Bound,
}

impl Version {
    /// Reads a version with an optional sign before it.
    ///
    /// # Errors
    /// It is none; the text says so as dbt does.
    pub fn parse(text: &str) -> Result<Self, String> {
        let error = || format!("\"{text}\" is not a valid semantic version.");
        let signs =
            [(">=", Bound::From), ("<=", Bound::UpTo), (">", Bound::Above), ("<", Bound::Below), ("=", Bound::Exact)];
        let (bound, rest) = signs
            .into_iter()
            .find_map(|(sign, bound)| Some((bound, text.strip_prefix(sign)?)))
            .unwrap_or((Bound::Exact, text));
        let (rest, build) = match rest.split_once('+') {
            Some((rest, build)) => (rest, Some(build)),
            None => (rest, None),
        };
        let mut numbers = [0; 3];
        let mut rest = rest;
        for (index, number) in numbers.iter_mut().enumerate() {
            let digits = rest.len() - rest.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
            let (own, after) = rest.split_at(digits);
            if own.len() > 1 && own.starts_with('0') {
                return Err(error());
            }
            *number = own.parse().map_err(|_| error())?;
            rest = if index < 2 { after.strip_prefix('.').ok_or_else(error)? } else { after };
        }
        // dbt: the dash before a pre-release may be left out.
        let prerelease = rest.strip_prefix('-').unwrap_or(rest);
        let is_part =
            |part: &str| !part.is_empty() && part.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
        if !rest.is_empty() && !prerelease.split('.').all(is_part) {
            return Err(error());
        }
        let prerelease = (!prerelease.is_empty()).then(|| prerelease.to_owned());
        Ok(Self { numbers, prerelease, build: build.map(str::to_owned), bound })
    }

    /// Whether it is a pre-release.
    pub fn is_prerelease(&self) -> bool {
        self.prerelease.is_some()
    }

    /// dbt's order, in which the signs take part.
    fn compare(&self, other: &Self) -> Ordering {
        let numbers = self.numbers.cmp(&other.numbers);
        if numbers != Ordering::Equal {
            return numbers;
        }
        match (&self.prerelease, &other.prerelease) {
            (None, None) => {}
            (None, Some(_)) if self.bound == Bound::Below => return Ordering::Less,
            (None, Some(_)) => return Ordering::Greater,
            (Some(_), None) => return Ordering::Less,
            (Some(own), Some(theirs)) => {
                let parts = prerelease_order(own, theirs);
                if parts != Ordering::Equal {
                    return parts;
                }
            }
        }
        let is_lower = |bound| matches!(bound, Bound::Above | Bound::From);
        let is_upper = |bound| matches!(bound, Bound::Below | Bound::UpTo);
        match (self.bound, other.bound) {
            (Bound::From, Bound::UpTo) | (Bound::UpTo, Bound::From) => Ordering::Equal,
            (Bound::Below, Bound::UpTo) | (Bound::From, Bound::Above) => Ordering::Less,
            (Bound::UpTo, Bound::Below) | (Bound::Above, Bound::From) => Ordering::Greater,
            (own, theirs) if is_upper(own) && is_lower(theirs) => Ordering::Less,
            (own, theirs) if is_lower(own) && is_upper(theirs) => Ordering::Greater,
            _ => Ordering::Equal,
        }
    }
}

fn prerelease_order(own: &str, theirs: &str) -> Ordering {
    for (own, theirs) in own.split('.').zip(theirs.split('.')) {
        let order = match (own.parse::<u64>(), theirs.parse::<u64>()) {
            (Ok(own), Ok(theirs)) => own.cmp(&theirs),
            (Ok(_), Err(_)) => Ordering::Less,
            (Err(_), Ok(_)) => Ordering::Greater,
            (Err(_), Err(_)) => own.cmp(theirs),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    own.len().cmp(&theirs.len())
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.numbers;
        write!(formatter, "{}{major}.{minor}.{patch}", self.bound.text())?;
        if let Some(prerelease) = &self.prerelease {
            write!(formatter, "-{prerelease}")?;
        }
        match &self.build {
            Some(build) => write!(formatter, "+{build}"),
            None => Ok(()),
        }
    }
}

/// The versions that a set of requirements leaves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VersionRange {
    start: Option<Version>,
    end: Option<Version>,
}

impl VersionRange {
    /// The range of one requirement.
    fn of(version: &Version) -> Self {
        let (start, end) = match version.bound {
            Bound::Exact => (true, true),
            Bound::Above | Bound::From => (true, false),
            Bound::Below | Bound::UpTo => (false, true),
        };
        Self { start: start.then(|| version.clone()), end: end.then(|| version.clone()) }
    }

    /// What all requirements leave together; `None` when nothing can satisfy them.
    pub fn reduce<'a>(versions: impl IntoIterator<Item = &'a Version>) -> Option<Self> {
        versions.into_iter().try_fold(Self::default(), |range, version| range.meet(&Self::of(version)))
    }

    /// Whether a version lies in the range.
    pub fn contains(&self, version: &Version) -> bool {
        self.clone().meet(&Self::of(version)).is_some()
    }

    fn meet(self, other: &Self) -> Option<Self> {
        let is_exact = |end: &Option<Version>| end.as_ref().is_some_and(|end| end.bound == Bound::Exact);
        if is_exact(&self.start) && is_exact(&other.start) {
            let (own, theirs) = (self.start.as_ref()?, other.start.as_ref()?);
            return (own.compare(theirs) == Ordering::Equal).then_some(self);
        }
        let start = closer(self.start, other.start.as_ref(), Ordering::Less, Bound::From)?;
        let end = closer(self.end, other.end.as_ref(), Ordering::Greater, Bound::UpTo)?;
        match (&start, &end) {
            (Some(low), Some(high)) if low.compare(high) == Ordering::Greater => None,
            _ => Some(Self { start, end }),
        }
    }
}

/// The narrower of two ends on one side; the outer `None` means that they exclude each other.
fn closer(own: Option<Version>, other: Option<&Version>, outside: Ordering, closed: Bound) -> Option<Option<Version>> {
    let (own, other) = match (own, other) {
        (own, None) => return Some(own),
        (None, Some(other)) => return Some(Some(other.clone())),
        (Some(own), Some(other)) => (own, other.clone()),
    };
    let (bound, exact) = match (own.bound == Bound::Exact, other.bound == Bound::Exact) {
        (false, false) => return Some(Some(if own.compare(&other) == outside { other } else { own })),
        (true, _) => (other, own),
        (false, true) => (own, other),
    };
    let order = bound.compare(&exact);
    (order == outside || (order == Ordering::Equal && bound.bound == closed)).then_some(Some(exact))
}

impl fmt::Display for VersionRange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ends: Vec<String> = [&self.start, &self.end].into_iter().flatten().map(ToString::to_string).collect();
        formatter.write_str(if ends.is_empty() { "ANY".to_owned() } else { ends.join(", ") }.as_str())
    }
}

/// The versions among these that may be installed, the oldest first.
pub fn installable(versions: Vec<String>, prereleases: bool) -> Vec<String> {
    let mut found: Vec<(Version, String)> = versions
        .into_iter()
        .filter_map(|text| Some((Version::parse(&text).ok()?, text)))
        .filter(|(version, _)| prereleases || !version.is_prerelease())
        .collect();
    found.sort_by(|(own, _), (theirs, _)| own.compare(theirs));
    found.into_iter().map(|(_, text)| text).collect()
}

/// The newest version in the range among these, which are sorted.
pub fn newest_in(range: &VersionRange, versions: &[String]) -> Option<String> {
    let is_in = |text: &&String| Version::parse(text).is_ok_and(|version| range.contains(&version));
    versions.iter().rev().find(is_in).cloned()
}

/// Whether a version of dbt satisfies requirements; `None` when no version could.
pub fn satisfies(requirements: &[Version], version: &str) -> Option<bool> {
    let range = VersionRange::reduce(requirements)?;
    Some(Version::parse(version).is_ok_and(|version| range.contains(&version)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(texts: &[&str]) -> Option<VersionRange> {
        VersionRange::reduce(&texts.iter().map(|text| Version::parse(text).unwrap()).collect::<Vec<_>>())
    }

    #[test]
    fn ranges_meet_as_in_dbt() {
        assert_eq!(range(&[">=1.0.0", "<2.0.0"]).unwrap().to_string(), ">=1.0.0, <2.0.0");
        assert_eq!(range(&[">=1.0.0", "1.2.0"]).unwrap().to_string(), "=1.2.0, =1.2.0");
        assert_eq!(range(&[]).unwrap().to_string(), "ANY");
        assert!(range(&[">=2.0.0", "<2.0.0"]).is_none());
        assert!(range(&[">=2.0.0", "<=2.0.0"]).is_some());
        assert!(range(&["1.0.0", "1.0.1"]).is_none());
        assert!(range(&[">1.0.0", "1.0.0"]).is_none());
    }

    #[test]
    fn the_newest_release_is_taken_and_prereleases_only_when_asked() {
        let all = || {
            ["1.0.0", "0.9.0", "1.10.0", "1.9.0", "2.0.0-b1", "1.10.1-rc2", "1.10.1-rc10"].map(str::to_owned).to_vec()
        };
        let stable = installable(all(), false);
        assert_eq!(stable, ["0.9.0", "1.0.0", "1.9.0", "1.10.0"]);
        assert_eq!(newest_in(&range(&["<1.10.0"]).unwrap(), &stable).unwrap(), "1.9.0");
        let every = installable(all(), true);
        assert_eq!(every.last().unwrap(), "2.0.0-b1");
        // dbt: words of a pre-release are compared as texts.
        assert_eq!(newest_in(&range(&["<2.0.0"]).unwrap(), &every).unwrap(), "1.10.1-rc2");
    }

    #[test]
    fn what_is_no_version() {
        for text in ["1.0", "01.0.0", "a.b.c", "~1.0.0", "", "1.0.0 "] {
            assert!(Version::parse(text).is_err(), "{text}");
        }
        assert_eq!(Version::parse("1.0.0b1").unwrap().to_string(), "=1.0.0-b1");
    }
}
