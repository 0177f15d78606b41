//! What several first-party policies share: one file per subject.

pub mod bound;
pub mod iam;
pub mod network;
#[cfg(not(target_arch = "wasm32"))]
pub mod schema;
pub mod switch;
pub mod walk;
pub mod reference;
