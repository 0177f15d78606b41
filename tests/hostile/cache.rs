//! Entries of the cache that this user's Tollgate did not write, and no cache at all.

use std::fs;
use std::path::Path;

use libtest_mimic::{Failed, Trial};

use super::Place;
use super::guest::Guest;
use crate::cli::run;

const CACHED: &str = "out of the cache";
const REPLACED: &str = "compiled now: the cache's entry is foreign or damaged, and replaced";

type Spoil = fn(&Place, &Path) -> Result<(), Failed>;

/// What is done to an entry of the cache.
const SPOILT: &[(&str, Spoil)] = &[
    ("poisoned", |_, entry| {
        let mut bytes = fs::read(entry)?;
        let middle = bytes.len() / 2;
        bytes[middle..middle + 64]
            .iter_mut()
            .for_each(|byte| *byte ^= 0xff);
        Ok(fs::write(entry, bytes)?)
    }),
    ("truncated", |_, entry| {
        let bytes = fs::read(entry)?;
        Ok(fs::write(entry, &bytes[..bytes.len() / 2])?)
    }),
    ("empty", |_, entry| Ok(fs::write(entry, "")?)),
    ("an_artifact_without_authentication", |_, entry| {
        let bytes = fs::read(entry)?;
        Ok(fs::write(entry, &bytes[..bytes.len() - 32])?)
    }),
    // As when a CI system restores what another machine has cached.
    ("written_under_another_key", |place, _| {
        Ok(fs::remove_dir_all(place.path("state"))?)
    }),
    ("another_modules", |place, entry| {
        let other = Place::new(&Guest::evaluate("unreachable").build()?, "")?;
        let state = place.path("state");
        let cache = other.path("cache");
        let [cache, state] = [cache.to_string_lossy(), state.to_string_lossy()];
        other.code(&[("XDG_CACHE_HOME", &cache), ("XDG_STATE_HOME", &state)])?;
        fs::copy(other.entry()?, entry)?;
        Ok(())
    }),
];

fn spoilt(spoil: Spoil) -> Result<(), Failed> {
    let place = Place::new(&Guest::new().build()?, "")?;
    let before = place.check()?;
    let said = place.code(&[])?;
    if said != CACHED {
        return Err(format!("the first run cached nothing: {said}").into());
    }
    spoil(&place, &place.entry()?)?;
    let after = place.check()?;
    if after.stdout != before.stdout || after.code != before.code {
        return Err(format!("the report differs:\n{before}\n{after}").into());
    }
    let said = place.code(&[])?;
    if said != CACHED {
        return Err(format!("the run did not replace the entry: {said}").into());
    }
    spoil(&place, &place.entry()?)?;
    match place.code(&[])? {
        said if said == REPLACED => Ok(()),
        said => Err(format!("it does not say that it replaced the entry: {said}").into()),
    }
}

/// Without a cache everything is as with one, but for the time that it takes.
fn no_cache() -> Result<(), Failed> {
    let place = Place::new(&Guest::new().build()?, "")?;
    let taken = place.path("taken");
    fs::write(&taken, "")?;
    let taken = taken.to_string_lossy().into_owned();
    for (name, value, reason) in [
        ("TOLLGATE_CACHE", "off", "TOLLGATE_CACHE turns it off"),
        ("XDG_CACHE_HOME", taken.as_str(), "Not a directory"),
        ("XDG_STATE_HOME", taken.as_str(), "Not a directory"),
    ] {
        let said = place.code(&[(name, value)])?;
        if !said.starts_with("compiled now, not cached: ") || !said.contains(reason) {
            return Err(format!("{name}={value}: {said}").into());
        }
    }
    let flag = run(place
        .tollgate()
        .args(["policy", "inspect", "hostile", "--no-cache"]))?;
    if !flag.stdout.contains("`--no-cache` turns it off") {
        return Err(format!("{flag}").into());
    }
    match place.code(&[])? {
        said if said == "compiled now, cached from here on" => Ok(()),
        said => Err(format!("something was cached: {said}").into()),
    }
}

pub(super) fn trials() -> Vec<Trial> {
    SPOILT
        .iter()
        .map(|(name, spoil)| {
            Trial::test(format!("hostile::cache_entry_{name}"), move || {
                spoilt(*spoil)
            })
        })
        .chain([Trial::test("hostile::no_cache", no_cache)])
        .collect()
}
