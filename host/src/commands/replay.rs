//! `tollgate policy replay`: a verdict, from a recording and without the plan.

use super::CommandError;
use crate::cli::ReplayArgs;
use crate::record::replay;
use crate::report::output::{Inputs, Outputs};
use crate::sandbox::cache::Cache;
use crate::view;

pub(super) fn run(args: &ReplayArgs) -> Result<u8, CommandError> {
    let inputs: Inputs = args.modules.iter().collect();
    let inputs = inputs.with_recording(Some(&args.recording));
    let outputs = Outputs::new(args.outputs.clone(), &inputs)?;
    // From here on a run that ends early leaves no report that is not its own.
    outputs.empty()?;
    let report = replay(&args.recording, &args.modules, &Cache::open())?;
    view::report(&outputs, &report)?;
    Ok(report.verdict.exit_code)
}
