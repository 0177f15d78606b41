//! `tollgate policy`: inspect a module, or make one.

mod bench;
mod fixture;
mod mutate;
mod new;
mod test;

pub(super) use bench::run as bench;
pub(super) use fixture::run as fixture;
pub(super) use mutate::run as mutate;
pub(super) use new::{build, new};
pub(super) use test::run as test;

use std::fs;
use std::path::Path;

use super::{CommandError, configuration, configuration_of, options, print};
use crate::authoring::module;
use crate::authoring::run::Subject;
use crate::cli::{ConfigArgs, DocsArgs, InspectArgs, MutateFormat, PackArgs, PolicyListArgs};
use crate::config::Config;
use crate::diagnostic::quoted;
use crate::environment::{Environment, Source};
use crate::exit;
use crate::gate::{self, load_module};
use crate::report::Enforcement;
use crate::report::explain::RuleDoc;
use crate::report::inert;
use crate::report::inspect::{self, InterestDoc, PolicyDoc};
use crate::report::json;
use crate::report::library_list::{self, ListedPolicy, PolicyList, Runs};
use crate::report::markdown::manual;
use crate::report::output::{OutputError, write_file};
use crate::sandbox::PolicyError;
use crate::sandbox::builtin::BUILTINS;
use crate::sandbox::engine::Ticker;
use crate::sandbox::pack::{PackError, pack as pack_module};
use crate::sandbox::{PolicyModule, action, contract::wit};
use tollgate_model::error::UserError;
use tollgate_model::library;

pub(super) fn list(args: &PolicyListArgs) -> Result<u8, CommandError> {
    let config = configuration(&args.config)?;
    let environments = match &args.environment {
        Some(name) => vec![config.environment(Some(name))?],
        None => environments(&config)?,
    };
    let row = |name: &str| {
        let runs = environments.iter().map(|environment| {
            let configured = environment.policies.iter().find(|each| each.name == name);
            Runs {
                environment: environment.name.clone(),
                enforcement: configured.map(|each| each.enforcement.policy),
                advisory: configured.map_or_else(Vec::new, |each| {
                    let rules = each.enforcement.rules.iter();
                    rules
                        .filter(|(_, enforcement)| **enforcement == Enforcement::Advisory)
                        .map(|(rule, _)| rule.clone())
                        .collect()
                }),
            }
        });
        let built_in = library::built_in(name);
        ListedPolicy {
            name: name.to_owned(),
            summary: built_in.map(|policy| policy.summary.to_owned()),
            preset: built_in.and_then(|policy| policy.preset),
            source: config
                .policy_source(name)
                .map_or_else(String::new, |source| source.to_string()),
            runs: runs.collect(),
        }
    };
    let policies = PolicyList {
        preset: config.preset(),
        policies: config.policies().into_iter().map(row).collect(),
    };
    if args.json {
        print(&json::render(&policies).map_err(OutputError::Json)?)
    } else {
        print(&library_list::render(&policies, options()))
    }
}

/// The environments that are configured; where none is, the one that a run without a name is for.
fn environments(config: &Config) -> Result<Vec<Environment>, CommandError> {
    let mut names: Vec<Option<&str>> = config.environments().map(Some).collect();
    if names.is_empty() {
        names.push(None);
    }
    let environments = names.into_iter().map(|name| config.environment(name));
    Ok(environments.collect::<Result<_, _>>()?)
}

pub(super) fn inspect(args: &InspectArgs) -> Result<u8, CommandError> {
    if args.raw {
        let _ticker = Ticker::start();
        let module = load(&configuration(&args.config)?, &args.policy, None)?.module;
        return print(&(module.description().map_err(OutputError::Json)? + "\n"));
    }
    let doc = look_at(&args.policy, &args.config)?;
    if args.json || args.output == MutateFormat::Json {
        print(&json::render(&doc).map_err(OutputError::Json)?)
    } else {
        print(&inspect::render(&doc, options()))
    }
}

pub(super) fn docs(args: &DocsArgs) -> Result<u8, CommandError> {
    print(&manual::policy(&look_at(&args.policy, &args.config)?))
}

/// What the policy of this name is, or the module in this file.
fn look_at(policy: &str, config: &ConfigArgs) -> Result<PolicyDoc, CommandError> {
    let _ticker = Ticker::start();
    let found = load(&configuration(config)?, policy, None)?;
    Ok(describe(&found.module, &found.source)?)
}

/// The policy of this name, or the module in this file, to be asked. A [`Ticker`] must be running.
fn subject(policy: &str, config: &ConfigArgs) -> Result<Subject, CommandError> {
    Ok(load(&configuration(config)?, policy, None)?.into_subject())
}

/// As [`subject`], for a policy of this folder: what its own configuration says holds. A module that
/// is elsewhere is taken for the one that `policy build` writes there.
fn subject_of(folder: &Path, policy: &str, config: &ConfigArgs) -> Result<Subject, CommandError> {
    let config = configuration_of(folder, config)?;
    let built = module::within(folder, module::BUILT);
    Ok(load(&config, policy, Some(&built))?.into_subject())
}

/// Why a policy cannot be used, told to whoever writes it.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub(super) struct OwnModule {
    error: PolicyError,
    /// What the configuration calls it.
    name: Option<String>,
}

impl UserError for OwnModule {
    fn exit_code(&self) -> u8 {
        self.error.exit_code()
    }

    fn help(&self) -> Option<String> {
        module::help(&self.error, self.name.as_deref())
    }

    fn said(&self) -> Option<&str> {
        let said = self.error.standard_error()?;
        // One line is part of the message.
        said.contains('\n').then_some(said)
    }
}

/// A policy that was loaded.
struct Loaded {
    module: PolicyModule,
    source: Source,
    /// What the configuration calls it.
    name: Option<String>,
}

impl Loaded {
    fn into_subject(self) -> Subject {
        Subject {
            builtin: match self.source {
                Source::BuiltIn => BUILTINS
                    .iter()
                    .find(|builtin| builtin.name == self.module.metadata.name),
                Source::Path(_) => None,
            },
            module: self.module,
            name: self.name,
        }
    }
}

/// Loads the policy of this name, or the module in this file. What the configuration says of the policy
/// whose module that is holds for it, or else what it says of the one in `instead`.
fn load(config: &Config, policy: &str, instead: Option<&Path>) -> Result<Loaded, CommandError> {
    let (name, source) = match config.policy_source(policy) {
        Some(source) => (Some(policy.to_owned()), source),
        // Absolute, or it would be taken for relative to the configuration.
        None if Path::new(policy).exists() => {
            let path = Path::new(policy);
            if path.is_dir() {
                let module = module::find(path).unwrap_or_else(|_| path.join(module::BUILT));
                return Err(CommandError::usage(
                    format!("{} is a folder, not a module", quoted(policy)),
                    format!(
                        "name its module: {}, which `tollgate policy build {}` writes",
                        inert(&module.display().to_string()),
                        inert(policy)
                    ),
                ));
            }
            let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
            let name = module::configured(config, &path);
            let name = name.or_else(|| module::configured(config, instead?));
            (name, Source::Path(path))
        }
        None => {
            return Err(CommandError::usage(
                format!("`{policy}` is neither a file nor a policy that is built in or configured"),
                format!("policies: {}", config.policies().join(", ")),
            ));
        }
    };
    let module = load_module(config, name.as_deref().unwrap_or_default(), &source, None).1;
    match (module, &source) {
        (Err(error), Source::Path(_)) => Err(OwnModule { error, name }.into()),
        (module, _) => Ok(Loaded {
            module: module?,
            source,
            name,
        }),
    }
}

fn describe(module: &PolicyModule, source: &Source) -> Result<PolicyDoc, PolicyError> {
    let metadata = module.metadata_in_full()?;
    Ok(PolicyDoc {
        name: metadata.name.clone(),
        version: metadata.version.clone(),
        description: metadata.description.clone(),
        source: source.to_string(),
        digest: module.digest.clone(),
        size: module.size as u64,
        kind: module.kind(),
        code: module.origin.to_string(),
        imports: module
            .imports
            .iter()
            .filter(|name| !name.starts_with("tollgate:policy/types@"))
            .cloned()
            .collect(),
        inert_imports: module.inert_imports.clone(),
        rules: metadata
            .rules
            .iter()
            .map(|rule| rule_doc(&metadata.name, rule, Vec::new()))
            .collect(),
        settings: serde_json::from_str(&metadata.settings_schema).unwrap_or_default(),
        interests: metadata
            .interests
            .iter()
            .map(|interest| InterestDoc {
                types: interest.resource_types.clone(),
                actions: interest
                    .actions
                    .iter()
                    .map(|wanted| action(*wanted).as_str().to_owned())
                    .collect(),
                attributes: interest.attributes.clone(),
                references: interest.references,
            })
            .collect(),
        outputs: metadata.outputs,
        drift: metadata.drift,
        documents: metadata.documents.clone(),
        chunkable: metadata.chunkable,
        together: metadata.together.clone(),
        known_types: metadata.known_types.len(),
    })
}

pub(super) fn rule_doc(
    policy: &str,
    rule: &wit::Rule,
    enforcement: Vec<(String, crate::report::Enforcement)>,
) -> RuleDoc {
    RuleDoc {
        policy: policy.to_owned(),
        id: rule.id.clone(),
        title: rule.title.clone(),
        description: rule.description.clone(),
        severity: gate::severity(rule.severity),
        remediation: rule.remediation.clone(),
        example: rule.example.clone(),
        links: rule.links.clone(),
        enforcement,
    }
}

pub(super) fn pack(args: &PackArgs) -> Result<u8, CommandError> {
    let module = fs::read(&args.module).map_err(|error| {
        CommandError::usage(
            format!("cannot read the module {}: {error}", args.module.display()),
            "build it first: cargo build --release --target wasm32-unknown-unknown",
        )
    })?;
    let component = pack_module(&module).map_err(|error| {
        let help = match error {
            PackError::NotCore => "name the .wasm file that the compiler wrote",
            PackError::AlreadyComponent => "use it as it is",
            PackError::Encode(_) => "build it against policies/wit/policy.wit with wit-bindgen",
        };
        CommandError::usage(format!("{}: {error}", args.module.display()), help)
    })?;
    write_file(&args.output, &component)?;
    Ok(exit::PASSED)
}
