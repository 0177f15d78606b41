//! Keys behind age plugins: programs named `age-plugin-NAME`, which hold a key or talk to the hardware that
//! does.
//!
//! A plugin is run only where an identity of the user's own names it, or where a value is encrypted to its
//! recipient: no file alone has one run. Which recipient an identity is, only the plugin knows, so that a
//! label of such a file cannot be compared with the key that opened it.

use super::{Prompt, Refusal, Share};
use ::age::Callbacks;
use ::age::plugin::{Identity, IdentityPluginV1, Recipient, RecipientPluginV1};
use secrecy::SecretString;
use std::io::Write as _;
use std::sync::mpsc;
use std::time::Duration;

/// For one run of a plugin: somebody may have to find a key and to touch it.
const TIMEOUT: Duration = Duration::from_secs(120);
/// What is shown of what a plugin says, in characters.
const MESSAGE_LIMIT: usize = 300;
/// The variable by which the age library prints all that it tells a plugin, keys included.
const DEBUG: &str = "AGEDEBUG";

/// Returns the name in a plugin's recipient, `yubikey` of `age1yubikey1…`.
pub(super) fn name(recipient: &str) -> &str {
    recipient
        .strip_prefix("age1")
        .and_then(|rest| rest.rsplit_once('1'))
        .map_or("", |(name, _)| name)
}

/// An identity of a plugin. No `Debug`: it may hold a key.
pub(super) struct PluginIdentity(Identity);

impl PluginIdentity {
    /// Reads `AGE-PLUGIN-NAME-1…`.
    pub(super) fn parse(word: &str) -> Option<Self> {
        word.parse().ok().map(Self)
    }

    /// The name of the plugin.
    pub(super) fn plugin(&self) -> &str {
        self.0.plugin()
    }

    /// Tells whether the recipient is one of the same plugin.
    pub(super) fn may_be(&self, recipient: &str) -> bool {
        self.plugin() == name(recipient)
    }

    /// Decrypts a share with it. None where it is another key; the error is a fragment.
    pub(super) fn open(
        &self,
        encrypted: &str,
        prompt: Option<&Prompt>,
    ) -> Option<Result<Share, String>> {
        let identity = self.0.clone();
        let encrypted = encrypted.to_owned();
        let asks = Asks::new(self.plugin(), prompt);
        let outcome = bounded(self.plugin(), move || {
            let plugin = identity.plugin().to_owned();
            let opener = IdentityPluginV1::new(&plugin, &[identity], asks)
                .map_err(|_| not_installed(&plugin))?;
            Ok(match super::age::decrypt(&encrypted, &opener) {
                super::age::Outcome::Opened(share) => Some(share),
                super::age::Outcome::NoMatch => None,
                super::age::Outcome::Failed(why) => return Err(why),
            })
        });
        match outcome {
            Ok(share) => share.map(Ok),
            Err(why) => Some(Err(why)),
        }
    }
}

/// Encrypts a share to a plugin's recipient.
pub(super) fn seal(
    recipient: &str,
    share: &[u8],
    prompt: Option<&Prompt>,
) -> Result<String, Refusal> {
    let plugin = name(recipient).to_owned();
    let Ok(parsed) = recipient.parse::<Recipient>() else {
        return Err(Refusal::new(format!(
            "it is not a recipient of the plugin age-plugin-{}",
            plugin.escape_debug()
        )));
    };
    let share = Share::new(share.to_vec());
    let asks = Asks::new(&plugin, prompt);
    let sealed = bounded(&plugin.clone(), move || {
        let sealer = RecipientPluginV1::new(&plugin, &[parsed], &[], asks)
            .map_err(|_| not_installed(&plugin))?;
        super::age::encrypt(&sealer, &share).map_err(|error| match error {
            ::age::EncryptError::Plugin(errors) => said(&errors),
            _ => "age does not encrypt to it".to_owned(),
        })
    });
    sealed.map_err(Refusal::new)
}

/// Tells whether the plugin is there to be run.
pub(super) fn is_installed(recipient: &str) -> bool {
    let program = format!("age-plugin-{}", name(recipient));
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(&program).is_file())
}

fn not_installed(plugin: &str) -> String {
    format!(
        "the plugin age-plugin-{} is not installed (it is not on PATH)",
        plugin.escape_debug()
    )
}

/// Returns what a plugin says of its failure, as a fragment.
pub(super) fn said(errors: &[impl std::fmt::Display]) -> String {
    match errors.first() {
        Some(error) => format!("the plugin failed: {}", shown(&error.to_string())),
        None => "the plugin failed".to_owned(),
    }
}

fn shown(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let text: String = words.join(" ").chars().take(MESSAGE_LIMIT).collect();
    text.escape_debug().to_string()
}

/// Waits for a plugin, and not for ever.
fn bounded<T: Send + 'static>(
    plugin: &str,
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    if std::env::var_os(DEBUG).is_some_and(|value| value == "plugin") {
        return Err(format!(
            "{DEBUG}=plugin would print the key that the plugin finds; unset it"
        ));
    }
    let (sender, receiver) = mpsc::sync_channel(1);
    std::thread::spawn(move || {
        // Whoever waited may have given up.
        let _ = sender.send(work());
    });
    receiver.recv_timeout(TIMEOUT).unwrap_or_else(|_| {
        Err(format!(
            "the plugin age-plugin-{} gave no answer within {} s",
            plugin.escape_debug(),
            TIMEOUT.as_secs()
        ))
    })
}

/// How a plugin reaches the user, if somebody is there.
#[derive(Clone)]
struct Asks {
    plugin: String,
    prompt: Option<Prompt>,
}

impl Asks {
    fn new(plugin: &str, prompt: Option<&Prompt>) -> Self {
        Self {
            plugin: plugin.to_owned(),
            prompt: prompt.cloned(),
        }
    }
}

impl Callbacks for Asks {
    fn display_message(&self, message: &str) {
        if self.prompt.is_some() {
            // Such as to touch a key. If standard error is gone there is nowhere left to say so.
            let _ = writeln!(
                std::io::stderr(),
                "age-plugin-{}: {}",
                self.plugin.escape_debug(),
                shown(message)
            );
        }
    }

    fn confirm(&self, _: &str, _: &str, _: Option<&str>) -> Option<bool> {
        None
    }

    fn request_public_string(&self, _: &str) -> Option<String> {
        None
    }

    fn request_passphrase(&self, description: &str) -> Option<SecretString> {
        let prompt = self.prompt.as_ref()?;
        prompt(&format!(
            "age-plugin-{} ({})",
            self.plugin,
            shown(description)
        ))
    }
}
