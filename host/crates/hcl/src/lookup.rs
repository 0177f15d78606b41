//! Which configuration a plan was made from, and where in it findings are written.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::files::{Files, clean};
use super::reader;
use super::{Configuration, ConfigurationError, Dialect};
use tollgate_model::finding::PolicyOutcome;
use tollgate_model::report::SourceReport;
use tollgate_plan::{Declared, Plan};

/// Where to look for the configuration that plans were made from.
#[derive(Clone, Debug)]
pub struct Lookup(Option<PathBuf>);

impl Lookup {
    /// In a directory that somebody named.
    ///
    /// # Errors
    /// If there is no configuration in it.
    pub fn given(directory: PathBuf) -> Result<Self, ConfigurationError> {
        let files = Files::list(&reader::Disk, &directory, Dialect::OpenTofu)?;
        if files.primary.is_empty() && files.overrides.is_empty() {
            return Err(ConfigurationError::Empty { directory });
        }
        Ok(Self(Some(directory)))
    }

    /// Beside the plan, or in the working directory: where the same is declared as in the
    /// plan.
    #[must_use]
    pub fn around() -> Self {
        Self(None)
    }

    /// Says of findings where they are written. Reads nothing if there are none.
    pub fn locate(
        &self,
        plan: &Plan<'_>,
        path: Option<&Path>,
        policies: &mut [PolicyOutcome],
    ) -> Option<SourceReport> {
        let mut findings: Vec<_> = policies
            .iter_mut()
            .filter_map(|policy| policy.result.as_mut().ok())
            .flat_map(|evaluation| &mut evaluation.findings)
            .filter(|finding| finding.address.is_some())
            .collect();
        if findings.is_empty() {
            return None;
        }
        let (configuration, mut notes) = self.configuration(plan, path)?;
        for finding in &mut findings {
            if let Some(address) = &finding.address {
                finding.location = configuration.locate(address, &finding.attributes);
            }
        }
        notes.extend(configuration.notes());
        Some(SourceReport {
            directory: configuration.name(),
            notes,
        })
    }

    fn configuration(
        &self,
        plan: &Plan<'_>,
        path: Option<&Path>,
    ) -> Option<(Configuration, Vec<String>)> {
        let declared = plan.declared();
        let dialect = dialect(plan);
        if let Some(directory) = &self.0 {
            let configuration = Configuration::read_what_is_there(directory, dialect).ok()?;
            let other = declared
                .as_ref()
                .is_some_and(|declared| !configuration.declares(declared));
            let note = format!(
                "{} is not, or no longer, what the plan was made from: lines may be those of something else",
                configuration.name()
            );
            return Some((configuration, other.then_some(note).into_iter().collect()));
        }
        let declared = declared?;
        let mut tried = BTreeSet::new();
        [path.and_then(Path::parent), Some(Path::new(""))]
            .into_iter()
            .flatten()
            .filter(|directory| tried.insert(clean(directory)))
            .filter_map(|directory| Configuration::read_what_is_there(directory, dialect).ok())
            .find(|configuration| configuration.declares(&declared))
            .map(|configuration| (configuration, Vec::new()))
    }
}

/// Only Terraform says whether a plan is complete.
fn dialect(plan: &Plan<'_>) -> Dialect {
    if plan.complete.is_some() || plan.applyable.is_some() {
        Dialect::Terraform
    } else {
        Dialect::OpenTofu
    }
}

impl Configuration {
    /// Whether the root module declares what the plan says that it does: the same, or, if
    /// some of it cannot be read, nothing else.
    fn declares(&self, declared: &Declared) -> bool {
        let blocks: BTreeSet<&str> = self
            .resources()
            .map(|(address, _)| address)
            .filter(|address| !address.starts_with("ephemeral."))
            .collect();
        let calls: BTreeSet<&str> = self.calls().map(|(name, ..)| name).collect();
        let same = |own: &BTreeSet<&str>, other: &BTreeSet<String>| {
            own.iter().all(|each| other.contains(*each))
                && (own.len() == other.len() || !self.whole)
        };
        same(&blocks, &declared.blocks) && same(&calls, &declared.calls)
    }
}
