//! What `init` changes on the disk, and what of it is taken back where nothing is deployed.

use std::fs;
use std::path::{Path, PathBuf};

use crate::deploy::guard;
use crate::deploy::guard::backend::Initialised;
use crate::deploy::target::{Site, Target};
use crate::deploy::whereabouts;
use crate::hcl::backend::{LOCAL, Location, Relation, Settings};
use crate::layout::DEFAULT_WORKSPACE;

/// A folder for the states of a workspace that was not there. Where nothing is deployed it goes again:
/// it would be taken for a workspace that somebody made.
pub(super) struct MadeWorkspace(PathBuf);

impl MadeWorkspace {
    /// Where the tool makes it, in a local backend.
    pub(super) fn of(site: &Site) -> Option<Self> {
        let is_made =
            site.state.kind() == LOCAL && site.layout.workspace.value != DEFAULT_WORKSPACE;
        let state = site.state.object().filter(|_| is_made)?;
        Some(Self(Path::new(state).parent()?.to_owned()))
    }
}

impl Drop for MadeWorkspace {
    fn drop(&mut self) {
        // Only where nothing is in it.
        if fs::remove_dir(&self.0).is_ok()
            && let Some(states) = self.0.parent()
        {
            let _ = fs::remove_dir(states);
        }
    }
}

/// What a directory was initialised for, where that is no other environment's state: then it is rather
/// this one's. The tool forgets it with `init`, and a second try would look as if nothing had been there;
/// so it is put back unless the environment is deployed.
pub(super) struct Before {
    path: PathBuf,
    bytes: Vec<u8>,
    settings: Settings,
    state: Location,
    is_kept: bool,
}

impl Before {
    /// Call it before `init`. What may break is not asked for.
    pub(super) fn of(target: &Target) -> Option<Self> {
        let site = &target.site;
        let directory = &site.layout.directory.value;
        if !site.layout.protected {
            return None;
        }
        let path = guard::backend::file(directory);
        let bytes = fs::read(&path).ok()?;
        let Initialised::For(settings) = guard::backend::initialised(directory) else {
            return None;
        };
        let state = site.located(&settings);
        let is_own = state.relation(&site.state) == Relation::Same;
        let is_of = |other: &Site| {
            other.backend.kind() == settings.kind()
                && (other.backend.differences(&settings).is_empty()
                    || other.located(&settings).relation(&other.state) != Relation::Different)
        };
        let mut others = target.others.iter().chain(&target.unnamed);
        if is_own || others.any(|other| is_of(other)) {
            return None;
        }
        Some(Self {
            path,
            bytes,
            settings,
            state,
            is_kept: true,
        })
    }

    /// Says what it was, where something is in that; as a clause, with the setting that is another one.
    pub(super) fn told(
        &self,
        now: &Location,
        wanted: &Settings,
    ) -> Option<(String, Option<String>)> {
        let is_other = self.state.relation(now) == Relation::Different;
        if !is_other || !whereabouts::has_something(&self.state, &self.settings) {
            return None;
        }
        let mut changes = wanted.differences(&self.settings).into_iter();
        let change = changes.next();
        let setting = change.as_ref().map_or_else(String::new, |change| {
            format!(
                ": `{}` was {} and is {} now",
                change.name, change.found, change.wanted
            )
        });
        let said = format!(
            "the directory was initialised for another state of it, and no other environment's ({}){setting}",
            self.state
        );
        Some((said, change.map(|change| change.name)))
    }

    /// Leaves the directory as it is now.
    pub(super) fn forget(mut self) {
        self.is_kept = false;
    }
}

impl Drop for Before {
    fn drop(&mut self) {
        if self.is_kept && fs::read(&self.path).is_ok_and(|now| now != self.bytes) {
            let _ = fs::write(&self.path, &self.bytes);
        }
    }
}
