//! What a policy found, held against what a case expects.

use tollgate_model::finding::Finding;
use tollgate_model::rule::{Cause, Outcome};

use super::cases::{CAUSES, Expectation, OUTCOMES};

/// One way in which findings are not what was expected.
#[derive(Clone, Debug)]
pub enum Difference {
    /// A finding that is expected, and that the policy does not have.
    Missing(Expectation),
    /// A finding that nothing expects.
    Unexpected(Finding),
    /// A finding of the expected rule at the expected address, with something else about it.
    Other {
        /// What is expected.
        expected: Expectation,
        /// What was found.
        found: Finding,
        /// The key of the expectation, what it says, and what the finding has.
        about: Vec<(&'static str, String, String)>,
    },
}

/// Holds findings against expectations, in the order of those and then of these. With `others`
/// findings that nothing expects are no difference.
#[must_use]
pub fn differences(expected: &[Expectation], found: &[Finding], others: bool) -> Vec<Difference> {
    let pairs = pairs(expected, found);
    let mut left: Vec<Option<&Finding>> = found
        .iter()
        .enumerate()
        .map(|(nth, finding)| (!pairs.contains(&Some(nth))).then_some(finding))
        .collect();
    let mut differences = Vec::new();
    for (expectation, pair) in expected.iter().zip(&pairs) {
        if pair.is_some() {
            continue;
        }
        let near = left
            .iter_mut()
            .find(|finding| finding.is_some_and(|finding| same_place(expectation, finding)));
        differences.push(match near.and_then(Option::take) {
            Some(finding) => Difference::Other {
                expected: expectation.clone(),
                found: finding.clone(),
                about: apart(expectation, finding),
            },
            None => Difference::Missing(expectation.clone()),
        });
    }
    if !others {
        let rest = left.into_iter().flatten();
        differences.extend(rest.map(|finding| Difference::Unexpected(finding.clone())));
    }
    differences
}

/// The finding that each expectation stands for, by their places. No finding stands for two.
#[must_use]
pub fn pairs(expected: &[Expectation], found: &[Finding]) -> Vec<Option<usize>> {
    let mut order: Vec<usize> = (0..expected.len()).collect();
    // What says most about its finding chooses first.
    let says = |expectation: &Expectation| {
        usize::from(expectation.message.is_some())
            + usize::from(expectation.attributes.is_some())
            + usize::from(expectation.cause.is_some())
    };
    order.sort_by_key(|nth| expected.get(*nth).map(|one| std::cmp::Reverse(says(one))));
    let mut taken = vec![false; found.len()];
    let mut pairs = vec![None; expected.len()];
    for nth in order {
        let Some(expectation) = expected.get(nth) else {
            continue;
        };
        let hit = found
            .iter()
            .zip(&taken)
            .position(|(finding, taken)| !taken && is(expectation, finding));
        if let Some(hit) = hit {
            if let Some(taken) = taken.get_mut(hit) {
                *taken = true;
            }
            if let Some(pair) = pairs.get_mut(nth) {
                *pair = Some(hit);
            }
        }
    }
    pairs
}

fn same_place(expectation: &Expectation, finding: &Finding) -> bool {
    expectation.rule == finding.rule
        && expectation.address == finding.address
        && expectation.deposed == finding.deposed
}

/// Whether a finding is the expected one.
fn is(expectation: &Expectation, finding: &Finding) -> bool {
    same_place(expectation, finding) && apart(expectation, finding).is_empty()
}

/// What an expectation says otherwise of a finding at its place.
fn apart(expectation: &Expectation, finding: &Finding) -> Vec<(&'static str, String, String)> {
    let mut apart = Vec::new();
    if expectation.outcome != finding.outcome {
        apart.push((
            "outcome",
            outcome(expectation.outcome).to_owned(),
            outcome(finding.outcome).to_owned(),
        ));
    }
    if let Some(wanted) = expectation.cause
        && wanted != finding.cause
    {
        apart.push((
            "cause",
            cause(wanted).to_owned(),
            cause(finding.cause).to_owned(),
        ));
    }
    if let Some(part) = &expectation.message
        && !finding.message.contains(part)
    {
        apart.push(("message", part.clone(), finding.message.clone()));
    }
    if let Some(attributes) = &expectation.attributes
        && *attributes != finding.attributes
    {
        apart.push((
            "attributes",
            attributes.join(", "),
            finding.attributes.join(", "),
        ));
    }
    apart
}

/// The word for an outcome.
#[must_use]
pub fn outcome(outcome: Outcome) -> &'static str {
    let word = OUTCOMES.iter().find(|(_, known)| *known == outcome);
    word.map_or("violation", |(word, _)| word)
}

/// The word for a cause.
#[must_use]
pub fn cause(cause: Cause) -> &'static str {
    let word = CAUSES.iter().find(|(_, known)| *known == cause);
    word.map_or("planned", |(word, _)| word)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn finding(rule: &str, address: &str, message: &str) -> Finding {
        Finding {
            rule: rule.to_owned(),
            outcome: Outcome::Violation,
            cause: Cause::Planned,
            address: Some(address.to_owned()),
            deposed: None,
            action: None,
            attributes: vec!["a".to_owned()],
            location: None,
            message: message.to_owned(),
            remediation: None,
            details: Vec::new(),
            fingerprint: String::new(),
            previous_fingerprint: None,
        }
    }

    pub(crate) fn expectation(rule: &str, address: &str) -> Expectation {
        Expectation {
            rule: rule.to_owned(),
            address: Some(address.to_owned()),
            deposed: None,
            outcome: Outcome::Violation,
            cause: None,
            message: None,
            attributes: None,
            at: 0..0,
        }
    }

    #[test]
    fn a_set_is_compared_and_the_most_telling_chooses_first() {
        let found = [finding("r", "a", "one"), finding("r", "a", "two")];
        let mut telling = expectation("r", "a");
        telling.message = Some("one".to_owned());
        let expected = [expectation("r", "a"), telling.clone()];
        assert!(differences(&expected, &found, false).is_empty());
        assert!(matches!(
            differences(&[telling], &found, false).as_slice(),
            [Difference::Unexpected(finding)] if finding.message == "two"
        ));
        assert!(differences(&[], &found, true).is_empty());
    }

    #[test]
    fn what_differs_is_named() {
        let mut expected = expectation("r", "a");
        expected.outcome = Outcome::Undetermined;
        expected.cause = Some(Cause::Existing);
        expected.attributes = Some(vec!["b".to_owned()]);
        let found = [finding("r", "a", "m"), finding("s", "a", "m")];
        let differences = differences(&[expected, expectation("r", "b")], &found, false);
        let [
            Difference::Other { about, .. },
            Difference::Missing(missing),
            Difference::Unexpected(unexpected),
        ] = differences.as_slice()
        else {
            unreachable!("{differences:?}")
        };
        let keys: Vec<_> = about.iter().map(|(key, ..)| *key).collect();
        assert_eq!(keys, ["outcome", "cause", "attributes"]);
        assert_eq!(missing.address.as_deref(), Some("b"));
        assert_eq!(unexpected.rule, "s");
    }
}
