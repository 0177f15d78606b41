//! Files of variables that were encrypted as a whole, which SOPS knows as binary files.

use tollgate_secrets::{Error, Format, Problem, Secrets, Value};

use crate::hcl::tfvars;

/// How the names of files of variables end.
const ENDINGS: [&str; 2] = [".tfvars", ".tfvars.json"];

/// Tells whether a file is one of variables, by its name.
#[must_use]
pub(crate) fn is_one(name: &str) -> bool {
    ENDINGS
        .iter()
        .any(|ending| name.ends_with(ending) || name.ends_with(&format!("{ending}.enc")))
}

/// Returns the variables of a file of variables that was encrypted as one text; any other file as it is.
///
/// # Errors
/// When it does not parse, or has a value that is more than a literal.
pub(super) fn read(file: Secrets) -> Result<Secrets, Error> {
    let name = file.name().to_owned();
    if !is_one(&name) {
        return Ok(file);
    }
    let data = |map: tollgate_secrets::MapView<'_>| match map.get("data") {
        Some(Value::Text(text)) if map.iter().count() == 1 => {
            Some(zeroize::Zeroizing::new(text.to_vec()))
        }
        _ => None,
    };
    let text = match file.documents().next() {
        Some(Value::Map(map)) => data(map),
        _ => None,
    };
    match text {
        Some(text) => parse(&name, &text),
        None => Ok(file),
    }
}

/// Reads what a file that sets variables sets.
///
/// # Errors
/// When it does not parse, or has a value that is more than a literal.
pub(super) fn parse(name: &str, text: &[u8]) -> Result<Secrets, Error> {
    let refuse = |what: String| {
        let next =
            "write values that are literals: texts, numbers, true, false, null, lists and maps";
        Error {
            file: name.to_owned(),
            problem: Problem::Source {
                what,
                next: Some(next.to_owned()),
            },
        }
    };
    let text = std::str::from_utf8(text)
        .map_err(|_| refuse("holds bytes that are not UTF-8, where variables belong".to_owned()))?;
    let json = name.contains(".tfvars.json");
    let set = tfvars::literals(text, json).map_err(|line| {
        refuse(match line {
            Some(line) => {
                format!("is no file of variables: line {line} of its plaintext does not parse")
            }
            None => "is no file of variables: its plaintext does not parse".to_owned(),
        })
    })?;
    let mut document = serde_json::Map::new();
    for (variable, value) in set {
        let Some(value) = value else {
            return Err(refuse(format!(
                "sets `{}` to an expression, or has a number in it of more digits than can be kept; a text keeps them all",
                variable.escape_debug()
            )));
        };
        document.insert(variable, value);
    }
    let document = zeroize::Zeroizing::new(
        serde_json::to_vec(&document)
            .map_err(|_| refuse("cannot be written as JSON".to_owned()))?,
    );
    Secrets::from_plaintext(name, &document, Format::Json)
}
