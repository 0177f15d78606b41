//! Packs a price book: one line of text for each row, of which only those that a plan needs are ever
//! read. `packed.rs` reads it.
//!
//! It needs nothing of this crate, so that a build script can have this file too and pack the book that
//! it embeds.

use serde_json::{Value, json};

/// The only key of a packed book. A price book has none like it.
pub const PACKED: &str = "packed";

/// Between the parts of a line.
pub const PART: char = '|';
/// Between the tiers of a row.
pub const TIER: char = ',';
/// Between the two numbers of a tier.
pub const PRICE: char = ':';

/// Packs the JSON of a price book; none where it is no book, or has texts that a line cannot hold.
#[must_use]
pub fn pack(book: &Value) -> Option<String> {
    let rows = book.get("rows")?.as_array()?;
    let rows: Vec<String> = rows.iter().map(line).collect::<Option<_>>()?;
    let packed = json!({
        "book": book.get("book")?.as_str()?,
        "version": book.get("version")?.as_str()?,
        "hours_per_month": book.get("hours_per_month")?.as_str()?,
        "max_age_days": book.get("max_age_days")?.as_u64()?,
        "rows": rows,
    });
    Some(json!({ PACKED: packed }).to_string())
}

fn line(row: &Value) -> Option<String> {
    let text = |name: &str| match row.get(name) {
        None | Some(Value::Null) => Some(""),
        Some(value) => value.as_str(),
    };
    let tiers = row.get("tiers")?.as_array()?.iter().map(|tier| {
        let number = |name: &str| tier.get(name).and_then(Value::as_str).filter(plain);
        Some(format!("{}{PRICE}{}", number("from")?, number("usd")?))
    });
    let tiers: Vec<String> = tiers.collect::<Option<_>>()?;
    let tiers = tiers.join(&TIER.to_string());
    let parts = [
        text("key")?,
        text("region")?,
        text("unit")?,
        text("per")?,
        &tiers,
        text("until")?,
        text("source")?,
        text("at")?,
        text("as_of")?,
        text("class")?,
    ];
    // What is written with an escape cannot be borrowed.
    let fits = |part: &&str| {
        !part.contains(|c: char| c == PART || c == '"' || c == '\\' || c.is_control())
    };
    parts
        .iter()
        .all(fits)
        .then(|| parts.join(&PART.to_string()))
}

fn plain(number: &&str) -> bool {
    !number.contains([TIER, PRICE])
}
