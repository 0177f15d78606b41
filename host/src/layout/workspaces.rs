//! `environments/<env>.tfvars` beside one root module. Each environment has a workspace, or a
//! backend file of its own: then it has no need of a workspace.

use std::path::PathBuf;

use super::{Candidate, DEFAULT_WORKSPACE, Kind, Root};
use crate::environment::usual_names;

pub(super) fn candidates(root: &Root) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for module in root.modules() {
        let mut parents = root.parents(&module);
        // `production.tfvars` beside the module itself.
        parents.push(module.clone());
        for parent in parents {
            let listed = root.at(&parent);
            for file in &listed.files {
                let stem = file
                    .strip_suffix(".tfvars")
                    .or_else(|| file.strip_suffix(".tfvars.json"));
                let Some(name) = stem.filter(|stem| is_environment(stem, parent == module)) else {
                    continue;
                };
                let backends = root.backends(&module, &parent, name);
                let candidate = |backend_config: Vec<PathBuf>| Candidate {
                    name: name.to_owned(),
                    kind: Kind::Workspaces,
                    evidence: root.path(&parent.join(file)),
                    directory: root.path(&module),
                    workspace: if backend_config.is_empty() {
                        name.to_owned()
                    } else {
                        DEFAULT_WORKSPACE.to_owned()
                    },
                    backend_config,
                    var_files: vec![root.path(&parent.join(file))],
                };
                if backends.is_empty() {
                    candidates.push(candidate(Vec::new()));
                }
                candidates.extend(backends.into_iter().map(|backend| candidate(vec![backend])));
            }
        }
    }
    candidates
}

/// Beside the module there are files of variables that are no environment's; there, only the
/// usual names count.
fn is_environment(stem: &str, beside_module: bool) -> bool {
    let shared = [
        "common",
        "shared",
        "global",
        "globals",
        "default",
        "defaults",
        "terraform",
    ];
    // Settings of a backend are sometimes called like variables.
    let of_backend = stem.split(['-', '_', '.']).any(|word| word == "backend");
    if stem.is_empty() || stem.ends_with(".auto") || shared.contains(&stem) || of_backend {
        return false;
    }
    !beside_module || is_usual(stem)
}

/// Whether people call environments like this.
pub(super) fn is_usual(name: &str) -> bool {
    let others = [
        "qa", "uat", "sandbox", "preview", "demo", "live", "dr", "preprod",
    ];
    !usual_names(name).is_empty() || others.contains(&name)
}
