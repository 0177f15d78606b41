//! From the bytes of a module to code that can run: scanned, then out of the cache or
//! compiled in a child.

use std::fmt;

use super::cache::{Cache, Found};
use super::error::PolicyError;
use super::limits::Limits;
use super::{compile, prescan};

/// Where code came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It was compiled when Tollgate was built.
    Embedded,
    /// An earlier run compiled it.
    Cache,
    /// This run compiled it, because the cache did not have it.
    Compiled,
    /// This run compiled it, because what the cache had was not this user's Tollgate's.
    Replaced,
    /// This run compiled it, and nothing is cached for this reason.
    Uncached(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded => f.write_str("compiled when Tollgate was built"),
            Self::Cache => f.write_str("out of the cache"),
            Self::Compiled => f.write_str("compiled now, cached from here on"),
            Self::Replaced => {
                f.write_str("compiled now: the cache's entry is foreign or damaged, and replaced")
            }
            Self::Uncached(reason) => write!(f, "compiled now, not cached: {reason}"),
        }
    }
}

/// Makes code of a module, component or core; `digest` is that of its bytes, and `load`
/// makes code of an artifact.
///
/// The scan comes first in every case: a cached module is refused under limits that are
/// lower than those it was compiled under.
///
/// # Errors
/// When the module exceeds a limit, or the compiler refuses it.
pub(super) fn make<T>(
    module: &[u8],
    digest: &str,
    limits: &Limits,
    cache: &Cache,
    load: impl Fn(&[u8]) -> Result<T, PolicyError>,
) -> Result<(T, Origin), PolicyError> {
    prescan::scan(module, limits)?;
    let found = cache.get(digest);
    let mut foreign = found == Found::Foreign;
    if let Found::Artifact(artifact) = found {
        match load(&artifact) {
            Ok(code) => return Ok((code, Origin::Cache)),
            // Ours, and not for this machine.
            Err(_) => foreign = true,
        }
    }
    let artifact = compile::compile(module, limits)?;
    let code = load(&artifact)?;
    cache.put(digest, &artifact);
    let origin = match cache.why_off() {
        Some(reason) => Origin::Uncached(reason.to_owned()),
        None if foreign => Origin::Replaced,
        None => Origin::Compiled,
    };
    Ok((code, origin))
}
