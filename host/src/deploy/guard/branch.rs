//! The git branch that is deployed from.
//!
//! CI systems check out a commit, not a branch, and say in variables which branch it is of
//! (`super::ci`). Those are believed only where git is on no branch and they name the very commit
//! that is checked out; that it is a pull request or a tag is believed always, because some merge a
//! pull request into a local branch by the name of the one that it goes to. Whoever can set variables
//! can lie: this keeps people from mistakes, and roles and protected branches keep them from the rest.

use std::collections::BTreeMap;
use std::path::Path;

use tollgate_policy::pattern;

use super::ci::{self, Said};
use super::tag::Tagged;
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
    /// A commit of a branch that CI names, and that the remote's branch does not have.
    NotIn {
        /// In full.
        commit: String,
        /// The branch.
        name: String,
        /// The variable that names it.
        variable: &'static str,
    },
    /// What CI checked out is of no branch: of a pull request, of a tag, or of something unknown.
    NoBranch {
        /// The variable that says so.
        variable: String,
        /// What it has.
        value: String,
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
            Self::Detached { .. }
            | Self::NotIn { .. }
            | Self::NoBranch { .. }
            | Self::Unknown(_) => None,
        }
    }
}

/// Reads what is checked out in the repository around a directory.
#[must_use]
pub fn read(directory: &Path) -> Found {
    let variables: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let on = ask(directory, &["symbolic-ref", "--short", "-q", "HEAD"]);
    if let Err(error @ GitError::NotInstalled(_)) = &on {
        return Found::Unknown(error.to_string());
    }
    match (on, git::commit(directory)) {
        (Ok(name), commit) => match ci::said(&commit.unwrap_or_default(), &variables) {
            Said::Other { variable, value } => Found::NoBranch { variable, value },
            Said::Branch { .. } | Said::Stale { .. } | Said::Nothing => Found::Branch(name),
        },
        (Err(_), Some(commit)) => match of_ci(&commit, &variables) {
            Found::Ci { name, variable } if !may_be_of(directory, &name) => Found::NotIn {
                commit,
                name,
                variable,
            },
            found => found,
        },
        (Err(_), None) => {
            let why = match ask(directory, &["rev-parse", "--git-dir"]) {
                Err(GitError::Failed { message, .. }) => message,
                Err(error) => error.to_string(),
                Ok(_) => "there is no commit".to_owned(),
            };
            Found::Unknown(why)
        }
    }
}

/// Whether what is checked out can be of the branch that CI names: where the clone has that branch of
/// the remote, and all of its history, it has to be in it.
fn may_be_of(directory: &Path, name: &str) -> bool {
    let branch = format!("refs/remotes/origin/{name}");
    let is = |arguments: &[&str]| ask(directory, arguments).is_ok();
    let known = is(&["rev-parse", "--verify", "--quiet", &branch])
        && ask(directory, &["rev-parse", "--is-shallow-repository"])
            .is_ok_and(|answer| answer == "false");
    !known || is(&["merge-base", "--is-ancestor", "HEAD", &branch])
}

/// Finds the branch that CI names for a commit.
pub(super) fn of_ci(commit: &str, variables: &BTreeMap<String, String>) -> Found {
    let stale = match ci::said(commit, variables) {
        Said::Branch { name, variable } => return Found::Ci { name, variable },
        Said::Other { variable, value } => return Found::NoBranch { variable, value },
        Said::Stale { variable, name, of } => Some((variable, name, of)),
        Said::Nothing => None,
    };
    Found::Detached {
        commit: commit.to_owned(),
        stale,
    }
}

/// Says what is wrong with it. `tagged` is what the commit's tags say, where some may be deployed.
#[must_use]
pub fn compare(
    allowed: &[Setting<String>],
    tags: &[Setting<String>],
    found: &Found,
    tagged: &Tagged,
) -> Option<Refusal> {
    if matches!(tagged, Tagged::Yes(_)) {
        return None;
    }
    if let Some(name) = found.name()
        && allowed
            .iter()
            .any(|each| pattern::matches(&each.value, name))
    {
        return None;
    }
    let short = |commit: &str| commit.chars().take(12).collect::<String>();
    let untold;
    let (mut found, mut help) = match found {
        Found::Branch(name) => (
            quoted(name),
            "check out a branch that may be deployed, and bring the change there",
        ),
        Found::Ci { name, variable } => (
            format!("{} (by {variable})", quoted(name)),
            "run this job for a branch that may be deployed",
        ),
        Found::NotIn {
            commit,
            name,
            variable,
        } => (
            format!(
                "commit {}, which is not in origin/{name} although {variable} says so",
                short(commit)
            ),
            "check out the branch itself, or what the job was started for",
        ),
        Found::NoBranch { variable, value } => (
            format!("what is of no branch ({variable} says {})", quoted(value)),
            "run this job for a branch that may be deployed, and not for a pull request or a tag",
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
        Found::Unknown(why) => {
            let (found, help) = git::untold(why);
            untold = help;
            (found, untold.as_str())
        }
    };
    if let Tagged::Aside { tag, shallow } = tagged {
        found = format!(
            "{found}, with the tag {}, which is on no branch that may be deployed",
            quoted(tag)
        );
        help = if *shallow {
            "check out with the whole history (`fetch-depth: 0`), so that it can be told on which branch the tag is"
        } else {
            "tag a commit of a branch that may be deployed"
        };
    }
    let from = allowed.iter().chain(tags).next();
    let from = from.map(|each| each.from.to_string()).unwrap_or_default();
    let names = |settings: &[Setting<String>]| listed(settings.iter().map(|each| &each.value));
    let expected = match (allowed, tags) {
        (_, []) => names(allowed),
        ([], _) => format!("a tag {}", names(tags)),
        (_, _) => format!("{} or a tag {}", names(allowed), names(tags)),
    };
    Some(Refusal {
        guard: Guard::Branch,
        expected: format!("{expected} ({from})"),
        found,
        help: help.to_owned(),
    })
}
