//! Every file of a configuration that is the project's own.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::files::{Files, clean};
use super::manifest::Manifest;
use super::{Configuration, ConfigurationError, MAX_MODULES};

impl Configuration {
    /// Returns the configuration files of the root module and of all local modules that it calls,
    /// sorted. What `init` installs from elsewhere is not among them.
    ///
    /// # Errors
    /// When a directory of them cannot be read.
    pub fn local_files(&self) -> Result<Vec<PathBuf>, ConfigurationError> {
        let mut found = BTreeSet::new();
        for directory in self.local_directories()? {
            let files = Files::list(&*self.reader, &directory, self.dialect)?;
            found.extend(files.primary.into_iter().chain(files.overrides));
        }
        Ok(found.into_iter().collect())
    }

    /// Returns the directories of the root module and of all local modules that it calls, sorted.
    ///
    /// # Errors
    /// When there are too many of them.
    pub fn local_directories(&self) -> Result<Vec<PathBuf>, ConfigurationError> {
        let mut seen = BTreeSet::from([self.directory.clone()]);
        let mut open = vec![(self.directory.clone(), Some(Arc::clone(&self.root)))];
        while let Some((directory, module)) = open.pop() {
            if seen.len() > MAX_MODULES {
                return Err(ConfigurationError::TooLarge {
                    path: self.directory.clone(),
                    what: format!("more than {MAX_MODULES} local modules"),
                });
            }
            let Some(module) = module else { continue };
            for call in module.calls.values() {
                let Some(source) = call.body.text("source") else {
                    continue;
                };
                if !(source.starts_with("./") || source.starts_with("../")) {
                    continue;
                }
                let called = clean(&directory.join(source));
                if seen.insert(called.clone()) {
                    let module = self.module(&called);
                    open.push((called, module));
                }
            }
        }
        Ok(seen.into_iter().collect())
    }

    /// Returns the modules that `init` installed from elsewhere, by their calls, and where they are
    /// now. Looked up each time: `init` may have run meanwhile.
    #[must_use]
    pub fn installed_modules(&self) -> Vec<(String, PathBuf)> {
        let data = clean(&self.directory.join(&self.data));
        let manifest = Manifest::read(&self.directory, &self.data).unwrap_or_default();
        let installed = manifest
            .directories()
            .filter(|(_, directory)| directory.starts_with(&data));
        installed
            .map(|(key, directory)| (key.to_owned(), directory.to_owned()))
            .collect()
    }
}
