//! Tags that are deployed from.
//!
//! A tag is a name that anybody can give to any commit. So it counts where it is on the very commit
//! that is checked out, and, where branches may be deployed from, only if that commit is in the
//! history of one of them.

use std::path::Path;

use tollgate_policy::pattern;

use crate::layout::Setting;
use crate::origin::git::ask;

/// What tags say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tagged {
    /// The commit has this tag, and may be deployed.
    Yes(String),
    /// None of its tags is meant.
    No,
    /// It has this tag, and is not known to be in the history of a branch that may be deployed.
    Aside {
        /// The tag.
        tag: String,
        /// Whether history was cut off, so that nobody can tell.
        shallow: bool,
    },
}

/// Finds a tag of what is checked out that may be deployed.
#[must_use]
pub fn read(directory: &Path, tags: &[Setting<String>], branches: &[Setting<String>]) -> Tagged {
    if tags.is_empty() {
        return Tagged::No;
    }
    let matches = |patterns: &[Setting<String>], name: &str| {
        patterns
            .iter()
            .any(|each| pattern::matches(&each.value, name))
    };
    let lines = |arguments: &[&str]| -> Vec<String> {
        let text = ask(directory, arguments).unwrap_or_default();
        text.lines().map(ToOwned::to_owned).collect()
    };
    // Annotated or not: both name the commit in the end.
    let pointing = lines(&[
        "for-each-ref",
        "--points-at",
        "HEAD",
        "--format=%(refname:strip=2)",
        "refs/tags",
    ]);
    let Some(tag) = pointing.into_iter().find(|tag| matches(tags, tag)) else {
        return Tagged::No;
    };
    if branches.is_empty() {
        return Tagged::Yes(tag);
    }
    let references = |folder: &str, depth: usize| -> Vec<String> {
        let all = lines(&["for-each-ref", "--format=%(refname)", folder]);
        all.into_iter()
            .filter(|full| {
                let name = full.splitn(depth + 1, '/').nth(depth);
                name.is_some_and(|name| name != "HEAD" && matches(branches, name))
            })
            .collect()
    };
    // What others have counts for more than what was committed here.
    let mut candidates = references("refs/remotes/origin", 3);
    if candidates.is_empty() {
        candidates = references("refs/heads", 2);
    }
    let is_in = |branch: &String| {
        ask(
            directory,
            &["merge-base", "--is-ancestor", "HEAD", branch.as_str()],
        )
        .is_ok()
    };
    if candidates.iter().any(is_in) {
        return Tagged::Yes(tag);
    }
    let shallow = !ask(directory, &["rev-parse", "--is-shallow-repository"])
        .is_ok_and(|answer| answer == "false");
    Tagged::Aside {
        tag,
        shallow: shallow || candidates.is_empty(),
    }
}
