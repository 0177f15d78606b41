//! JSON, and the JSON that wraps binary files.
//!
//! Read by hand: order matters, duplicate keys are refused, and every number must become the very
//! float or integer that SOPS hashes.

use super::marks::{Content, Marks};
use super::{Budget, Keys};
use crate::error::Problem;
use crate::tree::{Entry, Item, KeyPath, Node, Scalar, Text};

/// Parses one document whose top level is an object.
pub(crate) fn parse(text: &str, marks: &mut Marks) -> Result<Node, Problem> {
    let mut parser = Parser {
        marks,
        text,
        at: 0,
        path: KeyPath::default(),
        budget: Budget::new(),
    };
    parser.space();
    if parser.peek() != Some(b'{') {
        return Err(
            if matches!(
                parser.peek(),
                Some(b'[' | b'"' | b'0'..=b'9' | b't' | b'f' | b'n' | b'-')
            ) {
                Problem::NotAMap
            } else {
                parser.problem("no object")
            },
        );
    }
    let node = parser.value()?;
    parser.space();
    if parser.peek().is_some() {
        Err(parser.problem("something after the end"))
    } else {
        Ok(node)
    }
}

struct Parser<'a> {
    marks: &'a mut Marks,
    text: &'a str,
    at: usize,
    path: KeyPath,
    budget: Budget,
}

impl<'a> Parser<'a> {
    fn problem(&self, what: &str) -> Problem {
        let before = self.text.get(..self.at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or(before).chars().count() + 1;
        Problem::Syntax {
            format: "JSON",
            what: what.to_owned(),
            line,
            column,
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn eat(&mut self, sign: u8, what: &str) -> Result<(), Problem> {
        self.space();
        if self.peek() == Some(sign) {
            self.at += 1;
            Ok(())
        } else {
            Err(self.problem(what))
        }
    }

    fn word(&mut self, word: &str, scalar: Scalar) -> Result<Node, Problem> {
        if self.text[self.at..].starts_with(word) {
            self.at += word.len();
            Ok(Node::Scalar(scalar))
        } else {
            Err(self.problem("an unknown word"))
        }
    }

    fn value(&mut self) -> Result<Node, Problem> {
        Budget::check_depth(self.path.depth())?;
        self.space();
        let start = self.at;
        let node = match self.peek() {
            Some(b'{') => self.object(),
            Some(b'[') => self.array(),
            Some(b'"') => self.string().map(|text| Node::Scalar(Scalar::Text(text))),
            Some(b't') => self.word("true", Scalar::Bool(true)),
            Some(b'f') => self.word("false", Scalar::Bool(false)),
            Some(b'n') => self.word("null", Scalar::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => Err(self.problem("no value")),
            None => Err(self.problem("an early end")),
        }?;
        let text = if let Node::Scalar(_) = node {
            self.marks.leaf(start..self.at, Content::Scalar);
            self.at - start
        } else {
            0
        };
        self.budget.take(text)?;
        Ok(node)
    }

    fn object(&mut self) -> Result<Node, Problem> {
        self.marks.open_map(self.at, true);
        self.at += 1;
        let mut entries = Vec::new();
        let mut keys = Keys::default();
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            self.marks.close(self.at);
            return Ok(Node::Map(entries));
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(self.problem("no key"));
            }
            let start = self.at;
            let key = self.string()?;
            let key = key.as_str().unwrap_or_default().to_owned();
            self.marks.key(&key, start..self.at);
            keys.insert(&key, &self.path)?;
            self.eat(b':', "no `:` after a key")?;
            self.path.push_key(&key);
            let value = self.value()?;
            self.path.pop();
            entries.push(Entry::Pair(key, value));
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    self.marks.close(self.at);
                    return Ok(Node::Map(entries));
                }
                Some(_) => return Err(self.problem("neither `,` nor `}` after a value")),
                None => return Err(self.problem("an early end")),
            }
        }
    }

    fn array(&mut self) -> Result<Node, Problem> {
        self.marks.open_list(self.at, true);
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            self.marks.close(self.at);
            return Ok(Node::List(items));
        }
        loop {
            self.path.push_index(items.len());
            let value = self.value()?;
            self.path.pop();
            items.push(Item::Node(value));
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    self.marks.close(self.at);
                    return Ok(Node::List(items));
                }
                Some(_) => return Err(self.problem("neither `,` nor `]` after a value")),
                None => return Err(self.problem("an early end")),
            }
        }
    }

    fn number(&mut self) -> Result<Node, Problem> {
        let rest = &self.text[self.at..];
        let end = rest
            .find(|character: char| !matches!(character, '0'..='9' | '+' | '-' | '.' | 'e' | 'E'))
            .unwrap_or(rest.len());
        let number = &rest[..end];
        let digits = number.strip_prefix('-').unwrap_or(number);
        let leading_zero =
            digits.len() > 1 && digits.starts_with('0') && digits.as_bytes()[1].is_ascii_digit();
        let scalar = if leading_zero
            || !digits.starts_with(|first: char| first.is_ascii_digit())
            || digits.ends_with('.')
        {
            None
        } else if number == "-0" {
            // As an integer it would lose the sign that the MAC covers.
            Some(Scalar::Float(-0.0))
        } else if let Ok(integer) = number.parse() {
            Some(Scalar::Int(integer))
        } else {
            number
                .parse()
                .ok()
                .filter(|float: &f64| float.is_finite())
                .map(Scalar::Float)
        };
        let scalar = scalar.ok_or_else(|| self.problem("no number"))?;
        if let Scalar::Float(float) = scalar
            && !crate::scalar::is_exactly(number, float)
        {
            self.marks.inexact(&self.path);
        }
        self.at += end;
        Ok(Node::Scalar(scalar))
    }

    fn string(&mut self) -> Result<Text, Problem> {
        self.at += 1;
        let mut text = Text::default();
        loop {
            let rest = &self.text[self.at..];
            let end = rest
                .bytes()
                .position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))
                .ok_or_else(|| self.problem("an early end"))?;
            if text.is_empty() {
                text = Text::with_capacity(end);
            }
            text.push_str(&rest[..end]);
            self.at += end;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => {
                    self.at += 1;
                    let character = self.escape()?;
                    text.push_str(character.encode_utf8(&mut [0; 4]));
                }
                _ => return Err(self.problem("a control character in a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Problem> {
        let sign = self.peek().ok_or_else(|| self.problem("an early end"))?;
        self.at += 1;
        Ok(match sign {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.hex()?;
                if let Some(character) = char::from_u32(unit) {
                    return Ok(character);
                }
                // A lone half of a pair becomes the replacement character, as in Go.
                if (0xd800..0xdc00).contains(&unit) && self.text[self.at..].starts_with("\\u") {
                    let back = self.at;
                    self.at += 2;
                    let low = self.hex()?;
                    if (0xdc00..0xe000).contains(&low) {
                        let code = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                        return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                    }
                    self.at = back;
                }
                char::REPLACEMENT_CHARACTER
            }
            _ => return Err(self.problem("an unknown escape")),
        })
    }

    fn hex(&mut self) -> Result<u32, Problem> {
        let digits = self
            .text
            .get(self.at..self.at + 4)
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let unit = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let unit = unit.ok_or_else(|| self.problem("an incomplete escape"))?;
        self.at += 4;
        Ok(unit)
    }
}
