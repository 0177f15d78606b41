//! `logs-excluded`

use tollgate_policy::{Attr, Change, Field, Finding, RuleDef, Severity};

/// Something is left out of the audit by an exclusion.
///
/// Reports exclusions of Google's logging whose filter names audit logs, members that are
/// exempt from an audit log, and sources that a trail leaves out. A lower limit on what a workspace
/// takes in on a day is advice.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "logs-excluded",
    title: "Audit that leaves something out",
    description: "An exclusion of Google's logging names audit logs, members are exempt from an \
        audit log, a trail leaves out the events of a service, or a workspace takes in less on a day.",
    severity: Severity::Medium,
    remediation: "Take the exclusion out.",
    example: "An `exempted_members` entry in a `google_project_iam_audit_config`.",
    links: &["https://cloud.google.com/logging/docs/audit/configure-data-access"],
};

/// The types with an exclusion, and its attribute.
pub const EXCLUSIONS: &[(&str, &str)] = &[
    ("google_logging_project_exclusion", "filter"),
    ("google_logging_folder_exclusion", "filter"),
    ("google_logging_organization_exclusion", "filter"),
    ("google_logging_billing_account_exclusion", "filter"),
    ("google_logging_project_sink", "exclusions"),
    ("google_logging_folder_sink", "exclusions"),
    ("google_logging_organization_sink", "exclusions"),
    ("google_logging_billing_account_sink", "exclusions"),
    ("google_project_iam_audit_config", "audit_log_config"),
    ("google_folder_iam_audit_config", "audit_log_config"),
    ("google_organization_iam_audit_config", "audit_log_config"),
    ("aws_cloudtrail", "event_selector"),
    ("aws_cloudtrail", "advanced_event_selector"),
    ("aws_cloudtrail_event_data_store", "advanced_event_selector"),
];

/// The workspace, and its limit for a day.
pub const QUOTA: (&str, &[&str]) = ("azurerm_log_analytics_workspace", &["daily_quota_gb"]);

/// A lower limit on what a workspace takes in on a day. A negative one, and none, is no limit.
fn limited(change: &Change, existed: bool) -> Option<Finding> {
    let (kind, path) = (QUOTA.0, QUOTA.1.first()?);
    if change.kind != kind || !existed {
        return None;
    }
    let limit = |field: Field| match field.decimal() {
        Attr::Known(text) => text.parse::<f64>().ok().filter(|limit| *limit >= 0.0),
        Attr::Unset | Attr::Undetermined(_) => None,
    };
    let (before, after) = (limit(change.before(path)), limit(change.after(path))?);
    if change.before(path).undetermined().is_some() || before.is_some_and(|before| before <= after)
    {
        return None;
    }
    let was = before.map_or_else(|| "no limit".to_owned(), |before| format!("{before} GB"));
    Some(
        RULE.violation(
            change,
            format!(
                "the workspace takes in {after} GB on a day and leaves out the rest, and had {was}"
            ),
        )
        .attribute(*path)
        .advice(),
    )
}

pub(crate) fn check(change: &Change, existed: bool) -> Vec<Finding> {
    let mut findings: Vec<Finding> = limited(change, existed).into_iter().collect();
    for (_, path) in EXCLUSIONS.iter().filter(|(kind, _)| *kind == change.kind) {
        let before = if existed {
            excluded(path, change, &change.before(path))
        } else {
            Vec::new()
        };
        let after = excluded(path, change, &change.after(path));
        let (old, new): (Vec<_>, Vec<_>) = after.into_iter().partition(|one| before.contains(one));
        for (what, existing) in [(new, false), (old, true)] {
            if what.is_empty() {
                continue;
            }
            let finding = RULE
                .violation(change, format!("the audit leaves out {}", what.join(", ")))
                .attribute(*path);
            findings.push(if existing {
                finding.existing()
            } else {
                finding
            });
        }
    }
    findings
}

/// What is left out.
fn excluded(path: &str, change: &Change, field: &Field) -> Vec<String> {
    if path == "filter" {
        return match field.text() {
            Attr::Known(filter) if names_audit(&filter) => vec![format!("`{filter}`")],
            _ => Vec::new(),
        };
    }
    if path == "advanced_event_selector" {
        return crate::selectors::left_out(field);
    }
    let Attr::Known(blocks) = field.items() else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for block in blocks {
        if change.kind == "aws_cloudtrail" {
            out.extend(texts(&block.get("exclude_management_event_sources")));
        } else if path == "exclusions" {
            if !block.get("disabled").bool().is_known_and(|off| *off)
                && let Attr::Known(filter) = block.get("filter").text()
                && names_audit(&filter)
            {
                out.push(format!("`{filter}`"));
            }
        } else {
            out.extend(texts(&block.get("exempted_members")));
        }
    }
    out.dedup();
    out
}

fn texts(field: &Field) -> Vec<String> {
    match field.items() {
        Attr::Known(items) => items
            .iter()
            .filter_map(|item| match item.text() {
                Attr::Known(text) => Some(format!("`{text}`")),
                Attr::Unset | Attr::Undetermined(_) => None,
            })
            .collect(),
        Attr::Unset | Attr::Undetermined(_) => Vec::new(),
    }
}

/// Whether a filter is about audit logs.
fn names_audit(filter: &str) -> bool {
    ["cloudaudit", "protoPayload", "data_access", "AuditLog"]
        .iter()
        .any(|word| filter.contains(word))
}
