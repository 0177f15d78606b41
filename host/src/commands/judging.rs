//! What `check` and `plan` share: by what plans are judged, and where the report goes.

mod places;
mod review;

use std::collections::BTreeSet;
use std::path::PathBuf;

use jiff::civil::Date;
use tollgate_model::library;

use self::review::BaseGate;
pub(super) use self::review::OneOfTwo;
use super::secrets::warn;
use super::{CommandError, configuration, configuration_file, job_summary, today};
use crate::baseline::Baseline;
use crate::cli::JudgeArgs;
use crate::config::Config;
use crate::diagnostic::quoted;
use crate::environment::{Environment, SecretsSettings, Source};
use crate::gate::{Gate, PlanSource};
use crate::gate_review::known_readers;
use crate::hcl::Lookup;
use crate::judge::{PlanOutcome, judge};
use crate::record::Recorder;
use crate::report::Report;
use crate::report::human::Passed;
use crate::report::output::{Inputs, Outputs, write_file};
use crate::view;

/// By what plans are judged, with the older reports out of the way.
pub(super) struct Judging<'a> {
    args: &'a JudgeArgs,
    outputs: Outputs,
    base: Option<BaseGate>,
    /// The one that judges: the base branch's, where that is asked for.
    pub(super) config: Config,
    pub(super) environment: Environment,
    baseline: Option<Baseline>,
    pub(super) today: Date,
}

/// Warns of modules that run in place of policies that are built in, which nobody may have meant. A report
/// says nothing of it: what they find is what counts.
fn tell_of_replaced(config: &Config, environment: &Environment) {
    for policy in &environment.policies {
        if let Some(source @ Source::Path(_)) = config.policy_source(&policy.name)
            && library::built_in(&policy.name).is_some()
        {
            warn(&format!(
                "{} is built in, and {source} runs in its place; give a policy of your own another name",
                quoted(&policy.name)
            ));
        }
    }
}

impl<'a> Judging<'a> {
    /// Loads everything but the policies. `read` is what else the run reads, which no report may
    /// replace.
    pub(super) fn open(
        args: &'a JudgeArgs,
        read: impl Iterator<Item = PathBuf>,
    ) -> Result<Self, CommandError> {
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
        let outputs = outputs(args, read, gates.flat_map(Config::files))?;
        // From here on a run that ends early leaves no report that is not its own.
        outputs.empty()?;
        let base = base?;
        let config = match &base {
            Some(base) => base.config.clone(),
            None => working?,
        };
        let environment = config.environment(args.environment.as_deref())?;
        tell_of_replaced(&config, &environment);
        let baseline = match (&base, &args.baseline) {
            (Some(base), _) => base.baseline.clone(),
            (None, path) => path.as_deref().map(Baseline::load).transpose()?,
        };
        Ok(Self {
            args,
            outputs,
            base,
            config,
            environment,
            baseline,
            today: today(args.today),
        })
    }

    /// Sets how much is said of plans that pass.
    pub(super) fn with_passed(mut self, passed: Passed) -> Self {
        self.outputs = self.outputs.with_passed(passed);
        self
    }

    /// Returns who may read what is kept, by the base; none where it was not asked for.
    pub(super) fn known_readers(&self, settings: &SecretsSettings) -> Option<BTreeSet<String>> {
        self.base
            .as_ref()
            .map(|_| known_readers(&self.config, settings))
    }

    /// Loads the policies.
    pub(super) fn gate(&self, lookup: Lookup) -> Result<Gate<'_>, CommandError> {
        Ok(Gate::open(&self.config, &self.environment)?.looking(lookup))
    }

    /// Judges plans; `add` may have more to say of them than policies do.
    pub(super) fn judge(
        &self,
        gate: &Gate<'_>,
        sources: &[PlanSource],
        add: impl FnOnce(&mut [PlanOutcome]),
    ) -> Result<Report, CommandError> {
        let args = self.args;
        let review = self
            .base
            .as_ref()
            .map(|base| base.review(args, &self.environment.name, self.today))
            .transpose()?;
        let recorder = args.record.as_deref().map(Recorder::create).transpose()?;
        let mut outcomes = gate.evaluate(sources, recorder.as_ref());
        if let Some(review) = review {
            review.add_to(&mut outcomes);
        }
        add(&mut outcomes);
        let mut baseline = self.baseline.clone();
        if let Some(path) = &args.write_baseline {
            let report = judge(&self.environment, self.today, None, outcomes.clone());
            let written = Baseline::from_report(&report);
            // What could not be read or run has no findings to accept.
            if report.verdict.unreadable_plans == 0 && report.verdict.failed_policies == 0 {
                write_file(path, written.to_json().as_bytes())?;
                baseline = Some(written);
            }
        }
        if let Some(recorder) = recorder {
            let outcomes = outcomes.clone();
            recorder.finish(&self.environment, self.today, baseline.as_ref(), outcomes)?;
        }
        Ok(judge(
            &self.environment,
            self.today,
            baseline.as_ref(),
            outcomes,
        ))
    }

    /// Writes the report to where it is asked for.
    pub(super) fn write(&self, report: &Report) -> Result<(), CommandError> {
        Ok(view::report(&self.outputs, report)?)
    }
}

/// Holds everything that is written against everything that is read.
fn outputs(
    args: &JudgeArgs,
    read: impl Iterator<Item = PathBuf>,
    gate: impl Iterator<Item = PathBuf>,
) -> Result<Outputs, CommandError> {
    let configuration = configuration_file(&args.config);
    let mut read: Vec<PathBuf> = read
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
