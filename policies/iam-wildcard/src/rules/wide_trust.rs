//! `wide-trust`

use tollgate_policy::{Finding, RuleDef, Severity};
use tollgate_policy_common::iam::{Fault, judge};
use tollgate_policy_common::text::clipped;

use crate::Subject;
use crate::trust::{Reach, reach};

/// More may take a role than one workload.
///
/// # What it does
/// Reads the subjects that a role accepts from an issuer of tokens: any repository of an owner,
/// any branch or pull request of a repository, any service account of a cluster. Of Google's:
/// roles for every identity of a workload identity pool.
///
/// # Why
/// Whoever may push a branch, or make a repository in the organisation, gets the permissions
/// of the role, past every review.
///
/// # Example
/// ```hcl
/// condition {
///   test     = "StringLike"
///   variable = "token.actions.githubusercontent.com:sub"
///   values   = ["repo:example/shop:*"]
/// }
/// ```
pub(crate) const RULE: RuleDef = RuleDef {
    id: "wide-trust",
    title: "Role that any repository, branch or workload of an owner may take",
    description: "The trust policy of a role accepts more than one workload: any repository of an owner, \
        any branch of a repository, or any service account of a cluster.",
    severity: Severity::Medium,
    remediation: "Compare the subject with one branch or environment, such as \
        `repo:example/shop:ref:refs/heads/main` or `repo:example/shop:environment:production`.",
    links: &["https://docs.github.com/en/actions/concepts/security/openid-connect"],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    if change.kind.starts_with("google_") {
        return judge(&RULE, change, |side| {
            let mut faults = Vec::new();
            for (path, binding) in subject.bindings(side) {
                for member in binding
                    .members
                    .iter()
                    .filter(|member| is_whole_pool(member))
                {
                    let role = clipped(&binding.role);
                    faults.push(
                        Fault::certain(
                            format!("{} {member}", binding.role),
                            path,
                            format!("`{path}` gives the role `{role}` to every identity of a workload identity pool"),
                        )
                        .remedy("Give the role to one subject or one attribute of the pool."),
                    );
                }
            }
            faults
        });
    }
    subject.judge_trusts(&RULE, |document, statement| {
        match reach(document, statement) {
            Reach::Wide(who) => Some(format!("lets {who} take the role")),
            _ => None,
        }
    })
}

fn is_whole_pool(member: &str) -> bool {
    member.starts_with("principalSet://")
        && member.contains("/workloadIdentityPools/")
        && member.ends_with("/*")
}
