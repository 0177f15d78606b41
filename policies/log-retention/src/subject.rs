//! One number of days of one change, with everything that the rules ask of it.

use tollgate_policy::{Change, Finding, RuleDef};

use crate::settings::{Settings, Unlimited};
use crate::span::Span;
use crate::table::Row;

/// One number of days of one change.
#[derive(Clone, Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) change: &'a Change,
    pub(crate) row: &'static Row,
    pub(crate) settings: &'a Settings,
    /// Whether these are logs of an audit.
    pub(crate) audit: bool,
    /// Which block.
    pub(crate) key: Option<String>,
    /// None where there is nothing today that the plan goes on with.
    pub(crate) before: Option<Span>,
    pub(crate) after: Span,
}

impl Subject<'_> {
    pub(crate) fn minimum(&self) -> i64 {
        if self.audit {
            self.settings.minimum_audit_days
        } else {
            self.settings.minimum_days
        }
    }

    pub(crate) fn maximum(&self) -> Option<i64> {
        self.settings.maximum_days.filter(|_| !self.audit)
    }

    pub(crate) fn accepts_unlimited(&self) -> bool {
        self.settings.unlimited == Unlimited::Accept
    }

    /// Whose logs, if not all of the resource's.
    pub(crate) fn whose(&self) -> String {
        match &self.key {
            Some(key) => format!(" (`{key}`)"),
            None => String::new(),
        }
    }

    pub(crate) fn told(&self, rule: &RuleDef, message: String) -> Finding {
        rule.violation(self.change, message)
            .attribute(self.row.each.unwrap_or(self.row.path))
    }
}
