//! Secrets that are in no file of the repository, through `tollgate exec`, as its users run it: a
//! command, variables of the environment, and AWS Secrets Manager as moto plays it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};
use serde_json::json;

use crate::cli::{Run, finish, root, tollgate};
use crate::tools::program;

/// In every source, and in no message.
const CANARY: &str = "hunter2canary";

/// For starting moto on a machine that is busy with other tests.
const START_LIMIT: Duration = Duration::from_secs(60);

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test("sources::a_command_prints_the_secrets", commands),
        Trial::test("sources::variables_hold_the_secrets", variables),
        Trial::test("sources::what_is_not_known_is_not_passed", unchecked),
        Trial::test("sources::variables_keep_the_names_that_are_listed", listed),
        Trial::test("sources::aws_secrets_manager_has_the_secrets", aws)
            .with_ignored_flag(!has_moto()),
    ];
    for tool in ["tofu", "terraform"] {
        let found = program(tool);
        let missing = found.is_none();
        trials.push(
            Trial::test(
                format!("sources::{tool}_takes_them_as_variables"),
                move || takes(found.as_deref().ok_or("the tool is missing")?),
            )
            .with_ignored_flag(missing),
        );
    }
    trials
}

/// A project whose staging has its secrets there, and a script that prints what is in `printed`.
fn project(secrets: &str, printed: &str) -> Result<tempfile::TempDir, Failed> {
    let folder = tempfile::tempdir()?;
    fs::create_dir(folder.path().join(".git"))?;
    fs::create_dir(folder.path().join("deep"))?;
    let script = folder.path().join("get secrets");
    fs::write(
        &script,
        "#!/bin/sh\necho \"asked for $1\" >&2\ncat printed\nexit \"${2:-0}\"\n",
    )?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
    fs::write(folder.path().join("printed"), printed)?;
    let toml = format!("[environments.staging.secrets]\n{secrets}\n");
    fs::write(folder.path().join("tollgate.toml"), toml)?;
    Ok(folder)
}

/// What a command says of its variables, without their values.
const LENGTHS: &str =
    "password=${DB_PASSWORD-$A_DB_PASSWORD}; echo ${#password} ${DB_PORT-${A_DB_PORT-none}}";

fn exec(folder: &Path) -> Command {
    let mut command = tollgate(folder);
    command
        .env("HOME", folder)
        .env_remove("SOPS_AGE_KEY")
        .env_remove("SOPS_AGE_KEY_FILE")
        .args(["exec", "-e", "staging", "--env", "--prefix", "A_"])
        .args(["--", "sh", "-c", LENGTHS]);
    command
}

/// Checks that the command ran and said that, or that one clear error came instead of it.
fn told(run: &Run, case: &str, expected: Result<&str, &str>) -> Result<(), Failed> {
    let fine = match expected {
        Ok(stdout) => run.code == 0 && run.stdout == stdout,
        Err(said) => {
            run.code == 125
                && run.stdout.is_empty()
                && run.stderr.contains(said)
                && run.stderr.matches("error: ").count() == 1
        }
    };
    if fine && !format!("{}{}", run.stdout, run.stderr).contains(CANARY) {
        Ok(())
    } else {
        Err(format!("{case}: expected {expected:?}:\n{run}").into())
    }
}

fn commands() -> Result<(), Failed> {
    let json = format!(r#"{{"db_password": "{CANARY}", "db_port": 5432}}"#);
    let nested = format!(r#"{{"data": {{"data": {json}}}}}"#);
    let dotenv = format!("export DB_PASSWORD='{CANARY}'\nDB_PORT='5432' # c\n");
    let script = r#"command = ["./get secrets", "it"]"#;
    let good = Ok("13 5432\n");
    let huge = format!("{json}{}", " ".repeat(9 << 20));
    for (secrets, printed, expected) in [
        (script.to_owned(), json.as_str(), good),
        (format!("{script}\nformat = \"json\""), &json, good),
        (format!("{script}\nat = \"data.data\""), &nested, good),
        (format!("{script}\nformat = \"dotenv\""), &dotenv, good),
        (r#"command = ["cat", "printed"]"#.to_owned(), &json, good),
        (
            format!("{script}\nenvironment-marker = \"environment\""),
            &json,
            Err("does not name its environment at `environment`"),
        ),
        (
            format!("{script}\nat = \"data.nothing\""),
            &nested,
            Err("the command `get secrets`: has no"),
        ),
        (
            r#"command = ["./get secrets", "it", "3"]"#.to_owned(),
            &json,
            Err("failed (exit status: 3); what it printed is not used"),
        ),
        (
            script.to_owned(),
            CANARY,
            Err("the command `get secrets`: is not valid JSON"),
        ),
        (
            script.to_owned(),
            &json[..json.len() - 1],
            Err("the command `get secrets`: is not valid JSON"),
        ),
        (
            script.to_owned(),
            "[\"hunter2canary\"]",
            Err("has no map at its top level"),
        ),
        (
            script.to_owned(),
            "",
            Err("the command `get secrets`: is not valid JSON"),
        ),
        (
            format!("{script}\nformat = \"dotenv\""),
            &json,
            Err("the command `get secrets`: is not valid dotenv"),
        ),
        (script.to_owned(), &huge, Err("prints more than 8 MiB")),
        (
            r#"command = ["./nowhere", "hunter2canary"]"#.to_owned(),
            &json,
            Err("the command `nowhere`: does not start"),
        ),
    ] {
        let folder = project(&secrets, printed)?;
        let ran = finish(&mut exec(folder.path()))?;
        told(&ran, &secrets, expected)?;
        if secrets.contains("get secrets") && !ran.stderr.contains("asked for it") {
            return Err(format!("the command's own message is lost:\n{ran}").into());
        }
        // The command runs beside the configuration, wherever Tollgate is started.
        told(
            &finish(&mut exec(&folder.path().join("deep")))?,
            &secrets,
            expected,
        )?;
    }
    Ok(())
}

fn variables() -> Result<(), Failed> {
    let set = &[("CI_PASSWORD", CANARY), ("CI_PORT", "5432")][..];
    for (secrets, set, expected) in [
        (
            r#"variables = { db_password = "CI_PASSWORD", db_port = "CI_PORT" }"#,
            set,
            Ok("13 5432\n"),
        ),
        (
            "variables = [\"CI_PASSWORD\"]\nmap = { DB_PASSWORD = \"CI_PASSWORD\" }",
            set,
            Ok("13 none\n"),
        ),
        (
            "prefix = \"CI_DB_\"",
            &[("CI_DB_db_password", CANARY)],
            Ok("13 none\n"),
        ),
        (
            r#"variables = { db_password = "CI_PASSWORD", db_port = "CI_OTHER" }"#,
            set,
            Err("the environment: has no variable CI_OTHER"),
        ),
        (
            "prefix = \"CI_DB_\"",
            set,
            Err("the environment: has no variable that begins with CI_DB_"),
        ),
    ] {
        let folder = project(secrets, "")?;
        let mut command = exec(folder.path());
        command.envs(set.iter().copied());
        told(&finish(&mut command)?, secrets, expected)?;
    }
    Ok(())
}

/// Without `--prefix` a source gives names only where the configuration says which.
fn listed() -> Result<(), Failed> {
    for (secrets, expected) in [
        (
            r#"variables = { db_password = "CI_PASSWORD", db_port = "CI_PORT" }"#,
            Ok("13 5432\n"),
        ),
        ("prefix = \"CI_\"", Ok("0 none\n")),
        (
            "named-only = true\ncommand = [\"cat\", \"printed\"]",
            Err("nobody says what these secrets are called as variables: `db_password`"),
        ),
    ] {
        let printed = format!(r#"{{"db_password": "{CANARY}"}}"#);
        let folder = project(secrets, &printed)?;
        let mut command = tollgate(folder.path());
        command
            .env("HOME", folder.path())
            .env("CI_PASSWORD", CANARY)
            .env("CI_PORT", "5432")
            .args(["exec", "-e", "staging", "--env", "--", "sh", "-c", LENGTHS]);
        told(&finish(&mut command)?, secrets, expected)?;
    }
    Ok(())
}

fn unchecked() -> Result<(), Failed> {
    let folder = project(r#"command = ["./get secrets", "hunter2canary"]"#, "")?;
    let secrets = |arguments: &[&str]| -> Result<Run, Failed> {
        let mut command = tollgate(folder.path());
        command.env("HOME", folder.path()).arg("secrets");
        let ran = finish(command.args(arguments))?;
        // Nothing is run to find out.
        if format!("{}{}", ran.stdout, ran.stderr).contains(CANARY)
            || ran.stderr.contains("asked for")
        {
            return Err(format!("{arguments:?}:\n{ran}").into());
        }
        Ok(ran)
    };
    let human = secrets(&["check"])?;
    human.expect(0)?;
    for wanted in [
        "staging: the command `get secrets`, not checked",
        "note     staging: its secrets come from the command `get secrets`",
        "NOT CHECKED (staging): 0 errors, 0 warnings",
    ] {
        let text = human
            .stdout
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        let wanted = wanted.split_whitespace().collect::<Vec<_>>().join(" ");
        if !text.contains(&wanted) || text.contains("PASSED") {
            return Err(format!("does not say {wanted:?}:\n{human}").into());
        }
    }
    let json = secrets(&["check", "-o", "json"])?;
    json.expect(0)?;
    let json = json.json()?;
    if json["passed"] != false
        || json["environments"][0]["source"] != "the command `get secrets`"
        || json["findings"][0]["kind"] != "not-checked"
        || json["findings"][0]["gravity"] != "note"
    {
        return Err(json.to_string().into());
    }
    fs::write(folder.path().join("main.tf"), "variable \"x\" {}\n")?;
    fs::create_dir(folder.path().join("environments"))?;
    fs::write(folder.path().join("environments/staging.tfvars"), "")?;
    let mut shown = tollgate(folder.path());
    let shown = finish(
        shown
            .env("HOME", folder.path())
            .args(["env", "show", "staging"]),
    )?;
    if !shown.stdout.contains("the command `get secrets`") || shown.stdout.contains(CANARY) {
        return Err(shown.to_string().into());
    }
    let diff = secrets(&["diff", "staging", "staging"])?;
    diff.expect(2)?;
    if diff.stderr.contains("their names cannot be told") && diff.stdout.is_empty() {
        Ok(())
    } else {
        Err(diff.to_string().into())
    }
}

fn takes(tool: &Path) -> Result<(), Failed> {
    let folder = project(
        r#"command = ["cat", "printed"]"#,
        &format!(r#"{{"db": {{"password": "{CANARY}", "ports": [1, 2]}}, "undeclared": 1}}"#),
    )?;
    fs::write(
        folder.path().join("main.tf"),
        "variable \"db\" {\n  type = object({ password = string, ports = list(number) })\n  sensitive = true\n}\n\
         output \"it\" {\n  value = nonsensitive(\"${length(var.db.password)} ${sum(var.db.ports)}\")\n}\n",
    )?;
    let mut command = tollgate(folder.path());
    command
        .env("HOME", folder.path())
        .env("CHECKPOINT_DISABLE", "1")
        .args(["exec", "-e", "staging", "--"])
        .arg(tool)
        .args(["plan", "-no-color", "-input=false"]);
    let ran = finish(&mut command)?;
    ran.expect(0)?;
    if ran.stdout.contains("\"13 3\"") && !format!("{ran}").contains(CANARY) {
        Ok(())
    } else {
        Err(ran.to_string().into())
    }
}

fn python() -> PathBuf {
    root().join(".tools/venv/bin/python3")
}

pub(crate) fn has_moto() -> bool {
    imports("moto, flask, flask_cors")
}

/// Whether moto is there with what all of its services need, not only the few that most tests use.
pub(crate) fn has_all_of_moto() -> bool {
    has_moto() && imports("docker, openapi_spec_validator, py_partiql_parser")
}

fn imports(modules: &str) -> bool {
    Command::new(python())
        .args(["-c", &format!("import {modules}")])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

pub(crate) struct Moto {
    child: Child,
    pub(crate) port: u16,
}

impl Moto {
    /// Whether it speaks HTTP: somebody else may have been at the port for a moment, and connected.
    fn answers(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else {
            return false;
        };
        let mut begins = [0; 5];
        stream.set_read_timeout(Some(START_LIMIT)).is_ok()
            && write!(
                stream,
                "GET /moto-api/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
            )
            .is_ok()
            && stream.read_exact(&mut begins).is_ok()
            && &begins == b"HTTP/"
    }

    pub(crate) fn start() -> Result<Self, Failed> {
        // It ends when its standard input closes, however we end. One request at a time: what S3 compares
        // and writes at once, moto does one after the other.
        let serve = "import os, sys, threading\n\
            threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()\n\
            import moto.server as server\n\
            one, app = threading.Lock(), server.DomainDispatcherApplication\n\
            call = app.__call__\n\
            def serial(self, *request):\n    with one:\n        return call(self, *request)\n\
            app.__call__ = serial\n\
            server.main(['-H', '127.0.0.1', '-p', sys.argv[1]])\n";
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let child = Command::new(python())
            .args(["-c", serve, &port.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut moto = Self { child, port };
        let start = Instant::now();
        while !moto.answers() {
            if moto.child.try_wait()?.is_some() || start.elapsed() > START_LIMIT {
                return Err("moto does not start".into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(moto)
    }

    /// Calls an operation of a service that speaks JSON, such as `TrentService.CreateKey` of KMS.
    pub(crate) fn call(
        &self,
        service: &str,
        target: &str,
        body: &serde_json::Value,
    ) -> Result<serde_json::Value, Failed> {
        let body = body.to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        write!(
            stream,
            "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nX-Amz-Target: {target}\r\n\
             Content-Type: application/x-amz-json-1.1\r\nContent-Length: {}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/{service}/aws4_request, SignedHeaders=host, Signature=0\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        match answer.split_once("\r\n\r\n") {
            Some((head, body)) if head.starts_with("HTTP/1.1 200") => {
                Ok(serde_json::from_str(body)?)
            }
            _ => Err(answer.into()),
        }
    }

    fn secret(&self, name: &str, value: &str) -> Result<(), Failed> {
        let body =
            json!({ "Name": name, "SecretString": value, "ClientRequestToken": "0".repeat(32) });
        self.call("secretsmanager", "secretsmanager.CreateSecret", &body)?;
        Ok(())
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn aws() -> Result<(), Failed> {
    let moto = Moto::start()?;
    let tree = format!(r#"{{"app": {{"db_password": "{CANARY}", "db_port": 5432}}}}"#);
    moto.secret("team/tree", &tree)?;
    moto.secret("team/text", CANARY)?;
    for (secrets, expected) in [
        (
            "aws-secrets-manager = \"team/tree\"\nregion = \"eu-west-1\"\nat = \"app\"",
            Ok("13 5432\n"),
        ),
        (
            "aws-secrets-manager = \"team/text\"\nregion = \"eu-west-1\"\nas-value = \"db_password\"",
            Ok("13 none\n"),
        ),
        (
            "aws-secrets-manager = \"team/tree\"\nregion = \"eu-west-1\"\nrole = \"arn:aws:iam::123456789012:role/reader\"\nstage = \"AWSCURRENT\"\nat = \"app\"",
            Ok("13 5432\n"),
        ),
        (
            "aws-secrets-manager = \"team/text\"\nregion = \"eu-west-1\"",
            Err("is not a JSON object"),
        ),
        (
            "aws-secrets-manager = \"team/none\"\nregion = \"eu-west-1\"",
            Err("does not exist in eu-west-1"),
        ),
        (
            "aws-secrets-manager = \"team/tree\"\nregion = \"us-east-1\"",
            Err("does not exist in us-east-1"),
        ),
        ("aws-secrets-manager = \"team/tree\"", Err("has no region")),
    ] {
        let folder = project(secrets, "")?;
        let mut command = exec(folder.path());
        for variable in [
            "AWS_PROFILE",
            "AWS_REGION",
            "AWS_DEFAULT_REGION",
            "AWS_SESSION_TOKEN",
        ] {
            command.env_remove(variable);
        }
        command
            .env(
                "AWS_ENDPOINT_URL",
                format!("http://127.0.0.1:{}", moto.port),
            )
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_CONFIG_FILE", folder.path().join("none"))
            .env("AWS_SHARED_CREDENTIALS_FILE", folder.path().join("none"));
        told(&finish(&mut command)?, secrets, expected)?;
    }
    Ok(())
}
