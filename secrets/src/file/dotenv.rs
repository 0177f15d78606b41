//! dotenv as SOPS reads it: a line is a comment or `KEY=value`, and `\n` in a value is a line break.

use super::{Budget, Keys};
use crate::error::Problem;
use crate::tree::{Comment, Entry, KeyPath, Node, Scalar};
use zeroize::Zeroizing;

pub(super) fn parse(text: &str) -> Result<Node, Problem> {
    let mut entries = Vec::new();
    let mut keys = Keys::default();
    let mut budget = Budget::new();
    for (number, line) in text.split('\n').enumerate() {
        if line.is_empty() {
            continue;
        }
        budget.take(line.len())?;
        if let Some(comment) = line.strip_prefix('#') {
            entries.push(Entry::Comment(Comment::above(comment)));
            continue;
        }
        let (key, value) = line.split_once('=').ok_or_else(|| Problem::Syntax {
            format: "dotenv",
            what: "a line without `=`".to_owned(),
            line: number + 1,
            column: 1,
        })?;
        keys.insert(key, &KeyPath::default())?;
        let value = Zeroizing::new(value.replace("\\n", "\n"));
        entries.push(Entry::Pair(
            key.to_owned(),
            Node::Scalar(Scalar::text(&value)),
        ));
    }
    Ok(Node::Map(entries))
}
