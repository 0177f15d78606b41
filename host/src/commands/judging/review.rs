//! `--config-from`: the gate of the base branch, and what a merge would change in it.

mod changes;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use tollgate_model::error::UserError;

use super::super::CommandError;
use super::places;
use crate::baseline::Baseline;
use crate::cli::JudgeArgs;
use crate::config::{Config, ConfigError};
use crate::gate_review::{Approval, Base, ConfigOrBaseError, Review};
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
        let found = base.config(args.config.config.as_deref(), LIBRARY);
        let (path, config) = found.map_err(|error| {
            of_two(error, || {
                format!(
                    "this is the file of {}, which judges; correct it there first",
                    base.name()
                )
            })
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
        let merged = self.merged(named)?;
        let mut changes = self.baseline_changes(args.baseline.as_deref())?;
        changes.extend(places::changes(&self.config, &merged.config));
        changes.extend(self.another_file(&merged));
        let added = self.base.configurations_added()?;
        changes.extend(changes::configurations_added(&added, &merged));
        changes.extend(self.nothing_between());
        let mut files = self.files_once_merged(&merged, args.baseline.as_deref());
        changes.extend(self.unreadable_once_merged(&files)?);
        files.extend(self.base.readers_of(&merged.config));
        changes.extend(self.strayed(&files, named)?);
        if let Some(here) = self.base.config_of_the_tree(&merged.path, LIBRARY) {
            changes.extend(places::strayed(&merged.config, &here));
        }
        let mut review = Review::new(
            self.base.name(),
            &self.config,
            &merged.config,
            judged,
            changes,
            today,
        );
        if review.needs_approval() {
            files.extend(added.into_iter().map(|(file, _)| file));
            self.look_for_approval(&mut review, args, &merged, files);
        } else {
            review.approval = Approval::NoApprovers;
        }
        Ok(review)
    }

    /// Reads the configuration that a merge would bring.
    fn merged(&self, named: Option<&Path>) -> Result<Merged, CommandError> {
        let merged = self.base.merged_config(named, LIBRARY);
        let (path, config) = merged.map_err(|error| {
            of_two(error, || {
                format!(
                    "this is the file of the last commit, which would hold once it is merged; {} judges, but can only be compared with a file without mistakes",
                    self.base.name()
                )
            })
        })?;
        Ok(Merged { path, config })
    }

    /// The files that the gate would consist of, but those that say who reads what is kept.
    fn files_once_merged(&self, merged: &Merged, baseline: Option<&Path>) -> BTreeSet<PathBuf> {
        let paths = self.path.iter().chain(&merged.path);
        let mut files: BTreeSet<PathBuf> = paths.cloned().collect();
        files.extend(self.base.named_by(&merged.config));
        files.extend(baseline.and_then(|baseline| self.base.relative(baseline).ok()));
        files
    }

    /// Finds out who approved a change that needs it; `files` are those of the gate that would hold.
    fn look_for_approval(
        &self,
        review: &mut Review,
        args: &JudgeArgs,
        merged: &Merged,
        mut files: BTreeSet<PathBuf>,
    ) {
        files.extend(self.base.named_by(&self.config));
        files.extend(self.base.readers_of(&self.config));
        for config in [&self.config, &merged.config] {
            files.extend(self.base.rooted(config, places::files(config)));
        }
        let patterns: Vec<&str> = self.config.gate_approvers().collect();
        let files: Vec<PathBuf> = files.into_iter().collect();
        review.history = self.base.history();
        review.approval = self.base.approval(&patterns, args.approvers(), &files);
    }
}

/// The configuration that a merge would bring.
struct Merged {
    /// Where its file is, relative to the root of the repository; none where conventions stand for it.
    path: Option<PathBuf>,
    config: Config,
}

/// Says of which of the two configurations an error is.
fn of_two(error: ConfigOrBaseError, which: impl FnOnce() -> String) -> CommandError {
    match error {
        ConfigOrBaseError::Base(error) => error.into(),
        ConfigOrBaseError::Config(error) => OneOfTwo {
            error,
            which: which(),
        }
        .into(),
    }
}
