//! JSON with tabs, escaped as Go's `encoding/json` escapes.

use super::refuse;
use crate::error::Problem;
use crate::file::Format;
use crate::scalar;
use crate::tree::{Entry, Item, KeyPath, Node, Scalar, Text};

pub(super) fn document(node: &Node) -> Result<Text, Problem> {
    let mut out = value(node)?;
    out.push_str("\n");
    Ok(out)
}

pub(super) fn value(node: &Node) -> Result<Text, Problem> {
    let mut writer = Writer {
        out: Text::with_capacity(4096),
        path: KeyPath::default(),
        depth: 0,
    };
    writer.node(node)?;
    Ok(writer.out)
}

struct Writer {
    out: Text,
    path: KeyPath,
    depth: usize,
}

impl Writer {
    fn line(&mut self) {
        self.out.push_str("\n");
        for _ in 0..self.depth {
            self.out.push_str("\t");
        }
    }

    fn node(&mut self, node: &Node) -> Result<(), Problem> {
        match node {
            Node::Map(entries) => {
                self.out.push_str("{");
                self.depth += 1;
                let mut first = true;
                for entry in entries {
                    let Entry::Pair(key, value) = entry else {
                        continue;
                    };
                    if !first {
                        self.out.push_str(",");
                    }
                    first = false;
                    self.line();
                    self.string(key.as_bytes());
                    self.out.push_str(": ");
                    self.path.push_key(key);
                    self.node(value)?;
                    self.path.pop();
                }
                self.depth -= 1;
                if !first {
                    self.line();
                }
                self.out.push_str("}");
            }
            Node::List(items) => {
                self.out.push_str("[");
                self.depth += 1;
                let mut index = 0;
                for item in items {
                    let Item::Node(value) = item else { continue };
                    if index > 0 {
                        self.out.push_str(",");
                    }
                    self.line();
                    self.path.push_index(index);
                    self.node(value)?;
                    self.path.pop();
                    index += 1;
                }
                self.depth -= 1;
                if index > 0 {
                    self.line();
                }
                self.out.push_str("]");
            }
            Node::Scalar(Scalar::Null) => self.out.push_str("null"),
            Node::Scalar(Scalar::Bool(value)) => {
                self.out.push_str(if *value { "true" } else { "false" });
            }
            Node::Scalar(integer @ Scalar::Int(_)) => self.out.push(integer.mac_bytes().as_bytes()),
            Node::Scalar(Scalar::Float(number)) => {
                let text = scalar::float_json(*number);
                let text = text.ok_or_else(|| {
                    refuse(Format::Json, &self.path, "is infinite or not a number")
                })?;
                self.out.push_str(&text);
            }
            Node::Scalar(Scalar::Text(text) | Scalar::Time(text)) => self.string(text.as_bytes()),
        }
        Ok(())
    }

    fn string(&mut self, bytes: &[u8]) {
        self.out.push_str("\"");
        for chunk in bytes.utf8_chunks() {
            for character in chunk.valid().chars() {
                match character {
                    '"' => self.out.push_str("\\\""),
                    '\\' => self.out.push_str("\\\\"),
                    '\u{8}' => self.out.push_str("\\b"),
                    '\u{c}' => self.out.push_str("\\f"),
                    '\n' => self.out.push_str("\\n"),
                    '\r' => self.out.push_str("\\r"),
                    '\t' => self.out.push_str("\\t"),
                    '\0'..'\u{20}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                        self.out
                            .push_str(&format!("\\u{:04x}", u32::from(character)));
                    }
                    _ => self.out.push_str(character.encode_utf8(&mut [0; 4])),
                }
            }
            for _ in chunk.invalid() {
                // What is not UTF-8 has no form in JSON; Go writes this.
                self.out.push_str("\\ufffd");
            }
        }
        self.out.push_str("\"");
    }
}
