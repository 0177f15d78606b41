#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::Path;

/// A plan with one change that has `fields` besides the usual ones.
fn plan_of(change: &str) -> String {
    format!(
        r#"{{"format_version":"1.2","planned_values":{{}},"resource_changes":[{{"address":"aws_x.y","mode":"managed","type":"aws_x","name":"y","provider_name":"aws",{change}}}]}}"#
    )
}

const NO_OP: &str = r#""change":{"actions":["no-op"],"before":{},"after":{},"after_unknown":{}}"#;

fn text(text: &str) -> PlanText {
    PlanText::from_bytes(text.as_bytes().to_vec()).unwrap()
}

/// What was not announced is found all the same, and what is wrong in it too.
#[test]
fn what_is_expected_changes_no_value() {
    let sides = r#"{"a":1,"b":{"c":[true,null]},"id":"x","s":"secret","u":null}"#;
    let change = format!(
        r#""change":{{"actions":["update"],"before":{sides},"after":{sides},"after_unknown":{{"b":{{"d":true}},"u":true}},
            "before_sensitive":{{"s":true}},"after_sensitive":{{"s":true}}}}"#
    );
    let document = text(&plan_of(&change));
    let plain = document.read().unwrap();
    let mut told = document.read().unwrap();
    told.expect(|kind, action| {
        assert_eq!((kind, action), ("aws_x", Action::Update));
        vec!["b".to_owned(), "none".to_owned()]
    });
    for path in [
        "", "a", "b", "b.c", "b.c[0]", "b.d", "id", "none", "s", "u", "[0]", "u.v",
    ] {
        let path = Path::parse(path).unwrap();
        for _ in 0..2 {
            let sides = |plan: &Plan<'_>| {
                let change = &plan.changes[0];
                format!("{:?} {:?}", change.before(&path), change.after(&path))
            };
            assert_eq!(sides(&told), sides(&plain), "{path}");
        }
    }
    let twice = change.replace(r#""a":1"#, r#""a":1,"a":2"#);
    let document = text(&plan_of(&twice));
    let mut told = document.read().unwrap();
    told.expect(|_, _| vec!["b".to_owned()]);
    let read = told.changes[0].after(&Path::parse("b").unwrap());
    assert_eq!(read.unwrap_err().code(), "duplicate-key");
}

#[test]
fn changes_of_one_type_and_action_are_one_group() {
    let change = |name: &str, action: &str| {
        format!(
            r#"{{"address":"aws_x.{name}","mode":"managed","type":"aws_x","name":"{name}","change":{{"actions":["{action}"],"before":null,"after":{{}},"after_unknown":{{}}}}}}"#
        )
    };
    let read = change("c", "create").replace("aws_x", "aws_y");
    let list = [change("a", "create"), read, change("b", "create")].join(",");
    let document = text(&format!(
        r#"{{"format_version":"1.2","planned_values":{{}},"resource_changes":[{list}]}}"#
    ));
    let plan = document.read().unwrap();
    let groups: Vec<usize> = plan.changes.iter().map(|change| change.group).collect();
    assert_eq!(groups, [0, 1, 0]);
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let mut wrong = Vec::new();
    for (document, said) in [
        (
            r#"{"format_version":"1.2","planned_values":{},"resource_changes":[{"address":"a","mode":5}]}"#,
            "wrong-type: expected a string, found a number, at line 1, column 87 (`resource_changes[0].mode`)",
        ),
        (
            "{\"format_version\":\"1.2\",\n \"planned_values\":{},\n \"complete\":\"yes, expected\"}",
            "wrong-type: expected a boolean, found a string, at line 3, column 27 (`complete`)",
        ),
        (
            r#"{"format_version":"1.2","resource_changes":[["a"]]}"#,
            "wrong-type: expected a resource change, found a list, at line 1, column 44 (`resource_changes[0]`)",
        ),
        (
            r#"{"format_version":"1.2","format_version":"1.2"}"#,
            "duplicate-key: the key `format_version` occurs twice in one object, at line 1, column 40 (`format_version`)",
        ),
        (
            &plan_of(r#""\u0074ype":"aws_z","change":{}"#),
            "duplicate-key: the key `type` occurs twice in one object, at line 1, column 161 (`resource_changes[0].\\u0074ype`)",
        ),
        (
            r#"{"format_version":"1.2","planned_values":{"a":[1,2"#,
            "truncated: the document ends in the middle: line 1, column 50 (`planned_values.a[1]`)",
        ),
        (
            r#"{"format_version":"1.2","planned_values":{"a":[1,}}"#,
            "invalid-json: invalid JSON: expected value, at line 1, column 50 (`planned_values.a[1]`)",
        ),
        (
            r#"{"format_version":"1.2","terraform_version":"\ud800"}"#,
            "broken-text: a string holds half of a surrogate pair or another escape that is no character, at line 1, column 52 (`terraform_version`)",
        ),
        (
            "{\"format_version\":\"1.2\",\"planned_values\":{}}\n{\"format_version\":\"1.2\"}",
            "concatenated-plans: several plans in one file: the second starts at line 2, column 1",
        ),
        (
            "{\"format_version\":\"1.2\",\"planned_values\":{}} x",
            "trailing-data: more text follows the plan, at line 1, column 46",
        ),
        (
            r#"{"format_version":"2.0","planned_values":{},"resource_changes":{}}"#,
            "unsupported-version: the plan's format version is \"2.0\"; Tollgate reads 0.x and 1.x",
        ),
        (
            &plan_of(
                r#""change":{"actions":["no-op"],"before":{"a":1},"after":{"a":2},"after_unknown":{}}"#,
            ),
            "contradiction: aws_x.y: the plan contradicts itself: `no-op` is planned, yet `before` and `after` differ",
        ),
        (
            &plan_of(
                r#""change":{"actions":["no-op"],"before":{"a":1},"after":null,"after_unknown":{}}"#,
            ),
            "contradiction: aws_x.y: the plan contradicts itself: `no-op` is planned, yet nothing is there afterwards",
        ),
        (
            &plan_of(NO_OP).replace("\"managed\"", "\"data\""),
            "contradiction: aws_x.y: the plan contradicts itself: the address is that of another `mode` or `type`",
        ),
        (
            &plan_of(NO_OP).replace("\"type\":\"aws_x\"", "\"type\":\"aws_z\""),
            "contradiction: aws_x.y: the plan contradicts itself: the address is that of another `mode` or `type`",
        ),
        (
            &plan_of(NO_OP).replace("\"name\":\"y\"", "\"name\":\"z\""),
            "contradiction: aws_x.y: the plan contradicts itself: the address is that of another `name`",
        ),
        (
            &plan_of(&format!(r#""index":0,{NO_OP}"#)),
            "contradiction: aws_x.y: the plan contradicts itself: the address is that of another `index`",
        ),
        (
            &plan_of(&format!(r#""index":"b",{NO_OP}"#))
                .replace("\"aws_x.y\"", r#""aws_x.y[\"a\"]""#),
            r#"contradiction: aws_x.y["a"]: the plan contradicts itself: the address is that of another `index`"#,
        ),
        (
            &plan_of(
                r#""change":{"actions":["no-op"],"before":null,"after":{},"after_unknown":{}}"#,
            ),
            "contradiction: aws_x.y: the plan contradicts itself: `no-op` is planned, yet nothing is there before",
        ),
        (
            &plan_of(
                r#""change":{"actions":["no-op"],"before":{"true":1},"after":{"true":1},"after_unknown":{"a":[{"b":true}]}}"#,
            ),
            "contradiction: aws_x.y: the plan contradicts itself: `no-op` is planned, yet something is known only afterwards",
        ),
        (
            &plan_of(
                r#""change":{"actions":["create"],"before":{"id":"x"},"after":{},"after_unknown":{}}"#,
            ),
            "contradiction: aws_x.y: the plan contradicts itself: `create` is planned, yet the object is there before",
        ),
        (
            &plan_of(r#""change":{"actions":["delete"],"before":{},"after":{}}"#),
            "contradiction: aws_x.y: the plan contradicts itself: the object is planned to go, yet is there afterwards",
        ),
        (
            &plan_of(r#""change":{"actions":["read"],"after":{},"after_unknown":{}}"#),
            "contradiction: aws_x.y: the plan contradicts itself: `read` is planned for what is managed",
        ),
        (
            &plan_of(r#""change":{"actions":["delete"],"before":{}}"#)
                .replace("managed", "data")
                .replace("\"aws_x.y\"", "\"data.aws_x.y\""),
            "contradiction: data.aws_x.y: the plan contradicts itself: data sources are only read",
        ),
        (
            &plan_of(r#""change":{"actions":["delete"],"before":{}}"#)
                .replace("managed", "ephemeral")
                .replace("\"aws_x.y\"", "\"ephemeral.aws_x.y\""),
            "contradiction: ephemeral.aws_x.y: the plan contradicts itself: ephemeral resources leave nothing that could be changed",
        ),
        (
            &plan_of(
                r#""deposed":"k","change":{"actions":["create"],"after":{},"after_unknown":{}}"#,
            ),
            "contradiction: aws_x.y: the plan contradicts itself: what is deposed can only go",
        ),
        (
            &plan_of(
                r#""change":{"actions":["update"],"before":null,"after":{},"after_unknown":{}}"#,
            ),
            "contradiction: aws_x.y: the plan contradicts itself: `update` is planned, yet nothing is there before",
        ),
        (
            &plan_of(
                r#""change":{"actions":["update"],"before":{"id":"a"},"after":{"id":"b"},"after_unknown":{}}"#,
            ),
            "contradiction: aws_x.y: the plan contradicts itself: `update` is planned, yet another `id` is there afterwards",
        ),
        (
            &plan_of(&format!(r#""module_address":"module.m",{NO_OP}"#)),
            "contradiction: aws_x.y: the plan contradicts itself: `module_address` names another module than the address",
        ),
        (
            r#"{"format_version":"1.2","planned_values":{"root_module":{"child_modules":[{"resources":[{"address":"module.m.aws_x.y"}]}]}}}"#,
            "contradiction: module.m.aws_x.y: the plan contradicts itself: `planned_values` has it, and `resource_changes` does not say what becomes of it",
        ),
        (
            r#"{"format_version":"1.2","planned_values":{"root_module":{"resources":[{}]}}}"#,
            "contradiction: a resource without an address: the plan contradicts itself: `planned_values` has it, and `resource_changes` does not say what becomes of it",
        ),
        (
            r#"{"format_version":"1.2","planned_values":{"root_module":{"resources":7}}}"#,
            "wrong-type: expected a sequence, found a number, at `planned_values`",
        ),
        (
            r#"{"format_version":"1.2","planned_values":{},"resource_changes":[],"prior_state":{"values":{"root_module":{"resources":[{"address":"aws_x.y"}]}}}}"#,
            "contradiction: aws_x.y: the plan contradicts itself: `prior_state` has it, and `resource_changes` does not say what becomes of it",
        ),
        (
            r#"{"format_version":"1.2","planned_values":{},"resource_changes":[],"errored":true}"#,
            "errored-plan: planning failed (`errored` is true), so the list of changes is incomplete",
        ),
        (
            &plan_of(r#""change":{"actions":["destroy"]}"#),
            "unknown-action: aws_x.y: the planned action [\"destroy\"] is not one that Tollgate knows",
        ),
        (
            &plan_of(r#""change":{"actions":["open"]}"#),
            "unknown-action: aws_x.y: the planned action [\"open\"] is not one that Tollgate knows",
        ),
        (
            &plan_of(r#""change":{"actions":[]}"#),
            "no-action: aws_x.y: no action is planned, not even `no-op`",
        ),
        (
            &plan_of(r#""change":{"actions":null}"#),
            "no-action: aws_x.y: no action is planned, not even `no-op`",
        ),
        (
            &plan_of(r#""change":{"actions":["create"],"after":{}}"#),
            "missing-key: `after_unknown` is missing in the change of aws_x.y",
        ),
        (
            &plan_of(r#""change":{"actions":["create"],"after_unknown":{}}"#),
            "missing-key: `after` is missing in the change of aws_x.y",
        ),
        (
            &plan_of(
                r#""change":{"actions":["update"],"before":{},"after":[],"after_unknown":{}}"#,
            ),
            "wrong-type: expected an object or null as `after`, found another value, at the change of aws_x.y",
        ),
        (
            &plan_of(r#""deposed":"x""#),
            "missing-key: `change` is missing in the change of aws_x.y",
        ),
    ] {
        let error = text(document).read().unwrap_err();
        let found = format!("{}: {error}", error.code());
        if found != said {
            wrong.push(format!("{document}\n  expected {said}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_written_twice_may_be_missing_once() {
    let change = r#""change":{"actions":["delete"],"before":{"id":"x"}}"#;
    for (address, told) in [
        ("aws_x.y", "- Managed aws_x y None"),
        (
            "module.m.aws_x.y[2]",
            "module.m Managed aws_x y Some(Number(2))",
        ),
        (
            r#"module.m[\"k\"].aws_x.y[\"a.b\"]"#,
            r#"module.m["k"] Managed aws_x y Some(Text("a.b"))"#,
        ),
    ] {
        let document = text(&format!(
            r#"{{"format_version":"1.2","resource_changes":[{{"address":"{address}",{change}}}]}}"#
        ));
        let plan = document.read().unwrap();
        let change = &plan.changes[0];
        let found = format!(
            "{} {:?} {} {} {:?}",
            change.module_address.as_deref().unwrap_or("-"),
            change.mode,
            change.kind,
            change.name,
            change.index
        );
        assert_eq!(found, told);
        assert!(change.provider.is_empty() && !change.has_marks());
        assert!(!plan.has_configuration());
    }
}

#[test]
fn addresses_that_are_none_are_refused() {
    for address in [
        "main",
        "module.m",
        "aws_x",
        "aws_x.y.z",
        "aws x.y",
        "local.x",
    ] {
        let document = plan_of(NO_OP).replace("aws_x.y", address);
        let error = text(&document).read().unwrap_err();
        assert_eq!(error.code(), "contradiction", "{address}: {error}");
    }
}

#[test]
fn what_a_plan_leaves_alone_is_told() {
    let state = |resources: &str| {
        format!(r#""prior_state":{{"values":{{"root_module":{{"resources":[{resources}]}}}}}}"#)
    };
    let stored = r#"{"address":"aws_x.y","mode":"managed","type":"aws_x","name":"y"},{"address":"aws_x.other","mode":"managed","type":"aws_x","name":"other"},{"address":"data.aws_x.d","mode":"data","type":"aws_x","name":"d"}"#;
    let left_alone = |document: &str| -> Vec<String> {
        let document = text(document);
        let plan = document.read().unwrap();
        plan.left_alone.iter().map(ToString::to_string).collect()
    };
    let narrowed = plan_of(NO_OP).replace("\"planned_values\":{}", &state(stored));
    assert_eq!(left_alone(&narrowed), ["aws_x.other"]);
    // Before 1.0 the state writes addresses without keys, and without modules.
    let old = narrowed
            .replace("\"1.2\"", "\"0.1\"")
            .replace("\"address\":\"aws_x.y\",\"mode\":\"managed\",\"type\":\"aws_x\",\"name\":\"y\",\"provider", "\"address\":\"aws_x.y[0]\",\"mode\":\"managed\",\"type\":\"aws_x\",\"name\":\"y\",\"provider");
    assert_eq!(left_alone(&old), ["aws_x.other"]);
    // One that only refreshes has neither changes nor planned values.
    let refreshed = format!(
        r#"{{"format_version":"1.2","planned_values":{{"root_module":{{}}}},{}}}"#,
        state(stored)
    );
    assert!(left_alone(&refreshed).is_empty());
}

#[test]
fn drift_without_meaning_is_no_difference() {
    let differences = |before: &str, after: &str| {
        let document = plan_of(&format!(
                r#""change":{{"actions":["update"],"before":{before},"after":{after},"after_unknown":{{}}}}"#
            ))
            .replace("resource_changes", "resource_drift");
        let document = text(&document);
        let plan = document.read().unwrap();
        plan.drift[0].differences()
    };
    let none: Option<Vec<String>> = Some(Vec::new());
    assert_eq!(
        differences(
            r#"{"tags":null,"name":"","list":[{"a":null}],"gone":null,"same":{"x":1}}"#,
            r#"{"tags":{ },"name":null,"list":[{"a":[]}],"new":"","same":{ "x": 1 }}"#
        ),
        none
    );
    assert_eq!(
        differences(
            r#"{"a":0,"b":false,"c":{"x":"1"},"d":[1],"e":"x"}"#,
            r#"{"a":null,"b":null,"c":{"x":"2"},"d":[1,2],"e":"x"}"#
        ),
        Some(["a", "b", "c", "d"].map(str::to_owned).to_vec())
    );
    assert_eq!(differences(r#"{"a":1}"#, r#"{"a":1,"a":2}"#), None);
}

#[test]
fn an_object_is_planned_once_but_may_have_deposed_ones() {
    let entry = |deposed: &str| {
        format!(
            r#"{{"address":"a.b","mode":"managed","type":"a","name":"b","provider_name":"p",{deposed}{NO_OP}}}"#
        )
    };
    let of = |entries: &[String]| {
        format!(
            r#"{{"format_version":"1.2","resource_changes":[{}]}}"#,
            entries.join(",")
        )
    };
    let (current, x, y) = (
        entry(""),
        entry(r#""deposed":"x","#),
        entry(r#""deposed":"y","#),
    );
    assert_eq!(
        text(&of(&[current.clone(), x.clone(), y]))
            .read()
            .unwrap()
            .changes
            .len(),
        3
    );
    let error = text(&of(&[current.clone(), x.clone(), current]))
        .read()
        .unwrap_err();
    assert_eq!(error.to_string(), "a.b is planned twice");
    let error = text(&of(&[x.clone(), x])).read().unwrap_err();
    assert_eq!(error.to_string(), "a.b (deposed x) is planned twice");
}

#[test]
fn what_later_versions_may_add_is_tolerated() {
    let document = plan_of(&format!(
        r#""action_reason":"because_of_the_moon","new":[1],{NO_OP}"#
    ))
    .replace("\"1.2\"", "\"1.99\"");
    let document = text(&document);
    let plan = document.read().unwrap();
    assert_eq!(
        plan.changes[0].reason.as_deref(),
        Some("because_of_the_moon")
    );
    assert_eq!((plan.complete, plan.applyable), (None, None));
}

#[test]
fn the_wrapper_of_setup_terraform_is_understood() {
    let plan = r#"{"format_version":"1.2","planned_values":{}}"#;
    for around in [
        format!("[command]/tmp/x/terraform-bin show -json tfplan\n{plan}\n"),
        format!(
            "[command]/tmp/x/terraform-bin show -json tfplan\r\n{plan}\r\n::debug::exited with code 0.\r\n"
        ),
        format!("{plan}\n::debug::stdout: {plan}%0A\n::set-output name=exitcode::0\n"),
    ] {
        assert!(text(&around).read().is_ok(), "{around}");
    }
    let error = text(&format!("{plan}\n::debug::x\nrm\n"))
        .read()
        .unwrap_err();
    assert_eq!(error.code(), "trailing-data");
    assert_eq!(text("[command]x").read().unwrap_err().code(), "empty-file");
}

#[test]
fn deep_nesting_neither_crashes_nor_matters_where_nobody_looks() {
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let document = format!(r#"{{"format_version":"1.2","planned_values":{deep}}}"#);
    assert!(text(&document).read().is_ok());
}

#[test]
fn deferred_changes_and_action_invocations_are_represented() {
    let document = text(
        r#"{"format_version":"1.2","planned_values":{},"complete":false,
            "deferred_changes":[{"reason":"instance_count_unknown","resource_change":{"address":"a.b[*]","index_unknown":true,"mode":"managed","type":"a","name":"b","provider_name":"p","change":{"actions":["create"],"after":{},"after_unknown":{"id":true}}}}],
            "action_invocations":[{"address":"action.a.b","type":"a","name":"b","provider_name":"p","config_values":{"secret":"x"},"lifecycle_action_trigger":{"triggering_resource_address":"a.b","action_trigger_event":"AfterCreate"}},{"address":"action.a.c","type":"a","provider_name":"p","invoke_action_trigger":{}}],
            "deferred_action_invocations":[{"reason":"deferred_prereq","action_invocation":{"address":"action.a.d","type":"a","provider_name":"p"}}]}"#,
    );
    let plan = document.read().unwrap();
    assert_eq!(plan.complete, Some(false));
    let deferred = &plan.deferred[0];
    assert_eq!(
        (deferred.reason.as_ref(), deferred.change.index_unknown),
        ("instance_count_unknown", true)
    );
    let invocations: Vec<_> = plan
        .action_invocations
        .iter()
        .map(|i| {
            (
                i.address.as_ref(),
                i.triggered_by.as_deref(),
                i.event.as_deref(),
                i.deferred.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        invocations,
        [
            ("action.a.b", Some("a.b"), Some("AfterCreate"), None),
            ("action.a.c", None, None, None),
            ("action.a.d", None, None, Some("deferred_prereq")),
        ]
    );
}

#[test]
fn outputs_of_old_plans_are_masked_by_the_values_or_the_name() {
    let document = text(
        r#"{"format_version":"0.1","planned_values":{"outputs":{"a":{"sensitive":true},"b":{"sensitive":false}}},
            "prior_state":{"values":{"outputs":{"c":{"sensitive":true}}}},
            "output_changes":{"a":{"actions":["create"],"before":null,"after":"1","after_unknown":false},
            "b":{"actions":["create"],"before":null,"after":"1","after_unknown":false},
            "c":{"actions":["delete"],"before":"1","after":null,"after_unknown":false},
            "db_password":{"actions":["create"],"before":null,"after":"1","after_unknown":false},
            "d":{"actions":["create"],"before":null,"after_unknown":true}}}"#,
    );
    let plan = document.read().unwrap();
    let told: Vec<_> = plan
        .outputs
        .iter()
        .map(|output| {
            format!(
                "{} {:?} {:?}",
                output.name,
                output.before().unwrap(),
                output.after().unwrap()
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "a Absent Sensitive",
            "b Absent Text(\"1\")",
            "c Sensitive Absent",
            "d Absent Unknown",
            "db_password Absent Sensitive"
        ]
    );
}
