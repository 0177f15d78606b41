//! `not-action-allow`

use tollgate_policy::{Finding, RuleDef, Severity};
use tollgate_policy_common::iam::shown;

use crate::Subject;
use crate::permissions::{every_action, every_resource};

/// A policy allows everything but some actions.
///
/// Looks for statements with `Effect = "Allow"`, `NotAction` and every resource. Where the list has
/// nothing that can be an action, all is allowed: `admin-access` tells of that.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "not-action-allow",
    title: "Policy that allows everything but a list",
    description: "A statement allows with `NotAction`: all actions that AWS has, and those that it will \
        have, but for those listed.",
    severity: Severity::High,
    remediation: "List the actions that are needed in `Action`; to forbid some, add a statement with \
        `Effect` `Deny`.",
    example: r#"```hcl
statement {
  not_actions = ["iam:*"]
  resources   = ["*"]
}
```"#,
    links: &[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html",
    ],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    subject.judge_statements(&RULE, |_, statement| {
        (statement.actions.not && !every_action(statement) && every_resource(statement))
            .then(|| format!("allows {} on every resource", shown(&statement.actions)))
    })
}
