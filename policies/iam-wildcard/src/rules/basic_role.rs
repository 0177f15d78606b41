//! `basic-role`

use tollgate_policy::{Finding, RuleDef, Severity};
use tollgate_policy_common::iam::{Fault, judge};
use tollgate_policy_common::text::clipped;

use crate::Subject;
use crate::table::{BASIC_ROLES, SCOPES};

/// A role on everything in a Google project is given.
///
/// # What it does
/// Looks at who has the basic roles `roles/editor` and `roles/writer` on a project, a folder or an
/// organisation. Google's own agent for a project's services, which has the editor role by
/// default, is none. `roles/owner` also gives roles: `impersonation` tells of it.
///
/// # Why
/// They are thousands of permissions on every service, that of reading secrets and changing
/// keys among them.
///
/// # Example
/// ```hcl
/// resource "google_project_iam_member" "m" {
///   role   = "roles/editor"
///   member = "serviceAccount:build@example.iam.gserviceaccount.com"
/// }
/// ```
pub(crate) const RULE: RuleDef = RuleDef {
    id: "basic-role",
    title: "Editor of a whole project",
    description: "A basic role of Google's is given on a project, a folder or an organisation: thousands of \
        permissions on every service in it.",
    severity: Severity::High,
    remediation: "Give the predefined roles of the services that are used, on the resources that they are \
        used for.",
    links: &["https://docs.cloud.google.com/iam/docs/roles-overview#basic"],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    given(&RULE, subject, BASIC_ROLES, |member| {
        !member.ends_with("@cloudservices.gserviceaccount.com")
    })
}

/// The findings for roles that are given at the scope of a project or above.
pub(super) fn given(
    rule: &RuleDef,
    subject: &Subject<'_>,
    roles: &[&str],
    counts: impl Fn(&str) -> bool,
) -> Vec<Finding> {
    let change = subject.change;
    if !SCOPES.iter().any(|prefix| change.kind.starts_with(prefix)) {
        return Vec::new();
    }
    judge(rule, change, |side| {
        let mut faults = Vec::new();
        for (_, binding) in subject.bindings(side) {
            if !roles.contains(&binding.role.as_str()) {
                continue;
            }
            let path = if change.kind.ends_with("_policy") {
                "policy_data"
            } else {
                "role"
            };
            let role = &binding.role;
            let members: Vec<_> = binding
                .members
                .iter()
                .filter(|member| counts(member))
                .collect();
            faults.extend(members.iter().map(|member| {
                Fault::certain(
                    format!("{role} {member}"),
                    path,
                    format!(
                        "the role `{role}` is given to `{}` on {}",
                        clipped(member),
                        scope(&change.kind)
                    ),
                )
            }));
            if binding.unknown && members.is_empty() {
                faults.push(Fault::certain(
                    format!("{role} ?"),
                    path,
                    format!("the role `{role}` is given on {}", scope(&change.kind)),
                ));
            }
        }
        faults
    })
}

fn scope(kind: &str) -> &'static str {
    if kind.starts_with("google_organization_") {
        "the whole organisation"
    } else if kind.starts_with("google_folder_") {
        "a whole folder"
    } else {
        "the whole project"
    }
}
