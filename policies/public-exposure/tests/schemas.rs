//! The table against the providers' schemas.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

use std::path::PathBuf;

use public_exposure::table::rows;
use tollgate_policy::serde_json::{self, Value as Json};
use tollgate_policy_common::switch::not_in_schema;

#[test]
fn every_row_is_in_the_schema() {
    let Some(corpus) = std::env::var_os("TOLLGATE_CORPUS") else {
        eprintln!("ignored: TOLLGATE_CORPUS does not say where the providers' schemas are");
        return;
    };
    let facts = PathBuf::from(corpus).join("provider-facts");
    let mut wrong = Vec::new();
    for (file, provider) in [
        ("aws-6.69.1.json", "aws_"),
        ("google-8.7.0.json", "google_"),
        ("azurerm-5.10.0.json", "azurerm_"),
    ] {
        let text = std::fs::read_to_string(facts.join(file)).unwrap();
        let schema: Json = serde_json::from_str(&text).unwrap();
        wrong.extend(not_in_schema(rows(), &schema, provider));
    }
    assert_eq!(wrong, Vec::<String>::new());
}
