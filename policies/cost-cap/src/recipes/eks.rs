//! Amazon EKS.

use tollgate_policy::{Attr, Determined};

use super::{Recipe, Sheet};
use crate::decimal::{Decimal, DecimalError};

const SUPPORT: &str = "upgrade_policy[0].support_type";

/// Clusters: their hours, dearer once the standard support of their version has ended.
/// What runs in them is charged on the nodes.
pub(crate) const CLUSTER: Recipe = Recipe {
    types: &["aws_eks_cluster"],
    attributes: &["version", SUPPORT],
    computed: &["version", SUPPORT],
    usage: &[],
    lines: |sheet| {
        let (component, standard) = ("Cluster", "AmazonEKS/AmazonEKS-Hours:perCluster");
        // With standard support alone, a cluster is upgraded before it would cost more.
        let standard_only = sheet
            .text(SUPPORT)
            .is_known_and(|support| support == "STANDARD");
        match sheet.text("version") {
            Attr::Known(version) if !standard_only && support_ended(&version, sheet.day) => {
                sheet.fixed(
                    "Cluster, extended support",
                    "AmazonEKS/AmazonEKS-Hours:extendedSupport",
                    sheet.hours,
                );
            }
            Attr::Undetermined(why) if !standard_only => {
                sheet.at_least(component, standard, sheet.hours, "version", why);
            }
            // A cluster without a version is of the newest one.
            Attr::Known(_) | Attr::Unset | Attr::Undetermined(_) => {
                sheet.fixed(component, standard, sheet.hours);
            }
        }
        Ok(())
    },
};

/// When the standard support of a version ended, and extended support began.
/// <https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html>
const SUPPORT_ENDED: &[(u32, &str)] = &[
    (28, "2024-11-26"),
    (29, "2025-03-23"),
    (30, "2025-07-23"),
    (31, "2025-11-26"),
    (32, "2026-03-23"),
    (33, "2026-07-29"),
    (34, "2026-12-02"),
    (35, "2027-03-27"),
];

fn support_ended(version: &str, day: &str) -> bool {
    let Some(minor) = version
        .strip_prefix("1.")
        .and_then(|rest| rest.split('.').next())
        .and_then(|minor| minor.parse::<u32>().ok())
    else {
        return false;
    };
    SUPPORT_ENDED
        .first()
        .is_some_and(|(oldest, _)| minor < *oldest)
        || SUPPORT_ENDED
            .iter()
            .any(|(of, ended)| *of == minor && *ended < day)
}

const SMALLEST: &str = "scaling_config[0].min_size";
const LARGEST: &str = "scaling_config[0].max_size";

/// Groups of nodes: as many instances as there are at least. How many more there are, and
/// what their volumes are, no plan says.
pub(crate) const NODE_GROUP: Recipe = Recipe {
    types: &["aws_eks_node_group"],
    attributes: &[
        "instance_types",
        "capacity_type",
        "ami_type",
        "launch_template",
        "disk_size",
        SMALLEST,
        LARGEST,
    ],
    computed: &["instance_types", "capacity_type", "ami_type", "disk_size"],
    usage: &[],
    lines: node_group,
};

fn node_group(sheet: &mut Sheet<'_>) -> Result<(), DecimalError> {
    let component = "Nodes, Linux, on demand";
    match sheet.items("launch_template") {
        Attr::Known(templates) if !templates.is_empty() => {
            sheet.open_line(
                "Nodes",
                "launch_template",
                "a template that decides about type, image and volumes beside the resource",
            );
            return Ok(());
        }
        Attr::Undetermined(why) => {
            sheet.open_line("Nodes", "launch_template", why);
            return Ok(());
        }
        Attr::Known(_) | Attr::Unset => {}
    }
    if sheet
        .text("ami_type")
        .is_known_and(|kind| kind.starts_with("WINDOWS"))
    {
        sheet.open_line(
            "Nodes, Windows, on demand",
            "ami_type",
            "an image of Windows, whose licence is not priced here",
        );
        return Ok(());
    }
    match sheet.text("capacity_type").unset_as("ON_DEMAND".to_owned()) {
        Determined::Known(capacity) if capacity == "ON_DEMAND" => {}
        Determined::Known(capacity) => {
            sheet.open_line(
                "Nodes",
                "capacity_type",
                format!("{capacity}, whose prices are not known here"),
            );
            return Ok(());
        }
        Determined::Undetermined(why) => {
            sheet.open_line("Nodes", "capacity_type", why);
            return Ok(());
        }
    }
    let kind = match sheet.items("instance_types") {
        // EKS starts with this type unless told otherwise.
        Attr::Unset => "t3.medium".to_owned(),
        Attr::Known(kinds) => match kinds.as_slice() {
            [] => "t3.medium".to_owned(),
            [kind] => match kind.text() {
                Attr::Known(kind) => kind,
                Attr::Unset => "t3.medium".to_owned(),
                Attr::Undetermined(why) => {
                    sheet.open_line(component, "instance_types", why);
                    return Ok(());
                }
            },
            _ => {
                sheet.open_line(
                    component,
                    "instance_types",
                    "several, of which the service takes what there is",
                );
                return Ok(());
            }
        },
        Attr::Undetermined(why) => {
            sheet.open_line(component, "instance_types", why);
            return Ok(());
        }
    };
    let key = format!("AmazonEC2/BoxUsage:{kind}");
    let component = format!("{component}, {kind}");
    match (sheet.number(SMALLEST), sheet.number(LARGEST)) {
        (Attr::Known(least), Attr::Known(most)) if least == most => {
            sheet.fixed(component, key, least.times(sheet.hours)?);
        }
        (Attr::Known(least), Attr::Known(most)) => {
            sheet.at_least(
                component,
                key,
                least.times(sheet.hours)?,
                LARGEST,
                format!("up to {most} nodes run, and how many is not known"),
            );
        }
        (least, most) => {
            let known = match least {
                Attr::Known(least) => least,
                Attr::Unset | Attr::Undetermined(_) => Decimal::ZERO,
            };
            let why = match (least, most) {
                (Attr::Undetermined(why), _) | (_, Attr::Undetermined(why)) => why.to_string(),
                _ => "not set".to_owned(),
            };
            sheet.at_least(component, key, known.times(sheet.hours)?, LARGEST, why);
        }
    }
    sheet.open_line(
        "Volumes of the nodes",
        "disk_size",
        "the image decides what kind of volume a node has",
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};
    use tollgate_policy::testing::{Resource, unknown};

    use crate::testing::lines;

    #[test]
    fn charges_clusters_and_their_extended_support() {
        let cluster = |version: Json, support: Json| {
            let object = json!({"version": version, "upgrade_policy": [{"support_type": support}]});
            lines(Resource::create("aws_eks_cluster.c", object), json!({}))
        };
        // 730 h × 0.10; past its standard support 730 h × 0.60. The book is of November 2026.
        let standard = ["Cluster: 730 = 73"];
        let extended = ["Cluster, extended support: 730 = 438"];
        for (version, support, expected) in [
            (json!("1.34"), json!("EXTENDED"), standard),
            (json!("1.40"), unknown(), standard),
            (unknown(), unknown(), standard),
            (json!("1.33"), json!("EXTENDED"), extended),
            (json!("1.33"), unknown(), extended),
            (json!("1.21"), json!("EXTENDED"), extended),
            (json!("1.33"), json!("STANDARD"), standard),
        ] {
            assert_eq!(cluster(version.clone(), support), expected, "{version}");
        }
        let referred = Resource::create("aws_eks_cluster.c", json!({"version": unknown()}))
            .refers("version", "data.external.version.result");
        assert_eq!(
            lines(referred, json!({})),
            ["Cluster: at least 73 (`version`: known only after apply)"]
        );
    }

    #[test]
    fn charges_the_nodes_that_there_are_at_least() {
        let group =
            |object: Json| lines(Resource::create("aws_eks_node_group.g", object), json!({}));
        let sizes = |least: i64, most: i64| json!([{"min_size": least, "max_size": most, "desired_size": least}]);
        let disks = "Volumes of the nodes: undetermined (`disk_size`: the image decides what kind of volume a node has)";
        // 2 × 730 h × 0.0416, the default type.
        assert_eq!(
            group(json!({"instance_types": unknown(), "scaling_config": sizes(2, 2)})),
            ["Nodes, Linux, on demand, t3.medium: 1460 = 60.736", disks]
        );
        assert_eq!(
            group(
                json!({"instance_types": ["t3.micro"], "capacity_type": "ON_DEMAND", "scaling_config": sizes(2, 10)})
            ),
            [
                "Nodes, Linux, on demand, t3.micro: at least 15.184 (`scaling_config[0].max_size`: up to 10 nodes run, and how many is not known)",
                disks
            ]
        );
        for (object, expected) in [
            (
                json!({"capacity_type": "SPOT", "scaling_config": sizes(1, 1)}),
                "Nodes: undetermined (`capacity_type`: SPOT, whose prices are not known here)",
            ),
            (
                json!({"ami_type": "WINDOWS_CORE_2022_x86_64", "scaling_config": sizes(1, 1)}),
                "Nodes, Windows, on demand: undetermined (`ami_type`: an image of Windows, whose licence is not priced here)",
            ),
            (
                json!({"instance_types": ["t3.micro", "t3a.micro"], "scaling_config": sizes(1, 1)}),
                "Nodes, Linux, on demand: undetermined (`instance_types`: several, of which the service takes what there is)",
            ),
            (
                json!({"launch_template": [{"id": "lt-1"}], "scaling_config": sizes(1, 1)}),
                "Nodes: undetermined (`launch_template`: a template that decides about type, image and volumes beside the resource)",
            ),
        ] {
            assert_eq!(group(object.clone()), [expected], "{object}");
        }
    }
}
