//! What a secret has inside: the texts of a document in JSON, the fields of one in YAML, the user and
//! the password of a URL, and what is encoded in base64.
//!
//! A program that gets a document takes it apart, and prints the parts. A part that is no secret of its
//! own (a field's name, an address of a well-known service) may be masked too: the one who asked for
//! masking would rather see too little.

use super::SHORTEST;
use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use zeroize::Zeroizing;

/// How often something inside is looked into again: base64 of JSON with a URL in it is three.
const DEPTH: usize = 4;
/// How many parts one secret may have.
const MOST_PARTS: usize = 4096;
/// What is taken apart, in bytes; longer values are files of another kind.
const LARGEST: usize = 1 << 20;

/// How many URLs one text may have, and how long one may be, in bytes.
const MOST_URLS: usize = 64;
const LONGEST_URL: usize = 4096;

type Part = Zeroizing<Vec<u8>>;

/// Returns the parts of a value, without the value itself.
pub(super) fn of(value: &[u8]) -> Vec<Part> {
    let mut found = Vec::new();
    if value.len() <= LARGEST {
        look(value, DEPTH, &mut BTreeSet::new(), &mut found);
    }
    found
}

fn look(value: &[u8], depth: usize, seen: &mut BTreeSet<[u8; 32]>, found: &mut Vec<Part>) {
    if depth == 0 || value.len() < SHORTEST || found.len() >= MOST_PARTS {
        return;
    }
    let mut parts: Vec<Part> = Vec::new();
    if let Ok(text) = std::str::from_utf8(value) {
        let trimmed = text.trim();
        if trimmed.starts_with(['{', '[']) {
            json(trimmed, &mut parts);
        }
        if parts.is_empty() {
            lines(text, &mut parts);
        }
        url(trimmed, &mut parts);
    }
    decoded(value, &mut parts);
    for part in parts {
        if found.len() >= MOST_PARTS {
            return;
        }
        if part.len() >= SHORTEST
            && part.as_slice() != value
            && seen.insert(Sha256::digest(&part).into())
        {
            found.push(part.clone());
            look(&part, depth - 1, seen, found);
        }
    }
}

/// The texts and numbers of a document in JSON, which need not be whole.
fn json(text: &str, parts: &mut Vec<Part>) {
    let mut rest = text;
    while let Some(at) = rest.find(['"', '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']) {
        rest = rest.get(at..).unwrap_or_default();
        if !rest.starts_with('"') {
            let end = rest
                .find(|letter: char| {
                    !letter.is_ascii_alphanumeric() && !matches!(letter, '.' | '-' | '+' | '_')
                })
                .unwrap_or(rest.len());
            let (number, behind) = rest.split_at(end.max(1).min(rest.len()));
            parts.push(Zeroizing::new(number.as_bytes().to_vec()));
            rest = behind;
            continue;
        }
        let Some((string, behind)) = json_text(rest) else {
            return;
        };
        rest = behind;
        // The name of a field stays readable.
        if !rest.trim_start().starts_with(':') {
            parts.push(string);
        }
    }
}

/// Reads a text in double quotes; returns it and what is behind it.
fn json_text(text: &str) -> Option<(Part, &str)> {
    let inner = text.strip_prefix('"')?;
    let mut out = Zeroizing::new(Vec::with_capacity(inner.len()));
    let mut letters = inner.char_indices();
    let mut buffer = [0; 4];
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((out, inner.get(at + 1..)?)),
            '\\' => {
                let (_, escape) = letters.next()?;
                let letter = match escape {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    'u' => {
                        let mut unit = || {
                            let mut code = 0;
                            for _ in 0..4 {
                                code = code * 16 + letters.next()?.1.to_digit(16)?;
                            }
                            Some(code)
                        };
                        let first = unit()?;
                        if (0xd800..0xdc00).contains(&first) {
                            letters.next()?;
                            letters.next()?;
                            let mut low = 0;
                            for _ in 0..4 {
                                low = low * 16 + letters.next()?.1.to_digit(16)?;
                            }
                            char::from_u32(
                                0x10000 + ((first - 0xd800) << 10) + low.wrapping_sub(0xdc00),
                            )
                            .unwrap_or('\u{fffd}')
                        } else {
                            char::from_u32(first).unwrap_or('\u{fffd}')
                        }
                    }
                    other => other,
                };
                out.extend_from_slice(letter.encode_utf8(&mut buffer).as_bytes());
            }
            letter => out.extend_from_slice(letter.encode_utf8(&mut buffer).as_bytes()),
        }
    }
    None
}

/// What stands behind a name on a line, as YAML, dotenv, INI and HCL write it; and what a list has.
fn lines(text: &str, parts: &mut Vec<Part>) {
    if !text.trim_end().contains('\n') && !text.contains(": ") {
        return;
    }
    for line in text.lines() {
        let mut line = line.trim();
        while let Some(item) = line.strip_prefix("- ") {
            line = item.trim_start();
        }
        let value = match line.split_once([':', '=']) {
            Some((name, value)) if is_name(name) => value.trim(),
            _ => line,
        };
        let value = match value.as_bytes() {
            [b'"', .., b'"'] => match json_text(value) {
                Some((text, _)) => {
                    parts.push(text);
                    continue;
                }
                None => value,
            },
            [b'\'', .., b'\''] => value.trim_matches('\''),
            _ => value,
        };
        if !value.starts_with("-----") {
            parts.push(Zeroizing::new(value.as_bytes().to_vec()));
        }
    }
}

fn is_name(text: &str) -> bool {
    let text = text.trim().trim_matches('"');
    !text.is_empty()
        && text.len() <= 128
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-. ".contains(&byte))
}

/// The user and the password of a URL, as they are written and as they are meant.
fn url(text: &str, parts: &mut Vec<Part>) {
    for (at, _) in text.match_indices("://").take(MOST_URLS) {
        let rest = text.get(at + 3..).unwrap_or_default();
        let rest = rest.get(..LONGEST_URL).unwrap_or(rest);
        let end = rest
            .find(|letter: char| letter.is_whitespace() || matches!(letter, '/' | '?' | '#' | '"'))
            .unwrap_or(rest.len());
        // A password that is not encoded may have any of those signs.
        let whole = rest
            .split(|letter: char| letter.is_whitespace() || letter == '"')
            .next()
            .unwrap_or_default();
        for authority in [rest.get(..end).unwrap_or_default(), whole] {
            let Some((login, _)) = authority.rsplit_once('@') else {
                continue;
            };
            let (user, password) = login.split_once(':').unwrap_or((login, ""));
            for part in [user, password] {
                parts.push(Zeroizing::new(part.as_bytes().to_vec()));
                if part.contains('%') {
                    parts.push(percent_decoded(part));
                }
            }
        }
    }
}

fn percent_decoded(text: &str) -> Part {
    let bytes = text.as_bytes();
    let mut out = Zeroizing::new(Vec::with_capacity(bytes.len()));
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let code = (byte == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(code.unwrap_or(byte));
        at += if code.is_some() { 3 } else { 1 };
    }
    out
}

/// What is encoded in base64, where that is text.
fn decoded(value: &[u8], parts: &mut Vec<Part>) {
    const SHORTEST_CODE: usize = 16;
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let joined: Zeroizing<Vec<u8>> = Zeroizing::new(
        value
            .iter()
            .copied()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect(),
    );
    if joined.len() < SHORTEST_CODE {
        return;
    }
    // The three parts of a token such as a JWT are each encoded.
    for code in joined.split(|byte| *byte == b'.') {
        for alphabet in [&base64::alphabet::STANDARD, &base64::alphabet::URL_SAFE] {
            let engine = GeneralPurpose::new(alphabet, config);
            let Ok(plain) = engine.decode(code).map(Zeroizing::new) else {
                continue;
            };
            // What is no text is most likely no code either, but a word of letters and digits.
            if std::str::from_utf8(&plain).is_ok_and(|text| {
                !text
                    .chars()
                    .any(|letter| letter.is_control() && !letter.is_whitespace())
            }) {
                parts.push(plain);
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(value: &str) -> Vec<String> {
        of(value.as_bytes())
            .iter()
            .map(|part| String::from_utf8_lossy(part).into_owned())
            .collect()
    }

    #[test]
    fn parts_of_documents_are_known() {
        for (value, expected) in [
            (
                r#"{"user":"a","password":"pass\"word\u00e91","n":[12345678.5],"deep":{"x":"value-of-x"}}"#,
                &["pass\"wordé1", "12345678.5", "value-of-x"][..],
            ),
            (
                "users:\n- name: admin-user\n  token: abcdefghij\n  quoted: \"with\\nbreak\"\n",
                &["admin-user", "abcdefghij", "with\nbreak"],
            ),
            (
                "postgres://application:s3cr%2Ft-pass@db.internal:5432/app",
                &["application", "s3cr%2Ft-pass", "s3cr/t-pass"],
            ),
            ("postgres://u:p@ss/w#rd?x@db.internal/app", &["p@ss/w#rd?x"]),
            (
                "cGFzc3dvcmQ6IGluc2lkZS1vZi1pdAo=",
                &["password: inside-of-it\n"],
            ),
            ("plain-password", &[]),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", &[]),
        ] {
            let found = parts(value);
            for part in expected {
                assert!(found.contains(&(*part).to_owned()), "{value}: {found:?}");
            }
            if expected.is_empty() {
                assert_eq!(found, Vec::<String>::new(), "{value}");
            }
        }
    }

    #[test]
    fn nothing_takes_without_end() {
        for value in [
            "{".repeat(100_000),
            "\"\\u".repeat(50_000),
            "[\"".repeat(100_000),
            "://@".repeat(20_000),
            "a: b\n".repeat(100_000),
        ] {
            assert!(of(value.as_bytes()).len() <= MOST_PARTS);
        }
    }
}
