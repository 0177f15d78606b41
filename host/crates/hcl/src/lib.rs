//! The configuration that a plan was made from: what is declared, and where it is written.
//!
//! Nothing is evaluated. The root module is read at once, other modules when something in
//! them is looked up: local ones beside it, others where `init` put them.

pub mod backend;
mod base;
pub mod encryption;
mod error;
mod evaluate;
mod files;
mod json;
mod lifecycle;
mod locate;
mod lookup;
mod manifest;
mod module;
mod native;
pub mod reader;
mod syntax;
#[cfg(test)]
mod tests;
pub mod tfvars;
mod tree;
mod variable;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use self::base::Base;
pub use self::error::ConfigurationError;
pub use self::files::clean;
pub use self::lookup::Lookup;
use self::manifest::Manifest;
use self::module::Module;
pub use self::syntax::Place;
pub use self::variable::{Field, Type, Variable};

/// The modules that are read of one configuration.
const MAX_MODULES: usize = 1_000;

/// Which tool's rules hold: OpenTofu reads `.tofu` files, and instead of a `.tf` file of
/// the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `tofu`
    OpenTofu,
    /// `terraform`
    Terraform,
}

/// Where the tools keep what they install and select for a root module.
#[must_use]
pub fn data_directory(directory: &Path) -> PathBuf {
    directory.join(data_name())
}

/// As the tools are told, from the root module on.
fn data_name() -> PathBuf {
    std::env::var_os("TF_DATA_DIR")
        .filter(|data| !data.is_empty())
        .map_or_else(|| PathBuf::from(".terraform"), PathBuf::from)
}

/// An output of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Whether its value is kept out of what the tool prints.
    pub sensitive: bool,
    /// Whether its value is kept out of plan and state.
    pub ephemeral: bool,
    /// Where it is declared.
    pub place: Place,
}

/// Where the state is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backend {
    /// Such as `s3`; `cloud` for a `cloud` block.
    pub kind: String,
    /// By name, those of nested blocks with dots; none for what is no plain string or
    /// boolean.
    pub settings: BTreeMap<String, Option<String>>,
    /// The block.
    pub place: Place,
}

/// A `provider` block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Its local name.
    pub name: String,
    /// Its alias, if it has one.
    pub alias: Option<String>,
    /// The block.
    pub place: Place,
}

/// A configuration directory.
pub struct Configuration {
    reader: reader::Files,
    directory: PathBuf,
    dialect: Dialect,
    /// Where the tools keep what they install, from the directory.
    data: PathBuf,
    base: Base,
    root: Arc<Module>,
    /// Whether all of the root module could be read.
    whole: bool,
    manifest: OnceLock<Manifest>,
    /// The other modules by directory, as far as something was looked up in them; none
    /// for what is not there.
    modules: Mutex<BTreeMap<PathBuf, Option<Arc<Module>>>>,
    /// What went wrong on the way.
    notes: Mutex<BTreeSet<String>>,
}

impl fmt::Debug for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Configuration")
            .field("directory", &self.directory)
            .finish_non_exhaustive()
    }
}

impl Configuration {
    /// Reads the root module in a directory, as OpenTofu does.
    ///
    /// # Errors
    /// If there is no configuration, or any of it cannot be read.
    pub fn read(directory: &Path) -> Result<Self, ConfigurationError> {
        Self::read_as(directory, Dialect::OpenTofu)
    }

    /// Reads the root module in a directory, as one of the tools does.
    ///
    /// # Errors
    /// As [`Configuration::read`].
    pub fn read_as(directory: &Path, dialect: Dialect) -> Result<Self, ConfigurationError> {
        Self::read_from(reader::disk(), directory, dialect)
    }

    /// Reads the root module in a directory of something that has files.
    ///
    /// # Errors
    /// As [`Configuration::read`].
    pub fn read_from(
        reader: reader::Files,
        directory: &Path,
        dialect: Dialect,
    ) -> Result<Self, ConfigurationError> {
        let directory = clean(directory);
        let mut root = Self::root(&*reader, &directory, dialect)?;
        if root.problems.is_empty() {
            return Ok(Self::of(reader, directory, dialect, root));
        }
        Err(root.problems.swap_remove(0))
    }

    /// Reads what can be read of the root module in a directory. The rest becomes
    /// [`Configuration::notes`].
    ///
    /// # Errors
    /// If there is no configuration, or the directory cannot be read.
    pub fn read_what_is_there(
        directory: &Path,
        dialect: Dialect,
    ) -> Result<Self, ConfigurationError> {
        let directory = clean(directory);
        let reader = reader::disk();
        let root = Self::root(&*reader, &directory, dialect)?;
        Ok(Self::of(reader, directory, dialect, root))
    }

    fn root(
        reader: &dyn reader::Reader,
        directory: &Path,
        dialect: Dialect,
    ) -> Result<Module, ConfigurationError> {
        let root = Module::read(reader, directory, dialect)?;
        if root.files > 0 {
            return Ok(root);
        }
        Err(ConfigurationError::Empty {
            directory: files::named(directory),
        })
    }

    fn of(reader: reader::Files, directory: PathBuf, dialect: Dialect, mut root: Module) -> Self {
        let problems = std::mem::take(&mut root.problems);
        let configuration = Self {
            reader,
            directory,
            dialect,
            data: data_name(),
            base: Base::of_this_process(),
            whole: !problems.iter().any(ConfigurationError::leaves_out),
            root: Arc::new(root),
            manifest: OnceLock::new(),
            modules: Mutex::new(BTreeMap::new()),
            notes: Mutex::new(BTreeSet::new()),
        };
        for problem in problems {
            configuration.note_problem(problem);
        }
        configuration
    }

    /// Returns whose rules it was read by.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Returns the variables of the root module by name.
    #[must_use]
    pub fn variables(&self) -> &BTreeMap<String, Variable> {
        &self.root.variables
    }

    /// Returns the outputs of the root module by name.
    #[must_use]
    pub fn outputs(&self) -> &BTreeMap<String, Output> {
        &self.root.outputs
    }

    /// Returns the `provider` blocks of the root module, in the order of the files.
    #[must_use]
    pub fn providers(&self) -> &[Provider] {
        &self.root.providers
    }

    /// Returns where the state is kept, if the configuration says so.
    #[must_use]
    pub fn backend(&self) -> Option<&Backend> {
        self.root.backend.as_ref()
    }

    /// Returns what the configuration says of the version of the tool: all of it holds.
    #[must_use]
    pub fn required_versions(&self) -> &[String] {
        &self.root.required_version
    }

    /// Returns the addresses that the root module declares, without instance keys, and
    /// where.
    pub fn resources(&self) -> impl Iterator<Item = (&str, &Place)> {
        self.root
            .resources
            .iter()
            .map(|(address, block)| (address.as_str(), &block.place))
    }

    /// Returns the module calls of the root module: name, source as it is written (none
    /// if it is no plain string), and where.
    pub fn calls(&self) -> impl Iterator<Item = (&str, Option<&str>, &Place)> {
        self.root
            .calls
            .iter()
            .map(|(name, block)| (name.as_str(), block.body.text("source"), &block.place))
    }

    /// Returns the directory as reports name it.
    #[must_use]
    pub fn name(&self) -> String {
        self.base.relative(&files::shown(&self.directory))
    }

    /// Returns what could not be read so far, sorted.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.iter().cloned().collect()
    }

    fn note(&self, note: String) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.insert(note);
    }

    fn note_problem(&self, problem: ConfigurationError) {
        if !problem.leaves_out() {
            return;
        }
        let problem = problem.renamed(|file| self.base.relative(file));
        self.note(format!(
            "{problem}; what it declares is shown without a line"
        ));
    }

    fn manifest(&self) -> &Manifest {
        self.manifest
            .get_or_init(|| match Manifest::read(&self.directory, &self.data) {
                Ok(manifest) => manifest,
                Err(error) => {
                    self.note_problem(error);
                    Manifest::default()
                }
            })
    }

    /// Returns the module in a directory; none if there is no configuration.
    fn module(&self, directory: &Path) -> Option<Arc<Module>> {
        let mut modules = self.modules.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(module) = modules.get(directory) {
            return module.clone();
        }
        if modules.len() >= MAX_MODULES {
            self.note(format!("only {MAX_MODULES} modules are looked into"));
            return None;
        }
        let module = match Module::read(&*self.reader, directory, self.dialect) {
            Ok(module) if module.files == 0 => None,
            Ok(mut module) => {
                for problem in std::mem::take(&mut module.problems) {
                    self.note_problem(problem);
                }
                Some(Arc::new(module))
            }
            // What is not there was not installed; the call stands for it.
            Err(ConfigurationError::Unreadable { .. }) => None,
            Err(error) => {
                self.note_problem(error);
                None
            }
        };
        modules.insert(directory.to_owned(), module.clone());
        module
    }
}
