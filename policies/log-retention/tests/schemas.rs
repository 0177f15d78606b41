//! Every row of the table, against the schemas of the providers.

#![expect(clippy::unwrap_used, reason = "tests")]

use log_retention::table::{FORMER, rows};
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
        let schema = schemas.iter().find_map(|schema| schema.get(row.kind));
        let whole = match row.each {
            Some(block) => format!("{block}.{}", row.path),
            None => row.path.to_owned(),
        };
        for path in [
            Some(whole.as_str()),
            row.name,
            row.unless.map(|(path, _)| path),
        ]
        .into_iter()
        .flatten()
        {
            let mut at = schema;
            for step in path.split('.') {
                let step = step.trim_end_matches("[0]");
                at = at.and_then(|at| at.get("b").unwrap_or(at).get(step));
            }
            let former = FORMER
                .iter()
                .any(|(kind, of)| *kind == row.kind && path.starts_with(of));
            if at.is_some() == former {
                wrong.push(format!("{}.{path}", row.kind));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
