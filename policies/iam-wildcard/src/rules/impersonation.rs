//! `impersonation`

use tollgate_policy::{Finding, RuleDef, Severity};
use tollgate_policy_common::iam::{Fault, Side, judge};
use tollgate_policy_common::text::clipped;

use super::basic_role::given;
use crate::Subject;
use crate::table::{IMPERSONATORS, ON_ONE_ACCOUNT};

/// A role that acts as service accounts, or gives roles, is given on more than what is meant.
///
/// Looks at who may, on a project, a folder or an organisation, act as its service accounts,
/// make keys of them, or change who has which role; `roles/owner` can do all of that. On a single
/// service account the roles that are made for it are none, and basic roles are: they also make keys of
/// it, which last until somebody deletes them. Whether a role on a service account lets in more than one
/// workload is a matter of `wide-trust`.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "impersonation",
    title: "Role that acts as service accounts, or gives roles",
    description: "A role is given on a project, a folder or an organisation that can act as every service \
        account in it, make keys of them, or give roles, as an owner can; or a basic role on a service \
        account, which acts as it and makes keys of it.",
    severity: Severity::High,
    remediation: "Give the role on the one service account that is meant, with `google_service_account_iam_member`.",
    example: "`roles/iam.serviceAccountTokenCreator` in a `google_project_iam_member`.",
    links: &["https://docs.cloud.google.com/iam/docs/service-account-permissions"],
};

/// What gives roles on one service account.
const ACCOUNT: &str = "google_service_account_iam_";

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    if change.kind.starts_with(ACCOUNT) {
        return judge(&RULE, change, |side| on_account(subject, side));
    }
    let can = |role: &str| {
        let mut all = IMPERSONATORS.iter();
        all.find(|(one, _)| *one == role).map(|(_, can)| *can)
    };
    given(&RULE, subject, can, |member| !member.contains("@gcp-sa-"))
}

/// Basic roles on one service account.
fn on_account(subject: &Subject<'_>, side: Side) -> Vec<Fault> {
    let path = if subject.change.kind.ends_with("_policy") {
        "policy_data"
    } else {
        "role"
    };
    let mut faults = Vec::new();
    for (_, binding) in subject.bindings(side) {
        let role = &binding.role;
        if !ON_ONE_ACCOUNT.contains(&role.as_str()) {
            continue;
        }
        let mut to: Vec<_> = binding
            .members
            .iter()
            .map(|member| format!(" to `{}`", clipped(member)))
            .collect();
        if to.is_empty() && binding.unknown {
            to.push(String::new());
        }
        faults.extend(to.into_iter().map(|to| {
            Fault::certain(
                format!("{role}{to}"),
                path,
                format!("the role `{role}` is given{to} on a service account, and acts as it and makes keys of it"),
            )
            .remedy("Give `roles/iam.serviceAccountUser`, `roles/iam.serviceAccountTokenCreator` or `roles/iam.workloadIdentityUser` instead, whichever is used.")
        }));
    }
    faults
}
