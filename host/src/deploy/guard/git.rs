//! What is checked out.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{branch, tree};
use crate::origin::git;

/// A commit that is checked out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Head {
    /// Its full identifier.
    pub commit: String,
    /// The branch, where there is one, or CI says so.
    pub branch: Option<String>,
    /// Whether the working tree has nothing else.
    pub clean: bool,
}

impl Head {
    /// Reads it; none outside of a repository, or before its first commit.
    #[must_use]
    pub fn read(directory: &Path) -> Option<Self> {
        let found = branch::read(directory);
        Some(Self {
            commit: commit(directory)?,
            branch: found.name().map(ToOwned::to_owned),
            clean: tree::read(directory, &[]).is_ok_and(|changed| changed.is_empty()),
        })
    }
}

/// The commit that is checked out.
pub(super) fn commit(directory: &Path) -> Option<String> {
    git::ask(directory, &["rev-parse", "--verify", "--quiet", "HEAD"]).ok()
}
