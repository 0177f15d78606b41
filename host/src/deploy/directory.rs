//! One run at a time in a root module: `init` for one environment must not come between the `init`
//! and the `plan` of another.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
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
    let data = crate::hcl::data_directory(directory);
    std::fs::create_dir_all(&data)
        .map_err(DeployError::system("make the tool's data directory"))?;
    let system = DeployError::system("take the root module for this run");
    // Not through a link, which would have another file written to.
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
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

/// Subcommands that change nothing: a run of one of them is no deploy.
const HARMLESS: [&str; 11] = [
    "version",
    "fmt",
    "validate",
    "providers",
    "console",
    "show",
    "output",
    "graph",
    "metadata",
    "get",
    "test",
];

/// Returns a process of OpenTofu or Terraform, or of one of their providers, that works in a
/// directory below this one, and where. A deploy that was killed leaves its tool behind, which goes
/// on until it has ended. A language server is none of them, nor is what it asks the tool for. None
/// where the system does not tell (`/proc`).
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
            if !is_one(name) || !directory.starts_with(&below) {
                return None;
            }
            let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
            (!is_harmless(&line)).then_some((pid, directory))
        })
        .collect();
    found.sort();
    found.into_iter().next()
}

/// Whether a program is one of the tools, whatever version manager named it, or a provider.
fn is_one(name: &str) -> bool {
    // Of one that was replaced while it runs.
    let name = name.strip_suffix(" (deleted)").unwrap_or(name);
    ["tofu", "terraform"].iter().any(|tool| {
        name.strip_prefix(tool).is_some_and(|rest| {
            rest.is_empty()
                || rest == "-bin"
                || rest.starts_with("-provider-")
                || rest
                    .trim_start_matches(['_', '-', '@', 'v'])
                    .starts_with(|first: char| first.is_ascii_digit())
        })
    })
}

/// Whether a command line is of a subcommand that changes nothing.
fn is_harmless(line: &[u8]) -> bool {
    let text = String::from_utf8_lossy(line);
    let mut words = text
        .split('\0')
        .skip(1)
        .filter(|word| !word.starts_with('-'));
    words.next().is_some_and(|word| HARMLESS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_deploys() {
        for (name, expected) in [
            ("tofu", true),
            ("terraform", true),
            ("terraform (deleted)", true),
            ("terraform-bin", true),
            ("terraform_1.9.0", true),
            ("tofu-v1.8", true),
            ("terraform1.5.7", true),
            ("terraform-provider-aws_v6.1.0_x5", true),
            ("terraform-ls", false),
            ("tofu-ls", false),
            ("terraform-lsp", false),
            ("terraform-docs", false),
            ("terragrunt", false),
        ] {
            assert_eq!(is_one(name), expected, "{name}");
        }
        for (line, expected) in [
            ("terraform\0apply\0/proc/1/fd/3\0", false),
            ("terraform\0-chdir=x\0version\0-json\0", true),
            ("tofu\0fmt\0-\0", true),
            ("tofu\0plan\0", false),
            ("terraform-provider-aws\0", false),
            ("", false),
        ] {
            assert_eq!(is_harmless(line.as_bytes()), expected, "{line}");
        }
    }
}
