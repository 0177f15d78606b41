//! What the plan brings about, and what was so before: every rule, on both sides.

use super::*;

const ERRORS: &[&str] = &["lambda-errors-unwatched violation aws_lambda_function.f"];
const ERRORS_BEFORE: &[&str] = &["lambda-errors-unwatched violation(existing) aws_lambda_function.f"];
const PERHAPS: &[&str] = &["lambda-errors-unwatched undetermined aws_lambda_function.f"];
const PERHAPS_BEFORE: &[&str] = &["lambda-errors-unwatched undetermined(existing) aws_lambda_function.f"];
const B: &str = "aws_cloudwatch_metric_alarm.b";

fn tagged(object: Json) -> Json {
    with(object, "tags", json!({"team": "shop"}))
}

/// A change of nothing but tags.
fn edited(address: &str, object: Json) -> Resource {
    Resource::update(address, object.clone(), tagged(object))
}

fn stays() -> Resource {
    Resource::unchanged(F, function("api"))
}

#[test]
fn a_resource_without_an_alarm() {
    let of = |resources: Vec<Resource>| requiring(&["lambda-errors"], resources);
    let search = || math(json!([expression("q", json!("SUM(SEARCH('{AWS/Lambda,FunctionName} Errors', 'Sum', 60))"))]));
    check([
        ("created", of(vec![Resource::create(F, function("api"))]), ERRORS),
        ("unchanged", of(vec![stays()]), ERRORS_BEFORE),
        ("tagged", of(vec![edited(F, function("api"))]), ERRORS_BEFORE),
        ("replaced", of(vec![Resource::replace(F, function("api"), function("web"))]), ERRORS_BEFORE),
        ("imported", of(vec![stays().with(|change| change.importing = true)]), ERRORS),
        ("with a new alarm on something else", of(vec![stays(), Resource::create(A, errors("web"))]), ERRORS_BEFORE),
        ("with a new alarm that may be on it", of(vec![stays(), Resource::create(A, alarm("AWS/Lambda", "Errors", unknown())).refers("dimensions", "local.name")]), PERHAPS_BEFORE),
        ("with an alarm that may be on it", of(vec![stays(), Resource::unchanged(A, search())]), PERHAPS_BEFORE),
        ("with an alarm that may be on it, tagged", of(vec![stays(), edited(A, search())]), PERHAPS_BEFORE),
        (
            "with an alarm that may be on it, and is another one",
            of(vec![stays(), Resource::update(A, search(), math(json!([expression("q", json!("SUM(SEARCH('{AWS/Lambda,FunctionName} Errors', 'Sum', 300))"))])))]),
            PERHAPS,
        ),
        ("without an alarm that may have been on it", of(vec![stays(), Resource::delete(A, search())]), ERRORS),
        ("renamed away from an alarm that may be on it", of(vec![Resource::replace(F, function("api"), function("web")), Resource::unchanged(A, search())]), PERHAPS_BEFORE),
        (
            "beside an alarm whose dimension is sensitive",
            of(vec![stays(), Resource::unchanged(A, alarm("AWS/Lambda", "Errors", json!({"FunctionName": sensitive()}))).refers("dimensions", "local.name")]),
            PERHAPS_BEFORE,
        ),
        (
            "beside an alarm whose sensitive dimension refers to it",
            of(vec![stays(), Resource::unchanged(A, alarm("AWS/Lambda", "Errors", json!({"FunctionName": sensitive()}))).refers("dimensions", "aws_lambda_function.f.function_name")]),
            &[],
        ),
        (
            "beside one that referred to it, and changes",
            of(vec![
                stays(),
                edited(A, alarm("AWS/Lambda", "Errors", json!({"FunctionName": sensitive()}))).refers("dimensions", "aws_lambda_function.g.function_name"),
            ]),
            ERRORS,
        ),
        ("in a part of a plan", of(vec![stays()]).with(|request| request.plan.complete = Some(false)), PERHAPS_BEFORE),
        ("in an alarm's stead", of(vec![stays(), Resource::delete(A, errors("api"))]), &["last-alarm-removed violation aws_cloudwatch_metric_alarm.a"]),
    ]);
}

#[test]
fn a_requirement_that_begins_to_apply() {
    let lb = |kind: Json| json!({"arn_suffix": "app/front/1", "load_balancer_type": kind, "name": "front"});
    let plan = |before: Json, after: Json| requiring(&["alb-5xx"], [Resource::replace("aws_lb.front", lb(before), lb(after))]);
    let still = |kind: Json| requiring(&["alb-5xx"], [Resource::unchanged("aws_lb.front", lb(kind))]);
    check([
        ("it did", plan(json!("application"), json!("application")), &["alb-5xx-unwatched violation(existing) aws_lb.front"]),
        ("it did by default", plan(json!(null), json!("application")), &["alb-5xx-unwatched violation(existing) aws_lb.front"]),
        ("it did not", plan(json!("network"), json!("application")), &["alb-5xx-unwatched violation aws_lb.front"]),
        ("whether it did is not known", plan(sensitive(), json!("application")), &["alb-5xx-unwatched violation aws_lb.front"]),
        ("whether it does is not known, as before", still(sensitive()), &["alb-5xx-unwatched undetermined(existing) aws_lb.front"]),
    ]);
    let arn = "arn:aws:sqs:eu-west-1:123456789012:dead";
    let policy = json!(format!("{{\"deadLetterTargetArn\":\"{arn}\",\"maxReceiveCount\":5}}"));
    let dead = || Resource::unchanged("aws_sqs_queue.d", with(queue(json!("dead")), "arn", json!(arn)));
    let jobs = |before: Json, after: Json| Resource::update("aws_sqs_queue.q", with(queue(json!("jobs")), "redrive_policy", before), with(queue(json!("jobs")), "redrive_policy", after));
    let letters = |sender: Resource| requiring(&["sqs-dead-letters"], [dead(), sender]);
    const CAUSED: &[&str] = &["sqs-dead-letters-unwatched violation aws_sqs_queue.d"];
    check([
        ("a dead-letter queue", letters(jobs(policy.clone(), policy.clone())), &["sqs-dead-letters-unwatched violation(existing) aws_sqs_queue.d"]),
        ("a queue that becomes one", letters(jobs(json!(null), policy.clone())), CAUSED),
        ("a queue that is no more", letters(jobs(policy.clone(), json!(null))), &[]),
        (
            "a queue that becomes one, beside an alarm that was silent",
            requiring(
                &["sqs-dead-letters"],
                [
                    dead(),
                    jobs(json!(null), policy.clone()),
                    Resource::unchanged(A, with(alarm("AWS/SQS", "ApproximateNumberOfMessagesVisible", json!({"QueueName": "dead"})), "alarm_actions", json!([]))),
                ],
            ),
            &["silent-alarm violation aws_cloudwatch_metric_alarm.a"],
        ),
        ("a queue that may have been one", letters(jobs(sensitive(), policy)), CAUSED),
        (
            "a queue whose sender is sensitive and stays",
            requiring(
                &["sqs-dead-letters"],
                [dead(), Resource::unchanged("aws_sqs_queue.q", with(queue(json!("jobs")), "redrive_policy", sensitive())).refers("redrive_policy", "aws_sqs_queue.d.arn")],
            ),
            &["sqs-dead-letters-unwatched violation(existing) aws_sqs_queue.d"],
        ),
    ]);
}

#[test]
fn a_requirement_of_the_settings() {
    let plan = |resource: Resource| {
        Plan::new([resource]).settings(json!({
            "require": ["slow"],
            "custom": {"slow": {"resource-type": "aws_lambda_function", "namespace": "AWS/Lambda", "metrics": ["Duration"], "dimensions": {"FunctionName": "function_name"}}},
        }))
    };
    check([
        ("created", plan(Resource::create(F, function("api"))), &["custom-metric-unwatched violation aws_lambda_function.f"]),
        ("tagged", plan(edited(F, function("api"))), &["custom-metric-unwatched violation(existing) aws_lambda_function.f"]),
    ]);
}

/// What watches many resources is lost like what watches one.
#[test]
fn an_alarm_on_everything_that_goes() {
    const LOST: &[&str] = &["last-alarm-removed violation aws_cloudwatch_metric_alarm.a"];
    let all = || math(json!([expression("q", json!("SELECT SUM(Errors) FROM SCHEMA(\"AWS/Lambda\", FunctionName)"))]));
    let of = |object: Json| requiring(&["lambda-errors"], [stays(), Resource::delete(A, object)]);
    check([
        ("of the region", of(alarm("AWS/Lambda", "Errors", json!(null))), LOST),
        ("by a query", of(all()), LOST),
        ("by metric math", of(math(json!([query("m1", "AWS/Lambda", "Errors", json!({"FunctionName": "api"})), expression("e", json!("m1 * 2"))]))), LOST),
        ("by a query that no rule wants", requiring(&["none"], [stays(), Resource::delete(A, all())]), LOST),
        ("by a query, and it stays", requiring(&["lambda-errors"], [stays(), Resource::unchanged(A, all())]), &[]),
        ("by a query of another namespace", requiring(&["lambda-errors"], [stays(), Resource::delete(A, math(json!([expression("q", json!("SELECT SUM(Errors) FROM \"AWS/SQS\""))])))]), ERRORS_BEFORE),
    ]);
}

#[test]
fn an_alarm_that_tells_nobody() {
    const CAUSED: &[&str] = &["silent-alarm violation aws_cloudwatch_metric_alarm.a"];
    const BEFORE: &[&str] = &["silent-alarm violation(existing) aws_cloudwatch_metric_alarm.a"];
    let silent = || with(errors("api"), "alarm_actions", json!([]));
    let off = || with(errors("api"), "actions_enabled", json!(false));
    let hidden = || with(errors("api"), "alarm_actions", sensitive());
    let composite = |rule: &str| composite(json!(rule));
    let c = "aws_cloudwatch_composite_alarm.c";
    let mute = |duration: &str| {
        json!({"name": "m", "mute_targets": [{"alarm_names": ["Errors-alarm"]}], "rule": [{"schedule": [{"expression": "cron(0 0 * * *)", "duration": duration, "timezone": "UTC"}]}]})
    };
    let m = "aws_cloudwatch_alarm_mute_rule.m";
    let with_all = |resources: Vec<Resource>| requiring(&["lambda-errors"], [stays()].into_iter().chain(resources));
    let alone = |resources: Vec<Resource>| requiring(&["none"], resources);
    let both = |alarm: Resource, b: Resource| Plan::new([stays(), alarm, b]).settings(json!({"require": ["lambda-errors"], "every-alarm-acts": false}));
    check([
        ("unchanged", with_all(vec![Resource::unchanged(A, silent())]), BEFORE),
        ("tagged", with_all(vec![edited(A, silent())]), BEFORE),
        ("created", with_all(vec![Resource::create(A, silent())]), CAUSED),
        ("imported", with_all(vec![Resource::unchanged(A, silent()).with(|change| change.importing = true)]), CAUSED),
        ("turned off", with_all(vec![Resource::update(A, errors("api"), off())]), CAUSED),
        ("silent in another way", with_all(vec![Resource::update(A, off(), silent())]), BEFORE),
        ("whose action is taken away", with_all(vec![Resource::update(A, errors("api"), silent())]), CAUSED),
        ("whose topic goes", with_all(vec![Resource::unchanged(A, errors("api")), Resource::delete("aws_sns_topic.t", json!({"arn": TOPIC, "name": "on-call"}))]), CAUSED),
        ("of a new resource", requiring(&["lambda-errors"], [Resource::create(F, function("api")), Resource::unchanged(A, silent())]), CAUSED),
        ("pointed at the resource", with_all(vec![Resource::update(A, with(errors("web"), "alarm_actions", json!([])), silent())]), BEFORE),
        ("beside one that stays", both(Resource::unchanged(A, silent()), Resource::unchanged(B, errors("api"))), &[]),
        ("left by one that goes", both(Resource::unchanged(A, silent()), Resource::delete(B, errors("api"))), CAUSED),
        ("left by one that was silent too", both(Resource::unchanged(A, silent()), Resource::delete(B, silent())), BEFORE),
        ("left by one that may have been on it", both(Resource::update(A, with(errors("web"), "alarm_actions", json!([])), silent()), Resource::delete(B, math(json!([expression("q", json!("SUM(SEARCH('{AWS/Lambda,FunctionName} Errors', 'Sum', 60))"))])))), CAUSED),
        ("not required", alone(vec![Resource::unchanged(A, silent())]), BEFORE),
        ("not required, and turned off", alone(vec![Resource::update(A, errors("api"), off())]), CAUSED),
        ("whose composite goes", with_all(vec![Resource::unchanged(A, silent()), Resource::delete(c, composite("ALARM(Errors-alarm)"))]), CAUSED),
        ("whose composite never fired", with_all(vec![Resource::unchanged(A, silent()), Resource::unchanged(c, composite("FALSE AND ALARM(Errors-alarm)"))]), BEFORE),
        ("whose composite is made to never fire", with_all(vec![Resource::unchanged(A, silent()), Resource::update(c, composite("ALARM(Errors-alarm)"), composite("FALSE AND ALARM(Errors-alarm)"))]), CAUSED),
        ("not required, whose composite goes", alone(vec![Resource::unchanged(A, silent()), Resource::delete(c, composite("ALARM(Errors-alarm) AND ALARM(x)"))]), CAUSED),
        ("that a deployment waited for", alone(vec![
            Resource::unchanged(A, silent()),
            Resource::delete("aws_ecs_service.s", json!({"name": "s", "cluster": "c", "alarms": [{"alarm_names": ["Errors-alarm"]}]})),
        ]), CAUSED),
        ("muted for ever", with_all(vec![Resource::unchanged(A, errors("api")), Resource::create(m, mute("P1D"))]), CAUSED),
        ("muted for ever, as before", with_all(vec![Resource::unchanged(A, errors("api")), Resource::unchanged(m, mute("P1D"))]), BEFORE),
        ("muted for ever instead of a while", with_all(vec![Resource::unchanged(A, errors("api")), Resource::update(m, mute("PT1H"), mute("P1D"))]), CAUSED),
        ("that cannot be told", with_all(vec![Resource::unchanged(A, hidden())]), &["silent-alarm undetermined(existing) aws_cloudwatch_metric_alarm.a"]),
        ("that cannot be told, and changes", with_all(vec![edited(A, hidden())]), &["silent-alarm undetermined aws_cloudwatch_metric_alarm.a"]),
        (
            "that could be told",
            with_all(vec![Resource::update(A, errors("api"), hidden())]),
            &["silent-alarm undetermined aws_cloudwatch_metric_alarm.a"],
        ),
    ]);
}

/// What goes is never of before.
#[test]
fn what_the_plan_takes_away() {
    let subscription = || json!({"topic_arn": TOPIC, "redrive_policy": null});
    let topic = || Resource::unchanged("aws_sns_topic.t", json!({"arn": TOPIC, "name": "on-call"}));
    check([
        ("the last alarm", requiring(&["none"], [stays(), Resource::delete(A, errors("api"))]), &["last-alarm-removed violation aws_cloudwatch_metric_alarm.a"]),
        ("the last alarm, which was silent", requiring(&["none"], [stays(), Resource::delete(A, with(errors("api"), "alarm_actions", json!([])))]), &["last-alarm-removed violation aws_cloudwatch_metric_alarm.a"]),
        ("a name", requiring(&["none"], [Resource::replace(F, function("api"), function("web")), Resource::unchanged(A, errors("api"))]), &["last-alarm-removed violation aws_lambda_function.f"]),
        (
            "a region",
            requiring(
                &["lambda-errors"],
                [
                    Resource::replace(F, with(function("api"), "arn", json!("arn:aws:lambda:eu-west-1:123456789012:function:api")), with(function("api"), "arn", unknown())).region("us-east-1"),
                    Resource::unchanged(A, errors("api")).region("eu-west-1"),
                ],
            ),
            &["last-alarm-removed violation aws_lambda_function.f"],
        ),
        (
            "the last subscription",
            requiring(&["none"], [topic(), Resource::unchanged(A, errors("api")), Resource::delete("aws_sns_topic_subscription.s", subscription())]),
            &["last-subscription-removed violation aws_sns_topic_subscription.s"],
        ),
    ]);
}

/// What does not change is no loss: a plan without changes has nothing but what was so before.
#[test]
fn a_plan_without_changes_brings_nothing_about() {
    let kinds = [
        errors("api"),
        errors("web"),
        with(errors("api"), "alarm_actions", json!([])),
        with(errors("api"), "actions_enabled", sensitive()),
        alarm("AWS/Lambda", "Errors", json!(null)),
        alarm("AWS/Lambda", "Errors", sensitive()),
        alarm("AWS/Lambda", "Errors", json!({"FunctionName": sensitive()})),
        with(errors("api"), "metric_name", sensitive()),
        math(json!([expression("q", json!("SELECT SUM(Errors) FROM \"AWS/Lambda\" WHERE FunctionName = 'web'"))])),
        math(json!([expression("q", json!("SELECT AVG(Errors) FROM \"AWS/Lambda\""))])),
        math(sensitive()),
    ];
    for (at, object) in kinds.into_iter().enumerate() {
        for reference in ["aws_lambda_function.f.function_name", "aws_lambda_function.f.arn", "aws_lambda_function.g.function_name", "local.name"] {
            let plan = requiring(
                &["lambda"],
                [
                    stays().region("eu-west-1"),
                    Resource::unchanged(A, object.clone()).region("eu-west-1").refers("dimensions", reference).refers("metric_query", reference),
                ],
            );
            let found = lines(&plan);
            assert!(found.iter().all(|line| line.contains("(existing)")), "{at} {reference}: {found:?}");
        }
    }
}

#[test]
fn what_was_so_before_is_told_apart_where_the_plan_changes_something() {
    const ERRORS_NOW: &[&str] = &["lambda-errors-unwatched violation aws_lambda_function.f"];
    let plan = |resource: Resource, apart: Json| Plan::new([resource]).settings(json!({"require": ["lambda-errors"], "existing-apart": apart}));
    let forgotten = || Plan::new([stays(), Resource::forget("aws_sqs_queue.q", queue(json!("jobs")))]).settings(json!({"require": ["lambda-errors"], "existing-apart": null}));
    check([
        ("unchanged, apart", plan(stays(), json!(true)), ERRORS_BEFORE),
        ("unchanged, not apart", plan(stays(), json!(false)), ERRORS_NOW),
        ("tagged, not apart", plan(edited(F, function("api")), json!(false)), ERRORS_NOW),
        ("unchanged", plan(stays(), json!(null)), ERRORS_NOW),
        ("tagged", plan(edited(F, function("api")), json!(null)), ERRORS_BEFORE),
        ("scaled", plan(Resource::update(F, function("api"), with(function("api"), "memory_size", json!(256))), json!(null)), ERRORS_BEFORE),
        ("beside something that changes", forgotten(), ERRORS_BEFORE),
        ("created", plan(Resource::create(F, function("api")), json!(null)), ERRORS_NOW),
        (
            "that loses its alarm",
            Plan::new([stays(), Resource::update(A, errors("api"), errors("web"))]).settings(json!({"require": ["lambda-errors"], "existing-apart": null})),
            &["last-alarm-removed violation aws_cloudwatch_metric_alarm.a"],
        ),
    ]);
}
