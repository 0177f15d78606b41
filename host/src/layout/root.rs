//! The directories that conventions look into, each listed once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::LayoutError;

/// Where the only root module of a project may be; empty for the project itself.
const MODULES: [&str; 5] = ["", "terraform", "tofu", "infra", "infrastructure"];

/// Folders that hold something per environment, beside the root module or the configuration.
pub(super) const PARENTS: [&str; 6] = ["environments", "envs", "env", "config", "vars", "tfvars"];

/// Directories of the root modules of environments, from the project on.
pub(super) const OF_MODULES: [&str; 16] = [
    "",
    "environments",
    "envs",
    "env",
    "live",
    "stacks",
    "terraform",
    "terraform/environments",
    "terraform/envs",
    "tofu",
    "infra",
    "infra/environments",
    "infra/envs",
    "infrastructure",
    "infrastructure/environments",
    "infrastructure/envs",
];

/// More entries than this, and a directory is none that a person keeps environments in.
const MAX_ENTRIES: usize = 5_000;

/// A project as conventions see it.
pub struct Root {
    base: PathBuf,
    /// Files and directories of each directory that was looked into, by path from `base`.
    listed: BTreeMap<PathBuf, Listed>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Listed {
    pub(super) files: BTreeSet<String>,
    pub(super) directories: BTreeSet<String>,
}

impl Listed {
    fn read(path: &Path) -> Self {
        let mut listed = Self::default();
        let Ok(entries) = std::fs::read_dir(path) else {
            return listed;
        };
        for entry in entries.take(MAX_ENTRIES).flatten() {
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            // Follows links, as the tools do.
            match std::fs::metadata(entry.path()) {
                Ok(found) if found.is_dir() && !name.starts_with('.') => {
                    listed.directories.insert(name);
                }
                Ok(found) if found.is_file() => {
                    listed.files.insert(name);
                }
                _ => {}
            }
        }
        listed
    }

    /// Whether `init` and `plan` would find something to run here.
    pub(super) fn is_module(&self) -> bool {
        let configuration = [".tf", ".tf.json", ".tofu", ".tofu.json"];
        let is = |name: &String| configuration.iter().any(|ending| name.ends_with(ending));
        self.files.iter().any(is)
    }
}

impl Root {
    /// Lists a project, as far as conventions look into it.
    #[must_use]
    pub fn read(base: &Path) -> Self {
        let mut root = Self {
            base: base.to_owned(),
            listed: BTreeMap::new(),
        };
        for path in MODULES.iter().chain(&OF_MODULES) {
            root.list(Path::new(path));
        }
        for module in MODULES {
            for parent in PARENTS {
                root.list(&Path::new(module).join(parent));
            }
        }
        // One level deeper is where an environment has a directory of its own.
        let below: Vec<PathBuf> = root
            .listed
            .iter()
            .flat_map(|(path, listed)| listed.directories.iter().map(|name| path.join(name)))
            .collect();
        for path in below {
            root.list(&path);
        }
        root
    }

    fn list(&mut self, path: &Path) {
        if !self.listed.contains_key(path) {
            let listed = Listed::read(&self.path(path));
            self.listed.insert(path.to_owned(), listed);
        }
    }

    /// What is in a directory, by its path from the project on; nothing where it was not listed.
    pub(super) fn at(&self, path: &Path) -> Listed {
        self.listed.get(path).cloned().unwrap_or_default()
    }

    /// Whether there is a directory, by the path that [`Root::path`] gives it.
    pub(super) fn has(&self, path: &Path) -> bool {
        self.listed.iter().any(|(parent, listed)| {
            let names = listed.directories.iter();
            let mut paths = names.map(|name| self.path(&parent.join(name)));
            paths.any(|each| each == path)
        })
    }

    /// The path as it can be opened and shown.
    pub(super) fn path(&self, path: &Path) -> PathBuf {
        let joined: PathBuf = self
            .base
            .join(path)
            .components()
            .filter(|part| !matches!(part, std::path::Component::CurDir))
            .collect();
        if joined.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            joined
        }
    }

    /// The directories that may be the only root module of the project, from the project on.
    pub(super) fn modules(&self) -> Vec<PathBuf> {
        MODULES
            .iter()
            .map(PathBuf::from)
            .filter(|path| self.at(path).is_module())
            .collect()
    }

    /// Folders in which a root module's files per environment may be: beside it, and beside
    /// the configuration.
    pub(super) fn parents(&self, module: &Path) -> Vec<PathBuf> {
        let mut parents: Vec<PathBuf> = PARENTS.iter().map(|parent| module.join(parent)).collect();
        if !module.as_os_str().is_empty() {
            parents.extend(PARENTS.iter().map(PathBuf::from));
        }
        parents
    }

    /// Returns the root module, where there is one only.
    ///
    /// # Errors
    /// When there are none or several.
    pub fn only_module(&self, environment: &str) -> Result<PathBuf, LayoutError> {
        let mut modules = self.modules().into_iter();
        match (modules.next(), modules.next()) {
            (Some(only), None) => Ok(self.path(&only)),
            (Some(first), Some(second)) => Err(LayoutError::SeveralModules {
                environment: environment.to_owned(),
                modules: Box::new([self.path(&first), self.path(&second)]),
            }),
            (None, _) => Err(LayoutError::NoModule {
                environment: environment.to_owned(),
                looked_in: MODULES
                    .iter()
                    .filter(|module| !module.is_empty())
                    .map(|module| format!("`{module}/`"))
                    .collect(),
            }),
        }
    }
}

/// Files of backend settings that stand beside the variables of an environment called `name`.
pub(super) fn backend_names(name: &str) -> [String; 7] {
    [
        format!("backend-{name}.tfbackend"),
        format!("backend.{name}.tfbackend"),
        format!("{name}.tfbackend"),
        format!("{name}.backend.tfbackend"),
        format!("backend-{name}.hcl"),
        format!("backend.{name}.hcl"),
        format!("{name}.backend.hcl"),
    ]
}
