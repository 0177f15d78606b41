//! Files, as addresses that are relative to the repository or to the working directory.

use super::log::{Artifact, ArtifactLocation, PhysicalLocation, Region, Role};
use super::message::plain;
use tollgate_model::digest::{Digits, PREFIX, percent};
use tollgate_model::report::{PlanReport, Report};

/// What the places of findings are relative to.
pub(super) const ROOT: &str = "%SRCROOT%";

/// What plans and the configuration are relative to, as they were named.
pub(super) const HERE: &str = "%WORKDIR%";

pub(super) fn plan_file(plan: &PlanReport) -> &str {
    match plan.input.path.as_str() {
        "-" => "standard-input",
        path => path,
    }
}

pub(super) fn physical(base: &'static str, file: &str, at: Option<(u32, u32)>) -> PhysicalLocation {
    PhysicalLocation {
        artifact_location: artifact(base, file),
        region: at.map(|(line, column)| Region {
            start_line: line.max(1),
            start_column: column.max(1),
        }),
    }
}

/// An address of a file, relative where the file was named so.
pub(super) fn artifact(base: &'static str, file: &str) -> ArtifactLocation {
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

/// The files that the run read. One that was named twice is listed once.
pub(super) fn artifacts(report: &Report) -> Vec<Artifact> {
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
