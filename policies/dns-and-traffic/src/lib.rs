//! The policy `dns-and-traffic`: names and what carries traffic keep leading where they lead,
//! and privileged functions keep their code.
//!
//! [`table`] says which attributes of which resource type say where traffic goes. Only
//! what the plan changes is judged, so there are no existing findings: where a name points
//! today is right by definition.
//!
//! What makes a function privileged is in other resources, so a plan is judged in one piece.

mod facts;
pub mod functions;
mod rules;
pub mod settings;
pub mod table;

use std::collections::BTreeMap;

use tollgate_policy::{
    Action, Attr, Change, Evaluation, Finding, Input, Interest, Mode, Policy, RuleDef,
};
use tollgate_policy_common::bound::bounded;
use tollgate_policy_common::interest::by_attributes;

use crate::facts::{Fact, Facts, Sort, facts};
use crate::functions::{FUNCTIONS, NAMED_BY, Privileges, RIGHTS};
pub use crate::rules::dnssec_off::SIGNED;
use crate::rules::{
    address_released, default_route_changed, dnssec_off, privileged_code_swapped, record_deleted,
    record_repointed, traffic_deleted, traffic_repointed, traffic_stopped, weight_shifted,
};
use crate::settings::{Judged, Settings};
use crate::table::{ADDRESSES, Class, HOPS, Row, rows};

/// The policy.
#[derive(Clone, Copy, Debug)]
pub struct DnsAndTraffic;

/// The changes of which this policy speaks.
const ACTIONS: [Action; 3] = [Action::Update, Action::Replace, Action::Delete];

impl Policy for DnsAndTraffic {
    type Settings = Settings;

    const NAME: &'static str = "dns-and-traffic";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const DESCRIPTION: &'static str = "Names and what carries traffic keep leading where they lead, and privileged functions keep their code.";
    const RULES: &'static [&'static RuleDef] = &[
        &record_repointed::RULE,
        &record_deleted::RULE,
        &traffic_repointed::RULE,
        &traffic_deleted::RULE,
        &traffic_stopped::RULE,
        &weight_shifted::RULE,
        &privileged_code_swapped::RULE,
        &default_route_changed::RULE,
        &dnssec_off::RULE,
        &address_released::RULE,
    ];

    fn interests() -> Vec<Interest> {
        let mut of_kind = BTreeMap::<&str, Vec<&str>>::new();
        let mut read = |kind, path| {
            let paths = of_kind.entry(kind).or_default();
            if !paths.contains(&path) {
                paths.push(path);
            }
        };
        for row in rows() {
            of_kind_of(row, &mut read);
        }
        for (kind, name, paths) in FUNCTIONS {
            read(kind, name);
            for path in *paths {
                read(kind, path);
            }
        }
        read("aws_lambda_function", "role");
        for row in HOPS {
            for path in row.declared() {
                read(row.kind, path);
            }
        }
        for row in ADDRESSES {
            read(row.kind, row.address);
            if let Some((path, _)) = row.unless {
                read(row.kind, path);
            }
        }
        for (kind, paths) in SIGNED {
            for path in *paths {
                read(kind, path);
            }
        }
        let mut interests: Vec<_> = by_attributes(of_kind)
            .into_iter()
            .map(|interest| interest.actions(ACTIONS).with_references())
            .collect();
        // What makes a function privileged, changed or not.
        for (kind, first, second) in RIGHTS {
            interests.push(
                Interest::in_types([*kind])
                    .attributes([*first, *second])
                    .with_references(),
            );
        }
        for (kind, path, _) in NAMED_BY {
            interests.push(
                Interest::in_types([*kind])
                    .attributes([*path])
                    .with_references(),
            );
        }
        interests
    }

    fn evaluate(input: &Input<'_, Settings>) -> Result<Evaluation, String> {
        let mut evaluation = Evaluation::default();
        let settings = &input.settings;
        if !settings.applies_to(&input.environment) {
            return Ok(evaluation);
        }
        let rows: BTreeMap<_, _> = rows().map(|row| (row.kind, row)).collect();
        let deleted_zones = dnssec_off::deleted(&input.changes);
        let privileges = Privileges::of_plan(&input.changes, settings);
        for change in &input.changes {
            let judged = change.mode == Mode::Managed
                && change.deposed.is_none()
                && ACTIONS.contains(&change.action)
                && !settings.ignores(change);
            if !judged {
                continue;
            }
            if let Some(row) = rows.get(change.kind.as_str()) {
                evaluation
                    .findings
                    .extend(moved(row, change, settings).into_iter().flatten());
            }
            evaluation
                .findings
                .extend(privileged_code_swapped::check(change, &privileges));
            evaluation
                .findings
                .extend(default_route_changed::check(change));
            evaluation
                .findings
                .extend(dnssec_off::check(change, &deleted_zones));
            evaluation.findings.extend(address_released::check(change));
        }
        evaluation.findings = bounded(evaluation.findings);
        Ok(evaluation)
    }
}

fn of_kind_of(row: &'static Row, read: &mut impl FnMut(&'static str, &'static str)) {
    let mut any = false;
    for path in row.declared() {
        any = true;
        read(row.kind, path);
    }
    if !any {
        // Only its deletion is judged, and an interest without attributes is one as well.
        read(row.kind, "id");
    }
}

/// What the plan does to a name or to what carries traffic.
fn moved(row: &Row, change: &Change, settings: &Settings) -> Vec<Option<Finding>> {
    let name = row.name.and_then(|path| match change.before(path).text() {
        Attr::Known(name) => Some(name),
        Attr::Unset | Attr::Undetermined(_) => None,
    });
    if name
        .as_deref()
        .is_some_and(|name| settings.ignores_name(name))
    {
        return Vec::new();
    }
    let before = facts(row, change, false);
    let is_proof = row.class == Class::Record
        && (name
            .as_deref()
            .is_some_and(|name| name.starts_with("_acme-challenge"))
            || before
                .values()
                .any(|fact| fact.value.as_deref().is_some_and(proves_a_certificate)));
    if is_proof {
        return Vec::new();
    }
    let called = name.map_or_else(String::new, |name| {
        format!(" `{}`", name.trim_end_matches('.'))
    });
    let other =
        row.identity.iter().copied().find(|path| {
            change.action == Action::Replace && change.before(path) != change.after(path)
        });
    if change.action == Action::Delete || other.is_some() {
        if !row.deletion {
            return Vec::new();
        }
        let rule = match row.class {
            Class::Record => &record_deleted::RULE,
            Class::Traffic => &traffic_deleted::RULE,
        };
        let finding = match other {
            Some(path) => rule
                .violation(
                    change,
                    format!(
                        "the plan replaces the {}{called} by one with another `{path}`",
                        row.what
                    ),
                )
                .attribute(path),
            None => rule.violation(change, format!("the plan deletes the {}{called}", row.what)),
        };
        return vec![Some(finding)];
    }
    let after = facts(row, change, true);
    let mut differences = differences(row, &before, &after, change);
    if settings.weights == Judged::Ignore {
        differences.retain(|difference| difference.sort != Sort::Weight);
    }
    // Of targets that change their weights change as well.
    if differences
        .iter()
        .any(|difference| difference.sort == Sort::Target || difference.sort == Sort::Named)
    {
        differences.retain(|difference| difference.sort != Sort::Weight);
    }
    let repointed = match row.class {
        Class::Record => &record_repointed::RULE,
        Class::Traffic => &traffic_repointed::RULE,
    };
    [
        (
            repointed,
            &[Sort::Target, Sort::Named, Sort::Version][..],
            "sends what comes",
        ),
        (&traffic_stopped::RULE, &[Sort::Enabled], "is switched off"),
        (&weight_shifted::RULE, &[Sort::Weight], "shifts traffic"),
    ]
    .into_iter()
    .map(|(rule, sorts, verb)| {
        let of_rule: Vec<_> = differences
            .iter()
            .filter(|difference| sorts.contains(&difference.sort))
            .collect();
        let told: Vec<_> = of_rule
            .iter()
            .copied()
            .filter(|difference| !difference.untold)
            .collect();
        let untold = told.is_empty();
        if untold && !row.untold {
            return None;
        }
        let shown = if untold { &of_rule } else { &told };
        let first = shown.first()?;
        let more = match shown.len() {
            1 => String::new(),
            2 => ", and one more change".to_owned(),
            count => format!(", and {} more changes", count - 1),
        };
        let finding = if untold {
            rule.undetermined(
                change,
                format!(
                    "where the {}{called} leads after apply cannot be told: {}{more}",
                    row.what, first.text
                ),
            )
        } else if rule.id == traffic_stopped::RULE.id {
            rule.violation(
                change,
                format!(
                    "the plan switches off the {}{called} (`{}`)",
                    row.what, first.path
                ),
            )
        } else if told.iter().all(|difference| difference.grows) {
            rule.violation(
                change,
                format!(
                    "the {}{called} keeps where it points, and points further: {}{more}",
                    row.what, first.text
                ),
            )
            .advice()
        } else {
            let verb = if row.class == Class::Record && rule.id == repointed.id {
                "points"
            } else {
                verb
            };
            rule.violation(
                change,
                format!(
                    "the {}{called} {verb} elsewhere: {}{more}",
                    row.what, first.text
                ),
            )
        };
        let mut paths: Vec<&str> = shown.iter().map(|difference| difference.path).collect();
        paths.dedup();
        Some(paths.into_iter().fold(finding, Finding::attribute))
    })
    .collect()
}

/// One fact that is another after apply.
struct Difference {
    sort: Sort,
    path: &'static str,
    text: String,
    /// Whether it is not known what it will be.
    untold: bool,
    /// Whether the values of today stay, and others come in addition.
    grows: bool,
}

fn differences(row: &Row, before: &Facts, after: &Facts, change: &Change) -> Vec<Difference> {
    let mut differences = Vec::new();
    let shown = |value: &Option<String>| match value {
        Some(value) => format!("`{}`", cut(value)),
        None => "what is known only after apply".to_owned(),
    };
    for (label, old) in before {
        let Some(value) = &old.value else { continue };
        let (text, untold) = match after.get(label) {
            Some(new) if new.value == old.value => continue,
            // On again.
            Some(Fact {
                value: Some(new),
                sort: Sort::Enabled,
                ..
            }) if new == "true" => continue,
            Some(Fact {
                value: Some(new),
                sort: Sort::Version,
                ..
            }) if is_later(value, new) => {
                continue;
            }
            Some(new) => (
                format!("`{label}` from `{}` to {}", cut(value), shown(&new.value)),
                new.value.is_none(),
            ),
            // A computed version or a list that is not known as a whole.
            None if old.sort == Sort::Version || old.sort == Sort::Enabled => continue,
            None => {
                let whole = after.get(old.path).is_some_and(|fact| fact.value.is_none());
                let text = if value == label {
                    format!("no longer to `{}`", cut(label))
                } else {
                    format!("`{label}` no longer to `{}`", cut(value))
                };
                (text, whole)
            }
        };
        if is_text_that_grows(change, old, after.get(label)) {
            continue;
        }
        let further = further(old, after.get(label));
        let grows = row.class == Class::Record && !further.is_empty();
        differences.push(Difference {
            sort: old.sort,
            path: old.path,
            text: if grows {
                format!("`{label}` now also to `{}`", cut(&further.join(", ")))
            } else {
                text
            },
            untold,
            grows,
        });
    }
    for (label, new) in after {
        if before.contains_key(label) || new.sort != Sort::Target || new.value.is_none() {
            continue;
        }
        differences.push(Difference {
            sort: new.sort,
            path: new.path,
            text: if new.value.as_ref() == Some(label) {
                format!("now to `{}`", cut(label))
            } else {
                format!("`{label}` now to {}", shown(&new.value))
            },
            untold: false,
            grows: false,
        });
    }
    differences
}

/// The values that a record gets while it keeps all that it has; none where it does not.
fn further(old: &Fact, new: Option<&Fact>) -> Vec<String> {
    let (Some(old), Some(new)) = (&old.value, new.and_then(|fact| fact.value.as_ref())) else {
        return Vec::new();
    };
    let (old, new): (Vec<_>, Vec<_>) = (old.split(", ").collect(), new.split(", ").collect());
    if !old.iter().all(|value| new.contains(value)) {
        return Vec::new();
    }
    new.into_iter()
        .filter(|value| !old.contains(value))
        .map(str::to_owned)
        .collect()
}

/// Whether a TXT record only gets further texts: most are there to prove something.
fn is_text_that_grows(change: &Change, old: &Fact, new: Option<&Fact>) -> bool {
    let is_text = change.kind.ends_with("_txt_record")
        || (matches!(
            change.kind.as_str(),
            "aws_route53_record" | "google_dns_record_set"
        ) && change
            .before("type")
            .text()
            .is_known_and(|kind| kind == "TXT"));
    if !is_text {
        return false;
    }
    let (Some(old), Some(new)) = (&old.value, new.and_then(|fact| fact.value.as_ref())) else {
        return false;
    };
    let new: Vec<_> = new.split(", ").collect();
    old.split(", ").all(|text| new.contains(&text))
}

/// Whether a version of a function is a later one.
fn is_later(old: &str, new: &str) -> bool {
    match (old.parse::<u64>(), new.parse::<u64>()) {
        (Ok(old), Ok(new)) => new > old,
        // From the code of the moment to a version.
        (Err(_), Ok(_)) => true,
        _ => false,
    }
}

fn proves_a_certificate(value: &str) -> bool {
    value.trim_end_matches('.').ends_with("acm-validations.aws")
}

fn cut(text: &str) -> String {
    const MOST: usize = 120;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(MOST).collect();
    short.push('…');
    short
}

tollgate_policy::export!(DnsAndTraffic);
