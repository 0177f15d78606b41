//! Policy modules: loaded, described, evaluated.

pub mod builtin;
pub mod contract;
pub mod engine;
mod error;
mod interest;
mod module;
pub mod pack;
pub mod request;
pub mod settings;

pub use error::{CONTRACT_VERSION, PolicyError};
pub(crate) use interest::action;
pub use module::{PolicyModule, digest};
