//! Amazon SNS.

use tollgate_policy::{Attr, Determined};

use super::Recipe;
use crate::settings::UsageName::{Notifications, PayloadGb, Requests};

/// Topics: requests that publish; for FIFO topics also what they carry.
pub(crate) const TOPIC: Recipe = Recipe {
    types: &["aws_sns_topic"],
    attributes: &["fifo_topic"],
    computed: &[],
    usage: &[Requests, PayloadGb],
    lines: |sheet| {
        match sheet.flag("fifo_topic").unset_as(false) {
            Determined::Known(false) => {
                sheet.used("API requests", "AmazonSNS/Requests-Tier1", &[Requests]);
            }
            Determined::Known(true) => {
                sheet.used(
                    "FIFO publish requests",
                    "AmazonSNS/FIFO-Requests-Tier1",
                    &[Requests],
                );
                sheet.used("FIFO payload", "AmazonSNS/FIFO-Payload-Bytes", &[PayloadGb]);
            }
            Determined::Undetermined(why) => sheet.open_line("API requests", "fifo_topic", why),
        }
        Ok(())
    },
};

/// Subscriptions: deliveries, which to SQS and Lambda cost nothing.
pub(crate) const SUBSCRIPTION: Recipe = Recipe {
    types: &["aws_sns_topic_subscription"],
    attributes: &["protocol"],
    computed: &[],
    usage: &[Notifications],
    lines: |sheet| {
        let meter = match sheet.text("protocol") {
            Attr::Known(protocol) => match protocol.as_str() {
                "sqs" | "lambda" => return Ok(()),
                "http" | "https" => "HTTP",
                "email" | "email-json" => "SMTP",
                "firehose" => "FIREHOSE",
                "application" => "Mobile-Push",
                // The price of a text message depends on its destination.
                _ => "SMS",
            },
            Attr::Unset => {
                sheet.open_line("Notifications", "protocol", "not set");
                return Ok(());
            }
            Attr::Undetermined(why) => {
                sheet.open_line("Notifications", "protocol", why);
                return Ok(());
            }
        };
        sheet.used(
            "Notifications",
            format!("AmazonSNS/DeliveryAttempts-{meter}"),
            &[Notifications],
        );
        Ok(())
    },
};

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tollgate_policy::testing::Resource;

    use crate::testing::lines;

    #[test]
    fn charges_topics_for_publishing() {
        // 0.50 a million; FIFO 0.30 a million and 0.017 a GB.
        let topic = Resource::create("aws_sns_topic.t", json!({"fifo_topic": false}));
        assert_eq!(
            lines(topic, json!({"requests": 500_000})),
            ["API requests: 500000 = 0.25"]
        );
        let topic = Resource::create("aws_sns_topic.t", json!({"fifo_topic": true}));
        assert_eq!(
            lines(topic, json!({"requests": 1_000_000, "payload-gb": 10})),
            [
                "FIFO publish requests: 1000000 = 0.3",
                "FIFO payload: 10 = 0.17"
            ]
        );
    }

    #[test]
    fn charges_subscriptions_for_deliveries_by_protocol() {
        // HTTP 0.06 per 100,000; mail 2.00 per 100,000.
        for (protocol, expected) in [
            ("sqs", vec![]),
            ("lambda", vec![]),
            ("https", vec!["Notifications: 1000 = 0.0006"]),
            ("email", vec!["Notifications: 1000 = 0.02"]),
            (
                "firehose",
                vec![
                    "Notifications: unpriced (the price book has no price for AmazonSNS/DeliveryAttempts-FIREHOSE in us-east-1)",
                ],
            ),
            (
                "sms",
                vec![
                    "Notifications: unpriced (the price book has no price for AmazonSNS/DeliveryAttempts-SMS in us-east-1)",
                ],
            ),
        ] {
            let subscription = Resource::create(
                "aws_sns_topic_subscription.s",
                json!({"protocol": protocol}),
            );
            assert_eq!(
                lines(subscription, json!({"notifications": 1000})),
                expected,
                "{protocol}"
            );
        }
    }
}
