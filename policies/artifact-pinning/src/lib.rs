//! The policy `artifact-pinning`: what runs is what was reviewed.
//!
//! [`table`] says where resources name container images, images of machines, charts and code.
//! By default a tag is enough, as long as it is not one that moves; a digest, allowed
//! registries and versions of objects are asked for by settings.
//!
//! Of modules and providers it reads the document `configuration`, which the host makes of each
//! plan. Lock files are in no plan.

mod image;
mod rules;
pub mod settings;
pub mod table;
mod version;

use std::collections::BTreeMap;

use tollgate_policy::{Evaluation, Input, Interest, Mode, Policy, RuleDef};
use tollgate_policy_common::bound::bounded;
use tollgate_policy_common::configuration::{self, DOCUMENT};
use tollgate_policy_common::interest::by_attributes;
use tollgate_policy_common::walk::root;

pub use crate::rules::registry_loosened::HELD;
use crate::rules::{
    chart_not_pinned, image_not_pinned, image_source_not_allowed, machine_image_not_pinned,
    module_not_pinned, module_source_not_allowed, object_not_pinned, provider_not_pinned,
    registry_loosened, source_not_pinned,
};
use crate::settings::Settings;
use crate::table::{APPLICATION, CHART, IMAGES, MACHINES, OBJECT, OBJECTS};

/// The policy.
#[derive(Clone, Copy, Debug)]
pub struct ArtifactPinning;

impl Policy for ArtifactPinning {
    type Settings = Settings;

    const NAME: &'static str = "artifact-pinning";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const DESCRIPTION: &'static str =
        "Images, charts, modules and code are named so that they are the same tomorrow.";
    const RULES: &'static [&'static RuleDef] = &[
        &image_not_pinned::RULE,
        &image_source_not_allowed::RULE,
        &machine_image_not_pinned::RULE,
        &chart_not_pinned::RULE,
        &source_not_pinned::RULE,
        &object_not_pinned::RULE,
        &module_not_pinned::RULE,
        &module_source_not_allowed::RULE,
        &provider_not_pinned::RULE,
        &registry_loosened::RULE,
    ];
    const DOCUMENTS: &'static [&'static str] = &[DOCUMENT];
    const CHUNKABLE: bool = true;

    fn interests() -> Vec<Interest> {
        let mut of_kind = BTreeMap::<&str, Vec<&str>>::new();
        let mut read = |kind, attribute| {
            let attributes = of_kind.entry(kind).or_default();
            if !attributes.contains(&attribute) {
                attributes.push(attribute);
            }
        };
        for row in IMAGES {
            read(row.kind, root(row.path));
        }
        for kind in OBJECTS {
            OBJECT.iter().for_each(|attribute| read(kind, attribute));
        }
        for (kind, path, _) in MACHINES {
            read(kind, root(path));
        }
        for (kind, path, _, _) in HELD {
            read(kind, path);
        }
        read(APPLICATION.0, APPLICATION.1);
        for attribute in CHART.1 {
            read(CHART.0, attribute);
        }
        by_attributes(of_kind)
            .into_iter()
            .map(Interest::with_references)
            .collect()
    }

    fn evaluate(input: &Input<'_, Settings>) -> Result<Evaluation, String> {
        let mut evaluation = Evaluation::default();
        let settings = &input.settings;
        for change in &input.changes {
            if change.mode != Mode::Managed || !change.remains() || settings.ignores(change) {
                continue;
            }
            let findings = &mut evaluation.findings;
            for row in IMAGES.iter().filter(|row| row.kind == change.kind) {
                findings.extend(image_not_pinned::check(change, row, settings));
                findings.extend(image_source_not_allowed::check(change, row, settings));
            }
            findings.extend(machine_image_not_pinned::check(change, settings));
            findings.extend(chart_not_pinned::check(change, settings));
            findings.extend(source_not_pinned::check(change, settings));
            findings.extend(object_not_pinned::check(change, settings));
            findings.extend(registry_loosened::check(change));
        }
        if let Some(configuration) = configuration::read(input)? {
            let findings = &mut evaluation.findings;
            findings.extend(module_not_pinned::check(&configuration, settings));
            findings.extend(module_source_not_allowed::check(&configuration, settings));
            findings.extend(provider_not_pinned::check(&configuration, settings));
        }
        evaluation.findings = bounded(evaluation.findings);
        Ok(evaluation)
    }
}

tollgate_policy::export!(ArtifactPinning);
