//! The policy `public-exposure`: nothing is reachable by the whole internet, or shared with
//! every account, that need not be.
//!
//! [`table`] says which attributes decide that. Each is judged in every resource that exists
//! after apply, changed or not, on both sides of the change, so that a finding says whether the
//! plan brings it about or it was so before.

mod rules;
pub mod settings;
pub mod table;

use std::collections::{BTreeMap, BTreeSet};

use tollgate_policy::{
    Action, Cause, Change, Evaluation, Finding, Input, Interest, Mode, Policy, RuleDef,
};
use tollgate_policy_common::switch::{self, Companions, Row, Side, Standing};

use crate::rules::{
    anonymous_access, any_network_allowed, open_network, public_access_block_off, public_address,
    public_endpoint, public_entrance, public_subnet, shared_with_everyone, unauthenticated_route,
};
use crate::settings::{May, Settings};
use crate::table::{Exposure, rows, source};

type Fault = switch::Fault<Exposure>;

/// The types whose deletion takes a block of public access away.
const GUARDS: &[&str] = &[
    "aws_ec2_image_block_public_access",
    "aws_ebs_snapshot_block_public_access",
    "aws_vpc_block_public_access_options",
    "aws_emr_block_public_access_configuration",
    "aws_ssm_service_setting",
];

/// The policy.
#[derive(Clone, Copy, Debug)]
pub struct PublicExposure;

impl Policy for PublicExposure {
    type Settings = Settings;

    const NAME: &'static str = "public-exposure";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const DESCRIPTION: &'static str = "Nothing is reachable by the whole internet, or shared with every account, that need not be.";
    const RULES: &'static [&'static RuleDef] = &[
        &shared_with_everyone::RULE,
        &public_endpoint::RULE,
        &open_network::RULE,
        &anonymous_access::RULE,
        &public_access_block_off::RULE,
        &any_network_allowed::RULE,
        &public_address::RULE,
        &public_entrance::RULE,
        &public_subnet::RULE,
        &unauthenticated_route::RULE,
    ];
    const CHUNKABLE: bool = true;
    /// Resources whose network rules can be in another resource, and those.
    const TOGETHER: &'static [&'static str] = &[
        "azurerm_storage_account",
        "azurerm_storage_account_network_rules",
        "azurerm_signalr_service",
        "azurerm_signalr_service_network_acl",
        "azurerm_web_pubsub",
        "azurerm_web_pubsub_network_acl",
        "azurerm_iotcentral_application",
        "azurerm_iotcentral_application_network_rule_set",
    ];

    fn interests() -> Vec<Interest> {
        switch::interests(rows())
    }

    fn evaluate(input: &Input<'_, Settings>) -> Result<Evaluation, String> {
        let mut evaluation = Evaluation::default();
        let settings = &input.settings;
        if !settings.applies_to(&input.environment) {
            return Ok(evaluation);
        }
        let mut of_kind = BTreeMap::<&str, Vec<&'static Row<Exposure>>>::new();
        for row in rows() {
            for kind in row.kinds {
                of_kind.entry(kind).or_default().push(row);
            }
        }
        let companions = Companions::among(&input.changes, rows());
        for change in &input.changes {
            let Some(rows) = of_kind.get(change.kind.as_str()) else {
                continue;
            };
            if settings.ignores(change) {
                continue;
            }
            let mut findings = exposed(change, rows, &companions, settings);
            findings.extend(unguarded(change, rows, &companions));
            evaluation.findings.extend(findings);
        }
        Ok(evaluation)
    }
}

/// What of a resource is exposed after apply.
fn exposed(
    change: &Change,
    rows: &[&'static Row<Exposure>],
    companions: &Companions,
    settings: &Settings,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    let switches = rows.iter().flat_map(|row| row.switches);
    for fault in switch::faults(change, switches, companions) {
        let check = match fault.switch.about {
            Exposure::Address | Exposure::Subnet if settings.public_addresses == May::Allowed => {
                continue;
            }
            Exposure::Entrance if settings.public_entrances == May::Allowed => continue,
            Exposure::Endpoint => public_endpoint::check,
            Exposure::AnyNetwork => any_network_allowed::check,
            Exposure::OpenNetwork => open_network::check,
            Exposure::Address => public_address::check,
            Exposure::Subnet => public_subnet::check,
            Exposure::Anonymous => anonymous_access::check,
            Exposure::Route => unauthenticated_route::check,
            Exposure::Shared => shared_with_everyone::check,
            Exposure::Guard => public_access_block_off::check,
            Exposure::Entrance => public_entrance::check,
        };
        let finding = cited(check(change, &fault), change);
        // Several blocks can say the same, and one that was there before must not hide a new one.
        let said = (finding.message.clone(), finding.cause == Cause::Existing);
        if seen.insert(said) {
            findings.push(finding);
        }
    }
    findings
}

/// A block of public access that the plan deletes.
fn unguarded(
    change: &Change,
    rows: &[&'static Row<Exposure>],
    companions: &Companions,
) -> Option<Finding> {
    let deletes = change.action == Action::Delete
        && change.deposed.is_none()
        && change.mode == Mode::Managed
        && GUARDS.contains(&change.kind.as_str());
    if !deletes {
        return None;
    }
    let mut switches = rows.iter().flat_map(|row| row.switches);
    let guards = switches.any(|switch| {
        switch.about == Exposure::Guard
            && switch
                .standings(change, Side::Before, companions)
                .iter()
                .any(|(_, standing)| *standing == Standing::Good)
            && switch.applies(change, Side::Before)
    });
    guards.then(|| cited(public_access_block_off::deleted(change), change))
}

/// Adds where the policy's knowledge comes from.
fn cited(finding: Finding, change: &Change) -> Finding {
    match source(&change.kind) {
        Some(source) => finding.detail("source", source),
        None => finding,
    }
}

tollgate_policy::export!(PublicExposure);
