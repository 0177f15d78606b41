//! What a policy's answer means on the plan that it was given.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::{Budget, Selected, Shown};
use crate::contract::wit;
use crate::error::PolicyError;
use crate::limits::{Limit, Limits};
use tollgate_model::diagnostic::nearest;
use tollgate_model::digest::hex;
use tollgate_model::finding::Finding;
use tollgate_model::inert::is_active;
use tollgate_model::names::truncate;
use tollgate_model::report::{DocumentReport, JsonText};
use tollgate_model::rule;
use tollgate_plan::{Path, Step};

/// How much a policy may say, beyond what its limits bound.
const MAX_ATTRIBUTES: usize = 100;
const MAX_DETAILS: usize = 100;
const MAX_DOCUMENTS: usize = 16;

/// How deep a document may nest. Tables and summaries need less.
const MAX_DOCUMENT_DEPTH: usize = 32;

/// Holds what a call says against the contract, and against what it was handed.
pub(super) fn findings(
    metadata: &wit::Metadata,
    budget: &Budget,
    shown: &Shown<'_, '_>,
    evaluation: wit::Evaluation,
    environment: &str,
) -> Result<Vec<Finding>, PolicyError> {
    let limits = &budget.limits;
    if evaluation.findings.len() > limits.size(Limit::Findings) {
        return Err(PolicyError::limit(
            Limit::Findings,
            limits,
            Some("evaluate"),
        ));
    }
    // An object that is gone can be made anew under the same address: the change comes first.
    let mut by_address = ByAddress::new();
    // Most calls find nothing, of thousands of changes.
    let findings = &evaluation.findings;
    if findings.iter().any(|finding| finding.address.is_some()) {
        for selected in &shown.changes {
            let change = selected.change;
            by_address
                .entry((change.address.as_ref(), change.deposed.as_deref()))
                .or_insert(selected);
        }
    }
    let rules: BTreeSet<&str> = metadata.rules.iter().map(|rule| rule.id.as_str()).collect();
    let mut causes = Causes {
        budget,
        shown,
        values: BTreeMap::new(),
    };
    let mut findings = Vec::with_capacity(evaluation.findings.len());
    for finding in evaluation.findings {
        names_a_rule(&finding, &rules)?;
        let on = on(&finding, &by_address)?;
        can_be_shown(&finding, limits)?;
        findings.push(identified(finding, on, environment, &mut causes)?);
    }
    Ok(findings)
}

/// The changes that a call was handed, by address and deposed key.
type ByAddress<'k, 's, 'p, 'a> = BTreeMap<(&'k str, Option<&'k str>), &'s Selected<'p, 'a>>;

fn names_a_rule(finding: &wit::Finding, rules: &BTreeSet<&str>) -> Result<(), PolicyError> {
    if rules.contains(finding.rule.as_str()) {
        return Ok(());
    }
    let near = nearest(&finding.rule, rules.iter().copied());
    let near = near.map(|near| format!("; the nearest that it declares is {near:?}"));
    Err(PolicyError::Answer(format!(
        "a finding names the rule {:?}, which the policy does not declare{}",
        truncate(&finding.rule, 80),
        near.unwrap_or_default()
    )))
}

/// Returns the change that a finding is on, if it is on one.
fn on<'s, 'p, 'a>(
    finding: &wit::Finding,
    by_address: &ByAddress<'_, 's, 'p, 'a>,
) -> Result<Option<&'s Selected<'p, 'a>>, PolicyError> {
    let Some(address) = finding.address.as_deref() else {
        return Ok(None);
    };
    match by_address.get(&(address, finding.deposed.as_deref())) {
        Some(selected) => Ok(Some(*selected)),
        None => Err(PolicyError::Answer(format!(
            "a finding is on {:?}, which the policy was not given",
            truncate(address, 200)
        ))),
    }
}

/// Checks that a finding says something, and no more than is allowed.
fn can_be_shown(finding: &wit::Finding, limits: &Limits) -> Result<(), PolicyError> {
    let breach = |message: String| Err(PolicyError::Answer(message));
    let longest = limits.size(Limit::TextBytes);
    let texts = [Some(&finding.message), finding.remediation.as_ref()]
        .into_iter()
        .flatten();
    let labels = finding
        .details
        .iter()
        .flat_map(|detail| [&detail.label, &detail.text]);
    if texts.chain(labels).any(|text| text.len() > longest) {
        return Err(PolicyError::limit(
            Limit::TextBytes,
            limits,
            Some("evaluate"),
        ));
    }
    let says_nothing = |c: char| c.is_whitespace() || is_active(c);
    if finding.message.chars().all(says_nothing) {
        return breach(format!("a `{}` finding has no message", finding.rule));
    }
    if finding.attributes.len() > MAX_ATTRIBUTES || finding.details.len() > MAX_DETAILS {
        return breach(format!(
            "a `{}` finding lists too many attributes or details",
            finding.rule
        ));
    }
    for path in &finding.attributes {
        Path::parse(path).map_err(|error| {
            PolicyError::Answer(format!(
                "a `{}` finding names an attribute: {}",
                finding.rule,
                truncate(&error.to_string(), 300)
            ))
        })?;
    }
    Ok(())
}

/// Returns a finding with what identifies it across runs.
fn identified<'s, 'p, 'a>(
    finding: wit::Finding,
    on: Option<&'s Selected<'p, 'a>>,
    environment: &str,
    causes: &mut Causes<'s, 'p, 'a>,
) -> Result<Finding, PolicyError> {
    let address = finding.address.as_deref().unwrap_or_default();
    let previous = on.and_then(|selected| selected.change.previous_address.as_deref());
    Ok(Finding {
        fingerprint: fingerprint(&finding, address, on, environment, causes)?,
        previous_fingerprint: previous
            .map(|previous| fingerprint(&finding, previous, on, environment, causes))
            .transpose()?,
        outcome: match finding.outcome {
            wit::Outcome::Violation => rule::Outcome::Violation,
            wit::Outcome::Undetermined => rule::Outcome::Undetermined,
        },
        cause: match finding.cause {
            wit::Cause::Planned => rule::Cause::Planned,
            wit::Cause::Existing => rule::Cause::Existing,
            wit::Cause::Advice => rule::Cause::Advice,
        },
        rule: finding.rule,
        address: finding.address,
        deposed: finding.deposed,
        action: on.map(|selected| selected.change.action.as_str().to_owned()),
        attributes: finding.attributes,
        location: None,
        message: finding.message,
        remediation: finding.remediation,
        details: finding
            .details
            .into_iter()
            .map(|detail| (detail.label, detail.text))
            .collect(),
    })
}

/// Reads the documents of all calls on one plan.
pub(super) fn documents(
    limits: &Limits,
    all: Vec<wit::ResultDocument>,
) -> Result<Vec<DocumentReport>, PolicyError> {
    let breach = |message: String| Err(PolicyError::Answer(message));
    if all.len() > MAX_DOCUMENTS {
        return breach(format!(
            "{} documents; at most {MAX_DOCUMENTS} are kept",
            all.len()
        ));
    }
    let longest = limits.size(Limit::TextBytes);
    let mut documents = BTreeMap::new();
    for document in all {
        if nesting(&document.content) > MAX_DOCUMENT_DEPTH {
            return breach(format!(
                "the document {:?} nests deeper than {MAX_DOCUMENT_DEPTH} levels",
                truncate(&document.name, 80)
            ));
        }
        let content: Json = serde_json::from_str(&document.content).map_err(|error| {
            PolicyError::Answer(format!(
                "the document {:?} is not JSON: {error}",
                truncate(&document.name, 80)
            ))
        })?;
        if document
            .summary
            .as_ref()
            .is_some_and(|line| line.len() > longest)
        {
            return breach(format!(
                "the summary of the document {:?} is longer than {longest} bytes",
                truncate(&document.name, 80)
            ));
        }
        let kept = DocumentReport {
            name: document.name.clone(),
            content: JsonText::from(content),
            summary: document.summary,
        };
        if documents.insert(document.name.clone(), kept).is_some() {
            return breach(format!(
                "it answers with two documents named {:?}",
                truncate(&document.name, 80)
            ));
        }
    }
    Ok(documents.into_values().collect())
}

/// Identifies a finding across runs: the environment, the rule, the address, the object that is
/// there today, and the values that cause it. A finding that names none of the values that the
/// policy saw stands for all of them; one without an address is identified by its message.
///
/// Nothing else of the change counts, so that an edit elsewhere leaves the finding what it is: a
/// value that stays is the same whatever is planned, and one that changes has both sides.
fn fingerprint<'s, 'p, 'a>(
    finding: &wit::Finding,
    address: &str,
    on: Option<&'s Selected<'p, 'a>>,
    environment: &str,
    causes: &mut Causes<'s, 'p, 'a>,
) -> Result<String, PolicyError> {
    let budget = causes.budget;
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    add(&finding.rule);
    add(address);
    add(finding.deposed.as_deref().unwrap_or_default());
    add(environment);
    let Some(selected) = on else {
        add(&finding.message);
        return Ok(hex(&hash.finalize()));
    };
    // Another object under the same address is another finding.
    let identity = Path::from_iter([Step::Key("id".to_owned())]);
    add(&causes.of(selected, "id", &identity)?.0);
    let mut add_value = |path: &str, before: &str, after: &str| -> Result<(), PolicyError> {
        budget.work(path.len() + before.len() + after.len())?;
        add(path);
        add(if before == after { "=" } else { before });
        add(after);
        Ok(())
    };
    // Named twice it causes no more than once.
    let mut causing: Vec<&String> = Vec::new();
    let mut known = BTreeSet::new();
    for path in &finding.attributes {
        budget.work(path.len())?;
        if known.insert(path) && selected.wanted.covers(path) {
            causing.push(path);
        }
    }
    if causing.is_empty() {
        for (path, values) in causes.shown.attributes_of(selected) {
            let [before, after] = values.each_ref().map(|value| format!("{value:?}"));
            add_value(path, &before, &after)?;
        }
    }
    for text in causing {
        let Ok(path) = Path::parse(text) else {
            continue;
        };
        let values = causes.of(selected, text, &path)?;
        add_value(text, &values.0, &values.1)?;
    }
    Ok(hex(&hash.finalize()))
}

/// The values of attributes that findings name, each read once.
struct Causes<'s, 'p, 'a> {
    budget: &'s Budget,
    shown: &'s Shown<'p, 'a>,
    values: BTreeMap<(*const Selected<'p, 'a>, String), Arc<(String, String)>>,
}

impl<'p, 'a> Causes<'_, 'p, 'a> {
    /// How the value was and how it will be, as texts that tell any two values apart.
    fn of(
        &mut self,
        selected: &Selected<'p, 'a>,
        text: &str,
        path: &Path,
    ) -> Result<Arc<(String, String)>, PolicyError> {
        let key = (std::ptr::from_ref(selected), text.to_owned());
        if let Some(known) = self.values.get(&key) {
            return Ok(Arc::clone(known));
        }
        let budget = self.budget;
        let failed = |error| budget.failed(error);
        let mut reader = selected.change.attributes(&budget.meter).map_err(failed)?;
        let values = (
            format!("{:?}", reader.before(path).map_err(failed)?),
            format!("{:?}", reader.after(path).map_err(failed)?),
        );
        budget.work(values.0.len() + values.1.len())?;
        budget.keep(key.1.len() + values.0.len() + values.1.len())?;
        let values = Arc::new(values);
        self.values.insert(key, Arc::clone(&values));
        Ok(values)
    }
}

/// How deep brackets nest in JSON, strings left out of account.
fn nesting(json: &str) -> usize {
    let (mut depth, mut deepest) = (0usize, 0usize);
    let (mut quoted, mut escaped) = (false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::nesting;

    #[test]
    fn brackets_in_strings_nest_nothing() {
        for (json, depth) in [
            ("1", 0),
            ("[]", 1),
            (r#"{"a":[{"b":1}],"c":[]}"#, 3),
            (r#"["[[[\"[[[", "{{\\"]"#, 1),
        ] {
            assert_eq!(nesting(json), depth, "{json}");
        }
    }
}
