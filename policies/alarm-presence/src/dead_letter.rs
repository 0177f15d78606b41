//! Which queues are dead-letter queues.
//!
//! The queue itself does not say so: whoever sends its failures there does. The ARN
//! is compared if both are known; a new queue has none, so then the configuration's
//! references decide, or the name at the end of an ARN that is put together by hand.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_policy::{Attr, Change, Mode, serde_json};

use crate::reference::{Instances, Keys, Meant, Proof, Reference, keys};
use crate::side::Side;

/// The resource type of a queue.
pub const QUEUE: &str = "aws_sqs_queue";

/// How an attribute names the dead-letter queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Its ARN.
    Arn,
    /// A JSON document with `deadLetterTargetArn`.
    RedrivePolicy,
    /// Its URL.
    Url,
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
        "aws_cloudwatch_event_bus",
        "dead_letter_config[0].arn",
        Form::Arn,
    ),
    (
        "aws_scheduler_schedule",
        "target[0].dead_letter_config[0].arn",
        Form::Arn,
    ),
    (
        "aws_pipes_pipe",
        "source_parameters[0].dynamodb_stream_parameters[0].dead_letter_config[0].arn",
        Form::Arn,
    ),
    (
        "aws_pipes_pipe",
        "source_parameters[0].kinesis_stream_parameters[0].dead_letter_config[0].arn",
        Form::Arn,
    ),
    (
        "aws_iot_topic_rule",
        "error_action[0].sqs[0].queue_url",
        Form::Url,
    ),
    (
        "aws_customerprofiles_domain",
        "dead_letter_queue_url",
        Form::Url,
    ),
];

/// The attribute of a queue that says which other queues may send their failures to it.
pub const ALLOWS: &str = "redrive_allow_policy";

/// The types that can send failures to a queue, each with the attribute that says so.
pub fn senders() -> impl Iterator<Item = (&'static str, &'static str)> {
    SENDERS.iter().map(|(kind, path, _)| (*kind, *path))
}

/// The dead-letter queues of one side of a plan.
#[derive(Debug)]
pub struct Queues<'a> {
    known: BTreeMap<&'a str, Proof>,
    /// Whether every sender tells where its failures go. One that changes does not tell
    /// where a sensitive value sends them today.
    whole: bool,
}

impl Queues<'_> {
    /// Whether a queue is a dead-letter queue. None: it cannot be told of any queue.
    pub fn has(&self, queue: &Change) -> Option<&Proof> {
        self.whole
            .then(|| self.known.get(queue.address.as_str()).unwrap_or(&Proof::No))
    }
}

/// The dead-letter queues of one side of a plan.
pub fn queues<'a>(changes: &'a [Change], instances: &Instances<'a>, side: Side) -> Queues<'a> {
    let exist = || {
        changes
            .iter()
            .filter(|change| change.mode == Mode::Managed && side.has(change))
    };
    let mut found: BTreeMap<&str, Proof> = BTreeMap::new();
    let mut whole = true;
    let mut note = |queue: &'a Change, proof: Proof| {
        if proof != Proof::No {
            let known = found.remove(queue.address.as_str()).unwrap_or(Proof::No);
            found.insert(&queue.address, known.or(proof));
        }
    };
    let mut named: BTreeMap<String, Vec<&'a Change>> = BTreeMap::new();
    let mut by_keys: BTreeMap<(&str, Keys), &'a Change> = BTreeMap::new();
    for queue in exist().filter(|change| change.kind == QUEUE) {
        by_keys.insert((&queue.block, keys(queue)), queue);
        for path in ["arn", "id", "name"] {
            if let Attr::Known(value) = side.read(queue, path).text() {
                named.entry(value).or_default().push(queue);
            }
        }
        if allows(queue, side) {
            note(queue, Proof::Proven);
        }
    }
    // Every instance of a block says the same of a block whose instances it cannot tell.
    let mut told: BTreeSet<(&str, &'static str, String)> = BTreeSet::new();
    for change in exist() {
        for (_, path, form) in SENDERS.iter().filter(|(kind, _, _)| *kind == change.kind) {
            let target = match (side.read(change, path).text(), form) {
                (Attr::Known(text), Form::RedrivePolicy) => match target(&text) {
                    Some(arn) => Some(arn),
                    None => continue,
                },
                (Attr::Known(text), Form::Arn | Form::Url) => Some(text),
                (Attr::Unset, _) => continue,
                (Attr::Undetermined(_), _) => None,
            };
            match target {
                Some(target) => {
                    // The last part of an ARN or a URL is the name.
                    let name = target.rsplit([':', '/']).next().unwrap_or(&target);
                    let candidates = named.get(&target).into_iter().chain(named.get(name));
                    for queue in candidates.flatten() {
                        note(queue, names(&target, queue, side));
                    }
                }
                None => {
                    whole &= side.is_configured(change);
                    for reference in side.references(change, path) {
                        let Reference::Resource {
                            block, kind, key, ..
                        } = Reference::parse(reference)
                        else {
                            continue;
                        };
                        if kind != QUEUE {
                            continue;
                        }
                        let candidates: Vec<(&'a Change, Proof)> =
                            match instances.meant(change, &block, key.as_ref()) {
                                None => Vec::new(),
                                Some(Meant::One(meant)) => by_keys
                                    .get(&(block.as_str(), meant))
                                    .map(|queue| {
                                        (*queue, instances.means(change, queue, key.as_ref()))
                                    })
                                    .into_iter()
                                    .collect(),
                                Some(Meant::Several) => several(&mut told, change, path, &block)
                                    .map(|proof| {
                                        instances
                                            .of_block(&block)
                                            .map(|queue| (queue, proof.clone()))
                                            .collect()
                                    })
                                    .unwrap_or_default(),
                            };
                        for (queue, proof) in candidates {
                            note(queue, proof);
                        }
                    }
                }
            }
        }
    }
    Queues {
        known: found,
        whole,
    }
}

/// What a reference to a block whose instances it cannot tell apart says of each of them.
/// None: another instance of the referring block has said so already.
fn several<'a>(
    told: &mut BTreeSet<(&'a str, &'static str, String)>,
    change: &'a Change,
    path: &'static str,
    block: &str,
) -> Option<Proof> {
    told.insert((&change.block, path, block.to_owned()))
        .then(|| {
            Proof::Possible(format!(
                "`{}` sends failures to an instance of `{block}`, and does not say to which one",
                change.address
            ))
        })
}

/// Whether a queue says of itself that other queues, which it names, send their failures
/// to it.
fn allows(queue: &Change, side: Side) -> bool {
    let Attr::Known(policy) = side.read(queue, ALLOWS).text() else {
        return false;
    };
    serde_json::from_str::<serde_json::Value>(&policy).is_ok_and(|policy| {
        policy
            .get("redrivePermission")
            .and_then(serde_json::Value::as_str)
            == Some("byQueue")
    })
}

fn target(policy: &str) -> Option<String> {
    let policy: serde_json::Value = serde_json::from_str(policy).ok()?;
    Some(policy.get("deadLetterTargetArn")?.as_str()?.to_owned())
}

fn names(target: &str, queue: &Change, side: Side) -> Proof {
    let own = |path: &str| {
        side.read(queue, path)
            .text()
            .is_known_and(|own| own == target)
    };
    let equal = if target.starts_with("arn:") {
        match side.read(queue, "arn").text() {
            Attr::Known(own) => own == target,
            // `arn:aws:sqs:REGION:ACCOUNT:NAME`
            Attr::Unset | Attr::Undetermined(_) => {
                let mut parts = target.split(':').skip(3);
                let region = parts.next();
                let name = parts.nth(1);
                side.read(queue, "name")
                    .text()
                    .is_known_and(|own| name == Some(own.as_str()))
                    && (queue.region.is_none() || queue.region.as_deref() == region)
            }
        }
    } else {
        own("id") || own("name")
    };
    if equal { Proof::Proven } else { Proof::No }
}
