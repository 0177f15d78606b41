//! One typed pass over the document.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::OnceLock;

use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::action::Words;
use super::consistency::{self, Parts};
use super::json::{Map, NumberOrText, Text, located, object, place};
use super::value::{Mask, Side};
use super::{
    Action, ActionInvocation, Check, CheckStatus, Deferred, InstanceKey, Lazy, Mode, OutputChange,
    Path, Plan, PlanError, PlanText, ResourceChange, Step, address, kind, redact,
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
    let format_version = match document.format_version {
        None => return Err(PlanError::NoFormatVersion),
        Some(Text(version)) if supported(&version) => version,
        Some(Text(version)) => {
            return Err(PlanError::UnsupportedVersion {
                found: version.into_owned(),
            });
        }
    };
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
    for change in &changes {
        // Without it nobody can tell what is unknown from what is not set. Drift never
        // has unknown parts, and Terraform 1.0 wrote none there.
        if change.after.value.is_some() && !change.has_unknown_mask {
            return Err(PlanError::MissingKey {
                key: "after_unknown",
                at: format!("the change of {}", change.address),
            });
        }
        let needs_after = matches!(
            change.action,
            Action::Create | Action::Update | Action::Replace
        );
        if needs_after && change.after.value.is_none() {
            return Err(PlanError::MissingKey {
                key: "after",
                at: format!("the change of {}", change.address),
            });
        }
    }
    unique(&changes)?;
    unique(&drift.list)?;
    for change in &changes {
        consistency::agrees(change)?;
    }

    let mut deferred = Vec::new();
    for (at, raw) in document
        .deferred
        .unwrap_or_default()
        .into_iter()
        .enumerate()
    {
        let missing = |key| PlanError::MissingKey {
            key,
            at: format!("`deferred_changes[{at}]`"),
        };
        deferred.push(Deferred {
            reason: raw.reason.ok_or_else(|| missing("reason"))?.0,
            change: change(raw.change.ok_or_else(|| missing("resource_change"))?, at)?,
        });
    }
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
    let mut invocations = Vec::new();
    for (at, raw) in document
        .invocations
        .unwrap_or_default()
        .into_iter()
        .enumerate()
    {
        invocations.push(invocation(raw, at, None)?);
    }
    for (at, raw) in document
        .deferred_invocations
        .unwrap_or_default()
        .into_iter()
        .enumerate()
    {
        let missing = |key| PlanError::MissingKey {
            key,
            at: format!("`deferred_action_invocations[{at}]`"),
        };
        let reason = raw.reason.ok_or_else(|| missing("reason"))?.0;
        invocations.push(invocation(
            raw.invocation.ok_or_else(|| missing("action_invocation"))?,
            at,
            Some(reason),
        )?);
    }
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
        action_invocations: invocations,
        outputs,
        left_alone: prior.left_alone,
        has_prior_state: prior.is_there,
        variables: document.variables,
        configuration: document.configuration,
        index: OnceLock::new(),
        regions: super::region::Regions::default(),
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

fn change(raw: Resource<'_>, at: usize) -> Result<ResourceChange<'_>, PlanError> {
    let Some(Text(address)) = raw.address else {
        return Err(PlanError::MissingKey {
            key: "address",
            at: format!("resource change {at}"),
        });
    };
    let contradiction = |what: &str| PlanError::Contradiction {
        address: address.to_string(),
        what: what.to_owned(),
    };
    let Some(parts) = address::parts(&address) else {
        return Err(contradiction(
            "the address is that of no resource; one is written `TYPE.NAME`, with its modules in front",
        ));
    };
    // What other programs leave out is in the address as well.
    let mode = match raw.mode {
        None => parts.mode,
        Some(Text(word)) => match word.as_ref() {
            "managed" => Mode::Managed,
            "data" => Mode::Data,
            "ephemeral" => Mode::Ephemeral,
            _ => {
                return Err(PlanError::WrongType {
                    expected: "`managed`, `data` or `ephemeral` as `mode`".to_owned(),
                    found: "another word".to_owned(),
                    at: format!("the change of {address}"),
                });
            }
        },
    };
    let module_address = match raw.module_address.map(|text| text.0) {
        Some(module) if !module.is_empty() => {
            if parts.module != Some(module.as_ref()) {
                return Err(contradiction(
                    "`module_address` names another module than the address",
                ));
            }
            Some(module)
        }
        _ => parts.module.map(|module| Cow::Owned(module.to_owned())),
    };
    let kind = raw
        .kind
        .map_or_else(|| Cow::Owned(parts.kind.to_owned()), |text| text.0);
    if mode != parts.mode || kind != parts.kind {
        return Err(contradiction(
            "the address is that of another `mode` or `type`",
        ));
    }
    let name = raw
        .name
        .map_or_else(|| Cow::Owned(parts.name.to_owned()), |text| text.0);
    if name != parts.name {
        return Err(contradiction("the address is that of another `name`"));
    }
    let stated = raw.index.map(|index| match index {
        NumberOrText::Number(number) => InstanceKey::Number(number),
        NumberOrText::Text(text) => InstanceKey::Text(text),
    });
    let written = parts.key.and_then(instance_key);
    let index_unknown = raw.index_unknown.unwrap_or(false);
    if !index_unknown
        && let Some(stated) = &stated
        && (parts.key.is_none() || written.as_ref().is_some_and(|key| key != stated))
    {
        return Err(contradiction("the address is that of another `index`"));
    }
    let index = match stated {
        None if !index_unknown => written.map(|key| match key {
            InstanceKey::Number(number) => InstanceKey::Number(number),
            InstanceKey::Text(text) => InstanceKey::Text(Cow::Owned(text.into_owned())),
        }),
        stated => stated,
    };

    let mut body = raw.change.ok_or_else(|| PlanError::MissingKey {
        key: "change",
        at: format!("the change of {address}"),
    })?;
    let words = body.actions.take().unwrap_or(Words::None);
    let Some((action, replacement)) = words.action(mode) else {
        let address = address.into_owned();
        return Err(match words {
            Words::None => PlanError::NoAction { address },
            Words::Unknown(words) => PlanError::UnknownAction { address, words },
            Words::Known(..) | Words::Open => PlanError::UnknownAction {
                address,
                words: r#"["open"]"#.to_owned(),
            },
        });
    };
    for (side, value) in [("before", body.before), ("after", body.after)] {
        if value.is_some_and(|raw| super::json::kind(raw) != super::json::Kind::Object) {
            return Err(PlanError::WrongType {
                expected: format!("an object or null as `{side}`"),
                found: "another value".to_owned(),
                at: format!("the change of {address}"),
            });
        }
    }
    if let Some(what) = consistency::disagreement(mode, action, raw.deposed.is_some(), &body) {
        return Err(contradiction(what));
    }
    // The sides that an action does not have are not there, whatever stands in the plan.
    let before = if action == Action::Create {
        None
    } else {
        body.before
    };
    let gone = matches!(action, Action::Delete | Action::Forget);
    let after = if gone { None } else { body.after };
    let marked =
        |value: Option<&RawValue>, marks: Option<&RawValue>| value.is_none() || marks.is_some();
    Ok(ResourceChange {
        block: address::without_keys(&address),
        previous_address: raw.previous_address.map(|text| text.0),
        module_address,
        mode,
        kind,
        name,
        index,
        index_unknown,
        provider: raw.provider.map(|text| text.0).unwrap_or_default(),
        deposed: raw.deposed.map(|text| text.0),
        action,
        group: 0,
        replacement,
        reason: raw.reason.map(|text| text.0),
        importing: body.importing.is_some(),
        replace_paths: paths(body.replace_paths.unwrap_or_default()),
        has_unknown_mask: body.after_unknown.is_some(),
        has_marks: marked(before, body.before_sensitive) && marked(after, body.after_sensitive),
        before: Side::new(before, Mask::Nothing, mask(body.before_sensitive)),
        after: Side::new(
            after,
            match body.after_unknown {
                Some(raw) if !gone => Mask::of(raw),
                _ => Mask::Nothing,
            },
            mask(body.after_sensitive),
        ),
        lazy: Lazy::default(),
        address,
    })
}

/// The key of an instance as an address writes it; none where that takes escapes, which
/// tools of different ages write differently.
fn instance_key(text: &str) -> Option<InstanceKey<'_>> {
    match text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
    {
        Some(key) if key.contains(['\\', '$', '%']) => None,
        Some(key) => Some(InstanceKey::Text(Cow::Borrowed(key))),
        None => text.parse().ok().map(InstanceKey::Number),
    }
}

/// A plan that has no marker says nothing about what is sensitive.
fn mask(raw: Option<&RawValue>) -> Mask<'_> {
    raw.map_or(Mask::ByName(false), Mask::of)
}

fn paths(raw: Vec<Vec<NumberOrText<'_>>>) -> Vec<Path> {
    raw.into_iter()
        .map(|steps| {
            steps
                .into_iter()
                .map(|step| match step {
                    NumberOrText::Number(number) => usize::try_from(number)
                        .map_or_else(|_| Step::Key(number.to_string()), Step::Index),
                    NumberOrText::Text(text) => Step::Key(text.into_owned()),
                })
                .collect()
        })
        .collect()
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

fn outputs<'a>(
    raw: Option<Map<'a, Body<'a>>>,
    planned_values: Option<&'a RawValue>,
    prior_state: Option<&'a RawValue>,
) -> Result<Vec<OutputChange<'a>>, PlanError> {
    let Some(raw) = raw else {
        return Ok(Vec::new());
    };
    let unmarked = raw
        .iter()
        .any(|(_, body)| body.before_sensitive.is_none() || body.after_sensitive.is_none());
    // Only old plans leave the markers out; they mark the outputs' values instead.
    let (planned, prior) = if unmarked {
        (
            planned_values
                .and_then(|raw| super::json::read::<Values<'_>>(raw).ok())
                .and_then(|values| values.outputs),
            prior_state
                .and_then(|raw| super::json::read::<State<'_>>(raw).ok())
                .and_then(|state| state.values)
                .and_then(|values| values.outputs),
        )
    } else {
        (None, None)
    };
    raw.into_entries()
        .into_iter()
        .map(|(name, body)| {
            let words = body.actions.unwrap_or(Words::None);
            let address = || format!("output.{name}");
            let Some((action, _)) = words.action(Mode::Managed) else {
                return Err(match words {
                    Words::None => PlanError::NoAction { address: address() },
                    Words::Unknown(words) => PlanError::UnknownAction {
                        address: address(),
                        words,
                    },
                    Words::Known(..) | Words::Open => PlanError::UnknownAction {
                        address: address(),
                        words: r#"["open"]"#.to_owned(),
                    },
                });
            };
            let marked = [&planned, &prior].into_iter().flatten().any(|outputs| {
                outputs
                    .get(&name)
                    .is_some_and(|output| output.sensitive == Some(true))
            });
            let mask = |raw: Option<&'a RawValue>| match raw {
                Some(raw) => Mask::of(raw),
                None if marked => Mask::All,
                None => Mask::ByName(redact::suggests_secret(&name)),
            };
            let gone = matches!(action, Action::Delete);
            let after = if gone { None } else { body.after };
            Ok(OutputChange {
                action,
                before: Side::new(
                    if action == Action::Create {
                        None
                    } else {
                        body.before
                    },
                    Mask::Nothing,
                    mask(body.before_sensitive),
                ),
                after: Side::new(
                    after,
                    match body.after_unknown {
                        _ if gone => Mask::Nothing,
                        Some(raw) => Mask::of(raw),
                        None if after.is_none() => Mask::All,
                        None => Mask::Nothing,
                    },
                    mask(body.after_sensitive),
                ),
                name,
            })
        })
        .collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    /// A plan with one change that has `fields` besides the usual ones.
    fn plan_of(change: &str) -> String {
        format!(
            r#"{{"format_version":"1.2","planned_values":{{}},"resource_changes":[{{"address":"aws_x.y","mode":"managed","type":"aws_x","name":"y","provider_name":"aws",{change}}}]}}"#
        )
    }

    const NO_OP: &str =
        r#""change":{"actions":["no-op"],"before":{},"after":{},"after_unknown":{}}"#;

    fn text(text: &str) -> PlanText {
        PlanText::from_bytes(text.as_bytes().to_vec()).unwrap()
    }

    /// What was not announced is found all the same, and what is wrong in it too.
    #[test]
    fn what_is_expected_changes_no_value() {
        let sides = r#"{"a":1,"b":{"c":[true,null]},"id":"x","s":"secret","u":null}"#;
        let change = format!(
            r#""change":{{"actions":["update"],"before":{sides},"after":{sides},"after_unknown":{{"b":{{"d":true}},"u":true}},
            "before_sensitive":{{"s":true}},"after_sensitive":{{"s":true}}}}"#
        );
        let document = text(&plan_of(&change));
        let plain = document.read().unwrap();
        let mut told = document.read().unwrap();
        told.expect(|kind, action| {
            assert_eq!((kind, action), ("aws_x", Action::Update));
            vec!["b".to_owned(), "none".to_owned()]
        });
        for path in [
            "", "a", "b", "b.c", "b.c[0]", "b.d", "id", "none", "s", "u", "[0]", "u.v",
        ] {
            let path = Path::parse(path).unwrap();
            for _ in 0..2 {
                let sides = |plan: &Plan<'_>| {
                    let change = &plan.changes[0];
                    format!("{:?} {:?}", change.before(&path), change.after(&path))
                };
                assert_eq!(sides(&told), sides(&plain), "{path}");
            }
        }
        let twice = change.replace(r#""a":1"#, r#""a":1,"a":2"#);
        let document = text(&plan_of(&twice));
        let mut told = document.read().unwrap();
        told.expect(|_, _| vec!["b".to_owned()]);
        let read = told.changes[0].after(&Path::parse("b").unwrap());
        assert_eq!(read.unwrap_err().code(), "duplicate-key");
    }

    #[test]
    fn changes_of_one_type_and_action_are_one_group() {
        let change = |name: &str, action: &str| {
            format!(
                r#"{{"address":"aws_x.{name}","mode":"managed","type":"aws_x","name":"{name}","change":{{"actions":["{action}"],"before":null,"after":{{}},"after_unknown":{{}}}}}}"#
            )
        };
        let read = change("c", "create").replace("aws_x", "aws_y");
        let list = [change("a", "create"), read, change("b", "create")].join(",");
        let document = text(&format!(
            r#"{{"format_version":"1.2","planned_values":{{}},"resource_changes":[{list}]}}"#
        ));
        let plan = document.read().unwrap();
        let groups: Vec<usize> = plan.changes.iter().map(|change| change.group).collect();
        assert_eq!(groups, [0, 1, 0]);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let mut wrong = Vec::new();
        for (document, said) in [
            (
                r#"{"format_version":"1.2","planned_values":{},"resource_changes":[{"address":"a","mode":5}]}"#,
                "wrong-type: expected a string, found a number, at line 1, column 87 (`resource_changes[0].mode`)",
            ),
            (
                "{\"format_version\":\"1.2\",\n \"planned_values\":{},\n \"complete\":\"yes, expected\"}",
                "wrong-type: expected a boolean, found a string, at line 3, column 27 (`complete`)",
            ),
            (
                r#"{"format_version":"1.2","resource_changes":[["a"]]}"#,
                "wrong-type: expected a resource change, found a list, at line 1, column 44 (`resource_changes[0]`)",
            ),
            (
                r#"{"format_version":"1.2","format_version":"1.2"}"#,
                "duplicate-key: the key `format_version` occurs twice in one object, at line 1, column 40 (`format_version`)",
            ),
            (
                &plan_of(r#""\u0074ype":"aws_z","change":{}"#),
                "duplicate-key: the key `type` occurs twice in one object, at line 1, column 161 (`resource_changes[0].\\u0074ype`)",
            ),
            (
                r#"{"format_version":"1.2","planned_values":{"a":[1,2"#,
                "truncated: the document ends in the middle: line 1, column 50 (`planned_values.a[1]`)",
            ),
            (
                r#"{"format_version":"1.2","planned_values":{"a":[1,}}"#,
                "invalid-json: invalid JSON: expected value, at line 1, column 50 (`planned_values.a[1]`)",
            ),
            (
                r#"{"format_version":"1.2","terraform_version":"\ud800"}"#,
                "broken-text: a string holds half of a surrogate pair or another escape that is no character, at line 1, column 52 (`terraform_version`)",
            ),
            (
                "{\"format_version\":\"1.2\",\"planned_values\":{}}\n{\"format_version\":\"1.2\"}",
                "concatenated-plans: several plans in one file: the second starts at line 2, column 1",
            ),
            (
                "{\"format_version\":\"1.2\",\"planned_values\":{}} x",
                "trailing-data: more text follows the plan, at line 1, column 46",
            ),
            (
                r#"{"format_version":"2.0","planned_values":{},"resource_changes":{}}"#,
                "unsupported-version: the plan's format version is \"2.0\"; Tollgate reads 0.x and 1.x",
            ),
            (
                &plan_of(
                    r#""change":{"actions":["no-op"],"before":{"a":1},"after":{"a":2},"after_unknown":{}}"#,
                ),
                "contradiction: aws_x.y: the plan contradicts itself: `no-op` is planned, yet `before` and `after` differ",
            ),
            (
                &plan_of(
                    r#""change":{"actions":["no-op"],"before":{"a":1},"after":null,"after_unknown":{}}"#,
                ),
                "contradiction: aws_x.y: the plan contradicts itself: `no-op` is planned, yet nothing is there afterwards",
            ),
            (
                &plan_of(NO_OP).replace("\"managed\"", "\"data\""),
                "contradiction: aws_x.y: the plan contradicts itself: the address is that of another `mode` or `type`",
            ),
            (
                &plan_of(NO_OP).replace("\"type\":\"aws_x\"", "\"type\":\"aws_z\""),
                "contradiction: aws_x.y: the plan contradicts itself: the address is that of another `mode` or `type`",
            ),
            (
                &plan_of(NO_OP).replace("\"name\":\"y\"", "\"name\":\"z\""),
                "contradiction: aws_x.y: the plan contradicts itself: the address is that of another `name`",
            ),
            (
                &plan_of(&format!(r#""index":0,{NO_OP}"#)),
                "contradiction: aws_x.y: the plan contradicts itself: the address is that of another `index`",
            ),
            (
                &plan_of(&format!(r#""index":"b",{NO_OP}"#))
                    .replace("\"aws_x.y\"", r#""aws_x.y[\"a\"]""#),
                r#"contradiction: aws_x.y["a"]: the plan contradicts itself: the address is that of another `index`"#,
            ),
            (
                &plan_of(
                    r#""change":{"actions":["no-op"],"before":null,"after":{},"after_unknown":{}}"#,
                ),
                "contradiction: aws_x.y: the plan contradicts itself: `no-op` is planned, yet nothing is there before",
            ),
            (
                &plan_of(
                    r#""change":{"actions":["no-op"],"before":{"true":1},"after":{"true":1},"after_unknown":{"a":[{"b":true}]}}"#,
                ),
                "contradiction: aws_x.y: the plan contradicts itself: `no-op` is planned, yet something is known only afterwards",
            ),
            (
                &plan_of(
                    r#""change":{"actions":["create"],"before":{"id":"x"},"after":{},"after_unknown":{}}"#,
                ),
                "contradiction: aws_x.y: the plan contradicts itself: `create` is planned, yet the object is there before",
            ),
            (
                &plan_of(r#""change":{"actions":["delete"],"before":{},"after":{}}"#),
                "contradiction: aws_x.y: the plan contradicts itself: the object is planned to go, yet is there afterwards",
            ),
            (
                &plan_of(r#""change":{"actions":["read"],"after":{},"after_unknown":{}}"#),
                "contradiction: aws_x.y: the plan contradicts itself: `read` is planned for what is managed",
            ),
            (
                &plan_of(r#""change":{"actions":["delete"],"before":{}}"#)
                    .replace("managed", "data")
                    .replace("\"aws_x.y\"", "\"data.aws_x.y\""),
                "contradiction: data.aws_x.y: the plan contradicts itself: data sources are only read",
            ),
            (
                &plan_of(r#""change":{"actions":["delete"],"before":{}}"#)
                    .replace("managed", "ephemeral")
                    .replace("\"aws_x.y\"", "\"ephemeral.aws_x.y\""),
                "contradiction: ephemeral.aws_x.y: the plan contradicts itself: ephemeral resources leave nothing that could be changed",
            ),
            (
                &plan_of(
                    r#""deposed":"k","change":{"actions":["create"],"after":{},"after_unknown":{}}"#,
                ),
                "contradiction: aws_x.y: the plan contradicts itself: what is deposed can only go",
            ),
            (
                &plan_of(
                    r#""change":{"actions":["update"],"before":null,"after":{},"after_unknown":{}}"#,
                ),
                "contradiction: aws_x.y: the plan contradicts itself: `update` is planned, yet nothing is there before",
            ),
            (
                &plan_of(
                    r#""change":{"actions":["update"],"before":{"id":"a"},"after":{"id":"b"},"after_unknown":{}}"#,
                ),
                "contradiction: aws_x.y: the plan contradicts itself: `update` is planned, yet another `id` is there afterwards",
            ),
            (
                &plan_of(&format!(r#""module_address":"module.m",{NO_OP}"#)),
                "contradiction: aws_x.y: the plan contradicts itself: `module_address` names another module than the address",
            ),
            (
                r#"{"format_version":"1.2","planned_values":{"root_module":{"child_modules":[{"resources":[{"address":"module.m.aws_x.y"}]}]}}}"#,
                "contradiction: module.m.aws_x.y: the plan contradicts itself: `planned_values` has it, and `resource_changes` does not say what becomes of it",
            ),
            (
                r#"{"format_version":"1.2","planned_values":{"root_module":{"resources":[{}]}}}"#,
                "contradiction: a resource without an address: the plan contradicts itself: `planned_values` has it, and `resource_changes` does not say what becomes of it",
            ),
            (
                r#"{"format_version":"1.2","planned_values":{"root_module":{"resources":7}}}"#,
                "wrong-type: expected a sequence, found a number, at `planned_values`",
            ),
            (
                r#"{"format_version":"1.2","planned_values":{},"resource_changes":[],"prior_state":{"values":{"root_module":{"resources":[{"address":"aws_x.y"}]}}}}"#,
                "contradiction: aws_x.y: the plan contradicts itself: `prior_state` has it, and `resource_changes` does not say what becomes of it",
            ),
            (
                r#"{"format_version":"1.2","planned_values":{},"resource_changes":[],"errored":true}"#,
                "errored-plan: planning failed (`errored` is true), so the list of changes is incomplete",
            ),
            (
                &plan_of(r#""change":{"actions":["destroy"]}"#),
                "unknown-action: aws_x.y: the planned action [\"destroy\"] is not one that Tollgate knows",
            ),
            (
                &plan_of(r#""change":{"actions":["open"]}"#),
                "unknown-action: aws_x.y: the planned action [\"open\"] is not one that Tollgate knows",
            ),
            (
                &plan_of(r#""change":{"actions":[]}"#),
                "no-action: aws_x.y: no action is planned, not even `no-op`",
            ),
            (
                &plan_of(r#""change":{"actions":null}"#),
                "no-action: aws_x.y: no action is planned, not even `no-op`",
            ),
            (
                &plan_of(r#""change":{"actions":["create"],"after":{}}"#),
                "missing-key: `after_unknown` is missing in the change of aws_x.y",
            ),
            (
                &plan_of(r#""change":{"actions":["create"],"after_unknown":{}}"#),
                "missing-key: `after` is missing in the change of aws_x.y",
            ),
            (
                &plan_of(
                    r#""change":{"actions":["update"],"before":{},"after":[],"after_unknown":{}}"#,
                ),
                "wrong-type: expected an object or null as `after`, found another value, at the change of aws_x.y",
            ),
            (
                &plan_of(r#""deposed":"x""#),
                "missing-key: `change` is missing in the change of aws_x.y",
            ),
        ] {
            let error = text(document).read().unwrap_err();
            let found = format!("{}: {error}", error.code());
            if found != said {
                wrong.push(format!("{document}\n  expected {said}\n  found    {found}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn what_is_written_twice_may_be_missing_once() {
        let change = r#""change":{"actions":["delete"],"before":{"id":"x"}}"#;
        for (address, told) in [
            ("aws_x.y", "- Managed aws_x y None"),
            (
                "module.m.aws_x.y[2]",
                "module.m Managed aws_x y Some(Number(2))",
            ),
            (
                r#"module.m[\"k\"].aws_x.y[\"a.b\"]"#,
                r#"module.m["k"] Managed aws_x y Some(Text("a.b"))"#,
            ),
        ] {
            let document = text(&format!(
                r#"{{"format_version":"1.2","resource_changes":[{{"address":"{address}",{change}}}]}}"#
            ));
            let plan = document.read().unwrap();
            let change = &plan.changes[0];
            let found = format!(
                "{} {:?} {} {} {:?}",
                change.module_address.as_deref().unwrap_or("-"),
                change.mode,
                change.kind,
                change.name,
                change.index
            );
            assert_eq!(found, told);
            assert!(change.provider.is_empty() && !change.has_marks());
            assert!(!plan.has_configuration());
        }
    }

    #[test]
    fn addresses_that_are_none_are_refused() {
        for address in [
            "main",
            "module.m",
            "aws_x",
            "aws_x.y.z",
            "aws x.y",
            "local.x",
        ] {
            let document = plan_of(NO_OP).replace("aws_x.y", address);
            let error = text(&document).read().unwrap_err();
            assert_eq!(error.code(), "contradiction", "{address}: {error}");
        }
    }

    #[test]
    fn what_a_plan_leaves_alone_is_told() {
        let state = |resources: &str| {
            format!(r#""prior_state":{{"values":{{"root_module":{{"resources":[{resources}]}}}}}}"#)
        };
        let stored = r#"{"address":"aws_x.y","mode":"managed","type":"aws_x","name":"y"},{"address":"aws_x.other","mode":"managed","type":"aws_x","name":"other"},{"address":"data.aws_x.d","mode":"data","type":"aws_x","name":"d"}"#;
        let left_alone = |document: &str| -> Vec<String> {
            let document = text(document);
            let plan = document.read().unwrap();
            plan.left_alone.iter().map(ToString::to_string).collect()
        };
        let narrowed = plan_of(NO_OP).replace("\"planned_values\":{}", &state(stored));
        assert_eq!(left_alone(&narrowed), ["aws_x.other"]);
        // Before 1.0 the state writes addresses without keys, and without modules.
        let old = narrowed
            .replace("\"1.2\"", "\"0.1\"")
            .replace("\"address\":\"aws_x.y\",\"mode\":\"managed\",\"type\":\"aws_x\",\"name\":\"y\",\"provider", "\"address\":\"aws_x.y[0]\",\"mode\":\"managed\",\"type\":\"aws_x\",\"name\":\"y\",\"provider");
        assert_eq!(left_alone(&old), ["aws_x.other"]);
        // One that only refreshes has neither changes nor planned values.
        let refreshed = format!(
            r#"{{"format_version":"1.2","planned_values":{{"root_module":{{}}}},{}}}"#,
            state(stored)
        );
        assert!(left_alone(&refreshed).is_empty());
    }

    #[test]
    fn drift_without_meaning_is_no_difference() {
        let differences = |before: &str, after: &str| {
            let document = plan_of(&format!(
                r#""change":{{"actions":["update"],"before":{before},"after":{after},"after_unknown":{{}}}}"#
            ))
            .replace("resource_changes", "resource_drift");
            let document = text(&document);
            let plan = document.read().unwrap();
            plan.drift[0].differences()
        };
        let none: Option<Vec<String>> = Some(Vec::new());
        assert_eq!(
            differences(
                r#"{"tags":null,"name":"","list":[{"a":null}],"gone":null,"same":{"x":1}}"#,
                r#"{"tags":{ },"name":null,"list":[{"a":[]}],"new":"","same":{ "x": 1 }}"#
            ),
            none
        );
        assert_eq!(
            differences(
                r#"{"a":0,"b":false,"c":{"x":"1"},"d":[1],"e":"x"}"#,
                r#"{"a":null,"b":null,"c":{"x":"2"},"d":[1,2],"e":"x"}"#
            ),
            Some(["a", "b", "c", "d"].map(str::to_owned).to_vec())
        );
        assert_eq!(differences(r#"{"a":1}"#, r#"{"a":1,"a":2}"#), None);
    }

    #[test]
    fn an_object_is_planned_once_but_may_have_deposed_ones() {
        let entry = |deposed: &str| {
            format!(
                r#"{{"address":"a.b","mode":"managed","type":"a","name":"b","provider_name":"p",{deposed}{NO_OP}}}"#
            )
        };
        let of = |entries: &[String]| {
            format!(
                r#"{{"format_version":"1.2","resource_changes":[{}]}}"#,
                entries.join(",")
            )
        };
        let (current, x, y) = (
            entry(""),
            entry(r#""deposed":"x","#),
            entry(r#""deposed":"y","#),
        );
        assert_eq!(
            text(&of(&[current.clone(), x.clone(), y]))
                .read()
                .unwrap()
                .changes
                .len(),
            3
        );
        let error = text(&of(&[current.clone(), x.clone(), current]))
            .read()
            .unwrap_err();
        assert_eq!(error.to_string(), "a.b is planned twice");
        let error = text(&of(&[x.clone(), x])).read().unwrap_err();
        assert_eq!(error.to_string(), "a.b (deposed x) is planned twice");
    }

    #[test]
    fn what_later_versions_may_add_is_tolerated() {
        let document = plan_of(&format!(
            r#""action_reason":"because_of_the_moon","new":[1],{NO_OP}"#
        ))
        .replace("\"1.2\"", "\"1.99\"");
        let document = text(&document);
        let plan = document.read().unwrap();
        assert_eq!(
            plan.changes[0].reason.as_deref(),
            Some("because_of_the_moon")
        );
        assert_eq!((plan.complete, plan.applyable), (None, None));
    }

    #[test]
    fn the_wrapper_of_setup_terraform_is_understood() {
        let plan = r#"{"format_version":"1.2","planned_values":{}}"#;
        for around in [
            format!("[command]/tmp/x/terraform-bin show -json tfplan\n{plan}\n"),
            format!(
                "[command]/tmp/x/terraform-bin show -json tfplan\r\n{plan}\r\n::debug::exited with code 0.\r\n"
            ),
            format!("{plan}\n::debug::stdout: {plan}%0A\n::set-output name=exitcode::0\n"),
        ] {
            assert!(text(&around).read().is_ok(), "{around}");
        }
        let error = text(&format!("{plan}\n::debug::x\nrm\n"))
            .read()
            .unwrap_err();
        assert_eq!(error.code(), "trailing-data");
        assert_eq!(text("[command]x").read().unwrap_err().code(), "empty-file");
    }

    #[test]
    fn deep_nesting_neither_crashes_nor_matters_where_nobody_looks() {
        let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        let document = format!(r#"{{"format_version":"1.2","planned_values":{deep}}}"#);
        assert!(text(&document).read().is_ok());
    }

    #[test]
    fn deferred_changes_and_action_invocations_are_represented() {
        let document = text(
            r#"{"format_version":"1.2","planned_values":{},"complete":false,
            "deferred_changes":[{"reason":"instance_count_unknown","resource_change":{"address":"a.b[*]","index_unknown":true,"mode":"managed","type":"a","name":"b","provider_name":"p","change":{"actions":["create"],"after":{},"after_unknown":{"id":true}}}}],
            "action_invocations":[{"address":"action.a.b","type":"a","name":"b","provider_name":"p","config_values":{"secret":"x"},"lifecycle_action_trigger":{"triggering_resource_address":"a.b","action_trigger_event":"AfterCreate"}},{"address":"action.a.c","type":"a","provider_name":"p","invoke_action_trigger":{}}],
            "deferred_action_invocations":[{"reason":"deferred_prereq","action_invocation":{"address":"action.a.d","type":"a","provider_name":"p"}}]}"#,
        );
        let plan = document.read().unwrap();
        assert_eq!(plan.complete, Some(false));
        let deferred = &plan.deferred[0];
        assert_eq!(
            (deferred.reason.as_ref(), deferred.change.index_unknown),
            ("instance_count_unknown", true)
        );
        let invocations: Vec<_> = plan
            .action_invocations
            .iter()
            .map(|i| {
                (
                    i.address.as_ref(),
                    i.triggered_by.as_deref(),
                    i.event.as_deref(),
                    i.deferred.as_deref(),
                )
            })
            .collect();
        assert_eq!(
            invocations,
            [
                ("action.a.b", Some("a.b"), Some("AfterCreate"), None),
                ("action.a.c", None, None, None),
                ("action.a.d", None, None, Some("deferred_prereq")),
            ]
        );
    }

    #[test]
    fn outputs_of_old_plans_are_masked_by_the_values_or_the_name() {
        let document = text(
            r#"{"format_version":"0.1","planned_values":{"outputs":{"a":{"sensitive":true},"b":{"sensitive":false}}},
            "prior_state":{"values":{"outputs":{"c":{"sensitive":true}}}},
            "output_changes":{"a":{"actions":["create"],"before":null,"after":"1","after_unknown":false},
            "b":{"actions":["create"],"before":null,"after":"1","after_unknown":false},
            "c":{"actions":["delete"],"before":"1","after":null,"after_unknown":false},
            "db_password":{"actions":["create"],"before":null,"after":"1","after_unknown":false},
            "d":{"actions":["create"],"before":null,"after_unknown":true}}}"#,
        );
        let plan = document.read().unwrap();
        let told: Vec<_> = plan
            .outputs
            .iter()
            .map(|output| {
                format!(
                    "{} {:?} {:?}",
                    output.name,
                    output.before().unwrap(),
                    output.after().unwrap()
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                "a Absent Sensitive",
                "b Absent Text(\"1\")",
                "c Sensitive Absent",
                "d Absent Unknown",
                "db_password Absent Sensitive"
            ]
        );
    }
}
