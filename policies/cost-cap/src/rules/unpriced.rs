//! `unpriced`: a resource whose cost cannot be told.

use std::collections::BTreeSet;

use tollgate_policy::{Finding, Mode, Outcome, RuleDef, Severity};

use super::{Case, Findings};
use crate::estimate::{Charge, Cost, Resource};
use crate::no_charge;

/// Flags a resource that cannot be priced, so that whether a cap holds cannot be told.
///
/// It reports each resource whose type, region or attributes leave no single price:
/// a type that no recipe covers, a meter or region that the price book lacks, or a
/// deciding attribute that is known only after apply. Without a cap it reports nothing;
/// the breakdown lists all of it anyway.
///
/// The built-in price book covers the types of AWS that have a recipe, of which it has the most
/// prices in `us-east-1`, then `eu-west-1`, and some in `us-west-2` and `ap-southeast-1`; of other
/// regions it has single prices only, and of Google and Azure none. A book of your own brings the
/// others: `documents = { price-book = "book.json" }` in the table of this policy names its file, of
/// which the JSON Schema is in `schemas`.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "unpriced",
    title: "Cost that cannot be told",
    description: "The resource has a cost that the estimate cannot tell, so the environment's cap may be exceeded \
        without notice. Never counted as zero.",
    severity: Severity::Medium,
    remediation: "Set the attribute in the configuration, hand over a price book that has the price, or list the \
        type in `allow-unpriced-types`.",
    example: "An `aws_mwaa_environment` under a cap: its type has no recipe.",
    links: &[],
};

pub(super) fn check(case: &Case<'_>) -> Findings {
    let mut findings = Findings::of(&RULE);
    for resource in case.decisive() {
        if let Charge::Unknown {
            kind,
            allowed: false,
        } = resource.charge
            && resource.after.sum.open
        {
            findings.push(|| {
                let message = format!("`{kind}` cannot be priced: no recipe covers the type");
                let finding = RULE
                    .undetermined(resource.change, message)
                    .remediation(format!(
                        "Add \"{kind}\" to `allow-unpriced-types` to leave it out of the estimate."
                    ));
                super::caused(resource, finding)
            });
        }
        if resource.after.lines.iter().any(|priced| {
            matches!(
                priced.cost,
                Cost::AtLeast { .. } | Cost::Unpriced { allowed: false, .. }
            )
        }) {
            findings.push(|| of_lines(resource));
        }
    }

    let deferred: Vec<_> = case
        .input
        .plan
        .deferred
        .iter()
        .map(|deferred| &deferred.change)
        .filter(|change| change.mode == Mode::Managed && !no_charge::has_none(&change.kind))
        .filter(|change| !case.input.settings.allows_unpriced(&change.kind))
        .map(|change| change.address.as_str())
        .collect();
    if case.has_cap() && !deferred.is_empty() {
        let message = format!(
            "{} put off to a later plan and not part of the estimate",
            resources(deferred.len())
        );
        findings.push(|| {
            RULE.finding(Outcome::Undetermined, message)
                .remediation("Apply this plan and judge the next one, which has them.")
                .detail("deferred", deferred.join(", "))
        });
    }
    findings
}

/// The finding for lines whose costs cannot be told.
fn of_lines(resource: &Resource<'_>) -> Finding {
    // Once for each reason: an unknown region leaves every line without a price.
    let mut reasons = Vec::new();
    let mut attributes = Vec::new();
    // The offer files that have the prices that the book lacks.
    let mut offers = BTreeSet::new();
    for priced in &resource.after.lines {
        match &priced.cost {
            Cost::AtLeast { attribute, why, .. } => {
                reasons.push(format!("{} (`{attribute}`: {why})", priced.line.component));
                if !attributes.contains(attribute) {
                    attributes.push(*attribute);
                }
            }
            Cost::Unpriced {
                why,
                allowed: false,
            } if !reasons.contains(why) => {
                if let (Some((offer, _)), Some(region)) =
                    (priced.line.key.split_once('/'), &resource.region)
                {
                    offers.insert(format!("`{offer}` of {region}"));
                }
                reasons.push(why.clone());
            }
            _ => {}
        }
    }
    let first = reasons.first().map_or("", String::as_str);
    let more = match reasons.len() {
        0 | 1 => String::new(),
        n => format!(" (and {} more)", n - 1),
    };
    let mut finding = RULE.undetermined(
        resource.change,
        format!("its cost cannot be told: {first}{more}"),
    );
    for attribute in attributes {
        finding = finding.attribute(attribute);
    }
    if !offers.is_empty() {
        let offers: Vec<_> = offers.into_iter().collect();
        finding = finding.remediation(format!(
            "Hand over a price book that has what the AWS offer file {} says, or list the type in `allow-unpriced-types`.",
            offers.join(" and ")
        ));
    }
    for reason in &reasons {
        finding = finding.detail("because", reason);
    }
    super::caused(resource, finding)
}

fn resources(count: usize) -> String {
    if count == 1 {
        "1 resource change is".to_owned()
    } else {
        format!("{count} resource changes are")
    }
}
