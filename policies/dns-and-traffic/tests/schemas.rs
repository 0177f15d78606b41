//! Every row of the table, against the schemas of the providers.

#![expect(clippy::unwrap_used, reason = "tests")]

use dns_and_traffic::functions::{FUNCTIONS, NAMED_BY, RIGHTS};
use dns_and_traffic::table::{FORMER, Target, rows};
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
        // Of some only the deletion is judged.
        read.push((row.kind, String::new()));
        for path in row.declared() {
            read.push((row.kind, path.to_owned()));
        }
        for target in row.targets {
            let Target::Blocks {
                block,
                key,
                values,
                shares,
                ..
            } = target
            else {
                continue;
            };
            let mut inside = |path: &str| read.push((row.kind, format!("{block}.{path}")));
            key.iter().chain(*values).copied().for_each(&mut inside);
            if let Some((list, name, weight)) = shares {
                for path in [name, weight] {
                    inside(format!("{list}.{path}").trim_matches('.'));
                }
            }
        }
    }
    for (kind, name, paths) in FUNCTIONS {
        read.push((kind, (*name).to_owned()));
        read.extend(paths.iter().map(|path| (*kind, (*path).to_owned())));
    }
    for (kind, path, _) in NAMED_BY {
        read.push((kind, (*path).to_owned()));
    }
    for (kind, first, second) in RIGHTS {
        read.push((kind, (*first).to_owned()));
        read.push((kind, (*second).to_owned()));
    }
    let mut wrong = Vec::new();
    for (kind, path) in read {
        let mut at = schemas.iter().find_map(|schema| schema.get(kind));
        for step in path.split('.').filter(|step| !step.is_empty()) {
            let step = step.trim_end_matches("[0]");
            at = at.and_then(|at| at.get("b").unwrap_or(at).get(step));
        }
        let former = FORMER
            .iter()
            .any(|(one, of)| *one == kind && (of.is_empty() || path == *of));
        if at.is_none() && !former {
            wrong.push(format!("{kind}.{path}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
