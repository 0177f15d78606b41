//! What is checked out.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{branch, tree};
use crate::diagnostic::quoted;
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
    /// The identifier of all that it has: alike for two commits with the same files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tree: Option<String>,
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
            tree: git::ask(
                directory,
                &["rev-parse", "--verify", "--quiet", "HEAD^{tree}"],
            )
            .ok(),
        })
    }
}

impl Head {
    /// Whether both are all that is deployed, and are the same files: a commit that was squashed or
    /// merged has another name.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let same_tree = self.tree.is_some() && self.tree == other.tree;
        self.clean && other.clean && (self.commit == other.commit || same_tree)
    }

    /// The commit, as people name it.
    #[must_use]
    pub fn short(&self) -> String {
        self.commit.chars().take(12).collect()
    }
}

/// What was found where git could not tell anything, and the next step.
#[must_use]
pub fn untold(why: &str) -> (String, String) {
    match why.split_once(git::TRUST) {
        Some((what, how)) => (
            format!("nothing that git could tell ({what})"),
            format!("if you trust it: {how}"),
        ),
        None => (
            format!("nothing that git could tell ({})", quoted(why)),
            "run in a clone of the repository, with git installed".to_owned(),
        ),
    }
}

/// The commit that is checked out.
pub(super) fn commit(directory: &Path) -> Option<String> {
    git::ask(directory, &["rev-parse", "--verify", "--quiet", "HEAD"]).ok()
}
