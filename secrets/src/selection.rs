//! Which leaves of a file are encrypted: by suffix, by expression, or by the comment above.

use crate::expression;
use regex::bytes::Regex;

/// The fields of which a file, or a rule for files, may have one.
pub(crate) const SELECTIONS: [&str; 6] = [
    "unencrypted_suffix",
    "encrypted_suffix",
    "unencrypted_regex",
    "encrypted_regex",
    "unencrypted_comment_regex",
    "encrypted_comment_regex",
];
/// The suffix that stands when a file names no rule.
const DEFAULT_UNENCRYPTED_SUFFIX: &str = "_unencrypted";

/// The one rule of a file.
pub(crate) enum Selection {
    UnencryptedSuffix(String),
    EncryptedSuffix(String),
    UnencryptedRegex(Regex),
    EncryptedRegex(Regex),
    UnencryptedCommentRegex(Regex),
    EncryptedCommentRegex(Regex),
}

/// Why the rule of a file cannot be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// SOPS allows one.
    #[error("names more than one of the rules that select what is encrypted")]
    Several,
    /// Not an expression, or one too large.
    #[error("holds a rule whose regular expression is invalid or too large")]
    Expression,
}

impl Selection {
    /// Builds the rule from the metadata's fields; empty ones count as absent.
    pub(crate) fn new(field: impl Fn(&str) -> Option<String>) -> Result<Self, RuleError> {
        let expression = |text: &str| expression::compile(text).ok_or(RuleError::Expression);
        let mut rules = Vec::new();
        for name in SELECTIONS {
            if let Some(value) = field(name).filter(|value| !value.is_empty()) {
                rules.push((name, value));
            }
        }
        if rules.len() > 1 {
            return Err(RuleError::Several);
        }
        Ok(match rules.pop() {
            None => Self::UnencryptedSuffix(DEFAULT_UNENCRYPTED_SUFFIX.to_owned()),
            Some(("unencrypted_suffix", suffix)) => Self::UnencryptedSuffix(suffix),
            Some(("encrypted_suffix", suffix)) => Self::EncryptedSuffix(suffix),
            Some(("unencrypted_regex", text)) => Self::UnencryptedRegex(expression(&text)?),
            Some(("encrypted_regex", text)) => Self::EncryptedRegex(expression(&text)?),
            Some(("unencrypted_comment_regex", text)) => {
                Self::UnencryptedCommentRegex(expression(&text)?)
            }
            Some((_, text)) => Self::EncryptedCommentRegex(expression(&text)?),
        })
    }

    /// Starts a walk through one document.
    pub(crate) fn walk(&self) -> Walk<'_> {
        Walk {
            rule: self,
            keys: Vec::new(),
            comments: Vec::new(),
        }
    }
}

/// The state that decides, while a document is walked in file order.
///
/// Keys are tested one by one, list positions not at all. Comments count for the next entry of
/// their own map or list and for all below it, as they stand in the file: encrypted ones encrypted.
pub(crate) struct Walk<'a> {
    rule: &'a Selection,
    /// Per key on the path: whether it or one above it matches.
    keys: Vec<bool>,
    comments: Vec<Vec<bool>>,
}

impl Walk<'_> {
    pub(crate) fn enter_key(&mut self, key: &str) {
        let matches = self.keys.last().copied().unwrap_or(false)
            || match self.rule {
                Selection::UnencryptedSuffix(suffix) | Selection::EncryptedSuffix(suffix) => {
                    key.ends_with(suffix)
                }
                Selection::UnencryptedRegex(regex) | Selection::EncryptedRegex(regex) => {
                    regex.is_match(key.as_bytes())
                }
                Selection::UnencryptedCommentRegex(_) | Selection::EncryptedCommentRegex(_) => {
                    false
                }
            };
        self.keys.push(matches);
    }

    pub(crate) fn leave_key(&mut self) {
        self.keys.pop();
    }

    pub(crate) fn enter_collection(&mut self) {
        self.comments.push(Vec::new());
    }

    pub(crate) fn leave_collection(&mut self) {
        self.comments.pop();
    }

    pub(crate) fn comment(&mut self, text: &[u8]) {
        if let Selection::UnencryptedCommentRegex(regex) | Selection::EncryptedCommentRegex(regex) =
            self.rule
        {
            let matches = regex.is_match(text);
            if let Some(level) = self.comments.last_mut() {
                level.push(matches);
            }
        }
    }

    /// Forgets the comments above the entry that was just walked.
    pub(crate) fn entry_done(&mut self) {
        if let Some(level) = self.comments.last_mut() {
            level.clear();
        }
    }

    /// Tells whether the leaf, or the comment just noted, is encrypted.
    pub(crate) fn is_encrypted(&self, is_comment: bool) -> bool {
        let key = self.keys.last().copied().unwrap_or(false);
        let mut comments = self.comments.iter().flatten().copied();
        match self.rule {
            Selection::UnencryptedSuffix(_) | Selection::UnencryptedRegex(_) => !key,
            Selection::EncryptedSuffix(_) | Selection::EncryptedRegex(_) => key,
            Selection::UnencryptedCommentRegex(_) => !comments.any(|matches| matches),
            Selection::EncryptedCommentRegex(_) if is_comment => {
                // The comment that asks for encryption stays readable itself.
                let mut others: Vec<bool> = comments.collect();
                others.pop();
                others.contains(&true)
            }
            Selection::EncryptedCommentRegex(_) => comments.any(|matches| matches),
        }
    }
}
