//! Guests in the text format that hand over what they should, but for one thing.

use std::fmt::Write as _;

use super::Built;
use crate::modules::{CONTRACT, component};

/// What a guest hands over, laid out as the component model says.
pub(super) struct Image(Vec<u8>);

/// Where the image lies in the guest's memory.
const BASE: usize = 4 << 10;

impl Image {
    fn put(&mut self, bytes: &[u8]) -> usize {
        while !self.0.len().is_multiple_of(8) {
            self.0.push(0);
        }
        let at = BASE + self.0.len();
        self.0.extend(bytes);
        at
    }

    /// Words, in the order of the record's fields.
    fn words(&mut self, words: &[usize]) -> usize {
        let bytes: Vec<u8> = words
            .iter()
            .flat_map(|word| (*word as u32).to_le_bytes())
            .collect();
        self.put(&bytes)
    }

    /// Address and length.
    pub(super) fn text(&mut self, text: &[u8]) -> [usize; 2] {
        [self.put(text), text.len()]
    }
}

/// A guest that describes itself as it should: one rule, `some-rule`, and an interest in
/// every resource.
pub(super) struct Guest {
    image: Image,
    /// The bodies of the two exports.
    describe: String,
    evaluate: String,
    /// Further fields of the module.
    more: String,
}

impl Guest {
    pub(super) fn new() -> Self {
        Self::described(br#"{"type":"object"}"#, &[])
    }

    /// One whose settings have this schema, and that wants to see these attributes.
    pub(super) fn described(schema: &[u8], attributes: &[String]) -> Self {
        let mut image = Image(Vec::new());
        let name = image.text(b"hostile");
        let version = image.text(b"0.1.0");
        let text = image.text(b"For tests.");
        let id = image.text(b"some-rule");
        let schema = image.text(schema);
        let paths: Vec<usize> = attributes
            .iter()
            .flat_map(|path| image.text(path.as_bytes()))
            .collect();
        let paths = image.words(&paths);
        let kind = image.text(b"*");
        // Three texts, the severity, a text, no example, no links, no extensions.
        let rule = image.words(&[
            id[0], id[1], text[0], text[1], text[0], text[1], 2, text[0], text[1], 0, 0, 0, 4, 0,
            4, 0,
        ]);
        let kinds = image.words(&kind);
        let interest = image.words(&[kinds, 1, 4, 0, paths, attributes.len(), 0]);
        // At the end: no types that go together or are known, nothing required, no extensions.
        let metadata = image.words(&[
            name[0], name[1], version[0], version[1], text[0], text[1], rule, 1, schema[0],
            schema[1], interest, 1, 0, 4, 0, 0, 4, 0, 4, 0, 4, 0, 4, 0,
        ]);
        // The first word says that it is an answer and no error.
        let answer = image.words(&[0, 4, 0, 4, 0, 4, 0]);
        Self {
            image,
            describe: format!("i32.const {metadata}"),
            evaluate: format!("i32.const {answer}"),
            more: String::new(),
        }
    }

    pub(super) fn evaluate(body: impl Into<String>) -> Self {
        Self {
            evaluate: body.into(),
            ..Self::new()
        }
    }

    pub(super) fn describe(body: impl Into<String>) -> Self {
        Self {
            describe: body.into(),
            ..Self::new()
        }
    }

    pub(super) fn more(mut self, fields: impl Into<String>) -> Self {
        self.more = fields.into();
        self
    }

    /// Answers with findings: the rule, the address if it is on one, the message, each as
    /// address and length.
    pub(super) fn findings(
        count: usize,
        build: impl FnOnce(&mut Image) -> [[usize; 2]; 3],
    ) -> Self {
        let mut guest = Self::new();
        let [rule, address, message] = build(&mut guest.image);
        let on = usize::from(address[1] > 0);
        let finding = [
            rule[0], rule[1], 0, on, address[0], address[1], 0, 0, 0, 4, 0, message[0], message[1],
            0, 0, 0, 4, 0, 4, 0,
        ];
        let words: Vec<usize> = finding.repeat(count);
        let list = guest.image.words(&words);
        let answer = guest.image.words(&[0, list, count, 4, 0, 4, 0]);
        guest.evaluate = format!("i32.const {answer}");
        guest
    }

    /// Answers with one document.
    pub(super) fn document(content: &[u8]) -> Self {
        let mut guest = Self::new();
        let [name, length] = guest.image.text(b"document");
        let content = guest.image.text(content);
        let list = guest
            .image
            .words(&[name, length, content[0], content[1], 0, 0, 0]);
        let answer = guest.image.words(&[0, 4, 0, list, 1, 4, 0]);
        guest.evaluate = format!("i32.const {answer}");
        guest
    }

    pub(super) fn build(self) -> Built {
        let mut data = String::new();
        for byte in &self.image.0 {
            write!(data, "\\{byte:02x}")?;
        }
        let Self {
            describe,
            evaluate,
            more,
            ..
        } = self;
        // What the host hands over lies above 32 MiB and is never freed.
        let module = format!(
            r#"(module
                {more}
                (memory (export "memory") 1024)
                (data (i32.const {BASE}) "{data}")
                (global $next (mut i32) (i32.const 33554432))
                (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                    global.get $next
                    (global.set $next (i32.and
                        (i32.add (i32.add (global.get $next) (local.get 3)) (i32.const 15))
                        (i32.const -8))))
                (func $describe (export "describe") (result i32) {describe})
                (func (export "cabi_post_describe") (param i32))
                (func $evaluate (export "evaluate") (param $request i32) (result i32) {evaluate})
                (func (export "cabi_post_evaluate") (param i32)))"#
        );
        component(CONTRACT, &module)
    }
}
