//! Amazon API Gateway.

use tollgate_policy::{Attr, Determined};

use super::Recipe;
use crate::settings::UsageName::{ConnectionMinutes, Messages, Requests};

/// REST APIs: requests.
pub(crate) const REST_API: Recipe = Recipe {
    types: &["aws_api_gateway_rest_api"],
    attributes: &[],
    computed: &[],
    usage: &[Requests],
    lines: |sheet| {
        sheet.used(
            "REST API requests",
            "AmazonApiGateway/ApiGatewayRequest",
            &[Requests],
        );
        Ok(())
    },
};

/// HTTP APIs: requests. WebSocket APIs: messages and the time of connections.
pub(crate) const HTTP_API: Recipe = Recipe {
    types: &["aws_apigatewayv2_api"],
    attributes: &["protocol_type"],
    computed: &[],
    usage: &[Requests, Messages, ConnectionMinutes],
    lines: |sheet| {
        match sheet.text("protocol_type") {
            Attr::Known(protocol) if protocol == "HTTP" => {
                sheet.used(
                    "HTTP API requests",
                    "AmazonApiGateway/ApiGatewayHttpRequest",
                    &[Requests],
                );
            }
            Attr::Known(protocol) if protocol == "WEBSOCKET" => {
                sheet.used(
                    "WebSocket messages",
                    "AmazonApiGateway/ApiGatewayMessage",
                    &[Messages],
                );
                sheet.used(
                    "WebSocket connections",
                    "AmazonApiGateway/ApiGatewayMinute",
                    &[ConnectionMinutes],
                );
            }
            Attr::Known(_) => {
                sheet.open_line("Requests", "protocol_type", "neither HTTP nor WEBSOCKET");
            }
            Attr::Unset => sheet.open_line("Requests", "protocol_type", "not set"),
            Attr::Undetermined(why) => sheet.open_line("Requests", "protocol_type", why),
        }
        Ok(())
    },
};

/// Stages of REST APIs: their cache, if they have one.
pub(crate) const STAGE: Recipe = Recipe {
    types: &["aws_api_gateway_stage"],
    attributes: &["cache_cluster_enabled", "cache_cluster_size"],
    computed: &[],
    usage: &[],
    lines: |sheet| {
        match sheet.flag("cache_cluster_enabled").unset_as(false) {
            Determined::Known(false) => {}
            Determined::Known(true) => match sheet.text("cache_cluster_size") {
                Attr::Known(size) => {
                    sheet.fixed(
                        format!("Cache, {size} GB"),
                        format!("AmazonApiGateway/ApiGatewayCacheUsage:{size}GB"),
                        sheet.hours,
                    );
                }
                Attr::Unset => sheet.open_line("Cache", "cache_cluster_size", "not set"),
                Attr::Undetermined(why) => sheet.open_line("Cache", "cache_cluster_size", why),
            },
            Determined::Undetermined(why) => sheet.open_line("Cache", "cache_cluster_enabled", why),
        }
        Ok(())
    },
};

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tollgate_policy::testing::Resource;

    use crate::testing::lines;

    #[test]
    fn charges_by_the_kind_of_api() {
        for (resource, used, expected) in [
            // 334 million: 333 × 3.50 + 1 × 2.80.
            (
                Resource::create("aws_api_gateway_rest_api.a", json!({})),
                json!({"requests": 334_000_000}),
                vec!["REST API requests: 334000000 = 1168.3"],
            ),
            // 301 million: 300 × 1.00 + 1 × 0.90.
            (
                Resource::create("aws_apigatewayv2_api.a", json!({"protocol_type": "HTTP"})),
                json!({"requests": 301_000_000}),
                vec!["HTTP API requests: 301000000 = 300.9"],
            ),
            // 2 million × 1.00; 4 million minutes × 0.25.
            (
                Resource::create(
                    "aws_apigatewayv2_api.a",
                    json!({"protocol_type": "WEBSOCKET"}),
                ),
                json!({"messages": 2_000_000, "connection-minutes": 4_000_000}),
                vec![
                    "WebSocket messages: 2000000 = 2",
                    "WebSocket connections: 4000000 = 1",
                ],
            ),
            (
                Resource::create(
                    "aws_api_gateway_stage.s",
                    json!({"cache_cluster_enabled": false}),
                ),
                json!({}),
                vec![],
            ),
            // 730 hours × 0.02.
            (
                Resource::create(
                    "aws_api_gateway_stage.s",
                    json!({"cache_cluster_enabled": true, "cache_cluster_size": "0.5"}),
                ),
                json!({}),
                vec!["Cache, 0.5 GB: 730 = 14.6"],
            ),
            (
                Resource::create(
                    "aws_api_gateway_stage.s",
                    json!({"cache_cluster_enabled": true, "cache_cluster_size": "6.1"}),
                ),
                json!({}),
                vec![
                    "Cache, 6.1 GB: unpriced (the price book has no price for AmazonApiGateway/ApiGatewayCacheUsage:6.1GB in us-east-1)",
                ],
            ),
        ] {
            assert_eq!(lines(resource, used), expected);
        }
    }
}
