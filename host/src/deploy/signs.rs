//! What an environment has that says which tool it is of.

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

use super::choice::{self, Sign};
use super::history::{self, Outcome};
use super::place::Place;
use super::target::{Site, Target, TargetError};
use crate::config::Config;
use crate::configuration::backend::LOCAL;
use crate::doctor::Tool;
use crate::layout::{DEFAULT_WORKSPACE, Layout};

/// The largest state that is read, in bytes.
const MAX_STATE: u64 = 64 << 20;

/// Returns what files, earlier deploys and the state say. The bucket is asked only where nothing else
/// says anything and both tools are there.
#[must_use]
pub fn of(config: &Config, layout: &Layout, tools: &[Tool]) -> Vec<Sign> {
    let target = look(config, layout);
    let mut signs = of_target(config, layout, target.as_ref(), tools);
    let asks = signs.is_empty() && tools.len() > 1;
    let place = target.and_then(|target| Place::of(config, &target).ok());
    let place = place.filter(|place| place.in_bucket().is_none() || asks);
    signs.extend(place.and_then(|place| last_deploy(&place, layout)));
    signs
}

/// Returns what files say: without a network, and without looking at deploys.
#[must_use]
pub fn of_files(config: &Config, layout: &Layout, tools: &[Tool]) -> Vec<Sign> {
    of_target(config, layout, look(config, layout).as_ref(), tools)
}

/// The environment, as it most likely is: the tool is not known yet.
fn look(config: &Config, layout: &Layout) -> Option<Target> {
    let likely =
        |layout: &Layout| Ok::<_, TargetError>(choice::likely(layout, &config.directory()));
    Target::look(config, Some(&layout.environment), likely).ok()
}

fn of_target(
    config: &Config,
    layout: &Layout,
    target: Option<&Target>,
    tools: &[Tool],
) -> Vec<Sign> {
    let site = target.map(|target| &target.site);
    let required = site
        .map(|site| site.root.required_versions().to_vec())
        .unwrap_or_default();
    let directory = &layout.directory.value;
    let mut signs = choice::in_files(directory, &config.directory(), &required, tools);
    let state = site.and_then(|site| local_state(site));
    signs.extend(state.and_then(|state| choice::in_state(&state, tools)));
    signs
}

/// The tool of the last deploy of the environment that was one.
fn last_deploy(place: &Place, layout: &Layout) -> Option<Sign> {
    let history = history::read(place).ok()?;
    let last = history.records.iter().rev().find(|record| {
        record.deploy.environment == layout.environment && record.deploy.result == Outcome::Applied
    })?;
    let of = choice::named(last.deploy.tool.split(' ').next()?)?;
    Some(Sign {
        of,
        what: format!("the last deploy ({})", last.deploy.tool),
    })
}

/// The state of an environment in a local backend.
fn local_state(site: &Site) -> Option<Vec<u8>> {
    let backend = &site.backend;
    if backend.kind() != LOCAL {
        return None;
    }
    let directory = &site.layout.directory.value;
    let path: PathBuf = if site.layout.workspace.value == DEFAULT_WORKSPACE {
        directory.join(backend.get("path").unwrap_or("terraform.tfstate"))
    } else {
        let states = backend
            .get("workspace_dir")
            .unwrap_or("terraform.tfstate.d");
        let folder = directory.join(states).join(&site.layout.workspace.value);
        folder.join("terraform.tfstate")
    };
    let mut state = Vec::new();
    let file = File::open(path).ok()?;
    // No device, and nothing that blocks.
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    file.take(MAX_STATE).read_to_end(&mut state).ok()?;
    Some(state)
}
