//! What the policy finds in plans, case by case.

#![expect(clippy::unwrap_used, reason = "tests")]

use parity::{Parity, SUMMARY};
use tollgate_policy::serde_json::{self, Value as Json, json};
use tollgate_policy::testing::{Plan, Resource, sensitive, unknown};

const NONE: &[&str] = &[];

fn function(runtime: &str, memory: u32) -> Json {
    json!({
        "function_name": "f", "runtime": runtime, "handler": "index.handler", "memory_size": memory,
        "timeout": 30, "architectures": ["arm64"], "tracing_config": [{"mode": "Active"}],
        "environment": [{"variables": {"PASSWORD": "hunter2"}}],
    })
}

/// The summary that staging makes of a plan.
fn summary(resources: Vec<Resource>) -> String {
    let evaluation = Plan::new(resources)
        .environment("staging", false)
        .settings(json!({"summary": true}))
        .evaluate::<Parity>()
        .unwrap();
    assert_eq!(evaluation.documents[0].name, SUMMARY);
    evaluation.documents[0].content.clone()
}

fn compared(here: Vec<Resource>, there: Vec<Resource>, settings: Json) -> Vec<String> {
    Plan::new(here)
        .settings(settings)
        .document("other-environment", &summary(there))
        .findings::<Parity>()
}

fn f(object: Json) -> Vec<Resource> {
    vec![Resource::create("module.api.aws_lambda_function.f", object)]
}

#[test]
fn a_summary_says_what_is_compared_and_nothing_else() {
    let text = summary(vec![
        Resource::create(
            "module.a[\"x\"].aws_lambda_function.f[0]",
            function("nodejs22.x", 128),
        ),
        Resource::unchanged(
            "module.a[\"x\"].aws_lambda_function.f[1]",
            function("nodejs20.x", 128),
        ),
        Resource::delete("aws_sqs_queue.gone", json!({"fifo_queue": true})),
        Resource::create("aws_iam_role.r", json!({"name": "secret-name"})),
        Resource::create("aws_kms_key.k", json!({"enable_key_rotation": sensitive()})),
    ]);
    let is: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(
        is,
        json!({
            "format": "tollgate-parity/1",
            "environment": "staging",
            "resources": {
                "aws_iam_role.r": {"type": "aws_iam_role", "instances": 1},
                "aws_kms_key.k": {"type": "aws_kms_key", "instances": 1, "undetermined": ["enable_key_rotation"]},
                "module.a.aws_lambda_function.f": {
                    "type": "aws_lambda_function",
                    "instances": 2,
                    "attributes": {
                        "architectures": ["arm64"], "handler": ["index.handler"], "memory_size": ["128"],
                        "runtime": ["nodejs20.x", "nodejs22.x"], "timeout": ["30"], "tracing_config.mode": ["Active"],
                    },
                },
            },
        })
    );
    assert!(!text.contains("hunter2") && !text.contains("secret-name"));
}

#[test]
fn without_a_document_nothing_is_compared() {
    let plan = Plan::new(f(function("nodejs22.x", 128)));
    assert_eq!(plan.findings::<Parity>(), NONE);
    let none = plan
        .clone()
        .document("other-environment", include_str!("../no-environment.json"));
    assert_eq!(none.findings::<Parity>(), NONE);
    assert_eq!(
        none.settings(json!({"with": "staging"}))
            .findings::<Parity>()
            .len(),
        1
    );
    assert!(plan.evaluate::<Parity>().unwrap().documents.is_empty());
    assert_eq!(
        plan.settings(json!({"with": "staging"}))
            .findings::<Parity>(),
        [
            "not-compared undetermined - []: whether this environment is like staging cannot be told: there is no document `other-environment`"
        ]
    );
}

#[test]
fn attributes_that_differ() {
    let same = f(function("nodejs22.x", 128));
    assert_eq!(compared(same.clone(), same.clone(), json!({})), NONE);
    // Sizes may differ, unless they may not.
    let larger = f(function("nodejs22.x", 1024));
    assert_eq!(compared(larger.clone(), same.clone(), json!({})), NONE);
    assert_eq!(
        compared(larger, same.clone(), json!({"sizes": []})),
        [
            "attribute-differs violation module.api.aws_lambda_function.f [memory_size]: `memory_size` is `1024`, and `128` in staging"
        ]
    );
    let older = f(function("nodejs20.x", 128));
    assert_eq!(
        compared(older.clone(), same.clone(), json!({})),
        [
            "attribute-differs violation module.api.aws_lambda_function.f [runtime]: `runtime` is `nodejs20.x`, and `nodejs22.x` in staging"
        ]
    );
    for allow in [
        "module.api.aws_lambda_function.f.runtime",
        "aws_lambda_function.runtime",
        "*.runtime",
        "module.api.*",
    ] {
        assert_eq!(
            compared(older.clone(), same.clone(), json!({"allow": [allow]})),
            NONE,
            "{allow}"
        );
    }
    assert_eq!(
        compared(
            older,
            same.clone(),
            json!({"ignore-types": ["aws_lambda_*"]})
        ),
        NONE
    );
    let address = "module.api.aws_lambda_function.f";
    let (old, new) = (function("nodejs20.x", 128), function("nodejs22.x", 128));
    for (resource, expected) in [
        (
            Resource::unchanged(address, old.clone()),
            "attribute-differs violation(existing)",
        ),
        (
            Resource::update(address, new.clone(), old.clone()),
            "attribute-differs violation",
        ),
        (
            Resource::update(address, old.clone(), old.clone()),
            "attribute-differs violation(existing)",
        ),
    ] {
        let found = compared(vec![resource], same.clone(), json!({}));
        assert!(
            found.len() == 1 && found[0].starts_with(&format!("{expected} ")),
            "{found:?}"
        );
    }
    assert_eq!(
        compared(vec![Resource::update(address, old, new)], same, json!({})),
        NONE
    );
}

#[test]
fn attributes_that_cannot_be_told() {
    let same = f(function("nodejs22.x", 128));
    let mut object = function("nodejs22.x", 128);
    object["runtime"] = unknown();
    // Left out, it is the provider's, there as here.
    assert_eq!(compared(f(object.clone()), same.clone(), json!({})), NONE);
    let computed = vec![
        Resource::create("module.api.aws_lambda_function.f", object)
            .refers("runtime", "data.http.r.body"),
    ];
    assert_eq!(
        compared(computed, same.clone(), json!({})),
        [
            "attribute-differs undetermined module.api.aws_lambda_function.f [runtime]: whether `runtime` is as in staging cannot be told before apply"
        ]
    );
    // What only one sets may be what the other's default is.
    let mut object = function("nodejs22.x", 128);
    object["tracing_config"] = json!([]);
    assert_eq!(compared(f(object), same, json!({})), NONE);
}

#[test]
fn resources_of_one_environment() {
    let queue = |name: &str| {
        Resource::create(
            &format!("aws_sqs_queue.{name}"),
            json!({"fifo_queue": false}),
        )
    };
    assert_eq!(
        compared(vec![queue("a")], vec![queue("a"), queue("b")], json!({})),
        ["resource-missing violation(existing) - []: `aws_sqs_queue.b` is in staging and not here"]
    );
    assert_eq!(
        compared(vec![queue("a"), queue("b")], vec![queue("a")], json!({})),
        [
            "resource-only-here violation aws_sqs_queue.b []: `aws_sqs_queue.b` is here and not in staging"
        ]
    );
    let gone = Resource::delete("aws_sqs_queue.b", json!({"fifo_queue": false}));
    assert_eq!(
        compared(
            vec![queue("a"), gone],
            vec![queue("a"), queue("b")],
            json!({})
        ),
        [
            "resource-missing violation aws_sqs_queue.b []: `aws_sqs_queue.b` is in staging and not here"
        ]
    );
    let there = Resource::unchanged("aws_sqs_queue.b", json!({"fifo_queue": false}));
    assert_eq!(
        compared(vec![queue("a"), there], vec![queue("a")], json!({})),
        [
            "resource-only-here violation(existing) aws_sqs_queue.b []: `aws_sqs_queue.b` is here and not in staging"
        ]
    );
    for settings in [
        json!({"allow": ["aws_sqs_queue.b"]}),
        json!({"ignore-types": ["aws_sqs_queue"]}),
    ] {
        assert_eq!(
            compared(
                vec![queue("a")],
                vec![queue("a"), queue("b")],
                settings.clone()
            ),
            NONE
        );
        assert_eq!(
            compared(vec![queue("a"), queue("b")], vec![queue("a")], settings),
            NONE
        );
    }
}

#[test]
fn numbers_of_instances() {
    let queues = |count: usize| -> Vec<Resource> {
        (0..count)
            .map(|nth| {
                Resource::create(
                    &format!("aws_sqs_queue.q[{nth}]"),
                    json!({"fifo_queue": false}),
                )
            })
            .collect()
    };
    assert_eq!(compared(queues(3), queues(1), json!({})), NONE);
    assert_eq!(
        compared(queues(3), queues(3), json!({"instances": true})),
        NONE
    );
    assert_eq!(
        compared(queues(3), queues(1), json!({"instances": true})),
        [
            "attribute-differs violation aws_sqs_queue.q[0] []: `aws_sqs_queue.q` has 3 instances, and 1 in staging"
        ]
    );
}

#[test]
fn documents_that_are_none() {
    let good = summary(Vec::new());
    for (document, settings) in [
        ("", json!({})),
        ("[]", json!({})),
        ("{\"format\":\"tollgate-parity/1\"}", json!({})),
        (
            "{\"format\":\"tollgate-parity/9\",\"environment\":\"x\",\"resources\":{}}",
            json!({}),
        ),
        (good.as_str(), json!({"with": "test"})),
        (good.as_str(), json!({"without": "test"})),
    ] {
        let plan = Plan::new([])
            .settings(settings.clone())
            .document("other-environment", document);
        assert!(plan.evaluate::<Parity>().is_err(), "{document} {settings}");
    }
}

#[test]
fn what_was_so_before() {
    let queues = |count: usize, f: fn(&str, Json) -> Resource| -> Vec<Resource> {
        (0..count)
            .map(|nth| {
                f(
                    &format!("aws_sqs_queue.q[{nth}]"),
                    json!({"fifo_queue": false}),
                )
            })
            .collect()
    };
    let found = compared(
        queues(3, Resource::unchanged),
        queues(1, Resource::create),
        json!({"instances": true}),
    );
    assert!(
        found.len() == 1 && found[0].starts_with("attribute-differs violation(existing)"),
        "{found:?}"
    );
    // What is imported was not here.
    let imported = queues(1, Resource::unchanged)
        .into_iter()
        .map(|queue| queue.with(|change| change.importing = true))
        .collect();
    let found = compared(imported, Vec::new(), json!({}));
    assert!(
        found.len() == 1 && found[0].starts_with("resource-only-here violation aws"),
        "{found:?}"
    );
    // Neither data nor what an earlier apply left behind is a resource of the environment.
    let read = Resource::create("data.aws_sqs_queue.q", json!({"fifo_queue": false}));
    let deposed = Resource::unchanged("aws_sqs_queue.old", json!({"fifo_queue": false}))
        .with(|change| change.deposed = Some("a1b2c3d4".to_owned()));
    assert_eq!(compared(vec![read, deposed], Vec::new(), json!({})), NONE);
}

#[test]
fn what_cannot_be_told_and_does_not_change() {
    let key = |rotation: Json| json!({"enable_key_rotation": rotation});
    let there = vec![Resource::create("aws_kms_key.k", key(json!(true)))];
    let still = Resource::unchanged("aws_kms_key.k", key(sensitive()));
    // What an earlier apply left behind is no change of the block.
    let deposed = Resource::delete("aws_kms_key.k", key(json!(true)))
        .with(|change| change.deposed = Some("a1b2c3d4".to_owned()));
    let found = compared(vec![deposed, still], there, json!({}));
    assert!(
        found.len() == 1
            && found[0].starts_with("attribute-differs undetermined(existing) aws_kms_key.k"),
        "{found:?}"
    );
    let evaluation = Plan::new([
        Resource::delete("aws_kms_key.k", key(json!(true)))
            .with(|change| change.deposed = Some("a1b2c3d4".to_owned())),
        Resource::create("aws_kms_key.k", key(json!(true))),
    ])
    .document(
        "other-environment",
        &summary(vec![Resource::create("aws_kms_key.k", key(json!(false)))]),
    )
    .evaluate::<Parity>()
    .unwrap();
    assert_eq!(evaluation.findings[0].deposed, None);
}

#[test]
fn an_environment_is_not_compared_with_itself() {
    let of = |with: &str| {
        Plan::new([])
            .environment("production", true)
            .settings(json!({"with": with}))
            .evaluate::<Parity>()
    };
    assert!(of("production").is_err());
    assert!(of("staging").is_ok());
}
