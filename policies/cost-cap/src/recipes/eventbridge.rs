//! Amazon EventBridge.

use super::Recipe;
use crate::settings::UsageName::{Events, IngestedGb, Invocations, Requests, StoredGb};

/// Event buses: custom events. Events of AWS services on the default bus, and rules,
/// cost nothing.
pub(crate) const BUS: Recipe = Recipe {
    types: &["aws_cloudwatch_event_bus"],
    attributes: &[],
    computed: &[],
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
    computed: &[],
    usage: &[IngestedGb, StoredGb],
    lines: |sheet| {
        sheet.used(
            "Archive processing",
            "AWSEvents/ArchivedEvents-Bytes",
            &[IngestedGb],
        );
        sheet.used(
            "Archive storage",
            "AWSEvents/ArchiveStorage-ByteHrs",
            &[StoredGb],
        );
        Ok(())
    },
};

/// Schedules of EventBridge Scheduler: invocations.
pub(crate) const SCHEDULE: Recipe = Recipe {
    types: &["aws_scheduler_schedule"],
    attributes: &[],
    computed: &[],
    usage: &[Invocations],
    lines: |sheet| {
        sheet.used(
            "Scheduled invocations",
            "AWSEvents/ScheduledInvocation",
            &[Invocations],
        );
        Ok(())
    },
};

/// Pipes: requests that pass the filter.
pub(crate) const PIPE: Recipe = Recipe {
    types: &["aws_pipes_pipe"],
    attributes: &[],
    computed: &[],
    usage: &[Requests],
    lines: |sheet| {
        sheet.used(
            "Pipe requests",
            "AWSEvents/PipesRequest-64K-Chunks",
            &[Requests],
        );
        Ok(())
    },
};

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tollgate_policy::testing::Resource;

    use crate::testing::lines;

    #[test]
    fn charges_what_passes() {
        for (address, used, expected) in [
            // 1.00 a million.
            (
                "aws_cloudwatch_event_bus.b",
                json!({"events": 250_000}),
                vec!["Custom events: 250000 = 0.25"],
            ),
            // 0.10 a GB in, 0.023 a GB kept.
            (
                "aws_cloudwatch_event_archive.a",
                json!({"ingested-gb": 10, "stored-gb": 10}),
                vec!["Archive processing: 10 = 1", "Archive storage: 10 = 0.23"],
            ),
            (
                "aws_scheduler_schedule.s",
                json!({"invocations": 43_800}),
                vec!["Scheduled invocations: 43800 = 0.0438"],
            ),
            (
                "aws_pipes_pipe.p",
                json!({"requests": 1_000_000}),
                vec!["Pipe requests: 1000000 = 0.4"],
            ),
        ] {
            assert_eq!(
                lines(Resource::create(address, json!({})), used),
                expected,
                "{address}"
            );
        }
    }
}
