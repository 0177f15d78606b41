//! A configured policy, loaded: its module, and everything that it reads besides the plan.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::io;
use std::path::Path;

use super::{LoadedPolicy, Ready};
use crate::config::Config;
use crate::environment::{ConfiguredPolicy, Source};
use crate::judge::Rule;
use crate::report::Severity;
use crate::sandbox::builtin::{BUILTINS, Builtin};
use crate::sandbox::cache::Cache;
use crate::sandbox::limits::{Limit, Limits};
use crate::sandbox::{PolicyError, PolicyModule, contract::wit, digest, request, settings};

/// The largest document that is handed to a policy, in bytes.
pub const MAX_DOCUMENT_BYTES: u64 = 64 << 20;

/// Loads one configured policy.
pub(super) fn load<'c>(config: &Config, configured: &'c ConfiguredPolicy) -> LoadedPolicy<'c> {
    let (digest, module) = load_module(
        config,
        &configured.name,
        &configured.source,
        configured.digest.as_deref(),
    );
    let module = module.and_then(|module| {
        // Fails for a schema that cannot be used, whatever the settings are.
        let schema = &module.metadata.settings_schema;
        let empty = configured
            .settings
            .as_object()
            .is_some_and(serde_json::Map::is_empty);
        let rejected = match configured.source {
            // A test shows that every policy of ours can do without settings.
            Source::BuiltIn if empty => Vec::new(),
            Source::BuiltIn => settings::validate(schema, &configured.settings)?,
            Source::Path(_) => {
                settings::validate_limited(schema, &configured.settings, &module.limits)?
            }
        };
        let documents = module
            .metadata
            .documents
            .iter()
            .filter(|name| !request::OWN_DOCUMENTS.contains(&name.as_str()))
            .map(|name| document(config, configured, name))
            .collect::<Result<_, _>>()?;
        let rules = module.metadata.rules.iter().map(rule).collect();
        Ok(Ready {
            module,
            rules,
            settings: configured.settings.to_string(),
            rejected,
            documents,
        })
    });
    LoadedPolicy {
        configured,
        digest,
        module,
    }
}

/// Loads the module of a policy, and returns its digest as soon as there are bytes to
/// take it of. The digest must be `expected`, where that is said.
pub fn load_module(
    config: &Config,
    name: &str,
    source: &Source,
    expected: Option<&str>,
) -> (Option<String>, Result<PolicyModule, PolicyError>) {
    let matches = |found: &str| match expected {
        Some(expected) if expected != found => Err(PolicyError::Digest {
            expected: expected.to_owned(),
            found: found.to_owned(),
        }),
        _ => Ok(()),
    };
    let limits = config.limits(name);
    let cache = || match config.use_cache() {
        true => Cache::open(),
        false => Cache::off("`--no-cache` turns it off"),
    };
    match source {
        Source::BuiltIn => {
            let builtin = builtin(name).ok_or_else(|| PolicyError::Unreadable {
                path: format!("built-in {name}"),
                cause: io::Error::from(io::ErrorKind::NotFound),
            });
            match builtin.and_then(|builtin| builtin.load(limits, &cache())) {
                Ok(module) => (
                    Some(module.digest.clone()),
                    matches(&module.digest).map(|()| module),
                ),
                Err(error) => (None, Err(error)),
            }
        }
        Source::Path(path) => match read_module(config, path, &limits) {
            Ok(bytes) => {
                let found = digest(&bytes);
                let module =
                    matches(&found).and_then(|()| PolicyModule::load(&bytes, limits, &cache()));
                (Some(found), module)
            }
            Err(error) => (None, Err(error)),
        },
    }
}

/// Reads a module from a file.
fn read_module(config: &Config, path: &Path, limits: &Limits) -> Result<Vec<u8>, PolicyError> {
    config
        .read(path, limits.bytes(Limit::ModuleMib))
        .map_err(|cause| PolicyError::Unreadable {
            path: config.name_of(path),
            cause,
        })
}

fn builtin(name: &str) -> Option<&'static Builtin> {
    BUILTINS.iter().find(|builtin| builtin.name == name)
}

/// Finds a document that a policy reads: as configured, or as it comes with a built-in.
fn document(
    config: &Config,
    configured: &ConfiguredPolicy,
    name: &str,
) -> Result<(String, Cow<'static, str>), PolicyError> {
    let Some(path) = configured.documents.get(name) else {
        let documents = builtin(&configured.name)
            .map(Builtin::documents)
            .unwrap_or_default();
        let own = documents.iter().find(|(document, _)| *document == name);
        return match own {
            Some((_, content)) => Ok((name.to_owned(), Cow::Borrowed(*content))),
            None => Err(PolicyError::NoDocument {
                name: name.to_owned(),
            }),
        };
    };
    let unusable = |reason: String| PolicyError::Document {
        name: name.to_owned(),
        path: config.name_of(path),
        reason,
    };
    let bytes = config
        .read(path, MAX_DOCUMENT_BYTES)
        .map_err(|error| unusable(error.to_string()))?;
    if bytes.len() as u64 > MAX_DOCUMENT_BYTES {
        let most = MAX_DOCUMENT_BYTES >> 20;
        return Err(unusable(format!("it is larger than {most} MiB")));
    }
    let text = String::from_utf8(bytes).map_err(|_| unusable("it is not UTF-8".to_owned()))?;
    serde_json::from_str::<serde::de::IgnoredAny>(&text)
        .map_err(|error| unusable(format!("it is not JSON: {error}")))?;
    Ok((name.to_owned(), Cow::Owned(text)))
}

/// What the report says of a rule, as the module declares it.
pub(crate) fn rule(rule: &wit::Rule) -> Rule {
    Rule {
        id: rule.id.clone(),
        title: rule.title.clone(),
        severity: severity(rule.severity),
        remediation: rule.remediation.clone(),
        description: rule.description.clone(),
        links: rule.links.clone(),
    }
}

/// The report's word for a severity of the contract.
#[must_use]
pub fn severity(severity: wit::Severity) -> Severity {
    match severity {
        wit::Severity::Info => Severity::Info,
        wit::Severity::Low => Severity::Low,
        wit::Severity::Medium => Severity::Medium,
        wit::Severity::High => Severity::High,
        wit::Severity::Critical => Severity::Critical,
    }
}
