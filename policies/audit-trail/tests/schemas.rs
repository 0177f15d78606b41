//! Every row of the table, against the schemas of the providers.

#![expect(clippy::unwrap_used, reason = "tests")]

use audit_trail::table::{FORMER_AZURE, On, rows};
use audit_trail::{BESIDES, EXCLUSIONS};
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
    let mut read = Vec::<(&str, String)>::new();
    for row in rows() {
        // A type whose deletion only is judged has no attributes here.
        read.push((row.kind, String::new()));
        for path in row.watches {
            read.push((row.kind, (*path).to_owned()));
        }
        for switch in row.switches {
            read.push((row.kind, switch.path.to_owned()));
            if let Some((path, _)) = switch.unless {
                read.push((row.kind, path.to_owned()));
            }
            if let On::Entries(keys) = switch.on {
                for key in keys {
                    read.push((row.kind, format!("{}.{key}", switch.path)));
                }
            }
        }
    }
    for (kind, path) in EXCLUSIONS {
        read.push((kind, (*path).to_owned()));
    }
    for (kind, paths) in BESIDES {
        for path in *paths {
            read.push((kind, (*path).to_owned()));
        }
    }
    let mut wrong = Vec::new();
    for (kind, path) in read {
        if FORMER_AZURE.contains(&kind) {
            continue;
        }
        let mut at = schemas.iter().find_map(|schema| schema.get(kind));
        for step in path.split('.').filter(|step| !step.is_empty()) {
            let step = step.trim_end_matches("[0]");
            at = at.and_then(|at| at.get("b").unwrap_or(at).get(step));
        }
        if at.is_none() {
            wrong.push(format!("{kind}.{path}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
