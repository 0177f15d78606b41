//! `open-trust`

use tollgate_policy::{Finding, RuleDef, Severity};

use crate::Subject;
use crate::trust::{Reach, reach};

/// Anyone may take a role.
///
/// # What it does
/// Reads who may take a role: a principal that is everyone and that no condition narrows; an
/// issuer of tokens that is everyone's, such as GitHub's or Cognito, of which every subject is
/// accepted, or that of any organisation.
///
/// # Why
/// Every account of AWS, or everyone who can run a workflow, gets the permissions of the role.
///
/// # Example
/// ```hcl
/// condition {
///   test     = "StringLike"
///   variable = "token.actions.githubusercontent.com:sub"
///   values   = ["repo:*"]
/// }
/// ```
pub(crate) const RULE: RuleDef = RuleDef {
    id: "open-trust",
    title: "Role that anyone may take",
    description: "The trust policy of a role lets in everyone, or every subject of an issuer of tokens \
        that everyone can get a token of.",
    severity: Severity::Critical,
    remediation: "Name the principals; for an issuer of tokens, compare its `sub` with that of your own \
        repository, project or application.",
    links: &[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_secure-by-default.html",
    ],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    subject.judge_trusts(&RULE, |document, statement| {
        match reach(document, statement) {
            Reach::Anyone(who) => Some(format!("lets {who} take the role")),
            _ => None,
        }
    })
}
