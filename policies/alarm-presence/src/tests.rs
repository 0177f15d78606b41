//! Whole plans, in the shapes that the provider writes.
//!
//! A case is a name, its changes, and the findings without the address of the rule's
//! documentation: `rule outcome address`.

#![expect(clippy::needless_pass_by_value, reason = "fixtures read as `alarm(…, json!({…}))`")]

use tollgate_policy::serde_json::{Value as Json, json};
use tollgate_policy::testing::{Plan, Resource, sensitive, unknown};
use tollgate_policy::{InstanceKey, Replacement};

use crate::AlarmPresence;

mod causes;
mod conditions;
mod links;
mod weakened;
mod work;

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
                            .refers("dimensions", "each.value")
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

/// The attribute that feeds a dimension is the one that it wants, or proves nothing.
#[test]
fn another_attribute_of_the_right_resource_is_no_proof() {
    let lb = || json!({"arn_suffix": unknown(), "arn": unknown(), "id": unknown(), "load_balancer_type": "application", "name": "front"});
    let db = || json!({"identifier": "orders", "id": unknown(), "arn": unknown()});
    let elb = || alarm("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", unknown());
    let balancer = |references: &[&str]| {
        let alarm = references.iter().fold(Resource::create(A, elb()), |alarm, reference| alarm.refers("dimensions", reference));
        requiring(&["alb-5xx"], [Resource::create("aws_lb.blue", lb()), Resource::create("aws_lb.green", lb()), alarm])
    };
    let database = |references: &[&str]| {
        let alarm = references.iter().fold(Resource::create(A, alarm("AWS/RDS", "CPUUtilization", unknown())), |alarm, reference| alarm.refers("dimensions", reference));
        requiring(&["rds-cpu"], [Resource::create("aws_db_instance.d", db()), alarm])
    };
    let queue_by = |attribute: &str| {
        requiring(
            &["sqs-age"],
            [
                Resource::create("aws_sqs_queue.q", queue(json!("q"))),
                Resource::create(A, alarm("AWS/SQS", "ApproximateAgeOfOldestMessage", unknown())).refers("dimensions", &format!("aws_sqs_queue.q.{attribute}")),
            ],
        )
    };
    const GREEN: &[&str] = &["alb-5xx-unwatched violation aws_lb.green"];
    const BLUE_UNCLEAR: &[&str] = &["alb-5xx-unwatched undetermined aws_lb.blue", "alb-5xx-unwatched violation aws_lb.green"];
    const NEITHER_CLEAR: &[&str] = &["alb-5xx-unwatched undetermined aws_lb.blue", "alb-5xx-unwatched undetermined aws_lb.green"];
    const DATABASE: &[&str] = &["rds-cpu-unwatched undetermined aws_db_instance.d"];
    check([
        ("the right one", balancer(&["aws_lb.blue.arn_suffix"]), GREEN),
        ("by ARN", balancer(&["aws_lb.blue.arn"]), BLUE_UNCLEAR),
        ("by name", balancer(&["aws_lb.blue.name"]), BLUE_UNCLEAR),
        ("by id", balancer(&["aws_lb.blue.id"]), BLUE_UNCLEAR),
        ("the right one and another", balancer(&["aws_lb.blue.arn_suffix", "aws_lb.blue.name"]), GREEN),
        ("an instance whose key is computed", balancer(&["aws_lb.blue"]), GREEN),
        ("a condition", balancer(&["var.active", "aws_lb.blue.arn_suffix", "aws_lb.green.arn_suffix"]), NEITHER_CLEAR),
        ("a condition on nothing", balancer(&["aws_lb.blue.arn_suffix", "aws_lb.green.arn_suffix"]), NEITHER_CLEAR),
        ("of the name of the workspace", balancer(&["terraform.workspace", "aws_lb.blue.arn_suffix", "aws_lb.green.arn_suffix"]), NEITHER_CLEAR),
        (
            "a condition, for two thresholds",
            requiring(
                &["alb-5xx"],
                [Resource::create("aws_lb.blue", lb()), Resource::create("aws_lb.green", lb())].into_iter().chain(["[\"warn\"]", "[\"crit\"]"].map(|key| {
                    Resource::create(&format!("{A}{key}"), elb())
                        .refers("dimensions", "var.active")
                        .refers("dimensions", "aws_lb.blue.arn_suffix")
                        .refers("dimensions", "aws_lb.green.arn_suffix")
                })),
            ),
            NEITHER_CLEAR,
        ),
        ("a database by identifier", database(&["aws_db_instance.d.identifier"]), &[]),
        ("a database by id", database(&["aws_db_instance.d.id"]), DATABASE),
        ("a database by id of each", database(&["aws_db_instance.d", "each.value.id"]), DATABASE),
        ("a database by identifier of each", database(&["aws_db_instance.d", "each.value.identifier"]), &[]),
        ("a database by key", database(&["aws_db_instance.d", "each.key"]), &[]),
        ("a queue by name", queue_by("name"), &[]),
        ("a queue by id", queue_by("id"), &["sqs-age-unwatched undetermined aws_sqs_queue.q"]),
        ("a queue by url", queue_by("url"), &["sqs-age-unwatched undetermined aws_sqs_queue.q"]),
        (
            "an equal attribute",
            requiring(&["lambda-errors"], [Resource::create(F, with(function(""), "function_name", unknown())), Resource::create(A, alarm("AWS/Lambda", "Errors", unknown())).refers("dimensions", "aws_lambda_function.f.id")]),
            &[],
        ),
        (
            "a cluster by one of its instances",
            requiring(
                &["aurora-cpu"],
                [
                    Resource::create("aws_rds_cluster.c", json!({"cluster_identifier": unknown(), "engine": "aurora-mysql"})),
                    Resource::create("aws_rds_cluster_instance.i", json!({"identifier": unknown()})),
                    Resource::create(A, alarm("AWS/RDS", "CPUUtilization", unknown())).refers("dimensions", "aws_rds_cluster_instance.i.cluster_identifier"),
                ],
            ),
            &["aurora-cpu-unwatched undetermined aws_rds_cluster.c"],
        ),
    ]);
}

#[test]
fn another_account_or_region_is_not_this_resource() {
    let own = "arn:aws:lambda:eu-west-1:123456789012:function:api";
    let of = |account: Json, arn: Json| {
        let query = with(with(query("m1", "AWS/Lambda", "Errors", json!({"FunctionName": "api"})), "account_id", account), "return_data", json!(true));
        requiring(&["lambda-errors"], [Resource::unchanged(F, with(function("api"), "arn", arn)), Resource::create(A, math(json!([query])))])
    };
    let two_regions = |keep: &[&str]| {
        requiring(
            keep,
            [
                Resource::unchanged(F, function("api")).region("eu-west-1"),
                Resource::unchanged("aws_lambda_function.g", function("api")).region("us-east-1"),
                Resource::unchanged(A, errors("api")).region("eu-west-1"),
            ],
        )
    };
    check([
        ("no account", of(json!(""), json!(own)), &[]),
        ("its own account", of(json!("123456789012"), json!(own)), &[]),
        ("another account", of(json!("999999999999"), json!(own)), &["lambda-errors-unwatched violation(existing) aws_lambda_function.f"]),
        ("an account, and the resource's is not known", of(json!("999999999999"), unknown()), &["lambda-errors-unwatched undetermined(existing) aws_lambda_function.f"]),
        ("an account that is not known", of(unknown(), json!(own)), &["lambda-errors-unwatched undetermined(existing) aws_lambda_function.f"]),
        ("an unchanged plan with a function of the same name in two regions", two_regions(&["none"]), &[]),
        ("and an alarm required of both", two_regions(&["lambda-errors"]), &["lambda-errors-unwatched violation(existing) aws_lambda_function.g"]),
        (
            "regions that only ARNs tell",
            requiring(
                &["none"],
                [
                    Resource::unchanged(F, with(function("api"), "arn", json!("arn:aws:lambda:us-east-1:123456789012:function:api"))),
                    Resource::unchanged(A, with(errors("api"), "arn", json!("arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a"))),
                ],
            ),
            &[],
        ),
        (
            "an alarm that moves to another region",
            requiring(
                &["lambda-errors"],
                [
                    Resource::unchanged(F, function("api")).region("eu-west-1"),
                    Resource::replace(A, with(errors("api"), "region", json!("eu-west-1")), with(errors("api"), "region", json!("us-east-1"))).region("us-east-1"),
                ],
            ),
            &["last-alarm-removed violation aws_cloudwatch_metric_alarm.a"],
        ),
        (
            "a service that is in no region",
            requiring(
                &["cloudfront"],
                [
                    Resource::unchanged("aws_cloudfront_distribution.d", json!({"id": "E1"})).region("eu-west-1"),
                    Resource::create(A, alarm("AWS/CloudFront", "5xxErrorRate", json!({"DistributionId": "E1", "Region": "Global"}))).region("us-east-1"),
                ],
            ),
            &[],
        ),
        (
            "and its alarm in a region that has no such metric",
            requiring(
                &["cloudfront"],
                [
                    Resource::unchanged("aws_cloudfront_distribution.d", json!({"id": "E1"})).region("eu-west-1"),
                    Resource::create(A, alarm("AWS/CloudFront", "5xxErrorRate", json!({"DistributionId": "E1", "Region": "Global"}))).region("eu-west-1"),
                ],
            ),
            &["cloudfront-5xx-unwatched violation(existing) aws_cloudfront_distribution.d"],
        ),
    ]);
}

#[test]
fn promql_alarms_are_not_overlooked() {
    let promql = |query: &str| {
        let object = with(alarm("", "", json!(null)), "evaluation_criteria", json!([{"promql_criteria": [{"query": query}]}]));
        requiring(&["lambda-errors"], [Resource::create(F, function("api")), Resource::create(A, with(object, "metric_name", json!(null)))])
    };
    check([
        ("about the function", promql("sum(errors{function=\"api\"}) > 0"), UNCLEAR),
        ("about something else", promql("sum(errors{function=\"web\"}) > 0"), MISSING),
    ]);
}

#[test]
fn what_leaves_nobody_to_hear_is_seen() {
    let topic = || Resource::unchanged("aws_sns_topic.t", json!({"arn": TOPIC, "name": "on-call"}));
    let subscription = || json!({"topic_arn": TOPIC, "redrive_policy": null});
    let with_subscriptions = |subscriptions: Vec<Resource>| requiring(&["none"], [topic(), Resource::unchanged(A, errors("api"))].into_iter().chain(subscriptions));
    let (s, t) = ("aws_sns_topic_subscription.s", "aws_sns_topic_subscription.t");
    const LOST: &[&str] = &["last-subscription-removed violation aws_sns_topic_subscription.s"];
    check([
        ("the only subscription", with_subscriptions(vec![Resource::delete(s, subscription())]), LOST),
        ("one of two", with_subscriptions(vec![Resource::delete(s, subscription()), Resource::unchanged(t, subscription())]), &[]),
        ("one of two, the other is new", with_subscriptions(vec![Resource::delete(s, subscription()), Resource::create(t, subscription())]), &[]),
        ("moved to another topic", with_subscriptions(vec![Resource::update(s, subscription(), with(subscription(), "topic_arn", json!("arn:aws:sns:eu-west-1:123456789012:other")))]), LOST),
        ("of a topic that no alarm notifies", requiring(&["none"], [topic(), Resource::delete(s, subscription())]), &[]),
        (
            "every alarm of another plan's resources",
            requiring(&["none"], [Resource::delete(A, errors("api")), Resource::delete("aws_cloudwatch_metric_alarm.b", alarm("AWS/Lambda", "Throttles", json!({"FunctionName": "api"})))]),
            &["last-alarm-removed undetermined aws_cloudwatch_metric_alarm.a", "last-alarm-removed undetermined aws_cloudwatch_metric_alarm.b"],
        ),
        ("not every alarm", requiring(&["none"], [Resource::delete(A, errors("api")), Resource::unchanged("aws_cloudwatch_metric_alarm.b", errors("web"))]), &[]),
        (
            "with everything else",
            requiring(&["none"], [Resource::delete(A, alarm("Shop", "Orders", json!({"Shop": "eu"}))), Resource::delete("aws_ecs_cluster.c", json!({"name": "shop"}))]),
            &[],
        ),
        ("with what it watches", requiring(&["none"], [Resource::delete(A, errors("api")), Resource::delete(F, function("api"))]), &[]),
    ]);
}

/// A type that needs no alarm loses its last one, too.
#[test]
fn the_last_alarm_of_any_service_stays() {
    let service = || json!({"name": "web", "cluster": "arn:aws:ecs:eu-west-1:123456789012:cluster/main"});
    let of = |cluster: &str| alarm("AWS/ECS", "CPUUtilization", json!({"ServiceName": "web", "ClusterName": cluster}));
    let plan = |alarm: Resource| requiring(&["none"], [Resource::unchanged("aws_ecs_service.s", service()), alarm]);
    check([
        ("removed", plan(Resource::delete(A, of("main"))), &["last-alarm-removed violation aws_cloudwatch_metric_alarm.a"]),
        ("kept", plan(Resource::unchanged(A, of("main"))), &[]),
        (
            "of a service of the same name in another cluster",
            requiring(&["none"], [Resource::unchanged("aws_ecs_service.s", service()), Resource::delete(A, of("other")), Resource::unchanged("aws_cloudwatch_metric_alarm.b", errors("f"))]),
            &[],
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
    // Name, rule, and whether it has an action.
    let under_all = |composites: &[(&str, &str, bool)]| {
        requiring(
            &["lambda-errors"],
            [f(), no_action()].into_iter().chain(composites.iter().map(|(name, rule, acts)| {
                let object = with(composite(json!(rule)), "alarm_name", json!(name));
                let object = if *acts { object } else { with(object, "alarm_actions", json!([])) };
                Resource::create(&format!("aws_cloudwatch_composite_alarm.{name}"), object)
            })),
        )
    };
    let muted = |expression: &str, duration: &str, names: Json| {
        let rule = json!({"name": "m", "mute_targets": [{"alarm_names": names}], "rule": [{"schedule": [{"expression": expression, "duration": duration, "timezone": "UTC"}]}]});
        requiring(&["lambda-errors"], [f(), Resource::create(A, errors("api")), Resource::create("aws_cloudwatch_alarm_mute_rule.m", rule)])
    };
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
        ("not required", Plan::new([f(), no_action()]).settings(json!({"require": ["lambda-errors"], "require-action": false, "every-alarm-acts": false})), &[]),
        ("not required of this alarm", requiring(&["none"], [f(), no_action()]), SILENT),
        ("not required, in another environment", requiring(&["none"], [f(), no_action()]).environment("staging", false), &[]),
        ("not required, and switched off", Plan::new([f(), no_action()]).settings(json!({"require": ["none"], "every-alarm-acts": false})), &[]),
        ("not required, for a composite", requiring(&["none"], [f(), no_action(), c(json!("ALARM(Errors-alarm) AND ALARM(x)"))]), &[]),
        ("not required, for a health check", requiring(&["none"], [f(), no_action(), Resource::create("aws_route53_health_check.h", json!({"cloudwatch_alarm_name": "Errors-alarm"}))]), &[]),
        ("not required, for another deployment", requiring(&["none"], [f(), no_action(), Resource::create("aws_ecs_service.s", json!({"name": "s", "cluster": "c", "alarms": [{"alarm_names": ["other"]}]}))]), SILENT),
        ("not required, for a deployment", requiring(&["none"], [f(), no_action(), Resource::create("aws_ecs_service.s", json!({"name": "s", "cluster": "c", "alarms": [{"alarm_names": ["Errors-alarm"]}]}))]), &[]),
        ("muted, and not required", requiring(&["none"], [f(), Resource::update(A, errors("api"), with(errors("api"), "actions_enabled", json!(false)))]), SILENT),
        (
            "a second alarm is heard",
            Plan::new([f(), no_action(), Resource::create("aws_cloudwatch_metric_alarm.b", errors("api"))])
                .settings(json!({"require": ["lambda-errors"], "every-alarm-acts": false})),
            &[],
        ),
        ("a second alarm is heard, and each must be", requiring(&["lambda-errors"], [f(), no_action(), Resource::create("aws_cloudwatch_metric_alarm.b", errors("api"))]), SILENT),
        ("in a composite that never fires", under(c(json!("FALSE AND (ALARM(Errors-alarm) OR ALARM(x))"))), SILENT),
        ("in a composite that fires only with another", under(c(json!("ALARM(Errors-alarm) AND ALARM(x)"))), SILENT),
        ("in a composite that waits for two of three", under(c(json!("AT_LEAST(2, ALARM, (Errors-alarm, x, y))"))), SILENT),
        ("in a composite that always fires", under(c(json!("ALARM(Errors-alarm) OR NOT ALARM(x)"))), SILENT),
        ("in a composite of another region", under(c(json!("ALARM(Errors-alarm)")).region("us-east-1")), &[]),
        (
            "in a composite that is known to be elsewhere",
            requiring(&["lambda-errors"], [f(), no_action().region("eu-west-1"), c(json!("ALARM(Errors-alarm)")).region("us-east-1")]),
            SILENT,
        ),
        (
            "in two composites that only together fire a third",
            under_all(&[("c", "ALARM(Errors-alarm)", false), ("d", "ALARM(Errors-alarm)", false), ("e", "ALARM(c) AND ALARM(d)", true)]),
            &[],
        ),
        ("by a topic that goes", requiring(&["lambda-errors"], [f(), Resource::unchanged(A, errors("api")), Resource::delete("aws_sns_topic.t", json!({"arn": TOPIC, "name": "on-call"}))]), SILENT),
        ("by a topic that stays", requiring(&["lambda-errors"], [f(), Resource::unchanged(A, errors("api")), Resource::unchanged("aws_sns_topic.t", json!({"arn": TOPIC, "name": "on-call"}))]), &[]),
        ("muted in a window", muted("cron(0 2 * * SUN)", "PT2H", json!(["Errors-alarm"])), &[]),
        ("muted once", muted("at(2027-01-01T00:00)", "P10D", json!(["Errors-alarm"])), &[]),
        ("muted for ever", muted("cron(0 0 * * *)", "P1D", json!(["Errors-alarm"])), SILENT),
        ("another alarm muted for ever", muted("cron(0 0 * * *)", "P1D", json!(["x"])), &[]),
        ("muted for a time that is not known", muted("every now and then", "P1D", json!(["Errors-alarm"])), UNHEARD),
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
            &["silent-alarm violation aws_cloudwatch_composite_alarm.c", "silent-alarm violation aws_cloudwatch_metric_alarm.a"],
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
        ("by known arn", sqs(vec![Resource::unchanged(d, with(queue(json!("dead")), "arn", json!(arn))), Resource::unchanged(q, main(policy(arn)))]), &[
            "sqs-dead-letters-unwatched violation(existing) aws_sqs_queue.d",
            "sqs-age-unwatched violation(existing) aws_sqs_queue.q",
        ]),
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
        assert!(tested.contains(&row.id) || !row.default, "{} has no case", row.id);
        assert_eq!(row.rule.id, format!("{}-unwatched", row.id));
        assert!(row.rule.links.iter().all(|link| link.starts_with("https://docs.aws.amazon.com/")), "{}", row.id);
    }
    for (id, address, resource, right, wrong) in rows {
        let plan =
            |object: &Json| requiring(&[id], [Resource::create(address, resource.clone()), Resource::create(A, object.clone()).refers("dimensions", address)]);
        assert_eq!(lines(&plan(&right)), [""; 0], "{id}: the right alarm");
        assert_eq!(lines(&plan(&wrong)), [format!("{id}-unwatched violation {address}")], "{id}: the wrong alarm");
    }
}

/// Every row, with a resource and an alarm made from what the row itself says: the alarm
/// satisfies it by value, by reference to the attribute that the dimension wants, and not
/// by another metric, another value or another attribute.
#[test]
fn every_row_is_satisfied_by_what_it_asks_for() {
    use crate::requirement::{Expected, Role, SET};
    for row in crate::requirements::ALL.iter().filter(|row| row.role == Role::Any) {
        let kind = row.types[0];
        let address = format!("{kind}.x");
        let metric = &row.metrics[0];
        let resource = |known: bool| {
            let mut object = json!({});
            let mut put = |path: &str, value: Json| match path.split_once("[0].") {
                Some((block, name)) => object[block] = json!([{name: value}]),
                None => object[path] = value,
            };
            for dimension in metric.dimensions {
                match dimension.value {
                    Expected::Attribute(path) if known => put(path, json!("x-1")),
                    Expected::Member(path) if known => put(path, json!(["x-1"])),
                    Expected::Attribute(path) | Expected::Member(path) => put(path, unknown()),
                    Expected::Tail(path) => put(path, json!("arn:aws:ecs:eu-west-1:123456789012:cluster/main")),
                    Expected::OneOf(_) | Expected::Any => {}
                }
            }
            for condition in row.when {
                put(condition.attribute, json!(if condition.is == SET { "4" } else { condition.is[0] }));
            }
            object
        };
        let dimensions = |named: &str| {
            let entries = metric.dimensions.iter().map(|dimension| {
                let value = match dimension.value {
                    Expected::Attribute(_) | Expected::Member(_) => named,
                    Expected::Tail(_) => "main",
                    Expected::OneOf(values) => values[0],
                    Expected::Any => "anything",
                };
                (dimension.name.to_owned(), json!(value))
            });
            Json::Object(entries.collect())
        };
        let missing = [format!("{}-unwatched violation {address}", row.id)];
        let judge = |known: bool, alarm: Resource| lines(&requiring(&[row.id], [Resource::create(&address, resource(known)), alarm]));
        let by_value = |named: &str, name: &str| Resource::create(A, alarm(row.namespace, name, dimensions(named)));
        assert_eq!(judge(true, by_value("x-1", metric.name)), [""; 0], "{}", row.id);
        assert_eq!(judge(true, by_value("x-2", metric.name)), missing, "{}", row.id);
        assert_eq!(judge(true, by_value("x-1", "SomethingElse")), missing, "{}", row.id);
        let path = metric.dimensions.iter().find_map(|dimension| match dimension.value {
            Expected::Attribute(path) | Expected::Member(path) => Some(path),
            _ => None,
        });
        let by_reference = |attribute: &str| {
            Resource::create(A, alarm(row.namespace, metric.name, unknown())).refers("dimensions", &format!("{address}.{attribute}"))
        };
        assert_eq!(judge(false, by_reference(path.unwrap_or_default())), [""; 0], "{}", row.id);
        assert_eq!(judge(false, by_reference("owner_id")), [format!("{}-unwatched undetermined {address}", row.id)], "{}", row.id);
        assert_eq!(row.rule.id, format!("{}-unwatched", row.id));
        assert!(row.rule.links.iter().all(|link| link.starts_with("https://docs.aws.amazon.com/")), "{}", row.id);
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
    let custom_any = |object: Json| {
        Plan::new([Resource::create("aws_kinesis_analytics_application.a", object)]).settings(json!({
            "require": ["late"],
            "custom": {"late": {"resource-type": "aws_kinesis_analytics_application", "namespace": "AWS/KinesisAnalytics", "metrics": ["MillisBehindLatest"], "dimensions": {"Application": "name"}}},
        }))
    };
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
        (
            "all",
            set(json!({"require": ["all"], "exclude": [{"address": "*", "alarms": ["lambda-events"]}]})),
            DEFAULT,
        ),
        ("a service that is not in the default set", set(json!({"require": ["lambda-events"]})), &[
            "lambda-duration-unwatched violation aws_lambda_function.f",
            "lambda-iterator-age-unwatched violation aws_lambda_function.f",
            "lambda-lost-events-unwatched violation aws_lambda_function.f",
        ]),
        ("a type that the table does not know", custom_any(json!({"name": "jobs"})), &["custom-metric-unwatched violation aws_kinesis_analytics_application.a"]),
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
        (json!({"require": ["lamda-errors"]}), "require[0]: there is no requirement \"lamda-errors\"; choose from default, all, none, acm, api-gateway"),
        (json!({"require": ["none", "lambda"]}), "require: `none` stands alone"),
        (json!({"exclude": [{"address": "*", "alarms": ["x"]}]}), "exclude[0].alarms: there is no requirement \"x\""),
        (custom("google_project", json!({"R": "name"})), "custom.x: this policy does not see resources of type \"google_project\"; it sees those of the provider for AWS"),
        (custom("aws_iam_role", json!({"R": "path"})), "custom.x.dimensions.R: this policy does not see the attribute \"path\" of aws_iam_role; it sees arn, id, name"),
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

/// A file of the corpus's facts about providers; none where there is no corpus.
#[expect(clippy::print_stdout, reason = "says that a test is skipped")]
fn facts(name: &str) -> Option<Json> {
    let Some(corpus) = std::env::var_os("TOLLGATE_CORPUS") else {
        println!("ignored: TOLLGATE_CORPUS is not set");
        return None;
    };
    let folder = std::path::PathBuf::from(corpus).join("provider-facts");
    let found = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .find(|entry| entry.file_name().to_string_lossy().starts_with(name))
        .and_then(|entry| std::fs::read_to_string(entry.path()).ok())
        .and_then(|text| tollgate_policy::serde_json::from_str::<Json>(&text).ok());
    if found.is_none() {
        println!("ignored: the corpus has no {name}");
    }
    found
}

/// What the tables name is in the schema of the provider, where it is there.
#[test]
fn the_tables_name_what_the_provider_has() {
    let Some(schema) = facts("aws-") else { return };
    let has = |kind: &str, path: &str| {
        let mut at = &schema[kind];
        for name in path.replace("[0]", "").split('.').filter(|name| !name.is_empty()) {
            at = if at["b"].is_object() { &at["b"][name] } else { &at[name] };
        }
        !at.is_null()
    };
    let mut missing = Vec::new();
    let mut want = |kind: &str, path: &str| {
        if !has(kind, path) {
            missing.push(format!("{kind}.{path}"));
        }
    };
    for row in crate::requirements::ALL {
        for kind in row.types {
            want(kind, "");
            for condition in row.when {
                want(kind, condition.attribute);
            }
            for dimension in row.metrics.iter().flat_map(|metric| metric.dimensions) {
                use crate::requirement::Expected;
                if let Expected::Attribute(path) | Expected::Tail(path) | Expected::Member(path) = dimension.value {
                    want(kind, path);
                }
            }
        }
    }
    for (kind, path) in crate::dead_letter::senders().chain(crate::listeners::WAITING.iter().copied()) {
        want(kind, path);
    }
    for (kind, attributes) in crate::identity::same_attributes() {
        for attribute in attributes {
            want(kind, attribute);
        }
    }
    assert_eq!(missing, [""; 0]);
}
