//! What must not be planned or applied, and what is said of it.

use std::fs;

use libtest_mimic::Failed;

use super::Test;
use super::project::{PRODUCTION, Project, STAGING, finish};

pub(super) fn trials() -> Vec<(&'static str, Test)> {
    vec![
        ("refuses_what_is_not_the_environments", environments as Test),
        (
            "refuses_defaults_where_a_secrets_file_is_missing",
            missing_file,
        ),
        ("refuses_a_bundle_that_is_not_of_what_is_here", changes),
        ("says_what_the_machine_lacks", machine),
        ("works_in_a_directory_alone", alone),
        ("notices_other_values_of_the_shell", shell),
        ("says_what_was_applied_and_not_recorded", unrecorded),
        ("finds_files_of_whoever_runs_it", files_of_the_shell),
        ("names_what_helps_in_another_users_clone", other_owner),
    ]
}

fn missing_file(project: &Project) -> Result<(), Failed> {
    let main = project.read("main.tf")?;
    let with_default = |default: &str| {
        main.replace(
            "variable \"db_password\" {\n  type = string\n",
            &format!("variable \"db_password\" {{\n  type = string\n  default = {default}\n"),
        )
        .replace(
            "  ephemeral = true\n",
            "  ephemeral = true\n  default = null\n",
        )
    };
    let plan = |name: &str| project.run(PRODUCTION, &["plan", "-e", name, "--no-out"]);
    fs::remove_file(project.path("secrets.production.enc.yaml"))?;
    fs::write(
        project.path("tollgate.toml"),
        "[environments.staging]\n[environments.production]\n",
    )?;
    project.write("main.tf", &with_default("\"changeme-please\""))?;
    let said = "the variable `db_password` is secret, and takes its default, because there is no secrets file, although staging has one";
    let next = "`tollgate secrets init -e production`";
    plan("production")?.expect(6, &[said, next])?;
    // Told where it is not protected, and no word where no value is meant.
    fs::write(
        project.path("tollgate.toml"),
        "[environments.staging]\n[environments.production]\nprotected = false\n",
    )?;
    plan("production")?.expect(0, &[said])?;
    project.write("main.tf", &with_default("null"))?;
    let quiet = plan("production")?;
    quiet.expect(0, &["PASSED"])?;
    if quiet
        .to_string()
        .contains("is secret, and takes its default")
    {
        return Err(quiet.to_string().into());
    }
    Ok(())
}

const PLAN: [&str; 3] = ["plan", "-e", "staging"];

/// Files to write, variables to set, arguments, exit code, and what is said.
type Case = (
    &'static [(&'static str, &'static str)],
    &'static [(&'static str, &'static str)],
    &'static [&'static str],
    i32,
    &'static [&'static str],
);

fn environments(project: &Project) -> Result<(), Failed> {
    let cases: &[Case] = &[
        (
            &[],
            &[],
            &["plan"],
            2,
            &["no environment is named", "-e NAME"],
        ),
        (
            &[],
            &[],
            &["plan", "-e", "stagign"],
            2,
            &["did you mean `staging`?"],
        ),
        (
            &[],
            &[("TF_WORKSPACE", "production")],
            &PLAN,
            7,
            &["workspace", "`staging`", "`production`"],
        ),
        (&[], &[("TF_WORKSPACE", "staging")], &PLAN, 0, &[]),
        (
            &[],
            &[("TF_CLI_ARGS_plan", "-var size=3")],
            &PLAN,
            7,
            &["TF_CLI_ARGS_plan", "unset"],
        ),
        (
            &[],
            &[("TF_VAR_db_password", "other")],
            &PLAN,
            7,
            &["`db_password` is set by TF_VAR_db_password"],
        ),
        (
            &[],
            &[],
            &["plan", "-e", "staging", "--", "-var=db_password=x"],
            7,
            &["`db_password` is set by `-var`"],
        ),
        (
            &[],
            &[],
            &["plan", "-e", "staging", "--", "-out=x"],
            2,
            &["`-out=x` cannot be passed on"],
        ),
        (
            &[],
            &[],
            &["plan", "-e", "staging", "--", "-state=x"],
            2,
            &["`-state=x` cannot be passed on"],
        ),
        (
            &[],
            &[],
            &["plan", "-e", "staging", "--", "-var-file=x"],
            2,
            &["`-var-file=x` cannot be passed on", "var-files"],
        ),
        (
            &[],
            &[],
            &["apply", "-e", "staging", "--today", "2020-01-01"],
            2,
            &["not for applying"],
        ),
        (
            &[],
            &[],
            &[
                "apply",
                "-e",
                "staging",
                "--write-baseline",
                "accepted.json",
            ],
            2,
            &["not for applying"],
        ),
        // What the tool says of its own settings is no reason not to know its version.
        (
            &[],
            &[("TF_CLI_CONFIG_FILE", "/nonexistent")],
            &PLAN,
            0,
            &["PASSED"],
        ),
        // Another environment's secrets.
        (
            &[(
                "tollgate.toml",
                "[environments.staging.secrets]\nfiles = [\"secrets.production.enc.yaml\"]\nrecipients = [\"age1zwlyl6h27gzv0lfntr7fcqrjrzqazap8sy5zylkxwneh7llf0dksu37mwt\"]\n[environments.production]\n",
            )],
            &[],
            &PLAN,
            7,
            &["is encrypted to age12ld5"],
        ),
        (
            &[(
                "tollgate.toml",
                "[environments.staging]\nvar-files = [\"gone.tfvars\"]\n[environments.production]\n",
            )],
            &[],
            &PLAN,
            2,
            &["gone.tfvars: no such file"],
        ),
        (
            &[(
                "tollgate.toml",
                "[environments.staging]\nsecrets = \"gone.enc.yaml\"\n[environments.production]\n",
            )],
            &[],
            &PLAN,
            6,
            &["gone.enc.yaml: cannot be read"],
        ),
        // What is not here cannot be held.
        (
            &[(
                "main.tf",
                "terraform {\n  cloud {\n    organization = \"o\"\n    workspaces {\n      name = \"w\"\n    }\n  }\n}\n",
            )],
            &[],
            &PLAN,
            2,
            &["`cloud` (main.tf:2)", "tollgate check"],
        ),
        (
            &[(
                "main.tf",
                "terraform {\n  required_version = \">= 99.1\"\n}\n",
            )],
            &[],
            &PLAN,
            2,
            &["does not fit required_version >= 99.1"],
        ),
        (
            &[("main.tf", "resource \"terraform_data\" \"x\" {\n")],
            &[],
            &PLAN,
            2,
            &["main.tf"],
        ),
        // A state that the backend does not have: nobody moves it but its owner.
        (
            &[(
                "terraform.tfstate",
                "{\"version\":4,\"terraform_version\":\"1.11.4\",\"serial\":1,\"lineage\":\"a\",\"outputs\":{\"x\":{\"value\":1,\"type\":\"number\"}},\"resources\":[]}",
            )],
            &[],
            &PLAN,
            8,
            &["init` failed for `staging`", "Tollgate never moves a state"],
        ),
        // The tool's own words, and where they come from.
        (
            &[(
                "main.tf",
                "resource \"terraform_data\" \"x\" {\n  input = terraform_data.y\n}\n",
            )],
            &[],
            &PLAN,
            8,
            &[
                "Reference to undeclared resource",
                "` failed for `staging`",
                "nothing changed",
            ],
        ),
        (
            &[],
            &[],
            &["apply", "-e", "staging", "gone.tollgate"],
            2,
            &["gone.tollgate", "tollgate plan"],
        ),
        (
            &[("x.tollgate", "nothing of ours")],
            &[],
            &["apply", "-e", "staging", "x.tollgate"],
            2,
            &["x.tollgate"],
        ),
        (
            &[],
            &[],
            &["apply", "-e", "staging", "x.tollgate", "--target", "a.b"],
            2,
            &["a kept plan is applied as it is"],
        ),
        (
            &[],
            &[],
            &["apply", "-e", "staging", "--break-lock", "nothing"],
            7,
            &["there is no lock `nothing`"],
        ),
    ];
    for (files, variables, arguments, code, wanted) in cases {
        let project = Project::new(&project.program)?;
        for (name, text) in *files {
            project.write(name, text)?;
        }
        let mut command = project.command(STAGING, arguments);
        command.envs(variables.iter().copied());
        let ran = finish(&mut command)?;
        ran.expect(*code, wanted).map_err(|failed| {
            format!(
                "{files:?} {arguments:?}: {}",
                failed.message().unwrap_or_default()
            )
        })?;
    }
    Ok(())
}

/// Each case begins with a good bundle of staging, and changes one thing.
fn changes(project: &Project) -> Result<(), Failed> {
    let apply = ["apply", "-e", "staging", ".tollgate/staging.tollgate"];
    let changes: &[(&str, &str, &str)] = &[
        (
            "environments/staging.tfvars",
            "size = 3\n",
            "environments/staging.tfvars",
        ),
        (
            "more.tf",
            "resource \"terraform_data\" \"two\" {}\n",
            "more.tf",
        ),
        (
            "tollgate.toml",
            "[environments.staging]\n[environments.production]\n[policies.cost-cap.settings]\nmonthly-cap-usd = \"20\"\n",
            "tollgate.toml",
        ),
        ("auto.auto.tfvars", "size = 4\n", "auto.auto.tfvars"),
    ];
    let fresh = || -> Result<Project, Failed> {
        let project = Project::new(&project.program)?;
        project.run(STAGING, &PLAN)?.expect(0, &[])?;
        Ok(project)
    };
    for (file, text, wanted) in changes {
        let project = fresh()?;
        project.write(file, text)?;
        project
            .run(STAGING, &apply)?
            .expect(7, &[wanted, "expected"])?;
        if project.state(STAGING)?.is_some() {
            return Err(format!("{file}: it was applied").into());
        }
    }
    // Another environment's bundle, by whichever name.
    let project = fresh()?;
    project
        .run(
            "both",
            &[
                "apply",
                "-e",
                "production",
                ".tollgate/staging.tollgate",
                "--confirm",
                "production",
            ],
        )?
        .expect(7, &["is a plan of `staging`, not of `production`"])?;
    // A secret that is another one now.
    let project = fresh()?;
    project.set(
        "secrets.staging.enc.yaml",
        "db_password",
        "another-long-password",
    )?;
    project.run(STAGING, &apply)?.expect(7, &["db_password"])?;
    // Somebody without the key.
    let project = fresh()?;
    project
        .run("production", &apply)?
        .expect(6, &["none of your keys opens it"])?;
    // The state has gone on.
    let project = fresh()?;
    fs::copy(
        project.path(".tollgate/staging.tollgate"),
        project.path("first.tollgate"),
    )?;
    project.run(STAGING, &apply)?.expect(0, &[])?;
    project
        .run(STAGING, &["apply", "-e", "staging", "first.tollgate"])?
        .expect(8, &["stale", "tollgate plan -e staging"])
}

/// A bundle is to the byte what was judged.
pub(super) fn bundles(project: &Project) -> Result<(), Failed> {
    project.run(STAGING, &PLAN)?.expect(0, &[])?;
    let path = project.path(".tollgate/staging.tollgate");
    let good = fs::read(&path)?;
    let apply = ["apply", "-e", "staging", ".tollgate/staging.tollgate"];
    let step = (good.len() / 12).max(1);
    let mut damaged: Vec<(String, Vec<u8>)> = (0..good.len())
        .step_by(step)
        .map(|at| {
            let mut bytes = good.clone();
            bytes[at] ^= 1;
            (format!("a bit of byte {at} of {}", good.len()), bytes)
        })
        .collect();
    damaged.push(("cut off".to_owned(), good[..good.len() - 1].to_vec()));
    damaged.push(("longer".to_owned(), [&good[..], b"x"].concat()));
    damaged.push(("empty".to_owned(), Vec::new()));
    for (what, bytes) in damaged {
        fs::write(&path, bytes)?;
        let ran = project.run(STAGING, &apply)?;
        if !matches!(ran.code, 2 | 6 | 7) || project.state(STAGING)?.is_some() {
            return Err(format!("{what}: {ran}").into());
        }
        ran.expect(ran.code, &["error"])?;
    }
    fs::write(&path, &good)?;
    project
        .run(STAGING, &apply)?
        .expect(0, &["Applied staging"])
}

fn machine(project: &Project) -> Result<(), Failed> {
    let ran = |program: &str| {
        let mut command = project.command(STAGING, &["plan", "-e", "staging", "--tool", program]);
        command.env("PATH", "/nonexistent");
        finish(&mut command)
    };
    ran("nothing-like-tofu")?.expect(2, &["no nothing-like-tofu is on the PATH"])?;
    ran("./main.tf")?.expect(2, &["main.tf does not start"])?;
    ran("/bin/true")?.expect(2, &["/bin/true is neither OpenTofu nor Terraform"])?;
    // Without `--tool`, the path alone counts.
    let mut command = crate::exec::with_key(&project.path("."), STAGING);
    command.args(PLAN).env("PATH", "/nonexistent");
    finish(&mut command)?.expect(2, &["neither tofu nor terraform", "opentofu.org"])
}

/// Two at once would initialise each other's backend.
fn alone(project: &Project) -> Result<(), Failed> {
    let data = project.path(".terraform");
    fs::create_dir_all(&data)?;
    let file = fs::File::create(data.join("tollgate.pid"))?;
    fs::write(data.join("tollgate.pid"), "4711\n")?;
    rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive)?;
    project
        .run(STAGING, &PLAN)?
        .expect(7, &["another tollgate works in .", "process 4711"])?;
    drop(file);
    project.run(STAGING, &PLAN)?.expect(0, &[])
}

/// What `TF_VAR_…` said when it was planned is in the plan.
fn shell(project: &Project) -> Result<(), Failed> {
    let main = project.read("main.tf")?;
    let more = "variable \"note\" {\n  type    = string\n  default = \"\"\n}\n";
    project.write("main.tf", &(main + more))?;
    let apply = ["apply", "-e", "staging", ".tollgate/staging.tollgate"];
    let run = |arguments: &[&str], note: Option<&str>| {
        let mut command = project.command(STAGING, arguments);
        if let Some(note) = note {
            command.env("TF_VAR_note", note);
        }
        finish(&mut command)
    };
    run(&PLAN, None)?.expect(0, &[])?;
    run(&apply, Some("hello"))?.expect(
        7,
        &[
            "TF_VAR_note: expected nothing, as when it was planned, found another value",
            "unset it, because the plan has its value; or plan again with the new one",
        ],
    )?;
    run(&PLAN, Some("hello"))?.expect(0, &[])?;
    let other = run(&apply, Some("goodbye"))?;
    other.expect(
        7,
        &["TF_VAR_note: expected the value that was planned with, found another value"],
    )?;
    if other.stderr.contains("goodbye") || project.state(STAGING)?.is_some() {
        return Err(format!("shown, or applied: {other}").into());
    }
    // Unset it is, as the next step says.
    run(&apply, None)?.expect(0, &["Applied staging"])
}

/// The state is another one now, and no history says so.
fn unrecorded(project: &Project) -> Result<(), Failed> {
    let main = project.read("main.tf")?;
    // Somebody else is in the way after it began: before that it is refused.
    let provisioner = "resource \"terraform_data\" \"late\" {\n  provisioner \"local-exec\" {\n    command = \"mkdir .tollgate/history.jsonl\"\n  }\n}\n";
    project.write("main.tf", &(main + provisioner))?;
    project.run(STAGING, &PLAN)?.expect(0, &[])?;
    let history = project.path(".tollgate/history.jsonl");
    let apply = ["apply", "-e", "staging", ".tollgate/staging.tollgate"];
    project.run(STAGING, &apply)?.expect(
        9,
        &[
            "staging was applied; that is not in the history: ",
            ".tollgate/history.jsonl: cannot open it",
            "Applied staging",
            "move what is there by its name away",
        ],
    )?;
    if project.state(STAGING)?.is_none() || project.path(".tollgate/lock.json").exists() {
        return Err("not applied, or the lock was left".into());
    }
    fs::remove_dir(&history)?;
    project
        .run(STAGING, &["apply", "-e", "staging"])?
        .expect(0, &["2 unchanged"])
}

/// A path that is meant from where Tollgate was started, and not from the root module.
fn files_of_the_shell(project: &Project) -> Result<(), Failed> {
    fs::create_dir(project.path("infra"))?;
    fs::rename(project.path("main.tf"), project.path("infra/main.tf"))?;
    project.write(
        "tollgate.toml",
        "[environments.staging]\ndirectory = \"infra\"\nworkspace = \"staging\"\nvar-files = [\"environments/staging.tfvars\"]\n[environments.production]\n",
    )?;
    project.write("cli.tfrc", "plugin_cache_dir = \"/nonexistent/plugins\"\n")?;
    let mut command = project.command(STAGING, &PLAN);
    command.env("TF_CLI_CONFIG_FILE", "cli.tfrc");
    let ran = finish(&mut command)?;
    // The tool says of the file that it has read it.
    ran.expect(ran.code, &["/nonexistent/plugins"])?;
    if ran.code == 0 || ran.code == 8 {
        return Ok(());
    }
    Err(ran.to_string().into())
}

/// git reads no repository of somebody else, and says how it would.
fn other_owner(project: &Project) -> Result<(), Failed> {
    use std::os::unix::fs::PermissionsExt as _;
    project.write(
        "tollgate.toml",
        "[environments.staging]\nbranches = [\"main\"]\nclean-tree = true\n[environments.production]\n",
    )?;
    project.git(&["init", "-q", "-b", "main"])?;
    project.git(&["add", "main.tf"])?;
    project.git(&["commit", "-qm", "one"])?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let real = std::env::split_paths(&path)
        .map(|folder| folder.join("git"))
        .find(|git| git.is_file())
        .ok_or("there is no git")?;
    // As git itself tests it: it takes every owner for somebody else.
    let shim = project.path("shim");
    fs::create_dir(&shim)?;
    let text = format!(
        "#!/bin/sh\nGIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec {} \"$@\"\n",
        real.display()
    );
    fs::write(shim.join("git"), text)?;
    fs::set_permissions(shim.join("git"), fs::Permissions::from_mode(0o755))?;
    let shimmed = std::env::join_paths(std::iter::once(shim).chain(std::env::split_paths(&path)))?;
    let mut command = project.command(STAGING, &["apply", "-e", "staging"]);
    command.env("PATH", shimmed);
    finish(&mut command)?.expect(
        7,
        &[
            "branch: expected `main`",
            "working tree: expected nothing uncommitted",
            "found nothing that git could tell (the repository belongs to another user, and git does not read it)",
            "if you trust it: `git config --global --add safe.directory ",
        ],
    )
}
