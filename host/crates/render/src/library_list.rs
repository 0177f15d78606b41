//! What `tollgate policy list` prints: every policy that is built in or configured, and where it
//! runs.

use schemars::JsonSchema;
use serde::Serialize;

use crate::page::{Line, Options, Page, Role};
use crate::words::enforcement;
use tollgate_model::library::Preset;
use tollgate_model::rule::Enforcement;

/// The policies that a configuration knows.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PolicyList {
    /// The set of built-in policies that runs where nothing else is configured.
    pub preset: Preset,
    /// By name.
    pub policies: Vec<ListedPolicy>,
}

/// One policy.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ListedPolicy {
    /// Its name in the configuration.
    pub name: String,
    /// What a built-in policy is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The smallest set of built-in policies that has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<Preset>,
    /// `built-in`, or the path of a module.
    pub source: String,
    /// Where it runs and where not, by environment.
    pub runs: Vec<Runs>,
}

/// Whether a policy runs in an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Runs {
    /// The environment's name.
    pub environment: String,
    /// What a violation leads to; left out where the policy is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enforcement: Option<Enforcement>,
    /// Rules that only warn there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub advisory: Vec<String>,
}

/// Returns the list as text.
#[must_use]
pub fn render(list: &PolicyList, options: Options) -> String {
    let mut page = Page::new(options);
    for policy in &list.policies {
        let name = Line::new().atom(Role::Strong, policy.name.as_str());
        page.line(0, 2, &name.text(format!(" ({})", state(policy))));
        page.line(2, 2, &Line::new().text(about(policy)));
    }
    page.blank();
    let preset = list.preset.as_str();
    page.line(
        0,
        0,
        &Line::new().text(format!(
            "Preset `{preset}`. A policy that is off runs once `tollgate.toml` has a table \
             `[policies.NAME]`; `tollgate policy inspect NAME` shows its rules and settings."
        )),
    );
    page.finish()
}

fn about(policy: &ListedPolicy) -> &str {
    policy.summary.as_deref().unwrap_or(&policy.source)
}

/// Where it runs, in as few words as say it.
fn state(policy: &ListedPolicy) -> String {
    let word = |runs: &Runs| {
        let word = runs.enforcement.map_or("off", enforcement);
        match runs.advisory.len() {
            0 => word.to_owned(),
            1 => format!("{word}, 1 rule only warns"),
            rules => format!("{word}, {rules} rules only warn"),
        }
    };
    let mut words: Vec<String> = policy.runs.iter().map(word).collect();
    words.dedup();
    if let [only] = words.as_slice() {
        return only.clone();
    }
    let each = policy
        .runs
        .iter()
        .map(|runs| format!("{} {}", runs.environment, word(runs)));
    each.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_where_all_environments_agree() {
        let runs = |environment: &str, enforcement| Runs {
            environment: environment.to_owned(),
            enforcement,
            advisory: Vec::new(),
        };
        let policy = |runs| ListedPolicy {
            name: "x".to_owned(),
            summary: None,
            preset: None,
            source: "x.wasm".to_owned(),
            runs,
        };
        let advisory = Some(Enforcement::Advisory);
        let agree = policy(vec![runs("a", advisory), runs("b", advisory)]);
        assert_eq!(state(&agree), "advisory");
        let differ = policy(vec![runs("a", advisory), runs("b", None)]);
        assert_eq!(state(&differ), "a advisory; b off");
        assert_eq!(about(&differ), "x.wasm");
    }
}
