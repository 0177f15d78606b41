//! What a run reads, and so must not write.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::{OutputError, place};

/// How files end that are never reports, in lower case: somebody mistyped, and would lose their
/// work, their state or their keys, or make a file that the next program takes for its own.
const NEVER: &[&str] = &[
    ".tf",
    ".tofu",
    ".tf.json",
    ".tofu.json",
    ".tfvars",
    ".tfvars.json",
    ".tfstate",
    ".tfstate.backup",
    ".tfplan",
    ".tfbackend",
    ".hcl",
    ".wasm",
    ".toml",
    ".enc.json",
    ".enc.env",
    ".yaml",
    ".yml",
    ".env",
    ".pem",
    ".key",
    ".pub",
    ".lock",
    ".sh",
    ".ps1",
    ".py",
    ".rb",
    ".go",
    ".rs",
    ".ts",
    ".js",
    ".c",
    ".h",
    "/makefile",
    "/dockerfile",
    "/jenkinsfile",
    "/codeowners",
    "/authorized_keys",
    "/id_rsa",
    "/id_ed25519",
    "/id_ecdsa",
];

/// Directories in which no report belongs.
const NOWHERE: &[&str] = &[".git", ".ssh", ".gnupg", ".terraform"];

/// Files that a run reads, and directories that nothing else goes into.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    places: BTreeSet<PathBuf>,
    /// Of those that are there, by device and number: a file can have two names.
    numbers: BTreeSet<(u64, u64)>,
    recordings: Vec<PathBuf>,
}

impl Inputs {
    /// Adds the directory of a recording, which may not be there yet.
    #[must_use]
    pub fn with_recording(mut self, directory: Option<&Path>) -> Self {
        self.recordings.extend(directory.map(Path::to_owned));
        self
    }

    /// Adds a file; `-` is standard input, which the shell may have opened from one.
    fn add(&mut self, path: &Path) {
        if path == Path::new("-") {
            self.numbers.extend(number(Path::new("/dev/stdin")));
            return;
        }
        self.numbers.extend(number(path));
        self.places.insert(place(path));
    }

    /// Makes sure that writing a file spares what is read.
    ///
    /// # Errors
    ///
    /// It would replace an input, by whatever name, or what is never a report, or would go
    /// into a recording.
    pub fn spare(&self, path: &Path) -> Result<(), OutputError> {
        let written = place(path);
        let same = number(path).is_some_and(|number| self.numbers.contains(&number));
        if same || self.places.contains(&written) {
            return Err(OutputError::Input {
                path: path.to_owned(),
            });
        }
        for recording in &self.recordings {
            if written.starts_with(place(recording)) {
                return Err(OutputError::Recording {
                    path: path.to_owned(),
                    recording: recording.clone(),
                });
            }
        }
        let name = written.to_string_lossy().to_lowercase();
        let inside = written
            .components()
            .any(|part| NOWHERE.iter().any(|name| part.as_os_str() == *name));
        // `.bashrc`, `.gitignore`, `.netrc`: what programs read without being told.
        let hidden = written
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'))
            && written.extension().is_none()
            && !written.is_dir();
        if inside || hidden || NEVER.iter().any(|end| name.ends_with(end)) {
            return Err(OutputError::NoReport {
                path: path.to_owned(),
            });
        }
        Ok(())
    }
}

impl<P: AsRef<Path>> FromIterator<P> for Inputs {
    fn from_iter<I: IntoIterator<Item = P>>(paths: I) -> Self {
        let mut inputs = Self::default();
        for path in paths {
            inputs.add(path.as_ref());
        }
        inputs
    }
}

/// The device and the number of a file.
fn number(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;

    let found = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    Some((found.dev(), found.ino()))
}
