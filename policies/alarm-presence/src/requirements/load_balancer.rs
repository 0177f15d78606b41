//! Elastic Load Balancing.

use tollgate_policy::Severity;

use crate::requirement::{
    Condition, Dimension, Expected, Metric, Requirement, Role, metric, named_by, rule,
};

const APPLICATION: &[&str] = &[
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html",
];
const NETWORK: &[&str] = &[
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-cloudwatch-metrics.html",
];

// The provider knows `aws_alb` and `aws_lb` as two names of one type.
const BALANCER: &[Dimension] = &[named_by("LoadBalancer", "arn_suffix")];
const TARGET_GROUP: &[Dimension] = &[
    named_by("TargetGroup", "arn_suffix"),
    Dimension {
        name: "LoadBalancer",
        value: Expected::Any,
    },
];

/// Requests that the load balancer itself could not serve.
///
/// Wants an alarm on `AWS/ApplicationELB` `HTTPCode_ELB_5XX_Count`
/// of every application load balancer.
pub const SERVER_ERRORS: Requirement = Requirement {
    id: "alb-5xx",
    group: "load-balancer",
    default: true,
    rule: rule(
        "alb-5xx-unwatched",
        "Application load balancer without an alarm on its own server errors",
        "The load balancer answers 5xx when no healthy target is left or none answers in time; \
         no application sees these requests.",
        Severity::High,
        "Add an alarm on `AWS/ApplicationELB` `HTTPCode_ELB_5XX_Count` with the dimension `LoadBalancer`.",
        APPLICATION,
    ),
    types: &["aws_lb", "aws_alb"],
    when: &[Condition {
        attribute: "load_balancer_type",
        is: &["application"],
        unset_is: "application",
    }],
    role: Role::Any,
    namespace: "AWS/ApplicationELB",
    metrics: &[metric("HTTPCode_ELB_5XX_Count", BALANCER)],
};

/// Requests that targets answered with a server error.
///
/// Wants an alarm on `AWS/ApplicationELB`
/// `HTTPCode_Target_5XX_Count` of every application load balancer, for all target
/// groups or for one.
pub const TARGET_ERRORS: Requirement = Requirement {
    id: "alb-target-5xx",
    default: true,
    rule: rule(
        "alb-target-5xx-unwatched",
        "Application load balancer without an alarm on its targets' server errors",
        "A 5xx answer of a target is the failure that callers see when the application is up and wrong.",
        Severity::High,
        "Add an alarm on `AWS/ApplicationELB` `HTTPCode_Target_5XX_Count` with the dimension `LoadBalancer`.",
        APPLICATION,
    ),
    metrics: &[Metric {
        name: "HTTPCode_Target_5XX_Count",
        dimensions: BALANCER,
        narrower: &["TargetGroup"],
        region_wide: false,
    }],
    ..SERVER_ERRORS
};

/// Targets of an application load balancer that fail their health check.
///
/// Wants an alarm on `AWS/ApplicationELB` `UnHealthyHostCount` or
/// `HealthyHostCount` of every target group that serves HTTP. Not in the default
/// set: a target group that loses all of its targets shows in `alb-5xx`.
pub const UNHEALTHY_TARGETS: Requirement = Requirement {
    id: "alb-unhealthy-targets",
    default: false,
    rule: rule(
        "alb-unhealthy-targets-unwatched",
        "HTTP target group without an alarm on unhealthy targets",
        "A target that fails its health check is capacity that is lost before requests fail.",
        Severity::Medium,
        "Add an alarm on `AWS/ApplicationELB` `UnHealthyHostCount` with the dimensions `TargetGroup` and `LoadBalancer`.",
        APPLICATION,
    ),
    types: &["aws_lb_target_group", "aws_alb_target_group"],
    when: &[Condition {
        attribute: "protocol",
        is: &["HTTP", "HTTPS"],
        unset_is: "",
    }],
    metrics: &[
        metric("UnHealthyHostCount", TARGET_GROUP),
        metric("HealthyHostCount", TARGET_GROUP),
    ],
    ..SERVER_ERRORS
};

/// Targets of a network load balancer that fail their health check.
///
/// Wants an alarm on `AWS/NetworkELB` `UnHealthyHostCount` or
/// `HealthyHostCount` of every target group that serves TCP, UDP or TLS. Not in the
/// default set.
pub const UNHEALTHY_NETWORK_TARGETS: Requirement = Requirement {
    id: "nlb-unhealthy-targets",
    rule: rule(
        "nlb-unhealthy-targets-unwatched",
        "Network target group without an alarm on unhealthy targets",
        "A network load balancer sees no answers, so the health of targets is all it can report.",
        Severity::Medium,
        "Add an alarm on `AWS/NetworkELB` `UnHealthyHostCount` with the dimensions `TargetGroup` and `LoadBalancer`.",
        NETWORK,
    ),
    when: &[Condition {
        attribute: "protocol",
        is: &["TCP", "UDP", "TCP_UDP", "TLS"],
        unset_is: "",
    }],
    namespace: "AWS/NetworkELB",
    ..UNHEALTHY_TARGETS
};
