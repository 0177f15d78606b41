//! The tables, compared with the providers' schemas.

use region_and_account::table::{COPIES, COPIES_BY_ARN};
use tollgate_policy_common::schema::Schemas;

/// Makes the list anew where `TOLLGATE_BLESS` is set; otherwise it has to be right.
#[test]
fn every_row_is_in_the_schemas() {
    let Some(schemas) = Schemas::read() else {
        return;
    };
    let global: String = schemas
        .types()
        .filter(|(kind, schema)| kind.starts_with("aws_") && schema.get("region").is_none())
        .map(|(kind, _)| format!("{kind}\n"))
        .collect();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/global.txt");
    if std::env::var_os("TOLLGATE_BLESS").is_some() {
        assert!(std::fs::write(path, &global).is_ok(), "{path}");
    }
    assert!(
        std::fs::read_to_string(path).is_ok_and(|text| text == global),
        "{path} is stale: run the test with TOLLGATE_BLESS=1"
    );
    for (kind, path) in COPIES.iter().chain(COPIES_BY_ARN) {
        // A type that only older versions of the provider have.
        if *kind == "aws_dynamodb_global_table" && !schemas.has(kind) {
            continue;
        }
        assert!(schemas.attribute(kind, path).is_some(), "{kind}.{path}");
    }
}
