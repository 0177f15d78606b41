//! Amazon SNS.

use tollgate_policy::{Attr, Determined};

use super::Recipe;
use crate::settings::UsageName::{Notifications, PayloadGb, Requests};

/// Topics: requests that publish; for FIFO topics also what they carry.
pub(crate) const TOPIC: Recipe = Recipe {
    types: &["aws_sns_topic"],
    attributes: &["fifo_topic"],
    usage: &[Requests, PayloadGb],
    lines: |sheet| {
        match sheet.flag("fifo_topic").unset_as(false) {
            Determined::Known(false) => sheet.used("API requests", "AmazonSNS/Requests-Tier1", &[Requests]),
            Determined::Known(true) => {
                sheet.used("FIFO publish requests", "AmazonSNS/FIFO-Requests-Tier1", &[Requests]);
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
        sheet.used("Notifications", format!("AmazonSNS/DeliveryAttempts-{meter}"), &[Notifications]);
        Ok(())
    },
};
