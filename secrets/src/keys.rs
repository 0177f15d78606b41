//! Recipients, and the sources of keys that open them.
//!
//! A file lists recipients in groups. Each recipient of a group holds its own encrypted copy of the
//! group's share; with one group the share is the data key itself. A [`KeySource`] opens recipients
//! of one family, and encrypts to them. More families are more implementations of that trait.

pub mod age;
#[cfg(feature = "aws")]
pub mod aws_kms;
#[cfg(all(unix, feature = "keyservice"))]
pub mod keyservice;
mod plugin;
pub(crate) mod shamir;
pub(crate) mod ssh;
mod wrap;

#[cfg(not(feature = "aws"))]
pub use crate::without_aws::aws_kms;
pub use wrap::WrapError;

use crate::error::Problem;
use crate::value::DataKey;
use std::ffi::OsString;
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// What can hold a copy of a file's data key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Recipient {
    /// An X25519 key: `age1…`.
    Age(String),
    /// A key behind a plugin, which has a name: `age1yubikey1…`.
    AgePlugin(String),
    /// A post-quantum age key: `age1pq1…`.
    AgePostQuantum(String),
    /// An `ssh-ed25519` or `ssh-rsa` public key.
    Ssh(String),
    /// A key of AWS KMS, by ARN.
    AwsKms {
        /// Of the key, or of an alias.
        arn: String,
        /// To assume before decrypting.
        role: Option<String>,
        /// Of the shared configuration files.
        profile: Option<String>,
        /// The encryption context that the copy is bound to.
        context: Vec<(String, String)>,
    },
    /// An OpenPGP key, by fingerprint.
    Pgp(String),
    /// A key of Google Cloud KMS, by resource name.
    GcpKms(String),
    /// A key of Azure Key Vault, by URL: `https://VAULT/keys/NAME/VERSION`, where files name the version
    /// and configurations may leave it out.
    AzureKeyVault(String),
    /// A key of Vault's transit engine, by URL.
    Vault(String),
    /// A key of Huawei Cloud KMS, by id.
    HuaweiKms(String),
}

impl Recipient {
    /// Sorts an age recipient into its kind, by its text.
    pub(crate) fn age(text: &str) -> Self {
        let mut text = text.trim().to_owned();
        if text.starts_with("AGE1") {
            // All capitals mean the same, and sops writes none.
            text.make_ascii_lowercase();
        }
        if text.starts_with("ssh-") {
            Self::Ssh(text)
        } else if text.starts_with("age1pq1") {
            Self::AgePostQuantum(text)
        } else if text.starts_with("age1") && text.matches('1').count() > 1 {
            Self::AgePlugin(text)
        } else {
            Self::Age(text)
        }
    }

    /// Takes a recipient as configurations write it: an age or SSH public key, the ARN of an AWS KMS key,
    /// the fingerprint of an OpenPGP key, the resource name of a key of Google Cloud KMS, or the URL of one
    /// of Azure Key Vault or Vault. None for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.starts_with("age1") || text.starts_with("AGE1") || text.starts_with("ssh-") {
            return Some(Self::age(text));
        }
        if text.starts_with("arn:") {
            return Some(Self::AwsKms {
                arn: text.to_owned(),
                role: None,
                profile: None,
                context: Vec::new(),
            });
        }
        let hexadecimal: String = text.split_whitespace().collect();
        if hexadecimal.len() == 40 && hexadecimal.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Some(Self::Pgp(hexadecimal));
        }
        if text.starts_with("projects/") && text.contains("/cryptoKeys/") {
            return Some(Self::GcpKms(text.to_owned()));
        }
        if !text.starts_with("https://") && !text.starts_with("http://") {
            return None;
        }
        let text = text.trim_end_matches('/');
        let (_, key) = text.rsplit_once("/keys/")?;
        if text.contains("/v1/") {
            (!key.contains('/')).then(|| Self::Vault(text.to_owned()))
        } else {
            Some(Self::AzureKeyVault(text.to_owned()))
        }
    }

    /// Returns the key itself in one spelling, whatever file it stands in: recipients that are the same
    /// key have the same.
    ///
    /// An SSH key is without its comment, the letters of an age key and of a fingerprint have one case,
    /// and the replicas of one multi-region key of AWS are one. What belongs to the use of a key (a role,
    /// a profile, an encryption context) is left out. An alias of AWS KMS is only told apart from a key by
    /// AWS; see [`Self::may_be`].
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Age(text) | Self::AgePlugin(text) | Self::AgePostQuantum(text) => {
                text.to_ascii_lowercase()
            }
            Self::Ssh(text) => {
                let words: Vec<&str> = text.split_whitespace().take(2).collect();
                words.join(" ")
            }
            Self::AwsKms { arn, .. } => match arn.splitn(6, ':').collect::<Vec<_>>().as_slice() {
                [scheme, partition, service, _, account, resource]
                    if resource.starts_with("key/mrk-") =>
                {
                    format!("{scheme}:{partition}:{service}:*:{account}:{resource}")
                }
                _ => arn.clone(),
            },
            Self::Pgp(text) => {
                let text = text.strip_prefix("0x").unwrap_or(text);
                text.chars()
                    .filter(|character| !character.is_whitespace())
                    .map(|character| character.to_ascii_uppercase())
                    .collect()
            }
            Self::AzureKeyVault(text) | Self::Vault(text) => {
                let text = match (self, text.split_once("/keys/")) {
                    // Another version of a key is no other key.
                    (Self::AzureKeyVault(_), Some((vault, key))) => {
                        let name = key.split('/').next().unwrap_or(key);
                        text.get(..vault.len() + "/keys/".len() + name.len())
                            .unwrap_or(text)
                    }
                    _ => text,
                };
                // The host of a URL has no case.
                let host = text.find("://").map_or(0, |at| at + 3);
                let path = text
                    .get(host..)
                    .and_then(|rest| rest.find('/'))
                    .map_or(text.len(), |at| host + at);
                let (host, path) = text.split_at_checked(path).unwrap_or((text, ""));
                format!("{}{path}", host.to_ascii_lowercase())
            }
            Self::GcpKms(text) | Self::HuaweiKms(text) => text.clone(),
        }
    }

    /// Returns the recipient as it was written, which may have signs that speak to a terminal.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Age(text)
            | Self::AgePlugin(text)
            | Self::AgePostQuantum(text)
            | Self::Ssh(text)
            | Self::AwsKms { arn: text, .. }
            | Self::Pgp(text)
            | Self::GcpKms(text)
            | Self::AzureKeyVault(text)
            | Self::Vault(text)
            | Self::HuaweiKms(text) => text,
        }
    }

    /// Returns the right that a recipient stands for: the key, with the role that is assumed for it and the
    /// encryption context that its copy is bound to. Profiles are names on somebody's machine.
    #[must_use]
    pub fn right(&self) -> String {
        let (role, _, context) = self.how();
        let mut right = self.key();
        if let Some(role) = role {
            right.push_str(" with the role ");
            right.push_str(role);
        }
        for (nth, (name, value)) in context.iter().enumerate() {
            right.push_str(if nth == 0 { " with the context " } else { ", " });
            right.push_str(name);
            right.push('=');
            right.push_str(value);
        }
        right.escape_debug().to_string()
    }

    /// Tells whether two recipients are the same key, used in the same way: with the same role, profile
    /// and encryption context.
    #[must_use]
    pub fn same_use(&self, other: &Self) -> bool {
        self.key() == other.key() && self.how() == other.how()
    }

    /// Returns how a key is used, beyond which one it is.
    fn how(&self) -> (Option<&str>, Option<&str>, Vec<&(String, String)>) {
        match self {
            Self::AwsKms {
                role,
                profile,
                context,
                ..
            } => {
                let mut context: Vec<_> = context.iter().collect();
                context.sort();
                (
                    role.as_deref().filter(|text| !text.is_empty()),
                    profile.as_deref().filter(|text| !text.is_empty()),
                    context,
                )
            }
            _ => (None, None, Vec::new()),
        }
    }

    /// Tells whether two recipients are the same key, or could be as far as their names say: an alias of
    /// AWS KMS stands for some key of its account and region.
    #[must_use]
    pub fn may_be(&self, other: &Self) -> bool {
        if self.key() == other.key() {
            return true;
        }
        let (Self::AwsKms { arn: one, .. }, Self::AwsKms { arn: two, .. }) = (self, other) else {
            return false;
        };
        let parts = |arn: &str| arn.splitn(6, ':').map(str::to_owned).collect::<Vec<_>>();
        let (one, two) = (parts(one), parts(two));
        let alias = |arn: &[String]| arn.get(5).is_some_and(|name| name.starts_with("alias/"));
        alias(&one) != alias(&two)
            && one.len() == 6
            && one
                .get(..5)
                .is_some_and(|start| two.get(..5) == Some(start))
    }

    /// Returns what the recipient's holder needs, in words.
    #[must_use]
    pub fn needs(&self) -> String {
        match self {
            Self::Age(_) => "an age identity".to_owned(),
            Self::AgePlugin(text) => {
                format!(
                    "the plugin age-plugin-{}",
                    plugin::name(text).escape_debug()
                )
            }
            Self::AgePostQuantum(_) => {
                "a post-quantum age identity, by the plugin age-plugin-pq".to_owned()
            }
            Self::Ssh(_) => "an SSH private key".to_owned(),
            Self::AwsKms { .. } => "AWS KMS".to_owned(),
            Self::Pgp(_) => "an OpenPGP key, through sops' key service".to_owned(),
            Self::GcpKms(_) => "Google Cloud KMS, through sops' key service".to_owned(),
            Self::AzureKeyVault(_) => "Azure Key Vault, through sops' key service".to_owned(),
            Self::Vault(_) => "a Vault transit key, through sops' key service".to_owned(),
            Self::HuaweiKms(_) => "Huawei Cloud KMS, through sops' key service".to_owned(),
        }
    }

    /// Tells whether a `.sops.yaml` lists both under one name.
    #[must_use]
    pub fn is_listed_with(&self, other: &Self) -> bool {
        let age = |one: &Self| {
            matches!(
                one,
                Self::Age(_) | Self::Ssh(_) | Self::AgePlugin(_) | Self::AgePostQuantum(_)
            )
        };
        std::mem::discriminant(self) == std::mem::discriminant(other) || age(self) && age(other)
    }

    /// Tells whether an age or SSH identity may open this recipient.
    #[must_use]
    pub fn is_age_or_ssh(&self) -> bool {
        matches!(self, Self::Age(_) | Self::Ssh(_))
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.text().escape_debug())
    }
}

/// Takes the address of a key of Azure Key Vault apart: the vault, the name, and the version, which may be
/// empty.
pub(crate) fn azure(url: &str) -> Option<(&str, &str, &str)> {
    let (vault, key) = url.split_once("/keys/")?;
    let (name, version) = key.split_once('/').unwrap_or((key, ""));
    let whole = !vault.is_empty() && !name.is_empty() && !version.contains('/');
    whole.then_some((vault, name, version))
}

/// Takes the address of a transit key of Vault apart: the server, the path of the engine, and the name.
pub(crate) fn vault(url: &str) -> Option<(&str, &str, &str)> {
    let (address, rest) = url.split_once("/v1/")?;
    let (engine, name) = rest.rsplit_once("/keys/")?;
    let whole = !address.is_empty() && !engine.is_empty() && !name.is_empty();
    whole.then_some((address, engine, name))
}

/// One recipient with its encrypted copy of the share.
#[derive(Clone)]
pub struct Stanza {
    /// Whose copy this is.
    pub recipient: Recipient,
    /// The copy, as the file holds it: armored age, or base64.
    pub encrypted: String,
}

/// A group's share of the data key. Zeroed when dropped.
pub type Share = Zeroizing<Vec<u8>>;

/// The outcome of trying one source on one recipient.
pub enum Attempt {
    /// The source has nothing to do with recipients of this kind.
    NotMine,
    /// The source could have opened it and did not.
    Refused(Refusal),
    /// The share.
    Opened(Share),
}

/// The outcome of encrypting a share to one recipient.
pub enum Sealing {
    /// The source has nothing to do with recipients of this kind.
    NotMine,
    /// The source could have done it and did not.
    Refused(Refusal),
    /// The copy, as the file holds it.
    Sealed(String),
}

/// Why a source did not do what it could have done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// As a fragment.
    pub why: String,
    /// The one next step, where there is one.
    pub next: Option<String>,
    /// Whether the user holds something of this family, so that the next step is likelier to help
    /// than looking for a key of another family.
    pub near: bool,
}

impl Refusal {
    /// Says why, as a fragment.
    #[must_use]
    pub fn new(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            next: None,
            near: false,
        }
    }

    /// Adds the one next step.
    #[must_use]
    pub fn next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    /// Says that the user holds something of this family.
    #[must_use]
    pub fn near(mut self) -> Self {
        self.near = true;
        self
    }
}

/// Opens recipients of one family.
pub trait KeySource: Send + Sync {
    /// Tries to open a recipient's copy.
    fn open(&self, stanza: &Stanza) -> Attempt;

    /// Encrypts a share to a recipient.
    fn seal(&self, recipient: &Recipient, share: &[u8]) -> Sealing;

    /// Tells whether [`Self::seal`] would try, as far as that shows without asking anybody.
    fn seals(&self, recipient: &Recipient) -> bool;

    /// Lists the places that were looked at so far and what was there, without secrets.
    fn looked_at(&self) -> Vec<LookedAt>;

    /// Returns a public key of the user's, for the message that says how to be let in.
    fn own_recipient(&self) -> Option<String> {
        None
    }
}

/// One place where an identity was looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookedAt {
    /// A variable or a path.
    pub place: String,
    /// What was there, as a fragment: `not set`, `2 identities`.
    pub found: String,
    /// Whether something there stayed closed for want of a passphrase.
    pub needs_passphrase: bool,
}

/// Looks up a variable of the environment.
pub type Env = Arc<dyn Fn(&str) -> Option<OsString> + Send + Sync>;

/// Asks the user for a passphrase; the argument says for what. `None` when nobody can be asked.
pub type Prompt = Arc<dyn Fn(&str) -> Option<secrecy::SecretString> + Send + Sync>;

/// All key sources of a run.
pub struct Keyring {
    sources: Vec<Box<dyn KeySource>>,
}

impl Keyring {
    /// Builds the keyring that SOPS users have: age and SSH identities from SOPS's own places.
    #[must_use]
    pub fn new(env: Env, prompt: Option<Prompt>) -> Self {
        Self {
            sources: vec![Box::new(age::AgeIdentities::new(env, prompt))],
        }
    }

    /// Builds the keyring of this process: its environment, its AWS credentials for KMS, and the key
    /// services at these addresses, or those that the environment names.
    #[must_use]
    pub fn of_process(prompt: Option<Prompt>, keyservices: &[String]) -> Self {
        let keyring = Self::silent_of_process(prompt);
        #[cfg(all(unix, feature = "keyservice"))]
        let keyring = keyring.with(Box::new(keyservice::KeyService::new(
            Arc::new(|name| std::env::var_os(name)),
            keyservices.to_vec(),
        )));
        #[cfg(not(all(unix, feature = "keyservice")))]
        let _ = keyservices;
        keyring
    }

    /// Builds the same keyring without key services, which may have a program ask somebody.
    #[must_use]
    pub fn silent_of_process(prompt: Option<Prompt>) -> Self {
        let keyring = Self::new(Arc::new(|name| std::env::var_os(name)), prompt);
        keyring.with(Box::new(aws_kms::AwsKms::default()))
    }

    /// Tells whether some source encrypts to such a recipient, as far as that shows without asking
    /// anybody.
    #[must_use]
    pub fn seals(&self, recipient: &Recipient) -> bool {
        self.sources.iter().any(|source| source.seals(recipient))
    }

    /// Adds a source, tried after those already there.
    #[must_use]
    pub fn with(mut self, source: Box<dyn KeySource>) -> Self {
        self.sources.push(source);
        self
    }

    /// Recovers the data key of a file.
    pub(crate) fn data_key(
        &self,
        groups: &[Vec<Stanza>],
        threshold: usize,
    ) -> Result<DataKey, Problem> {
        let mut tried = Vec::new();
        let mut shares = Vec::new();
        let needed = if groups.len() > 1 {
            threshold.max(2)
        } else {
            1
        };
        for group in groups {
            if shares.len() == needed {
                // A further group could only ask for one more passphrase.
                break;
            }
            // Like SOPS: age first, the rest in file order.
            let (age, others): (Vec<_>, Vec<_>) = group
                .iter()
                .partition(|stanza| stanza.recipient.is_age_or_ssh());
            for stanza in age.into_iter().chain(others) {
                match self.open(stanza) {
                    Ok(share) => {
                        shares.push(share);
                        break;
                    }
                    Err(refusal) => tried.push((stanza.recipient.clone(), refusal)),
                }
            }
        }
        if shares.len() < needed {
            return Err(Problem::NoKey(Box::new(NoKey {
                tried,
                looked_at: self
                    .sources
                    .iter()
                    .flat_map(|source| source.looked_at())
                    .collect(),
                groups: (groups.len() > 1).then_some((shares.len(), needed, groups.len())),
                own_recipient: self
                    .sources
                    .iter()
                    .find_map(|source| source.own_recipient()),
            })));
        }
        let key = if groups.len() > 1 {
            shamir::combine(&shares)
                .as_deref()
                .and_then(|bytes| DataKey::new(bytes))
        } else {
            shares.first().and_then(|share| DataKey::new(share))
        };
        key.ok_or(Problem::NotADataKey)
    }

    pub(crate) fn open(&self, stanza: &Stanza) -> Result<Share, Refusal> {
        let mut refused: Option<Refusal> = None;
        for source in &self.sources {
            match source.open(stanza) {
                Attempt::Opened(share) => return Ok(share),
                Attempt::Refused(refusal) => {
                    refused = Some(match refused {
                        None => refusal,
                        Some(earlier) => Refusal {
                            why: format!("{}; {}", earlier.why, refusal.why),
                            next: earlier.next.or(refusal.next),
                            near: earlier.near || refusal.near,
                        },
                    });
                }
                Attempt::NotMine => {}
            }
        }
        Err(refused.unwrap_or_else(|| {
            Refusal::new(format!(
                "needs {}, and no source of such keys is set up",
                stanza.recipient.needs()
            ))
        }))
    }
}

/// Everything a person needs to know when no key opens a file.
#[derive(Debug)]
pub struct NoKey {
    /// Every recipient that was tried, and why it did not open.
    pub tried: Vec<(Recipient, Refusal)>,
    /// Every place that was looked at.
    pub looked_at: Vec<LookedAt>,
    /// With several key groups: how many opened, how many must, how many there are.
    pub groups: Option<(usize, usize, usize)>,
    /// A public key of the user's.
    pub own_recipient: Option<String>,
}

impl NoKey {
    /// Returns the one command that lets the user in.
    pub(crate) fn remedy(&self, file: &str) -> String {
        let file = crate::error::shell_path(file);
        if self.looked_at.iter().any(|place| place.needs_passphrase) && self.own_recipient.is_none()
        {
            return "unlock your identity: run this on a terminal and give its passphrase, or export SOPS_AGE_KEY"
                .to_owned();
        }
        let next = |near: bool| {
            self.tried
                .iter()
                .filter(|(_, refusal)| refusal.near == near)
                .find_map(|(_, refusal)| refusal.next.clone())
        };
        if let Some(next) = next(true) {
            return next;
        }
        let usable = self
            .tried
            .iter()
            .any(|(recipient, _)| recipient.is_age_or_ssh());
        // Some of the groups are the user's: nobody can let them into more than the rules say.
        if let Some((opened @ 1.., needed, _)) = self.groups {
            return format!(
                "you open {opened} of the {needed} that are needed; get the identity of another group's member besides (`export SOPS_AGE_KEY_FILE=/path/to/keys.txt`, a file with both), or have somebody run it who has them"
            );
        }
        match &self.own_recipient {
            Some(own) => {
                format!(
                    "ask someone who can read it to run `tollgate secrets grant '{own}' {file}`"
                )
            }
            None if usable => {
                let point =
                    "point to your age identities: `export SOPS_AGE_KEY_FILE=/path/to/keys.txt`";
                match next(false) {
                    Some(next) => format!("{next}; or {point}"),
                    None => point.to_owned(),
                }
            }
            None => next(false).unwrap_or_else(|| {
                format!(
                    "no recipient is an age or SSH key; ask someone who can read it to run \
                 `tollgate secrets grant YOUR_AGE_RECIPIENT {file}`"
                )
            }),
        }
    }
}

impl NoKey {
    /// Returns the next step for a file that nobody lets others into later, such as a bundle.
    pub(crate) fn next_step(&self) -> Option<String> {
        if self.looked_at.iter().any(|place| place.needs_passphrase) && self.own_recipient.is_none()
        {
            return Some(
                "unlock your identity: run this on a terminal and give its passphrase, or export SOPS_AGE_KEY"
                    .to_owned(),
            );
        }
        let next = |near: bool| {
            let refusals = self.tried.iter().map(|(_, refusal)| refusal);
            let mut wanted = refusals.filter(|refusal| refusal.near == near);
            wanted.find_map(|refusal| refusal.next.clone())
        };
        let usable = self
            .tried
            .iter()
            .any(|(recipient, _)| recipient.is_age_or_ssh());
        next(true)
            .or_else(|| {
                usable.then(|| {
                    "point to the identity of one of them: `export SOPS_AGE_KEY_FILE=/path/to/keys.txt`"
                        .to_owned()
                })
            })
            .or_else(|| next(false))
    }
}

impl fmt::Display for NoKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.groups {
            Some((opened, needed, all)) => {
                write!(
                    f,
                    "{opened} of {all} key groups opened, {needed} are needed"
                )?;
            }
            None => f.write_str("none of your keys opens it")?,
        }
        f.write_str("\n  recipients:")?;
        for (recipient, refusal) in &self.tried {
            write!(f, "\n    {recipient}: {}", refusal.why)?;
        }
        if !self.looked_at.is_empty() {
            f.write_str("\n  looked for identities in:")?;
        }
        for place in &self.looked_at {
            write!(f, "\n    {}: {}", place.place, place.found)?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_itself_and_not_its_spelling() {
        let one = |text: &str| Recipient::parse(text).unwrap();
        for (a, b, same) in [
            ("ssh-ed25519 AAAA anna@home", "ssh-ed25519 AAAA", true),
            (
                "ssh-ed25519 AAAA  anna",
                "ssh-ed25519   AAAA other comment",
                true,
            ),
            ("ssh-ed25519 AAAA", "ssh-ed25519 AAAB", false),
            ("ssh-ed25519 AAAA", "ssh-rsa AAAA", false),
            ("age1qqq", "AGE1QQQ", true),
            (
                "arn:aws:kms:eu-west-1:1:key/mrk-a",
                "arn:aws:kms:us-east-1:1:key/mrk-a",
                true,
            ),
            (
                "arn:aws:kms:eu-west-1:1:key/mrk-a",
                "arn:aws:kms:us-east-1:2:key/mrk-a",
                false,
            ),
            (
                "arn:aws:kms:eu-west-1:1:key/a",
                "arn:aws:kms:us-east-1:1:key/a",
                false,
            ),
        ] {
            assert_eq!(one(a).key() == one(b).key(), same, "{a} {b}");
        }
        for (a, b, may) in [
            (
                "arn:aws:kms:eu-west-1:1:alias/x",
                "arn:aws:kms:eu-west-1:1:key/a",
                true,
            ),
            (
                "arn:aws:kms:eu-west-1:1:key/a",
                "arn:aws:kms:eu-west-1:1:alias/x",
                true,
            ),
            (
                "arn:aws:kms:eu-west-1:1:alias/x",
                "arn:aws:kms:eu-west-2:1:key/a",
                false,
            ),
            (
                "arn:aws:kms:eu-west-1:1:alias/x",
                "arn:aws:kms:eu-west-1:2:key/a",
                false,
            ),
            (
                "arn:aws:kms:eu-west-1:1:alias/x",
                "arn:aws:kms:eu-west-1:1:alias/y",
                false,
            ),
            (
                "arn:aws:kms:eu-west-1:1:key/a",
                "arn:aws:kms:eu-west-1:1:key/b",
                false,
            ),
        ] {
            assert_eq!(one(a).may_be(&one(b)), may, "{a} {b}");
        }
    }

    #[test]
    fn every_kind_of_key_is_taken_as_configurations_write_it() {
        let fingerprint = "0123456789abcdef0123456789ABCDEF01234567";
        for (text, expected) in [
            (fingerprint, Some(fingerprint)),
            (
                "0123 4567 89AB CDEF 0123  4567 89AB CDEF 0123 4567",
                Some("0123456789ABCDEF0123456789ABCDEF01234567"),
            ),
            ("0123456789abcdef", None),
            (
                "projects/p/locations/global/keyRings/r/cryptoKeys/k",
                Some("projects/p/locations/global/keyRings/r/cryptoKeys/k"),
            ),
            ("projects/p", None),
            (
                "https://V.vault.azure.net/keys/k/1",
                Some("https://v.vault.azure.net/keys/k"),
            ),
            (
                "https://v:8200/v1/transit/keys/k/",
                Some("https://v:8200/v1/transit/keys/k"),
            ),
            ("https://v:8200/v1/transit/keys/k/1", None),
            ("https://example.com", None),
            ("nobody", None),
        ] {
            let key = Recipient::parse(text).map(|one| one.key());
            let expected = expected.map(|text| match text.len() {
                40 => text.to_ascii_uppercase(),
                _ => text.to_owned(),
            });
            assert_eq!(key, expected, "{text}");
        }
    }

    #[test]
    fn roles_and_contexts_are_rights_and_profiles_are_not() {
        let kms = |role: Option<&str>, profile: Option<&str>, context: &[(&str, &str)]| {
            Recipient::AwsKms {
                arn: "arn:aws:kms:eu-west-1:1:key/a".to_owned(),
                role: role.map(str::to_owned),
                profile: profile.map(str::to_owned),
                context: context
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                    .collect(),
            }
        };
        let plain = kms(None, None, &[]);
        for (other, same) in [
            (kms(None, Some("dev"), &[]), true),
            (kms(Some(""), None, &[]), true),
            (kms(Some("arn:aws:iam::1:role/r"), None, &[]), false),
            (kms(None, None, &[("App", "x")]), false),
        ] {
            assert_eq!(plain.right() == other.right(), same);
        }
        assert_eq!(
            kms(None, None, &[("a", "1"), ("b", "2")]).right(),
            kms(None, None, &[("b", "2"), ("a", "1")]).right()
        );
    }
}
