//! Amazon API Gateway.

use tollgate_policy::Severity;

use crate::requirement::{Condition, Dimension, Metric, Requirement, Role, named_by, rule};

const API_ID: &[Dimension] = &[named_by("ApiId", "id")];

/// Requests to a REST API that fail on the server's side.
///
/// Wants an alarm on `AWS/ApiGateway` `5XXError` of every REST
/// API, for the API or for a stage of it.
pub const REST_SERVER_ERRORS: Requirement = Requirement {
    id: "rest-api-5xx",
    group: "api-gateway",
    default: true,
    rule: rule(
        "rest-api-5xx-unwatched",
        "REST API without an alarm on server errors",
        "A 5xx answer is the failure that callers see, whatever its cause behind the API.",
        Severity::High,
        "Add an alarm on `AWS/ApiGateway` `5XXError` with the dimension `ApiName`.",
        &[
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html",
        ],
    ),
    types: &["aws_api_gateway_rest_api"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/ApiGateway",
    metrics: &[Metric {
        name: "5XXError",
        dimensions: &[named_by("ApiName", "name")],
        narrower: &["Stage"],
        region_wide: false,
    }],
};

/// Requests to an HTTP API that fail on the server's side.
///
/// Wants an alarm on `AWS/ApiGateway` `5xx` of every API whose
/// protocol is HTTP, for the API or for a stage of it.
pub const HTTP_SERVER_ERRORS: Requirement = Requirement {
    id: "http-api-5xx",
    group: "api-gateway",
    default: true,
    rule: rule(
        "http-api-5xx-unwatched",
        "HTTP API without an alarm on server errors",
        "A 5xx answer is the failure that callers see, whatever its cause behind the API. \
         An HTTP API reports `5xx`, not the `5XXError` of a REST API.",
        Severity::High,
        "Add an alarm on `AWS/ApiGateway` `5xx` with the dimension `ApiId`.",
        &["https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html"],
    ),
    types: &["aws_apigatewayv2_api"],
    when: &[Condition {
        attribute: "protocol_type",
        is: &["HTTP"],
        unset_is: "HTTP",
    }],
    role: Role::Any,
    namespace: "AWS/ApiGateway",
    metrics: &[Metric {
        name: "5xx",
        dimensions: API_ID,
        narrower: &["Stage"],
        region_wide: false,
    }],
};

/// WebSocket messages that fail on the server's side.
///
/// Wants an alarm on `AWS/ApiGateway` `ExecutionError` or
/// `IntegrationError` of every API whose protocol is WebSocket. Not in the default
/// set.
pub const WEBSOCKET_ERRORS: Requirement = Requirement {
    id: "websocket-api-errors",
    default: false,
    rule: rule(
        "websocket-api-errors-unwatched",
        "WebSocket API without an alarm on server errors",
        "An execution or integration error is the failure that callers see, whatever its cause \
         behind the API.",
        Severity::Medium,
        "Add an alarm on `AWS/ApiGateway` `ExecutionError` or `IntegrationError` with the dimension `ApiId`.",
        &[
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-logging.html",
        ],
    ),
    when: &[Condition {
        attribute: "protocol_type",
        is: &["WEBSOCKET"],
        unset_is: "HTTP",
    }],
    metrics: &[
        Metric {
            name: "ExecutionError",
            dimensions: API_ID,
            narrower: &["Stage"],
            region_wide: false,
        },
        Metric {
            name: "IntegrationError",
            dimensions: API_ID,
            narrower: &["Stage"],
            region_wide: false,
        },
    ],
    ..HTTP_SERVER_ERRORS
};
