#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;

use tollgate_model::error::UserError;

use super::*;
use crate::config::BackendSetting;

/// Files, the configuration (empty: none), the environment, and what comes out.
const CASES: &[(&str, &str, &str, &str)] = &[
    // Workspaces with a file each.
    (
        "main.tf environments/staging.tfvars environments/production.tfvars",
        "",
        "staging",
        "in . workspace staging vars environments/staging.tfvars",
    ),
    (
        "main.tf environments/prod.tfvars.json",
        "",
        "production",
        "in . workspace prod vars environments/prod.tfvars.json",
    ),
    (
        "terraform/main.tf environments/stag.tfvars",
        "",
        "staging",
        "in terraform workspace stag vars environments/stag.tfvars",
    ),
    (
        "infra/main.tf infra/envs/prod.tfvars infra/envs/prod.tfbackend",
        "",
        "production",
        "in infra workspace default backend infra/envs/prod.tfbackend vars infra/envs/prod.tfvars",
    ),
    (
        "main.tf prod.tfvars extra.tfvars",
        "",
        "prod",
        "in . workspace prod vars prod.tfvars",
    ),
    // A folder each.
    (
        "main.tf envs/prod/terraform.tfvars envs/prod/backend.hcl envs/staging/terraform.tfvars",
        "",
        "production",
        "in . workspace default backend envs/prod/backend.hcl vars envs/prod/terraform.tfvars",
    ),
    (
        "main.tf envs/prod/terraform.tfvars",
        "",
        "prod",
        "in . workspace prod vars envs/prod/terraform.tfvars",
    ),
    // Where nothing is in the usual folders, in others.
    (
        "iac/environments/prod/main.tf iac/environments/staging/main.tf docs/prod/main.tf",
        "",
        "production",
        "in iac/environments/prod workspace default",
    ),
    (
        "deploy/main.tf deploy/envs/prod.tfvars examples/main.tf",
        "",
        "production",
        "in deploy workspace prod vars deploy/envs/prod.tfvars",
    ),
    (
        "aws/live/prod/network/main.tf aws/live/prod/app/main.tf",
        "",
        "prod-app",
        "in aws/live/prod/app workspace default",
    ),
    // The usual ones count for more.
    (
        "infra/main.tf infra/envs/prod.tfvars bootstrap/main.tf legacy/environments/prod/main.tf",
        "",
        "production",
        "in infra workspace prod vars infra/envs/prod.tfvars",
    ),
    // Endings.
    (
        "main.tf terraform.tfvars.prod backend-prod.tfbackend terraform.tfvars.bak",
        "",
        "production",
        "in . workspace default backend backend-prod.tfbackend vars terraform.tfvars.prod",
    ),
    (
        "main.tf terraform.tfvars.dev",
        "",
        "development",
        "in . workspace dev vars terraform.tfvars.dev",
    ),
    // A root module each.
    (
        "environments/prod/main.tf environments/staging/main.tf modules/a/main.tf",
        "",
        "production",
        "in environments/prod workspace default",
    ),
    (
        "production/main.tf production/backend.hcl staging/main.tf",
        "",
        "prod",
        "in production workspace default backend production/backend.hcl",
    ),
    // Nothing, and too much.
    (
        "main.tf",
        "",
        "production",
        "nothing says what a deploy of `production` uses",
    ),
    (
        "main.tf environments/extra.tfvars",
        "",
        "production",
        "nothing says what a deploy of `production` uses",
    ),
    (
        "main.tf environments/prod.tfvars environments/production.tfvars",
        "",
        "production",
        "`production` could be `environments/prod.tfvars` in the workspace `prod` or `environments/production.tfvars` in the workspace `production`",
    ),
    (
        "main.tf environments/prod.tfvars environments/prod/main.tf",
        "",
        "prod",
        "`prod` could be `environments/prod.tfvars` for `.` in the workspace `prod` or `environments/prod`",
    ),
    (
        "main.tf envs/prod/terraform.tfvars envs/prod/backend.hcl envs/prod/backend.tfbackend",
        "",
        "prod",
        "`prod` could be `envs/prod/backend.hcl` or `envs/prod/backend.tfbackend`",
    ),
    (
        "main.tf terraform.tfvars.prod environments/prod.tfvars",
        "",
        "prod",
        "`prod` could be `environments/prod.tfvars` in the workspace `prod` or `terraform.tfvars.prod` in the workspace `prod`",
    ),
    (
        "main.tf environments/prod.tfvars terraform.tfstate.d/production/terraform.tfstate",
        "",
        "production",
        "`production` could be `environments/prod.tfvars` in the workspace `prod` or `terraform.tfstate.d/production` in the workspace `production`",
    ),
    (
        "main.tf terraform/main.tf environments/prod.tfvars",
        "",
        "prod",
        "`prod` could be `environments/prod.tfvars` for `.` in the workspace `prod` or `environments/prod.tfvars` for `terraform` in the workspace `prod`",
    ),
    // An alias that is another environment's stands for that one.
    (
        "main.tf environments/prod.tfvars environments/production.tfvars",
        "[environments.production]\n[environments.prod]\n",
        "production",
        "in . workspace production vars environments/production.tfvars",
    ),
    (
        "main.tf environments/p1.tfvars",
        "[environments.production]\naliases = [\"p1\"]\n",
        "prod",
        "in . workspace p1 vars environments/p1.tfvars",
    ),
    (
        "main.tf environments/p1.tfvars",
        "[environments.production]\naliases = [\"p1\"]\n",
        "dev",
        "unknown environment `dev`",
    ),
    (
        "main.tf environments/p1.tfvars",
        "[environments.production]\naliases = [\"p1\"]\n",
        "p1",
        "in . workspace p1 vars environments/p1.tfvars",
    ),
    // What the configuration says counts, convention fills the rest.
    (
        "main.tf environments/prod.tfvars environments/production.tfvars",
        "[environments.production]\nvar-files = [\"environments/prod.tfvars\"]\nworkspace = \"live\"\n",
        "production",
        "in . workspace live (tollgate.toml:3) vars environments/prod.tfvars (tollgate.toml:2)",
    ),
    (
        "main.tf environments/prod.tfvars",
        "[environments.prod]\nbackend-config = [\"key=prod/state\", \"b.hcl\"]\n",
        "prod",
        "no such file",
    ),
    (
        "main.tf environments/prod.tfvars b.hcl",
        "[environments.prod]\nbackend-config = [\"key=prod/state\", \"b.hcl\"]\n",
        "prod",
        "in . workspace prod backend key=prod/state (tollgate.toml:2) b.hcl (tollgate.toml:2) vars environments/prod.tfvars",
    ),
    (
        "a/main.tf b/main.tf",
        "[environments.prod]\ndirectory = \"a\"\n",
        "prod",
        "in a (tollgate.toml:2) workspace default",
    ),
    (
        "a/main.tf",
        "[environments.prod]\ndirectory = \"a/main.tf\"\n",
        "prod",
        "a/main.tf: this is no directory",
    ),
    (
        "main.tf terraform/main.tf",
        "[environments.prod]\nworkspace = \"prod\"\n",
        "prod",
        "`prod` could be planned in `.` or in `terraform`",
    ),
    (
        "examples/main.tf",
        "[environments.prod]\nworkspace = \"prod\"\n",
        "prod",
        "no `.tf` files for `prod`",
    ),
];

#[test]
fn layouts() {
    let mut wrong = Vec::new();
    for (files, configuration, environment, expected) in CASES {
        let directory = tempfile::tempdir().unwrap();
        for file in files.split(' ') {
            let path = directory.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let builtins = tollgate_model::library::LIBRARY;
        let path = directory.path().join("tollgate.toml");
        // Without a key of its own a table is enough to say where the project is.
        fs::write(&path, configuration).unwrap();
        let config = Config::load(&path, builtins).unwrap();
        let base = format!("{}/", directory.path().display());
        let shown = match resolve(&config, Some(environment)) {
            Ok(layout) => show(&layout),
            Err(error) => {
                assert!(
                    matches!(&error, LayoutError::Config(_)) || error.help().is_some(),
                    "{error}"
                );
                error.to_string()
            }
        };
        let whole = directory.path().display().to_string();
        let shown = shown.replace(&base, "").replace(&whole, ".");
        let fits = if expected.starts_with("in ") {
            shown == *expected
        } else {
            shown.contains(expected)
        };
        if !fits {
            wrong.push(format!("{files}\n{configuration}{shown}\nnot {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn show(layout: &Layout) -> String {
    let from = |from: &Provenance| match from {
        Provenance::Configured(at) => format!(" ({at})"),
        _ => String::new(),
    };
    let mut text = format!(
        "in {}{} workspace {}{}",
        layout.directory.value.display(),
        from(&layout.directory.from),
        layout.workspace.value,
        from(&layout.workspace.from)
    );
    for (nth, setting) in layout.backend_config.iter().enumerate() {
        text.push_str(if nth == 0 { " backend " } else { " " });
        text.push_str(&match &setting.value {
            BackendSetting::File(path) => path.display().to_string(),
            BackendSetting::Value { name, value } => format!("{name}={value}"),
        });
        text.push_str(&from(&setting.from));
    }
    for (nth, file) in layout.var_files.iter().enumerate() {
        text.push_str(if nth == 0 { " vars " } else { " " });
        text.push_str(&file.value.display().to_string());
        text.push_str(&from(&file.from));
    }
    text
}

/// A project with these files, all empty, and this configuration.
fn project(files: &str, configuration: &str) -> (tempfile::TempDir, Config) {
    let folder = tempfile::tempdir().unwrap();
    for file in files.split_whitespace() {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    let path = folder.path().join("tollgate.toml");
    fs::write(&path, configuration).unwrap();
    let config = Config::load(&path, tollgate_model::library::LIBRARY).unwrap();
    (folder, config)
}

/// The names and kinds of what conventions find.
fn kinds(files: &str) -> Vec<(String, Kind)> {
    let (folder, _) = project(files, "");
    let found = found(folder.path()).into_iter();
    found
        .map(|candidate| (candidate.name, candidate.kind))
        .collect()
}

fn candidate(name: &str) -> Candidate {
    Candidate {
        name: name.to_owned(),
        kind: Kind::Workspaces,
        evidence: PathBuf::from("e"),
        directory: PathBuf::from("."),
        workspace: DEFAULT_WORKSPACE.to_owned(),
        backend_config: Vec::new(),
        var_files: Vec::new(),
    }
}

#[test]
fn what_is_called_otherwise_is_no_environment() {
    for files in [
        // For all of them, for the tool itself, or for a backend.
        "main.tf environments/common.tfvars environments/shared.tfvars environments/global.tfvars",
        "main.tf environments/default.tfvars environments/terraform.tfvars",
        "main.tf environments/x.auto.tfvars environments/prod-backend.tfvars environments/.tfvars",
        // Beside the root module only the usual names are.
        "main.tf extra.tfvars team.tfvars",
        // Copies.
        "main.tf terraform.tfvars.bak terraform.tfvars.json terraform.tfvars.prod~",
        "main.tf terraform.tfvars.prod.example terraform.tfvars.",
        // A folder without settings, and modules that are called from others.
        "main.tf environments/prod/README.md",
        "main.tf environments/modules/main.tf modules/prod/main.tf",
        "live/prod/modules/main.tf",
        // No root module.
        "environments/prod.tfvars",
        "",
    ] {
        let found = kinds(files);
        assert!(found.is_empty(), "{files} {found:?}");
    }
}

#[test]
fn each_layout_is_found_by_its_own_files() {
    for (files, name, kind) in [
        ("main.tf environments/a.tfvars", "a", Kind::Workspaces),
        ("main.tf qa.tfvars.json", "qa", Kind::Workspaces),
        ("main.tf envs/a/variables.tfvars", "a", Kind::Folders),
        ("main.tf envs/a/config.s3.tfbackend", "a", Kind::Folders),
        ("main.tf terraform.tfvars.a", "a", Kind::Suffixes),
        ("environments/a/main.tofu", "a", Kind::Directories),
        ("infra/envs/a/main.tf.json", "a", Kind::Directories),
        ("dr/main.tf", "dr", Kind::Directories),
        ("live/prod/network/main.tf", "prod-network", Kind::Stacks),
    ] {
        assert_eq!(kinds(files), [(name.to_owned(), kind)], "{files}");
    }
}

#[test]
fn two_files_for_the_backend_are_two_answers() {
    for (files, kind, evidence) in [
        (
            "main.tf environments/a.tfvars environments/a.tfbackend backends/a.hcl",
            Kind::Workspaces,
            ["environments/a.tfvars", "environments/a.tfvars"],
        ),
        (
            "main.tf envs/a/terraform.tfvars envs/a/backend.hcl envs/a/backend.conf",
            Kind::Folders,
            ["envs/a/backend.conf", "envs/a/backend.hcl"],
        ),
        (
            "main.tf terraform.tfvars.a backend-a.hcl backend.tfbackend.a",
            Kind::Suffixes,
            ["backend-a.hcl", "backend.tfbackend.a"],
        ),
    ] {
        let (folder, config) = project(files, "");
        let candidates = found(folder.path());
        let shown: Vec<(Kind, PathBuf)> = candidates
            .iter()
            .map(|candidate| {
                let evidence = candidate.evidence.strip_prefix(folder.path()).unwrap();
                (candidate.kind, evidence.to_owned())
            })
            .collect();
        let expected = evidence.map(|evidence| (kind, PathBuf::from(evidence)));
        assert_eq!(shown, expected, "{files}");
        // Each keeps the states apart by itself.
        assert!(
            candidates
                .iter()
                .all(|candidate| candidate.workspace == DEFAULT_WORKSPACE),
            "{files}"
        );
        let error = resolve(&config, Some("a")).unwrap_err();
        assert!(
            error.help().unwrap().contains("with `backend-config` in"),
            "{error}"
        );
    }
}

#[test]
fn the_next_step_names_the_keys_that_decide() {
    let workspace = Candidate {
        workspace: "prod".to_owned(),
        ..candidate("prod")
    };
    let directory = Candidate {
        directory: PathBuf::from("a"),
        workspace: "prod".to_owned(),
        var_files: vec![PathBuf::from("v")],
        ..candidate("prod")
    };
    for (other, expected) in [
        (workspace, "with `workspace` in tollgate.toml"),
        (
            directory,
            "with `directory`, `var-files`, `workspace` in tollgate.toml",
        ),
    ] {
        let error = LayoutError::Ambiguous {
            environment: "prod".to_owned(),
            candidates: Box::new([candidate("prod"), other]),
        };
        let help = error.help().unwrap();
        assert!(
            help.starts_with("say which: `[environments.prod]` ") && help.contains(expected),
            "{help}"
        );
    }
}

#[test]
fn names_are_those_that_are_configured_or_else_found() {
    let files = "main.tf environments/prod.tfvars environments/staging.tfvars staging.tfvars";
    for (configuration, expected) in [
        ("", &["prod", "staging"][..]),
        ("[environments.staging]\n", &["staging"]),
    ] {
        let (_folder, config) = project(files, configuration);
        assert_eq!(names(&config), expected, "{configuration}");
    }
}

#[test]
fn an_environment_that_the_configuration_leaves_out_is_known_all_the_same() {
    let files = "main.tf environments/prod.tfvars environments/staging.tfvars";
    for (configuration, expected) in [
        // Without a configuration of others it is a target itself.
        ("", &[] as &[&str]),
        ("[environments.staging]\n", &["prod"]),
        // By one of its other names it is named.
        ("[environments.staging]\n[environments.production]\n", &[]),
    ] {
        let (_folder, config) = project(files, configuration);
        let unnamed = Layouts::read(&config).unnamed();
        let names: Vec<&str> = unnamed
            .iter()
            .map(|layout| layout.environment.as_str())
            .collect();
        assert_eq!(names, expected, "{configuration}");
    }
}

#[test]
fn a_second_file_of_settings_of_the_backend_is_told() {
    let base = "main.tf environments/prod.tfvars environments/prod.tfbackend";
    for (more, configuration, is_one) in [
        ("", "", true),
        ("backends/staging.hcl", "", true),
        ("backends/production.hcl", "", false),
        ("environments/prd-backend.hcl", "", false),
        // Whoever says which one it is has said it.
        (
            "backends/production.hcl",
            "[environments.prod]\nbackend-config = [\"environments/prod.tfbackend\"]\n",
            true,
        ),
    ] {
        let (_folder, config) = project(&format!("{base} {more}"), configuration);
        let layouts = Layouts::read(&config);
        let layout = layouts.resolve(Some("prod")).unwrap();
        let found = layouts.expect_one_backend(&layout);
        assert_eq!(found.is_ok(), is_one, "{more} {found:?}");
        if let Err(error) = found {
            assert!(error.to_string().contains(more), "{error}");
        }
    }
}

#[test]
fn a_file_of_settings_is_whose_name_or_folder_it_has() {
    for (path, expected) in [
        ("backends/prod.hcl", true),
        ("production.tfbackend", true),
        ("backend-prod.hcl", true),
        ("prod_backend.tfbackend", true),
        ("backend.config.prod.hcl", true),
        ("prod/backend.hcl", true),
        ("envs/production/config.tfbackend", true),
        ("staging/backend.hcl", false),
        ("backend.hcl", false),
        ("prod-old.hcl", false),
        ("reprod.hcl", false),
        ("backendprod.hcl", false),
        // Variables are no settings of a backend.
        ("prod.tfvars", false),
    ] {
        let found = leftover::is_backend_of(Path::new(path), &["prod", "production"]);
        assert_eq!(found, expected, "{path}");
    }
}

#[test]
fn where_a_value_comes_from_is_said() {
    let convention = Provenance::Convention(Kind::Folders, PathBuf::from("envs/prod"));
    for (from, expected) in [
        (
            Provenance::Configured("tollgate.toml:12".to_owned()),
            "tollgate.toml:12",
        ),
        (convention, "convention (envs/prod)"),
        (Provenance::Default, "default"),
    ] {
        assert_eq!(from.to_string(), expected);
    }
}

#[test]
fn an_environment_is_called_by_each_of_its_names() {
    let (_folder, config) = project(
        "main.tf environments/prod.tfvars",
        "[environments.prod]\naliases = [\"p1\"]\n",
    );
    let layout = resolve(&config, Some("p1")).unwrap();
    assert_eq!(layout.names().first(), Some(&"prod"));
    for name in ["prod", "p1"] {
        assert!(layout.is_called(name), "{name}");
    }
    for name in ["Prod", "p", ""] {
        assert!(!layout.is_called(name), "{name}");
    }
    assert!(layout.protected);
}
