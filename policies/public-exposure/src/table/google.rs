//! Switches of hashicorp/google.

use tollgate_policy_common::switch::{Good, Row, Switch, Unset, When};

use super::Exposure::{
    Address, Anonymous, AnyNetwork, ApiKey, Endpoint, Entrance, Metadata, OpenNetwork, Password,
};
use super::{Exposure, closes, networks, never, only, open, opens, row, with, without};

const NO_ADDRESS: &str = "Remove the block, and reach the machine through a load balancer, a VPN or Identity-Aware Proxy.";

const NO_SERIAL_PORT: &str = "Set the metadata key `serial-port-enable` to `FALSE`, and turn it on only while somebody needs the serial console.";
const WORKLOAD_METADATA: &str =
    "Set `mode = \"GKE_METADATA\"` in the block `workload_metadata_config`.";
/// What containers read of the node that they run on.
const NODE_METADATA: &[&str] = &["GCE_METADATA"];

pub(super) static ROWS: &[Row<Exposure>] = &[
    // Databases.
    row(
        &["google_sql_database_instance"],
        &[
            networks("settings[0].ip_configuration[0].authorized_networks[].value").computed(),
            open(Address, "settings[0].ip_configuration[0].ipv4_enabled")
                .computed()
                .fix("Set `ipv4_enabled = false` in the block `ip_configuration`, with `private_network` or Private Service Connect."),
        ],
    ),
    row(
        &["google_alloydb_instance"],
        &[
            networks("network_config[0].authorized_external_networks[].cidr_range"),
            opens(Address, "network_config[0].enable_public_ip"),
        ],
    ),
    row(
        &["google_database_migration_service_connection_profile"],
        &[networks(
            "cloudsql[0].settings[0].ip_config[0].authorized_networks[].value",
        )],
    ),
    row(
        &["google_looker_instance"],
        &[opens(Endpoint, "public_ip_enabled")],
    ),
    row(
        &["google_vertex_ai_index_endpoint"],
        &[opens(Endpoint, "public_endpoint_enabled")],
    ),
    // Clusters and their control planes.
    row(
        &["google_container_cluster"],
        &[
            with(AnyNetwork, "master_authorized_networks_config")
                .when(&[
                    When::not("private_cluster_config[0].enable_private_endpoint", &["true"]),
                    When::not(
                        "control_plane_endpoints_config[0].ip_endpoints_config[0].enabled",
                        &["false"],
                    ),
                ])
                .fix("Name the networks that need the control plane in a block `master_authorized_networks_config`, or set `enable_private_endpoint = true` in the block `private_cluster_config`."),
            networks("master_authorized_networks_config[0].cidr_blocks[].cidr_block"),
            Switch::new(
                OpenNetwork,
                "master_authorized_networks_config[0].gcp_public_cidrs_access_enabled",
                Good::False,
                Unset::Good,
            )
            .computed(),
            opens(
                AnyNetwork,
                "control_plane_endpoints_config[0].dns_endpoint_config[0].allow_external_traffic",
            ),
            closes(Address, "private_cluster_config[0].enable_private_nodes"),
            Switch::new(
                Anonymous,
                "rbac_binding_config[0].enable_insecure_binding_system_unauthenticated",
                Good::False,
                Unset::Good,
            ),
        ],
    ),
    row(
        &["google_container_node_pool"],
        &[Switch::new(
            Address,
            "network_config[0].enable_private_nodes",
            Good::True,
            // As the cluster has it.
            Unset::Good,
        )
        .computed()],
    ),
    // https://docs.cloud.google.com/kubernetes-engine/docs/how-to/protecting-cluster-metadata
    row(
        &["google_container_cluster"],
        &[
            never(
                Metadata,
                "node_config[0].workload_metadata_config[0].mode",
                NODE_METADATA,
            )
            .fix(WORKLOAD_METADATA),
            never(
                Metadata,
                "node_pool[].node_config[0].workload_metadata_config[0].mode",
                NODE_METADATA,
            )
            .fix(WORKLOAD_METADATA),
        ],
    ),
    row(
        &["google_container_node_pool"],
        &[never(
            Metadata,
            "node_config[0].workload_metadata_config[0].mode",
            NODE_METADATA,
        )
        .fix(WORKLOAD_METADATA)],
    ),
    row(
        &["google_hypercomputecluster_cluster"],
        &[opens(
            Address,
            "orchestrator[0].slurm[0].login_nodes[0].enable_public_ips",
        )],
    ),
    // Machines.
    row(
        &["google_compute_instance", "google_compute_instance_from_template"],
        &[
            without(Address, "network_interface[].access_config").fix(NO_ADDRESS),
            without(Address, "network_interface[].ipv6_access_config").fix(NO_ADDRESS),
        ],
    ),
    row(
        &[
            "google_compute_instance_template",
            "google_compute_region_instance_template",
        ],
        &[
            without(Address, "network_interface[].access_config").fix(NO_ADDRESS),
            without(Address, "network_interface[].ipv6_access_config").fix(NO_ADDRESS),
        ],
    ),
    // The serial console answers every address, whatever the firewall says:
    // https://docs.cloud.google.com/compute/docs/troubleshooting/troubleshooting-using-serial-console
    row(
        &[
            "google_compute_instance",
            "google_compute_instance_template",
            "google_compute_region_instance_template",
            "google_compute_project_metadata",
        ],
        &[
            never(AnyNetwork, "metadata.serial-port-enable", &["true", "1"])
                .fix(NO_SERIAL_PORT),
        ],
    ),
    row(
        &["google_compute_instance_from_template"],
        &[
            never(AnyNetwork, "metadata.serial-port-enable", &["true", "1"])
                .computed()
                .fix(NO_SERIAL_PORT),
        ],
    ),
    row(
        &["google_compute_project_metadata_item"],
        &[never(AnyNetwork, "value", &["true", "1"])
            .when(&[When::is("key", &["serial-port-enable"])])
            .fix(NO_SERIAL_PORT)],
    ),
    row(
        &["google_backup_dr_restore_workload"],
        &[
            without(
                Address,
                "compute_instance_restore_properties[0].network_interfaces[].access_configs",
            )
            .fix(NO_ADDRESS),
            without(
                Address,
                "compute_instance_restore_properties[0].network_interfaces[].ipv6_access_configs",
            )
            .fix(NO_ADDRESS),
        ],
    ),
    row(
        &["google_workbench_instance"],
        &[closes(Address, "gce_setup[0].disable_public_ip").computed()],
    ),
    row(
        &["google_notebooks_instance"],
        &[closes(Address, "no_public_ip").until("8.0.0")],
    ),
    row(
        &["google_workstations_workstation_config"],
        &[closes(
            Address,
            "host[0].gce_instance[0].disable_public_ip_addresses",
        )],
    ),
    row(
        &["google_workstations_workstation_cluster"],
        &[closes(
            AnyNetwork,
            "private_cluster_config[0].enable_private_endpoint",
        )],
    ),
    row(
        &["google_dataproc_cluster"],
        // The default is another one since version 2.2 of the images.
        &[Switch::new(
            Address,
            "cluster_config[0].gce_cluster_config[0].internal_ip_only",
            Good::True,
            Unset::Unstated,
        )],
    ),
    row(
        &["google_dataflow_job"],
        &[only(
            Address,
            "ip_configuration",
            &["WORKER_IP_PRIVATE"],
            "WORKER_IP_PUBLIC",
        )],
    ),
    row(
        &["google_cloudbuild_worker_pool"],
        &[closes(Address, "worker_config[0].no_external_ip").computed()],
    ),
    row(
        &["google_vmwareengine_network_policy"],
        &[opens(Address, "external_ip[0].enabled")],
    ),
    // Managed environments.
    row(
        &["google_composer_environment"],
        &[
            networks(
                "config[0].web_server_network_access_control[0].allowed_ip_range[].value",
            ),
            networks("config[0].master_authorized_networks_config[0].cidr_blocks[].cidr_block"),
        ],
    ),
    row(
        &["google_data_fusion_instance"],
        &[closes(AnyNetwork, "private_instance")],
    ),
    row(
        &["google_secure_source_manager_instance"],
        &[closes(AnyNetwork, "private_config[0].is_private")],
    ),
    row(
        &["google_managed_kafka_cluster"],
        &[without(
            Endpoint,
            "gcp_config[0].access_config[0].public_cluster_config",
        )],
    ),
    // How users of an application sign in, and what a key is good for.
    row(
        &["google_identity_platform_config"],
        &[only(
            Password,
            "mfa[0].state",
            &["ENABLED", "MANDATORY"],
            "DISABLED",
        )
        .computed()],
    ),
    row(
        &["google_apikeys_key"],
        &[with(ApiKey, "restrictions")
            .fix("Name in a block `restrictions` the APIs and the clients that the key is for.")],
    ),
    // Use without signing in.
    row(
        &["google_cloud_run_v2_service"],
        &[opens(Anonymous, "invoker_iam_disabled")],
    ),
    row(
        &["google_discovery_engine_widget_config"],
        &[opens(Anonymous, "access_settings[0].allow_public_access")],
    ),
    row(
        &["google_ces_app"],
        &[opens(
            Anonymous,
            "default_channel_profile[0].web_widget_config[0].security_settings[0].enable_public_access",
        )],
    ),
    row(
        &["google_ces_deployment"],
        &[opens(
            Anonymous,
            "channel_profile[0].web_widget_config[0].security_settings[0].enable_public_access",
        )],
    ),
    // Entrances.
    row(
        &["google_compute_forwarding_rule", "google_compute_global_forwarding_rule"],
        &[Switch::new(
            Entrance,
            "load_balancing_scheme",
            Good::NoneOf(&["EXTERNAL", "EXTERNAL_MANAGED"]),
            Unset::Bad("EXTERNAL"),
        )
        .fix("Use a load balancer with the scheme `INTERNAL` or `INTERNAL_MANAGED`.")],
    ),
    row(
        &["google_cloud_run_v2_service"],
        &[Switch::new(
            Entrance,
            "ingress",
            Good::NoneOf(&["INGRESS_TRAFFIC_ALL"]),
            Unset::Bad("INGRESS_TRAFFIC_ALL"),
        )
        .computed()
        .fix("Set `ingress = \"INGRESS_TRAFFIC_INTERNAL_ONLY\"`.")],
    ),
    row(
        &["google_cloudfunctions2_function"],
        &[Switch::new(
            Entrance,
            "service_config[0].ingress_settings",
            Good::NoneOf(&["ALLOW_ALL"]),
            Unset::Bad("ALLOW_ALL"),
        )
        .when(&[When::set("service_config")])
        .fix("Set `ingress_settings = \"ALLOW_INTERNAL_ONLY\"` in the block `service_config`.")],
    ),
    row(
        &["google_cloudfunctions_function"],
        &[Switch::new(
            Entrance,
            "ingress_settings",
            Good::NoneOf(&["ALLOW_ALL"]),
            Unset::Bad("ALLOW_ALL"),
        )
        .when(&[When::is("trigger_http", &["true"])])
        .fix("Set `ingress_settings = \"ALLOW_INTERNAL_ONLY\"`.")],
    ),
    row(
        &["google_app_engine_service_network_settings"],
        &[never(
            Entrance,
            "network_settings[0].ingress_traffic_allowed",
            &["INGRESS_TRAFFIC_ALLOWED_ALL"],
        )
        .fix("Set `ingress_traffic_allowed = \"INGRESS_TRAFFIC_ALLOWED_INTERNAL_ONLY\"` in the block `network_settings`.")],
    ),
];
