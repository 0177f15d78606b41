//! Rules as SARIF describes them.

use std::collections::BTreeMap;

use serde_json::json;

use super::MAX_RULES;
use super::log::{Configuration, Descriptor, Help, Level, Properties};
use super::message::{braces, description, plain, unlinked};
use crate::formats::markdown;
use crate::words::severity;
use tollgate_model::report::{FindingReport, Report, RuleReport, Severity};

/// The rules of these findings, and as many more of the report as a log may have.
pub(super) fn rules<'r>(
    report: &Report,
    findings: impl Iterator<Item = &'r FindingReport>,
) -> Vec<RuleReport> {
    let declared: BTreeMap<&str, &RuleReport> = report
        .rules
        .iter()
        .map(|rule| (rule.rule.as_str(), rule))
        .collect();
    let mut rules: BTreeMap<&str, RuleReport> = BTreeMap::new();
    for finding in findings {
        if let Some(rule) = declared.get(finding.rule.as_str()) {
            rules
                .entry(&rule.rule)
                .or_insert_with(|| RuleReport::clone(rule));
            continue;
        }
        rules.entry(&finding.rule).or_insert_with(|| RuleReport {
            rule: finding.rule.clone(),
            title: finding.title.clone(),
            description: String::new(),
            severity: finding.severity,
            remediation: finding.remediation.clone(),
            links: Vec::new(),
        });
    }
    let room = MAX_RULES.saturating_sub(rules.len());
    let others = report.rules.iter();
    let others: Vec<_> = others
        .filter(|rule| !rules.contains_key(rule.rule.as_str()))
        .take(room)
        .collect();
    for rule in others {
        rules.insert(&rule.rule, rule.clone());
    }
    rules.into_values().collect()
}

pub(super) fn rule_descriptor(report: &Report, rule: &RuleReport) -> Descriptor {
    let name = plain(&rule.rule);
    let policy = rule.rule.split('/').next().unwrap_or_default();
    let explain = format!("tollgate explain {}", rule.rule);
    let mut tags = vec![plain(policy)];
    let mut properties = Properties::new();
    if let Some(score) = score(rule.severity) {
        // Without the tag, code scanning does not look at the score.
        tags.push("security".to_owned());
        properties.insert("security-severity".to_owned(), json!(score));
    }
    properties.insert("tags".to_owned(), json!(tags));
    properties.insert("severity".to_owned(), json!(severity(rule.severity)));
    if let Some(version) = version_of(report, policy) {
        properties.insert("policyVersion".to_owned(), json!(plain(version)));
    }
    let title = if rule.title.is_empty() {
        &rule.rule
    } else {
        &rule.title
    };
    let mut why: Vec<&str> = paragraphs(&rule.description).collect();
    let comply = format!("How to comply: {}", rule.remediation);
    if !rule.remediation.is_empty() {
        why.push(&comply);
    }
    let more = format!("More, and how to waive it: `{explain}`");
    why.push(&more);
    let texts: Vec<String> = why.iter().map(|each| unlinked(&plain(each))).collect();
    let markdown: Vec<String> = why.iter().map(|each| markdown::paragraph(each)).collect();
    Descriptor {
        id: name.clone(),
        name,
        short_description: description(title),
        full_description: description(paragraphs(&rule.description).next().unwrap_or(title)),
        help: Help {
            text: braces(&texts.join("\n\n")),
            markdown: braces(&markdown.join("\n\n")),
        },
        // The schema wants an address; what a policy writes need not be one.
        help_uri: rule.links.iter().find(|link| is_address(link)).cloned(),
        default_configuration: Configuration {
            level: level_of(rule.severity),
        },
        properties,
    }
}

/// The paragraphs of Markdown, each on a line.
fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n\n")
        .map(str::trim)
        .filter(|each| !each.is_empty())
}

fn version_of<'r>(report: &'r Report, policy: &str) -> Option<&'r str> {
    let mut policies = report.plans.iter().flat_map(|plan| &plan.policies);
    policies
        .find(|each| each.name == policy && !each.version.is_empty())
        .map(|each| each.version.as_str())
}

/// Whether it is an address that needs no escapes.
pub(super) fn is_address(link: &str) -> bool {
    let rest = link
        .strip_prefix("https://")
        .or_else(|| link.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_ascii_alphanumeric())
            && rest
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-._~/?#=&+,:;%".contains(c))
            && !rest.contains('%')
            && rest.matches('#').count() <= 1
            // A colon starts a port, which would have to be a number.
            && !rest.contains(':')
    })
}

pub(super) fn level_of(severity: Severity) -> Level {
    match severity {
        Severity::Critical | Severity::High => Level::Error,
        Severity::Medium => Level::Warning,
        Severity::Low | Severity::Info => Level::Note,
    }
}

/// The middle of what code scanning shows under the same word.
fn score(severity: Severity) -> Option<&'static str> {
    match severity {
        Severity::Critical => Some("9.5"),
        Severity::High => Some("8.0"),
        Severity::Medium => Some("5.5"),
        Severity::Low => Some("2.0"),
        Severity::Info => None,
    }
}
