//! What the policy finds in plans, case by case.

use dns_and_traffic::DnsAndTraffic;
use dns_and_traffic::functions::{FUNCTIONS, NAMED_BY};
use dns_and_traffic::table::{Class, Target, rows};
use tollgate_policy::Cause;
use tollgate_policy::serde_json::{Value as Json, json};
use tollgate_policy::testing::{Plan, Resource, sensitive, unknown};

fn with(resources: impl IntoIterator<Item = Resource>, settings: Json) -> Vec<String> {
    Plan::new(resources)
        .settings(settings)
        .findings::<DnsAndTraffic>()
        .iter()
        .map(|line| {
            let head = line
                .split_once(": ")
                .map_or(line.as_str(), |(head, _)| head);
            let mut words: Vec<_> = head.split(' ').collect();
            words.remove(2);
            words.join(" ")
        })
        .collect()
}

fn judged(resources: impl IntoIterator<Item = Resource>) -> Vec<String> {
    with(resources, json!({}))
}

fn messages(resource: Resource) -> Vec<String> {
    Plan::new([resource])
        .findings::<DnsAndTraffic>()
        .iter()
        .filter_map(|line| {
            line.split_once("]: ")
                .map(|(_, message)| message.to_owned())
        })
        .collect()
}

const NONE: &[&str] = &[];

/// A record of Route 53, as the provider writes it.
fn record(kind: &str, changes: &[(&str, Json)]) -> Json {
    let mut record = json!({
        "name": "www.example.com", "type": kind, "zone_id": "Z1", "ttl": 300, "records": null, "alias": [],
        "set_identifier": null, "weighted_routing_policy": [], "failover_routing_policy": [], "health_check_id": null,
        "geolocation_routing_policy": [], "latency_routing_policy": [], "fqdn": "www.example.com", "id": "Z1_www",
        "allow_overwrite": null, "multivalue_answer_routing_policy": null,
    });
    for (key, value) in changes {
        record[*key] = value.clone();
    }
    record
}

#[test]
fn records() {
    let address = "aws_route53_record.www";
    let alias = |name: &str, zone: &str| json!([{"name": name, "zone_id": zone, "evaluate_target_health": true}]);
    let repointed = |path: &str| vec![format!("record-repointed violation [{path}]")];
    for (case, kind, before, after, expected) in [
        (
            "another address",
            "A",
            vec![("records", json!(["203.0.113.9"]))],
            vec![("records", json!(["198.51.100.7"]))],
            repointed("records"),
        ),
        (
            "one more",
            "A",
            vec![("records", json!(["203.0.113.9"]))],
            vec![("records", json!(["203.0.113.9", "198.51.100.7"]))],
            vec!["record-repointed violation(advice) [records]".to_owned()],
        ),
        (
            "one more in the place of another",
            "A",
            vec![("records", json!(["203.0.113.9", "203.0.113.10"]))],
            vec![("records", json!(["203.0.113.9", "198.51.100.7"]))],
            repointed("records"),
        ),
        (
            "another order",
            "A",
            vec![("records", json!(["a", "b"]))],
            vec![("records", json!(["b", "a"]))],
            vec![],
        ),
        (
            "another TTL",
            "A",
            vec![("records", json!(["203.0.113.9"])), ("ttl", json!(300))],
            vec![("records", json!(["203.0.113.9"])), ("ttl", json!(60))],
            vec![],
        ),
        (
            "another host",
            "CNAME",
            vec![("records", json!(["a.example.com"]))],
            vec![("records", json!(["evil.example.net"]))],
            repointed("records"),
        ),
        (
            "the same host",
            "CNAME",
            vec![("records", json!(["a.example.com"]))],
            vec![("records", json!(["A.example.com."]))],
            vec![],
        ),
        (
            "another load balancer",
            "A",
            vec![("alias", alias("one.elb.amazonaws.com", "ZE"))],
            vec![("alias", alias("two.elb.amazonaws.com", "ZE"))],
            repointed("alias"),
        ),
        (
            "the same, dualstack",
            "A",
            vec![("alias", alias("one.elb.amazonaws.com", "ZE"))],
            vec![("alias", alias("dualstack.one.elb.amazonaws.com.", "ZE"))],
            vec![],
        ),
        (
            "to come",
            "A",
            vec![("alias", alias("one.elb.amazonaws.com", "ZE"))],
            vec![(
                "alias",
                json!([{"name": unknown(), "zone_id": "ZE", "evaluate_target_health": true}]),
            )],
            vec!["record-repointed undetermined [alias]".to_owned()],
        ),
        (
            "sensitive",
            "A",
            vec![("records", json!(["203.0.113.9"]))],
            vec![("records", sensitive())],
            vec!["record-repointed undetermined [records]".to_owned()],
        ),
        (
            "a further text",
            "TXT",
            vec![("records", json!(["v=spf1 -all"]))],
            vec![(
                "records",
                json!(["v=spf1 -all", "google-site-verification=x"]),
            )],
            vec![],
        ),
        (
            "a text less",
            "TXT",
            vec![("records", json!(["v=spf1 -all", "x"]))],
            vec![("records", json!(["x"]))],
            repointed("records"),
        ),
        (
            "other mail",
            "MX",
            vec![("records", json!(["10 mx.example.com"]))],
            vec![("records", json!(["10 mx.example.net"]))],
            repointed("records"),
        ),
        (
            "a proof",
            "CNAME",
            vec![
                ("name", json!("_a.example.com")),
                ("records", json!(["_x.acm-validations.aws."])),
            ],
            vec![
                ("name", json!("_a.example.com")),
                ("records", json!(["_y.acm-validations.aws."])),
            ],
            vec![],
        ),
        (
            "weights",
            "A",
            vec![
                ("records", json!(["203.0.113.9"])),
                ("weighted_routing_policy", json!([{"weight": 100}])),
            ],
            vec![
                ("records", json!(["203.0.113.9"])),
                ("weighted_routing_policy", json!([{"weight": 0}])),
            ],
            vec!["weight-shifted violation [weighted_routing_policy[0].weight]".to_owned()],
        ),
        (
            "failover",
            "A",
            vec![
                ("records", json!(["203.0.113.9"])),
                ("failover_routing_policy", json!([{"type": "PRIMARY"}])),
            ],
            vec![
                ("records", json!(["203.0.113.9"])),
                ("failover_routing_policy", json!([{"type": "SECONDARY"}])),
            ],
            repointed("failover_routing_policy[0].type"),
        ),
    ] {
        let change = Resource::update(address, record(kind, &before), record(kind, &after));
        assert_eq!(judged([change]), expected, "{case}");
    }
    let object = || record("A", &[("records", json!(["203.0.113.9"]))]);
    assert_eq!(
        judged([Resource::delete(address, object())]),
        ["record-deleted violation []"]
    );
    let other = record(
        "A",
        &[
            ("records", json!(["203.0.113.9"])),
            ("name", json!("old.example.com")),
        ],
    );
    assert_eq!(
        judged([Resource::replace(address, object(), other)]),
        ["record-deleted violation [name]"]
    );
    assert_eq!(
        judged([Resource::replace(address, object(), object())]),
        NONE
    );
    assert_eq!(judged([Resource::create(address, object())]), NONE);
    assert_eq!(judged([Resource::unchanged(address, object())]), NONE);
    assert_eq!(judged([Resource::forget(address, object())]), NONE);
    assert_eq!(
        messages(Resource::update(
            address,
            object(),
            record("A", &[("records", json!(["198.51.100.7"]))])
        )),
        [
            "the record `www.example.com` points elsewhere: `records` from `203.0.113.9` to `198.51.100.7`"
        ]
    );
    let proof = record("CNAME", &[("records", json!(["_x.acm-validations.aws."]))]);
    assert_eq!(judged([Resource::delete(address, proof)]), NONE);
}

#[test]
fn records_of_other_clouds() {
    for (kind, before, after, path) in [
        (
            "google_dns_record_set",
            json!({"name": "a.", "type": "A", "managed_zone": "z", "rrdatas": ["203.0.113.9"], "ttl": 300, "routing_policy": []}),
            json!({"name": "a.", "type": "A", "managed_zone": "z", "rrdatas": ["198.51.100.7"], "ttl": 60, "routing_policy": []}),
            "rrdatas",
        ),
        (
            "azurerm_dns_a_record",
            json!({"name": "www", "records": ["203.0.113.9"], "target_resource_id": null, "ttl": 300}),
            json!({"name": "www", "records": ["198.51.100.7"], "target_resource_id": null, "ttl": 300}),
            "records",
        ),
        (
            "azurerm_dns_a_record",
            json!({"name": "www", "records": [], "target_resource_id": "/a", "ttl": 300}),
            json!({"name": "www", "records": [], "target_resource_id": "/b", "ttl": 300}),
            "target_resource_id",
        ),
        (
            "azurerm_dns_cname_record",
            json!({"name": "www", "record": "a.example.com", "target_resource_id": null}),
            json!({"name": "www", "record": "b.example.com", "target_resource_id": null}),
            "record",
        ),
        (
            "azurerm_dns_mx_record",
            json!({"name": "@", "record": [{"exchange": "a.example.com", "preference": "10"}]}),
            json!({"name": "@", "record": [{"exchange": "b.example.com", "preference": "10"}]}),
            "record",
        ),
        (
            "azurerm_private_dns_a_record",
            json!({"name": "db", "records": ["10.0.0.1"]}),
            json!({"name": "db", "records": ["10.0.0.2"]}),
            "records",
        ),
    ] {
        let address = format!("{kind}.x");
        let expected = [format!("record-repointed violation [{path}]")];
        assert_eq!(
            judged([Resource::update(&address, before.clone(), after)]),
            expected,
            "{kind}"
        );
        let mut slower = before.clone();
        slower["ttl"] = json!(1);
        slower["tags"] = json!({"a": "b"});
        assert_eq!(
            judged([Resource::update(&address, before.clone(), slower)]),
            NONE,
            "{kind}"
        );
        assert_eq!(
            judged([Resource::delete(&address, before)]),
            ["record-deleted violation []"],
            "{kind}"
        );
    }
    assert_eq!(
        judged([Resource::delete(
            "aws_route53_zone.x",
            json!({"name": "example.com", "id": "Z"})
        )]),
        ["record-deleted violation []"]
    );
}

/// An action of a load balancer, as the provider writes it.
fn action(group: &str) -> Json {
    json!([{"type": "forward", "order": 1, "target_group_arn": group, "forward": [], "redirect": [], "fixed_response": [],
        "authenticate_cognito": [], "authenticate_oidc": [], "jwt_validation": []}])
}

fn shares(parts: &[(&str, i64)]) -> Json {
    let groups: Vec<_> = parts
        .iter()
        .map(|(arn, weight)| json!({"arn": arn, "weight": weight}))
        .collect();
    json!([{"type": "forward", "order": 1, "target_group_arn": null, "redirect": [], "fixed_response": [],
        "forward": [{"stickiness": [{"duration": 1, "enabled": false}], "target_group": groups}]}])
}

#[test]
fn load_balancers() {
    let listener = |action: Json| {
        json!({"load_balancer_arn": "arn:lb", "port": 443, "protocol": "HTTPS", "ssl_policy": "x",
        "default_action": action, "tags": {}})
    };
    let address = "aws_lb_listener.x";
    for (case, before, after, expected) in [
        (
            "another group",
            action("arn:a"),
            action("arn:b"),
            &["traffic-repointed violation [default_action]"][..],
        ),
        ("the same", action("arn:a"), action("arn:a"), NONE),
        (
            "a group to come",
            action("arn:a"),
            json!([{"type": "forward", "target_group_arn": unknown(), "forward": []}]),
            &["traffic-repointed undetermined [default_action]"],
        ),
        (
            "weights",
            shares(&[("arn:a", 90), ("arn:b", 10)]),
            shares(&[("arn:a", 10), ("arn:b", 90)]),
            &["weight-shifted violation [default_action]"],
        ),
        (
            "another of two",
            shares(&[("arn:a", 90), ("arn:b", 10)]),
            shares(&[("arn:a", 90), ("arn:c", 10)]),
            &["traffic-repointed violation [default_action]"],
        ),
        (
            "another order",
            shares(&[("arn:a", 90), ("arn:b", 10)]),
            shares(&[("arn:b", 10), ("arn:a", 90)]),
            NONE,
        ),
        (
            "an answer",
            action("arn:a"),
            json!([{"type": "fixed-response", "target_group_arn": null, "fixed_response": [{"status_code": "503", "content_type": "text/plain"}]}]),
            &["traffic-repointed violation [default_action]"],
        ),
        (
            "a redirect elsewhere",
            json!([{"type": "redirect", "redirect": [{"host": "#{host}", "status_code": "HTTP_301"}]}]),
            json!([{"type": "redirect", "redirect": [{"host": "evil.example.net", "status_code": "HTTP_301"}]}]),
            &["traffic-repointed violation [default_action]"],
        ),
    ] {
        assert_eq!(
            judged([Resource::update(address, listener(before), listener(after))]),
            expected,
            "{case}"
        );
    }
    let mut tagged = listener(action("arn:a"));
    tagged["tags"] = json!({"a": "b"});
    tagged["ssl_policy"] = json!("y");
    assert_eq!(
        judged([Resource::update(address, listener(action("arn:a")), tagged)]),
        NONE
    );
    assert_eq!(
        judged([Resource::delete(address, listener(action("arn:a")))]),
        ["traffic-deleted violation []"]
    );
    let rule = |host: &str, action: Json| {
        json!({"listener_arn": "arn", "priority": 10, "action": action,
        "condition": [{"host_header": [{"values": [host]}], "path_pattern": [], "http_header": []}]})
    };
    let address = "aws_lb_listener_rule.x";
    assert_eq!(
        judged([Resource::update(
            address,
            rule("a", action("arn:a")),
            rule("a", action("arn:b"))
        )]),
        ["traffic-repointed violation [action]"]
    );
    assert_eq!(
        judged([Resource::update(
            address,
            rule("a", action("arn:a")),
            rule("b", action("arn:a"))
        )]),
        ["traffic-repointed violation [condition]"]
    );
    // Machines come and go.
    let target = |id: Json| json!({"target_group_arn": "arn:g", "target_id": id, "port": 80});
    let address = "aws_lb_target_group_attachment.x";
    assert_eq!(
        judged([Resource::replace(
            address,
            target(json!("i-1")),
            target(unknown())
        )]),
        NONE
    );
    assert_eq!(
        judged([Resource::delete(address, target(json!("i-1")))]),
        NONE
    );
    assert_eq!(
        judged([Resource::replace(
            address,
            target(json!("i-1")),
            target(json!("i-2"))
        )]),
        ["traffic-repointed violation [target_id]"]
    );
    assert_eq!(
        judged([Resource::delete(
            "aws_lb_target_group.x",
            json!({"name": "g", "id": "arn"})
        )]),
        ["traffic-deleted violation []"]
    );
}

#[test]
fn distributions() {
    let distribution = |origins: &[(&str, &str)],
                        default: &str,
                        aliases: &[&str],
                        enabled: bool| {
        let origins: Vec<_> = origins.iter().map(|(id, host)| json!({"origin_id": id, "domain_name": host, "origin_path": "", "custom_header": []})).collect();
        json!({"origin": origins, "aliases": aliases, "enabled": enabled, "comment": "c", "price_class": "PriceClass_100", "ordered_cache_behavior": [],
            "default_cache_behavior": [{"target_origin_id": default, "lambda_function_association": [], "function_association": [], "compress": true}]})
    };
    let address = "aws_cloudfront_distribution.x";
    let before = || distribution(&[("a", "a.example.com")], "a", &["www.example.com"], true);
    for (case, after, expected) in [
        ("the same", before(), NONE),
        (
            "another origin",
            distribution(
                &[("a", "evil.example.net")],
                "a",
                &["www.example.com"],
                true,
            ),
            &["traffic-repointed violation [origin]"],
        ),
        (
            "a further origin",
            distribution(
                &[("a", "a.example.com"), ("b", "b.example.com")],
                "a",
                &["www.example.com"],
                true,
            ),
            NONE,
        ),
        (
            "the further origin",
            distribution(
                &[("a", "a.example.com"), ("b", "b.example.com")],
                "b",
                &["www.example.com"],
                true,
            ),
            &["traffic-repointed violation [default_cache_behavior]"],
        ),
        (
            "a name less",
            distribution(&[("a", "a.example.com")], "a", &[], true),
            &["traffic-repointed violation [aliases]"],
        ),
        (
            "a name more",
            distribution(
                &[("a", "a.example.com")],
                "a",
                &["www.example.com", "b.example.com"],
                true,
            ),
            NONE,
        ),
        (
            "off",
            distribution(&[("a", "a.example.com")], "a", &["www.example.com"], false),
            &["traffic-stopped violation [enabled]"],
        ),
    ] {
        assert_eq!(
            judged([Resource::update(address, before(), after)]),
            expected,
            "{case}"
        );
    }
    let on = distribution(&[("a", "a.example.com")], "a", &["www.example.com"], false);
    assert_eq!(judged([Resource::update(address, on, before())]), NONE);
    let mut compressed = before();
    compressed["default_cache_behavior"][0]["compress"] = json!(false);
    compressed["comment"] = json!("d");
    assert_eq!(
        judged([Resource::update(address, before(), compressed)]),
        NONE
    );
    let edge = |version: &str, name: &str| {
        let mut object = before();
        object["default_cache_behavior"][0]["lambda_function_association"] = json!([{"event_type": "viewer-request", "include_body": false, "lambda_arn": format!("arn:aws:lambda:us-east-1:1:function:{name}:{version}")}]);
        object
    };
    assert_eq!(
        judged([Resource::update(address, edge("1", "f"), edge("2", "f"))]),
        NONE
    );
    assert_eq!(
        judged([Resource::update(address, edge("1", "f"), edge("1", "g"))]),
        ["traffic-repointed violation [default_cache_behavior]"]
    );
}

#[test]
fn functions_and_interfaces() {
    let alias = |version: &str, weights: Json| json!({"name": "live", "function_name": "f", "function_version": version, "routing_config": weights});
    let address = "aws_lambda_alias.x";
    let none = || json!([]);
    for (case, before, after, expected) in [
        ("a deployment", alias("3", none()), alias("4", none()), NONE),
        (
            "back",
            alias("4", none()),
            alias("3", none()),
            &["traffic-repointed violation [function_version]"],
        ),
        (
            "to the code of the moment",
            alias("4", none()),
            alias("$LATEST", none()),
            &["traffic-repointed violation [function_version]"],
        ),
        (
            "weights",
            alias("4", json!([{"additional_version_weights": {"5": 0.1}}])),
            alias("4", json!([{"additional_version_weights": {"5": 0.9}}])),
            &["weight-shifted violation [routing_config[0].additional_version_weights]"],
        ),
    ] {
        assert_eq!(
            judged([Resource::update(address, before, after)]),
            expected,
            "{case}"
        );
    }
    let mut to_come = alias("3", none());
    to_come["function_version"] = unknown();
    assert_eq!(
        judged([Resource::update(address, alias("3", none()), to_come)]),
        NONE
    );
    for (kind, path, before, after) in [
        (
            "aws_api_gateway_integration",
            "uri",
            json!({"type": "HTTP", "uri": "https://a.example.com", "connection_id": null}),
            json!({"type": "HTTP", "uri": "https://evil.example.net", "connection_id": null}),
        ),
        (
            "aws_apigatewayv2_integration",
            "integration_uri",
            json!({"integration_uri": "arn:a"}),
            json!({"integration_uri": "arn:b"}),
        ),
        (
            "aws_apigatewayv2_route",
            "target",
            json!({"route_key": "GET /", "target": "integrations/a"}),
            json!({"route_key": "GET /", "target": "integrations/b"}),
        ),
        (
            "aws_globalaccelerator_endpoint_group",
            "endpoint_configuration",
            json!({"endpoint_configuration": [{"endpoint_id": "arn:a", "weight": 128}]}),
            json!({"endpoint_configuration": [{"endpoint_id": "arn:b", "weight": 128}]}),
        ),
        (
            "google_compute_url_map",
            "default_service",
            json!({"default_service": "a", "description": "x"}),
            json!({"default_service": "b", "description": "x"}),
        ),
        (
            "google_compute_global_forwarding_rule",
            "target",
            json!({"target": "a"}),
            json!({"target": "b"}),
        ),
        (
            "google_compute_backend_service",
            "backend",
            json!({"backend": [{"group": "a"}]}),
            json!({"backend": [{"group": "b"}]}),
        ),
        (
            "azurerm_cdn_frontdoor_origin",
            "host_name",
            json!({"host_name": "a.example.com", "enabled": true}),
            json!({"host_name": "b.example.com", "enabled": true}),
        ),
        (
            "azurerm_traffic_manager_external_endpoint",
            "target",
            json!({"target": "a.example.com", "weight": 1}),
            json!({"target": "b.example.com", "weight": 1}),
        ),
        (
            "azurerm_application_gateway",
            "backend_address_pool",
            json!({"backend_address_pool": [{"name": "p", "fqdns": ["a.example.com"], "ip_addresses": []}]}),
            json!({"backend_address_pool": [{"name": "p", "fqdns": ["b.example.com"], "ip_addresses": []}]}),
        ),
        (
            "azurerm_web_app_active_slot",
            "slot_id",
            json!({"slot_id": "/a"}),
            json!({"slot_id": "/b"}),
        ),
    ] {
        let address = format!("{kind}.x");
        let expected = [format!("traffic-repointed violation [{path}]")];
        assert_eq!(
            judged([Resource::update(&address, before.clone(), after)]),
            expected,
            "{kind}"
        );
        let mut described = before.clone();
        described["description"] = json!("another");
        described["tags"] = json!({"a": "b"});
        assert_eq!(
            judged([Resource::update(&address, before.clone(), described)]),
            NONE,
            "{kind}"
        );
        assert_eq!(
            judged([Resource::delete(&address, before)]),
            ["traffic-deleted violation []"],
            "{kind}"
        );
    }
    let run = |parts: &[(&str, i64)]| {
        let traffic: Vec<_> = parts.iter().map(|(revision, percent)| json!({"type": "REVISION", "revision": revision, "tag": "", "percent": percent})).collect();
        json!({"name": "s", "traffic": traffic, "template": [{"containers": [{"image": "a"}]}]})
    };
    let address = "google_cloud_run_v2_service.x";
    assert_eq!(
        judged([Resource::update(
            address,
            run(&[("r1", 90), ("r2", 10)]),
            run(&[("r1", 10), ("r2", 90)])
        )]),
        ["weight-shifted violation [traffic]"]
    );
    let mut image = run(&[("r1", 100)]);
    image["template"] = json!([{"containers": [{"image": "b"}]}]);
    assert_eq!(
        judged([Resource::update(address, run(&[("r1", 100)]), image)]),
        NONE
    );
    let off = Resource::update(
        "azurerm_traffic_manager_azure_endpoint.x",
        json!({"target_resource_id": "/a", "enabled": true}),
        json!({"target_resource_id": "/a", "enabled": false}),
    );
    assert_eq!(judged([off]), ["traffic-stopped violation [enabled]"]);
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "reads as `function(json!(…))`"
)]
fn function(hash: Json) -> Json {
    json!({"function_name": "auth", "role": "arn:aws:iam::1:role/auth", "source_code_hash": hash, "filename": "f.zip", "handler": "a.b",
        "image_uri": null, "s3_bucket": null, "s3_key": null, "s3_object_version": null, "layers": [], "memory_size": 128, "timeout": 3})
}

#[test]
fn privileged_functions() {
    let address = "aws_lambda_function.auth";
    let swapped = || Resource::update(address, function(json!("a")), function(json!("b")));
    let found = ["privileged-code-swapped violation [source_code_hash]"];
    assert_eq!(judged([swapped()]), NONE, "an ordinary one");
    assert_eq!(
        with([swapped()], json!({"privileged-functions": ["auth*"]})),
        found
    );
    assert_eq!(
        with(
            [swapped()],
            json!({"privileged-functions": ["aws_lambda_function.*"]})
        ),
        found
    );
    let authorizer = |to: &str| {
        Resource::unchanged(
            "aws_api_gateway_authorizer.a",
            json!({"authorizer_uri": "arn", "name": "a"}),
        )
        .refers("authorizer_uri", to)
    };
    assert_eq!(
        judged([swapped(), authorizer("aws_lambda_function.auth.invoke_arn")]),
        found
    );
    assert_eq!(
        judged([
            swapped(),
            authorizer("aws_lambda_function.other.invoke_arn")
        ]),
        NONE
    );
    let attached = |policy: &str| {
        Resource::unchanged(
            "aws_iam_role_policy_attachment.a",
            json!({"role": "auth", "policy_arn": policy}),
        )
    };
    assert_eq!(
        judged([
            swapped(),
            attached("arn:aws:iam::aws:policy/AdministratorAccess")
        ]),
        found
    );
    assert_eq!(
        judged([
            swapped(),
            attached("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")
        ]),
        NONE
    );
    let inline = |action: Json| {
        Resource::unchanged(
            "aws_iam_role_policy.a",
            json!({"role": "auth",
            "policy": json!({"Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}).to_string()}),
        )
    };
    assert_eq!(
        judged([swapped(), inline(json!(["logs:*", "iam:*"]))]),
        found
    );
    assert_eq!(judged([swapped(), inline(json!("logs:*"))]), NONE);
    let settings = || json!({"privileged-functions": ["auth"]});
    let mut larger = function(json!("a"));
    larger["memory_size"] = json!(256);
    larger["tags"] = json!({"a": "b"});
    assert_eq!(
        with(
            [Resource::update(address, function(json!("a")), larger)],
            settings()
        ),
        NONE
    );
    assert_eq!(
        with(
            [Resource::create(address, function(json!("a")))],
            settings()
        ),
        NONE
    );
    assert_eq!(
        with(
            [Resource::update(
                address,
                function(json!("a")),
                function(unknown())
            )],
            settings()
        ),
        NONE,
        "computed"
    );
    let to_come = Resource::update(address, function(json!("a")), function(unknown())).refers(
        "source_code_hash",
        "data.archive_file.code.output_base64sha256",
    );
    assert_eq!(
        with([to_come], settings()),
        ["privileged-code-swapped undetermined [source_code_hash]"]
    );
    let mut layered = function(json!("a"));
    layered["layers"] = json!(["arn:layer:1"]);
    assert_eq!(
        with(
            [Resource::update(address, function(json!("a")), layered)],
            settings()
        ),
        ["privileged-code-swapped violation [layers]"]
    );
    let edge = |code: &str| json!({"name": "f", "code": code, "runtime": "cloudfront-js-2.0"});
    assert_eq!(
        judged([Resource::update(
            "aws_cloudfront_function.f",
            edge("a"),
            edge("b")
        )]),
        ["privileged-code-swapped violation [code]"]
    );
}

#[test]
fn settings() {
    let moved = || {
        Resource::update(
            "aws_route53_record.x",
            record("A", &[("records", json!(["203.0.113.9"]))]),
            record("A", &[("records", json!(["198.51.100.7"]))]),
        )
    };
    let weights = |weight: i64| {
        record(
            "A",
            &[
                ("records", json!(["203.0.113.9"])),
                ("weighted_routing_policy", json!([{"weight": weight}])),
            ],
        )
    };
    let shifted = || Resource::update("aws_route53_record.x", weights(1), weights(100));
    assert_eq!(judged([moved()]).len(), 1);
    assert_eq!(judged([shifted()]).len(), 1);
    assert_eq!(with([shifted()], json!({"weights": "ignore"})), NONE);
    assert_eq!(with([moved()], json!({"weights": "ignore"})).len(), 1);
    assert_eq!(with([moved()], json!({"ignore-names": ["www.*"]})), NONE);
    assert_eq!(with([moved()], json!({"ignore-names": ["api.*"]})).len(), 1);
    assert_eq!(
        with([moved()], json!({"ignore-types": ["aws_route53_*"]})),
        NONE
    );
    assert_eq!(with([moved()], json!({"require": "never"})), NONE);
    let staging = |settings: Json| {
        Plan::new([moved()])
            .environment("staging", false)
            .settings(settings)
            .findings::<DnsAndTraffic>()
            .len()
    };
    assert_eq!(staging(json!({})), 0);
    assert_eq!(staging(json!({"require": "always"})), 1);
    assert!(
        Plan::new([moved()])
            .settings(json!({"weight": "ignore"}))
            .evaluate::<DnsAndTraffic>()
            .is_err()
    );
}

/// Every row of the table: what is deleted, and every target that changes.
#[test]
fn every_row() {
    for row in rows() {
        let address = format!("{}.x", row.kind);
        let (deleted, moved) = match row.class {
            Class::Record => ("record-deleted", "record-repointed"),
            Class::Traffic => ("traffic-deleted", "traffic-repointed"),
        };
        let found = judged([Resource::delete(&address, json!({"id": "x"}))]);
        let expected = if row.deletion {
            vec![format!("{deleted} violation []")]
        } else {
            Vec::new()
        };
        assert_eq!(found, expected, "{}", row.kind);
        let change =
            |before: Json, after: Json| judged([Resource::update(&address, before, after)]);
        for target in row.targets {
            let path = target.path();
            let expected = |rule: &str| [format!("{rule} violation [{path}]")];
            match *target {
                Target::Value(_) => {
                    assert_eq!(
                        change(at(path, json!("one")), at(path, json!("two"))),
                        expected(moved),
                        "{} {path}",
                        row.kind
                    );
                    assert_eq!(change(at(path, json!("one")), at(path, json!("one"))), NONE);
                    let untold = change(at(path, json!("one")), at(path, unknown()));
                    assert_eq!(
                        untold.len(),
                        usize::from(row.untold),
                        "{} {path} {untold:?}",
                        row.kind
                    );
                }
                Target::Names(_) => {
                    assert_eq!(
                        change(at(path, json!(["one", "two"])), at(path, json!(["one"]))),
                        expected(moved),
                        "{} {path}",
                        row.kind
                    );
                    assert_eq!(
                        change(at(path, json!(["one"])), at(path, json!(["one", "two"]))),
                        NONE
                    );
                    assert_eq!(
                        change(at(path, json!(["one"])), at(path, unknown())),
                        [format!("{moved} undetermined [{path}]")]
                    );
                }
                Target::Weight(_) => {
                    assert_eq!(
                        change(at(path, json!(1)), at(path, json!(99))),
                        expected("weight-shifted"),
                        "{} {path}",
                        row.kind
                    );
                }
                Target::Enabled(_) => {
                    assert_eq!(
                        change(at(path, json!(true)), at(path, json!(false))),
                        expected("traffic-stopped"),
                        "{} {path}",
                        row.kind
                    );
                    assert_eq!(
                        change(at(path, json!(null)), at(path, json!(false))),
                        expected("traffic-stopped")
                    );
                    assert_eq!(change(at(path, json!(false)), at(path, json!(true))), NONE);
                }
                Target::Version(_) => {
                    assert_eq!(
                        change(at(path, json!("2")), at(path, json!("1"))),
                        expected(moved),
                        "{} {path}",
                        row.kind
                    );
                }
                Target::Blocks {
                    block,
                    key,
                    values,
                    shares,
                    ..
                } => {
                    let with = |inner: Json| {
                        let mut inner = inner;
                        for (number, one) in key.iter().enumerate() {
                            if inner.get(*one).is_none() {
                                inner[*one] = json!(format!("key{number}"));
                            }
                        }
                        json!({block: [inner]})
                    };
                    for value in values {
                        let inner = |to: &str| with(at(value, json!(to)));
                        assert_eq!(
                            change(inner("one"), inner("two")),
                            expected(moved),
                            "{} {value}",
                            row.kind
                        );
                        assert_eq!(change(inner("one"), inner("one")), NONE);
                        let untold = change(inner("one"), with(at(value, unknown())));
                        assert_eq!(
                            untold,
                            [format!("{moved} undetermined [{path}]")],
                            "{} {value}",
                            row.kind
                        );
                    }
                    if values.is_empty() {
                        let inner = |to: &str| json!({block: [at(key[0], json!(to))]});
                        assert_eq!(
                            change(inner("one"), inner("two")),
                            expected(moved),
                            "{} {block}",
                            row.kind
                        );
                    }
                    if let Some((list, name, weight)) = shares {
                        let inner = |share: i64| {
                            if list.is_empty() {
                                return with(at(weight, json!(share)));
                            }
                            with(at(
                                list,
                                json!([{name: "one", weight: share}, {name: "two", weight: 50}]),
                            ))
                        };
                        assert_eq!(
                            change(inner(1), inner(99)),
                            expected("weight-shifted"),
                            "{} {block}",
                            row.kind
                        );
                        assert_eq!(change(inner(1), inner(1)), NONE);
                    }
                }
            }
        }
        for path in row.identity {
            let found = judged([Resource::replace(
                &address,
                json!({*path: "one"}),
                json!({*path: "two"}),
            )]);
            assert_eq!(
                found,
                [format!("{deleted} violation [{path}]")],
                "{}",
                row.kind
            );
        }
    }
}

/// Every kind of function, and everything that makes one privileged by naming it.
#[test]
fn every_function() {
    for (kind, name, paths) in FUNCTIONS {
        for path in *paths {
            let change = || {
                let object = |code: &str| {
                    let mut object = at(path, json!(code));
                    object[*name] = json!("auth");
                    object
                };
                Resource::update(&format!("{kind}.x"), object("a"), object("b"))
            };
            let found = with([change()], json!({"privileged-functions": ["auth"]}));
            assert_eq!(
                found,
                [format!("privileged-code-swapped violation [{path}]")],
                "{kind}"
            );
            assert_eq!(
                judged([change()]).len(),
                usize::from(*kind == "aws_cloudfront_function"),
                "{kind}"
            );
        }
    }
    for (kind, path, _) in NAMED_BY {
        let swapped = Resource::update(
            "aws_lambda_function.auth",
            function(json!("a")),
            function(json!("b")),
        );
        let naming = Resource::unchanged(&format!("{kind}.x"), at(path, json!("arn")))
            .refers(path, "aws_lambda_function.auth.arn");
        assert_eq!(
            judged([swapped, naming]),
            ["privileged-code-swapped violation [source_code_hash]"],
            "{kind}"
        );
    }
}

/// An object that has this value at a path such as `a[0].b`.
fn at(path: &str, value: Json) -> Json {
    path.rsplit('.')
        .fold(value, |value, step| match step.strip_suffix("[0]") {
            Some(block) => json!({block: [value]}),
            None => json!({step: value}),
        })
}

#[test]
fn name_servers_of_domains() {
    let domain = |servers: &[&str]| json!({"domain_name": "example.com", "name_server": servers.iter().map(|name| json!({"name": name, "glue_ips": null})).collect::<Vec<_>>()});
    let address = "aws_route53domains_registered_domain.x";
    assert_eq!(
        judged([Resource::update(
            address,
            domain(&["ns-1.example.net"]),
            domain(&["ns-2.example.org"])
        )]),
        ["record-repointed violation [name_server]"]
    );
    assert_eq!(
        judged([Resource::update(
            address,
            domain(&["ns-1.example.net", "ns-2.example.net"]),
            domain(&["ns-2.example.net", "ns-1.example.net"])
        )]),
        NONE
    );
    assert_eq!(
        judged([Resource::delete(address, domain(&["ns-1.example.net"]))]),
        NONE
    );
    let google = |server: &str| json!({"domain_name": "example.com", "dns_settings": [{"custom_dns": [{"name_servers": [server], "ds_records": []}], "glue_records": []}]});
    assert_eq!(
        judged([Resource::update(
            "google_clouddomains_registration.x",
            google("ns1.example.net"),
            google("ns1.example.org")
        )])
        .len(),
        1
    );
}

#[test]
fn default_routes() {
    let route = |destination: &str, hop: &str, value: Json| {
        let mut route = json!({
            "route_table_id": "rtb-1", "destination_cidr_block": destination, "destination_ipv6_cidr_block": "",
            "gateway_id": "", "nat_gateway_id": "", "transit_gateway_id": "", "vpc_endpoint_id": "", "network_interface_id": "",
            "vpc_peering_connection_id": "", "egress_only_gateway_id": "", "core_network_arn": "", "local_gateway_id": "",
            "carrier_gateway_id": "", "odb_network_arn": "",
        });
        route[hop] = value;
        route
    };
    let all = "0.0.0.0/0";
    let nat = || route(all, "nat_gateway_id", json!("nat-1"));
    let to = |after: Json| {
        let plan = Plan::new([Resource::update("aws_route.x", nat(), after)]);
        plan.findings::<DnsAndTraffic>()
    };
    let open = to(route(all, "gateway_id", json!("igw-1")));
    assert_eq!(
        open,
        [
            "default-route-changed violation aws_route.x [destination_cidr_block]: the default route `0.0.0.0/0` leads to the Internet by `igw-1` (`internet gateway`), and no longer to `nat-1` (`nat_gateway_id`)"
        ]
    );
    assert_eq!(to(route(all, "vpc_endpoint_id", json!("vpce-1"))).len(), 1);
    assert_eq!(to(nat()), NONE);
    // A NAT gateway that is replaced.
    assert_eq!(to(route(all, "nat_gateway_id", unknown())), NONE);
    assert!(to(route(all, "gateway_id", unknown()))[0].contains("undetermined"));
    let new = Resource::update("aws_route.x", nat(), route(all, "gateway_id", unknown()))
        .refers("gateway_id", "aws_internet_gateway.main.id");
    assert_eq!(
        judged([new]),
        ["default-route-changed violation [destination_cidr_block]"]
    );
    assert_eq!(
        judged([Resource::delete("aws_route.x", nat())]),
        ["default-route-changed violation [destination_cidr_block]"]
    );
    let inner = route("10.1.0.0/16", "transit_gateway_id", json!("tgw-1"));
    assert_eq!(judged([Resource::delete("aws_route.x", inner)]), NONE);

    let table = |hop: Json| json!({"route": hop});
    let block = |prefix: &str, kind: &str| json!({"name": "r", "address_prefix": prefix, "next_hop_type": kind, "next_hop_in_ip_address": ""});
    let address = "azurerm_route_table.x";
    let filtered = || {
        table(json!([
            block(all, "VirtualAppliance"),
            block("10.0.0.0/8", "VnetLocal")
        ]))
    };
    for (after, number) in [
        (table(json!([block(all, "Internet")])), 1),
        (table(json!([block(all, "VirtualAppliance")])), 0),
        (table(json!([])), 1),
        (table(unknown()), 1),
    ] {
        let found = judged([Resource::update(address, filtered(), after)]);
        assert_eq!(found.len(), number, "{found:?}");
    }
    let google = |hop: &str| json!({"dest_range": all, "next_hop_gateway": hop, "next_hop_ip": null, "next_hop_ilb": null, "next_hop_instance": null, "next_hop_vpn_tunnel": null});
    assert_eq!(
        judged([Resource::delete(
            "google_compute_route.x",
            google("projects/p/global/gateways/default-internet-gateway")
        )])
        .len(),
        1
    );
}

#[test]
fn fixed_addresses() {
    let cause = |resource: Resource| {
        let evaluation = Plan::new([resource]).evaluate::<DnsAndTraffic>();
        evaluation
            .map(|evaluation| evaluation.findings)
            .unwrap_or_default()
            .into_iter()
            .map(|finding| (finding.rule, finding.cause))
            .collect::<Vec<_>>()
    };
    let advice = [("address-released".to_owned(), Cause::Advice)];
    let eip = || json!({"public_ip": "203.0.113.7"});
    assert_eq!(cause(Resource::delete("aws_eip.x", eip())), advice);
    assert_eq!(cause(Resource::replace("aws_eip.x", eip(), eip())), advice);
    assert_eq!(cause(Resource::update("aws_eip.x", eip(), eip())), []);
    let azure = |method: &str| json!({"ip_address": "203.0.113.7", "allocation_method": method});
    assert_eq!(
        cause(Resource::delete("azurerm_public_ip.x", azure("Static"))),
        advice
    );
    assert_eq!(
        cause(Resource::delete("azurerm_public_ip.x", azure("Dynamic"))),
        []
    );
    let google = |kind: &str| json!({"address": "203.0.113.7", "address_type": kind});
    assert_eq!(
        cause(Resource::delete(
            "google_compute_address.x",
            google("EXTERNAL")
        )),
        advice
    );
    assert_eq!(
        cause(Resource::delete(
            "google_compute_address.x",
            google("INTERNAL")
        )),
        []
    );
}

#[test]
fn signatures_of_zones() {
    let none: &[&str] = &[];
    let aws = "aws_route53_hosted_zone_dnssec.z";
    let signing = |status: &str| json!({"hosted_zone_id": "Z1", "signing_status": status});
    let zone = || {
        Resource::delete(
            "aws_route53_zone.z",
            json!({"name": "a.b", "zone_id": "Z1"}),
        )
    };
    let google = |config: Json| json!({"name": "z", "dns_name": "a.b.", "dnssec_config": config});
    let of_google = |before: Json, after: Json| {
        judged([Resource::update(
            "google_dns_managed_zone.z",
            google(before),
            google(after),
        )])
    };
    let told = |all: Vec<String>| -> Vec<String> {
        all.into_iter()
            .filter(|line| line.starts_with("dnssec-off"))
            .collect()
    };
    let deleted = || Resource::delete(aws, signing("SIGNING"));
    assert_eq!(
        judged([deleted()]),
        ["dnssec-off violation [hosted_zone_id]"]
    );
    assert_eq!(told(judged([deleted(), zone()])), none);
    assert_eq!(
        judged([Resource::update(
            aws,
            signing("SIGNING"),
            signing("NOT_SIGNING")
        )]),
        ["dnssec-off violation [signing_status]"]
    );
    assert_eq!(
        judged([Resource::update(
            aws,
            signing("NOT_SIGNING"),
            signing("SIGNING")
        )]),
        none
    );
    assert_eq!(
        judged([Resource::delete(aws, signing("NOT_SIGNING"))]),
        none
    );
    let on = || json!([{"state": "on"}]);
    let off = || json!([{"state": "off"}]);
    assert_eq!(
        of_google(on(), off()),
        ["dnssec-off violation [dnssec_config]"]
    );
    assert_eq!(
        of_google(on(), json!([])),
        ["dnssec-off violation [dnssec_config]"]
    );
    assert_eq!(of_google(off(), on()), none);
    assert_eq!(of_google(off(), off()), none);
}

#[test]
fn an_action_that_signs_users_in_sends_nothing_anywhere() {
    let none: &[&str] = &[];
    let forward = |target: &str| json!({"type": "forward", "target_group_arn": target});
    let sign_in = || json!({"type": "authenticate-cognito", "authenticate_cognito": [{}]});
    let update = |before: Json, after: Json| {
        judged([Resource::update(
            "aws_lb_listener.l",
            json!({"load_balancer_arn": "l", "default_action": before}),
            json!({"load_balancer_arn": "l", "default_action": after}),
        )])
    };
    assert_eq!(
        update(json!([sign_in(), forward("a")]), json!([forward("a")])),
        none
    );
    assert_eq!(
        update(json!([sign_in(), forward("a")]), json!([forward("b")])),
        ["traffic-repointed violation [default_action]"]
    );
    let link = Resource::delete(
        "azurerm_private_dns_zone_virtual_network_link.l",
        json!({"id": "l", "name": "l"}),
    );
    let found = Plan::new([link]).findings::<DnsAndTraffic>();
    assert!(
        found[0].contains("the plan deletes the link of a private zone to a network"),
        "{found:?}"
    );
}
