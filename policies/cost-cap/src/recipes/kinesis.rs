//! Amazon Kinesis Data Streams.

use tollgate_policy::{Attr, Determined};

use super::{Recipe, Sheet};
use crate::decimal::{Decimal, DecimalError};
use crate::settings::UsageName::{IngestedGb, OutGb, PayloadUnits};

const MODE: &str = "stream_mode_details[0].stream_mode";

/// Streams: their shards and what is put into them; or, on demand, their hours and what
/// goes in and out. Records that are kept for more than a day are charged extra.
pub(crate) const STREAM: Recipe = Recipe {
    types: &["aws_kinesis_stream"],
    attributes: &[MODE, "shard_count", "retention_period"],
    computed: &[],
    usage: &[PayloadUnits, IngestedGb, OutGb],
    lines,
};

fn lines(sheet: &mut Sheet<'_>) -> Result<(), DecimalError> {
    match sheet.text(MODE).unset_as("PROVISIONED".to_owned()) {
        Determined::Known(mode) if mode == "ON_DEMAND" => {
            sheet.fixed(
                "Stream, on demand",
                "AmazonKinesis/OnDemand-StreamHour",
                sheet.hours,
            );
            sheet.used(
                "Data ingested",
                "AmazonKinesis/OnDemand-BilledIncomingBytes",
                &[IngestedGb],
            );
            sheet.used(
                "Data read",
                "AmazonKinesis/OnDemand-BilledOutgoingBytes",
                &[OutGb],
            );
        }
        Determined::Known(_) => {
            let (component, key) = ("Shards", "AmazonKinesis/Storage-ShardHour");
            match sheet.number("shard_count") {
                Attr::Known(shards) => sheet.fixed(component, key, shards.times(sheet.hours)?),
                Attr::Unset => {
                    sheet.at_least(component, key, sheet.hours, "shard_count", "not set");
                }
                Attr::Undetermined(why) => {
                    sheet.at_least(component, key, sheet.hours, "shard_count", why);
                }
            }
            sheet.used(
                "Payload units",
                "AmazonKinesis/PutRequestPayloadUnits",
                &[PayloadUnits],
            );
        }
        Determined::Undetermined(why) => sheet.open_line("Stream", MODE, why),
    }
    let kept = "retention_period";
    match sheet.number(kept) {
        Attr::Known(hours) if hours > Decimal::whole(24) => sheet.open_line(
            "Extended retention",
            kept,
            format!("{hours} hours, which is charged extra beyond a day"),
        ),
        Attr::Undetermined(why) => sheet.open_line("Extended retention", kept, why),
        Attr::Known(_) | Attr::Unset => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};
    use tollgate_policy::testing::Resource;

    use crate::testing::lines;

    fn stream(object: Json, usage: Json) -> Vec<String> {
        lines(Resource::create("aws_kinesis_stream.s", object), usage)
    }

    #[test]
    fn charges_shards_or_what_passes() {
        // 4 × 730 h × 0.015; a million units × 0.014.
        assert_eq!(
            stream(
                json!({"shard_count": 4, "retention_period": 24}),
                json!({"payload-units": 1_000_000})
            ),
            ["Shards: 2920 = 43.8", "Payload units: 1000000 = 0.014"]
        );
        // 730 h × 0.04; 10 GB × 0.08; 20 GB × 0.04.
        assert_eq!(
            stream(
                json!({"stream_mode_details": [{"stream_mode": "ON_DEMAND"}]}),
                json!({"ingested-gb": 10, "out-gb": 20})
            ),
            [
                "Stream, on demand: 730 = 29.2",
                "Data ingested: 10 = 0.8",
                "Data read: 20 = 0.8"
            ]
        );
    }

    #[test]
    fn says_what_it_cannot_tell() {
        assert_eq!(
            stream(
                json!({"shard_count": 1, "retention_period": 168}),
                json!({"payload-units": 0})
            )[2],
            "Extended retention: undetermined (`retention_period`: 168 hours, which is charged extra beyond a day)"
        );
    }
}
