//! `tollgate secrets check`: the secrets files of every environment against the configuration,
//! against each other and against `.sops.yaml`, without a key.

mod copies;
mod lookalike;
mod names;
mod parity;
mod plaintext;
mod reading;
mod sops_rules;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;
use tollgate_model::error::UserError;

pub use self::names::twice;
use crate::config::Config;
use crate::environment::SecretsSettings;
use crate::exit;
use crate::hcl::Variable;
use crate::layout::Layouts;
use crate::routing::{self, Neighbours, Routed};

/// The version of the format of `-o json`.
pub const FORMAT_VERSION: &str = "1.1";

/// What the check came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SecretsReport {
    /// The version of this format: readers accept any minor version of a major one they know.
    pub format_version: String,
    /// Whether everything could be checked and nothing is wrong; warnings are no errors.
    pub passed: bool,
    /// The exit code: 0; 6 for an error; 7 where a file can be read by whom it must not.
    pub exit_code: u8,
    /// The environments, by name.
    pub environments: Vec<EnvironmentSecrets>,
    /// The directories whose declared variables the names were compared with.
    pub configurations: Vec<String>,
    /// The keys that some environments have and others do not.
    pub parity: Vec<ParityRow>,
    /// Who can read what.
    pub readers: Vec<Reader>,
    /// What is wrong, the errors first.
    pub findings: Vec<SecretsFinding>,
}

/// The secrets of one environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EnvironmentSecrets {
    /// Its name.
    pub name: String,
    /// Its files; none where they could not be found, or the secrets come from elsewhere.
    pub files: Vec<String>,
    /// Those of them that could not be read, of which nothing else was checked.
    pub unread: Vec<String>,
    /// Where they come from instead of files: nothing of them could be checked.
    pub source: Option<String>,
    /// How many leaves the files have.
    pub keys: usize,
}

/// A key that not every environment has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ParityRow {
    /// Its path, list positions left out.
    pub key: String,
    /// The environments that have it.
    pub present: Vec<String>,
    /// Those that do not.
    pub absent: Vec<String>,
}

/// Somebody who can read files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Reader {
    /// A public key, or the name of a key in a service.
    pub recipient: String,
    /// What its holder needs.
    pub needs: String,
    /// The environments that it opens, alone or with others.
    pub environments: Vec<String>,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Gravity {
    /// The check fails.
    Error,
    /// It does not.
    Warning,
    /// Something is not known.
    Note,
}

/// What kind of thing is wrong, or not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A recipient that the environment must not have.
    ForeignRecipient,
    /// A file that should be encrypted and is not.
    Unencrypted,
    /// No file, or more than one.
    Unroutable,
    /// A file that cannot be read.
    Unreadable,
    /// A secret variable without a value.
    Missing,
    /// A key without a variable.
    Undeclared,
    /// A value of another type than the variable's.
    WrongType,
    /// A text without a character.
    Empty,
    /// A value in clear.
    InClear,
    /// A key that another environment has.
    Parity,
    /// Readers, or what is encrypted, other than `.sops.yaml` says.
    RecipientDrift,
    /// What `.sops.yaml` says is not what it seems to say, or contradicts the configuration.
    Rules,
    /// A file, or a part of it, that is another environment's as well.
    Copy,
    /// A source that cannot be looked at without asking it for its values.
    NotChecked,
}

/// One thing that is wrong, or not known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct SecretsFinding {
    /// How bad.
    pub gravity: Gravity,
    /// The environment, unless the file belongs to none.
    pub environment: Option<String>,
    /// Of which kind.
    pub kind: Kind,
    /// The file.
    pub file: Option<String>,
    /// The variable, key or recipient.
    pub name: Option<String>,
    /// In words.
    pub message: String,
    /// The next step.
    pub fix: String,
}

/// What the names are compared with.
pub struct Module {
    /// The directory, as it was named.
    pub directory: String,
    /// What it declares.
    pub variables: BTreeMap<String, Variable>,
    /// The environments that are planned in it; none where it is every one's.
    pub environments: Option<BTreeSet<String>>,
}

impl Module {
    fn is_for(&self, environment: &str) -> bool {
        let environments = self.environments.as_ref();
        environments.is_none_or(|environments| environments.contains(environment))
    }
}

/// Checks the environments: those that are `reported`, against all.
#[must_use]
pub fn check(
    config: &Config,
    all: Vec<SecretsSettings>,
    reported: &BTreeSet<String>,
    directories: &[PathBuf],
    modules: &[Module],
) -> SecretsReport {
    let mut check = Check {
        findings: Vec::new(),
        routed: Vec::new(),
        environments: Vec::new(),
        neighbours: Neighbours::among(all.clone(), directories),
    };
    for settings in all {
        let wanted = reported.contains(&settings.environment);
        let needs = needs_secrets(&modules_of(modules, &settings.environment));
        check.read(settings, directories, wanted, needs);
    }
    // Looked at once for all: a project may have hundreds of environments.
    let layouts = Layouts::read(config);
    let mut rules = sops_rules::Rules::default();
    check.judge_files(&layouts, modules, &mut rules);
    check.judge_copies();
    check.judge_names_of_files(config);
    check.judge_files_of_variables(&layouts, reported, modules);
    let parity = check.parity(reported);
    check.judge_directories(directories, &mut rules);
    check.report(modules, parity)
}

/// The modules that an environment is planned in.
fn modules_of<'m>(modules: &'m [Module], environment: &str) -> Vec<&'m Module> {
    modules
        .iter()
        .filter(|module| module.is_for(environment))
        .collect()
}

/// Tells whether a variable of the modules needs a secret; none where there is no module.
fn needs_secrets(modules: &[&Module]) -> Option<bool> {
    (!modules.is_empty()).then(|| {
        names::declared(modules)
            .values()
            .any(|variable| variable.secret && !variable.optional)
    })
}

struct Check {
    neighbours: Neighbours,
    findings: Vec<SecretsFinding>,
    /// With whether it is reported on.
    routed: Vec<(Routed, bool)>,
    environments: Vec<EnvironmentSecrets>,
}

impl Check {
    /// Judges the files of each environment that is reported on by themselves: against its modules, and
    /// against the rules that they follow.
    fn judge_files(
        &mut self,
        layouts: &Layouts<'_>,
        modules: &[Module],
        rules: &mut sops_rules::Rules,
    ) {
        for (routed, _) in self.routed.iter().filter(|(_, wanted)| *wanted) {
            let environment = &routed.settings.environment;
            let own = modules_of(modules, environment);
            if !own.is_empty() {
                names::judge(routed, &names::declared(&own), &mut self.findings);
            }
            names::strays(routed, &own, &mut self.findings);
            names::defaults(layouts, routed, &own, &mut self.findings);
            for file in &routed.files {
                plaintext::in_file(environment, file, &mut self.findings);
                sops_rules::drift(rules, routed, file, &mut self.findings);
            }
        }
    }

    /// Names copies, of which none is told to take over readers any more.
    fn judge_copies(&mut self) {
        let files = self.routed.iter();
        let copies = copies::find(
            files.map(|(routed, wanted)| (routed, *wanted)),
            &mut self.findings,
        );
        // It would hand the values of the one to the readers of the other, and is refused.
        for finding in &mut self.findings {
            if let Some(file) = finding.file.as_ref().filter(|file| copies.contains(*file))
                && finding.fix.contains("tollgate secrets sync")
            {
                finding.fix = format!(
                    "first see to it that it is no copy any more: {}",
                    routing::copies::anew(file)
                );
            }
        }
    }

    /// Names files that are called as another environment's.
    fn judge_names_of_files(&mut self, config: &Config) {
        let names = routing::copies::Names::of(config);
        for (routed, _) in self.routed.iter().filter(|(_, wanted)| *wanted) {
            foreign_names(&names, routed, &mut self.findings);
        }
    }

    /// Names secret variables that a file of variables sets.
    fn judge_files_of_variables(
        &mut self,
        layouts: &Layouts<'_>,
        reported: &BTreeSet<String>,
        modules: &[Module],
    ) {
        let files: BTreeMap<String, Vec<String>> = self
            .routed
            .iter()
            .map(|(routed, _)| {
                let names = routed.files.iter().map(|file| file.name().to_owned());
                (routed.settings.environment.clone(), names.collect())
            })
            .collect();
        plaintext::in_variables(layouts, reported, modules, &files, &mut self.findings);
    }

    /// Names what the rules of the directories do not mean to say, and plaintext beside the files.
    fn judge_directories(&mut self, directories: &[PathBuf], rules: &mut sops_rules::Rules) {
        let files = || self.routed.iter().flat_map(|(routed, _)| &routed.files);
        let seen: BTreeSet<PathBuf> = files()
            .filter_map(|file| Path::new(file.name()).canonicalize().ok())
            .collect();
        let keys = plaintext::keys(files());
        let markers: BTreeSet<String> = self
            .routed
            .iter()
            .filter_map(|(routed, _)| routed.settings.marker.as_ref()?.first_key())
            .map(ToOwned::to_owned)
            .collect();
        let mut lookalikes = lookalike::Lookalikes::of(files(), &markers);
        for directory in directories {
            rules.remarks(directory, &mut self.findings);
            plaintext::unencrypted(directory, &seen, &keys, &mut lookalikes, &mut self.findings);
            lookalikes.findings(directory, &mut self.findings);
        }
    }

    fn report(mut self, modules: &[Module], parity: Vec<ParityRow>) -> SecretsReport {
        let mut findings = std::mem::take(&mut self.findings);
        findings.sort();
        findings.dedup();
        let exit_code = exit_code(&findings);
        SecretsReport {
            format_version: FORMAT_VERSION.to_owned(),
            passed: exit_code == exit::PASSED
                && self.environments.iter().all(|own| own.source.is_none()),
            exit_code,
            readers: self.readers(),
            environments: self.environments,
            configurations: modules
                .iter()
                .map(|module| module.directory.clone())
                .collect(),
            parity,
            findings,
        }
    }
}

/// The exit code that the findings come to.
fn exit_code(findings: &[SecretsFinding]) -> u8 {
    let errors = || {
        findings
            .iter()
            .filter(|finding| finding.gravity == Gravity::Error)
    };
    if errors().any(|finding| finding.kind == Kind::ForeignRecipient) {
        exit::GUARD
    } else if errors().next().is_some() {
        exit::SECRETS
    } else {
        exit::PASSED
    }
}

/// Names files that are called as another environment's: those of a protected one are refused.
fn foreign_names(
    names: &routing::copies::Names,
    routed: &Routed,
    findings: &mut Vec<SecretsFinding>,
) {
    for file in &routed.files {
        let settings = &routed.settings;
        let Some(error) = names.of_another(settings, file.name()) else {
            continue;
        };
        let (gravity, kind) = if settings.protected {
            (Gravity::Error, Kind::ForeignRecipient)
        } else {
            (Gravity::Warning, Kind::Copy)
        };
        findings.push(SecretsFinding {
            gravity,
            environment: Some(settings.environment.clone()),
            kind,
            file: Some(file.name().to_owned()),
            name: None,
            message: without_file(&error.to_string(), file.name()),
            fix: error.help().unwrap_or_default(),
        });
    }
}

/// A message without the file that it begins with, as its line does already.
fn without_file(said: &str, file: &str) -> String {
    said.strip_prefix(file)
        .unwrap_or(said)
        .trim_start()
        .to_owned()
}

/// Returns the JSON Schema (2020-12) of the report.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(SecretsReport).to_value()
}
