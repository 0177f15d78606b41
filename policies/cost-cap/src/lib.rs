//! What a plan costs a month stays under the cap of its environment.
//!
//! The policy prices every resource of a plan, before and after apply, with a price
//! book that the host hands over. It never counts what it cannot tell as zero: usage
//! that is not declared, attributes known only after apply, and types, meters and
//! regions without a price are listed, and where a cap depends on them its verdict is
//! undetermined. Without a cap it judges nothing and still reports the breakdown.
//!
//! ```toml
//! [environments.production.policies.cost-cap.settings]
//! monthly-cap-usd = "20"
//! monthly-increase-cap-usd = 5
//!
//! [environments.production.policies.cost-cap.settings.usage]
//! aws_sqs_queue = { requests = 1_000_000 }
//! "module.api.aws_lambda_function.*" = { requests = 100_000, duration-ms = 120 }
//! ```
//!
//! A new resource type is a new recipe in `recipes/` and, for its meters, new rows in
//! the price book; see `price-book.py`.

mod book;
mod breakdown;
mod decimal;
mod estimate;
mod extras;
mod no_charge;
mod no_charge_by_service;
pub mod pack;
mod packed;
mod quiet;
mod recipes;
mod rules;
mod settings;
#[cfg(test)]
#[expect(clippy::panic, clippy::needless_pass_by_value, reason = "tests")]
mod testing;
#[cfg(test)]
#[expect(clippy::panic, reason = "tests")]
mod tests;

pub use book::{BookError, Class, Currency, PriceBook, Row, Source, Tier};
pub use decimal::{Decimal, DecimalError};
pub use settings::{Amount, Settings, UndeclaredUsage, Unpriced, UsageName};

use book::Prices;
use tollgate_policy::{Evaluation, Input, Interest, Policy, ResultDocument, RuleDef};
use tollgate_policy_common::bound::bounded;

/// The name of the document that holds the prices.
pub const PRICE_BOOK: &str = "price-book";

/// The policy.
pub struct CostCap;

impl Policy for CostCap {
    type Settings = Settings;

    const NAME: &'static str = "cost-cap";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const DESCRIPTION: &'static str =
        "What a plan costs a month, and what it adds to that, stays under a cap.";
    const RULES: &'static [&'static RuleDef] = &[
        &rules::monthly_total::RULE,
        &rules::monthly_increase::RULE,
        &rules::unpriced::RULE,
        &rules::usage_undeclared::RULE,
    ];
    const DOCUMENTS: &'static [&'static str] = &[PRICE_BOOK, quiet::DOCUMENT];

    fn interests() -> Vec<Interest> {
        // Every type, to list the ones without a price; attributes only of the types
        // that a recipe covers.
        let mut interests = vec![Interest::in_types(["*"])];
        interests.extend(
            recipes::ALL
                .iter()
                .filter(|recipe| !recipe.attributes.is_empty())
                .map(|recipe| {
                    Interest::in_types(recipe.types.iter().copied())
                        .attributes(recipe.attributes.iter().copied())
                        .with_references()
                }),
        );
        interests.extend(extras::ALL.iter().map(|extra| {
            Interest::in_types(extra.types.iter().copied())
                .attributes([extra.attribute])
                .with_references()
        }));
        interests.extend(recipes::PARTS.iter().map(|(kind, attributes)| {
            Interest::in_types([*kind])
                .attributes(attributes.iter().copied())
                .with_references()
        }));
        interests
    }

    fn evaluate(input: &Input<'_, Settings>) -> Result<Evaluation, String> {
        let book = input
            .document(PRICE_BOOK)
            .ok_or("the host handed over no price book")?;
        let book = Prices::parse(book).map_err(|error| error.to_string())?;
        check_usage(&input.settings)?;
        let quiet = quiet::updates(input.document(quiet::DOCUMENT))?;
        let estimate = estimate::estimate(&input.changes, &input.settings, &book, &quiet)?;
        let mut evaluation = Evaluation::default();
        rules::judge(
            &rules::Case {
                input,
                estimate: &estimate,
            },
            &mut evaluation,
        )?;
        evaluation.findings = bounded(evaluation.findings);
        evaluation.documents.push(ResultDocument {
            name: breakdown::NAME.to_owned(),
            content: breakdown::render(input, &book, &estimate)?,
            summary: Some(breakdown::summary(&estimate)),
        });
        Ok(evaluation)
    }
}

/// Refuses usage of a resource type that has no use for it, which would otherwise count
/// nothing without a word.
fn check_usage(settings: &Settings) -> Result<(), String> {
    for (kind, quantities) in settings
        .usage
        .iter()
        .filter(|(key, _)| !settings::is_address(key))
    {
        let Some(recipe) = recipes::of(kind) else {
            return Err(format!(
                "usage is declared for `{kind}`, which is no resource type charged by usage; remove it or correct its name"
            ));
        };
        if let Some(name) = quantities.keys().find(|name| !recipe.usage.contains(name)) {
            let known: Vec<_> = recipe.usage.iter().map(|name| name.text()).collect();
            return Err(format!(
                "usage of `{kind}` names `{name}`, which it is not charged by; it is charged by: {}",
                known.join(", ")
            ));
        }
    }
    Ok(())
}

tollgate_policy::export!(CostCap);
