//! How much work large plans make.

use super::*;
use crate::link::COMPARED;

/// The alarm of a number.
type Shape = Box<dyn Fn(usize) -> Json>;

/// How many alarms are compared with a resource, in a plan of `count` functions and as many alarms.
fn compared(count: usize, function: impl Fn(usize) -> Resource, alarm: impl Fn(usize) -> Resource) -> usize {
    let plan = Plan::new((0..count).map(function).chain((0..count).map(alarm))).settings(json!({"require": ["all"], "keep-last-alarm": true}));
    COMPARED.set(0);
    let findings = plan.findings::<AlarmPresence>().len();
    assert!(findings <= 40 * count, "{findings}");
    COMPARED.get()
}

#[test]
fn twice_as_many_resources_are_twice_the_work() {
    let at = |nth: usize| format!("aws_lambda_function.f{nth}");
    let alarm_at = |nth: usize| format!("aws_cloudwatch_metric_alarm.a{nth}");
    let insights = |text: &str| math(json!([with(expression("q", json!(text)), "return_data", json!(true))]));
    let bare = |dimensions: Json| move |_: usize| alarm("AWS/Lambda", "Errors", dimensions.clone());
    let shapes: Vec<(&str, Shape)> = vec![
        ("none", Box::new(bare(json!(null)))),
        ("empty", Box::new(bare(json!({})))),
        ("of other metrics", Box::new(|nth| alarm("AWS/Lambda", &format!("Own{nth}"), json!(null)))),
        ("of other namespaces", Box::new(|nth| alarm(&format!("Own/{nth}"), "Errors", json!(null)))),
        ("of a metric that is not known", Box::new(|_| with(alarm("AWS/Lambda", "Errors", json!(null)), "metric_name", unknown()))),
        ("silent", Box::new(|_| with(alarm("AWS/Lambda", "Errors", json!(null)), "alarm_actions", json!([])))),
        ("a query", Box::new(move |_| insights("SELECT MAX(Errors) FROM \"AWS/Lambda\""))),
        ("a query of others", Box::new(move |_| insights("SELECT MAX(Errors) FROM SCHEMA(\"AWS/Lambda\", Resource)"))),
        ("another function", Box::new(|nth| errors(&format!("other{nth}")))),
    ];
    for (name, shape) in shapes {
        let made = |count| compared(count, |nth| Resource::create(&at(nth), function(&format!("f{nth}"))), |nth| Resource::create(&alarm_at(nth), shape(nth)));
        let same = |count| compared(count, |nth| Resource::unchanged(&at(nth), function(&format!("f{nth}"))), |nth| Resource::unchanged(&alarm_at(nth), shape(nth)));
        let gone = |count| compared(count, |nth| Resource::unchanged(&at(nth), function(&format!("f{nth}"))), |nth| Resource::delete(&alarm_at(nth), shape(nth)));
        for (action, work) in [("made", [made(100), made(200)]), ("same", [same(100), same(200)]), ("gone", [gone(100), gone(200)])] {
            assert!(work[1] <= 2 * work[0] + 200, "{name} {action}: {work:?}");
        }
    }
}

#[test]
fn an_alarm_for_all_still_watches_each() {
    let functions = |count: usize| (0..count).map(|nth| Resource::create(&format!("aws_lambda_function.f{nth}"), function(&format!("f{nth}"))));
    let silent = with(alarm("AWS/Lambda", "Errors", json!(null)), "alarm_actions", json!([]));
    // The one that tells somebody is the last of those that are looked at.
    let alarms = |before: usize| {
        let mut all: Vec<_> = (0..before).map(|nth| Resource::create(&format!("aws_cloudwatch_metric_alarm.a{nth}"), silent.clone())).collect();
        all.push(Resource::create("aws_cloudwatch_metric_alarm.z", alarm("AWS/Lambda", "Errors", json!(null))));
        all
    };
    let found = |alarms: Vec<Resource>| lines(&requiring(&["lambda-errors"], functions(30).chain(alarms)).environment("dev", false));
    assert_eq!(found(alarms(0)), [""; 0]);
    assert_eq!(found(alarms(9)), [""; 0]);
    // Of another region, another account and another metric it is not.
    let elsewhere = functions(2).map(|one| one.region("eu-west-1")).chain([Resource::create(A, alarm("AWS/Lambda", "Errors", json!(null))).region("us-east-1")]);
    assert_eq!(lines(&requiring(&["lambda-errors"], elsewhere)).len(), 2);
    let both = ["eu-west-1", "us-east-1"].into_iter().zip(functions(2)).map(|(region, one)| one.region(region)).chain([Resource::create(A, alarm("AWS/Lambda", "Errors", json!(null))).region("us-east-1")]);
    assert_eq!(lines(&requiring(&["lambda-errors"], both)), ["lambda-errors-unwatched violation aws_lambda_function.f0"]);
    let other = functions(2).chain([Resource::create(A, alarm("AWS/Lambda", "Invocations", json!(null)))]);
    assert_eq!(lines(&requiring(&["lambda-errors"], other)).len(), 2);
}
