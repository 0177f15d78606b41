//! The table, compared with the providers' schemas.

#![expect(clippy::print_stdout, reason = "a test that cannot run says so")]

use resource_naming::table::rows;
use tollgate_policy_common::schema::Schemas;

#[test]
fn the_table_is_sorted_and_its_limits_make_sense() {
    let mut last = ("", "");
    for row in rows() {
        assert!(last < (row.kind, row.attribute), "{row:?}");
        last = (row.kind, row.attribute);
        assert_eq!(row.min.is_some(), row.max.is_some(), "{row:?}");
        assert!(row.min <= row.max, "{row:?}");
    }
    assert!(rows().count() > 1500);
    assert!(rows().filter(|row| row.max.is_some()).count() > 250);
}

#[test]
fn every_row_is_in_the_schemas() {
    let schemas = match Schemas::read() {
        Ok(schemas) => schemas,
        Err(why) => {
            println!("{why}");
            return;
        }
    };
    for row in rows() {
        assert!(
            schemas.attribute(row.kind, row.attribute).is_some(),
            "{row:?}"
        );
    }
}
