//! `resource-replaced`

use tollgate_policy::{Finding, RuleDef, Severity};

use super::resource_deleted::lost;
use crate::subject::{Loss, Subject};

/// A protected or stateful resource is destroyed and made anew.
///
/// Reports every replacement of an object whose protection is on today or whose type
/// loses data, in either order, and names the attributes that force it.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "resource-replaced",
    title: "Replacement of a protected or stateful resource",
    description: "The plan destroys an object that is protected today, or whose type holds what \
        the configuration cannot make again, and makes an empty one in its place.",
    severity: Severity::Critical,
    remediation: "Undo what forces the replacement, or migrate the data and waive this rule for the address.",
    example: "A changed `name` of an `aws_dynamodb_table`.",
    links: &[],
};

pub(crate) fn check(subject: &Subject<'_>) -> Option<Finding> {
    if subject.is_lock() || subject.loss() != Some(Loss::Replaced) {
        return None;
    }
    let object = if subject.is_stateful() {
        "the plan replaces a stateful resource"
    } else {
        "the plan replaces a resource"
    };
    let mut finding = lost(&RULE, subject, object)?;
    let causes = &subject.change.replace_paths;
    if !causes.is_empty() {
        let named: Vec<_> = causes.iter().map(|path| format!("`{path}`")).collect();
        finding = finding.remediation(format!(
            "Undo the change of {}, which forces the replacement, or migrate the data and waive this rule for the address.",
            named.join(", ")
        ));
        finding.attributes.splice(0..0, causes.iter().cloned());
    }
    Some(finding)
}
