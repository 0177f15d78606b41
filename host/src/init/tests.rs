#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;

use super::*;
use tollgate_model::library::LIBRARY;

/// Repositories, one per layout and spelling, and the environments that are in them.
const REPOSITORIES: &[(&str, &[&str])] = &[
    (
        "main.tf environments/staging.tfvars environments/prod.tfvars",
        &["staging", "prod"],
    ),
    (
        "terraform/main.tf environments/stag.tfvars environments/eu.west.tfvars",
        &["stag", "eu.west"],
    ),
    (
        "infra/main.tf infra/envs/prod.tfvars infra/envs/prod.tfbackend",
        &["prod"],
    ),
    (
        "main.tf envs/prod/terraform.tfvars envs/prod/backend.hcl envs/dev/backend.hcl",
        &["prod", "dev"],
    ),
    (
        "main.tf terraform.tfvars.prod backend-prod.tfbackend terraform.tfvars.stag",
        &["prod", "stag"],
    ),
    (
        "environments/prod/main.tf environments/staging/main.tf",
        &["prod", "staging"],
    ),
    (
        "production/main.tf production/backend.hcl staging/main.tf",
        &["production", "staging"],
    ),
    // Unsure of one of them.
    (
        "main.tf environments/prod.tfvars environments/production.tfvars environments/dev.tfvars",
        &["production", "dev"],
    ),
    (
        "main.tf environments/prod.tfvars environments/prod/main.tf",
        &["prod"],
    ),
    (
        "main.tf terraform/main.tf environments/dev.tfvars",
        &["dev"],
    ),
    (
        "main.tf environments/a\"b.tfvars environments/dev.tfvars secrets.dev.enc.yaml",
        &["dev"],
    ),
];

fn repository(files: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for file in files.split(' ') {
        let path = directory.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    directory
}

/// What a deploy uses, without where it comes from; or that it is refused.
fn meaning(config: &Config, name: &str) -> Option<String> {
    let layout = layout::resolve(config, Some(name)).ok()?;
    let backend: Vec<_> = layout
        .backend_config
        .iter()
        .map(|each| &each.value)
        .collect();
    let files: Vec<_> = layout.var_files.iter().map(|each| &each.value).collect();
    Some(format!(
        "{:?} {} {backend:?} {files:?}",
        layout.directory.value.canonicalize().unwrap(),
        layout.workspace.value
    ))
}

#[test]
fn what_is_written_means_what_is_found() {
    let builtins = LIBRARY;
    for (files, environments) in REPOSITORIES {
        let directory = repository(files);
        let path = directory.path().join("tollgate.toml");
        fs::write(&path, "").unwrap();
        let before = Config::load(&path, builtins).unwrap();
        let draft = draft(directory.path());
        let found: Vec<Option<String>> = environments
            .iter()
            .map(|name| meaning(&before, name))
            .collect();
        fs::write(&path, &draft.text).unwrap();
        let written = Config::load(&path, builtins).unwrap();
        let read: Vec<Option<String>> = environments
            .iter()
            .map(|name| meaning(&written, name))
            .collect();
        assert_eq!(read, found, "{files}\n{}", draft.text);
        // Every one that is refused is said to be unsure.
        let refused = found.iter().filter(|found| found.is_none()).count();
        assert!(draft.unsure.len() >= refused, "{files}\n{:?}", draft.unsure);
        assert!(refused > 0 || !draft.found.is_empty(), "{files}");
    }
}

#[test]
fn a_choice_that_is_taken_up_is_what_then_holds() {
    let directory = repository("main.tf environments/prod.tfvars environments/production.tfvars");
    let text = draft(directory.path()).text;
    assert!(text.contains("# UNSURE"), "{text}");
    // Whoever decides takes away the marks before one of the choices.
    let (before, choices) = text.split_once("# environments/prod.tfvars").unwrap();
    let (one, other) = choices.split_once("#\n").unwrap();
    let one = one.replace("\n# ", "\n");
    let path = directory.path().join("tollgate.toml");
    fs::write(&path, format!("{before}#{one}#\n{other}")).unwrap();
    let config = Config::load(&path, LIBRARY).unwrap();
    let layout = layout::resolve(&config, Some("production")).unwrap();
    assert_eq!(layout.workspace.value, "prod");
}

#[test]
fn secrets_and_protection_are_written() {
    let directory = repository(
        "main.tf environments/prod.tfvars environments/dev.tfvars secrets.prod.enc.yaml",
    );
    let draft = draft(directory.path());
    let production = draft
        .text
        .split("[environments.production]")
        .nth(1)
        .unwrap();
    for line in [
        "aliases = [\"prod\"]",
        "protected = true",
        "var-files = [\"environments/prod.tfvars\"]",
        "secrets = \"secrets.prod.enc.yaml\"",
    ] {
        assert!(production.contains(line), "{line}\n{}", draft.text);
    }
    assert!(draft.text.contains("protected = false"));
}

#[test]
fn nothing_is_one_protected_environment() {
    for files in ["main.tf", "README.md", "a/main.tf b/main.tf"] {
        let directory = repository(files);
        let draft = draft(directory.path());
        let path = directory.path().join("tollgate.toml");
        fs::write(&path, &draft.text).unwrap();
        let config = Config::load(&path, LIBRARY).unwrap();
        assert!(config.environment(None).unwrap().protected);
        assert!(!draft.unsure.is_empty());
    }
}
