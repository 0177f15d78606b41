//! What one environment asks for: which policies run, how their findings are judged,
//! and what is waived.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::diagnostic::Location;
use crate::judge::RuleEnforcement;
use crate::report::{Enforcement, Input};
use crate::routing::OtherSource;
use crate::waiver::Waiver;

/// One environment, with every default applied.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Environment {
    /// Its name; never an alias.
    pub name: String,
    /// Whether it is protected.
    pub protected: bool,
    /// What an undetermined finding of a mandatory rule does.
    pub undetermined: Response,
    /// What an incomplete plan does.
    pub incomplete: Response,
    /// What a change of the gate itself leads to that loosens it here.
    pub gate_changes: Enforcement,
    /// The policies that run, by name; never empty.
    pub policies: Vec<ConfiguredPolicy>,
    /// The waivers of these policies that hold in this environment, in the order of the file.
    pub waivers: Vec<Waiver>,
    /// The configuration file, or none when conventions stand in for it.
    pub configuration: Option<Input>,
}

/// What the environment does where something cannot be told before apply.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Response {
    /// It is reported, and that is all.
    Pass,
    /// It is a warning.
    Warn,
    /// It refuses the plan.
    Fail,
}

impl Response {
    /// The default: what is not known refuses where it matters.
    #[must_use]
    pub fn by_protection(protected: bool) -> Self {
        if protected { Self::Fail } else { Self::Warn }
    }
}

impl Enforcement {
    /// The default for a change of the gate itself: somebody has to own it where it matters.
    #[must_use]
    pub fn by_protection(protected: bool) -> Self {
        if protected {
            Self::SoftMandatory
        } else {
            Self::Advisory
        }
    }
}

/// A policy that runs in an environment.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ConfiguredPolicy {
    /// Its name in the configuration.
    pub name: String,
    /// Where the module comes from.
    pub source: Source,
    /// The digest that the module must have: `sha256:` and 64 hexadecimal digits.
    pub digest: Option<String>,
    /// The enforcement of the policy and of its rules.
    pub enforcement: RuleEnforcement,
    /// A JSON object; empty when nothing is configured.
    pub settings: serde_json::Value,
    /// Name and file, as written; `Config::resolve` makes it a path that can be opened.
    pub documents: BTreeMap<String, PathBuf>,
    /// Where the configuration first names the policy; none for a built-in that it does not name.
    #[serde(skip)]
    pub location: Option<Location>,
}

/// Where a policy's module comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// It is part of the binary.
    BuiltIn,
    /// A file, as written; `Config::resolve` makes it a path that can be opened.
    Path(PathBuf),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("built-in"),
            Self::Path(path) => path.display().fmt(f),
        }
    }
}

/// Where the secrets of an environment are, and who they are for.
#[derive(Clone, Debug)]
pub struct SecretsSettings {
    /// The name of the environment; never an alias.
    pub environment: String,
    /// Its other names, the usual ones included.
    pub aliases: Vec<String>,
    /// Whether the environment is protected.
    pub protected: bool,
    /// The files; where none are configured, conventions hold.
    pub files: Vec<PathBuf>,
    /// Where they come from instead of files.
    pub source: Option<OtherSource>,
    /// Variable to place in the files.
    pub map: BTreeMap<String, tollgate_secrets::Selector>,
    /// The only recipients that a file may have.
    pub recipients: Option<Vec<String>>,
    /// Where the files say which environment they are for.
    pub marker: Option<tollgate_secrets::Selector>,
    /// Keys that are for something other than variables of the configuration.
    pub other_keys: Vec<String>,
    /// Whether recipients of other environments are refused.
    pub isolated: bool,
    /// Whether identities that open a protected environment are refused, where this one is not.
    pub separate_identities: bool,
}

/// Returns other names that people use for an environment of this name.
#[must_use]
pub fn usual_names(name: &str) -> &'static [&'static str] {
    const NAMES: [&[&str]; 4] = [
        &["production", "prod", "prd"],
        &["staging", "stage", "stag", "stg"],
        &["development", "dev"],
        &["testing", "test"],
    ];
    NAMES
        .into_iter()
        .find(|names| names.contains(&name))
        .unwrap_or(&[])
}

/// What the configuration has to know of a built-in policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltinInfo<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its enforcement where nothing is configured.
    pub default_enforcement: Enforcement,
}

/// Returns whether an environment of this name is protected when nothing says so.
///
/// Names that people give to environments which may break are unprotected, alone or
/// with something before or after a hyphen: `staging`, `eu-staging`, `preview-17`. Every
/// other name is protected, and so is one of which a part means production: `prod-test`
/// is more likely a test in production than a production in test.
#[must_use]
pub fn protected_by_name(name: &str) -> bool {
    const UNPROTECTED: [&str; 15] = [
        "dev",
        "development",
        "test",
        "testing",
        "qa",
        "stage",
        "staging",
        "stag",
        "sandbox",
        "preview",
        "pr",
        "int",
        "integration",
        "demo",
        "local",
    ];
    const PROTECTED: [&str; 4] = ["prod", "production", "prd", "live"];
    let name = name.to_ascii_lowercase();
    let mut parts = name.split('-');
    if parts.clone().any(|part| PROTECTED.contains(&part)) {
        return true;
    }
    let ends = [parts.next(), parts.next_back()];
    !ends
        .into_iter()
        .flatten()
        .any(|part| UNPROTECTED.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protection_follows_the_name() {
        for (name, protected) in [
            ("production", true),
            ("prod", true),
            ("media", true),
            ("", true),
            ("staging", false),
            ("Staging", false),
            ("eu-staging", false),
            ("staging-eu", false),
            ("pr-17", false),
            ("dev", false),
            ("local", false),
            ("eu-staging-1", true),
            ("devices", true),
            ("latest", true),
            ("staging_eu", true),
            ("prod-test", true),
            ("pre-prod", true),
            ("test-live", true),
        ] {
            assert_eq!(protected_by_name(name), protected, "{name}");
        }
    }
}
