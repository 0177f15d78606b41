//! The AWS account that the credentials belong to.
//!
//! They are those that the AWS SDK finds, as the tools do. A `profile` or a role in a `provider`
//! block of the configuration is the provider's own affair: `allowed_account_ids` there guards it.

use super::{Guard, Refusal, written};
use crate::diagnostic::quoted;
use crate::layout::Setting;

/// Whose the credentials are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Twelve digits.
    pub account: String,
    /// The user or the role's session.
    pub arn: String,
}

/// Why it cannot be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// As a fragment.
    pub why: String,
    /// The next step.
    pub next: Option<String>,
}

/// Asks STS. It answers everybody whose credentials hold.
///
/// # Errors
/// When there are no credentials, they do not hold, or nobody answers.
pub fn read() -> Result<Identity, Unknown> {
    match tollgate_secrets::Aws::new().caller() {
        Ok(caller) => Ok(Identity {
            account: caller.account,
            arn: caller.arn,
        }),
        Err(refusal) => Err(Unknown {
            why: refusal.why,
            next: refusal.next,
        }),
    }
}

/// Says what is wrong with it.
#[must_use]
pub fn compare(expected: &Setting<String>, found: &Result<Identity, Unknown>) -> Option<Refusal> {
    let (found, help) = match found {
        Ok(identity) if identity.account == expected.value => return None,
        Ok(identity) => (
            format!("{} as {}", quoted(&identity.account), quoted(&identity.arn)),
            "use credentials of that account: `export AWS_PROFILE=NAME`, or in CI the role of this environment".to_owned(),
        ),
        Err(unknown) => (
            format!("none that can be asked: {}", unknown.why),
            unknown
                .next
                .clone()
                .unwrap_or_else(|| "see what is wrong: `aws sts get-caller-identity`".to_owned()),
        ),
    };
    Some(Refusal {
        guard: Guard::Account,
        expected: written(expected),
        found,
        help,
    })
}
