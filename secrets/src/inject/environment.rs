//! Variables of an environment.

use super::{InjectError, Injection, json, number, steering, unsayable};
use crate::secrets::Value;
use crate::tree::Text;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// What Linux allows for one `NAME=value`, its end included, in bytes.
const LIMIT: usize = 128 * 1024;

pub(super) fn variables(
    injection: &Injection<'_>,
    prefix: &str,
) -> Result<BTreeMap<String, Zeroizing<Vec<u8>>>, InjectError> {
    if !prefix.is_empty() && !is_name(prefix) {
        return Err(InjectError::Prefix {
            prefix: prefix.to_owned(),
        });
    }
    let mut variables = BTreeMap::new();
    let mut origins: BTreeMap<String, &str> = BTreeMap::new();
    for (key, injected) in &injection.values {
        if !injected.mapped && injection.renamed.get(&named(prefix, key)) == Some(key) {
            // The mapping has it under that very name.
            continue;
        }
        let mut text = Text::default();
        match injected.value {
            Value::Null => continue,
            Value::Bool(true) => text.push_str("true"),
            Value::Bool(false) => text.push_str("false"),
            Value::Int(number) => text.push_str(&Zeroizing::new(number.to_string())),
            Value::Float(float) => {
                let number = number(float).ok_or_else(|| unsayable(key, json::NOT_FINITE))?;
                text.push(number.as_bytes());
            }
            Value::Text(bytes) => text.push(bytes),
            Value::Time(time) => text.push_str(time),
            collection @ (Value::Map(_) | Value::List(_)) => {
                json::value(&mut text, collection).map_err(|what| unsayable(key, what))?;
            }
        }
        let name = if injected.mapped {
            key.clone()
        } else {
            named(prefix, key)
        };
        if !is_name(&name) {
            return Err(unsayable(
                key,
                "cannot be the name of a variable; rename it with `map`",
            ));
        }
        if !injected.mapped && steering::changes_programs(&name, !prefix.is_empty()) {
            return Err(InjectError::Steering {
                name: key.escape_debug().to_string(),
                variable: name,
            });
        }
        if text.as_bytes().contains(&0) {
            return Err(unsayable(
                key,
                "holds a zero byte, which no variable can; hand it over with `--fd`",
            ));
        }
        if name.len() + text.as_bytes().len() + 2 > LIMIT {
            return Err(unsayable(
                key,
                "is larger than a variable can be (128 KiB); hand it over with `--fd`",
            ));
        }
        if let Some(first) = origins.insert(name.clone(), key) {
            return Err(InjectError::Collision {
                name,
                first: first.to_owned(),
                second: key.clone(),
            });
        }
        variables.insert(name, text.into_inner());
    }
    Ok(variables)
}

/// The name that a key becomes. Variables of a configuration and credentials of its registries have a
/// case of their own, which is kept.
pub(super) fn named(prefix: &str, key: &str) -> String {
    let own = |name: &str| name.starts_with("TF_VAR_") || name.starts_with("TF_TOKEN_");
    let keeps_case = own(prefix) || prefix.is_empty() && own(key);
    let shown = key.chars().map(|character| match character {
        letter if letter.is_ascii_alphanumeric() && keeps_case => letter,
        letter if letter.is_ascii_alphanumeric() => letter.to_ascii_uppercase(),
        _ => '_',
    });
    prefix.chars().chain(shown).collect()
}

pub(super) fn is_name(name: &str) -> bool {
    !name.starts_with(|first: char| first.is_ascii_digit())
        && !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
