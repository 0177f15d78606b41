//! `copy-removed`

use tollgate_policy::{Action, Attr, Field, Finding, RuleDef, Severity, Why};

use crate::history::{COPIES, Copies, REDUNDANCIES};
use crate::subject::Subject;

/// A copy of data in another place is deleted by an update.
///
/// # What it does
/// Compares the blocks that make copies of a table, secret or instance in other regions or
/// zones, by the name of the place; and in Azure, whether data or backups are copied to another
/// region, or to other zones (`GRS`, `ZRS`).
///
/// # Why
/// A block that goes deletes the copy with everything that depends on it, and the plan calls
/// it an update.
///
/// # Example
/// A `replica` block that is taken out of an `aws_dynamodb_table`.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "copy-removed",
    title: "Copy of data that this plan deletes",
    description: "The plan takes a block out of a resource that stands for a copy of its data in \
        another region or zone. It calls that an update; the copy is deleted.",
    severity: Severity::Critical,
    remediation: "Keep the block; if the copy has to go, waive this rule for the address.",
    links: &[
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html",
    ],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    if change.action != Action::Update {
        return Vec::new();
    }
    let mut all = redundancies(subject);
    all.extend(blocks(subject));
    all
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
    match blocks.items() {
        Attr::Known(blocks) => blocks
            .iter()
            .map(|block| match block.get(row.key).text() {
                Attr::Known(place) => Ok(place),
                Attr::Unset => Ok(String::new()),
                Attr::Undetermined(why) => Err(why),
            })
            .collect(),
        Attr::Unset => Ok(Vec::new()),
        Attr::Undetermined(why) => Err(why),
    }
}
