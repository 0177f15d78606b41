//! `tollgate init`: a `tollgate.toml` for a repository that has none.

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use super::{CommandError, print};
use crate::cli::ProjectInitArgs;
use crate::config::{Config, FILE_NAME};
use crate::deploy::place::Place;
use crate::deploy::target::Project;
use crate::hcl::Dialect;
use crate::init;
use crate::report::inert;
use tollgate_model::library::LIBRARY;

pub(super) fn run(args: &ProjectInitArgs) -> Result<u8, CommandError> {
    let base = args.directory.as_deref().unwrap_or(Path::new("."));
    if !base.is_dir() {
        return Err(CommandError::usage(
            format!("{} is no directory", base.display()),
            "name the root of the repository",
        ));
    }
    let path = if base == Path::new(".") {
        FILE_NAME.into()
    } else {
        base.join(FILE_NAME)
    };
    if let Some(above) = Config::find(base).filter(|above| *above != path)
        && !args.dry_run
    {
        return Err(CommandError::usage(
            format!(
                "{} is there already, and one here would judge whoever works below it in its place",
                above.display()
            ),
            "add what is here to that file; `tollgate init --dry-run` prints what would be written",
        ));
    }
    let mut draft = init::draft(base);
    // What is written has to be what is read.
    let parse = |text: &str| {
        Config::parse(
            &path.display().to_string(),
            text.as_bytes().to_vec(),
            LIBRARY,
        )
    };
    let mut config = parse(&draft.text)?;
    let mut project = Project::resolve(&config, Dialect::OpenTofu);
    let conventional = parse("")?;
    let records = |config: &Config, project: &Project| -> Vec<Option<String>> {
        let sites = project.sites().iter();
        sites
            .map(|site| Place::written(config, &project.target(site)))
            .collect()
    };
    let before = Project::resolve(&conventional, Dialect::OpenTofu);
    if records(&config, &project) != records(&conventional, &before) {
        // Under a name that nobody gave it until now, there is no history, and another lock.
        draft.text = draft.text.replacen("\nname = ", "\n# name = ", 1);
        config = parse(&draft.text)?;
        project = Project::resolve(&config, Dialect::OpenTofu);
    }
    draft.unsure.extend(project.left_out().iter().map(|path| {
        let path = path.strip_prefix(base).unwrap_or(path);
        format!(
            "{} is used by no environment: add it to `var-files` or `backend-config` of those that it is for",
            path.display()
        )
    }));
    let shared = project.shared();
    draft.unsure.extend(shared.into_iter().map(|refusal| {
        format!(
            "expected {}, found {}: {}",
            refusal.expected, refusal.found, refusal.help
        )
    }));
    if args.dry_run {
        return print(&draft.text);
    }
    let written =
        File::create_new(&path).and_then(|mut file| file.write_all(draft.text.as_bytes()));
    match written {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(CommandError::usage(
                format!("{} is there already", path.display()),
                "it stays as it is; `tollgate init --dry-run` prints what would be written",
            ));
        }
        Err(error) => {
            return Err(CommandError::usage(
                format!("{} cannot be written: {error}", path.display()),
                "check the directory's permissions",
            ));
        }
    }
    let mut text = format!("wrote {}\n", inert(&path.display().to_string()));
    for (word, lines) in [("found", &draft.found), ("unsure", &draft.unsure)] {
        for line in lines {
            text.push_str(&format!("  {word:8}{}\n", inert(line)));
        }
    }
    text.push_str("next: `tollgate env list`, then `tollgate env doctor`\n");
    print(&text)
}
