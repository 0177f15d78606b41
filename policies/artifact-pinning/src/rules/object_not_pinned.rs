//! `object-not-pinned`

use tollgate_policy::{Action, Attr, Change, Finding, RuleDef, Severity};

use super::caused;
use crate::image::{Side, field};
use crate::settings::{Need, Settings};
use crate::table::{OBJECT, OBJECTS};

/// Code in a bucket is named without the version of its object.
///
/// With `objects = "pinned"`, wants `s3_object_version` wherever a function or a layer of Lambda
/// has an `s3_key`.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "object-not-pinned",
    title: "Code in a bucket without the version of the object",
    description: "A function or a layer takes its code from a bucket, and does not say which version \
        of the object. Judged where `objects = \"pinned\"` is set.",
    severity: Severity::Low,
    remediation: "Set `s3_object_version`.",
    example: r#"```hcl
resource "aws_lambda_function" "api" {
  s3_bucket = "acme-artifacts"
  s3_key    = "api.zip" # without `s3_object_version`
}
```"#,
    links: &["https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html"],
};

pub(crate) fn check(change: &Change, settings: &Settings) -> Option<Finding> {
    if settings.objects == Need::Any || !OBJECTS.contains(&change.kind.as_str()) {
        return None;
    }
    let [key, version] = OBJECT;
    let missing = |side| {
        !field(change, key, side).is_unset()
            && match field(change, version, side).text() {
                Attr::Known(version) => version.is_empty(),
                Attr::Unset => true,
                // The version of an object that the same plan uploads is known after it.
                Attr::Undetermined(_) => false,
            }
    };
    if !missing(Side::After) {
        return None;
    }
    let was_so = change.action != Action::Create && missing(Side::Before);
    Some(
        caused(
            change,
            RULE.violation(
                change,
                "the code in the bucket is named without the version of its object",
            ),
            was_so,
        )
        .attribute(version),
    )
}
