//! The files of a module: which of them count, and how much of them is read.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::reader::{Kind, Reader};
use super::syntax::Body;
use super::{ConfigurationError, Dialect, json, native};

/// The entries that a directory may have.
const MAX_ENTRIES: usize = 10_000;

/// The configuration files that a module may have.
pub(super) const MAX_FILES: usize = 2_000;

/// The bytes that a file may have.
pub(super) const MAX_FILE_BYTES: u64 = 4 << 20;

/// The bytes that the files of a module may have together.
pub(super) const MAX_BYTES: u64 = 64 << 20;

/// The files of one module, in the order in which they apply.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) primary: Vec<PathBuf>,
    pub(super) overrides: Vec<PathBuf>,
}

impl Files {
    /// Lists the configuration files of a directory by their names.
    pub(super) fn list(
        reader: &dyn Reader,
        directory: &Path,
        dialect: Dialect,
    ) -> Result<Self, ConfigurationError> {
        let at = named(directory);
        let unreadable = |cause| ConfigurationError::Unreadable {
            path: at.clone(),
            cause,
        };
        // A name that is not UTF-8 is no configuration that could be reported.
        let mut names = reader.names(directory).map_err(unreadable)?;
        if names.len() > MAX_ENTRIES {
            return Err(ConfigurationError::TooLarge {
                path: at,
                what: format!("more than {MAX_ENTRIES} entries"),
            });
        }
        names.sort();
        let mut files = Self::default();
        let mut bytes = 0;
        for name in &names {
            let Some((stem, extension)) = split(name, dialect) else {
                continue;
            };
            // OpenTofu's own file stands in for the one that both tools read.
            let own = match extension {
                ".tf" => Some(format!("{stem}.tofu")),
                ".tf.json" => Some(format!("{stem}.tofu.json")),
                _ => None,
            };
            if dialect == Dialect::OpenTofu
                && own.is_some_and(|own| names.binary_search(&own).is_ok())
            {
                continue;
            }
            let path = directory.join(name);
            // Follows links, as the tools do, but opens nothing that could block.
            match reader.kind(&path) {
                Ok(Kind::File(length)) => bytes += length,
                _ => continue,
            }
            if stem == "override" || stem.ends_with("_override") {
                files.overrides.push(path);
            } else {
                files.primary.push(path);
            }
        }
        if files.primary.len() + files.overrides.len() > MAX_FILES {
            return Err(ConfigurationError::TooLarge {
                path: at,
                what: format!("more than {MAX_FILES} configuration files"),
            });
        }
        if bytes > MAX_BYTES {
            return Err(ConfigurationError::TooLarge {
                path: at,
                what: format!("more than {} MiB of configuration", MAX_BYTES >> 20),
            });
        }
        Ok(files)
    }
}

/// Splits the name of a configuration file; none if it is something else.
fn split(name: &str, dialect: Dialect) -> Option<(&str, &'static str)> {
    if name.starts_with('.')
        || name.ends_with('~')
        || (name.starts_with('#') && name.ends_with('#'))
    {
        return None;
    }
    let extensions: &[&'static str] = match dialect {
        Dialect::OpenTofu => &[".tf", ".tf.json", ".tofu", ".tofu.json"],
        Dialect::Terraform => &[".tf", ".tf.json"],
    };
    extensions
        .iter()
        .find_map(|extension| Some((name.strip_suffix(extension)?, *extension)))
}

/// Reads one configuration file.
pub(super) fn read(reader: &dyn Reader, path: &Path) -> Result<Body, ConfigurationError> {
    parse(path, bytes(reader, path)?)
}

fn bytes(reader: &dyn Reader, path: &Path) -> Result<Vec<u8>, ConfigurationError> {
    reader
        .read(path, MAX_FILE_BYTES)
        .map_err(|cause| ConfigurationError::Unreadable {
            path: path.to_owned(),
            cause,
        })
}

/// Reads one file of any notation as text.
pub(super) fn text(reader: &dyn Reader, path: &Path) -> Result<String, ConfigurationError> {
    decode(path, bytes(reader, path)?)
}

fn decode(path: &Path, bytes: Vec<u8>) -> Result<String, ConfigurationError> {
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(ConfigurationError::TooLarge {
            path: path.to_owned(),
            what: format!("more than {} MiB", MAX_FILE_BYTES >> 20),
        });
    }
    let text = String::from_utf8(bytes).map_err(|_| ConfigurationError::NotText {
        path: path.to_owned(),
    })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

pub(super) fn parse(path: &Path, bytes: Vec<u8>) -> Result<Body, ConfigurationError> {
    let text = decode(path, bytes)?;
    let text = text.as_str();
    let shown: Arc<str> = Arc::from(shown(path));
    let read = if path
        .extension()
        .is_some_and(|extension| extension == "json")
    {
        json::read(&shown, text)
    } else {
        native::read(&shown, text)
    };
    read.map_err(|error| ConfigurationError::Syntax {
        place: error.place,
        message: error.message,
    })
}

/// The path of a directory as it can be opened and shown.
pub(super) fn named(directory: &Path) -> PathBuf {
    if directory.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        directory.to_owned()
    }
}

/// The path as reports write it.
pub(super) fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Returns the path without `.` and, as the tools do it, without looking at links,
/// without `..` where something is before it.
pub fn clean(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => match clean.components().next_back() {
                Some(Component::Normal(_)) => {
                    clean.pop();
                }
                Some(Component::RootDir | Component::Prefix(_)) => {}
                _ => clean.push(".."),
            },
            _ => clean.push(component),
        }
    }
    clean
}
