//! `volume-deleted`

use tollgate_policy::{Action, Attr, Field, Finding, RuleDef, Severity};
use tollgate_policy_common::text::listed;

use crate::history::{Place, VOLUMES, Volumes};
use crate::subject::{Loss, Subject};

/// A machine goes, and volumes with data on them go with it.
///
/// Looks at machines that are deleted or replaced, and whether they have volumes besides the one
/// they start from that are set to go with them. Volumes that are on the host itself (instance
/// stores, scratch disks) are advice: what is on them is lost with every stop as well.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "volume-deleted",
    title: "Volume that goes with its machine",
    description: "The plan deletes or replaces a machine, and volumes besides the one that it starts \
        from are set to go with it. What is on them is lost.",
    severity: Severity::High,
    remediation: "Set the volumes to stay when the machine goes, and apply that first, or take snapshots; if what is on them may go, waive this rule for the address.",
    example: "A new `ami` of an `aws_instance` that has an `ebs_block_device` with \
        `delete_on_termination = true`.",
    links: &[
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/preserving-volumes-on-termination.html",
    ],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    if !matches!(subject.loss(), Some(Loss::Deleted | Loss::Replaced)) {
        return Vec::new();
    }
    let deed = if change.action == Action::Replace {
        "replaces"
    } else {
        "deletes"
    };
    VOLUMES
        .iter()
        .filter(|row| row.kind == change.kind)
        .filter_map(|row| {
            let Attr::Known(blocks) = change.before(row.block).items() else {
                return None;
            };
            let going: Vec<String> = blocks
                .iter()
                .filter(|block| goes(subject, row, block))
                .map(|block| match block.get(row.name).text() {
                    Attr::Known(name) => name,
                    Attr::Unset | Attr::Undetermined(_) => row.block.to_owned(),
                })
                .collect();
            if going.is_empty() {
                return None;
            }
            let message = format!(
                "the plan {deed} the machine, and what is on {} goes with it",
                listed(&going)
            );
            let finding = RULE.violation(change, message).attribute(row.block);
            let finding = subject.cited(finding, None);
            Some(if row.lasting {
                finding
            } else {
                finding.advice()
            })
        })
        .collect()
}

/// Whether a volume goes with its machine.
fn goes(subject: &Subject<'_>, row: &Volumes, block: &Field) -> bool {
    let Some((place, path)) = row.goes else {
        return true;
    };
    let field = match place {
        Place::Block => block.get(path),
        Place::Machine => subject.change.before(path),
    };
    match field.bool() {
        Attr::Known(goes) => goes,
        Attr::Unset => row.unset,
        // What is sensitive is not told from what goes.
        Attr::Undetermined(_) => true,
    }
}
