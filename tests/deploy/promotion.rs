//! What was deployed to staging is what production gets.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use libtest_mimic::Failed;

use super::Test;
use super::project::{PRODUCTION, Project, STAGING, finish};

pub(super) fn trials() -> Vec<(&'static str, Test)> {
    vec![
        ("promotes_what_was_tested", promotes as Test),
        ("refuses_what_was_not_tested", refuses),
        ("verifies_what_was_deployed", verifies),
    ]
}

const TOML: &str = "[environments.staging]
verify = [\"./smoke.sh\", \"--all\"]
verify-secrets = [\"db_password\"]
verify-timeout = \"20s\"
[environments.production]
after = \"staging\"
max-age = \"1d\"
promote = [\"image\", \"services\", \"number\"]
";

const VARIABLES: &str = "variable \"image\" {
  type = string
}
variable \"number\" {
  type    = number
  default = 7
}
variable \"services\" {
  type    = map(string)
  default = {}
}
";

const TAG: &str = "registry.example/shop:1.2";
const SERVICES: &str = "{\"api\":\"${x}\"}";

fn pinned(digit: &str) -> String {
    format!("registry.example/shop@sha256:{}", digit.repeat(64))
}

/// A repository with a commit.
fn begin(project: &Project) -> Result<(), Failed> {
    // What is there already has no secret without a mark, so that it can be applied again.
    let main = project.read("main.tf")?;
    let main = main.replace("[var.db_password, var.size]", "[var.size]");
    project.write("main.tf", &format!("{main}{VARIABLES}"))?;
    project.write("tollgate.toml", TOML)?;
    project.write(
        ".gitignore",
        ".terraform*\n.tollgate\n*.tfstate*\nbroken\nslow\nbegun\ncounted\nseen\nchild\n",
    )?;
    // One by a file, the other by its default.
    project.write("environments/production.tfvars", "size = 2\nnumber = 7.0\n")?;
    script(project, "exit 0")?;
    project.git(&["init", "-q", "-b", "main"])?;
    commit(project)
}

/// What verifies: it gets its secret and nothing else's, can ask for outputs, and fails where it is to.
fn script(project: &Project, last: &str) -> Result<(), Failed> {
    let tollgate = env!("CARGO_BIN_EXE_tollgate");
    let tool = project.program.display();
    let text = format!(
        "#!/bin/sh
set -e
[ \"$1\" = --all ]
[ \"$TOLLGATE_ENVIRONMENT\" = staging ]
[ -n \"$DB_PASSWORD\" ]
[ -z \"$SOPS_AGE_KEY_FILE\" ]
echo \"looks with $DB_PASSWORD\"
{tollgate} output -e staging --tool {tool} --raw size > seen
if [ -e slow ]; then
  (trap '' TERM; exec sleep 600) & echo $! > child
  sleep 60
fi
if [ -e broken ]; then exit 3; fi
{last}
"
    );
    project.write("smoke.sh", &text)?;
    let path = project.path("smoke.sh");
    Ok(fs::set_permissions(
        path,
        fs::Permissions::from_mode(0o755),
    )?)
}

fn commit(project: &Project) -> Result<(), Failed> {
    project.git(&["add", "."])?;
    project.git(&["commit", "-qm", "one"])
}

fn run(
    project: &Project,
    arguments: &[&str],
    image: Option<&str>,
) -> Result<super::project::Ran, Failed> {
    let mut command = project.command("both", arguments);
    if let Some(image) = image {
        command
            .env("TF_VAR_image", image)
            .env("TF_VAR_services", "{ api = \"$${x}\" }");
    }
    finish(&mut command)
}

const STAGE: [&str; 3] = ["apply", "-e", STAGING];
const PRODUCE: [&str; 5] = ["apply", "-e", PRODUCTION, "--confirm", PRODUCTION];
const PROMOTE: [&str; 5] = ["promote", STAGING, PRODUCTION, "--confirm", PRODUCTION];

fn promotes(project: &Project) -> Result<(), Failed> {
    begin(project)?;
    let (one, two) = (pinned("1"), pinned("2"));
    run(project, &PROMOTE, None)?.expect(
        7,
        &[
            "promotion: expected a deploy of commit",
            "found no deploy there",
        ],
    )?;
    run(project, &STAGE, Some(&one))?.expect(
        0,
        &[
            "`./smoke.sh` verifies staging",
            "looks with [masked: db_password]",
            "staging is verified: `./smoke.sh` passed after",
            "Applied staging",
        ],
    )?;
    if project.read("seen")? != "1" {
        return Err("the output was not seen".into());
    }
    let history = project.read(".tollgate/history.jsonl")?;
    if !history.contains(&one) || !history.contains("\"result\":\"verified\"") {
        return Err(format!("the history has not: {history}").into());
    }
    // Another value than was tested is refused, and a way is told.
    run(project, &PRODUCE, Some(&two))?.expect(
        7,
        &[
            &format!("expected `image` as staging was deployed with it, `{one}` (line 1)"),
            &format!("found `{two}`"),
            "tollgate promote staging production",
        ],
    )?;
    if project.state(PRODUCTION)?.is_some() {
        return Err("it was applied all the same".into());
    }
    run(project, &["promote", STAGING, PRODUCTION], None)?
        .expect(7, &["confirmation: expected `production`"])?;
    // By way of a bundle.
    run(project, &["promote", STAGING, PRODUCTION, "--plan"], None)?.expect(
        0,
        &[
            "promotes commit",
            &format!("`image` is `{one}`"),
            &format!("`services` is `{SERVICES}`"),
            "kept in .tollgate/production.tollgate",
        ],
    )?;
    let bundle = [&PRODUCE[..], &[".tollgate/production.tollgate"]].concat();
    let forged = history.replacen(&one, &two, 1);
    project.write(".tollgate/history.jsonl", &forged)?;
    run(project, &bundle, None)?.expect(
        7,
        &["promotion: expected a history of staging that can be believed"],
    )?;
    project.write(".tollgate/history.jsonl", &history)?;
    run(project, &bundle, None)?.expect(0, &["Applied production"])?;
    run(project, &["history", "--matrix"], None)?.expect(
        0,
        &[
            "staging: ",
            "(main)",
            ", verified",
            "production: ",
            "as in staging",
        ],
    )?;
    let matrix = run(project, &["history", "--matrix", "--json"], None)?;
    matrix.expect(0, &[])?;
    let matrix: serde_json::Value = serde_json::from_str(&matrix.stdout)?;
    let of = |nth: usize| &matrix["environments"][nth]["promoted"]["image"]["value"];
    if *of(0) != one || *of(1) != one {
        return Err(format!("{matrix}").into());
    }
    // In order, and by the same rules.
    project.write("environments/staging.tfvars", "size = 3\n")?;
    commit(project)?;
    let deploy = ["deploy", STAGING, PRODUCTION, "--confirm", PRODUCTION];
    run(project, &deploy, Some(&two))?.expect(0, &["Applied staging", "Applied production"])?;
    // At once; what the shell says does not count.
    let ran = run(project, &PROMOTE, Some(&one))?;
    ran.expect(
        0,
        &[
            "Applied production",
            "`image` is set by `-var`, and by no file of the environment; TF_VAR_image does not count",
        ],
    )?;
    if ran.all().contains("`image` is set by TF_VAR_image") {
        return Err(format!("says both: {ran}").into());
    }
    Ok(())
}

fn refuses(project: &Project) -> Result<(), Failed> {
    begin(project)?;
    let one = pinned("1");
    // To look at it no deploy is needed, and to keep it one is.
    let plan = ["plan", "-e", PRODUCTION];
    run(project, &[&plan[..], &["--no-out"]].concat(), Some(&one))?.expect(
        0,
        &["note: this plan cannot be applied yet: promotion: expected a deploy of commit"],
    )?;
    run(project, &plan, Some(&one))?.expect(7, &["promotion: expected a deploy of commit"])?;
    // A tag is no digest.
    run(project, &STAGE, Some(TAG))?.expect(
        0,
        &[
            "tollgate/promoted-without-digest",
            "the variable `image` is promoted",
        ],
    )?;
    run(project, &PROMOTE, None)?.expect(1, &["tollgate/promoted-without-digest"])?;
    // A part is not all of it.
    let part = [&STAGE[..], &["--target", "terraform_data.one"]].concat();
    run(project, &part, Some(&one))?.expect(0, &["Applied staging"])?;
    run(project, &PRODUCE, Some(&one))?.expect(7, &["found one of a part of it only"])?;
    // What is not committed was not tested, there or here.
    project.write("environments/production.tfvars", "size = 4\n")?;
    run(project, &PRODUCE, Some(&one))?.expect(7, &["with uncommitted changes", "git status"])?;
    run(project, &STAGE, Some(&one))?.expect(0, &[])?;
    commit(project)?;
    run(project, &PRODUCE, Some(&one))?
        .expect(7, &["found none; the last one there was of commit"])?;
    // Destroying needs no promotion.
    run(
        project,
        &["plan", "-e", PRODUCTION, "--destroy", "--no-out"],
        Some(&one),
    )?
    .expect(0, &[])?;
    // No secret is written down.
    for (name, why) in [
        ("db_password", "a variable that is declared as sensitive"),
        ("session", "a variable that is declared as ephemeral"),
        ("imgae", "none that the root module declares"),
    ] {
        let toml = TOML.replace("\"services\"", &format!("\"{name}\""));
        project.write("tollgate.toml", &toml)?;
        for arguments in [&STAGE[..], &["plan", "-e", PRODUCTION, "--keyless"]] {
            let ran = run(project, arguments, Some(&one))?;
            // Without a key it is only looked at.
            let code = if arguments.contains(&"--keyless") {
                0
            } else {
                7
            };
            ran.expect(code, &["promotion: expected ", why])?;
        }
    }
    // Nor one that a variable that is no secret has besides, whether it looks like one or not.
    let password = "pw-staging-0123456789";
    project.set("secrets.staging.enc.yaml", "db_password", password)?;
    project.write("tollgate.toml", TOML)?;
    for value in [
        password.to_owned(),
        format!("registry.example/{password}:1"),
    ] {
        for arguments in [&STAGE[..], &["plan", "-e", STAGING]] {
            let ran = run(project, arguments, Some(&value))?;
            ran.expect(
                7,
                &[
                    "a value of `image`, which `promote` names, that may be written down",
                    "found one that has a secret of the environment in it",
                    "take `image` out of `promote` in tollgate.toml",
                ],
            )?;
            if ran.all().contains(password) {
                return Err(format!("shows the password: {ran}").into());
            }
        }
    }
    project.git(&["checkout", "-q", "secrets.staging.enc.yaml"])?;
    let history = project.read(".tollgate/history.jsonl")?;
    if history.contains(password) {
        return Err(format!("written down: {history}").into());
    }
    if history.contains("db_password") {
        return Err(format!("written down: {history}").into());
    }
    // A change that takes the rule away is held to it all the same, where the base branch judges.
    project.write("tollgate.toml", TOML)?;
    project.git(&["checkout", "-q", "."])?;
    project.git(&["branch", "base"])?;
    let toml = TOML.replace(
        "after = \"staging\"\nmax-age = \"1d\"\npromote = [\"image\", \"services\", \"number\"]\n",
        "",
    );
    project.write("tollgate.toml", &toml)?;
    commit(project)?;
    let from = ["plan", "-e", PRODUCTION, "--config-from", "base"];
    run(project, &from, Some(&one))?.expect(7, &["promotion: expected a deploy of commit"])?;
    run(project, &[&from[..], &["--no-out"]].concat(), Some(&one))?.expect(
        1,
        &[
            "tollgate/gate-loosened",
            "nothing has to be deployed elsewhere first any more: staging → none",
            "this plan cannot be applied yet",
        ],
    )?;
    project.write("tollgate.toml", TOML)?;
    let ran = run(project, &["promote", PRODUCTION, STAGING], None)?;
    ran.expect(
        2,
        &[
            "production comes after staging",
            "write `tollgate promote staging production`",
        ],
    )
}

fn verifies(project: &Project) -> Result<(), Failed> {
    begin(project)?;
    let one = pinned("1");
    let doctor = ["env", "doctor", "-e", PRODUCTION];
    run(project, &doctor, Some(&one))?.expect(
        0,
        &["it cannot be deployed yet: promotion: expected a deploy of commit"],
    )?;
    // A variable that nobody declares, and work that is not committed.
    let wrong = TOML.replace("\"number\"]", "\"nubmer\"]") + "clean-tree = true\n";
    project.write("tollgate.toml", &wrong)?;
    let named = "a variable `nubmer`, which `promote` names";
    run(project, &doctor, Some(&one))?.expect(2, &[named, "working tree", "`tollgate.toml`"])?;
    run(project, &["config", "check"], Some(&one))?.expect(7, &[named])?;
    project.write("tollgate.toml", TOML)?;
    project.write("broken", "")?;
    run(project, &STAGE, Some(&one))?.expect(
        9,
        &[
            "staging was applied; it is not verified: `./smoke.sh` ended with exit code 3",
            "Applied staging",
        ],
    )?;
    run(project, &PROMOTE, None)?.expect(7, &["`verify` did not pass (lines 1 and 2)"])?;
    run(project, &["history", "--matrix"], None)?.expect(0, &["NOT VERIFIED"])?;
    fs::remove_file(project.path("broken"))?;
    project.write("slow", "")?;
    let toml = TOML.replace("20s", "2s");
    project.write("tollgate.toml", &toml)?;
    run(project, &STAGE, Some(&one))?.expect(9, &["had not ended after 2 s, and was ended"])?;
    // With what it had started, which did not listen.
    let child = project.read("child")?;
    let state = fs::read_to_string(format!("/proc/{}/stat", child.trim())).unwrap_or_default();
    if !state.is_empty() && !state.contains(") Z ") {
        return Err(format!("process {} goes on: {state}", child.trim()).into());
    }
    fs::remove_file(project.path("slow"))?;
    // What is not there is told before anything is deployed.
    for (from, to, said) in [
        (
            "./smoke.sh",
            "./smoek.sh",
            "`./smoek.sh`, which is no program",
        ),
        (
            "./smoke.sh",
            "./main.tf",
            "`./main.tf`, which is no program",
        ),
        (
            "[\"db_password\"]",
            "[\"db_pasword\"]",
            "`db_pasword`, which is no secret",
        ),
    ] {
        let lines = project.read(".tollgate/history.jsonl")?.lines().count();
        project.write("tollgate.toml", &TOML.replace(from, to))?;
        run(project, &STAGE, Some(&one))?.expect(2, &[said])?;
        // And by whoever only looks, as far as it needs no key.
        if !said.contains("secret") {
            let doctor = ["env", "doctor", "-e", STAGING];
            run(project, &doctor, Some(&one))?.expect(2, &["promotion", said])?;
            run(project, &["config", "check"], Some(&one))?.expect(2, &[said])?;
        }
        if project.read(".tollgate/history.jsonl")?.lines().count() != lines {
            return Err("it was deployed all the same".into());
        }
    }
    // The same commit again, and well.
    project.write("tollgate.toml", TOML)?;
    run(project, &STAGE, Some(&one))?.expect(0, &["staging is verified"])?;
    run(project, &PROMOTE, None)?.expect(0, &["Applied production"])?;
    project.quiet()
}
