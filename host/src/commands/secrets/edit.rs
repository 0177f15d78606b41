//! `tollgate secrets edit`: an editor on plaintext that is on no disk.
//!
//! Editors replace files and keep copies beside them, so that plaintext is in a directory of the
//! owner's in memory: a `tmpfs`. What the editor leaves is read, compared with what the file holds, and
//! only what differs is written. Where that does not parse, the editor opens again on what was written.
//! Whatever ends the command takes the directory along, and what ended without that (SIGKILL) the next one
//! does; only what could not be taken over stays, and is named.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;
use tollgate_secrets::{Draft, Followed, Format, shell_path};
use zeroize::Zeroizing;

use super::{CommandError, keyring, print, warn};
use crate::cli::EditArgs;
use crate::commands::configuration;
use crate::config::Config;
use crate::report::count;
use crate::routing::writing::Writing;
use crate::routing::{directories, find};

/// What an edited file may occupy, in bytes.
const LIMIT: u64 = 32 << 20;

pub(in crate::commands) fn run(args: &EditArgs) -> Result<u8, CommandError> {
    let config = configuration(&args.config)?;
    let path = file(&config, args)?;
    let writing = Writing::of(&config, &path)?;
    writing.check_file(&path, None)?;
    let mut draft = Draft::open(&path, None, &keyring())?.allow_unencrypted(args.allow_unencrypted);
    let shown = path.display().to_string();
    let shown = shown.escape_debug().to_string();
    let before = draft.secrets().render(None)?;
    let place = Place::new(&path, draft.format())?;
    listen(Arc::clone(&place.directory));
    place.write(&before)?;
    let editor = editor();
    loop {
        open(&editor, &place)?;
        let text = place.read()?;
        if *text == *before {
            return print(&format!("{shown}: nothing was changed\n"));
        }
        match changed(&mut draft, &text, args, &writing) {
            Ok(edited) => {
                if let Err(error) = draft.write() {
                    // Merged with what somebody else wrote, it could undo that.
                    warn(&error.title());
                    return Err(not_taken_over(&place));
                }
                if edited.comments_lost > 0 {
                    warn(&format!(
                        "{} went with the values above which they stood; write them anew with `sops edit {}`",
                        count(edited.comments_lost, "comment", "comments"),
                        shell_path(&path.display().to_string())
                    ));
                }
                if edited.comments_differ {
                    warn("comments stay as they were: only values were taken over");
                }
                return print(&format!(
                    "{shown}: {} set, {} taken out\n",
                    count(edited.set, "value", "values"),
                    edited.unset
                ));
            }
            Err(error) => {
                warn(&format!("{}; nothing was written", &*error));
                if !again() {
                    return Err(not_taken_over(&place));
                }
                draft =
                    Draft::open(&path, None, &keyring())?.allow_unencrypted(args.allow_unencrypted);
            }
        }
    }
}

/// Leaves what was edited where it is, and says so.
fn not_taken_over(place: &Place) -> CommandError {
    let kept = place.keep();
    CommandError::unusable(
        "what was edited was not taken over",
        format!(
            "it is still there, in memory only: {}; take it from there, and delete it",
            kept.display()
        ),
    )
}

/// The editor that runs; 0 where none does.
static EDITOR: AtomicI32 = AtomicI32::new(0);
/// Whether a signal is ending the command.
static ENDING: AtomicBool = AtomicBool::new(false);

/// Has signals that end the command take the plaintext along.
fn listen(directory: Arc<Mutex<Option<PathBuf>>>) {
    let heard = crate::inject::signals::heeded(&[SIGINT, SIGTERM, SIGHUP, SIGQUIT]);
    let Ok(mut signals) = Signals::new(heard) else {
        // The next `edit` clears up.
        return;
    };
    std::thread::spawn(move || {
        for signal in signals.forever() {
            let editor = EDITOR.load(Ordering::SeqCst);
            let tell = || {
                if let (Some(pid), Some(signal)) = (
                    rustix::process::Pid::from_raw(editor),
                    rustix::process::Signal::from_named_raw(signal),
                ) {
                    let _ = rustix::process::kill_process(pid, signal);
                }
            };
            if editor != 0 && signal == SIGINT {
                // It is the editor's to say what that means.
                tell();
                continue;
            }
            ENDING.store(true, Ordering::SeqCst);
            tell();
            for _ in 0..50 {
                if EDITOR.load(Ordering::SeqCst) == 0 {
                    break;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            let directory = directory.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(directory) = directory.as_ref() {
                let _ = std::fs::remove_dir_all(directory);
            }
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    });
}

/// The file that is asked for.
fn file(config: &Config, args: &EditArgs) -> Result<PathBuf, CommandError> {
    if let Some(file) = &args.file {
        return Ok(file.clone());
    }
    let settings = config.secrets(args.environment.as_deref())?;
    let files = find(&settings, &directories(config, &[PathBuf::from(".")]))?;
    match files.as_slice() {
        [one] => Ok(one.clone()),
        several => Err(CommandError::usage(
            format!(
                "{} has {} secrets files",
                settings.environment,
                several.len()
            ),
            "name the file to edit",
        )),
    }
}

/// Takes over what differs.
fn changed(
    draft: &mut Draft,
    text: &[u8],
    args: &EditArgs,
    writing: &Writing,
) -> Result<Followed, CommandError> {
    let followed = draft.follow(text, args.allow_empty)?;
    writing.check_marker(draft)?;
    Ok(followed)
}

/// Asks whether to edit again; where nobody can be asked, the answer is no.
fn again() -> bool {
    if !io::stdin().is_terminal() {
        return false;
    }
    eprint_question("Edit again? [Y/n] ");
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).is_ok()
        && !answer.is_empty()
        && !answer.trim_start().to_ascii_lowercase().starts_with('n')
}

fn eprint_question(text: &str) {
    use std::io::Write as _;
    let mut out = io::stderr();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

/// The user's editor, and its arguments.
fn editor() -> OsString {
    ["VISUAL", "EDITOR"]
        .iter()
        .find_map(|name| std::env::var_os(name).filter(|value| !value.is_empty()))
        .unwrap_or_else(|| "vi".into())
}

fn open(editor: &OsString, place: &Place) -> Result<(), CommandError> {
    // A shell splits it, as for git and sops: `code --wait` is an editor too.
    let mut command = OsString::from("exec ");
    command.push(editor);
    command.push(" \"$@\"");
    let status = Command::new("/bin/sh")
        .arg("-c")
        .arg(command)
        .arg("editor")
        .arg(&place.path)
        .spawn()
        .and_then(|mut child| {
            EDITOR.store(i32::try_from(child.id()).unwrap_or(0), Ordering::SeqCst);
            let status = child.wait();
            EDITOR.store(0, Ordering::SeqCst);
            status
        });
    if ENDING.load(Ordering::SeqCst) {
        // Nothing is written any more; the thread that heard the signal ends the process.
        std::thread::sleep(Duration::from_secs(5));
    }
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(CommandError::unusable(
            format!("the editor failed ({status}); nothing was written"),
            "set EDITOR to an editor that waits until you are done, such as `vi` or `code --wait`",
        )),
        Err(error) => Err(CommandError::unusable(
            format!(
                "the editor does not start: {}",
                tollgate_secrets::in_words(error.kind())
            ),
            "set EDITOR to your editor",
        )),
    }
}

/// What the name of a directory begins with that goes with its command.
const EDITED: &str = "tollgate-edit-";
/// What the name of one begins with that stays.
const KEPT: &str = "tollgate-kept-";

/// A file in memory, gone with everything beside it when this is dropped.
struct Place {
    /// None once it is kept.
    directory: Arc<Mutex<Option<PathBuf>>>,
    path: PathBuf,
    /// Locked as long as the command runs.
    _lock: Option<std::fs::File>,
}

impl Place {
    fn new(file: &Path, format: Format) -> Result<Self, CommandError> {
        let root = memory().ok_or_else(|| {
            CommandError::unusable(
                "there is no directory in memory here, and plaintext does not belong on a disk",
                "set single values instead: `tollgate secrets set`; or give XDG_RUNTIME_DIR a tmpfs of your own",
            )
        })?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let name = match format {
            // An editor knows by the ending how to show it.
            Format::Yaml if Format::of(file) != Format::Yaml => format!("{name}.yaml"),
            Format::Json if Format::of(file) != Format::Json => format!("{name}.json"),
            _ => name.into_owned(),
        };
        clear_up(&root);
        for attempt in 0..100 {
            let directory = root.join(format!("{EDITED}{}-{attempt}", std::process::id()));
            let made = std::fs::DirBuilder::new().mode(0o700).create(&directory);
            match made {
                Ok(()) => {
                    return Ok(Self {
                        path: directory.join(name),
                        _lock: locked(&directory),
                        directory: Arc::new(Mutex::new(Some(directory))),
                    });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(unwritable(&directory, &error)),
            }
        }
        Err(unwritable(&root, &io::ErrorKind::AlreadyExists.into()))
    }

    fn write(&self, text: &[u8]) -> Result<(), CommandError> {
        use std::io::Write as _;
        std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&self.path)
            .and_then(|mut file| file.write_all(text))
            .map_err(|error| unwritable(&self.path, &error))
    }

    fn read(&self) -> Result<Zeroizing<Vec<u8>>, CommandError> {
        use std::io::Read as _;
        let mut text = Zeroizing::new(Vec::with_capacity(64 << 10));
        std::fs::File::open(&self.path)
            .and_then(|file| file.take(LIMIT).read_to_end(&mut text))
            .map_err(|error| {
                CommandError::unusable(
                    format!(
                        "what was edited cannot be read: {}",
                        tollgate_secrets::in_words(error.kind())
                    ),
                    "save it in the editor, under the name that it has",
                )
            })?;
        Ok(text)
    }

    /// Leaves the file there, under a name that no later command clears up, and returns where it is.
    fn keep(&self) -> PathBuf {
        let directory = self
            .directory
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(directory) = directory else {
            return self.path.clone();
        };
        let name = directory.file_name().unwrap_or_default().to_string_lossy();
        let kept = directory.with_file_name(name.replacen(EDITED, KEPT, 1));
        match (std::fs::rename(&directory, &kept), self.path.file_name()) {
            (Ok(()), Some(name)) => kept.join(name),
            _ => self.path.clone(),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let directory = self
            .directory
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(directory) = directory.as_ref() {
            // In memory there is nothing left of a file that is gone.
            let _ = std::fs::remove_dir_all(directory);
        }
    }
}

/// Locks a directory, unless somebody has.
fn locked(directory: &Path) -> Option<std::fs::File> {
    let file = std::fs::File::open(directory).ok()?;
    rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive).ok()?;
    Some(file)
}

/// Removes what commands of the same user have left that were killed.
fn clear_up(root: &Path) {
    use std::os::unix::fs::MetadataExt as _;
    let own = rustix::process::geteuid().as_raw();
    for entry in std::fs::read_dir(root).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let pid = name
            .to_str()
            .and_then(|name| name.strip_prefix(EDITED)?.split_once('-'))
            .and_then(|(pid, _)| rustix::process::Pid::from_raw(pid.parse().ok()?));
        let Some(pid) = pid else {
            continue;
        };
        let directory = entry.path();
        let is_own = directory
            .symlink_metadata()
            .is_ok_and(|metadata| metadata.is_dir() && metadata.uid() == own);
        // The number may be one of another container, with which the directory is shared; the lock is not.
        if is_own
            && rustix::process::test_kill_process(pid) == Err(rustix::io::Errno::SRCH)
            && locked(&directory).is_some()
        {
            let _ = std::fs::remove_dir_all(directory);
        }
    }
}

/// A directory whose files are in memory (the number is that of a tmpfs), and that belongs to its user or to everybody.
#[cfg(target_os = "linux")]
fn memory() -> Option<PathBuf> {
    let own = std::env::var_os("XDG_RUNTIME_DIR")
        .filter(|path| !path.is_empty())
        .map(PathBuf::from);
    own.into_iter()
        .chain([PathBuf::from("/dev/shm"), PathBuf::from("/run/shm")])
        .find(|path| {
            rustix::fs::statfs(path.as_path())
                .is_ok_and(|statistics| statistics.f_type == 0x0102_1994)
        })
}

/// Other systems have none that every installation has.
#[cfg(not(target_os = "linux"))]
fn memory() -> Option<PathBuf> {
    None
}

fn unwritable(path: &Path, error: &io::Error) -> CommandError {
    CommandError::unusable(
        format!(
            "{} cannot be written: {}",
            path.display(),
            tollgate_secrets::in_words(error.kind())
        ),
        "give XDG_RUNTIME_DIR a directory in memory that you may write",
    )
}
