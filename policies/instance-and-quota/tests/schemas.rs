//! The table, compared with the providers' schemas.

use instance_and_quota::table::rows;
use tollgate_policy_common::schema::Schemas;

#[test]
fn every_row_is_in_the_schemas() {
    let mut last = ("", "");
    for row in rows() {
        assert!(last < (row.kind, row.path), "{row:?}");
        last = (row.kind, row.path);
    }
    let Some(schemas) = Schemas::read() else {
        return;
    };
    for row in rows() {
        let attribute = schemas.attribute(row.kind, row.path);
        assert!(attribute.is_some(), "{row:?}");
        let Some(attribute) = attribute else { continue };
        let kind = attribute["t"].as_str().unwrap_or_default();
        assert_eq!(row.is_computed, attribute["f"] == "OC", "{row:?}");
        // Some providers take their numbers as text.
        assert!(
            if row.is_size {
                kind.contains("string")
            } else {
                kind == "number" || kind == "string"
            },
            "{row:?} {kind}"
        );
    }
}
