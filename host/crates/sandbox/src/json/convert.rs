//! Between the contract's typed values and its JSON.

use std::borrow::Cow;

use serde_json::Result;
use serde_json::value::RawValue;

use super::{
    ActionInvocation, Attribute, Change, Check, DeferredChange, Detail, Document, Environment,
    Evaluation, Extensions, Finding, InstanceKey, Interest, Metadata, OutputChange, PlanFacts,
    Request, ResultDocument, Rule, Text, Value,
};
use crate::contract::wit;

fn text(text: &str) -> Text<'_> {
    Cow::Borrowed(text)
}

fn texts<'a>(texts: &[&'a str]) -> Vec<Text<'a>> {
    texts.iter().map(|text| Cow::Borrowed(*text)).collect()
}

fn raw(json: &str) -> Result<Cow<'_, RawValue>> {
    serde_json::from_str(json).map(Cow::Borrowed)
}

impl<'a> Request<'a> {
    pub(super) fn new(request: &wit::Request<'a>) -> Result<Self> {
        Ok(Self {
            environment: Environment {
                name: text(request.environment.name),
                protected: request.environment.protected,
            },
            settings: raw(request.settings)?,
            plan: PlanFacts::new(&request.plan)?,
            changes: all(request.changes, Change::new)?,
            outputs: all(request.outputs, OutputChange::new)?,
            documents: all(request.documents, |document| {
                Ok(Document {
                    name: text(document.name),
                    content: raw(document.content)?,
                })
            })?,
            extensions: request
                .extensions
                .iter()
                .map(|extension| extension_json(extension.name, extension.content))
                .collect::<Result<_>>()?,
        })
    }
}

fn extension_json(name: &str, content: &str) -> Result<(String, Box<RawValue>)> {
    Ok((name.to_owned(), RawValue::from_string(content.to_owned())?))
}

fn extensions(extensions: &[wit::ExtensionResult]) -> Result<Extensions> {
    extensions
        .iter()
        .map(|extension| extension_json(&extension.name, &extension.content))
        .collect()
}

fn extended(extensions: Extensions) -> Vec<wit::ExtensionResult> {
    extensions
        .into_iter()
        .map(|(name, content)| wit::ExtensionResult {
            name,
            content: content.get().to_owned(),
        })
        .collect()
}

fn all<T, U>(items: &[T], convert: impl Fn(&T) -> Result<U>) -> Result<Vec<U>> {
    items.iter().map(convert).collect()
}

impl<'a> PlanFacts<'a> {
    fn new(facts: &wit::PlanFacts<'a>) -> Result<Self> {
        Ok(Self {
            terraform_version: facts.terraform_version.map(text),
            complete: facts.complete,
            applyable: facts.applyable,
            total_changes: facts.total_changes,
            checks: facts
                .checks
                .iter()
                .map(|check| Check {
                    address: text(check.address),
                    status: check.status.into(),
                    problems: texts(check.problems),
                })
                .collect(),
            deferred: all(facts.deferred, |deferred| {
                Ok(DeferredChange {
                    reason: text(deferred.reason),
                    change: Change::new(&deferred.change)?,
                })
            })?,
            action_invocations: facts
                .action_invocations
                .iter()
                .map(|invocation| ActionInvocation {
                    address: text(invocation.address),
                    kind: text(invocation.kind),
                    provider: text(invocation.provider),
                    triggered_by: invocation.triggered_by.map(text),
                    event: invocation.event.map(text),
                })
                .collect(),
            drift: all(facts.drift, Change::new)?,
        })
    }
}

impl<'a> Change<'a> {
    fn new(change: &wit::Change<'a>) -> Result<Self> {
        Ok(Self {
            address: text(change.address),
            block: text(change.block),
            previous_address: change.previous_address.map(text),
            module_address: change.module_address.map(text),
            mode: change.mode.into(),
            kind: text(change.kind),
            name: text(change.name),
            index: change.index.as_ref().map(|index| match index {
                wit::InstanceKey::Number(number) => InstanceKey::Number(*number),
                wit::InstanceKey::Text(key) => InstanceKey::Text(text(key)),
            }),
            provider: text(change.provider),
            region: change.region.map(text),
            deposed: change.deposed.map(text),
            action: change.action.into(),
            replacement: change.replacement.map(Into::into),
            reason: change.reason.map(text),
            importing: change.importing,
            replace_paths: texts(change.replace_paths),
            attributes: all(change.attributes, |attribute| {
                Ok(Attribute {
                    path: text(attribute.path),
                    before: Value::new(&attribute.before)?,
                    after: Value::new(&attribute.after)?,
                    references: texts(attribute.references),
                })
            })?,
        })
    }
}

impl<'a> OutputChange<'a> {
    fn new(output: &wit::OutputChange<'a>) -> Result<Self> {
        Ok(Self {
            name: text(output.name),
            action: output.action.into(),
            before: Value::new(&output.before)?,
            after: Value::new(&output.after)?,
        })
    }
}

impl<'a> Value<'a> {
    fn new(value: &wit::Value<'a>) -> Result<Self> {
        Ok(match value {
            wit::Value::Absent => Self::Absent,
            wit::Value::Null => Self::Null,
            wit::Value::Unknown => Self::Unknown,
            wit::Value::Sensitive => Self::Sensitive,
            wit::Value::Boolean(value) => Self::Boolean(*value),
            wit::Value::Integer(value) => Self::Integer(*value),
            wit::Value::Decimal(value) => Self::Decimal(text(value)),
            wit::Value::Text(value) => Self::Text(text(value)),
            wit::Value::Json(value) => Self::Json(raw(value)?),
        })
    }

    fn lower(&self) -> wit::Value<'_> {
        match self {
            Self::Absent => wit::Value::Absent,
            Self::Null => wit::Value::Null,
            Self::Unknown => wit::Value::Unknown,
            Self::Sensitive => wit::Value::Sensitive,
            Self::Boolean(value) => wit::Value::Boolean(*value),
            Self::Integer(value) => wit::Value::Integer(*value),
            Self::Decimal(value) => wit::Value::Decimal(value),
            Self::Text(value) => wit::Value::Text(value),
            Self::Json(value) => wit::Value::Json(value.get()),
        }
    }
}

/// Hands a request that was read from JSON over as typed values.
pub fn lower<R>(request: &Request<'_>, f: impl FnOnce(&wit::Request<'_>) -> R) -> R {
    // The bindings borrow, so every level of nested lists needs a home.
    let facts = &request.plan;
    let deferred = facts.deferred.iter().map(|deferred| &deferred.change);
    let all: Vec<&Change<'_>> = (request.changes.iter())
        .chain(deferred)
        .chain(&facts.drift)
        .collect();
    let paths: Vec<Vec<&str>> = all.iter().map(|c| borrowed(&c.replace_paths)).collect();
    let references: Vec<Vec<Vec<&str>>> = all
        .iter()
        .map(|c| {
            c.attributes
                .iter()
                .map(|a| borrowed(&a.references))
                .collect()
        })
        .collect();
    let attributes: Vec<Vec<wit::Attribute<'_>>> = all
        .iter()
        .zip(&references)
        .map(|(change, references)| {
            let pairs = change.attributes.iter().zip(references);
            pairs
                .map(|(attribute, references)| attribute.lower(references))
                .collect()
        })
        .collect();
    let mut changes: Vec<wit::Change<'_>> = all
        .iter()
        .zip(&attributes)
        .zip(&paths)
        .map(|((change, attributes), paths)| change.lower(attributes, paths))
        .collect();
    let drift = changes.split_off(request.changes.len() + facts.deferred.len());
    let deferred: Vec<_> = changes
        .split_off(request.changes.len())
        .into_iter()
        .zip(&facts.deferred)
        .map(|(change, deferred)| wit::DeferredChange {
            reason: &deferred.reason,
            change,
        })
        .collect();
    let problems: Vec<Vec<&str>> = facts.checks.iter().map(|c| borrowed(&c.problems)).collect();
    let checks: Vec<_> = facts
        .checks
        .iter()
        .zip(&problems)
        .map(|(check, problems)| check.lower(problems))
        .collect();
    let action_invocations: Vec<_> = facts
        .action_invocations
        .iter()
        .map(ActionInvocation::lower)
        .collect();
    let outputs: Vec<_> = request.outputs.iter().map(OutputChange::lower).collect();
    let documents: Vec<_> = request.documents.iter().map(Document::lower).collect();
    let extensions: Vec<_> = request
        .extensions
        .iter()
        .map(|(name, content)| wit::ExtensionParam {
            name,
            content: content.get(),
        })
        .collect();
    f(&wit::Request {
        environment: wit::Environment {
            name: &request.environment.name,
            protected: request.environment.protected,
        },
        settings: request.settings.get(),
        plan: wit::PlanFacts {
            terraform_version: facts.terraform_version.as_deref(),
            complete: facts.complete,
            applyable: facts.applyable,
            total_changes: facts.total_changes,
            checks: &checks,
            deferred: &deferred,
            action_invocations: &action_invocations,
            drift: &drift,
        },
        changes: &changes,
        outputs: &outputs,
        documents: &documents,
        extensions: &extensions,
    })
}

fn borrowed<'s>(texts: &'s [Text<'_>]) -> Vec<&'s str> {
    texts.iter().map(AsRef::as_ref).collect()
}

impl Change<'_> {
    fn lower<'a>(
        &'a self,
        attributes: &'a [wit::Attribute<'a>],
        replace_paths: &'a [&'a str],
    ) -> wit::Change<'a> {
        wit::Change {
            address: &self.address,
            block: &self.block,
            previous_address: self.previous_address.as_deref(),
            module_address: self.module_address.as_deref(),
            mode: self.mode.into(),
            kind: &self.kind,
            name: &self.name,
            index: self.index.as_ref().map(|index| match index {
                InstanceKey::Number(number) => wit::InstanceKey::Number(*number),
                InstanceKey::Text(key) => wit::InstanceKey::Text(key),
            }),
            provider: &self.provider,
            region: self.region.as_deref(),
            deposed: self.deposed.as_deref(),
            action: self.action.into(),
            replacement: self.replacement.map(Into::into),
            reason: self.reason.as_deref(),
            importing: self.importing,
            replace_paths,
            attributes,
        }
    }
}

impl Attribute<'_> {
    fn lower<'a>(&'a self, references: &'a [&'a str]) -> wit::Attribute<'a> {
        wit::Attribute {
            path: &self.path,
            before: self.before.lower(),
            after: self.after.lower(),
            references,
        }
    }
}

impl Check<'_> {
    fn lower<'a>(&'a self, problems: &'a [&'a str]) -> wit::Check<'a> {
        wit::Check {
            address: &self.address,
            status: self.status.into(),
            problems,
        }
    }
}

impl ActionInvocation<'_> {
    fn lower(&self) -> wit::ActionInvocation<'_> {
        wit::ActionInvocation {
            address: &self.address,
            kind: &self.kind,
            provider: &self.provider,
            triggered_by: self.triggered_by.as_deref(),
            event: self.event.as_deref(),
        }
    }
}

impl OutputChange<'_> {
    fn lower(&self) -> wit::OutputChange<'_> {
        wit::OutputChange {
            name: &self.name,
            action: self.action.into(),
            before: self.before.lower(),
            after: self.after.lower(),
        }
    }
}

impl Document<'_> {
    fn lower(&self) -> wit::Document<'_> {
        wit::Document {
            name: &self.name,
            content: self.content.get(),
        }
    }
}

impl From<Metadata<'_>> for wit::Metadata {
    fn from(metadata: Metadata<'_>) -> Self {
        Self {
            name: metadata.name,
            version: metadata.version,
            description: metadata.description,
            rules: metadata.rules.into_iter().map(Into::into).collect(),
            settings_schema: metadata.settings_schema.get().to_owned(),
            interests: metadata.interests.into_iter().map(Into::into).collect(),
            outputs: metadata.outputs,
            drift: metadata.drift,
            documents: metadata.documents,
            chunkable: metadata.chunkable,
            together: metadata.together,
            known_types: metadata.known_types,
            requires: metadata.requires,
            extensions: extended(metadata.extensions),
        }
    }
}

impl From<Rule> for wit::Rule {
    fn from(rule: Rule) -> Self {
        Self {
            id: rule.id,
            title: rule.title,
            description: rule.description,
            severity: rule.severity.into(),
            remediation: rule.remediation,
            example: rule.example,
            links: rule.links,
            extensions: extended(rule.extensions),
        }
    }
}

impl From<Interest> for wit::Interest {
    fn from(interest: Interest) -> Self {
        Self {
            resource_types: interest.resource_types,
            actions: interest.actions.into_iter().map(Into::into).collect(),
            attributes: interest.attributes,
            references: interest.references,
        }
    }
}

impl From<Evaluation<'_>> for wit::Evaluation {
    fn from(evaluation: Evaluation<'_>) -> Self {
        Self {
            findings: evaluation.findings.into_iter().map(Into::into).collect(),
            documents: evaluation
                .documents
                .into_iter()
                .map(|document| wit::ResultDocument {
                    name: document.name.into_owned(),
                    content: document.content.get().to_owned(),
                    summary: document.summary,
                })
                .collect(),
            extensions: extended(evaluation.extensions),
        }
    }
}

impl From<Finding> for wit::Finding {
    fn from(finding: Finding) -> Self {
        Self {
            rule: finding.rule,
            outcome: finding.outcome.into(),
            cause: finding.cause.into(),
            address: finding.address,
            deposed: finding.deposed,
            attributes: finding.attributes,
            message: finding.message,
            remediation: finding.remediation,
            details: finding
                .details
                .into_iter()
                .map(|detail| wit::Detail {
                    label: detail.label,
                    text: detail.text,
                })
                .collect(),
            extensions: extended(finding.extensions),
        }
    }
}

impl Metadata<'_> {
    /// The JSON of a component's answer.
    ///
    /// # Errors
    /// When the schema of its settings is not JSON.
    pub fn new(metadata: &wit::Metadata) -> Result<Self> {
        Ok(Self {
            name: metadata.name.clone(),
            version: metadata.version.clone(),
            description: metadata.description.clone(),
            rules: all(&metadata.rules, Rule::new)?,
            settings_schema: Cow::Owned(RawValue::from_string(metadata.settings_schema.clone())?),
            interests: metadata.interests.iter().map(Interest::new).collect(),
            outputs: metadata.outputs,
            drift: metadata.drift,
            documents: metadata.documents.clone(),
            chunkable: metadata.chunkable,
            together: metadata.together.clone(),
            known_types: metadata.known_types.clone(),
            requires: metadata.requires.clone(),
            extensions: extensions(&metadata.extensions)?,
        })
    }
}

impl Rule {
    fn new(rule: &wit::Rule) -> Result<Self> {
        Ok(Self {
            id: rule.id.clone(),
            title: rule.title.clone(),
            description: rule.description.clone(),
            severity: rule.severity.into(),
            remediation: rule.remediation.clone(),
            example: rule.example.clone(),
            links: rule.links.clone(),
            extensions: extensions(&rule.extensions)?,
        })
    }
}

impl Interest {
    fn new(interest: &wit::Interest) -> Self {
        Self {
            resource_types: interest.resource_types.clone(),
            actions: interest.actions.iter().copied().map(Into::into).collect(),
            attributes: interest.attributes.clone(),
            references: interest.references,
        }
    }
}

impl<'a> Evaluation<'a> {
    /// The JSON of a component's answer.
    ///
    /// # Errors
    /// When a document in it is not JSON.
    pub fn new(evaluation: &'a wit::Evaluation) -> Result<Self> {
        Ok(Self {
            findings: all(&evaluation.findings, Finding::new)?,
            documents: all(&evaluation.documents, |document| {
                Ok(ResultDocument {
                    name: Cow::Owned(document.name.clone()),
                    content: Cow::Owned(RawValue::from_string(document.content.clone())?),
                    summary: document.summary.clone(),
                })
            })?,
            extensions: extensions(&evaluation.extensions)?,
        })
    }
}

impl Finding {
    fn new(finding: &wit::Finding) -> Result<Self> {
        Ok(Self {
            rule: finding.rule.clone(),
            outcome: finding.outcome.into(),
            cause: finding.cause.into(),
            address: finding.address.clone(),
            deposed: finding.deposed.clone(),
            attributes: finding.attributes.clone(),
            message: finding.message.clone(),
            remediation: finding.remediation.clone(),
            details: finding
                .details
                .iter()
                .map(|detail| Detail {
                    label: detail.label.clone(),
                    text: detail.text.clone(),
                })
                .collect(),
            extensions: extensions(&finding.extensions)?,
        })
    }
}
