//! Mistakes in the settings of policies that only a policy can see, at their place in the configuration.

#[cfg(test)]
mod tests;

use crate::config::{Config, ConfigError};
use crate::environment::Environment;
use crate::sandbox::settings::SettingError;

/// A mistake in a setting, as one of the configuration's.
pub(super) fn rejected_setting(
    config: &Config,
    environment: &Environment,
    policy: &str,
    error: &SettingError,
) -> ConfigError {
    let title = format!("policy `{policy}` rejects its settings");
    let location = if error.at_key {
        config.locate_setting_key(&environment.name, policy, &error.pointer)
    } else {
        config.locate_setting(&environment.name, policy, &error.pointer)
    };
    let help = error
        .help
        .clone()
        .unwrap_or_else(|| format!("`tollgate policy inspect {policy}` shows its settings"));
    config.diagnose(location, title, error.message.clone(), Some(help))
}

/// What is wrong with a setting that names an environment, as its schema says with the format
/// `environment`, and that names none of the configuration's.
pub(super) fn unknown_environment(
    config: &Config,
    schema: &str,
    settings: &serde_json::Value,
) -> Option<SettingError> {
    let known: Vec<&str> = config.environments().collect();
    if known.is_empty() {
        return None;
    }
    let schema: serde_json::Value = serde_json::from_str(schema).ok()?;
    let (key, named) = schema["properties"]
        .as_object()?
        .iter()
        .find_map(|(key, of)| {
            let named = settings.get(key)?.as_str()?;
            (of["format"] == "environment" && !known.contains(&named)).then_some((key, named))
        })?;
    Some(SettingError {
        pointer: format!("/{}", key.replace('~', "~0").replace('/', "~1")),
        at_key: false,
        message: format!("`{key}` names `{named}`, which is no environment of this configuration"),
        help: Some(format!("name one of: {}", known.join(", "))),
    })
}

/// Where in the settings a policy's message is about: the innermost key or text that it has in backquotes.
pub(super) fn mentioned(settings: &serde_json::Value, message: &str) -> String {
    fn find(value: &serde_json::Value, message: &str) -> Option<String> {
        let quoted = |text: &str| message.contains(&format!("`{text}`"));
        match value {
            serde_json::Value::Object(map) => map.iter().find_map(|(key, below)| {
                let step = key.replace('~', "~0").replace('/', "~1");
                let found = find(below, message);
                let own = || quoted(key).then(String::new);
                found.or_else(own).map(|rest| format!("/{step}{rest}"))
            }),
            serde_json::Value::Array(items) => items
                .iter()
                .enumerate()
                .find_map(|(nth, below)| find(below, message).map(|rest| format!("/{nth}{rest}"))),
            serde_json::Value::String(text) => quoted(text).then(String::new),
            _ => None,
        }
    }
    find(settings, message).unwrap_or_default()
}
