//! `--config-from`: the gate of the base branch, and what a merge would change in it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use tollgate_model::error::UserError;

use super::super::CommandError;
use crate::baseline::Baseline;
use crate::cli::JudgeArgs;
use crate::config::{Config, ConfigError};
use crate::gate_review::{Approval, Base, Change, ConfigOrBaseError, Effect, Review, Strayed};
use tollgate_model::library::LIBRARY;

/// The gate of the base branch.
pub(super) struct BaseGate {
    base: Base,
    /// Of the base branch.
    pub(super) config: Config,
    /// Where its file is, relative to the root of the repository.
    path: Option<PathBuf>,
    /// Of the base branch; empty where it has none, which covers nothing.
    pub(super) baseline: Option<Baseline>,
}

/// One of the two configurations of a run with `--config-from` is wrong.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub(in crate::commands) struct OneOfTwo {
    /// What is wrong with it.
    error: ConfigError,
    /// Which one it is, and what to do.
    which: String,
}

impl UserError for OneOfTwo {
    fn render(&self, color: bool) -> String {
        format!("{}\nnote: {}", self.error.render(color), self.which)
    }
}

impl BaseGate {
    /// Reads it.
    pub(super) fn open(text: &str, args: &JudgeArgs) -> Result<Self, CommandError> {
        let base = Base::open(text, Path::new("."))?;
        let (path, config) = base
            .config(args.config.config.as_deref(), LIBRARY)
            .map_err(|error| -> CommandError {
                match error {
                    ConfigOrBaseError::Base(error) => error.into(),
                    ConfigOrBaseError::Config(error) => OneOfTwo {
                        error,
                        which: format!(
                            "this is the file of {}, which judges; correct it there first",
                            base.name()
                        ),
                    }
                    .into(),
                }
            })?;
        let config = if args.config.no_cache {
            config.without_cache()
        } else {
            config
        };
        let baseline = match &args.baseline {
            None => None,
            Some(path) => match base.baseline(path)? {
                Some(baseline) => Some(baseline),
                // There has to be one somewhere, or the path is wrong.
                None => Baseline::load(path).map(|_| Some(Baseline::default()))?,
            },
        };
        Ok(Self {
            base,
            config,
            path,
            baseline,
        })
    }

    /// Compares it with what a merge would bring.
    ///
    /// The configuration that it would bring has to be without mistakes: otherwise nobody
    /// can tell what it changes.
    pub(super) fn review(
        &self,
        args: &JudgeArgs,
        judged: &str,
        today: Date,
    ) -> Result<Review, CommandError> {
        let named = args.config.config.as_deref();
        let (path, merged) = self
            .base
            .merged_config(named, LIBRARY)
            .map_err(|error| -> CommandError {
                match error {
                    ConfigOrBaseError::Base(error) => error.into(),
                    ConfigOrBaseError::Config(error) => OneOfTwo {
                        error,
                        which: format!(
                            "this is the file of the last commit, which would hold once it is merged; {} judges, but can only be compared with a file without mistakes",
                            self.base.name()
                        ),
                    }
                    .into(),
                }
            })?;
        let mut changes = self.baseline_changes(args.baseline.as_deref())?;
        changes.extend(super::places::changes(&self.config, &merged));
        if path != self.path {
            let text = |path: &Option<PathBuf>| {
                path.as_ref().map_or_else(
                    || "none, by convention".to_owned(),
                    |path| path.display().to_string(),
                )
            };
            let effect = match (&self.path, &path) {
                (Some(_), Some(_)) => Effect::Unclear,
                // What the conventions change is told by itself.
                _ => Effect::Neutral,
            };
            let change = Change {
                effect,
                what: "the configuration is another file".to_owned(),
                values: Some((text(&self.path), text(&path))),
                location: None,
                environments: Vec::new(),
            };
            changes.push(change);
        }
        let added = self.base.configurations_added()?;
        for (file, above) in &added {
            let own = Some(file) == path.as_ref();
            let change = match above {
                // It is compared as what it is.
                _ if own => continue,
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
            };
            changes.push(change);
        }
        if self.base.is_judged() {
            changes.push(Change {
                effect: Effect::Neutral,
                what: "the base is the very commit that is judged, so only what is not committed can show as a change".to_owned(),
                values: None,
                location: None,
                environments: Vec::new(),
            });
        }
        let mut files: BTreeSet<PathBuf> = self.path.iter().chain(&path).cloned().collect();
        files.extend(self.base.named_by(&merged));
        if let Some(baseline) = &args.baseline {
            files.extend(self.base.relative(baseline).ok());
        }
        let own: Vec<PathBuf> = files.iter().cloned().collect();
        for (file, kind) in self.base.unreadable_once_merged(&own)? {
            let file = file.display().to_string();
            changes.push(Change {
                effect: Effect::Unclear,
                what: format!(
                    "`{file}` is {kind} now, and only plain files are read from a commit: once this is merged, `--config-from` with the branch refuses to read it"
                ),
                values: None,
                location: Some(file),
                environments: Vec::new(),
            });
        }
        files.extend(self.base.readers_of(&merged));
        let mut all: BTreeSet<PathBuf> = files.clone();
        all.extend(self.base.config_here(named)?);
        all.extend(self.base.named_by(&self.config));
        all.extend(self.base.readers_of(&self.config));
        let all: Vec<PathBuf> = all.into_iter().collect();
        for (file, how) in self.base.strayed(&all)? {
            let file = file.display().to_string();
            let how = match how {
                Strayed::Changed => "is another here than in the last commit",
                Strayed::Added => "is here and not in the last commit",
                Strayed::Missing => "is in the last commit and not here",
            };
            changes.push(Change {
                effect: Effect::Unclear,
                what: format!("`{file}` {how}, and a merge brings what is committed"),
                values: None,
                location: Some(file),
                environments: Vec::new(),
            });
        }
        if let Some(here) = self.base.config_of_the_tree(&path, LIBRARY) {
            changes.extend(super::places::strayed(&merged, &here));
        }
        let mut review = Review::new(
            self.base.name(),
            &self.config,
            &merged,
            judged,
            changes,
            today,
        );
        if review.needs_approval() {
            files.extend(self.base.named_by(&self.config));
            files.extend(self.base.readers_of(&self.config));
            files.extend(added.into_iter().map(|(file, _)| file));
            for config in [&self.config, &merged] {
                files.extend(self.base.rooted(config, super::places::files(config)));
            }
            let patterns: Vec<&str> = self.config.gate_approvers().collect();
            let files: Vec<PathBuf> = files.into_iter().collect();
            review.history = self.base.history();
            review.approval = self.base.approval(&patterns, args.approvers(), &files);
        } else {
            review.approval = Approval::NoApprovers;
        }
        Ok(review)
    }

    fn baseline_changes(&self, path: Option<&Path>) -> Result<Vec<Change>, CommandError> {
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
}
