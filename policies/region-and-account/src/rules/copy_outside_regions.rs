//! `copy-outside-regions`

use std::collections::BTreeSet;

use tollgate_policy::{Action, Attr, Change, Finding, RuleDef, Severity, Why};
use tollgate_policy_common::walk::{leaves, root};

use crate::place::{Side, field, part_of, region_of_zone};
use crate::settings::{Settings, plain};
use crate::table::{COPIES, COPIES_BY_ARN};

/// A resource keeps a copy of its data in a region that the environment does not use.
///
/// Looks at the replicas of tables, secrets, registries, key spaces, file systems and databases,
/// at the places of buckets and topics, and at the vaults that backups are copied to.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "copy-outside-regions",
    title: "Copies of data in a region that is not allowed",
    description: "A replica, a backup or another copy of a resource's data is in a region that the \
        settings do not allow for this environment.",
    severity: Severity::High,
    remediation: "Remove the copy, or put it into an allowed region.",
    example: r#"```hcl
resource "aws_dynamodb_table" "orders" {
  replica {
    region_name = "us-west-2" # where only `eu-*` is allowed
  }
}
```"#,
    links: &[
        "https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/regions.html",
    ],
};

/// What backups are copied to.
const VAULT: &str = "aws_backup_vault.";

pub(crate) fn check(change: &Change, settings: &Settings) -> Vec<Finding> {
    if settings.regions.is_empty() {
        return Vec::new();
    }
    let rows = |rows: &'static [(&'static str, &'static str)], is_arn| {
        rows.iter()
            .filter(|(kind, _)| *kind == change.kind)
            .map(move |(_, path)| (*path, is_arn))
    };
    let mut findings = Vec::new();
    for (path, is_arn) in rows(COPIES, false).chain(rows(COPIES_BY_ARN, true)) {
        let regions = |side| {
            leaves(&field(change, root(path), side), path)
                .into_iter()
                .map(move |leaf| {
                    let region = match leaf.value.text() {
                        Attr::Known(text) if is_arn => Ok(part_of(&text, 3).unwrap_or_default()),
                        Attr::Known(text) => Ok(region_of_zone(&text).to_owned()),
                        Attr::Unset => Ok(String::new()),
                        Attr::Undetermined(why) => Err(why),
                    };
                    (leaf.path, region)
                })
        };
        let before: BTreeSet<String> = regions(Side::Before)
            .filter_map(|(_, region)| region.ok())
            .map(|region| plain(&region))
            .collect();
        // A constant is never unknown: what is, and refers to nothing, is left to the service.
        let references = change.references(root(path));
        let left_out = references.is_empty();
        // What the same plan makes is judged where it is.
        let in_plan = is_arn
            && references
                .iter()
                .any(|reference| reference.contains(VAULT) && !reference.contains("data."));
        for (at, region) in regions(Side::After) {
            match region {
                Ok(region)
                    if region.is_empty() || settings.allows_region(&change.kind, &region) => {}
                Ok(region) => {
                    let finding = RULE
                        .violation(
                            change,
                            format!("a copy of the data is in `{region}`, which is not one of the allowed regions"),
                        )
                        .attribute(at);
                    let was = before.contains(&plain(&region)) && !change.importing;
                    findings.push(if was { finding.existing() } else { finding });
                }
                Err(Why::Unknown) if left_out || in_plan => {}
                Err(why) => {
                    let finding = RULE
                        .undetermined(
                            change,
                            format!("in which region a copy of the data is cannot be told: `{at}` is {why}"),
                        )
                        .attribute(at);
                    findings.push(match change.action {
                        Action::NoOp if !change.importing => finding.existing(),
                        _ => finding,
                    });
                }
            }
        }
    }
    findings
}
