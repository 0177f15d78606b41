//! The policy `network-exposure`: what the Internet can reach through a firewall, and what of
//! that the settings do not allow.
//!
//! [`table`] says which resource types are firewalls and how their rules are read. The rules of
//! one resource are added up to what gets through between the Internet and what is behind
//! it: as sets of addresses and ports, so that several ranges that together are everything are
//! everything. Both sides of a change are added up; only what is open after apply and was not
//! before is planned, so that narrowing a firewall never is.
//!
//! A group that lets in another group, itself, a prefix list of AWS or a service tag of
//! Azure is not open to the Internet. Where who is let in is known only after apply, and the
//! port is not one of `open-ports`, it cannot be told.

mod exposure;
mod filter;
mod opening;
pub mod ports;
mod rules;
pub mod settings;
mod subject;
pub mod table;

use std::collections::BTreeMap;

use tollgate_policy::{
    Action, Attr, Change, Evaluation, Finding, Input, Interest, Mode, Policy, RuleDef,
};

use tollgate_policy_common::bound::bounded;
use tollgate_policy_common::interest::by_attributes;
use tollgate_policy_common::network::Reach;

use crate::exposure::{Exposure, exposure, is_internet};
use crate::filter::Filters;
use crate::opening::{Direction, Doubt, Opening, Side};
pub use crate::rules::firewall_detached::{ASSOCIATIONS, NAMED, PROTECTED, RULES};
use crate::rules::{
    address_list_open, admin_port_open, default_group_used, egress_open, everything_open,
    firewall_detached, network_acl_open, port_open, range_too_wide, stop_removed,
    web_filter_opened, web_rule_removed,
};
use crate::settings::{Judged, Limits, Settings};
use crate::subject::Subject;
use crate::table::filters::{FILTERS, NAMED_BY};
use crate::table::{Class, Row, rows};

/// The policy.
#[derive(Clone, Copy, Debug)]
pub struct NetworkExposure;

/// Rules of one access list may be resources of their own, and are read in their order.
const LIST_RULE: &str = "aws_network_acl_rule";

impl Policy for NetworkExposure {
    type Settings = Settings;

    const NAME: &'static str = "network-exposure";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const DESCRIPTION: &'static str =
        "No firewall lets the Internet reach a port that is not meant for everybody.";
    const RULES: &'static [&'static RuleDef] = &[
        &everything_open::RULE,
        &admin_port_open::RULE,
        &port_open::RULE,
        &range_too_wide::RULE,
        &address_list_open::RULE,
        &stop_removed::RULE,
        &firewall_detached::RULE,
        &web_filter_opened::RULE,
        &web_rule_removed::RULE,
        &network_acl_open::RULE,
        &egress_open::RULE,
        &default_group_used::RULE,
    ];
    const CHUNKABLE: bool = true;
    const TOGETHER: &'static [&'static str] = &[
        LIST_RULE,
        // What `firewall-detached` looks at together.
        "azurerm_subnet",
        "azurerm_subnet_network_security_group_association",
        "azurerm_network_interface",
        "azurerm_network_interface_security_group_association",
        "google_compute_network",
        "google_folder",
        "google_compute_firewall_policy_association",
        "google_compute_network_firewall_policy_association",
        "google_compute_region_network_firewall_policy_association",
        "aws_wafv2_web_acl_association",
        "aws_wafregional_web_acl_association",
        "kubernetes_namespace",
        "kubernetes_namespace_v1",
        "kubernetes_network_policy",
        "kubernetes_network_policy_v1",
        "kubernetes_manifest",
        "aws_lb",
        "aws_alb",
        "aws_api_gateway_stage",
        "aws_appsync_graphql_api",
        "aws_cognito_user_pool",
        "aws_shield_protection",
        "aws_elb",
        "aws_eip",
        "aws_route53_zone",
        "aws_cloudfront_distribution",
        "aws_globalaccelerator_accelerator",
        "aws_vpc",
        "aws_networkfirewall_firewall",
        "aws_route53_resolver_firewall_rule_group_association",
        "aws_shield_application_layer_automatic_response",
        "aws_wafv2_web_acl_rule_group_association",
        "azurerm_firewall",
        "azurerm_firewall_policy",
        "azurerm_firewall_policy_rule_collection_group",
        "azurerm_network_security_perimeter_association",
        "azurerm_storage_account",
        "azurerm_key_vault",
        "azurerm_mssql_server",
        "azurerm_cosmosdb_account",
        "azurerm_eventhub_namespace",
        "azurerm_servicebus_namespace",
        "azurerm_search_service",
        "azurerm_log_analytics_workspace",
        "azurerm_cognitive_account",
        "azurerm_cdn_frontdoor_profile",
        "azurerm_cdn_frontdoor_security_policy",
        "azurerm_application_load_balancer",
        "azurerm_application_load_balancer_security_policy",
        "google_network_security_firewall_endpoint_association",
        // Filters, and rules of them that are resources of their own.
        "aws_wafv2_web_acl",
        "aws_wafv2_web_acl_rule",
        "google_compute_security_policy",
        "google_compute_security_policy_rule",
        "google_compute_region_security_policy",
        "google_compute_region_security_policy_rule",
        "google_compute_organization_security_policy",
        "google_compute_organization_security_policy_rule",
    ];

    fn interests() -> Vec<Interest> {
        let mut interests: Vec<_> =
            by_attributes(rows().map(|row| (row.kind, row.attributes.to_vec())))
                .into_iter()
                .map(Interest::with_references)
                .collect();
        interests.extend(NAMED.iter().map(|(kind, path)| {
            Interest::in_types([*kind])
                .attributes([*path])
                .actions([Action::Update])
        }));
        interests.extend(ASSOCIATIONS.iter().map(|(kind, path)| {
            Interest::in_types([*kind])
                .attributes([*path])
                .actions([Action::Delete, Action::Create])
        }));
        interests.extend(PROTECTED.iter().chain(NAMED_BY).map(|(kind, path)| {
            Interest::in_types([*kind])
                .attributes([*path])
                .actions([Action::Delete])
        }));
        interests.extend(stop_removed::ISOLATION.iter().map(|(kind, path)| {
            Interest::in_types([*kind])
                .attributes([*path])
                .actions([Action::Delete])
        }));
        interests.extend(stop_removed::POLICIES.iter().map(|(kind, path)| {
            Interest::in_types([*kind])
                .attributes([*path])
                .actions([Action::Update, Action::Replace])
        }));
        interests.push(
            Interest::in_types([RULES.0])
                .attributes(RULES.1)
                .actions([Action::Delete]),
        );
        interests.extend(FILTERS.iter().map(|filter| {
            let of_rule = filter.alone.map(|_| Action::Create);
            let changed = [Action::Update, Action::Replace, Action::Delete];
            Interest::in_types([filter.kind])
                .attributes(filter.attributes())
                .actions(changed.into_iter().chain(of_rule))
        }));
        interests
    }

    fn evaluate(input: &Input<'_, Settings>) -> Result<Evaluation, String> {
        let mut evaluation = Evaluation::default();
        let settings = &input.settings;
        let limits = settings.limits()?;
        if !settings.applies_to(&input.environment) {
            return Ok(evaluation);
        }
        let rows: BTreeMap<_, _> = rows().map(|row| (row.kind, row)).collect();
        let deleted = firewall_detached::deleted(&input.changes);
        let attached = firewall_detached::attached(&input.changes);
        let lists = Lists::of(&input.changes, &rows, &limits);
        let filters = Filters::of(&input.changes);
        let namespaces = stop_removed::namespaces(&input.changes);
        for change in &input.changes {
            if change.mode != Mode::Managed || change.deposed.is_some() || settings.ignores(change)
            {
                continue;
            }
            evaluation
                .findings
                .extend(firewall_detached::check(change, &deleted, &attached));
            let Some(row) = rows.get(change.kind.as_str()) else {
                evaluation.findings.extend(firewall_detached::named(change));
                evaluation
                    .findings
                    .extend(stop_removed::isolation(change, &namespaces));
                if let Some(lost) = filters.lost(change) {
                    evaluation
                        .findings
                        .extend(web_filter_opened::check(change, &lost));
                    evaluation
                        .findings
                        .extend(web_rule_removed::check(change, &lost));
                }
                continue;
            };
            let subject = Subject {
                change,
                limits: &limits,
            };
            evaluation
                .findings
                .extend(judged(&subject, row, settings, &lists));
        }
        evaluation.findings = bounded(evaluation.findings);
        Ok(evaluation)
    }
}

/// What is wrong with one resource.
fn judged(subject: &Subject<'_>, row: &Row, settings: &Settings, lists: &Lists) -> Vec<Finding> {
    let change = subject.change;
    let mut before = sided(change, row, false);
    let mut after = if change.action == Action::NoOp {
        before.clone()
    } else {
        sided(change, row, true)
    };
    let mut findings = Vec::new();
    if row.class == Class::AddressList {
        findings.extend(address_list_open::check(subject, &after, &before));
        return findings;
    }
    if row.class == Class::AccessList && settings.network_acls == Judged::Ignore {
        return findings;
    }
    if settings.default_group_empty && change.remains() {
        findings.extend(default_group_used::check(subject, &after, &before));
    }
    let limits = subject.limits;
    let sides = |before: &[Opening], after: &[Opening], direction| {
        let old = exposure(before, direction, limits);
        let new = if change.action == Action::NoOp {
            old.clone()
        } else {
            exposure(after, direction, limits)
        };
        (old, new)
    };
    let (mut old, mut new) = sides(&before, &after, Direction::In);
    findings.extend(stop_removed::check(
        subject,
        (&old, &before),
        (&new, &after),
        lists,
    ));
    if !change.remains() {
        return findings;
    }
    if row.class == Class::AccessList {
        for openings in [&mut before, &mut after] {
            openings.retain(|opening| !opening.answers());
        }
        if change.kind == LIST_RULE {
            lists.complete(change, &mut before, false);
            lists.complete(change, &mut after, true);
        }
        // One that does not change comes to allow more when another moves behind it.
        old = exposure(&before, Direction::In, limits);
        new = exposure(&after, Direction::In, limits);
        let before = old.so_before(&new);
        let every_protocol = new.by.iter().any(|by| by.every_protocol);
        for part in subject.parts(&new.world, &before, &new) {
            // As AWS makes it, unless it was narrower before.
            let made_so = every_protocol && (part.existing || !subject.existed());
            findings.extend(network_acl_open::check(subject, &part, made_so));
        }
        return findings;
    }
    let too_much = new.world.without(&limits.open);
    let mut was_open = old.so_before(&new);
    if change.action != Action::NoOp {
        // What a rule that denies came before was not open. Where only that rule moves,
        // `stop-removed` tells of it there.
        was_open = was_open.without(&lists.freed(change, &before, &after));
    }
    for part in subject.parts(&too_much, &was_open, &new) {
        findings.extend(
            [
                everything_open::check,
                admin_port_open::check,
                port_open::check,
            ]
            .into_iter()
            .find_map(|check| check(subject, &part)),
        );
    }
    let wide = new.wide.without(&limits.open).without(&new.world);
    let mut was_wide = old.wide.clone();
    was_wide.extend(&old.world);
    for part in subject.parts(&wide, &was_wide, &new) {
        findings.push(range_too_wide::check(subject, &part));
    }
    findings.extend(untold(subject, &old, &new));
    if settings.egress == Judged::Judge {
        let (old, new) = sides(&before, &after, Direction::Out);
        let too_much = new.world.without(&limits.open_egress);
        for part in subject.parts(&too_much, &old.world, &new) {
            findings.push(egress_open::check(subject, &part));
        }
    }
    findings
}

fn sided(change: &Change, row: &Row, after: bool) -> Vec<Opening> {
    let gone = if after {
        !change.remains()
    } else {
        change.action == Action::Create
    };
    if gone {
        return Vec::new();
    }
    (row.read)(&Side { change, after })
}

/// What cannot be told, once for each attribute.
fn untold(subject: &Subject<'_>, old: &Exposure, new: &Exposure) -> Vec<Finding> {
    let limits = subject.limits;
    let mut told = Vec::<&Doubt>::new();
    let mut findings = Vec::new();
    for (reach, doubt) in &new.doubts {
        let reach = reach.without(&limits.open).without(&new.world);
        if reach.is_empty() || told.contains(&doubt) {
            continue;
        }
        told.push(doubt);
        let rule = if reach.and(&limits.admin).is_empty() {
            &port_open::RULE
        } else {
            &admin_port_open::RULE
        };
        let finding = rule
            .undetermined(
                subject.change,
                format!(
                    "whether {reach} is open to the Internet cannot be told: `{}` is {}",
                    doubt.path, doubt.why
                ),
            )
            .attribute(&doubt.path);
        let same = subject.existed() && old.doubts.iter().any(|(_, one)| one == doubt);
        findings.push(if same { finding.existing() } else { finding });
    }
    findings
}

/// How many rules of a kind are read of one list: as many as AWS allows. Those beyond are as if
/// they were not there.
const MOST: usize = 40;

/// The types that are one rule of a list each, which the number of the rule decides the order of,
/// with what tells the lists apart.
const IN_LISTS: &[(&str, &[&str])] = &[
    (LIST_RULE, &["network_acl_id"]),
    (
        "azurerm_network_security_rule",
        &["resource_group_name", "network_security_group_name"],
    ),
    ("google_compute_firewall", &["network"]),
    ("google_compute_firewall_policy_rule", &["firewall_policy"]),
    (
        "google_compute_network_firewall_policy_rule",
        &["firewall_policy"],
    ),
    (
        "google_compute_region_network_firewall_policy_rule",
        &["firewall_policy"],
    ),
];

/// The rules of one list that are about the Internet, in their order.
#[derive(Debug, Default)]
struct List {
    allowed: Vec<Opening>,
    denied: Vec<Opening>,
}

/// The rules that are resources of their own, before and after apply, by list.
#[derive(Debug)]
pub(crate) struct Lists(BTreeMap<String, [List; 2]>);

impl Lists {
    fn of(
        changes: &[Change],
        rows: &BTreeMap<&'static str, &'static Row>,
        limits: &Limits,
    ) -> Self {
        let mut lists = BTreeMap::<String, [List; 2]>::new();
        for change in changes
            .iter()
            .filter(|change| change.mode == Mode::Managed && change.deposed.is_none())
        {
            let (Some(list), Some(row)) = (list_of(change), rows.get(change.kind.as_str())) else {
                continue;
            };
            for (at, after) in [false, true].into_iter().enumerate() {
                for opening in sided(change, row, after) {
                    if opening.direction != Direction::In
                        || opening.reach_doubt.is_some()
                        || !is_internet(limits, &opening.peers)
                    {
                        continue;
                    }
                    let side = &mut lists.entry(list.clone()).or_default()[at];
                    let of = if opening.allow {
                        &mut side.allowed
                    } else {
                        &mut side.denied
                    };
                    if of.len() < MOST {
                        of.push(opening);
                    }
                }
            }
        }
        for list in lists.values_mut().flatten() {
            list.denied.sort_by_key(|opening| opening.priority);
        }
        Self(lists)
    }

    /// What other rules of the list deny before this one.
    fn denied_before(&self, change: &Change, opening: &Opening, after: bool) -> Reach {
        let mut denied = Reach::default();
        let list = list_of(change).and_then(|list| self.0.get(&list));
        for other in list
            .iter()
            .flat_map(|sides| &sides[usize::from(after)].denied)
        {
            let first = other.priority <= opening.priority;
            if first && (other.targets.is_empty() || other.targets == opening.targets) {
                denied.extend(&other.reach);
            }
        }
        denied
    }

    /// Adds what other rules of the list deny before this one.
    fn complete(&self, change: &Change, openings: &mut Vec<Opening>, after: bool) {
        let Some(first) = openings.first() else {
            return;
        };
        let reach = self.denied_before(change, first, after);
        if !reach.is_empty() {
            let mut opening = Opening::new(Direction::In);
            opening.allow = false;
            opening.priority = first.priority;
            opening.reach = reach;
            opening.everybody();
            openings.push(opening);
        }
    }

    /// What a rule that allows was denied before and is not any more, as others come first.
    fn freed(&self, change: &Change, before: &[Opening], after: &[Opening]) -> Reach {
        match (before.first(), after.first()) {
            (Some(was), Some(now)) => self
                .denied_before(change, was, false)
                .without(&self.denied_before(change, now, true)),
            _ => Reach::default(),
        }
    }

    /// What rules allow that a rule that denies came before and now comes after.
    pub(crate) fn allowed_between(&self, change: &Change, was: &Opening, now: &Opening) -> Reach {
        let mut allowed = Reach::default();
        let list = list_of(change).and_then(|list| self.0.get(&list));
        for other in list.iter().flat_map(|sides| &sides[1].allowed) {
            if (was.priority..now.priority).contains(&other.priority) {
                allowed.extend(&other.reach);
            }
        }
        allowed
    }
}

/// What tells lists apart: what they are called, or the block that makes them.
fn list_of(change: &Change) -> Option<String> {
    let (kind, paths) = IN_LISTS.iter().find(|(kind, _)| *kind == change.kind)?;
    let names = paths.iter().map(|path| {
        for field in [change.after(path), change.before(path)] {
            if let Attr::Known(name) = field.text() {
                // Google names a network by its address, its id or its name.
                return name.rsplit('/').next().unwrap_or_default().to_owned();
            }
        }
        change.references(path).join(" ")
    });
    Some(names.fold((*kind).to_owned(), |all, name| format!("{all} {name}")))
}

tollgate_policy::export!(NetworkExposure);
