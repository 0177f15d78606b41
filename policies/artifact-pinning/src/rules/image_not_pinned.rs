//! `image-not-pinned`

use std::collections::BTreeSet;

use tollgate_policy::{Change, Finding, RuleDef, Severity};
use tollgate_policy_common::unaltered::unaltered;

use super::caused;
use crate::image::{Side, fault, images};
use crate::settings::{Images, Settings};
use crate::table::Row;

/// A container image is named so that it can be another one tomorrow.
///
/// Looks at the images of tasks, functions, jobs, pods, apps and builds. An image without a tag,
/// or with one of `moving-tags`, is not pinned; with `images = "digest"` only one with a digest
/// is. JSON texts and manifests are read.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "image-not-pinned",
    title: "Container images that are not pinned",
    description: "A container image has no tag, one that moves, or, where the settings ask for it, \
        no digest. What runs is decided by who pushed last.",
    severity: Severity::Medium,
    remediation: "Name the image by its digest (`name@sha256:…`), or by a tag that is never moved.",
    example: r#"```hcl
resource "aws_ecs_task_definition" "api" {
  container_definitions = jsonencode([{ name = "api", image = "acme/api:latest" }])
}
```"#,
    links: &["https://kubernetes.io/docs/concepts/containers/images/#image-names"],
};

pub(crate) fn check(change: &Change, row: &Row, settings: &Settings) -> Vec<Finding> {
    if settings.images == Images::Any {
        return Vec::new();
    }
    let before: BTreeSet<String> = images(change, row, Side::Before)
        .into_iter()
        .filter_map(|found| found.image.ok())
        .collect();
    let mut told = BTreeSet::new();
    let mut findings = Vec::new();
    for found in images(change, row, Side::After) {
        let finding = match &found.image {
            Ok(image) => {
                let Some(fault) = fault(image, settings) else {
                    continue;
                };
                // Several containers may share an image.
                if !told.insert(image.clone()) {
                    continue;
                }
                caused(
                    change,
                    RULE.violation(change, format!("the image `{image}` {fault}")),
                    before.contains(image),
                )
            }
            Err(why) => caused(
                change,
                RULE.undetermined(
                    change,
                    format!(
                        "whether the image is pinned cannot be told: `{}` is {why}",
                        found.path
                    ),
                ),
                unaltered(change, &found.path),
            ),
        };
        findings.push(finding.attribute(found.path));
    }
    findings
}
