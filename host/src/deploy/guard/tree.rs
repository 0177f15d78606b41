//! Whether what is deployed is what is committed.

use std::path::Path;

use super::{Guard, Refusal};
use crate::diagnostic::{listed, quoted};
use crate::layout::Setting;
use crate::origin::git::{GitError, ask};

/// The most paths that are named.
const SHOWN: usize = 3;

/// Returns the paths that are changed, staged or not known to git, from the root of the repository
/// on, sorted. What is ignored is not among them.
///
/// # Errors
/// When git cannot tell, and why.
pub fn read(directory: &Path) -> Result<Vec<String>, String> {
    let root = ask(directory, &["rev-parse", "--show-toplevel"]).map_err(said)?;
    let text = ask(
        Path::new(&root),
        &[
            "status",
            "--porcelain=v1",
            "-z",
            "--untracked-files=all",
            "--no-renames",
        ],
    )
    .map_err(said)?;
    let mut paths: Vec<String> = text
        .split('\0')
        .filter_map(|entry| entry.get(3..))
        .filter(|path| !is_the_tools(path))
        .map(ToOwned::to_owned)
        .collect();
    paths.sort();
    Ok(paths)
}

/// Whether a path is what the tools or Tollgate write when they deploy: states, and their folders.
fn is_the_tools(path: &str) -> bool {
    let folders = [".terraform", ".tollgate", "terraform.tfstate.d"];
    let file = path.rsplit('/').next().unwrap_or(path);
    path.split('/').any(|name| folders.contains(&name))
        || file.starts_with("terraform.tfstate")
        || file.starts_with(".terraform.tfstate")
}

fn said(error: GitError) -> String {
    match error {
        GitError::Failed { message, .. } => message,
        other => other.to_string(),
    }
}

/// Says what is wrong with it.
#[must_use]
pub fn compare(clean: &Setting<bool>, found: &Result<Vec<String>, String>) -> Option<Refusal> {
    let (found, help) = match found {
        Ok(paths) if paths.is_empty() => return None,
        Ok(paths) => {
            let mut text = listed(paths.iter().take(SHOWN));
            if let Some(more) = paths.len().checked_sub(SHOWN).filter(|more| *more > 0) {
                text.push_str(&format!(" and {more} more"));
            }
            (
                format!("changes in {text}"),
                "commit them, stash them (`git stash -u`), or ignore what is no part of it",
            )
        }
        Err(why) => (
            format!("nothing that git could tell ({})", quoted(why)),
            "run in a clone of the repository, with git installed",
        ),
    };
    Some(Refusal {
        guard: Guard::Tree,
        expected: format!("nothing uncommitted ({})", clean.from),
        found,
        help: help.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::is_the_tools;

    #[test]
    fn states_are_no_change_of_the_source() {
        for (path, expected) in [
            ("terraform.tfstate", true),
            ("live/terraform.tfstate.backup", true),
            ("live/.terraform.tfstate.lock.info", true),
            ("terraform.tfstate.d/staging/terraform.tfstate", true),
            ("live/.terraform/modules/modules.json", true),
            (".tollgate/lock.json", true),
            (".terraform.lock.hcl", false),
            ("main.tf", false),
            ("my-terraform.tfstate", false),
            ("tollgate.toml", false),
        ] {
            assert_eq!(is_the_tools(path), expected, "{path}");
        }
    }
}
