//! `access-log-removed`

use tollgate_policy::{Finding, RuleDef, Severity};

use crate::subject::{Fault, Subject};
use crate::table::Layer;

/// A log of who uses something is switched off.
///
/// Compares the access logs of load balancers, distributions, stages, clusters, databases,
/// subnets and buckets today and after apply.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "access-log-removed",
    title: "Access log that this plan switches off",
    description: "The plan switches off a log of who uses a load balancer, distribution, stage, \
        cluster, database, subnet or bucket, or takes something out of it.",
    severity: Severity::High,
    remediation: "Leave the log on.",
    example: "An `access_logs` block that is taken out of an `aws_lb`.",
    links: &[],
};

pub(crate) fn check(subject: &Subject<'_>, fault: &Fault) -> Option<Finding> {
    (fault.was_on && fault.why.is_none() && fault.switch.layer == Layer::Access).then(|| {
        subject.told(
            RULE.violation(
                subject.change,
                match fault.lost() {
                    Some(lost) => format!("the {} no longer logs {lost}", subject.row.what),
                    None => format!(
                        "the plan switches off the log of the {}: {}",
                        subject.row.what,
                        subject.values(fault)
                    ),
                },
            ),
            fault,
        )
    })
}
