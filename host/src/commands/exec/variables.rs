//! What secrets are called as variables of a program's environment.

use std::collections::BTreeMap;

use tollgate_secrets::inject::Injection;
use zeroize::Zeroizing;

use crate::commands::CommandError;
use crate::commands::secrets::warn;
use crate::diagnostic::quoted;
use crate::environment::SecretsSettings;
use crate::routing::OtherSource;

/// How many names a next step shows.
const MOST_PAIRS: usize = 20;

/// The variables of a command's environment, none of which is called as one of its files.
pub(super) fn variables(
    injection: &Injection<'_>,
    prefix: &str,
    files: &BTreeMap<String, Zeroizing<Vec<u8>>>,
) -> Result<BTreeMap<String, Zeroizing<Vec<u8>>>, CommandError> {
    let variables = injection.environment(prefix)?;
    match files.keys().find(|name| variables.contains_key(*name)) {
        Some(name) => Err(CommandError::usage(
            format!("`{name}` would be the path of a file and a secret"),
            "give the file another name: `--file OTHER_NAME=KEY`",
        )),
        None => Ok(variables),
    }
}

/// Leaves the secrets to which the configuration gives a name, where it asks for that. Whoever
/// writes a secrets file has no say in what a program's variables are called.
pub(super) fn only_named(
    injection: &mut Injection<'_>,
    settings: &SecretsSettings,
) -> Result<(), CommandError> {
    let given = |key: &str| {
        let listed = match &settings.source {
            // Which variables of the environment these are, the configuration says.
            Some(OtherSource::Variables(variables)) => {
                variables.iter().any(|(name, _)| name == key)
            }
            Some(OtherSource::Prefix(_)) => true,
            _ => false,
        };
        // A variable of the root module's decides nothing else, whoever named it.
        listed || settings.other_keys.iter().any(|other| other == key) || key.starts_with("TF_VAR_")
    };
    let mut left = injection.retain_named(given);
    let marker = settings
        .marker
        .as_ref()
        .and_then(|marker| marker.first_key());
    left.retain(|key| marker != Some(key));
    if left.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = left.iter().map(|key| quoted(key)).collect();
    if !injection.is_empty() {
        warn(&format!(
            "not handed over, because `map` does not name them and there is no `--prefix`: {}",
            names.join(", ")
        ));
        return Ok(());
    }
    let environment = &settings.environment;
    let pairs: Vec<String> = left
        .iter()
        .take(MOST_PAIRS)
        .map(|key| format!("{} = {}", toml_key(&upper(key)), toml_text(&selector(key))))
        .collect();
    Err(CommandError::usage(
        format!(
            "nobody says what these secrets are called as variables: {}",
            names.join(", ")
        ),
        format!(
            "put something before their names: `--prefix APP_`; or say it in tollgate.toml: `[environments.{}.secrets]` with `map = {{ {} }}`",
            toml_key(environment),
            pairs.join(", ")
        ),
    ))
}

/// What a key is called as a variable.
fn upper(key: &str) -> String {
    let letter = |letter: char| match letter {
        letter if letter.is_ascii_alphanumeric() => letter.to_ascii_uppercase(),
        _ => '_',
    };
    key.chars().map(letter).collect()
}

/// The place of a key of the top level, as `map` writes it.
fn selector(key: &str) -> String {
    if key.contains(['.', '[']) {
        format!("[\"{key}\"]")
    } else {
        key.to_owned()
    }
}

/// A key of TOML, in quotes where it needs them.
fn toml_key(key: &str) -> String {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    if !key.is_empty() && key.bytes().all(bare) {
        key.to_owned()
    } else {
        toml_text(key)
    }
}

/// A text of TOML, in quotes.
fn toml_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
