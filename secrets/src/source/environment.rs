//! Variables of the environment, where CI already puts secrets.

use super::Source;
use crate::error::{Error, Problem};
use crate::file::Format;
use crate::keys::{Env, Keyring};
use crate::secrets::Secrets;
use crate::tree::{Entry, Node, Scalar, Text};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::Arc;

/// Lists all variables of an environment.
pub type Variables = Arc<dyn Fn() -> Vec<(OsString, OsString)> + Send + Sync>;

/// Some variables of an environment, each a text under its name.
pub struct EnvironmentVariables(Which);

enum Which {
    /// Each as it is called in the secrets, and in the environment.
    Named(Env, Vec<(String, String)>),
    Prefixed(Variables, String),
}

impl EnvironmentVariables {
    /// Takes the variables of these names, in this order. All must be set.
    #[must_use]
    pub fn named(env: Env, names: Vec<String>) -> Self {
        Self::renamed(env, names.into_iter().map(|name| (name.clone(), name)))
    }

    /// Takes variables under other names: each pair is the name that the value gets, and the
    /// variable's own. All must be set.
    #[must_use]
    pub fn renamed(env: Env, pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(Which::Named(env, pairs.into_iter().collect()))
    }

    /// Takes every variable whose name begins with a prefix, under the rest of its name, by name.
    #[must_use]
    pub fn prefixed(variables: Variables, prefix: impl Into<String>) -> Self {
        Self(Which::Prefixed(variables, prefix.into()))
    }

    fn entries(&self) -> Result<Vec<Entry>, Problem> {
        let entry = |name: String, value: OsString| {
            let text = Text::from(value.into_encoded_bytes());
            Entry::Pair(name, Node::Scalar(Scalar::Text(text)))
        };
        match &self.0 {
            Which::Named(env, pairs) => pairs
                .iter()
                .map(|(name, variable)| {
                    let value = env(variable).ok_or_else(|| Problem::Source {
                        what: format!("has no variable {}", variable.escape_debug()),
                        next: Some(format!(
                            "export {}, or take it off the list",
                            variable.escape_debug()
                        )),
                    })?;
                    Ok(entry(name.clone(), value))
                })
                .collect(),
            Which::Prefixed(variables, prefix) => {
                let mut found = BTreeMap::new();
                for (name, value) in variables() {
                    let name = name.into_string().ok();
                    let rest = name
                        .as_deref()
                        .and_then(|name| name.strip_prefix(prefix.as_str()));
                    if let Some(rest) = rest.filter(|rest| !rest.is_empty()) {
                        found.insert(rest.to_owned(), value);
                    }
                }
                if found.is_empty() {
                    return Err(Problem::Source {
                        what: format!("has no variable that begins with {}", prefix.escape_debug()),
                        next: Some(format!(
                            "export the secrets as {}NAME",
                            prefix.escape_debug()
                        )),
                    });
                }
                Ok(found
                    .into_iter()
                    .map(|(name, value)| entry(name, value))
                    .collect())
            }
        }
    }
}

impl Source for EnvironmentVariables {
    fn name(&self) -> String {
        "the environment".to_owned()
    }

    fn fetch(&self, _: &Keyring) -> Result<Secrets, Error> {
        let entries = self
            .entries()
            .map_err(|problem| Error::new(&self.name(), problem))?;
        let mut secrets = Secrets::new(self.name(), Format::Dotenv);
        secrets.push(Node::Map(entries));
        Ok(secrets)
    }
}
