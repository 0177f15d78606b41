//! What the policy finds in plans, case by case.

#![expect(
    clippy::needless_pass_by_value,
    clippy::redundant_clone,
    reason = "tests: rows that read alike"
)]

use change_budget::ChangeBudget;
use tollgate_policy::serde_json::{Value as Json, json};
use tollgate_policy::testing::{Plan, Resource, unknown};
use tollgate_policy::{Action, InstanceKey, Replacement};

const NONE: &[&str] = &[];

fn findings(resources: Vec<Resource>, settings: Json) -> Vec<String> {
    Plan::new(resources)
        .settings(settings)
        .findings::<ChangeBudget>()
}

fn rules(resources: Vec<Resource>, settings: Json) -> Vec<String> {
    findings(resources, settings)
        .iter()
        .map(|line| line.split(' ').next().unwrap_or_default().to_owned())
        .collect()
}

/// `count` resources of a type, all with the same action.
fn many(kind: &str, count: usize, action: Action) -> Vec<Resource> {
    (0..count)
        .map(|nth| Resource::new(&format!("{kind}.x[{nth}]"), action))
        .collect()
}

fn together(parts: Vec<Vec<Resource>>) -> Vec<Resource> {
    parts.concat()
}

#[test]
fn a_routine_plan_is_within_the_budget() {
    let plan = together(vec![
        many("aws_sqs_queue", 200, Action::NoOp),
        many("aws_lambda_function", 300, Action::Update),
        many("aws_iam_role", 400, Action::Create),
        many("aws_cloudwatch_metric_alarm", 40, Action::Delete),
        many("aws_lb_listener_rule", 40, Action::Replace),
        // Their replacement is routine, however many there are.
        many("aws_ecs_task_definition", 300, Action::Replace),
        many("null_resource", 300, Action::Replace),
        many("aws_lambda_permission", 300, Action::Delete),
        vec![Resource::new("data.aws_ami.a", Action::Read)],
    ]);
    assert_eq!(findings(plan, json!({})), NONE);
}

#[test]
fn counts_of_the_whole_plan() {
    for (action, count, expected) in [
        (Action::Delete, 50, None),
        (
            Action::Delete,
            51,
            Some("the plan deletes 51 resources, and `deletions` allows 50"),
        ),
        (Action::Replace, 50, None),
        (
            Action::Replace,
            51,
            Some("the plan replaces 51 resources, and `replacements` allows 50"),
        ),
        (Action::Forget, 50, None),
        (
            Action::Forget,
            51,
            Some("the plan forgets 51 resources, and `forgets` allows 50"),
        ),
        (Action::Create, 500, None),
        (Action::Update, 500, None),
        (Action::NoOp, 500, None),
    ] {
        let plan = together(vec![
            many("aws_iam_role", 1000, Action::NoOp),
            many("aws_lb_listener_rule", count, action),
        ]);
        let expected: Vec<_> = expected
            .iter()
            .map(|message| format!("budget-exceeded violation - []: {message}"))
            .collect();
        assert_eq!(findings(plan, json!({})), expected, "{action:?} {count}");
    }
    // The example of a finding says what it means.
    let plan = Plan::new(together(vec![
        many("aws_iam_role", 1000, Action::NoOp),
        many("aws_lb_listener_rule", 51, Action::Delete),
        many("aws_lb", 2, Action::Delete),
    ]));
    let details = plan
        .evaluate::<ChangeBudget>()
        .map(|evaluation| evaluation.findings[0].details.clone())
        .unwrap_or_default();
    assert_eq!(details[0].text, "51 aws_lb_listener_rule, 2 aws_lb");
    assert!(
        details[1]
            .text
            .ends_with("aws_lb_listener_rule.x[9], 43 more"),
        "{details:?}"
    );
}

#[test]
fn what_is_not_counted() {
    let deposed = many("aws_lb_listener_rule", 80, Action::Delete)
        .into_iter()
        .map(|resource| resource.with(|change| change.deposed = Some("a1b2c3d4".to_owned())));
    let mut plan = many("aws_iam_role", 1000, Action::NoOp);
    plan.extend(deposed);
    assert_eq!(findings(plan, json!({})), NONE);
    let plan = together(vec![
        many("aws_iam_role", 1000, Action::NoOp),
        many("aws_lb", 60, Action::Delete),
    ]);
    assert_eq!(
        findings(plan.clone(), json!({"routine-types": ["aws_lb"]})),
        NONE
    );
    assert_eq!(
        rules(plan, json!({"routine-types": []})),
        ["budget-exceeded"]
    );
    // Where the old object of a replacement stays behind, it is a replacement all the same.
    let plan = many("aws_lb", 2, Action::Replace)
        .into_iter()
        .map(|resource| {
            resource.with(|change| change.replacement = Some(Replacement::ForgetThenCreate))
        })
        .collect();
    assert_eq!(
        findings(plan, json!({"replacements": 1})),
        [
            "budget-exceeded violation - []: the plan replaces 2 resources, and `replacements` allows 1"
        ]
    );
}

#[test]
fn where_the_policy_applies() {
    let plan = || Plan::new(many("aws_lb", 60, Action::Delete));
    for (name, protected, require, expected) in [
        ("production", true, None, true),
        ("dev", false, None, false),
        ("dev", false, Some("always"), true),
        ("production", true, Some("never"), false),
    ] {
        let settings = require.map_or(json!({}), |require| json!({"require": require}));
        let found = plan()
            .environment(name, protected)
            .settings(settings)
            .findings::<ChangeBudget>();
        assert_eq!(!found.is_empty(), expected, "{name} {require:?}");
    }
}

#[test]
fn types_and_modules_have_limits_of_their_own() {
    let record = || Resource::delete("aws_route53_record.a", json!({"name": "a"}));
    let rest = || many("aws_iam_role", 100, Action::NoOp);
    let settings = json!({"types": {"aws_route53_*": {"deletions": 0}}});
    assert_eq!(
        findings(together(vec![rest(), vec![record()]]), settings.clone()),
        [
            "budget-exceeded violation aws_route53_record.a []: the plan deletes 1 resource of type `aws_route53_*`, and `deletions` allows 0"
        ]
    );
    let replaced = Resource::replace("aws_route53_record.a", json!({}), json!({}));
    assert_eq!(
        findings(together(vec![rest(), vec![replaced]]), settings),
        NONE
    );
    let in_module =
        |module: &str| Resource::delete(&format!("{module}aws_lb.a"), json!({"name": "a"}));
    for (module, expected) in [
        ("module.network.", 1),
        ("module.network[\"eu\"].module.edge.", 1),
        ("module.api.", 0),
        ("", 0),
    ] {
        let settings = json!({"modules": {"module.network*": {"deletions": 0}}});
        let found = findings(together(vec![rest(), vec![in_module(module)]]), settings);
        assert_eq!(found.len(), expected, "{module}");
    }
    let settings = json!({"modules": {"": {"deletions": 0}}});
    assert_eq!(
        findings(
            together(vec![rest(), vec![in_module(""), in_module("module.a.")]]),
            settings
        ),
        [
            "budget-exceeded violation aws_lb.a []: the plan deletes 1 resource of the root module, and `deletions` allows 0"
        ]
    );
}

#[test]
fn what_holds_data_is_counted_apart() {
    let rest = || many("aws_iam_role", 1000, Action::NoOp);
    let lost = |count: usize| {
        together(vec![
            rest(),
            many("aws_db_instance", count, Action::Replace),
            many("google_sql_database_instance", 2, Action::Forget),
            many("azurerm_storage_account", 2, Action::Delete),
        ])
    };
    assert_eq!(findings(lost(6), json!({})), NONE);
    assert_eq!(
        findings(lost(7), json!({})),
        [
            "stateful-exceeded violation - []: the plan deletes, replaces or forgets 11 resources that hold data, and `stateful` allows 10"
        ]
    );
    let own = many("acme_ledger", 1, Action::Delete);
    assert_eq!(
        findings(together(vec![rest(), own.clone()]), json!({"stateful": 0})),
        NONE
    );
    assert_eq!(
        findings(
            together(vec![rest(), own]),
            json!({"stateful": 0, "stateful-types": ["acme_*"]})
        ),
        [
            "stateful-exceeded violation acme_ledger.x[0] []: the plan deletes, replaces or forgets 1 resource that holds data, and `stateful` allows 0"
        ]
    );
    // Changed in place, or new, nothing is lost.
    let kept = together(vec![
        many("aws_db_instance", 20, Action::Update),
        many("aws_s3_bucket", 20, Action::Create),
    ]);
    assert_eq!(findings(kept, json!({"stateful": 0})), NONE);
}

#[test]
fn shares() {
    for (kept, lost, action, expected) in [
        (10, 10, Action::Delete, false),
        (9, 10, Action::Delete, true),
        (9, 10, Action::Forget, true),
        (9, 10, Action::Replace, false),
        // Half of little is not much.
        (1, 9, Action::Delete, false),
        // But all of it is all.
        (0, 3, Action::Delete, true),
        (0, 2, Action::Delete, false),
        (0, 9, Action::Replace, false),
    ] {
        let plan = together(vec![
            many("aws_iam_role", kept, Action::NoOp),
            many("aws_lb", lost, action),
            // What is not there yet is no share of what is.
            many("aws_lb_listener", 100, Action::Create),
        ]);
        let expected: &[&str] = if expected { &["share-exceeded"] } else { NONE };
        assert_eq!(rules(plan, json!({})), expected, "{kept} {lost} {action:?}");
    }
    let plan = together(vec![
        many("aws_iam_role", 9, Action::NoOp),
        many("aws_lb", 10, Action::Delete),
    ]);
    assert_eq!(
        findings(plan.clone(), json!({})),
        [
            "share-exceeded violation - []: the plan deletes or forgets 10 of 19 resources (52 %), and `share` allows 50 %"
        ]
    );
    assert_eq!(findings(plan, json!({"share": 60})), NONE);
    assert_eq!(
        findings(Vec::new(), json!({"share": 0, "share-from": 0})),
        NONE
    );
}

/// A subnet that is replaced because the network's id is not known, as hashicorp/aws plans it.
fn subnet(name: &str) -> Resource {
    let object =
        |id: Json, vpc: Json| json!({"id": id, "vpc_id": vpc, "cidr_block": "10.0.1.0/24"});
    Resource::replace(
        &format!("aws_subnet.{name}"),
        object(json!("subnet-1"), json!("vpc-1")),
        object(unknown(), unknown()),
    )
    .with(|change| change.replace_paths = vec!["vpc_id".to_owned()])
    .refers("", "aws_vpc.main.id")
}

fn network() -> Resource {
    Resource::replace(
        "aws_vpc.main",
        json!({"id": "vpc-1", "cidr_block": "10.0.0.0/16"}),
        json!({"id": unknown(), "cidr_block": "10.1.0.0/16"}),
    )
    .with(|change| change.replace_paths = vec!["cidr_block".to_owned()])
}

/// A database in the subnets `a` and `b`.
fn group() -> Resource {
    Resource::replace(
        "aws_db_subnet_group.db",
        json!({"name": "db", "subnet_ids": ["subnet-1", "subnet-2"]}),
        json!({"name": "db", "subnet_ids": [unknown(), "subnet-2"]}),
    )
    .with(|change| change.replace_paths = vec!["subnet_ids".to_owned()])
    .refers("", "aws_subnet.a[\"x\"].id")
}

#[test]
fn a_replacement_drags_others_along() {
    let settings = json!({"chain": 2});
    let chain = vec![network(), subnet("a"), subnet("b"), group()];
    assert_eq!(findings(chain.clone(), json!({})), NONE);
    assert_eq!(findings(chain.clone(), json!({"chain": 3})), NONE);
    assert_eq!(
        findings(chain, settings.clone()),
        [
            "replacement-chain violation aws_vpc.main [cidr_block]: the replacement of this resource drags 3 others along, and `chain` allows 2"
        ]
    );
    // Each of the others is replaced for a reason of its own.
    let own = |name: &str| {
        let object =
            |id: Json, cidr: &str| json!({"id": id, "vpc_id": unknown(), "cidr_block": cidr});
        Resource::replace(
            &format!("aws_subnet.{name}"),
            object(json!("subnet-1"), "10.0.1.0/24"),
            object(unknown(), "10.0.2.0/24"),
        )
        .with(|change| change.replace_paths = vec!["cidr_block".to_owned()])
        .refers("", "aws_vpc.main.id")
    };
    assert_eq!(
        findings(
            vec![network(), own("a"), own("b"), own("c")],
            settings.clone()
        ),
        NONE
    );
    // What they refer to is not replaced.
    let kept = Resource::unchanged("aws_vpc.main", json!({"id": "vpc-1"}));
    assert_eq!(
        findings(
            vec![kept, subnet("a"), subnet("b"), subnet("c")],
            settings.clone()
        ),
        NONE
    );
    // A circle of references has no first, and no end.
    let circle = vec![
        subnet("a").refers("", "aws_subnet.b.id"),
        subnet("b").refers("", "aws_subnet.a.id"),
    ];
    assert_eq!(findings(circle, json!({"chain": 0})), NONE);
}

#[test]
fn changes_outside_of_what_may_change() {
    let settings = json!({"only": ["module.api.*", "aws_route53_record.api*"]});
    let lb = |address: &str| {
        Resource::update(
            address,
            json!({"idle_timeout": 60}),
            json!({"idle_timeout": 90}),
        )
    };
    assert_eq!(findings(vec![lb("aws_lb.a")], json!({})), NONE);
    assert_eq!(
        findings(
            vec![
                lb("module.api.aws_lb.a"),
                lb("module.network.aws_lb.a"),
                lb("aws_route53_record.api[\"x\"]"),
                Resource::unchanged("aws_lb.b", json!({})),
                Resource::unchanged("aws_lb.c", json!({})).with(|change| change.importing = true),
                Resource::new("data.aws_ami.a", Action::Read),
                Resource::delete("aws_lb.d", json!({}))
                    .with(|change| change.index = Some(InstanceKey::Number(0))),
                Resource::unchanged("aws_lb.e", json!({}))
                    .with(|change| change.previous_address = Some("aws_lb.f".to_owned())),
            ],
            settings
        ),
        [
            "scope-exceeded violation module.network.aws_lb.a []: the resource is changed, and `only` allows changes of `module.api.*`, `aws_route53_record.api*`",
            "scope-exceeded violation aws_lb.c []: the resource is imported, and `only` allows changes of `module.api.*`, `aws_route53_record.api*`",
            "scope-exceeded violation aws_lb.d []: the resource is deleted, and `only` allows changes of `module.api.*`, `aws_route53_record.api*`",
        ]
    );
}

#[test]
fn plans_that_leave_something_out() {
    for (complete, settings, expected) in [
        (Some(true), json!({}), NONE),
        (None, json!({}), NONE),
        (Some(false), json!({"allow-incomplete": true}), NONE),
        (
            Some(false),
            json!({}),
            &[
                "plan-incomplete violation - []: the plan does not cover the whole configuration, as one made with `-target` or `-exclude` does not",
            ],
        ),
    ] {
        let plan = Plan::new([])
            .settings(settings.clone())
            .with(|request| request.plan.complete = complete);
        assert_eq!(
            plan.findings::<ChangeBudget>(),
            expected,
            "{complete:?} {settings}"
        );
    }
}

#[test]
fn what_a_finding_names() {
    let of = |kinds: usize| -> Vec<String> {
        let mut plan = many("aws_iam_role", 1000, Action::NoOp);
        for kind in 0..kinds {
            plan.extend(many(&format!("acme_k{kind:02}"), 1, Action::Delete));
        }
        Plan::new(plan)
            .settings(json!({"deletions": 1}))
            .evaluate::<ChangeBudget>()
            .map(|evaluation| {
                evaluation.findings[0]
                    .details
                    .iter()
                    .map(|detail| detail.text.clone())
                    .collect()
            })
            .unwrap_or_default()
    };
    assert!(
        of(10).iter().all(|text| !text.contains("more")),
        "{:?}",
        of(10)
    );
    assert!(
        of(11)[0].ends_with("1 more type") && of(11)[1].ends_with("1 more"),
        "{:?}",
        of(11)
    );
}

#[test]
fn what_is_imported_does_not_exist_yet() {
    let imported: Vec<_> = many("aws_iam_role", 10, Action::NoOp)
        .into_iter()
        .map(|resource| resource.with(|change| change.importing = true))
        .collect();
    let plan = together(vec![imported, many("aws_lb", 10, Action::Delete)]);
    assert_eq!(
        findings(plan, json!({})),
        [
            "share-exceeded violation - []: the plan deletes or forgets 10 of 10 resources (100 %), and `share` allows 50 %"
        ]
    );
}

#[test]
fn the_message_says_why_a_few_are_enough() {
    let gone = (0..3).map(|n| Resource::delete(&format!("aws_iam_role.r{n}"), json!({})));
    assert!(
        findings(gone.collect(), json!({}))[0]
            .ends_with("where nothing is left, that counts from 3 resources on")
    );
}

#[test]
fn limits_that_limit_nothing_are_an_error() {
    for (settings, wrong) in [
        (json!({"types": {"aws_instance": {}}}), true),
        (json!({"modules": {"module.network*": {}}}), true),
        (json!({"types": {"aws_instance": {"forgets": 0}}}), false),
    ] {
        let plan = Plan::new([]).settings(settings.clone());
        assert_eq!(
            plan.evaluate::<ChangeBudget>().is_err(),
            wrong,
            "{settings}"
        );
    }
}
