//! `audit-off`

use tollgate_policy::{Finding, RuleDef, Severity};

use crate::subject::{Fault, Subject};
use crate::table::Layer;

/// An audit trail is there, and off.
///
/// Looks at the switch of every trail, detector, recorder and plan of Defender that exists
/// after apply, changed or not.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "audit-off",
    title: "Audit trail that is off",
    description: "A trail, threat detector, recorder, auditing policy or plan of Defender is in the \
        configuration, and off.",
    severity: Severity::High,
    remediation: "Turn it on.",
    example: "An `azurerm_security_center_subscription_pricing` with `tier = \"Free\"`.",
    links: &[],
};

pub(crate) fn check(subject: &Subject<'_>, fault: &Fault) -> Option<Finding> {
    (fault.switch.wanted && fault.switch.layer == Layer::Audit).then(|| {
        subject.say(
            &RULE,
            fault,
            &format!("the {} is off", subject.row.what),
            &format!("whether the {} is on", subject.row.what),
        )
    })
}
