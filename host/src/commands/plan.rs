//! `tollgate plan`: plan, judge, report, keep.

use std::path::{Path, PathBuf};

use tollgate_model::error::UserError;

use super::CommandError;
use super::judging::Judging;
use super::promotion;
use super::secrets::keyring;
use super::session::{Planned, Purpose, Session, Values, note};
use crate::cli::{JudgeArgs, PlanArgs};
use crate::deploy::bundle::{self, Content, Encryption, Manifest, Mode};
use crate::deploy::facts::{self, BackendIdentity, FactSources, Facts, Git};
use crate::deploy::guard::Stage;
use crate::deploy::{self, arguments, audit, drift, guard};
use crate::gate::{Gate, PlanSource};
use crate::hcl::Lookup;
use crate::report::Report;
use crate::report::output::Inputs;
use crate::stack;

pub(super) fn run(args: &PlanArgs) -> Result<u8, CommandError> {
    let locks = arguments::locks(&args.what.options);
    if !locks && args.out.is_some() {
        return Err(CommandError::usage(
            "a plan with `-lock=false` is not kept: somebody may be changing the state meanwhile",
            "leave out `--out`, to look at the plan, or `-lock=false`, to keep it",
        ));
    }
    if let Some(out) = &args.out {
        // As for a report: no state, no code, no configuration, whether or not it is there.
        Inputs::default().spare(out)?;
    }
    let keeps = !args.no_out && !args.drift_only && locks;
    let environment = args.judging.environment.as_deref();
    let mut session = Session::open(&args.judging.config, environment, &args.how, &args.what)?;
    let path = args
        .out
        .clone()
        .unwrap_or_else(|| session.bundle_path(args.keyless));
    let judge = session.judged_as(&args.judging);
    let judging = Judging::open(&judge, std::iter::once(path.clone()))?;
    if keeps {
        // One of an earlier run must not be taken for this one's.
        bundle::discard(&path)?;
    }
    let gate = judging.gate(Lookup::given(session.layout().directory.value.clone())?)?;
    let values = if args.keyless {
        session.placeholders()?
    } else {
        session.open_secrets(&args.what)?
    };
    // Who asks for the file has to get it, and hears before anything is planned why not.
    if args.out.is_some() && !args.unencrypted_bundle {
        let settings = session
            .config
            .secrets(Some(session.layout().environment.as_str()))?;
        bundle::readers(&session.config, &settings, values.routed(), &keyring())?;
    }
    session.initialise(Stage::Plan)?;
    let purpose = match (args.destroy, args.drift_only) {
        (true, _) => Purpose::Destroy,
        (false, true) => Purpose::Drift,
        (false, false) => Purpose::Change,
    };
    let promotes = purpose == Purpose::Change;
    // What cannot be applied in any case may be looked at, from any commit.
    let may_be_applied = keeps && !args.keyless;
    if promotes && may_be_applied {
        promotion::before_planning(&session, &judging, &values)?;
    }
    let facts = gather(&session, &judging, &gate, &judge, &values)?;
    let planned = session.plan(&values, &args.what, purpose)?;
    session.expect_known_state(&planned, false, &args.how)?;
    let narrowed = arguments::narrowing(&args.what.target, &args.what.options);
    let report = judged(
        &session, &judging, &gate, &planned, &values, purpose, &narrowed, &path,
    )?;
    judging.write(&report)?;
    if promotes {
        let expected = promotion::expect_values(&session, &judging, &planned, &values).map(drop);
        if may_be_applied && report.verdict.exit_code == 0 {
            expected?;
        } else {
            promotion::say(expected);
        }
    }
    if let Values::Placeholders(placeholders, _) = &values {
        let lasting = placeholders.lasting(session.root().variables());
        if !lasting.is_empty() {
            note(&format!(
                "this plan is for checking only: a placeholder stands for {}, which would be applied; declare it `ephemeral`, or plan with the key",
                lasting.join(", ")
            ));
        }
    }
    if !locks {
        note(
            "the plan is not kept: without the lock of the state (`-lock=false`) it can be looked at, and not applied",
        );
    }
    if keeps {
        let kept = Kept {
            facts,
            purpose,
            narrowed: &narrowed,
            planned: &planned,
            values: &values,
            report: &report,
        };
        keep(&session, &judging, kept, &path, args.unencrypted_bundle)?;
    }
    Ok(report.verdict.exit_code)
}

/// What the plan is made from, and by what it is judged.
pub(super) fn gather(
    session: &Session,
    judging: &Judging<'_>,
    gate: &Gate<'_>,
    args: &JudgeArgs,
    values: &Values,
) -> Result<Facts, CommandError> {
    let routed = values.routed().into_iter().flat_map(|routed| &routed.files);
    let secrets: Vec<PathBuf> = routed.map(|file| file.name().into()).collect();
    let backend = BackendIdentity::new(&session.target.site.backend);
    let files = &session.layout().var_files;
    let var_files: Vec<_> = files.iter().map(|file| file.value.clone()).collect();
    let version = session.runner.tool.version.clone().unwrap_or_default();
    Ok(facts::gather(&FactSources {
        config: &judging.config,
        environment: &judging.environment,
        gate,
        layout: session.layout(),
        root: session.root(),
        backend,
        tool: session.runner.name(),
        tool_version: &version,
        baseline: args.baseline.as_deref(),
        var_files: &var_files,
        secrets: &secrets,
        git: guard::git::Head::read(&session.layout().directory.value).map(|head| Git {
            commit: head.commit,
            branch: head.branch,
            clean: head.clean,
        }),
    })?)
}

/// Judges a plan by policies, and by what Tollgate itself has to say of it. `narrowed` is why the
/// plan is not of everything, however it was asked for: OpenTofu writes nothing of that into plans.
#[expect(
    clippy::too_many_arguments,
    reason = "one value of each kind, none of them alike"
)]
pub(super) fn judged(
    session: &Session,
    judging: &Judging<'_>,
    gate: &Gate<'_>,
    planned: &Planned,
    values: &Values,
    purpose: Purpose,
    narrowed: &[String],
    path: &Path,
) -> Result<Report, CommandError> {
    let source = PlanSource::Memory {
        name: path.display().to_string(),
        stack: stack::of_directory(&session.layout().directory.value),
        bytes: planned.json.clone(),
    };
    let injection = match values {
        Values::Secrets(opened) => Some(opened.injection()?),
        Values::Nothing | Values::Placeholders(..) => None,
    };
    let drifted = match purpose {
        Purpose::Drift => Some(drift::find(&planned.json, session.root()).map_err(|error| {
            CommandError::usage(
                format!("the plan of the tool cannot be read: {error}"),
                "use a version of the tool that `tollgate env doctor` knows",
            )
        })?),
        Purpose::Change | Purpose::Destroy | Purpose::Refresh => None,
    };
    let promoted = match purpose {
        Purpose::Change => promotion::judged(session, judging, planned)?,
        Purpose::Destroy | Purpose::Drift | Purpose::Refresh => Default::default(),
    };
    judging.judge(gate, &[source], |outcomes| {
        for run in outcomes
            .iter_mut()
            .filter_map(|outcome| outcome.result.as_mut().ok())
        {
            if run.facts.incomplete.is_empty() {
                run.facts.incomplete.extend_from_slice(narrowed);
            }
            if let Some(injection) = &injection {
                let protected = judging.environment.protected;
                let found = audit::audit(&planned.json, injection, session.root(), protected);
                audit::add_to(found, run);
            }
            if !promoted.is_empty() {
                let protected = judging.environment.protected;
                audit::add_to(deploy::promotion::outcome(&promoted, protected), run);
            }
            // What is to be taken over is nothing to refuse.
            if let (Purpose::Drift, Some(drifted)) = (purpose, &drifted) {
                audit::add_to(drift::outcome(drifted), run);
            }
        }
    })
}

/// What is kept of a plan.
struct Kept<'a> {
    facts: Facts,
    purpose: Purpose,
    narrowed: &'a [String],
    planned: &'a Planned,
    values: &'a Values,
    report: &'a Report,
}

fn keep(
    session: &Session,
    judging: &Judging<'_>,
    kept: Kept<'_>,
    path: &Path,
    in_clear: bool,
) -> Result<(), CommandError> {
    // By the configuration that judges: a change must not choose who reads what it plans.
    let environment = Some(judging.environment.name.as_str());
    let settings = judging.config.secrets(environment)?;
    let encryption = match bundle::readers(
        &judging.config,
        &settings,
        kept.values.routed(),
        &keyring(),
    ) {
        Ok(mut readers) => {
            if let Some(known) = judging.known_readers(&settings) {
                let kept = readers.only(&known);
                if kept.is_err() {
                    note(
                        "the plan is not kept: those who could read it are none whom the base names",
                    );
                    return Ok(());
                }
            }
            Encryption::To(readers)
        }
        Err(error) if error.is_without_recipients() && in_clear => Encryption::Off,
        Err(error) if error.is_without_recipients() => {
            note(&format!(
                "the plan is not kept: {error}; {}; or keep it in clear, with every value that is in it: `--unencrypted-bundle`",
                error.help().unwrap_or_default()
            ));
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    let own = [false, true].map(|keyless| session.bundle_path(keyless));
    if own.iter().any(|own| own == path) {
        crate::deploy::folder::make(&session.config.directory())
            .map_err(crate::deploy::DeployError::system("make .tollgate"))?;
    }
    let key = tollgate_secrets::inject::DigestKey::generate()
        .ok_or_else(|| CommandError::usage("the system gives no random numbers", "try again"))?;
    let declared = session.root().variables();
    let variables = match kept.values {
        Values::Nothing => std::collections::BTreeMap::new(),
        Values::Secrets(opened) => bundle::planned(&opened.injection()?, declared, &key),
        Values::Placeholders(placeholders, _) => bundle::planned_keyless(placeholders, declared),
    };
    let plan = kept
        .planned
        .file
        .bytes()
        .map_err(crate::deploy::DeployError::system("read the plan"))?;
    let mode = match kept.purpose {
        Purpose::Destroy => Mode::Destroy,
        Purpose::Change | Purpose::Drift | Purpose::Refresh => Mode::Apply,
    };
    let manifest = Manifest::new(
        kept.facts,
        mode,
        kept.narrowed.to_vec(),
        &plan,
        variables,
        key,
    )
    .with_shell(&session.of_shell(kept.values)?);
    let may_be_applied = kept.report.verdict.exit_code == 0 && manifest.may_be_applied().is_ok();
    let content = Content {
        manifest,
        report: kept.report.clone(),
        plan,
    };
    let written = bundle::write(path, &content, &encryption, &keyring())?;
    for recipient in &written.left_out {
        note(&format!("{recipient} cannot open the bundle"));
    }
    let next = match (may_be_applied, kept.purpose) {
        (false, _) => "it cannot be applied".to_owned(),
        (true, Purpose::Destroy) => format!(
            "destroy: tollgate destroy -e {} {}",
            session.layout().environment,
            path.display()
        ),
        (true, _) => format!(
            "apply it: tollgate apply -e {} {}",
            session.layout().environment,
            path.display()
        ),
    };
    note(&format!("kept in {}; {next}", path.display()));
    Ok(())
}
