//! `admin-attachment`

use tollgate_policy::{Attr, Finding, RuleDef, Severity};
use tollgate_policy_common::iam::{Fault, judge};

use crate::Subject;
use crate::permissions::texts;
use crate::table::ATTACHMENTS;

/// A managed policy that allows everything is attached.
///
/// # What it does
/// Looks at what attaches managed policies to roles, users, groups and permission sets for those
/// in `admin-policies` of the settings: `AdministratorAccess`, `IAMFullAccess`,
/// `PowerUserAccess`.
///
/// # Why
/// It is one line, and the account belongs to whoever gets hold of the identity.
///
/// # Example
/// ```hcl
/// policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
/// ```
pub(crate) const RULE: RuleDef = RuleDef {
    id: "admin-attachment",
    title: "Administrator policy that is attached",
    description: "A managed policy of AWS is attached that allows everything, or giving oneself \
        everything. Whoever gets hold of the identity owns the account.",
    severity: Severity::Critical,
    remediation: "Attach a policy with the permissions that are needed; an identity that has to be an \
        administrator goes into `allow` of the settings of this policy.",
    links: &["https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_job-functions.html"],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    ATTACHMENTS
        .iter()
        .filter(|(kind, path)| *kind == change.kind && !subject.context.mirrors.shows(change, path))
        .flat_map(|(_, path)| {
            judge(&RULE, change, |side| {
                let field = side.of(change, path);
                // What is known only after apply is a policy that the plan makes, and judged there.
                let arns = match field.text() {
                    Attr::Known(arn) => vec![arn],
                    Attr::Unset | Attr::Undetermined(_) => texts(&field),
                };
                arns.iter()
                    .filter(|arn| subject.settings.is_admin(arn))
                    .map(|arn| {
                        let name = arn.rsplit('/').next().unwrap_or(arn);
                        Fault::certain(
                            name,
                            *path,
                            format!("`{path}` attaches the managed policy `{name}`"),
                        )
                    })
                    .collect()
            })
        })
        .collect()
}
