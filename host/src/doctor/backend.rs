//! Where the state is: what has to be said is said, and what was initialised is that.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{Check, Finding, Patient};
use crate::config::BackendSetting;
use crate::configuration::tfvars;
use crate::deploy::guard::backend::{self, Difference, Initialised};

/// Settings that are credentials, and stay in `.terraform` when `init` is told them.
const CREDENTIALS: [&str; 6] = [
    "access_key",
    "secret_key",
    "token",
    "password",
    "client_secret",
    "sas_token",
];

/// What the backend is told: by the root module, then by `-backend-config`. A setting whose
/// value is an expression is there, without a value.
pub(super) fn settings(
    patient: &Patient<'_>,
    findings: &mut Vec<Finding>,
) -> BTreeMap<String, Option<String>> {
    let check = Check::Backend;
    let mut settings = BTreeMap::new();
    if let Some(backend) = patient.root.backend() {
        settings.extend(backend.settings.clone());
    }
    for setting in &patient.layout.backend_config {
        match &setting.value {
            BackendSetting::Value { name, value } => {
                settings.insert(name.clone(), Some(value.clone()));
            }
            BackendSetting::File(path) => match tfvars::read(path) {
                Ok(read) => {
                    for (name, assignment) in read {
                        if CREDENTIALS.contains(&name.as_str()) {
                            findings.push(Finding::warning(
                                check,
                                format!("`{name}` is a credential in a file ({})", assignment.place),
                                "take it out, and hand it over in the backend's environment variable",
                            ));
                        }
                        let text = match assignment.value {
                            Some(Json::String(text)) => Some(text),
                            Some(value) => Some(value.to_string()),
                            None => None,
                        };
                        settings.insert(name, text);
                    }
                }
                Err(error) => findings.push(Finding::problem(
                    check,
                    error.to_string(),
                    "write `NAME = \"VALUE\"` lines",
                )),
            },
        }
    }
    settings
}

pub(super) fn examine(
    patient: &Patient<'_>,
    settings: &BTreeMap<String, Option<String>>,
) -> Vec<Finding> {
    let check = Check::Backend;
    let Some(backend) = patient.root.backend() else {
        if patient.layout.backend_config.is_empty() {
            let what = "the state is a file beside the root module";
            return vec![if patient.layout.protected {
                let fix = "declare a backend that others can reach and that locks, such as `s3`";
                Finding::warning(check, what, fix)
            } else {
                Finding::ok(check, what)
            }];
        }
        return vec![Finding::problem(
            check,
            "there are settings for a backend, and the root module declares none",
            "add `terraform { backend \"s3\" {} }`, or whatever they are for",
        )];
    };
    let mut findings = Vec::new();
    let place = &backend.place;
    match backend.kind.as_str() {
        "cloud" | "remote" => findings.push(Finding::problem(
            check,
            format!("`{}` ({place}) may plan elsewhere, and `tollgate plan` refuses it", backend.kind),
            "keep the state in a backend that only keeps state, such as `s3`; or judge what is planned there with `tollgate check`",
        )),
        "s3" => findings.extend(s3(settings, &place.to_string())),
        _ => {}
    }
    if findings.is_empty() {
        findings.push(Finding::ok(check, format!("{} ({place})", backend.kind)));
    }
    findings.extend(initialised(patient, &backend.kind));
    findings
}

fn s3(settings: &BTreeMap<String, Option<String>>, place: &str) -> Vec<Finding> {
    let check = Check::Backend;
    let mut findings = Vec::new();
    for name in ["bucket", "key"] {
        if !settings.contains_key(name) {
            findings.push(Finding::problem(
                check,
                format!("s3 ({place}) is not told its `{name}`"),
                format!("add `{name}` to `backend-config` of the environment, or to the block"),
            ));
        }
    }
    let in_variables = ["AWS_REGION", "AWS_DEFAULT_REGION"]
        .iter()
        .any(|name| std::env::var_os(name).is_some());
    if !settings.contains_key("region") && !in_variables {
        findings.push(Finding::warning(
            check,
            format!("s3 ({place}) is not told its `region`, and AWS_REGION is not set"),
            "add `region` to `backend-config` of the environment, unless your profile has one",
        ));
    }
    let locks = settings.contains_key("dynamodb_table")
        || settings
            .get("use_lockfile")
            .is_some_and(|value| value.as_deref() != Some("false"));
    if !locks {
        findings.push(Finding::warning(
            check,
            format!("s3 ({place}) does not lock: two deploys at once can lose state"),
            "add `use_lockfile = true` (OpenTofu 1.10, Terraform 1.10)",
        ));
    }
    findings
}

/// Whether `init` was run for this backend.
fn initialised(patient: &Patient<'_>, kind: &str) -> Option<Finding> {
    let check = Check::Backend;
    let directory = &patient.layout.directory.value;
    let wanted = backend::wanted(patient.layout, patient.root).ok()?;
    let reconfigure = "run `init -reconfigure` with the settings of this environment";
    let found = match backend::initialised(directory) {
        Initialised::Not => {
            return (kind != backend::LOCAL).then(|| {
                let fix = format!(
                    "run `init` in {} with the backend settings of this environment",
                    directory.display()
                );
                Finding::unknown(check, "not initialised here", fix)
            });
        }
        Initialised::Unreadable(why) => return Some(Finding::warning(check, why, reconfigure)),
        Initialised::For(found) => found,
    };
    let what = match backend::differences(&wanted, &found).into_iter().next() {
        None => return Some(Finding::ok(check, "initialised for it")),
        Some(difference) if difference.name == "type" => {
            format!("initialised for `{}`, not for `{kind}`", difference.found)
        }
        Some(Difference {
            name,
            wanted,
            found,
        }) => format!("initialised for another environment: `{name}` is {found}, not {wanted}"),
    };
    Some(Finding::warning(check, what, reconfigure))
}
