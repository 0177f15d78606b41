//! What can go wrong with a secrets file. No message holds a value, its length, or a source line.

use crate::keys::{NoKey, WrapError};
use crate::selection::RuleError;
use crate::tree::KeyPath;
use crate::value::ValueError;
use std::fmt;

/// A secrets file that could not be read, opened or shown, by name.
#[derive(Debug)]
pub struct Error {
    /// The file as the caller named it.
    pub file: String,
    /// What is wrong with it.
    pub problem: Problem,
}

impl Error {
    pub(crate) fn new(file: &str, problem: Problem) -> Self {
        Self {
            file: file.to_owned(),
            problem,
        }
    }
}

impl std::error::Error for Error {}

impl Error {
    /// Returns what is wrong and where, without the next step.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{}: {}", self.file.escape_debug(), self.problem)
    }

    /// Returns the one next step, where there is one.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let file = shell_path(&self.file);
        Some(match &self.problem {
            Problem::NoKey(no_key) => no_key.remedy(&self.file),
            Problem::Wrap(error) => return error.next().map(str::to_owned),
            Problem::Source { next, .. } => return next.clone(),
            Problem::Io(std::io::ErrorKind::NotFound) | Problem::Exists
                if leads_nowhere(std::path::Path::new(&self.file)) =>
            {
                format!("it is a link to a file that is not there: correct the link, or take it away: `rm {file}`")
            }
            Problem::Empty => {
                format!("make it anew: `rm {file} && tollgate secrets init {file}`")
            }
            Problem::Io(std::io::ErrorKind::NotFound) => {
                format!("correct the path, or create it: `tollgate secrets init {file}`")
            }
            // To encrypt what other programs have to read would break them, and protect nothing.
            Problem::NotEncrypted if is_read_by_others(std::path::Path::new(&self.file)) => {
                "it is no secrets file; name the one that is meant".to_owned()
            }
            Problem::NotEncrypted => format!("encrypt it: `sops encrypt --in-place {file}`"),
            Problem::LostMetadata => {
                format!("find its last good version: `git log -p -- {file}`")
            }
            // Which version is the last good one, only its history tells: after a merge it is not the one
            // before.
            Problem::Mac | Problem::NoMac | Problem::UnreadableMac => format!(
                "if git merged two branches, take the file of one of them (`git checkout BRANCH -- {file}`) and set the other's values again with `tollgate secrets set`; otherwise find its last good version: `git log -p -- {file}`"
            ),
            Problem::Conflict { .. } => conflict(std::path::Path::new(&self.file), &file),
            // Without the old value nothing tells whether the others are as they were.
            Problem::Value {
                why: ValueError::NotEncrypted,
                ..
            } => format!(
                "it stands in place of an encrypted value, or in a list: go back to the last good version (`git log -p -- {file}` shows it, `git checkout COMMIT -- {file}` takes it), and set the value there"
            ),
            Problem::Value { .. } => {
                format!("compare it with its last good version: `git log -p -- {file}`")
            }
            Problem::NotADataKey => format!(
                "compare it with its last good version: `git log -p -- {file}`"
            ),
            Problem::EncryptedTwice(path) => format!(
                "set the secret itself: `{}`",
                secrets_command("set", &self.file, &path.into())
            ),
            Problem::Inexact { .. } => {
                "put quotes around each to keep it as text, or write the number in plain decimal digits"
                    .to_owned()
            }
            Problem::Emptied { .. } => {
                "to empty it all the same, add `--allow-empty`; or take the key out".to_owned()
            }
            Problem::InClear(_) => {
                "choose a name that the rule encrypts, or add `--allow-unencrypted`".to_owned()
            }
            Problem::Exists => {
                format!("change what is in it: `tollgate secrets set {file} NAME`")
            }
            Problem::CannotCreateFor(_) => {
                format!("create it with sops: `sops edit {file}`")
            }
            Problem::EncryptedKeyTwice(_) => format!("take one out: `sops edit {file}`"),
            Problem::Extract(_) | Problem::NotEditable { .. } => {
                format!("see the names: `tollgate secrets show {file}`")
            }
            _ => return None,
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title())?;
        match self.help() {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

/// Lists places, not more than a few.
fn listed(paths: &[KeyPath]) -> String {
    const MOST: usize = 10;
    let mut names: Vec<String> = paths
        .iter()
        .take(MOST)
        .map(|path| format!("`{path}`"))
        .collect();
    if paths.len() > MOST {
        names.push(format!("{} more", paths.len() - MOST));
    }
    names.join(", ")
}

/// Returns a text as one word of a shell, in single quotes, so that no sign of it means anything there.
#[must_use]
pub fn shell_word(text: &str) -> String {
    if !text.chars().any(char::is_control) {
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    // What moves a terminal's cursor stands there as its number.
    let mut word = String::from("$'");
    for character in text.chars() {
        match character {
            '\'' | '\\' => word.extend(['\\', character]),
            '\n' => word.push_str("\\n"),
            control if control.is_control() => {
                for byte in control.to_string().bytes() {
                    word.push_str(&format!("\\x{byte:02x}"));
                }
            }
            other => word.push(other),
        }
    }
    word.push('\'');
    word
}

/// Returns a text as one word of a shell, in quotes where a sign of it needs them.
#[must_use]
pub fn shell_name(text: &str) -> String {
    let plain = |character: char| {
        character.is_alphanumeric() || matches!(character, '_' | '-' | '.' | '/' | ':' | '+' | '@')
    };
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(plain) {
        text.to_owned()
    } else {
        shell_word(text)
    }
}

/// Returns `tollgate secrets set` or `unset` for one place of a file, as a shell reads it.
#[must_use]
pub fn secrets_command(verb: &str, file: &str, path: &crate::secrets::ExtractPath) -> String {
    format!(
        "tollgate secrets {verb} {} {}",
        shell_path(file),
        path.argument()
    )
}

/// Returns the path of a file as one word of a shell that no command takes for an option.
#[must_use]
pub fn shell_path(path: &str) -> String {
    let dashed = if path.starts_with('-') { "./" } else { "" };
    shell_word(&format!("{dashed}{path}"))
}

/// How a file with git's conflict markers is mended. In a rebase git's sides are the other way round, and
/// where no merge is under way there are none: the markers were committed.
fn conflict(path: &std::path::Path, file: &str) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let directory = absolute
        .ancestors()
        .map(|folder| folder.join(".git"))
        .find(|git| git.symlink_metadata().is_ok())
        .map(git_directory);
    let is_there = |name: &str| {
        directory
            .as_ref()
            .is_some_and(|directory| directory.join(name).exists())
    };
    let again = "then set the other side's values again with `tollgate secrets set`";
    if is_there("rebase-merge") || is_there("rebase-apply") {
        format!(
            "take one side: a rebase is under way, in which your own is `git checkout --theirs {file}`, and `git checkout --ours {file}` the one that you rebase onto; {again}"
        )
    } else if ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD"]
        .into_iter()
        .any(is_there)
    {
        format!(
            "take one side: `git checkout --ours {file}` is the branch that you are on, and `git checkout --theirs {file}` the other one; {again}"
        )
    } else {
        format!(
            "no merge is under way, so the markers stay until a version without them is taken: find it with `git log -p -- {file}`, and take it: `git checkout COMMIT -- {file}`; {again}"
        )
    }
}

/// Where git keeps what it knows: in a worktree or a submodule `.git` is a file that says so.
fn git_directory(git: std::path::PathBuf) -> std::path::PathBuf {
    let said = std::fs::read_to_string(&git).ok();
    let named = said
        .as_deref()
        .and_then(|text| text.trim().strip_prefix("gitdir:"))
        .map(|path| git.with_file_name("").join(path.trim()));
    named.unwrap_or(git)
}

/// Tells whether a path is a link to something that is not there.
fn leads_nowhere(path: &std::path::Path) -> bool {
    !path.exists() && path.symlink_metadata().is_ok()
}

/// Tells whether a file is one that other programs read as it is: the rules of sops, the configuration of
/// Tollgate, what runs in CI.
#[must_use]
pub fn is_read_by_others(path: &std::path::Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let ci = [
        ".github",
        ".gitlab",
        ".circleci",
        ".forgejo",
        ".gitea",
        ".buildkite",
    ];
    let in_ci = path
        .components()
        .any(|part| ci.iter().any(|folder| part.as_os_str() == *folder));
    in_ci
        || [
            ".sops.yaml",
            "tollgate.toml",
            ".gitlab-ci.yml",
            ".pre-commit-config.yaml",
        ]
        .contains(&name.as_ref())
        || [".tf", ".tofu", ".tf.json", ".tofu.json"]
            .iter()
            .any(|ending| name.ends_with(ending))
}

/// Says what the operating system says, without its numbers and without the library's words for
/// them.
#[must_use]
pub fn in_words(kind: std::io::ErrorKind) -> String {
    match kind {
        std::io::ErrorKind::NotFound => "no such file".to_owned(),
        kind => kind.to_string(),
    }
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The operating system refuses.
    #[error("cannot be read: {}", in_words(*.0))]
    Io(std::io::ErrorKind),
    /// More bytes than any secrets file has.
    #[error("is larger than {limit} MiB; split it")]
    TooLarge {
        /// In mebibytes.
        limit: usize,
    },
    /// It does not parse.
    #[error("is not valid {format}: {what} at line {line}, column {column}")]
    Syntax {
        /// The name of the format.
        format: &'static str,
        /// As a fragment, without source text.
        what: String,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// A merge was left unfinished.
    #[error("holds git's conflict markers at line {line}")]
    Conflict {
        /// From 1.
        line: usize,
    },
    /// Nesting, nodes or aliases beyond every use.
    #[error("{0}")]
    Limit(&'static str),
    /// SOPS stores maps only.
    #[error("has no map at its top level; SOPS encrypts maps only")]
    NotAMap,
    /// Two values for one key; which one counts would depend on the reader.
    #[error("has the key {0} twice; remove one")]
    DuplicateKey(KeyPath),
    /// The same in a file that SOPS encrypted: it keeps both.
    #[error(
        "has the key {0} twice, which SOPS writes and shows; which one counts would depend on the reader"
    )]
    EncryptedKeyTwice(KeyPath),
    /// A key such as `8080:` or `true:`.
    #[error("has a key that is not text under {0}; quote it")]
    KeyNotText(KeyPath),
    /// An integer beyond 64 bits with sign, or a tag that does not fit.
    #[error("has a value at {path} that {what}")]
    Unsupported {
        /// Where.
        path: KeyPath,
        /// As a fragment.
        what: &'static str,
    },
    /// Plaintext, as far as SOPS is concerned.
    #[error("has no sops metadata, so nothing in it is encrypted")]
    NotEncrypted,
    /// A file of no bytes, or of spaces.
    #[error("is empty")]
    Empty,
    /// What is left of an encrypted file without its metadata: nothing opens the values any more.
    #[error(
        "is damaged: it has encrypted values and no sops metadata, without which nobody can open them"
    )]
    LostMetadata,
    /// A value that is itself an encrypted one.
    #[error("has at {0} an encrypted value of another file (`ENC[…]`) in place of a secret")]
    EncryptedTwice(KeyPath),
    /// The metadata is there and broken.
    #[error("has damaged sops metadata: {0}")]
    Metadata(&'static str),
    /// The rule that selects what is encrypted.
    #[error("{0}")]
    Rule(RuleError),
    /// No identity opens it.
    #[error("cannot be decrypted: {0}")]
    NoKey(Box<NoKey>),
    /// The data key does not reach every recipient.
    #[error("cannot be encrypted: {0}")]
    Wrap(WrapError),
    /// A recipient's copy opened and holds something else.
    #[error("has a recipient whose copy is not a data key")]
    NotADataKey,
    /// One value.
    #[error("{path} {why}")]
    Value {
        /// Where.
        path: KeyPath,
        /// Why.
        why: ValueError,
    },
    /// The code is missing.
    #[error("has no message authentication code, so nobody can tell whether it was changed")]
    NoMac,
    /// The code does not decrypt.
    #[error(
        "has a message authentication code that does not decrypt, so it or `lastmodified` was changed"
    )]
    UnreadableMac,
    /// The code says that the file was changed.
    #[error("was changed after it was encrypted: its message authentication code does not match")]
    Mac,
    /// A source other than a file has nothing, or nothing usable.
    #[error("{what}")]
    Source {
        /// As a fragment.
        what: String,
        /// The one next step.
        next: Option<String>,
    },
    /// It could be written, and must not: the rule would leave it readable.
    #[error("{0} would be unencrypted: the file's rule does not encrypt it")]
    InClear(KeyPath),
    /// A change that cannot be made as asked.
    #[error("{path} {what}")]
    NotEditable {
        /// Where.
        path: KeyPath,
        /// As a fragment.
        what: &'static str,
    },
    /// A number or a time that would be another one, or another text, than is written.
    #[error("{} would not stay as written: read as a number or a time it is another one, or is written otherwise", listed(.paths))]
    Inexact {
        /// Where.
        paths: Vec<KeyPath>,
    },
    /// An empty text where a value is.
    #[error("{} would be empty, and a value is set there", listed(.paths))]
    Emptied {
        /// Where.
        paths: Vec<KeyPath>,
    },
    /// What is to be imported carries metadata.
    #[error("is encrypted already")]
    AlreadyEncrypted,
    /// The place of a new file is taken.
    #[error("is there already")]
    Exists,
    /// A directory, a pipe, a device.
    #[error("is not a regular file")]
    NotAFile,
    /// Somebody holds the lock.
    #[error("is being written by another tollgate; try again when that is done")]
    Busy,
    /// Somebody without a lock wrote it.
    #[error("was changed by somebody else meanwhile; nothing was written, run the command again")]
    ChangedMeanwhile,
    /// The operating system refuses.
    #[error("cannot be written: {}", in_words(*.0))]
    Write(std::io::ErrorKind),
    /// The new file would belong to somebody else.
    #[error("belongs to another user or group, which a new version could not be given to")]
    Owner,
    /// What was written is not what was meant; a bug of ours, caught.
    #[error("would not read back as it should, so nothing was written; this is a bug in Tollgate")]
    ReadBack,
    /// The operating system has no randomness.
    #[error("cannot be encrypted: the operating system gives no random numbers")]
    NoRandomness,
    /// Nobody here can encrypt to such a recipient.
    #[error("cannot be created for {0}, which needs {need}", need = .0.needs())]
    CannotCreateFor(crate::keys::Recipient),
    /// `--extract` asks for what is not there.
    #[error("{0}")]
    Extract(String),
    /// The output format cannot say it.
    #[error("cannot be written as {format}: {path} {what}")]
    Render {
        /// The name of the format.
        format: &'static str,
        /// Where.
        path: KeyPath,
        /// As a fragment.
        what: &'static str,
    },
}
