//! The table, compared with the providers' schemas.

use parity::table::rows;
use tollgate_policy_common::schema::Schemas;

#[test]
fn every_row_is_in_the_schemas() {
    let mut last = ("", "");
    for row in rows() {
        assert!(last < row, "{row:?}");
        last = row;
    }
    let Some(schemas) = Schemas::read() else {
        return;
    };
    assert_eq!(schemas.lacking(rows()), [""; 0]);
}
