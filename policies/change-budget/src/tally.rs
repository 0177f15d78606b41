//! What a plan parts with, counted.

use std::collections::BTreeMap;

use tollgate_policy::{Action, Change, Finding, Mode};

use crate::settings::Settings;

/// How a plan parts with an object that exists today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Loss {
    Deleted,
    Replaced,
    Forgotten,
}

impl Loss {
    /// How the plan parts with the object of a change, if it does. A deposed object is what an
    /// earlier apply failed to destroy, and is not counted again.
    pub(crate) fn of(change: &Change) -> Option<Self> {
        if change.mode != Mode::Managed || change.deposed.is_some() {
            return None;
        }
        match change.action {
            // Also where the old object of a replacement is left behind: its place is taken.
            Action::Replace => Some(Self::Replaced),
            Action::Delete => Some(Self::Deleted),
            Action::Forget => Some(Self::Forgotten),
            _ => None,
        }
    }

    pub(crate) fn verb(self) -> &'static str {
        match self {
            Self::Deleted => "deletes",
            Self::Replaced => "replaces",
            Self::Forgotten => "forgets",
        }
    }

    /// The setting that limits it.
    pub(crate) fn setting(self) -> &'static str {
        match self {
            Self::Deleted => "deletions",
            Self::Replaced => "replacements",
            Self::Forgotten => "forgets",
        }
    }
}

/// The losses that count, in the order of the plan.
#[derive(Clone, Debug)]
pub(crate) struct Tally<'a> {
    pub(crate) losses: Vec<(Loss, &'a Change)>,
    /// How many objects that are managed exist today.
    pub(crate) existing: usize,
}

impl<'a> Tally<'a> {
    pub(crate) fn of(changes: &'a [Change], settings: &Settings) -> Self {
        let counted = |change: &&Change| {
            change.mode == Mode::Managed && change.deposed.is_none() && !settings.is_routine(change)
        };
        let exists = |change: &&Change| {
            matches!(
                change.action,
                Action::NoOp | Action::Update | Action::Delete | Action::Replace | Action::Forget
            ) && !change.importing
        };
        Self {
            losses: changes
                .iter()
                .filter(counted)
                .filter_map(|change| Loss::of(change).map(|loss| (loss, change)))
                .collect(),
            existing: changes.iter().filter(counted).filter(exists).count(),
        }
    }

    /// Those of one kind that `f` holds for.
    pub(crate) fn of_kind(&self, kind: Loss, f: impl Fn(&Change) -> bool) -> Vec<&'a Change> {
        self.losses
            .iter()
            .filter(|(loss, change)| *loss == kind && f(change))
            .map(|(_, change)| *change)
            .collect()
    }
}

/// How many addresses a finding names.
const NAMED: usize = 10;

/// Adds which resources a finding about the whole plan means, and how many of each type.
pub(crate) fn with_examples(finding: Finding, changes: &[&Change]) -> Finding {
    let mut types = BTreeMap::<&str, usize>::new();
    for change in changes {
        *types.entry(change.kind.as_str()).or_default() += 1;
    }
    let mut by_count: Vec<_> = types.into_iter().collect();
    by_count.sort_by_key(|(kind, count)| (std::cmp::Reverse(*count), *kind));
    let mut counted: Vec<_> = by_count
        .iter()
        .take(NAMED)
        .map(|(kind, count)| format!("{count} {kind}"))
        .collect();
    if by_count.len() > NAMED {
        counted.push(match by_count.len() - NAMED {
            1 => "1 more type".to_owned(),
            more => format!("{more} more types"),
        });
    }
    let mut named: Vec<_> = changes
        .iter()
        .take(NAMED)
        .map(|change| change.address.clone())
        .collect();
    if changes.len() > NAMED {
        named.push(format!("{} more", changes.len() - NAMED));
    }
    finding
        .detail("types", counted.join(", "))
        .detail("resources", named.join(", "))
}
