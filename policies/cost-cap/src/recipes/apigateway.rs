//! Amazon API Gateway.

use tollgate_policy::{Attr, Determined};

use super::Recipe;
use crate::settings::UsageName::{ConnectionMinutes, Messages, Requests};

/// REST APIs: requests.
pub(crate) const REST_API: Recipe = Recipe {
    types: &["aws_api_gateway_rest_api"],
    attributes: &[],
    usage: &[Requests],
    lines: |sheet| {
        sheet.used("REST API requests", "AmazonApiGateway/ApiGatewayRequest", &[Requests]);
        Ok(())
    },
};

/// HTTP APIs: requests. WebSocket APIs: messages and the time of connections.
pub(crate) const HTTP_API: Recipe = Recipe {
    types: &["aws_apigatewayv2_api"],
    attributes: &["protocol_type"],
    usage: &[Requests, Messages, ConnectionMinutes],
    lines: |sheet| {
        match sheet.text("protocol_type") {
            Attr::Known(protocol) if protocol == "HTTP" => {
                sheet.used("HTTP API requests", "AmazonApiGateway/ApiGatewayHttpRequest", &[Requests]);
            }
            Attr::Known(protocol) if protocol == "WEBSOCKET" => {
                sheet.used("WebSocket messages", "AmazonApiGateway/ApiGatewayMessage", &[Messages]);
                sheet.used("WebSocket connections", "AmazonApiGateway/ApiGatewayMinute", &[ConnectionMinutes]);
            }
            Attr::Known(_) => sheet.open_line("Requests", "protocol_type", "neither HTTP nor WEBSOCKET"),
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
    usage: &[],
    lines: |sheet| {
        match sheet.flag("cache_cluster_enabled").unset_as(false) {
            Determined::Known(false) => {}
            Determined::Known(true) => match sheet.text("cache_cluster_size") {
                Attr::Known(size) => {
                    sheet.fixed(format!("Cache, {size} GB"), format!("AmazonApiGateway/ApiGatewayCacheUsage:{size}GB"), sheet.hours);
                }
                Attr::Unset => sheet.open_line("Cache", "cache_cluster_size", "not set"),
                Attr::Undetermined(why) => sheet.open_line("Cache", "cache_cluster_size", why),
            },
            Determined::Undetermined(why) => sheet.open_line("Cache", "cache_cluster_enabled", why),
        }
        Ok(())
    },
};
