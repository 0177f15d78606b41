//! `envs/<env>/terraform.tfvars` and `envs/<env>/backend.hcl` for one root module elsewhere.

use std::path::{Path, PathBuf};

use super::{Candidate, DEFAULT_WORKSPACE, Kind, Root};

/// What the backend's settings are called.
const BACKENDS: [&str; 4] = [
    "backend.hcl",
    "backend.tfbackend",
    "backend.conf",
    "config.s3.tfbackend",
];

pub(super) fn candidates(root: &Root) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for module in root.modules() {
        for parent in root.parents(&module) {
            for name in &root.at(&parent).directories {
                candidates.extend(of(root, &module, &parent.join(name), name));
            }
        }
    }
    candidates
}

fn of(root: &Root, module: &Path, folder: &Path, name: &str) -> Vec<Candidate> {
    let listed = root.at(folder);
    // A folder with `.tf` files is a root module of its own.
    if listed.is_module() {
        return Vec::new();
    }
    let own = [
        "terraform.tfvars".to_owned(),
        "terraform.tfvars.json".to_owned(),
        format!("{name}.tfvars"),
        format!("{name}.tfvars.json"),
        "variables.tfvars".to_owned(),
    ];
    let existing = |files: &mut dyn Iterator<Item = &str>| -> Vec<PathBuf> {
        files
            .filter(|file| listed.files.contains(*file))
            .map(|file| root.path(&folder.join(file)))
            .collect()
    };
    let variables = existing(&mut own.iter().map(String::as_str));
    let own_backend = format!("{name}.tfbackend");
    let names = BACKENDS.into_iter().chain([own_backend.as_str()]);
    let mut backends = existing(&mut { names });
    backends.extend(root.backends(module, folder, name));
    backends.sort();
    backends.dedup();
    if variables.is_empty() && backends.is_empty() {
        return Vec::new();
    }
    // Two of a kind are two candidates, which nobody can choose between.
    let options = |files: Vec<PathBuf>| -> Vec<Vec<PathBuf>> {
        if files.is_empty() {
            vec![Vec::new()]
        } else {
            files.into_iter().map(|file| vec![file]).collect()
        }
    };
    let mut candidates = Vec::new();
    for var_files in options(variables) {
        for backend_config in options(backends.clone()) {
            let evidence = var_files.first().or(backend_config.first());
            candidates.push(Candidate {
                name: name.to_owned(),
                kind: Kind::Folders,
                evidence: evidence.cloned().unwrap_or_default(),
                directory: root.path(module),
                workspace: if backend_config.is_empty() {
                    name.to_owned()
                } else {
                    DEFAULT_WORKSPACE.to_owned()
                },
                backend_config,
                var_files: var_files.clone(),
            });
        }
    }
    // One with another backend is evident by that.
    if candidates.len() > 1 {
        for candidate in &mut candidates {
            if let (Some(backend), true) = (candidate.backend_config.first(), backends.len() > 1) {
                candidate.evidence = backend.clone();
            }
        }
    }
    candidates
}
