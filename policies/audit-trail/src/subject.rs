//! One change, with everything that the rules ask of it.

use tollgate_policy::{Action, Attr, Change, Field, Finding, RuleDef, Why};

use crate::switch::{Standing, standing, take_in};
use crate::table::{Row, Switch};

/// One change that the policy judges.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) change: &'a Change,
    pub(crate) row: &'static Row,
    pub(crate) wants_access_logs: bool,
    /// Whether another resource of the plan does what this one leaves out.
    pub(crate) made_up_for: bool,
}

/// A switch that is not on after apply.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) switch: &'static Switch,
    /// Why it cannot be told, if so.
    pub(crate) why: Option<Why>,
    /// Whether it is on today.
    pub(crate) was_on: bool,
    existing: bool,
    lost: Vec<String>,
}

impl Fault {
    /// The entries that are not there any more, in words.
    pub(crate) fn lost(&self) -> Option<String> {
        if self.lost.is_empty() {
            return None;
        }
        let quoted: Vec<_> = self.lost.iter().map(|one| format!("`{one}`")).collect();
        Some(quoted.join(", "))
    }
}

impl Subject<'_> {
    /// Whether there is an object today that the plan goes on with.
    pub(crate) fn existed(&self) -> bool {
        !self.change.importing && !matches!(self.change.action, Action::Create | Action::Read)
    }

    /// Whether it is switched off today.
    pub(crate) fn was_off(&self) -> bool {
        self.row.switches.iter().any(|switch| {
            switch.layer == crate::table::Layer::Audit
                && standing(switch, self.change, false) == Standing::Off
        })
    }

    /// The switches that are not on after apply.
    pub(crate) fn faults(&self) -> Vec<Fault> {
        if !self.change.remains() || self.made_up_for {
            return Vec::new();
        }
        let existed = self.existed();
        let mut faults = Vec::<Fault>::new();
        for switch in self.row.switches {
            let before = existed.then(|| standing(switch, self.change, false));
            let after = standing(switch, self.change, true);
            let mut lost = Vec::new();
            let (why, was_on) = match (&before, &after) {
                (Some(Standing::Entries(before)), Standing::Entries(after)) => {
                    lost.extend(before.iter().filter(|one| !take_in(after, one)).cloned());
                    if lost.is_empty() {
                        continue;
                    }
                    (None, true)
                }
                (_, Standing::On | Standing::Irrelevant | Standing::Entries(_)) => continue,
                (before, Standing::Undetermined(why)) => {
                    (Some(*why), *before == Some(Standing::On))
                }
                (before, Standing::Off) => (None, *before == Some(Standing::On)),
            };
            if !switch.wanted && (!was_on || why.is_some()) {
                continue;
            }
            let fault = Fault {
                switch,
                why,
                was_on,
                existing: before == Some(Standing::Off)
                    || (why.is_some() && matches!(before, Some(Standing::Undetermined(_)))),
                lost,
            };
            // One finding says it for the same attribute: what the plan takes away.
            match faults
                .iter_mut()
                .find(|other| other.switch.path == switch.path)
            {
                Some(other) if was_on && !other.was_on => *other = fault,
                Some(_) => {}
                None => faults.push(fault),
            }
        }
        faults
    }

    /// Says what is off, or that it cannot be told.
    pub(crate) fn say(&self, rule: &RuleDef, fault: &Fault, off: &str, whether: &str) -> Finding {
        let path = fault.switch.path;
        let finding = match fault.why {
            Some(why) => rule.undetermined(
                self.change,
                format!("{whether} cannot be told: `{path}` is {why}"),
            ),
            None => rule.violation(self.change, off),
        };
        self.told(finding, fault)
    }

    /// The attribute with its value today and after apply: `` `disabled` `false` -> `true` ``.
    pub(crate) fn values(&self, fault: &Fault) -> String {
        let path = fault.switch.path;
        let shown = |field: Field| match field.text() {
            Attr::Known(text) if text.is_empty() => "not set".to_owned(),
            Attr::Known(text) if text.chars().count() > 60 => "another text".to_owned(),
            Attr::Known(text) => format!("`{text}`"),
            Attr::Unset => "not set".to_owned(),
            Attr::Undetermined(_) => match field.items() {
                Attr::Known(items) if items.is_empty() => "not set".to_owned(),
                _ => "set".to_owned(),
            },
        };
        let (before, after) = (self.change.before(path), self.change.after(path));
        format!("`{path}` {} -> {}", shown(before), shown(after))
    }

    /// Names the attribute, and whether the plan brings it about.
    pub(crate) fn told(&self, finding: Finding, fault: &Fault) -> Finding {
        let finding = finding.attribute(fault.switch.path);
        if fault.existing {
            finding.existing()
        } else {
            finding
        }
    }
}
