//! The tool's own lock of a state, where a killed run has left it behind.
//!
//! It is looked for where it can be read with what reads the state: as an object beside it. The
//! tool itself says of any other when it meets it.

use std::fmt;

use serde::Deserialize;

use super::guard::backend::{self, Initialised};
use super::place;
use super::target::Site;
use crate::layout::DEFAULT_WORKSPACE;
use crate::report::inert;

/// A lock of a state.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StateLock {
    /// What `force-unlock` takes.
    #[serde(rename = "ID")]
    pub id: String,
    /// What took it, such as `OperationTypeApply`.
    #[serde(default)]
    pub operation: String,
    /// Who did.
    #[serde(default)]
    pub who: String,
}

impl StateLock {
    /// Reads what a lock says; none where it is none.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let lock: Self = serde_json::from_slice(bytes).ok()?;
        let fine = |character: char| character.is_ascii_alphanumeric() || character == '-';
        let is_one = !lock.id.is_empty() && lock.id.len() <= 64 && lock.id.chars().all(fine);
        is_one.then_some(lock)
    }

    /// Returns the command that breaks it.
    #[must_use]
    pub fn breaking(&self, environment: &str, tool: &str) -> String {
        format!(
            "tollgate exec -e {environment} -- {tool} force-unlock {}",
            self.id
        )
    }
}

impl fmt::Display for StateLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operation = self
            .operation
            .strip_prefix("OperationType")
            .unwrap_or(&self.operation)
            .to_lowercase();
        write!(
            f,
            "the state has a lock too: {} ({} by {})",
            self.id,
            inert(&operation),
            inert(&self.who)
        )
    }
}

/// Finds the lock of an environment's state; none where there is none, or it cannot be told.
#[must_use]
pub fn find(site: &Site) -> Option<StateLock> {
    let own = match backend::initialised(&site.layout.directory.value) {
        Initialised::For(found) => site.backend.clone().filled_from(&found),
        Initialised::Not | Initialised::Unreadable(_) => site.backend.clone(),
    };
    if own.kind() != "s3" || own.get("use_lockfile") != Some("true") {
        return None;
    }
    let (bucket, key) = (own.get("bucket")?, own.get("key")?);
    let workspace = &site.layout.workspace.value;
    let key = if workspace == DEFAULT_WORKSPACE {
        format!("{key}.tflock")
    } else {
        let prefix = own.get("workspace_key_prefix").unwrap_or("env:");
        format!("{prefix}/{workspace}/{key}.tflock")
    };
    let found = place::connect(&own, bucket).get(&key).ok()??;
    StateLock::read(&found.bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_lock_says() {
        let text = r#"{"ID":"5a1d-33","Operation":"OperationTypeApply","Info":"","Who":"ann@host","Version":"1.12.6","Created":"x","Path":"b/k"}"#;
        let lock = StateLock::read(text.as_bytes());
        let said = lock.as_ref().map(ToString::to_string);
        assert_eq!(
            said.as_deref(),
            Some("the state has a lock too: 5a1d-33 (apply by ann@host)")
        );
        let breaking = lock.map(|lock| lock.breaking("staging", "tofu"));
        assert_eq!(
            breaking.as_deref(),
            Some("tollgate exec -e staging -- tofu force-unlock 5a1d-33")
        );
        for text in ["", "{}", r#"{"ID":""}"#, r#"{"ID":"a; rm"}"#] {
            assert_eq!(StateLock::read(text.as_bytes()), None, "{text}");
        }
    }
}
