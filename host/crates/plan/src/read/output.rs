//! Changes to the outputs of the root module.

use serde_json::value::RawValue;

use super::{Body, State, Values, action};
use crate::json::{Map, read};
use crate::value::{Mask, Side};
use crate::{Action, Mode, OutputChange, PlanError, redact};

/// Reads the changes of outputs; old plans say what of them is sensitive in the values.
pub(super) fn outputs<'a>(
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
                .and_then(|raw| read::<Values<'_>>(raw).ok())
                .and_then(|values| values.outputs),
            prior_state
                .and_then(|raw| read::<State<'_>>(raw).ok())
                .and_then(|state| state.values)
                .and_then(|values| values.outputs),
        )
    } else {
        (None, None)
    };
    raw.into_entries()
        .into_iter()
        .map(|(name, body)| {
            let (action, _) = action(body.actions, Mode::Managed, || format!("output.{name}"))?;
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
