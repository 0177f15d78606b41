//! `policy-unknown`

use tollgate_policy::{Finding, RuleDef, Severity};
use tollgate_policy_common::iam::{Effect, Fault, Reading, doubts, judge};

use crate::Subject;
use crate::permissions::{all_of_iam, every_action, every_resource};
use crate::trust::{Reach, reach};

/// What a policy allows cannot be told.
///
/// Reports a policy or a trust policy that is known only after apply, as far as no data source
/// of the plan says what will be in it; one that is no JSON; and one that can be read in two
/// ways. Resources that are known only after apply are no matter but for `*` and `iam:*`. One of which
/// nothing is known is advice, unless the settings say `require-known = true`: a policy that
/// names what the plan makes is routine.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "policy-unknown",
    title: "Policy that cannot be read",
    description: "The policy is known only after apply, is no valid document, or can be read in two ways. \
        What it allows cannot be told before.",
    severity: Severity::Medium,
    remediation: "Write the policy as a data source `aws_iam_policy_document`, whose known parts a plan \
        shows, or build the names in it from variables.",
    example: "`policy = jsonencode({ … Resource = aws_s3_bucket.b.arn … })` of a bucket that is \
        created.",
    links: &[
        "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document",
    ],
};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let permissions = subject.documents.iter().flat_map(|read| {
        judge(&RULE, subject.change, |side| {
            let reading = read.on(side);
            routine(subject, reading, of_permissions(read.path, reading))
        })
    });
    let trusts = subject.trusts.iter().flat_map(|read| {
        judge(&RULE, subject.change, |side| {
            let reading = read.on(side);
            routine(subject, reading, of_trust(read.path, reading))
        })
    });
    permissions.chain(trusts).collect()
}

/// As advice, where nothing is wrong but that nothing is known.
fn routine(subject: &Subject<'_>, reading: &Reading, mut faults: Vec<Fault>) -> Vec<Fault> {
    for fault in &mut faults {
        fault.harmless = *reading == Reading::Unknown && !subject.settings.require_known;
    }
    faults
}

fn of_permissions(path: &str, reading: &Reading) -> Vec<Fault> {
    let mut faults = doubts(reading, path, "the policy");
    let Reading::Read(document) = reading else {
        return faults;
    };
    for statement in document
        .statements
        .iter()
        .filter(|statement| statement.effect != Effect::Deny)
    {
        let resources = statement
            .resources
            .as_ref()
            .is_some_and(|names| names.words.unknown);
        if statement.actions.words.unknown
            || (every_action(statement) || all_of_iam(statement))
                && resources
                && !every_resource(statement)
        {
            faults.push(Fault::uncertain(
                format!("unknown {}", statement.label),
                path,
                format!(
                    "what {} of the policy allows is known only after apply",
                    statement.label
                ),
            ));
        }
    }
    faults
}

fn of_trust(path: &str, reading: &Reading) -> Vec<Fault> {
    let mut faults = doubts(reading, path, "the trust policy");
    let Reading::Read(document) = reading else {
        return faults;
    };
    for statement in &document.statements {
        if let Reach::Unknown(why) = reach(document, statement) {
            faults.push(Fault::uncertain(
                format!("unknown {}", statement.label),
                path,
                format!(
                    "whom {} of the trust policy lets in cannot be told: {why}",
                    statement.label
                ),
            ));
        }
    }
    faults
}
