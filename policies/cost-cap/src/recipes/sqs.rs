//! Amazon SQS.

use tollgate_policy::Determined;

use super::Recipe;
use crate::settings::UsageName::Requests;

/// Queues: requests. A Lambda event source mapping polls without being asked, about
/// 648,000 empty receives a month for each queue; declare them too.
pub(crate) const QUEUE: Recipe = Recipe {
    types: &["aws_sqs_queue"],
    attributes: &["fifo_queue"],
    usage: &[Requests],
    lines: |sheet| {
        match sheet.flag("fifo_queue").unset_as(false) {
            Determined::Known(false) => sheet.used("Requests", "AWSQueueService/Requests-Tier1", &[Requests]),
            Determined::Known(true) => sheet.used("FIFO requests", "AWSQueueService/Requests-FIFO-Tier1", &[Requests]),
            Determined::Undetermined(why) => sheet.open_line("Requests", "fifo_queue", why),
        }
        Ok(())
    },
};
