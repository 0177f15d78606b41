//! `tollgate exec`, as its users run it: with the real tools, with other commands, and killed.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};
use rustix::process::{Pid, Signal};

use crate::cli::{root, tollgate};
use crate::tools::program;

/// How long anything may take that takes well under a second; only a hang reaches it.
const PATIENCE: Duration = Duration::from_secs(120);

/// What no log may show: every secret of tests/exec that is long enough, in its shortest form.
pub(crate) const CANARIES: [&str; 6] = [
    "hunter2${canary}",
    "db.staging.internal",
    "canaryline1canary",
    "canaryline2canary",
    "ephemeralcanary1",
    "nothing-canary",
];

const MARKER: &str = "environment-marker = \"environment\"\n";

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test("exec::other_commands_say_how_they_take_secrets", others),
        Trial::test("exec::files_in_memory_are_read_again_and_again", in_files)
            .with_ignored_flag(!cfg!(target_os = "linux")),
        Trial::test("exec::exit_codes_are_the_commands_own", exit_codes),
        Trial::test("exec::another_environments_secrets_are_refused", guards),
        Trial::test("exec::output_is_masked_and_stays_in_order", masks),
        Trial::test("exec::a_signal_reaches_the_command_once", signals),
        Trial::test(
            "exec::a_command_that_outlives_its_reader_ends_well",
            reader_gone,
        ),
    ];
    for tool in ["tofu", "terraform"] {
        let found = program(tool);
        let missing = found.is_none();
        for (name, test) in [
            (
                "gets_declared_variables_only",
                declared as fn(&Path) -> Result<(), Failed>,
            ),
            ("finishes_when_tollgate_is_killed", killed),
        ] {
            let found = found.clone();
            trials.push(
                Trial::test(format!("exec::{tool}_{name}"), move || {
                    test(&found.ok_or("the tool is missing")?)
                })
                .with_ignored_flag(missing),
            );
        }
    }
    trials
}

/// A copy of tests/exec, with a configuration.
pub(crate) fn project(toml: &str) -> Result<tempfile::TempDir, Failed> {
    let folder = tempfile::tempdir()?;
    fs::create_dir(folder.path().join(".git"))?;
    for entry in fs::read_dir(root().join("tests/exec"))? {
        let entry = entry?;
        fs::copy(entry.path(), folder.path().join(entry.file_name()))?;
    }
    fs::write(folder.path().join("tollgate.toml"), toml)?;
    Ok(folder)
}

/// `tollgate` there, with one of its keys and nobody else's.
pub(crate) fn with_key(folder: &Path, key: &str) -> Command {
    let mut command = tollgate(folder);
    for variable in [
        "SOPS_AGE_KEY",
        "SOPS_AGE_KEY_CMD",
        "SOPS_AGE_SSH_PRIVATE_KEY_FILE",
        "SOPS_AGE_SSH_PRIVATE_KEY_CMD",
        "XDG_CONFIG_HOME",
        "TF_CLI_CONFIG_FILE",
        "TF_LOG",
    ] {
        command.env_remove(variable);
    }
    command
        .env("HOME", folder)
        .env("CHECKPOINT_DISABLE", "1")
        .env("SOPS_AGE_KEY_FILE", folder.join(format!("{key}.txt")));
    command
}

pub(crate) fn exec(folder: &Path, key: &str, arguments: &[&str]) -> Result<Output, Failed> {
    let mut command = with_key(folder, key);
    command.arg("exec").args(arguments);
    finish(
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?,
    )
}

/// Waits for the end, and never for ever.
pub(crate) fn finish(mut child: Child) -> Result<Output, Failed> {
    let read = |stream: Option<&mut dyn std::io::Read>| -> Vec<u8> {
        let mut bytes = Vec::new();
        if let Some(stream) = stream {
            let _ = stream.read_to_end(&mut bytes);
        }
        bytes
    };
    let mut stderr = child.stderr.take();
    let other = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(stream) = &mut stderr {
            let _ = stream.read_to_end(&mut bytes);
        }
        bytes
    });
    let mut stdout = child.stdout.take();
    let stdout = read(
        stdout
            .as_mut()
            .map(|stream| stream as &mut dyn std::io::Read),
    );
    let status = wait(&mut child)?;
    Ok(Output {
        status,
        stdout,
        stderr: other.join().map_err(|_| "a reader panicked")?,
    })
}

fn wait(child: &mut Child) -> Result<std::process::ExitStatus, Failed> {
    until("the command to end", || Ok(child.try_wait()?))
}

pub(crate) fn until<T>(
    what: &str,
    mut check: impl FnMut() -> Result<Option<T>, Failed>,
) -> Result<T, Failed> {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if let Some(found) = check()? {
            return Ok(found);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Err(format!("waited in vain for {what}").into())
}

pub(crate) fn shown(output: &Output) -> String {
    format!(
        "{}\n--- stdout\n{}\n--- stderr\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

pub(crate) fn expect(output: &Output, code: i32, wanted: &[&str]) -> Result<(), Failed> {
    let text = shown(output);
    for wanted in wanted {
        if !text.contains(wanted) {
            return Err(format!("does not say {wanted:?}: {text}").into());
        }
    }
    if output.status.code() != Some(code) {
        return Err(format!("expected {code}: {text}").into());
    }
    quiet(&text)
}

/// No secret, in any form that a person could read.
pub(crate) fn quiet(text: &str) -> Result<(), Failed> {
    for canary in CANARIES {
        if text.contains(canary) {
            return Err(format!("shows {canary:?}: {text}").into());
        }
    }
    Ok(())
}

const STAGING: &str = "[environments.staging.secrets.map]\ndb_host = \"database.host\"\nall = \".\"\n[environments.production]\n";

fn others() -> Result<(), Failed> {
    let folder = project(STAGING)?;
    // What the command got is told from what it computes, because its output is masked.
    for (arguments, expected) in [
        (
            &[
                "--env",
                "--prefix",
                "A_",
                "--",
                "sh",
                "-c",
                "echo ${#A_DB_PASSWORD} ${#db_host} ${#A_DATABASE}",
            ][..],
            "20 19 42\n",
        ),
        (
            &[
                "--env",
                "--prefix",
                "APP_",
                "--",
                "sh",
                "-c",
                "echo ${#APP_SESSION}${SESSION-unset}",
            ],
            "16unset\n",
        ),
        (
            &["--fd", "3", "--", "sh", "-c", "wc -l <&3; wc -c <&3"],
            "1\n0\n",
        ),
        (
            &[
                "--fd",
                "9",
                "--format",
                "dotenv",
                "--",
                "sh",
                "-c",
                "grep -c = <&9",
            ],
            "8\n",
        ),
        (
            &[
                "--env",
                "--prefix",
                "A_",
                "--no-mask",
                "--",
                "sh",
                "-c",
                "echo $A_ENVIRONMENT; echo ${#A_TLS_KEY}",
            ],
            "staging\n56\n",
        ),
    ] {
        let mut all = vec!["-e", "staging"];
        all.extend(arguments);
        let output = exec(folder.path(), "staging", &all)?;
        expect(&output, 0, &[])?;
        if String::from_utf8_lossy(&output.stdout) != expected {
            return Err(format!("{arguments:?}: expected {expected:?}: {}", shown(&output)).into());
        }
    }
    Ok(())
}

/// A file that is on no disk: it can be read again, from the beginning, by children too, and be changed by
/// nobody.
fn in_files() -> Result<(), Failed> {
    let folder = project("[environments.staging]\n[environments.production]\n")?;
    let reads = r#"wc -c < "$TLS_KEY"; cat "$TLS_KEY" | wc -c; sh -c 'head -c 5 "$TLS_KEY" | wc -c; wc -c < "$TLS_KEY"'
        stat -L -c %a "$TLS_KEY"; (echo x >> "$TLS_KEY") 2> /dev/null || echo sealed; wc -c < "$TLS_KEY"
        case "$TLS_KEY" in /proc/*/fd/*) echo memory;; esac; echo ${DB_PASSWORD-unset}"#;
    let expected = "56\n56\n5\n56\n400\nsealed\n56\nmemory\nunset\n";
    // Masked, Tollgate holds the file; without a mask it becomes the command, which then does.
    for mask in [&[][..], &["--no-mask"]] {
        let mut all = vec!["-e", "staging", "--file", "TLS_KEY"];
        all.extend(mask);
        all.extend(["--", "sh", "-c", reads]);
        let output = exec(folder.path(), "staging", &all)?;
        expect(&output, 0, &[])?;
        if String::from_utf8_lossy(&output.stdout) != expected {
            return Err(format!("{mask:?}: {}", shown(&output)).into());
        }
    }
    fs::write(
        folder.path().join("tofu"),
        "#!/bin/sh\necho $#; wc -c < \"$KEY\"; cat \"$KEY\"\n",
    )?;
    fs::set_permissions(
        folder.path().join("tofu"),
        fs::Permissions::from_mode(0o755),
    )?;
    for (arguments, code, said) in [
        // A path into the file, JSON of what is no text, and what is in a file is in no variable.
        (
            &[
                "--file",
                "HOST=database.host",
                "--env",
                "--prefix",
                "A_",
                "--",
                "sh",
                "-c",
                r#"cat "$HOST" | wc -c; echo ${#A_DATABASE}"#,
            ][..],
            0,
            "19\n42\n",
        ),
        (
            &[
                "--file",
                "DB=database",
                "--env",
                "--prefix",
                "A_",
                "--",
                "sh",
                "-c",
                r#"wc -c < "$DB"; echo ${A_DATABASE-unset} ${#A_SESSION}"#,
            ],
            0,
            "42\nunset 16\n",
        ),
        (
            &[
                "--file",
                "A=tls_key",
                "--file",
                "B=session",
                "--fd",
                "3",
                "--",
                "sh",
                "-c",
                r#"wc -c < "$A"; wc -c < "$B"; grep -c tls_key <&3"#,
            ],
            1,
            "56\n16\n0\n",
        ),
        // What it shows of the file is masked as everything is.
        (
            &["--file", "K=session", "--", "sh", "-c", r#"cat "$K""#],
            0,
            "[masked: session]",
        ),
        // A tool has it beside its variables.
        (
            &["--file", "KEY=session", "--", "./tofu", "version"],
            0,
            "1\n16\nephemeralcanary1",
        ),
        (
            &["--file", "KEY=session", "--", "./tofu", "plan"],
            0,
            "2\n16\n[masked: session]",
        ),
        (
            &["--file", "NOTHING", "--", "true"],
            125,
            "no secret is called `NOTHING`, in upper case or as it is, in secrets.staging.enc.yaml",
        ),
        (
            &["--file", "X=database.nothing", "--", "true"],
            125,
            "no secret is at `database.nothing`",
        ),
        (
            &["--file", "A=tls_key", "--file", "A=session", "--", "true"],
            125,
            "both become the variable `A`",
        ),
        (
            &[
                "--file",
                "A_DATABASE=session",
                "--env",
                "--prefix",
                "A_",
                "--",
                "true",
            ],
            125,
            "`A_DATABASE` would be the path of a file and a secret",
        ),
        (
            &["--file", "A-B=session", "--", "true"],
            125,
            "cannot be the name of a variable",
        ),
    ] {
        let mut all = vec!["-e", "staging"];
        all.extend(arguments);
        let output = exec(folder.path(), "staging", &all)?;
        let text = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        if output.status.code() != Some(code) || !text.contains(said) {
            return Err(format!(
                "{arguments:?}: expected {code} {said:?}: {}",
                shown(&output)
            )
            .into());
        }
    }
    Ok(())
}

fn exit_codes() -> Result<(), Failed> {
    let folder = project(STAGING)?;
    for (arguments, code, wanted) in [
        (
            &["-e", "staging", "--env", "--", "sh", "-c", "exit 42"][..],
            42,
            "",
        ),
        (
            &["-e", "staging", "--env", "--", "sh", "-c", "kill -TERM $$"],
            143,
            "",
        ),
        (
            &["-e", "staging", "--env", "--", "no-such-command"],
            127,
            "there is no command `no-such-command`",
        ),
        (
            &["-e", "staging", "--env", "--", "./main.tf"],
            126,
            "cannot run `./main.tf`",
        ),
        (&["-e", "staging", "--", "printenv"], 125, "`--env`"),
        (
            &["-e", "stagin", "--env", "--", "true"],
            125,
            "did you mean `staging`?",
        ),
        (
            &["--env", "--", "true"],
            125,
            "say which with `--environment`",
        ),
        (
            &["-e", "production", "--env", "--", "true"],
            125,
            "none of your keys opens it",
        ),
        (&["-e", "staging", "--env"], 125, "<COMMAND>"),
        (
            &["-e", "staging", "--env", "--fd", "3", "--", "true"],
            125,
            "cannot be used with",
        ),
    ] {
        expect(&exec(folder.path(), "staging", arguments)?, code, &[wanted])?;
    }
    Ok(())
}

fn guards() -> Result<(), Failed> {
    let staging = "age1zwlyl6h27gzv0lfntr7fcqrjrzqazap8sy5zylkxwneh7llf0dksu37mwt";
    let production = "age12ld5kdvlywh9u9rwfcj3ypt8q3ez2p353s2sc9r485xfx0gy6sss5uskuv";
    let swapped = "[environments.staging.secrets]\nfiles = [\"secrets.production.enc.yaml\"]\n";
    let cases: Vec<(String, &str, i32, &str)> = vec![
        // As it should be.
        (format!("[project]\nisolated = true\nseparate-identities = true\n[environments.production]\n[environments.staging.secrets]\n{MARKER}"), "staging", 0, ""),
        (format!("[environments.staging.secrets]\nrecipients = [\"{staging}\"]\n"), "staging", 0, ""),
        // The wrong file, under each guard alone.
        (format!("{swapped}{MARKER}"), "production", 125, "names another environment at `environment`"),
        (format!("{swapped}environment-marker = \"database.host\"\n"), "production", 125, "names another environment"),
        (format!("{swapped}environment-marker = \"nowhere\"\n"), "production", 125, "does not name its environment"),
        (format!("{swapped}recipients = [\"{staging}\"]\n[environments.production]\n"), "production", 125, "is encrypted to age12ld5"),
        (format!("[project]\nisolated = true\n{swapped}[environments.production]\n"), "production", 125, "secrets.production.enc.yaml is the file of `staging` and of `production`, and `staging` is isolated"),
        ("[project]\nisolated = true\n[environments.staging]\nsecrets = \"copy.yaml\"\n[environments.production]\n".into(), "production", 125, "which also opens secrets.production.enc.yaml of `production`, and `staging` is isolated"),
        (format!("[project]\nisolated = true\n[environments.staging]\nsecrets = \"copy.yaml\"\n[environments.production.secrets]\nrecipients = [\"{production}\"]\n"), "production", 125, "which belongs to `production`, not to `staging`"),
        // What there is nothing to compare with is not taken for compared.
        ("[project]\nisolated = true\n[environments.staging]\n".into(), "staging", 125, "no other environment is configured to hold its file against"),
        ("[project]\nisolated = true\n[environments.staging]\n[environments.production]\n[environments.dev]\n".into(), "staging", 125, "nothing says who can read the secrets of `dev`: it has no file"),
        ("[project]\nisolated = true\n[environments.staging]\n[environments.production]\nsecrets = \"nowhere.yaml\"\n".into(), "staging", 125, "nothing says who can read the secrets of `production`"),
        (format!("[project]\nisolated = true\n[environments.staging.secrets]\nrecipients = [\"{staging}\"]\n[environments.dev]\n"), "staging", 0, ""),
        (format!("[project]\nisolated = true\n[environments.staging]\n[environments.dev.secrets]\nrecipients = [\"{production}\"]\n"), "staging", 0, ""),
        ("[project]\nisolated = true\n[environments.staging]\n[environments.production.secrets]\ncommand = [\"vault\"]\n".into(), "staging", 0, ""),
        ("[project]\nseparate-identities = true\n[environments.staging]\n[environments.dev]\n".into(), "staging", 125, "no protected environment is configured to hold identities against"),
        ("[project]\nseparate-identities = true\n[environments.staging]\n[environments.production]\nsecrets = \"nowhere.yaml\"\n".into(), "staging", 125, "nothing says who can read the secrets of `production`"),
        ("[project]\nseparate-identities = true\n[environments.staging]\n[environments.production]\n".into(), "both", 125, "opens `production`, which is protected"),
        // An environment may opt out of what the project asks for.
        ("[project]\nisolated = true\n[environments.staging]\nisolated = false\nsecrets = \"secrets.production.enc.yaml\"\n[environments.production]\n".into(), "production", 0, ""),
        // Nothing there, or too much.
        ("[environments.staging]\nsecrets = \"nowhere.yaml\"\n".into(), "staging", 125, "nowhere.yaml: cannot be read"),
    ];
    for (toml, key, code, wanted) in cases {
        let folder = project(&toml)?;
        let keys = ["staging.txt", "production.txt"]
            .map(|name| fs::read_to_string(folder.path().join(name)))
            .into_iter()
            .collect::<Result<String, _>>()?;
        fs::write(folder.path().join("both.txt"), keys)?;
        fs::copy(
            folder.path().join("secrets.production.enc.yaml"),
            folder.path().join("copy.yaml"),
        )?;
        let output = exec(
            folder.path(),
            key,
            &["-e", "staging", "--env", "--prefix", "A_", "--", "true"],
        )?;
        expect(&output, code, &[wanted])
            .map_err(|failed| format!("{toml}: {}", failed.message().unwrap_or_default()))?;
    }
    let folder = project("[environments.staging]\n")?;
    fs::create_dir(folder.path().join("secrets"))?;
    fs::copy(
        folder.path().join("secrets.staging.enc.yaml"),
        folder.path().join("secrets/stage.enc.yaml"),
    )?;
    let output = exec(
        folder.path(),
        "staging",
        &["-e", "staging", "--env", "--prefix", "A_", "--", "true"],
    )?;
    expect(
        &output,
        125,
        &["has several secrets files", "secrets/stage.enc.yaml"],
    )?;
    fs::remove_file(folder.path().join("secrets.staging.enc.yaml"))?;
    expect(
        &exec(
            folder.path(),
            "staging",
            &["-e", "staging", "--env", "--prefix", "A_", "--", "true"],
        )?,
        0,
        &[],
    )?;
    fs::remove_file(folder.path().join("secrets/stage.enc.yaml"))?;
    let output = exec(
        folder.path(),
        "staging",
        &["-e", "staging", "--env", "--prefix", "A_", "--", "true"],
    )?;
    expect(
        &output,
        125,
        &["no secrets file for `staging`", "secrets.staging.enc.yaml"],
    )
}

fn masks() -> Result<(), Failed> {
    let folder = project(STAGING)?;
    let script = r#"echo "password $A_DB_PASSWORD."; echo "err $A_SESSION" >&2; printf '%s' "$A_SESSION" | base64; printf '%s' "$A_TLS_KEY"
        printf ephemeral; sleep 0.2; printf 'canary1\n'; printf 'x%s' "$A_SESSION" | base64; echo short staging; printf 'no end'"#;
    let mut command = with_key(folder.path(), "staging");
    let log = fs::File::create(folder.path().join("log"))?;
    command
        .args([
            "exec", "-e", "staging", "--env", "--prefix", "A_", "--", "sh", "-c", script,
        ])
        .stdout(log.try_clone()?)
        .stderr(log);
    let status = wait(&mut command.spawn()?)?;
    let text = fs::read_to_string(folder.path().join("log"))?;
    // In base64 the characters stay that also depend on the neighbours.
    let expected = "password [masked: db_password].\nerr [masked: session]\n[masked: session]Q==\n\
        [masked: tls_key][masked: session]\neG[masked: session]E=\nshort staging\nno end";
    if !status.success() || text != expected {
        return Err(format!("{status}: {text}").into());
    }
    quiet(&text)
}

/// A group's signal must not count twice: on the second one tofu drops everything.
fn signals() -> Result<(), Failed> {
    let folder = project(STAGING)?;
    let script = "trap 'echo got >> got' TERM USR1; echo ready > ready; while ! [ -e stop ]; do sleep 0.05; done; exit 5";
    for (signal, to_group) in [
        (Signal::TERM, true),
        (Signal::USR1, true),
        (Signal::TERM, false),
    ] {
        for name in ["ready", "stop", "got"] {
            let _ = fs::remove_file(folder.path().join(name));
        }
        let mut command = with_key(folder.path(), "staging");
        command
            .args(["exec", "-e", "staging", "--env", "--", "sh", "-c", script])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        let child = command.spawn()?;
        until("the command to be ready", || {
            Ok(folder.path().join("ready").exists().then_some(()))
        })?;
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let pid = pid.ok_or("no process id")?;
        if to_group {
            rustix::process::kill_process_group(pid, signal)?;
        } else {
            rustix::process::kill_process(pid, signal)?;
        }
        until("the signal", || {
            Ok(folder.path().join("got").exists().then_some(()))
        })?;
        std::thread::sleep(Duration::from_millis(300));
        fs::write(folder.path().join("stop"), "")?;
        expect(&finish(child)?, 5, &[])?;
        let got = fs::read_to_string(folder.path().join("got"))?;
        if got != "got\n" {
            return Err(format!("{signal:?} to the group {to_group}: {got:?}").into());
        }
    }
    Ok(())
}

/// Without a reader, tofu goes on to the end of its apply; any other command ends as it
/// would in a pipe of its own.
fn reader_gone() -> Result<(), Failed> {
    const LINES: &str = "#!/bin/sh\ni=0; while [ $i -lt 20000 ]; do echo line; i=$((i+1)); done; echo done > done\n";
    for (arguments, goes_on) in [
        (&["--", "./tofu", "apply", "plan.bin"][..], true),
        (&["--env", "--", "./tofu.sh"][..], false),
    ] {
        let folder = project(STAGING)?;
        for name in ["tofu", "tofu.sh"] {
            let path = folder.path().join(name);
            fs::write(&path, LINES)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        }
        let mut command = with_key(folder.path(), "staging");
        command
            .args(["exec", "-e", "staging"])
            .args(arguments)
            .stdout(Stdio::piped());
        let mut child = command.spawn()?;
        drop(child.stdout.take());
        let status = wait(&mut child)?;
        let done = folder.path().join("done").exists();
        // 141 is 128 and SIGPIPE.
        let code = if goes_on { 0 } else { 141 };
        if status.code() != Some(code) || done != goes_on {
            return Err(format!("{arguments:?}: {status}, done: {done}").into());
        }
    }
    Ok(())
}

/// The tool in a project, initialised.
pub(crate) fn initialised(program: &Path) -> Result<tempfile::TempDir, Failed> {
    let folder = project(STAGING)?;
    let output = run(folder.path(), "nobody", program, &["init", "-input=false"])?;
    // It takes no variables, and so needs no key.
    expect(&output, 0, &[])?;
    Ok(folder)
}

pub(crate) fn run(
    folder: &Path,
    key: &str,
    program: &Path,
    arguments: &[&str],
) -> Result<Output, Failed> {
    let program = program.display().to_string();
    let mut all = vec!["-e", "staging", "--", &program];
    all.extend(arguments);
    exec(folder, key, &all)
}

fn declared(program: &Path) -> Result<(), Failed> {
    let folder = initialised(program)?;
    // What somebody left lying about loses.
    fs::write(
        folder.path().join("terraform.tfvars"),
        "db_host = \"from a file\"\n",
    )?;
    let plan = run(
        folder.path(),
        "staging",
        program,
        &["plan", "-input=false", "-no-color", "-out=plan.bin"],
    )?;
    expect(&plan, 0, &["[masked: db_host]", "1 to add"])?;
    if shown(&plan).contains("undeclared") {
        return Err(shown(&plan).into());
    }
    fs::remove_file(folder.path().join("terraform.tfvars"))?;
    let apply = run(
        folder.path(),
        "staging",
        program,
        &["apply", "-input=false", "-no-color", "plan.bin"],
    )?;
    expect(&apply, 0, &["1 added", "[masked: db_host]"])?;
    // Machine-read output is whole.
    let output = run(folder.path(), "nobody", program, &["output", "-json"])?;
    let json: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    if json["host"]["value"] != "db.staging.internal"
        || json["doc"]["value"]
            .as_str()
            .and_then(|doc| serde_json::from_str::<serde_json::Value>(doc).ok())
            .is_none_or(|doc| {
                doc["db_password"] != "hunter2${canary}\"<x>" || doc["database"]["port"] != 5432
            })
    {
        return Err(shown(&output).into());
    }
    // From elsewhere, by `-chdir`.
    let away = folder.path().join("away");
    fs::create_dir(&away)?;
    let program = program.display().to_string();
    let destroy = exec(
        &away,
        "../staging",
        &[
            "-e",
            "staging",
            "--",
            &program,
            "-chdir=..",
            "destroy",
            "-auto-approve",
            "-input=false",
            "-no-color",
        ],
    )?;
    expect(&destroy, 0, &["1 destroyed"])
}

fn killed(program: &Path) -> Result<(), Failed> {
    let folder = initialised(program)?;
    let path: PathBuf = folder.path().join("log");
    let log = fs::File::create(&path)?;
    let mut command = with_key(folder.path(), "staging");
    let mut child = command
        .args(["exec", "-e", "staging", "--"])
        .arg(program)
        .args(["apply", "-input=false", "-no-color", "-auto-approve"])
        .env("SECONDS_TO_SLEEP", "2")
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()?;
    let said = |wanted: &str| -> Result<Option<()>, Failed> {
        Ok(fs::read_to_string(&path)?.contains(wanted).then_some(()))
    };
    until("apply to be under way", || said("(local-exec): applying"))?;
    let lock = folder.path().join(".terraform.tfstate.lock.info");
    if !lock.exists() {
        return Err("apply holds no lock, so this shows nothing".into());
    }
    child.kill()?;
    child.wait()?;
    until("apply to finish", || {
        said("Apply complete! Resources: 1 added")
    })?;
    until("the lock to go", || Ok((!lock.exists()).then_some(())))?;
    let state = fs::read_to_string(folder.path().join("terraform.tfstate"))?;
    let state: serde_json::Value = serde_json::from_str(&state)?;
    if state["resources"].as_array().map_or(0, Vec::len) != 1
        || state["resources"][0]["instances"][0]["status"] == "tainted"
    {
        return Err(state.to_string().into());
    }
    quiet(&fs::read_to_string(&path)?)
}
