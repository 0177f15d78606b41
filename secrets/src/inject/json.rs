//! JSON on one line.

use super::number;
use crate::secrets::Value;
use crate::tree::Text;
use std::fmt::Write as _;

pub(super) const NOT_TEXT: &str =
    "holds bytes that are not UTF-8, which no variable can; encode them with base64 in the file";
pub(super) const NOT_FINITE: &str =
    "holds an infinite number or none, which no variable can; make it a text in the file";

pub(super) fn value(out: &mut Text, given: Value<'_>) -> Result<(), &'static str> {
    match given {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Int(number) => out.push_str(&zeroize::Zeroizing::new(number.to_string())),
        Value::Float(float) => out.push(number(float).ok_or(NOT_FINITE)?.as_bytes()),
        Value::Text(bytes) => string(out, std::str::from_utf8(bytes).map_err(|_| NOT_TEXT)?),
        Value::Time(text) => string(out, text),
        Value::Map(map) => {
            out.push_str("{");
            for (nth, (key, item)) in map.iter().enumerate() {
                out.push_str(if nth == 0 { "" } else { "," });
                string(out, key);
                out.push_str(":");
                value(out, item)?;
            }
            out.push_str("}");
        }
        Value::List(list) => {
            out.push_str("[");
            for (nth, item) in list.iter().enumerate() {
                out.push_str(if nth == 0 { "" } else { "," });
                value(out, item)?;
            }
            out.push_str("]");
        }
    }
    Ok(())
}

pub(super) fn string(out: &mut Text, text: &str) {
    out.push_str("\"");
    escaped(out, text, false);
    out.push_str("\"");
}

/// Writes a text as it stands between quotes; with `html` as Go's encoder does, which escapes
/// `<`, `>` and `&` too.
pub(super) fn escaped(out: &mut Text, text: &str, html: bool) {
    let mut buffer = [0; 4];
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' if html => unicode(out, character),
            control if control < ' ' => unicode(out, control),
            other => out.push_str(other.encode_utf8(&mut buffer)),
        }
    }
}

fn unicode(out: &mut Text, character: char) {
    let mut escape = String::with_capacity(6);
    let _ = write!(escape, "\\u{:04x}", u32::from(character));
    out.push_str(&escape);
}
