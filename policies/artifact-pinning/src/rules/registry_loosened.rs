//! `registry-loosened`

use tollgate_policy::{Action, Attr, Change, Finding, RuleDef, Severity};

use crate::image::{Side, field};

/// A registry lets images change under their name, or does not look at them any more.
///
/// Compares repositories of images today and after apply: tags that could not move and can,
/// scans and quarantine that are switched off. Where it was so before it is no finding.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "registry-loosened",
    title: "Registry of images that this plan loosens",
    description: "The plan lets tags of a repository move that cannot move today, or switches off what looks \
        at the images in it.",
    severity: Severity::Medium,
    remediation: "Keep tags immutable and images scanned.",
    example: "`image_tag_mutability` of an `aws_ecr_repository` becomes `MUTABLE`.",
    links: &["https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html"],
};

/// Attributes that hold images, what they are like then, and what is said where they are not.
pub const HELD: &[(&str, &str, &[&str], &str)] = &[
    (
        "aws_ecr_repository",
        "image_tag_mutability",
        &["IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION"],
        "the plan lets tags move to other images",
    ),
    (
        "aws_ecr_repository",
        "image_scanning_configuration",
        &["true"],
        "the plan stops scanning images when they are pushed",
    ),
    (
        "google_artifact_registry_repository",
        "docker_config",
        &["true"],
        "the plan lets tags move to other images",
    ),
    (
        "azurerm_container_registry",
        "quarantine_policy_enabled",
        &["true"],
        "the plan lets images be used before they are scanned",
    ),
];

/// Blocks, and the attribute in them.
const WITHIN: &[(&str, &str)] = &[
    ("image_scanning_configuration", "scan_on_push"),
    ("docker_config", "immutable_tags"),
];

pub(crate) fn check(change: &Change) -> Vec<Finding> {
    if change.importing
        || change.deposed.is_some()
        || !matches!(change.action, Action::Update | Action::Replace)
    {
        return Vec::new();
    }
    HELD.iter()
        .filter(|(kind, _, _, _)| *kind == change.kind)
        .filter_map(|(_, path, good, message)| {
            let holds = |side: Side| {
                let mut value = field(change, path, side);
                if let Some((_, inner)) = WITHIN.iter().find(|(block, _)| block == path) {
                    value = value.first().get(inner);
                }
                match value.text() {
                    Attr::Known(text) => Some(good.contains(&text.as_str())),
                    Attr::Unset => Some(false),
                    Attr::Undetermined(_) => None,
                }
            };
            (holds(Side::Before) == Some(true) && holds(Side::After) == Some(false))
                .then(|| RULE.violation(change, *message).attribute(*path))
        })
        .collect()
}
