//! The environments of a project, each by the rules of its own tool.

use std::cell::OnceCell;

use crate::config::Config;
use crate::deploy::choice;
use crate::deploy::target::{Project, Target, TargetError};
use crate::hcl::Dialect;
use crate::layout::{Layout, Layouts};

/// The environments of a project, resolved once for all of them, by the rules of either tool.
pub(super) struct Projects<'c> {
    config: &'c Config,
    by_tofu: OnceCell<Project>,
    by_terraform: OnceCell<Project>,
    layouts: OnceCell<Layouts<'c>>,
}

impl<'c> Projects<'c> {
    /// Resolves nothing yet.
    pub(super) fn new(config: &'c Config) -> Self {
        Self {
            config,
            by_tofu: OnceCell::new(),
            by_terraform: OnceCell::new(),
            layouts: OnceCell::new(),
        }
    }

    /// Returns the project, by the rules of a tool.
    pub(super) fn of(&self, dialect: Dialect) -> &Project {
        let kept = match dialect {
            Dialect::OpenTofu => &self.by_tofu,
            Dialect::Terraform => &self.by_terraform,
        };
        kept.get_or_init(|| Project::resolve(self.config, dialect))
    }

    /// Returns an environment, by the rules of the tool that is chosen for it.
    pub(super) fn target(
        &self,
        name: &str,
        choose: impl FnOnce(&Layout, Option<&Target>) -> Dialect,
    ) -> Result<Target, TargetError> {
        let found = |dialect| {
            let project = self.of(dialect);
            project.site(name).map(|site| project.target(site))
        };
        let likely = |target: &Target| {
            let directory = self.config.directory();
            choice::likely(&target.site.layout, &directory)
        };
        let resolved = found(Dialect::OpenTofu)
            .and_then(|target| found(likely(&target)))
            .map(|target| (likely(&target), target));
        let Some((read_as, target)) = resolved else {
            // Whatever is wrong with it is said as it is met.
            return Target::look(self.config, Some(name), |layout| {
                Ok::<_, TargetError>(choose(layout, None))
            });
        };
        let layouts = self.layouts.get_or_init(|| Layouts::read(self.config));
        layouts.expect_one_backend(&target.site.layout)?;
        let chosen = choose(&target.site.layout, Some(&target));
        if chosen == read_as {
            return Ok(target);
        }
        match found(chosen) {
            Some(target) => Ok(target),
            None => Target::look(self.config, Some(name), |_| Ok::<_, TargetError>(chosen)),
        }
    }
}
