//! What becomes of a command's output under `tollgate exec`: masked in every form that programs print,
//! also where no key is needed, and never lost without a word.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use libtest_mimic::{Failed, Trial};
use rustix::process::{Pid, Signal};

use crate::exec::{
    CANARIES, exec, expect, finish, initialised, project, quiet, run, shown, until, with_key,
};
use crate::tools::program;

pub(crate) fn trials() -> Vec<Trial> {
    let linux = cfg!(target_os = "linux");
    let mut trials = vec![
        Trial::test("exec_output::encodings_are_masked", encodings)
            .with_ignored_flag(!has_python()),
        Trial::test("exec_output::a_full_disk_is_reported", full).with_ignored_flag(!linux),
        Trial::test("exec_output::a_killed_masker_ends_no_apply", killed).with_ignored_flag(!linux),
        Trial::test("exec_output::nothing_is_dumped", core_dumps).with_ignored_flag(!linux),
        Trial::test("exec_output::names_that_decide_what_runs", steering),
        Trial::test("exec_output::values_given_twice", given_twice),
    ];
    for tool in ["tofu", "terraform"] {
        let found = program(tool);
        let missing = found.is_none();
        trials.push(
            Trial::test(
                format!("exec_output::{tool}_output_is_masked_without_variables"),
                move || keyless(&found.ok_or("the tool is missing")?),
            )
            .with_ignored_flag(missing),
        );
    }
    trials
}

fn has_python() -> bool {
    Command::new("python3")
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success())
}

/// A script of that name in the project.
fn script(folder: &Path, name: &str, text: &str) -> Result<(), Failed> {
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\n{text}"))?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    Ok(())
}

const STAGING: &str = "[environments.staging.secrets]
other-keys = [\"environment\", \"unused\"]
[environments.production]
";

fn encodings() -> Result<(), Failed> {
    let folder = project(STAGING)?;
    let python = r#"
import base64, json, os, textwrap, urllib.parse
secret = os.environ["A_DB_PASSWORD"]
raw = secret.encode()
document = json.dumps({"a": {"password": secret, "user": "u"}})
code = base64.b64encode(document.encode()).decode()
print("1", code)
print("2", base64.urlsafe_b64encode(b"x" + document.encode()).decode())
for columns in (64, 76):
    print("3", "\n".join(textwrap.wrap(base64.b64encode(b"y" * 50 + raw + b"z" * 90).decode(), columns)))
print("4", base64.encodebytes(b"y" * 49 + raw * 3).decode())
print("5", json.dumps(json.dumps(document)))
print("6", urllib.parse.quote(secret), urllib.parse.quote_plus(secret), urllib.parse.quote(secret, safe="").lower())
print("7", raw.hex(), raw.hex().upper())
print("8", json.dumps({"content": "\n".join(textwrap.wrap(code, 60))}))
print("9 done")
"#;
    fs::write(folder.path().join("print.py"), python)?;
    let output = exec(
        folder.path(),
        "staging",
        &[
            "-e", "staging", "--env", "--prefix", "A_", "--", "python3", "print.py",
        ],
    )?;
    expect(&output, 0, &["9 done"])?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    // The names stand where the values were, and nothing that can be decoded is left of those.
    for (line, least) in [
        ("1", 1),
        ("2", 1),
        ("3", 2),
        ("4", 1),
        ("5", 1),
        ("6", 3),
        ("7", 2),
        ("8", 1),
    ] {
        // Of several lines only the first one begins with its number.
        let numbered = |text: &&str| text.get(1..2) == Some(" ") && !text.starts_with(line);
        let found: usize = text
            .split('\n')
            .skip_while(|text| !text.starts_with(line))
            .take_while(|text| !numbered(text))
            .map(|text| text.matches("[masked: db_password]").count())
            .sum();
        if found < least {
            return Err(format!("line {line}: {text}").into());
        }
    }
    // `hunter2${canary}` begins so in base64 at each of three places, in hexadecimal, and encoded.
    for needle in [
        "aHVudGVyMi",
        "h1bnRlcjIk",
        "odW50ZXIyJ",
        "68756e746572",
        "68756E746572",
        "hunter2%24",
        "hunter2",
    ] {
        if text.contains(needle) {
            return Err(format!("{needle}: {text}").into());
        }
    }
    Ok(())
}

fn full() -> Result<(), Failed> {
    for (arguments, code, said) in [
        (
            &["--", "./tofu", "apply", "plan.bin"][..],
            125,
            "the command ended with exit code 0, but its output could not be written: No space left",
        ),
        (
            &["--", "./tofu", "apply", "5"],
            5,
            "the command ended with exit code 5, but its output could not be written: No space left",
        ),
    ] {
        let folder = project(STAGING)?;
        script(
            folder.path(),
            "tofu",
            "echo one; echo done > done; for last; do :; done; [ \"$last\" != 5 ] || exit 5\n",
        )?;
        let mut command = with_key(folder.path(), "staging");
        command
            .args(["exec", "-e", "staging"])
            .args(arguments)
            .stdout(fs::OpenOptions::new().write(true).open("/dev/full")?)
            .stderr(Stdio::piped());
        let output = finish(command.spawn()?)?;
        expect(&output, code, &[said])?;
        if !folder.path().join("done").exists() {
            return Err("the command did not run to its end".into());
        }
    }
    Ok(())
}

/// The masking processes of a Tollgate.
fn maskers(of: u32) -> Vec<i32> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse::<i32>().ok())
        else {
            continue;
        };
        let read = |name: &str| fs::read_to_string(entry.path().join(name)).unwrap_or_default();
        let parent = read("stat")
            .rsplit_once(") ")
            .and_then(|(_, rest)| rest.split(' ').nth(1)?.parse::<u32>().ok());
        if parent == Some(of) && read("cmdline").starts_with("tollgate-mask") {
            found.push(pid);
        }
    }
    found
}

/// Out of memory, say: what masks is killed, and the command goes on; nothing is shown unmasked.
fn killed() -> Result<(), Failed> {
    const LINES: &str = "echo ready\nwhile ! [ -e go ]; do sleep 0.05; done\n\
        i=0; while [ $i -lt 20000 ]; do echo hunter2; i=$((i+1)); done; echo done > done\n";
    for (arguments, goes_on) in [
        (&["--", "./tofu", "apply", "plan.bin"][..], true),
        (&["--env", "--prefix", "A_", "--", "./tofu"][..], false),
    ] {
        let folder = project(STAGING)?;
        script(folder.path(), "tofu", LINES)?;
        let mut command = with_key(folder.path(), "staging");
        command
            .args(["exec", "-e", "staging"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let child = command.spawn()?;
        let of = child.id();
        let found = until("both masking processes", || {
            let found = maskers(of);
            Ok((found.len() == 2).then_some(found))
        })?;
        for pid in found {
            let pid = Pid::from_raw(pid).ok_or("no process id")?;
            rustix::process::kill_process(pid, Signal::KILL)?;
        }
        fs::write(folder.path().join("go"), "")?;
        let output = finish(child)?;
        let (code, said) = if goes_on {
            (
                125,
                "the command ended with exit code 0, but its output was withheld",
            )
        } else {
            // As in any pipe whose reader is gone: 128 and SIGPIPE.
            (
                141,
                "the command ended with exit code 141, but its output was withheld",
            )
        };
        expect(&output, code, &[said])?;
        if folder.path().join("done").exists() != goes_on
            || String::from_utf8_lossy(&output.stdout).contains("hunter2")
        {
            return Err(shown(&output).into());
        }
    }
    Ok(())
}

fn core_dumps() -> Result<(), Failed> {
    let folder = project(STAGING)?;
    let limits = "grep -i core /proc/self/limits";
    let output = exec(
        folder.path(),
        "staging",
        &[
            "-e", "staging", "--env", "--prefix", "A_", "--", "sh", "-c", limits,
        ],
    )?;
    let never = |text: &str| {
        let words: Vec<&str> = text.split_whitespace().collect();
        words.ends_with(&["1", "1", "bytes"])
    };
    expect(&output, 0, &[])?;
    if !never(&String::from_utf8_lossy(&output.stdout)) {
        return Err(shown(&output).into());
    }
    // A command that opens a file has taken it back before it asks for a key.
    script(
        folder.path(),
        "key",
        &format!("{limits} > limits; cat staging.txt\n"),
    )?;
    let output = with_key(folder.path(), "nobody")
        .env("SOPS_AGE_KEY_CMD", "./key")
        .args(["secrets", "decrypt", "secrets.staging.enc.yaml"])
        .output()?;
    let text = fs::read_to_string(folder.path().join("limits"))?;
    if !output.status.success() || !never(&text) {
        return Err(format!("{text}: {}", output.status).into());
    }
    Ok(())
}

fn steering() -> Result<(), Failed> {
    for (toml, arguments, code, said) in [
        (
            "[environments.staging]\n",
            &["--env"][..],
            125,
            "`map = { PATH = \"path\" }`",
        ),
        (
            "[environments.staging.secrets]\nnamed-only = true\n",
            &["--env"],
            125,
            "error: nobody says what these secrets are called as variables: `database`, `db_password`",
        ),
        // The next step that it says.
        (
            "[environments.staging.secrets]\nnamed-only = true\n",
            &["--env"],
            125,
            "`--prefix APP_`; or say it in tollgate.toml: `[environments.staging.secrets]` with `map = { DATABASE = \"database\", DB_PASSWORD = \"db_password\", ",
        ),
        (
            "[environments.staging.secrets]\nnamed-only = true\nother-keys = [\"database\"]\n",
            &["--env"],
            0,
            "there is no `--prefix`: `db_password`",
        ),
        (
            "[environments.staging.secrets]\nnamed-only = true\nmap = { DATABASE = \"database\" }\n",
            &["--env"],
            0,
            "warning: not handed over, because `map` does not name them and there is no `--prefix`: `db_password`",
        ),
        (
            "[environments.staging]\n",
            &["--fd", "3", "--format", "dotenv"],
            125,
            "`map = { PATH = \"path\" }`",
        ),
        (
            "[environments.staging]\n",
            &["--env", "--prefix", "APP_"],
            0,
            "",
        ),
        ("[environments.staging]\n", &["--fd", "3"], 0, ""),
        (
            "[environments.staging.secrets]\nmap = { PATH = \"path\" }\n",
            &["--env"],
            0,
            "",
        ),
        (
            "[environments.staging]\n",
            &["--env", "--prefix", "app-"],
            125,
            "the prefix `app-` cannot begin the name of a variable",
        ),
    ] {
        let folder = project(toml)?;
        let value = folder.path().join("value");
        fs::write(&value, "/usr/bin:/bin")?;
        let set = with_key(folder.path(), "staging")
            .args(["secrets", "set", "secrets.staging.enc.yaml", "path"])
            .stdin(fs::File::open(&value)?)
            .output()?;
        if !set.status.success() {
            return Err(shown(&set).into());
        }
        let mut all = vec!["-e", "staging"];
        all.extend(arguments);
        all.extend(["--", "/bin/sh", "-c", "true"]);
        expect(&exec(folder.path(), "staging", &all)?, code, &[said]).map_err(|failed| {
            format!(
                "{toml} {arguments:?}: {}",
                failed.message().unwrap_or_default()
            )
        })?;
    }
    Ok(())
}

fn given_twice() -> Result<(), Failed> {
    for (arguments, environment, code, said) in [
        (
            &["plan", "-var", "db_password=nothing"][..],
            None,
            125,
            "`-var db_password=…` is given, and `db_password` is a secret of `staging`",
        ),
        (
            &["plan", "-var=session=nothing"],
            None,
            125,
            "`session` is a secret",
        ),
        (&["plan", "-var=unrelated=x"], None, 0, ""),
        // The saved plan has it, so only ephemeral ones are handed over.
        (
            &["apply", "-var", "session=x", "plan.bin"],
            None,
            125,
            "`session`",
        ),
        (
            &["plan"],
            Some("TF_VAR_db_password"),
            0,
            "warning: TF_VAR_db_password is set and does not count: `db_password` comes from the secrets of `staging`",
        ),
        (&["plan"], Some("TF_VAR_unrelated"), 0, ""),
    ] {
        let folder = project(STAGING)?;
        script(folder.path(), "tofu", "echo ran > ran\n")?;
        let mut command = with_key(folder.path(), "staging");
        command
            .args(["exec", "-e", "staging", "--", "./tofu"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(name) = environment {
            command.env(name, "nothing");
        }
        let output = finish(command.spawn()?)?;
        expect(&output, code, &[said])
            .map_err(|failed| format!("{arguments:?}: {}", failed.message().unwrap_or_default()))?;
        let quiet = !said.is_empty() || output.stderr.is_empty();
        if folder.path().join("ran").exists() != (code == 0) || !quiet {
            return Err(format!("{arguments:?}: {}", shown(&output)).into());
        }
    }
    Ok(())
}

/// `output`, `show` and `state show` print what an apply has put into the state.
fn keyless(program: &Path) -> Result<(), Failed> {
    let folder = initialised(program)?;
    let folder = folder.path();
    let applied = run(
        folder,
        "staging",
        program,
        &["apply", "-input=false", "-no-color", "-auto-approve"],
    )?;
    expect(&applied, 0, &["1 added"])?;
    let canary = |text: &str| CANARIES.iter().any(|canary| text.contains(canary));
    for arguments in [
        &["output"][..],
        &["output", "host"],
        &["show", "-no-color"],
        &["state", "show", "-no-color", "terraform_data.one"],
    ] {
        let masked = run(folder, "staging", program, arguments)?;
        expect(&masked, 0, &["[masked: "])?;
        quiet(&shown(&masked))?;
        // Without a key it runs as ever, and says so.
        let bare = run(folder, "nobody", program, arguments)?;
        let said = String::from_utf8_lossy(&bare.stderr);
        if bare.status.code() != Some(0)
            || !canary(&String::from_utf8_lossy(&bare.stdout))
            || !said.contains("warning: the output is not masked, because the secrets of `staging` are not known here")
        {
            return Err(format!("{arguments:?}: {}", shown(&bare)).into());
        }
    }
    // What a machine reads is whole, and needs no key.
    for arguments in [
        &["output", "-raw", "host"][..],
        &["output", "-json"],
        &["state", "pull"],
    ] {
        for key in ["staging", "nobody"] {
            let output = run(folder, key, program, arguments)?;
            if output.status.code() != Some(0)
                || !output.stderr.is_empty()
                || !String::from_utf8_lossy(&output.stdout).contains("db.staging.internal")
            {
                return Err(format!("{arguments:?}: {}", shown(&output)).into());
            }
        }
    }
    Ok(())
}
