//! What resources look like that no schema here describes, and what goes together in others.

use serde_json::{Value as Json, json};

/// Types, and an object of theirs, with `$id`, `$arn` and `$name` for those of the resource that is read.
pub(crate) fn examples() -> Vec<(&'static str, Json)> {
    let container = json!([{
        "name": "c", "image": "registry.example.com/a:latest", "env": [{"name": "PASSWORD", "value": "hunter2hunter2"}],
        "security_context": [{"privileged": true, "run_as_user": 0, "allow_privilege_escalation": true,
            "capabilities": [{"add": ["SYS_ADMIN"]}]}],
    }]);
    let pod = json!([{
        "host_network": true, "host_pid": true, "host_ipc": true, "service_account_name": "s",
        "container": container, "init_container": [], "volume": [{"host_path": [{"path": "/"}]}],
    }]);
    let template = json!([{"spec": pod}]);
    let deployment = json!([{"template": template, "service_name": "s"}]);
    let job = json!([{"job_template": [{"spec": deployment}]}]);
    let manifest = |kind: &str, version: &str, spec: Json| json!({"apiVersion": version, "kind": kind, "metadata": {"name": "m", "namespace": "kube-system"}, "spec": spec});
    let manifest_pod = json!({
        "hostNetwork": true, "containers": [{"name": "c", "image": "a:latest", "securityContext": {"privileged": true}}],
        "volumes": [{"name": "v", "hostPath": {"path": "/"}}],
    });
    let mut all = vec![];
    let mut add = |kinds: &[&'static str], object: Json| {
        all.extend(kinds.iter().map(|kind| (*kind, object.clone())));
    };
    for token in ["$id", "$arn", "$name"] {
        add(
            &["aws_cloudwatch_metric_alarm"],
            json!({
                "namespace": "N", "metric_name": "M", "dimensions": {"D": token}, "metric_query": [],
                "evaluation_criteria": [], "actions_enabled": true, "alarm_name": "a",
                "alarm_actions": ["arn:aws:sns:eu-west-1:123456789012:n-0"],
                "comparison_operator": "GreaterThanThreshold", "threshold": 1, "statistic": "Sum", "period": 60,
                "evaluation_periods": 1, "datapoints_to_alarm": 1, "treat_missing_data": "missing",
                "extended_statistic": null, "unit": null, "arn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a",
            }),
        );
    }
    add(
        &["aws_iam_policy_document"],
        json!({
            "statement": [{"sid": "a", "effect": "Allow", "actions": ["*"], "not_actions": [], "resources": ["*"], "not_resources": [],
                "principals": [{"type": "*", "identifiers": ["*"]}], "not_principals": [], "condition": []}],
            "source_policy_documents": [], "override_policy_documents": [], "source_json": null, "override_json": null,
        }),
    );
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;
    add(
        &["aws_iam_policy_document"],
        json!({
            "statement": [], "source_policy_documents": [policy], "override_policy_documents": [policy], "source_json": policy,
            "override_json": policy,
        }),
    );
    for member in ["allUsers", "user:a@example.com"] {
        add(
            &["google_iam_policy"],
            json!({"binding": [{"role": "roles/owner", "members": [member], "condition": []}]}),
        );
    }
    add(
        &["kubernetes_pod", "kubernetes_pod_v1"],
        json!({"spec": pod}),
    );
    add(
        &[
            "kubernetes_daemon_set_v1",
            "kubernetes_daemonset",
            "kubernetes_deployment",
            "kubernetes_deployment_v1",
            "kubernetes_job",
            "kubernetes_job_v1",
            "kubernetes_stateful_set",
            "kubernetes_stateful_set_v1",
            "kubernetes_replication_controller",
            "kubernetes_replication_controller_v1",
        ],
        json!({"spec": deployment}),
    );
    add(
        &["kubernetes_cron_job", "kubernetes_cron_job_v1"],
        json!({"spec": job}),
    );
    add(
        &["kubernetes_cluster_role", "kubernetes_cluster_role_v1"],
        json!({"rule": [{"api_groups": ["*"], "resources": ["*"], "verbs": ["*"], "resource_names": [], "non_resource_urls": []}]}),
    );
    add(
        &[
            "kubernetes_cluster_role_binding",
            "kubernetes_cluster_role_binding_v1",
            "kubernetes_role_binding",
            "kubernetes_role_binding_v1",
        ],
        json!({
            "role_ref": [{"api_group": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}],
            "subject": [{"kind": "Group", "name": "system:unauthenticated", "api_group": "rbac.authorization.k8s.io", "namespace": ""}],
        }),
    );
    for (kind, version, spec) in [
        ("Pod", "v1", manifest_pod.clone()),
        (
            "Deployment",
            "apps/v1",
            json!({"template": {"spec": manifest_pod}}),
        ),
        (
            "PersistentVolume",
            "v1",
            json!({"persistentVolumeReclaimPolicy": "Retain"}),
        ),
        (
            "StatefulSet",
            "apps/v1",
            json!({"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"}}),
        ),
        (
            "Service",
            "v1",
            json!({"type": "LoadBalancer", "ports": [{"port": 22}]}),
        ),
        (
            "NetworkPolicy",
            "networking.k8s.io/v1",
            json!({"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{}]}),
        ),
    ] {
        let object = manifest(kind, version, spec);
        let body = object.to_string();
        add(&["kubernetes_manifest"], json!({"manifest": object}));
        add(
            &["kubectl_manifest"],
            json!({"yaml_body": body, "yaml_body_parsed": body, "kind": kind, "api_version": version}),
        );
    }
    add(
        &["kubernetes_manifest"],
        json!({"manifest": {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "m"}, "reclaimPolicy": "Retain"}}),
    );
    for level in ["privileged", "restricted"] {
        add(
            &["kubernetes_namespace", "kubernetes_namespace_v1"],
            json!({"metadata": [{"name": "n", "labels": {"pod-security.kubernetes.io/enforce": level}}]}),
        );
    }
    add(
        &[
            "kubernetes_validating_webhook_configuration",
            "kubernetes_validating_webhook_configuration_v1",
        ],
        json!({"metadata": [{"name": "w"}], "webhook": [{"name": "w", "failure_policy": "Fail", "rule": []}]}),
    );
    add(
        &[
            "kubernetes_config_map",
            "kubernetes_config_map_v1",
            "kubernetes_config_map_v1_data",
        ],
        json!({"metadata": [{"name": "aws-auth", "namespace": "kube-system"}],
            "data": {"mapRoles": "- rolearn: arn:aws:iam::123456789012:role/r\n  groups:\n  - system:masters\n", "password": "hunter2hunter2"}}),
    );
    add(
        &["kubernetes_network_policy", "kubernetes_network_policy_v1"],
        json!({"metadata": [{"name": "n", "namespace": "default"}],
            "spec": [{"pod_selector": [{}], "policy_types": ["Ingress"], "ingress": [{"from": [{"ip_block": [{"cidr": "0.0.0.0/0"}]}], "ports": [{"port": "22"}]}]}]}),
    );
    add(
        &["kubernetes_service", "kubernetes_service_v1"],
        json!({"metadata": [{"name": "s", "annotations": {}}], "spec": [{"type": "LoadBalancer", "port": [{"port": 22}], "load_balancer_source_ranges": []}]}),
    );
    add(
        &["kubernetes_ingress", "kubernetes_ingress_v1"],
        json!({"metadata": [{"name": "i", "annotations": {"alb.ingress.kubernetes.io/scheme": "internet-facing"}}], "spec": [{"ingress_class_name": "alb", "rule": []}]}),
    );
    add(
        &["docker_service"],
        json!({"task_spec": [{"container_spec": [{"image": "a:latest"}]}]}),
    );
    add(
        &["argocd_application"],
        json!({"spec": [{"source": [{"repo_url": "https://example.com/a.git", "target_revision": "HEAD", "chart": ""}]}]}),
    );
    add(
        &["digitalocean_firewall"],
        json!({"inbound_rule": [{"protocol": "tcp", "port_range": "22", "source_addresses": ["0.0.0.0/0"]}]}),
    );
    add(
        &["digitalocean_database_firewall"],
        json!({"rule": [{"type": "ip_addr", "value": "0.0.0.0/0"}]}),
    );
    add(
        &["hcloud_firewall"],
        json!({"rule": [{"direction": "in", "protocol": "tcp", "port": "22", "source_ips": ["0.0.0.0/0"]}]}),
    );
    add(
        &["ec_deployment_traffic_filter"],
        json!({"type": "ip", "rule": [{"source": "0.0.0.0/0"}]}),
    );
    add(
        &["snowflake_network_rule"],
        json!({"type": "IPV4", "mode": "INGRESS", "value_list": ["0.0.0.0/0"]}),
    );
    add(
        &["mongodbatlas_cluster", "mongodbatlas_advanced_cluster"],
        json!({"replication_specs": [{"num_shards": 1, "region_configs": [{"priority": 7, "electable_specs": [{"node_count": 3}]}]}]}),
    );
    add(
        &["mongodbatlas_cloud_backup_schedule"],
        json!({"copy_settings": [{"region_name": "EU_WEST_1", "frequencies": ["DAILY"], "should_copy_oplogs": true}]}),
    );
    add(
        &["linode_object_storage_bucket", "digitalocean_spaces_bucket"],
        json!({"lifecycle_rule": [{"enabled": true, "expiration": [{"days": 1}], "prefix": "", "id": "a"}]}),
    );
    add(
        &["kafka_topic", "confluent_kafka_topic"],
        json!({"config": {"retention.ms": "604800000", "cleanup.policy": "delete"}}),
    );
    add(
        &["openstack_compute_instance_v2"],
        json!({"block_device": [{"delete_on_termination": false, "source_type": "image", "destination_type": "volume", "uuid": "u"}]}),
    );
    let inbound = |action: &str, priority: i64| {
        json!({
            "direction": "INGRESS", "action": action, "priority": priority, "disabled": false, "source_ranges": ["0.0.0.0/0"],
            "destination_ranges": [], "target_tags": [], "target_service_accounts": [], "network": "n", "firewall_policy": "n",
            "allow": [{"protocol": "tcp", "ports": ["22"]}], "deny": [],
            "match": [{"src_ip_ranges": ["0.0.0.0/0"], "layer4_configs": [{"ip_protocol": "tcp", "ports": ["22"]}]}],
        })
    };
    let google = [
        "google_compute_firewall",
        "google_compute_firewall_policy_rule",
        "google_compute_network_firewall_policy_rule",
        "google_compute_region_network_firewall_policy_rule",
    ];
    add(&google, inbound("allow", 1000));
    let mut denied = inbound("deny", 900);
    denied["deny"] = json!([{"protocol": "tcp", "ports": ["22"]}]);
    denied["allow"] = json!([]);
    add(&google, denied);
    let mut outbound = inbound("allow", 1000);
    outbound["direction"] = json!("EGRESS");
    outbound["destination_ranges"] = json!(["0.0.0.0/0"]);
    outbound["source_ranges"] = json!([]);
    add(&google, outbound);
    for (access, priority) in [("Allow", 200), ("Deny", 100)] {
        add(
            &["azurerm_network_security_rule"],
            json!({
                "direction": "Inbound", "access": access, "protocol": "Tcp", "priority": priority, "source_port_range": "*",
                "destination_port_range": "22", "destination_port_ranges": [], "source_address_prefix": "*",
                "source_address_prefixes": [], "destination_address_prefix": "*", "destination_address_prefixes": [],
                "network_security_group_name": "g", "resource_group_name": "r",
            }),
        );
        add(
            &["aws_network_acl_rule"],
            json!({
                "egress": false, "rule_action": access.to_lowercase(), "rule_number": priority, "protocol": "6", "from_port": 22, "to_port": 22,
                "cidr_block": "0.0.0.0/0", "ipv6_cidr_block": null, "network_acl_id": "n",
            }),
        );
    }
    for kind in ["ingress", "egress"] {
        add(
            &["aws_security_group_rule"],
            json!({
                "type": kind, "protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_blocks": ["0.0.0.0/0"], "ipv6_cidr_blocks": [],
                "prefix_list_ids": [], "security_group_id": "g", "self": false, "source_security_group_id": null,
            }),
        );
    }
    let open = json!([{"protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": ["0.0.0.0/0"], "ipv6_cidr_blocks": [],
        "cidr_block": "0.0.0.0/0", "ipv6_cidr_block": "", "action": "allow", "rule_no": 100, "prefix_list_ids": [], "security_groups": [],
        "self": false, "description": ""}]);
    add(
        &[
            "aws_security_group",
            "aws_network_acl",
            "aws_default_network_acl",
            "aws_default_security_group",
        ],
        json!({"ingress": open, "egress": open}),
    );
    add(
        &[
            "aws_vpc_security_group_egress_rule",
            "aws_vpc_security_group_ingress_rule",
        ],
        json!({"ip_protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_ipv4": "0.0.0.0/0", "cidr_ipv6": "::/0", "prefix_list_id": null,
            "referenced_security_group_id": null, "security_group_id": "g"}),
    );
    add(
        &["openstack_networking_secgroup_rule_v2"],
        json!({"direction": "ingress", "protocol": "tcp", "port_range_min": 22, "port_range_max": 22, "remote_ip_prefix": "0.0.0.0/0"}),
    );
    add(
        &["azurerm_monitor_diagnostic_setting"],
        json!({
            "enabled_log": [{"category": "AuditEvent", "retention_policy": [{"enabled": true, "days": 1}]}],
            "log": [{"category": "AuditEvent", "enabled": true, "retention_policy": [{"enabled": true, "days": 1}]}],
        }),
    );
    add(
        &["aws_lambda_permission"],
        json!({"action": "lambda:InvokeFunction", "principal": "*", "function_name": "f", "source_arn": null, "source_account": null,
            "principal_org_id": null, "function_url_auth_type": null}),
    );
    add(
        &["aws_cloudwatch_event_permission"],
        json!({"action": "events:PutEvents", "principal": "*", "condition": [], "event_bus_name": "b", "statement_id": "s"}),
    );
    add(
        &["azurerm_storage_container"],
        json!({"container_access_type": "blob", "storage_account_id": "$id"}),
    );
    add(
        &[
            "azurerm_sql_firewall_rule",
            "azurerm_mysql_firewall_rule",
            "azurerm_mariadb_firewall_rule",
            "azurerm_postgresql_firewall_rule",
            "azurerm_mssql_firewall_rule",
            "azurerm_mysql_flexible_server_firewall_rule",
            "azurerm_postgresql_flexible_server_firewall_rule",
            "azurerm_synapse_firewall_rule",
            "azurerm_mongo_cluster_firewall_rule",
            "azurerm_cosmosdb_postgresql_firewall_rule",
            "azurerm_redis_firewall_rule",
        ],
        json!({"start_ip_address": "0.0.0.0", "end_ip_address": "255.255.255.255", "start_ip": "0.0.0.0", "end_ip": "255.255.255.255"}),
    );
    let nowhere = json!({
        "destination_cidr_block": "0.0.0.0/0", "destination_ipv6_cidr_block": null, "destination_prefix_list_id": null,
        "gateway_id": null, "nat_gateway_id": "nat-1", "network_interface_id": null, "transit_gateway_id": null,
        "vpc_endpoint_id": null, "vpc_peering_connection_id": null, "carrier_gateway_id": null, "core_network_arn": null,
        "egress_only_gateway_id": null, "local_gateway_id": null, "odb_network_arn": null, "route_table_id": "t",
    });
    add(&["aws_route"], nowhere);
    add(
        &["azurerm_route"],
        json!({"address_prefix": "0.0.0.0/0", "next_hop_type": "VirtualAppliance", "next_hop_in_ip_address": "10.0.0.4"}),
    );
    add(
        &["google_compute_route"],
        json!({"dest_range": "0.0.0.0/0", "next_hop_ip": "10.0.0.4"}),
    );
    let template = json!([{"id": "$id", "name": "", "version": "$Latest"}]);
    add(
        &["aws_autoscaling_group"],
        json!({"launch_configuration": "", "launch_template": template, "mixed_instances_policy": [], "max_size": 2, "min_size": 2,
            "desired_capacity": 2}),
    );
    add(
        &["aws_autoscaling_group"],
        json!({"launch_configuration": "$name", "launch_template": [], "mixed_instances_policy": [], "max_size": 2, "min_size": 2,
            "desired_capacity": 2}),
    );
    for size in [8, 100] {
        add(
            &["aws_launch_configuration", "aws_launch_template"],
            json!({"instance_type": "t3.micro", "image_id": "ami-1", "ebs_block_device": [], "block_device_mappings": [],
                "root_block_device": [{"volume_size": size, "volume_type": "gp3"}], "latest_version": 1, "default_version": 1}),
        );
    }
    add(
        &["aws_ecs_service"],
        json!({"task_definition": "$arn", "desired_count": 2, "launch_type": "FARGATE", "capacity_provider_strategy": [],
            "network_configuration": [{"assign_public_ip": true}], "scheduling_strategy": "REPLICA"}),
    );
    add(
        &["aws_ecs_task_definition"],
        json!({"cpu": "256", "memory": "512", "family": "f", "requires_compatibilities": ["FARGATE"]}),
    );
    for (kind, attribute, token) in [
        ("aws_kms_key_policy", "key_id", "$id"),
        ("aws_kms_key_policy", "key_id", "$arn"),
        ("aws_sqs_queue_policy", "queue_url", "$id"),
        ("aws_secretsmanager_secret_policy", "secret_arn", "$id"),
        ("aws_secretsmanager_secret_policy", "secret_arn", "$arn"),
        ("aws_sns_topic_policy", "arn", "$arn"),
        ("aws_api_gateway_rest_api_policy", "rest_api_id", "$id"),
        (
            "aws_s3control_access_point_policy",
            "access_point_arn",
            "$arn",
        ),
    ] {
        add(&[kind], json!({attribute: token, "policy": policy}));
    }
    add(
        &[
            "aws_opensearch_domain_policy",
            "aws_elasticsearch_domain_policy",
        ],
        json!({"domain_name": "$name", "access_policies": policy}),
    );
    for (kind, attribute, token) in [
        ("aws_wafv2_web_acl_association", "resource_arn", "$arn"),
        (
            "aws_wafregional_web_acl_association",
            "resource_arn",
            "$arn",
        ),
        ("aws_shield_protection", "resource_arn", "$arn"),
        (
            "aws_shield_application_layer_automatic_response",
            "resource_arn",
            "$arn",
        ),
        (
            "aws_wafv2_web_acl_rule_group_association",
            "web_acl_arn",
            "$arn",
        ),
        ("aws_wafv2_web_acl_rule", "web_acl_arn", "$arn"),
        (
            "azurerm_network_security_perimeter_association",
            "resource_id",
            "$id",
        ),
        (
            "azurerm_network_interface_security_group_association",
            "network_interface_id",
            "$id",
        ),
        (
            "azurerm_firewall_policy_rule_collection_group",
            "firewall_policy_id",
            "$id",
        ),
        (
            "azurerm_application_load_balancer_security_policy",
            "application_load_balancer_id",
            "$id",
        ),
        (
            "google_compute_network_firewall_policy_association",
            "attachment_target",
            "$id",
        ),
        (
            "google_compute_firewall_policy_association",
            "attachment_target",
            "$id",
        ),
        (
            "google_compute_security_policy_rule",
            "security_policy",
            "$name",
        ),
        (
            "google_compute_organization_security_policy_rule",
            "policy_id",
            "$id",
        ),
    ] {
        add(&[kind], json!({attribute: token}));
    }
    add(
        &["azurerm_storage_account"],
        json!({"allow_nested_items_to_be_public": false}),
    );
    add(
        &["azurerm_storage_account"],
        json!({"allow_nested_items_to_be_public": true}),
    );
    all
}

/// Settings of a policy, with `$KIND` and `$PATH` for what is read. Those that are for a reading make
/// policies judge that find nothing by default.
pub(crate) fn settings(policy: &str) -> Vec<Json> {
    let settings = match policy {
        "alarm-presence" => json!([
            {}, {"require": ["all"]},
            {"require": ["c"], "existing-apart": true, "custom": {"c": {
                "resource-type": "$KIND", "namespace": "N", "metrics": ["M"], "dimensions": {"D": "$PATH"}}}},
            {"require": ["c"], "custom": {"c": {
                "resource-type": "$KIND", "namespace": "N", "metrics": ["M"], "dimensions": {"D": "$PATH"}}}},
        ]),
        "artifact-pinning" => json!([
            {}, {"images": "digest", "machine-images": "id", "registries": ["registry.example.com"]},
            {"objects": "pinned", "charts": "pinned", "machine-images": "id"},
        ]),
        "audit-trail" => json!([{}, {"cis-alarms": ["all"]}]),
        "cost-cap" => json!([
            {"monthly-cap-usd": 0, "monthly-increase-cap-usd": 0},
            {"monthly-cap-usd": 0, "monthly-increase-cap-usd": 0, "undeclared-usage": "zero"},
        ]),
        "encryption" => json!([{}, {"customer-keys": ["*"]}]),
        "iam-wildcard" => json!([{}, {"require-known": true}]),
        "instance-and-quota" => json!([
            {"sizes": {"$KIND": {"allow": ["x"]}}},
            {"limits": {"$KIND.*": {"min": 2, "max": 90, "required": true}}},
        ]),
        "log-retention" => json!([{}, {"maximum-days": 400}, {"unlimited": "refuse"}]),
        "network-exposure" => json!([
            {}, {"default-group-empty": true}, {"egress": "judge", "network-acls": "judge"},
        ]),
        "parity" => json!([{"summary": true}]),
        "public-bucket" => {
            json!([{}, {"account-blocks": true}, {"allow-public": ["n-0", "n-1"]}, {"allow-public": ["*.r0", "*.r1"]}])
        }
        "public-exposure" => {
            json!([{}, {"public-addresses": "forbidden", "public-entrances": "forbidden"}])
        }
        "public-principal" => json!([{}, {"allow-public": ["n-0", "n-1"]}]),
        "region-and-account" => json!([{
            "regions": ["eu-west-1"], "accounts": ["111122223333"], "projects": ["p"],
            "subscriptions": ["00000000-0000-0000-0000-000000000000"],
        }]),
        "dns-and-traffic" => json!([{}, {"privileged-functions": ["*"]}]),
        "change-budget" => json!([{"chain": 1}]),
        "required-tags" => json!([
            {"required": {"x": {}}},
            {"required": {"x": {}}, "launch-template-resources": ["instance", "volume"], "propagate-at-launch": true},
        ]),
        "resource-naming" => json!([{}, {"names": {"*": {"characters": "kebab"}}}]),
        _ => json!([{}]),
    };
    settings.as_array().cloned().unwrap_or_default()
}
