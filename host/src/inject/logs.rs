//! What the tools and their providers log where `TF_LOG` asks for it.
//!
//! It has values of variables and of the state, marked as sensitive or not. On standard error it is
//! masked with everything else. What goes to a file goes past every mask, so it goes nowhere; and
//! where no secret is known, because no key was used, there is nothing that could mask it.

use std::ffi::OsString;

/// What may be logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Logs {
    /// To standard error.
    Masked,
    /// Nothing.
    Off,
}

/// Whether a variable has logs written into files, whatever their level: `TF_LOG_PATH`, and what
/// the providers' libraries know besides it.
fn is_a_file(name: &str) -> bool {
    name.starts_with("TF_LOG_PATH")
        || name == "TF_LOG_SDK_PROTO_DATA_DIR"
        || name.starts_with("TF_ACC_LOG_PATH")
}

/// Whether a variable is about logging.
fn is_of_logs(name: &str) -> bool {
    name == "TF_LOG" || name.starts_with("TF_LOG_") || name.starts_with("TF_ACC_LOG")
}

/// Returns the names of set variables that the tool must not get, sorted.
#[must_use]
pub fn withheld(logs: Logs) -> Vec<OsString> {
    let set = std::env::vars_os().filter(|(_, value)| !value.is_empty());
    names(set.filter_map(|(name, _)| name.into_string().ok()), logs)
}

fn names(set: impl Iterator<Item = String>, logs: Logs) -> Vec<OsString> {
    let mut names: Vec<OsString> = set
        .filter(|name| match logs {
            Logs::Masked => is_a_file(name),
            Logs::Off => is_of_logs(name),
        })
        .map(OsString::from)
        .collect();
    names.sort();
    names
}

/// Returns what somebody should know who has set one of them; none where nothing is withheld that
/// would have had an effect.
#[must_use]
pub fn note(logs: Logs) -> Option<String> {
    let names: Vec<String> = withheld(logs)
        .iter()
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    let list = names.join(", ");
    match (names.as_slice(), logs) {
        ([], _) => None,
        (_, Logs::Masked) => Some(format!(
            "not passed on to the tool: {list}; a log in a file would have secrets in it, so it goes to standard error, masked"
        )),
        (_, Logs::Off) => Some(format!(
            "not passed on to the tool: {list}; a log would have what the state holds, and without a key nothing can mask it"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_writes_a_log_past_the_mask_is_withheld() {
        let set = [
            "TF_LOG",
            "TF_LOG_CORE",
            "TF_LOG_PROVIDER_AWS",
            "TF_LOG_PATH",
            "TF_LOG_PATH_MASK",
            "TF_LOG_SDK_PROTO_DATA_DIR",
            "TF_ACC_LOG_PATH",
            "TF_LOGIN",
            "TF_VAR_log",
        ];
        let withheld = |logs| names(set.into_iter().map(str::to_owned), logs);
        assert_eq!(
            withheld(Logs::Masked),
            [
                "TF_ACC_LOG_PATH",
                "TF_LOG_PATH",
                "TF_LOG_PATH_MASK",
                "TF_LOG_SDK_PROTO_DATA_DIR"
            ]
        );
        let kept: Vec<&str> = set
            .into_iter()
            .filter(|name| !withheld(Logs::Off).contains(&OsString::from(name)))
            .collect();
        assert_eq!(kept, ["TF_LOGIN", "TF_VAR_log"]);
    }
}
