//! What a policy wants to see, compiled once.

use std::collections::BTreeMap;

use tollgate_policy::{Path, PathError, pattern};

use super::contract::wit;
use super::error::PolicyError;
use tollgate_plan::{Action, Meter, Spent};

/// How many interests, patterns and paths a policy may declare in all.
const MAX_DECLARED: usize = 10_000;

/// The compiled interests of a policy.
#[derive(Debug)]
pub(crate) struct Interests(Vec<Interest>);

#[derive(Debug)]
pub(crate) struct Interest {
    kinds: Kinds,
    actions: Vec<Action>,
    /// The path as declared, and as read.
    pub(crate) attributes: Vec<(String, Path)>,
    references: bool,
}

/// Resource types, as an interest declares them.
#[derive(Debug)]
struct Kinds {
    /// The names, sorted.
    exact: Vec<String>,
    /// Those with a `*`.
    patterns: Vec<String>,
}

impl Kinds {
    fn of(declared: &[String]) -> Self {
        let (patterns, mut exact): (Vec<_>, Vec<_>) = declared
            .iter()
            .cloned()
            .partition(|name| name.contains('*'));
        exact.sort_unstable();
        Self { exact, patterns }
    }

    fn names(&self, kind: &str) -> bool {
        self.exact
            .binary_search_by(|name| name.as_str().cmp(kind))
            .is_ok()
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
        // A search in at most 10,000 names compares 14 of them.
        meter.work(16 * (1 + kind.len()))?;
        if self.names(kind) {
            return Ok(true);
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
                    attributes: interest
                        .attributes
                        .iter()
                        .map(|path| Ok((path.clone(), Path::parse(path)?)))
                        .collect::<Result<_, PathError>>()
                        .map_err(InterestError::Path)?,
                    references: interest.references,
                })
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether an interest names the type, other than as one of all.
    pub(crate) fn names(&self, kind: &str) -> bool {
        self.0.iter().any(|interest| {
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
        self.0.iter().filter(move |interest| {
            (interest.actions.is_empty() || interest.actions.contains(&action))
                && interest.kinds.match_some(kind)
        })
    }

    /// What is wanted of changes of this type and action; none if that is nothing at all.
    pub(crate) fn of_changes(
        &self,
        kind: &str,
        action: Action,
        meter: &Meter,
    ) -> Result<Option<Wanted<'_>>, Spent> {
        let mut selecting = Vec::new();
        for interest in &self.0 {
            if (interest.actions.is_empty() || interest.actions.contains(&action))
                && interest.kinds.match_within(kind, meter)?
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
            for (text, path) in &interest.attributes {
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
