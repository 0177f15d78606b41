//! What one module declares.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::prelude::*;

use super::evaluate::{Early, settings};
use super::files::{self, Files};
use super::reader::Reader;
use super::syntax::{Attribute, Block, Body, Place, Value};
use super::variable::{Variable, flag};
use super::{Backend, ConfigurationError, Dialect, Output, Provider};

/// The blocks that an override file can change, by their labels.
const OVERRIDABLE: &[&str] = &[
    "data",
    "ephemeral",
    "module",
    "output",
    "resource",
    "variable",
];

/// The files of a directory, taken together.
#[derive(Default)]
pub(super) struct Module {
    /// By their address in the module, without instance keys.
    pub(super) resources: BTreeMap<String, Block>,
    /// By their name.
    pub(super) calls: BTreeMap<String, Block>,
    pub(super) variables: BTreeMap<String, Variable>,
    pub(super) outputs: BTreeMap<String, Output>,
    pub(super) providers: Vec<Provider>,
    pub(super) backend: Option<Backend>,
    pub(super) required_version: Vec<String>,
    /// The expressions that backends and the like can be made of.
    pub(super) early: Early,
    /// What `removed` blocks name, by its address in the module.
    pub(super) removed: BTreeMap<String, Place>,
    /// What could not be read or makes no sense; the rest is there.
    pub(super) problems: Vec<ConfigurationError>,
    /// How many configuration files there are.
    pub(super) files: usize,
}

impl Module {
    /// Reads the files of a directory.
    ///
    /// # Errors
    /// If the directory itself cannot be read, or holds too much.
    pub(super) fn read(
        reader: &dyn Reader,
        directory: &Path,
        dialect: Dialect,
    ) -> Result<Self, ConfigurationError> {
        let files = Files::list(reader, directory, dialect)?;
        let read = |paths: &[std::path::PathBuf]| -> Vec<Result<Body, ConfigurationError>> {
            paths
                .par_iter()
                .map(|path| files::read(reader, path))
                .collect()
        };
        Ok(Self::of(read(&files.primary), read(&files.overrides)))
    }

    pub(super) fn of(
        primary: Vec<Result<Body, ConfigurationError>>,
        overrides: Vec<Result<Body, ConfigurationError>>,
    ) -> Self {
        let mut module = Self {
            files: primary.len() + overrides.len(),
            ..Self::default()
        };
        let mut blocks = Blocks::default();
        for body in primary {
            match body {
                Ok(body) => blocks.add(body, &mut module.problems),
                Err(problem) => module.problems.push(problem),
            }
        }
        for body in overrides {
            match body {
                Ok(body) => blocks.lay_over(body),
                Err(problem) => module.problems.push(problem),
            }
        }
        module.sort(blocks);
        module
    }

    fn sort(&mut self, blocks: Blocks) {
        for ((kind, labels), block) in blocks.named {
            match (kind.as_str(), labels.as_slice()) {
                ("resource", [ty, name]) => {
                    self.resources.insert(format!("{ty}.{name}"), block);
                }
                ("data" | "ephemeral", [ty, name]) => {
                    self.resources.insert(format!("{kind}.{ty}.{name}"), block);
                }
                ("module", [name]) => {
                    self.calls.insert(name.clone(), block);
                }
                ("variable", [name]) => match Variable::read(&block) {
                    Ok(variable) => {
                        self.variables.insert(name.clone(), variable);
                    }
                    Err(problem) => self.problems.push(problem),
                },
                ("output", [name]) => match output(&block) {
                    Ok(output) => {
                        self.outputs.insert(name.clone(), output);
                    }
                    Err(problem) => self.problems.push(problem),
                },
                _ => self.problems.push(ConfigurationError::Setting {
                    what: format!("`{kind}` does not have {} labels", labels.len()),
                    place: block.place,
                }),
            }
        }
        for call in self.calls.values() {
            for name in ["source", "version"] {
                if let Some(attribute) = call.body.attribute(name) {
                    attribute.value.names(&mut self.early.named);
                }
            }
        }
        self.early.named.extend(blocks.named_early);
        for block in blocks.other.iter().filter(|block| block.kind == "locals") {
            self.early.add_locals(&block.body);
        }
        self.early.backend = blocks.expressions;
        self.backend = blocks.backend;
        self.required_version = blocks.required_version;
        for block in blocks.other {
            self.other(block);
        }
    }

    fn other(&mut self, block: Block) {
        match (block.kind.as_str(), block.labels.as_slice()) {
            ("provider", [name]) => self.providers.push(Provider {
                name: name.clone(),
                alias: block.body.text("alias").map(str::to_owned),
                place: block.place,
            }),
            ("removed", []) => {
                if let Some(Attribute {
                    value: Value::Name(from) | Value::Text(from),
                    ..
                }) = block.body.attribute("from")
                {
                    self.removed.insert(from.clone(), block.place);
                }
            }
            // A data source of its own, which the plan lists with the others.
            ("check", _) => {
                for data in block.body.blocks {
                    if let ("data", [ty, name]) = (data.kind.as_str(), data.labels.as_slice()) {
                        let address = format!("data.{ty}.{name}");
                        self.resources.entry(address).or_insert(data);
                    }
                }
            }
            _ => {}
        }
    }
}

fn output(block: &Block) -> Result<Output, ConfigurationError> {
    Ok(Output {
        sensitive: flag(block.body.attribute("sensitive"), false)?,
        ephemeral: flag(block.body.attribute("ephemeral"), false)?,
        place: block.place.clone(),
    })
}

/// The blocks of several files, while they are put together.
#[derive(Default)]
struct Blocks {
    named: BTreeMap<(String, Vec<String>), Block>,
    other: Vec<Block>,
    backend: Option<Backend>,
    /// The settings of the backend.
    expressions: BTreeMap<String, Value>,
    /// What `terraform` blocks name.
    named_early: Vec<String>,
    required_version: Vec<String>,
}

impl Blocks {
    fn add(&mut self, body: Body, problems: &mut Vec<ConfigurationError>) {
        for block in body.blocks {
            if block.kind == "terraform" {
                block.body.names(&mut self.named_early);
                if let Some((backend, expressions)) = backend(&block.body) {
                    match &self.backend {
                        Some(first) => problems.push(ConfigurationError::Duplicate {
                            place: backend.place,
                            what: "a backend".to_owned(),
                            first: first.place.clone(),
                        }),
                        None => {
                            self.backend = Some(backend);
                            self.expressions = expressions;
                        }
                    }
                }
                self.required_version
                    .extend(block.body.text("required_version").map(str::to_owned));
            } else if OVERRIDABLE.contains(&block.kind.as_str()) {
                let key = (block.kind.clone(), block.labels.clone());
                match self.named.get(&key) {
                    Some(first) => problems.push(ConfigurationError::Duplicate {
                        what: format!("{} {}", block.kind, block.labels.join(".")),
                        place: block.place,
                        first: first.place.clone(),
                    }),
                    None => {
                        self.named.insert(key, block);
                    }
                }
            } else {
                self.other.push(block);
            }
        }
    }

    /// An override file changes what there is, and adds nothing.
    fn lay_over(&mut self, body: Body) {
        for block in body.blocks {
            if block.kind == "terraform" {
                block.body.names(&mut self.named_early);
                if let Some((backend, expressions)) = backend(&block.body) {
                    self.backend = Some(backend);
                    self.expressions = expressions;
                }
                if let Some(version) = block.body.text("required_version") {
                    self.required_version = vec![version.to_owned()];
                }
            } else if let Some(base) = self.named.get_mut(&(block.kind, block.labels)) {
                base.body.lay_over(block.body);
            }
        }
    }
}

/// The backend of a `terraform` block, and its settings as they are written; `cloud` is one.
fn backend(body: &Body) -> Option<(Backend, BTreeMap<String, Value>)> {
    body.blocks
        .iter()
        .find_map(|block| match (block.kind.as_str(), block.labels.first()) {
            ("backend", Some(kind)) => Some((kind.clone(), block)),
            ("cloud", None) => Some(("cloud".to_owned(), block)),
            _ => None,
        })
        .map(|(kind, block)| {
            let expressions = settings(&block.body);
            let plain = expressions.iter();
            let backend = Backend {
                kind,
                settings: plain
                    .map(|(name, value)| (name.clone(), value.plain()))
                    .collect(),
                place: block.place.clone(),
            };
            (backend, expressions)
        })
}
