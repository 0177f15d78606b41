//! Where in a document a value is: `database.hosts[0]`, or `.` for all of it.

use crate::secrets::{ExtractPath, Value};
use crate::tree::{KeyPath, PathStep};
use std::fmt;

/// A place in a document, as configurations write it.
///
/// Keys are joined with dots and list positions stand in brackets; a key with a dot in it is written
/// `["a.b"]`. A lone dot is the whole document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    text: String,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

/// A place that is not written as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write a path such as `database.hosts[0]`, or `.` for the whole document")]
pub struct SelectorError;

impl Selector {
    /// Selects a top-level key, whatever characters it has.
    #[must_use]
    pub fn key(key: &str) -> Self {
        Self {
            text: key.to_owned(),
            steps: vec![Step::Key(key.to_owned())],
        }
    }

    /// Tells whether it is the whole document.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.steps.is_empty()
    }

    /// Returns the top-level key, if it is nothing below one.
    #[must_use]
    pub fn as_key(&self) -> Option<&str> {
        match self.steps.as_slice() {
            [Step::Key(key)] => Some(key),
            _ => None,
        }
    }

    /// Returns the key of the top level that leads there; none for the whole document.
    #[must_use]
    pub fn first_key(&self) -> Option<&str> {
        match self.steps.first() {
            Some(Step::Key(key)) => Some(key),
            _ => None,
        }
    }

    /// Returns what is there.
    #[must_use]
    pub fn follow<'v>(&self, top: Value<'v>) -> Option<Value<'v>> {
        self.steps
            .iter()
            .try_fold(top, |value, step| match (step, value) {
                (Step::Key(key), Value::Map(map)) => map.get(key),
                (Step::Index(index), Value::List(list)) => list.iter().nth(*index),
                _ => None,
            })
    }

    /// Tells whether a leaf is the selected place or below it.
    #[must_use]
    pub fn covers(&self, leaf: &KeyPath) -> bool {
        let mut steps = leaf.steps();
        self.steps.iter().all(|step| match (step, steps.next()) {
            (Step::Key(key), Some(PathStep::Key(other))) => key == other,
            (Step::Index(index), Some(PathStep::Index(other))) => *index == other,
            _ => false,
        })
    }

    /// Returns how many steps lead there.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.steps.len()
    }
}

impl From<&Selector> for ExtractPath {
    fn from(selector: &Selector) -> Self {
        let mut path = KeyPath::default();
        for step in &selector.steps {
            match step {
                Step::Key(key) => path.push_key(key),
                Step::Index(index) => path.push_index(*index),
            }
        }
        path.into()
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.text.escape_debug())
    }
}

impl std::str::FromStr for Selector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut steps = Vec::new();
        let mut rest = text;
        if text == "." {
            rest = "";
        } else if text.is_empty() {
            return Err(SelectorError);
        }
        while !rest.is_empty() {
            if let Some(inner) = rest.strip_prefix("[\"") {
                let (key, after) = inner.split_once("\"]").ok_or(SelectorError)?;
                steps.push(Step::Key(key.to_owned()));
                rest = after;
            } else if let Some(inner) = rest.strip_prefix('[') {
                let (index, after) = inner.split_once(']').ok_or(SelectorError)?;
                steps.push(Step::Index(index.parse().map_err(|_| SelectorError)?));
                rest = after;
            } else {
                if !steps.is_empty() {
                    rest = rest.strip_prefix('.').ok_or(SelectorError)?;
                }
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                let (key, after) = rest.split_at(end);
                if key.is_empty() || key.contains(']') {
                    return Err(SelectorError);
                }
                steps.push(Step::Key(key.to_owned()));
                rest = after;
                if rest == "." {
                    return Err(SelectorError);
                }
            }
        }
        Ok(Self {
            text: text.to_owned(),
            steps,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_keys_and_positions() {
        let key = |key: &str| Step::Key(key.to_owned());
        for (text, expected) in [
            (".", Some(vec![])),
            ("a", Some(vec![key("a")])),
            ("a.b-c", Some(vec![key("a"), key("b-c")])),
            (
                "a.b[2].c",
                Some(vec![key("a"), key("b"), Step::Index(2), key("c")]),
            ),
            (r#"["a.b"]"#, Some(vec![key("a.b")])),
            (r#"a["b c"].d"#, Some(vec![key("a"), key("b c"), key("d")])),
            ("", None),
            ("a.", None),
            (".a", None),
            ("a..b", None),
            ("a[x]", None),
            ("a[-1]", None),
            ("a[0", None),
            ("a]", None),
            ("a[0]b", None),
        ] {
            let parsed = text.parse::<Selector>().ok().map(|selector| selector.steps);
            assert_eq!(parsed, expected, "{text}");
        }
    }
}
