//! A root module per environment: `environments/<env>/*.tf` and its kin.

use std::path::PathBuf;

use super::workspaces::is_usual;
use super::{Candidate, DEFAULT_WORKSPACE, Kind, Root};

pub(super) fn candidates(root: &Root) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for parent in root.of_modules() {
        for name in &root.at(&parent).directories {
            let directory = parent.join(name);
            let listed = root.at(&directory);
            // Elsewhere than in a folder of environments, a module is one only by its name.
            let last = parent.file_name().and_then(|last| last.to_str());
            let of_environments = matches!(last, Some("environments" | "envs" | "env" | "live"));
            if !listed.is_module() || !(of_environments || is_usual(name)) || name == "modules" {
                continue;
            }
            let existing = |files: &[String]| -> Vec<PathBuf> {
                files
                    .iter()
                    .filter(|file| listed.files.contains(*file))
                    .map(|file| root.path(&directory.join(file)))
                    .collect()
            };
            let backend_config = existing(&[
                "backend.hcl".to_owned(),
                "backend.tfbackend".to_owned(),
                format!("{name}.tfbackend"),
            ]);
            candidates.push(Candidate {
                name: name.clone(),
                kind: Kind::Directories,
                evidence: root.path(&directory),
                directory: root.path(&directory),
                workspace: DEFAULT_WORKSPACE.to_owned(),
                backend_config,
                // `terraform.tfvars` and `*.auto.tfvars` are read without being named.
                var_files: existing(&[format!("{name}.tfvars"), format!("{name}.tfvars.json")]),
            });
        }
    }
    candidates
}
