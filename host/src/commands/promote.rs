//! `tollgate promote`: one environment's values, planned and applied in the next.

use std::ffi::OsString;

use super::apply::{Order, execute};
use super::plan;
use super::promotion::Before;
use super::session::{Purpose, note, refuse};
use super::{CommandError, configuration};
use crate::cli::{JudgeArgs, PlanArgs, PromoteArgs, WhatArgs};
use crate::config::{Config, Promotion};
use crate::deploy::guard::{Guard, Refusal};
use crate::deploy::history::Record;
use crate::deploy::promotion;
use crate::deploy::target::{Target, TargetError};
use crate::diagnostic::quoted;
use crate::hcl::Dialect;
use crate::layout::Layout;

/// Deploys an environment with the values of the last deploy of the one before, or only plans it.
pub(super) fn run(args: &PromoteArgs) -> Result<u8, CommandError> {
    let config = configuration(&args.config)?;
    let any = |_: &Layout| Ok::<_, TargetError>(Dialect::OpenTofu);
    let target = Target::look(&config, Some(&args.to), any)?;
    target.expect_own_state()?;
    let to = &target.site.layout.environment;
    let from = config.environment_name(Some(&args.from))?;
    let promotion = promotion_between(&config, &from, to)?;
    let verified = config.verification(&from).is_some();
    let before = Before::read(&config, &target, &promotion, verified)?;
    let record = before.last()?;
    let options = options(&promotion, record, &target)?;
    say_what_is_promoted(&promotion, record);
    let what = WhatArgs {
        options,
        ..WhatArgs::default()
    };
    let judging = JudgeArgs {
        environment: Some(to.clone()),
        config: args.config.clone(),
        config_from: None,
        approved_by: Vec::new(),
        approved_by_nobody: false,
        outputs: Vec::new(),
        baseline: None,
        write_baseline: None,
        record: None,
        today: None,
    };
    if args.plan {
        return plan::run(&PlanArgs {
            judging,
            what,
            how: args.how.clone(),
            destroy: false,
            drift_only: false,
            keyless: false,
            out: None,
            no_out: false,
            unencrypted_bundle: args.unencrypted_bundle,
        });
    }
    execute(&Order {
        purpose: Purpose::Change,
        bundle: None,
        judging: &judging,
        what: &what,
        how: &args.how,
        confirmed: args.confirm.as_deref(),
        break_lock: args.break_lock.as_deref(),
    })
}

/// Returns what is configured of promotion from one environment to another. Two that do not come one
/// after the other are refused.
fn promotion_between(config: &Config, from: &str, to: &str) -> Result<Promotion, CommandError> {
    if to == from {
        return Err(CommandError::usage(
            format!("{} is one environment", quoted(to)),
            "name the environment that it was tested in, and the one that it goes to: `tollgate promote staging production`",
        ));
    }
    let Some(promotion) = config.promotion(to) else {
        // The other way round a promotion is configured, and both ways it could never be.
        if config
            .promotion(from)
            .is_some_and(|other| other.after == to)
        {
            return Err(CommandError::usage(
                format!("{from} comes after {to}, and not before it"),
                format!("write `tollgate promote {to} {from}`"),
            ));
        }
        return Err(CommandError::usage(
            format!("{to} comes after no environment, so nothing is promoted to it"),
            format!(
                "add `after = \"{from}\"` and `promote = [\"VARIABLE\"]` to [environments.{to}]"
            ),
        ));
    };
    if promotion.after != from {
        return Err(CommandError::usage(
            format!(
                "{to} comes after {}, and not after {from}",
                quoted(&promotion.after)
            ),
            format!("write `tollgate promote {} {to}`", promotion.after),
        ));
    }
    Ok(promotion)
}

/// Returns the options by which the tool gets the values of a deploy. One of which the history has only
/// the digest is refused.
fn options(
    promotion: &Promotion,
    record: &Record,
    target: &Target,
) -> Result<Vec<OsString>, CommandError> {
    let (from, to) = (&promotion.after, &target.site.layout.environment);
    match promotion::options(promotion, record, &target.site.root) {
        Ok(options) => Ok(options.into_iter().map(Into::into).collect()),
        Err(name) => {
            refuse(vec![Refusal {
                guard: Guard::Promotion,
                expected: format!("the value of `{name}` that {from} was deployed with"),
                found: format!(
                    "only its digest (line {}): it is long, or looks as if a credential were in it",
                    record.number
                ),
                help: format!(
                    "set `{name}` for {to} yourself, and deploy with `tollgate apply -e {to}`: that it is the same value is compared"
                ),
            }])?;
            Ok(Vec::new())
        }
    }
}

/// Says which deploy is promoted, and its values.
fn say_what_is_promoted(promotion: &Promotion, record: &Record) {
    let commit = record.deploy.head.as_ref().map(|head| head.short());
    note(&format!(
        "promotes commit {} as it was deployed to {} on {} (line {})",
        commit.unwrap_or_default(),
        promotion.after,
        record.deploy.started.strftime("%Y-%m-%d %H:%M UTC"),
        record.number
    ));
    for name in &promotion.promote {
        if let Some(value) = record.deploy.promoted.get(name) {
            note(&format!("`{name}` is {}", promotion::shown(value)));
        }
    }
}
