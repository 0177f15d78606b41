//! `lock-deleted`

use tollgate_policy::serde_json::{self, Value as Json};
use tollgate_policy::{Action, Attr, Field, Finding, RuleDef, Severity, pattern};
use tollgate_policy_common::text::listed;

use crate::subject::{Loss, Subject};

/// A lock that protects something else goes away.
///
/// Reports the deletion, replacement or forgetting of a resource whose only purpose
/// is to forbid deletions: Azure management locks, Google liens, vault locks. The policy of a backup
/// vault is one as far as it denies the deletion of recovery points or of the vault: one that is
/// deleted or no longer denies that is reported as well, and so is the deletion of a policy by which
/// readers of a table see some of its rows only.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "lock-deleted",
    title: "Deletion of a lock",
    description: "The plan takes away a lock that forbids the deletion of something else.",
    severity: Severity::Critical,
    remediation: "Keep the lock; if what it protects has to go, waive this rule for its address.",
    example: "A plan with `- destroy` for an `azurerm_management_lock`.",
    links: &["https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources"],
};

pub(crate) fn check(subject: &Subject<'_>) -> Option<Finding> {
    if let Some((_, path)) = POLICIES
        .iter()
        .find(|(kind, _)| *kind == subject.change.kind)
    {
        return denial(subject, path);
    }
    if let Some((_, path, message)) = READERS
        .iter()
        .find(|(kind, _, _)| *kind == subject.change.kind)
    {
        return (subject.loss() == Some(Loss::Deleted)).then(|| {
            let finding = RULE.violation(subject.change, *message).attribute(*path);
            subject.cited(finding, None)
        });
    }
    if !subject.is_lock() {
        return None;
    }
    let message = match subject.loss()? {
        Loss::Deleted => "the plan deletes a lock, and what it protects can then be deleted",
        Loss::Replaced => "the plan replaces a lock, and what it protects can be deleted meanwhile",
        Loss::Forgotten | Loss::Kept(_) => {
            "the plan drops a lock from the state, and nothing here keeps it in place any more"
        }
    };
    Some(subject.cited(RULE.violation(subject.change, message), None))
}

/// Policies that can deny a deletion: type, and attribute.
const POLICIES: [(&str, &str); 1] = [("aws_backup_vault_policy", "policy")];

/// What keeps something from those who may read the rest: type, attribute, and what its deletion does.
pub(crate) const READERS: [(&str, &str, &str); 1] = [(
    // https://cloud.google.com/bigquery/docs/managing-row-level-security
    "google_bigquery_row_access_policy",
    "policy_id",
    "the plan deletes a policy on the rows of a table; without the last one every reader of the table sees all of them",
)];

/// What a policy that protects backups denies.
const GUARDED: [&str; 6] = [
    "backup:DeleteRecoveryPoint",
    "backup:DeleteBackupVault",
    "backup:UpdateRecoveryPointLifecycle",
    "backup:PutBackupVaultAccessPolicy",
    "backup:DeleteBackupVaultAccessPolicy",
    "backup:DeleteBackupVaultLockConfiguration",
];

/// What a policy denies today and not after apply.
fn denial(subject: &Subject<'_>, path: &str) -> Option<Finding> {
    let change = subject.change;
    let before = denied(&change.before(path));
    if before.is_empty() {
        return None;
    }
    let finding = match (subject.loss(), change.action) {
        (Some(Loss::Deleted | Loss::Replaced), action) if action != Action::Replace => RULE
            .violation(
                change,
                format!("the plan deletes a policy that denies {}", listed(&before)),
            ),
        (_, Action::Update) => {
            let now = change.after(path);
            if let Some(why) = now.undetermined() {
                RULE.undetermined(
                    change,
                    format!(
                        "whether the policy still denies {} cannot be told: `{path}` is {why}",
                        listed(&before)
                    ),
                )
            } else {
                let after = denied(&now);
                let gone: Vec<&str> = before
                    .into_iter()
                    .filter(|action| !after.contains(action))
                    .collect();
                if gone.is_empty() {
                    return None;
                }
                RULE.violation(
                    change,
                    format!(
                        "the policy denies {} today, and no longer after apply",
                        listed(&gone)
                    ),
                )
            }
        }
        _ => return None,
    };
    Some(subject.cited(finding.attribute(path), None))
}

/// Which of the guarded actions a policy denies.
fn denied(policy: &Field) -> Vec<&'static str> {
    let Attr::Known(text) = policy.text() else {
        return Vec::new();
    };
    let policy: Json = serde_json::from_str(&text).unwrap_or_default();
    let statements = one_or_many(&policy["Statement"]);
    GUARDED
        .into_iter()
        .filter(|action| {
            statements.iter().any(|statement| {
                statement["Effect"] == "Deny"
                    && one_or_many(&statement["Action"]).iter().any(|pattern| {
                        pattern.as_str().is_some_and(|pattern| {
                            pattern::matches(
                                &pattern.to_ascii_lowercase(),
                                &action.to_ascii_lowercase(),
                            )
                        })
                    })
            })
        })
        .collect()
}

/// What AWS takes alone or in a list.
fn one_or_many(value: &Json) -> Vec<&Json> {
    match value {
        Json::Array(items) => items.iter().collect(),
        Json::Null => Vec::new(),
        one => vec![one],
    }
}
