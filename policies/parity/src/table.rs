//! Which attributes of two environments are compared.
//!
//! `compared.txt` has the resource type and the path of each, one a line and sorted by bytes: what
//! decides how something behaves (engines, versions, protocols, keys, switches) and how large it is.
//! Names, identifiers and anything that is text of the user's are left out: they differ, and a
//! summary of them would carry what no report should. A test looks each up in the providers'
//! schemas. Of every other type only the presence is compared.

const COMPARED: &str = include_str!("../compared.txt");

/// Every type and path.
pub fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    COMPARED.lines().filter_map(|line| line.split_once(' '))
}
