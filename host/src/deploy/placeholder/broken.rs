//! What the tool says when it stumbles over a placeholder.

use std::fmt;

use super::{PREFIX, Placeholders};
use crate::diagnostic::{listed, quoted};

/// A plan that failed, likely over placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Those that it names; all of them where it names none.
    pub variables: Vec<String>,
    /// Whether the tool's message names them.
    pub named: bool,
    /// What they broke.
    pub why: Why,
}

/// What a placeholder broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// A rule that the configuration has for the variable.
    Validation,
    /// A `for_each` or a `count`.
    Repetition,
    /// The configuration of a provider, or a data source that was read.
    Provider,
    /// Something else: a function that wants another text, a condition.
    Other,
}

impl Placeholders {
    /// Reads what the tool wrote to standard error when planning failed. None where nothing of it has to
    /// do with a placeholder.
    #[must_use]
    pub fn explain(&self, stderr: &str) -> Option<Broken> {
        if self.is_empty() {
            return None;
        }
        let text = plain(stderr);
        let named: Vec<String> = self
            .0
            .iter()
            .filter(|(name, value)| {
                let mut numbers = Vec::new();
                value.numbers(&mut |number| numbers.push(number.to_string()));
                has_word(&text, &format!("{PREFIX}{name}"))
                    || has_word(&text, &format!("var.{name}"))
                    || text.contains(&format!("variable \"{name}\""))
                    || numbers.iter().any(|number| has_word(&text, number))
            })
            .map(|(name, _)| name.clone())
            .collect();
        let has = |phrases: &[&str]| phrases.iter().any(|phrase| text.contains(phrase));
        let why = if has(&[
            "Invalid value for variable",
            "Invalid value for input variable",
        ]) {
            Why::Validation
        } else if has(&["Invalid for_each argument", "Invalid count argument"]) {
            Why::Repetition
        } else if has(&["with provider[", "with data.", "provider configuration"]) {
            Why::Provider
        } else {
            Why::Other
        };
        if named.is_empty() && why != Why::Provider && why != Why::Repetition {
            return None;
        }
        Some(Broken {
            named: !named.is_empty(),
            variables: if named.is_empty() {
                self.names().map(str::to_owned).collect()
            } else {
                named
            },
            why,
        })
    }
}

/// Takes colour and the frame around messages out, and line breaks within sentences.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        match character {
            '\u{1b}' => {
                // Up to the letter that ends the sequence.
                for skipped in rest.by_ref() {
                    if skipped.is_ascii_alphabetic() {
                        break;
                    }
                }
            }
            '\u{2500}'..='\u{257f}' | '\r' => {}
            '\n' => out.push(' '),
            other => out.push(other),
        }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a text has a word that is not a part of a longer name.
fn has_word(text: &str, word: &str) -> bool {
    let joins = |character: char| character.is_alphanumeric() || matches!(character, '_' | '-');
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text
            .get(at + word.len()..)
            .and_then(|text| text.chars().next());
        !before.is_some_and(joins) && !after.is_some_and(joins)
    })
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.why {
            Why::Validation => "a rule for the value of a variable refuses",
            Why::Repetition => "a `for_each` or `count` needs",
            Why::Provider => "a provider cannot be asked with",
            Why::Other => "the configuration cannot be planned with",
        };
        let variables = listed(&self.variables);
        if self.named {
            write!(f, "{what} the placeholder for {variables}")
        } else {
            write!(
                f,
                "perhaps {what} a placeholder: there are some for {variables}"
            )
        }
    }
}

impl Broken {
    /// Returns the one next step.
    #[must_use]
    pub fn help(&self) -> String {
        let [variable] = self.variables.as_slice() else {
            return "plan with a key, without `--keyless`".to_owned();
        };
        match self.why {
            Why::Validation => format!(
                "plan with a key, without `--keyless`; or let the `validation` of {} pass a text that begins with \"{PREFIX}\"",
                quoted(variable)
            ),
            Why::Repetition => format!(
                "plan with a key, without `--keyless`; or repeat over something that is not secret, and look {} up by its key",
                quoted(variable)
            ),
            Why::Provider => format!(
                "plan with a key, without `--keyless`; or give the provider credentials of its own in place of {}",
                quoted(variable)
            ),
            Why::Other => "plan with a key, without `--keyless`".to_owned(),
        }
    }
}
