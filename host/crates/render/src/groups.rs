//! Findings that belong together, as formats for people show them.

use std::collections::BTreeMap;

use tollgate_model::report::{
    Cause, Disposition, Enforcement, FindingReport, Outcome, PlanReport, Severity,
};

/// Findings of one rule that met the same fate.
pub(crate) struct Group<'a> {
    pub(crate) key: GroupKey<'a>,
    pub(crate) findings: Vec<&'a FindingReport>,
}

/// Sorts from the lightest to the gravest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GroupKey<'a> {
    pub(crate) fate: Fate,
    pub(crate) severity: Severity,
    pub(crate) rule: &'a str,
    pub(crate) enforcement: Enforcement,
    pub(crate) title: &'a str,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    Baselined,
    Passes,
    PassesExisting,
    Waived,
    WarnsAdvice,
    WarnsExisting,
    WarnsUndetermined,
    Warns,
    RefusesExisting,
    RefusesUndetermined,
    Refuses,
}

impl Fate {
    pub(crate) fn of(finding: &FindingReport) -> Self {
        use Cause::{Advice, Existing, Planned};
        match (finding.disposition, finding.cause, finding.outcome) {
            (Disposition::Baselined, ..) => Self::Baselined,
            (Disposition::Passes, Existing, _) => Self::PassesExisting,
            (Disposition::Passes, Advice | Planned, _) => Self::Passes,
            (Disposition::Waived, ..) => Self::Waived,
            (Disposition::Warns, Advice, _) => Self::WarnsAdvice,
            (Disposition::Warns, Existing, _) => Self::WarnsExisting,
            (Disposition::Warns, Planned, Outcome::Undetermined) => Self::WarnsUndetermined,
            (Disposition::Warns, Planned, Outcome::Violation) => Self::Warns,
            (Disposition::Refuses, Existing, _) => Self::RefusesExisting,
            (Disposition::Refuses, Advice | Planned, Outcome::Undetermined) => {
                Self::RefusesUndetermined
            }
            (Disposition::Refuses, Advice | Planned, Outcome::Violation) => Self::Refuses,
        }
    }
}

/// Returns the findings of a plan in groups, from the lightest to the gravest.
pub(crate) fn groups(plan: &PlanReport) -> Vec<Group<'_>> {
    let mut groups: BTreeMap<GroupKey<'_>, Vec<&FindingReport>> = BTreeMap::new();
    for finding in plan.policies.iter().flat_map(|policy| &policy.findings) {
        let key = GroupKey {
            fate: Fate::of(finding),
            severity: finding.severity,
            rule: &finding.rule,
            enforcement: finding.enforcement,
            title: &finding.title,
        };
        groups.entry(key).or_default().push(finding);
    }
    groups
        .into_iter()
        .map(|(key, findings)| Group { key, findings })
        .collect()
}

/// Gathers findings that differ in nothing but their resource, in order of appearance.
pub(crate) fn clusters<'a>(findings: &[&'a FindingReport]) -> Vec<Vec<&'a FindingReport>> {
    type Key<'a> = (
        &'a str,
        &'a [String],
        &'a str,
        Vec<(&'a str, &'a str)>,
        Option<usize>,
        Outcome,
    );
    let mut places: BTreeMap<Key<'a>, usize> = BTreeMap::new();
    let mut clusters: Vec<Vec<&FindingReport>> = Vec::new();
    for finding in findings {
        let details = finding
            .details
            .iter()
            .map(|each| (each.name.as_str(), each.note.as_str()))
            .collect();
        let key: Key<'a> = (
            &finding.message,
            &finding.attributes,
            &finding.remediation,
            details,
            finding.waiver,
            finding.outcome,
        );
        let place = *places.entry(key).or_insert(clusters.len());
        match clusters.get_mut(place) {
            Some(cluster) => cluster.push(finding),
            None => clusters.push(vec![finding]),
        }
    }
    clusters
}
