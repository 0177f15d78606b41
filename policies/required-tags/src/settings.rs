//! What the configuration can set.

use std::collections::BTreeMap;

use tollgate_policy::Change;
use tollgate_policy::pattern::any_matches;
use tollgate_policy::schemars::JsonSchema;
use tollgate_policy::serde::Deserialize;

/// The settings of `required-tags`. Without any the policy finds nothing.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(
    crate = "tollgate_policy::serde",
    default,
    deny_unknown_fields,
    rename_all = "kebab-case"
)]
#[schemars(crate = "tollgate_policy::schemars")]
pub struct Settings {
    /// The tags that resources must have, by key.
    pub required: BTreeMap<String, Requirement>,
    /// Keys that no resource may have; `*` stands for any run of characters.
    pub forbidden: Vec<String>,
    /// Whether `owner` is as good as `Owner` on AWS. Azure and Google do not tell them apart.
    pub case: Case,
    /// Resource types that this policy leaves alone; `*` stands for any run of
    /// characters.
    pub ignore_types: Vec<String>,
    /// What an `aws_launch_template` must tag in its `tag_specifications`, such as
    /// `["instance", "volume"]`.
    pub launch_template_resources: Vec<String>,
    /// Whether an `aws_autoscaling_group` must pass the required tags on to its instances
    /// (`propagate_at_launch`).
    pub propagate_at_launch: bool,
}

/// What one tag must be. An empty table asks for any value but the empty one.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(
    crate = "tollgate_policy::serde",
    default,
    deny_unknown_fields,
    rename_all = "kebab-case"
)]
#[schemars(crate = "tollgate_policy::schemars")]
pub struct Requirement {
    /// The values that are allowed. `*` stands for any run of characters, and `{environment}`
    /// for the name of the environment. Empty: every value.
    pub values: Vec<String>,
    /// Whether the empty value is allowed.
    pub allow_empty: bool,
    /// Other keys that count as this one, such as `cost-center` for `CostCenter`.
    pub spellings: Vec<String>,
    /// The resource types that must have it; `*` stands for any run of characters. Empty:
    /// every type that can have tags.
    pub types: Vec<String>,
    /// The resource types that need not have it.
    pub except_types: Vec<String>,
}

/// How keys are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(crate = "tollgate_policy::serde", rename_all = "kebab-case")]
#[schemars(crate = "tollgate_policy::schemars")]
pub enum Case {
    /// Letter by letter, as cost reports of AWS do.
    #[default]
    Exact,
    /// Without regard to case.
    Ignore,
}

/// What a launch template can tag:
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_LaunchTemplateTagSpecificationRequest.html>
const TEMPLATE_RESOURCES: &[&str] = &[
    "instance",
    "volume",
    "network-interface",
    "spot-instances-request",
    "elastic-gpu",
];

impl Settings {
    /// Whether there is anything to judge.
    pub(crate) fn is_empty(&self) -> bool {
        self.required.is_empty() && self.forbidden.is_empty()
    }

    /// What is wrong with settings that no resource can meet, or that ask for nothing.
    pub(crate) fn mistake(&self) -> Option<String> {
        for (key, requirement) in &self.required {
            let keys = std::iter::once(key).chain(&requirement.spellings);
            if keys.clone().all(|key| any_matches(&self.forbidden, key)) {
                return Some(format!(
                    "`required` has the tag `{key}`, which `forbidden` forbids; remove it from one of them"
                ));
            }
            let types = &requirement.types;
            let never = |kind: &String| any_matches(&requirement.except_types, kind);
            if !types.is_empty() && types.iter().all(never) {
                return Some(format!(
                    "`except-types` of the tag `{key}` leaves out every type that `types` names; remove one of them"
                ));
            }
            let only_empty = !requirement.values.is_empty()
                && requirement.values.iter().all(String::is_empty)
                && !requirement.allow_empty;
            if only_empty {
                return Some(format!(
                    "`values` of the tag `{key}` allow only the empty value, which is not allowed; set `allow-empty = true`, or name values"
                ));
            }
        }
        let unknown = self
            .launch_template_resources
            .iter()
            .find(|name| !TEMPLATE_RESOURCES.contains(&name.as_str()))?;
        Some(format!(
            "`launch-template-resources` names `{unknown}`, which a launch template cannot tag; write one of {}",
            TEMPLATE_RESOURCES.join(", ")
        ))
    }

    pub(crate) fn ignores(&self, change: &Change) -> bool {
        any_matches(&self.ignore_types, &change.kind)
    }
}

impl Requirement {
    pub(crate) fn applies_to(&self, kind: &str) -> bool {
        (self.types.is_empty() || any_matches(&self.types, kind))
            && !any_matches(&self.except_types, kind)
    }

    /// The values that are allowed in this environment.
    pub(crate) fn values_in(&self, environment: &str) -> Vec<String> {
        self.values
            .iter()
            .map(|value| value.replace("{environment}", environment))
            .collect()
    }
}
