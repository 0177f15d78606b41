//! `tollgate apply` and `tollgate destroy`: what was judged, to the byte, and nothing else.

use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::time::Instant;

use jiff::Timestamp;
use tollgate_model::error::UserError as _;
use tollgate_model::inert::inert_within;
use tollgate_secrets::inject::Injection;

use super::judging::Judging;
use super::plan::{gather, judged};
use super::promotion;
use super::secrets::keyring;
use super::session::{Planned, Purpose, Session, Values, note, refuse};
use super::{Afterwards, CommandError, Mismatched, print};
use crate::cli::{ApplyArgs, DestroyArgs, HowArgs, JudgeArgs, WhatArgs};
use crate::deploy::DeployError;
use crate::deploy::arguments;
use crate::deploy::bundle::{self, Bundle, Mode, Now, Opened};
use crate::deploy::confirm::{self, Action};
use crate::deploy::directory::at_work;
use crate::deploy::guard::{Guard, Refusal, Stage, git};
use crate::deploy::history::{self, Appended, Deploy, Outcome};
use crate::deploy::lock::{self, Claim};
use crate::deploy::memory::PlanFile;
use crate::deploy::place::Place;
use crate::deploy::promotion::VERIFIES;
use crate::deploy::state::{self, Contents};
use crate::deploy::whereabouts;
use crate::deploy::{drift, ending};
use crate::exit;
use crate::hcl::Lookup;
use crate::report::{DocumentReport, Report, WaiverState, words};

/// The most characters of what one document says in a line.
const MAX_SUMMARY: usize = 200;

/// What is to be done to one environment.
pub(super) struct Order<'a> {
    pub(super) purpose: Purpose,
    pub(super) bundle: Option<&'a Path>,
    pub(super) judging: &'a JudgeArgs,
    pub(super) what: &'a WhatArgs,
    pub(super) how: &'a HowArgs,
    pub(super) confirmed: Option<&'a str>,
    pub(super) break_lock: Option<&'a str>,
}

pub(super) fn run(args: &ApplyArgs) -> Result<u8, CommandError> {
    execute(&Order {
        purpose: if args.refresh_only {
            Purpose::Refresh
        } else {
            Purpose::Change
        },
        bundle: args.bundle.as_deref(),
        judging: &args.judging,
        what: &args.what,
        how: &args.how,
        confirmed: args.confirm.as_deref(),
        break_lock: args.break_lock.as_deref(),
    })
}

pub(super) fn destroy(args: &DestroyArgs) -> Result<u8, CommandError> {
    execute(&Order {
        purpose: Purpose::Destroy,
        bundle: args.bundle.as_deref(),
        judging: &args.judging,
        what: &args.what,
        how: &args.how,
        confirmed: args.confirm_destroy.as_deref(),
        break_lock: args.break_lock.as_deref(),
    })
}

/// Judges, asks, and applies.
pub(super) fn execute(order: &Order<'_>) -> Result<u8, CommandError> {
    if order.bundle.is_some() && !is_plain(order.what) {
        return Err(CommandError::usage(
            "a kept plan is applied as it is",
            "leave out `--target` and `--replace`, or the bundle",
        ));
    }
    if !arguments::locks(&order.what.options) {
        return Err(CommandError::usage(
            "`-lock=false` is for looking at a plan, and not for applying one",
            "leave it out; `-lock-timeout=5m` waits for a lock",
        ));
    }
    // What they let through would be let through for good.
    if order.judging.today.is_some() || order.judging.write_baseline.is_some() {
        return Err(CommandError::usage(
            "`--today` and `--write-baseline` are for looking at a verdict, and not for applying",
            "leave them out; they go with `tollgate plan`",
        ));
    }
    // What can be said of a bundle without a key or a tool is said first.
    let sealed = order.bundle.map(Bundle::read).transpose()?;
    let environment = order.judging.environment.as_deref();
    let mut session = Session::open(&order.judging.config, environment, order.how, order.what)?;
    let opened = match sealed {
        Some(sealed) => {
            sealed.check_environment(&session.layout().names())?;
            Some(sealed.open(&keyring())?)
        }
        None => None,
    };
    if let Some(opened) = &opened {
        right_mode(opened.content.manifest.mode, order.purpose)?;
        session.for_apply(order.what, true)?;
    }
    expect_confirmation(&session, order)?;
    if order.break_lock.is_some() {
        refuse_while_at_work(&session)?;
    }
    let path = match order.bundle {
        Some(path) => path.to_owned(),
        None => session.bundle_path(false),
    };
    let judge = session.judged_as(order.judging);
    let judging = Judging::open(&judge, std::iter::once(path.clone()))?;
    let gate = judging.gate(Lookup::given(session.layout().directory.value.clone())?)?;
    let values = session.open_secrets(order.what)?;
    let promotes = order.purpose == Purpose::Change;
    let verifying = if promotes {
        promotion::ready(&session, &values)?
    } else {
        None
    };
    session.initialise(Stage::Change)?;
    if promotes {
        promotion::before_planning(&session, &judging, &values)?;
    }
    let mut facts = gather(&session, &judging, &gate, &judge, &values)?;
    if let Some(opened) = &opened {
        let planned = &opened.content.manifest.facts.environment;
        // By whichever of its names it was planned.
        if session.layout().is_called(planned) {
            facts.environment.clone_from(planned);
        }
    }
    let planned = match &opened {
        Some(opened) => {
            verify(&session, opened, &values, &facts, judging.today)?;
            let file = PlanFile::holding(&opened.content.plan)
                .map_err(DeployError::system("make room for the plan"))?;
            let json = session.runner.show(&file)?.into();
            Planned { file, json }
        }
        None => session.plan(&values, order.what, order.purpose)?,
    };
    session.expect_known_state(&planned, opened.is_some(), order.how)?;
    let narrowed = match &opened {
        Some(opened) => opened.content.manifest.targets.clone(),
        None => arguments::narrowing(&order.what.target, &order.what.options),
    };
    // Again, where it was judged before: the bundle is only as good as who could write it.
    let report = judged(
        &session,
        &judging,
        &gate,
        &planned,
        &values,
        order.purpose,
        &narrowed,
        &path,
    )?;
    judging.write(&report)?;
    if report.verdict.exit_code != exit::PASSED {
        return Ok(report.verdict.exit_code);
    }
    let promoted = if promotes {
        promotion::expect_values(&session, &judging, &planned, &values)?
    } else {
        Default::default()
    };
    confirm(&session, order, &planned)?;
    let started = Timestamp::now();
    let clock = Instant::now();
    let place = Place::of(&session.config, &session.target)?;
    for text in place.notes() {
        note(text);
    }
    let command = match order.purpose {
        Purpose::Destroy => "destroy",
        Purpose::Refresh => "apply --refresh-only",
        Purpose::Change | Purpose::Drift => "apply",
    };
    history::expect_room(&place)?;
    // From here on whoever ends this process has the lock released first.
    let _waiting = session.runner.interrupts.wait();
    let claim = Claim::now(&session.layout().environment, command).of(session.config.project());
    let held = match lock::acquire(&place, &claim, order.break_lock) {
        Ok(held) => held,
        Err(error) => {
            // Both are in the way of the next run.
            session.say_what_was_left(false);
            return Err(error.into());
        }
    };
    let head = git::Head::read(&session.layout().directory.value);
    let mut deploy = Deploy {
        environment: session.layout().environment.clone(),
        directory: facts.directory.clone(),
        project: session.config.project().map(ToOwned::to_owned),
        root_module: whereabouts::in_repository(&session.layout().directory.value),
        workspace: facts.workspace.clone(),
        state: session.state_in_history(),
        resources: whereabouts::left_by(&planned.json),
        command: command.to_owned(),
        started,
        seconds: 0,
        result: Outcome::Unfinished,
        tool: format!("{} {}", facts.tool, facts.tool_version),
        plan: Some(crate::sandbox::digest(
            &planned
                .file
                .bytes()
                .map_err(DeployError::system("read the plan"))?,
        )),
        configuration: judging
            .environment
            .configuration
            .as_ref()
            .map(|input| input.digest.clone()),
        policies: policies(&report),
        bundle: opened.as_ref().map(|opened| opened.digest.clone()),
        verdict: words::decision(report.verdict.decision).to_owned(),
        waivers: waivers(&report),
        cost: summaries(&report),
        changes: changes(&report),
        head,
        partial: !narrowed.is_empty(),
        promoted,
        verifies: None,
        left_by: None,
        ancestry: None,
    };
    if let Some(broken) = held.broke() {
        for line in Deploy::of_broken_lock(broken, &deploy) {
            history::append(&place, &line)?;
        }
    }
    // What was so a question ago may be otherwise now.
    session.refuse(Stage::Change)?;
    held.check()?;
    let runs = held.child_runs();
    let ended = session.apply(&planned, &values, order.what)?;
    let code = ended.code;
    let again = match order.purpose {
        Purpose::Destroy => "plan --destroy",
        Purpose::Refresh => "plan --drift-only",
        Purpose::Change | Purpose::Drift => "plan",
    };
    let again = format!("tollgate {again} -e {}", session.layout().environment);
    let interrupted = session
        .runner
        .interrupts
        .check(|| ending::of_interrupted(&ended, session.runner.name(), &again));
    deploy.seconds = clock.elapsed().as_secs();
    deploy.result = match (&interrupted, code) {
        // Whoever wanted it to end came too late.
        (_, 0) => Outcome::Applied,
        (Err(_), _) => Outcome::Interrupted,
        (Ok(()), _) => Outcome::Failed,
    };
    deploy.ancestry = state::pull(&session.runner)
        .and_then(|state| Contents::of(&state))
        .and_then(|contents| contents.ancestry());
    let recorded = history::append(&place, &deploy);
    let verified = match (&recorded, &verifying) {
        (Ok(appended), Some(ready))
            if deploy.result == Outcome::Applied && interrupted.is_ok() && !deploy.partial =>
        {
            Some(run_verification(
                &session, &values, ready, &place, &deploy, appended,
            ))
        }
        _ => None,
    };
    drop(runs);
    let released = held.release();
    if let (Err(error), true) = (&recorded, interrupted.is_err() || code != 0) {
        // That it failed counts for more than that it could not be written down.
        note(&format!("this is not in the history: {error}"));
    }
    interrupted?;
    if code != 0 {
        return Err(session.failed(
            "apply",
            code,
            &ending::of_failed(&ended, session.runner.name(), &again),
        ));
    }
    let done = match order.purpose {
        Purpose::Destroy => "destroyed",
        Purpose::Change | Purpose::Drift | Purpose::Refresh => "applied",
    };
    let afterwards = |why: String, help: Option<String>| -> CommandError {
        Afterwards {
            environment: deploy.environment.clone(),
            done,
            why,
            help,
        }
        .into()
    };
    // On standard output, which may be gone: that it was applied is so all the same.
    let printed = print(&summary(&deploy, &place, recorded.as_ref().ok()));
    if let Err(error) = recorded {
        return Err(afterwards(
            format!("that is not in the history: {error}"),
            error.help(),
        ));
    }
    if let Err(error) = released {
        return Err(afterwards(format!("{error}"), error.help()));
    }
    if let (Some(Err(why)), Some(ready)) = (verified, &verifying) {
        session.runner.interrupts.check(|| {
            format!(
                "{} was {done}, and {} did not verify it",
                deploy.environment,
                ready.name()
            )
        })?;
        return Err(afterwards(
            format!("it is not verified: {} {why}", ready.name()),
            Some(format!(
                "correct what it says, and deploy again: `tollgate apply -e {}`{}; until it passes, no environment after this one takes this",
                deploy.environment,
                arguments::in_words(&order.what.options)
            )),
        ));
    }
    match printed {
        Ok(code) => Ok(code),
        Err(error) => Err(afterwards(
            format!(
                "it is in the history, and could not be printed: {}",
                &*error
            ),
            None,
        )),
    }
}

/// Verifies what was deployed, and writes down what came of it. Why it is not verified is a clause.
fn run_verification(
    session: &Session,
    values: &Values,
    ready: &promotion::Ready,
    place: &Place,
    deploy: &Deploy,
    appended: &Appended,
) -> Result<(), String> {
    let started = Timestamp::now();
    let result = ready.run(session, values);
    let seconds = match &result {
        Ok(took) => took.as_secs(),
        Err(_) => u64::try_from(started.duration_until(Timestamp::now()).as_secs()).unwrap_or(0),
    };
    let line = Deploy {
        command: VERIFIES.to_owned(),
        started,
        seconds,
        result: match &result {
            Ok(_) => Outcome::Verified,
            Err(_) => Outcome::NotVerified,
        },
        changes: None,
        cost: None,
        waivers: Vec::new(),
        policies: Default::default(),
        promoted: Default::default(),
        verifies: Some(appended.digest.clone()),
        ..deploy.clone()
    };
    let recorded = history::append(place, &line);
    match (result, recorded) {
        (Ok(took), Ok(_)) => {
            note(&format!(
                "{} is verified: {} passed after {} s",
                deploy.environment,
                ready.name(),
                took.as_secs()
            ));
            Ok(())
        }
        (Ok(_), Err(error)) => Err(format!("passed, and that is not in the history: {error}")),
        (Err(why), recorded) => {
            if let Err(error) = recorded {
                note(&format!("this is not in the history: {error}"));
            }
            Err(why)
        }
    }
}

fn is_plain(what: &WhatArgs) -> bool {
    what.target.is_empty() && what.replace.is_empty()
}

fn right_mode(mode: Mode, purpose: Purpose) -> Result<(), DeployError> {
    match (mode, purpose) {
        (Mode::Destroy, Purpose::Destroy)
        | (Mode::Apply, Purpose::Change | Purpose::Drift | Purpose::Refresh) => Ok(()),
        (Mode::Destroy, _) => Err(DeployError::Mode {
            expected: "that changes",
            found: "that destroys everything",
            command: "tollgate destroy",
        }),
        (Mode::Apply, _) => Err(DeployError::Mode {
            expected: "that destroys everything",
            found: "that changes",
            command: "tollgate apply",
        }),
    }
}

/// Refuses a bundle that is not of what is here, or not any more.
fn verify(
    session: &Session,
    opened: &Opened,
    values: &Values,
    facts: &crate::deploy::facts::Facts,
    today: jiff::civil::Date,
) -> Result<(), CommandError> {
    let injection = match values {
        Values::Secrets(opened) => opened.injection()?,
        Values::Nothing | Values::Placeholders(..) => {
            Injection::new(&[], &std::collections::BTreeMap::new())?
        }
    };
    let mismatches = bundle::verify(
        opened,
        &Now {
            facts,
            secrets: &injection,
            of_shell: &session.of_shell(values)?,
            declared: session.root().variables(),
            today,
        },
    );
    if mismatches.is_empty() {
        Ok(())
    } else {
        Err(Mismatched(mismatches).into())
    }
}

/// Refuses to break a lock while something of what it protects is going on.
fn refuse_while_at_work(session: &Session) -> Result<(), CommandError> {
    match at_work(&session.config.directory()) {
        Some((pid, directory)) => refuse(vec![Refusal {
            guard: Guard::Directory,
            expected: "nothing at work".to_owned(),
            found: format!("process {pid}, still at work in {}", directory.display()),
            help: format!(
                "wait for it, or end it in order with `kill -INT {pid}`; then break the lock"
            ),
        }]),
        None => Ok(()),
    }
}

/// Refuses what could not be confirmed later, before anything is planned.
fn expect_confirmation(session: &Session, order: &Order<'_>) -> Result<(), CommandError> {
    let action = action(order);
    let asks = session.layout().protected || action == Action::Destroy || order.confirmed.is_some();
    if !asks {
        return Ok(());
    }
    match confirm::expect(action, &session.layout().names(), order.confirmed) {
        Ok(()) => Ok(()),
        Err(refusal) => refuse(vec![refusal]),
    }
}

fn action(order: &Order<'_>) -> Action {
    match order.purpose {
        Purpose::Destroy => Action::Destroy,
        Purpose::Change | Purpose::Drift | Purpose::Refresh => Action::Apply,
    }
}

/// Asks where it matters: protected environments and destruction always, and on a terminal also
/// before a plan is applied that nobody has seen yet.
fn confirm(session: &Session, order: &Order<'_>, planned: &Planned) -> Result<(), CommandError> {
    let action = action(order);
    // What changes nothing needs nobody's word.
    if order.confirmed.is_none() && drift::changes_nothing(&planned.json) {
        return Ok(());
    }
    let unseen = order.bundle.is_none() && io::stdin().is_terminal() && io::stderr().is_terminal();
    let asks = session.layout().protected || action == Action::Destroy || unseen;
    if !asks && order.confirmed.is_none() {
        return Ok(());
    }
    match confirm::ask(action, &session.layout().names(), order.confirmed) {
        Ok(()) => Ok(()),
        Err(refusal) => refuse(vec![refusal]),
    }
}

fn policies(report: &Report) -> std::collections::BTreeMap<String, String> {
    let policies = report.plans.iter().flat_map(|plan| &plan.policies);
    policies
        .filter_map(|policy| Some((policy.name.clone(), policy.digest.clone()?)))
        .collect()
}

fn waivers(report: &Report) -> Vec<String> {
    let used = report
        .waivers
        .iter()
        .filter(|waiver| waiver.state == WaiverState::Used);
    used.map(|waiver| format!("{} at {}", waiver.rule, waiver.address))
        .collect()
}

fn changes(report: &Report) -> Option<String> {
    let facts = report.plans.iter().find_map(|plan| plan.facts.as_ref())?;
    Some(words::changes(facts))
}

/// What the documents of the policies say in a line each, such as the monthly cost.
fn summaries(report: &Report) -> Option<String> {
    let policies = report.plans.iter().flat_map(|plan| &plan.policies);
    let documents = policies.flat_map(|policy| &policy.documents);
    let said: Vec<String> = documents
        .filter_map(DocumentReport::summary)
        .map(|summary| inert_within(&summary, MAX_SUMMARY).into_owned())
        .collect();
    (!said.is_empty()).then(|| said.join("; "))
}

fn summary(deploy: &Deploy, place: &Place, recorded: Option<&Appended>) -> String {
    let done = match deploy.command.as_str() {
        "destroy" => "Destroyed",
        _ => "Applied",
    };
    let mut text = format!("{done} {} in {} s", deploy.environment, deploy.seconds);
    if let Some(changes) = &deploy.changes {
        text.push_str(&format!(": {changes}"));
    }
    text.push('\n');
    if let Some(cost) = &deploy.cost {
        text.push_str(&format!("  {cost}\n"));
    }
    if let Some(recorded) = recorded {
        text.push_str(&format!(
            "  recorded in {place} as {}; `tollgate history` shows it\n",
            recorded.digest
        ));
    }
    text
}
