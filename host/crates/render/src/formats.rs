//! The formats of a report: one file each.

pub mod github;
#[cfg(test)]
mod hostile;
pub mod human;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod sarif;
pub mod tap;
