//! The reference deployment with a real AWS provider, and moto for the cloud: deployed, changed,
//! refused, drifted and destroyed. What the stand-in of `media.rs` says is what this one does.
//!
//! Needs what tests/tools.sh makes of `AWS_PROVIDER_MIRROR`, and takes minutes: a real provider
//! takes seconds to start, and waits for what the service says.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};
use serde_json::json;

use super::{Stack, expect, media};
use crate::cli::root;
use crate::exec::with_key;
use crate::sources::{Moto, has_all_of_moto};
use crate::tools::program;

/// How the provider finds moto, and what moto does not keep of what it is told.
const OVERRIDE: &str = r#"provider "aws" {
  s3_use_path_style       = true
  skip_metadata_api_check = true
  skip_region_validation  = true
}

resource "aws_cloudfront_distribution" "media" {
  lifecycle {
    ignore_changes = [default_cache_behavior, origin, viewer_certificate]
  }
}
"#;

/// The same in the modules.
const OVERRIDE_FUNCTION: &str = r#"resource "aws_lambda_function" "this" {
  lifecycle {
    ignore_changes = [logging_config]
  }
}
"#;
const OVERRIDE_QUEUE: &str = r#"resource "aws_sqs_queue" "this" {
  lifecycle {
    ignore_changes = [redrive_policy]
  }
}
"#;

pub(super) fn trials() -> Vec<Trial> {
    let missing = if !settings().is_file() {
        Some("no real AWS provider: AWS_PROVIDER_MIRROR names none")
    } else if tool().is_none() {
        Some("neither Terraform nor OpenTofu")
    } else if !has_all_of_moto() {
        Some("moto is not there with all of its services")
    } else {
        None
    };
    [
        (
            "production_from_the_first_deploy_to_drift",
            production as fn(&Cloud) -> Result<(), Failed>,
            "production",
        ),
        (
            "staging_from_the_first_deploy_to_destroy",
            staging,
            "staging",
        ),
    ]
    .map(|(name, test, environment)| {
        Trial::test(format!("deploy_local::real::{name}"), move || {
            test(&Cloud::new(environment)?)
        })
        .with_kind(missing.unwrap_or_default())
        .with_ignored_flag(missing.is_some())
    })
    .into()
}

/// What the tool reads to find the provider, where tests/tools.sh found one.
fn settings() -> PathBuf {
    root().join(".tools/real.rc")
}

fn tool() -> Option<PathBuf> {
    program("terraform").or_else(|| program("tofu"))
}

/// The service of one environment, and the cloud that it is in.
struct Cloud {
    stack: Stack,
    moto: Moto,
    settings: PathBuf,
}

impl Cloud {
    fn new(environment: &'static str) -> Result<Self, Failed> {
        let moto = Moto::start()?;
        let stack = media::service(&tool().ok_or("the tool is missing")?, environment)?;
        for (folder, text) in [
            ("terraform", OVERRIDE),
            ("terraform/modules/function", OVERRIDE_FUNCTION),
            ("terraform/modules/queue", OVERRIDE_QUEUE),
        ] {
            let file = stack.path().join(folder).join("moto_override.tf");
            fs::write(file, text)?;
        }
        stack.edit("terraform/versions.tf", "~> 6.0", "~> 5.100")?;
        // Log groups have it since 6.25 only.
        stack.edit(
            "terraform/modules/function/main.tf",
            "  deletion_protection_enabled = var.protection\n",
            "",
        )?;
        let cloud = Self {
            stack,
            moto,
            settings: fs::canonicalize(settings())?,
        };
        // The code of the functions, which a pipeline of its own has put there.
        let bucket = "/media-artifacts-123456789012";
        cloud.put(bucket, "")?;
        for release in ["1.4.0", "1.5.0-rc.1"] {
            cloud.put(&format!("{bucket}/{release}/functions.zip"), "code")?;
        }
        Ok(cloud)
    }

    fn put(&self, path: &str, body: &str) -> Result<(), Failed> {
        self.send("s3", &format!("PUT {path}"), "X-Amz-Acl: private", body)
    }

    /// Asks the cloud for something in passing, as somebody at a console does.
    fn send(&self, service: &str, what: &str, header: &str, body: &str) -> Result<(), Failed> {
        let port = self.moto.port;
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        write!(
            stream,
            "{what} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n{header}\r\nContent-Length: {}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        if answer.starts_with("HTTP/1.1 200") {
            return Ok(());
        }
        Err(answer.into())
    }

    /// `tollgate` with the key of the environment and the credentials of an account.
    fn run(&self, arguments: &[&str], code: i32, says: &[&str]) -> Result<(), Failed> {
        let mut command = with_key(self.stack.path(), self.stack.environment);
        for variable in ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION"] {
            command.env_remove(variable);
        }
        let tool = &self.stack.tool;
        command
            .args(arguments)
            .arg("--tool")
            .arg(tool)
            .env("TF_CLI_CONFIG_FILE", &self.settings)
            .env(
                "AWS_ENDPOINT_URL",
                format!("http://127.0.0.1:{}", self.moto.port),
            )
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_EC2_METADATA_DISABLED", "true");
        expect(&command.output()?, code, says)
            .map_err(|failed| format!("{arguments:?}: {}", failed.message().unwrap_or_default()))?;
        Ok(())
    }

    fn state(&self) -> Result<Vec<u8>, Failed> {
        let folder = Path::new("terraform/terraform.tfstate.d").join(self.stack.environment);
        let state = self.stack.path().join(folder).join("terraform.tfstate");
        Ok(fs::read(state)?)
    }
}

fn production(cloud: &Cloud) -> Result<(), Failed> {
    let bundle = ".tollgate/production.tollgate";
    let variables = "environments/production.tfvars";
    let confirmed = ["--confirm", "production"];
    let passed = "PASSED for production: no finding blocks this plan";

    // The first deploy: planned, judged, and exactly that applied.
    cloud.run(&["plan", "-e", "production"], 0, &["$11.09", passed])?;
    let apply = [&["apply", "-e", "production", bundle][..], &confirmed].concat();
    cloud.run(
        &apply,
        0,
        &["Applied production", "signing_key_version = <sensitive>"],
    )?;

    // A change, and nothing else differs from what the provider made. What it reads of a new object for
    // the first time is in the state from now on.
    cloud.stack.edit(
        variables,
        "log_retention_days = 7",
        "log_retention_days = 14",
    )?;
    let apply = [&["apply", "-e", "production"][..], &confirmed].concat();
    cloud.run(
        &apply,
        0,
        &["4 to update, 56 unchanged", "Applied production"],
    )?;
    let drift = ["plan", "-e", "production", "--drift-only"];
    cloud.run(&drift, 0, &[])?;
    let kept = cloud.state()?;

    // What takes data or its protection away is refused, and touches nothing.
    let data = "terraform/data.tf";
    cloud
        .stack
        .edit(variables, "protection         = true", "protection = false")?;
    cloud.stack.edit(data, "\"session\"", "\"viewer\"")?;
    cloud.run(
        &["plan", "-e", "production"],
        1,
        &[
            "deletion-protection/protection-removed",
            "aws_dsql_cluster.catalogue",
            "deletion-protection/history-ended",
            "aws_s3_bucket_versioning.media",
            "deletion-protection/resource-replaced",
            "aws_dynamodb_table.sessions",
        ],
    )?;
    cloud.run(
        &[&["apply", "-e", "production", bundle][..], &confirmed].concat(),
        7,
        &["verdict"],
    )?;
    cloud
        .stack
        .edit(variables, "protection = false", "protection         = true")?;
    cloud.stack.edit(data, "\"viewer\"", "\"session\"")?;
    cloud.run(
        &[
            "destroy",
            "-e",
            "production",
            "--confirm-destroy",
            "production",
        ],
        1,
        &["deletion-protection/resource-deleted"],
    )?;
    if cloud.state()? != kept {
        return Err("a refusal changed the state".into());
    }

    // Somebody takes the protection off by hand.
    cloud.send(
        "dynamodb",
        "POST /",
        "Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: DynamoDB_20120810.UpdateTable",
        r#"{"TableName": "prod-media-sessions", "DeletionProtectionEnabled": false}"#,
    )?;
    cloud.run(
        &drift,
        1,
        &[
            "1 finding refuses (tollgate/drift)",
            "aws_dynamodb_table.sessions",
            "deletion_protection_enabled",
        ],
    )?;
    cloud.run(
        &apply,
        0,
        &["1 to update, 59 unchanged", "Applied production"],
    )
}

fn staging(cloud: &Cloud) -> Result<(), Failed> {
    let passed = "PASSED for staging: no finding blocks this plan";
    cloud.run(
        &["apply", "-e", "staging"],
        0,
        &["$8.24", passed, "Applied staging"],
    )?;
    cloud.run(
        &["destroy", "-e", "staging", "--confirm-destroy", "staging"],
        0,
        &["Destroyed staging"],
    )?;
    let left: serde_json::Value = serde_json::from_slice(&cloud.state()?)?;
    if left["resources"] != json!([]) {
        return Err(format!("left behind: {}", left["resources"]).into());
    }
    Ok(())
}
