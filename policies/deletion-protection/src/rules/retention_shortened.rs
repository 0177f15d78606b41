//! `retention-shortened`

use tollgate_policy::{Action, Attr, Field, Finding, RuleDef, Severity};

use crate::history::{EACH, Each, PIECES, RETENTIONS, Retention, Zero};
use crate::subject::Subject;

/// What is kept is kept for a shorter time, and what is older is deleted.
///
/// # What it does
/// Compares, of a resource that is changed in place, for how long it keeps backups, log
/// events, recovery points, messages or deleted objects today and after apply, also in each rule of
/// a plan of backups. 0 is nothing for most types,
/// and for ever for some. `log-retention` says whether logs are then kept for long enough.
///
/// # Why
/// The provider calls it an update. The service deletes what is older than the new limit,
/// most of it at once.
///
/// # Example
/// ```hcl
/// resource "aws_db_instance" "main" {
///   backup_retention_period = 0 # was 14
/// }
/// ```
pub(crate) const RULE: RuleDef = RuleDef {
    id: "retention-shortened",
    title: "Retention that this plan shortens",
    description: "The plan shortens for how long backups, log events, messages or deleted objects \
        are kept. It calls that an update; the service deletes what is older than the new limit.",
    severity: Severity::Critical,
    remediation: "Keep the retention as it is; if what is older may go, waive this rule for the address.",
    links: &[
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html",
    ],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    if change.action != Action::Update {
        return Vec::new();
    }
    let mut findings: Vec<Finding> = RETENTIONS
        .iter()
        .filter(|row| row.kind == change.kind)
        .filter_map(|row| {
            let (before, after) = (change.before(row.path), change.after(row.path));
            compared(subject, row, &before, &after, row.path)
        })
        .collect();
    for row in EACH.iter().filter(|row| row.retention.kind == change.kind) {
        let before = blocks(row, &change.before(row.block));
        for (key, after) in blocks(row, &change.after(row.block)) {
            if let Some((_, before)) = before.iter().find(|(other, _)| *other == key) {
                let path = format!("{} of {} `{key}`", row.retention.path, row.block);
                findings.extend(
                    compared(subject, &row.retention, before, &after, &path).map(|mut finding| {
                        finding.attributes = vec![row.block.to_owned()];
                        finding
                    }),
                );
            }
        }
    }
    findings
}

/// What is in each block, by what tells it from the others.
fn blocks(row: &Each, field: &Field) -> Vec<(String, Field)> {
    let Attr::Known(blocks) = field.items() else {
        return Vec::new();
    };
    blocks
        .iter()
        .filter_map(|block| match block.get(row.key).text() {
            Attr::Known(key) => Some((key, inside(block, row.retention.path))),
            Attr::Unset | Attr::Undetermined(_) => None,
        })
        .collect()
}

/// The attribute of a block: `lifecycle[0].delete_after`.
fn inside(block: &Field, path: &str) -> Field {
    path.split('.').fold(block.clone(), |field, step| {
        match step.strip_suffix("[0]") {
            Some(step) => field.get(step).first(),
            None => field.get(step),
        }
    })
}

fn compared(
    subject: &Subject<'_>,
    row: &Retention,
    before: &Field,
    after: &Field,
    path: &str,
) -> Option<Finding> {
    let change = subject.change;
    let before = match amount(row, before) {
        Attr::Known(before) if before > 0 => before,
        _ => return None,
    };
    let finding = match amount(row, after) {
        Attr::Known(0) if row.zero == Zero::Nothing => RULE.violation(
            change,
            format!(
                "the plan keeps no {} any more, and those of today are deleted (`{path}`: {} -> 0)",
                row.what,
                counted(row, before)
            ),
        ),
        Attr::Known(after) if after < before => RULE.violation(
            change,
            format!(
                "the plan keeps {} {} and no longer {}, and what is older is deleted (`{path}`)",
                row.what,
                shown(row, after),
                shown(row, before),
            ),
        ),
        Attr::Undetermined(why) => RULE.undetermined(
            change,
            format!(
                "{} are kept {} today, and for how long they will be cannot be told: `{path}` is {why}",
                row.what,
                shown(row, before),
            ),
        ),
        Attr::Known(_) | Attr::Unset => return None,
    };
    Some(subject.cited(finding.attribute(row.path), None))
}

/// The number, with what stands for ever as the largest.
fn amount(row: &Retention, field: &Field) -> Attr<i64> {
    let number = match field.text() {
        Attr::Known(text) => {
            let digits = text.strip_suffix('s').unwrap_or(&text);
            let whole = digits.split('.').next().unwrap_or_default();
            match whole.parse::<i64>() {
                Ok(number) => number,
                Err(_) => return Attr::Unset,
            }
        }
        Attr::Unset => match row.unset {
            Some(number) => number,
            None => return Attr::Unset,
        },
        Attr::Undetermined(why) => return Attr::Undetermined(why),
    };
    Attr::Known(match (number, row.zero) {
        (0, Zero::Forever) => i64::MAX,
        (number, _) => number,
    })
}

fn shown(row: &Retention, amount: i64) -> String {
    match amount {
        i64::MAX => "for ever".to_owned(),
        0 => "not at all".to_owned(),
        // Some services write their default like that.
        ..0 => "for the time that the service sets".to_owned(),
        amount if row.unit == PIECES => format!("to the number of {amount}"),
        amount => format!("for {}", counted(row, amount)),
    }
}

/// The number with its unit: `1 day`, `7 days`.
fn counted(row: &Retention, amount: i64) -> String {
    match amount {
        i64::MAX => "for ever".to_owned(),
        amount if row.unit == PIECES => amount.to_string(),
        1 => format!("1 {}", row.unit.strip_suffix('s').unwrap_or(row.unit)),
        amount => format!("{amount} {}", row.unit),
    }
}
