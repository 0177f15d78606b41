//! Whether what is deployed is what is committed.
//!
//! git is asked, and not believed where it was told to look away: a file that it takes for unchanged
//! is compared, and a file that the tool reads has to be tracked, whatever git ignores.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Guard, Refusal};
use crate::diagnostic::quoted;
use crate::layout::Setting;
use crate::origin::git::{GitError, ask};

/// The most paths that are named.
const SHOWN: usize = 3;

/// How many paths one run of git gets.
const AT_ONCE: usize = 200;

/// A file that is not as it is committed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// From the root of the repository on.
    pub path: String,
    /// Why git does not simply say so.
    pub how: How,
}

/// How a file is not as it is committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// git says so.
    Changed,
    /// git was told to take it for unchanged.
    Hidden,
    /// git ignores it, or it is in no repository, and the tool reads it.
    Ignored,
}

/// Returns what is changed, staged or not known to git, sorted. What is ignored is among it only where
/// the tool reads it: `reads` has the files that it does.
///
/// # Errors
/// When git cannot tell, and why.
pub fn read(directory: &Path, reads: &[PathBuf]) -> Result<Vec<Change>, String> {
    let root = top(directory)?;
    let mut changes: BTreeSet<Change> = changed(&root)?.into_iter().collect();
    let mut known = BTreeSet::from([root.clone()]);
    for (folder, names) in by_folder(reads) {
        let shown = |name: &str| {
            let path = folder.join(name);
            let path = path.strip_prefix(&root).unwrap_or(&path);
            path.display().to_string()
        };
        let ignored = |name: &String| Change {
            path: shown(name),
            how: How::Ignored,
        };
        let Ok(other) = top(&folder) else {
            changes.extend(names.iter().map(ignored));
            continue;
        };
        if known.insert(other.clone()) && other.strip_prefix(&root).is_err() {
            // A module of another repository, which the first one knows nothing of.
            changes.extend(changed(&other)?.into_iter().map(|change| Change {
                path: other.join(change.path).display().to_string(),
                how: change.how,
            }));
        }
        for names in names.chunks(AT_ONCE) {
            let mut arguments = vec!["ls-files", "--cached", "-z", "--"];
            arguments.extend(names.iter().map(String::as_str));
            let text = ask(&folder, &arguments).map_err(said)?;
            let tracked: BTreeSet<&str> = text.split('\0').collect();
            let untracked = names
                .iter()
                .filter(|name| !tracked.contains(name.as_str()))
                .map(ignored)
                .filter(|change| {
                    let seen = How::Changed;
                    let path = change.path.clone();
                    !changes.contains(&Change { path, how: seen })
                });
            changes.extend(untracked.collect::<Vec<_>>());
        }
    }
    Ok(changes.into_iter().collect())
}

/// The root of the repository around a directory, without links.
fn top(directory: &Path) -> Result<PathBuf, String> {
    let root = ask(directory, &["rev-parse", "--show-toplevel"]).map_err(said)?;
    Ok(PathBuf::from(root))
}

/// Files by their directories, without links in those.
fn by_folder(reads: &[PathBuf]) -> BTreeMap<PathBuf, Vec<String>> {
    let mut folders: BTreeMap<PathBuf, Vec<String>> = BTreeMap::new();
    for path in reads {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let (Ok(folder), Some(name)) = (folder.canonicalize(), path.file_name()) else {
            // What is not there is not read either, and the tool says so.
            continue;
        };
        let names = folders.entry(folder).or_default();
        names.push(name.to_string_lossy().into_owned());
    }
    folders
}

/// What a repository says of itself.
fn changed(root: &Path) -> Result<Vec<Change>, String> {
    let status = [
        "status",
        "--porcelain=v1",
        "-z",
        "--untracked-files=all",
        "--ignore-submodules=none",
        "--no-renames",
    ];
    let text = ask(root, &status).map_err(said)?;
    let mut changes: Vec<Change> = text
        .split('\0')
        .filter_map(|entry| entry.get(3..))
        .filter(|path| !is_the_tools(path))
        .map(|path| Change {
            path: path.to_owned(),
            how: How::Changed,
        })
        .collect();
    changes.extend(hidden(root)?.into_iter().map(|path| Change {
        path,
        how: How::Hidden,
    }));
    Ok(changes)
}

/// The files that git was told to take for unchanged (`--assume-unchanged`, `--skip-worktree`), and
/// that are not. A file of a sparse checkout that is not there is none of them.
fn hidden(root: &Path) -> Result<Vec<String>, String> {
    let text = ask(root, &["ls-files", "--cached", "-v", "-z"]).map_err(said)?;
    let mut candidates = Vec::new();
    let mut found = Vec::new();
    for entry in text.split('\0') {
        let Some((tag, path)) = entry.split_once(' ') else {
            continue;
        };
        let skipped = tag.eq_ignore_ascii_case("S");
        let assumed = tag.chars().any(|character| character.is_ascii_lowercase());
        if !(skipped || assumed) {
            continue;
        }
        match std::fs::symlink_metadata(root.join(path)) {
            Ok(metadata) if metadata.is_file() => candidates.push(path),
            // A submodule: `git status` looks into it.
            Ok(metadata) if metadata.is_dir() => {}
            Err(_) if skipped => {}
            Ok(_) | Err(_) => found.push(path.to_owned()),
        }
    }
    for paths in candidates.chunks(AT_ONCE) {
        let mut arguments = vec!["ls-files", "--cached", "--stage", "-z", "--"];
        arguments.extend(paths);
        let staged = ask(root, &arguments).map_err(said)?;
        let staged: BTreeMap<&str, &str> = staged
            .split('\0')
            .filter_map(|entry| {
                let (what, path) = entry.split_once('\t')?;
                Some((path, what.split(' ').nth(1)?))
            })
            .collect();
        let mut arguments = vec!["hash-object", "--"];
        arguments.extend(paths);
        let hashes = ask(root, &arguments).map_err(said)?;
        let differ = paths
            .iter()
            .zip(hashes.lines())
            .filter(|(path, hash)| staged.get(**path) != Some(hash))
            .map(|(path, _)| (*path).to_owned());
        found.extend(differ);
    }
    Ok(found)
}

/// Whether a path is what the tools or Tollgate write when they deploy: states, and their folders.
pub fn is_the_tools(path: &str) -> bool {
    let folders = [".terraform", ".tollgate", "terraform.tfstate.d"];
    if path.split('/').any(|name| folders.contains(&name)) {
        return true;
    }
    let file = path.rsplit('/').next().unwrap_or(path);
    let file = file.strip_prefix('.').unwrap_or(file);
    let Some(rest) = file.strip_prefix("terraform.tfstate") else {
        return false;
    };
    // Not any name that begins so: `terraform.tfstate.tf` is configuration.
    let rest = rest.strip_suffix(".backup").unwrap_or(rest);
    let number = rest.strip_prefix('.').unwrap_or(rest);
    rest == ".lock.info" || number.chars().all(|character| character.is_ascii_digit())
}

fn said(error: GitError) -> String {
    match error {
        GitError::Failed { message, .. } => message,
        other => other.to_string(),
    }
}

/// Says what is wrong with it.
#[must_use]
pub fn compare(clean: &Setting<bool>, found: &Result<Vec<Change>, String>) -> Option<Refusal> {
    let (found, help) = match found {
        Ok(changes) if changes.is_empty() => return None,
        Ok(changes) => {
            let named = changes.iter().take(SHOWN).map(|change| {
                let path = quoted(&change.path);
                match change.how {
                    How::Changed => path,
                    How::Hidden => format!("{path} (which git was told to take for unchanged)"),
                    How::Ignored => {
                        format!("{path} (which git does not track, and the tool reads)")
                    }
                }
            });
            let mut text = named.collect::<Vec<_>>().join(", ");
            if let Some(more) = changes.len().checked_sub(SHOWN).filter(|more| *more > 0) {
                text.push_str(&format!(" and {more} more"));
            }
            (format!("changes in {text}"), help(changes).to_owned())
        }
        Err(why) => super::git::untold(why),
    };
    Some(Refusal {
        guard: Guard::Tree,
        expected: format!("nothing uncommitted ({})", clean.from),
        found,
        help,
    })
}

/// The step that helps against the first kind that there is.
fn help(changes: &[Change]) -> &'static str {
    let any = |how| changes.iter().any(|change| change.how == how);
    if any(How::Hidden) {
        "let git see it (`git update-index --no-assume-unchanged --no-skip-worktree FILE`), and commit it or undo the change"
    } else if any(How::Changed) {
        "commit them, stash them (`git stash -u`), or ignore what is no part of it"
    } else {
        "commit it (`git add -f FILE`), or move it away"
    }
}

#[cfg(test)]
mod tests {
    use super::is_the_tools;

    #[test]
    fn states_are_no_change_of_the_source() {
        for (path, expected) in [
            ("terraform.tfstate", true),
            ("live/terraform.tfstate.backup", true),
            ("live/terraform.tfstate.1700000000.backup", true),
            ("live/.terraform.tfstate.lock.info", true),
            ("terraform.tfstate.d/staging/terraform.tfstate", true),
            ("live/.terraform/modules/modules.json", true),
            (".tollgate/lock.json", true),
            (".terraform.lock.hcl", false),
            ("main.tf", false),
            ("my-terraform.tfstate", false),
            ("terraform.tfstate.tf", false),
            ("terraform.tfstate.auto.tfvars", false),
            ("terraform.tfstate.tofu.json", false),
            ("terraform.tfstates", false),
            ("tollgate.toml", false),
        ] {
            assert_eq!(is_the_tools(path), expected, "{path}");
        }
    }
}
