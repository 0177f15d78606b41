//! `tollgate env doctor`: what a deploy needs, and what of it is missing here.

mod projects;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::json;
use tollgate_model::error::UserError as _;
use tollgate_secrets::Keyring;

use self::projects::Projects;
use super::env::{load, route, set_by};
use super::{CommandError, options, print};
use crate::cli::EnvDoctorArgs;
use crate::config::{Config, ConfigError};
use crate::deploy::choice::{self, Choice, Chosen};
use crate::deploy::guard::{self, Refusal};
use crate::deploy::place::{self as deploy_place, Place};
use crate::deploy::promotion as deploy_promotion;
use crate::deploy::target::{Target, TargetError};
use crate::deploy::{DeployError, history, lock, signs, tool, values, whereabouts};
use crate::diagnostic::{Diagnostic, quoted};
use crate::doctor::{self, Check, Checkup, Examined, Finding, Health, Machine, Tool};
use crate::exit;
use crate::hcl::Dialect;
use crate::layout::{self, Layout, LayoutError};
use crate::report::json as report_json;
use crate::report::output::OutputError;
use crate::routing::{self, Failure, RouteError, Routed, taken};
use crate::view::env as report;

/// Shows what each environment needs and does not have here; a problem fails.
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
    let examination = Examination {
        config: &config,
        projects: Projects::new(&config),
        named: args.tool.as_deref(),
        machine: Machine::of_process(),
        // Nobody is asked for a passphrase, and no key service for a key.
        keyring: super::secrets::idle_keyring(),
        online: args.online,
    };
    let mut checkups: Vec<Checkup> = names
        .into_iter()
        .map(|environment| Checkup {
            findings: examination.of(&environment),
            environment,
        })
        .collect();
    // It is about none of them more than about the others.
    if let Some(first) = checkups.first_mut() {
        let project = examination.projects.of(Dialect::OpenTofu);
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

/// One look at environments of a project.
struct Examination<'c> {
    config: &'c Config,
    projects: Projects<'c>,
    /// The tool that is asked for; none where the project is to say.
    named: Option<&'c Path>,
    machine: Machine,
    keyring: Keyring,
    /// Whether backends, histories and key services are asked.
    online: bool,
}

impl Examination<'_> {
    /// Looks at one environment.
    fn of(&self, name: &str) -> Vec<Finding> {
        let (target, chosen) = match self.resolve(name) {
            Ok(resolved) => resolved,
            Err(error) => return unresolved(&error),
        };
        let routed = route(self.config, &target.site.layout);
        let secret = routed.as_ref().map(set_by).unwrap_or_default();
        let mut findings = self.of_the_tool(&target, &secret, chosen);
        findings.extend(self.of_secrets_files(&target, &routed, &secret));
        let shared = target.shared();
        findings.extend(shared.map(|refusal| problem(Check::Backend, refusal)));
        findings.extend(guard::tree_of(&target.site).map(|refusal| {
            let what = format!("expected {}, found {}", refusal.expected, refusal.found);
            Finding::warning(Check::Tree, what, refusal.help)
        }));
        findings.extend(promotion(self.config, &target, &secret, self.online));
        findings.extend(remembered(self.config, &target, self.online));
        if self.online {
            findings.extend(nearby(self.config, &target));
        }
        findings.extend(doctor::secrets::examine(&routed, &self.keyring));
        findings.sort_by_key(|finding| finding.check);
        findings
    }

    /// Finds the environment, and the tool that a deploy would use.
    fn resolve(&self, name: &str) -> Result<(Target, Result<Chosen, DeployError>), TargetError> {
        let mut tool = None;
        let target = self.projects.target(name, |layout, target| {
            let chosen = choose(self.config, layout, target, self.named, self.online);
            // What is wrong with the tool keeps nobody from looking at the rest.
            let dialect = chosen
                .as_ref()
                .map_or(Dialect::OpenTofu, |chosen| tool::dialect(&chosen.tool));
            tool = Some(chosen);
            dialect
        })?;
        Ok((target, tool.unwrap_or(Err(DeployError::NoTool))))
    }

    /// What `doctor` finds with the tool, and what is wrong with the tool itself.
    fn of_the_tool(
        &self,
        target: &Target,
        secret: &BTreeSet<String>,
        chosen: Result<Chosen, DeployError>,
    ) -> Vec<Finding> {
        let examined = Examined {
            site: &target.site,
            others: &target.others,
            secret,
        };
        let (tools, wrong, notes) = match chosen {
            Ok(Chosen {
                tool,
                others,
                notes,
            }) => {
                let tools: Vec<Tool> = std::iter::once(tool).chain(others).collect();
                (tools, None, notes)
            }
            Err(DeployError::NoTool) => (Vec::new(), None, Vec::new()),
            Err(error) => {
                let path = std::env::var_os("PATH").unwrap_or_default();
                let tools = Tool::all(&path, &target.site.layout.directory.value);
                (tools, Some(error), Vec::new())
            }
        };
        let mut findings = doctor::examine(&examined, &tools, &self.machine, self.online);
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
        findings
    }

    /// What the files of the secrets say without a key: which they are, and what takes them.
    fn of_secrets_files(
        &self,
        target: &Target,
        routed: &Result<Routed, Failure>,
        secret: &BTreeSet<String>,
    ) -> Vec<Finding> {
        let site = &target.site;
        match routed {
            Ok(routed) => {
                let mut findings = doctor::secrets::untaken(routed, &site.variables, secret);
                // Of a protected environment it is refused.
                let names = routing::copies::Names::of(self.config);
                let files = routed.files.iter();
                let named =
                    files.filter_map(|file| names.of_another(&routed.settings, file.name()));
                findings.extend(named.map(|error| {
                    let fix = error.help().unwrap_or_default();
                    Finding::warning(Check::Secrets, error.to_string(), fix)
                }));
                findings
            }
            Err(Failure::Route(RouteError::NotFound { .. })) => {
                let is_set = |name: &str| {
                    site.variables.set.contains_key(name)
                        || std::env::var_os(format!("TF_VAR_{name}")).is_some()
                };
                let said = values::without_a_file(self.config, target, &is_set).into_iter();
                said.map(|said| {
                    let fix = taken::help(&site.layout.environment, [&said]);
                    if site.layout.protected {
                        Finding::problem(Check::Secrets, said.text, fix)
                    } else {
                        Finding::warning(Check::Secrets, said.text, fix)
                    }
                })
                .collect()
            }
            Err(_) => Vec::new(),
        }
    }
}

/// What is wrong with an environment that nothing can be said of besides.
fn unresolved(error: &TargetError) -> Vec<Finding> {
    let check = Check::Layout;
    if let TargetError::Layout(LayoutError::Config(ConfigError::Invalid(mistakes))) = error {
        let one = |mistake: &Diagnostic| {
            let place = mistake.place.as_ref();
            let place = place
                .map(|place| format!("{}:{}", place.file.path, place.location.line))
                .unwrap_or_default();
            let fix = format!("correct {place}");
            Finding::problem(check, mistake.title.clone(), fix)
        };
        return mistakes.iter().map(one).collect();
    }
    let fix = error
        .help()
        .unwrap_or_else(|| "run `tollgate config check`".to_owned());
    vec![Finding::problem(check, error.to_string(), fix)]
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

/// The exit code: that of secrets where every problem is about them or their keys.
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
