//! Keys of AWS KMS.
//!
//! Each recipient is opened by one `Decrypt` call in the region of its ARN, which goes to AWS whole: an
//! alias, a replica or a key of another account is found by it alone. As in sops, a role in the file is
//! assumed first, the encryption context goes with the call, and a profile in the file replaces
//! `AWS_PROFILE`. What opened stays in memory for the run, so that a file read twice is one call.

use super::{Attempt, KeySource, LookedAt, Recipient, Refusal, Sealing, Share, Stanza};
use crate::aws::{self, Aws, Fault, Login};
use crate::error::{shell_name, shell_word};
use aws_sdk_kms::Client;
use aws_sdk_kms::config::Config;
use aws_sdk_kms::primitives::Blob;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use zeroize::Zeroizing;

/// The next step when the metadata is wrong.
const LAST_GOOD: &str = "compare the sops metadata with the file's last good version: `git log -p`";

/// The KMS keys that the AWS credentials of this process may use.
#[derive(Default)]
pub struct AwsKms {
    aws: Aws,
    opened: Mutex<BTreeMap<CacheKey, Slot>>,
    /// The profiles with which no credentials were found; none is the process's own.
    without_credentials: Mutex<BTreeSet<Option<String>>>,
}

/// Locked while one caller asks, so that the others wait for the answer.
type Slot = Arc<Mutex<Option<Share>>>;

/// The recipient and its encrypted copy: the same copy for another context or role is another question.
type CacheKey = (Recipient, String);

impl AwsKms {
    /// Uses a connection, which may be shared.
    #[must_use]
    pub fn new(aws: Aws) -> Self {
        Self {
            aws,
            ..Self::default()
        }
    }

    fn decrypt(&self, key: &Key<'_>, encrypted: &str) -> Result<Share, Refusal> {
        let blob = STANDARD.decode(encrypted.trim()).map_err(|_| {
            Refusal::new("its copy of the data key is damaged: it is not base64")
                .next(LAST_GOOD)
                .near()
        })?;
        let client = self.client(key)?;
        let call = client
            .decrypt()
            .key_id(key.arn)
            .ciphertext_blob(Blob::new(blob))
            .set_encryption_context(key.context());
        let answer = self
            .aws
            .run(async move {
                call.send()
                    .await
                    .map(|answer| answer.plaintext.map(Blob::into_inner).map(Zeroizing::new))
            })?
            .map_err(|error| self.explain(aws::fault(&error, "KMS", &key.login), key, "Decrypt"))?;
        answer.ok_or_else(|| Refusal::new("AWS KMS answered without a key"))
    }

    fn encrypt(&self, key: &Key<'_>, share: &[u8]) -> Result<String, Refusal> {
        let client = self.client(key)?;
        let call = client
            .encrypt()
            .key_id(key.arn)
            .plaintext(Blob::new(share))
            .set_encryption_context(key.context());
        let answer = self
            .aws
            .run(async move { call.send().await.map(|answer| answer.ciphertext_blob) })?
            .map_err(|error| self.explain(aws::fault(&error, "KMS", &key.login), key, "Encrypt"))?;
        answer
            .map(|blob| STANDARD.encode(blob))
            .ok_or_else(|| Refusal::new("AWS KMS answered without a copy"))
    }

    fn client(&self, key: &Key<'_>) -> Result<Client, Refusal> {
        let config = self.aws.log_in(&key.login).inspect_err(|refusal| {
            if !refusal.near {
                self.without_credentials
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(key.login.profile.clone());
            }
        })?;
        Ok(Client::from_conf(Config::from(&config)))
    }

    fn explain(&self, fault: Fault, key: &Key<'_>, operation: &str) -> Refusal {
        let (code, message) = match fault {
            Fault::Known(refusal) => return refusal,
            Fault::Unreachable(refusal) => {
                self.aws.give_up(&key.login, &refusal);
                return refusal;
            }
            Fault::Refused { code, message } => (code, message),
        };
        let arn = shell_word(key.arn);
        let region = shell_name(key.region);
        let describe = format!("`aws kms describe-key --region {region} --key-id {arn}`");
        let who = match &key.login.role {
            Some(role) => format!("the role {} of the file", role.escape_debug()),
            None => "you".to_owned(),
        };
        let refusal = |why: String, next: String| Refusal::new(why).next(next).near();
        match code.as_str() {
            "AccessDeniedException" | "AccessDenied" => refusal(
                format!("AWS KMS does not let {who} use the key ({message})"),
                format!(
                    "ask its owners to allow kms:{operation} on {arn}, or export AWS_PROFILE for somebody who may"
                ),
            ),
            "NotFoundException" => refusal(
                format!("AWS KMS knows no such key in {}", key.region),
                format!("see whether it is the right account and region: {describe}"),
            ),
            "InvalidCiphertextException" => refusal(
                format!(
                    "AWS KMS cannot open its copy{}: the copy or the encryption context was changed",
                    key.context_names()
                ),
                LAST_GOOD.to_owned(),
            ),
            "IncorrectKeyException" => refusal(
                "its copy was encrypted with another key than the ARN names now".to_owned(),
                format!("see which key the alias points to: {describe}"),
            ),
            "DisabledException" => refusal(
                "the key is disabled".to_owned(),
                format!("enable it: `aws kms enable-key --region {region} --key-id {arn}`"),
            ),
            "KMSInvalidStateException" => refusal(
                format!("the key's state does not allow its use ({message})"),
                format!("see its state: {describe}"),
            ),
            "InvalidKeyUsageException" => refusal(
                "the key is not one for symmetric encryption".to_owned(),
                format!("see its usage: {describe}"),
            ),
            _ => refusal(
                format!("AWS KMS refused with {code} ({message})"),
                format!("see whether the key is in order: {describe}"),
            ),
        }
    }
}

impl KeySource for AwsKms {
    fn open(&self, stanza: &Stanza) -> Attempt {
        let key = match Key::of(&stanza.recipient) {
            None => return Attempt::NotMine,
            Some(Err(refusal)) => return Attempt::Refused(refusal),
            Some(Ok(key)) => key,
        };
        let slot = {
            let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
            let question = (stanza.recipient.clone(), stanza.encrypted.clone());
            Arc::clone(opened.entry(question).or_default())
        };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = &*slot {
            return Attempt::Opened(share.clone());
        }
        match self.decrypt(&key, &stanza.encrypted) {
            Ok(share) => Attempt::Opened(slot.insert(share).clone()),
            Err(refusal) => Attempt::Refused(refusal),
        }
    }

    fn seal(&self, recipient: &Recipient, share: &[u8]) -> Sealing {
        match Key::of(recipient) {
            None => Sealing::NotMine,
            Some(Err(refusal)) => Sealing::Refused(refusal),
            Some(Ok(key)) => match self.encrypt(&key, share) {
                Ok(encrypted) => Sealing::Sealed(encrypted),
                Err(refusal) => Sealing::Refused(refusal),
            },
        }
    }

    fn seals(&self, recipient: &Recipient) -> bool {
        matches!(Key::of(recipient), Some(Ok(_)))
    }

    fn looked_at(&self) -> Vec<LookedAt> {
        let profiles = self
            .without_credentials
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<LookedAt> = Vec::new();
        for profile in &*profiles {
            for place in aws::looked_at(profile.as_deref()) {
                if !all.contains(&place) {
                    all.push(place);
                }
            }
        }
        all
    }
}

/// One key, as the file names it.
struct Key<'a> {
    arn: &'a str,
    region: &'a str,
    login: Login,
    context: &'a [(String, String)],
}

impl<'a> Key<'a> {
    /// `None` when the recipient is of another family.
    fn of(recipient: &'a Recipient) -> Option<Result<Self, Refusal>> {
        let Recipient::AwsKms {
            arn,
            role,
            profile,
            context,
        } = recipient
        else {
            return None;
        };
        Some(match region(arn) {
            Some(region) => Ok(Self {
                arn,
                region,
                login: Login {
                    region: Some(region.to_owned()),
                    profile: profile.clone(),
                    role: role.clone(),
                },
                context,
            }),
            None => Err(Refusal::new(
                "is not the ARN of a KMS key; one reads arn:aws:kms:REGION:ACCOUNT:key/ID",
            )
            .next(LAST_GOOD)
            .near()),
        })
    }

    #[expect(
        clippy::disallowed_types,
        reason = "the SDK's own type; its order reaches nobody"
    )]
    fn context(&self) -> Option<std::collections::HashMap<String, String>> {
        (!self.context.is_empty()).then(|| self.context.iter().cloned().collect())
    }

    fn context_names(&self) -> String {
        let names: Vec<String> = self
            .context
            .iter()
            .map(|(name, _)| name.escape_debug().to_string())
            .collect();
        if names.is_empty() {
            String::new()
        } else {
            format!(
                " with the encryption context of the file ({})",
                names.join(", ")
            )
        }
    }
}

/// Returns the region of an ARN: `arn:PARTITION:kms:REGION:ACCOUNT:key/ID` or `alias/NAME` at the end.
fn region(arn: &str) -> Option<&str> {
    let mut parts = arn.splitn(6, ':');
    let (scheme, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
    let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
    let is_name = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    let (kind, name) = resource.split_once('/')?;
    (scheme == "arn"
        && partition.starts_with("aws")
        && is_name(partition)
        && service == "kms"
        && is_name(region)
        && !account.is_empty()
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && matches!(kind, "key" | "alias")
        && !name.is_empty())
    .then_some(region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_comes_from_the_arn() {
        for (arn, expected) in [
            (
                "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab",
                Some("eu-west-1"),
            ),
            (
                "arn:aws:kms:us-east-1:111122223333:key/mrk-1234abcd",
                Some("us-east-1"),
            ),
            (
                "arn:aws:kms:eu-west-1:111122223333:alias/team/app",
                Some("eu-west-1"),
            ),
            (
                "arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/1",
                Some("us-gov-west-1"),
            ),
            (
                "arn:aws-cn:kms:cn-north-1:111122223333:key/1",
                Some("cn-north-1"),
            ),
            ("arn:aws:s3:eu-west-1:111122223333:key/1", None),
            ("arn:aws:kms::111122223333:key/1", None),
            ("arn:aws:kms:evil.example/:111122223333:key/1", None),
            ("arn:aws:kms:eu-west-1:me:key/1", None),
            ("arn:aws:kms:eu-west-1:111122223333:grant/1", None),
            ("arn:aws:kms:eu-west-1:111122223333:key/", None),
            ("alias/app", None),
            ("1234abcd", None),
            ("", None),
        ] {
            assert_eq!(region(arn), expected, "{arn}");
        }
    }
}
