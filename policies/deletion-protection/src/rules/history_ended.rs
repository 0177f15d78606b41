//! `history-ended`

use tollgate_policy::{Action, Attr, Finding, RuleDef, Severity};

use crate::history::{HISTORIES, History};
use crate::subject::{Loss, Subject};

/// Earlier states of data are not kept any more.
///
/// # What it does
/// Reports versioning that is suspended, continuous or automated backups that are turned
/// off, and locks on objects that are lifted; also where the resource goes that turned them
/// on.
///
/// # Why
/// From then on what is overwritten or deleted is lost, and backups that were there go with
/// the setting.
///
/// # Example
/// ```hcl
/// resource "aws_s3_bucket_versioning" "media" {
///   versioning_configuration {
///     status = "Suspended" # was "Enabled"
///   }
/// }
/// ```
pub(crate) const RULE: RuleDef = RuleDef {
    id: "history-ended",
    title: "Backups or versions that this plan ends",
    description: "The plan turns off what keeps earlier states of data: versioning, continuous or \
        automated backups, locks on objects. What is overwritten or deleted from then on is lost.",
    severity: Severity::Critical,
    remediation: "Leave it on; if earlier states may go, waive this rule for the address.",
    links: &["https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html"],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    HISTORIES
        .iter()
        .filter(|row| row.kind == change.kind)
        .filter_map(|row| {
            let was_on = change
                .before(row.path)
                .text()
                .is_known_and(|text| text == row.on);
            if !was_on {
                return None;
            }
            let finding = match (change.action, subject.loss()) {
                (Action::Update, _) => changed(subject, row)?,
                (_, Some(Loss::Deleted | Loss::Replaced)) if row.alone => {
                    RULE.violation(change, format!("the plan removes what keeps {}", row.what))
                }
                _ => return None,
            };
            Some(subject.cited(finding.attribute(row.path), None))
        })
        .collect()
}

fn changed(subject: &Subject<'_>, row: &History) -> Option<Finding> {
    let change = subject.change;
    match change.after(row.path).text() {
        Attr::Known(text) if text == row.on => None,
        Attr::Known(_) | Attr::Unset => Some(RULE.violation(
            change,
            format!(
                "the plan turns off what keeps {}: `{}` changes",
                row.what, row.path
            ),
        )),
        Attr::Undetermined(why) => Some(RULE.undetermined(
            change,
            format!(
                "`{}` keeps {} today, and whether it still will cannot be told: it is {why}",
                row.path, row.what
            ),
        )),
    }
}
