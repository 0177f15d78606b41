//! Tollgate's gate: plans and policies in, one verdict out.
//!
//! ARCHITECTURE.md has the code map and the invariants.

#[cfg(not(unix))]
compile_error!(
    "Tollgate runs on Linux and macOS: it hands secrets over on inherited descriptors, and compiles policies in a limited child, neither of which is written for this system"
);

pub mod baseline;
pub mod cli;
pub mod commands;
pub mod comparison;
pub mod config;
pub mod contract;
pub mod deploy;
pub mod doctor;
pub mod environment;
pub mod gate;
pub mod init;
pub mod inject;
pub mod judge;
pub mod layout;
pub mod loosening;
pub mod origin;
pub mod record;
pub mod report;
pub mod routing;

pub use tollgate_hcl as hcl;
pub use tollgate_hcl as configuration;
pub use tollgate_model::{diagnostic, exit, waiver};
pub use tollgate_plan as plan;
pub use tollgate_sandbox as policy;
