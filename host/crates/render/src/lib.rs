//! Reports as text.
//!
//! Each format reads the model only, and is complete before anything is printed. What others
//! wrote goes through [`inert`](tollgate_model::inert::inert) first, and then through what
//! escapes it for the format.

pub mod explain;
pub mod formats;
mod groups;
pub mod inspect;
pub mod library_list;
pub mod page;
mod prose;
mod table;
pub mod words;

pub use page::Options;
