//! Why a document cannot be judged as a plan.

use tollgate_model::error::UserError;
use tollgate_model::exit;

use super::meter::Spent;

/// A document that cannot be judged as a plan: what is wrong, where, and what to do.
///
/// No variant holds a value of the plan; keys, addresses and action words may appear.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Nothing, or only white space.
    #[error("the file is empty")]
    Empty,
    /// What `plan -out` saves.
    #[error("this is a saved plan in its binary form, not its JSON")]
    Binary,
    /// What OpenTofu saves where the configuration encrypts plans or states.
    #[error("this is a saved plan or a state that OpenTofu encrypted, not its JSON")]
    Encrypted,
    /// A compressed file.
    #[error("this is a file compressed with {format}")]
    Compressed {
        /// The compression.
        format: &'static str,
    },
    /// Bytes that are no text in UTF-8 or UTF-16.
    #[error("the file is not text: {problem} at byte {at}")]
    NotText {
        /// What was met.
        problem: &'static str,
        /// Offset from the start of the file.
        at: usize,
    },
    /// Text that is not JSON.
    #[error("this is not JSON but {guess}")]
    NotJson {
        /// What it looks like.
        guess: &'static str,
    },
    /// What `plan` prints for people.
    #[error("this is what `plan` prints for people, not the plan's JSON")]
    PlanForPeople,
    /// JSON, but no object.
    #[error("the document is {found}, not an object")]
    NotAnObject {
        /// What it is.
        found: &'static str,
    },
    /// The document stops too early.
    #[error("the document ends in the middle: {at}")]
    Truncated {
        /// Line, column and path.
        at: String,
    },
    /// The document is not valid JSON.
    #[error("invalid JSON: {problem}, at {at}")]
    Syntax {
        /// In the parser's words.
        problem: String,
        /// Line, column and path.
        at: String,
    },
    /// A string that no Unicode text can hold.
    #[error(
        "a string holds half of a surrogate pair or another escape that is no character, at {at}"
    )]
    BrokenText {
        /// Line, column and path; or address and attribute.
        at: String,
    },
    /// Nested deeper than any plan is.
    #[error("nested too deep, at {at}")]
    TooDeep {
        /// Line, column and path; or address and attribute.
        at: String,
    },
    /// More follows the document.
    #[error("more text follows the plan, at {at}")]
    TrailingData {
        /// Line and column.
        at: String,
    },
    /// Several documents in one file.
    #[error("several plans in one file: the second starts at {at}")]
    Concatenated {
        /// Line and column.
        at: String,
    },
    /// A key that occurs twice, which two readers would read differently.
    #[error("the key `{key}` occurs twice in one object, at {at}")]
    DuplicateKey {
        /// The key, unescaped.
        key: String,
        /// Line, column and path; or address and attribute.
        at: String,
    },
    /// A value of another type than the format has there.
    #[error("expected {expected}, found {found}, at {at}")]
    WrongType {
        /// What the format has there.
        expected: String,
        /// The JSON type that was found, never the value.
        found: String,
        /// Line, column and path; or address and attribute.
        at: String,
    },
    /// A key that every plan has.
    #[error("`{key}` is missing in {at}")]
    MissingKey {
        /// The key.
        key: &'static str,
        /// The path of the object, or the address.
        at: String,
    },
    /// A format that came later.
    #[error("the plan's format version is {found:?}; Tollgate reads 0.x and 1.x")]
    UnsupportedVersion {
        /// As the document states it.
        found: String,
    },
    /// It looks like a plan but does not say which format it follows.
    #[error(
        "`format_version` is missing: this is an excerpt of a plan, or was not made by `show -json`"
    )]
    NoFormatVersion,
    /// `show -json` of a state.
    #[error("this is a state (`show -json` without a plan file), not a plan")]
    State,
    /// `terraform.tfstate`.
    #[error("this is a raw state file (`terraform.tfstate`), not a plan")]
    RawState,
    /// `plan -json` or `apply -json`.
    #[error("this is the log of `plan -json` or `apply -json`, not a plan")]
    PlanLog,
    /// `providers schema -json`.
    #[error("this is the schema of providers (`providers schema -json`), not a plan")]
    ProviderSchemas,
    /// `metadata functions -json`.
    #[error("this is the list of functions (`metadata functions -json`), not a plan")]
    Functions,
    /// `validate -json`.
    #[error("this is the result of `validate -json`, not a plan")]
    Validation,
    /// `show -json -config` and its like.
    #[error("this is a configuration, not a plan")]
    Configuration,
    /// HCP Terraform's redacted plan.
    #[error("this is the redacted plan that HCP Terraform keeps for its own views, not a plan")]
    RedactedPlan,
    /// What Infracost makes from the configuration.
    #[error("this was made by Infracost from the configuration; nothing planned it")]
    Infracost,
    /// JSON of another kind.
    #[error("this is JSON, but not a plan: it has neither `resource_changes` nor `planned_values`")]
    NotAPlan,
    /// Planning failed.
    #[error("planning failed (`errored` is true), so the list of changes is incomplete")]
    Errored,
    /// An action that Tollgate does not know.
    #[error("{address}: the planned action {words} is not one that Tollgate knows")]
    UnknownAction {
        /// The address.
        address: String,
        /// The words, quoted.
        words: String,
    },
    /// No action.
    #[error("{address}: no action is planned, not even `no-op`")]
    NoAction {
        /// The address.
        address: String,
    },
    /// Two entries for one object.
    #[error("{address}{deposed} is planned twice", deposed = deposed.as_deref().map(|key| format!(" (deposed {key})")).unwrap_or_default())]
    DuplicateAddress {
        /// The address.
        address: String,
        /// The key of the deposed object.
        deposed: Option<String>,
    },
    /// Whoever asked may spend no more on reading: no fault of the plan's.
    #[error("reading on would take more than it may")]
    Spent(Spent),
    /// One part of the plan denies another, as after an edit by hand.
    #[error("{address}: the plan contradicts itself: {what}")]
    Contradiction {
        /// The address, or what else it is about.
        address: String,
        /// Which parts, and how.
        what: String,
    },
}

impl PlanError {
    /// Returns the stable name of the situation, in kebab-case.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty-file",
            Self::Binary => "binary-plan",
            Self::Encrypted => "encrypted-plan",
            Self::Compressed { .. } => "compressed-file",
            Self::NotText { .. } => "not-text",
            Self::NotJson { .. } => "not-json",
            Self::PlanForPeople => "plan-for-people",
            Self::NotAnObject { .. } => "not-an-object",
            Self::Truncated { .. } => "truncated",
            Self::Syntax { .. } => "invalid-json",
            Self::BrokenText { .. } => "broken-text",
            Self::TooDeep { .. } => "too-deep",
            Self::TrailingData { .. } => "trailing-data",
            Self::Concatenated { .. } => "concatenated-plans",
            Self::DuplicateKey { .. } => "duplicate-key",
            Self::WrongType { .. } => "wrong-type",
            Self::MissingKey { .. } => "missing-key",
            Self::UnsupportedVersion { .. } => "unsupported-version",
            Self::NoFormatVersion => "no-format-version",
            Self::State => "state",
            Self::RawState => "raw-state",
            Self::PlanLog => "plan-log",
            Self::ProviderSchemas => "provider-schemas",
            Self::Functions => "functions",
            Self::Validation => "validation",
            Self::Configuration => "configuration",
            Self::RedactedPlan => "redacted-plan",
            Self::Infracost => "infracost",
            Self::NotAPlan => "not-a-plan",
            Self::Errored => "errored-plan",
            Self::UnknownAction { .. } => "unknown-action",
            Self::NoAction { .. } => "no-action",
            Self::DuplicateAddress { .. } => "duplicate-address",
            Self::Contradiction { .. } => "contradiction",
            Self::Spent(_) => "spent",
        }
    }
}

impl UserError for PlanError {
    fn exit_code(&self) -> u8 {
        exit::PLAN
    }

    fn help(&self) -> Option<String> {
        const MAKE: &str = "save the plan with `tofu plan -out=tfplan`, then run `tofu show -json tfplan > plan.json` (or `terraform` for both)";
        const AGAIN: &str =
            "write the file again: `tofu show -json tfplan > plan.json` (or `terraform show …`)";
        Some(
            match self {
                Self::Empty => {
                    "`show -json` failed or is still running; see its own message, then run `tofu show -json tfplan > plan.json` again"
                }
                Self::Binary => {
                    "run `tofu show -json FILE > plan.json` on it (or `terraform show …`), in the directory where `init` ran: it needs the plan's providers"
                }
                Self::Encrypted => {
                    "run `tofu show -json FILE > plan.json` on it, in the directory where it was made: its configuration says where the key is. Or name the file and add `--show-with tofu`"
                }
                Self::Compressed { .. } => "decompress it first",
                Self::NotText { .. } => {
                    "redirect the output of `tofu show -json tfplan` itself to the file; Tollgate reads UTF-8 and UTF-16"
                }
                Self::PlanLog | Self::PlanForPeople => {
                    "save the plan as well, with `tofu plan -out=tfplan`, then run `tofu show -json tfplan > plan.json` (or `terraform` for both)"
                }
                Self::State => {
                    "name the plan file: `tofu show -json tfplan > plan.json`; without one, `show` prints the state"
                }
                Self::RedactedPlan => {
                    "download the run's JSON output instead (`/api/v2/plans/ID/json-output`), or plan locally with `-out`"
                }
                Self::TrailingData { .. } => {
                    "redirect only the output of `show -json` to the file; with setup-terraform, set `terraform_wrapper: false`"
                }
                Self::Concatenated { .. } => {
                    "write one file per unit and name each: `tollgate check a.json b.json`; with terragrunt, run `show -json` in each unit"
                }
                Self::Errored => "fix the error that `plan` reported, and plan again",
                Self::UnsupportedVersion { .. } | Self::UnknownAction { .. } => {
                    "use a version of Tollgate that knows it, or plan with an older tool"
                }
                Self::NotJson { .. }
                | Self::NotAnObject { .. }
                | Self::RawState
                | Self::ProviderSchemas
                | Self::Functions
                | Self::Validation
                | Self::Configuration
                | Self::Infracost
                | Self::NotAPlan
                | Self::NoFormatVersion => MAKE,
                Self::Truncated { .. }
                | Self::Syntax { .. }
                | Self::BrokenText { .. }
                | Self::TooDeep { .. }
                | Self::DuplicateKey { .. }
                | Self::WrongType { .. }
                | Self::MissingKey { .. }
                | Self::NoAction { .. }
                | Self::DuplicateAddress { .. }
                | Self::Spent(_)
                | Self::Contradiction { .. } => AGAIN,
            }
            .to_owned(),
        )
    }
}
