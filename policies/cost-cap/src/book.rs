//! The price book: what one unit of each meter costs, where, and who says so.
//!
//! The book is data that the host hands over as the document `price-book`. It is not
//! part of the module, so that a change of prices changes neither the policy nor its
//! digest, and the same plan can be judged again with the book of that day.

use std::borrow::Cow;
use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::decimal::{Decimal, DecimalError};
use crate::packed::{self, Line};

/// A price book: list prices of one provider at one time.
// Its rows borrow from the document: there are hundreds, and a plan uses a few.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceBook<'a> {
    /// Where the JSON Schema of this document is; for editors only.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The name of the book, such as `aws-public-list`.
    pub book: String,
    /// The day the book was made, as `YYYY-MM-DD`. Charges that begin on a known date
    /// are judged as of this day.
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub version: String,
    /// The currency of every price.
    pub currency: Currency,
    /// How many hours a month has.
    pub hours_per_month: Decimal,
    /// After how many days the prices should be looked up again.
    pub max_age_days: u32,
    /// What the rows cite.
    pub sources: Vec<Source>,
    /// The prices, sorted by key and region; one row for each pair.
    #[serde(borrow)]
    pub rows: Vec<Row<'a>>,
}

/// A currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum Currency {
    /// United States dollars.
    #[serde(rename = "USD")]
    Usd,
}

/// Where prices come from.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// What rows call it.
    pub id: String,
    /// What it is and where it can be found.
    pub title: String,
}

/// The price of one meter in one region.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row<'a> {
    /// The meter: the provider's offer code and usage type without its region prefix,
    /// and whatever else decides the price: `AmazonRDS/InstanceUsage:db.t4g.micro/postgres`.
    #[serde(borrow)]
    pub key: Cow<'a, str>,
    /// The region, or `global` for a meter that belongs to none.
    #[serde(borrow)]
    pub region: Cow<'a, str>,
    /// What is counted, in the singular: `GB-month`, `request`.
    #[serde(borrow)]
    pub unit: Cow<'a, str>,
    /// How many units the prices are for.
    pub per: Decimal,
    /// The prices by monthly quantity; the first tier starts at 0.
    pub tiers: Vec<Tier>,
    /// The monthly quantity up to which the prices are known, if there is a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Decimal>,
    /// The `id` of a source.
    #[serde(borrow)]
    pub source: Cow<'a, str>,
    /// Where in the source.
    #[serde(
        borrow,
        default,
        deserialize_with = "borrowed",
        skip_serializing_if = "Option::is_none"
    )]
    pub at: Option<Cow<'a, str>>,
    /// The day the source gives the price for, as `YYYY-MM-DD`.
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    #[serde(borrow)]
    pub as_of: Cow<'a, str>,
    /// How the price is known.
    pub class: Class,
}

/// A text that may be missing. Serde borrows by itself only one that may not.
fn borrowed<'de: 'a, 'a, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Cow<'a, str>>, D::Error> {
    #[derive(Deserialize)]
    struct Text<'t>(#[serde(borrow)] Cow<'t, str>);
    Ok(Option::<Text<'a>>::deserialize(deserializer)?.map(|text| text.0))
}

/// A price from some monthly quantity on.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// The monthly quantity that the tier starts at.
    pub from: Decimal,
    /// The price in dollars of as many units as the row's `per` says.
    pub usd: Decimal,
}

/// How a price is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// The source states the price.
    Exact,
    /// The price is the only one that fits what the source states.
    Derived,
    /// Public documentation or a public report states the price.
    Documentation,
}

/// Why a price book cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// Not a price book.
    #[error(
        "the price book cannot be read: {0}; compare it with the published schema of price books"
    )]
    Unreadable(#[from] serde_json::Error),
    /// Rows out of order, or two for one meter and region.
    #[error(
        "the price book has {key} in {region} twice or out of order; keep one row of each and sort by key and region"
    )]
    Order {
        /// The row that is misplaced.
        key: String,
        /// Its region.
        region: String,
    },
    /// A row that cannot be computed with.
    #[error("the price book's row {key} in {region} {problem}")]
    Row {
        /// The row.
        key: String,
        /// Its region.
        region: String,
        /// What is wrong, and what would be right.
        problem: &'static str,
    },
    /// The number of hours is nothing to compute with.
    #[error("the price book has no hours in its month; set `hours_per_month` to 730")]
    Hours,
}

/// What a quantity of a meter costs, or why that cannot be said.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoPrice {
    #[error("the price book has no price for {key} in {region}")]
    Missing { key: String, region: String },
    #[error("the price book's price for {key} in {region} ends at {until} a month")]
    Beyond {
        key: String,
        region: String,
        until: Decimal,
    },
    #[error("the amount is {0}")]
    Number(#[from] DecimalError),
}

impl<'a> PriceBook<'a> {
    /// Reads a price book and checks it: sorted, no row twice, every source named.
    ///
    /// # Errors
    /// When the text is no price book, or one whose prices are ambiguous.
    pub fn parse(text: &'a str) -> Result<Self, BookError> {
        let book: Self = serde_json::from_str(text)?;
        if book.hours_per_month <= Decimal::ZERO {
            return Err(BookError::Hours);
        }
        let sources: BTreeSet<&str> = book
            .sources
            .iter()
            .map(|source| source.id.as_str())
            .collect();
        let mut previous: Option<(&str, &str)> = None;
        for row in &book.rows {
            let here = (row.key.as_ref(), row.region.as_ref());
            if previous.is_some_and(|previous| previous >= here) {
                return Err(BookError::Order {
                    key: row.key.to_string(),
                    region: row.region.to_string(),
                });
            }
            previous = Some(here);
            let problem = row.problem().or_else(|| {
                (!sources.contains(row.source.as_ref()))
                    .then_some("cites a source that the book does not list; add it to `sources`")
            });
            if let Some(problem) = problem {
                return Err(BookError::Row {
                    key: row.key.to_string(),
                    region: row.region.to_string(),
                    problem,
                });
            }
        }
        Ok(book)
    }
}

/// Prices to estimate with: a book that somebody wrote, or one that was packed.
#[derive(Debug)]
pub(crate) struct Prices<'a> {
    /// The name of the book.
    pub(crate) book: Cow<'a, str>,
    /// The day it was made.
    pub(crate) version: Cow<'a, str>,
    pub(crate) hours_per_month: Decimal,
    pub(crate) max_age_days: u32,
    pub(crate) rows: Rows<'a>,
}

/// Rows, sorted by key and region.
#[derive(Debug)]
pub(crate) enum Rows<'a> {
    Read(Vec<Row<'a>>),
    Packed(Vec<Line<'a>>),
}

impl<'a> Prices<'a> {
    /// Reads the document that the host hands over. What somebody wrote is checked in full.
    ///
    /// # Errors
    /// As [`PriceBook::parse`].
    pub(crate) fn parse(text: &'a str) -> Result<Self, BookError> {
        if packed::is_packed(text) {
            return packed::parse(text);
        }
        let book = PriceBook::parse(text)?;
        Ok(Self {
            book: Cow::Owned(book.book),
            version: Cow::Owned(book.version),
            hours_per_month: book.hours_per_month,
            max_age_days: book.max_age_days,
            rows: Rows::Read(book.rows),
        })
    }

    /// The row of a meter. Another region's price is never taken instead.
    pub(crate) fn row(&self, key: &str, region: &str) -> Result<&Row<'a>, NoPrice> {
        let found = match &self.rows {
            Rows::Read(rows) => rows
                .binary_search_by(|row| (row.key.as_ref(), row.region.as_ref()).cmp(&(key, region)))
                .ok()
                .and_then(|at| rows.get(at)),
            Rows::Packed(lines) => lines
                .binary_search_by(|line| line.place().cmp(&(key, region)))
                .ok()
                .and_then(|at| lines.get(at)?.row()),
        };
        found.ok_or_else(|| NoPrice::Missing {
            key: key.to_owned(),
            region: region.to_owned(),
        })
    }
}

impl Row<'_> {
    pub(crate) fn problem(&self) -> Option<&'static str> {
        if self.per <= Decimal::ZERO {
            return Some(
                "has a `per` that is not above zero; write how many units the price is for",
            );
        }
        if self
            .tiers
            .first()
            .is_none_or(|tier| tier.from != Decimal::ZERO)
        {
            return Some("has no tier from 0; start the first tier there");
        }
        if !self.tiers.is_sorted_by(|a, b| a.from < b.from) {
            return Some("has tiers out of order; sort them by `from`");
        }
        if self
            .tiers
            .iter()
            .any(|tier| tier.usd.is_negative() || tier.from.is_negative())
        {
            return Some("has a number below zero; a price book holds prices only");
        }
        None
    }

    /// What a monthly quantity costs, tier by tier.
    pub(crate) fn cost(&self, quantity: Decimal) -> Result<Decimal, NoPrice> {
        if let Some(until) = self.until
            && quantity > until
        {
            return Err(NoPrice::Beyond {
                key: self.key.to_string(),
                region: self.region.to_string(),
                until,
            });
        }
        let mut sum = Decimal::ZERO;
        for (at, tier) in self.tiers.iter().enumerate() {
            let end = self
                .tiers
                .get(at + 1)
                .map_or(quantity, |next| next.from.min(quantity));
            if end > tier.from {
                sum = sum.plus(end.minus(tier.from)?.times(tier.usd)?)?;
            }
        }
        Ok(sum.per(self.per)?)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::BOOK;

    #[test]
    fn the_committed_book_is_usable() {
        let book = PriceBook::parse(BOOK).unwrap();
        assert!(book.rows.len() > 350);
        for region in [
            "ap-southeast-1",
            "eu-west-1",
            "global",
            "us-east-1",
            "us-west-2",
        ] {
            assert!(book.rows.iter().any(|row| row.region == region), "{region}");
        }
    }

    #[test]
    fn rows_are_not_copied_out_of_the_document() {
        let book = PriceBook::parse(BOOK).unwrap();
        for row in &book.rows {
            let texts = [&row.key, &row.region, &row.unit, &row.source, &row.as_of];
            for text in texts.into_iter().chain(&row.at) {
                assert!(matches!(text, Cow::Borrowed(_)), "{text}");
            }
        }
        // An escape cannot be borrowed, and is read all the same.
        let escaped = BOOK.replacen(
            "\"AWSELB/DataProcessing",
            "\"AWS\\u0045LB/DataProcessing",
            1,
        );
        let read = PriceBook::parse(&escaped).unwrap();
        assert_eq!(read.rows[0].key, book.rows[0].key);
    }

    #[test]
    fn the_committed_book_prices_what_everyone_runs() {
        // The table of the research, section 3.
        let book = Prices::parse(BOOK).unwrap();
        for (key, region, quantity, usd) in [
            ("AWSLambda/Request", "us-east-1", "1000000", "0.2"),
            (
                "AWSLambda/Lambda-GB-Second",
                "us-east-1",
                "1",
                "0.0000166667",
            ),
            (
                "AWSLambda/Lambda-GB-Second-ARM",
                "us-west-2",
                "1",
                "0.0000133334",
            ),
            (
                "AWSQueueService/Requests-FIFO-Tier1",
                "us-east-1",
                "1000000",
                "0.5",
            ),
            (
                "AuroraDSQL/DSQL-DistributedProcessingUnits",
                "us-east-1",
                "1000000",
                "8",
            ),
            (
                "AmazonDynamoDB/WriteRequestUnits",
                "us-east-1",
                "1000000",
                "0.625",
            ),
            ("AmazonEC2/BoxUsage:t3.medium", "us-east-1", "1", "0.0416"),
            (
                "AmazonRDS/InstanceUsage:db.t4g.micro/postgres",
                "us-east-1",
                "1",
                "0.016",
            ),
            (
                "AmazonCloudFront/US-DataTransfer-Out-Bytes",
                "global",
                "1",
                "0.085",
            ),
        ] {
            let cost = book
                .row(key, region)
                .unwrap()
                .cost(Decimal::parse(quantity).unwrap())
                .unwrap();
            assert_eq!(cost.to_string(), usd, "{key} in {region}");
        }
    }

    #[test]
    fn never_takes_another_region_for_the_one_asked() {
        let book = Prices::parse(BOOK).unwrap();
        let missing = book
            .row("AuroraDSQL/DSQL-DistributedProcessingUnits", "us-west-2")
            .unwrap_err();
        assert_eq!(
            missing.to_string(),
            "the price book has no price for AuroraDSQL/DSQL-DistributedProcessingUnits in us-west-2"
        );
    }

    #[test]
    fn prices_each_tier_at_its_own_rate_and_nothing_beyond_the_last() {
        let text = json!({
            "key": "k", "region": "r", "unit": "request", "per": "1000",
            "tiers": [{"from": "0", "usd": "1"}, {"from": "2000", "usd": "0.5"}], "until": "5000",
            "source": "s", "as_of": "2026-01-01", "class": "exact"
        })
        .to_string();
        let row: Row<'_> = serde_json::from_str(&text).unwrap();
        for (quantity, usd) in [
            ("0", "0"),
            ("1", "0.001"),
            ("2000", "2"),
            ("2001", "2.0005"),
            ("5000", "3.5"),
        ] {
            assert_eq!(
                row.cost(Decimal::parse(quantity).unwrap())
                    .unwrap()
                    .to_string(),
                usd,
                "{quantity}"
            );
        }
        assert!(matches!(
            row.cost(Decimal::whole(5001)),
            Err(NoPrice::Beyond { .. })
        ));
    }

    #[test]
    fn refuses_a_book_that_is_ambiguous_or_broken() {
        let book = |rows: serde_json::Value| {
            json!({"book": "b", "version": "2026-01-01", "currency": "USD", "hours_per_month": "730", "max_age_days": 1,
                "sources": [{"id": "s", "title": "t"}], "rows": rows})
        };
        let row = json!({"key": "k", "region": "r", "unit": "u", "per": "1", "tiers": [{"from": "0", "usd": "1"}],
            "source": "s", "as_of": "2026-01-01", "class": "exact"});
        let with = |name: &str, value: serde_json::Value| {
            let mut row = row.clone();
            row[name] = value;
            row
        };
        for (rows, says) in [
            (json!([row, row]), "twice"),
            (json!([with("key", json!("z")), row]), "out of order"),
            (json!([with("source", json!("nobody"))]), "cites a source"),
            (json!([with("per", json!("0"))]), "not above zero"),
            (json!([with("tiers", json!([]))]), "no tier from 0"),
            (
                json!([with("tiers", json!([{"from": "1", "usd": "1"}]))]),
                "no tier from 0",
            ),
            (
                json!([with(
                    "tiers",
                    json!([{"from": "0", "usd": "1"}, {"from": "0", "usd": "2"}])
                )]),
                "out of order",
            ),
            (
                json!([with("tiers", json!([{"from": "0", "usd": "-1"}]))]),
                "below zero",
            ),
            (
                json!([with("tiers", json!([{"from": "0", "usd": 0.1}]))]),
                "cannot be read",
            ),
            (json!([with("class", json!("guessed"))]), "cannot be read"),
            (json!([with("color", json!("red"))]), "cannot be read"),
        ] {
            let error = PriceBook::parse(&book(rows.clone()).to_string())
                .unwrap_err()
                .to_string();
            assert!(error.contains(says), "{rows}: {error}");
        }
    }
}
