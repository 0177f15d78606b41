//! `monthly-increase`: the plan adds more to the monthly cost than it may.

use tollgate_policy::{Evaluation, Outcome, RuleDef, Severity};

use super::{Case, distinct};
use crate::decimal::Decimal;

/// Flags a plan that adds more to the monthly cost than `monthly-increase-cap-usd`.
///
/// It compares what everything costs before and after apply, each at its own size:
/// what is deleted counts against the increase, what is replaced counts on both sides.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "monthly-increase",
    title: "Monthly increase over the cap",
    description: "The plan adds more to the estimated monthly cost than the environment allows one plan to add.",
    severity: Severity::Medium,
    remediation: "Split the change, make what it adds smaller, or raise `monthly-increase-cap-usd`.",
    example: "With a cap of $5 on the increase, changing an instance from `t3.micro` to `t3.medium`, which costs $22.78 more.",
    links: &[],
};

pub(crate) fn check(case: &Case<'_>, evaluation: &mut Evaluation) -> Result<(), String> {
    let Some(cap) = case.input.settings.monthly_increase_cap_usd else {
        return Ok(());
    };
    let (cap, increase) = (cap.0, case.estimate.increase);
    let (outcome, message) = if increase.least > cap && !increase.may_be_less {
        let (amount, limit) = distinct(increase.least, cap);
        let over = increase
            .least
            .minus(cap)
            .map_err(|error| error.to_string())?;
        let least = if increase.may_be_more || increase.most > increase.least {
            "at least "
        } else {
            ""
        };
        (
            Outcome::Violation,
            format!(
                "the plan adds {least}{amount} a month, {} over the {limit} it may add",
                over.dollars()
            ),
        )
    } else if increase.most > cap {
        let (amount, limit) = distinct(increase.most, cap);
        let why = if increase.may_be_less {
            "; what it replaces or deletes has a cost that is not known"
        } else {
            ""
        };
        (
            Outcome::Undetermined,
            format!("the plan adds up to {amount} a month, and it may add {limit}{why}"),
        )
    } else {
        return Ok(());
    };
    let dearest = case.dearest(|resource| {
        if resource.moves {
            resource
                .after
                .sum
                .most
                .minus(resource.before.sum.least)
                .unwrap_or(Decimal::ZERO)
        } else {
            Decimal::ZERO
        }
    });
    evaluation
        .findings
        .push(RULE.finding(outcome, message).detail("dearest", dearest));
    Ok(())
}
