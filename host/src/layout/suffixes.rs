//! `terraform.tfvars.<env>` with `backend-<env>.tfbackend`, in the root module.

use std::path::PathBuf;

use super::{Candidate, DEFAULT_WORKSPACE, Kind, Root};

pub(super) fn candidates(root: &Root) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for module in root.modules() {
        let listed = root.at(&module);
        for file in &listed.files {
            let name = file.strip_prefix("terraform.tfvars.");
            // Editors, and people who are careful, leave copies.
            let copies = [
                "json", "bak", "backup", "orig", "old", "tmp", "example", "sample",
            ];
            let Some(name) = name.filter(|name| {
                !name.is_empty()
                    && !name.ends_with('~')
                    && !copies.contains(name)
                    && !name.ends_with(".example")
            }) else {
                continue;
            };
            let mut backends = root.backends(&module, &module, name);
            let suffixed = [
                format!("backend.tfbackend.{name}"),
                format!("backend.hcl.{name}"),
            ];
            let suffixed = suffixed.iter().filter(|file| listed.files.contains(*file));
            backends.extend(suffixed.map(|file| root.path(&module.join(file))));
            let candidate = |backend_config: Vec<PathBuf>| Candidate {
                name: name.to_owned(),
                kind: Kind::Suffixes,
                evidence: backend_config
                    .first()
                    .filter(|_| backends.len() > 1)
                    .cloned()
                    .unwrap_or_else(|| root.path(&module.join(file))),
                directory: root.path(&module),
                workspace: if backend_config.is_empty() {
                    name.to_owned()
                } else {
                    DEFAULT_WORKSPACE.to_owned()
                },
                backend_config,
                var_files: vec![root.path(&module.join(file))],
            };
            if backends.is_empty() {
                candidates.push(candidate(Vec::new()));
            }
            candidates.extend(
                backends
                    .iter()
                    .map(|backend| candidate(vec![backend.clone()])),
            );
        }
    }
    candidates
}
