//! `tollgate report`: saved reports in another format, several as one.

use std::path::Path;

use super::{CommandError, job_summary, passed};
use crate::cli::ReportArgs;
use crate::report::output::{Inputs, Outputs};
use crate::report::saved::{Saved, merge};
use crate::view;

pub(super) fn run(args: &ReportArgs) -> Result<u8, CommandError> {
    let inputs: Vec<&Path> = args.reports.iter().map(AsRef::as_ref).collect();
    if inputs
        .iter()
        .filter(|path| **path == Path::new("-"))
        .count()
        > 1
    {
        return Err(CommandError::usage(
            "standard input can be read only once",
            "name `-` once",
        ));
    }
    let read: Inputs = inputs.iter().collect();
    let outputs = Outputs::new(args.outputs.clone(), &read)?
        .with_summary(job_summary())
        .with_passed(passed(args.summary));
    outputs.empty()?;
    let saved = inputs
        .into_iter()
        .map(Saved::load)
        .collect::<Result<_, _>>()?;
    let report = merge(saved)?;
    view::report(&outputs, &report)?;
    Ok(report.verdict.exit_code)
}
