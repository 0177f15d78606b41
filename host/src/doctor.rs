//! Whether this machine has what a deploy of an environment needs, and what to do where not.
//!
//! Nothing is decrypted or changed, and no network is used unless it is asked for. The only
//! programs that run are the tool itself, for its version (and its workspaces, if asked), and
//! git, for the branch.

mod backend;
mod binary;
mod machine;
pub mod secrets;
#[cfg(test)]
mod tests;
mod variables;
mod version;
mod workspace;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;

pub use self::binary::Tool;
pub use self::machine::Machine;
pub use self::version::text_fits as fits;
use crate::deploy::target::Site;
use crate::hcl::Configuration;
use crate::layout::Layout;

/// What was found out about one environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Checkup {
    /// The environment.
    pub environment: String,
    /// In the order of a deploy.
    pub findings: Vec<Finding>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Finding {
    /// What was looked at.
    pub check: Check,
    /// How it is.
    pub health: Health,
    /// What there is, as a fragment.
    pub what: String,
    /// What to do; none where nothing is to be done.
    pub fix: Option<String>,
}

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// What a deploy uses.
    Layout,
    /// OpenTofu or Terraform.
    Binary,
    /// Where the state is.
    Backend,
    /// The workspace.
    Workspace,
    /// The variables, and what of the machine's environment reaches them.
    Variables,
    /// The secrets files and their keys.
    Secrets,
    /// Credentials of the cloud.
    Credentials,
    /// The branch.
    Branch,
    /// Whether everything is committed, where that is asked.
    Tree,
    /// What has to be so in another environment first, and what is run after a deploy.
    Promotion,
    /// What was deployed, and who deploys now.
    History,
}

impl Check {
    /// Its word in a report.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Layout => "layout",
            Self::Binary => "binary",
            Self::Backend => "backend",
            Self::Workspace => "workspace",
            Self::Variables => "variables",
            Self::Secrets => "secrets",
            Self::Credentials => "credentials",
            Self::Branch => "branch",
            Self::Tree => "working tree",
            Self::Promotion => "promotion",
            Self::History => "history",
        }
    }
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// As it should be.
    Ok,
    /// It cannot be told from here.
    Unknown,
    /// It may go wrong.
    Warning,
    /// A deploy cannot work.
    Problem,
}

impl Finding {
    /// Says that something is as it should be.
    #[must_use]
    pub fn ok(check: Check, what: impl Into<String>) -> Self {
        Self::new(check, Health::Ok, what, None)
    }

    /// Says that something cannot be told, and what would tell it.
    #[must_use]
    pub fn unknown(check: Check, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(check, Health::Unknown, what, Some(fix.into()))
    }

    /// Says that something may go wrong.
    #[must_use]
    pub fn warning(check: Check, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(check, Health::Warning, what, Some(fix.into()))
    }

    /// Says that a deploy cannot work.
    #[must_use]
    pub fn problem(check: Check, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(check, Health::Problem, what, Some(fix.into()))
    }

    fn new(check: Check, health: Health, what: impl Into<String>, fix: Option<String>) -> Self {
        Self {
            check,
            health,
            what: what.into(),
            fix,
        }
    }
}

/// An environment as far as its files can be read.
pub struct Examined<'a> {
    /// The environment.
    pub site: &'a Site,
    /// The other environments of the project.
    pub others: &'a [Arc<Site>],
    /// The variables that its secrets set.
    pub secret: &'a BTreeSet<String>,
}

impl Examined<'_> {
    fn layout(&self) -> &Layout {
        &self.site.layout
    }

    fn root(&self) -> &Configuration {
        &self.site.root
    }
}

/// Looks at everything but secrets.
#[must_use]
pub fn examine(
    examined: &Examined<'_>,
    tools: &[Tool],
    machine: &Machine,
    online: bool,
) -> Vec<Finding> {
    let mut findings = vec![Finding::ok(
        Check::Layout,
        format!(
            "root module {}, {}",
            examined.layout().directory.value.display(),
            examined.layout().directory.from
        ),
    )];
    findings.extend(binary::examine(examined, tools));
    findings.extend(backend::examine(examined));
    findings.extend(workspace::examine(examined, tools, machine, online));
    findings.extend(variables::examine(examined, machine));
    findings.extend(machine.credentials(examined));
    findings.extend(machine.branch(examined));
    findings
}
