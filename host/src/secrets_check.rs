//! `tollgate secrets check`: the secrets files of every environment against the configuration,
//! against each other and against `.sops.yaml`, without a key.

mod copies;
mod lookalike;
mod plaintext;
mod sops_rules;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;
use tollgate_model::error::UserError;
use tollgate_secrets::contract::{self, Declared, DeclaredType, Mismatch};
use tollgate_secrets::outline::of_files;
use tollgate_secrets::{ExtractPath, Format, Problem, SecretsFile, secrets_command, shell_name};

use crate::config::Config;
use crate::environment::SecretsSettings;
use crate::exit;
use crate::hcl::{Type, Variable, tfvars};
use crate::layout::Layouts;
use crate::routing::{self, Failure, Neighbours, RouteError, Routed, taken};

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
        let mut own = modules
            .iter()
            .filter(|module| module.is_for(&settings.environment))
            .peekable();
        let needs = own.peek().is_some().then(|| {
            declared(own)
                .values()
                .any(|variable| variable.secret && !variable.optional)
        });
        check.read(settings, directories, wanted, needs);
    }
    let mut rules = sops_rules::Rules::default();
    // Looked at once for all: a project may have hundreds of environments.
    let layouts = Layouts::read(config);
    for (routed, wanted) in &check.routed {
        if !wanted {
            continue;
        }
        let environment = &routed.settings.environment;
        let mut own = modules
            .iter()
            .filter(|module| module.is_for(environment))
            .peekable();
        if own.peek().is_some() {
            names(routed, &declared(own), &mut check.findings);
        }
        let own = modules.iter().filter(|module| module.is_for(environment));
        strays(routed, own.clone(), &mut check.findings);
        defaults(&layouts, routed, own, &mut check.findings);
        for file in &routed.files {
            plaintext::in_file(&routed.settings.environment, file, &mut check.findings);
            sops_rules::drift(&mut rules, routed, file, &mut check.findings);
        }
    }
    let files = check.routed.iter();
    let copies = copies::find(
        files.map(|(routed, wanted)| (routed, *wanted)),
        &mut check.findings,
    );
    // It would hand the values of the one to the readers of the other, and is refused.
    for finding in &mut check.findings {
        if let Some(file) = finding.file.as_ref().filter(|file| copies.contains(*file))
            && finding.fix.contains("tollgate secrets sync")
        {
            finding.fix = format!(
                "first see to it that it is no copy any more: {}",
                routing::copies::anew(file)
            );
        }
    }
    let names = routing::copies::Names::of(config);
    for (routed, wanted) in &check.routed {
        if *wanted {
            foreign_names(&names, routed, &mut check.findings);
        }
    }
    let files: BTreeMap<String, Vec<String>> = check
        .routed
        .iter()
        .map(|(routed, _)| {
            let names = routed.files.iter().map(|file| file.name().to_owned());
            (routed.settings.environment.clone(), names.collect())
        })
        .collect();
    plaintext::in_variables(&layouts, reported, modules, &files, &mut check.findings);
    let parity = check.parity(reported);
    let seen: BTreeSet<PathBuf> = check
        .routed
        .iter()
        .flat_map(|(routed, _)| &routed.files)
        .filter_map(|file| Path::new(file.name()).canonicalize().ok())
        .collect();
    let keys = plaintext::keys(check.routed.iter().flat_map(|(routed, _)| &routed.files));
    let markers: BTreeSet<String> = check
        .routed
        .iter()
        .filter_map(|(routed, _)| routed.settings.marker.as_ref()?.first_key())
        .map(ToOwned::to_owned)
        .collect();
    let files = check.routed.iter().flat_map(|(routed, _)| &routed.files);
    let mut lookalikes = lookalike::Lookalikes::of(files, &markers);
    for directory in directories {
        rules.remarks(directory, &mut check.findings);
        plaintext::unencrypted(
            directory,
            &seen,
            &keys,
            &mut lookalikes,
            &mut check.findings,
        );
        lookalikes.findings(directory, &mut check.findings);
    }
    let mut findings = check.findings.clone();
    findings.sort();
    findings.dedup();
    let errors = || {
        findings
            .iter()
            .filter(|finding| finding.gravity == Gravity::Error)
    };
    let exit_code = if errors().any(|finding| finding.kind == Kind::ForeignRecipient) {
        exit::GUARD
    } else if errors().next().is_some() {
        exit::SECRETS
    } else {
        exit::PASSED
    };
    SecretsReport {
        format_version: FORMAT_VERSION.to_owned(),
        passed: exit_code == exit::PASSED
            && check.environments.iter().all(|own| own.source.is_none()),
        exit_code,
        readers: check.readers(),
        environments: check.environments,
        configurations: modules
            .iter()
            .map(|module| module.directory.clone())
            .collect(),
        parity,
        findings,
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
        let said = error.to_string();
        let message = said.strip_prefix(file.name()).unwrap_or(&said).trim_start();
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
            message: message.to_owned(),
            fix: error.help().unwrap_or_default(),
        });
    }
}

struct Check {
    neighbours: Neighbours,
    findings: Vec<SecretsFinding>,
    /// With whether it is reported on.
    routed: Vec<(Routed, bool)>,
    environments: Vec<EnvironmentSecrets>,
}

impl Check {
    /// Reads the files of an environment. `needs` says whether its root module has a variable that needs
    /// a secret; none where there is no root module.
    fn read(
        &mut self,
        settings: SecretsSettings,
        directories: &[PathBuf],
        wanted: bool,
        needs: Option<bool>,
    ) {
        let environment = settings.environment.clone();
        let finding = |kind, file: Option<&str>, message: String, fix: String| SecretsFinding {
            gravity: Gravity::Error,
            environment: Some(environment.clone()),
            kind,
            file: file.map(ToOwned::to_owned),
            name: None,
            message,
            fix,
        };
        let mut found = Vec::new();
        let mut files = Vec::new();
        let mut names = Vec::new();
        let mut unread = Vec::new();
        match routing::find(&settings, directories) {
            // An environment without secrets is one that needs none.
            Err(RouteError::NotFound { similar, .. })
                if similar.is_empty() && needs == Some(false) =>
            {
                found.push(SecretsFinding {
                    gravity: Gravity::Note,
                    ..finding(
                        Kind::NotChecked,
                        None,
                        "there is no secrets file, and no variable of its root module needs one"
                            .to_owned(),
                        format!(
                            "nothing, unless there is to be one: `tollgate secrets init -e {}`",
                            shell_name(&environment)
                        ),
                    )
                });
            }
            Err(error) => found.push(finding(
                Kind::Unroutable,
                None,
                error.to_string(),
                error.help().unwrap_or_default(),
            )),
            Ok(paths) => {
                for path in paths {
                    match SecretsFile::read(&path, None) {
                        Ok(file) => {
                            names.push(file.name().to_owned());
                            files.push(file);
                        }
                        Err(error) => {
                            names.push(error.file.clone());
                            unread.push(error.file.clone());
                            let kind = match error.problem {
                                Problem::NotEncrypted => Kind::Unencrypted,
                                _ => Kind::Unreadable,
                            };
                            let fix = error.help().unwrap_or_else(|| {
                                "see the file; nothing else of it was checked".to_owned()
                            });
                            let message = error.problem.to_string();
                            found.push(finding(kind, Some(&error.file), message, fix));
                        }
                    }
                }
            }
        }
        if let Some(source) = &settings.source {
            found.push(SecretsFinding {
                gravity: Gravity::Note,
                ..finding(
                    Kind::NotChecked,
                    None,
                    format!(
                        "its secrets come from {source}; which names and types it has cannot be told without asking it for the values, so nothing of it was checked"
                    ),
                    format!("see whether they arrive: `tollgate exec -e {environment} -- tofu plan`"),
                )
            });
        }
        let source = settings.source.as_ref().map(ToString::to_string);
        let routed = Routed { settings, files };
        match self
            .neighbours
            .check(&routed.settings, &routed.readerships())
        {
            Err(Failure::Route(error)) => {
                let file = match &error {
                    RouteError::ForeignRecipient { file, .. }
                    | RouteError::Mislabelled { file, .. }
                    | RouteError::SharedFile { file, .. } => Some(file.clone()),
                    _ => None,
                };
                // The message begins with it, and so does the line.
                let said = error.to_string();
                let message = file
                    .as_deref()
                    .and_then(|file| said.strip_prefix(file))
                    .map_or_else(|| said.clone(), |rest| rest.trim_start().to_owned());
                let kind = if error.exit_code() == exit::GUARD {
                    Kind::ForeignRecipient
                } else {
                    Kind::Unroutable
                };
                let fix = error.help().unwrap_or_default();
                found.push(finding(kind, file.as_deref(), message, fix));
            }
            // It is reported where it belongs.
            Err(Failure::Secrets(_)) | Ok(()) => {}
        }
        for file in &routed.files {
            // Where nothing says who may read it, nothing has refused it above.
            if routed.settings.recipients.is_none()
                && !routed.settings.isolated
                && let Some(recipient) = file.mislabelled().next()
            {
                let error = RouteError::Mislabelled {
                    file: file.name().to_owned(),
                    recipient: recipient.to_string(),
                };
                let said = error.to_string();
                let message = said.strip_prefix(file.name()).unwrap_or(&said).trim_start();
                found.push(finding(
                    Kind::ForeignRecipient,
                    Some(file.name()),
                    message.to_owned(),
                    error.help().unwrap_or_default(),
                ));
            }
        }
        if wanted {
            self.findings.append(&mut found);
            self.environments.push(EnvironmentSecrets {
                name: routed.settings.environment.clone(),
                files: names,
                unread,
                source,
                keys: contract::leaves(&routed.files).len(),
            });
        }
        self.routed.push((routed, wanted));
    }

    /// Compares the environments that have files with each other.
    fn parity(&mut self, reported: &BTreeSet<String>) -> Vec<ParityRow> {
        let mut owners: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        let mut names: BTreeSet<&str> = BTreeSet::new();
        let mut sides = Vec::new();
        for (routed, _) in &self.routed {
            if routed.files.is_empty() {
                continue;
            }
            let name = routed.settings.environment.as_str();
            names.insert(name);
            let leaves = contract::leaves(&routed.files);
            for key in leaves.keys() {
                owners.entry(key.clone()).or_default().insert(name);
            }
            sides.push((name, leaves));
        }
        // A map or a list that is empty here is there where something is in it.
        for (key, present) in &mut owners {
            for (name, leaves) in &sides {
                if contract::has_below(leaves, key) {
                    present.insert(name);
                }
            }
        }
        let mut rows = Vec::new();
        for (key, present) in owners {
            let absent: Vec<&str> = names.difference(&present).copied().collect();
            if absent.is_empty() {
                continue;
            }
            for environment in absent.iter().filter(|name| reported.contains(**name)) {
                let others: Vec<&str> = present.iter().copied().collect();
                self.findings.push(SecretsFinding {
                    gravity: Gravity::Error,
                    environment: Some((*environment).to_owned()),
                    kind: Kind::Parity,
                    file: None,
                    name: Some(key.clone()),
                    message: format!("`{key}` is in {} and not here", others.join(", ")),
                    fix: format!("set it here, or remove it from {}", others.join(", ")),
                });
            }
            rows.push(ParityRow {
                key,
                present: present.into_iter().map(ToOwned::to_owned).collect(),
                absent: absent.into_iter().map(ToOwned::to_owned).collect(),
            });
        }
        rows
    }

    fn readers(&self) -> Vec<Reader> {
        let mut readers: BTreeMap<String, (String, String, BTreeSet<String>)> = BTreeMap::new();
        for (routed, _) in &self.routed {
            for recipient in routed.files.iter().flat_map(SecretsFile::recipients) {
                readers
                    .entry(recipient.key())
                    .or_insert_with(|| (recipient.to_string(), recipient.needs(), BTreeSet::new()))
                    .2
                    .insert(routed.settings.environment.clone());
            }
        }
        readers
            .into_values()
            .map(|(recipient, needs, environments)| Reader {
                recipient,
                needs,
                environments: environments.into_iter().collect(),
            })
            .collect()
    }
}

/// What modules together declare; where they differ, the more demanding one counts.
fn declared<'m>(modules: impl Iterator<Item = &'m Module>) -> BTreeMap<String, Declared> {
    let mut declared: BTreeMap<String, Declared> = BTreeMap::new();
    for (name, variable) in modules.flat_map(|module| &module.variables) {
        let own = Declared {
            kind: match variable.ty {
                Type::Any => DeclaredType::Any,
                Type::String => DeclaredType::Text,
                Type::Number => DeclaredType::Number,
                Type::Bool => DeclaredType::Bool,
                Type::List(_) | Type::Set(_) | Type::Tuple(_) => DeclaredType::List,
                Type::Map(_) | Type::Object(_) => DeclaredType::Map,
            },
            optional: variable.default,
            secret: variable.sensitive || variable.ephemeral,
        };
        declared
            .entry(name.clone())
            .and_modify(|other| {
                other.optional &= own.optional;
                other.secret |= own.secret;
            })
            .or_insert(own);
    }
    declared
}

/// Attributes of objects that look like others which are left out: either tool drops what an object's
/// type does not name.
fn strays<'m>(
    routed: &Routed,
    modules: impl Iterator<Item = &'m Module>,
    findings: &mut Vec<SecretsFinding>,
) {
    let outlines = of_files(&routed.files, &routed.settings.map);
    let mut found = BTreeSet::new();
    for (name, variable) in modules.flat_map(|module| &module.variables) {
        let Some(outline) = outlines.get(name) else {
            continue;
        };
        let mut strays = BTreeSet::new();
        taken::stray(name, outline, &variable.ty, &mut strays);
        found.extend(strays.into_iter().map(|message| (name.clone(), message)));
    }
    findings.extend(found.into_iter().map(|(name, message)| SecretsFinding {
        gravity: Gravity::Error,
        environment: Some(routed.settings.environment.clone()),
        kind: Kind::Undeclared,
        file: None,
        name: Some(name),
        message,
        fix: "give it the name that the type has, or take it out".to_owned(),
    }));
}

fn names(
    routed: &Routed,
    declared: &BTreeMap<String, Declared>,
    findings: &mut Vec<SecretsFinding>,
) {
    if routed.files.is_empty() {
        return;
    }
    let settings = &routed.settings;
    let environment = &settings.environment;
    let mut others: BTreeSet<String> = settings.other_keys.iter().cloned().collect();
    // The marker is for Tollgate.
    others.extend(settings.marker.as_ref().map(ToString::to_string));
    let files: Vec<&str> = routed.files.iter().map(SecretsFile::name).collect();
    let files = files.join(", ");
    if let Some(file) = routed
        .files
        .iter()
        .find(|file| routing::is_of_variables(file))
    {
        findings.push(SecretsFinding {
            gravity: Gravity::Note,
            environment: Some(environment.clone()),
            kind: Kind::NotChecked,
            file: Some(file.name().to_owned()),
            name: None,
            message: "is a file of variables that is encrypted as a whole, so its names and types cannot be told without a key".to_owned(),
            fix: format!(
                "keep its values in a file whose names can be read: `tollgate secrets import --create secrets.{environment}.enc.yaml PLAINTEXT.tfvars`"
            ),
        });
        return;
    }
    // One that stands there unencrypted is told as that.
    let damaged: BTreeSet<String> = routed
        .files
        .iter()
        .flat_map(SecretsFile::shape)
        .filter(|leaf| leaf.kind == tollgate_secrets::ShapeKind::Damaged)
        .map(|leaf| leaf.path.to_string())
        .collect();
    // The file that has a key, or the first.
    let file_of = |name: &str| {
        let has = |file: &&SecretsFile| {
            file.shape()
                .iter()
                .any(|leaf| leaf.path.steps().next() == Some(tollgate_secrets::PathStep::Key(name)))
        };
        routed
            .files
            .iter()
            .find(has)
            .or_else(|| routed.files.first())
    };
    let is_collection = |name: &str| {
        matches!(
            declared.get(name).map(|variable| variable.kind),
            Some(DeclaredType::List | DeclaredType::Map)
        )
    };
    let set = |name: &str| {
        let file = file_of(name);
        let format = file.map(SecretsFile::format);
        let flat = matches!(format, Some(Format::Dotenv | Format::Ini));
        if flat && is_collection(name) {
            return format!(
                "keep the secrets in YAML, because {} holds text only: `tollgate secrets init secrets.{environment}.enc.yaml`",
                format.map_or("the format", Format::name)
            );
        }
        let how = match declared.get(name).map(|variable| variable.kind) {
            Some(DeclaredType::Number) if !flat => " --type number",
            Some(DeclaredType::Bool) if !flat => " --type boolean",
            _ => "",
        };
        let path = match declared.get(name).map(|variable| variable.kind) {
            Some(DeclaredType::List) => ExtractPath::key(name).then_index(0),
            Some(DeclaredType::Map) => ExtractPath::key(name).then_key("KEY"),
            _ => ExtractPath::key(name),
        };
        format!(
            "`{}{how}`",
            secrets_command("set", file.map_or("FILE", SecretsFile::name), &path)
        )
    };
    let unset = |name: &str| {
        format!(
            "`{}`",
            secrets_command(
                "unset",
                file_of(name).map_or("FILE", SecretsFile::name),
                &ExtractPath::key(name)
            )
        )
    };
    for (key, first, file) in twice(routed) {
        findings.push(SecretsFinding {
            gravity: Gravity::Error,
            environment: Some(environment.clone()),
            kind: Kind::Unroutable,
            file: Some(file.to_owned()),
            message: format!(
                "has the key `{key}`, and {first} has it too: which one counts nobody says, so `plan` and `exec` refuse"
            ),
            fix: format!(
                "take one out: `{}`",
                secrets_command("unset", file, &ExtractPath::key(&key))
            ),
            name: Some(key),
        });
    }
    for (name, mismatch) in contract::compare(&routed.files, &settings.map, declared, &others) {
        let (gravity, kind, message, fix) = match mismatch {
            Mismatch::Missing { perhaps } => (
                Gravity::Error,
                Kind::Missing,
                format!("the variable `{name}` is secret, has no default, and is not in the file"),
                match perhaps {
                    Some(key) => format!(
                        "if `{key}` is meant: `map = {{ {name} = \"{key}\" }}` in [environments.{environment}.secrets]"
                    ),
                    None => format!("add it: {}", set(&name)),
                },
            ),
            Mismatch::NoSuchPath => (
                Gravity::Error,
                Kind::Missing,
                format!("`{name}` is mapped to a path that is not in the file"),
                format!("correct `map` in [environments.{environment}.secrets]"),
            ),
            Mismatch::Undeclared if damaged.contains(&name) => continue,
            Mismatch::Undeclared => (
                Gravity::Error,
                Kind::Undeclared,
                match nearest(&name, declared) {
                    Some(meant) => {
                        format!("no variable takes the key `{name}`; is `{meant}` meant?")
                    }
                    None => format!("no variable takes the key `{name}`"),
                },
                format!(
                    "declare it, remove it, or list it in `other-keys` of [environments.{environment}.secrets]"
                ),
            ),
            Mismatch::Type { found, converts } => (
                if converts {
                    Gravity::Warning
                } else {
                    Gravity::Error
                },
                Kind::WrongType,
                format!(
                    "`{name}` is {found} in the file, and the variable takes {}",
                    takes(declared.get(&name))
                ),
                // Nothing stands below a value, and no value where a map is.
                if is_collection(&name) || found == "a map" || found == "a list" {
                    format!(
                        "take it out: {}; then set it anew: {}",
                        unset(&name),
                        set(&name)
                    )
                } else {
                    format!("set it anew: {}", set(&name))
                },
            ),
            Mismatch::Empty => (
                Gravity::Error,
                Kind::Empty,
                format!("`{name}` is empty, or has an empty text in it"),
                format!("set it: {}; or take it out: {}", set(&name), unset(&name)),
            ),
            Mismatch::Null => (
                Gravity::Error,
                Kind::Empty,
                format!("`{name}` is null: nothing has been set yet, and it has no default"),
                format!("set it: {}", set(&name)),
            ),
            Mismatch::Unfilled => (
                Gravity::Error,
                Kind::Empty,
                format!(
                    "`{name}` has nothing in it: nothing has been set yet, and it has no default"
                ),
                format!("set it: {}", set(&name)),
            ),
            Mismatch::InClear => (
                Gravity::Warning,
                Kind::InClear,
                format!("the variable `{name}` is secret, and the file holds it unencrypted"),
                "change what `.sops.yaml` leaves unencrypted, or rename the key".to_owned(),
            ),
        };
        findings.push(SecretsFinding {
            gravity,
            environment: Some(environment.clone()),
            kind,
            file: Some(files.clone()),
            name: Some(name),
            message,
            fix,
        });
    }
}

/// Returns the keys that two files of one environment have, with the first file and the other one: which
/// one counts nobody says, so everything that needs the secrets refuses.
#[must_use]
pub fn twice(routed: &Routed) -> Vec<(String, &str, &str)> {
    use tollgate_secrets::PathStep::Key;
    // Each file says for itself which environment it is for.
    let marker = routed.settings.marker.as_ref();
    let marker = marker.and_then(|marker| marker.first_key());
    let lifted = !routed.settings.names_default_section();
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    let mut found = Vec::new();
    for file in &routed.files {
        let keys: BTreeSet<String> = file
            .shape()
            .iter()
            .filter_map(|leaf| {
                let mut steps = leaf.path.steps();
                match (steps.next(), steps.next()) {
                    (Some(Key("DEFAULT")), Some(Key(key)))
                        if lifted && file.format() == Format::Ini =>
                    {
                        Some(key.to_owned())
                    }
                    // The section that an INI file always has.
                    (Some(Key("DEFAULT")), None) if file.format() == Format::Ini => None,
                    (Some(Key(key)), _) => Some(key.to_owned()),
                    _ => None,
                }
            })
            .filter(|key| marker != Some(key.as_str()))
            .collect();
        for key in keys {
            match seen.get(&key) {
                Some(first) => found.push((key, *first, file.name())),
                None => {
                    seen.insert(key, file.name());
                }
            }
        }
    }
    found
}

/// Names secret variables that would take their default, as `plan` does.
fn defaults<'m>(
    layouts: &Layouts<'_>,
    routed: &Routed,
    modules: impl Iterator<Item = &'m Module>,
    findings: &mut Vec<SecretsFinding>,
) {
    let settings = &routed.settings;
    if routed.files.is_empty() || routed.files.iter().any(routing::is_of_variables) {
        return;
    }
    let environment = &settings.environment;
    let shapes: Vec<_> = routed.files.iter().flat_map(SecretsFile::shape).collect();
    let is_there = |name: &str| {
        let key = tollgate_secrets::PathStep::Key(name);
        let default = tollgate_secrets::PathStep::Key("DEFAULT");
        shapes.iter().any(|leaf| {
            let mut steps = leaf.path.steps();
            let first = steps.next();
            first == Some(key) || first == Some(default) && steps.next() == Some(key)
        })
    };
    let mut set = BTreeSet::new();
    if let Ok(layout) = layouts.resolve(Some(environment)) {
        for file in &layout.var_files {
            set.extend(
                tfvars::read(&file.value)
                    .into_iter()
                    .flatten()
                    .map(|(name, _)| name),
            );
        }
    }
    let mut told = BTreeSet::new();
    for (name, variable) in modules.flat_map(|module| &module.variables) {
        let falls_back = (variable.sensitive || variable.ephemeral)
            && variable.default
            && !variable.blank_default
            && !is_there(name)
            && !settings.map.contains_key(name)
            && !set.contains(name);
        if !falls_back || !told.insert(name) {
            continue;
        }
        findings.push(SecretsFinding {
            gravity: if settings.protected {
                Gravity::Error
            } else {
                Gravity::Warning
            },
            environment: Some(environment.clone()),
            kind: Kind::Missing,
            file: routed.files.first().map(|file| file.name().to_owned()),
            message: format!(
                "the variable `{name}` is secret, and takes its default, because no secret of that name is there"
            ),
            fix: format!(
                "set it: `{}`; or have its default be `null`",
                secrets_command(
                    "set",
                    routed.files.first().map_or("FILE", SecretsFile::name),
                    &ExtractPath::key(name)
                )
            ),
            name: Some(name.clone()),
        });
    }
}

/// The variable that a key is nearly called.
fn nearest<'d>(key: &str, declared: &'d BTreeMap<String, Declared>) -> Option<&'d str> {
    declared
        .keys()
        .map(String::as_str)
        .find(|name| *name != key && crate::routing::nearly_the_same(name, key))
}

fn takes(variable: Option<&Declared>) -> &'static str {
    match variable.map(|variable| variable.kind) {
        Some(DeclaredType::Number) => "a number",
        Some(DeclaredType::Bool) => "a boolean",
        Some(DeclaredType::List) => "a list",
        Some(DeclaredType::Map) => "a map",
        Some(DeclaredType::Text | DeclaredType::Any) | None => "a text",
    }
}

/// Returns the JSON Schema (2020-12) of the report.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(SecretsReport).to_value()
}
