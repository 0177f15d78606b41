//! YAML as go-yaml v3 lays it out with four spaces: which quotes, where comments go, how blocks start.
//!
//! Comments wait in one slot per kind until the place where go-yaml writes them; a later one takes
//! the slot. That loses a comment here and there, as it does in sops.

use crate::scalar::{self, Plain};
use crate::tree::{Comment, Entry, Item, Node, Scalar, Text};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

const INDENT: usize = 4;
/// Longer keys are written with `? `, in bytes.
const SIMPLE_KEY_LIMIT: usize = 128;

pub(super) fn documents(documents: &[&Node]) -> Text {
    let mut emitter = Emitter::new();
    for (number, document) in documents.iter().enumerate() {
        if number > 0 {
            emitter.write_indent();
            emitter.out.push_str("---");
            emitter.column += 3;
            (emitter.whitespace, emitter.indention) = (false, false);
            emitter.write_indent();
        }
        emitter.document(&prepare(document));
    }
    emitter.out
}

/// Writes one value as a document of its own.
pub(super) fn value(node: &Node) -> Text {
    let mut emitter = Emitter::new();
    emitter.document(&prepare(node));
    emitter.out
}

/// A node with its comments attached, as sops hands it to the library.
struct Prepared<'a> {
    head: Vec<&'a [u8]>,
    line: Vec<&'a [u8]>,
    foot: Vec<&'a [u8]>,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Map(Vec<(Prepared<'a>, Prepared<'a>)>),
    List(Vec<Prepared<'a>>),
    Key(&'a str),
    Scalar(&'a Scalar),
}

impl<'a> Prepared<'a> {
    fn new(kind: Kind<'a>) -> Self {
        Self {
            head: Vec::new(),
            line: Vec::new(),
            foot: Vec::new(),
            kind,
        }
    }

    fn prepend_head(&mut self, mut comments: Vec<&'a [u8]>) {
        comments.append(&mut self.head);
        self.head = comments;
    }
}

fn prepare(node: &Node) -> Prepared<'_> {
    match node {
        Node::Scalar(scalar) => Prepared::new(Kind::Scalar(scalar)),
        Node::Map(entries) => {
            let mut prepared = Prepared::new(Kind::Map(Vec::new()));
            let mut pairs: Vec<(Prepared, Prepared)> = Vec::new();
            let mut waiting = Waiting::default();
            for entry in entries {
                match entry {
                    Entry::Comment(comment) => waiting.push(comment),
                    Entry::Pair(name, value) => {
                        if pairs.is_empty() {
                            prepared.prepend_head(std::mem::take(&mut waiting.head));
                        }
                        let mut key = Prepared::new(Kind::Key(name));
                        key.prepend_head(std::mem::take(&mut waiting.head));
                        let mut value = prepare(value);
                        value.line.append(&mut waiting.line);
                        pairs.push((key, value));
                    }
                }
            }
            let rest = waiting.rest();
            match pairs.last_mut() {
                None => prepared.prepend_head(rest),
                Some((key, _)) => key.foot.extend(rest),
            }
            prepared.kind = Kind::Map(pairs);
            prepared
        }
        Node::List(elements) => {
            let mut prepared = Prepared::new(Kind::List(Vec::new()));
            let mut items: Vec<Prepared> = Vec::new();
            let mut waiting = Waiting::default();
            for element in elements {
                match element {
                    Item::Comment(comment) => waiting.push(comment),
                    Item::Node(node) => {
                        if items.is_empty() {
                            prepared.prepend_head(std::mem::take(&mut waiting.head));
                        }
                        let mut item = prepare(node);
                        item.prepend_head(std::mem::take(&mut waiting.head));
                        item.line.append(&mut waiting.line);
                        items.push(item);
                    }
                }
            }
            let rest = waiting.rest();
            match items.last_mut() {
                None => prepared.prepend_head(rest),
                Some(item) => item.foot.extend(rest),
            }
            prepared.kind = Kind::List(items);
            prepared
        }
    }
}

#[derive(Default)]
struct Waiting<'a> {
    head: Vec<&'a [u8]>,
    line: Vec<&'a [u8]>,
}

impl<'a> Waiting<'a> {
    fn push(&mut self, comment: &'a Comment) {
        let slot = if comment.inline {
            &mut self.line
        } else {
            &mut self.head
        };
        slot.push(comment.text.as_bytes());
    }

    fn rest(mut self) -> Vec<&'a [u8]> {
        self.head.append(&mut self.line);
        self.head
    }
}

/// What surrounds a node, which decides how its block is indented.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Parent {
    Root,
    Map,
    List,
}

struct Emitter<'a> {
    out: Text,
    column: usize,
    /// Whether the last character was white space.
    whitespace: bool,
    /// Whether only indentation stands on the line.
    indention: bool,
    /// Levels in spaces; below the first, nothing.
    indent: Option<usize>,
    /// After a comment at the foot of a block of this indentation, a blank line separates the next.
    foot_indent: Option<usize>,
    head: Vec<&'a [u8]>,
    line: Vec<&'a [u8]>,
    foot: Vec<&'a [u8]>,
    tail: Vec<&'a [u8]>,
}

impl<'a> Emitter<'a> {
    fn new() -> Self {
        Self {
            out: Text::with_capacity(4096),
            column: 0,
            whitespace: true,
            indention: true,
            indent: None,
            foot_indent: None,
            head: Vec::new(),
            line: Vec::new(),
            foot: Vec::new(),
            tail: Vec::new(),
        }
    }

    fn document(&mut self, node: &Prepared<'a>) {
        self.indent = None;
        self.note(node);
        self.write_head();
        self.node(node, Parent::Root, false);
        self.write_line_comment(false);
        self.write_foot();
        self.foot_indent = Some(0);
        self.write_foot();
        self.foot_indent = None;
        self.write_indent();
    }

    /// Puts a node's comments into the slots, as the event that starts it does.
    fn note(&mut self, node: &Prepared<'a>) {
        if !node.head.is_empty() {
            self.head.clone_from(&node.head);
        }
        if let Kind::Scalar(_) | Kind::Key(_) = node.kind {
            self.note_end(
                &node.line,
                if let Kind::Key(_) = node.kind {
                    &[]
                } else {
                    &node.foot
                },
            );
        }
    }

    fn note_end(&mut self, line: &[&'a [u8]], foot: &[&'a [u8]]) {
        if !line.is_empty() {
            self.line = line.to_vec();
        }
        if !foot.is_empty() {
            self.foot = foot.to_vec();
        }
    }

    fn node(&mut self, node: &Prepared<'a>, parent: Parent, simple_key: bool) {
        match &node.kind {
            Kind::Map(pairs) if pairs.is_empty() => self.empty(node, b'{', b'}', parent),
            Kind::List(items) if items.is_empty() => self.empty(node, b'[', b']', parent),
            Kind::Map(pairs) => self.map(node, pairs, parent),
            Kind::List(items) => self.list(node, items, parent),
            Kind::Key(key) => self.scalar(&Scalar::text(key), parent, simple_key),
            Kind::Scalar(scalar) => self.scalar(scalar, parent, simple_key),
        }
    }

    fn empty(&mut self, node: &Prepared<'a>, open: u8, close: u8, parent: Parent) {
        self.indicator(&[open], true, true, false);
        let outer = self.indent;
        self.increase_indent(true, parent);
        self.note_end(&node.line, &node.foot);
        if open == b'{' {
            self.write_head();
            self.indent = outer;
        } else {
            self.indent = outer;
            if self.column == 0 {
                self.write_indent();
            }
        }
        self.indicator(&[close], false, false, false);
        self.write_line_comment(false);
        self.write_foot();
    }

    fn map(&mut self, node: &Prepared<'a>, pairs: &[(Prepared<'a>, Prepared<'a>)], parent: Parent) {
        let outer = self.indent;
        self.increase_indent(false, parent);
        let mut tail: Vec<&'a [u8]> = Vec::new();
        for (key, value) in pairs {
            if !tail.is_empty() {
                self.tail = std::mem::take(&mut tail);
            }
            self.note(key);
            tail.clone_from(&key.foot);
            self.write_head();
            self.write_indent();
            let Kind::Key(name) = key.kind else { continue };
            let simple = is_simple_key(name);
            if simple {
                self.node(key, Parent::Map, true);
                self.indicator(b":", false, false, false);
            } else {
                self.indicator(b"?", true, false, true);
                self.node(key, Parent::Map, false);
                self.write_indent();
                self.indicator(b":", true, false, true);
            }
            self.note(value);
            self.node(value, Parent::Map, false);
            self.write_line_comment(false);
            self.write_foot();
        }
        if !tail.is_empty() {
            self.tail = tail;
        }
        self.note_end(&node.line, &node.foot);
        self.write_head();
        self.indent = outer;
    }

    fn list(&mut self, node: &Prepared<'a>, items: &[Prepared<'a>], parent: Parent) {
        let outer = self.indent;
        self.increase_indent(false, parent);
        for item in items {
            self.note(item);
            self.write_head();
            self.write_indent();
            self.indicator(b"-", true, false, true);
            self.node(item, Parent::List, false);
            self.write_line_comment(false);
            self.write_foot();
        }
        self.note_end(&node.line, &node.foot);
        self.indent = outer;
    }

    fn increase_indent(&mut self, flow: bool, parent: Parent) {
        self.indent = Some(match self.indent {
            None if flow => INDENT,
            None => 0,
            // Inside a list, `- ` is the first step of the indentation.
            Some(indent) if parent == Parent::List => indent + 2,
            Some(indent) => INDENT * ((indent + INDENT) / INDENT),
        });
    }

    fn newline(&mut self) {
        self.out.push_str("\n");
        self.column = 0;
        self.indention = true;
    }

    fn write_indent(&mut self) {
        let indent = self.indent.unwrap_or(0);
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.newline();
        }
        if self.foot_indent == Some(indent) {
            self.newline();
        }
        while self.column < indent {
            self.out.push_str(" ");
            self.column += 1;
        }
        self.whitespace = true;
        self.foot_indent = None;
    }

    fn indicator(
        &mut self,
        sign: &[u8],
        need_whitespace: bool,
        is_whitespace: bool,
        is_indention: bool,
    ) {
        if need_whitespace && !self.whitespace {
            self.put(b" ");
        }
        self.put(sign);
        self.whitespace = is_whitespace;
        self.indention = self.indention && is_indention;
    }

    fn put(&mut self, bytes: &[u8]) {
        self.out.push(bytes);
        // Only ever compared with indentations, so that bytes do as well as characters.
        self.column += bytes.len();
    }

    fn write_head(&mut self) {
        if !self.tail.is_empty() {
            self.write_indent();
            let tail = std::mem::take(&mut self.tail);
            self.write_comment(&tail);
            self.foot_indent = Some(self.indent.unwrap_or(0));
        }
        if !self.head.is_empty() {
            self.write_indent();
            let head = std::mem::take(&mut self.head);
            self.write_comment(&head);
        }
    }

    fn write_line_comment(&mut self, break_line: bool) {
        if self.line.is_empty() {
            if break_line {
                self.newline();
            }
            return;
        }
        if !self.whitespace {
            self.put(b" ");
        }
        let line = std::mem::take(&mut self.line);
        self.write_comment(&line);
    }

    fn write_foot(&mut self) {
        if !self.foot.is_empty() {
            self.write_indent();
            let foot = std::mem::take(&mut self.foot);
            self.write_comment(&foot);
            self.foot_indent = Some(self.indent.unwrap_or(0));
        }
    }

    fn write_comment(&mut self, lines: &[&[u8]]) {
        for (number, line) in lines
            .iter()
            .flat_map(|comment| comment.split(|&byte| byte == b'\n'))
            .enumerate()
        {
            if number > 0 {
                self.write_indent();
            }
            self.put(b"#");
            self.put(line);
            self.newline();
            self.whitespace = true;
        }
    }

    fn scalar(&mut self, scalar: &Scalar, parent: Parent, simple_key: bool) {
        let text = match scalar {
            Scalar::Null => "null".into(),
            Scalar::Bool(true) => "true".into(),
            Scalar::Bool(false) => "false".into(),
            Scalar::Int(_) => scalar.mac_bytes(),
            Scalar::Float(number) if number.is_nan() => ".nan".into(),
            Scalar::Float(number) if number.is_infinite() => {
                if *number > 0.0 { ".inf" } else { "-.inf" }.into()
            }
            Scalar::Float(number) => scalar::float_general(*number).as_str().into(),
            Scalar::Time(text) => text.clone(),
            Scalar::Text(text) => return self.text(text, parent, simple_key),
        };
        self.plain(text.as_bytes());
    }

    fn plain(&mut self, text: &[u8]) {
        if !text.is_empty() && !self.whitespace {
            self.put(b" ");
        }
        self.put(text);
        self.whitespace = false;
        self.indention = false;
    }

    fn text(&mut self, text: &Text, parent: Parent, simple_key: bool) {
        let Some(text) = text.as_str() else {
            self.indicator(b"!!binary", true, false, false);
            let encoded = Zeroizing::new(STANDARD.encode(text.as_bytes()));
            let mut lines = Text::default();
            for chunk in encoded.as_bytes().chunks(70) {
                lines.push(chunk);
                if encoded.len() >= 70 {
                    lines.push_str("\n");
                }
            }
            if encoded.len() >= 70 {
                self.literal(lines.as_str().unwrap_or_default(), parent);
            } else {
                self.plain(lines.as_bytes());
            }
            return;
        };
        if text == "<<" {
            // go-yaml takes it for the merge sign and says so.
            self.indicator(b"!!merge", true, false, false);
            return self.plain(b"<<");
        }
        let look = Look::at(text);
        let plain_is_text = matches!(scalar::resolve_plain(text), Plain::Scalar(Scalar::Text(_)))
            && !is_sexagesimal(text)
            && !is_old_bool(text);
        if text.contains('\n') && !simple_key && look.block_allowed {
            self.literal(text, parent);
        } else if !text.contains('\n') && plain_is_text && look.plain_allowed {
            self.plain(text.as_bytes());
        } else if !text.contains('\n') && plain_is_text && look.single_quoted_allowed {
            self.indicator(b"'", true, false, false);
            self.put(Zeroizing::new(text.replace('\'', "''")).as_bytes());
            self.indicator(b"'", false, false, false);
        } else {
            self.double_quoted(text);
        }
    }

    fn double_quoted(&mut self, text: &str) {
        self.indicator(b"\"", true, false, false);
        let escape_all = text.starts_with('\u{feff}');
        for character in text.chars() {
            if !escape_all
                && is_printable(character)
                && !is_break(character)
                && !matches!(character, '"' | '\\')
            {
                self.put(character.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
            let code = u32::from(character);
            let escaped = match character {
                '\0' => "0".to_owned(),
                '\u{7}' => "a".to_owned(),
                '\u{8}' => "b".to_owned(),
                '\t' => "t".to_owned(),
                '\n' => "n".to_owned(),
                '\u{b}' => "v".to_owned(),
                '\u{c}' => "f".to_owned(),
                '\r' => "r".to_owned(),
                '\u{1b}' => "e".to_owned(),
                '"' => "\"".to_owned(),
                '\\' => "\\".to_owned(),
                '\u{85}' => "N".to_owned(),
                '\u{a0}' => "_".to_owned(),
                '\u{2028}' => "L".to_owned(),
                '\u{2029}' => "P".to_owned(),
                _ if code <= 0xff => format!("x{code:02X}"),
                _ if code <= 0xffff => format!("u{code:04X}"),
                _ => format!("U{code:08X}"),
            };
            self.put(b"\\");
            self.put(escaped.as_bytes());
        }
        self.indicator(b"\"", false, false, false);
        (self.whitespace, self.indention) = (false, false);
    }

    fn literal(&mut self, text: &str, parent: Parent) {
        let outer = self.indent;
        self.increase_indent(true, parent);
        self.indicator(b"|", true, false, false);
        if text.starts_with([' ', '\n']) {
            self.indicator(b"4", false, false, false);
        }
        if !text.ends_with('\n') {
            self.indicator(b"-", false, false, false);
        } else if text == "\n" || text.ends_with("\n\n") {
            self.indicator(b"+", false, false, false);
        }
        self.write_line_comment(true);
        self.whitespace = true;
        let mut lines = text.split('\n').peekable();
        while let Some(line) = lines.next() {
            if !line.is_empty() {
                self.write_indent();
                self.put(line.as_bytes());
                self.indention = false;
            }
            if lines.peek().is_some() {
                self.newline();
            }
        }
        self.indent = outer;
    }
}

/// What a text's characters allow.
struct Look {
    plain_allowed: bool,
    single_quoted_allowed: bool,
    block_allowed: bool,
}

impl Look {
    fn at(text: &str) -> Self {
        if text.is_empty() {
            return Self {
                plain_allowed: true,
                single_quoted_allowed: true,
                block_allowed: false,
            };
        }
        let mut indicators = text.starts_with("---") || text.starts_with("...");
        let (mut breaks, mut special, mut tab) = (false, false, false);
        let (mut break_space, mut space_break) = (false, false);
        let (mut previous_space, mut previous_break) = (false, false);
        let mut preceded_by_space = true;
        let mut characters = text.chars().peekable();
        let mut first = true;
        while let Some(character) = characters.next() {
            let followed_by_space = characters
                .peek()
                .is_none_or(|next| matches!(next, ' ' | '\t'));
            indicators |= match character {
                ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%'
                | '@' | '`' => first,
                '#' => first || preceded_by_space,
                '?' | '-' => first && followed_by_space,
                ':' => followed_by_space,
                _ => false,
            };
            if character == '\t' {
                tab = true;
            } else if !is_printable(character) {
                special = true;
            }
            if character == ' ' {
                break_space |= previous_break;
                (previous_space, previous_break) = (true, false);
            } else if is_break(character) {
                breaks = true;
                space_break |= previous_space;
                (previous_space, previous_break) = (false, true);
            } else {
                (previous_space, previous_break) = (false, false);
            }
            preceded_by_space = matches!(character, ' ' | '\t') || is_break(character);
            first = false;
        }
        let edge = |end: Option<char>| end.is_some_and(|end| end == ' ' || is_break(end));
        let edges = edge(text.chars().next()) || edge(text.chars().next_back());
        let unquotable = space_break || tab || special;
        Self {
            plain_allowed: !(edges || break_space || unquotable || breaks || indicators),
            single_quoted_allowed: !(break_space || unquotable),
            block_allowed: !(text.ends_with(' ') || space_break || special),
        }
    }
}

fn is_break(character: char) -> bool {
    matches!(character, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What go-yaml leaves unescaped; nothing beyond the basic plane.
fn is_printable(character: char) -> bool {
    matches!(character, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

fn is_simple_key(key: &str) -> bool {
    !key.chars().any(is_break) && key.len() <= SIMPLE_KEY_LIMIT
}

fn is_old_bool(text: &str) -> bool {
    matches!(
        text,
        "y" | "Y"
            | "yes"
            | "Yes"
            | "YES"
            | "on"
            | "On"
            | "ON"
            | "n"
            | "N"
            | "no"
            | "No"
            | "NO"
            | "off"
            | "Off"
            | "OFF"
    )
}

/// Tells whether YAML 1.1 reads a text as a number in base 60: `12:30:00`.
fn is_sexagesimal(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let mut parts = whole.split(':');
    let digits = |part: &str| {
        part.bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'_')
    };
    let first = parts.next().unwrap_or_default();
    let mut count = 0;
    let rest = parts.all(|part| {
        count += 1;
        matches!(part.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9'])
    });
    first.starts_with(|digit: char| digit.is_ascii_digit())
        && digits(first)
        && rest
        && count > 0
        && digits(fraction)
}
