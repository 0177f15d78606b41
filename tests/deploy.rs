//! `tollgate plan`, `apply`, `destroy` and `deploy` with the real tools, as their users run them.

mod former;
mod interrupted;
mod project;
mod promotion;
mod refused;
mod s3;
mod states;

use std::fs;

use libtest_mimic::{Failed, Trial};
use serde_json::json;

use self::project::{PRODUCTION, Project, STAGING};
use crate::tools::program;

type Test = fn(&Project) -> Result<(), Failed>;

/// Files of variables that the tools read by themselves, with values that an environment's own file, an
/// option and a secret replace. OpenTofu reads them again when a plan is applied.
fn over_common(project: &Project) -> Result<(), Failed> {
    let main = project.read("main.tf")?;
    let more = "variable \"sizes\" {\n  type = list(number)\n}\nvariable \"names\" {\n  type = map(string)\n}\nvariable \"image\" {\n  type = string\n}\n\
                resource \"terraform_data\" \"common\" {\n  input = [var.sizes, var.names, var.image]\n}\noutput \"common\" {\n  value = jsonencode([var.sizes, var.names, var.image])\n}\n";
    project.write("main.tf", &format!("{main}{more}"))?;
    project.write(
        "terraform.tfvars",
        "size = 7\nsizes = [7]\nnames = { a = \"all\" }\nimage = \"all\"\ndb_password = \"replace me\"\n",
    )?;
    project.write("more.auto.tfvars.json", "{\"image\": \"all of them\"}")?;
    project.write(
        "environments/staging.tfvars",
        "size = 1\nsizes = [1, 2.5]\nnames = { a = \"one $${x} \\\"quoted\\\"\" }\n",
    )?;
    let image = ["--", "-var=image=of the option"];
    let apply = ["apply", "-e", STAGING];
    let told = [&apply[..], &image].concat();
    project
        .run(STAGING, &told)?
        .expect(0, &["Applied staging", "1,2.5", "of the option"])?;
    // A kept plan has the option's value, and nobody gives it again.
    let plan = ["plan", "-e", STAGING, "--out", "kept.tollgate"];
    project.write(
        "environments/staging.tfvars",
        "size = 1\nsizes = []\nnames = {}\n",
    )?;
    project
        .run(STAGING, &[&plan[..], &image].concat())?
        .expect(0, &["PASSED"])?;
    project
        .run(STAGING, &["apply", "-e", STAGING, "kept.tollgate"])?
        .expect(0, &["Applied staging", "of the option"])?;
    project
        .run(
            STAGING,
            &["destroy", "-e", STAGING, "--confirm-destroy", STAGING],
        )?
        .expect(0, &["Destroyed staging"])?;
    project.quiet()
}

pub(crate) fn trials() -> Vec<Trial> {
    let tests: [(&str, Test); 13] = [
        ("deploys_two_environments", deploys),
        ("plans_without_a_key", keyless),
        ("keeps_nothing_in_clear", kept),
        ("masks_what_was_secret_before", former::by_git),
        ("masks_what_the_state_marks", former::by_state),
        (
            "says_that_the_history_is_cut_off",
            former::in_a_part_of_the_history,
        ),
        ("names_what_no_variable_takes", untaken),
        ("goes_in_order_and_stops", in_order),
        ("selects_for_itself_and_for_nobody_else", selects),
        ("looks_for_drift", drift),
        ("judges_as_check_does", judges),
        ("applies_over_values_for_all_environments", over_common),
        ("holds_what_was_judged", refused::bundles),
    ];
    let mut trials = Vec::new();
    for tool in ["tofu", "terraform"] {
        let found = program(tool);
        let missing = found.is_none();
        let all = tests
            .into_iter()
            .chain(refused::trials())
            .chain(states::trials())
            .chain(promotion::trials())
            .chain(interrupted::trials());
        for (name, test) in all {
            let found = found.clone();
            trials.push(
                Trial::test(format!("deploy::{tool}_{name}"), move || {
                    test(&Project::new(&found.ok_or("the tool is missing")?)?)
                })
                .with_ignored_flag(missing),
            );
        }
        if tool == "tofu" {
            let program = found.clone();
            trials.push(
                Trial::test("deploy::tofu_finds_states_by_variables", move || {
                    states::by_variables(&Project::new(&program.ok_or("the tool is missing")?)?)
                })
                .with_ignored_flag(missing),
            );
            let found = found.clone();
            trials.push(
                Trial::test("deploy::tofu_encrypts_states_with_the_secrets", move || {
                    encrypts(&Project::new(&found.ok_or("the tool is missing")?)?)
                })
                .with_ignored_flag(missing),
            );
        }
        trials.push(
            Trial::test(format!("deploy::{tool}_keeps_states_apart_in_s3"), {
                let found = found.clone();
                move || s3::keeps_apart(&found.ok_or("the tool is missing")?)
            })
            .with_ignored_flag(missing || !crate::sources::has_moto()),
        );
        trials.push(
            Trial::test(
                format!("deploy::{tool}_looks_for_states_elsewhere_in_s3"),
                move || s3::looks_elsewhere(&found.ok_or("the tool is missing")?),
            )
            .with_ignored_flag(missing || !crate::sources::has_moto()),
        );
    }
    trials
}

/// Plan, apply, change, refuse, destroy: in two environments, of which one is protected.
fn deploys(project: &Project) -> Result<(), Failed> {
    for (environment, size, confirm) in [
        (STAGING, 1, &[][..]),
        (PRODUCTION, 2, &["--confirm", PRODUCTION]),
    ] {
        let bundle = format!(".tollgate/{environment}.tollgate");
        let plan = project.run(environment, &["plan", "-e", environment])?;
        plan.expect(0, &["1 to create", "PASSED", &bundle])?;
        let apply = ["apply", "-e", environment, &bundle];
        if !confirm.is_empty() {
            project
                .run(environment, &apply)?
                .expect(7, &["confirmation: expected `production`"])?;
            project
                .run(environment, &[&apply[..], &["--confirm", STAGING]].concat())?
                .expect(7, &["confirmation: expected `production`, found `staging`"])?;
            if project.state(environment)?.is_some() {
                return Err("it was applied all the same".into());
            }
        }
        let apply = [&apply[..], confirm].concat();
        project.run(environment, &apply)?.expect(
            0,
            &[
                &format!("Applied {environment}"),
                "Monthly cost",
                "Outputs:",
                "password = <sensitive>",
            ],
        )?;
        let state = project.state(environment)?.ok_or("there is no state")?;
        if state["outputs"]["size"]["value"] != json!(size)
            || state["resources"].as_array().map_or(0, Vec::len) != 1
        {
            return Err(format!("{environment}: {state}").into());
        }
        // Once is enough: the state is another one now.
        project
            .run(environment, &apply)?
            .expect(8, &["stale", "plan again"])?;
    }
    // A change, planned and applied at once.
    project.write("environments/staging.tfvars", "size = 10\n")?;
    project
        .run(STAGING, &["apply", "-e", "staging"])?
        .expect(0, &["1 to update", "Applied staging"])?;
    // A secret that nothing marks as one is refused where it matters.
    let marked = project.read("main.tf")?;
    project.write("main.tf", &marked.replacen("  sensitive = true\n", "", 1))?;
    let refused = project.run(PRODUCTION, &["plan", "-e", "production"])?;
    refused.expect(1, &["tollgate/secret-in-plan", "db_password"])?;
    project
        .run(
            PRODUCTION,
            &[
                "apply",
                "-e",
                "production",
                ".tollgate/production.tollgate",
                "--confirm",
                "production",
            ],
        )?
        .expect(7, &["refused"])?;
    project.write("main.tf", &marked)?;
    for environment in [STAGING, PRODUCTION] {
        let destroy = ["destroy", "-e", environment];
        project
            .run(environment, &destroy)?
            .expect(7, &["no terminal to ask on", "--confirm-destroy"])?;
        project
            .run(
                environment,
                &[&destroy[..], &["--confirm-destroy", environment]].concat(),
            )?
            .expect(0, &["1 to destroy", &format!("Destroyed {environment}")])?;
        let state = project.state(environment)?.ok_or("there is no state")?;
        if state["resources"].as_array().map_or(0, Vec::len) != 0 {
            return Err(format!("{environment}: {state}").into());
        }
    }
    project.quiet()
}

/// No key, and all the same a plan that is judged, and that can be applied where only ephemeral
/// variables had to be made up.
fn keyless(project: &Project) -> Result<(), Failed> {
    let nobody = "nobody";
    project
        .run(nobody, &["plan", "-e", "staging"])?
        .expect(6, &["none of your keys opens it"])?;
    let plan = project.run(nobody, &["plan", "-e", "staging", "--keyless"])?;
    plan.expect(
        0,
        &["for checking only", "db_password", "it cannot be applied"],
    )?;
    let bundle = [
        "apply",
        "-e",
        "staging",
        ".tollgate/staging.keyless.tollgate",
    ];
    project.run(STAGING, &bundle)?.expect(7, &["placeholder"])?;
    // With nothing lasting made up it can be.
    let text = project.read("main.tf")?;
    let text = text
        .replace("[var.db_password, var.size]", "[var.size]")
        .replace("= var.db_password", "= \"none\"")
        .replacen("variable \"db_password\"", "variable \"other\"", 1)
        .replacen("  sensitive = true\n", "  default = \"\"\n", 1);
    project.write("main.tf", &text)?;
    let plan = project.run(nobody, &["plan", "-e", "staging", "--keyless"])?;
    plan.expect(0, &["apply it: tollgate apply"])?;
    // The real value is there: its length is what the provisioner counts.
    let apply = project.run(STAGING, &bundle)?;
    apply.expect(0, &["Applied staging"])?;
    let counted = project.read("counted")?;
    if counted.trim() != "16" {
        return Err(format!("the provisioner got {counted}: {apply}").into());
    }
    // A validation that no placeholder passes.
    project.write(
        "validated.tf",
        "variable \"tls_key\" {\n  type = string\n  ephemeral = true\n  validation {\n    condition = startswith(var.tls_key, \"-----\")\n    error_message = \"no key\"\n  }\n}\n",
    )?;
    project
        .run(nobody, &["plan", "-e", "staging", "--keyless"])?
        .expect(8, &["tls_key", "without `--keyless`"])
}

/// Names that are misspelt below the top level, in the mapping, and secrets in which nothing is.
fn untaken(project: &Project) -> Result<(), Failed> {
    const FILE: &str = "secrets.staging.enc.yaml";
    let text = project.read("main.tf")?;
    let declared = "variable \"login\" {\n  type = object({ user = string, password = optional(string, \"changeme\") })\n  sensitive = true\n}\n";
    project.write("main.tf", &format!("{text}{declared}"))?;
    project.set(FILE, "[\"login\"][\"user\"]", "somebody")?;
    project.set(FILE, "[\"login\"][\"pasword\"]", "a-real-password")?;
    let plan = ["plan", "-e", "staging", "--no-out"];
    let said = "no `login.pasword`; is `password` meant?";
    project.run(STAGING, &plan)?.expect(0, &[said])?;
    project
        .run(STAGING, &["env", "doctor", "-e", "staging"])?
        .expect(0, &[said])?;
    project.write(
        "tollgate.toml",
        "[environments.staging]\nprotected = true\n[environments.staging.secrets]\nother-keys = [\"environment\", \"database\", \"tls_key\", \"unused\"]\n[environments.production]\n",
    )?;
    project.run(STAGING, &plan)?.expect(6, &[said])?;
    project.set(FILE, "[\"login\"][\"password\"]", "a-real-password")?;
    project.run(STAGING, &plan)?.expect(0, &[])?;
    // A name of the mapping that is no variable; one in capitals is for other programs.
    let config = project.read("tollgate.toml")?;
    let mapped = "other-keys = [\"environment\"";
    let map = "map = { sesion = \"session\", LOGIN_USER = \"login.user\" }\n";
    let config = config.replacen(mapped, &format!("{map}{mapped}"), 1);
    std::fs::write(
        project.path("tollgate.toml"),
        config.replace("\"unused\"]", "\"unused\", \"session\"]"),
    )?;
    let text = project.read("main.tf")?;
    project.write(
        "main.tf",
        &text
            .replacen(
                "variable \"session\" {\n",
                "variable \"session_\" {\n  default = null\n",
                1,
            )
            .replace("var.session", "var.session_"),
    )?;
    let ran = project.run(STAGING, &plan)?;
    ran.expect(
        6,
        &["`sesion` of `map` is no variable; is `session_` meant?"],
    )?;
    if ran.stderr.contains("LOGIN_USER") {
        return Err(format!("{ran}").into());
    }
    project.write("main.tf", &text)?;
    project.write(
        "tollgate.toml",
        "[environments.staging]\n[environments.production]\n",
    )?;
    // Nothing in it.
    let emptied = project.run(
        STAGING,
        &["secrets", "set", FILE, "db_password", "--allow-empty"],
    )?;
    emptied.expect(0, &[])?;
    project
        .run(STAGING, &plan)?
        .expect(0, &["the secret `db_password` is empty"])
}

/// What is on the disk after a plan: nothing that anybody could read.
fn kept(project: &Project) -> Result<(), Failed> {
    use std::os::unix::fs::PermissionsExt as _;
    let plan = project.run(
        STAGING,
        &["plan", "-e", "staging", "-o", "json=report.json"],
    )?;
    plan.expect(0, &[])?;
    project.quiet()?;
    let bundle = project.path(".tollgate/staging.tollgate");
    let mode = fs::metadata(&bundle)?.permissions().mode() & 0o777;
    if mode != 0o600 {
        return Err(format!("the bundle has mode {mode:o}").into());
    }
    project
        .run(STAGING, &["plan", "-e", "staging", "--no-out"])?
        .expect(0, &[])?;
    // A plan that fails leaves no older one behind that could be taken for it.
    project.write(
        "broken.tf",
        "resource \"terraform_data\" \"x\" { input = nothing.here }\n",
    )?;
    project
        .run(STAGING, &["plan", "-e", "staging"])?
        .expect(8, &[" plan` failed for `staging`"])?;
    if bundle.exists() {
        return Err("the bundle of the plan before is still there".into());
    }
    Ok(())
}

/// One after the other, and no further than the first refusal.
fn in_order(project: &Project) -> Result<(), Failed> {
    let both = ["deploy", "staging", "production"];
    let run = project.run("both", &both)?;
    run.expect(
        7,
        &[
            "not deployed: staging, production",
            "confirmation: expected `production`",
        ],
    )?;
    // What would be refused later is refused before anything is deployed.
    let wrong = [&both[..], &["--confirm", "prodution"]].concat();
    project
        .run("both", &wrong)?
        .expect(7, &["found `prodution` (by --confirm)"])?;
    if project.state(STAGING)?.is_some() || project.state(PRODUCTION)?.is_some() {
        return Err("something was deployed".into());
    }
    let run = project.run("both", &["deploy", "production", "staging"])?;
    run.expect(7, &["not deployed: production, staging"])?;
    let confirmed = [&both[..], &["--confirm", "production"]].concat();
    project
        .run("both", &confirmed)?
        .expect(0, &["Applied staging", "Applied production"])?;
    project
        .run("both", &["deploy", "staging", "stage"])?
        .expect(2, &["`staging` is named twice"])?;
    project
        .run("both", &["deploy", "staging", "nowhere"])?
        .expect(2, &["nowhere"])
}

/// What the developer selected stays selected, and does not matter.
fn selects(project: &Project) -> Result<(), Failed> {
    project
        .run(STAGING, &["apply", "-e", "staging"])?
        .expect(0, &["is new"])?;
    project.tool(&["workspace", "new", "mine"])?;
    project.write("environments/staging.tfvars", "size = 7\n")?;
    let plan = project.run(STAGING, &["plan", "-e", "staging"])?;
    plan.expect(0, &["1 to update"])?;
    project
        .run(
            STAGING,
            &["apply", "-e", "staging", ".tollgate/staging.tollgate"],
        )?
        .expect(0, &[])?;
    let state = project.state(STAGING)?.ok_or("there is no state")?;
    if state["outputs"]["size"]["value"] != json!(7) || project.state("mine")?.is_some() {
        return Err(format!("{state}").into());
    }
    let selected = project.tool(&["workspace", "show"])?;
    if selected.trim() != "mine" {
        return Err(format!("{selected} is selected").into());
    }
    Ok(())
}

fn drift(project: &Project) -> Result<(), Failed> {
    project
        .run(STAGING, &["apply", "-e", "staging"])?
        .expect(0, &[])?;
    let run = project.run(STAGING, &["plan", "-e", "staging", "--drift-only"])?;
    run.expect(0, &["PASSED"])?;
    if project.path(".tollgate/staging.tollgate").exists() {
        return Err("a plan was kept".into());
    }
    project
        .run(
            STAGING,
            &[
                "plan",
                "-e",
                "staging",
                "--drift-only",
                "--out",
                "x.tollgate",
            ],
        )?
        .expect(2, &["cannot be used with"])
}

/// The same model, formats and files as `check`.
fn judges(project: &Project) -> Result<(), Failed> {
    let run = project.run(
        STAGING,
        &[
            "plan",
            "-e",
            "staging",
            "-o",
            "json",
            "-o",
            "sarif=out.sarif",
            "-o",
            "markdown=out.md",
        ],
    )?;
    run.expect(0, &[])?;
    let report: serde_json::Value = serde_json::from_str(&run.stdout)?;
    if report["plans"][0]["facts"]["actions"]["create"] != json!(1)
        || report["plans"][0]["input"]["path"] != json!(".tollgate/staging.tollgate")
    {
        return Err(format!("{run}").into());
    }
    let sarif: serde_json::Value = serde_json::from_str(&project.read("out.sarif")?)?;
    if sarif["version"] != json!("2.1.0") || !project.read("out.md")?.starts_with("<!-- tollgate") {
        return Err("a report is missing".into());
    }
    // What is targeted is passed on.
    project
        .run(
            STAGING,
            &["plan", "-e", "staging", "--target", "terraform_data.none"],
        )?
        .expect(0, &["no resource changes"])?;
    project
        .run(STAGING, &["apply", "-e", "staging"])?
        .expect(0, &[])?;
    project
        .run(
            STAGING,
            &["plan", "-e", "staging", "--replace", "terraform_data.one"],
        )?
        .expect(0, &["1 to replace"])?;
    project
        .run(STAGING, &["plan", "-e", "staging", "--destroy"])?
        .expect(0, &["1 to destroy", "tollgate destroy -e staging"])?;
    project
        .run(
            STAGING,
            &["apply", "-e", "staging", ".tollgate/staging.tollgate"],
        )?
        .expect(7, &["one that destroys everything", "tollgate destroy"])?;
    // It has the last word before the secrets.
    project
        .run(
            STAGING,
            &[
                "plan",
                "-e",
                "staging",
                "--",
                "-var",
                "size=99",
                "-compact-warnings",
            ],
        )?
        .expect(0, &["1 to update"])
}

/// OpenTofu encrypts states and plans with what is among the secrets.
fn encrypts(project: &Project) -> Result<(), Failed> {
    const ENCRYPTION: &str = "key_provider \"pbkdf2\" \"k\" {\n  passphrase = \"correct-horse-battery\"\n}\nmethod \"aes_gcm\" \"m\" {\n  keys = key_provider.pbkdf2.k\n}\nstate {\n  method = method.aes_gcm.m\n}\nplan {\n  method = method.aes_gcm.m\n}\n";
    project.set("secrets.staging.enc.yaml", "TF_ENCRYPTION", ENCRYPTION)?;
    project
        .run(STAGING, &["plan", "-e", "staging"])?
        .expect(0, &["1 to create"])?;
    project
        .run(
            STAGING,
            &["apply", "-e", "staging", ".tollgate/staging.tollgate"],
        )?
        .expect(0, &["Applied staging"])?;
    let state = project.state(STAGING)?.ok_or("there is no state")?;
    if state["encrypted_data"].is_null() || state.to_string().contains("hunter2") {
        return Err(format!("{state}").into());
    }
    project
        .run(STAGING, &["plan", "-e", "staging"])?
        .expect(0, &["1 unchanged"])?;
    project.quiet()
}
