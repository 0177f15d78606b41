//! `shared-with-everyone`

use tollgate_policy::{Change, Finding, RuleDef, Severity};

use crate::Fault;

/// Something that holds data is shared with everyone.
///
/// Looks at whom snapshots, machine images, documents, build results and image galleries are shared
/// with. Roles of Google's on images and disks, and who may connect to an endpoint service, are
/// those of `public-principal`.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "shared-with-everyone",
    title: "Snapshots, images and packages for everyone",
    description: "A snapshot, image, document or package is shared with every account of the cloud. Whoever copies it keeps it, whatever is changed later.",
    severity: Severity::Critical,
    remediation: "Share it with the accounts that need it, by name.",
    example: r#"```hcl
resource "aws_ami_launch_permission" "all" {
  image_id = aws_ami.app.id
  group    = "all"
}
```"#,
    links: &[],
};

pub(crate) fn check(change: &Change, fault: &Fault) -> Finding {
    fault.finding(
        &RULE,
        change,
        "everyone can read or copy it",
        "everyone can read or copy it",
    )
}
