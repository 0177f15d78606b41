//! What is known of a state in other places than where its environment has its history: in those of the
//! other environments, and in the rest of the bucket.
//!
//! Where lock and history are follows from the keys of all states, so that one key that was changed, or an
//! environment that was added, leads to a place in which nothing is yet; and an environment with a bucket
//! of its own has a history of its own.

use std::collections::BTreeSet;
use std::path::Path;

use tollgate_secrets::s3::Bucket;

use super::history::{self, Deploy, History, Outcome, Record};
use super::place::{At, GENERIC, Place};
use super::state::Ancestry;
use super::target::Target;
use super::whereabouts;
use crate::config::Config;
use crate::diagnostic::{nearest, quoted};
use crate::hcl::backend::Location;
use crate::layout::DEFAULT_WORKSPACE;
use crate::origin::git;

/// The keys of a bucket that are looked at, at about most.
const MAX_KEYS: usize = 5_000;
/// The histories in a bucket that are read, at most.
const MAX_HISTORIES: usize = 8;
/// The states that are looked into, at most.
const MAX_LOOKS: usize = 4;
/// How the key of a history ends.
const HISTORY: &str = ".tollgate-history.jsonl";

/// A history that is not the environment's own.
pub struct Kept {
    /// Where it is.
    pub location: String,
    /// What it says.
    pub history: History,
    /// Whether it is this project's, as far as can be told.
    pub is_ours: bool,
}

/// Whose deploy to a state the last one was, where it was not this project's.
pub enum Stranger<'h> {
    /// Another project's.
    Project(&'h Record, &'h str),
    /// One from another root module of this repository, which is still there.
    Module(&'h Record, &'h str),
    /// One from a root module that is not there any more: it was moved.
    Moved(&'h str),
}

/// Says whose the last deploy to a state was, where that is not this project, by its name, or not this
/// root module. The state is told by its name, `now`, and by where it is from, where those are known.
#[must_use]
pub fn stranger<'h>(
    config: &Config,
    directory: &Path,
    history: &'h History,
    now: Option<&str>,
    ancestry: Option<&Ancestry>,
) -> Option<Stranger<'h>> {
    let last = history.records.iter().rev().find(|record| {
        let deploy = &record.deploy;
        // They say nothing of where it was deployed to.
        let says = !matches!(deploy.result, Outcome::Unfinished | Outcome::LockBroken);
        let is_named = now.is_some() && deploy.state.as_deref() == now;
        let is_copy = || match (ancestry, &deploy.ancestry) {
            (Some(now), Some(then)) => now.is_copy_of(then),
            _ => false,
        };
        says && (is_named || is_copy())
    })?;
    let deploy = &last.deploy;
    let is_gone =
        deploy.command == "destroy" && deploy.result == Outcome::Applied && !deploy.partial;
    if is_gone {
        return None;
    }
    if let Some(name) = foreign(config, deploy) {
        return Some(Stranger::Project(last, name));
    }
    let then = deploy.root_module.as_deref()?;
    let own = whereabouts::in_repository(directory)?;
    // A copy of a stack has the name of the project too, unless somebody thinks of it.
    if own == then || config.former_names().any(|former| former == then) {
        return None;
    }
    Some(if whereabouts::has_root_module(directory, then) {
        Stranger::Module(last, then)
    } else {
        Stranger::Moved(then)
    })
}

/// The name of the other project that a deploy was of, where both have one.
fn foreign<'d>(config: &Config, deploy: &'d Deploy) -> Option<&'d str> {
    let (then, now) = (deploy.project.as_deref()?, config.project()?);
    (then != now && config.former_names().all(|former| former != then)).then_some(then)
}

/// Returns the histories of the other environments, where those are in other places, and why others
/// cannot be read, as clauses.
#[must_use]
pub fn of_others(config: &Config, target: &Target, own: &Place) -> (Vec<Kept>, Vec<String>) {
    let mut seen = BTreeSet::from([history::location(own)]);
    let (mut kept, mut unread) = (Vec::new(), Vec::new());
    for other in &target.others {
        let name = &other.layout.environment;
        let place = target
            .other(name)
            .and_then(|other| Place::of(config, &other).ok());
        let Some(place) = place else {
            continue;
        };
        let location = history::location(&place);
        if !seen.insert(location.clone()) {
            continue;
        }
        match history::read(&place) {
            Ok(history) => kept.push(Kept {
                location,
                history,
                is_ours: true,
            }),
            Err(error) => unread.push(format!(
                "the history of {name} cannot be read, so nobody can tell whether the state is that of {name}: {error}"
            )),
        }
    }
    (kept, unread)
}

/// The rest of the bucket that a place is in.
pub struct Rest<'p> {
    bucket: &'p Bucket,
    keys: Vec<String>,
    /// The histories in it that are nearest: those that are called alike, and those of folders above
    /// and below.
    pub histories: Vec<Kept>,
}

impl<'p> Rest<'p> {
    /// Looks at it; none where there is no bucket, or it may not be listed.
    #[must_use]
    pub fn of(config: &Config, target: &Target, own: &'p Place) -> Option<Self> {
        let At::Bucket(bucket, stem) = own.at() else {
            return None;
        };
        let keys = bucket.list_all(MAX_KEYS).ok()?;
        let stems = keys.iter().filter_map(|key| key.strip_suffix(HISTORY));
        let mut stems: Vec<&str> = stems.filter(|other| other != stem).collect();
        let named = |other: &str| match config.project() {
            Some(name) => last(other) == name,
            None => last(other) == last(stem),
        };
        stems.sort_by_key(|other| (!named(other), !is_around(other, stem)));
        let directory = &target.site.layout.directory.value;
        let histories = stems.into_iter().take(MAX_HISTORIES);
        let histories = histories.filter_map(|other| {
            let place = Place::bucket((**bucket).clone(), other);
            let history = history::read(&place).ok()?;
            Some(Kept {
                location: history::location(&place),
                is_ours: is_ours(config, directory, other, &history),
                history,
            })
        });
        let histories = histories.collect();
        Some(Self {
            bucket,
            keys,
            histories,
        })
    }

    /// Says which states in other folders of the bucket are called as this one is, have something in
    /// them, and are not another project's, as far as can be told; as clauses.
    #[must_use]
    pub fn alike(&self, config: &Config, target: &Target, state: &Location) -> Vec<String> {
        let object = state.object().filter(|_| state.is_known());
        let Some(object) = object.filter(|object| is_telling(last(object))) else {
            return Vec::new();
        };
        let workspace = target.site.layout.workspace.value.as_str();
        // Stacks that share a bucket call their states after the environment, each in a folder of its own.
        // Where nothing says that the project was here, only a folder that is nearly the same is telling.
        let stem = last(object).split('.').next().unwrap_or_default();
        let by_folder =
            target.site.layout.is_called(stem) && !self.histories.iter().any(|kept| kept.is_ours);
        let is_candidate = |key: &&String| {
            let of_its_workspace = match workspace {
                DEFAULT_WORKSPACE => !key.split('/').any(|part| part.ends_with(':')),
                workspace => key.split('/').any(|part| part == workspace),
            };
            let mut others = target.others.iter();
            last(key) == last(object)
                && *key != object
                && (!by_folder || nearest(folder(object), [folder(key)]).is_some())
                && of_its_workspace
                && !others.any(|other| other.state.object() == Some(key.as_str()))
                && !self.is_of_another_project(config, key)
        };
        let candidates = self.keys.iter().filter(is_candidate).take(MAX_LOOKS);
        candidates
            .filter(|key| match self.bucket.get(key) {
                Ok(found) => found.is_some_and(|found| whereabouts::is_filled_state(&found.bytes)),
                // It is there, and nobody knows what is in it.
                Err(_) => true,
            })
            .map(|key| format!("there is a state at {}", quoted(key)))
            .collect()
    }

    /// Whether a history says that another project was deployed to a state last, or there is one of
    /// another project, and none of this one, in the folder of the state.
    fn is_of_another_project(&self, config: &Config, key: &str) -> bool {
        let state = format!("state {}", quoted(key));
        let told = self.histories.iter().find_map(|kept| {
            let records = kept.history.records.iter().rev();
            let mut records = records.map(|record| &record.deploy);
            records.find(|deploy| {
                let then = deploy.state.as_deref();
                then.is_some_and(|then| then.contains(&state))
            })
        });
        if let Some(deploy) = told {
            return foreign(config, deploy).is_some();
        }
        let Some(name) = config.project() else {
            return false;
        };
        let folder = folder(key);
        let here = self.keys.iter().filter_map(|key| {
            let stem = key.strip_suffix(HISTORY)?;
            let (above, called) = stem.rsplit_once('/').unwrap_or(("", stem));
            // One that is called after a state is nobody's by its name.
            (above == folder && !self.keys.iter().any(|key| key == stem)).then_some(called)
        });
        let mut called = here.peekable();
        called.peek().is_some() && called.all(|called| called != name)
    }
}

/// Whether a history elsewhere in the bucket is this project's: by its name, or by a deploy of a commit
/// that is here, from the same root module.
fn is_ours(config: &Config, directory: &Path, stem: &str, history: &History) -> bool {
    let mut deploys = history.records.iter().rev().map(|record| &record.deploy);
    if let Some(name) = config.project() {
        return match deploys.find_map(|deploy| deploy.project.as_deref()) {
            Some(then) => then == name || config.former_names().any(|former| former == then),
            None => last(stem) == name,
        };
    }
    let own = whereabouts::in_repository(directory);
    let last = deploys.find(|deploy| deploy.head.is_some());
    let Some((deploy, head)) = last.and_then(|deploy| Some((deploy, deploy.head.as_ref()?))) else {
        return false;
    };
    let is_id = head.commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    let commit = format!("{}^{{commit}}", head.commit);
    own.is_some()
        && deploy.root_module == own
        && is_id
        && git::ask(directory, &["cat-file", "-e", &commit]).is_ok()
}

/// What is before the last slash.
fn folder(key: &str) -> &str {
    key.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// What is behind the last slash.
fn last(key: &str) -> &str {
    key.rsplit_once('/').map_or(key, |(_, last)| last)
}

/// Whether one of two is in a folder that is that of the other, or above it.
fn is_around(one: &str, other: &str) -> bool {
    let folder = |stem: &str| match stem.rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/"),
        None => String::new(),
    };
    let (one, other) = (folder(one), folder(other));
    one.starts_with(&other) || other.starts_with(&one)
}

/// Whether a name says more than that of nearly every state.
fn is_telling(name: &str) -> bool {
    let mut words = name.split(|character: char| !character.is_ascii_alphanumeric());
    words.any(|word| word.len() > 1 && word != DEFAULT_WORKSPACE && !GENERIC.contains(&word))
}

/// Says which environment was deployed, as far as a history knows, and is none of those that are
/// configured, under whichever name; as a clause, with its name.
#[must_use]
pub fn unanswered<'h>(
    config: &Config,
    target: &Target,
    history: &'h History,
) -> Option<(&'h str, String)> {
    let layout = &target.site.layout;
    let answers = |name: &str| {
        let mut others = target.others.iter();
        let mut unclear = target.unclear.iter();
        layout.is_called(name)
            || others.any(|other| other.layout.is_called(name))
            || unclear
                .any(|(other, _)| other == name || config.aliases(other).any(|alias| alias == name))
    };
    let mut seen = BTreeSet::new();
    let last = history.records.iter().rev().find(|record| {
        let deploy = &record.deploy;
        deploy.result == Outcome::Applied
            && seen.insert(deploy.environment.as_str())
            && deploy.command != "destroy"
            && deploy.resources != Some(0)
            && !answers(&deploy.environment)
            && foreign(config, deploy).is_none()
    })?;
    let name = last.deploy.environment.as_str();
    Some((
        name,
        format!(
            "the history says that {} was deployed (line {}), and no environment is called so any more",
            quoted(name),
            last.number
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_around_each_other() {
        for (one, other, expected) in [
            ("app/shop", "shop", true),
            ("app/shop", "app/eu/shop", true),
            ("app/shop", "infra/shop", false),
            ("app/shop", "apps/shop", false),
        ] {
            assert_eq!(is_around(one, other), expected, "{one} {other}");
            assert_eq!(is_around(other, one), expected, "{other} {one}");
        }
    }

    #[test]
    fn names_that_many_states_have() {
        for (name, expected) in [
            ("terraform.tfstate", false),
            ("default.tfstate", false),
            ("state", false),
            ("production.tfstate", true),
            ("shop.tfstate", true),
        ] {
            assert_eq!(is_telling(name), expected, "{name}");
        }
    }
}
