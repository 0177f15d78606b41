//! The bundle: a judged plan in one file that only readers of the environment's secrets can open.
//!
//! A saved plan holds secrets in clear, so it is encrypted to those who may read them anyway. With it
//! go the verdict and everything that the plan and the verdict depend on, so that `apply` can refuse
//! when one of that is not so any more. What is in clear (the [`Header`]) is authenticated with it.

mod manifest;
mod readers;
mod verify;

use std::path::Path;

use serde::{Deserialize, Serialize};
use tollgate_model::error::UserError;
use tollgate_model::names::is_name;
use tollgate_secrets::seal::{self, SealError};
use tollgate_secrets::{CreationError, Keyring, Recipient, shell_name};
use zeroize::Zeroizing;

use crate::diagnostic::{listed, quoted};
use crate::exit;
use crate::report::saved::Saved;
use crate::report::{ActionCounts, Decision, Report, inert, json};

pub use self::manifest::{Manifest, Mode, PlannedVariable, of_shell, planned, planned_keyless};
pub use self::readers::{Recipients, readers};
pub use self::verify::{Mismatch, Now, verify};

/// The version of what is in a bundle, `MAJOR.MINOR`.
pub const FORMAT_VERSION: &str = "1.0";

/// Why a bundle could not be written or used.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The file.
    #[error("{}: {cause}", inert(path))]
    File {
        /// As it was named.
        path: String,
        /// What is wrong with it.
        cause: SealError,
    },
    /// It opens, and holds something else.
    #[error(
        "{}: is not a bundle that this Tollgate reads: {}",
        inert(path),
        inert(reason)
    )]
    Content {
        /// As it was named.
        path: String,
        /// Why.
        reason: String,
    },
    /// It is another environment's.
    #[error(
        "{} is a plan of {}, not of {}",
        inert(path),
        quoted(found),
        quoted(expected)
    )]
    OtherEnvironment {
        /// As it was named.
        path: String,
        /// The environment that was asked for.
        expected: String,
        /// Whose it is.
        found: String,
    },
    /// Nobody is known to whom it could be encrypted.
    #[error(
        "nothing says to whom a bundle of {} is encrypted: {why}",
        quoted(environment)
    )]
    NoRecipients {
        /// The environment.
        environment: String,
        /// What was looked at.
        why: String,
    },
    /// The secrets come from several files, which nobody can read all of.
    #[error(
        "no recipient can read all secrets files of {}: {}",
        quoted(environment),
        listed(files)
    )]
    NoCommonReader {
        /// The environment.
        environment: String,
        /// Its files.
        files: Vec<String>,
    },
    /// Recipients of kinds that Tollgate does not encrypt to.
    #[error(
        "a bundle of {} cannot be encrypted to {}",
        quoted(environment),
        listed(recipients)
    )]
    Unsupported {
        /// The environment.
        environment: String,
        /// All that there are.
        recipients: Vec<String>,
    },
    /// The file that names recipients.
    #[error(transparent)]
    Rules(#[from] CreationError),
    /// A bug: what was gathered cannot be written.
    #[error("the bundle cannot be put together: {0}")]
    Json(serde_json::Error),
}

impl BundleError {
    fn file(path: &Path) -> impl Fn(SealError) -> Self {
        move |cause| Self::File {
            path: path.display().to_string(),
            cause,
        }
    }

    /// Whether nobody is known to whom it could be encrypted, so that one can only be kept in clear.
    #[must_use]
    pub fn is_without_recipients(&self) -> bool {
        matches!(
            self,
            Self::NoRecipients { .. } | Self::NoCommonReader { .. } | Self::Unsupported { .. }
        )
    }
}

impl UserError for BundleError {
    fn exit_code(&self) -> u8 {
        match self {
            Self::File { cause, .. } => match cause {
                SealError::CutOff
                | SealError::TooLong
                | SealError::Head(_)
                | SealError::Changed
                | SealError::NotAKey => exit::GUARD,
                SealError::NoKey(_) | SealError::Wrap(_) | SealError::NoRandomness => exit::SECRETS,
                _ => exit::USAGE,
            },
            Self::Content { .. } | Self::OtherEnvironment { .. } => exit::GUARD,
            Self::NoRecipients { .. }
            | Self::NoCommonReader { .. }
            | Self::Unsupported { .. }
            | Self::Rules(_) => exit::SECRETS,
            Self::Json(_) => exit::BUG,
        }
    }

    fn help(&self) -> Option<String> {
        let plan = |path: &str| format!("`tollgate plan -e {}`", shell_name(environment_of(path)));
        let anew = |path: &str| format!("plan again: {}", plan(path));
        Some(match self {
            Self::File { path, cause } => match cause {
                SealError::CutOff
                | SealError::TooLong
                | SealError::Head(_)
                | SealError::Changed
                | SealError::NotAKey => format!("do not apply it; {}", anew(path)),
                SealError::Version(_) => {
                    format!("use the Tollgate that wrote it, or {}", anew(path))
                }
                SealError::NotSealed => {
                    "name a file that `tollgate plan` wrote (`*.tollgate`)".to_owned()
                }
                SealError::Io(std::io::ErrorKind::NotFound) => {
                    format!("make it: {}", plan(path))
                }
                other => return other.help(),
            },
            Self::Content { path, .. } => {
                format!("use the Tollgate that wrote it, or {}", anew(path))
            }
            Self::OtherEnvironment { found, .. } => {
                format!("name the bundle of the environment, or deploy {found} with `-e {found}`")
            }
            Self::NoRecipients { environment, .. } => format!(
                "name them: `recipients = [\"age1…\"]` in [environments.{environment}.secrets], or a rule in .sops.yaml"
            ),
            Self::NoCommonReader { environment, .. } => format!(
                "make somebody a reader of all of them: `tollgate secrets grant RECIPIENT -e {}`",
                shell_name(environment)
            ),
            Self::Unsupported { .. } => {
                "add an age, SSH or AWS KMS recipient to the environment's secrets".to_owned()
            }
            Self::Rules(error) => return error.help(),
            Self::Json(_) => return None,
        })
    }
}

/// The environment of which a plan is kept in a file of this name, as `tollgate plan` names one.
fn environment_of(path: &str) -> &str {
    const UNKNOWN: &str = "ENVIRONMENT";
    let path = Path::new(path);
    // Elsewhere a file is called whatever somebody liked.
    let is_own = path
        .parent()
        .is_some_and(|folder| folder.ends_with(super::folder::NAME));
    let name = path.file_name().and_then(|name| name.to_str());
    name.filter(|_| is_own)
        .and_then(|name| name.strip_suffix(".tollgate"))
        .map(|name| name.strip_suffix(".keyless").unwrap_or(name))
        .filter(|name| is_name(name))
        .unwrap_or(UNKNOWN)
}

/// What a bundle says in clear: enough to tell what it is without a key, and nothing secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Header {
    /// The version of the content.
    pub format: String,
    /// The version of Tollgate that wrote it.
    pub tollgate: String,
    /// The environment.
    pub environment: String,
    /// The root module, from the directory of the configuration.
    pub directory: String,
    /// The workspace.
    pub workspace: String,
    /// What the plan is for.
    pub mode: Mode,
    /// When it was made, in UTC, to the second.
    pub created: jiff::Timestamp,
    /// The tool that planned, and its version.
    pub tool: String,
    /// What the plan was judged to be.
    pub verdict: Decision,
    /// Whether it may be applied as far as its variables go; a plan with placeholders may not.
    pub applicable: bool,
    /// Counts of the planned changes.
    pub changes: ActionCounts,
}

impl Header {
    fn of(manifest: &Manifest, report: &Report) -> Self {
        let facts = &manifest.facts;
        let changes = report.plans.iter().find_map(|plan| plan.facts.as_ref());
        Self {
            format: manifest.format.clone(),
            tollgate: facts.tollgate.clone(),
            environment: facts.environment.clone(),
            directory: facts.directory.clone(),
            workspace: facts.workspace.clone(),
            mode: manifest.mode,
            created: manifest.created,
            tool: format!("{} {}", facts.tool, facts.tool_version),
            verdict: report.verdict.decision,
            applicable: manifest.may_be_applied().is_ok(),
            changes: changes.map(|facts| facts.actions).unwrap_or_default(),
        }
    }

    fn read(text: &str) -> Result<Self, String> {
        /// The version is looked at first, so that a later format is named as such.
        #[derive(Deserialize)]
        struct Versioned {
            format: String,
        }
        // What serde says can quote the text, which is nobody's secret.
        let versioned: Versioned =
            serde_json::from_str(text).map_err(|_| "its header is not one".to_owned())?;
        let major = |version: &str| version.split('.').next().map(str::to_owned);
        if major(&versioned.format) != major(FORMAT_VERSION) {
            let shown: String = versioned.format.chars().take(20).collect();
            return Err(format!(
                "its content has format {shown}, and this Tollgate reads {FORMAT_VERSION}"
            ));
        }
        serde_json::from_str(text).map_err(|error| format!("its header is damaged: {error}"))
    }
}

/// What is in a bundle. No `Debug`: a plan holds secrets.
pub struct Content {
    /// What the plan depends on.
    pub manifest: Manifest,
    /// How it was judged.
    pub report: Report,
    /// The plan, as the tool wrote it.
    pub plan: Zeroizing<Vec<u8>>,
}

/// Whether a bundle is encrypted.
#[derive(Debug)]
pub enum Encryption {
    /// To these.
    To(Recipients),
    /// To nobody: everybody who reads the file reads every secret in the plan. A digest finds accidents.
    Off,
}

/// A bundle that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Of the file: `sha256:` and 64 hexadecimal digits.
    pub digest: String,
    /// The recipients that it could not be encrypted to, and so not one of its readers.
    pub left_out: Vec<Recipient>,
}

/// Writes a bundle, readable by its owner only, at once. An older bundle is replaced, nothing else is.
///
/// # Errors
/// When something else is there, it cannot be encrypted to somebody, or the system refuses.
pub fn write(
    path: &Path,
    content: &Content,
    encryption: &Encryption,
    keyring: &Keyring,
) -> Result<Written, BundleError> {
    let header = Header::of(&content.manifest, &content.report);
    let clear = serde_json::to_string(&header).map_err(BundleError::Json)?;
    let manifest =
        Zeroizing::new(serde_json::to_vec(&content.manifest).map_err(BundleError::Json)?);
    let report = json::render(&content.report).map_err(BundleError::Json)?;
    let parts: [&[u8]; 3] = [&manifest, report.as_bytes(), &content.plan];
    let (readers, left_out) = match encryption {
        Encryption::To(recipients) => (Some(&recipients.readers), recipients.left_out.clone()),
        Encryption::Off => (None, Vec::new()),
    };
    let bytes = seal::seal(&clear, &parts, readers, keyring).map_err(BundleError::file(path))?;
    seal::write(path, &bytes).map_err(BundleError::file(path))?;
    Ok(Written {
        digest: crate::sandbox::digest(&bytes),
        left_out,
    })
}

/// Removes a bundle that would otherwise outlive a plan that fails; nothing there is fine.
///
/// # Errors
/// When something other than a bundle is there, or the system refuses.
pub fn discard(path: &Path) -> Result<(), BundleError> {
    seal::remove(path).map_err(BundleError::file(path))
}

/// A bundle that was read and not opened.
#[derive(Debug)]
pub struct Bundle {
    path: String,
    sealed: seal::Sealed,
    header: Header,
}

impl Bundle {
    /// Reads a bundle. No key is used.
    ///
    /// # Errors
    /// When it cannot be read, is something else, is not whole, or is in another format.
    pub fn read(path: &Path) -> Result<Self, BundleError> {
        let sealed = seal::Sealed::read(path).map_err(BundleError::file(path))?;
        Self::of(path.display().to_string(), sealed)
    }

    /// Reads one that is in memory.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(name: &str, bytes: Vec<u8>) -> Result<Self, BundleError> {
        let sealed = seal::Sealed::parse(bytes).map_err(BundleError::file(Path::new(name)))?;
        Self::of(name.to_owned(), sealed)
    }

    fn of(path: String, sealed: seal::Sealed) -> Result<Self, BundleError> {
        match Header::read(sealed.clear()) {
            Ok(header) => Ok(Self {
                path,
                sealed,
                header,
            }),
            Err(reason) => Err(BundleError::Content { path, reason }),
        }
    }

    /// Returns what it says in clear. Only [`Self::open`] tells whether that is what was written.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Tells whether it is encrypted.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.sealed.is_encrypted()
    }

    /// Returns the digest of the file: `sha256:` and 64 hexadecimal digits.
    #[must_use]
    pub fn digest(&self) -> String {
        format!("{}{}", tollgate_model::digest::PREFIX, self.sealed.digest())
    }

    /// Returns who can open it.
    pub fn recipients(&self) -> impl Iterator<Item = &Recipient> {
        self.sealed.recipients()
    }

    /// Refuses another environment's bundle before a key is used. The first of the names is that of
    /// the environment, the others are what it is called as well.
    ///
    /// # Errors
    /// When it says that it is another's.
    pub fn check_environment(&self, names: &[&str]) -> Result<(), BundleError> {
        if names.contains(&self.header.environment.as_str()) {
            return Ok(());
        }
        Err(BundleError::OtherEnvironment {
            path: self.path.clone(),
            expected: names.first().copied().unwrap_or_default().to_owned(),
            found: self.header.environment.clone(),
        })
    }

    /// Opens it. Nothing of a bundle that was changed is returned.
    ///
    /// # Errors
    /// When no key opens it, or it is not what Tollgate wrote.
    pub fn open(self, keyring: &Keyring) -> Result<Opened, BundleError> {
        let digest = self.digest();
        let encrypted = self.is_encrypted();
        let Self {
            path,
            sealed,
            header,
        } = self;
        let parts = sealed
            .open(keyring)
            .map_err(BundleError::file(Path::new(&path)))?;
        match content(parts) {
            Ok(content) if Header::of(&content.manifest, &content.report) == header => Ok(Opened {
                header,
                content,
                digest,
                encrypted,
            }),
            Ok(_) => Err(BundleError::Content {
                path,
                reason: "its unencrypted part does not match its content".to_owned(),
            }),
            Err(reason) => Err(BundleError::Content { path, reason }),
        }
    }
}

/// A bundle that was opened: what is in it is what was written.
pub struct Opened {
    /// What it says in clear.
    pub header: Header,
    /// What is in it.
    pub content: Content,
    /// Of the file: `sha256:` and 64 hexadecimal digits.
    pub digest: String,
    /// Whether it was encrypted.
    pub encrypted: bool,
}

/// Takes the parts for what they are. Errors quote nothing of the manifest, which has a key in it.
fn content(parts: Vec<Zeroizing<Vec<u8>>>) -> Result<Content, String> {
    let Ok([manifest, report, plan]) = <[_; 3]>::try_from(parts) else {
        return Err("it has other parts than a manifest, a report and a plan".to_owned());
    };
    let manifest: Manifest = serde_json::from_slice(&manifest)
        .map_err(|error| format!("its manifest is damaged at column {}", error.column()))?;
    let report = Saved::parse("in it", &report)
        .map_err(|error| error.to_string())?
        .report;
    if manifest.plan_digest != crate::sandbox::digest(&plan) {
        return Err("its plan is not the one of its manifest".to_owned());
    }
    Ok(Content {
        manifest,
        report,
        plan,
    })
}

#[cfg(test)]
mod tests;
