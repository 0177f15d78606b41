//! What a security configuration of EMR says of encryption: findings of `unencrypted-at-rest`
//! and `unencrypted-in-transit`.

use tollgate_policy::serde_json::{self, Value as Json};
use tollgate_policy::{Attr, Change, Finding};
use tollgate_policy_common::iam::{Fault, Side, judge};

use super::{unencrypted_at_rest, unencrypted_in_transit};

/// The type, and the text that says it.
pub const SECURITY: (&str, &str) = ("aws_emr_security_configuration", "configuration");

pub(crate) fn check(change: &Change) -> Vec<Finding> {
    let (kind, path) = SECURITY;
    if change.kind != kind {
        return Vec::new();
    }
    let off = |side: Side, name: &str| {
        let Attr::Known(text) = side.of(change, path).text() else {
            return false;
        };
        let Ok(json) = serde_json::from_str::<Json>(&text) else {
            return false;
        };
        json.pointer(&format!("/EncryptionConfiguration/{name}"))
            .is_some_and(|on| *on == false)
    };
    let mut findings = judge(&unencrypted_at_rest::RULE, change, |side| {
        off(side, "EnableAtRestEncryption")
            .then(|| {
                Fault::certain(
                    "rest",
                    path,
                    "stored data is not encrypted: `EnableAtRestEncryption` is `false`",
                )
            })
            .into_iter()
            .collect()
    });
    findings.extend(judge(&unencrypted_in_transit::RULE, change, |side| {
        off(side, "EnableInTransitEncryption")
            .then(|| {
                Fault::certain(
                    "transit",
                    path,
                    "data travels unencrypted: `EnableInTransitEncryption` is `false`",
                )
            })
            .into_iter()
            .collect()
    }));
    findings
}
