//! `firewall-detached`

use std::collections::BTreeSet;

use tollgate_policy::{Action, Attr, Change, Finding, RuleDef, Severity};

/// A firewall is taken off what it protects.
///
/// Reports an association of a network security group, firewall policy or web access list that the
/// plan deletes while it keeps the subnet, network interface, network or load balancer; a firewall of a
/// network, a perimeter and rules of a firewall that deny, in the same way; and an attribute that names
/// such a firewall and is not set any more.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "firewall-detached",
    title: "Firewall that this plan takes off",
    description: "The plan takes a network security group, a firewall policy or a web access list off \
        what it protects, and keeps that: a subnet, a network, a load balancer, a distribution.",
    severity: Severity::High,
    remediation: "Keep the association, or put another firewall in its place in the same plan and waive this rule for the address.",
    example: "An `azurerm_subnet_network_security_group_association` that is taken out of the \
        configuration.",
    links: &["https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview"],
};

/// Associations, and the attribute that names what is protected.
pub const ASSOCIATIONS: &[(&str, &str)] = &[
    (
        "azurerm_subnet_network_security_group_association",
        "subnet_id",
    ),
    (
        "azurerm_network_interface_security_group_association",
        "network_interface_id",
    ),
    ("aws_wafv2_web_acl_association", "resource_arn"),
    ("aws_wafregional_web_acl_association", "resource_arn"),
    (
        "google_compute_firewall_policy_association",
        "attachment_target",
    ),
    (
        "google_compute_network_firewall_policy_association",
        "attachment_target",
    ),
    (
        "google_compute_region_network_firewall_policy_association",
        "attachment_target",
    ),
    (SHIELD, "resource_arn"),
    (AUTOMATIC, "resource_arn"),
    ("aws_wafv2_web_acl_rule_group_association", "web_acl_arn"),
    (
        "aws_route53_resolver_firewall_rule_group_association",
        "vpc_id",
    ),
    ("aws_networkfirewall_firewall", "vpc_id"),
    ("azurerm_firewall", "ip_configuration[0].subnet_id"),
    (COLLECTIONS, "firewall_policy_id"),
    (
        "azurerm_network_security_perimeter_association",
        "resource_id",
    ),
    (
        "azurerm_cdn_frontdoor_security_policy",
        "cdn_frontdoor_profile_id",
    ),
    (
        "azurerm_application_load_balancer_security_policy",
        "application_load_balancer_id",
    ),
    (
        "google_network_security_firewall_endpoint_association",
        "network",
    ),
];

/// What answers floods of requests by itself.
const AUTOMATIC: &str = "aws_shield_application_layer_automatic_response";

/// Rules of a firewall, of which those that deny hold something back: it denies what none is about.
const COLLECTIONS: &str = "azurerm_firewall_policy_rule_collection_group";

/// The rules of `COLLECTIONS`.
pub const RULES: (&str, [&str; 2]) = (
    COLLECTIONS,
    ["network_rule_collection", "application_rule_collection"],
);

fn denies(change: &Change) -> bool {
    RULES
        .1
        .iter()
        .any(|path| match change.before(path).items() {
            Attr::Known(blocks) => blocks.iter().any(|block| {
                block
                    .get("action")
                    .text()
                    .is_known_and(|action| action.eq_ignore_ascii_case("Deny"))
            }),
            Attr::Unset | Attr::Undetermined(_) => false,
        })
}

/// Protection from floods of requests.
const SHIELD: &str = "aws_shield_protection";

/// What can be protected, and the attribute that the associations name.
pub const PROTECTED: &[(&str, &str)] = &[
    ("azurerm_subnet", "id"),
    ("azurerm_network_interface", "id"),
    ("google_compute_network", "id"),
    ("google_folder", "id"),
    ("aws_lb", "arn"),
    ("aws_alb", "arn"),
    ("aws_api_gateway_stage", "arn"),
    ("aws_appsync_graphql_api", "arn"),
    ("aws_cognito_user_pool", "arn"),
    ("aws_elb", "arn"),
    ("aws_eip", "arn"),
    ("aws_route53_zone", "arn"),
    ("aws_cloudfront_distribution", "arn"),
    ("aws_globalaccelerator_accelerator", "arn"),
    ("aws_vpc", "id"),
    ("azurerm_firewall_policy", "id"),
    ("azurerm_cdn_frontdoor_profile", "id"),
    ("azurerm_application_load_balancer", "id"),
    ("azurerm_storage_account", "id"),
    ("azurerm_key_vault", "id"),
    ("azurerm_mssql_server", "id"),
    ("azurerm_cosmosdb_account", "id"),
    ("azurerm_eventhub_namespace", "id"),
    ("azurerm_servicebus_namespace", "id"),
    ("azurerm_search_service", "id"),
    ("azurerm_log_analytics_workspace", "id"),
    ("azurerm_cognitive_account", "id"),
    ("aws_wafv2_web_acl", "arn"),
];

/// Attributes that name the firewall of a resource.
pub const NAMED: &[(&str, &str)] = &[
    ("aws_cloudfront_distribution", "web_acl_id"),
    ("azurerm_application_gateway", "firewall_policy_id"),
    ("google_compute_backend_service", "security_policy"),
    ("google_compute_region_backend_service", "security_policy"),
    ("azurerm_virtual_network", FLOODS),
];

/// Protection of a network from floods of traffic.
const FLOODS: &str = "ddos_protection_plan[0].id";

/// A firewall that a resource does not name any more.
pub(crate) fn named(change: &Change) -> Option<Finding> {
    // What is deleted is seen for another attribute.
    if change.action != Action::Update {
        return None;
    }
    let (_, path) = NAMED.iter().find(|(kind, _)| *kind == change.kind)?;
    let before = match change.before(path).text() {
        Attr::Known(name) if !name.is_empty() => name,
        _ => return None,
    };
    let gone = match change.after(path).text() {
        Attr::Known(name) => name.is_empty(),
        Attr::Unset => true,
        Attr::Undetermined(_) => false,
    };
    gone.then(|| {
        RULE.violation(
            change,
            if *path == FLOODS {
                "the plan ends the protection of the network from floods of traffic".to_owned()
            } else {
                format!(
                    "the plan takes the firewall off the resource: `{path}` `{before}` -> not set"
                )
            },
        )
        .attribute(*path)
    })
}

/// The ids of what the plan deletes.
pub(crate) fn deleted(changes: &[Change]) -> BTreeSet<String> {
    changes
        .iter()
        .filter(|change| change.action == Action::Delete)
        .filter_map(|change| {
            let (_, path) = PROTECTED.iter().find(|(kind, _)| *kind == change.kind)?;
            match change.before(path).text() {
                Attr::Known(id) => Some(id),
                Attr::Unset | Attr::Undetermined(_) => None,
            }
        })
        .collect()
}

/// What the plan puts another firewall before, by the type of the association.
pub(crate) fn attached(changes: &[Change]) -> BTreeSet<(&str, String)> {
    changes
        .iter()
        .filter(|change| change.action == Action::Create)
        .filter_map(|change| {
            let (kind, path) = ASSOCIATIONS.iter().find(|(kind, _)| *kind == change.kind)?;
            match change.after(path).text() {
                Attr::Known(id) => Some((*kind, id)),
                Attr::Unset | Attr::Undetermined(_) => None,
            }
        })
        .collect()
}

pub(crate) fn check(
    change: &Change,
    deleted: &BTreeSet<String>,
    attached: &BTreeSet<(&str, String)>,
) -> Option<Finding> {
    if change.action != Action::Delete {
        return None;
    }
    let (kind, path) = ASSOCIATIONS.iter().find(|(kind, _)| *kind == change.kind)?;
    let target = match change.before(path).text() {
        Attr::Known(target) => target,
        // One in a hub has no subnet.
        Attr::Unset if *kind == "azurerm_firewall" => String::new(),
        Attr::Unset | Attr::Undetermined(_) => return None,
    };
    if attached.contains(&(*kind, target.clone())) || (*kind == COLLECTIONS && !denies(change)) {
        return None;
    }
    // Google names a network by its address or by its id, which is the end of it.
    if deleted
        .iter()
        .any(|id| target == *id || target.ends_with(&format!("/{id}")))
    {
        return None;
    }
    Some(
        RULE.violation(
            change,
            match *kind {
                SHIELD | AUTOMATIC => {
                    "the plan ends the protection from floods of requests, and keeps what it protects"
                }
                COLLECTIONS => "the plan deletes rules of a firewall that deny, and keeps the firewall",
                "aws_networkfirewall_firewall" | "azurerm_firewall" => {
                    "the plan deletes the firewall of a network, and keeps the network"
                }
                _ => "the plan takes the firewall off what it protects, and keeps that",
            },
        )
        .attribute(*path),
    )
}
