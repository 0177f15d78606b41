//! What went wrong, as a report carries it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that went wrong, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// Kebab-case, stable, one per situation.
    pub code: String,
    /// What is wrong and where, in one sentence.
    pub message: String,
    /// The one next step.
    pub help: Option<String>,
}
