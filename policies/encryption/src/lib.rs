//! The policy `encryption`: data is encrypted where it lies and where it travels, with keys that
//! are replaced and, where the environment asks for it, with keys of its own.
//!
//! [`table`] says which attributes decide that. Each is judged in every resource that exists
//! after apply, changed or not, on both sides of the change, so that a finding says whether the
//! plan brings it about or it was so before.

mod rules;
pub mod settings;
pub mod table;

use std::collections::{BTreeMap, BTreeSet};

use tollgate_policy::{
    Action, Cause, Change, Evaluation, Finding, Input, Interest, Mode, Outcome, Policy, RuleDef,
};
use tollgate_policy_common::switch::{self, Because, Companions, Row, Side, Standing};

use crate::rules::{
    customer_key_missing, key_rotation_off, topic_unencrypted, unencrypted_at_rest,
    unencrypted_in_transit, weak_tls,
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
    ];
    const CHUNKABLE: bool = true;
    /// Resources whose key can be in another resource, and those.
    const TOGETHER: &'static [&'static str] = &[
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
        switch::interests(rows())
    }

    fn evaluate(input: &Input<'_, Settings>) -> Result<Evaluation, String> {
        let mut evaluation = Evaluation::default();
        let settings = &input.settings;
        if !settings.applies_to(&input.environment) {
            return Ok(evaluation);
        }
        let mut of_kind = BTreeMap::<&str, Vec<&'static Row<Concern>>>::new();
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
            let mut findings = unencrypted(change, rows, &companions, settings);
            findings.extend(unguarded(change, rows, &companions));
            evaluation.findings.extend(findings);
        }
        Ok(evaluation)
    }
}

/// The types whose deletion takes encryption away from what is made or written later.
const GUARDS: &[&str] = &[
    "aws_ebs_encryption_by_default",
    "aws_glue_data_catalog_encryption_settings",
];

/// A setting of the account that encrypts, and that the plan deletes.
fn unguarded(
    change: &Change,
    rows: &[&'static Row<Concern>],
    companions: &Companions,
) -> Option<Finding> {
    let deletes = change.action == Action::Delete
        && change.deposed.is_none()
        && change.mode == Mode::Managed
        && GUARDS.contains(&change.kind.as_str());
    let encrypts = || {
        rows.iter().flat_map(|row| row.switches).any(|switch| {
            switch
                .standings(change, Side::Before, companions)
                .iter()
                .any(|(_, standing)| *standing == Standing::Good)
        })
    };
    (deletes && encrypts()).then(|| cited(unencrypted_at_rest::deleted(change), change))
}

/// Adds where the policy's knowledge comes from.
fn cited(finding: Finding, change: &Change) -> Finding {
    match source(&change.kind) {
        Some(source) => finding.detail("source", source),
        None => finding,
    }
}

/// What of a resource is not encrypted as it should be after apply.
fn unencrypted(
    change: &Change,
    rows: &[&'static Row<Concern>],
    companions: &Companions,
    settings: &Settings,
) -> Vec<Finding> {
    let own_key = settings.wants_own_key(change);
    let switches = rows
        .iter()
        .flat_map(|row| row.switches)
        .filter(|switch| switch.about != Concern::Key || own_key);
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    for fault in switch::faults(change, switches, companions) {
        let check = match fault.switch.about {
            Concern::AtRest => unencrypted_at_rest::check,
            Concern::Topic => topic_unencrypted::check,
            Concern::InTransit => unencrypted_in_transit::check,
            Concern::Tls => weak_tls::check,
            Concern::Key => customer_key_missing::check,
            Concern::Rotation => key_rotation_off::check,
        };
        let mut finding = check(change, &fault);
        if fault.standing == Standing::Bad(Because::Account) {
            match settings.volumes_encrypted_by_default {
                Some(true) => continue,
                Some(false) => {
                    finding.outcome = Outcome::Violation;
                    finding.message = format!("stored data is not encrypted: {}", fault.because());
                    finding.cause = fault.cause;
                }
                None => {}
            }
        }
        let finding = cited(finding, change);
        // Several blocks can say the same, and one that was there before must not hide a new one.
        let said = (finding.message.clone(), finding.cause == Cause::Existing);
        if seen.insert(said) {
            findings.push(finding);
        }
    }
    findings
}

tollgate_policy::export!(Encryption);
