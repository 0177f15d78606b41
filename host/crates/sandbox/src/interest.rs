//! What a policy wants to see, compiled once.

use tollgate_policy::{Path, PathError, pattern};

use super::contract::wit;
use super::error::PolicyError;
use tollgate_plan::Action;

/// How many interests, patterns and paths a policy may declare in all.
const MAX_DECLARED: usize = 10_000;

/// The compiled interests of a policy.
#[derive(Debug)]
pub(crate) struct Interests(Vec<Interest>);

#[derive(Debug)]
pub(crate) struct Interest {
    kinds: Vec<String>,
    actions: Vec<Action>,
    /// The path as declared, and as read.
    pub(crate) attributes: Vec<(String, Path)>,
    pub(crate) references: bool,
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
                    kinds: interest.resource_types.clone(),
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

    /// The interests that select a change of this type and action.
    pub(crate) fn selecting<'s>(
        &'s self,
        kind: &str,
        action: Action,
    ) -> impl Iterator<Item = &'s Interest> {
        self.0.iter().filter(move |interest| {
            (interest.actions.is_empty() || interest.actions.contains(&action))
                && interest
                    .kinds
                    .iter()
                    .any(|pattern| pattern::matches(pattern, kind))
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
