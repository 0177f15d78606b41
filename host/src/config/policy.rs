//! `[policies.NAME]`, and `[environments.NAME.policies.NAME]`, which overrides it

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde_json::Value as Json;

use tollgate_model::digest::is_digest;
use tollgate_model::library::Preset;

use super::Config;
use super::file::BUILT_IN;
use super::limits::LimitsTable;
use super::read::{
    At, Fields, Mistake, Mistakes, Node, boolean, entries, json, name, text, word, wrong_type,
};
use crate::diagnostic::quoted;
use crate::environment::{ConfiguredPolicy, Source};
use crate::judge::RuleEnforcement;
use crate::report::Enforcement;

/// One policy, for every environment.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename = "Policy", rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct PolicyTable {
    /// Where it begins in the file.
    #[schemars(skip)]
    pub(super) key: Range<usize>,
    /// Whether there is a `source` that could not be read.
    #[schemars(skip)]
    pub(super) broken_source: bool,
    /// `built-in`, or the path of a module, relative to this file. Default: `built-in`,
    /// where a built-in policy has this name.
    pub(super) source: Option<At<String>>,
    /// What the module's digest has to be.
    #[schemars(regex(pattern = "^sha256:[0-9a-f]{64}$"))]
    pub(super) digest: Option<At<String>>,
    /// What this policy may use, where it is not what all may.
    #[schemars(default, with = "Option<LimitsTable>")]
    pub(super) limits: LimitsTable,
    /// What is set for all environments.
    #[schemars(flatten)]
    pub(super) tuning: Tuning,
}

/// What is different for a policy in one environment.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct PolicyOverride {
    /// Where it begins in the file.
    #[schemars(skip)]
    pub(super) key: Range<usize>,
    /// What is set for this environment.
    #[schemars(flatten)]
    pub(super) tuning: Tuning,
}

/// What can be set for a policy and again for an environment.
#[derive(Clone, Debug, Default, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub(super) struct Tuning {
    /// Whether it runs. Default: true.
    pub(super) enabled: Option<At<bool>>,
    /// What a violation leads to. Default: the built-in policy's own, `soft-mandatory` for
    /// others.
    pub(super) enforcement: Option<At<Enforcement>>,
    /// What the policy itself lets you set; its own schema says what (`tollgate policy
    /// inspect`). Tables are merged with the environment's, other values replaced.
    #[schemars(with = "Option<serde_json::Map<String, Json>>")]
    pub(super) settings: Option<At<Json>>,
    /// Rules with an enforcement of their own. It goes before the policy's.
    #[schemars(default)]
    pub(super) rules: BTreeMap<String, At<Enforcement>>,
    /// Files that are handed to the policy, by the name that it asks for; relative to this
    /// file.
    #[schemars(default, with = "BTreeMap<String, String>")]
    pub(super) documents: BTreeMap<String, At<PathBuf>>,
}

pub(super) const ENFORCEMENTS: [(&str, Enforcement); 3] = [
    ("advisory", Enforcement::Advisory),
    ("soft-mandatory", Enforcement::SoftMandatory),
    ("hard-mandatory", Enforcement::HardMandatory),
];

impl PolicyTable {
    pub(super) fn read(
        key: &Range<usize>,
        node: &Node<'_>,
        policy: &str,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        let mut fields = Fields::of(node, format!("policies.{policy}"), mistakes)?;
        let source = fields.take("source", mistakes, text);
        let table = Self {
            key: key.clone(),
            broken_source: source.is_none() && fields.has("source"),
            source,
            digest: fields.take("digest", mistakes, digest),
            limits: fields
                .take("limits", mistakes, |node, mistakes| {
                    LimitsTable::read(node, format!("policies.{policy}.limits"), mistakes)
                })
                .map(|limits| limits.value)
                .unwrap_or_default(),
            tuning: Tuning::read(&mut fields, mistakes),
        };
        fields.finish(mistakes);
        Some(table)
    }
}

impl PolicyOverride {
    pub(super) fn read(
        key: &Range<usize>,
        node: &Node<'_>,
        header: String,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        let mut fields = Fields::of(node, header, mistakes)?;
        let table = Self {
            key: key.clone(),
            tuning: Tuning::read(&mut fields, mistakes),
        };
        fields.finish(mistakes);
        Some(table)
    }
}

impl Tuning {
    fn read(fields: &mut Fields<'_, '_>, mistakes: &mut Mistakes) -> Self {
        Self {
            enabled: fields.take("enabled", mistakes, boolean),
            enforcement: fields.take("enforcement", mistakes, |node, mistakes| {
                word(node, &ENFORCEMENTS, mistakes)
            }),
            settings: fields.take("settings", mistakes, settings),
            rules: fields
                .take("rules", mistakes, rules)
                .map(|rules| rules.value)
                .unwrap_or_default(),
            documents: fields
                .take("documents", mistakes, documents)
                .map(|documents| documents.value)
                .unwrap_or_default(),
        }
    }
}

fn digest(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<String> {
    let digest = text(node, mistakes)?;
    if !is_digest(&digest) {
        let help = "a digest is `sha256:` and 64 hexadecimal digits in lower case; `tollgate policy inspect` prints it";
        mistakes.push(Mistake::new(&node.span(), "not a digest", "").help(help));
        return None;
    }
    Some(digest)
}

fn settings(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Json> {
    if !node.get_ref().is_table() {
        mistakes.push(wrong_type(node, "a table"));
        return None;
    }
    json(node, mistakes)
}

fn rules(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<BTreeMap<String, At<Enforcement>>> {
    let mut rules = BTreeMap::new();
    for (key, node) in entries(node, mistakes)? {
        let rule = key.get_ref().to_string();
        if let Some((_, own)) = rule.split_once('/') {
            let title = format!("{} has the policy's name in it", quoted(&rule));
            mistakes.push(Mistake::new(
                &key.span(),
                title,
                format!("write {}", quoted(own)),
            ));
        } else if name(&rule, &key.span(), "a rule", mistakes)
            && let Some(value) = word(node, &ENFORCEMENTS, mistakes)
        {
            rules.insert(
                rule,
                At {
                    value,
                    span: key.span(),
                },
            );
        }
    }
    Some(rules)
}

fn documents(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<BTreeMap<String, At<PathBuf>>> {
    let mut documents = BTreeMap::new();
    for (key, node) in entries(node, mistakes)? {
        let document = key.get_ref().to_string();
        if name(&document, &key.span(), "a document", mistakes)
            && let Some(path) = text(node, mistakes)
        {
            documents.insert(
                document,
                At {
                    value: PathBuf::from(path),
                    span: node.span(),
                },
            );
        }
    }
    Some(documents)
}

impl Config {
    /// Where the module of a policy comes from, if it is built in or configured.
    #[must_use]
    pub fn policy_source(&self, name: &str) -> Option<Source> {
        self.policies()
            .contains(&name)
            .then(|| self.source_of(name))
    }

    /// Every policy that is built in or configured, by name.
    #[must_use]
    pub fn policies(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .builtins
            .keys()
            .chain(self.file.policies.tables.keys())
            .map(String::as_str)
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The set of built-in policies that runs where nothing else is configured.
    #[must_use]
    pub fn preset(&self) -> Preset {
        self.file
            .policies
            .preset
            .as_ref()
            .map_or_else(Preset::default, |preset| preset.value)
    }

    pub(super) fn source_of(&self, name: &str) -> Source {
        let table = self.file.policies.tables.get(name);
        match table.and_then(|table| table.source.as_ref()) {
            Some(source) if source.value != BUILT_IN => Source::Path(PathBuf::from(&source.value)),
            _ => Source::BuiltIn,
        }
    }

    /// Whether the policies of an environment are chosen by hand: the file names no preset and
    /// turns off every policy of the smallest one. Then nothing runs that it does not name.
    fn is_by_hand(&self, environment: &str) -> bool {
        let table = self.file.environments.get(environment);
        let off = |name: &str| {
            let over = table.and_then(|table| table.policies.get(name));
            let over = over.map(|table| &table.tuning);
            let base = self.file.policies.tables.get(name);
            let base = base.map(|table| &table.tuning);
            let enabled = [over, base].into_iter().flatten();
            let enabled = enabled.filter_map(|tuning| tuning.enabled.as_ref());
            enabled.map(|enabled| enabled.value).next() == Some(false)
        };
        let mut smallest = self
            .builtins
            .values()
            .filter(|policy| policy.is_in(Preset::Minimal));
        self.file.policies.preset.is_none() && smallest.all(|policy| off(policy.name))
    }

    /// Puts together what holds for a policy; none where it does not run.
    pub(super) fn policy(&self, name: &str, environment: &str) -> Option<ConfiguredPolicy> {
        let in_environment = self
            .file
            .environments
            .get(environment)
            .and_then(|table| table.policies.get(name))
            .map(|table| (&table.key, &table.tuning));
        let table = self.file.policies.tables.get(name);
        let base = table.map(|table| &table.tuning);
        let over = in_environment.map(|(_, tuning)| tuning);
        // The first that says something wins: the environment, then the policy.
        let layers = || [over, base].into_iter().flatten();
        let built_in = self.builtins.get(name);
        let preset = self.preset();
        // A policy that is configured is meant to run.
        let by_default = table.is_some()
            || over.is_some()
            || built_in
                .is_none_or(|built_in| built_in.is_in(preset) && !self.is_by_hand(environment));
        if !layers()
            .find_map(|tuning| tuning.enabled.as_ref())
            .map_or(by_default, |enabled| enabled.value)
        {
            return None;
        }
        let own = layers().find_map(|tuning| tuning.enforcement.as_ref());
        let enforcement = match (own, built_in) {
            (Some(enforcement), _) => enforcement.value,
            (None, Some(built_in)) => built_in.enforcement_in(preset),
            // A policy that a team adds itself is meant to refuse.
            (None, None) => Enforcement::SoftMandatory,
        };
        let mut rules = BTreeMap::new();
        if own.is_none() {
            let advisory = built_in.map_or(&[][..], |built_in| built_in.advisory_in(preset));
            rules.extend(
                advisory
                    .iter()
                    .map(|rule| ((*rule).to_owned(), Enforcement::Advisory)),
            );
        }
        let mut documents = BTreeMap::new();
        let mut settings = Json::Object(serde_json::Map::new());
        for tuning in [base, over].into_iter().flatten() {
            rules.extend(
                tuning
                    .rules
                    .iter()
                    .map(|(rule, enforcement)| (rule.clone(), enforcement.value)),
            );
            documents.extend(
                tuning
                    .documents
                    .iter()
                    .map(|(name, path)| (name.clone(), path.value.clone())),
            );
            if let Some(own) = &tuning.settings {
                merge(&mut settings, &own.value);
            }
        }
        let key = table
            .map(|table| &table.key)
            .or(in_environment.map(|(key, _)| key));
        Some(ConfiguredPolicy {
            name: name.to_owned(),
            source: self.source_of(name),
            digest: table
                .and_then(|table| table.digest.as_ref())
                .map(|digest| digest.value.clone()),
            enforcement: RuleEnforcement {
                policy: enforcement,
                rules,
            },
            settings,
            documents,
            location: key.and_then(|key| Some(self.source.as_ref()?.file.locate(key))),
        })
    }
}

/// Merges tables key by key; any other value replaces what was there.
fn merge(base: &mut Json, over: &Json) {
    match (base, over) {
        (Json::Object(base), Json::Object(over)) => {
            for (key, value) in over {
                match base.get_mut(key) {
                    Some(there) => merge(there, value),
                    None => {
                        base.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (base, over) => *base = over.clone(),
    }
}
