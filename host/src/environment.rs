//! What one environment asks for, and where its secrets are.

use std::collections::BTreeMap;
use std::path::PathBuf;

pub use tollgate_model::environment::{
    ConfiguredPolicy, Environment, Source, protected_by_name, usual_names,
};
pub use tollgate_model::rule::Response;

use crate::routing::OtherSource;

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
    /// Whether `exec --env` hands over only what the configuration names.
    pub named_only: bool,
    /// Whether `TF_ENCRYPTION` may have OpenTofu run a program.
    pub encryption_runs_programs: bool,
    /// Whether recipients of other environments are refused.
    pub isolated: bool,
    /// Whether identities that open a protected environment are refused, where this one is not.
    pub separate_identities: bool,
}
