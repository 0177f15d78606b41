//! What authors of policies are helped with: cases and their tests, fixtures cut out of real plans,
//! mutants of plans, folders to start from, builds and measurements.

pub mod bench;
pub mod build;
pub mod cases;
pub mod compare;
mod doubts;
pub mod fixture;
pub mod inline;
pub mod language;
pub mod module;
pub mod mutate;
pub mod pieces;
pub mod run;
pub mod scaffold;
pub mod tree;
pub mod update;
