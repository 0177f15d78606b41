//! Which place in a file somebody means.

use std::path::Path;

use tollgate_secrets::{Draft, ExtractPath, Format, Value, shell_path};

use super::CommandError;
use crate::cli::ValuePath;
use crate::routing;

/// Refuses to change a part of a file of variables that is encrypted as a whole: it is one value.
pub(super) fn of_variables(draft: &Draft, path: &Path) -> Result<(), CommandError> {
    if draft.format() != Format::Binary || !routing::is_called_variables(path) {
        return Ok(());
    }
    let shown = path.display().to_string();
    Err(CommandError::usage(
        format!(
            "{} is encrypted as a whole, as one value, so no single variable of it can be set here; nothing was changed",
            shown.escape_debug()
        ),
        format!(
            "change it in an editor: `tollgate secrets edit {}`",
            shell_path(&shown)
        ),
    ))
}

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
            "write one name as {}, and a path as {}",
            path.literal.argument(),
            nested.argument()
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
