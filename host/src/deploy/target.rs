//! One environment, resolved: everything that a deploy of it means, worked out once and borrowed by
//! whoever needs it.
//!
//! All environments of a project are resolved together, because what makes two of them one (a state,
//! a workspace) shows only to somebody who looks at both.

mod copy;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use tollgate_model::error::UserError as _;

use super::guard::{Guard, Refusal};
use crate::config::{BackendSetting, Config};
use crate::diagnostic::quoted;
use crate::env_diff::Variables;
use crate::hcl::backend::{LOCAL, Location, Relation, Settings};
use crate::hcl::reader::Files;
use crate::hcl::{Configuration, ConfigurationError, Dialect, tfvars};
use crate::layout::{Layout, LayoutError, Layouts};
use crate::origin::Origin;

/// Why an environment cannot be resolved.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// It cannot be said what a deploy uses.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The root module, or a file of settings or variables, cannot be read.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    /// Its state is not its own.
    #[error("{}", super::guard::listed(.0))]
    Refused(Vec<Refusal>),
}

impl TargetError {
    /// Returns the one next step.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Layout(error) => error.help(),
            Self::Configuration(error) => error.help(),
            Self::Refused(refusals) => refusals.first().map(|refusal| refusal.help.clone()),
        }
    }
}

/// Where one environment is, as its files say.
pub struct Site {
    /// What a deploy uses, and where each value came from.
    pub layout: Layout,
    /// The root module.
    pub root: Arc<Configuration>,
    /// What is declared, and what files set.
    pub variables: Variables,
    /// The backend as it is written, with what variables and `backend-config` say.
    pub backend: Settings,
    /// The state.
    pub state: Location,
}

/// An environment that cannot be resolved.
pub struct Unclear {
    /// Its name.
    pub environment: String,
    /// Why.
    pub why: TargetError,
}

/// All environments of a project.
pub struct Project {
    sites: Vec<Arc<Site>>,
    unnamed: Vec<Arc<Site>>,
    unclear: Vec<Unclear>,
    left_out: Vec<PathBuf>,
}

/// One environment, among those of its project.
pub struct Target {
    /// The environment.
    pub site: Arc<Site>,
    /// The others.
    pub others: Vec<Arc<Site>>,
    /// Those that conventions find and the configuration does not name.
    pub unnamed: Vec<Arc<Site>>,
    /// Those of which nothing can be told, and why, as a fragment.
    pub unclear: Vec<(String, String)>,
}

impl Project {
    /// Resolves every environment that is configured, or that convention finds where none is.
    /// `dialect` says whose rules hold for the files.
    #[must_use]
    pub fn resolve(config: &Config, dialect: Dialect) -> Self {
        let mut reading = Reading::new(config);
        reading.dialect = dialect;
        let mut project = Self {
            sites: Vec::new(),
            unnamed: reading.unnamed(),
            unclear: Vec::new(),
            left_out: Vec::new(),
        };
        for environment in reading.layouts.names() {
            match reading.named(Some(&environment)) {
                Ok(site) => project.sites.push(Arc::new(site)),
                Err(why) => project.unclear.push(Unclear { environment, why }),
            }
        }
        // What an environment uses that cannot be resolved is not known.
        if project.unclear.is_empty() {
            let layouts: Vec<&Layout> = project.sites.iter().map(|site| &site.layout).collect();
            project.left_out = reading.layouts.left_out(&layouts);
        }
        project
    }

    /// Returns the environments that can be resolved.
    #[must_use]
    pub fn sites(&self) -> &[Arc<Site>] {
        &self.sites
    }

    /// Returns the files of variables and backends in the usual places that no environment uses.
    #[must_use]
    pub fn left_out(&self) -> &[PathBuf] {
        &self.left_out
    }

    /// Returns those that cannot.
    #[must_use]
    pub fn unclear(&self) -> &[Unclear] {
        &self.unclear
    }

    /// Takes out why an environment cannot be resolved.
    pub fn take_unclear(&mut self, environment: &str) -> Option<TargetError> {
        let mut unclear = self.unclear.iter();
        let nth = unclear.position(|unclear| unclear.environment == environment)?;
        Some(self.unclear.swap_remove(nth).why)
    }

    /// Takes out the first reason of a kind why an environment cannot be resolved.
    pub fn take_unclear_where(&mut self, is: impl Fn(&TargetError) -> bool) -> Option<TargetError> {
        let nth = self.unclear.iter().position(|unclear| is(&unclear.why))?;
        Some(self.unclear.swap_remove(nth).why)
    }

    /// Returns an environment by one of its names.
    #[must_use]
    pub fn site(&self, name: &str) -> Option<&Arc<Site>> {
        let exactly = |site: &&Arc<Site>| site.layout.environment == name;
        let called = |site: &&Arc<Site>| site.layout.is_called(name);
        let mut sites = self.sites.iter();
        sites
            .find(exactly)
            .or_else(|| self.sites.iter().find(called))
    }

    /// Returns one of the environments among the others.
    #[must_use]
    pub fn target(&self, site: &Arc<Site>) -> Target {
        let others = self.sites.iter().filter(|other| !Arc::ptr_eq(site, other));
        let unclear = self.unclear.iter();
        Target {
            site: Arc::clone(site),
            others: others.cloned().collect(),
            unnamed: self.unnamed.clone(),
            unclear: unclear
                .map(|unclear| (unclear.environment.clone(), unclear.why.to_string()))
                .collect(),
        }
    }

    /// Says which environments have one state, each pair once.
    #[must_use]
    pub fn shared(&self) -> Vec<Refusal> {
        let pairs = self.sites.iter().enumerate().flat_map(|(nth, one)| {
            let rest = self.sites.iter().skip(nth + 1);
            rest.map(move |other| (one, other))
        });
        let unnamed = self.sites.iter().flat_map(|site| {
            let others = self.unnamed.iter();
            others.filter_map(|other| site.shared_with_unnamed(other))
        });
        pairs
            .filter_map(|(one, other)| one.shared_with(other))
            .chain(unnamed)
            .collect()
    }
}

impl Target {
    /// Resolves an environment by its name, an alias or a usual short name, together with all others
    /// of its project. Without a name it is the only one. `choose` says whose rules hold for the
    /// files, once it is known what a deploy uses.
    ///
    /// # Errors
    /// When it is unknown, nothing or too much says what a deploy uses, a file cannot be read, or
    /// its state is another environment's as well.
    pub fn resolve<E: From<TargetError>>(
        config: &Config,
        name: Option<&str>,
        choose: impl FnOnce(&Layout) -> Result<Dialect, E>,
    ) -> Result<Self, E> {
        let target = Self::look(config, name, choose)?;
        target.expect_own_state()?;
        Ok(target)
    }

    /// Refuses an environment whose state is another one's as well.
    ///
    /// # Errors
    /// When it is.
    pub fn expect_own_state(&self) -> Result<(), TargetError> {
        let refusals: Vec<Refusal> = self.refused().collect();
        if refusals.is_empty() {
            Ok(())
        } else {
            Err(TargetError::Refused(refusals))
        }
    }

    /// The same for whoever only looks: an environment whose state is another's is shown as it is.
    ///
    /// # Errors
    /// As [`Self::resolve`], but for the last.
    pub fn look<E: From<TargetError>>(
        config: &Config,
        name: Option<&str>,
        choose: impl FnOnce(&Layout) -> Result<Dialect, E>,
    ) -> Result<Self, E> {
        let mut reading = Reading::new(config);
        let layout = reading.layouts.resolve(name).map_err(TargetError::from)?;
        reading
            .layouts
            .expect_one_backend(&layout)
            .map_err(TargetError::from)?;
        reading.dialect = choose(&layout)?;
        let site = Arc::new(reading.site(layout)?);
        let mut others = Vec::new();
        let mut unclear = Vec::new();
        for name in reading.layouts.names() {
            if site.layout.is_called(&name) {
                continue;
            }
            match reading.named(Some(&name)) {
                Ok(other) => others.push(Arc::new(other)),
                Err(why) => unclear.push((name, why.to_string())),
            }
        }
        Ok(Self {
            site,
            others,
            unnamed: reading.unnamed(),
            unclear,
        })
    }

    /// Returns another environment of the project in place of this one, by its own name.
    #[must_use]
    pub fn other(&self, name: &str) -> Option<Self> {
        let site = self
            .others
            .iter()
            .find(|other| other.layout.environment == name)?;
        let rest = self.others.iter().filter(|other| !Arc::ptr_eq(other, site));
        Some(Self {
            site: Arc::clone(site),
            others: rest.chain([&self.site]).cloned().collect(),
            unnamed: self.unnamed.clone(),
            unclear: self.unclear.clone(),
        })
    }

    /// Returns the other environments that have this one's state.
    pub fn sharing(&self) -> impl Iterator<Item = &Site> {
        let others = self.others.iter().map(|other| &**other);
        others.filter(|other| self.site.state.relation(&other.state) == Relation::Same)
    }

    /// Says which other environments have this one's state.
    pub fn shared(&self) -> impl Iterator<Item = Refusal> {
        let others = self.others.iter();
        others
            .filter_map(|other| self.site.shared_with(other))
            .chain(self.shared_with_unnamed())
    }

    fn shared_with_unnamed(&self) -> impl Iterator<Item = Refusal> {
        let others = self.unnamed.iter();
        others.filter_map(|other| self.site.shared_with_unnamed(other))
    }

    /// The same without those that are to go elsewhere, because the state is called after this one.
    fn refused(&self) -> impl Iterator<Item = Refusal> {
        let others = self.others.iter();
        others
            .filter_map(|other| self.site.refuse_shared(other))
            .chain(self.shared_with_unnamed())
    }
}

impl Site {
    /// Reads one environment from wherever its configuration is read from. Nothing but this one is
    /// looked at: whether its state is its own, [`Target::resolve`] says.
    ///
    /// # Errors
    /// As [`Target::look`].
    pub fn read(
        config: &Config,
        name: Option<&str>,
        dialect: Dialect,
    ) -> Result<Self, TargetError> {
        let mut reading = Reading::new(config);
        reading.dialect = dialect;
        reading.named(name)
    }

    /// Returns where the state is for a backend that is told this.
    #[must_use]
    pub fn located(&self, backend: &Settings) -> Location {
        let directory = &self.layout.directory.value;
        let workspace = &self.layout.workspace.value;
        backend.location(workspace, |path| whole(&directory.join(path)))
    }

    /// Refuses this environment where its state is the other one's as well, unless the state is called
    /// after this one: then the other one is refused, and cannot harm it.
    pub(super) fn refuse_shared(&self, other: &Self) -> Option<Refusal> {
        let shared = self.shared_with(other)?;
        // What a copy is called says nothing of what is in it.
        let is_copy = self.state.relation(&other.state) != Relation::Same;
        (is_copy || !self.is_called_after(self, other)).then_some(shared)
    }

    /// Whether the settings that say where the state is, and the workspace, have a name of one
    /// environment in them and none of the other.
    fn is_called_after(&self, own: &Self, other: &Self) -> bool {
        let identity = self.backend.identity();
        let texts = || {
            let values = identity.values().map(String::as_str);
            values.chain([self.layout.workspace.value.as_str()])
        };
        let has = |site: &Self| {
            let names = site.layout.names();
            let is_name = |word: &str| names.contains(&word);
            let mut words = texts().flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
            // A name can have a hyphen in it.
            words.any(is_name) || texts().any(|text| text.split('/').any(is_name))
        };
        has(own) && !has(other)
    }

    /// The same of an environment that is found and not written.
    fn shared_with_unnamed(&self, other: &Self) -> Option<Refusal> {
        let name = &other.layout.environment;
        let refusal = self.shared_with(other)?;
        Some(Refusal {
            help: format!(
                "write [environments.{name}] into tollgate.toml, and give one of them a `workspace` or a `backend-config` of its own; or take the files of {name} away, if there is none"
            ),
            ..refusal
        })
    }

    /// Says that this environment's state is the other one's as well.
    fn shared_with(&self, other: &Self) -> Option<Refusal> {
        if self.state.relation(&other.state) != Relation::Same {
            return self.copied_from(other);
        }
        let (own, name) = (&self.layout.environment, &other.layout.environment);
        let how = if self.backend.kind() == LOCAL && self.layout.backend_config.is_empty() {
            "a `workspace` of its own"
        } else {
            "a `workspace` or a `backend-config` of its own"
        };
        Some(Refusal {
            guard: Guard::State,
            expected: format!("a state that is only {}'s", quoted(own)),
            found: format!("that of {} ({})", quoted(name), self.state),
            help: format!(
                "give one of them {how}: `tollgate env show {own}` and `tollgate env show {name}` say where each has its settings from"
            ),
        })
    }
}

impl Site {
    /// Refuses a state in a file that was copied from the other environment's, or is the same file under
    /// another name: each holds the other's resources for its own.
    fn copied_from(&self, other: &Self) -> Option<Refusal> {
        let is_local = |site: &Self| site.backend.kind() == LOCAL;
        if !is_local(self) || !is_local(other) {
            return None;
        }
        let of = |site: &Self| Some(PathBuf::from(site.state.part("state")?));
        let (own, theirs) = (of(self)?, of(other)?);
        let common = copy::in_common(&own, &theirs)?;
        let (own, name) = (&self.layout.environment, &other.layout.environment);
        Some(Refusal {
            guard: Guard::State,
            expected: format!("a state that is only {}'s", quoted(own)),
            found: format!("a copy of that of {}, with the same {common}", quoted(name)),
            help: format!(
                "move the file away that was copied ({}, or that of {name}), and let the environment begin with a state of its own: `tollgate apply -e {own} --new-state`",
                self.state
            ),
        })
    }
}

/// Reads environments one after the other, and every root module once.
struct Reading<'c> {
    layouts: Layouts<'c>,
    files: Files,
    /// Whether the files are those of the file system, where links can be followed.
    on_disk: bool,
    dialect: Dialect,
    modules: BTreeMap<PathBuf, Arc<Configuration>>,
}

impl<'c> Reading<'c> {
    fn new(config: &'c Config) -> Self {
        Self {
            layouts: Layouts::read(config),
            files: Arc::new(config.origin().clone()),
            on_disk: matches!(config.origin(), Origin::Files),
            dialect: Dialect::OpenTofu,
            modules: BTreeMap::new(),
        }
    }

    /// Those that conventions find and the configuration does not name, as far as they can be read.
    fn unnamed(&mut self) -> Vec<Arc<Site>> {
        let layouts = self.layouts.unnamed();
        let sites = layouts
            .into_iter()
            .filter_map(|layout| self.site(layout).ok());
        sites.map(Arc::new).collect()
    }

    fn named(&mut self, name: Option<&str>) -> Result<Site, TargetError> {
        let layout = self.layouts.resolve(name)?;
        self.site(layout)
    }

    fn site(&mut self, layout: Layout) -> Result<Site, TargetError> {
        let root = self.module(&layout.directory.value)?;
        let variables = Variables::of(&layout, &root, &*self.files)?;
        let backend = told(&layout, &root, &variables, &self.files)?;
        let state = self.located(&layout, &backend);
        Ok(Site {
            layout,
            root,
            variables,
            backend,
            state,
        })
    }

    /// Where the state is.
    fn located(&self, layout: &Layout, backend: &Settings) -> Location {
        let directory = &layout.directory.value;
        backend.location(&layout.workspace.value, |path| {
            let path = directory.join(path);
            if self.on_disk {
                whole(&path)
            } else {
                crate::hcl::clean(&path)
            }
        })
    }

    fn module(&mut self, directory: &Path) -> Result<Arc<Configuration>, ConfigurationError> {
        if let Some(known) = self.modules.get(directory) {
            return Ok(Arc::clone(known));
        }
        let files = Arc::clone(&self.files);
        let read = Configuration::read_from(files, directory, self.dialect)?;
        let read = Arc::new(read);
        self.modules.insert(directory.to_owned(), Arc::clone(&read));
        Ok(read)
    }
}

/// What the backend is told: by the root module, with the values of variables, and then by what
/// `init` gets.
fn told(
    layout: &Layout,
    root: &Configuration,
    variables: &Variables,
    files: &Files,
) -> Result<Settings, ConfigurationError> {
    let mut settings = root.backend_told(|name| variables.text(name));
    for setting in &layout.backend_config {
        match &setting.value {
            BackendSetting::Value { name, value } => {
                settings.insert(name.clone(), Some(value.clone()));
            }
            BackendSetting::File(path) => {
                for (name, assignment) in tfvars::read_from(&**files, path)? {
                    match &assignment.value {
                        Some(value) => super::guard::backend::flatten(&name, value, &mut settings),
                        None => {
                            settings.insert(name, None);
                        }
                    }
                }
            }
        }
    }
    let kind = root
        .backend()
        .map_or(LOCAL, |backend| backend.kind.as_str());
    // Where the environment says nothing, somebody's script may.
    let complete = !layout.backend_config.is_empty();
    Ok(Settings::new(kind, settings, complete))
}

/// A path that is the same from everywhere, as far as it is there: a state need not be yet.
#[must_use]
pub fn whole(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let whole = crate::hcl::clean(&whole);
    let known = whole
        .ancestors()
        .find_map(|above| Some((above, above.canonicalize().ok()?)));
    // A state that is a link is where that leads, also before anything is there.
    if let Ok(link) = std::fs::read_link(&whole)
        && whole.canonicalize().is_err()
        && let Some(folder) = whole.parent()
    {
        let behind = std::path::absolute(folder.join(link)).unwrap_or_else(|_| whole.clone());
        let behind = crate::hcl::clean(&behind);
        let folder = behind
            .parent()
            .and_then(|folder| folder.canonicalize().ok());
        if let (Some(folder), Some(name)) = (folder, behind.file_name()) {
            return folder.join(name);
        }
    }
    match known {
        Some((above, known)) => match whole.strip_prefix(above) {
            Ok(rest) if rest.as_os_str().is_empty() => known,
            Ok(rest) => known.join(rest),
            Err(_) => known,
        },
        None => whole,
    }
}

/// The way from a directory to a path, without looking at links.
#[must_use]
pub fn relative(from: &Path, path: &Path) -> PathBuf {
    let parts = |path: &Path| -> Vec<OsString> {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let mut parts = Vec::new();
        for component in crate::hcl::clean(&absolute).components() {
            match component {
                Component::RootDir | Component::CurDir => {}
                other => parts.push(other.as_os_str().to_owned()),
            }
        }
        parts
    };
    let (from, to) = (parts(from), parts(path));
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from.iter().skip(common).map(|_| OsString::from(".."));
    let way: PathBuf = up.chain(to.into_iter().skip(common)).collect();
    if way.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        way
    }
}
