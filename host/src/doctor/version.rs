//! Versions of the tools, and the constraints that configurations put on them.

use std::cmp::Ordering;

/// `MAJOR.MINOR.PATCH`; what follows a hyphen marks what comes before the release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version {
    numbers: [u64; 3],
    /// How many of them were written.
    written: usize,
    before_release: bool,
}

impl Version {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches('v');
        let (text, _) = text.split_once('+').unwrap_or((text, ""));
        let (numbers, suffix) = match text.split_once('-') {
            Some((numbers, suffix)) => (numbers, Some(suffix)),
            None => (text, None),
        };
        let mut parsed = [0; 3];
        let mut written = 0;
        for (nth, part) in numbers.split('.').enumerate() {
            *parsed.get_mut(nth)? = part.parse().ok()?;
            written = nth + 1;
        }
        Some(Self {
            numbers: parsed,
            written,
            before_release: suffix.is_some(),
        })
    }

    pub(super) fn is_at_least(&self, major: u64, minor: u64) -> bool {
        self.numbers >= [major, minor, 0]
    }

    fn compare(&self, other: &Self) -> Ordering {
        // What comes before a release is less than it.
        (self.numbers, !self.before_release).cmp(&(other.numbers, !other.before_release))
    }
}

/// Whether a version fits a constraint such as `>= 1.6, < 2.0`; none where the constraint
/// cannot be read.
pub(super) fn fits(constraint: &str, version: &Version) -> Option<bool> {
    let mut all = true;
    for part in constraint.split(',') {
        let part = part.trim();
        let operators = ["~>", ">=", "<=", "!=", ">", "<", "="];
        let (operator, rest) = operators
            .iter()
            .find_map(|operator| Some((*operator, part.strip_prefix(operator)?)))
            .unwrap_or(("=", part));
        let bound = Version::parse(rest)?;
        let order = version.compare(&bound);
        all &= match operator {
            ">=" => order != Ordering::Less,
            "<=" => order != Ordering::Greater,
            ">" => order == Ordering::Greater,
            "<" => order == Ordering::Less,
            "!=" => order != Ordering::Equal,
            // All but the last number that is written has to be the same.
            "~>" => {
                let same = bound.written.saturating_sub(1);
                order != Ordering::Less && version.numbers[..same] == bound.numbers[..same]
            }
            _ => order == Ordering::Equal,
        };
    }
    Some(all)
}

/// Whether a version, as a tool says it, fits a constraint; none where one of them cannot be read.
#[must_use]
pub fn text_fits(constraint: &str, version: &str) -> Option<bool> {
    fits(constraint, &Version::parse(version)?)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn constraints() {
        for (constraint, version, expected) in [
            (">= 1.6", "1.11.4", Some(true)),
            (">= 1.6, < 1.11", "1.11.4", Some(false)),
            (">=1.11.4", "1.11.4", Some(true)),
            ("~> 1.6", "1.99.0", Some(true)),
            ("~> 1.6", "2.0.0", Some(false)),
            ("~> 1.6.2", "1.6.9", Some(true)),
            ("~> 1.6.2", "1.7.0", Some(false)),
            ("~> 1.6.2", "1.6.1", Some(false)),
            ("~> 1", "9.0.0", Some(true)),
            ("1.5.7", "1.5.7", Some(true)),
            ("= 1.5.7", "1.5.8", Some(false)),
            ("!= 1.5.7", "1.5.7", Some(false)),
            (">= 1.12", "1.12.0-rc1", Some(false)),
            ("> 1.5, <= 1.6", "v1.6.0", Some(true)),
            ("latest", "1.6.0", None),
            ("", "1.6.0", None),
        ] {
            let version = Version::parse(version).unwrap();
            assert_eq!(fits(constraint, &version), expected, "{constraint}");
        }
    }
}
