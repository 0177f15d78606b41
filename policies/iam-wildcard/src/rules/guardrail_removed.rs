//! `guardrail-removed`

use std::collections::BTreeSet;

use tollgate_policy::{Action, Attr, Change, Field, Finding, RuleDef, Severity};
use tollgate_policy_common::iam::Side;
use tollgate_policy_common::text::{clipped, listed};

use crate::Subject;
use crate::permissions::texts;

/// A guard rail of an organisation is taken away.
///
/// # What it does
/// Reports policies of an organisation of AWS (service control policies and the like) and
/// controls of Control Tower that are deleted; constraints of Google's that are deleted, no longer
/// enforced or come to allow everything; policy assignments of Azure's that are deleted or no longer
/// enforced; and perimeters of VPC service controls that are deleted or protect fewer services or
/// projects. What goes together with the project, folder or group that it is about is none.
/// `Deny` statements that are dropped from a policy are a matter of `deny-removed`.
///
/// # Why
/// A guard rail is what holds whatever the permissions say. Without it, permissions that nobody
/// worried about count.
///
/// # Example
/// `enforce` of a `google_org_policy_policy` becomes `FALSE`.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "guardrail-removed",
    title: "Guard rail of an organisation that this plan removes",
    description: "The plan deletes a policy that bounds a whole organisation, project, subscription or \
        perimeter, or stops enforcing it.",
    severity: Severity::High,
    remediation: "Keep the guard rail, and let what needs an exception have one of its own; if another \
        policy has taken its place, waive this rule for the address.",
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
        &["enforce"],
        "management_group_id",
        Way::Enforce,
    ),
    rail(
        "azurerm_subscription_policy_assignment",
        "a policy assignment",
        &["enforce"],
        "subscription_id",
        Way::Enforce,
    ),
    rail(
        "azurerm_resource_group_policy_assignment",
        "a policy assignment",
        &["enforce"],
        "resource_group_id",
        Way::Enforce,
    ),
    rail(
        "azurerm_resource_policy_assignment",
        "a policy assignment",
        &["enforce"],
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
];

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
    let Some(rail) = RAILS.iter().find(|rail| rail.kind == change.kind) else {
        return Vec::new();
    };
    if change.deposed.is_some() || matches!(change.action, Action::Create | Action::Read) {
        return Vec::new();
    }
    if change.action == Action::Delete {
        return deleted(subject, rail).into_iter().collect();
    }
    if !change.remains() {
        return Vec::new();
    }
    match rail.way {
        Way::Deleted => Vec::new(),
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
            (off(Side::After) && !off(Side::Before))
                .then(|| {
                    said(
                        change,
                        "enforce",
                        "the plan stops enforcing a policy assignment".to_owned(),
                    )
                })
                .into_iter()
                .collect()
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
            fewer(subject, "status", of(Side::Before), of(Side::After))
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
        Way::Kinds => false,
        Way::Deleted | Way::Perimeters => true,
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
    (held && !other).then(|| RULE.violation(change, format!("the plan deletes {}", rail.what)))
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
