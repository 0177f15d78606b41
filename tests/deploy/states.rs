//! An environment is one state, in every command.

use std::fs;

use libtest_mimic::Failed;

use super::Test;
use super::project::{PRODUCTION, Project, STAGING};

pub(super) fn trials() -> Vec<(&'static str, Test)> {
    vec![
        ("refuses_two_environments_with_one_state", shared as Test),
        ("remembers_where_a_state_was", remembered),
        ("guards_other_environments_in_exec", exec),
        ("guards_root_modules_of_others_in_exec", elsewhere),
        ("refuses_states_that_were_swapped", swapped),
        ("shows_the_outputs_of_each_environment", outputs),
        (
            "refuses_states_of_environments_that_nobody_wrote",
            unwritten,
        ),
        ("refuses_states_that_were_copied", copied),
        ("believes_no_history_that_was_changed", changed),
        ("leaves_no_workspace_where_nothing_is_deployed", left),
        ("keeps_one_history_from_wherever_it_is_called", called),
        ("knows_an_environment_under_its_former_name", renamed),
        ("refuses_states_of_stacks_that_were_copied", stacks),
        ("adds_nothing_behind_a_line_that_is_cut_off", cut_off),
    ]
}

const BOTH_IN_ONE: &str = "[environments.staging]\nworkspace = \"live\"\n[environments.production]\nworkspace = \"live\"\n";

fn shared(project: &Project) -> Result<(), Failed> {
    project.write("tollgate.toml", BOTH_IN_ONE)?;
    let said = ["state: expected a state that is only", "`tollgate env show"];
    for arguments in [
        &["plan", "-e", "staging"][..],
        &["apply", "-e", "production", "--confirm", "production"],
        &["destroy", "-e", "stag", "--confirm-destroy", "staging"],
        &["deploy", "staging"],
        &["output", "-e", "staging"],
        &["config", "check"],
    ] {
        project.run(STAGING, arguments)?.expect(7, &said)?;
    }
    let told = ["found that of `production`"];
    project
        .run(STAGING, &["env", "doctor", "-e", "staging"])?
        .expect(2, &told)?;
    project
        .run(STAGING, &["env", "show", "staging"])?
        .expect(0, &["STATE", "terraform.tfstate.d/live"])?;
    project
        .run(STAGING, &["env", "diff", "staging", "production"])?
        .expect(0, &["both environments have one state"])?;
    if project.path("terraform.tfstate.d").exists() {
        return Err("a state was made".into());
    }
    // One that is called after an environment stays its own, and only its own.
    let named = BOTH_IN_ONE.replace("live", "production");
    project.write("tollgate.toml", &named)?;
    project
        .run(STAGING, &["plan", "-e", "staging", "--no-out"])?
        .expect(7, &["found that of `production`"])?;
    project
        .run(PRODUCTION, &["plan", "-e", "production", "--no-out"])?
        .expect(0, &["no deploy of staging is possible"])
}

fn remembered(project: &Project) -> Result<(), Failed> {
    let deploy = ["apply", "-e", "production", "--confirm", "production"];
    project.run(PRODUCTION, &deploy)?.expect(0, &["Applied"])?;
    let typo = "[environments.staging]\n[environments.production]\nworkspace = \"prodcution\"\n";
    project.write("tollgate.toml", typo)?;
    let said = [
        "found one in which nothing is",
        "the history says that it was deployed to",
        "the workspace `production` has something in its state",
        "--new-state",
    ];
    // The first plan makes the workspace; that it is there then says nothing.
    for _ in 0..2 {
        project
            .run(PRODUCTION, &["plan", "-e", "production", "--no-out"])?
            .expect(7, &said)?;
    }
    project.run(PRODUCTION, &deploy)?.expect(7, &said)?;
    project
        .run(
            PRODUCTION,
            &["plan", "-e", "production", "--no-out", "--new-state"],
        )?
        .expect(0, &["note: nothing is in the state of production"])?;
    // What may break is told.
    project.write(
        "tollgate.toml",
        "[environments.staging]\nworkspace = \"stagign\"\n[environments.production]\n",
    )?;
    fs::create_dir_all(project.path("terraform.tfstate.d/staging"))?;
    fs::copy(
        project.path("terraform.tfstate.d/production/terraform.tfstate"),
        project.path("terraform.tfstate.d/staging/terraform.tfstate"),
    )?;
    project
        .run(STAGING, &["plan", "-e", "staging", "--no-out"])?
        .expect(0, &["the workspace `staging` has something in its state"])
}

fn changed(project: &Project) -> Result<(), Failed> {
    let toml = |state: &str| {
        let at = |name: &str| {
            format!(
                "[environments.{name}]\nworkspace = \"default\"\nbackend-config = [\"path={state}/{name}.tfstate\"]\n"
            )
        };
        project.write("tollgate.toml", &(at("staging") + &at("production")))
    };
    let main = project.read("main.tf")?;
    project.write("main.tf", &main.replace("path = \"project.tfstate\"\n", ""))?;
    toml("one")?;
    let deploy = ["apply", "-e", "production", "--confirm", "production"];
    project.run(PRODUCTION, &deploy)?.expect(0, &["Applied"])?;
    let kept = project.read(".tollgate/history.jsonl")?;
    let edited = kept.replace(
        "\"environment\":\"production\"",
        "\"environment\":\"productiom\"",
    );
    project.write(".tollgate/history.jsonl", &edited)?;
    toml("two")?;
    let doubt = "the history cannot be believed";
    project
        .run(PRODUCTION, &deploy)?
        .expect(7, &[doubt, "--new-state"])?;
    let doctor = ["env", "doctor", "-e", "production"];
    let damaged = "the line was changed after it was written";
    project
        .run(PRODUCTION, &doctor)?
        .expect(2, &["history", damaged])?;
    // With the whole history the doctor says where it was.
    project.write(".tollgate/history.jsonl", &kept)?;
    project
        .run(PRODUCTION, &doctor)?
        .expect(2, &["there is no state yet"])?;
    // What cannot be written down is not applied.
    toml("one")?;
    let history = project.path(".tollgate/history.jsonl");
    let elsewhere = project.path("elsewhere.jsonl");
    fs::rename(&history, &elsewhere)?;
    std::os::unix::fs::symlink(&elsewhere, &history)?;
    let state = project.read("one/production.tfstate")?;
    project.write("environments/production.tfvars", "size = 9\n")?;
    project
        .run(PRODUCTION, &deploy)?
        .expect(2, &["history.jsonl", "none is followed here"])?;
    if project.read("one/production.tfstate")? != state {
        return Err("it was applied".into());
    }
    Ok(())
}

fn left(project: &Project) -> Result<(), Failed> {
    // What is there already has no secret without a mark, so that it can be planned again.
    let main = project.read("main.tf")?;
    project.write(
        "main.tf",
        &main.replace("[var.db_password, var.size]", "[var.size]"),
    )?;
    let deploy = ["apply", "-e", "production", "--confirm", "production"];
    project.run(PRODUCTION, &deploy)?.expect(0, &["Applied"])?;
    project.write(
        "tollgate.toml",
        "[environments.production]\nworkspace = \"prod\"\n",
    )?;
    let plan = ["plan", "-e", "production", "--no-out"];
    project
        .run(PRODUCTION, &plan)?
        .expect(7, &["correct `workspace`"])?;
    if project.path("terraform.tfstate.d/prod").exists() {
        return Err("an empty workspace stays".into());
    }
    // One that somebody made otherwise means nothing either.
    fs::create_dir(project.path("terraform.tfstate.d/prod"))?;
    project.write("tollgate.toml", "[environments.production]\n")?;
    project.run(PRODUCTION, &plan)?.expect(0, &[])
}

fn called(project: &Project) -> Result<(), Failed> {
    let root = "resource \"terraform_data\" \"one\" {\n  input = \"x\"\n}\n";
    for name in ["staging", "production"] {
        fs::create_dir_all(project.path(&format!("iac/environments/{name}")))?;
        project.write(&format!("iac/environments/{name}/main.tf"), root)?;
    }
    // Nothing is in the usual folders, and nothing is secret.
    for name in [
        "tollgate.toml",
        "secrets.staging.enc.yaml",
        "secrets.production.enc.yaml",
    ] {
        fs::remove_file(project.path(name))?;
    }
    fs::remove_file(project.path("main.tf"))?;
    fs::remove_dir_all(project.path("environments"))?;
    let in_folder = |folder: &str, arguments: &[&str]| {
        let mut command = project.command("both", arguments);
        command.current_dir(project.path(folder));
        super::project::finish(&mut command)
    };
    in_folder(".", &["apply", "-e", "prod", "--confirm", "prod"])?.expect(0, &["Applied"])?;
    in_folder("iac", &["history", "-e", "production"])?.expect(0, &["production applied"])?;
    in_folder("iac", &["apply", "-e", "staging"])?.expect(0, &["Applied"])?;
    in_folder(".", &["history"])?.expect(0, &["production applied", "staging applied"])
}

/// A root module without secrets, in a folder, with a file of variables for each environment.
fn plain(project: &Project, folder: &str, backend: &str, names: &[&str]) -> Result<(), Failed> {
    fs::create_dir_all(project.path(&format!("{folder}/environments")))?;
    let main = format!(
        "terraform {{\n  backend \"local\" {{\n{backend}  }}\n}}\nvariable \"size\" {{\n  type = number\n}}\nresource \"terraform_data\" \"one\" {{\n  input = var.size\n}}\n"
    );
    project.write(&format!("{folder}/main.tf"), &main)?;
    for name in names {
        project.write(
            &format!("{folder}/environments/{name}.tfvars"),
            "size = 1\n",
        )?;
    }
    Ok(())
}

/// Takes away what [`Project`] begins with.
fn cleared(project: &Project) -> Result<(), Failed> {
    for name in [
        "tollgate.toml",
        "secrets.staging.enc.yaml",
        "secrets.production.enc.yaml",
        "main.tf",
    ] {
        fs::remove_file(project.path(name))?;
    }
    Ok(fs::remove_dir_all(project.path("environments"))?)
}

fn renamed(project: &Project) -> Result<(), Failed> {
    cleared(project)?;
    plain(project, ".", "", &["staging", "production"])?;
    let toml = |text: &str| fs::write(project.path("tollgate.toml"), text);
    toml("[environments.staging]\n[environments.production]\n")?;
    project
        .run(
            PRODUCTION,
            &["apply", "-e", "production", "--confirm", "production"],
        )?
        .expect(0, &["Applied production"])?;
    fs::rename(
        project.path("environments/production.tfvars"),
        project.path("environments/live-eu.tfvars"),
    )?;
    let new = "[environments.staging]\n[environments.live-eu]\nprotected = true\n";
    toml(new)?;
    let plan = ["plan", "-e", "live-eu", "--no-out"];
    let said = "the history says that `production` was deployed (line 1), and no environment is called so any more";
    project.run(PRODUCTION, &plan)?.expect(
        7,
        &[
            said,
            "write `aliases = [\"production\"]` into [environments.live-eu]",
            "--new-state",
        ],
    )?;
    project
        .run(
            PRODUCTION,
            &["apply", "-e", "live-eu", "--confirm", "live-eu"],
        )?
        .expect(7, &[said])?;
    // What may break is told.
    project
        .run(STAGING, &["plan", "-e", "staging", "--no-out"])?
        .expect(0, &["note: nothing is in the state of staging", said])?;
    project
        .run(PRODUCTION, &[&plan[..], &["--new-state"]].concat())?
        .expect(0, &["1 to create"])?;
    toml(&format!(
        "{new}aliases = [\"production\"]\nworkspace = \"production\"\n"
    ))?;
    project.run(PRODUCTION, &plan)?.expect(0, &["1 unchanged"])
}

/// A stack that was made by copying another one, with the backend as it was.
fn stacks(project: &Project) -> Result<(), Failed> {
    cleared(project)?;
    let backend = "    workspace_dir = \"../../states\"\n";
    let toml = |stack: &str, of: &str| {
        project.write(
            &format!("stacks/{stack}/tollgate.toml"),
            &format!("[project]\n{of}\n[environments.staging]\n[environments.production]\n"),
        )
    };
    let run = |stack: &str, arguments: &[&str]| {
        let mut command = project.command("both", arguments);
        command.current_dir(project.path(&format!("stacks/{stack}")));
        super::project::finish(&mut command)
    };
    for stack in ["network", "web"] {
        let folder = format!("stacks/{stack}");
        plain(project, &folder, backend, &["staging", "production"])?;
        toml(stack, &format!("name = \"{stack}\""))?;
    }
    let plans = |name: &'static str| ["plan", "-e", name, "--no-out"];
    for name in [STAGING, PRODUCTION] {
        run("network", &["apply", "-e", name, "--confirm", name])?.expect(0, &["Applied"])?;
        let said = format!("the project `network` deployed `{name}` last");
        let said = [
            &said,
            "give this stack a key of its own",
            "former-names = [\"network\"]",
        ];
        run("web", &plans(name))?.expect(7, &said)?;
        run("web", &["apply", "-e", name, "--confirm", name])?.expect(7, &said)?;
        run("web", &["destroy", "-e", name, "--confirm-destroy", name])?.expect(7, &said)?;
    }
    // Names that are alike, none, and one that was given up: the root module is still another one.
    let still = [
        "from the root module `stacks/network`, which is still there",
        "former-names = [\"stacks/network\"]",
    ];
    for of in [
        "name = \"network\"",
        "",
        "name = \"web\"\nformer-names = [\"network\"]",
    ] {
        toml("web", of)?;
        run("web", &plans(PRODUCTION))?.expect(7, &still)?;
        let [still, _] = still;
        run("web", &plans(STAGING))?.expect(0, &[still, "1 unchanged"])?;
    }
    toml(
        "web",
        "name = \"web\"\nformer-names = [\"network\", \"stacks/network\"]",
    )?;
    run("web", &plans(PRODUCTION))?.expect(0, &["1 unchanged"])?;
    // It was moved.
    toml("web", "name = \"web\"\nformer-names = [\"network\"]")?;
    fs::remove_dir_all(project.path("stacks/network"))?;
    run("web", &plans(PRODUCTION))?.expect(0, &["it was moved", "1 unchanged"])?;
    run("web", &["apply", "-e", PRODUCTION, "--confirm", PRODUCTION])?.expect(0, &["Applied"])?;
    toml("web", "name = \"web\"")?;
    run("web", &plans(PRODUCTION))?.expect(0, &["1 unchanged"])
}

fn cut_off(project: &Project) -> Result<(), Failed> {
    let deploy = ["apply", "-e", "staging"];
    for _ in 0..2 {
        project.run(STAGING, &deploy)?.expect(0, &["Applied"])?;
    }
    let whole = project.read(".tollgate/history.jsonl")?;
    let cut = whole.get(..whole.len() - 20).ok_or("a short history")?;
    project.write(".tollgate/history.jsonl", cut)?;
    project.write("environments/staging.tfvars", "size = 9\n")?;
    let state = project.state(STAGING)?;
    let refused = project.run(STAGING, &deploy)?;
    refused.expect(
        2,
        &[
            "history.jsonl:2: the last line is cut off",
            "nothing behind it could be believed",
        ],
    )?;
    if project.state(STAGING)? != state || project.read(".tollgate/history.jsonl")? != cut {
        return Err("it was applied, or written down".into());
    }
    project
        .run(STAGING, &["history"])?
        .expect(2, &["is cut off", "sed -n"])?;
    // What is said helps, and loses nothing.
    let text = refused.all();
    let command = text
        .split_once("keep it: `")
        .and_then(|(_, rest)| rest.split_once('`'))
        .map(|(command, _)| command)
        .ok_or("no command is said")?;
    let done = std::process::Command::new("sh")
        .args(["-ec", command])
        .current_dir(project.path("."))
        .status()?;
    let line = project.read(".tollgate/history.jsonl.line-2")?;
    if !done.success() || project.read(".tollgate/history.jsonl")? + &line != cut {
        return Err(format!("{command}: {done}, {line}").into());
    }
    project.run(STAGING, &deploy)?.expect(0, &["Applied"])?;
    project
        .run(STAGING, &["history"])?
        .expect(0, &["staging applied"])
}

fn exec(project: &Project) -> Result<(), Failed> {
    for (name, key) in [("staging", STAGING), ("production", PRODUCTION)] {
        project
            .run(key, &["apply", "-e", name, "--confirm", name])?
            .expect(0, &["Applied"])?;
    }
    let state = project.read("terraform.tfstate.d/production/terraform.tfstate")?;
    let tool = project.program.display().to_string();
    let exec = |line: &str| {
        let mut arguments = vec!["exec", "-e", "staging", "--tofu", "--", tool.as_str()];
        arguments.extend(line.split(' '));
        project.run(STAGING, &arguments)
    };
    // Nothing is selected: by convention the workspace is another one.
    exec("destroy -auto-approve")?.expect(125, &["workspace: expected `staging`"])?;
    exec("workspace select production")?.expect(125, &["that of `production`"])?;
    exec("workspace delete -force production")?.expect(125, &["that of `production`"])?;
    exec("workspace delete other")?.expect(125, &["expected `staging`"])?;
    let tool_of = |name: &str| format!("[environments.staging]\ntool = \"{name}\"\n");
    let (own, another) = match tool.contains("terraform") {
        true => ("terraform", "tofu"),
        false => ("tofu", "terraform"),
    };
    project.write("tollgate.toml", &tool_of(another))?;
    let found = format!("found `{own}`");
    exec("plan")?.expect(125, &["tool: expected", &found])?;
    exec("init")?.expect(125, &["tool: expected", &found])?;
    project.write("tollgate.toml", &tool_of(own))?;
    exec("validate")?.expect(0, &[])?;
    fs::remove_file(project.path("tollgate.toml"))?;
    exec("workspace select staging")?.expect(0, &[])?;
    // The states of all workspaces would be moved, also production's.
    exec("init")?.expect(0, &[])?;
    let main = project.read("main.tf")?;
    project.write(
        "main.tf",
        &main.replace(
            "path = \"project.tfstate\"",
            "path = \"project.tfstate\"\n    workspace_dir = \"moved\"",
        ),
    )?;
    exec("init -migrate-state -force-copy")?
        .expect(125, &["only the state of `staging` to move"])?;
    if project.path("moved").exists() {
        return Err("it was moved".into());
    }
    project.write("main.tf", &main)?;
    let other = "-state=terraform.tfstate.d/production/terraform.tfstate";
    // What the shell adds counts as what is written.
    for variable in ["TF_CLI_ARGS", "TF_CLI_ARGS_state_rm"] {
        let line = [
            "exec",
            "-e",
            "staging",
            "--tofu",
            "--",
            tool.as_str(),
            "state",
            "rm",
            "terraform_data.one",
        ];
        let mut command = project.command(STAGING, &line);
        super::project::finish(command.env(variable, format!("-no-color {other}")))?
            .expect(125, &["that of `production`"])?;
    }
    exec("plan -input=false -var-file=environments/production.tfvars")?.expect(
        125,
        &["variables: expected files of variables of `staging`"],
    )?;
    exec(&format!("state list {other}"))?.expect(125, &["that of `production`"])?;
    exec(&format!("state rm {other} terraform_data.one"))?
        .expect(125, &["that of `production`"])?;
    // The files of variables of the environment, as `plan` has them: nothing is to be done.
    exec("plan -input=false -no-color")?.expect(0, &["No changes"])?;
    exec("workspace new feature")?.expect(0, &[])?;
    exec("plan -input=false")?.expect(125, &["workspace: expected `staging`"])?;
    if project.read("terraform.tfstate.d/production/terraform.tfstate")? != state {
        return Err("the state of production changed".into());
    }
    Ok(())
}

/// A root module for each environment, found by convention, and somebody who stands in one of them.
fn elsewhere(project: &Project) -> Result<(), Failed> {
    fs::remove_file(project.path("tollgate.toml"))?;
    for name in ["staging", "production"] {
        let folder = format!("environments/{name}");
        fs::create_dir_all(project.path(&folder))?;
        fs::remove_file(project.path(&format!("{folder}.tfvars")))?;
        project.write(
            &format!("{folder}/main.tf"),
            "resource \"terraform_data\" \"a\" {\n  input = 1\n}\n",
        )?;
    }
    fs::remove_file(project.path("main.tf"))?;
    let tool = project.program.display().to_string();
    let line = [
        "exec",
        "-e",
        "staging",
        "--tofu",
        "--",
        tool.as_str(),
        "state",
        "rm",
        "terraform_data.a",
    ];
    let mut command = project.command("nobody", &line);
    super::project::finish(command.current_dir(project.path("environments/production")))?
        .expect(125, &["which is that of `production`"])
}

/// Two files of backends that were swapped: each leads to where the other environment was deployed.
fn swapped(project: &Project) -> Result<(), Failed> {
    project.write(
        "main.tf",
        &project.read("main.tf")?.replace(
            "backend \"local\" {\n    path = \"project.tfstate\"\n  }",
            "backend \"local\" {}",
        ),
    )?;
    let settings = |staging: &str, production: &str| -> Result<(), Failed> {
        for (name, file) in [("staging", staging), ("production", production)] {
            project.write(
                &format!("environments/{name}.tfbackend"),
                &format!("path = \"{file}.tfstate\"\n"),
            )?;
        }
        Ok(())
    };
    settings("one", "two")?;
    for (name, key) in [("staging", STAGING), ("production", PRODUCTION)] {
        project
            .run(key, &["apply", "-e", name, "--confirm", name])?
            .expect(0, &["Applied"])?;
    }
    settings("two", "one")?;
    for (name, key, other) in [
        ("staging", STAGING, "production"),
        ("production", PRODUCTION, "staging"),
    ] {
        let said = format!("that to which `{other}` was deployed last");
        let advice = format!("deploy it first: `tollgate apply -e {other}`");
        project
            .run(key, &["apply", "-e", name, "--confirm", name])?
            .expect(7, &[&said, &advice])?;
    }
    settings("one", "two")?;
    project
        .run(STAGING, &["apply", "-e", "staging"])?
        .expect(0, &["1 unchanged"])
}

fn outputs(project: &Project) -> Result<(), Failed> {
    by_files(project)?;
    for (name, key) in [("staging", STAGING), ("production", PRODUCTION)] {
        project
            .run(key, &["output", "-e", name, "size"])?
            .expect(2, &["has no outputs"])?;
        project
            .run(key, &["apply", "-e", name, "--confirm", name])?
            .expect(0, &["Applied"])?;
    }
    for (name, size) in [("staging", "1"), ("prod", "2"), ("stag", "1")] {
        let raw = project.run(STAGING, &["output", "-e", name, "--raw", "size"])?;
        raw.expect(0, &[])?;
        if raw.stdout != size {
            return Err(format!("{name} is not {size}: {raw}").into());
        }
    }
    project
        .run(STAGING, &["output", "-e", "staging", "--json", "size"])?
        .expect(0, &["1"])?;
    // Nobody reads a log for a secret; machines ask otherwise.
    for (name, key) in [("staging", STAGING), ("production", PRODUCTION)] {
        project
            .run(key, &["output", "-e", name, "password"])?
            .expect(0, &["[masked: db_password]"])?;
    }
    project
        .run(STAGING, &["output", "-e", "production", "size"])?
        .expect(0, &["2", "the output is not masked, because"])?;
    let raw = project.run(STAGING, &["output", "-e", "staging", "--raw", "password"])?;
    raw.ends(0, &[])?;
    if raw.stdout.is_empty() || raw.stdout.contains("masked") {
        return Err(format!("what machines read is not whole: {raw}").into());
    }
    project
        .run(STAGING, &["output", "-e", "staging", "nothing"])?
        .expect(8, &["nothing"])
}

/// A file of settings for each environment, and a backend that is told by it.
fn by_files(project: &Project) -> Result<(), Failed> {
    project.write(
        "main.tf",
        &project.read("main.tf")?.replace(
            "backend \"local\" {\n    path = \"project.tfstate\"\n  }",
            "backend \"local\" {}",
        ),
    )?;
    for name in ["staging", "production"] {
        project.write(
            &format!("environments/{name}.tfbackend"),
            &format!("path = \"state/{name}.tfstate\"\n"),
        )?;
    }
    Ok(())
}

fn unwritten(project: &Project) -> Result<(), Failed> {
    by_files(project)?;
    // Without what `Project::write` adds, which names production.
    let only = |text: &str| fs::write(project.path("tollgate.toml"), text);
    // Written is one, and the file of the other was copied.
    project.write(
        "environments/staging.tfbackend",
        "path = \"state/production.tfstate\"\n",
    )?;
    only("[environments.staging]\n")?;
    for arguments in [
        &["plan", "-e", "staging", "--no-out"][..],
        &["destroy", "-e", "staging", "--confirm-destroy", "staging"],
        &["config", "check"],
    ] {
        project.run(STAGING, arguments)?.expect(
            7,
            &[
                "found that of `production`",
                "write [environments.production]",
            ],
        )?;
    }
    // What is nowhere but in the history.
    let one = |name: &str, of: &str, more: &str| {
        format!(
            "[environments.{name}]\nworkspace = \"default\"\nvar-files = [\"environments/{of}.tfvars\"]\nbackend-config = [\"path=own/production.tfstate\"]\n{more}"
        )
    };
    project.write("tollgate.toml", &one("production", "production", ""))?;
    project
        .run(
            PRODUCTION,
            &["apply", "-e", "production", "--confirm", "production"],
        )?
        .expect(0, &["Applied"])?;
    for name in ["staging", "production"] {
        fs::remove_file(project.path(&format!("environments/{name}.tfbackend")))?;
    }
    fs::rename(
        project.path("environments/production.tfvars"),
        project.path("environments/other.txt"),
    )?;
    only(&one("staging", "staging", ""))?;
    let said = [
        "to which `production` was deployed last",
        "write [environments.production]",
        "aliases = [\"production\"]",
    ];
    project
        .run(STAGING, &["apply", "-e", "staging"])?
        .expect(7, &said)?;
    fs::remove_file(project.path("secrets.production.enc.yaml"))?;
    only(&one("staging", "staging", "aliases = [\"production\"]\n"))?;
    project
        .run(STAGING, &["plan", "-e", "staging", "--no-out"])?
        .expect(0, &["PASSED"])
}

fn copied(project: &Project) -> Result<(), Failed> {
    by_files(project)?;
    project
        .run(STAGING, &["apply", "-e", "staging"])?
        .expect(0, &["Applied"])?;
    let (own, other) = (
        project.path("state/staging.tfstate"),
        project.path("state/production.tfstate"),
    );
    let deploy = ["apply", "-e", "production", "--confirm", "production"];
    fs::copy(&own, &other)?;
    project.run(PRODUCTION, &deploy)?.expect(
        7,
        &["found a copy of that of `staging`, with the same lineage and resources"],
    )?;
    fs::remove_file(&other)?;
    fs::hard_link(&own, &other)?;
    project
        .run(PRODUCTION, &deploy)?
        .expect(7, &["the same file behind it"])?;
    fs::remove_file(&other)?;
    // One that was moved on since is told by what the history says of where it is from.
    let history = project.read(".tollgate/history.jsonl")?;
    if !history.contains("\"lineage\":") {
        return Err(format!("no origin is kept: {history}").into());
    }
    fs::rename(&own, &other)?;
    project.run(PRODUCTION, &deploy)?.expect(
        7,
        &[
            "found a copy of that of `staging`, with the same lineage and resources (local",
            "aliases = [\"staging\"]",
        ],
    )?;
    fs::rename(&other, &own)?;
    // The tool's own options that would write, or read another state.
    project
        .run(
            STAGING,
            &[
                "plan",
                "-e",
                "staging",
                "--no-out",
                "--",
                "-json-into=x.json",
            ],
        )?
        .expect(2, &["past the mask"])?;
    project
        .run(
            STAGING,
            &[
                "output",
                "-e",
                "staging",
                "--",
                "-state=state/other.tfstate",
            ],
        )?
        .expect(2, &["is no name of an output"])?;
    if project.path("x.json").exists() {
        return Err("x.json was written".into());
    }
    // One below would judge in place of the one above.
    project.write(
        "tollgate.toml",
        "[environments.staging]\n[environments.production]\n",
    )?;
    project
        .run(STAGING, &["init", "environments"])?
        .expect(2, &["is there already, and one here would judge"])?;
    if project.path("environments/tollgate.toml").exists() {
        return Err("it was written".into());
    }
    Ok(())
}

/// OpenTofu alone takes variables there.
pub(super) fn by_variables(project: &Project) -> Result<(), Failed> {
    project.write(
        "main.tf",
        &(project.read("main.tf")?.replace(
            "path = \"project.tfstate\"",
            "path = \"state/${local.name}.tfstate\"",
        ) + "variable \"name\" {\n  type = string\n}\nlocals {\n  name = \"of-${var.name}\"\n}\n"),
    )?;
    project.write(
        "tollgate.toml",
        "[environments.staging]\nworkspace = \"default\"\n[environments.production]\nworkspace = \"default\"\n",
    )?;
    for name in ["staging", "production"] {
        let file = format!("environments/{name}.tfvars");
        let text = project.read(&file)? + &format!("name = \"{name}\"\n");
        project.write(&file, &text)?;
    }
    // There and back.
    for (name, key) in [
        ("staging", STAGING),
        ("production", PRODUCTION),
        ("staging", STAGING),
    ] {
        project
            .run(key, &["apply", "-e", name, "--confirm", name])?
            .expect(0, &["Applied"])?;
    }
    for name in ["staging", "production"] {
        project.read(&format!("state/of-{name}.tfstate"))?;
    }
    Ok(())
}
