//! `[environments.NAME]`

use std::collections::BTreeMap;
use std::ops::Range;

use schemars::JsonSchema;

use super::deploy::DeployKeys;
use super::policy::{ENFORCEMENTS, PolicyOverride};
use super::promotion::PromotionKeys;
use super::read::{At, Fields, Mistake, Mistakes, Node, boolean, entries, items, name, text, word};
use super::secrets::{SecretsShape, SecretsTable};
use super::{Config, ConfigError, Environments, is_name};
use crate::diagnostic::quoted;
use crate::environment::{ConfiguredPolicy, Environment, Response, protected_by_name, usual_names};
use crate::report::{Enforcement, Input};
use crate::waiver::{AddressPattern, Waiver};

/// The environment of a run that names none, where none is configured.
const DEFAULT_ENVIRONMENT: &str = "production";

/// The environment that a name stands for: its own, an alias, or a usual short name that means only one of
/// those that there are.
pub(super) fn owner<'e>(
    environments: &'e BTreeMap<String, EnvironmentTable>,
    name: &str,
) -> Option<&'e str> {
    let called = |table: &EnvironmentTable| table.aliases.iter().any(|alias| alias.value == name);
    let usual = || {
        let mut known = usual_names(name)
            .iter()
            .filter_map(|usual| environments.get_key_value(*usual));
        known.next().filter(|_| known.next().is_none())
    };
    environments
        .get_key_value(name)
        .or_else(|| environments.iter().find(|(_, table)| called(table)))
        .or_else(usual)
        .map(|(name, _)| name.as_str())
}

/// One environment.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename = "Environment", rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct EnvironmentTable {
    /// Where it begins in the file.
    #[schemars(skip)]
    pub(super) key: Range<usize>,
    /// Other names for it.
    #[schemars(default)]
    pub(super) aliases: Vec<At<String>>,
    /// Whether what happens here matters. By default, every environment is protected
    /// whose name is not one of dev, development, test, testing, qa, stage, staging, stag,
    /// sandbox, preview, pr, int, integration, demo, local, alone or with something before
    /// or after a hyphen.
    pub(super) protected: Option<At<bool>>,
    /// What an undetermined finding of a mandatory rule does. Default: `fail` where
    /// protected, `warn` elsewhere.
    pub(super) undetermined: Option<At<Response>>,
    /// What an incomplete plan (targeted, deferred) does. Default: `fail` where protected,
    /// `warn` elsewhere.
    pub(super) incomplete: Option<At<Response>>,
    /// What a finding of a mandatory rule does that reports what was so before the plan, and
    /// stays so. Default: `warn`.
    pub(super) existing: Option<At<Response>>,
    /// What a change that loosens the gate here leads to, where `check --config-from` sees
    /// one. Read from the base branch. Default: `soft-mandatory` where protected, `advisory`
    /// elsewhere. `hard-mandatory` is a refusal that no approval lifts.
    pub(super) gate_changes: Option<At<Enforcement>>,
    /// The encrypted file, or a table of where the secrets are and who they are for.
    #[schemars(with = "Option<SecretsShape>")]
    pub(super) secrets: Option<SecretsTable>,
    /// As `isolated` of the project, for this environment.
    pub(super) isolated: Option<At<bool>>,
    /// As `separate-identities` of the project, for this environment.
    pub(super) separate_identities: Option<At<bool>>,
    /// What a deploy uses, and where it may run.
    #[schemars(flatten)]
    pub(super) deploy: DeployKeys,
    /// What has to be so in another environment first, and what is run after a deploy.
    #[schemars(flatten)]
    pub(super) promotion: PromotionKeys,
    /// What is different here for a policy.
    #[schemars(default)]
    pub(super) policies: BTreeMap<String, PolicyOverride>,
}

const RESPONSES: [(&str, Response); 3] = [
    ("pass", Response::Pass),
    ("warn", Response::Warn),
    ("fail", Response::Fail),
];

impl EnvironmentTable {
    pub(super) fn read(
        key: &Range<usize>,
        node: &Node<'_>,
        environment: &str,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        let mut fields = Fields::of(node, format!("environments.{environment}"), mistakes)?;
        let header = fields.child("policies");
        let secrets = fields.child("secrets");
        let table = Self {
            key: key.clone(),
            aliases: fields
                .take("aliases", mistakes, aliases)
                .map(|aliases| aliases.value)
                .unwrap_or_default(),
            protected: fields.take("protected", mistakes, boolean),
            undetermined: fields.take("undetermined", mistakes, |node, mistakes| {
                word(node, &RESPONSES, mistakes)
            }),
            incomplete: fields.take("incomplete", mistakes, |node, mistakes| {
                word(node, &RESPONSES, mistakes)
            }),
            existing: fields.take("existing", mistakes, |node, mistakes| {
                word(node, &RESPONSES, mistakes)
            }),
            gate_changes: fields.take("gate-changes", mistakes, |node, mistakes| {
                word(node, &ENFORCEMENTS, mistakes)
            }),
            secrets: fields
                .take("secrets", mistakes, |node, mistakes| {
                    SecretsTable::read(node, secrets, mistakes)
                })
                .map(|secrets| secrets.value),
            isolated: fields.take("isolated", mistakes, boolean),
            separate_identities: fields.take("separate-identities", mistakes, boolean),
            deploy: DeployKeys::read(&mut fields, mistakes),
            promotion: PromotionKeys::read(&mut fields, mistakes),
            policies: fields
                .take("policies", mistakes, |node, mistakes| {
                    overrides(node, &header, mistakes)
                })
                .map(|policies| policies.value)
                .unwrap_or_default(),
        };
        fields.finish(mistakes);
        Some(table)
    }
}

fn aliases(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Vec<At<String>>> {
    let mut aliases: Vec<At<String>> = Vec::new();
    for item in items(node, mistakes)? {
        let Some(alias) = text(item, mistakes) else {
            continue;
        };
        let span = item.span();
        if !name(&alias, &span, "an environment", mistakes) {
            continue;
        }
        if let Some(first) = aliases.iter().find(|first| first.value == alias) {
            let title = format!("the alias {} is given twice", quoted(&alias));
            mistakes.push(Mistake::new(&span, title, "").related(&first.span, "first here"));
            continue;
        }
        aliases.push(At { value: alias, span });
    }
    Some(aliases)
}

fn overrides(
    node: &Node<'_>,
    header: &str,
    mistakes: &mut Mistakes,
) -> Option<BTreeMap<String, PolicyOverride>> {
    let mut policies = BTreeMap::new();
    for (key, node) in entries(node, mistakes)? {
        let policy = key.get_ref().to_string();
        if let Some(table) =
            PolicyOverride::read(&key.span(), node, format!("{header}.{policy}"), mistakes)
        {
            policies.insert(policy, table);
        }
    }
    Some(policies)
}

impl Config {
    /// Returns an environment by its name or alias.
    ///
    /// Without a name it is the only one that is configured, or `production` where none is.
    ///
    /// # Errors
    /// When the name is unknown or needed, or no policy is enabled for the environment.
    pub fn environment(&self, name: Option<&str>) -> Result<Environment, ConfigError> {
        let name = self.environment_name(name)?;
        let table = self.file.environments.get(&name);
        let set = |key: Option<&At<bool>>| key.map(|key| key.value);
        let protected = set(table.and_then(|table| table.protected.as_ref()))
            .unwrap_or_else(|| protected_by_name(&name));
        let response = |key: Option<&At<Response>>| {
            key.map_or_else(|| Response::by_protection(protected), |key| key.value)
        };
        let policies: Vec<ConfiguredPolicy> = self
            .policies()
            .into_iter()
            .filter_map(|policy| self.policy(policy, &name))
            .collect();
        if policies.is_empty() {
            let policies = self.policies().into_iter().map(ToOwned::to_owned).collect();
            return Err(ConfigError::NoPolicy {
                environment: name,
                policies,
            });
        }
        let waivers = self
            .file
            .waivers
            .iter()
            .filter(|waiver| {
                waiver.rule.value.is_waivable()
                    || policies
                        .iter()
                        .any(|policy| policy.name == waiver.rule.value.policy)
            })
            .filter(|waiver| {
                waiver.environments.as_ref().is_none_or(|environments| {
                    environments.iter().any(|environment| {
                        environment.value == name
                            || table.is_some_and(|table| {
                                table
                                    .aliases
                                    .iter()
                                    .any(|alias| alias.value == environment.value)
                            })
                    })
                })
            })
            .map(|waiver| Waiver {
                policy: waiver.rule.value.policy.clone(),
                rule: waiver.rule.value.rule.clone(),
                address: AddressPattern::new(waiver.address.value.as_str()),
                stack: waiver.stack.as_ref().map(|stack| stack.value.clone()),
                reason: waiver.reason.value.clone(),
                owner: waiver.owner.value.clone(),
                expires: waiver.expires.value,
                location: self.line(&waiver.span),
            })
            .collect();
        Ok(Environment {
            protected,
            gate_changes: table
                .and_then(|table| table.gate_changes.as_ref())
                .map_or_else(
                    || Enforcement::by_protection(protected),
                    |enforcement| enforcement.value,
                ),
            undetermined: response(table.and_then(|table| table.undetermined.as_ref())),
            incomplete: response(table.and_then(|table| table.incomplete.as_ref())),
            existing: table
                .and_then(|table| table.existing.as_ref())
                .map_or(Response::Warn, |key| key.value),
            policies,
            waivers,
            configuration: self.source.as_ref().map(|source| Input {
                path: source.file.path.clone(),
                digest: source.digest.clone(),
            }),
            name,
        })
    }

    /// Returns the name of an environment by its name, its alias, or a usual short name that means
    /// only one of those that are configured: `prod` for `production`.
    ///
    /// Without a name it is the only one that is configured, or `production` where none is.
    ///
    /// # Errors
    /// When the name is unknown or needed.
    pub fn environment_name(&self, name: Option<&str>) -> Result<String, ConfigError> {
        let environments = || {
            let pair = |(name, table): (&String, &EnvironmentTable)| {
                (
                    name.clone(),
                    table
                        .aliases
                        .iter()
                        .map(|alias| alias.value.clone())
                        .collect(),
                )
            };
            Environments(self.file.environments.iter().map(pair).collect())
        };
        let path = || {
            self.source
                .as_ref()
                .map(|source| source.file.path.clone())
                .unwrap_or_default()
        };
        let Some(name) = name else {
            let mut names = self.file.environments.keys();
            return match (names.next(), names.next()) {
                (None, _) => Ok(DEFAULT_ENVIRONMENT.to_owned()),
                (Some(only), None) => Ok(only.clone()),
                (Some(_), Some(_)) => Err(ConfigError::EnvironmentNeeded {
                    path: path(),
                    environments: environments(),
                }),
            };
        };
        if self.file.environments.is_empty() {
            return if is_name(name) {
                Ok(name.to_owned())
            } else {
                Err(ConfigError::EnvironmentName {
                    name: name.to_owned(),
                })
            };
        }
        owner(&self.file.environments, name)
            .map(ToOwned::to_owned)
            .ok_or_else(|| ConfigError::UnknownEnvironment {
                name: name.to_owned(),
                path: path(),
                environments: environments(),
            })
    }
}
