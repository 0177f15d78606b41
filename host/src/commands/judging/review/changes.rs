//! What a merge would change in the gate besides what its keys say: its files, and how they can be read.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{BaseGate, Merged};
use crate::commands::CommandError;
use crate::gate_review::{Change, Effect, Strayed};

impl BaseGate {
    /// The findings that the baseline would accept more, and those that it would accept less.
    pub(super) fn baseline_changes(
        &self,
        path: Option<&Path>,
    ) -> Result<Vec<Change>, CommandError> {
        let (Some(path), Some(base)) = (path, &self.baseline) else {
            return Ok(Vec::new());
        };
        let merged = self.base.merged_baseline(path)?.unwrap_or_default();
        let change = |effect, word: &str, entries: Vec<String>| {
            const SHOWN: usize = 5;
            let mut names = entries
                .iter()
                .take(SHOWN)
                .cloned()
                .collect::<Vec<_>>()
                .join(", ");
            if entries.len() > SHOWN {
                names.push_str(&format!(" and {} more", entries.len() - SHOWN));
            }
            (!entries.is_empty()).then(|| Change {
                effect,
                what: format!(
                    "the baseline accepts {} findings {word}: {names}",
                    entries.len()
                ),
                values: None,
                location: Some(path.display().to_string()),
                environments: Vec::new(),
            })
        };
        Ok([
            change(Effect::Loosens, "more", merged.beyond(base).collect()),
            change(Effect::Tightens, "less", base.beyond(&merged).collect()),
        ]
        .into_iter()
        .flatten()
        .collect())
    }

    /// That the configuration would be in another file.
    pub(super) fn another_file(&self, merged: &Merged) -> Option<Change> {
        if merged.path == self.path {
            return None;
        }
        let text = |path: &Option<PathBuf>| {
            path.as_ref().map_or_else(
                || "none, by convention".to_owned(),
                |path| path.display().to_string(),
            )
        };
        Some(Change {
            effect: match (&self.path, &merged.path) {
                (Some(_), Some(_)) => Effect::Unclear,
                // What the conventions change is told by itself.
                _ => Effect::Neutral,
            },
            what: "the configuration is another file".to_owned(),
            values: Some((text(&self.path), text(&merged.path))),
            location: None,
            environments: Vec::new(),
        })
    }

    /// That there is nothing between the base and what is judged.
    pub(super) fn nothing_between(&self) -> Option<Change> {
        self.base.is_judged().then(|| Change {
            effect: Effect::Neutral,
            what: "the base is the very commit that is judged, so only what is not committed can show as a change".to_owned(),
            values: None,
            location: None,
            environments: Vec::new(),
        })
    }

    /// Files of the gate that the base branch could not be read with any more.
    pub(super) fn unreadable_once_merged(
        &self,
        files: &BTreeSet<PathBuf>,
    ) -> Result<Vec<Change>, CommandError> {
        let files: Vec<PathBuf> = files.iter().cloned().collect();
        let unreadable = self.base.unreadable_once_merged(&files)?.into_iter();
        let change = |(file, kind): (PathBuf, &str)| {
            let file = file.display().to_string();
            Change {
                effect: Effect::Unclear,
                what: format!(
                    "`{file}` is {kind} now, and only plain files are read from a commit: once this is merged, `--config-from` with the branch refuses to read it"
                ),
                values: None,
                location: Some(file),
                environments: Vec::new(),
            }
        };
        Ok(unreadable.map(change).collect())
    }

    /// Files of either gate that are others in the working tree than in the last commit.
    pub(super) fn strayed(
        &self,
        merged: &BTreeSet<PathBuf>,
        named: Option<&Path>,
    ) -> Result<Vec<Change>, CommandError> {
        let mut files = merged.clone();
        files.extend(self.base.config_here(named)?);
        files.extend(self.base.named_by(&self.config));
        files.extend(self.base.readers_of(&self.config));
        let files: Vec<PathBuf> = files.into_iter().collect();
        let strayed = self.base.strayed(&files)?.into_iter();
        let change = |(file, how): (PathBuf, Strayed)| {
            let file = file.display().to_string();
            let how = match how {
                Strayed::Changed => "is another here than in the last commit",
                Strayed::Added => "is here and not in the last commit",
                Strayed::Missing => "is in the last commit and not here",
            };
            Change {
                effect: Effect::Unclear,
                what: format!("`{file}` {how}, and a merge brings what is committed"),
                values: None,
                location: Some(file),
                environments: Vec::new(),
            }
        };
        Ok(strayed.map(change).collect())
    }
}

/// Configurations that are new, each with the one above it; but not the one that would judge, which is
/// compared as what it is.
pub(super) fn configurations_added<'a>(
    added: &'a [(PathBuf, Option<PathBuf>)],
    merged: &'a Merged,
) -> impl Iterator<Item = Change> + 'a {
    let added = added
        .iter()
        .filter(|(file, _)| Some(file) != merged.path.as_ref());
    added.map(|(file, above)| match above {
        // Whoever works there, with `--config-from` as well, is told what it changes.
        Some(above) => Change {
            effect: Effect::Neutral,
            what: "a configuration is added that judges whoever works below it".to_owned(),
            values: Some((above.display().to_string(), file.display().to_string())),
            location: Some(file.display().to_string()),
            environments: Vec::new(),
        },
        None => Change {
            effect: Effect::Neutral,
            what: format!("the configuration `{}` is added", file.display()),
            values: None,
            location: None,
            environments: Vec::new(),
        },
    })
}
