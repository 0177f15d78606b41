//! Where switches stand in plans.

use tollgate_policy::serde_json::{Value as Json, json};
use tollgate_policy::testing::{Plan, Resource, unknown};
use tollgate_policy::{
    Cause, Evaluation, Finding, Input, Interest, NoSettings, Policy, RuleDef, Severity,
};
use tollgate_policy_common::switch::{
    self, Companions, Good, Row, Switch, Unset, When, is_open, is_open_range,
};

const RULE: RuleDef = RuleDef {
    id: "bad",
    title: "Switches on the bad side",
    description: "For tests.",
    severity: Severity::Low,
    remediation: "Turn it.",
    example: "",
    links: &[],
};

const fn of(path: &'static str, good: Good, unset: Unset) -> Switch<()> {
    Switch::new((), path, good, unset)
}

static ROWS: &[Row<()>] = &[
    Row {
        kinds: &["t_since"],
        switches: &[of("on", Good::True, Unset::Bad("false")).since("6.1.0")],
    },
    Row {
        kinds: &["t_until"],
        switches: &[of("on", Good::True, Unset::Bad("false")).until("4.0.0")],
    },
    Row {
        kinds: &["t_most"],
        switches: &[of("days", Good::AtMost(365), Unset::Good)],
    },
    Row {
        kinds: &["t_least"],
        switches: &[of("days", Good::AtLeast(7), Unset::Bad("0"))],
    },
    Row {
        kinds: &["t_seconds"],
        switches: &[of("period", Good::SecondsAtMost(86_400), Unset::Unstated)],
    },
    Row {
        kinds: &["t_nested"],
        switches: &[of("a[].b[].c[0].on", Good::True, Unset::Bad("false"))
            .key("name")
            .when(&[
                When::is_or_unset("./kind", &["disk*"]),
                When::not("mode", &["off"]),
            ])],
    },
    Row {
        kinds: &["t_named"],
        switches: &[of("key", Good::NamedBut(&["*alias/aws/*"]), Unset::Bad("")).computed()],
    },
    Row {
        kinds: &["t_owner"],
        switches: &[of("rules", Good::Present, Unset::Bad("")).or("t_rules", "owner_id")],
    },
    Row {
        kinds: &["t_store"],
        switches: &[of("key", Good::Named, Unset::Bad("")).or_named("t_key", "store", "name")],
    },
    Row {
        kinds: &["t_advised"],
        switches: &[of("default", Good::False, Unset::Good).advised()],
    },
    Row {
        kinds: &["t_two"],
        switches: &[
            of("first", Good::ClosedUpTo("last"), Unset::Good),
            of("range[].first", Good::ClosedUpTo("last"), Unset::Good),
        ],
    },
];

struct Switches;

impl Policy for Switches {
    type Settings = NoSettings;
    const NAME: &'static str = "switches";
    const VERSION: &'static str = "1.0.0";
    const DESCRIPTION: &'static str = "For tests.";
    const RULES: &'static [&'static RuleDef] = &[&RULE];

    fn interests() -> Vec<Interest> {
        switch::interests(ROWS.iter())
    }

    fn evaluate(input: &Input<'_, NoSettings>) -> Result<Evaluation, String> {
        let companions = Companions::among(&input.changes, ROWS.iter());
        let mut findings: Vec<Finding> = Vec::new();
        for change in &input.changes {
            let switches = ROWS
                .iter()
                .filter(|row| row.kinds.contains(&change.kind.as_str()))
                .flat_map(|row| row.switches);
            for fault in switch::faults(change, switches, &companions) {
                assert_eq!(fault.cause == Cause::Advice, change.kind == "t_advised");
                findings.push(fault.finding(&RULE, change, "it is bad", "it is good"));
            }
        }
        Ok(Evaluation {
            findings,
            documents: Vec::new(),
            extensions: Vec::new(),
        })
    }
}

fn judged(resource: Resource) -> Vec<String> {
    Plan::new([resource]).findings::<Switches>()
}

fn created(kind: &str, after: Json) -> Vec<String> {
    judged(Resource::create(&format!("{kind}.x"), after))
}

#[test]
fn versions_of_a_provider() {
    // A plan of an older version does not have the attribute at all.
    assert_eq!(
        created("t_since", json!({"name": "x"})),
        [
            "bad undetermined(advice) t_since.x [on]: whether it is good cannot be told: the provider version in use does not have `on`, which came with version 6.1.0"
        ]
    );
    assert_eq!(
        created("t_since", json!({"on": null})),
        ["bad violation t_since.x [on]: it is bad: `on` is not set, and the default is `false`"]
    );
    assert_eq!(created("t_until", json!({"name": "x"})), [] as [&str; 0]);
    assert_eq!(
        created("t_until", json!({"on": false})),
        ["bad violation t_until.x [on]: it is bad: `on` is `false`"]
    );
}

#[test]
fn numbers() {
    for (kind, after, bad) in [
        ("t_most", json!({"days": 365}), false),
        ("t_most", json!({"days": 366}), true),
        ("t_most", json!({"days": "366"}), true),
        ("t_most", json!({"days": null}), false),
        ("t_most", json!({"days": "many"}), true),
        ("t_most", json!({"days": 1.5}), true),
        ("t_least", json!({"days": 7}), false),
        ("t_least", json!({"days": 6}), true),
        ("t_least", json!({"days": null}), true),
        ("t_seconds", json!({"period": "86400s"}), false),
        ("t_seconds", json!({"period": "86400.5s"}), false),
        ("t_seconds", json!({"period": "86401s"}), true),
        (
            "t_seconds",
            json!({"period": "99999999999999999999s"}),
            true,
        ),
        ("t_seconds", json!({"period": ""}), true),
        ("t_seconds", json!({"period": null}), true),
    ] {
        assert_eq!(
            !created(kind, after.clone()).is_empty(),
            bad,
            "{kind} {after}"
        );
    }
}

#[test]
fn blocks_in_blocks_that_are_repeated() {
    let block =
        |name: &str, kind: Json, on: Json| json!({"name": name, "kind": kind, "c": [{"on": on}]});
    let a = |blocks: Vec<Json>| json!({"mode": "on", "a": [{"b": []}, {"b": blocks}]});
    let bad = |name: &str, cause: &str| {
        format!("bad violation{cause} t_nested.x [a]: it is bad: `a.b.c.on` of `{name}` is `false`")
    };
    let none: [&str; 0] = [];
    assert_eq!(
        created(
            "t_nested",
            a(vec![
                block("one", json!("disk-1"), json!(true)),
                block("two", json!(null), json!(false)),
                block("three", json!("tape"), json!(false)),
            ])
        ),
        [bad("two", "")]
    );
    // A condition that does not hold, for the whole resource.
    let mut off = a(vec![block("one", json!(null), json!(false))]);
    off["mode"] = json!("off");
    assert_eq!(created("t_nested", off), none);
    // One more of them, beside one that is there; in another order.
    let update = |before: Vec<Json>, after: Vec<Json>| {
        judged(Resource::update("t_nested.x", a(before), a(after)))
    };
    let one = || block("one", json!(null), json!(false));
    let two = || block("two", json!(null), json!(false));
    assert_eq!(
        update(vec![one()], vec![two(), one()]),
        [bad("two", ""), bad("one", "(existing)")]
    );
    assert_eq!(
        update(vec![one(), two()], vec![two()]),
        [bad("two", "(existing)")]
    );
    assert_eq!(
        update(vec![block("one", json!(null), json!(true))], vec![one()]),
        [bad("one", "")]
    );
    // Two of the same name, of which one was bad.
    assert_eq!(
        update(
            vec![one(), block("one", json!(null), json!(true))],
            vec![one(), one()]
        ),
        [bad("one", "(existing)"), bad("one", "")]
    );
    // More than anybody reads are counted, those that are new apart from those that are there.
    let many = |count: usize| {
        (0..count)
            .map(|at| block(&format!("b{at}"), json!(null), json!(false)))
            .collect()
    };
    let found = update(many(30), many(1_000));
    assert_eq!(found.len(), 40);
    let last = |cause: &str| {
        found
            .iter()
            .rfind(|line| line.starts_with(&format!("bad violation{cause} ")))
            .cloned()
    };
    assert!(
        last("").is_some_and(|line| line.ends_with(", and so it is in 950 more blocks")),
        "{found:?}"
    );
    assert!(
        last("(existing)").is_some_and(|line| line.ends_with(", and so it is in 10 more blocks")),
        "{found:?}"
    );
    // What is not known, at every depth.
    for after in [
        json!({"mode": "on", "a": unknown()}),
        json!({"mode": "on", "a": [unknown()]}),
        json!({"mode": "on", "a": [{"b": unknown()}]}),
        json!({"mode": "on", "a": [{"b": [unknown()]}]}),
        json!({"mode": "on", "a": [{"b": [{"name": "one", "c": unknown()}]}]}),
        json!({"mode": unknown(), "a": [{"b": [{"name": "one", "kind": "disk", "c": [{"on": unknown()}]}]}]}),
        json!({"mode": "on", "a": [{"b": [{"name": "one", "kind": unknown(), "c": [{"on": false}]}]}]}),
    ] {
        let findings = created("t_nested", after.clone());
        assert!(
            findings.len() == 1 && findings[0].starts_with("bad undetermined "),
            "{after}: {findings:?}"
        );
    }
    // Other shapes than the schema has.
    for after in [
        json!({"a": "x"}),
        json!({"a": {"b": {"c": {"on": false}}}}),
        json!({"a": [["x"]]}),
        json!({"a": [{"b": "x"}]}),
    ] {
        assert!(
            !created("t_nested", after.clone()).is_empty() || after["a"][0].is_array(),
            "{after}"
        );
    }
    assert_eq!(created("t_nested", json!({"a": null})), none);
    assert_eq!(created("t_nested", json!({"a": []})), none);
}

#[test]
fn what_is_named() {
    let bad = ["bad violation t_named.x [key]: it is bad: `key` is not set"];
    let none: [&str; 0] = [];
    assert_eq!(created("t_named", json!({"key": null})), bad);
    assert_eq!(created("t_named", json!({"key": ""})), bad);
    assert_eq!(created("t_named", json!({"key": unknown()})), bad);
    assert_eq!(
        created("t_named", json!({"key": "arn:aws:kms:key/1"})),
        none
    );
    assert_eq!(created("t_named", json!({"key": "ALIAS/aws/s3"})).len(), 1);
    let refers = |to: &str| {
        judged(Resource::create("t_named.x", json!({"key": unknown()})).refers("key", to))
    };
    assert_eq!(refers("module.keys.aws_kms_key.k.arn"), none);
    for nothing in [
        "var.key",
        "module.a.module.b.var.key",
        "terraform.workspace",
    ] {
        assert_eq!(refers(nothing), bad, "{nothing}");
    }
}

#[test]
fn a_resource_beside_it() {
    let owner = |address: &str| Resource::create(address, json!({"id": "o-1", "rules": []}));
    let rules = |owner: Json| Resource::create("t_rules.x", json!({"owner_id": owner}));
    let alone = |address: &str| Plan::new([owner(address)]).findings::<Switches>().len();
    assert_eq!(alone("t_owner.x"), 1);
    let with = |address: &str, rules: Resource| {
        Plan::new([owner(address), rules])
            .findings::<Switches>()
            .len()
    };
    assert_eq!(with("t_owner.x", rules(json!("o-1"))), 0);
    assert_eq!(with("t_owner.x", rules(json!("o-2"))), 1);
    assert_eq!(
        with(
            "t_owner.x",
            rules(unknown()).refers("owner_id", "t_owner.x.id")
        ),
        0
    );
    assert_eq!(
        with(
            "t_owner.x",
            rules(unknown()).refers("owner_id", "t_owner.y.id")
        ),
        1
    );
    assert_eq!(
        with(
            "t_owner.x[\"a.b\"]",
            rules(unknown()).refers("owner_id", "t_owner.x[\"a.b\"].id")
        ),
        0
    );
    // One that the plan takes away does nothing any more, and that is what the plan brings about.
    let owner = || Resource::unchanged("t_owner.x", json!({"id": "o-1", "rules": []}));
    let of_it = json!({"owner_id": "o-1"});
    assert_eq!(
        Plan::new([owner(), Resource::unchanged("t_rules.x", of_it.clone())])
            .findings::<Switches>(),
        [] as [&str; 0]
    );
    assert_eq!(
        Plan::new([owner(), Resource::delete("t_rules.x", of_it.clone())]).findings::<Switches>(),
        ["bad violation t_owner.x [rules]: it is bad: there is no block `rules`"]
    );
    assert_eq!(
        Plan::new([owner(), Resource::create("t_rules.x", of_it)]).findings::<Switches>(),
        [] as [&str; 0]
    );
    assert_eq!(
        judged(owner()),
        ["bad violation(existing) t_owner.x [rules]: it is bad: there is no block `rules`"]
    );
    assert_eq!(
        with(
            "t_owner.x",
            Resource::delete("t_rules.x", json!({"owner_id": "o-1"}))
        ),
        1
    );
}

#[test]
fn networks_that_are_most_of_the_internet() {
    for (cidr, open) in [
        ("0.0.0.0/0", true),
        ("0.0.0.0/1", true),
        ("128.0.0.0/1", true),
        ("64.0.0.0/7", true),
        ("10.0.0.0/8", false),
        ("203.0.113.7/32", false),
        ("203.0.113.7", false),
        (" 0.0.0.0/0 ", true),
        ("::/0", true),
        ("::0/0", true),
        ("0000:0000:0000:0000:0000:0000:0000:0000/0", true),
        ("2000::/3", true),
        ("fc00::/7", false),
        ("fd00::/8", false),
        ("2001:db8::/32", false),
        ("*", true),
        ("Internet", true),
        ("", false),
        ("/0", false),
        ("0.0.0.0/", false),
        ("0.0.0.0/33x", false),
        ("0.0.0.0/-1", false),
        ("example.com/0", false),
    ] {
        assert_eq!(is_open(cidr), open, "{cidr}");
    }
    for (first, last, open) in [
        ("0.0.0.0", "255.255.255.255", true),
        ("0.0.0.1", "255.255.255.255", true),
        ("10.0.0.0", "10.255.255.255", false),
        ("10.0.0.0", "11.0.0.0", true),
        ("0.0.0.0", "0.0.0.0", false),
        ("255.255.255.255", "0.0.0.0", false),
        ("x", "255.255.255.255", false),
    ] {
        assert_eq!(is_open_range(first, last), open, "{first} {last}");
    }
    let found = created(
        "t_two",
        json!({"first": "0.0.0.0", "last": "255.255.255.255", "range": []}),
    );
    assert_eq!(
        found,
        ["bad violation t_two.x [first]: it is bad: `first` and `last` span most of the internet"]
    );
    let found = created(
        "t_two",
        json!({"first": null, "last": null, "range": [
            {"first": "10.0.0.1", "last": "10.0.0.9"}, {"first": "1.0.0.0", "last": unknown()},
        ]}),
    );
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("bad undetermined "), "{found:?}");
}

#[test]
fn what_exists_is_not_replaced_without_a_word() {
    let remediation = |resource: Resource| {
        let evaluation = Plan::new([resource]).evaluate::<Switches>();
        evaluation
            .ok()
            .and_then(|evaluation| evaluation.findings.into_iter().next())
            .and_then(|finding| finding.remediation)
            .unwrap_or_default()
    };
    let (good, bad) = (json!({"on": true}), json!({"on": false}));
    let plain = "Set `on = true`.";
    let at = "t_until.x";
    assert_eq!(remediation(Resource::create(at, bad.clone())), plain);
    assert_eq!(remediation(Resource::update(at, good, bad.clone())), plain);
    assert_eq!(
        remediation(Resource::unchanged(at, bad)),
        "Set `on = true`. If the next plan replaces the resource because of it, move first what it holds."
    );
}

#[test]
fn a_companion_can_name_its_owner_by_another_attribute_than_the_id() {
    let store = |name: Json| Resource::create("t_store.a", json!({"name": name, "key": null}));
    let beside = |name: Json, store_of: Resource| {
        let key = Resource::create("t_key.k", json!({"store": name}));
        Plan::new([store_of, key]).findings::<Switches>().len()
    };
    assert_eq!(beside(json!("orders"), store(json!("orders"))), 0);
    assert_eq!(beside(json!("others"), store(json!("orders"))), 1);
    assert_eq!(beside(unknown(), store(unknown())), 1);
    let referring =
        Resource::create("t_key.k", json!({"store": unknown()})).refers("store", "t_store.a.name");
    assert_eq!(
        Plan::new([store(unknown()), referring]).findings::<Switches>(),
        [] as [&str; 0]
    );
}

#[test]
fn what_nothing_puts_right_is_told_and_not_required() {
    let on = || json!({"default": true});
    let expected = ["bad violation(advice) t_advised.x [default]: it is bad: `default` is `true`"];
    assert_eq!(created("t_advised", on()), expected);
    assert_eq!(judged(Resource::unchanged("t_advised.x", on())), expected);
    assert_eq!(
        created("t_advised", json!({"default": false})),
        [] as [&str; 0]
    );
}
