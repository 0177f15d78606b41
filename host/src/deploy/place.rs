//! Where the project keeps what is about all of its environments: the lock and the history.
//!
//! Beside the state, so that whoever can deploy finds it. One place for all environments, worked out
//! from the configuration alone, so that each of them leads to the same one.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use tollgate_model::error::UserError;
use tollgate_secrets::Aws;
use tollgate_secrets::s3::Bucket;

use super::folder::Sharing;
use super::guard::backend::{self, Initialised};
use super::target::{Site, Target, relative, whole};
use crate::config::Config;
use crate::diagnostic::{listed, quoted};
use crate::hcl::backend::{LOCAL, Settings};
use crate::layout::DEFAULT_WORKSPACE;

/// Where states of workspaces are, in a local backend.
const STATES: &str = "terraform.tfstate.d";
/// The state of the default workspace.
const STATE: &str = "terraform.tfstate";
/// Words that the keys of many projects' states have.
pub(super) const GENERIC: [&str; 6] = ["terraform", "tofu", "opentofu", "tfstate", "state", "env"];
/// What a project without a name is called.
const UNNAMED: &str = "project";

/// Where the lock and the history are.
#[derive(Clone)]
pub struct Place {
    at: At,
    notes: Vec<String>,
}

#[derive(Clone)]
pub(super) enum At {
    /// Below this directory, in a folder of ours.
    Directory(PathBuf, Sharing),
    /// Objects whose keys begin with this.
    Bucket(Box<Bucket>, String),
}

/// Why it cannot be said where that is.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// The state is in a bucket without a name.
    #[error("nothing says in which bucket the state of {} is", quoted(.0))]
    NoBucket(String),
}

impl UserError for PlaceError {
    fn help(&self) -> Option<String> {
        match self {
            Self::NoBucket(environment) => Some(format!(
                "add `bucket` to `backend-config` of [environments.{environment}], or run `init` first"
            )),
        }
    }
}

/// Where one environment has its state, as far as that is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    /// A directory.
    Local(PathBuf),
    /// An object; none for what is an expression.
    S3 {
        endpoint: Option<String>,
        bucket: Option<String>,
        key: Option<String>,
    },
    /// A backend of this kind.
    Other(String),
}

impl Place {
    /// Works out where that is, for the environment of a layout. Call it once the directory is
    /// initialised: what the root module leaves to expressions is then known.
    ///
    /// # Errors
    /// When what its backend is told cannot be read, or names no bucket.
    pub fn of(config: &Config, target: &Target) -> Result<Self, PlaceError> {
        let site = &target.site;
        let layout = &site.layout;
        let own = match backend::initialised(&layout.directory.value) {
            Initialised::For(found) => site.backend.clone().filled_from(&found),
            Initialised::Not | Initialised::Unreadable(_) => site.backend.clone(),
        };
        let others: Vec<(String, State)> = target
            .others
            .iter()
            .map(|other| (other.layout.environment.clone(), state(other)))
            .collect();
        let mut notes: Vec<String> = target
            .unclear
            .iter()
            .map(|(name, why)| {
                format!(
                    "where {name} has its state cannot be told, so the lock may not be about it: {why}"
                )
            })
            .collect();
        let written = state(site);
        let project = home(config, site, target.others.iter().map(|other| &**other));
        let at = match own.kind() {
            LOCAL => local(&project, &written, &others),
            "s3" => {
                let bucket = own
                    .get("bucket")
                    .ok_or_else(|| PlaceError::NoBucket(layout.environment.clone()))?;
                let stem = stem(config.project(), &written, bucket, &others);
                At::Bucket(Box::new(connect(&own, bucket)), stem)
            }
            kind => {
                notes.push(format!(
                    "the lock and the history are on this machine only: Tollgate keeps none in the backend {}",
                    quoted(kind)
                ));
                At::Directory(project.clone(), Sharing::Own)
            }
        };
        let elsewhere: Vec<&str> = others
            .iter()
            .filter(|(_, other)| !shares(&project, &written, &own, other))
            .map(|(name, _)| name.as_str())
            .collect();
        if !elsewhere.is_empty() {
            notes.push(format!(
                "the lock is not about {}: the state is kept elsewhere",
                listed(&elsewhere)
            ));
        }
        Ok(Self { at, notes })
    }

    /// Says where that is as far as the files alone tell; none where they do not, or where it is on
    /// each machine by itself.
    #[must_use]
    pub fn written(config: &Config, target: &Target) -> Option<String> {
        let own = state(&target.site);
        let others: Vec<(String, State)> = target
            .others
            .iter()
            .map(|other| (other.layout.environment.clone(), state(other)))
            .collect();
        match &own {
            State::Local(_) => match local(
                &home(
                    config,
                    &target.site,
                    target.others.iter().map(|other| &**other),
                ),
                &own,
                &others,
            ) {
                At::Directory(directory, Sharing::Shared) => Some(directory.display().to_string()),
                At::Directory(_, Sharing::Own) | At::Bucket(..) => None,
            },
            State::S3 { bucket, .. } => {
                let bucket = bucket.as_deref()?;
                let stem = stem(config.project(), &own, bucket, &others);
                Some(format!("s3://{bucket}/{stem}"))
            }
            State::Other(_) => None,
        }
    }

    /// Below a directory, whatever the backend.
    #[must_use]
    pub fn directory(directory: &Path) -> Self {
        Self {
            at: At::Directory(directory.to_owned(), Sharing::Own),
            notes: Vec::new(),
        }
    }

    /// In a bucket, with keys that begin with this.
    #[must_use]
    pub fn bucket(bucket: Bucket, stem: &str) -> Self {
        Self {
            at: At::Bucket(Box::new(bucket), stem.to_owned()),
            notes: Vec::new(),
        }
    }

    /// What there is to say about it: who is not covered.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Returns the bucket, where it is one.
    #[must_use]
    pub fn in_bucket(&self) -> Option<&Bucket> {
        match &self.at {
            At::Bucket(bucket, _) => Some(bucket),
            At::Directory(..) => None,
        }
    }

    pub(super) fn at(&self) -> &At {
        &self.at
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.at {
            At::Directory(directory, _) => directory.join(super::folder::NAME).display().fmt(f),
            At::Bucket(bucket, stem) => write!(f, "s3://{}/{stem}", bucket.name()),
        }
    }
}

/// The directory that a project is told from: that of its tollgate.toml. Without one it is the one
/// around the root modules of all environments, from wherever Tollgate is called, unless what is kept is
/// elsewhere already.
#[must_use]
pub fn home<'s>(config: &Config, site: &Site, others: impl Iterator<Item = &'s Site>) -> PathBuf {
    let project = config.directory();
    let keeps = |directory: &Path| super::history::is_kept_in(directory);
    let mut around = whole(&site.layout.directory.value);
    // Many environments have one root module.
    let directories: BTreeSet<&Path> = others
        .map(|other| other.layout.directory.value.as_path())
        .collect();
    for other in directories {
        let other = whole(other);
        while !other.starts_with(&around) && around.pop() {}
    }
    let is_same = around == whole(&project) || around.parent().is_none();
    if is_same || keeps(&project) || (!config.is_conventional() && !keeps(&around)) {
        return project;
    }
    relative(Path::new("."), &around)
}

/// Where an environment has its state, by the configuration alone.
fn state(site: &Site) -> State {
    let backend = &site.backend;
    match backend.kind() {
        LOCAL => {
            let directory = &site.layout.directory.value;
            let path = if site.layout.workspace.value == DEFAULT_WORKSPACE {
                directory.join(backend.get("path").unwrap_or(STATE))
            } else {
                // A directory per workspace.
                let states = backend.get("workspace_dir").unwrap_or(STATES);
                directory.join(states)
            };
            let parent = path.parent().map(Path::to_owned).unwrap_or_default();
            State::Local(parent)
        }
        "s3" => State::S3 {
            endpoint: site.state.part("endpoint").map(ToOwned::to_owned),
            bucket: backend.get("bucket").map(ToOwned::to_owned),
            key: backend.get("key").map(ToOwned::to_owned),
        },
        other => State::Other(other.to_owned()),
    }
}

/// The project itself, where its states are in it; else the directory around those that are not.
fn local(project: &Path, own: &State, others: &[(String, State)]) -> At {
    let outside = |state: &State| match state {
        State::Local(directory) => {
            let directory = whole(directory);
            (!directory.starts_with(whole(project))).then_some(directory)
        }
        State::S3 { .. } | State::Other(_) => None,
    };
    let Some(own) = outside(own) else {
        return At::Directory(project.to_owned(), Sharing::Own);
    };
    let mut around = own.clone();
    for other in others.iter().filter_map(|(_, state)| outside(state)) {
        while !other.starts_with(&around) {
            if !around.pop() {
                break;
            }
        }
    }
    // The root of the file system is nobody's project.
    let found = if around.parent().is_some() {
        around
    } else {
        own
    };
    At::Directory(found, Sharing::Shared)
}

/// How the keys begin, for all environments of a project in one bucket.
fn stem(project: Option<&str>, own: &State, bucket: &str, others: &[(String, State)]) -> String {
    let name = project.unwrap_or(UNNAMED);
    let mut keys = Vec::new();
    let all = std::iter::once(own).chain(others.iter().map(|(_, state)| state));
    for state in all {
        match state {
            State::S3 {
                bucket: Some(other),
                ..
            } if other != bucket => {}
            State::S3 {
                bucket: Some(_),
                key: Some(key),
                ..
            } => keys.push(key.as_str()),
            // An expression: only the project's name is known to be the same for everybody.
            State::S3 { .. } => return name.to_owned(),
            State::Local(_) | State::Other(_) => {}
        }
    }
    let Some(first) = keys.first() else {
        return name.to_owned();
    };
    if keys.iter().all(|key| key == first) {
        return (*first).to_owned();
    }
    let mut directory = first
        .rsplit_once('/')
        .map_or("", |(directory, _)| directory);
    while !directory.is_empty() {
        let inside = |key: &&str| {
            key.strip_prefix(directory)
                .is_some_and(|rest| rest.starts_with('/'))
        };
        if keys.iter().all(inside) {
            return format!("{directory}/{name}");
        }
        directory = directory.rsplit_once('/').map_or("", |(above, _)| above);
    }
    // Without a directory of its own, and without a name, others may be in the bucket too.
    project.map_or_else(|| in_common(&keys), ToOwned::to_owned)
}

/// What a project without a name is called in a bucket: what the keys of its states have in common,
/// without words that every project has.
fn in_common(keys: &[&str]) -> String {
    let words = |key: &str| -> Vec<String> {
        let all = key.split(|character: char| !character.is_ascii_alphanumeric());
        all.filter(|word| word.len() > 1 && !GENERIC.contains(word))
            .map(ToOwned::to_owned)
            .collect()
    };
    let first = keys.first().map(|key| words(key)).unwrap_or_default();
    let others: Vec<Vec<String>> = keys.iter().skip(1).map(|key| words(key)).collect();
    let shared: Vec<String> = first
        .into_iter()
        .filter(|word| others.iter().all(|other| other.contains(word)))
        .collect();
    if shared.is_empty() {
        UNNAMED.to_owned()
    } else {
        shared.join("-")
    }
}

/// Whether a lock of this environment is one of the other as well.
fn shares(project: &Path, written: &State, own: &Settings, other: &State) -> bool {
    match (written, other) {
        (State::Local(_), State::Local(_)) => {
            let (one, two) = (local(project, written, &[]), local(project, other, &[]));
            match (one, two) {
                (At::Directory(one, _), At::Directory(two, _)) => {
                    one == two
                        || matches!(
                            local(project, written, &[(String::new(), other.clone())]),
                            At::Directory(around, Sharing::Shared) if whole(&two).starts_with(&around)
                        )
                }
                _ => false,
            }
        }
        (
            State::S3 { endpoint, .. },
            State::S3 {
                endpoint: other_endpoint,
                bucket,
                ..
            },
        ) => {
            let bucket = bucket.as_deref();
            endpoint == other_endpoint && (bucket.is_none() || bucket == own.get("bucket"))
        }
        // On this machine.
        (State::Other(one), State::Other(two)) => one == two,
        _ => false,
    }
}

/// The bucket as the backend is told to reach it.
pub(super) fn connect(backend: &Settings, bucket: &str) -> Bucket {
    let get = |names: [&str; 2]| {
        names
            .into_iter()
            .find_map(|name| backend.get(name))
            .filter(|value| !value.is_empty())
            .map(ToOwned::to_owned)
    };
    let is = |name: &str| backend.get(name) == Some("true");
    let connected = Bucket::new(Aws::new(), bucket)
        .region(get(["region", "region"]))
        .profile(get(["profile", "profile"]))
        .role(get(["assume_role.role_arn", "role_arn"]))
        .endpoint(get(["endpoints.s3", "endpoint"]))
        .path_style(is("use_path_style") || is("force_path_style"));
    match get(["kms_key_id", "kms_key_id"]) {
        Some(key) => connected.encrypted(Some(key)),
        None if is("encrypt") => connected.encrypted(None),
        None => connected,
    }
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::deploy::target::TargetError;
    use crate::hcl::Dialect;
    use crate::layout::Layout;

    fn s3(bucket: Option<&str>, key: Option<&str>) -> State {
        State::S3 {
            endpoint: None,
            bucket: bucket.map(ToOwned::to_owned),
            key: key.map(ToOwned::to_owned),
        }
    }

    #[test]
    fn every_environment_leads_to_the_same_key() {
        let state = Some("state");
        for (project, keys, expected) in [
            (
                None,
                &["app/terraform.tfstate"][..],
                "app/terraform.tfstate",
            ),
            (
                None,
                &["app/terraform.tfstate", "app/terraform.tfstate"],
                "app/terraform.tfstate",
            ),
            (None, &["app/staging/s", "app/production/s"], "app/project"),
            (
                Some("media"),
                &["app/staging/s", "app/production/s"],
                "app/media",
            ),
            (
                Some("media"),
                &["app-staging/s", "app-production/s"],
                "media",
            ),
            (Some("media"), &["staging", "production"], "media"),
            (
                None,
                &["app/s", "app/deep/er/s", "app/deep/s"],
                "app/project",
            ),
            (None, &["a/s", "ab/s"], "project"),
            // Two projects in one bucket, and neither has a directory or a name.
            (
                None,
                &["staging/shop.tfstate", "production/shop.tfstate"],
                "shop",
            ),
            (
                None,
                &["staging/billing.tfstate", "production/billing.tfstate"],
                "billing",
            ),
            (
                None,
                &["web-api-staging.tfstate", "web-api-prod.tfstate"],
                "web-api",
            ),
        ] {
            for own in 0..keys.len() {
                let all: Vec<State> = keys.iter().map(|key| s3(state, Some(key))).collect();
                let others: Vec<(String, State)> = all
                    .iter()
                    .enumerate()
                    .filter(|(nth, _)| *nth != own)
                    .map(|(nth, state)| (nth.to_string(), state.clone()))
                    .collect();
                assert_eq!(stem(project, &all[own], "state", &others), expected);
            }
        }
        let known = s3(state, Some("app/s"));
        for (own, other, expected) in [
            (&known, s3(state, None), "media"),
            (&known, s3(None, Some("app/t")), "media"),
            (&known, s3(Some("elsewhere"), Some("app/t")), "app/s"),
            (&known, State::Other("gcs".into()), "app/s"),
            (&s3(state, None), known.clone(), "media"),
        ] {
            let others = [("other".to_owned(), other)];
            assert_eq!(stem(Some("media"), own, "state", &others), expected);
        }
    }

    #[test]
    fn local_states_lead_to_the_project_or_around_them() {
        let project = Path::new("/no/such/project");
        let at = |path: &str| State::Local(PathBuf::from(path));
        for (own, other, expected) in [
            (
                "/no/such/project",
                "/no/such/project/deep",
                "/no/such/project",
            ),
            (
                "/no/such/project/deep",
                "/no/such/shared",
                "/no/such/project",
            ),
            (
                "/no/such/shared/staging",
                "/no/such/shared/production",
                "/no/such/shared",
            ),
            ("/no/such/shared", "/no/such/project", "/no/such/shared"),
            ("/one/state", "/two/state", "/one/state"),
        ] {
            let found = match local(project, &at(own), &[("other".to_owned(), at(other))]) {
                At::Directory(found, _) => Some(found),
                At::Bucket(..) => None,
            };
            assert_eq!(found.as_deref(), Some(Path::new(expected)), "{own} {other}");
        }
    }

    #[test]
    fn who_is_not_covered_is_said() {
        let covered = "";
        let elsewhere = "the lock is not about `production`: the state is kept elsewhere";
        let here = "the lock and the history are on this machine only: Tollgate keeps none in the backend `gcs`";
        for (staging, production, place, expected) in [
            (
                "backend \"s3\" {\n bucket = \"b\"\n key = \"a/s\"\n}",
                "backend \"s3\" {\n bucket = \"b\"\n key = \"a/p\"\n}",
                "s3://b/a/project",
                covered,
            ),
            (
                "backend \"s3\" {\n bucket = \"b\"\n key = \"a/s\"\n}",
                "backend \"s3\" {\n bucket = \"c\"\n key = \"a/p\"\n}",
                "s3://b/a/s",
                elsewhere,
            ),
            (
                "backend \"s3\" {\n bucket = \"b\"\n key = \"a/s\"\n}",
                "",
                "s3://b/a/s",
                elsewhere,
            ),
            ("", "", "/.tollgate", covered),
            ("", "backend \"s3\" {}", "/.tollgate", elsewhere),
            (
                "backend \"gcs\" {}",
                "backend \"gcs\" {}",
                "/.tollgate",
                here,
            ),
            (
                "",
                "backend \"local\" {\n path = \"/no/such/place/p\"\n}",
                "/.tollgate",
                elsewhere,
            ),
        ] {
            let folder = tempfile::tempdir().expect("a directory");
            for (name, backend) in [("staging", staging), ("production", production)] {
                let module = folder.path().join(name);
                std::fs::create_dir(&module).expect("a directory");
                let text = format!("terraform {{\n{backend}\n}}\n");
                std::fs::write(module.join("main.tf"), text).expect("a file");
            }
            let path = folder.path().join("tollgate.toml");
            let text = "[environments.staging]\ndirectory = \"staging\"\n[environments.production]\ndirectory = \"production\"\n";
            std::fs::write(&path, text).expect("a file");
            let config = Config::load(&path, tollgate_model::library::LIBRARY).expect("fine");
            let opentofu = |_: &Layout| Ok::<_, TargetError>(Dialect::OpenTofu);
            let target = Target::look(&config, Some("staging"), opentofu).expect("fine");
            let found = Place::of(&config, &target).expect("a place");
            assert!(found.to_string().ends_with(place), "{found}: {place}");
            assert_eq!(found.notes().join("; "), expected, "{staging} {production}");
        }
    }
}
