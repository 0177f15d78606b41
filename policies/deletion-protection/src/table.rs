//! Which resource types can be protected against deletion, and how.
//!
//! Sources: each switch is an argument of the provider's documentation page of its
//! type, which `source` names, and the defaults are the ones stated there
//! (hashicorp/aws 6, hashicorp/google 8, hashicorp/azurerm 5). Since which version there is
//! one comes from the provider's changelog. Where a fact comes from somewhere else, a comment
//! at the row says where. A default that no page states is [`Unset::Unstated`]: a plan that
//! relies on it is undetermined.
//!
//! What a type holds is in [`crate::types`]. Attributes whose names sound like protection
//! and that are in no row are in `considered.txt`, with the reason; a test compares both with
//! the providers' schemas. Types that a provider does not have any more stay for old plans.
//!
//! `prevent_destroy` is nowhere, because no plan shows it.

mod aws;
mod azure;
mod google;
mod others;

use tollgate_policy::pattern;

use crate::switch::{Each, Layer, Safe, Switch, Unless, Unset, Versions};

/// The switches of one resource type.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The resource type.
    pub kind: &'static str,
    /// Its switches; the first that [refuses](Layer::Refuses) is the telling one.
    pub switches: &'static [Switch],
}

/// Every resource type that has a switch, by provider, then by what it is.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    [aws::ROWS, google::ROWS, azure::ROWS, others::ROWS]
        .into_iter()
        .flatten()
}

/// What nearly every resource of hashicorp/google has since 7.33, and some had before; its
/// default can be set for the provider as a whole. A type whose row has another switch at
/// that path has that one in its place.
pub const DELETION_POLICY: [Switch; 3] = [
    offered(refuses_as("deletion_policy", &["PREVENT"], Unset::Unsafe)),
    offered(switch(
        Layer::Keeps,
        "deletion_policy",
        Safe::OneOf(&["ABANDON"]),
        Unset::Unsafe,
    )),
    switch(
        Layer::Empties,
        "deletion_policy",
        Safe::NoneOf(&["FORCE"]),
        Unset::Safe,
    ),
];

/// The types that have [`DELETION_POLICY`].
pub const WITH_DELETION_POLICY: &str = "google_";

/// Types and attributes that the provider computes where they are left out: they are unknown in a
/// plan that makes the resource then. The first is a pattern.
pub const COMPUTED: &[(&str, &str)] = &[
    ("aws_bedrockagent_data_source", "data_deletion_policy"),
    ("aws_cloudwatch_log_group", "deletion_protection_enabled"),
    ("aws_dsql_cluster", "deletion_protection_enabled"),
    ("aws_dsql_cluster", "force_destroy"),
    ("aws_dynamodb_table_replica", "deletion_protection_enabled"),
    ("aws_efs_file_system", "protection[0].replication_overwrite"),
    ("aws_eks_cluster", "deletion_protection"),
    ("aws_emr_cluster", "termination_protection"),
    ("aws_instance", "disable_api_stop"),
    ("aws_instance", "disable_api_termination"),
    ("aws_neptunegraph_graph", "deletion_protection"),
    ("aws_odb_autonomous_database", "is_backup_retention_locked"),
    ("aws_odb_network", "delete_associated_resources"),
    ("aws_paymentcryptography_key", "deletion_window_in_days"),
    ("aws_pinpointsmsvoicev2_*", "deletion_protection_enabled"),
    (
        "aws_quicksight_account_settings",
        "termination_protection_enabled",
    ),
    (
        "aws_route53_resolver_firewall_rule_group_association",
        "mutation_protection",
    ),
    ("aws_route53domains_domain", "transfer_lock"),
    (
        "aws_s3_bucket_versioning",
        "versioning_configuration[0].mfa_delete",
    ),
    ("aws_s3_directory_bucket", "force_destroy"),
    ("aws_s3tables_table_bucket", "force_destroy"),
    ("aws_s3vectors_vector_bucket", "force_destroy"),
    ("aws_spot_instance_request", "disable_api_stop"),
    ("aws_spot_instance_request", "disable_api_termination"),
    (
        "aws_verifiedpermissions_policy_store",
        "deletion_protection",
    ),
    ("azurerm_recovery_services_vault", "immutability"),
    (
        "azurerm_storage_account",
        "blob_properties[0].delete_retention_policy[0].permanent_delete_enabled",
    ),
    ("google_*", "deletion_policy"),
    ("google_bigtable_authorized_view", "deletion_protection"),
    ("google_bigtable_table", "deletion_protection"),
    (
        "google_clouddomains_registration",
        "management_settings[0].transfer_lock_state",
    ),
    (
        "google_compute_instance_from_template",
        "deletion_protection",
    ),
    ("google_firestore_database", "delete_protection_state"),
    ("google_kms_crypto_key", "destroy_scheduled_duration"),
    ("google_workbench_instance", "enable_deletion_protection"),
];

/// Types whose attributes a template may set where the configuration leaves them out, and the attribute
/// that names it.
pub const TEMPLATES: &[(&str, &str)] = &[("aws_instance", "launch_template")];

/// The attribute that names the template of a type.
pub(crate) fn template(kind: &str) -> Option<&'static str> {
    let found = TEMPLATES.iter().find(|(of, _)| *of == kind);
    found.map(|(_, path)| *path)
}

/// Whether the provider computes an attribute where it is left out.
pub(crate) fn is_computed(kind: &str, path: &str) -> bool {
    COMPUTED
        .iter()
        .any(|(kinds, computed)| *computed == path && pattern::matches(kinds, kind))
}

/// The documentation page of a resource type, at the argument if given.
#[must_use]
pub fn source(kind: &str, switch: Option<&Switch>) -> Option<String> {
    let (provider, page) = match kind {
        "aws_alb" => ("aws", "lb"),
        kind => kind.split_once('_')?,
    };
    let owner = match provider {
        "aws" | "google" | "azurerm" | "awscc" | "kubernetes" | "helm" => "hashicorp",
        "aiven" => "aiven",
        "cloudflare" => "cloudflare",
        "digitalocean" => "digitalocean",
        "mongodbatlas" => "mongodb",
        "snowflake" => "snowflakedb",
        "kubectl" => "gavinbunney",
        "linode" => "linode",
        "hcloud" => "hetznercloud",
        "scaleway" => "scaleway",
        "confluent" => "confluentinc",
        "azapi" => "azure",
        _ => return None,
    };
    let mut url = format!(
        "https://registry.terraform.io/providers/{owner}/{provider}/latest/docs/resources/{page}"
    );
    if let Some(argument) = switch.and_then(|switch| switch.declared().split(['.', '[']).next()) {
        url.push('#');
        url.push_str(argument);
    }
    Some(url)
}

const fn switch(layer: Layer, path: &'static str, safe: Safe, unset: Unset) -> Switch {
    Switch {
        path,
        layer,
        safe,
        unset,
        each: None,
        unless: None,
        versions: Versions::All,
        wanted: true,
    }
}

/// A boolean that refuses the deletion while it is true.
const fn refuses(path: &'static str, unset: Unset) -> Switch {
    switch(Layer::Refuses, path, Safe::True, unset)
}

/// A string that refuses the deletion while it is `value`.
const fn refuses_as(path: &'static str, value: &'static [&'static str], unset: Unset) -> Switch {
    switch(Layer::Refuses, path, Safe::OneOf(value), unset)
}

/// A boolean that makes the deletion take the contents along; false by default.
const fn force(path: &'static str) -> Switch {
    switch(Layer::Empties, path, Safe::False, Unset::Safe)
}

/// A boolean that makes the deletion step over protection; false by default.
const fn override_of_protection(path: &'static str) -> Switch {
    switch(Layer::Obeys, path, Safe::False, Unset::Safe)
}

/// A boolean that leaves out the last snapshot or backup; false by default.
const fn skip(path: &'static str) -> Switch {
    switch(Layer::Snapshot, path, Safe::False, Unset::Safe)
}

/// A boolean that gives up what could be had back; `unset` says what leaving it out does.
const fn drops(path: &'static str, unset: Unset) -> Switch {
    switch(Layer::Recovers, path, Safe::False, unset)
}

/// A boolean that makes the deletion leave the object behind; false by default.
const fn keeps(path: &'static str) -> Switch {
    offered(switch(Layer::Keeps, path, Safe::True, Unset::Unsafe))
}

/// What keeps the object from being taken away in another way than by a deletion.
const fn holds(path: &'static str, safe: Safe) -> Switch {
    switch(Layer::Holds, path, safe, Unset::Unsafe)
}

/// One that need not be on.
const fn offered(switch: Switch) -> Switch {
    Switch {
        wanted: false,
        ..switch
    }
}

/// One in each of the blocks of this name, which `region_name` tells apart.
const fn each(block: &'static str, switch: Switch) -> Switch {
    Switch {
        each: Some(Each {
            block,
            key: "region_name",
        }),
        ..switch
    }
}

/// One that the provider has since this version.
const fn since(version: &'static str, switch: Switch) -> Switch {
    Switch {
        versions: Versions::Since(version),
        ..switch
    }
}

/// One that the provider had before this version.
const fn until(version: &'static str, switch: Switch) -> Switch {
    Switch {
        versions: Versions::Until(version),
        ..switch
    }
}

/// A number of days until a deletion is final: the default, and the most.
const fn window(path: &'static str, unset: i64, most: i64) -> Switch {
    switch(Layer::Window, path, Safe::Days(most), Unset::Days(unset))
}

const fn unless(
    switch: Switch,
    path: &'static str,
    values: &'static [&'static str],
    unset: bool,
) -> Switch {
    Switch {
        unless: Some(Unless {
            path,
            values,
            unset,
        }),
        ..switch
    }
}

const fn row(kind: &'static str, switches: &'static [Switch]) -> Row {
    Row { kind, switches }
}
