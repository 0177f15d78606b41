//! Rules that are written as a JSON document in one attribute.

use tollgate_policy::serde_json::{self, Value as Json};

use super::{AGE, Clock, Expiry};
use crate::span::Span;

/// What reads the document of a type, where it has one.
pub(super) fn reader(kind: &str) -> Option<fn(&str) -> Vec<Expiry>> {
    match kind {
        "aws_ecr_lifecycle_policy" => Some(images),
        "aws_opensearchserverless_lifecycle_policy" => Some(indices),
        _ => None,
    }
}

/// The rules of a repository of images.
fn images(text: &str) -> Vec<Expiry> {
    let document: Json = serde_json::from_str(text).unwrap_or_default();
    let rules = document["rules"].as_array();
    rules
        .into_iter()
        .flatten()
        .filter(|rule| rule["action"]["type"] == "expire")
        .map(|rule| {
            let selection = &rule["selection"];
            let mut expiry = Expiry::named(None);
            expiry.prefixes = texts(&selection["tagPrefixList"]);
            if let Some(status) = selection["tagStatus"].as_str()
                && status != "any"
            {
                expiry
                    .narrowed
                    .push(("tagStatus".to_owned(), vec![status.to_owned()]));
            }
            for what in ["tagPatternList", "storageClass"] {
                let of = texts(&selection[what]);
                if !of.is_empty() {
                    expiry.narrowed.push((what.to_owned(), of));
                }
            }
            let number = selection["countNumber"].as_i64().unwrap_or_default();
            let (what, limit) = match selection["countType"].as_str() {
                Some("imageCountMoreThan") => ("images", "number"),
                Some("sinceImagePulled") => ("images by pull", "days"),
                Some("sinceImageTransitioned") => ("archived images", "days"),
                _ => ("images by push", "days"),
            };
            expiry.clocks.push(Clock {
                what,
                limits: vec![(limit, number)],
            });
            expiry
        })
        .collect()
}

/// The rules of a collection of indices: for how long they are kept.
fn indices(text: &str) -> Vec<Expiry> {
    let document: Json = serde_json::from_str(text).unwrap_or_default();
    let rules = document["Rules"].as_array();
    rules
        .into_iter()
        .flatten()
        .filter_map(|rule| {
            let kept = Span::read(rule["MinIndexRetention"].as_str()?)?;
            Some((texts(&rule["Resource"]), kept))
        })
        .flat_map(|(resources, kept)| {
            resources.into_iter().map(move |resource| {
                // `index/*/*` is every index of every collection.
                let everything = resource.split('/').skip(1).all(|part| part == "*");
                let mut expiry = Expiry::named(Some(resource.clone()));
                if !everything {
                    let prefix = resource.trim_end_matches('*').to_owned();
                    expiry.prefixes.push(prefix);
                }
                expiry.clocks.push(Clock {
                    what: "indices",
                    limits: vec![(AGE, kept.seconds)],
                });
                expiry
            })
        })
        .collect()
}

fn texts(value: &Json) -> Vec<String> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|text| text.as_str().map(str::to_owned))
        .collect()
}
