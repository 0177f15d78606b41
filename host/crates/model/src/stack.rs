//! Which stack a plan is of.
//!
//! Modules repeat their addresses in every stack that calls them, so an address alone does not say
//! which resource a waiver or an entry of a baseline was written for.

use serde::{Deserialize, Serialize};
use tollgate_policy::pattern;

/// The stack of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Stack {
    /// What reports and baselines call it: the directory.
    pub name: String,
    /// Other names that mean it.
    #[serde(default)]
    pub also: Vec<String>,
}

impl Stack {
    /// Returns whether a pattern, in which `*` stands for any run of characters, names it.
    #[must_use]
    pub fn matches(&self, stack: &str) -> bool {
        self.names().any(|name| pattern::matches(stack, name))
    }

    /// Returns all names that mean it.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.name)
            .chain(&self.also)
            .map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_name_whole_stacks() {
        let stack = Stack {
            name: "stacks/eu".to_owned(),
            also: vec!["stacks/eu/tfplan".to_owned()],
        };
        for (pattern, expected) in [
            ("stacks/eu", true),
            ("stacks/eu/tfplan", true),
            ("stacks/*", true),
            ("*", true),
            ("stacks", false),
            ("eu", false),
            ("stacks/e", false),
            ("", false),
        ] {
            assert_eq!(stack.matches(pattern), expected, "{pattern}");
        }
    }
}
