//! `access-key`

use tollgate_policy::{Attr, Finding, RuleDef, Severity};
use tollgate_policy_common::iam::{Fault, judge};

use crate::Subject;
use crate::table::KEYS;

/// A secret that never expires is made.
///
/// Reports access keys and passwords of users, and keys of service accounts, that are in use
/// after apply. Those that are inactive are none.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "access-key",
    title: "Key or password that never expires",
    description: "A key or password of a user or a service account is made by the configuration. It \
        stands in the state, and works from everywhere until somebody deletes it.",
    severity: Severity::Medium,
    remediation: "Let the workload take a role, or exchange a token of its platform for one.",
    example: "An `aws_iam_access_key` for a pipeline.",
    links: &[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#bp-workloads-use-roles",
    ],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    let Some(key) = KEYS.iter().find(|key| key.kind == change.kind) else {
        return Vec::new();
    };
    judge(&RULE, change, |side| {
        if let Some((path, inactive)) = key.unused
            && matches!(side.of(change, path).text(), Attr::Known(value) if value == inactive)
        {
            return Vec::new();
        }
        let path = key.unused.map_or("", |(path, _)| path);
        vec![Fault::certain(
            "key",
            path,
            format!("{} is made that never expires", key.what),
        )]
    })
    .into_iter()
    .map(|mut finding| {
        finding.attributes.retain(|path| !path.is_empty());
        finding
    })
    .collect()
}
