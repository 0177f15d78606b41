//! Amazon EC2 Auto Scaling.

use tollgate_policy::{Action, Attr, Change};

use super::ec2::{Machine, ROOT, disks, machine, mapped_disks};
use super::{Recipe, Sheet};
use crate::decimal::DecimalError;
use crate::settings::UsageName::{IoRequests, RootVolumeGb};

/// What is read of a launch template.
pub(crate) const TEMPLATE: (&str, &[&str]) = (
    "aws_launch_template",
    &[
        "id",
        "name",
        "latest_version",
        "default_version",
        "instance_type",
        "image_id",
        "placement[0].tenancy",
        "monitoring[0].enabled",
        "network_interfaces[0].associate_public_ip_address",
        "instance_market_options",
        "instance_requirements",
        "block_device_mappings",
    ],
);

/// What is read of a launch configuration.
pub(crate) const CONFIGURATION: (&str, &[&str]) = (
    "aws_launch_configuration",
    &[
        "id",
        "name",
        "instance_type",
        "image_id",
        "placement_tenancy",
        "enable_monitoring",
        "associate_public_ip_address",
        "spot_price",
        ROOT[0],
        ROOT[1],
        ROOT[2],
        ROOT[3],
        "ebs_block_device",
    ],
);

/// What the provider fills in of a launch configuration.
const CONFIGURATION_COMPUTED: &[&str] = &[
    "associate_public_ip_address",
    "placement_tenancy",
    ROOT[0],
    ROOT[1],
    ROOT[2],
    ROOT[3],
    "ebs_block_device",
];

const LEAST: &str = "min_size";
const MOST: &str = "max_size";
const WANTED: &str = "desired_capacity";
const OF_TEMPLATE: &str = "launch_template";
const OF_CONFIGURATION: &str = "launch_configuration";
const MIXED: &str = "mixed_instances_policy";

/// Groups of instances: as many as are wanted, and no fewer than there must be, of the launch
/// template or configuration of the same plan. How many more there are no plan says.
pub(crate) const GROUP: Recipe = Recipe {
    types: &["aws_autoscaling_group"],
    attributes: &[
        LEAST,
        MOST,
        WANTED,
        OF_TEMPLATE,
        OF_CONFIGURATION,
        MIXED,
        "warm_pool",
    ],
    computed: &[WANTED],
    usage: &[RootVolumeGb, IoRequests],
    lines,
};

fn lines(sheet: &mut Sheet<'_>) -> Result<(), DecimalError> {
    let component = "Instances";
    let is_there = |attr: Attr<Vec<_>>| match attr {
        Attr::Known(items) => Ok(!items.is_empty()),
        Attr::Unset => Ok(false),
        Attr::Undetermined(why) => Err(why),
    };
    match is_there(sheet.items("warm_pool")) {
        Ok(false) => {}
        Ok(true) => sheet.open_line(
            "Instances that wait",
            "warm_pool",
            "what state they wait in, and how many, decides",
        ),
        Err(why) => sheet.open_line("Instances that wait", "warm_pool", why),
    }
    match is_there(sheet.items(MIXED)) {
        Ok(false) => {}
        Ok(true) => {
            let why = "several types and ways to pay, of which the service takes what there is";
            sheet.open_line(component, MIXED, why);
            return Ok(());
        }
        Err(why) => {
            sheet.open_line(component, MIXED, why);
            return Ok(());
        }
    }
    let (times, more) = match (
        sheet.number(LEAST),
        sheet.number(MOST),
        sheet.number(WANTED),
    ) {
        (Attr::Known(least), Attr::Known(most), _) if least == most => (least, None),
        (Attr::Known(least), most, wanted) => {
            let at_least = match wanted {
                Attr::Known(wanted) => wanted.max(least),
                Attr::Unset | Attr::Undetermined(_) => least,
            };
            let why = match most {
                Attr::Known(most) if most <= at_least => None,
                Attr::Known(most) => Some(format!(
                    "up to {most} instances run, and how many is not known"
                )),
                Attr::Unset => Some("not set".to_owned()),
                Attr::Undetermined(why) => Some(why.to_string()),
            };
            (at_least, why)
        }
        (Attr::Unset, ..) => {
            sheet.open_line(component, LEAST, "not set");
            return Ok(());
        }
        (Attr::Undetermined(why), ..) => {
            sheet.open_line(component, LEAST, why);
            return Ok(());
        }
    };
    let more = more.as_deref().map(|why| (MOST, why));
    let named = sheet.text(OF_CONFIGURATION);
    if !matches!(named, Attr::Unset) {
        let text = match &named {
            Attr::Known(name) => Some(name.as_str()),
            Attr::Unset | Attr::Undetermined(_) => None,
        };
        let Some(part) = sheet.part(OF_CONFIGURATION, CONFIGURATION.0, text) else {
            sheet.open_line(component, OF_CONFIGURATION, ELSEWHERE);
            return Ok(());
        };
        let mut one = sheet.of_part(part, CONFIGURATION_COMPUTED);
        configured(&mut one)?;
        return sheet.take_over(one, times, OF_CONFIGURATION, more);
    }
    let template = match sheet.items(OF_TEMPLATE) {
        Attr::Known(blocks) => blocks.into_iter().next(),
        Attr::Unset => None,
        Attr::Undetermined(why) => {
            sheet.open_line(component, OF_TEMPLATE, why);
            return Ok(());
        }
    };
    let Some(template) = template else {
        sheet.open_line(component, OF_TEMPLATE, "not set");
        return Ok(());
    };
    let text = ["id", "name"]
        .iter()
        .find_map(|path| match template.get(path).text() {
            Attr::Known(text) if !text.is_empty() => Some(text),
            _ => None,
        });
    let Some(part) = sheet.part(OF_TEMPLATE, TEMPLATE.0, text.as_deref()) else {
        sheet.open_line(component, OF_TEMPLATE, ELSEWHERE);
        return Ok(());
    };
    if !is_latest(part, &template.get("version").text()) {
        let why = "a version of the template that the plan does not show";
        sheet.open_line(component, OF_TEMPLATE, why);
        return Ok(());
    }
    let mut one = sheet.of_part(part, &["monitoring[0].enabled"]);
    templated(&mut one)?;
    sheet.take_over(one, times, OF_TEMPLATE, more)
}

const ELSEWHERE: &str = "the plan does not have it, and it decides about type and volumes";

/// Whether what the plan says of a template is the version that a group takes.
fn is_latest(template: &Change, version: &Attr<String>) -> bool {
    let number = |path: &str| match template.before(path).text() {
        Attr::Known(number) => Some(number),
        Attr::Unset | Attr::Undetermined(_) => None,
    };
    match (version, template.action) {
        // What refers to the template is known only after apply, and is its newest version.
        (Attr::Undetermined(_), _) | (_, Action::Create) => true,
        (Attr::Known(version), _) if version == "$Latest" => true,
        (Attr::Known(version), Action::NoOp) if version != "$Default" => {
            number("latest_version").as_ref() == Some(version)
        }
        (Attr::Known(_) | Attr::Unset, Action::NoOp) => {
            number("latest_version") == number("default_version")
        }
        (Attr::Known(_) | Attr::Unset, _) => false,
    }
}

fn templated(one: &mut Sheet<'_>) -> Result<(), DecimalError> {
    for (path, why) in [
        (
            "instance_requirements",
            "requirements that several types meet",
        ),
        (
            "instance_market_options",
            "instances of a market, whose prices are not known beforehand",
        ),
    ] {
        let open = match one.items(path) {
            Attr::Known(items) if !items.is_empty() => why.to_owned(),
            Attr::Known(_) | Attr::Unset => continue,
            Attr::Undetermined(why) => why.to_string(),
        };
        one.open_line("Instances", path, open);
        return Ok(());
    }
    machine(
        one,
        &Machine {
            tenancy: "placement[0].tenancy",
            image: "image_id",
            monitoring: ("monitoring[0].enabled", false),
            address: "network_interfaces[0].associate_public_ip_address",
            password: None,
        },
    );
    mapped_disks(one)
}

fn configured(one: &mut Sheet<'_>) -> Result<(), DecimalError> {
    if !matches!(one.text("spot_price"), Attr::Unset) {
        one.open_line(
            "Instances",
            "spot_price",
            "instances of a market, whose prices are not known beforehand",
        );
        return Ok(());
    }
    machine(
        one,
        &Machine {
            tenancy: "placement_tenancy",
            image: "image_id",
            monitoring: ("enable_monitoring", true),
            address: "associate_public_ip_address",
            password: None,
        },
    );
    disks(one)
}

#[cfg(test)]
#[expect(clippy::needless_pass_by_value, reason = "tests")]
mod tests {
    use serde_json::{Value as Json, json};
    use tollgate_policy::testing::{Resource, unknown};

    use crate::testing::lines_of;

    fn template(changes: &[(&str, Json)]) -> Json {
        let mut template = json!({"id": unknown(), "name": "web", "latest_version": unknown(), "default_version": unknown(),
            "instance_type": "t3.micro", "image_id": "ami-1", "placement": [], "monitoring": [], "network_interfaces": [],
            "instance_market_options": [], "instance_requirements": [],
            "block_device_mappings": [{"device_name": "/dev/xvda", "ebs": [{"volume_size": 8, "volume_type": "gp3", "iops": unknown(), "throughput": unknown()}]}]});
        for (path, value) in changes {
            template[*path] = value.clone();
        }
        template
    }

    fn group(least: i64, most: i64, wanted: Json) -> Json {
        json!({"min_size": least, "max_size": most, "desired_capacity": wanted, "launch_configuration": null, "mixed_instances_policy": [],
            "warm_pool": [], "launch_template": [{"id": unknown(), "name": unknown(), "version": "$Latest"}]})
    }

    const GROUP: &str = "aws_autoscaling_group.g";

    fn of_template(template: Json, group: Json) -> Vec<String> {
        lines_of(
            GROUP,
            [
                Resource::create("aws_launch_template.web", template),
                Resource::create(GROUP, group)
                    .refers("launch_template", "aws_launch_template.web.id"),
            ],
            json!({}),
        )
    }

    #[test]
    fn charges_the_instances_of_the_template() {
        // 3 × 730 h × 0.0104; 3 × 8 GB × 0.08.
        assert_eq!(
            of_template(template(&[]), group(3, 3, unknown())),
            [
                "Linux, on demand, t3.micro: 2190 = 22.776",
                "Root volume, gp3: 24 = 1.92"
            ]
        );
        let grows = "(`max_size`: up to 5 instances run, and how many is not known)";
        assert_eq!(
            of_template(template(&[]), group(1, 5, json!(2)))[0],
            format!("Linux, on demand, t3.micro: at least 15.184 {grows}")
        );
        assert_eq!(
            of_template(template(&[]), group(1, 5, unknown()))[0],
            format!("Linux, on demand, t3.micro: at least 7.592 {grows}")
        );
        // All that there can be.
        assert_eq!(
            of_template(template(&[]), group(1, 5, json!(5)))[0],
            "Linux, on demand, t3.micro: 3650 = 37.96"
        );
        // 2 × 7 metrics × 0.30, and 2 × 730 h × 0.005.
        let watched = template(&[
            ("monitoring", json!([{"enabled": true}])),
            (
                "network_interfaces",
                json!([{"associate_public_ip_address": "true"}]),
            ),
        ]);
        let lines = of_template(watched, group(2, 2, unknown()));
        assert!(
            lines.contains(&"Detailed monitoring: 14 = 4.2".to_owned()),
            "{lines:?}"
        );
        assert!(
            lines.contains(&"Public IPv4 address: 1460 = 7.3".to_owned()),
            "{lines:?}"
        );
    }

    #[test]
    fn charges_the_instances_of_the_configuration() {
        let configuration = json!({"id": unknown(), "name": "web", "instance_type": "t3.micro", "image_id": "ami-1", "placement_tenancy": null,
            "enable_monitoring": true, "associate_public_ip_address": false, "spot_price": null,
            "root_block_device": [{"volume_size": 8, "volume_type": "gp3"}], "ebs_block_device": []});
        let mut group = group(2, 2, unknown());
        group["launch_template"] = json!([]);
        group["launch_configuration"] = unknown();
        let of = |configuration: Json| {
            lines_of(
                GROUP,
                [
                    Resource::create("aws_launch_configuration.web", configuration),
                    Resource::create(GROUP, group.clone())
                        .refers("launch_configuration", "aws_launch_configuration.web.name"),
                ],
                json!({}),
            )
        };
        assert_eq!(
            of(configuration.clone()),
            [
                "Linux, on demand, t3.micro: 1460 = 15.184",
                "Detailed monitoring: 14 = 4.2",
                "Root volume, gp3: 16 = 1.28"
            ]
        );
        let mut spot = configuration;
        spot["spot_price"] = json!("0.01");
        assert_eq!(
            of(spot),
            [
                "Instances: undetermined (`launch_configuration`: `spot_price` of it: instances of a market, whose prices are not known beforehand)"
            ]
        );
    }

    #[test]
    fn says_what_it_cannot_tell() {
        let two = || group(2, 2, unknown());
        let first = |lines: Vec<String>| lines.into_iter().next().unwrap_or_default();
        let with = |path: &str, value: Json| {
            let mut group = two();
            group[path] = value;
            group
        };
        for (found, expected) in [
            (
                of_template(
                    template(&[]),
                    with("mixed_instances_policy", json!([{"launch_template": []}])),
                ),
                "Instances: undetermined (`mixed_instances_policy`: several types and ways to pay, of which the service takes what there is)",
            ),
            (
                of_template(template(&[]), with("warm_pool", json!([{"min_size": 1}]))),
                "Instances that wait: undetermined (`warm_pool`: what state they wait in, and how many, decides)",
            ),
            (
                of_template(template(&[]), with("min_size", unknown())),
                "Instances: undetermined (`min_size`: known only after apply)",
            ),
            (
                of_template(template(&[("image_id", json!("ami-windows"))]), two()),
                "Windows, on demand: undetermined (`launch_template`: `image_id` of it: an image of Windows, whose licence is not priced here)",
            ),
            (
                of_template(
                    template(&[("instance_requirements", json!([{"vcpu_count": []}]))]),
                    two(),
                ),
                "Instances: undetermined (`launch_template`: `instance_requirements` of it: requirements that several types meet)",
            ),
            (
                of_template(
                    template(&[("instance_market_options", json!([{"market_type": "spot"}]))]),
                    two(),
                ),
                "Instances: undetermined (`launch_template`: `instance_market_options` of it: instances of a market, whose prices are not known beforehand)",
            ),
            (
                lines_of(GROUP, [Resource::create(GROUP, two())], json!({})),
                "Instances: undetermined (`launch_template`: the plan does not have it, and it decides about type and volumes)",
            ),
        ] {
            assert_eq!(first(found), expected);
        }
        assert_eq!(
            of_template(template(&[("block_device_mappings", json!([]))]), two())[1],
            "Root volume: undetermined (`launch_template`: `block_device_mappings` of it: no root volume in it, so the image decides; declare `root-volume-gb`)"
        );
    }

    #[test]
    fn takes_the_version_of_the_template_that_the_plan_shows() {
        let object = |kind: &str, latest: i64, default: i64| {
            template(&[
                ("id", json!("lt-1")),
                ("instance_type", json!(kind)),
                ("latest_version", json!(latest)),
                ("default_version", json!(default)),
            ])
        };
        let of = |version: &str, latest: i64, default: i64| {
            let mut group = group(1, 1, json!(1));
            group["launch_template"] = json!([{"id": "lt-1", "name": "web", "version": version}]);
            let same = object("t3.micro", latest, default);
            lines_of(
                GROUP,
                [
                    Resource::unchanged("aws_launch_template.web", same),
                    Resource::unchanged(GROUP, group),
                ],
                json!({}),
            )[0]
            .clone()
        };
        let known = "Linux, on demand, t3.micro: 730 = 7.592";
        let older = "Instances: undetermined (`launch_template`: a version of the template that the plan does not show)";
        assert_eq!(of("$Latest", 3, 1), known);
        assert_eq!(of("3", 3, 1), known);
        assert_eq!(of("2", 3, 1), older);
        assert_eq!(of("$Default", 3, 3), known);
        assert_eq!(of("$Default", 3, 1), older);
        // A group that stays takes what its template becomes.
        let mut group = group(1, 1, json!(1));
        group["launch_template"] = json!([{"id": "lt-1", "name": "web", "version": "$Latest"}]);
        let grown = [
            Resource::update(
                "aws_launch_template.web",
                object("t3.micro", 3, 3),
                object("t3.medium", 3, 3),
            ),
            Resource::unchanged(GROUP, group),
        ];
        assert_eq!(
            lines_of(GROUP, grown, json!({}))[0],
            "Linux, on demand, t3.medium: 730 = 30.368"
        );
    }
}
