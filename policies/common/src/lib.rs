//! What several first-party policies share: one file per subject.

pub mod bound;
pub mod configuration;
pub mod iam;
pub mod interest;
pub mod lines;
pub mod network;
pub mod reference;
pub mod require;
#[cfg(not(target_arch = "wasm32"))]
pub mod schema;
pub mod switch;
pub mod text;
pub mod unaltered;
pub mod walk;
