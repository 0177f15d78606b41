//! `history-ended`

use tollgate_policy::{Action, Attr, Field, Finding, RuleDef, Severity, Why, pattern};

use tollgate_policy_common::text::listed;

use crate::history::{
    EACH, HISTORIES, History, OPTED_IN, SCHEDULES, SELECTIONS, Selection, Selects,
};
use crate::subject::{Loss, Subject};

/// Earlier states of data are not kept any more.
///
/// Reports versioning that is suspended, continuous or automated backups that are turned
/// off, and locks on objects that are lifted; also where the resource goes that turned them
/// on: a plan, a schedule or a selection of backups, or one rule of it; kinds of resources
/// that AWS Backup leaves out of all plans from then on; and selections, of resources, tags or disks,
/// that have backups made of fewer than today.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "history-ended",
    title: "Backups or versions that this plan ends",
    description: "The plan turns off what keeps earlier states of data: versioning, continuous or \
        automated backups, locks on objects; or it has backups made of less than today. What is \
        overwritten or deleted from then on is lost.",
    severity: Severity::Critical,
    remediation: "Leave it on; if earlier states may go, waive this rule for the address.",
    example: r#"```hcl
resource "aws_s3_bucket_versioning" "media" {
  versioning_configuration {
    status = "Suspended" # was "Enabled"
  }
}
```"#,
    links: &["https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html"],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = schedules(subject);
    findings.extend(states(subject));
    findings.extend(opted_out(subject));
    findings.extend(narrowed(subject));
    findings
        .into_iter()
        .map(|finding| subject.cited(finding, None))
        .collect()
}

/// What has backups made, and is deleted or loses a rule.
fn schedules(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    if change.action == Action::Update {
        let mut blocks: Vec<(&str, &str)> = Vec::new();
        for row in EACH.iter().filter(|row| row.retention.kind == change.kind) {
            if !blocks.contains(&(row.block, row.key)) {
                blocks.push((row.block, row.key));
            }
        }
        return blocks
            .into_iter()
            .flat_map(|(block, key)| {
                let keys = |field: Field| match field.items() {
                    Attr::Known(items) => Some(
                        items
                            .iter()
                            .filter_map(|item| match item.get(key).text() {
                                Attr::Known(name) => Some(name),
                                Attr::Unset | Attr::Undetermined(_) => None,
                            })
                            .collect::<Vec<_>>(),
                    ),
                    Attr::Unset => Some(Vec::new()),
                    Attr::Undetermined(_) => None,
                };
                let before = keys(change.before(block)).unwrap_or_default();
                let after = keys(change.after(block));
                // One that is renamed is none the fewer.
                let gone: Vec<String> = match after {
                    Some(after) if after.len() < before.len() => before
                        .into_iter()
                        .filter(|name| !after.contains(name))
                        .collect(),
                    _ => Vec::new(),
                };
                gone.into_iter().map(move |name| {
                    RULE.violation(
                        change,
                        format!("the plan removes `{block}` `{name}`, by which backups are made"),
                    )
                    .attribute(block)
                })
            })
            .collect();
    }
    SCHEDULES
        .iter()
        .filter(|(kind, _, _)| *kind == change.kind && subject.loss() == Some(Loss::Deleted))
        .map(|(_, path, what)| {
            RULE.violation(
                change,
                format!("the plan deletes what has backups made of {what}"),
            )
            .attribute(*path)
        })
        .collect()
}

/// What keeps earlier states, and is turned off.
fn states(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    HISTORIES
        .iter()
        .filter(|row| row.kind == change.kind)
        .filter_map(|row| {
            let was_on = change
                .before(row.path)
                .text()
                .is_known_and(|text| row.is_on(text));
            if !was_on {
                return None;
            }
            // From one way to keep the same to another.
            let kept_otherwise = || {
                HISTORIES.iter().any(|other| {
                    other.kind == row.kind
                        && other.what == row.what
                        && other.path != row.path
                        && change
                            .after(other.path)
                            .text()
                            .is_known_and(|text| other.is_on(text))
                })
            };
            let finding = match (change.action, subject.loss()) {
                (Action::Update, _) if kept_otherwise() => return None,
                (Action::Update, _) => changed(subject, row)?,
                (_, Some(Loss::Deleted | Loss::Replaced)) if row.alone => {
                    RULE.violation(change, format!("the plan removes what keeps {}", row.what))
                }
                _ => return None,
            };
            Some(finding.attribute(row.path))
        })
        .collect()
}

fn changed(subject: &Subject<'_>, row: &History) -> Option<Finding> {
    let change = subject.change;
    match change.after(row.path).text() {
        Attr::Known(text) if row.is_on(&text) => None,
        now @ (Attr::Known(_) | Attr::Unset) => Some(RULE.violation(
            change,
            format!(
                "the plan turns off what keeps {}: `{}` `{}` -> {}",
                row.what,
                row.path,
                match change.before(row.path).text() {
                    Attr::Known(was) => was,
                    Attr::Unset | Attr::Undetermined(_) => row.on.to_owned(),
                },
                match now {
                    Attr::Known(now) => format!("`{now}`"),
                    Attr::Unset | Attr::Undetermined(_) => "not set".to_owned(),
                }
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

/// Selections that take in less than today.
fn narrowed(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    if !matches!(change.action, Action::Update | Action::Replace) {
        return Vec::new();
    }
    SELECTIONS
        .iter()
        .filter(|row| row.kind == change.kind)
        .filter_map(|row| {
            let path = row.path;
            let now = change.after(path);
            let before = selected(row, &change.before(path)).ok()?;
            let finding = match selected(row, &now) {
                Err(why) if matches!(row.how, Selects::Named | Selects::Tagged) => {
                    if before.is_empty() {
                        return None;
                    }
                    RULE.undetermined(
                        change,
                        format!("of what backups are made cannot be told: `{path}` is {why}"),
                    )
                }
                // What the provider fills in leaves out nothing.
                Err(_) => return None,
                Ok(after) => {
                    let (what, of) = match row.how {
                        Selects::Named | Selects::Tagged => {
                            ("no longer names", less(row, &before, &after))
                        }
                        Selects::Not => ("leaves out", less(row, &after, &before)),
                        Selects::Only => ("takes in only what has", less(row, &after, &before)),
                        Selects::Among if after.is_empty() => return None,
                        Selects::Among if before.is_empty() => ("names only", after),
                        Selects::Among => ("no longer names", less(row, &before, &after)),
                    };
                    if of.is_empty() {
                        return None;
                    }
                    RULE.violation(
                        change,
                        format!(
                            "the plan has backups made of less than today: `{path}` {what} {}",
                            listed(&of)
                        ),
                    )
                }
            };
            Some(finding.attribute(path))
        })
        .collect()
}

/// What is in the first, and not in the second.
fn less(row: &Selection, of: &[String], in_: &[String]) -> Vec<String> {
    of.iter()
        .filter(|one| {
            !in_.iter().any(|other| {
                other == *one
                    || (matches!(row.how, Selects::Named | Selects::Not)
                        && pattern::matches(other, one))
            })
        })
        .cloned()
        .collect()
}

/// What a selection says, each in words.
fn selected(row: &Selection, field: &Field) -> Result<Vec<String>, Why> {
    if let Some(why) = field.undetermined() {
        return Err(why);
    }
    let text = |field: &Field| match field.text() {
        Attr::Known(text) => Ok(text),
        Attr::Unset => Ok(String::new()),
        Attr::Undetermined(why) => Err(why),
    };
    let pair = |block: &Field| -> Result<String, Why> {
        Ok(format!(
            "{}={}",
            text(&block.get("key"))?,
            text(&block.get("value"))?
        ))
    };
    let mut all = Vec::new();
    if row.how == Selects::Tagged
        && let Attr::Known(entries) = field.entries()
    {
        for (key, value) in entries {
            all.push(format!("{key}={}", text(&value)?));
        }
        return Ok(all);
    }
    let Attr::Known(items) = field.items() else {
        return Ok(all);
    };
    for item in &items {
        match row.how {
            Selects::Named | Selects::Not | Selects::Among => all.push(text(item)?),
            Selects::Tagged => all.push(pair(item)?),
            Selects::Only => {
                for test in [
                    "string_equals",
                    "string_like",
                    "string_not_equals",
                    "string_not_like",
                ] {
                    let Attr::Known(blocks) = item.get(test).items() else {
                        continue;
                    };
                    for block in &blocks {
                        all.push(format!("{test} {}", pair(block)?));
                    }
                }
            }
        }
    }
    Ok(all)
}

/// Entries of a map that are `true` today, and not after apply.
fn opted_out(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    if change.action != Action::Update {
        return Vec::new();
    }
    OPTED_IN
        .iter()
        .filter(|(kind, _, _)| *kind == change.kind)
        .filter_map(|(_, path, what)| {
            let Attr::Known(before) = change.before(path).entries() else {
                return None;
            };
            let after = change.after(path);
            let finding = if let Some(why) = after.undetermined() {
                RULE.undetermined(
                    change,
                    format!("what is backed up cannot be told: `{path}` is {why}"),
                )
            } else {
                let on = |field: &Field| field.text().is_known_and(|text| text == "true");
                let mut open = false;
                let off: Vec<String> = before
                    .into_iter()
                    .filter(|(name, value)| {
                        let now = after.get(name);
                        let unknown = now.undetermined().is_some();
                        open |= on(value) && unknown;
                        on(value) && !unknown && !on(&now)
                    })
                    .map(|(name, _)| name)
                    .collect();
                match (off.is_empty(), open) {
                    (true, false) => return None,
                    (true, true) => RULE.undetermined(
                        change,
                        format!("what is backed up cannot be told: an entry of `{path}` is known only after apply"),
                    ),
                    (false, _) => RULE.violation(
                        change,
                        format!("the plan turns off {what} {}", listed(&off)),
                    ),
                }
            };
            Some(finding.attribute(*path))
        })
        .collect()
}
