//! The baseline: findings that were there before Tollgate was.
//!
//! A team that starts with Tollgate on a system that exists writes down what it finds
//! (`check --write-baseline`) and is held to everything new from then on. A finding is
//! in the baseline when stack, rule, address, deposed key and fingerprint are all the same, so
//! a resource that changes in what caused the finding is new again. The fingerprint has nothing
//! of the rest of the resource, nor what is planned for it: another edit changes nothing.
//!
//! A resource that moves goes by the address that it has in the state, which is that of its entry.
//! An entry of the address that it moves to is another resource's. What is written while it moves
//! is written under both, so that it holds before and after.
//!
//! What a baseline covers, and why not more:
//! - violations of advisory and soft-mandatory rules: that is what it is for;
//! - never a hard-mandatory rule, which has no exceptions;
//! - never an undetermined finding: its fingerprint can only say "unknown", and the same
//!   "unknown" can be a compliant value today and a violation tomorrow. A waiver, with an
//!   owner and an end, or the environment's `undetermined` key are the answers there;
//! - never what a plan destroys, replaces or drops from the state: that is an event, and
//!   accepting it once must not accept it of the next object at that address;
//! - never a finding about the plan as a whole, such as a total over its cap: it has no
//!   values of a resource to be recognised by, only its message, and a policy that says
//!   "over the cap" without the figure would be covered for ever, at any size.
//!
//! A waived finding is not written down either, or a waiver's end would mean nothing.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tollgate_model::digest::sha256;
use tollgate_model::error::UserError;

use crate::judge::Finding;
use crate::origin::Origin;
use crate::report::{Disposition, Enforcement, Input, Outcome, PlanReport, Report};
use crate::stack::Stack;

/// The version of the baseline's own format. A change that breaks readers raises it.
pub const FORMAT_VERSION: &str = "2.0";

/// The largest baseline that is read, in bytes.
const MAX_SIZE: u64 = 64 << 20;

/// Findings that are known and accepted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Baseline {
    /// The file and its digest, when it was read from one.
    pub input: Option<Input>,
    findings: BTreeSet<BaselineFinding>,
}

/// The baseline file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaselineFile {
    /// The version of this format, `MAJOR.MINOR`.
    pub format_version: String,
    /// The findings, sorted.
    pub findings: Vec<BaselineFinding>,
}

/// One finding of a baseline.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaselineFinding {
    /// The rule, as `policy/rule`.
    pub rule: String,
    /// The address of the resource.
    pub address: String,
    /// The stack, as reports name it. Without it the entry is for every stack that has the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack: Option<String>,
    /// The key of a deposed object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deposed: Option<String>,
    /// Covers the rule, the address and the values of the causing attributes.
    pub fingerprint: String,
}

/// What an entry that covers a finding says of stacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// It names the finding's.
    OfThisStack,
    /// It names none, so it covers the same address of any.
    OfAnyStack,
}

/// Why a baseline cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// The file cannot be read.
    #[error("cannot read the baseline {path}: {cause}")]
    Read {
        /// As it was named.
        path: String,
        /// What the system says.
        cause: std::io::Error,
    },
    /// The file is far larger than any baseline.
    #[error("the baseline {path} is larger than {} MiB, which no baseline is; check the path", MAX_SIZE >> 20)]
    TooLarge {
        /// As it was named.
        path: String,
    },
    /// The bytes are not a baseline.
    #[error("not a baseline: {reason}; write one with `tollgate check --write-baseline`")]
    NotABaseline {
        /// What the parser says, with line and column.
        reason: String,
    },
    /// The format is of another version.
    #[error(
        "the baseline has format version {version:?}, and this Tollgate reads 2.x; write it anew with `tollgate check --write-baseline`"
    )]
    Version {
        /// What the file says.
        version: String,
    },
    /// An entry that can match no finding.
    #[error(
        "entry {index} of the baseline's findings (from 0) has {problem}; write the baseline anew"
    )]
    Entry {
        /// The index into `findings`.
        index: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
}

impl UserError for BaselineError {}

impl Baseline {
    /// Reads a baseline file.
    ///
    /// # Errors
    /// When it cannot be read, or is not a baseline.
    pub fn load(path: &Path) -> Result<Self, BaselineError> {
        Self::load_from(&Origin::Files, path)
    }

    /// Reads a baseline file of another origin.
    ///
    /// # Errors
    /// As [`Baseline::load`].
    pub fn load_from(origin: &Origin, path: &Path) -> Result<Self, BaselineError> {
        let name = origin.name(path);
        let bytes = origin
            .read(path, MAX_SIZE)
            .map_err(|cause| BaselineError::Read {
                path: name.clone(),
                cause,
            })?;
        if bytes.len() as u64 > MAX_SIZE {
            return Err(BaselineError::TooLarge { path: name });
        }
        let mut baseline = Self::parse(&bytes)?;
        baseline.input = Some(Input {
            path: name,
            digest: sha256(&bytes),
        });
        Ok(baseline)
    }

    /// Parses the bytes of a baseline file.
    ///
    /// # Errors
    /// When they are not a baseline of format 2.x: unknown keys, missing keys and
    /// empty names are refused, because an entry that is half understood could cover
    /// what nobody accepted.
    pub fn parse(bytes: &[u8]) -> Result<Self, BaselineError> {
        /// The version is looked at first, so that a later format is named as such.
        #[derive(Deserialize)]
        struct Version {
            format_version: Option<String>,
        }
        let not_a_baseline = |error: serde_json::Error| BaselineError::NotABaseline {
            reason: error.to_string(),
        };
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let version: Version = serde_json::from_slice(bytes).map_err(not_a_baseline)?;
        let number = |version: &str| {
            let (major, minor) = version.split_once('.')?;
            minor.parse::<u32>().ok()?;
            Some(major.to_owned())
        };
        let major = version.format_version.as_deref().map(number);
        if let (Some(version), Some(major)) = (&version.format_version, &major)
            && !matches!(major.as_deref(), Some("1" | "2"))
        {
            return Err(BaselineError::Version {
                version: version.clone(),
            });
        }
        let file: BaselineFile = serde_json::from_slice(bytes).map_err(not_a_baseline)?;
        if major.flatten().as_deref() == Some("1") && !file.findings.is_empty() {
            // Its fingerprints had the planned action in them. They match nothing any more.
            return Err(BaselineError::Version {
                version: file.format_version,
            });
        }
        for (index, finding) in file.findings.iter().enumerate() {
            let rule_is_whole = finding.rule.split_once('/').is_some_and(|(policy, rule)| {
                !policy.is_empty() && !rule.is_empty() && !rule.contains('/')
            });
            let problem = if !rule_is_whole {
                "a rule that is not `policy/rule`"
            } else if finding.address.is_empty() {
                "an empty address"
            } else if finding.stack.as_deref().is_some_and(str::is_empty) {
                "an empty stack"
            } else if finding.fingerprint.is_empty() {
                "an empty fingerprint"
            } else {
                continue;
            };
            return Err(BaselineError::Entry { index, problem });
        }
        Ok(Self {
            input: None,
            findings: file.findings.into_iter().collect(),
        })
    }

    /// Makes the baseline that would cover what the report found, as far as a baseline can.
    ///
    /// What the old baseline covered and the report still has stays in it; what is gone
    /// from the report is gone from it.
    #[must_use]
    pub fn from_report(report: &Report) -> Self {
        let found = report.plans.iter().flat_map(|plan| {
            let findings = plan.policies.iter().flat_map(|policy| &policy.findings);
            let stack = stack_of(report, plan);
            findings.map(move |finding| (stack.clone(), finding))
        });
        let findings = found
            .filter(|(_, finding)| {
                finding.disposition != Disposition::Waived
                    && coverable(
                        finding.outcome,
                        finding.enforcement,
                        finding.action.as_deref(),
                    )
            })
            .flat_map(|(stack, finding)| {
                let names = [
                    (&finding.address, Some(&finding.fingerprint)),
                    (
                        &finding.previous_address,
                        finding.previous_fingerprint.as_ref(),
                    ),
                ];
                names.into_iter().filter_map(move |(address, fingerprint)| {
                    Some(BaselineFinding {
                        rule: finding.rule.clone(),
                        address: address.clone()?,
                        stack: stack.clone(),
                        deposed: finding.deposed.clone(),
                        fingerprint: fingerprint?.clone(),
                    })
                })
            })
            .collect();
        Self {
            input: None,
            findings,
        }
    }

    /// Returns the file: sorted, the same bytes for the same findings, with a newline at its end.
    #[must_use]
    pub fn to_json(&self) -> String {
        let file = BaselineFile {
            format_version: FORMAT_VERSION.to_owned(),
            findings: self.findings.iter().cloned().collect(),
        };
        // Strings and sequences only: there is nothing that JSON could not hold.
        let mut text = serde_json::to_string_pretty(&file).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Returns how many findings it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.findings.len()
    }

    /// Returns whether it holds no finding.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    /// The entries that this baseline has and another has not, as `rule at address`.
    pub fn beyond<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = String> + 'a {
        self.findings.difference(&other.findings).map(|entry| {
            let stack = entry.stack.as_deref();
            let stack = stack.map_or_else(String::new, |stack| format!(" in {stack}"));
            format!("{} at {}{stack}", entry.rule, entry.address)
        })
    }

    /// Returns what the entry says of stacks that covers a finding, if one does; `rule` is
    /// `policy/rule`, and `previous` the address that a resource had until now which moves.
    #[must_use]
    pub fn covers(
        &self,
        stack: &Stack,
        rule: &str,
        finding: &Finding,
        previous: Option<&str>,
        enforcement: Enforcement,
    ) -> Option<Entry> {
        let address = finding.address.as_deref()?;
        if !coverable(finding.outcome, enforcement, finding.action.as_deref()) {
            return None;
        }
        // Until it is applied, the resource is the one of its former address.
        let (address, fingerprint) = match previous {
            Some(previous) => (previous, finding.previous_fingerprint.as_deref()?),
            None => (address, finding.fingerprint.as_str()),
        };
        let mut entry = BaselineFinding {
            rule: rule.to_owned(),
            address: address.to_owned(),
            stack: None,
            deposed: finding.deposed.clone(),
            fingerprint: fingerprint.to_owned(),
        };
        for name in stack.names() {
            entry.stack = Some(name.to_owned());
            if self.findings.contains(&entry) {
                return Some(Entry::OfThisStack);
            }
        }
        entry.stack = None;
        self.findings.contains(&entry).then_some(Entry::OfAnyStack)
    }
}

/// Returns the JSON Schema of the baseline file.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(BaselineFile).into()
}

/// What entries call the stack of a plan: the directory, with the file where plans share it.
fn stack_of(report: &Report, plan: &PlanReport) -> Option<String> {
    let stack = plan.stack.as_ref()?;
    let alike = |other: &&PlanReport| other.stack.as_ref() == Some(stack);
    if report.plans.iter().filter(alike).count() < 2 {
        return Some(stack.clone());
    }
    let file = Path::new(&plan.input.path).file_stem()?.to_string_lossy();
    Some(match stack.as_str() {
        "." => file.into_owned(),
        stack => format!("{stack}/{file}"),
    })
}

/// A baseline accepts what is there. What a plan is about to destroy or to drop is an
/// event: accepting it once must not accept it of the next object at that address.
fn coverable(outcome: Outcome, enforcement: Enforcement, action: Option<&str>) -> bool {
    outcome == Outcome::Violation
        && enforcement < Enforcement::HardMandatory
        && !matches!(action, Some("delete" | "replace" | "forget"))
}
