//! `guardrail-removed`

mod admission;

use std::collections::{BTreeMap, BTreeSet};

use tollgate_policy::serde_json::{self, Value as Json};
use tollgate_policy::{Action, Attr, Change, Field, Finding, RuleDef, Severity};
use tollgate_policy_common::iam::Side;
use tollgate_policy_common::text::{clipped, listed};

use crate::Subject;
use crate::permissions::texts;

/// A guard rail of an organisation is taken away.
///
/// Reports policies of an organisation of AWS (service control policies and the like) and
/// controls of Control Tower that are deleted; constraints of Google's that are deleted, no longer
/// enforced or come to allow everything; policy assignments of Azure's that are deleted or no longer
/// enforced, that get a new exemption (one that ends is advice), leave out more scopes, or whose effect no
/// longer denies; perimeters of VPC service controls that are deleted, protect fewer services or
/// projects, or let any identity in from everywhere, and access levels that take in every address; deny
/// policies and boundaries of Google's, and what binds them; policies of Firewall Manager; what only lets
/// signed images run, and that policies of Azure's hold in a cluster; and of a Kubernetes cluster the level of a namespace that pods have to keep to, and
/// what decides whether an object is taken: webhooks and admission policies that are deleted, are about
/// less, or let objects through when they do not answer, and rules of Kyverno and Gatekeeper that come to
/// tell only. What goes together with the project, folder or group that it is about is none.
/// `Deny` statements that are dropped from a policy are a matter of `deny-removed`.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "guardrail-removed",
    title: "Guard rail of an organisation that this plan removes",
    description: "The plan deletes a policy that bounds a whole organisation, project, subscription or \
        perimeter, or stops enforcing it.",
    severity: Severity::High,
    remediation: "Keep the guard rail, and let what needs an exception have one of its own; if another \
        policy has taken its place, waive this rule for the address.",
    example: "`enforce` of a `google_org_policy_policy` becomes `FALSE`.",
    links: &[
        "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html",
        "https://cloud.google.com/resource-manager/docs/organization-policy/overview",
        "https://learn.microsoft.com/azure/governance/policy/concepts/assignment-structure",
        "https://cloud.google.com/vpc-service-controls/docs/overview",
    ],
};

/// A type of guard rail.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rail {
    pub(crate) kind: &'static str,
    what: &'static str,
    /// What is read of it.
    pub(crate) paths: &'static [&'static str],
    /// The attribute that names what it is about.
    pub(crate) of: &'static str,
    /// Put before the name, where the attribute is not a whole identifier.
    prefix: &'static str,
    way: Way,
}

/// How a guard rail is let go of, but by its deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// By its deletion only.
    Deleted,
    /// Rules of a constraint.
    Constraint,
    /// Rules of a constraint as the provider wrote them formerly.
    OldConstraint,
    /// `enforce`
    Enforce,
    /// What a perimeter protects.
    Perimeter,
    /// The same of several.
    Perimeters,
    /// Kinds of policies that are switched on; its deletion is another matter.
    Kinds,
    /// What it denies to whom.
    Denied,
    /// By being made.
    Exemption,
    /// By its deletion, which tells of what has no effect any more.
    Advised,
    /// Addresses of an access level; its deletion is another matter.
    Level,
    /// What it takes for an image to run.
    Images,
    /// The same of a cluster; its deletion is another matter.
    Cluster,
    /// Whether policies of Azure's hold in a cluster; its deletion is another matter.
    InCluster,
    /// The level of a namespace; its deletion is another matter.
    Namespace,
}

impl Rail {
    /// Whether it is of a provider of Kubernetes.
    pub(crate) fn is_of_kubernetes(&self) -> bool {
        self.kind.starts_with("kubernetes_")
    }
}

const fn rail(
    kind: &'static str,
    what: &'static str,
    paths: &'static [&'static str],
    of: &'static str,
    way: Way,
) -> Rail {
    Rail {
        kind,
        what,
        paths,
        of,
        prefix: "",
        way,
    }
}

/// Every type of guard rail.
pub(crate) const RAILS: &[Rail] = &[
    rail(
        "aws_organizations_policy",
        "a policy of the organisation",
        &["type"],
        "id",
        Way::Deleted,
    ),
    rail(
        "aws_organizations_organization",
        "the organisation",
        &["enabled_policy_types"],
        "id",
        Way::Kinds,
    ),
    rail(
        "aws_controltower_control",
        "a control of Control Tower",
        &[],
        "target_identifier",
        Way::Deleted,
    ),
    rail(
        "google_org_policy_policy",
        "a constraint",
        &["spec"],
        "parent",
        Way::Constraint,
    ),
    Rail {
        prefix: "projects/",
        ..rail(
            "google_project_organization_policy",
            "a constraint",
            OLD,
            "project",
            Way::OldConstraint,
        )
    },
    rail(
        "google_folder_organization_policy",
        "a constraint",
        OLD,
        "folder",
        Way::OldConstraint,
    ),
    rail(
        "google_organization_policy",
        "a constraint",
        OLD,
        "org_id",
        Way::OldConstraint,
    ),
    rail(
        "azurerm_management_group_policy_assignment",
        "a policy assignment",
        ASSIGNED,
        "management_group_id",
        Way::Enforce,
    ),
    rail(
        "azurerm_subscription_policy_assignment",
        "a policy assignment",
        ASSIGNED,
        "subscription_id",
        Way::Enforce,
    ),
    rail(
        "azurerm_resource_group_policy_assignment",
        "a policy assignment",
        ASSIGNED,
        "resource_group_id",
        Way::Enforce,
    ),
    rail(
        "azurerm_resource_policy_assignment",
        "a policy assignment",
        ASSIGNED,
        "resource_id",
        Way::Enforce,
    ),
    rail(
        "google_access_context_manager_service_perimeter",
        "a perimeter",
        &["status", "perimeter_type"],
        "parent",
        Way::Perimeter,
    ),
    rail(
        "google_access_context_manager_service_perimeters",
        "perimeters",
        &["service_perimeters"],
        "parent",
        Way::Perimeters,
    ),
    rail(
        "google_access_context_manager_service_perimeter_resource",
        "what holds a project in a perimeter",
        &[],
        "resource",
        Way::Deleted,
    ),
    rail(
        "google_access_context_manager_access_level",
        "an access level",
        &["basic"],
        "parent",
        Way::Level,
    ),
    rail(
        "google_iam_deny_policy",
        "a deny policy",
        &["rules"],
        "parent",
        Way::Denied,
    ),
    rail(
        "google_iam_principal_access_boundary_policy",
        "a boundary of identities",
        &[],
        "organization",
        Way::Deleted,
    ),
    rail(
        "google_iam_organizations_policy_binding",
        "what binds a boundary to identities",
        &[],
        "organization",
        Way::Deleted,
    ),
    rail(
        "google_iam_folders_policy_binding",
        "what binds a boundary to identities",
        &[],
        "folder",
        Way::Deleted,
    ),
    rail(
        "google_iam_projects_policy_binding",
        "what binds a boundary to identities",
        &[],
        "project",
        Way::Deleted,
    ),
    rail(
        "azurerm_management_group_policy_exemption",
        "an exemption",
        &["expires_on"],
        "management_group_id",
        Way::Exemption,
    ),
    rail(
        "azurerm_subscription_policy_exemption",
        "an exemption",
        &["expires_on"],
        "subscription_id",
        Way::Exemption,
    ),
    rail(
        "azurerm_resource_group_policy_exemption",
        "an exemption",
        &["expires_on"],
        "resource_group_id",
        Way::Exemption,
    ),
    rail(
        "azurerm_resource_policy_exemption",
        "an exemption",
        &["expires_on"],
        "resource_id",
        Way::Exemption,
    ),
    rail(
        "azurerm_policy_definition",
        "a definition of a policy",
        &[],
        "management_group_id",
        Way::Advised,
    ),
    rail(
        "aws_fms_policy",
        "a policy of Firewall Manager",
        &[],
        "id",
        Way::Deleted,
    ),
    rail(
        "google_binary_authorization_policy",
        "what only lets signed images run",
        &["default_admission_rule"],
        "project",
        Way::Images,
    ),
    rail(
        "google_container_cluster",
        "a cluster",
        &["binary_authorization"],
        "project",
        Way::Cluster,
    ),
    rail(
        "azurerm_kubernetes_cluster",
        "a cluster",
        &["azure_policy_enabled"],
        "id",
        Way::InCluster,
    ),
    rail(
        "kubernetes_namespace",
        "a namespace",
        &["metadata"],
        "metadata",
        Way::Namespace,
    ),
    rail(
        "kubernetes_namespace_v1",
        "a namespace",
        &["metadata"],
        "metadata",
        Way::Namespace,
    ),
];

/// What is read of an assignment.
const ASSIGNED: &[&str] = &["enforce", "not_scopes", "parameters"];

/// Images run whoever has made them.
const ALWAYS: &[&str] = &["ALWAYS_ALLOW"];

const OLD: &[&str] = &["boolean_policy", "list_policy", "restore_policy"];

/// What guard rails are about: what is deleted of these needs none any more.
pub(crate) const HELD: &[(&str, &str)] = &[
    ("google_project", "id"),
    ("google_project", "number"),
    ("google_folder", "id"),
    ("azurerm_resource_group", "id"),
    ("azurerm_management_group", "id"),
    ("aws_organizations_organizational_unit", "arn"),
    ("google_access_context_manager_access_policy", "id"),
];

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    if change.deposed.is_some() {
        return Vec::new();
    }
    let Some(rail) = RAILS.iter().find(|rail| rail.kind == change.kind) else {
        return admission::check(change);
    };
    if rail.way == Way::Exemption {
        return exempted(change).into_iter().collect();
    }
    if matches!(change.action, Action::Create | Action::Read) {
        return Vec::new();
    }
    if change.action == Action::Delete {
        return deleted(subject, rail).into_iter().collect();
    }
    if !change.remains() {
        return Vec::new();
    }
    match rail.way {
        Way::Deleted | Way::Exemption | Way::Advised => Vec::new(),
        Way::Denied => denies_less(change).into_iter().collect(),
        Way::Level => {
            let any = |side| level(&side_of(change, "basic", side));
            (any(Side::After) && !any(Side::Before))
                .then(|| {
                    said(
                        change,
                        "basic",
                        "the access level takes in every address".to_owned(),
                    )
                })
                .into_iter()
                .collect()
        }
        Way::Images => {
            let path = "default_admission_rule";
            let loose = |side| images(&side_of(change, path, side));
            (loose(Side::After) && !loose(Side::Before))
                .then(|| {
                    said(
                        change,
                        path,
                        "the plan lets images run that nobody has signed".to_owned(),
                    )
                })
                .into_iter()
                .collect()
        }
        Way::Cluster => {
            let path = "binary_authorization";
            let on = |side| {
                let block = side_of(change, path, side).first();
                match block.get("evaluation_mode").text() {
                    Attr::Known(mode) if !mode.is_empty() => Some(!matches!(
                        mode.as_str(),
                        "DISABLED" | "EVALUATION_MODE_UNSPECIFIED"
                    )),
                    Attr::Undetermined(_) => None,
                    Attr::Known(_) | Attr::Unset => {
                        Some(block.get("enabled").bool().is_known_and(|on| *on))
                    }
                }
            };
            (on(Side::Before) == Some(true) && on(Side::After) == Some(false))
                .then(|| {
                    said(
                        change,
                        path,
                        "the cluster no longer asks whether an image is signed before it runs"
                            .to_owned(),
                    )
                })
                .into_iter()
                .collect()
        }
        Way::InCluster => {
            let path = "azure_policy_enabled";
            let on = |side| side_of(change, path, side).bool();
            (on(Side::Before).is_known_and(|on| *on)
                && matches!(on(Side::After), Attr::Known(false) | Attr::Unset))
            .then(|| {
                said(
                    change,
                    path,
                    format!("policies of Azure's no longer hold in the cluster: `{path}` `true` -> `false`"),
                )
            })
            .into_iter()
            .collect()
        }
        Way::Namespace => pods(change, "metadata", |side, label| {
            let metadata = side_of(change, "metadata", side).first();
            metadata.get("labels").get(label).text()
        })
        .into_iter()
        .collect(),
        Way::Constraint | Way::OldConstraint => {
            let holds = |side| constraint(change, rail.way, side);
            let loose = holds(Side::Before) == Some(true) && holds(Side::After) == Some(false);
            let path = rail.paths.first().copied().unwrap_or_default();
            loose
                .then(|| {
                    said(
                        change,
                        path,
                        "the plan stops enforcing a constraint".to_owned(),
                    )
                })
                .into_iter()
                .collect()
        }
        Way::Enforce => {
            let off = |side: Side| side.of(change, "enforce").bool().is_known_and(|on| !*on);
            if off(Side::After) && !off(Side::Before) {
                return vec![said(
                    change,
                    "enforce",
                    "the plan stops enforcing a policy assignment".to_owned(),
                )];
            }
            if off(Side::Before) {
                return Vec::new();
            }
            loosened(change).into_iter().collect()
        }
        Way::Kinds => {
            let path = "enabled_policy_types";
            let of =
                |side: Side| -> BTreeSet<_> { texts(&side.of(change, path)).into_iter().collect() };
            let told = change.after(path).undetermined().is_none();
            let lost: Vec<_> = of(Side::Before)
                .difference(&of(Side::After))
                .cloned()
                .collect();
            (told && !lost.is_empty())
                .then(|| {
                    said(
                        change,
                        path,
                        format!(
                            "the plan switches off policies of the kind {}",
                            listed(&lost)
                        ),
                    )
                })
                .into_iter()
                .collect()
        }
        Way::Perimeter => {
            let bridge = change
                .before("perimeter_type")
                .text()
                .is_known_and(|kind| kind == "PERIMETER_TYPE_BRIDGE");
            let of = |side: Side| guarded(&side.of(change, "status").first(), "");
            if bridge {
                return Vec::new();
            }
            let mut findings = fewer(subject, "status", of(Side::Before), of(Side::After));
            let open = |side: Side| lets_anyone(&side.of(change, "status").first());
            if open(Side::After) && !open(Side::Before) {
                findings.push(said(
                    change,
                    "status",
                    "the perimeter lets any identity in from everywhere".to_owned(),
                ));
            }
            findings
        }
        Way::Perimeters => {
            let path = "service_perimeters";
            let of = |side: Side| {
                let Attr::Known(all) = side.of(change, path).items() else {
                    return None;
                };
                let mut guards = BTreeSet::new();
                for one in &all {
                    let Attr::Known(name) = one.get("name").text() else {
                        return None;
                    };
                    guards.extend(guarded(&one.get("status").first(), &format!("{name}: "))?);
                }
                Some(guards)
            };
            fewer(subject, path, of(Side::Before), of(Side::After))
        }
    }
}

fn said(change: &Change, path: &str, message: String) -> Finding {
    RULE.violation(change, message).attribute(path)
}

fn deleted(subject: &Subject<'_>, rail: &Rail) -> Option<Finding> {
    let change = subject.change;
    let of = match change.before(rail.of).text() {
        Attr::Known(of) => format!("{}{of}", rail.prefix),
        Attr::Unset | Attr::Undetermined(_) => String::new(),
    };
    if subject.context.deleted.contains(&of) {
        return None;
    }
    // One that held nothing back ends nothing.
    let held = match rail.way {
        Way::Kinds
        | Way::Exemption
        | Way::Level
        | Way::Cluster
        | Way::InCluster
        | Way::Namespace => false,
        Way::Deleted | Way::Perimeters | Way::Denied | Way::Advised => true,
        Way::Images => !images(&change.before("default_admission_rule")),
        Way::Constraint | Way::OldConstraint => {
            constraint(change, rail.way, Side::Before) != Some(false)
        }
        Way::Enforce => !change.before("enforce").bool().is_known_and(|on| !*on),
        Way::Perimeter => {
            guarded(&change.before("status").first(), "").is_none_or(|all| !all.is_empty())
                && !change
                    .before("perimeter_type")
                    .text()
                    .is_known_and(|kind| kind == "PERIMETER_TYPE_BRIDGE")
        }
    };
    // Policies of other kinds bound tags and backups, not permissions.
    let other = rail.kind == "aws_organizations_policy"
        && change.before("type").text().is_known_and(|kind| {
            ![
                "SERVICE_CONTROL_POLICY",
                "RESOURCE_CONTROL_POLICY",
                "DECLARATIVE_POLICY_EC2",
            ]
            .contains(&kind.as_str())
        });
    (held && !other).then(|| {
        let finding = RULE.violation(change, format!("the plan deletes {}", rail.what));
        // What was assigned has to be deleted first, and is told there.
        if rail.way == Way::Advised {
            finding.advice()
        } else {
            finding
        }
    })
}

fn side_of(change: &Change, path: &str, side: Side) -> Field {
    side.of(change, path)
}

/// What is not bound by a policy any more.
fn exempted(change: &Change) -> Option<Finding> {
    if change.action != Action::Create || change.importing {
        return None;
    }
    let ends = matches!(change.after("expires_on").text(), Attr::Known(text) if !text.is_empty());
    let finding = said(
        change,
        "expires_on",
        if ends {
            "the plan makes an exemption from a policy, which ends".to_owned()
        } else {
            "the plan makes an exemption from a policy, which never ends".to_owned()
        },
    );
    Some(if ends {
        finding.advice()
    } else {
        finding.remediation("Set `expires_on`, so that the exemption ends.")
    })
}

/// Scopes that an assignment leaves out, and an effect that no longer denies.
fn loosened(change: &Change) -> Option<Finding> {
    let path = "not_scopes";
    let of = |side: Side| -> BTreeSet<_> { texts(&side.of(change, path)).into_iter().collect() };
    let new: Vec<_> = of(Side::After)
        .difference(&of(Side::Before))
        .map(|one| clipped(one))
        .collect();
    if !new.is_empty() {
        return Some(said(
            change,
            path,
            format!("the policy assignment leaves out {}", listed(&new)),
        ));
    }
    let path = "parameters";
    let (before, after) = (effects(change, Side::Before), effects(change, Side::After));
    let weaker = before.iter().find_map(|(name, was)| {
        let strong = ["deny", "denyaction", "deployifnotexists", "modify"];
        let weak = ["disabled", "audit", "auditifnotexists", "donotenforce"];
        let now = after.get(name)?;
        let is = |text: &str, list: &[&str]| list.contains(&text.to_ascii_lowercase().as_str());
        (is(was, &strong) && is(now, &weak)
            || (!is(was, &["disabled"]) && is(now, &["disabled"]) && is(was, &weak)))
        .then(|| {
            format!(
                "`{}` from `{}` to `{}`",
                clipped(name),
                clipped(was),
                clipped(now)
            )
        })
    })?;
    Some(said(
        change,
        path,
        format!("the policy assignment holds back less: {weaker}"),
    ))
}

/// The texts that parameters of an assignment are set to, by name.
fn effects(change: &Change, side: Side) -> BTreeMap<String, String> {
    let Attr::Known(text) = side.of(change, "parameters").text() else {
        return BTreeMap::new();
    };
    let Ok(Json::Object(all)) = serde_json::from_str::<Json>(&text) else {
        return BTreeMap::new();
    };
    all.into_iter()
        .filter(|(name, _)| name.to_ascii_lowercase().contains("effect"))
        .filter_map(|(name, value)| {
            let text = value.get("value")?.as_str()?.to_owned();
            Some((name, text))
        })
        .collect()
}

/// What a deny policy denied and does not any more.
fn denies_less(change: &Change) -> Option<Finding> {
    let path = "rules";
    let of = |side: Side| {
        let mut sets = [BTreeSet::new(), BTreeSet::new(), BTreeSet::new()];
        let names = [
            "denied_permissions",
            "denied_principals",
            "exception_principals",
        ];
        let rules = match side.of(change, path).items() {
            Attr::Known(rules) => rules,
            Attr::Unset => Vec::new(),
            Attr::Undetermined(_) => return None,
        };
        for rule in &rules {
            let rule = rule.get("deny_rule").first();
            for (set, name) in sets.iter_mut().zip(names) {
                if rule.get(name).undetermined().is_some() {
                    return None;
                }
                set.extend(texts(&rule.get(name)));
            }
        }
        Some(sets)
    };
    let [was, whom, but] = of(Side::Before)?;
    let Some([now, now_whom, now_but]) = of(Side::After) else {
        return Some(
            RULE.undetermined(
                change,
                "whether the deny policy still denies the same cannot be told: `rules` is not known",
            )
            .attribute(path),
        );
    };
    let lost = |a: &BTreeSet<String>, b: &BTreeSet<String>| -> Vec<String> {
        a.difference(b).map(|one| clipped(one)).collect()
    };
    let everyone = now_whom
        .iter()
        .any(|one| one == "principalSet://goog/public:all");
    let (fewer, freed, excepted) = (
        lost(&was, &now),
        lost(&whom, &now_whom),
        lost(&now_but, &but),
    );
    let message = if !fewer.is_empty() {
        format!("the deny policy no longer denies {}", listed(&fewer))
    } else if !freed.is_empty() && !everyone {
        format!(
            "the deny policy no longer denies anything to {}",
            listed(&freed)
        )
    } else if !excepted.is_empty() {
        format!(
            "the deny policy makes an exception of {}",
            listed(&excepted)
        )
    } else {
        return None;
    };
    Some(said(change, path, message))
}

/// Whether an access level takes in every address.
fn level(basic: &Field) -> bool {
    let Attr::Known(conditions) = basic.first().get("conditions").items() else {
        return false;
    };
    conditions.iter().any(|condition| {
        !condition.get("negate").bool().is_known_and(|on| *on)
            && texts(&condition.get("ip_subnetworks"))
                .iter()
                .any(|network| matches!(network.as_str(), "0.0.0.0/0" | "::/0"))
    })
}

/// Whether a perimeter lets any identity in from everywhere.
fn lets_anyone(status: &Field) -> bool {
    let Attr::Known(policies) = status.get("ingress_policies").items() else {
        return false;
    };
    policies.iter().any(|policy| {
        let from = policy.get("ingress_from").first();
        let anyone = from
            .get("identity_type")
            .text()
            .is_known_and(|kind| kind == "ANY_IDENTITY");
        let Attr::Known(sources) = from.get("sources").items() else {
            return false;
        };
        anyone
            && sources.iter().any(|source| {
                source
                    .get("access_level")
                    .text()
                    .is_known_and(|level| level == "*")
            })
    })
}

/// Whether images run whoever has made them.
fn images(rule: &Field) -> bool {
    let rule = rule.first();
    let is = |name: &str, list: &[&str]| {
        rule.get(name)
            .text()
            .is_known_and(|text| list.contains(&text.as_str()))
    };
    is("evaluation_mode", ALWAYS) || is("enforcement_mode", &["DRYRUN_AUDIT_LOG_ONLY"])
}

/// The level that pods of a namespace have to keep to, and which comes down.
fn pods(
    change: &Change,
    path: &str,
    level: impl Fn(Side, &str) -> Attr<String>,
) -> Option<Finding> {
    let label = "pod-security.kubernetes.io/enforce";
    let of = |side| match level(side, label) {
        Attr::Known(level) => Some(level),
        Attr::Unset => Some("not set".to_owned()),
        Attr::Undetermined(_) => None,
    };
    let rank = |level: &str| match level {
        "restricted" => 2,
        "baseline" => 1,
        _ => 0,
    };
    let (was, now) = (of(Side::Before)?, of(Side::After)?);
    (rank(&was) > rank(&now)).then(|| {
        said(
            change,
            path,
            format!(
                "pods of the namespace may do more: `{label}` `{}` -> `{}`",
                clipped(&was),
                clipped(&now)
            ),
        )
    })
}

/// Whether a constraint holds something back; none where that cannot be told.
fn constraint(change: &Change, way: Way, side: Side) -> Option<bool> {
    let is = |field: Field, value: &str| {
        field
            .text()
            .is_known_and(|text| text.eq_ignore_ascii_case(value))
    };
    let some = |field: Field| match field.items() {
        Attr::Known(items) => !items.is_empty(),
        Attr::Unset => false,
        Attr::Undetermined(_) => true,
    };
    if way == Way::OldConstraint {
        for path in OLD {
            if side.of(change, path).undetermined().is_some() {
                return None;
            }
        }
        let list = side.of(change, "list_policy").first();
        let (allow, deny) = (list.get("allow").first(), list.get("deny").first());
        return Some(
            is(
                side.of(change, "boolean_policy").first().get("enforced"),
                "true",
            ) || is(deny.get("all"), "true")
                || some(deny.get("values"))
                || some(allow.get("values")),
        );
    }
    let spec = side.of(change, "spec").first();
    if is(spec.get("reset"), "true") {
        return Some(false);
    }
    let rules = match spec.get("rules").items() {
        Attr::Known(rules) => rules,
        Attr::Unset => return Some(false),
        Attr::Undetermined(_) => return None,
    };
    let mut holds = false;
    for rule in &rules {
        for path in ["enforce", "deny_all", "allow_all", "values"] {
            if rule.get(path).undetermined().is_some() {
                return None;
            }
        }
        let values = rule.get("values").first();
        holds |= is(rule.get("enforce"), "TRUE")
            || is(rule.get("deny_all"), "TRUE")
            || (!is(rule.get("allow_all"), "TRUE")
                && (some(values.get("allowed_values")) || some(values.get("denied_values"))));
    }
    Some(holds)
}

/// What a perimeter protects: services and projects; none where that cannot be told.
fn guarded(status: &Field, of: &str) -> Option<BTreeSet<String>> {
    let mut guards = BTreeSet::new();
    if status.undetermined().is_some() {
        return None;
    }
    for path in ["restricted_services", "resources"] {
        match status.get(path).items() {
            Attr::Known(items) => {
                for item in &items {
                    match item.text() {
                        Attr::Known(text) => {
                            guards.insert(format!("{of}{text}"));
                        }
                        Attr::Unset => {}
                        Attr::Undetermined(_) => return None,
                    }
                }
            }
            Attr::Unset => {}
            Attr::Undetermined(_) => return None,
        }
    }
    let accessible = status.get("vpc_accessible_services").first();
    if accessible
        .get("enable_restriction")
        .bool()
        .is_known_and(|on| *on)
    {
        guards.insert(format!("{of}vpc_accessible_services"));
    }
    Some(guards)
}

fn fewer(
    subject: &Subject<'_>,
    path: &str,
    before: Option<BTreeSet<String>>,
    after: Option<BTreeSet<String>>,
) -> Vec<Finding> {
    let Some(before) = before.filter(|all| !all.is_empty()) else {
        return Vec::new();
    };
    let Some(after) = after else {
        return vec![
            RULE.undetermined(
                subject.change,
                format!("whether the perimeter still protects the same cannot be told: part of `{path}` is not known"),
            )
            .attribute(path),
        ];
    };
    let lost: Vec<_> = before
        .difference(&after)
        .filter(|one| {
            let project = one.rsplit("projects/").next().unwrap_or(one);
            !subject.context.deleted.contains(project)
        })
        .map(|one| clipped(one))
        .collect();
    if lost.is_empty() {
        return Vec::new();
    }
    vec![said(
        subject.change,
        path,
        format!("the perimeter no longer protects {}", listed(&lost)),
    )]
}
