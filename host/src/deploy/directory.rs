//! One run at a time in a root module: `init` for one environment must not come between the `init`
//! and the `plan` of another.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use super::DeployError;

/// Holds a root module; the system lets go of it when this process ends, however it ends.
pub struct Occupied(#[expect(dead_code, reason = "the descriptor is the lock")] File);

/// Takes the root module for this process.
///
/// # Errors
/// When another run has it.
pub fn occupy(directory: &Path) -> Result<Occupied, DeployError> {
    let data = crate::configuration::data_directory(directory);
    std::fs::create_dir_all(&data)
        .map_err(DeployError::system("make the tool's data directory"))?;
    let system = DeployError::system("take the root module for this run");
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(data.join("tollgate.pid"))
        .map_err(&system)?;
    if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        let mut holder = String::new();
        let _ = file.take(100).read_to_string(&mut holder);
        return Err(DeployError::Busy {
            directory: directory.display().to_string(),
            holder: holder.trim().escape_debug().to_string(),
        });
    }
    file.set_len(0).map_err(&system)?;
    file.rewind().map_err(&system)?;
    writeln!(file, "{}", std::process::id()).map_err(&system)?;
    Ok(Occupied(file))
}

/// Returns a process of OpenTofu or Terraform, or of one of their providers, that works in a
/// directory below this one, and where. A deploy that was killed leaves its tool behind, which goes
/// on until it has ended. None where the system does not tell (`/proc`).
#[must_use]
pub fn at_work(below: &Path) -> Option<(u32, PathBuf)> {
    let below = below.canonicalize().ok()?;
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir("/proc")
        .ok()?
        .flatten()
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let program = entry.path().join("exe").read_link().ok()?;
            let name = program.file_name()?.to_str()?;
            let directory = entry.path().join("cwd").read_link().ok()?;
            let is_one = name.starts_with("tofu") || name.starts_with("terraform");
            (is_one && directory.starts_with(&below)).then_some((pid, directory))
        })
        .collect();
    found.sort();
    found.into_iter().next()
}
