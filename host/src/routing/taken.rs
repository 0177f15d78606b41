//! Secrets that no variable takes, and secret variables that no secret is for: either is most likely a
//! name that is misspelt, and the tool says nothing of it. The same holds for names inside of an object,
//! and for a secret in which nothing is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use tollgate_secrets::outline::Outline;
use tollgate_secrets::{Selector, shell_name};

use super::{RouteError, nearly_the_same};
use crate::diagnostic::{listed, nearest};
use crate::environment::SecretsSettings;
use crate::hcl::{Type, Variable};

/// What the secrets are for besides variables: the encryption of states and plans.
const OTHER: &str = "TF_ENCRYPTION";

/// What the secrets are, by name.
pub struct Named<'n> {
    /// The keys of the top level.
    pub keys: &'n BTreeSet<String>,
    /// What each of them, and each name of the mapping, is made of; empty where nobody can tell.
    pub outlines: &'n BTreeMap<String, Outline>,
}

/// What is not where it belongs, in a sentence, and what helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The sentence.
    pub text: String,
    /// What helps.
    pub remedy: Remedy,
}

/// What puts a secret where it belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// The name of what takes it.
    Name,
    /// The type of what takes it.
    Type,
    /// A value for this variable.
    Value(String),
    /// The same where there is no file yet that could have one.
    File(String),
}

impl Said {
    fn new(remedy: Remedy, text: String) -> Self {
        Self { text, remedy }
    }

    /// Says that a variable takes its default, and why.
    #[must_use]
    pub fn default(name: &str, why: &str, has_file: bool) -> Self {
        let remedy = match has_file {
            true => Remedy::Value(name.to_owned()),
            false => Remedy::File(name.to_owned()),
        };
        Self::new(
            remedy,
            format!("the variable `{name}` is secret, and takes its default, because {why}"),
        )
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Returns the next step: what helps against all that is said of an environment.
#[must_use]
pub fn help<'s>(environment: &str, said: impl IntoIterator<Item = &'s Said>) -> String {
    let (mut name, mut ty) = (false, false);
    let (mut values, mut without_file) = (Vec::new(), Vec::new());
    for said in said {
        match &said.remedy {
            Remedy::Name => name = true,
            Remedy::Type => ty = true,
            Remedy::Value(variable) => values.push(variable.as_str()),
            Remedy::File(variable) => without_file.push(variable.as_str()),
        }
    }
    let mut steps = Vec::new();
    if ty {
        steps.push(
            "declare as `string` what is no number, and set as a number what is one (`tollgate secrets set FILE NAME --type number`)"
                .to_owned(),
        );
    }
    if name {
        steps.push(format!(
            "give the key the variable's name, or map it (`map = {{ VARIABLE = \"KEY\" }}`); list what is for something else in `other-keys` of [environments.{environment}.secrets]"
        ));
    }
    for (variables, command) in [(values, "edit"), (without_file, "init")] {
        if !variables.is_empty() {
            steps.push(format!(
                "set {}: `tollgate secrets {command} -e {}`; or have the default be `null`",
                listed(variables),
                shell_name(environment)
            ));
        }
    }
    steps.join("; ")
}

/// Names the keys of the secrets that no variable takes, the secret variables that fall back to their
/// default, the attributes that an object does not have and the secrets in which nothing is, one sentence
/// each. `is_set` tells whether something else gives a variable its value.
#[must_use]
pub fn untaken(
    settings: &SecretsSettings,
    named: &Named<'_>,
    declared: &BTreeMap<String, Variable>,
    is_set: &dyn Fn(&str) -> bool,
) -> Vec<Said> {
    let lost = lost(settings, named.keys, declared);
    let unset = unset(settings, named.keys, declared, is_set);
    let mut said: Vec<Said> = Vec::new();
    said.extend(lost.iter().map(|key| no_variable(key, declared)));
    said.extend(misspelt_in_map(settings, named.keys, declared));
    for (name, variable) in declared {
        if let Some(outline) = named.outlines.get(name) {
            said.extend(unfit(name, variable, outline));
        }
    }
    said.extend(unset.into_iter().map(|name| {
        let meant = near(name, lost.iter().copied());
        let why = format!("no secret of that name is there{meant}");
        Said::default(name, &why, true)
    }));
    said
}

/// The keys that are for no variable, and for nothing else.
fn lost<'k>(
    settings: &SecretsSettings,
    keys: &'k BTreeSet<String>,
    declared: &BTreeMap<String, Variable>,
) -> Vec<&'k String> {
    // A variable that takes the whole document takes every key of it.
    if settings.map.values().any(Selector::is_whole) {
        return Vec::new();
    }
    let mapped: BTreeSet<&str> = settings
        .map
        .values()
        .filter_map(Selector::first_key)
        .collect();
    let marker = settings.marker.as_ref().and_then(Selector::first_key);
    keys.iter()
        .filter(|key| {
            !declared.contains_key(*key)
                && !settings.other_keys.contains(key)
                && !mapped.contains(key.as_str())
                && !settings.map.contains_key(*key)
                && marker != Some(key)
                && *key != OTHER
        })
        .collect()
}

/// The secret variables that take their default, because nothing sets them.
fn unset<'d>(
    settings: &SecretsSettings,
    keys: &BTreeSet<String>,
    declared: &'d BTreeMap<String, Variable>,
    is_set: &dyn Fn(&str) -> bool,
) -> Vec<&'d String> {
    declared
        .iter()
        .filter(|(name, variable)| {
            (variable.sensitive || variable.ephemeral)
                && variable.default
                && !variable.blank_default
                && !keys.contains(*name)
                && !settings.map.contains_key(*name)
                && !is_set(name)
        })
        .map(|(name, _)| name)
        .collect()
}

/// The question whether another name is meant, where one of them is nearly the same.
fn near<'n>(name: &str, mut others: impl Iterator<Item = &'n String>) -> String {
    others
        .find(|other| nearly_the_same(name, other))
        .map(|other| format!("; is `{}` meant?", other.escape_debug()))
        .unwrap_or_default()
}

/// Says that no variable takes a key.
fn no_variable(key: &str, declared: &BTreeMap<String, Variable>) -> Said {
    let meant = near(key, declared.keys());
    let text = format!(
        "no variable takes the secret `{}`{meant}",
        key.escape_debug()
    );
    Said::new(Remedy::Name, text)
}

/// Names what the mapping has for no variable, and is nearly called as one that nothing sets.
fn misspelt_in_map(
    settings: &SecretsSettings,
    keys: &BTreeSet<String>,
    declared: &BTreeMap<String, Variable>,
) -> Vec<Said> {
    let is_open = |other: &&String| !keys.contains(*other) && !settings.map.contains_key(*other);
    // A name of the mapping may be for a program that is no tool; such names are in capitals.
    settings
        .map
        .keys()
        .filter(|name| !declared.contains_key(*name) && name.chars().any(char::is_lowercase))
        .filter_map(|name| {
            let meant = near(name, declared.keys().filter(is_open));
            let text = format!("`{}` of `map` is no variable{meant}", name.escape_debug());
            (!meant.is_empty()).then(|| Said::new(Remedy::Name, text))
        })
        .collect()
}

/// Names what of a secret does not fit the variable that takes it.
fn unfit(name: &str, variable: &Variable, outline: &Outline) -> Vec<Said> {
    let mut said = Vec::new();
    if *outline == Outline::Empty && (variable.sensitive || variable.ephemeral) {
        let text = format!(
            "the secret `{name}` is empty; set it, or, where no value is meant, give the variable the default \"\" and take the key out"
        );
        said.push(Said::new(Remedy::Value(name.to_owned()), text));
    }
    let mut strays = BTreeSet::new();
    stray(name, outline, &variable.ty, &mut strays);
    let strays = strays.into_iter();
    said.extend(strays.map(|text| Said::new(Remedy::Name, text)));
    let mut respelt = BTreeSet::new();
    respelt_numbers(name, outline, &variable.ty, &mut respelt);
    said.extend(respelt.into_iter().map(|path| {
        let text = format!(
            "the tool makes another number of the text in `{path}`, without its leading zeros, sign, exponent or last zeros; where each character counts, declare it as `string`"
        );
        Said::new(Remedy::Type, text)
    }));
    said
}

/// Finds the texts that a number is made of which is written otherwise.
pub fn respelt_numbers(path: &str, outline: &Outline, ty: &Type, found: &mut BTreeSet<String>) {
    let at = |key: &str| format!("{path}.{}", key.escape_debug());
    match (outline, ty) {
        (Outline::Respelt, Type::Number) => {
            found.insert(path.to_owned());
        }
        (Outline::Map(keys), Type::Object(fields)) => {
            for (key, below) in keys {
                if let Some(field) = fields.get(key) {
                    respelt_numbers(&at(key), below, &field.ty, found);
                }
            }
        }
        (Outline::Map(keys), Type::Map(of)) => {
            for (key, below) in keys {
                respelt_numbers(&at(key), below, of, found);
            }
        }
        (Outline::List(items), Type::List(of) | Type::Set(of)) => {
            for (nth, below) in items.iter().enumerate() {
                respelt_numbers(&format!("{path}[{nth}]"), below, of, found);
            }
        }
        (Outline::List(items), Type::Tuple(types)) => {
            for (nth, (below, of)) in items.iter().zip(types).enumerate() {
                respelt_numbers(&format!("{path}[{nth}]"), below, of, found);
            }
        }
        _ => {}
    }
}

/// Names the attributes of objects that look like others which are left out: either tool drops what an
/// object's type does not name.
pub fn stray(path: &str, outline: &Outline, ty: &Type, found: &mut BTreeSet<String>) {
    match (outline, ty) {
        (Outline::Map(keys), Type::Object(fields)) => {
            for (key, below) in keys {
                let path = format!("{path}.{}", key.escape_debug());
                if let Some(field) = fields.get(key) {
                    stray(&path, below, &field.ty, found);
                    continue;
                }
                let open = fields.keys().filter(|field| !keys.contains_key(*field));
                if let Some(meant) = nearest(key, open.map(String::as_str)) {
                    found.insert(format!(
                        "the type of the variable has no `{path}`; is `{}` meant?",
                        meant.escape_debug()
                    ));
                }
            }
        }
        (Outline::Map(keys), Type::Map(of)) => {
            for (key, below) in keys {
                stray(&format!("{path}.{}", key.escape_debug()), below, of, found);
            }
        }
        (Outline::List(items), Type::List(of) | Type::Set(of)) => {
            for below in items {
                stray(&format!("{path}[]"), below, of, found);
            }
        }
        (Outline::List(items), Type::Tuple(types)) => {
            for (nth, (below, of)) in items.iter().zip(types).enumerate() {
                stray(&format!("{path}[{nth}]"), below, of, found);
            }
        }
        _ => {}
    }
}

/// Refuses for a protected environment what [`untaken`] names; for any other returns it, to be said.
///
/// # Errors
/// When something is not taken and the environment is protected.
pub fn check(
    settings: &SecretsSettings,
    named: &Named<'_>,
    declared: &BTreeMap<String, Variable>,
    is_set: &dyn Fn(&str) -> bool,
) -> Result<Vec<Said>, RouteError> {
    let said = untaken(settings, named, declared, is_set);
    if settings.protected && !said.is_empty() {
        return Err(RouteError::Untaken {
            environment: settings.environment.clone(),
            what: said,
        });
    }
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(keys: &[(&str, Outline)]) -> Outline {
        let keys = keys.iter().cloned();
        Outline::Map(keys.map(|(key, below)| (key.to_owned(), below)).collect())
    }

    fn field(ty: Type) -> crate::hcl::Field {
        crate::hcl::Field { ty, optional: true }
    }

    #[test]
    fn each_remedy_is_a_step_that_can_be_taken() {
        let value = Said::default("a", "", true);
        let file = Said::default("b", "", false);
        let ty = Said::new(Remedy::Type, String::new());
        assert_eq!(
            help("staging", [&value]),
            "set `a`: `tollgate secrets edit -e staging`; or have the default be `null`"
        );
        assert_eq!(
            help("staging", [&file]),
            "set `b`: `tollgate secrets init -e staging`; or have the default be `null`"
        );
        assert!(help("staging", [&ty]).starts_with("declare as `string`"));
        assert!(help("staging", [&ty, &value]).contains("; set `a`"));
    }

    #[test]
    fn attributes_that_an_object_drops_are_named() {
        let login = Type::Object(
            [("host", Type::String), ("password", Type::String)]
                .map(|(name, ty)| (name.to_owned(), field(ty)))
                .into(),
        );
        let misspelt = outline(&[("host", Outline::Leaf), ("pasword", Outline::Leaf)]);
        // Both are there, or nothing is alike: whoever wrote it meant it.
        let more = outline(&[("password", Outline::Leaf), ("pasword", Outline::Leaf)]);
        let other = outline(&[("host", Outline::Leaf), ("port", Outline::Leaf)]);
        let named = |outline: &Outline, ty: &Type| {
            let mut found = BTreeSet::new();
            stray("db", outline, ty, &mut found);
            found.into_iter().collect::<Vec<_>>()
        };
        let said = |path: &str| {
            vec![format!(
                "the type of the variable has no `{path}`; is `password` meant?"
            )]
        };
        assert_eq!(named(&misspelt, &login), said("db.pasword"));
        assert_eq!(named(&more, &login), Vec::<String>::new());
        assert_eq!(named(&other, &login), Vec::<String>::new());
        for (key, attribute) in [
            ("tokn", "token"),
            ("usr", "user"),
            ("hots", "host"),
            ("passs", "pass"),
        ] {
            let ty = Type::Object([(attribute.to_owned(), field(Type::String))].into());
            let said =
                format!("the type of the variable has no `db.{key}`; is `{attribute}` meant?");
            assert_eq!(named(&outline(&[(key, Outline::Leaf)]), &ty), [said]);
        }
        assert_eq!(named(&misspelt, &Type::Any), Vec::<String>::new());
        let list = Outline::List(vec![other, misspelt.clone(), misspelt.clone()]);
        let of = |ty: Type| Box::new(ty);
        assert_eq!(
            named(&list, &Type::List(of(login.clone()))),
            said("db[].pasword")
        );
        let map = outline(&[("a", misspelt)]);
        assert_eq!(named(&map, &Type::Map(of(login))), said("db.a.pasword"));
    }

    #[test]
    fn texts_that_become_another_number_are_found() {
        let pair = Type::Object(
            [("pin", Type::Number), ("name", Type::String)]
                .map(|(name, ty)| (name.to_owned(), field(ty)))
                .into(),
        );
        let found = |outline: &Outline, ty: &Type| {
            let mut found = BTreeSet::new();
            respelt_numbers("v", outline, ty, &mut found);
            found.into_iter().collect::<Vec<_>>()
        };
        let both = outline(&[("pin", Outline::Respelt), ("name", Outline::Respelt)]);
        assert_eq!(found(&Outline::Respelt, &Type::Number), ["v"]);
        assert!(found(&Outline::Respelt, &Type::String).is_empty());
        assert!(found(&Outline::Respelt, &Type::Any).is_empty());
        assert!(found(&Outline::Leaf, &Type::Number).is_empty());
        assert_eq!(found(&both, &pair), ["v.pin"]);
        let list = Outline::List(vec![Outline::Leaf, both.clone()]);
        assert_eq!(
            found(&list, &Type::Set(Box::new(pair.clone()))),
            ["v[1].pin"]
        );
        assert_eq!(
            found(&list, &Type::Tuple(vec![Type::Any, pair])),
            ["v[1].pin"]
        );
        let numbers = Type::Map(Box::new(Type::Number));
        assert_eq!(found(&both, &numbers), ["v.name", "v.pin"]);
    }
}
