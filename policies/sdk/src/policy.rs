//! The trait that a policy implements, and the glue to the contract.

use std::ops::Deref;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{
    Action, Cause, Change, Detail, Evaluation, Finding, Interest, Metadata, Outcome, Request,
    ResultDocument, Rule, Severity,
};

/// A policy.
pub trait Policy {
    /// What the configuration can set. Its JSON Schema is published with the
    /// policy, and the host validates against it before it calls.
    type Settings: DeserializeOwned + JsonSchema;

    /// Kebab-case.
    const NAME: &'static str;
    /// A semantic version; usually `env!("CARGO_PKG_VERSION")`.
    const VERSION: &'static str;
    /// One sentence.
    const DESCRIPTION: &'static str;
    /// Every rule that a finding can name.
    const RULES: &'static [&'static RuleDef];
    /// The data documents that the policy reads.
    const DOCUMENTS: &'static [&'static str] = &[];
    /// Whether the policy sees changes to root module outputs.
    const OUTPUTS: bool = false;
    /// Whether the policy sees drift.
    const DRIFT: bool = false;
    /// Whether no finding depends on two resource changes together, but for those of
    /// [`Policy::TOGETHER`].
    const CHUNKABLE: bool = false;
    /// Resource types whose changes are handed over in one piece even so.
    const TOGETHER: &'static [&'static str] = &[];

    /// Resource types that the policy has looked at, and that none of its rules is
    /// about, besides those that its interests name.
    fn known_types() -> Vec<String> {
        Vec::new()
    }

    /// What the policy wants to see.
    fn interests() -> Vec<Interest>;

    /// Judges one plan.
    ///
    /// # Errors
    /// When the policy cannot judge: the plan is then refused.
    fn evaluate(input: &Input<'_, Self::Settings>) -> Result<Evaluation, String>;
}

/// One request, with its settings read.
#[derive(Debug)]
pub struct Input<'a, S> {
    request: &'a Request,
    /// The settings, as the configuration gives them for this environment.
    pub settings: S,
}

impl<S> Deref for Input<'_, S> {
    type Target = Request;

    fn deref(&self) -> &Request {
        self.request
    }
}

impl<S> Input<'_, S> {
    /// The data document of this name, if the host has it.
    #[must_use]
    pub fn document(&self, name: &str) -> Option<&str> {
        self.request
            .documents
            .iter()
            .find(|document| document.name == name)
            .map(|document| document.content.as_str())
    }
}

/// The settings of a policy that has none.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoSettings {}

/// A rule, as a constant beside the code that checks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleDef {
    /// Kebab-case, unique within the policy, and stable: waivers name it.
    pub id: &'static str,
    /// A noun phrase, for a list of rules.
    pub title: &'static str,
    /// Why the rule exists, in Markdown.
    pub description: &'static str,
    /// How bad a violation is.
    pub severity: Severity,
    /// How to comply, in one sentence.
    pub remediation: &'static str,
    /// An example: something that breaks the rule, or the settings that it goes by, in Markdown. Empty for
    /// none.
    pub example: &'static str,
    /// Where to read more.
    pub links: &'static [&'static str],
}

impl RuleDef {
    /// A finding that `change` breaks the rule.
    #[must_use]
    pub fn violation(&self, change: &Change, message: impl Into<String>) -> Finding {
        self.finding(Outcome::Violation, message).on(change)
    }

    /// A finding that it cannot be told whether `change` breaks the rule.
    #[must_use]
    pub fn undetermined(&self, change: &Change, message: impl Into<String>) -> Finding {
        self.finding(Outcome::Undetermined, message).on(change)
    }

    /// A finding about the plan as a whole; [`Finding::on`] places it on a change.
    #[must_use]
    pub fn finding(&self, outcome: Outcome, message: impl Into<String>) -> Finding {
        Finding {
            rule: self.id.to_owned(),
            outcome,
            cause: Cause::Planned,
            address: None,
            deposed: None,
            attributes: Vec::new(),
            message: message.into(),
            remediation: None,
            details: Vec::new(),
            extensions: Vec::new(),
        }
    }

    fn to_rule(self) -> Rule {
        Rule {
            id: self.id.to_owned(),
            title: self.title.to_owned(),
            description: self.description.to_owned(),
            severity: self.severity,
            remediation: self.remediation.to_owned(),
            example: (!self.example.is_empty()).then(|| self.example.to_owned()),
            links: self.links.iter().copied().map(str::to_owned).collect(),
            extensions: Vec::new(),
        }
    }
}

impl Finding {
    /// Places the finding on a change.
    #[must_use]
    pub fn on(mut self, change: &Change) -> Self {
        self.address = Some(change.address.clone());
        self.deposed.clone_from(&change.deposed);
        self
    }

    /// Says that it was so before, and that the plan leaves it so.
    #[must_use]
    pub fn existing(mut self) -> Self {
        self.cause = Cause::Existing;
        self
    }

    /// Says that it could be better, and cannot be required: it never refuses.
    #[must_use]
    pub fn advice(mut self) -> Self {
        self.cause = Cause::Advice;
        self
    }

    /// Adds an attribute that causes the finding; the most telling one first.
    #[must_use]
    pub fn attribute(mut self, path: impl Into<String>) -> Self {
        self.attributes.push(path.into());
        self
    }

    /// Replaces the rule's remediation for this finding.
    #[must_use]
    pub fn remediation(mut self, text: impl Into<String>) -> Self {
        self.remediation = Some(text.into());
        self
    }

    /// Adds a labelled fact.
    #[must_use]
    pub fn detail(mut self, label: impl Into<String>, text: impl Into<String>) -> Self {
        self.details.push(Detail {
            label: label.into(),
            text: text.into(),
        });
        self
    }
}

#[expect(clippy::derivable_impls, reason = "the type is generated")]
impl Default for Evaluation {
    fn default() -> Self {
        Self {
            findings: Vec::new(),
            documents: Vec::new(),
            extensions: Vec::new(),
        }
    }
}

impl Evaluation {
    /// Adds a result that is kept with the report, as JSON.
    #[must_use]
    pub fn document(mut self, name: impl Into<String>, content: &serde_json::Value) -> Self {
        self.documents.push(ResultDocument {
            name: name.into(),
            content: content.to_string(),
            summary: None,
        });
        self
    }

    /// Says in one line what a person reads of the document that was added last.
    #[must_use]
    pub fn summary(mut self, line: impl Into<String>) -> Self {
        if let Some(document) = self.documents.last_mut() {
            document.summary = Some(line.into());
        }
        self
    }
}

impl Interest {
    /// An interest in every change of these resource types.
    #[must_use]
    pub fn in_types<S: Into<String>>(types: impl IntoIterator<Item = S>) -> Self {
        Self {
            resource_types: types.into_iter().map(Into::into).collect(),
            actions: Vec::new(),
            attributes: Vec::new(),
            references: false,
        }
    }

    /// Adds attribute paths.
    #[must_use]
    pub fn attributes<S: Into<String>>(mut self, paths: impl IntoIterator<Item = S>) -> Self {
        self.attributes.extend(paths.into_iter().map(Into::into));
        self
    }

    /// Narrows to these actions.
    #[must_use]
    pub fn actions(mut self, actions: impl IntoIterator<Item = Action>) -> Self {
        self.actions.extend(actions);
        self
    }

    /// Asks for what the attributes' expressions refer to.
    #[must_use]
    pub fn with_references(mut self) -> Self {
        self.references = true;
        self
    }
}

impl Change {
    /// Whether the planned object exists after apply and is managed: false for a
    /// delete, a forget, and a deposed object.
    #[must_use]
    pub fn remains(&self) -> bool {
        self.deposed.is_none() && !matches!(self.action, Action::Delete | Action::Forget)
    }

    /// Whether an object that exists today is destroyed.
    #[must_use]
    pub fn destroys(&self) -> bool {
        match self.action {
            Action::Delete => true,
            Action::Replace => !self.forgets(),
            _ => false,
        }
    }

    /// Whether an object that exists today leaves the state and stays behind.
    #[must_use]
    pub fn forgets(&self) -> bool {
        use crate::Replacement::{CreateThenForget, ForgetThenCreate};
        self.action == Action::Forget
            || matches!(self.replacement, Some(CreateThenForget | ForgetThenCreate))
    }
}

/// The contract's `describe`, for a [`Policy`].
#[must_use]
pub fn describe<P: Policy>() -> Metadata {
    Metadata {
        name: P::NAME.to_owned(),
        version: P::VERSION.to_owned(),
        description: P::DESCRIPTION.to_owned(),
        rules: P::RULES.iter().map(|rule| rule.to_rule()).collect(),
        settings_schema: schemars::schema_for!(P::Settings).as_value().to_string(),
        interests: P::interests(),
        outputs: P::OUTPUTS,
        drift: P::DRIFT,
        documents: P::DOCUMENTS.iter().copied().map(str::to_owned).collect(),
        chunkable: P::CHUNKABLE,
        together: P::TOGETHER.iter().copied().map(str::to_owned).collect(),
        known_types: P::known_types(),
        requires: Vec::new(),
        extensions: Vec::new(),
    }
}

/// The contract's `evaluate`, for a [`Policy`].
///
/// # Errors
/// When the settings do not fit the policy's type although they fit its schema, or
/// when the policy cannot judge.
pub fn evaluate<P: Policy>(request: &Request) -> Result<Evaluation, String> {
    let settings = serde_json::from_str(&request.settings)
        .map_err(|error| format!("the settings cannot be used: {error}"))?;
    P::evaluate(&Input { request, settings })
}
