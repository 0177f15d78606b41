//! Amazon MSK.

use tollgate_policy::{Attr, Determined};

use super::{Recipe, Sheet};
use crate::decimal::DecimalError;

const KIND: &str = "broker_node_group_info[0].instance_type";
const SIZE: &str = "broker_node_group_info[0].storage_info[0].ebs_storage_info[0].volume_size";
const THROUGHPUT: &str = "broker_node_group_info[0].storage_info[0].ebs_storage_info[0].provisioned_throughput[0].enabled";

/// Clusters: their brokers, and the volume of each.
pub(crate) const CLUSTER: Recipe = Recipe {
    types: &["aws_msk_cluster"],
    attributes: &[
        "number_of_broker_nodes",
        KIND,
        SIZE,
        THROUGHPUT,
        "storage_mode",
    ],
    computed: &["storage_mode"],
    usage: &[],
    lines,
};

fn lines(sheet: &mut Sheet<'_>) -> Result<(), DecimalError> {
    let counted = "number_of_broker_nodes";
    let brokers = match sheet.number(counted) {
        Attr::Known(brokers) => brokers,
        Attr::Unset => {
            sheet.open_line("Brokers", counted, "not set");
            return Ok(());
        }
        Attr::Undetermined(why) => {
            sheet.open_line("Brokers", counted, why);
            return Ok(());
        }
    };
    match sheet.text(KIND) {
        Attr::Known(kind) => {
            let Some(size) = kind.strip_prefix("kafka.") else {
                sheet.open_line(
                    "Brokers",
                    KIND,
                    format!("{kind}, whose storage is charged by what is in it"),
                );
                return Ok(());
            };
            sheet.fixed(
                format!("Brokers, {kind}"),
                format!("AmazonMSK/Kafka.{size}"),
                brokers.times(sheet.hours)?,
            );
        }
        Attr::Unset => sheet.open_line("Brokers", KIND, "not set"),
        Attr::Undetermined(why) => sheet.open_line("Brokers", KIND, why),
    }
    match sheet.number(SIZE) {
        Attr::Known(size) => sheet.fixed(
            "Storage",
            "AmazonMSK/Kafka.Storage.GP2",
            size.times(brokers)?,
        ),
        Attr::Unset => sheet.open_line("Storage", SIZE, "not set"),
        Attr::Undetermined(why) => sheet.open_line("Storage", SIZE, why),
    }
    match sheet.flag(THROUGHPUT).unset_as(false) {
        Determined::Known(false) => {}
        Determined::Known(true) => sheet.open_line(
            "Storage, throughput",
            THROUGHPUT,
            "provisioned, whose price is not known here",
        ),
        Determined::Undetermined(why) => sheet.open_line("Storage, throughput", THROUGHPUT, why),
    }
    match sheet.text("storage_mode").unset_as("LOCAL".to_owned()) {
        Determined::Known(mode) if mode == "LOCAL" => {}
        Determined::Known(mode) => sheet.open_line(
            "Storage, other tiers",
            "storage_mode",
            format!("{mode}, which is charged by what is in it"),
        ),
        Determined::Undetermined(why) => {
            sheet.open_line("Storage, other tiers", "storage_mode", why);
        }
    }
    Ok(())
}

#[cfg(test)]
#[expect(clippy::needless_pass_by_value, reason = "tests")]
mod tests {
    use serde_json::{Value as Json, json};
    use tollgate_policy::testing::{Resource, unknown};

    use crate::testing::lines;

    fn cluster(kind: &str, ebs: Json) -> Vec<String> {
        let object = json!({"number_of_broker_nodes": 3, "storage_mode": unknown(),
            "broker_node_group_info": [{"instance_type": kind, "storage_info": [{"ebs_storage_info": [ebs]}]}]});
        lines(Resource::create("aws_msk_cluster.c", object), json!({}))
    }

    #[test]
    fn charges_brokers_and_their_volumes() {
        // 3 × 730 h × 0.0456; 3 × 100 GB × 0.10.
        assert_eq!(
            cluster("kafka.t3.small", json!({"volume_size": 100})),
            [
                "Brokers, kafka.t3.small: 2190 = 99.864",
                "Storage: 300 = 30"
            ]
        );
    }

    #[test]
    fn says_what_it_cannot_tell() {
        assert_eq!(
            cluster("express.m7g.large", json!({})),
            [format!(
                "Brokers: undetermined (`{}`: express.m7g.large, whose storage is charged by what is in it)",
                super::KIND
            )]
        );
        let fast = json!({"volume_size": 100, "provisioned_throughput": [{"enabled": true, "volume_throughput": 250}]});
        assert_eq!(cluster("kafka.t3.small", fast).len(), 3);
        assert_eq!(
            cluster("kafka.t3.small", json!({}))[1],
            format!("Storage: undetermined (`{}`: not set)", super::SIZE)
        );
    }
}
