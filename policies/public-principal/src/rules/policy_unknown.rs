//! `policy-unknown`

use tollgate_policy::{Finding, RuleDef, Severity};
use tollgate_policy_common::iam::{Fault, judge, open_doubts};

use crate::Subject;

/// Whether a policy lets everyone in cannot be told.
///
/// Reports a resource policy that is known only after apply, as far as no data source of the
/// plan says what will be in it; one that is no JSON; and one that can be read in two ways. Where
/// only the name of a principal or the value of a condition is not known, that is advice: it is
/// that of something that the plan makes.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "policy-unknown",
    title: "Resource policy that cannot be read",
    description: "The resource's policy is known only after apply, is no valid document, or can be read \
        in two ways. Whether it lets everyone in cannot be told before.",
    severity: Severity::Medium,
    remediation: "Write the policy as a data source `aws_iam_policy_document`, whose known parts a plan \
        shows, or build the names in it from variables.",
    example: "`policy = jsonencode({ … Resource = aws_sns_topic.t.arn … })` of a topic that is created.",
    links: &[
        "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document",
    ],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let change = subject.change;
    if let Some(row) = subject.row() {
        if subject.left_out(row) || subject.shield(row.shield).is_some() {
            return Vec::new();
        }
        return judge(&RULE, change, |side| {
            open_doubts(&subject.read(row, side), row.path, row.what)
        });
    }
    judge(&RULE, change, |side| {
        subject
            .members(side)
            .into_iter()
            .filter_map(|(path, read)| {
                let (why, harmless) = match read {
                    Err(why) => (why, false),
                    // In a policy that is otherwise known, they are accounts that the plan makes.
                    // What is marked sensitive is told by `public-member`.
                    Ok(binding)
                        if binding.unknown && !binding.hidden_members && path != "policy_data" =>
                    {
                        ("it is known only after apply".to_owned(), true)
                    }
                    Ok(_) => return None,
                };
                Some(Fault {
                    harmless,
                    ..Fault::uncertain(
                        path,
                        path,
                        format!("who is given a role cannot be told: `{path}`: {why}"),
                    )
                })
            })
            .collect()
    })
}
