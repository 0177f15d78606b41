//! Amazon EventBridge.

use super::Recipe;
use crate::settings::UsageName::{Events, IngestedGb, Invocations, Requests, StoredGb};

/// Event buses: custom events. Events of AWS services on the default bus, and rules,
/// cost nothing.
pub(crate) const BUS: Recipe = Recipe {
    types: &["aws_cloudwatch_event_bus"],
    attributes: &[],
    usage: &[Events],
    lines: |sheet| {
        sheet.used("Custom events", "AWSEvents/Event-64K-Chunks", &[Events]);
        Ok(())
    },
};

/// Archives of events: what goes in and what stays.
pub(crate) const ARCHIVE: Recipe = Recipe {
    types: &["aws_cloudwatch_event_archive"],
    attributes: &[],
    usage: &[IngestedGb, StoredGb],
    lines: |sheet| {
        sheet.used("Archive processing", "AWSEvents/ArchivedEvents-Bytes", &[IngestedGb]);
        sheet.used("Archive storage", "AWSEvents/ArchiveStorage-ByteHrs", &[StoredGb]);
        Ok(())
    },
};

/// Schedules of EventBridge Scheduler: invocations.
pub(crate) const SCHEDULE: Recipe = Recipe {
    types: &["aws_scheduler_schedule"],
    attributes: &[],
    usage: &[Invocations],
    lines: |sheet| {
        sheet.used("Scheduled invocations", "AWSEvents/ScheduledInvocation", &[Invocations]);
        Ok(())
    },
};

/// Pipes: requests that pass the filter.
pub(crate) const PIPE: Recipe = Recipe {
    types: &["aws_pipes_pipe"],
    attributes: &[],
    usage: &[Requests],
    lines: |sheet| {
        sheet.used("Pipe requests", "AWSEvents/PipesRequest-64K-Chunks", &[Requests]);
        Ok(())
    },
};
