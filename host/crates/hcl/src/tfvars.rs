//! Files that set variables: `terraform.tfvars`, `*.auto.tfvars` and what `-var-file` names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value as Json;

use super::reader::{Disk, Reader};
use super::syntax::Place;
use super::{ConfigurationError, files, json, native};

/// A variable that a file sets.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// The value; none where it is more than a literal.
    pub value: Option<Json>,
    /// Where.
    pub place: Place,
}

impl Assignment {
    /// Tells whether nothing is set: null, or an empty text, list or map.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        match &self.value {
            None | Some(Json::Bool(_) | Json::Number(_)) => false,
            Some(Json::Null) => true,
            Some(Json::String(text)) => text.is_empty(),
            Some(Json::Array(list)) => list.is_empty(),
            Some(Json::Object(map)) => map.is_empty(),
        }
    }
}

/// Returns the text of a value that is a string, a number or a boolean.
#[must_use]
pub fn plain(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Bool(_) | Json::Number(_) => Some(value.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

/// Returns the files that the tools read without being told to, in their order.
///
/// # Errors
/// If the directory cannot be read.
pub fn automatic(directory: &Path) -> Result<Vec<PathBuf>, ConfigurationError> {
    automatic_from(&Disk, directory)
}

/// The same, read from somewhere.
///
/// # Errors
/// As [`automatic`].
pub fn automatic_from(
    reader: &dyn Reader,
    directory: &Path,
) -> Result<Vec<PathBuf>, ConfigurationError> {
    let mut names = reader
        .names(directory)
        .map_err(|cause| ConfigurationError::Unreadable {
            path: directory.to_owned(),
            cause,
        })?;
    names.sort();
    let is_auto = |name: &&String| {
        !name.starts_with('.')
            && (name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json"))
    };
    let first = ["terraform.tfvars", "terraform.tfvars.json"];
    let first = first
        .into_iter()
        .filter(|first| names.iter().any(|name| name == first));
    let all = first.chain(names.iter().filter(is_auto).map(String::as_str));
    let directory = files::clean(directory);
    Ok(all.map(|name| directory.join(name)).collect())
}

/// Reads one file.
///
/// # Errors
/// If it cannot be read, or is none.
pub fn read(path: &Path) -> Result<BTreeMap<String, Assignment>, ConfigurationError> {
    read_from(&Disk, path)
}

/// The same, read from somewhere.
///
/// # Errors
/// As [`read`].
pub fn read_from(
    reader: &dyn Reader,
    path: &Path,
) -> Result<BTreeMap<String, Assignment>, ConfigurationError> {
    let text = files::text(reader, path)?;
    let shown: Arc<str> = Arc::from(files::shown(path));
    let is_json = path.extension().is_some_and(|ending| ending == "json");
    let read = if is_json {
        json::literals(&shown, &text)
    } else {
        native::literals(&shown, &text)
    };
    let read = read.map_err(|error| ConfigurationError::Syntax {
        place: error.place,
        message: error.message,
    })?;
    let assignment = |(name, place, value)| (name, Assignment { value, place });
    Ok(read.into_iter().map(assignment).collect())
}

/// Reads what a file of variables sets, from its text: names and values, of which one that is more than
/// a literal has none.
///
/// # Errors
/// With the line, from 1, where it is none. Nothing of the text is repeated.
pub fn literals(text: &str, is_json: bool) -> Result<Vec<(String, Option<Json>)>, Option<usize>> {
    let name: Arc<str> = Arc::from("");
    let read = if is_json {
        json::literals(&name, text)
    } else {
        native::literals(&name, text)
    };
    match read {
        Ok(read) => Ok(read
            .into_iter()
            .map(|(name, _, value)| (name, value))
            .collect()),
        Err(error) => Err(usize::try_from(error.place.line).ok()),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    /// File name, text, and what it sets: or the error.
    const CASES: &[(&str, &str, &str)] = &[
        ("a.tfvars", "a = 1\nb = -2.5\n", r#"a@1=1 b@2=-2.5"#),
        (
            "a.tfvars",
            "a = \"x\"\nb = null\nc = true",
            r#"a@1="x" b@2=null c@3=true"#,
        ),
        (
            "terraform.tfvars.prod",
            "a = { b = [1, \"c\"], \"d e\" = { f = false } }",
            r#"a@1={"b":[1,"c"],"d e":{"f":false}}"#,
        ),
        ("a.tfvars", "a = <<EOT\nx\ny\nEOT\n", r#"a@1="x\ny\n""#),
        // More digits than can be kept are no number that is known.
        (
            "a.tfvars",
            "a = 123456789012.123456789\nb = 1.50\nc = -0.10\nd = [0.1, 18]",
            "a@1=? b@2=1.5 c@3=-0.1 d@4=[0.1,18]",
        ),
        // The tools refuse these; what they mean is not ours to say.
        (
            "a.tfvars",
            "a = \"${var.b}\"\nb = upper(\"x\")",
            "a@1=? b@2=?",
        ),
        ("a.tfvars", "module \"a\" {\n}", "a.tfvars:1: "),
        ("a.tfvars", "a = \n", "a.tfvars:1: "),
        // In JSON every name is a variable's, that of a block too.
        (
            "a.tfvars.json",
            "{\n\"module\": {\"a\": 1},\n\"data\": [\"${x}\"]}",
            r#"data@3=["${x}"] module@2={"a":1}"#,
        ),
        ("a.tfvars.json", "[]", "a.tfvars.json:1: "),
        ("a.tfvars.json", "{", "a.tfvars.json:1: "),
    ];

    #[test]
    fn files_of_variables() {
        let directory = tempfile::tempdir().unwrap();
        for (name, text, expected) in CASES {
            let path = directory.path().join(name);
            std::fs::write(&path, text).unwrap();
            let shown = match read(&path) {
                Ok(set) => {
                    let one = |(name, set): (&String, &Assignment)| {
                        let value = set.value.as_ref();
                        let value = value.map_or_else(|| "?".to_owned(), Json::to_string);
                        format!("{name}@{}={value}", set.place.line)
                    };
                    set.iter().map(one).collect::<Vec<_>>().join(" ")
                }
                Err(error) => error.to_string(),
            };
            if expected.ends_with(": ") {
                assert!(shown.contains(expected), "{text}\n{shown}");
            } else {
                assert_eq!(&shown, expected, "{text}");
            }
        }
    }

    #[test]
    fn the_tools_read_some_files_by_themselves() {
        let directory = tempfile::tempdir().unwrap();
        for name in [
            "b.auto.tfvars",
            "a.auto.tfvars.json",
            "terraform.tfvars.json",
            "terraform.tfvars",
            "prod.tfvars",
            ".auto.tfvars",
        ] {
            std::fs::write(directory.path().join(name), "").unwrap();
        }
        let names: Vec<String> = automatic(directory.path())
            .unwrap()
            .iter()
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        assert_eq!(
            names,
            [
                "terraform.tfvars",
                "terraform.tfvars.json",
                "a.auto.tfvars.json",
                "b.auto.tfvars"
            ]
        );
    }
}
