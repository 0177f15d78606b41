//! Sources other than files: commands and variables.

use crate::support::{env, keyring, to_json};
use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};
use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;
use tollgate_secrets::source::{Command, CommandOutput, EnvironmentVariables, Source, Variables};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("sources: what commands print", commands),
        Trial::test("sources: commands that fail", failures),
        Trial::test("sources: a command that hangs", hangs),
        Trial::test("sources: variables", variables),
    ]
}

fn shell(script: &str, output: CommandOutput) -> Command {
    Command::new("sh", ["-c", script], output)
}

fn fetched(source: &dyn Source) -> Result<Value, String> {
    source
        .fetch(&keyring(&[]))
        .map(|secrets| to_json(&secrets).remove(0))
        .map_err(|error| error.to_string())
}

fn commands() -> Result<(), Failed> {
    use CommandOutput::{Dotenv, Json};
    for (script, output, at, expected) in [
        (
            r#"echo '{"b":"x","a":{"n":17,"f":1.5,"t":true,"z":null,"l":["é"]}}'"#,
            Json,
            "",
            json!({"b":"x","a":{"n":17,"f":1.5,"t":true,"z":null,"l":["é"]}}),
        ),
        ("echo noise >&2; echo '{}'", Json, "", json!({})),
        (
            r#"echo '{"data":{"data":{"p":"x"},"metadata":{}}}'"#,
            Json,
            r#"["data"]["data"]"#,
            json!({"p":"x"}),
        ),
        (
            "printf 'A=1\\nexport B=\"x y\"\\n'",
            Dotenv,
            "",
            json!({"A":"1","B":"x y"}),
        ),
        ("printf ''", Dotenv, "", json!({})),
        // More than a pipe holds, and a grandchild that outlives nobody.
        (
            r#"printf '{"a":"'; head -c 300000 /dev/zero | tr '\0' x; printf '"}'"#,
            Json,
            "",
            json!({"a":"x".repeat(300_000)}),
        ),
    ] {
        let mut command = shell(script, output);
        if !at.is_empty() {
            command = command.at(at.parse()?);
        }
        match fetched(&command) {
            Ok(value) if value == expected => {}
            other => return Err(format!("{script}: {other:?}").into()),
        }
    }
    // No shell of ours touches an argument.
    let echo = Command::new("printf", ["%s", r#"{"a":"$HOME `id` ; x"}"#], Json);
    if fetched(&echo)? == json!({"a":"$HOME `id` ; x"}) {
        Ok(())
    } else {
        Err("an argument was changed".into())
    }
}

fn failures() -> Result<(), Failed> {
    use CommandOutput::{Dotenv, Json};
    for (script, output, at, expected) in [
        (
            "echo '{\"a\":\"hunter2\"}'; exit 3",
            Json,
            "",
            "the command `sh`: failed (exit status: 3)",
        ),
        (
            "echo '{\"a\":\"hunter2\"}'; kill -9 $$",
            Json,
            "",
            "failed (signal: 9",
        ),
        ("echo hunter2", Json, "", "is not valid JSON"),
        ("echo '[\"hunter2\"]'", Json, "", "no map at its top level"),
        ("echo hunter2", Dotenv, "", "a line without `=` at line 1"),
        (
            "echo '{\"a\":\"hunter2\",\"a\":\"hunter2\"}'",
            Json,
            "",
            "has the key a twice",
        ),
        (
            "printf '{\"a\":\"\\377hunter2\"}'",
            Json,
            "",
            "bytes that are not UTF-8",
        ),
        (
            "echo '{\"a\":\"hunter2\"}'",
            Json,
            r#"["a"]"#,
            "has no map at the path",
        ),
        (
            "echo '{\"a\":\"hunter2\"}'",
            Json,
            r#"["b"]"#,
            r#"has no ["b"]"#,
        ),
        ("yes hunter2", Json, "", "prints more than 8 MiB"),
        ("true", Json, "", "is not valid JSON"),
    ] {
        let mut command = shell(script, output);
        if !at.is_empty() {
            command = command.at(at.parse()?);
        }
        match fetched(&command) {
            Err(said) if said.contains(expected) && !said.contains("hunter2") => {}
            other => return Err(format!("{script}: {other:?}").into()),
        }
    }
    let missing = Command::new("/nowhere/vault", ["hunter2"], Json);
    match fetched(&missing) {
        Err(said)
            if said.starts_with("the command `vault`: does not start")
                && !said.contains("hunter2") =>
        {
            Ok(())
        }
        other => Err(format!("{other:?}").into()),
    }
}

fn hangs() -> Result<(), Failed> {
    // With its output open, and with its output closed.
    for script in ["exec sleep 600", "exec >&-; exec sleep 600"] {
        let command = shell(script, CommandOutput::Json).within(Duration::from_secs(1));
        match fetched(&command) {
            Err(said) if said.contains("was ended after 1 s without an answer") => {}
            other => return Err(format!("{script}: {other:?}").into()),
        }
    }
    Ok(())
}

fn variables() -> Result<(), Failed> {
    let all: Variables = Arc::new(|| {
        ["APP_z", "APP_a", "OTHER", "APP_", "APPLE"]
            .map(|name| {
                (
                    OsString::from(name),
                    OsString::from(format!("value of {name}")),
                )
            })
            .to_vec()
    });
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let set = env(&[("B", "x"), ("A", ""), ("C", "hunter2")]);
    for (source, expected) in [
        (
            EnvironmentVariables::named(set.clone(), names(&["B", "A"])),
            Ok(json!({"B":"x","A":""})),
        ),
        (
            EnvironmentVariables::named(set.clone(), names(&["C", "D"])),
            Err("the environment: has no variable D"),
        ),
        (
            EnvironmentVariables::renamed(set.clone(), [("y".to_owned(), "B".to_owned())]),
            Ok(json!({"y":"x"})),
        ),
        (
            EnvironmentVariables::prefixed(all.clone(), "APP_"),
            Ok(json!({"a":"value of APP_a","z":"value of APP_z"})),
        ),
        (
            EnvironmentVariables::prefixed(all, "NONE_"),
            Err("has no variable that begins with NONE_"),
        ),
    ] {
        match (fetched(&source), expected) {
            (Ok(value), Ok(expected)) if value == expected => {}
            (Err(said), Err(expected)) if said.contains(expected) && !said.contains("hunter2") => {}
            (other, _) => return Err(format!("{other:?}").into()),
        }
    }
    Ok(())
}
