//! What the configuration can set.

use tollgate_policy::Change;
use tollgate_policy::pattern::any_matches;
use tollgate_policy::schemars::JsonSchema;
use tollgate_policy::serde::Deserialize;

/// The settings of `iam-wildcard`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(
    crate = "tollgate_policy::serde",
    default,
    deny_unknown_fields,
    rename_all = "kebab-case"
)]
#[schemars(crate = "tollgate_policy::schemars")]
pub struct Settings {
    /// Addresses of resources that may have wide permissions (`module.pipeline.*`); `*` stands
    /// for any run of characters.
    pub allow: Vec<String>,
    /// Resource types that this policy leaves alone; `*` stands for any run of characters.
    pub ignore_types: Vec<String>,
    /// Whether a policy has to be known before apply. Most policies that name what the plan
    /// makes are not: by default that is only told.
    pub require_known: bool,
    /// Services of AWS of which a policy may allow every action on every resource.
    pub allow_services: Vec<String>,
    /// Managed policies of AWS that nothing may be attached to, by name.
    pub admin_policies: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            ignore_types: Vec::new(),
            require_known: false,
            // What an agent on an instance needs, which acts on nothing else.
            allow_services: ["ec2messages", "ssmmessages", "xray"]
                .map(str::to_owned)
                .to_vec(),
            admin_policies: ["AdministratorAccess", "IAMFullAccess", "PowerUserAccess"]
                .map(str::to_owned)
                .to_vec(),
        }
    }
}

impl Settings {
    pub(crate) fn ignores(&self, change: &Change) -> bool {
        any_matches(&self.ignore_types, &change.kind) || any_matches(&self.allow, &change.address)
    }

    pub(crate) fn allows_service(&self, service: &str) -> bool {
        self.allow_services
            .iter()
            .any(|allowed| allowed.eq_ignore_ascii_case(service))
    }

    /// Whether an ARN is that of a managed policy that nothing may be attached to.
    pub(crate) fn is_admin(&self, arn: &str) -> bool {
        let parts: Vec<_> = arn.splitn(6, ':').collect();
        matches!(parts.as_slice(), ["arn", _, "iam", _, "aws", resource]
            if resource.rsplit('/').next().is_some_and(|name| self.admin_policies.iter().any(|policy| policy == name)))
    }
}
