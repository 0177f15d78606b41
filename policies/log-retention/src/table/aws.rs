//! hashicorp/aws.

use super::{Of, Row, Unset, Zero, row};

pub(super) static ROWS: &[Row] = &[
    // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
    Row {
        name: Some("name"),
        // Such a group keeps everything for two days, whatever is set.
        unless: Some(("log_group_class", "DELIVERY")),
        ..row(
            "aws_cloudwatch_log_group",
            "retention_in_days",
            Unset::Forever,
            Zero::Forever,
            Of::Applications,
        )
    },
    // https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateEventDataStore.html
    row(
        "aws_cloudtrail_event_data_store",
        "retention_period",
        Unset::Days(2555),
        Zero::Never,
        Of::Audit,
    ),
    row(
        "aws_config_retention_configuration",
        "retention_period_in_days",
        Unset::Days(2557),
        Zero::Never,
        Of::Audit,
    ),
    row(
        "aws_securitylake_data_lake",
        "configuration[0].lifecycle_configuration[0].expiration[0].days",
        Unset::Nothing,
        Zero::Never,
        Of::Audit,
    ),
    row(
        "aws_observabilityadmin_telemetry_rule",
        "rule[0].destination_configuration[0].retention_in_days",
        Unset::Nothing,
        Zero::Forever,
        Of::Applications,
    ),
    row(
        "aws_observabilityadmin_telemetry_rule_for_organization",
        "rule[0].destination_configuration[0].retention_in_days",
        Unset::Nothing,
        Zero::Forever,
        Of::Applications,
    ),
];
