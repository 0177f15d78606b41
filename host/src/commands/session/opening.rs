//! Opening a session: one environment and the tool, with everything refused that can be told without
//! running the tool on a state.

use std::cell::{Cell, OnceCell};
use std::collections::BTreeSet;

use super::{Session, note, refuse};
use crate::cli::{ConfigArgs, HowArgs, WhatArgs};
use crate::commands::{CommandError, configuration};
use crate::config::Config;
use crate::deploy::choice::{self, Choice};
use crate::deploy::directory::occupy;
use crate::deploy::guard;
use crate::deploy::interrupt::Interrupts;
use crate::deploy::target::Target;
use crate::deploy::tool::{self, Early, Runner};
use crate::deploy::{DeployError, arguments, backend, signs};
use crate::doctor::{self, Check, Examined, Health, Machine};
use crate::hcl::Dialect;
use crate::inject;
use crate::inject::logs::Logs;
use crate::layout::Layout;

impl Session {
    /// Finds out everything that can be without running the tool on a state.
    pub(in crate::commands) fn open(
        args: &ConfigArgs,
        environment: Option<&str>,
        how: &HowArgs,
        what: &WhatArgs,
    ) -> Result<Self, CommandError> {
        inject::forbid_core_dumps().map_err(DeployError::from)?;
        let interrupts = Interrupts::watch()?;
        arguments::check(&what.options)?;
        let config = configuration(args)?;
        if environment.is_none() && config.environments().count() != 1 {
            return Err(DeployError::NoEnvironment.into());
        }
        refuse_shell()?;
        let mut chosen = None;
        let target = Target::look(&config, environment, |layout| {
            let tool = chosen_tool(&config, layout, how)?;
            Ok::<_, CommandError>(tool::dialect(chosen.insert(tool)))
        })?;
        let tool = chosen.ok_or(DeployError::NoTool)?;
        backend::supported(&target)?;
        target.expect_own_state()?;
        for other in target.sharing() {
            let (own, other) = (&target.site.layout.environment, &other.layout.environment);
            note(&format!(
                "{other} has the state of {own} too, which is called after {own}: no deploy of {other} is possible until it has its own"
            ));
        }
        say_what_else_sets(&target, what);
        healthy(&target, &tool)?;
        let layout = &target.site.layout;
        let directory = layout.directory.value.clone();
        let selected = guard::workspace::read(&directory);
        if selected.by == guard::workspace::By::Variable {
            let name = tool.name.to_lowercase();
            let refusal =
                guard::workspace::compare(&layout.workspace, &selected, &name, &directory);
            refuse(refusal.into_iter().collect())?;
        }
        let occupied = occupy(&directory)?;
        let runner = Runner {
            tool,
            directory,
            workspace: layout.workspace.value.clone(),
            environment: layout.environment.clone(),
            encryption: std::collections::BTreeMap::new(),
            early: early(&target, what)?,
            interrupts,
            logs: Logs::Masked,
        };
        Ok(Self {
            config,
            target,
            runner,
            before: Cell::new(None),
            occupied: Cell::new(Some(occupied)),
            former: OnceCell::new(),
            prior: OnceCell::new(),
            made: Cell::new(None),
        })
    }
}

/// The variables of files and options that OpenTofu needs before it has a state.
fn early(target: &Target, what: &WhatArgs) -> Result<Early, DeployError> {
    let root = &target.site.root;
    if root.dialect() == Dialect::Terraform || root.early_variables().is_empty() {
        return Ok(Early::default());
    }
    let mut options = backend::var_files(&target.site.layout)?;
    options.extend(arguments::assignments(&what.options));
    Ok(Early {
        options,
        secrets: None,
    })
}

/// The tool of an environment.
fn chosen_tool(
    config: &Config,
    layout: &Layout,
    how: &HowArgs,
) -> Result<doctor::Tool, DeployError> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let configured = layout.tool.as_ref().and_then(choice::configured);
    let chosen = choice::choose(&Choice {
        named: how.tool.as_deref(),
        configured: configured.as_ref(),
        path: &path,
        directory: &layout.directory.value,
        signs: &|tools| signs::of(config, layout, tools, true),
    })?;
    for text in &chosen.notes {
        note(text);
    }
    Ok(chosen.tool)
}

/// Refuses variables of the shell that change what the tool does, behind everybody's back.
fn refuse_shell() -> Result<(), DeployError> {
    let mut names: Vec<String> = std::env::vars_os()
        .filter(|(_, value)| !value.is_empty())
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with("TF_CLI_ARGS"))
        .collect();
    names.sort();
    match names.into_iter().next() {
        Some(name) => Err(DeployError::Variable { name }),
        None => Ok(()),
    }
}

/// Says which variables come from beside the environment. A number of a build belongs there; a value
/// that was forgotten in a shell does not.
fn say_what_else_sets(target: &Target, what: &WhatArgs) {
    let in_shell = |name: &str| std::env::var_os(format!("TF_VAR_{name}")).is_some();
    let given: BTreeSet<String> = arguments::variables(&what.options).collect();
    for name in &given {
        let weaker = if in_shell(name) {
            format!("; TF_VAR_{name} does not count")
        } else {
            String::new()
        };
        note(&match target.site.variables.set.get(name) {
            Some(set) => format!(
                "`{name}` is set by `-var`, and not as {} sets it{weaker}",
                set.place
            ),
            None => {
                format!("`{name}` is set by `-var`, and by no file of the environment{weaker}")
            }
        });
    }
    for name in target.site.root.variables().keys() {
        // A file of the environment counts for more, and so does `-var`.
        let counts = !given.contains(name) && !target.site.variables.set.contains_key(name);
        if counts && in_shell(name) {
            note(&format!(
                "`{name}` is set by TF_VAR_{name}, and by no file of the environment"
            ));
        }
    }
}

/// Refuses what `env doctor` says cannot work.
fn healthy(target: &Target, tool: &doctor::Tool) -> Result<(), DeployError> {
    let examined = Examined {
        site: &target.site,
        others: &target.others,
        secret: &BTreeSet::new(),
    };
    let tools = std::slice::from_ref(tool);
    let findings = doctor::examine(&examined, tools, &Machine::of_process(), false);
    let problem = findings.into_iter().find(|finding| {
        finding.health == Health::Problem
            && matches!(
                finding.check,
                Check::Binary | Check::Backend | Check::Variables
            )
    });
    match problem {
        Some(problem) => Err(DeployError::Unhealthy {
            what: problem.what,
            fix: problem.fix.unwrap_or_default(),
        }),
        None => Ok(()),
    }
}
