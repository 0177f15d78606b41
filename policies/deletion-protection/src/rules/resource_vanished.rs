//! `resource-vanished`

use tollgate_policy::{Action, Finding, RuleDef, Severity};

use crate::subject::{Guard, Subject};

/// A protected or stateful resource is gone without a plan that deleted it.
///
/// Reports every object whose protection is on in the state, or whose type loses data, and
/// that the tool did not find any more when it refreshed the state. A refresh-only plan
/// drops it; any other plan makes a new one in its place, or nothing.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "resource-vanished",
    title: "Protected or stateful resource that is gone",
    description: "The state has the object, and the tool found it gone: deleted outside of the \
        configuration, or looked for in another region, account or endpoint. What the plan makes \
        in its place is empty, and the state forgets the one that had the data.",
    severity: Severity::Critical,
    remediation: "Find out where it is before anything is applied: whether the provider still looks \
        in the same region and account, and who deleted it; if it is really lost, waive this rule for the address.",
    example: "The region of the provider changes, and the plan creates the database a second time.",
    links: &[],
};

pub(crate) fn check(subject: &Subject<'_>) -> Option<Finding> {
    if subject.change.action != Action::Delete {
        return None;
    }
    let (what, switch) = match subject.guard() {
        Guard::On(switch) | Guard::Forced(switch, _) => (
            format!(", though `{}` protected it", switch.path),
            Some(switch),
        ),
        Guard::Off | Guard::Undetermined(..) if subject.is_stateful() => (String::new(), None),
        Guard::Off | Guard::Undetermined(..) if subject.is_lock() => {
            (", and what it protected can be deleted".to_owned(), None)
        }
        Guard::Off | Guard::Undetermined(..) => return None,
    };
    let message = format!(
        "it is gone{what}: the state has it and the tool did not find it; what is made in its place is empty"
    );
    let finding = RULE.violation(subject.change, message);
    let finding = match switch {
        Some(switch) => finding.attribute(switch.path),
        None => finding,
    };
    Some(subject.cited(finding, switch))
}
