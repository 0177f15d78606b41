//! What makes a bucket public, and what forbids it, by provider.
//!
//! Sources: the providers' documentation pages of the types (hashicorp/aws 6, hashicorp/google
//! 8, hashicorp/azurerm 5), which [`source`] names, and:
//! - S3: canned ACLs and the two groups that are everyone
//!   (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html>), and what each
//!   of the four settings of a public access block does
//!   (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>);
//! - Cloud Storage: predefined ACLs and entities
//!   (<https://docs.cloud.google.com/storage/docs/access-control/lists>), public access prevention
//!   (<https://docs.cloud.google.com/storage/docs/public-access-prevention>);
//! - Azure: anonymous access to containers
//!   (<https://learn.microsoft.com/azure/storage/blobs/anonymous-read-access-configure>).

use tollgate_policy_common::iam::mirror::Mirror;

/// An attribute with which everyone can be let in, in the way of access control lists.
#[derive(Clone, Copy, Debug)]
pub struct Acl {
    /// The resource type.
    pub kind: &'static str,
    /// The attribute.
    pub path: &'static str,
    /// How it says so.
    pub reads: Reads,
    /// The attribute that says which bucket or account it is of; none for the bucket itself.
    pub of: Option<&'static str>,
    /// Whether it is unknown where the configuration leaves it out, and then lets nobody in.
    pub computed: bool,
}

/// How an attribute of an [`Acl`] says who is let in.
#[derive(Clone, Copy, Debug)]
pub enum Reads {
    /// With one of these words.
    Word(&'static [&'static str]),
    /// With an entity: `allUsers`.
    Entity,
    /// With a list of roles and entities: `READER:allUsers`.
    Entities,
    /// With a list of grants whose group is at `uri`, within this block if given.
    Grants(Option<&'static str>),
}

/// A document, or a member of a role, that can let everyone in.
#[derive(Clone, Copy, Debug)]
pub struct Grant {
    /// The resource type.
    pub kind: &'static str,
    /// The attribute.
    pub path: &'static str,
    /// What it is.
    pub form: Form,
    /// The attribute that says which bucket it is of; none for the bucket itself.
    pub of: Option<&'static str>,
}

/// What the attribute of a [`Grant`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A document of AWS.
    Aws,
    /// One member.
    Member,
    /// A list of members.
    Members,
    /// A policy of Google's as JSON.
    Policy,
}

/// Four settings that forbid public access.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    /// The resource type.
    pub kind: &'static str,
    /// What comes before the name of a setting.
    pub prefix: &'static str,
    /// What a setting is that is left out.
    pub unset: bool,
    /// What it is of.
    pub scope: Scope,
}

/// What a [`Block`] is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One bucket, which `bucket` names.
    Bucket,
    /// All buckets of an account.
    Account,
    /// One way to a bucket.
    AccessPoint,
}

/// The settings of a [`Block`].
pub const SETTINGS: [&str; 4] = [
    "block_public_acls",
    "block_public_policy",
    "ignore_public_acls",
    "restrict_public_buckets",
];

const CANNED: Reads = Reads::Word(&["public-read", "public-read-write", "authenticated-read"]);
const PREDEFINED: Reads = Reads::Word(&["publicRead", "publicReadWrite", "authenticatedRead"]);
const BUCKET: Option<&str> = Some("bucket");

const fn acl(
    kind: &'static str,
    path: &'static str,
    reads: Reads,
    of: Option<&'static str>,
) -> Acl {
    Acl {
        kind,
        path,
        reads,
        of,
        computed: false,
    }
}

const fn computed(acl: Acl) -> Acl {
    Acl {
        computed: true,
        ..acl
    }
}

/// Every access control list.
pub const ACLS: &[Acl] = &[
    computed(acl("aws_s3_bucket", "acl", CANNED, None)),
    computed(acl("aws_s3_bucket", "grant", Reads::Grants(None), None)),
    acl("aws_s3_bucket_acl", "acl", CANNED, BUCKET),
    // Stores of other providers that speak the same language.
    acl("digitalocean_spaces_bucket", "acl", CANNED, None),
    acl("digitalocean_spaces_bucket_object", "acl", CANNED, None),
    acl("linode_object_storage_bucket", "acl", CANNED, None),
    acl("scaleway_object_bucket_acl", "acl", CANNED, None),
    // The provider fills it in after apply where `acl` is set.
    computed(acl(
        "aws_s3_bucket_acl",
        "access_control_policy[0].grant",
        Reads::Grants(Some("grantee")),
        BUCKET,
    )),
    computed(acl("aws_s3_object", "acl", CANNED, BUCKET)),
    computed(acl("aws_s3_bucket_object", "acl", CANNED, BUCKET)),
    computed(acl("aws_s3_object_copy", "acl", CANNED, BUCKET)),
    acl("aws_s3_object_copy", "grant", Reads::Grants(None), BUCKET),
    acl(
        "google_storage_bucket_acl",
        "predefined_acl",
        PREDEFINED,
        BUCKET,
    ),
    acl(
        "google_storage_bucket_acl",
        "default_acl",
        PREDEFINED,
        BUCKET,
    ),
    computed(acl(
        "google_storage_bucket_acl",
        "role_entity",
        Reads::Entities,
        BUCKET,
    )),
    computed(acl(
        "google_storage_default_object_acl",
        "role_entity",
        Reads::Entities,
        BUCKET,
    )),
    acl(
        "google_storage_object_acl",
        "predefined_acl",
        PREDEFINED,
        BUCKET,
    ),
    computed(acl(
        "google_storage_object_acl",
        "role_entity",
        Reads::Entities,
        BUCKET,
    )),
    acl(
        "google_storage_bucket_access_control",
        "entity",
        Reads::Entity,
        BUCKET,
    ),
    acl(
        "google_storage_default_object_access_control",
        "entity",
        Reads::Entity,
        BUCKET,
    ),
    acl(
        "google_storage_object_access_control",
        "entity",
        Reads::Entity,
        BUCKET,
    ),
    acl(
        "azurerm_storage_container",
        "container_access_type",
        Reads::Word(&["blob", "container"]),
        Some("storage_account_id"),
    ),
];

const fn grant(
    kind: &'static str,
    path: &'static str,
    form: Form,
    of: Option<&'static str>,
) -> Grant {
    Grant {
        kind,
        path,
        form,
        of,
    }
}

/// Every document and every role.
pub const GRANTS: &[Grant] = &[
    grant("aws_s3_bucket_policy", "policy", Form::Aws, BUCKET),
    grant("aws_s3_bucket", "policy", Form::Aws, None),
    grant("aws_s3control_bucket_policy", "policy", Form::Aws, BUCKET),
    grant(
        "google_storage_bucket_iam_member",
        "member",
        Form::Member,
        BUCKET,
    ),
    grant(
        "google_storage_bucket_iam_binding",
        "members",
        Form::Members,
        BUCKET,
    ),
    grant(
        "google_storage_bucket_iam_policy",
        "policy_data",
        Form::Policy,
        BUCKET,
    ),
    grant(
        "google_storage_managed_folder_iam_member",
        "member",
        Form::Member,
        BUCKET,
    ),
    grant(
        "google_storage_managed_folder_iam_binding",
        "members",
        Form::Members,
        BUCKET,
    ),
    grant(
        "google_storage_managed_folder_iam_policy",
        "policy_data",
        Form::Policy,
        BUCKET,
    ),
];

/// Every block.
pub const BLOCKS: &[Block] = &[
    Block {
        kind: "aws_s3_bucket_public_access_block",
        prefix: "",
        unset: false,
        scope: Scope::Bucket,
    },
    Block {
        kind: "aws_s3_account_public_access_block",
        prefix: "",
        unset: false,
        scope: Scope::Account,
    },
    // All four are on where the block is left out.
    Block {
        kind: "aws_s3_access_point",
        prefix: "public_access_block_configuration[0].",
        unset: true,
        scope: Scope::AccessPoint,
    },
    Block {
        kind: "aws_s3control_multi_region_access_point",
        prefix: "details[0].public_access_block[0].",
        unset: true,
        scope: Scope::AccessPoint,
    },
];

/// Where another provider forbids public access at the bucket or account itself.
pub const PREVENTIONS: &[Prevention] = &[
    Prevention {
        kind: "google_storage_bucket",
        path: "public_access_prevention",
        safe: "enforced",
        advice: "Set `public_access_prevention = \"enforced\"`.",
    },
    Prevention {
        kind: "azurerm_storage_account",
        path: "allow_nested_items_to_be_public",
        safe: "false",
        advice: "Set `allow_nested_items_to_be_public = false`.",
    },
];

/// The name that azurerm 2 had for `allow_nested_items_to_be_public`; off by default.
pub const FORMER: (&str, &str) = ("azurerm_storage_account", "allow_blob_public_access");

/// One attribute that forbids public access.
#[derive(Clone, Copy, Debug)]
pub struct Prevention {
    /// The resource type.
    pub kind: &'static str,
    /// The attribute.
    pub path: &'static str,
    /// The value that forbids it; anything else, and none, does not.
    pub safe: &'static str,
    /// How to forbid it.
    pub advice: &'static str,
}

/// What a bucket only shows of resources of their own.
pub const MIRRORS: &[Mirror] = &[
    mirror("policy", &[("aws_s3_bucket_policy", "bucket")]),
    mirror("acl", &[("aws_s3_bucket_acl", "bucket")]),
    mirror("grant", &[("aws_s3_bucket_acl", "bucket")]),
    mirror(
        "website",
        &[("aws_s3_bucket_website_configuration", "bucket")],
    ),
    mirror(
        "cors_rule",
        &[("aws_s3_bucket_cors_configuration", "bucket")],
    ),
];

const fn mirror(path: &'static str, by: &'static [(&'static str, &'static str)]) -> Mirror {
    Mirror {
        kind: "aws_s3_bucket",
        path,
        names: &["bucket"],
        by,
    }
}

/// Websites: the type, and the block that makes one; none where the resource is one.
pub const WEBSITES: &[(&str, Option<&str>)] = &[
    ("aws_s3_bucket", Some("website")),
    ("aws_s3_bucket_website_configuration", None),
    ("google_storage_bucket", Some("website")),
    ("azurerm_storage_account", Some("static_website")),
    ("azurerm_storage_account_static_website", None),
];

/// Rules that say which pages of others may read a bucket: the type, the list of blocks, and
/// the names of methods and origins in each.
pub const CORS: &[(&str, &str, &str, &str)] = &[
    (
        "aws_s3_bucket",
        "cors_rule",
        "allowed_methods",
        "allowed_origins",
    ),
    (
        "aws_s3_bucket_cors_configuration",
        "cors_rule",
        "allowed_methods",
        "allowed_origins",
    ),
    ("google_storage_bucket", "cors", "method", "origin"),
    (
        "azurerm_storage_account",
        "blob_properties[0].cors_rule",
        "allowed_methods",
        "allowed_origins",
    ),
];

/// The documentation page of a resource type, at the argument.
#[must_use]
pub fn source(kind: &str, path: &str) -> Option<String> {
    let (provider, page) = kind.split_once('_')?;
    if !["aws", "google", "azurerm"].contains(&provider) {
        return None;
    }
    let argument = path.split(['.', '[']).next().unwrap_or(path);
    Some(format!(
        "https://registry.terraform.io/providers/hashicorp/{provider}/latest/docs/resources/{page}#{argument}"
    ))
}
