//! As whom AWS sees the credentials that are here.

use super::{Aws, Fault, Login, fault};
use crate::keys::Refusal;

/// Where STS is asked when nothing names a region.
const DEFAULT_REGION: &str = "us-east-1";

/// Whose the credentials are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Twelve digits.
    pub account: String,
    /// The user or the role's session.
    pub arn: String,
}

impl Aws {
    /// Asks STS whose the credentials are that the SDK finds; no permission is needed for it.
    ///
    /// # Errors
    /// When there are no credentials, they do not hold, or nobody answers.
    pub fn caller(&self) -> Result<Caller, Refusal> {
        let mut login = Login::default();
        let mut config = self.log_in(&login)?;
        if config.region().is_none() {
            login.region = Some(DEFAULT_REGION.to_owned());
            config = self.log_in(&login)?;
        }
        let call = aws_sdk_sts::Client::new(&config).get_caller_identity();
        let answer = self.run(async move { call.send().await })?;
        let answer = answer.map_err(|error| match fault(&error, "STS", &login) {
            Fault::Known(refusal) | Fault::Unreachable(refusal) => refusal,
            Fault::Refused { code, message } => {
                Refusal::new(format!("AWS STS refuses with {code} ({message})"))
                    .next("see what is wrong: `aws sts get-caller-identity`")
            }
        })?;
        match (answer.account, answer.arn) {
            (Some(account), Some(arn)) => Ok(Caller { account, arn }),
            _ => Err(Refusal::new("AWS STS does not say whose they are")
                .next("check AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_STS")),
        }
    }
}
