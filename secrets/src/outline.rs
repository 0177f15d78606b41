//! What a secret is made of, without what it says: names, and what is below them.

use std::collections::BTreeMap;

use crate::file::{SecretsFile, Shape, ShapeKind};
use crate::secrets::Value;
use crate::selector::Selector;
use crate::tree::PathStep;

/// One value without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outline {
    /// A text without a character.
    Empty,
    /// A text that is a number, and not as a number is written: see [`loses_as_number`].
    Respelt,
    /// Any other value that has nothing below it.
    Leaf,
    /// A map or an object.
    Map(BTreeMap<String, Self>),
    /// A list.
    List(Vec<Self>),
}

impl Outline {
    pub(crate) fn of(value: Value<'_>) -> Self {
        match value {
            Value::Text([]) => Self::Empty,
            Value::Text(text) if loses_as_number(text) => Self::Respelt,
            Value::Map(map) => Self::Map(
                map.iter()
                    .map(|(key, value)| (key.to_owned(), Self::of(value)))
                    .collect(),
            ),
            Value::List(list) => Self::List(list.iter().map(Self::of).collect()),
            _ => Self::Leaf,
        }
    }

    /// Puts a leaf where its path leads. Leaves come in the order of the file.
    fn put(&mut self, mut path: std::slice::Iter<'_, PathStep<'_>>, kind: ShapeKind) {
        match path.next() {
            None => {
                *self = match kind {
                    ShapeKind::EmptyText => Self::Empty,
                    ShapeKind::EmptyMap => Self::Map(BTreeMap::new()),
                    ShapeKind::EmptyList => Self::List(Vec::new()),
                    ShapeKind::Value(_) | ShapeKind::Null | ShapeKind::Damaged => Self::Leaf,
                };
            }
            Some(PathStep::Key(key)) => {
                if !matches!(self, Self::Map(_)) {
                    *self = Self::Map(BTreeMap::new());
                }
                if let Self::Map(map) = self {
                    let below = map.entry((*key).to_owned()).or_insert(Self::Leaf);
                    below.put(path, kind);
                }
            }
            Some(PathStep::Index(index)) => {
                if !matches!(self, Self::List(_)) {
                    *self = Self::List(Vec::new());
                }
                if let Self::List(items) = self {
                    while items.len() <= *index && items.len() < MAX_ITEMS {
                        items.push(Self::Leaf);
                    }
                    if let Some(below) = items.get_mut(*index) {
                        below.put(path, kind);
                    }
                }
            }
        }
    }
}

/// Tells whether a text loses something where a tool makes a number of it: leading zeros, a plus sign, an
/// exponent or an end of zeros, as a postal code, a telephone number or an identifier has them.
#[must_use]
pub fn loses_as_number(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else {
        return false;
    };
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = all_digits(whole)
        && fraction.is_none_or(all_digits)
        && !(whole.is_empty() && fraction.is_none_or(str::is_empty))
        && exponent.is_none_or(|exponent| {
            let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            !exponent.is_empty() && all_digits(exponent)
        });
    is_number
        && (text.starts_with('+')
            || exponent.is_some()
            || whole.is_empty()
            || (whole.len() > 1 && whole.starts_with('0'))
            || fraction.is_some_and(|fraction| fraction.is_empty() || fraction.ends_with('0')))
}

/// More elements than any list of secrets has.
const MAX_ITEMS: usize = 100_000;

/// Returns what files are made of by the name of the variable: every key of the top level, and what the
/// mapping adds. It takes no key.
#[must_use]
pub fn of_files(
    files: &[SecretsFile],
    map: &BTreeMap<String, Selector>,
) -> BTreeMap<String, Outline> {
    let mut all = Outline::Map(BTreeMap::new());
    for Shape { path, kind, .. } in files.iter().flat_map(SecretsFile::shape) {
        let steps: Vec<PathStep<'_>> = path.steps().collect();
        all.put(steps.iter(), kind);
        for (name, selector) in map.iter().filter(|(_, selector)| selector.covers(&path)) {
            let below = steps.get(selector.depth()..).unwrap_or_default();
            let steps: Vec<PathStep<'_>> = std::iter::once(PathStep::Key(name))
                .chain(below.iter().copied())
                .collect();
            all.put(steps.iter(), kind);
        }
    }
    match all {
        Outline::Map(names) => names,
        _ => BTreeMap::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_number_would_lose_is_known() {
        for text in [
            "012",
            "00",
            "+49",
            "+4930123456",
            "-007",
            "1e5",
            "12E4567",
            "1.50",
            "1.",
            ".5",
            "0.0",
        ] {
            assert!(loses_as_number(text.as_bytes()), "{text}");
        }
        for text in [
            "", "0", "12", "-12", "0.5", "1.25", "+", "-", ".", "e5", "1e", "0x10", "1_000", "12a",
            "12 ", "1.2.3", "NaN",
        ] {
            assert!(!loses_as_number(text.as_bytes()), "{text}");
        }
        assert!(!loses_as_number(b"\xff0"));
    }
}
