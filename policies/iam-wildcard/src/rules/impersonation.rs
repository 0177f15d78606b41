//! `impersonation`

use tollgate_policy::{Finding, RuleDef, Severity};

use super::basic_role::given;
use crate::Subject;
use crate::table::IMPERSONATORS;

/// A role that acts as any service account, or gives roles, is given on a Google project.
///
/// # What it does
/// Looks at who may, on a project, a folder or an organisation, act as its service accounts,
/// make keys of them, or change who has which role; `roles/owner` can do all of that. On a single
/// service account such a role is none.
///
/// # Why
/// On a project it is the permissions of the strongest service account in it.
///
/// # Example
/// `roles/iam.serviceAccountTokenCreator` in a `google_project_iam_member`.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "impersonation",
    title: "Role that acts as every service account of a project",
    description: "A role is given on a project, a folder or an organisation that can act as every service \
        account in it, make keys of them, or give roles, as an owner can.",
    severity: Severity::High,
    remediation: "Give the role on the one service account that is meant, with `google_service_account_iam_member`.",
    links: &["https://docs.cloud.google.com/iam/docs/service-account-permissions"],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    given(&RULE, subject, IMPERSONATORS, |member| {
        !member.contains("@gcp-sa-")
    })
}
