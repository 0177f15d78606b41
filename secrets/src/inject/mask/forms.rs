//! The forms in which programs print a value.

use super::super::{hcl, json};
use super::SHORTEST;
use crate::tree::Text;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use std::fmt::Write as _;
use zeroize::Zeroizing;

/// A text that gives the value away.
pub(super) struct Form {
    pub(super) text: Zeroizing<Vec<u8>>,
    /// Whether programs break it into lines.
    pub(super) wraps: bool,
}

/// What the ways of percent-encoding leave as it is, beside letters and digits, and whether a space
/// becomes a plus sign.
const PERCENT: [(&[u8], bool); 12] = [
    // RFC 3986.
    (b"-_.~", false),
    // Go's query, and OpenTofu's `urlencode`.
    (b"-_.~", true),
    // Go's user and password in a URL, and its segment of a path.
    (b"-_.~$&+,;=", false),
    (b"-_.~$&+:=@", false),
    // Go's path.
    (b"-_.~$&+,/:;=@", false),
    // Python's quote.
    (b"-_.~/", false),
    // JavaScript's encodeURIComponent and encodeURI.
    (b"-_.~!*'()", false),
    (b"-_.~!*'();/?:@&=+$,#", false),
    // Forms of browsers, of older Python and of PHP.
    (b"-_.*", true),
    (b"-_.", true),
    (b"-_.", false),
    // Whatever is neither letter nor digit.
    (b"", false),
];

/// Above this, in bytes, a value is a document of its own: nobody puts it into a URL, and looking for it
/// in every form would take longer than the command.
const DOCUMENT: usize = 16 << 10;

/// Returns the forms of a value, each once, the value itself first.
pub(super) fn of(value: &[u8]) -> Vec<Form> {
    let mut forms = Forms(Vec::new());
    if value.len() > DOCUMENT {
        forms.add(value, false);
        if let Ok(text) = std::str::from_utf8(value) {
            let mut escaped = Text::default();
            json::escaped(&mut escaped, text, false);
            forms.add(escaped.as_bytes(), false);
        }
        base64(value, &mut forms);
        return forms.0;
    }
    forms.add(value, false);
    // What may stand inside a document that is then encoded as a whole.
    let mut within: Vec<Text> = vec![value.into()];
    if let Ok(text) = std::str::from_utf8(value) {
        for escaped in escaped(text) {
            forms.add(escaped.as_bytes(), false);
            // A document in JSON that is itself printed as a text, and that once more.
            for html in [false, true] {
                let mut twice = Text::default();
                json::escaped(&mut twice, escaped.as_str().unwrap_or_default(), html);
                forms.add(twice.as_bytes(), false);
                let mut thrice = Text::default();
                json::escaped(&mut thrice, twice.as_str().unwrap_or_default(), html);
                forms.add(thrice.as_bytes(), false);
            }
            within.push(escaped);
        }
        // What Terraform shows of the variables file beside an error.
        let mut escaped = Text::default();
        hcl::escaped(&mut escaped, text);
        forms.add(escaped.as_bytes(), false);
        for quoted in quoted(text) {
            forms.add(quoted.as_bytes(), false);
        }
        // How plans print text that looks like a template.
        if text.contains("${") || text.contains("%{") {
            let doubled = Zeroizing::new(text.replace("${", "$${").replace("%{", "%%{"));
            forms.add(doubled.as_bytes(), false);
        }
    }
    for escaped in bytewise(value) {
        forms.add(escaped.as_bytes(), false);
    }
    for (kept, plus) in PERCENT {
        for upper in [true, false] {
            forms.add(percent(value, kept, plus, upper).as_bytes(), false);
        }
    }
    for upper in [false, true] {
        forms.add(hexadecimal(value, upper).as_bytes(), true);
    }
    within.dedup_by(|a, b| a.as_bytes() == b.as_bytes());
    for text in &within {
        base64(text.as_bytes(), &mut forms);
    }
    forms.0
}

struct Forms(Vec<Form>);

impl Forms {
    fn add(&mut self, text: &[u8], wraps: bool) {
        let known = |form: &Form| form.text.as_slice() == text;
        if text.len() >= SHORTEST && !self.0.iter().any(known) {
            self.0.push(Form {
                text: Zeroizing::new(text.to_vec()),
                wraps,
            });
        }
    }
}

/// A text as it stands between the quotes of other languages, as far as that is not the text itself.
fn quoted(text: &str) -> Vec<Text> {
    let with = |escape: &dyn Fn(char, &mut Text)| {
        let mut out = Text::with_capacity(text.len() * 2);
        for letter in text.chars() {
            escape(letter, &mut out);
        }
        out
    };
    let mut buffers = [0; 4];
    let mut plain = |letter: char, out: &mut Text| {
        out.push(letter.encode_utf8(&mut buffers).as_bytes());
    };
    let mut all = Vec::new();
    // Shells: `set -x`, `export -p` of dash, `${x@Q}`; and as they double a quote.
    for quote in ["'\\''", "'\"'\"'", "''", "\\'"] {
        let mut out = Text::with_capacity(text.len() * 2);
        for letter in text.chars() {
            match letter {
                '\'' => out.push_str(quote),
                letter => plain(letter, &mut out),
            }
        }
        all.push(out);
    }
    // Inside of double quotes: `declare -p` and `export -p` of bash.
    for history in [false, true] {
        let mut out = Text::with_capacity(text.len() * 2);
        for letter in text.chars() {
            if matches!(letter, '"' | '\\' | '$' | '`') || history && letter == '!' {
                out.push_str("\\");
            }
            plain(letter, &mut out);
        }
        all.push(out);
    }
    // `printf %q` of bash, and zsh's.
    for extra in ["", "~#%+=@:,.-/^"] {
        let mut out = Text::with_capacity(text.len() * 2);
        for letter in text.chars() {
            if letter.is_ascii_punctuation() && !"_%+=@:,.-/#~^".contains(letter)
                || " \t".contains(letter)
                || "^".contains(letter)
                || extra.contains(letter)
            {
                out.push_str("\\");
            }
            plain(letter, &mut out);
        }
        all.push(out);
    }
    // `$'…'`, and texts of C, Python and Ruby with either quote.
    for (single, double) in [(true, false), (false, true), (true, true), (false, false)] {
        let ansi = with(&|letter, out| match letter {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            '\'' if single => out.push_str("\\'"),
            '"' if double => out.push_str("\\\""),
            letter => out.push(letter.encode_utf8(&mut [0; 4]).as_bytes()),
        });
        all.push(ansi);
    }
    // HTML and XML.
    for (apostrophe, quote) in [
        ("'", "\""),
        ("'", "&quot;"),
        ("&#39;", "&#34;"),
        ("&#39;", "&quot;"),
        ("&#x27;", "&quot;"),
        ("&#039;", "&quot;"),
        ("&apos;", "&quot;"),
        ("&apos;", "\""),
    ] {
        all.push(with(&|letter, out| match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str(quote),
            '\'' => out.push_str(apostrophe),
            letter => out.push(letter.encode_utf8(&mut [0; 4]).as_bytes()),
        }));
    }
    // A shell that was given the value without quotes.
    let words: Vec<&str> = text.split_whitespace().collect();
    all.push(Zeroizing::new(words.join(" ")).as_str().into());
    all
}

/// How a byte is written that is no printable ASCII.
#[derive(Clone, Copy)]
enum Byte {
    /// `\303`, and control characters by their letters; ESC as `\E`, or as a number.
    Octal { escape: bool },
    /// `\xc3`.
    Hexadecimal { upper: bool },
}

/// A value byte by byte, where it is more than printable ASCII: as bash, git, `ls` and C write it in the C
/// locale, and as Python writes bytes and, by their numbers, characters.
fn bytewise(value: &[u8]) -> Vec<Text> {
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~');
    if value.iter().all(is_plain) {
        return Vec::new();
    }
    let mut all = Vec::new();
    let styles = [
        Byte::Octal { escape: true },
        Byte::Octal { escape: false },
        Byte::Hexadecimal { upper: false },
        Byte::Hexadecimal { upper: true },
    ];
    for style in styles {
        for (single, double) in [(true, false), (false, true), (true, true), (false, false)] {
            let mut out = Text::with_capacity(value.len() * 4);
            for byte in value {
                put(*byte, style, single, double, &mut out);
            }
            all.push(out);
        }
    }
    // `ls`, with each part in quotes of its own.
    let mut out = Text::with_capacity(value.len() * 6);
    let mut rest = value;
    while let Some(first) = rest.first() {
        let same = is_plain(first);
        let end = rest.iter().position(|byte| is_plain(byte) != same);
        let (part, behind) = rest.split_at(end.unwrap_or(rest.len()));
        if same {
            for byte in part {
                out.push(if *byte == b'\'' {
                    b"'\\''"
                } else {
                    std::slice::from_ref(byte)
                });
            }
        } else {
            out.push_str("'$'");
            for byte in part {
                put(*byte, Byte::Octal { escape: false }, true, false, &mut out);
            }
            // The quotes of the text around it.
            out.push_str("''");
        }
        rest = behind;
    }
    all.push(out);
    if let Ok(text) = std::str::from_utf8(value) {
        for (single, double) in [(true, false), (false, true), (false, false)] {
            let mut out = Text::with_capacity(text.len() * 4);
            for letter in text.chars() {
                match u32::from(letter) {
                    number @ 0..=0x7f => {
                        let byte = u8::try_from(number).unwrap_or_default();
                        put(
                            byte,
                            Byte::Hexadecimal { upper: false },
                            single,
                            double,
                            &mut out,
                        );
                    }
                    number @ 0x80..=0xff => {
                        let byte = u8::try_from(number).unwrap_or_default();
                        out.push_str("\\x");
                        out.push(&digits(byte, false));
                    }
                    number => {
                        let mut escape = Zeroizing::new(String::with_capacity(10));
                        let _ = if number > 0xffff {
                            write!(escape, "\\U{number:08x}")
                        } else {
                            write!(escape, "\\u{number:04x}")
                        };
                        out.push_str(&escape);
                    }
                }
            }
            all.push(out);
        }
    }
    all
}

fn put(byte: u8, style: Byte, single: bool, double: bool, out: &mut Text) {
    let letter = match (byte, style) {
        (b'\n', _) => Some('n'),
        (b'\r', _) => Some('r'),
        (b'\t', _) => Some('t'),
        (b'\\', _) => Some('\\'),
        (b'\'', _) if single => Some('\''),
        (b'"', _) if double => Some('"'),
        (0x07, Byte::Octal { .. }) => Some('a'),
        (0x08, Byte::Octal { .. }) => Some('b'),
        (0x0b, Byte::Octal { .. }) => Some('v'),
        (0x0c, Byte::Octal { .. }) => Some('f'),
        (0x1b, Byte::Octal { escape: true }) => Some('E'),
        _ => None,
    };
    match (letter, style) {
        (Some(letter), _) => {
            out.push_str("\\");
            out.push(letter.encode_utf8(&mut [0; 4]).as_bytes());
        }
        (None, _) if matches!(byte, b' '..=b'~') => out.push(&[byte]),
        (None, Byte::Octal { .. }) => {
            out.push_str("\\");
            out.push(&[
                b'0' + (byte >> 6),
                b'0' + (byte >> 3 & 7),
                b'0' + (byte & 7),
            ]);
        }
        (None, Byte::Hexadecimal { upper }) => {
            out.push_str("\\x");
            out.push(&digits(byte, upper));
        }
    }
}

/// A text as encoders of JSON write it between quotes, as far as they differ.
fn escaped(text: &str) -> Vec<Text> {
    let mut all: Vec<Text> = Vec::new();
    let mut add = |text: Text| {
        if !all.iter().any(|other| other.as_bytes() == text.as_bytes()) {
            all.push(text);
        }
    };
    for html in [false, true] {
        let mut escaped = Text::default();
        json::escaped(&mut escaped, text, html);
        add(escaped);
    }
    if !text.is_ascii() {
        for upper in [false, true] {
            add(ascii(text, upper));
        }
    }
    if text.contains('/') {
        // PHP's.
        let mut escaped = Text::default();
        json::escaped(&mut escaped, text, false);
        let slashes = Zeroizing::new(escaped.as_str().unwrap_or_default().replace('/', "\\/"));
        add(slashes.as_str().into());
    }
    all
}

/// Escapes what is not ASCII, as Python's encoder does.
fn ascii(text: &str, upper: bool) -> Text {
    let mut out = Text::default();
    let mut units = [0; 2];
    let mut buffer = [0; 4];
    for character in text.chars() {
        if character.is_ascii() {
            json::escaped(&mut out, character.encode_utf8(&mut buffer), false);
            continue;
        }
        for unit in character.encode_utf16(&mut units) {
            let mut escape = Zeroizing::new(String::with_capacity(6));
            let _ = if upper {
                write!(escape, "\\u{unit:04X}")
            } else {
                write!(escape, "\\u{unit:04x}")
            };
            out.push_str(&escape);
        }
    }
    out
}

fn percent(value: &[u8], kept: &[u8], plus: bool, upper: bool) -> Text {
    let mut out = Text::with_capacity(value.len() * 3);
    for &byte in value {
        if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            out.push(&[byte]);
        } else if plus && byte == b' ' {
            out.push_str("+");
        } else {
            out.push_str("%");
            out.push(&digits(byte, upper));
        }
    }
    out
}

fn hexadecimal(value: &[u8], upper: bool) -> Text {
    let mut out = Text::with_capacity(value.len() * 2);
    for &byte in value {
        out.push(&digits(byte, upper));
    }
    out
}

fn digits(byte: u8, upper: bool) -> [u8; 2] {
    [byte >> 4, byte & 15].map(|digit| match (digit, upper) {
        (0..=9, _) => b'0' + digit,
        (_, true) => b'A' + digit - 10,
        (_, false) => b'a' + digit - 10,
    })
}

/// The value in base64 at each of the three places where it may begin. Characters that also depend on
/// what stands before or behind are left out.
fn base64(value: &[u8], forms: &mut Forms) {
    for before in 0..3 {
        let mut shifted = Zeroizing::new(Vec::with_capacity(before + value.len()));
        shifted.resize(before, 0);
        shifted.extend_from_slice(value);
        let whole = shifted.len() * 8 / 6;
        let first = (before * 8).div_ceil(6);
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let encoded = Zeroizing::new(engine.encode(&*shifted));
            forms.add(
                encoded.get(first..whole).unwrap_or_default().as_bytes(),
                true,
            );
        }
    }
}
