//! `expiry-widened`

use tollgate_policy::{Action, Attr, Field, Finding, RuleDef, Severity};

use crate::history::EXPIRIES;
use crate::subject::Subject;

/// More objects expire, or they expire sooner.
///
/// # What it does
/// Compares the rules by which objects of a bucket or storage account are deleted: one that
/// loses its prefix or gets another, one that is turned on, one whose days become fewer, and
/// a new one that all objects are under. Rules are told apart by their names, where they
/// have one.
///
/// # Why
/// The service deletes what is old enough within a day, and versions with it. A rule without
/// a prefix is a rule for everything.
///
/// # Example
/// ```hcl
/// rule {
///   id     = "old-logs"
///   status = "Enabled"
///   filter {} # was { prefix = "logs/" }
///   expiration { days = 30 }
/// }
/// ```
pub(crate) const RULE: RuleDef = RuleDef {
    id: "expiry-widened",
    title: "Objects that expire by this plan",
    description: "The plan changes by which rules objects are deleted, so that more of them expire, \
        or sooner. The service deletes what is old enough soon after the apply.",
    severity: Severity::Critical,
    remediation: "Keep the prefix and the days of the rule; if these objects may go, waive this rule for the address.",
    links: &[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-expire-general-considerations.html",
    ],
};

/// A rule by which objects are deleted.
#[derive(Clone, Debug, PartialEq)]
struct Expiry {
    /// Its name, where it has one.
    name: Option<String>,
    /// What the names of the objects begin with; empty for all.
    prefixes: Vec<String>,
    /// Everything else that narrows it, as text.
    narrowed: Vec<String>,
    /// After how many days, by what they count from.
    days: Vec<(&'static str, i64)>,
    /// Something about it is known only after apply.
    open: bool,
}

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    if change.action != Action::Update {
        return Vec::new();
    }
    EXPIRIES
        .iter()
        .filter(|(kind, _)| *kind == change.kind)
        .flat_map(|(kind, block)| {
            let before = expiries(kind, &change.before(block));
            let blocks = change.after(block);
            let mut findings: Vec<Finding> = expiries(kind, &blocks)
                .iter()
                .filter(|after| !before.contains(after))
                .filter_map(|after| {
                    let message = widened(&before, after)?;
                    let name = match &after.name {
                        Some(name) => format!("the rule {name}"),
                        None => "a rule".to_owned(),
                    };
                    Some(if after.open {
                        RULE.undetermined(
                            change,
                            format!("whether {name} expires more cannot be told before apply"),
                        )
                    } else {
                        RULE.violation(change, format!("{name} {message}"))
                    })
                })
                .collect();
            if let Some(why) = blocks.undetermined() {
                findings.push(RULE.undetermined(
                    change,
                    format!("which objects expire cannot be told: `{block}` is {why}"),
                ));
            }
            findings
                .into_iter()
                .map(|finding| subject.cited(finding.attribute(*block), None))
        })
        .collect()
}

/// How a rule reaches further than before, if it does.
fn widened(before: &[Expiry], after: &Expiry) -> Option<String> {
    let everything = after.prefixes.is_empty() && after.narrowed.is_empty();
    // Without names, the nearest is the one with the same days.
    let same = match &after.name {
        Some(_) => before.iter().find(|one| one.name == after.name),
        None => before.iter().find(|one| one.days == after.days),
    };
    let Some(same) = same else {
        return everything.then(|| "is new, and all objects expire by it".to_owned());
    };
    let was_everything = same.prefixes.is_empty() && same.narrowed.is_empty();
    if everything && !was_everything {
        return Some("has no prefix or filter any more, and all objects expire by it".to_owned());
    }
    let reaches_others = !same.prefixes.is_empty()
        && !after.prefixes.iter().all(|prefix| {
            same.prefixes
                .iter()
                .any(|old| prefix.starts_with(old.as_str()))
        })
        || !same.prefixes.is_empty() && after.prefixes.is_empty()
        || same
            .narrowed
            .iter()
            .any(|one| !after.narrowed.contains(one));
    if reaches_others {
        return Some("expires other objects than before".to_owned());
    }
    let sooner = after.days.iter().find(|(what, days)| {
        same.days
            .iter()
            .find(|(other, _)| other == what)
            .is_none_or(|(_, old)| days < old)
    });
    sooner.map(|(what, days)| format!("expires objects sooner than before: {days} days ({what})"))
}

fn expiries(kind: &str, blocks: &Field) -> Vec<Expiry> {
    let Attr::Known(blocks) = blocks.items() else {
        return Vec::new();
    };
    let read = match kind {
        "google_storage_bucket" => google,
        "azurerm_storage_management_policy" => azure,
        "aws_s3_bucket" => aws_inline,
        _ => aws,
    };
    blocks
        .iter()
        .map(read)
        .filter(|expiry| !expiry.days.is_empty() || expiry.open)
        .collect()
}

impl Expiry {
    fn named(name: Option<String>) -> Self {
        Self {
            name,
            prefixes: Vec::new(),
            narrowed: Vec::new(),
            days: Vec::new(),
            open: false,
        }
    }

    /// Adds a number of days, if there is one.
    fn after(&mut self, what: &'static str, field: &Field) {
        match field.integer() {
            Attr::Known(days) => self.days.push((what, days)),
            Attr::Unset => {}
            Attr::Undetermined(_) => self.open = true,
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

    /// Adds whatever else stands there as something that narrows the rule.
    fn narrow(&mut self, what: &str, field: &Field) {
        if field.undetermined().is_some() {
            self.open = true;
        } else if let Attr::Known(items) = field.items() {
            if !items.is_empty() {
                self.narrowed.push(format!("{what} {items:?}"));
            }
        } else if let Attr::Known(entries) = field.entries() {
            if !entries.is_empty() {
                self.narrowed.push(format!("{what} {entries:?}"));
            }
        } else if let Attr::Known(text) = field.text()
            && !text.is_empty()
            && text != "0"
        {
            self.narrowed.push(format!("{what} {text}"));
        }
    }
}

fn text(field: &Field) -> Option<String> {
    match field.text() {
        Attr::Known(text) => Some(text),
        Attr::Unset | Attr::Undetermined(_) => None,
    }
}

fn aws(rule: &Field) -> Expiry {
    let mut expiry = Expiry::named(text(&rule.get("id")));
    if text(&rule.get("status")).is_some_and(|status| status != "Enabled") {
        return expiry;
    }
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
    if text(&rule.get("enabled")).is_some_and(|enabled| enabled != "true") {
        return expiry;
    }
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
    if text(&expiration.get("date")).is_some_and(|date| !date.is_empty()) {
        expiry.days.push(("a date", 0));
    }
    let versions = rule.get("noncurrent_version_expiration").first();
    expiry.after("noncurrent versions", &versions.get(noncurrent));
}

fn google(rule: &Field) -> Expiry {
    let mut expiry = Expiry::named(None);
    if text(&rule.get("action").first().get("type")).is_none_or(|action| action != "Delete") {
        return expiry;
    }
    let condition = rule.get("condition").first();
    for (what, key) in [
        ("age", "age"),
        ("noncurrent", "days_since_noncurrent_time"),
        ("custom time", "days_since_custom_time"),
    ] {
        match condition.get(key).integer() {
            Attr::Known(0) => {}
            _ => expiry.after(what, &condition.get(key)),
        }
    }
    if expiry.days.is_empty() {
        expiry.days.push(("another condition", 0));
    }
    expiry.prefixes(&condition.get("matches_prefix"));
    for what in [
        "matches_suffix",
        "matches_storage_class",
        "num_newer_versions",
        "created_before",
        "custom_time_before",
        "noncurrent_time_before",
    ] {
        expiry.narrow(what, &condition.get(what));
    }
    if let Some(state) = text(&condition.get("with_state"))
        && state != "ANY"
    {
        expiry.narrowed.push(format!("with_state {state}"));
    }
    expiry
}

fn azure(rule: &Field) -> Expiry {
    let mut expiry = Expiry::named(text(&rule.get("name")));
    if text(&rule.get("enabled")).is_some_and(|enabled| enabled != "true") {
        return expiry;
    }
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
