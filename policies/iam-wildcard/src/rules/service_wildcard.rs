//! `service-wildcard`

use tollgate_policy::{Finding, RuleDef, Severity};
use tollgate_policy_common::text::listed;

use crate::Subject;
use crate::permissions::{every_action, every_resource, whole_services};

/// A policy allows every action of a service on every resource.
///
/// Looks for statements that allow `s3:*` and the like on `*`, or on an ARN that is every
/// resource of the service. Services in `allow-services` of the settings are none. Where a service
/// leads to all other permissions (`iam:*`), `privilege-escalation` tells of that besides.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "service-wildcard",
    title: "Policy that allows every action of a service on every resource",
    description: "A statement allows every action of a service on every resource of it, which takes in \
        deleting them, sharing them with other accounts, and turning their protection off.",
    severity: Severity::High,
    remediation: "Allow the actions that are needed, or name the resources; a service of which every \
        action is meant goes into `allow-services` of the settings of this policy.",
    example: r#"```hcl
policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }] })
```"#,
    links: &[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
    ],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    subject.judge_statements(&RULE, |_, statement| {
        if every_action(statement) || !every_resource(statement) {
            return None;
        }
        let services: Vec<_> = whole_services(statement)
            .into_iter()
            .filter(|service| !subject.settings.allows_service(service))
            .map(|service| format!("{service}:*"))
            .collect();
        (!services.is_empty()).then(|| format!("allows {} on every resource", listed(&services)))
    })
}
