//! `access-log-off`

use tollgate_policy::{Change, Determined, Finding, RuleDef, Severity};

use crate::plan::{NETWORKS, Plan};
use crate::subject::{Fault, Subject};
use crate::table::Layer;

/// Nobody logs who uses something.
///
/// Where the setting `access-logs` says: wants load balancers, distributions, stages,
/// clusters and subnets to write a log, and a flow log in the plan for each network of AWS.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "access-log-off",
    title: "Access log that is off",
    description: "A load balancer, distribution, stage, cluster, network or subnet does not log who \
        uses it. Where that is wanted is the setting `access-logs`.",
    severity: Severity::Low,
    remediation: "Turn the log on.",
    example: "An `aws_lb` without an `access_logs` block.",
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

/// A network of AWS for which the plan has no flow log.
pub(crate) fn network(change: &Change, existed: bool, plan: &Plan<'_>) -> Option<Finding> {
    if !NETWORKS.contains(&change.kind.as_str()) {
        return None;
    }
    let finding = match plan.logs_traffic_of(change) {
        Determined::Known(true) => return None,
        Determined::Known(false) => RULE.violation(
            change,
            "the network does not log its traffic: this plan has no flow log for it",
        ),
        Determined::Undetermined(why) => RULE.undetermined(
            change,
            format!(
                "whether the network logs its traffic cannot be told: `vpc_id` of a flow log is {why}"
            ),
        ),
    };
    let finding = finding.remediation(
        "Add an `aws_flow_log` with its `vpc_id`; if another configuration has one, say so in `ignore-types`.",
    );
    Some(if existed { finding.existing() } else { finding })
}
