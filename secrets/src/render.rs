//! Plaintext as the real sops prints it, one file per format.

mod dotenv;
mod ini;
mod json;
mod yaml;

use crate::error::Problem;
use crate::file::Format;
use crate::scalar;
use crate::tree::{KeyPath, Node, Scalar, Text};

/// Writes a whole file.
pub(crate) fn document(documents: &[&Node], format: Format) -> Result<Text, Problem> {
    let only = || documents.first().copied().ok_or(Problem::NotAMap);
    match format {
        Format::Yaml => Ok(yaml::documents(documents)),
        Format::Json => json::document(only()?),
        Format::Dotenv => dotenv::document(only()?),
        Format::Ini => ini::document(only()?),
        Format::Binary => match only()?.get("data") {
            Some(Node::Scalar(Scalar::Text(text))) => Ok(text.clone()),
            _ => Err(refuse(
                Format::Binary,
                &KeyPath::default(),
                "has no text under `data`; choose another output type",
            )),
        },
    }
}

/// Writes one value that is neither text nor a map.
pub(crate) fn value(node: &Node, format: Format) -> Result<Text, Problem> {
    match format {
        Format::Yaml => Ok(yaml::value(node)),
        Format::Json | Format::Ini => json::value(node),
        Format::Dotenv | Format::Binary => Err(refuse(
            format,
            &KeyPath::default(),
            "is not text; choose yaml or json as the output type",
        )),
    }
}

fn refuse(format: Format, path: &KeyPath, what: &'static str) -> Problem {
    Problem::Render {
        format: format.name(),
        path: path.clone(),
        what,
    }
}

/// Returns a scalar as the flat formats write it; `None` for null.
pub(crate) fn flat(scalar: &Scalar) -> Text {
    match scalar {
        Scalar::Null => "<nil>".into(),
        Scalar::Bool(true) => "true".into(),
        Scalar::Bool(false) => "false".into(),
        Scalar::Int(_) => scalar.mac_bytes(),
        Scalar::Float(number) => {
            let text = scalar::float_general(*number);
            let mut upper = Text::from(text.to_ascii_uppercase().as_str());
            if number.is_finite() && !text.contains(['.', 'e']) {
                upper.push_str(".0");
            }
            upper
        }
        Scalar::Text(text) => text.clone(),
        Scalar::Time(text) => scalar::time_seconds(text).as_str().into(),
    }
}
