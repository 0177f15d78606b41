//! The table of requirements: one file per service.

pub mod acm;
pub mod api_gateway;
pub mod app_runner;
pub mod appsync;
pub mod backup;
pub mod batch;
pub mod beanstalk;
pub mod cloudfront;
pub mod cognito;
pub mod dms;
pub mod documentdb;
pub mod dsql;
pub mod dynamodb;
pub mod ebs;
pub mod ec2;
pub mod ecs;
pub mod efs;
pub mod eks;
pub mod elasticache;
pub mod elb_classic;
pub mod eventbridge;
pub mod firehose;
pub mod fsx;
pub mod glue;
pub mod kinesis;
pub mod lambda;
pub mod load_balancer;
pub mod mq;
pub mod msk;
pub mod mwaa;
pub mod neptune;
pub mod opensearch;
pub mod rds;
pub mod redshift;
pub mod route53;
pub mod sagemaker;
pub mod sns;
pub mod sqs;
pub mod step_functions;
pub mod synthetics;
pub mod timestream;
pub mod transfer;
pub mod vpc;
pub mod waf;

use crate::requirement::Requirement;

/// Every requirement, in the order of the report.
pub const ALL: &[&Requirement<'static>] = &[
    &lambda::ERRORS,
    &lambda::THROTTLES,
    &lambda::DURATION,
    &lambda::ITERATOR_AGE,
    &lambda::LOST_EVENTS,
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
    &rds::CLUSTER_STORAGE,
    &rds::CLUSTER_CPU,
    &rds::SERVERLESS_CAPACITY,
    &dsql::QUERY_TIMEOUTS,
    &dsql::CONFLICTS,
    &load_balancer::SERVER_ERRORS,
    &load_balancer::TARGET_ERRORS,
    &load_balancer::UNHEALTHY_TARGETS,
    &load_balancer::UNHEALTHY_NETWORK_TARGETS,
    &dynamodb::READ_THROTTLES,
    &dynamodb::WRITE_THROTTLES,
    &dynamodb::SYSTEM_ERRORS,
    &acm::EXPIRY,
    &app_runner::SERVER_ERRORS,
    &appsync::SERVER_ERRORS,
    &backup::FAILED,
    &batch::FAILED,
    &beanstalk::HEALTH,
    &cloudfront::SERVER_ERRORS,
    &cognito::THROTTLES,
    &dms::LATENCY,
    &documentdb::CPU,
    &documentdb::MEMORY,
    &ebs::BURST,
    &ec2::STATUS,
    &ec2::CPU,
    &ec2::GROUP_CPU,
    &ec2::GROUP_SIZE,
    &ecs::CPU,
    &ecs::MEMORY,
    &ecs::TASKS,
    &efs::LIMIT,
    &eks::NODES,
    &elasticache::CPU,
    &elasticache::EVICTIONS,
    &elasticache::GROUP_CPU,
    &elasticache::GROUP_MEMORY,
    &elasticache::SERVERLESS,
    &elasticache::MEMORYDB_CPU,
    &elb_classic::SERVER_ERRORS,
    &elb_classic::UNHEALTHY,
    &eventbridge::FAILED,
    &eventbridge::PIPES,
    &eventbridge::SCHEDULES,
    &firehose::FRESHNESS,
    &fsx::STORAGE,
    &glue::FAILED,
    &kinesis::AGE,
    &kinesis::WRITES,
    &mq::STORAGE,
    &msk::CONTROLLER,
    &msk::DISK,
    &mwaa::HEARTBEAT,
    &neptune::CPU,
    &opensearch::RED,
    &opensearch::STORAGE,
    &opensearch::MEMORY,
    &redshift::HEALTH,
    &redshift::DISK,
    &route53::HEALTH,
    &sagemaker::SERVER_ERRORS,
    &sns::FAILED,
    &step_functions::FAILED,
    &step_functions::TIMED_OUT,
    &step_functions::THROTTLED,
    &synthetics::CANARY,
    &timestream::CPU,
    &transfer::FILES,
    &vpc::NAT,
    &vpc::VPN,
    &vpc::DIRECT,
    &vpc::TRANSIT,
    &waf::BLOCKED,
];

/// The region of the metrics of a service that is in no region, and so of the alarms on
/// them.
pub fn home(namespace: &str) -> Option<&'static str> {
    matches!(namespace, "AWS/CloudFront" | "AWS/Route53").then_some("us-east-1")
}

/// Whether the table has a requirement for a type.
pub fn knows(kind: &str) -> bool {
    ALL.iter().any(|row| row.types.contains(&kind))
}
