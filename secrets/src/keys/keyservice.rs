//! Keys that Tollgate has no source of its own for, through sops' key service.
//!
//! sops hands work with keys to a service by a small protocol: gRPC with two calls, `Encrypt` and
//! `Decrypt`, each with a key's name and a few bytes. One that runs already is named by
//! `SOPS_KEYSERVICE`, as for sops: `unix:///path/to/socket` or `tcp://host:port`, several with commas
//! between them. Where none is named, or those that are do not open it, `sops keyservice` is started for the
//! moment, on a socket in a directory of its own that nobody else enters, if sops is installed. What is
//! asked for of such a service is what `sops decrypt` would ask of itself: gpg, gcloud's credentials, a
//! Vault token.
//!
//! A service that is named is also asked for keys of AWS KMS that do not open from here. age and SSH
//! identities are never asked of one.

mod local;
mod protocol;

use super::{
    Attempt, Env, KeySource, LookedAt, Recipient, Refusal, Sealing, Share, Stanza, azure, vault,
};
use crate::error::shell_word;
use local::Local;
use protocol::{Address, Method};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The variable that names running services.
const ADDRESSES: &str = "SOPS_KEYSERVICE";
/// The variable by which sops does without its own.
const LOCAL_ENABLED: &str = "SOPS_ENABLE_LOCAL_KEYSERVICE";
/// The next step where no service is there.
const INSTALL: &str = "install sops, or name a key service that runs: `export SOPS_KEYSERVICE=unix:///path/to/socket` (`sops keyservice --network unix --address /path/to/socket`)";

/// Key services that run, and one that is started for the moment.
pub struct KeyService {
    env: Env,
    /// Addresses that somebody gave; they replace those of the environment.
    given: Vec<String>,
    opened: Mutex<BTreeMap<CacheKey, Slot>>,
    /// Those that nobody answered on, and why: ten files must not wait ten times.
    silent: Mutex<BTreeMap<String, String>>,
    local: Mutex<Started>,
}

/// Locked while one caller asks, so that the others wait for the answer.
type Slot = Arc<Mutex<Option<Share>>>;

/// The recipient and its encrypted copy.
type CacheKey = (Recipient, String);

/// The service of our own.
enum Started {
    NotYet,
    Running(Local),
    /// As a fragment.
    Failed(String),
}

impl KeyService {
    /// Asks the services at these addresses, or where there is none those that the environment names.
    /// Nothing is started before it is needed.
    #[must_use]
    pub fn new(env: Env, given: Vec<String>) -> Self {
        Self {
            env,
            given,
            opened: Mutex::default(),
            silent: Mutex::default(),
            local: Mutex::new(Started::NotYet),
        }
    }

    /// The addresses of services that run, as they are written.
    fn addresses(&self) -> Vec<String> {
        if !self.given.is_empty() {
            return self.given.clone();
        }
        let named = (self.env)(ADDRESSES).unwrap_or_default();
        let named = named.to_string_lossy();
        let named = named.split(',').map(str::trim);
        named
            .filter(|address| !address.is_empty())
            .map(str::to_owned)
            .collect()
    }

    fn local_is_wanted(&self) -> bool {
        let value = (self.env)(LOCAL_ENABLED).unwrap_or_default();
        !matches!(
            value.to_str(),
            Some("false" | "0" | "f" | "F" | "FALSE" | "False")
        )
    }

    /// Asks one service after the other. The error says of each why not.
    fn ask(&self, key: &Key, method: Method, bytes: &[u8]) -> Result<Share, Refusal> {
        let message = protocol::request(&key.message, bytes);
        let mut tried = Vec::new();
        let mut answered = false;
        for written in self.addresses() {
            let shown = written.escape_debug().to_string();
            let silent = |why: &String| format!("the key service {shown} {why}");
            let known = self
                .silent
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get(&written)
                .map(silent);
            if let Some(known) = known {
                tried.push(known);
                continue;
            }
            match Address::parse(&written).and_then(|address| address.call(method, &message)) {
                Ok(answer) => return Ok(answer),
                Err(fault) => {
                    tried.push(silent(&fault.why));
                    answered |= fault.answered;
                    if !fault.answered {
                        let mut all = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
                        all.insert(written, fault.why);
                    }
                }
            }
        }
        if !key.others_have_it && self.local_is_wanted() {
            let mut local = self.local.lock().unwrap_or_else(PoisonError::into_inner);
            if let Started::NotYet = *local {
                *local = match Local::start(&self.env) {
                    Ok(started) => Started::Running(started),
                    Err(why) => Started::Failed(why),
                };
            }
            match &*local {
                Started::Running(started) => {
                    let address = started.address();
                    let program = started.program();
                    // Another question may be asked meanwhile.
                    drop(local);
                    match address.call(method, &message) {
                        Ok(answer) => return Ok(answer),
                        Err(fault) => {
                            answered |= fault.answered;
                            tried.push(format!("`{program} keyservice` {}", fault.why));
                        }
                    }
                }
                Started::Failed(why) => tried.push(why.clone()),
                Started::NotYet => {}
            }
        }
        if tried.is_empty() {
            tried.push(format!("needs {}, and no key service is there", key.family));
        }
        let refusal = Refusal::new(tried.join("; "));
        Err(refusal.next(if answered {
            key.next.clone()
        } else {
            INSTALL.to_owned()
        }))
    }
}

impl KeySource for KeyService {
    fn open(&self, stanza: &Stanza) -> Attempt {
        let key = match self.key(&stanza.recipient) {
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
        match self.ask(&key, Method::Decrypt, stanza.encrypted.as_bytes()) {
            Ok(share) => Attempt::Opened(slot.insert(share).clone()),
            Err(refusal) => Attempt::Refused(refusal),
        }
    }

    fn seal(&self, recipient: &Recipient, share: &[u8]) -> Sealing {
        let key = match self.key(recipient) {
            None => return Sealing::NotMine,
            Some(Err(refusal)) => return Sealing::Refused(refusal),
            Some(Ok(key)) => key,
        };
        if let Recipient::AzureKeyVault(_) = recipient
            && !key.has_version
        {
            return Sealing::Refused(
                Refusal::new(
                    "a copy opens for one version of a key of Azure Key Vault, and none is named",
                )
                .next("name it in .sops.yaml: `https://VAULT.vault.azure.net/keys/NAME/VERSION`"),
            );
        }
        match self.ask(&key, Method::Encrypt, share) {
            Ok(encrypted) => match std::str::from_utf8(&encrypted) {
                Ok(text) if !text.trim().is_empty() => Sealing::Sealed(text.to_owned()),
                _ => Sealing::Refused(Refusal::new("the key service answered with no text")),
            },
            Err(refusal) => Sealing::Refused(refusal),
        }
    }

    fn seals(&self, recipient: &Recipient) -> bool {
        match self.key(recipient) {
            Some(Ok(key)) => {
                !self.addresses().is_empty()
                    || !key.others_have_it
                        && self.local_is_wanted()
                        && local::program(&self.env).is_some()
            }
            _ => false,
        }
    }

    fn looked_at(&self) -> Vec<LookedAt> {
        // The refusals name every service.
        Vec::new()
    }
}

/// One key as the protocol names it.
struct Key {
    /// The protocol's message `Key`.
    message: Vec<u8>,
    /// What it is, in words.
    family: &'static str,
    /// The next step where a service refused.
    next: String,
    /// Whether another source has such keys, so that nothing is started for it.
    others_have_it: bool,
    /// Whether it says which version of the key is meant, where there are versions.
    has_version: bool,
}

impl KeyService {
    /// `None` when the recipient is of a family that is never asked of a service.
    fn key(&self, recipient: &Recipient) -> Option<Result<Key, Refusal>> {
        let named = |number: u32, fields: &[&str]| {
            let mut inner = Vec::new();
            for (nth, text) in (1..).zip(fields) {
                protocol::field(&mut inner, nth, text.as_bytes());
            }
            let mut message = Vec::new();
            protocol::field(&mut message, number, &inner);
            message
        };
        let key = |message, family, next: String| Key {
            message,
            family,
            next,
            others_have_it: false,
            has_version: true,
        };
        let malformed = |what: &str| {
            Some(Err(Refusal::new(format!("is not {what}")).next(
                "compare the sops metadata with the file's last good version: `git log -p`",
            )))
        };
        Some(Ok(match recipient {
            Recipient::Pgp(fingerprint) => key(
                named(2, &[fingerprint]),
                "an OpenPGP key",
                format!(
                    "see whether gpg has the key: `gpg --list-secret-keys {}`",
                    shell_word(fingerprint)
                ),
            ),
            Recipient::GcpKms(resource) => key(
                named(3, &[resource]),
                "a key of Google Cloud KMS",
                "log in: `gcloud auth application-default login`".to_owned(),
            ),
            Recipient::AzureKeyVault(url) => {
                let Some((vault, name, version)) = azure(url) else {
                    return malformed("the address of a key of Azure Key Vault");
                };
                Key {
                    has_version: !version.is_empty(),
                    ..key(
                        named(4, &[vault, name, version]),
                        "a key of Azure Key Vault",
                        "log in: `az login`".to_owned(),
                    )
                }
            }
            Recipient::Vault(url) => {
                let Some((address, engine, name)) = vault(url) else {
                    return malformed("the address of a transit key of Vault");
                };
                key(
                    named(5, &[address, engine, name]),
                    "a transit key of Vault",
                    "log in: `vault login`, with the address in VAULT_ADDR".to_owned(),
                )
            }
            Recipient::HuaweiKms(id) => key(
                named(7, &[id]),
                "a key of Huawei Cloud KMS",
                "export HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK".to_owned(),
            ),
            Recipient::AwsKms {
                arn,
                role,
                profile,
                context,
            } if !self.addresses().is_empty() => {
                let mut inner = Vec::new();
                protocol::field(&mut inner, 1, arn.as_bytes());
                protocol::field(
                    &mut inner,
                    2,
                    role.as_deref().unwrap_or_default().as_bytes(),
                );
                for (name, value) in context {
                    let mut pair = Vec::new();
                    protocol::field(&mut pair, 1, name.as_bytes());
                    protocol::field(&mut pair, 2, value.as_bytes());
                    protocol::field(&mut inner, 3, &pair);
                }
                let profile = profile.as_deref().unwrap_or_default();
                protocol::field(&mut inner, 4, profile.as_bytes());
                let mut message = Vec::new();
                protocol::field(&mut message, 1, &inner);
                Key {
                    others_have_it: true,
                    ..key(
                        message,
                        "a key of AWS KMS",
                        "see whose credentials the key service has: `aws sts get-caller-identity` there"
                            .to_owned(),
                    )
                }
            }
            _ => return None,
        }))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use std::ffi::OsString;

    fn service(variables: &'static [(&'static str, &'static str)]) -> KeyService {
        let env: Env = Arc::new(move |name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        });
        KeyService::new(env, Vec::new())
    }

    #[test]
    fn addresses_of_keys_are_taken_apart() {
        for (url, expected) in [
            (
                "https://v.vault.azure.net/keys/k/1",
                Some(("https://v.vault.azure.net", "k", "1")),
            ),
            (
                "https://v.vault.azure.net/keys/k",
                Some(("https://v.vault.azure.net", "k", "")),
            ),
            ("https://v.vault.azure.net/keys/", None),
            ("https://v.vault.azure.net/keys/k/1/2", None),
            ("https://v.vault.azure.net", None),
        ] {
            assert_eq!(azure(url), expected, "{url}");
        }
        for (url, expected) in [
            (
                "https://v:8200/v1/transit/keys/k",
                Some(("https://v:8200", "transit", "k")),
            ),
            (
                "https://v/v1/team/keys/sops/keys/k",
                Some(("https://v", "team/keys/sops", "k")),
            ),
            ("https://v/v1/transit/k", None),
            ("https://v/transit/keys/k", None),
        ] {
            assert_eq!(vault(url), expected, "{url}");
        }
    }

    #[test]
    fn only_what_no_other_source_has_is_asked() {
        let none = service(&[("PATH", "/nowhere")]);
        let named = service(&[("SOPS_KEYSERVICE", "unix:///nowhere/s, tcp://[::1]:1")]);
        assert_eq!(named.addresses(), ["unix:///nowhere/s", "tcp://[::1]:1"]);
        let arn = Recipient::parse("arn:aws:kms:eu-west-1:1:key/a").unwrap();
        for (recipient, alone, with_service) in [
            (Recipient::Pgp("AB".to_owned()), true, true),
            (Recipient::Age("age1a".to_owned()), false, false),
            (Recipient::Ssh("ssh-rsa A".to_owned()), false, false),
            (arn, false, true),
        ] {
            assert_eq!(none.key(&recipient).is_some(), alone, "{recipient}");
            assert_eq!(named.key(&recipient).is_some(), with_service, "{recipient}");
        }
    }

    #[test]
    fn every_service_that_was_tried_is_named() {
        let pgp = Stanza {
            recipient: Recipient::Pgp("AB".to_owned()),
            encrypted: "x".to_owned(),
        };
        let service = service(&[
            (
                "SOPS_KEYSERVICE",
                "unix:///nowhere/s,http://a,tcp://127.0.0.1:1",
            ),
            ("PATH", "/nowhere"),
        ]);
        let Attempt::Refused(refusal) = service.open(&pgp) else {
            unreachable!("nobody is there");
        };
        for said in [
            "the key service unix:///nowhere/s cannot be reached",
            "the key service http://a is not written as one",
            "the key service tcp://127.0.0.1:1 cannot be reached",
            "sops is not installed",
        ] {
            assert!(refusal.why.contains(said), "{}", refusal.why);
        }
        assert_eq!(refusal.next.as_deref(), Some(INSTALL));
    }
}
