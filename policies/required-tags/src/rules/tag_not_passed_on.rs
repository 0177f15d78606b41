//! `tag-not-passed-on`

use tollgate_policy::{RuleDef, Severity};

/// What is launched does not get a required tag.
///
/// With `launch-template-resources` it wants the required tags in the `tag_specifications` of
/// an `aws_launch_template`, for each of the named resources. With `propagate-at-launch` it
/// wants `propagate_at_launch = true` in the `tag` blocks of an `aws_autoscaling_group`.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "tag-not-passed-on",
    title: "Required tags that launched resources do not get",
    description: "A launch template or an auto scaling group does not pass a required tag on to \
        what it launches. Default tags of the provider do not reach that.",
    severity: Severity::Low,
    remediation: "Set `propagate_at_launch = true`, or add the tag to `tag_specifications`.",
    example: r#"```hcl
resource "aws_autoscaling_group" "api" {
  tag {
    key                 = "Owner"
    value               = "payments"
    propagate_at_launch = false
  }
}
```"#,
    links: &["https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-tagging.html"],
};
