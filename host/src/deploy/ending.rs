//! How an apply ended that did not go well, as far as that was seen.

use crate::inject::Ended;

/// Says what is so after a signal. `tool` is its name, and `again` the command that plans again.
#[must_use]
pub fn of_interrupted(ended: &Ended, tool: &str, again: &str) -> String {
    match (ended.killed_by, ended.warned, ended.code) {
        (Some(signal), ..) => killed(signal, tool, again),
        (None, _, 0) => format!("{tool} had done all of the plan before it ended"),
        (None, 2.., code) => format!(
            "{tool} was told to end more than once and gave up (exit code {code}): what it had begun may be in no state, and its lock may be left; its message above says more, and so does `{again}`"
        ),
        (None, 1, code) => format!(
            "{tool} ended in order (exit code {code}), and what it had done by then is in the state; plan again: `{again}`"
        ),
        // On a terminal its output is its own.
        (None, 0, code) => format!(
            "{tool} ended by itself (exit code {code}); its last words above say whether all that it did is in the state; plan again: `{again}`"
        ),
    }
}

/// Says what is so after a failure without a signal, as a next step.
#[must_use]
pub fn of_failed(ended: &Ended, tool: &str, again: &str) -> String {
    match ended.killed_by {
        Some(signal) => killed(signal, tool, again),
        None => format!(
            "its own message above says why; what it had done by then is in the state, so plan again: `{again}`"
        ),
    }
}

fn killed(signal: i32, tool: &str, again: &str) -> String {
    let name = signal_hook::low_level::signal_name(signal)
        .map_or_else(|| format!("signal {signal}"), str::to_owned);
    format!(
        "{tool} was killed ({name}): what it had begun may be in no state, and its lock may be left; look at what is there before anything else: `{again}`"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_is_said() {
        for (killed_by, warned, code, expected) in [
            (None, 1, 1, "tofu ended in order (exit code 1)"),
            (None, 2, 1, "tofu was told to end more than once"),
            (None, 0, 1, "tofu ended by itself (exit code 1)"),
            (None, 1, 0, "tofu had done all of the plan"),
            (Some(9), 0, 137, "tofu was killed (SIGKILL)"),
            (Some(9), 1, 137, "tofu was killed (SIGKILL)"),
        ] {
            let ended = Ended {
                code,
                killed_by,
                warned,
                lost: None,
            };
            let said = of_interrupted(&ended, "tofu", "tollgate plan");
            assert!(said.starts_with(expected), "{said}");
            assert_eq!(
                of_failed(&ended, "tofu", "x").contains("killed"),
                killed_by.is_some()
            );
        }
    }
}
