//! Whether the secrets are there, and an identity for them is at hand. No value is decrypted.

use std::collections::BTreeSet;

use tollgate_model::error::UserError;
use tollgate_secrets::outline::of_files;
use tollgate_secrets::{ExtractPath, Keyring, Recipient, secrets_command};

use super::{Check, Finding};
use crate::env_diff::Variables;
use crate::routing::{Failure, RouteError, Routed, is_of_variables, taken};
use crate::secrets_check;

/// Names secrets that no variable takes, and secret variables that no secret is for.
#[must_use]
pub fn untaken(routed: &Routed, variables: &Variables, secret: &BTreeSet<String>) -> Vec<Finding> {
    let settings = &routed.settings;
    // Which names another source has, or a file of variables that is encrypted as a whole, nobody can
    // tell without asking it for the values.
    if settings.source.is_some() || routed.files.iter().any(is_of_variables) {
        return Vec::new();
    }
    let is_set = |name: &str| variables.set.contains_key(name);
    let named = taken::Named {
        keys: secret,
        outlines: &of_files(&routed.files, &settings.map),
    };
    let said = taken::untaken(settings, &named, &variables.declared, &is_set);
    let twice = secrets_check::twice(routed)
        .into_iter()
        .map(|(key, first, file)| {
            Finding::problem(
                Check::Secrets,
                format!(
                    "{first} and {file} both have the key `{key}`, and nobody says which one counts"
                ),
                format!(
                    "take one out: `{}`",
                    secrets_command("unset", file, &ExtractPath::key(&key))
                ),
            )
        });
    let untaken = said.into_iter().map(|said| {
        let fix = taken::help(&settings.environment, [&said]);
        if settings.protected {
            Finding::problem(Check::Secrets, said.text, fix)
        } else {
            Finding::warning(Check::Secrets, said.text, fix)
        }
    });
    twice.chain(untaken).collect()
}

/// Looks at what was found for an environment.
#[must_use]
pub fn examine(routed: &Result<Routed, Failure>, keyring: &Keyring) -> Vec<Finding> {
    let check = Check::Secrets;
    let routed = match routed {
        Ok(routed) => routed,
        Err(Failure::Route(RouteError::NotFound { .. })) => {
            return vec![Finding::ok(check, "there is no secrets file")];
        }
        Err(Failure::Route(error)) => {
            let fix = error.help().unwrap_or_default();
            return vec![Finding::problem(check, error.to_string(), fix)];
        }
        Err(Failure::Secrets(error)) => {
            let fix = error.help();
            let fix = fix.unwrap_or_else(|| "check the file".to_owned());
            return vec![Finding::problem(check, error.title(), fix)];
        }
    };
    if let Some(source) = &routed.settings.source {
        return vec![Finding::unknown(
            check,
            format!("they come from {source}, which was not asked"),
            format!(
                "see whether they arrive: `tollgate exec -e {} --env -- true`",
                routed.settings.environment
            ),
        )];
    }
    let one = |file: &tollgate_secrets::SecretsFile| {
        let name = file.name();
        if let Some(recipient) = file.opened_locally(keyring) {
            return Finding::ok(check, format!("{name}: your identity for {recipient}"));
        }
        let kms = |recipient: &&Recipient| matches!(recipient, Recipient::AwsKms { .. });
        if let Some(key) = file.recipients().find(kms) {
            return Finding::unknown(
                check,
                format!("{name}: only AWS knows whether you may use {key}"),
                format!("`tollgate secrets decrypt {name} > /dev/null` asks it"),
            );
        }
        let by_service =
            |recipient: &&Recipient| !recipient.is_age_or_ssh() && keyring.seals(recipient);
        if let Some(key) = file.recipients().find(by_service) {
            return Finding::unknown(
                check,
                format!("{name}: only a key service knows whether you may use {key}"),
                format!("`tollgate secrets decrypt {name} > /dev/null` asks it"),
            );
        }
        let recipients: Vec<String> = file
            .recipients()
            .map(|recipient| format!("{recipient} ({})", recipient.needs()))
            .collect();
        Finding::problem(
            check,
            format!(
                "{name}: none of your identities is one of its recipients: {}",
                recipients.join(", ")
            ),
            "set SOPS_AGE_KEY_FILE to the identity, or have somebody who can read it add yours: `tollgate secrets grant RECIPIENT`",
        )
    };
    routed.files.iter().map(one).collect()
}
