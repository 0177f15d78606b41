//! Bundles, the search for secrets in plans, and planning with placeholders: with plans that the real
//! tools make, and with `tollgate bundle show` as its users run it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use libtest_mimic::{Failed, Trial};
use serde_json::Value;
use tollgate::config::Config;
use tollgate::deploy::audit;
use tollgate::deploy::bundle::{
    self, Content, Encryption, Manifest, Mode, planned, planned_keyless, readers,
};
use tollgate::deploy::facts::{BackendIdentity, Facts};
use tollgate::deploy::placeholder::Placeholders;
use tollgate::environment::SecretsSettings;
use tollgate::hcl::Configuration;
use tollgate::report::Report;
use tollgate::routing::{Routed, route};
use tollgate_model::library::LIBRARY;
use tollgate_secrets::inject::{DigestKey, Injection};
use tollgate_secrets::{Format, Keyring, Secrets};
use zeroize::Zeroizing;

use crate::cli::root;
use crate::exec::{CANARIES, project, with_key};
use crate::tools::program;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test("bundle::show_says_what_it_is", show),
        Trial::test("bundle::show_refuses_what_was_changed", changed),
    ];
    for tool in ["tofu", "terraform"] {
        let found = program(tool);
        let missing = found.is_none();
        for (name, test) in [
            (
                "plans_are_searched_for_secrets",
                searched as fn(&Path) -> Result<(), Failed>,
            ),
            ("plans_with_placeholders", placeholders),
            ("names_the_placeholder_that_it_stumbles_over", stumbles),
        ] {
            let found = found.clone();
            trials.push(
                Trial::test(format!("bundle::{tool}_{name}"), move || {
                    test(&found.ok_or("the tool is missing")?)
                })
                .with_ignored_flag(missing),
            );
        }
    }
    trials
}

fn run(tool: &Path, folder: &Path, arguments: &[&str]) -> Result<Output, Failed> {
    Ok(Command::new(tool)
        .args(arguments)
        .current_dir(folder)
        .env("CHECKPOINT_DISABLE", "1")
        .env("HOME", folder)
        .env_remove("TF_CLI_CONFIG_FILE")
        .env_remove("TF_LOG")
        .stdin(Stdio::null())
        .output()?)
}

/// Initialises and plans with a file of variables; returns what it says, or the plan and its JSON.
type Planned = Result<(Vec<u8>, Vec<u8>), String>;

fn plan(tool: &Path, folder: &Path, variables: &[u8]) -> Result<Planned, Failed> {
    fs::write(folder.join("given.tfvars"), variables)?;
    let mut last = None;
    for arguments in [
        &["init", "-input=false"][..],
        &[
            "plan",
            "-input=false",
            "-out=plan.bin",
            "-var-file=given.tfvars",
        ],
        &["show", "-json", "plan.bin"],
    ] {
        let output = run(tool, folder, arguments)?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            return Ok(Err(said));
        }
        last = Some(output.stdout);
    }
    let json = last.ok_or("no output")?;
    Ok(Ok((fs::read(folder.join("plan.bin"))?, json)))
}

const PASSWORD: &str = "Hunter2\"<canary>&ü";
const TOKEN: &str = "another-Canary-token";

const LEAKS: &str = r#"
variable "db_password" {
  type      = string
  sensitive = true
}
variable "token" { type = string }
variable "session" {
  type      = string
  ephemeral = true
}
resource "terraform_data" "clear" {
  input = { deep = [{ password = nonsensitive(var.db_password) }] }
}
resource "terraform_data" "encoded" {
  input            = nonsensitive(base64encode("user:${var.db_password}"))
  triggers_replace = nonsensitive(jsonencode({ password = var.db_password }))
}
resource "terraform_data" "hashed" {
  input = nonsensitive(sha256(var.db_password))
}
resource "terraform_data" "marked" {
  input            = var.db_password
  triggers_replace = [sha256(var.db_password), "harmless"]
}
resource "terraform_data" "token" {
  input = "Bearer ${var.token}"
}
output "url" { value = nonsensitive("postgres://user:${var.db_password}@host") }
output "good" {
  value     = var.db_password
  sensitive = true
}
"#;

fn searched(tool: &Path) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("main.tf"), LEAKS)?;
    let values = serde_json::json!({
        "db_password": PASSWORD, "token": TOKEN, "session": "ephemeral-Canary",
    });
    let files = [Secrets::from_plaintext(
        "secrets.json",
        values.to_string().as_bytes(),
        Format::Json,
    )?];
    let injection = Injection::new(&files, &BTreeMap::new())?;
    let (_, json) = plan(tool, folder.path(), &injection.hcl()?)??;
    let root = Configuration::read(folder.path())?;
    let outcome = audit::audit(&json, &injection, &root, true);
    let told = format!("{outcome:?}");
    for value in [PASSWORD, "canary", TOKEN] {
        if told.contains(value) {
            return Err(format!("{value} is told: {told}").into());
        }
    }
    let mut found: Vec<String> = outcome
        .result
        .map_err(|problem| problem.message)?
        .findings
        .iter()
        .map(|finding| {
            let address = finding.address.as_deref().unwrap_or("-");
            let line = finding.location.as_ref().map_or(0, |at| at.line);
            let attributes = finding.attributes.join(", ");
            let said = finding
                .message
                .split(", and is not")
                .next()
                .unwrap_or_default();
            format!("{} {address}:{line} [{attributes}] {said}", finding.rule)
        })
        .collect();
    found.sort();
    let expected = [
        "secret-in-plan -:0 [] the output `url` has the secret `db_password` unencrypted",
        "secret-in-plan terraform_data.clear:12 [input.deep[0].password] has the secret `db_password` unencrypted",
        "secret-in-plan terraform_data.encoded:15 [input, triggers_replace] has the secret `db_password` unencrypted and in base64",
        "secret-in-plan terraform_data.hashed:19 [input] has the secret `db_password` as its SHA-256, with which guesses can be tried",
        "secret-in-plan terraform_data.token:26 [input] has the secret `token` unencrypted",
    ];
    if found == expected {
        Ok(())
    } else {
        Err(format!("found {found:#?}").into())
    }
}

/// The secrets of an environment of tests/exec, read and not opened.
fn routed(folder: &Path, environment: &str) -> Result<(Config, SecretsSettings, Routed), Failed> {
    let config = Config::load(&folder.join("tollgate.toml"), LIBRARY)?;
    let settings = config.secrets(Some(environment))?;
    let routed = route(&config, settings.clone(), &[folder.to_owned()])
        .map_err(|failure| format!("{failure:?}"))?;
    Ok((config, settings, routed))
}

const STAGING: &str = "[environments.staging.secrets]\nmap = { db_host = \"database.host\", all = \".\" }\n[environments.production]\n";

fn placeholders(tool: &Path) -> Result<(), Failed> {
    let folder = project(STAGING)?;
    let (_, settings, routed) = routed(folder.path(), "staging")?;
    let root = Configuration::read(folder.path())?;
    let stand_ins = Placeholders::new(root.variables(), &settings, Some(&routed));
    let (_, json) = plan(tool, folder.path(), &stand_ins.hcl())??;
    let text = String::from_utf8(json)?;
    if let Some(canary) = CANARIES.iter().find(|canary| text.contains(**canary)) {
        return Err(format!("{canary} is in a plan without a key").into());
    }
    let document: Value = serde_json::from_str(&text)?;
    let value = |name: &str| document["variables"][name]["value"].clone();
    if value("db_password") != "tollgate-placeholder-db_password"
        || value("database")["host"] != "tollgate-placeholder-database.host"
        || !value("database")["port"].is_number()
        || document["variables"]["session"]["value"].is_string()
    {
        return Err(format!("other values: {}", document["variables"]).into());
    }
    let lasting = stand_ins.lasting(root.variables());
    if lasting.contains(&"session") || !lasting.contains(&"db_password") {
        return Err(format!("{lasting:?} last").into());
    }
    Ok(())
}

fn stumbles(tool: &Path) -> Result<(), Failed> {
    const RULE: &str = "validation {\n    condition     = can(regex(\"^[a-z.]+$\", var.db_host))\n    error_message = \"A host.\"\n  }";
    let folder = project(STAGING)?;
    let (_, settings, routed) = routed(folder.path(), "staging")?;
    let main = fs::read_to_string(folder.path().join("main.tf"))?;
    for (from, to, expected) in [
        (
            "variable \"db_host\" { type = string }",
            format!("variable \"db_host\" {{\n  type = string\n  {RULE}\n}}"),
            "a rule for the value of a variable refuses the placeholder for `db_host`",
        ),
        (
            "output \"host\"",
            "resource \"terraform_data\" \"each\" {\n  for_each = var.session\n}\noutput \"host\""
                .to_owned(),
            "a `for_each` or `count` needs the placeholder for `session`",
        ),
        (
            "output \"host\"",
            "output \"net\" { value = cidrhost(var.db_host, 1) }\noutput \"host\"".to_owned(),
            "the configuration cannot be planned with the placeholder for `db_host`",
        ),
    ] {
        fs::write(folder.path().join("main.tf"), main.replace(from, &to))?;
        let root = Configuration::read(folder.path())?;
        let stand_ins = Placeholders::new(root.variables(), &settings, Some(&routed));
        let Err(said) = plan(tool, folder.path(), &stand_ins.hcl())? else {
            return Err(format!("planned: {to}").into());
        };
        let explained = stand_ins.explain(&said).map(|broken| broken.to_string());
        if explained.as_deref() != Some(expected) {
            return Err(format!("{explained:?} for {said}").into());
        }
    }
    // What has nothing to do with them is not blamed on them.
    fs::write(
        folder.path().join("main.tf"),
        main.replace("terraform_data", "no_such"),
    )?;
    let root = Configuration::read(folder.path())?;
    let stand_ins = Placeholders::new(root.variables(), &settings, Some(&routed));
    match plan(tool, folder.path(), &stand_ins.hcl())? {
        Err(said) if stand_ins.explain(&said).is_none() => Ok(()),
        other => Err(format!("{other:?}").into()),
    }
}

/// A bundle of staging in a copy of tests/exec.
fn written(keyless: bool) -> Result<tempfile::TempDir, Failed> {
    let folder = project(STAGING)?;
    let (config, settings, routed) = routed(folder.path(), "staging")?;
    let root_module = Configuration::read(folder.path())?;
    let declared = root_module.variables();
    let key = DigestKey::generate().ok_or("randomness")?;
    let variables = if keyless {
        let stand_ins = Placeholders::new(declared, &settings, Some(&routed));
        planned_keyless(&stand_ins, declared)
    } else {
        let values = format!(
            "{{\"db_password\": \"{}\", \"session\": \"x\"}}",
            CANARIES[0]
        );
        let files = [Secrets::from_plaintext(
            "s.json",
            values.as_bytes(),
            Format::Json,
        )?];
        planned(&Injection::new(&files, &BTreeMap::new())?, declared, &key)
    };
    let facts = Facts {
        environment: "staging".to_owned(),
        directory: ".".to_owned(),
        workspace: "stag".to_owned(),
        backend: BackendIdentity {
            kind: "local".to_owned(),
            settings: BTreeMap::new(),
        },
        tool: "tofu".to_owned(),
        tool_version: "1.12.6".to_owned(),
        tollgate: env!("CARGO_PKG_VERSION").to_owned(),
        git: None,
        gate: BTreeMap::from([("tollgate.toml".to_owned(), "sha256:aa".to_owned())]),
        source: BTreeMap::from([("main.tf".to_owned(), "sha256:bb".to_owned())]),
        inputs: BTreeMap::new(),
        variables: Vec::new(),
    };
    let plan = Zeroizing::new(CANARIES.join(" ").into_bytes());
    let manifest = Manifest::new(facts, Mode::Apply, Vec::new(), &plan, variables, key);
    let content = Content {
        manifest,
        report: passed()?,
        plan,
    };
    let nobody = Keyring::new(std::sync::Arc::new(|_| None), None);
    bundle::write(
        &folder.path().join("staging.tollgate"),
        &content,
        &Encryption::To(readers(&config, &settings, Some(&routed), &nobody)?),
        &nobody,
    )?;
    Ok(folder)
}

/// A report of the real thing: of an example that passes.
fn passed() -> Result<Report, Failed> {
    let mut command = crate::cli::tollgate(&root());
    command.args([
        "check",
        "examples/plans/production.json",
        "-e",
        "production",
        "-o",
        "json",
    ]);
    Ok(serde_json::from_slice(&command.output()?.stdout)?)
}

fn bundle_show(folder: &Path, key: &str, more: &[&str]) -> Result<(i32, String), Failed> {
    let output = with_key(folder, key)
        .args(["bundle", "show", "staging.tollgate"])
        .args(more)
        .output()?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8(said)?;
    let hidden = CANARIES
        .iter()
        .chain(&["hmac-sha256", "digest-key", "panicked"]);
    for hidden in hidden {
        if said.contains(hidden) {
            return Err(format!("{hidden} is shown:\n{said}").into());
        }
    }
    Ok((output.status.code().ok_or("no exit code")?, said))
}

fn show() -> Result<(), Failed> {
    let real = written(false)?;
    let keyless = written(true)?;
    for (folder, key, more, said) in [
        (
            &real,
            "staging",
            &[][..],
            &[
                "opened and verified",
                "environment",
                "staging",
                "can be applied  yes",
                "main.tf",
                "db_password",
                "(its value is in the plan)",
                "(ephemeral, handed over again)",
            ][..],
        ),
        (
            &real,
            "production",
            &[],
            &[
                "not verified",
                "warning: only its unencrypted part is shown: it cannot be opened: none of your keys",
                "can be applied  yes",
            ],
        ),
        (
            &real,
            "staging",
            &["--header"],
            &["not verified: `--header` uses no key", "verdict"],
        ),
        (
            &keyless,
            "staging",
            &[],
            &["can be applied  no", "a placeholder, which is in the plan"],
        ),
        (
            &real,
            "staging",
            &["--json"],
            &[
                "\"verified\": true",
                "\"plan-digest\": \"sha256:",
                "\"db_password\": {",
            ],
        ),
        (
            &real,
            "production",
            &["--json"],
            &[
                "\"verified\": false",
                "\"manifest\": null",
                "\"readers\": [",
            ],
        ),
    ] {
        let (code, shown) = bundle_show(folder.path(), key, more)?;
        let missing = said.iter().find(|said| !shown.contains(**said));
        if code != 0 || missing.is_some() {
            return Err(format!("{key} {more:?}: {code}, without {missing:?}:\n{shown}").into());
        }
        if key == "production" && shown.contains("db_password") {
            return Err(format!("shown without a key:\n{shown}").into());
        }
    }
    Ok(())
}

fn changed() -> Result<(), Failed> {
    let folder = written(false)?;
    let path = folder.path().join("staging.tollgate");
    let whole = fs::read(&path)?;
    let cut = |length: usize| whole[..length].to_vec();
    let mut edited = whole.clone();
    let last = edited.len() - 1;
    edited[last] ^= 1;
    let at = whole
        .windows(7)
        .position(|part| part == b"staging")
        .ok_or("the name")?;
    let mut foreign = whole.clone();
    foreign[at..at + 7].copy_from_slice(b"another");
    for (bytes, code, said) in [
        (cut(whole.len() - 1), 7, "staging.tollgate: is cut off"),
        (cut(30), 7, "staging.tollgate: is cut off"),
        (edited, 7, "was changed after it was written"),
        (foreign, 7, "was changed after it was written"),
        (
            b"PK\x03\x04".to_vec(),
            2,
            "staging.tollgate: is not a bundle",
        ),
        (Vec::new(), 2, "staging.tollgate: is not a bundle"),
        (b"tollgate-bundle 9\n".to_vec(), 2, "in format 9"),
    ] {
        fs::write(&path, bytes)?;
        let (found, shown) = bundle_show(folder.path(), "staging", &[])?;
        let errors = shown.matches("error: ").count();
        if found != code || !shown.contains(said) || errors != 1 || !shown.contains("help: ") {
            return Err(format!("{found}, not {code} with {said}:\n{shown}").into());
        }
    }
    fs::remove_file(&path)?;
    let (code, shown) = bundle_show(folder.path(), "staging", &[])?;
    if code != 2 || !shown.contains("tollgate plan -e") {
        return Err(format!("{code}:\n{shown}").into());
    }
    Ok(())
}
