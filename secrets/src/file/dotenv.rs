//! dotenv as SOPS reads it: a line is a comment or `KEY=value`, and `\n` in a value is a line break.

use super::marks::{Content, Marks};
use super::{Budget, Keys};
use crate::error::Problem;
use crate::tree::{Comment, Entry, KeyPath, Node, Scalar};
use zeroize::Zeroizing;

pub(super) fn parse(text: &str, marks: &mut Marks) -> Result<Node, Problem> {
    let mut entries = Vec::new();
    let mut keys = Keys::default();
    let mut budget = Budget::new();
    let mut end = 0;
    // SOPS ends lines with a line feed alone; where all have more, git has changed them.
    let converted = text
        .split('\n')
        .filter(|line| !line.is_empty())
        .all(|line| line.ends_with('\r'));
    marks.open_map(0, false);
    for (number, line) in text.split('\n').enumerate() {
        let start = end;
        end += line.len() + 1;
        let line = if converted {
            line.strip_suffix('\r').unwrap_or(line)
        } else {
            line
        };
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
        marks.key(key, start..start + key.len());
        marks.leaf(start + key.len() + 1..start + line.len(), Content::Scalar);
        let value = Zeroizing::new(value.replace("\\n", "\n"));
        entries.push(Entry::Pair(
            key.to_owned(),
            Node::Scalar(Scalar::text(&value)),
        ));
    }
    marks.close(text.len());
    Ok(Node::Map(entries))
}
