//! Tollgate's gate: plans and policies in, one verdict out.
//!
//! ARCHITECTURE.md has the code map and the invariants.

#[cfg(not(unix))]
compile_error!(
    "Tollgate runs on Linux and macOS: it hands secrets over on inherited descriptors, and compiles policies in a limited child, neither of which is written for this system"
);

pub mod authoring;
pub mod baseline;
pub mod cli;
pub mod commands;
pub mod config;
pub mod coverage;
pub mod deploy;
pub mod doctor;
pub mod env_diff;
pub mod environment;
pub mod gate;
pub mod gate_review;
pub mod heap;
pub mod init;
pub mod inject;
pub mod judge;
pub mod layout;
pub mod origin;
pub mod record;
pub mod report;
pub mod routing;
pub mod secrets_check;
pub mod stack;
pub mod view;

pub use tollgate_hcl as hcl;
pub use tollgate_model::{diagnostic, exit, waiver};
pub use tollgate_plan as plan;
pub use tollgate_sandbox as sandbox;
