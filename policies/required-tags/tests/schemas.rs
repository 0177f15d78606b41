//! The lists of types, compared with the providers' schemas.

use std::collections::BTreeMap;

use required_tags::table::{Shape, types};
use tollgate_policy_common::schema::Schemas;

/// Makes the lists anew where `TOLLGATE_BLESS` is set; otherwise they have to be right.
#[test]
fn every_type_with_tags_is_listed() {
    let Some(schemas) = Schemas::read() else {
        return;
    };
    let mut expected = BTreeMap::<&str, Vec<String>>::new();
    let is_map = |kind: &str, path: &str| {
        schemas
            .attribute(kind, path)
            .and_then(|attribute| attribute["t"].as_str())
            .is_some_and(|kind| kind.starts_with("map("))
    };
    for (kind, _) in schemas.types() {
        let provider = kind.split('_').next().unwrap_or_default();
        let line = match provider {
            "aws" => (is_map(kind, "tags_all") || kind == "aws_autoscaling_group")
                .then(|| kind.to_owned()),
            "google" => {
                let managed = is_map(kind, "terraform_labels") || is_map(kind, "effective_labels");
                let paths: &[&str] = match managed {
                    true => &["labels", "resource_labels"],
                    // Kinds of labels that are no metadata are not.
                    false => &["user_labels", "resource_labels", "settings[0].user_labels"],
                };
                paths
                    .iter()
                    .find(|path| is_map(kind, path))
                    .map(|path| format!("{kind} {path}"))
            }
            _ => is_map(kind, "tags").then(|| kind.to_owned()),
        };
        expected.entry(provider).or_default().extend(line);
    }
    for (provider, lines) in expected {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let path = format!("{}/tagged/{provider}.txt", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("TOLLGATE_BLESS").is_some() {
            assert!(std::fs::write(&path, &text).is_ok(), "{path}");
        }
        let is = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            is == text,
            "{path} is stale: run the test with TOLLGATE_BLESS=1"
        );
    }
    for (kind, shape) in types() {
        for attribute in shape.attributes() {
            let there = schemas.attribute(kind, attribute).is_some();
            let optional = matches!(shape, Shape::Google(_)) && attribute.ends_with("_labels");
            assert!(there || optional, "{kind}.{attribute}");
        }
    }
}
