//! What is switched off while it stays in the configuration.

use super::*;
use crate::rules::alarm_weakened::{FILTER, On, SWITCHES};

/// The outcome and the attribute of the findings of the rule.
fn weakened(resources: impl IntoIterator<Item = Resource>) -> Vec<String> {
    requiring(&["none"], resources)
        .findings::<AlarmPresence>()
        .iter()
        .filter_map(|line| line.strip_prefix("alarm-weakened ")?.split(": ").next().map(str::to_owned))
        .collect()
}

#[test]
fn every_switch() {
    for row in SWITCHES {
        let address = format!("{}.x", row.kind);
        let at = |value: Json| json!({row.path: value});
        let (on, off) = match row.on {
            On::True | On::Set => (json!(true), json!(false)),
            On::False | On::MostlyFalse => (json!(false), json!(true)),
            On::Filled => (json!(["x"]), json!([])),
        };
        let update = |before: &Json, after: &Json| weakened([Resource::update(&address, at(before.clone()), at(after.clone()))]);
        let outcome = if row.on == On::MostlyFalse { "violation(advice)" } else { "violation" };
        assert_eq!(update(&on, &off), [format!("{outcome} {address} [{}]", row.path)]);
        for (before, after) in [(&off, &on), (&on, &on), (&off, &off)] {
            assert_eq!(update(before, after), [""; 0], "{address} {}", row.path);
        }
        let unclear = update(&on, &unknown());
        assert_eq!(unclear.len(), usize::from(row.on != On::Filled), "{unclear:?}");
        let by_default = update(&json!(null), &off);
        assert_eq!(by_default.len(), usize::from(!matches!(row.on, On::Set | On::Filled)), "{by_default:?}");
        assert_eq!(weakened([Resource::create(&address, at(off))]), [""; 0]);
    }
}

#[test]
fn alarms_that_nothing_makes_fire() {
    const C: &str = "aws_cloudwatch_composite_alarm.c";
    let rule = |before: &str, after: &str| weakened([Resource::update(C, composite(json!(before)), composite(json!(after)))]);
    assert_eq!(rule("ALARM(x)", "FALSE"), [format!("violation {C} [alarm_rule]")]);
    assert_eq!(rule("ALARM(x)", "ALARM(y)"), [""; 0]);
    assert_eq!(rule("FALSE", "FALSE"), [""; 0]);
    let data = |before: Json, after: Json| {
        let of = |value| with(errors("f"), "treat_missing_data", value);
        weakened([Resource::update(A, of(before), of(after))])
    };
    let advice = [format!("violation(advice) {A} [treat_missing_data]")];
    for now in [json!("notBreaching"), json!("ignore"), json!(null)] {
        assert_eq!(data(json!("breaching"), now), advice);
    }
    assert_eq!(data(json!("notBreaching"), json!("ignore")), [""; 0]);
    assert_eq!(data(json!("breaching"), json!("breaching")), [""; 0]);
}

#[test]
fn the_filter_that_makes_a_metric() {
    let filter = |name: &str| json!({"name": "f", "log_group_name": "l", "pattern": "ERROR", "metric_transformation": [{"name": name, "namespace": "Own", "value": "1"}]});
    let address = format!("{}.f", FILTER.0);
    let gone = || Resource::delete(&address, filter("Errors"));
    let watching = || Resource::unchanged(A, alarm("Own", "Errors", json!(null)));
    let found = [format!("violation {address} [{}]", FILTER.1)];
    assert_eq!(weakened([gone(), watching()]), found);
    assert_eq!(weakened([gone()]), [""; 0]);
    assert_eq!(weakened([gone(), Resource::delete(A, alarm("Own", "Errors", json!(null)))]), [""; 0]);
    assert_eq!(weakened([gone(), Resource::unchanged(A, alarm("Own", "Others", json!(null)))]), [""; 0]);
    let another = |name: &str| Resource::create(&format!("{}.g", FILTER.0), filter(name));
    assert_eq!(weakened([gone(), watching(), another("Errors")]), [""; 0]);
    assert_eq!(weakened([gone(), watching(), another("Others")]), found);
}

/// What is compared is in the schemas of the providers, where they are there.
#[test]
fn the_switches_are_in_the_schemas() {
    for row in SWITCHES {
        let provider = row.kind.split('_').next().unwrap_or_default();
        let Some(schema) = facts(&format!("{provider}-")) else { return };
        assert!(!schema[row.kind][row.path].is_null(), "{}.{}", row.kind, row.path);
    }
}
