//! Which events the selectors of a trail record.
//!
//! Sources: what selectors mean
//! (<https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html>)
//! and the fields of advanced ones
//! (<https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html>).

use std::collections::BTreeSet;

use tollgate_policy::{Action, Attr, Change, Field, Finding, Why};
use tollgate_policy_common::iam::Side;
use tollgate_policy_common::text::{clipped, listed};

use crate::plan::Plan;
use crate::rules::{audit_incomplete, audit_switched_off};

/// The types with selectors, and the attributes that these are in: the later one counts where it
/// is set.
pub const SELECTORS: &[(&str, &[&str])] = &[
    ("aws_cloudtrail", &[CLASSIC, ADVANCED]),
    ("aws_cloudtrail_event_data_store", &[ADVANCED]),
];

const CLASSIC: &str = "event_selector";
const ADVANCED: &str = "advanced_event_selector";

/// How many of some events are recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Extent {
    #[default]
    None,
    Some,
    All,
}

/// What is recorded on one side of a change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Recorded {
    path: &'static str,
    reads: Extent,
    writes: Extent,
    /// The types of resources whose data events are recorded.
    data: BTreeSet<String>,
}

impl Recorded {
    /// Without a selector, every management event is.
    fn by_default(path: &'static str) -> Self {
        Self {
            path,
            reads: Extent::All,
            writes: Extent::All,
            data: BTreeSet::new(),
        }
    }

    /// The management events that are not recorded, of those that another one does, as parts of a
    /// sentence.
    fn lacks(&self, of: &Self) -> Option<&'static str> {
        let one = |own: Extent, other: Extent, none, some| {
            (own < other).then_some(if own == Extent::None { none } else { some })
        };
        let reads = one(
            self.reads,
            of.reads,
            "management events that read",
            "every management event that reads",
        );
        let writes = one(
            self.writes,
            of.writes,
            "management events that write",
            "every management event that writes",
        );
        match (reads, writes) {
            (Some(_), Some(_)) if self.reads == Extent::None && self.writes == Extent::None => {
                Some("management events")
            }
            (Some(_), Some(_)) => Some("every management event"),
            (_, Some(one)) | (Some(one), None) => Some(one),
            (None, None) => None,
        }
    }
}

/// Whether a trail records every management event after apply.
pub(crate) fn records_all(change: &Change) -> bool {
    recorded(change, Side::After)
        .is_ok_and(|recorded| recorded.reads == Extent::All && recorded.writes == Extent::All)
}

/// What the selectors leave out.
pub(crate) fn check(
    change: &Change,
    what: &str,
    existed: bool,
    plan: &Plan<'_>,
) -> Option<Finding> {
    let after = match recorded(change, Side::After) {
        Ok(recorded) => recorded,
        Err((path, why)) => {
            let finding = audit_incomplete::RULE
                .undetermined(
                    change,
                    format!("whether the {what} records every management event cannot be told: `{path}` is {why}"),
                )
                .attribute(path);
            let was = existed && recorded(change, Side::Before).is_err();
            return Some(if was { finding.existing() } else { finding });
        }
    };
    let before = existed
        .then(|| recorded(change, Side::Before).ok())
        .flatten();
    if let Some(before) = &before {
        let mut lost: Vec<_> = after.lacks(before).into_iter().map(str::to_owned).collect();
        let data: Vec<_> = before.data.difference(&after.data).collect();
        // A selector without a type is about each.
        if !data.is_empty() && !after.data.contains(ANY) {
            lost.push(format!("data events of {}", listed(&data)));
        }
        if !lost.is_empty() {
            let path = if after.path.is_empty() || change.after(after.path).is_unset() {
                before.path
            } else {
                after.path
            };
            return Some(
                audit_switched_off::RULE
                    .violation(
                        change,
                        format!("the {what} records no longer {}", lost.join(" and ")),
                    )
                    .attribute(path),
            );
        }
    }
    // A store of one kind of events beside a trail is in order, and so is a second trail.
    if change.kind != crate::TRAIL || plan.every_event {
        return None;
    }
    let missing = after.lacks(&Recorded::by_default(after.path))?;
    let finding = audit_incomplete::RULE
        .violation(
            change,
            format!("the {what} has holes: it does not record {missing}"),
        )
        .attribute(after.path);
    Some(if before.is_some() {
        finding.existing()
    } else {
        finding
    })
}

/// Stands for each type of resources.
const ANY: &str = "every type";

fn recorded(change: &Change, side: Side) -> Result<Recorded, (&'static str, Why)> {
    let Some((_, paths)) = SELECTORS.iter().find(|(kind, _)| *kind == change.kind) else {
        return Ok(Recorded::default());
    };
    for path in paths.iter().rev().copied() {
        let items = match side.of(change, path).items() {
            Attr::Known(items) if !items.is_empty() => items,
            Attr::Known(_) | Attr::Unset => continue,
            // Left out, and filled in by the service with its default.
            Attr::Undetermined(Why::Unknown)
                if matches!(change.action, Action::Create | Action::Replace)
                    && change.references(path).is_empty() =>
            {
                continue;
            }
            Attr::Undetermined(why) => return Err((path, why)),
        };
        let mut recorded = Recorded {
            path,
            ..Recorded::default()
        };
        for item in &items {
            let added = if path == CLASSIC {
                classic(item, &mut recorded)
            } else {
                advanced(item, &mut recorded)
            };
            added.map_err(|why| (path, why))?;
        }
        return Ok(recorded);
    }
    Ok(Recorded::by_default(
        paths.last().copied().unwrap_or_default(),
    ))
}

fn classic(block: &Field, recorded: &mut Recorded) -> Result<(), Why> {
    let included = match block.get("include_management_events").bool() {
        Attr::Known(included) => included,
        Attr::Unset => true,
        Attr::Undetermined(why) => return Err(why),
    };
    let kind = match block.get("read_write_type").text() {
        Attr::Known(kind) => kind,
        Attr::Unset => String::new(),
        Attr::Undetermined(why) => return Err(why),
    };
    if included {
        if !kind.eq_ignore_ascii_case("WriteOnly") {
            recorded.reads = Extent::All;
        }
        if !kind.eq_ignore_ascii_case("ReadOnly") {
            recorded.writes = Extent::All;
        }
    }
    if let Attr::Known(resources) = block.get("data_resource").items() {
        for resource in &resources {
            if let Attr::Known(kind) = resource.get("type").text() {
                recorded.data.insert(kind);
            }
        }
    }
    Ok(())
}

/// What a field of an advanced selector is compared with, and whether that leaves only some in.
const ONLY: [&str; 3] = ["equals", "starts_with", "ends_with"];

fn advanced(block: &Field, recorded: &mut Recorded) -> Result<(), Why> {
    let fields = match block.get("field_selector").items() {
        Attr::Known(fields) => fields,
        Attr::Unset => return Ok(()),
        Attr::Undetermined(why) => return Err(why),
    };
    let mut category = Vec::new();
    let mut types = Vec::new();
    let (mut reads, mut writes) = (Extent::All, Extent::All);
    for field in &fields {
        let name = match field.get("field").text() {
            Attr::Known(name) => name,
            Attr::Unset => continue,
            Attr::Undetermined(why) => return Err(why),
        };
        let equals = texts(&field.get("equals"))?;
        if name.eq_ignore_ascii_case("eventCategory") {
            category = equals;
        } else if name.eq_ignore_ascii_case("readOnly") {
            let takes = |value: &str| {
                equals.is_empty() || equals.iter().any(|one| one.eq_ignore_ascii_case(value))
            };
            if !takes("true") {
                reads = Extent::None;
            }
            if !takes("false") {
                writes = Extent::None;
            }
        } else if name.eq_ignore_ascii_case("resources.type") {
            types = equals;
        } else {
            let mut only = false;
            for test in ONLY {
                only |= !texts(&field.get(test))?.is_empty();
            }
            // What is left out by name is told as an exclusion.
            if only {
                reads = reads.min(Extent::Some);
                writes = writes.min(Extent::Some);
            }
        }
    }
    let of = |kind: &str| category.iter().any(|one| one.eq_ignore_ascii_case(kind));
    if of("Management") {
        recorded.reads = recorded.reads.max(reads);
        recorded.writes = recorded.writes.max(writes);
    }
    if of("Data") {
        if types.is_empty() {
            types.push(ANY.to_owned());
        }
        recorded.data.extend(types);
    }
    Ok(())
}

/// What advanced selectors of management events leave out by name.
pub(crate) fn left_out(field: &Field) -> Vec<String> {
    let mut out = Vec::new();
    let Attr::Known(blocks) = field.items() else {
        return out;
    };
    for block in &blocks {
        let Attr::Known(fields) = block.get("field_selector").items() else {
            continue;
        };
        let named = |field: &Field, name: &str| {
            field
                .get("field")
                .text()
                .is_known_and(|own| own.eq_ignore_ascii_case(name))
        };
        let management = fields.iter().any(|field| {
            named(field, "eventCategory")
                && texts(&field.get("equals"))
                    .is_ok_and(|all| all.iter().any(|one| one == "Management"))
        });
        if !management {
            continue;
        }
        for field in &fields {
            for test in ["not_equals", "not_starts_with", "not_ends_with"] {
                let all = texts(&field.get(test)).unwrap_or_default();
                out.extend(all.iter().map(|one| format!("`{}`", clipped(one))));
            }
        }
    }
    out
}

fn texts(field: &Field) -> Result<Vec<String>, Why> {
    let items = match field.items() {
        Attr::Known(items) => items,
        // What the configuration leaves out is computed.
        Attr::Unset | Attr::Undetermined(Why::Unknown) => return Ok(Vec::new()),
        Attr::Undetermined(why) => return Err(why),
    };
    let mut texts = Vec::new();
    for item in &items {
        match item.text() {
            Attr::Known(text) => texts.push(text),
            Attr::Unset => {}
            Attr::Undetermined(why) => return Err(why),
        }
    }
    Ok(texts)
}
