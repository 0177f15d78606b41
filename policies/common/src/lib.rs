//! What several first-party policies share: one file per subject.

pub mod network;
pub mod reference;
