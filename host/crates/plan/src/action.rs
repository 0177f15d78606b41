//! The action words of a change.

use std::fmt;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};

use super::json::Text;
use super::{Action, Mode, Replacement};

/// The words as the plan lists them, or the action that they stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Words {
    Known(Action, Option<Replacement>),
    /// A word of ephemeral resources, which have no object to change.
    Open,
    /// No word.
    None,
    /// A word or a combination that has no meaning here, quoted.
    Unknown(String),
}

impl Words {
    fn of(words: &[Text<'_>]) -> Self {
        let mut iter = words.iter().map(|word| word.0.as_ref());
        let (action, replacement) = match (iter.next(), iter.next(), iter.next()) {
            (None, _, _) => return Self::None,
            (Some("no-op"), None, _) => (Action::NoOp, None),
            (Some("create"), None, _) => (Action::Create, None),
            (Some("read"), None, _) => (Action::Read, None),
            (Some("update"), None, _) => (Action::Update, None),
            (Some("delete"), None, _) => (Action::Delete, None),
            (Some("forget"), None, _) => (Action::Forget, None),
            (Some("open" | "Open"), None, _) => return Self::Open,
            (Some("delete"), Some("create"), None) => {
                (Action::Replace, Some(Replacement::DeleteThenCreate))
            }
            (Some("create"), Some("delete"), None) => {
                (Action::Replace, Some(Replacement::CreateThenDelete))
            }
            (Some("create"), Some("forget"), None) => {
                (Action::Replace, Some(Replacement::CreateThenForget))
            }
            (Some("forget"), Some("create"), None) => {
                (Action::Replace, Some(Replacement::ForgetThenCreate))
            }
            _ => {
                let quoted: Vec<String> =
                    words.iter().map(|word| format!("{:?}", word.0)).collect();
                return Self::Unknown(format!("[{}]", quoted.join(", ")));
            }
        };
        Self::Known(action, replacement)
    }

    /// Returns the action, if these words have a meaning for a block of this mode.
    pub(super) fn action(&self, mode: Mode) -> Option<(Action, Option<Replacement>)> {
        match self {
            Self::Known(action, replacement) => Some((*action, *replacement)),
            // An ephemeral resource is opened during apply and leaves nothing behind:
            // of the contract's actions that is a read.
            Self::Open if mode == Mode::Ephemeral => Some((Action::Read, None)),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WordsVisitor;
        impl<'de> Visitor<'de> for WordsVisitor {
            type Value = Words;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of action words")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Words, A::Error> {
                let mut words = Vec::new();
                while let Some(word) = seq.next_element::<Text<'de>>()? {
                    words.push(word);
                }
                Ok(Words::of(&words))
            }
        }
        deserializer.deserialize_seq(WordsVisitor)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn every_combination_has_one_meaning_or_none() {
        use Action::*;
        use Replacement::*;
        for (words, meaning) in [
            (r#"["no-op"]"#, Some((NoOp, None))),
            (r#"["create"]"#, Some((Create, None))),
            (r#"["read"]"#, Some((Read, None))),
            (r#"["update"]"#, Some((Update, None))),
            (r#"["delete"]"#, Some((Delete, None))),
            (r#"["forget"]"#, Some((Forget, None))),
            (
                r#"["delete","create"]"#,
                Some((Replace, Some(DeleteThenCreate))),
            ),
            (
                r#"["create","delete"]"#,
                Some((Replace, Some(CreateThenDelete))),
            ),
            (
                r#"["create","forget"]"#,
                Some((Replace, Some(CreateThenForget))),
            ),
            (
                r#"["forget","create"]"#,
                Some((Replace, Some(ForgetThenCreate))),
            ),
            ("[]", None),
            (r#"["open"]"#, None),
            (r#"["Renew"]"#, None),
            (r#"["no-op","delete"]"#, None),
            (r#"["delete","create","update"]"#, None),
            (r#"["create","create"]"#, None),
            (r#"["Delete"]"#, None),
        ] {
            let read: Words = serde_json::from_str(words).unwrap();
            assert_eq!(read.action(Mode::Managed), meaning, "{words}");
        }
        let open: Words = serde_json::from_str(r#"["open"]"#).unwrap();
        assert_eq!(open.action(Mode::Ephemeral), Some((Read, None)));
    }
}
