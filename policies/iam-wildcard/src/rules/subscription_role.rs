//! `subscription-role`

use tollgate_policy::{Attr, Finding, RuleDef, Severity};
use tollgate_policy_common::iam::reference::target;
use tollgate_policy_common::iam::{Fault, Side, Truth, judge};

use crate::Subject;
use crate::table::{ASSIGNMENTS, AZURE_ROLES};

/// Everything in an Azure subscription is given.
///
/// # What it does
/// Looks for assignments of the roles Owner, Contributor, User Access Administrator and Role
/// Based Access Control Administrator at the scope of a subscription, a management group or the
/// tenant. The last two are none if a condition says which roles they may give.
///
/// # Why
/// Whoever gets hold of the identity has all that is in the subscription.
///
/// # Example
/// ```hcl
/// resource "azurerm_role_assignment" "a" {
///   scope                = data.azurerm_subscription.current.id
///   role_definition_name = "Owner"
///   principal_id         = azurerm_user_assigned_identity.build.principal_id
/// }
/// ```
pub(crate) const RULE: RuleDef = RuleDef {
    id: "subscription-role",
    title: "Owner or contributor of a whole subscription",
    description: "A role that is everything, or that gives every role, is assigned at the scope of a \
        subscription, a management group or the tenant.",
    severity: Severity::High,
    remediation: "Assign a role for what is needed at the scope of a resource group or a resource.",
    links: &["https://learn.microsoft.com/azure/role-based-access-control/best-practices"],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    if !ASSIGNMENTS.contains(&change.kind.as_str()) {
        return Vec::new();
    }
    judge(&RULE, change, |side| {
        let Some(role) = role(subject, side) else {
            return Vec::new();
        };
        let bounded = role.contains("Admin")
            && change.kind == "azurerm_role_assignment"
            && matches!(side.of(change, "condition").text(), Attr::Known(condition) if !condition.is_empty());
        if bounded {
            return Vec::new();
        }
        let message = match scope(subject, side) {
            Truth::No => return Vec::new(),
            Truth::Yes => format!(
                "the role `{role}` is assigned at the scope of a whole subscription or more"
            ),
            Truth::Unknown => format!(
                "at which scope the role `{role}` is assigned cannot be told: `scope` is known only after apply"
            ),
        };
        vec![Fault {
            truth: scope(subject, side),
            ..Fault::certain(role, "scope", message)
        }]
    })
}

/// The name of the role, if it is one of those.
fn role(subject: &Subject<'_>, side: Side) -> Option<&'static str> {
    let change = subject.change;
    if change.kind == "azurerm_role_assignment"
        && let Attr::Known(name) = side.of(change, "role_definition_name").text()
    {
        return AZURE_ROLES
            .iter()
            .find(|(role, _)| *role == name)
            .map(|(role, _)| *role);
    }
    // One that is known only after apply is a custom role, which is judged where it is made.
    let Attr::Known(id) = side.of(change, "role_definition_id").text() else {
        return None;
    };
    let id = id.to_ascii_lowercase();
    AZURE_ROLES
        .iter()
        .find(|(_, known)| id.ends_with(known))
        .map(|(role, _)| *role)
}

fn scope(subject: &Subject<'_>, side: Side) -> Truth {
    let change = subject.change;
    match side.of(change, "scope").text() {
        Attr::Known(scope) => Truth::from(is_wide(&scope)),
        Attr::Unset => Truth::No,
        Attr::Undetermined(_) => {
            let kinds: Vec<_> = change
                .references("scope")
                .iter()
                .filter_map(|reference| target(reference))
                .filter_map(|target| {
                    let mut steps = target.block.rsplit('.');
                    steps.next()?;
                    steps.next().map(str::to_owned)
                })
                .collect();
            if kinds
                .iter()
                .any(|kind| kind == "azurerm_subscription" || kind == "azurerm_management_group")
            {
                Truth::Yes
            } else if kinds.is_empty() {
                Truth::Unknown
            } else {
                Truth::No
            }
        }
    }
}

/// Whether a scope is a subscription, a management group or the tenant.
fn is_wide(scope: &str) -> bool {
    let lower = scope.trim_end_matches('/').to_ascii_lowercase();
    let parts: Vec<_> = lower.split('/').collect();
    matches!(
        parts.as_slice(),
        [""] | ["", "subscriptions", _]
            | [
                "",
                "providers",
                "microsoft.management",
                "managementgroups",
                _
            ]
    )
}
