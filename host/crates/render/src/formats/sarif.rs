//! The report as SARIF 2.1.0, which code scanning reads.
//!
//! `level` says what a finding leads to: what refuses is an error, what warns, is waived or
//! in the baseline at most a warning, what is let pass a note; how bad the rule is says
//! `security-severity`. Waived and baselined findings are suppressed. A finding without a place in the configuration
//! points at the plan file, and names its resource as a logical location. Policies that
//! failed and plans that could not be judged are notifications of the invocation.

mod log;
mod size;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::json;
use sha2::{Digest as _, Sha256};
use tollgate_model::digest::{Digits, PREFIX, percent};

use self::log::{
    Artifact, ArtifactLocation, AutomationDetails, BaseId, ColumnKind, Configuration, Descriptor,
    DescriptorReference, Driver, Help, Invocation, Level, Location, Log, LogicalLocation, Message,
    Notification, PhysicalLocation, Properties, Region, Role, Run, SarifResult, Suppression,
    SuppressionKind, SuppressionStatus, Tool,
};
use super::json as text;
use crate::words::{self, enforcement, plan_name, severity, subject};
use tollgate_model::inert::{inert, inert_within};
use tollgate_model::report::{
    Disposition, FindingReport, PlanReport, Problem, Report, RuleReport, Severity,
};
use tollgate_model::rule::Response;

/// Where the schema is published.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What the places of findings are relative to.
const ROOT: &str = "%SRCROOT%";

/// What plans and the configuration are relative to, as they were named.
const HERE: &str = "%WORKDIR%";

/// What code scanning takes of one run; a log beyond it is rejected as a whole.
const MAX_RESULTS: usize = 25_000;
const MAX_RULES: usize = 25_000;

/// The most that it takes of a file, compressed, with room for what is not measured, in bytes.
const MAX_COMPRESSED: usize = 9_500_000;

/// The most characters of a rule's short and full description.
const MAX_DESCRIPTION: usize = 1_024;

/// Returns the report as a log with one run, the gravest results first. What is more than code
/// scanning takes is left out, and a notification says how much.
///
/// # Errors
///
/// None that a report can cause: see [`text::render`].
pub fn render(report: &Report) -> serde_json::Result<String> {
    let mut ordinals = BTreeMap::new();
    let mut findings = Vec::new();
    for plan in &report.plans {
        for policy in &plan.policies {
            for finding in &policy.findings {
                // By the order of the report, which does not depend on what else is found.
                findings.push((plan, finding, line_hash(plan, finding, &mut ordinals)));
            }
        }
    }
    findings.sort_by_key(|(_, finding, _)| (rank(finding.disposition), Reverse(finding.severity)));
    let total = findings.len();
    findings.truncate(MAX_RESULTS);
    let rules = rules(report, findings.iter().map(|(_, finding, _)| *finding));
    let index: BTreeMap<&str, usize> = rules
        .iter()
        .enumerate()
        .map(|(nth, rule)| (rule.rule.as_str(), nth))
        .collect();
    let mut results = Vec::with_capacity(findings.len());
    for (plan, finding, fingerprint) in findings {
        let mut result = result(report, plan, finding, fingerprint);
        result.rule_index = index.get(finding.rule.as_str()).copied();
        results.push(result);
    }
    let mut log = log(report, &rules);
    let room = MAX_COMPRESSED.saturating_sub(size::compressed(&log)?);
    results.truncate(size::fitting(&results, room)?);
    let left_out = total - results.len();
    let [run] = &mut log.runs;
    let [invocation] = &mut run.invocations;
    if left_out > 0 {
        let said = format!(
            "{left_out} of {total} results are left out, those that matter least: code scanning takes no more. The JSON report has them all"
        );
        invocation.tool_execution_notifications.push(Notification {
            descriptor: reference("results-left-out"),
            level: Level::Warning,
            message: message(&said),
            locations: Vec::new(),
        });
    }
    run.results = results;
    text::render(&log)
}

/// What a disposition comes to, the gravest first.
fn rank(disposition: Disposition) -> u8 {
    match disposition {
        Disposition::Refuses => 0,
        Disposition::Warns => 1,
        Disposition::Waived => 2,
        Disposition::Baselined => 3,
        Disposition::Passes => 4,
    }
}

/// The log without its results.
fn log(report: &Report, rules: &[RuleReport]) -> Log {
    let base_id = |text| BaseId {
        description: message(text),
    };
    Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "Tollgate",
                    semantic_version: plain(&report.tollgate_version),
                    rules: rules
                        .iter()
                        .map(|rule| rule_descriptor(report, rule))
                        .collect(),
                },
            },
            // One per environment.
            automation_details: AutomationDetails {
                id: format!("tollgate/{}/", plain(&report.environment.name)),
            },
            original_uri_base_ids: BTreeMap::from([
                (ROOT, base_id("The root of the repository.")),
                (HERE, base_id("The directory in which Tollgate ran.")),
            ]),
            column_kind: ColumnKind::UnicodeCodePoints,
            invocations: [invocation(report)],
            artifacts: artifacts(report),
            results: Vec::new(),
            properties: properties([
                ("environment", json!(plain(&report.environment.name))),
                ("protected", json!(report.environment.protected)),
                ("decision", json!(words::decision(report.verdict.decision))),
                ("date", json!(plain(&report.date))),
            ]),
        }],
    }
}

fn properties<const N: usize>(pairs: [(&str, serde_json::Value); N]) -> Properties {
    pairs
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

/// The rules of these findings, and as many more of the report as a log may have.
fn rules<'r>(
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

fn rule_descriptor(report: &Report, rule: &RuleReport) -> Descriptor {
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
    let markdown: Vec<String> = why
        .iter()
        .map(|each| super::markdown::paragraph(each))
        .collect();
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
fn is_address(link: &str) -> bool {
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

fn level_of(severity: Severity) -> Level {
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

fn result(
    report: &Report,
    plan: &PlanReport,
    finding: &FindingReport,
    line_hash: String,
) -> SarifResult {
    let level = match finding.disposition {
        Disposition::Refuses => Level::Error,
        // A reader that knows nothing of suppressions sees nothing worse in them.
        Disposition::Warns | Disposition::Waived | Disposition::Baselined => {
            match level_of(finding.severity) {
                Level::Note => Level::Note,
                Level::Warning | Level::Error => Level::Warning,
            }
        }
        Disposition::Passes => Level::Note,
    };
    let mut said = format!("{}: {}", subject(finding), finding.message);
    if !finding.remediation.is_empty() {
        said = format!("{said}. Fix: {}", finding.remediation);
    }
    let calls = finding.location.iter().flat_map(|at| &at.related);
    SarifResult {
        rule_id: plain(&finding.rule),
        rule_index: None,
        level,
        message: message(&said),
        locations: [location(plan, finding)],
        related_locations: calls
            .enumerate()
            .map(|(nth, call)| Location {
                id: Some(nth + 1),
                message: Some(message(&call.message)),
                ..physical(ROOT, &call.file, Some((call.line, call.column))).into()
            })
            .collect(),
        partial_fingerprints: BTreeMap::from([
            ("primaryLocationLineHash", line_hash),
            ("tollgateFinding/v1", plain(&finding.fingerprint)),
        ]),
        properties: properties_of(plan, finding),
        suppressions: suppression(report, finding).into_iter().collect(),
    }
}

fn properties_of(plan: &PlanReport, finding: &FindingReport) -> Properties {
    let mut properties = properties([
        ("plan", json!(plain(&plan_name(plan)))),
        ("outcome", json!(words::outcome(finding.outcome))),
        ("cause", json!(words::cause(finding.cause))),
        ("enforcement", json!(enforcement(finding.enforcement))),
        (
            "disposition",
            json!(words::disposition(finding.disposition)),
        ),
    ]);
    let mut put = |key: String, value| properties.insert(key, value);
    if let Some(action) = &finding.action {
        put("action".to_owned(), json!(plain(action)));
    }
    if !finding.attributes.is_empty() {
        let attributes = finding.attributes.iter().map(|path| plain(path));
        put(
            "attributes".to_owned(),
            json!(attributes.collect::<Vec<_>>()),
        );
    }
    for detail in &finding.details {
        put(
            format!("detail: {}", plain(&detail.name)),
            json!(plain(&detail.note)),
        );
    }
    properties
}

/// What covers a finding.
fn suppression(report: &Report, finding: &FindingReport) -> Option<Suppression> {
    let accepted = |justification, location| {
        Some(Suppression {
            kind: SuppressionKind::External,
            status: SuppressionStatus::Accepted,
            justification,
            location,
        })
    };
    match finding.disposition {
        Disposition::Waived => match words::waiver_of(report, finding) {
            Some(waiver) => {
                let place = waiver.location.rsplit_once(':').and_then(|(file, line)| {
                    let line = line.parse::<u32>().ok()?;
                    Some(physical(HERE, file, Some((line, 1))).into())
                });
                accepted(Some(plain(&words::waived_by(waiver))), place)
            }
            None => accepted(None, None),
        },
        Disposition::Baselined => {
            let justification = match &report.environment.baseline {
                Some(baseline) => format!("in the baseline {}", plain(&baseline.path)),
                None => "in the baseline".to_owned(),
            };
            accepted(Some(justification), None)
        }
        Disposition::Refuses | Disposition::Warns | Disposition::Passes => None,
    }
}

fn location(plan: &PlanReport, finding: &FindingReport) -> Location {
    let physical = match &finding.location {
        Some(at) => {
            let (file, line, column) = at.in_repository();
            physical(ROOT, file, Some((line, column)))
        }
        // Code scanning wants a line; a plan is JSON on one.
        None => physical(HERE, plan_file(plan), Some((1, 1))),
    };
    let logical = finding.address.as_ref().map(|address| LogicalLocation {
        fully_qualified_name: plain(address),
        kind: "resource",
        properties: finding
            .deposed
            .iter()
            .map(|key| ("deposed".to_owned(), json!(plain(key))))
            .collect(),
    });
    Location {
        logical_locations: logical.into_iter().collect(),
        ..physical.into()
    }
}

fn plan_file(plan: &PlanReport) -> &str {
    match plan.input.path.as_str() {
        "-" => "standard-input",
        path => path,
    }
}

fn physical(base: &'static str, file: &str, at: Option<(u32, u32)>) -> PhysicalLocation {
    PhysicalLocation {
        artifact_location: artifact(base, file),
        region: at.map(|(line, column)| Region {
            start_line: line.max(1),
            start_column: column.max(1),
        }),
    }
}

/// An address of a file, relative where the file was named so.
fn artifact(base: &'static str, file: &str) -> ArtifactLocation {
    let file = file.replace('\\', "/");
    let file = file.strip_prefix("./").unwrap_or(&file);
    match file.strip_prefix('/') {
        Some(rest) => ArtifactLocation {
            uri: format!("file:///{}", encode(rest)),
            uri_base_id: None,
        },
        None => ArtifactLocation {
            uri: encode(file),
            uri_base_id: Some(base),
        },
    }
}

/// Encodes whatever has a meaning in an address, or none in ASCII.
fn encode(path: &str) -> String {
    let uri = percent(path.as_bytes(), b"-._~/", Digits::Upper);
    // An empty segment would make a relative path another thing.
    if uri.is_empty() { ".".to_owned() } else { uri }
}

/// Identifies a result from run to run, whatever its values and its words.
fn line_hash(
    plan: &PlanReport,
    finding: &FindingReport,
    ordinals: &mut BTreeMap<String, usize>,
) -> String {
    let mut hash = Sha256::new();
    let attribute = finding.attributes.first().map(String::as_str);
    let parts = [
        Some(plan.input.path.as_str()),
        Some(finding.rule.as_str()),
        finding.address.as_deref(),
        finding.deposed.as_deref(),
        attribute,
    ];
    for part in parts {
        let part = part.unwrap_or_default();
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut key = format!("{:x}", hash.finalize());
    key.truncate(16);
    let nth = ordinals.entry(key.clone()).or_default();
    *nth += 1;
    format!("{key}:{nth}")
}

fn invocation(report: &Report) -> Invocation {
    let verdict = &report.verdict;
    let mut execution = failures(report);
    execution.extend(incomplete(report));
    execution.extend(losses(report));
    execution.extend(words::mixed(report).into_iter().map(|said| Notification {
        descriptor: reference("merged-differently"),
        level: Level::Warning,
        message: message(&said),
        locations: Vec::new(),
    }));
    let waivers = report.waivers.iter().filter_map(|waiver| {
        let (word, why) = words::idle(waiver)?;
        let said = format!(
            "{} at {}, {}: {why} ({})",
            waiver.rule, waiver.address, waiver.owner, waiver.location
        );
        Some(Notification {
            descriptor: reference(&format!("waiver-{word}")),
            level: Level::Note,
            message: message(&said),
            locations: Vec::new(),
        })
    });
    Invocation {
        execution_successful: verdict.unreadable_plans == 0
            && verdict.failed_policies == 0
            && !report.plans.is_empty(),
        exit_code: verdict.exit_code,
        exit_code_description: words::decision(verdict.decision),
        tool_execution_notifications: execution,
        tool_configuration_notifications: waivers.collect(),
    }
}

/// The plans that could not be judged, and the policies that could not be run.
fn failures(report: &Report) -> Vec<Notification> {
    let mut failures = Vec::new();
    let mut failed = |plan: &PlanReport, what: String, problem: &Problem| {
        let mut said = format!("{what}: {}", problem.message);
        if let Some(help) = &problem.help {
            said = format!("{said}. Fix: {help}");
        }
        failures.push(about(plan, &plain(&problem.code), Level::Error, &said));
    };
    for plan in &report.plans {
        let name = plan_name(plan);
        if let Some(problem) = &plan.problem {
            failed(plan, format!("{name} could not be judged"), problem);
        }
        for policy in &plan.policies {
            if let Some(failure) = &policy.failure {
                let what = format!("{} could not be run on {name}", policy.name);
                failed(plan, what, failure);
            }
        }
    }
    failures
}

fn incomplete(report: &Report) -> impl Iterator<Item = Notification> + '_ {
    let level = match report.environment.incomplete {
        Response::Fail => Level::Error,
        Response::Warn | Response::Pass => Level::Warning,
    };
    report.plans.iter().filter_map(move |plan| {
        let open = &plan.facts.as_ref()?.incomplete;
        (!open.is_empty()).then(|| {
            let said = format!("{} is incomplete: {}", plan_name(plan), open.join("; "));
            about(plan, "plan-incomplete", level, &said)
        })
    })
}

/// What plans destroy, replace, forget and no longer find, and what they leave out.
fn losses(report: &Report) -> Vec<Notification> {
    let mut losses = Vec::new();
    for plan in &report.plans {
        let Some(facts) = &plan.facts else { continue };
        let left_out = facts.left_out.iter().map(|text| format!("has {text}"));
        for said in words::loss_lines(facts).into_iter().chain(left_out) {
            let said = format!("{} {said}", plan_name(plan));
            losses.push(about(plan, "plan-facts", Level::Note, &said));
        }
    }
    losses
}

/// A notification about a plan.
fn about(plan: &PlanReport, code: &str, level: Level, said: &str) -> Notification {
    Notification {
        descriptor: reference(code),
        level,
        message: message(said),
        locations: vec![physical(HERE, plan_file(plan), None).into()],
    }
}

fn reference(id: &str) -> DescriptorReference {
    DescriptorReference { id: id.to_owned() }
}

/// The files that the run read. One that was named twice is listed once.
fn artifacts(report: &Report) -> Vec<Artifact> {
    let environment = &report.environment;
    let plans = report.plans.iter().map(|plan| {
        let role = match plan.input.path.as_str() {
            "-" => Role::StandardStream,
            _ => Role::AnalysisTarget,
        };
        (plan_file(plan), plan.input.digest.as_str(), role)
    });
    let others = environment
        .configuration
        .iter()
        .chain(&environment.baseline);
    let others = others.map(|file| {
        (
            file.path.as_str(),
            file.digest.as_str(),
            Role::UserSpecifiedConfiguration,
        )
    });
    let mut seen = std::collections::BTreeSet::new();
    plans
        .chain(others)
        .filter(|file| seen.insert(*file))
        .map(|(path, digest, role)| Artifact {
            location: artifact(HERE, path),
            roles: [role],
            hashes: digest
                .strip_prefix(PREFIX)
                .map(|digits| ("sha-256", plain(digits)))
                .into_iter()
                .collect(),
        })
        .collect()
}

/// Text that is shown as it is: names, reasons, digests.
fn plain(text: &str) -> String {
    inert(text).into_owned()
}

/// A message: no links but ours, of which there are none, and braces as SARIF wants them.
fn message(text: &str) -> Message {
    let text = unlinked(&plain(text));
    let text = if text.is_empty() { "(empty)" } else { &text };
    Message { text: braces(text) }
}

/// A message that is cut where code scanning would reject it.
fn description(text: &str) -> Message {
    // Escapes and doubled braces make a text longer.
    let shown = inert_within(text, MAX_DESCRIPTION);
    let shown = braces(&unlinked(&shown));
    let text = match shown.char_indices().nth(MAX_DESCRIPTION - 1) {
        Some((end, _)) => format!("{}…", shown.get(..end).unwrap_or_default()),
        None if shown.is_empty() => "(empty)".to_owned(),
        None => shown,
    };
    Message { text }
}

/// Takes apart what SARIF and Markdown read as a link.
fn unlinked(text: &str) -> String {
    text.replace("](", "] (")
}

/// Braces stand for arguments in messages, and are doubled where they do not.
fn braces(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use serde_json::Value;
    use tollgate_samples as samples;

    use super::*;

    fn log(report: &Report) -> Value {
        serde_json::from_str(&render(report).unwrap()).unwrap()
    }

    #[test]
    fn samples() {
        for name in ["mixed", "policy_failure", "incomplete"] {
            insta::assert_snapshot!(
                format!("sarif_{name}"),
                render(&samples::named(name)).unwrap()
            );
        }
    }

    #[test]
    fn a_log_is_what_code_scanning_takes_the_gravest_first() {
        let mut report = samples::mixed();
        let policy = &mut report.plans[0].policies[0];
        let mut finding = policy.findings[0].clone();
        let mut findings = Vec::new();
        for nth in 0..MAX_RESULTS + 10 {
            finding.address = Some(format!("aws_x.y[{nth}]"));
            finding.disposition = match nth % 2 {
                0 => Disposition::Warns,
                _ => Disposition::Refuses,
            };
            finding.severity = match nth % 3 {
                0 => Severity::Low,
                1 => Severity::Critical,
                _ => Severity::Medium,
            };
            findings.push(finding.clone());
        }
        policy.findings = findings;
        let total = words::findings(&report).count();
        let log = log(&report);
        let results = log["runs"][0]["results"].as_array().unwrap();
        assert_eq!(results.len(), MAX_RESULTS);
        let levels: Vec<_> = results.iter().map(|result| &result["level"]).collect();
        let last_error = levels.iter().rposition(|level| *level == "error").unwrap();
        let first_other = levels.iter().position(|level| *level != "error").unwrap();
        assert!(last_error < first_other, "{last_error} {first_other}");
        let notifications = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"];
        let told = notifications.as_array().unwrap().iter();
        let told: Vec<_> = told
            .filter(|each| each["descriptor"]["id"] == "results-left-out")
            .collect();
        let said = told[0]["message"]["text"].as_str().unwrap();
        assert!(
            said.starts_with(&format!("{} of {total} results", total - MAX_RESULTS)),
            "{said}"
        );
    }

    #[test]
    fn levels_say_what_a_finding_leads_to() {
        let log = log(&samples::mixed());
        for result in log["runs"][0]["results"].as_array().unwrap() {
            let level = result["level"].as_str().unwrap();
            let suppressed = !result["suppressions"].as_array().unwrap().is_empty();
            let expected = match result["properties"]["disposition"].as_str().unwrap() {
                "refuses" => (&["error"][..], false),
                "warns" => (&["warning", "note"][..], false),
                "passes" => (&["note"][..], false),
                _ => (&["warning", "note"][..], true),
            };
            assert!(expected.0.contains(&level), "{result}");
            assert_eq!(expected.1, suppressed, "{result}");
            let nth = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(
                log["runs"][0]["tool"]["driver"]["rules"][nth]["id"],
                result["ruleId"]
            );
        }
    }

    #[test]
    fn fingerprints_differ_within_a_run_and_not_from_run_to_run() {
        let hashes = |report: &Report| -> Vec<String> {
            let log = log(report);
            let results = log["runs"][0]["results"].as_array().unwrap().clone();
            let of = |result: &Value| {
                result["partialFingerprints"]["primaryLocationLineHash"]
                    .as_str()
                    .unwrap()
                    .to_owned()
            };
            results.iter().map(of).collect()
        };
        let report = samples::many();
        let all = hashes(&report);
        assert_eq!(
            all.iter().collect::<std::collections::BTreeSet<_>>().len(),
            all.len()
        );
        let mut other = report.clone();
        for policy in &mut other.plans[0].policies {
            for finding in &mut policy.findings {
                finding.message.push_str(", in other words");
                finding.fingerprint = "sha256:0".to_owned();
                finding.location = None;
            }
        }
        assert_eq!(hashes(&other), all);
        // The same twice in a report is told apart.
        let mut twice = report;
        let finding = twice.plans[0].policies[0].findings[0].clone();
        twice.plans[0].policies[0].findings = vec![finding.clone(), finding];
        let twice = hashes(&twice);
        let second = twice.iter().find(|hash| hash.ends_with(":2")).unwrap();
        assert!(twice.contains(&second.replace(":2", ":1")), "{twice:?}");
    }

    #[test]
    fn files_are_addresses() {
        let cases = [
            ("a/b.tf", "a/b.tf", true),
            ("./plan.json", "plan.json", true),
            ("../x/plan.json", "../x/plan.json", true),
            ("a\\b c.tf", "a/b%20c.tf", true),
            ("ä:b?#.tf", "%C3%A4%3Ab%3F%23.tf", true),
            ("/tmp/plan.json", "file:///tmp/plan.json", false),
            ("", ".", true),
        ];
        for (file, uri, relative) in cases {
            let found = artifact(HERE, file);
            assert_eq!(found.uri, uri, "of {file:?}");
            assert_eq!(found.uri_base_id.is_some(), relative, "of {file:?}");
        }
        for (link, good) in [
            ("https://registry.terraform.io/a/b#c", true),
            ("https://a.example/x?y=1", true),
            ("javascript:alert(1)", false),
            ("https://a b", false),
            ("https://a/%zz", false),
            ("https://[x", false),
        ] {
            assert_eq!(is_address(link), good, "{link}");
        }
    }

    #[test]
    fn messages_hold_no_links_and_no_arguments() {
        assert_eq!(
            message("see [here](http://x) {0}"),
            Message {
                text: "see [here] (http://x) {{0}}".to_owned()
            }
        );
        assert_eq!(message("").text, "(empty)");
    }
}
