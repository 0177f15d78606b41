//! `admin-access`

use tollgate_policy::{Attr, Finding, RuleDef, Severity, Why};
use tollgate_policy_common::iam::{Fault, Side, hides, judge};

use crate::Subject;
use crate::permissions::{every_action, every_azure_action, every_resource, texts};

/// A policy allows every action on every resource.
///
/// Looks in policies of roles, users, groups and permission sets for a statement that allows
/// `*` (or `*:*`) on `*`, whatever its conditions, and in custom roles of Azure's for the action
/// `*`. A policy that is marked sensitive, or whose decisive part is, cannot be told to keep the rule.
/// A policy that is only the boundary of roles in the plan is none.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "admin-access",
    title: "Policy that allows everything",
    description: "A statement allows every action on every resource. Whoever gets hold of the identity \
        owns the account.",
    severity: Severity::Critical,
    remediation: "Allow the actions that are needed, on the resources that they are needed for.",
    example: r#"```hcl
policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }] })
```"#,
    links: &[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
    ],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    if change.kind == "azurerm_role_definition" {
        return judge(&RULE, change, |side| azure(subject, side));
    }
    let mut findings = subject.judge_statements(&RULE, |_, statement| {
        (every_action(statement) && every_resource(statement))
            .then(|| "allows every action on every resource".to_owned())
    });
    findings.extend(subject.judge_hidden(
        &RULE,
        subject.documents,
        "whether the policy allows everything",
        |_, statement| {
            let hidden = statement.hidden;
            (hidden.effect || hidden.actions || hidden.resources)
                && (hidden.actions || every_action(statement))
                && (hidden.resources || every_resource(statement))
        },
    ));
    findings
}

fn azure(subject: &Subject<'_>, side: Side) -> Vec<Fault> {
    let field = side.of(subject.change, "permissions");
    let hidden = || {
        vec![Fault::hidden(
            "hidden",
            "permissions",
            "whether the role allows everything cannot be told: its actions are marked sensitive",
        )]
    };
    let blocks = match field.items() {
        Attr::Known(blocks) => blocks,
        Attr::Undetermined(Why::Sensitive) => return hidden(),
        Attr::Unset | Attr::Undetermined(_) => return Vec::new(),
    };
    if blocks.iter().any(|block| hides(&block.get("actions"))) {
        return hidden();
    }
    blocks
        .iter()
        .filter(|block| {
            texts(&block.get("actions"))
                .iter()
                .any(|action| every_azure_action(action))
        })
        .map(|_| Fault::certain("*", "permissions", "the role allows every action"))
        .collect()
}
