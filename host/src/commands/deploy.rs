//! `tollgate deploy`: one environment after the other, until one is refused.

use super::apply::{Order, execute};
use super::session::{Purpose, note, refuse};
use super::{CommandError, configuration};
use crate::cli::{DeployArgs, JudgeArgs, WhatArgs};
use crate::deploy::backend;
use crate::deploy::confirm::{self, Action};
use crate::deploy::guard::{Guard, Refusal};
use crate::deploy::target::{Target, TargetError};
use crate::diagnostic::{listed, quoted};
use crate::exit;
use crate::hcl::Dialect;
use crate::layout::Layout;

pub(super) fn run(args: &DeployArgs) -> Result<u8, CommandError> {
    let config = configuration(&args.config)?;
    let mut layouts: Vec<Layout> = Vec::new();
    // All of them have to be known, and apart, before the first one is touched.
    for name in &args.environments {
        let any = |_: &Layout| Ok::<_, TargetError>(Dialect::OpenTofu);
        let target = Target::look(&config, Some(name), any)?;
        backend::supported(&target)?;
        target.expect_own_state()?;
        let layout = &target.site.layout;
        if layouts
            .iter()
            .any(|known| known.is_called(&layout.environment))
        {
            return Err(CommandError::usage(
                format!("`{}` is named twice", layout.environment),
                "name each environment once, in the order in which they are deployed",
            ));
        }
        layouts.push(layout.clone());
    }
    let names: Vec<String> = layouts
        .iter()
        .map(|layout| layout.environment.clone())
        .collect();
    let given = |layout: &Layout| {
        let mut given = args.confirm.iter();
        given.find(|given| layout.is_called(given))
    };
    // And so has every word that will be wanted.
    for given in &args.confirm {
        if !layouts.iter().any(|layout| layout.is_called(given)) {
            note(&format!("not deployed: {}", names.join(", ")));
            refuse(vec![Refusal {
                guard: Guard::Confirmation,
                expected: listed(&names),
                found: format!("{} (by --confirm)", quoted(given)),
                help: "write the environment that is meant as it is called there".to_owned(),
            }])?;
        }
    }
    for layout in &layouts {
        if layout.protected {
            let given = given(layout).map(String::as_str);
            let expected = confirm::expect(Action::Apply, &layout.names(), given);
            if expected.is_err() {
                note(&format!("not deployed: {}", names.join(", ")));
            }
            refuse(expected.err().into_iter().collect())?;
        }
    }
    for (nth, (name, layout)) in names.iter().zip(&layouts).enumerate() {
        note(&format!("{name}: {} of {}", nth + 1, names.len()));
        let result = execute(&Order {
            purpose: Purpose::Change,
            bundle: None,
            judging: &JudgeArgs {
                environment: Some(name.clone()),
                config: args.config.clone(),
                config_from: None,
                approved_by: Vec::new(),
                approved_by_nobody: false,
                outputs: Vec::new(),
                baseline: None,
                write_baseline: None,
                record: None,
                today: None,
            },
            what: &WhatArgs::default(),
            how: &args.how,
            confirmed: given(layout).map(String::as_str),
            break_lock: args.break_lock.as_deref(),
        });
        let rest = names.get(nth + 1..).unwrap_or_default();
        if !matches!(result, Ok(exit::PASSED)) && !rest.is_empty() {
            note(&format!("not deployed: {}", rest.join(", ")));
        }
        match result {
            Ok(exit::PASSED) => {}
            other => return other,
        }
    }
    Ok(exit::PASSED)
}
