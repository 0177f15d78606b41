//! Amazon Data Firehose.

use tollgate_policy::Attr;

use super::Recipe;
use crate::settings::UsageName::IngestedGb;

const FORMAT: &str = "extended_s3_configuration[0].data_format_conversion_configuration[0].enabled";
const PARTITIONS: &str =
    "extended_s3_configuration[0].dynamic_partitioning_configuration[0].enabled";

/// Streams: what goes in, and the format it is converted to.
pub(crate) const STREAM: Recipe = Recipe {
    types: &["aws_kinesis_firehose_delivery_stream"],
    attributes: &[
        FORMAT,
        PARTITIONS,
        "extended_s3_configuration[0].data_format_conversion_configuration",
        "msk_source_configuration",
        "opensearch_configuration[0].vpc_config",
        "elasticsearch_configuration[0].vpc_config",
        "opensearchserverless_configuration[0].vpc_config",
        "iceberg_configuration",
        "snowflake_configuration",
    ],
    computed: &[],
    usage: &[IngestedGb],
    lines: |sheet| {
        // Other sources and destinations have prices of their own.
        for (path, what) in [
            ("msk_source_configuration", "Data from Kafka"),
            ("iceberg_configuration", "Data for Iceberg tables"),
            ("snowflake_configuration", "Data for Snowflake"),
        ] {
            match sheet.items(path) {
                Attr::Known(items) if !items.is_empty() => {
                    sheet.open_line(what, path, "which has a price that is not known here");
                    return Ok(());
                }
                Attr::Undetermined(why) => {
                    sheet.open_line(what, path, why);
                    return Ok(());
                }
                Attr::Known(_) | Attr::Unset => {}
            }
        }
        sheet.used(
            "Data ingested",
            "AmazonKinesisFirehose/BilledBytes",
            &[IngestedGb],
        );
        let block = "extended_s3_configuration[0].data_format_conversion_configuration";
        let converts = match (sheet.items(block), sheet.flag(FORMAT)) {
            (Attr::Known(items), _) if items.is_empty() => Attr::Known(false),
            (Attr::Unset, _) => Attr::Known(false),
            // Where there is a block it is on, unless that is said.
            (_, Attr::Unset) => Attr::Known(true),
            (_, on) => on,
        };
        match converts {
            Attr::Known(false) | Attr::Unset => {}
            Attr::Known(true) => sheet.used(
                "Format conversion",
                "AmazonKinesisFirehose/DataFormatConversion-Bytes",
                &[IngestedGb],
            ),
            Attr::Undetermined(why) => sheet.open_line("Format conversion", FORMAT, why),
        }
        match sheet.flag(PARTITIONS) {
            Attr::Known(false) | Attr::Unset => {}
            Attr::Known(true) => sheet.open_line(
                "Dynamic partitioning",
                PARTITIONS,
                "charged by data and objects, at prices that are not known here",
            ),
            Attr::Undetermined(why) => sheet.open_line("Dynamic partitioning", PARTITIONS, why),
        }
        for path in [
            "opensearch_configuration[0].vpc_config",
            "elasticsearch_configuration[0].vpc_config",
            "opensearchserverless_configuration[0].vpc_config",
        ] {
            match sheet.items(path) {
                Attr::Known(items) if !items.is_empty() => sheet.open_line(
                    "Delivery into a network",
                    path,
                    "charged by zone and data, at prices that are not known here",
                ),
                Attr::Undetermined(why) => sheet.open_line("Delivery into a network", path, why),
                Attr::Known(_) | Attr::Unset => {}
            }
        }
        Ok(())
    },
};

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tollgate_policy::testing::Resource;

    use crate::testing::{lines, total};

    const STREAM: &str = "aws_kinesis_firehose_delivery_stream.s";

    #[test]
    fn charges_what_goes_in() {
        let plain =
            || json!({"extended_s3_configuration": [{"data_format_conversion_configuration": []}]});
        assert_eq!(
            lines(Resource::create(STREAM, plain()), json!({})),
            ["Data ingested: usage-undeclared (declare ingested-gb)"]
        );
        // 100 GB × 0.035; 100 GB × 0.021 more with a format.
        let usage = || json!({"usage": {"*": {"ingested-gb": 100}}});
        assert_eq!(
            total(Resource::create(STREAM, plain()), "eu-west-2", usage()),
            "3.5"
        );
        let converted = json!({"extended_s3_configuration": [{"data_format_conversion_configuration": [{"enabled": true}]}]});
        assert_eq!(
            total(Resource::create(STREAM, converted), "eu-west-2", usage()),
            "5.6"
        );
    }

    #[test]
    fn says_what_it_cannot_tell() {
        let usage = || json!({"ingested-gb": 0});
        for (stream, expected) in [
            (
                json!({"msk_source_configuration": [{}]}),
                "Data from Kafka: undetermined (`msk_source_configuration`: which has a price that is not known here)",
            ),
            (
                json!({"extended_s3_configuration": [{"dynamic_partitioning_configuration": [{"enabled": true}]}]}),
                "Dynamic partitioning: undetermined (`extended_s3_configuration[0].dynamic_partitioning_configuration[0].enabled`: charged by data and objects, at prices that are not known here)",
            ),
            (
                json!({"opensearch_configuration": [{"vpc_config": [{"subnet_ids": ["a"]}]}]}),
                "Delivery into a network: undetermined (`opensearch_configuration[0].vpc_config`: charged by zone and data, at prices that are not known here)",
            ),
        ] {
            let lines = lines(Resource::create(STREAM, stream), usage());
            assert!(
                lines.iter().any(|line| line == expected),
                "{expected}: {lines:?}"
            );
        }
    }
}
