//! Whether a state that is new or empty is where the environment's state has been.
//!
//! A typo in the name of a workspace, a key that was changed, a name that is spelt in another way: the
//! tool finds no state there, and plans everything a second time. The history says where the
//! environment was deployed last, the backend which workspaces and states are called alike.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use tollgate_secrets::s3::Bucket;

use super::history::{Deploy, History, Outcome};
use super::place::connect;
use super::state::Ancestry;
use super::target::{Site, Target, relative};
use super::tool::Runner;
use crate::diagnostic::{nearest, quoted};
use crate::hcl::backend::{LOCAL, Location, Settings};
use crate::layout::DEFAULT_WORKSPACE;

/// The states that are looked into, at most.
const MAX_LOOKS: usize = 4;
/// The bytes of a local state that are read.
const MAX_BYTES: u64 = 256 << 20;

/// Whether a plan, as JSON, starts from a state in which nothing is. What cannot be read is taken for
/// one: then it is looked at more closely.
#[must_use]
pub fn starts_from_nothing(plan: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Plan {
        prior_state: Option<State>,
    }
    #[derive(Deserialize)]
    struct State {
        values: Option<Values>,
    }
    #[derive(Deserialize)]
    struct Values {
        root_module: Option<Module>,
    }
    #[derive(Deserialize)]
    struct Module {
        #[serde(default)]
        resources: Vec<Resource>,
        #[serde(default)]
        child_modules: Vec<Self>,
    }
    #[derive(Deserialize)]
    struct Resource {
        mode: String,
    }
    fn has(module: &Module) -> bool {
        // What was read is in no state.
        module.resources.iter().any(|each| each.mode == "managed")
            || module.child_modules.iter().any(has)
    }
    let module = serde_json::from_slice::<Plan>(plan)
        .ok()
        .and_then(|plan| plan.prior_state?.values?.root_module);
    !module.as_ref().is_some_and(has)
}

/// How many resources a plan leaves, of those that it is about.
#[must_use]
pub fn left_by(plan: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct Plan {
        #[serde(default)]
        resource_changes: Vec<Changed>,
    }
    #[derive(Deserialize)]
    struct Changed {
        mode: String,
        change: Change,
    }
    #[derive(Deserialize)]
    struct Change {
        actions: Vec<String>,
    }
    let plan = serde_json::from_slice::<Plan>(plan).ok()?;
    let stays = |changed: &&Changed| {
        let last = changed.change.actions.last().map(String::as_str);
        let gone = matches!(last, Some("delete" | "forget"));
        // One that is replaced the other way round is deleted last.
        let made = changed
            .change
            .actions
            .iter()
            .any(|action| action == "create");
        changed.mode == "managed" && (!gone || made)
    };
    u64::try_from(plan.resource_changes.iter().filter(stays).count()).ok()
}

/// How a state is called in a history: alike on every machine that has the project.
#[must_use]
pub fn named(state: &Location, project: &Path) -> Option<String> {
    if !state.is_known() {
        return None;
    }
    match state.object() {
        Some(path) if state.kind() == LOCAL => {
            let path = relative(project, Path::new(path));
            Some(format!("{LOCAL} {}", path.display()))
        }
        _ => Some(state.to_string()),
    }
}

/// Says where the environment was deployed last, if that is somewhere else or something should still be
/// there; as a clause. A plan that was `kept` may be older than the last deploy.
#[must_use]
pub fn by_history(
    target: &Target,
    history: &History,
    now: Option<&str>,
    kept: bool,
) -> Option<String> {
    let layout = &target.site.layout;
    let mut records = history.records.iter().rev();
    let last = records.find(|record| {
        let deploy = &record.deploy;
        layout.is_called(&deploy.environment) && deploy.result == Outcome::Applied
    })?;
    let deploy = &last.deploy;
    if deploy.command == "destroy" {
        return None;
    }
    let elsewhere = deploy.workspace != layout.workspace.value
        || matches!((&deploy.state, now), (Some(then), Some(now)) if then != now);
    if elsewhere {
        let state = deploy.state.clone();
        let place = state.unwrap_or_else(|| format!("the workspace {}", quoted(&deploy.workspace)));
        return Some(format!(
            "the history says that it was deployed to {place} (line {})",
            last.number
        ));
    }
    match deploy.resources {
        Some(0) | None => None,
        // The tool itself refuses one that is older.
        Some(_) if kept => None,
        Some(count) => Some(format!(
            "the history says that {count} resources were deployed to it (line {})",
            last.number
        )),
    }
}

/// Says which other environment was deployed to this very state last, as far as the history knows,
/// whether or not the configuration names it.
#[must_use]
pub fn of_another<'h>(target: &Target, history: &'h History, now: &str) -> Option<&'h str> {
    last_of_others(target, history, |deploy| {
        deploy.state.as_deref() == Some(now)
    })
}

/// Whether a history says of any other environment where its state is from.
#[must_use]
pub fn knows_ancestry(target: &Target, history: &History) -> bool {
    last_of_others(target, history, |deploy| deploy.ancestry.is_some()).is_some()
}

/// Whether a history says of a deploy of this environment that its state was of this lineage.
#[must_use]
pub fn knows_lineage(target: &Target, history: &History, now: &Ancestry) -> bool {
    let layout = &target.site.layout;
    history.records.iter().any(|record| {
        let deploy = &record.deploy;
        let known = deploy.ancestry.as_ref();
        layout.is_called(&deploy.environment)
            && known.is_some_and(|known| known.lineage == now.lineage)
    })
}

/// Says from which other environment's state this one was copied, as far as the history knows.
#[must_use]
pub fn copied_from<'h>(target: &Target, history: &'h History, now: &Ancestry) -> Option<&'h str> {
    last_of_others(target, history, |deploy| {
        let known = deploy.ancestry.as_ref();
        known.is_some_and(|known| now.is_copy_of(known))
    })
}

/// The other environment, of those whose last deploy left something, of which that deploy is so.
fn last_of_others<'h>(
    target: &Target,
    history: &'h History,
    is_so: impl Fn(&Deploy) -> bool,
) -> Option<&'h str> {
    let layout = &target.site.layout;
    // Each environment once, under whichever of its names.
    let own_name = |called: &'h str| {
        let mut others = target.others.iter().map(|other| &other.layout);
        let other = others.find(|other| other.is_called(called));
        other.map_or(called.to_owned(), |other| other.environment.clone())
    };
    let mut seen = std::collections::BTreeSet::new();
    history.records.iter().rev().find_map(|record| {
        let deploy = &record.deploy;
        // They say nothing of where it was deployed to.
        if matches!(deploy.result, Outcome::Unfinished | Outcome::LockBroken) {
            return None;
        }
        if layout.is_called(&deploy.environment) || !seen.insert(own_name(&deploy.environment)) {
            return None;
        }
        (deploy.command != "destroy" && is_so(deploy)).then_some(deploy.environment.as_str())
    })
}

/// Says which workspaces are called alike and have something in their states; as clauses.
#[must_use]
pub fn in_workspaces(target: &Target, runner: &Runner) -> Vec<String> {
    // Not every backend has workspaces.
    let Ok(workspaces) = runner.workspaces() else {
        return Vec::new();
    };
    let names = workspaces.iter().map(String::as_str);
    let candidates = alike(&target.site, &target.others, names);
    let has_something = |name: &&str| {
        let list = ["state", "list"].map(OsString::from);
        let printed = runner.quietly(&list, name);
        printed.is_ok_and(|printed| printed.code == 0 && !printed.output.trim_ascii().is_empty())
    };
    let found = candidates.into_iter().take(MAX_LOOKS);
    found
        .filter(has_something)
        .map(|name| format!("the workspace {} has something in its state", quoted(name)))
        .collect()
}

/// The workspaces that could be what was meant, and are no other environment's; the one that is there
/// without any comes last.
#[must_use]
pub fn alike<'w>(
    site: &Site,
    others: &[Arc<Site>],
    workspaces: impl Iterator<Item = &'w str>,
) -> Vec<&'w str> {
    let own = site.layout.workspace.value.as_str();
    let directory = &site.layout.directory.value;
    let of_others: Vec<&str> = others
        .iter()
        .filter(|other| crate::layout::same(&other.layout.directory.value, directory))
        .map(|other| other.layout.workspace.value.as_str())
        .collect();
    let mut found: Vec<&str> = workspaces
        .filter(|name| *name != own && !of_others.contains(name))
        .filter(|name| {
            *name == DEFAULT_WORKSPACE
                || site.layout.is_called(name)
                || nearest(name, site.layout.names().into_iter().chain([own])).is_some()
        })
        .collect();
    found.sort_by_key(|name| (*name == DEFAULT_WORKSPACE, *name));
    found
}

/// Whether there is a state, where it can be told without the tool.
#[must_use]
pub fn is_there(state: &Location, bucket: Option<&Bucket>) -> Option<bool> {
    let object = state.object().filter(|_| state.is_known())?;
    match (state.kind(), bucket) {
        (LOCAL, _) => Some(Path::new(object).exists()),
        ("s3", Some(bucket)) => bucket.get(object).ok().map(|found| found.is_some()),
        _ => None,
    }
}

/// Says which states near this one are called alike and have something in them; as clauses.
#[must_use]
pub fn nearby(target: &Target, state: &Location, bucket: Option<&Bucket>) -> Vec<String> {
    let Some(object) = state.object().filter(|_| state.is_known()) else {
        return Vec::new();
    };
    let of_others = |candidate: &str| {
        let mut others = target.others.iter();
        others.any(|other| {
            other.state.kind() == state.kind() && other.state.object() == Some(candidate)
        })
    };
    let names = target.site.layout.names();
    let mut found = Vec::new();
    let project = target.site.layout.directory.value.as_path();
    let alike = candidates(object, state.kind() == LOCAL, bucket, &names, project);
    let moved = bucket.map_or_else(Vec::new, |bucket| moved(object, bucket));
    for candidate in alike.into_iter().chain(moved) {
        if found.len() >= MAX_LOOKS {
            break;
        }
        if !of_others(&candidate) && (bucket.is_some() || is_filled(Path::new(&candidate))) {
            found.push(format!("there is a state at {}", quoted(&candidate)));
        }
    }
    found
}

/// Keys of a bucket whose ends are those of this one, in another folder: a bucket that was tidied up.
fn moved(object: &str, bucket: &Bucket) -> Vec<String> {
    // Those of one workspace are in a folder of their own.
    let within = match object.splitn(3, '/').collect::<Vec<_>>().as_slice() {
        [prefix, workspace, _] if prefix.ends_with(':') => format!("{prefix}/{workspace}/"),
        _ => String::new(),
    };
    let keys = bucket.list(&within).unwrap_or_default();
    keys.into_iter()
        .filter(|key| is_moved(object, key))
        .collect()
}

/// Whether one key is the other below a further folder, but for what both begin with.
fn is_moved(one: &str, other: &str) -> bool {
    let (mut one, mut other) = (one, other);
    while let (Some((a, rest)), Some((b, behind))) = (one.split_once('/'), other.split_once('/'))
        && a == b
    {
        (one, other) = (rest, behind);
    }
    let (short, long) = if one.len() < other.len() {
        (one, other)
    } else {
        (other, one)
    };
    // A file's name alone is that of many.
    short.contains('/')
        && long
            .strip_suffix(short)
            .is_some_and(|before| before.ends_with('/'))
}

/// Names that differ from this one in one part, in which they are alike.
fn candidates(
    object: &str,
    is_local: bool,
    bucket: Option<&Bucket>,
    names: &[&str],
    directory: &Path,
) -> Vec<String> {
    let repository = repository_of(directory);
    let parts: Vec<&str> = object.split('/').collect();
    let mut found = Vec::new();
    // The name itself, and the two folders that it is in.
    for nth in (0..parts.len()).rev().take(3) {
        let (Some(before), Some(own)) = (parts.get(..nth), parts.get(nth)) else {
            continue;
        };
        let behind = parts.get(nth + 1..).unwrap_or_default();
        let folder = before.join("/");
        // Beside the repository are other people's states, and copies of this one.
        let is_beside = is_local
            && repository.as_deref().is_some_and(|root| {
                Path::new(object).starts_with(root) && !Path::new(&folder).starts_with(root)
            });
        if is_beside {
            continue;
        }
        let listed = if is_local {
            let entries = std::fs::read_dir(PathBuf::from(format!("{folder}/")));
            let entries = entries.into_iter().flatten().flatten();
            entries
                .filter_map(|entry| entry.file_name().into_string().ok())
                .collect()
        } else {
            match bucket {
                Some(bucket) => in_bucket(bucket, &folder, behind),
                None => return found,
            }
        };
        for entry in listed {
            if entry == *own || !is_alike(&entry, own, names) {
                continue;
            }
            let whole = before
                .iter()
                .copied()
                .chain([entry.as_str()])
                .chain(behind.iter().copied());
            found.push(whole.collect::<Vec<_>>().join("/"));
        }
    }
    found
}

/// Returns a directory from the root of its repository on; none outside of one.
#[must_use]
pub fn in_repository(directory: &Path) -> Option<String> {
    let root = repository_of(directory)?;
    let directory = directory.canonicalize().ok()?;
    let rest = directory.strip_prefix(&root.canonicalize().ok()?).ok()?;
    if rest.as_os_str().is_empty() {
        return Some(".".to_owned());
    }
    rest.to_str().map(ToOwned::to_owned)
}

/// Whether there is a root module in another directory of the repository that this one is in.
#[must_use]
pub fn has_root_module(directory: &Path, other: &str) -> bool {
    let Some(root) = repository_of(directory) else {
        return false;
    };
    let entries = std::fs::read_dir(root.join(other));
    let mut names = entries
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name());
    let endings = [".tf", ".tf.json", ".tofu", ".tofu.json"];
    names.any(|name| {
        let name = name.to_string_lossy();
        endings.iter().any(|ending| name.ends_with(ending))
    })
}

/// The repository that a directory is in.
fn repository_of(directory: &Path) -> Option<PathBuf> {
    let directory = directory.canonicalize().ok()?;
    let above = directory
        .ancestors()
        .find(|above| above.join(".git").exists());
    above.map(Path::to_owned)
}

/// What is in a folder of a bucket, where the same is behind it.
fn in_bucket(bucket: &Bucket, folder: &str, behind: &[&str]) -> Vec<String> {
    let prefix = if folder.is_empty() {
        String::new()
    } else {
        format!("{folder}/")
    };
    // Whoever may not list is told nothing.
    let keys = bucket.list(&prefix).unwrap_or_default();
    let behind = behind.join("/");
    let named = keys.iter().filter_map(|key| {
        let rest = key.strip_prefix(&prefix)?;
        let (name, rest) = rest.split_once('/').unwrap_or((rest, ""));
        (rest == behind).then(|| name.to_owned())
    });
    named.collect()
}

/// Whether a part of a name could be what was meant by another.
fn is_alike(entry: &str, own: &str, names: &[&str]) -> bool {
    let (stem, ending) = entry.split_once('.').unwrap_or((entry, ""));
    let (own_stem, own_ending) = own.split_once('.').unwrap_or((own, ""));
    // Copies and locks that tools leave beside a state are none.
    if ending != own_ending || stem.is_empty() {
        return false;
    }
    let mut words = stem.split(['-', '_']);
    let is_name = words.any(|word| names.contains(&word));
    is_name || nearest(stem, [own_stem]).is_some()
}

/// Whether there is something in a state; what cannot be told is taken for something.
#[must_use]
pub fn has_something(state: &Location, backend: &Settings) -> bool {
    let Some(object) = state.object().filter(|_| state.is_known()) else {
        return true;
    };
    match (state.kind(), backend.get("bucket")) {
        (LOCAL, _) => is_filled(Path::new(object)),
        ("s3", Some(bucket)) => match connect(backend, bucket).get(object) {
            Ok(found) => found.is_some_and(|found| is_filled_state(&found.bytes)),
            Err(_) => true,
        },
        _ => true,
    }
}

/// Whether a file is a state with something in it.
fn is_filled(path: &Path) -> bool {
    let is_small =
        std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() <= MAX_BYTES);
    is_small && std::fs::read(path).is_ok_and(|bytes| is_filled_state(&bytes))
}

/// Whether these bytes are a state with something in it.
#[must_use]
pub fn is_filled_state(bytes: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct State {
        #[serde(default)]
        resources: Vec<serde::de::IgnoredAny>,
        encrypted_data: Option<serde::de::IgnoredAny>,
    }
    let state = serde_json::from_slice::<State>(bytes).ok();
    state.is_some_and(|state| !state.resources.is_empty() || state.encrypted_data.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_says_whether_there_was_anything() {
        for (plan, expected) in [
            ("{}", true),
            (r#"{"prior_state": {"format_version": "1.0"}}"#, true),
            (r#"{"prior_state": {"values": {"outputs": {}}}}"#, true),
            (
                r#"{"prior_state": {"values": {"root_module": {"resources": [{"mode": "data"}]}}}}"#,
                true,
            ),
            (
                r#"{"prior_state": {"values": {"root_module": {"resources": [{"mode": "managed"}]}}}}"#,
                false,
            ),
            (
                r#"{"prior_state": {"values": {"root_module": {"child_modules": [{"child_modules": [{"resources": [{"mode": "managed"}]}]}]}}}}"#,
                false,
            ),
            ("no JSON", true),
        ] {
            assert_eq!(starts_from_nothing(plan.as_bytes()), expected, "{plan}");
        }
    }

    #[test]
    fn keys_that_were_moved_below_another_folder() {
        for (one, other, expected) in [
            ("shop/prod.tfstate", "teams/shop/prod.tfstate", true),
            ("services/app/t.tfstate", "app/t.tfstate", true),
            (
                "env:/p/services/app/t.tfstate",
                "env:/p/app/t.tfstate",
                true,
            ),
            ("app/t.tfstate", "app/t.tfstate", false),
            ("terraform.tfstate", "billing/terraform.tfstate", false),
            ("shop/prod.tfstate", "teams/eshop/prod.tfstate", false),
            ("shop/prod.tfstate", "shop/prod.tfstate.tflock", false),
        ] {
            assert_eq!(is_moved(one, other), expected, "{one} {other}");
            assert_eq!(is_moved(other, one), expected, "{other} {one}");
        }
    }

    #[test]
    fn parts_of_names_that_could_be_meant() {
        let names = ["production", "prod", "prd"];
        for (entry, own, expected) in [
            ("prod.tfstate", "production.tfstate", true),
            ("prod", "production", true),
            ("app-prod.tfstate", "app.tfstate", true),
            ("prodcution.tfstate", "production.tfstate", true),
            ("production.tfstate.backup", "production.tfstate", false),
            ("staging.tfstate", "production.tfstate", false),
            ("production.json", "production.tfstate", false),
            (".tfstate", "production.tfstate", false),
        ] {
            assert_eq!(is_alike(entry, own, &names), expected, "{entry} {own}");
        }
    }
}
