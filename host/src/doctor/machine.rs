//! What of this machine matters to a deploy: variables of the environment, credentials, git.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Check, Examined, Finding};
use crate::deploy::guard::branch;
use crate::deploy::guard::tag::{self, Tagged};

/// The variables of a process.
#[derive(Clone, Default)]
pub struct Machine {
    variables: BTreeMap<String, String>,
}

impl Machine {
    /// This process's.
    #[must_use]
    pub fn of_process() -> Self {
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            Some((
                name.into_string().ok()?,
                value.to_string_lossy().into_owned(),
            ))
        });
        Self {
            variables: variables.collect(),
        }
    }

    /// One with these variables.
    #[cfg(test)]
    pub(super) fn with(variables: &[(&str, &str)]) -> Self {
        let variables = variables.iter();
        Self {
            variables: variables
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        }
    }

    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        let value = self.variables.get(name).map(String::as_str);
        value.filter(|value| !value.is_empty())
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str)
    }

    /// Whether there are credentials for AWS, where the environment needs some. Nobody is asked
    /// whether they hold.
    pub(super) fn credentials(&self, examined: &Examined<'_>) -> Option<Finding> {
        let check = Check::Credentials;
        let provider = examined
            .root()
            .providers()
            .iter()
            .any(|each| each.name == "aws");
        let backend = examined
            .root()
            .backend()
            .is_some_and(|each| each.kind == "s3");
        let account = examined.layout().aws_account.as_ref();
        if !provider && !backend && account.is_none() {
            return None;
        }
        let source = self.aws();
        let whose = account.map_or_else(String::new, |account| {
            format!(
                "; whether they are for account {} is not asked here",
                account.value
            )
        });
        Some(match source {
            Ok(Some(source)) => Finding::ok(check, format!("AWS: {source}{whose}")),
            Ok(None) => Finding::warning(
                check,
                "no credentials for AWS: no variables, profile or web identity",
                "sign in (`aws sso login`), or set AWS_PROFILE; on an instance with a role this is fine",
            ),
            Err((what, fix)) => Finding::problem(check, what, fix),
        })
    }

    /// Where the SDK would find credentials; what is wrong, and what to do.
    fn aws(&self) -> Result<Option<String>, (String, String)> {
        if self.variable("AWS_ACCESS_KEY_ID").is_some() {
            return if self.variable("AWS_SECRET_ACCESS_KEY").is_some() {
                Ok(Some("AWS_ACCESS_KEY_ID is set".to_owned()))
            } else {
                Err((
                    "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY".to_owned(),
                    "set both, or neither".to_owned(),
                ))
            };
        }
        let profile = self
            .variable("AWS_PROFILE")
            .or(self.variable("AWS_DEFAULT_PROFILE"));
        let profiles = self.profiles();
        if let Some(profile) = profile {
            return if profiles.iter().any(|each| each == profile) {
                Ok(Some(format!("profile {profile}")))
            } else {
                Err((
                    format!("AWS_PROFILE is `{profile}`, and no such profile is configured"),
                    format!("run `aws configure sso --profile {profile}`, or name another one"),
                ))
            };
        }
        if let Some(file) = self.variable("AWS_WEB_IDENTITY_TOKEN_FILE") {
            return if Path::new(file).is_file() {
                Ok(Some("a web identity".to_owned()))
            } else {
                Err((
                    format!("AWS_WEB_IDENTITY_TOKEN_FILE names {file}, which is not there"),
                    "have CI write it (with OIDC: `permissions: id-token: write`)".to_owned(),
                ))
            };
        }
        if self
            .names()
            .any(|name| name.starts_with("AWS_CONTAINER_CREDENTIALS_"))
        {
            return Ok(Some("those of the container".to_owned()));
        }
        let default = profiles.iter().any(|each| each == "default");
        Ok(default.then(|| "profile default".to_owned()))
    }

    fn profiles(&self) -> Vec<String> {
        let home = self.variable("HOME").or(self.variable("USERPROFILE"));
        let home = home.map(PathBuf::from).unwrap_or_default();
        let file = |variable: &str, name: &str| {
            self.variable(variable)
                .map_or_else(|| home.join(".aws").join(name), PathBuf::from)
        };
        let mut profiles = Vec::new();
        for path in [
            file("AWS_CONFIG_FILE", "config"),
            file("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
        ] {
            let text = std::fs::read_to_string(path).unwrap_or_default();
            profiles.extend(text.lines().filter_map(|line| {
                let name = line.trim().strip_prefix('[')?.strip_suffix(']')?.trim();
                let name = name.strip_prefix("profile ").unwrap_or(name);
                Some(name.trim().to_owned())
            }));
        }
        profiles
    }

    /// Whether the branch that is checked out may be deployed.
    pub(super) fn branch(&self, examined: &Examined<'_>) -> Option<Finding> {
        let check = Check::Branch;
        let (allowed, tags) = (&examined.layout().branches, &examined.layout().tags);
        if allowed.is_empty() && tags.is_empty() {
            return None;
        }
        let directory = &examined.layout().directory.value;
        let found = branch::read(directory);
        let tagged = tag::read(directory, tags, allowed);
        Some(match branch::compare(allowed, tags, &found, &tagged) {
            None => Finding::ok(
                check,
                match &tagged {
                    Tagged::Yes(tag) => format!("the tag {tag}"),
                    Tagged::No | Tagged::Aside { .. } => {
                        found.name().unwrap_or_default().to_owned()
                    }
                },
            ),
            Some(refusal) => Finding::warning(
                check,
                format!(
                    "found {}, and only {} may be deployed",
                    refusal.found, refusal.expected
                ),
                refusal.help,
            ),
        })
    }
}
