//! Amazon OpenSearch Service.

use tollgate_policy::{Attr, Determined};

use super::{Recipe, Sheet};
use crate::decimal::{Decimal, DecimalError};

const KIND: &str = "cluster_config[0].instance_type";
const COUNT: &str = "cluster_config[0].instance_count";
const MASTERS: [&str; 3] = [
    "cluster_config[0].dedicated_master_enabled",
    "cluster_config[0].dedicated_master_type",
    "cluster_config[0].dedicated_master_count",
];
const WARM: [&str; 3] = [
    "cluster_config[0].warm_enabled",
    "cluster_config[0].warm_type",
    "cluster_config[0].warm_count",
];
const EBS: &str = "ebs_options[0].ebs_enabled";
const SIZE: &str = "ebs_options[0].volume_size";
const VOLUME: &str = "ebs_options[0].volume_type";
const IOPS: &str = "ebs_options[0].iops";
const THROUGHPUT: &str = "ebs_options[0].throughput";

/// Domains: their nodes for data, to lead them and for what is read seldom, and the
/// volume of each node for data.
pub(crate) const DOMAIN: Recipe = Recipe {
    types: &["aws_opensearch_domain", "aws_elasticsearch_domain"],
    attributes: &[
        KIND, COUNT, MASTERS[0], MASTERS[1], MASTERS[2], WARM[0], WARM[1], WARM[2], EBS, SIZE,
        VOLUME, IOPS, THROUGHPUT,
    ],
    computed: &[VOLUME, IOPS, THROUGHPUT],
    usage: &[],
    lines,
};

fn lines(sheet: &mut Sheet<'_>) -> Result<(), DecimalError> {
    let count = match sheet.number(COUNT) {
        Attr::Known(count) => Attr::Known(count),
        Attr::Unset => Attr::Known(Decimal::ONE),
        Attr::Undetermined(why) => Attr::Undetermined(why),
    };
    nodes(sheet, "Data nodes", (KIND, COUNT), &count, "m4.large")?;
    for (component, [enabled, kind, number]) in
        [("Dedicated masters", MASTERS), ("Warm nodes", WARM)]
    {
        match sheet.flag(enabled).unset_as(false) {
            Determined::Known(false) => {}
            Determined::Known(true) => {
                let of = sheet.number(number);
                nodes(sheet, component, (kind, number), &of, "")?;
            }
            Determined::Undetermined(why) => sheet.open_line(component, enabled, why),
        }
    }
    match sheet.flag(EBS).unset_as(false) {
        Determined::Known(false) => Ok(()),
        Determined::Known(true) => storage(sheet, &count),
        Determined::Undetermined(why) => {
            sheet.open_line("Storage", EBS, why);
            Ok(())
        }
    }
}

fn nodes(
    sheet: &mut Sheet<'_>,
    component: &'static str,
    (kind_at, count_at): (&'static str, &'static str),
    count: &Attr<Decimal>,
    default: &str,
) -> Result<(), DecimalError> {
    let kind = match sheet.text(kind_at) {
        Attr::Known(kind) => kind,
        Attr::Unset if !default.is_empty() => default.to_owned(),
        Attr::Unset => {
            sheet.open_line(component, kind_at, "not set");
            return Ok(());
        }
        Attr::Undetermined(why) => {
            sheet.open_line(component, kind_at, why);
            return Ok(());
        }
    };
    // `m5.large.search`, and `m5.large.elasticsearch` before.
    let size = kind
        .strip_suffix(".search")
        .or_else(|| kind.strip_suffix(".elasticsearch"))
        .unwrap_or(&kind);
    let (component, key) = (
        format!("{component}, {size}"),
        format!("AmazonES/ESInstance:{size}"),
    );
    match count {
        Attr::Known(count) => sheet.fixed(component, key, count.times(sheet.hours)?),
        Attr::Unset => sheet.at_least(component, key, sheet.hours, count_at, "not set"),
        Attr::Undetermined(why) => sheet.at_least(component, key, sheet.hours, count_at, why),
    }
    Ok(())
}

fn storage(sheet: &mut Sheet<'_>, count: &Attr<Decimal>) -> Result<(), DecimalError> {
    let kind = match sheet.text(VOLUME).unset_as("gp2".to_owned()) {
        Determined::Known(kind) => kind,
        Determined::Undetermined(why) => {
            sheet.open_line("Storage", VOLUME, why);
            return Ok(());
        }
    };
    let meter = match kind.as_str() {
        "gp2" => "GP2-Storage",
        "gp3" => "GP3-Storage",
        "io1" => "PIOPS-Storage",
        "standard" => "Magnetic-Storage",
        other => other,
    };
    let (component, key) = (format!("Storage, {kind}"), format!("AmazonES/ES:{meter}"));
    let nodes = match count {
        Attr::Known(nodes) => *nodes,
        Attr::Unset | Attr::Undetermined(_) => Decimal::ONE,
    };
    match (sheet.number(SIZE), count) {
        (Attr::Known(size), Attr::Undetermined(why)) => {
            sheet.at_least(component, key, size, COUNT, why);
        }
        (Attr::Known(size), _) => sheet.fixed(component, key, size.times(nodes)?),
        (Attr::Unset, _) => sheet.open_line(component, SIZE, "not set"),
        (Attr::Undetermined(why), _) => sheet.open_line(component, SIZE, why),
    }
    match (kind.as_str(), sheet.number(IOPS)) {
        ("io1", Attr::Known(iops)) => {
            sheet.fixed("Storage, IOPS", "AmazonES/ES:PIOPS", iops.times(nodes)?);
        }
        ("gp3", Attr::Known(iops)) if iops > Decimal::whole(3000) => sheet.fixed(
            "Storage, IOPS",
            "AmazonES/ES:GP3-PIOPS",
            iops.minus(Decimal::whole(3000))?.times(nodes)?,
        ),
        ("io1" | "gp3", Attr::Undetermined(why)) => sheet.open_line("Storage, IOPS", IOPS, why),
        ("io1", Attr::Unset) => sheet.open_line("Storage, IOPS", IOPS, "not set"),
        _ => {}
    }
    if kind == "gp3" {
        match sheet.number(THROUGHPUT) {
            Attr::Known(throughput) if throughput > Decimal::whole(125) => sheet.fixed(
                "Storage, throughput",
                "AmazonES/ES:GP3-Provisioned-Throughput",
                throughput.minus(Decimal::whole(125))?.times(nodes)?,
            ),
            Attr::Undetermined(why) => sheet.open_line("Storage, throughput", THROUGHPUT, why),
            Attr::Known(_) | Attr::Unset => {}
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

    fn domain(cluster: Json, ebs: Json) -> Vec<String> {
        let object = json!({"cluster_config": [cluster], "ebs_options": [ebs]});
        lines(
            Resource::create("aws_opensearch_domain.d", object),
            json!({}),
        )
    }

    #[test]
    fn charges_nodes_and_volumes() {
        // The golden's own: 3 × 730 h × 0.587, 1 × 2.347, 2 × 0.238; 3 × 400 GB × 0.135.
        let cluster = json!({"instance_type": "c4.2xlarge.search", "instance_count": 3,
            "dedicated_master_enabled": true, "dedicated_master_type": "c4.8xlarge.search", "dedicated_master_count": 1,
            "warm_enabled": true, "warm_type": "ultrawarm1.medium.search", "warm_count": 2});
        assert_eq!(
            domain(
                cluster,
                json!({"ebs_enabled": true, "volume_size": 400, "volume_type": "gp2", "iops": unknown()})
            ),
            [
                "Data nodes, c4.2xlarge: 2190 = 1285.53",
                "Dedicated masters, c4.8xlarge: 730 = 1713.31",
                "Warm nodes, ultrawarm1.medium: 1460 = 347.48",
                "Storage, gp2: 1200 = 162"
            ]
        );
        let small = || json!({"instance_type": "c4.2xlarge.elasticsearch"});
        assert_eq!(
            domain(small(), json!({"ebs_enabled": false})),
            ["Data nodes, c4.2xlarge: 730 = 428.51"]
        );
        // 100 GB × 0.122, with what comes with it.
        assert_eq!(
            domain(
                small(),
                json!({"ebs_enabled": true, "volume_size": 100, "volume_type": "gp3", "iops": 3000, "throughput": 125})
            )[1..],
            ["Storage, gp3: 100 = 12.2"]
        );
    }

    #[test]
    fn says_what_it_cannot_tell() {
        let small = || json!({"instance_type": "t3.small.search"});
        assert_eq!(
            domain(small(), json!({"ebs_enabled": false})),
            [
                "Data nodes, t3.small: unpriced (the price book has no price for AmazonES/ESInstance:t3.small in us-east-1)"
            ]
        );
        assert_eq!(
            domain(
                small(),
                json!({"ebs_enabled": true, "volume_size": 10, "volume_type": "gp3", "iops": 4000, "throughput": 250})
            )[2..],
            [
                "Storage, IOPS: unpriced (the price book has no price for AmazonES/ES:GP3-PIOPS in us-east-1)",
                "Storage, throughput: unpriced (the price book has no price for AmazonES/ES:GP3-Provisioned-Throughput in us-east-1)"
            ]
        );
        assert_eq!(
            domain(
                json!({"instance_type": "c4.2xlarge.search", "instance_count": unknown()}),
                json!({"ebs_enabled": true, "volume_size": 10})
            ),
            [
                "Data nodes, c4.2xlarge: at least 428.51 (`cluster_config[0].instance_count`: known only after apply)",
                "Storage, gp2: at least 1.35 (`cluster_config[0].instance_count`: known only after apply)"
            ]
        );
    }
}
