//! Classic Load Balancers.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Metric, Requirement, Role, named_by, rule};

const SOURCES: &[&str] = &[
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/elb-cloudwatch-metrics.html",
];

const DIMENSIONS: &[Dimension] = &[named_by("LoadBalancerName", "name")];

/// Classic load balancer without an alarm on server errors.
///
/// Wants an alarm on `AWS/ELB` `HTTPCode_ELB_5XX` or `HTTPCode_Backend_5XX` of every `aws_elb`. Not in
/// the default set.
pub const SERVER_ERRORS: Requirement = Requirement {
    id: "elb-5xx",
    group: "elb",
    default: false,
    rule: rule(
        "elb-5xx-unwatched",
        "Classic load balancer without an alarm on server errors",
        "The load balancer answers 5xx when no healthy instance is left.",
        Severity::High,
        "Add an alarm on `AWS/ELB` `HTTPCode_ELB_5XX` with the dimension `LoadBalancerName`.",
        SOURCES,
    ),
    types: &["aws_elb"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/ELB",
    metrics: &[
        Metric {
            name: "HTTPCode_ELB_5XX",
            dimensions: DIMENSIONS,
            narrower: &["AvailabilityZone"],
            region_wide: false,
        },
        Metric {
            name: "HTTPCode_Backend_5XX",
            dimensions: DIMENSIONS,
            narrower: &["AvailabilityZone"],
            region_wide: false,
        },
    ],
};

/// Classic load balancer without an alarm on unhealthy instances.
///
/// Wants an alarm on `AWS/ELB` `UnHealthyHostCount` or `HealthyHostCount` of every `aws_elb`. Not in
/// the default set.
pub const UNHEALTHY: Requirement = Requirement {
    id: "elb-unhealthy",
    group: "elb",
    default: false,
    rule: rule(
        "elb-unhealthy-unwatched",
        "Classic load balancer without an alarm on unhealthy instances",
        "An instance that fails its health check is capacity that is lost before requests fail.",
        Severity::Medium,
        "Add an alarm on `AWS/ELB` `UnHealthyHostCount` with the dimension `LoadBalancerName`.",
        SOURCES,
    ),
    types: &["aws_elb"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/ELB",
    metrics: &[
        Metric {
            name: "UnHealthyHostCount",
            dimensions: DIMENSIONS,
            narrower: &["AvailabilityZone"],
            region_wide: false,
        },
        Metric {
            name: "HealthyHostCount",
            dimensions: DIMENSIONS,
            narrower: &["AvailabilityZone"],
            region_wide: false,
        },
    ],
};
