//! `resource-forgotten`

use tollgate_policy::{Finding, RuleDef, Severity};

use crate::subject::{Guard, Loss, Subject};
use crate::switch::Switch;

/// A protected or stateful resource leaves the state and stays behind.
///
/// Reports every `removed` block, every replacement that leaves the old object behind, and
/// every deletion that does because of a setting such as `skip_destroy`, for an object whose protection is on today or whose type loses data.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "resource-forgotten",
    title: "Protected or stateful resource that leaves the state",
    description: "The plan drops an object from the state without destroying it. It stays behind, \
        and nothing here keeps it protected any more.",
    severity: Severity::High,
    remediation: "Keep the resource in the configuration; if another one takes it over, waive this rule for its address.",
    example: r#"```hcl
removed {
  from = aws_s3_bucket.media
  lifecycle { destroy = false }
}
```"#,
    links: &[],
};

pub(crate) fn check(subject: &Subject<'_>) -> Option<Finding> {
    if subject.is_lock() {
        return None;
    }
    let tail = match subject.loss()? {
        Loss::Forgotten => "drops from the state, where it stays behind unmanaged",
        Loss::Kept(switch) => return kept(subject, switch),
        Loss::Deleted | Loss::Replaced => return None,
    };
    let (finding, switch) = match subject.guard() {
        Guard::On(switch) | Guard::Forced(switch, _) => {
            let path = switch.path;
            let message = format!("`{path}` protects today what the plan {tail}");
            (
                RULE.violation(subject.change, message).attribute(path),
                Some(switch),
            )
        }
        Guard::Off | Guard::Undetermined(..) if subject.is_stateful() => (
            RULE.violation(
                subject.change,
                format!("it is a stateful resource that the plan {tail}"),
            ),
            None,
        ),
        Guard::Off => return None,
        Guard::Undetermined(switch, why) => {
            let message = format!(
                "whether the resource that the plan {tail} is protected today cannot be told: {why}"
            );
            (
                RULE.undetermined(subject.change, message)
                    .attribute(switch.path),
                Some(switch),
            )
        }
    };
    Some(subject.cited(finding, switch))
}

/// What a plan calls a deletion, and what deletes nothing.
fn kept(subject: &Subject<'_>, switch: &'static Switch) -> Option<Finding> {
    if !subject.is_stateful() {
        return None;
    }
    let path = switch.path;
    let message = format!(
        "the plan destroys it in name only: `{path}` leaves it behind, unmanaged, and it only leaves the state"
    );
    let finding = RULE.violation(subject.change, message).attribute(path);
    Some(subject.cited(finding, Some(switch)))
}
