//! Amazon SQS.

use tollgate_policy::Determined;

use super::Recipe;
use crate::settings::UsageName::Requests;

/// Queues: requests. A Lambda event source mapping polls without being asked, about
/// 648,000 empty receives a month for each queue; declare them too.
pub(crate) const QUEUE: Recipe = Recipe {
    types: &["aws_sqs_queue"],
    attributes: &["fifo_queue"],
    computed: &[],
    usage: &[Requests],
    lines: |sheet| {
        match sheet.flag("fifo_queue").unset_as(false) {
            Determined::Known(false) => {
                sheet.used("Requests", "AWSQueueService/Requests-Tier1", &[Requests]);
            }
            Determined::Known(true) => sheet.used(
                "FIFO requests",
                "AWSQueueService/Requests-FIFO-Tier1",
                &[Requests],
            ),
            Determined::Undetermined(why) => sheet.open_line("Requests", "fifo_queue", why),
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
    fn charges_requests_by_kind() {
        // 3 million requests: standard at 0.40 a million, FIFO at 0.50.
        for (fifo, expected) in [
            (json!(false), "Requests: 3000000 = 1.2"),
            (json!(null), "Requests: 3000000 = 1.2"),
            (json!(true), "FIFO requests: 3000000 = 1.5"),
        ] {
            let queue = Resource::create("aws_sqs_queue.q", json!({"fifo_queue": fifo}));
            assert_eq!(lines(queue, json!({"requests": 3_000_000})), [expected]);
        }
        let queue = Resource::create("aws_sqs_queue.q", json!({"fifo_queue": false}));
        assert_eq!(
            lines(queue, json!({})),
            ["Requests: usage-undeclared (declare requests)"]
        );
        let queue = Resource::create("aws_sqs_queue.q", json!({"fifo_queue": unknown()}))
            .refers("fifo_queue", "terraform_data.x.output");
        assert_eq!(
            lines(queue, json!({"requests": 1})),
            ["Requests: undetermined (`fifo_queue`: known only after apply)"]
        );
    }
}
