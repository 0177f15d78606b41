//! hashicorp/aws.

use super::{
    Class, Row,
    Target::{Blocks, Enabled, Names, Value, Version, Weight},
    blocks, record, traffic,
};

/// Where an action of a load balancer sends what comes.
const ACTION: &[&str] = &[
    "type",
    "target_group_arn",
    "redirect.host",
    "redirect.port",
    "redirect.protocol",
    "redirect.path",
    "fixed_response.status_code",
];

const fn listener(kind: &'static str) -> Row {
    traffic(
        kind,
        "listener",
        &[
            Value("load_balancer_arn"),
            Blocks {
                block: "default_action",
                key: &[],
                values: ACTION,
                shares: Some(("forward.target_group", "arn", "weight")),
                further: true,
            },
        ],
    )
}

const fn rule(kind: &'static str) -> Row {
    traffic(
        kind,
        "listener rule",
        &[
            Value("condition"),
            Value("priority"),
            Blocks {
                block: "action",
                key: &[],
                values: ACTION,
                shares: Some(("forward.target_group", "arn", "weight")),
                further: true,
            },
        ],
    )
}

const fn attachment(kind: &'static str) -> Row {
    Row {
        deletion: false,
        untold: false,
        ..traffic(
            kind,
            "target",
            &[Value("target_id"), Value("port"), Value("target_group_arn")],
        )
    }
}

pub(super) static ROWS: &[Row] = &[
    // The deletion of the first only takes it out of the state, and the registration of the second is
    // what `deletion-protection` is about.
    Row {
        what: "domain",
        name: Some("domain_name"),
        deletion: false,
        ..record(
            "aws_route53domains_registered_domain",
            &[],
            &[
                blocks("name_server", &["name"], &[]),
                blocks("name_server", &["name"], &["glue_ips"]),
            ],
        )
    },
    Row {
        what: "domain",
        name: Some("domain_name"),
        deletion: false,
        ..record(
            "aws_route53domains_domain",
            &[],
            &[
                blocks("name_server", &["name"], &[]),
                blocks("name_server", &["name"], &["glue_ips"]),
            ],
        )
    },
    Row {
        what: "set of name servers",
        name: None,
        ..record("aws_route53_delegation_set", &[], &[])
    },
    record(
        "aws_route53_record",
        &["name", "type", "set_identifier", "zone_id"],
        &[
            Value("records"),
            blocks("alias", &[], &["name", "zone_id"]),
            Weight("weighted_routing_policy[0].weight"),
            Value("failover_routing_policy[0].type"),
        ],
    ),
    Row {
        what: "zone",
        ..record("aws_route53_zone", &["name"], &[])
    },
    traffic(
        "aws_route53_zone_association",
        "link of a private zone to a network",
        &[],
    ),
    traffic(
        "aws_route53_traffic_policy_instance",
        "traffic policy",
        &[Value("traffic_policy_id"), Value("traffic_policy_version")],
    ),
    listener("aws_lb_listener"),
    listener("aws_alb_listener"),
    rule("aws_lb_listener_rule"),
    rule("aws_alb_listener_rule"),
    traffic("aws_lb_target_group", "target group", &[]),
    traffic("aws_alb_target_group", "target group", &[]),
    attachment("aws_lb_target_group_attachment"),
    attachment("aws_alb_target_group_attachment"),
    traffic(
        "aws_elb",
        "load balancer",
        &[blocks("listener", &["lb_port"], &["instance_port"])],
    ),
    traffic("aws_lb", "load balancer", &[]),
    traffic("aws_alb", "load balancer", &[]),
    traffic(
        "aws_cloudfront_distribution",
        "distribution",
        &[
            Blocks {
                block: "origin",
                key: &["origin_id"],
                values: &["domain_name", "origin_path"],
                shares: None,
                // A further origin gets nothing before a behaviour names it.
                further: false,
            },
            blocks(
                "default_cache_behavior",
                &[],
                &[
                    "target_origin_id",
                    "lambda_function_association.lambda_arn",
                    "function_association.function_arn",
                ],
            ),
            blocks(
                "ordered_cache_behavior",
                &["path_pattern"],
                &[
                    "target_origin_id",
                    "lambda_function_association.lambda_arn",
                    "function_association.function_arn",
                ],
            ),
            Names("aliases"),
            Enabled("enabled"),
        ],
    ),
    traffic(
        "aws_api_gateway_integration",
        "integration",
        &[Value("type"), Value("uri"), Value("connection_id")],
    ),
    traffic(
        "aws_apigatewayv2_integration",
        "integration",
        &[Value("integration_uri"), Value("connection_id")],
    ),
    traffic("aws_apigatewayv2_route", "route", &[Value("target")]),
    traffic(
        "aws_api_gateway_base_path_mapping",
        "mapping of a domain",
        &[Value("api_id"), Value("stage_name")],
    ),
    traffic(
        "aws_apigatewayv2_api_mapping",
        "mapping of a domain",
        &[Value("api_id"), Value("stage")],
    ),
    Row {
        name: Some("domain_name"),
        ..traffic("aws_api_gateway_domain_name", "domain", &[])
    },
    Row {
        name: Some("domain_name"),
        ..traffic("aws_apigatewayv2_domain_name", "domain", &[])
    },
    traffic(
        "aws_lambda_alias",
        "alias",
        &[
            Value("function_name"),
            Version("function_version"),
            Weight("routing_config[0].additional_version_weights"),
        ],
    ),
    traffic(
        "aws_lambda_event_source_mapping",
        "event source",
        &[
            Value("function_name"),
            Value("event_source_arn"),
            Enabled("enabled"),
        ],
    ),
    traffic(
        "aws_globalaccelerator_endpoint_group",
        "group of endpoints",
        &[
            blocks("endpoint_configuration", &["endpoint_id"], &[]),
            Weight("traffic_dial_percentage"),
        ],
    ),
    traffic("aws_globalaccelerator_listener", "listener", &[]),
    traffic(
        "aws_vpclattice_listener",
        "listener",
        &[Blocks {
            block: "default_action",
            key: &[],
            values: &["fixed_response.status_code"],
            shares: Some(("forward.target_groups", "target_group_identifier", "weight")),
            further: true,
        }],
    ),
    traffic(
        "aws_vpclattice_listener_rule",
        "listener rule",
        &[
            Value("match"),
            Value("priority"),
            Blocks {
                block: "action",
                key: &[],
                values: &["fixed_response.status_code"],
                shares: Some(("forward.target_groups", "target_group_identifier", "weight")),
                further: true,
            },
        ],
    ),
    traffic(
        "aws_appsync_domain_name_api_association",
        "mapping of a domain",
        &[Value("api_id")],
    ),
    traffic(
        "aws_appsync_datasource",
        "data source",
        &[
            Value("lambda_config[0].function_arn"),
            Value("http_config[0].endpoint"),
        ],
    ),
    Row {
        class: Class::Traffic,
        ..traffic(
            "aws_s3_bucket_website_configuration",
            "website",
            &[
                Value("redirect_all_requests_to[0].host_name"),
                Value("routing_rule"),
            ],
        )
    },
];
