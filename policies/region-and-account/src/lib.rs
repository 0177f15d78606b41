//! The policy `region-and-account`: what a plan builds is where it belongs.
//!
//! It finds nothing until the settings say which regions, providers and accounts an
//! environment uses. [`table`] says where a resource is, and where copies of its data are.
//!
//! What is true of every resource at once (the account, an unknown region of the provider, a
//! provider) is one finding and not hundreds.

mod place;
mod rules;
pub mod settings;
pub mod table;

use std::collections::BTreeMap;

use tollgate_policy::{Change, Evaluation, Input, Interest, Mode, Policy, RuleDef};
use tollgate_policy_common::bound::bounded;
use tollgate_policy_common::configuration::{self, DOCUMENT};
use tollgate_policy_common::walk::root;

use crate::rules::{
    account_not_allowed, copy_outside_regions, provider_not_allowed, region_not_allowed,
};
use crate::settings::Settings;
use crate::table::{COPIES, COPIES_BY_ARN};

/// The policy.
#[derive(Clone, Copy, Debug)]
pub struct RegionAndAccount;

impl Policy for RegionAndAccount {
    type Settings = Settings;

    const NAME: &'static str = "region-and-account";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const DESCRIPTION: &'static str =
        "Resources are in the regions and accounts of their environment, and of allowed providers.";
    const RULES: &'static [&'static RuleDef] = &[
        &region_not_allowed::RULE,
        &copy_outside_regions::RULE,
        &account_not_allowed::RULE,
        &provider_not_allowed::RULE,
    ];

    const DOCUMENTS: &'static [&'static str] = &[DOCUMENT];

    fn interests() -> Vec<Interest> {
        let mut interests = vec![
            // For the providers, of which every resource has one.
            Interest::in_types(["*"]),
            Interest::in_types(["aws_*", "awscc_*"]).attributes(["region", "arn"]),
            Interest::in_types(["google_*"])
                .attributes(["region", "zone", "location", "project"])
                .with_references(),
            Interest::in_types(["azurerm_*"]).attributes(["location", "id"]),
        ];
        let mut of_kind = BTreeMap::<&str, Vec<&str>>::new();
        for (kind, path) in COPIES.iter().chain(COPIES_BY_ARN) {
            let attributes = of_kind.entry(kind).or_default();
            if !attributes.contains(&root(path)) {
                attributes.push(root(path));
            }
        }
        interests.extend(of_kind.into_iter().map(|(kind, attributes)| {
            Interest::in_types([kind])
                .attributes(attributes)
                .with_references()
        }));
        interests
    }

    fn evaluate(input: &Input<'_, Settings>) -> Result<Evaluation, String> {
        let mut evaluation = Evaluation::default();
        let settings = &input.settings;
        if let Some(mistake) = settings.mistake() {
            return Err(mistake);
        }
        let managed: Vec<&Change> = input
            .changes
            .iter()
            .filter(|change| {
                change.mode == Mode::Managed
                    && change.deposed.is_none()
                    && !settings.ignores(change)
            })
            .collect();
        let remaining: Vec<&Change> = managed
            .iter()
            .filter(|change| change.remains())
            .copied()
            .collect();
        let findings = &mut evaluation.findings;
        // Also of what is deleted: a plan that tears down the wrong account is the worst.
        let configuration = configuration::read(input)?.unwrap_or_default();
        findings.extend(account_not_allowed::check(
            &managed,
            &configuration,
            settings,
        ));
        findings.extend(provider_not_allowed::check(&input.changes, settings));
        findings.extend(region_not_allowed::check(&remaining, settings));
        for change in &remaining {
            findings.extend(copy_outside_regions::check(change, settings));
        }
        evaluation.findings = bounded(evaluation.findings);
        Ok(evaluation)
    }
}

tollgate_policy::export!(RegionAndAccount);
