//! How many findings one evaluation answers with, and how long they are.

use tollgate_policy::{Cause, Detail, Finding, Outcome};

use crate::text::cut;

/// The most findings that are told one by one. The host takes 10000 of one evaluation, and fails
/// the policy for more.
pub const MOST: usize = 4000;

/// The most bytes of one text of a finding. The host takes 4096, and fails the policy for more.
pub const LONGEST: usize = 4000;

/// The most attributes, and the most details, of one finding. The host fails the policy for more.
pub const PARTS: usize = 100;

/// Leaves the findings as they are, or, where there are more than [`MOST`], the first of those that
/// can refuse and how many more there are of each rule: a plan with everything wrong is to be
/// refused for that, and not because the policy said it too often. For the same reason no text is longer
/// than [`LONGEST`], whatever names the plan has, and none has more than [`PARTS`] attributes.
#[must_use]
pub fn bounded(findings: Vec<Finding>) -> Vec<Finding> {
    let mut findings = few(findings);
    findings.iter_mut().for_each(shorten);
    findings
}

fn shorten(finding: &mut Finding) {
    cut(&mut finding.message, LONGEST);
    if let Some(remediation) = &mut finding.remediation {
        cut(remediation, LONGEST);
    }
    finding.attributes.truncate(PARTS);
    let more = finding.details.len().saturating_sub(PARTS);
    if more > 0 {
        finding.details.truncate(PARTS - 1);
        finding.details.push(Detail {
            label: "not shown".to_owned(),
            text: format!("{} more", more + 1),
        });
    }
    for detail in &mut finding.details {
        cut(&mut detail.label, LONGEST);
        cut(&mut detail.text, LONGEST);
    }
}

fn few(findings: Vec<Finding>) -> Vec<Finding> {
    if findings.len() <= MOST {
        return findings;
    }
    let (mut kept, rest): (Vec<_>, Vec<_>) = findings
        .into_iter()
        .partition(|finding| finding.cause == Cause::Planned);
    kept.extend(rest);
    let mut dropped = Vec::<(Finding, usize)>::new();
    for finding in kept.split_off(MOST) {
        let same = dropped.iter_mut().find(|(first, _)| {
            first.rule == finding.rule
                && first.outcome == finding.outcome
                && first.cause == finding.cause
        });
        match same {
            Some((_, count)) => *count += 1,
            None => dropped.push((finding, 1)),
        }
    }
    kept.extend(dropped.into_iter().map(|(first, count)| {
        let example = first.address.unwrap_or_default();
        let what = match first.outcome {
            Outcome::Violation => "break this rule",
            Outcome::Undetermined => "cannot be told to keep this rule",
        };
        Finding {
            address: None,
            deposed: None,
            attributes: Vec::new(),
            message: format!(
                "{count} more resources {what}, such as {example}: {}",
                first.message
            ),
            details: Vec::new(),
            ..first
        }
    }));
    kept
}

#[cfg(test)]
mod tests {
    use tollgate_policy::{Cause, Finding, Outcome, RuleDef, Severity};

    use super::{LONGEST, MOST, PARTS, bounded};

    const RULE: RuleDef = RuleDef {
        id: "r",
        title: "",
        description: "",
        severity: Severity::Info,
        remediation: "",
        example: "",
        links: &[],
    };

    fn at(address: String, cause: Cause) -> Finding {
        Finding {
            address: Some(address),
            cause,
            ..RULE.finding(Outcome::Violation, "wrong")
        }
    }

    #[test]
    fn few_stay_as_they_are() {
        let few: Vec<_> = (0..MOST)
            .map(|nth| at(format!("a.{nth}"), Cause::Existing))
            .collect();
        assert_eq!(bounded(few.clone()), few);
    }

    #[test]
    fn of_many_the_planned_are_told_first_and_the_rest_is_counted() {
        let existing = (0..MOST).map(|nth| at(format!("old.{nth}"), Cause::Existing));
        let planned = (0..10).map(|nth| at(format!("new.{nth}"), Cause::Planned));
        let found = bounded(existing.chain(planned).collect());
        assert_eq!(found.len(), MOST + 1);
        assert_eq!(found[0].address.as_deref(), Some("new.0"));
        let last = &found[MOST];
        assert_eq!(
            last.message,
            format!(
                "10 more resources break this rule, such as old.{}: wrong",
                MOST - 10
            )
        );
        assert_eq!((last.cause, &last.address), (Cause::Existing, &None));
    }

    #[test]
    fn no_text_is_longer_than_the_host_takes() {
        let long = "é".repeat(5_000);
        let mut finding = RULE
            .finding(Outcome::Violation, long.clone())
            .remediation(long.clone());
        for nth in 0..250 {
            finding = finding
                .attribute(format!("a[{nth}]"))
                .detail(long.clone(), format!("{nth} {long}"));
        }
        let many = vec![finding; 3];
        for finding in bounded(many) {
            assert!(finding.message.len() <= LONGEST && finding.message.ends_with('…'));
            assert!(
                finding
                    .remediation
                    .is_some_and(|text| text.len() <= LONGEST)
            );
            assert!(finding.attributes.len() <= PARTS && finding.details.len() <= PARTS);
            assert!(
                finding.details.iter().all(|detail| {
                    detail.label.len() <= LONGEST && detail.text.len() <= LONGEST
                })
            );
            if let Some(last) = finding.details.last() {
                assert_eq!(last.text, "151 more");
            }
        }
    }
}
