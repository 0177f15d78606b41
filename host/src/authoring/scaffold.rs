//! A folder to begin a policy in.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tollgate_model::error::UserError;
use tollgate_model::library;
use tollgate_model::names::is_kebab;

use super::language::{Language, SHARED};
use crate::diagnostic::quoted;

/// Why there is no new folder.
#[derive(Debug, thiserror::Error)]
pub enum ScaffoldError {
    /// The name is none that a policy can have.
    #[error("{} cannot be the name of a policy", quoted(.0))]
    Name(String),
    /// A policy that is built in has the name, and would be replaced.
    #[error("{} is the name of a policy that is built in", quoted(.0))]
    BuiltIn(String),
    /// Something is there already.
    #[error("{} is there already, and is left as it is", quoted(.0))]
    Exists(String),
    /// It cannot be written.
    #[error("cannot write {}: {cause}", quoted(.path))]
    Write {
        /// The file or folder.
        path: String,
        /// From the operating system.
        cause: io::Error,
    },
}

impl UserError for ScaffoldError {
    fn help(&self) -> Option<String> {
        match self {
            Self::Name(_) => Some(
                "use lower-case letters and digits, with `-` between words, such as `owner-tag`"
                    .to_owned(),
            ),
            Self::BuiltIn(name) => Some(format!(
                "choose another name, such as `our-{name}`: a policy of that name would run in place of the built-in one, which `tollgate policy inspect {name}` shows"
            )),
            Self::Exists(_) => Some("choose another name, or another folder with --in".to_owned()),
            Self::Write { .. } => None,
        }
    }
}

/// The files of a new policy, with their texts.
#[must_use]
pub fn files(name: &str, language: Language) -> Vec<(&'static str, String)> {
    let spec = language.spec();
    let fill = |text: &str| {
        text.replace("POLICY_NAME", name)
            .replace("POLICY_LANGUAGE", spec.title)
            .replace("POLICY_SOURCE", spec.source)
            .replace("POLICY_NEEDS", spec.needs)
            .replace("POLICY_SETUP", spec.setup)
            // A package that is published is of its own; its copy is of the program.
            .replace("\npackage tollgate\n", "\npackage main\n")
    };
    let all = spec.files.iter().chain(&SHARED);
    all.map(|(path, text)| (*path, fill(text))).collect()
}

/// Makes the folder of a new policy, which is named after it, and returns where it is.
///
/// # Errors
/// When something is there already, or it cannot be written.
pub fn make(name: &str, language: Language, parent: &Path) -> Result<PathBuf, ScaffoldError> {
    if !is_kebab(name) {
        return Err(ScaffoldError::Name(name.to_owned()));
    }
    if library::built_in(name).is_some() {
        return Err(ScaffoldError::BuiltIn(name.to_owned()));
    }
    let folder = super::module::within(parent, name);
    let failed = |path: &Path| {
        let path = path.display().to_string();
        move |cause: io::Error| match cause.kind() {
            io::ErrorKind::AlreadyExists => ScaffoldError::Exists(path),
            _ => ScaffoldError::Write { path, cause },
        }
    };
    // Also where a link leads nowhere, which is somebody's all the same.
    fs::create_dir(&folder).map_err(failed(&folder))?;
    for (path, text) in files(name, language) {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed(parent))?;
        }
        fs::write(&path, text).map_err(failed(&path))?;
    }
    Ok(folder)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::super::language::ALL;
    use super::*;

    #[test]
    fn every_language_has_a_policy_and_cases_and_nothing_is_left_open() {
        for language in ALL {
            let files = files("my-policy", language);
            let spec = language.spec();
            for needed in [
                spec.source,
                spec.sign,
                "README.md",
                "tests/cases.toml",
                "ci.yml",
            ] {
                assert!(files.iter().any(|(path, _)| *path == needed), "{needed}");
            }
            for (path, text) in &files {
                assert!(!text.contains("POLICY_"), "{language:?}: {path}");
                assert!(text.ends_with('\n'), "{language:?}: {path}");
            }
            let readme = files.iter().find(|(path, _)| *path == "README.md").unwrap();
            assert!(readme.1.lines().count() <= 12);
        }
    }

    #[test]
    fn what_is_there_is_left_as_it_is() {
        let parent = tempfile::tempdir().unwrap();
        let folder = make("mine", Language::Go, parent.path()).unwrap();
        assert!(folder.join("tests/cases.toml").is_file());
        fs::write(folder.join("main.go"), "kept").unwrap();
        assert!(matches!(
            make("mine", Language::Go, parent.path()),
            Err(ScaffoldError::Exists(_))
        ));
        assert_eq!(fs::read_to_string(folder.join("main.go")).unwrap(), "kept");
        for name in ["", "../up", "Mine", "a/b", "a b"] {
            assert!(matches!(
                make(name, Language::Go, parent.path()),
                Err(ScaffoldError::Name(_))
            ));
        }
        assert!(matches!(
            make("cost-cap", Language::Go, parent.path()),
            Err(ScaffoldError::BuiltIn(_))
        ));
    }
}
