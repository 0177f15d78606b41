//! `privilege-escalation`

use std::collections::BTreeSet;

use tollgate_policy::{Action, Attr, Finding, RuleDef, Severity};
use tollgate_policy_common::iam::{Document, Fault, Reading, Side, Truth, hides, judge};

use crate::Subject;
use crate::permissions::{
    bounded_for, denied, every_action, every_azure_action, every_of, every_resource, passed_to,
    texts,
};
use crate::table::{CUSTOM_ROLES, ESCALATED, ESCALATING_PERMISSIONS, ESCALATIONS};

/// Permissions of a policy lead to all others.
///
/// Looks for actions, and pairs of actions, that an identity can give itself further
/// permissions with, on every resource: to write or attach policies, to make keys of other
/// users, to pass a role and run something with it, to run commands on any instance, to write the
/// policy of any key. A condition counts where it bounds them: not where the service that a role
/// may be passed to is the one that the policy lets things run in, and not where the policy that may
/// be attached is one of administrators. Every action of a service (`iam:*`) has them
/// as well as the single action does. In custom roles of Google's and Azure's: the
/// permissions that give roles or act as service accounts.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "privilege-escalation",
    title: "Permissions that lead to all others",
    description: "The policy allows actions with which the identity can give itself every other \
        permission: administrator access in two steps.",
    severity: Severity::High,
    remediation: "Name the roles, policies and other resources that the actions are for in `Resource`. A \
        condition bounds them only where no administrator policy matches it (`iam:PolicyARN`, \
        `iam:PermissionsBoundary`), and one on `iam:PassedToService` does not where the policy also \
        allows what runs something in that service.",
    example: r#"```hcl
policy = jsonencode({ Statement = [{ Effect = "Allow", Action = ["iam:PassRole", "ec2:RunInstances"], Resource = "*" }] })
```"#,
    links: &["https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html"],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    if let Some((_, path)) = CUSTOM_ROLES.iter().find(|(kind, _)| *kind == change.kind) {
        let mut findings = judge(&RULE, change, |side| {
            let hidden = hides(&side.of(change, path)).then(|| {
                Fault::hidden(
                    "hidden",
                    *path,
                    format!("whether the permissions lead to all others cannot be told: `{path}` is marked sensitive"),
                )
            });
            hidden.into_iter().collect()
        });
        findings.extend(told(subject, path, |side| {
            texts(&side.of(change, path))
                .into_iter()
                .filter(|permission| ESCALATING_PERMISSIONS.contains(&permission.as_str()))
                .map(|permission| format!("`{permission}`"))
                .collect()
        }));
        return findings;
    }
    if change.kind == "azurerm_role_definition" {
        return told(subject, "permissions", |side| azure(subject, side));
    }
    subject
        .documents
        .iter()
        .flat_map(|read| {
            told(subject, read.path, |side| match read.on(side) {
                Reading::Read(document) => ways(document, &subject.settings.admin_policies),
                Reading::Absent | Reading::Unknown | Reading::Hidden | Reading::Unreadable(_) => {
                    BTreeSet::new()
                }
            })
        })
        .collect()
}

/// One finding for all ways, planned where one of them is new.
fn told(
    subject: &Subject<'_>,
    path: &str,
    ways: impl Fn(Side) -> BTreeSet<String>,
) -> Vec<Finding> {
    let change = subject.change;
    if !change.remains() {
        return Vec::new();
    }
    let after = ways(Side::After);
    if after.is_empty() {
        return Vec::new();
    }
    let before = match change.action {
        Action::Create | Action::Read => BTreeSet::new(),
        _ => ways(Side::Before),
    };
    let new: BTreeSet<_> = after.difference(&before).cloned().collect();
    let existing = (new.is_empty() || before.contains(ALL)) && !change.importing;
    let list: Vec<_> = if existing { &after } else { &new }
        .iter()
        .filter(|way| *way != ALL)
        .take(3)
        .cloned()
        .collect();
    if list.is_empty() {
        return Vec::new();
    }
    let more = if existing { after.len() } else { new.len() }.saturating_sub(list.len());
    let and = if more > 0 {
        format!(", and {more} more")
    } else {
        String::new()
    };
    let finding = RULE
        .violation(
            change,
            format!(
                "the permissions lead to all others: {}{and}",
                list.join("; ")
            ),
        )
        .attribute(path);
    vec![if existing {
        finding.existing()
    } else {
        finding
    }]
}

/// Stands for every way: what another rule tells of.
const ALL: &str = "*";

/// The ways that a document opens.
fn ways(document: &Document, admins: &[String]) -> BTreeSet<String> {
    // What allows all of it is told by other rules, and the ways are no news then.
    if document.allows().any(|statement| {
        every_resource(statement) && (every_action(statement) || statement.actions.not)
    }) {
        return BTreeSet::from([ALL.to_owned()]);
    }
    let wide: Vec<_> = document
        .allows()
        .filter(|statement| every_of(statement, ESCALATED))
        .collect();
    if wide.is_empty() {
        return BTreeSet::new();
    }
    // A whole service counts too, though `service-wildcard` tells of it: that rule only warns by
    // default, and more must not weigh less than a part of it.
    let allowed = |action: &str, services: &[&str]| {
        wide.iter().any(|statement| {
            statement.actions.takes(action, true) == Truth::Yes
                && !bounded_for(&statement.conditions, services, admins)
        }) && !denied(document, action)
    };
    ESCALATIONS
        .iter()
        .filter(|(actions, _)| {
            // What a role is passed to runs it.
            let services = actions.last().map_or(&[][..], |action| passed_to(action));
            actions.iter().all(|action| match *action {
                "iam:PassRole" => allowed(action, services),
                action => allowed(action, &[]),
            })
        })
        .map(|(actions, what)| {
            let actions: Vec<_> = actions.iter().map(|action| format!("`{action}`")).collect();
            format!("{what} with {}", actions.join(", "))
        })
        .collect()
}

/// Actions of Azure's that give roles.
fn azure(subject: &Subject<'_>, side: Side) -> BTreeSet<String> {
    let Attr::Known(blocks) = side.of(subject.change, "permissions").items() else {
        return BTreeSet::new();
    };
    let mut ways = BTreeSet::new();
    for block in &blocks {
        let without = texts(&block.get("not_actions"));
        for action in texts(&block.get("actions")) {
            if every_azure_action(&action) {
                return BTreeSet::from([ALL.to_owned()]);
            }
            let writes = "Microsoft.Authorization/roleAssignments/write";
            let takes = |pattern: &str| tollgate_policy_common::iam::glob(pattern, writes, true);
            if takes(&action) && !without.iter().any(|pattern| takes(pattern)) {
                ways.insert(format!("`{action}` gives roles"));
            }
        }
    }
    ways
}
