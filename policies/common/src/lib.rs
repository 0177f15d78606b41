//! What several first-party policies share: one file per subject.

pub mod iam;
pub mod network;
pub mod bound;
#[cfg(not(target_arch = "wasm32"))]
pub mod schema;
pub mod switch;
pub mod walk;
