//! What an environment has that says which tool it is of.

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

use super::choice::{self, Sign, Weight};
use super::history::{self, Outcome};
use super::place::Place;
use super::target::{Site, Target, TargetError};
use crate::config::Config;
use crate::doctor::Tool;
use crate::hcl::backend::LOCAL;
use crate::layout::{DEFAULT_WORKSPACE, Layout};

/// The largest state that is read, in bytes.
const MAX_STATE: u64 = 64 << 20;

/// Returns what files, earlier deploys and the state say. A history in a bucket is asked only where
/// that is `allowed`, nothing else decides and both tools are there.
#[must_use]
pub fn of(config: &Config, layout: &Layout, tools: &[Tool], allowed: bool) -> Vec<Sign> {
    match look(config, layout) {
        Some(target) => of_target(config, &target, tools, allowed),
        None => choice::in_files(&layout.directory.value, &config.directory(), &[], tools),
    }
}

/// The same of an environment that is resolved.
#[must_use]
pub fn of_target(config: &Config, target: &Target, tools: &[Tool], allowed: bool) -> Vec<Sign> {
    let mut signs = of_site(config, &target.site, tools);
    let is_clear = signs.iter().any(|sign| sign.weight == Weight::Own);
    let asks = allowed && !is_clear && tools.len() > 1;
    let place = Place::of(config, target).ok();
    let place = place.filter(|place| place.in_bucket().is_none() || asks);
    signs.extend(place.and_then(|place| last_deploy(&place, &target.site.layout)));
    signs
}

/// The environment, as it most likely is: the tool is not known yet.
fn look(config: &Config, layout: &Layout) -> Option<Target> {
    let likely =
        |layout: &Layout| Ok::<_, TargetError>(choice::likely(layout, &config.directory()));
    Target::look(config, Some(&layout.environment), likely).ok()
}

/// Returns what the files of one environment say.
#[must_use]
pub fn of_site(config: &Config, site: &Site, tools: &[Tool]) -> Vec<Sign> {
    let required = site.root.required_versions();
    let directory = &site.layout.directory.value;
    let mut signs = choice::in_files(directory, &config.directory(), required, tools);
    let state = local_state(site);
    signs.extend(state.and_then(|state| choice::in_state(&state, tools)));
    signs
}

/// The tool of the last deploy of the environment that was one.
fn last_deploy(place: &Place, layout: &Layout) -> Option<Sign> {
    let history = history::read(place).ok()?;
    let applied = || {
        let records = history.records.iter().rev().map(|record| &record.deploy);
        records.filter(|deploy| deploy.result == Outcome::Applied)
    };
    let own = applied().find(|deploy| layout.is_called(&deploy.environment));
    // What one environment is deployed with, the first deploy of another one is.
    let (last, what, weight) = match own {
        Some(last) => (last, "the last deploy".to_owned(), Weight::Own),
        None => {
            let last = applied().next()?;
            let what = format!("the last deploy of {}", last.environment);
            (last, what, Weight::Hint)
        }
    };
    Some(Sign {
        of: choice::named(last.tool.split(' ').next()?)?,
        what: format!("{what} ({})", last.tool),
        weight,
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
