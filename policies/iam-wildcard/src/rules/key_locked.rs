//! `key-locked`

use tollgate_policy::{Finding, RuleDef, Severity};
use tollgate_policy_common::iam::{Audience, Document, Fault, Reading, Truth, judge};

use crate::Subject;
use crate::table::LOCKS;

/// Nobody may change the policy of a key any more.
///
/// Reads the policies of keys of KMS that are applied without the check that keeps the account
/// from locking itself out (`bypass_policy_lockout_safety_check`): where nobody may change the
/// policy, it is reported; where only some role or user may, it is advice.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "key-locked",
    title: "Key whose policy nobody may change",
    description: "The policy of a key leaves out the account, and the check against that is bypassed: \
        nobody can repair the policy, and what is encrypted with the key can be lost.",
    severity: Severity::High,
    remediation: "Allow `kms:*` to the root of the account in the policy, and leave \
        `bypass_policy_lockout_safety_check` out.",
    example: r#"```hcl
resource "aws_kms_key" "data" {
  bypass_policy_lockout_safety_check = true
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "kms:Decrypt", Principal = { AWS = local.role }, Resource = "*" }] })
}
```"#,
    links: &["https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html"],
};

/// The switch that skips the check.
pub(crate) const BYPASS: &str = "bypass_policy_lockout_safety_check";

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    if !LOCKS.contains(&change.kind.as_str()) {
        return Vec::new();
    }
    judge(&RULE, change, |side| {
        if !side.of(change, BYPASS).bool().is_known_and(|on| *on) {
            return Vec::new();
        }
        let Reading::Read(document) = subject.context.documents.read(change, "policy", side) else {
            return Vec::new();
        };
        if !document.doubts.is_empty() || !document.hidden.is_empty() {
            return Vec::new();
        }
        match keepers(&document) {
            Keepers::Account => Vec::new(),
            Keepers::Some => vec![Fault {
                harmless: true,
                ..Fault::certain(
                    "some",
                    "policy",
                    "only the roles and users that the policy names may change it: with the last of them the key is lost",
                )
            }],
            Keepers::Nobody => vec![Fault::certain(
                "nobody",
                "policy",
                "nobody may change the policy of the key, not even the account itself",
            )],
        }
    })
}

/// Who may change a policy.
enum Keepers {
    Account,
    Some,
    Nobody,
}

fn keepers(document: &Document) -> Keepers {
    let mut some = false;
    for statement in document.allows() {
        if statement.actions.takes("kms:PutKeyPolicy", true) == Truth::No {
            continue;
        }
        some = true;
        if statement.audience() != Audience::Named {
            return Keepers::Account;
        }
        let account = |name: &str| {
            name.ends_with(":root")
                || (name.len() == 12 && name.bytes().all(|b| b.is_ascii_digit()))
        };
        let named = statement
            .principal
            .as_ref()
            .is_some_and(|principal| principal.of_kind("AWS").any(account));
        if named {
            return Keepers::Account;
        }
    }
    if some { Keepers::Some } else { Keepers::Nobody }
}
