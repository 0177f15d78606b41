//! `copy-removed`

use tollgate_policy::{Action, Attr, Field, Finding, RuleDef, Severity, Why};

use tollgate_policy_common::text::listed;
use tollgate_policy_common::walk::leaves;

use crate::history::{COPIERS, COPIES, COPYING, Copies, Copying, REDUNDANCIES};
use crate::subject::{Loss, Subject};

/// A copy of data in another place is deleted by an update.
///
/// Compares the blocks that make copies of a table, secret or instance in other regions or
/// zones, by the name of the place; and in Azure, whether data or backups are copied to another
/// region, or to other zones (`GRS`, `ZRS`). Reports as well what ends the copying itself: a
/// replication that is deleted, one rule of it that is removed or turned off, and recovery points
/// or snapshots that are not copied to another place any more.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "copy-removed",
    title: "Copy of data that this plan deletes or no longer makes",
    description: "The plan takes a block out of a resource that stands for a copy of its data in \
        another region or zone, which is then deleted; or it ends the copying, and the copy is not \
        kept up to date any more.",
    severity: Severity::Critical,
    remediation: "Keep the block or the replication; if the copy has to go, waive this rule for the address.",
    example: "A `replica` block that is taken out of an `aws_dynamodb_table`.",
    links: &[
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html",
    ],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let mut all = copiers(subject);
    if subject.change.action == Action::Update {
        all.extend(redundancies(subject));
        all.extend(blocks(subject));
        all.extend(copyings(subject));
    }
    all
}

/// What is there to copy, and is deleted.
fn copiers(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    COPIERS
        .iter()
        .filter(|(kind, _, _)| *kind == change.kind && subject.loss() == Some(Loss::Deleted))
        .map(|(_, path, what)| {
            let message = format!(
                "the plan ends the copying of {what} to another place; the copies of today stay, and are not kept up to date"
            );
            subject.cited(RULE.violation(change, message).attribute(*path), None)
        })
        .collect()
}

/// What copies to a place, and does not any more.
fn copyings(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    let mut findings = Vec::new();
    for row in COPYING.iter().filter(|row| row.kind == change.kind) {
        let (before, _) = targets(row, &change.before(row.block));
        let (mut after, open) = targets(row, &change.after(row.block));
        let mut gone: Vec<String> = Vec::new();
        for place in before {
            match after.iter().position(|other| *other == place) {
                Some(at) => {
                    after.swap_remove(at);
                }
                None if gone.contains(&place) => {}
                None => gone.push(place),
            }
        }
        if gone.is_empty() {
            continue;
        }
        let to = listed(&gone);
        let finding = match open {
            Some(why) => RULE.undetermined(
                change,
                format!(
                    "whether {} are still copied to {to} cannot be told: `{}` is {why}",
                    row.what, row.block
                ),
            ),
            None => RULE.violation(
                change,
                format!(
                    "the plan ends the copying of {} to {to}; the copies of today stay, and are not kept up to date",
                    row.what
                ),
            ),
        };
        findings.push(subject.cited(finding.attribute(row.block), None));
    }
    findings
}

/// The places that the blocks copy to which are on, and why not all of them are known.
fn targets(row: &Copying, blocks: &Field) -> (Vec<String>, Option<Why>) {
    let mut open = blocks.undetermined();
    let mut places = Vec::new();
    let Attr::Known(blocks) = blocks.items() else {
        return (places, open);
    };
    for block in &blocks {
        open = open.or(block.undetermined());
        if let Some((path, value)) = row.on {
            let on = block.get(path);
            open = open.or(on.undetermined());
            if !on.text().is_known_and(|text| text == value) {
                continue;
            }
        }
        let (first, _) = row.place.split_once('.').unwrap_or((row.place, ""));
        for leaf in leaves(&block.get(first), row.place) {
            match leaf.value.text() {
                Attr::Known(place) => places.push(place),
                Attr::Undetermined(why) => open = open.or(Some(why)),
                Attr::Unset => {}
            }
        }
    }
    (places, open)
}

/// Copies that one word stands for.
fn redundancies(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    REDUNDANCIES
        .iter()
        .filter(|(kind, _, _)| *kind == change.kind)
        .filter_map(|(_, path, backups)| {
            let Attr::Known(before) = change.before(path).text() else {
                return None;
            };
            let of = if *backups { "the backups" } else { "the data" };
            let (region, zones) = spread(&before);
            let finding = match change.after(path).text() {
                Attr::Known(after) => {
                    let (still_region, still_zones) = spread(&after);
                    let where_to = if region && !still_region {
                        "in another region"
                    } else if zones && !still_zones {
                        "in other zones"
                    } else {
                        return None;
                    };
                    RULE.violation(
                        change,
                        format!(
                            "the plan deletes the copy of {of} {where_to}: `{path}` `{before}` -> `{after}`"
                        ),
                    )
                }
                Attr::Undetermined(why) if region || zones => RULE.undetermined(
                    change,
                    format!("whether the copies of {of} stay cannot be told: `{path}` is {why}"),
                ),
                Attr::Unset | Attr::Undetermined(_) => return None,
            };
            Some(subject.cited(finding.attribute(*path), None))
        })
        .collect()
}

/// Whether there is a copy in another region, and in other zones.
fn spread(word: &str) -> (bool, bool) {
    let word = word.to_ascii_lowercase();
    let zones = word.contains("zrs") || word.contains("zone");
    // `GRS`, `RAGZRS`, `Geo`, `GeoRedundant`.
    let region = word.starts_with('g') || word.starts_with("rag");
    (region, zones)
}

/// Copies that are blocks.
fn blocks(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    COPIES
        .iter()
        .filter(|row| row.kind == change.kind)
        .flat_map(|row| {
            let before = places(row, &change.before(row.block)).unwrap_or_default();
            let findings: Vec<Finding> = match places(row, &change.after(row.block)) {
                _ if before.is_empty() => Vec::new(),
                Ok(after) => before
                    .iter()
                    .filter(|place| !after.contains(place))
                    .map(|place| {
                        RULE.violation(
                            change,
                            format!(
                                "the plan deletes the {} in {place}, with what it holds",
                                row.block
                            ),
                        )
                    })
                    .collect(),
                Err(why) => vec![RULE.undetermined(
                    change,
                    format!(
                        "whether each {} stays cannot be told: `{}` is {why}",
                        row.block, row.block
                    ),
                )],
            };
            findings
                .into_iter()
                .map(|finding| subject.cited(finding.attribute(row.block), None))
        })
        .collect()
}

/// The places that copies are in.
fn places(row: &Copies, blocks: &Field) -> Result<Vec<String>, Why> {
    leaves(blocks, &format!("{}.{}", row.block, row.key))
        .iter()
        .filter_map(|leaf| match leaf.value.text() {
            Attr::Known(place) => Some(Ok(place)),
            Attr::Unset => None,
            Attr::Undetermined(why) => Some(Err(why)),
        })
        .collect()
}
