//! Which place in a file somebody means.

use tollgate_secrets::{Draft, ExtractPath, Format, Value};

use super::CommandError;
use crate::cli::ValuePath;

/// Returns the place that a path means in a file: a key of that very name, or what messages mean by it.
///
/// # Errors
/// Where neither is there, and either could be meant.
pub(super) fn meant(draft: &Draft, path: &ValuePath) -> Result<ExtractPath, CommandError> {
    let unencrypted = draft.unencrypted()?;
    let is_there = |place: &ExtractPath| {
        draft.get(place).is_some()
            || unencrypted
                .iter()
                .any(|path| path.to_string() == place.to_string() && same_depth(path, place))
    };
    let Some(nested) = &path.nested else {
        // In INI a key has a section, and what stands before the first is in one of that name.
        if draft.format() == Format::Ini && path.literal.depth() == 1 && !is_there(&path.literal) {
            return Ok(in_default_section(&path.literal));
        }
        return Ok(path.literal.clone());
    };
    if is_there(&path.literal) {
        return Ok(path.literal.clone());
    }
    // A new key of a map or a list that is there.
    let parent = nested.parent();
    let grows = parent
        .as_ref()
        .and_then(|parent| draft.get(parent))
        .is_some_and(|value| matches!(value, Value::Map(_) | Value::List(_)));
    if is_there(nested) || grows {
        return Ok(nested.clone());
    }
    Err(CommandError::usage(
        format!("nothing is at {nested}, and it can be one name or a path"),
        format!(
            "write one name as '{}', and a path as '{}'",
            path.literal.in_brackets(),
            nested.in_brackets()
        ),
    ))
}

/// The place of a key that stands before the first section of an INI file.
fn in_default_section(name: &ExtractPath) -> ExtractPath {
    match name.first_key() {
        Some(key) => ExtractPath::key("DEFAULT").then_key(key),
        None => name.clone(),
    }
}

fn same_depth(path: &tollgate_secrets::KeyPath, place: &ExtractPath) -> bool {
    path.steps().count() == place.depth()
}
