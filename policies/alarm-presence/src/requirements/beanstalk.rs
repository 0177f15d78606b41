//! AWS Elastic Beanstalk.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Requirement, Role, metric, named_by, rule};

const SOURCES: &[&str] =
    &["https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/health-enhanced-cloudwatch.html"];

const DIMENSIONS: &[Dimension] = &[named_by("EnvironmentName", "name")];

/// Beanstalk environment without an alarm on its health.
///
/// Wants an alarm on `AWS/ElasticBeanstalk` `EnvironmentHealth` of every `aws_elastic_beanstalk_environment`. Not in
/// the default set.
pub const HEALTH: Requirement = Requirement {
    id: "beanstalk-health",
    group: "beanstalk",
    default: false,
    rule: rule(
        "beanstalk-health-unwatched",
        "Beanstalk environment without an alarm on its health",
        "The environment sums up in one number what its instances and its load balancer report.",
        Severity::High,
        "Add an alarm on `AWS/ElasticBeanstalk` `EnvironmentHealth` with the dimension `EnvironmentName`.",
        SOURCES,
    ),
    types: &["aws_elastic_beanstalk_environment"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/ElasticBeanstalk",
    metrics: &[metric("EnvironmentHealth", DIMENSIONS)],
};
