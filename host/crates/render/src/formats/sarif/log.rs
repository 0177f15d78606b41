//! What of SARIF 2.1.0 a report uses, with the sections of the specification
//! (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>).
//!
//! Fields are in the order of their JSON names, which is that of the written log.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// A property bag (§3.8): what the format has no field for.
pub(super) type Properties = BTreeMap<String, Value>;

/// `sarifLog` (§3.13).
#[derive(Serialize)]
pub(super) struct Log {
    #[serde(rename = "$schema")]
    pub(super) schema: &'static str,
    pub(super) runs: [Run; 1],
    pub(super) version: &'static str,
}

/// `run` (§3.14).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Run {
    pub(super) artifacts: Vec<Artifact>,
    pub(super) automation_details: AutomationDetails,
    pub(super) column_kind: ColumnKind,
    pub(super) invocations: [Invocation; 1],
    pub(super) original_uri_base_ids: BTreeMap<&'static str, BaseId>,
    pub(super) properties: Properties,
    pub(super) results: Vec<SarifResult>,
    pub(super) tool: Tool,
}

/// `runAutomationDetails` (§3.17): what code scanning calls the category.
#[derive(Serialize)]
pub(super) struct AutomationDetails {
    pub(super) id: String,
}

/// What columns count (§3.14.17).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum ColumnKind {
    UnicodeCodePoints,
}

/// An `artifactLocation` that others are relative to (§3.14.14).
#[derive(Serialize)]
pub(super) struct BaseId {
    pub(super) description: Message,
}

/// `tool` (§3.18).
#[derive(Serialize)]
pub(super) struct Tool {
    pub(super) driver: Driver,
}

/// `toolComponent` (§3.19).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Driver {
    pub(super) name: &'static str,
    pub(super) rules: Vec<Descriptor>,
    pub(super) semantic_version: String,
}

/// `reportingDescriptor` (§3.49): a rule.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    pub(super) default_configuration: Configuration,
    pub(super) full_description: Message,
    pub(super) help: Help,
    /// An absolute address (§3.49.12).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) help_uri: Option<String>,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) properties: Properties,
    pub(super) short_description: Message,
}

/// `reportingConfiguration` (§3.50).
#[derive(Serialize)]
pub(super) struct Configuration {
    pub(super) level: Level,
}

/// `multiformatMessageString` (§3.12).
#[derive(Serialize)]
pub(super) struct Help {
    pub(super) markdown: String,
    pub(super) text: String,
}

/// `message` (§3.11). Braces in its text are doubled (§3.11.5).
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Message {
    pub(super) text: String,
}

/// How bad something is (§3.27.10, §3.58.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    Note,
    Warning,
    Error,
}

/// `result` (§3.27).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SarifResult {
    pub(super) level: Level,
    pub(super) locations: [Location; 1],
    pub(super) message: Message,
    /// What tells results apart from run to run (§3.27.17).
    pub(super) partial_fingerprints: BTreeMap<&'static str, String>,
    pub(super) properties: Properties,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) related_locations: Vec<Location>,
    pub(super) rule_id: String,
    /// In the rules of the driver (§3.27.6).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rule_index: Option<usize>,
    /// An empty list says that it was looked at and not suppressed (§3.27.23).
    pub(super) suppressions: Vec<Suppression>,
}

/// `location` (§3.28).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) logical_locations: Vec<LogicalLocation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<Message>,
    pub(super) physical_location: PhysicalLocation,
}

impl From<PhysicalLocation> for Location {
    fn from(physical_location: PhysicalLocation) -> Self {
        Self {
            id: None,
            logical_locations: Vec::new(),
            message: None,
            physical_location,
        }
    }
}

/// `physicalLocation` (§3.29).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PhysicalLocation {
    pub(super) artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) region: Option<Region>,
}

/// `artifactLocation` (§3.4).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ArtifactLocation {
    pub(super) uri: String,
    /// What it is relative to (§3.4.4); none for an absolute address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) uri_base_id: Option<&'static str>,
}

/// `region` (§3.30), from 1.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Region {
    pub(super) start_column: u32,
    pub(super) start_line: u32,
}

/// `logicalLocation` (§3.33): the resource.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogicalLocation {
    pub(super) fully_qualified_name: String,
    pub(super) kind: &'static str,
    #[serde(skip_serializing_if = "Properties::is_empty")]
    pub(super) properties: Properties,
}

/// `suppression` (§3.35), by somebody outside of the source (§3.35.2) who may (§3.35.3).
#[derive(Serialize)]
pub(super) struct Suppression {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) justification: Option<String>,
    pub(super) kind: SuppressionKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) location: Option<Location>,
    pub(super) status: SuppressionStatus,
}

/// §3.35.2.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum SuppressionKind {
    External,
}

/// §3.35.3.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum SuppressionStatus {
    Accepted,
}

/// `invocation` (§3.20).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invocation {
    /// Whether everything ran (§3.20.14), whatever it found.
    pub(super) execution_successful: bool,
    pub(super) exit_code: u8,
    pub(super) exit_code_description: &'static str,
    pub(super) tool_configuration_notifications: Vec<Notification>,
    pub(super) tool_execution_notifications: Vec<Notification>,
}

/// `notification` (§3.58).
#[derive(Serialize)]
pub(super) struct Notification {
    pub(super) descriptor: DescriptorReference,
    pub(super) level: Level,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) locations: Vec<Location>,
    pub(super) message: Message,
}

/// `reportingDescriptorReference` (§3.52).
#[derive(Serialize)]
pub(super) struct DescriptorReference {
    pub(super) id: String,
}

/// `artifact` (§3.24).
#[derive(Serialize)]
pub(super) struct Artifact {
    /// By the name of the algorithm (§3.24.11).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) hashes: BTreeMap<&'static str, String>,
    pub(super) location: ArtifactLocation,
    pub(super) roles: [Role; 1],
}

/// What a file is in the run (§3.24.6).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Role {
    AnalysisTarget,
    StandardStream,
    UserSpecifiedConfiguration,
}
