//! What the rules ask of the plan as a whole.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_policy::{Action, Attr, Change, Determined, Field, Why};
use tollgate_policy_common::reference::blocks;

use crate::selectors;
use crate::subject::Subject;

/// Metric filters on log groups.
pub const FILTER: (&str, &[&str]) = (
    "aws_cloudwatch_log_metric_filter",
    &["pattern", "metric_transformation"],
);

/// Alarms.
pub const ALARM: (&str, &[&str]) = (
    "aws_cloudwatch_metric_alarm",
    &[
        "metric_name",
        "namespace",
        "alarm_actions",
        "actions_enabled",
    ],
);

/// The newer way of logging what a distribution serves.
pub const DELIVERY: (&str, &[&str]) = ("aws_cloudwatch_log_delivery_source", &["resource_arn"]);

/// Networks, whose traffic another resource logs.
pub const NETWORKS: &[&str] = &["aws_vpc", "aws_default_vpc"];

/// What logs the traffic of a network.
const FLOW_LOG: &str = "aws_flow_log";

/// What the rules ask of the plan as a whole.
pub(crate) struct Plan<'a> {
    changes: &'a [Change],
    /// The ids and names of what is deleted.
    deleted: BTreeSet<String>,
    /// Buckets, by block.
    buckets: BTreeMap<&'a str, &'a Change>,
    /// Buckets, by name.
    by_name: BTreeMap<String, &'a Change>,
    /// The names, and the blocks, of the buckets that have an access log.
    logged: BTreeSet<String>,
    /// The names and blocks of the buckets that another resource keeps versions in, and of those
    /// of which that cannot be told.
    versioned: BTreeSet<String>,
    perhaps_versioned: BTreeSet<String>,
    /// The names of the buckets that a resource keeps versions in today, and one that has an access log
    /// today, where the plan changes or deletes that resource.
    versioned_today: BTreeSet<String>,
    logged_today: BTreeSet<String>,
    /// Versions of a bucket that cannot be told.
    unclear_versions: Option<&'a Change>,
    /// The ids and blocks of what a delivery of logs names.
    delivered: BTreeSet<String>,
    /// The ids and blocks of networks that a flow log names, after apply or until the plan deletes
    /// it.
    flows: BTreeSet<String>,
    /// A flow log whose network cannot be told.
    unclear_flow: Option<&'a Change>,
    /// Whether a trail covers every region after apply.
    pub(crate) every_region: bool,
    /// Whether such a trail records every management event.
    pub(crate) every_event: bool,
}

/// How far a chain from an event to somebody who is told goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Chain {
    NoFilter,
    NoAlarm,
    NoAction,
    Complete,
}

impl<'a> Plan<'a> {
    pub(crate) fn of(changes: &'a [Change]) -> Self {
        let mut plan = Self {
            changes,
            deleted: BTreeSet::new(),
            buckets: BTreeMap::new(),
            by_name: BTreeMap::new(),
            logged: BTreeSet::new(),
            versioned: BTreeSet::new(),
            perhaps_versioned: BTreeSet::new(),
            versioned_today: BTreeSet::new(),
            logged_today: BTreeSet::new(),
            unclear_versions: None,
            delivered: BTreeSet::new(),
            flows: BTreeSet::new(),
            unclear_flow: None,
            every_region: false,
            every_event: false,
        };
        for change in changes {
            plan.of_today(change);
            if change.action == Action::Delete {
                if change.kind == FLOW_LOG {
                    plan.flows.extend(known(change.before("vpc_id").text()));
                }
                for path in ["id", "arn"] {
                    if let Attr::Known(text) = change.before(path).text() {
                        plan.deleted.insert(text);
                    }
                }
                continue;
            }
            if !change.remains() {
                continue;
            }
            match change.kind.as_str() {
                "aws_s3_bucket" => {
                    plan.buckets.insert(&change.block, change);
                    if let Attr::Known(name) = change.after("bucket").text() {
                        plan.by_name.insert(name, change);
                    }
                }
                "aws_s3_bucket_logging" => named(change, "bucket", &mut plan.logged),
                "aws_s3_bucket_versioning" => {
                    let bucket = change.after("bucket").undetermined();
                    if bucket.is_some() && change.references("bucket").is_empty() {
                        plan.unclear_versions = Some(change);
                    }
                    let block = change.after("versioning_configuration").first();
                    match block.get("status").text() {
                        Attr::Known(status) if status.eq_ignore_ascii_case("Enabled") => {
                            named(change, "bucket", &mut plan.versioned);
                        }
                        Attr::Undetermined(_) => {
                            named(change, "bucket", &mut plan.perhaps_versioned);
                        }
                        Attr::Known(_) | Attr::Unset => {}
                    }
                }
                FLOW_LOG => {
                    let network = change.after("vpc_id").undetermined();
                    if network.is_some() && change.references("vpc_id").is_empty() {
                        plan.unclear_flow = Some(change);
                    }
                    named(change, "vpc_id", &mut plan.flows);
                }
                "aws_cloudwatch_log_delivery_source" => {
                    named(change, "resource_arn", &mut plan.delivered);
                }
                "aws_cloudtrail" => {
                    let on = |path: &str| change.after(path).bool();
                    let every_region = on("is_multi_region_trail").is_known_and(|on| *on)
                        && !on("enable_logging").is_known_and(|on| !*on);
                    plan.every_region |= every_region;
                    plan.every_event |= every_region && selectors::records_all(change);
                }
                _ => {}
            }
        }
        plan
    }

    /// Notes what a resource that the plan changes or deletes does for a bucket today.
    fn of_today(&mut self, change: &Change) {
        if matches!(change.action, Action::Create | Action::Read | Action::NoOp) {
            return;
        }
        let into = match change.kind.as_str() {
            "aws_s3_bucket_logging" => &mut self.logged_today,
            "aws_s3_bucket_versioning" => {
                let block = change.before("versioning_configuration").first();
                let status = block.get("status").text();
                if !status.is_known_and(|status| status.eq_ignore_ascii_case("Enabled")) {
                    return;
                }
                &mut self.versioned_today
            }
            _ => return,
        };
        into.extend(known(change.before("bucket").text()));
    }

    /// Whether a bucket has an access log today that the plan takes away.
    pub(crate) fn was_logged(&self, bucket: &Change) -> bool {
        let inline = bucket.before("logging").items();
        inline.is_known_and(|items| !items.is_empty())
            || known(bucket.before("bucket").text())
                .is_some_and(|name| self.logged_today.contains(&name))
    }

    /// Whether a bucket keeps versions today, and the plan ends that.
    pub(crate) fn was_versioned(&self, bucket: &Change) -> bool {
        let inline = bucket.before("versioning").first().get("enabled").bool();
        inline.is_known_and(|on| *on)
            || known(bucket.before("bucket").text())
                .is_some_and(|name| self.versioned_today.contains(&name))
    }

    /// Whether the plan also deletes what the audit is about.
    pub(crate) fn deletes_what_it_watches(&self, subject: &Subject<'_>) -> bool {
        subject.row.watches.iter().any(|path| {
            subject
                .change
                .before(path)
                .text()
                .is_known_and(|id| self.deleted.contains(id))
        })
    }

    /// The bucket of a trail, if the plan has it.
    pub(crate) fn bucket_of(&self, trail: &Change) -> Option<&'a Change> {
        let by_reference = trail
            .references("s3_bucket_name")
            .iter()
            .flat_map(|reference| blocks(reference))
            .find_map(|block| self.buckets.get(block));
        if let Some(bucket) = by_reference {
            return Some(bucket);
        }
        let Attr::Known(name) = trail.after("s3_bucket_name").text() else {
            return None;
        };
        self.by_name.get(&name).copied()
    }

    /// Whether a bucket has an access log.
    pub(crate) fn is_logged(&self, bucket: &Change) -> bool {
        let inline = match bucket.after("logging").items() {
            Attr::Known(items) => !items.is_empty(),
            Attr::Unset | Attr::Undetermined(_) => false,
        };
        // A bucket shows today's log, also where the resource that writes it goes.
        let ended = known(bucket.before("bucket").text())
            .is_some_and(|name| self.logged_today.contains(&name));
        (inline && !ended)
            || self.logged.contains(&bucket.block)
            || bucket
                .after("bucket")
                .text()
                .is_known_and(|name| self.logged.contains(name))
    }

    /// Whether a bucket keeps the versions of what is overwritten or deleted in it; or why that
    /// cannot be told, as part of a sentence.
    pub(crate) fn keeps_versions(&self, bucket: &Change) -> Result<bool, String> {
        let on = |field: Field| field.bool().is_known_and(|on| *on);
        let versioning = bucket.after("versioning");
        let inline = on(versioning.first().get("enabled"));
        let locked = on(bucket.after("object_lock_enabled"));
        let name = known(bucket.after("bucket").text());
        let names = |set: &BTreeSet<String>| {
            set.contains(&bucket.block) || name.as_ref().is_some_and(|name| set.contains(name))
        };
        // A bucket shows today's versions, also where the resource that keeps them goes.
        let ended = known(bucket.before("bucket").text())
            .is_some_and(|name| self.versioned_today.contains(&name));
        // An object lock comes with versions.
        if (inline && !ended) || locked || names(&self.versioned) {
            return Ok(true);
        }
        if names(&self.perhaps_versioned) {
            return Err("the `status` of its versioning is not known".to_owned());
        }
        match (self.unclear_versions, versioning.undetermined()) {
            (Some(change), _) => Err(format!(
                "which bucket {} is of is not known",
                change.address
            )),
            // The provider computes it where the configuration leaves it out.
            (None, Some(Why::Unknown)) if bucket.references("versioning").is_empty() => Ok(false),
            (None, Some(why)) => Err(format!("`versioning` is {why}")),
            (None, None) => Ok(false),
        }
    }

    /// Whether a delivery of logs names the resource.
    pub(crate) fn makes_up_for(&self, change: &Change) -> bool {
        if change.kind != "aws_cloudfront_distribution" {
            return false;
        }
        self.delivered.contains(&change.block)
            || change
                .after("arn")
                .text()
                .is_known_and(|arn| self.delivered.contains(arn))
    }

    /// Whether a flow log names the network; that one which the plan deletes did is told of it.
    pub(crate) fn logs_traffic_of(&self, network: &Change) -> Determined<bool> {
        let named = self.flows.contains(&network.block)
            || known(network.after("id").text()).is_some_and(|id| self.flows.contains(&id));
        match self.unclear_flow {
            Some(flow) if !named => match flow.after("vpc_id").undetermined() {
                Some(why) => Determined::Undetermined(why),
                None => Determined::Known(false),
            },
            _ => Determined::Known(named),
        }
    }

    /// How far the chain from an event with these words goes.
    pub(crate) fn chain(&self, words: &[&str], after: bool) -> Chain {
        let get = |change: &Change, path: &str| {
            if after {
                change.after(path)
            } else {
                change.before(path)
            }
        };
        let there = |kind: &'static str| {
            self.changes.iter().filter(move |change| {
                change.kind == kind && (!after || change.remains()) && change.deposed.is_none()
            })
        };
        let mut best = Chain::NoFilter;
        for filter in there(FILTER.0) {
            let watches = get(filter, "pattern")
                .text()
                .is_known_and(|pattern| words.iter().all(|word| pattern.contains(word)));
            if !watches {
                continue;
            }
            best = best.max(Chain::NoAlarm);
            let metric = get(filter, "metric_transformation").first();
            let (Attr::Known(name), Attr::Known(namespace)) =
                (metric.get("name").text(), metric.get("namespace").text())
            else {
                continue;
            };
            for alarm in there(ALARM.0) {
                let same = get(alarm, "metric_name")
                    .text()
                    .is_known_and(|one| *one == name)
                    && get(alarm, "namespace")
                        .text()
                        .is_known_and(|one| *one == namespace);
                if !same {
                    continue;
                }
                let on = !get(alarm, "actions_enabled").bool().is_known_and(|on| !*on);
                let told = match get(alarm, "alarm_actions").items() {
                    Attr::Known(actions) => !actions.is_empty(),
                    Attr::Unset | Attr::Undetermined(_) => false,
                };
                best = best.max(if on && told {
                    Chain::Complete
                } else {
                    Chain::NoAction
                });
            }
        }
        best
    }
}

fn known(text: Attr<String>) -> Option<String> {
    match text {
        Attr::Known(text) => Some(text),
        Attr::Unset | Attr::Undetermined(_) => None,
    }
}

/// Adds what an attribute names: its value, and the blocks that it refers to.
fn named(change: &Change, path: &str, into: &mut BTreeSet<String>) {
    if let Attr::Known(text) = change.after(path).text() {
        into.insert(text);
    }
    for reference in change.references(path) {
        into.extend(blocks(reference).map(str::to_owned));
    }
}
