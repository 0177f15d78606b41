//! Every type and attribute that the policy reads exists in the providers.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

use std::collections::BTreeMap;

use public_principal::attributes;
use public_principal::table::MEMBERS;
use tollgate_policy::serde_json::{self, Value as Json};
use tollgate_policy::{Path, Step, pattern};

#[test]
fn every_row_is_in_the_schemas() {
    let Some(corpus) = std::env::var_os("TOLLGATE_CORPUS") else {
        println!("ignored: TOLLGATE_CORPUS is not set");
        return;
    };
    let folder = std::path::Path::new(&corpus).join("provider-facts");
    let mut schemas = BTreeMap::<String, Json>::new();
    for file in [
        "aws-6.69.1.json",
        "google-8.7.0.json",
        "azurerm-5.10.0.json",
    ] {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        schemas.extend(serde_json::from_str::<BTreeMap<String, Json>>(&text).unwrap());
    }
    let mut missing = Vec::new();
    for (kind, paths) in attributes() {
        for path in paths {
            let mut at = schemas.get(kind);
            for step in Path::parse(path).unwrap().steps() {
                if let Step::Key(key) = step {
                    at = at.and_then(|block| block.get("b").unwrap_or(block).get(key));
                }
            }
            if at.is_none() {
                missing.push(format!("{kind} {path}"));
            }
        }
    }
    // Every type of Google's that a pattern matches has the attributes.
    for (kinds, path) in MEMBERS {
        let mut of_pattern = 0;
        for (kind, schema) in schemas
            .iter()
            .filter(|(kind, _)| pattern::matches(kinds, kind))
        {
            of_pattern += 1;
            if schema.get(path).is_none() || path != "policy_data" && schema.get("role").is_none() {
                missing.push(format!("{kind} {path}"));
            }
        }
        assert!(of_pattern > 100, "{kinds}");
    }
    assert!(missing.is_empty(), "{missing:#?}");
}
