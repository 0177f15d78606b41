//! What the policy finds in plans, case by case.

#![expect(
    clippy::needless_pass_by_value,
    clippy::redundant_clone,
    reason = "tests: rows that read alike"
)]

use region_and_account::RegionAndAccount;
use tollgate_policy::Action;
use tollgate_policy::serde_json::{Value as Json, json};
use tollgate_policy::testing::{Plan, Resource, unknown};

const NONE: &[&str] = &[];

fn findings(resources: Vec<Resource>, settings: Json) -> Vec<String> {
    Plan::new(resources)
        .settings(settings)
        .findings::<RegionAndAccount>()
}

fn short(resources: Vec<Resource>, settings: Json) -> Vec<String> {
    findings(resources, settings)
        .iter()
        .map(|line| line.split(": ").next().unwrap_or_default().to_owned())
        .collect()
}

fn eu() -> Json {
    json!({"regions": ["eu-*", "europe-*", "West Europe", "EU"]})
}

/// A queue as hashicorp/aws 6 plans it.
fn queue(region: Json) -> Json {
    json!({
        "name": "orders", "arn": unknown(), "id": unknown(), "region": region, "tags": null,
        "tags_all": {}, "delay_seconds": 0,
    })
}

#[test]
fn nothing_is_found_until_configured() {
    let plan = vec![
        Resource::create("aws_sqs_queue.q", queue(json!("us-east-1"))),
        Resource::new("acme_thing.x", Action::Create),
    ];
    assert_eq!(findings(plan, json!({})), NONE);
}

#[test]
fn regions_of_each_cloud() {
    let bad = |address: &str, attribute: &str, region: &str| {
        vec![format!(
            "region-not-allowed violation {address} [{attribute}]: the resource is in `{region}`, which is not one of the allowed regions"
        )]
    };
    let aws = |region: Json| Resource::create("aws_sqs_queue.x", queue(region));
    let old = |region: Option<&str>| {
        let resource = Resource::create(
            "aws_sqs_queue.x",
            json!({"name": "orders", "arn": unknown()}),
        );
        match region {
            Some(region) => resource.region(region),
            None => resource,
        }
    };
    let google = |object: Json| Resource::create("google_compute_instance.x", object);
    let azure = |location: Json| {
        Resource::create(
            "azurerm_key_vault.x",
            json!({"name": "v", "location": location, "id": unknown()}),
        )
    };
    for (resource, expected) in [
        (aws(json!("eu-central-1")), vec![]),
        (
            aws(json!("us-east-1")),
            bad("aws_sqs_queue.x", "region", "us-east-1"),
        ),
        (old(Some("eu-west-1")), vec![]),
        (
            old(Some("us-east-1")),
            bad("aws_sqs_queue.x", "", "us-east-1"),
        ),
        (
            google(json!({"zone": "europe-west1-b", "project": "acme"})),
            vec![],
        ),
        (
            google(json!({"zone": "us-central1-a", "project": "acme"})),
            bad("google_compute_instance.x", "zone", "us-central1"),
        ),
        (google(json!({"location": "EU"})), vec![]),
        (
            google(json!({"location": "US"})),
            bad("google_compute_instance.x", "location", "US"),
        ),
        (google(json!({"location": "global"})), vec![]),
        (
            google(
                json!({"region": "https://www.googleapis.com/compute/v1/projects/acme/regions/europe-west3"}),
            ),
            vec![],
        ),
        (google(json!({"name": "no place"})), vec![]),
        (azure(json!("westeurope")), vec![]),
        (azure(json!("West Europe")), vec![]),
        (
            azure(json!("eastus")),
            bad("azurerm_key_vault.x", "location", "eastus"),
        ),
        (azure(json!("global")), vec![]),
        (azure(Json::Null), vec![]),
    ] {
        assert_eq!(
            findings(vec![resource.clone()], eu()),
            expected,
            "{resource:?}"
        );
    }
    // A service without a region is not in its provider's.
    for kind in [
        "aws_iam_role",
        "aws_route53_record",
        "aws_cloudfront_distribution",
    ] {
        let global =
            Resource::create(&format!("{kind}.x"), json!({"arn": unknown()})).region("us-east-1");
        assert_eq!(findings(vec![global], eu()), NONE, "{kind}");
    }
    // Names that merely look like a zone.
    let named = google(json!({"location": "asia"}));
    assert_eq!(short(vec![named], eu()).len(), 1);
}

#[test]
fn types_may_be_elsewhere() {
    let certificate = Resource::create(
        "aws_acm_certificate.c",
        json!({"region": "us-east-1", "arn": unknown()}),
    );
    assert_eq!(short(vec![certificate.clone()], eu()).len(), 1);
    let settings = json!({"regions": ["eu-*"], "type-regions": {"aws_acm_*": ["us-east-1"]}});
    assert_eq!(findings(vec![certificate.clone()], settings.clone()), NONE);
    let queue = Resource::create("aws_sqs_queue.q", queue(json!("us-east-1")));
    assert_eq!(short(vec![queue], settings).len(), 1);
    let settings = json!({"regions": ["eu-*"], "ignore-types": ["aws_acm_certificate"]});
    assert_eq!(findings(vec![certificate], settings), NONE);
}

#[test]
fn what_was_so_before_is_existing() {
    let at = |region: &str, arn: Json| json!({"name": "q", "region": region, "arn": arn});
    let arn = json!("arn:aws:sqs:us-east-1:111122223333:q");
    let address = "aws_sqs_queue.q";
    let abroad = at("us-east-1", arn.clone());
    let home = at(
        "eu-central-1",
        json!("arn:aws:sqs:eu-central-1:111122223333:q"),
    );
    for (resource, expected) in [
        (
            Resource::unchanged(address, abroad.clone()),
            &["region-not-allowed violation(existing) aws_sqs_queue.q [region]"][..],
        ),
        (
            Resource::update(address, abroad.clone(), abroad.clone()),
            &["region-not-allowed violation(existing) aws_sqs_queue.q [region]"],
        ),
        (
            Resource::replace(address, abroad.clone(), at("us-east-1", unknown())),
            &["region-not-allowed violation(existing) aws_sqs_queue.q [region]"],
        ),
        (
            Resource::replace(address, home.clone(), at("us-east-1", unknown())),
            &["region-not-allowed violation aws_sqs_queue.q [region]"],
        ),
        (
            Resource::unchanged(address, abroad.clone()).with(|change| change.importing = true),
            &["region-not-allowed violation aws_sqs_queue.q [region]"],
        ),
        (
            Resource::replace(address, abroad.clone(), at("eu-central-1", unknown())),
            NONE,
        ),
        (Resource::delete(address, abroad.clone()), NONE),
        (Resource::unchanged(address, home.clone()), NONE),
        // An older provider: only the ARN says it.
        (
            Resource::unchanged(address, json!({"name": "q", "arn": arn.clone()})),
            &["region-not-allowed violation(existing) aws_sqs_queue.q [arn]"],
        ),
    ] {
        assert_eq!(
            short(vec![resource.clone()], eu()),
            expected,
            "{resource:?}"
        );
    }
}

#[test]
fn what_cannot_be_told_is_one_finding() {
    let untold = |name: &str| {
        Resource::create(
            &format!("aws_sqs_queue.{name}"),
            json!({"name": "q", "arn": unknown()}),
        )
    };
    assert_eq!(
        findings(vec![untold("a"), untold("b")], eu()),
        [
            "region-not-allowed undetermined - []: the region of 2 resources cannot be told: neither aws_sqs_queue.a nor its provider's configuration names one"
        ]
    );
    let vault = Resource::create(
        "azurerm_key_vault.v",
        json!({"location": unknown(), "id": unknown()}),
    );
    assert_eq!(
        findings(vec![vault], eu()),
        [
            "region-not-allowed undetermined - []: the region of 1 resource cannot be told: `location` of azurerm_key_vault.v is known only after apply"
        ]
    );
}

#[test]
fn copies_of_data() {
    let table = |replicas: Json| json!({"name": "orders", "region": "eu-central-1", "arn": unknown(), "replica": replicas, "global_table_witness": []});
    let replica = |region: Json| json!([{"region_name": region, "kms_key_arn": null, "point_in_time_recovery": false}]);
    let create = |object: Json| vec![Resource::create("aws_dynamodb_table.t", object)];
    assert_eq!(findings(create(table(json!([]))), eu()), NONE);
    assert_eq!(
        findings(create(table(replica(json!("eu-west-1")))), eu()),
        NONE
    );
    assert_eq!(
        findings(create(table(replica(json!("us-west-2")))), eu()),
        [
            "copy-outside-regions violation aws_dynamodb_table.t [replica[0].region_name]: a copy of the data is in `us-west-2`, which is not one of the allowed regions"
        ]
    );
    // Left out, the block is the service's, which has none.
    assert_eq!(findings(create(table(unknown())), eu()), NONE);
    let computed = Resource::create("aws_dynamodb_table.t", table(replica(unknown())))
        .refers("replica", "data.aws_region.other.name");
    assert_eq!(
        short(vec![computed], eu()),
        ["copy-outside-regions undetermined aws_dynamodb_table.t [replica[0].region_name]"]
    );
    let kept = Resource::update(
        "aws_dynamodb_table.t",
        table(replica(json!("us-west-2"))),
        table(replica(json!("us-west-2"))),
    );
    assert_eq!(
        short(vec![kept], eu()),
        ["copy-outside-regions violation(existing) aws_dynamodb_table.t [replica[0].region_name]"]
    );
    let plan = |arn: Json| {
        vec![Resource::create(
            "aws_backup_plan.p",
            json!({"name": "p", "region": "eu-central-1", "arn": unknown(), "rule": [{"rule_name": "daily", "copy_action": [{"destination_vault_arn": arn}]}]}),
        )]
    };
    assert_eq!(
        findings(
            plan(json!(
                "arn:aws:backup:eu-west-1:111122223333:backup-vault:v"
            )),
            eu()
        ),
        NONE
    );
    assert_eq!(
        short(
            plan(json!(
                "arn:aws:backup:us-west-2:111122223333:backup-vault:v"
            )),
            eu()
        ),
        [
            "copy-outside-regions violation aws_backup_plan.p [rule[0].copy_action[0].destination_vault_arn]"
        ]
    );
    let of = |to: &str| plan(unknown()).remove(0).refers("rule", to);
    assert_eq!(
        short(vec![of("data.aws_backup_vault.far.arn")], eu()),
        [
            "copy-outside-regions undetermined aws_backup_plan.p [rule[0].copy_action[0].destination_vault_arn]"
        ]
    );
    // A vault that the same plan makes is judged where it is.
    assert_eq!(findings(vec![of("aws_backup_vault.far.arn")], eu()), NONE);
    for (kind, object) in [
        (
            "azurerm_cosmosdb_account",
            json!({"location": "westeurope", "id": unknown(), "geo_location": [{"location": "eastus", "failover_priority": 0}]}),
        ),
        (
            "google_secret_manager_secret",
            json!({"project": "acme", "replication": [{"auto": [], "user_managed": [{"replicas": [{"location": "us-east1"}]}]}]}),
        ),
        (
            "google_storage_bucket",
            json!({"location": "EU", "custom_placement_config": [{"data_locations": ["europe-west1", "US-EAST1"]}]}),
        ),
        (
            "azurerm_container_registry",
            json!({"location": "westeurope", "id": unknown(), "georeplications": [{"location": "East US"}]}),
        ),
    ] {
        let resource = Resource::create(&format!("{kind}.x"), object);
        let found = short(vec![resource], eu());
        assert!(
            found.len() == 1 && found[0].starts_with("copy-outside-regions violation"),
            "{kind} {found:?}"
        );
    }
}

#[test]
fn providers() {
    let of = |provider: &str, action: Action| {
        Resource::new("acme_thing.x", action).with(|change| change.provider = provider.to_owned())
    };
    let settings = json!({"providers": ["hashicorp/*", "registry.opentofu.org/acme/known"]});
    for (provider, allowed) in [
        ("registry.terraform.io/hashicorp/aws", true),
        ("registry.opentofu.org/hashicorp/aws", true),
        ("registry.opentofu.org/acme/known", true),
        ("registry.terraform.io/acme/known", false),
        ("registry.terraform.io/hashicorpp/aws", false),
        ("registry.terraform.io/evil/hashicorp", false),
        ("terraform.io/builtin/terraform", true),
    ] {
        let found = findings(vec![of(provider, Action::Create)], settings.clone());
        assert_eq!(found.is_empty(), allowed, "{provider} {found:?}");
    }
    let evil = "registry.terraform.io/evil/aws";
    assert_eq!(
        findings(
            vec![of(evil, Action::NoOp), of(evil, Action::NoOp)],
            settings.clone()
        ),
        [
            "provider-not-allowed violation(existing) - []: the plan uses the provider `registry.terraform.io/evil/aws`, which is not allowed, for 2 resources"
        ]
    );
    assert_eq!(
        short(
            vec![of(evil, Action::NoOp), of(evil, Action::Delete)],
            settings
        ),
        ["provider-not-allowed violation - []"]
    );
}

#[test]
fn accounts() {
    let arn = |account: &str| json!({"name": "q", "region": "eu-central-1", "arn": format!("arn:aws:sqs:eu-central-1:{account}:q")});
    let settings = json!({"accounts": ["111122223333"]});
    let address = "aws_sqs_queue.q";
    let created = || Resource::create("aws_sqs_queue.new", queue(json!("eu-central-1")));
    assert_eq!(
        findings(
            vec![Resource::unchanged(address, arn("111122223333")), created()],
            settings.clone()
        ),
        NONE
    );
    assert_eq!(
        findings(
            vec![Resource::delete(address, arn("999988887777"))],
            settings.clone()
        ),
        [
            "account-not-allowed violation - []: 1 resource is in the account `999988887777`, which is not one of the allowed accounts"
        ]
    );
    assert_eq!(
        short(
            vec![Resource::unchanged(address, arn("999988887777"))],
            settings.clone()
        ),
        ["account-not-allowed violation(existing) - []"]
    );
    // The ARN of a bucket has no account, and what AWS itself owns is nobody's.
    let bucket = Resource::unchanged(
        "aws_s3_bucket.b",
        json!({"arn": "arn:aws:s3:::acme", "region": "eu-central-1"}),
    );
    assert_eq!(findings(vec![bucket.clone()], settings.clone()), NONE);
    let managed = Resource::unchanged(
        "aws_iam_policy.p",
        json!({"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
    );
    assert_eq!(findings(vec![managed], settings.clone()), NONE);
    assert_eq!(
        findings(vec![created(), bucket], settings),
        [
            "account-not-allowed undetermined(advice) - []: the account of 1 resource cannot be told: `arn` of aws_sqs_queue.new is known only after apply"
        ]
    );
    let project = |project: Json| {
        Resource::create(
            "google_pubsub_topic.t",
            json!({"name": "t", "project": project}),
        )
    };
    let settings = json!({"projects": ["acme-prod"]});
    assert_eq!(
        findings(vec![project(json!("acme-prod"))], settings.clone()),
        NONE
    );
    assert_eq!(
        short(vec![project(json!("acme-staging"))], settings.clone()),
        ["account-not-allowed violation - []"]
    );
    let computed = project(unknown()).refers("project", "google_project.made.project_id");
    assert_eq!(
        short(
            vec![computed, project(json!("acme-prod"))],
            settings.clone()
        ),
        ["account-not-allowed undetermined - []"]
    );
    // Left out, it is the provider's.
    assert_eq!(
        short(vec![project(unknown())], settings.clone()),
        ["account-not-allowed undetermined(advice) - []"]
    );
    assert_eq!(findings(vec![project(Json::Null)], settings), NONE);
    let vault = |id: Json| {
        Resource::unchanged(
            "azurerm_key_vault.v",
            json!({"location": "westeurope", "id": id}),
        )
    };
    let settings = json!({"subscriptions": ["00000000-1111-2222-3333-444444444444"]});
    let id = |subscription: &str| {
        json!(format!(
            "/subscriptions/{subscription}/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v"
        ))
    };
    assert_eq!(
        findings(
            vec![vault(id("00000000-1111-2222-3333-444444444444"))],
            settings.clone()
        ),
        NONE
    );
    assert_eq!(
        short(
            vec![vault(id("99999999-1111-2222-3333-444444444444"))],
            settings.clone()
        ),
        ["account-not-allowed violation(existing) - []"]
    );
    let new = Resource::create(
        "azurerm_key_vault.v",
        json!({"location": "westeurope", "id": unknown()}),
    );
    assert_eq!(
        short(vec![new.clone()], settings),
        ["account-not-allowed undetermined(advice) - []"]
    );
    let strict = json!({"subscriptions": ["00000000-1111-2222-3333-444444444444"], "unseen-account": "undetermined"});
    assert_eq!(
        short(vec![new], strict),
        ["account-not-allowed undetermined - []"]
    );
}

#[test]
fn accounts_of_what_is_imported_written_and_made() {
    let settings = json!({"subscriptions": ["AAAAAAAA-1111-2222-3333-444444444444"]});
    let vault = |subscription: &str| json!({"location": "westeurope", "id": format!("/subscriptions/{subscription}/resourceGroups/g")});
    let address = "azurerm_key_vault.v";
    // However it is written.
    for subscription in [
        "aaaaaaaa-1111-2222-3333-444444444444",
        "AAAAAAAA-1111-2222-3333-444444444444",
    ] {
        let there = Resource::unchanged(address, vault(subscription));
        assert_eq!(findings(vec![there], settings.clone()), NONE);
    }
    let imported = Resource::unchanged(address, vault("b")).with(|change| change.importing = true);
    assert_eq!(
        short(vec![imported], settings),
        ["account-not-allowed violation - []"]
    );
    // What a change makes of it counts, not what it was.
    let settings = json!({"accounts": ["111122223333"]});
    let queue = |account: &str| json!({"region": "eu-central-1", "arn": format!("arn:aws:sqs:eu-central-1:{account}:q")});
    let moved = Resource::update(
        "aws_sqs_queue.q",
        queue("111122223333"),
        queue("999988887777"),
    );
    assert_eq!(
        short(vec![moved], settings),
        ["account-not-allowed violation - []"]
    );
}

#[test]
fn what_no_policy_of_regions_is_about() {
    let abroad = || queue(json!("us-east-1"));
    let read = Resource::create("data.aws_sqs_queue.q", abroad());
    let deposed = Resource::unchanged("aws_sqs_queue.q", abroad())
        .with(|change| change.deposed = Some("a1b2c3d4".to_owned()));
    assert_eq!(findings(vec![read, deposed], eu()), NONE);
    // A zone that follows from the provider's region is known as soon as that is.
    let machine = |region: Option<&str>| {
        let machine = Resource::create("google_compute_instance.m", json!({"zone": unknown()}));
        match region {
            Some(region) => machine.region(region),
            None => machine,
        }
    };
    assert_eq!(findings(vec![machine(Some("europe-west1"))], eu()), NONE);
    assert_eq!(short(vec![machine(Some("us-east1"))], eu()).len(), 1);
    assert_eq!(
        short(vec![machine(None)], eu()),
        ["region-not-allowed undetermined - []"]
    );
    // Of several references one to a vault of this plan is enough.
    let plan = Resource::create(
        "aws_backup_plan.p",
        json!({"region": "eu-central-1", "rule": [{"copy_action": [{"destination_vault_arn": unknown()}]}]}),
    )
    .refers("rule", "var.schedule")
    .refers("rule", "aws_backup_vault.far.arn");
    assert_eq!(findings(vec![plan], eu()), NONE);
}

#[test]
fn copies_of_what_is_imported() {
    let secret = |region: Json| json!({"name": "s", "region": "eu-central-1", "replica": [{"region": region}]});
    let address = "aws_secretsmanager_secret.s";
    for (region, outcome) in [
        (json!("us-east-1"), "violation"),
        (unknown(), "undetermined"),
    ] {
        let there = Resource::unchanged(address, secret(region))
            .refers("replica", "data.aws_region.other.name");
        let rule = format!("copy-outside-regions {outcome}");
        let place = "aws_secretsmanager_secret.s [replica[0].region]";
        assert_eq!(
            short(vec![there.clone()], eu()),
            [format!("{rule}(existing) {place}")]
        );
        let imported = there.with(|change| change.importing = true);
        assert_eq!(short(vec![imported], eu()), [format!("{rule} {place}")]);
    }
}

#[test]
fn one_computed_project_is_enough() {
    let settings = json!({"projects": ["acme-prod"]});
    let topic = |name: &str| {
        Resource::create(
            &format!("google_pubsub_topic.{name}"),
            json!({"project": unknown()}),
        )
    };
    let computed = topic("b").refers("project", "google_project.made.project_id");
    assert_eq!(
        short(vec![topic("a"), computed], settings),
        ["account-not-allowed undetermined - []"]
    );
}

#[test]
fn the_providers_configuration_tells_the_account() {
    let told = |accounts: Json, used: bool, action: Action| {
        let document = json!({"modules": [], "providers": [
            {"key": "aws.eu", "module": null, "source": "example.org/hashicorp/aws", "version": null, "accounts": accounts, "used": used},
            {"key": "random", "module": null, "source": "example.org/hashicorp/random", "version": null, "accounts": [], "used": true},
        ]});
        let resource = match action {
            Action::Create => Resource::create("aws_sqs_queue.q", queue(json!("eu-west-1"))),
            action => Resource::new("aws_sqs_queue.q", action),
        };
        Plan::new([resource])
            .settings(json!({"accounts": ["111122223333"], "unseen-account": "undetermined"}))
            .document("configuration", &document.to_string())
            .findings::<RegionAndAccount>()
    };
    let wrong = "the provider configuration `aws.eu` is for the account `444455556666`, which is not one of the allowed accounts";
    let create = Action::Create;
    assert_eq!(told(json!(["111122223333"]), true, create), NONE);
    assert_eq!(
        told(json!(["444455556666"]), true, create),
        [format!("account-not-allowed violation - []: {wrong}")]
    );
    assert_eq!(
        told(json!(["444455556666"]), true, Action::NoOp),
        [format!(
            "account-not-allowed violation(existing) - []: {wrong}"
        )]
    );
    // It may be either, or is not the one that is used.
    for (accounts, used) in [
        (json!(["111122223333", "444455556666"]), true),
        (json!([]), true),
        (json!(["444455556666"]), false),
        (json!(["111122223333"]), false),
    ] {
        let found = told(accounts.clone(), used, create);
        assert_eq!(found.len(), 1, "{accounts} {found:?}");
        assert!(
            found[0].contains("undetermined") && found[0].contains("cannot be told"),
            "{found:?}"
        );
    }
}

#[test]
fn settings_that_nothing_can_meet_are_an_error() {
    for (settings, wrong) in [
        (json!({"accounts": ["production"]}), true),
        (json!({"accounts": ["11112222333"]}), true),
        (json!({"accounts": ["111122223333"]}), false),
        (json!({"subscriptions": ["production"]}), true),
        (
            json!({"subscriptions": ["01234567-89ab-cdef-0123-456789abcdef"]}),
            false,
        ),
        (
            json!({"type-regions": {"aws_acm_certificate": ["us-east-1"]}}),
            true,
        ),
        (
            json!({"regions": ["eu-*"], "type-regions": {"aws_acm_certificate": []}}),
            true,
        ),
        (
            json!({"regions": ["eu-*"], "type-regions": {"aws_acm_certificate": ["us-east-1"]}}),
            false,
        ),
    ] {
        let plan = Plan::new([]).settings(settings.clone());
        assert_eq!(
            plan.evaluate::<RegionAndAccount>().is_err(),
            wrong,
            "{settings}"
        );
    }
}
