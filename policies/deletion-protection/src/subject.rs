//! One change, with everything that the rules ask of it.

use tollgate_policy::{Action, Cause, Change, Finding};

use crate::settings::Settings;
use crate::switch::{Because, Layer, Side, Standing, Switch};
use crate::table::{DELETION_POLICY, Row, WITH_DELETION_POLICY, source};
use crate::types::{Class, class_of};

/// One change that the policy judges.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) change: &'a Change,
    pub(crate) row: Option<&'static Row>,
    pub(crate) settings: &'a Settings,
}

/// A switch that does not provably stand on the safe side after apply.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) switch: &'static Switch,
    pub(crate) standing: Standing,
    /// Where it stands today; none where there is nothing today.
    pub(crate) before: Option<Standing>,
    /// Which of the repeated blocks it is in.
    pub(crate) of: Option<String>,
    /// Whether the plan takes the object over as it is.
    importing: bool,
    /// Whether the plan changes nothing about it.
    unchanged: bool,
}

impl Fault {
    /// Whether it stands on the safe side today.
    pub(crate) fn was_safe(&self) -> bool {
        self.before == Some(Standing::Safe)
    }

    fn cause(&self) -> Cause {
        match (&self.standing, &self.before) {
            (Standing::Unsafe(Because::Missing(_)), _) => Cause::Advice,
            _ if self.importing => Cause::Planned,
            (_, Some(Standing::Unsafe(_))) => Cause::Existing,
            // What cannot be told of today may be safe today, and change.
            (_, Some(Standing::Undetermined(_))) if self.unchanged => Cause::Existing,
            _ => Cause::Planned,
        }
    }

    /// The attribute, in words.
    pub(crate) fn path(&self) -> String {
        match (self.switch.each, &self.of) {
            (None, _) => format!("`{}`", self.switch.path),
            (Some(each), Some(of)) => format!("`{}` of the {} {of}", self.switch.path, each.block),
            (Some(each), None) => format!("`{}` of a {}", self.switch.path, each.block),
        }
    }
}

/// How the plan parts with an object that exists today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    Deleted,
    Replaced,
    Forgotten,
    /// As if it was deleted or replaced, but that this switch leaves it behind.
    Kept(&'static Switch),
}

/// Whether something refuses the deletion of an object that exists today.
#[derive(Clone, Debug)]
pub(crate) enum Guard {
    /// By this switch.
    On(&'static Switch),
    /// By this switch, but forcing is on as well.
    Forced(&'static Switch, &'static Switch),
    Off,
    Undetermined(&'static Switch, String),
}

impl Subject<'_> {
    /// The switches that are not safe after apply; none for what does not remain.
    pub(crate) fn faults(&self) -> Vec<Fault> {
        if !self.change.remains() {
            return Vec::new();
        }
        let existed = !matches!(self.change.action, Action::Create | Action::Read);
        let mut faults = Vec::new();
        for switch in self.switches() {
            let mut before = if existed {
                switch.standings(self.change, Side::Before, self.minimum_days())
            } else {
                Vec::new()
            };
            for (of, standing) in switch.standings(self.change, Side::After, self.minimum_days()) {
                let before = before
                    .iter()
                    .position(|(key, _)| *key == of)
                    .map(|at| before.swap_remove(at).1);
                let was_safe = before == Some(Standing::Safe);
                if standing == Standing::Safe
                    || !(switch.wanted || was_safe)
                    || self.made_up_for(switch)
                {
                    continue;
                }
                faults.push(Fault {
                    switch,
                    standing,
                    before,
                    of,
                    importing: self.change.importing,
                    unchanged: switch.is_unaltered(self.change),
                });
            }
        }
        faults
    }

    /// Whether another value of the same attribute keeps the object as well.
    fn made_up_for(&self, switch: &Switch) -> bool {
        let saves = |switch: &Switch| matches!(switch.layer, Layer::Refuses | Layer::Keeps);
        saves(switch)
            && self.switches().any(|other| {
                saves(other)
                    && other.layer != switch.layer
                    && other.path == switch.path
                    && self.standing(other, Side::After) == Standing::Safe
            })
    }

    /// How the plan parts with the object of today, if it does.
    pub(crate) fn loss(&self) -> Option<Loss> {
        if self.change.forgets() {
            return Some(Loss::Forgotten);
        }
        if !self.change.destroys() {
            return None;
        }
        let keeps = self.switches().find(|switch| {
            switch.layer == Layer::Keeps && self.standing(switch, Side::Before) == Standing::Safe
        });
        Some(match keeps {
            Some(switch) => Loss::Kept(switch),
            None if self.change.action == Action::Replace => Loss::Replaced,
            None => Loss::Deleted,
        })
    }

    /// Whether something refuses the deletion of the object of today.
    pub(crate) fn guard(&self) -> Guard {
        let mut guard = Guard::Off;
        let refusing = self
            .switches()
            .filter(|switch| switch.layer == Layer::Refuses && switch.each.is_none());
        for switch in refusing {
            match self.standing(switch, Side::Before) {
                Standing::Safe => {
                    let forced = self.switches().find(|other| {
                        matches!(
                            (other.layer, self.standing(other, Side::Before)),
                            (Layer::Obeys, Standing::Unsafe(_))
                        )
                    });
                    return forced.map_or(Guard::On(switch), |force| Guard::Forced(switch, force));
                }
                Standing::Undetermined(why) if matches!(guard, Guard::Off) => {
                    guard = Guard::Undetermined(switch, why);
                }
                Standing::Unsafe(_) | Standing::Undetermined(_) => {}
            }
        }
        guard
    }

    /// The switch that has a snapshot taken before the object of today is deleted.
    pub(crate) fn due_snapshot(&self) -> Option<&'static Switch> {
        self.switches().find(|switch| {
            switch.layer == Layer::Snapshot && self.standing(switch, Side::Before) == Standing::Safe
        })
    }

    /// What its destruction takes along.
    pub(crate) fn class(&self) -> Class {
        let class = class_of(self.change).unwrap_or(Class::Nothing);
        if class == Class::Nothing && self.settings.calls_stateful(self.change) {
            return Class::Data;
        }
        class
    }

    pub(crate) fn is_stateful(&self) -> bool {
        matches!(self.class(), Class::Data | Class::Container)
    }

    pub(crate) fn is_lock(&self) -> bool {
        self.class() == Class::Lock
    }

    /// Says whether the plan brings a fault about, and where the policy knows the switch from.
    pub(crate) fn told(&self, finding: Finding, fault: &Fault) -> Finding {
        let finding = match fault.cause() {
            Cause::Planned => finding,
            Cause::Existing => finding.existing(),
            Cause::Advice => finding.advice(),
        };
        let finding = match finding.remediation {
            Some(_) => finding,
            None => finding.remediation(fault.switch.advice(self.minimum_days())),
        };
        self.cited(
            finding.attribute(fault.switch.declared()),
            Some(fault.switch),
        )
    }

    /// Adds where the policy's knowledge of a switch comes from.
    pub(crate) fn cited(&self, finding: Finding, switch: Option<&Switch>) -> Finding {
        match source(&self.change.kind, switch) {
            Some(source) if self.row.is_some() || class_of(self.change).is_some() => {
                finding.detail("source", source)
            }
            _ => finding,
        }
    }

    pub(crate) fn minimum_days(&self) -> i64 {
        self.settings.minimum_recovery_days
    }

    fn switches(&self) -> impl Iterator<Item = &'static Switch> + use<> {
        let own: &'static [Switch] = self.row.map_or(&[], |row| row.switches);
        let common: &'static [Switch] = if self.change.kind.starts_with(WITH_DELETION_POLICY) {
            &DELETION_POLICY
        } else {
            &[]
        };
        let common = common.iter().filter(|switch| {
            !own.iter()
                .any(|one| one.path == switch.path && one.layer == switch.layer)
        });
        own.iter().chain(common)
    }

    /// Where a switch stands that is in no repeated block; the worst of those that are.
    fn standing(&self, switch: &Switch, side: Side) -> Standing {
        let mut standings = switch
            .standings(self.change, side, self.minimum_days())
            .into_iter()
            .map(|(_, standing)| standing);
        let first = standings.next().unwrap_or(Standing::Safe);
        standings.fold(first, |worst, standing| match (&worst, &standing) {
            (Standing::Safe, _) => standing,
            _ => worst,
        })
    }
}
