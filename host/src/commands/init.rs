//! `tollgate init`: a `tollgate.toml` for a repository that has none.

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{CommandError, print};
use crate::cli::ProjectInitArgs;
use crate::config::{Config, FILE_NAME};
use crate::deploy::place::Place;
use crate::deploy::target::{Project, Site};
use crate::hcl::Dialect;
use crate::init::{self, Draft};
use crate::layout;
use crate::origin::Origin;
use crate::report::inert;
use tollgate_model::library::LIBRARY;
use tollgate_secrets::shell_name;

/// Writes a `tollgate.toml` with what conventions find, or prints it.
pub(super) fn run(args: &ProjectInitArgs) -> Result<u8, CommandError> {
    let base = args.directory.as_deref().unwrap_or(Path::new("."));
    let path = path_below(base)?;
    if !args.dry_run {
        expect_none_above(base, &path)?;
    }
    let mut draft = init::draft(base);
    let project = resolve(&mut draft, &path)?;
    draft.unsure.extend(unsure_of(&project, base));
    if args.dry_run {
        return print(&draft.text);
    }
    expect_none_hidden(base, &project)?;
    write(&path, &draft.text)?;
    print(&summary(&path, &draft))
}

/// Where the file goes.
fn path_below(base: &Path) -> Result<PathBuf, CommandError> {
    if !base.is_dir() {
        return Err(CommandError::usage(
            format!("{} is no directory", base.display()),
            "name the root of the repository",
        ));
    }
    Ok(if base == Path::new(".") {
        FILE_NAME.into()
    } else {
        base.join(FILE_NAME)
    })
}

/// Refuses a second file below one that is there already.
fn expect_none_above(base: &Path, path: &Path) -> Result<(), CommandError> {
    match Config::find(base).filter(|above| above != path) {
        Some(above) => Err(CommandError::usage(
            format!(
                "{} is there already, and one here would judge whoever works below it in its place",
                above.display()
            ),
            "add what is here to that file; `tollgate init --dry-run` prints what would be written",
        )),
        None => Ok(()),
    }
}

/// Resolves the environments of the draft: what is written has to be what is read. The name of the
/// project becomes a comment where it would give a history or a lock another place.
fn resolve(draft: &mut Draft, path: &Path) -> Result<Project, CommandError> {
    let parse = |text: &str| {
        Config::parse(
            &path.display().to_string(),
            text.as_bytes().to_vec(),
            LIBRARY,
        )
    };
    let records = |config: &Config, project: &Project| -> Vec<Option<String>> {
        let sites = project.sites().iter();
        sites
            .map(|site| Place::written(config, &project.target(site)))
            .collect()
    };
    let config = parse(&draft.text)?;
    let project = Project::resolve(&config, Dialect::OpenTofu);
    let conventional = parse("")?;
    let before = Project::resolve(&conventional, Dialect::OpenTofu);
    if records(&config, &project) == records(&conventional, &before) {
        return Ok(project);
    }
    // Under a name that nobody gave it until now, there is no history, and another lock.
    draft.text = draft.text.replacen("\nname = ", "\n# name = ", 1);
    let config = parse(&draft.text)?;
    Ok(Project::resolve(&config, Dialect::OpenTofu))
}

/// What somebody has to decide: files that no environment uses, and environments with one state.
fn unsure_of(project: &Project, base: &Path) -> Vec<String> {
    let left_out = project.left_out().iter().map(|path| {
        let path = path.strip_prefix(base).unwrap_or(path);
        format!(
            "{} is used by no environment: add it to `var-files` or `backend-config` of those that it is for",
            path.display()
        )
    });
    let shared = project.shared().into_iter().map(|refusal| {
        format!(
            "expected {}, found {}: {}",
            refusal.expected, refusal.found, refusal.help
        )
    });
    left_out.chain(shared).collect()
}

/// Refuses a file that would hide environments below it, which it does not name.
fn expect_none_hidden(base: &Path, project: &Project) -> Result<(), CommandError> {
    let hidden = stacks(base, project);
    let Some(first) = hidden.first() else {
        return Ok(());
    };
    let named: Vec<String> = hidden
        .iter()
        .map(|stack| stack.display().to_string())
        .collect();
    Err(CommandError::usage(
        format!(
            "environments are found in {}, and a tollgate.toml here, which does not name them, would hide them",
            named.join(", ")
        ),
        format!(
            "run it for each stack, `tollgate init {}`; or write the file here by hand, with a `directory` for each environment",
            shell_name(&first.display().to_string())
        ),
    ))
}

/// Writes the file, and never in the place of another one.
fn write(path: &Path, text: &str) -> Result<(), CommandError> {
    let written = File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => CommandError::usage(
            format!("{} is there already", path.display()),
            "it stays as it is; `tollgate init --dry-run` prints what would be written",
        ),
        _ => CommandError::usage(
            format!("{} cannot be written: {error}", path.display()),
            "check the directory's permissions",
        ),
    })
}

/// What was written, what convention found, and what it is unsure of.
fn summary(path: &Path, draft: &Draft) -> String {
    let mut text = format!("wrote {}\n", inert(&path.display().to_string()));
    for (word, lines) in [("found", &draft.found), ("unsure", &draft.unsure)] {
        for line in lines {
            text.push_str(&format!("  {word:8}{}\n", inert(line)));
        }
    }
    text.push_str("next: `tollgate env list`, then `tollgate env doctor`\n");
    text
}

/// How many folders are looked into.
const MAX_FOLDERS: usize = 2_000;
/// How many levels of folders below the root are looked into.
const DEEP: usize = 3;

/// Root modules below whose environments convention finds from there, and the project does not have.
fn stacks(base: &Path, project: &Project) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![(base.to_owned(), 0)];
    let mut looked = 0;
    while let Some((folder, depth)) = folders.pop() {
        let mut below: Vec<PathBuf> = std::fs::read_dir(&folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
            .map(|entry| entry.path())
            .filter(|path| {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                !name.starts_with('.') && !layout::is_never_deployed(&name)
            })
            .collect();
        below.sort();
        for path in below {
            looked += 1;
            if looked > MAX_FOLDERS {
                break;
            }
            if layout::holds_environments(&path)
                && !project.sites().iter().any(|site| is_of(site, &path))
            {
                let config = Config::conventional(LIBRARY).of_commit(Origin::Files, &path);
                let own = Project::resolve(&config, Dialect::OpenTofu);
                if own.sites().iter().any(|site| is_of(site, &path)) {
                    found.push(path);
                    continue;
                }
            }
            if depth + 1 < DEEP {
                folders.push((path, depth + 1));
            }
        }
    }
    found.sort();
    // As somebody writes them.
    let written = |path: PathBuf| match path.strip_prefix(".") {
        Ok(below) => below.to_owned(),
        Err(_) => path,
    };
    found.into_iter().map(written).collect()
}

/// Whether an environment's root module is this folder.
fn is_of(site: &Arc<Site>, folder: &Path) -> bool {
    layout::same(&site.layout.directory.value, folder)
}
