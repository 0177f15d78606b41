//! What several first-party policies share: one file per subject.

#[cfg(not(target_arch = "wasm32"))]
pub mod schema;
pub mod walk;
