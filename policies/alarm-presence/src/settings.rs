//! What the configuration can set.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use tollgate_policy::{schemars, serde};

/// Which resources must have which alarms.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(
    crate = "tollgate_policy::serde",
    rename_all = "kebab-case",
    deny_unknown_fields,
    default
)]
#[schemars(crate = "tollgate_policy::schemars")]
pub struct Settings {
    /// The alarms that resources must have: requirements (`lambda-errors`), services
    /// (`lambda`), custom requirements, `default`, `all` or `none`. Unset means
    /// `default` in protected environments and `none` in others.
    pub require: Option<Vec<String>>,
    /// Resources that need no alarm.
    pub exclude: Vec<Exclusion>,
    /// Requirements of your own, by name. `require` must name them.
    pub custom: BTreeMap<String, Custom>,
    /// Whether a required alarm must have an action that runs when it fires, with
    /// actions enabled. An action of a composite alarm that includes it counts.
    pub require_action: bool,
    /// Patterns of the ARNs that count as an action, with `*` for any run of
    /// characters. A topic that does not exist yet has no ARN: give a pattern of its
    /// address as well (`aws_sns_topic.on_call`). Empty means that any action counts.
    pub accepted_actions: Vec<String>,
    /// Whether every alarm must have such an action, required or not, unless another
    /// alarm is made of it or something of the plan waits for its state. Unset means yes
    /// in protected environments and no in others.
    pub every_alarm_acts: Option<bool>,
    /// Whether an alarm must be able to fire: a threshold that no value of its metric meets,
    /// or every value, is a violation. Unset means yes in protected environments and no in
    /// others.
    pub every_alarm_can_fire: Option<bool>,
    /// Whether it is a violation to remove the last alarm of a resource that stays,
    /// even if the alarm is not required, or the last subscription of a topic that alarms
    /// notify, or every alarm of a plan whose resources are elsewhere. Unset means yes in protected environments
    /// and no in others.
    pub keep_last_alarm: Option<bool>,
    /// Whether what was so before is told apart from what the plan brings about, so that the
    /// environment's `existing` says what it leads to: a warning, unless it says more. Otherwise
    /// every resource of the plan has to have its alarms, changed or not. Unset means yes where the
    /// plan changes a resource of AWS, so that an edit of tags is not refused for an alarm that was
    /// missing before, and no where it changes none: then all that a plan can say is whether what
    /// is there is watched.
    pub existing_apart: Option<bool>,
}

/// Resources that need no alarm.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(
    crate = "tollgate_policy::serde",
    rename_all = "kebab-case",
    deny_unknown_fields
)]
#[schemars(crate = "tollgate_policy::schemars")]
pub struct Exclusion {
    /// A pattern of addresses, with `*` for any run of characters:
    /// `module.legacy.*`, `*aws_lambda_function.edge*`.
    pub address: String,
    /// The requirements or services that they need not meet. Empty means all.
    #[serde(default)]
    pub alarms: Vec<String>,
}

/// A requirement of your own.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(
    crate = "tollgate_policy::serde",
    rename_all = "kebab-case",
    deny_unknown_fields
)]
#[schemars(crate = "tollgate_policy::schemars")]
pub struct Custom {
    /// The resource type. Only types that the policy asks to see.
    pub resource_type: String,
    /// The namespace of the metrics, such as `AWS/Lambda`.
    pub namespace: String,
    /// The metrics: an alarm on any one of them satisfies the requirement.
    #[schemars(length(min = 1))]
    pub metrics: Vec<String>,
    /// The dimensions that an alarm must have: the name, and the attribute of the
    /// resource that its value must equal, or `*` for any value.
    #[schemars(length(min = 1))]
    pub dimensions: BTreeMap<String, String>,
    /// The dimensions that an alarm may have as well.
    #[serde(default)]
    pub optional_dimensions: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            require: None,
            exclude: Vec::new(),
            custom: BTreeMap::new(),
            require_action: true,
            accepted_actions: Vec::new(),
            every_alarm_acts: None,
            every_alarm_can_fire: None,
            keep_last_alarm: None,
            // The tests look at both sides.
            existing_apart: cfg!(test).then_some(true),
        }
    }
}
