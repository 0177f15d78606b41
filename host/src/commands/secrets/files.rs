//! Which files a command is about, and the changes that are made to all of them or to none.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tollgate_secrets::{SecretsFile, shell_path};

use super::CommandError;
use crate::cli::FilesArgs;
use crate::config::Config;
use crate::diagnostic::quoted;
use crate::layout;
use crate::routing::copies::{self, Twin};
use crate::routing::writing::Writing;
use crate::routing::{self, RouteError, directories, find};

/// Returns the files that are asked for, each once, in their order.
///
/// # Errors
/// When none are asked for, or an environment has none.
pub(super) fn chosen(
    config: &Config,
    args: &FilesArgs,
    all_by_default: bool,
) -> Result<Vec<PathBuf>, CommandError> {
    let mut paths = args.files.clone();
    let all = args.all || all_by_default && paths.is_empty() && args.environment.is_empty();
    let mut names = args.environment.clone();
    if all {
        names = config.environments().map(ToOwned::to_owned).collect();
        if names.is_empty() {
            names = routing::discover(&config.directory());
        }
    }
    for name in &names {
        let settings = config.secrets(Some(name))?;
        if let Some(source) = &settings.source {
            if all {
                continue;
            }
            return Err(CommandError::usage(
                format!(
                    "the secrets of {} come from {source}, so there is no file",
                    settings.environment
                ),
                "change who reads them there",
            ));
        }
        let mut modules = vec![PathBuf::from(".")];
        if let Ok(layout) = layout::resolve(config, Some(name)) {
            modules.push(layout.directory.value);
        }
        match find(&settings, &directories(config, &modules)) {
            Ok(found) => paths.extend(found),
            // An environment without a file has nothing to change.
            Err(RouteError::NotFound { .. }) if all => {}
            Err(error) => return Err(error.into()),
        }
    }
    if paths.is_empty() {
        return Err(CommandError::usage(
            if all {
                "no environment has a secrets file"
            } else {
                "nothing says which files"
            },
            "name them, or an environment: `-e production`; or every one: `--all`",
        ));
    }
    let mut seen = BTreeSet::new();
    paths.retain(|path| seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())));
    Ok(paths)
}

/// Finds the file of another environment that a file is a copy of, in whole or in part: its readers have to
/// stay as they are, because whoever is let in would get the other environment's values.
///
/// # Errors
/// When it cannot be told whose file it is.
pub(super) fn copied(config: &Config, path: &Path) -> Result<Option<Twin>, CommandError> {
    let file = SecretsFile::read(path, None)?;
    let writing = Writing::of(config, path)?;
    let owners = writing.owners().iter();
    let own: Vec<&str> = owners.map(|owner| owner.environment.as_str()).collect();
    let mut modules = vec![PathBuf::from(".")];
    modules.extend(path.parent().map(Path::to_owned));
    for name in layout::names(config) {
        if let Ok(layout) = layout::resolve(config, Some(&name)) {
            modules.push(layout.directory.value);
        }
    }
    let twin = copies::twin(config, &own, &file, &directories(config, &modules));
    Ok(twin.filter(|twin| !twin.is_the_copy(&file)))
}

/// Says that a file is a copy; `what` is a clause that says what would come of it.
pub(super) fn is_a_copy(path: &Path, twin: &Twin, what: &str) -> CommandError {
    let shown = path.display().to_string();
    let help = if twin.whole {
        copies::anew(&shown)
    } else {
        format!(
            "set the values that both have anew: `tollgate secrets set {} NAME`",
            shell_path(&shown)
        )
    };
    CommandError::refused(
        format!(
            "{} has encrypted values of {}, the file of {}, so it is a copy in whole or in part, and {what}; nothing was changed",
            shown.escape_debug(),
            twin.file().escape_debug(),
            quoted(&twin.environment)
        ),
        format!("{help}; if the other file is the copy, do so there"),
    )
}

/// Replaces a text file at once, with the mode that it has.
pub(super) fn replace_text(path: &Path, text: &str) -> Result<(), CommandError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.tollgate-{}", std::process::id()));
    let write = || -> std::io::Result<()> {
        std::fs::write(&beside, text)?;
        std::fs::set_permissions(&beside, std::fs::metadata(path)?.permissions())?;
        std::fs::File::open(&beside)?.sync_all()?;
        std::fs::rename(&beside, path)
    };
    write().map_err(|error| {
        let _ = std::fs::remove_file(&beside);
        CommandError::usage(
            format!(
                "{} cannot be written: {}; no file was changed",
                path.display().to_string().escape_debug(),
                tollgate_secrets::in_words(error.kind())
            ),
            "make it writable, and run the command again",
        )
    })
}
