//! How many findings one evaluation answers with.

use tollgate_policy::{Cause, Finding, Outcome};

/// The most findings that are told one by one. The host takes 10000 of one evaluation, and fails
/// the policy for more.
pub const MOST: usize = 4000;

/// Leaves the findings as they are, or, where there are more than [`MOST`], the first of those that
/// can refuse and how many more there are of each rule: a plan with everything wrong is to be
/// refused for that, and not because the policy said it too often.
#[must_use]
pub fn bounded(findings: Vec<Finding>) -> Vec<Finding> {
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

    use super::{MOST, bounded};

    const RULE: RuleDef = RuleDef {
        id: "r",
        title: "",
        description: "",
        severity: Severity::Info,
        remediation: "",
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
}
