//! Amazon Timestream for InfluxDB.

use tollgate_policy::Severity;

use crate::requirement::{Dimension, Requirement, Role, metric, named_by, rule};

const SOURCES: &[&str] =
    &["https://docs.aws.amazon.com/timestream/latest/developerguide/timestream-for-influxdb.html"];

const DIMENSIONS: &[Dimension] = &[named_by("DbInstanceName", "name")];

/// InfluxDB instance without an alarm on its load.
///
/// Wants an alarm on `AWS/Timestream/InfluxDB` `CPUUtilization` of every `aws_timestreaminfluxdb_db_instance`. Not in
/// the default set.
pub const CPU: Requirement = Requirement {
    id: "influxdb-cpu",
    group: "timestream",
    default: false,
    rule: rule(
        "influxdb-cpu-unwatched",
        "InfluxDB instance without an alarm on its load",
        "A saturated database slows down everything that depends on it.",
        Severity::Medium,
        "Add an alarm on `AWS/Timestream/InfluxDB` `CPUUtilization` with the dimension `DbInstanceName`.",
        SOURCES,
    ),
    types: &["aws_timestreaminfluxdb_db_instance"],
    when: &[],
    role: Role::Any,
    namespace: "AWS/Timestream/InfluxDB",
    metrics: &[metric("CPUUtilization", DIMENSIONS)],
};
