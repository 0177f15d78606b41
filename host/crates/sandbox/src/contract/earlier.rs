//! Version 0.1 of the contract, which modules still speak that were built for it.
//!
//! A request is the same in both. What 0.1 cannot say is whether a finding was so before:
//! each counts as caused by the plan, so that nothing passes that refused. Nor does it know
//! of types that go together or that a policy has nothing to say of.

use wasmtime::component::{
    Component, ComponentType, Instance, InstancePre, Lift, Linker, TypedFunc,
};
use wasmtime::{Result, Store};

use super::wit;
use crate::engine::{self, Sandbox};

/// The version, as a command is told it.
pub(crate) const VERSION: &str = "0.1.0";

/// A module of this version, ready to be instantiated.
#[derive(Clone)]
pub(crate) struct EarlierPre(InstancePre<Sandbox>);

/// An instance of one.
pub(crate) struct Earlier(Instance);

type Describe = TypedFunc<(), (Metadata,)>;
type Evaluate<'a> = TypedFunc<(wit::Request<'a>,), (std::result::Result<Evaluation, String>,)>;

impl EarlierPre {
    pub(crate) fn new(component: &Component) -> Result<Self> {
        Linker::new(engine::engine())
            .instantiate_pre(component)
            .map(Self)
    }

    /// Fails for an instance that does not export what the contract says.
    pub(crate) fn instantiate(&self, store: &mut Store<Sandbox>) -> Result<Earlier> {
        let instance = self.0.instantiate(&mut *store)?;
        let _: Describe = instance.get_typed_func(&mut *store, "describe")?;
        let _: Evaluate<'_> = instance.get_typed_func(&mut *store, "evaluate")?;
        Ok(Earlier(instance))
    }
}

impl Earlier {
    pub(crate) fn describe(&self, store: &mut Store<Sandbox>) -> Result<wit::Metadata> {
        let describe: Describe = self.0.get_typed_func(&mut *store, "describe")?;
        let (metadata,) = describe.call(store, ())?;
        Ok(metadata.into())
    }

    pub(crate) fn evaluate(
        &self,
        store: &mut Store<Sandbox>,
        request: wit::Request<'_>,
    ) -> Result<std::result::Result<wit::Evaluation, String>> {
        let evaluate: Evaluate<'_> = self.0.get_typed_func(&mut *store, "evaluate")?;
        let (answer,) = evaluate.call(store, (request,))?;
        Ok(answer.map(Into::into))
    }
}

/// `metadata` of 0.1.
#[derive(ComponentType, Lift)]
#[component(record)]
struct Metadata {
    name: String,
    version: String,
    description: String,
    rules: Vec<wit::Rule>,
    #[component(name = "settings-schema")]
    settings_schema: String,
    interests: Vec<wit::Interest>,
    outputs: bool,
    drift: bool,
    documents: Vec<String>,
    chunkable: bool,
}

/// `evaluation` of 0.1.
#[derive(ComponentType, Lift)]
#[component(record)]
struct Evaluation {
    findings: Vec<Finding>,
    documents: Vec<wit::DocumentResult>,
}

/// `finding` of 0.1.
#[derive(ComponentType, Lift)]
#[component(record)]
struct Finding {
    rule: String,
    outcome: wit::Outcome,
    address: Option<String>,
    deposed: Option<String>,
    attributes: Vec<String>,
    message: String,
    remediation: Option<String>,
    details: Vec<wit::Detail>,
}

impl From<Metadata> for wit::Metadata {
    fn from(metadata: Metadata) -> Self {
        Self {
            name: metadata.name,
            version: metadata.version,
            description: metadata.description,
            rules: metadata.rules,
            settings_schema: metadata.settings_schema,
            interests: metadata.interests,
            outputs: metadata.outputs,
            drift: metadata.drift,
            documents: metadata.documents,
            chunkable: metadata.chunkable,
            together: Vec::new(),
            known_types: Vec::new(),
        }
    }
}

impl From<Evaluation> for wit::Evaluation {
    fn from(evaluation: Evaluation) -> Self {
        Self {
            findings: evaluation.findings.into_iter().map(Into::into).collect(),
            documents: evaluation.documents,
        }
    }
}

impl From<Finding> for wit::Finding {
    fn from(finding: Finding) -> Self {
        Self {
            rule: finding.rule,
            outcome: finding.outcome,
            cause: wit::Cause::Planned,
            address: finding.address,
            deposed: finding.deposed,
            attributes: finding.attributes,
            message: finding.message,
            remediation: finding.remediation,
            details: finding.details,
        }
    }
}
