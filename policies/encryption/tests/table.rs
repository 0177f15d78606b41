//! Each switch of the table, on its good and on its bad side.

use encryption::Encryption;
use encryption::table::{Concern, rows, source};
use tollgate_policy::serde_json::json;
use tollgate_policy::testing::{Plan, Resource};
use tollgate_policy_common::switch::Switch;
use tollgate_policy_common::switch::proof::{beside_the_point, example};

fn rule(about: Concern) -> &'static str {
    match about {
        Concern::AtRest => "unencrypted-at-rest",
        Concern::Topic => "topic-unencrypted",
        Concern::InTransit => "unencrypted-in-transit",
        Concern::Tls => "weak-tls",
        Concern::Key => "customer-key-missing",
        Concern::Rotation => "key-rotation-off",
    }
}

/// How each switch of the table is judged in a resource of its own: whether its rule finds it, and
/// says that the plan brings it about. `resource` makes the resource, of its address.
fn judge(
    resource: impl Fn(&Switch<Concern>, &str) -> Option<Resource>,
) -> Vec<(String, bool, bool)> {
    let mut switches = Vec::new();
    let mut resources = Vec::new();
    for row in rows() {
        for kind in row.kinds {
            for switch in row.switches {
                let at = format!("{kind}.x{}", switches.len());
                let of_attribute = |one: &&Switch<Concern>| one.declared() == switch.declared();
                // Another switch may be about the same attribute.
                let alone = row.switches.iter().filter(of_attribute).count() == 1;
                if let Some(resource) = resource(switch, &at) {
                    switches.push((at, switch, alone));
                    resources.push(resource);
                }
            }
        }
    }
    let findings = Plan::new(resources)
        .settings(json!({"customer-keys": ["*"], "volumes-encrypted-by-default": true}))
        .findings::<Encryption>();
    switches
        .into_iter()
        .map(|(at, switch, alone)| {
            let mark = format!(" {at} [{}]", switch.declared());
            let mut of_it = findings
                .iter()
                .filter(|line| line.starts_with(rule(switch.about)) && line.contains(&mark));
            let found = of_it.clone().count() > 0;
            let planned = of_it.any(|line| line.contains(" violation "));
            let what = format!(
                "{at} {}{}",
                switch.path,
                if alone { "" } else { " and others" }
            );
            (what, found, planned)
        })
        .collect()
}

/// Those that are judged in another way.
fn others(judged: Vec<(String, bool, bool)>, expected: (bool, bool)) -> Vec<String> {
    judged
        .into_iter()
        .filter(|(_, found, planned)| (*found, *planned) != expected)
        .map(|(what, _, _)| what)
        .collect()
}

#[test]
fn each_switch_is_found_where_it_is_bad_and_only_there() {
    let none: [&str; 0] = [];
    let bad = |switch: &Switch<Concern>| example(switch, false);
    let created = judge(|switch, at| Some(Resource::create(at, bad(switch)?)));
    assert!(created.len() > 200, "{}", created.len());
    assert_eq!(others(created, (true, true)), none);
    let unchanged = judge(|switch, at| Some(Resource::unchanged(at, bad(switch)?)));
    assert_eq!(others(unchanged, (true, false)), none);
    let deleted = judge(|switch, at| Some(Resource::forget(at, bad(switch)?)));
    assert_eq!(others(deleted, (false, false)), none);
    let turned =
        judge(|switch, at| Some(Resource::update(at, example(switch, true)?, bad(switch)?)));
    assert_eq!(others(turned, (true, true)), none);
    let good = judge(|switch, at| Some(Resource::create(at, example(switch, true)?)));
    let found: Vec<_> = others(good, (false, false))
        .into_iter()
        .filter(|what| !what.ends_with(" and others"))
        .collect();
    assert_eq!(found, none);
}

#[test]
fn no_switch_is_found_where_it_means_nothing() {
    let mut judged = 0;
    for condition in 0..3 {
        let apart = judge(|switch, at| {
            switch.when.get(condition)?;
            Some(Resource::create(at, beside_the_point(switch, condition)?))
        });
        judged += apart.len();
        let found: Vec<_> = others(apart, (false, false))
            .into_iter()
            .filter(|what| !what.ends_with(" and others"))
            .collect();
        assert_eq!(found, [] as [&str; 0], "condition {condition}");
    }
    assert!(judged > 10, "{judged}");
}

#[test]
fn each_switch_says_how_to_put_it_right_and_where_it_is_documented() {
    for row in rows() {
        for switch in row.switches {
            let advice = switch.advice();
            assert!(
                advice.ends_with('.') && !advice.contains("\"\""),
                "{advice}"
            );
        }
        for kind in row.kinds {
            assert!(source(kind).is_some(), "{kind}");
        }
    }
}
