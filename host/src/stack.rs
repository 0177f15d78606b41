//! Which stack a plan is of, by where it is.
//!
//! Modules repeat their addresses in every stack that calls them, so an address alone does not say
//! which resource a waiver or an entry of a baseline was written for. A plan does not say it either:
//! what tells stacks apart is the directory in which each is planned. It is named by its path from
//! the root of the repository, so that it is the same wherever a run starts.

use std::path::{Component, Path, PathBuf};

pub use tollgate_model::stack::Stack;

/// Returns the stack whose root module is in a directory.
#[must_use]
pub fn of_directory(directory: &Path) -> Stack {
    Stack {
        name: from_root(directory),
        also: Vec::new(),
    }
}

/// Returns the stack that is planned in the working directory.
#[must_use]
pub fn here() -> Stack {
    of_directory(Path::new("."))
}

/// Returns the stacks of plans, in the order of their files, each with the directory below
/// which it was found, if one was named.
///
/// A plan is of the directory that it lies in. Where that is outside of the repository, it is
/// told from the directory that was named. Its file names it too, for plans that share a directory;
/// what a plan is called does not depend on the others.
#[must_use]
pub fn of_files(files: &[(PathBuf, Option<PathBuf>)]) -> Vec<Stack> {
    let directories: Vec<String> = files
        .iter()
        .map(|(file, below)| {
            let directory = file.parent().unwrap_or(Path::new(""));
            let inside = below.as_ref().and_then(|below| {
                (!is_inside(directory)).then(|| directory.strip_prefix(below).ok())?
            });
            inside.map_or_else(|| from_root(directory), slashed)
        })
        .collect();
    files
        .iter()
        .zip(&directories)
        .map(|((file, _), directory)| {
            let stem = file.file_stem().unwrap_or_default().to_string_lossy();
            let exact = match directory.as_str() {
                "." => stem.into_owned(),
                directory => format!("{directory}/{stem}"),
            };
            Stack {
                name: directory.clone(),
                also: vec![exact],
            }
        })
        .collect()
}

/// The root of the repository that the working directory is in, or the working directory.
fn root() -> Option<PathBuf> {
    let here = Path::new(".").canonicalize().ok()?;
    let repository = here
        .ancestors()
        .find(|directory| directory.join(".git").symlink_metadata().is_ok());
    Some(repository.unwrap_or(&here).to_path_buf())
}

/// The path of a directory from the root, links followed; none outside of it.
fn inside(directory: &Path) -> Option<PathBuf> {
    let directory = match directory.as_os_str().is_empty() {
        true => Path::new("."),
        false => directory,
    };
    let real = directory.canonicalize().ok()?;
    Some(real.strip_prefix(root()?).ok()?.to_path_buf())
}

fn is_inside(directory: &Path) -> bool {
    inside(directory).is_some()
}

fn from_root(directory: &Path) -> String {
    slashed(&inside(directory).unwrap_or_else(|| directory.to_path_buf()))
}

/// With `/` on every system; `.` for nothing.
fn slashed(path: &Path) -> String {
    let mut text = String::new();
    for component in path.components() {
        if matches!(component, Component::CurDir) {
            continue;
        }
        if !text.is_empty() && !text.ends_with('/') {
            text.push('/');
        }
        match component {
            Component::RootDir => text.push('/'),
            other => text.push_str(&other.as_os_str().to_string_lossy()),
        }
    }
    if text.is_empty() {
        text.push('.');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_are_told_apart() {
        let below = |file: &str| (PathBuf::from(file), Some(PathBuf::from("/nowhere/plans")));
        let alone = |file: &str| (PathBuf::from(file), None);
        for (files, expected) in [
            (
                vec![below("/nowhere/plans/a/tfplan.json")],
                &[["a", "a/tfplan"]][..],
            ),
            (
                vec![below("/nowhere/plans/tfplan.json")],
                &[[".", "tfplan"]],
            ),
            (
                vec![alone("/nowhere/x/plan.json")],
                &[["/nowhere/x", "/nowhere/x/plan"]],
            ),
            (
                vec![
                    below("/nowhere/plans/a.json"),
                    below("/nowhere/plans/b.json"),
                    below("/nowhere/plans/c/d.json"),
                ],
                &[[".", "a"], [".", "b"], ["c", "c/d"]],
            ),
            // The tests run in the crate's own directory, which is in a repository.
            (
                vec![alone("src/plan.json")],
                &[["host/src", "host/src/plan"]],
            ),
        ] {
            let stacks = of_files(&files);
            let names: Vec<Vec<&str>> =
                stacks.iter().map(|stack| stack.names().collect()).collect();
            assert_eq!(names, expected, "{files:?}");
        }
    }
}
