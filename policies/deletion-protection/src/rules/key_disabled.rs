//! `key-disabled`

use tollgate_policy::{Action, Attr, Finding, RuleDef, Severity};

use crate::history::KEYS;
use crate::subject::Subject;

/// A key is turned off that data is encrypted with.
///
/// Compares whether keys of a key service, and versions of secrets, are on today and after apply.
/// One that is deleted is found by `resource-deleted`.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "key-disabled",
    title: "Key or secret that this plan turns off",
    description: "The plan turns off a key, or a version of a secret. What is encrypted with the key \
        cannot be read from then on, in whichever service it is, and nobody is given the secret.",
    severity: Severity::Critical,
    remediation: "Leave the key on; if nothing is encrypted with it any more, waive this rule for the address.",
    example: r#"```hcl
resource "aws_kms_key" "orders" {
  is_enabled = false # was true
}
```"#,
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
        .filter_map(|(kind, path, on)| {
            let what = if kind.contains("secret") {
                "version of the secret"
            } else {
                "key"
            };
            let finding = match change.after(path).text() {
                Attr::Known(now) if now == *on => return None,
                Attr::Known(now) => RULE.violation(
                    change,
                    format!("the plan turns off the {what}: `{path}` `{on}` -> `{now}`"),
                ),
                // Left out, the provider leaves it as it is, or on.
                Attr::Unset => return None,
                Attr::Undetermined(why) => RULE.undetermined(
                    change,
                    format!("whether the {what} stays on cannot be told: `{path}` is {why}"),
                ),
            };
            Some(subject.cited(finding.attribute(*path), None))
        })
        .collect()
}
