//! The directories that conventions look into, each listed once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::LayoutError;
use super::workspaces::is_usual;
use crate::hcl::reader::{Kind, Reader};

/// Where the only root module of a project may be; empty for the project itself.
const MODULES: [&str; 5] = ["", "terraform", "tofu", "infra", "infrastructure"];

/// Folders that hold something per environment, beside the root module or the configuration.
pub(super) const PARENTS: [&str; 6] = ["environments", "envs", "env", "config", "vars", "tfvars"];

/// Directories of the root modules of environments, from the project on.
const OF_MODULES: [&str; 16] = [
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

/// Folders of environments in a folder that is called otherwise than usual.
const OF_ENVIRONMENTS: [&str; 5] = ["environments", "envs", "env", "live", "stacks"];

/// Folders of a project in which nothing is deployed from.
const NEVER: [&str; 16] = [
    "build",
    "dist",
    "docs",
    "example",
    "examples",
    "fixtures",
    "module",
    "modules",
    "node_modules",
    "policies",
    "scripts",
    "target",
    "templates",
    "test",
    "tests",
    "vendor",
];

/// Whether nothing is deployed from folders of this name.
pub(crate) fn is_never_deployed(name: &str) -> bool {
    NEVER.contains(&name)
}

/// Whether a folder has one beside its files that holds something per environment.
pub(crate) fn holds_environments(folder: &Path) -> bool {
    PARENTS.iter().any(|parent| folder.join(parent).is_dir())
}

/// The folders of a project that are looked into because nothing is in the usual ones.
const MAX_ELSEWHERE: usize = 200;

/// More entries than this, and a directory is none that a person keeps environments in.
const MAX_ENTRIES: usize = 5_000;

/// A project as conventions see it.
pub struct Root {
    base: PathBuf,
    /// Files and directories of each directory that was looked into, by path from `base`.
    listed: BTreeMap<PathBuf, Listed>,
    /// Where else root modules may be, because none is where they usually are.
    elsewhere: Vec<PathBuf>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Listed {
    pub(super) files: BTreeSet<String>,
    pub(super) directories: BTreeSet<String>,
}

impl Listed {
    fn read(reader: &dyn Reader, path: &Path) -> Self {
        let mut listed = Self::default();
        let Ok(mut names) = reader.names(path) else {
            return listed;
        };
        names.sort();
        for name in names.into_iter().take(MAX_ENTRIES) {
            // Follows links, as the tools do.
            match reader.kind(&path.join(&name)) {
                Ok(Kind::Directory) if !name.starts_with('.') => {
                    listed.directories.insert(name);
                }
                Ok(Kind::File(_)) => {
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
    pub fn read(reader: &dyn Reader, base: &Path) -> Self {
        let mut root = Self {
            base: base.to_owned(),
            listed: BTreeMap::new(),
            elsewhere: Vec::new(),
        };
        for path in MODULES.iter().chain(&OF_MODULES) {
            root.list(reader, Path::new(path));
        }
        for module in MODULES {
            for parent in PARENTS {
                root.list(reader, &Path::new(module).join(parent));
            }
        }
        root.list_below(reader);
        if root.is_without_modules() {
            let folders = root.at(Path::new("")).directories.into_iter();
            let known = |name: &String| MODULES.contains(&name.as_str());
            root.elsewhere = folders
                .filter(|name| !NEVER.contains(&name.as_str()) && !known(name))
                .take(MAX_ELSEWHERE)
                .map(PathBuf::from)
                .collect();
            for folder in root.elsewhere.clone() {
                for parent in OF_ENVIRONMENTS.iter().chain(&PARENTS) {
                    root.list(reader, &folder.join(parent));
                }
            }
            root.list_below(reader);
        }
        // And another one where an environment has several root modules, or a folder of backends.
        let deeper: Vec<PathBuf> = root
            .listed
            .iter()
            .filter(|(path, listed)| {
                let name = path.file_name().and_then(|name| name.to_str());
                let of_states = name == Some("terraform.tfstate.d");
                of_states || name.is_some_and(is_usual) && !listed.is_module()
            })
            .flat_map(|(path, listed)| listed.directories.iter().map(|name| path.join(name)))
            .collect();
        for path in deeper {
            root.list(reader, &path);
        }
        root
    }

    /// One level deeper is where an environment has a directory of its own.
    fn list_below(&mut self, reader: &dyn Reader) {
        let below: Vec<PathBuf> = self
            .listed
            .iter()
            .flat_map(|(path, listed)| listed.directories.iter().map(|name| path.join(name)))
            .collect();
        for path in below {
            self.list(reader, &path);
        }
    }

    /// Whether no root module is where they usually are.
    fn is_without_modules(&self) -> bool {
        let is_module = |path: &Path| self.at(path).is_module();
        let here = MODULES.iter().map(Path::new).any(is_module);
        !here
            && !OF_MODULES.map(Path::new).iter().any(|parent| {
                let names = self.at(parent).directories;
                names.iter().any(|name| {
                    let folder = parent.join(name);
                    let of_environments = parent
                        .file_name()
                        .is_some_and(|last| OF_ENVIRONMENTS.iter().any(|each| last == *each));
                    // Of several root modules each, too.
                    let stacks = self.at(&folder).directories;
                    (of_environments || is_usual(name))
                        && (is_module(&folder)
                            || stacks.iter().any(|stack| is_module(&folder.join(stack))))
                })
            })
    }

    /// The directories in which the root modules of environments may be, from the project on.
    pub(super) fn of_modules(&self) -> Vec<PathBuf> {
        let usual = OF_MODULES.iter().map(PathBuf::from);
        let elsewhere = self.elsewhere.iter().flat_map(|folder| {
            let inside = OF_ENVIRONMENTS.iter().map(|name| folder.join(name));
            std::iter::once(folder.clone()).chain(inside)
        });
        usual.chain(elsewhere).collect()
    }

    fn list(&mut self, reader: &dyn Reader, path: &Path) {
        if !self.listed.contains_key(path) {
            let listed = Listed::read(reader, &self.path(path));
            self.listed.insert(path.to_owned(), listed);
        }
    }

    /// What is in a directory, by its path from the project on; nothing where it was not listed.
    pub(super) fn at(&self, path: &Path) -> Listed {
        self.listed.get(path).cloned().unwrap_or_default()
    }

    /// Whether there is a file, by the path that [`Root::path`] gives it.
    pub(super) fn has(&self, path: &Path) -> bool {
        self.listed.iter().any(|(parent, listed)| {
            let names = listed.files.iter();
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
        let usual = MODULES.iter().map(PathBuf::from);
        // One that is called as an environment is that environment's.
        let is_other = |path: &&PathBuf| !path.to_str().is_some_and(is_usual);
        usual
            .chain(self.elsewhere.iter().filter(is_other).cloned())
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

/// Folders that hold settings of backends by the names of environments.
const OF_BACKENDS: [&str; 4] = ["backend", "backends", "backend-config", "backend-configs"];

/// Files of backend settings that stand beside the variables of an environment called `name`.
fn backend_names(name: &str) -> Vec<String> {
    let mut names = Vec::new();
    for ending in ["tfbackend", "hcl", "tfvars"] {
        names.extend([
            format!("backend-{name}.{ending}"),
            format!("backend.{name}.{ending}"),
            format!("backend_{name}.{ending}"),
            format!("{name}.backend.{ending}"),
            format!("{name}-backend.{ending}"),
        ]);
    }
    names.push(format!("{name}.tfbackend"));
    // As the tools' own documentation calls them.
    let kinds = crate::hcl::backend::kinds();
    names.extend(kinds.map(|kind| format!("{name}.{kind}.tfbackend")));
    names
}

/// The same in a folder that has nothing else.
fn names_in_backends(name: &str) -> Vec<String> {
    let mut names = backend_names(name);
    names.extend(["hcl", "tfvars", "conf", "config"].map(|ending| format!("{name}.{ending}")));
    names
}

impl Root {
    /// Returns the files of backend settings of an environment: those in a folder, and those in a
    /// folder of backends beside it, beside the root module or beside the configuration.
    pub(super) fn backends(&self, module: &Path, folder: &Path, name: &str) -> Vec<PathBuf> {
        let existing = |folder: &Path, names: Vec<String>| -> Vec<PathBuf> {
            let listed = self.at(folder);
            let files = names.into_iter().filter(|file| listed.files.contains(file));
            files.map(|file| self.path(&folder.join(file))).collect()
        };
        let mut found = existing(folder, backend_names(name));
        let mut around = vec![folder, module, Path::new("")];
        around.dedup();
        for around in around {
            for backends in OF_BACKENDS {
                found.extend(existing(&around.join(backends), names_in_backends(name)));
            }
        }
        found.sort();
        found.dedup();
        found
    }

    /// Returns every directory that was looked into, by its path from the project on.
    pub(super) fn directories(&self) -> impl Iterator<Item = (&Path, &Listed)> {
        let listed = self.listed.iter();
        listed.map(|(path, listed)| (path.as_path(), listed))
    }
}

/// Whether a folder holds settings of backends.
pub(super) fn is_of_backends(folder: &Path) -> bool {
    let name = folder.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| OF_BACKENDS.contains(&name))
}
