//! One change, with everything that the rules ask of it.

use tollgate_policy::{Action, Change, Finding};

use crate::settings::Settings;
use crate::switch::{Layer, Side, Standing, Switch};
use crate::table::{Class, Row};

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
    /// Whether it stands on the safe side today.
    pub(crate) was_safe: bool,
}

/// How the plan parts with an object that exists today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    Deleted,
    Replaced,
    Forgotten,
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
        self.switches()
            .iter()
            .filter_map(|switch| {
                let standing = self.standing(switch, Side::After);
                (standing != Standing::Safe).then(|| Fault {
                    switch,
                    standing,
                    was_safe: existed && self.standing(switch, Side::Before) == Standing::Safe,
                })
            })
            .collect()
    }

    /// How the plan parts with the object of today, if it does.
    pub(crate) fn loss(&self) -> Option<Loss> {
        if self.change.forgets() {
            Some(Loss::Forgotten)
        } else if self.change.destroys() {
            Some(if self.change.action == Action::Replace {
                Loss::Replaced
            } else {
                Loss::Deleted
            })
        } else {
            None
        }
    }

    /// Whether something refuses the deletion of the object of today.
    pub(crate) fn guard(&self) -> Guard {
        let mut guard = Guard::Off;
        for switch in self
            .switches()
            .iter()
            .filter(|switch| switch.layer == Layer::Refuses)
        {
            match self.standing(switch, Side::Before) {
                Standing::Safe => {
                    let forced = self.switches().iter().find(|other| {
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

    pub(crate) fn is_stateful(&self) -> bool {
        self.row.is_some_and(|row| row.class == Class::Stateful)
            || self.settings.calls_stateful(self.change)
    }

    pub(crate) fn is_lock(&self) -> bool {
        self.row.is_some_and(|row| row.class == Class::Lock)
    }

    /// Adds where the policy's knowledge of a switch comes from.
    pub(crate) fn cited(&self, finding: Finding, switch: Option<&Switch>) -> Finding {
        match self.row {
            Some(row) => finding.detail("source", row.source(switch)),
            None => finding,
        }
    }

    pub(crate) fn minimum_days(&self) -> i64 {
        self.settings.minimum_recovery_days
    }

    fn switches(&self) -> &'static [Switch] {
        self.row.map_or(&[], |row| row.switches)
    }

    fn standing(&self, switch: &Switch, side: Side) -> Standing {
        switch.standing(self.change, side, self.minimum_days())
    }
}
