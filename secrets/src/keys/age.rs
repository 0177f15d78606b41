//! age and SSH identities, from the places where SOPS looks for them.
//!
//! Places are looked at in this order and only as far as needed, so that nobody is asked for a
//! passphrase when an earlier place already opens the file: `SOPS_AGE_KEY`, `SOPS_AGE_KEY_FILE`,
//! `SOPS_AGE_KEY_CMD`, `SOPS_AGE_SSH_PRIVATE_KEY_FILE`, `SOPS_AGE_SSH_PRIVATE_KEY_CMD`, the
//! `sops/age/keys.txt` of the user's configuration directory, `~/.ssh/id_ed25519`, `~/.ssh/id_rsa`.

use super::plugin::{self, PluginIdentity};
use super::ssh::SshIdentity;
use super::{
    Attempt, Env, KeySource, LookedAt, Prompt, Recipient, Refusal, Sealing, Share, Stanza,
};
use ::age::armor::{ArmoredReader, ArmoredWriter, Format as Armor};
use ::age::{Callbacks, DecryptError, Decryptor, EncryptError, Encryptor, Identity, ssh, x25519};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroizing;

/// What a file of identities may occupy, in bytes.
const IDENTITY_FILE_LIMIT: u64 = 1 << 20;
/// What an encrypted copy of a data key may decrypt to, in bytes; SOPS writes 32 or 33.
const SHARE_LIMIT: u64 = 256;
/// What the list of an age file's recipients may occupy, in bytes.
const HEADER_LIMIT: u64 = 64 << 10;
/// The scrypt work (a power of two) that a passphrase may cost; age's own tool writes 18.
const MAX_SCRYPT_WORK: u8 = 20;

/// A new age identity. Holds a private key: no `Debug`.
pub struct NewIdentity {
    /// The public key, by which others encrypt to it.
    pub recipient: String,
    /// A file as SOPS and age read it; under a passphrase if one was given.
    pub file: Zeroizing<Vec<u8>>,
}

/// Makes a new X25519 identity; under a passphrase where one is given.
///
/// # Errors
/// When it cannot be encrypted, which is a bug of age.
pub fn generate(passphrase: Option<Zeroizing<String>>) -> io::Result<NewIdentity> {
    use secrecy::ExposeSecret as _;
    let identity = x25519::Identity::generate();
    let recipient = identity.to_public().to_string();
    let mut text = Zeroizing::new(Vec::with_capacity(512));
    text.extend_from_slice(format!("# public key: {recipient}\n").as_bytes());
    text.extend_from_slice(identity.to_string().expose_secret().as_bytes());
    text.push(b'\n');
    let Some(passphrase) = passphrase else {
        return Ok(NewIdentity {
            recipient,
            file: text,
        });
    };
    let encryptor = Encryptor::with_user_passphrase(passphrase.to_string().into());
    let mut writer =
        encryptor.wrap_output(ArmoredWriter::wrap_output(Vec::new(), Armor::AsciiArmor)?)?;
    writer.write_all(&text)?;
    let file = Zeroizing::new(writer.finish()?.finish()?);
    Ok(NewIdentity { recipient, file })
}

/// Why a key under a passphrase stayed closed.
const NO_TERMINAL: &str = "needs a passphrase, and there is no terminal to ask on";
/// The next step then, where it is the right key.
const UNLOCK_SSH: &str = "it is your key: run this on a terminal and give its passphrase";

/// The identities of the user.
pub struct AgeIdentities {
    env: Env,
    prompt: Option<Prompt>,
    /// Per place, what was there; a command's answer may depend on the recipient.
    loaded: Mutex<BTreeMap<(Place, Option<String>), Loaded>>,
}

/// One place, in the order of looking.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Key,
    KeyFile,
    KeyCommand,
    SshFile,
    SshCommand,
    UserFile,
    SshEd25519,
    SshRsa,
}

const PLACES: [Place; 8] = [
    Place::Key,
    Place::KeyFile,
    Place::KeyCommand,
    Place::SshFile,
    Place::SshCommand,
    Place::UserFile,
    Place::SshEd25519,
    Place::SshRsa,
];

enum Loaded {
    /// Nothing there, or nothing usable; why.
    Nothing(String),
    Identities(Vec<OwnIdentity>),
}

enum OwnIdentity {
    X25519(x25519::Identity),
    Ssh(Box<SshIdentity>),
    /// A key behind a plugin.
    Plugin(PluginIdentity),
    /// A file of identities under a passphrase, with its bytes.
    Protected(Zeroizing<Vec<u8>>),
    /// Such a file that did not open; why.
    Locked(String),
    /// Something Tollgate knows and cannot use.
    Unusable(&'static str),
}

impl AgeIdentities {
    /// Takes the environment to look in, and how to ask for a passphrase.
    #[must_use]
    pub fn new(env: Env, prompt: Option<Prompt>) -> Self {
        Self {
            env,
            prompt,
            loaded: Mutex::new(BTreeMap::new()),
        }
    }

    fn path(&self, place: Place) -> Option<PathBuf> {
        let home = || {
            (self.env)("HOME")
                .or_else(|| (self.env)("USERPROFILE"))
                .filter(|home| !home.is_empty())
        };
        match place {
            Place::KeyFile => (self.env)("SOPS_AGE_KEY_FILE").map(PathBuf::from),
            Place::SshFile => (self.env)("SOPS_AGE_SSH_PRIVATE_KEY_FILE").map(PathBuf::from),
            Place::UserFile => {
                let xdg = (self.env)("XDG_CONFIG_HOME")
                    .filter(|path| !path.is_empty())
                    .map(PathBuf::from);
                let directory = if cfg!(windows) {
                    (self.env)("AppData").map(PathBuf::from)
                } else if cfg!(target_os = "macos") {
                    xdg.or_else(|| {
                        home().map(|home| PathBuf::from(home).join("Library/Application Support"))
                    })
                } else {
                    xdg.or_else(|| home().map(|home| PathBuf::from(home).join(".config")))
                };
                directory.map(|directory| directory.join("sops").join("age").join("keys.txt"))
            }
            Place::SshEd25519 => {
                home().map(|home| PathBuf::from(home).join(".ssh").join("id_ed25519"))
            }
            Place::SshRsa => home().map(|home| PathBuf::from(home).join(".ssh").join("id_rsa")),
            Place::Key | Place::KeyCommand | Place::SshCommand => None,
        }
    }

    fn name(&self, place: Place) -> String {
        let variable = match place {
            Place::Key => "SOPS_AGE_KEY",
            Place::KeyFile => "SOPS_AGE_KEY_FILE",
            Place::KeyCommand => "SOPS_AGE_KEY_CMD",
            Place::SshFile => "SOPS_AGE_SSH_PRIVATE_KEY_FILE",
            Place::SshCommand => "SOPS_AGE_SSH_PRIVATE_KEY_CMD",
            Place::UserFile => "sops/age/keys.txt of the configuration directory",
            Place::SshEd25519 => "~/.ssh/id_ed25519",
            Place::SshRsa => "~/.ssh/id_rsa",
        };
        match (place, self.path(place)) {
            (Place::KeyFile | Place::SshFile, Some(path)) => {
                format!("{variable} ({})", path.display())
            }
            (_, Some(path)) => path.display().to_string(),
            (_, None) => variable.to_owned(),
        }
    }

    fn load(&self, place: Place, recipient: &str) -> Loaded {
        let result = match place {
            Place::Key => match (self.env)("SOPS_AGE_KEY") {
                None => Err("not set".to_owned()),
                Some(text) => {
                    let text = Zeroizing::new(text.into_encoded_bytes());
                    parse_identities(unquoted(&text), true)
                }
            },
            Place::KeyFile | Place::UserFile => match self.path(place) {
                None => Err("not set".to_owned()),
                Some(path) => read_file(&path).and_then(|bytes| parse_identities(&bytes, false)),
            },
            Place::KeyCommand => self
                .run("SOPS_AGE_KEY_CMD", recipient)
                .and_then(|output| parse_identities(&output, false)),
            Place::SshFile | Place::SshEd25519 | Place::SshRsa => match self.path(place) {
                None => Err("not set".to_owned()),
                Some(path) => read_file(&path)
                    .and_then(|bytes| parse_ssh(&bytes, &path.display().to_string())),
            },
            Place::SshCommand => self
                .run("SOPS_AGE_SSH_PRIVATE_KEY_CMD", recipient)
                .and_then(|output| parse_ssh(&output, "the key of SOPS_AGE_SSH_PRIVATE_KEY_CMD")),
        };
        match result {
            Ok(identities) => Loaded::Identities(identities),
            Err(why) => Loaded::Nothing(why),
        }
    }

    /// Runs the command that a variable holds and returns what it prints.
    fn run(&self, variable: &str, recipient: &str) -> Result<Zeroizing<Vec<u8>>, String> {
        let line = (self.env)(variable).ok_or("not set")?;
        let line = line.to_str().ok_or("not UTF-8")?;
        let words = split_words(line).ok_or("a command with an unclosed quote")?;
        let (program, arguments) = words.split_first().ok_or("set, but empty")?;
        let mut child = Command::new(program)
            .args(arguments)
            .env("SOPS_AGE_RECIPIENT", recipient)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| {
                format!(
                    "its command does not start: {}",
                    crate::error::in_words(error.kind())
                )
            })?;
        let mut output = Zeroizing::new(Vec::with_capacity(4096));
        let read = child
            .stdout
            .take()
            .map(|stdout| stdout.take(IDENTITY_FILE_LIMIT).read_to_end(&mut output));
        let status = child.wait().map_err(|error| {
            format!(
                "its command was lost: {}",
                crate::error::in_words(error.kind())
            )
        })?;
        if !status.success() {
            return Err(format!("its command failed ({status})"));
        }
        match read {
            Some(Ok(_)) => Ok(output),
            _ => Err("its command's output cannot be read".to_owned()),
        }
    }

    /// Tries the identities of one place.
    fn try_identities(
        &self,
        identities: &[OwnIdentity],
        place: &str,
        stanza: &Stanza,
    ) -> Result<Share, Vec<String>> {
        let mut refusals = Vec::new();
        let by_plugin = !stanza.recipient.is_age_or_ssh();
        for identity in identities {
            let outcome = match identity {
                // Were it to open for one of these, the name would be wrong.
                OwnIdentity::X25519(_) | OwnIdentity::Ssh(_) if by_plugin => Outcome::NoMatch,
                OwnIdentity::X25519(identity) => labelled(
                    decrypt(&stanza.encrypted, identity),
                    &identity.to_public().to_string(),
                    &stanza.recipient,
                ),
                OwnIdentity::Ssh(identity) if identity.is_encrypted() => {
                    let Recipient::Ssh(recipient) = &stanza.recipient else {
                        continue;
                    };
                    if !identity.is_named_by(recipient) {
                        continue;
                    }
                    if self.prompt.is_none() {
                        refusals.push(format!("{place} {NO_TERMINAL}"));
                        continue;
                    }
                    let callbacks = Ask(self.prompt.clone(), place.to_owned());
                    match decrypt(
                        &stanza.encrypted,
                        &identity.key.clone().with_callbacks(callbacks),
                    ) {
                        Outcome::NoMatch => {
                            Outcome::Failed(format!("the passphrase for {place} was not given"))
                        }
                        Outcome::Failed(_) => {
                            Outcome::Failed(format!("the passphrase for {place} is wrong"))
                        }
                        opened @ Outcome::Opened(_) => opened,
                    }
                }
                OwnIdentity::Ssh(identity) => labelled(
                    decrypt(&stanza.encrypted, &identity.key),
                    identity.public.as_deref().unwrap_or_default(),
                    &stanza.recipient,
                ),
                OwnIdentity::Plugin(identity) => {
                    let (Recipient::AgePlugin(recipient) | Recipient::AgePostQuantum(recipient)) =
                        &stanza.recipient
                    else {
                        continue;
                    };
                    if !identity.may_be(recipient) {
                        continue;
                    }
                    match identity.open(&stanza.encrypted, self.prompt.as_ref()) {
                        Some(Ok(share)) => Outcome::Opened(share),
                        Some(Err(why)) => Outcome::Failed(why),
                        None => Outcome::NoMatch,
                    }
                }
                OwnIdentity::Locked(why) => Outcome::Failed(why.clone()),
                OwnIdentity::Protected(_) | OwnIdentity::Unusable(_) => Outcome::NoMatch,
            };
            match outcome {
                Outcome::Opened(share) => return Ok(share),
                Outcome::Failed(why) => refusals.push(why),
                Outcome::NoMatch => {}
            }
        }
        Err(refusals)
    }

    /// Replaces protected files by what is in them, so that each passphrase is asked for once.
    fn unlock_all(&self, identities: &mut Vec<OwnIdentity>, place: &str) {
        for identity in std::mem::take(identities) {
            match identity {
                OwnIdentity::Protected(bytes) => match self.unlock(&bytes, place) {
                    Ok(unlocked) => identities.extend(unlocked),
                    Err(why) => identities.push(OwnIdentity::Locked(why)),
                },
                other => identities.push(other),
            }
        }
    }

    fn unlock(&self, bytes: &[u8], place: &str) -> Result<Vec<OwnIdentity>, String> {
        let prompt = self.prompt.as_ref().ok_or_else(|| {
            format!("{place} needs a passphrase, and there is no terminal to ask on")
        })?;
        let passphrase =
            prompt(place).ok_or_else(|| format!("the passphrase for {place} was not given"))?;
        let decryptor = Decryptor::new_buffered(ArmoredReader::new(bytes))
            .map_err(|_| format!("{place} is a damaged age file"))?;
        let mut identity = ::age::scrypt::Identity::new(passphrase);
        identity.set_max_work_factor(MAX_SCRYPT_WORK);
        let reader = decryptor
            .decrypt(std::iter::once(&identity as &dyn Identity))
            .map_err(|_| format!("the passphrase for {place} is wrong"))?;
        let mut plaintext = Zeroizing::new(Vec::with_capacity(4096));
        reader
            .take(IDENTITY_FILE_LIMIT)
            .read_to_end(&mut plaintext)
            .map_err(|_| format!("{place} is a damaged age file"))?;
        // One layer only: a passphrase inside a passphrase would ask again without end.
        let identities = parse_identities(&plaintext, false)?;
        Ok(identities
            .into_iter()
            .filter(|identity| !matches!(identity, OwnIdentity::Protected(_)))
            .collect())
    }
}

impl KeySource for AgeIdentities {
    fn open(&self, stanza: &Stanza) -> Attempt {
        let (Recipient::Age(recipient)
        | Recipient::Ssh(recipient)
        | Recipient::AgePlugin(recipient)
        | Recipient::AgePostQuantum(recipient)) = &stanza.recipient
        else {
            return Attempt::NotMine;
        };
        let by_plugin = !stanza.recipient.is_age_or_ssh();
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        let mut refusals = Vec::new();
        for place in PLACES {
            let per_recipient =
                matches!(place, Place::KeyCommand | Place::SshCommand).then(|| recipient.clone());
            let found = loaded
                .entry((place, per_recipient))
                .or_insert_with(|| self.load(place, recipient));
            if let Loaded::Identities(identities) = found {
                let name = self.name(place);
                self.unlock_all(identities, &name);
                match self.try_identities(identities, &name, stanza) {
                    Ok(share) => return Attempt::Opened(share),
                    Err(mut why) => refusals.append(&mut why),
                }
            }
        }
        if refusals.is_empty() && by_plugin {
            let name = plugin::name(recipient).escape_debug().to_string();
            let identity = name.to_ascii_uppercase();
            return Attempt::Refused(
                Refusal::new(format!(
                    "needs {}, and none of your identities opens it",
                    stanza.recipient.needs()
                ))
                .next(format!(
                    "put the identity of age-plugin-{name} (AGE-PLUGIN-{identity}-1…) into the file that SOPS_AGE_KEY_FILE names"
                )),
            );
        }
        if refusals.is_empty() {
            refusals.push("none of your identities is this recipient".to_owned());
        }
        let refusal = Refusal::new(refusals.join("; "));
        Attempt::Refused(
            if refusal.why.contains(NO_TERMINAL) && recipient.starts_with("ssh-") {
                // The key is the right one; nobody has to be let in.
                refusal.next(UNLOCK_SSH).near()
            } else {
                refusal
            },
        )
    }

    fn seal(&self, recipient: &Recipient, share: &[u8]) -> Sealing {
        let sealed = match recipient {
            Recipient::AgePlugin(text) | Recipient::AgePostQuantum(text) => {
                return match plugin::seal(text, share, self.prompt.as_ref()) {
                    Ok(sealed) => Sealing::Sealed(sealed),
                    Err(refusal) => Sealing::Refused(refusal),
                };
            }
            Recipient::Age(text) => match text.parse::<x25519::Recipient>() {
                Ok(recipient) => encrypt(&recipient, share),
                Err(_) => {
                    return Sealing::Refused(
                        Refusal::new("it is not an age recipient")
                            .next("give the whole public key: `age-keygen -y KEYFILE` prints it"),
                    );
                }
            },
            Recipient::Ssh(text) => match text.parse::<ssh::Recipient>() {
                Ok(recipient) => encrypt(&recipient, share),
                Err(_) => {
                    return Sealing::Refused(Refusal::new(
                        "it is not an SSH public key of type ed25519 or RSA",
                    ));
                }
            },
            _ => return Sealing::NotMine,
        };
        sealed.map_or_else(
            |_| Sealing::Refused(Refusal::new("age does not encrypt to it")),
            Sealing::Sealed,
        )
    }

    fn seals(&self, recipient: &Recipient) -> bool {
        match recipient {
            Recipient::AgePlugin(text) | Recipient::AgePostQuantum(text) => {
                plugin::is_installed(text)
            }
            other => other.is_age_or_ssh(),
        }
    }

    fn looked_at(&self) -> Vec<LookedAt> {
        let loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = Vec::new();
        for ((place, _), found) in loaded.iter() {
            let looked = LookedAt {
                place: self.name(*place),
                found: match found {
                    Loaded::Nothing(why) => why.clone(),
                    Loaded::Identities(identities) => describe(identities),
                },
                needs_passphrase: is_locked(found),
            };
            if !all.contains(&looked) {
                all.push(looked);
            }
        }
        all
    }

    fn own_recipient(&self) -> Option<String> {
        let loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        loaded.values().find_map(|found| match found {
            Loaded::Nothing(_) => None,
            Loaded::Identities(identities) => {
                identities.iter().find_map(|identity| match identity {
                    OwnIdentity::X25519(identity) => Some(identity.to_public().to_string()),
                    OwnIdentity::Ssh(identity) => identity.public.clone(),
                    OwnIdentity::Plugin(_)
                    | OwnIdentity::Protected(_)
                    | OwnIdentity::Locked(_)
                    | OwnIdentity::Unusable(_) => None,
                })
            }
        })
    }
}

/// Tells whether a passphrase is missing, rather than a key.
fn is_locked(found: &Loaded) -> bool {
    let Loaded::Identities(identities) = found else {
        return false;
    };
    identities.iter().any(|identity| match identity {
        OwnIdentity::Protected(_) | OwnIdentity::Locked(_) => true,
        OwnIdentity::Ssh(identity) => identity.is_encrypted(),
        OwnIdentity::X25519(_) | OwnIdentity::Plugin(_) | OwnIdentity::Unusable(_) => false,
    })
}

fn describe(identities: &[OwnIdentity]) -> String {
    if identities.is_empty() {
        return "no identity in it".to_owned();
    }
    let kinds: Vec<String> = identities
        .iter()
        .map(|identity| match identity {
            OwnIdentity::X25519(identity) => identity.to_public().to_string(),
            OwnIdentity::Ssh(identity) => identity
                .public
                .clone()
                .unwrap_or_else(|| "an SSH key".to_owned()),
            OwnIdentity::Plugin(identity) => {
                format!("an identity of age-plugin-{}", identity.plugin())
            }
            OwnIdentity::Protected(_) | OwnIdentity::Locked(_) => {
                "identities under a passphrase".to_owned()
            }
            OwnIdentity::Unusable(what) => (*what).to_owned(),
        })
        .collect();
    kinds.join(", ")
}

/// Believes no label: what opened has to be the recipient that the file names. Otherwise whoever writes
/// a file could have it say that one key reads it while another one does.
fn labelled(outcome: Outcome, own: &str, recipient: &Recipient) -> Outcome {
    match outcome {
        Outcome::Opened(_) if Recipient::age(own).key() != recipient.key() => {
            Outcome::Failed(format!(
                "its copy of the data key opens for {own} and not for whom the file names: the name was changed"
            ))
        }
        outcome => outcome,
    }
}

/// Tells whether a copy of a data key is for whom the file names, as far as that can be told without
/// a key: it is for one recipient, of the right type, and an SSH key's tag is that key's.
pub(crate) fn is_as_labelled(stanza: &Stanza) -> bool {
    if !matches!(
        stanza.recipient,
        Recipient::Age(_)
            | Recipient::AgePlugin(_)
            | Recipient::AgePostQuantum(_)
            | Recipient::Ssh(_)
    ) {
        return true;
    }
    // What cannot be read opens for nobody, and is named where it is opened.
    let Some(header) = header(&stanza.encrypted) else {
        return true;
    };
    let readers: Vec<&Vec<String>> = header
        .iter()
        // Writers of age add one that means nothing, so that readers pass over what they do not know.
        .filter(|reader| !reader.first().is_some_and(|tag| tag.ends_with("-grease")))
        .collect();
    let is_known = |reader: &&&Vec<String>| {
        let tag = reader.first().map(String::as_str);
        matches!(tag, Some("X25519" | "ssh-ed25519" | "ssh-rsa" | "scrypt"))
    };
    match &stanza.recipient {
        Recipient::Age(_) => {
            matches!(readers.as_slice(), [one] if one.first().is_some_and(|tag| tag == "X25519"))
        }
        Recipient::Ssh(text) => {
            let mut words = text.split_whitespace();
            let (kind, key) = (words.next(), words.next().and_then(ssh_tag));
            matches!(
                readers.as_slice(),
                [one] if one.first().map(String::as_str) == kind && one.get(1) == key.as_ref()
            )
        }
        _ => !readers.is_empty() && !readers.iter().any(|reader| is_known(&reader)),
    }
}

/// Returns how age names an SSH key: the beginning of its digest.
fn ssh_tag(key: &str) -> Option<String> {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
    use sha2::Digest as _;
    let key = STANDARD.decode(key).ok()?;
    let digest = sha2::Sha256::digest(key);
    Some(STANDARD_NO_PAD.encode(digest.get(..4)?))
}

/// Reads for whom an age file is: type and arguments of every recipient. None for what is no age file.
fn header(encrypted: &str) -> Option<Vec<Vec<String>>> {
    let mut bytes = Vec::new();
    ArmoredReader::new(encrypted.trim().as_bytes())
        .take(HEADER_LIMIT)
        .read_to_end(&mut bytes)
        .ok()?;
    let mut readers = Vec::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        if line.starts_with(b"---") {
            return Some(readers);
        }
        if let Some(reader) = line.strip_prefix(b"-> ") {
            let reader = std::str::from_utf8(reader).ok()?;
            readers.push(reader.split(' ').map(str::to_owned).collect());
        }
    }
    None
}

pub(super) enum Outcome {
    Opened(Share),
    NoMatch,
    Failed(String),
}

pub(super) fn decrypt(encrypted: &str, identity: &dyn Identity) -> Outcome {
    let damaged = || Outcome::Failed("its copy of the data key is damaged".to_owned());
    // age's armor wants its end marker to be the end.
    let Ok(decryptor) = Decryptor::new_buffered(ArmoredReader::new(encrypted.trim().as_bytes()))
    else {
        return damaged();
    };
    match decryptor.decrypt(std::iter::once(identity)) {
        Ok(reader) => {
            let mut share = Zeroizing::new(Vec::with_capacity(64));
            match reader.take(SHARE_LIMIT).read_to_end(&mut share) {
                Ok(_) => Outcome::Opened(share),
                Err(_) => damaged(),
            }
        }
        Err(DecryptError::NoMatchingKeys) => Outcome::NoMatch,
        Err(DecryptError::Plugin(errors)) => Outcome::Failed(plugin::said(&errors)),
        Err(_) => damaged(),
    }
}

/// Encrypts a share as sops does: armored, in memory.
pub(super) fn encrypt(
    recipient: &dyn ::age::Recipient,
    share: &[u8],
) -> Result<String, EncryptError> {
    let encryptor = Encryptor::with_recipients(std::iter::once(recipient))?;
    let mut writer =
        encryptor.wrap_output(ArmoredWriter::wrap_output(Vec::new(), Armor::AsciiArmor)?)?;
    writer.write_all(share)?;
    let armored = writer.finish()?.finish()?;
    String::from_utf8(armored).map_err(|_| io::Error::from(ErrorKind::InvalidData).into())
}

fn read_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    let file = std::fs::File::open(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => "no such file".to_owned(),
        kind => format!("cannot be read: {kind}"),
    })?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(8192));
    file.take(IDENTITY_FILE_LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("cannot be read: {}", crate::error::in_words(error.kind())))?;
    if bytes.len() as u64 > IDENTITY_FILE_LIMIT {
        return Err("too large for a file of identities".to_owned());
    }
    Ok(bytes)
}

fn parse_ssh(bytes: &[u8], place: &str) -> Result<Vec<OwnIdentity>, String> {
    let identity = SshIdentity::parse(bytes, place).map_err(|error| error.to_string())?;
    Ok(vec![OwnIdentity::Ssh(Box::new(identity))])
}

/// Takes off the quotes that `docker --env-file` and others hand over as a part of a variable.
fn unquoted(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii();
    match text {
        [b'"', inner @ .., b'"'] | [b'\'', inner @ .., b'\''] => inner,
        _ => text,
    }
}

/// Reads identities, one per line; in the variable several may share a line.
fn parse_identities(bytes: &[u8], several_per_line: bool) -> Result<Vec<OwnIdentity>, String> {
    if bytes.starts_with(b"age-encryption") || bytes.starts_with(b"-----BEGIN AGE") {
        return Ok(vec![OwnIdentity::Protected(Zeroizing::new(bytes.to_vec()))]);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "not UTF-8")?;
    let mut identities = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let words: Vec<&str> = if several_per_line {
            line.split_whitespace().collect()
        } else {
            vec![line.trim_end()]
        };
        for word in words {
            identities.push(if word.starts_with("AGE-PLUGIN-") {
                match PluginIdentity::parse(word) {
                    Some(identity) => OwnIdentity::Plugin(identity),
                    None => OwnIdentity::Unusable("a damaged identity of a plugin"),
                }
            } else if word.starts_with("AGE-SECRET-KEY-PQ-1") {
                OwnIdentity::Unusable("a post-quantum identity, which Tollgate cannot use yet")
            } else {
                OwnIdentity::X25519(word.parse().map_err(|_| {
                    let what = if word.starts_with("age1") || word.starts_with("ssh-") {
                        "holds a public key, where the private one belongs"
                    } else if word.starts_with(['"', '\'']) {
                        "begins with a quote, which is no part of an age identity"
                    } else {
                        "holds no age identity"
                    };
                    format!("line {} {what}", number + 1)
                })?)
            });
        }
    }
    Ok(identities)
}

/// Splits a command line into words; quotes and backslashes as in a shell, nothing is expanded.
fn split_words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next()? {
                        '\'' => break,
                        inner => word.push(inner),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next()? {
                        '"' => break,
                        '\\' => word.push(characters.next()?),
                        inner => word.push(inner),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(characters.next()?),
            space if space.is_whitespace() => words.extend(word.take()),
            plain => word.get_or_insert_default().push(plain),
        }
    }
    words.extend(word);
    Some(words)
}

/// Forwards age's question for a passphrase.
#[derive(Clone)]
struct Ask(Option<Prompt>, String);

impl Callbacks for Ask {
    fn display_message(&self, _: &str) {}

    fn confirm(&self, _: &str, _: &str, _: Option<&str>) -> Option<bool> {
        None
    }

    fn request_public_string(&self, _: &str) -> Option<String> {
        None
    }

    fn request_passphrase(&self, _: &str) -> Option<SecretString> {
        self.0.as_ref().and_then(|prompt| prompt(&self.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_split_like_a_shell_without_expansion() {
        for (line, expected) in [
            ("pass show age", Some(vec!["pass", "show", "age"])),
            (
                "  a  'b c' \"d \\\" e\" f\\ g ''",
                Some(vec!["a", "b c", "d \" e", "f g", ""]),
            ),
            ("echo $HOME", Some(vec!["echo", "$HOME"])),
            ("", Some(vec![])),
            ("a 'b", None),
            ("a \\", None),
        ] {
            let words = split_words(line);
            assert_eq!(
                words,
                expected.map(|words| words.into_iter().map(str::to_owned).collect()),
                "{line}"
            );
        }
    }
}
