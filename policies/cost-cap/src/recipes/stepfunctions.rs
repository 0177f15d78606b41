//! AWS Step Functions.

use tollgate_policy::Determined;

use super::Recipe;
use crate::settings::UsageName::{GbSeconds, Requests, Transitions};

/// State machines: the transitions of standard ones, the requests and the memory over
/// time of express ones.
pub(crate) const STATE_MACHINE: Recipe = Recipe {
    types: &["aws_sfn_state_machine"],
    attributes: &["type"],
    computed: &[],
    usage: &[Transitions, Requests, GbSeconds],
    lines: |sheet| {
        match sheet.text("type").unset_as("STANDARD".to_owned()) {
            Determined::Known(kind) if kind == "EXPRESS" => {
                sheet.used(
                    "Requests",
                    "AmazonStates/StepFunctions-Request",
                    &[Requests],
                );
                sheet.used(
                    "Duration",
                    "AmazonStates/StepFunctions-GB-Second",
                    &[GbSeconds],
                );
            }
            Determined::Known(_) => {
                sheet.used(
                    "State transitions",
                    "AmazonStates/StateTransition",
                    &[Transitions],
                );
            }
            Determined::Undetermined(why) => sheet.open_line("State machine", "type", why),
        }
        Ok(())
    },
};

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tollgate_policy::testing::{Resource, unknown};

    use crate::testing::lines;

    #[test]
    fn charges_by_the_kind_of_machine() {
        let machine = |kind| Resource::create("aws_sfn_state_machine.m", json!({"type": kind}));
        // 100,000 × 0.025 / 1,000.
        for kind in [json!("STANDARD"), json!(null)] {
            assert_eq!(
                lines(machine(kind), json!({"transitions": 100_000})),
                ["State transitions: 100000 = 2.5"]
            );
        }
        // A million × 1.00; 3,600 GB-seconds × 0.060012 for an hour.
        assert_eq!(
            lines(
                machine(json!("EXPRESS")),
                json!({"requests": 1_000_000, "gb-seconds": 3600})
            ),
            ["Requests: 1000000 = 1", "Duration: 3600 = 0.060012"]
        );
        assert_eq!(
            lines(
                machine(json!("EXPRESS")),
                json!({"requests": 0, "gb-seconds": 3_600_001})
            )[1],
            "Duration: unpriced (the price book's price for AmazonStates/StepFunctions-GB-Second in us-east-1 ends at 3600000 a month)"
        );
        assert_eq!(
            lines(machine(unknown()), json!({})),
            ["State machine: undetermined (`type`: known only after apply)"]
        );
    }
}
