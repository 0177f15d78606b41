//! The rules, and what they have in common.

use tollgate_policy::{Evaluation, Finding, Input, Outcome, RuleDef};

use crate::decimal::Decimal;
use crate::estimate::{Estimate, Resource};
use crate::settings::Settings;

pub(crate) mod monthly_increase;
pub(crate) mod monthly_total;
pub(crate) mod unpriced;
pub(crate) mod usage_undeclared;

/// Everything that a rule looks at.
pub(crate) struct Case<'a> {
    pub(crate) input: &'a Input<'a, Settings>,
    pub(crate) estimate: &'a Estimate<'a>,
}

impl Case<'_> {
    /// The resources whose cost decides whether a cap holds: with a cap on the total,
    /// all of them; with one on the increase alone, those whose cost changes.
    pub(crate) fn decisive(&self) -> impl Iterator<Item = &Resource<'_>> {
        let settings = &self.input.settings;
        let (total, increase) = (
            settings.monthly_cap_usd.is_some(),
            settings.monthly_increase_cap_usd.is_some(),
        );
        self.estimate
            .resources
            .iter()
            .filter(move |resource| total || (increase && resource.moves))
    }

    /// Whether there is any cap.
    pub(crate) fn has_cap(&self) -> bool {
        self.input.settings.monthly_cap_usd.is_some()
            || self.input.settings.monthly_increase_cap_usd.is_some()
    }

    /// The dearest of some amounts, as `address $1.23`, for a message.
    pub(crate) fn dearest(&self, amount: impl Fn(&Resource<'_>) -> Decimal) -> String {
        let mut all: Vec<_> = self
            .estimate
            .resources
            .iter()
            .map(|resource| (amount(resource), resource.change.address.as_str()))
            .filter(|(amount, _)| *amount > Decimal::ZERO)
            .collect();
        // Stable for equal amounts: then the plan's own order counts.
        all.sort_by_key(|(amount, _)| std::cmp::Reverse(*amount));
        let named: Vec<_> = all
            .iter()
            .take(3)
            .map(|(amount, address)| format!("{address} {}", amount.dollars()))
            .collect();
        named.join(", ")
    }
}

/// Says of a finding that it was so before, where the plan leaves the resource's cost as it is.
fn caused(resource: &Resource<'_>, finding: Finding) -> Finding {
    if resource.moves {
        finding
    } else {
        finding.existing()
    }
}

/// Judges all rules.
pub(crate) fn judge(case: &Case<'_>, evaluation: &mut Evaluation) -> Result<(), String> {
    monthly_total::check(case, evaluation)?;
    monthly_increase::check(case, evaluation)?;
    evaluation.findings.extend(unpriced::check(case).all());
    evaluation
        .findings
        .extend(usage_undeclared::check(case).all());
    Ok(())
}

/// How many resources one rule names. The host bounds what it reads; a plan of tens of
/// thousands of queues is to be judged all the same.
const MAX_FINDINGS: usize = 1000;

/// The first findings of a rule, and how many there are besides, which are not built.
struct Findings {
    rule: &'static RuleDef,
    first: Vec<Finding>,
    others: usize,
}

impl Findings {
    fn of(rule: &'static RuleDef) -> Self {
        Self {
            rule,
            first: Vec::new(),
            others: 0,
        }
    }

    fn push(&mut self, finding: impl FnOnce() -> Finding) {
        if self.first.len() < MAX_FINDINGS {
            self.first.push(finding());
        } else {
            self.others += 1;
        }
    }

    /// The findings, with one of the plan as a whole for all that were not built.
    fn all(self) -> Vec<Finding> {
        let mut findings = self.first;
        if self.others > 0 {
            let message = format!(
                "the same is true of {} more resources; the breakdown counts them",
                self.others
            );
            findings.push(self.rule.finding(Outcome::Undetermined, message));
        }
        findings
    }
}

/// Two amounts so that a reader sees that they differ: in cents, or unrounded where
/// cents hide the difference.
pub(crate) fn distinct(a: Decimal, b: Decimal) -> (String, String) {
    let (rounded_a, rounded_b) = (a.dollars(), b.dollars());
    if rounded_a == rounded_b && a != b {
        (format!("${a}"), format!("${b}"))
    } else {
        (rounded_a, rounded_b)
    }
}
