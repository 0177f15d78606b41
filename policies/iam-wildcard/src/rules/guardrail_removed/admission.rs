//! What decides in a Kubernetes cluster whether an object is taken: webhooks, admission policies, and
//! the rules of Kyverno and Gatekeeper.

use std::collections::BTreeSet;

use tollgate_policy::{Action, Attr, Change, Finding, Why};
use tollgate_policy_common::iam::Side;
use tollgate_policy_common::text::{clipped, listed};
use tollgate_policy_common::unaltered::all_unaltered;

use super::{RULE, pods};
use crate::kubernetes::{Object, Tree};

/// A kind of object that guards what a cluster takes.
struct Guard {
    /// The kind; none for any of the group.
    kind: Option<&'static str>,
    /// How the group of its API begins; none where a type of the provider says the kind.
    group: Option<&'static str>,
    /// What it is, in words.
    what: &'static str,
    reads: Reads,
}

/// How a guard is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reads {
    /// Webhooks, each with its rules.
    Webhooks,
    /// Rules in an admission policy.
    Policy,
    /// What is done with what a policy denies.
    Binding,
    /// By its deletion only.
    Deleted,
    /// A mode in the specification: the path, and whether leaving it out denies.
    Mode(&'static str, bool),
}

const ADMISSION: Option<&str> = Some("admissionregistration.k8s.io/");

const GUARDS: &[Guard] = &[
    Guard {
        kind: Some("ValidatingWebhookConfiguration"),
        group: ADMISSION,
        what: "a webhook that refuses objects",
        reads: Reads::Webhooks,
    },
    Guard {
        kind: Some("MutatingWebhookConfiguration"),
        group: ADMISSION,
        what: "a webhook that changes objects",
        reads: Reads::Webhooks,
    },
    Guard {
        kind: Some("ValidatingAdmissionPolicy"),
        group: ADMISSION,
        what: "an admission policy",
        reads: Reads::Policy,
    },
    Guard {
        kind: Some("ValidatingAdmissionPolicyBinding"),
        group: ADMISSION,
        what: "what applies an admission policy",
        reads: Reads::Binding,
    },
    // https://kyverno.io/docs/policy-types/cluster-policy/policy-settings/
    Guard {
        kind: Some("ClusterPolicy"),
        group: Some("kyverno.io/"),
        what: "a policy of Kyverno",
        reads: Reads::Mode("validationFailureAction", false),
    },
    Guard {
        kind: Some("Policy"),
        group: Some("kyverno.io/"),
        what: "a policy of Kyverno",
        reads: Reads::Mode("validationFailureAction", false),
    },
    // https://open-policy-agent.github.io/gatekeeper/website/docs/violations/
    Guard {
        kind: None,
        group: Some("constraints.gatekeeper.sh/"),
        what: "a constraint of Gatekeeper",
        reads: Reads::Mode("enforcementAction", true),
    },
    // Its constraints go with it.
    Guard {
        kind: Some("ConstraintTemplate"),
        group: Some("templates.gatekeeper.sh/"),
        what: "a kind of constraint of Gatekeeper",
        reads: Reads::Deleted,
    },
];

fn guard(object: &Object<'_>) -> Option<&'static Guard> {
    let group = object.group();
    GUARDS.iter().find(|guard| {
        let is_of = |want: &str| group.as_deref().is_none_or(|group| group.starts_with(want));
        guard.kind.is_none_or(|kind| kind == object.kind)
            && guard.group.is_none_or(is_of)
            && (guard.kind.is_some() || group.is_some())
    })
}

/// What checks or changes fewer objects than today.
pub(super) fn check(change: &Change) -> Vec<Finding> {
    if matches!(change.action, Action::Create | Action::Read) {
        return Vec::new();
    }
    let Some(before) = Object::of(change, Side::Before) else {
        return Vec::new();
    };
    if before.kind == "Namespace" && change.remains() {
        let level = |side, label: &str| match Object::of(change, side) {
            Some(object) => object.part("metadata").get("labels").get(label).text(),
            None => Attr::Undetermined(Why::Unknown),
        };
        return pods(change, &before.path("metadata"), level)
            .into_iter()
            .collect();
    }
    let Some(guard) = guard(&before) else {
        return Vec::new();
    };
    if change.action == Action::Delete {
        let message = format!("the plan deletes {}", guard.what);
        return vec![RULE.violation(change, message)];
    }
    if !change.remains() {
        return Vec::new();
    }
    let path = before.path(match guard.reads {
        Reads::Webhooks => "webhook",
        Reads::Policy | Reads::Binding | Reads::Deleted | Reads::Mode(..) => "spec",
    });
    let after = match Object::of(change, Side::After) {
        Some(after) if after.kind == before.kind => after,
        Some(_) => {
            let message = format!("the plan deletes {}", guard.what);
            return vec![RULE.violation(change, message).attribute(path)];
        }
        None => return vec![unclear(change, guard, &path, Why::Unknown)],
    };
    let lost = match guard.reads {
        Reads::Webhooks => webhooks(&before).and_then(|was| Ok(fewer(&was, &webhooks(&after)?))),
        Reads::Policy => policy(&before, &after),
        Reads::Binding => binding(&before, &after),
        Reads::Deleted => Ok(Vec::new()),
        Reads::Mode(name, denies) => mode(&before, &after, name, denies),
    };
    match lost {
        Ok(lost) => lost
            .into_iter()
            .map(|message| RULE.violation(change, message).attribute(path.clone()))
            .collect(),
        // It was so before, or cannot be compared.
        Err(_) if all_unaltered(change) => Vec::new(),
        Err(why) => vec![unclear(change, guard, &path, why)],
    }
}

fn unclear(change: &Change, guard: &Guard, path: &str, why: Why) -> Finding {
    RULE.undetermined(
        change,
        format!(
            "whether {} still does what it does today cannot be told: part of `{path}` is {why}",
            guard.what
        ),
    )
    .attribute(path)
}

/// One webhook, or the rules of a policy.
#[derive(Default)]
struct Webhook {
    name: String,
    ignores: bool,
    exact: bool,
    rules: Vec<[BTreeSet<String>; 4]>,
    /// By the name of the selector.
    selectors: Vec<(&'static str, Vec<Requirement>)>,
    conditions: BTreeSet<String>,
}

/// What a selector wants of labels.
#[derive(PartialEq, Eq)]
struct Requirement {
    key: String,
    operator: String,
    values: BTreeSet<String>,
}

impl Requirement {
    /// Whether what meets this one meets the other.
    fn implies(&self, other: &Self) -> bool {
        if self.key != other.key {
            return false;
        }
        match (self.operator.as_str(), other.operator.as_str()) {
            ("In", "In") => self.values.is_subset(&other.values),
            ("NotIn", "NotIn") => other.values.is_subset(&self.values),
            ("In", "NotIn") => self.values.is_disjoint(&other.values),
            ("In" | "Exists", "Exists") | ("DoesNotExist", "NotIn" | "DoesNotExist") => true,
            _ => false,
        }
    }
}

fn text(tree: &Tree) -> Result<Option<String>, Why> {
    match tree.text() {
        Attr::Known(text) if text.is_empty() => Ok(None),
        Attr::Known(text) => Ok(Some(text)),
        Attr::Unset => Ok(None),
        Attr::Undetermined(why) => Err(why),
    }
}

fn texts(tree: &Tree, name: &str, block: &str) -> Result<BTreeSet<String>, Why> {
    let items = tree.list(name, block)?;
    let texts: Result<Vec<_>, _> = items.iter().map(text).collect();
    Ok(texts?.into_iter().flatten().collect())
}

fn selector(tree: &Tree) -> Result<Vec<Requirement>, Why> {
    let mut all = Vec::new();
    for (key, value) in tree.get("matchLabels").entries()? {
        all.push(Requirement {
            key,
            operator: "In".to_owned(),
            values: BTreeSet::from([text(&value)?.unwrap_or_default()]),
        });
    }
    for one in tree.list("matchExpressions", "match_expressions")? {
        all.push(Requirement {
            key: text(&one.get("key"))?.unwrap_or_default(),
            operator: text(&one.get("operator"))?.unwrap_or_default(),
            values: texts(&one, "values", "values")?,
        });
    }
    Ok(all)
}

/// What a webhook, or what a policy is matched with, is about.
fn about(tree: &Tree, rules: (&str, &str)) -> Result<Webhook, Why> {
    let mut webhook = Webhook {
        exact: text(&tree.get("matchPolicy"))?.as_deref() == Some("Exact"),
        ..Webhook::default()
    };
    for rule in tree.list(rules.0, rules.1)? {
        webhook.rules.push([
            texts(&rule, "apiGroups", "api_groups")?,
            texts(&rule, "operations", "operations")?,
            texts(&rule, "resources", "resources")?,
            texts(&rule, "apiVersions", "api_versions")?,
        ]);
    }
    for name in ["namespaceSelector", "objectSelector"] {
        webhook.selectors.push((name, selector(&tree.part(name))?));
    }
    webhook.conditions = conditions(tree)?;
    Ok(webhook)
}

fn conditions(tree: &Tree) -> Result<BTreeSet<String>, Why> {
    tree.list("matchConditions", "match_conditions")?
        .iter()
        .map(|one| Ok(text(&one.get("expression"))?.unwrap_or_default()))
        .collect()
}

fn webhooks(object: &Object<'_>) -> Result<Vec<Webhook>, Why> {
    object
        .list("webhooks", "webhook")?
        .iter()
        .map(|one| {
            Ok(Webhook {
                name: text(&one.get("name"))?.unwrap_or_default(),
                ignores: text(&one.get("failurePolicy"))?.as_deref() == Some("Ignore"),
                ..about(one, ("rules", "rule"))?
            })
        })
        .collect()
}

/// Whether one of these rules is about all that a rule is about.
fn covered(rule: &[BTreeSet<String>; 4], by: &[[BTreeSet<String>; 4]]) -> bool {
    by.iter().any(|other| {
        rule.iter().zip(other).all(|(own, other)| {
            other.contains("*")
                || own.iter().all(|one| {
                    // `pods/*` are the parts of pods, `*/*` all of everything.
                    let all = one.split_once('/').map(|(of, _)| format!("{of}/*"));
                    other.contains(one)
                        || other.contains("*/*")
                        || all.is_some_and(|all| other.contains(&all))
                })
        })
    })
}

/// By what one is about less than it was.
fn narrower(was: &Webhook, now: &Webhook) -> Vec<String> {
    let mut by = Vec::new();
    for ((name, was), (_, now)) in was.selectors.iter().zip(&now.selectors) {
        if now
            .iter()
            .any(|new| !was.iter().any(|old| old == new || old.implies(new)))
        {
            by.push(format!("`{name}`"));
        }
    }
    if !was.rules.iter().all(|rule| covered(rule, &now.rules)) {
        by.push("`rules`".to_owned());
    }
    if !now.conditions.is_subset(&was.conditions) {
        by.push("`matchConditions`".to_owned());
    }
    if now.exact && !was.exact {
        by.push("`matchPolicy`".to_owned());
    }
    by
}

/// So many webhooks are named.
const MOST: usize = 10;

fn fewer(before: &[Webhook], after: &[Webhook]) -> Vec<String> {
    let (mut ignored, mut lost) = (Vec::new(), Vec::new());
    for was in before {
        let name = clipped(&was.name);
        let Some(now) = after.iter().find(|now| now.name == was.name) else {
            // Another one is about the same.
            let same = |now: &&Webhook| {
                narrower(was, now).is_empty() && !before.iter().any(|old| old.name == now.name)
            };
            match after.iter().find(same) {
                Some(now) if now.ignores && !was.ignores => ignored.push(clipped(&now.name)),
                Some(_) => {}
                None => lost.push(format!("`{name}` is removed")),
            }
            continue;
        };
        if now.ignores && !was.ignores {
            ignored.push(name.clone());
        }
        let by = narrower(was, now);
        if !by.is_empty() {
            lost.push(format!("`{name}` is about less by {}", by.join(", ")));
        }
    }
    let mut messages = Vec::new();
    if !ignored.is_empty() {
        messages.push(format!(
            "objects are taken unchecked whenever a webhook does not answer: {}",
            listed(&ignored)
        ));
    }
    if !lost.is_empty() {
        let more = lost.len().saturating_sub(MOST);
        lost.truncate(MOST);
        if more > 0 {
            lost.push(format!("and {more} more"));
        }
        messages.push(format!("webhooks see fewer objects: {}", lost.join(", ")));
    }
    messages
}

fn policy(before: &Object<'_>, after: &Object<'_>) -> Result<Vec<String>, Why> {
    let read = |object: &Object<'_>| {
        let spec = object.part("spec");
        let mut about = about(
            &spec.part("matchConstraints"),
            ("resourceRules", "resource_rules"),
        )?;
        about.conditions = conditions(&spec)?;
        about.ignores = text(&spec.get("failurePolicy"))?.as_deref() == Some("Ignore");
        let validations: Result<BTreeSet<String>, Why> = spec
            .list("validations", "validations")?
            .iter()
            .map(|one| Ok(text(&one.get("expression"))?.unwrap_or_default()))
            .collect();
        Ok::<_, Why>((about, validations?))
    };
    let ((was, checks), (now, still)) = (read(before)?, read(after)?);
    let mut messages = Vec::new();
    if now.ignores && !was.ignores {
        messages.push(
            "the admission policy takes objects unchecked that it cannot check: `failurePolicy` `Fail` -> `Ignore`"
                .to_owned(),
        );
    }
    let by = narrower(&was, &now);
    if !by.is_empty() {
        messages.push(format!(
            "the admission policy is about less by {}",
            by.join(", ")
        ));
    }
    // A check that is written in another way is another check.
    if still.len() < checks.len() {
        messages.push(format!(
            "the admission policy checks less: {} -> {} `validations`",
            checks.len(),
            still.len()
        ));
    }
    Ok(messages)
}

fn binding(before: &Object<'_>, after: &Object<'_>) -> Result<Vec<String>, Why> {
    let denies = |object: &Object<'_>| {
        let actions = texts(
            &object.part("spec"),
            "validationActions",
            "validation_actions",
        )?;
        Ok::<_, Why>(actions.contains("Deny"))
    };
    let read = |object: &Object<'_>| {
        let matched = object.part("spec").part("matchResources");
        let mut about = about(&matched, ("resourceRules", "resource_rules"))?;
        // Without any, it is about all that the policy is about.
        if about.rules.is_empty() {
            let all = || BTreeSet::from(["*".to_owned()]);
            about.rules.push([all(), all(), all(), all()]);
        }
        Ok::<_, Why>(about)
    };
    let (was, now) = (denies(before)?, denies(after)?);
    let by = narrower(&read(before)?, &read(after)?);
    let mut messages = Vec::new();
    if was && !now {
        messages.push(
            "what the admission policy finds is not refused any more: `validationActions` is without `Deny`"
                .to_owned(),
        );
    }
    if !by.is_empty() {
        messages.push(format!(
            "the admission policy is applied to less by {}",
            by.join(", ")
        ));
    }
    Ok(messages)
}

/// A mode that denies today and then only tells.
fn mode(
    before: &Object<'_>,
    after: &Object<'_>,
    name: &str,
    unset: bool,
) -> Result<Vec<String>, Why> {
    let read = |object: &Object<'_>| {
        let mode = text(&object.part("spec").get(name))?;
        let denies = match &mode {
            None => unset,
            Some(mode) => {
                ["deny", "enforce", "scoped"].contains(&mode.to_ascii_lowercase().as_str())
            }
        };
        let shown = mode.map_or_else(
            || "not set".to_owned(),
            |mode| format!("`{}`", clipped(&mode)),
        );
        Ok::<_, Why>((denies, shown))
    };
    let ((was, old), (now, new)) = (read(before)?, read(after)?);
    Ok(if was && !now {
        vec![format!(
            "what breaks the rule is not refused any more: `{name}` {old} -> {new}"
        )]
    } else {
        Vec::new()
    })
}
