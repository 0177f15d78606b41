//! hashicorp/azurerm.

use super::{
    Class, Row,
    Target::{Blocks, Enabled, Names, Value, Weight},
    blocks, record, traffic,
};

/// Of a public zone; version 4 of the provider and later names it otherwise in private ones.
const fn public(kind: &'static str, targets: &'static [super::Target]) -> Row {
    record(kind, &["name"], targets)
}

const RECORDS: &[super::Target] = &[Value("records")];

const RECORDS_OR_RESOURCE: &[super::Target] = &[Value("records"), Value("target_resource_id")];

const RECORD: &[super::Target] = &[Value("record")];

const fn endpoint(kind: &'static str, targets: &'static [super::Target]) -> Row {
    traffic(kind, "endpoint", targets)
}

pub(super) static ROWS: &[Row] = &[
    public("azurerm_dns_a_record", RECORDS_OR_RESOURCE),
    public("azurerm_dns_aaaa_record", RECORDS_OR_RESOURCE),
    public(
        "azurerm_dns_cname_record",
        &[Value("record"), Value("target_resource_id")],
    ),
    public("azurerm_dns_caa_record", RECORD),
    public("azurerm_dns_mx_record", RECORD),
    public("azurerm_dns_ns_record", RECORDS),
    public("azurerm_dns_ptr_record", RECORDS),
    public("azurerm_dns_srv_record", RECORD),
    public("azurerm_dns_txt_record", RECORD),
    public("azurerm_private_dns_a_record", RECORDS),
    public("azurerm_private_dns_aaaa_record", RECORDS),
    public("azurerm_private_dns_cname_record", RECORD),
    public("azurerm_private_dns_mx_record", RECORD),
    public("azurerm_private_dns_ptr_record", RECORDS),
    public("azurerm_private_dns_srv_record", RECORD),
    public("azurerm_private_dns_txt_record", RECORD),
    Row {
        what: "zone",
        ..record("azurerm_dns_zone", &["name"], &[])
    },
    Row {
        what: "zone",
        ..record("azurerm_private_dns_zone", &["name"], &[])
    },
    traffic(
        "azurerm_private_dns_zone_virtual_network_link",
        "link of a private zone to a network",
        &[],
    ),
    traffic(
        "azurerm_private_dns_resolver_forwarding_rule",
        "forwarding rule",
        &[
            blocks("target_dns_servers", &["ip_address"], &["port"]),
            Enabled("enabled"),
        ],
    ),
    traffic(
        "azurerm_cdn_frontdoor_origin",
        "origin",
        &[
            Value("host_name"),
            Value("origin_host_header"),
            Value("priority"),
            Weight("weight"),
            Enabled("enabled"),
        ],
    ),
    traffic(
        "azurerm_cdn_frontdoor_route",
        "route",
        &[
            Value("cdn_frontdoor_origin_group_id"),
            Value("cdn_frontdoor_origin_path"),
            Value("patterns_to_match"),
            Names("cdn_frontdoor_custom_domain_ids"),
            Enabled("enabled"),
        ],
    ),
    traffic(
        "azurerm_cdn_frontdoor_endpoint",
        "endpoint",
        &[Enabled("enabled")],
    ),
    traffic(
        "azurerm_cdn_frontdoor_origin_group",
        "group of origins",
        &[],
    ),
    Row {
        name: Some("host_name"),
        ..traffic("azurerm_cdn_frontdoor_custom_domain", "domain", &[])
    },
    traffic(
        "azurerm_cdn_endpoint",
        "endpoint",
        &[Blocks {
            block: "origin",
            key: &["name"],
            values: &["host_name"],
            shares: None,
            further: true,
        }],
    ),
    traffic(
        "azurerm_frontdoor",
        "front door",
        &[blocks("backend_pool", &["name"], &["backend.address"])],
    ),
    endpoint(
        "azurerm_traffic_manager_azure_endpoint",
        &[
            Value("target_resource_id"),
            Value("priority"),
            Weight("weight"),
            Enabled("enabled"),
        ],
    ),
    endpoint(
        "azurerm_traffic_manager_external_endpoint",
        &[
            Value("target"),
            Value("priority"),
            Weight("weight"),
            Enabled("enabled"),
        ],
    ),
    endpoint(
        "azurerm_traffic_manager_nested_endpoint",
        &[
            Value("target_resource_id"),
            Value("priority"),
            Weight("weight"),
            Enabled("enabled"),
        ],
    ),
    traffic(
        "azurerm_traffic_manager_profile",
        "traffic manager",
        &[Value("traffic_routing_method")],
    ),
    traffic(
        "azurerm_application_gateway",
        "gateway",
        &[
            blocks(
                "backend_address_pool",
                &["name"],
                &["fqdns", "ip_addresses"],
            ),
            blocks(
                "request_routing_rule",
                &["name"],
                &[
                    "http_listener_name",
                    "backend_address_pool_name",
                    "redirect_configuration_name",
                    "url_path_map_name",
                ],
            ),
        ],
    ),
    traffic(
        "azurerm_lb_rule",
        "rule of a load balancer",
        &[Value("backend_address_pool_ids"), Value("backend_port")],
    ),
    traffic("azurerm_lb", "load balancer", &[]),
    traffic("azurerm_lb_backend_address_pool", "pool of targets", &[]),
    traffic("azurerm_api_management_api", "API", &[Value("service_url")]),
    traffic("azurerm_api_management_backend", "backend", &[Value("url")]),
    traffic(
        "azurerm_web_app_active_slot",
        "active slot",
        &[Value("slot_id")],
    ),
    traffic(
        "azurerm_function_app_active_slot",
        "active slot",
        &[Value("slot_id")],
    ),
    Row {
        class: Class::Traffic,
        name: Some("hostname"),
        ..traffic(
            "azurerm_app_service_custom_hostname_binding",
            "domain",
            &[Value("app_service_name")],
        )
    },
];

/// What version 5 of the provider does not have any more: type, and attribute if only that.
pub const FORMER: &[(&str, &str)] = &[];
