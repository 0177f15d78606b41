//! What a bundle says of its plan to those who can open it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tollgate_secrets::inject::{DigestKey, Injection};

use super::FORMAT_VERSION;
use crate::deploy::facts::Facts;
use crate::deploy::placeholder::Placeholders;
use crate::hcl::Variable;
use crate::sandbox::digest;

/// What a plan is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// To bring about what is configured.
    Apply,
    /// To destroy what there is.
    Destroy,
}

/// A variable that the environment's secrets set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PlannedVariable {
    /// Whether its value is not in the plan, and has to be handed over again.
    pub ephemeral: bool,
    /// Whether a placeholder stood in for its value.
    pub placeholder: bool,
    /// Of the value that went into the plan, under the manifest's key.
    pub digest: Option<String>,
}

/// What the plan depends on. No `Debug`: with its key values can be guessed.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Manifest {
    /// The version of the content of the bundle.
    pub format: String,
    /// When the plan was made, in UTC, to the second.
    pub created: jiff::Timestamp,
    /// What the plan is for.
    pub mode: Mode,
    /// What was asked for on the command line that leaves parts out.
    pub targets: Vec<String>,
    /// The environment, the tool, and every file that counts.
    pub facts: Facts,
    /// Of the plan, as the tool wrote it.
    pub plan_digest: String,
    /// What the secrets set.
    pub variables: BTreeMap<String, PlannedVariable>,
    /// Digests of what `TF_VAR_…` set that counted, by the names of the variables.
    #[serde(default)]
    pub shell: BTreeMap<String, String>,
    #[serde(with = "key")]
    digest_key: DigestKey,
}

/// The key as text, inside of the ciphertext only.
mod key {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};
    use tollgate_secrets::inject::DigestKey;
    use zeroize::Zeroizing;

    pub(super) fn serialize<S: Serializer>(key: &DigestKey, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&key.to_hex())
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<DigestKey, D::Error> {
        let text = Zeroizing::new(String::deserialize(from)?);
        DigestKey::from_hex(&text).ok_or_else(|| D::Error::custom("the key is none"))
    }
}

impl Manifest {
    /// Describes a plan that was just made.
    #[must_use]
    pub fn new(
        facts: Facts,
        mode: Mode,
        targets: Vec<String>,
        plan: &[u8],
        variables: BTreeMap<String, PlannedVariable>,
        digest_key: DigestKey,
    ) -> Self {
        let now = jiff::Timestamp::now();
        Self {
            format: FORMAT_VERSION.to_owned(),
            created: jiff::Timestamp::from_second(now.as_second()).unwrap_or(now),
            mode,
            targets,
            facts,
            plan_digest: digest(plan),
            variables,
            shell: BTreeMap::new(),
            digest_key,
        }
    }

    /// Adds what the process's environment set of the variables that lasts.
    #[must_use]
    pub fn with_shell(mut self, names: &[String]) -> Self {
        self.shell = of_shell(names, &self.digest_key, |name| std::env::var_os(name));
        self
    }

    /// Returns the key under which [`PlannedVariable::digest`] was made.
    #[must_use]
    pub fn digest_key(&self) -> &DigestKey {
        &self.digest_key
    }

    /// Tells whether the plan may be applied as far as its variables go.
    ///
    /// # Errors
    /// With the names of the variables whose placeholder is in the plan for good: those that are not
    /// ephemeral.
    pub fn may_be_applied(&self) -> Result<(), Vec<String>> {
        let lasting: Vec<String> = self
            .variables
            .iter()
            .filter(|(_, variable)| variable.placeholder && !variable.ephemeral)
            .map(|(name, _)| name.clone())
            .collect();
        if lasting.is_empty() {
            Ok(())
        } else {
            Err(lasting)
        }
    }
}

/// Describes the secrets that are about to be handed over: all that the configuration declares.
#[must_use]
pub fn planned(
    injection: &Injection<'_>,
    declared: &BTreeMap<String, Variable>,
    key: &DigestKey,
) -> BTreeMap<String, PlannedVariable> {
    injection
        .digests(key)
        .into_iter()
        .filter_map(|(name, digest)| {
            let ephemeral = declared.get(&name)?.ephemeral;
            let variable = PlannedVariable {
                ephemeral,
                placeholder: false,
                // Not in the plan, and free to change.
                digest: (!ephemeral).then_some(digest),
            };
            Some((name, variable))
        })
        .collect()
}

/// Takes the digests of what `TF_VAR_…` sets of some variables.
#[must_use]
pub fn of_shell(
    names: &[String],
    key: &DigestKey,
    variable: impl Fn(&str) -> Option<std::ffi::OsString>,
) -> BTreeMap<String, String> {
    use std::os::unix::ffi::OsStrExt as _;
    let each = names.iter().filter_map(|name| {
        let value = variable(&format!("TF_VAR_{name}"))?;
        Some((name.clone(), key.of_text(name, value.as_bytes())))
    });
    each.collect()
}

/// Describes placeholders.
#[must_use]
pub fn planned_keyless(
    placeholders: &Placeholders,
    declared: &BTreeMap<String, Variable>,
) -> BTreeMap<String, PlannedVariable> {
    placeholders
        .names()
        .filter_map(|name| {
            let variable = PlannedVariable {
                ephemeral: declared.get(name)?.ephemeral,
                placeholder: true,
                digest: None,
            };
            Some((name.to_owned(), variable))
        })
        .collect()
}
