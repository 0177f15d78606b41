//! `public-policy`

use tollgate_policy::{Attr, Finding, RuleDef, Severity};
use tollgate_policy_common::iam::google::{self, Binding};
use tollgate_policy_common::iam::{Fault, Side, judge, open_faults, open_hidden};
use tollgate_policy_common::text::clipped;

use crate::Subject;
use crate::table::{Form, GRANTS, Grant};

/// A bucket policy, or a role on a bucket, lets everyone in.
///
/// Reads bucket policies as documents: a statement that allows something to `*`, or to all but
/// some, and that no condition and no `Deny` narrows to callers that somebody has chosen.
/// `aws:SecureTransport`, a wildcard in a condition and the operators that hold without the key
/// do not narrow. Of Google's roles: `allUsers` and `allAuthenticatedUsers`. A policy or a member that is
/// marked sensitive cannot be told to keep the rule.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "public-policy",
    title: "Bucket policy that lets everyone in",
    description: "A statement of the bucket policy, or a role on the bucket, is for everyone, and \
        nothing narrows it to those that the bucket is for.",
    severity: Severity::Critical,
    remediation: "Name the principals, or add a condition that only they meet, such as \
        `aws:PrincipalOrgID` or `aws:SourceArn`.",
    example: r#"```hcl
data "aws_iam_policy_document" "b" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.b.arn}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}
```"#,
    links: &[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
        "https://docs.cloud.google.com/storage/docs/access-control/making-data-public",
    ],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    GRANTS
        .iter()
        .filter(|row| row.kind == change.kind)
        .flat_map(|row| {
            if subject.is_mirror(row.path) || subject.may_be_public(row.of) {
                return Vec::new();
            }
            let findings = judge(&RULE, change, |side| {
                subject.voided(
                    faults(row, subject, side),
                    side,
                    row.of,
                    "restrict_public_buckets",
                )
            });
            subject.cited(findings, row.path)
        })
        .collect()
}

fn faults(row: &Grant, subject: &Subject<'_>, side: Side) -> Vec<Fault> {
    if row.form == Form::Aws {
        let reading = subject.read(row.path, side);
        let mut faults = open_faults(&reading, row.path, "the bucket policy");
        faults.extend(open_hidden(&reading, row.path, "the bucket policy"));
        return faults;
    }
    let path = row.path;
    let hidden = || {
        Fault::hidden(
            format!("hidden {path}"),
            path,
            format!(
                "whether a role on the bucket is given to everyone cannot be told: `{path}` is marked sensitive"
            ),
        )
    };
    let bindings = match bindings(row, subject, side) {
        Ok(bindings) => bindings,
        Err(why) if google::is_hidden(&why) => return vec![hidden()],
        Err(_) => return Vec::new(),
    };
    let hides = bindings.iter().any(|binding| binding.hidden_members);
    let public = bindings.iter().flat_map(|binding| {
        binding
            .members
            .iter()
            .filter(|member| google::is_public(member))
            .map(move |member| {
                Fault::certain(
                    format!("{} {member}", binding.role),
                    path,
                    format!(
                        "`{path}` gives the role `{}` on the bucket to `{}`, which is everyone",
                        clipped(&binding.role),
                        clipped(member)
                    ),
                )
            })
    });
    public.chain(hides.then(hidden)).collect()
}

/// The roles on a bucket and who has them.
pub(crate) fn bindings(
    row: &Grant,
    subject: &Subject<'_>,
    side: Side,
) -> Result<Vec<Binding>, String> {
    let change = subject.change;
    if row.form == Form::Policy {
        return subject.policies.read(change, row.path, side);
    }
    let field = side.of(change, row.path);
    let role = match side.of(change, "role").text() {
        Attr::Known(role) => role,
        Attr::Unset | Attr::Undetermined(_) => "?".to_owned(),
    };
    let mut binding = Binding {
        role,
        ..Binding::default()
    };
    let members = if row.form == Form::Members {
        match field.items() {
            Attr::Known(items) => items,
            Attr::Unset => Vec::new(),
            Attr::Undetermined(why) => return Err(format!("it is {why}")),
        }
    } else {
        vec![field]
    };
    for member in members {
        match member.text() {
            Attr::Known(member) => binding.members.push(member),
            Attr::Unset => {}
            Attr::Undetermined(why) => binding.lacks_member(why),
        }
    }
    Ok(vec![binding])
}
