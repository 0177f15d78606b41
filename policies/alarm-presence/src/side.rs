//! The two sides of a change.
//!
//! Every question is asked of what is today and of what will be after apply by the same
//! code, so that a finding can say whether the plan brings it about.

use tollgate_policy::{Action, Change, Field};

/// One side of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// What is today.
    Before,
    /// What will be after apply.
    After,
}

impl Side {
    /// An attribute on this side.
    #[must_use]
    pub fn read(self, change: &Change, path: &str) -> Field {
        match self {
            Self::Before => change.before(path),
            Self::After => change.after(path),
        }
    }

    /// Whether there is an object on this side.
    #[must_use]
    pub fn has(self, change: &Change) -> bool {
        match self {
            Self::Before => {
                change.deposed.is_none() && !matches!(change.action, Action::Create | Action::Read)
            }
            Self::After => change.remains(),
        }
    }

    /// Whether the configuration speaks of this side: it says what will be, and what is
    /// today only of an object that stays as it is.
    #[must_use]
    pub fn is_configured(self, change: &Change) -> bool {
        self == Self::After || change.action == Action::NoOp
    }

    /// What the configuration of an attribute says of this side.
    #[must_use]
    pub fn references<'a>(self, change: &'a Change, path: &str) -> &'a [String] {
        if self.is_configured(change) {
            change.references(path)
        } else {
            &[]
        }
    }
}
