//! The modules and the providers that a configuration names: a document that the host makes of each plan.

use tollgate_policy::serde::Deserialize;
use tollgate_policy::{Input, serde_json};

/// The name of the document.
pub const DOCUMENT: &str = "configuration";

/// What the configuration names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(crate = "tollgate_policy::serde")]
pub struct Configuration {
    /// The configurations of providers.
    pub providers: Vec<Provider>,
    /// The calls of modules that come from elsewhere.
    pub modules: Vec<Module>,
}

/// One configuration of a provider.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(crate = "tollgate_policy::serde")]
pub struct Provider {
    /// Its key, such as `aws.eu`.
    pub key: String,
    /// The module that declares it; none of the root module.
    pub module: Option<String>,
    /// Which provider it is: `HOST/NAMESPACE/NAME`, or less in old plans.
    pub source: Option<String>,
    /// Which versions are allowed.
    pub version: Option<String>,
    /// The accounts or the subscription that it can be about; empty where nobody can tell.
    pub accounts: Vec<String>,
    /// Whether a resource is managed with it.
    pub used: bool,
}

impl Provider {
    /// Whether it is the provider of this name, whoever hosts it.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        let source = self.source.as_deref();
        source.is_some_and(|source| source.rsplit('/').next() == Some(name))
    }
}

/// One call of a module.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(crate = "tollgate_policy::serde")]
pub struct Module {
    /// The address of the call.
    pub address: String,
    /// Where it comes from, without credentials.
    pub source: String,
    /// Which versions of a registry's module are allowed.
    pub version: Option<String>,
}

/// Reads the document; none where the plan says nothing of its configuration.
///
/// # Errors
/// When the host's document is another one than this reads.
pub fn read<S>(input: &Input<'_, S>) -> Result<Option<Configuration>, String> {
    let Some(text) = input.document(DOCUMENT) else {
        return Ok(None);
    };
    serde_json::from_str(text)
        .map_err(|error| format!("the document `{DOCUMENT}` cannot be read: {error}"))
}
