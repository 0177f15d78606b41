//! The estimate: what every resource costs a month before and after apply.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use tollgate_policy::{Action, Change, Mode, Value};

use crate::book::{NoPrice, Prices, Row};
use crate::decimal::{Decimal, DecimalError};
use crate::extras::{self, Extra};
use crate::no_charge;
use crate::recipes::{self, Line, Others, Quantity, Recipe, Sheet};
use crate::settings::{Settings, UndeclaredUsage, Usage, UsageName};

/// What a plan costs.
#[derive(Debug)]
pub(crate) struct Estimate<'a> {
    /// Every managed resource of the plan, in its order.
    pub(crate) resources: Vec<Resource<'a>>,
    /// The sum before apply.
    pub(crate) before: Sum,
    /// The sum after apply.
    pub(crate) after: Sum,
    /// What apply adds.
    pub(crate) increase: Increase,
}

/// One resource of the plan.
#[derive(Debug)]
pub(crate) struct Resource<'a> {
    pub(crate) change: &'a Change,
    /// The region it is priced in.
    pub(crate) region: Option<&'a str>,
    pub(crate) charge: Charge<'a>,
    /// Whether apply changes what it costs, or may.
    pub(crate) moves: bool,
    /// What exists before apply, if anything.
    pub(crate) before: Side<'a>,
    /// What exists after apply, if anything.
    pub(crate) after: Side<'a>,
}

/// What is known of how a resource type is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Charge<'a> {
    /// By a recipe.
    Priced,
    /// Not by itself.
    None,
    /// Not known: no recipe. `true`: the configuration lets the type pass.
    Unknown { kind: &'a str, allowed: bool },
}

/// The lines and the sum of one side of a resource.
#[derive(Clone, Debug, Default)]
pub(crate) struct Side<'a> {
    pub(crate) lines: Vec<Priced<'a>>,
    pub(crate) sum: Sum,
}

/// A line and what it costs.
#[derive(Clone, Debug)]
pub(crate) struct Priced<'a> {
    pub(crate) line: Line,
    pub(crate) row: Option<&'a Row<'a>>,
    pub(crate) cost: Cost,
}

/// What a line costs a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cost {
    /// Between the two; mostly they are the same.
    Between(Decimal, Decimal),
    /// Usage that is not declared.
    Undeclared {
        names: &'static [UsageName],
        as_zero: bool,
    },
    /// At least this much, for want of an attribute.
    AtLeast {
        least: Decimal,
        attribute: &'static str,
        why: String,
    },
    /// There is no price. `true`: the configuration lets it pass.
    Unpriced { why: String, allowed: bool },
}

/// A sum of costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    /// What is certain.
    pub(crate) least: Decimal,
    /// What is certain and what may arise, without what is not known at all.
    pub(crate) most: Decimal,
    /// Whether something is not known at all.
    pub(crate) open: bool,
}

/// What apply adds to the monthly cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Increase {
    pub(crate) least: Decimal,
    pub(crate) most: Decimal,
    /// Whether it may be less than `least`, because what is replaced or deleted has a
    /// cost that is not known.
    pub(crate) may_be_less: bool,
    /// Whether it may be more than `most`.
    pub(crate) may_be_more: bool,
}

impl Cost {
    /// The certain part, the possible part, and whether there is more to it.
    fn bounds(&self) -> (Decimal, Decimal, bool) {
        match self {
            Self::Between(least, most) => (*least, *most, false),
            Self::Undeclared { as_zero, .. } => (Decimal::ZERO, Decimal::ZERO, !as_zero),
            Self::AtLeast { least, .. } => (*least, *least, true),
            Self::Unpriced { allowed, .. } => (Decimal::ZERO, Decimal::ZERO, !allowed),
        }
    }
}

impl Sum {
    fn add(&mut self, least: Decimal, most: Decimal, open: bool) -> Result<(), DecimalError> {
        self.least = self.least.plus(least)?;
        self.most = self.most.plus(most)?;
        self.open |= open;
        Ok(())
    }
}

impl Resource<'_> {
    fn would_move(&self) -> bool {
        self.before.lines.len() != self.after.lines.len()
            || self
                .before
                .lines
                .iter()
                .zip(&self.after.lines)
                .any(|(before, after)| before.line != after.line)
            || matches!(self.charge, Charge::Unknown { .. }) && self.change.action != Action::NoOp
    }
}

/// What is known of a resource type. Plans have few types many times over, so it is found
/// out once for each.
struct Kind {
    recipe: Option<&'static Recipe>,
    extras: Vec<&'static Extra>,
    /// Whether it has no charge of its own.
    free: bool,
    /// Whether it may stay without a price.
    allowed: bool,
    /// The usage that is declared for each resource of it; none if that depends on the
    /// address.
    usage: Option<Usage>,
}

impl Kind {
    fn of(kind: &str, settings: &Settings, by_address: bool) -> Self {
        let recipe = recipes::of(kind);
        Self {
            recipe,
            extras: extras::of(kind).collect(),
            free: recipe.is_none() && no_charge::has_none(kind),
            allowed: settings.allows_unpriced(kind),
            usage: (!by_address).then(|| settings.usage_of(kind, "")),
        }
    }
}

/// Prices every resource of a plan.
///
/// # Errors
/// When a number grows too large to compute with; the address says where.
pub(crate) fn estimate<'a>(
    changes: &'a [Change],
    settings: &'a Settings,
    book: &'a Prices<'_>,
    quiet: &BTreeSet<String>,
) -> Result<Estimate<'a>, String> {
    let mut estimate = Estimate {
        resources: Vec::with_capacity(changes.len()),
        before: Sum::default(),
        after: Sum::default(),
        increase: Increase::default(),
    };
    let by_address = settings.has_usage_by_address();
    let others = Others::of(changes);
    let mut kinds: BTreeMap<&str, Rc<Kind>> = BTreeMap::new();
    // The changes of one type mostly follow each other.
    let mut last: Option<(&str, Rc<Kind>)> = None;
    for change in changes.iter().filter(|change| change.mode == Mode::Managed) {
        let kind = match &last {
            Some((name, kind)) if *name == change.kind => Rc::clone(kind),
            _ => {
                let kind = kinds
                    .entry(&change.kind)
                    .or_insert_with(|| Rc::new(Kind::of(&change.kind, settings, by_address)));
                last = Some((&change.kind, Rc::clone(kind)));
                Rc::clone(kind)
            }
        };
        let resource = price(change, &kind, settings, book, &others)
            .and_then(|mut resource| {
                // What it costs is not known, and stays what it is.
                let is_unknown = matches!(resource.charge, Charge::Unknown { .. });
                if is_unknown && quiet.contains(&change.address) {
                    resource.moves = false;
                }
                estimate.count(&resource)?;
                Ok(resource)
            })
            .map_err(|error| format!("the cost of {} is {error}", change.address))?;
        estimate.resources.push(resource);
    }
    Ok(estimate)
}

impl Estimate<'_> {
    fn count(&mut self, resource: &Resource<'_>) -> Result<(), DecimalError> {
        let (before, after) = (resource.before.sum, resource.after.sum);
        self.before.add(before.least, before.most, before.open)?;
        self.after.add(after.least, after.most, after.open)?;
        if resource.moves {
            let increase = &mut self.increase;
            increase.least = increase.least.plus(after.least.minus(before.most)?)?;
            increase.most = increase.most.plus(after.most.minus(before.least)?)?;
            increase.may_be_less |= before.open;
            increase.may_be_more |= after.open;
        }
        Ok(())
    }
}

fn price<'a>(
    change: &'a Change,
    kind: &Kind,
    settings: &'a Settings,
    book: &'a Prices<'_>,
    others: &Others<'_>,
) -> Result<Resource<'a>, DecimalError> {
    let region = change.region.as_deref().or(settings.region.as_deref());
    let mut resource = Resource {
        change,
        region,
        charge: Charge::Priced,
        moves: false,
        before: Side::default(),
        after: Side::default(),
    };
    let (before, after) = sides(change);
    if kind.recipe.is_none() && (!kind.free || kind.extras.is_empty()) {
        if kind.free {
            resource.charge = Charge::None;
        } else {
            let allowed = kind.allowed;
            resource.charge = Charge::Unknown {
                kind: &change.kind,
                allowed,
            };
            resource.before.sum.open = before && !allowed;
            resource.after.sum.open = after > 0 && !allowed;
            resource.moves = resource.would_move();
        }
        return Ok(resource);
    }

    let own;
    let usage = match &kind.usage {
        Some(usage) => usage,
        None => {
            own = settings.usage_of(&change.kind, &change.address);
            &own
        }
    };
    let lines = |after| {
        let mut sheet = Sheet::new(
            change,
            kind.recipe.map_or(&[], |recipe| recipe.computed),
            after,
            usage,
            book.hours_per_month,
            &book.version,
            others,
        );
        if let Some(recipe) = kind.recipe {
            (recipe.lines)(&mut sheet)?;
        }
        for extra in &kind.extras {
            extra.line(&mut sheet, change, after);
        }
        let mut side = Side::default();
        for line in sheet.into_lines() {
            let priced = Priced::of(line, region, settings.undeclared_usage, kind.allowed, book)?;
            let (least, most, open) = priced.cost.bounds();
            side.sum.add(least, most, open)?;
            side.lines.push(priced);
        }
        Ok::<_, DecimalError>(side)
    };
    if stays(change) && !recipes::is_made_of_parts(&change.kind) {
        resource.before = lines(false)?;
        resource.after = resource.before.clone();
    } else {
        if before {
            resource.before = lines(false)?;
        }
        if after & NEW != 0 {
            resource.after = lines(true)?;
        }
        if after & OLD != 0 {
            let kept = resource.before.clone();
            let sum = &mut resource.after.sum;
            sum.add(kept.sum.least, kept.sum.most, kept.sum.open)?;
            resource.after.lines.extend(kept.lines);
        }
        resource.moves = resource.would_move();
    }
    // What none of its attributes makes it charged for has no charge.
    if resource.before.lines.is_empty() && resource.after.lines.is_empty() {
        resource.charge = Charge::None;
    }
    Ok(resource)
}

/// Whether both sides of a change are the same, so that one of them tells of both.
fn stays(change: &Change) -> bool {
    change.action == Action::NoOp
        && change.attributes.iter().all(|attribute| {
            attribute.before == attribute.after
                && match &attribute.after {
                    Value::Unknown => false,
                    Value::Json(text) => !text.contains("\"$unknown\""),
                    _ => true,
                }
        })
}

const OLD: u8 = 1;
const NEW: u8 = 2;

/// Whether there is an object before apply, and which objects there are after it. A
/// forgotten object leaves the state, not the bill.
fn sides(change: &Change) -> (bool, u8) {
    match change.action {
        // A managed resource is never just read; price what will be there.
        Action::Create | Action::Read => (false, NEW),
        Action::Delete => (true, 0),
        Action::Forget => (true, OLD),
        Action::Replace if change.forgets() => (true, OLD | NEW),
        Action::NoOp | Action::Update | Action::Replace => (true, NEW),
    }
}

impl<'a> Priced<'a> {
    fn of(
        line: Line,
        region: Option<&str>,
        undeclared: UndeclaredUsage,
        allowed: bool,
        book: &'a Prices<'_>,
    ) -> Result<Self, DecimalError> {
        if let Quantity::Undeclared(names) = &line.quantity {
            let cost = Cost::Undeclared {
                names,
                as_zero: undeclared == UndeclaredUsage::Zero,
            };
            let row = region
                .filter(|_| !line.global)
                .or(line.global.then_some("global"))
                .and_then(|region| book.row(&line.key, region).ok());
            return Ok(Self { line, row, cost });
        }
        // Nothing of anything costs nothing, whatever its price.
        if matches!(line.quantity, Quantity::Known(quantity) if quantity == Decimal::ZERO) {
            return Ok(Self {
                line,
                row: None,
                cost: Cost::Between(Decimal::ZERO, Decimal::ZERO),
            });
        }
        if let Quantity::AtLeast {
            least,
            attribute,
            why,
        } = &line.quantity
            && *least == Decimal::ZERO
        {
            let cost = if allowed {
                Cost::Unpriced {
                    why: format!("`{attribute}`: {why}"),
                    allowed,
                }
            } else {
                Cost::AtLeast {
                    least: Decimal::ZERO,
                    attribute,
                    why: why.clone(),
                }
            };
            return Ok(Self {
                line,
                row: None,
                cost,
            });
        }
        let unpriced = |line, why| {
            Ok(Self {
                line,
                row: None,
                cost: Cost::Unpriced { why, allowed },
            })
        };
        let Some(region) = (if line.global { Some("global") } else { region }) else {
            return unpriced(line, "its region is not known; set `region`".to_owned());
        };
        let row = match book.row(&line.key, region) {
            Ok(row) => row,
            Err(missing) => return unpriced(line, missing.to_string()),
        };
        let cost = |quantity| match row.cost(quantity) {
            Ok(cost) => Ok(Ok(cost)),
            Err(NoPrice::Number(error)) => Err(error),
            Err(beyond) => Ok(Err(beyond.to_string())),
        };
        let cost = match &line.quantity {
            Quantity::Known(quantity) => cost(*quantity)?.map(|cost| Cost::Between(cost, cost)),
            Quantity::UpTo { most, .. } => {
                cost(*most)?.map(|cost| Cost::Between(Decimal::ZERO, cost))
            }
            Quantity::AtLeast {
                least,
                attribute,
                why,
            } => cost(*least)?.map(|least| Cost::AtLeast {
                least,
                attribute,
                why: why.clone(),
            }),
            Quantity::Undeclared(_) => Ok(Cost::Between(Decimal::ZERO, Decimal::ZERO)),
        };
        match cost {
            Ok(cost) => Ok(Self {
                line,
                row: Some(row),
                cost,
            }),
            Err(why) => unpriced(line, why),
        }
    }
}
