//! `retention-shortened`

use tollgate_policy::{Action, Attr, Field, Finding, RuleDef, Severity};

use crate::history::{EACH, Each, OBJECT_LOCKS, PIECES, RETENTIONS, Retention, SPAN, Zero};
use crate::span::Span;
use crate::subject::Subject;

/// What is kept is kept for a shorter time, and what is older is deleted.
///
/// Compares, of a resource that is changed in place, for how long it keeps backups, log
/// events, recovery points, messages or deleted objects today and after apply, also in each rule of
/// a plan of backups. 0 is nothing for most types,
/// and for ever for some. Times are compared, not how they are written: a year is 365 days, and
/// `P12M` as well. `log-retention` says whether logs are then kept for long enough.
///
/// Some services leave what is there as it is, and only what is made later is kept for the new
/// time: locks on objects, long-term backups, recovery points of a plan. The finding says so.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "retention-shortened",
    title: "Retention that this plan shortens",
    description: "The plan shortens for how long backups, log events, messages or deleted objects \
        are kept. It calls that an update; the service deletes what is older than the new limit.",
    severity: Severity::Critical,
    remediation: "Keep the retention as it is; if what is older may go, waive this rule for the address.",
    example: r#"```hcl
resource "aws_db_instance" "main" {
  backup_retention_period = 0 # was 14
}
```"#,
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
            let unit = row.unit_path();
            let side = |after: bool| {
                let read = |path: &str| {
                    if after {
                        change.after(path)
                    } else {
                        change.before(path)
                    }
                };
                let field = read(row.path);
                let field = row.entry.map_or(field.clone(), |entry| field.get(entry));
                amount(row, &field, unit.as_deref().map(read).as_ref())
            };
            let path = match row.entry {
                Some(entry) => format!("{}[\"{entry}\"]", row.path),
                None => row.path.to_owned(),
            };
            compared(subject, row, side(false), side(true), &path)
        })
        .collect();
    for row in EACH.iter().filter(|row| row.retention.kind == change.kind) {
        let before = blocks(row, &change.before(row.block));
        for (key, after) in blocks(row, &change.after(row.block)) {
            if let Some((_, before)) = before.iter().find(|(other, _)| *other == key) {
                let path = format!("{} of {} `{key}`", row.retention.path, row.block);
                findings.extend(
                    compared(subject, &row.retention, before.clone(), after, &path).map(
                        |mut finding| {
                            finding.attributes = vec![row.block.to_owned()];
                            finding
                        },
                    ),
                );
            }
        }
    }
    findings.extend(object_locks(subject));
    findings
}

/// What is in each block, by what tells it from the others.
fn blocks(row: &Each, field: &Field) -> Vec<(String, Attr<Amount>)> {
    let Attr::Known(blocks) = field.items() else {
        return Vec::new();
    };
    let unit = row.retention.unit_path();
    blocks
        .iter()
        .filter_map(|block| match block.get(row.key).text() {
            Attr::Known(key) => {
                let unit = unit.as_deref().map(|path| inside(block, path));
                let field = inside(block, row.retention.path);
                Some((key, amount(&row.retention, &field, unit.as_ref())))
            }
            Attr::Unset | Attr::Undetermined(_) => None,
        })
        .collect()
}

/// The attribute of a block: `lifecycle[0].delete_after`.
pub(crate) fn inside(block: &Field, path: &str) -> Field {
    path.split('.').fold(block.clone(), |field, step| {
        match step.strip_suffix("[0]") {
            Some(step) => field.get(step).first(),
            None => field.get(step),
        }
    })
}

/// How much is kept.
#[derive(Clone, Debug)]
struct Amount {
    span: Span,
    text: String,
}

impl Amount {
    fn is_nothing(&self) -> bool {
        self.span.seconds == 0
    }
}

fn compared(
    subject: &Subject<'_>,
    row: &Retention,
    before: Attr<Amount>,
    after: Attr<Amount>,
    path: &str,
) -> Option<Finding> {
    let change = subject.change;
    let Attr::Known(before) = before else {
        return None;
    };
    if before.span.seconds <= 0 {
        return None;
    }
    let finding = match after {
        Attr::Known(after) if after.is_nothing() && row.zero != Zero::Forever => RULE.violation(
            change,
            if row.later {
                format!(
                    "the plan keeps no {} from then on (`{path}`: {} -> none)",
                    row.what,
                    bare(&before)
                )
            } else {
                format!(
                    "the plan keeps no {} any more, and those of today are deleted (`{path}`: {} -> 0)",
                    row.what,
                    bare(&before)
                )
            },
        ),
        Attr::Known(after) if after.span.is_shorter_than(before.span) => RULE.violation(
            change,
            if row.later {
                format!(
                    "the plan keeps {} that are made from then on {} and no longer {} (`{path}`)",
                    row.what,
                    shown(&after),
                    shown(&before),
                )
            } else {
                format!(
                    "the plan keeps {} {} and no longer {}, and what is older is deleted (`{path}`)",
                    row.what,
                    shown(&after),
                    shown(&before),
                )
            },
        ),
        Attr::Undetermined(why) => RULE.undetermined(
            change,
            format!(
                "{} are kept {} today, and for how long they will be cannot be told: `{path}` is {why}",
                row.what,
                shown(&before),
            ),
        ),
        Attr::Known(_) | Attr::Unset => return None,
    };
    Some(subject.cited(finding.attribute(row.path), None))
}

/// The amount, with what stands for ever as the largest.
fn amount(row: &Retention, field: &Field, unit: Option<&Field>) -> Attr<Amount> {
    let forever = || Amount {
        span: Span::of(i64::MAX),
        text: "for ever".to_owned(),
    };
    let text = match (field.text(), row.unset) {
        (Attr::Known(text), _) => text,
        (Attr::Unset, Some(number)) => number.to_string(),
        (Attr::Unset, None) => return Attr::Unset,
        (Attr::Undetermined(why), _) => return Attr::Undetermined(why),
    };
    let unit = match unit.map(Field::text) {
        Some(Attr::Known(unit)) => Some(unit),
        Some(Attr::Undetermined(why)) => return Attr::Undetermined(why),
        Some(Attr::Unset) | None => None,
    };
    let read = match &unit {
        Some(unit) => whole(&text).and_then(|number| {
            let span = Span::counted(number, unit)?;
            let unit = unit.to_ascii_lowercase();
            let unit = match number {
                1 => unit.strip_suffix('s').unwrap_or(&unit),
                _ => &unit,
            };
            Some((span, format!("for {number} {unit}")))
        }),
        None if row.unit == SPAN => Span::read(&text).map(|span| (span, format!("for `{text}`"))),
        None => whole(&text).map(|number| (Span::of(number), counted(row, number))),
    };
    let Some((span, text)) = read else {
        return Attr::Unset;
    };
    Attr::Known(match (span.seconds, row.zero) {
        (i64::MAX, _) | (0, Zero::Forever) | (..0, Zero::NegativeForever) => forever(),
        _ => Amount { span, text },
    })
}

/// A whole number, also of seconds as `86400s`.
fn whole(text: &str) -> Option<i64> {
    let digits = text.strip_suffix('s').unwrap_or(text);
    digits.split('.').next()?.parse().ok()
}

fn shown(amount: &Amount) -> &str {
    &amount.text
}

/// Without the words that make a sentence of it.
fn bare(amount: &Amount) -> &str {
    let text = shown(amount);
    ["for ", "to the number of "]
        .into_iter()
        .find_map(|words| text.strip_prefix(words))
        .unwrap_or(text)
}

/// The number with its unit: `for 1 day`, `for 7 days`.
fn counted(row: &Retention, amount: i64) -> String {
    match amount {
        0 => "not at all".to_owned(),
        // Some services write their default like that.
        ..0 => "for the time that the service sets".to_owned(),
        amount if row.unit == PIECES || row.unit == "bytes" => {
            format!("to the number of {amount}")
        }
        1 => format!("for 1 {}", row.unit.strip_suffix('s').unwrap_or(row.unit)),
        amount => format!("for {amount} {}", row.unit),
    }
}

/// The time for which what is written is locked. What is there keeps its lock.
fn object_locks(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    OBJECT_LOCKS
        .iter()
        .filter(|(kind, _)| *kind == change.kind)
        .filter_map(|(_, block)| {
            let paths = ["days", "years"].map(|unit| format!("{block}.{unit}"));
            let [days, years] = &paths;
            let before = [change.before(days), change.before(years)].map(|field| field.integer());
            let after = [change.after(days), change.after(years)].map(|field| field.integer());
            let was = locked(&before).filter(|days| *days > 0)?;
            let path = if before[0].is_known_and(|days| *days > 0) {
                days
            } else {
                years
            };
            let undetermined = after.iter().find_map(|unit| match unit {
                Attr::Undetermined(why) => Some(why),
                Attr::Known(_) | Attr::Unset => None,
            });
            let finding = match (undetermined, locked(&after)) {
                (Some(why), _) => RULE.undetermined(
                    change,
                    format!(
                        "objects are locked for {} today, and for how long those are that are written later cannot be told: `{block}` is {why}",
                        period(&before)
                    ),
                ),
                (None, None | Some(0)) => RULE.violation(
                    change,
                    format!(
                        "objects that are written from then on are not locked any more, where they were for {}; those that are there keep their lock (`{block}`)",
                        period(&before)
                    ),
                ),
                (None, Some(now)) if now < was => RULE.violation(
                    change,
                    format!(
                        "objects that are written from then on are locked for {} and no longer for {}; those that are there keep their lock (`{block}`)",
                        period(&after),
                        period(&before)
                    ),
                ),
                (None, Some(_)) => return None,
            };
            Some(subject.cited(finding.attribute(path.as_str()), None))
        })
        .collect()
}

/// The days of a lock; one of both is set.
fn locked([days, years]: &[Attr<i64>; 2]) -> Option<i64> {
    match (days, years) {
        (Attr::Known(days), _) if *days > 0 => Some(*days),
        (_, Attr::Known(years)) => Some(years.saturating_mul(365)),
        (Attr::Known(days), _) => Some(*days),
        _ => None,
    }
}

fn period([days, years]: &[Attr<i64>; 2]) -> String {
    let named = |number: i64, unit: &str| match number {
        1 => format!("1 {unit}"),
        number => format!("{number} {unit}s"),
    };
    match (days, years) {
        (Attr::Known(days), _) if *days > 0 => named(*days, "day"),
        (_, Attr::Known(years)) => named(*years, "year"),
        _ => "no time".to_owned(),
    }
}
