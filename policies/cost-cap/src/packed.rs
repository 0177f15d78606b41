//! A price book that `pack.rs` has packed: sorted lines, of which a plan needs a few. It is for a book that
//! a test has read in full; whatever else is handed over is checked by [`PriceBook::parse`].
//!
//! [`PriceBook::parse`]: crate::book::PriceBook::parse

use std::borrow::Cow;
use std::cell::OnceCell;

use serde::Deserialize;

use crate::book::{BookError, Class, Prices, Row, Rows, Tier};
use crate::decimal::Decimal;
use crate::pack::{PACKED, PART, PRICE, TIER};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document<'a> {
    #[serde(borrow)]
    packed: Packed<'a>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Packed<'a> {
    #[serde(borrow)]
    book: &'a str,
    #[serde(borrow)]
    version: &'a str,
    hours_per_month: Decimal,
    max_age_days: u32,
    #[serde(borrow)]
    rows: Vec<&'a str>,
}

/// A row that nobody has asked for yet.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    key: &'a str,
    region: &'a str,
    rest: &'a str,
    read: OnceCell<Option<Row<'a>>>,
}

impl<'a> Line<'a> {
    pub(crate) fn place(&self) -> (&'a str, &'a str) {
        (self.key, self.region)
    }

    /// Returns the row, read once; none where the line is none of a row.
    pub(crate) fn row(&self) -> Option<&Row<'a>> {
        let row = || row(self.key, self.region, self.rest);
        self.read.get_or_init(row).as_ref()
    }
}

/// Whether a document is a packed book.
pub(crate) fn is_packed(text: &str) -> bool {
    let key = text.trim_start().strip_prefix('{').map(str::trim_start);
    let key = key.and_then(|key| key.strip_prefix('"'));
    key.and_then(|key| key.strip_prefix(PACKED))
        .is_some_and(|rest| rest.starts_with('"'))
}

/// Reads a packed book, and none of its prices. Each is checked when it is asked for.
pub(crate) fn parse(text: &str) -> Result<Prices<'_>, BookError> {
    let Document { packed } = serde_json::from_str(text)?;
    let mut lines = Vec::with_capacity(packed.rows.len());
    for row in packed.rows {
        let (key, rest) = row.split_once(PART).unwrap_or((row, ""));
        let (region, rest) = rest.split_once(PART).unwrap_or((rest, ""));
        lines.push(Line {
            key,
            region,
            rest,
            read: OnceCell::new(),
        });
    }
    if packed.hours_per_month <= Decimal::ZERO {
        return Err(BookError::Hours);
    }
    Ok(Prices {
        book: Cow::Borrowed(packed.book),
        version: Cow::Borrowed(packed.version),
        hours_per_month: packed.hours_per_month,
        max_age_days: packed.max_age_days,
        rows: Rows::Packed(lines),
    })
}

fn row<'a>(key: &'a str, region: &'a str, rest: &'a str) -> Option<Row<'a>> {
    let mut parts = rest.split(PART);
    let mut part = || parts.next();
    let number = |text: &str| Decimal::parse(text).ok();
    let row = Row {
        key: Cow::Borrowed(key),
        region: Cow::Borrowed(region),
        unit: Cow::Borrowed(part()?),
        per: number(part()?)?,
        tiers: part()?
            .split(TIER)
            .map(|tier| {
                let (from, usd) = tier.split_once(PRICE)?;
                Some(Tier {
                    from: number(from)?,
                    usd: number(usd)?,
                })
            })
            .collect::<Option<_>>()?,
        until: match part()? {
            "" => None,
            until => Some(number(until)?),
        },
        source: Cow::Borrowed(part()?),
        at: match part()? {
            "" => None,
            at => Some(Cow::Borrowed(at)),
        },
        as_of: Cow::Borrowed(part()?),
        class: match part()? {
            "exact" => Class::Exact,
            "derived" => Class::Derived,
            "documentation" => Class::Documentation,
            _ => return None,
        },
    };
    (parts.next().is_none() && row.problem().is_none()).then_some(row)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use serde_json::{Value as Json, json};

    use crate::book::{PriceBook, Prices, Rows};
    use crate::pack::pack;
    use crate::testing::BOOK;

    fn packed(book: &Json) -> String {
        pack(book).unwrap()
    }

    #[test]
    fn a_packed_book_says_what_the_book_says() {
        let whole = PriceBook::parse(BOOK).unwrap();
        let text = packed(&serde_json::from_str(BOOK).unwrap());
        let prices = Prices::parse(&text).unwrap();
        assert!(matches!(&prices.rows, Rows::Packed(lines) if lines.len() == whole.rows.len()));
        assert_eq!(prices.book, whole.book);
        assert_eq!(prices.version, whole.version);
        assert_eq!(prices.hours_per_month, whole.hours_per_month);
        assert_eq!(prices.max_age_days, whole.max_age_days);
        for row in &whole.rows {
            let found = prices.row(&row.key, &row.region).unwrap();
            assert_eq!(format!("{found:?}"), format!("{row:?}"));
            assert!(prices.row(&row.key, "nowhere").is_err());
        }
    }

    #[test]
    fn what_no_line_can_hold_is_not_packed() {
        let with = |name: &str, value: Json| {
            let mut row = json!({"key": "k", "region": "r", "unit": "u", "per": "1", "tiers": [{"from": "0", "usd": "1"}],
                "source": "s", "as_of": "2026-01-01", "class": "exact"});
            row[name] = value;
            json!({"book": "b", "version": "v", "currency": "USD", "hours_per_month": "730", "max_age_days": 1,
                "sources": [], "rows": [row]})
        };
        assert!(pack(&with("at", json!(null))).is_some());
        for (name, value) in [
            ("key", json!("a|b")),
            ("at", json!("say \"a\"")),
            ("at", json!("a\\b")),
            ("at", json!("a\nb")),
            ("per", json!(1)),
            ("tiers", json!([{"from": "0,1", "usd": "1"}])),
            ("tiers", json!([{"from": "0", "usd": "1:2"}])),
        ] {
            assert_eq!(pack(&with(name, value.clone())), None, "{name}: {value}");
        }
    }

    #[test]
    fn a_line_that_is_no_row_has_no_price() {
        for line in [
            "k|r",
            "k|r|u|1|0:1||s||2026-01-01|exact|more",
            "k|r|u|1|0||s||2026-01-01|exact",
            "k|r|u|1|0:1||s||2026-01-01|guess",
            "k|r|u|1|0:-1||s||2026-01-01|exact",
            "k|r|u|0|0:1||s||2026-01-01|exact",
        ] {
            let text = format!(
                r#" {{ "packed" : {{"book":"b","version":"v","hours_per_month":"730","max_age_days":1,"rows":["{line}"]}}}}"#
            );
            let prices = Prices::parse(&text).unwrap();
            assert!(prices.row("k", "r").is_err(), "{line}");
        }
    }
}
