//! `tollgate.toml` for a repository that has none: what conventions find, written down.
//!
//! What is sure is written as keys, each with what it was taken from. What is not stays a
//! comment, so that a deploy refuses until somebody has decided.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use crate::config::Config;
use crate::environment::{protected_by_name, usual_names};
use crate::hcl::reader::Disk;
use crate::layout::{self, Candidate, DEFAULT_WORKSPACE, Root};
use crate::routing::{self, RouteError};

/// A configuration, and what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The text of `tollgate.toml`.
    pub text: String,
    /// What was found.
    pub found: Vec<String>,
    /// What somebody has to decide.
    pub unsure: Vec<String>,
}

/// Looks at a repository and drafts its configuration; nothing is written.
#[must_use]
pub fn draft(base: &Path) -> Draft {
    let mut draft = Draft {
        text: String::new(),
        found: Vec::new(),
        unsure: Vec::new(),
    };
    let mut environments: BTreeMap<String, Vec<Candidate>> = BTreeMap::new();
    for candidate in layout::found(base) {
        if !crate::config::is_name(&candidate.name) {
            let evidence = shown(base, &candidate.evidence);
            draft.unsure.push(format!(
                "{evidence} looks like an environment's, and its name cannot be one"
            ));
            continue;
        }
        let name = usual_names(&candidate.name).first().copied();
        let name = name.unwrap_or(&candidate.name).to_owned();
        environments.entry(name).or_default().push(candidate);
    }
    draft.text.push_str(
        "# Written by `tollgate init` from what it found; check it, and commit it.\n\
         # `tollgate env show NAME` says what a deploy would use, `tollgate env doctor` what is\n\
         # missing, `tollgate schema config` every key.\n",
    );
    if let Some(name) = project_name(base) {
        let _ = write!(
            draft.text,
            "\n[project]\nname = {}  # tells this project from others that keep states in the same place\n",
            string(&name)
        );
    }
    if environments.is_empty() {
        nothing(base, &mut draft);
    }
    for (name, candidates) in &environments {
        environment(base, name, candidates, &mut draft);
    }
    draft.text.push_str(
        "\n# The built-in policies run as they are. What a policy can be set to:\n\
         # `tollgate policy inspect cost-cap`\n\
         # [environments.production.policies.cost-cap]\n\
         # settings = { monthly-cap-usd = \"20\" }\n",
    );
    if base.join("terragrunt.hcl").exists() || base.join("root.hcl").exists() {
        draft.unsure.push(
            "terragrunt decides here what is planned where; `tollgate check` judges its plans, and environments are left to it"
                .to_owned(),
        );
    }
    draft
}

/// What the project is called: as its directory is.
fn project_name(base: &Path) -> Option<String> {
    let base = base.canonicalize().ok()?;
    let name = base.file_name()?.to_str()?;
    crate::config::is_name(name).then(|| name.to_owned())
}

fn nothing(base: &Path, draft: &mut Draft) {
    draft
        .text
        .push_str("\n[environments.production]\nprotected = true\n");
    match Root::read(&Disk, base).only_module("production") {
        Ok(module) => {
            let module = shown(base, &module);
            draft.found.push(format!("the root module {module}"));
            let _ = writeln!(draft.text, "directory = {}", string(&module));
            draft.text.push_str("workspace = \"default\"\n");
        }
        Err(_) => {
            draft
                .text
                .push_str("# UNSURE: where is it planned?\n# directory = \"…\"\n");
        }
    }
    draft.unsure.push(
        "no environments: nothing here is called as one, so there is only `production`".to_owned(),
    );
}

fn environment(base: &Path, name: &str, candidates: &[Candidate], draft: &mut Draft) {
    let _ = write!(draft.text, "\n[environments.{}]\n", key(name));
    let aliases: BTreeSet<&str> = candidates
        .iter()
        .map(|candidate| candidate.name.as_str())
        .filter(|alias| *alias != name)
        .collect();
    if !aliases.is_empty() {
        let _ = writeln!(draft.text, "aliases = {}", list(aliases.iter().copied()));
    }
    let protected = protected_by_name(name);
    let _ = writeln!(
        draft.text,
        "protected = {protected}{}",
        if protected {
            "  # what is not surely for trying things out is protected"
        } else {
            ""
        }
    );
    match candidates {
        [only] => {
            draft.found.push(format!(
                "{name}: {} ({})",
                only.kind,
                shown(base, &only.evidence)
            ));
            let _ = writeln!(
                draft.text,
                "# {}: {}",
                only.kind,
                comment(&shown(base, &only.evidence))
            );
            draft.text.push_str(&keys(base, only, ""));
        }
        several => {
            let evidence: Vec<String> = several
                .iter()
                .map(|candidate| described(base, candidate))
                .collect();
            draft.unsure.push(format!(
                "{name} could be {}: take away the `#` before one of them",
                evidence.join(" or ")
            ));
            draft
                .text
                .push_str("# UNSURE: several things could be meant. Keep one of them:\n");
            for candidate in several {
                let _ = writeln!(draft.text, "#\n# {}:", comment(&described(base, candidate)));
                draft.text.push_str(&keys(base, candidate, "# "));
            }
        }
    }
    secrets(base, name, candidates, draft);
    if protected {
        draft.text.push_str("#\n");
        draft
            .text
            .push_str("# branches = [\"main\"]             # deploy from nowhere else\n");
        draft
            .text
            .push_str("# clean-tree = true               # deploy nothing that is not committed\n");
        draft.text.push_str(
            "# aws-account = \"123456789012\"    # refuse credentials of another account\n",
        );
    }
}

fn keys(base: &Path, candidate: &Candidate, before: &str) -> String {
    let mut text = String::new();
    let paths = |paths: &[std::path::PathBuf]| {
        let paths: Vec<String> = paths.iter().map(|path| shown(base, path)).collect();
        list(paths.iter().map(String::as_str))
    };
    let directory = string(&shown(base, &candidate.directory));
    let _ = writeln!(text, "{before}directory = {directory}");
    let _ = writeln!(text, "{before}workspace = {}", string(&candidate.workspace));
    if !candidate.backend_config.is_empty() {
        let _ = writeln!(
            text,
            "{before}backend-config = {}",
            paths(&candidate.backend_config)
        );
    }
    if !candidate.var_files.is_empty() {
        let _ = writeln!(text, "{before}var-files = {}", paths(&candidate.var_files));
    }
    text
}

fn described(base: &Path, candidate: &Candidate) -> String {
    let mut text = shown(base, &candidate.evidence);
    if candidate.workspace != DEFAULT_WORKSPACE {
        let _ = write!(text, " in the workspace {}", candidate.workspace);
    }
    if candidate.directory != candidate.evidence {
        let _ = write!(text, " for {}", shown(base, &candidate.directory));
    }
    text
}

fn secrets(base: &Path, name: &str, candidates: &[Candidate], draft: &mut Draft) {
    let Ok(mut settings) = Config::conventional(&[]).secrets(Some(name)) else {
        return;
    };
    settings
        .aliases
        .extend(candidates.iter().map(|candidate| candidate.name.clone()));
    let mut directories = vec![base.to_owned()];
    directories.extend(
        candidates
            .iter()
            .map(|candidate| candidate.directory.clone()),
    );
    match routing::find(&settings, &directories) {
        Ok(files) => {
            for file in files {
                let file = shown(base, &file);
                draft.found.push(format!("{name}: secrets in {file}"));
                let _ = writeln!(draft.text, "secrets = {}", string(&file));
            }
        }
        Err(RouteError::Ambiguous { candidates, .. }) => {
            let candidates: Vec<String> = candidates
                .iter()
                .map(|file| shown(base, Path::new(file)))
                .collect();
            draft.unsure.push(format!(
                "{name} has several secrets files: {}",
                candidates.join(", ")
            ));
            draft
                .text
                .push_str("# UNSURE: which of its secrets files?\n");
            for file in candidates {
                let _ = writeln!(draft.text, "# secrets = {}", string(&file));
            }
        }
        Err(_) => {}
    }
}

/// A path from the directory of `tollgate.toml` on.
fn shown(base: &Path, path: &Path) -> String {
    let path = path.strip_prefix(base).unwrap_or(path);
    if path.as_os_str().is_empty() {
        ".".to_owned()
    } else {
        path.display().to_string()
    }
}

/// A name in a header: a dot in it would be another table.
fn key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if name.chars().all(bare) {
        name.to_owned()
    } else {
        string(name)
    }
}

fn list<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let texts: Vec<String> = texts.map(string).collect();
    format!("[{}]", texts.join(", "))
}

/// What JSON escapes, TOML reads the same; and it does not have 0x7f.
fn string(text: &str) -> String {
    serde_json::Value::from(text)
        .to_string()
        .replace('\u{7f}', "\\u007f")
}

/// A comment ends with its line.
fn comment(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests;
