//! `tollgate apply` and `tollgate destroy`: what was judged, to the byte, and nothing else.

mod approved;
mod confirmation;
mod kept;
mod record;
mod result;
mod verification;

use std::path::Path;

use self::approved::{Approved, Evidence};
use super::CommandError;
use super::judging::Judging;
use super::plan::{gather, judged};
use super::promotion;
use super::session::{Purpose, Session, refuse};
use crate::cli::{ApplyArgs, DestroyArgs, HowArgs, JudgeArgs, WhatArgs};
use crate::deploy::arguments;
use crate::deploy::bundle::Bundle;
use crate::deploy::directory::at_work;
use crate::deploy::guard::{Guard, Refusal, Stage};
use crate::exit;
use crate::hcl::Lookup;

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

/// Applies a plan that is made now, or was kept in a bundle, and returns the exit code.
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

/// Destroys everything of an environment, by such a plan, and returns the exit code.
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
    order.expect_options_of_an_apply()?;
    // What can be said of a bundle without a key or a tool is said first.
    let sealed = order.bundle.map(Bundle::read).transpose()?;
    let environment = order.judging.environment.as_deref();
    let mut session = Session::open(&order.judging.config, environment, order.how, order.what)?;
    let kept = sealed
        .map(|sealed| kept::open(sealed, &session, order))
        .transpose()?;
    confirmation::expect(&session, order)?;
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
    let verification = if promotes {
        promotion::ready(&session, &values)?
    } else {
        None
    };
    session.initialise(Stage::Change)?;
    if promotes {
        promotion::before_planning(&session, &judging, &values)?;
    }
    let mut facts = gather(&session, &judging, &gate, &judge, &values)?;
    let planned = match &kept {
        Some(kept) => {
            kept::use_its_name(kept, &session, &mut facts);
            kept::planned(kept, &session, &values, &facts, judging.today)?
        }
        None => session.plan(&values, order.what, order.purpose)?,
    };
    session.expect_known_state(&planned, kept.is_some(), order.how)?;
    let narrowed = match &kept {
        Some(kept) => kept.content.manifest.targets.clone(),
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
    confirmation::ask(&session, order, &planned)?;
    Approved {
        session: &session,
        order,
        values: &values,
        planned: &planned,
        evidence: Evidence {
            facts: &facts,
            report: &report,
            configuration: judging.environment.configuration.as_ref(),
            bundle: kept.as_ref(),
            is_partial: !narrowed.is_empty(),
            promoted: &promoted,
        },
        verification: verification.as_ref(),
    }
    .apply()
}

impl Order<'_> {
    /// Refuses options that are for looking at a plan, and others than a kept plan was made with.
    fn expect_options_of_an_apply(&self) -> Result<(), CommandError> {
        let narrows = !self.what.target.is_empty() || !self.what.replace.is_empty();
        if self.bundle.is_some() && narrows {
            return Err(CommandError::usage(
                "a kept plan is applied as it is",
                "leave out `--target` and `--replace`, or the bundle",
            ));
        }
        if !arguments::locks(&self.what.options) {
            return Err(CommandError::usage(
                "`-lock=false` is for looking at a plan, and not for applying one",
                "leave it out; `-lock-timeout=5m` waits for a lock",
            ));
        }
        // What they let through would be let through for good.
        if self.judging.today.is_some() || self.judging.write_baseline.is_some() {
            return Err(CommandError::usage(
                "`--today` and `--write-baseline` are for looking at a verdict, and not for applying",
                "leave them out; they go with `tollgate plan`",
            ));
        }
        Ok(())
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
