//! Alarms that cannot fire.

use super::*;

const NEVER: &[&str] = &["deaf-alarm violation aws_cloudwatch_metric_alarm.a"];
const PERHAPS: &[&str] = &["deaf-alarm undetermined aws_cloudwatch_metric_alarm.a"];
const ADVICE: &[&str] = &["deaf-alarm violation(advice) aws_cloudwatch_metric_alarm.a"];

/// An alarm with another condition.
fn when(object: Json, comparison: &str, threshold: Json) -> Json {
    with(with(object, "comparison_operator", json!(format!("{comparison}Threshold"))), "threshold", threshold)
}

fn of(namespace: &str, metric: &str, statistic: &str) -> Json {
    with(alarm(namespace, metric, json!({"X": "x"})), "statistic", json!(statistic))
}

fn new(object: Json) -> Plan {
    requiring(&["none"], [Resource::create(A, object)])
}

#[test]
fn what_no_value_reaches() {
    let errors = |statistic: &str| of("AWS/Lambda", "Errors", statistic);
    let cpu = |statistic: &str| of("AWS/RDS", "CPUUtilization", statistic);
    let extended = |object: Json, statistic: &str| with(with(object, "statistic", json!(null)), "extended_statistic", json!(statistic));
    check([
        ("more errors than none", new(when(errors("Sum"), "GreaterThan", json!(0))), &[]),
        ("one error", new(when(errors("Sum"), "GreaterThanOrEqualTo", json!(1))), &[]),
        ("fewer than none", new(when(errors("Sum"), "LessThan", json!(0))), NEVER),
        ("fewer than one", new(when(errors("Sum"), "LessThan", json!(1))), &[]),
        ("none or fewer", new(when(errors("Sum"), "LessThanOrEqualTo", json!(0))), &[]),
        ("at most minus one", new(when(errors("Sum"), "LessThanOrEqualTo", json!(-1))), NEVER),
        ("at most minus a half", new(when(errors("Sum"), "LessThanOrEqualTo", json!(-0.5))), NEVER),
        ("fewer than none, or no data", new(with(when(errors("Sum"), "LessThan", json!(0)), "treat_missing_data", json!("breaching"))), &[]),
        ("fewer than none, and what becomes of no data is not known", new(with(when(errors("Sum"), "LessThan", json!(0)), "treat_missing_data", unknown())), &[]),
        ("no data of a table, which is ignored", new(with(when(of("AWS/DynamoDB", "SystemErrors", "Sum"), "LessThan", json!(0)), "treat_missing_data", json!("breaching"))), NEVER),
        ("a threshold that is not known", new(when(errors("Sum"), "LessThan", unknown())), &[]),
        ("a metric that nothing is known of", new(when(of("Shop", "Balance", "Sum"), "LessThan", json!(0))), &[]),
        ("a band", new(with(errors("Sum"), "comparison_operator", json!("LessThanLowerOrGreaterThanUpperThreshold"))), &[]),
        ("five errors on average", new(when(errors("Average"), "GreaterThan", json!(5))), NEVER),
        ("more than one error at most", new(when(errors("Maximum"), "GreaterThan", json!(1))), NEVER),
        ("one error at most", new(when(errors("Maximum"), "GreaterThanOrEqualTo", json!(1))), &[]),
        ("a share of errors", new(when(errors("Average"), "GreaterThan", json!(0.05))), &[]),
        ("five errors in all", new(when(errors("Sum"), "GreaterThan", json!(5))), &[]),
        ("five errors, in the 99th percentile", new(when(extended(errors("Sum"), "p99"), "GreaterThan", json!(5))), NEVER),
        ("five errors, in a trimmed count", new(when(extended(errors("Sum"), "tc(10%:90%)"), "GreaterThan", json!(5))), &[]),
        ("five per cent of requests", new(when(of("AWS/ApiGateway", "5XXError", "Average"), "GreaterThan", json!(5))), NEVER),
        ("five requests", new(when(of("AWS/ApiGateway", "5XXError", "Sum"), "GreaterThan", json!(5))), &[]),
        ("ten answers on average", new(when(of("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "Average"), "GreaterThan", json!(10))), NEVER),
        ("a load of 90 per cent", new(when(cpu("Average"), "GreaterThan", json!(90))), &[]),
        ("a load of 100 per cent", new(when(cpu("Average"), "GreaterThanOrEqualTo", json!(100))), &[]),
        ("more than all", new(when(cpu("Average"), "GreaterThan", json!(100))), NEVER),
        ("more than all, in sum", new(when(cpu("Sum"), "GreaterThan", json!(100))), &[]),
        ("a service, which can be above 100 per cent", new(when(of("AWS/ECS", "CPUUtilization", "Average"), "GreaterThan", json!(100))), &[]),
        ("little storage", new(when(of("AWS/RDS", "FreeStorageSpace", "Average"), "LessThan", json!(5_368_709_120_i64))), &[]),
        ("five bytes of storage", new(when(of("AWS/RDS", "FreeStorageSpace", "Average"), "LessThan", json!(5))), PERHAPS),
        ("any number of errors", new(when(errors("Sum"), "GreaterThanOrEqualTo", json!(0))), PERHAPS),
        ("at most all of the processor", new(when(cpu("Average"), "LessThanOrEqualTo", json!(100))), PERHAPS),
        (
            "any number of answers, of a metric that has none when all is well",
            new(when(of("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "Sum"), "GreaterThanOrEqualTo", json!(0))),
            &[],
        ),
    ]);
}

#[test]
fn what_could_be_better() {
    let errors = || of("AWS/Lambda", "Errors", "Sum");
    let periods = |period: i64, periods: i64, points: Json| with(with(with(errors(), "period", json!(period)), "evaluation_periods", json!(periods)), "datapoints_to_alarm", points);
    let answers = || of("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "Sum");
    check([
        ("after a day", new(periods(86_400, 1, json!(null))), &[]),
        ("after a week", new(periods(86_400, 7, json!(null))), ADVICE),
        ("after a day of seven", new(periods(86_400, 7, json!(1))), &[]),
        ("after two of seven", new(periods(86_400, 7, json!(2))), ADVICE),
        ("after a week, of what is measured daily", new(with(with(of("AWS/CertificateManager", "DaysToExpiry", "Minimum"), "period", json!(86_400)), "evaluation_periods", json!(7))), &[]),
        ("no data while all is well", new(with(answers(), "treat_missing_data", json!("missing"))), ADVICE),
        ("no data while all is well, by default", new(with(answers(), "treat_missing_data", json!(null))), ADVICE),
        ("no data, which is well", new(with(answers(), "treat_missing_data", json!("notBreaching"))), &[]),
        ("no data of a metric that always has some", new(with(errors(), "treat_missing_data", json!("missing"))), &[]),
    ]);
}

#[test]
fn what_the_plan_makes_deaf() {
    let at = |comparison: &str, threshold: i64| when(of("AWS/Lambda", "Errors", "Sum"), comparison, json!(threshold));
    let free = |threshold: i64| when(of("AWS/RDS", "FreeStorageSpace", "Average"), "LessThan", json!(threshold));
    let plan = |resource: Resource| requiring(&["none"], [resource]);
    const BEFORE: &[&str] = &["deaf-alarm violation(existing) aws_cloudwatch_metric_alarm.a"];
    check([
        ("turned upside down", plan(Resource::update(A, at("GreaterThan", 0), at("LessThan", 0))), NEVER),
        ("upside down before", plan(Resource::unchanged(A, at("LessThan", 0))), BEFORE),
        ("upside down before, and edited", plan(Resource::update(A, at("LessThan", 0), with(at("LessThan", 0), "tags", json!({"a": "b"})))), BEFORE),
        ("upside down before, and imported", plan(Resource::unchanged(A, at("LessThan", 0)).with(|change| change.importing = true)), NEVER),
        ("always before, and now never", plan(Resource::update(A, at("GreaterThanOrEqualTo", 0), at("LessThan", 0))), NEVER),
        ("never before, and now always", plan(Resource::update(A, at("LessThan", 0), at("GreaterThanOrEqualTo", 0))), &["deaf-alarm undetermined(existing) aws_cloudwatch_metric_alarm.a"]),
        ("out of reach", plan(Resource::update(A, at("GreaterThan", 1), at("GreaterThan", 1_000_000_000))), PERHAPS),
        ("a little further", plan(Resource::update(A, at("GreaterThan", 1), at("GreaterThan", 100))), &[]),
        ("as far as before", plan(Resource::unchanged(A, at("GreaterThan", 1_000_000_000))), &[]),
        ("nearer", plan(Resource::update(A, at("GreaterThan", 1_000_000_000), at("GreaterThan", 1))), &[]),
        ("another statistic", plan(Resource::update(A, at("GreaterThan", 1), with(at("GreaterThan", 1_000_000_000), "statistic", json!("SampleCount")))), &[]),
        ("less storage", plan(Resource::update(A, free(5_000_000_000), free(4_000_000)) ), PERHAPS),
        ("more storage", plan(Resource::update(A, free(4_000_000), free(5_000_000_000))), &[]),
        ("new and out of reach", plan(Resource::create(A, at("GreaterThan", 1_000_000_000))), &[]),
        ("deleted", Plan::new([Resource::delete(A, at("LessThan", 0))]).settings(json!({"keep-last-alarm": false})), &[]),
        ("in staging", plan(Resource::create(A, at("LessThan", 0))).environment("staging", false), &[]),
        ("in staging, on purpose", Plan::new([Resource::create(A, at("LessThan", 0))]).settings(json!({"every-alarm-can-fire": true})).environment("staging", false), NEVER),
        ("switched off", Plan::new([Resource::create(A, at("LessThan", 0))]).settings(json!({"require": ["none"], "every-alarm-can-fire": false})), &[]),
        ("excused", Plan::new([Resource::create(A, at("LessThan", 0))]).settings(json!({"exclude": [{"address": A}]})), &[]),
    ]);
}

#[test]
fn a_deaf_alarm_says_why() {
    let plan = new(when(of("AWS/ApiGateway", "5XXError", "Average"), "GreaterThanOrEqualTo", json!(5)));
    assert_eq!(
        plan.findings::<AlarmPresence>(),
        ["deaf-alarm violation aws_cloudwatch_metric_alarm.a [threshold]: the alarm can never fire: it fires when the Average of `AWS/ApiGateway 5XXError` is at or above 5, and that is never above 1"]
    );
}

#[test]
fn what_an_expression_or_a_band_cannot_tell() {
    let metric = |name: &str| json!([{"id": "e1", "return_data": false, "metric": [{"namespace": "AWS/Lambda", "metric_name": name, "period": 60, "stat": "Sum", "dimensions": {"FunctionName": "f"}}]}]);
    let math = |name: &str, expression: &str| {
        let mut queries = metric(name);
        if let Some(queries) = queries.as_array_mut() {
            queries.push(json!({"id": "x", "return_data": true, "expression": expression}));
        }
        with(alarm("", "", json!(null)), "metric_query", queries)
    };
    let band = |name: &str, comparison: &str| {
        with(math(name, "ANOMALY_DETECTION_BAND(e1, 2)"), "comparison_operator", json!(comparison))
    };
    let errors = of("AWS/Lambda", "Errors", "Sum");
    check([
        ("nothing of it", new(math("Errors", "e1*0")), PERHAPS),
        ("nothing of it, the other way round", new(math("Errors", "0 * e1")), PERHAPS),
        ("a number", new(math("Errors", "1")), PERHAPS),
        ("all of it", new(math("Errors", "e1*10")), &[]),
        ("a sum", new(math("Errors", "e1 + 0")), &[]),
        ("gaps that are filled", new(math("Errors", "FILL(e1, 0)")), &[]),
        ("fewer errors than expected", new(band("Errors", "LessThanLowerThreshold")), PERHAPS),
        ("more errors than expected", new(band("Errors", "GreaterThanUpperThreshold")), &[]),
        ("fewer calls than expected", new(band("Invocations", "LessThanLowerThreshold")), &[]),
        ("a million million errors", new(when(errors.clone(), "GreaterThan", json!(1_000_000_000_000_i64))), PERHAPS),
        ("a thousand errors", new(when(errors, "GreaterThan", json!(1000))), &[]),
    ]);
}
