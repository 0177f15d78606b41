//! One resource change: which instance it is of, what happens to it, and its two sides.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{Resource, action};
use crate::json::{Kind, NumberOrText, Text, kind};
use crate::value::{Mask, Side};
use crate::{
    Action, InstanceKey, Lazy, Mode, Path, PlanError, ResourceChange, Step, address, consistency,
};

/// Reads a resource change, the `at`th of its list.
pub(super) fn change(mut raw: Resource<'_>, at: usize) -> Result<ResourceChange<'_>, PlanError> {
    let Some(Text(address)) = raw.address.take() else {
        return Err(PlanError::MissingKey {
            key: "address",
            at: format!("resource change {at}"),
        });
    };
    let instance = Instance::of(&mut raw, &address)?;
    let mut body = raw.change.ok_or_else(|| PlanError::MissingKey {
        key: "change",
        at: format!("the change of {address}"),
    })?;
    let (action, replacement) = action(body.actions.take(), instance.mode, || address.to_string())?;
    for (side, value) in [("before", body.before), ("after", body.after)] {
        if value.is_some_and(|raw| kind(raw) != Kind::Object) {
            return Err(PlanError::WrongType {
                expected: format!("an object or null as `{side}`"),
                found: "another value".to_owned(),
                at: format!("the change of {address}"),
            });
        }
    }
    let deposed = raw.deposed.is_some();
    if let Some(what) = consistency::disagreement(instance.mode, action, deposed, &body) {
        return Err(contradiction(&address, what));
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
        module_address: instance.module_address,
        mode: instance.mode,
        kind: instance.kind,
        name: instance.name,
        index: instance.index,
        index_unknown: instance.index_unknown,
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

fn contradiction(address: &str, what: &str) -> PlanError {
    PlanError::Contradiction {
        address: address.to_owned(),
        what: what.to_owned(),
    }
}

/// The resource instance that a change is of.
struct Instance<'a> {
    module_address: Option<Cow<'a, str>>,
    mode: Mode,
    kind: Cow<'a, str>,
    name: Cow<'a, str>,
    index: Option<InstanceKey<'a>>,
    index_unknown: bool,
}

impl<'a> Instance<'a> {
    /// Takes the instance from the keys beside the address, which has to say the same. What other
    /// programs leave out is in the address as well.
    fn of(raw: &mut Resource<'a>, address: &str) -> Result<Self, PlanError> {
        let contradiction = |what| Err(contradiction(address, what));
        let Some(parts) = address::parts(address) else {
            return contradiction(
                "the address is that of no resource; one is written `TYPE.NAME`, with its modules in front",
            );
        };
        let mode = match raw.mode.take() {
            None => parts.mode,
            Some(word) => stated_mode(&word.0, address)?,
        };
        let module_address = match raw.module_address.take().map(|text| text.0) {
            Some(module) if !module.is_empty() => {
                if parts.module != Some(module.as_ref()) {
                    return contradiction("`module_address` names another module than the address");
                }
                Some(module)
            }
            _ => parts.module.map(|module| Cow::Owned(module.to_owned())),
        };
        let kind = raw
            .kind
            .take()
            .map_or_else(|| Cow::Owned(parts.kind.to_owned()), |text| text.0);
        if mode != parts.mode || kind != parts.kind {
            return contradiction("the address is that of another `mode` or `type`");
        }
        let name = raw
            .name
            .take()
            .map_or_else(|| Cow::Owned(parts.name.to_owned()), |text| text.0);
        if name != parts.name {
            return contradiction("the address is that of another `name`");
        }
        let stated = raw.index.take().map(|index| match index {
            NumberOrText::Number(number) => InstanceKey::Number(number),
            NumberOrText::Text(text) => InstanceKey::Text(text),
        });
        let written = parts.key.and_then(instance_key);
        let index_unknown = raw.index_unknown.unwrap_or(false);
        if !index_unknown
            && let Some(stated) = &stated
            && (parts.key.is_none() || written.as_ref().is_some_and(|key| key != stated))
        {
            return contradiction("the address is that of another `index`");
        }
        let index = match stated {
            None if !index_unknown => written.map(|key| match key {
                InstanceKey::Number(number) => InstanceKey::Number(number),
                InstanceKey::Text(text) => InstanceKey::Text(Cow::Owned(text.into_owned())),
            }),
            stated => stated,
        };
        Ok(Self {
            module_address,
            mode,
            kind,
            name,
            index,
            index_unknown,
        })
    }
}

fn stated_mode(word: &str, address: &str) -> Result<Mode, PlanError> {
    match word {
        "managed" => Ok(Mode::Managed),
        "data" => Ok(Mode::Data),
        "ephemeral" => Ok(Mode::Ephemeral),
        _ => Err(PlanError::WrongType {
            expected: "`managed`, `data` or `ephemeral` as `mode`".to_owned(),
            found: "another word".to_owned(),
            at: format!("the change of {address}"),
        }),
    }
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
