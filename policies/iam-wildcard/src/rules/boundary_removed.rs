//! `boundary-removed`

use tollgate_policy::{Action, Attr, Finding, RuleDef, Severity};

use crate::Subject;
use crate::table::BOUNDARIES;

/// The plan takes the boundary of an identity away.
///
/// # What it does
/// Compares the permissions boundary of roles and users today and after apply, and reports the
/// boundary of a permission set that is deleted while the permission set is not.
///
/// # Why
/// The boundary is what keeps wide permissions within what somebody has thought about. Without
/// it they all count at once.
///
/// # Example
/// `permissions_boundary` is taken out of an `aws_iam_role`.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "boundary-removed",
    title: "Permissions boundary that this plan removes",
    description: "The plan removes the permissions boundary of a role, a user or a permission set. \
        Permissions that had no effect beyond it count at once.",
    severity: Severity::High,
    remediation: "Keep the boundary, or name the identity in `allow` of the settings of this policy.",
    links: &["https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html"],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    if change.kind == "aws_ssoadmin_permissions_boundary_attachment" {
        let gone = match change.before("permission_set_arn").text() {
            Attr::Known(arn) => subject.context.deleted_sets.contains(&arn),
            Attr::Unset | Attr::Undetermined(_) => false,
        };
        if change.action != Action::Delete || change.deposed.is_some() || gone {
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
    let Some((_, path)) = BOUNDARIES.iter().find(|(kind, _)| *kind == change.kind) else {
        return Vec::new();
    };
    if !change.remains()
        || !matches!(change.before(path).text(), Attr::Known(arn) if !arn.is_empty())
    {
        return Vec::new();
    }
    let finding = match change.after(path).text() {
        Attr::Known(arn) if !arn.is_empty() => return Vec::new(),
        Attr::Known(_) | Attr::Unset => RULE.violation(
            change,
            format!("the plan removes the permissions boundary: `{path}` is not set any more"),
        ),
        // Another boundary, which the plan makes.
        Attr::Undetermined(_) if !change.references(path).is_empty() => return Vec::new(),
        Attr::Undetermined(why) => RULE.undetermined(
            change,
            format!("whether the permissions boundary stays cannot be told: `{path}` is {why}"),
        ),
    };
    vec![finding.attribute(*path)]
}
