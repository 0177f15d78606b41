//! `user-policy`

use tollgate_policy::{Attr, Finding, RuleDef, Severity};
use tollgate_policy_common::iam::{Fault, judge};

use crate::Subject;
use crate::table::USERS;

/// A policy is given to a user.
///
/// Reports policies that are written into a user or attached to one.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "user-policy",
    title: "Policy of a single user",
    description: "A policy is written into a user or attached to one. Permissions are given to groups and \
        roles, where they are found and taken away again.",
    severity: Severity::Low,
    remediation: "Give the policy to a group or a role, and let the user join or take it.",
    example: "An `aws_iam_user_policy_attachment`.",
    links: &["https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-2"],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    let Some((_, users)) = USERS.iter().find(|(kind, _)| *kind == change.kind) else {
        return Vec::new();
    };
    judge(&RULE, change, |side| {
        if let Some(path) = users {
            match side.of(change, path).items() {
                Attr::Known(items) if !items.is_empty() => {}
                _ => return Vec::new(),
            }
        }
        vec![Fault::certain(
            "user",
            users.unwrap_or("user"),
            "a policy is given to a user",
        )]
    })
}
