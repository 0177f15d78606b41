//! The names and types in an environment's files, beside the variables that its root modules declare.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_secrets::contract::{self, Declared, DeclaredType, Mismatch};
use tollgate_secrets::outline::of_files;
use tollgate_secrets::{ExtractPath, Format, PathStep, SecretsFile, ShapeKind, secrets_command};

use super::{Gravity, Kind, Module, SecretsFinding};
use crate::hcl::{Type, tfvars};
use crate::layout::Layouts;
use crate::routing::{self, Routed, taken};

/// What modules together declare; where they differ, the more demanding one counts.
pub(super) fn declared(modules: &[&Module]) -> BTreeMap<String, Declared> {
    let mut declared: BTreeMap<String, Declared> = BTreeMap::new();
    for (name, variable) in modules.iter().flat_map(|module| &module.variables) {
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
pub(super) fn strays(routed: &Routed, modules: &[&Module], findings: &mut Vec<SecretsFinding>) {
    let outlines = of_files(&routed.files, &routed.settings.map);
    let mut found = BTreeSet::new();
    for (name, variable) in modules.iter().flat_map(|module| &module.variables) {
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

/// Names what the files of an environment have and no variable takes, what a variable needs and they do
/// not have, and what is of another type.
pub(super) fn judge(
    routed: &Routed,
    declared: &BTreeMap<String, Declared>,
    findings: &mut Vec<SecretsFinding>,
) {
    if routed.files.is_empty() {
        return;
    }
    let settings = &routed.settings;
    if let Some(file) = routed
        .files
        .iter()
        .find(|file| routing::is_of_variables(file))
    {
        findings.push(without_names(&settings.environment, file));
        return;
    }
    let several = twice(routed).into_iter();
    findings.extend(several.map(|each| in_two_files(&settings.environment, each)));
    let contract = Contract { routed, declared };
    let files: Vec<&str> = routed.files.iter().map(SecretsFile::name).collect();
    let files = files.join(", ");
    let damaged = damaged(routed);
    let mut others: BTreeSet<String> = settings.other_keys.iter().cloned().collect();
    // The marker is for Tollgate.
    others.extend(settings.marker.as_ref().map(ToString::to_string));
    for (name, mismatch) in contract::compare(&routed.files, &settings.map, declared, &others) {
        // One that stands there unencrypted is told as that.
        if mismatch == Mismatch::Undeclared && damaged.contains(&name) {
            continue;
        }
        let (gravity, kind, message, fix) = contract.said(&name, mismatch);
        findings.push(SecretsFinding {
            gravity,
            environment: Some(settings.environment.clone()),
            kind,
            file: Some(files.clone()),
            name: Some(name),
            message,
            fix,
        });
    }
}

/// Says that a file of variables was encrypted as a whole.
fn without_names(environment: &str, file: &SecretsFile) -> SecretsFinding {
    SecretsFinding {
        gravity: Gravity::Note,
        environment: Some(environment.to_owned()),
        kind: Kind::NotChecked,
        file: Some(file.name().to_owned()),
        name: None,
        message: "is a file of variables that is encrypted as a whole, so its names and types cannot be told without a key".to_owned(),
        fix: format!(
            "keep its values in a file whose names can be read: `tollgate secrets import --create secrets.{environment}.enc.yaml PLAINTEXT.tfvars`"
        ),
    }
}

/// Says that a key is in a file and in one before it.
fn in_two_files(environment: &str, (key, first, file): (String, &str, &str)) -> SecretsFinding {
    SecretsFinding {
        gravity: Gravity::Error,
        environment: Some(environment.to_owned()),
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
    }
}

/// The paths at which something stands that its rule encrypts and that is not encrypted.
fn damaged(routed: &Routed) -> BTreeSet<String> {
    routed
        .files
        .iter()
        .flat_map(SecretsFile::shape)
        .filter(|leaf| leaf.kind == ShapeKind::Damaged)
        .map(|leaf| leaf.path.to_string())
        .collect()
}

/// The files of an environment, and the variables that what is in them is for.
struct Contract<'a> {
    routed: &'a Routed,
    declared: &'a BTreeMap<String, Declared>,
}

impl Contract<'_> {
    /// Says what is wrong with a name, how bad it is, and what helps.
    fn said(&self, name: &str, mismatch: Mismatch) -> (Gravity, Kind, String, String) {
        let environment = &self.routed.settings.environment;
        match mismatch {
            Mismatch::Missing { perhaps } => (
                Gravity::Error,
                Kind::Missing,
                format!("the variable `{name}` is secret, has no default, and is not in the file"),
                match perhaps {
                    Some(key) => format!(
                        "if `{key}` is meant: `map = {{ {name} = \"{key}\" }}` in [environments.{environment}.secrets]"
                    ),
                    None => format!("add it: {}", self.set(name)),
                },
            ),
            Mismatch::NoSuchPath => (
                Gravity::Error,
                Kind::Missing,
                format!("`{name}` is mapped to a path that is not in the file"),
                format!("correct `map` in [environments.{environment}.secrets]"),
            ),
            Mismatch::Undeclared => (
                Gravity::Error,
                Kind::Undeclared,
                match nearest(name, self.declared) {
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
                    takes(self.kind_of(name))
                ),
                // Nothing stands below a value, and no value where a map is.
                if self.is_collection(name) || found == "a map" || found == "a list" {
                    format!(
                        "take it out: {}; then set it anew: {}",
                        self.unset(name),
                        self.set(name)
                    )
                } else {
                    format!("set it anew: {}", self.set(name))
                },
            ),
            Mismatch::Empty => (
                Gravity::Error,
                Kind::Empty,
                format!("`{name}` is empty, or has an empty text in it"),
                format!(
                    "set it: {}; or take it out: {}",
                    self.set(name),
                    self.unset(name)
                ),
            ),
            Mismatch::Null => (
                Gravity::Error,
                Kind::Empty,
                format!("`{name}` is null: nothing has been set yet, and it has no default"),
                format!("set it: {}", self.set(name)),
            ),
            Mismatch::Unfilled => (
                Gravity::Error,
                Kind::Empty,
                format!(
                    "`{name}` has nothing in it: nothing has been set yet, and it has no default"
                ),
                format!("set it: {}", self.set(name)),
            ),
            Mismatch::InClear => (
                Gravity::Warning,
                Kind::InClear,
                format!("the variable `{name}` is secret, and the file holds it unencrypted"),
                "change what `.sops.yaml` leaves unencrypted, or rename the key".to_owned(),
            ),
        }
    }

    fn kind_of(&self, name: &str) -> Option<DeclaredType> {
        self.declared.get(name).map(|variable| variable.kind)
    }

    fn is_collection(&self, name: &str) -> bool {
        matches!(
            self.kind_of(name),
            Some(DeclaredType::List | DeclaredType::Map)
        )
    }

    /// The file that has a key, or the first.
    fn file_of(&self, name: &str) -> Option<&SecretsFile> {
        let has = |file: &&SecretsFile| {
            file.shape()
                .iter()
                .any(|leaf| leaf.path.steps().next() == Some(PathStep::Key(name)))
        };
        let files = &self.routed.files;
        files.iter().find(has).or_else(|| files.first())
    }

    /// The command that gives a variable a value; in words where the format holds none that it takes.
    fn set(&self, name: &str) -> String {
        let file = self.file_of(name);
        let format = file.map(SecretsFile::format);
        let flat = matches!(format, Some(Format::Dotenv | Format::Ini));
        if flat && self.is_collection(name) {
            return format!(
                "keep the secrets in YAML, because {} holds text only: `tollgate secrets init secrets.{}.enc.yaml`",
                format.map_or("the format", Format::name),
                self.routed.settings.environment
            );
        }
        let how = match self.kind_of(name) {
            Some(DeclaredType::Number) if !flat => " --type number",
            Some(DeclaredType::Bool) if !flat => " --type boolean",
            _ => "",
        };
        let path = match self.kind_of(name) {
            Some(DeclaredType::List) => ExtractPath::key(name).then_index(0),
            Some(DeclaredType::Map) => ExtractPath::key(name).then_key("KEY"),
            _ => ExtractPath::key(name),
        };
        format!(
            "`{}{how}`",
            secrets_command("set", file.map_or("FILE", SecretsFile::name), &path)
        )
    }

    /// The command that takes a key out.
    fn unset(&self, name: &str) -> String {
        format!(
            "`{}`",
            secrets_command(
                "unset",
                self.file_of(name).map_or("FILE", SecretsFile::name),
                &ExtractPath::key(name)
            )
        )
    }
}

/// Returns the keys that two files of one environment have, with the first file and the other one: which
/// one counts nobody says, so everything that needs the secrets refuses.
#[must_use]
pub fn twice(routed: &Routed) -> Vec<(String, &str, &str)> {
    use PathStep::Key;
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
pub(super) fn defaults(
    layouts: &Layouts<'_>,
    routed: &Routed,
    modules: &[&Module],
    findings: &mut Vec<SecretsFinding>,
) {
    let settings = &routed.settings;
    if routed.files.is_empty() || routed.files.iter().any(routing::is_of_variables) {
        return;
    }
    let environment = &settings.environment;
    let shapes: Vec<_> = routed.files.iter().flat_map(SecretsFile::shape).collect();
    let is_there = |name: &str| {
        let key = PathStep::Key(name);
        let default = PathStep::Key("DEFAULT");
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
    for (name, variable) in modules.iter().flat_map(|module| &module.variables) {
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
        .find(|name| *name != key && routing::nearly_the_same(name, key))
}

fn takes(kind: Option<DeclaredType>) -> &'static str {
    match kind {
        Some(DeclaredType::Number) => "a number",
        Some(DeclaredType::Bool) => "a boolean",
        Some(DeclaredType::List) => "a list",
        Some(DeclaredType::Map) => "a map",
        Some(DeclaredType::Text | DeclaredType::Any) | None => "a text",
    }
}
