//! The report in every format, what else is printed, and where it goes.

pub mod output;
pub mod saved;

pub use tollgate_model::inert::{self, inert};
pub use tollgate_model::report::*;
pub use tollgate_render::formats::{github, human, json, junit, markdown, sarif, tap};
pub use tollgate_render::page::{self, Options, count};
pub use tollgate_render::{explain, inspect, library_list, words};
#[cfg(test)]
pub(crate) use tollgate_samples as samples;
