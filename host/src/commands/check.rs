//! `tollgate check`: load, evaluate, judge, report.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::judging::Judging;
use super::{CommandError, passed};
use crate::cli::CheckArgs;
use crate::coverage::Detail;
use crate::gate::PlanSource;
use crate::hcl::Lookup;
use crate::report::output::place;
use crate::report::{count, inert};
use crate::stack;

pub(super) fn run(args: &CheckArgs) -> Result<u8, CommandError> {
    let sources = sources(args)?;
    let plans = sources.iter().map(|source| match source.path() {
        Some(path) => path.to_owned(),
        None => PathBuf::from("-"),
    });
    let judging = Judging::open(&args.judging, plans)?.with_passed(passed(args.summary));
    let lookup = match &args.source {
        Some(directory) => Lookup::given(directory.clone())?,
        None => Lookup::around(),
    };
    let coverage = match args.explain_coverage {
        true => Detail::All,
        false => Detail::Unjudged,
    };
    let mut gate = judging.gate(lookup)?.explaining(coverage);
    if args.without_documents {
        gate = gate.without_documents();
    }
    let mut report = judging.judge(&gate, &sources, |_| {})?;
    report.shard = args.shard;
    judging.write(&report)?;
    let code = report.verdict.exit_code;
    // The process ends here, and gives back at once what these would give back piece by piece.
    std::mem::forget((gate, report));
    Ok(code)
}

fn sources(args: &CheckArgs) -> Result<Vec<PlanSource>, CommandError> {
    let is_stdin = |path: &Path| path == Path::new("-");
    if args.plans.iter().filter(|path| is_stdin(path)).count() > 1 {
        return Err(CommandError::usage(
            "standard input can be read only once",
            "name `-` once",
        ));
    }
    if args.show_with.is_some() && args.plans.iter().any(|path| is_stdin(path)) {
        return Err(CommandError::usage(
            "`--show-with` cannot show standard input",
            "name the binary plan file instead of `-`",
        ));
    }
    // Each with the directory that was named, if one was.
    let plans: Vec<(PathBuf, Option<PathBuf>)> = args
        .plans
        .iter()
        .flat_map(|named| {
            let below = move |plan: PathBuf| {
                let below = (plan != *named).then(|| named.clone());
                (plan, below)
            };
            plans_in(named).into_iter().map(below)
        })
        .collect();
    // Whoever names a pipe means it; one that lies among plans never ends.
    let special = plans.iter().find(|(plan, below)| {
        let is_special = |plan: &PathBuf| std::fs::metadata(plan).is_ok_and(|it| !it.is_file());
        below.is_some() && is_special(plan) && !plan.is_dir()
    });
    if let Some((plan, _)) = special {
        return Err(CommandError::usage(
            format!(
                "{} is no plain file, and so no plan",
                inert(&plan.display().to_string())
            ),
            "take it out of the directory, or name the plans themselves",
        ));
    }
    let mut places: BTreeMap<PathBuf, &PathBuf> = BTreeMap::new();
    for (plan, _) in plans.iter().filter(|(path, _)| !is_stdin(path)) {
        // What it changes would count twice.
        if let Some(one) = places.insert(place(plan), plan) {
            return Err(CommandError::usage(
                format!(
                    "{} and {} are the same plan",
                    inert(&one.display().to_string()),
                    inert(&plan.display().to_string())
                ),
                "name each plan once; a directory stands for every `*.json` below it",
            ));
        }
    }
    // Before the split: what a stack is called depends on what else there is.
    let stacks = stack::of_files(&plans);
    let all = plans.len();
    let mut named: Vec<_> = plans.into_iter().zip(stacks).collect();
    if let Some(shard) = args.shard {
        if all < shard.of.get() {
            return Err(CommandError::usage(
                format!(
                    "{} cannot be split into {} parts",
                    count(all, "plan", "plans"),
                    shard.of
                ),
                format!("split them into {all} at most: --shard 1/{all}"),
            ));
        }
        named = shard.part(named).collect();
    }
    Ok(named
        .into_iter()
        .map(|((path, _), stack)| {
            if is_stdin(&path) {
                PlanSource::Stdin
            } else {
                PlanSource::File {
                    path,
                    show_with: args.show_with.clone(),
                    stack,
                }
            }
        })
        .collect())
}

/// A directory stands for the plans below it, sorted, so that many stacks can be named at
/// once; `.terraform` below it is left alone. What cannot be looked into, and a directory without any plan, stays what it is,
/// which is no plan: nothing is left out without a word.
fn plans_in(path: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let mut directories = vec![path.to_path_buf()];
    while let Some(directory) = directories.pop() {
        // A link could lead round in a circle.
        if std::fs::canonicalize(&directory).is_ok_and(|real| !seen.insert(real)) {
            continue;
        }
        let Ok(entries) = std::fs::read_dir(&directory) else {
            found.push(directory);
            continue;
        };
        for entry in entries {
            let Ok(entry) = entry else {
                found.push(directory.clone());
                continue;
            };
            let entry = entry.path();
            let is_json = entry
                .extension()
                .is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
            if entry.is_dir() {
                // The tool's own: modules, providers and the state of the backend, no plans.
                if entry.file_name() != Some(OsStr::new(".terraform")) {
                    directories.push(entry);
                }
            } else if is_json {
                found.push(entry);
            }
        }
    }
    if found.is_empty() {
        return vec![path.to_path_buf()];
    }
    found.sort();
    found
}
