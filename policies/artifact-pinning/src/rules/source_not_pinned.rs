//! `source-not-pinned`

use tollgate_policy::{Attr, Change, Field, Finding, RuleDef, Severity};
use tollgate_policy_common::walk::leaves;

use super::caused;
use crate::image::{Side, field};
use crate::settings::{Need, Settings};
use crate::table::{APPLICATION, MANIFEST};

/// A cluster takes what it runs from a branch.
///
/// Looks at applications of Argo CD (`argocd_application`, and manifests of the kind
/// `Application`) and at manifests of the kind `GitRepository`, and wants a tag, a commit or a
/// version. `HEAD`, a missing reference and a branch are none. Modules are
/// `module-not-pinned`'s.
pub(crate) const RULE: RuleDef = RuleDef {
    id: "source-not-pinned",
    title: "Sources in git without a tag or commit",
    description: "Something that is deployed from git names no tag, commit or version, but a branch or \
        nothing. What is merged there is deployed without a plan.",
    severity: Severity::Low,
    remediation: "Name a tag or a commit.",
    example: r#"```hcl
resource "argocd_application" "api" {
  spec {
    source {
      repo_url        = "https://example.org/deploy.git"
      target_revision = "HEAD"
    }
  }
}
```"#,
    links: &["https://argo-cd.readthedocs.io/en/stable/user-guide/tracking_strategies/"],
};

/// References that are branches by their name.
const BRANCHES: [&str; 5] = ["HEAD", "main", "master", "develop", "trunk"];

pub(crate) fn check(change: &Change, settings: &Settings) -> Option<Finding> {
    if settings.sources == Need::Any {
        return None;
    }
    let (path, message) = fault(change, Side::After)?;
    let was_so = fault(change, Side::Before).is_some_and(|(_, before)| before == message);
    Some(caused(change, RULE.violation(change, message), was_so).attribute(path))
}

fn fault(change: &Change, side: Side) -> Option<(String, String)> {
    if change.kind == APPLICATION.0 {
        return leaves(&field(change, APPLICATION.1, side), "spec.source")
            .iter()
            .find_map(|source| {
                let fault = of_revision(&source.value.get("target_revision"))?;
                Some((format!("{}.target_revision", source.path), fault))
            });
    }
    if change.kind != MANIFEST.0 {
        return None;
    }
    let manifest = field(change, MANIFEST.1, side);
    let Attr::Known(kind) = manifest.get("kind").text() else {
        return None;
    };
    let spec = manifest.get("spec");
    match kind.as_str() {
        "Application"
            if manifest
                .get("apiVersion")
                .text()
                .is_known_and(|api| api.starts_with("argoproj.io/")) =>
        {
            let source = spec.get("source");
            if source.is_unset() {
                return None;
            }
            let fault = of_revision(&source.get("targetRevision"))?;
            Some(("manifest.spec.source.targetRevision".to_owned(), fault))
        }
        "GitRepository" => {
            let reference = spec.get("ref");
            let pinned = ["tag", "semver", "commit", "name"]
                .iter()
                .any(|key| !reference.get(key).is_unset());
            if pinned || reference.undetermined().is_some() {
                return None;
            }
            Some((
                "manifest.spec.ref".to_owned(),
                "the source in git names no tag and no commit".to_owned(),
            ))
        }
        _ => None,
    }
}

fn of_revision(field: &Field) -> Option<String> {
    match field.text() {
        Attr::Known(text) if text.is_empty() => {
            Some("the source in git names no revision".to_owned())
        }
        Attr::Known(text) if BRANCHES.contains(&text.as_str()) => {
            Some(format!("the source in git is the branch `{text}`"))
        }
        Attr::Unset => Some("the source in git names no revision".to_owned()),
        Attr::Known(_) | Attr::Undetermined(_) => None,
    }
}
