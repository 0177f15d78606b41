//! What proves a link besides the values of dimensions, and who sends failures where.

use super::*;

/// The name of a cluster is a part of the name of a service.
#[test]
fn a_service_is_named_with_its_cluster() {
    let (main, other) = ("aws_ecs_cluster.main", "aws_ecs_cluster.other");
    let cluster = |address: &str, name: Json| Resource::create(address, json!({"name": name, "arn": unknown(), "id": unknown()}));
    let service = || Resource::create("aws_ecs_service.s", json!({"name": "web", "cluster": unknown()}));
    let alarm_of = |name: Json| Resource::create(A, alarm("AWS/ECS", "CPUUtilization", json!({"ServiceName": "web", "ClusterName": name})));
    let plan = |name: Json, service: Resource, alarm: Resource| requiring(&["ecs-cpu"], [cluster(main, name), cluster(other, json!("other")), service, alarm]);
    let in_main = || service().refers("cluster", "aws_ecs_cluster.main.id");
    const MISSING: &[&str] = &["ecs-cpu-unwatched violation aws_ecs_service.s"];
    const UNCLEAR: &[&str] = &["ecs-cpu-unwatched undetermined aws_ecs_service.s"];
    check([
        ("by name", plan(json!("main"), in_main(), alarm_of(json!("main"))), &[]),
        ("by the name of another cluster", plan(json!("main"), in_main(), alarm_of(json!("other"))), MISSING),
        ("by a reference", plan(unknown(), in_main(), alarm_of(unknown()).refers("dimensions", "aws_ecs_cluster.main.name")), &[]),
        ("by a reference to another cluster", plan(unknown(), in_main(), alarm_of(unknown()).refers("dimensions", "aws_ecs_cluster.other.name")), MISSING),
        ("by a local value", plan(unknown(), in_main(), alarm_of(unknown()).refers("dimensions", "local.cluster")), UNCLEAR),
        ("by a name, in a cluster that is not known", plan(json!("main"), service().refers("cluster", "local.cluster"), alarm_of(json!("main"))), UNCLEAR),
        ("by a name, in one of two clusters", plan(json!("main"), in_main().refers("cluster", "aws_ecs_cluster.other.id"), alarm_of(json!("main"))), UNCLEAR),
        (
            "by a known ARN",
            requiring(&["ecs-cpu"], [Resource::unchanged("aws_ecs_service.s", json!({"name": "web", "cluster": "arn:aws:ecs:eu-west-1:123456789012:cluster/main"})), Resource::create(A, alarm("AWS/ECS", "CPUUtilization", json!({"ServiceName": "web", "ClusterName": "main"})))]),
            &[],
        ),
        (
            "one service and one cluster for each",
            requiring(
                &["ecs-cpu"],
                ["a", "b"].iter().flat_map(|key| {
                    [
                        cluster(&format!("aws_ecs_cluster.c[\"{key}\"]"), json!(format!("c-{key}"))),
                        Resource::create(&format!("aws_ecs_service.s[\"{key}\"]"), json!({"name": "web", "cluster": unknown()})).refers("cluster", "aws_ecs_cluster.c"),
                    ]
                }).chain([alarm_of(json!("c-b"))]),
            ),
            &["ecs-cpu-unwatched violation aws_ecs_service.s[\"a\"]"],
        ),
    ]);
}

/// A name that is right for another kind of resource of the service.
#[test]
fn a_dimension_of_another_name_is_another_metric() {
    let lb = || Resource::create("aws_lb.front", json!({"arn_suffix": unknown(), "load_balancer_type": "application", "name": "front"}));
    let named = |dimension: &str| requiring(&["alb-5xx"], [lb(), Resource::create(A, alarm("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", json!({dimension: unknown()}))).refers("dimensions", "aws_lb.front.arn_suffix")]);
    check([
        ("the right one", named("LoadBalancer"), &[]),
        ("the one of the classic kind", named("LoadBalancerName"), &["alb-5xx-unwatched violation aws_lb.front"]),
    ]);
}

/// Whatever an alarm is on, it has to tell somebody.
#[test]
fn alarms_of_every_kind_tell_somebody() {
    let promql = || with(with(alarm("", "", json!(null)), "metric_name", json!(null)), "evaluation_criteria", json!([{"promql_criteria": [{"query": "up == 0"}]}]));
    let on_math = || math(json!([query("m1", "Shop", "Orders", json!({"Shop": "eu"})), expression("e", json!("m1 < 1"))]));
    let insights = || math(json!([expression("q", json!("SELECT SUM(Errors) FROM \"AWS/Lambda\""))]));
    let c = "aws_cloudwatch_composite_alarm.c";
    for (address, object) in [(A, promql()), (A, on_math()), (A, insights()), (A, alarm("Shop", "Orders", json!({"Shop": "eu"}))), (c, composite(json!("ALARM(elsewhere)")))] {
        let lost = with(object.clone(), "alarm_actions", json!([]));
        let plan = |resource: Resource| requiring(&["none"], [resource]);
        assert_eq!(lines(&plan(Resource::unchanged(address, object.clone()))), [""; 0]);
        assert_eq!(lines(&plan(Resource::update(address, object.clone(), lost.clone()))), [format!("silent-alarm violation {address}")]);
        assert_eq!(lines(&plan(Resource::update(address, object.clone(), with(object.clone(), "actions_enabled", json!(false))))), [format!("silent-alarm violation {address}")]);
        assert_eq!(lines(&plan(Resource::unchanged(address, lost))), [format!("silent-alarm violation(existing) {address}")]);
    }
}

#[test]
fn topics_that_go() {
    let old = || json!({"arn": TOPIC, "name": "on-call"});
    let a = || Resource::unchanged(A, errors("api"));
    let t = "aws_sns_topic.t";
    let s = "aws_sns_topic_subscription.s";
    let subscription = || json!({"topic_arn": TOPIC, "redrive_policy": null});
    let plan = |topic: Resource| requiring(&["none"], [a(), topic]);
    const SILENT: &[&str] = &["silent-alarm violation aws_cloudwatch_metric_alarm.a"];
    check([
        ("deleted", plan(Resource::delete(t, old())), SILENT),
        ("forgotten", plan(Resource::forget(t, old())), &[]),
        ("replaced under another name", plan(Resource::replace(t, old(), json!({"arn": unknown(), "name": "pager"}))), SILENT),
        ("replaced under its name", plan(Resource::replace(t, old(), json!({"arn": unknown(), "name": "on-call"}))), &[]),
        ("replaced, and its alarm with it", requiring(&["none"], [
            Resource::update(A, errors("api"), with(errors("api"), "alarm_actions", unknown())).refers("alarm_actions", "aws_sns_topic.t.arn"),
            Resource::replace(t, old(), json!({"arn": unknown(), "name": "pager"})),
        ]), &[]),
        ("a deposed one", plan(Resource::delete(t, old()).with(|change| change.deposed = Some("1f".to_owned()))), &[]),
        ("with its subscription", requiring(&["none"], [a(), Resource::delete(t, old()), Resource::delete(s, subscription())]), SILENT),
        ("a subscription that is dropped from the state", requiring(&["none"], [a(), Resource::unchanged(t, old()), Resource::forget(s, subscription())]), &["last-subscription-removed violation aws_sns_topic_subscription.s"]),
    ]);
}

/// Each of those who can send failures to a queue, by value and by reference.
#[test]
fn every_sender_makes_a_dead_letter_queue() {
    let arn = "arn:aws:sqs:eu-west-1:123456789012:dead";
    let url = "https://sqs.eu-west-1.amazonaws.com/123456789012/dead";
    let dead = || json!({"arn": arn, "id": url, "name": "dead", "redrive_policy": null});
    for (kind, path) in crate::dead_letter::senders() {
        let sender = |target: Json| {
            let value = match path {
                "redrive_policy" => target.as_str().map_or_else(unknown, |arn| json!(format!("{{\"deadLetterTargetArn\":\"{arn}\"}}"))),
                "s3_target" | "catalog_target" => json!([{"path": "a", "dlq_event_queue_arn": null}, {"path": "b", "dlq_event_queue_arn": target}]),
                _ => target,
            };
            let object = path.rsplit("[0].").fold(Json::Null, |inner, name| if inner.is_null() { json!({name: value}) } else { json!({name: [inner]}) });
            if kind == crate::dead_letter::ALLOW_POLICY { with(object, "redrive_allow_policy", json!("{\"redrivePermission\":\"byQueue\"}")) } else { object }
        };
        let address = format!("{kind}.sender");
        let judge = |queue: Resource, sender: Resource| lines(&requiring(&["sqs-dead-letters"], [queue, sender]));
        let found = ["sqs-dead-letters-unwatched violation aws_sqs_queue.d"];
        let target = if path.ends_with("url") { url } else { arn };
        let before = ["sqs-dead-letters-unwatched violation(existing) aws_sqs_queue.d"];
        assert_eq!(judge(Resource::unchanged("aws_sqs_queue.d", dead()), Resource::unchanged(&address, sender(json!(target)))), before, "{kind}.{path}");
        assert_eq!(judge(Resource::unchanged("aws_sqs_queue.d", dead()), Resource::unchanged(&address, sender(json!(target.replace("dead", "other"))))), [""; 0], "{kind}.{path}");
        let refers = |to: &str| Resource::create(&address, sender(unknown())).refers(path, to);
        assert_eq!(judge(Resource::create("aws_sqs_queue.d", queue(json!("dead"))), refers("aws_sqs_queue.d.arn")), found, "{kind}.{path}");
        assert_eq!(judge(Resource::create("aws_sqs_queue.d", queue(json!("dead"))), refers("aws_sqs_queue.e.arn")), [""; 0], "{kind}.{path}");
    }
    let allowing = |policy: Json| {
        requiring(
            &["sqs-dead-letters"],
            [Resource::create("aws_sqs_queue.d", queue(json!("dead"))), Resource::create("aws_sqs_queue_redrive_allow_policy.p", json!({"queue_url": unknown(), "redrive_allow_policy": policy})).refers("queue_url", "aws_sqs_queue.d.id")],
        )
    };
    check([
        ("a policy that lets nobody send", allowing(json!("{\"redrivePermission\":\"denyAll\"}")), &[]),
        ("a policy that is known only after apply", allowing(unknown()), &["sqs-dead-letters-unwatched undetermined aws_sqs_queue.d"]),
    ]);
}

/// Something waits for an alarm that it names, and not for one whose name is a part of that.
#[test]
fn who_waits_for_an_alarm() {
    let silent = || Resource::create(A, with(errors("api"), "alarm_actions", json!([])));
    let plan = |resource: Resource| requiring(&["none"], [silent(), resource]);
    let service = |name: &str| Resource::create("aws_ecs_service.s", json!({"name": "s", "cluster": "c", "alarms": [{"alarm_names": [name]}]}));
    let rule = |pattern: &str| Resource::create("aws_cloudwatch_event_rule.r", json!({"name": "r", "event_pattern": pattern}));
    const SILENT: &[&str] = &["silent-alarm violation aws_cloudwatch_metric_alarm.a"];
    check([
        ("a deployment", plan(service("Errors-alarm")), &[]),
        ("a deployment, by ARN", plan(service("arn:aws:cloudwatch:eu-west-1:123456789012:alarm:Errors-alarm")), &[]),
        ("a deployment for another", plan(service("Errors-alarm-2")), SILENT),
        ("a rule for all", plan(rule("{\"detail-type\":[\"CloudWatch Alarm State Change\"]}")), &[]),
        ("a rule for this one", plan(rule("{\"detail-type\":[\"CloudWatch Alarm State Change\"],\"detail\":{\"alarmName\":[\"Errors-alarm\"]}}")), &[]),
        ("a rule for another", plan(rule("{\"detail-type\":[\"CloudWatch Alarm State Change\"],\"detail\":{\"alarmName\":[\"x\"]}}")), SILENT),
        ("a rule for something else", plan(rule("{\"source\":[\"Errors-alarm\"]}")), SILENT),
    ]);
}

/// Every service of the list is in the table, with its metrics, or is left out for a reason.
#[test]
fn the_list_of_services_is_covered() {
    // Bounces are of the account, trails have no metrics, and a broker of ActiveMQ goes by its
    // name with a number behind it, which is in no attribute.
    const LEFT_OUT: &[(&str, &str)] = &[("aws_ses_configuration_set", "*"), ("aws_cloudtrail", "*"), ("aws_mq_broker", "CpuUtilization"), ("aws_mq_broker", "StorePercentUsage")];
    let Some(services) = facts("alarm-services") else { return };
    let mut missing = Vec::new();
    for service in services.as_array().into_iter().flatten() {
        let kind = service["type"].as_str().and_then(|text| text.split(' ').next()).unwrap_or_default();
        for metric in service["metrics"].as_array().into_iter().flatten().filter_map(Json::as_str) {
            let left_out = LEFT_OUT.iter().any(|(of, name)| *of == kind && (*name == "*" || *name == metric));
            let watched = crate::requirements::ALL.iter().any(|row| row.types.contains(&kind) && row.metrics.iter().any(|known| known.name == metric));
            if left_out == watched {
                missing.push(format!("{kind} {metric}"));
            }
        }
    }
    assert_eq!(missing, [""; 0]);
}
