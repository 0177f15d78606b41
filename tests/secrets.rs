//! `tollgate secrets`, as its users run it. What the formats do is tested in the crate.

use std::process::Command;

use libtest_mimic::{Failed, Trial};

use crate::cli::{Run, root, run, tollgate};

/// In the example's plaintext, and in no message.
const CANARY: &str = "hunter2canary";

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("secrets::decrypt_prints_what_sops_prints", decrypts),
        Trial::test("secrets::extract_prints_one_part", extracts),
        Trial::test("secrets::no_key_is_one_clear_error", no_key),
        Trial::test("secrets::show_needs_no_key", shows),
        Trial::test(
            "secrets::a_plaintext_file_is_named_and_not_shown",
            plaintext,
        ),
        Trial::test("secrets::a_terminal_needs_reveal", terminal).with_ignored_flag(!has_script()),
    ]
}

/// A run in the folder of the example, with the test key unless `key` says otherwise.
fn secrets(key: &str, arguments: &[&str]) -> Result<Run, Failed> {
    run(&mut command(key, arguments))
}

fn command(key: &str, arguments: &[&str]) -> Command {
    let folder = root().join("tests/secrets");
    let mut command = tollgate(&folder);
    command.arg("secrets").args(arguments);
    isolate(&mut command, &folder, key);
    command
}

/// Hides the user's own keys.
fn isolate(command: &mut Command, folder: &std::path::Path, key: &str) {
    for variable in [
        "SOPS_AGE_KEY",
        "SOPS_AGE_KEY_CMD",
        "SOPS_AGE_SSH_PRIVATE_KEY_FILE",
        "SOPS_AGE_SSH_PRIVATE_KEY_CMD",
        "XDG_CONFIG_HOME",
    ] {
        command.env_remove(variable);
    }
    command
        .env("HOME", folder)
        .env("SOPS_AGE_KEY_FILE", folder.join(key));
}

fn same(actual: &str, expected: &str) -> Result<(), Failed> {
    if actual == expected {
        Ok(())
    } else {
        Err(format!("--- expected\n{expected}\n--- printed\n{actual}").into())
    }
}

fn decrypts() -> Result<(), Failed> {
    let decrypted = secrets("key.txt", &["decrypt", "example.enc.yaml"])?;
    decrypted.expect(0)?;
    let expected = std::fs::read_to_string(root().join("tests/secrets/example.yaml"))?;
    same(&decrypted.stdout, &expected)?;
    let json = secrets(
        "key.txt",
        &["decrypt", "example.enc.yaml", "--output-type", "json"],
    )?;
    json.expect(0)?;
    if json.json()?["database"]["port"] == 5432 {
        Ok(())
    } else {
        Err(json.to_string().into())
    }
}

fn extracts() -> Result<(), Failed> {
    for (path, expected) in [
        (r#"["database"]["password"]"#, CANARY),
        (r#"["database"]["hosts"][1]"#, "db-2.internal"),
        (r#"["database"]["port"]"#, "5432\n"),
        (
            r#"["database"]["hosts"]"#,
            "- db-1.internal\n- db-2.internal\n",
        ),
    ] {
        let part = secrets(
            "key.txt",
            &["decrypt", "example.enc.yaml", "--extract", path],
        )?;
        part.expect(0)?;
        same(&part.stdout, expected)?;
    }
    let missing = secrets(
        "key.txt",
        &["decrypt", "example.enc.yaml", "--extract", r#"["databse"]"#],
    )?;
    missing.expect(6)?;
    says(
        &missing,
        &[r#"has no ["databse"]"#, "tollgate secrets show"],
    )?;
    secrets(
        "key.txt",
        &["decrypt", "example.enc.yaml", "--extract", "databse"],
    )?
    .expect(2)
}

/// Checks the error, and that it neither says a value nor anything on standard output.
fn says(run: &Run, wanted: &[&str]) -> Result<(), Failed> {
    for wanted in wanted {
        if !run.stderr.contains(wanted) {
            return Err(format!("does not say {wanted:?}:\n{run}").into());
        }
    }
    if run.stdout.is_empty() && !run.stderr.contains(CANARY) {
        Ok(())
    } else {
        Err(format!("says too much:\n{run}").into())
    }
}

fn no_key() -> Result<(), Failed> {
    let refused = secrets("nowhere.txt", &["decrypt", "example.enc.yaml"])?;
    refused.expect(6)?;
    says(
        &refused,
        &[
            "none of your keys opens it",
            "age1",
            "nowhere.txt): no such file",
            "SOPS_AGE_KEY: not set",
            "export SOPS_AGE_KEY_FILE=",
        ],
    )
}

fn shows() -> Result<(), Failed> {
    let shown = secrets("nowhere.txt", &["show", "example.enc.yaml"])?;
    shown.expect(0)?;
    for line in [
        "database.password    text",
        "database.port        integer",
        "feature_unencrypted  boolean, unencrypted",
        "token                empty text",
    ] {
        if !shown.stdout.contains(line) {
            return Err(format!("does not show {line:?}:\n{shown}").into());
        }
    }
    let json = secrets("nowhere.txt", &["show", "example.enc.yaml", "--json"])?;
    json.expect(0)?;
    let json = json.json()?;
    let names = json["names"].as_array().map_or(0, Vec::len);
    if names == 7 && json["recipients"][0]["needs"] == "an age identity" {
        Ok(())
    } else {
        Err(json.to_string().into())
    }
}

fn plaintext() -> Result<(), Failed> {
    for subcommand in ["decrypt", "show"] {
        let refused = secrets("key.txt", &[subcommand, "example.yaml"])?;
        refused.expect(6)?;
        says(&refused, &["nothing in it is encrypted", "sops encrypt"])?;
    }
    let missing = secrets("key.txt", &["decrypt", "nowhere.yaml"])?;
    missing.expect(6)?;
    says(&missing, &["nowhere.yaml: cannot be read"])
}

/// util-linux's `script` runs a command on a terminal of its own.
pub(crate) fn has_script() -> bool {
    Command::new("script")
        .arg("--version")
        .output()
        .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("util-linux"))
}

fn terminal() -> Result<(), Failed> {
    let folder = root().join("tests/secrets");
    for (arguments, code, printed) in [
        ("decrypt example.enc.yaml", 2, "add `--reveal`"),
        ("decrypt example.enc.yaml --reveal", 0, CANARY),
    ] {
        let line = format!("{} secrets {arguments}", env!("CARGO_BIN_EXE_tollgate"));
        let mut command = Command::new("script");
        command
            .args(["--quiet", "--return", "--command", &line, "/dev/null"])
            .current_dir(&folder)
            .stdin(std::process::Stdio::null());
        isolate(&mut command, &folder, "key.txt");
        let run = run(&mut command)?;
        run.expect(code)?;
        if !run.stdout.contains(printed) || (code != 0 && run.stdout.contains(CANARY)) {
            return Err(run.to_string().into());
        }
    }
    Ok(())
}
