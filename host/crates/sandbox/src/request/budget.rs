//! What reading a plan for a policy may cost.

use std::time::{Duration, Instant};

use crate::error::PolicyError;
use crate::limits::{Limit, Limits};
use crate::module::PolicyModule;
use tollgate_plan::{Meter, PlanError, Spent};

/// What Tollgate itself may spend on one call of one policy: as much as the call may, in the same
/// units. What is read for a policy is its choice, so its budget pays.
pub(super) struct Budget {
    pub(super) limits: Limits,
    pub(super) meter: Meter,
}

impl Budget {
    pub(super) fn of(module: &PolicyModule, changes: usize) -> Self {
        Self::new(module.limits, changes)
    }

    pub(super) fn new(limits: Limits, changes: usize) -> Self {
        let limits = limits.handed(changes);
        let time = Duration::from_secs(limits.get(Limit::DeadlineSeconds));
        Self {
            limits,
            meter: Meter::new(
                limits.get(Limit::Fuel),
                limits.bytes(Limit::MemoryMib),
                Instant::now() + time,
            ),
        }
    }

    /// The limit that was hit.
    pub(super) fn hit(&self, spent: Spent) -> PolicyError {
        let limit = match spent {
            Spent::Work => Limit::Fuel,
            Spent::Time => Limit::DeadlineSeconds,
            Spent::Room => Limit::MemoryMib,
        };
        PolicyError::limit(limit, &self.limits, Some("evaluate"))
    }

    /// What a failed reading means for the policy.
    pub(super) fn failed(&self, error: PlanError) -> PolicyError {
        match error {
            PlanError::Spent(spent) => self.hit(spent),
            error => PolicyError::Plan(error),
        }
    }

    pub(super) fn work(&self, bytes: usize) -> Result<(), PolicyError> {
        self.meter.work(bytes).map_err(|spent| self.hit(spent))
    }

    pub(super) fn keep(&self, bytes: usize) -> Result<(), PolicyError> {
        self.meter.keep(bytes).map_err(|spent| self.hit(spent))
    }
}
