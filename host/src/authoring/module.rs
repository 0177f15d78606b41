//! The module of the policy in a folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tollgate_model::error::UserError;

use crate::config::Config;
use crate::diagnostic::{listed, quoted};
use crate::environment::Source;
use crate::report::inert;
use crate::sandbox::PolicyError;

/// What `tollgate policy build` writes into the folder of a policy.
pub const BUILT: &str = "policy.wasm";

/// The most files of a folder that are looked at.
const MAX_FILES: usize = 10_000;

/// Why there is no module.
#[derive(Debug, thiserror::Error)]
pub enum ModuleError {
    /// The folder has none.
    #[error("{} has no module of a policy", quoted(.0))]
    None(String),
    /// The folder has several, and none is called as built ones are.
    #[error("{} has several modules: {}", quoted(.folder), listed(.modules))]
    Several {
        /// As it was named.
        folder: String,
        /// Their paths.
        modules: Vec<String>,
    },
}

impl UserError for ModuleError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::None(folder) => format!(
                "build it: tollgate policy build {}; or name it: --module FILE",
                inert(folder)
            ),
            Self::Several { .. } => "name one of them: --module FILE".to_owned(),
        })
    }
}

/// Finds the module of the policy in a folder: `policy.wasm`, or the only one that is there.
///
/// # Errors
/// When there is none, or several.
pub fn find(folder: &Path) -> Result<PathBuf, ModuleError> {
    let built = within(folder, BUILT);
    if built.is_file() {
        return Ok(built);
    }
    let mut modules: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .take(MAX_FILES)
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "wasm")
        })
        .filter(|path| path.is_file())
        .collect();
    modules.sort();
    let shown = |path: &Path| path.display().to_string();
    match modules.as_slice() {
        [] => Err(ModuleError::None(shown(folder))),
        [one] => Ok(one.clone()),
        several => Err(ModuleError::Several {
            folder: shown(folder),
            modules: several.iter().map(|path| shown(path)).collect(),
        }),
    }
}

/// Returns the name that a configuration gives to the policy in a file, if it has it.
#[must_use]
pub fn configured(config: &Config, module: &Path) -> Option<String> {
    let module = fs::canonicalize(module).ok()?;
    let is_it = |name: &&str| match config.policy_source(name) {
        Some(Source::Path(path)) => {
            fs::canonicalize(config.resolve(&path)).is_ok_and(|path| path == module)
        }
        _ => false,
    };
    config.policies().into_iter().find(is_it).map(str::to_owned)
}

/// The next step of whoever writes a policy; of a limit it names the setting that raises it. `name` is
/// what the configuration calls the policy, if it has it.
#[must_use]
pub fn help(error: &PolicyError, name: Option<&str>) -> Option<String> {
    let PolicyError::Limit { limit, call, .. } = error else {
        return error.help_for_author();
    };
    let spec = limit.spec();
    let table = match name {
        Some(name) => format!("[policies.{name}.limits]"),
        None => "[limits]".to_owned(),
    };
    let raise = format!(
        "raise `{}` in `{table}` of tollgate.toml, to at most {}",
        spec.key, spec.max
    );
    Some(match call {
        Some("evaluate") => format!("{raise}; `tollgate policy bench PLAN` says what it takes"),
        _ => raise,
    })
}

/// Joins a name to a folder; the folder itself is not named where it is the current one.
#[must_use]
pub fn within(folder: &Path, name: &str) -> PathBuf {
    if folder == Path::new(".") {
        return PathBuf::from(name);
    }
    folder.join(name)
}

/// Files of a policy that say what it does, in its folder and not in what tools keep there.
#[must_use]
pub fn sources(folder: &Path) -> Vec<PathBuf> {
    const SOURCES: [&str; 13] = [
        "rs", "go", "c", "h", "cc", "cpp", "ts", "js", "mjs", "py", "zig", "java", "wit",
    ];
    const KEPT: [&str; 4] = ["target", "node_modules", "tests", "build"];
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            seen += 1;
            if seen > MAX_FILES {
                return found;
            }
            let path = entry.path();
            let name = entry.file_name();
            let name = name.to_string_lossy();
            // Not through links: they could lead round in a circle.
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder {
                if !name.starts_with('.') && !KEPT.contains(&name.as_ref()) {
                    folders.push(path);
                }
            } else if path
                .extension()
                .is_some_and(|extension| SOURCES.iter().any(|source| extension == *source))
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Returns a source that was changed after the module was built.
#[must_use]
pub fn newer(folder: &Path, module: &Path) -> Option<PathBuf> {
    let changed = |path: &Path| -> Option<SystemTime> { fs::metadata(path).ok()?.modified().ok() };
    let built = changed(module)?;
    sources(folder)
        .into_iter()
        .find(|source| changed(source).is_some_and(|changed| changed > built))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_built_one_then_the_only_one_then_none() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        assert!(matches!(find(folder.path()), Err(ModuleError::None(_))));
        fs::write(at("a.wasm"), "").unwrap();
        assert_eq!(find(folder.path()).unwrap(), at("a.wasm"));
        fs::write(at("b.wasm"), "").unwrap();
        assert!(matches!(
            find(folder.path()),
            Err(ModuleError::Several { .. })
        ));
        fs::write(at(BUILT), "").unwrap();
        assert_eq!(find(folder.path()).unwrap(), at(BUILT));
    }

    #[test]
    fn what_tools_keep_is_no_source() {
        let folder = tempfile::tempdir().unwrap();
        for file in [
            "src/lib.rs",
            "target/x.rs",
            ".git/y.rs",
            "main.go",
            "README.md",
        ] {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let found = sources(folder.path());
        assert_eq!(
            found,
            [
                folder.path().join("main.go"),
                folder.path().join("src/lib.rs")
            ]
        );
    }
}
