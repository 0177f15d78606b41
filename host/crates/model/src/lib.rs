//! The words that the whole of Tollgate shares: what a rule, a finding, a waiver and a report are.
//!
//! It has types and pure functions only, and depends on no other part of Tollgate but the SDK's
//! patterns.

pub mod diagnostic;
pub mod digest;
pub mod environment;
pub mod error;
pub mod exit;
pub mod finding;
pub mod inert;
pub mod json_text;
pub mod library;
pub mod limits;
pub mod names;
pub mod own_rules;
pub mod problem;
pub mod report;
pub mod rule;
pub mod shard;
pub mod stack;
pub mod waiver;
