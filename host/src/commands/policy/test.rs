//! `tollgate policy test`: load, run, compare, report.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::super::{CommandError, configuration_file_of, options, print};
use super::subject_of;
use crate::authoring::cases::{self, CaseFile};
use crate::authoring::module;
use crate::authoring::run::{Subject, coverage, run as run_cases};
use crate::authoring::update::update;
use crate::cli::{TestArgs, TestFormat};
use crate::exit;
use crate::report::output::write_file;
use crate::sandbox::engine::Ticker;
use crate::view::tested::{Tested, as_junit, as_tap, human};

/// How often `--watch` looks for changes.
const INTERVAL: Duration = Duration::from_millis(400);

pub(in crate::commands) fn run(args: &TestArgs) -> Result<u8, CommandError> {
    if !args.watch {
        return once(args);
    }
    let mut seen = None;
    loop {
        let state = state(args);
        if seen.as_ref() != Some(&state) {
            seen = Some(state);
            // A mistake in a file is what somebody is about to mend.
            if let Err(error) = once(args) {
                let mut text = error.render(options().color);
                text.push('\n');
                print(&text)?;
            }
            print("\nwaiting for changes, Ctrl-C ends\n\n")?;
        }
        std::thread::sleep(INTERVAL);
    }
}

/// What is read, and when it was changed last.
fn state(args: &TestArgs) -> Vec<(PathBuf, Option<SystemTime>)> {
    let mut files = case_files(args).unwrap_or_default();
    let folders: Vec<PathBuf> = files
        .iter()
        .filter_map(|file| file.parent().map(Path::to_owned))
        .collect();
    for folder in folders {
        // Plans and documents that cases name are most often beside them.
        let beside = std::fs::read_dir(folder).into_iter().flatten().flatten();
        files.extend(beside.take(1_000).map(|entry| entry.path()));
    }
    files.extend(match &args.module {
        Some(module) => Some(PathBuf::from(module)),
        None => module::find(&args.folder).ok(),
    });
    files.extend(configuration_file_of(&args.folder, &args.config));
    files.sort();
    files.dedup();
    let changed = |path: &Path| std::fs::metadata(path).ok()?.modified().ok();
    let files = files.into_iter();
    files
        .map(|file| {
            let changed = changed(&file);
            (file, changed)
        })
        .collect()
}

fn case_files(args: &TestArgs) -> Result<Vec<PathBuf>, CommandError> {
    if args.cases.is_empty() {
        return Ok(cases::find(&args.folder)?);
    }
    let mut files = Vec::new();
    for path in &args.cases {
        files.extend(cases::in_folder(path)?);
    }
    Ok(files)
}

fn once(args: &TestArgs) -> Result<u8, CommandError> {
    let files = case_files(args)?;
    let found;
    let named = match &args.module {
        Some(module) => module.as_str(),
        None => {
            found = module::find(&args.folder)?.display().to_string();
            found.as_str()
        }
    };
    // Both before the module is compiled: a typing mistake is told at once.
    let loaded = load(&files, args.update)?;
    let _ticker = Ticker::start();
    let subject = subject_of(&args.folder, named, &args.config)?;
    let tested = test(args, named, &subject, &loaded)?;
    if !args.update {
        return show(args, &tested);
    }
    let written = write(&loaded, &tested)?;
    // What was written is what is told.
    let loaded = load(&files, true)?;
    let tested = test(args, named, &subject, &loaded)?;
    show(args, &Tested { written, ..tested })
}

fn load(files: &[PathBuf], to_write: bool) -> Result<Vec<CaseFile>, CommandError> {
    let mut loaded = Vec::new();
    let mut mistakes = Vec::new();
    for file in files {
        match CaseFile::load(file, to_write) {
            Ok(file) => loaded.push(file),
            Err(cases::CasesError::Mistakes(some)) => mistakes.extend(some),
            Err(error) => return Err(error.into()),
        }
    }
    if mistakes.is_empty() {
        Ok(loaded)
    } else {
        Err(cases::CasesError::Mistakes(mistakes).into())
    }
}

fn test(
    args: &TestArgs,
    named: &str,
    subject: &Subject,
    loaded: &[CaseFile],
) -> Result<Tested, CommandError> {
    let files = run_cases(subject, loaded, args.only.as_deref())??;
    let metadata = &subject.module.metadata;
    let tested = Tested {
        policy: (metadata.name.clone(), metadata.version.clone()),
        module: named.to_owned(),
        newer: match (&args.module, subject.builtin) {
            (None, None) => module::newer(&args.folder, Path::new(named)),
            _ => None,
        }
        .map(|source| source.display().to_string()),
        written: Vec::new(),
        coverage: args
            .only
            .is_none()
            .then(|| coverage(&subject.module, &files)),
        files,
    };
    if tested.numbers().0 == 0 {
        return Err(CommandError::usage(
            format!(
                "no case has `{}` in its name",
                args.only.as_deref().unwrap_or_default()
            ),
            "leave out --only, or give a part of a case's name",
        ));
    }
    Ok(tested)
}

fn show(args: &TestArgs, tested: &Tested) -> Result<u8, CommandError> {
    print(&match args.format {
        TestFormat::Human => human(tested, options()),
        TestFormat::Junit => as_junit(tested),
        TestFormat::Tap => as_tap(tested),
    })?;
    let gaps = args.every_rule && !tested.uncovered().is_empty();
    Ok(if tested.numbers().1 > 0 || gaps {
        exit::REFUSED
    } else {
        exit::PASSED
    })
}

/// Writes what was found into the files, and says where.
fn write(loaded: &[CaseFile], tested: &Tested) -> Result<Vec<(String, usize)>, CommandError> {
    let mut written = Vec::new();
    for (file, ran) in loaded.iter().zip(&tested.files) {
        if let Some(updated) = update(file, ran) {
            write_file(&file.path, updated.text.as_bytes())?;
            written.push((file.source.path.clone(), updated.cases.len()));
        }
    }
    Ok(written)
}
