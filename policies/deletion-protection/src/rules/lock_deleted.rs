//! `lock-deleted`

use tollgate_policy::{Finding, RuleDef, Severity};

use crate::subject::{Loss, Subject};

/// A lock that protects something else goes away.
///
/// # What it does
/// Reports the deletion, replacement or forgetting of a resource whose only purpose
/// is to forbid deletions: Azure management locks, Google liens, vault locks.
///
/// # Why
/// Where a type has no switch of its own, the lock is its deletion protection.
/// Even a replacement leaves the door open for a moment.
///
/// # Example
/// A plan with `- destroy` for an `azurerm_management_lock`.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "lock-deleted",
    title: "Deletion of a lock",
    description: "The plan takes away a lock that forbids the deletion of something else.",
    severity: Severity::Critical,
    remediation: "Keep the lock; if what it protects has to go, waive this rule for its address.",
    links: &["https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources"],
};

pub(crate) fn check(subject: &Subject<'_>) -> Option<Finding> {
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
