//! Several root modules per environment: `live/<env>/<stack>/*.tf`. Each is deployed by itself, as the
//! environment `<env>-<stack>`.

use std::path::PathBuf;

use super::workspaces::is_usual;
use super::{Candidate, DEFAULT_WORKSPACE, Kind, Root};

pub(super) fn candidates(root: &Root) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for parent in root.of_modules() {
        for environment in &root.at(&parent).directories {
            let folder = parent.join(environment);
            let listed = root.at(&folder);
            if !is_usual(environment) || listed.is_module() {
                continue;
            }
            for stack in &listed.directories {
                let directory = folder.join(stack);
                let inside = root.at(&directory);
                if !inside.is_module() || stack == "modules" {
                    continue;
                }
                let existing = |files: &[String]| -> Vec<PathBuf> {
                    let files = files.iter().filter(|file| inside.files.contains(*file));
                    files.map(|file| root.path(&directory.join(file))).collect()
                };
                candidates.push(Candidate {
                    name: format!("{environment}-{stack}"),
                    kind: Kind::Stacks,
                    evidence: root.path(&directory),
                    directory: root.path(&directory),
                    workspace: DEFAULT_WORKSPACE.to_owned(),
                    backend_config: existing(&[
                        "backend.hcl".to_owned(),
                        "backend.tfbackend".to_owned(),
                        format!("{environment}.tfbackend"),
                    ]),
                    // `terraform.tfvars` and `*.auto.tfvars` are read without being named.
                    var_files: existing(&[
                        format!("{environment}.tfvars"),
                        format!("{environment}.tfvars.json"),
                    ]),
                });
            }
        }
    }
    candidates
}
