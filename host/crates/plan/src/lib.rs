//! The plan, as `tofu show -json` or `terraform show -json` writes it.
//!
//! Reading borrows from the document and builds nothing that nobody asks for:
//! attribute values stay text until a policy's interests name them. Whatever is
//! marked sensitive, and every root module variable's value, is unreachable from
//! outside of this crate.

mod action;
mod address;
mod configuration;
mod consistency;
mod error;
mod json;
mod kind;
mod meter;
mod read;
mod redact;
mod references;
mod region;
mod sources;
mod text;
mod value;

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use serde_json::value::RawValue;
pub use tollgate_policy::{Path, Step};

pub use self::address::without_keys;
pub use self::configuration::Declared;
pub use self::error::PlanError;
use self::json::Fault;
pub use self::kind::is_saved;
pub use self::meter::{Meter, Spent};
pub use self::redact::suggests_secret;
pub use self::sources::{ModuleSource, ProviderSource, Sources};
pub use self::text::PlanText;
use self::value::{Descent, Index, Names, Side};

/// What happens to one resource instance: one word, whatever the plan spells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Nothing; a move or an import can still ride on it.
    NoOp,
    /// A new object.
    Create,
    /// A data source that is read during apply.
    Read,
    /// A change in place.
    Update,
    /// An object is destroyed.
    Delete,
    /// An object is made anew; see [`Replacement`].
    Replace,
    /// An object leaves the state and stays behind.
    Forget,
}

impl Action {
    /// The word that reports use, which is that of the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoOp => "no-op",
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Replace => "replace",
            Self::Forget => "forget",
        }
    }
}

/// How a replacement is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Replacement {
    /// The old object is destroyed first.
    DeleteThenCreate,
    /// `create_before_destroy`.
    CreateThenDelete,
    /// Terraform: the old object leaves the state and stays behind.
    CreateThenForget,
    /// OpenTofu: the same, in the other order.
    ForgetThenCreate,
}

/// The kind of block that declares a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// `resource`
    Managed,
    /// `data`
    Data,
    /// `ephemeral`
    Ephemeral,
}

/// The key of an instance that `count` or `for_each` made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum InstanceKey<'a> {
    /// `count`
    Number(i64),
    /// `for_each`
    Text(Cow<'a, str>),
}

/// One attribute on one side of a change, with masks applied.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// Not in the object, or that side of the change does not exist.
    Absent,
    /// Written as null.
    Null,
    /// Known only after apply.
    Unknown,
    /// Marked sensitive; the value is not here.
    Sensitive,
    /// A boolean.
    Bool(bool),
    /// A whole number that fits.
    Integer(i64),
    /// Any other number, exactly as the plan writes it.
    Decimal(&'a str),
    /// A string.
    Text(Cow<'a, str>),
    /// An object or array as JSON, its unknown and sensitive leaves replaced as
    /// `policy.wit` says of `value.json`.
    Json(String),
}

impl PlanText {
    /// Reads the document as a plan: one pass, which validates all of it as JSON and
    /// builds only what every run needs.
    ///
    /// # Errors
    /// If the document is not a plan, is not of a format that Tollgate reads, is
    /// damaged, says two things at once, or if planning failed.
    pub fn read(&self) -> Result<Plan<'_>, PlanError> {
        read::read(self)
    }
}

/// Attributes that Tollgate itself asks for: which object it is, and where.
const ALWAYS: [&str; 2] = ["id", "region"];

/// A plan, borrowed from its [`PlanText`].
#[derive(Debug)]
pub struct Plan<'a> {
    /// `MAJOR.MINOR`, with major 0 or 1.
    pub format_version: Cow<'a, str>,
    /// The version of OpenTofu or Terraform, as the plan states it.
    pub terraform_version: Option<Cow<'a, str>>,
    /// Whether the plan covers the whole configuration. OpenTofu does not say.
    pub complete: Option<bool>,
    /// Whether the plan says if planning failed. Of those that say so only what did not fail
    /// is read; tools say it since 1.6.
    pub says_errored: bool,
    /// Whether there is anything to apply. OpenTofu does not say.
    pub applyable: Option<bool>,
    /// What is planned, in the plan's order; unique by address and deposed key.
    pub changes: Vec<ResourceChange<'a>>,
    /// What was found changed outside of the configuration. Nothing here is planned.
    pub drift: Vec<ResourceChange<'a>>,
    /// What is put off to a later plan.
    pub deferred: Vec<Deferred<'a>>,
    /// Every check and custom condition, passed or not.
    pub checks: Vec<Check>,
    /// Provider actions that run during apply, then those that are put off.
    pub action_invocations: Vec<ActionInvocation<'a>>,
    /// Changes to the outputs of the root module, by name.
    pub outputs: Vec<OutputChange<'a>>,
    /// The addresses of managed resources that the prior state has and no change speaks of:
    /// the plan was made of a part of the configuration only.
    pub left_alone: Vec<Cow<'a, str>>,
    /// Whether the plan says what was there before: its prior state has managed resources.
    pub has_prior_state: bool,
    variables: Option<&'a RawValue>,
    configuration: Option<&'a RawValue>,
    index: OnceLock<Option<configuration::Configuration<'a>>>,
    regions: region::Regions<'a>,
}

impl Plan<'_> {
    /// Says which attributes will be asked for, by the names at the root of a resource, of each type and
    /// action. A large plan then takes much less memory once it has been looked at; what else is asked for
    /// takes longer.
    pub fn expect(&mut self, mut asked_for: impl FnMut(&str, Action) -> Vec<String>) {
        let deferred = self
            .deferred
            .iter_mut()
            .map(|deferred| &mut deferred.change);
        let changes = self
            .changes
            .iter_mut()
            .chain(&mut self.drift)
            .chain(deferred);
        let mut known: Vec<Option<Arc<Names>>> = Vec::new();
        for change in changes {
            if known.len() <= change.group {
                known.resize(change.group + 1, None);
            }
            let Some(names) = known.get_mut(change.group) else {
                continue;
            };
            let names = names.get_or_insert_with(|| {
                let mut names = asked_for(&change.kind, change.action);
                names.extend(ALWAYS.map(str::to_owned));
                Arc::new(Names::new(names))
            });
            change.lazy.names = Some(Arc::clone(names));
        }
    }

    /// Whether the plan carries its configuration, which references and the regions of
    /// providers are looked up in.
    #[must_use]
    pub fn has_configuration(&self) -> bool {
        self.configuration.is_some()
    }
}

/// What is planned for one resource instance.
#[derive(Debug)]
pub struct ResourceChange<'a> {
    /// Unique together with `deposed`.
    pub address: Cow<'a, str>,
    /// The address without any instance key, those of modules included.
    pub block: Cow<'a, str>,
    /// Where the instance was before, if it moves.
    pub previous_address: Option<Cow<'a, str>>,
    /// With instance keys; none in the root module.
    pub module_address: Option<Cow<'a, str>>,
    /// The kind of block.
    pub mode: Mode,
    /// The resource type.
    pub kind: Cow<'a, str>,
    /// The name of the block.
    pub name: Cow<'a, str>,
    /// The key that `count` or `for_each` gave it.
    pub index: Option<InstanceKey<'a>>,
    /// Whether the entry stands for instances whose keys are not known yet. Only in
    /// deferred changes.
    pub index_unknown: bool,
    /// The full name of the provider; before 0.13 its short one. Empty where the plan does
    /// not say, as tools always do.
    pub provider: Cow<'a, str>,
    /// The key of a deposed object.
    pub deposed: Option<Cow<'a, str>>,
    /// What happens.
    pub action: Action,
    /// A number that all changes of the same type and action share, counted from 0.
    pub group: usize,
    /// How, if it is replaced.
    pub replacement: Option<Replacement>,
    /// Why, in the plan's words. New words may appear.
    pub reason: Option<Cow<'a, str>>,
    /// Whether an existing object is imported along the way.
    pub importing: bool,
    /// The attributes that force a replacement.
    pub replace_paths: Vec<Path>,
    has_unknown_mask: bool,
    has_marks: bool,
    before: Side<'a>,
    after: Side<'a>,
    lazy: Lazy<'a>,
}

/// The sides of a change, indexed when they are first asked for.
#[derive(Debug, Default)]
struct Lazy<'a> {
    before: Parsed<'a>,
    after: Parsed<'a>,
    /// What they know of; everything, if this says nothing.
    names: Option<Arc<Names>>,
    /// Every policy is told.
    region: OnceLock<Option<Cow<'a, str>>>,
}

type Parsed<'a> = OnceLock<Result<Box<Index<'a>>, Box<Fault>>>;

impl<'a> ResourceChange<'a> {
    /// Returns an attribute as it was, absent for everything that a create makes.
    ///
    /// # Errors
    /// If the plan says two things at once there (a key that occurs twice), or what
    /// no plan says (text that is none, nesting without end).
    pub fn before(&self, path: &Path) -> Result<Value<'a>, PlanError> {
        self.get(self.before, &self.lazy.before, path)
    }

    /// Returns an attribute as it will be, absent for everything that a delete or a
    /// forget removes.
    ///
    /// # Errors
    /// As [`ResourceChange::before`].
    pub fn after(&self, path: &Path) -> Result<Value<'a>, PlanError> {
        self.get(self.after, &self.lazy.after, path)
    }

    /// Whether the plan says what of it is sensitive. Plans before 0.15 do not, and names decide.
    #[must_use]
    pub fn has_marks(&self) -> bool {
        self.has_marks
    }

    /// Returns the attributes on the two sides of which not the same stands, sorted. That a
    /// provider reads back null, empty text or an empty collection for one of the others is no
    /// difference. None where it cannot be told.
    #[must_use]
    pub fn differences(&self) -> Option<Vec<String>> {
        self.before.differences(self.after)
    }

    /// The same at the price of reading both sides.
    ///
    /// # Errors
    /// When the meter has run out.
    pub fn differences_within(&self, meter: &Meter) -> Result<Option<Vec<String>>, PlanError> {
        meter
            .work(self.before.size() + self.after.size())
            .map_err(PlanError::Spent)?;
        Ok(self.differences())
    }

    /// Reads many attributes, at a price.
    ///
    /// # Errors
    /// When the meter has run out.
    pub fn attributes<'c>(&'c self, meter: &'c Meter) -> Result<Attributes<'c, 'a>, PlanError> {
        // Also where somebody else had it parsed already: the price is the same for everybody.
        meter
            .work(self.before.size() + self.after.size())
            .map_err(PlanError::Spent)?;
        Ok(Attributes {
            change: self,
            meter,
            before: Descent::default(),
            after: Descent::default(),
        })
    }

    fn get(&self, side: Side<'a>, index: &Parsed<'a>, path: &Path) -> Result<Value<'a>, PlanError> {
        self.descend(
            side,
            index,
            path,
            &mut Descent::default(),
            &Meter::unlimited(),
        )
    }

    fn descend(
        &self,
        side: Side<'a>,
        index: &Parsed<'a>,
        path: &Path,
        descent: &mut Descent<'a>,
        meter: &Meter,
    ) -> Result<Value<'a>, PlanError> {
        if side.is_absent() {
            return Ok(Value::Absent);
        }
        let at = || match path.steps() {
            [] => format!("the change of {}", self.address),
            _ => format!("the change of {}, attribute `{path}`", self.address),
        };
        let names = self.lazy.names.as_deref();
        if names.is_some_and(|names| !names.lead_to(path)) {
            return Index::new(side)
                .and_then(|index| Descent::default().get(&index, side, path, meter))
                .map_err(|fault| fault.at(at()));
        }
        let parse = || {
            let index = match names {
                Some(names) => Index::narrow(side, names),
                None => Index::new(side),
            };
            index.map(Box::new).map_err(Box::new)
        };
        index
            .get_or_init(parse)
            .as_ref()
            .map_err(|fault| Fault::clone(fault))
            .and_then(|index| descent.get(index, side, path, meter))
            .map_err(|fault| fault.at(at()))
    }
}

/// Attributes of one change, read one after the other. Paths that begin alike are best asked
/// for together.
#[derive(Debug)]
pub struct Attributes<'c, 'a> {
    change: &'c ResourceChange<'a>,
    meter: &'c Meter,
    before: Descent<'a>,
    after: Descent<'a>,
}

impl<'a> Attributes<'_, 'a> {
    /// As [`ResourceChange::before`].
    ///
    /// # Errors
    /// As there, and when the meter has run out.
    pub fn before(&mut self, path: &Path) -> Result<Value<'a>, PlanError> {
        let change = self.change;
        let (side, index) = (change.before, &change.lazy.before);
        change.descend(side, index, path, &mut self.before, self.meter)
    }

    /// As [`ResourceChange::after`].
    ///
    /// # Errors
    /// As [`Attributes::before`].
    pub fn after(&mut self, path: &Path) -> Result<Value<'a>, PlanError> {
        let change = self.change;
        let (side, index) = (change.after, &change.lazy.after);
        change.descend(side, index, path, &mut self.after, self.meter)
    }
}

/// A change that Terraform puts off to a later plan.
#[derive(Debug)]
pub struct Deferred<'a> {
    /// Why, in the plan's words.
    pub reason: Cow<'a, str>,
    /// What is known of it.
    pub change: ResourceChange<'a>,
}

/// The state of a `check` block or a custom condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckStatus {
    /// It holds.
    Pass,
    /// It does not hold.
    Fail,
    /// It could not be evaluated.
    Error,
    /// It cannot be told before apply, or the plan has a word that came later.
    Unknown,
}

impl CheckStatus {
    /// The plan's own word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Error => "error",
            Self::Unknown => "unknown",
        }
    }
}

/// A `check` block, or an object with custom conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// As the tool displays it, such as `check.health` or `aws_s3_bucket.b`.
    pub address: String,
    /// Of all its instances together.
    pub status: CheckStatus,
    /// The messages of the conditions that do not hold.
    pub problems: Vec<String>,
}

/// A provider action that runs during apply and changes no resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionInvocation<'a> {
    /// The address of the `action` block.
    pub address: Cow<'a, str>,
    /// The action type.
    pub kind: Cow<'a, str>,
    /// The full name of the provider.
    pub provider: Cow<'a, str>,
    /// The resource whose change triggers it, if one does.
    pub triggered_by: Option<Cow<'a, str>>,
    /// Such as `AfterCreate`, in the plan's words.
    pub event: Option<Cow<'a, str>>,
    /// Why it is put off to a later plan, if it is.
    pub deferred: Option<Cow<'a, str>>,
}

/// A change to an output of the root module.
#[derive(Clone, Debug)]
pub struct OutputChange<'a> {
    /// The name of the output.
    pub name: Cow<'a, str>,
    /// As the plan states it; OpenTofu and Terraform do not promise that it is exact.
    pub action: Action,
    before: Side<'a>,
    after: Side<'a>,
}

impl<'a> OutputChange<'a> {
    /// Returns the value as it was.
    ///
    /// # Errors
    /// As [`ResourceChange::before`].
    pub fn before(&self) -> Result<Value<'a>, PlanError> {
        self.get(self.before)
    }

    /// Returns the value as it will be.
    ///
    /// # Errors
    /// As [`ResourceChange::before`].
    pub fn after(&self) -> Result<Value<'a>, PlanError> {
        self.get(self.after)
    }

    /// Returns the value as it was and as it will be, at a price.
    ///
    /// # Errors
    /// As [`OutputChange::before`], and when the meter has run out.
    pub fn values(&self, meter: &Meter) -> Result<[Value<'a>; 2], PlanError> {
        Ok([
            self.get_within(self.before, meter)?,
            self.get_within(self.after, meter)?,
        ])
    }

    fn get(&self, side: Side<'a>) -> Result<Value<'a>, PlanError> {
        self.get_within(side, &Meter::unlimited())
    }

    fn get_within(&self, side: Side<'a>, meter: &Meter) -> Result<Value<'a>, PlanError> {
        Index::new(side)
            .and_then(|index| Descent::default().get(&index, side, &Path::default(), meter))
            .map_err(|fault| fault.at(format!("output.{}", self.name)))
    }
}
