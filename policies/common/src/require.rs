//! The setting `require`: in which environments a policy applies. Two types, because what it is by
//! default differs from policy to policy; users see one.

use tollgate_policy::Environment;
use tollgate_policy::schemars::JsonSchema;
use tollgate_policy::serde::Deserialize;

/// Where the policy applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(
    crate = "tollgate_policy::serde",
    rename = "Require",
    rename_all = "kebab-case"
)]
#[schemars(crate = "tollgate_policy::schemars")]
pub enum RequireAlways {
    /// In every environment.
    #[default]
    Always,
    /// In environments that the configuration calls protected.
    ProtectedEnvironments,
    /// Nowhere: for an environment that opts out.
    Never,
}

/// Where the policy applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(
    crate = "tollgate_policy::serde",
    rename = "Require",
    rename_all = "kebab-case"
)]
#[schemars(crate = "tollgate_policy::schemars")]
pub enum RequireProtected {
    /// In environments that the configuration calls protected.
    #[default]
    ProtectedEnvironments,
    /// In every environment.
    Always,
    /// Nowhere: for an environment that opts out.
    Never,
}

impl RequireAlways {
    /// Whether the policy applies in an environment.
    #[must_use]
    pub const fn applies_to(self, environment: &Environment) -> bool {
        match self {
            Self::Always => true,
            Self::ProtectedEnvironments => environment.protected,
            Self::Never => false,
        }
    }
}

impl RequireProtected {
    /// Whether the policy applies in an environment.
    #[must_use]
    pub const fn applies_to(self, environment: &Environment) -> bool {
        match self {
            Self::ProtectedEnvironments => environment.protected,
            Self::Always => true,
            Self::Never => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use tollgate_policy::{Environment, serde_json};

    use super::{RequireAlways, RequireProtected};

    #[test]
    fn what_the_configuration_says_holds_whatever_the_default_is() {
        let environment = |protected| Environment {
            name: "e".to_owned(),
            protected,
        };
        for (text, protected, other) in [
            ("always", true, true),
            ("protected-environments", true, false),
            ("never", false, false),
        ] {
            let json = serde_json::json!(text);
            let one = serde_json::from_value::<RequireAlways>(json.clone()).ok();
            let two = serde_json::from_value::<RequireProtected>(json).ok();
            for (of, expected) in [(environment(true), protected), (environment(false), other)] {
                assert_eq!(one.map(|one| one.applies_to(&of)), Some(expected), "{text}");
                assert_eq!(two.map(|two| two.applies_to(&of)), Some(expected), "{text}");
            }
        }
        assert!(RequireAlways::default().applies_to(&environment(false)));
        assert!(!RequireProtected::default().applies_to(&environment(false)));
        assert!(RequireProtected::default().applies_to(&environment(true)));
    }
}
