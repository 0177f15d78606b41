//! What the policy finds in plans, case by case.

#![expect(clippy::unwrap_used, reason = "tests")]

use deletion_protection::DeletionProtection;
use deletion_protection::switch::{Layer, Safe, Switch, Unset};
use deletion_protection::table::{COMPUTED, DELETION_POLICY, rows};
use tollgate_policy::serde_json::{Value as Json, json};
use tollgate_policy::testing::{Plan, Resource, sensitive, unknown};
use tollgate_policy::{Action, Cause, Interest, Path, Policy, Replacement, pattern};

/// `rule outcome [attributes]` of every finding on one resource.
fn judged(resource: Resource) -> Vec<String> {
    with_settings(resource, json!({}))
}

fn with_settings(resource: Resource, settings: Json) -> Vec<String> {
    short(&Plan::new([resource]).settings(settings))
}

fn short(plan: &Plan) -> Vec<String> {
    assert_eq!(
        plan.brought_about_by_nothing::<DeletionProtection>(),
        [""; 0]
    );
    plan.findings::<DeletionProtection>()
        .iter()
        .map(|line| {
            let (head, _) = line.split_once(": ").unwrap();
            let mut words: Vec<_> = head.split(' ').collect();
            words.remove(2);
            words.join(" ")
        })
        .collect()
}

/// A resource that is created with these attributes.
fn created(kind: &str, attributes: Json) -> Resource {
    Resource::create(&format!("{kind}.x"), attributes)
}

#[test]
fn switches_after_apply() {
    let none: &[&str] = &[];
    for (kind, after, expected) in [
        // On.
        (
            "aws_dsql_cluster",
            json!({"deletion_protection_enabled": true, "force_destroy": false}),
            none,
        ),
        (
            "aws_cognito_user_pool",
            json!({"deletion_protection": "ACTIVE"}),
            none,
        ),
        (
            "aws_verifiedpermissions_policy_store",
            json!({"deletion_protection": "ENABLED"}),
            none,
        ),
        (
            "google_bigtable_table",
            json!({"deletion_protection": "PROTECTED"}),
            none,
        ),
        (
            "google_container_cluster",
            json!({"deletion_protection": true}),
            none,
        ),
        (
            "azurerm_key_vault",
            json!({"purge_protection_enabled": true, "soft_delete_retention_days": 90}),
            none,
        ),
        (
            "azurerm_data_protection_backup_vault",
            json!({"soft_delete": "AlwaysOn", "retention_duration_in_days": 14}),
            none,
        ),
        // Off.
        (
            "aws_lb",
            json!({"enable_deletion_protection": false}),
            &["unprotected violation [enable_deletion_protection]"],
        ),
        (
            "aws_eks_cluster",
            json!({"deletion_protection": false}),
            &["unprotected violation [deletion_protection]"],
        ),
        (
            "aws_cognito_user_pool",
            json!({"deletion_protection": "INACTIVE"}),
            &["unprotected violation [deletion_protection]"],
        ),
        (
            "google_firestore_database",
            json!({"delete_protection_state": "DELETE_PROTECTION_DISABLED"}),
            &["unprotected violation [delete_protection_state]"],
        ),
        (
            "azurerm_recovery_services_vault",
            json!({"soft_delete_enabled": false}),
            &["unprotected violation [soft_delete_enabled]"],
        ),
        (
            "google_sql_database_instance",
            json!({"deletion_protection": true, "settings": [{"deletion_protection_enabled": false}]}),
            &["unprotected violation [settings[0].deletion_protection_enabled]"],
        ),
        (
            "google_sql_database_instance",
            json!({"deletion_protection": false, "settings": [{"deletion_protection_enabled": true}]}),
            &["unprotected violation [deletion_protection]"],
        ),
        // Not set, so as the provider's default has it.
        (
            "aws_dynamodb_table",
            json!({"deletion_protection_enabled": null}),
            &["unprotected violation [deletion_protection_enabled]"],
        ),
        (
            "aws_neptunegraph_graph",
            json!({"deletion_protection": null}),
            none,
        ),
        ("aws_s3_bucket", json!({"force_destroy": null}), none),
        (
            "aws_emr_cluster",
            json!({"termination_protection": null}),
            &["unprotected undetermined [termination_protection]"],
        ),
        (
            "google_sql_database_instance",
            json!({"deletion_protection": true, "settings": []}),
            &["unprotected violation [settings[0].deletion_protection_enabled]"],
        ),
        // Not even in the plan: the provider version does not have it.
        (
            "google_container_cluster",
            json!({}),
            &["unprotected violation(advice) [deletion_protection]"],
        ),
        (
            "aws_cloudwatch_log_group",
            json!({"name": "x"}),
            &["unprotected violation(advice) [deletion_protection_enabled]"],
        ),
        // The provider does not have it any more, because it is on everywhere.
        (
            "azurerm_recovery_services_vault",
            json!({"name": "x"}),
            none,
        ),
        // Each block has one of its own.
        (
            "aws_dynamodb_table",
            json!({"deletion_protection_enabled": true, "replica": [
                {"region_name": "eu-west-1", "deletion_protection_enabled": true},
                {"region_name": "us-east-1", "deletion_protection_enabled": false},
                {"region_name": "us-west-2"},
            ]}),
            &[
                "unprotected violation [replica]",
                "unprotected violation(advice) [replica]",
            ],
        ),
        (
            "aws_dynamodb_table",
            json!({"deletion_protection_enabled": true, "replica": unknown()}),
            &["unprotected undetermined [replica]"],
        ),
        // What nearly every type of Google's has.
        (
            "google_pubsub_topic",
            json!({"deletion_policy": null}),
            none,
        ),
        (
            "google_pubsub_topic",
            json!({"deletion_policy": "DELETE"}),
            none,
        ),
        (
            "google_alloydb_cluster",
            json!({"deletion_protection": true, "deletion_policy": "PREVENT"}),
            none,
        ),
        (
            "google_project",
            json!({"deletion_policy": "ABANDON"}),
            none,
        ),
        (
            "google_project",
            json!({"deletion_policy": "DELETE"}),
            &["unprotected violation [deletion_policy]"],
        ),
        ("aws_ecr_repository", json!({"name": "x"}), none),
        // Left out, and computed by the provider.
        (
            "aws_instance",
            json!({"disable_api_termination": unknown(), "disable_api_stop": unknown()}),
            &["unprotected violation [disable_api_termination]"],
        ),
        (
            "aws_instance",
            json!({"disable_api_termination": unknown(), "launch_template": []}),
            &["unprotected violation [disable_api_termination]"],
        ),
        // A template may say it.
        (
            "aws_instance",
            json!({"disable_api_termination": unknown(), "launch_template": [{"id": unknown(), "version": "$Latest"}]}),
            &["unprotected undetermined [disable_api_termination]"],
        ),
        (
            "aws_instance",
            json!({"disable_api_termination": true, "launch_template": [{"id": unknown()}]}),
            none,
        ),
        (
            "azurerm_storage_account",
            json!({"name": "x", "blob_properties": unknown()}),
            none,
        ),
        (
            "google_pubsub_topic",
            json!({"deletion_policy": unknown()}),
            none,
        ),
        // Cannot be told.
        (
            "aws_dynamodb_table",
            json!({"deletion_protection_enabled": unknown()}),
            &["unprotected undetermined [deletion_protection_enabled]"],
        ),
        (
            "aws_lb",
            json!({"enable_deletion_protection": sensitive()}),
            &["unprotected undetermined [enable_deletion_protection]"],
        ),
        (
            "aws_lb",
            json!({"enable_deletion_protection": ["true"]}),
            &["unprotected undetermined [enable_deletion_protection]"],
        ),
        (
            "aws_s3_bucket",
            json!({"force_destroy": unknown()}),
            &["destroy-forced undetermined [force_destroy]"],
        ),
        (
            "google_sql_database_instance",
            json!({"deletion_protection": true, "settings": unknown()}),
            &["unprotected undetermined [settings[0].deletion_protection_enabled]"],
        ),
        // Forcing.
        (
            "aws_s3_bucket",
            json!({"force_destroy": true}),
            &["destroy-forced violation [force_destroy]"],
        ),
        (
            "aws_ecr_repository",
            json!({"force_delete": "true"}),
            &["destroy-forced violation [force_delete]"],
        ),
        (
            "aws_dsql_cluster",
            json!({"deletion_protection_enabled": true, "force_destroy": true}),
            &["destroy-forced violation [force_destroy]"],
        ),
        (
            "aws_sagemaker_domain",
            json!({"retention_policy": [{"home_efs_file_system": "Delete"}]}),
            &["destroy-forced violation [retention_policy[0].home_efs_file_system]"],
        ),
        (
            "aws_sagemaker_domain",
            json!({"retention_policy": []}),
            none,
        ),
        (
            "google_alloydb_cluster",
            json!({"deletion_protection": true, "deletion_policy": "FORCE"}),
            &["destroy-forced violation [deletion_policy]"],
        ),
        // Final snapshots.
        (
            "aws_db_instance",
            json!({"deletion_protection": true, "skip_final_snapshot": true}),
            &["final-snapshot-skipped violation [skip_final_snapshot]"],
        ),
        (
            "aws_db_instance",
            json!({"deletion_protection": true, "skip_final_snapshot": true, "replicate_source_db": "main"}),
            none,
        ),
        (
            "aws_db_instance",
            json!({"deletion_protection": true, "skip_final_snapshot": true, "replicate_source_db": ""}),
            &["final-snapshot-skipped violation [skip_final_snapshot]"],
        ),
        (
            "aws_db_instance",
            json!({"deletion_protection": true, "skip_final_snapshot": true, "replicate_source_db": unknown()}),
            &["final-snapshot-skipped undetermined [skip_final_snapshot]"],
        ),
        (
            "aws_db_instance",
            json!({"deletion_protection": true, "skip_final_snapshot": false, "replicate_source_db": unknown()}),
            none,
        ),
        (
            "aws_memorydb_cluster",
            json!({"final_snapshot_name": null}),
            &["final-snapshot-skipped violation [final_snapshot_name]"],
        ),
        (
            "aws_memorydb_cluster",
            json!({"final_snapshot_name": "last"}),
            none,
        ),
        (
            "aws_ebs_volume",
            json!({"final_snapshot": null}),
            &["final-snapshot-skipped violation [final_snapshot]"],
        ),
        (
            "aws_fsx_lustre_file_system",
            json!({"skip_final_backup": true, "deployment_type": "PERSISTENT_2"}),
            &["final-snapshot-skipped violation [skip_final_backup]"],
        ),
        (
            "aws_fsx_lustre_file_system",
            json!({"skip_final_backup": true, "deployment_type": null}),
            none,
        ),
        // Recovery windows.
        (
            "aws_kms_key",
            json!({"deletion_window_in_days": null}),
            none,
        ),
        ("aws_kms_key", json!({"deletion_window_in_days": 7}), none),
        (
            "aws_kms_key",
            json!({"deletion_window_in_days": unknown()}),
            &["recovery-window-short undetermined [deletion_window_in_days]"],
        ),
        (
            "aws_secretsmanager_secret",
            json!({"recovery_window_in_days": 0}),
            &["recovery-window-short violation [recovery_window_in_days]"],
        ),
        (
            "aws_paymentcryptography_key",
            json!({"deletion_window_in_days": 3}),
            &["recovery-window-short violation [deletion_window_in_days]"],
        ),
        (
            "aws_paymentcryptography_key",
            json!({"deletion_window_in_days": null}),
            &["recovery-window-short undetermined [deletion_window_in_days]"],
        ),
        (
            "azurerm_app_configuration",
            json!({"sku": "standard", "purge_protection_enabled": true, "soft_delete_retention_days": 1}),
            &["recovery-window-short violation [soft_delete_retention_days]"],
        ),
        (
            "azurerm_app_configuration",
            json!({"sku": "free", "purge_protection_enabled": false, "soft_delete_retention_days": 1}),
            none,
        ),
        // Nothing to switch, and nothing this policy knows.
        ("aws_efs_file_system", json!({}), none),
        ("aws_lambda_function", json!({}), none),
    ] {
        assert_eq!(
            judged(created(kind, after.clone())),
            expected,
            "{kind} {after}"
        );
    }
}

#[test]
fn every_way_to_remain_is_judged() {
    let off = json!({"enable_deletion_protection": false});
    for (what, resource, expected) in [
        (
            "create",
            Resource::create("aws_lb.x", off.clone()),
            vec!["unprotected violation [enable_deletion_protection]"],
        ),
        (
            "no-op",
            Resource::unchanged("aws_lb.x", off.clone()),
            vec!["unprotected violation(existing) [enable_deletion_protection]"],
        ),
        (
            "update",
            Resource::update("aws_lb.x", off.clone(), off.clone()),
            vec!["unprotected violation(existing) [enable_deletion_protection]"],
        ),
        (
            "replace",
            Resource::replace("aws_lb.x", off.clone(), off.clone()),
            vec!["unprotected violation(existing) [enable_deletion_protection]"],
        ),
        (
            "import",
            Resource::unchanged("aws_lb.x", off.clone()).with(|change| change.importing = true),
            vec!["unprotected violation [enable_deletion_protection]"],
        ),
        (
            "delete of what is neither protected nor stateful",
            Resource::delete("aws_lb.x", off.clone()),
            vec![],
        ),
        (
            "forget of the same",
            Resource::forget("aws_lb.x", off.clone()),
            vec![],
        ),
        (
            "deposed",
            Resource::delete("aws_lb.x", off).with(|change| change.deposed = Some("00".to_owned())),
            vec![],
        ),
    ] {
        assert_eq!(judged(resource), expected, "{what}");
    }
}

#[test]
fn what_is_computed_is_left_out_only_where_the_configuration_says_nothing() {
    let none: &[&str] = &[];
    let unprotected: &[&str] = &["unprotected undetermined [disable_api_termination]"];
    let instance = || json!({"disable_api_termination": unknown(), "disable_api_stop": false});
    let made = |to: &str| {
        Resource::create("aws_instance.x", instance()).refers("disable_api_termination", to)
    };
    // Something that the plan does not know; a variable has a value, or none.
    assert_eq!(judged(made("aws_ssm_parameter.p.value")), unprotected);
    assert_eq!(judged(made("module.a.data.aws_x.y.value")), unprotected);
    assert_eq!(
        judged(made("module.a.var.protect")),
        ["unprotected violation [disable_api_termination]"]
    );
    let forced = Resource::create(
        "google_pubsub_topic.x",
        json!({"deletion_policy": unknown()}),
    )
    .refers("deletion_policy", "google_x.y.policy");
    assert_eq!(
        judged(forced),
        ["destroy-forced undetermined [deletion_policy]"]
    );
    // What exists has a value, which nobody knows here.
    assert_eq!(
        judged(Resource::update(
            "aws_instance.x",
            json!({"disable_api_termination": true, "disable_api_stop": false}),
            instance(),
        )),
        ["protection-removed undetermined [disable_api_termination]"]
    );
    assert_eq!(
        judged(Resource::update(
            "google_pubsub_topic.x",
            json!({"deletion_policy": "DELETE"}),
            json!({"deletion_policy": unknown()}),
        )),
        ["protection-removed undetermined [deletion_policy]"]
    );
    assert_eq!(
        judged(Resource::create(
            "google_pubsub_topic.x",
            json!({"deletion_policy": sensitive()})
        )),
        ["destroy-forced undetermined [deletion_policy]"]
    );
    assert_eq!(
        judged(Resource::create("google_pubsub_topic.x", json!({}))),
        none
    );
}

#[test]
fn turning_protection_off_is_its_own_violation() {
    for (kind, before, after, expected) in [
        (
            "aws_lb",
            json!({"enable_deletion_protection": true}),
            json!({"enable_deletion_protection": false}),
            "protection-removed violation [enable_deletion_protection]",
        ),
        (
            "aws_lb",
            json!({"enable_deletion_protection": true}),
            json!({"enable_deletion_protection": null}),
            "protection-removed violation [enable_deletion_protection]",
        ),
        (
            "aws_lb",
            json!({"enable_deletion_protection": true}),
            json!({"enable_deletion_protection": unknown()}),
            "protection-removed undetermined [enable_deletion_protection]",
        ),
        (
            "aws_lb",
            json!({"enable_deletion_protection": sensitive()}),
            json!({"enable_deletion_protection": false}),
            "unprotected violation [enable_deletion_protection]",
        ),
        (
            "aws_s3_bucket",
            json!({"force_destroy": null}),
            json!({"force_destroy": true}),
            "protection-removed violation [force_destroy]",
        ),
        (
            "aws_redshift_cluster",
            json!({"skip_final_snapshot": false}),
            json!({"skip_final_snapshot": true}),
            "protection-removed violation [skip_final_snapshot]",
        ),
        (
            "azurerm_recovery_services_vault",
            json!({"soft_delete_enabled": true}),
            json!({"soft_delete_enabled": false}),
            "protection-removed violation [soft_delete_enabled]",
        ),
        // A window is judged by its length, whatever it was.
        (
            "aws_secretsmanager_secret",
            json!({"recovery_window_in_days": 30}),
            json!({"recovery_window_in_days": 0}),
            "recovery-window-short violation [recovery_window_in_days]",
        ),
    ] {
        let resource = Resource::update(&format!("{kind}.x"), before.clone(), after.clone());
        assert_eq!(judged(resource), [expected], "{kind} {before} {after}");
    }
    let on = judged(Resource::update(
        "aws_lb.x",
        json!({"enable_deletion_protection": false}),
        json!({"enable_deletion_protection": true}),
    ));
    assert!(on.is_empty(), "{on:?}");
}

#[test]
fn what_is_lost() {
    let protected = json!({"deletion_protection_enabled": true, "force_destroy": false});
    let forced = json!({"deletion_protection_enabled": true, "force_destroy": true});
    let bare = json!({"deletion_protection_enabled": false, "force_destroy": false});
    let balancer = |on: Json| json!({"enable_deletion_protection": on});
    let stays =
        |order| move |change: &mut tollgate_policy::Change| change.replacement = Some(order);
    for (what, resource, expected) in [
        (
            "protected",
            Resource::delete("aws_dsql_cluster.x", protected.clone()),
            "resource-deleted violation [deletion_protection_enabled]",
        ),
        (
            "forced",
            Resource::delete("aws_dsql_cluster.x", forced),
            "resource-deleted violation [deletion_protection_enabled, force_destroy]",
        ),
        (
            "stateful",
            Resource::delete("aws_dsql_cluster.x", bare),
            "resource-deleted violation []",
        ),
        (
            "without a switch",
            Resource::delete("aws_efs_file_system.x", json!({})),
            "resource-deleted violation []",
        ),
        (
            "protected, not stateful",
            Resource::delete("aws_lb.x", balancer(json!(true))),
            "resource-deleted violation [enable_deletion_protection]",
        ),
        (
            "perhaps protected",
            Resource::delete("aws_lb.x", balancer(sensitive())),
            "resource-deleted undetermined [enable_deletion_protection]",
        ),
        (
            "deposed",
            Resource::delete("aws_sqs_queue.x", json!({}))
                .with(|change| change.deposed = Some("ab12".to_owned())),
            "resource-deleted violation []",
        ),
        (
            "replaced",
            Resource::replace("aws_dsql_cluster.x", protected.clone(), protected.clone())
                .with(|change| change.replace_paths = vec!["kms_encryption_key".to_owned()]),
            "resource-replaced violation [kms_encryption_key, deletion_protection_enabled]",
        ),
        (
            "replaced the other way round",
            Resource::replace("aws_sqs_queue.x", json!({}), json!({}))
                .with(stays(Replacement::CreateThenDelete)),
            "resource-replaced violation []",
        ),
        (
            "forgotten",
            Resource::forget("aws_dsql_cluster.x", protected.clone()),
            "resource-forgotten violation [deletion_protection_enabled]",
        ),
        (
            "forgotten, stateful",
            Resource::forget("aws_s3_bucket.x", json!({"force_destroy": false})),
            "resource-forgotten violation []",
        ),
        (
            "forgotten, perhaps protected",
            Resource::forget("aws_lb.x", balancer(sensitive())),
            "resource-forgotten undetermined [enable_deletion_protection]",
        ),
        (
            "left behind by a replacement (Terraform)",
            Resource::replace("aws_dsql_cluster.x", protected.clone(), protected)
                .with(stays(Replacement::CreateThenForget)),
            "resource-forgotten violation [deletion_protection_enabled]",
        ),
        (
            "left behind by a replacement (OpenTofu)",
            Resource::replace("aws_sqs_queue.x", json!({}), json!({}))
                .with(stays(Replacement::ForgetThenCreate)),
            "resource-forgotten violation []",
        ),
        (
            "lock",
            Resource::delete("azurerm_management_lock.x", json!({})),
            "lock-deleted violation []",
        ),
        (
            "lock replaced",
            Resource::replace("google_resource_manager_lien.x", json!({}), json!({})),
            "lock-deleted violation []",
        ),
        (
            "lock forgotten",
            Resource::forget("aws_backup_vault_lock_configuration.x", json!({})),
            "lock-deleted violation []",
        ),
    ] {
        assert_eq!(judged(resource), [expected], "{what}");
    }
    for resource in [
        Resource::create("azurerm_management_lock.x", json!({})),
        Resource::delete("aws_lambda_function.x", json!({})),
        Resource::new("data.aws_dsql_cluster.x", Action::Read),
    ] {
        assert_eq!(judged(resource), [""; 0]);
    }
}

#[test]
fn a_replacement_can_turn_protection_off_on_the_way() {
    assert_eq!(
        judged(Resource::replace(
            "aws_dynamodb_table.x",
            json!({"deletion_protection_enabled": true}),
            json!({"deletion_protection_enabled": false}),
        )),
        [
            "protection-removed violation [deletion_protection_enabled]",
            "resource-replaced violation [deletion_protection_enabled]",
        ]
    );
}

#[test]
fn where_it_applies() {
    let plan = |require: Json, protected| {
        let settings = if require.is_null() {
            json!({})
        } else {
            json!({"require": require})
        };
        let plan = Plan::new([
            created("aws_lb", json!({"enable_deletion_protection": false})),
            Resource::delete("aws_sqs_queue.q", json!({})),
        ])
        .environment("e", protected)
        .settings(settings);
        plan.findings::<DeletionProtection>().len()
    };
    for (require, protected, findings) in [
        (json!(null), true, 2),
        (json!(null), false, 0),
        (json!("protected-environments"), false, 0),
        (json!("always"), false, 2),
        (json!("always"), true, 2),
        (json!("never"), true, 0),
    ] {
        assert_eq!(
            plan(require.clone(), protected),
            findings,
            "{require} {protected}"
        );
    }
}

#[test]
fn settings() {
    let balancer = json!({"enable_deletion_protection": true});
    let off = json!({"enable_deletion_protection": false});
    for (settings, resource, expected) in [
        (
            json!({"allow-deletion": true}),
            Resource::delete("aws_lb.x", balancer.clone()),
            vec![],
        ),
        (
            json!({"allow-deletion": true}),
            Resource::forget("aws_sqs_queue.x", json!({})),
            vec![],
        ),
        (
            json!({"allow-deletion": true}),
            Resource::delete("azurerm_management_lock.x", json!({})),
            vec![],
        ),
        (
            json!({"allow-deletion": true}),
            Resource::replace("aws_lb.x", balancer.clone(), off),
            vec!["protection-removed violation [enable_deletion_protection]"],
        ),
        (
            json!({"ignore-types": ["aws_l*"]}),
            Resource::delete("aws_lb.x", balancer.clone()),
            vec![],
        ),
        (
            json!({"ignore-types": ["aws_lb_*"]}),
            Resource::delete("aws_lb.x", balancer),
            vec!["resource-deleted violation [enable_deletion_protection]"],
        ),
        (
            json!({"stateful-types": ["elsewhere_*"]}),
            Resource::delete("elsewhere_cluster.x", json!({})),
            vec!["resource-deleted violation []"],
        ),
        (
            json!({"stateful-types": ["elsewhere_*"]}),
            Resource::replace("elsewhere_cluster.x", json!({}), json!({})),
            vec!["resource-replaced violation []"],
        ),
        (
            json!({}),
            Resource::delete("elsewhere_cluster.x", json!({})),
            vec![],
        ),
        (
            json!({"stateful-types": ["azurerm_*"]}),
            Resource::delete("azurerm_management_lock.x", json!({})),
            vec!["lock-deleted violation []"],
        ),
        (
            json!({"minimum-recovery-days": 30}),
            created("aws_kms_key", json!({"deletion_window_in_days": 29})),
            vec!["recovery-window-short violation [deletion_window_in_days]"],
        ),
        (
            json!({"minimum-recovery-days": 90}),
            created("aws_kms_key", json!({"deletion_window_in_days": 30})),
            vec![],
        ),
        (
            json!({"minimum-recovery-days": 0}),
            created(
                "aws_secretsmanager_secret",
                json!({"recovery_window_in_days": 0}),
            ),
            vec![],
        ),
        (
            json!({"minimum-recovery-days": 30}),
            created(
                "azurerm_app_configuration",
                json!({"sku": "standard", "purge_protection_enabled": true, "soft_delete_retention_days": 7}),
            ),
            vec![],
        ),
    ] {
        assert_eq!(
            with_settings(resource, settings.clone()),
            expected,
            "{settings}"
        );
    }
}

#[test]
fn settings_that_are_refused() {
    for settings in [
        json!({"require": "production"}),
        json!({"allow_deletion": true}),
        json!({"minimum-recovery-days": "7"}),
        json!({"extra-types": {}}),
    ] {
        assert!(
            Plan::new([])
                .settings(settings.clone())
                .evaluate::<DeletionProtection>()
                .is_err(),
            "{settings}"
        );
    }
}

#[test]
fn messages_say_what_and_how() {
    let plan = Plan::new([
        created("aws_lb", json!({"enable_deletion_protection": null})),
        created(
            "google_sql_database_instance",
            json!({"deletion_protection": true, "settings": [{"deletion_protection_enabled": false}]}),
        ),
        created("google_container_cluster", json!({})),
        created(
            "google_sql_database_instance",
            json!({"deletion_protection": true, "settings": []}),
        ),
        created(
            "aws_cognito_user_pool",
            json!({"deletion_protection": unknown()}),
        ),
        created(
            "aws_secretsmanager_secret",
            json!({"recovery_window_in_days": 0}),
        ),
        Resource::update(
            "aws_rds_cluster.x",
            json!({"deletion_protection": true}),
            json!({"deletion_protection": false, "skip_final_snapshot": false}),
        ),
        Resource::delete(
            "aws_dsql_cluster.x",
            json!({"deletion_protection_enabled": true, "force_destroy": false}),
        )
        .with(|change| change.reason = Some("delete_because_no_resource_config".to_owned())),
        Resource::replace("aws_sqs_queue.x", json!({}), json!({}))
            .with(|change| change.replace_paths = vec!["name".to_owned()]),
    ]);
    let evaluation = plan.evaluate::<DeletionProtection>().unwrap();
    let lines: Vec<_> = evaluation
        .findings
        .iter()
        .map(|finding| {
            let details: Vec<_> = finding
                .details
                .iter()
                .map(|detail| format!("{}={}", detail.label, detail.text))
                .collect();
            format!(
                "{} | {} | {}",
                finding.message,
                finding.remediation.clone().unwrap_or_default(),
                details.join(" ")
            )
        })
        .collect();
    let docs = "source=https://registry.terraform.io/providers/hashicorp";
    assert_eq!(
        lines,
        [
            format!(
                "the resource is not protected: `enable_deletion_protection` is not set, and the default is no protection | Set `enable_deletion_protection = true`. | {docs}/aws/latest/docs/resources/lb#enable_deletion_protection"
            ),
            format!(
                "the resource is not protected: `settings[0].deletion_protection_enabled` is off | Set `deletion_protection_enabled = true` in the block `settings`. | {docs}/google/latest/docs/resources/sql_database_instance#settings"
            ),
            format!(
                "the resource cannot be protected: the provider version in use does not have `deletion_protection`, which came with version 5.0.0 | Nothing can be set with this version of the provider; once it is 5.0.0 or later: Set `deletion_protection = true`. | {docs}/google/latest/docs/resources/container_cluster#deletion_protection"
            ),
            format!(
                "the resource is not protected: `settings[0].deletion_protection_enabled` is not set, and the default is no protection | Set `deletion_protection_enabled = true` in the block `settings`. | {docs}/google/latest/docs/resources/sql_database_instance#settings"
            ),
            format!(
                "whether the resource is protected cannot be told: `deletion_protection` is known only after apply, as it can also be when it is not set | Set `deletion_protection = \"ACTIVE\"`. | {docs}/aws/latest/docs/resources/cognito_user_pool#deletion_protection"
            ),
            format!(
                "once deleted, the resource is gone at once (`recovery_window_in_days`), and at least 7 days are required | Set `recovery_window_in_days = 7`. | {docs}/aws/latest/docs/resources/secretsmanager_secret#recovery_window_in_days"
            ),
            format!(
                "the plan turns off what refuses the deletion of the resource: `deletion_protection` `true` -> `false` | Set `deletion_protection = true`. | {docs}/aws/latest/docs/resources/rds_cluster#deletion_protection"
            ),
            format!(
                "the plan destroys a stateful resource that `deletion_protection_enabled` protects today, so the apply will fail there unless that is turned off first |  | reason=delete_because_no_resource_config {docs}/aws/latest/docs/resources/dsql_cluster#deletion_protection_enabled"
            ),
            format!(
                "the plan replaces a stateful resource, and what it holds goes with it | Undo the change of `name`, which forces the replacement, or migrate the data and waive this rule for the address. | {docs}/aws/latest/docs/resources/sqs_queue"
            ),
        ]
    );
}

#[test]
fn the_table_is_in_order() {
    let mut seen = std::collections::BTreeSet::new();
    for row in rows() {
        assert!(seen.insert(row.kind), "{} is there twice", row.kind);
        let by_value = deletion_protection::types::BY_VALUE
            .iter()
            .any(|(kind, _)| *kind == row.kind);
        assert!(
            by_value || deletion_protection::types::class(row.kind).is_some(),
            "{} has no class",
            row.kind
        );
        for switch in row.switches {
            Path::parse(switch.path).unwrap();
            Path::parse(switch.declared()).unwrap();
        }
    }
}

/// A resource in which the switch has this value, and what it depends on does not hold.
fn object(switch: &Switch, value: Json) -> Json {
    let mut object = json!({});
    let mut inner = value;
    let path: Vec<_> = switch.path.split('.').collect();
    for (nth, step) in path.iter().enumerate().rev() {
        match step.strip_suffix("[0]") {
            Some(block) => inner = json!({ block: [inner] }),
            None => inner = json!({ *step: inner }),
        }
        if nth == 0 {
            object = inner.clone();
        }
    }
    if let Some(each) = switch.each {
        inner[each.key] = json!("eu-west-1");
        object = json!({ each.block: [inner] });
    }
    if let Some(unless) = switch.unless {
        object[unless.path] = json!(if unless.values.is_empty() {
            Json::Null
        } else {
            json!("another")
        });
    }
    object
}

fn values(switch: &Switch) -> (Json, Json) {
    match switch.safe {
        Safe::True => (json!(true), json!(false)),
        Safe::False => (json!(false), json!(true)),
        Safe::OneOf(values) => (json!(values[0]), json!("nothing like it")),
        Safe::NoneOf(values) => (json!("nothing like it"), json!(values[0])),
        Safe::Named => (json!("x"), json!("")),
        Safe::Empty => (json!([]), json!(["x"])),
        Safe::Seconds(fewest) => (json!(format!("{fewest}s")), json!("1s")),
        Safe::Days(most) => (json!(most), json!(0)),
    }
}

#[test]
fn every_switch_protects_something() {
    // A row whose switch cannot be found off is a row that checks nothing.
    let own = rows().flat_map(|row| row.switches.iter().map(|switch| (row.kind, switch)));
    let common = DELETION_POLICY
        .iter()
        .map(|switch| ("google_pubsub_topic", switch));
    for (kind, switch) in own.chain(common) {
        let (on, off) = values(switch);
        let names = |findings: &[String]| {
            findings.iter().any(|finding| {
                finding.contains("violation [") && finding.contains(switch.declared())
            })
        };
        let created = judged(created(kind, object(switch, off.clone())));
        assert_eq!(
            names(&created),
            switch.wanted,
            "{kind} {}: {created:?}",
            switch.path
        );
        let turned = Resource::update(
            &format!("{kind}.x"),
            object(switch, on.clone()),
            object(switch, off.clone()),
        );
        let turned = judged(turned);
        let rule = match switch.layer {
            Layer::Window => "recovery-window-short violation [",
            _ => "protection-removed violation [",
        };
        assert!(
            turned.iter().any(|finding| finding.starts_with(rule)),
            "{kind} {}: {turned:?}",
            switch.path
        );
        // A switch that goes with its block is turned by its default.
        let default = match switch.unset {
            Unset::Unsafe => Some(true),
            Unset::Safe => Some(false),
            Unset::Days(_) | Unset::Unstated => None,
        };
        if let (Some(bad), Some((block, _))) = (default, switch.path.split_once("[0]."))
            && switch.each.is_none()
        {
            for nothing in [json!([]), Json::Null] {
                let mut without = object(switch, on.clone());
                without[block] = nothing;
                let update =
                    Resource::update(&format!("{kind}.x"), object(switch, on.clone()), without);
                let removed = judged(update);
                assert_eq!(
                    removed.iter().any(|finding| finding.starts_with(rule)),
                    bad,
                    "{kind} {} without its block: {removed:?}",
                    switch.path
                );
            }
        }
        let left = judged(Resource::unchanged(
            &format!("{kind}.x"),
            object(switch, on),
        ));
        assert!(
            !left
                .iter()
                .any(|finding| finding.contains(&format!("[{}]", switch.declared()))),
            "{kind} {}: {left:?}",
            switch.path
        );
        // What was so before is told as such, also where something else changes, and where it cannot
        // be told because nothing is set.
        for object in [object(switch, off), json!({})] {
            let mut tagged = object.clone();
            tagged["tags"] = json!({"team": "shop"});
            let at = format!("{kind}.x");
            let unchanged = Resource::unchanged(&at, object.clone());
            for resource in [unchanged, Resource::update(&at, object, tagged)] {
                let stays = judged(resource);
                let mut own = stays
                    .iter()
                    .filter(|finding| finding.contains(&format!("[{}]", switch.declared())));
                assert!(
                    own.all(
                        |finding| finding.contains("(existing)") || finding.contains("(advice)")
                    ),
                    "{stays:?}"
                );
            }
        }
    }
}

#[test]
fn the_policy_sees_little() {
    let interests = DeletionProtection::interests();
    let (some, all): (Vec<&Interest>, Vec<&Interest>) = interests
        .iter()
        .partition(|interest| interest.resource_types != ["*"]);
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].attributes.len(), all[0].actions.len()), (0, 3));
    assert!(some.iter().all(|interest| !interest.attributes.is_empty()));
    // What expressions refer to is asked only of types that have an attribute the provider computes.
    for interest in some {
        let computed = COMPUTED.iter().any(|(kinds, path)| {
            interest.attributes.iter().any(|of| of == path)
                && interest
                    .resource_types
                    .iter()
                    .any(|kind| pattern::matches(kinds, kind))
        });
        assert_eq!(interest.references, computed, "{interest:?}");
    }
}

#[test]
fn what_the_plan_brings_about() {
    let bare = json!({"deletion_protection": false, "skip_final_snapshot": false});
    let safe = json!({"deletion_protection": true, "skip_final_snapshot": false});
    let with = |object: &Json, key: &str, value: Json| {
        let mut object = object.clone();
        object[key] = value;
        object
    };
    let address = "aws_db_instance.x";
    for (what, resource, expected) in [
        (
            "created without",
            Resource::create(address, bare.clone()),
            vec!["unprotected violation [deletion_protection]"],
        ),
        (
            "left without",
            Resource::unchanged(address, bare.clone()),
            vec!["unprotected violation(existing) [deletion_protection]"],
        ),
        (
            "a tag changes",
            Resource::update(
                address,
                bare.clone(),
                with(&bare, "tags", json!({"a": "b"})),
            ),
            vec!["unprotected violation(existing) [deletion_protection]"],
        ),
        (
            "turned off",
            Resource::update(address, safe.clone(), bare.clone()),
            vec!["protection-removed violation [deletion_protection]"],
        ),
        (
            "imported as it is",
            Resource::unchanged(address, bare.clone()).with(|change| change.importing = true),
            vec!["unprotected violation [deletion_protection]"],
        ),
        (
            "not known any more",
            Resource::update(
                address,
                safe.clone(),
                with(&safe, "deletion_protection", unknown()),
            ),
            vec!["protection-removed undetermined [deletion_protection]"],
        ),
        (
            "never told",
            Resource::unchanged(address, with(&safe, "deletion_protection", sensitive())),
            vec!["unprotected undetermined(existing) [deletion_protection]"],
        ),
        (
            "a window that was too short",
            Resource::update(
                "aws_secretsmanager_secret.x",
                json!({"recovery_window_in_days": 0}),
                json!({"recovery_window_in_days": 0, "tags": {}}),
            ),
            vec!["recovery-window-short violation(existing) [recovery_window_in_days]"],
        ),
        (
            "the provider does not have it",
            Resource::unchanged("aws_cloudwatch_log_group.x", json!({"name": "x"})),
            vec!["unprotected violation(advice) [deletion_protection_enabled]"],
        ),
    ] {
        assert_eq!(judged(resource), expected, "{what}");
    }
}

#[test]
fn deletions_that_delete_nothing() {
    for (resource, expected) in [
        (
            Resource::delete("aws_cloudwatch_log_group.x", json!({"skip_destroy": true})),
            vec!["resource-forgotten violation [skip_destroy]"],
        ),
        (
            Resource::delete("aws_cloudwatch_log_group.x", json!({"skip_destroy": false})),
            vec!["resource-deleted violation []"],
        ),
        (
            Resource::delete(
                "google_storage_bucket.x",
                json!({"deletion_policy": "ABANDON"}),
            ),
            vec!["resource-forgotten violation [deletion_policy]"],
        ),
        (
            Resource::delete(
                "google_pubsub_topic.x",
                json!({"deletion_policy": "ABANDON"}),
            ),
            vec![],
        ),
        (
            Resource::delete(
                "google_pubsub_topic.x",
                json!({"deletion_policy": "PREVENT"}),
            ),
            vec!["resource-deleted violation [deletion_policy]"],
        ),
        (
            Resource::delete(
                "aws_cloudformation_stack_set_instance.x",
                json!({"retain_stack": true}),
            ),
            vec!["resource-forgotten violation [retain_stack]"],
        ),
        (
            Resource::delete(
                "aws_cloudfront_distribution.x",
                json!({"retain_on_delete": true}),
            ),
            vec![],
        ),
    ] {
        assert_eq!(judged(resource), expected);
    }
    let due = Plan::new([Resource::delete(
        "aws_db_instance.x",
        json!({"deletion_protection": false, "skip_final_snapshot": false}),
    )]);
    let lines = due.findings::<DeletionProtection>();
    assert!(lines[0].contains("a last snapshot is due"), "{lines:?}");
}

#[test]
fn types_that_say_in_a_value_what_they_are() {
    for (resource, expected) in [
        (
            Resource::delete(
                "azapi_resource.x",
                json!({"type": "Microsoft.Storage/storageAccounts@2023-05-01"}),
            ),
            vec!["resource-deleted violation []"],
        ),
        (
            Resource::delete(
                "azapi_resource.x",
                json!({"type": "Microsoft.Authorization/locks@2020-05-01"}),
            ),
            vec!["lock-deleted violation []"],
        ),
        (
            Resource::delete(
                "azapi_resource.x",
                json!({"type": "Microsoft.Network/virtualNetworks@2024-01-01"}),
            ),
            vec![],
        ),
        (
            Resource::delete(
                "aws_cloudcontrolapi_resource.x",
                json!({"type_name": "AWS::RDS::DBInstance"}),
            ),
            vec!["resource-deleted violation []"],
        ),
        (
            Resource::delete(
                "kubernetes_manifest.x",
                json!({"manifest": {"kind": "PersistentVolumeClaim"}}),
            ),
            vec!["resource-deleted violation []"],
        ),
        (
            Resource::delete(
                "kubernetes_manifest.x",
                json!({"manifest": {"kind": "Deployment"}}),
            ),
            vec![],
        ),
        (
            Resource::delete("azurerm_resource_group.x", json!({})),
            vec!["resource-deleted violation []"],
        ),
    ] {
        assert_eq!(judged(resource), expected);
    }
}

#[test]
fn what_is_gone() {
    let gone = |kind: &str, object: Json| {
        let plan = Plan::new([Resource::create(&format!("{kind}.x"), object.clone())])
            .drift([Resource::delete(&format!("{kind}.x"), object)]);
        short(&plan)
            .into_iter()
            .filter(|finding| finding.starts_with("resource-vanished"))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        gone("aws_sqs_queue", json!({})),
        ["resource-vanished violation []"]
    );
    assert_eq!(
        gone("aws_lb", json!({"enable_deletion_protection": true})),
        ["resource-vanished violation [enable_deletion_protection]"]
    );
    assert_eq!(
        gone("aws_lb", json!({"enable_deletion_protection": false})),
        [""; 0]
    );
    assert_eq!(
        gone("azurerm_management_lock", json!({})),
        ["resource-vanished violation []"]
    );
    // A refresh-only plan has no changes of its own.
    let alone = Plan::new([]).drift([Resource::delete("aws_db_instance.x", json!({}))]);
    assert_eq!(short(&alone), ["resource-vanished violation []"]);
    let changed =
        Plan::new([]).drift([Resource::update("aws_db_instance.x", json!({}), json!({}))]);
    assert_eq!(short(&changed), [""; 0]);
}

#[test]
fn objects_of_kubernetes() {
    let manifest = |api: &str, kind: &str| {
        Resource::delete(
            "kubernetes_manifest.x",
            json!({"manifest": {"apiVersion": api, "kind": kind, "metadata": {"name": "x"}}}),
        )
    };
    let kubectl = |api: &str, kind: &str| {
        Resource::delete(
            "kubectl_manifest.x",
            json!({"api_version": api, "kind": kind}),
        )
    };
    let named = json!({"metadata": [{"name": "shop"}]});
    for (resource, expected) in [
        (
            Resource::delete("kubernetes_namespace_v1.x", named.clone()),
            vec!["resource-deleted violation []"],
        ),
        (
            Resource::replace("kubernetes_namespace.x", named.clone(), named.clone()),
            vec!["resource-replaced violation []"],
        ),
        (
            Resource::update("kubernetes_namespace.x", named.clone(), named),
            vec![],
        ),
        (
            manifest("v1", "Namespace"),
            vec!["resource-deleted violation []"],
        ),
        (
            manifest("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
            vec!["resource-deleted violation []"],
        ),
        (
            manifest("kafka.strimzi.io/v1beta2", "KafkaTopic"),
            vec!["resource-deleted violation []"],
        ),
        (
            kubectl("psmdb.percona.com/v1", "PerconaServerMongoDB"),
            vec!["resource-deleted violation []"],
        ),
        (
            kubectl("snapshot.storage.k8s.io/v1", "VolumeSnapshot"),
            vec!["resource-deleted violation []"],
        ),
        (
            kubectl("apps/v1", "StatefulSet"),
            vec!["resource-deleted violation []"],
        ),
        (kubectl("v1", "ConfigMap"), vec![]),
        (manifest("networking.istio.io/v1", "VirtualService"), vec![]),
    ] {
        assert_eq!(judged(resource), expected);
    }
    let plan = Plan::new([manifest("widgets.example.org/v1", "Widget")]);
    let findings = plan.evaluate::<DeletionProtection>().unwrap().findings;
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].cause, Cause::Advice);
    // What is changed in place is none of them, also where the kind has switches.
    let update = Resource::update(
        "kubernetes_manifest.x",
        json!({"manifest": {"apiVersion": "v1", "kind": "Namespace", "metadata": {"labels": {"a": "b"}}}}),
        json!({"manifest": {"apiVersion": "v1", "kind": "Namespace", "metadata": {"labels": {"a": "c"}}}}),
    );
    assert_eq!(judged(update), [""; 0]);
}

#[test]
fn policies_that_deny() {
    let policy = |statements: Json| json!({"backup_vault_name": "v", "policy": json!({"Version": "2012-10-17", "Statement": statements}).to_string()});
    let deny = |actions: Json| json!([{"Effect": "Deny", "Principal": "*", "Action": actions, "Resource": "*"}]);
    let denies = || policy(deny(json!("backup:Delete*")));
    let allows = || {
        policy(
            json!([{"Effect": "Allow", "Principal": "*", "Action": "backup:CopyIntoBackupVault", "Resource": "*"}]),
        )
    };
    let address = "aws_backup_vault_policy.x";
    let expected = ["lock-deleted violation [policy]"];
    assert_eq!(judged(Resource::delete(address, denies())), expected);
    assert_eq!(judged(Resource::delete(address, allows())), [""; 0]);
    assert_eq!(
        judged(Resource::update(address, denies(), allows())),
        expected
    );
    assert_eq!(
        judged(Resource::update(address, allows(), denies())),
        [""; 0]
    );
    let more = policy(deny(json!([
        "backup:Delete*",
        "backup:PutBackupVaultAccessPolicy"
    ])));
    assert_eq!(
        judged(Resource::update(address, denies(), more.clone())),
        [""; 0]
    );
    assert_eq!(judged(Resource::update(address, more, denies())), expected);
    let open = json!({"backup_vault_name": "v", "policy": unknown()});
    assert_eq!(
        judged(Resource::update(address, denies(), open)),
        ["lock-deleted undetermined [policy]"]
    );
}

#[test]
fn a_log_group_is_advised_to_be_protected() {
    let kind = "aws_cloudwatch_log_group";
    let group = |protected: Json| json!({"name": "g", "retention_in_days": 365, "deletion_protection_enabled": protected, "skip_destroy": false});
    let address = format!("{kind}.x");
    let advice = "unprotected violation(advice) [deletion_protection_enabled]";
    assert_eq!(judged(created(kind, group(json!(null)))), [advice]);
    assert_eq!(judged(created(kind, group(unknown()))), [advice]);
    assert_eq!(judged(created(kind, group(json!(true)))), [""; 0]);
    assert_eq!(
        judged(created(kind, group(json!(false)))),
        ["unprotected violation [deletion_protection_enabled]"]
    );
    assert_eq!(
        judged(Resource::update(
            &address,
            group(json!(true)),
            group(json!(false))
        )),
        ["protection-removed violation [deletion_protection_enabled]"]
    );
    // Others are told as before.
    assert_eq!(
        judged(created(
            "aws_dynamodb_table",
            json!({"deletion_protection_enabled": null})
        )),
        ["unprotected violation [deletion_protection_enabled]"]
    );
}

#[test]
fn charts() {
    let release = |chart: &str| json!({"name": "r", "namespace": "n", "chart": chart});
    let gone = |chart: &str| judged(Resource::delete("helm_release.r", release(chart)));
    for chart in [
        "postgresql",
        "oci://registry-1.docker.io/bitnamicharts/kafka",
        "kube-prometheus-stack",
    ] {
        assert_eq!(gone(chart), ["resource-deleted violation []"], "{chart}");
    }
    for chart in [
        "ingress-nginx",
        "prometheus-node-exporter",
        "./charts/orders",
    ] {
        assert_eq!(
            gone(chart),
            ["resource-deleted violation(advice) []"],
            "{chart}"
        );
    }
    let replaced = |chart: &str| {
        judged(Resource::replace(
            "helm_release.r",
            release(chart),
            release(chart),
        ))
    };
    assert_eq!(replaced("mysql"), ["resource-replaced violation []"]);
    assert_eq!(
        replaced("cert-manager"),
        ["resource-replaced violation(advice) []"]
    );
    assert_eq!(
        judged(Resource::update(
            "helm_release.r",
            release("mysql"),
            release("mysql")
        )),
        [""; 0]
    );
}
