//! The policy `parity`: two environments of one configuration differ only where they may.
//!
//! A policy sees one plan. So each environment makes a [`summary`] of its own, as a document that
//! is kept with the report, and the other one is handed that document:
//!
//! 1. In staging, `settings = { summary = true }` puts `environment-summary` into the report.
//!    Write it to a file:
//!    `tollgate check plan.json -e staging -o json | jq '.plans[].policies[].documents[] | select(.name == "environment-summary").content' > staging.json`
//! 2. In production, hand it over as the document `other-environment`.
//!
//! An empty document (`{}`, as `no-environment.json` is) is none: it is for the environment that
//! only makes a summary. The policy finds nothing where neither a document nor
//! [`settings::Settings::with`] is there.

mod rules;
pub mod settings;
pub mod summary;
pub mod table;

use std::collections::BTreeMap;

use tollgate_policy::{Change, Evaluation, Input, Interest, Mode, Policy, RuleDef, serde_json};
use tollgate_policy_common::bound::bounded;
use tollgate_policy_common::walk::root;

use crate::rules::{attribute_differs, not_compared, resource_missing, resource_only_here};
use crate::settings::Settings;
use crate::summary::{Block, FORMAT, Side, Summary, blocks};
use crate::table::rows;

/// The document that this policy reads.
pub const DOCUMENT: &str = "other-environment";
/// The document that it makes.
pub const SUMMARY: &str = "environment-summary";

/// The policy.
#[derive(Clone, Copy, Debug)]
pub struct Parity;

/// Both environments.
pub(crate) struct Comparison<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) other: &'a Summary,
    pub(crate) before: BTreeMap<String, Block>,
    pub(crate) after: BTreeMap<String, Block>,
    /// The first change of each block.
    changes: BTreeMap<&'a str, &'a Change>,
}

impl<'a> Comparison<'a> {
    /// The change that a finding about a block is placed on.
    pub(crate) fn change_of(&self, block: &str) -> Option<&'a Change> {
        self.changes.get(block).copied()
    }
}

impl Policy for Parity {
    type Settings = Settings;

    const NAME: &'static str = "parity";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const DESCRIPTION: &'static str =
        "Two environments of one configuration differ only where the settings allow it.";
    const RULES: &'static [&'static RuleDef] = &[
        &resource_missing::RULE,
        &resource_only_here::RULE,
        &attribute_differs::RULE,
        &not_compared::RULE,
    ];
    const DOCUMENTS: &'static [&'static str] = &[DOCUMENT];

    fn interests() -> Vec<Interest> {
        let mut of_kind = BTreeMap::<&str, Vec<&str>>::new();
        for (kind, path) in rows() {
            let attributes = of_kind.entry(kind).or_default();
            if !attributes.contains(&root(path)) {
                attributes.push(root(path));
            }
        }
        let mut interests: Vec<_> = of_kind
            .into_iter()
            .map(|(kind, attributes)| {
                Interest::in_types([kind])
                    .attributes(attributes)
                    .with_references()
            })
            .collect();
        // Of the others, whether they are there.
        interests.push(Interest::in_types(["*"]));
        interests
    }

    fn evaluate(input: &Input<'_, Settings>) -> Result<Evaluation, String> {
        let mut evaluation = Evaluation::default();
        let settings = &input.settings;
        if settings.with.as_ref() == Some(&input.environment.name) {
            return Err(format!(
                "`with` names `{}`, which is this environment; name the one to compare it with",
                input.environment.name
            ));
        }
        if settings.summary {
            let summary = Summary {
                format: FORMAT.to_owned(),
                environment: input.environment.name.clone(),
                resources: blocks(&input.changes, Side::After),
            };
            let content = serde_json::to_value(&summary)
                .map_err(|error| format!("the summary cannot be written: {error}"))?;
            evaluation = evaluation.document(SUMMARY, &content);
        }
        let document = input.document(DOCUMENT).filter(|text| !is_none(text));
        let Some(document) = document else {
            evaluation
                .findings
                .extend(settings.with.as_deref().map(not_compared::finding));
            return Ok(evaluation);
        };
        let other: Summary = serde_json::from_str(document).map_err(|error| {
            format!("the document `{DOCUMENT}` is not a summary of an environment: {error}")
        })?;
        if other.format != FORMAT {
            return Err(format!(
                "the document `{DOCUMENT}` has the format `{}`, and this policy reads `{FORMAT}`",
                other.format
            ));
        }
        if let Some(with) = &settings.with
            && *with != other.environment
        {
            return Err(format!(
                "the document `{DOCUMENT}` is of the environment `{}`, and `with` names `{with}`",
                other.environment
            ));
        }
        let mut changes = BTreeMap::new();
        for change in &input.changes {
            if change.mode == Mode::Managed && change.deposed.is_none() {
                changes.entry(change.block.as_str()).or_insert(change);
            }
        }
        let comparison = Comparison {
            settings,
            other: &other,
            before: blocks(&input.changes, Side::Before),
            after: blocks(&input.changes, Side::After),
            changes,
        };
        for check in [
            resource_missing::check,
            resource_only_here::check,
            attribute_differs::check,
        ] {
            evaluation.findings.extend(check(&comparison));
        }
        evaluation.findings = bounded(evaluation.findings);
        Ok(evaluation)
    }
}

/// Whether a document says that there is no other environment.
fn is_none(document: &str) -> bool {
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(document)
        .is_ok_and(|map| map.is_empty())
}

tollgate_policy::export!(Parity);
