//! `boundary-removed`

use tollgate_policy::{Action, Attr, Finding, RuleDef, Severity, Why};
use tollgate_policy_common::iam::{Document, Effect, Reading};

use crate::Subject;
use crate::permissions::{every_action, every_resource};
use crate::table::BOUNDARIES;

/// The plan takes the boundary of an identity away.
///
/// Compares the permissions boundary of roles and users today and after apply, and reports the
/// boundary of a permission set that is deleted while the permission set is not. A boundary that
/// allows everything bounds nothing: one that becomes a policy in `admin-policies` of the settings
/// (`AdministratorAccess`), or whose own document comes to allow everything and to deny nothing,
/// is removed as well. So is a policy of an organisation (a service control policy) that is taken
/// off an account or unit that stays.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "boundary-removed",
    title: "Permissions boundary that this plan removes",
    description: "The plan removes the permissions boundary of a role, a user or a permission set. \
        Permissions that had no effect beyond it count at once.",
    severity: Severity::High,
    remediation: "Keep the boundary, or name the identity in `allow` of the settings of this policy.",
    example: "`permissions_boundary` is taken out of an `aws_iam_role`.",
    links: &["https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html"],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    if change.kind == "aws_ssoadmin_permissions_boundary_attachment" {
        let gone = match change.before("permission_set_arn").text() {
            Attr::Known(arn) => subject.context.deleted_sets.contains(&arn),
            Attr::Unset | Attr::Undetermined(_) => false,
        };
        if change.deposed.is_some() || gone {
            return Vec::new();
        }
        if change.remains() {
            return widened(subject, MANAGED).into_iter().collect();
        }
        if change.action != Action::Delete {
            return Vec::new();
        }
        return vec![
            RULE.violation(
                change,
                "the plan deletes the permissions boundary of a permission set",
            )
            .attribute("permission_set_arn"),
        ];
    }
    if change.kind == OF_ORGANISATION {
        return detached(subject);
    }
    if subject.context.boundaries.contains(&change.block) {
        return emptied(subject);
    }
    let Some((_, path)) = BOUNDARIES.iter().find(|(kind, _)| *kind == change.kind) else {
        return Vec::new();
    };
    if !change.remains()
        || !matches!(change.before(path).text(), Attr::Known(arn) if !arn.is_empty())
    {
        return Vec::new();
    }
    let finding = match change.after(path).text() {
        Attr::Known(arn) if !arn.is_empty() => return widened(subject, path).into_iter().collect(),
        Attr::Known(_) | Attr::Unset => RULE.violation(
            change,
            format!("the plan removes the permissions boundary: `{path}` is not set any more"),
        ),
        // Another boundary, which the plan makes.
        Attr::Undetermined(Why::Unknown) if !change.references(path).is_empty() => {
            return Vec::new();
        }
        Attr::Undetermined(why) => RULE.undetermined(
            change,
            format!("whether the permissions boundary stays cannot be told: `{path}` is {why}"),
        ),
    };
    vec![finding.attribute(*path)]
}

/// The attachment of a policy of an organisation.
pub(crate) const OF_ORGANISATION: &str = "aws_organizations_policy_attachment";

/// What such a policy is attached to.
pub(crate) const TARGETS: &[&str] = &[
    "aws_organizations_account",
    "aws_organizations_organizational_unit",
];

/// A policy of an organisation that is taken off.
fn detached(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    let gone = match change.before("target_id").text() {
        Attr::Known(id) => subject.context.deleted_accounts.contains(&id),
        Attr::Unset | Attr::Undetermined(_) => false,
    };
    if change.action != Action::Delete || change.deposed.is_some() || gone {
        return Vec::new();
    }
    vec![
        RULE.violation(
            change,
            "the plan takes a policy of the organisation off an account or unit that it keeps",
        )
        .attribute("target_id"),
    ]
}

/// Where the boundary of a permission set is a managed policy of AWS.
pub(crate) const MANAGED: &str = "permissions_boundary[0].managed_policy_arn";

/// One that becomes a policy of administrators.
fn widened(subject: &Subject<'_>, path: &str) -> Option<Finding> {
    let change = subject.change;
    let admin = |field: tollgate_policy::Field| match field.text() {
        Attr::Known(arn) if subject.settings.is_admin(&arn) => Some(arn),
        _ => None,
    };
    let existed = !matches!(change.action, Action::Create | Action::Read);
    let arn =
        admin(change.after(path)).filter(|_| existed && admin(change.before(path)).is_none())?;
    let name = arn.rsplit('/').next().unwrap_or(&arn);
    Some(
        RULE.violation(
            change,
            format!("the plan makes `{name}` the permissions boundary, which bounds nothing"),
        )
        .attribute(path),
    )
}

/// A policy that is a boundary, and comes to allow everything.
fn emptied(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    let (before, after) = (
        change.before("policy").text(),
        change.after("policy").text(),
    );
    let unlimited = |text: Attr<String>| match text {
        Attr::Known(text) => matches!(Document::parse(&text), Reading::Read(document)
        if document.statements.iter().all(|statement| statement.effect != Effect::Deny)
            && document.allows().any(|statement| {
                every_action(statement) && every_resource(statement) && statement.conditions.is_empty()
            })),
        Attr::Unset | Attr::Undetermined(_) => false,
    };
    let existed = !matches!(change.action, Action::Create | Action::Read);
    let hides = |text: &Attr<String>| *text == Attr::Undetermined(Why::Sensitive);
    if change.remains() && existed && hides(&after) && !hides(&before) {
        return vec![
            RULE.undetermined(
                change,
                "whether the permissions boundary still bounds cannot be told: the plan marks `policy` as sensitive",
            )
            .attribute("policy"),
        ];
    }
    if change.remains() && existed && unlimited(after) && !unlimited(before) {
        return vec![
            RULE.violation(
                change,
                "the policy is a permissions boundary, and the plan makes it allow everything",
            )
            .attribute("policy"),
        ];
    }
    Vec::new()
}
