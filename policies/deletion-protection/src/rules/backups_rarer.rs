//! `backups-rarer`

use tollgate_policy::{Action, Attr, Field, Finding, RuleDef, Severity};
use tollgate_policy_common::text::clipped;

use crate::history::{Every, FREQUENCIES, Frequency};
use crate::rules::retention_shortened::inside;
use crate::span::Span;
use crate::subject::Subject;

/// Backups are made more rarely.
///
/// Compares how often backups and snapshots are made today and after apply: schedules in cron, also
/// of each rule of a plan of backups, intervals, and words such as `DAILY`. Another time of the day is
/// no finding.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "backups-rarer",
    title: "Backups that this plan makes more rarely",
    description: "The plan changes a schedule or an interval so that backups are made more rarely. What \
        was written since the last of them is lost when the data is.",
    severity: Severity::High,
    remediation: "Keep the schedule; if rarer backups are enough, waive this rule for the address.",
    example: r#"```hcl
rule {
  schedule = "cron(0 5 1 * ? *)" # was "cron(0 5 * * ? *)"
}
```"#,
    links: &[],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    if change.action != Action::Update {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for row in FREQUENCIES.iter().filter(|row| row.kind == change.kind) {
        let Some((block, key)) = row.each else {
            let (before, after) = (change.before(row.path), change.after(row.path));
            findings.extend(compared(
                subject,
                row,
                &before,
                &after,
                &format!("`{}`", row.path),
                row.path,
            ));
            continue;
        };
        let before = blocks(&change.before(block), key);
        for (name, after) in blocks(&change.after(block), key) {
            let Some((_, before)) = before.iter().find(|(other, _)| *other == name) else {
                continue;
            };
            let path = format!("`{}` of {block} `{}`", row.path, clipped(&name));
            findings.extend(compared(
                subject,
                row,
                &inside(before, row.path),
                &inside(&after, row.path),
                &path,
                block,
            ));
        }
    }
    findings
}

fn blocks(field: &Field, key: &str) -> Vec<(String, Field)> {
    let Attr::Known(blocks) = field.items() else {
        return Vec::new();
    };
    blocks
        .into_iter()
        .filter_map(|block| match block.get(key).text() {
            Attr::Known(name) => Some((name, block)),
            Attr::Unset | Attr::Undetermined(_) => None,
        })
        .collect()
}

fn compared(
    subject: &Subject<'_>,
    row: &Frequency,
    before: &Field,
    after: &Field,
    path: &str,
    attribute: &str,
) -> Option<Finding> {
    let change = subject.change;
    let Attr::Known(before) = before.text() else {
        return None;
    };
    let was = often(row.every, &before)?;
    let finding = match after.text() {
        Attr::Known(after) if often(row.every, &after)? < was => RULE.violation(
            change,
            format!(
                "backups are made more rarely: {path} `{}` -> `{}`",
                clipped(&before),
                clipped(&after)
            ),
        ),
        Attr::Undetermined(why) => RULE.undetermined(
            change,
            format!("how often backups are made cannot be told: {path} is {why}"),
        ),
        Attr::Known(_) | Attr::Unset => return None,
    };
    Some(subject.cited(finding.attribute(attribute), None))
}

/// A number that is the greater the more often; none where it cannot be read.
fn often(every: Every, text: &str) -> Option<i64> {
    const YEAR: i64 = 365 * 86_400;
    match every {
        Every::Cron => runs(text),
        Every::Span => Some(YEAR / Span::read(text)?.seconds.max(1)),
        Every::Number(seconds) => {
            let number: i64 = text.parse().ok()?;
            (number > 0).then(|| YEAR / number.saturating_mul(seconds).max(1))
        }
        Every::Words(words) => {
            let at = words
                .iter()
                .position(|word| word.eq_ignore_ascii_case(text))?;
            i64::try_from(words.len() - at).ok()
        }
    }
}

/// How often in a year a schedule comes due, or nearly so; none where it is written in another way.
fn runs(text: &str) -> Option<i64> {
    let text = text.trim();
    let within = |name: &str| {
        text.strip_prefix(name)?
            .trim_start()
            .strip_prefix('(')?
            .strip_suffix(')')
    };
    if let Some(rate) = within("rate") {
        let (number, unit) = rate.trim().split_once(' ')?;
        let every = Span::counted(number.parse().ok()?, unit.trim())?;
        return (every.seconds > 0).then(|| 365 * 86_400 / every.seconds);
    }
    // `CRON_TZ=Europe/Berlin 0 5 * * *`
    let text = within("cron").unwrap_or(text);
    let mut fields: Vec<&str> = text.split_whitespace().collect();
    if fields.first().is_some_and(|first| first.contains('=')) {
        fields.remove(0);
    }
    let [minutes, hours, days, months, weekdays, ..] = fields.as_slice() else {
        return None;
    };
    let of_day = times(minutes, 0, 59)?.checked_mul(times(hours, 0, 23)?)?;
    let months = times(months, 1, 12)?;
    let every = |field: &str| matches!(field, "*" | "?");
    // In 365 days, as if every month had as many.
    let days = match (every(days), every(weekdays)) {
        (true, true) => 365 * months / 12,
        (false, true) => times(days, 1, 31)?.checked_mul(months)?,
        (true, false) => weekly(weekdays)?.checked_mul(months)? / 12,
        (false, false) => times(days, 1, 31)?
            .checked_mul(months)?
            .saturating_add(weekly(weekdays)?.checked_mul(months)? / 12)
            .min(365),
    };
    of_day.checked_mul(days)
}

/// On how many days of a year with every month.
fn weekly(field: &str) -> Option<i64> {
    if field.contains(['#', 'L']) {
        // One in a month.
        return Some(12);
    }
    times(field, 0, 7).map(|days| days.min(7) * 52)
}

/// How many values a field of a schedule has.
fn times(field: &str, from: i64, to: i64) -> Option<i64> {
    let mut all = 0;
    for part in field.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<i64>().ok().filter(|step| *step > 0)?),
            None => (part, 1),
        };
        let (first, last) = match range.split_once('-') {
            Some((first, last)) => (value(first)?, value(last)?),
            None if matches!(range, "*" | "?") => (from, to),
            // `0/6` goes on until the end.
            None if part.contains('/') => (value(range)?, to),
            None => {
                value(range)?;
                (0, 0)
            }
        };
        let span = if last < first {
            // `FRI-MON`
            last.saturating_sub(first).saturating_add(8)
        } else {
            last.saturating_sub(first).saturating_add(1)
        };
        all += (span.saturating_add(step - 1) / step).clamp(1, 60);
    }
    Some(all)
}

/// A number, or the name of a day or a month.
fn value(text: &str) -> Option<i64> {
    const NAMES: [&str; 19] = [
        "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "JAN", "FEB", "MAR", "APR", "MAY", "JUN",
        "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
    ];
    if matches!(text, "L" | "LW")
        || text
            .strip_suffix('W')
            .is_some_and(|day| day.parse::<i64>().is_ok())
    {
        return Some(31);
    }
    if let Ok(number) = text.parse() {
        return (0..=60).contains(&number).then_some(number);
    }
    let at = NAMES
        .iter()
        .position(|name| name.eq_ignore_ascii_case(text))?;
    let at = i64::try_from(at).ok()?;
    Some(if at < 7 { at } else { at - 6 })
}

#[cfg(test)]
mod tests {
    use super::runs;

    #[test]
    fn schedules_by_how_often_they_are_due() {
        for (text, expected) in [
            ("cron(0 5 ? * * *)", Some(365)),
            ("cron(30 6 * * ? *)", Some(365)),
            ("cron(0 5 1 1 ? *)", Some(1)),
            ("cron(0 5 1 * ? *)", Some(12)),
            ("cron(0 5 ? * MON-FRI *)", Some(260)),
            ("cron(0 0/6 ? * * *)", Some(4 * 365)),
            ("cron(0 */6 ? * * *)", Some(4 * 365)),
            ("cron(0 1,13 * * ? *)", Some(2 * 365)),
            ("cron(0 5 ? * 2#1 *)", Some(12)),
            ("cron(0 5 L * ? *)", Some(12)),
            ("0 5 * * *", Some(365)),
            ("0 5 * * 0", Some(52)),
            ("CRON_TZ=Europe/Berlin 0 5 * * *", Some(365)),
            ("rate(12 hours)", Some(730)),
            ("rate(0 hours)", None),
            ("daily", None),
            ("cron(a b c d e f)", None),
            ("", None),
        ] {
            assert_eq!(runs(text), expected, "{text}");
        }
    }
}
