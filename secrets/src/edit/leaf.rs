//! A value on its way into a file.

use crate::error::Problem;
use crate::file::Format;
use crate::render;
use crate::scalar::{self, Plain};
use crate::tree::{KeyPath, Node, Scalar};
use crate::value::{self, DataKey, ValueType};
use zeroize::{Zeroize, Zeroizing};

/// A value to store. Holds plaintext: no `Debug`, and zeroed when dropped.
pub struct NewValue(pub(super) Scalar);

impl NewValue {
    /// Text; bytes that are not UTF-8 are possible.
    #[must_use]
    pub fn text(text: &[u8]) -> Self {
        Self(Scalar::Text(text.into()))
    }

    /// Null, which stands in clear.
    #[must_use]
    pub fn null() -> Self {
        Self(Scalar::Null)
    }

    /// Reads text as a value of a type; `None` when it is none, or would not be written back as it is
    /// given (see [`Self::is_respelt`]). Numbers as JSON writes them, booleans `true` and `false`, times as
    /// RFC 3339.
    #[must_use]
    pub fn typed(value_type: ValueType, text: &str) -> Option<Self> {
        Self::parsed(value_type, text).filter(|value| !value.differs_from(text))
    }

    /// Tells whether text is a number or a time that would be written back as another text: `1.10` as `1.1`.
    #[must_use]
    pub fn is_respelt(value_type: ValueType, text: &str) -> bool {
        Self::parsed(value_type, text).is_some_and(|value| value.differs_from(text))
    }

    fn differs_from(&self, text: &str) -> bool {
        matches!(self.0, Scalar::Int(_) | Scalar::Float(_) | Scalar::Time(_))
            && self.0.mac_bytes().as_bytes() != text.as_bytes()
    }

    fn parsed(value_type: ValueType, text: &str) -> Option<Self> {
        let number = || Some(text.trim()).filter(|text| scalar::is_json_number(text));
        Some(Self(match value_type {
            ValueType::Text | ValueType::Bytes | ValueType::Comment => Scalar::text(text),
            ValueType::Int => Scalar::Int(number()?.parse().ok()?),
            ValueType::Float => {
                let text = number()?;
                let number: f64 = text.parse().ok()?;
                if !number.is_finite() || !scalar::is_exactly(text, number) {
                    return None;
                }
                Scalar::Float(number)
            }
            ValueType::Bool => match text.trim() {
                "true" => Scalar::Bool(true),
                "false" => Scalar::Bool(false),
                _ => return None,
            },
            ValueType::Time => Scalar::Time(scalar::parse_time(text.trim())?.as_str().into()),
        }))
    }
}

impl Drop for NewValue {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// What holds the place of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placeholder {
    /// The empty text.
    Text,
    /// Null.
    Null,
    /// A map without keys.
    Map,
    /// A list without elements.
    List,
}

/// What stands at the end of a path.
#[derive(Clone)]
pub(super) enum Leaf {
    Scalar(Scalar),
    EmptyMap,
    EmptyList,
}

/// A leaf as one format writes it.
pub(super) struct Written {
    /// What a parser makes of it.
    pub(super) node: Node,
    /// Encrypted, and so nothing but letters, digits and a few signs.
    encrypted: bool,
}

impl Leaf {
    pub(super) fn node(&self) -> Node {
        match self {
            Self::Scalar(scalar) => Node::Scalar(scalar.clone()),
            Self::EmptyMap => Node::Map(Vec::new()),
            Self::EmptyList => Node::List(Vec::new()),
        }
    }

    /// Tells whether a node is this leaf already.
    pub(super) fn is(&self, node: &Node) -> bool {
        super::check::same_node(&self.node(), node)
    }

    /// Tells whether SOPS encrypts it nowhere.
    pub(super) fn is_always_clear(&self) -> bool {
        match self {
            Self::Scalar(Scalar::Text(text)) => text.is_empty(),
            Self::Scalar(Scalar::Null) | Self::EmptyMap | Self::EmptyList => true,
            Self::Scalar(_) => false,
        }
    }

    /// Turns the leaf into what the format can hold: dotenv and INI hold text, JSON no times.
    pub(super) fn for_format(&self, format: Format, path: &KeyPath) -> Result<Self, Problem> {
        let refuse = |what| {
            Err(Problem::NotEditable {
                path: path.clone(),
                what,
            })
        };
        match (self, format) {
            (Self::Scalar(Scalar::Float(number)), _) if !number.is_finite() => {
                refuse("would be infinite or not a number, which not every format can hold")
            }
            (Self::Scalar(Scalar::Null), Format::Dotenv | Format::Ini | Format::Binary) => {
                refuse("cannot be null: the format holds text only")
            }
            (Self::EmptyMap | Self::EmptyList, Format::Dotenv | Format::Ini | Format::Binary) => {
                refuse("cannot be a map or a list: the format holds text only")
            }
            // YAML has a tag for other bytes, and a binary file is nothing else.
            (Self::Scalar(Scalar::Text(text)), Format::Json | Format::Dotenv | Format::Ini)
                if text.as_str().is_none() =>
            {
                refuse(
                    "would be bytes that are not UTF-8, which the format cannot hold; encode them, as base64 does, or keep them in YAML",
                )
            }
            (Self::Scalar(Scalar::Text(_)), _) => Ok(self.clone()),
            (Self::Scalar(scalar), Format::Dotenv | Format::Ini | Format::Binary) => {
                Ok(Self::Scalar(Scalar::Text(render::flat(scalar))))
            }
            (Self::Scalar(Scalar::Time(text)), Format::Json) => {
                Ok(Self::Scalar(Scalar::Text(text.clone())))
            }
            _ => Ok(self.clone()),
        }
    }

    /// Encrypts the leaf, unless it is one that never is.
    pub(super) fn written(
        &self,
        encrypted: bool,
        key: &DataKey,
        path: &KeyPath,
    ) -> Result<Written, Problem> {
        Ok(match self {
            Self::Scalar(scalar) if encrypted && !self.is_always_clear() => Written {
                node: Node::Scalar(Scalar::text(&value::encrypt(
                    scalar,
                    key,
                    &path.additional_data(),
                )?)),
                encrypted: true,
            },
            _ => Written {
                node: self.node(),
                encrypted: false,
            },
        })
    }
}

impl Written {
    /// Writes it for JSON, and for brackets and braces in YAML.
    pub(super) fn json(&self) -> Zeroizing<String> {
        match &self.node {
            Node::Map(_) => Zeroizing::new("{}".to_owned()),
            Node::List(_) => Zeroizing::new("[]".to_owned()),
            Node::Scalar(Scalar::Null) => Zeroizing::new("null".to_owned()),
            Node::Scalar(Scalar::Bool(value)) => Zeroizing::new(value.to_string()),
            Node::Scalar(Scalar::Int(number)) => Zeroizing::new(number.to_string()),
            Node::Scalar(Scalar::Float(number)) => {
                scalar::float_json(*number).unwrap_or_else(|| Zeroizing::new("null".to_owned()))
            }
            Node::Scalar(Scalar::Text(text) | Scalar::Time(text)) => {
                quoted(text.as_str().unwrap_or_default())
            }
        }
    }

    /// Writes it for a line of YAML.
    pub(super) fn yaml(&self) -> Zeroizing<String> {
        match &self.node {
            Node::Scalar(Scalar::Text(text)) if self.encrypted => {
                Zeroizing::new(text.as_str().unwrap_or_default().to_owned())
            }
            Node::Scalar(Scalar::Text(text)) => yaml_text(text.as_str().unwrap_or_default()),
            Node::Scalar(Scalar::Time(text)) => {
                Zeroizing::new(text.as_str().unwrap_or_default().to_owned())
            }
            Node::Scalar(Scalar::Float(number)) if number.fract() == 0.0 => {
                // Without a point it would be an integer.
                let text = scalar::float_positional(*number);
                Zeroizing::new(format!("{}.0", text.as_str()))
            }
            _ => self.json(),
        }
    }

    /// Writes it for a line of a flat format; `None` when it would need quotes that not every reader
    /// of the format knows.
    pub(super) fn flat(&self) -> Option<Zeroizing<String>> {
        let Node::Scalar(Scalar::Text(text)) = &self.node else {
            return None;
        };
        text.as_str().map(|text| Zeroizing::new(text.to_owned()))
    }
}

/// Writes text for YAML: plain when it is plain, or else in double quotes.
pub(super) fn yaml_text(text: &str) -> Zeroizing<String> {
    let mut bytes = text.bytes();
    let plain = bytes
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/'))
        && matches!(scalar::resolve_plain(text), Plain::Scalar(Scalar::Text(_)))
        // Booleans of YAML 1.1.
        && !["y", "n", "yes", "no", "on", "off"].contains(&text.to_ascii_lowercase().as_str());
    if plain {
        Zeroizing::new(text.to_owned())
    } else {
        quoted(text)
    }
}

/// Writes text in double quotes such that JSON and YAML read the same.
pub(super) fn quoted(text: &str) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(text.len() * 2 + 2));
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..' '
            | '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                let code = format!("\\u{:04x}", u32::from(character));
                out.push_str(&code);
            }
            _ => out.push(character),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_taken_only_as_it_is_written_back() {
        for (value_type, text, taken, respelt) in [
            (ValueType::Float, "2.5", true, false),
            (ValueType::Float, "2.50", false, true),
            (ValueType::Float, "2.0", false, true),
            (ValueType::Float, "25e-1", false, true),
            (ValueType::Float, " 2.5", false, true),
            (ValueType::Float, "two", false, false),
            (ValueType::Int, "12", true, false),
            (ValueType::Int, "12 ", false, true),
            (ValueType::Int, "012", false, false),
            (ValueType::Time, "2024-01-01", false, true),
            (ValueType::Time, "2024-01-01T00:00:00Z", true, false),
            (ValueType::Bool, "true", true, false),
            (ValueType::Text, " 2.50 ", true, false),
        ] {
            assert_eq!(NewValue::typed(value_type, text).is_some(), taken, "{text}");
            assert_eq!(NewValue::is_respelt(value_type, text), respelt, "{text}");
        }
    }
}
