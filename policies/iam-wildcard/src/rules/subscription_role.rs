//! `subscription-role`

use tollgate_policy::{Attr, Change, Finding, RuleDef, Severity, Why};
use tollgate_policy_common::iam::reference::{attribute, target};
use tollgate_policy_common::iam::{Fault, Side, Truth, judge};

use crate::Subject;
use crate::origin::{AZURE_ROLE, Origin};
use crate::table::{ASSIGNMENTS, AZURE_ROLES, DELEGATION};

/// Everything in an Azure subscription is given.
///
/// Looks for assignments of the roles Owner, Contributor, User Access Administrator and Role
/// Based Access Control Administrator at the scope of a subscription, a management group or the
/// tenant, and for such roles that a delegation (Lighthouse) gives to another tenant. A role or a scope that is marked sensitive can be one of them, and so can one that is known only
/// after apply and does not come from a role definition or a resource of the configuration. The last two are none if a condition says which roles they may give.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "subscription-role",
    title: "Owner or contributor of a whole subscription",
    description: "A role that is everything, or that gives every role, is assigned at the scope of a \
        subscription, a management group or the tenant.",
    severity: Severity::High,
    remediation: "Assign a role for what is needed at the scope of a resource group or a resource.",
    example: r#"```hcl
resource "azurerm_role_assignment" "a" {
  scope                = data.azurerm_subscription.current.id
  role_definition_name = "Owner"
  principal_id         = azurerm_user_assigned_identity.build.principal_id
}
```"#,
    links: &["https://learn.microsoft.com/azure/role-based-access-control/best-practices"],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    if change.kind == DELEGATION.0 {
        return judge(&RULE, change, |side| delegated(change, side));
    }
    if !ASSIGNMENTS.contains(&change.kind.as_str()) {
        return Vec::new();
    }
    judge(&RULE, change, |side| {
        let (truth, why) = scope(subject, side);
        if truth == Truth::No {
            return Vec::new();
        }
        let role = match role(subject, side) {
            Role::Other => return Vec::new(),
            Role::Wide(role) => role,
            Role::Unclear(path, why) => return vec![unclear(path, why)],
        };
        let bounded = role.contains("Admin")
            && change.kind == "azurerm_role_assignment"
            && matches!(side.of(change, "condition").text(), Attr::Known(condition) if !condition.is_empty());
        if bounded {
            return Vec::new();
        }
        let Some(why) = why else {
            return vec![Fault::certain(
                role,
                "scope",
                format!(
                    "the role `{role}` is assigned at the scope of a whole subscription or more"
                ),
            )];
        };
        let message = format!(
            "at which scope the role `{role}` is assigned cannot be told: `scope` is {why}"
        );
        vec![if why == Why::Sensitive {
            Fault::hidden(role, "scope", message)
        } else {
            Fault::uncertain(role, "scope", message)
        }]
    })
}

/// Roles that another tenant gets.
fn delegated(change: &Change, side: Side) -> Vec<Fault> {
    let mut faults = Vec::new();
    for path in DELEGATION.1 {
        let field = side.of(change, path);
        let blocks = match field.items() {
            Attr::Known(blocks) => blocks,
            Attr::Unset => continue,
            Attr::Undetermined(why) => {
                faults.push(unclear(path, why));
                continue;
            }
        };
        for block in &blocks {
            match block.get(ID).text() {
                Attr::Known(id) => {
                    if let Some(role) = of_id(&id) {
                        faults.push(Fault::certain(
                            role,
                            path,
                            format!("the role `{role}` is given to another tenant"),
                        ));
                    }
                }
                Attr::Unset => {}
                Attr::Undetermined(why) => faults.push(unclear(path, why)),
            }
        }
    }
    faults
}

/// What is known of a role.
#[derive(Clone, Copy, Debug)]
enum Role {
    /// It is one of [`AZURE_ROLES`].
    Wide(&'static str),
    /// It is none of them, or one that the plan makes and that is judged there.
    Other,
    /// It cannot be told, because of an attribute.
    Unclear(&'static str, Why),
}

fn unclear(path: &'static str, why: Why) -> Fault {
    let message = format!(
        "whether a role that is everything is assigned at the scope of a subscription cannot be told: `{path}` is {why}"
    );
    let key = format!("{path} {why}");
    if why == Why::Sensitive {
        return Fault::hidden(key, path, message);
    }
    Fault::uncertain(key, path, message)
        .remedy("Refer to the role definition itself, or write the name of the role.")
}

const NAME: &str = "role_definition_name";
const ID: &str = "role_definition_id";

fn role(subject: &Subject<'_>, side: Side) -> Role {
    let change = subject.change;
    let origin = |path| subject.context.origins.origin(change, path, AZURE_ROLE);
    let mut named = false;
    if change.kind == "azurerm_role_assignment" {
        match side.of(change, NAME).text() {
            Attr::Known(name) => {
                if let Some(role) = of_name(&name) {
                    return Role::Wide(role);
                }
                named = !name.is_empty();
            }
            Attr::Undetermined(Why::Unknown) => match origin(NAME) {
                // Left out, it is computed.
                Origin::Nothing => {}
                Origin::Plan(looked_up) => return of_data(&looked_up, NAME),
                Origin::Elsewhere => return Role::Unclear(NAME, Why::Unknown),
            },
            Attr::Undetermined(why) => return Role::Unclear(NAME, why),
            Attr::Unset => {}
        }
    }
    match side.of(change, ID).text() {
        Attr::Known(id) => of_id(&id).map_or(Role::Other, Role::Wide),
        Attr::Undetermined(Why::Unknown) => match origin(ID) {
            Origin::Plan(looked_up) => of_data(&looked_up, ID),
            Origin::Nothing if named => Role::Other,
            Origin::Nothing | Origin::Elsewhere => Role::Unclear(ID, Why::Unknown),
        },
        // Where the name is known, the provider looks the identifier up.
        Attr::Undetermined(_) if named => Role::Other,
        Attr::Undetermined(why) => Role::Unclear(ID, why),
        Attr::Unset => Role::Other,
    }
}

/// The role that data sources look up during the apply.
fn of_data(looked_up: &[&Change], path: &'static str) -> Role {
    for data in looked_up {
        let name = data.after("name").text();
        let id = data.after("role_definition_id").text();
        let role = match (&name, &id) {
            (Attr::Known(name), _) => of_name(name),
            (_, Attr::Known(id)) => of_id(id),
            _ => return Role::Unclear(path, Why::Unknown),
        };
        if let Some(role) = role {
            return Role::Wide(role);
        }
    }
    Role::Other
}

fn of_name(name: &str) -> Option<&'static str> {
    let mut roles = AZURE_ROLES.iter();
    roles
        .find(|(role, _)| role.eq_ignore_ascii_case(name))
        .map(|(role, _)| *role)
}

fn of_id(id: &str) -> Option<&'static str> {
    let id = id.to_ascii_lowercase();
    let mut roles = AZURE_ROLES.iter();
    roles
        .find(|(_, known)| id.ends_with(known))
        .map(|(role, _)| *role)
}

/// Whether the scope is wide, and why that cannot be told.
fn scope(subject: &Subject<'_>, side: Side) -> (Truth, Option<Why>) {
    let change = subject.change;
    let why = match side.of(change, "scope").text() {
        Attr::Known(scope) => return (Truth::from(is_wide(&scope)), None),
        Attr::Unset => return (Truth::No, None),
        Attr::Undetermined(Why::Unknown) => Why::Unknown,
        Attr::Undetermined(why) => return (Truth::Unknown, Some(why)),
    };
    let mut narrow = None;
    for reference in change.references("scope") {
        let Some(target) = target(reference) else {
            continue;
        };
        let kind = target.block.rsplit('.').nth(1).unwrap_or_default();
        if kind == "azurerm_subscription" || kind == "azurerm_management_group" {
            return (Truth::Yes, None);
        }
        // The identifier of a resource is narrower than the subscription that it is in.
        let of_resource = kind.starts_with("azurerm_")
            && attribute(reference).is_none_or(|attribute| {
                attribute == "id"
                    || attribute.ends_with("_id") && !WIDE_IDS.contains(&attribute.as_str())
            });
        narrow = Some(narrow.unwrap_or(true) && of_resource);
    }
    if narrow == Some(true) {
        (Truth::No, None)
    } else {
        (Truth::Unknown, Some(why))
    }
}

/// Attributes that name what is wider than a resource.
const WIDE_IDS: &[&str] = &[
    "subscription_id",
    "tenant_id",
    "management_group_id",
    "client_id",
];

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
