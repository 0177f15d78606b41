//! Waivers: findings that somebody answers for, until a day.
//!
//! A waiver covers the findings of a rule, or of a whole policy, at the addresses that
//! its pattern matches: violations and undetermined ones, of advisory and
//! soft-mandatory rules. No waiver covers a hard-mandatory rule.
//!
//! What moves to another address has two names in its plan, and is covered only where both are: a
//! `moved` block would otherwise carry any resource under the waiver of another one.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tollgate_policy::pattern;

use crate::stack::Stack;

/// One waiver of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Waiver {
    /// The policy whose findings it covers.
    pub policy: String,
    /// The rule, without the policy's name; none for every rule of the policy.
    pub rule: Option<String>,
    /// Which addresses it covers.
    pub address: AddressPattern,
    /// Which stacks it covers, as a pattern; none for all.
    #[serde(default)]
    pub stack: Option<String>,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it holds.
    pub expires: Date,
    /// File and line of the configuration.
    pub location: String,
}

impl Waiver {
    /// Returns the rule as the configuration writes it: `policy/rule` or `policy/*`.
    #[must_use]
    pub fn rule_pattern(&self) -> String {
        format!("{}/{}", self.policy, self.rule.as_deref().unwrap_or("*"))
    }

    /// Returns whether its last day is past.
    #[must_use]
    pub fn expired(&self, today: Date) -> bool {
        today > self.expires
    }

    /// Returns whether it names the stack, the rule and the address, whatever the date.
    ///
    /// A finding about the plan as a whole has no address: only `*` matches it.
    #[must_use]
    pub fn matches(&self, stack: &Stack, policy: &str, rule: &str, address: Option<&str>) -> bool {
        self.policy == policy
            && self.rule.as_deref().is_none_or(|own| own == rule)
            && self.stack.as_deref().is_none_or(|own| stack.matches(own))
            && match address {
                Some(address) => self.address.matches(address),
                None => self.address.matches(""),
            }
    }
}

/// A resource address in which `*` stands for any run of characters, an empty one too.
///
/// Everything else stands for itself: addresses contain `["…"]`, so brackets, quotes
/// and question marks have no second meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressPattern(String);

impl AddressPattern {
    /// Makes a pattern; every text is one.
    #[must_use]
    pub fn new(pattern: impl Into<String>) -> Self {
        Self(pattern.into())
    }

    /// Returns the pattern as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether the whole address matches.
    #[must_use]
    pub fn matches(&self, address: &str) -> bool {
        pattern::matches(&self.0, address)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn patterns() {
        for (pattern, address, expected) in [
            ("aws_s3_bucket.a", "aws_s3_bucket.a", true),
            ("aws_s3_bucket.a", "aws_s3_bucket.ab", false),
            ("aws_s3_bucket.a", "module.x.aws_s3_bucket.a", false),
            ("module.db.*", "module.db.aws_rds_cluster.main", true),
            ("module.db.*", "module.db", false),
            (
                "module.*.aws_rds_cluster.*",
                "module.a.module.b.aws_rds_cluster.main",
                true,
            ),
            ("*.main", "module.a.main", true),
            ("*.main", "module.a.main2", false),
            ("*ab*ab", "abab", true),
            ("*ab*ab", "ab", false),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("*", "", true),
            ("*", "anything", true),
            ("**", "", true),
            ("", "", true),
            ("", "a", false),
            (r#"aws_x.y["a.b"]"#, r#"aws_x.y["a.b"]"#, true),
            (r#"aws_x.y["a.b"]"#, r#"aws_x.y["aXb"]"#, false),
            ("aws_x.y[*]", "aws_x.y[12]", true),
            ("aws_x.y[*]", "aws_x.y", false),
            ("aws_x.y?", "aws_x.yz", false),
        ] {
            assert_eq!(
                AddressPattern::new(pattern).matches(address),
                expected,
                "{pattern} on {address}"
            );
        }
    }

    /// The definition, without a care for time.
    fn slow(pattern: &[char], address: &[char]) -> bool {
        match pattern.split_first() {
            None => address.is_empty(),
            Some(('*', rest)) => (0..=address.len()).any(|skipped| slow(rest, &address[skipped..])),
            Some((first, rest)) => address.first() == Some(first) && slow(rest, &address[1..]),
        }
    }

    proptest! {
        #[test]
        fn matching_agrees_with_its_definition(pattern in "[ab*]{0,7}", address in "[ab]{0,9}") {
            let expected = slow(&pattern.chars().collect::<Vec<_>>(), &address.chars().collect::<Vec<_>>());
            prop_assert_eq!(AddressPattern::new(pattern).matches(&address), expected);
        }
    }
}
