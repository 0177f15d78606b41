//! `cluster-open`

use tollgate_policy::{Action, Attr, Finding, RuleDef, Severity};
use tollgate_policy_common::iam::{Fault, judge};
use tollgate_policy_common::text::clipped;

use crate::Subject;
use crate::kubernetes::Object;

/// Everyone has permissions in a Kubernetes cluster, or nobody asks for them.
///
/// Looks for bindings of a role to `system:anonymous`, `system:unauthenticated` or
/// `system:authenticated`, but for those that Kubernetes makes itself for discovery; for clusters
/// of GKE with `enable_legacy_abac`; for clusters of AKS with `role_based_access_control_enabled`
/// turned off; and for local accounts of AKS that the plan turns on again.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "cluster-open",
    title: "Kubernetes cluster that gives permissions to everyone",
    description: "A role is bound to everyone who reaches the API of a Kubernetes cluster, or the cluster \
        does not check roles at all.",
    severity: Severity::Critical,
    remediation: "Bind the role to the users, groups or service accounts that need it, and leave \
        role-based access control on.",
    example: r#"```hcl
resource "kubernetes_cluster_role_binding_v1" "debug" {
  role_ref {
    kind = "ClusterRole"
    name = "view"
  }
  subject {
    kind = "Group"
    name = "system:unauthenticated"
  }
}
```"#,
    links: &["https://cloud.google.com/kubernetes-engine/docs/best-practices/rbac"],
};

/// Users and groups that are everyone.
pub(crate) const EVERYONE: &[&str] = &[
    "system:anonymous",
    "system:unauthenticated",
    "system:authenticated",
];

/// Roles that Kubernetes binds to them itself.
const DISCOVERY: &[&str] = &[
    "system:basic-user",
    "system:discovery",
    "system:public-info-viewer",
    "system:service-account-issuer-discovery",
];

/// A type whose permissions can be switched off.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Off {
    pub(crate) kind: &'static str,
    pub(crate) path: &'static str,
    bad: bool,
    /// Whether only the plan that turns it so is told: it is so by default.
    turned: bool,
    message: &'static str,
}

/// Switches of clusters.
pub(crate) const SWITCHES: &[Off] = &[
    Off {
        kind: "google_container_cluster",
        path: "enable_legacy_abac",
        bad: true,
        turned: false,
        message: "legacy authorization gives every service account of the cluster all permissions",
    },
    Off {
        kind: "azurerm_kubernetes_cluster",
        path: "role_based_access_control_enabled",
        bad: false,
        turned: false,
        message: "the cluster does not check roles: whoever signs in may do everything",
    },
    Off {
        kind: "azurerm_kubernetes_cluster",
        path: "local_account_disabled",
        bad: false,
        turned: true,
        message: "the plan turns on local accounts: their certificate is an administrator of the cluster that no sign-in log shows",
    },
];

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    let mut findings = Vec::new();
    for switch in SWITCHES.iter().filter(|switch| switch.kind == change.kind) {
        findings.extend(judge(&RULE, change, |side| {
            let bad =
                |side: tollgate_policy_common::iam::Side| match side.of(change, switch.path).bool()
                {
                    Attr::Known(value) => value == switch.bad,
                    Attr::Unset => switch.turned,
                    Attr::Undetermined(_) => false,
                };
            let before = tollgate_policy_common::iam::Side::Before;
            if !bad(side) || (switch.turned && (change.action == Action::Create || bad(before))) {
                return Vec::new();
            }
            vec![Fault::certain(switch.path, switch.path, switch.message)]
        }));
    }
    findings.extend(judge(&RULE, change, |side| {
        let Some(object) = Object::of(change, side) else {
            return Vec::new();
        };
        if object.kind != "ClusterRoleBinding" && object.kind != "RoleBinding" {
            return Vec::new();
        }
        let role = match object.part("roleRef").get("name").text() {
            Attr::Known(role) if DISCOVERY.contains(&role.as_str()) => return Vec::new(),
            Attr::Known(role) => format!("the role `{}`", clipped(&role)),
            Attr::Unset | Attr::Undetermined(_) => "a role".to_owned(),
        };
        let path = object.path("subject");
        object
            .list("subjects", "subject")
            .unwrap_or_default()
            .iter()
            .filter_map(|one| match one.get("name").text() {
                Attr::Known(name) if EVERYONE.contains(&name.as_str()) => Some(name),
                _ => None,
            })
            .map(|name| {
                Fault::certain(
                    format!("{role} {name}"),
                    path.clone(),
                    format!("{role} is bound to `{name}`: to everyone who reaches the cluster"),
                )
            })
            .collect()
    }));
    findings
}
