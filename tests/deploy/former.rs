//! Secrets that were changed: the values from before, which the state still has, are shown nowhere.

use libtest_mimic::Failed;

use super::project::{Project, STAGING};

const FILE: &str = "secrets.staging.enc.yaml";
const OLD: &str = "a-canary-of-last-year";
const NEW: &str = "a-canary-of-this-year";
const PLAN: [&str; 3] = ["plan", "-e", "staging"];

/// Nothing marks the variable, so that the tool shows both values; git has the file from before.
pub(super) fn by_git(project: &Project) -> Result<(), Failed> {
    let text = project.read("main.tf")?;
    let unmarked = text.replacen("  sensitive = true\n", "", 1);
    project.write("main.tf", &unmarked.replace("  sensitive = true\n", ""))?;
    project.git(&["init", "-q", "-b", "main"])?;
    project.set(FILE, "db_password", OLD)?;
    project.git(&["add", "."])?;
    project.git(&["commit", "-qm", "the old one"])?;
    project
        .run(STAGING, &["apply", "-e", "staging"])?
        .expect(0, &["Applied staging"])?;
    project.set(FILE, "db_password", NEW)?;
    // Whether the change is committed or not.
    for committed in [false, true] {
        if committed {
            project.git(&["commit", "-qam", "the new one"])?;
        }
        let plan = project.run(STAGING, &PLAN)?;
        plan.expect(
            0,
            &["[masked: db_password, before]", "[masked: db_password]"],
        )?;
        hides(&plan)?;
    }
    // With another data key too.
    project
        .run(STAGING, &["secrets", "rotate", "-e", "staging"])?
        .expect(0, &[])?;
    let apply = project.run(STAGING, &["apply", "-e", "staging"])?;
    apply.expect(0, &["Applied staging", "[masked: db_password, before]"])?;
    hides(&apply)
}

/// The state marks the value where it is sensitive, and the tool shows it where it is not.
pub(super) fn by_state(project: &Project) -> Result<(), Failed> {
    let text = project.read("main.tf")?;
    project.write(
        "main.tf",
        &format!(
            "{text}\nresource \"terraform_data\" \"two\" {{\n  input = nonsensitive(var.db_password)\n}}\n"
        ),
    )?;
    project.set(FILE, "db_password", OLD)?;
    project
        .run(STAGING, &["apply", "-e", "staging"])?
        .expect(0, &["Applied staging"])?;
    project.set(FILE, "db_password", NEW)?;
    let before = "[masked: output.password, before]";
    for keyless in [false, true] {
        let arguments = [&PLAN[..], if keyless { &["--keyless"] } else { &[] }].concat();
        let key = if keyless { "nobody" } else { STAGING };
        let plan = project.run(key, &arguments)?;
        plan.expect(0, &[before])?;
        hides(&plan)?;
    }
    // What an error of the tool quotes is no exception.
    project.write(
        "stumbles.tf",
        "resource \"terraform_data\" \"three\" {\n  lifecycle {\n    precondition {\n      condition     = false\n      error_message = \"it was ${terraform_data.two.output}\"\n    }\n  }\n}\n",
    )?;
    let stumbled = project.run("nobody", &[&PLAN[..], &["--keyless"]].concat())?;
    stumbled.expect(8, &["precondition"])?;
    hides(&stumbled)
}

/// Of a clone without history nobody can tell what was secret before, and that is said.
pub(super) fn in_a_part_of_the_history(project: &Project) -> Result<(), Failed> {
    project.git(&["init", "-q", "-b", "main"])?;
    project.set(FILE, "db_password", OLD)?;
    project.git(&["add", "."])?;
    project.git(&["commit", "-qm", "the old one"])?;
    project
        .run(STAGING, &["apply", "-e", "staging"])?
        .expect(0, &["Applied staging"])?;
    project.set(FILE, "db_password", NEW)?;
    project.git(&["commit", "-qam", "the new one"])?;
    let whole = project.run(STAGING, &PLAN)?;
    whole.expect(0, &[])?;
    let said = "this clone has only a part of the history";
    if whole.stderr.contains(said) {
        return Err(format!("all of it is here: {whole}").into());
    }
    // As a checkout of depth 1 leaves it.
    let head = project.read(".git/refs/heads/main")?;
    project.write(".git/shallow", &head)?;
    project.run(STAGING, &PLAN)?.expect(0, &[said, "--deepen"])
}

fn hides(ran: &super::project::Ran) -> Result<(), Failed> {
    let text = format!("{}{}", ran.stdout, ran.stderr);
    match [OLD, NEW].into_iter().find(|canary| text.contains(canary)) {
        Some(canary) => Err(format!("shows {canary}: {ran}").into()),
        None => Ok(()),
    }
}
