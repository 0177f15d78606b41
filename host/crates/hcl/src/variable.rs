//! `variable` blocks, and the types that they name.

use std::collections::BTreeMap;
use std::fmt;

use super::ConfigurationError;
use super::syntax::{Attribute, Block, Place, Value};

/// A variable of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The type that values are converted to; [`Type::Any`] when none is written.
    pub ty: Type,
    /// Whether it has a default, so that it need not be set.
    pub default: bool,
    /// The default, where it is plain text, a number or a boolean.
    pub default_text: Option<String>,
    /// Whether the default is null or an empty text, list or map, which stand for no value.
    pub blank_default: bool,
    /// Whether its values are kept out of what the tool prints.
    pub sensitive: bool,
    /// Whether its values are kept out of plan and state.
    pub ephemeral: bool,
    /// Whether null is a value that it can have, which it can if nothing is written.
    pub nullable: bool,
    /// Whether it has rules of its own for its values.
    pub validation: bool,
    /// Where it is declared.
    pub place: Place,
}

/// A type constraint. Displays as it would be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// `any`
    Any,
    /// `string`
    String,
    /// `number`
    Number,
    /// `bool`
    Bool,
    /// `list(…)`
    List(Box<Self>),
    /// `set(…)`
    Set(Box<Self>),
    /// `map(…)`
    Map(Box<Self>),
    /// `tuple([…])`
    Tuple(Vec<Self>),
    /// `object({…})`
    Object(BTreeMap<String, Field>),
}

/// An attribute of an object type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its type.
    pub ty: Type,
    /// Whether a value may leave it out.
    pub optional: bool,
}

impl Variable {
    pub(super) fn read(block: &Block) -> Result<Self, ConfigurationError> {
        let body = &block.body;
        let ty = match body.attribute("type") {
            None => Type::Any,
            Some(attribute) => {
                Type::read(&attribute.value).ok_or_else(|| ConfigurationError::Setting {
                    place: attribute.place.clone(),
                    what: "`type` is no type".to_owned(),
                })?
            }
        };
        Ok(Self {
            ty,
            default: body.attribute("default").is_some(),
            default_text: body
                .attribute("default")
                .and_then(|default| default.value.plain()),
            blank_default: body
                .attribute("default")
                .is_some_and(|default| match &default.value {
                    Value::Null => true,
                    Value::Text(text) => text.is_empty(),
                    Value::List(list) => list.is_empty(),
                    // The type may say what stands in a map that is empty.
                    Value::Object(entries) => {
                        entries.is_empty()
                            && !body
                                .attribute("type")
                                .is_some_and(|ty| has_defaults(&ty.value))
                    }
                    _ => false,
                }),
            sensitive: flag(body.attribute("sensitive"), false)?,
            ephemeral: flag(body.attribute("ephemeral"), false)?,
            nullable: flag(body.attribute("nullable"), true)?,
            validation: body.blocks("validation").next().is_some(),
            place: block.place.clone(),
        })
    }
}

/// Tells whether a type has attributes with a default: `optional(string, "x")`.
fn has_defaults(ty: &Value) -> bool {
    match ty {
        Value::Call(name, arguments) => {
            name == "optional" && arguments.len() > 1 || arguments.iter().any(has_defaults)
        }
        Value::Object(entries) => entries.iter().any(|entry| has_defaults(&entry.value)),
        Value::List(items) => items.iter().any(has_defaults),
        _ => false,
    }
}

/// Reads a setting that has to be written out. A string that says so counts, as it does
/// for the tools.
pub(super) fn flag(
    attribute: Option<&Attribute>,
    default: bool,
) -> Result<bool, ConfigurationError> {
    let Some(attribute) = attribute else {
        return Ok(default);
    };
    match &attribute.value {
        Value::Bool(value) => Ok(*value),
        Value::Text(text) if text == "true" => Ok(true),
        Value::Text(text) if text == "false" => Ok(false),
        Value::Null => Ok(default),
        _ => Err(ConfigurationError::Setting {
            place: attribute.place.clone(),
            what: format!("`{}` has to be true or false", attribute.name),
        }),
    }
}

impl Type {
    fn read(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Name(name) => Self::named(name)?,
            // Before 0.12, and in JSON, a type is a string.
            Value::Text(text) => match super::native::expression(text)? {
                Value::Text(_) => return None,
                value => Self::read(&value)?,
            },
            Value::Call(name, arguments) => match (name.as_str(), arguments.as_slice()) {
                ("list", [of]) => Self::List(Box::new(Self::read(of)?)),
                ("set", [of]) => Self::Set(Box::new(Self::read(of)?)),
                ("map", [of]) => Self::Map(Box::new(Self::read(of)?)),
                ("tuple", [Value::List(of)]) => {
                    Self::Tuple(of.iter().map(Self::read).collect::<Option<_>>()?)
                }
                ("object", [Value::Object(fields)]) => Self::Object(
                    fields
                        .iter()
                        .map(|field| Some((field.name.clone(), Field::read(&field.value)?)))
                        .collect::<Option<_>>()?,
                ),
                _ => return None,
            },
            _ => return None,
        })
    }

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "any" => Self::Any,
            "string" => Self::String,
            "number" => Self::Number,
            "bool" => Self::Bool,
            "list" => Self::List(Box::new(Self::Any)),
            "set" => Self::Set(Box::new(Self::Any)),
            "map" => Self::Map(Box::new(Self::Any)),
            _ => return None,
        })
    }
}

impl Field {
    fn read(value: &Value) -> Option<Self> {
        let (value, optional) = match value {
            Value::Call(name, arguments) if name == "optional" => (arguments.first()?, true),
            value => (value, false),
        };
        Some(Self {
            ty: Type::read(value)?,
            optional,
        })
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any"),
            Self::String => f.write_str("string"),
            Self::Number => f.write_str("number"),
            Self::Bool => f.write_str("bool"),
            Self::List(of) => write!(f, "list({of})"),
            Self::Set(of) => write!(f, "set({of})"),
            Self::Map(of) => write!(f, "map({of})"),
            Self::Tuple(of) => {
                f.write_str("tuple([")?;
                for (nth, of) in of.iter().enumerate() {
                    write!(f, "{}{of}", if nth == 0 { "" } else { ", " })?;
                }
                f.write_str("])")
            }
            Self::Object(fields) => {
                f.write_str("object({")?;
                for (nth, (name, field)) in fields.iter().enumerate() {
                    let comma = if nth == 0 { " " } else { ", " };
                    let ty = &field.ty;
                    if field.optional {
                        write!(f, "{comma}{name} = optional({ty})")?;
                    } else {
                        write!(f, "{comma}{name} = {ty}")?;
                    }
                }
                f.write_str(if fields.is_empty() { "})" } else { " })" })
            }
        }
    }
}
