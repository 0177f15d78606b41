//! The policy `encryption`: data is encrypted where it lies and where it travels, with keys that
//! are replaced and, where the environment asks for it, with keys of its own.
//!
//! [`table`] says which attributes decide that. Each is judged in every resource that exists
//! after apply, changed or not, on both sides of the change, so that a finding says whether the
//! plan brings it about or it was so before.

mod rules;
mod secrets;
pub mod settings;
pub mod table;

use tollgate_policy::pattern::any_matches;
use tollgate_policy::{
    Change, Evaluation, Finding, Input, Interest, Mode, Outcome, Policy, RuleDef,
};
use tollgate_policy_common::bound::bounded;
use tollgate_policy_common::switch::judge::{self, Judge};
use tollgate_policy_common::switch::{self, Because, Row, Standing, Switch};

pub use crate::rules::cluster_unencrypted::SECURITY;
pub use crate::rules::secret_in_clear::{OTHERS, PARAMETER, READABLE};
use crate::rules::{
    cluster_unencrypted, customer_key_missing, key_rotation_off, secret_in_clear,
    topic_unencrypted, unencrypted_at_rest, unencrypted_in_transit, weak_tls,
};
use crate::settings::Settings;
use crate::table::{Concern, rows, source};

type Fault = switch::Fault<Concern>;

/// The policy.
#[derive(Clone, Copy, Debug)]
pub struct Encryption;

impl Policy for Encryption {
    type Settings = Settings;

    const NAME: &'static str = "encryption";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const DESCRIPTION: &'static str =
        "Data is encrypted where it lies and where it travels, with keys that are replaced.";
    const RULES: &'static [&'static RuleDef] = &[
        &unencrypted_at_rest::RULE,
        &unencrypted_in_transit::RULE,
        &weak_tls::RULE,
        &customer_key_missing::RULE,
        &key_rotation_off::RULE,
        &topic_unencrypted::RULE,
        &secret_in_clear::RULE,
    ];
    const CHUNKABLE: bool = true;
    /// Resources whose key can be in another resource, and those.
    const TOGETHER: &'static [&'static str] = &[
        "aws_s3_bucket",
        "aws_s3_bucket_server_side_encryption_configuration",
        "azurerm_storage_account",
        "azurerm_storage_account_customer_managed_key",
        "azurerm_cognitive_account",
        "azurerm_cognitive_account_customer_managed_key",
        "azurerm_servicebus_namespace",
        "azurerm_servicebus_namespace_customer_managed_key",
        "azurerm_mssql_server",
        "azurerm_mssql_server_transparent_data_encryption",
    ];

    fn interests() -> Vec<Interest> {
        let mut interests = switch::interests(rows());
        interests.extend(
            READABLE
                .iter()
                .chain(OTHERS)
                .map(|(kind, paths)| Interest::in_types([*kind]).attributes(paths.iter().copied())),
        );
        for (kind, path) in [PARAMETER, SECURITY] {
            interests.push(Interest::in_types([kind]).attributes([path]));
        }
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
                let found = secret_in_clear::check(change)
                    .into_iter()
                    .chain(cluster_unencrypted::check(change))
                    .map(|finding| match source(&change.kind) {
                        Some(source) => finding.detail("source", source),
                        None => finding,
                    });
                evaluation.findings.extend(found);
            }
            evaluation.findings = bounded(evaluation.findings);
        }
        Ok(evaluation)
    }
}

impl Judge for Settings {
    type About = Concern;

    const GUARDS: &'static [&'static str] = &[
        "aws_ebs_encryption_by_default",
        "aws_glue_data_catalog_encryption_settings",
    ];

    fn rows() -> impl Iterator<Item = &'static Row<Concern>> {
        rows()
    }

    fn source(kind: &str) -> Option<String> {
        source(kind)
    }

    fn ignores(&self, change: &Change) -> bool {
        any_matches(&self.ignore_types, &change.kind)
            || any_matches(&self.allow_unencrypted, &change.address)
    }

    fn asks(&self, change: &Change, switch: &Switch<Concern>) -> bool {
        switch.about != Concern::Key || any_matches(&self.customer_keys, &change.kind)
    }

    fn finding(&self, change: &Change, fault: &Fault) -> Option<Finding> {
        let check = match fault.switch.about {
            Concern::AtRest => unencrypted_at_rest::check,
            Concern::Topic => topic_unencrypted::check,
            Concern::InTransit => unencrypted_in_transit::check,
            Concern::Tls => weak_tls::check,
            Concern::Key => customer_key_missing::check,
            Concern::Rotation => key_rotation_off::check,
        };
        let mut finding = check(change, fault);
        if fault.standing == Standing::Bad(Because::Account) {
            match self.volumes_encrypted_by_default {
                Some(true) => return None,
                Some(false) => {
                    finding.outcome = Outcome::Violation;
                    finding.message = format!("stored data is not encrypted: {}", fault.because());
                    finding.cause = fault.cause;
                }
                None => {}
            }
        }
        Some(finding)
    }

    fn unguarded(change: &Change) -> Finding {
        unencrypted_at_rest::deleted(change)
    }
}

tollgate_policy::export!(Encryption);
