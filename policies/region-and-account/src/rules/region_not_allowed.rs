//! `region-not-allowed`

use tollgate_policy::{Action, Change, Finding, Outcome, RuleDef, Severity};

use super::counted;
use crate::place::{Place, Side, place};
use crate::settings::{Settings, plain};
use crate::table::Cloud;

/// A resource is in a region that the environment does not use.
///
/// Compares the region of every resource that exists after apply with `regions`: on AWS the one
/// of the resource or of its provider, on Google its region, zone or location, on Azure its
/// location. Services without a region are left alone. Where a provider's region comes from the
/// environment, the plan does not say it; that is one finding for the plan.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "region-not-allowed",
    title: "Resources in a region that is not allowed",
    description: "A resource is in a region or location that the settings do not allow for this \
        environment. Services without a region are left alone.",
    severity: Severity::High,
    remediation: "Create the resource in an allowed region, or add the region to `regions`.",
    example: r#"```hcl
resource "aws_s3_bucket" "orders" {
  region = "us-east-1" # where `eu-central-1` is allowed
}
```"#,
    links: &[
        "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples_general.html",
    ],
};

pub(crate) fn check(changes: &[&Change], settings: &Settings) -> Vec<Finding> {
    if settings.regions.is_empty() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let mut untold = Vec::new();
    for change in changes {
        let Some(cloud) = Cloud::of(&change.kind) else {
            continue;
        };
        let is = place(change, cloud, Side::After);
        let (region, attribute) = match &is {
            Place::Global => continue,
            Place::Undetermined(attribute, why) => {
                // What does not change, and was allowed, is.
                let known = match place(change, cloud, Side::Before) {
                    Place::Region(region, _) if stays(change) => {
                        settings.allows_region(&change.kind, &region)
                    }
                    _ => false,
                };
                if !known {
                    untold.push((*change, *attribute, *why));
                }
                continue;
            }
            Place::Region(region, attribute) => (region, attribute),
        };
        if settings.allows_region(&change.kind, region) {
            continue;
        }
        let was = stays(change)
            || matches!(place(change, cloud, Side::Before), Place::Region(old, _) if plain(&old) == plain(region));
        let mut finding = RULE.violation(
            change,
            format!("the resource is in `{region}`, which is not one of the allowed regions"),
        );
        if let Some(attribute) = attribute {
            finding = finding.attribute(*attribute);
        }
        findings.push(match was && !change.importing {
            true => finding.existing(),
            false => finding,
        });
    }
    findings.extend(in_one(&untold));
    findings
}

/// Whether the resource cannot have moved.
fn stays(change: &Change) -> bool {
    matches!(change.action, Action::NoOp | Action::Update) && !change.importing
}

/// What cannot be told is one finding: a region from the environment is every resource's.
fn in_one(untold: &[(&Change, &str, Option<tollgate_policy::Why>)]) -> Option<Finding> {
    let (first, attribute, why) = untold.first()?;
    let because = match why {
        Some(why) => format!("`{attribute}` of {} is {why}", first.address),
        None => format!(
            "neither {} nor its provider's configuration names one",
            first.address
        ),
    };
    let finding = RULE
        .finding(
            Outcome::Undetermined,
            format!(
                "the region of {} cannot be told: {because}",
                counted(untold.len())
            ),
        )
        .remediation(
            "Set `region` in the provider's configuration to a constant or to a variable.",
        );
    let all_stay = untold.iter().all(|(change, _, _)| stays(change));
    Some(match all_stay {
        true => finding.existing(),
        false => finding,
    })
}
