//! What one tag of one object is.

use tollgate_policy::{Attr, Why, pattern};

use crate::settings::{Case, Requirement, Settings};
use crate::table::Shape;
use crate::tags::{Doubt, Tags};

/// Where a required tag stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Fine,
    Missing,
    /// There, but empty.
    Empty,
    /// There under a key that differs in case.
    OtherCase(String),
    /// There, with a value that is not allowed.
    Value(String),
    /// There, but not passed on to instances.
    Kept,
    Undetermined(Doubt),
}

/// Which difference between texts counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Comparison {
    keys: bool,
    values: bool,
}

impl Comparison {
    pub(crate) fn new(case: Case, shape: Shape) -> Self {
        match shape {
            Shape::Aws | Shape::Blocks => Self {
                keys: case == Case::Exact,
                values: true,
            },
            // Labels of Google are in lower case, whatever the convention says.
            Shape::Google(_) => Self {
                keys: false,
                values: false,
            },
            // Azure does not tell keys apart by case, but values.
            Shape::Azure => Self {
                keys: false,
                values: true,
            },
        }
    }

    pub(crate) fn same_key(self, one: &str, other: &str) -> bool {
        if self.keys {
            one == other
        } else {
            one.to_lowercase() == other.to_lowercase()
        }
    }

    pub(crate) fn key_matches(self, wanted: &str, key: &str) -> bool {
        if self.keys {
            pattern::matches(wanted, key)
        } else {
            pattern::matches(&wanted.to_lowercase(), &key.to_lowercase())
        }
    }

    fn value_matches(self, wanted: &str, value: &str) -> bool {
        if self.values {
            pattern::matches(wanted, value)
        } else {
            pattern::matches(&wanted.to_lowercase(), &value.to_lowercase())
        }
    }
}

/// Where the required tag stands among these.
pub(crate) fn standing(
    tags: &Tags,
    key: &str,
    requirement: &Requirement,
    values: &[String],
    comparison: Comparison,
    settings: &Settings,
    shape: Shape,
) -> Standing {
    let accepted = || std::iter::once(key).chain(requirement.spellings.iter().map(String::as_str));
    let found = tags
        .known
        .iter()
        .find(|(there, _)| accepted().any(|wanted| comparison.same_key(wanted, there)));
    let Some((there, value)) = found else {
        if let Some(doubt) = tags.more {
            return Standing::Undetermined(doubt);
        }
        let similar = tags
            .known
            .keys()
            .find(|there| accepted().any(|wanted| wanted.to_lowercase() == there.to_lowercase()));
        return similar.map_or(Standing::Missing, |similar| {
            Standing::OtherCase(similar.clone())
        });
    };
    let value = match value.text() {
        Attr::Known(value) => value,
        Attr::Unset => return Standing::Missing,
        // It is there; whatever the value is will do.
        Attr::Undetermined(Why::Sensitive) if values.is_empty() => return Standing::Fine,
        Attr::Undetermined(why) => return Standing::Undetermined((shape.set_in(), why)),
    };
    if value.trim().is_empty() && !requirement.allow_empty {
        return Standing::Empty;
    }
    let allowed = values.is_empty()
        || values
            .iter()
            .any(|wanted| comparison.value_matches(wanted, &value));
    if !allowed {
        return Standing::Value(value);
    }
    if settings.propagate_at_launch && tags.kept.contains(there) {
        return Standing::Kept;
    }
    Standing::Fine
}
