//! `secret-in-clear`

use tollgate_policy::{Action, Attr, Change, Field, Finding, RuleDef, Severity};
use tollgate_policy_common::iam::{Fault, Side, judge};

use crate::secrets::kinds;

/// A secret stands readable in what everybody may read who sees the resource.
///
/// Looks in user data, environments, metadata and arguments of machines, functions, containers,
/// builds and jobs for keys and tokens whose format says what they are: secret access keys of
/// AWS, private keys, tokens of GitHub, GitLab, Slack, Stripe, npm and others. What only a name
/// suggests is none. A parameter of SSM that the plan turns from `SecureString` into a plain text is
/// reported as well. The value is never shown.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "secret-in-clear",
    title: "Secret that can be read without permission to read secrets",
    description: "User data, an environment or an argument has a key or token in it that works on its own, \
        or a parameter that is encrypted today is stored as a plain text.",
    severity: Severity::High,
    remediation: "Replace the key, put the new one into a secret store, and let the workload read it there with a \
        role of its own.",
    example: r#"```hcl
user_data = "export AWS_SECRET_ACCESS_KEY=…"
```"#,
    links: &["https://docs.aws.amazon.com/secretsmanager/latest/userguide/best-practices.html"],
};

/// Where texts are that many can read.
pub const READABLE: &[(&str, &[&str])] = &[
    ("aws_instance", &["user_data", "user_data_base64"]),
    (
        "aws_spot_instance_request",
        &["user_data", "user_data_base64"],
    ),
    ("aws_launch_template", &["user_data"]),
    (
        "aws_launch_configuration",
        &["user_data", "user_data_base64"],
    ),
    ("aws_lightsail_instance", &["user_data"]),
    ("aws_lambda_function", &["environment"]),
    ("aws_ecs_task_definition", &["container_definitions"]),
    ("aws_batch_job_definition", &["container_properties"]),
    ("aws_codebuild_project", &["environment"]),
    ("aws_apprunner_service", &["source_configuration"]),
    ("aws_glue_job", &["default_arguments"]),
    ("aws_elastic_beanstalk_environment", &["setting"]),
    ("aws_amplify_app", &["environment_variables"]),
    ("aws_ssm_parameter", &["insecure_value"]),
    (
        "google_compute_instance",
        &["metadata", "metadata_startup_script"],
    ),
    (
        "google_compute_instance_template",
        &["metadata", "metadata_startup_script"],
    ),
    (
        "google_compute_region_instance_template",
        &["metadata", "metadata_startup_script"],
    ),
    ("google_compute_project_metadata", &["metadata"]),
    ("google_cloudfunctions_function", &["environment_variables"]),
    ("google_cloudfunctions2_function", &["service_config"]),
    ("google_cloud_run_service", &["template"]),
    ("google_cloud_run_v2_service", &["template"]),
    ("google_cloud_run_v2_job", &["template"]),
    ("google_app_engine_standard_app_version", &["env_variables"]),
    ("azurerm_linux_virtual_machine", &["user_data"]),
    ("azurerm_windows_virtual_machine", &["user_data"]),
    ("azurerm_linux_virtual_machine_scale_set", &["user_data"]),
    ("azurerm_windows_virtual_machine_scale_set", &["user_data"]),
    ("azurerm_container_group", &["container"]),
    ("azurerm_container_app", &["template"]),
];

/// The same of providers whose schemas the tests do not have.
pub const OTHERS: &[(&str, &[&str])] = &[
    ("kubernetes_config_map", &["data"]),
    ("kubernetes_config_map_v1", &["data"]),
    ("kubernetes_deployment", &["spec"]),
    ("kubernetes_deployment_v1", &["spec"]),
];

/// A parameter, and what says whether it is encrypted.
pub const PARAMETER: (&str, &str) = ("aws_ssm_parameter", "type");

pub(crate) fn check(change: &Change) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (_, paths) in READABLE
        .iter()
        .chain(OTHERS)
        .filter(|(kind, _)| *kind == change.kind)
    {
        findings.extend(judge(&RULE, change, |side| {
            paths
                .iter()
                .flat_map(|path| {
                    let mut found = Vec::new();
                    read(&side.of(change, path), 0, &mut found);
                    found.into_iter().map(move |what| {
                        Fault::certain(
                            format!("{path} {what}"),
                            *path,
                            format!("`{path}` has {what} in it"),
                        )
                    })
                })
                .collect()
        }));
    }
    findings.extend(parameter(change));
    findings
}

/// A parameter that is encrypted today.
fn parameter(change: &Change) -> Option<Finding> {
    let (kind, path) = PARAMETER;
    let changed = matches!(change.action, Action::Update | Action::Replace);
    let secure = |side: Side| match side.of(change, path).text() {
        Attr::Known(text) => Some(text == "SecureString"),
        Attr::Unset | Attr::Undetermined(_) => None,
    };
    let turned = change.kind == kind
        && changed
        && change.deposed.is_none()
        && secure(Side::Before) == Some(true)
        && secure(Side::After) == Some(false);
    turned.then(|| {
        RULE.violation(
            change,
            "the plan stores the parameter as a plain text: `type` `SecureString` -> another",
        )
        .attribute(path)
        .remediation("Keep `type = \"SecureString\"`.")
    })
}

/// How deep blocks are followed.
const DEEPEST: usize = 12;

fn read(field: &Field, depth: usize, found: &mut Vec<&'static str>) {
    if depth > DEEPEST || field.is_unset() || field.undetermined().is_some() {
        return;
    }
    let mut add = |text: &str| {
        for what in kinds(text) {
            if !found.contains(&what) {
                found.push(what);
            }
        }
    };
    if let Attr::Known(text) = field.text() {
        add(&text);
        return;
    }
    if let Attr::Known(items) = field.items() {
        for item in &items {
            read(item, depth + 1, found);
        }
        return;
    }
    let Attr::Known(entries) = field.entries() else {
        return;
    };
    let text = |key: &str| match field.get(key).text() {
        Attr::Known(text) => text,
        Attr::Unset | Attr::Undetermined(_) => String::new(),
    };
    // A variable is a block with a name and a value.
    let (name, value) = (text("name"), text("value"));
    if !name.is_empty() && !value.is_empty() {
        add(&format!("{name}={value}"));
    }
    for (key, value) in &entries {
        match value.text() {
            Attr::Known(text) => {
                for what in kinds(&text)
                    .into_iter()
                    .chain(kinds(&format!("{key}={text}")))
                {
                    if !found.contains(&what) {
                        found.push(what);
                    }
                }
            }
            Attr::Unset | Attr::Undetermined(_) => read(value, depth + 1, found),
        }
    }
}
