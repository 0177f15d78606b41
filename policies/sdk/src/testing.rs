//! Fixtures for native unit tests of a policy.
//!
//! A [`Resource`] is written the way a provider writes it in a plan: the whole
//! object before and after. [`Plan::evaluate`] then hands over exactly what the
//! policy's interests declare, as the host does, so a test cannot pass on data that
//! the policy would never see.

use serde_json::{Map, Value as Json};

use crate::{
    Action, Attribute, Change, Document, Environment, Evaluation, InstanceKey, Interest, Mode,
    Path, PlanFacts, Policy, Replacement, Request, Step, Value, pattern,
};

/// A leaf that is known only after apply.
#[must_use]
pub fn unknown() -> Json {
    marker("$unknown")
}

/// A leaf that is marked sensitive.
#[must_use]
pub fn sensitive() -> Json {
    marker("$sensitive")
}

fn marker(key: &str) -> Json {
    Json::Object(Map::from_iter([(key.to_owned(), Json::Bool(true))]))
}

/// One resource change of a fixture.
#[derive(Clone, Debug)]
pub struct Resource {
    change: Change,
    before: Json,
    after: Json,
    references: Vec<(String, String)>,
}

impl Resource {
    /// A change of `address`, such as `module.a["x"].aws_sqs_queue.q[0]`.
    ///
    /// # Panics
    /// If the address has no `type.name` at its end.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "a fixture with a wrong address is a mistake in the test"
    )]
    pub fn new(address: &str, action: Action) -> Self {
        let (bare, index) = match address
            .strip_suffix(']')
            .and_then(|rest| rest.rfind('[').map(|at| (at, &rest[at + 1..])))
        {
            Some((at, key)) => (
                &address[..at],
                Some(key.parse().map_or_else(
                    |_| InstanceKey::Text(key.trim_matches('"').to_owned()),
                    InstanceKey::Number,
                )),
            ),
            None => (address, None),
        };
        let (rest, name) = bare.rsplit_once('.').expect("an address ends in type.name");
        let (module, kind) = rest
            .rsplit_once('.')
            .map_or((None, rest), |(module, kind)| (Some(module), kind));
        let (module, mode) = match module {
            Some("data") => (None, Mode::Data),
            Some(module) => module
                .strip_suffix(".data")
                .map_or((Some(module), Mode::Managed), |module| {
                    (Some(module), Mode::Data)
                }),
            None => (None, Mode::Managed),
        };
        let provider = kind.split('_').next().unwrap_or(kind);
        Self {
            change: Change {
                address: address.to_owned(),
                block: without_keys(address),
                previous_address: None,
                module_address: module.map(str::to_owned),
                mode,
                kind: kind.to_owned(),
                name: name.to_owned(),
                index,
                provider: format!("registry.terraform.io/hashicorp/{provider}"),
                region: None,
                deposed: None,
                action,
                replacement: (action == Action::Replace).then_some(Replacement::DeleteThenCreate),
                reason: None,
                importing: false,
                replace_paths: Vec::new(),
                attributes: Vec::new(),
            },
            before: Json::Null,
            after: Json::Null,
            references: Vec::new(),
        }
    }

    /// A resource that is created.
    #[must_use]
    pub fn create(address: &str, after: Json) -> Self {
        Self {
            after,
            ..Self::new(address, Action::Create)
        }
    }

    /// A resource that stays as it is.
    #[must_use]
    pub fn unchanged(address: &str, object: Json) -> Self {
        Self {
            before: object.clone(),
            after: object,
            ..Self::new(address, Action::NoOp)
        }
    }

    /// A resource that is changed in place.
    #[must_use]
    pub fn update(address: &str, before: Json, after: Json) -> Self {
        Self {
            before,
            after,
            ..Self::new(address, Action::Update)
        }
    }

    /// A resource that is destroyed and made anew.
    #[must_use]
    pub fn replace(address: &str, before: Json, after: Json) -> Self {
        Self {
            before,
            after,
            ..Self::new(address, Action::Replace)
        }
    }

    /// A resource that is destroyed.
    #[must_use]
    pub fn delete(address: &str, before: Json) -> Self {
        Self {
            before,
            ..Self::new(address, Action::Delete)
        }
    }

    /// A resource that leaves the state and stays behind.
    #[must_use]
    pub fn forget(address: &str, before: Json) -> Self {
        Self {
            before,
            ..Self::new(address, Action::Forget)
        }
    }

    /// Says what the configuration of an attribute refers to, as the host hands it
    /// over (see `attribute.references` in `policy.wit`).
    #[must_use]
    pub fn refers(mut self, path: &str, to: &str) -> Self {
        self.references.push((path.to_owned(), to.to_owned()));
        self
    }

    /// The region that the host resolved.
    #[must_use]
    pub fn region(mut self, region: &str) -> Self {
        self.change.region = Some(region.to_owned());
        self
    }

    /// Changes anything else of the change.
    #[must_use]
    pub fn with(mut self, f: impl FnOnce(&mut Change)) -> Self {
        f(&mut self.change);
        self
    }

    /// The change as a policy with these interests sees it, if it does.
    fn as_seen(&self, interests: &[Interest]) -> Option<Change> {
        let mut change = self.change.clone();
        let mut any = false;
        for interest in interests {
            let of_type = interest
                .resource_types
                .iter()
                .any(|pattern| pattern::matches(pattern, &change.kind));
            let of_action =
                interest.actions.is_empty() || interest.actions.contains(&change.action);
            if !(of_type && of_action) {
                continue;
            }
            any = true;
            for path in &interest.attributes {
                let references: Vec<String> = self
                    .references
                    .iter()
                    .filter(|(at, _)| interest.references && at == path)
                    .map(|(_, to)| to.clone())
                    .collect();
                // As the host does it: one attribute, with the references if any interest asks.
                let known = change
                    .attributes
                    .iter_mut()
                    .find(|known| known.path == *path);
                if let Some(known) = known {
                    if known.references.is_empty() {
                        known.references = references;
                    }
                    continue;
                }
                change.attributes.push(Attribute {
                    path: path.clone(),
                    before: project(&self.before, path),
                    after: project(&self.after, path),
                    references,
                });
            }
        }
        any.then_some(change)
    }
}

/// A plan of fixtures.
#[derive(Clone, Debug)]
pub struct Plan {
    request: Request,
    resources: Vec<Resource>,
    drift: Vec<Resource>,
}

impl Plan {
    /// A plan of these changes for a protected environment called `production`.
    #[must_use]
    pub fn new(resources: impl IntoIterator<Item = Resource>) -> Self {
        Self {
            request: Request {
                environment: Environment {
                    name: "production".to_owned(),
                    protected: true,
                },
                settings: "{}".to_owned(),
                plan: PlanFacts {
                    terraform_version: Some("1.11.4".to_owned()),
                    complete: Some(true),
                    applyable: Some(true),
                    total_changes: 0,
                    checks: Vec::new(),
                    deferred: Vec::new(),
                    action_invocations: Vec::new(),
                    drift: Vec::new(),
                },
                changes: Vec::new(),
                outputs: Vec::new(),
                documents: Vec::new(),
                extensions: Vec::new(),
            },
            resources: resources.into_iter().collect(),
            drift: Vec::new(),
        }
    }

    /// The environment of the plan.
    #[must_use]
    pub fn environment(mut self, name: &str, protected: bool) -> Self {
        self.request.environment = Environment {
            name: name.to_owned(),
            protected,
        };
        self
    }

    /// The settings of the policy.
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "reads as `settings(json!({…}))`"
    )]
    pub fn settings(mut self, settings: Json) -> Self {
        self.request.settings = settings.to_string();
        self
    }

    /// A data document.
    #[must_use]
    pub fn document(mut self, name: &str, content: &str) -> Self {
        self.request.documents.push(Document {
            name: name.to_owned(),
            content: content.to_owned(),
        });
        self
    }

    /// What changed outside of the configuration.
    #[must_use]
    pub fn drift(mut self, resources: impl IntoIterator<Item = Resource>) -> Self {
        self.drift.extend(resources);
        self
    }

    /// Changes anything else of the request.
    #[must_use]
    pub fn with(mut self, f: impl FnOnce(&mut Request)) -> Self {
        f(&mut self.request);
        self
    }

    /// The plan in which all that this one makes is there already, and in which every resource changes in
    /// something that no policy reads: nothing that is found in it is brought about by it. None where
    /// something is known only after apply or kept from policies, so that it may change.
    #[must_use]
    pub fn settled(&self) -> Option<Self> {
        let mut settled = self.clone();
        settled.drift.clear();
        settled.resources.retain(|resource| {
            let goes = matches!(resource.change.action, Action::Delete | Action::Forget);
            !goes && resource.change.deposed.is_none()
        });
        for resource in &mut settled.resources {
            let text = resource.after.to_string();
            if resource.after.is_null() || text.contains("$unknown") || text.contains("$sensitive")
            {
                return None;
            }
            resource.before = resource.after.clone();
            let change = &mut resource.change;
            change.importing = false;
            change.replacement = None;
            change.previous_address = None;
            change.replace_paths.clear();
            change.reason = None;
            if change.action != Action::NoOp && change.mode == Mode::Managed {
                change.action = Action::Update;
            }
        }
        Some(settled)
    }

    /// What a policy says that this plan, once it is [settled](Plan::settled), brings about: nothing, of a
    /// policy that tells apart what was so before.
    ///
    /// # Panics
    /// As [`Plan::evaluate`].
    #[must_use]
    pub fn brought_about_by_nothing<P: Policy>(&self) -> Vec<String> {
        let evaluation = self.settled().and_then(|plan| plan.evaluate::<P>().ok());
        evaluation
            .map(|evaluation| evaluation.findings)
            .unwrap_or_default()
            .into_iter()
            .filter(|finding| finding.cause == crate::Cause::Planned)
            .map(|finding| format!("{}: {}", finding.rule, finding.message))
            .collect()
    }

    /// Evaluates a policy, and checks that it keeps the contract.
    ///
    /// # Errors
    /// What the policy itself answers.
    ///
    /// # Panics
    /// If the policy reports an undeclared rule, an address that is not in the plan, or more than the host
    /// takes.
    pub fn evaluate<P: Policy>(&self) -> Result<Evaluation, String> {
        let metadata = crate::describe::<P>();
        let mut request = self.request.clone();
        request.plan.total_changes = u32::try_from(self.resources.len()).unwrap_or(u32::MAX);
        request
            .documents
            .retain(|document| metadata.documents.contains(&document.name));
        let handed = |resources: &[Resource]| -> Vec<Change> {
            resources
                .iter()
                .filter_map(|resource| resource.as_seen(&metadata.interests))
                .collect()
        };
        request.changes.extend(handed(&self.resources));
        if metadata.drift {
            request.plan.drift.extend(handed(&self.drift));
        }
        let evaluation = crate::evaluate::<P>(&request)?;
        for finding in &evaluation.findings {
            let texts = finding.details.iter().map(|detail| &detail.text);
            let texts = texts.chain([&finding.message]).chain(&finding.remediation);
            for text in texts {
                assert!(
                    text.len() <= MOST_BYTES,
                    "a text of {} is {} bytes long, and the host takes {MOST_BYTES}",
                    finding.rule,
                    text.len()
                );
            }
            let lists = finding.attributes.len().max(finding.details.len());
            assert!(
                lists <= MOST_ITEMS,
                "a list of {} has {lists} items, and the host takes {MOST_ITEMS}",
                finding.rule
            );
            assert!(
                metadata.rules.iter().any(|rule| rule.id == finding.rule),
                "the finding names the rule {:?}, which `RULES` does not have",
                finding.rule
            );
            if let Some(address) = &finding.address {
                assert!(
                    request
                        .changes
                        .iter()
                        .chain(&request.plan.drift)
                        .any(|change| change.address == *address
                            && change.deposed == finding.deposed),
                    "the finding is on {address}, which was not handed over"
                );
            }
        }
        Ok(evaluation)
    }

    /// Evaluates a policy and renders its findings, one a line, for a comparison:
    /// `rule outcome address [attributes]: message`, with `(existing)` or `(advice)` behind
    /// the outcome where the plan does not bring it about.
    ///
    /// # Panics
    /// As [`Plan::evaluate`], and if the policy answers with an error.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test wants the panic")]
    pub fn findings<P: Policy>(&self) -> Vec<String> {
        self.evaluate::<P>()
            .expect("the policy could judge")
            .findings
            .iter()
            .map(|finding| {
                let outcome = match finding.outcome {
                    crate::Outcome::Violation => "violation",
                    crate::Outcome::Undetermined => "undetermined",
                };
                let cause = match finding.cause {
                    crate::Cause::Planned => "",
                    crate::Cause::Existing => "(existing)",
                    crate::Cause::Advice => "(advice)",
                };
                let address = finding.address.as_deref().unwrap_or("-");
                format!(
                    "{} {outcome}{cause} {address} [{}]: {}",
                    finding.rule,
                    finding.attributes.join(", "),
                    finding.message
                )
            })
            .collect()
    }
}

/// The longest text of a finding, in bytes, and the most attributes or details, on default limits.
const MOST_BYTES: usize = 4_096;
const MOST_ITEMS: usize = 100;

fn without_keys(address: &str) -> String {
    let mut block = String::new();
    let mut quoted = false;
    let mut depth = 0_u32;
    for c in address.chars() {
        match c {
            '"' if depth > 0 => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            c if depth == 0 => block.push(c),
            _ => {}
        }
    }
    block
}

#[expect(
    clippy::expect_used,
    reason = "an interest with a broken path is a mistake in the policy"
)]
fn project(object: &Json, path: &str) -> Value {
    let path = Path::parse(path).expect("an interest declares a path");
    let mut at = object;
    for step in path.steps() {
        if is_marker(at, "$unknown") || is_marker(at, "$sensitive") {
            break;
        }
        let next = match step {
            Step::Key(key) => at.get(key),
            Step::Index(index) => at.get(index),
        };
        match next {
            Some(next) => at = next,
            None => return Value::Absent,
        }
    }
    if path.steps().is_empty() && at.is_null() {
        return Value::Absent;
    }
    match at {
        at if is_marker(at, "$unknown") => Value::Unknown,
        at if is_marker(at, "$sensitive") => Value::Sensitive,
        Json::Null => Value::Null,
        Json::Bool(b) => Value::Boolean(*b),
        Json::Number(number) => number
            .as_i64()
            .map_or_else(|| Value::Decimal(number.to_string()), Value::Integer),
        Json::String(text) => Value::Text(text.clone()),
        container => Value::Json(container.to_string()),
    }
}

fn is_marker(json: &Json, key: &str) -> bool {
    json.as_object()
        .is_some_and(|map| map.len() == 1 && map.contains_key(key))
}
