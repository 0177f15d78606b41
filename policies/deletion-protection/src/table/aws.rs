//! Switches of hashicorp/aws, as version 6 documents them; what version 5.100 does not
//! have says since when it is there.

use super::{
    Row, drops, each, force, holds, keeps, offered, override_of_protection, refuses, refuses_as,
    row, since, skip, switch, unless, window,
};
use crate::switch::{Layer, Safe, Unset};

pub(super) static ROWS: &[Row] = &[
    row(
        "aws_dsql_cluster",
        &[
            refuses("deletion_protection_enabled", Unset::Unsafe),
            override_of_protection("force_destroy"),
        ],
    ),
    row(
        "aws_db_instance",
        &[
            refuses("deletion_protection", Unset::Unsafe),
            // RDS takes no final snapshot of a read replica:
            // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBInstance.html
            unless(
                skip("skip_final_snapshot"),
                "replicate_source_db",
                &[],
                false,
            ),
            offered(drops("delete_automated_backups", Unset::Unsafe)),
        ],
    ),
    row(
        "aws_rds_cluster",
        &[
            refuses("deletion_protection", Unset::Unsafe),
            skip("skip_final_snapshot"),
            offered(drops("delete_automated_backups", Unset::Unsafe)),
        ],
    ),
    row(
        "aws_rds_global_cluster",
        &[
            refuses("deletion_protection", Unset::Unsafe),
            force("force_destroy"),
        ],
    ),
    row(
        "aws_docdb_cluster",
        &[
            refuses("deletion_protection", Unset::Unsafe),
            skip("skip_final_snapshot"),
        ],
    ),
    row(
        "aws_docdb_global_cluster",
        &[refuses("deletion_protection", Unset::Unsafe)],
    ),
    row(
        "aws_neptune_cluster",
        &[
            refuses("deletion_protection", Unset::Unsafe),
            skip("skip_final_snapshot"),
        ],
    ),
    row(
        "aws_neptune_global_cluster",
        &[refuses("deletion_protection", Unset::Unsafe)],
    ),
    // The default of the service, which the provider leaves to it:
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-neptunegraph-graph.html
    row(
        "aws_neptunegraph_graph",
        &[refuses("deletion_protection", Unset::Safe)],
    ),
    row(
        "aws_dynamodb_table",
        &[
            refuses("deletion_protection_enabled", Unset::Unsafe),
            // Of each copy in another region.
            since(
                "6.9.0",
                each(
                    "replica",
                    refuses("deletion_protection_enabled", Unset::Unsafe),
                ),
            ),
        ],
    ),
    row(
        "aws_dynamodb_table_replica",
        &[since(
            "5.80.0",
            refuses("deletion_protection_enabled", Unset::Unstated),
        )],
    ),
    row(
        "aws_qldb_ledger",
        &[refuses("deletion_protection", Unset::Safe)],
    ),
    row("aws_redshift_cluster", &[skip("skip_final_snapshot")]),
    row(
        "aws_memorydb_cluster",
        &[switch(
            Layer::Snapshot,
            "final_snapshot_name",
            Safe::Named,
            Unset::Unsafe,
        )],
    ),
    row("aws_lightsail_database", &[skip("skip_final_snapshot")]),
    row(
        "aws_s3_bucket",
        &[
            force("force_destroy"),
            offered(holds("versioning[0].mfa_delete", Safe::True)),
        ],
    ),
    // Who has the second factor alone deletes versions.
    row(
        "aws_s3_bucket_versioning",
        &[offered(holds(
            "versioning_configuration[0].mfa_delete",
            Safe::OneOf(&["Enabled"]),
        ))],
    ),
    // In governance mode some may lift the lock.
    row(
        "aws_s3_bucket_object_lock_configuration",
        &[offered(holds(
            "rule[0].default_retention[0].mode",
            Safe::OneOf(&["COMPLIANCE"]),
        ))],
    ),
    row("aws_s3_directory_bucket", &[force("force_destroy")]),
    row("aws_s3tables_table_bucket", &[force("force_destroy")]),
    row("aws_s3vectors_vector_bucket", &[force("force_destroy")]),
    row(
        "aws_fsx_lustre_file_system",
        &[
            // Skipped by default, and always for scratch file systems, which are the default.
            unless(
                switch(
                    Layer::Snapshot,
                    "skip_final_backup",
                    Safe::False,
                    Unset::Unsafe,
                ),
                "deployment_type",
                &["SCRATCH_1", "SCRATCH_2"],
                true,
            ),
        ],
    ),
    row(
        "aws_fsx_ontap_volume",
        &[
            skip("skip_final_backup"),
            override_of_protection("bypass_snaplock_enterprise_retention"),
        ],
    ),
    row(
        "aws_fsx_openzfs_file_system",
        &[
            skip("skip_final_backup"),
            switch(Layer::Empties, "delete_options", Safe::Empty, Unset::Safe),
        ],
    ),
    row(
        "aws_fsx_openzfs_volume",
        &[switch(
            Layer::Empties,
            "delete_volume_options",
            Safe::Empty,
            Unset::Safe,
        )],
    ),
    row("aws_fsx_windows_file_system", &[skip("skip_final_backup")]),
    row(
        "aws_ebs_volume",
        &[switch(
            Layer::Snapshot,
            "final_snapshot",
            Safe::True,
            Unset::Unsafe,
        )],
    ),
    row("aws_backup_vault", &[force("force_destroy")]),
    row("aws_ecr_repository", &[force("force_delete")]),
    row("aws_ecrpublic_repository", &[force("force_destroy")]),
    row("aws_lightsail_bucket", &[force("force_delete")]),
    row(
        "aws_sagemaker_domain",
        &[switch(
            Layer::Empties,
            "retention_policy[0].home_efs_file_system",
            Safe::OneOf(&["Retain"]),
            Unset::Safe,
        )],
    ),
    // The default: https://docs.aws.amazon.com/efs/latest/ug/efs-replication.html
    row(
        "aws_efs_file_system",
        &[offered(switch(
            Layer::Holds,
            "protection[0].replication_overwrite",
            Safe::OneOf(&["ENABLED", "REPLICATING"]),
            Unset::Safe,
        ))],
    ),
    // Since hashicorp/aws 6.25: https://github.com/hashicorp/terraform-provider-aws/pull/45298
    row(
        "aws_cloudwatch_log_group",
        &[
            since(
                "6.25.0",
                refuses("deletion_protection_enabled", Unset::Unsafe),
            ),
            keeps("skip_destroy"),
        ],
    ),
    // The default: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateEventDataStore.html
    row(
        "aws_cloudtrail_event_data_store",
        &[refuses("termination_protection_enabled", Unset::Safe)],
    ),
    row("aws_kms_key", &[window("deletion_window_in_days", 30, 30)]),
    row(
        "aws_kms_external_key",
        &[window("deletion_window_in_days", 30, 30)],
    ),
    row(
        "aws_kms_replica_key",
        &[window("deletion_window_in_days", 30, 30)],
    ),
    row(
        "aws_kms_replica_external_key",
        &[window("deletion_window_in_days", 30, 30)],
    ),
    row(
        "aws_paymentcryptography_key",
        &[switch(
            Layer::Window,
            "deletion_window_in_days",
            Safe::Days(180),
            Unset::Unstated,
        )],
    ),
    row(
        "aws_secretsmanager_secret",
        &[window("recovery_window_in_days", 30, 30)],
    ),
    row(
        "aws_acmpca_certificate_authority",
        &[window("permanent_deletion_time_in_days", 30, 30)],
    ),
    row(
        "aws_cognito_user_pool",
        &[since(
            "4.38.0",
            refuses_as("deletion_protection", &["ACTIVE"], Unset::Unsafe),
        )],
    ),
    row(
        "aws_verifiedpermissions_policy_store",
        &[since(
            "6.7.0",
            refuses_as("deletion_protection", &["ENABLED"], Unset::Unsafe),
        )],
    ),
    row("aws_route53_zone", &[force("force_destroy")]),
    row("aws_organizations_account", &[force("close_on_deletion")]),
    row(
        "aws_pinpointsmsvoicev2_phone_number",
        &[refuses("deletion_protection_enabled", Unset::Unsafe)],
    ),
    row(
        "aws_pinpointsmsvoicev2_sender_id",
        &[refuses("deletion_protection_enabled", Unset::Unsafe)],
    ),
    row(
        "aws_pinpointsmsvoicev2_pool",
        &[refuses("deletion_protection_enabled", Unset::Unstated)],
    ),
    row("aws_iam_user", &[force("force_destroy")]),
    // It protects the account, not the settings: deleting those only forgets them.
    row(
        "aws_quicksight_account_settings",
        &[switch(
            Layer::Recovers,
            "termination_protection_enabled",
            Safe::True,
            Unset::Unstated,
        )],
    ),
    row(
        "aws_quicksight_analysis",
        &[window("recovery_window_in_days", 30, 30)],
    ),
    row(
        "aws_lb",
        &[refuses("enable_deletion_protection", Unset::Unsafe)],
    ),
    row(
        "aws_alb",
        &[refuses("enable_deletion_protection", Unset::Unsafe)],
    ),
    row(
        "aws_instance",
        &[
            refuses("disable_api_termination", Unset::Unsafe),
            offered(holds("disable_api_stop", Safe::True)),
            override_of_protection("force_destroy"),
        ],
    ),
    // The default is true with several master nodes, and otherwise false.
    row(
        "aws_emr_cluster",
        &[refuses("termination_protection", Unset::Unstated)],
    ),
    row(
        "aws_eks_cluster",
        &[since(
            "6.9.0",
            refuses("deletion_protection", Unset::Unsafe),
        )],
    ),
    row(
        "aws_networkfirewall_firewall",
        &[refuses("delete_protection", Unset::Unsafe)],
    ),
    row("aws_autoscaling_group", &[force("force_delete")]),
    row("aws_ecs_service", &[force("force_delete")]),
    row("aws_athena_database", &[force("force_destroy")]),
    row("aws_athena_workgroup", &[force("force_destroy")]),
    row("aws_transfer_server", &[force("force_destroy")]),
    row("aws_service_discovery_service", &[force("force_destroy")]),
    row(
        "aws_spot_instance_request",
        &[
            offered(refuses("disable_api_termination", Unset::Unsafe)),
            offered(holds("disable_api_stop", Safe::True)),
            override_of_protection("force_destroy"),
        ],
    ),
    row(
        "aws_route53_resolver_firewall_rule_group_association",
        &[offered(refuses_as(
            "mutation_protection",
            &["ENABLED"],
            Unset::Unsafe,
        ))],
    ),
    row(
        "aws_route53domains_domain",
        &[offered(holds("transfer_lock", Safe::True))],
    ),
    row(
        "aws_route53domains_registered_domain",
        &[offered(holds("transfer_lock", Safe::True))],
    ),
    row(
        "aws_storagegateway_tape_pool",
        &[offered(holds(
            "retention_lock_type",
            Safe::OneOf(&["COMPLIANCE", "GOVERNANCE"]),
        ))],
    ),
    row(
        "aws_odb_autonomous_database",
        &[offered(holds("is_backup_retention_locked", Safe::True))],
    ),
    row(
        "aws_elasticache_cluster",
        &[offered(switch(
            Layer::Snapshot,
            "final_snapshot_identifier",
            Safe::Named,
            Unset::Unsafe,
        ))],
    ),
    row(
        "aws_elasticache_replication_group",
        &[offered(switch(
            Layer::Snapshot,
            "final_snapshot_identifier",
            Safe::Named,
            Unset::Unsafe,
        ))],
    ),
    row(
        "aws_bedrockagent_data_source",
        &[offered(switch(
            Layer::Empties,
            "data_deletion_policy",
            Safe::OneOf(&["RETAIN"]),
            Unset::Unsafe,
        ))],
    ),
    // Leave behind what they manage.
    row("aws_cloudfront_distribution", &[keeps("retain_on_delete")]),
    row(
        "aws_cloudformation_stack_set_instance",
        &[keeps("retain_stack")],
    ),
    row(
        "aws_cloudformation_stack_instances",
        &[keeps("retain_stacks")],
    ),
    row(
        "aws_servicecatalog_provisioned_product",
        &[keeps("retain_physical_resources")],
    ),
    // Take along what is in them, or belongs to them.
    row("aws_kinesis_stream", &[force("enforce_consumer_deletion")]),
    row("aws_dx_lag", &[force("force_destroy")]),
    row("aws_default_vpc", &[force("force_destroy")]),
    row("aws_default_subnet", &[force("force_destroy")]),
    row(
        "aws_dataexchange_revision_assets",
        &[force("force_destroy")],
    ),
    row("aws_ecs_task_set", &[force("force_delete")]),
    row("aws_codebuild_report_group", &[force("delete_reports")]),
    row("aws_datazone_domain", &[force("skip_deletion_check")]),
    row("aws_datazone_project", &[force("skip_deletion_check")]),
    row("aws_workmail_organization", &[force("delete_directory")]),
    row(
        "aws_fsx_data_repository_association",
        &[force("delete_data_in_filesystem")],
    ),
    row("aws_odb_network", &[force("delete_associated_resources")]),
    row(
        "aws_sagemaker_training_job",
        &[force("delete_model_packages_on_destroy")],
    ),
    // Delete an object in spite of a legal hold.
    row("aws_s3_object", &[override_of_protection("force_destroy")]),
    row(
        "aws_s3_bucket_object",
        &[override_of_protection("force_destroy")],
    ),
    row(
        "aws_s3_object_copy",
        &[override_of_protection("force_destroy")],
    ),
];
