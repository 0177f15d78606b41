//! `key-disabled`

use tollgate_policy::{Action, Attr, Finding, RuleDef, Severity};

use crate::history::KEYS;
use crate::subject::Subject;

/// A key is turned off that data is encrypted with.
///
/// # What it does
/// Compares whether keys of a key service are on today and after apply. One that is deleted is
/// found by `resource-deleted`.
///
/// # Why
/// Nothing that is encrypted with the key can be read any more, in databases, volumes and buckets,
/// and the services that use it stop. The plan calls it an update.
///
/// # Example
/// ```hcl
/// resource "aws_kms_key" "orders" {
///   is_enabled = false # was true
/// }
/// ```
pub(crate) const RULE: RuleDef = RuleDef {
    id: "key-disabled",
    title: "Key that this plan turns off",
    description: "The plan turns off a key. What is encrypted with it cannot be read from then on, in \
        whichever service it is.",
    severity: Severity::Critical,
    remediation: "Leave the key on; if nothing is encrypted with it any more, waive this rule for the address.",
    links: &["https://docs.aws.amazon.com/kms/latest/developerguide/enabling-keys.html"],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    if change.action != Action::Update {
        return Vec::new();
    }
    KEYS.iter()
        .filter(|(kind, path, on)| {
            *kind == change.kind && change.before(path).text().is_known_and(|was| was == on)
        })
        .filter_map(|(_, path, on)| {
            let finding = match change.after(path).text() {
                Attr::Known(now) if now == *on => return None,
                Attr::Known(now) => RULE.violation(
                    change,
                    format!("the plan turns off the key: `{path}` `{on}` -> `{now}`"),
                ),
                // Left out, the provider leaves it as it is, or on.
                Attr::Unset => return None,
                Attr::Undetermined(why) => RULE.undetermined(
                    change,
                    format!("whether the key stays on cannot be told: `{path}` is {why}"),
                ),
            };
            Some(subject.cited(finding.attribute(*path), None))
        })
        .collect()
}
