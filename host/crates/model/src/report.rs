//! The report: the one model that every output format renders.
//!
//! It is complete before anything is printed, holds no value of the plan that a
//! policy did not put into a finding, and is the same, byte for byte, for the same
//! plans, modules, configuration and date.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use crate::json_text::JsonText;
pub use crate::problem::Problem;
pub use crate::rule::{Cause, Enforcement, Outcome, Response, Severity};
use crate::shard::Shard;

/// The version of the report's own format, `MAJOR.MINOR`. A change that breaks readers
/// raises the first, new keys the second.
pub const FORMAT_VERSION: &str = "1.3";

/// What one run of `tollgate check` found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// The version of this format, `MAJOR.MINOR`. Readers ignore keys they do not know.
    pub format_version: String,
    /// The version of Tollgate that made the report.
    pub tollgate_version: String,
    /// The environment that the plans were judged for.
    pub environment: EnvironmentReport,
    /// The date that waivers were held against, as `YYYY-MM-DD`, in UTC.
    pub date: String,
    /// What it comes to.
    pub verdict: Verdict,
    /// One entry per plan, in the order of the command line.
    pub plans: Vec<PlanReport>,
    /// Every waiver of the configuration that could apply to this environment.
    pub waivers: Vec<WaiverReport>,
    /// The rules of the policies that ran, by name; findings refer to them.
    #[serde(default)]
    pub rules: Vec<RuleReport>,
    /// Which part of the plans it is about, of a run that was split.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// The saved reports that this one was merged from; empty for the report of a run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub merged: Vec<MergedReport>,
}

/// A saved report that went into a merged one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MergedReport {
    /// The file as it was named, and the digest of its bytes.
    pub report: Input,
    /// The version of Tollgate that made it.
    pub tollgate_version: String,
    /// The date that its waivers were held against.
    pub date: String,
    /// The configuration that it was judged by, or none when conventions stood in for it.
    pub configuration: Option<Input>,
    /// The baseline that it was held against, if any.
    pub baseline: Option<Input>,
}

/// A rule of a policy that ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleReport {
    /// The rule, as `policy/rule`.
    pub rule: String,
    /// What the rule asks for.
    pub title: String,
    /// Why the rule exists, in Markdown.
    pub description: String,
    /// How bad a violation is.
    pub severity: Severity,
    /// How to comply.
    pub remediation: String,
    /// Where to read more, as absolute URLs.
    pub links: Vec<String>,
}

/// The environment of a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EnvironmentReport {
    /// Its name.
    pub name: String,
    /// Whether it is protected.
    pub protected: bool,
    /// What an undetermined finding of a mandatory rule does here.
    #[serde(default = "strictest")]
    pub undetermined: Response,
    /// What an incomplete plan does here.
    #[serde(default = "strictest")]
    pub incomplete: Response,
    /// What a finding of a mandatory rule does here that reports what was so before.
    #[serde(default = "strictest")]
    pub existing: Response,
    /// The configuration file, or none when conventions stood in for it.
    pub configuration: Option<Input>,
    /// The baseline, if one was given.
    pub baseline: Option<Input>,
    /// In how many stacks those of its entries cover findings that name no stack.
    #[serde(default, skip_serializing_if = "is_none")]
    pub baseline_stacks: usize,
}

/// Whether a number is nothing that has to be written.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
fn is_none(number: &usize) -> bool {
    *number == 0
}

/// What a report that does not say is taken to mean.
fn strictest() -> Response {
    Response::Fail
}

/// A file that the verdict depends on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Input {
    /// As it was named.
    pub path: String,
    /// `sha256:` and 64 hexadecimal digits.
    pub digest: String,
}

/// What the run comes to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// The decision.
    pub decision: Decision,
    /// The exit code of the process.
    pub exit_code: u8,
    /// How many findings refuse the plans.
    pub refusing: usize,
    /// How many findings are reported and let pass.
    pub warnings: usize,
    /// How many findings a waiver covers.
    pub waived: usize,
    /// How many findings the baseline already had.
    pub baselined: usize,
    /// How many findings are undetermined, whatever became of them.
    pub undetermined: usize,
    /// How many of those that refuse or warn report what was so before the plan.
    #[serde(default)]
    pub existing: usize,
    /// How many policies could not be run.
    pub failed_policies: usize,
    /// How many plans could not be judged.
    pub unreadable_plans: usize,
    /// How many plans are incomplete, where the environment refuses that.
    pub incomplete_plans: usize,
}

/// The decision, in the order of severity that the exit codes have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// The plans may be applied.
    Passed,
    /// A rule is broken.
    Refused,
    /// Something cannot be told before apply, and the environment refuses that.
    Undetermined,
    /// A policy could not be trusted or run.
    PolicyFailed,
    /// A plan could not be read, or is errored or incomplete.
    PlanUnusable,
}

/// One plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlanReport {
    /// The file as it was named, and the digest of its bytes. `-` is standard input.
    pub input: Input,
    /// The stack that it is of: the directory of its root module, or of the plan, from the root of
    /// the repository on. Waivers and baselines name it so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack: Option<String>,
    /// In a merged report, the saved report that it comes from, as it was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
    /// Why the plan could not be judged. Then everything below is empty.
    pub problem: Option<Problem>,
    /// What the plan says of itself.
    pub facts: Option<PlanFacts>,
    /// The configuration that the findings were looked up in; none when there was
    /// nothing to look up, or no directory that declares what the plan does.
    #[serde(default)]
    pub source: Option<SourceReport>,
    /// One entry per policy, in the order of their names.
    pub policies: Vec<PolicyReport>,
}

/// The configuration that the findings of a plan were looked up in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourceReport {
    /// The directory of the root module, as [`SourceLocation::file`] names files.
    pub directory: String,
    /// What could not be read, and so leaves findings without a place.
    pub notes: Vec<String>,
}

/// A place in the `.tf` files that a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourceLocation {
    /// Relative to the root of the repository, or to the working directory outside of
    /// one, with forward slashes.
    pub file: String,
    /// Counted from 1.
    pub line: u32,
    /// In characters, counted from 1.
    pub column: u32,
    /// What stands there.
    pub subject: LocationSubject,
    /// The attribute or nested block that stands there, as in `attributes` of the
    /// finding; none for a block as a whole.
    pub attribute: Option<String>,
    /// The calls of the modules that it is in, innermost first.
    pub related: Vec<RelatedLocation>,
}

impl SourceLocation {
    /// Returns the innermost file, line and column that are in the repository rather than
    /// among the modules that `init` installed: where a review can show a remark.
    #[must_use]
    pub fn in_repository(&self) -> (&str, u32, u32) {
        let installed = |file: &str| file.split('/').any(|part| part == ".terraform");
        if installed(&self.file)
            && let Some(call) = self.related.iter().find(|call| !installed(&call.file))
        {
            return (&call.file, call.line, call.column);
        }
        (&self.file, self.line, self.column)
    }
}

/// What stands at a location.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LocationSubject {
    /// An attribute, or a nested block, of the resource.
    Attribute,
    /// The resource.
    Resource,
    /// The call of a module whose own files are not there.
    ModuleCall,
    /// The `removed` block of a resource that is no longer declared.
    Removed,
}

/// Another place that has to do with a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RelatedLocation {
    /// As in [`SourceLocation`].
    pub file: String,
    /// Counted from 1.
    pub line: u32,
    /// In characters, counted from 1.
    pub column: u32,
    /// What it has to do with it.
    pub message: String,
}

/// What a plan says of itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlanFacts {
    /// The version of OpenTofu or Terraform that made it.
    pub terraform_version: Option<String>,
    /// Whether it covers the whole configuration; none where the tool does not say.
    pub complete: Option<bool>,
    /// Counts of resource changes by action.
    pub actions: ActionCounts,
    /// How many objects are only moved to another address.
    pub moved: usize,
    /// How many existing objects are imported.
    pub imported: usize,
    /// How many deposed objects are among the changes.
    pub deposed: usize,
    /// Addresses whose objects changed outside of the configuration. Where a provider only
    /// reads nothing back in another form, nothing changed.
    pub drift: Vec<String>,
    /// Which attributes changed, by address, where that can be told.
    #[serde(default)]
    pub drift_attributes: BTreeMap<String, Vec<String>>,
    /// Addresses whose objects are no longer there, although no plan removed them: somebody
    /// deleted them, or the provider now looks elsewhere.
    #[serde(default)]
    pub gone: Vec<String>,
    /// What is destroyed, deposed objects included.
    #[serde(default)]
    pub destroyed: Vec<String>,
    /// What is made anew.
    #[serde(default)]
    pub replaced: Vec<String>,
    /// What leaves the state and stays behind.
    #[serde(default)]
    pub forgotten: Vec<String>,
    /// What the plan leaves out that tools write, and what could not be used because of it.
    #[serde(default)]
    pub left_out: Vec<String>,
    /// Addresses whose change is put off to a later plan, with the reason.
    pub deferred: Vec<Labelled>,
    /// Checks that did not pass, with their status.
    pub checks: Vec<Labelled>,
    /// Provider actions that run during apply.
    pub action_invocations: Vec<String>,
    /// What the plan leaves open: why it counts as incomplete. Empty for a whole plan.
    pub incomplete: Vec<String>,
    /// The types of its changes that no policy knows; with `--explain-coverage` all types.
    #[serde(default)]
    pub coverage: Vec<TypeCoverage>,
}

/// What the policies know of one resource type that the plan changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TypeCoverage {
    /// The resource type.
    pub kind: String,
    /// How many changes of it the plan has, other than unchanged and read.
    pub changes: usize,
    /// The policies that look at the type, by name.
    pub judged_by: Vec<String>,
    /// The policies that know the type, and that none of their rules is about it.
    pub known_to: Vec<String>,
    /// The attributes that change and that no policy reads; only with `--explain-coverage`.
    pub unread: Vec<String>,
}

impl TypeCoverage {
    /// Whether no policy looks at the type or knows it.
    #[must_use]
    pub fn is_unjudged(&self) -> bool {
        self.judged_by.is_empty() && self.known_to.is_empty()
    }
}

/// An address, or another name, with a word about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Labelled {
    /// The name.
    pub name: String,
    /// The word.
    pub note: String,
}

/// Counts of resource changes by action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ActionCounts {
    /// Unchanged.
    pub no_op: usize,
    /// Created.
    pub create: usize,
    /// Read during apply.
    pub read: usize,
    /// Changed in place.
    pub update: usize,
    /// Destroyed.
    pub delete: usize,
    /// Replaced.
    pub replace: usize,
    /// Forgotten.
    pub forget: usize,
}

/// One policy on one plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyReport {
    /// The name in the configuration.
    pub name: String,
    /// The version that the module states; empty when it could not be loaded.
    pub version: String,
    /// Where the module comes from: `built-in` or a path.
    pub source: String,
    /// The digest of the module, when it could be read.
    pub digest: Option<String>,
    /// The enforcement of the policy in this environment.
    pub enforcement: Enforcement,
    /// Why the policy could not be run. Then there are no findings, and the plan is refused.
    pub failure: Option<Problem>,
    /// How many resource changes the policy asked for and got.
    pub changes_seen: usize,
    /// The findings, by rule, then address.
    pub findings: Vec<FindingReport>,
    /// Results that the policy wants kept, such as a cost breakdown.
    pub documents: Vec<DocumentReport>,
}

/// A result that a policy wants kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DocumentReport {
    /// Its name.
    pub name: String,
    /// Its content.
    pub content: JsonText,
    /// What a person reads of it, in one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

impl DocumentReport {
    /// Returns what the document says in one line. Policies that were built for a contract before 1.0
    /// say it in a member of the content.
    #[must_use]
    pub fn in_one_line(&self) -> Option<String> {
        if let Some(summary) = &self.summary {
            return Some(summary.clone());
        }
        match self.content.value() {
            Value::Object(mut members) => match members.remove("summary")? {
                Value::String(summary) => Some(summary),
                _ => None,
            },
            _ => None,
        }
    }
}

/// One finding, judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FindingReport {
    /// The rule, as `policy/rule`.
    pub rule: String,
    /// What the rule asks for.
    pub title: String,
    /// How bad a violation is. It informs; `enforcement` decides.
    pub severity: Severity,
    /// What the policy says.
    pub outcome: Outcome,
    /// Whether the plan brings it about.
    #[serde(default)]
    pub cause: Cause,
    /// The enforcement of the rule in this environment.
    pub enforcement: Enforcement,
    /// What became of it.
    pub disposition: Disposition,
    /// The waiver that covers it, as an index into `waivers`.
    pub waiver: Option<usize>,
    /// The address of the resource; none for the plan as a whole.
    pub address: Option<String>,
    /// The address that the resource had until now, where it moves in this plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_address: Option<String>,
    /// The key of a deposed object.
    pub deposed: Option<String>,
    /// What is planned for the resource.
    pub action: Option<String>,
    /// The attributes that cause it, most telling first.
    pub attributes: Vec<String>,
    /// Where it is written, where the configuration is at hand and declares it.
    #[serde(default)]
    pub location: Option<SourceLocation>,
    /// What is wrong.
    pub message: String,
    /// How to fix it.
    pub remediation: String,
    /// Labelled facts.
    pub details: Vec<Labelled>,
    /// Identifies the finding across runs, for baselines: it changes when the rule,
    /// the address or the values of the causing attributes do.
    pub fingerprint: String,
    /// The same under `previous_address`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_fingerprint: Option<String>,
}

/// What became of a finding.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Disposition {
    /// It refuses the plan.
    Refuses,
    /// It is reported and lets the plan pass.
    Warns,
    /// A waiver covers it.
    Waived,
    /// The baseline already had it.
    Baselined,
    /// It is undetermined or was so before, and the environment lets that pass.
    Passes,
}

/// One waiver of the configuration, and what it did in this run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WaiverReport {
    /// The rule, as `policy/rule`.
    pub rule: String,
    /// The address pattern.
    pub address: String,
    /// The stack that it names, as a pattern; none for every stack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack: Option<String>,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it holds, as `YYYY-MM-DD`.
    pub expires: String,
    /// `tollgate.toml:LINE`.
    pub location: String,
    /// What it did.
    pub state: WaiverState,
    /// How many findings it covers.
    pub covers: usize,
    /// In how many stacks these are.
    #[serde(default)]
    pub stacks: usize,
}

/// What a waiver did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WaiverState {
    /// It covers at least one finding.
    Used,
    /// It holds, and nothing needed it.
    Unused,
    /// Its last day is past; it covers nothing.
    Expired,
    /// It matches findings of a hard-mandatory rule, which no waiver covers.
    Powerless,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_summary_is_its_own_field_or_a_text_of_an_object() {
        let document = |content: Value, summary: Option<&str>| DocumentReport {
            name: "owners".to_owned(),
            content: content.into(),
            summary: summary.map(str::to_owned),
        };
        let said = |content: Value| document(content, None).in_one_line();
        assert_eq!(said(json!({"summary": "3 teams"})), Some("3 teams".into()));
        assert_eq!(
            document(json!({"summary": "3 teams"}), Some("4 teams")).in_one_line(),
            Some("4 teams".into())
        );
        for none in [
            json!({"summary": 3}),
            json!({}),
            json!(["summary"]),
            json!("summary"),
            json!(null),
        ] {
            assert_eq!(said(none), None);
        }
    }
}
