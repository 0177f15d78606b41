//! The table of requirements: one file per service.

pub mod api_gateway;
pub mod dsql;
pub mod dynamodb;
pub mod lambda;
pub mod load_balancer;
pub mod rds;
pub mod sqs;

use crate::requirement::Requirement;

/// Every requirement, in the order of the report.
pub const ALL: &[&Requirement<'static>] = &[
    &lambda::ERRORS,
    &lambda::THROTTLES,
    &sqs::AGE,
    &sqs::DEPTH,
    &sqs::DEAD_LETTERS,
    &api_gateway::REST_SERVER_ERRORS,
    &api_gateway::HTTP_SERVER_ERRORS,
    &api_gateway::WEBSOCKET_ERRORS,
    &rds::STORAGE,
    &rds::CPU,
    &rds::MEMORY,
    &rds::AURORA_CPU,
    &dsql::QUERY_TIMEOUTS,
    &dsql::CONFLICTS,
    &load_balancer::SERVER_ERRORS,
    &load_balancer::TARGET_ERRORS,
    &load_balancer::UNHEALTHY_TARGETS,
    &load_balancer::UNHEALTHY_NETWORK_TARGETS,
    &dynamodb::READ_THROTTLES,
    &dynamodb::WRITE_THROTTLES,
    &dynamodb::SYSTEM_ERRORS,
];
