//! Amazon EC2 and EBS.

use tollgate_policy::{Attr, Determined, Field, Why};

use super::vpc::PUBLIC_IPV4;
use super::{Recipe, Sheet, number};
use crate::decimal::{Decimal, DecimalError};
use crate::settings::UsageName::{IoRequests, RootVolumeGb};

/// Instances: Linux, on demand, shared tenancy; detailed monitoring; their volumes and
/// their public address. A spot request is priced on demand, because its price is not
/// known beforehand, only that it is lower.
pub(crate) const INSTANCE: Recipe = Recipe {
    types: &["aws_instance"],
    attributes: &[
        "instance_type",
        "tenancy",
        "monitoring",
        "associate_public_ip_address",
        "get_password_data",
        "ami",
        ROOT[0],
        ROOT[1],
        ROOT[2],
        ROOT[3],
        "ebs_block_device",
    ],
    computed: &[
        "instance_type",
        "tenancy",
        "monitoring",
        "associate_public_ip_address",
        ROOT[0],
        ROOT[1],
        ROOT[2],
        ROOT[3],
        "ebs_block_device",
    ],
    usage: &[RootVolumeGb, IoRequests],
    lines: instance,
};

/// Volumes: their size, and what is provisioned beyond what is included.
pub(crate) const VOLUME: Recipe = Recipe {
    types: &["aws_ebs_volume"],
    attributes: &["type", "size", "iops", "throughput"],
    computed: &["type", "size", "iops", "throughput"],
    usage: &[IoRequests],
    lines: |sheet| {
        let at = ["type", "size", "iops", "throughput"];
        Volume::at(sheet, at).lines(sheet, "Volume", at)
    },
};

/// How a type that machines are made of calls what decides about their charges.
pub(crate) struct Machine {
    pub(crate) tenancy: &'static str,
    pub(crate) image: &'static str,
    /// Where detailed monitoring is turned on, and whether it is on where that is not set.
    pub(crate) monitoring: (&'static str, bool),
    pub(crate) address: &'static str,
    /// The attribute that only Windows has a use for.
    pub(crate) password: Option<&'static str>,
}

fn instance(sheet: &mut Sheet<'_>) -> Result<(), DecimalError> {
    machine(
        sheet,
        &Machine {
            tenancy: "tenancy",
            image: "ami",
            monitoring: ("monitoring", false),
            address: "associate_public_ip_address",
            password: Some("get_password_data"),
        },
    );
    disks(sheet)
}

/// The machine itself, its monitoring and its address.
pub(crate) fn machine(sheet: &mut Sheet<'_>, of: &Machine) {
    let component = "Linux, on demand";
    match (
        sheet.text("instance_type"),
        sheet.text(of.tenancy).unset_as("default".to_owned()),
    ) {
        (_, Determined::Undetermined(why)) => sheet.open_line(component, of.tenancy, why),
        (_, Determined::Known(tenancy)) if tenancy != "default" && !tenancy.is_empty() => {
            sheet.open_line(
                component,
                of.tenancy,
                format!("{tenancy}, whose prices are not known here"),
            );
        }
        (Attr::Unset, _) => sheet.open_line(component, "instance_type", "not set"),
        (Attr::Undetermined(why), _) => sheet.open_line(component, "instance_type", why),
        (Attr::Known(kind), _) => {
            let windows = of.password.filter(|path| {
                // Only Windows has a password to fetch.
                matches!(sheet.flag(path), Attr::Known(true))
            });
            if let Some(path) = windows {
                sheet.open_line(
                    "Windows, on demand",
                    path,
                    "true, so it runs Windows, whose prices are not known here",
                );
            } else if let Some(system) = licensed(sheet, of.image) {
                sheet.open_line(
                    format!("{system}, on demand"),
                    of.image,
                    format!("an image of {system}, whose licence is not priced here"),
                );
            } else {
                sheet.fixed(
                    format!("{component}, {kind}"),
                    format!("AmazonEC2/BoxUsage:{kind}"),
                    sheet.hours,
                );
            }
        }
    }
    let monitoring = (
        "Detailed monitoring",
        "AmazonCloudWatch/CW:MetricMonitorUsage",
    );
    let (path, default) = of.monitoring;
    match sheet.flag(path).unset_as(default) {
        // Seven metrics of an instance come each minute instead of every five.
        Determined::Known(true) => sheet.fixed(monitoring.0, monitoring.1, Decimal::whole(7)),
        Determined::Known(false) => {}
        Determined::Undetermined(_) => {
            sheet.perhaps(monitoring.0, monitoring.1, Decimal::whole(7), path);
        }
    }
    let path = of.address;
    match sheet.flag(path) {
        Attr::Known(true) => sheet.fixed(PUBLIC_IPV4.0, PUBLIC_IPV4.1, sheet.hours),
        Attr::Known(false) => {}
        // Not set, it is the subnet that decides.
        Attr::Unset if sheet.open(path).is_none() => {}
        Attr::Unset | Attr::Undetermined(_) => {
            sheet.perhaps(PUBLIC_IPV4.0, PUBLIC_IPV4.1, sheet.hours, path);
        }
    }
}

/// The root volume, and the others, of a type that has `root_block_device` and
/// `ebs_block_device`.
pub(crate) fn disks(sheet: &mut Sheet<'_>) -> Result<(), DecimalError> {
    let mut volume = Volume::at(sheet, ROOT);
    if matches!(volume.size, Attr::Unset | Attr::Undetermined(Why::Unknown))
        && let Some(declared) = sheet.declared(RootVolumeGb)
    {
        volume.size = Attr::Known(declared);
    }
    if matches!(volume.size, Attr::Unset) {
        let why = "not set, so the image decides; set it or declare `root-volume-gb`";
        sheet.open_line("Root volume", ROOT[1], why);
    } else {
        volume.lines(sheet, "Root volume", ROOT)?;
    }
    volumes(sheet)
}

/// The volumes of a launch template. Which of its devices is the root no template says; the names
/// that images of Linux give to theirs are taken for it.
pub(crate) fn mapped_disks(sheet: &mut Sheet<'_>) -> Result<(), DecimalError> {
    const MAPPINGS: &str = "block_device_mappings";
    let mappings = match sheet.items(MAPPINGS) {
        Attr::Known(mappings) => mappings,
        Attr::Unset => Vec::new(),
        Attr::Undetermined(why) => {
            sheet.open_line("Volumes", MAPPINGS, why);
            return Ok(());
        }
    };
    let settled = !sheet.refers(MAPPINGS);
    let mut root = false;
    for mapping in &mappings {
        let block = mapping.get("ebs").first();
        if block.is_unset() {
            continue;
        }
        let is_root = mapping
            .get("device_name")
            .text()
            .is_known_and(|name| matches!(name.as_str(), "/dev/xvda" | "/dev/sda1" | "/dev/sda"));
        root |= is_root;
        let component = if is_root { "Root volume" } else { "Volume" };
        Volume::of_block(&block, settled).lines(sheet, component, [MAPPINGS; 4])?;
    }
    if root {
        return Ok(());
    }
    match sheet.declared(RootVolumeGb) {
        Some(declared) => {
            let volume = Volume {
                kind: Attr::Unset,
                size: Attr::Known(declared),
                iops: Attr::Unset,
                throughput: Attr::Unset,
            };
            volume.lines(sheet, "Root volume", [MAPPINGS; 4])
        }
        None => {
            let why = "no root volume in it, so the image decides; declare `root-volume-gb`";
            sheet.open_line("Root volume", MAPPINGS, why);
            Ok(())
        }
    }
}

/// Systems that are charged beside the instance, and words that the image or what the
/// configuration takes it from is called by.
const LICENSED: &[(&str, &[&str])] = &[
    (
        "Windows",
        &[
            "windows",
            "win20",
            "win-20",
            "sqlserver",
            "sql-server",
            "mssql",
        ],
    ),
    (
        "Red Hat Enterprise Linux",
        &["rhel", "redhat", "red-hat", "red_hat"],
    ),
    ("SUSE Linux Enterprise Server", &["sles", "suse"]),
    ("Ubuntu Pro", &["ubuntu-pro", "ubuntu_pro"]),
    ("macOS", &["macos", "mac-os", "mac_os"]),
];

/// The system of the image, if it is named after one that is charged for. An image that
/// tells nothing by its name is taken for Linux.
fn licensed(sheet: &Sheet<'_>, path: &str) -> Option<&'static str> {
    let mut names: Vec<String> = sheet
        .references(path)
        .iter()
        .map(|reference| reference.to_lowercase())
        .collect();
    if let Attr::Known(image) = sheet.text(path) {
        names.push(image.to_lowercase());
    }
    LICENSED
        .iter()
        .find(|(_, words)| {
            words
                .iter()
                .any(|word| names.iter().any(|name| name.contains(word)))
        })
        .map(|(system, _)| *system)
}

/// Type, size, IOPS and throughput of the root volume.
pub(crate) const ROOT: [&str; 4] = [
    "root_block_device[0].volume_type",
    "root_block_device[0].volume_size",
    "root_block_device[0].iops",
    "root_block_device[0].throughput",
];

fn volumes(sheet: &mut Sheet<'_>) -> Result<(), DecimalError> {
    match sheet.items("ebs_block_device") {
        Attr::Unset => {}
        Attr::Undetermined(why) => sheet.open_line("Volumes", "ebs_block_device", why),
        Attr::Known(blocks) => {
            let settled = !sheet.refers("ebs_block_device");
            for block in blocks {
                Volume::of_block(&block, settled).lines(
                    sheet,
                    "Volume",
                    ["ebs_block_device"; 4],
                )?;
            }
        }
    }
    Ok(())
}

struct Volume {
    kind: Attr<String>,
    size: Attr<Decimal>,
    iops: Attr<Decimal>,
    throughput: Attr<Decimal>,
}

impl Volume {
    fn at(sheet: &Sheet<'_>, [kind, size, iops, throughput]: [&str; 4]) -> Self {
        Self {
            kind: sheet.text(kind),
            size: sheet.number(size),
            iops: sheet.number(iops),
            throughput: sheet.number(throughput),
        }
    }

    /// A block of a set. What it leaves out is computed: EC2's default, unless some
    /// expression of the blocks refers to what is known only after apply.
    fn of_block(block: &Field, settled: bool) -> Self {
        Self {
            kind: computed(block.get("volume_type").text(), settled),
            size: number(&block.get("volume_size")),
            iops: computed(number(&block.get("iops")), settled),
            throughput: computed(number(&block.get("throughput")), settled),
        }
    }

    fn lines(
        self,
        sheet: &mut Sheet<'_>,
        component: &'static str,
        [kind_at, size_at, iops_at, throughput_at]: [&'static str; 4],
    ) -> Result<(), DecimalError> {
        // EC2 makes gp2 volumes unless told otherwise.
        let kind = match self.kind.unset_as("gp2".to_owned()) {
            Determined::Known(kind) => kind,
            Determined::Undetermined(why) => {
                sheet.open_line(component, kind_at, why);
                return Ok(());
            }
        };
        let (storage, key) = (
            format!("{component}, {kind}"),
            format!("AmazonEC2/EBS:VolumeUsage.{kind}"),
        );
        match self.size {
            Attr::Known(size) => sheet.fixed(storage, key, size),
            Attr::Unset => sheet.at_least(
                storage,
                key,
                Decimal::ZERO,
                size_at,
                "not set; the snapshot decides",
            ),
            Attr::Undetermined(why) => sheet.at_least(storage, key, Decimal::ZERO, size_at, why),
        }
        // gp3 includes 3,000 IOPS and 125 MiB/s; io1 and io2 include none.
        let included = match kind.as_str() {
            "gp3" => Some(3000),
            "io1" | "io2" => Some(0),
            _ => None,
        };
        if let Some(included) = included {
            beyond(
                sheet,
                format!("{component}, IOPS"),
                format!("AmazonEC2/EBS:VolumeP-IOPS.{kind}"),
                &self.iops,
                included,
                iops_at,
            )?;
        }
        if kind == "gp3" {
            beyond(
                sheet,
                format!("{component}, throughput"),
                "AmazonEC2/EBS:VolumeP-Throughput.gp3".to_owned(),
                &self.throughput,
                125,
                throughput_at,
            )?;
        }
        if kind == "standard" {
            sheet.used(
                format!("{component}, I/O"),
                "AmazonEC2/EBS:VolumeIOUsage",
                &[IoRequests],
            );
        }
        Ok(())
    }
}

fn computed<T>(attr: Attr<T>, settled: bool) -> Attr<T> {
    match attr {
        Attr::Undetermined(Why::Unknown) if settled => Attr::Unset,
        other => other,
    }
}

/// What is provisioned beyond what the volume includes.
fn beyond(
    sheet: &mut Sheet<'_>,
    component: String,
    key: String,
    provisioned: &Attr<Decimal>,
    included: i64,
    attribute: &'static str,
) -> Result<(), DecimalError> {
    let included = Decimal::whole(included);
    match provisioned {
        Attr::Known(provisioned) if *provisioned > included => {
            sheet.fixed(component, key, provisioned.minus(included)?);
        }
        // io1 and io2 cannot be made without IOPS.
        Attr::Unset if included == Decimal::ZERO => {
            sheet.at_least(component, key, Decimal::ZERO, attribute, "not set");
        }
        Attr::Known(_) | Attr::Unset => {}
        Attr::Undetermined(why) => sheet.at_least(component, key, Decimal::ZERO, attribute, *why),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tollgate_policy::testing::{Resource, unknown};

    use crate::testing::lines;

    #[test]
    fn charges_the_instance_its_volumes_and_its_address() {
        // The research's own example: t4g.micro 730 × 0.0084, 8 GB gp3 × 0.08, and
        // the public address 730 × 0.005.
        let instance = json!({"instance_type": "t4g.micro", "associate_public_ip_address": true, "monitoring": unknown(), "tenancy": unknown(),
            "root_block_device": [{"volume_size": 8, "volume_type": "gp3", "iops": unknown(), "throughput": unknown()}], "ebs_block_device": unknown()});
        assert_eq!(
            lines(Resource::create("aws_instance.i", instance), json!({})),
            [
                "Linux, on demand, t4g.micro: 730 = 6.132",
                "Public IPv4 address: 730 = 3.65",
                "Root volume, gp3: 8 = 0.64"
            ]
        );
        // As the plans in the wild have it: no type for the root volume, so gp2, and an
        // address only if the subnet says so. 7 metrics × 0.30.
        let instance = json!({"instance_type": "m5.4xlarge", "associate_public_ip_address": unknown(), "monitoring": true, "tenancy": unknown(),
            "root_block_device": [{"volume_size": 50, "volume_type": unknown()}],
            "ebs_block_device": [{"volume_size": 1000, "volume_type": "io1", "iops": 800}]});
        assert_eq!(
            lines(Resource::create("aws_instance.i", instance), json!({})),
            [
                "Linux, on demand, m5.4xlarge: 730 = 560.64",
                "Detailed monitoring: 7 = 2.1",
                "Public IPv4 address: 730 = 0..3.65",
                "Root volume, gp2: 50 = 5",
                "Volume, io1: 1000 = 125",
                "Volume, IOPS: 800 = 52"
            ]
        );
    }

    #[test]
    fn says_what_it_cannot_tell() {
        let base = || json!({"instance_type": "t3.micro", "associate_public_ip_address": false, "monitoring": false, "tenancy": "default", "root_block_device": [{"volume_size": 8, "volume_type": "gp3"}]});
        let with = |name: &str, value: serde_json::Value| {
            let mut instance = base();
            instance[name] = value;
            instance
        };
        let image_decides = "Root volume: undetermined (`root_block_device[0].volume_size`: not set, so the image decides; set it or declare `root-volume-gb`)";
        for (instance, expected) in [
            (with("root_block_device", unknown()), image_decides),
            (with("root_block_device", json!([])), image_decides),
            (
                with("tenancy", json!("dedicated")),
                "Linux, on demand: undetermined (`tenancy`: dedicated, whose prices are not known here)",
            ),
            (
                with("get_password_data", json!(true)),
                "Windows, on demand: undetermined (`get_password_data`: true, so it runs Windows, whose prices are not known here)",
            ),
            (
                with("ami", json!("ami-windows2022")),
                "Windows, on demand: undetermined (`ami`: an image of Windows, whose licence is not priced here)",
            ),
            (
                with("instance_type", json!("u-24tb1.metal")),
                "Linux, on demand, u-24tb1.metal: unpriced (the price book has no price for AmazonEC2/BoxUsage:u-24tb1.metal in us-east-1)",
            ),
            (
                with(
                    "ebs_block_device",
                    json!([{"volume_size": unknown(), "volume_type": "gp3"}]),
                ),
                "Volume, gp3: undetermined (`ebs_block_device`: known only after apply)",
            ),
        ] {
            let got = lines(Resource::create("aws_instance.i", instance), json!({}));
            assert!(
                got.iter().any(|line| line == expected),
                "{expected}: {got:?}"
            );
        }
        let image = |reference: &str| {
            let instance = with("ami", json!("ami-0123456789abcdef0"));
            let resource = Resource::create("aws_instance.i", instance).refers("ami", reference);
            lines(resource, json!({}))[0].clone()
        };
        assert_eq!(
            image("data.aws_ami.rhel9.id"),
            "Red Hat Enterprise Linux, on demand: undetermined (`ami`: an image of Red Hat Enterprise Linux, whose licence is not priced here)"
        );
        assert_eq!(
            image("data.aws_ami.ubuntu.id"),
            "Linux, on demand, t3.micro: 730 = 7.592"
        );
        let declared = lines(
            Resource::create("aws_instance.i", with("root_block_device", unknown())),
            json!({"root-volume-gb": 30}),
        );
        // Without a type it is gp2: 30 × 0.10.
        assert_eq!(declared[1], "Root volume, gp2: 30 = 3");
        let referred = Resource::create("aws_instance.i", with("instance_type", unknown()))
            .refers("instance_type", "data.external.size.result");
        assert_eq!(
            lines(referred, json!({}))[0],
            "Linux, on demand: undetermined (`instance_type`: known only after apply)"
        );
    }

    #[test]
    fn charges_volumes_beyond_what_they_include() {
        for (volume, expected) in [
            // The golden's own volume: 40 GB, 1,000 IOPS above 3,000.
            (
                json!({"type": "gp3", "size": 40, "iops": 4000, "throughput": 125}),
                vec!["Volume, gp3: 40 = 3.2", "Volume, IOPS: 1000 = 5"],
            ),
            (
                json!({"type": "gp2", "size": 20, "iops": unknown(), "throughput": unknown()}),
                vec!["Volume, gp2: 20 = 2"],
            ),
            (
                json!({"type": unknown(), "size": 20}),
                vec!["Volume, gp2: 20 = 2"],
            ),
            (
                json!({"type": "io1", "size": 30, "iops": 300}),
                vec!["Volume, io1: 30 = 3.75", "Volume, IOPS: 300 = 19.5"],
            ),
            (
                json!({"type": "io1", "size": 30, "iops": null}),
                vec![
                    "Volume, io1: 30 = 3.75",
                    "Volume, IOPS: undetermined (`iops`: not set)",
                ],
            ),
            (
                json!({"type": "standard", "size": 20}),
                vec![
                    "Volume, standard: 20 = 1",
                    "Volume, I/O: usage-undeclared (declare io-requests)",
                ],
            ),
        ] {
            assert_eq!(
                lines(
                    Resource::create("aws_ebs_volume.v", volume.clone()),
                    json!({})
                ),
                expected,
                "{volume}"
            );
        }
    }
}
