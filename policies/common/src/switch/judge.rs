//! What every policy does that judges a table of switches, whatever they are about.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_policy::{Action, Cause, Change, Finding, Mode};

use crate::bound::bounded;

use super::{Companions, Fault, Row, Side, Standing, Switch, faults};

/// A policy that judges a table of switches, with its settings. [`findings`] does the rest.
pub trait Judge {
    /// What its switches are about.
    type About: 'static;

    /// The types that protect all of an account, so that their deletion takes the protection away.
    const GUARDS: &'static [&'static str];

    /// Its table.
    fn rows() -> impl Iterator<Item = &'static Row<Self::About>>;

    /// Where the policy's knowledge of a type comes from.
    fn source(kind: &str) -> Option<String>;

    /// Whether the settings leave a resource alone.
    fn ignores(&self, change: &Change) -> bool;

    /// Whether the settings ask for a switch of a resource.
    fn asks(&self, change: &Change, switch: &Switch<Self::About>) -> bool;

    /// What the policy says of a switch that is not provably on the good side; none where the
    /// settings excuse it.
    fn finding(&self, change: &Change, fault: &Fault<Self::About>) -> Option<Finding>;

    /// What it says of a guard that is on today and that the plan deletes.
    fn unguarded(change: &Change) -> Finding;
}

/// The findings of a policy in the resources of a plan, in their order, and not more or longer than
/// the host takes.
#[must_use]
pub fn findings<J: Judge>(judge: &J, changes: &[Change]) -> Vec<Finding> {
    let mut of_kind = BTreeMap::<&str, Vec<&'static Switch<J::About>>>::new();
    for row in J::rows() {
        for kind in row.kinds {
            of_kind.entry(kind).or_default().extend(row.switches);
        }
    }
    let companions = Companions::among(changes, J::rows());
    let mut findings = Vec::new();
    for change in changes {
        let Some(switches) = of_kind.get(change.kind.as_str()) else {
            continue;
        };
        if judge.ignores(change) {
            continue;
        }
        let mut seen = BTreeSet::new();
        let asked = switches
            .iter()
            .copied()
            .filter(|switch| judge.asks(change, switch));
        for fault in faults(change, asked, &companions) {
            let Some(finding) = judge.finding(change, &fault) else {
                continue;
            };
            // Several blocks can say the same, and one that was there before must not hide a new
            // one.
            let said = (finding.message.clone(), finding.cause == Cause::Existing);
            if seen.insert(said) {
                findings.push(cited::<J>(finding, change));
            }
        }
        if deletes_guard::<J>(change, switches, &companions) {
            findings.push(cited::<J>(J::unguarded(change), change));
        }
    }
    bounded(findings)
}

/// Whether the plan deletes what protects the account today.
fn deletes_guard<J: Judge>(
    change: &Change,
    switches: &[&'static Switch<J::About>],
    companions: &Companions,
) -> bool {
    change.action == Action::Delete
        && change.deposed.is_none()
        && change.mode == Mode::Managed
        && J::GUARDS.contains(&change.kind.as_str())
        && switches.iter().any(|switch| {
            switch.applies(change, Side::Before)
                && switch
                    .standings(change, Side::Before, companions)
                    .iter()
                    .any(|(_, standing)| *standing == Standing::Good)
        })
}

fn cited<J: Judge>(finding: Finding, change: &Change) -> Finding {
    match J::source(&change.kind) {
        Some(source) => finding.detail("source", source),
        None => finding,
    }
}
