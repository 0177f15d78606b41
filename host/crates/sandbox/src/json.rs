//! The policy contract as JSON: what a WASI command reads and writes, and what a
//! recording keeps of either shape of module.
//!
//! It says what `policies/wit/policy.wit` says, name by name. What WIT carries as a text
//! that holds JSON (settings, documents, schemas, containers) is that JSON itself here.
//! The doc comments below are the descriptions in the published schemas.

mod convert;

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::contract::wit;

pub use convert::lower;

/// Text that is borrowed from a plan, or read from a recording.
type Text<'a> = Cow<'a, str>;

/// JSON that is passed on as it is, byte for byte.
type Raw<'a> = Cow<'a, RawValue>;

/// What this version of the contract has no field for, by name. Whoever does not know a name
/// leaves it unread.
type Extensions = BTreeMap<String, Box<RawValue>>;

/// How a schema says that.
type AnyByName = BTreeMap<String, serde_json::Value>;

/// What a policy that is a WASI command reads on standard input: one JSON document,
/// then the end of the input.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PolicyRequest<'a> {
    /// The version of the contract, such as `1.0.0`. A command that cannot speak it
    /// answers `describe` with an error, or ends with another exit code than 0; it is then
    /// asked again in `0.2.0` and in `0.1.0`, which have the same requests. A command leaves
    /// fields unread that it does not know: later versions may add some.
    pub contract: Text<'a>,
    /// What to do.
    pub call: Call,
    /// What to judge, and for which environment. Only with the call `evaluate`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Request<'a>>,
}

/// What the host asks of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Call {
    /// Say what the policy is and what it wants to see. Answer with `metadata`.
    Describe,
    /// Judge one plan. Answer with `evaluation`, or with `error` when that cannot be done.
    Evaluate,
}

/// What a policy that is a WASI command writes to standard output before it ends with
/// exit code 0: one JSON document with one key. A key that is not listed here refuses
/// the plan, so that a misspelled one cannot go unnoticed.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyResponse<'a> {
    /// The answer to `describe`.
    Metadata(Metadata<'a>),
    /// The answer to `evaluate`.
    Evaluation(Evaluation<'a>),
    /// Why the policy cannot judge. The plan is then refused, whatever the enforcement.
    Error(String),
}

/// One plan, as much of it as the policy declared an interest in.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Request<'a> {
    /// The environment that the plan is for.
    pub environment: Environment<'a>,
    /// Valid against the policy's `settings-schema`.
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub settings: Raw<'a>,
    /// What is true of the plan as a whole.
    pub plan: PlanFacts<'a>,
    /// In the plan's order: address, then deposed key.
    pub changes: Vec<Change<'a>>,
    /// Empty unless the metadata says `outputs`.
    pub outputs: Vec<OutputChange<'a>>,
    /// Those of the metadata's `documents` that the host has.
    pub documents: Vec<Document<'a>>,
    /// What a later version of the contract says. Left out where there is nothing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "AnyByName")]
    pub extensions: Extensions,
}

/// The environment that a plan is for.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Environment<'a> {
    /// Its name.
    pub name: Text<'a>,
    /// Whether it is protected.
    pub protected: bool,
}

/// What is true of the plan as a whole.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PlanFacts<'a> {
    /// The version of OpenTofu or Terraform, as the plan states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terraform_version: Option<Text<'a>>,
    /// Whether the plan covers the whole configuration. Left out where the tool did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete: Option<bool>,
    /// Whether there is anything to apply. Left out where the tool did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applyable: Option<bool>,
    /// How many resource changes the plan has, selected or not.
    pub total_changes: u32,
    /// Checks that did not pass.
    pub checks: Vec<Check<'a>>,
    /// Changes that Terraform puts off to a later plan.
    pub deferred: Vec<DeferredChange<'a>>,
    /// Provider actions that run during apply.
    pub action_invocations: Vec<ActionInvocation<'a>>,
    /// What changed outside of the configuration. Empty unless the metadata says `drift`.
    pub drift: Vec<Change<'a>>,
}

/// A `check` block or a custom condition that did not pass.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Check<'a> {
    /// Its address.
    pub address: Text<'a>,
    /// What it came to.
    pub status: CheckStatus,
    /// In its own words.
    pub problems: Vec<Text<'a>>,
}

/// A change that Terraform puts off to a later plan.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DeferredChange<'a> {
    /// Why, in the plan's words.
    pub reason: Text<'a>,
    /// The change.
    pub change: Change<'a>,
}

/// A provider action that runs during apply and changes no resource.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ActionInvocation<'a> {
    /// Its address.
    pub address: Text<'a>,
    /// Its type.
    pub kind: Text<'a>,
    /// The full name of the provider.
    pub provider: Text<'a>,
    /// The resource whose change triggers it, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub triggered_by: Option<Text<'a>>,
    /// Such as `after_create`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Text<'a>>,
}

/// What is planned for one resource instance.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Change<'a> {
    /// Unique together with `deposed`.
    pub address: Text<'a>,
    /// The address without any instance key: the block in the configuration.
    pub block: Text<'a>,
    /// Where the instance was before a `moved` block or a refactoring.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_address: Option<Text<'a>>,
    /// With instance keys; left out in the root module.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module_address: Option<Text<'a>>,
    /// The block that declares the resource.
    pub mode: Mode,
    /// The resource type.
    pub kind: Text<'a>,
    /// The name of the resource.
    pub name: Text<'a>,
    /// The key of an instance that `count` (a number) or `for_each` (a text) made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<InstanceKey<'a>>,
    /// The full name of the provider.
    pub provider: Text<'a>,
    /// Resolved from the resource, its provider configuration and variables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Text<'a>>,
    /// The key of a deposed object: one that an earlier apply failed to destroy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deposed: Option<Text<'a>>,
    /// What happens to it.
    pub action: Action,
    /// How a `replace` is carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<Replacement>,
    /// Why, in the plan's words, such as `replace_because_cannot_update`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text<'a>>,
    /// Whether an existing object is imported along the way.
    pub importing: bool,
    /// Attribute paths that force the replacement.
    pub replace_paths: Vec<Text<'a>>,
    /// The declared attributes, in the order of the interests.
    pub attributes: Vec<Attribute<'a>>,
}

/// A declared attribute of one change.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Attribute<'a> {
    /// The path, as the interest declares it.
    pub path: Text<'a>,
    /// Before the change.
    pub before: Value<'a>,
    /// After the change.
    pub after: Value<'a>,
    /// What its expressions in the configuration refer to, if the interest asks:
    /// absolute, followed through module calls, outputs, `count` and `for_each`.
    pub references: Vec<Text<'a>>,
}

/// One attribute's value on one side of a change: always an object with `type`, and with
/// `value` where the type has one. `{"type":"unknown"}` and `{"type":"text","value":"a"}`
/// can thus never be taken for each other.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "type",
    content = "value",
    rename_all = "kebab-case",
    deny_unknown_fields
)]
pub enum Value<'a> {
    /// Not in the object at all, or that side of the change does not exist.
    Absent,
    /// Written as null.
    Null,
    /// Known only after apply. It never satisfies a rule.
    Unknown,
    /// Marked sensitive. The value does not leave the host.
    Sensitive,
    /// True or false.
    Boolean(bool),
    /// A whole number of at most 64 bits, sign included. Read it as such: a
    /// floating-point number keeps only 53 of them.
    Integer(i64),
    /// Any other number, as the exact decimal text of the plan.
    Decimal(Text<'a>),
    /// A text.
    Text(Text<'a>),
    /// An object or array. A leaf that is not known is `{"$unknown":true}`, a sensitive
    /// one `{"$sensitive":true}`; every real key that starts with `$` is written with one
    /// more `$`.
    Json(#[schemars(with = "serde_json::Value")] Raw<'a>),
}

/// The key of an instance that `count` or `for_each` made.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum InstanceKey<'a> {
    /// Of `count`.
    Number(i64),
    /// Of `for_each`.
    Text(Text<'a>),
}

/// A change to a root module output.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct OutputChange<'a> {
    /// Its name.
    pub name: Text<'a>,
    /// What happens to it.
    pub action: Action,
    /// Before the change.
    pub before: Value<'a>,
    /// After the change.
    pub after: Value<'a>,
}

/// A data document that is handed in or out.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Document<'a> {
    /// Its name.
    pub name: Text<'a>,
    /// Any JSON.
    #[schemars(with = "serde_json::Value")]
    pub content: Raw<'a>,
}

/// What a policy is, and what it may see. The host sends nothing else.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Metadata<'a> {
    /// Kebab-case.
    pub name: String,
    /// A semantic version.
    pub version: String,
    /// One sentence.
    pub description: String,
    /// At least one.
    pub rules: Vec<Rule>,
    /// JSON Schema (2020-12) of the settings. The host validates before it calls. When
    /// left out, the policy has no settings.
    #[serde(default = "no_settings")]
    #[schemars(with = "serde_json::Value")]
    pub settings_schema: Raw<'a>,
    /// A change that several interests select is handed over once, with the attributes
    /// of all of them.
    #[serde(default)]
    pub interests: Vec<Interest>,
    /// Whether to hand over changes to root module outputs.
    #[serde(default)]
    pub outputs: bool,
    /// Whether to hand over drift: what changed outside of the configuration.
    #[serde(default)]
    pub drift: bool,
    /// Names of the data documents that the policy reads, such as `price-book`.
    #[serde(default)]
    pub documents: Vec<String>,
    /// Whether a plan may be evaluated in pieces: true only when no finding depends on
    /// two resource changes together, but for those of `together`. The first piece then has
    /// what is no change of the plan's own: outputs, checks, drift, deferred changes and
    /// action invocations.
    #[serde(default)]
    pub chunkable: bool,
    /// Resource types whose changes are all in the first piece, however large the plan is.
    #[serde(default)]
    pub together: Vec<String>,
    /// Resource types that the policy has looked at, and that none of its rules is about,
    /// besides those that its interests name. A change whose type no policy names or knows is
    /// reported as one that nobody judged.
    #[serde(default)]
    pub known_types: Vec<String>,
    /// What the host has to know for this policy to judge rightly, by the names of extensions.
    /// A host that does not know one of them refuses the module. Version 1.0 has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<String>,
    /// What a later version of the contract says.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "AnyByName")]
    pub extensions: Extensions,
}

/// One of the rules a policy can report.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Rule {
    /// Kebab-case, unique within the policy, and stable: waivers name it.
    pub id: String,
    /// A noun phrase, for a list of rules.
    pub title: String,
    /// Why the rule exists, in Markdown.
    pub description: String,
    /// How bad a violation is. Whether it refuses the plan is the configuration's decision.
    pub severity: Severity,
    /// How to comply, in one sentence.
    pub remediation: String,
    /// An example: something that breaks the rule, or the settings that it goes by, in Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
    /// Where to read more, as absolute URLs.
    #[serde(default)]
    pub links: Vec<String>,
    /// What a later version of the contract says.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "AnyByName")]
    pub extensions: Extensions,
}

/// Which resource changes a policy wants to see, and what of each.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Interest {
    /// Resource types: exact (`aws_s3_bucket`), or with `*` for any run of characters
    /// (`aws_*`). `*` alone is every type.
    pub resource_types: Vec<String>,
    /// Only changes with one of these actions; empty means every action.
    #[serde(default)]
    pub actions: Vec<Action>,
    /// Attribute paths, from the root of the resource: `multi_az`,
    /// `root_block_device[0].volume_size`, `tags["cost-center"]`. The empty path is the
    /// whole object.
    #[serde(default)]
    pub attributes: Vec<String>,
    /// Whether to hand over what the configuration of each attribute refers to.
    #[serde(default)]
    pub references: bool,
}

/// What a policy found.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Evaluation<'a> {
    /// Empty when there is nothing to complain about.
    pub findings: Vec<Finding>,
    /// Results worth keeping with the report, such as a cost breakdown.
    #[serde(default)]
    pub documents: Vec<ResultDocument<'a>>,
    /// What a later version of the contract says.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "AnyByName")]
    pub extensions: Extensions,
}

/// A data document that a policy hands out, which is kept with the report.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ResultDocument<'a> {
    /// Kebab-case.
    pub name: Text<'a>,
    /// Any JSON.
    #[schemars(with = "serde_json::Value")]
    pub content: Raw<'a>,
    /// What a person reads of it, in one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// One thing that a policy found.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Finding {
    /// The identifier of one of the metadata's rules.
    pub rule: String,
    /// What the finding says of the plan.
    pub outcome: Outcome,
    /// Where what the finding reports comes from. Left out: the plan brings it about.
    #[serde(default = "planned", skip_serializing_if = "is_planned")]
    pub cause: Cause,
    /// The address of one of the changes; left out for the plan as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The deposed key, when the finding is about a deposed object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deposed: Option<String>,
    /// The attributes that cause the finding, most telling first.
    #[serde(default)]
    pub attributes: Vec<String>,
    /// What is wrong, in one sentence.
    pub message: String,
    /// How to fix this one; the rule's own remediation if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remediation: Option<String>,
    /// More for the reader.
    #[serde(default)]
    pub details: Vec<Detail>,
    /// What a later version of the contract says.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "AnyByName")]
    pub extensions: Extensions,
}

/// A labelled text.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Detail {
    /// What it is.
    pub label: String,
    /// What it says.
    pub text: String,
}

/// An enumeration of the contract, with its words in kebab-case, and back and forth.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $word:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name { $($(#[$word_doc])* $word),* }

        impl From<wit::$name> for $name {
            fn from(word: wit::$name) -> Self {
                match word { $(wit::$name::$word => Self::$word),* }
            }
        }

        impl From<$name> for wit::$name {
            fn from(word: $name) -> Self {
                match word { $($name::$word => Self::$word),* }
            }
        }
    };
}

words! {
    /// What happens to one resource instance.
    Action {
        /// Nothing.
        NoOp,
        /// It is created.
        Create,
        /// It is read during apply.
        Read,
        /// It is changed in place.
        Update,
        /// It is destroyed.
        Delete,
        /// It is destroyed or dropped, and made anew; `replacement` says how.
        Replace,
        /// It is dropped from the state and stays behind.
        Forget,
    }
}

words! {
    /// How a `replace` is carried out.
    Replacement {
        /// The old object is destroyed first.
        DeleteThenCreate,
        /// `create_before_destroy`.
        CreateThenDelete,
        /// The old object is dropped from the state and stays behind (Terraform).
        CreateThenForget,
        /// The old object is dropped from the state and stays behind (OpenTofu).
        ForgetThenCreate,
    }
}

words! {
    /// The block that declares a resource.
    Mode {
        /// `resource`
        Managed,
        /// `data`
        Data,
        /// `ephemeral`
        Ephemeral,
    }
}

words! {
    /// The state of a `check` block or a custom condition.
    CheckStatus {
        /// It holds.
        Pass,
        /// It does not hold.
        Fail,
        /// It could not be evaluated.
        Error,
        /// It can be told only during apply.
        Unknown,
    }
}

words! {
    /// How bad a violation of a rule is.
    Severity {
        /// Worth knowing.
        Info,
        /// Small.
        Low,
        /// Middling.
        Medium,
        /// Grave.
        High,
        /// The gravest.
        Critical,
    }
}

words! {
    /// What a finding says of the plan.
    Outcome {
        /// The plan breaks the rule.
        Violation,
        /// Whether the plan breaks the rule cannot be told before apply.
        Undetermined,
    }
}

words! {
    /// Where what a finding reports comes from.
    Cause {
        /// The planned change brings it about; also where a policy cannot tell.
        Planned,
        /// It was so before, and the plan leaves it so. What becomes of it is the
        /// environment's decision.
        Existing,
        /// What could be better and cannot be required, such as a switch that the provider
        /// version in use does not have. It never refuses.
        Advice,
    }
}

/// What a finding that does not say is taken for.
fn planned() -> Cause {
    Cause::Planned
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_planned(cause: &Cause) -> bool {
    *cause == Cause::Planned
}

/// The schema of a policy without settings.
const NO_SETTINGS: &str = r#"{"type":"object","additionalProperties":false}"#;

fn no_settings() -> Raw<'static> {
    // The constant is JSON; a null in its place would refuse every policy.
    serde_json::from_str::<&RawValue>(NO_SETTINGS)
        .map_or_else(|_| Cow::Owned(RawValue::NULL.to_owned()), Cow::Borrowed)
}

impl PolicyRequest<'_> {
    /// The question what a policy is, in this version of the contract.
    #[must_use]
    pub fn describe(contract: &'static str) -> Self {
        Self {
            contract: Cow::Borrowed(contract),
            call: Call::Describe,
            request: None,
        }
    }
}

impl<'a> PolicyRequest<'a> {
    /// The question what a policy says of a plan, in this version of the contract.
    ///
    /// # Errors
    /// When a text of the request that should hold JSON does not.
    pub fn evaluate(
        request: &wit::Request<'a>,
        contract: &'static str,
    ) -> serde_json::Result<Self> {
        Ok(Self {
            contract: Cow::Borrowed(contract),
            call: Call::Evaluate,
            request: Some(Request::new(request)?),
        })
    }
}

/// The JSON Schema of what a WASI command reads.
#[must_use]
pub fn request_schema() -> serde_json::Value {
    schemars::schema_for!(PolicyRequest<'static>).to_value()
}

/// The JSON Schema of what a WASI command writes.
#[must_use]
pub fn response_schema() -> serde_json::Value {
    schemars::schema_for!(PolicyResponse<'static>).to_value()
}
