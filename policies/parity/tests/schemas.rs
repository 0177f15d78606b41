//! The table, compared with the providers' schemas.

#![expect(clippy::print_stdout, reason = "a test that cannot run says so")]

use parity::table::rows;
use tollgate_policy_common::schema::Schemas;

#[test]
fn every_row_is_in_the_schemas() {
    let mut last = ("", "");
    for row in rows() {
        assert!(last < row, "{row:?}");
        last = row;
    }
    let schemas = match Schemas::read() {
        Ok(schemas) => schemas,
        Err(why) => {
            println!("{why}");
            return;
        }
    };
    for (kind, path) in rows() {
        assert!(schemas.attribute(kind, path).is_some(), "{kind}.{path}");
    }
}
