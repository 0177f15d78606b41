//! Recipes: from the attributes of a resource to the meters it runs.
//!
//! A recipe knows meters and quantities, never prices. What it cannot tell it says
//! so: a usage that nobody declared, or an attribute that is known only after apply.

use std::borrow::Cow;
use std::collections::BTreeMap;

use tollgate_policy::{Action, Attr, Change, Field, Mode, Why};
use tollgate_policy_common::reference::blocks;

use crate::decimal::{Decimal, DecimalError};
use crate::settings::{Usage, UsageName};

mod apigateway;
mod aurora;
mod autoscaling;
mod cloudfront;
mod cloudwatch;
mod codebuild;
mod cognito;
mod document_db;
mod dsql;
mod dynamodb;
mod ec2;
mod ecr;
mod ecs;
mod efs;
mod eks;
mod elasticache;
mod elb;
mod elb_classic;
mod endpoint;
mod eventbridge;
mod firehose;
mod kinesis;
mod kms;
mod lambda;
mod mq;
mod msk;
mod opensearch;
mod rds;
mod route53;
mod s3;
mod scaling_group;
mod secretsmanager;
mod snapshots;
mod sns;
mod sqs;
mod stepfunctions;
mod transit;
mod vpc;
mod waf;

/// How one service charges for its resource types.
pub(crate) struct Recipe {
    /// The resource types.
    pub(crate) types: &'static [&'static str],
    /// The attributes it reads.
    pub(crate) attributes: &'static [&'static str],
    /// Those of them that the provider fills in when the configuration leaves them out,
    /// so that they are known only after apply without anything being uncertain.
    pub(crate) computed: &'static [&'static str],
    /// The usage it asks for or accepts.
    pub(crate) usage: &'static [UsageName],
    /// Writes the lines of one resource.
    pub(crate) lines: fn(&mut Sheet<'_>) -> Result<(), DecimalError>,
}

/// Every recipe.
pub(crate) const ALL: &[&Recipe] = &[
    &apigateway::REST_API,
    &apigateway::HTTP_API,
    &apigateway::STAGE,
    &aurora::CLUSTER,
    &aurora::INSTANCE,
    &autoscaling::TARGET,
    &cloudfront::DISTRIBUTION,
    &cloudwatch::LOG_GROUP,
    &cloudwatch::METRIC_ALARM,
    &cloudwatch::COMPOSITE_ALARM,
    &cloudwatch::DASHBOARD,
    &cloudwatch::METRIC_FILTER,
    &codebuild::PROJECT,
    &cognito::USER_POOL,
    &document_db::CLUSTER,
    &document_db::INSTANCE,
    &document_db::GRAPH_CLUSTER,
    &document_db::GRAPH_INSTANCE,
    &dsql::CLUSTER,
    &dynamodb::TABLE,
    &ec2::INSTANCE,
    &ec2::VOLUME,
    &ecr::REPOSITORY,
    &ecs::SERVICE,
    &efs::FILE_SYSTEM,
    &eks::CLUSTER,
    &eks::NODE_GROUP,
    &elasticache::CLUSTER,
    &elasticache::REPLICATION_GROUP,
    &elb::LOAD_BALANCER,
    &elb_classic::LOAD_BALANCER,
    &endpoint::ENDPOINT,
    &eventbridge::BUS,
    &eventbridge::ARCHIVE,
    &eventbridge::SCHEDULE,
    &eventbridge::PIPE,
    &firehose::STREAM,
    &kinesis::STREAM,
    &kms::KEY,
    &lambda::FUNCTION,
    &mq::BROKER,
    &msk::CLUSTER,
    &opensearch::DOMAIN,
    &rds::INSTANCE,
    &route53::ZONE,
    &route53::RECORD,
    &route53::HEALTH_CHECK,
    &route53::RESOLVER_ENDPOINT,
    &s3::BUCKET,
    &scaling_group::GROUP,
    &secretsmanager::SECRET,
    &snapshots::SNAPSHOT,
    &snapshots::FAST_RESTORE,
    &sns::TOPIC,
    &sns::SUBSCRIPTION,
    &sqs::QUEUE,
    &stepfunctions::STATE_MACHINE,
    &transit::VPC_ATTACHMENT,
    &transit::PEERING,
    &transit::VPN,
    &vpc::NAT_GATEWAY,
    &vpc::ADDRESS,
    &waf::WEB_ACL,
];

/// The recipe for a resource type, if there is one.
pub(crate) fn of(kind: &str) -> Option<&'static Recipe> {
    ALL.iter()
        .copied()
        .find(|recipe| recipe.types.contains(&kind))
}

/// What a recipe reads of other resources that its own is made of, by type.
pub(crate) const PARTS: &[(&str, &[&str])] = &[
    scaling_group::TEMPLATE,
    scaling_group::CONFIGURATION,
    ecs::DEFINITION,
    document_db::OPTIMIZED,
    document_db::GRAPH_OPTIMIZED,
];

/// Whether the charges of a type depend on other resources of the plan.
pub(crate) fn is_made_of_parts(kind: &str) -> bool {
    matches!(
        kind,
        "aws_autoscaling_group"
            | "aws_ecs_service"
            | "aws_docdb_cluster_instance"
            | "aws_neptune_cluster_instance"
    )
}

/// What recipes ask of the rest of the plan.
#[derive(Default)]
pub(crate) struct Others<'a> {
    /// How many subnets each block of the plan makes.
    subnets: BTreeMap<&'a str, i64>,
    /// What other resources are made of, by block and key.
    parts: BTreeMap<&'a str, BTreeMap<&'a str, &'a Change>>,
    /// The same by side, type, and a text that names one.
    named: BTreeMap<(bool, &'a str, String), &'a Change>,
}

/// The attributes of parts that others name them by.
const NAMES: &[&str] = &[
    "id",
    "name",
    "arn",
    "arn_without_revision",
    "family",
    "cluster_identifier",
];

impl<'a> Others<'a> {
    pub(crate) fn of(changes: &'a [Change]) -> Self {
        let mut others = Self::default();
        for change in changes.iter().filter(|change| change.deposed.is_none()) {
            let kind = change.kind.as_str();
            let goes = matches!(change.action, Action::Delete | Action::Forget);
            if matches!(kind, "aws_subnet" | "aws_default_subnet") && !goes {
                *others.subnets.entry(change.block.as_str()).or_default() += 1;
            }
            let Some((_, attributes)) = PARTS.iter().find(|(part, _)| *part == kind) else {
                continue;
            };
            if change.mode != Mode::Managed {
                continue;
            }
            let of_block = others.parts.entry(change.block.as_str()).or_default();
            of_block.insert(key(&change.address), change);
            for path in NAMES.iter().filter(|path| attributes.contains(path)) {
                for (after, field) in [(false, change.before(path)), (true, change.after(path))] {
                    if is_there(change, after)
                        && let Attr::Known(text) = field.text()
                    {
                        others.named.insert((after, kind, text), change);
                    }
                }
            }
        }
        others
    }

    fn most_subnets(&self, references: &[String]) -> Option<Decimal> {
        let mut named = BTreeMap::new();
        for reference in references {
            let (block, number) = self.subnets.iter().find(|(block, _)| {
                reference
                    .strip_prefix(**block)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
            })?;
            named.insert(block, *number);
        }
        (!named.is_empty()).then(|| Decimal::whole(named.values().sum()))
    }

    /// The one resource of a type that references name, or that this text names.
    fn part(
        &self,
        of: &Change,
        kind: &str,
        references: &[String],
        text: Option<&str>,
        after: bool,
    ) -> Option<&'a Change> {
        let mut found = BTreeMap::new();
        for block in references.iter().flat_map(|reference| blocks(reference)) {
            let Some(of_block) = self.parts.get(block) else {
                continue;
            };
            let part = match of_block.len() {
                1 => of_block.values().next(),
                // What is made for each of several is made of the part with the same key.
                _ => of_block.get(key(&of.address)),
            };
            let part = part.filter(|part| part.kind == kind && is_there(part, after));
            found.extend(part.map(|part| (part.address.as_str(), *part)));
        }
        let mut found = found.into_values();
        match (found.next(), found.next()) {
            (Some(one), None) => Some(one),
            _ => self.named.get(&(after, kind, text?.to_owned())).copied(),
        }
    }
}

/// Whether there is an object of the change on a side.
fn is_there(change: &Change, after: bool) -> bool {
    match after {
        true => change.remains(),
        false => change.action != Action::Create,
    }
}

/// The key of an instance, with its brackets; none of one that has none.
fn key(address: &str) -> &str {
    match (address.rfind('['), address.ends_with(']')) {
        (Some(at), true) => address.get(at..).unwrap_or_default(),
        _ => "",
    }
}

/// One charge of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// What is charged, for a reader.
    pub(crate) component: Cow<'static, str>,
    /// The key of the price row. Empty if even the meter cannot be told.
    pub(crate) key: Cow<'static, str>,
    /// Whether the meter belongs to no region.
    pub(crate) global: bool,
    /// How much of it.
    pub(crate) quantity: Quantity,
    /// Whether the quantity comes from declared usage.
    pub(crate) by_usage: bool,
}

/// How much of a meter a resource runs in a month, in the unit of its price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Quantity {
    /// This much.
    Known(Decimal),
    /// Nothing or this much: what decides it is known only after apply.
    UpTo {
        most: Decimal,
        attribute: &'static str,
    },
    /// Declared usage that is not declared.
    Undeclared(&'static [UsageName]),
    /// At least this much; `why` says what is missing.
    AtLeast {
        least: Decimal,
        attribute: &'static str,
        why: String,
    },
}

/// What a recipe reads and writes: one side of one resource change.
pub(crate) struct Sheet<'a> {
    change: &'a Change,
    computed: &'static [&'static str],
    after: bool,
    usage: &'a Usage,
    /// The hours of a month.
    pub(crate) hours: Decimal,
    /// The day that the prices are for, as `YYYY-MM-DD`.
    pub(crate) day: &'a str,
    others: &'a Others<'a>,
    worldwide: bool,
    lines: Vec<Line>,
}

impl<'a> Sheet<'a> {
    pub(crate) fn new(
        change: &'a Change,
        computed: &'static [&'static str],
        after: bool,
        usage: &'a Usage,
        hours: Decimal,
        day: &'a str,
        others: &'a Others<'a>,
    ) -> Self {
        Self {
            change,
            computed,
            after,
            usage,
            hours,
            day,
            others,
            worldwide: false,
            lines: Vec::new(),
        }
    }

    pub(crate) fn into_lines(self) -> Vec<Line> {
        self.lines
    }

    fn field(&self, path: &str) -> Field {
        if self.after {
            self.change.after(path)
        } else {
            self.change.before(path)
        }
    }

    /// Takes an attribute that is known only after apply for unset if the provider
    /// computes it and nothing in the configuration sets it: then it will have the
    /// service's own default.
    fn settle<T>(&self, path: &str, attr: Attr<T>) -> Attr<T> {
        match attr {
            Attr::Undetermined(Why::Unknown)
                if self.after && self.computed.contains(&path) && !self.refers(path) =>
            {
                Attr::Unset
            }
            other => other,
        }
    }

    /// Whether the configuration sets the attribute from something else.
    pub(crate) fn refers(&self, path: &str) -> bool {
        !self.references(path).is_empty()
    }

    /// What the configuration sets the attribute from.
    pub(crate) fn references(&self, path: &str) -> &[String] {
        self.change.references(path)
    }

    /// A text. An empty one is how many resources write that nothing is set.
    pub(crate) fn text(&self, path: &str) -> Attr<String> {
        match self.settle(path, self.field(path).text()) {
            Attr::Known(text) if text.is_empty() => Attr::Unset,
            text => text,
        }
    }

    /// How many subnets of this plan an attribute can name at most, where it is set from nothing else.
    pub(crate) fn most_subnets(&self, path: &str) -> Option<Decimal> {
        self.others.most_subnets(self.references(path))
    }

    /// The one resource of this type that an attribute refers to, or that a text names.
    pub(crate) fn part(&self, path: &str, kind: &str, text: Option<&str>) -> Option<&'a Change> {
        let references = self.references(path);
        self.others
            .part(self.change, kind, references, text, self.after)
    }

    /// A sheet for such a resource, of the same side.
    pub(crate) fn of_part(&self, change: &'a Change, computed: &'static [&'static str]) -> Self {
        Self::new(
            change,
            computed,
            self.after,
            self.usage,
            self.hours,
            self.day,
            self.others,
        )
    }

    /// Takes over the lines of such a sheet, each so many times. With a reason, there may be more.
    pub(crate) fn take_over(
        &mut self,
        part: Self,
        times: Decimal,
        attribute: &'static str,
        more: Option<(&'static str, &str)>,
    ) -> Result<(), DecimalError> {
        for mut line in part.lines {
            line.quantity = match line.quantity {
                Quantity::Known(quantity) if line.by_usage => Quantity::Known(quantity),
                Quantity::Known(quantity) => {
                    let least = quantity.times(times)?;
                    match more {
                        None => Quantity::Known(least),
                        Some((attribute, why)) => Quantity::AtLeast {
                            least,
                            attribute,
                            why: why.to_owned(),
                        },
                    }
                }
                Quantity::UpTo { most, .. } => Quantity::UpTo {
                    most: most.times(times)?,
                    attribute,
                },
                Quantity::AtLeast {
                    least,
                    attribute: of,
                    why,
                } => Quantity::AtLeast {
                    least: least.times(times)?,
                    attribute,
                    why: format!("`{of}` of it: {why}"),
                },
                undeclared @ Quantity::Undeclared(_) => undeclared,
            };
            self.lines.push(line);
        }
        Ok(())
    }

    pub(crate) fn flag(&self, path: &str) -> Attr<bool> {
        self.settle(path, self.field(path).bool())
    }

    pub(crate) fn number(&self, path: &str) -> Attr<Decimal> {
        self.settle(path, number(&self.field(path)))
    }

    pub(crate) fn items(&self, path: &str) -> Attr<Vec<Field>> {
        self.settle(path, self.field(path).items())
    }

    /// How many items a list or a set has. A set whose items are known only after apply may
    /// still turn out smaller, because it drops what it has twice, never larger.
    pub(crate) fn count(&self, path: &str) -> Attr<Decimal> {
        self.items(path)
            .map(|items| i64::try_from(items.len()).map_or(Decimal::ZERO, Decimal::whole))
    }

    /// Says that what follows belongs to no region.
    pub(crate) fn worldwide(&mut self) {
        self.worldwide = true;
    }

    /// Why an attribute cannot be told, if the plan leaves it open, whether or not the
    /// configuration sets it.
    pub(crate) fn open(&self, path: &str) -> Option<Why> {
        self.field(path).undetermined()
    }

    pub(crate) fn declared(&self, name: UsageName) -> Option<Decimal> {
        self.usage.get(name)
    }

    /// A charge that the attributes decide.
    pub(crate) fn fixed(
        &mut self,
        component: impl Into<Cow<'static, str>>,
        key: impl Into<Cow<'static, str>>,
        quantity: Decimal,
    ) {
        self.push(component, key, Quantity::Known(quantity), false);
    }

    /// A charge by usage that must be declared.
    pub(crate) fn used(
        &mut self,
        component: impl Into<Cow<'static, str>>,
        key: impl Into<Cow<'static, str>>,
        names: &'static [UsageName],
    ) {
        let quantity = names
            .first()
            .and_then(|name| self.declared(*name))
            .map_or(Quantity::Undeclared(names), Quantity::Known);
        self.push(component, key, quantity, true);
    }

    /// A charge by usage that counts only if it is declared: a feature that most
    /// resources of the type never touch.
    pub(crate) fn used_if_declared(
        &mut self,
        component: impl Into<Cow<'static, str>>,
        key: impl Into<Cow<'static, str>>,
        name: UsageName,
    ) {
        if let Some(quantity) = self.declared(name) {
            self.push(component, key, Quantity::Known(quantity), true);
        }
    }

    /// A charge that may or may not arise.
    pub(crate) fn perhaps(
        &mut self,
        component: impl Into<Cow<'static, str>>,
        key: impl Into<Cow<'static, str>>,
        most: Decimal,
        attribute: &'static str,
    ) {
        self.push(component, key, Quantity::UpTo { most, attribute }, false);
    }

    /// A charge that cannot be told for want of an attribute.
    pub(crate) fn open_line(
        &mut self,
        component: impl Into<Cow<'static, str>>,
        attribute: &'static str,
        why: impl ToString,
    ) {
        self.at_least(component, "", Decimal::ZERO, attribute, why);
    }

    /// A charge of which only a part can be told.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a reason is a text or a `Why`, and reads better without a reference"
    )]
    pub(crate) fn at_least(
        &mut self,
        component: impl Into<Cow<'static, str>>,
        key: impl Into<Cow<'static, str>>,
        least: Decimal,
        attribute: &'static str,
        why: impl ToString,
    ) {
        self.push(
            component,
            key,
            Quantity::AtLeast {
                least,
                attribute,
                why: why.to_string(),
            },
            false,
        );
    }

    /// Any charge.
    pub(crate) fn push(
        &mut self,
        component: impl Into<Cow<'static, str>>,
        key: impl Into<Cow<'static, str>>,
        quantity: Quantity,
        by_usage: bool,
    ) {
        let key = key.into();
        let global = self.worldwide || key.starts_with("AmazonCloudFront/");
        self.lines.push(Line {
            component: component.into(),
            key,
            global,
            quantity,
            by_usage,
        });
    }
}

/// An exact number of a plan.
pub(crate) fn number(field: &Field) -> Attr<Decimal> {
    match field.decimal() {
        Attr::Known(text) => Decimal::parse(&text)
            .ok()
            .filter(|number| !number.is_negative())
            .map_or(Attr::Undetermined(Why::NotA("amount")), Attr::Known),
        Attr::Unset => Attr::Unset,
        Attr::Undetermined(why) => Attr::Undetermined(why),
    }
}
