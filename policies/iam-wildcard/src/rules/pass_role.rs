//! `pass-role`

use tollgate_policy::{Finding, RuleDef, Severity};
use tollgate_policy_common::iam::Truth;

use crate::Subject;
use crate::permissions::{all_of_iam, bounded_for, denied, every_action, every_of};

/// A policy lets any role be passed.
///
/// Looks for statements that allow `iam:PassRole` on every role, without a condition on the
/// service that it is passed to. With one, `privilege-escalation` looks whether the policy also
/// allows what runs something in that service.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "pass-role",
    title: "Policy that lets any role be passed",
    description: "A statement allows `iam:PassRole` on every role, to every service. With a service that \
        runs something, that is every permission that a role of the account has.",
    severity: Severity::High,
    remediation: "Name the roles in `Resource`. A condition on `iam:PassedToService` alone is not enough \
        where the identity may also run something in that service.",
    example: r#"```hcl
policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "iam:PassRole", Resource = "*" }] })
```"#,
    links: &["https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html"],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    subject.judge_statements(&RULE, |document, statement| {
        // What is wider has a rule of its own.
        let wider = every_action(statement) || statement.actions.not || all_of_iam(statement);
        (!wider
            && statement.actions.takes("iam:PassRole", true) == Truth::Yes
            && every_of(statement, &["role"])
            && !bounded_for(&statement.conditions, &[], &[])
            && !denied(document, "iam:PassRole"))
        .then(|| "lets any role be passed to any service".to_owned())
    })
}
