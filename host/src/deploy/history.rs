//! What was deployed: one line of JSON for each deploy, never changed afterwards.
//!
//! Each line has the digest of the line before, and one of itself, so that one that was edited or
//! taken out shows. Lines that are missing at the end show only to somebody who kept the last digest,
//! which every deploy prints. No line has a value of a resource, an output or a variable, but for the variables that
//! `promote` names, which cannot be sensitive.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::fs::{FlockOperation, flock};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tollgate_model::digest::sha256;
use tollgate_model::error::UserError;

use super::folder::{self, Sharing};
use super::guard::git::Head;
use super::lock::store::{Found, Store, StoreError};
use super::lock::{BrokenLock, host, run, user};
use super::place::{At, Place};
use super::state::Ancestry;

/// The version of a line. Those of version 1 have no digest of themselves.
const VERSION: u32 = 2;
/// How the digest of a line begins, at its end.
const OWN_DIGEST: &str = ",\"digest\":\"";
/// The file, in our folder.
const FILE: &str = "history.jsonl";
/// The largest history that is read, in bytes.
const MAX_SIZE: u64 = 16 << 20;
/// How often somebody else may be quicker.
const ATTEMPTS: usize = 8;

/// What was deployed, as whoever deploys tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Deploy {
    /// The environment.
    pub environment: String,
    /// Such as `apply` or `destroy`.
    pub command: String,
    /// When it began.
    #[schemars(with = "String")]
    pub started: Timestamp,
    /// How long it took, in seconds.
    pub seconds: u64,
    /// What came of it.
    pub result: Outcome,
    /// The tool and its version: `tofu 1.12.6`.
    pub tool: String,
    /// The root module, from the directory of the configuration on.
    pub directory: String,
    /// The name of the project; none where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The root module, from the root of its repository on; none outside of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root_module: Option<String>,
    /// The workspace.
    pub workspace: String,
    /// The state, without credentials; none where that cannot be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Where the state is from, as it was afterwards; none where the backend did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ancestry: Option<Ancestry>,
    /// How many resources the plan was to leave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<u64>,
    /// The verdict of the gate, in its own word.
    pub verdict: String,
    /// The waivers that were used: rule, address, owner.
    pub waivers: Vec<String>,
    /// The changes, counted: `3 to create, 1 to update`.
    pub changes: Option<String>,
    /// What the documents of the policies say in a line each, such as what it costs a month.
    pub cost: Option<String>,
    /// What was checked out.
    pub head: Option<Head>,
    /// The digest of the plan: `sha256:` and 64 hexadecimal digits, as all of them.
    pub plan: Option<String>,
    /// The digest of the bundle.
    pub bundle: Option<String>,
    /// The digest of the configuration of the gate.
    pub configuration: Option<String>,
    /// The digests of the policies' modules, by name.
    pub policies: BTreeMap<String, String>,
    /// Whether the plan left parts out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
    /// The values of the variables that are promoted.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub promoted: BTreeMap<String, Promoted>,
    /// The digest of the line of the deploy that was verified, for a line about that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verifies: Option<String>,
    /// Whose lock was broken, for a line about that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_by: Option<LeftBy>,
}

/// The value of a variable that is promoted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Promoted {
    /// The digest of its JSON.
    pub digest: String,
    /// The value; none where it is long, or looks as if a credential were in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<serde_json::Value>,
}

/// Who left a lock behind that was broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct LeftBy {
    /// The lock.
    pub lock: String,
    /// The user.
    pub user: String,
    /// The machine.
    pub host: String,
    /// The address of the run of CI.
    pub run: Option<String>,
}

impl Deploy {
    /// Returns what is written down of a deploy that left a lock behind, which somebody breaks: that it
    /// did not finish, as far as anybody knows, and that the lock was broken. `by` is who breaks it.
    #[must_use]
    pub fn of_broken_lock(broken: &BrokenLock, by: &Self) -> Vec<Self> {
        let mut lines = Vec::new();
        let unknown = || "not known".to_owned();
        let base = Self {
            result: Outcome::LockBroken,
            command: "break-lock".to_owned(),
            seconds: 0,
            verdict: unknown(),
            waivers: Vec::new(),
            changes: None,
            cost: None,
            plan: None,
            bundle: None,
            partial: false,
            promoted: BTreeMap::new(),
            verifies: None,
            left_by: None,
            // Those of whoever breaks it, which may be another environment.
            state: None,
            resources: None,
            ancestry: None,
            project: None,
            root_module: None,
            ..by.clone()
        };
        let Some(holder) = &broken.holder else {
            return vec![base];
        };
        let left_by = Some(LeftBy {
            lock: broken.id.clone(),
            user: holder.user.clone(),
            host: holder.host.clone(),
            run: holder.run.clone(),
        });
        lines.push(Self {
            environment: holder.environment.clone(),
            result: Outcome::Unfinished,
            command: holder.command.clone(),
            started: holder.since,
            tool: unknown(),
            directory: unknown(),
            workspace: unknown(),
            head: None,
            configuration: None,
            policies: BTreeMap::new(),
            left_by: left_by.clone(),
            ..base.clone()
        });
        lines.push(Self {
            environment: holder.environment.clone(),
            left_by,
            ..base
        });
        lines
    }
}

/// What came of a deploy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// All of it was done.
    Applied,
    /// The tool failed, and some of it may be done.
    Failed,
    /// It was interrupted, and some of it may be done.
    Interrupted,
    /// It left its lock behind and was never heard of again; some of it may be done.
    Unfinished,
    /// Somebody broke the lock that it had left.
    LockBroken,
    /// What was deployed was verified.
    Verified,
    /// What was deployed did not pass, or nobody saw whether it does.
    NotVerified,
}

impl Outcome {
    /// Its word in a report.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Failed => "FAILED",
            Self::Interrupted => "INTERRUPTED",
            Self::Unfinished => "UNFINISHED",
            Self::LockBroken => "LOCK BROKEN",
            Self::Verified => "verified",
            Self::NotVerified => "NOT VERIFIED",
        }
    }
}

/// A line of the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Record {
    /// The version of this format: 2.
    pub version: u32,
    /// Which line this is, from 1 on.
    pub number: u64,
    /// The digest of the line before, without its line feed; none for the first one.
    pub previous: Option<String>,
    /// The user.
    pub user: String,
    /// The machine.
    pub host: String,
    /// The address of the run of CI.
    pub run: Option<String>,
    /// The version of Tollgate.
    pub tollgate: String,
    /// What was deployed.
    #[serde(flatten)]
    pub deploy: Deploy,
    /// The digest of this line without this; always the last key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// What was added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The number of the line.
    pub number: u64,
    /// Its digest: whoever keeps it can tell later that nothing up to here is missing.
    pub digest: String,
}

/// A history, as it was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// The records that can be read, in their order.
    pub records: Vec<Record>,
    /// What is wrong with it; empty where nothing is.
    pub damage: Vec<Damage>,
    /// The digest of the last line.
    pub last: Option<String>,
    /// The number of the last line, where it is no record.
    pub broken_end: Option<u64>,
    digests: Vec<String>,
}

impl History {
    /// Returns the digest of the line of a record.
    #[must_use]
    pub fn digest_of(&self, record: &Record) -> Option<&str> {
        let nth = usize::try_from(record.number.checked_sub(1)?).ok()?;
        self.digests.get(nth).map(String::as_str)
    }

    /// Says why it cannot be believed, as a clause; none where nothing is wrong with it.
    #[must_use]
    pub fn doubt(&self, location: &str) -> Option<String> {
        let damage = self.damage.first()?;
        Some(format!(
            "{location}:{}: the line {}",
            damage.line, damage.what
        ))
    }

    /// Returns the command that moves the last line aside, where it is no record. Without it the others
    /// can be believed, and added to.
    #[must_use]
    pub fn repair(&self, location: &str) -> Option<String> {
        let line = self.broken_end?;
        let aside = |file: &str| {
            let kept = shell_word(&format!("{file}.line-{line}"));
            let rest = shell_word(&format!("{file}.rest"));
            let file = shell_word(file);
            format!(
                "sed -n '$p' {file} > {kept} && sed '$d' {file} > {rest} && cp {rest} {file} && rm {rest}"
            )
        };
        Some(match location.starts_with("s3://") {
            true => {
                let object = shell_word(location);
                format!(
                    "aws s3 cp {object} history.jsonl && {} && aws s3 cp history.jsonl {object}",
                    aside("history.jsonl")
                )
            }
            false => aside(location),
        })
    }

    /// Whether a line has this digest.
    #[must_use]
    pub fn has(&self, digest: &str) -> bool {
        self.digests.iter().any(|each| each == digest)
    }
}

/// What is wrong with a history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Damage {
    /// The line, from 1 on.
    pub line: u64,
    /// As a fragment.
    pub what: String,
}

/// Why a history cannot be read or added to.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The file system refuses.
    #[error("{}: cannot {doing}: {cause}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// As a fragment.
        doing: &'static str,
        /// What the system says.
        cause: io::Error,
    },
    /// It is larger than anybody's.
    #[error("{place} is larger than {} MiB", MAX_SIZE >> 20)]
    TooLarge {
        /// Where.
        place: String,
    },
    /// The bucket refuses, or nobody answers.
    #[error("{place}: {error}")]
    Store {
        /// Where.
        place: String,
        /// Why.
        error: StoreError,
    },
    /// Its last line is no record, so that nothing that is written behind it could be believed.
    #[error("{place}:{line}: the last line {what}, and nothing behind it could be believed")]
    Broken {
        /// Where.
        place: String,
        /// The line.
        line: u64,
        /// What is wrong with it, as a fragment.
        what: String,
        /// What moves it aside.
        repair: String,
    },
    /// Others were quicker every time.
    #[error("{place} changes all the time")]
    Busy {
        /// Where.
        place: String,
    },
}

impl UserError for HistoryError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::File { cause, .. } => folder::help(cause).to_owned(),
            Self::TooLarge { .. } => {
                "move it away, and keep it; the next deploy begins another one".to_owned()
            }
            Self::Store { error, .. } => return error.help(),
            Self::Broken { repair, .. } => format!(
                "once nobody deploys, move that line into a file of its own, and keep it: `{repair}`"
            ),
            Self::Busy { .. } => "try again".to_owned(),
        })
    }
}

/// Returns where the history of a place is.
#[must_use]
pub fn location(place: &Place) -> String {
    match place.at() {
        At::Directory(directory, _) => file(directory).display().to_string(),
        At::Bucket(..) => store(place).to_string(),
    }
}

/// Whether a history is kept below a directory.
#[must_use]
pub fn is_kept_in(directory: &Path) -> bool {
    file(directory).exists()
}

/// Whether a deploy can be added, as far as that can be told without adding one: what is applied and
/// cannot be written down is worse than what is not applied.
///
/// # Errors
/// When it cannot.
pub fn expect_room(place: &Place) -> Result<(), HistoryError> {
    expect_whole_end(place)?;
    let At::Directory(directory, sharing) = place.at() else {
        return Ok(());
    };
    let path = file(directory);
    let folder =
        folder::make_for(directory, *sharing).map_err(failed(&path, "make its directory"))?;
    match folder::careful(OpenOptions::new().append(true)).open(&path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            rustix::fs::access(&folder, rustix::fs::Access::WRITE_OK)
                .map_err(|error| failed(&path, "make it")(error.into()))
        }
        Err(error) => Err(failed(&path, "add to it")(error)),
    }
}

/// Refuses a history whose last line is no record: the next one would follow that one for good. What
/// cannot be read is told by whoever locks or writes.
fn expect_whole_end(place: &Place) -> Result<(), HistoryError> {
    let Ok(history) = read(place) else {
        return Ok(());
    };
    let place = location(place);
    let (Some(line), Some(repair)) = (history.broken_end, history.repair(&place)) else {
        return Ok(());
    };
    let mut damage = history.damage.into_iter();
    let what = damage
        .find(|damage| damage.line == line)
        .map_or_else(|| "is no record".to_owned(), |damage| damage.what);
    Err(HistoryError::Broken {
        place,
        line,
        what,
        repair,
    })
}

/// A word as a shell takes it, between quotes where that is needed.
fn shell_word(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-:+@%=,".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// Adds a deploy. Call it while the lock is held, also when the tool failed.
///
/// # Errors
/// When it cannot be written whole.
pub fn append(place: &Place, deploy: &Deploy) -> Result<Appended, HistoryError> {
    match place.at() {
        At::Directory(directory, sharing) => append_to_file(directory, *sharing, deploy),
        At::Bucket(..) => append_to_object(&store(place), deploy),
    }
}

/// Reads the history, and holds its lines against each other; an empty one where there is none.
///
/// # Errors
/// When it cannot be read.
pub fn read(place: &Place) -> Result<History, HistoryError> {
    let bytes = match place.at() {
        At::Directory(directory, _) => {
            let path = file(directory);
            match folder::careful(OpenOptions::new().read(true)).open(&path) {
                Ok(file) => whole(&path, &file)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
                Err(cause) => return Err(failed(&path, "read it")(cause)),
            }
        }
        At::Bucket(..) => {
            let store = store(place);
            let found = store.read().map_err(of_store(&store))?;
            found.map(|found| found.bytes).unwrap_or_default()
        }
    };
    Ok(parse(&bytes))
}

/// Holds the lines of a history against each other.
#[must_use]
pub fn parse(bytes: &[u8]) -> History {
    let mut history = History::default();
    let mut number = 0;
    for line in lines(bytes) {
        number += 1;
        history.broken_end = None;
        let mut damaged = |what: String| history.damage.push(Damage { line: number, what });
        match serde_json::from_slice::<Record>(line) {
            Ok(record) => {
                if !(1..=VERSION).contains(&record.version) {
                    damaged(format!(
                        "is of version {}, which is not known here",
                        record.version
                    ));
                }
                if record.version > 1 && !is_as_written(line) {
                    damaged("was changed after it was written".to_owned());
                }
                if record.previous != history.last {
                    damaged(match &record.previous {
                        None => "says that it is the first one".to_owned(),
                        Some(_) if history.last.is_none() => {
                            "follows a line that is not there any more".to_owned()
                        }
                        Some(_) => {
                            "does not follow the line before: that one was changed, or others were taken out".to_owned()
                        }
                    });
                }
                if record.number != number {
                    damaged(format!("says that it is line {}", record.number));
                }
                history.records.push(record);
            }
            Err(_) => {
                damaged(match bytes.ends_with(line) {
                    true => "is cut off: the disk was full, or the machine stopped".to_owned(),
                    false => "is no record".to_owned(),
                });
                // Forgotten again where a record is behind it.
                history.broken_end = Some(number);
            }
        }
        let digest = sha256(line);
        history.digests.push(digest.clone());
        history.last = Some(digest);
    }
    history
}

fn lines(bytes: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
}

/// Whether a line has its own digest at its end.
fn is_as_written(line: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(line) else {
        return false;
    };
    let Some((body, rest)) = text.rsplit_once(OWN_DIGEST) else {
        return false;
    };
    rest.strip_suffix("\"}") == Some(&sha256(format!("{body}}}").as_bytes()))
}

/// Adds its own digest to a line.
fn with_digest(line: &[u8]) -> Vec<u8> {
    let mut text = line.strip_suffix(b"}").unwrap_or(line).to_vec();
    text.extend(OWN_DIGEST.as_bytes());
    text.extend(sha256(line).as_bytes());
    text.extend(b"\"}");
    text
}

/// The next line behind these, with its line feed, and one before it where the last one lacks its own.
fn next(bytes: &[u8], deploy: &Deploy) -> (Vec<u8>, Appended) {
    let number = lines(bytes).count() as u64 + 1;
    let record = Record {
        version: VERSION,
        number,
        previous: lines(bytes).next_back().map(sha256),
        user: user(),
        host: host(),
        run: run(|name| std::env::var(name).ok()),
        tollgate: env!("CARGO_PKG_VERSION").to_owned(),
        deploy: deploy.clone(),
        digest: None,
    };
    // Nothing in it can fail to be written.
    let line = with_digest(&serde_json::to_vec(&record).unwrap_or_default());
    let appended = Appended {
        number,
        digest: sha256(&line),
    };
    let mut text = Vec::with_capacity(line.len() + 2);
    if bytes.last().is_some_and(|last| *last != b'\n') {
        text.push(b'\n');
    }
    text.extend(line);
    text.push(b'\n');
    (text, appended)
}

fn file(directory: &Path) -> PathBuf {
    directory.join(folder::NAME).join(FILE)
}

fn store(place: &Place) -> Store {
    Store::of(place, "history", "jsonl")
}

fn failed(path: &Path, doing: &'static str) -> impl Fn(io::Error) -> HistoryError {
    let path = path.to_owned();
    move |cause| HistoryError::File {
        path: path.clone(),
        doing,
        cause,
    }
}

fn of_store(store: &Store) -> impl Fn(StoreError) -> HistoryError {
    let place = store.to_string();
    move |error| HistoryError::Store {
        place: place.clone(),
        error,
    }
}

fn whole(path: &Path, file: &File) -> Result<Vec<u8>, HistoryError> {
    let mut bytes = Vec::new();
    file.take(MAX_SIZE + 1)
        .read_to_end(&mut bytes)
        .map_err(failed(path, "read it"))?;
    if bytes.len() as u64 > MAX_SIZE {
        return Err(HistoryError::TooLarge {
            place: path.display().to_string(),
        });
    }
    Ok(bytes)
}

fn append_to_file(
    directory: &Path,
    sharing: Sharing,
    deploy: &Deploy,
) -> Result<Appended, HistoryError> {
    let path = file(directory);
    folder::make_for(directory, sharing).map_err(failed(&path, "make its directory"))?;
    let mode = match sharing {
        Sharing::Own => 0o600,
        Sharing::Shared => 0o666,
    };
    let mut file = folder::careful(OpenOptions::new().read(true).append(true).create(true))
        .mode(mode)
        .open(&path)
        .map_err(failed(&path, "open it"))?;
    // The project lock may have been broken.
    flock(&file, FlockOperation::LockExclusive)
        .map_err(|error| failed(&path, "lock it")(error.into()))?;
    let before = whole(&path, &file)?;
    let (text, appended) = next(&before, deploy);
    let write = |file: &mut File| {
        // At once, so that a line is there or not.
        let written = file.write(&text)?;
        if written != text.len() {
            // What there is room for is no record.
            file.set_len(before.len() as u64)?;
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        file.sync_all()
    };
    write(&mut file).map_err(failed(&path, "write it"))?;
    let _ = fs::File::open(directory.join(folder::NAME)).and_then(|folder| folder.sync_all());
    Ok(appended)
}

fn append_to_object(store: &Store, deploy: &Deploy) -> Result<Appended, HistoryError> {
    for _ in 0..ATTEMPTS {
        let found: Option<Found> = store.read().map_err(of_store(store))?;
        let mut bytes = found
            .as_ref()
            .map(|found| found.bytes.clone())
            .unwrap_or_default();
        let (text, appended) = next(&bytes, deploy);
        bytes.extend(text);
        if bytes.len() as u64 > MAX_SIZE {
            return Err(HistoryError::TooLarge {
                place: store.to_string(),
            });
        }
        let done = match &found {
            Some(found) => store.replace(found, &bytes),
            None => store.create(&bytes),
        };
        if done.map_err(of_store(store))? {
            return Ok(appended);
        }
    }
    Err(HistoryError::Busy {
        place: store.to_string(),
    })
}

/// Returns the JSON Schema (2020-12) of a line.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Record).to_value()
}
