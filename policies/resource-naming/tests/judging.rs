//! What the policy finds in plans, case by case.

#![expect(clippy::redundant_clone, reason = "tests: rows that read alike")]

use resource_naming::ResourceNaming;
use tollgate_policy::Policy;
use tollgate_policy::serde_json::{Value as Json, json};
use tollgate_policy::testing::{Plan, Resource, sensitive, unknown};

const NONE: &[&str] = &[];

fn findings(resource: Resource, settings: Json) -> Vec<String> {
    Plan::new([resource])
        .settings(settings)
        .findings::<ResourceNaming>()
}

fn created(kind: &str, object: Json) -> Resource {
    Resource::create(&format!("{kind}.x"), object)
}

#[test]
fn lengths_of_services() {
    let of = |count: usize| "a".repeat(count);
    for (kind, attribute, most) in [
        ("aws_lb", "name", 32),
        ("aws_lb_target_group", "name", 32),
        ("aws_lb", "name_prefix", 6),
        ("aws_s3_bucket", "bucket", 63),
        ("aws_lambda_function", "function_name", 64),
        ("aws_iam_role", "name", 64),
        ("aws_sqs_queue", "name", 80),
        (
            "aws_elasticache_replication_group",
            "replication_group_id",
            40,
        ),
        ("aws_opensearch_domain", "domain_name", 28),
        ("google_compute_instance", "name", 63),
        ("google_service_account", "account_id", 30),
        ("google_container_cluster", "name", 40),
        ("azurerm_storage_account", "name", 24),
        ("azurerm_key_vault", "name", 24),
        ("azurerm_container_app", "name", 32),
    ] {
        assert_eq!(
            findings(created(kind, json!({attribute: of(most)})), json!({})),
            NONE,
            "{kind}"
        );
        let long = of(most + 1);
        assert_eq!(
            findings(created(kind, json!({attribute: long})), json!({})),
            [format!(
                "name-length violation {kind}.x [{attribute}]: the name `{long}` has {} characters, and the service allows {most}",
                most + 1
            )]
        );
        // Switched off.
        assert_eq!(
            findings(
                created(kind, json!({attribute: of(most + 1)})),
                json!({"ignore-length": true})
            ),
            NONE
        );
    }
    assert_eq!(
        findings(
            created("azurerm_storage_account", json!({"name": "ab"})),
            json!({})
        ),
        [
            "name-length violation azurerm_storage_account.x [name]: the name `ab` has 2 characters, and the service wants 3 at least"
        ]
    );
    // Labels with dots between may be longer together.
    let dotted = format!("{}.{}", of(60), of(60));
    assert_eq!(
        findings(
            created("google_storage_bucket", json!({"name": dotted})),
            json!({})
        ),
        NONE
    );
    // Characters, not bytes.
    assert_eq!(
        findings(
            created("azurerm_resource_group", json!({"name": "é".repeat(90)})),
            json!({})
        ),
        NONE
    );
    // A type whose limit nobody has looked up.
    assert_eq!(
        findings(
            created("aws_glue_crawler", json!({"name": of(500)})),
            json!({})
        ),
        NONE
    );
    // Somebody else's name.
    assert_eq!(
        findings(
            created("aws_s3_bucket_policy", json!({"bucket": of(500)})),
            json!({})
        ),
        NONE
    );
}

#[test]
fn only_a_name_that_the_plan_sets_is_too_long() {
    let long = json!({"name": "a".repeat(33), "idle_timeout": 60});
    let short = json!({"name": "short", "idle_timeout": 60});
    for (resource, expected) in [
        (Resource::unchanged("aws_lb.x", long.clone()), 0),
        (Resource::update("aws_lb.x", long.clone(), long.clone()), 0),
        (
            Resource::replace("aws_lb.x", short.clone(), long.clone()),
            1,
        ),
        (Resource::delete("aws_lb.x", long.clone()), 0),
        (Resource::forget("aws_lb.x", long.clone()), 0),
        (
            Resource::replace("aws_lb.x", long.clone(), short.clone()),
            0,
        ),
        (created("aws_lb", json!({"name": unknown()})), 0),
        (
            created("aws_lb", json!({"name": null, "name_prefix": ""})),
            0,
        ),
    ] {
        assert_eq!(
            findings(resource.clone(), json!({})).len(),
            expected,
            "{resource:?}"
        );
    }
}

fn convention() -> Json {
    json!({"names": {
        "*": {"prefixes": ["{environment}-", "shared-"]},
        "aws_sqs_*": {"prefixes": ["{environment}-"], "suffixes": ["-queue", ".fifo"], "max-length": 24},
        "aws_s3_bucket": {"patterns": ["acme-{environment}-*"], "characters": "kebab"},
        "azurerm_storage_account": {},
        "google_bigquery_dataset": {"characters": "snake"},
    }})
}

#[test]
fn names_follow_the_convention_of_their_type() {
    for (kind, object, expected) in [
        ("aws_lb", json!({"name": "production-api"}), None),
        ("aws_lb", json!({"name": "shared-api"}), None),
        (
            "aws_lb",
            json!({"name": "staging-api"}),
            Some("the name `staging-api` does not begin with `production-` or `shared-`"),
        ),
        // An exact type, then a longer pattern, goes before a shorter one.
        (
            "aws_sqs_queue",
            json!({"name": "production-orders-queue"}),
            None,
        ),
        (
            "aws_sqs_queue",
            json!({"name": "shared-orders-queue"}),
            Some("the name `shared-orders-queue` does not begin with `production-`"),
        ),
        (
            "aws_sqs_queue",
            json!({"name": "production-orders"}),
            Some("the name `production-orders` does not end with `-queue` or `.fifo`"),
        ),
        (
            "aws_s3_bucket",
            json!({"bucket": "acme-production-logs"}),
            None,
        ),
        (
            "aws_s3_bucket",
            json!({"bucket": "acme-production.logs"}),
            Some("the name `acme-production.logs` does not look like `acme-production-*`"),
        ),
        (
            "aws_s3_bucket",
            json!({"bucket": "acme-production-lo.gs"}),
            Some(
                "the name `acme-production-lo.gs` does not have small letters, digits and hyphens",
            ),
        ),
        ("azurerm_storage_account", json!({"name": "acmelogs"}), None),
        (
            "google_bigquery_dataset",
            json!({"dataset_id": "orders_eu"}),
            None,
        ),
        (
            "google_bigquery_dataset",
            json!({"dataset_id": "OrdersEu"}),
            Some("the name `OrdersEu` does not have small letters, digits and underscores"),
        ),
        // What ends at random is judged by its beginning.
        (
            "aws_s3_bucket",
            json!({"bucket": unknown(), "bucket_prefix": "acme-production-logs-"}),
            None,
        ),
        (
            "aws_s3_bucket",
            json!({"bucket": unknown(), "bucket_prefix": "acme-"}),
            None,
        ),
        (
            "aws_s3_bucket",
            json!({"bucket": unknown(), "bucket_prefix": "logs-"}),
            Some("the name `logs-` does not look like `acme-production-*`"),
        ),
        (
            "aws_sqs_queue",
            json!({"name": unknown(), "name_prefix": "production-orders"}),
            None,
        ),
        (
            "aws_sqs_queue",
            json!({"name": "production-orders2026112919", "name_prefix": "production-orders"}),
            None,
        ),
        (
            "aws_kms_alias",
            json!({"name": "alias/production-main"}),
            None,
        ),
        (
            "aws_kms_alias",
            json!({"name": "alias/main"}),
            Some("the name `main` does not begin with `production-` or `shared-`"),
        ),
        // By the tag, where there is no name.
        (
            "aws_vpc",
            json!({"tags": {"Name": "production-main"}}),
            None,
        ),
        (
            "aws_vpc",
            json!({"tags": {"Name": "main"}}),
            Some("the name `main` does not begin with `production-` or `shared-`"),
        ),
        ("aws_vpc", json!({"tags": null}), None),
        ("aws_vpc", json!({"tags": unknown()}), None),
        // Types whose names are not their own.
        ("aws_route53_record", json!({"name": "example.org"}), None),
        ("acme_thing", json!({"name": "x"}), None),
    ] {
        let found = findings(created(kind, object.clone()), convention());
        let messages: Vec<_> = found
            .iter()
            .filter_map(|line| line.split_once(": "))
            .map(|(_, message)| message)
            .collect();
        assert_eq!(
            messages,
            expected.into_iter().collect::<Vec<_>>(),
            "{kind} {object}"
        );
    }
    assert_eq!(
        findings(
            created(
                "aws_sqs_queue",
                json!({"name": "production-incoming-queue"})
            ),
            convention()
        ),
        [
            "name-length violation aws_sqs_queue.x [name]: the name `production-incoming-queue` has 25 characters, and the settings allow 24"
        ]
    );
    for doubt in [unknown(), sensitive()] {
        let found = findings(
            created("aws_lb", json!({"name": doubt, "name_prefix": null})),
            convention(),
        );
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("name-pattern undetermined aws_lb.x [name]: whether the name follows the convention cannot be told: `name` is"), "{found:?}");
    }
    let left_out = json!({"names": {"*": {"prefixes": ["x-"]}}, "ignore-types": ["aws_lb"]});
    assert_eq!(
        findings(created("aws_lb", json!({"name": "api"})), left_out),
        NONE
    );
}

#[test]
fn what_was_so_before_is_existing() {
    let named = |name: &str| json!({"name": name, "idle_timeout": 60});
    let short = |resource: Resource| -> Vec<String> {
        findings(resource, convention())
            .iter()
            .map(|line| line.split(" aws").next().unwrap_or_default().to_owned())
            .collect()
    };
    for (resource, expected) in [
        (
            Resource::unchanged("aws_lb.x", named("api")),
            &["name-pattern violation(existing)"][..],
        ),
        (
            Resource::update("aws_lb.x", named("api"), named("api")),
            &["name-pattern violation(existing)"],
        ),
        (
            Resource::replace("aws_lb.x", named("api"), named("web")),
            &["name-pattern violation"],
        ),
        (
            Resource::replace("aws_lb.x", named("production-api"), named("api")),
            &["name-pattern violation"],
        ),
        (
            Resource::replace("aws_lb.x", named("api"), named("production-api")),
            NONE,
        ),
        (
            Resource::unchanged("aws_lb.x", named("api")).with(|change| change.importing = true),
            &["name-pattern violation"],
        ),
        (Resource::delete("aws_lb.x", named("api")), NONE),
    ] {
        assert_eq!(short(resource.clone()), expected, "{resource:?}");
    }
}

#[test]
fn forbidden_names() {
    let settings = json!({"forbidden": ["*staging*"]});
    assert_eq!(
        findings(
            created("aws_lb", json!({"name": "api-Staging-eu"})),
            settings.clone()
        ),
        [
            "name-forbidden violation aws_lb.x [name]: the name `api-Staging-eu` matches `*staging*`, which is forbidden here"
        ]
    );
    for object in [
        json!({"name": "api"}),
        json!({"name": unknown(), "name_prefix": null}),
        json!({"name": "api", "tags": {"Copy": "staging"}, "description": "staging"}),
    ] {
        assert_eq!(
            findings(created("aws_lb", object.clone()), settings.clone()),
            NONE,
            "{object}"
        );
    }
}

#[test]
fn a_typo_in_the_settings_is_an_error() {
    for settings in [
        json!({"name": {}}),
        json!({"names": {"*": {"prefix": "x"}}}),
        json!({"names": {"*": {"characters": "camel"}}}),
    ] {
        let plan = Plan::new([]).settings(settings.clone());
        assert!(plan.evaluate::<ResourceNaming>().is_err(), "{settings}");
    }
    assert!(ResourceNaming::interests().len() > 20);
}

#[test]
fn forbidden_names_without_regard_to_case() {
    let settings = json!({"forbidden": ["*STAGING*"]});
    assert_eq!(
        findings(created("aws_lb", json!({"name": "api-staging"})), settings).len(),
        1
    );
}

#[test]
fn conventions_that_no_name_can_follow_are_an_error() {
    for (settings, wrong) in [
        (
            json!({"names": {"*": {"prefixes": ["Prod-"], "characters": "kebab"}}}),
            true,
        ),
        (
            json!({"names": {"*": {"prefixes": ["Prod-", "prod-"], "characters": "kebab"}}}),
            false,
        ),
        (
            json!({"names": {"*": {"patterns": ["prod_*"], "characters": "kebab"}}}),
            true,
        ),
        (
            json!({"names": {"*": {"patterns": ["prod-*"], "characters": "kebab"}}}),
            false,
        ),
        (
            json!({"names": {"*": {"prefixes": ["prod-"]}}, "forbidden": ["*prod*"]}),
            true,
        ),
        (
            json!({"names": {"*": {"prefixes": ["prod-"]}}, "forbidden": ["*staging*"]}),
            false,
        ),
        (
            json!({"names": {"*": {"suffixes": ["{environment}"]}}, "forbidden": ["*staging*"]}),
            false,
        ),
        (
            json!({"names": {"*": {"prefixes": ["prod-"], "patterns": ["staging-*"]}}}),
            true,
        ),
        (
            json!({"names": {"*": {"prefixes": ["prod-"], "patterns": ["prod-*-db", "x*"]}}}),
            false,
        ),
        (
            json!({"names": {"*": {"prefixes": ["prod-"], "patterns": ["*-db"]}}}),
            false,
        ),
        (
            json!({"names": {"*": {"prefixes": ["production-"], "max-length": 8}}}),
            true,
        ),
        (
            json!({"names": {"*": {"prefixes": ["prod-"], "max-length": 8}}}),
            false,
        ),
        (json!({"names": {"*": {}}}), false),
    ] {
        let plan = Plan::new([]).settings(settings.clone());
        assert_eq!(
            plan.evaluate::<ResourceNaming>().is_err(),
            wrong,
            "{settings}"
        );
    }
}
