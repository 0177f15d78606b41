//! Which workspace a command would use.

use std::path::Path;

use super::{Guard, Refusal, at, written};
use crate::diagnostic::quoted;
use crate::hcl::data_directory;
use crate::layout::{DEFAULT_WORKSPACE, Setting};

/// The variable that overrules what is selected.
pub const VARIABLE: &str = "TF_WORKSPACE";

/// The workspace that is selected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its name.
    pub name: String,
    /// What selects it.
    pub by: By,
}

/// What selects a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// `TF_WORKSPACE`.
    Variable,
    /// `workspace select`, some time ago.
    Selection,
    /// Nothing.
    Default,
}

/// Reads which one is selected in a directory.
#[must_use]
pub fn read(directory: &Path) -> Found {
    if let Ok(name) = std::env::var(VARIABLE)
        && !name.is_empty()
    {
        let by = By::Variable;
        return Found { name, by };
    }
    let file = data_directory(directory).join("environment");
    match std::fs::read(file) {
        Ok(bytes) => {
            let text = String::from_utf8_lossy(&bytes);
            let name = text.trim();
            if name.is_empty() {
                default()
            } else {
                Found {
                    name: name.to_owned(),
                    by: By::Selection,
                }
            }
        }
        // The tools take it for nothing selected as well.
        Err(_) => default(),
    }
}

fn default() -> Found {
    Found {
        name: DEFAULT_WORKSPACE.to_owned(),
        by: By::Default,
    }
}

/// Says what is wrong with it.
#[must_use]
pub fn compare(
    expected: &Setting<String>,
    found: &Found,
    tool: &str,
    directory: &Path,
) -> Option<Refusal> {
    if found.name == expected.value {
        return None;
    }
    let name = quoted(&found.name);
    let (found, help) = match found.by {
        By::Variable => (
            format!("{name} (by {VARIABLE})"),
            format!("`unset {VARIABLE}`, or set it to {}", expected.value),
        ),
        By::Selection | By::Default => (name, {
            let workspace = format!("{} workspace", at(tool, directory));
            let name = tollgate_secrets::shell_name(&expected.value);
            format!("`{workspace} select {name}`; or if it is new, `{workspace} new {name}`")
        }),
    };
    Some(Refusal {
        guard: Guard::Workspace,
        expected: written(expected),
        found,
        help,
    })
}
