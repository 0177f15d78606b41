//! hashicorp/google.

use super::{
    Row,
    Target::{Blocks, Value, Weight},
    blocks, record, traffic,
};

const fn forwarding(kind: &'static str, targets: &'static [super::Target]) -> Row {
    traffic(kind, "forwarding rule", targets)
}

const fn map(kind: &'static str) -> Row {
    traffic(
        kind,
        "URL map",
        &[
            Value("default_service"),
            Value("default_url_redirect"),
            Value("host_rule"),
            Value("path_matcher"),
        ],
    )
}

const fn proxy(kind: &'static str, targets: &'static [super::Target]) -> Row {
    traffic(kind, "proxy", targets)
}

const BACKENDS: &[super::Target] = &[Blocks {
    block: "backend",
    key: &["group"],
    values: &[],
    shares: None,
    further: true,
}];

pub(super) static ROWS: &[Row] = &[
    Row {
        what: "domain",
        name: Some("domain_name"),
        deletion: false,
        ..record(
            "google_clouddomains_registration",
            &[],
            &[
                Value("dns_settings[0].custom_dns[0].name_servers"),
                Value("dns_settings[0].custom_dns[0].ds_records"),
                Value("dns_settings[0].glue_records"),
            ],
        )
    },
    record(
        "google_dns_record_set",
        &["name", "type", "managed_zone"],
        &[Value("rrdatas"), Value("routing_policy")],
    ),
    Row {
        what: "zone",
        name: Some("dns_name"),
        ..record(
            "google_dns_managed_zone",
            &["dns_name"],
            &[
                blocks(
                    "forwarding_config",
                    &[],
                    &[
                        "target_name_servers.ipv4_address",
                        "target_name_servers.domain_name",
                    ],
                ),
                blocks("peering_config", &[], &["target_network.network_url"]),
            ],
        )
    },
    forwarding(
        "google_compute_forwarding_rule",
        &[Value("target"), Value("backend_service")],
    ),
    forwarding("google_compute_global_forwarding_rule", &[Value("target")]),
    map("google_compute_url_map"),
    map("google_compute_region_url_map"),
    proxy("google_compute_target_http_proxy", &[Value("url_map")]),
    proxy("google_compute_target_https_proxy", &[Value("url_map")]),
    proxy(
        "google_compute_region_target_http_proxy",
        &[Value("url_map")],
    ),
    proxy(
        "google_compute_region_target_https_proxy",
        &[Value("url_map")],
    ),
    proxy(
        "google_compute_target_tcp_proxy",
        &[Value("backend_service")],
    ),
    proxy(
        "google_compute_target_ssl_proxy",
        &[Value("backend_service")],
    ),
    traffic(
        "google_compute_backend_service",
        "backend service",
        BACKENDS,
    ),
    traffic(
        "google_compute_region_backend_service",
        "backend service",
        BACKENDS,
    ),
    traffic(
        "google_cloud_run_service",
        "service",
        &[Blocks {
            block: "traffic",
            key: &["revision_name", "latest_revision", "tag"],
            values: &[],
            shares: Some(("", "", "percent")),
            further: true,
        }],
    ),
    traffic(
        "google_cloud_run_v2_service",
        "service",
        &[Blocks {
            block: "traffic",
            key: &["type", "revision", "tag"],
            values: &[],
            shares: Some(("", "", "percent")),
            further: true,
        }],
    ),
    traffic(
        "google_app_engine_service_split_traffic",
        "split of traffic",
        &[Weight("split[0].allocations")],
    ),
    traffic(
        "google_cloud_run_domain_mapping",
        "mapping of a domain",
        &[Value("spec[0].route_name")],
    ),
];
