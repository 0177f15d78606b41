//! The document `cost-breakdown`: the whole estimate, for machines and for a table.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use tollgate_policy::{Action, Input};

use crate::book::{PriceBook, Row};
use crate::decimal::Decimal;
use crate::estimate::{Charge, Cost, Estimate, Priced, Resource, Side, Sum};
use crate::recipes::Quantity;
use crate::settings::{Settings, is_address};

/// The name of the document.
pub(crate) const NAME: &str = "cost-breakdown";

/// How many resources the table shows before it sums up the rest.
const ROWS: usize = 12;

/// How many entries one list of the document holds. The host bounds what it reads, and
/// the sums are of everything anyway.
const ENTRIES: usize = 1000;

/// What no estimate here includes. Readers should not have to guess.
const NOT_INCLUDED: &[&str] = &[
    "data transfer to the internet, between regions and between zones, other than CloudFront's",
    "free tiers, which belong to the account and not to one plan",
    "discounts, savings plans, reservations, credits, taxes and support",
    "what services make by themselves, such as log groups and snapshots",
];

/// Renders the estimate as JSON. All amounts are exact decimal text, in dollars a month.
pub(crate) fn render(
    input: &Input<'_, Settings>,
    book: &PriceBook,
    estimate: &Estimate<'_>,
) -> Json {
    let mut without_charge = BTreeMap::<&str, u32>::new();
    let mut unknown_types = BTreeMap::<&str, u32>::new();
    let mut open = Bounded::default();
    let mut zero = Bounded::default();
    for resource in &estimate.resources {
        let kind = resource.change.kind.as_str();
        match resource.charge {
            Charge::None => *without_charge.entry(kind).or_default() += 1,
            Charge::Unknown { .. } => *unknown_types.entry(kind).or_default() += 1,
            Charge::Priced => {}
        }
        if let Some(reason) = unknown_type(resource) {
            open.push(json!({"address": resource.change.address, "reason": reason}));
        }
        for priced in &resource.after.lines {
            if let Some((status, reason)) = status(priced) {
                let entry = json!({
                    "address": resource.change.address,
                    "component": priced.line.component,
                    "status": status,
                    "reason": reason,
                });
                if matches!(
                    priced.cost,
                    Cost::Undeclared { as_zero: true, .. } | Cost::Unpriced { allowed: true, .. }
                ) {
                    zero.push(entry);
                } else {
                    open.push(entry);
                }
            }
        }
    }
    let (shown, left_out) = dearest(estimate);
    let mut prices = BTreeMap::new();
    for priced in shown
        .iter()
        .flat_map(|resource| resource.before.lines.iter().chain(&resource.after.lines))
    {
        if let Some(row) = priced.row {
            prices.entry(price_name(row)).or_insert_with(|| {
                json!({
                    "unit": row.unit, "per": row.per, "tiers": row.tiers, "region": row.region,
                    "class": row.class, "as_of": row.as_of, "source": row.source, "at": row.at,
                })
            });
        }
    }
    let increase = estimate.increase;
    json!({
        "currency": "USD",
        "price_book": {
            "name": book.book, "version": book.version, "max_age_days": book.max_age_days,
            "hours_per_month": book.hours_per_month,
        },
        "caps": {
            "monthly": input.settings.monthly_cap_usd.map(|cap| cap.0),
            "monthly_increase": input.settings.monthly_increase_cap_usd.map(|cap| cap.0),
        },
        "totals": {
            "before": sum(estimate.before),
            "after": sum(estimate.after),
            "increase": {
                "least": increase.least, "most": increase.most,
                "may_be_less": increase.may_be_less, "may_be_more": increase.may_be_more,
            },
        },
        "prices": prices,
        "resources": shown.iter().map(|resource| render_resource(resource)).collect::<Vec<_>>(),
        "resources_left_out": left_out,
        "not_determined": open.entries,
        "not_determined_left_out": open.left_out,
        "counted_as_zero": zero.entries,
        "counted_as_zero_left_out": zero.left_out,
        "deferred": input.plan.deferred.iter().map(|deferred| &deferred.change.address).collect::<Vec<_>>(),
        "types_without_price": unknown_types,
        "types_without_charge": without_charge,
        "unused_usage": unused_usage(&input.settings, estimate),
        "not_included": NOT_INCLUDED,
        "table": table(estimate),
    })
}

/// Entries of a list, as many as the document holds.
#[derive(Default)]
struct Bounded {
    entries: Vec<Json>,
    left_out: usize,
}

impl Bounded {
    fn push(&mut self, entry: Json) {
        if self.entries.len() < ENTRIES {
            self.entries.push(entry);
        } else {
            self.left_out += 1;
        }
    }
}

/// The priced resources in the plan's order, and how many there are besides: if the
/// document cannot hold all of them, it holds the dearest.
fn dearest<'e, 'a>(estimate: &'e Estimate<'a>) -> (Vec<&'e Resource<'a>>, usize) {
    let mut priced: Vec<_> = estimate
        .resources
        .iter()
        .enumerate()
        .filter(|(_, resource)| resource.charge == Charge::Priced)
        .collect();
    let left_out = priced.len().saturating_sub(ENTRIES);
    if left_out > 0 {
        priced.sort_by_key(|(at, resource)| {
            let most = resource.after.sum.most.max(resource.before.sum.most);
            (std::cmp::Reverse(most), *at)
        });
        priced.truncate(ENTRIES);
        priced.sort_by_key(|(at, _)| *at);
    }
    (
        priced.into_iter().map(|(_, resource)| resource).collect(),
        left_out,
    )
}

/// What lines call a price of the document's `prices`.
fn price_name(row: &Row) -> String {
    format!("{} {}", row.key, row.region)
}

fn sum(sum: Sum) -> Json {
    json!({"least": sum.least, "most": sum.most, "complete": !sum.open})
}

fn render_resource(resource: &Resource<'_>) -> Json {
    let mut entry = json!({
        "address": resource.change.address,
        "type": resource.change.kind,
        "region": resource.region,
        "action": action(resource.change.action),
        "before": sum(resource.before.sum),
        "after": sum(resource.after.sum),
        "lines": lines(&resource.after),
    });
    if let Some(deposed) = &resource.change.deposed {
        entry["deposed"] = json!(deposed);
    }
    if resource.moves() && !resource.before.lines.is_empty() {
        entry["lines_before"] = json!(lines(&resource.before));
    }
    entry
}

fn lines(side: &Side<'_>) -> Vec<Json> {
    side.lines
        .iter()
        .map(|priced| {
            let (least, most) = match &priced.cost {
                Cost::Between(least, most) => (Some(*least), Some(*most)),
                Cost::AtLeast { least, .. } => (Some(*least), None),
                Cost::Undeclared { as_zero: true, .. } | Cost::Unpriced { allowed: true, .. } => {
                    (Some(Decimal::ZERO), Some(Decimal::ZERO))
                }
                Cost::Undeclared { .. } | Cost::Unpriced { .. } => (None, None),
            };
            let quantity = match &priced.line.quantity {
                Quantity::Known(quantity) => Some(*quantity),
                Quantity::UpTo { most, .. } => Some(*most),
                Quantity::AtLeast { least, .. } => Some(*least),
                Quantity::Undeclared(_) => None,
            };
            let mut line = json!({
                "component": priced.line.component,
                "meter": priced.line.key,
                "by_usage": priced.line.by_usage,
                "quantity": quantity,
                "least": least,
                "most": most,
            });
            if let Some((status, reason)) = status(priced) {
                line["status"] = json!(status);
                line["reason"] = json!(reason);
            } else if let Quantity::UpTo { attribute, .. } = priced.line.quantity {
                line["status"] = json!("possible");
                line["reason"] = json!(format!("`{attribute}` is known only after apply"));
            } else {
                line["status"] = json!("priced");
            }
            if let Some(row) = priced.row {
                line["price"] = json!(price_name(row));
            }
            line
        })
        .collect()
}

/// Why a line has no certain cost, if it has none.
fn status(priced: &Priced<'_>) -> Option<(&'static str, String)> {
    match &priced.cost {
        Cost::Between(..) => None,
        Cost::Undeclared { names, .. } => {
            let names: Vec<_> = names.iter().map(|name| name.text()).collect();
            Some(("usage-undeclared", format!("declare {}", names.join(", "))))
        }
        Cost::AtLeast { attribute, why, .. } => {
            Some(("undetermined", format!("`{attribute}`: {why}")))
        }
        Cost::Unpriced { why, .. } => Some(("unpriced", why.clone())),
    }
}

fn unknown_type(resource: &Resource<'_>) -> Option<String> {
    match resource.charge {
        Charge::Unknown {
            kind,
            allowed: false,
        } => Some(format!("no recipe covers `{kind}`")),
        _ => None,
    }
}

fn action(action: Action) -> &'static str {
    match action {
        Action::NoOp => "no-op",
        Action::Create => "create",
        Action::Read => "read",
        Action::Update => "update",
        Action::Delete => "delete",
        Action::Replace => "replace",
        Action::Forget => "forget",
    }
}

/// Declared usage that no resource of the plan has a use for: often a typing mistake.
fn unused_usage<'s>(settings: &'s Settings, estimate: &Estimate<'_>) -> Vec<&'s str> {
    settings
        .usage
        .keys()
        .filter(|key| {
            !estimate.resources.iter().any(|resource| {
                if is_address(key) {
                    tollgate_policy::pattern::matches(key, &resource.change.address)
                } else {
                    **key == resource.change.kind
                }
            })
        })
        .map(String::as_str)
        .collect()
}

/// The table that a person reads: the dearest resources and the sum.
fn table(estimate: &Estimate<'_>) -> Json {
    let mut resources: Vec<_> = estimate
        .resources
        .iter()
        .filter(|resource| resource.charge != Charge::None)
        .collect();
    resources.sort_by(|a, b| {
        let weight = |resource: &Resource<'_>| {
            (
                resource.after.sum.most.max(resource.before.sum.most),
                resource.after.sum.open,
            )
        };
        weight(b).cmp(&weight(a))
    });
    let mut rows: Vec<Vec<String>> = resources
        .iter()
        .take(ROWS)
        .map(|resource| row(resource))
        .collect();
    if resources.len() > ROWS {
        let rest = &resources[ROWS..];
        let note = match rest
            .iter()
            .filter(|resource| resource.after.sum.open)
            .count()
        {
            0 => String::new(),
            open => format!("{open} not determined"),
        };
        let total = |side: fn(&Resource<'_>) -> Sum| {
            rest.iter()
                .map(|resource| side(resource))
                .fold(Sum::default(), |mut all, one| {
                    // The whole fits, so a part of it does.
                    all.least = all.least.plus(one.least).unwrap_or(all.least);
                    all.most = all.most.plus(one.most).unwrap_or(all.most);
                    all.open |= one.open;
                    all
                })
        };
        rows.push(vec![
            format!("{} more", rest.len()),
            show(total(|r| r.before.sum)),
            show(total(|r| r.after.sum)),
            note,
        ]);
    }
    let open = estimate
        .resources
        .iter()
        .filter(|resource| resource.after.sum.open)
        .count();
    let note = if open == 0 {
        String::new()
    } else {
        format!("{open} not determined")
    };
    rows.push(vec![
        "Total".to_owned(),
        show(estimate.before),
        show(estimate.after),
        note,
    ]);
    json!({
        "title": "Monthly cost (USD, list prices)",
        "columns": ["Resource", "Before", "After", "Note"],
        "rows": rows,
    })
}

fn row(resource: &Resource<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    if let Charge::Unknown { allowed, .. } = resource.charge {
        notes.push(if allowed {
            "not priced (allowed)"
        } else {
            "not priced"
        });
    }
    for priced in &resource.after.lines {
        notes.push(match &priced.cost {
            Cost::Between(least, most) if least == most => continue,
            Cost::Between(..) => "depends on what apply finds",
            Cost::Undeclared { as_zero: false, .. } => "usage not declared",
            Cost::Undeclared { .. } => "undeclared usage counted as zero",
            Cost::AtLeast { .. } => "not determined",
            Cost::Unpriced { allowed: false, .. } => "not priced",
            Cost::Unpriced { .. } => "not priced (allowed)",
        });
    }
    notes.sort_unstable();
    notes.dedup();
    vec![
        resource.change.address.clone(),
        show(resource.before.sum),
        show(resource.after.sum),
        notes.join(", "),
    ]
}

/// A sum for a reader: `$3.65`, `≥ $3.65`, `$0.00–$3.65`, `?`.
fn show(sum: Sum) -> String {
    match (sum.open, sum.least == sum.most) {
        (false, true) => sum.least.dollars(),
        (false, false) => format!("{}–{}", sum.least.dollars(), sum.most.dollars()),
        (true, true) if sum.least == Decimal::ZERO => "?".to_owned(),
        (true, _) => format!("≥ {}", sum.least.dollars()),
    }
}
