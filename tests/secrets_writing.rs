//! `tollgate secrets init`, `set`, `unset` and `import`, as their users run them. What the formats do is
//! tested in the crate.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use libtest_mimic::{Failed, Trial};

use crate::cli::{Run, run, tollgate};
use crate::secrets::has_script;

/// In the values that are written, and in no message and no file.
const CANARY: &str = "hunter2canary";
const IDENTITY: &str = "AGE-SECRET-KEY-1QURSWPC8QURSWPC8QURSWPC8QURSWPC8QURSWPC8QURSWPC8QURSKMP32K";
const RECIPIENT: &str = "age1zwlyl6h27gzv0lfntr7fcqrjrzqazap8sy5zylkxwneh7llf0dksu37mwt";
const FILE: &str = "secrets.staging.enc.yaml";

const VARIABLES: &str = r#"
variable "db_password" {
  type      = string
  sensitive = true
}
variable "port" {
  type      = number
  ephemeral = true
}
variable "tokens" {
  type      = map(string)
  sensitive = true
}
variable "hosts" {
  type      = list(string)
  sensitive = true
}
variable "region" {
  type = string
}
variable "with_default" {
  sensitive = true
  default   = "x"
}
"#;

pub(crate) fn trials() -> Vec<Trial> {
    let unix_only = !cfg!(target_os = "linux");
    vec![
        Trial::test("secrets::init_set_import_unset", story),
        Trial::test("secrets::init_says_who_it_cannot_encrypt_for", init_refuses),
        Trial::test("secrets::init_creates_the_configured_file", configured),
        Trial::test(
            "secrets::values_do_not_belong_on_the_command_line",
            misplaced,
        ),
        Trial::test("secrets::a_kill_leaves_the_old_or_the_new_file", killed)
            .with_ignored_flag(unix_only),
        Trial::test("secrets::a_full_disk_leaves_the_old_file", full).with_ignored_flag(unix_only),
        Trial::test(
            "secrets::a_read_only_directory_is_one_clear_error",
            read_only,
        )
        .with_ignored_flag(unix_only || !can_change_user()),
        Trial::test("secrets::a_value_is_asked_for_and_not_shown", prompt)
            .with_ignored_flag(!has_script()),
    ]
}

fn folder(rule: &str) -> Result<tempfile::TempDir, Failed> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("variables.tf"), VARIABLES)?;
    std::fs::write(
        folder.path().join(".sops.yaml"),
        format!("creation_rules:\n  - {rule}\n"),
    )?;
    Ok(folder)
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = tollgate(folder);
    command.arg("secrets").args(arguments);
    isolate(&mut command, folder);
    command
}

fn isolate(command: &mut Command, folder: &Path) {
    command
        .env("HOME", folder)
        .env("SOPS_AGE_KEY", IDENTITY)
        .env_remove("SOPS_AGE_KEY_FILE")
        .env_remove("SOPS_AGE_KEY_CMD");
}

/// A run with a value on standard input.
fn with_input(folder: &Path, arguments: &[&str], input: &str) -> Result<Run, Failed> {
    let mut command = command(folder, arguments);
    let path = folder.join(".input");
    std::fs::write(&path, input)?;
    command.stdin(std::fs::File::open(&path)?);
    let result = run(&mut command);
    std::fs::remove_file(path)?;
    let run = result?;
    if run.stdout.contains(CANARY) || run.stderr.contains(CANARY) {
        return Err(format!("a value in a message:\n{run}").into());
    }
    Ok(run)
}

fn decrypted(folder: &Path) -> Result<String, Failed> {
    let run = run(&mut command(folder, &["decrypt", FILE]))?;
    run.expect(0)?;
    Ok(run.stdout)
}

/// Refuses plaintext anywhere in a folder.
fn no_plaintext(folder: &Path) -> Result<(), Failed> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_file() && String::from_utf8_lossy(&std::fs::read(&path)?).contains(CANARY) {
            return Err(format!("plaintext in {}", path.display()).into());
        }
    }
    Ok(())
}

fn equal(actual: &str, expected: &str) -> Result<(), Failed> {
    if actual == expected {
        Ok(())
    } else {
        Err(format!("--- expected\n{expected}\n--- found\n{actual}").into())
    }
}

fn story() -> Result<(), Failed> {
    let folder = folder(&format!("age: {RECIPIENT}"))?;
    let folder = folder.path();
    let init = with_input(folder, &["init", "-e", "staging"], "")?;
    init.expect(0)?;
    equal(
        &init.stdout,
        &format!(
            "{FILE}: created, encrypted to\n  {RECIPIENT}\n\nto be set; each value comes from standard input\n  \
             tollgate secrets set {FILE} db_password\n  \
             tollgate secrets set {FILE} '[\"hosts\"][0]'\n  \
             tollgate secrets set {FILE} port --type number\n  \
             tollgate secrets set {FILE} '[\"tokens\"][\"KEY\"]'\n"
        ),
    )?;
    equal(
        &decrypted(folder)?,
        "db_password: \"\"\nhosts: []\nport: null\ntokens: {}\n",
    )?;
    for (arguments, input, code, printed) in [
        (
            vec!["set", FILE, "db_password"],
            format!("{CANARY}\n"),
            0,
            format!("{FILE}: set db_password\n"),
        ),
        (
            vec!["set", FILE, "db_password"],
            format!("{CANARY}\n"),
            0,
            format!("{FILE}: db_password has that value already, nothing written\n"),
        ),
        (
            vec!["set", FILE, r#"["hosts"][0]"#],
            "a".to_owned(),
            0,
            format!("{FILE}: set hosts[0]\n"),
        ),
        (
            vec!["set", FILE, "port", "--type", "number"],
            CANARY.to_owned(),
            2,
            String::new(),
        ),
        (
            vec!["set", FILE, "port", "--type", "integer"],
            "5432\n".to_owned(),
            0,
            format!("{FILE}: set port\n"),
        ),
        (
            vec!["set", FILE, r#"["tokens"]["k"]"#],
            "two\nlines\n".to_owned(),
            0,
            format!("{FILE}: set tokens.k\n"),
        ),
        (
            vec!["import", FILE, "-", "--from-type", "dotenv"],
            format!("NEW={CANARY}\n"),
            0,
            format!("{FILE}: 1 added, 0 changed, 0 as before\n  added   NEW\n"),
        ),
        (
            vec!["unset", FILE, r#"["hosts"][0]"#],
            String::new(),
            0,
            format!("{FILE}: unset hosts[0]\n"),
        ),
        (vec!["unset", FILE, "none"], String::new(), 6, String::new()),
        (vec!["init", FILE], String::new(), 6, String::new()),
    ] {
        let run = with_input(folder, &arguments, &input)?;
        run.expect(code)?;
        equal(&run.stdout, &printed)?;
        no_plaintext(folder)?;
    }
    equal(
        &decrypted(folder)?,
        &format!(
            "db_password: {CANARY}\nhosts: []\nport: 5432\ntokens:\n    k: |\n        two\n        lines\nNEW: {CANARY}\n"
        ),
    )?;
    // A file of plaintext is merged, warned about, and left where it is.
    std::fs::write(folder.join("plain.json"), r#"{"port": 1}"#)?;
    let run = with_input(folder, &["import", FILE, "plain.json"], "")?;
    run.expect(0)?;
    if !run.stderr.contains("plain.json still holds the plaintext")
        || !folder.join("plain.json").exists()
    {
        return Err(run.to_string().into());
    }
    Ok(())
}

fn configured() -> Result<(), Failed> {
    for (toml, environment, expected) in [
        (
            "[environments.staging]\nsecrets = \"keys/one.json\"\n",
            "staging",
            Ok("keys/one.json"),
        ),
        ("[environments.staging]\naliases = [\"s\"]\n", "s", Ok(FILE)),
        (
            "[environments.staging]\n",
            "stagging",
            Err("unknown environment `stagging`"),
        ),
        (
            "[environments.staging.secrets]\nfiles = [\"a.yaml\", \"b.yaml\"]\n",
            "staging",
            Err("staging has several secrets files"),
        ),
        (
            "[environments.staging.secrets]\ncommand = [\"vault\"]\n",
            "staging",
            Err("the secrets of staging come from the command `vault`"),
        ),
    ] {
        let folder = folder(&format!("age: {RECIPIENT}"))?;
        std::fs::create_dir(folder.path().join("keys"))?;
        std::fs::write(folder.path().join("tollgate.toml"), toml)?;
        let run = with_input(folder.path(), &["init", "-e", environment], "")?;
        match expected {
            Ok(file) => {
                run.expect(0)?;
                let says = run.stdout.starts_with(&format!("{file}: created"));
                let text = std::fs::read_to_string(folder.path().join(file))?;
                if !says || !text.contains("ENC[AES256_GCM") {
                    return Err(format!("{toml}:\n{run}\n{text}").into());
                }
            }
            Err(said) => {
                run.expect(2)?;
                if !run.stderr.contains(said) || folder.path().join(FILE).exists() {
                    return Err(format!("{toml}:\n{run}").into());
                }
            }
        }
    }
    Ok(())
}

fn init_refuses() -> Result<(), Failed> {
    for (rule, expected) in [
        ("pgp: ABCD", "the data key cannot be encrypted to ABCD"),
        ("age: age1nonsense", "it is not an age recipient"),
        (
            "path_regex: prod\n    age: age1x",
            "no rule of `creation_rules` matches secrets.staging.enc.yaml",
        ),
        (
            "path_regex: '(['\n    age: age1x",
            ".sops.yaml:2: `path_regex`",
        ),
        (
            "path_regex: staging",
            ".sops.yaml:2: the rule names no recipient",
        ),
    ] {
        let folder = folder(rule)?;
        let run = with_input(folder.path(), &["init", "-e", "staging"], "")?;
        run.expect(6)?;
        if !run.stderr.contains(expected) || folder.path().join(FILE).exists() {
            return Err(format!("{expected}:\n{run}").into());
        }
    }
    let folder = tempfile::tempdir()?;
    let run = with_input(folder.path(), &["init", "-e", "staging"], "")?;
    run.expect(6)?;
    if run.stderr.contains("there is no .sops.yaml") {
        Ok(())
    } else {
        Err(run.to_string().into())
    }
}

fn misplaced() -> Result<(), Failed> {
    let folder = folder(&format!("age: {RECIPIENT}"))?;
    with_input(folder.path(), &["init", "-e", "staging"], "")?.expect(0)?;
    let before = std::fs::read(folder.path().join(FILE))?;
    for arguments in [
        vec!["set", FILE, "db_password", CANARY],
        vec!["set", FILE, "db_password", CANARY, CANARY],
    ] {
        let run = with_input(folder.path(), &arguments, "")?;
        run.expect(2)?;
        if !run.stderr.contains("does not belong on the command line") {
            return Err(run.to_string().into());
        }
    }
    if std::fs::read(folder.path().join(FILE))? == before {
        Ok(())
    } else {
        Err("the file was changed".into())
    }
}

fn killed() -> Result<(), Failed> {
    let folder = folder(&format!("age: {RECIPIENT}"))?;
    let folder = folder.path();
    with_input(folder, &["init", "-e", "staging"], "")?.expect(0)?;
    let mut finished = 0;
    for round in 0..40u64 {
        let mut child = command(folder, &["set", FILE, "db_password"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            write!(stdin, "{CANARY}{round}")?;
        }
        // From before it starts to after it is done, in steps.
        std::thread::sleep(Duration::from_millis(round));
        child.kill()?;
        finished += u32::from(child.wait()?.success());
        let text = decrypted(folder)?;
        if !text.starts_with("db_password: \"\"\n")
            && !text.starts_with(&format!("db_password: {CANARY}"))
        {
            return Err(text.into());
        }
        no_plaintext(folder)?;
    }
    // However slow the machine is, the file can still be written.
    with_input(folder, &["set", FILE, "db_password"], "last")?.expect(0)?;
    if decrypted(folder)?.starts_with("db_password: last\n") {
        Ok(())
    } else {
        Err(format!("not written after {finished} finished runs").into())
    }
}

fn full() -> Result<(), Failed> {
    let folder = folder(&format!("age: {RECIPIENT}"))?;
    let folder = folder.path();
    with_input(folder, &["init", "-e", "staging"], "")?.expect(0)?;
    let before = std::fs::read(folder.join(FILE))?;
    let mut command = Command::new("sh");
    // No file may grow, and writing says so instead of being killed.
    command
        .args([
            "-c",
            "trap '' XFSZ; ulimit -f 0; printf hunter2canary | \"$@\"",
            "sh",
            env!("CARGO_BIN_EXE_tollgate"),
            "secrets",
            "set",
            FILE,
            "db_password",
        ])
        .current_dir(folder);
    isolate(&mut command, folder);
    let run = run(&mut command)?;
    run.expect(6)?;
    if !run.stderr.contains("cannot be written") || std::fs::read(folder.join(FILE))? != before {
        return Err(run.to_string().into());
    }
    if std::fs::read_dir(folder)?.count() != 3 {
        return Err("a file was left behind".into());
    }
    Ok(())
}

/// Whoever runs the tests as root can write everywhere, and has to become somebody else.
fn can_change_user() -> bool {
    Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups", "true"])
        .output()
        .is_ok_and(|output| output.status.success())
}

fn read_only() -> Result<(), Failed> {
    let folder = folder(&format!("age: {RECIPIENT}"))?;
    let folder = folder.path();
    with_input(folder, &["init", "-e", "staging"], "")?.expect(0)?;
    let before = std::fs::read(folder.join(FILE))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))?;
    }
    let mut command = Command::new("setpriv");
    command
        .args([
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            env!("CARGO_BIN_EXE_tollgate"),
            "secrets",
            "unset",
            FILE,
            "db_password",
        ])
        .current_dir(folder);
    isolate(&mut command, folder);
    let run = run(&mut command)?;
    run.expect(6)?;
    if run.stderr.contains("cannot be written: permission denied")
        && std::fs::read(folder.join(FILE))? == before
    {
        Ok(())
    } else {
        Err(run.to_string().into())
    }
}

fn prompt() -> Result<(), Failed> {
    let folder = folder(&format!("age: {RECIPIENT}"))?;
    let folder = folder.path();
    with_input(folder, &["init", "-e", "staging"], "")?.expect(0)?;
    let line = format!(
        "{} secrets set {FILE} db_password",
        env!("CARGO_BIN_EXE_tollgate")
    );
    let mut command = Command::new("script");
    command
        .args([
            "--quiet",
            "--return",
            "--echo",
            "never",
            "--command",
            &line,
            "/dev/null",
        ])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    isolate(&mut command, folder);
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        writeln!(stdin, "{CANARY}")?;
        // The terminal's end would cut the answer short.
        let output = child.wait_with_output()?;
        drop(stdin);
        let printed = String::from_utf8_lossy(&output.stdout);
        if !output.status.success()
            || !printed.contains("Value of db_password (not shown)")
            || printed.contains(CANARY)
        {
            return Err(printed.into_owned().into());
        }
    }
    if decrypted(folder)?.starts_with(&format!("db_password: {CANARY}\n")) {
        Ok(())
    } else {
        Err("the value is another".into())
    }
}
