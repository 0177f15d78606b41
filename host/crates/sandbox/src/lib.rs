//! Policy modules: loaded, described, evaluated, each in a sandbox that reaches nothing.
//!
//! A module is assumed hostile. It is compiled in a limited child process and runs with limits on
//! everything that it takes.

pub mod builtin;
pub mod cache;
mod code;
mod command;
pub mod compile;
pub mod contract;
pub mod engine;
mod error;
mod interest;
pub mod json;
mod module;
pub mod pack;
mod prescan;
pub mod request;
pub mod settings;

pub use code::Origin;
pub use error::{CONTRACT_VERSION, PolicyError};
pub use interest::action;
pub use module::{PolicyModule, Usage};
pub use tollgate_model::digest::sha256 as digest;
pub use tollgate_model::limits;
