//! What a policy wants to see, compiled once.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use tollgate_policy::{Path, PathError, pattern};

use super::contract::wit;
use super::error::PolicyError;
use tollgate_plan::{Action, Meter, Spent};

/// How many interests, patterns and paths a policy may declare in all.
const MAX_DECLARED: usize = 10_000;

/// The compiled interests of a policy.
#[derive(Debug)]
pub(crate) struct Interests {
    all: Vec<Interest>,
    /// Of a built-in policy, the resource types that they name, each with their numbers.
    named: Lines,
}

#[derive(Debug)]
pub(crate) struct Interest {
    kinds: Kinds,
    actions: Vec<Action>,
    attributes: Attributes,
    references: bool,
}

/// An interest of a built-in policy, as the build writes it down: none of the thousands of names is copied.
#[derive(Debug)]
pub(crate) struct Declared {
    /// Resource types with a `*`, each on a line. The others are in a table of all interests.
    pub(crate) patterns: &'static str,
    pub(crate) actions: &'static [Action],
    /// Each on a line that ends, as the empty path is the whole resource.
    pub(crate) attributes: &'static str,
    pub(crate) references: bool,
}

/// Attributes of an interest, each as declared and as read.
#[derive(Debug)]
struct Attributes {
    /// Each on a line; what was read already is not.
    declared: &'static str,
    /// Most interests of a policy are about types that a plan does not have.
    read: OnceLock<Vec<(Cow<'static, str>, Path)>>,
}

impl Interest {
    /// The attributes, each as declared and as read.
    pub(crate) fn attributes(&self) -> &[(Cow<'static, str>, Path)] {
        let Attributes { declared, read } = &self.attributes;
        // A test compares them with what the modules themselves declare, so all of them can be read.
        let path = |text: &'static str| Some((Cow::Borrowed(text), Path::parse(text).ok()?));
        read.get_or_init(|| declared.lines().filter_map(path).collect())
    }
}

/// Names, each on a line that ends with a line break, sorted by bytes; behind a space can be more.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lines(pub(crate) &'static str);

impl Lines {
    /// Whether the name is one of them.
    pub(crate) fn has(self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// What the line of a name has behind it, after a space.
    fn find(self, name: &str) -> Option<&'static str> {
        let text: &'static str = self.0;
        // The line is between these, if it is there.
        let (mut low, mut high) = (0, text.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let before = text.as_bytes().get(..middle).unwrap_or_default();
            let start = before
                .iter()
                .rposition(|byte| *byte == b'\n')
                .map_or(0, |end| end + 1);
            let rest = text.get(start..).unwrap_or_default();
            let line = rest.split('\n').next().unwrap_or_default();
            // No name has a space, and nothing that it has comes before one.
            let (found, behind) = line.split_once(' ').unwrap_or((line, ""));
            match found.cmp(name) {
                std::cmp::Ordering::Less => low = start + line.len() + 1,
                std::cmp::Ordering::Equal => return Some(behind),
                std::cmp::Ordering::Greater => high = start,
            }
        }
        None
    }

    /// How many they are.
    pub(crate) fn count(self) -> usize {
        self.0.lines().count()
    }
}

/// Resource types, as an interest declares them.
#[derive(Debug)]
struct Kinds {
    /// Sorted; none where a table of all interests has them.
    exact: Vec<String>,
    /// Those with a `*`.
    patterns: Vec<Cow<'static, str>>,
}

impl Kinds {
    fn of(declared: &[String]) -> Self {
        let (patterns, mut exact): (Vec<_>, Vec<_>) = declared
            .iter()
            .cloned()
            .partition(|name| name.contains('*'));
        exact.sort_unstable();
        Self {
            exact,
            patterns: patterns.into_iter().map(Cow::Owned).collect(),
        }
    }

    fn names(&self, kind: &str) -> bool {
        let named = self.exact.binary_search_by(|name| name.as_str().cmp(kind));
        named.is_ok()
    }

    fn match_some(&self, kind: &str) -> bool {
        self.names(kind)
            || self
                .patterns
                .iter()
                .any(|pattern| pattern::matches(pattern, kind))
    }

    /// The same, at the expense of whoever declared them.
    fn match_within(&self, kind: &str, meter: &Meter) -> Result<bool, Spent> {
        if !self.exact.is_empty() {
            meter.work(search(kind))?;
            if self.names(kind) {
                return Ok(true);
            }
        }
        for pattern in &self.patterns {
            meter.work(pattern.len() + kind.len())?;
            if pattern::matches(pattern, kind) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// What a search in at most 10,000 names costs, which compares 14 of them.
fn search(kind: &str) -> usize {
    16 * (1 + kind.len())
}

/// Why the interests of a policy cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InterestError {
    #[error("an interest declares no resource type")]
    NoType,
    #[error("an interest declares the attribute {0}")]
    Path(PathError),
    #[error("it declares more than {MAX_DECLARED} resource types and attributes")]
    TooMany,
}

impl Interests {
    /// What a module's metadata says that it wants to see.
    pub(super) fn of(metadata: &wit::Metadata) -> Result<Self, PolicyError> {
        Self::compile(metadata).map_err(|error| PolicyError::Metadata(error.to_string()))
    }

    /// What the build found in the metadata of a built-in policy.
    pub(super) fn of_built_in(declared: &'static [Declared], named: Lines) -> Self {
        let compiled = declared.iter().map(|interest| Interest {
            kinds: Kinds {
                exact: Vec::new(),
                patterns: interest.patterns.lines().map(Cow::Borrowed).collect(),
            },
            actions: interest.actions.to_vec(),
            attributes: Attributes {
                declared: interest.attributes,
                read: OnceLock::new(),
            },
            references: interest.references,
        });
        let all = compiled.collect();
        Self { all, named }
    }

    fn compile(metadata: &wit::Metadata) -> Result<Self, InterestError> {
        let declared: usize = metadata
            .interests
            .iter()
            .map(|interest| 1 + interest.resource_types.len() + interest.attributes.len())
            .sum();
        if declared > MAX_DECLARED {
            return Err(InterestError::TooMany);
        }
        metadata
            .interests
            .iter()
            .map(|interest| {
                if interest.resource_types.is_empty() {
                    return Err(InterestError::NoType);
                }
                Ok(Interest {
                    kinds: Kinds::of(&interest.resource_types),
                    actions: interest.actions.iter().copied().map(action).collect(),
                    attributes: Attributes {
                        declared: "",
                        read: interest
                            .attributes
                            .iter()
                            .map(|path| Ok((Cow::Owned(path.clone()), Path::parse(path)?)))
                            .collect::<Result<Vec<_>, PathError>>()
                            .map_err(InterestError::Path)?
                            .into(),
                    },
                    references: interest.references,
                })
            })
            .collect::<Result<_, _>>()
            .map(|all| Self {
                all,
                named: Lines(""),
            })
    }

    /// Everything that is declared, in one way of writing.
    #[cfg(test)]
    pub(crate) fn in_words(&self) -> Vec<String> {
        let words = |(nth, interest): (usize, &Interest)| {
            let mut exact: Vec<&str> = interest.kinds.exact.iter().map(String::as_str).collect();
            let named = self.named.0.lines().filter_map(|line| line.split_once(' '));
            exact.extend(
                named
                    .filter(|(name, _)| self.naming(name).contains(&nth))
                    .map(|(name, _)| name),
            );
            exact.dedup();
            format!(
                "{exact:?} {:?} {:?} {:?} {}",
                interest.kinds.patterns,
                interest.actions,
                interest.attributes(),
                interest.references
            )
        };
        self.all.iter().enumerate().map(words).collect()
    }

    /// The numbers of the interests of a built-in policy that name the type.
    fn naming(&self, kind: &str) -> Vec<usize> {
        let numbers = self.named.find(kind).unwrap_or_default();
        let numbers = numbers.split_ascii_whitespace();
        numbers.filter_map(|number| number.parse().ok()).collect()
    }

    /// Whether an interest names the type, other than as one of all.
    pub(crate) fn names(&self, kind: &str) -> bool {
        self.named.has(kind)
            || self.all.iter().any(|interest| {
                interest.kinds.names(kind)
                    || interest.kinds.patterns.iter().any(|pattern| {
                        !pattern.bytes().all(|byte| byte == b'*') && pattern::matches(pattern, kind)
                    })
            })
    }

    /// The interests that select a change of this type and action.
    pub(crate) fn selecting<'s>(
        &'s self,
        kind: &str,
        action: Action,
    ) -> impl Iterator<Item = &'s Interest> {
        let naming = self.naming(kind);
        let all = self.all.iter().enumerate();
        all.filter(move |(nth, interest)| {
            (interest.actions.is_empty() || interest.actions.contains(&action))
                && (naming.contains(nth) || interest.kinds.match_some(kind))
        })
        .map(|(_, interest)| interest)
    }

    /// What is wanted of changes of this type and action; none if that is nothing at all.
    pub(crate) fn of_changes(
        &self,
        kind: &str,
        action: Action,
        meter: &Meter,
    ) -> Result<Option<Wanted<'_>>, Spent> {
        meter.work(search(kind))?;
        let naming = self.naming(kind);
        let mut selecting = Vec::new();
        for (nth, interest) in self.all.iter().enumerate() {
            if (interest.actions.is_empty() || interest.actions.contains(&action))
                && (naming.contains(&nth) || interest.kinds.match_within(kind, meter)?)
            {
                selecting.push(interest);
            }
        }
        if selecting.is_empty() {
            return Ok(None);
        }
        let mut known: BTreeMap<&str, usize> = BTreeMap::new();
        let mut paths: Vec<WantedPath<'_>> = Vec::new();
        for interest in selecting {
            for (text, path) in interest.attributes() {
                meter.work(32 + text.len())?;
                let nth = *known.entry(text).or_insert(paths.len());
                match paths.get_mut(nth) {
                    Some(wanted) => wanted.references |= interest.references,
                    None => paths.push(WantedPath {
                        text,
                        path,
                        references: interest.references,
                    }),
                }
            }
        }
        let mut order: Vec<usize> = (0..paths.len()).collect();
        order.sort_by_key(|nth| paths.get(*nth).map(|wanted| wanted.path.steps()));
        Ok(Some(Wanted {
            paths,
            order,
            known,
        }))
    }
}

/// The attributes that are wanted of one kind of change.
#[derive(Debug)]
pub(crate) struct Wanted<'s> {
    /// Each once, in the order of their first declaration.
    pub(crate) paths: Vec<WantedPath<'s>>,
    /// The same as indexes, so that those with the same beginning follow each other.
    pub(crate) order: Vec<usize>,
    known: BTreeMap<&'s str, usize>,
}

/// One attribute that is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WantedPath<'s> {
    /// As declared.
    pub(crate) text: &'s str,
    /// As read.
    pub(crate) path: &'s Path,
    /// Whether what it refers to is wanted too.
    pub(crate) references: bool,
}

impl Wanted<'_> {
    /// Whether a path is one that is wanted, or leads into one.
    pub(crate) fn covers(&self, path: &str) -> bool {
        self.known.contains_key("")
            || self.known.contains_key(path)
            || path.match_indices(['.', '[']).any(|(at, _)| {
                path.get(..at)
                    .is_some_and(|head| self.known.contains_key(head))
            })
    }
}

/// The host's word for an action of the contract.
pub fn action(action: wit::Action) -> Action {
    match action {
        wit::Action::NoOp => Action::NoOp,
        wit::Action::Create => Action::Create,
        wit::Action::Read => Action::Read,
        wit::Action::Update => Action::Update,
        wit::Action::Delete => Action::Delete,
        wit::Action::Replace => Action::Replace,
        wit::Action::Forget => Action::Forget,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_searched_where_they_lie() {
        let lines = Lines("a\na_b\na_b_c\nb\nz\n");
        for name in ["a", "a_b", "a_b_c", "b", "z"] {
            assert!(lines.has(name), "{name}");
        }
        for name in ["", "a_", "aa", "c", "zz", "a\na_b", "\n"] {
            assert!(!lines.has(name), "{name}");
        }
        assert!(!Lines("").has("a"));
        let numbered = Lines("a 1\na_b 2 3\nb 1\n");
        assert_eq!(numbered.find("a"), Some("1"));
        assert_eq!(numbered.find("a_b"), Some("2 3"));
        assert_eq!(numbered.find("b"), Some("1"));
        for name in ["a 1", "a_", "", "c", "1"] {
            assert_eq!(numbered.find(name), None, "{name}");
        }
        assert!(!Lines("").has(""));
        assert_eq!((lines.count(), Lines("").count()), (5, 0));
    }
}
