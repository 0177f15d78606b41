//! dotenv as tools print it, unlike the dotenv of SOPS, which knows no quotes.
//!
//! A line is empty, a comment or `KEY=value`, with `export` before it or not. Within single quotes all
//! is literal. Within double quotes `\n`, `\r`, `\t`, `\"`, `\\`, `\$` and `` \` `` are escapes; every
//! other backslash stays. Quoted values may span lines; behind the closing quote a comment may stand.
//! Without quotes a value ends where a space and `#` begin a comment, as readers of dotenv have it, and what
//! was cut is named; a value that begins with `#` is one. Nothing is expanded: `$HOME` is five characters.

use crate::error::Problem;
use crate::tree::{Comment, Entry, KeyPath, Node, Scalar, Text};
use std::collections::BTreeSet;

/// What was made of a dotenv file, so far as its writer could have meant something else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DotenvReading {
    /// How many lines began with `export`.
    pub exported: usize,
    /// How many values stood in quotes.
    pub quoted: usize,
    /// The names of those with a `$` that a shell would expand, and nothing here does.
    pub not_expanded: Vec<String>,
    /// The names of those with `\n` outside of double quotes, which stays two characters.
    pub not_unescaped: Vec<String>,
    /// The names of those behind which a comment stands, without quotes: it could be a part of a secret.
    pub cut: Vec<String>,
}

/// Reads the values.
pub(super) fn parse(text: &str) -> Result<Node, Problem> {
    let (node, _) = read(text)?;
    Ok(match node {
        Node::Map(mut entries) => {
            entries.retain(|entry| matches!(entry, Entry::Pair(..)));
            Node::Map(entries)
        }
        other => other,
    })
}

/// Reads the values and the comments; one behind a closing quote comes to stand above its value.
pub(crate) fn read(text: &str) -> Result<(Node, DotenvReading), Problem> {
    let mut reading = DotenvReading::default();
    let mut entries = Vec::new();
    let mut keys = BTreeSet::new();
    let mut rest = text;
    let problem = |rest: &str, what: &str| Problem::Syntax {
        format: "dotenv",
        what: what.to_owned(),
        line: text[..text.len() - rest.len()].matches('\n').count() + 1,
        column: 1,
    };
    while !rest.is_empty() {
        let start = rest;
        let line = rest.split('\n').next().unwrap_or(rest);
        let trimmed = line.trim();
        if let Some(comment) = trimmed.strip_prefix('#') {
            entries.push(Entry::Comment(Comment::above(comment)));
        }
        if trimmed.is_empty() || trimmed.starts_with('#') {
            rest = after(rest, line.len());
            continue;
        }
        let (key, value) = line
            .split_once('=')
            .ok_or_else(|| problem(start, "a line without `=`"))?;
        let value_at = line.len() - value.len();
        let key = key.trim();
        let bare = key.strip_prefix("export ");
        reading.exported += usize::from(bare.is_some());
        let key = bare.unwrap_or(key).trim();
        if !is_name(key) {
            return Err(problem(start, "a name that no variable has"));
        }
        let value = &rest[value_at..];
        let padding = value.len() - value.trim_start_matches([' ', '\t']).len();
        let value = &value[padding..];
        let quote = value
            .chars()
            .next()
            .filter(|first| matches!(first, '"' | '\''));
        reading.quoted += usize::from(quote.is_some());
        let (value, used) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => quoted(&value[1..], quote)
                .map(|(text, used)| (text, used + 1))
                .ok_or_else(|| problem(start, "a quote that is not closed"))?,
            _ => {
                let line = value.split('\n').next().unwrap_or(value);
                let end = [" #", "\t#"]
                    .iter()
                    .filter_map(|sign| Some(line.find(sign)? + 1))
                    .min()
                    .unwrap_or(line.len());
                if end < line.len() {
                    reading.cut.push(key.to_owned());
                }
                (Text::from(line[..end].trim()), end)
            }
        };
        rest = &rest[value_at + padding + used..];
        let tail = rest.split('\n').next().unwrap_or(rest);
        let behind = tail.trim();
        if !(behind.is_empty() || behind.starts_with('#')) {
            return Err(problem(start, "something behind a closing quote"));
        }
        if let Some(comment) = behind.strip_prefix('#') {
            entries.push(Entry::Comment(Comment::above(comment)));
        }
        let holds = |wanted: &str| value.as_str().is_some_and(|value| value.contains(wanted));
        if quote != Some('\'') && holds("$") {
            reading.not_expanded.push(key.to_owned());
        }
        if quote != Some('"') && holds("\\n") {
            reading.not_unescaped.push(key.to_owned());
        }
        rest = after(rest, tail.len());
        if !keys.insert(key.to_owned()) {
            let mut path = KeyPath::default();
            path.push_key(key);
            return Err(Problem::DuplicateKey(path));
        }
        entries.push(Entry::Pair(
            key.to_owned(),
            Node::Scalar(Scalar::Text(value)),
        ));
    }
    Ok((Node::Map(entries), reading))
}

/// Returns what follows a line of that many bytes.
fn after(text: &str, line: usize) -> &str {
    text.get(line + 1..).unwrap_or_default()
}

fn is_name(key: &str) -> bool {
    let mut bytes = key.bytes();
    bytes
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

/// Reads up to the closing quote; returns the value, and how many bytes it took with that quote.
fn quoted(text: &str, quote: char) -> Option<(Text, usize)> {
    let mut value = Text::with_capacity(text.find(quote)?);
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        if character == quote {
            return Some((value, at + 1));
        }
        if character != '\\' || quote == '\'' {
            value.push_str(character.encode_utf8(&mut [0; 4]));
            continue;
        }
        let (_, escaped) = characters.next()?;
        match escaped {
            'n' => value.push_str("\n"),
            'r' => value.push_str("\r"),
            't' => value.push_str("\t"),
            '"' | '\\' | '$' | '`' => value.push_str(escaped.encode_utf8(&mut [0; 4])),
            other => {
                value.push_str("\\");
                value.push_str(other.encode_utf8(&mut [0; 4]));
            }
        }
    }
    None
}

#[cfg(test)]
#[expect(clippy::panic, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn values_read_as_a_shell_reads_them_without_expansion() {
        for (text, expected) in [
            ("", vec![]),
            ("\n# c\n  # c\n", vec![]),
            ("A=1", vec![("A", "1")]),
            ("A=1\r\nB=2\r\n", vec![("A", "1"), ("B", "2")]),
            ("A=\nB=''\nC=\"\"", vec![("A", ""), ("B", ""), ("C", "")]),
            ("export A=x", vec![("A", "x")]),
            ("  A = x y  ", vec![("A", "x y")]),
            (
                "A=x # c\nB=x#y\nC=#c\nD= # c\nE='x' # c\nF=x\t#c",
                vec![
                    ("A", "x"),
                    ("B", "x#y"),
                    ("C", "#c"),
                    ("D", "# c"),
                    ("E", "x"),
                    ("F", "x"),
                ],
            ),
            ("A=a=b", vec![("A", "a=b")]),
            (
                r#"A="a \"b\" \\ \$HOME \n \x" # c"#,
                vec![("A", "a \"b\" \\ $HOME \n \\x")],
            ),
            (r"A='a \n $HOME'", vec![("A", r"a \n $HOME")]),
            (
                "A=\"two\nlines\"\nB=1",
                vec![("A", "two\nlines"), ("B", "1")],
            ),
            (
                "A='-----BEGIN-----\n=\n-----END-----\n'\n",
                vec![("A", "-----BEGIN-----\n=\n-----END-----\n")],
            ),
            ("A=$HOME", vec![("A", "$HOME")]),
            ("A=\"é😀\"", vec![("A", "é😀")]),
            ("a.b-c=1", vec![("a.b-c", "1")]),
        ] {
            let Ok(Node::Map(entries)) = parse(text) else {
                panic!("does not parse: {text:?}");
            };
            let read: Vec<_> = entries
                .iter()
                .map(|entry| match entry {
                    Entry::Pair(key, node) => (key.as_str(), node.text().unwrap_or("not text")),
                    Entry::Comment(_) => ("#", ""),
                })
                .collect();
            assert_eq!(read, expected, "{text:?}");
        }
    }

    #[test]
    fn what_could_have_been_meant_otherwise_is_said() {
        let text = "# first\nexport A='x y' # c\nB=\"$HOME\"\nC='$5'\nD=a\\nb # d\nG=#g\nH= # h\nE=\"a\\nb\"\nF=$X\n";
        let Ok((Node::Map(entries), reading)) = read(text) else {
            panic!("does not parse");
        };
        let order: Vec<_> = entries
            .iter()
            .map(|entry| match entry {
                Entry::Pair(key, _) => key.as_str(),
                Entry::Comment(comment) => comment.text.as_str().unwrap_or_default(),
            })
            .collect();
        assert_eq!(
            order,
            [" first", " c", "A", "B", "C", " d", "D", "G", "H", "E", "F"]
        );
        let expected = DotenvReading {
            exported: 1,
            quoted: 4,
            not_expanded: vec!["B".into(), "F".into()],
            not_unescaped: vec!["D".into()],
            cut: vec!["D".into()],
        };
        assert_eq!(reading, expected);
    }

    #[test]
    fn what_is_no_dotenv_is_placed_and_not_shown() {
        for (text, expected) in [
            ("A=1\nhunter2", "a line without `=` at line 2, column 1"),
            (
                "hunter 2=1",
                "a name that no variable has at line 1, column 1",
            ),
            (
                "=hunter2",
                "a name that no variable has at line 1, column 1",
            ),
            (
                "A=1\n\nB=\"hunter2",
                "a quote that is not closed at line 3, column 1",
            ),
            (
                "A='hunter2\\",
                "a quote that is not closed at line 1, column 1",
            ),
            (
                "A=\"x\" hunter2",
                "something behind a closing quote at line 1, column 1",
            ),
            ("A=1\nA=hunter2", "has the key A twice"),
        ] {
            let Err(error) = parse(text) else {
                panic!("parses: {text:?}");
            };
            let error = error.to_string();
            assert!(
                error.contains(expected) && !error.contains("hunter"),
                "{error}"
            );
        }
    }
}
