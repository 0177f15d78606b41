//! `audit-incomplete`

use tollgate_policy::{Finding, RuleDef, Severity};

use crate::subject::{Fault, Subject};
use crate::table::Layer;

/// An audit trail has holes.
///
/// Wants trails to cover every region, to record every management event and to be validated, and
/// recorders to record every type. A trail of one region, or of data events only, beside one of all
/// regions and management events is in order.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "audit-incomplete",
    title: "Audit trail with holes",
    description: "A trail does not cover every region, does not record every management event or \
        cannot be validated, or a configuration \
        recorder leaves types out.",
    severity: Severity::Medium,
    remediation: "Turn on what is missing.",
    example: "An `aws_cloudtrail` without `is_multi_region_trail`.",
    links: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html",
    ],
};

pub(crate) fn check(subject: &Subject<'_>, fault: &Fault) -> Option<Finding> {
    (fault.switch.wanted && fault.switch.layer == Layer::Part).then(|| {
        subject.say(
            &RULE,
            fault,
            &format!(
                "the {} has holes: `{}` is off",
                subject.row.what, fault.switch.path
            ),
            &format!("whether the {} is complete", subject.row.what),
        )
    })
}
