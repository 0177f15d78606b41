//! What a deploy of an environment uses: what the configuration says, and what convention
//! finds for the rest.
//!
//! Each layout that people keep environments in has a file below this one, which says what of
//! it is there. Nothing is guessed: where two layouts, or two spellings of a name, lead to
//! different answers, and the configuration does not say which, that is an error that names
//! both.

mod directories;
mod error;
mod folders;
mod leftover;
mod root;
mod stacks;
mod suffixes;
#[cfg(test)]
mod tests;
mod workspaces;

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

pub use self::error::LayoutError;
pub use self::root::Root;
pub(crate) use self::root::{holds_environments, is_never_deployed};
use crate::config::{BackendSetting, Config, DeploySettings, Written, is_name};
use crate::environment::usual_names;
use crate::hcl::clean;
use crate::hcl::reader::{self, Disk, Reader as _};
use crate::origin::Origin;

/// A way to keep several environments in one repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// One root module; a file of variables per environment, and a workspace or a file for the
    /// backend.
    Workspaces,
    /// One root module; a folder of variables and backend per environment.
    Folders,
    /// One root module; files with the environment at the end of their names.
    Suffixes,
    /// A root module per environment.
    Directories,
    /// Several root modules per environment.
    Stacks,
}

impl Kind {
    const ALL: [Self; 5] = [
        Self::Workspaces,
        Self::Folders,
        Self::Suffixes,
        Self::Directories,
        Self::Stacks,
    ];

    fn candidates(self, root: &Root) -> Vec<Candidate> {
        let mut candidates = match self {
            Self::Workspaces => workspaces::candidates(root),
            Self::Folders => folders::candidates(root),
            Self::Suffixes => suffixes::candidates(root),
            Self::Directories => directories::candidates(root),
            Self::Stacks => stacks::candidates(root),
        };
        let others: Vec<Candidate> = candidates
            .iter()
            .filter(|candidate| candidate.workspace != DEFAULT_WORKSPACE)
            .flat_map(|candidate| with_another_state(root, candidate))
            .collect();
        candidates.extend(others);
        candidates
    }
}

/// The same files with the workspaces that have a state by another of the environment's names:
/// which one is meant cannot be told.
fn with_another_state(root: &Root, candidate: &Candidate) -> Vec<Candidate> {
    let states = candidate.directory.join("terraform.tfstate.d");
    let states: PathBuf = states
        .components()
        .filter(|part| !matches!(part, std::path::Component::CurDir))
        .collect();
    // A workspace that somebody selected once and never deployed to is empty.
    let has_state = |other: &str| root.has(&states.join(other).join("terraform.tfstate"));
    usual_names(&candidate.name)
        .iter()
        .filter(|other| **other != candidate.name && has_state(other))
        .map(|other| Candidate {
            workspace: (*other).to_owned(),
            evidence: states.join(other),
            ..candidate.clone()
        })
        .collect()
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Workspaces => "a file of variables per environment",
            Self::Folders => "a folder of variables per environment",
            Self::Suffixes => "files that end with the environment",
            Self::Directories => "a root module per environment",
            Self::Stacks => "several root modules per environment",
        })
    }
}

/// What a layout has for one environment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// The environment, as files spell it.
    pub name: String,
    /// In which layout.
    pub kind: Kind,
    /// What was found: a file or a directory.
    pub evidence: PathBuf,
    /// The root module.
    pub directory: PathBuf,
    /// `default` where something else keeps the states apart.
    pub workspace: String,
    /// Files for `init`.
    pub backend_config: Vec<PathBuf>,
    /// Files for `plan`, apart from those that the tools read by themselves.
    pub var_files: Vec<PathBuf>,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Provenance {
    /// A line of the configuration: `tollgate.toml:12`.
    Configured(String),
    /// What was found, by which layout.
    Convention(Kind, PathBuf),
    /// Nothing says anything else.
    Default,
}

impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configured(at) => f.write_str(at),
            Self::Convention(_, evidence) => {
                write!(f, "convention ({})", evidence.display())
            }
            Self::Default => f.write_str("default"),
        }
    }
}

/// A value, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub from: Provenance,
}

/// What a deploy of one environment uses. Every file of it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The name of the environment; never an alias.
    pub environment: String,
    /// Its other names.
    pub aliases: Vec<String>,
    /// Whether it is protected.
    pub protected: bool,
    /// The root module.
    pub directory: Setting<PathBuf>,
    /// The workspace.
    pub workspace: Setting<String>,
    /// For `init`.
    pub backend_config: Vec<Setting<BackendSetting>>,
    /// For `plan`, in their order.
    pub var_files: Vec<Setting<PathBuf>>,
    /// Patterns of the branches that may be deployed; none where every one may.
    pub branches: Vec<Setting<String>>,
    /// Patterns of the tags that may be deployed besides.
    pub tags: Vec<Setting<String>>,
    /// Whether everything has to be committed, where that is said.
    pub clean_tree: Option<Setting<bool>>,
    /// How many things are done at once, where that is said.
    pub parallelism: Option<Setting<u32>>,
    /// How long the lock of the state is waited for, where that is said.
    pub lock_timeout: Option<Setting<String>>,
    /// The tool, where that is said: `tofu` or `terraform`.
    pub tool: Option<Setting<String>>,
    /// The AWS account that it is in, where that is said.
    pub aws_account: Option<Setting<String>>,
}

impl Layout {
    /// Returns all names of the environment, its own first.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let names = std::iter::once(&self.environment).chain(&self.aliases);
        names.map(String::as_str).collect()
    }

    /// Whether this is one of the environment's names.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        self.environment == name || self.aliases.iter().any(|alias| alias == name)
    }
}

/// What the configuration says of where a deploy may come from and go to. No convention does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guards {
    /// Patterns of branches; none where every one may be deployed.
    pub branches: Vec<Setting<String>>,
    /// Patterns of tags.
    pub tags: Vec<Setting<String>>,
    /// Whether everything has to be committed.
    pub clean_tree: Option<Setting<bool>>,
    /// The AWS account.
    pub aws_account: Option<Setting<String>>,
}

/// Returns the environments that are configured, or that conventions find where none is.
#[must_use]
pub fn names(config: &Config) -> Vec<String> {
    Layouts::read(config).names()
}

/// Returns what the configuration says of where a deploy may come from and go to.
///
/// # Errors
/// When the environment is unknown.
pub fn guards(config: &Config, name: &str) -> Result<Guards, crate::config::ConfigError> {
    Ok(guards_of(config, &config.deploy(Some(name))?))
}

fn guards_of(config: &Config, settings: &DeploySettings) -> Guards {
    let patterns = |list: &Option<Vec<Written<String>>>| -> Vec<Setting<String>> {
        let all = list.iter().flatten();
        all.map(|each| configured(config, each)).collect()
    };
    Guards {
        branches: patterns(&settings.branches),
        tags: patterns(&settings.tags),
        clean_tree: settings
            .clean_tree
            .as_ref()
            .map(|each| configured(config, each)),
        aws_account: settings
            .aws_account
            .as_ref()
            .map(|each| configured(config, each)),
    }
}

/// Returns every environment that the conventions find, sorted; one name as often as it is found.
#[must_use]
pub fn found(base: &Path) -> Vec<Candidate> {
    candidates(&Root::read(&Disk, base)).into_iter().collect()
}

fn candidates(root: &Root) -> BTreeSet<Candidate> {
    let kinds = Kind::ALL.into_iter();
    kinds.flat_map(|kind| kind.candidates(root)).collect()
}

/// Says what a deploy of an environment uses.
///
/// # Errors
/// When the environment is unknown, nothing is found for it, different things are found for it,
/// or a file that the configuration names is not there.
pub fn resolve(config: &Config, name: Option<&str>) -> Result<Layout, LayoutError> {
    Layouts::read(config).resolve(name)
}

/// The environments of a project, as the configuration says and conventions find.
pub struct Layouts<'c> {
    config: &'c Config,
    root: Root,
    found: BTreeSet<Candidate>,
}

impl<'c> Layouts<'c> {
    /// Looks at a project, from wherever its configuration is read from.
    #[must_use]
    pub fn read(config: &'c Config) -> Self {
        let root = Root::read(config.origin(), &config.directory());
        // A file that happens to look like an environment's, under a name that none can have.
        let mut found = candidates(&root);
        found.retain(|candidate| is_name(&candidate.name));
        Self {
            config,
            found,
            root,
        }
    }

    /// Returns the environments that are configured, or that conventions find where none is.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.config.environments().map(ToOwned::to_owned).collect();
        if names.is_empty() {
            names.extend(self.found.iter().map(|candidate| candidate.name.clone()));
            names.dedup();
        }
        names
    }

    /// Says that there is a second file of settings of a backend that is as much this environment's as the
    /// one that convention found: which one is meant, nobody can tell.
    ///
    /// # Errors
    /// When it is so.
    pub fn expect_one_backend(&self, layout: &Layout) -> Result<(), LayoutError> {
        let chosen = layout.backend_config.iter().find_map(|setting| {
            match (&setting.value, &setting.from) {
                (BackendSetting::File(path), Provenance::Convention(kind, _)) => {
                    Some((path, *kind))
                }
                _ => None,
            }
        });
        let Some((chosen, kind)) = chosen else {
            return Ok(());
        };
        let names = layout.names();
        let others = leftover::of(&self.root, &[layout]);
        let Some(other) = others
            .iter()
            .find(|path| leftover::is_backend_of(path, &names))
        else {
            return Ok(());
        };
        let candidate = |path: &Path| Candidate {
            name: layout.environment.clone(),
            kind,
            directory: layout.directory.value.clone(),
            workspace: layout.workspace.value.clone(),
            backend_config: vec![path.to_owned()],
            var_files: Vec::new(),
            evidence: path.to_owned(),
        };
        Err(LayoutError::Ambiguous {
            environment: layout.environment.clone(),
            candidates: Box::new([candidate(chosen), candidate(other)]),
        })
    }

    /// Returns the environments that conventions find and a configuration of others does not name. They
    /// are no targets, and somebody may have deployed them before that was written.
    #[must_use]
    pub fn unnamed(&self) -> Vec<Layout> {
        if self.config.environments().next().is_none() {
            return Vec::new();
        }
        let found = self.found.iter().map(|candidate| candidate.name.as_str());
        let names: BTreeSet<&str> = found
            .filter(|name| self.config.environment_name(Some(name)).is_err())
            .collect();
        let layout = |name: &str| {
            let settings = DeploySettings::unwritten(name);
            let candidates = self.found.iter().filter(|found| found.name == name);
            let candidate = one(&settings, candidates.cloned().collect()).ok()??;
            put_together(self.config, settings, &self.root, Some(&candidate)).ok()
        };
        names.into_iter().filter_map(layout).collect()
    }

    /// Says what a deploy of an environment uses.
    ///
    /// # Errors
    /// As [`resolve`].
    pub fn resolve(&self, name: Option<&str>) -> Result<Layout, LayoutError> {
        let settings = self.config.deploy(name)?;
        check_files(self.config, &settings)?;
        let names: Vec<&str> = std::iter::once(&settings.environment)
            .chain(&settings.aliases)
            .map(String::as_str)
            .collect();
        let candidates = self
            .found
            .iter()
            .filter(|candidate| names.contains(&candidate.name.as_str()))
            // One of another root module says nothing of this one.
            .filter(|candidate| {
                settings
                    .directory
                    .as_ref()
                    .is_none_or(|directory| self.same(&directory.value, &candidate.directory))
            });
        let candidates: Vec<Candidate> = candidates.cloned().collect();
        let is_so_called = candidates
            .iter()
            .any(|candidate| candidate.name == settings.environment);
        let conventions = one(&settings, candidates)?;
        // Where no configuration says what an environment is called, its files do.
        let settings = match &conventions {
            Some(candidate) if !is_so_called && self.config.environments().next().is_none() => {
                self.config.deploy(Some(&candidate.name))?
            }
            _ => settings,
        };
        put_together(self.config, settings, &self.root, conventions.as_ref())
    }

    /// Returns the files of variables and backends in the usual places that none of these uses,
    /// sorted.
    #[must_use]
    pub fn left_out(&self, layouts: &[&Layout]) -> Vec<PathBuf> {
        leftover::of(&self.root, layouts)
    }

    fn same(&self, a: &Path, b: &Path) -> bool {
        match self.config.origin() {
            Origin::Files => same(a, b),
            Origin::Commit(_) => clean(a) == clean(b),
        }
    }
}

/// The only answer that the candidates give to what the configuration leaves open.
fn one(
    settings: &DeploySettings,
    candidates: Vec<Candidate>,
) -> Result<Option<Candidate>, LayoutError> {
    let open = |candidate: &Candidate| {
        (
            settings
                .directory
                .is_none()
                .then(|| candidate.directory.clone()),
            settings
                .workspace
                .is_none()
                .then(|| candidate.workspace.clone()),
            settings
                .backend_config
                .is_none()
                .then(|| candidate.backend_config.clone()),
            settings
                .var_files
                .is_none()
                .then(|| candidate.var_files.clone()),
        )
    };
    let mut candidates = candidates.into_iter();
    let Some(first) = candidates.next() else {
        return Ok(None);
    };
    match candidates.find(|other| open(other) != open(&first)) {
        Some(other) => Err(LayoutError::Ambiguous {
            environment: settings.environment.clone(),
            candidates: Box::new([first, other]),
        }),
        None => Ok(Some(first)),
    }
}

fn put_together(
    config: &Config,
    settings: DeploySettings,
    root: &Root,
    conventions: Option<&Candidate>,
) -> Result<Layout, LayoutError> {
    let says_nothing = settings.directory.is_none()
        && settings.workspace.is_none()
        && settings.backend_config.is_none()
        && settings.var_files.is_none();
    if says_nothing && conventions.is_none() {
        return Err(LayoutError::NotFound {
            environment: settings.environment,
            configuration: config.path().map(Path::to_owned),
        });
    }
    let by = conventions.map_or(Provenance::Default, |candidate| {
        Provenance::Convention(candidate.kind, candidate.evidence.clone())
    });
    let directory = match (&settings.directory, conventions) {
        (Some(written), _) => configured(config, written),
        (None, Some(candidate)) => Setting {
            value: candidate.directory.clone(),
            from: by.clone(),
        },
        (None, None) => Setting {
            value: root.only_module(&settings.environment)?,
            from: Provenance::Default,
        },
    };
    let workspace = match (&settings.workspace, conventions) {
        (Some(written), _) => configured(config, written),
        (None, Some(candidate)) => Setting {
            value: candidate.workspace.clone(),
            from: by.clone(),
        },
        (None, None) => Setting {
            value: DEFAULT_WORKSPACE.to_owned(),
            from: Provenance::Default,
        },
    };
    let conventional = |files: fn(&Candidate) -> &Vec<PathBuf>| -> Vec<Setting<PathBuf>> {
        let files = conventions.map(files);
        files
            .into_iter()
            .flatten()
            .map(|file| Setting {
                value: file.clone(),
                from: by.clone(),
            })
            .collect()
    };
    let backend_config = match &settings.backend_config {
        Some(list) => list.iter().map(|each| configured(config, each)).collect(),
        None => conventional(|candidate| &candidate.backend_config)
            .into_iter()
            .map(|file| Setting {
                value: BackendSetting::File(file.value),
                from: file.from,
            })
            .collect(),
    };
    let var_files = match &settings.var_files {
        Some(list) => list.iter().map(|each| configured(config, each)).collect(),
        None => conventional(|candidate| &candidate.var_files),
    };
    let guards = guards_of(config, &settings);
    let text =
        |written: &Option<Written<String>>| written.as_ref().map(|each| configured(config, each));
    Ok(Layout {
        parallelism: settings
            .parallelism
            .as_ref()
            .map(|each| configured(config, each)),
        lock_timeout: text(&settings.lock_timeout),
        tool: text(&settings.tool),
        directory,
        workspace,
        backend_config,
        var_files,
        branches: guards.branches,
        tags: guards.tags,
        clean_tree: guards.clean_tree,
        aws_account: guards.aws_account,
        environment: settings.environment,
        aliases: settings.aliases,
        protected: settings.protected,
    })
}

pub use crate::hcl::backend::DEFAULT_WORKSPACE;

fn configured<T: Clone>(config: &Config, written: &Written<T>) -> Setting<T> {
    let file = config.path().map(|path| path.display().to_string());
    let line = written.location.line;
    Setting {
        value: written.value.clone(),
        from: Provenance::Configured(format!("{}:{line}", file.unwrap_or_default())),
    }
}

/// Every file that the configuration names is there, or that is a mistake at its line.
fn check_files(config: &Config, settings: &DeploySettings) -> Result<(), LayoutError> {
    let directory = settings.directory.iter().map(|each| (each, true));
    let var_files = settings
        .var_files
        .iter()
        .flatten()
        .map(|each| (each, false));
    let backends: Vec<Written<PathBuf>> = settings
        .backend_config
        .iter()
        .flatten()
        .filter_map(|each| match &each.value {
            BackendSetting::File(path) => Some(Written {
                value: path.clone(),
                location: each.location.clone(),
            }),
            BackendSetting::Value { .. } => None,
        })
        .collect();
    let backends = backends.iter().map(|each| (each, false));
    let mut errors = Vec::new();
    for (written, is_directory) in directory.chain(var_files).chain(backends) {
        let (title, label) = match config.origin().kind(&written.value) {
            Ok(found) if (found == reader::Kind::Directory) == is_directory => continue,
            Ok(_) if is_directory => ("this is no directory", ""),
            Ok(_) => ("this is a directory, not a file", ""),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && is_directory => (
                "no such directory",
                "paths start at the directory of tollgate.toml",
            ),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => (
                "no such file",
                "paths start at the directory of tollgate.toml",
            ),
            Err(_) => ("this cannot be read", "check its permissions"),
        };
        let title = format!("{}: {title}", written.value.display());
        errors.push(config.diagnose(Some(written.location.clone()), title, label, None));
    }
    match crate::config::ConfigError::all(errors) {
        Some(error) => Err(error.into()),
        None => Ok(()),
    }
}

/// Whether two paths lead to the same place.
pub(crate) fn same(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}
