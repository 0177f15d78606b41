//! `policy-unknown`

use tollgate_policy::{Finding, RuleDef, Severity, Value};
use tollgate_policy_common::iam::{Fault, Side, judge, open_doubts};

use super::public_policy::bindings;
use crate::Subject;
use crate::table::{Form, GRANTS, Grant};

/// Whether a bucket policy lets everyone in cannot be told.
///
/// Reports a bucket policy that is known only after apply, as far as no data source
/// `aws_iam_policy_document` of the plan says what will be in it; one that is no JSON; and one
/// that AWS can read in two ways. Of Google's roles, policies and members that are not known. Where
/// only the name of a principal or the value of a condition is not known, that is advice.
/// Where a block of the plan forbids public access, it does not matter.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "policy-unknown",
    title: "Bucket policy that cannot be read",
    description: "The bucket policy is known only after apply, is no valid document, or can be read \
        in two ways. Whether it lets everyone in cannot be told before.",
    severity: Severity::Medium,
    remediation: "Write the policy as a data source `aws_iam_policy_document`, whose known parts a \
        plan shows, or take the bucket's name from a variable instead of from the bucket.",
    example: "`policy = jsonencode({ … Resource = aws_s3_bucket.b.arn … })` of a bucket that is \
        created.",
    links: &[
        "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document",
    ],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    GRANTS
        .iter()
        .filter(|row| row.kind == change.kind)
        .filter(|row| {
            // Left out, the policy of a bucket is unknown at creation, and there is none.
            let none = row.of.is_none() && left_out(subject, row.path);
            !none && !subject.is_mirror(row.path) && !subject.may_be_public(row.of)
        })
        .flat_map(|row| {
            let findings = judge(&RULE, change, |side| faults(row, subject, side));
            // What a block forbids is of no consequence, whatever it is.
            if findings.is_empty()
                || subject
                    .forbidden(row.of, "restrict_public_buckets")
                    .is_some()
            {
                return Vec::new();
            }
            findings
        })
        .collect()
}

fn left_out(subject: &Subject<'_>, path: &str) -> bool {
    subject.change.references(path).is_empty()
        && subject
            .change
            .attributes
            .iter()
            .any(|attribute| attribute.path == path && attribute.after == Value::Unknown)
}

fn faults(row: &Grant, subject: &Subject<'_>, side: Side) -> Vec<Fault> {
    let path = row.path;
    if row.form == Form::Aws {
        return open_doubts(&subject.read(path, side), path, "the bucket policy");
    }
    let (why, harmless) = match bindings(row, subject, side) {
        // Members that are not known are accounts that the plan makes, which have names.
        Ok(bindings)
            if row.form != Form::Policy
                // What is marked sensitive is told by `public-policy`.
                && bindings.iter().any(|binding| binding.unknown && !binding.hidden_members) =>
        {
            ("it is known only after apply".to_owned(), true)
        }
        Ok(_) => return Vec::new(),
        Err(why) => (why, false),
    };
    vec![Fault {
        harmless,
        ..Fault::uncertain(
            path,
            path,
            format!("who has a role on the bucket cannot be told: `{path}`: {why}"),
        )
    }]
}
