//! `cluster-admin`

use tollgate_policy::{Attr, Finding, RuleDef, Severity, Why};
use tollgate_policy_common::iam::{Fault, Side, judge};
use tollgate_policy_common::text::clipped;

use crate::Subject;
use crate::kubernetes::{Object, Tree};

/// Everything in a Kubernetes cluster is given.
///
/// Looks for bindings of `cluster-admin` to anyone in a whole cluster, for cluster roles that
/// allow every verb on every resource of every group or the verbs `escalate`, `bind` and
/// `impersonate`, for the access policy `AmazonEKSClusterAdminPolicy` of a whole cluster of EKS,
/// for access entries in `system:masters`, and for roles and users that the config map `aws-auth` of a
/// cluster puts into that group. A binding in one namespace is none.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "cluster-admin",
    title: "Administrator of a Kubernetes cluster",
    description: "Somebody is made administrator of a whole Kubernetes cluster: by a binding of \
        `cluster-admin`, a cluster role that allows everything or that leads to everything, or an \
        access policy or group of EKS.",
    severity: Severity::High,
    remediation: "Bind a role with what is needed, in the namespace where it is needed; an administrator \
        that has to be one goes into `allow` of the settings of this policy.",
    example: r#"```hcl
resource "aws_eks_access_policy_association" "dev" {
  policy_arn = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
  access_scope {
    type = "cluster"
  }
}
```"#,
    links: &["https://kubernetes.io/docs/concepts/security/rbac-good-practices/"],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    match change.kind.as_str() {
        ASSOCIATION => judge(&RULE, change, |side| eks_policy(subject, side)),
        ENTRY => judge(&RULE, change, |side| {
            let groups = crate::permissions::texts(&side.of(change, "kubernetes_groups"));
            groups
                .iter()
                .filter(|group| *group == "system:masters")
                .map(|group| {
                    Fault::certain(
                        group,
                        "kubernetes_groups",
                        "the group `system:masters` may do everything in the cluster",
                    )
                })
                .collect()
        }),
        kind if MAPS.contains(&kind) => judge(&RULE, change, |side| mapped(subject, side)),
        _ => judge(&RULE, change, |side| {
            let Some(object) = Object::of(change, side) else {
                return Vec::new();
            };
            match object.kind.as_str() {
                "ClusterRole" => roles(&object),
                "ClusterRoleBinding" => bindings(subject, &object).into_iter().collect(),
                _ => Vec::new(),
            }
        }),
    }
}

/// An access policy of EKS, and what it is read of.
pub(crate) const ASSOCIATION: &str = "aws_eks_access_policy_association";
pub(crate) const POLICY: &str = "policy_arn";
pub(crate) const SCOPE: &str = "access_scope[0].type";

/// An access entry of EKS.
pub(crate) const ENTRY: &str = "aws_eks_access_entry";

/// Config maps, of which one says who may do what in a cluster of EKS.
pub(crate) const MAPS: &[&str] = &[
    "kubernetes_config_map",
    "kubernetes_config_map_v1",
    "kubernetes_config_map_v1_data",
];

/// Roles and users that the config map `aws-auth` makes administrators.
fn mapped(subject: &Subject<'_>, side: Side) -> Vec<Fault> {
    let change = subject.change;
    let metadata = side.of(change, "metadata").first();
    let is = |name: &str, value: &str| metadata.get(name).text().is_known_and(|text| text == value);
    if !is("name", "aws-auth") || !is("namespace", "kube-system") {
        return Vec::new();
    }
    let data = side.of(change, "data");
    let mut faults = Vec::new();
    for name in ["mapRoles", "mapUsers"] {
        let Attr::Known(text) = data.get(name).text() else {
            continue;
        };
        for entry in entries(&text)
            .iter()
            .filter(|entry| entry.contains("system:masters"))
        {
            let who = arn(entry);
            faults.push(Fault::certain(
                format!("{name} {who}"),
                "data",
                format!(
                    "`{name}` of the config map `aws-auth` puts `{}` into the group `system:masters`, which may do everything in the cluster",
                    clipped(&who)
                ),
            ));
        }
    }
    faults
}

/// The items of a list that is written as YAML or JSON, each as it is written.
fn entries(text: &str) -> Vec<String> {
    if text.trim_start().starts_with('[') {
        return text.split('}').map(str::to_owned).collect();
    }
    let is_item = |line: &str| line.trim_start().starts_with('-');
    let indent = |line: &str| line.len() - line.trim_start().len();
    let outer = text
        .lines()
        .filter(|line| is_item(line))
        .map(indent)
        .min()
        .unwrap_or_default();
    let mut entries = vec![String::new()];
    for line in text.lines() {
        if line.trim_start().starts_with('#') {
            continue;
        }
        if is_item(line) && indent(line) == outer {
            entries.push(String::new());
        }
        if let Some(last) = entries.last_mut() {
            last.push_str(line);
            last.push('\n');
        }
    }
    entries
}

/// The role or user of an item.
fn arn(entry: &str) -> String {
    let start = entry.find("arn:aws").unwrap_or(entry.len());
    let rest = entry.get(start..).unwrap_or_default();
    let end = rest
        .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '}'))
        .unwrap_or(rest.len());
    match rest.get(..end) {
        Some(arn) if !arn.is_empty() => arn.to_owned(),
        _ => "somebody".to_owned(),
    }
}

fn eks_policy(subject: &Subject<'_>, side: Side) -> Vec<Fault> {
    let change = subject.change;
    let cluster = match side.of(change, SCOPE).text() {
        Attr::Known(scope) => scope == "cluster",
        Attr::Unset => false,
        Attr::Undetermined(_) => true,
    };
    if !cluster {
        return Vec::new();
    }
    match side.of(change, POLICY).text() {
        Attr::Known(arn) if arn.ends_with("/AmazonEKSClusterAdminPolicy") => vec![Fault::certain(
            "admin",
            POLICY,
            "the access policy `AmazonEKSClusterAdminPolicy` is everything in the whole cluster",
        )],
        Attr::Undetermined(Why::Sensitive) => vec![Fault::hidden(
            "hidden",
            POLICY,
            format!(
                "whether the whole cluster is given cannot be told: `{POLICY}` is marked sensitive"
            ),
        )],
        Attr::Undetermined(why) => vec![Fault::uncertain(
            "unknown",
            POLICY,
            format!("whether the whole cluster is given cannot be told: `{POLICY}` is {why}"),
        )],
        Attr::Known(_) | Attr::Unset => Vec::new(),
    }
}

/// Rules of a cluster role that are everything, or lead to it.
fn roles(object: &Object<'_>) -> Vec<Fault> {
    let path = object.path("rule");
    let rules = match object.list("rules", "rule") {
        Ok(rules) => rules,
        Err(why) => {
            let message = format!(
                "whether the cluster role allows everything cannot be told: `{path}` is {why}"
            );
            return vec![if why == Why::Sensitive {
                Fault::hidden("hidden", path, message)
            } else {
                Fault::uncertain("unknown", path, message)
            }];
        }
    };
    let mut faults = Vec::new();
    for rule in &rules {
        let has = |name: &str, words: &[&str]| {
            rule.texts(name)
                .iter()
                .any(|text| words.contains(&text.as_str()))
        };
        if has("apiGroups", &["*"]) && has("resources", &["*"]) && has("verbs", &["*"]) {
            faults.push(Fault::certain(
                "all",
                path.clone(),
                "the cluster role allows every verb on every resource of every group",
            ));
            continue;
        }
        for (verb, resources, what) in LEADING {
            if has("verbs", &[verb]) && has("resources", resources) && !names_any(rule) {
                faults.push(Fault::certain(
                    *verb,
                    path.clone(),
                    format!("the verb `{verb}` of the cluster role leads to everything: {what}"),
                ));
            }
        }
    }
    faults
}

/// Verbs that lead to everything, what they have to be on, and how.
const LEADING: &[(&str, &[&str], &str)] = &[
    (
        "escalate",
        &["clusterroles", "*"],
        "it writes roles that are wider than its own",
    ),
    (
        "bind",
        &["clusterroles", "*"],
        "it binds roles that are wider than its own",
    ),
    (
        "impersonate",
        &["users", "groups", "*"],
        "it acts as any user or group",
    ),
];

/// Whether a rule is about resources of some names only.
fn names_any(rule: &Tree) -> bool {
    !rule.texts("resourceNames").is_empty()
}

fn bindings(subject: &Subject<'_>, object: &Object<'_>) -> Option<Fault> {
    let path = object.path("roleRef");
    match object.part("roleRef").get("name").text() {
        Attr::Known(role) if role == "cluster-admin" => {
            let to: Vec<_> = object
                .list("subjects", "subject")
                .unwrap_or_default()
                .iter()
                .filter_map(|one| match one.get("name").text() {
                    Attr::Known(name) => Some(name),
                    Attr::Unset | Attr::Undetermined(_) => None,
                })
                // That is everyone, and has a rule of its own.
                .filter(|name| !super::cluster_open::EVERYONE.contains(&name.as_str()))
                .map(|name| format!("`{}`", clipped(&name)))
                .take(3)
                .collect();
            if to.is_empty()
                && object
                    .list("subjects", "subject")
                    .is_ok_and(|all| !all.is_empty())
            {
                return None;
            }
            let to = if to.is_empty() {
                String::new()
            } else {
                format!(" to {}", to.join(", "))
            };
            Some(Fault::certain(
                to.clone(),
                path,
                format!("`cluster-admin` is bound{to} in the whole cluster"),
            ))
        }
        Attr::Undetermined(Why::Sensitive) => Some(Fault::hidden(
            "hidden",
            path.clone(),
            format!(
                "whether `cluster-admin` is bound cannot be told: `{path}` is marked sensitive"
            ),
        )),
        // A role that the plan makes is judged there.
        Attr::Undetermined(why) if subject.change.references(&path).is_empty() => {
            Some(Fault::uncertain(
                "unknown",
                path,
                format!(
                    "whether `cluster-admin` is bound cannot be told: the name of the role is {why}"
                ),
            ))
        }
        Attr::Known(_) | Attr::Unset | Attr::Undetermined(_) => None,
    }
}
