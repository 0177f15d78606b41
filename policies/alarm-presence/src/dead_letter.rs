//! Which queues are dead-letter queues.
//!
//! The queue itself does not say so: whoever sends its failures there does. The ARN
//! is compared if both are known; a new queue has none, so then the configuration's
//! references decide, or the name at the end of an ARN that is put together by hand.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_policy::{Attr, Change, Mode, Why, serde_json};

use crate::reference::{Instances, Keys, Meant, Proof, Reference, keys};
use crate::side::Side;

/// The resource type of a queue.
pub const QUEUE: &str = "aws_sqs_queue";

/// The resource type of a policy that says which queues may send their failures to one.
pub const ALLOW_POLICY: &str = "aws_sqs_queue_redrive_allow_policy";

/// How an attribute names the dead-letter queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Its ARN.
    Arn,
    /// A JSON document with `deadLetterTargetArn`.
    RedrivePolicy,
    /// Its URL.
    Url,
    /// Its URL, if [`ALLOWS`] beside it says that others send their failures there.
    Allowing,
}

/// A resource that sends failures, on one path.
struct Sender {
    kind: &'static str,
    /// Up to the list that [`Sender::each`] is in, or to the target itself.
    path: &'static str,
    /// The attribute of every item of the list.
    each: Option<&'static str>,
    form: Form,
}

const fn sender(kind: &'static str, path: &'static str, form: Form) -> Sender {
    Sender {
        kind,
        path,
        each: None,
        form,
    }
}

/// Who can send failures to a queue.
const SENDERS: &[Sender] = &[
    sender(QUEUE, "redrive_policy", Form::RedrivePolicy),
    sender(
        "aws_sqs_queue_redrive_policy",
        "redrive_policy",
        Form::RedrivePolicy,
    ),
    sender(
        "aws_sns_topic_subscription",
        "redrive_policy",
        Form::RedrivePolicy,
    ),
    sender(
        "aws_lambda_function",
        "dead_letter_config[0].target_arn",
        Form::Arn,
    ),
    sender(
        "aws_lambda_function_event_invoke_config",
        "destination_config[0].on_failure[0].destination",
        Form::Arn,
    ),
    sender(
        "aws_lambda_event_source_mapping",
        "destination_config[0].on_failure[0].destination_arn",
        Form::Arn,
    ),
    sender(
        "aws_cloudwatch_event_target",
        "dead_letter_config[0].arn",
        Form::Arn,
    ),
    sender(
        "aws_cloudwatch_event_bus",
        "dead_letter_config[0].arn",
        Form::Arn,
    ),
    sender(
        "aws_scheduler_schedule",
        "target[0].dead_letter_config[0].arn",
        Form::Arn,
    ),
    sender(
        "aws_pipes_pipe",
        "source_parameters[0].dynamodb_stream_parameters[0].dead_letter_config[0].arn",
        Form::Arn,
    ),
    sender(
        "aws_pipes_pipe",
        "source_parameters[0].kinesis_stream_parameters[0].dead_letter_config[0].arn",
        Form::Arn,
    ),
    sender(
        "aws_iot_topic_rule",
        "error_action[0].sqs[0].queue_url",
        Form::Url,
    ),
    sender(
        "aws_customerprofiles_domain",
        "dead_letter_queue_url",
        Form::Url,
    ),
    sender(ALLOW_POLICY, "queue_url", Form::Allowing),
    Sender {
        kind: "aws_glue_crawler",
        path: "s3_target",
        each: Some("dlq_event_queue_arn"),
        form: Form::Arn,
    },
    Sender {
        kind: "aws_glue_crawler",
        path: "catalog_target",
        each: Some("dlq_event_queue_arn"),
        form: Form::Arn,
    },
];

/// The attribute of a queue that says which other queues may send their failures to it.
pub const ALLOWS: &str = "redrive_allow_policy";

/// The types that can send failures to a queue, each with the attribute that says so.
pub fn senders() -> impl Iterator<Item = (&'static str, &'static str)> {
    SENDERS.iter().map(|sender| (sender.kind, sender.path))
}

impl Sender {
    /// Where the failures of a resource go: targets that are known, and why there may be
    /// another one.
    fn targets(&self, change: &Change, side: Side) -> (Vec<String>, Option<Why>) {
        let found = side.read(change, self.path);
        let values = match self.each {
            None => vec![found],
            Some(each) => match found.items() {
                Attr::Known(items) => items.iter().map(|item| item.get(each)).collect(),
                Attr::Unset => Vec::new(),
                Attr::Undetermined(why) => return (Vec::new(), Some(why)),
            },
        };
        let mut known = Vec::new();
        let mut unclear = None;
        for value in values {
            match value.text() {
                Attr::Known(text) => match self.form {
                    Form::RedrivePolicy => known.extend(target(&text)),
                    Form::Arn | Form::Url | Form::Allowing => known.push(text),
                },
                Attr::Unset => {}
                Attr::Undetermined(why) => unclear = Some(why),
            }
        }
        (known, unclear)
    }

    /// Whether what it names gets failures for certain.
    fn claims(&self, change: &Change, side: Side) -> Proof {
        match self.form {
            Form::Arn | Form::Url | Form::RedrivePolicy => Proof::Proven,
            Form::Allowing => allows(change, side),
        }
    }
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
        note(queue, allows(queue, side));
    }
    // Every instance of a block says the same of a block whose instances it cannot tell.
    let mut told: BTreeSet<(&str, &'static str, String)> = BTreeSet::new();
    for change in exist() {
        for sender in SENDERS.iter().filter(|sender| sender.kind == change.kind) {
            let claim = sender.claims(change, side);
            if claim == Proof::No {
                continue;
            }
            let (targets, unclear) = sender.targets(change, side);
            for target in targets {
                // The last part of an ARN or a URL is the name.
                let name = target.rsplit([':', '/']).next().unwrap_or(&target);
                let candidates = named.get(&target).into_iter().chain(named.get(name));
                for queue in candidates.flatten() {
                    note(queue, names(&target, queue, side).and(claim.clone()));
                }
            }
            if unclear.is_none() {
                continue;
            }
            whole &= side.is_configured(change);
            for reference in side.references(change, sender.path) {
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
                            .map(|queue| (*queue, instances.means(change, queue, key.as_ref())))
                            .into_iter()
                            .collect(),
                        Some(Meant::Several) => several(&mut told, change, sender.path, &block)
                            .map(|proof| {
                                instances
                                    .of_block(&block)
                                    .map(|queue| (queue, proof.clone()))
                                    .collect()
                            })
                            .unwrap_or_default(),
                    };
                for (queue, proof) in candidates {
                    note(queue, proof.and(claim.clone()));
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

/// Whether a queue, or the policy beside it, says that other queues, which it names, send
/// their failures to it.
fn allows(change: &Change, side: Side) -> Proof {
    match side.read(change, ALLOWS).text() {
        Attr::Known(policy) => {
            let by_queue = serde_json::from_str::<serde_json::Value>(&policy).is_ok_and(|policy| {
                policy
                    .get("redrivePermission")
                    .and_then(serde_json::Value::as_str)
                    == Some("byQueue")
            });
            if by_queue { Proof::Proven } else { Proof::No }
        }
        Attr::Unset => Proof::No,
        // A queue seldom takes letters and does not say whose: `denyAll` is as likely.
        Attr::Undetermined(_) if change.kind == QUEUE => Proof::No,
        Attr::Undetermined(why) => {
            Proof::Possible(format!("the `{ALLOWS}` of `{}` is {why}", change.address))
        }
    }
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
