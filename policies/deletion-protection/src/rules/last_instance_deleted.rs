//! `last-instance-deleted`

use tollgate_policy::{Attr, Change, Field, Finding, RuleDef, Severity};

use crate::history::SERVED;
use crate::settings::Settings;

/// A cluster keeps its data, and nothing serves it any more.
///
/// Reports the instances of an Aurora, `DocumentDB` or Neptune cluster where the plan
/// destroys all of them, and not the cluster.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "last-instance-deleted",
    title: "Cluster that loses its last instance",
    description: "The plan destroys every instance of a cluster and keeps the cluster. Its data \
        is still there, and nothing can read or write it.",
    severity: Severity::High,
    remediation: "Keep an instance; if the cluster may rest, waive this rule for the address.",
    example: "A plan with `- destroy` for the only `aws_rds_cluster_instance` of a cluster.",
    links: &[
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_DeleteCluster.html",
    ],
};

pub(crate) fn check(changes: &[Change], settings: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (instance, cluster, path) in SERVED {
        let instances: Vec<&Change> = changes
            .iter()
            .filter(|change| change.kind == *instance && !settings.ignores(change))
            .collect();
        for gone in instances
            .iter()
            .filter(|change| change.destroys() && !change.remains())
        {
            let Some(of) = text(&gone.before(path)) else {
                continue;
            };
            let served = instances.iter().any(|change| {
                change.remains() && text(&change.after(path)).is_none_or(|other| other == of)
            });
            let goes_too = changes.iter().any(|change| {
                change.kind == *cluster
                    && !change.remains()
                    && text(&change.before(path)).is_some_and(|other| other == of)
            });
            if !served && !goes_too {
                findings.push(
                    RULE.violation(
                        gone,
                        format!("the plan destroys the last instance of the cluster {of}, whose data nothing serves then"),
                    )
                    .attribute(*path),
                );
            }
        }
    }
    findings
}

fn text(field: &Field) -> Option<String> {
    match field.text() {
        Attr::Known(text) => Some(text),
        Attr::Unset | Attr::Undetermined(_) => None,
    }
}
