//! What the policy finds in plans, case by case.

#![expect(
    clippy::needless_pass_by_value,
    clippy::redundant_clone,
    reason = "tests: rows that read alike"
)]

use required_tags::RequiredTags;
use tollgate_policy::serde_json::{Value as Json, json};
use tollgate_policy::testing::{Plan, Resource, sensitive, unknown};
use tollgate_policy::{Action, Policy};

const NONE: &[&str] = &[];

fn findings(resource: Resource, settings: Json) -> Vec<String> {
    Plan::new([resource])
        .settings(settings)
        .findings::<RequiredTags>()
}

fn owner() -> Json {
    json!({"required": {"Owner": {}}})
}

/// A queue as hashicorp/aws plans one.
fn queue(tags: Json, tags_all: Json) -> Json {
    json!({
        "name": "orders", "name_prefix": "", "arn": "arn:aws:sqs:eu-central-1:111122223333:orders",
        "delay_seconds": 0, "fifo_queue": false, "kms_master_key_id": null,
        "tags": tags, "tags_all": tags_all, "timeouts": null,
    })
}

fn created(tags: Json, tags_all: Json) -> Resource {
    Resource::create("aws_sqs_queue.q", queue(tags, tags_all))
}

#[test]
fn without_settings_nothing_is_found() {
    let bare = created(Json::Null, json!({}));
    assert_eq!(findings(bare, json!({})), NONE);
}

#[test]
fn a_tag_is_missing_or_there() {
    let missing =
        "tag-missing violation aws_sqs_queue.q [tags]: the resource does not have the tag `Owner`";
    for (tags, all, expected) in [
        (Json::Null, json!({}), &[missing][..]),
        (json!({}), json!({}), &[missing]),
        (json!({"Name": "q"}), json!({"Name": "q"}), &[missing]),
        // Null is no tag.
        (json!({"Owner": null}), json!({}), &[missing]),
        (
            json!({"Owner": "payments"}),
            json!({"Owner": "payments"}),
            NONE,
        ),
        // From the provider's default tags.
        (Json::Null, json!({"Owner": "payments"}), NONE),
        (
            json!({"Name": "q"}),
            json!({"Name": "q", "Owner": "payments"}),
            NONE,
        ),
        (
            json!({"Owner": " "}),
            json!({"Owner": " "}),
            &[
                "tag-missing violation aws_sqs_queue.q [tags]: the resource does not have the tag `Owner` (it is empty)",
            ],
        ),
        (
            json!({"owner": "payments"}),
            json!({"owner": "payments"}),
            &[
                "tag-case violation aws_sqs_queue.q [tags]: the resource has the tag `owner` in place of `Owner`: another case is another tag",
            ],
        ),
        // The name of a tag in a value is none.
        (
            json!({"Name": "Owner"}),
            json!({"Name": "Owner"}),
            &[missing],
        ),
        // Another tag is not known yet, so the whole of them is not.
        (
            json!({"Owner": "payments", "Id": unknown()}),
            unknown(),
            NONE,
        ),
        (
            json!({"Id": unknown()}),
            unknown(),
            &[
                "tag-missing undetermined aws_sqs_queue.q [tags_all]: whether the tag will be there cannot be told from `tags_all`: `Owner`: known only after apply",
            ],
        ),
        (
            json!({"Owner": unknown()}),
            unknown(),
            &[
                "tag-missing undetermined aws_sqs_queue.q [tags]: whether the tag will be there cannot be told from `tags`: `Owner`: known only after apply",
            ],
        ),
        // Neither tags nor default tags: the provider leaves `tags_all` open.
        (Json::Null, unknown(), &[missing]),
        (json!({}), unknown(), &[missing]),
        (
            unknown(),
            unknown(),
            &[
                "tag-missing undetermined aws_sqs_queue.q [tags_all]: whether the tag will be there cannot be told from `tags_all`: `Owner`: known only after apply",
            ],
        ),
        // It is there, and every value will do.
        (
            json!({"Owner": sensitive()}),
            json!({"Owner": sensitive()}),
            NONE,
        ),
    ] {
        assert_eq!(
            findings(created(tags.clone(), all.clone()), owner()),
            expected,
            "{tags} {all}"
        );
    }
    // Before provider version 3.38 there is no `tags_all`.
    let old = Resource::create("aws_sqs_queue.q", json!({"tags": {"Owner": "payments"}}));
    assert_eq!(findings(old, owner()), NONE);
    let old = Resource::create("aws_sqs_queue.q", json!({"tags": null}));
    assert_eq!(findings(old, owner()), [missing]);
}

#[test]
fn values_are_those_that_are_allowed() {
    let settings = json!({"required": {
        "Environment": {"values": ["{environment}", "shared-*"]},
        "CostCenter": {"spellings": ["cost-center"], "values": ["cc-*"]},
        "Note": {"allow-empty": true},
    }});
    let of = |tags: Json| findings(created(tags.clone(), tags), settings.clone());
    assert_eq!(
        of(json!({"Environment": "production", "CostCenter": "cc-1", "Note": ""})),
        NONE
    );
    assert_eq!(
        of(json!({"Environment": "shared-eu", "cost-center": "cc-1", "Note": "x"})),
        NONE
    );
    assert_eq!(
        of(json!({"Environment": "staging", "CostCenter": "1", "Note": ""})),
        [
            "tag-value violation aws_sqs_queue.q [tags]: the value of 2 tags is not allowed: `CostCenter` is `1` (allowed: `cc-*`), `Environment` is `staging` (allowed: `production`, `shared-*`)"
        ]
    );
    assert_eq!(
        of(json!({"Environment": "Production", "CostCenter": "cc-1"})),
        [
            "tag-missing violation aws_sqs_queue.q [tags]: the resource does not have the tag `Note`",
            "tag-value violation aws_sqs_queue.q [tags]: the value of a tag is not allowed: `Environment` is `Production` (allowed: `production`, `shared-*`)",
        ]
    );
    // A value that nobody may see is not known to be allowed.
    assert_eq!(
        of(json!({"Environment": sensitive(), "CostCenter": "cc-1", "Note": ""})),
        [
            "tag-missing undetermined aws_sqs_queue.q [tags]: whether the tag will be there cannot be told from `tags`: `Environment`: marked sensitive"
        ]
    );
}

#[test]
fn what_was_so_before_is_existing() {
    let with = queue(json!({"Owner": "payments"}), json!({"Owner": "payments"}));
    let without = queue(Json::Null, json!({}));
    let edited = queue(json!({"Name": "q"}), json!({"Name": "q"}));
    let address = "aws_sqs_queue.q";
    let short = |resource: Resource, settings: Json| -> Vec<String> {
        findings(resource, settings)
            .iter()
            .map(|line| line.split(" aws_").next().unwrap_or_default().to_owned())
            .collect()
    };
    for (resource, expected) in [
        (
            Resource::unchanged(address, without.clone()),
            &["tag-missing violation(existing)"][..],
        ),
        // A tag edit that has nothing to do with it.
        (
            Resource::update(address, without.clone(), edited.clone()),
            &["tag-missing violation(existing)"],
        ),
        (
            Resource::update(address, with.clone(), edited.clone()),
            &["tag-missing violation"],
        ),
        (
            Resource::update(address, without.clone(), with.clone()),
            NONE,
        ),
        (
            Resource::replace(address, with.clone(), without.clone()),
            &["tag-missing violation"],
        ),
        (
            Resource::replace(address, without.clone(), without.clone()),
            &["tag-missing violation(existing)"],
        ),
        (
            Resource::unchanged(address, without.clone()).with(|change| change.importing = true),
            &["tag-missing violation"],
        ),
        (Resource::delete(address, without.clone()), NONE),
        (Resource::forget(address, without.clone()), NONE),
        (
            Resource::delete(address, without.clone())
                .with(|change| change.deposed = Some("a1b2c3d4".to_owned())),
            NONE,
        ),
        (Resource::unchanged(address, with.clone()), NONE),
    ] {
        assert_eq!(short(resource.clone(), owner()), expected, "{resource:?}");
    }
    // From one value that is not allowed to another.
    let value = |value: &str| queue(json!({"Owner": value}), json!({"Owner": value}));
    let settings = json!({"required": {"Owner": {"values": ["payments"]}}});
    assert_eq!(
        short(
            Resource::update(address, value("a"), value("b")),
            settings.clone()
        ),
        ["tag-value violation"]
    );
    assert_eq!(
        short(Resource::update(address, value("a"), value("a")), settings),
        ["tag-value violation(existing)"]
    );
}

#[test]
fn keys_of_each_provider() {
    let settings =
        json!({"required": {"CostCenter": {"spellings": ["cost_center"], "values": ["CC-*"]}}});
    let bucket = |labels: Json| {
        Resource::create(
            "google_storage_bucket.b",
            json!({
                "name": "acme-orders", "location": "EU", "project": "acme", "force_destroy": false,
                "labels": labels, "terraform_labels": labels, "effective_labels": labels,
            }),
        )
    };
    assert_eq!(
        findings(bucket(json!({"cost_center": "cc-1"})), settings.clone()),
        NONE
    );
    assert_eq!(
        findings(bucket(json!({"costcenter": "cc-1"})), settings.clone()),
        NONE
    );
    assert_eq!(
        findings(bucket(json!({"costcenter": "x"})), settings.clone()),
        [
            "tag-value violation google_storage_bucket.b [labels]: the value of a label is not allowed: `CostCenter` is `x` (allowed: `CC-*`)"
        ]
    );
    assert_eq!(
        findings(bucket(Json::Null), settings.clone()),
        [
            "tag-missing violation google_storage_bucket.b [labels]: the resource does not have the label `CostCenter`"
        ]
    );
    // From `default_labels` of the provider.
    let by_default = Resource::create(
        "google_storage_bucket.b",
        json!({"labels": null, "terraform_labels": {"costcenter": "cc-1"}, "effective_labels": {"costcenter": "cc-1"}}),
    );
    assert_eq!(findings(by_default, settings.clone()), NONE);
    // Labels that Google itself adds are nobody's.
    let added = Resource::unchanged(
        "google_storage_bucket.b",
        json!({"labels": {}, "terraform_labels": {}, "effective_labels": {"goog-managed": "cc-1"}}),
    );
    assert_eq!(findings(added, settings.clone()).len(), 1);
    let database = |labels: Json| {
        Resource::create(
            "google_sql_database_instance.d",
            json!({"name": "orders", "settings": [{"tier": "db-f1-micro", "user_labels": labels}]}),
        )
    };
    assert_eq!(
        findings(database(json!({"costcenter": "cc-1"})), settings.clone()),
        NONE
    );
    assert_eq!(findings(database(json!({})), settings.clone()).len(), 1);
    // Azure does not tell keys apart by case, but values.
    let vault = |tags: Json| {
        Resource::create(
            "azurerm_key_vault.v",
            json!({"name": "acme", "location": "westeurope", "sku_name": "standard", "tags": tags}),
        )
    };
    assert_eq!(
        findings(vault(json!({"costcenter": "CC-1"})), settings.clone()),
        NONE
    );
    assert_eq!(
        findings(vault(json!({"costcenter": "cc-1"})), settings.clone()).len(),
        1
    );
    assert_eq!(findings(vault(Json::Null), settings.clone()).len(), 1);
    // On AWS `case` decides.
    let tagged = created(json!({"costcenter": "CC-1"}), json!({"costcenter": "CC-1"}));
    assert_eq!(findings(tagged.clone(), settings.clone()).len(), 1);
    let lenient = json!({"case": "ignore", "required": {"CostCenter": {}}});
    assert_eq!(findings(tagged, lenient), NONE);
}

#[test]
fn types_without_tags_and_types_left_out() {
    for (kind, settings) in [
        ("aws_sqs_queue_policy", owner()),
        ("google_project_service", owner()),
        ("azurerm_subnet", owner()),
        ("random_id", owner()),
        (
            "aws_sqs_queue",
            json!({"required": {"Owner": {}}, "ignore-types": ["aws_sqs_*"]}),
        ),
        (
            "aws_sqs_queue",
            json!({"required": {"Owner": {"types": ["aws_db_*"]}}}),
        ),
        (
            "aws_sqs_queue",
            json!({"required": {"Owner": {"except-types": ["aws_sqs_queue"]}}}),
        ),
    ] {
        let plan = Plan::new([Resource::create(
            &format!("{kind}.x"),
            json!({"tags": null}),
        )]);
        assert_eq!(
            plan.settings(settings).findings::<RequiredTags>(),
            NONE,
            "{kind}"
        );
    }
    let read = Resource::new("data.aws_sqs_queue.q", Action::Read);
    assert_eq!(findings(read, owner()), NONE);
    // The network tags of a machine are none.
    let machine = Resource::create(
        "google_compute_instance.m",
        json!({"tags": ["Owner"], "labels": null, "terraform_labels": {}, "effective_labels": {}}),
    );
    assert_eq!(findings(machine, owner()).len(), 1);
}

#[test]
fn forbidden_keys() {
    let settings = json!({"forbidden": ["AutoStop", "tmp*"]});
    let of = |tags: Json| findings(created(tags.clone(), tags), settings.clone());
    assert_eq!(of(json!({"Name": "AutoStop"})), NONE);
    assert_eq!(of(json!({"autostop": "x"})), NONE);
    assert_eq!(
        of(json!({"AutoStop": "true", "tmp-a": "x"})),
        [
            "tag-forbidden violation aws_sqs_queue.q [tags]: the resource has the forbidden tags `AutoStop`, `tmp-a`"
        ]
    );
    let stopped = queue(json!({"AutoStop": "1"}), json!({"AutoStop": "1"}));
    assert_eq!(
        findings(
            Resource::unchanged("aws_sqs_queue.q", stopped),
            settings.clone()
        ),
        [
            "tag-forbidden violation(existing) aws_sqs_queue.q [tags]: the resource has the forbidden tag `AutoStop`"
        ]
    );
    assert_eq!(
        findings(created(unknown(), unknown()), settings.clone()),
        NONE,
        "what default tags may bring is not this resource's"
    );
    let vault = Resource::create("azurerm_key_vault.v", json!({"tags": unknown()}));
    assert_eq!(
        findings(vault, settings),
        [
            "tag-missing undetermined azurerm_key_vault.v [tags]: whether the tag will be there cannot be told from `tags`: forbidden ones: known only after apply"
        ]
    );
}

#[test]
fn groups_and_templates_pass_tags_on() {
    let group = |tags: Json| {
        Resource::create(
            "aws_autoscaling_group.g",
            json!({"name": "api", "min_size": 1, "max_size": 3, "tag": tags}),
        )
    };
    let tag = |passed: bool| json!([{"key": "Owner", "value": "payments", "propagate_at_launch": passed}]);
    assert_eq!(findings(group(tag(false)), owner()), NONE);
    assert_eq!(
        findings(group(json!([])), owner()),
        [
            "tag-missing violation aws_autoscaling_group.g [tag]: the resource does not have the tag `Owner`"
        ]
    );
    let strict = json!({"required": {"Owner": {}}, "propagate-at-launch": true});
    assert_eq!(findings(group(tag(true)), strict.clone()), NONE);
    assert_eq!(
        findings(group(tag(false)), strict),
        [
            "tag-not-passed-on violation aws_autoscaling_group.g [tag]: the instances of the group do not get the tag `Owner`"
        ]
    );
    let template = |specifications: Json| {
        Resource::create(
            "aws_launch_template.t",
            json!({
                "name": "api", "tags": {"Owner": "payments"}, "tags_all": {"Owner": "payments"},
                "tag_specifications": specifications,
            }),
        )
    };
    assert_eq!(findings(template(json!([])), owner()), NONE);
    let strict =
        json!({"required": {"Owner": {}}, "launch-template-resources": ["instance", "volume"]});
    let both = json!([
        {"resource_type": "instance", "tags": {"Owner": "payments"}},
        {"resource_type": "volume", "tags": {"Owner": "payments"}},
    ]);
    assert_eq!(findings(template(both), strict.clone()), NONE);
    assert_eq!(
        findings(
            template(json!([{"resource_type": "instance", "tags": {"Owner": "payments"}}])),
            strict.clone()
        ),
        [
            "tag-not-passed-on violation aws_launch_template.t [tag_specifications]: what is launched as `volume` does not get the tag `Owner`"
        ]
    );
    assert_eq!(
        findings(template(unknown()), strict)
            .iter()
            .map(|line| line.split(": ").next().unwrap_or_default())
            .collect::<Vec<_>>(),
        [
            "tag-not-passed-on undetermined aws_launch_template.t [tag_specifications]",
            "tag-not-passed-on undetermined aws_launch_template.t [tag_specifications]",
        ]
    );
}

#[test]
fn a_typo_in_the_settings_is_an_error() {
    for settings in [
        json!({"require": {}}),
        json!({"required": {"Owner": {"value": ["x"]}}}),
        json!({"case": "lower"}),
    ] {
        let plan = Plan::new([]).settings(settings.clone());
        assert!(plan.evaluate::<RequiredTags>().is_err(), "{settings}");
    }
    assert!(RequiredTags::interests().len() > 4);
}

#[test]
fn case_of_several_spellings() {
    let settings = json!({"required": {"CostCenter": {"spellings": ["cost-center"]}}, "forbidden": ["AUTOSTOP*"]});
    assert_eq!(
        findings(
            created(json!({"costcenter": "x"}), json!({"costcenter": "x"})),
            settings.clone()
        ),
        [
            "tag-case violation aws_sqs_queue.q [tags]: the resource has the tag `costcenter` in place of `CostCenter`: another case is another tag"
        ]
    );
    // Azure does not tell forbidden keys apart by case either.
    let vault = Resource::create(
        "azurerm_key_vault.v",
        json!({"tags": {"AutoStopAt": "x", "CostCenter": "x"}}),
    );
    assert_eq!(
        findings(vault, settings),
        [
            "tag-forbidden violation azurerm_key_vault.v [tags]: the resource has the forbidden tag `AutoStopAt`"
        ]
    );
}

#[test]
fn tags_of_a_template_that_cannot_be_told() {
    let settings = json!({"required": {"Owner": {}}, "launch-template-resources": ["instance"]});
    let template = Resource::create(
        "aws_launch_template.t",
        json!({
            "tags": unknown(), "tags_all": unknown(),
            "tag_specifications": [{"resource_type": "instance", "tags": {"Owner": "payments"}}],
        }),
    );
    assert_eq!(
        findings(template, settings),
        [
            "tag-missing undetermined aws_launch_template.t [tags_all]: whether the tag will be there cannot be told from `tags_all`: `Owner`: known only after apply"
        ]
    );
}

#[test]
fn settings_that_no_resource_can_meet_are_an_error() {
    for (settings, wrong) in [
        (
            json!({"required": {"owner": {}}, "forbidden": ["own*"]}),
            true,
        ),
        (
            json!({"required": {"owner": {"spellings": ["team"]}}, "forbidden": ["own*"]}),
            false,
        ),
        (
            json!({"required": {"owner": {}}, "forbidden": ["temp"]}),
            false,
        ),
        (
            json!({"required": {"owner": {"types": ["aws_instance"], "except-types": ["aws_*"]}}}),
            true,
        ),
        (
            json!({"required": {"owner": {"types": ["aws_*"], "except-types": ["aws_instance"]}}}),
            false,
        ),
        (json!({"required": {"owner": {"values": [""]}}}), true),
        (
            json!({"required": {"owner": {"values": [""], "allow-empty": true}}}),
            false,
        ),
        (json!({"launch-template-resources": ["instances"]}), true),
        (
            json!({"launch-template-resources": ["instance", "volume"]}),
            false,
        ),
    ] {
        let plan = Plan::new([]).settings(settings.clone());
        assert_eq!(
            plan.evaluate::<RequiredTags>().is_err(),
            wrong,
            "{settings}"
        );
    }
}
