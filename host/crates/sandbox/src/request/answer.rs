//! What a policy's answer means on the plan that it was given.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::Selected;
use crate::contract::wit;
use crate::error::PolicyError;
use crate::limits::{Limit, Limits};
use tollgate_model::digest::hex;
use tollgate_model::finding::{Evaluation, Finding};
use tollgate_model::names::truncate;
use tollgate_model::rule;
use tollgate_plan::{Path, Step};

/// How much a policy may say, beyond what its limits bound.
const MAX_ATTRIBUTES: usize = 100;
const MAX_DETAILS: usize = 100;
const MAX_DOCUMENTS: usize = 16;

/// Holds an answer against the contract.
pub(super) fn check(
    metadata: &wit::Metadata,
    limits: &Limits,
    selected: &[Selected<'_, '_>],
    evaluation: wit::Evaluation,
    environment: &str,
) -> Result<Evaluation, PolicyError> {
    let breach = |message: String| Err(PolicyError::Answer(message));
    let limit = |limit| Err(PolicyError::limit(limit, limits, Some("evaluate")));
    if evaluation.findings.len() > limits.size(Limit::Findings) {
        return limit(Limit::Findings);
    }
    let longest = limits.size(Limit::TextBytes);
    if evaluation.documents.len() > MAX_DOCUMENTS {
        return breach(format!(
            "{} documents; at most {MAX_DOCUMENTS} are kept",
            evaluation.documents.len()
        ));
    }
    let by_address: BTreeMap<(&str, Option<&str>), &Selected<'_, '_>> = selected
        .iter()
        .map(|selected| {
            (
                (
                    selected.change.address.as_ref(),
                    selected.change.deposed.as_deref(),
                ),
                selected,
            )
        })
        .collect();
    let mut findings = Vec::with_capacity(evaluation.findings.len());
    for finding in evaluation.findings {
        if !metadata.rules.iter().any(|rule| rule.id == finding.rule) {
            return breach(format!(
                "a finding names the rule {:?}, which the policy does not declare",
                truncate(&finding.rule, 80)
            ));
        }
        let on = match &finding.address {
            None => None,
            Some(address) => {
                match by_address.get(&(address.as_str(), finding.deposed.as_deref())) {
                    Some(selected) => Some(*selected),
                    None => {
                        return breach(format!(
                            "a finding is on {:?}, which the policy was not given",
                            truncate(address, 200)
                        ));
                    }
                }
            }
        };
        let texts = [Some(&finding.message), finding.remediation.as_ref()]
            .into_iter()
            .flatten();
        let labels = finding
            .details
            .iter()
            .flat_map(|detail| [&detail.label, &detail.text]);
        if texts.chain(labels).any(|text| text.len() > longest) {
            return limit(Limit::TextBytes);
        }
        if finding.message.trim().is_empty() {
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
        findings.push(Finding {
            fingerprint: fingerprint(&finding, on, environment)?,
            outcome: match finding.outcome {
                wit::Outcome::Violation => rule::Outcome::Violation,
                wit::Outcome::Undetermined => rule::Outcome::Undetermined,
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
        });
    }
    let mut documents = BTreeMap::new();
    for document in evaluation.documents {
        let content = serde_json::from_str(&document.content).map_err(|error| {
            PolicyError::Answer(format!(
                "the document {:?} is not JSON: {error}",
                truncate(&document.name, 80)
            ))
        })?;
        if documents.insert(document.name.clone(), content).is_some() {
            return breach(format!(
                "it answers with two documents named {:?}",
                truncate(&document.name, 80)
            ));
        }
    }
    Ok(Evaluation {
        findings,
        documents: documents.into_iter().collect(),
    })
}

/// Identifies a finding across runs: the environment, the rule, the address, the object
/// that is there today, and the values that cause it. A value that is not among what the policy saw of the change stands for
/// all that it saw; a finding without an address is identified by its message.
fn fingerprint(
    finding: &wit::Finding,
    on: Option<&Selected<'_, '_>>,
    environment: &str,
) -> Result<String, PolicyError> {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    add(&finding.rule);
    add(finding.address.as_deref().unwrap_or_default());
    add(finding.deposed.as_deref().unwrap_or_default());
    add(environment);
    match on {
        None => add(&finding.message),
        Some(selected) => {
            add(selected.change.action.as_str());
            // Another object under the same address is another finding.
            let identity = Path::from_iter([Step::Key("id".to_owned())]);
            add(&format!("{:?}", selected.change.before(&identity)?));
            let values = |path: &Path| -> Result<[String; 2], PolicyError> {
                Ok([
                    format!("{:?}", selected.change.before(path)?),
                    format!("{:?}", selected.change.after(path)?),
                ])
            };
            let seen = |path: &str| {
                selected.attributes.iter().any(|attribute| {
                    path == attribute.path
                        || path.strip_prefix(attribute.path).is_some_and(|rest| {
                            rest.starts_with(['.', '[']) || attribute.path.is_empty()
                        })
                })
            };
            let causing: Vec<_> = finding
                .attributes
                .iter()
                .filter(|path| seen(path))
                .collect();
            if causing.is_empty() {
                for attribute in &selected.attributes {
                    add(attribute.path);
                    add(&format!("{:?}", attribute.before));
                    add(&format!("{:?}", attribute.after));
                }
            }
            for text in causing {
                let Ok(path) = Path::parse(text) else {
                    continue;
                };
                add(text);
                for value in values(&path)? {
                    add(&value);
                }
            }
        }
    }
    Ok(hex(&hash.finalize()))
}
