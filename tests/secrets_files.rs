//! What `tollgate secrets` says of files that people really have: dotenv with quotes, comments, rules
//! that leave something unencrypted, half-merged files and pipes.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use libtest_mimic::{Failed, Trial};

use crate::cli::{Run, run, tollgate};

const IDENTITY: &str = "AGE-SECRET-KEY-1QURSWPC8QURSWPC8QURSWPC8QURSWPC8QURSWPC8QURSWPC8QURSKMP32K";
const RECIPIENT: &str = "age1zwlyl6h27gzv0lfntr7fcqrjrzqazap8sy5zylkxwneh7llf0dksu37mwt";
/// In values, and in no message.
const CANARY: &str = "hunter2canary";

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("secrets_files::import_reads_dotenv_as_shells_do", dotenv),
        Trial::test(
            "secrets_files::import_keeps_comments_in_a_new_file",
            comments,
        ),
        Trial::test("secrets_files::import_of_thousands_of_values", thousands),
        Trial::test("secrets_files::unset_is_exact", unset),
        Trial::test("secrets_files::init_says_what_stays_in_clear", in_clear),
        Trial::test(
            "secrets_files::placeholders_are_not_taken_for_values",
            placeholders,
        ),
        Trial::test("secrets_files::unusable_files_are_named_once", unusable),
        Trial::test(
            "secrets_files::an_empty_map_is_the_map_that_is_filled_elsewhere",
            parity,
        ),
        Trial::test("secrets_files::a_pipe_is_no_file", pipe),
    ]
}

fn folder(rule: &str) -> Result<tempfile::TempDir, Failed> {
    let folder = tempfile::tempdir()?;
    fs::write(
        folder.path().join(".sops.yaml"),
        format!("creation_rules:\n  - {rule}\n"),
    )?;
    Ok(folder)
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = tollgate(folder);
    command
        .arg("secrets")
        .args(arguments)
        .env("HOME", folder)
        .env("SOPS_AGE_KEY", IDENTITY)
        .env_remove("SOPS_AGE_KEY_FILE")
        .env_remove("SOPS_AGE_KEY_CMD");
    command
}

/// Runs it, and finds the canary in what it prints only where plaintext was asked for.
fn secrets(folder: &Path, arguments: &[&str], code: i32) -> Result<Run, Failed> {
    let run = run(&mut command(folder, arguments))?;
    run.expect(code)
        .map_err(|failed| format!("{arguments:?}: {}", failed.message().unwrap_or_default()))?;
    if arguments.first() != Some(&"decrypt") && run.to_string().contains(CANARY) {
        return Err(format!("{arguments:?} shows a value: {run}").into());
    }
    Ok(run)
}

fn same(found: &str, expected: &str) -> Result<(), Failed> {
    if found == expected {
        Ok(())
    } else {
        Err(format!("--- expected\n{expected}\n--- found\n{found}").into())
    }
}

const OLD: &str = "# the database\nexport DB_PASSWORD=\"hunter2canary\"\nDB_USER='app user' # read only\nKEY=\"one\\ntwo\"\nPLAIN=a b\nPRICE=$5\nREGEX=\\n+\n";

fn dotenv() -> Result<(), Failed> {
    for file in ["s.enc.yaml", "s.enc.env"] {
        let folder = folder(&format!("age: {RECIPIENT}"))?;
        let folder = folder.path();
        fs::write(folder.join("old.env"), OLD)?;
        secrets(folder, &["init", file, "--no-input"], 0)?;
        let import = secrets(folder, &["import", file, "old.env"], 0)?;
        import.says_all(&[
            "6 added, 0 changed, 0 as before",
            "read as dotenv: the quotes of 3 values taken off, `export` of 1 line dropped",
            "PRICE: the `$` is kept as it is: nothing is expanded",
            "REGEX: the `\\n` is kept as two characters; within double quotes it is a line break",
            "old.env still holds the plaintext",
        ])?;
        let decrypted = secrets(folder, &["decrypt", file, "--output-type", "json"], 0)?.json()?;
        let expected = serde_json::json!({
            "DB_PASSWORD": CANARY, "DB_USER": "app user", "KEY": "one\ntwo", "PLAIN": "a b",
            "PRICE": "$5",
            "REGEX": "\\n+",
        });
        if decrypted != expected {
            return Err(format!("{file}: {decrypted:#}").into());
        }
        let again = secrets(folder, &["import", file, "old.env"], 0)?;
        again.says("0 added, 0 changed, 6 as before")?;
    }
    let folder = folder(&format!("age: {RECIPIENT}"))?;
    fs::write(folder.path().join("bad.env"), "A=1\nB=\"hunter2canary\n")?;
    let bad = secrets(
        folder.path(),
        &["import", "--create", "s.enc.env", "bad.env"],
        6,
    )?;
    bad.says_all(&["bad.env: is not valid dotenv: a quote that is not closed at line 2"])
}

fn comments() -> Result<(), Failed> {
    let yaml = "# first\na: x # behind\n# before the map\nm:\n    # inside\n    k: 1\n    l:\n        # in a list\n        - yes please\n# last\n";
    for (name, text, said, expected) in [
        ("p.yaml", yaml, "with 6 comments", yaml),
        (
            "p.env",
            "# first\nexport A=\"x\" # behind\n",
            "with 2 comments",
            "# first\n# behind\nA=x\n",
        ),
        (
            "p.ini",
            "; first\n[s]\n; about k\nk = v\n",
            "1 added",
            "; first\n[s]\n; about k\nk = v\n",
        ),
    ] {
        let folder = folder(&format!("age: {RECIPIENT}"))?;
        let folder = folder.path();
        fs::write(folder.join(name), text)?;
        let file = format!("s.enc.{}", name.trim_start_matches("p."));
        let run = secrets(folder, &["import", "--create", &file, name], 0)?;
        run.says(said)?;
        same(&secrets(folder, &["decrypt", &file], 0)?.stdout, expected)?;
        // Comments can be secret too.
        let stored = fs::read_to_string(folder.join(&file))?;
        if stored.contains("first") || stored.contains("inside") {
            return Err(stored.into());
        }
    }
    // JSON has no place for them, and says so.
    let folder = folder(&format!("age: {RECIPIENT}"))?;
    fs::write(folder.path().join("p.yaml"), yaml)?;
    let run = secrets(
        folder.path(),
        &["import", "--create", "s.enc.json", "p.yaml"],
        0,
    )?;
    run.says_all(&["3 added", "warning: 6 comments could not be kept"])
}

/// One by one that would be as many looks at a growing file.
fn thousands() -> Result<(), Failed> {
    let mut text = String::new();
    for number in 0..3000 {
        let _ = writeln!(text, "name_{number}: value {number}");
    }
    for file in ["s.enc.yaml", "s.enc.json"] {
        let folder = folder(&format!("age: {RECIPIENT}"))?;
        let folder = folder.path();
        fs::write(folder.join("p.yaml"), &text)?;
        let run = secrets(folder, &["import", "--create", file, "p.yaml"], 0)?;
        run.says("3000 added, 0 changed, 0 as before")?;
        let decrypted = secrets(folder, &["decrypt", file, "--output-type", "yaml"], 0)?;
        same(&decrypted.stdout, &text)?;
        fs::write(folder.join("more.yaml"), text.replace("name_", "more_"))?;
        let run = secrets(folder, &["import", file, "more.yaml"], 0)?;
        run.says("3000 added, 0 changed, 0 as before")?;
        let run = secrets(folder, &["import", file, "p.yaml"], 0)?;
        run.says("0 added, 0 changed, 3000 as before")?;
        // All but one get another value, and every one keeps its place.
        let other = text
            .replace("value", "another")
            .replace("another 7\n", "value 7\n");
        fs::write(folder.join("other.yaml"), &other)?;
        let run = secrets(folder, &["import", file, "other.yaml"], 0)?;
        run.says("0 added, 2999 changed, 1 as before")?;
        let decrypted = secrets(folder, &["decrypt", file, "--output-type", "yaml"], 0)?;
        same(
            &decrypted.stdout,
            &format!("{other}{}", text.replace("name_", "more_")),
        )?;
    }
    Ok(())
}

fn unset() -> Result<(), Failed> {
    let folder = folder(&format!("age: {RECIPIENT}"))?;
    let folder = folder.path();
    let before = "a: 1\na.b: 2\n\"a[0]\": 3\nab: 4\n";
    for (path, left) in [
        ("a", "a.b: 2\na[0]: 3\nab: 4\n"),
        ("a.b", "a: 1\na[0]: 3\nab: 4\n"),
        ("[\"a[0]\"]", "a: 1\na.b: 2\nab: 4\n"),
        ("ab", "a: 1\na.b: 2\na[0]: 3\n"),
    ] {
        let _ = fs::remove_file(folder.join("s.enc.yaml"));
        fs::write(folder.join("p.yaml"), before)?;
        secrets(folder, &["import", "--create", "s.enc.yaml", "p.yaml"], 0)?;
        secrets(folder, &["unset", "s.enc.yaml", path], 0)?;
        same(
            &secrets(folder, &["decrypt", "s.enc.yaml"], 0)?.stdout,
            left,
        )?;
    }
    Ok(())
}

const VARIABLES: &str = "variable \"db_password\" {\n  sensitive = true\n}\nvariable \"db_url_unencrypted\" {\n  sensitive = true\n}\nvariable \"region_unencrypted\" {}\nvariable \"port\" {\n  type = number\n  ephemeral = true\n}\n";

fn in_clear() -> Result<(), Failed> {
    let file = "secrets.staging.enc.yaml";
    for (rule, arguments, code, said) in [
        (
            "age: RECIPIENT",
            &[][..],
            6,
            "the rule at .sops.yaml:2 leaves `db_url_unencrypted` unencrypted, which the configuration declares as secret; nothing was written",
        ),
        (
            "age: RECIPIENT\n    encrypted_regex: ^db_",
            &[],
            6,
            "leaves `port` unencrypted",
        ),
        (
            "age: RECIPIENT",
            &["--allow-unencrypted"],
            0,
            "warning: the rule at .sops.yaml:2 leaves `db_url_unencrypted` unencrypted, and the configuration declares it as a secret",
        ),
        (
            "age: RECIPIENT\n    encrypted_regex: ^(db_|port)",
            &["--all"],
            0,
            "warning: the rule at .sops.yaml:2 leaves `region_unencrypted` unencrypted",
        ),
        (
            "age: RECIPIENT\n    encrypted_regex: .",
            &["--all"],
            0,
            "created",
        ),
    ] {
        let folder = folder(&rule.replace("RECIPIENT", RECIPIENT))?;
        fs::write(folder.path().join("variables.tf"), VARIABLES)?;
        let mut all = vec!["init", "-e", "staging", "--no-input"];
        all.extend(arguments);
        let run = secrets(folder.path(), &all, code)?;
        run.says(said)?;
        if folder.path().join(file).exists() != (code == 0)
            || (!said.contains("clear") && run.stderr.contains("clear"))
        {
            return Err(format!("{rule}: {run}").into());
        }
    }
    Ok(())
}

/// `init` writes null for a number, and `check` says so until somebody sets it.
fn placeholders() -> Result<(), Failed> {
    let folder = folder(&format!("age: {RECIPIENT}\n    unencrypted_suffix: _clear"))?;
    let folder = folder.path();
    fs::write(folder.join("variables.tf"), VARIABLES)?;
    fs::write(folder.join("tollgate.toml"), "[environments.staging]\n")?;
    secrets(folder, &["init", "-e", "staging", "--no-input"], 0)?;
    let check = secrets(folder, &["check"], 6)?;
    check.says_all(&[
        "`db_password` is empty",
        "`port` is null: nothing has been set yet, and it has no default",
        "fix set it: `tollgate secrets set 'secrets.staging.enc.yaml' port --type number`",
    ])?;
    let value = folder.join("value");
    fs::write(&value, "5432\n")?;
    let mut set = command(
        folder,
        &[
            "set",
            "secrets.staging.enc.yaml",
            "port",
            "--type",
            "number",
        ],
    );
    run(set.stdin(fs::File::open(&value)?))?.expect(0)?;
    let check = secrets(folder, &["check"], 6)?;
    if check.stdout.contains("`port`") {
        return Err(check.to_string().into());
    }
    Ok(())
}

fn unusable() -> Result<(), Failed> {
    for (text, said) in [
        (
            "a: hunter2canary\n",
            "error staging: secrets.staging.enc.yaml: has no sops metadata, so nothing in it is encrypted",
        ),
        (
            "<<<<<<< HEAD\na: hunter2canary\n=======\n>>>>>>> x\n",
            "error staging: secrets.staging.enc.yaml: holds git's conflict markers at line 1",
        ),
        (
            "a: [\n",
            "error staging: secrets.staging.enc.yaml: is not valid YAML",
        ),
    ] {
        let folder = folder(&format!("age: {RECIPIENT}"))?;
        let folder = folder.path();
        fs::write(folder.join("secrets.staging.enc.yaml"), text)?;
        fs::write(folder.join("tollgate.toml"), "[environments.staging]\n")?;
        let check = secrets(folder, &["check"], 6)?;
        check.says_all(&["staging: secrets.staging.enc.yaml, not checked", said])?;
        let json = secrets(folder, &["check", "-o", "json"], 6)?.json()?;
        if json["environments"][0]["unread"][0] != "secrets.staging.enc.yaml"
            || check.stdout.contains("0 values")
        {
            return Err(format!("{check}\n{json:#}").into());
        }
    }
    let folder = folder(&format!("age: {RECIPIENT}"))?;
    for arguments in [
        &["show", "nowhere.yaml"][..],
        &["decrypt", "nowhere.yaml"],
        &["unset", "nowhere.yaml", "a"],
    ] {
        let gone = secrets(folder.path(), arguments, 6)?;
        gone.says_all(&[
            "nowhere.yaml: cannot be read: no such file",
            "or create it: `tollgate secrets init 'nowhere.yaml'`",
        ])?;
    }
    Ok(())
}

fn parity() -> Result<(), Failed> {
    let folder = folder(&format!("age: {RECIPIENT}"))?;
    let folder = folder.path();
    fs::write(
        folder.join("tollgate.toml"),
        "[environments.staging]\n[environments.production]\n",
    )?;
    for (environment, text) in [
        ("staging", "tokens: {}\nhosts: []\nsame: {}\n"),
        (
            "production",
            "tokens:\n    ci: x\nhosts:\n    - y\nsame: {}\n",
        ),
    ] {
        let file = format!("secrets.{environment}.enc.yaml");
        fs::write(folder.join("p.yaml"), text)?;
        secrets(folder, &["import", "--create", &file, "p.yaml"], 0)?;
    }
    let check = secrets(folder, &["check"], 6)?;
    check.says_all(&[
        "`tokens.ci` is in production and not here",
        "`hosts[]` is in production and not here",
        "2 errors",
    ])?;
    let diff = secrets(folder, &["diff", "staging", "production"], 0)?;
    if check.stdout.contains("`tokens` is") || diff.stdout.contains("empty map") {
        return Err(format!("{check}\n{diff}").into());
    }
    Ok(())
}

/// Nobody ever writes into it, so whoever opened it would wait for ever.
fn pipe() -> Result<(), Failed> {
    let folder = folder(&format!("age: {RECIPIENT}"))?;
    let folder = folder.path();
    let made = Command::new("mkfifo")
        .arg(folder.join("secrets.staging.enc.yaml"))
        .status()?;
    if !made.success() {
        return Err("mkfifo failed".into());
    }
    fs::write(folder.join("tollgate.toml"), "[environments.staging]\n")?;
    let file = "secrets.staging.enc.yaml";
    for arguments in [
        &["show", file][..],
        &["decrypt", file],
        &["set", file, "a"],
        &["check"],
        &["diff", "staging", "staging"],
    ] {
        let run = secrets(folder, arguments, 6)?;
        run.says("secrets.staging.enc.yaml: is not a regular file")?;
    }
    // A shell's pipe is another thing.
    let shell = Command::new("sh")
        .args([
            "-c",
            "cat \"$1\" | \"$2\" secrets show /dev/stdin --input-type yaml",
            "sh",
        ])
        .arg(crate::cli::root().join("tests/secrets/example.enc.yaml"))
        .arg(env!("CARGO_BIN_EXE_tollgate"))
        .output()?;
    if shell.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&shell.stderr).into_owned().into())
    }
}
