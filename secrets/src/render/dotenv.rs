//! `KEY=value` lines.

use super::{flat, refuse};
use crate::error::Problem;
use crate::file::Format;
use crate::tree::{Entry, KeyPath, Node, Scalar, Text};

pub(super) fn document(node: &Node) -> Result<Text, Problem> {
    let Node::Map(entries) = node else {
        return Err(Problem::NotAMap);
    };
    let mut out = Text::default();
    for entry in entries {
        match entry {
            Entry::Comment(comment) => {
                out.push_str("#");
                out.push(comment.text.as_bytes());
            }
            Entry::Pair(key, Node::Scalar(scalar)) => {
                out.push_str(key);
                out.push_str("=");
                let value = flat(scalar);
                for (number, line) in value.as_bytes().split(|&byte| byte == b'\n').enumerate() {
                    if number > 0 {
                        out.push_str(if matches!(scalar, Scalar::Text(_)) {
                            "\\n"
                        } else {
                            "\n"
                        });
                    }
                    out.push(line);
                }
            }
            Entry::Pair(key, _) => {
                let mut path = KeyPath::default();
                path.push_key(key);
                return Err(refuse(Format::Dotenv, &path, "is a map or a list"));
            }
        }
        out.push_str("\n");
    }
    Ok(out)
}
