//! `monthly-total`: the plan costs more a month than the cap.

use tollgate_policy::{Evaluation, Outcome, RuleDef, Severity};

use super::{Case, distinct};
use crate::decimal::Decimal;

/// Flags a plan whose resources cost more a month than `monthly-cap-usd`.
///
/// It adds up what everything in the plan costs a month after apply: what is created
/// and changed at its new size, what stays as it is, and what is forgotten, because
/// that stays on the bill. The sum is compared unrounded; reaching the cap is allowed. What was
/// over the cap before, and does not become more by the plan, was so before.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "monthly-total",
    title: "Monthly cost over the cap",
    description: "The estimated monthly cost of everything in the plan is above the cap that the environment sets. \
        What was above it before, and does not grow by this plan, was so before. If what is certain is already above the cap, it is a violation whatever else is unknown; if only what may \
        arise is above it, it is undetermined.",
    severity: Severity::High,
    remediation: "Make the dearest resources smaller or remove them, or raise `monthly-cap-usd`.",
    example: "With a cap of $20, a load balancer that faces the internet: $16.43, and two addresses at $3.65 each.",
    links: &[],
};

pub(crate) fn check(case: &Case<'_>, evaluation: &mut Evaluation) -> Result<(), String> {
    let Some(cap) = case.input.settings.monthly_cap_usd else {
        return Ok(());
    };
    let (cap, sum) = (cap.0, case.estimate.after);
    let (outcome, message) = if sum.least > cap {
        let (total, limit) = distinct(sum.least, cap);
        let over = sum.least.minus(cap).map_err(|error| error.to_string())?;
        let least = if sum.open || sum.most > sum.least {
            "at least "
        } else {
            ""
        };
        (
            Outcome::Violation,
            format!(
                "the plan costs {least}{total} a month, {} over the cap of {limit}",
                over.dollars()
            ),
        )
    } else if sum.most > cap {
        let (total, limit) = distinct(sum.most, cap);
        let message = format!(
            "the plan costs between {} and {total} a month, and the cap is {limit}",
            sum.least.dollars()
        );
        (Outcome::Undetermined, message)
    } else {
        return Ok(());
    };
    let dearest = case.dearest(|resource| resource.after.sum.most);
    let finding = RULE.finding(outcome, message).detail("dearest", dearest);
    // Who makes less of what is too much, or changes a tag, has not brought it about. Where the
    // growth cannot be told, it may be growth.
    let (before, increase) = (case.estimate.before, case.estimate.increase);
    let was_over = match outcome {
        Outcome::Violation => before.least > cap,
        Outcome::Undetermined => before.most > cap,
    };
    let grows = increase.most > Decimal::ZERO || increase.may_be_more;
    evaluation.findings.push(if was_over && !grows {
        finding.existing()
    } else {
        finding
    });
    Ok(())
}
