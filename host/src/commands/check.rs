//! `tollgate check`: load, evaluate, judge, report.

use std::io;
use std::path::Path;

use super::{CommandError, configuration, options};
use crate::baseline::Baseline;
use crate::cli::CheckArgs;
use crate::exit;
use crate::gate::{Gate, PlanSource};
use crate::judge::judge;
use crate::report::output::{Outputs, write_file};

pub(super) fn run(args: &CheckArgs) -> Result<u8, CommandError> {
    let sources = sources(args)?;
    let inputs: Vec<&Path> = args
        .plans
        .iter()
        .chain(&args.baseline)
        .map(AsRef::as_ref)
        .collect();
    let outputs = Outputs::new(args.outputs.clone(), &inputs)?;
    let config = configuration(&args.config)?;
    let environment = config.environment(args.environment.as_deref())?;
    let baseline = args.baseline.as_deref().map(Baseline::load).transpose()?;
    let today = args.today.unwrap_or_else(|| {
        jiff::Timestamp::now()
            .to_zoned(jiff::tz::TimeZone::UTC)
            .date()
    });

    let gate = Gate::open(&config, &environment)?;
    let outcomes = gate.evaluate(&sources);
    let report = judge(&environment, today, baseline.as_ref(), outcomes);
    outputs.write(&report, &mut io::stdout().lock(), options())?;

    let code = report.verdict.exit_code;
    match &args.write_baseline {
        // What could not be read or run has no findings to accept.
        Some(path) if matches!(code, exit::PASSED | exit::REFUSED | exit::UNDETERMINED) => {
            write_file(path, Baseline::from_report(&report).to_json().as_bytes())?;
            Ok(exit::PASSED)
        }
        _ => Ok(code),
    }
}

fn sources(args: &CheckArgs) -> Result<Vec<PlanSource>, CommandError> {
    let is_stdin = |path: &Path| path == Path::new("-");
    if args.plans.iter().filter(|path| is_stdin(path)).count() > 1 {
        return Err(CommandError::usage(
            "standard input can be read only once",
            "name `-` once",
        ));
    }
    Ok(args
        .plans
        .iter()
        .map(|path| {
            if is_stdin(path) {
                PlanSource::Stdin
            } else {
                PlanSource::File {
                    path: path.clone(),
                    show_with: args.show_with.clone(),
                }
            }
        })
        .collect())
}
