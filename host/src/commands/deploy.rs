//! `tollgate deploy`: one environment after the other, until one is refused.

use super::apply::{Order, execute};
use super::ground::{Purpose, note};
use super::{CommandError, configuration};
use crate::cli::{DeployArgs, JudgeArgs, WhatArgs};
use crate::exit;
use crate::layout;

pub(super) fn run(args: &DeployArgs) -> Result<u8, CommandError> {
    let config = configuration(&args.config)?;
    let mut names: Vec<String> = Vec::new();
    // All of them have to be known before the first one is touched.
    for name in &args.environments {
        let name = layout::resolve(&config, Some(name))?.environment;
        if names.contains(&name) {
            return Err(CommandError::usage(
                format!("`{name}` is named twice"),
                "name each environment once, in the order in which they are deployed",
            ));
        }
        names.push(name);
    }
    for (nth, name) in names.iter().enumerate() {
        note(&format!("{name}: {} of {}", nth + 1, names.len()));
        let result = execute(&Order {
            purpose: Purpose::Change,
            bundle: None,
            judging: &JudgeArgs {
                environment: Some(name.clone()),
                config: args.config.clone(),
                config_from: None,
                approved_by: Vec::new(),
                outputs: Vec::new(),
                baseline: None,
                write_baseline: None,
                record: None,
                today: None,
            },
            what: &WhatArgs::default(),
            how: &args.how,
            confirmed: args
                .confirm
                .iter()
                .find(|given| *given == name)
                .map(String::as_str),
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
