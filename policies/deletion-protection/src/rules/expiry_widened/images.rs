//! Rules by which a registry of Google's deletes versions, or keeps them.

use tollgate_policy::{Action, Attr, Change, Field, Finding};
use tollgate_policy_common::text::clipped;

use super::{AGE, Clock, Expiry, RULE, text};
use crate::span::Span;

const KIND: &str = "google_artifact_registry_repository";
const POLICIES: &str = "cleanup_policies";
const DRY_RUN: &str = "cleanup_policy_dry_run";

/// The rules as they are; off where the registry only reports what they would delete.
pub(super) fn on(change: &Change, after: bool, mut rules: Vec<Expiry>) -> Vec<Expiry> {
    if change.kind != KIND {
        return rules;
    }
    let dry = if after {
        change.after(DRY_RUN)
    } else {
        change.before(DRY_RUN)
    };
    for rule in &mut rules {
        match dry.text() {
            Attr::Known(dry) if dry == "true" => rule.on = false,
            Attr::Known(_) | Attr::Unset => {}
            Attr::Undetermined(_) => rule.open = true,
        }
    }
    rules
}

/// A rule that deletes.
pub(super) fn google(rule: &Field) -> Expiry {
    let mut expiry = Expiry::named(text(&rule.get("id")));
    if !expiry.deletes(&rule.get("action"), "DELETE") {
        return expiry;
    }
    let condition = rule.get("condition").first();
    let mut limits = Vec::new();
    for (what, key, sign) in [(AGE, "older_than", 1), ("newer than", "newer_than", -1)] {
        let field = condition.get(key);
        let unknown = field.undetermined().is_some();
        expiry.open |= unknown;
        expiry.open_limit |= unknown;
        let span = text(&field).and_then(|text| Span::read(&text));
        limits.extend(span.map(|span| (what, span.seconds.saturating_mul(sign))));
    }
    expiry.clocks.push(Clock {
        what: "the rule",
        limits,
    });
    for what in [
        "package_name_prefixes",
        "tag_prefixes",
        "version_name_prefixes",
    ] {
        expiry.narrow(what, &condition.get(what));
    }
    expiry.state("tag_state", &condition.get("tag_state"));
    expiry
}

/// Rules that keep what others delete, and keep fewer.
pub(super) fn kept(change: &Change) -> Vec<Finding> {
    if change.kind != KIND || change.action != Action::Update {
        return Vec::new();
    }
    let keeps_nothing_back = change
        .after(DRY_RUN)
        .text()
        .is_known_and(|dry| dry == "true");
    let (Attr::Known(before), Attr::Known(after)) = (
        change.before(POLICIES).items(),
        change.after(POLICIES).items(),
    ) else {
        return Vec::new();
    };
    let is = |rule: &Field, what: &str| text(&rule.get("action")).is_some_and(|is| is == what);
    if keeps_nothing_back || !after.iter().any(|rule| is(rule, "DELETE")) {
        return Vec::new();
    }
    before
        .iter()
        .filter(|rule| is(rule, "KEEP"))
        .filter_map(|rule| {
            let id = text(&rule.get("id"))?;
            let now = after.iter().find(|other| {
                text(&other.get("id")).as_ref() == Some(&id) && !is(other, "DELETE")
            });
            let id = clipped(&id);
            let Some(now) = now else {
                // One whose name is known only after apply may be it.
                let unclear = after
                    .iter()
                    .any(|other| other.get("id").undetermined().is_some());
                return Some(if unclear {
                    let message = format!("whether the rule `{id}`, which keeps versions that others delete, stays cannot be told before apply");
                    RULE.undetermined(change, message)
                } else {
                    let message = format!("the rule `{id}`, which keeps versions that others delete, is removed");
                    RULE.violation(change, message)
                });
            };
            let count = |rule: &Field| {
                rule.get("most_recent_versions")
                    .first()
                    .get("keep_count")
                    .integer()
            };
            match (count(rule), count(now)) {
                (Attr::Known(was), Attr::Known(is)) => (is < was).then(|| {
                    RULE.violation(
                        change,
                        format!("the rule `{id}` keeps {is} versions and no longer {was}"),
                    )
                }),
                (Attr::Known(_), Attr::Undetermined(why)) => Some(RULE.undetermined(
                    change,
                    format!("whether the rule `{id}` keeps fewer versions cannot be told: `keep_count` is {why}"),
                )),
                _ => None,
            }
        })
        .map(|finding| finding.attribute(POLICIES))
        .collect()
}
