//! `audit-redirected`

use tollgate_policy::{Action, Attr, Change, Finding, RuleDef, Severity};

/// An audit trail is written to another place.
///
/// Compares where trails, recorders, exports and diagnostic settings write to, today and after apply.
/// It is advice: only the team knows whose place the new one is.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "audit-redirected",
    title: "Audit trail that is written to another place",
    description: "The plan changes where a trail, recorder, export or diagnostic setting writes to. Those \
        who read it look where nothing is written any more.",
    severity: Severity::Medium,
    remediation: "See that the new place is as well kept as the old one, and that what reads the logs follows.",
    example: r#"```hcl
resource "aws_cloudtrail" "main" {
  s3_bucket_name = "somewhere-else" # was "audit"
}
```"#,
    links: &[],
};

/// Where something writes to: the type, and its attributes.
pub const PLACES: &[(&str, &[&str])] = &[
    ("aws_cloudtrail", &["s3_bucket_name"]),
    ("aws_config_delivery_channel", &["s3_bucket_name"]),
    ("aws_flow_log", &["log_destination"]),
    ("aws_guardduty_publishing_destination", &["destination_arn"]),
    ("google_logging_project_sink", &["destination"]),
    ("google_logging_folder_sink", &["destination"]),
    ("google_logging_organization_sink", &["destination"]),
    ("google_logging_billing_account_sink", &["destination"]),
    (
        "azurerm_monitor_diagnostic_setting",
        &[
            "log_analytics_workspace_id",
            "storage_account_id",
            "eventhub_authorization_rule_id",
            "partner_solution_id",
        ],
    ),
    (
        "azurerm_monitor_aad_diagnostic_setting",
        &[
            "log_analytics_workspace_id",
            "storage_account_id",
            "eventhub_authorization_rule_id",
        ],
    ),
];

pub(crate) fn check(change: &Change) -> Vec<Finding> {
    if !matches!(change.action, Action::Update | Action::Replace) {
        return Vec::new();
    }
    PLACES
        .iter()
        .filter(|(kind, _)| *kind == change.kind)
        .flat_map(|(_, paths)| *paths)
        .filter_map(|path| {
            let before = match change.before(path).text() {
                Attr::Known(before) if !before.is_empty() => before,
                Attr::Known(_) | Attr::Unset | Attr::Undetermined(_) => return None,
            };
            let now = match change.after(path).text() {
                Attr::Known(now) if now == before => return None,
                Attr::Known(now) if now.is_empty() => "nowhere".to_owned(),
                Attr::Known(now) => format!("`{now}`"),
                Attr::Unset => "nowhere".to_owned(),
                // It is another one, or the same that is made anew.
                Attr::Undetermined(_) => return None,
            };
            Some(
                RULE.violation(
                    change,
                    format!("the audit is written to another place: `{path}` `{before}` -> {now}"),
                )
                .attribute(*path)
                .advice(),
            )
        })
        .collect()
}
