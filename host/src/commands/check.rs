//! `tollgate check`: load, evaluate, judge, report.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use super::{CommandError, configuration};
use crate::baseline::Baseline;
use crate::cli::CheckArgs;
use crate::exit;
use crate::gate::{Gate, PlanSource};
use crate::judge::judge;
use crate::report::output::{Options, Outputs, write_file};

pub(super) fn run(args: &CheckArgs) -> Result<u8, CommandError> {
    let sources = sources(args)?;
    let inputs: Vec<_> = args.plans.iter().map(AsRef::as_ref).chain(args.baseline.as_deref()).collect();
    let outputs = Outputs::new(args.outputs.clone(), &inputs)?;
    let config = configuration(&args.config)?;
    let environment = config.environment(args.environment.as_deref())?;
    let baseline = args.baseline.as_deref().map(baseline).transpose()?;
    let today = args.today.unwrap_or_else(|| jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC).date());

    let gate = Gate::open(&config, &environment)?;
    let outcomes = gate.evaluate(&sources);
    let report = judge(&environment, today, baseline.as_ref(), outcomes);

    outputs.write(&report, Options::for_stdout())?;
    match &args.write_baseline {
        None => Ok(report.verdict.exit_code),
        Some(path) => {
            write_file(path, Baseline::from_report(&report).to_json().as_bytes())?;
            match report.verdict.exit_code {
                exit::REFUSED | exit::UNDETERMINED => Ok(exit::PASSED),
                code => Ok(code),
            }
        }
    }
}

fn sources(args: &CheckArgs) -> Result<Vec<PlanSource>, CommandError> {
    let stdin = |path: &Path| path == Path::new("-");
    if args.plans.iter().filter(|path| stdin(path)).count() > 1 {
        return Err(CommandError::Usage { message: "standard input can be read only once".to_owned(), help: Some("name `-` once".to_owned()) });
    }
    Ok(args
        .plans
        .iter()
        .map(|path| {
            if stdin(path) {
                PlanSource::Stdin
            } else {
                PlanSource::File { path: path.clone(), show_with: args.show_with.clone() }
            }
        })
        .collect())
}

fn baseline(path: &Path) -> Result<Baseline, CommandError> {
    let usage = |message: String, help: &str| CommandError::Usage { message, help: Some(help.to_owned()) };
    let bytes = fs::read(path).map_err(|error| {
        usage(format!("cannot read the baseline {}: {error}", path.display()), "make it with `tollgate check --write-baseline FILE`")
    })?;
    Baseline::parse(&bytes).map_err(|error| {
        usage(format!("cannot use the baseline {}: {error}", path.display()), "make it anew with `tollgate check --write-baseline FILE`")
    })
}
