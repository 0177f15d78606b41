//! Where the state is: what has to be said is said, and what was initialised is that.

use serde_json::Value as Json;

use super::{Check, Examined, Finding};
use crate::config::BackendSetting;
use crate::deploy::guard::backend::{self, Initialised};
use crate::hcl::backend::{Difference, LOCAL, Settings, is_credential};
use crate::hcl::{Place, tfvars};

/// Credentials that stand in files: they stay in `.terraform` when `init` is told them.
fn credentials(examined: &Examined<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let backend = examined.root().backend();
    let kind = backend.map(|backend| backend.kind.as_str());
    if let Some(backend) = backend {
        for (name, value) in &backend.settings {
            // What a variable has is not in the file.
            if value.is_some() && is_credential(kind, name, value.as_deref()) {
                findings.push(in_a_file(name, &backend.place));
            }
        }
    }
    for setting in &examined.layout().backend_config {
        let BackendSetting::File(path) = &setting.value else {
            continue;
        };
        for (name, assignment) in tfvars::read(path).unwrap_or_default() {
            let text = assignment.value.as_ref().and_then(Json::as_str);
            if is_credential(kind, &name, text) {
                findings.push(in_a_file(&name, &assignment.place));
            }
        }
    }
    findings
}

fn in_a_file(name: &str, place: &Place) -> Finding {
    Finding::warning(
        Check::Backend,
        format!("`{name}` is a credential in a file ({place})"),
        "take it out, and hand it over in the backend's environment variable",
    )
}

pub(super) fn examine(examined: &Examined<'_>) -> Vec<Finding> {
    let mut findings = credentials(examined);
    findings.extend(of_backend(examined));
    findings
}

fn of_backend(examined: &Examined<'_>) -> Vec<Finding> {
    let check = Check::Backend;
    let settings = &examined.site.backend;
    let Some(backend) = examined.root().backend() else {
        if examined.layout().backend_config.is_empty() {
            let what = "the state is a file beside the root module";
            return vec![if examined.layout().protected {
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
    findings.extend(initialised(examined, &backend.kind));
    findings
}

fn s3(settings: &Settings, place: &str) -> Vec<Finding> {
    let check = Check::Backend;
    let mut findings = Vec::new();
    for name in ["bucket", "key"] {
        if !settings.has(name) {
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
    if !settings.has("region") && !in_variables {
        findings.push(Finding::warning(
            check,
            format!("s3 ({place}) is not told its `region`, and AWS_REGION is not set"),
            "add `region` to `backend-config` of the environment, unless your profile has one",
        ));
    }
    let locks = settings.has("dynamodb_table")
        || settings.has("use_lockfile") && settings.get("use_lockfile") != Some("false");
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
fn initialised(examined: &Examined<'_>, kind: &str) -> Option<Finding> {
    let check = Check::Backend;
    let directory = &examined.layout().directory.value;
    let wanted = &examined.site.backend;
    let reconfigure = "run `init -reconfigure` with the settings of this environment";
    let found = match backend::initialised(directory) {
        Initialised::Not => {
            return (kind != LOCAL).then(|| {
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
    let what = match wanted.differences(&found).into_iter().next() {
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
