//! A topic that alarms notify and that nobody listens to any more.

use tollgate_policy::{Change, Finding, RuleDef, Severity};

/// The last subscription of a topic that alarms notify, removed while the topic stays.
///
/// Flags a subscription that is deleted or changed, if the plan has no
/// other one of the same topic and an alarm that stays notifies the topic. A subscription
/// that is made elsewhere is not seen.
pub const LAST_SUBSCRIPTION_REMOVED: RuleDef = RuleDef {
    id: "last-subscription-removed",
    title: "Last subscription of a topic that alarms notify",
    description: "The alarms still fire, and nobody hears them.",
    severity: Severity::High,
    remediation: "Keep the subscription, or add another one to the topic in the same plan.",
    example: "The only `aws_sns_topic_subscription` of a topic in `alarm_actions` is deleted.",
    links: &[
        "https://docs.aws.amazon.com/sns/latest/dg/sns-create-subscribe-endpoint-to-topic.html",
    ],
};

/// The finding for a subscription that goes. `alarms` are those that notify the topic.
pub fn finding(subscription: &Change, alarms: &[&str], whole: bool) -> Option<Finding> {
    let (first, more) = alarms.split_first()?;
    let of = match more {
        [] => format!("`{first}`"),
        more => format!("`{first}` and {} more", more.len()),
    };
    let message = format!(
        "`{}` is the only subscription in this plan of the topic that {of} notifies",
        subscription.address
    );
    let finding = if whole {
        LAST_SUBSCRIPTION_REMOVED.violation(subscription, message)
    } else {
        LAST_SUBSCRIPTION_REMOVED.undetermined(
            subscription,
            format!("{message}; the plan does not cover the whole configuration"),
        )
    };
    Some(finding.attribute("topic_arn"))
}
