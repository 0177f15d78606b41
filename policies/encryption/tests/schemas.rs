//! The table against the providers' schemas.

use encryption::settings::Settings;
use encryption::{PARAMETER, READABLE, SECURITY};
use tollgate_policy_common::schema::Schemas;
use tollgate_policy_common::switch::proof::{not_considered, not_in_schemas};

/// What sounds as if it was for the table.
const WORDS: &[&str] = &[
    "encrypt",
    "kms",
    "tls",
    "ssl",
    "https",
    "minimum_protocol",
    "min_protocol",
    "cipher",
    "security_policy",
    "rotation",
    "rotate",
    "cmek",
    "cmk",
    "customer_managed",
    "in_transit",
    "ftps",
];

#[test]
fn every_row_is_in_the_schema() {
    let Some(schemas) = Schemas::read() else {
        return;
    };
    assert_eq!(not_in_schemas::<Settings>(&schemas), [""; 0]);
    let readable = READABLE
        .iter()
        .flat_map(|(kind, paths)| paths.iter().map(move |path| (*kind, *path)))
        .chain([PARAMETER, SECURITY]);
    assert_eq!(schemas.lacking(readable), [""; 0]);
}

#[test]
fn every_attribute_that_sounds_right_was_considered() {
    let Some(schemas) = Schemas::read() else {
        return;
    };
    let considered = include_str!("../considered.txt");
    assert_eq!(
        not_considered::<Settings>(&schemas, WORDS, considered),
        [""; 0]
    );
}
