//! `image-source-not-allowed`

use std::collections::BTreeSet;

use tollgate_policy::pattern::any_matches;
use tollgate_policy::{Change, Finding, RuleDef, Severity};

use super::caused;
use crate::image::{Reference, Side, images};
use crate::settings::Settings;
use crate::table::{Holds, Row};

/// A container image comes from where none may come from.
///
/// With `registries`, compares the whole name of every image, with its registry
/// (`docker.io/library/nginx` for `nginx`), with the patterns. An image that cannot be told is
/// `image-not-pinned`'s.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "image-source-not-allowed",
    title: "Container images from a registry that is not allowed",
    description: "A container image comes from a registry or repository that the settings do not \
        allow.",
    severity: Severity::High,
    remediation: "Copy the image into an allowed registry, and name it there.",
    example: r#"```toml
[policies.artifact-pinning.settings]
registries = ["111122223333.dkr.ecr.eu-central-1.amazonaws.com/*", "public.ecr.aws/docker/library/*"]
```"#,
    links: &["https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html"],
};

pub(crate) fn check(change: &Change, row: &Row, settings: &Settings) -> Vec<Finding> {
    if settings.registries.is_empty() || matches!(row.holds, Holds::Name | Holds::NameAndTag) {
        return Vec::new();
    }
    let names = |side| {
        images(change, row, side).into_iter().filter_map(|found| {
            found
                .image
                .ok()
                .map(|image| (found.path, Reference::parse(&image).name))
        })
    };
    let before: BTreeSet<String> = names(Side::Before).map(|(_, name)| name).collect();
    let mut told = BTreeSet::new();
    names(Side::After)
        .filter(|(_, name)| !any_matches(&settings.registries, name))
        .filter(|(_, name)| told.insert(name.clone()))
        .map(|(path, name)| {
            caused(
                change,
                RULE.violation(
                    change,
                    format!("the image `{name}` does not come from an allowed registry"),
                ),
                before.contains(&name),
            )
            .attribute(path)
        })
        .collect()
}
