//! What `tollgate config check` prints.

use crate::report::page::{Line, Options, Page, Role, count};
use crate::report::words::enforcement;
use crate::report::{Enforcement, Problem};

/// The column beside the words `ok`, `warns`, `FAILED`.
const WORD: usize = 10;

/// A configuration that has no mistakes, with what is worth knowing of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedConfig {
    /// As it was named.
    pub path: String,
    /// By name.
    pub environments: Vec<CheckedEnvironment>,
    /// Policies that could not be loaded, and why.
    pub failures: Vec<(String, Problem)>,
    /// Built-in policies in whose place a module of the same name runs, and that module.
    pub replaced: Vec<(String, String)>,
    /// Those that end first come first.
    pub waivers: Vec<CheckedWaiver>,
}

/// An environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedEnvironment {
    /// Its name.
    pub name: String,
    /// Whether it is protected.
    pub protected: bool,
    /// Name and enforcement of what runs there.
    pub policies: Vec<(String, Enforcement)>,
}

/// A waiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedWaiver {
    /// `tollgate.toml:LINE`.
    pub location: String,
    /// `policy/rule`.
    pub rule: String,
    /// The address pattern.
    pub address: String,
    /// Who answers for it.
    pub owner: String,
    /// Its last day.
    pub expires: String,
    /// From today to its last day; negative when that is past.
    pub days: i64,
    /// Whether somebody should look at it.
    pub soon: bool,
}

impl CheckedConfig {
    /// Returns whether a policy could not be loaded.
    #[must_use]
    pub fn failed(&self) -> bool {
        !self.failures.is_empty()
    }
}

/// Returns it as text, with a line feed at the end of each line.
#[must_use]
pub fn render(config: &CheckedConfig, options: Options) -> String {
    let mut page = Page::new(options);
    page.line(
        0,
        2,
        &Line::new().atom(Role::Strong, config.path.as_str()).put(
            Role::Faint,
            format!(", {}", count(config.waivers.len(), "waiver", "waivers")),
        ),
    );
    for environment in &config.environments {
        let mut line = Line::new().atom(Role::Strong, environment.name.as_str());
        if environment.protected {
            line = line.put(Role::Faint, " (protected)");
        }
        for (nth, (policy, how)) in environment.policies.iter().enumerate() {
            line = line
                .text(if nth == 0 { ": " } else { ", " })
                .atom(Role::Plain, policy.as_str())
                .put(Role::Faint, " ")
                .put(Role::Faint, enforcement(*how));
        }
        let (word, role) = if config.failed() {
            ("", Role::Faint)
        } else {
            ("ok", Role::Good)
        };
        page.item(2, WORD, role, word, &line);
    }
    for (policy, source) in &config.replaced {
        let line = Line::new()
            .atom(Role::Strong, policy.as_str())
            .text(" is built in, and ")
            .atom(Role::Plain, source.as_str())
            .text(" runs in its place; give a policy of your own another name");
        page.item(2, WORD, Role::Warning, "warns", &line);
    }
    for waiver in config.waivers.iter().filter(|waiver| waiver.soon) {
        let when = match waiver.days {
            0 => "ends today".to_owned(),
            days if days < 0 => format!("ended on {}, and covers nothing", waiver.expires),
            days => format!(
                "ends in {}, on {}",
                count(usize::try_from(days).unwrap_or(0), "day", "days"),
                waiver.expires
            ),
        };
        let line = Line::new()
            .text("the waiver of ")
            .atom(Role::Plain, waiver.rule.as_str())
            .text(" at ")
            .atom(Role::Plain, waiver.address.as_str())
            .text(format!(" {when}: "))
            .text(waiver.owner.as_str())
            .put(Role::Faint, " (")
            .atom(Role::Faint, waiver.location.as_str())
            .put(Role::Faint, ")");
        page.item(2, WORD, Role::Warning, "warns", &line);
    }
    for (policy, problem) in &config.failures {
        let line = Line::new()
            .atom(Role::Strong, policy.as_str())
            .text(": ")
            .text(problem.message.as_str())
            .put(Role::Faint, " [")
            .atom(Role::Faint, problem.code.as_str())
            .put(Role::Faint, "]");
        page.item(2, WORD, Role::Bad, "FAILED", &line);
        if let Some(help) = &problem.help {
            page.line(2 + WORD, 2 + WORD, &Line::new().text(help.as_str()));
        }
    }
    page.finish()
}
