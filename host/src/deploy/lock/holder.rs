//! Who holds a lock.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::report::inert;

/// The version of what is written.
const VERSION: u32 = 1;

/// What somebody wants to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    project: Option<String>,
    environment: String,
    command: String,
    since: Timestamp,
}

/// Who holds a lock, and for what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Holder {
    /// The version of this format.
    pub version: u32,
    /// Another one for each lock that is taken; what breaks it.
    pub id: String,
    /// The user.
    pub user: String,
    /// The machine, as it calls itself.
    pub host: String,
    /// The process.
    pub pid: u32,
    /// When the process began, in the kernel's own measure: numbers of processes are used again.
    pub began: Option<u64>,
    /// Tells one machine, one run of it and one container from another.
    pub machine: Option<String>,
    /// The project, where it has a name: several may share a bucket.
    #[serde(default)]
    pub project: Option<String>,
    /// The environment.
    pub environment: String,
    /// The command.
    pub command: String,
    /// When it was taken.
    pub since: Timestamp,
    /// The address of the run of CI.
    pub run: Option<String>,
}

impl Claim {
    /// Says that this process is about to run a command for an environment.
    #[must_use]
    pub fn now(environment: &str, command: &str) -> Self {
        Self {
            project: None,
            environment: environment.to_owned(),
            command: command.to_owned(),
            since: Timestamp::now(),
        }
    }

    /// Says of which project it is.
    #[must_use]
    pub fn of(mut self, project: Option<&str>) -> Self {
        self.project = project.map(ToOwned::to_owned);
        self
    }

    /// Returns the holder that this process is.
    #[must_use]
    pub fn holder(&self) -> Holder {
        let pid = std::process::id();
        Holder {
            version: VERSION,
            id: new_id(),
            user: user(),
            host: host(),
            pid,
            began: began(pid),
            machine: machine(),
            project: self.project.clone(),
            environment: self.environment.clone(),
            command: self.command.clone(),
            since: self.since,
            run: run(|name| std::env::var(name).ok()),
        }
    }
}

impl Holder {
    /// Reads what a lock says; none when it is none that this version knows.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let holder: Self = serde_json::from_slice(bytes).ok()?;
        let fine = |character: char| character.is_ascii_alphanumeric() || character == '-';
        (holder.version == VERSION && !holder.id.is_empty() && holder.id.chars().all(fine))
            .then_some(holder)
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        // Nothing in it can fail to be written.
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// Whether the process is known to have ended: only of this very machine can that be told.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        if self.machine.is_none() || self.machine != machine() {
            return false;
        }
        let Some(pid) = i32::try_from(self.pid)
            .ok()
            .and_then(rustix::process::Pid::from_raw)
        else {
            return false;
        };
        match rustix::process::test_kill_process(pid) {
            Err(rustix::io::Errno::SRCH) => true,
            // Another process by the same number.
            _ => match (self.began, began(self.pid)) {
                (Some(then), Some(now)) => then != now,
                _ => false,
            },
        }
    }

    /// Says who it is, and how long.
    pub(super) fn told(&self, now: Timestamp, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}@{} deploys {}{} (`{}`, process {}) since {} UTC ({})",
            inert(&self.user),
            inert(&self.host),
            inert(&self.environment),
            match &self.project {
                Some(project) => format!(" of the project {}", inert(project)),
                None => String::new(),
            },
            inert(&self.command),
            self.pid,
            self.since.strftime("%Y-%m-%d %H:%M:%S"),
            age(self.since, now)
        )?;
        if let Some(run) = &self.run {
            write!(f, ", {}", inert(run))?;
        }
        if self.is_gone() {
            // What it started may: a killed Tollgate leaves the tool to finish.
            f.write_str("; that process runs no more")?;
        }
        Ok(())
    }
}

/// How long ago that was, as people say it.
fn age(since: Timestamp, now: Timestamp) -> String {
    let seconds = now.as_second() - since.as_second();
    let plural = |number: i64, unit: &str| {
        let plural = if number == 1 { "" } else { "s" };
        format!("{number} {unit}{plural}")
    };
    match seconds {
        ..0 => "in the future, by this machine's clock".to_owned(),
        0..120 => format!("{} ago", plural(seconds, "second")),
        120..7_200 => format!("{} ago", plural(seconds / 60, "minute")),
        7_200..172_800 => format!("{} ago", plural(seconds / 3_600, "hour")),
        _ => format!("{} ago", plural(seconds / 86_400, "day")),
    }
}

/// Sixteen hexadecimal digits that no other lock has.
fn new_id() -> String {
    use sha2::{Digest as _, Sha256};
    use std::hash::{BuildHasher as _, Hasher as _};
    // Its keys are random: the standard library's only source of it.
    let random = || {
        std::collections::hash_map::RandomState::new()
            .build_hasher()
            .finish()
    };
    let seed = format!(
        "{}-{}-{}-{}",
        random(),
        random(),
        std::process::id(),
        Timestamp::now()
    );
    let digest = format!("{:x}", Sha256::digest(seed));
    digest.get(..16).unwrap_or_default().to_owned()
}

/// Who runs this: the name that the session has.
#[must_use]
pub fn user() -> String {
    [
        "GITHUB_ACTOR",
        "GITLAB_USER_LOGIN",
        "USER",
        "LOGNAME",
        "USERNAME",
    ]
    .iter()
    .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    .unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()))
}

/// What the machine calls itself.
#[must_use]
pub fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    name.or_else(|| std::env::var("HOSTNAME").ok())
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "an unnamed machine".to_owned())
}

/// The address of the run of CI that this is part of.
#[must_use]
pub fn run(variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let github = || {
        Some(format!(
            "{}/{}/actions/runs/{}",
            set("GITHUB_SERVER_URL")?,
            set("GITHUB_REPOSITORY")?,
            set("GITHUB_RUN_ID")?
        ))
    };
    github()
        .or_else(|| set("CI_JOB_URL"))
        .or_else(|| set("BUILD_URL"))
        .or_else(|| set("CIRCLE_BUILD_URL"))
        .or_else(|| set("BUILDKITE_BUILD_URL"))
}

/// When a process began, in ticks since the machine did.
#[cfg(target_os = "linux")]
fn began(pid: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name is in brackets, and may hold anything.
    let (_, rest) = text.rsplit_once(')')?;
    rest.split_whitespace().nth(19)?.parse().ok()
}

#[cfg(not(target_os = "linux"))]
fn began(_: u32) -> Option<u64> {
    None
}

/// This run of this machine, and this space of process numbers in it; none where that cannot be told.
#[cfg(target_os = "linux")]
fn machine() -> Option<String> {
    use sha2::{Digest as _, Sha256};
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let space = std::fs::read_link("/proc/self/ns/pid").ok()?;
    let digest = format!(
        "{:x}",
        Sha256::digest(format!("{} {}", boot.trim(), space.display()))
    );
    digest.get(..16).map(ToOwned::to_owned)
}

#[cfg(not(target_os = "linux"))]
fn machine() -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_ago() {
        let then = Timestamp::UNIX_EPOCH;
        for (seconds, expected) in [
            (0, "0 seconds ago"),
            (1, "1 second ago"),
            (119, "119 seconds ago"),
            (120, "2 minutes ago"),
            (7_199, "119 minutes ago"),
            (7_200, "2 hours ago"),
            (200_000, "2 days ago"),
            (-5, "in the future, by this machine's clock"),
        ] {
            let now = Timestamp::from_second(seconds);
            assert_eq!(
                now.map(|now| age(then, now)).ok().as_deref(),
                Some(expected)
            );
        }
    }

    #[test]
    fn runs_of_ci_have_an_address() {
        for (variables, expected) in [
            (
                &[
                    ("GITHUB_SERVER_URL", "https://github.com"),
                    ("GITHUB_REPOSITORY", "a/b"),
                    ("GITHUB_RUN_ID", "7"),
                ][..],
                Some("https://github.com/a/b/actions/runs/7"),
            ),
            (&[("GITHUB_RUN_ID", "7")], None),
            (
                &[("CI_JOB_URL", "https://gitlab.example/j/1")],
                Some("https://gitlab.example/j/1"),
            ),
            (&[("CI_JOB_URL", "")], None),
            (&[], None),
        ] {
            let find = |name: &str| {
                let found = variables.iter().find(|(own, _)| *own == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(run(find).as_deref(), expected);
        }
    }
}
