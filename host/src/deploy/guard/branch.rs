//! The git branch that is deployed from.
//!
//! CI systems check out a commit, not a branch, and say in variables which branch it is of. Those
//! are believed only where git is on no branch and they name the very commit that is checked out.
//! Whoever can set variables can lie: this keeps people from mistakes, and roles and protected
//! branches keep them from the rest.

use std::path::Path;

use tollgate_policy::pattern;

use super::{Guard, Refusal, git};
use crate::diagnostic::{listed, quoted};
use crate::layout::Setting;
use crate::origin::git::{GitError, ask};

/// What is checked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A branch.
    Branch(String),
    /// A commit, of a branch that CI names.
    Ci {
        /// The branch.
        name: String,
        /// The variable that names it.
        variable: &'static str,
    },
    /// A commit, and nobody says of which branch.
    Detached {
        /// In full.
        commit: String,
        /// A variable that names a branch for another commit, with both.
        stale: Option<(&'static str, String, String)>,
    },
    /// It cannot be told, for this reason.
    Unknown(String),
}

impl Found {
    /// Returns the branch.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Branch(name) | Self::Ci { name, .. } => Some(name),
            Self::Detached { .. } | Self::Unknown(_) => None,
        }
    }
}

/// A CI system's variables: the branch, what comes before its name, and the commit.
struct System {
    branch: &'static str,
    prefix: &'static str,
    commit: &'static str,
}

const SYSTEMS: [System; 8] = [
    // With its prefix, because the short name of a tag looks the same.
    System {
        branch: "GITHUB_REF",
        prefix: "refs/heads/",
        commit: "GITHUB_SHA",
    },
    System {
        branch: "CI_COMMIT_BRANCH",
        prefix: "",
        commit: "CI_COMMIT_SHA",
    },
    System {
        branch: "BUILD_SOURCEBRANCH",
        prefix: "refs/heads/",
        commit: "BUILD_SOURCEVERSION",
    },
    System {
        branch: "BITBUCKET_BRANCH",
        prefix: "",
        commit: "BITBUCKET_COMMIT",
    },
    System {
        branch: "CIRCLE_BRANCH",
        prefix: "",
        commit: "CIRCLE_SHA1",
    },
    System {
        branch: "BUILDKITE_BRANCH",
        prefix: "",
        commit: "BUILDKITE_COMMIT",
    },
    System {
        branch: "GIT_BRANCH",
        prefix: "origin/",
        commit: "GIT_COMMIT",
    },
    System {
        branch: "DRONE_BRANCH",
        prefix: "",
        commit: "DRONE_COMMIT",
    },
];

/// Reads what is checked out in the repository around a directory.
#[must_use]
pub fn read(directory: &Path) -> Found {
    match ask(directory, &["symbolic-ref", "--short", "-q", "HEAD"]) {
        Ok(name) => return Found::Branch(name),
        Err(error @ GitError::NotInstalled(_)) => return Found::Unknown(error.to_string()),
        Err(_) => {}
    }
    match git::commit(directory) {
        Some(commit) => of_ci(&commit, |name| std::env::var(name).ok()),
        None => {
            let why = match ask(directory, &["rev-parse", "--git-dir"]) {
                Err(GitError::Failed { message, .. }) => message,
                Err(error) => error.to_string(),
                Ok(_) => "there is no commit".to_owned(),
            };
            Found::Unknown(why)
        }
    }
}

/// Finds the branch that CI names for a commit.
pub(super) fn of_ci(commit: &str, variable: impl Fn(&str) -> Option<String>) -> Found {
    let mut stale = None;
    for system in &SYSTEMS {
        let Some(name) = variable(system.branch).and_then(|value| {
            let name = value.strip_prefix(system.prefix)?;
            (!name.is_empty()).then(|| name.to_owned())
        }) else {
            continue;
        };
        match variable(system.commit) {
            Some(of) if of.eq_ignore_ascii_case(commit) => {
                return Found::Ci {
                    name,
                    variable: system.branch,
                };
            }
            of => {
                stale.get_or_insert((system.branch, name, of.unwrap_or_default()));
            }
        }
    }
    Found::Detached {
        commit: commit.to_owned(),
        stale,
    }
}

/// Says what is wrong with it.
#[must_use]
pub fn compare(allowed: &[Setting<String>], found: &Found) -> Option<Refusal> {
    if let Some(name) = found.name()
        && allowed
            .iter()
            .any(|each| pattern::matches(&each.value, name))
    {
        return None;
    }
    let short = |commit: &str| commit.chars().take(12).collect::<String>();
    let (found, help) = match found {
        Found::Branch(name) => (
            quoted(name),
            "check out a branch that may be deployed, and bring the change there",
        ),
        Found::Ci { name, variable } => (
            format!("{} (by {variable})", quoted(name)),
            "run this job for a branch that may be deployed",
        ),
        Found::Detached {
            commit,
            stale: None,
        } => (
            format!("commit {} of no branch", short(commit)),
            "check out a branch, not a commit",
        ),
        Found::Detached {
            commit,
            stale: Some((variable, branch, of)),
        } => {
            let of = if of.is_empty() {
                "without saying which commit".to_owned()
            } else {
                format!("for commit {}", quoted(&short(of)))
            };
            (
                format!(
                    "commit {} of no branch; {variable} says {} {of}",
                    short(commit),
                    quoted(branch)
                ),
                "check out the branch itself, or what the job was started for",
            )
        }
        Found::Unknown(why) => (
            format!("nothing that git could tell ({})", quoted(why)),
            "run in a clone of the repository, with git installed",
        ),
    };
    let from = allowed.first().map(|each| each.from.to_string());
    Some(Refusal {
        guard: Guard::Branch,
        expected: format!(
            "{} ({})",
            listed(allowed.iter().map(|each| &each.value)),
            from.unwrap_or_default()
        ),
        found,
        help: help.to_owned(),
    })
}
