//! Which queues are dead-letter queues.
//!
//! The queue itself does not say so: whoever sends its failures there does. The ARN
//! is compared if both are known; a new queue has none, so then the configuration's
//! references decide, or the name at the end of an ARN that is put together by hand.

use std::collections::BTreeMap;

use tollgate_policy::{Attr, Change, Mode, serde_json};

use crate::reference::{Instances, Proof, Reference};

/// The resource type of a queue.
pub const QUEUE: &str = "aws_sqs_queue";

/// How an attribute names the dead-letter queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Its ARN.
    Arn,
    /// A JSON document with `deadLetterTargetArn`.
    RedrivePolicy,
}

/// Who can send failures to a queue: resource type, attribute, form.
const SENDERS: &[(&str, &str, Form)] = &[
    (QUEUE, "redrive_policy", Form::RedrivePolicy),
    (
        "aws_sqs_queue_redrive_policy",
        "redrive_policy",
        Form::RedrivePolicy,
    ),
    (
        "aws_sns_topic_subscription",
        "redrive_policy",
        Form::RedrivePolicy,
    ),
    (
        "aws_lambda_function",
        "dead_letter_config[0].target_arn",
        Form::Arn,
    ),
    (
        "aws_lambda_function_event_invoke_config",
        "destination_config[0].on_failure[0].destination",
        Form::Arn,
    ),
    (
        "aws_lambda_event_source_mapping",
        "destination_config[0].on_failure[0].destination_arn",
        Form::Arn,
    ),
    (
        "aws_cloudwatch_event_target",
        "dead_letter_config[0].arn",
        Form::Arn,
    ),
    (
        "aws_scheduler_schedule",
        "target[0].dead_letter_config[0].arn",
        Form::Arn,
    ),
];

/// The types that can send failures to a queue, each with the attribute that says so.
pub fn senders() -> impl Iterator<Item = (&'static str, &'static str)> {
    SENDERS.iter().map(|(kind, path, _)| (*kind, *path))
}

/// Whether each queue that stays, by address, is a dead-letter queue. A queue that is
/// not in the map is none.
pub fn queues<'a>(changes: &'a [Change], instances: &Instances<'_>) -> BTreeMap<&'a str, Proof> {
    let mut found: BTreeMap<&str, Proof> = BTreeMap::new();
    for change in changes
        .iter()
        .filter(|change| change.mode == Mode::Managed && change.remains())
    {
        for (_, path, form) in SENDERS.iter().filter(|(kind, _, _)| *kind == change.kind) {
            let value = change.after(path).text();
            let arn = match (&value, form) {
                (Attr::Known(text), Form::RedrivePolicy) => match target(text) {
                    Some(arn) => Attr::Known(arn),
                    None => continue,
                },
                (Attr::Known(text), Form::Arn) => Attr::Known(text.clone()),
                (Attr::Unset, _) => continue,
                (Attr::Undetermined(why), _) => Attr::Undetermined(*why),
            };
            for queue in changes.iter().filter(|queue| {
                queue.kind == QUEUE && queue.mode == Mode::Managed && queue.remains()
            }) {
                let proof = match &arn {
                    Attr::Known(arn) => names(arn, queue),
                    Attr::Unset | Attr::Undetermined(_) => change
                        .references(path)
                        .iter()
                        .map(|reference| match Reference::parse(reference) {
                            Reference::Resource { block, key, .. } if block == queue.block => {
                                instances.means(change, queue, key.as_ref())
                            }
                            _ => Proof::No,
                        })
                        .fold(Proof::No, Proof::or),
                };
                if proof != Proof::No {
                    let known = found.remove(queue.address.as_str()).unwrap_or(Proof::No);
                    found.insert(&queue.address, known.or(proof));
                }
            }
        }
    }
    found
}

fn target(policy: &str) -> Option<String> {
    let policy: serde_json::Value = serde_json::from_str(policy).ok()?;
    Some(policy.get("deadLetterTargetArn")?.as_str()?.to_owned())
}

fn names(arn: &str, queue: &Change) -> Proof {
    let equal = match queue.after("arn").text() {
        Attr::Known(own) => own == arn,
        // `arn:aws:sqs:REGION:ACCOUNT:NAME`
        Attr::Unset | Attr::Undetermined(_) => {
            let mut parts = arn.split(':').skip(3);
            let region = parts.next();
            let name = parts.nth(1);
            queue
                .after("name")
                .text()
                .is_known_and(|own| name == Some(own.as_str()))
                && (queue.region.is_none() || queue.region.as_deref() == region)
        }
    };
    if equal { Proof::Proven } else { Proof::No }
}
