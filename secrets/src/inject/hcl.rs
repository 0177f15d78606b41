//! A variables file for OpenTofu and Terraform.

use super::{InjectError, Injected, json, number, unsayable};
use crate::secrets::Value;
use crate::tree::Text;
use std::fmt::Write as _;
use zeroize::Zeroize as _;

pub(super) fn variable(
    out: &mut Text,
    name: &str,
    injected: &Injected<'_>,
) -> Result<(), InjectError> {
    out.push_str(name);
    out.push_str(" = ");
    match injected.value {
        collection @ (Value::Map(_) | Value::List(_)) if injected.as_text => {
            let mut encoded = Text::default();
            json::value(&mut encoded, collection).map_err(|what| unsayable(name, what))?;
            string(out, encoded.as_str().unwrap_or_default());
        }
        other => value(out, other).map_err(|what| unsayable(name, what))?,
    }
    out.push_str("\n");
    Ok(())
}

fn value(out: &mut Text, given: Value<'_>) -> Result<(), &'static str> {
    match given {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Int(number) => out.push_str(&zeroize::Zeroizing::new(number.to_string())),
        Value::Float(float) => {
            let number = number(float).ok_or(super::json::NOT_FINITE)?;
            out.push(number.as_bytes());
        }
        Value::Text(bytes) => string(out, std::str::from_utf8(bytes).map_err(|_| json::NOT_TEXT)?),
        Value::Time(text) => string(out, text),
        Value::Map(map) => {
            out.push_str("{");
            for (nth, (key, item)) in map.iter().enumerate() {
                out.push_str(if nth == 0 { "" } else { ", " });
                string(out, key);
                out.push_str(" = ");
                value(out, item)?;
            }
            out.push_str("}");
        }
        Value::List(list) => {
            out.push_str("[");
            for (nth, item) in list.iter().enumerate() {
                out.push_str(if nth == 0 { "" } else { ", " });
                value(out, item)?;
            }
            out.push_str("]");
        }
    }
    Ok(())
}

fn string(out: &mut Text, text: &str) {
    out.push_str("\"");
    escaped(out, text);
    out.push_str("\"");
}

/// Writes each character as an escape.
pub(super) fn escaped(out: &mut Text, text: &str) {
    let mut escape = String::with_capacity(12);
    for character in text.chars() {
        let code = u32::from(character);
        escape.clear();
        let _ = if code > 0xffff {
            write!(escape, "\\U{code:08x}")
        } else {
            write!(escape, "\\u{code:04x}")
        };
        out.push_str(&escape);
    }
    escape.zeroize();
}
