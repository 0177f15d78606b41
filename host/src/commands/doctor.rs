//! `tollgate env doctor`: what a deploy needs, and what of it is missing here.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::Path;

use serde_json::json;
use tollgate_model::error::UserError as _;
use tollgate_secrets::Keyring;

use super::env::{load, route, set_by};
use super::{CommandError, options, print};
use crate::cli::EnvDoctorArgs;
use crate::config::Config;
use crate::deploy::choice::{self, Choice, Chosen};
use crate::deploy::guard::{self, Refusal};
use crate::deploy::place::{self as deploy_place, Place};
use crate::deploy::promotion as deploy_promotion;
use crate::deploy::target::{Project, Target, TargetError};
use crate::deploy::{DeployError, history, lock, signs, tool, values, whereabouts};
use crate::diagnostic::quoted;
use crate::doctor::{self, Check, Checkup, Examined, Finding, Health, Machine, Tool};
use crate::exit;
use crate::hcl::Dialect;
use crate::layout::{self, Layout, LayoutError, Layouts};
use crate::report::json as report_json;
use crate::report::output::OutputError;
use crate::routing::{self, Failure, RouteError, taken};
use crate::view::env as report;

pub(super) fn run(args: &EnvDoctorArgs) -> Result<u8, CommandError> {
    let config = load(&args.common)?;
    let names = match &args.environment {
        // An alias stands for its environment.
        Some(name) => vec![config.deploy(Some(name))?.environment],
        None => layout::names(&config),
    };
    if names.is_empty() {
        return Err(CommandError::usage(
            "no environment is configured, and convention finds none",
            "run it in the directory of the project, or see `tollgate init --help`",
        ));
    }
    let machine = Machine::of_process();
    // Nobody is asked for a passphrase, and no key service for a key.
    let keyring = super::secrets::idle_keyring();
    let projects = Projects::new(&config);
    let mut checkups: Vec<Checkup> = names
        .into_iter()
        .map(|environment| Checkup {
            findings: one(
                &config,
                &projects,
                &environment,
                args.tool.as_deref(),
                &machine,
                &keyring,
                args.online,
            ),
            environment,
        })
        .collect();
    // It is about none of them more than about the others.
    if let Some(first) = checkups.first_mut() {
        let project = projects.of(Dialect::OpenTofu);
        let left_out = project.left_out().iter().map(|path| {
            Finding::warning(
                Check::Layout,
                format!("{} is used by no environment", path.display()),
                "add it to `var-files` or `backend-config` of those that it is for, or take it away",
            )
        });
        first.findings.extend(left_out);
        first.findings.sort_by_key(|finding| finding.check);
    }
    if args.common.json {
        let document = json!({ "environments": checkups });
        print(&report_json::render(&document).map_err(OutputError::Json)?)?;
    } else {
        print(&report::checkups(&checkups, options()))?;
    }
    Ok(code(&checkups))
}

/// The environments of a project, resolved once for all of them, by the rules of either tool.
struct Projects<'c> {
    config: &'c Config,
    by_tofu: OnceCell<Project>,
    by_terraform: OnceCell<Project>,
    layouts: OnceCell<Layouts<'c>>,
}

impl<'c> Projects<'c> {
    fn new(config: &'c Config) -> Self {
        Self {
            config,
            by_tofu: OnceCell::new(),
            by_terraform: OnceCell::new(),
            layouts: OnceCell::new(),
        }
    }

    fn of(&self, dialect: Dialect) -> &Project {
        let kept = match dialect {
            Dialect::OpenTofu => &self.by_tofu,
            Dialect::Terraform => &self.by_terraform,
        };
        kept.get_or_init(|| Project::resolve(self.config, dialect))
    }

    /// Returns an environment, by the rules of the tool that is chosen for it.
    fn target(
        &self,
        name: &str,
        choose: impl FnOnce(&Layout, Option<&Target>) -> Dialect,
    ) -> Result<Target, TargetError> {
        let found = |dialect| {
            let project = self.of(dialect);
            project.site(name).map(|site| project.target(site))
        };
        let likely = |target: &Target| {
            let directory = self.config.directory();
            choice::likely(&target.site.layout, &directory)
        };
        let resolved = found(Dialect::OpenTofu)
            .and_then(|target| found(likely(&target)))
            .map(|target| (likely(&target), target));
        let Some((read_as, target)) = resolved else {
            // Whatever is wrong with it is said as it is met.
            return Target::look(self.config, Some(name), |layout| {
                Ok::<_, TargetError>(choose(layout, None))
            });
        };
        let layouts = self.layouts.get_or_init(|| Layouts::read(self.config));
        layouts.expect_one_backend(&target.site.layout)?;
        let chosen = choose(&target.site.layout, Some(&target));
        if chosen == read_as {
            return Ok(target);
        }
        match found(chosen) {
            Some(target) => Ok(target),
            None => Target::look(self.config, Some(name), |_| Ok::<_, TargetError>(chosen)),
        }
    }
}

fn one(
    config: &Config,
    projects: &Projects<'_>,
    name: &str,
    named: Option<&Path>,
    machine: &Machine,
    keyring: &Keyring,
    online: bool,
) -> Vec<Finding> {
    let check = Check::Layout;
    let failed = |what: String, help: Option<String>| {
        let fix = help.unwrap_or_else(|| "run `tollgate config check`".to_owned());
        vec![Finding::problem(check, what, fix)]
    };
    let mut tool = None;
    let choose = |layout: &Layout, target: Option<&Target>| {
        let chosen = choose(config, layout, target, named, online);
        // What is wrong with the tool keeps nobody from looking at the rest.
        let dialect = chosen
            .as_ref()
            .map_or(Dialect::OpenTofu, |chosen| tool::dialect(&chosen.tool));
        tool = Some(chosen);
        dialect
    };
    let target = match projects.target(name, choose) {
        Ok(target) => target,
        Err(TargetError::Layout(LayoutError::Config(crate::config::ConfigError::Invalid(
            mistakes,
        )))) => {
            let one = |mistake: &crate::diagnostic::Diagnostic| {
                let place = mistake.place.as_ref();
                let place = place
                    .map(|place| format!("{}:{}", place.file.path, place.location.line))
                    .unwrap_or_default();
                let fix = format!("correct {place}");
                Finding::problem(check, mistake.title.clone(), fix)
            };
            return mistakes.iter().map(one).collect();
        }
        Err(error) => return failed(error.to_string(), error.help()),
    };
    let site = &target.site;
    let routed = route(config, &site.layout);
    let secret = routed.as_ref().map(set_by).unwrap_or_default();
    let examined = Examined {
        site,
        others: &target.others,
        secret: &secret,
    };
    let (tools, wrong, notes) = match tool {
        Some(Ok(Chosen {
            tool,
            others,
            notes,
        })) => {
            let tools: Vec<Tool> = std::iter::once(tool).chain(others).collect();
            (tools, None, notes)
        }
        Some(Err(DeployError::NoTool)) | None => (Vec::new(), None, Vec::new()),
        Some(Err(error)) => {
            let path = std::env::var_os("PATH").unwrap_or_default();
            let tools = Tool::all(&path, &site.layout.directory.value);
            (tools, Some(error), Vec::new())
        }
    };
    let mut findings = doctor::examine(&examined, &tools, machine, online);
    for note in notes {
        let fix = "say which tool it is with `tool` in the environment";
        findings.push(Finding::warning(Check::Binary, note, fix));
    }
    if let Some(error) = wrong {
        let fix = error.help().unwrap_or_default();
        // The tool that would be used by chance says nothing here.
        findings.retain(|finding| finding.check != Check::Binary);
        findings.push(Finding::problem(Check::Binary, error.to_string(), fix));
    }
    if let Ok(routed) = &routed {
        findings.extend(doctor::secrets::untaken(routed, &site.variables, &secret));
        // Of a protected environment it is refused.
        let names = routing::copies::Names::of(config);
        let files = routed.files.iter();
        let named = files.filter_map(|file| names.of_another(&routed.settings, file.name()));
        findings.extend(named.map(|error| {
            let fix = error.help().unwrap_or_default();
            Finding::warning(Check::Secrets, error.to_string(), fix)
        }));
    }
    findings.extend(
        target
            .shared()
            .map(|refusal| problem(Check::Backend, refusal)),
    );
    if let Err(Failure::Route(RouteError::NotFound { .. })) = &routed {
        let is_set = |name: &str| {
            site.variables.set.contains_key(name)
                || std::env::var_os(format!("TF_VAR_{name}")).is_some()
        };
        let said = values::without_a_file(config, &target, &is_set);
        findings.extend(said.into_iter().map(|said| {
            let fix = taken::help(&site.layout.environment, [&said]);
            if site.layout.protected {
                Finding::problem(Check::Secrets, said.text, fix)
            } else {
                Finding::warning(Check::Secrets, said.text, fix)
            }
        }));
    }
    findings.extend(guard::tree_of(site).map(|refusal| {
        let what = format!("expected {}, found {}", refusal.expected, refusal.found);
        Finding::warning(Check::Tree, what, refusal.help)
    }));
    findings.extend(promotion(config, &target, &secret, online));
    findings.extend(remembered(config, &target, online));
    if online {
        findings.extend(nearby(config, &target));
    }
    findings.extend(doctor::secrets::examine(&routed, keyring));
    findings.sort_by_key(|finding| finding.check);
    findings
}

/// What a guard refuses, whoever deploys.
fn problem(check: Check, refusal: Refusal) -> Finding {
    let what = format!("expected {}, found {}", refusal.expected, refusal.found);
    Finding::problem(check, what, refusal.help)
}

/// What the history says against a deploy, and who has the lock.
fn remembered(config: &Config, target: &Target, online: bool) -> Vec<Finding> {
    let check = Check::History;
    let Ok(place) = Place::of(config, target) else {
        return Vec::new();
    };
    if !online && place.in_bucket().is_some() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    if let Some(error) = lock::look(&place) {
        let fix = error.help().unwrap_or_default();
        findings.push(Finding::warning(check, error.to_string(), fix));
    }
    let history = match history::read(&place) {
        Ok(history) => history,
        Err(error) => {
            let fix = error.help().unwrap_or_default();
            let what = error.to_string();
            // Somebody else may be let in where this machine is not.
            findings.push(if place.in_bucket().is_some() {
                Finding::unknown(check, what, fix)
            } else {
                Finding::problem(check, what, fix)
            });
            return findings;
        }
    };
    if let Some(doubt) = history.doubt(&history::location(&place)) {
        findings.push(Finding::problem(
            check,
            doubt,
            "compare it with a copy: the digests that deploys printed tell which lines were there",
        ));
    }
    let site = &target.site;
    if whereabouts::is_there(&site.state, place.in_bucket()) == Some(false) {
        let others = target.others.iter().map(|other| &**other);
        let home = deploy_place::home(config, site, others);
        let name = whereabouts::named(&site.state, &home);
        let found = whereabouts::by_history(target, &history, name.as_deref(), false);
        findings.extend(found.map(|found| {
            let what = format!("there is no state yet ({}), and {found}", site.state);
            let fix = "correct `workspace` or `backend-config`; if a new state is meant, deploy with `--new-state`";
            if site.layout.protected {
                Finding::problem(check, what, fix)
            } else {
                Finding::warning(check, what, fix)
            }
        }));
    }
    findings
}

/// What keeps a deploy from being promoted, or from being verified.
fn promotion(
    config: &Config,
    target: &Target,
    secret: &BTreeSet<String>,
    online: bool,
) -> Vec<Finding> {
    let check = Check::Promotion;
    let environment = &target.site.layout.environment;
    let names = config.promoted(environment);
    let unfit = deploy_promotion::unfit(&names, &target.site.root, &|name| secret.contains(name));
    let mut findings: Vec<Finding> = unfit
        .into_iter()
        .map(|refusal| problem(check, refusal))
        .collect();
    match super::promotion::program(config, environment) {
        None => {}
        Some(Ok((verification, _))) => {
            let what = format!("{} verifies it", quoted(&verification.program));
            findings.push(Finding::ok(check, what));
        }
        Some(Err(error)) => {
            let fix = error.help().unwrap_or_default();
            findings.push(Finding::problem(check, error.to_string(), fix));
        }
    }
    let Some(wanted) = config.promotion(environment) else {
        return findings;
    };
    let before = target.other(&wanted.after);
    let place = before.and_then(|before| Place::of(config, &before).ok());
    if !online && place.is_some_and(|place| place.in_bucket().is_some()) {
        let what = format!(
            "it comes after {}: only the history knows what is deployed there",
            wanted.after
        );
        findings.push(Finding::unknown(check, what, "add `--online` to ask it"));
        return findings;
    }
    let verified = config.verification(&wanted.after).is_some();
    let found = super::promotion::Before::read(config, target, &wanted, verified)
        .and_then(|before| before.find(None).map(|_| ()));
    findings.push(match found {
        Ok(()) => Finding::ok(check, format!("this commit is in {}", wanted.after)),
        Err(error) => Finding::warning(
            check,
            format!("it cannot be deployed yet: {}", &*error),
            error.help().unwrap_or_default(),
        ),
    });
    findings
}

/// The tool that a deploy would use.
fn choose(
    config: &Config,
    layout: &Layout,
    target: Option<&Target>,
    named: Option<&Path>,
    online: bool,
) -> Result<Chosen, DeployError> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let configured = layout.tool.as_ref().and_then(choice::configured);
    choice::choose(&Choice {
        named,
        configured: configured.as_ref(),
        path: &path,
        directory: &layout.directory.value,
        signs: &|tools| match target {
            Some(target) => signs::of_target(config, target, tools, online),
            None => signs::of(config, layout, tools, online),
        },
    })
}

/// States that could be this environment's, where it has none yet.
fn nearby(config: &Config, target: &Target) -> Vec<Finding> {
    let state = &target.site.state;
    let place = Place::of(config, target).ok();
    let bucket = place.as_ref().and_then(Place::in_bucket);
    if whereabouts::is_there(state, bucket) != Some(false) {
        return Vec::new();
    }
    let found = whereabouts::nearby(target, state, bucket).into_iter();
    let finding = |found| {
        Finding::warning(
            Check::Backend,
            format!("there is no state yet ({state}), and {found}"),
            "correct `workspace` or `backend-config`, unless a new state is meant",
        )
    };
    found.map(finding).collect()
}

fn code(checkups: &[Checkup]) -> u8 {
    let problems = || {
        checkups
            .iter()
            .flat_map(|checkup| &checkup.findings)
            .filter(|finding| finding.health == Health::Problem)
    };
    let of_keys = |finding: &&Finding| matches!(finding.check, Check::Secrets | Check::Credentials);
    match (problems().count(), problems().filter(of_keys).count()) {
        (0, _) => exit::PASSED,
        (all, keys) if all == keys => exit::SECRETS,
        _ => exit::USAGE,
    }
}
