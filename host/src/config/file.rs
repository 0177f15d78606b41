//! The whole file as it is written, and what its parts have to agree on.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use tollgate_policy::pattern;
use toml::Spanned;
use toml::de::DeTable;

use super::environment::EnvironmentTable;
use super::limits::LimitsTable;
use super::policy::{PolicyTable, Tuning};
use super::project::Project;
use super::promotion;
use super::read::{
    At, Fields, Mistake, Mistakes, Node, did_you_mean, entries, items, name, word, wrong_type,
};
use super::waiver::WaiverTable;
use crate::diagnostic::{listed, nearest, quoted};
use tollgate_model::library::Preset;
use tollgate_model::names::is_name;
use tollgate_model::own_rules::{OWN_RULES, OwnRule, POLICY};

/// What `source` says for a policy that is part of the binary.
pub(super) const BUILT_IN: &str = "built-in";

/// The key in `[policies]` that is no policy.
const PRESET: &str = "preset";

const PRESETS: [(&str, Preset); 3] = [
    ("minimal", Preset::Minimal),
    ("recommended", Preset::Recommended),
    ("strict", Preset::Strict),
];

/// `tollgate.toml`: environments, policies and waivers.
#[derive(Clone, Debug, Default, JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct File {
    /// The project that the configuration belongs to.
    #[schemars(default)]
    pub(super) project: Project,
    /// The environments, by name. Without any, every name is one.
    #[schemars(default)]
    pub(super) environments: BTreeMap<String, EnvironmentTable>,
    /// The policies, by name, and which of the built-in ones run without being named.
    #[schemars(default)]
    pub(super) policies: Policies,
    /// What every policy may use.
    #[schemars(default, with = "Option<LimitsTable>")]
    pub(super) limits: LimitsTable,
    /// Findings that somebody answers for, until a day.
    #[schemars(default)]
    pub(super) waivers: Vec<WaiverTable>,
}

impl File {
    /// Reads each part on its own.
    pub(super) fn read(document: &Spanned<DeTable<'_>>, mistakes: &mut Mistakes) -> Self {
        let mut fields = Fields::root(document);
        let file = Self {
            project: fields
                .take("project", mistakes, Project::read)
                .map(|project| project.value)
                .unwrap_or_default(),
            environments: fields
                .take("environments", mistakes, |node, mistakes| {
                    let mut environments = BTreeMap::new();
                    for (key, node) in entries(node, mistakes)? {
                        let environment = key.get_ref().to_string();
                        if name(&environment, &key.span(), "an environment", mistakes)
                            && let Some(table) =
                                EnvironmentTable::read(&key.span(), node, &environment, mistakes)
                        {
                            environments.insert(environment, table);
                        }
                    }
                    Some(environments)
                })
                .map(|environments| environments.value)
                .unwrap_or_default(),
            policies: fields
                .take("policies", mistakes, Policies::read)
                .map(|policies| policies.value)
                .unwrap_or_default(),
            limits: fields
                .take("limits", mistakes, |node, mistakes| {
                    LimitsTable::read(node, "limits".to_owned(), mistakes)
                })
                .map(|limits| limits.value)
                .unwrap_or_default(),
            waivers: fields
                .take("waivers", mistakes, |node, mistakes| {
                    if node.get_ref().is_table() {
                        mistakes.push(
                            wrong_type(node, "an array of tables")
                                .help("write `[[waivers]]`, with two brackets"),
                        );
                        return None;
                    }
                    let items = items(node, mistakes)?;
                    Some(
                        items
                            .into_iter()
                            .filter_map(|item| WaiverTable::read(item, mistakes))
                            .collect::<Vec<_>>(),
                    )
                })
                .map(|waivers| waivers.value)
                .unwrap_or_default(),
        };
        fields.finish(mistakes);
        file
    }

    /// Checks what the parts say of each other.
    ///
    /// `named` has every name that the file gives, so that a part with a mistake of its own
    /// does not make those wrong that refer to it.
    pub(super) fn check(&self, builtins: &[String], named: &Named, mistakes: &mut Mistakes) {
        self.check_environments(mistakes);
        promotion::check(&self.environments, &named.environments, mistakes);
        self.check_owners(mistakes);
        self.check_sources(builtins, mistakes);
        let known = |policy: &str| {
            builtins.iter().any(|name| name == policy)
                || named.policies.contains(&policy.to_owned())
        };
        let unknown = |policy: &str, span| {
            let all = || builtins.iter().chain(&named.policies).map(String::as_str);
            let title = format!("unknown policy {}", quoted(policy));
            let mut policies: Vec<&str> = all().collect();
            policies.sort_unstable();
            policies.dedup();
            let help = format!("policies: {}", listed(policies));
            Mistake::new(span, title, did_you_mean(nearest(policy, all()))).help(help)
        };
        for environment in self.environments.values() {
            for (policy, table) in &environment.policies {
                if !known(policy) {
                    mistakes.push(unknown(policy, &table.key));
                }
            }
        }
        for waiver in &self.waivers {
            let rule = &waiver.rule.value;
            if rule.is_own() {
                if !rule.is_waivable() {
                    let title = "of Tollgate's own rules only some can be waived";
                    let waivable = OWN_RULES.iter().filter(|rule| rule.waivable);
                    let help =
                        format!("name one of these: {}", listed(waivable.map(OwnRule::name)));
                    mistakes.push(Mistake::new(&waiver.rule.span, title, "").help(help));
                }
            } else if !known(&rule.policy) {
                mistakes.push(unknown(&waiver.rule.value.policy, &waiver.rule.span));
            }
            for environment in waiver.environments.iter().flatten() {
                if named.environments.is_empty() {
                    name(
                        &environment.value,
                        &environment.span,
                        "an environment",
                        mistakes,
                    );
                } else if !named.environments.contains(&environment.value) {
                    let title = format!("unknown environment {}", quoted(&environment.value));
                    let near = nearest(
                        &environment.value,
                        named.environments.iter().map(String::as_str),
                    );
                    let help = format!(
                        "environments and their aliases: {}",
                        listed(&named.environments)
                    );
                    mistakes.push(
                        Mistake::new(&environment.span, title, did_you_mean(near)).help(help),
                    );
                }
            }
        }
    }

    /// A waiver is owned by somebody who may.
    fn check_owners(&self, mistakes: &mut Mistakes) {
        let Some(allowed) = &self.project.waiver_owners else {
            return;
        };
        for waiver in &self.waivers {
            let owner = &waiver.owner;
            let may = |pattern: &At<String>| pattern::matches(&pattern.value, &owner.value);
            if !allowed.iter().any(may) {
                let title = format!("{} may not own a waiver", quoted(&owner.value));
                let names = listed(allowed.iter().map(|pattern| &pattern.value));
                let help = format!("`waiver-owners` in [project] allows: {names}");
                mistakes.push(Mistake::new(&owner.span, title, "").help(help));
            }
        }
    }

    /// A name or an alias stands for one environment.
    fn check_environments(&self, mistakes: &mut Mistakes) {
        let mut claims: Vec<_> = self
            .environments
            .iter()
            .flat_map(|(name, table)| {
                table
                    .aliases
                    .iter()
                    .map(move |alias| (&alias.value, &alias.span, name))
            })
            .collect();
        claims.sort_by_key(|(_, span, _)| span.start);
        let mut aliases: BTreeMap<&String, (&std::ops::Range<usize>, &String)> = BTreeMap::new();
        for (alias, span, environment) in claims {
            let title = format!("the alias {} is ambiguous", quoted(alias));
            if let Some(other) = self.environments.get(alias) {
                let label = if alias == environment {
                    "an environment needs no alias for its own name"
                } else {
                    "an environment has this name"
                };
                mistakes.push(Mistake::new(span, title, label).related(&other.key, "this one"));
            } else if let Some((first, owner)) = aliases.get(alias) {
                let label = format!("it already stands for {}", quoted(owner));
                mistakes.push(Mistake::new(span, title, label).related(first, "first here"));
            } else {
                aliases.insert(alias, (span, environment));
            }
        }
    }

    /// Every policy comes from somewhere.
    fn check_sources(&self, builtins: &[String], mistakes: &mut Mistakes) {
        for (policy, table) in &self.policies.tables {
            if builtins.contains(policy) {
                continue;
            }
            let near = did_you_mean(nearest(policy, builtins.iter().map(String::as_str)));
            let help = format!(
                "built-in policies: {}; any other has a `source`, the path of its module",
                listed(builtins)
            );
            match &table.source {
                None if table.broken_source => {}
                None => {
                    let title = format!(
                        "{} is no built-in policy and has no `source`",
                        quoted(policy)
                    );
                    mistakes.push(Mistake::new(&table.key, title, near).help(help));
                }
                Some(source) if source.value == BUILT_IN => {
                    let title = format!("{} is no built-in policy", quoted(policy));
                    mistakes.push(Mistake::new(&source.span, title, near).help(help));
                }
                Some(_) => {}
            }
        }
    }

    /// Every place where the file tunes a policy.
    fn tunings(&self, policy: &str) -> impl Iterator<Item = &Tuning> {
        let base = self.policies.tables.get(policy).map(|table| &table.tuning);
        let overrides = self
            .environments
            .values()
            .filter_map(move |environment| environment.policies.get(policy))
            .map(|table| &table.tuning);
        base.into_iter().chain(overrides)
    }

    /// Checks the documents that the file hands to a policy against those that it reads.
    pub(super) fn check_documents(
        &self,
        policy: &str,
        declared: &[String],
        mistakes: &mut Mistakes,
    ) {
        let given = self.tunings(policy).flat_map(|tuning| &tuning.documents);
        for (document, path) in given.filter(|(document, _)| !declared.contains(document)) {
            let title = format!(
                "the policy {} reads no document {}",
                quoted(policy),
                quoted(document)
            );
            let near = did_you_mean(nearest(document, declared.iter().map(String::as_str)));
            let help = match declared {
                [] => "it reads none; remove the line".to_owned(),
                declared => format!("it reads: {}", listed(declared)),
            };
            mistakes.push(Mistake::new(&path.span, title, near).help(help));
        }
    }

    /// Checks the rules that the file names against those that a policy declares.
    pub(super) fn check_rules(&self, policy: &str, declared: &[&str], mistakes: &mut Mistakes) {
        let in_rules = self
            .tunings(policy)
            .flat_map(|tuning| &tuning.rules)
            .map(|(rule, enforcement)| (rule, &enforcement.span));
        let in_waivers = self
            .waivers
            .iter()
            .filter(|waiver| waiver.rule.value.policy == policy)
            .filter_map(|waiver| Some((waiver.rule.value.rule.as_ref()?, &waiver.rule.span)));
        for (rule, span) in in_rules.chain(in_waivers) {
            if !declared.contains(&rule.as_str()) {
                let title = format!("the policy {} has no rule {}", quoted(policy), quoted(rule));
                let near = did_you_mean(nearest(rule, declared.iter().copied()));
                let help = format!("its rules: {}", listed(declared));
                mistakes.push(Mistake::new(span, title, near).help(help));
            }
        }
    }
}

/// `[policies]`
#[derive(Clone, Debug, Default, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub(super) struct Policies {
    /// Which built-in policies run without being named: `minimal` (data lost, money, alarms),
    /// `recommended` (also what exposes or opens something; what would surprise only warns) or
    /// `strict` (all that need no settings, and every rule refuses). Default: `recommended`.
    /// A policy that has a table of its own runs in any case, unless it is disabled there. A
    /// file that disables every policy of `minimal` and names no preset has chosen by hand:
    /// nothing runs that it does not name.
    #[schemars(with = "Option<Preset>")]
    pub(super) preset: Option<At<Preset>>,
    /// Each policy, by name.
    #[schemars(flatten)]
    pub(super) tables: BTreeMap<String, PolicyTable>,
}

impl Policies {
    fn read(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let mut policies = Self::default();
        for (key, node) in entries(node, mistakes)? {
            let policy = key.get_ref().to_string();
            if policy == PRESET {
                policies.preset = word(node, &PRESETS, mistakes).map(|value| At {
                    value,
                    span: key.span(),
                });
            } else if policy == POLICY {
                let title = format!("the name {} is taken", quoted(POLICY));
                let label = "reports use it for Tollgate's own rules";
                mistakes.push(Mistake::new(&key.span(), title, label));
            } else if name(&policy, &key.span(), "a policy", mistakes)
                && let Some(table) = PolicyTable::read(&key.span(), node, &policy, mistakes)
            {
                policies.tables.insert(policy, table);
            }
        }
        Some(policies)
    }
}

/// Every name that the file gives, whether or not what stands under it is in order.
#[derive(Debug, Default)]
pub(super) struct Named {
    pub(super) policies: Vec<String>,
    /// With aliases.
    pub(super) environments: Vec<String>,
}

impl Named {
    pub(super) fn of(document: &Spanned<DeTable<'_>>) -> Self {
        let keys = |key: &str| -> Vec<String> {
            let table = document
                .get_ref()
                .get(key)
                .and_then(|node| node.get_ref().as_table());
            table
                .into_iter()
                .flat_map(|table| table.keys())
                .map(|key| key.get_ref().to_string())
                .filter(|key| is_name(key))
                .collect()
        };
        let mut environments = keys("environments");
        let tables = document
            .get_ref()
            .get("environments")
            .and_then(|node| node.get_ref().as_table());
        for table in tables.into_iter().flat_map(|tables| tables.values()) {
            let aliases = table
                .get_ref()
                .get("aliases")
                .and_then(|node| node.get_ref().as_array());
            let aliases = aliases.into_iter().flat_map(|aliases| aliases.iter());
            environments.extend(
                aliases
                    .filter_map(|alias| alias.get_ref().as_str())
                    .map(ToOwned::to_owned),
            );
        }
        environments.sort();
        environments.dedup();
        let mut policies = keys("policies");
        policies.retain(|key| key != PRESET);
        Self {
            policies,
            environments,
        }
    }
}
