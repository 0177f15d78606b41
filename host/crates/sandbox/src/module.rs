//! One policy module: from bytes to something that can judge.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::OnceLock;

use tollgate_model::digest::sha256;
use tollgate_model::names::{MAX_NAME_BYTES, is_kebab, truncate};
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker};
use wasmtime::{Module, Store, Trap};

use super::builtin::Builtin;
use super::cache::Cache;
use super::code::{self, Origin};
use super::command::{self, Command};
use super::contract::earlier::{EarlierPre, RELEASES, Release};
use super::contract::{PolicyPre, wit};
use super::engine::{self, Denied, Sandbox};
use super::error::{CONTRACT_VERSION, PolicyError};
use super::interest::Interests;
use super::json;
use super::limits::{Limit, Limits};

/// The instance that carries the contract's types. It holds no function.
const TYPES_IMPORT: &str = "tollgate:policy/types@";

/// How much `describe` may answer.
const MAX_RULES: usize = 1_000;
const MAX_SCHEMA_BYTES: usize = 256 << 10;

/// A module that has been loaded, checked and described.
pub struct PolicyModule {
    /// What the module says of itself.
    pub metadata: wit::Metadata,
    /// `sha256:` and 64 hexadecimal digits, over the module's bytes.
    pub digest: String,
    /// In bytes.
    pub size: usize,
    /// What the module imports: only the contract's types, which hold no function.
    pub imports: Vec<String>,
    /// The functions of WASI that a command imports. None of them reaches anything.
    pub inert_imports: Vec<String>,
    /// Where its compiled code came from.
    pub origin: Origin,
    /// What it may use, besides the share of the changes that it is handed.
    pub limits: Limits,
    pub(crate) interests: Interests,
    shape: Shape,
}

/// What is asked to describe and to evaluate.
enum Shape {
    /// Typed values in, typed values out.
    Component(PolicyPre<Sandbox>),
    /// A component that is part of the binary.
    BuiltIn(&'static Builtin, &'static Compiled),
    /// The same, as an earlier version of the contract has them.
    Earlier(EarlierPre),
    /// JSON on standard input, JSON on standard output.
    Command(Command),
}

/// Code that is part of the binary. It is loaded once in a process, for the first plan that it has
/// to judge: what its policy says of itself is known since the build.
pub(crate) struct Compiled {
    artifact: &'static [u8],
    ready: OnceLock<Result<PolicyPre<Sandbox>, String>>,
}

impl Compiled {
    pub(crate) const fn new(artifact: &'static [u8]) -> Self {
        Self {
            artifact,
            ready: OnceLock::new(),
        }
    }

    fn ready(&self) -> Result<&PolicyPre<Sandbox>, PolicyError> {
        let load = || {
            let component = embedded(self.artifact).map_err(|error| first_line(&error))?;
            Linker::new(engine::engine())
                .instantiate_pre(&component)
                .and_then(PolicyPre::new)
                .map_err(|error| first_line(&error))
        };
        let ready = self.ready.get_or_init(load).as_ref();
        ready.map_err(|reason| PolicyError::Contract(reason.clone()))
    }
}

impl std::fmt::Debug for Compiled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compiled")
            .field("bytes", &self.artifact.len())
            .finish_non_exhaustive()
    }
}

/// How many changes a request hands over, of whatever kind.
pub(crate) fn changes_in(request: &wit::Request<'_>) -> usize {
    request.changes.len() + request.plan.drift.len() + request.plan.deferred.len()
}

/// Compiled code of either shape.
enum Code {
    Component(Component),
    Command(Module),
}

impl std::fmt::Debug for PolicyModule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PolicyModule")
            .field("name", &self.metadata.name)
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}

impl PolicyModule {
    /// Compiles a component or a WASI command, checks what it imports, and asks it to
    /// describe itself.
    ///
    /// A [`Ticker`](engine::Ticker) must be running, or a guest that hangs does so
    /// until its fuel is used up.
    ///
    /// # Errors
    /// When the bytes are neither, or `describe` fails.
    pub fn load(bytes: &[u8], limits: Limits, cache: &Cache) -> Result<Self, PolicyError> {
        let load = loader(bytes)?;
        let digest = sha256(bytes);
        let (code, origin) = code::make(bytes, &digest, &limits, cache, load)?;
        Self::describe(&code, origin, limits, digest, bytes.len())
    }

    /// A policy that is part of this binary, from code that was compiled when the binary was.
    ///
    /// # Errors
    /// When what the build wrote down of it cannot be read.
    pub(crate) fn built_in(
        built_in: &'static Builtin,
        compiled: &'static Compiled,
        limits: Limits,
    ) -> Result<Self, PolicyError> {
        Ok(Self {
            metadata: command::metadata(built_in.metadata.as_bytes())?,
            digest: built_in.digest.to_owned(),
            size: built_in.size,
            imports: Vec::new(),
            inert_imports: Vec::new(),
            origin: Origin::Embedded,
            limits,
            interests: Interests::of_built_in(built_in.interests, built_in.named),
            shape: Shape::BuiltIn(built_in, compiled),
        })
    }

    /// What the module says of itself, with its interests and known types, which `metadata` of a
    /// built-in policy leaves out.
    ///
    /// # Errors
    /// When the description of a built-in policy cannot be read.
    pub fn metadata_in_full(&self) -> Result<Cow<'_, wit::Metadata>, PolicyError> {
        match &self.shape {
            Shape::BuiltIn(built_in, _) => {
                command::metadata(built_in.description.as_bytes()).map(Cow::Owned)
            }
            _ => Ok(Cow::Borrowed(&self.metadata)),
        }
    }

    /// Whether the resource type is one that the policy has looked at, and that no rule is about.
    #[must_use]
    pub fn knows(&self, kind: &str) -> bool {
        match &self.shape {
            Shape::BuiltIn(built_in, _) => built_in.known_types.has(kind),
            _ => self.metadata.known_types.iter().any(|known| known == kind),
        }
    }

    /// How many such types there are.
    #[must_use]
    pub fn known_types(&self) -> usize {
        match &self.shape {
            Shape::BuiltIn(built_in, _) => built_in.known_types.count(),
            _ => self.metadata.known_types.len(),
        }
    }

    /// Checks the imports of compiled code, and asks it to describe itself.
    fn describe(
        code: &Code,
        origin: Origin,
        limits: Limits,
        digest: String,
        size: usize,
    ) -> Result<Self, PolicyError> {
        let mut imports = Vec::new();
        let mut inert_imports = Vec::new();
        let (shape, metadata) = match code {
            Code::Component(component) => {
                let version;
                (imports, version) = check_imports(component)?;
                let contract = |error| PolicyError::Contract(first_line(&error));
                let limits = limits.for_describe();
                let (shape, metadata) = match version {
                    Version::Current => {
                        let pre = Linker::new(engine::engine())
                            .instantiate_pre(component)
                            .and_then(PolicyPre::new)
                            .map_err(contract)?;
                        let metadata = call(
                            limits,
                            "describe",
                            |store| pre.instantiate(store),
                            |policy, store| policy.call_describe(store),
                            &mut Usage::default(),
                        )?;
                        (Shape::Component(pre), metadata)
                    }
                    Version::Earlier(release) => {
                        let pre = EarlierPre::new(component, release).map_err(contract)?;
                        let metadata = call(
                            limits,
                            "describe",
                            |store| pre.instantiate(store),
                            |policy, store| policy.describe(store),
                            &mut Usage::default(),
                        )?;
                        (Shape::Earlier(pre), metadata)
                    }
                };
                check_metadata(&metadata)?;
                (shape, metadata)
            }
            Code::Command(module) => {
                let mut command = Command::new(module)?;
                inert_imports.extend(module.imports().map(|import| import.name().to_owned()));
                let metadata = command.describe(limits.for_describe())?;
                (Shape::Command(command), metadata)
            }
        };
        let interests = Interests::of(&metadata)?;
        Ok(Self {
            metadata,
            digest,
            size,
            imports,
            inert_imports,
            origin,
            limits,
            interests,
            shape,
        })
    }

    /// Evaluates the policy once, in a store of its own. Nothing is retried.
    ///
    /// # Errors
    /// When the guest crashes, hits a limit or answers that it cannot judge.
    pub fn evaluate(&self, request: &wit::Request<'_>) -> Result<wit::Evaluation, PolicyError> {
        self.evaluate_measured(request, &mut Usage::default())
    }

    /// Does the same, and says what it took.
    ///
    /// # Errors
    /// As [`PolicyModule::evaluate`].
    pub fn evaluate_measured(
        &self,
        request: &wit::Request<'_>,
        usage: &mut Usage,
    ) -> Result<wit::Evaluation, PolicyError> {
        let limits = self.limits.handed(changes_in(request));
        let current = |pre: &PolicyPre<Sandbox>, usage: &mut Usage| {
            call(
                limits,
                "evaluate",
                |store| pre.instantiate(store),
                |policy, store| policy.call_evaluate(store, request.clone()),
                usage,
            )
        };
        match &self.shape {
            Shape::Component(pre) => current(pre, usage),
            Shape::BuiltIn(_, compiled) => current(compiled.ready()?, usage),
            Shape::Earlier(pre) => call(
                limits,
                "evaluate",
                |store| pre.instantiate(store),
                |policy, store| policy.evaluate(store, request.clone()),
                usage,
            ),
            Shape::Command(command) => command.evaluate(request, limits, usage),
        }?
        .map_err(|message| PolicyError::Refused(truncate(&message, 1_000)))
    }

    /// Whether the policy has nothing to say of a plan in which it may see nothing: one of ours
    /// that looks at each change alone.
    pub(crate) fn needs_changes(&self) -> bool {
        matches!(self.shape, Shape::BuiltIn(..))
            && self.metadata.chunkable
            && !self.metadata.outputs
    }

    /// Whether an interest of the policy names the resource type, other than as one of all.
    #[must_use]
    pub fn names(&self, kind: &str) -> bool {
        self.interests.names(kind)
    }

    /// Whether the policy is handed changes of this type and action.
    #[must_use]
    pub fn sees(&self, kind: &str, action: tollgate_plan::Action) -> bool {
        self.interests.selecting(kind, action).next().is_some()
    }

    /// The attributes that the policy reads of a change of this type and action.
    pub fn reads<'s>(
        &'s self,
        kind: &str,
        action: tollgate_plan::Action,
    ) -> impl Iterator<Item = &'s tollgate_policy::Path> + use<'s> {
        let reading: Vec<&tollgate_policy::Path> = self
            .interests
            .selecting(kind, action)
            .flat_map(|interest| interest.attributes().iter().map(|(_, path)| path))
            .collect();
        reading.into_iter()
    }

    /// The shape of the module and the contract that it speaks.
    #[must_use]
    pub fn kind(&self) -> String {
        let (shape, contract) = match &self.shape {
            Shape::Component(_) | Shape::BuiltIn(..) => ("component", CONTRACT_VERSION),
            Shape::Earlier(pre) => ("component", pre.release().version()),
            Shape::Command(command) => ("WASI command", command.contract()),
        };
        format!("{shape}, contract {contract}")
    }

    /// What the module answers to `describe`, as a command would write it.
    ///
    /// # Errors
    /// When the schema of its settings is not JSON.
    pub fn description(&self) -> serde_json::Result<String> {
        if let Shape::BuiltIn(built_in, _) = &self.shape {
            return Ok(built_in.description.trim_end().to_owned());
        }
        let metadata = json::Metadata::new(&self.metadata)?;
        serde_json::to_string(&json::PolicyResponse::Metadata(metadata))
    }

    /// Returns the declared rule of this identifier.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&wit::Rule> {
        self.metadata.rules.iter().find(|rule| rule.id == id)
    }
}

/// Loads a component that the build script compiled: without a copy where that is possible.
/// Once for each artifact, as wasmtime keeps a list of where code is.
#[expect(
    clippy::disallowed_methods,
    unsafe_code,
    reason = "the artifact is part of this executable"
)]
fn embedded(artifact: &'static [u8]) -> wasmtime::Result<Component> {
    if engine::runs_in_place(artifact) {
        // SAFETY: `artifact` is what this wasmtime made, out of the executable itself, which
        // lives as long as the process and is never written.
        unsafe { Component::deserialize_raw(engine::engine(), artifact.into()) }
    } else {
        // SAFETY: the same; and it is copied.
        unsafe { Component::deserialize(engine::engine(), artifact) }
    }
}

/// Loads a compiled component, as [`code::make`] hands it over.
#[expect(
    clippy::disallowed_methods,
    unsafe_code,
    reason = "the artifact comes from this executable's compiler, or is authenticated"
)]
fn component(artifact: &[u8]) -> Result<Code, PolicyError> {
    // SAFETY: `artifact` is what this wasmtime made, unchanged: the child's, out of its pipe;
    // or the cache's, verified under this user's key in the very buffer that is passed here.
    unsafe { Component::deserialize(engine::engine(), artifact) }
        .map(Code::Component)
        .map_err(|error| PolicyError::Invalid(first_line(&error)))
}

/// Loads a compiled core module, as [`code::make`] hands it over.
#[expect(
    clippy::disallowed_methods,
    unsafe_code,
    reason = "the artifact comes from this executable's compiler, or is authenticated"
)]
fn core_module(artifact: &[u8]) -> Result<Code, PolicyError> {
    // SAFETY: as for a component, but that none is embedded.
    unsafe { Module::deserialize(engine::engine(), artifact) }
        .map(Code::Command)
        .map_err(|error| PolicyError::Invalid(first_line(&error)))
}

/// Makes code of an artifact.
type Load = fn(&[u8]) -> Result<Code, PolicyError>;

/// What loads the code that these bytes are compiled to; or why they are not worth it.
fn loader(bytes: &[u8]) -> Result<Load, PolicyError> {
    match bytes {
        [0, b'a', b's', b'm', 0x0d, 0, 1, 0, ..] => Ok(component),
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] if command::is_one(bytes) => Ok(core_module),
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => Err(PolicyError::CoreModule),
        [0, b'a', b's', b'm', _, _, _, _, ..] => Err(PolicyError::UnsupportedBinary),
        _ => Err(PolicyError::NotWasm),
    }
}

/// The version of the contract that a component speaks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    Current,
    Earlier(Release),
}

/// Returns the names of the imports after checking that none of them is a function, and the
/// version of the contract whose types are among them.
fn check_imports(component: &Component) -> Result<(Vec<String>, Version), PolicyError> {
    let engine = engine::engine();
    let mut names = Vec::new();
    let mut foreign = Vec::new();
    let mut spoken = Version::Current;
    for (name, import) in component.component_type().imports(engine) {
        let types_only = match import.ty {
            ComponentItem::ComponentInstance(instance) => instance
                .exports(engine)
                .all(|(_, export)| matches!(export.ty, ComponentItem::Type(_))),
            ComponentItem::Type(_) => true,
            _ => false,
        };
        match name.strip_prefix(TYPES_IMPORT) {
            Some(version) if types_only => {
                let earlier = |release: &Release| same_minor(version, release.version());
                spoken = if same_minor(version, CONTRACT_VERSION) {
                    Version::Current
                } else if let Some(release) = RELEASES.into_iter().find(earlier) {
                    Version::Earlier(release)
                } else {
                    return Err(PolicyError::ContractVersion {
                        found: version.to_owned(),
                    });
                };
                names.push(name.to_owned());
            }
            _ if types_only => names.push(name.to_owned()),
            _ => foreign.push(name.to_owned()),
        }
    }
    if foreign.is_empty() {
        return Ok((names, spoken));
    }
    Err(PolicyError::Imports {
        imports: listed(foreign),
    })
}

/// The first of many names that a module chose.
pub(super) fn listed(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(5);
    names.truncate(5);
    let mut list = truncate(&names.join(", "), 500);
    if more > 0 {
        list.push_str(&format!(" and {more} more"));
    }
    list
}

/// Whether a guest that was built against `version` can be called as one of `other`: a minor
/// version has records and functions of its own.
fn same_minor(version: &str, other: &str) -> bool {
    let minor = |version: &str| -> Option<(u32, u32)> {
        let mut parts = version.split('.');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    };
    minor(version).is_some() && minor(version) == minor(other)
}

/// Holds what a module says of itself against the contract.
pub(super) fn check_metadata(metadata: &wit::Metadata) -> Result<(), PolicyError> {
    let fail = |message: String| Err(PolicyError::Metadata(message));
    if !is_kebab(&metadata.name) {
        return fail(format!(
            "the name {:?} is not kebab-case",
            truncate(&metadata.name, 80)
        ));
    }
    if metadata.version.is_empty() || metadata.version.len() > MAX_NAME_BYTES {
        return fail("the version is empty or too long".to_owned());
    }
    if metadata.rules.is_empty() || metadata.rules.len() > MAX_RULES {
        return fail(format!(
            "it declares {} rules; 1 to {MAX_RULES} are allowed",
            metadata.rules.len()
        ));
    }
    let mut seen = BTreeSet::new();
    for rule in &metadata.rules {
        if !is_kebab(&rule.id) {
            return fail(format!(
                "the rule identifier {:?} is not kebab-case",
                truncate(&rule.id, 80)
            ));
        }
        if !seen.insert(&rule.id) {
            return fail(format!("it declares the rule {:?} twice", rule.id));
        }
    }
    // This version of the contract has no extension that could be known.
    if !metadata.requires.is_empty() {
        let names = metadata.requires.iter();
        return Err(PolicyError::Requires {
            names: listed(
                names
                    .map(|name| format!("{:?}", truncate(name, 80)))
                    .collect(),
            ),
        });
    }
    if metadata.settings_schema.len() > MAX_SCHEMA_BYTES {
        return fail(format!(
            "the schema of its settings is larger than {MAX_SCHEMA_BYTES} bytes"
        ));
    }
    Ok(())
}

fn call<I, T>(
    limits: Limits,
    name: &'static str,
    instantiate: impl FnOnce(&mut Store<Sandbox>) -> wasmtime::Result<I>,
    f: impl FnOnce(&I, &mut Store<Sandbox>) -> wasmtime::Result<T>,
    usage: &mut Usage,
) -> Result<T, PolicyError> {
    let mut store =
        engine::store(limits, ()).map_err(|error| PolicyError::Invalid(first_line(&error)))?;
    let policy = match instantiate(&mut store) {
        Ok(policy) => policy,
        Err(error) => return Err(classify(&error, store.data(), name, PolicyError::Contract)),
    };
    let answered = f(&policy, &mut store);
    *usage = Usage::of(&store);
    answered.map_err(|error| classify(&error, store.data(), name, PolicyError::Answer))
}

/// What a call took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Instructions, as the limit `fuel` counts them.
    pub fuel: u64,
    /// All memories together, in bytes.
    pub memory: u64,
}

impl Usage {
    /// What a store has used of what it may.
    pub(super) fn of<S: Send + Sync + 'static>(store: &Store<Sandbox<S>>) -> Self {
        let may = store.data().limits().get(Limit::Fuel);
        Self {
            fuel: may.saturating_sub(store.get_fuel().unwrap_or(may)),
            memory: store.data().memory() as u64,
        }
    }
}

/// Tells which limit an error of wasmtime stands for, or which crash.
pub(super) fn classify<S>(
    error: &wasmtime::Error,
    sandbox: &Sandbox<S>,
    call: &'static str,
    otherwise: impl FnOnce(String) -> PolicyError,
) -> PolicyError {
    let limit = |limit| PolicyError::limit(limit, sandbox.limits(), Some(call));
    let trap = error.downcast_ref::<Trap>();
    match (trap, sandbox.denied()) {
        (Some(Trap::OutOfFuel), _) => limit(Limit::Fuel),
        (Some(Trap::Interrupt), _) => limit(Limit::DeadlineSeconds),
        (Some(Trap::StackOverflow), _) => PolicyError::Stack { call },
        (_, Some(denied)) => denial(denied, sandbox.limits(), call),
        (Some(trap), None) => PolicyError::Trap {
            call,
            reason: trap.to_string(),
            stderr: String::new(),
        },
        (None, None) => {
            let text = format!("{error:#}");
            if text.contains("fuel allocated for hostcalls") {
                limit(Limit::AnswerKib)
            } else if text.contains("resource limit exceeded") {
                limit(Limit::Instances)
            } else {
                otherwise(first_line(error))
            }
        }
    }
}

/// The limit behind something that a guest was denied.
pub(super) fn denial(denied: Denied, limits: &Limits, call: &'static str) -> PolicyError {
    let limit = match denied {
        Denied::Memory => Limit::MemoryMib,
        Denied::Table => Limit::TableElements,
    };
    PolicyError::limit(limit, limits, Some(call))
}

/// wasmtime's message without its backtrace, which can be long and holds names that
/// the guest chose.
pub(super) fn first_line(error: &wasmtime::Error) -> String {
    let text = error
        .chain()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ");
    truncate(text.lines().next().unwrap_or_default(), 500)
}
