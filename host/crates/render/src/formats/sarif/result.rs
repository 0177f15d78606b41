//! A finding as a result: what it leads to, where it is, and what identifies it.

use std::collections::BTreeMap;

use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::log::{
    Level, Location, LogicalLocation, Properties, SarifResult, Suppression, SuppressionKind,
    SuppressionStatus,
};
use super::message::{message, plain};
use super::place::{HERE, ROOT, physical, plan_file};
use super::properties;
use super::rules::level_of;
use crate::words::{self, enforcement, plan_name, subject};
use tollgate_model::report::{Disposition, FindingReport, PlanReport, Report};

pub(super) fn result(
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

/// Identifies a result from run to run, whatever its values and its words.
pub(super) fn line_hash(
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
