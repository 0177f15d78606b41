//! What the plan brings about, and what was so before.
//!
//! A finding is of before if the same questions, asked of today, have the same answers:
//! the resource exists, the requirement applies, and no alarm watches it or none of them
//! tells anybody. What cannot be told of today counts as of before only where nothing that
//! decides it changes.

use tollgate_policy::Change;
use tollgate_policy_common::unaltered::all_unaltered;

use crate::Judge;
use crate::alarm::Alarm;
use crate::link::Scope;
use crate::plan::Watching;
use crate::reference::Proof;
use crate::requirement::Requirement;
use crate::rules::silent_alarm::Voice;
use crate::side::Side;

/// Whether the plan leaves an alarm, which may watch a resource, as it is, but for what decides nothing.
fn stays((alarm, _): &(&Alarm<'_>, String)) -> bool {
    all_unaltered(alarm.change)
}

impl<'a> Judge<'a> {
    /// The alarms that watch a resource today; none if there is none today.
    pub(crate) fn was_watched(
        &self,
        resource: &'a Change,
        requirement: &Requirement<'_>,
    ) -> Option<Watching<'_, 'a>> {
        Side::Before.has(resource).then(|| {
            self.plan
                .watching(Side::Before, resource, requirement, Scope::Required, |_| {
                    false
                })
        })
    }

    /// Whether a resource that will have no alarm for certain, but `perhaps` one that
    /// cannot be told, is no better off today.
    pub(crate) fn was_unwatched(
        &self,
        resource: &Change,
        requirement: &Requirement<'_>,
        was: Option<&Watching<'_, 'a>>,
        perhaps: bool,
    ) -> bool {
        let Some(was) = was else {
            return false;
        };
        self.applied(resource, requirement)
            && was.proven.is_empty()
            && (was.possible.is_empty() || (perhaps && was.possible.iter().all(stays)))
    }

    /// Whether there is such a resource today, and the requirement is about it.
    fn applied(&self, resource: &Change, requirement: &Requirement<'_>) -> bool {
        Side::Before.has(resource)
            && !resource.importing
            && match self.plan.applies(requirement, resource, Side::Before) {
                Proof::Proven => true,
                // What cannot be told of today may be otherwise, and change.
                Proof::Possible(_) => all_unaltered(resource),
                Proof::No => false,
            }
    }

    /// Whether no alarm of a resource is heard today either.
    pub(crate) fn was_unheard(&self, resource: &'a Change, requirement: &Requirement<'_>) -> bool {
        if !self.applied(resource, requirement) {
            return false;
        }
        let was = self.watching(Side::Before, resource, requirement);
        was.proven.iter().all(|alarm| self.was_quiet(alarm.change))
            && was.possible.iter().all(stays)
    }

    /// Whether an alarm tells nobody today either.
    pub(crate) fn was_quiet(&self, alarm: &'a Change) -> bool {
        if !Side::Before.has(alarm) || alarm.importing {
            return false;
        }
        match self.voice(alarm, Side::Before) {
            Voice::Silent(..) => true,
            // What cannot be told of today may reach somebody, and change.
            unclear @ Voice::Unclear(..) => {
                unclear == self.voice(alarm, Side::After) && self.plan.leaves_monitoring_alone()
            }
            Voice::Heard => false,
        }
    }
}
