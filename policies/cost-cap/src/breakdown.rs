//! The document `cost-breakdown`: the whole estimate, for machines and for a table.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Serialize, Serializer};
use tollgate_policy::{Action, Input};

use crate::book::{Class, Prices, Row, Tier};
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

/// What the table shows, and the summary says in one line.
const TITLE: &str = "Monthly cost (USD, list prices)";

/// What no estimate here includes. Readers should not have to guess.
const NOT_INCLUDED: &[&str] = &[
    "data transfer to the internet, between regions and between zones, other than CloudFront's",
    "free tiers, which belong to the account and not to one plan",
    "discounts, savings plans, reservations, credits, taxes and support",
    "what services make by themselves, such as log groups and snapshots",
];

/// The whole in one line.
pub(crate) fn summary(estimate: &Estimate<'_>) -> String {
    format!(
        "{TITLE}: {} → {}",
        show(estimate.before),
        show(estimate.after)
    )
}

/// Renders the estimate as JSON, with the keys of every object in alphabetical order. All
/// amounts are exact decimal text, in dollars a month.
///
/// # Errors
/// When it cannot be written as JSON.
pub(crate) fn render(
    input: &Input<'_, Settings>,
    book: &Prices<'_>,
    estimate: &Estimate<'_>,
) -> Result<String, String> {
    let mut without_charge = BTreeMap::<&str, u32>::new();
    let mut unknown_types = BTreeMap::<&str, u32>::new();
    let mut open = Bounded::default();
    let mut zero = Bounded::default();
    for resource in &estimate.resources {
        let kind = resource.change.kind.as_str();
        let address = resource.change.address.as_str();
        match resource.charge {
            Charge::None => *without_charge.entry(kind).or_default() += 1,
            Charge::Unknown { allowed, .. } => {
                *unknown_types.entry(kind).or_default() += 1;
                if !allowed {
                    open.push(|| Entry {
                        address,
                        component: None,
                        reason: format!("no recipe covers `{kind}`"),
                        status: None,
                    });
                }
            }
            Charge::Priced => {}
        }
        for priced in &resource.after.lines {
            let list = match priced.cost {
                Cost::Between(..) => continue,
                Cost::Undeclared { as_zero: true, .. } | Cost::Unpriced { allowed: true, .. } => {
                    &mut zero
                }
                Cost::Undeclared { .. } | Cost::Unpriced { .. } | Cost::AtLeast { .. } => &mut open,
            };
            list.push(|| {
                let (status, reason) = status(priced).unwrap_or_default();
                Entry {
                    address,
                    component: Some(&priced.line.component),
                    reason,
                    status: Some(status),
                }
            });
        }
    }
    let (shown, left_out) = dearest(estimate);
    let increase = estimate.increase;
    let document = Document {
        caps: Caps {
            monthly: input.settings.monthly_cap_usd.map(|cap| cap.0),
            monthly_increase: input.settings.monthly_increase_cap_usd.map(|cap| cap.0),
        },
        counted_as_zero: zero.entries,
        counted_as_zero_left_out: zero.left_out,
        currency: "USD",
        deferred: input
            .plan
            .deferred
            .iter()
            .map(|deferred| deferred.change.address.as_str())
            .collect(),
        not_determined: open.entries,
        not_determined_left_out: open.left_out,
        not_included: NOT_INCLUDED,
        price_book: Book {
            hours_per_month: book.hours_per_month,
            max_age_days: book.max_age_days,
            name: &book.book,
            version: &book.version,
        },
        prices: prices(&shown),
        resources: shown.iter().map(|resource| entry(resource)).collect(),
        resources_left_out: left_out,
        summary: summary(estimate),
        table: table(estimate),
        totals: Totals {
            after: estimate.after.into(),
            before: estimate.before.into(),
            increase: Added {
                least: increase.least,
                may_be_less: increase.may_be_less,
                may_be_more: increase.may_be_more,
                most: increase.most,
            },
        },
        types_without_charge: without_charge,
        types_without_price: unknown_types,
        unused_usage: unused_usage(&input.settings, estimate),
    };
    tollgate_policy::serde_json::to_string(&document).map_err(|error| error.to_string())
}

/// The document. Readers compare it as text, so the order of its fields is that of their
/// names.
#[derive(Serialize)]
struct Document<'d> {
    caps: Caps,
    counted_as_zero: Vec<Entry<'d>>,
    counted_as_zero_left_out: usize,
    currency: &'static str,
    deferred: Vec<&'d str>,
    not_determined: Vec<Entry<'d>>,
    not_determined_left_out: usize,
    not_included: &'static [&'static str],
    price_book: Book<'d>,
    prices: BTreeMap<String, Price<'d>>,
    resources: Vec<Shown<'d>>,
    resources_left_out: usize,
    summary: String,
    table: Table,
    totals: Totals,
    types_without_charge: BTreeMap<&'d str, u32>,
    types_without_price: BTreeMap<&'d str, u32>,
    unused_usage: Vec<&'d str>,
}

#[derive(Serialize)]
struct Caps {
    monthly: Option<Decimal>,
    monthly_increase: Option<Decimal>,
}

/// A cost that is not certain; of a whole resource if no line has it.
#[derive(Serialize)]
struct Entry<'d> {
    address: &'d str,
    #[serde(skip_serializing_if = "Option::is_none")]
    component: Option<&'d str>,
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
}

#[derive(Serialize)]
struct Book<'d> {
    hours_per_month: Decimal,
    max_age_days: u32,
    name: &'d str,
    version: &'d str,
}

#[derive(Serialize)]
struct Price<'d> {
    as_of: &'d str,
    at: Option<&'d str>,
    class: Class,
    per: Decimal,
    region: &'d str,
    source: &'d str,
    tiers: &'d [Tier],
    unit: &'d str,
}

#[derive(Serialize)]
struct Shown<'d> {
    action: &'static str,
    address: &'d str,
    after: Bounds,
    before: Bounds,
    #[serde(skip_serializing_if = "Option::is_none")]
    deposed: Option<&'d str>,
    lines: Vec<ShownLine<'d>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lines_before: Option<Vec<ShownLine<'d>>>,
    region: Option<&'d str>,
    #[serde(rename = "type")]
    kind: &'d str,
}

#[derive(Serialize)]
struct ShownLine<'d> {
    by_usage: bool,
    component: &'d str,
    least: Option<Decimal>,
    meter: &'d str,
    most: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<PriceName<'d>>,
    quantity: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    status: &'static str,
}

#[derive(Serialize)]
struct Totals {
    after: Bounds,
    before: Bounds,
    increase: Added,
}

#[derive(Serialize)]
struct Added {
    least: Decimal,
    may_be_less: bool,
    may_be_more: bool,
    most: Decimal,
}

#[derive(Serialize)]
struct Bounds {
    complete: bool,
    least: Decimal,
    most: Decimal,
}

impl From<Sum> for Bounds {
    fn from(sum: Sum) -> Self {
        Self {
            complete: !sum.open,
            least: sum.least,
            most: sum.most,
        }
    }
}

/// What lines call a price of the document's `prices`.
struct PriceName<'d>(&'d Row<'d>);

impl fmt::Display for PriceName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0.key, self.0.region)
    }
}

impl Serialize for PriceName<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[derive(Serialize)]
struct Table {
    columns: [&'static str; 4],
    rows: Vec<[String; 4]>,
    title: &'static str,
}

/// Entries of a list, as many as the document holds. What it does not hold is not built.
struct Bounded<T> {
    entries: Vec<T>,
    left_out: usize,
}

impl<T> Default for Bounded<T> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            left_out: 0,
        }
    }
}

impl<T> Bounded<T> {
    fn push(&mut self, entry: impl FnOnce() -> T) {
        if self.entries.len() < ENTRIES {
            self.entries.push(entry());
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
        priced.select_nth_unstable_by_key(ENTRIES, |(at, resource)| {
            let most = resource.after.sum.most.max(resource.before.sum.most);
            (Reverse(most), *at)
        });
        priced.truncate(ENTRIES);
        priced.sort_unstable_by_key(|(at, _)| *at);
    }
    (
        priced.into_iter().map(|(_, resource)| resource).collect(),
        left_out,
    )
}

/// The prices that the lines of these resources name, each once.
fn prices<'d>(shown: &[&'d Resource<'_>]) -> BTreeMap<String, Price<'d>> {
    let mut rows: BTreeMap<(&str, &str), &'d Row<'_>> = BTreeMap::new();
    for resource in shown {
        for priced in resource.before.lines.iter().chain(&resource.after.lines) {
            if let Some(row) = priced.row {
                rows.entry((&row.key, &row.region)).or_insert(row);
            }
        }
    }
    rows.into_values()
        .map(|row| {
            let price = Price {
                as_of: &row.as_of,
                at: row.at.as_deref(),
                class: row.class,
                per: row.per,
                region: &row.region,
                source: &row.source,
                tiers: &row.tiers,
                unit: &row.unit,
            };
            (PriceName(row).to_string(), price)
        })
        .collect()
}

fn entry<'d>(resource: &'d Resource<'_>) -> Shown<'d> {
    let moved = resource.moves && !resource.before.lines.is_empty();
    Shown {
        action: action(resource.change.action),
        address: &resource.change.address,
        after: resource.after.sum.into(),
        before: resource.before.sum.into(),
        deposed: resource.change.deposed.as_deref(),
        lines: lines(&resource.after),
        lines_before: moved.then(|| lines(&resource.before)),
        region: resource.region,
        kind: &resource.change.kind,
    }
}

fn lines<'d>(side: &'d Side<'_>) -> Vec<ShownLine<'d>> {
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
            let (status, reason) = match (status(priced), &priced.line.quantity) {
                (Some((status, reason)), _) => (status, Some(reason)),
                (None, Quantity::UpTo { attribute, .. }) => (
                    "possible",
                    Some(format!("`{attribute}` is known only after apply")),
                ),
                (None, _) => ("priced", None),
            };
            ShownLine {
                by_usage: priced.line.by_usage,
                component: &priced.line.component,
                least,
                meter: &priced.line.key,
                most,
                price: priced.row.map(PriceName),
                quantity,
                reason,
                status,
            }
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
    let kinds: BTreeSet<&str> = estimate
        .resources
        .iter()
        .map(|resource| resource.change.kind.as_str())
        .collect();
    settings
        .usage
        .keys()
        .map(String::as_str)
        .filter(|key| {
            if is_address(key) {
                !estimate.resources.iter().any(|resource| {
                    tollgate_policy::pattern::matches(key, &resource.change.address)
                })
            } else {
                !kinds.contains(key)
            }
        })
        .collect()
}

/// The table that a person reads: the dearest resources and the sum.
fn table(estimate: &Estimate<'_>) -> Table {
    let mut resources: Vec<_> = estimate
        .resources
        .iter()
        .enumerate()
        .filter(|(_, resource)| resource.charge != Charge::None)
        .collect();
    // For equal weights the plan's own order counts.
    let weight = |(at, resource): &(usize, &Resource<'_>)| {
        let most = resource.after.sum.most.max(resource.before.sum.most);
        (Reverse((most, resource.after.sum.open)), *at)
    };
    if resources.len() > ROWS {
        resources.select_nth_unstable_by_key(ROWS, weight);
    }
    let shown = resources.len().min(ROWS);
    resources[..shown].sort_unstable_by_key(weight);
    let mut rows: Vec<[String; 4]> = resources[..shown]
        .iter()
        .map(|(_, resource)| row(resource))
        .collect();
    if resources.len() > ROWS {
        let rest = &resources[ROWS..];
        let note = match rest
            .iter()
            .filter(|(_, resource)| resource.after.sum.open)
            .count()
        {
            0 => String::new(),
            open => format!("{open} not determined"),
        };
        let total = |side: fn(&Resource<'_>) -> Sum| {
            rest.iter()
                .map(|(_, resource)| side(resource))
                .fold(Sum::default(), |mut all, one| {
                    // The whole fits, so a part of it does.
                    all.least = all.least.plus(one.least).unwrap_or(all.least);
                    all.most = all.most.plus(one.most).unwrap_or(all.most);
                    all.open |= one.open;
                    all
                })
        };
        rows.push([
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
    rows.push([
        "Total".to_owned(),
        show(estimate.before),
        show(estimate.after),
        note,
    ]);
    Table {
        columns: ["Resource", "Before", "After", "Note"],
        rows,
        title: TITLE,
    }
}

fn row(resource: &Resource<'_>) -> [String; 4] {
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
    [
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
