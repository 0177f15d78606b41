//! States in S3, as moto plays it: each environment's in its own bucket, and nothing moved.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use libtest_mimic::Failed;

use super::project::{PRODUCTION, Project, STAGING, finish};
use crate::sources::Moto;

const TOML: &str = "[environments.staging]\nbackend-config = [\"bucket=state-staging\"]\nworkspace = \"stag\"\n\
         [environments.production]\nbackend-config = [\"bucket=state-production\"]\nworkspace = \"default\"\n";

const BACKEND: &str = r#"terraform {
  backend "s3" {
    key                         = "media/state"
    region                      = "eu-west-1"
    use_lockfile                = true
    use_path_style              = true
    skip_credentials_validation = true
    skip_requesting_account_id  = true
    skip_region_validation      = true
    endpoints = {
      s3 = "ENDPOINT"
    }
  }
}
"#;

fn request(port: u16, method: &str, path: &str) -> Result<String, Failed> {
    send(port, method, path, "")
}

fn send(port: u16, method: &str, path: &str, body: &str) -> Result<String, Failed> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\nContent-Length: {length}\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0\r\n\r\n{body}",
        length = body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    if answer.starts_with("HTTP/1.1 200") {
        Ok(answer)
    } else {
        Err(answer.into())
    }
}

fn keys(port: u16, bucket: &str) -> Result<Vec<String>, Failed> {
    let answer = request(port, "GET", &format!("/{bucket}"))?;
    let keys = answer.split("<Key>").skip(1);
    Ok(keys
        .filter_map(|rest| Some(rest.split_once("</Key>")?.0.to_owned()))
        .collect())
}

pub(super) fn keeps_apart(program: &Path) -> Result<(), Failed> {
    let moto = Moto::start()?;
    let project = Project::new(program)?;
    let endpoint = format!("http://127.0.0.1:{}", moto.port);
    let text = project.read("main.tf")?;
    let (_, rest) = text.split_once("}\n}\n").ok_or("no backend")?;
    project.write("main.tf", &(BACKEND.replace("ENDPOINT", &endpoint) + rest))?;
    project.write("tollgate.toml", TOML)?;
    for bucket in ["state-staging", "state-production"] {
        request(moto.port, "PUT", &format!("/{bucket}"))?;
    }
    let aws = |command: &mut Command| {
        command
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")
            .env_remove("AWS_PROFILE");
        finish(command)
    };
    let run = |arguments: &[&str]| aws(&mut project.command("both", arguments));
    run(&["plan", "-e", STAGING])?.expect(0, &["the workspace `stag` is new"])?;
    run(&["apply", "-e", STAGING, ".tollgate/staging.tollgate"])?
        .expect(0, &["Applied staging"])?;
    // The directory is initialised for another bucket now.
    let plan = run(&["plan", "-e", PRODUCTION])?;
    plan.expect(
        0,
        &[
            "`bucket` was",
            "state-production",
            "nothing was moved",
            "1 to create",
        ],
    )?;
    let apply = ["apply", "-e", PRODUCTION, "--confirm", PRODUCTION];
    run(&apply)?.expect(0, &["Applied production"])?;
    let staging = keys(moto.port, "state-staging")?;
    let production = keys(moto.port, "state-production")?;
    if !staging.iter().any(|key| key == "env:/stag/media/state")
        || staging.iter().any(|key| key == "media/state")
        || !production.iter().any(|key| key == "media/state")
        || production.iter().any(|key| key.contains("stag"))
    {
        return Err(format!("{staging:?} {production:?}").into());
    }
    // Back again, and nothing is to be done there.
    run(&["plan", "-e", STAGING])?.expect(0, &["1 unchanged"])?;
    // What the backend has is asked for, and what is called alike is named.
    let named = program.to_str().ok_or("the path of the tool is no text")?;
    let online = ["env", "doctor", "-e", STAGING, "--online", "--tool", named];
    run(&online)?.expect(0, &["workspace: stag\n"])?;
    project.write("tollgate.toml", &TOML.replace("\"stag\"", "\"stage\""))?;
    run(&online)?.expect(0, &["there is no workspace `stage` yet, but `stag`"])?;
    run(&["plan", "-e", STAGING, "--no-out"])?.expect(
        0,
        &["nothing is in the state of staging", "and yet", "`stag`"],
    )?;
    project.write("tollgate.toml", TOML)?;
    run(&["plan", "-e", STAGING])?.expect(0, &["1 unchanged"])?;
    // Somebody else works on the state, or was killed: the lock is named with what breaks it.
    send(
        moto.port,
        "PUT",
        "/state-staging/env:/stag/media/state.tflock",
        r#"{"ID":"5a1d-33","Operation":"OperationTypeApply","Info":"","Who":"ann@host","Version":"1.11.4","Created":"2026-11-29T12:00:00Z","Path":"state-staging/env:/stag/media/state"}"#,
    )?;
    let tool = program.file_name().unwrap_or_default().to_string_lossy();
    run(&["plan", "-e", STAGING])?.expect(
        8,
        &[
            "state lock",
            "` failed for `staging`",
            "the state has a lock too: 5a1d-33 (apply by ann@host)",
            &format!("`tollgate exec -e staging -- {tool} force-unlock 5a1d-33`"),
        ],
    )?;
    request(
        moto.port,
        "DELETE",
        "/state-staging/env:/stag/media/state.tflock",
    )
    .ok();
    // Nobody answers.
    drop(moto);
    let mut command = project.command("both", &["plan", "-e", STAGING]);
    command.env("AWS_MAX_ATTEMPTS", "1");
    aws(&mut command)?.expect(8, &["` failed for `staging`"])?;
    project.quiet()
}
