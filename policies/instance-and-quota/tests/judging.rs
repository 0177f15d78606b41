//! What the policy finds in plans, case by case.

use instance_and_quota::InstanceAndQuota;
use tollgate_policy::Policy;
use tollgate_policy::serde_json::{Value as Json, json};
use tollgate_policy::testing::{Plan, Resource, sensitive, unknown};

const NONE: &[&str] = &[];

fn findings(resource: Resource, settings: Json) -> Vec<String> {
    Plan::new([resource])
        .settings(settings)
        .findings::<InstanceAndQuota>()
}

fn short(resource: Resource, settings: Json) -> Vec<String> {
    findings(resource, settings)
        .iter()
        .map(|line| line.split(": ").next().unwrap_or_default().to_owned())
        .collect()
}

fn created(kind: &str, object: Json) -> Resource {
    Resource::create(&format!("{kind}.x"), object)
}

fn sizes() -> Json {
    json!({"sizes": {
        "aws_instance": {"allow": ["t3.*", "m7g.*"], "forbid": ["*.metal", "m7g.16xlarge"]},
        "aws_db_*": {"allow": ["db.t4g.*"]},
        "aws_opensearch_domain": {"allow": ["t3.small.search"]},
        "aws_opensearch_domain.cluster_config.warm_type": {"allow": ["ultrawarm1.medium.search"]},
        "aws_eks_node_group": {"forbid": ["*xlarge"]},
        "google_*": {"allow": ["e2-*"]},
        "azurerm_*": {"allow": ["Standard_B2s"]},
    }})
}

#[test]
fn without_settings_nothing_is_found() {
    let machine = created("aws_instance", json!({"instance_type": "u-24tb1.metal"}));
    assert_eq!(findings(machine, json!({})), NONE);
}

#[test]
fn sizes_of_each_cloud() {
    for (kind, object, expected) in [
        ("aws_instance", json!({"instance_type": "t3.micro"}), None),
        (
            "aws_instance",
            json!({"instance_type": "m7g.16xlarge"}),
            Some("the size `m7g.16xlarge` is forbidden"),
        ),
        (
            "aws_instance",
            json!({"instance_type": "c5.large"}),
            Some("the size `c5.large` is not one of those that are allowed: `t3.*`, `m7g.*`"),
        ),
        (
            "aws_db_instance",
            json!({"instance_class": "db.t4g.micro"}),
            None,
        ),
        (
            "aws_db_instance",
            json!({"instance_class": "db.r6g.large"}),
            Some("the size `db.r6g.large` is not one of those that are allowed: `db.t4g.*`"),
        ),
        (
            "aws_opensearch_domain",
            json!({"cluster_config": [{"instance_type": "t3.small.search", "warm_type": "ultrawarm1.medium.search"}]}),
            None,
        ),
        (
            "aws_opensearch_domain",
            json!({"cluster_config": [{"instance_type": "t3.small.search", "warm_type": "t3.small.search"}]}),
            Some(
                "the size `t3.small.search` is not one of those that are allowed: `ultrawarm1.medium.search`",
            ),
        ),
        ("aws_opensearch_domain", json!({"cluster_config": []}), None),
        (
            "aws_eks_node_group",
            json!({"instance_types": ["t3.large", "m5.2xlarge"]}),
            Some("the size `m5.2xlarge` is forbidden"),
        ),
        ("aws_eks_node_group", json!({"instance_types": null}), None),
        (
            "google_compute_instance",
            json!({"machine_type": "e2-small"}),
            None,
        ),
        (
            "google_compute_instance",
            json!({"machine_type": "zones/europe-west1-b/machineTypes/e2-small"}),
            None,
        ),
        (
            "google_container_cluster",
            json!({"node_config": [{"machine_type": "n2-standard-64"}], "node_pool": []}),
            Some("the size `n2-standard-64` is not one of those that are allowed: `e2-*`"),
        ),
        (
            "azurerm_linux_virtual_machine",
            json!({"size": "Standard_B2s"}),
            None,
        ),
        (
            "azurerm_linux_virtual_machine",
            json!({"size": "standard_b2s"}),
            None,
        ),
        (
            "azurerm_kubernetes_cluster",
            json!({"default_node_pool": [{"vm_size": "Standard_M128ms"}]}),
            Some("the size `Standard_M128ms` is not one of those that are allowed: `Standard_B2s`"),
        ),
        // Not a size, and a type without one.
        (
            "aws_instance",
            json!({"instance_type": "t3.micro", "tags": {"Size": "c5.large"}}),
            None,
        ),
        ("aws_sqs_queue", json!({"name": "c5.large"}), None),
    ] {
        let found = findings(created(kind, object.clone()), sizes());
        let messages: Vec<_> = found
            .iter()
            .filter_map(|line| line.split_once(": "))
            .map(|(_, message)| message)
            .collect();
        assert_eq!(
            messages,
            expected.into_iter().collect::<Vec<_>>(),
            "{kind} {object}"
        );
    }
    let nodes = created(
        "aws_eks_node_group",
        json!({"instance_types": ["t3.large", "m5.2xlarge"]}),
    );
    assert_eq!(
        short(nodes, sizes()),
        ["size-not-allowed violation aws_eks_node_group.x [instance_types[1]]"]
    );
}

#[test]
fn sizes_that_are_not_known() {
    // Left out, it is the launch template's.
    let left_out = created("aws_instance", json!({"instance_type": unknown()}));
    assert_eq!(findings(left_out.clone(), sizes()), NONE);
    let computed = left_out.refers("instance_type", "aws_ssm_parameter.size.value");
    assert_eq!(
        findings(computed, sizes()),
        [
            "size-not-allowed undetermined aws_instance.x [instance_type]: whether the size is allowed cannot be told: `instance_type` is known only after apply"
        ]
    );
    // An argument that nobody else decides is never left out and unknown.
    let database = created("aws_db_instance", json!({"instance_class": unknown()}));
    assert_eq!(
        short(database, sizes()),
        ["size-not-allowed undetermined aws_db_instance.x [instance_class]"]
    );
    let hidden = created("aws_instance", json!({"instance_type": sensitive()}));
    assert_eq!(
        short(hidden, sizes()),
        ["size-not-allowed undetermined aws_instance.x [instance_type]"]
    );
}

#[test]
fn sizes_that_were_so_before() {
    let machine = |size: &str| json!({"instance_type": size, "ami": "ami-1"});
    let address = "aws_instance.x";
    for (resource, expected) in [
        (
            Resource::unchanged(address, machine("c5.large")),
            &["size-not-allowed violation(existing) aws_instance.x [instance_type]"][..],
        ),
        (
            Resource::update(address, machine("c5.large"), machine("c5.large")),
            &["size-not-allowed violation(existing) aws_instance.x [instance_type]"],
        ),
        (
            Resource::update(address, machine("t3.micro"), machine("c5.large")),
            &["size-not-allowed violation aws_instance.x [instance_type]"],
        ),
        (
            Resource::update(address, machine("c5.large"), machine("c5.xlarge")),
            &["size-not-allowed violation aws_instance.x [instance_type]"],
        ),
        (
            Resource::update(address, machine("c5.large"), machine("t3.micro")),
            NONE,
        ),
        (
            Resource::unchanged(address, machine("c5.large"))
                .with(|change| change.importing = true),
            &["size-not-allowed violation aws_instance.x [instance_type]"],
        ),
        (Resource::delete(address, machine("c5.large")), NONE),
        (Resource::forget(address, machine("c5.large")), NONE),
    ] {
        assert_eq!(short(resource.clone(), sizes()), expected, "{resource:?}");
    }
}

#[test]
fn numbers_within_bounds() {
    let settings = json!({"limits": {
        "aws_autoscaling_group.max_size": {"min": 2, "max": 20},
        "aws_rds_cluster.*max_capacity": {"max": 16},
        "*.max_count": {"max": 10},
        "aws_lambda_function.reserved_concurrent_executions": {"min": 1, "max": 100},
    }});
    let group = |max: Json| json!({"min_size": 1, "max_size": max, "desired_capacity": 1000});
    let address = "aws_autoscaling_group.x";
    for (object, expected) in [
        (group(json!(20)), None),
        (group(json!(2)), None),
        (
            group(json!(21)),
            Some("`max_size` is 21, and the settings allow 20"),
        ),
        (
            group(json!(1)),
            Some("`max_size` is 1, and the settings want 2 at least"),
        ),
        (
            group(unknown()),
            Some(
                "whether `max_size` is within bounds cannot be told: it is known only after apply",
            ),
        ),
    ] {
        let found = findings(Resource::create(address, object.clone()), settings.clone());
        let messages: Vec<_> = found
            .iter()
            .filter_map(|line| line.split_once(": "))
            .map(|(_, message)| message.to_owned())
            .collect();
        let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(messages.len(), expected.len(), "{object}");
        for (message, expected) in messages.iter().zip(&expected) {
            assert!(
                found[0].ends_with(expected.as_str()),
                "{message} {expected}"
            );
        }
    }
    // Scaling towards what is allowed is no step away from it.
    for (before, after, expected) in [
        (
            50,
            30,
            &["limit-exceeded violation(existing) aws_autoscaling_group.x [max_size]"][..],
        ),
        (
            30,
            50,
            &["limit-exceeded violation aws_autoscaling_group.x [max_size]"],
        ),
        (
            10,
            50,
            &["limit-exceeded violation aws_autoscaling_group.x [max_size]"],
        ),
        (50, 20, NONE),
        (10, 15, NONE),
        (
            3,
            1,
            &["limit-exceeded violation aws_autoscaling_group.x [max_size]"],
        ),
        (
            0,
            1,
            &["limit-exceeded violation(existing) aws_autoscaling_group.x [max_size]"],
        ),
    ] {
        let change = Resource::update(address, group(json!(before)), group(json!(after)));
        assert_eq!(
            short(change, settings.clone()),
            expected,
            "{before} {after}"
        );
    }
    // Decimals, and blocks.
    let cluster = |max: Json| {
        created(
            "aws_rds_cluster",
            json!({"serverlessv2_scaling_configuration": [{"min_capacity": 0.5, "max_capacity": max}], "scaling_configuration": []}),
        )
    };
    assert_eq!(findings(cluster(json!(15.5)), settings.clone()), NONE);
    assert_eq!(
        findings(cluster(json!(16.5)), settings.clone()),
        [
            "limit-exceeded violation aws_rds_cluster.x [serverlessv2_scaling_configuration[0].max_capacity]: `serverlessv2_scaling_configuration[0].max_capacity` is 16.5, and the settings allow 16"
        ]
    );
    let pool = created(
        "azurerm_kubernetes_cluster_node_pool",
        json!({"node_count": 50, "max_count": 11, "min_count": 1}),
    );
    assert_eq!(
        short(pool, settings.clone()),
        ["limit-exceeded violation azurerm_kubernetes_cluster_node_pool.x [max_count]"]
    );
    // No limit at all is another rule's.
    let function = created(
        "aws_lambda_function",
        json!({"reserved_concurrent_executions": -1}),
    );
    assert_eq!(findings(function, settings), NONE);
}

#[test]
fn limits_that_must_be_set() {
    let settings = json!({"limits": {
        "aws_lambda_function.reserved_concurrent_executions": {"required": true},
        "aws_api_gateway_usage_plan.throttle_settings.rate_limit": {"max": 500, "required": true},
    }});
    let function =
        |value: Json| json!({"function_name": "f", "reserved_concurrent_executions": value});
    for (value, found) in [
        (json!(-1), true),
        (Json::Null, true),
        (json!(5), false),
        (json!(0), false),
    ] {
        let expected: &[&str] = if found {
            &["limit-missing violation aws_lambda_function.x [reserved_concurrent_executions]"]
        } else {
            NONE
        };
        assert_eq!(
            short(
                created("aws_lambda_function", function(value.clone())),
                settings.clone()
            ),
            expected,
            "{value}"
        );
    }
    let plan = |throttle: Json| {
        created(
            "aws_api_gateway_usage_plan",
            json!({"name": "p", "throttle_settings": throttle}),
        )
    };
    assert_eq!(
        findings(
            plan(json!([{"rate_limit": 100, "burst_limit": 10}])),
            settings.clone()
        ),
        NONE
    );
    assert_eq!(
        findings(plan(json!([])), settings.clone()),
        [
            "limit-missing violation aws_api_gateway_usage_plan.x [throttle_settings.rate_limit]: `throttle_settings.rate_limit` is not set, so there is no limit"
        ]
    );
    assert_eq!(
        short(plan(json!([{"rate_limit": 1000}])), settings.clone()),
        ["limit-exceeded violation aws_api_gateway_usage_plan.x [throttle_settings[0].rate_limit]"]
    );
    let address = "aws_lambda_function.x";
    for (resource, expected) in [
        (
            Resource::unchanged(address, function(json!(-1))),
            &[
                "limit-missing violation(existing) aws_lambda_function.x [reserved_concurrent_executions]",
            ][..],
        ),
        (
            Resource::update(address, function(json!(5)), function(json!(-1))),
            &["limit-missing violation aws_lambda_function.x [reserved_concurrent_executions]"],
        ),
        (
            Resource::update(address, function(json!(-1)), function(json!(5))),
            NONE,
        ),
    ] {
        assert_eq!(
            short(resource.clone(), settings.clone()),
            expected,
            "{resource:?}"
        );
    }
}

#[test]
fn overrides_need_not_be_set() {
    let settings = json!({"limits": {"*.throttling_rate_limit": {"max": 500, "required": true}}});
    let stage = |default: Json, routes: Json| {
        created(
            "aws_apigatewayv2_stage",
            json!({"name": "s", "default_route_settings": default, "route_settings": routes}),
        )
    };
    let limit = |rate: u32| json!([{"throttling_rate_limit": rate}]);
    assert_eq!(
        findings(stage(limit(100), json!([])), settings.clone()),
        NONE
    );
    assert_eq!(
        short(stage(limit(100), limit(501)), settings.clone()),
        [
            "limit-exceeded violation aws_apigatewayv2_stage.x [route_settings[0].throttling_rate_limit]"
        ]
    );
    assert_eq!(
        short(stage(json!([]), limit(100)), settings),
        [
            "limit-missing violation aws_apigatewayv2_stage.x [default_route_settings.throttling_rate_limit]"
        ]
    );
}

#[test]
fn totals() {
    let settings = json!({"totals": {"aws_instance": 2, "*_nat_gateway": 1}});
    let machine = |nth: usize| {
        Resource::create(
            &format!("aws_instance.x[{nth}]"),
            json!({"instance_type": "t3.micro"}),
        )
    };
    let there = |nth: usize| {
        Resource::unchanged(
            &format!("aws_instance.x[{nth}]"),
            json!({"instance_type": "t3.micro"}),
        )
    };
    let gone = |nth: usize| {
        Resource::delete(
            &format!("aws_instance.x[{nth}]"),
            json!({"instance_type": "t3.micro"}),
        )
    };
    let of = |resources: Vec<Resource>| {
        Plan::new(resources)
            .settings(settings.clone())
            .findings::<InstanceAndQuota>()
    };
    assert_eq!(of(vec![machine(0), machine(1)]), NONE);
    assert_eq!(
        of(vec![machine(0), machine(1), machine(2)]),
        [
            "total-exceeded violation - []: after apply there are 3 resources of type `aws_instance`, and the settings allow 2"
        ]
    );
    assert_eq!(
        of(vec![there(0), there(1), there(2)]),
        [
            "total-exceeded violation(existing) - []: after apply there are 3 resources of type `aws_instance`, and the settings allow 2"
        ]
    );
    assert_eq!(of(vec![there(0), there(1), gone(2)]), NONE);
    assert_eq!(of(vec![gone(0), gone(1), machine(2), machine(3)]), NONE);
    let gateways = (0..2)
        .map(|nth| Resource::create(&format!("aws_nat_gateway.x[{nth}]"), json!({})))
        .collect();
    assert_eq!(of(gateways).len(), 1);
}

#[test]
fn a_key_that_limits_nothing_is_an_error() {
    for (settings, wrong) in [
        (
            json!({"limits": {"aws_autoscaling_group.maximum": {"max": 1}}}),
            true,
        ),
        (
            json!({"limits": {"aws_autoscaling_group": {"max": 1}}}),
            true,
        ),
        (
            json!({"limits": {"aws_autoscaling_group.*": {"max": 1}}}),
            false,
        ),
        (json!({"sizes": {"aws_sqs_queue": {}}}), true),
        (json!({"sizes": {"aws_instance": {"allowed": []}}}), true),
        (json!({"sizes": {"aws_*": {"forbid": ["*.metal"]}}}), false),
        (json!({"limit": {}}), true),
        // Nothing is asked for.
        (json!({"sizes": {"aws_*": {}}}), true),
        (json!({"limits": {"aws_autoscaling_group.*": {}}}), true),
        (
            json!({"limits": {"aws_autoscaling_group.*": {"required": true}}}),
            false,
        ),
        // Nothing can be what is asked for.
        (
            json!({"limits": {"aws_autoscaling_group.*": {"min": 5, "max": 2}}}),
            true,
        ),
        (
            json!({"limits": {"aws_autoscaling_group.*": {"min": 2, "max": 2}}}),
            false,
        ),
        (
            json!({"sizes": {"aws_instance": {"allow": ["t3.micro"], "forbid": ["t3.*"]}}}),
            true,
        ),
        (
            json!({"sizes": {"aws_instance": {"allow": ["t3.*"], "forbid": ["t3.metal"]}}}),
            false,
        ),
    ] {
        let plan = Plan::new([]).settings(settings.clone());
        assert_eq!(
            plan.evaluate::<InstanceAndQuota>().is_err(),
            wrong,
            "{settings}"
        );
    }
    assert!(InstanceAndQuota::interests().len() > 20);
}

#[test]
fn what_stays_out_of_bounds_and_what_is_not_judged() {
    let group = |max: u32| json!({"max_size": max});
    let settings = json!({
        "limits": {"aws_autoscaling_group.max_size": {"max": 10}},
        "totals": {"aws_autoscaling_group": 0},
    });
    let address = "aws_autoscaling_group.x";
    let same = Resource::update(address, group(50), group(50));
    assert_eq!(
        short(same, settings.clone()),
        [
            "limit-exceeded violation(existing) aws_autoscaling_group.x [max_size]",
            "total-exceeded violation(existing) - []",
        ]
    );
    let deposed = Resource::unchanged(address, group(50))
        .with(|change| change.deposed = Some("a1b2c3d4".to_owned()));
    let read = Resource::create("data.aws_autoscaling_group.x", group(50));
    for resource in [deposed, read] {
        assert_eq!(
            findings(resource.clone(), settings.clone()),
            NONE,
            "{resource:?}"
        );
    }
    // Set, though nobody knows to what.
    let required = json!({"limits": {"aws_kinesis_stream.shard_count": {"required": true}}});
    let stream = created("aws_kinesis_stream", json!({"shard_count": unknown()}));
    assert_eq!(
        short(stream, required),
        ["limit-exceeded undetermined aws_kinesis_stream.x [shard_count]"]
    );
}
