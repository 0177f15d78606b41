//! Recordings: what every policy was asked and what it answered, kept so that a verdict
//! can be reproduced without the plan.
//!
//! A recording is a directory that only its owner can read:
//!
//! - `record.json`, written last: what the verdict depends on besides the answers (the
//!   environment with its waivers, the date, the baseline, the limits), what was made of
//!   each plan, and the digest of every other file;
//! - `PLAN-POLICY-PIECE.request.json` and `….response.json`: one call each, as JSON of the
//!   policy contract for either shape of module; exactly what a WASI command reads. A call
//!   that failed has no response, and its failure is in `record.json`.
//!
//! A request holds what the policy saw, and so no sensitive value; but it does hold values
//! of the plan. A recording proves nothing about who made it.

mod replay;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tollgate_model::error::UserError;
use tollgate_model::exit;

use crate::baseline::Baseline;
use crate::environment::Environment;
use crate::judge::PlanOutcome;
use crate::report::Problem;
use crate::report::output::{OutputError, direct};
use crate::sandbox::contract::wit;
use crate::sandbox::json::{Evaluation, PolicyRequest, PolicyResponse};
use crate::sandbox::limits::{LIMITS, Limits};
use crate::sandbox::request::Observer;
use crate::sandbox::{PolicyError, digest};

pub use replay::replay;

/// The version of a recording's own format. A change that breaks readers raises it.
pub const FORMAT_VERSION: &str = "1.0";

/// The file that makes a directory a recording.
const INDEX: &str = "record.json";

/// Why a recording cannot be made or replayed.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The directory cannot be made.
    #[error("cannot record into {path}: {cause}")]
    Create {
        /// As it was named.
        path: String,
        /// From the operating system.
        cause: io::Error,
    },
    /// A link on the way leads elsewhere.
    #[error(transparent)]
    Link(OutputError),
    /// There is something in the directory.
    #[error("cannot record into {path}: it is not empty")]
    NotEmpty {
        /// As it was named.
        path: String,
    },
    /// A file cannot be written.
    #[error("cannot write {path} of the recording: {cause}")]
    Write {
        /// With its directory.
        path: String,
        /// From the operating system.
        cause: io::Error,
    },
    /// A file cannot be read.
    #[error("cannot read {path} of the recording: {cause}")]
    Read {
        /// With its directory.
        path: String,
        /// From the operating system.
        cause: io::Error,
    },
    /// What is there is no recording that this Tollgate can replay.
    #[error("{path} is not a recording that can be replayed: {reason}")]
    Unusable {
        /// The file that says so.
        path: String,
        /// Why.
        reason: String,
    },
    /// A file is not the one that was recorded.
    #[error("{path} has changed since it was recorded")]
    Changed {
        /// With its directory.
        path: String,
    },
    /// A module is not at hand.
    #[error("the module of `{policy}` ({digest}) is not at hand: {tried}")]
    NoModule {
        /// The policy's name.
        policy: String,
        /// Of the module that was recorded.
        digest: String,
        /// What was looked at instead.
        tried: String,
    },
    /// A module cannot be loaded.
    #[error("the module of `{policy}` cannot be loaded: {cause}")]
    Module {
        /// The policy's name.
        policy: String,
        /// Why.
        cause: PolicyError,
    },
    /// The modules do not answer as they did.
    #[error("the verdict is not reproduced: {}", .0.join("; "))]
    Differs(
        /// One per call or policy.
        Vec<String>,
    ),
}

impl RecordError {
    /// Whether it is about the modules or what they answer, and not about files.
    #[must_use]
    pub fn concerns_policies(&self) -> bool {
        matches!(self, Self::Module { .. } | Self::Differs(_))
    }
}

impl UserError for RecordError {
    fn exit_code(&self) -> u8 {
        if self.concerns_policies() {
            exit::POLICY
        } else {
            exit::USAGE
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::NotEmpty { .. } => "name a directory that does not exist yet".to_owned(),
            Self::Unusable { .. } => {
                "make one: tollgate check PLAN --record DIR".to_owned()
            }
            Self::Changed { .. } => "replay a copy that nobody has edited".to_owned(),
            Self::NoModule { .. } => "name its file with --module".to_owned(),
            Self::Module { cause, .. } => return cause.help(),
            Self::Differs(_) => {
                "another Tollgate, or a module that does not answer alike every time; the recording says which Tollgate made it".to_owned()
            }
            Self::Link(_) | Self::Create { .. } | Self::Write { .. } | Self::Read { .. } => return None,
        })
    }
}

/// What a recording says besides the calls.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Index {
    format_version: String,
    tollgate_version: String,
    /// The date that waivers were held against.
    date: Date,
    environment: Environment,
    baseline: Option<Baseline>,
    /// By policy and by key.
    limits: BTreeMap<String, BTreeMap<String, u64>>,
    plans: Vec<PlanOutcome>,
    calls: Vec<Call>,
}

/// One call of `evaluate`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Call {
    /// The place of the plan on the command line, from 0.
    plan: usize,
    policy: String,
    /// The piece of a plan that was handed over in pieces, from 0.
    piece: usize,
    /// The digest of the request's file.
    request: String,
    answer: Answer,
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Answer {
    /// The digest of the response's file.
    Response(String),
    /// Why there is none.
    Failure(Problem),
}

impl Call {
    fn file(&self, what: &str) -> String {
        file_name(self.plan, &self.policy, self.piece, what)
    }
}

fn file_name(plan: usize, policy: &str, piece: usize, what: &str) -> String {
    format!("{plan:03}-{policy}-{piece:03}.{what}.json")
}

/// What a module answered, as a recording keeps it.
fn answer(answered: &Result<wit::Evaluation, PolicyError>) -> Result<String, Problem> {
    match answered {
        Ok(evaluation) => Evaluation::new(evaluation)
            .map(PolicyResponse::Evaluation)
            .and_then(|response| serde_json::to_string(&response))
            .map_err(|error| {
                PolicyError::Answer(format!("a document in it is not JSON: {error}")).problem()
            }),
        Err(error) => Err(error.problem()),
    }
}

/// Writes a recording, call by call.
#[derive(Debug)]
pub struct Recorder {
    directory: PathBuf,
    limits: Mutex<BTreeMap<String, BTreeMap<String, u64>>>,
    /// By plan, policy and piece: calls come in any order.
    calls: Mutex<BTreeMap<(usize, String, usize), Call>>,
    failure: Mutex<Option<RecordError>>,
}

/// Where in a recording the calls of one policy on one plan go.
#[derive(Clone, Copy, Debug)]
pub struct CallRecorder<'a> {
    /// The recording.
    pub recorder: &'a Recorder,
    /// The place of the plan on the command line, from 0.
    pub plan: usize,
    /// The policy's name.
    pub policy: &'a str,
}

impl Recorder {
    /// Makes the directory, or takes an empty one.
    ///
    /// # Errors
    /// When it cannot be made, or is not empty.
    pub fn create(directory: &Path) -> Result<Self, RecordError> {
        let path = directory.display().to_string();
        let failed = |cause| RecordError::Create {
            path: path.clone(),
            cause,
        };
        for path in [directory, &directory.join(INDEX)] {
            direct(path).map_err(RecordError::Link)?;
        }
        if directory.is_symlink() {
            return Err(failed(io::Error::other(
                "it is a link; name the directory itself",
            )));
        }
        match DirBuilder::new().mode(0o700).create(directory) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if fs::read_dir(directory).map_err(failed)?.next().is_some() {
                    return Err(RecordError::NotEmpty { path });
                }
            }
            Err(error) => return Err(failed(error)),
        }
        Ok(Self {
            directory: directory.to_owned(),
            limits: Mutex::default(),
            calls: Mutex::default(),
            failure: Mutex::default(),
        })
    }

    /// Writes the rest of the recording: what the verdict was made of.
    ///
    /// # Errors
    /// When this file, or one of those before it, cannot be written. Then the directory is
    /// no recording.
    pub fn finish(
        self,
        environment: &Environment,
        date: Date,
        baseline: Option<&Baseline>,
        plans: Vec<PlanOutcome>,
    ) -> Result<(), RecordError> {
        if let Some(failure) = into_inner(self.failure) {
            return Err(failure);
        }
        let index = Index {
            format_version: FORMAT_VERSION.to_owned(),
            tollgate_version: env!("CARGO_PKG_VERSION").to_owned(),
            date,
            environment: environment.clone(),
            baseline: baseline.cloned(),
            limits: into_inner(self.limits),
            plans,
            calls: into_inner(self.calls).into_values().collect(),
        };
        let write = || -> io::Result<()> {
            let mut text = serde_json::to_string_pretty(&index)?;
            text.push('\n');
            create(&self.directory.join(INDEX), text.as_bytes())
        };
        write().map_err(|cause| RecordError::Write {
            path: self.directory.join(INDEX).display().to_string(),
            cause,
        })
    }

    fn write(&self, name: &str, text: &str) -> Result<(), RecordError> {
        let path = self.directory.join(name);
        create(&path, text.as_bytes()).map_err(|cause| RecordError::Write {
            path: path.display().to_string(),
            cause,
        })
    }
}

impl Observer for CallRecorder<'_> {
    /// Keeps one call. What cannot be written is said by [`Recorder::finish`].
    fn call(
        &self,
        piece: usize,
        limits: &Limits,
        request: &wit::Request<'_>,
        answered: &Result<wit::Evaluation, PolicyError>,
    ) {
        if let Err(error) = self.try_call(piece, limits, request, answered) {
            lock(&self.recorder.failure).get_or_insert(error);
        }
    }
}

impl CallRecorder<'_> {
    fn try_call(
        &self,
        piece: usize,
        limits: &Limits,
        request: &wit::Request<'_>,
        answered: &Result<wit::Evaluation, PolicyError>,
    ) -> Result<(), RecordError> {
        let name = |what| file_name(self.plan, self.policy, piece, what);
        let request = PolicyRequest::evaluate(request, crate::sandbox::CONTRACT_VERSION)
            .and_then(|request| serde_json::to_string(&request))
            .map_err(|error| RecordError::Write {
                path: name("request"),
                cause: error.into(),
            })?;
        self.recorder.write(&name("request"), &request)?;
        let answer = match answer(answered) {
            Ok(response) => {
                self.recorder.write(&name("response"), &response)?;
                Answer::Response(digest(response.as_bytes()))
            }
            Err(problem) => Answer::Failure(problem),
        };
        let call = Call {
            plan: self.plan,
            policy: self.policy.to_owned(),
            piece,
            request: digest(request.as_bytes()),
            answer,
        };
        lock(&self.recorder.limits)
            .entry(self.policy.to_owned())
            .or_insert_with(|| {
                LIMITS
                    .iter()
                    .map(|spec| (spec.key.to_owned(), limits.get(spec.limit)))
                    .collect()
            });
        lock(&self.recorder.calls).insert((self.plan, self.policy.to_owned(), piece), call);
        Ok(())
    }
}

/// Writes a new file that only its owner can read.
fn create(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file: File = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(content)
}

// What the lock guards is whole at any time, so a panic elsewhere is no reason to stop.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn into_inner<T>(mutex: Mutex<T>) -> T {
    mutex.into_inner().unwrap_or_else(PoisonError::into_inner)
}
