//! What the configuration can set.

use std::collections::BTreeMap;

use tollgate_policy::pattern::any_matches;
use tollgate_policy::schemars::JsonSchema;
use tollgate_policy::serde::Deserialize;
use tollgate_policy::{Change, Environment};
use tollgate_policy_common::require::RequireProtected;

/// The settings of `change-budget`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(
    crate = "tollgate_policy::serde",
    default,
    deny_unknown_fields,
    rename_all = "kebab-case"
)]
#[schemars(crate = "tollgate_policy::schemars")]
pub struct Settings {
    /// Where the policy applies.
    pub require: RequireProtected,
    /// How many resources one plan may delete.
    pub deletions: u32,
    /// How many resources one plan may replace.
    pub replacements: u32,
    /// How many resources one plan may forget: they leave the state and stay behind.
    pub forgets: u32,
    /// How many resources that hold data one plan may delete, replace or forget, taken
    /// together.
    pub stateful: u32,
    /// Which share of the resources that exist today one plan may delete or forget, in
    /// percent. It counts from `share-from` resources on, and from three on where nothing is left.
    #[schemars(range(min = 0, max = 100))]
    pub share: u32,
    /// How many resources a plan must delete or forget before `share` counts. Where it takes away
    /// all that exist, three are enough, whatever this says.
    pub share_from: u32,
    /// How many other resources the replacement of one may drag along.
    pub chain: u32,
    /// Limits of their own for resource types; `*` stands for any run of characters.
    pub types: BTreeMap<String, Limits>,
    /// Limits of their own for modules, such as `module.network*`; the root module is the empty
    /// text. A limit counts for all modules together that a pattern matches.
    pub modules: BTreeMap<String, Limits>,
    /// Resource types that hold data besides those that the policy knows.
    pub stateful_types: Vec<String>,
    /// Resource types whose deletion and replacement is routine, and not counted. Replaces the
    /// default list.
    pub routine_types: Vec<String>,
    /// The addresses that a plan may change, such as `module.api.*`; `*` stands for any run of
    /// characters. Empty: every address.
    pub only: Vec<String>,
    /// Whether a plan may leave out a part of the configuration, as one made with `-target`
    /// does.
    pub allow_incomplete: bool,
}

/// How much of one type or module a plan may lose. What is left out is not limited.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(
    crate = "tollgate_policy::serde",
    default,
    deny_unknown_fields,
    rename_all = "kebab-case"
)]
#[schemars(crate = "tollgate_policy::schemars")]
pub struct Limits {
    /// How many may be deleted.
    pub deletions: Option<u32>,
    /// How many may be replaced.
    pub replacements: Option<u32>,
    /// How many may be forgotten.
    pub forgets: Option<u32>,
}

/// What is made anew with every change of what it is made from: nobody misses the old one.
const ROUTINE: &[&str] = &[
    "null_resource",
    "terraform_data",
    "time_*",
    "local_file",
    "local_sensitive_file",
    "archive_file",
    "aws_api_gateway_deployment",
    "aws_apigatewayv2_deployment",
    "aws_ecs_task_definition",
    "aws_batch_job_definition",
    "aws_lambda_layer_version",
    "aws_lambda_permission",
    "aws_launch_configuration",
    "aws_s3_object",
    "aws_s3_bucket_object",
    "google_compute_instance_template",
    "google_compute_region_instance_template",
    "google_storage_bucket_object",
    "azurerm_storage_blob",
    "docker_image",
    "docker_registry_image",
];

impl Default for Settings {
    fn default() -> Self {
        Self {
            require: RequireProtected::default(),
            deletions: 50,
            replacements: 50,
            forgets: 50,
            stateful: 10,
            share: 50,
            share_from: 10,
            chain: 20,
            types: BTreeMap::new(),
            modules: BTreeMap::new(),
            stateful_types: Vec::new(),
            routine_types: ROUTINE.iter().copied().map(str::to_owned).collect(),
            only: Vec::new(),
            allow_incomplete: false,
        }
    }
}

impl Settings {
    pub(crate) fn applies_to(&self, environment: &Environment) -> bool {
        self.require.applies_to(environment)
    }

    /// What is wrong with limits that limit nothing.
    pub(crate) fn mistake(&self) -> Option<String> {
        let of_types = self.types.iter().map(|entry| ("types", entry));
        let of_modules = self.modules.iter().map(|entry| ("modules", entry));
        of_types
            .chain(of_modules)
            .find(|(_, (_, limits))| {
                limits.deletions.is_none()
                    && limits.replacements.is_none()
                    && limits.forgets.is_none()
            })
            .map(|(setting, (key, _))| {
                format!(
                    "`{setting}` of `{key}` limits nothing; give it `deletions`, `replacements` or `forgets`, or remove it"
                )
            })
    }

    pub(crate) fn is_routine(&self, change: &Change) -> bool {
        any_matches(&self.routine_types, &change.kind)
    }

    pub(crate) fn calls_stateful(&self, change: &Change) -> bool {
        any_matches(&self.stateful_types, &change.kind)
    }

    /// Whether the plan may change this address.
    pub(crate) fn may_change(&self, address: &str) -> bool {
        self.only.is_empty() || any_matches(&self.only, address)
    }
}
