#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value as Json, json};

use super::*;
use crate::plan::PlanText;

/// One entry of a list of changes, with everything that tools write.
fn change(address: &str, actions: &[&str]) -> Json {
    let (mode, rest) = match address.strip_prefix("data.") {
        Some(rest) => ("data", rest),
        None => ("managed", address),
    };
    let (kind, name) = rest.split_once('.').unwrap();
    let (before, after) = match actions {
        ["create" | "read"] => (Json::Null, json!({"id": "i"})),
        ["delete" | "forget"] => (json!({"id": "i"}), Json::Null),
        _ => (json!({"id": "i"}), json!({"id": "i"})),
    };
    json!({
        "address": address,
        "mode": mode,
        "type": kind,
        "name": name,
        "provider_name": "registry.opentofu.org/hashicorp/aws",
        "change": {
            "actions": actions,
            "before": before,
            "after": after,
            "after_unknown": {},
            "before_sensitive": {},
            "after_sensitive": {},
        },
    })
}

/// A prior state that has these resources.
fn prior_state(addresses: &[&str]) -> Json {
    let resource = |address: &&str| {
        let (kind, name) = address.split_once('.').unwrap();
        json!({"address": address, "mode": "managed", "type": kind, "name": name})
    };
    let resources: Vec<Json> = addresses.iter().map(resource).collect();
    json!({"values": {"root_module": {"resources": resources}}})
}

/// A plan with these keys besides what every plan has; null leaves one out.
fn document(more: &Json) -> String {
    let mut document = json!({
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "errored": false,
        "configuration": {},
        "planned_values": {},
    });
    for (key, value) in more.as_object().unwrap() {
        document[key] = value.clone();
    }
    document.to_string()
}

fn asked<T>(document: &str, what: impl FnOnce(&Plan<'_>) -> T) -> T {
    let text = PlanText::from_bytes(document.into()).unwrap();
    what(&text.read().unwrap())
}

fn of(more: &Json) -> PlanFacts {
    asked(&document(more), facts)
}

#[test]
fn every_change_is_counted_once_and_what_goes_is_named() {
    let mut deposed = change("aws_x.replaced", &["delete"]);
    deposed["deposed"] = json!("1a2b");
    let facts = of(&json!({"resource_changes": [
        change("aws_x.same", &["no-op"]),
        change("aws_x.made", &["create"]),
        change("aws_x.made_too", &["create"]),
        change("data.aws_x.read", &["read"]),
        change("aws_x.changed", &["update"]),
        change("aws_x.destroyed", &["delete"]),
        change("aws_x.replaced", &["delete", "create"]),
        change("aws_x.forgotten", &["forget"]),
        deposed,
    ]}));
    let expected = ActionCounts {
        no_op: 1,
        create: 2,
        read: 1,
        update: 1,
        delete: 2,
        replace: 1,
        forget: 1,
    };
    assert_eq!(facts.actions, expected);
    assert_eq!(
        facts.destroyed,
        ["aws_x.destroyed", "aws_x.replaced (deposed 1a2b)"]
    );
    assert_eq!(facts.replaced, ["aws_x.replaced"]);
    assert_eq!(facts.forgotten, ["aws_x.forgotten"]);
    assert_eq!((facts.deposed, facts.moved, facts.imported), (1, 0, 0));
    assert!(facts.drift.is_empty() && facts.gone.is_empty());
}

#[test]
fn what_moves_is_known_by_every_former_address() {
    let from = |mut change: Json, previous: &str| {
        change["previous_address"] = json!(previous);
        change
    };
    let mut imported = change("aws_x.imported", &["no-op"]);
    imported["change"]["importing"] = json!({"id": "i"});
    let document = document(&json!({
        "resource_changes": [
            from(change("aws_x.new", &["no-op"]), "aws_x.old"),
            imported,
            change("aws_x.stays", &["no-op"]),
        ],
        "resource_drift": [from(change("aws_x.new", &["update"]), "aws_x.older")],
        "deferred_changes": [{
            "reason": "instance_count_unknown",
            "resource_change": from(change("aws_x.later", &["create"]), "aws_x.earlier"),
        }],
    }));
    let names =
        |names: &[&str]| -> BTreeSet<String> { names.iter().map(ToString::to_string).collect() };
    assert_eq!(
        asked(&document, moved),
        BTreeMap::from([
            ("aws_x.later".to_owned(), names(&["aws_x.earlier"])),
            ("aws_x.new".to_owned(), names(&["aws_x.old", "aws_x.older"])),
        ])
    );
    // Only what is planned counts.
    let facts = asked(&document, facts);
    assert_eq!((facts.moved, facts.imported), (1, 1));
}

#[test]
fn drift_is_what_differs_and_gone_what_is_no_longer_there() {
    let drifted = |name: &str, before: Json, after: Json| {
        let mut change = change(name, &["update"]);
        change["change"]["before"] = before;
        change["change"]["after"] = after;
        change
    };
    let document = document(&json!({"resource_drift": [
        change("aws_x.same", &["no-op"]),
        // Read back in another form.
        drifted("aws_x.rewritten", json!({"tags": null}), json!({"tags": {}})),
        drifted(
            "aws_x.changed",
            json!({"size": 1, "name": "n"}),
            json!({"size": 2, "name": "n"}),
        ),
        drifted("aws_x.unreadable", json!({}), json!({"first": 1, "second": 2})),
        change("aws_x.gone", &["delete"]),
        change("aws_x.forgotten", &["forget"]),
    ]}));
    // A key that occurs twice: what changed cannot be told, and it may be anything.
    let document = document.replace("\"second\"", "\"first\"");
    let facts = asked(&document, facts);
    assert_eq!(facts.drift, ["aws_x.changed", "aws_x.unreadable"]);
    let attributes = BTreeMap::from([("aws_x.changed".to_owned(), vec!["size".to_owned()])]);
    assert_eq!(facts.drift_attributes, attributes);
    assert_eq!(facts.gone, ["aws_x.gone", "aws_x.forgotten"]);
    // Nothing of it is planned.
    assert_eq!(facts.actions, ActionCounts::default());
}

#[test]
fn a_plan_of_a_part_says_what_it_leaves_open() {
    const TARGET: &str = "the plan says that it does not cover the whole configuration, as one made with -target does not";
    const SILENT: &str = "the plan does not speak of everything that the state has, as one made with -target does not: ";
    let silent = |names: &str| format!("{SILENT}{names}");
    for (complete, left_alone, deferred, expected) in [
        (Some(true), &[][..], &[][..], vec![]),
        (None, &[], &[], vec![]),
        (Some(false), &[], &[], vec![TARGET.to_owned()]),
        // It says so itself, and once is enough.
        (Some(false), &["aws_x.a"], &[], vec![TARGET.to_owned()]),
        (None, &["aws_x.a"], &[], vec![silent("aws_x.a")]),
        (
            Some(true),
            &["aws_x.a", "aws_x.b", "aws_x.c"],
            &[],
            vec![silent("aws_x.a, aws_x.b, aws_x.c")],
        ),
        (
            None,
            &["aws_x.a", "aws_x.b", "aws_x.c", "aws_x.d", "aws_x.e"],
            &[],
            vec![silent("aws_x.a, aws_x.b, aws_x.c and 2 more")],
        ),
        // What is put off is why it is not complete.
        (
            Some(false),
            &[],
            &["aws_y.a"],
            vec!["1 change is put off to a later plan".to_owned()],
        ),
        (
            Some(true),
            &["aws_x.a"],
            &["aws_y.a", "aws_y.b"],
            vec![
                silent("aws_x.a"),
                "2 changes are put off to a later plan".to_owned(),
            ],
        ),
    ] {
        let mut stored = vec!["aws_x.stays"];
        stored.extend_from_slice(left_alone);
        let put_off = |address: &&str| json!({"reason": "instance_count_unknown", "resource_change": change(address, &["create"])});
        let facts = of(&json!({
            "complete": complete,
            "resource_changes": [change("aws_x.stays", &["no-op"])],
            "prior_state": prior_state(&stored),
            "deferred_changes": deferred.iter().map(put_off).collect::<Vec<_>>(),
        }));
        assert_eq!(
            facts.incomplete, expected,
            "{complete:?} {left_alone:?} {deferred:?}"
        );
        assert_eq!(facts.complete, complete);
    }
}

#[test]
fn what_tools_write_and_a_plan_leaves_out_is_told() {
    let stays = change("aws_x.stays", &["no-op"]);
    let made = change("aws_x.made", &["create"]);
    let mut deposed = change("aws_x.made", &["delete"]);
    deposed["deposed"] = json!("1a2b");
    let lacking = |change: &Json, key: &str| {
        let mut change = change.clone();
        let of = if change["change"].get(key).is_some() {
            &mut change["change"]
        } else {
            &mut change
        };
        of.as_object_mut().unwrap().remove(key);
        change
    };
    let stored = prior_state(&["aws_x.stays"]);
    for (lack, more, expected) in [
        ("nothing", json!({}), &[][..]),
        (
            "the configuration",
            json!({"configuration": null}),
            &["no `configuration`: "],
        ),
        ("`errored`", json!({"errored": null}), &["no `errored`: "]),
        (
            "`errored`, which this version does not write",
            json!({"errored": null, "terraform_version": "1.6.6"}),
            &[],
        ),
        (
            "`errored`, and what made it",
            json!({"errored": null, "terraform_version": null}),
            &[],
        ),
        (
            "the state of what is there",
            json!({"prior_state": null}),
            &["nothing in `prior_state`: "],
        ),
        (
            "the state, where nothing is there yet",
            json!({"prior_state": null, "resource_changes": [made, deposed]}),
            &[],
        ),
        (
            "one provider",
            json!({"resource_changes": [lacking(&stays, "provider_name"), made]}),
            &["no `provider_name` in 1 change: "],
        ),
        (
            "both providers",
            json!({"resource_changes": [lacking(&stays, "provider_name"), lacking(&made, "provider_name")]}),
            &["no `provider_name` in 2 changes: "],
        ),
        (
            "the marks of one side",
            json!({"resource_changes": [lacking(&stays, "after_sensitive"), made]}),
            &["no marks of what is sensitive in 1 change: "],
        ),
        (
            "the marks of a side that is not there",
            json!({"resource_changes": [stays, lacking(&made, "before_sensitive")]}),
            &[],
        ),
        (
            "everything, and changes nothing",
            json!({"configuration": null, "errored": null, "prior_state": null, "resource_changes": []}),
            &[],
        ),
    ] {
        let mut whole = json!({"resource_changes": [stays], "prior_state": stored});
        for (key, value) in more.as_object().unwrap() {
            whole[key] = value.clone();
        }
        let found = of(&whole).left_out;
        assert_eq!(found.len(), expected.len(), "{lack}: {found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(expected), "{lack}: {found}");
        }
    }
}

#[test]
fn tools_write_errored_since_1_7() {
    for (version, expected) in [
        ("1.7.0", true),
        ("1.7.0-beta1", true),
        ("1.10.3", true),
        ("2.0.0", true),
        ("1.6.6", false),
        ("0.15.5", false),
        // What is no version says nothing.
        ("1", false),
        ("v1.9.0", false),
        ("1.x", false),
        ("", false),
    ] {
        assert_eq!(writes_errored(version), expected, "{version}");
    }
}

#[test]
fn whatever_is_no_change_is_named_with_a_word() {
    let check = |status: &str| {
        let name = format!("check.{status}");
        json!({"address": {"to_display": name}, "status": status, "instances": []})
    };
    let invocation = |name: &str| json!({"address": name, "type": "a", "provider_name": "p"});
    let facts = of(&json!({
        "checks": [check("pass"), check("fail"), check("error"), check("later")],
        "deferred_changes": [{
            "reason": "provider_config_unknown",
            "resource_change": change("aws_x.later", &["create"]),
        }],
        "action_invocations": [invocation("action.a.now")],
        "deferred_action_invocations": [{
            "reason": "deferred_prereq",
            "action_invocation": invocation("action.a.later"),
        }],
    }));
    let labelled = |name: &str, note: &str| Labelled {
        name: name.to_owned(),
        note: note.to_owned(),
    };
    assert_eq!(
        facts.checks,
        [
            labelled("check.fail", "fail"),
            labelled("check.error", "error"),
            // A status that came later is not a pass.
            labelled("check.later", "unknown"),
        ]
    );
    assert_eq!(
        facts.deferred,
        [labelled("aws_x.later", "provider_config_unknown")]
    );
    assert_eq!(facts.action_invocations, ["action.a.now", "action.a.later"]);
    assert_eq!(facts.terraform_version.as_deref(), Some("1.9.0"));
}
