//! What a deploy has to do with promotion: what is asked of the environment before, the values that are
//! written down, and what is run afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tollgate_secrets::inject::mask::Patterns;

use super::CommandError;
use super::judging::Judging;
use super::session::{Planned, Session, Values, note, refuse};
use crate::config::{Config, Promotion, Verification};
use crate::deploy::guard::git::Head;
use crate::deploy::guard::{Guard, Refusal, branch};
use crate::deploy::history::{self, History, Promoted};
use crate::deploy::place::Place;
use crate::deploy::promotion::{self, Candidates, Unwritable};
use crate::deploy::target::Target;
use crate::deploy::values::Opened;
use crate::diagnostic::quoted;
use crate::inject::{self, Conduct, Handover, Launch};
use crate::routing::OtherSource;

/// The variable that says to a verification which environment it is for.
const ENVIRONMENT: &str = "TOLLGATE_ENVIRONMENT";

/// What is asked of the environment before, by the gate that judges and by the working tree's: a change
/// must not take away what it has to meet.
struct Wanted {
    promotion: Promotion,
    verified: bool,
}

fn wanted(session: &Session, judging: &Judging<'_>) -> Vec<Wanted> {
    let gates = [
        (&session.config, &session.layout().environment),
        (&judging.config, &judging.environment.name),
    ];
    let mut all: Vec<Wanted> = Vec::new();
    for promotion in gates.iter().filter_map(|(gate, name)| gate.promotion(name)) {
        if all.iter().any(|known| known.promotion == promotion) {
            continue;
        }
        let verifies = |gate: &Config| gate.verification(&promotion.after).is_some();
        all.push(Wanted {
            verified: gates.iter().any(|(gate, _)| verifies(gate)),
            promotion,
        });
    }
    all
}

/// The variables whose values are written down.
fn names(session: &Session, judging: &Judging<'_>) -> BTreeSet<String> {
    let mut names = session.config.promoted(&session.layout().environment);
    names.extend(judging.config.promoted(&judging.environment.name));
    names
}

/// Refuses what cannot be promoted, as far as that can be told before there is a plan.
pub(super) fn before_planning(
    session: &Session,
    judging: &Judging<'_>,
    values: &Values,
) -> Result<(), CommandError> {
    expect_fit(session, &names(session, judging), values)?;
    expect(session, judging, None)
}

/// Refuses names of variables that cannot be promoted.
fn expect_fit(
    session: &Session,
    names: &BTreeSet<String>,
    values: &Values,
) -> Result<(), CommandError> {
    let secret: BTreeSet<String> = match values {
        Values::Nothing => BTreeSet::new(),
        Values::Secrets(opened) => opened.injection()?.names().map(str::to_owned).collect(),
        Values::Placeholders(placeholders, _) => placeholders.names().map(str::to_owned).collect(),
    };
    refuse(promotion::unfit(names, session.root(), &|name| {
        secret.contains(name)
    }))
}

/// Returns what is written down of the values in a plan, and refuses a plan with others than the
/// environment before has.
pub(super) fn expect_values(
    session: &Session,
    judging: &Judging<'_>,
    planned: &Planned,
    values: &Values,
) -> Result<BTreeMap<String, Promoted>, CommandError> {
    let names = names(session, judging);
    // Before anything of them is looked at.
    expect_fit(session, &names, values)?;
    let found = in_plan(session, planned, &names)?;
    let secrets = match values {
        Values::Secrets(opened) => Some(Unwritable {
            injection: opened.injection()?,
            patterns: opened.patterns()?,
        }),
        Values::Nothing | Values::Placeholders(..) => None,
    };
    let written = match promotion::written(&names, found, secrets) {
        Ok(written) => written,
        Err(refusals) => {
            refuse(refusals)?;
            BTreeMap::new()
        }
    };
    expect(session, judging, Some(&written))?;
    Ok(written)
}

fn in_plan(
    session: &Session,
    planned: &Planned,
    names: &BTreeSet<String>,
) -> Result<BTreeMap<String, serde_json::Value>, CommandError> {
    promotion::values(&planned.json, names, session.root()).map_err(|_| {
        CommandError::usage(
            "the plan of the tool does not say what values its variables have",
            "use a version of the tool that `tollgate env doctor` knows",
        )
    })
}

/// Returns the values of a plan that are promoted, for whoever judges them.
pub(super) fn judged(
    session: &Session,
    judging: &Judging<'_>,
    planned: &Planned,
) -> Result<BTreeMap<String, serde_json::Value>, CommandError> {
    let mut names = names(session, judging);
    // Of others nothing is looked at, not even here.
    names.retain(|name| {
        let variable = session.root().variables().get(name);
        variable.is_some_and(|variable| !variable.sensitive && !variable.ephemeral)
    });
    in_plan(session, planned, &names)
}

/// Refuses what the environment before does not have.
fn expect(
    session: &Session,
    judging: &Judging<'_>,
    values: Option<&BTreeMap<String, Promoted>>,
) -> Result<(), CommandError> {
    for Wanted {
        promotion,
        verified,
    } in wanted(session, judging)
    {
        let before = Before::read(&session.config, &session.target, &promotion, verified)?;
        before.find(values)?;
    }
    Ok(())
}

/// The same for whoever only looks at a plan: it is said, and refuses nothing.
pub(super) fn say(result: Result<(), CommandError>) {
    if let Err(error) = result {
        note(&format!(
            "this plan cannot be applied yet: {}{}",
            &*error,
            error
                .help()
                .map(|help| format!("; {help}"))
                .unwrap_or_default()
        ));
    }
}

/// What is known of the environment before another one.
pub(super) struct Before<'a> {
    promotion: &'a Promotion,
    environment: String,
    target: Target,
    verified: bool,
    head: Option<Head>,
    untold: Option<String>,
    history: History,
    place: String,
}

impl<'a> Before<'a> {
    /// Reads it.
    pub(super) fn read(
        config: &Config,
        target: &Target,
        promotion: &'a Promotion,
        verified: bool,
    ) -> Result<Self, CommandError> {
        let environment = &target.site.layout.environment;
        let Some(before) = target.other(&promotion.after) else {
            let mut unclear = target.unclear.iter();
            let why = unclear
                .find(|(name, _)| *name == promotion.after)
                .map_or_else(
                    || "it is no environment of this project".to_owned(),
                    |(_, why)| why.clone(),
                );
            refuse(vec![Refusal {
                guard: Guard::Promotion,
                expected: format!(
                    "the environment {}, after which {environment} comes",
                    quoted(&promotion.after)
                ),
                found: format!("none that can be used: {why}"),
                help: format!(
                    "correct it: `tollgate env show {}` says what is wrong",
                    promotion.after
                ),
            }])?;
            return Err(CommandError::usage(
                "the environment before is not known",
                "",
            ));
        };
        let place = Place::of(config, &before)?;
        let directory = &target.site.layout.directory.value;
        let head = Head::read(directory);
        let untold = match (&head, branch::read(directory)) {
            (None, branch::Found::Unknown(why)) => Some(why),
            _ => None,
        };
        Ok(Self {
            promotion,
            environment: environment.clone(),
            verified,
            head,
            untold,
            history: history::read(&place)?,
            place: history::location(&place),
            target: before,
        })
    }

    /// Returns the deploy that may be promoted.
    pub(super) fn find(
        &self,
        values: Option<&BTreeMap<String, Promoted>>,
    ) -> Result<&history::Record, CommandError> {
        self.candidates().find(values).map_err(refused)
    }

    /// Returns the last deploy there, if it may be promoted.
    pub(super) fn last(&self) -> Result<&history::Record, CommandError> {
        self.candidates().last().map_err(refused)
    }

    fn candidates(&self) -> Candidates<'_> {
        Candidates {
            promotion: self.promotion,
            environment: &self.environment,
            before: &self.target.site.layout,
            verified: self.verified,
            head: self.head.as_ref(),
            untold: self.untold.as_deref(),
            history: &self.history,
            place: &self.place,
            now: Timestamp::now(),
        }
    }
}

#[expect(clippy::boxed_local, reason = "errors are boxed where they are made")]
fn refused(refusal: Box<Refusal>) -> CommandError {
    super::Refused(vec![*refusal]).into()
}

/// What is run after a deploy, found to be there.
pub(super) struct Ready {
    verification: Verification,
    program: PathBuf,
}

/// What is run after a deploy of an environment, and where it is; none where nothing is.
pub(super) fn program(
    config: &Config,
    environment: &str,
) -> Option<Result<(Verification, PathBuf), CommandError>> {
    let verification = config.verification(environment)?;
    let program = PathBuf::from(&verification.program);
    let program = if is_path(&verification) {
        let path = config.directory().join(program);
        std::path::absolute(&path).unwrap_or(path)
    } else {
        program
    };
    Some(if inject::can_run(program.as_os_str()) {
        Ok((verification, program))
    } else {
        Err(CommandError::usage(
            format!(
                "`verify` of {environment} names {}, which is no program that can be run",
                quoted(&verification.program)
            ),
            "correct the path, which starts at the directory of tollgate.toml, or make the file executable: `chmod +x`",
        ))
    })
}

/// Whether what is run is a file of the project, and not a program of the machine.
pub(super) fn is_path(verification: &Verification) -> bool {
    Path::new(&verification.program).components().count() > 1
}

/// Finds what is run after a deploy of the environment, so that nobody deploys first and learns then
/// that it is not there.
pub(super) fn ready(session: &Session, values: &Values) -> Result<Option<Ready>, CommandError> {
    let environment = &session.layout().environment;
    let Some(found) = program(&session.config, environment) else {
        return Ok(None);
    };
    let (verification, program) = found?;
    let missing = match values {
        Values::Secrets(opened) => opened.for_program(&verification.secrets)?.err(),
        Values::Nothing | Values::Placeholders(..) => verification.secrets.first().cloned(),
    };
    match missing {
        Some(name) => Err(CommandError::usage(
            format!(
                "`verify-secrets` of {environment} names {}, which is no secret of it",
                quoted(&name)
            ),
            "correct the name: `tollgate secrets show FILE` prints those that there are",
        )),
        None => Ok(Some(Ready {
            verification,
            program,
        })),
    }
}

impl Ready {
    /// The program as messages name it.
    pub(super) fn name(&self) -> String {
        quoted(&self.verification.program)
    }

    /// Runs it, and says how long it took; or why what was deployed is not verified, as a clause.
    pub(super) fn run(&self, session: &Session, values: &Values) -> Result<Duration, String> {
        note(&format!(
            "{} verifies {}",
            self.name(),
            session.layout().environment
        ));
        // It may ask for outputs.
        session.leave_directory();
        let limit = self.verification.timeout;
        let clock = Instant::now();
        let (handover, patterns) = match values {
            Values::Secrets(opened) => self.secrets(opened)?,
            Values::Nothing | Values::Placeholders(..) => (Handover::Nothing, Patterns::default()),
        };
        let launch = Launch {
            program: self.program.clone().into(),
            arguments: self
                .verification
                .arguments
                .iter()
                .map(OsString::from)
                .collect(),
            handover,
            files: std::collections::BTreeMap::new(),
            patterns,
            errors: None,
            conduct: Conduct::PassedOn,
            withheld: withheld(session, values),
            limit: Some(limit),
        };
        let directory = session.config.directory();
        let environment = session.layout().environment.clone();
        let ended = inject::wait(launch, |command| {
            command
                .current_dir(directory)
                .env(ENVIRONMENT, environment)
                .stdin(Stdio::null());
        })
        .map_err(|error| format!("could not be run: {error}"))?;
        let took = clock.elapsed();
        match (ended.code, ended.killed_by) {
            (0, _) => Ok(took),
            _ if took >= limit => Err(format!(
                "had not ended after {} s, and was ended",
                limit.as_secs()
            )),
            (_, Some(signal)) => Err(format!("was ended by signal {signal}")),
            (code, None) => Err(format!("ended with exit code {code}")),
        }
    }

    fn secrets(&self, opened: &Opened) -> Result<(Handover, Patterns), String> {
        let failed = |_| "could not get its secrets".to_owned();
        let patterns = opened.patterns().map_err(failed)?;
        if self.verification.secrets.is_empty() {
            return Ok((Handover::Nothing, patterns));
        }
        let chosen = opened.for_program(&self.verification.secrets);
        let variables = chosen.map_err(failed)?;
        let variables = variables.map_err(|name| format!("could not get its secret `{name}`"))?;
        Ok((Handover::Environment(variables), patterns))
    }
}

/// Variables of this process that a verification does not get: what opens the secrets, and those that
/// are some.
fn withheld(session: &Session, values: &Values) -> Vec<OsString> {
    let source = values
        .routed()
        .and_then(|routed| routed.settings.source.as_ref());
    let is_source = |name: &str| match source {
        Some(OtherSource::Variables(pairs)) => pairs.iter().any(|(_, variable)| variable == name),
        Some(OtherSource::Prefix(prefix)) => name.starts_with(prefix),
        _ => false,
    };
    let is_secret = |name: &str| {
        let variable = name.strip_prefix("TF_VAR_");
        let variable = variable.and_then(|name| session.root().variables().get(name));
        name.starts_with("SOPS_")
            || name == crate::deploy::values::ENCRYPTION
            || is_source(name)
            || variable.is_some_and(|variable| variable.sensitive || variable.ephemeral)
    };
    let set = std::env::vars_os().map(|(name, _)| name);
    set.filter(|name| is_secret(&name.to_string_lossy()))
        .collect()
}
