//! What the tests of this crate share.

use serde_json::{Value as Json, json};
use tollgate_policy::Evaluation;
use tollgate_policy::testing::{Plan, Resource};

use crate::CostCap;

/// The committed price book.
pub(crate) const BOOK: &str = include_str!("../price-book.json");

/// Evaluates changes in us-east-1 with the committed book.
pub(crate) fn evaluate(
    resources: impl IntoIterator<Item = Resource>,
    settings: Json,
) -> Evaluation {
    let resources = resources
        .into_iter()
        .map(|resource| resource.region("us-east-1"));
    Plan::new(resources)
        .settings(settings)
        .document(crate::PRICE_BOOK, BOOK)
        .evaluate::<CostCap>()
        .unwrap_or_else(|error| panic!("{error}"))
}

/// What one new resource of a region costs at most.
pub(crate) fn total(resource: Resource, region: &str, settings: Json) -> String {
    let evaluation = Plan::new([resource.region(region)])
        .settings(settings)
        .document(crate::PRICE_BOOK, BOOK)
        .evaluate::<CostCap>()
        .unwrap_or_else(|error| panic!("{error}"));
    let breakdown = breakdown(&evaluation);
    breakdown["totals"]["after"]["most"]
        .as_str()
        .unwrap_or("?")
        .to_owned()
}

/// The breakdown of an evaluation.
pub(crate) fn breakdown(evaluation: &Evaluation) -> Json {
    serde_json::from_str(&evaluation.documents[0].content).unwrap_or_else(|error| panic!("{error}"))
}

/// The lines after apply of one resource of a plan, as [`lines`] writes them.
pub(crate) fn lines_of(
    address: &str,
    resources: impl IntoIterator<Item = Resource>,
    usage: Json,
) -> Vec<String> {
    let breakdown = breakdown(&evaluate(resources, json!({"usage": {"*": usage}})));
    let all = breakdown["resources"].as_array().cloned();
    all.into_iter()
        .flatten()
        .find(|resource| resource["address"] == address)
        .map(|resource| written(&resource["lines"]))
        .unwrap_or_default()
}

/// The lines of one new resource: `component: quantity = cost`, where an uncertain cost
/// is `least..most`, and one that is not known is the status and the reason. None for a
/// resource without a charge.
pub(crate) fn lines(resource: Resource, usage: Json) -> Vec<String> {
    let breakdown = breakdown(&evaluate([resource], json!({"usage": {"*": usage}})));
    if breakdown["types_without_charge"] != json!({}) {
        return Vec::new();
    }
    written(&breakdown["resources"][0]["lines"])
}

fn written(lines: &Json) -> Vec<String> {
    let text = |json: &Json| json.as_str().unwrap_or("?").to_owned();
    lines
        .as_array()
        .unwrap_or_else(|| panic!("{lines} are no lines"))
        .iter()
        .map(|line| {
            let component = text(&line["component"]);
            match (line["status"].as_str(), line["least"] == line["most"]) {
                (Some("priced"), true) => format!(
                    "{component}: {} = {}",
                    text(&line["quantity"]),
                    text(&line["most"])
                ),
                (Some("possible"), _) => format!(
                    "{component}: {} = {}..{}",
                    text(&line["quantity"]),
                    text(&line["least"]),
                    text(&line["most"])
                ),
                (Some("undetermined"), _) if line["least"] != "0" => format!(
                    "{component}: at least {} ({})",
                    text(&line["least"]),
                    text(&line["reason"])
                ),
                (status, _) => format!(
                    "{component}: {} ({})",
                    status.unwrap_or("?"),
                    text(&line["reason"])
                ),
            }
        })
        .collect()
}
