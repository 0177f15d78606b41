//! A secret of AWS Secrets Manager.

use super::{CommandOutput, Source, parse, secrets};
use crate::aws::{self, Aws, Fault, Login};
use crate::error::{Error, Problem, shell_name, shell_word};
use crate::file::Format;
use crate::keys::{Keyring, Refusal};
use crate::secrets::{ExtractPath, Secrets};
use crate::tree::{Entry, Node, Scalar, Text};
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::Config;

/// One secret: a JSON object of secrets, or with [`Self::as_value`] anything at all.
pub struct AwsSecretsManager {
    aws: Aws,
    id: String,
    login: Login,
    stage: Option<String>,
    key: Option<String>,
    at: Option<ExtractPath>,
}

impl AwsSecretsManager {
    /// Names a secret by name or ARN. An ARN names its region; for a name it is that of the AWS
    /// configuration, unless [`Self::region`] says otherwise.
    #[must_use]
    pub fn new(aws: Aws, id: impl Into<String>) -> Self {
        let id = id.into();
        let region = id
            .strip_prefix("arn:")
            .and_then(|rest| rest.split(':').nth(2))
            .map(str::to_owned);
        Self {
            aws,
            login: Login {
                region,
                ..Login::default()
            },
            id,
            stage: None,
            key: None,
            at: None,
        }
    }

    /// Asks in a region.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.login.region = Some(region.into());
        self
    }

    /// Uses a profile of the AWS configuration instead of `AWS_PROFILE`.
    #[must_use]
    pub fn profile(mut self, profile: impl Into<String>) -> Self {
        self.login.profile = Some(profile.into());
        self
    }

    /// Assumes a role first.
    #[must_use]
    pub fn role(mut self, role: impl Into<String>) -> Self {
        self.login.role = Some(role.into());
        self
    }

    /// Takes the version with a staging label instead of `AWSCURRENT`.
    #[must_use]
    pub fn stage(mut self, stage: impl Into<String>) -> Self {
        self.stage = Some(stage.into());
        self
    }

    /// Takes the secret as it is, JSON or not, as the value of one key.
    #[must_use]
    pub fn as_value(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Takes the map at a path of the JSON.
    #[must_use]
    pub fn at(mut self, path: ExtractPath) -> Self {
        self.at = Some(path);
        self
    }

    fn read(&self) -> Result<Secrets, Problem> {
        let text = self.ask().map_err(|refusal| Problem::Source {
            what: refusal.why,
            next: refusal.next,
        })?;
        let node = match &self.key {
            Some(key) => Node::Map(vec![Entry::Pair(
                key.clone(),
                Node::Scalar(Scalar::Text(text)),
            )]),
            None => parse(&text, CommandOutput::Json).map_err(|problem| match problem {
                Problem::NotAMap | Problem::Syntax { .. } => Problem::Source {
                    what: "is not a JSON object".to_owned(),
                    next: Some("say which name its whole value gets".to_owned()),
                },
                other => other,
            })?,
        };
        secrets(self.name(), Format::Json, node, self.at.as_ref())
    }

    fn ask(&self) -> Result<Text, Refusal> {
        let config = self.aws.log_in(&self.login)?;
        let Some(region) = config.region().map(ToString::to_string) else {
            return Err(Refusal::new("has no region")
                .next("name its region, or its whole ARN, or export AWS_REGION"));
        };
        let call = Client::from_conf(Config::from(&config))
            .get_secret_value()
            .secret_id(&self.id)
            .set_version_stage(self.stage.clone());
        let answer = self.aws.run(async move {
            call.send().await.map(|answer| {
                let bytes = answer
                    .secret_binary
                    .map(|blob| Text::from(blob.into_inner()));
                answer
                    .secret_string
                    .map(|text| Text::from(text.into_bytes()))
                    .or(bytes)
            })
        })?;
        let login = Login {
            region: Some(region.clone()),
            ..self.login.clone()
        };
        answer
            .map_err(|error| {
                let (code, message) = match aws::fault(&error, "Secrets Manager", &login) {
                    Fault::Known(refusal) | Fault::Unreachable(refusal) => return refusal,
                    Fault::Refused { code, message } => (code, message),
                };
                let describe = format!(
                    "`aws secretsmanager describe-secret --region {} --secret-id {}`",
                    shell_name(&region),
                    shell_word(&self.id)
                );
                match code.as_str() {
                    "ResourceNotFoundException" => Refusal::new(format!(
                        "does not exist in {region}, or has no such version"
                    ))
                    .next(format!("see whether it is the right account and region: {describe}")),
                    "AccessDeniedException" => {
                        Refusal::new(format!("is not yours to read ({message})")).next(
                            "ask its owners to allow secretsmanager:GetSecretValue, or export AWS_PROFILE for somebody who may",
                        )
                    }
                    _ => Refusal::new(format!("is refused with {code} ({message})"))
                        .next(format!("see what is wrong with it: {describe}")),
                }
            })?
            .ok_or_else(|| Refusal::new("has no value").next("give it one in AWS Secrets Manager"))
    }
}

impl Source for AwsSecretsManager {
    fn name(&self) -> String {
        format!("the secret {} of AWS Secrets Manager", self.id)
    }

    fn fetch(&self, _: &Keyring) -> Result<Secrets, Error> {
        self.read()
            .map_err(|problem| Error::new(&self.name(), problem))
    }
}
