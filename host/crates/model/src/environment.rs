//! What one environment asks for: which policies run, how their findings are judged,
//! and what is waived.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::diagnostic::Location;
use crate::report::Input;
use crate::rule::{Enforcement, Response, RuleEnforcement};
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
    /// What a finding of a mandatory rule does that reports what was so before.
    #[serde(default = "Response::strictest")]
    pub existing: Response,
    /// What a change of the gate itself leads to that loosens it here.
    pub gate_changes: Enforcement,
    /// The policies that run, by name; never empty.
    pub policies: Vec<ConfiguredPolicy>,
    /// The waivers of these policies that hold in this environment, in the order of the file.
    pub waivers: Vec<Waiver>,
    /// The configuration file, or none when conventions stand in for it.
    pub configuration: Option<Input>,
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

/// Returns whether an environment of this name is protected when nothing says so.
///
/// Names that people give to environments which may break are unprotected, alone or
/// with something before or after a hyphen: `staging`, `eu-staging`, `preview-17`. Every
/// other name is protected, and so is one of which a part means production: `prod-test`
/// is more likely a test in production than a production in test.
#[must_use]
pub fn protected_by_name(name: &str) -> bool {
    const UNPROTECTED: [&str; 16] = [
        "dev",
        "development",
        "test",
        "testing",
        "qa",
        "stage",
        "staging",
        "stag",
        "stg",
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
            ("stg", false),
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
