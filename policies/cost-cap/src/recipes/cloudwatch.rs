//! Amazon CloudWatch.

use tollgate_policy::{Attr, Determined};

use super::{Recipe, Sheet};
use crate::decimal::{Decimal, DecimalError};
use crate::settings::UsageName::{IngestedGb, Metrics, ScannedGb, StoredGb};

/// Log groups: what is written, what is kept, and what queries scan. A Lambda function
/// whose group is not in the plan makes one itself, which no plan shows.
pub(crate) const LOG_GROUP: Recipe = Recipe {
    types: &["aws_cloudwatch_log_group"],
    attributes: &["log_group_class"],
    computed: &["log_group_class"],
    usage: &[IngestedGb, StoredGb, ScannedGb],
    lines: |sheet| {
        match sheet
            .text("log_group_class")
            .unset_as("STANDARD".to_owned())
        {
            Determined::Known(class) if class == "INFREQUENT_ACCESS" => {
                sheet.used(
                    "Data ingested, infrequent access",
                    "AmazonCloudWatch/DataProcessingIA-Bytes",
                    &[IngestedGb],
                );
            }
            Determined::Known(class) if class == "STANDARD" => {
                sheet.used(
                    "Data ingested",
                    "AmazonCloudWatch/DataProcessing-Bytes",
                    &[IngestedGb],
                );
            }
            Determined::Known(class) => sheet.open_line(
                "Data ingested",
                "log_group_class",
                format!("{class}, whose price is not known here"),
            ),
            Determined::Undetermined(why) => {
                sheet.open_line("Data ingested", "log_group_class", why);
            }
        }
        sheet.used(
            "Storage",
            "AmazonCloudWatch/TimedStorage-ByteHrs",
            &[StoredGb],
        );
        sheet.used_if_declared(
            "Data scanned by queries",
            "AmazonCloudWatch/DataScanned-Bytes",
            ScannedGb,
        );
        Ok(())
    },
};

/// Alarms: each metric that they look at, dearer below a period of a minute.
pub(crate) const METRIC_ALARM: Recipe = Recipe {
    types: &["aws_cloudwatch_metric_alarm"],
    attributes: &[
        "metric_name",
        "period",
        "metric_query",
        "threshold_metric_id",
    ],
    computed: &[],
    usage: &[Metrics],
    lines: metric_alarm,
};

/// Composite alarms.
pub(crate) const COMPOSITE_ALARM: Recipe = Recipe {
    types: &["aws_cloudwatch_composite_alarm"],
    attributes: &[],
    computed: &[],
    usage: &[],
    lines: |sheet| {
        sheet.fixed(
            "Composite alarm",
            "AmazonCloudWatch/CW:CompositeAlarmMonitorUsage",
            Decimal::ONE,
        );
        Ok(())
    },
};

/// Dashboards.
pub(crate) const DASHBOARD: Recipe = Recipe {
    types: &["aws_cloudwatch_dashboard"],
    attributes: &[],
    computed: &[],
    usage: &[],
    lines: |sheet| {
        sheet.fixed(
            "Dashboard",
            "AmazonCloudWatch/DashboardsUsage",
            Decimal::ONE,
        );
        Ok(())
    },
};

/// Metric filters of log groups: the custom metrics that they make.
pub(crate) const METRIC_FILTER: Recipe = Recipe {
    types: &["aws_cloudwatch_log_metric_filter"],
    attributes: &["metric_transformation"],
    computed: &[],
    usage: &[Metrics],
    lines: |sheet| {
        let (component, key) = ("Custom metrics", "AmazonCloudWatch/CW:MetricMonitorUsage");
        if let Some(declared) = sheet.declared(Metrics) {
            sheet.fixed(component, key, declared);
            return Ok(());
        }
        match sheet.items("metric_transformation") {
            Attr::Known(blocks) => {
                let mut count = Decimal::ZERO;
                let mut by_dimension = false;
                for block in blocks {
                    count = count.plus(Decimal::ONE)?;
                    by_dimension |= !matches!(block.get("dimensions").entries(), Attr::Unset)
                        && !block
                            .get("dimensions")
                            .entries()
                            .is_known_and(Vec::is_empty);
                }
                if by_dimension {
                    sheet.at_least(
                        component,
                        key,
                        count,
                        "metric_transformation",
                        "one metric for each combination of dimensions; declare `metrics`",
                    );
                } else {
                    sheet.fixed(component, key, count);
                }
            }
            Attr::Unset => sheet.fixed(component, key, Decimal::ONE),
            Attr::Undetermined(why) => sheet.open_line(component, "metric_transformation", why),
        }
        Ok(())
    },
};

const STANDARD: (&str, &str) = ("Alarm metrics", "AmazonCloudWatch/CW:AlarmMonitorUsage");
const HIGH_RESOLUTION: (&str, &str) = (
    "Alarm metrics, high resolution",
    "AmazonCloudWatch/CW:HighResAlarmMonitorUsage",
);

fn metric_alarm(sheet: &mut Sheet<'_>) -> Result<(), DecimalError> {
    let queries = match sheet.items("metric_query") {
        Attr::Unset => Vec::new(),
        Attr::Known(queries) => queries,
        Attr::Undetermined(why) => {
            sheet.at_least(STANDARD.0, STANDARD.1, Decimal::ONE, "metric_query", why);
            return Ok(());
        }
    };
    if queries.is_empty() {
        match fast(sheet.number("period")) {
            Determined::Known(fast) => meter(sheet, fast, Decimal::ONE),
            Determined::Undetermined(why) => {
                sheet.at_least(STANDARD.0, STANDARD.1, Decimal::ONE, "period", why);
            }
        }
        return Ok(());
    }

    let (mut standard, mut high) = (Decimal::ZERO, Decimal::ZERO);
    let mut open = None;
    for query in &queries {
        match query.get("metric").items() {
            Attr::Known(metrics) if !metrics.is_empty() => match fast(super::number(
                &metrics
                    .first()
                    .map_or_else(|| query.get("metric"), Clone::clone)
                    .get("period"),
            )) {
                Determined::Known(true) => high = high.plus(Decimal::ONE)?,
                Determined::Known(false) => standard = standard.plus(Decimal::ONE)?,
                Determined::Undetermined(why) => {
                    standard = standard.plus(Decimal::ONE)?;
                    open = Some(why.to_string());
                }
            },
            Attr::Known(_) | Attr::Unset => match query.get("expression").text() {
                Attr::Known(expression) if selects(&expression) => {
                    let (component, key) = (
                        "Metrics analysed by a query",
                        "AmazonCloudWatch/CW:MetricInsightAlarmUsage",
                    );
                    match sheet.declared(Metrics) {
                        Some(metrics) => sheet.fixed(component, key, metrics),
                        None => sheet.at_least(
                            component,
                            key,
                            Decimal::ONE,
                            "metric_query",
                            "how many metrics the query finds is not known; declare `metrics`",
                        ),
                    }
                }
                Attr::Known(_) | Attr::Unset => {}
                Attr::Undetermined(why) => open = Some(why.to_string()),
            },
            Attr::Undetermined(why) => open = Some(why.to_string()),
        }
    }
    // An alarm on anomalies looks at the upper and the lower edge of the band as well.
    if !matches!(sheet.text("threshold_metric_id"), Attr::Unset) {
        let edges = Decimal::whole(2);
        if high > Decimal::ZERO {
            high = high.plus(edges)?;
        } else {
            standard = standard.plus(edges)?;
        }
    }
    if high > Decimal::ZERO {
        meter(sheet, true, high);
    }
    if let Some(why) = open {
        sheet.at_least(STANDARD.0, STANDARD.1, standard, "metric_query", why);
    } else if standard > Decimal::ZERO {
        meter(sheet, false, standard);
    }
    Ok(())
}

fn meter(sheet: &mut Sheet<'_>, fast: bool, quantity: Decimal) {
    let (component, key) = if fast { HIGH_RESOLUTION } else { STANDARD };
    sheet.fixed(component, key, quantity);
}

/// Whether a period is one of a high-resolution alarm: below a minute.
fn fast(period: Attr<Decimal>) -> Determined<bool> {
    match period.unset_as(Decimal::whole(60)) {
        Determined::Known(seconds) => Determined::Known(seconds < Decimal::whole(60)),
        Determined::Undetermined(why) => Determined::Undetermined(why),
    }
}

/// Whether an expression is a Metrics Insights query.
fn selects(expression: &str) -> bool {
    expression
        .trim_start()
        .get(..6)
        .is_some_and(|head| head.eq_ignore_ascii_case("select"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tollgate_policy::testing::{Resource, unknown};

    use crate::testing::lines;

    #[test]
    fn charges_log_groups_for_what_is_written_and_kept() {
        // 10 GB × 0.50, 10 GB × 0.03, 100 GB × 0.005.
        for class in [unknown(), json!(""), json!("STANDARD")] {
            let group = Resource::create(
                "aws_cloudwatch_log_group.g",
                json!({"log_group_class": class}),
            );
            assert_eq!(
                lines(
                    group,
                    json!({"ingested-gb": 10, "stored-gb": 10, "scanned-gb": 100})
                ),
                [
                    "Data ingested: 10 = 5",
                    "Storage: 10 = 0.3",
                    "Data scanned by queries: 100 = 0.5"
                ]
            );
        }
    }

    #[test]
    fn charges_alarms_for_each_metric() {
        let metric = |id: &str, period: i64| json!({"id": id, "expression": "", "metric": [{"metric_name": "Errors", "period": period}]});
        let expression =
            |text: &str| json!({"id": "e", "expression": text, "metric": [], "return_data": true});
        for (alarm, expected) in [
            (
                json!({"metric_name": "Errors", "period": 60, "metric_query": []}),
                vec!["Alarm metrics: 1 = 0.1"],
            ),
            (
                json!({"metric_name": "Errors", "period": 300, "metric_query": []}),
                vec!["Alarm metrics: 1 = 0.1"],
            ),
            (
                json!({"metric_name": "Errors", "period": 10, "metric_query": []}),
                vec![
                    "Alarm metrics, high resolution: unpriced (the price book has no price for AmazonCloudWatch/CW:HighResAlarmMonitorUsage in us-east-1)",
                ],
            ),
            // Two metrics and an expression over them: two metrics.
            (
                json!({"metric_query": [metric("a", 60), metric("b", 60), expression("a / b")]}),
                vec!["Alarm metrics: 2 = 0.2"],
            ),
            // A band of anomalies: the metric and both edges.
            (
                json!({"metric_query": [metric("a", 60), expression("ANOMALY_DETECTION_BAND(a)")], "threshold_metric_id": "e"}),
                vec!["Alarm metrics: 3 = 0.3"],
            ),
            (
                json!({"metric_query": unknown()}),
                vec!["Alarm metrics: at least 0.1 (`metric_query`: known only after apply)"],
            ),
            (
                json!({"metric_query": [expression("SELECT MAX(CPUUtilization) FROM SCHEMA(\"AWS/EC2\")")]}),
                vec![
                    "Metrics analysed by a query: unpriced (the price book has no price for AmazonCloudWatch/CW:MetricInsightAlarmUsage in us-east-1)",
                ],
            ),
        ] {
            assert_eq!(
                lines(
                    Resource::create("aws_cloudwatch_metric_alarm.a", alarm.clone()),
                    json!({})
                ),
                expected,
                "{alarm}"
            );
        }
        let alarm = Resource::create(
            "aws_cloudwatch_metric_alarm.a",
            json!({"metric_name": "Errors", "period": unknown(), "metric_query": []}),
        )
        .refers("period", "terraform_data.x");
        assert_eq!(
            lines(alarm, json!({})),
            ["Alarm metrics: at least 0.1 (`period`: known only after apply)"]
        );
    }

    #[test]
    fn charges_dashboards_and_custom_metrics() {
        for (resource, expected) in [
            (
                Resource::create("aws_cloudwatch_dashboard.d", json!({})),
                "Dashboard: 1 = 3",
            ),
            (
                Resource::create(
                    "aws_cloudwatch_log_metric_filter.f",
                    json!({"metric_transformation": [{"name": "errors", "dimensions": null}]}),
                ),
                "Custom metrics: 1 = 0.3",
            ),
            (
                Resource::create(
                    "aws_cloudwatch_log_metric_filter.f",
                    json!({"metric_transformation": [{"name": "errors", "dimensions": {"path": "$.path"}}]}),
                ),
                "Custom metrics: at least 0.3 (`metric_transformation`: one metric for each combination of dimensions; declare `metrics`)",
            ),
        ] {
            assert_eq!(lines(resource, json!({})), [expected]);
        }
    }
}
