//! Amazon MQ.

use tollgate_policy::{Attr, Determined};

use super::{Recipe, Sheet};
use crate::decimal::DecimalError;
use crate::settings::UsageName::StoredGb;

/// Brokers, by engine, type and deployment, and what they store.
pub(crate) const BROKER: Recipe = Recipe {
    types: &["aws_mq_broker"],
    attributes: &[
        "engine_type",
        "host_instance_type",
        "deployment_mode",
        "storage_type",
    ],
    computed: &["storage_type"],
    usage: &[StoredGb],
    lines,
};

fn lines(sheet: &mut Sheet<'_>) -> Result<(), DecimalError> {
    let component = "Broker";
    let mut known = Vec::new();
    for (path, default) in [
        ("engine_type", None),
        ("host_instance_type", None),
        ("deployment_mode", Some("SINGLE_INSTANCE")),
    ] {
        match (sheet.text(path), default) {
            (Attr::Known(text), _) => known.push(text),
            (Attr::Unset, Some(default)) => known.push(default.to_owned()),
            (Attr::Unset, None) => {
                sheet.open_line(component, path, "not set");
                return Ok(());
            }
            (Attr::Undetermined(why), _) => {
                sheet.open_line(component, path, why);
                return Ok(());
            }
        }
    }
    let [engine, kind, deployment] = &known[..] else {
        return Ok(());
    };
    let engine = engine.to_lowercase();
    sheet.fixed(
        format!("{component}, {engine}, {kind}"),
        format!(
            "AmazonMQ/InstanceUsage:{kind}/{engine}/{}",
            deployment.to_lowercase()
        ),
        sheet.hours,
    );
    let default = if engine == "rabbitmq" { "ebs" } else { "efs" };
    match sheet.text("storage_type").unset_as(default.to_owned()) {
        Determined::Known(storage) => sheet.used(
            format!("Storage, {}", storage.to_lowercase()),
            format!("AmazonMQ/StorageUsage:{}", storage.to_lowercase()),
            &[StoredGb],
        ),
        Determined::Undetermined(why) => sheet.open_line("Storage", "storage_type", why),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tollgate_policy::testing::{Resource, unknown};

    use crate::testing::lines;

    #[test]
    fn charges_brokers_and_what_they_store() {
        let broker = |engine: &str, kind: &str, mode: &str| {
            let object = json!({"engine_type": engine, "host_instance_type": kind, "deployment_mode": mode, "storage_type": unknown()});
            lines(
                Resource::create("aws_mq_broker.b", object),
                json!({"stored-gb": 10}),
            )
        };
        // 730 h × 1.728 of three nodes; 10 GB × 0.10.
        assert_eq!(
            broker("RabbitMQ", "mq.m5.xlarge", "CLUSTER_MULTI_AZ"),
            [
                "Broker, rabbitmq, mq.m5.xlarge: 730 = 1261.44",
                "Storage, ebs: 10 = 1"
            ]
        );
        // 730 h × 0.03. What the other storage costs is known too coarsely.
        assert_eq!(
            broker("ActiveMQ", "mq.t2.micro", "SINGLE_INSTANCE"),
            [
                "Broker, activemq, mq.t2.micro: 730 = 21.9",
                "Storage, efs: unpriced (the price book has no price for AmazonMQ/StorageUsage:efs in us-east-1)"
            ]
        );
        let hidden = json!({"engine_type": "RabbitMQ", "host_instance_type": unknown()});
        assert_eq!(
            lines(Resource::create("aws_mq_broker.b", hidden), json!({})),
            ["Broker: undetermined (`host_instance_type`: known only after apply)"]
        );
    }
}
