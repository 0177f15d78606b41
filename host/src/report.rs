//! The report in every format, what else is printed, and where it goes.

pub mod checked;
pub mod env;
pub mod explain;
pub mod github;
mod groups;
#[cfg(test)]
mod hostile;
pub mod human;
pub mod inspect;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod output;
mod page;
mod prose;
#[cfg(test)]
pub(crate) mod samples;
pub mod sarif;
pub mod saved;
pub mod secrets;
mod table;
pub mod tap;
pub(crate) mod words;

pub use tollgate_model::inert::{self, inert};
pub use tollgate_model::report::*;

pub use page::Options;
pub(crate) use page::count;
