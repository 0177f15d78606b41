//! The policy `public-exposure`: nothing is reachable by the whole internet, or shared with
//! every account, that need not be.
//!
//! [`table`] says which attributes decide that. Each is judged in every resource that exists
//! after apply, changed or not, on both sides of the change, so that a finding says whether the
//! plan brings it about or it was so before.

mod cluster;
mod rules;
pub mod settings;
pub mod table;

use tollgate_policy::pattern::any_matches;
use tollgate_policy::{Change, Evaluation, Finding, Input, Interest, Mode, Policy, RuleDef};
use tollgate_policy_common::bound::bounded;
use tollgate_policy_common::switch::judge::{self, Judge};
use tollgate_policy_common::switch::{self, Row, Switch};

pub use crate::rules::authentication_removed::{AUTHS, DISTRIBUTION, LISTENERS};
pub use crate::rules::network_limit_removed::{LIMITS, RULES_OF};
use crate::rules::{
    anonymous_access, any_network_allowed, api_key_access, authentication_removed,
    metadata_without_token, network_limit_removed, open_network, password_alone,
    public_access_block_off, public_address, public_endpoint, public_entrance, public_subnet,
    shared_with_everyone, sign_in_weakened, unauthenticated_route,
};
use crate::settings::{May, Settings};
use crate::table::{Exposure, rows, source};

type Fault = switch::Fault<Exposure>;

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
        &network_limit_removed::RULE,
        &any_network_allowed::RULE,
        &public_address::RULE,
        &public_entrance::RULE,
        &public_subnet::RULE,
        &unauthenticated_route::RULE,
        &sign_in_weakened::RULE,
        &authentication_removed::RULE,
        &metadata_without_token::RULE,
        &password_alone::RULE,
        &api_key_access::RULE,
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
        let mut interests = switch::interests(rows());
        interests.extend(AUTHS.iter().map(|auth| {
            Interest::in_types(auth.kinds.iter().copied())
                .attributes(auth.ways.iter().chain(&auth.with).map(|(path, _)| *path))
        }));
        interests.extend(
            LIMITS.iter().map(|limit| {
                Interest::in_types(limit.kinds.iter().copied()).attributes([limit.path])
            }),
        );
        interests.extend(RULES_OF.iter().map(|(kind, path, _)| {
            Interest::in_types([*kind]).attributes([*path, "default_action"])
        }));
        interests.extend(
            RULES_OF
                .iter()
                .map(|(_, _, of)| Interest::in_types([*of]).attributes(["id"])),
        );
        interests.extend(cluster::interests());
        interests.extend(
            LISTENERS
                .iter()
                .map(|(kind, path)| Interest::in_types([*kind]).attributes([*path])),
        );
        interests
            .push(Interest::in_types([DISTRIBUTION.0]).attributes(DISTRIBUTION.1.iter().copied()));
        interests
    }

    fn evaluate(input: &Input<'_, Settings>) -> Result<Evaluation, String> {
        let mut evaluation = Evaluation::default();
        if input.settings.require.applies_to(&input.environment) {
            evaluation.findings = judge::findings(&input.settings, &input.changes);
            for change in &input.changes {
                if change.mode != Mode::Managed || input.settings.ignores(change) {
                    continue;
                }
                let removed = [
                    authentication_removed::check(change),
                    network_limit_removed::lifted(change),
                    network_limit_removed::rules_deleted(change, &input.changes),
                    network_limit_removed::of_cluster(change),
                    authentication_removed::of_ingress(change),
                    (input.settings.public_entrances == May::Forbidden)
                        .then(|| public_entrance::of_cluster(change))
                        .flatten(),
                ];
                let cited =
                    removed
                        .into_iter()
                        .flatten()
                        .map(|finding| match source(&change.kind) {
                            Some(source) => finding.detail("source", source),
                            None => finding,
                        });
                evaluation.findings.extend(cited);
            }
            evaluation.findings = bounded(evaluation.findings);
        }
        Ok(evaluation)
    }
}

impl Judge for Settings {
    type About = Exposure;

    const GUARDS: &'static [&'static str] = &[
        "aws_ec2_image_block_public_access",
        "aws_ebs_snapshot_block_public_access",
        "aws_vpc_block_public_access_options",
        "aws_emr_block_public_access_configuration",
        "aws_ssm_service_setting",
    ];

    fn rows() -> impl Iterator<Item = &'static Row<Exposure>> {
        rows()
    }

    fn source(kind: &str) -> Option<String> {
        source(kind)
    }

    fn ignores(&self, change: &Change) -> bool {
        any_matches(&self.ignore_types, &change.kind)
            || any_matches(&self.allow_public, &change.address)
    }

    fn asks(&self, _: &Change, switch: &Switch<Exposure>) -> bool {
        match switch.about {
            Exposure::Address | Exposure::Subnet => self.public_addresses == May::Forbidden,
            Exposure::Entrance => self.public_entrances == May::Forbidden,
            _ => true,
        }
    }

    fn finding(&self, change: &Change, fault: &Fault) -> Option<Finding> {
        if fault.switch.about == Exposure::AnyNetwork
            && let Some(finding) = network_limit_removed::check(change, fault)
        {
            return Some(finding);
        }
        if let Exposure::Metadata | Exposure::Password | Exposure::ApiKey = fault.switch.about
            && let Some(finding) = sign_in_weakened::check(change, fault)
        {
            return Some(finding);
        }
        if fault.switch.about == Exposure::Route
            && let Some(finding) = authentication_removed::opened(change, fault)
        {
            return Some(finding);
        }
        let check = match fault.switch.about {
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
            Exposure::Metadata => metadata_without_token::check,
            Exposure::Password => password_alone::check,
            Exposure::ApiKey => api_key_access::check,
        };
        Some(check(change, fault))
    }

    fn unguarded(change: &Change) -> Finding {
        public_access_block_off::deleted(change)
    }
}

tollgate_policy::export!(PublicExposure);
