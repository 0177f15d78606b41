//! Which resources carry permissions that can be for everyone, by provider.
//!
//! Sources: the documentation pages of the types (hashicorp/aws 6, hashicorp/google 8), which
//! [`source`] names; what the services say of a policy that is for everyone:
//! - OpenSearch: a domain in a VPC is reached from there only, and one with fine-grained access
//!   control asks for credentials besides
//!   (<https://docs.aws.amazon.com/opensearch-service/latest/developerguide/ac.html>);
//! - S3: all four settings of an access point's block are on unless they are turned off
//!   (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-bpa-settings.html>);
//! - Lambda: whom a permission without a source lets in
//!   (<https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html>).
//!
//! Azure has no role assignment that is for everyone: a principal is always one of a tenant.
//! Bucket policies and roles on Google's buckets are those of the policy `public-bucket`.
//! Policies of VPC endpoints and of VPC Lattice are in no row: who is outside of the network
//! does not reach them, and `*` is what the services start with.

use tollgate_policy_common::iam::mirror::Mirror;

/// A document of AWS that says who may use a resource.
#[derive(Clone, Copy, Debug)]
pub struct Document {
    /// The resource type.
    pub kind: &'static str,
    /// The attribute, or the list of blocks that it is in.
    pub path: &'static str,
    /// What a sentence calls it.
    pub what: &'static str,
    /// Whether it is unknown where the configuration leaves it out, and then the service's
    /// own, which lets in nobody else.
    pub computed: bool,
    /// What makes it harmless.
    pub shield: Shield,
    /// Whether a service that it lets in acts for whoever asks, so that it has to say for whom.
    pub acts_for_others: bool,
}

/// What makes a policy that is for everyone harmless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shield {
    /// Nothing.
    None,
    /// A domain that is in a VPC or asks for credentials; the attribute that names it, or none
    /// for the domain itself.
    Domain(Option<&'static str>),
    /// An access point that is for one VPC or blocks public access; the attribute that names it.
    AccessPoint(Option<&'static str>),
    /// A service that asks before it lets anyone in.
    Acceptance,
}

const fn row(kind: &'static str, path: &'static str, what: &'static str) -> Document {
    Document {
        kind,
        path,
        what,
        computed: false,
        shield: Shield::None,
        acts_for_others: false,
    }
}

const fn computed(row: Document) -> Document {
    Document {
        computed: true,
        ..row
    }
}

const fn shielded(row: Document, shield: Shield) -> Document {
    Document { shield, ..row }
}

const fn for_others(row: Document) -> Document {
    Document {
        acts_for_others: true,
        ..row
    }
}

/// Every document.
pub const DOCUMENTS: &[Document] = &[
    for_others(computed(row(
        "aws_sns_topic",
        "policy",
        "the topic's policy",
    ))),
    for_others(row("aws_sns_topic_policy", "policy", "the topic's policy")),
    for_others(computed(row(
        "aws_sqs_queue",
        "policy",
        "the queue's policy",
    ))),
    for_others(row("aws_sqs_queue_policy", "policy", "the queue's policy")),
    for_others(row(
        "aws_lambda_resource_policy",
        "policy",
        "the function's policy",
    )),
    computed(row("aws_kms_key", "policy", "the key's policy")),
    row("aws_kms_key_policy", "policy", "the key's policy"),
    computed(row("aws_kms_external_key", "policy", "the key's policy")),
    computed(row("aws_kms_replica_key", "policy", "the key's policy")),
    computed(row(
        "aws_kms_replica_external_key",
        "policy",
        "the key's policy",
    )),
    computed(row(
        "aws_secretsmanager_secret",
        "policy",
        "the secret's policy",
    )),
    row(
        "aws_secretsmanager_secret_policy",
        "policy",
        "the secret's policy",
    ),
    row(
        "aws_ecr_repository_policy",
        "policy",
        "the repository's policy",
    ),
    row("aws_ecr_registry_policy", "policy", "the registry's policy"),
    row(
        "aws_ecr_repository_creation_template",
        "repository_policy",
        "the policy of new repositories",
    ),
    row(
        "aws_ecrpublic_repository_policy",
        "policy",
        "the repository's policy",
    ),
    row(
        "aws_cloudwatch_event_bus_policy",
        "policy",
        "the event bus's policy",
    ),
    row(
        "aws_schemas_registry_policy",
        "policy",
        "the registry's policy",
    ),
    computed(row(
        "aws_api_gateway_rest_api",
        "policy",
        "the API's policy",
    )),
    row(
        "aws_api_gateway_rest_api_policy",
        "policy",
        "the API's policy",
    ),
    computed(shielded(
        row(
            "aws_opensearch_domain",
            "access_policies",
            "the domain's policy",
        ),
        Shield::Domain(None),
    )),
    shielded(
        row(
            "aws_opensearch_domain_policy",
            "access_policies",
            "the domain's policy",
        ),
        Shield::Domain(Some("domain_name")),
    ),
    computed(shielded(
        row(
            "aws_elasticsearch_domain",
            "access_policies",
            "the domain's policy",
        ),
        Shield::Domain(None),
    )),
    shielded(
        row(
            "aws_elasticsearch_domain_policy",
            "access_policies",
            "the domain's policy",
        ),
        Shield::Domain(Some("domain_name")),
    ),
    row(
        "aws_cloudsearch_domain_service_access_policy",
        "access_policy",
        "the domain's policy",
    ),
    row(
        "aws_osis_resource_policy",
        "policy",
        "the pipeline's policy",
    ),
    row("aws_glacier_vault", "access_policy", "the vault's policy"),
    row(
        "aws_glacier_vault_lock",
        "policy",
        "the vault's lock policy",
    ),
    row(
        "aws_backup_vault_policy",
        "policy",
        "the backup vault's policy",
    ),
    row(
        "aws_efs_file_system_policy",
        "policy",
        "the file system's policy",
    ),
    row(
        "aws_s3files_file_system_policy",
        "policy",
        "the file system's policy",
    ),
    computed(row(
        "aws_codeartifact_domain_permissions_policy",
        "policy_document",
        "the domain's policy",
    )),
    row(
        "aws_codeartifact_repository_permissions_policy",
        "policy_document",
        "the repository's policy",
    ),
    row(
        "aws_codebuild_resource_policy",
        "policy",
        "the project's policy",
    ),
    row("aws_msk_cluster_policy", "policy", "the cluster's policy"),
    row(
        "aws_kinesis_resource_policy",
        "policy",
        "the stream's policy",
    ),
    row(
        "aws_dynamodb_resource_policy",
        "policy",
        "the table's policy",
    ),
    row("aws_dsql_cluster_policy", "policy", "the cluster's policy"),
    row(
        "aws_redshift_resource_policy",
        "policy",
        "the namespace's policy",
    ),
    row(
        "aws_redshiftserverless_resource_policy",
        "policy",
        "the snapshot's policy",
    ),
    row("aws_ses_identity_policy", "policy", "the identity's policy"),
    row(
        "aws_sesv2_email_identity_policy",
        "policy",
        "the identity's policy",
    ),
    row(
        "aws_pinpointsmsvoicev2_resource_policy",
        "policy",
        "the resource's policy",
    ),
    row("aws_glue_resource_policy", "policy", "the catalog's policy"),
    row(
        "aws_cloudwatch_log_destination_policy",
        "access_policy",
        "the log destination's policy",
    ),
    row(
        "aws_cloudwatch_log_resource_policy",
        "policy_document",
        "the policy of the logs",
    ),
    row(
        "aws_cloudwatch_log_delivery_destination_policy",
        "delivery_destination_policy",
        "the delivery destination's policy",
    ),
    row("aws_oam_sink_policy", "policy", "the sink's policy"),
    row(
        "aws_prometheus_resource_policy",
        "policy_document",
        "the workspace's policy",
    ),
    row(
        "aws_xray_resource_policy",
        "policy_document",
        "the policy of the traces",
    ),
    row(
        "aws_media_store_container_policy",
        "policy",
        "the container's policy",
    ),
    row(
        "aws_sagemaker_model_package_group_policy",
        "resource_policy",
        "the group's policy",
    ),
    row(
        "aws_acmpca_policy",
        "policy",
        "the certificate authority's policy",
    ),
    row(
        "aws_networkfirewall_resource_policy",
        "policy",
        "the resource's policy",
    ),
    row(
        "aws_vpclattice_resource_policy",
        "policy",
        "the resource's policy",
    ),
    row(
        "aws_bedrockagentcore_resource_policy",
        "policy",
        "the resource's policy",
    ),
    computed(shielded(
        row("aws_s3_access_point", "policy", "the access point's policy"),
        Shield::AccessPoint(None),
    )),
    shielded(
        row(
            "aws_s3control_access_point_policy",
            "policy",
            "the access point's policy",
        ),
        Shield::AccessPoint(Some("access_point_arn")),
    ),
    row(
        "aws_s3control_multi_region_access_point_policy",
        "details[0].policy",
        "the access point's policy",
    ),
    row(
        "aws_s3control_object_lambda_access_point_policy",
        "policy",
        "the access point's policy",
    ),
    row(
        "aws_s3control_access_grants_instance_resource_policy",
        "policy",
        "the instance's policy",
    ),
    row(
        "aws_fsx_s3_access_point_attachment",
        "s3_access_point[0].policy",
        "the access point's policy",
    ),
    row(
        "aws_s3tables_table_bucket_policy",
        "resource_policy",
        "the table bucket's policy",
    ),
    row(
        "aws_s3tables_table_policy",
        "resource_policy",
        "the table's policy",
    ),
    row(
        "aws_s3vectors_vector_bucket_policy",
        "policy",
        "the vector bucket's policy",
    ),
];

const fn mirror(
    kind: &'static str,
    path: &'static str,
    names: &'static [&'static str],
    by: &'static [(&'static str, &'static str)],
) -> Mirror {
    Mirror {
        kind,
        path,
        names,
        by,
    }
}

const KEY_POLICY: &[(&str, &str)] = &[("aws_kms_key_policy", "key_id")];

/// What a resource only shows of a policy that is a resource of its own.
pub const MIRRORS: &[Mirror] = &[
    mirror(
        "aws_sns_topic",
        "policy",
        &["arn"],
        &[("aws_sns_topic_policy", "arn")],
    ),
    mirror(
        "aws_sqs_queue",
        "policy",
        &["id"],
        &[("aws_sqs_queue_policy", "queue_url")],
    ),
    mirror("aws_kms_key", "policy", &["id", "arn"], KEY_POLICY),
    mirror("aws_kms_external_key", "policy", &["id", "arn"], KEY_POLICY),
    mirror("aws_kms_replica_key", "policy", &["id", "arn"], KEY_POLICY),
    mirror(
        "aws_kms_replica_external_key",
        "policy",
        &["id", "arn"],
        KEY_POLICY,
    ),
    mirror(
        "aws_secretsmanager_secret",
        "policy",
        &["id", "arn"],
        &[("aws_secretsmanager_secret_policy", "secret_arn")],
    ),
    mirror(
        "aws_api_gateway_rest_api",
        "policy",
        &["id"],
        &[("aws_api_gateway_rest_api_policy", "rest_api_id")],
    ),
    mirror(
        "aws_opensearch_domain",
        "access_policies",
        &["domain_name"],
        &[("aws_opensearch_domain_policy", "domain_name")],
    ),
    mirror(
        "aws_elasticsearch_domain",
        "access_policies",
        &["domain_name"],
        &[("aws_elasticsearch_domain_policy", "domain_name")],
    ),
    mirror(
        "aws_s3_access_point",
        "policy",
        &["arn"],
        &[("aws_s3control_access_point_policy", "access_point_arn")],
    ),
];

/// One permission whose parts are attributes of the resource.
#[derive(Clone, Copy, Debug)]
pub struct Permission {
    /// The resource type.
    pub kind: &'static str,
    /// The attribute that says who.
    pub path: &'static str,
    /// The attribute that says what, if one does.
    pub action: Option<&'static str>,
    /// What a sentence calls it.
    pub what: &'static str,
    /// As in [`Document`].
    pub computed: bool,
    /// Attributes that narrow it, each with the operator and key that it stands for.
    pub conditions: &'static [(&'static str, &'static str, &'static str)],
    /// A block that is a condition: of `type`, `key` and `value`.
    pub condition: Option<&'static str>,
    /// What makes it harmless.
    pub shield: Shield,
    /// As in [`Document`].
    pub acts_for_others: bool,
}

/// Every permission.
pub const PERMISSIONS: &[Permission] = &[
    Permission {
        kind: "aws_lambda_permission",
        path: "principal",
        action: Some("action"),
        what: "the function's permission",
        computed: false,
        conditions: &[
            ("source_arn", "ArnLike", "aws:SourceArn"),
            ("source_account", "StringEquals", "aws:SourceAccount"),
            ("principal_org_id", "StringEquals", "aws:PrincipalOrgID"),
            // A token that only the skill knows.
            ("event_source_token", "StringEquals", "aws:SourceAccount"),
        ],
        condition: None,
        shield: Shield::None,
        acts_for_others: true,
    },
    Permission {
        kind: "aws_lambda_layer_version_permission",
        path: "principal",
        action: Some("action"),
        what: "the layer's permission",
        computed: false,
        conditions: &[("organization_id", "StringEquals", "aws:PrincipalOrgID")],
        condition: None,
        shield: Shield::None,
        acts_for_others: false,
    },
    Permission {
        kind: "aws_cloudwatch_event_permission",
        path: "principal",
        action: Some("action"),
        what: "the event bus's permission",
        computed: false,
        conditions: &[],
        condition: Some("condition"),
        shield: Shield::None,
        acts_for_others: false,
    },
    Permission {
        kind: "aws_vpc_endpoint_service",
        path: "allowed_principals",
        action: None,
        what: "the endpoint service",
        computed: true,
        conditions: &[],
        condition: None,
        shield: Shield::Acceptance,
        acts_for_others: false,
    },
    Permission {
        kind: "aws_vpc_endpoint_service_allowed_principal",
        path: "principal_arn",
        action: None,
        what: "the endpoint service",
        computed: false,
        conditions: &[],
        condition: None,
        shield: Shield::None,
        acts_for_others: false,
    },
];

/// Google's types that give a role to members, as patterns: with one member, several, or a
/// whole policy as JSON.
pub const MEMBERS: [(&str, &str); 3] = [
    ("google_*_iam_member", "member"),
    ("google_*_iam_binding", "members"),
    ("google_*_iam_policy", "policy_data"),
];

/// Those of them that `public-bucket` judges.
pub const BUCKETS: [&str; 2] = [
    "google_storage_bucket_iam_",
    "google_storage_managed_folder_iam_",
];

/// Google's types that let in groups by other attributes: the list of blocks, or none where
/// the resource is one.
pub const GROUPS: &[(&str, Option<&str>)] = &[
    ("google_bigquery_dataset_access", None),
    ("google_bigquery_dataset", Some("access")),
];

/// The attributes of [`GROUPS`] that name who is let in.
pub const GROUP_ATTRIBUTES: [&str; 2] = ["iam_member", "special_group"];

/// Attributes that a [`Shield`] reads, by the type that it reads them of.
pub const SHIELDS: &[(&str, &str)] = &[
    ("aws_opensearch_domain", "vpc_options[0].subnet_ids"),
    (
        "aws_opensearch_domain",
        "advanced_security_options[0].enabled",
    ),
    (
        "aws_opensearch_domain",
        "advanced_security_options[0].anonymous_auth_enabled",
    ),
    ("aws_elasticsearch_domain", "vpc_options[0].subnet_ids"),
    (
        "aws_elasticsearch_domain",
        "advanced_security_options[0].enabled",
    ),
    (
        "aws_s3_access_point",
        "public_access_block_configuration[0].restrict_public_buckets",
    ),
    ("aws_s3_access_point", "vpc_configuration[0].vpc_id"),
    ("aws_vpc_endpoint_service", "acceptance_required"),
];

/// The documentation page of a resource type, at the argument.
#[must_use]
pub fn source(kind: &str, path: &str) -> Option<String> {
    let (provider, page) = kind.split_once('_')?;
    let argument = path.split(['.', '[']).next().unwrap_or(path);
    Some(format!(
        "https://registry.terraform.io/providers/hashicorp/{provider}/latest/docs/resources/{page}#{argument}"
    ))
}
