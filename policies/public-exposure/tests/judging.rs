//! What the policy finds in plans, case by case.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "tests"
)]

use public_exposure::PublicExposure;
use tollgate_policy::serde_json::{Value as Json, json};
use tollgate_policy::testing::{Plan, Resource, sensitive, unknown};

/// `rule outcome [attributes]` of every finding on one resource.
fn judged(resource: Resource) -> Vec<String> {
    short(&Plan::new([resource]))
}

/// Without what is told of every machine that does not say how its metadata is served.
fn short(plan: &Plan) -> Vec<String> {
    let mut all = all(plan);
    all.retain(|line| !line.starts_with("metadata-without-token undetermined(advice)"));
    all
}

fn all(plan: &Plan) -> Vec<String> {
    plan.findings::<PublicExposure>()
        .iter()
        .map(|line| {
            let (head, _) = line.split_once(": ").unwrap();
            let mut words: Vec<_> = head.split(' ').collect();
            words.remove(2);
            words.join(" ")
        })
        .collect()
}

fn forbidding(resource: Resource) -> Vec<String> {
    short(&Plan::new([resource]).settings(json!({"public-entrances": "forbidden"})))
}

fn created(kind: &str, attributes: Json) -> Resource {
    Resource::create(&format!("{kind}.x"), attributes)
}

/// An RDS instance as the provider writes it.
fn database(public: Json, class: &str) -> Json {
    json!({
        "allocated_storage": 20, "apply_immediately": null, "backup_retention_period": 7,
        "db_name": "orders", "deletion_protection": true, "engine": "postgres",
        "iam_database_authentication_enabled": null, "identifier": "orders",
        "instance_class": class, "multi_az": true, "publicly_accessible": public,
        "restore_to_point_in_time": [], "s3_import": [], "skip_final_snapshot": false,
        "storage_encrypted": true, "tags": {"owner": "orders"}, "timeouts": null,
    })
}

const ENDPOINT: &str = "public-endpoint violation [publicly_accessible]";

#[test]
fn a_database_on_the_internet_is_found_wherever_the_plan_has_it() {
    let open = || database(json!(true), "db.t4g.small");
    let closed = || database(json!(false), "db.t4g.small");
    let at = "aws_db_instance.orders";
    let existing = "public-endpoint violation(existing) [publicly_accessible]";
    for (resource, expected) in [
        (Resource::create(at, open()), vec![ENDPOINT]),
        (Resource::create(at, closed()), vec![]),
        (
            Resource::create(at, database(json!(null), "db.t4g.small")),
            vec![],
        ),
        // Turned on and off.
        (Resource::update(at, closed(), open()), vec![ENDPOINT]),
        (Resource::update(at, open(), closed()), vec![]),
        // Not of this plan's making.
        (Resource::unchanged(at, open()), vec![existing]),
        (
            Resource::update(at, open(), database(json!(true), "db.t4g.large")),
            vec![existing],
        ),
        (Resource::replace(at, open(), open()), vec![existing]),
        // Taken over as it is.
        (
            Resource::unchanged(at, open()).with(|change| change.importing = true),
            vec![ENDPOINT],
        ),
        // Not told.
        (
            Resource::create(at, database(unknown(), "db.t4g.small")),
            vec!["public-endpoint undetermined [publicly_accessible]"],
        ),
        (
            Resource::update(at, closed(), database(sensitive(), "db.t4g.small")),
            vec!["public-endpoint undetermined [publicly_accessible]"],
        ),
        (
            Resource::unchanged(at, database(sensitive(), "db.t4g.small")),
            vec!["public-endpoint undetermined(existing) [publicly_accessible]"],
        ),
        // Gone, or not ours.
        (Resource::delete(at, open()), vec![]),
        (Resource::forget(at, open()), vec![]),
        (
            Resource::unchanged("data.aws_db_instance.orders", open()),
            vec![],
        ),
        (
            Resource::unchanged(at, open()).with(|change| change.deposed = Some("ab12".to_owned())),
            vec![],
        ),
        // Looks alike.
        (
            Resource::create(
                "aws_db_instance_role_association.x",
                json!({"publicly_accessible": true}),
            ),
            vec![],
        ),
        (
            Resource::create(at, {
                let mut closed = closed();
                closed["tags"] = json!({"publicly_accessible": "true", "cidr": "0.0.0.0/0"});
                closed
            }),
            vec![],
        ),
    ] {
        let shown = format!("{resource:?}");
        assert_eq!(judged(resource), expected, "{shown}");
    }
}

#[test]
fn what_the_provider_computes_is_its_default_where_it_is_left_out() {
    let none: &[&str] = &[];
    for (kind, after, refers, expected) in [
        // Left out: unknown in a plan, and false.
        (
            "aws_rds_cluster_instance",
            json!({"publicly_accessible": unknown()}),
            None,
            none,
        ),
        (
            "aws_instance",
            json!({"associate_public_ip_address": unknown()}),
            None,
            none,
        ),
        // A variable that is null is left out, too.
        (
            "aws_instance",
            json!({"associate_public_ip_address": unknown()}),
            Some(("associate_public_ip_address", "module.vm.var.public")),
            none,
        ),
        // Left out, and the default is the bad one.
        (
            "aws_dms_instance_profile",
            json!({"publicly_accessible": unknown()}),
            None,
            &[ENDPOINT],
        ),
        // Left out, and nobody says what it is.
        (
            "aws_rds_shard_group",
            json!({"publicly_accessible": unknown()}),
            None,
            &["public-endpoint undetermined [publicly_accessible]"],
        ),
        // What another resource will answer.
        (
            "aws_rds_cluster_instance",
            json!({"publicly_accessible": unknown()}),
            Some(("publicly_accessible", "terraform_data.answer.output")),
            &["public-endpoint undetermined [publicly_accessible]"],
        ),
    ] {
        let mut resource = created(kind, after.clone());
        if let Some((path, to)) = refers {
            resource = resource.refers(path, to);
        }
        assert_eq!(judged(resource), expected, "{kind} {after}");
    }
}

#[test]
fn each_kind_of_exposure() {
    let none: &[&str] = &[];
    for (kind, after, expected) in [
        // Kubernetes: open to every network, to most of them, to one, to none.
        (
            "aws_eks_cluster",
            json!({"name": "main", "vpc_config": [{
                "endpoint_private_access": true, "endpoint_public_access": true,
                "public_access_cidrs": null, "subnet_ids": ["subnet-1"], "security_group_ids": null,
            }]}),
            &["any-network-allowed violation [vpc_config[0].endpoint_public_access]"] as &[_],
        ),
        (
            "aws_eks_cluster",
            json!({"vpc_config": [{"endpoint_public_access": true, "public_access_cidrs": ["203.0.113.0/24", "0.0.0.0/0"]}]}),
            &["open-network violation [vpc_config[0].public_access_cidrs]"],
        ),
        (
            "aws_eks_cluster",
            json!({"vpc_config": [{"endpoint_public_access": true, "public_access_cidrs": ["203.0.113.0/24"]}]}),
            none,
        ),
        (
            "aws_eks_cluster",
            json!({"vpc_config": [{"endpoint_public_access": false, "public_access_cidrs": ["0.0.0.0/0"]}]}),
            none,
        ),
        (
            "google_container_cluster",
            json!({
                "master_authorized_networks_config": [],
                "private_cluster_config": [{"enable_private_nodes": true, "enable_private_endpoint": false}],
                "control_plane_endpoints_config": [],
            }),
            &["any-network-allowed violation [master_authorized_networks_config]"],
        ),
        (
            "google_container_cluster",
            json!({
                "master_authorized_networks_config": [{"cidr_blocks": [
                    {"cidr_block": "0.0.0.0/1", "display_name": "half"},
                    {"cidr_block": "10.0.0.0/8", "display_name": "office"},
                ]}],
                "private_cluster_config": [{"enable_private_nodes": true, "enable_private_endpoint": false}],
            }),
            &["open-network violation [master_authorized_networks_config[0].cidr_blocks]"],
        ),
        (
            "google_container_cluster",
            json!({
                "master_authorized_networks_config": [],
                "private_cluster_config": [{"enable_private_nodes": true, "enable_private_endpoint": true}],
            }),
            none,
        ),
        (
            "google_container_cluster",
            json!({
                "master_authorized_networks_config": [{"cidr_blocks": []}],
                "private_cluster_config": [],
            }),
            &["public-address violation [private_cluster_config[0].enable_private_nodes]"],
        ),
        (
            "azurerm_kubernetes_cluster",
            json!({"private_cluster_enabled": false, "api_server_access_profile": [], "default_node_pool": [{"node_public_ip_enabled": false}]}),
            &["any-network-allowed violation [private_cluster_enabled]"],
        ),
        (
            "azurerm_kubernetes_cluster",
            json!({"private_cluster_enabled": false, "api_server_access_profile": [{"authorized_ip_ranges": ["203.0.113.7/32"]}], "default_node_pool": [{"node_public_ip_enabled": true}]}),
            &["public-address violation [default_node_pool[0].node_public_ip_enabled]"],
        ),
        // Databases.
        (
            "google_sql_database_instance",
            json!({"settings": [{"ip_configuration": [{
                "ipv4_enabled": true, "private_network": null,
                "authorized_networks": [
                    {"value": "203.0.113.0/24", "name": "0.0.0.0/0", "expiration_time": ""},
                    {"value": "0.0.0.0/0", "name": "all", "expiration_time": ""},
                ],
            }]}]}),
            &[
                "open-network violation [settings[0].ip_configuration[0].authorized_networks]",
                "public-address violation [settings[0].ip_configuration[0].ipv4_enabled]",
            ],
        ),
        (
            "google_sql_database_instance",
            json!({"settings": [{"ip_configuration": [{"ipv4_enabled": false, "private_network": "projects/p/global/networks/n", "authorized_networks": []}]}]}),
            none,
        ),
        (
            "azurerm_mssql_firewall_rule",
            json!({"name": "all", "start_ip_address": "0.0.0.0", "end_ip_address": "255.255.255.255"}),
            none,
        ),
        (
            "azurerm_mssql_firewall_rule",
            json!({"name": "all", "start_ip_address": "1.0.0.0", "end_ip_address": "223.255.255.255"}),
            none,
        ),
        (
            "azurerm_mssql_firewall_rule",
            json!({"name": "azure", "start_ip_address": "0.0.0.0", "end_ip_address": "0.0.0.0"}),
            &["any-network-allowed violation [start_ip_address]"],
        ),
        (
            "azurerm_mssql_firewall_rule",
            json!({"name": "0.0.0.0", "start_ip_address": "203.0.113.1", "end_ip_address": "203.0.113.9"}),
            none,
        ),
        (
            "azurerm_cosmosdb_account",
            json!({"public_network_access_enabled": true, "ip_range_filter": ["203.0.113.0/24"], "is_virtual_network_filter_enabled": false}),
            none,
        ),
        (
            "azurerm_cosmosdb_account",
            json!({"public_network_access_enabled": true, "ip_range_filter": null, "is_virtual_network_filter_enabled": false}),
            &["any-network-allowed violation [public_network_access_enabled]"],
        ),
        (
            "azurerm_postgresql_flexible_server",
            json!({"public_network_access_enabled": true, "delegated_subnet_id": "/subscriptions/s/subnets/db"}),
            none,
        ),
        // Machines.
        (
            "google_compute_instance",
            json!({"network_interface": [{"network": "default", "access_config": [{"nat_ip": unknown(), "network_tier": unknown(), "public_ptr_domain_name": null}], "ipv6_access_config": []}]}),
            &["public-address violation [network_interface]"],
        ),
        (
            "google_compute_instance",
            json!({"network_interface": [{"network": "default", "access_config": [], "ipv6_access_config": []}]}),
            none,
        ),
        (
            "aws_launch_template",
            json!({"network_interfaces": [{"associate_public_ip_address": "true"}]}),
            &["public-address violation [network_interfaces]"],
        ),
        (
            "aws_launch_template",
            json!({"network_interfaces": [{"associate_public_ip_address": "false"}, {"associate_public_ip_address": ""}]}),
            none,
        ),
        (
            "aws_subnet",
            json!({"map_public_ip_on_launch": true}),
            &["public-subnet violation [map_public_ip_on_launch]"],
        ),
        // Without signing in.
        (
            "aws_lambda_function_url",
            json!({"authorization_type": "NONE"}),
            &["anonymous-access violation [authorization_type]"],
        ),
        (
            "aws_lambda_function_url",
            json!({"authorization_type": "AWS_IAM"}),
            none,
        ),
        (
            "aws_api_gateway_method",
            json!({"http_method": "POST", "authorization": "NONE", "api_key_required": null}),
            &["unauthenticated-route violation [authorization]"],
        ),
        (
            "aws_api_gateway_method",
            json!({"http_method": "OPTIONS", "authorization": "NONE", "api_key_required": null}),
            none,
        ),
        (
            "aws_api_gateway_method",
            json!({"http_method": "GET", "authorization": "NONE", "api_key_required": true}),
            none,
        ),
        (
            "azurerm_container_registry",
            json!({"public_network_access_enabled": false, "anonymous_pull_enabled": true}),
            &["anonymous-access violation [anonymous_pull_enabled]"],
        ),
        (
            "google_cloud_run_v2_service",
            json!({"invoker_iam_disabled": true, "ingress": "INGRESS_TRAFFIC_ALL"}),
            &["anonymous-access violation [invoker_iam_disabled]"],
        ),
        // For everyone.
        (
            "aws_ami_launch_permission",
            json!({"image_id": "ami-1", "group": "all", "account_id": null}),
            &["shared-with-everyone violation [group]"],
        ),
        (
            "aws_ami_launch_permission",
            json!({"image_id": "ami-1", "group": null, "account_id": "123456789012"}),
            none,
        ),
        (
            "aws_db_snapshot",
            json!({"shared_accounts": ["123456789012", "all"]}),
            &["shared-with-everyone violation [shared_accounts]"],
        ),
        (
            "aws_db_snapshot",
            json!({"shared_accounts": ["123456789012"]}),
            none,
        ),
        (
            "aws_ssm_document",
            json!({"permissions": {"type": "Share", "account_ids": "All"}}),
            &["shared-with-everyone violation [permissions.account_ids]"],
        ),
        (
            "aws_ecrpublic_repository",
            json!({"repository_name": "tools"}),
            &["shared-with-everyone violation [repository_name]"],
        ),
        ("aws_ecr_repository", json!({"name": "tools"}), none),
        (
            "google_compute_image_iam_member",
            json!({"member": "allAuthenticatedUsers", "role": "roles/compute.imageUser"}),
            none,
        ),
        (
            "google_compute_image_iam_member",
            json!({"member": "group:all@example.com", "role": "roles/compute.imageUser"}),
            none,
        ),
        (
            "azurerm_shared_image_gallery",
            json!({"sharing": [{"permission": "Community"}]}),
            &["shared-with-everyone violation [sharing[0].permission]"],
        ),
        // Guards.
        (
            "aws_ebs_snapshot_block_public_access",
            json!({"state": "unblocked"}),
            &["public-access-block-off violation [state]"],
        ),
        (
            "aws_ebs_snapshot_block_public_access",
            json!({"state": "block-all-sharing"}),
            none,
        ),
        (
            "aws_ssm_service_setting",
            json!({"setting_id": "/ssm/documents/console/public-sharing-permission", "setting_value": "Enable"}),
            &["public-access-block-off violation [setting_value]"],
        ),
        (
            "aws_ssm_service_setting",
            json!({"setting_id": "/ssm/parameter-store/high-throughput-enabled", "setting_value": "Enable"}),
            none,
        ),
        // Entrances are allowed unless a setting says otherwise.
        (
            "aws_lb",
            json!({"internal": false, "load_balancer_type": "application"}),
            none,
        ),
    ] {
        assert_eq!(
            judged(created(kind, after.clone())),
            expected,
            "{kind} {after}"
        );
    }
}

#[test]
fn entrances_where_the_environment_forbids_them() {
    let none: &[&str] = &[];
    for (kind, after, expected) in [
        (
            "aws_lb",
            json!({"internal": false, "load_balancer_type": "application"}),
            &["public-entrance violation [internal]"] as &[_],
        ),
        (
            "aws_lb",
            json!({"internal": unknown(), "load_balancer_type": "application"}),
            &["public-entrance violation [internal]"],
        ),
        (
            "aws_lb",
            json!({"internal": true, "load_balancer_type": "network"}),
            none,
        ),
        (
            "aws_lb",
            json!({"internal": unknown(), "load_balancer_type": "gateway"}),
            none,
        ),
        (
            "google_compute_forwarding_rule",
            json!({"load_balancing_scheme": "EXTERNAL_MANAGED"}),
            &["public-entrance violation [load_balancing_scheme]"],
        ),
        (
            "google_compute_forwarding_rule",
            json!({"load_balancing_scheme": "INTERNAL"}),
            none,
        ),
        (
            "azurerm_lb",
            json!({"frontend_ip_configuration": [{"name": "f", "public_ip_address_id": "/s/publicIPAddresses/p", "public_ip_prefix_id": null}]}),
            &["public-entrance violation [frontend_ip_configuration]"],
        ),
        (
            "azurerm_lb",
            json!({"frontend_ip_configuration": [{"name": "f", "public_ip_address_id": "", "public_ip_prefix_id": ""}]}),
            none,
        ),
        (
            "azurerm_linux_web_app",
            json!({"public_network_access_enabled": true, "site_config": [{"ip_restriction_default_action": "Allow"}]}),
            &["public-entrance violation [public_network_access_enabled]"],
        ),
        (
            "azurerm_linux_web_app",
            json!({"public_network_access_enabled": true, "site_config": [{"ip_restriction_default_action": "Deny"}]}),
            none,
        ),
    ] {
        assert_eq!(
            forbidding(created(kind, after.clone())),
            expected,
            "{kind} {after}"
        );
    }
    // An address that is known only after apply is one.
    let gateway = created(
        "azurerm_lb",
        json!({"frontend_ip_configuration": [{"name": "f", "public_ip_address_id": unknown(), "public_ip_prefix_id": unknown()}]}),
    )
    .refers("frontend_ip_configuration", "azurerm_public_ip.p.id");
    assert!(
        forbidding(gateway)
            .contains(&"public-entrance violation [frontend_ip_configuration]".to_owned())
    );
}

fn storage(public: bool, rules: Json) -> Json {
    json!({
        "id": "/subscriptions/s/storageAccounts/orders", "name": "orders",
        "network_rules": rules, "public_network_access": null,
        "public_network_access_enabled": public, "tags": null,
    })
}

#[test]
fn network_rules_of_azure_in_the_resource_and_beside_it() {
    let at = "module.store.azurerm_storage_account.orders";
    let finding = "any-network-allowed violation [public_network_access_enabled]";
    let deny = json!([{"default_action": "Deny", "bypass": ["AzureServices"], "ip_rules": [], "virtual_network_subnet_ids": []}]);
    let allow = json!([{"default_action": "Allow", "bypass": [], "ip_rules": [], "virtual_network_subnet_ids": []}]);
    assert_eq!(
        judged(Resource::create(at, storage(true, json!([])))),
        [finding]
    );
    assert_eq!(
        judged(Resource::create(at, storage(true, allow.clone()))),
        [finding]
    );
    assert_eq!(
        judged(Resource::create(at, storage(true, deny.clone()))),
        [] as [&str; 0]
    );
    assert_eq!(
        judged(Resource::create(at, storage(false, json!([])))),
        [] as [&str; 0]
    );
    // The rules are what changes.
    assert_eq!(
        judged(Resource::update(
            at,
            storage(true, deny),
            storage(true, allow)
        )),
        ["network-limit-removed violation [network_rules[0].default_action]"]
    );
    // The rules beside it go away, after which the provider lets everyone in.
    let with_rules = |rules: Resource| {
        short(&Plan::new([
            Resource::unchanged(at, storage(true, json!([]))),
            rules,
        ]))
    };
    let rules_at = "module.store.azurerm_storage_account_network_rules.orders";
    let beside_it = json!({"storage_account_id": "/subscriptions/s/storageAccounts/orders", "default_action": "Deny", "ip_rules": []});
    assert_eq!(
        with_rules(Resource::delete(rules_at, beside_it.clone())),
        ["network-limit-removed violation [public_network_access_enabled]"]
    );
    assert_eq!(
        with_rules(Resource::unchanged(rules_at, beside_it)),
        [] as [&str; 0]
    );
    // In another resource, known by what it refers to, or by the id.
    let rules = |id: Json, action: &str| {
        Resource::create(
            "module.store.azurerm_storage_account_network_rules.orders",
            json!({"storage_account_id": id, "default_action": action, "ip_rules": []}),
        )
    };
    let beside = |rules: Resource| {
        short(&Plan::new([
            Resource::create(at, storage(true, json!([]))),
            rules,
        ]))
    };
    assert_eq!(
        beside(rules(unknown(), "Deny").refers(
            "storage_account_id",
            "module.store.azurerm_storage_account.orders.id"
        )),
        [] as [&str; 0]
    );
    assert_eq!(
        beside(rules(
            json!("/subscriptions/s/storageAccounts/orders"),
            "Deny"
        )),
        [] as [&str; 0]
    );
    assert_eq!(
        beside(rules(
            json!("/subscriptions/s/storageAccounts/orders"),
            "Allow"
        )),
        ["any-network-allowed violation [default_action]"]
    );
    assert_eq!(
        beside(rules(unknown(), "Deny").refers(
            "storage_account_id",
            "module.store.azurerm_storage_account.other.id"
        )),
        [finding]
    );
}

#[test]
fn a_further_network_is_told_from_those_that_are_there() {
    let cluster = |cidrs: Json| json!({"vpc_config": [{"endpoint_public_access": true, "public_access_cidrs": cidrs}]});
    let at = "aws_eks_cluster.main";
    let existing = "open-network violation(existing) [vpc_config[0].public_access_cidrs]";
    let planned = "open-network violation [vpc_config[0].public_access_cidrs]";
    for (before, after, expected) in [
        (
            json!(["0.0.0.0/0"]),
            json!(["0.0.0.0/0", "203.0.113.0/24"]),
            vec![existing],
        ),
        (
            json!(["203.0.113.0/24"]),
            json!(["203.0.113.0/24", "0.0.0.0/0"]),
            vec![planned],
        ),
        (
            json!(["0.0.0.0/0"]),
            json!(["::/0", "0.0.0.0/0"]),
            vec![planned, existing],
        ),
        // Narrowed.
        (json!(["0.0.0.0/0"]), json!(["203.0.113.0/24"]), vec![]),
        (
            json!(["10.0.0.0/8", "203.0.113.0/24"]),
            json!(["10.0.0.0/8"]),
            vec![],
        ),
        // Not known.
        (
            json!(["10.0.0.0/8"]),
            json!(["10.0.0.0/8", unknown()]),
            vec!["open-network undetermined [vpc_config[0].public_access_cidrs]"],
        ),
    ] {
        assert_eq!(
            judged(Resource::update(
                at,
                cluster(before),
                cluster(after.clone())
            )),
            expected,
            "{after}"
        );
    }
}

#[test]
fn a_block_of_public_access_that_goes_away() {
    let at = "aws_ebs_snapshot_block_public_access.main";
    let on = json!({"id": "eu-central-1", "state": "block-all-sharing"});
    let off = json!({"id": "eu-central-1", "state": "unblocked"});
    let gone = ["public-access-block-off violation []"];
    let none: [&str; 0] = [];
    assert_eq!(judged(Resource::delete(at, on.clone())), gone);
    assert_eq!(judged(Resource::delete(at, off.clone())), none);
    assert_eq!(judged(Resource::forget(at, on.clone())), none);
    assert_eq!(judged(Resource::unchanged(at, on.clone())), none);
    assert_eq!(
        judged(Resource::update(at, on, off)),
        ["public-access-block-off violation [state]"]
    );
    let setting = |id: &str| json!({"setting_id": id, "setting_value": "Disable"});
    assert_eq!(
        judged(Resource::delete(
            "aws_ssm_service_setting.x",
            setting("/ssm/documents/console/public-sharing-permission")
        )),
        gone
    );
    assert_eq!(
        judged(Resource::delete(
            "aws_ssm_service_setting.x",
            setting("/ssm/managed-instance/activation-tier")
        )),
        none
    );
    // An exclusion that goes away exposes nothing.
    assert_eq!(
        judged(Resource::delete(
            "aws_vpc_block_public_access_exclusion.x",
            json!({"internet_gateway_exclusion_mode": "allow-egress"})
        )),
        none
    );
}

#[test]
fn addresses_that_are_given_to_machines() {
    let none: &[&str] = &[];
    let found: &[&str] = &["public-address violation [instance]"];
    let eip = |instance: Json| {
        Resource::create(
            "aws_eip.x",
            json!({"instance": instance, "network_interface": unknown(), "domain": "vpc"}),
        )
    };
    assert_eq!(judged(eip(json!("i-1"))), found);
    assert_eq!(
        judged(eip(unknown()).refers("instance", "aws_instance.bastion.id")),
        found
    );
    assert_eq!(judged(eip(unknown())), none);
    let interface = |address: Json| json!({"ip_configuration": [{"name": "internal", "public_ip_address_id": address, "subnet_id": "/s/subnets/a"}]});
    let found: &[&str] = &["public-address violation [ip_configuration]"];
    assert_eq!(
        judged(created(
            "azurerm_network_interface",
            interface(json!("/s/publicIPAddresses/p"))
        )),
        found
    );
    assert_eq!(
        judged(
            created("azurerm_network_interface", interface(unknown()))
                .refers("ip_configuration", "azurerm_public_ip.p.id")
        ),
        found
    );
    for empty in [json!(null), json!("")] {
        assert_eq!(
            judged(created("azurerm_network_interface", interface(empty))),
            none
        );
    }
}

#[test]
fn settings() {
    let machine = || created("aws_instance", json!({"associate_public_ip_address": true}));
    let findings = |settings: Json, environment: &str, protected: bool| {
        short(
            &Plan::new([machine()])
                .settings(settings)
                .environment(environment, protected),
        )
        .len()
    };
    for (settings, protected, expected) in [
        (json!({}), true, 1),
        (json!({}), false, 1),
        (json!({"require": "protected-environments"}), false, 0),
        (json!({"require": "protected-environments"}), true, 1),
        (json!({"require": "never"}), true, 0),
        (json!({"public-addresses": "allowed"}), true, 0),
        (json!({"public-addresses": "forbidden"}), true, 1),
        (json!({"allow-public": ["aws_instance.*"]}), true, 0),
        (json!({"allow-public": ["aws_instance.y"]}), true, 1),
        (json!({"ignore-types": ["aws_inst*"]}), true, 0),
        (json!({"ignore-types": ["aws_db_*"]}), true, 1),
    ] {
        assert_eq!(
            findings(settings.clone(), "e", protected),
            expected,
            "{settings}"
        );
    }
    let typo = Plan::new([]).settings(json!({"public-adresses": "allowed"}));
    assert!(typo.evaluate::<PublicExposure>().is_err());
}

#[test]
fn a_finding_says_what_and_how() {
    let evaluation = Plan::new([created(
        "google_sql_database_instance",
        json!({"settings": [{"ip_configuration": [{"ipv4_enabled": false, "authorized_networks": [{"value": "0.0.0.0/0"}]}]}]}),
    )])
    .evaluate::<PublicExposure>()
    .unwrap();
    let [finding] = &evaluation.findings[..] else {
        panic!("{:?}", evaluation.findings);
    };
    assert_eq!(
        finding.message,
        "the resource lets in most of the internet: `settings.ip_configuration.authorized_networks.value` is `0.0.0.0/0`"
    );
    assert_eq!(
        finding.remediation.as_deref(),
        Some(
            "Name in `settings.ip_configuration.authorized_networks.value` only the networks that need access."
        )
    );
    assert_eq!(
        finding.details[0].text,
        "https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/sql_database_instance"
    );
}

#[test]
fn a_list_of_networks_in_another_shape_is_undetermined() {
    let plan = Plan::new([created(
        "google_sql_database_instance",
        json!({"settings": [{"ip_configuration": [{"ipv4_enabled": false, "authorized_networks": "0.0.0.0/0"}]}]}),
    )]);
    assert_eq!(
        short(&plan),
        ["open-network undetermined [settings[0].ip_configuration[0].authorized_networks]"]
    );
}

#[test]
fn what_is_made_of_another_resource_in_the_same_plan() {
    let none: &[&str] = &[];
    let cluster = || {
        created(
            "aws_eks_cluster",
            json!({"vpc_config": [{"endpoint_public_access": true, "public_access_cidrs": [unknown()]}]}),
        )
    };
    let path = "vpc_config[0].public_access_cidrs";
    let unclear = ["open-network undetermined [vpc_config[0].public_access_cidrs]"];
    assert_eq!(
        judged(cluster().refers(path, "module.vpc.aws_nat_gateway.n[0].public_ip")),
        none
    );
    assert_eq!(
        judged(cluster().refers(path, "data.http.ranges.response_body")),
        unclear
    );
    assert_eq!(
        judged(
            cluster()
                .refers(path, "aws_nat_gateway.n.public_ip")
                .refers(path, "terraform_data.ranges.output")
        ),
        unclear
    );
    // A set with one unknown item is unknown as a whole, and can have anything else in it.
    let snapshot = created("aws_db_snapshot", json!({"shared_accounts": unknown()}))
        .refers("shared_accounts", "aws_organizations_account.team.id");
    assert_eq!(
        judged(snapshot),
        ["shared-with-everyone undetermined [shared_accounts]"]
    );
}

#[test]
fn limits_that_the_plan_takes_away() {
    let eks = |cidrs: Json, public: bool| json!({"vpc_config": [{"endpoint_private_access": true, "endpoint_public_access": public, "public_access_cidrs": cidrs, "subnet_ids": ["a"]}]});
    let gke = |networks: Json| json!({"master_authorized_networks_config": networks, "private_cluster_config": [{"enable_private_endpoint": false, "enable_private_nodes": true}]});
    let aks = |profile: Json| json!({"api_server_access_profile": profile, "private_cluster_enabled": false});
    let vault = |action: &str, public: bool| json!({"network_acls": [{"bypass": "AzureServices", "default_action": action, "ip_rules": ["203.0.113.0/24"]}], "public_network_access_enabled": public});
    let office = || json!(["203.0.113.0/24"]);
    for (kind, limited, open, path) in [
        (
            "aws_eks_cluster",
            eks(office(), true),
            eks(json!(null), true),
            "vpc_config[0].public_access_cidrs",
        ),
        (
            "aws_eks_cluster",
            eks(json!([]), false),
            eks(json!([]), true),
            "vpc_config[0].endpoint_public_access",
        ),
        (
            "google_container_cluster",
            gke(json!([{"cidr_blocks": [{"cidr_block": "203.0.113.0/24"}]}])),
            gke(json!([])),
            "master_authorized_networks_config",
        ),
        (
            "azurerm_kubernetes_cluster",
            aks(json!([{"authorized_ip_ranges": office()}])),
            aks(json!([])),
            "api_server_access_profile[0].authorized_ip_ranges",
        ),
        (
            "azurerm_key_vault",
            vault("Deny", true),
            vault("Allow", true),
            "network_acls[0].default_action",
        ),
        (
            "azurerm_key_vault",
            vault("Allow", false),
            vault("Allow", true),
            "public_network_access_enabled",
        ),
    ] {
        let at = format!("{kind}.x");
        let found = |resource: Resource| -> Vec<String> {
            judged(resource)
                .into_iter()
                .filter(|line| {
                    line.contains("network-limit-removed") || line.contains("any-network-allowed")
                })
                .collect()
        };
        assert_eq!(
            found(Resource::update(&at, limited.clone(), open.clone())),
            [format!("network-limit-removed violation [{path}]")],
            "{kind}"
        );
        assert_eq!(
            found(Resource::update(&at, open.clone(), limited.clone())),
            [""; 0],
            "{kind}"
        );
        assert_eq!(
            found(Resource::unchanged(&at, limited.clone())),
            [""; 0],
            "{kind}"
        );
        for resource in [
            Resource::create(&at, open.clone()),
            Resource::unchanged(&at, open.clone()),
        ] {
            let found = found(resource);
            assert!(
                found
                    .iter()
                    .all(|line| line.starts_with("any-network-allowed")),
                "{kind} {found:?}"
            );
        }
    }
    let lines = Plan::new([Resource::update(
        "aws_eks_cluster.x",
        eks(office(), true),
        eks(json!(null), true),
    )])
    .findings::<PublicExposure>();
    assert!(
        lines[0].ends_with("the plan lets every network connect to the resource: `vpc_config.public_access_cidrs` `203.0.113.0/24` -> not set"),
        "{lines:?}"
    );
}

fn told_of(resource: Resource) -> Vec<String> {
    all(&Plan::new([resource]))
}

#[test]
fn machines_that_hand_out_credentials_without_a_token() {
    let none: &[&str] = &[];
    let options = |tokens: Json, endpoint: Json| json!([{"http_endpoint": endpoint, "http_tokens": tokens, "http_put_response_hop_limit": 1, "instance_metadata_tags": "disabled"}]);
    let instance = |options: Json| json!({"ami": "ami-1", "instance_type": "t3.micro", "launch_template": [], "metadata_options": options});
    let at = "metadata_options[0].http_tokens";
    let found = [format!("metadata-without-token violation [{at}]")];
    let told = [format!(
        "metadata-without-token undetermined(advice) [{at}]"
    )];
    let weakened = [format!("sign-in-weakened violation [{at}]")];
    let existing = [format!("metadata-without-token violation(existing) [{at}]")];
    let of = |options: Json| told_of(created("aws_instance", instance(options)));
    assert_eq!(of(options(json!("required"), json!("enabled"))), none);
    assert_eq!(of(options(json!("optional"), json!("enabled"))), found);
    assert_eq!(of(options(json!("optional"), json!("disabled"))), none);
    // The image and the account decide, which is told and refuses nothing.
    assert_eq!(of(unknown()), told);
    assert_eq!(of(json!([])), told);
    assert_eq!(of(options(unknown(), json!("enabled"))), told);
    let referred = created(
        "aws_instance",
        instance(options(unknown(), json!("enabled"))),
    );
    assert_eq!(
        told_of(referred.refers(at, "terraform_data.answer.output")),
        [format!("metadata-without-token undetermined [{at}]")]
    );
    // A launch template decides, and is judged by itself.
    let mut from = instance(unknown());
    from["launch_template"] = json!([{"id": "lt-1", "version": "$Latest"}]);
    assert_eq!(told_of(created("aws_instance", from)), none);
    // What an existing one has the state shows.
    let optional = || instance(options(json!("optional"), json!("enabled")));
    let required = || instance(options(json!("required"), json!("enabled")));
    let kind = "aws_instance.x";
    assert_eq!(told_of(Resource::unchanged(kind, optional())), existing);
    assert_eq!(told_of(Resource::unchanged(kind, required())), none);
    assert_eq!(
        told_of(Resource::update(kind, optional(), required())),
        none
    );
    assert_eq!(
        told_of(Resource::update(kind, required(), optional())),
        weakened
    );
    for kind in ["aws_launch_template", "aws_launch_configuration"] {
        let of = |options: Json| told_of(created(kind, json!({"metadata_options": options})));
        assert_eq!(of(options(json!("required"), json!(null))), none, "{kind}");
        assert_eq!(of(options(json!("optional"), json!(null))), found, "{kind}");
        assert_eq!(of(json!([])), told, "{kind}");
    }
    let cluster = |mode: &str| {
        told_of(created(
            "google_container_node_pool",
            json!({"node_config": [{"workload_metadata_config": [{"mode": mode}]}]}),
        ))
    };
    assert_eq!(cluster("GKE_METADATA"), none);
    assert_eq!(
        cluster("GCE_METADATA"),
        ["metadata-without-token violation [node_config[0].workload_metadata_config[0].mode]"]
    );
}

#[test]
fn ways_to_sign_in() {
    let none: &[&str] = &[];
    let pool = |mfa: Json| json!({"name": "p", "mfa_configuration": mfa, "software_token_mfa_configuration": [], "email_mfa_configuration": []});
    let kind = "aws_cognito_user_pool";
    let alone = ["password-alone violation [mfa_configuration]"];
    assert_eq!(judged(created(kind, pool(json!("OFF")))), alone);
    assert_eq!(judged(created(kind, pool(json!(null)))), alone);
    assert_eq!(judged(created(kind, pool(json!("ON")))), none);
    assert_eq!(judged(created(kind, pool(json!("OPTIONAL")))), none);
    assert_eq!(
        judged(created(kind, pool(unknown()))),
        ["password-alone undetermined [mfa_configuration]"]
    );
    let at = "aws_cognito_user_pool.x";
    assert_eq!(
        judged(Resource::update(at, pool(json!("ON")), pool(json!("OFF")))),
        ["sign-in-weakened violation [mfa_configuration]"]
    );
    assert_eq!(
        judged(Resource::update(at, pool(json!("OFF")), pool(json!("OFF")))),
        ["password-alone violation(existing) [mfa_configuration]"]
    );
    let api = |main: &str, others: &[&str]| {
        let others: Vec<_> = others
            .iter()
            .map(|kind| json!({"authentication_type": kind, "lambda_authorizer_config": []}))
            .collect();
        json!({"name": "a", "authentication_type": main, "additional_authentication_provider": others, "visibility": "PRIVATE"})
    };
    let kind = "aws_appsync_graphql_api";
    assert_eq!(
        judged(created(kind, api("API_KEY", &[]))),
        ["api-key-access violation [authentication_type]"]
    );
    assert_eq!(
        judged(created(kind, api("AWS_IAM", &["OPENID_CONNECT"]))),
        none
    );
    assert_eq!(
        judged(created(
            kind,
            api("AWS_IAM", &["OPENID_CONNECT", "API_KEY"])
        )),
        ["api-key-access violation [additional_authentication_provider]"]
    );
    let at = "aws_appsync_graphql_api.x";
    assert_eq!(
        judged(Resource::update(
            at,
            api("AWS_IAM", &[]),
            api("API_KEY", &[])
        )),
        ["sign-in-weakened violation [authentication_type]"]
    );
    // A way that is added beside the others.
    assert_eq!(
        judged(Resource::update(
            at,
            api("AWS_IAM", &[]),
            api("AWS_IAM", &["API_KEY"])
        )),
        ["api-key-access violation [additional_authentication_provider]"]
    );
    let machine = |off: Json| json!({"name": "m", "disable_password_authentication": off});
    let kind = "azurerm_linux_virtual_machine";
    assert_eq!(judged(created(kind, machine(json!(true)))), none);
    assert_eq!(judged(created(kind, machine(json!(null)))), none);
    assert_eq!(
        judged(created(kind, machine(json!(false)))),
        ["password-alone violation [disable_password_authentication]"]
    );
    let port = |on: Json| {
        judged(created(
            "google_compute_instance",
            json!({"metadata": {"serial-port-enable": on, "other": "TRUE"}, "network_interface": []}),
        ))
    };
    let open = ["any-network-allowed violation [metadata.serial-port-enable]"];
    assert_eq!(port(json!("TRUE")), open);
    assert_eq!(port(json!("1")), open);
    assert_eq!(port(json!("FALSE")), none);
    assert_eq!(port(json!(null)), none);
}

#[test]
fn a_block_that_the_provider_fills_in_is_as_if_it_was_left_out() {
    let instance = || {
        created(
            "google_sql_database_instance",
            json!({"settings": [{"tier": "db-f1-micro", "ip_configuration": unknown()}]}),
        )
    };
    let address = "public-address violation [settings[0].ip_configuration[0].ipv4_enabled]";
    assert_eq!(judged(instance()), [address]);
    let path = "settings[0].ip_configuration[0].authorized_networks";
    let set = instance().refers(path, "terraform_data.networks.output");
    assert_eq!(
        judged(set)[0],
        format!("open-network undetermined [{path}]")
    );
}

#[test]
fn sign_in_that_goes() {
    let none: &[&str] = &[];
    let gone = |path: &str| vec![format!("authentication-removed violation [{path}]")];
    let app = |v2: Json, v1: Json| json!({"auth_settings_v2": v2, "auth_settings": v1, "public_network_access_enabled": false});
    let cache = |token: Json, groups: Json| json!({"auth_token": token, "user_group_ids": groups});
    for (kind, before, after, expected) in [
        (
            "google_redis_instance",
            json!({"auth_enabled": true}),
            json!({"auth_enabled": false}),
            gone("auth_enabled"),
        ),
        (
            "google_redis_instance",
            json!({"auth_enabled": false}),
            json!({"auth_enabled": false}),
            vec![],
        ),
        (
            "google_redis_instance",
            json!({"auth_enabled": false}),
            json!({"auth_enabled": true}),
            vec![],
        ),
        (
            "aws_elasticache_replication_group",
            cache(sensitive(), json!(["g"])),
            cache(json!(null), json!([])),
            gone("auth_token"),
        ),
        (
            "aws_elasticache_replication_group",
            cache(sensitive(), json!([])),
            cache(json!(null), unknown()),
            vec![],
        ),
        (
            "aws_elasticache_replication_group",
            cache(sensitive(), json!([])),
            cache(sensitive(), json!([])),
            vec![],
        ),
        (
            "aws_memorydb_cluster",
            json!({"acl_name": "team"}),
            json!({"acl_name": "open-access"}),
            gone("acl_name"),
        ),
        (
            "google_compute_backend_service",
            json!({"iap": [{"enabled": true}]}),
            json!({"iap": []}),
            gone("iap[0].enabled"),
        ),
        (
            "azurerm_linux_web_app",
            app(
                json!([{"auth_enabled": true, "require_authentication": true}]),
                json!([]),
            ),
            app(
                json!([{"auth_enabled": false, "require_authentication": false}]),
                json!([]),
            ),
            gone("auth_settings_v2[0].auth_enabled"),
        ),
        (
            "azurerm_linux_web_app",
            app(
                json!([{"auth_enabled": true, "require_authentication": true}]),
                json!([]),
            ),
            app(
                json!([{"auth_enabled": true, "require_authentication": false}]),
                json!([]),
            ),
            gone("auth_settings_v2[0].require_authentication"),
        ),
        (
            "azurerm_linux_web_app",
            app(
                json!([]),
                json!([{"enabled": true, "unauthenticated_client_action": "RedirectToLoginPage"}]),
            ),
            app(
                json!([{"auth_enabled": true, "require_authentication": true}]),
                json!([{"enabled": false}]),
            ),
            vec![],
        ),
        (
            "azurerm_servicebus_namespace",
            json!({"local_auth_enabled": false, "public_network_access_enabled": false}),
            json!({"local_auth_enabled": true, "public_network_access_enabled": false}),
            gone("local_auth_enabled"),
        ),
        (
            "aws_ec2_serial_console_access",
            json!({"enabled": false}),
            json!({"enabled": true}),
            gone("enabled"),
        ),
    ] {
        let address = format!("{kind}.x");
        let found: Vec<_> = judged(Resource::update(&address, before.clone(), after.clone()))
            .into_iter()
            .filter(|line| line.starts_with("authentication-removed"))
            .collect();
        assert_eq!(found, expected, "{kind} {before} {after}");
    }
    assert_eq!(
        judged(created(
            "aws_ec2_serial_console_access",
            json!({"enabled": true})
        )),
        gone("enabled")
    );
    assert_eq!(
        judged(created(
            "aws_ec2_serial_console_access",
            json!({"enabled": false})
        )),
        none
    );
    assert_eq!(
        judged(created(
            "google_redis_instance",
            json!({"auth_enabled": false})
        )),
        none
    );
    let site = |groups: &[&str], access: Json| {
        json!({
            "default_cache_behavior": [{"trusted_key_groups": groups, "trusted_signers": []}],
            "ordered_cache_behavior": [{"path_pattern": "/a/*", "trusted_key_groups": groups}],
            "origin": [{"origin_id": "o", "origin_access_control_id": access, "s3_origin_config": []}],
        })
    };
    let address = "aws_cloudfront_distribution.x";
    let update = |before: Json, after: Json| -> Vec<String> {
        judged(Resource::update(address, before, after))
            .into_iter()
            .filter(|line| line.starts_with("authentication-removed"))
            .collect()
    };
    assert_eq!(
        update(site(&["k"], json!("c")), site(&[], json!("c"))),
        gone("default_cache_behavior")
    );
    assert_eq!(
        update(site(&[], json!("c")), site(&[], json!(""))),
        gone("origin")
    );
    assert_eq!(
        update(site(&["k"], json!("c")), site(&["k", "l"], json!("d"))),
        none
    );
    assert_eq!(update(site(&[], json!("")), site(&["k"], json!("c"))), none);
}

#[test]
fn what_a_rule_for_azure_lets_in() {
    let rule = Resource::create(
        "azurerm_mssql_firewall_rule.r",
        json!({"start_ip_address": "0.0.0.0", "end_ip_address": "0.0.0.0"}),
    );
    let found = Plan::new([rule]).findings::<PublicExposure>();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].contains("everything that any customer runs in Azure may connect"),
        "{found:?}"
    );
}

/// What a rule says of an update.
fn of_rule(rule: &str, kind: &str, before: &Json, after: &Json) -> Vec<String> {
    judged(Resource::update(
        &format!("{kind}.x"),
        before.clone(),
        after.clone(),
    ))
    .into_iter()
    .filter(|line| line.starts_with(rule))
    .collect()
}

#[test]
fn sign_in_that_goes_one_attribute_at_a_time() {
    let shared = "local_authentication_enabled";
    let local = "local_auth_enabled";
    let app = |action: &str| json!({"auth_settings_v2": [{"auth_enabled": true, "require_authentication": true, "unauthenticated_action": action}], "auth_settings": []});
    for (kind, before, after, path) in [
        (
            "azurerm_signalr_service",
            json!({local: false}),
            json!({local: true}),
            local,
        ),
        (
            "azurerm_web_pubsub",
            json!({local: false}),
            json!({local: true}),
            local,
        ),
        (
            "azurerm_maps_account",
            json!({shared: false}),
            json!({shared: true}),
            shared,
        ),
        (
            "azurerm_application_insights",
            json!({shared: false}),
            json!({shared: true}),
            shared,
        ),
        (
            "azurerm_automation_account",
            json!({shared: false}),
            json!({shared: true}),
            shared,
        ),
        (
            "azurerm_iothub",
            json!({shared: false}),
            json!({shared: true}),
            shared,
        ),
        (
            "azurerm_log_analytics_workspace",
            json!({shared: false}),
            json!({shared: true}),
            shared,
        ),
        (
            "azurerm_bot_service_azure_bot",
            json!({shared: false}),
            json!({shared: true}),
            shared,
        ),
        (
            "azurerm_eventgrid_partner_namespace",
            json!({shared: false}),
            json!({shared: true}),
            shared,
        ),
        (
            "azurerm_redis_cache",
            json!({"access_keys_authentication_enabled": false}),
            json!({"access_keys_authentication_enabled": true}),
            "access_keys_authentication_enabled",
        ),
        (
            "azurerm_managed_redis",
            json!({"default_database": [{"access_keys_authentication_enabled": false}]}),
            json!({"default_database": [{"access_keys_authentication_enabled": true}]}),
            "default_database[0].access_keys_authentication_enabled",
        ),
        (
            "azurerm_mssql_server",
            json!({"azuread_administrator": [{"azuread_authentication_only": true}]}),
            json!({"azuread_administrator": [{"azuread_authentication_only": false}]}),
            "azuread_administrator[0].azuread_authentication_only",
        ),
        (
            "azurerm_mssql_managed_instance",
            json!({"azure_active_directory_administrator": [{"azuread_authentication_only_enabled": true}]}),
            json!({"azure_active_directory_administrator": []}),
            "azure_active_directory_administrator[0].azuread_authentication_only_enabled",
        ),
        (
            "azurerm_synapse_workspace",
            json!({"azuread_authentication_only": true}),
            json!({"azuread_authentication_only": false}),
            "azuread_authentication_only",
        ),
        (
            "azurerm_postgresql_flexible_server",
            json!({"authentication": [{"password_auth_enabled": false}]}),
            json!({"authentication": [{"password_auth_enabled": true}]}),
            "authentication[0].password_auth_enabled",
        ),
        (
            "azurerm_kubernetes_cluster",
            json!({"local_account_disabled": true}),
            json!({"local_account_disabled": false}),
            "local_account_disabled",
        ),
        (
            "azurerm_linux_web_app",
            app("RedirectToLoginPage"),
            app("AllowAnonymous"),
            "auth_settings_v2[0].unauthenticated_action",
        ),
        (
            "azurerm_function_app_flex_consumption",
            app("Return401"),
            json!({"auth_settings_v2": [], "auth_settings": []}),
            "auth_settings_v2[0].auth_enabled",
        ),
        (
            "azurerm_linux_web_app",
            json!({"client_certificate_enabled": true, "client_certificate_mode": "Required"}),
            json!({"client_certificate_enabled": false, "client_certificate_mode": "Required"}),
            "client_certificate_enabled",
        ),
        (
            "azurerm_linux_web_app",
            json!({"client_certificate_enabled": true, "client_certificate_mode": "Required"}),
            json!({"client_certificate_enabled": true, "client_certificate_mode": "Optional"}),
            "client_certificate_mode",
        ),
        (
            "azurerm_linux_web_app",
            json!({"ftp_publish_basic_authentication_enabled": false}),
            json!({"ftp_publish_basic_authentication_enabled": true}),
            "ftp_publish_basic_authentication_enabled",
        ),
        (
            "aws_lb_listener",
            json!({"mutual_authentication": [{"mode": "verify"}]}),
            json!({"mutual_authentication": [{"mode": "off"}]}),
            "mutual_authentication[0].mode",
        ),
        (
            "aws_api_gateway_domain_name",
            json!({"mutual_tls_authentication": [{"truststore_uri": "s3://b/t.pem"}]}),
            json!({"mutual_tls_authentication": []}),
            "mutual_tls_authentication[0].truststore_uri",
        ),
        (
            "azurerm_api_management_api",
            json!({"subscription_required": true}),
            json!({"subscription_required": false}),
            "subscription_required",
        ),
        (
            "azurerm_storage_account",
            json!({"sftp_enabled": false}),
            json!({"sftp_enabled": true}),
            "sftp_enabled",
        ),
        (
            "google_compute_project_metadata",
            json!({"metadata": {"enable-oslogin": "TRUE"}}),
            json!({"metadata": {}}),
            "metadata.enable-oslogin",
        ),
        (
            "google_compute_project_metadata_item",
            json!({"key": "enable-oslogin", "value": "TRUE"}),
            json!({"key": "enable-oslogin", "value": "FALSE"}),
            "value",
        ),
        (
            "aws_api_gateway_method",
            json!({"http_method": "GET", "authorization": "COGNITO_USER_POOLS"}),
            json!({"http_method": "GET", "authorization": "NONE"}),
            "authorization",
        ),
        (
            "aws_apigatewayv2_route",
            json!({"route_key": "GET /a", "authorization_type": "JWT"}),
            json!({"route_key": "GET /a", "authorization_type": "NONE"}),
            "authorization_type",
        ),
    ] {
        let rule = "authentication-removed";
        let found = of_rule(rule, kind, &before, &after);
        assert_eq!(found, [format!("{rule} violation [{path}]")], "{kind}");
        for (before, after) in [(&after, &before), (&before, &before), (&after, &after)] {
            assert_eq!(
                of_rule(rule, kind, before, after),
                [""; 0],
                "{kind} {before} {after}"
            );
        }
    }
    let user = |without: bool| json!({"no_password_required": without});
    let address = "aws_elasticache_user.x";
    assert_eq!(
        judged(Resource::update(address, user(false), user(true))),
        ["anonymous-access violation [no_password_required]"]
    );
    assert_eq!(judged(Resource::create(address, user(false))), [""; 0]);
    // Another path of a route that nobody signs in for, and one that is asked before.
    let rule = "authentication-removed";
    let route = |key: &str, kind: &str| json!({"route_key": key, "authorization_type": kind});
    for (before, after) in [
        (route("$default", "NONE"), route("GET /a", "NONE")),
        (route("OPTIONS *", "JWT"), route("OPTIONS *", "NONE")),
    ] {
        assert_eq!(
            of_rule(rule, "aws_apigatewayv2_route", &before, &after),
            [""; 0]
        );
    }
    // A mode means nothing where no certificate is asked for.
    let off =
        |mode: &str| json!({"client_certificate_enabled": false, "client_certificate_mode": mode});
    assert_eq!(
        of_rule(
            rule,
            "azurerm_linux_web_app",
            &off("Required"),
            &off("Optional")
        ),
        [""; 0]
    );
}

#[test]
fn listeners_that_sign_users_in() {
    let rule = "authentication-removed";
    let forward = || json!({"type": "forward", "target_group_arn": "t"});
    let sign_in = |visitors: Json| json!({"type": "authenticate-oidc", "authenticate_oidc": [{"on_unauthenticated_request": visitors}], "authenticate_cognito": []});
    for (kind, path) in [
        ("aws_lb_listener", "default_action"),
        ("aws_lb_listener_rule", "action"),
    ] {
        let with = |actions: Json| json!({path: actions});
        let asks = with(json!([sign_in(json!(null)), forward()]));
        let gone = [format!("{rule} violation [{path}]")];
        for after in [
            json!([forward()]),
            json!([sign_in(json!("allow")), forward()]),
        ] {
            assert_eq!(of_rule(rule, kind, &asks, &with(after)), gone);
        }
        assert_eq!(
            of_rule(rule, kind, &asks, &with(unknown())),
            [format!("{rule} undetermined [{path}]")]
        );
        for (before, after) in [
            (
                asks.clone(),
                with(json!([sign_in(json!("deny")), forward()])),
            ),
            (asks.clone(), with(json!([{"type": "redirect"}]))),
            (with(json!([forward()])), with(json!([forward()]))),
            (with(json!([forward()])), asks.clone()),
        ] {
            assert_eq!(
                of_rule(rule, kind, &before, &after),
                [""; 0],
                "{before} {after}"
            );
        }
    }
}

#[test]
fn limits_that_are_lifted_beside_the_table() {
    let rule = "network-limit-removed";
    for (kind, path, shut, open) in [
        (
            "azurerm_managed_disk",
            "network_access_policy",
            json!("DenyAll"),
            json!("AllowAll"),
        ),
        (
            "azurerm_snapshot",
            "network_access_policy",
            json!("AllowPrivate"),
            json!("AllowAll"),
        ),
        (
            "azurerm_managed_disk",
            "public_network_access_enabled",
            json!(false),
            json!(true),
        ),
        (
            "aws_vpc_endpoint_service",
            "acceptance_required",
            json!(true),
            json!(false),
        ),
    ] {
        let (shut, open) = (json!({path: shut}), json!({path: open}));
        assert_eq!(
            of_rule(rule, kind, &shut, &open),
            [format!("{rule} violation [{path}]")]
        );
        assert_eq!(of_rule(rule, kind, &open, &shut), [""; 0]);
        assert_eq!(of_rule(rule, kind, &open, &open), [""; 0]);
        assert_eq!(judged(created(kind, open)), [""; 0]);
    }
    let rules = |action: &str| {
        Resource::delete(
            "azurerm_storage_account_network_rules.x",
            json!({"storage_account_id": "s", "default_action": action}),
        )
    };
    assert_eq!(
        judged(rules("Deny")),
        ["network-limit-removed violation [default_action]"]
    );
    assert_eq!(judged(rules("Allow")), [""; 0]);
    let gone = Resource::delete("azurerm_storage_account.x", json!({"id": "s"}));
    assert_eq!(short(&Plan::new([rules("Deny"), gone])), [""; 0]);
}

#[test]
fn entrances_of_clusters() {
    let rule = "network-limit-removed";
    let of_service = |kind: &str, ranges: Json, annotations: Json| json!({"metadata": [{"name": "a", "annotations": annotations}], "spec": [{"type": kind, "load_balancer_source_ranges": ranges}]});
    let inside = || json!({"service.beta.kubernetes.io/aws-load-balancer-scheme": "internal"});
    let shut = of_service("ClusterIP", json!(null), json!(null));
    let limited = of_service("LoadBalancer", json!(["203.0.113.0/24"]), json!(null));
    let internal = of_service("LoadBalancer", json!(null), inside());
    let open = of_service("LoadBalancer", json!(null), json!(null));
    let kind = "kubernetes_service_v1";
    for before in [&shut, &limited, &internal] {
        assert_eq!(
            of_rule(rule, kind, before, &open),
            [format!("{rule} violation [metadata]")]
        );
        assert_eq!(of_rule(rule, kind, &open, before), [""; 0]);
    }
    for (before, after) in [(&shut, &limited), (&shut, &internal), (&open, &open)] {
        assert_eq!(of_rule(rule, kind, before, after), [""; 0]);
    }
    let ingress = |annotations: Json| json!({"metadata": [{"name": "a", "annotations": annotations}], "spec": [{}]});
    let kind = "kubernetes_ingress_v1";
    let named = ingress(
        json!({"nginx.ingress.kubernetes.io/whitelist-source-range": "10.0.0.0/8", "nginx.ingress.kubernetes.io/auth-url": "https://a"}),
    );
    let bare = ingress(json!({}));
    assert_eq!(
        judged(Resource::update(
            "kubernetes_ingress_v1.x",
            named.clone(),
            bare.clone()
        )),
        [
            "network-limit-removed violation [metadata]",
            "authentication-removed violation [metadata]"
        ]
    );
    let scheme = |scheme: &str| ingress(json!({"alb.ingress.kubernetes.io/scheme": scheme}));
    assert_eq!(
        of_rule(rule, kind, &scheme("internal"), &scheme("internet-facing")),
        [format!("{rule} violation [metadata]")]
    );
    for (before, after) in [
        (&bare, &named),
        (&bare, &bare),
        (&named, &named),
        (&scheme("internet-facing"), &scheme("internal")),
    ] {
        assert_eq!(
            judged(Resource::update(
                "kubernetes_ingress_v1.x",
                before.clone(),
                after.clone()
            )),
            [""; 0]
        );
    }
    let serial = Resource::update(
        "google_compute_instance.x",
        json!({"metadata": {"serial-port-enable": "FALSE"}}),
        json!({"metadata": {"serial-port-enable": "TRUE"}}),
    );
    let found = Plan::new([serial]).findings::<PublicExposure>();
    assert!(
        found
            .iter()
            .any(|line| line.contains("the plan turns on the serial console")),
        "{found:?}"
    );
}

#[test]
fn what_is_known_only_after_apply_is_no_violation() {
    let found = judged(Resource::update(
        "azurerm_storage_account.x",
        json!({"public_network_access_enabled": false, "network_rules": []}),
        json!({"public_network_access_enabled": unknown(), "network_rules": []}),
    ));
    assert_eq!(
        found,
        ["any-network-allowed undetermined [public_network_access_enabled]"]
    );
}

#[test]
fn services_of_clusters_where_the_environment_forbids_entrances() {
    let service = |kind: &str, annotations: Json| json!({"metadata": [{"name": "a", "annotations": annotations}], "spec": [{"type": kind, "load_balancer_source_ranges": null}]});
    let address = "kubernetes_service_v1.x";
    let open = || service("LoadBalancer", json!(null));
    let internal = || {
        service(
            "LoadBalancer",
            json!({"networking.gke.io/load-balancer-type": "Internal"}),
        )
    };
    assert_eq!(
        forbidding(Resource::create(address, open())),
        ["public-entrance violation [spec]"]
    );
    assert_eq!(
        forbidding(Resource::unchanged(address, open())),
        ["public-entrance violation(existing) [spec]"]
    );
    assert_eq!(judged(Resource::create(address, open())), [""; 0]);
    for shut in [internal(), service("ClusterIP", json!(null))] {
        assert_eq!(forbidding(Resource::create(address, shut.clone())), [""; 0]);
        assert_eq!(
            forbidding(Resource::update(address, shut, open())),
            ["network-limit-removed violation [metadata]"]
        );
    }
}
