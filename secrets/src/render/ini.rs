//! Sections of aligned `key = value` lines.

use super::{flat, refuse};
use crate::error::Problem;
use crate::file::Format;
use crate::tree::{Comment, Entry, KeyPath, Node, Text};

pub(super) fn document(node: &Node) -> Result<Text, Problem> {
    let Node::Map(sections) = node else {
        return Err(Problem::NotAMap);
    };
    let sections: Vec<(&String, &Node)> = sections
        .iter()
        .filter_map(|entry| match entry {
            Entry::Pair(name, node) => Some((name, node)),
            Entry::Comment(_) => None,
        })
        .collect();
    let mut out = Text::default();
    let last = sections.len().saturating_sub(1);
    for (number, (name, section)) in sections.into_iter().enumerate() {
        let mut path = KeyPath::default();
        path.push_key(name);
        let Node::Map(entries) = section else {
            return Err(refuse(
                Format::Ini,
                &path,
                "is not a map of keys, which a section is",
            ));
        };
        let entries = match entries.split_first() {
            Some((Entry::Comment(comment), rest)) => {
                write_comment(&mut out, comment);
                rest
            }
            _ => entries.as_slice(),
        };
        let keys = entries.iter().filter_map(|entry| match entry {
            Entry::Pair(key, _) => Some(quoted_key(key)),
            Entry::Comment(_) => None,
        });
        let width = keys.map(|key| key.len()).max();
        if number > 0 || !name.eq_ignore_ascii_case("DEFAULT") {
            out.push_str("[");
            out.push_str(name);
            out.push_str("]\n");
        } else if width.is_none() {
            continue;
        }
        for (position, entry) in entries.iter().enumerate() {
            let Entry::Pair(key, value) = entry else {
                continue;
            };
            path.push_key(key);
            let Node::Scalar(scalar) = value else {
                return Err(refuse(Format::Ini, &path, "is a map or a list"));
            };
            path.pop();
            if let Some(Entry::Comment(comment)) = entries.get(position + 1) {
                write_comment(&mut out, comment);
            }
            let key = quoted_key(key);
            out.push_str(&key);
            out.push_str(&" ".repeat(width.unwrap_or(0).saturating_sub(key.len())));
            out.push_str(" = ");
            let value = flat(scalar);
            let bytes = value.as_bytes();
            let quote = if bytes.iter().any(|byte| matches!(byte, b'\n' | b'`')) {
                "\"\"\""
            } else if bytes.iter().any(|byte| matches!(byte, b'#' | b';')) {
                "`"
            } else if bytes.trim_ascii().len() != bytes.len() {
                "\""
            } else {
                ""
            };
            out.push_str(quote);
            out.push(bytes);
            out.push_str(quote);
            out.push_str("\n");
        }
        if number != last {
            out.push_str("\n");
        }
    }
    Ok(out)
}

fn quoted_key(key: &str) -> String {
    if key.contains(['"', '=', ':']) {
        format!("`{key}`")
    } else if key.contains('`') {
        format!("\"\"\"{key}\"\"\"")
    } else {
        key.to_owned()
    }
}

fn write_comment(out: &mut Text, comment: &Comment) {
    for line in comment.text.as_bytes().split(|&byte| byte == b'\n') {
        out.push_str("; ");
        let line = match line {
            [b'#' | b';', rest @ ..] => rest,
            line => line,
        };
        out.push(line.trim_ascii());
        out.push_str("\n");
    }
}
