//! Every row of the table, against the schemas of the providers.

#![expect(clippy::unwrap_used, reason = "tests")]

use network_exposure::table::{FORMER, rows};
use network_exposure::{ASSOCIATIONS, PROTECTED};
use tollgate_policy::serde_json::{self, Value as Json};

#[test]
#[expect(clippy::print_stdout, reason = "a test that cannot run says so")]
fn every_attribute_is_in_a_schema() {
    let Some(corpus) = std::env::var_os("TOLLGATE_CORPUS") else {
        println!("ignored: TOLLGATE_CORPUS is not set");
        return;
    };
    let facts = std::path::Path::new(&corpus).join("provider-facts");
    let schemas: Vec<Json> = ["aws-6.69.1", "google-8.7.0", "azurerm-5.10.0"]
        .iter()
        .map(|name| {
            let text = std::fs::read_to_string(facts.join(format!("{name}.json"))).unwrap();
            serde_json::from_str(&text).unwrap()
        })
        .collect();
    let mut wrong = Vec::new();
    for row in rows() {
        let Some(schema) = schemas.iter().find_map(|schema| schema.get(row.kind)) else {
            if !FORMER.contains(&row.kind) {
                wrong.push(row.kind.to_owned());
            }
            continue;
        };
        for path in row.attributes.iter().chain(row.inside) {
            let mut at = schema;
            let mut found = true;
            for step in path.split('.') {
                let inside = at.get("b").unwrap_or(at);
                match inside.get(step) {
                    Some(next) => at = next,
                    None => found = false,
                }
            }
            if !found {
                wrong.push(format!("{}.{path}", row.kind));
            }
        }
    }
    for (kind, path) in ASSOCIATIONS.iter().chain(PROTECTED) {
        let known = schemas
            .iter()
            .any(|schema| schema.get(kind).is_some_and(|one| one.get(path).is_some()));
        if !known {
            wrong.push(format!("{kind}.{path}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
