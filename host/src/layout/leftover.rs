//! Files of variables and backends in the places where conventions look, that no environment uses: what
//! is in them falls back to defaults without a word.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::root::{PARENTS, is_of_backends};
use super::{Layout, Root};
use crate::config::BackendSetting;

/// Returns them, sorted.
pub(super) fn of(root: &Root, layouts: &[&Layout]) -> Vec<PathBuf> {
    let mut used: BTreeSet<PathBuf> = BTreeSet::new();
    for layout in layouts {
        used.extend(layout.var_files.iter().map(|file| whole(&file.value)));
        for setting in &layout.backend_config {
            if let BackendSetting::File(path) = &setting.value {
                used.insert(whole(path));
            }
        }
    }
    let mut found = Vec::new();
    for (folder, listed) in root.directories() {
        let name = folder.file_name().and_then(|name| name.to_str());
        let parent = folder
            .parent()
            .and_then(Path::file_name)
            .and_then(|name| name.to_str());
        let of_environments = |name: Option<&str>| name.is_some_and(|name| PARENTS.contains(&name));
        // Elsewhere they are beside something that a module is made of.
        let is_place = listed.is_module()
            || of_environments(name)
            || of_environments(parent)
            || is_of_backends(folder);
        if !is_place {
            continue;
        }
        for file in &listed.files {
            let automatic = listed.is_module()
                && (file.contains(".auto.tfvars") || file.starts_with("terraform.tfvars"))
                && !is_suffixed(file);
            let path = root.path(&folder.join(file));
            if is_settings(folder, file) && !automatic && !used.contains(&whole(&path)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// `terraform.tfvars.prod` is read by nobody; `terraform.tfvars.json` is.
fn is_suffixed(file: &str) -> bool {
    file.strip_prefix("terraform.tfvars.")
        .is_some_and(|ending| ending != "json")
}

/// Whether a file has the settings of the backend of the environment that is called so: by its own name, or
/// by its folder's.
pub(super) fn is_backend_of(path: &Path, names: &[&str]) -> bool {
    let text = |part: Option<&std::ffi::OsStr>| {
        part.and_then(|part| part.to_str())
            .unwrap_or_default()
            .to_owned()
    };
    let file = text(path.file_name());
    let folder = text(path.parent().and_then(Path::file_name));
    let ends = [".tfbackend", ".hcl"];
    let Some(stem) = ends.iter().find_map(|end| file.strip_suffix(end)) else {
        return false;
    };
    let words = ["backend", "config"];
    let bare = words.iter().fold(stem, |stem, word| {
        let before = stem
            .strip_prefix(word)
            .and_then(|rest| rest.strip_prefix(['-', '_', '.']));
        let behind = stem
            .strip_suffix(word)
            .and_then(|rest| rest.strip_suffix(['-', '_', '.']));
        before.or(behind).unwrap_or(stem)
    });
    names.contains(&bare) || (words.contains(&bare) && names.contains(&folder.as_str()))
}

fn is_settings(folder: &Path, file: &str) -> bool {
    let endings = [".tfvars", ".tfvars.json", ".tfbackend"];
    let is_copy = [
        ".example", ".sample", ".bak", ".backup", ".orig", ".old", ".tmp", "~", ".dist",
    ]
    .iter()
    .any(|ending| file.ends_with(ending))
        || file.contains(".example.")
        || file.contains(".sample.")
        || file.starts_with("example.");
    if is_copy || file.starts_with('.') {
        return false;
    }
    let of_backend = file.ends_with(".hcl")
        && (is_of_backends(folder) || file.split(['.', '-', '_']).any(|word| word == "backend"));
    endings.iter().any(|ending| file.ends_with(ending)) || is_suffixed(file) || of_backend
}

fn whole(path: &Path) -> PathBuf {
    path.canonicalize()
        .unwrap_or_else(|_| crate::hcl::clean(path))
}
