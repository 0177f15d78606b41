//! Reads and changes files that SOPS encrypted: one encrypted file and a keyring in, a tree of secrets
//! out; or a value in, and the same file with that one place changed.
//!
//! The format in brief. A file is a tree of maps and lists in its own syntax (YAML, JSON, dotenv,
//! INI; a binary file is JSON with the one key `data`), plus metadata under the key `sops`. Key names
//! stay readable. Each leaf that the file's rule selects is replaced by
//! `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]`: AES-256-GCM under the file's data key with a 32-byte
//! nonce, authenticated together with its place (the keys on the path, joined with `:`). The type tag
//! is not authenticated. An empty text stays an empty text, null stays null. The metadata holds the
//! data key once per recipient, encrypted to it; with several key groups each group's recipients hold
//! a Shamir share instead. It also holds a code over all plaintext leaves in file order, itself
//! encrypted with the time of the last change as its place. That code is always verified here:
//! without it empty texts, the order of list elements and clear leaves could be changed.
//!
//! ```no_run
//! use tollgate_secrets::{Keyring, SecretsFile};
//! # fn main() -> Result<(), tollgate_secrets::Error> {
//! let file = SecretsFile::read("secrets.staging.enc.yaml".as_ref(), None)?;
//! let keyring = Keyring::new(std::sync::Arc::new(|name| std::env::var_os(name)), None);
//! let secrets = file.open(&keyring)?;
//! let text = secrets.render(None)?;
//! # let _ = text; Ok(())
//! # }
//! ```
//!
//! This crate knows nothing of plans, policies, terminals or configuration.

#[cfg(feature = "aws")]
mod aws;
pub mod contract;
mod creation;
mod edit;
mod error;
mod expression;
mod file;
pub mod inject;
pub mod keys;
mod mac;
pub mod outline;
mod render;
mod scalar;
pub mod seal;
mod secrets;
mod selection;
mod selector;
pub mod source;
mod tree;
mod value;
#[cfg(not(feature = "aws"))]
mod without_aws;

#[cfg(feature = "aws")]
pub use aws::{Aws, Caller, s3};
pub use creation::{
    CreationError, CreationProblem, CreationRule, CreationRules, RuleChange, TooManyFiles,
    UnknownField,
};
pub use edit::{Draft, Followed, Merged, NewValue, Placeholder, Rekeying, Reselected, Together};
pub use error::{
    Error, Problem, in_words, is_read_by_others, secrets_command, shell_name, shell_path,
    shell_word,
};
pub use file::{Format, SecretsFile, Shape, ShapeKind};
pub use inject::DigestKey;
pub use keys::{Env, Keyring, Prompt, Recipient};
pub use secrets::{ExtractPath, ExtractPathError, ListView, MapView, Secrets, Value};
pub use selection::RuleError;
pub use selector::{Selector, SelectorError};
pub use tree::{KeyPath, PathStep};
pub use value::{DataKey, ValueError, ValueType};
#[cfg(not(feature = "aws"))]
pub use without_aws::{Aws, Caller, s3};
