//! Whole plans, in the shapes that the provider writes.
//!
//! A case is a name, its changes, and the findings without the address of the rule's
//! documentation: `rule outcome address`.

#![expect(clippy::needless_pass_by_value, reason = "fixtures read as `alarm(…, json!({…}))`")]

use tollgate_policy::serde_json::{Value as Json, json};
use tollgate_policy::testing::{Plan, Resource, sensitive, unknown};
use tollgate_policy::{InstanceKey, Replacement};

use crate::AlarmPresence;

const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:on-call";

/// An alarm as the provider writes it, with an action.
fn alarm(namespace: &str, metric: &str, dimensions: Json) -> Json {
    json!({
        "actions_enabled": true,
        "alarm_actions": [TOPIC],
        "alarm_description": null,
        "alarm_name": format!("{metric}-alarm"),
        "comparison_operator": "GreaterThanThreshold",
        "datapoints_to_alarm": null,
        "dimensions": dimensions,
        "evaluation_periods": 1,
        "extended_statistic": null,
        "insufficient_data_actions": null,
        "metric_name": metric,
        "metric_query": [],
        "namespace": namespace,
        "ok_actions": null,
        "period": 60,
        "statistic": "Sum",
        "tags": null,
        "threshold": 0,
        "threshold_metric_id": null,
        "treat_missing_data": "notBreaching",
        "unit": null,
    })
}

fn with(mut object: Json, key: &str, value: Json) -> Json {
    object[key] = value;
    object
}

/// An alarm on metric math.
fn math(queries: Json) -> Json {
    let object = with(alarm("", "", json!(null)), "metric_query", queries);
    ["metric_name", "namespace", "period", "statistic"].iter().fold(object, |object, key| with(object, key, json!(null)))
}

fn query(id: &str, namespace: &str, metric: &str, dimensions: Json) -> Json {
    json!({
        "account_id": "", "expression": "", "id": id, "label": "", "period": null, "return_data": false,
        "metric": [{"dimensions": dimensions, "metric_name": metric, "namespace": namespace, "period": 60, "stat": "Sum", "unit": ""}],
    })
}

fn expression(id: &str, text: Json) -> Json {
    json!({"account_id": "", "expression": text, "id": id, "label": "", "metric": [], "period": null, "return_data": true})
}

fn composite(rule: Json) -> Json {
    json!({
        "actions_enabled": true, "actions_suppressor": [], "alarm_actions": [TOPIC], "alarm_description": null,
        "alarm_name": "everything", "alarm_rule": rule, "insufficient_data_actions": null, "ok_actions": null, "tags": null,
    })
}

fn function(name: &str) -> Json {
    json!({"dead_letter_config": [], "function_name": name, "memory_size": 128, "timeout": 3})
}

fn errors(name: &str) -> Json {
    alarm("AWS/Lambda", "Errors", json!({"FunctionName": name}))
}

fn queue(name: Json) -> Json {
    json!({"arn": unknown(), "name": name, "redrive_policy": null})
}

fn lines(plan: &Plan) -> Vec<String> {
    plan.findings::<AlarmPresence>().iter().map(|line| line.split(" [").next().unwrap_or_default().to_owned()).collect()
}

/// A production plan in which only these requirements hold.
fn requiring(require: &[&str], resources: impl IntoIterator<Item = Resource>) -> Plan {
    Plan::new(resources).settings(json!({"require": require}))
}

fn check<const N: usize>(cases: [(&'static str, Plan, &'static [&'static str]); N]) {
    for (name, plan, expected) in cases {
        assert_eq!(lines(&plan), expected, "{name}: {:#?}", plan.findings::<AlarmPresence>());
    }
}

const F: &str = "aws_lambda_function.f";
const A: &str = "aws_cloudwatch_metric_alarm.a";
const MISSING: &[&str] = &["lambda-errors-unwatched violation aws_lambda_function.f"];
const UNCLEAR: &[&str] = &["lambda-errors-unwatched undetermined aws_lambda_function.f"];

#[test]
fn known_dimensions_prove_the_link() {
    let one = |object: Json| requiring(&["lambda-errors"], [Resource::create(F, function("api")), Resource::create(A, object)]);
    check([
        ("nothing", requiring(&["lambda-errors"], [Resource::create(F, function("api"))]), MISSING),
        ("the alarm", one(errors("api")), &[]),
        ("another function's", one(errors("web")), MISSING),
        ("another metric", one(alarm("AWS/Lambda", "Throttles", json!({"FunctionName": "api"}))), MISSING),
        ("another namespace", one(alarm("Custom", "Errors", json!({"FunctionName": "api"}))), MISSING),
        ("of an alias", one(alarm("AWS/Lambda", "Errors", json!({"FunctionName": "api", "Resource": "api:live"}))), &[]),
        ("of a version", one(alarm("AWS/Lambda", "Errors", json!({"FunctionName": "api", "ExecutedVersion": "3"}))), MISSING),
        ("another dimension", one(alarm("AWS/Lambda", "Errors", json!({"Name": "api"}))), MISSING),
        ("of the whole region", one(alarm("AWS/Lambda", "Errors", json!(null))), &[]),
        ("metric only known after apply", one(with(errors("api"), "metric_name", unknown())), UNCLEAR),
        ("sensitive value", one(alarm("AWS/Lambda", "Errors", json!({"FunctionName": sensitive()}))), UNCLEAR),
        ("sensitive name", requiring(&["lambda-errors"], [Resource::create(F, with(function(""), "function_name", sensitive())), Resource::create(A, errors("api"))]), UNCLEAR),
        (
            "in another region",
            requiring(&["lambda-errors"], [Resource::create(F, function("api")).region("eu-west-1"), Resource::create(A, errors("api")).region("us-east-1")]),
            MISSING,
        ),
        ("an alarm that is deleted", requiring(&["lambda-errors"], [Resource::create(F, function("api")), Resource::delete(A, errors("api"))]), MISSING),
        ("a function that is deleted", requiring(&["lambda-errors"], [Resource::delete(F, function("api"))]), &[]),
        (
            "a deposed alarm",
            requiring(&["lambda-errors"], [Resource::create(F, function("api")), Resource::delete(A, errors("api")).with(|change| change.deposed = Some("1f".to_owned()))]),
            MISSING,
        ),
        ("a data source", requiring(&["lambda-errors"], [Resource::unchanged("data.aws_lambda_function.f", function("api"))]), &[]),
    ]);
}

#[test]
fn references_prove_the_link_before_apply() {
    let unnamed = || with(function(""), "function_name", unknown());
    // The provider makes the whole map unknown when one of its values is.
    let whole = || alarm("AWS/Lambda", "Errors", unknown());
    let entry = || alarm("AWS/Lambda", "Errors", json!({"FunctionName": unknown()}));
    let to = |object: Json, reference: &str| requiring(&["lambda-errors"], [Resource::create(F, unnamed()), Resource::create(A, object).refers("dimensions", reference)]);
    check([
        ("the whole map", to(whole(), "aws_lambda_function.f.function_name"), &[]),
        ("one entry", to(entry(), "aws_lambda_function.f.function_name"), &[]),
        ("another dimension", to(alarm("AWS/Lambda", "Errors", json!({"Name": unknown()})), "aws_lambda_function.f.id"), MISSING),
        ("another function", to(whole(), "aws_lambda_function.g.function_name"), MISSING),
        ("another service", to(whole(), "aws_sqs_queue.q.name"), MISSING),
        ("a local value", to(whole(), "local.name"), UNCLEAR),
        ("a name that both share", to(whole(), "random_pet.name.id"), UNCLEAR),
        ("a known name", to(errors("api"), "aws_lambda_function.f.function_name"), MISSING),
        ("no reference: a dynamic block or a function", requiring(&["lambda-errors"], [Resource::create(F, unnamed()), Resource::create(A, whole())]), UNCLEAR),
        (
            "one of two functions",
            requiring(
                &["lambda-errors"],
                [
                    Resource::create(F, unnamed()),
                    Resource::create(A, whole()).refers("dimensions", "aws_lambda_function.f.function_name").refers("dimensions", "aws_lambda_function.g.function_name"),
                ],
            ),
            UNCLEAR,
        ),
        (
            "the name is known and the map is not",
            requiring(&["lambda-errors"], [Resource::unchanged(F, function("api")), Resource::create(A, whole()).refers("dimensions", "aws_lambda_function.f.function_name")]),
            &[],
        ),
        (
            "through modules",
            requiring(
                &["lambda-errors"],
                [
                    Resource::create("module.api[\"eu\"].aws_lambda_function.f", unnamed()),
                    Resource::create("module.api[\"us\"].aws_lambda_function.f", unnamed()),
                    Resource::create("module.api[\"eu\"].module.alarms.aws_cloudwatch_metric_alarm.a[0]", whole())
                        .refers("dimensions", "module.api.aws_lambda_function.f.function_name"),
                ],
            ),
            &["lambda-errors-unwatched violation module.api[\"us\"].aws_lambda_function.f"],
        ),
        (
            "one alarm per function",
            requiring(
                &["lambda-errors"],
                [
                    Resource::create("aws_lambda_function.f[\"a\"]", unnamed()),
                    Resource::create("aws_lambda_function.f[\"b\"]", unnamed()),
                    Resource::create("aws_lambda_function.f[\"c\"]", unnamed()),
                    Resource::create("aws_cloudwatch_metric_alarm.a[\"a\"]", whole()).refers("dimensions", "aws_lambda_function.f").refers("dimensions", "each.key"),
                    Resource::create("aws_cloudwatch_metric_alarm.a[\"b\"]", whole()).refers("dimensions", "aws_lambda_function.f").refers("dimensions", "each.key"),
                ],
            ),
            &["lambda-errors-unwatched violation aws_lambda_function.f[\"c\"]"],
        ),
        (
            "one alarm per entry of a map",
            requiring(
                &["lambda-errors"],
                [F, "aws_lambda_function.g"].map(|address| Resource::create(address, unnamed())).into_iter().chain(
                    ["aws_cloudwatch_metric_alarm.a[\"f\"]", "aws_cloudwatch_metric_alarm.a[\"g\"]"].map(|address| {
                        Resource::create(address, whole())
                            .refers("dimensions", "aws_lambda_function.f.function_name")
                            .refers("dimensions", "aws_lambda_function.g.function_name")
                    }),
                ),
            ),
            &[],
        ),
        (
            "one alarm for an instance that is not named",
            requiring(
                &["lambda-errors"],
                [
                    Resource::create("aws_lambda_function.f[0]", unnamed()),
                    Resource::create("aws_lambda_function.f[1]", unnamed()),
                    Resource::create(A, whole()).refers("dimensions", "aws_lambda_function.f"),
                ],
            ),
            &["lambda-errors-unwatched undetermined aws_lambda_function.f[0]", "lambda-errors-unwatched undetermined aws_lambda_function.f[1]"],
        ),
        (
            "one alarm for a named instance",
            requiring(
                &["lambda-errors"],
                [
                    Resource::create("aws_lambda_function.f[0]", unnamed()),
                    Resource::create("aws_lambda_function.f[1]", unnamed()),
                    Resource::create(A, whole()).refers("dimensions", "aws_lambda_function.f[1].function_name"),
                ],
            ),
            &["lambda-errors-unwatched violation aws_lambda_function.f[0]"],
        ),
    ]);
}

#[test]
fn metric_math_is_followed() {
    let f = || query("m1", "AWS/Lambda", "Errors", json!({"FunctionName": "api"}));
    let other = || query("m2", "AWS/Lambda", "Invocations", json!({"FunctionName": "api"}));
    let of = |queries: Json| requiring(&["lambda-errors"], [Resource::create(F, function("api")), Resource::create(A, math(queries))]);
    let select = |text: &str| of(json!([expression("q", json!(text))]));
    check([
        ("a rate", of(json!([f(), other(), expression("e", json!("100 * m1 / m2"))])), &[]),
        ("in two steps", of(json!([f(), with(expression("e1", json!("m1 + 0")), "return_data", json!(false)), expression("e2", json!("e1 * 2"))])), &[]),
        ("a metric that the result does not use", of(json!([f(), other(), expression("e", json!("m2"))])), MISSING),
        ("all metrics", of(json!([f(), other(), expression("e", json!("SUM(METRICS())"))])), &[]),
        ("anomaly detection", of(json!([with(f(), "return_data", json!(true)), expression("ad1", json!("ANOMALY_DETECTION_BAND(m1, 2)"))])), &[]),
        ("one query", of(json!([f()])), &[]),
        ("an expression that is not known", of(json!([f(), expression("e", unknown())])), UNCLEAR),
        ("queries that are not known", requiring(&["lambda-errors"], [Resource::create(F, function("api")), Resource::create(A, math(unknown()))]), UNCLEAR),
        ("a search", select("SUM(SEARCH('{AWS/Lambda,FunctionName} Errors', 'Sum', 60))"), UNCLEAR),
        ("a search elsewhere", select("SUM(SEARCH('{AWS/SQS,QueueName} NumberOfMessagesSent', 'Sum', 60))"), MISSING),
        ("select of all", select("SELECT SUM(Errors) FROM SCHEMA(\"AWS/Lambda\", FunctionName)"), &[]),
        ("select of this", select("SELECT SUM(Errors) FROM SCHEMA(\"AWS/Lambda\", FunctionName) WHERE FunctionName = 'api'"), &[]),
        ("select of another", select("SELECT SUM(Errors) FROM SCHEMA(\"AWS/Lambda\", FunctionName) WHERE FunctionName = 'web'"), MISSING),
        ("an average of all", select("SELECT AVG(Errors) FROM \"AWS/Lambda\""), UNCLEAR),
        ("an average of each", select("SELECT AVG(Errors) FROM \"AWS/Lambda\" GROUP BY FunctionName"), &[]),
        ("select of tagged ones", select("SELECT SUM(Errors) FROM \"AWS/Lambda\" WHERE tag.env = 'prod'"), UNCLEAR),
        ("the first ten", select("SELECT SUM(Errors) FROM \"AWS/Lambda\" GROUP BY FunctionName ORDER BY SUM() DESC LIMIT 10"), UNCLEAR),
        ("select of another metric", select("SELECT SUM(Throttles) FROM \"AWS/Lambda\""), MISSING),
    ]);
}

#[test]
fn metric_math_is_followed_by_reference() {
    let unnamed = || with(function(""), "function_name", unknown());
    let m = |id: &str, metric: &str| query(id, "AWS/Lambda", metric, unknown());
    let of = |queries: Json, references: &[&str]| {
        let alarm = references.iter().fold(Resource::create(A, math(queries)), |alarm, reference| alarm.refers("metric_query", reference));
        requiring(&["lambda-errors"], [Resource::create(F, unnamed()), Resource::create("aws_lambda_function.g", unnamed()), alarm])
    };
    let sum = || expression("e", json!("SUM(METRICS())"));
    let (f, g) = ("aws_lambda_function.f.function_name", "aws_lambda_function.g.function_name");
    check([
        ("errors of both", of(json!([m("m1", "Errors"), m("m2", "Errors"), sum()]), &[f, g]), &[]),
        (
            "errors of one of both",
            of(json!([m("m1", "Errors"), m("m2", "Invocations"), sum()]), &[f, g]),
            &["lambda-errors-unwatched undetermined aws_lambda_function.f", "lambda-errors-unwatched undetermined aws_lambda_function.g"],
        ),
        (
            "a rate of one",
            of(json!([m("m1", "Errors"), m("m2", "Invocations"), expression("e", json!("m1 / m2"))]), &[f]),
            &["lambda-errors-unwatched violation aws_lambda_function.g"],
        ),
    ]);
}

#[test]
fn an_alarm_must_tell_somebody() {
    const SILENT: &[&str] = &["silent-alarm violation aws_cloudwatch_metric_alarm.a"];
    const UNHEARD: &[&str] = &["silent-alarm undetermined aws_cloudwatch_metric_alarm.a"];
    let quiet = |key: &str, value: Json| Resource::create(A, with(errors("api"), key, value));
    let f = || Resource::create(F, function("api"));
    let of = |alarm: Resource| requiring(&["lambda-errors"], [f(), alarm]);
    let no_action = || quiet("alarm_actions", json!(null));
    let under = |composite: Resource| requiring(&["lambda-errors"], [f(), no_action(), composite]);
    let c = |rule: Json| Resource::create("aws_cloudwatch_composite_alarm.c", composite(rule));
    let accepting = |pattern: &str, alarm: Resource| Plan::new([f(), alarm]).settings(json!({"require": ["lambda-errors"], "accepted-actions": [pattern]}));
    check([
        ("no action", of(no_action()), SILENT),
        ("an empty set", of(quiet("alarm_actions", json!([]))), SILENT),
        ("only ok actions", of(Resource::create(A, with(with(errors("api"), "alarm_actions", json!(null)), "ok_actions", json!([TOPIC])))), SILENT),
        ("disabled", of(quiet("actions_enabled", json!(false))), SILENT),
        ("enabled by default", of(quiet("actions_enabled", json!(null))), &[]),
        ("switch not known", of(quiet("actions_enabled", unknown())), UNHEARD),
        ("a new topic", of(quiet("alarm_actions", unknown()).refers("alarm_actions", "aws_sns_topic.t.arn")), &[]),
        ("a new topic in the set", of(quiet("alarm_actions", json!([unknown()]))), &[]),
        ("actions not known", of(quiet("alarm_actions", unknown()).refers("alarm_actions", "var.actions")), UNHEARD),
        ("not required", Plan::new([f(), no_action()]).settings(json!({"require": ["lambda-errors"], "require-action": false})), &[]),
        ("not required of this alarm", requiring(&["none"], [f(), no_action()]), &[]),
        ("a second alarm is heard", requiring(&["lambda-errors"], [f(), no_action(), Resource::create("aws_cloudwatch_metric_alarm.b", errors("api"))]), &[]),
        ("accepted", accepting("*:on-call", Resource::create(A, errors("api"))), &[]),
        ("not accepted", accepting("*:pager", Resource::create(A, errors("api"))), SILENT),
        ("accepted by address", accepting("aws_sns_topic.t", quiet("alarm_actions", unknown()).refers("alarm_actions", "aws_sns_topic.t.arn")), &[]),
        ("not accepted by address", accepting("aws_sns_topic.u", quiet("alarm_actions", unknown()).refers("alarm_actions", "aws_sns_topic.t.arn")), UNHEARD),
        ("in a composite", under(c(json!("ALARM(\"Errors-alarm\") OR ALARM(x)"))), &[]),
        ("in a composite by arn", under(c(json!("ALARM(arn:aws:cloudwatch:eu-west-1:123456789012:alarm:Errors-alarm)"))), &[]),
        ("held back by a composite", under(c(json!("ALARM(x) AND NOT ALARM(Errors-alarm)"))), SILENT),
        ("in another composite", under(c(json!("ALARM(Throttles-alarm)"))), SILENT),
        ("in a composite by reference", under(c(unknown()).refers("alarm_rule", "aws_cloudwatch_metric_alarm.a.arn")), &[]),
        ("in another by reference", under(c(unknown()).refers("alarm_rule", "aws_cloudwatch_metric_alarm.b.arn")), SILENT),
        ("in a composite that is not known", under(c(unknown()).refers("alarm_rule", "local.rule")), UNHEARD),
        ("in a composite that is not understood", under(c(json!("ALARM(Errors-alarm) XOR TRUE"))), UNHEARD),
        (
            "in a silent composite",
            under(Resource::create("aws_cloudwatch_composite_alarm.c", with(composite(json!("ALARM(Errors-alarm)")), "actions_enabled", json!(false)))),
            SILENT,
        ),
        (
            "in a composite in a composite",
            requiring(
                &["lambda-errors"],
                [
                    f(),
                    no_action(),
                    Resource::create(
                        "aws_cloudwatch_composite_alarm.c",
                        with(with(composite(json!("ALARM(Errors-alarm) OR ALARM(outer)")), "alarm_actions", json!([])), "alarm_name", json!("inner")),
                    ),
                    Resource::create("aws_cloudwatch_composite_alarm.d", with(composite(json!("ALARM(inner)")), "alarm_name", json!("outer"))),
                ],
            ),
            &[],
        ),
        (
            "in a loop of silent composites",
            requiring(
                &["lambda-errors"],
                [
                    f(),
                    no_action(),
                    Resource::create(
                        "aws_cloudwatch_composite_alarm.c",
                        with(with(composite(json!("ALARM(Errors-alarm) OR ALARM(d)")), "alarm_actions", json!([])), "alarm_name", json!("c")),
                    ),
                    Resource::create("aws_cloudwatch_composite_alarm.d", with(with(composite(json!("ALARM(c)")), "alarm_actions", json!([])), "alarm_name", json!("d"))),
                ],
            ),
            SILENT,
        ),
    ]);
}

#[test]
fn the_last_alarm_stays() {
    const LOST: &[&str] = &["last-alarm-removed violation aws_cloudwatch_metric_alarm.a"];
    let f = || Resource::unchanged(F, function("api"));
    let duration = || alarm("AWS/Lambda", "Duration", json!({"FunctionName": "api"}));
    let keep = |require: &[&str], alarms: Vec<Resource>| requiring(require, [f()].into_iter().chain(alarms));
    check([
        ("a required one", keep(&["lambda-errors"], vec![Resource::delete(A, errors("api"))]), LOST),
        (
            "a required one, another kind stays",
            keep(&["lambda-errors"], vec![Resource::delete(A, errors("api")), Resource::unchanged("aws_cloudwatch_metric_alarm.b", duration())]),
            LOST,
        ),
        ("one that is not required", keep(&["none"], vec![Resource::delete(A, duration())]), LOST),
        ("another stays", keep(&["none"], vec![Resource::delete(A, duration()), Resource::unchanged("aws_cloudwatch_metric_alarm.b", errors("api"))]), &[]),
        ("replaced by another", keep(&["lambda-errors"], vec![Resource::delete(A, errors("api")), Resource::create("aws_cloudwatch_metric_alarm.b", errors("api"))]), &[]),
        ("forgotten", keep(&["lambda-errors"], vec![Resource::forget(A, errors("api"))]), LOST),
        ("pointed elsewhere", keep(&["lambda-errors"], vec![Resource::update(A, errors("api"), errors("web"))]), LOST),
        (
            "recreated",
            keep(&["lambda-errors"], vec![Resource::replace(A, errors("api"), errors("api")).with(|change| change.replacement = Some(Replacement::CreateThenDelete))]),
            &[],
        ),
        (
            "maybe replaced",
            keep(&["none"], vec![Resource::update(A, errors("api"), alarm("AWS/Lambda", "Errors", unknown()))]),
            &["last-alarm-removed undetermined aws_cloudwatch_metric_alarm.a"],
        ),
        ("with the resource", requiring(&["default"], [Resource::delete(F, function("api")), Resource::delete(A, errors("api"))]), &[]),
        ("in staging", keep(&["none"], vec![Resource::delete(A, errors("api"))]).environment("staging", false), &[]),
        ("in staging, kept on purpose", Plan::new([f(), Resource::delete(A, errors("api"))]).settings(json!({"keep-last-alarm": true})).environment("staging", false), LOST),
        ("excused", Plan::new([f(), Resource::delete(A, errors("api"))]).settings(json!({"exclude": [{"address": "*.f"}]})), &[]),
        (
            "the resource gets another name",
            requiring(&["lambda-errors"], [Resource::replace(F, function("api"), with(function(""), "function_name", unknown())), Resource::unchanged(A, errors("api"))]),
            &["last-alarm-removed violation aws_lambda_function.f"],
        ),
        (
            "a plan of a part",
            keep(&["lambda-errors"], vec![Resource::delete(A, errors("api"))]).with(|request| request.plan.complete = Some(false)),
            &["last-alarm-removed undetermined aws_cloudwatch_metric_alarm.a"],
        ),
    ]);
}

#[test]
fn dead_letter_queues_are_found() {
    let policy = |arn: &str| json!(format!("{{\"deadLetterTargetArn\":\"{arn}\",\"maxReceiveCount\":5}}"));
    let arn = "arn:aws:sqs:eu-west-1:123456789012:dead";
    let main = |policy: Json| with(queue(json!("jobs")), "redrive_policy", policy);
    let (q, d) = ("aws_sqs_queue.q", "aws_sqs_queue.d");
    const BOTH: &[&str] = &["sqs-dead-letters-unwatched violation aws_sqs_queue.d", "sqs-age-unwatched violation aws_sqs_queue.q"];
    const NEITHER: &[&str] = &["sqs-age-unwatched violation aws_sqs_queue.d", "sqs-age-unwatched violation aws_sqs_queue.q"];
    let sqs = |resources: Vec<Resource>| requiring(&["sqs-age", "sqs-dead-letters"], resources);
    check([
        ("none", sqs(vec![Resource::create(d, queue(json!("dead"))), Resource::create(q, main(json!(null)))]), NEITHER),
        ("by known arn", sqs(vec![Resource::unchanged(d, with(queue(json!("dead")), "arn", json!(arn))), Resource::unchanged(q, main(policy(arn)))]), BOTH),
        ("by an arn that is put together", sqs(vec![Resource::create(d, queue(json!("dead"))), Resource::create(q, main(policy(arn)))]), BOTH),
        ("by an arn of another region", sqs(vec![Resource::create(d, queue(json!("dead"))).region("us-east-1"), Resource::create(q, main(policy(arn)))]), NEITHER),
        ("by reference", sqs(vec![Resource::create(d, queue(json!("dead"))), Resource::create(q, main(unknown())).refers("redrive_policy", "aws_sqs_queue.d.arn")]), BOTH),
        (
            "by a resource of its own",
            sqs(vec![
                Resource::create(d, queue(json!("dead"))),
                Resource::create(q, main(unknown())),
                Resource::create("aws_sqs_queue_redrive_policy.p", json!({"queue_url": unknown(), "redrive_policy": unknown()})).refers("redrive_policy", "aws_sqs_queue.d.arn"),
            ]),
            BOTH,
        ),
        (
            "by a function",
            sqs(vec![
                Resource::create(d, queue(json!("dead"))),
                Resource::create(q, main(json!(null))),
                Resource::create(F, with(function("api"), "dead_letter_config", json!([{"target_arn": unknown()}])))
                    .refers("dead_letter_config[0].target_arn", "aws_sqs_queue.d.arn"),
            ]),
            BOTH,
        ),
        (
            "one of several",
            sqs(vec![
                Resource::create("aws_sqs_queue.d[0]", queue(json!("dead-0"))),
                Resource::create("aws_sqs_queue.d[1]", queue(json!("dead-1"))),
                Resource::create(q, main(unknown())).refers("redrive_policy", "aws_sqs_queue.d"),
            ]),
            &[
                "sqs-age-unwatched undetermined aws_sqs_queue.d[0]",
                "sqs-dead-letters-unwatched undetermined aws_sqs_queue.d[0]",
                "sqs-age-unwatched undetermined aws_sqs_queue.d[1]",
                "sqs-dead-letters-unwatched undetermined aws_sqs_queue.d[1]",
                "sqs-age-unwatched violation aws_sqs_queue.q",
            ],
        ),
        (
            "watched",
            sqs(vec![
                Resource::create(d, queue(json!("dead"))),
                Resource::create(q, main(unknown())).refers("redrive_policy", "aws_sqs_queue.d.arn"),
                Resource::create(A, alarm("AWS/SQS", "ApproximateNumberOfMessagesVisible", json!({"QueueName": "dead"}))),
                Resource::create("aws_cloudwatch_metric_alarm.b", alarm("AWS/SQS", "ApproximateAgeOfOldestMessage", json!({"QueueName": "jobs"}))),
            ]),
            &[],
        ),
    ]);
}

/// Every row of the table: the resource as it is planned when new, the alarm that
/// satisfies the row by reference or by value, and one that looks right and is not.
#[test]
fn every_row_has_an_alarm_that_satisfies_it() {
    let by = |namespace: &str, metric: &str, key: &str, value: Json| alarm(namespace, metric, json!({key: value}));
    let elb = |metric: &str| by("AWS/ApplicationELB", metric, "LoadBalancer", unknown());
    let target_group = |namespace: &str| alarm(namespace, "UnHealthyHostCount", unknown());
    let table = |metric: &str| by("AWS/DynamoDB", metric, "TableName", json!("t"));
    let operation = |metric: &str, operation: &str| alarm("AWS/DynamoDB", metric, json!({"TableName": "t", "Operation": operation}));
    let lb = json!({"arn_suffix": unknown(), "load_balancer_type": "application", "name": "front"});
    let rows: Vec<(&str, &str, Json, Json, Json)> = vec![
        ("lambda-errors", F, function("f"), errors("f"), by("AWS/Lambda", "Errors", "Function", json!("f"))),
        ("lambda-throttles", F, function("f"), by("AWS/Lambda", "Throttles", "FunctionName", json!("f")), errors("f")),
        (
            "sqs-age",
            "aws_sqs_queue.q",
            queue(json!("q")),
            by("AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", json!("q")),
            by("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", json!("q")),
        ),
        (
            "sqs-depth",
            "aws_sqs_queue.q",
            queue(json!("q")),
            by("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", json!("q")),
            by("AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", json!("q")),
        ),
        (
            "rest-api-5xx",
            "aws_api_gateway_rest_api.r",
            json!({"id": unknown(), "name": "shop"}),
            alarm("AWS/ApiGateway", "5XXError", json!({"ApiName": "shop", "Stage": "v1"})),
            by("AWS/ApiGateway", "5xx", "ApiName", json!("shop")),
        ),
        (
            "http-api-5xx",
            "aws_apigatewayv2_api.r",
            json!({"id": unknown(), "name": "shop", "protocol_type": "HTTP"}),
            alarm("AWS/ApiGateway", "5xx", unknown()),
            alarm("AWS/ApiGateway", "5XXError", unknown()),
        ),
        (
            "websocket-api-errors",
            "aws_apigatewayv2_api.r",
            json!({"id": unknown(), "name": "shop", "protocol_type": "WEBSOCKET"}),
            alarm("AWS/ApiGateway", "ExecutionError", unknown()),
            alarm("AWS/ApiGateway", "ClientError", unknown()),
        ),
        (
            "rds-storage",
            "aws_db_instance.r",
            json!({"identifier": "db"}),
            by("AWS/RDS", "FreeStorageSpace", "DBInstanceIdentifier", json!("db")),
            by("AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", json!("db")),
        ),
        (
            "rds-cpu",
            "aws_db_instance.r",
            json!({"identifier": unknown()}),
            by("AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", unknown()),
            by("AWS/EC2", "CPUUtilization", "DBInstanceIdentifier", unknown()),
        ),
        (
            "rds-memory",
            "aws_db_instance.r",
            json!({"identifier": "db"}),
            by("AWS/RDS", "FreeableMemory", "DBInstanceIdentifier", json!("db")),
            by("AWS/RDS", "FreeableMemory", "DBClusterIdentifier", json!("db")),
        ),
        (
            "aurora-cpu",
            "aws_rds_cluster.r",
            json!({"cluster_identifier": "c", "engine": "aurora-postgresql"}),
            alarm("AWS/RDS", "CPUUtilization", json!({"DBClusterIdentifier": "c", "Role": "WRITER"})),
            by("AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", json!("c")),
        ),
        (
            "dsql-query-timeouts",
            "aws_dsql_cluster.r",
            json!({"identifier": unknown()}),
            alarm("AWS/AuroraDSQL", "QueryTimeouts", json!({"ClusterId": unknown()})),
            alarm("AWS/AuroraDSQL", "QueryTimeouts", json!({"ResourceId": unknown()})),
        ),
        (
            "dsql-conflicts",
            "aws_dsql_cluster.r",
            json!({"identifier": "abc"}),
            by("AWS/AuroraDSQL", "OccConflicts", "ClusterId", json!("abc")),
            by("AWS/AuroraDSQL", "TotalDPU", "ClusterId", json!("abc")),
        ),
        ("alb-5xx", "aws_lb.r", lb.clone(), elb("HTTPCode_ELB_5XX_Count"), elb("HTTPCode_ELB_4XX_Count")),
        ("alb-target-5xx", "aws_alb.r", lb, elb("HTTPCode_Target_5XX_Count"), elb("HTTPCode_ELB_5XX_Count")),
        (
            "alb-unhealthy-targets",
            "aws_lb_target_group.r",
            json!({"arn_suffix": unknown(), "protocol": "HTTP"}),
            target_group("AWS/ApplicationELB"),
            target_group("AWS/NetworkELB"),
        ),
        ("nlb-unhealthy-targets", "aws_lb_target_group.r", json!({"arn_suffix": unknown(), "protocol": "TCP"}), target_group("AWS/NetworkELB"), target_group("AWS/ApplicationELB")),
        (
            "dynamodb-read-throttles",
            "aws_dynamodb_table.r",
            json!({"name": "t"}),
            table("ReadThrottleEvents"),
            alarm("AWS/DynamoDB", "ReadThrottleEvents", json!({"TableName": "t", "GlobalSecondaryIndexName": "i"})),
        ),
        ("dynamodb-read-throttles", "aws_dynamodb_table.r", json!({"name": "t"}), operation("ThrottledRequests", "GetItem"), operation("ThrottledRequests", "PutItem")),
        ("dynamodb-write-throttles", "aws_dynamodb_table.r", json!({"name": "t"}), operation("ThrottledRequests", "PutItem"), table("ThrottledRequests")),
        ("dynamodb-system-errors", "aws_dynamodb_table.r", json!({"name": "t"}), operation("SystemErrors", "Query"), table("SystemErrors")),
    ];
    let tested: Vec<&str> = rows.iter().map(|(id, ..)| *id).chain(["sqs-dead-letters"]).collect();
    for row in crate::requirements::ALL {
        assert!(tested.contains(&row.id), "{} has no case", row.id);
        assert_eq!(row.rule.id, format!("{}-unwatched", row.id));
        assert!(row.rule.links.iter().all(|link| link.starts_with("https://docs.aws.amazon.com/")), "{}", row.id);
    }
    for (id, address, resource, right, wrong) in rows {
        let plan =
            |object: &Json| requiring(&[id], [Resource::create(address, resource.clone()), Resource::create(A, object.clone()).refers("dimensions", &format!("{address}.id"))]);
        assert_eq!(lines(&plan(&right)), [""; 0], "{id}: the right alarm");
        assert_eq!(lines(&plan(&wrong)), [format!("{id}-unwatched violation {address}")], "{id}: the wrong alarm");
    }
}

#[test]
fn requirements_apply_to_the_right_resources() {
    let api = |protocol: Json| Resource::create("aws_apigatewayv2_api.r", json!({"id": unknown(), "protocol_type": protocol}));
    let lb = |kind: Json| Resource::create("aws_lb.r", json!({"arn_suffix": unknown(), "load_balancer_type": kind}));
    check([
        ("an HTTP API", requiring(&["api-gateway"], [api(json!("HTTP"))]), &["http-api-5xx-unwatched violation aws_apigatewayv2_api.r"]),
        ("a WebSocket API", requiring(&["api-gateway"], [api(json!("WEBSOCKET"))]), &["websocket-api-errors-unwatched violation aws_apigatewayv2_api.r"]),
        ("a network load balancer", requiring(&["load-balancer"], [lb(json!("network"))]), &[]),
        ("a load balancer by default", requiring(&["load-balancer"], [lb(json!(null))]), &["alb-5xx-unwatched violation aws_lb.r", "alb-target-5xx-unwatched violation aws_lb.r"]),
        ("a kind that is not known", requiring(&["alb-5xx"], [lb(unknown())]), &["alb-5xx-unwatched undetermined aws_lb.r"]),
        ("another engine", requiring(&["rds"], [Resource::create("aws_rds_cluster.r", json!({"cluster_identifier": "c", "engine": "mysql"}))]), &[]),
    ]);
}

#[test]
fn settings_choose_the_requirements() {
    let f = || Resource::create(F, function("api"));
    const DEFAULT: &[&str] = &["lambda-errors-unwatched violation aws_lambda_function.f", "lambda-throttles-unwatched violation aws_lambda_function.f"];
    let set = |settings: Json| Plan::new([f()]).settings(settings);
    let duration = |require: Json| {
        set(json!({
            "require": require,
            "custom": {"slow": {
                "resource-type": "aws_lambda_function",
                "namespace": "AWS/Lambda",
                "metrics": ["Duration"],
                "dimensions": {"FunctionName": "function_name"},
            }},
        }))
    };
    check([
        ("production", Plan::new([f()]), DEFAULT),
        ("staging", Plan::new([f()]).environment("staging", false), &[]),
        ("staging, on purpose", set(json!({"require": ["lambda-errors"]})).environment("staging", false), MISSING),
        ("none", set(json!({"require": ["none"]})), &[]),
        ("an empty list", set(json!({"require": []})), &[]),
        ("a service", set(json!({"require": ["lambda"]})), DEFAULT),
        ("all", set(json!({"require": ["all"]})), DEFAULT),
        ("an address", set(json!({"exclude": [{"address": "aws_lambda_*"}]})), &[]),
        ("an alarm of an address", set(json!({"exclude": [{"address": "*.f", "alarms": ["lambda-throttles"]}]})), MISSING),
        ("another address", set(json!({"exclude": [{"address": "module.*"}]})), DEFAULT),
        ("custom, not required", duration(json!(["none"])), &[]),
        ("custom", duration(json!(["slow"])), &["custom-metric-unwatched violation aws_lambda_function.f"]),
        ("a plan of a part", set(json!({"require": ["lambda-errors"]})).with(|request| request.plan.complete = Some(false)), UNCLEAR),
        ("a plan that does not say", set(json!({"require": ["lambda-errors"]})).with(|request| request.plan.complete = None), MISSING),
    ]);
}

#[test]
fn settings_that_cannot_be_meant_are_refused() {
    let custom = |kind: &str, dimensions: Json| json!({"custom": {"x": {"resource-type": kind, "namespace": "N", "metrics": ["M"], "dimensions": dimensions}}});
    for (settings, expected) in [
        (json!({"require": ["lamda-errors"]}), "require[0]: there is no requirement \"lamda-errors\"; choose from default, all, none, api-gateway"),
        (json!({"require": ["none", "lambda"]}), "require: `none` stands alone"),
        (json!({"exclude": [{"address": "*", "alarms": ["x"]}]}), "exclude[0].alarms: there is no requirement \"x\""),
        (custom("aws_iam_role", json!({"R": "name"})), "custom.x: this policy does not see resources of type \"aws_iam_role\"; it sees aws_alb,"),
        (custom("aws_instance", json!({"InstanceId": "arn"})), "custom.x.dimensions.InstanceId: this policy does not see the attribute \"arn\" of aws_instance; it sees id"),
        (custom("aws_instance", json!({"InstanceId": "*"})), "custom.x.dimensions: none names the resource"),
        (json!({"custom": {"lambda": {"resource-type": "aws_instance", "namespace": "N", "metrics": ["M"], "dimensions": {"A": "id"}}}}), "custom.lambda: the name is taken"),
        (json!({"requires": []}), "the settings cannot be used: unknown field `requires`"),
    ] {
        let error = Plan::new([]).settings(settings.clone()).evaluate::<AlarmPresence>().err().unwrap_or_default();
        assert!(error.starts_with(expected), "{settings}: {error}");
    }
}

#[test]
fn findings_say_what_to_do() {
    let plan = requiring(
        &["lambda-errors"],
        [Resource::create("module.api[\"eu\"].aws_lambda_function.f[\"a.b\"]", function("api")).with(|change| change.index = Some(InstanceKey::Text("a.b".to_owned())))],
    );
    assert_eq!(
        plan.findings::<AlarmPresence>(),
        ["lambda-errors-unwatched violation module.api[\"eu\"].aws_lambda_function.f[\"a.b\"] [function_name]: no alarm watches `AWS/Lambda Errors`"]
    );
    let remediation = plan.evaluate::<AlarmPresence>().ok().and_then(|evaluation| evaluation.findings[0].remediation.clone());
    assert_eq!(
        remediation.as_deref(),
        Some(
            "Add an `aws_cloudwatch_metric_alarm` with `namespace = \"AWS/Lambda\"`, `metric_name = \"Errors\"`, \
             `dimensions = { FunctionName = aws_lambda_function.f[\"a.b\"].function_name }` and `alarm_actions`."
        )
    );
}
