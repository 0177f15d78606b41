//! What several first-party policies share: one file per subject.

pub mod bound;
#[cfg(not(target_arch = "wasm32"))]
pub mod schema;
pub mod walk;
