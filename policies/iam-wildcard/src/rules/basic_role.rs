//! `basic-role`

use tollgate_policy::{Finding, RuleDef, Severity, Why};
use tollgate_policy_common::iam::{Fault, Side, judge};
use tollgate_policy_common::text::clipped;

use crate::origin::{GOOGLE_ROLE, Origin};
use crate::table::{BASIC_ROLES, OWNERS, SCOPES};
use crate::{MEMBERS, Subject};

/// A role on everything in a Google project is given.
///
/// Looks at who has the basic roles `roles/editor` and `roles/writer` on a project, a folder or an
/// organisation. Google's own agent for a project's services, which has the editor role by
/// default, is none. A role that is marked sensitive can be one of them, and so can one that is known only
/// after apply and is no custom role of the plan. `roles/owner` also gives roles: `impersonation` tells of it,
/// which weighs more.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "basic-role",
    title: "Editor of a whole project",
    description: "A basic role of Google's is given on a project, a folder or an organisation: thousands of \
        permissions on every service in it.",
    severity: Severity::High,
    remediation: "Give the predefined roles of the services that are used, on the resources that they are \
        used for.",
    example: r#"```hcl
resource "google_project_iam_member" "m" {
  role   = "roles/editor"
  member = "serviceAccount:build@example.iam.gserviceaccount.com"
}
```"#,
    links: &["https://docs.cloud.google.com/iam/docs/roles-overview#basic"],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = given(
        &RULE,
        subject,
        |role| BASIC_ROLES.contains(&role).then_some(""),
        |member| !member.ends_with("@cloudservices.gserviceaccount.com"),
    );
    let change = subject.change;
    let gives = MEMBERS
        .iter()
        .any(|(suffix, _)| change.kind.ends_with(suffix));
    if gives && SCOPES.iter().any(|prefix| change.kind.starts_with(prefix)) {
        findings.extend(judge(&RULE, change, |side| {
            unclear(subject, side).into_iter().collect()
        }));
    }
    findings
}

/// A role that cannot be told.
fn unclear(subject: &Subject<'_>, side: Side) -> Option<Fault> {
    let change = subject.change;
    let whether = format!(
        "whether a basic role is given on {} cannot be told",
        scope(&change.kind)
    );
    let path = if change.kind.ends_with("_policy") {
        "policy_data"
    } else {
        "role"
    };
    let why = side.of(change, path).undetermined();
    let hides = subject
        .bindings(side)
        .iter()
        .any(|(_, binding)| binding.hidden_role);
    if why == Some(Why::Sensitive) || hides {
        return Some(Fault::hidden(
            "hidden role",
            path,
            format!("{whether}: a role in `{path}` is marked sensitive"),
        ));
    }
    let unknown = path == "role"
        && why == Some(Why::Unknown)
        && !matches!(
            subject.context.origins.origin(change, path, GOOGLE_ROLE),
            Origin::Plan(_)
        );
    unknown.then(|| {
        Fault::uncertain(
            "unknown role",
            path,
            format!("{whether}: `{path}` is known only after apply, and not only of a custom role that this plan makes"),
        )
        .remedy("Refer to the custom role itself, or write the name of the role.")
    })
}

/// The findings for roles that are given at the scope of a project or above: `can` says of those that
/// count what one can do with them.
pub(super) fn given(
    rule: &RuleDef,
    subject: &Subject<'_>,
    can: impl Fn(&str) -> Option<&'static str>,
    counts: impl Fn(&str) -> bool,
) -> Vec<Finding> {
    let change = subject.change;
    if !SCOPES.iter().any(|prefix| change.kind.starts_with(prefix)) {
        return Vec::new();
    }
    judge(rule, change, |side| {
        let mut faults = Vec::new();
        for (_, binding) in subject.bindings(side) {
            let Some(also) = can(&binding.role) else {
                continue;
            };
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
            // The one basic role that gives roles as well.
            let owns = OWNERS.contains(&role.as_str());
            let also = if also.is_empty() {
                String::new()
            } else {
                format!(", {also}")
            };
            let fix = |fault: Fault| {
                if owns {
                    fault.remedy("Give the predefined roles of the services that are used, on the resources that they are used for; who gives roles can have `roles/resourcemanager.projectIamAdmin` for a limited time.")
                } else {
                    fault
                }
            };
            faults.extend(members.iter().map(|member| {
                fix(Fault::certain(
                    format!("{role} {member}"),
                    path,
                    format!(
                        "the role `{role}` is given to `{}` on {}{also}",
                        clipped(member),
                        scope(&change.kind)
                    ),
                ))
            }));
            if binding.unknown && members.is_empty() {
                faults.push(fix(Fault::certain(
                    format!("{role} ?"),
                    path,
                    format!(
                        "the role `{role}` is given on {}{also}",
                        scope(&change.kind)
                    ),
                )));
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
