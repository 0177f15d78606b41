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
