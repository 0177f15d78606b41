//! Versions 0.1 and 0.2 of the contract, which modules still speak that were built for them.
//!
//! A request is the same in both: that of 1.0, without extensions. What 0.1 cannot say is whether a
//! finding was so before: each counts as caused by the plan, so that nothing passes that refused. Nor
//! does it know of types that go together or that a policy has nothing to say of. Neither has examples
//! of rules, summaries of documents, or anything that a module requires.

use wasmtime::component::{
    Component, ComponentType, Instance, InstancePre, Lift, Linker, Lower, TypedFunc,
};
use wasmtime::{Result, Store};

use super::wit;
use crate::engine::{self, Sandbox};

/// A version that was released before the current one, and never changes any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Release {
    /// The first, without causes.
    V0_1,
    /// With causes.
    V0_2,
}

/// The latest first: what a command is asked in after it did not want to speak the current version.
pub(crate) const RELEASES: [Release; 2] = [Release::V0_2, Release::V0_1];

impl Release {
    /// The version, as a command is told it.
    pub(crate) const fn version(self) -> &'static str {
        match self {
            Self::V0_1 => "0.1.0",
            Self::V0_2 => "0.2.0",
        }
    }
}

/// A module of one of these versions, ready to be instantiated.
#[derive(Clone)]
pub(crate) struct EarlierPre {
    release: Release,
    pre: InstancePre<Sandbox>,
}

/// An instance of one.
pub(crate) struct Earlier {
    release: Release,
    instance: Instance,
}

type Describe<M> = TypedFunc<(), (M,)>;
type Evaluate<'a, E> = TypedFunc<(Request<'a>,), (std::result::Result<E, String>,)>;

impl EarlierPre {
    pub(crate) fn new(component: &Component, release: Release) -> Result<Self> {
        let pre = Linker::new(engine::engine()).instantiate_pre(component)?;
        Ok(Self { release, pre })
    }

    /// The version that the module was built for.
    pub(crate) fn release(&self) -> Release {
        self.release
    }

    /// Fails for an instance that does not export what the contract says.
    pub(crate) fn instantiate(&self, store: &mut Store<Sandbox>) -> Result<Earlier> {
        let earlier = Earlier {
            release: self.release,
            instance: self.pre.instantiate(&mut *store)?,
        };
        match self.release {
            Release::V0_1 => {
                earlier.describing::<Metadata01>(store)?;
                earlier.evaluating::<Evaluation01>(store)?;
            }
            Release::V0_2 => {
                earlier.describing::<Metadata02>(store)?;
                earlier.evaluating::<Evaluation02>(store)?;
            }
        }
        Ok(earlier)
    }
}

impl Earlier {
    pub(crate) fn describe(&self, store: &mut Store<Sandbox>) -> Result<wit::Metadata> {
        match self.release {
            Release::V0_1 => {
                let (metadata,) = self.describing::<Metadata01>(store)?.call(store, ())?;
                Ok(Metadata02::from(metadata).into())
            }
            Release::V0_2 => {
                let (metadata,) = self.describing::<Metadata02>(store)?.call(store, ())?;
                Ok(metadata.into())
            }
        }
    }

    pub(crate) fn evaluate(
        &self,
        store: &mut Store<Sandbox>,
        request: wit::Request<'_>,
    ) -> Result<std::result::Result<wit::Evaluation, String>> {
        let request = Request::from(request);
        match self.release {
            Release::V0_1 => {
                let evaluate = self.evaluating::<Evaluation01>(store)?;
                let (answer,) = evaluate.call(store, (request,))?;
                Ok(answer.map(|answer| Evaluation02::from(answer).into()))
            }
            Release::V0_2 => {
                let evaluate = self.evaluating::<Evaluation02>(store)?;
                let (answer,) = evaluate.call(store, (request,))?;
                Ok(answer.map(Into::into))
            }
        }
    }

    fn describing<M>(&self, store: &mut Store<Sandbox>) -> Result<Describe<M>>
    where
        M: Lift + Send + Sync + 'static,
    {
        self.instance.get_typed_func(store, "describe")
    }

    fn evaluating<'a, E>(&self, store: &mut Store<Sandbox>) -> Result<Evaluate<'a, E>>
    where
        E: Lift + Send + Sync + 'static,
    {
        self.instance.get_typed_func(store, "evaluate")
    }
}

/// `request` of both.
#[derive(Clone, ComponentType, Lower)]
#[component(record)]
struct Request<'a> {
    environment: wit::Environment<'a>,
    settings: &'a str,
    plan: wit::PlanFacts<'a>,
    changes: &'a [wit::Change<'a>],
    outputs: &'a [wit::OutputChange<'a>],
    documents: &'a [wit::Document<'a>],
}

/// `rule` of both.
#[derive(ComponentType, Lift)]
#[component(record)]
struct Rule {
    id: String,
    title: String,
    description: String,
    severity: wit::Severity,
    remediation: String,
    links: Vec<String>,
}

/// `metadata` of 0.1.
#[derive(ComponentType, Lift)]
#[component(record)]
struct Metadata01 {
    name: String,
    version: String,
    description: String,
    rules: Vec<Rule>,
    #[component(name = "settings-schema")]
    settings_schema: String,
    interests: Vec<wit::Interest>,
    outputs: bool,
    drift: bool,
    documents: Vec<String>,
    chunkable: bool,
}

/// `metadata` of 0.2.
#[derive(ComponentType, Lift)]
#[component(record)]
struct Metadata02 {
    name: String,
    version: String,
    description: String,
    rules: Vec<Rule>,
    #[component(name = "settings-schema")]
    settings_schema: String,
    interests: Vec<wit::Interest>,
    outputs: bool,
    drift: bool,
    documents: Vec<String>,
    chunkable: bool,
    together: Vec<String>,
    #[component(name = "known-types")]
    known_types: Vec<String>,
}

/// `document` of both, as an answer.
#[derive(ComponentType, Lift)]
#[component(record)]
struct Document {
    name: String,
    content: String,
}

/// `evaluation` of 0.1.
#[derive(ComponentType, Lift)]
#[component(record)]
struct Evaluation01 {
    findings: Vec<Finding01>,
    documents: Vec<Document>,
}

/// `evaluation` of 0.2.
#[derive(ComponentType, Lift)]
#[component(record)]
struct Evaluation02 {
    findings: Vec<Finding02>,
    documents: Vec<Document>,
}

/// `finding` of 0.1.
#[derive(ComponentType, Lift)]
#[component(record)]
struct Finding01 {
    rule: String,
    outcome: wit::Outcome,
    address: Option<String>,
    deposed: Option<String>,
    attributes: Vec<String>,
    message: String,
    remediation: Option<String>,
    details: Vec<wit::Detail>,
}

/// `finding` of 0.2.
#[derive(ComponentType, Lift)]
#[component(record)]
struct Finding02 {
    rule: String,
    outcome: wit::Outcome,
    cause: wit::Cause,
    address: Option<String>,
    deposed: Option<String>,
    attributes: Vec<String>,
    message: String,
    remediation: Option<String>,
    details: Vec<wit::Detail>,
}

impl<'a> From<wit::Request<'a>> for Request<'a> {
    fn from(request: wit::Request<'a>) -> Self {
        Self {
            environment: request.environment,
            settings: request.settings,
            plan: request.plan,
            changes: request.changes,
            outputs: request.outputs,
            documents: request.documents,
        }
    }
}

impl From<Rule> for wit::Rule {
    fn from(rule: Rule) -> Self {
        Self {
            id: rule.id,
            title: rule.title,
            description: rule.description,
            severity: rule.severity,
            remediation: rule.remediation,
            example: None,
            links: rule.links,
            extensions: Vec::new(),
        }
    }
}

impl From<Metadata01> for Metadata02 {
    fn from(metadata: Metadata01) -> Self {
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

impl From<Metadata02> for wit::Metadata {
    fn from(metadata: Metadata02) -> Self {
        Self {
            name: metadata.name,
            version: metadata.version,
            description: metadata.description,
            rules: metadata.rules.into_iter().map(Into::into).collect(),
            settings_schema: metadata.settings_schema,
            interests: metadata.interests,
            outputs: metadata.outputs,
            drift: metadata.drift,
            documents: metadata.documents,
            chunkable: metadata.chunkable,
            together: metadata.together,
            known_types: metadata.known_types,
            requires: Vec::new(),
            extensions: Vec::new(),
        }
    }
}

impl From<Evaluation01> for Evaluation02 {
    fn from(evaluation: Evaluation01) -> Self {
        Self {
            findings: evaluation.findings.into_iter().map(Into::into).collect(),
            documents: evaluation.documents,
        }
    }
}

impl From<Evaluation02> for wit::Evaluation {
    fn from(evaluation: Evaluation02) -> Self {
        let documents = evaluation.documents.into_iter();
        Self {
            findings: evaluation.findings.into_iter().map(Into::into).collect(),
            documents: documents
                .map(|document| wit::ResultDocument {
                    name: document.name,
                    content: document.content,
                    summary: None,
                })
                .collect(),
            extensions: Vec::new(),
        }
    }
}

impl From<Finding01> for Finding02 {
    fn from(finding: Finding01) -> Self {
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

impl From<Finding02> for wit::Finding {
    fn from(finding: Finding02) -> Self {
        Self {
            rule: finding.rule,
            outcome: finding.outcome,
            cause: finding.cause,
            address: finding.address,
            deposed: finding.deposed,
            attributes: finding.attributes,
            message: finding.message,
            remediation: finding.remediation,
            details: finding.details,
            extensions: Vec::new(),
        }
    }
}
