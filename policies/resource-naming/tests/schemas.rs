//! The table, compared with the providers' schemas.

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
    let Some(schemas) = Schemas::read() else {
        return;
    };
    let read = rows().map(|row| (row.kind, row.attribute));
    assert_eq!(schemas.lacking(read), [""; 0]);
}
