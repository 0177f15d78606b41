//! hashicorp/google.

use super::{On, Row, access, audit, logged, offered, part, trail, unless};

/// The kinds of access whose log is on, each with those that are exempt from it.
const AUDIT_LOGS: &[super::Switch] = &[offered(part(
    "audit_log_config",
    On::Entries(&["log_type"]),
    false,
))];

/// What a policy that takes the place of every other has logged.
const POLICY: &[super::Switch] = &[offered(part("policy_data", On::AuditConfigs, false))];

const RULE: &[super::Switch] = &[offered(access("enable_logging", On::True))];

const SINK: &[super::Switch] = &[
    audit("disabled", On::False),
    // Without a filter every entry is exported.
    offered(part("filter", On::Empty, true)),
];

const BACKEND: &[super::Switch] = &[access("log_config[0].enable", On::True)];

pub(super) static ROWS: &[Row] = &[
    trail(
        "google_project_iam_audit_config",
        "audit log of a service",
        &[],
        AUDIT_LOGS,
    ),
    trail(
        "google_folder_iam_audit_config",
        "audit log of a service",
        &[],
        AUDIT_LOGS,
    ),
    trail(
        "google_organization_iam_audit_config",
        "audit log of a service",
        &[],
        AUDIT_LOGS,
    ),
    logged("google_project_iam_policy", "policy of the project", POLICY),
    logged("google_folder_iam_policy", "policy of the folder", POLICY),
    logged(
        "google_organization_iam_policy",
        "policy of the organization",
        POLICY,
    ),
    trail("google_logging_project_sink", "export of logs", &[], SINK),
    trail("google_logging_folder_sink", "export of logs", &[], SINK),
    trail(
        "google_logging_organization_sink",
        "export of logs",
        &[],
        SINK,
    ),
    trail(
        "google_logging_billing_account_sink",
        "export of logs",
        &[],
        SINK,
    ),
    trail(
        "google_network_management_vpc_flow_logs_config",
        "flow log",
        &[],
        &[audit("state", On::OneOf(&["ENABLED"]))],
    ),
    trail(
        "google_scc_project_notification_config",
        "notification of the security command center",
        &[],
        &[],
    ),
    trail(
        "google_scc_notification_config",
        "notification of the security command center",
        &[],
        &[],
    ),
    trail(
        "google_scc_folder_notification_config",
        "notification of the security command center",
        &[],
        &[],
    ),
    trail(
        "google_scc_v2_organization_notification_config",
        "notification of the security command center",
        &[],
        &[],
    ),
    trail(
        "google_scc_v2_folder_notification_config",
        "notification of the security command center",
        &[],
        &[],
    ),
    trail(
        "google_scc_v2_project_notification_config",
        "notification of the security command center",
        &[],
        &[],
    ),
    trail(
        "google_securityposture_posture_deployment",
        "posture that is watched",
        &[],
        &[],
    ),
    // Subnets that proxies and service connections use have no flow logs:
    // https://cloud.google.com/vpc/docs/flow-logs
    logged(
        "google_compute_subnetwork",
        "subnet",
        &[unless(
            access("log_config", On::There),
            "purpose",
            &[
                "INTERNAL_HTTPS_LOAD_BALANCER",
                "REGIONAL_MANAGED_PROXY",
                "GLOBAL_MANAGED_PROXY",
                "PRIVATE_SERVICE_CONNECT",
                "PRIVATE_NAT",
            ],
        )],
    ),
    logged("google_compute_backend_service", "backend service", BACKEND),
    logged(
        "google_compute_region_backend_service",
        "backend service",
        &[offered(access("log_config[0].enable", On::True))],
    ),
    logged(
        "google_compute_firewall",
        "firewall rule",
        &[offered(access("log_config", On::There))],
    ),
    logged("google_compute_firewall_policy_rule", "firewall rule", RULE),
    logged(
        "google_compute_network_firewall_policy_rule",
        "firewall rule",
        RULE,
    ),
    logged(
        "google_compute_region_network_firewall_policy_rule",
        "firewall rule",
        RULE,
    ),
    logged(
        "google_compute_router_nat",
        "address translation",
        &[offered(access("log_config[0].enable", On::True))],
    ),
    logged(
        "google_container_cluster",
        "cluster",
        &[
            offered(super::switch(
                "logging_service",
                On::NoneOf(&["none"]),
                true,
                super::Layer::Access,
            )),
            offered(access(
                "logging_config[0].enable_components",
                On::Entries(&[]),
            )),
            offered(part(
                "security_posture_config[0].mode",
                On::NoneOf(&["DISABLED", "MODE_UNSPECIFIED"]),
                true,
            )),
            offered(part(
                "security_posture_config[0].vulnerability_mode",
                On::NoneOf(&["VULNERABILITY_DISABLED", "VULNERABILITY_MODE_UNSPECIFIED"]),
                true,
            )),
        ],
    ),
    logged(
        "google_storage_bucket",
        "bucket",
        &[offered(access("logging", On::There))],
    ),
    logged(
        "google_dns_managed_zone",
        "zone",
        &[offered(access(
            "cloud_logging_config[0].enable_logging",
            On::True,
        ))],
    ),
    logged(
        "google_dns_policy",
        "policy of a resolver",
        &[offered(access("enable_logging", On::True))],
    ),
];
