//! `expiry-widened`

use std::collections::{BTreeMap, BTreeSet};

use tollgate_policy::{Action, Attr, Change, Field, Finding, RuleDef, Severity, Why};
use tollgate_policy_common::text::clipped;

use crate::history::{BY_ATTRIBUTE, EXPIRIES, How, LIVES, Life};
use crate::span::Span;
use crate::subject::Subject;

mod documents;
mod images;
mod versions;

/// More objects expire, or they expire sooner.
///
/// Compares the rules by which objects of a bucket or storage account are deleted: one that
/// loses its prefix or gets another, one that is turned on, one whose days become fewer or whose
/// date comes nearer, one that keeps fewer earlier versions, and a new one that all objects are
/// under, also where the rules are new for a bucket that the plan does not make. A new rule for
/// some objects, such as those of a prefix, is advice: whoever writes it names what goes. Rules
/// are told apart by their names; one without a name, or with another, by what it is about. Whether
/// a rule expires more of which a number or its status is known only after apply cannot be told.
/// Of tables: that records expire by an attribute or after a time, where they did not or later, or
/// by another attribute; of column families, that garbage collection takes cells that it left.
/// Of registries: that images expire, also by rules that only reported what they would delete, or
/// that a rule which keeps some keeps fewer. Of secrets: that one expires, or sooner.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "expiry-widened",
    title: "Objects that expire by this plan",
    description: "The plan changes by which rules objects are deleted, so that more of them expire, \
        or sooner. The service deletes what is old enough soon after the apply.",
    severity: Severity::Critical,
    remediation: "Keep the prefix and the days of the rule; if these objects may go, waive this rule for the address.",
    example: r#"```hcl
rule {
  id     = "old-logs"
  status = "Enabled"
  filter {} # was { prefix = "logs/" }
  expiration { days = 30 }
}
```"#,
    links: &[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-expire-general-considerations.html",
    ],
};

/// The buckets of a plan, as far as rules of their own resource need them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Buckets<'a> {
    /// The names of those that the plan makes: nothing is in them yet.
    new: BTreeSet<String>,
    /// Those of today by name.
    today: BTreeMap<String, &'a Change>,
    /// The names of the repositories of images that the plan makes.
    repositories: BTreeSet<String>,
}

/// The type whose rules are in a resource of their own, and the attribute that names it there.
pub(crate) const BUCKET: (&str, &str) = ("aws_s3_bucket", "bucket");
const APART: &str = "aws_s3_bucket_lifecycle_configuration";
/// The type that holds images, and its name.
const REPOSITORY: (&str, &str) = ("aws_ecr_repository", "name");
const IMAGES: &str = "aws_ecr_lifecycle_policy";

impl<'a> Buckets<'a> {
    pub(crate) fn of(changes: &'a [Change]) -> Self {
        let mut buckets = Self::default();
        for change in changes.iter().filter(|change| change.kind == BUCKET.0) {
            if let Attr::Known(name) = change.before(BUCKET.1).text() {
                buckets.today.insert(name, change);
            }
            if matches!(change.action, Action::Create | Action::Replace)
                && let Attr::Known(name) = change.after(BUCKET.1).text()
            {
                buckets.new.insert(name);
            }
        }
        for change in changes.iter().filter(|change| change.kind == REPOSITORY.0) {
            if matches!(change.action, Action::Create | Action::Replace)
                && let Attr::Known(name) = change.after(REPOSITORY.1).text()
            {
                buckets.repositories.insert(name);
            }
        }
        buckets
    }

    /// The rules that held before those of a resource that the plan makes; none where nothing
    /// can be lost.
    fn before(&self, change: &Change) -> Option<Vec<Expiry>> {
        match change.kind.as_str() {
            APART => {
                let Attr::Known(name) = change.after(BUCKET.1).text() else {
                    return None;
                };
                if self.new.contains(&name) {
                    return None;
                }
                // A bucket shows the rules that it has, also those that are moved out of it.
                Some(self.today.get(&name).map_or_else(Vec::new, |bucket| {
                    expiries(BUCKET.0, &bucket.before("lifecycle_rule"))
                }))
            }
            IMAGES => match change.after("repository").text() {
                Attr::Known(name) => (!self.repositories.contains(&name)).then(Vec::new),
                Attr::Unset | Attr::Undetermined(_) => None,
            },
            // Of an account that the plan makes it is known only after apply.
            "azurerm_storage_management_policy" => {
                matches!(change.after("storage_account_id").text(), Attr::Known(_)).then(Vec::new)
            }
            _ => None,
        }
    }
}

/// A rule by which objects are deleted.
#[derive(Clone, Debug, PartialEq)]
struct Expiry {
    /// Its name, where it has one.
    name: Option<String>,
    /// Whether it is turned on.
    on: bool,
    /// What the names of the objects begin with; empty for all.
    prefixes: Vec<String>,
    /// What else an object has to be, each with the values of which one will do.
    narrowed: Vec<(String, Vec<String>)>,
    /// When it deletes; each of them does for itself.
    clocks: Vec<Clock>,
    /// Something about it is known only after apply.
    open: bool,
    /// One of the limits is.
    open_limit: bool,
}

/// What has to hold before an object goes. The smaller a number, the more objects it is true of.
#[derive(Clone, Debug, PartialEq)]
struct Clock {
    what: &'static str,
    limits: Vec<(&'static str, i64)>,
}

impl Clock {
    /// The limit by which it deletes more than the other, with the number of both.
    fn sooner(&self, old: &Self) -> Option<(&'static str, Option<i64>, i64)> {
        old.limits.iter().find_map(|(what, was)| {
            let now = self.limits.iter().find(|(other, _)| other == what);
            let now = now.map(|(_, number)| *number);
            now.is_none_or(|now| now < *was)
                .then_some((*what, now, *was))
        })
    }
}

impl Expiry {
    /// Whether it deletes at least what the other one does, and as soon.
    fn covers(&self, other: &Self) -> bool {
        self.on
            && !self.open
            && !other.open
            && !reaches_others(self, other)
            && other.clocks.iter().all(|clock| {
                self.clocks
                    .iter()
                    .any(|own| own.what == clock.what && clock.sooner(own).is_none())
            })
    }

    /// Whether it is about the same objects.
    fn alike(&self, other: &Self) -> bool {
        !reaches_others(self, other) && !reaches_others(other, self)
    }

    fn is_everything(&self) -> bool {
        self.prefixes.is_empty()
            // What is live is all that a bucket without versions has.
            && self.narrowed.iter().all(|(what, of)| what == "with_state" && of == &["LIVE"])
            && self.clocks.iter().any(|clock| {
                clock.limits.iter().all(|(what, _)| !NARROWING.contains(what))
            })
    }
}

/// Limits that leave objects out for good, not only for a time.
const NARROWING: [&str; 5] = [
    "newer than",
    "newer versions",
    "created before",
    "noncurrent before",
    "custom time before",
];

pub(crate) fn check(subject: &Subject<'_>, buckets: &Buckets<'_>) -> Vec<Finding> {
    let change = subject.change;
    let mut findings = lives(subject);
    findings.extend(attributes(subject));
    findings.extend(versions::check(change));
    findings.extend(images::kept(change));
    for (kind, block) in EXPIRIES.iter().filter(|(kind, _)| *kind == change.kind) {
        let before = match change.action {
            Action::Update => images::on(change, false, expiries(kind, &change.before(block))),
            Action::Create | Action::Replace if !change.importing => match buckets.before(change) {
                Some(mut before) => {
                    // A Replace may be the move to another bucket, whose rules those are not.
                    let of = if change.kind == IMAGES {
                        "repository"
                    } else {
                        BUCKET.1
                    };
                    if ![APART, IMAGES].contains(&change.kind.as_str())
                        || change.before(of).text() == change.after(of).text()
                    {
                        before.extend(expiries(kind, &change.before(block)));
                    }
                    before
                }
                None => continue,
            },
            _ => continue,
        };
        let blocks = change.after(block);
        let after = images::on(change, true, expiries(kind, &blocks));
        let mut found: Vec<Finding> = after
            .iter()
            .filter(|rule| rule.on)
            .filter(|rule| !before.contains(rule) && !before.iter().any(|old| old.covers(rule)))
            .filter_map(|rule| {
                let (message, certain) = widened(&before, &after, rule);
                let message = message?;
                let name = match &rule.name {
                    Some(name) => format!("the rule `{name}`"),
                    None => "a rule".to_owned(),
                };
                Some(if rule.open {
                    RULE.undetermined(
                        change,
                        format!("whether {name} expires more cannot be told before apply"),
                    )
                } else {
                    let finding = RULE.violation(change, format!("{name} {message}"));
                    if certain { finding } else { finding.advice() }
                })
            })
            .collect();
        if let Some(why) = blocks.undetermined() {
            found.push(RULE.undetermined(
                change,
                format!("which objects expire cannot be told: `{block}` is {why}"),
            ));
        }
        findings.extend(found.into_iter().map(|finding| finding.attribute(*block)));
    }
    findings
        .into_iter()
        .map(|finding| subject.cited(finding, None))
        .collect()
}

/// How a rule reaches further than before, if it does, and whether that is more than advice.
fn widened(before: &[Expiry], all: &[Expiry], after: &Expiry) -> (Option<String>, bool) {
    // Those that are not there any more: a rule without a name, or with a new one, may be one of
    // them with something changed.
    let gone: Vec<&Expiry> = before
        .iter()
        .filter(|old| {
            old.on
                && !all.contains(old)
                && !all
                    .iter()
                    .any(|one| one.name.is_some() && one.name == old.name)
        })
        .collect();
    let same = before
        .iter()
        .find(|old| old.name.is_some() && old.name == after.name)
        .or_else(|| gone.iter().copied().find(|old| old.alike(after)))
        .or_else(|| gone.iter().copied().find(|old| old.clocks == after.clocks));
    let everything = after.is_everything();
    let whom = if everything {
        "all objects"
    } else {
        "the objects that it names"
    };
    let Some(same) = same else {
        return (Some(format!("is new, and {whom} expire by it")), everything);
    };
    if !same.on {
        return (Some(format!("is turned on, and {whom} expire by it")), true);
    }
    if everything && !same.is_everything() {
        return (
            Some("has no prefix or filter any more, and all objects expire by it".to_owned()),
            true,
        );
    }
    if reaches_others(same, after) {
        return (Some("expires other objects than before".to_owned()), true);
    }
    let message = after.clocks.iter().find_map(|clock| {
        let Some(old) = same.clocks.iter().find(|old| old.what == clock.what) else {
            return Some(format!("also deletes by {} now", clock.what));
        };
        let (limit, now, was) = clock.sooner(old)?;
        let now = now.map_or_else(|| "none".to_owned(), |now| counted(limit, now));
        Some(format!(
            "expires more objects, or sooner: {} of {} {} -> {now}",
            limit,
            clock.what,
            counted(limit, was)
        ))
    });
    // What is known only after apply may be less than it was.
    let message = message.or_else(|| after.open_limit.then(|| "may expire sooner".to_owned()));
    (message, true)
}

/// A limit as people write it: dates are kept as numbers, and as negative ones where a later one
/// deletes more.
fn counted(limit: &str, number: i64) -> String {
    if limit == "date" || limit.ends_with("before") {
        let date = number.unsigned_abs();
        format!(
            "{:04}-{:02}-{:02}",
            date / 10_000,
            date / 100 % 100,
            date % 100
        )
    } else if limit == AGE {
        match number {
            86_400 => "1 day".to_owned(),
            _ if number % 86_400 == 0 => format!("{} days", number / 86_400),
            _ => format!("{number} seconds"),
        }
    } else {
        number.to_string()
    }
}

/// A limit in seconds.
const AGE: &str = "age";

/// Whether the second rule is about objects that the first is not about.
fn reaches_others(old: &Expiry, new: &Expiry) -> bool {
    let prefixes = !old.prefixes.is_empty()
        && (new.prefixes.is_empty()
            || !new.prefixes.iter().all(|prefix| {
                old.prefixes
                    .iter()
                    .any(|old| prefix.starts_with(old.as_str()))
            }));
    prefixes
        || old.narrowed.iter().any(|(what, of)| {
            !new.narrowed
                .iter()
                .any(|(other, now)| other == what && now.iter().all(|value| of.contains(value)))
        })
}

/// Records of tables that expire.
fn lives(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    if change.action != Action::Update {
        return Vec::new();
    }
    LIVES
        .iter()
        .filter(|row| row.kind == change.kind)
        .filter_map(|row| {
            let (before, after) = (change.before(row.path), change.after(row.path));
            let was = life(row, &before);
            let finding = if after.undetermined().is_some() {
                RULE.undetermined(
                    change,
                    format!(
                        "whether {} expire cannot be told: `{}` is known only after apply",
                        row.what, row.path
                    ),
                )
            } else {
                let now = life(row, &after)?;
                if was.is_some_and(|was| was <= now) {
                    return None;
                }
                let shown = |field: &Field| match field.text() {
                    Attr::Known(text) => format!("`{}`", clipped(&text)),
                    Attr::Unset => "not set".to_owned(),
                    Attr::Undetermined(_) => match field.items() {
                        Attr::Known(items) if items.is_empty() => "none".to_owned(),
                        _ => "set".to_owned(),
                    },
                };
                RULE.violation(
                    change,
                    format!(
                        "{} expire that did not, or sooner: `{}` {} -> {}",
                        row.what,
                        row.path,
                        shown(&before),
                        shown(&after)
                    ),
                )
            };
            Some(finding.attribute(row.path))
        })
        .collect()
}

/// After how long a record goes; none where it stays.
fn life(row: &Life, field: &Field) -> Option<i64> {
    if row.how == How::Present {
        return field
            .items()
            .is_known_and(|items| !items.is_empty())
            .then_some(0);
    }
    let text = match (field.text(), row.how) {
        (Attr::Known(text), _) => text,
        (Attr::Unset, How::SpanOr(seconds)) => return Some(seconds),
        _ => return None,
    };
    match row.how {
        How::Word(on) => (text == on).then_some(0),
        How::Number => text.parse().ok().filter(|number| *number > 0),
        How::Date => {
            let digits: String = text.chars().filter(char::is_ascii_digit).take(14).collect();
            digits.parse().ok().filter(|_| digits.len() >= 8)
        }
        How::Span | How::SpanOr(_) => Span::read(&text).map(|span| span.seconds),
        How::Present => None,
    }
}

/// Records that expire by another attribute.
fn attributes(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    if change.action != Action::Update {
        return Vec::new();
    }
    BY_ATTRIBUTE
        .iter()
        .filter(|(kind, _, _)| *kind == change.kind)
        .filter_map(|(_, enabled, path)| {
            let on = |field: Field| field.text().is_known_and(|text| text == "true");
            if !on(change.before(enabled)) || !on(change.after(enabled)) {
                return None;
            }
            let Attr::Known(before) = change.before(path).text() else {
                return None;
            };
            let finding = match change.after(path).text() {
                Attr::Known(after) if after == before => return None,
                Attr::Unset => return None,
                Attr::Known(after) => RULE.violation(
                    change,
                    format!(
                        "records expire by another attribute: `{path}` `{}` -> `{}`",
                        clipped(&before),
                        clipped(&after)
                    ),
                ),
                Attr::Undetermined(why) => RULE.undetermined(
                    change,
                    format!("by which attribute records expire cannot be told: `{path}` is {why}"),
                ),
            };
            Some(finding.attribute(*path))
        })
        .collect()
}

fn expiries(kind: &str, blocks: &Field) -> Vec<Expiry> {
    if let Some(read) = documents::reader(kind) {
        return match blocks.text() {
            Attr::Known(text) => read(&text),
            Attr::Unset | Attr::Undetermined(_) => Vec::new(),
        };
    }
    let Attr::Known(blocks) = blocks.items() else {
        return Vec::new();
    };
    let read = match kind {
        "google_storage_bucket" => google,
        "google_artifact_registry_repository" => images::google,
        "azurerm_storage_management_policy" => azure,
        "aws_s3_bucket" | "digitalocean_spaces_bucket" | "linode_object_storage_bucket" => {
            aws_inline
        }
        _ => aws,
    };
    blocks
        .iter()
        .map(read)
        .filter(|expiry| !expiry.clocks.is_empty() || expiry.open)
        .collect()
}

impl Expiry {
    fn named(name: Option<String>) -> Self {
        Self {
            name,
            on: true,
            prefixes: Vec::new(),
            narrowed: Vec::new(),
            clocks: Vec::new(),
            open: false,
            open_limit: false,
        }
    }

    /// Reads whether it is turned on; of one of which that cannot be told it may be.
    fn turned(&mut self, field: &Field, on: &str) {
        self.open |= field.undetermined().is_some();
        self.on = text(field).is_none_or(|text| text == on);
    }

    /// Whether its action deletes, or may: of one of which that is known only after apply.
    fn deletes(&mut self, action: &Field, deletes: &str) -> bool {
        let unknown = action.undetermined().is_some();
        self.open |= unknown;
        self.open_limit |= unknown;
        unknown || text(action).is_some_and(|action| action == deletes)
    }

    /// Adds the state that an object has to be in, if it has to be in one.
    fn state(&mut self, what: &str, field: &Field) {
        self.open |= field.undetermined().is_some();
        if let Some(state) = text(field)
            && state != "ANY"
        {
            self.narrowed.push((what.to_owned(), vec![state]));
        }
    }

    /// Adds something that deletes after a number of days, if there is one.
    fn after(&mut self, what: &'static str, field: &Field) {
        let limits = self.limit("days", field).into_iter().collect::<Vec<_>>();
        if !limits.is_empty() {
            self.clocks.push(Clock { what, limits });
        }
    }

    /// A limit, if there is one.
    fn limit(&mut self, what: &'static str, field: &Field) -> Option<(&'static str, i64)> {
        match field.integer() {
            Attr::Known(number) => Some((what, number)),
            Attr::Unset => None,
            Attr::Undetermined(_) => {
                self.open = true;
                self.open_limit = true;
                None
            }
        }
    }

    fn prefix(&mut self, field: &Field) {
        match field.text() {
            Attr::Known(prefix) if prefix.is_empty() => {}
            Attr::Known(prefix) => self.prefixes.push(prefix),
            Attr::Unset => {}
            Attr::Undetermined(_) => self.open = true,
        }
    }

    fn prefixes(&mut self, field: &Field) {
        match field.items() {
            Attr::Known(prefixes) => prefixes.iter().for_each(|prefix| self.prefix(prefix)),
            Attr::Unset => {}
            Attr::Undetermined(_) => self.open = true,
        }
    }

    /// Adds whatever else stands there as something that narrows the rule: one of a list will do,
    /// and all of a map have to hold.
    fn narrow(&mut self, what: &str, field: &Field) {
        if field.undetermined().is_some() {
            self.open = true;
        } else if let Attr::Known(items) = field.items() {
            if items.iter().any(is_unknown) {
                self.open = true;
            } else if !items.is_empty() {
                let of = items
                    .iter()
                    .map(|item| text(item).unwrap_or_else(|| format!("{item:?}")));
                self.narrowed.push((what.to_owned(), of.collect()));
            }
        } else if let Attr::Known(entries) = field.entries() {
            for (key, value) in entries {
                if is_unknown(&value) {
                    self.open = true;
                } else {
                    self.narrowed
                        .push((format!("{what} {key}"), vec![format!("{value:?}")]));
                }
            }
        } else if let Attr::Known(text) = field.text()
            && !text.is_empty()
            && text != "0"
        {
            self.narrowed.push((what.to_owned(), vec![text]));
        }
    }
}

/// Whether it is known only after apply, or kept from the policy.
fn is_unknown(field: &Field) -> bool {
    matches!(field.undetermined(), Some(Why::Unknown | Why::Sensitive))
}

fn text(field: &Field) -> Option<String> {
    match field.text() {
        Attr::Known(text) => Some(text),
        Attr::Unset | Attr::Undetermined(_) => None,
    }
}

fn aws(rule: &Field) -> Expiry {
    let mut expiry = Expiry::named(text(&rule.get("id")));
    expiry.turned(&rule.get("status"), "Enabled");
    aws_days(&mut expiry, rule, "noncurrent_days");
    expiry.prefix(&rule.get("prefix"));
    let filter = rule.get("filter").first();
    for part in [filter.clone(), filter.get("and").first()] {
        expiry.prefix(&part.get("prefix"));
        for what in [
            "tag",
            "tags",
            "object_size_greater_than",
            "object_size_less_than",
        ] {
            expiry.narrow(what, &part.get(what));
        }
    }
    expiry
}

fn aws_inline(rule: &Field) -> Expiry {
    let mut expiry = Expiry::named(text(&rule.get("id")));
    expiry.turned(&rule.get("enabled"), "true");
    aws_days(&mut expiry, rule, "days");
    expiry.prefix(&rule.get("prefix"));
    expiry.narrow("tags", &rule.get("tags"));
    expiry
}

fn aws_days(expiry: &mut Expiry, rule: &Field, noncurrent: &str) {
    let expiration = rule.get("expiration").first();
    match expiration.get("days").integer() {
        // As good as none: a date, or only markers of what was deleted.
        Attr::Known(0) => {}
        _ => expiry.after("expiration", &expiration.get("days")),
    }
    if expiration.get("date").undetermined().is_some() {
        expiry.open = true;
        expiry.open_limit = true;
    }
    if let Some(date) = text(&expiration.get("date")).and_then(|date| day(&date)) {
        expiry.clocks.push(Clock {
            what: "expiration by date",
            limits: vec![("date", date)],
        });
    }
    let versions = rule.get("noncurrent_version_expiration").first();
    let mut limits = Vec::new();
    limits.extend(expiry.limit("days", &versions.get(noncurrent)));
    if !limits.is_empty() {
        let kept = expiry.limit("newer versions", &versions.get("newer_noncurrent_versions"));
        limits.extend(kept.filter(|(_, number)| *number > 0));
        expiry.clocks.push(Clock {
            what: "noncurrent versions",
            limits,
        });
    }
}

/// The day of a date (`2030-01-31`, with or without a time) as a number that grows with it.
fn day(date: &str) -> Option<i64> {
    let digits: String = date.get(..10)?.split('-').collect();
    (digits.len() == 8).then(|| digits.parse().ok())?
}

fn google(rule: &Field) -> Expiry {
    let mut expiry = Expiry::named(None);
    if !expiry.deletes(&rule.get("action").first().get("type"), "Delete") {
        return expiry;
    }
    let condition = rule.get("condition").first();
    // All of them have to hold.
    let mut limits = Vec::new();
    for (what, key) in [
        ("days of age", "age"),
        ("days since noncurrent", "days_since_noncurrent_time"),
        ("days since custom time", "days_since_custom_time"),
        ("newer versions", "num_newer_versions"),
    ] {
        limits.extend(
            expiry
                .limit(what, &condition.get(key))
                .filter(|(_, number)| *number > 0),
        );
    }
    for (what, key) in [
        ("created before", "created_before"),
        ("noncurrent before", "noncurrent_time_before"),
        ("custom time before", "custom_time_before"),
    ] {
        if condition.get(key).undetermined().is_some() {
            expiry.open = true;
        }
        // The later the date, the more objects are from before it.
        limits.extend(
            text(&condition.get(key))
                .and_then(|date| day(&date))
                .map(|day| (what, -day)),
        );
    }
    expiry.clocks.push(Clock {
        what: "the rule",
        limits,
    });
    expiry.prefixes(&condition.get("matches_prefix"));
    for what in ["matches_suffix", "matches_storage_class"] {
        expiry.narrow(what, &condition.get(what));
    }
    expiry.state("with_state", &condition.get("with_state"));
    expiry
}

fn azure(rule: &Field) -> Expiry {
    let mut expiry = Expiry::named(text(&rule.get("name")));
    expiry.turned(&rule.get("enabled"), "true");
    let actions = rule.get("actions").first();
    let blob = actions.get("base_blob").first();
    for (what, key) in [
        (
            "modified",
            "delete_after_days_since_modification_greater_than",
        ),
        (
            "accessed",
            "delete_after_days_since_last_access_time_greater_than",
        ),
        ("created", "delete_after_days_since_creation_greater_than"),
    ] {
        azure_days(&mut expiry, what, &blob.get(key));
    }
    azure_days(
        &mut expiry,
        "snapshots",
        &actions
            .get("snapshot")
            .first()
            .get("delete_after_days_since_creation_greater_than"),
    );
    azure_days(
        &mut expiry,
        "versions",
        &actions
            .get("version")
            .first()
            .get("delete_after_days_since_creation"),
    );
    let filters = rule.get("filters").first();
    expiry.prefixes(&filters.get("prefix_match"));
    expiry.narrow("tags", &filters.get("match_blob_index_tag"));
    expiry
}

/// The provider writes -1 for none.
fn azure_days(expiry: &mut Expiry, what: &'static str, field: &Field) {
    match field.integer() {
        Attr::Known(days) if days < 0 => {}
        _ => expiry.after(what, field),
    }
}
