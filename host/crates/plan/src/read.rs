//! One typed pass over the document.

mod change;
mod output;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::OnceLock;

use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

use self::change::change;
use self::output::outputs;
use super::action::Words;
use super::consistency::{self, Parts};
use super::json::{Map, NumberOrText, Text, located, object, place};
use super::{
    Action, ActionInvocation, Check, CheckStatus, Deferred, Mode, Plan, PlanError, PlanText,
    Replacement, ResourceChange, kind,
};

object!(Document, "a plan" {
    "format_version" => format_version: Text<'a>,
    "terraform_version" => terraform_version: Text<'a>,
    "complete" => complete: bool,
    "applyable" => applyable: bool,
    "errored" => errored: bool,
    "resource_changes" => changes: Changes<'a>,
    "resource_drift" => drift: Changes<'a>,
    "deferred_changes" => deferred: Vec<RawDeferred<'a>>,
    "deferred_action_invocations" => deferred_invocations: Vec<RawDeferredInvocation<'a>>,
    "action_invocations" => invocations: Vec<RawInvocation<'a>>,
    "output_changes" => outputs: Map<'a, Body<'a>>,
    "checks" => checks: Vec<RawCheck<'a>>,
    "planned_values" => planned_values: &'a RawValue,
    "prior_state" => prior_state: &'a RawValue,
    "variables" => variables: &'a RawValue,
    "configuration" => configuration: &'a RawValue,
});

object!(Resource, "a resource change" {
    "address" => address: Text<'a>,
    "previous_address" => previous_address: Text<'a>,
    "module_address" => module_address: Text<'a>,
    "mode" => mode: Text<'a>,
    "type" => kind: Text<'a>,
    "name" => name: Text<'a>,
    "index" => index: NumberOrText<'a>,
    "index_unknown" => index_unknown: bool,
    "provider_name" => provider: Text<'a>,
    "deposed" => deposed: Text<'a>,
    "action_reason" => reason: Text<'a>,
    "change" => change: Body<'a>,
});

object!(Body, "a change" {
    "actions" => actions: Words,
    "before" => before: &'a RawValue,
    "after" => after: &'a RawValue,
    "after_unknown" => after_unknown: &'a RawValue,
    "before_sensitive" => before_sensitive: &'a RawValue,
    "after_sensitive" => after_sensitive: &'a RawValue,
    "replace_paths" => replace_paths: Vec<Vec<NumberOrText<'a>>>,
    "importing" => importing: IgnoredAny,
});

object!(RawDeferred, "a deferred change" {
    "reason" => reason: Text<'a>,
    "resource_change" => change: Resource<'a>,
});

object!(RawDeferredInvocation, "a deferred action invocation" {
    "reason" => reason: Text<'a>,
    "action_invocation" => invocation: RawInvocation<'a>,
});

object!(RawInvocation, "an action invocation" {
    "address" => address: Text<'a>,
    "type" => kind: Text<'a>,
    "provider_name" => provider: Text<'a>,
    "lifecycle_action_trigger" => lifecycle: RawTrigger<'a>,
    "invoke_action_trigger" => invoke: RawInvoke<'a>,
});

object!(RawTrigger, "a trigger" {
    "triggering_resource_address" => resource: Text<'a>,
    "action_trigger_event" => event: Text<'a>,
});

object!(RawInvoke, "a trigger" {
    "calling_resource_address" => resource: Text<'a>,
});

object!(RawCheck, "a check" {
    "address" => address: RawCheckAddress<'a>,
    "status" => status: Text<'a>,
    "instances" => instances: Vec<RawCheckInstance<'a>>,
});

object!(RawCheckAddress, "the address of a check" {
    "to_display" => to_display: Text<'a>,
});

object!(RawCheckInstance, "an instance of a check" {
    "problems" => problems: Vec<RawProblem<'a>>,
});

object!(RawProblem, "a problem" {
    "message" => message: Text<'a>,
});

object!(Values, "values" {
    "outputs" => outputs: Map<'a, OutputValue<'a>>,
});

object!(OutputValue, "an output" {
    "sensitive" => sensitive: bool,
});

object!(State, "a state" {
    "values" => values: Values<'a>,
});

/// Resource changes, up to the first that cannot be judged.
#[derive(Default)]
pub(super) struct Changes<'a> {
    list: Vec<ResourceChange<'a>>,
    failure: Option<PlanError>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Changes<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ChangesVisitor<'a>(std::marker::PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for ChangesVisitor<'a> {
            type Value = Changes<'a>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of resource changes")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Changes<'a>, A::Error> {
                let mut changes = Changes::default();
                while let Some(resource) = seq.next_element::<Resource<'a>>()? {
                    // The rest is still read: that the document is valid JSON comes first.
                    if changes.failure.is_none() {
                        match change(resource, changes.list.len()) {
                            Ok(change) => changes.list.push(change),
                            Err(failure) => changes.failure = Some(failure),
                        }
                    }
                }
                Ok(changes)
            }
        }
        deserializer.deserialize_seq(ChangesVisitor(std::marker::PhantomData))
    }
}

/// Whether the reader knows a format version: `MAJOR.MINOR` with major 0 or 1.
pub(super) fn supported(version: &str) -> bool {
    version.split_once('.').is_some_and(|(major, minor)| {
        matches!(major, "0" | "1")
            && !minor.is_empty()
            && minor.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    })
}

/// Reads the document. See [`PlanText::read`].
pub(super) fn read(text: &PlanText) -> Result<Plan<'_>, PlanError> {
    let text = text.body();
    let start = document_start(text);
    let body = text.get(start..).unwrap_or_default();
    if body.trim_start().is_empty() {
        return Err(PlanError::Empty);
    }
    if !body.trim_start().starts_with('{') {
        return Err(kind::not_an_object(body));
    }
    let mut documents = serde_json::Deserializer::from_str(body).into_iter::<Document<'_>>();
    let document = match documents.next() {
        None => return Err(PlanError::Empty),
        Some(Ok(document)) => document,
        Some(Err(error)) => {
            return Err(match located(text, start, &error) {
                // Another kind of document may well have other types under our keys.
                wrong @ PlanError::WrongType { .. } => kind::look_alike(body).unwrap_or(wrong),
                other => other,
            });
        }
    };
    let rest = start + documents.byte_offset();
    let other = if document.format_version.is_none() || document.changes.is_none() {
        kind::look_alike(body)
    } else {
        None
    };
    end(text, rest, other.as_ref())?;
    if let Some(other) = other {
        return Err(other);
    }
    plan(document)
}

/// Skips the line that the wrapper of setup-terraform prints before the document.
fn document_start(text: &str) -> usize {
    let blank = text.len() - text.trim_start().len();
    match text.get(blank..) {
        Some(body) if body.starts_with("[command]") => {
            body.find('\n').map_or(text.len(), |line| blank + line + 1)
        }
        _ => blank,
    }
}

/// Checks that nothing follows the document, or only what that wrapper prints.
fn end(text: &str, at: usize, other: Option<&PlanError>) -> Result<(), PlanError> {
    const WRAPPER: [&str; 2] = ["::debug::", "::set-output "];
    let rest = text.get(at..).unwrap_or_default();
    let mut lines = rest.lines().map(str::trim).filter(|line| !line.is_empty());
    let Some(line) = lines.find(|line| !WRAPPER.iter().any(|command| line.starts_with(command)))
    else {
        return Ok(());
    };
    if let Some(other @ PlanError::PlanLog) = other {
        return Err(other.clone());
    }
    let offset = line.as_ptr() as usize - text.as_ptr() as usize;
    let at = place(text, offset + 1);
    Err(if !line.starts_with('{') {
        PlanError::TrailingData { at }
    } else if let Some(other) = other {
        other.clone()
    } else {
        PlanError::Concatenated { at }
    })
}

fn plan(document: Document<'_>) -> Result<Plan<'_>, PlanError> {
    let format_version = format_version(document.format_version)?;
    if document.errored == Some(true) {
        return Err(PlanError::Errored);
    }
    if document.changes.is_none() && document.planned_values.is_none() {
        return Err(PlanError::NotAPlan);
    }
    // An empty list is not the same as none.
    let has_changes = document
        .changes
        .as_ref()
        .map(|changes| !changes.list.is_empty());
    let changes = document.changes.unwrap_or_default();
    let mut drift = document.drift.unwrap_or_default();
    if let Some(failure) = changes.failure.or(drift.failure) {
        return Err(failure);
    }
    let mut changes = changes.list;
    changes.iter().try_for_each(has_what_is_planned)?;
    unique(&changes)?;
    unique(&drift.list)?;
    changes.iter().try_for_each(consistency::agrees)?;
    let mut deferred = deferred(document.deferred.unwrap_or_default())?;
    let mut groups = Groups::default();
    for change in changes.iter_mut().chain(&mut drift.list) {
        groups.number(change);
    }
    for planned in &mut deferred {
        groups.number(&mut planned.change);
    }
    let prior = consistency::compare(&Parts {
        changes: &changes,
        drift: &drift.list,
        deferred: &deferred,
        has_changes,
        old: format_version.starts_with("0."),
        planned_values: document.planned_values,
        prior_state: document.prior_state,
    })?;
    let action_invocations = invocations(
        document.invocations.unwrap_or_default(),
        document.deferred_invocations.unwrap_or_default(),
    )?;
    let checks = document
        .checks
        .unwrap_or_default()
        .into_iter()
        .map(check)
        .collect();
    let outputs = outputs(
        document.outputs,
        document.planned_values,
        document.prior_state,
    )?;
    Ok(Plan {
        format_version,
        terraform_version: document.terraform_version.map(|version| version.0),
        complete: document.complete,
        says_errored: document.errored.is_some(),
        applyable: document.applyable,
        changes,
        drift: drift.list,
        deferred,
        checks,
        action_invocations,
        outputs,
        left_alone: prior.left_alone,
        has_prior_state: prior.is_there,
        variables: document.variables,
        configuration: document.configuration,
        index: OnceLock::new(),
        regions: super::region::Regions::default(),
    })
}

fn format_version(stated: Option<Text<'_>>) -> Result<Cow<'_, str>, PlanError> {
    match stated {
        None => Err(PlanError::NoFormatVersion),
        Some(Text(version)) if supported(&version) => Ok(version),
        Some(Text(version)) => Err(PlanError::UnsupportedVersion {
            found: version.into_owned(),
        }),
    }
}

/// Checks that a planned change has an `after` where its action needs one, and with it the mask of
/// what is unknown.
fn has_what_is_planned(change: &ResourceChange<'_>) -> Result<(), PlanError> {
    let missing = |key| PlanError::MissingKey {
        key,
        at: format!("the change of {}", change.address),
    };
    // Without it nobody can tell what is unknown from what is not set. Drift never
    // has unknown parts, and Terraform 1.0 wrote none there.
    if change.after.value.is_some() && !change.has_unknown_mask {
        return Err(missing("after_unknown"));
    }
    let needs_after = matches!(
        change.action,
        Action::Create | Action::Update | Action::Replace
    );
    if needs_after && change.after.value.is_none() {
        return Err(missing("after"));
    }
    Ok(())
}

/// Returns the action that words stand for, in a block of this mode.
fn action(
    words: Option<Words>,
    mode: Mode,
    address: impl FnOnce() -> String,
) -> Result<(Action, Option<Replacement>), PlanError> {
    let words = words.unwrap_or(Words::None);
    words.action(mode).ok_or_else(|| {
        let address = address();
        match words {
            Words::None => PlanError::NoAction { address },
            Words::Unknown(words) => PlanError::UnknownAction { address, words },
            Words::Known(..) | Words::Open => PlanError::UnknownAction {
                address,
                words: r#"["open"]"#.to_owned(),
            },
        }
    })
}

/// Numbers the pairs of type and action, in the order in which they are met.
#[derive(Default)]
struct Groups {
    kinds: BTreeMap<String, Vec<(Action, usize)>>,
    next: usize,
}

impl Groups {
    fn number(&mut self, change: &mut ResourceChange<'_>) {
        let kind = change.kind.as_ref();
        if !self.kinds.contains_key(kind) {
            self.kinds.insert(kind.to_owned(), Vec::new());
        }
        let Some(known) = self.kinds.get_mut(kind) else {
            return;
        };
        let found = known.iter().find(|(action, _)| *action == change.action);
        change.group = match found {
            Some((_, group)) => *group,
            None => {
                let group = self.next;
                known.push((change.action, group));
                self.next += 1;
                group
            }
        };
    }
}

fn unique(changes: &[ResourceChange<'_>]) -> Result<(), PlanError> {
    let mut seen = HashSet::with_capacity(changes.len());
    match changes
        .iter()
        .find(|change| !seen.insert((change.address.as_ref(), change.deposed.as_deref())))
    {
        None => Ok(()),
        Some(change) => Err(PlanError::DuplicateAddress {
            address: change.address.to_string(),
            deposed: change.deposed.as_ref().map(ToString::to_string),
        }),
    }
}

fn deferred(list: Vec<RawDeferred<'_>>) -> Result<Vec<Deferred<'_>>, PlanError> {
    let mut deferred = Vec::new();
    for (at, raw) in list.into_iter().enumerate() {
        let missing = |key| PlanError::MissingKey {
            key,
            at: format!("`deferred_changes[{at}]`"),
        };
        deferred.push(Deferred {
            reason: raw.reason.ok_or_else(|| missing("reason"))?.0,
            change: change(raw.change.ok_or_else(|| missing("resource_change"))?, at)?,
        });
    }
    Ok(deferred)
}

/// Reads the actions that run during apply, then those that are put off.
fn invocations<'a>(
    during_apply: Vec<RawInvocation<'a>>,
    put_off: Vec<RawDeferredInvocation<'a>>,
) -> Result<Vec<ActionInvocation<'a>>, PlanError> {
    let mut invocations = Vec::new();
    for (at, raw) in during_apply.into_iter().enumerate() {
        invocations.push(invocation(raw, at, None)?);
    }
    for (at, raw) in put_off.into_iter().enumerate() {
        let missing = |key| PlanError::MissingKey {
            key,
            at: format!("`deferred_action_invocations[{at}]`"),
        };
        let reason = raw.reason.ok_or_else(|| missing("reason"))?.0;
        let raw = raw.invocation.ok_or_else(|| missing("action_invocation"))?;
        invocations.push(invocation(raw, at, Some(reason))?);
    }
    Ok(invocations)
}

fn invocation<'a>(
    raw: RawInvocation<'a>,
    at: usize,
    deferred: Option<Cow<'a, str>>,
) -> Result<ActionInvocation<'a>, PlanError> {
    let missing = |key| PlanError::MissingKey {
        key,
        at: format!("`action_invocations[{at}]`"),
    };
    let event = raw
        .lifecycle
        .as_ref()
        .and_then(|trigger| trigger.event.clone());
    let resource = raw
        .lifecycle
        .and_then(|trigger| trigger.resource)
        .or_else(|| raw.invoke.and_then(|trigger| trigger.resource));
    Ok(ActionInvocation {
        address: raw.address.ok_or_else(|| missing("address"))?.0,
        kind: raw.kind.ok_or_else(|| missing("type"))?.0,
        provider: raw.provider.ok_or_else(|| missing("provider_name"))?.0,
        triggered_by: resource.map(|text| text.0),
        event: event.map(|text| text.0),
        deferred,
    })
}

fn check(raw: RawCheck<'_>) -> Check {
    Check {
        address: raw
            .address
            .and_then(|address| address.to_display)
            .map_or_else(
                || "(a check without an address)".to_owned(),
                |text| text.0.into_owned(),
            ),
        status: match raw.status.as_ref().map(|status| status.0.as_ref()) {
            Some("pass") => CheckStatus::Pass,
            Some("fail") => CheckStatus::Fail,
            Some("error") => CheckStatus::Error,
            // A status that came later is not a pass.
            _ => CheckStatus::Unknown,
        },
        problems: raw
            .instances
            .unwrap_or_default()
            .into_iter()
            .flat_map(|instance| instance.problems.unwrap_or_default())
            .filter_map(|problem| problem.message)
            .map(|message| message.0.into_owned())
            .collect(),
    }
}
