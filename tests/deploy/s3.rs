//! States in S3, as moto plays it: each environment's in its own bucket, and nothing moved.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use libtest_mimic::Failed;

use super::project::{PRODUCTION, Project, Ran, STAGING, finish};
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

/// A project whose states are in these buckets.
fn in_s3(program: &Path, toml: &str, buckets: &[&str]) -> Result<(Moto, Project), Failed> {
    let moto = Moto::start()?;
    let project = Project::new(program)?;
    let endpoint = format!("http://127.0.0.1:{}", moto.port);
    let text = project.read("main.tf")?;
    let (_, rest) = text.split_once("}\n}\n").ok_or("no backend")?;
    project.write("main.tf", &(BACKEND.replace("ENDPOINT", &endpoint) + rest))?;
    project.write("tollgate.toml", toml)?;
    for bucket in buckets {
        request(moto.port, "PUT", &format!("/{bucket}"))?;
    }
    Ok((moto, project))
}

fn aws(command: &mut Command) -> Result<Ran, Failed> {
    command
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")
        .env_remove("AWS_PROFILE");
    finish(command)
}

/// Copies an object as it is.
fn copy(port: u16, from: &str, to: &str) -> Result<(), Failed> {
    let answer = request(port, "GET", from)?;
    let (_, body) = answer.split_once("\r\n\r\n").ok_or("no body")?;
    send(port, "PUT", to, body).map(drop)
}

/// What only other places know: a bucket of each environment's own, and folders of one.
pub(super) fn looks_elsewhere(program: &Path) -> Result<(), Failed> {
    let each = |name: &str, settings: &str| {
        format!("[environments.{name}]\nbackend-config = [{settings}]\nworkspace = \"default\"\n")
    };
    let buckets = |staging: &str, production: &str| {
        each(STAGING, &format!("\"bucket=state-{staging}\""))
            + &each(PRODUCTION, &format!("\"bucket=state-{production}\""))
    };
    let all = [
        "state-staging",
        "state-production",
        "state-typo",
        "state-one",
    ];
    let (moto, project) = in_s3(program, &buckets("staging", "production"), &all)?;
    // So that it can be planned again: nothing in the state is a secret without a mark.
    let main = project.read("main.tf")?;
    project.write(
        "main.tf",
        &main.replace("[var.db_password, var.size]", "[var.size]"),
    )?;
    let run = |arguments: &[&str]| aws(&mut project.command("both", arguments));
    let apply = ["apply", "-e", PRODUCTION, "--confirm", PRODUCTION];
    let plan = ["plan", "-e", PRODUCTION, "--no-out"];
    let destroy = ["destroy", "-e", STAGING, "--confirm-destroy", STAGING];
    run(&apply)?.expect(0, &["Applied production"])?;
    // A bucket that is another one, and is there: the directory still knows which it was, the second time too.
    project.write("tollgate.toml", &buckets("staging", "typo"))?;
    let said = [
        "the directory was initialised for another state of it",
        "`bucket` was `state-production` and is `state-typo` now",
        "correct `bucket` of the backend",
        "--new-state",
    ];
    for arguments in [&plan[..], &plan, &apply] {
        run(arguments)?.expect(7, &said)?;
    }
    run(&[&plan[..], &["--new-state"]].concat())?.expect(0, &["1 to create"])?;
    project.write("tollgate.toml", &buckets("staging", "production"))?;
    // In the state of the typing mistake is nothing, so that it is in nobody's way.
    run(&plan)?.expect(0, &["1 unchanged"])?;
    // A copy of production's state in the bucket of staging, which has no history.
    copy(
        moto.port,
        "/state-production/media/state",
        "/state-staging/media/state",
    )?;
    let copied = "found a copy of that of `production`, with the same lineage and resources";
    run(&destroy)?.expect(7, &[copied])?;
    // One folder of one bucket, and a key of another folder, which has lock and history moved for all.
    let keys = |staging: &str, production: &str| {
        let one = |name: &str, key: &str| {
            each(
                name,
                &format!("\"bucket=state-one\", \"key={key}.tfstate\""),
            )
        };
        let name = "[project]\nname = \"media\"\n";
        format!(
            "{name}{}{}",
            one(STAGING, staging),
            one(PRODUCTION, production)
        )
    };
    project.write("tollgate.toml", &keys("app/staging", "app/production"))?;
    run(&[&apply[..], &["--new-state"]].concat())?.expect(0, &["Applied production"])?;
    project.write("tollgate.toml", &keys("app/staging", "infra/production"))?;
    // A clone, which knows nothing of before.
    fs::remove_dir_all(project.path(".terraform"))?;
    run(&apply)?.expect(
        7,
        &[
            "at s3://state-one/app/media.tollgate-history.jsonl",
            "there is a state at `app/production.tfstate`",
        ],
    )?;
    project.write("tollgate.toml", &keys("test/app", "app/production"))?;
    copy(
        moto.port,
        "/state-one/app/production.tfstate",
        "/state-one/test/app.tfstate",
    )?;
    run(&destroy)?.expect(7, &[copied])?;
    run(&plan)?.expect(
        0,
        &[
            "1 unchanged",
            "app/media.tollgate-history.jsonl says of deploys to production too",
        ],
    )?;
    // Another stack calls its states alike, in a folder of its own; in one that is nearly the first one's,
    // that is rather a mistake.
    for (stack, code) in [("web", 0), ("apq", 7)] {
        fs::remove_dir_all(project.path(".terraform"))?;
        let staging = format!("{stack}/staging");
        let text = keys(&staging, &format!("{stack}/production"));
        project.write("tollgate.toml", &text.replace("\"media\"", "\"web\""))?;
        run(&plan)?.expect(code, &[])?;
    }
    project.quiet()
}

pub(super) fn keeps_apart(program: &Path) -> Result<(), Failed> {
    let (moto, project) = in_s3(program, TOML, &["state-staging", "state-production"])?;
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
