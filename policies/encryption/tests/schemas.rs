//! The table against the providers' schemas.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

use std::path::PathBuf;

use encryption::table::rows;
use tollgate_policy::pattern;
use tollgate_policy::serde_json::{self, Value as Json};
use tollgate_policy_common::switch::proof::{not_in_rows, not_in_schema};

/// What sounds as if it was for the table.
const WORDS: &[&str] = &[
    "encrypt",
    "kms",
    "tls",
    "ssl",
    "https",
    "minimum_protocol",
    "min_protocol",
    "cipher",
    "security_policy",
    "rotation",
    "rotate",
    "cmek",
    "cmk",
    "customer_managed",
    "in_transit",
    "ftps",
];

/// The schema of each provider, with what its types begin with; none where there are none.
fn schemas() -> Vec<(&'static str, Json)> {
    let Some(corpus) = std::env::var_os("TOLLGATE_CORPUS") else {
        eprintln!("ignored: TOLLGATE_CORPUS does not say where the providers' schemas are");
        return Vec::new();
    };
    let facts = PathBuf::from(corpus).join("provider-facts");
    [
        ("aws-6.69.1.json", "aws_"),
        ("google-8.7.0.json", "google_"),
        ("azurerm-5.10.0.json", "azurerm_"),
    ]
    .map(|(file, provider)| {
        let text = std::fs::read_to_string(facts.join(file)).unwrap();
        (provider, serde_json::from_str(&text).unwrap())
    })
    .into()
}

#[test]
fn every_row_is_in_the_schema() {
    let wrong: Vec<_> = schemas()
        .iter()
        .flat_map(|(provider, schema)| not_in_schema(rows(), schema, provider))
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

/// `considered.txt` has a line for each attribute that is in no row: type, path and reason, of
/// which the first two are patterns.
#[test]
fn every_attribute_that_sounds_right_was_considered() {
    let considered: Vec<_> = include_str!("../considered.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (kind, rest) = line.split_once(' ').unwrap();
            let (path, reason) = rest.split_once(' ').unwrap();
            assert!(!reason.is_empty(), "{line}");
            (kind, path, line)
        })
        .collect();
    let mut used = vec![false; considered.len()];
    let mut left = Vec::new();
    let schemas = schemas();
    for (_, schema) in &schemas {
        let named = |name: &str| WORDS.iter().any(|word| name.contains(word));
        for (kind, path) in not_in_rows(rows(), schema, named) {
            let mut any = false;
            for (at, (of, pattern, _)) in considered.iter().enumerate() {
                if pattern::matches(of, &kind) && pattern::matches(pattern, &path) {
                    used[at] = true;
                    any = true;
                }
            }
            if !any {
                left.push(format!("{kind} {path}"));
            }
        }
    }
    if schemas.is_empty() {
        return;
    }
    assert!(
        left.is_empty(),
        "in no row, and not considered:\n{}",
        left.join("\n")
    );
    let stale: Vec<_> = considered
        .iter()
        .zip(&used)
        .filter(|(_, used)| !**used)
        .map(|((_, _, line), _)| *line)
        .collect();
    assert!(
        stale.is_empty(),
        "about nothing any more:\n{}",
        stale.join("\n")
    );
}
