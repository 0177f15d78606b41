//! `access-log-off`

use tollgate_policy::{Finding, RuleDef, Severity};

use crate::subject::{Fault, Subject};
use crate::table::Layer;

/// Nobody logs who uses something.
///
/// # What it does
/// Where the setting `access-logs` says: wants load balancers, distributions, stages,
/// clusters and subnets to write a log.
///
/// # Why
/// What is not logged cannot be found out later.
///
/// # Example
/// An `aws_lb` without an `access_logs` block.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "access-log-off",
    title: "Access log that is off",
    description: "A load balancer, distribution, stage, cluster or subnet does not log who uses \
        it. Where that is wanted is the setting `access-logs`.",
    severity: Severity::Low,
    remediation: "Turn the log on.",
    links: &[
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html",
    ],
};

pub(crate) fn check(subject: &Subject<'_>, fault: &Fault) -> Option<Finding> {
    (fault.switch.wanted && fault.switch.layer == Layer::Access && subject.wants_access_logs).then(
        || {
            subject.say(
                &RULE,
                fault,
                &format!("the {} does not log who uses it", subject.row.what),
                &format!("whether the {} logs who uses it", subject.row.what),
            )
        },
    )
}
