//! `[environments.NAME]`

use std::collections::BTreeMap;
use std::ops::Range;

use schemars::JsonSchema;

use super::deploy::DeployKeys;
use super::policy::{ENFORCEMENTS, PolicyOverride};
use super::promotion::PromotionKeys;
use super::read::{At, Fields, Mistake, Mistakes, Node, boolean, entries, items, name, text, word};
use super::secrets::{SecretsShape, SecretsTable};
use crate::diagnostic::quoted;
use crate::environment::{Response, usual_names};
use crate::report::Enforcement;

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
