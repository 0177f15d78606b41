//! `tollgate secrets keygen`: a new age identity.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use tollgate_secrets::keys::age::generate;
use tollgate_secrets::shell_word;

use super::{CommandError, print};
use crate::cli::KeygenArgs;

pub(in crate::commands) fn run(args: &KeygenArgs) -> Result<u8, CommandError> {
    let path = match &args.output {
        Some(path) => path.clone(),
        None => usual_place().ok_or_else(|| {
            CommandError::usage(
                "nothing says where your configuration is",
                "name the file: `tollgate secrets keygen -o keys.txt`",
            )
        })?,
    };
    let shown = path.display().to_string();
    let shown = shown.escape_debug().to_string();
    if path.is_dir() {
        return Err(CommandError::usage(
            format!("{shown} is a directory"),
            format!(
                "name a file in it: `tollgate secrets keygen -o {}`",
                tollgate_secrets::shell_name(&path.join("keys.txt").display().to_string())
            ),
        ));
    }
    if let Ok(there) = path.symlink_metadata() {
        let what = if there.is_symlink() && !path.exists() {
            "is a link to a file that is not there, and the identity is not written through it"
        } else if !path.is_file() {
            "is not a regular file, and an identity written there would be lost or seen"
        } else if holds_identity(&path) {
            "is there already, and holds somebody's identity"
        } else {
            "is there already, and is not written over"
        };
        return Err(CommandError::usage(
            format!("{shown} {what}"),
            "name another file: `tollgate secrets keygen -o FILE`",
        ));
    }
    let passphrase = if args.passphrase {
        Some(passphrase()?)
    } else {
        None
    };
    super::without_core_dumps();
    let identity = generate(passphrase).map_err(|error| cannot(&shown, &error))?;
    write(&path, &identity.file).map_err(|error| cannot(&shown, &error))?;
    let used = match &args.output {
        Some(_) => format!(
            "use it: export SOPS_AGE_KEY_FILE={}\n",
            shell_word(
                &std::path::absolute(&path)
                    .unwrap_or(path)
                    .display()
                    .to_string()
            )
        ),
        None => "sops and tollgate find it there\n".to_owned(),
    };
    print(&format!(
        "{shown}: a new identity, which nobody else must see; keep a copy where it is not lost\npublic key: {}\n{used}",
        identity.recipient
    ))
}

/// Tells whether a file holds an identity, in plain text or behind a passphrase.
fn holds_identity(path: &Path) -> bool {
    use std::io::Read as _;
    let mut start = zeroize::Zeroizing::new(Vec::with_capacity(64 << 10));
    let read =
        std::fs::File::open(path).and_then(|file| file.take(64 << 10).read_to_end(&mut start));
    let marks: [&[u8]; 3] = [b"AGE-SECRET-KEY-", b"AGE-PLUGIN-", b"age-encryption.org"];
    // One that cannot be read may well hold one.
    read.is_err()
        || marks
            .iter()
            .any(|mark| start.windows(mark.len()).any(|part| part == *mark))
        || start.starts_with(b"-----BEGIN AGE ENCRYPTED FILE")
}

/// Where SOPS looks for identities.
fn usual_place() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let base = if cfg!(windows) {
        set("AppData").map(PathBuf::from)
    } else if let Some(path) = set("XDG_CONFIG_HOME") {
        Some(PathBuf::from(path))
    } else if cfg!(target_os = "macos") {
        set("HOME").map(|home| PathBuf::from(home).join("Library/Application Support"))
    } else {
        set("HOME").map(|home| PathBuf::from(home).join(".config"))
    }?;
    Some(base.join("sops").join("age").join("keys.txt"))
}

fn passphrase() -> Result<zeroize::Zeroizing<String>, CommandError> {
    let ask = |question: &str| {
        rpassword::prompt_password(question).map_err(|_| {
            CommandError::usage(
                "there is no terminal to ask for a passphrase on",
                "run it on a terminal, or without `--passphrase`",
            )
        })
    };
    let first = zeroize::Zeroizing::new(ask("Passphrase of the new identity: ")?);
    let second = zeroize::Zeroizing::new(ask("The same once more: ")?);
    if first.is_empty() || *first != *second {
        return Err(CommandError::usage(
            "the two passphrases are not the same, or empty; nothing was made",
            "run it again",
        ));
    }
    Ok(first)
}

fn cannot(shown: &str, error: &std::io::Error) -> CommandError {
    CommandError::usage(
        format!(
            "{shown} cannot be written: {}",
            tollgate_secrets::in_words(error.kind())
        ),
        "name a file that you may write: `tollgate secrets keygen -o FILE`",
    )
}

/// Creates the file; nobody but its owner can read it from the first moment on.
fn write(path: &Path, text: &[u8]) -> std::io::Result<()> {
    if let Some(parent) = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        std::fs::create_dir_all(parent)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text)?;
    file.sync_all()
}
