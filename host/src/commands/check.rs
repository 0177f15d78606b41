//! `tollgate check`: load, evaluate, judge, report.

mod review;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use self::review::BaseGate;

use super::{CommandError, configuration, configuration_file, job_summary, options, today};
use crate::baseline::Baseline;
use crate::cli::CheckArgs;
use crate::config::Config;
use crate::configuration::Lookup;
use crate::gate::{Gate, PlanSource};
use crate::judge::judge;
use crate::record::Recorder;
use crate::report::inert;
use crate::report::output::{Inputs, Outputs, place, write_file};

pub(super) fn run(args: &CheckArgs) -> Result<u8, CommandError> {
    let sources = sources(args)?;
    let working = configuration(&args.config);
    let base = args
        .config_from
        .as_deref()
        .map(|from| BaseGate::open(from, args))
        .transpose();
    // What is wrong with the gate is said once there is no older report left.
    let gates = working.iter().chain(match &base {
        Ok(Some(base)) => Some(&base.config),
        Ok(None) | Err(_) => None,
    });
    let outputs = outputs(args, &sources, gates.flat_map(Config::files))?;
    // From here on a run that ends early leaves no report that is not its own.
    outputs.empty()?;
    let base = base?;
    let config = match &base {
        Some(base) => base.config.clone(),
        None => working?,
    };
    let lookup = match &args.source {
        Some(directory) => Lookup::given(directory.clone())?,
        None => Lookup::around(),
    };
    let environment = config.environment(args.environment.as_deref())?;
    let mut baseline = match (&base, &args.baseline) {
        (Some(base), _) => base.baseline.clone(),
        (None, path) => path.as_deref().map(Baseline::load).transpose()?,
    };
    let today = today(args.today);

    let gate = Gate::open(&config, &environment)?.looking(lookup);
    let review = base
        .map(|base| base.review(args, &environment.name, today))
        .transpose()?;
    let recorder = args.record.as_deref().map(Recorder::create).transpose()?;
    let mut outcomes = gate.evaluate(&sources, recorder.as_ref());
    if let Some(review) = review {
        review.add_to(&mut outcomes);
    }
    if let Some(path) = &args.write_baseline {
        let report = judge(&environment, today, None, outcomes.clone());
        let written = Baseline::from_report(&report);
        // What could not be read or run has no findings to accept.
        if report.verdict.unreadable_plans == 0 && report.verdict.failed_policies == 0 {
            write_file(path, written.to_json().as_bytes())?;
            baseline = Some(written);
        }
    }
    if let Some(recorder) = recorder {
        recorder.finish(&environment, today, baseline.as_ref(), outcomes.clone())?;
    }
    let report = judge(&environment, today, baseline.as_ref(), outcomes);
    outputs.write(&report, &mut io::stdout().lock(), options())?;
    Ok(report.verdict.exit_code)
}

/// Holds everything that is written against everything that is read.
fn outputs(
    args: &CheckArgs,
    sources: &[PlanSource],
    gate: impl Iterator<Item = PathBuf>,
) -> Result<Outputs, CommandError> {
    let plans = sources.iter().map(|source| match source {
        PlanSource::File { path, .. } => path.clone(),
        PlanSource::Stdin => PathBuf::from("-"),
    });
    let configuration = configuration_file(&args.config);
    let mut read: Vec<PathBuf> = plans
        .chain(args.baseline.clone())
        .chain(configuration)
        .chain(gate)
        .collect();
    let inputs = |read: &[PathBuf]| {
        let inputs: Inputs = read.iter().collect();
        inputs.with_recording(args.record.as_deref())
    };
    if let Some(path) = &args.write_baseline {
        inputs(&read).spare(path)?;
        // No report may go where the baseline does.
        read.push(path.clone());
    }
    let inputs = inputs(&read);
    Ok(Outputs::new(args.outputs.clone(), &inputs)?.with_summary(job_summary()))
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
    let plans: Vec<PathBuf> = args.plans.iter().flat_map(|path| plans_in(path)).collect();
    let mut places: BTreeMap<PathBuf, &PathBuf> = BTreeMap::new();
    for plan in plans.iter().filter(|path| !is_stdin(path)) {
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
    Ok(plans
        .into_iter()
        .map(|path| {
            if is_stdin(&path) {
                PlanSource::Stdin
            } else {
                PlanSource::File {
                    path,
                    show_with: args.show_with.clone(),
                }
            }
        })
        .collect())
}

/// A directory stands for the plans below it, sorted, so that many stacks can be named at
/// once. What cannot be looked into, and a directory without any plan, stays what it is,
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
                directories.push(entry);
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
