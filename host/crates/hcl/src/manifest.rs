//! `.terraform/modules/modules.json`: where `init` put the modules. `TF_DATA_DIR` names
//! another directory than `.terraform`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::ConfigurationError;
use super::files::{clean, shown};
use super::syntax::Place;

/// The bytes that a manifest may have.
const MAX_BYTES: u64 = 16 << 20;

/// The directories of installed modules by the names of the calls, with dots between.
#[derive(Debug, Default)]
pub(super) struct Manifest(BTreeMap<String, PathBuf>);

#[derive(Deserialize)]
struct Raw {
    #[serde(rename = "Modules")]
    modules: Vec<RawModule>,
}

#[derive(Deserialize)]
struct RawModule {
    #[serde(rename = "Key")]
    key: String,
    #[serde(rename = "Dir")]
    dir: String,
}

impl Manifest {
    /// Reads the manifest of a root module; an empty one if nothing is installed.
    pub(super) fn read(root: &Path, data: &Path) -> Result<Self, ConfigurationError> {
        let path = root.join(data).join("modules/modules.json");
        let unreadable = |cause| ConfigurationError::Unreadable {
            path: path.clone(),
            cause,
        };
        if !fs::metadata(&path).is_ok_and(|metadata| metadata.is_file()) {
            return Ok(Self::default());
        }
        let mut bytes = Vec::new();
        fs::File::open(&path)
            .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
            .map_err(unreadable)?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(ConfigurationError::TooLarge {
                path,
                what: format!("more than {} MiB", MAX_BYTES >> 20),
            });
        }
        let raw: Raw =
            serde_json::from_slice(&bytes).map_err(|error| ConfigurationError::Syntax {
                place: Place {
                    file: shown(&path).into(),
                    line: u32::try_from(error.line()).unwrap_or(u32::MAX).max(1),
                    column: u32::try_from(error.column()).unwrap_or(u32::MAX).max(1),
                },
                message: "expected the list of modules that `init` writes".to_owned(),
            })?;
        Ok(Self(
            raw.modules
                .into_iter()
                .map(|module| (module.key, clean(&root.join(module.dir))))
                .collect(),
        ))
    }

    pub(super) fn directory(&self, key: &str) -> Option<&Path> {
        self.0.get(key).map(PathBuf::as_path)
    }

    /// All of them, by their calls.
    pub(super) fn directories(&self) -> impl Iterator<Item = (&str, &Path)> {
        let each = self.0.iter();
        each.map(|(key, directory)| (key.as_str(), directory.as_path()))
    }
}
